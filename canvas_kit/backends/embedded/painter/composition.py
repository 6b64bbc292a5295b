"""From a reading to a plan: setting, light, technique, colours, places."""

from __future__ import annotations

from dataclasses import replace

from .colouring import palette_for
from .exact import Chance, clamp
from .media import MEDIA, Medium
from .motifs import motif
from .palette import LIGHTS
from .placing import horizon_of, place_items
from .plan import BEINGS, Plan
from .words import Reading

__all__ = ["compose"]

_WATER = ("sea", "beach", "river", "lake", "waterfall")


_LAND = ("mountains", "hills", "forest", "field", "garden", "desert", "volcano")


_TOWN = ("city", "street", "village", "market")


_INSIDE = ("room", "kitchen")


def compose(
    reading: Reading, avoid: Reading, *, seed: int, width: float, height: float, strict: float
) -> Plan:  # fmt: skip
    """A plan for a prompt.

    Args:
        reading: The prompt, read.
        avoid: What is not wanted, read.
        seed: The seed.
        width: Picture width in units of the shorter side.
        height: Picture height in the same units.
        strict: 0..1 from cfg.
    """
    reading = _without(reading, avoid)
    chance = Chance("plan", seed)
    medium = _medium(reading)
    setting, place = _setting(reading, chance)
    light = _light(reading, avoid, setting, place, medium, seed)
    palette = palette_for(reading, avoid, light, medium, strict, seed)
    moods = reading.get("mood")
    weather = reading.get("weather")
    wild = 0.3 + 0.45 * ("wild" in moods) + 0.4 * ("storm" in weather) - 0.25 * ("calm" in moods)
    horizon = horizon_of(setting, place, reading, chance, height)
    plan = Plan(
        setting, place, light, palette, medium, horizon, chance.side(), (), weather,
        clamp(wild * medium.flow), strict, moods, reading.get("place"), seed,
        bool(reading.get("ground")),
    )  # fmt: skip
    return replace(plan, items=place_items(plan, reading, Chance("place", seed), width, height))


def _without(reading: Reading, avoid: Reading) -> Reading:
    """The reading without what is to be avoided."""
    gone = {(aspect, m) for aspect, found in avoid.words.items() for m in found}
    gone |= {("motif", s.motif) for s in avoid.subjects}
    colours = set(avoid.get("colour")) | {c for s in avoid.subjects for c in s.colours}
    people = any(("motif", m) in gone for m in ("crowd", "person"))
    subjects = []
    for s in reading.subjects:
        if ("motif", s.motif) in gone or (people and s.motif in (*BEINGS, "crowd")):
            continue
        subjects.append(replace(
            s, colours=tuple(c for c in s.colours if c not in colours),
            wears=tuple(w for w in s.wears if ("motif", w[0]) not in gone),
        ))  # fmt: skip
    words = {
        aspect: tuple(m for m in found if (aspect, m) not in gone and m not in colours)
        for aspect, found in reading.words.items()
    }
    return replace(reading, subjects=tuple(subjects), words={a: m for a, m in words.items() if m})


def _medium(reading: Reading) -> Medium:
    found = [m for m in reading.get("medium") if m in MEDIA]
    # "oil painting in the style of cubism": the style says more than the material.
    plain = ("oil", "photo", "pencil", "abstract")
    for name in found:
        if name not in plain:
            return MEDIA[name]
    name = found[0] if found else "oil"
    medium = MEDIA[name]
    if "mono" in reading.get("tone"):
        medium = replace(medium, chroma=medium.chroma * 0.04)
    return medium


