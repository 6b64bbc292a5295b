"""Rooms, tables and the studio."""

from __future__ import annotations

from .. import scenery
from ..easel import Easel
from ..exact import Chance
from ..field import Field
from ..items import shadow
from ..motifs import Look, colour, motif
from ..palette import COLOURS, lch, mix
from ..plan import Plan
from ..shapes import Frame
from .land import paint_sky

__all__ = ["room", "still_life", "studio"]


def room(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """A wall, a floor, a window and a few things."""
    p, h = plan.palette, plan.horizon
    scenery.room(e, field, h, chance, plan.sun)
    named = {i.subject.motif for i in plan.items}
    x = e.width * (0.5 + plan.sun * chance.between(0.2, 0.3))
    if "window" not in named and p.dim > 0.5:
        size = chance.between(0.34, 0.44) * min(1.0, e.height)
        motif("window").draw(
            e,
            Frame(x, h - 0.16 - size * 0.2, size),
            Look(mix(p.paper, p.accents[1], 0.25), p.accents[0], p.accents[0], chance),
        )
        if p.dim > 0.8:
            scenery.lightfall(e, x - plan.sun * 0.28, h + 0.22, 0.26, plan.sun * 0.5)
    other = e.width * (0.5 - plan.sun * chance.between(0.24, 0.34))
    f = Frame(other, h - 0.42 * min(1.0, e.height), chance.between(0.16, 0.24))
    e.depth = 0.15
    if chance.likely(0.7) and not named & {"mirror", "clock"}:  # a picture on the wall
        e.lay(f.box(0, 0.5, 1.3, 1.0, 0.02), mix(colour("wood"), p.near, 0.4), round=0.5)
        e.lay(f.box(0, 0.5, 1.12, 0.82), mix(p.paper, p.accents[2], 0.3), round=0.1)
        e.lay(f.disc(0.15, 0.6, 0.16), p.accents[0], round=0.2, line=0.2)
        e.lay(f.box(-0.15, 0.32, 0.5, 0.2), p.accents[1], round=0.1, line=0.2)
    if not plan.items and plan.place != "kitchen":
        _furnish(e, plan, chance)
    if plan.place == "kitchen":
        _kitchen(e, plan, chance, other)
    elif chance.likely(0.6) and not named & {"plant", "tree", "vase"}:
        motif("vase").draw(
            e,
            Frame(e.width * (0.5 - plan.sun * 0.42), h + 0.06, 0.3),
            Look(p.accents[1], p.accents[0], p.accents[2], chance),
        )
    e.depth = 0.0


def _furnish(e: Easel, plan: Plan, chance: Chance) -> None:
    """A sofa or a table with chairs, and a lamp, for a room that is the subject itself."""
    p, h = plan.palette, plan.horizon
    e.depth = 0.0
    kinds = chance.pick(
        (("sofa", "lamp"), ("chair", "table", "chair"), ("bed", "lamp"), ("piano",))
    )
    for i, name in enumerate(kinds):
        own = motif(name)
        x = e.width * (0.5 + (i - (len(kinds) - 1) / 2) * 0.27 + chance.between(-0.03, 0.03))
        size = {"lamp": 0.46, "table": 0.24, "chair": 0.34, "piano": 0.46}.get(name, 0.34)
        size = min(size, 0.8 * e.width / own.wide)
        y = h + (e.height - h) * chance.between(0.32, 0.5)
        shadow(e, plan, x, y, size * own.wide * 0.8)
        tint = mix(lch(*COLOURS[chance.pick(own.colours)]), p.accents[i % 3], 0.35)
        own.draw(
            e, Frame(x, y, size, 1.0 if i else -1.0), Look(tint, p.accents[1], p.accents[2], chance)
        )
    e.depth = 0.15


def _kitchen(e: Easel, plan: Plan, chance: Chance, x: float) -> None:
    p, h = plan.palette, plan.horizon
    wood = mix(colour("wood", 0.08), p.near, 0.5)
    f = Frame(x, h, 1.0)
    e.lay(f.box(0, 0.1, 0.62, 0.32, 0.01), mix(p.paper, p.accents[1], 0.35), round=0.2)
    for dx in (-0.15, 0.15):
        e.lay(f.box(dx, 0.08, 0.25, 0.22, 0.01), mix(p.paper, p.accents[1], 0.45), round=0.3)
    e.lay(f.box(0, 0.27, 0.68, 0.035), wood, round=0.4)
    for i, name in enumerate(("teapot", "bottle", "bowl", "cup")):
        own = motif(name)
        tint = mix(lch(*COLOURS[chance.pick(own.colours)]), p.accents[i % 3], 0.3)
        own.draw(
            e,
            Frame(x - 0.24 + i * 0.16, h - 0.285, (0.12, 0.19, 0.08, 0.08)[i]),
            Look(tint, p.accents[0], p.accents[2], chance),
        )
    e.lay(f.box(0, 0.62, 0.6, 0.02), wood, round=0.4)
    for i in range(5):
        own = motif(chance.pick(("cup", "bottle", "vase", "bowl", "box")))
        tint = mix(lch(*COLOURS[chance.pick(own.colours)]), p.accents[i % 3], 0.4)
        own.draw(
            e,
            Frame(x - 0.24 + i * 0.12, h - 0.63, 0.085),
            Look(tint, p.accents[1], p.accents[2], chance),
        )
    if not any(i.subject.motif == "table" for i in plan.items):
        e.depth = 0.0
        y = h + (e.height - h) * 0.62
        shadow(e, plan, e.width * 0.52, y, 0.6)
        motif("table").draw(
            e, Frame(e.width * 0.52, y, 0.36), Look(wood, wood, p.accents[0], chance)
        )
        for i, name in enumerate(("bread", "cup", "apple", "teapot")):
            own = motif(name)
            tint = lch(*COLOURS[chance.pick(own.colours)])
            own.draw(
                e,
                Frame(e.width * 0.52 - 0.2 + i * 0.13, y - 0.345, (0.07, 0.065, 0.055, 0.1)[i]),
                Look(tint, p.accents[0], p.accents[2], chance),
            )


def still_life(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """A table before a wall, with companions for a lonely thing."""
    p, h = plan.palette, plan.horizon
    scenery.room(e, field, h, chance, plan.sun)
    if plan.place == "kitchen" or (chance.likely(0.35) and p.dim > 0.8):
        size = 0.5 * min(1.0, e.height)
        x = e.width * (0.5 + plan.sun * 0.33)
        motif("window").draw(
            e,
            Frame(x, h - 0.1, size),
            Look(mix(p.paper, p.near, 0.2), p.accents[0], p.accents[2], chance),
        )
    wood = chance.pick(
        (colour("wood"), colour("brown"), mix(p.near, colour("wood"), 0.5), p.accents[2])
    )
    scenery.tabletop(e, field, h, chance, wood)
    named = {i.subject.motif for i in plan.items}
    total = len(plan.items)
    if total <= 2:  # companions at the back, half in shadow
        kinds = [
            k
            for k in ("bottle", "vase", "bowl", "teapot", "book", "cup", "candle", "wineglass")
            if k not in named
        ]
        for i in range(2):
            own = motif(chance.pick(kinds))
            kinds = [k for k in kinds if motif(k) is not own]
            side = -1.0 if i else 1.0
            x = e.width * 0.5 + side * e.width * chance.between(0.27, 0.4)
            size = 0.3 if own.height > 0.25 else 0.15
            tint = mix(lch(*COLOURS[chance.pick(own.colours)]), p.shade, 0.3)
            e.depth = 0.2
            y = h + 0.05
            shadow(e, plan, x, y, size * own.wide)
            own.draw(
                e, Frame(x, y, size, chance.side()), Look(tint, p.accents[1], p.accents[2], chance)
            )
        e.depth = 0.0


def studio(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """A backdrop; behind portraits sometimes a far landscape."""
    if (
        plan.place == "portrait"
        and plan.medium.name in ("renaissance", "oil", "photo1870")
        and chance.likely(0.5)
    ):
        paint_sky(e, plan, field, chance, plan.horizon * 0.85)
        scenery.ridge(
            e,
            chance,
            plan.horizon * 0.86,
            0.22,
            depth=0.7,
            tint=plan.palette.far,
            sharp=0.6,
            cells=2.0,
        )
        scenery.ground(e, field, plan.horizon * 0.84, chance)
        return
    scenery.backdrop(e, field, chance, low=None if plan.place != "portrait" else plan.palette.sky)
