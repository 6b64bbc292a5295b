"""What goes where and how large."""

from __future__ import annotations

import math
from dataclasses import replace

from .colouring import colours_of
from .exact import Chance, clamp
from .motifs import Motif, motif
from .palette import shift
from .plan import BEINGS, Item, Plan
from .words import Reading, Subject

__all__ = ["horizon_of", "place_items"]

_WRITTEN_ON = ("sign", "wall", "shirt")


def horizon_of(setting: str, place: str, reading: Reading, chance: Chance, height: float) -> float:
    """The height of the horizon, units from the top."""
    share = {
        "land": chance.between(0.46, 0.66),
        "water": chance.between(0.4, 0.6),
        "street": chance.between(0.52, 0.64),
        "room": chance.between(0.66, 0.76),
        "still": chance.between(0.58, 0.68),
        "studio": 0.8,
        "under": 0.9,
        "space": 1.0,
        "plane": 0.5,
    }[setting]
    if setting == "land" and place in ("mountains", "volcano"):
        share = chance.between(0.62, 0.74)
    if setting == "land" and any(motif(s.motif).home == "sky" for s in reading.subjects):
        share = max(share, chance.between(0.7, 0.8))
    if "wide" in reading.get("view"):
        share = clamp(share + 0.06, 0.3, 0.8)
    return share * height


def _size(own: Motif, subject: Subject, tallest: float, area: float) -> float:
    """Height in units: natural sizes, drawn together so that a cat beside a house is still seen."""
    root = math.sqrt(math.sqrt(own.height / tallest))
    size = area * max(0.30, root) * (1.0 + 0.28 * subject.size)
    return min(size, area * 1.2, 1.25 * area / max(own.wide, 0.55))


def place_items(
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
    named = {s.motif for s in subjects}
    drop = {"table"} if plan.setting == "still" else set[str]()
    if "vase" in named:  # its flowers come with it
        drop.add("flower")
        tints = [("flower", c) for s in subjects if s.motif == "flower" for c in s.colours]
        subjects = [
            replace(s, wears=(*s.wears, *tints)) if s.motif == "vase" else s for s in subjects
        ]
    subjects = [s for s in subjects if s.motif not in drop]
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
    area = {
        "land": 0.62,
        "water": 0.60,
        "street": 0.56,
        "room": 0.60,
        "still": 0.55,
        "studio": 0.72,
        "under": 0.44,
        "space": 0.5,
        "plane": 0.55,
    }[plan.setting]
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
        colours, asked = colours_of(subject, own, plan.palette, chance, index)
        if plan.medium.name == "bauhaus" and asked == 0.0 and subject.motif not in BEINGS:
            accents = plan.palette.accents
            colours = (accents[index % 3], plan.palette.ink, accents[(index + 1) % 3])
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
                subject,
                own,
                x,
                0.0,
                each,
                0.0,
                chance.side(),
                (shade[0], shade[1], shade[2]),
                asked,
                f"{subject.motif}:{index}:{number}",
                words=written,
            )
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
        if home == "sky":
            y = plan.horizon * chance.between(0.55, 0.8)
            return replace(item, y=y, size=min(item.size * 0.6, y * 0.9), grounded=False)
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
    people = [i for i in items if i.subject.motif in BEINGS]
    if people and not branch:
        step = seat.size * seat.motif.wide * 0.7 / len(people)
        for n, item in enumerate(people):
            x = seat.x + (n - (len(people) - 1) / 2) * step
            near = replace(
                item, x=x, y=seat.y + 0.012 + 0.01 * (n % 2), size=max(item.size, seat.size * 1.2)
            )
            items[items.index(item)] = near
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
    beings = [s for s in subjects if s.motif in BEINGS]
    rest = [s for s in subjects if s.motif not in BEINGS]
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
        colours, asked = colours_of(subject, own, plan.palette, chance, i)
        x = width * (0.5 + (i - (count - 1) / 2) * 0.8 / count + chance.between(-0.05, 0.05))
        size = min(height * 0.98, width * 1.15) / (
            1.0 if count == 1 else 1.35 if count == 2 else 1.7
        )
        items.append(
            Item(
                replace(subject, wears=(*subject.wears, *wears)),
                own,
                x,
                height * 1.0,
                size,
                0.0,
                chance.side(),
                colours,
                asked,
                f"{subject.motif}:{i}",
                False,
                True,
            )
        )
    return tuple(items)
