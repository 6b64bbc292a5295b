"""The plan of a picture: which setting, which light, what goes where and how large."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from .exact import Chance, clamp
from .media import MEDIA, Medium
from .motifs import Motif, motif
from .palette import COLOURS, LIGHTS, Lab, Palette, lch, mix, scheme, shift
from .words import Reading, Subject

__all__ = ["Item", "Plan", "compose"]

SETTINGS = ("land", "water", "street", "room", "still", "studio", "under", "space", "plane")

_WATER = ("sea", "beach", "river", "lake", "waterfall")
_LAND = ("mountains", "hills", "forest", "field", "garden", "desert", "volcano")
_TOWN = ("city", "street", "village", "market")
_INSIDE = ("room", "kitchen")
_WRITTEN_ON = ("sign", "wall", "shirt")
_BEINGS = ("person", "man", "woman", "child")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing, placed.

    Attributes:
        subject: What it is.
        motif: How it is drawn.
        x: Foot, units from the left.
        y: Foot, units from the top.
        size: Height in units.
        depth: 0 near .. 1 far.
        facing: 1.0 or -1.0.
        colours: Its main, second and accent colours.
        asked: 0..1, how strictly the main colour is to be kept.
        key: Keys its accidents.
        grounded: It stands on something and throws a shadow.
        bust: Only head and shoulders, filling the picture.
        words: Words to be written on it.
        turn: Rotation in turns.
        lifted: How high above the ground it stands on something, units.
        carried: What it stands on is an item itself.
    """

    subject: Subject
    motif: Motif
    x: float
    y: float
    size: float
    depth: float
    facing: float
    colours: tuple[Lab, Lab, Lab]
    asked: float
    key: str
    grounded: bool = True
    bust: bool = False
    words: str = ""
    turn: float = 0.0
    lifted: float = 0.0
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything decided before anything is drawn.

    Attributes:
        setting: One of ``SETTINGS``.
        place: The lexicon's place that shapes the setting, or "".
        light: One of ``palette.LIGHTS``.
        palette: The colours.
        medium: The technique.
        horizon: Units from the top.
        sun: The light's direction, -1 left or 1 right.
        items: What is shown, far first.
        weather: rain, snow, fog, storm, wind.
        wild: 0 calm .. 1 turbulent.
        strict: 0 dreamlike .. 1 to the letter.
        moods: Moods that were read.
        places: Every place that was read.
        seed: The seed.
    """

    setting: str
    place: str
    light: str
    palette: Palette
    medium: Medium
    horizon: float
    sun: float
    items: tuple[Item, ...]
    weather: tuple[str, ...]
    wild: float
    strict: float
    moods: tuple[str, ...]
    places: tuple[str, ...]
    seed: int


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
    palette = _palette(reading, avoid, light, medium, strict, seed)
    moods = reading.get("mood")
    weather = reading.get("weather")
    wild = 0.3 + 0.45 * ("wild" in moods) + 0.4 * ("storm" in weather) - 0.25 * ("calm" in moods)
    horizon = _horizon(setting, place, reading, chance, height)
    plan = Plan(
        setting, place, light, palette, medium, horizon, chance.side(), (), weather,
        clamp(wild * medium.flow), strict, moods, reading.get("place"), seed,
    )  # fmt: skip
    return replace(plan, items=_place(plan, reading, Chance("place", seed), width, height))


def _without(reading: Reading, avoid: Reading) -> Reading:
    """The reading without what is to be avoided."""
    gone = {(aspect, m) for aspect, found in avoid.words.items() for m in found}
    gone |= {("motif", s.motif) for s in avoid.subjects}
    colours = set(avoid.get("colour")) | {c for s in avoid.subjects for c in s.colours}
    people = any(("motif", m) in gone for m in ("crowd", "person"))
    subjects = []
    for s in reading.subjects:
        if ("motif", s.motif) in gone or (people and s.motif in (*_BEINGS, "crowd")):
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
    portrait = "portrait" in reading.get("view") and any(s.motif in _BEINGS for s in subjects)
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
    if len(subjects) == 1 and subjects[0].motif not in ("house", "tree", "crowd"):
        if subjects[0].motif in (*_BEINGS, "cat", "dog", "owl", "robot", "bird", "angel"):
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


_MEDIUM_PALETTES: dict[str, tuple[tuple[tuple[float, float, float], ...], ...]] = {
    # sky, glow, far, near, light, shade, three accents
    "bauhaus": (
        ((.92, .03, 90), (.95, .03, 92), (.85, .04, 85), (.90, .03, 88), (.96, .04, 95), (.25, .02, 280),
         (.57, .22, 28), (.83, .17, 92), (.45, .16, 258)),
        ((.90, .03, 80), (.94, .03, 88), (.80, .04, 80), (.88, .04, 84), (.96, .04, 95), (.22, .02, 60),
         (.60, .20, 33), (.80, .15, 80), (.42, .09, 235)),
    ),
    "ukiyoe": (
        ((.62, .08, 245), (.90, .04, 85), (.60, .06, 220), (.72, .06, 110), (.95, .04, 88), (.30, .08, 262),
         (.58, .16, 32), (.44, .12, 258), (.76, .10, 80)),
    ),
    "artnouveau": (
        ((.72, .06, 165), (.90, .06, 85), (.62, .06, 150), (.60, .07, 125), (.93, .07, 88), (.34, .05, 60),
         (.64, .14, 45), (.52, .08, 200), (.78, .11, 82)),
        ((.66, .07, 75), (.88, .06, 80), (.56, .07, 60), (.52, .07, 110), (.94, .08, 85), (.30, .06, 25),
         (.55, .13, 30), (.60, .08, 170), (.80, .12, 85)),
    ),
    "popart": (
        ((.75, .14, 225), (.90, .15, 98), (.68, .20, 350), (.82, .17, 90), (.97, .05, 95), (.25, .10, 280),
         (.62, .24, 18), (.88, .18, 98), (.60, .20, 255)),
        ((.80, .16, 345), (.92, .13, 100), (.72, .14, 200), (.70, .17, 150), (.97, .05, 95), (.26, .12, 290),
         (.60, .24, 28), (.60, .20, 260), (.88, .18, 98)),
    ),
    "renaissance": (
        ((.22, .03, 120), (.44, .06, 85), (.40, .05, 110), (.36, .06, 65), (.90, .08, 80), (.15, .03, 50),
         (.46, .15, 28), (.42, .09, 250), (.70, .11, 78)),
        ((.30, .03, 200), (.56, .06, 90), (.46, .05, 140), (.38, .06, 70), (.91, .08, 82), (.16, .03, 60),
         (.48, .15, 30), (.40, .06, 160), (.70, .11, 75)),
    ),
    "cubism": (
        ((.52, .05, 80), (.74, .06, 80), (.48, .05, 90), (.52, .07, 65), (.92, .05, 85), (.24, .03, 70),
         (.54, .10, 50), (.52, .05, 210), (.66, .08, 85)),
        ((.50, .05, 235), (.76, .05, 80), (.46, .05, 220), (.50, .07, 55), (.92, .05, 85), (.22, .03, 260),
         (.56, .12, 40), (.46, .08, 245), (.70, .09, 80)),
    ),
}  # fmt: skip


def _palette(
    reading: Reading, avoid: Reading, light: str, medium: Medium, strict: float, seed: int
) -> Palette:
    # The palette turns with the prompt's vector, so that unknown words matter too.
    palette = scheme(light, Chance("scheme", seed).whole(720) + (reading.vector[1] > 0.2))
    own = _MEDIUM_PALETTES.get(medium.name)
    neutral = light in ("day", "room", "spring", "autumn", "candle", "grey")
    if own and (neutral or medium.name in ("bauhaus", "popart", "cubism")):
        rows = [lch(*row) for row in Chance("own scheme", seed).pick(own)]
        palette = replace(
            palette, sky=rows[0], glow=rows[1], far=rows[2], near=rows[3], light=rows[4], shade=rows[5],
            accents=tuple(rows[6:9]), ink=shift(rows[5], -0.08), dim=1.0 if neutral else palette.dim,
        )  # fmt: skip
    colours = reading.get("colour")
    if colours:
        main = lch(*COLOURS[colours[0]])
        share = (0.62 if len(colours) == 1 else 0.42) * (0.75 + 0.5 * strict)
        palette = palette.toward(main, clamp(share, 0.0, 0.92))
        others = tuple(lch(*COLOURS[c]) for c in colours[1:4])
        palette = replace(
            palette, accents=(main, *others, *palette.accents)[:4] if others else palette.accents
        )
        if len(palette.accents) < 3:
            palette = replace(palette, accents=(*palette.accents, *palette.accents)[:3])
        if others:
            palette = replace(
                palette,
                glow=mix(palette.glow, others[0], 0.35),
                near=mix(palette.near, others[-1], 0.5),
            )
    for name in (*avoid.get("colour"), *(c for s in avoid.subjects for c in s.colours)):
        palette = _away(palette, lch(*COLOURS[name]))
    tones = reading.get("tone")
    moods = reading.get("mood")
    chroma = medium.chroma * (0.86 + 0.48 * strict)
    chroma *= (
        1.35 if "many" in tones else 0.6 if "pale" in tones else 0.04 if "mono" in tones else 1.0
    )
    chroma *= 0.8 if "sad" in moods or "eerie" in moods else 1.15 if "happy" in moods else 1.0
    palette = palette.times(chroma)
    if "pale" in tones:
        palette = _lighter(palette, 0.12)
    if "deep" in tones and light not in ("night", "candle"):
        palette = _lighter(palette, -0.12)
    return palette


def _lighter(p: Palette, by: float) -> Palette:
    return replace(
        p, sky=shift(p.sky, by), glow=shift(p.glow, by * 0.7), far=shift(p.far, by), near=shift(p.near, by),
        shade=shift(p.shade, by), dim=clamp(p.dim * (1.0 + by), 0.4, 1.1),
    )  # fmt: skip


def _away(palette: Palette, colour: Lab) -> Palette:
    """The palette with every part that has this hue turned to its opposite or greyed."""

    def turn(own: Lab) -> Lab:
        dot = own[1] * colour[1] + own[2] * colour[2]
        own_sq = own[1] * own[1] + own[2] * own[2]
        other_sq = colour[1] * colour[1] + colour[2] * colour[2]
        if other_sq < 0.0004:  # no hue: avoid the lightness
            return (clamp(own[0] + (0.15 if colour[0] < 0.5 else -0.12), 0.1, 0.95), own[1], own[2])
        if dot > 0 and dot * dot > 0.42 * own_sq * other_sq:
            return (own[0], -own[1] * 0.5, -own[2] * 0.5)
        return own

    p = palette
    return replace(
        p, sky=turn(p.sky), glow=turn(p.glow), far=turn(p.far), near=turn(p.near), light=turn(p.light), shade=turn(p.shade),
        accents=tuple(turn(a) for a in p.accents),
    )  # fmt: skip


def _horizon(setting: str, place: str, reading: Reading, chance: Chance, height: float) -> float:
    share = {
        "land": chance.between(0.46, 0.66), "water": chance.between(0.4, 0.6), "street": chance.between(0.52, 0.64),
        "room": chance.between(0.66, 0.76), "still": chance.between(0.58, 0.68), "studio": 0.8,
        "under": 0.9, "space": 1.0, "plane": 0.5,
    }[setting]  # fmt: skip
    if setting == "land" and place in ("mountains", "volcano"):
        share = chance.between(0.62, 0.74)
    if setting == "land" and any(motif(s.motif).home == "sky" for s in reading.subjects):
        share = max(share, chance.between(0.7, 0.8))
    if "wide" in reading.get("view"):
        share = clamp(share + 0.06, 0.3, 0.8)
    return share * height


_ANY = tuple(
    name for name in COLOURS if name not in ("skin", "wood", "stone", "brick", "leaf", "steel")
)


def _colours(
    subject: Subject, own: Motif, palette: Palette, chance: Chance, index: int
) -> tuple[tuple[Lab, Lab, Lab], float]:
    """Main, second and accent colour, and how strictly the main one was asked for."""
    accents = palette.accents
    accent = accents[(index + 1) % len(accents)]
    main = lch(*COLOURS[chance.pick(own.colours)]) if own.colours else accents[index % len(accents)]
    second = (
        lch(*COLOURS[chance.pick(own.second)])
        if own.second
        else accents[(index + 2) % len(accents)]
    )
    asked = 0.0
    material = {
        "wood": "wood", "stone": "stone", "metal": "steel", "glass": "skyblue", "brick": "brick", "ice": "skyblue",
        "fire": "orange", "paper": "cream",
    }.get(subject.material)  # fmt: skip
    if material:
        main = lch(*COLOURS[material])
        asked = 0.6
    if subject.colours:
        main = lch(*COLOURS[subject.colours[0]])
        asked = 1.0
        if len(subject.colours) > 1:
            second = lch(*COLOURS[subject.colours[1]])
    elif subject.motif in _BEINGS or subject.motif == "crowd":
        main = mix(main, accents[index % len(accents)], 0.5)
    main = shift(main, chance.between(-0.03, 0.03))
    return (main, second, accent), asked


def _size(own: Motif, subject: Subject, tallest: float, area: float) -> float:
    """Height in units: natural sizes, drawn together so that a cat beside a house is still seen."""
    root = math.sqrt(math.sqrt(own.height / tallest))
    size = area * max(0.30, root) * (1.0 + 0.28 * subject.size)
    return min(size, area * 1.2, 1.25 * area / max(own.wide, 0.55))


def _place(
    plan: Plan, reading: Reading, chance: Chance, width: float, height: float
) -> tuple[Item, ...]:
    """Where the subjects go."""
    subjects = [
        _at_home(s, plan)
        for s in reading.subjects
        if s.motif != "wall" or len(reading.subjects) == 1 or reading.quotes
    ]
    if plan.setting == "studio" and plan.place == "portrait":
        return _portrait(plan, subjects, chance, width, height)
    if not subjects and plan.setting == "plane":
        subjects = [Subject("form", word) for word in reading.unknown[:3]]
    if reading.quotes:
        subjects = [
            s
            for s in subjects
            if s.motif != "sign" or s.word in ("sign", "schild", "billboard", "signpost")
        ]
        if not any(s.motif in _WRITTEN_ON for s in subjects):
            subjects.insert(0, Subject("sign", "sign"))
    if plan.setting == "still":
        subjects = [s for s in subjects if s.motif != "table"]
    if (
        not subjects
        and plan.setting in ("land", "water", "street", "room")
        and not reading.get("place")
    ):
        subjects = _for_the_mood(plan.moods, reading)
    subjects = _spread(subjects)
    if not subjects:
        return ()
    tallest = max(motif(s.motif).height for s in subjects)
    total = sum(s.count for s in subjects)
    area = {"land": 0.62, "water": 0.60, "street": 0.56, "room": 0.60, "still": 0.55, "studio": 0.72, "under": 0.44, "space": 0.5,
            "plane": 0.55}[plan.setting]  # fmt: skip
    if "close" in reading.get("view"):
        area *= 1.3
    if "wide" in reading.get("view"):
        area *= 0.72
    area *= (
        1.12
        if total == 1
        else 1.0
        if total <= 2
        else 0.86
        if total <= 4
        else 0.66
        if total <= 8
        else 0.48
    )
    if (
        plan.setting in ("land", "water", "street")
        and total <= 3
        and "close" not in reading.get("view")
    ):
        area *= chance.between(0.66, 1.08)
    area *= clamp(0.75 + 0.25 * min(width, height * 1.2), 0.8, 1.15)
    items: list[Item] = []
    quote = 0
    slots = _slots(total, width, chance)
    slot = 0
    for index, subject in enumerate(subjects):
        own = motif(subject.motif)
        size = _size(own, subject, tallest, area)
        colours, asked = _colours(subject, own, plan.palette, chance, index)
        for number in range(subject.count):
            written = subject.word if subject.motif == "form" else ""
            if subject.motif in _WRITTEN_ON and quote < len(reading.quotes):
                written = reading.quotes[quote]
                quote += 1
            x = slots[slot % len(slots)]
            slot += 1
            shade = tuple(shift(c, chance.between(-0.05, 0.05) if number else 0.0) for c in colours)
            each = size * (chance.between(0.8, 1.08) if number else 1.0)
            item = Item(
                subject, own, x, 0.0, each, 0.0, chance.side(), (shade[0], shade[1], shade[2]), asked,
                f"{subject.motif}:{index}:{number}", words=written,
            )  # fmt: skip
            item = _stand(item, plan, chance, width, height, index, total)
            room = item.y - 0.05 * height
            if item.grounded and room < item.size:
                item = replace(item, size=max(0.1, room))
            items.append(item)
    items = _fit_in(items, plan, width)
    return tuple(sorted(_seated(_served(items), width, height), key=_order))


def _for_the_mood(moods: tuple[str, ...], reading: Reading) -> list[Subject]:
    """A feeling without a thing is given somebody who has it."""
    if "sad" in moods:
        return [Subject("person", "", size=-1)]
    if "happy" in moods:
        return [Subject("child", "", 2), Subject("balloon", "", 3)]
    if "wild" in moods:
        return [Subject("horse", "", 1)]
    if "dream" in moods:
        return [Subject("whale" if reading.vector[2] > 0 else "moon", "")]
    return []


def _order(item: Item) -> tuple[int, float]:
    """Sky first, then by the foot."""
    aloft = not item.grounded and item.motif.home in ("sky", "air", "space")
    return (0 if aloft else 1, item.y + item.lifted)


def _at_home(subject: Subject, plan: Plan) -> Subject:
    """The form a motif takes in a setting: street lamps outside, flying birds over water."""
    outside = plan.setting in ("land", "street", "water")
    if subject.motif == "lamp" and outside:
        return replace(subject, motif="streetlamp")
    if subject.motif == "bird" and outside and (subject.count > 1 or plan.setting == "water"):
        return replace(subject, motif="flying")
    return subject


def _spread(subjects: list[Subject]) -> list[Subject]:
    """At most about two dozen things altogether."""
    out: list[Subject] = []
    left = 24
    for subject in subjects[:12]:
        if left <= 0:
            break
        count = min(subject.count, left)
        out.append(replace(subject, count=count))
        left -= count
    return out


def _slots(total: int, width: float, chance: Chance) -> list[float]:
    """Places from left to right, the first ones the best."""
    if total == 1:
        return [width * chance.between(0.32, 0.68)]
    if total == 2:
        a, b = width * chance.between(0.28, 0.36), width * chance.between(0.64, 0.72)
        return [a, b] if chance.likely(0.5) else [b, a]
    if total == 3:
        thirds = [
            0.5 + chance.between(-0.04, 0.04),
            0.2 + chance.between(-0.04, 0.03),
            0.8 + chance.between(-0.03, 0.04),
        ]
        return [width * x for x in thirds]
    step = 1.0 / total
    places = [(i + 0.5 + chance.between(-0.25, 0.25)) * step for i in range(total)]
    order = sorted(range(total), key=lambda i: abs(places[i] - 0.5))
    return [width * (0.07 + 0.86 * places[i]) for i in order]


def _stand(
    item: Item, plan: Plan, chance: Chance, width: float, height: float, index: int, total: int
) -> Item:
    """The item with its foot on the ground, the water, the table or in the air."""
    home = item.motif.home
    free = height - plan.horizon
    if plan.setting == "plane":
        y = height * 0.5 + item.size * 0.5 + chance.between(-0.14, 0.14) * height
        grown = item.size * (chance.between(0.75, 1.25) if total > 1 else 1.15)
        return replace(item, y=y, size=grown, grounded=False, turn=chance.between(-0.03, 0.03))
    if home == "sky" and plan.setting in ("land", "street", "water", "space"):
        heavenly = item.subject.motif in ("sun", "moon", "star")
        size = item.size * (0.3 if heavenly else 0.75 if item.subject.motif != "rainbow" else 1.3)
        if item.subject.count > 3:
            size *= 0.6
        if item.subject.motif == "rainbow":
            return replace(item, y=plan.horizon, size=size, grounded=False)
        y = plan.horizon * chance.between(0.2, 0.62) + size * 0.5
        return replace(
            item,
            y=max(y, size * 1.08),
            size=size,
            grounded=False,
            turn=chance.between(-0.015, 0.015),
        )
    if item.subject.motif in ("flying", "butterfly", "bee") and plan.setting in (
        "land",
        "street",
        "water",
    ):
        size = item.size * (0.6 if item.subject.count == 1 else 0.42)
        return replace(
            item,
            y=plan.horizon * chance.between(0.3, 0.95) + size * 0.3,
            size=size,
            grounded=False,
            turn=chance.between(-0.03, 0.03),
        )
    if plan.setting == "space" or (
        home == "space" and plan.setting == "land" and item.subject.motif != "astronaut"
    ):
        y = height * chance.between(0.35, 0.7) + item.size * 0.5
        return replace(item, y=y, grounded=False, turn=chance.between(-0.08, 0.08), size=item.size)
    if plan.setting == "under":
        on_bed = item.subject.motif in ("turtle", "snail", "rock", "house", "anchor", "box")
        y = height * (0.97 if on_bed else chance.between(0.3, 0.75)) + (
            0.0 if on_bed else item.size * 0.5
        )
        return replace(item, y=y, grounded=on_bed, size=item.size * 1.1)
    if plan.setting == "still":
        depth = chance.between(0.12, 0.55)
        big = item.motif.height > 0.6
        y = plan.horizon + free * (0.1 if big else depth)
        return replace(item, y=y, size=item.size * (0.85 + 0.35 * depth))
    if plan.setting == "studio":
        return replace(item, y=height * chance.between(0.88, 0.93))
    if plan.setting == "room":
        if item.subject.motif in ("window", "clock", "mirror"):
            return replace(
                item, y=plan.horizon - item.size * 0.25 - 0.1, size=item.size * 0.75, grounded=False
            )
        near = chance.between(0.3, 0.85)
        if home == "table" and item.subject.motif != "newspaper":
            return _raised(item, plan.horizon + free * chance.between(0.5, 0.75))
        return replace(item, y=plan.horizon + free * near)
    afloat = (
        plan.setting == "water"
        and home == "water"
        and item.subject.motif not in ("lighthouse", "heron", "bridge")
    )
    if plan.setting == "water" and not afloat:
        if item.motif.height > 2.0:
            y = plan.horizon - chance.between(0.012, 0.03)
            return replace(item, y=y, size=min(item.size, y * 0.82), grounded=False)
        return replace(item, y=height * chance.between(0.9, 0.97))
    if afloat:
        near = chance.between(0.18, 0.55)
        return replace(item, y=plan.horizon + free * near, size=item.size * (0.72 + 0.4 * near))
    if (
        home == "table"
        and plan.setting in ("land", "street")
        and item.subject.motif not in ("flower", "leaf", "sword", "hat")
    ):
        return _raised(item, plan.horizon + free * chance.between(0.72, 0.9))
    tall = item.motif.height > 3.0
    near = chance.between(0.16, 0.4) if tall else chance.between(0.4, 0.85)
    if index > 0 and total > 2:
        near *= 0.8
    if item.subject.count > 3:
        near = chance.between(0.15, 0.95)
        return replace(
            item,
            y=plan.horizon + free * near,
            size=item.size * (0.55 + 0.55 * near),
            depth=0.35 * (1.0 - near),
        )
    return replace(item, y=plan.horizon + free * near, depth=0.12 * (1.0 - near))


def _fit_in(items: list[Item], plan: Plan, width: float) -> list[Item]:
    """The items made smaller if they crowd, and moved in from the borders."""
    standing = [i for i in items if i.grounded]
    wide = sum(i.size * i.motif.wide for i in standing)
    factor = clamp(1.3 * width / max(wide, 0.01), 0.55, 1.0) if len(standing) > 1 else 1.0
    most = 0.86 * width
    out = []
    for item in items:
        size = item.size * factor if item.grounded else item.size
        size = size if item.bust else min(size, most / item.motif.wide)
        half = min(size * item.motif.wide * 0.5, width * 0.5)
        out.append(replace(item, size=size, x=clamp(item.x, half, width - half)))
    return out


_SEATED = (
    "cat",
    "dog",
    "rabbit",
    "monkey",
    "owl",
    "mouse",
    "bird",
    "bear",
    "raccoon",
    "book",
    "frog",
)


def _seated(items: list[Item], width: float, height: float) -> list[Item]:
    """Animals put on the sofa or the branch that was named; people stand before the bench."""
    seat = next(
        (i for i in items if i.subject.motif in ("sofa", "bench", "bed", "chair", "branch")), None
    )
    if seat is None:
        return items
    branch = seat.subject.motif == "branch"
    if branch:
        moved = replace(
            seat,
            x=seat.x,
            y=height * 0.86,
            size=height * 0.42,
            grounded=False,
            facing=1.0 if seat.x > 0.5 else -1.0,
        )
    else:
        size = max(seat.size, min(0.5, width * 0.8 / seat.motif.wide))
        half = size * seat.motif.wide * 0.5
        moved = replace(seat, size=size, x=clamp(seat.x, half, max(half, width - half)))
    items = [moved if i is seat else i for i in items]
    seat = moved
    guests = [i for i in items if i.subject.motif in _SEATED and i is not seat]
    step = seat.size * seat.motif.wide * (0.62 if not branch else 0.4) / max(1, len(guests))
    out = [i for i in items if i not in guests]
    for n, item in enumerate(guests):
        size = min(item.size, seat.size * (0.8 if not branch else 1.05))
        x = seat.x + (n - (len(guests) - 1) / 2) * step
        lifted = seat.size * (0.46 if not branch else 0.47)
        out.append(
            replace(
                item,
                x=x,
                y=seat.y - lifted,
                size=size,
                lifted=lifted + 0.002,
                carried=True,
                grounded=True,
            )
        )
    return out


def _served(items: list[Item]) -> list[Item]:
    """Small things put on the table, if there is one."""
    table = next((i for i in items if i.subject.motif == "table"), None)
    small = [i for i in items if i.lifted]
    if table is None or not small:
        return items
    step = table.size * 1.35 / len(small)
    out = [i for i in items if not i.lifted]
    for n, item in enumerate(small):
        size = min(item.size, table.size * 0.42, step * 1.15 / item.motif.wide)
        x = table.x + (n - (len(small) - 1) / 2) * step
        lifted = table.size * (0.93 + 0.05 * (n % 2))
        out.append(
            replace(item, x=x, y=table.y - lifted, size=size, lifted=lifted + 0.001, carried=True)
        )
    return out


def _raised(item: Item, foot: float) -> Item:
    """A small thing, on something to stand on."""
    size = item.size * 0.62
    return replace(item, y=foot - 0.2, size=size, lifted=0.2)


def _portrait(
    plan: Plan, subjects: list[Subject], chance: Chance, width: float, height: float
) -> tuple[Item, ...]:
    beings = [s for s in subjects if s.motif in _BEINGS]
    rest = [s for s in subjects if s.motif not in _BEINGS]
    items = []
    count = min(3, sum(s.count for s in beings))
    flat = [s for s in beings for _ in range(s.count)][:count]
    wears = tuple(
        (s.motif, s.colours[0] if s.colours else "")
        for s in rest
        if s.motif in ("hat", "crown", "glasses", "shirt")
    )
    for i, subject in enumerate(flat):
        own = motif(subject.motif)
        colours, asked = _colours(subject, own, plan.palette, chance, i)
        x = width * (0.5 + (i - (count - 1) / 2) * 0.8 / count + chance.between(-0.05, 0.05))
        size = min(height * 0.98, width * 1.15) / (
            1.0 if count == 1 else 1.35 if count == 2 else 1.7
        )
        items.append(Item(replace(subject, wears=(*subject.wears, *wears)), own, x, height * 1.0, size, 0.0, chance.side(), colours, asked,
                          f"{subject.motif}:{i}", False, True))  # fmt: skip
    return tuple(items)