def _setting(reading: Reading, chance: Chance) -> tuple[str, str]:
    places = reading.get("place")
    subjects = reading.subjects
    homes = [motif(s.motif).home for s in subjects]
    if (
        homes
        and all(h == "table" for h in homes)
        and not {"market", "underwater", "space"} & set(places)
    ):
        return "still", places[0] if places else ""
    portrait = "portrait" in reading.get("view") and any(s.motif in BEINGS for s in subjects)
    if "still" in reading.get("view"):
        return "still", ""
    for group, name in ((_INSIDE, "room"), (("underwater",), "under"), (("space",), "space")):
        for place in places:
            if place in group:
                if name == "room" and homes and all(h == "table" for h in homes):
                    return "still", place
                return name, place
    if portrait and not places:
        return "studio", "portrait"
    for place in places:
        if place in _WATER:
            return "water", place
        if place in _TOWN:
            return "street", place
        if place in _LAND:
            return "land", place
    if "abstract" in reading.get("medium") and not places:
        return "plane", ""
    if not subjects:
        if reading.get("weather") or reading.get("light"):
            return chance.pick(("land", "land", "water")), ""
        if reading.get("abstract") or reading.unknown:
            return "plane", ""
        pick = reading.vector[0] + chance.between(-0.6, 0.6)
        return ("land" if pick < 0.1 else "water" if pick < 0.5 else "plane"), ""
    head = homes[0]
    names = {s.motif for s in subjects}
    if "water" in homes and head in ("water", "land", "air", "sky"):
        return "water", "lake" if names & {"duck", "heron"} else ""
    if head == "under":
        return "under", ""
    if "space" in homes and names & {"rocket", "planet", "astronaut"}:
        return ("space" if chance.likely(0.75) else "land"), ""
    if names & {"window", "table", "chair", "sofa", "bed", "piano", "mirror"} and not names & {
        "house",
        "tree",
        "church",
    }:
        return "room", ""
    if head == "table":
        return "still", ""
    if head == "room":
        return "room", ""
    if head == "plane":
        return "plane", ""
    outside = (
        reading.get("weather")
        or set(reading.get("light")) - {"candle"}
        or names
        & {
            "tree",
            "house",
            "church",
            "sun",
            "moon",
            "cloud",
            "mountain",
            "fence",
            "bridge",
            "bench",
        }
    )
    if head == "sky" or outside:
        return "land", ""
    at_home = (*BEINGS, "cat", "dog", "owl", "robot", "bird", "angel")
    if len(subjects) == 1 and subjects[0].motif in at_home:
        return chance.pick(("studio", "land", "room")), ""
    if all(motif(s.motif).height > 5 for s in subjects) and names & {
        "skyscraper",
        "tower",
        "eiffel",
    }:
        return "street", "city"
    return chance.pick(("land", "land", "studio")), ""


def _light(
    reading: Reading, avoid: Reading, setting: str, place: str, medium: Medium, seed: int
) -> str:
    found = [x for x in reading.get("light") if x in LIGHTS]
    banned = set(avoid.get("light")) | set(avoid.get("weather"))
    chance = Chance("light", seed)
    if setting == "space":
        return "space"
    if setting == "under":
        return "underwater"
    for strong in ("neon", "candle", "night", "dawn", "sunset", "dusk"):
        if strong in found:
            return strong
    weather = reading.get("weather")
    inside = setting in ("room", "still", "studio")
    if inside:
        if "deep" in reading.get("tone") or medium.light == "candle":
            return "candle"
        return "room"
    if found and found[0] != "day":
        return found[0]
    if "storm" in weather:
        return "storm"
    if "snow" in weather:
        return "winter"
    if "fog" in weather:
        return "fog"
    if "rain" in weather or "sad" in reading.get("mood"):
        return "grey"
    if found:
        return found[0]
    if medium.light and medium.light not in banned:
        return medium.light
    motifs = {s.motif for s in reading.subjects}
    if motifs & {"moon", "star", "firework", "ghost"}:
        return "night"
    if motifs & {"snowman", "iceberg", "penguin"}:
        return "winter"
    if place == "desert" or motifs & {"pyramid", "cactus"}:
        return "desert"
    if "eerie" in reading.get("mood") or "deep" in reading.get("tone"):
        return chance.pick(("dusk", "night", "storm"))
    if "dream" in reading.get("mood"):
        return chance.pick(("dawn", "dusk", "spring"))
    if setting == "plane":
        return chance.pick(("day", "room", "sunset", "dawn", "dusk", "spring", "autumn", "desert"))
    choice = [
        x
        for x in ("day", "day", "day", "day", "spring", "autumn", "sunset", "dawn")
        if x not in banned
    ]
    return chance.pick(choice or ["day"])
