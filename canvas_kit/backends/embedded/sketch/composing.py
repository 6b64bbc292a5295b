"""From a reading to a plan: setting, light, technique, colours, and what goes where."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from .brush import Brush
from .drawings import drawings
from .exact import Stream, clamp
from .forms import WIDE
from .lexicon import colours, table
from .palette import Lab, Palette, mix, scheme, shift
from .plan import Item, Manner, PicturePlan
from .reading import Reading, Subject

_PLAIN = ("oil", "photo", "charcoal", "abstract")
_ASHORE = ("lighthouse", "heron", "bridge")
_AREA = {"land": 0.62, "water": 0.60, "street": 0.56, "room": 0.60, "still": 0.55, "studio": 0.72,
         "under": 0.44, "space": 0.5, "plane": 0.55}  # fmt: skip
_ALOFT = {"sun": 0.3, "moon": 0.3, "star": 0.3, "rainbow": 1.3}
_HORIZON = {"land": (0.46, 0.66), "water": (0.4, 0.6), "street": (0.52, 0.64), "room": (0.66, 0.76),
            "still": (0.58, 0.68), "studio": (0.8, 0.8), "under": (0.9, 0.9), "space": (1.0, 1.0),
            "plane": (0.5, 0.5)}  # fmt: skip
_SCHEME = {"dim": 1.0, "chroma": 1.0, "pull": 0.22}
_OUTSIDE = ("land", "street", "water")
_MOST_THINGS = 24


@lru_cache(maxsize=1)
def manners() -> dict[str, Manner]:
    """All manners by name."""
    found = {}
    for name, row in table("manners").items():
        own: dict[str, Any] = {k: v for k, v in row.items()
               if k not in ("en", "de", "palettes", "brush")}  # fmt: skip
        found[name] = Manner(name, Brush(**row.get("brush", {})), **own)
    return found


def compose(
    reading: Reading, avoid: Reading, *, seed: int, width: float, height: float, strict: float
) -> PicturePlan:
    """A plan for a prompt.

    Args:
        reading: The prompt, read.
        avoid: What is not wanted, read.
        seed: The seed.
        width: Picture width in units of the shorter side.
        height: Picture height in the same units.
        strict: 0 dreamlike .. 1 to the letter.
    """
    reading = reading.without(avoid)
    chance = Stream("plan", seed)
    manner = _manner(reading)
    setting, place = _setting(reading, chance)
    light = _light(reading, avoid, setting, manner, Stream("light", seed))
    palette = _palette(reading, avoid, light, manner, strict, seed)
    moods, weather = reading.get("mood"), reading.get("weather")
    wild = 0.3 + 0.45 * ("wild" in moods) + 0.4 * ("storm" in weather) - 0.25 * ("calm" in moods)
    plan = PicturePlan(
        setting, place, light, palette, manner, _horizon(setting, place, reading, chance) * height,
        chance.side(), (), weather, clamp(wild), strict, bool(reading.get("ground")), seed,
    )  # fmt: skip
    return replace(plan, items=_Placing(plan, reading, width, height).items())


def _manner(reading: Reading) -> Manner:
    found = reading.get("manner")
    # "oil painting in the style of cubism": the style says more than the material.
    name = next((m for m in found if m not in _PLAIN), found[0] if found else "oil")
    manner = manners()[name]
    if "mono" in reading.get("tone"):
        manner = replace(manner, chroma=manner.chroma * 0.04)
    return manner


def _setting(reading: Reading, chance: Stream) -> tuple[str, str]:
    """Where it is: from the place that was named, else from where the things belong."""
    places = reading.get("place")
    scenes = [table("words")["place"][place]["scene"] for place in places]
    free = [s for s in reading.subjects if not _held(s)]
    homes = [drawings()[s.drawing].home if s.drawing else "" for s in free]
    names = {s.drawing for s in free}
    at_table = bool(homes) and all(home == "table" for home in homes)
    if "still" in reading.get("view") or (at_table and set(scenes) <= {"room"}):
        return "still", places[0] if places else ""
    for scene in ("room", "under", "space", "water", "street", "land"):
        if scene in scenes:
            if scene == "street" and "water" in homes:
                return "water", ""  # a ship before the city
            return scene, places[scenes.index(scene)]
    if "abstract" in reading.get("manner"):
        return "plane", ""
    outside = bool(reading.get("weather") or set(reading.get("light")) - {"candle"})
    if not homes or not any(names):
        if outside:
            return chance.pick(("land", "land", "water")), ""
        if homes:  # nothing but forms: they stand on their own
            return chance.pick(("studio", "studio", "plane")), ""
        return chance.pick(("land", "water", "plane")), ""
    head = next(home for home in homes if home)
    if "water" in homes and head in ("water", "land", "air", "sky"):
        return "water", "lake" if names & {"duck", "heron"} else ""
    if "space" in homes and names & {"rocket", "planet"}:
        return "space", ""
    if head in ("under", "plane"):
        return head, ""
    big = any(name and drawings()[name].height > 2.5 for name in names)
    if "room" in homes and not big and not outside and "sky" not in homes:
        return "room", ""
    if head == "table" and not big and not outside:
        return "still", ""
    if outside or big or head == "sky" or len(names) > 1:
        return "land", ""
    return chance.pick(("land", "land", "studio")), ""


def _light(reading: Reading, avoid: Reading, setting: str, manner: Manner, chance: Stream) -> str:
    found, weather, moods = reading.get("light"), reading.get("weather"), reading.get("mood")
    banned = {*avoid.get("light"), *avoid.get("weather")}
    names = {s.drawing for s in reading.subjects}
    deep = "deep" in reading.get("tone")
    if setting in ("space", "under"):
        return "space" if setting == "space" else "underwater"
    strong = [s for s in ("neon", "candle", "night", "dawn", "sunset", "dusk") if s in found]
    if strong:
        return strong[0]
    if setting in ("room", "still", "studio"):
        return "candle" if deep else "room"
    for kind, light in (("storm", "storm"), ("snow", "winter"), ("fog", "fog"), ("rain", "grey")):
        if kind in weather and found[:1] in ((), ("day",)):
            return light
    if found:
        return found[0]
    if "sad" in moods:
        return "grey"
    if manner.light and manner.light not in banned:
        return manner.light
    for things, light in (({"moon", "star", "firework"}, "night"),
                          ({"pyramid", "cactus"}, "desert"),
                          ({"snowman", "iceberg", "penguin"}, "winter")):  # fmt: skip
        if names & things:
            return light
    if "desert" in reading.get("place"):
        return "desert"
    if "eerie" in moods or deep:
        return chance.pick(("dusk", "night", "storm"))
    if "dream" in moods:
        return chance.pick(("dawn", "dusk", "spring"))
    choice = ("day", "day", "day", "day", "spring", "autumn", "sunset", "dawn")
    if setting == "plane":
        choice = ("day", "room", "sunset", "dawn", "dusk", "spring", "autumn", "desert")
    return chance.pick([light for light in choice if light not in banned] or ["day"])


def _palette(
    reading: Reading, avoid: Reading, light: str, manner: Manner, strict: float, seed: int
) -> Palette:
    """The palette: light, technique, colours asked for, colours to avoid, tone and mood."""
    named = colours()
    row = table("lights")[light]["palettes"]
    row = row[Stream("scheme", seed).whole(len(row))]
    palette = scheme(row["rows"], *(row.get(k, v) for k, v in _SCHEME.items()))
    own = table("manners")[manner.name].get("palettes")
    neutral = light in ("day", "room", "spring", "autumn", "candle", "grey")
    if own and (neutral or manner.name in ("bauhaus", "popart", "cubism")):
        rows = Stream("own scheme", seed).pick(own)
        own_scheme = scheme(rows, 1.0 if neutral else palette.dim, palette.chroma, palette.pull)
        palette = replace(own_scheme, paper=palette.paper)
    for name in reading.get("ground")[:1]:
        ground = named[name]
        palette = replace(palette, sky=shift(ground, -0.02), glow=ground, near=shift(ground, -0.06),
                          far=mix(palette.far, ground, 0.7))  # fmt: skip
    whole = [named[name] for name in (*reading.get("colour"), *reading.get("material"))]
    if whole:
        share = (0.62 if len(whole) == 1 else 0.42) * (0.75 + 0.5 * strict)
        palette = palette.toward(whole[0], clamp(share, 0.0, 0.92))
        if len(whole) > 1:
            palette = replace(
                palette, accents=(*whole[:3], *palette.accents)[:4],
                glow=mix(palette.glow, whole[1], 0.35), near=mix(palette.near, whole[-1], 0.5),
            )  # fmt: skip
    for name in (*avoid.get("colour"), *(c for s in avoid.subjects for c in s.colours)):
        palette = palette.each(_turned_from(named[name]))
    tones, moods = reading.get("tone"), reading.get("mood")
    chroma = manner.chroma * (0.86 + 0.48 * strict)
    for tone, factor in (("many", 1.35), ("pale", 0.6), ("mono", 0.04), ("bright", 1.1)):
        chroma *= factor if tone in tones else 1.0
    chroma *= 0.8 if {"sad", "eerie"} & set(moods) else 1.15 if "happy" in moods else 1.0
    palette = replace(palette.each(lambda c: shift(c, 0.0, chroma)), chroma=palette.chroma * chroma)
    by = 0.12 * ("pale" in tones) - 0.12 * ("deep" in tones and light not in ("night", "candle"))
    if by:
        palette = replace(
            palette.each(lambda c: shift(c, by)),
            accents=palette.accents,
            light=palette.light,
            dim=clamp(palette.dim * (1 + by), 0.4, 1.1),
        )
    return palette


def _turned_from(colour: Lab) -> Callable[[Lab], Lab]:
    """Turns a colour of about the given hue to the opposite, and leaves others."""
    chroma = colour[1] * colour[1] + colour[2] * colour[2]

    def turn(own: Lab) -> Lab:
        if chroma < 0.0004:  # no hue: avoid the lightness
            by = 0.15 if colour[0] < 0.5 else -0.12
            return clamp(own[0] + by, 0.1, 0.95), own[1], own[2]
        dot = own[1] * colour[1] + own[2] * colour[2]
        if dot > 0 and dot * dot > 0.42 * (own[1] * own[1] + own[2] * own[2]) * chroma:
            return own[0], -own[1] * 0.5, -own[2] * 0.5
        return own

    return turn


def _horizon(setting: str, place: str, reading: Reading, chance: Stream) -> float:
    """The height of the horizon, share of the picture from the top."""
    share = chance.between(*_HORIZON[setting])
    if setting == "land":
        aloft = any(s.drawing and drawings()[s.drawing].home == "sky" for s in reading.subjects)
        share += 0.1 * (place == "mountains") + 0.14 * aloft
    return clamp(share + 0.06 * ("wide" in reading.get("view") and setting != "space"), 0.3, 1.0)


class _Placing:
    """Gives every subject its places, sizes and colours."""

    def __init__(self, plan: PicturePlan, reading: Reading, width: float, height: float) -> None:
        self.plan, self.reading = plan, reading
        self.width, self.height = width, height
        self.chance = Stream("place", plan.seed)

    def items(self) -> tuple[Item, ...]:
        """What is shown, far first."""
        subjects = self._subjects()
        if not subjects:
            return ()
        free = [s for s in subjects if not _held(s)]
        tallest = max(_tall(s) for s in free)
        area = self._area(sum(1 if s.piled else s.count for s in free))
        slots = self._slots(sum(1 if s.piled else s.count for s in free))
        groups: list[list[Item]] = []
        for index, subject in enumerate(subjects):
            group: list[Item] = []
            tints, asked = self._colours(subject, index)
            wide = drawings()[subject.drawing].wide if subject.drawing else WIDE
            root = math.sqrt(math.sqrt(min(1.0, _tall(subject) / tallest)))
            size = area * max(0.30, root) * (1.0 + 0.28 * subject.size)
            size = min(size, 1.25 * area / max(wide, 0.55))
            for number in range(subject.count):
                by = self.chance.between(-0.05, 0.05) if number else 0.0
                each = size * (self.chance.between(0.8, 1.08) if number else 1.0)
                x = slots[0] if subject.piled or _held(subject) else slots.pop(0)
                main, second, accent = (shift(tint, by) for tint in tints)
                item = Item(
                    subject, drawings().get(subject.drawing), x, 0.0, each, each * wide,
                    (main, second, accent), asked, facing=self.chance.side(),
                )  # fmt: skip
                group.append(self._inside(self._stand(item), 9.0))
            if subject.piled:
                slots = slots if _held(subject) else slots[1:]
                group = self._pile(group)
            groups.append(group)
        groups = self._uncrowded(groups)
        for index in range(len(subjects) - 2, -1, -1):  # the last one follows nothing
            if subjects[index].relation:
                groups[index] = self._related(groups[index], _outline(groups[index + 1]))
        return tuple(sorted((item for group in groups for item in group), key=_order))

    def _subjects(self) -> list[Subject]:
        """What is shown of what was read."""
        found, left = list[Subject](), _MOST_THINGS
        outside = self.plan.setting in _OUTSIDE
        for s in self.reading.subjects[:12]:
            if self.plan.setting == "still" and s.drawing == "table":
                if found:  # the picture's ground is the table
                    found[-1] = replace(found[-1], relation="")
                continue
            if outside and s.drawing == "lamp":
                s = replace(s, drawing="street_lamp")
            if s.drawing == "bird" and outside and (s.count > 1 or self.plan.setting == "water"):
                s = replace(s, drawing="bird_flying")
            if left > 0:
                found.append(replace(s, count=min(s.count, left)))
                left -= s.count
        if found:
            found[-1] = replace(found[-1], relation="")
        return found

    def _area(self, total: int) -> float:
        """How tall things are, by how many there are."""
        view, area = self.reading.get("view"), _AREA[self.plan.setting]
        area *= 1.3 if "close" in view else 0.8 if "wide" in view and total < 4 else 1.0
        bounds = ((1, 1.12), (2, 1.0), (4, 0.86), (8, 0.66), (_MOST_THINGS, 0.48))
        area *= next(factor for most, factor in bounds if total <= most)
        area *= self.chance.between(0.85, 1.05)
        return area * clamp(0.75 + 0.25 * min(self.width, self.height * 1.2), 0.8, 1.15)

    def _slots(self, total: int) -> list[float]:
        """Places from left to right, the first ones the best."""
        between = self.chance.between
        shares = [0.07 + 0.86 * (i + 0.5 + between(-0.22, 0.22)) / total for i in range(total)]
        shares.sort(key=lambda x: abs(x - 0.5))
        if total == 2 and self.chance.likely(0.5):
            shares.reverse()
        return [self.width * share for share in shares]

    def _colours(self, subject: Subject, index: int) -> tuple[tuple[Lab, Lab, Lab], float]:
        """Main, second and accent colour, and how strictly the main one was asked for."""
        named, accents, own = colours(), self.plan.palette.accents, drawings().get(subject.drawing)
        main, second, accent = (accents[(index + k) % len(accents)] for k in (0, 2, 1))
        asked = 0.0
        if own and own.main:
            main = named[self.chance.pick(own.main)]
        if own and own.second:
            second = named[self.chance.pick(own.second)]
        if self.plan.manner.poster:
            main, second = accents[index % 3], self.plan.palette.ink
        if subject.material:
            main, asked = named[subject.material], 0.7
            second = mix(second, main, 0.6)
        if subject.colours:
            main, asked = named[subject.colours[0]], 1.0
            second = named[subject.colours[1]] if len(subject.colours) > 1 else second
        return (shift(main, self.chance.between(-0.03, 0.03)), second, accent), asked

    def _stand(self, item: Item) -> Item:
        """The item with its foot on the ground, the water, the table or in the air."""
        plan, between, h, height = self.plan, self.chance.between, self.plan.horizon, self.height
        name, home, setting = item.subject.drawing, item.home, plan.setting
        free, many, tall = height - h, item.subject.count > 3, _tall(item.subject)
        outside, size = setting in _OUTSIDE, item.size
        if setting == "plane":
            size *= 1.15
            return _at(item, height * (0.5 + between(-0.14, 0.14)) + size / 2, size, grounded=False)
        if home == "sky" and (outside or setting == "space"):
            size *= _ALOFT.get(name, 0.75) * (0.6 if many else 1.0)
            y = h if name == "rainbow" else max(h * between(0.2, 0.62) + size / 2, size * 1.08)
            return _at(item, y, size, grounded=False)
        if outside and (plan.place == "sky" or name in ("bird_flying", "butterfly", "bee")):
            size *= 0.8 if plan.place == "sky" else 0.6 if item.subject.count == 1 else 0.42
            return _at(item, h * between(0.3, 0.9) + size * 0.3, size, grounded=False,
                       turn=between(-0.03, 0.03))  # fmt: skip
        if setting == "space" or (outside and home == "space"):
            return _at(item, height * between(0.35, 0.7) + size / 2, size, grounded=False,
                       turn=between(-0.08, 0.08))  # fmt: skip
        if setting == "under":
            if home in ("land", "table", "room") or name == "anchor":
                return _at(item, height * 0.97, size * 1.1)
            return _at(item, height * between(0.3, 0.75) + size / 2, size * 1.1, grounded=False)
        if setting == "still":
            depth = 0.1 if tall > 0.6 else between(0.12, 0.55)
            return _at(item, h + free * depth, size * (0.9 + 0.3 * depth))
        if setting == "studio":
            return _at(item, height * between(0.88, 0.93), size)
        if setting == "room" and (home == "sky" or name in ("window", "clock", "mirror")):
            return _at(item, h - size * 0.3 - 0.08, size * 0.7, grounded=False)
        if setting == "water" and home == "water" and name not in _ASHORE:
            near = between(0.16, 0.56)
            return _at(item, h + free * near, size * (0.72 + 0.4 * near), afloat=True)
        if setting == "water" and tall > 2.0:
            y = h - between(0.012, 0.03)
            return _at(item, y, min(size, y * 0.82), grounded=False)
        if setting == "water":
            return _at(item, height * between(0.9, 0.97), size)
        small = ("flower", "leaf", "sword", "hat", "mushroom", "newspaper", "shirt")
        if home == "table" and name not in small:  # a small thing, on a table of its own
            lifted = max(0.2, size * 0.62 * item.wide / item.size * 0.55)
            return _at(item, h + free * between(0.6, 0.85) - lifted, size * 0.62, lifted=lifted)
        if tall > 30.0:
            return _at(item, h + free * 0.06, size * 1.3, depth=0.2)
        bounds = (0.15, 0.95) if many else (0.16, 0.4) if tall > 3.0 else (0.4, 0.85)
        near = between(*bounds)
        size *= 0.5 + 0.8 * near if many else 1.0
        return _at(item, h + free * near, size, depth=(0.35 if many else 0.12) * (1.0 - near))

    def _pile(self, group: list[Item]) -> list[Item]:
        """The items of a group on one another."""
        first = group[0]
        lowest = self._inside(first, min(first.size * 0.72, 0.7 * self.height / len(group)))
        return [
            replace(
                lowest, y=lowest.y - n * lowest.size * 0.62, order=_order(lowest)[1] + n * 0.0001,
                x=lowest.x + (self.chance.between(-0.12, 0.12) * lowest.wide if n else 0.0),
                colours=item.colours, facing=item.facing, grounded=not n,
                lifted=0.0 if n else lowest.lifted,
            )
            for n, item in enumerate(group)
        ]  # fmt: skip

    def _uncrowded(self, groups: list[list[Item]]) -> list[list[Item]]:
        """The items made smaller if they crowd."""
        standing = [i.wide for group in groups for i in group if i.grounded]
        factor = clamp(1.3 * self.width / max(sum(standing), 0.01), 0.55, 1.0)
        if len(standing) < 2 or factor == 1.0:
            return groups
        return [[self._inside(i, i.size * factor if i.grounded else i.size) for i in group]
                for group in groups]  # fmt: skip

    def _inside(self, item: Item, most: float) -> Item:
        """The item at most so tall, within the borders."""
        shape = item.wide / item.size
        size = min(item.size, most, 0.86 * self.width / shape)
        if item.grounded:
            size = min(size, max(0.1, item.y - 0.05 * self.height))
        half = min(size * shape * 0.5, self.width * 0.5)
        return replace(item, size=size, wide=size * shape,
                       x=clamp(item.x, half, self.width - half))  # fmt: skip

    def _related(self, group: list[Item], other: Item) -> list[Item]:
        """The items where they are said to be, seen from another one."""
        kind, count, out = group[0].subject.relation, len(group), list[Item]()
        if other.home == "sky" and group[0].home != "sky":
            return group  # "under the moon" is the whole scene
        for n, item in enumerate(group):
            spread, order, grounded = n - (count - 1) / 2, _order(other)[1] + 0.001, False
            x, size = other.x + spread * other.wide * 0.7 / count, item.size
            if kind in ("on", "in"):
                size = min(size, other.size * (0.7 if kind == "on" else 0.9),
                           other.wide * 0.9 / math.sqrt(count) * item.size / item.wide)  # fmt: skip
                seat = other.drawing.seat if other.drawing else 0.96
                y = other.y - other.size * seat
                if kind == "in" and other.wide < 0.6 * other.size:  # behind the glass of a bottle
                    size, y = min(size, other.size * 0.45), other.y - other.size * 0.12
                elif kind == "in":  # in a bowl: its front hides their feet
                    y, order = y + 0.35 * size, order - 0.002
            elif kind == "under":
                size, grounded = min(size, other.size * 0.5), True
                y = other.y + other.lifted + 0.012
            elif kind == "above":
                size = min(size, other.size)
                y = max(size * 1.05, other.y - other.size * 1.12)
            else:
                apart = (0.52 if kind == "beside" else 0.3) * (other.wide + item.wide)
                x = other.x + (apart if item.x >= other.x else -apart) + spread * item.wide
                if item.lifted or not (item.grounded and other.grounded):
                    y, grounded, order = item.y, item.grounded, item.order
                else:
                    by = {"beside": 0.015, "before": 0.07, "behind": -0.05}[kind]
                    y = order = clamp(other.y + by, 0.1, 0.985 * self.height)
                    grounded = True
            lifted = item.lifted if y == item.y else 0.0
            moved = replace(item, x=x, y=y, grounded=grounded, lifted=lifted, order=order,
                            depth=other.depth, turn=0.0)  # fmt: skip
            out.append(self._inside(moved, size))
        return out


def _outline(group: list[Item]) -> Item:
    """A group seen as one thing."""
    if len(group) == 1:
        return group[0]
    left, right = min(i.x - i.wide / 2 for i in group), max(i.x + i.wide / 2 for i in group)
    low = max(group, key=lambda i: i.y + i.lifted)
    top = min(i.y - i.size for i in group)
    return replace(low, x=(left + right) / 2, wide=right - left, size=max(low.y - top, low.size))


def _at(item: Item, y: float, size: float, **changes: float | bool) -> Item:
    wide = size * item.wide / item.size
    return replace(item, y=y, size=size, wide=wide, **changes)  # type: ignore[arg-type]


def _held(subject: Subject) -> bool:
    """Whether it is where its holder is."""
    return subject.relation in ("in", "on")


def _tall(subject: Subject) -> float:
    return drawings()[subject.drawing].height if subject.drawing else 1.7


def _order(item: Item) -> tuple[int, float]:
    """Sky first, then by the foot; what is on or in something follows it."""
    aloft = not item.grounded and item.home in ("sky", "air", "space") and not item.order
    return (0 if aloft else 1, item.order or item.y + item.lifted)
