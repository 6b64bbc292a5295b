"""Streets, villages and markets."""

from __future__ import annotations

from .. import scenery
from ..easel import Easel
from ..exact import Chance
from ..field import Field
from ..items import shadow
from ..motifs import Look, colour, motif
from ..palette import COLOURS, Lab, lch, mix
from ..plan import Plan
from ..shapes import Frame
from .land import paint_sky

__all__ = ["town"]


def town(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """Houses along a street, stalls on a market, people on their way."""
    h, place, p = plan.horizon, plan.place, plan.palette
    paint_sky(e, plan, field, chance, h)
    tall = 0.5 if place == "city" else 0.22
    wall = mix(p.far, p.accents[0], 0.2)
    scenery.skyline_rows(e, chance, h + 0.01, depth=0.72, tall=tall, tint=wall)
    if place == "city":
        scenery.skyline_rows(
            e, chance, h + 0.02, depth=0.45, tall=tall * 0.7, tint=mix(p.far, p.shade, 0.3)
        )
    paving = mix(mix(p.near, colour("stone", -0.08), 0.6), p.glow, 0.15)
    scenery.ground(e, field, h, chance, tint=paving, rough=0.6)
    if place in ("street", "city"):
        scenery.road(e, chance, h, mix(p.shade, colour("grey"), 0.5), chance.between(-0.9, 0.9))
    kind = "skyscraper" if place == "city" else "house"
    centre = e.width * chance.between(0.34, 0.66)
    for side in (-1.0, 1.0):
        for i in range(3 if place != "market" else 2):
            near = i / 2
            size = (
                (0.34 + 0.34 * near)
                * (1.55 if kind == "skyscraper" else 1.0)
                * chance.between(0.8, 1.2)
            )
            x = centre + side * (e.width * (0.15 + 0.29 * near) + 0.02)
            own = motif(kind)
            tint = mix(lch(*COLOURS[chance.pick(own.colours)]), chance.pick(p.accents), 0.35)
            roof = lch(*COLOURS[chance.pick(own.second)])
            e.depth = 0.5 - 0.42 * near
            own.draw(
                e,
                Frame(x, h + 0.03 + 0.08 * near, size, -side),
                Look(tint, roof, chance.pick(p.accents), chance),
            )
    e.depth = 0.0
    if "rain" in plan.weather or p.dim < 0.7:
        scenery.reflect(
            e, -0.1, e.width + 0.1, h + 0.1, e.height, 0.42 if "rain" in plan.weather else 0.16
        )
    if place == "market":
        _market(e, plan, chance)
    elif place == "village":
        _trees_between(e, plan, chance)
    if p.dim < 0.8 or chance.likely(0.4):
        for side in (-1.0, 1.0):
            if p.dim < 0.8:
                pool = Frame(e.width * (0.5 + side * 0.36), h + 0.21, 1.0)
                e.lay(
                    pool.oval(0, 0, 0.34, 0.11),
                    p.light,
                    raw=True,
                    round=0,
                    line=0,
                    soft=0.12,
                    opacity=0.3,
                    variety=0,
                )
            motif("streetlamp").draw(
                e,
                Frame(e.width * (0.5 + side * 0.36), h + 0.2, 0.42, side),
                Look(colour("charcoal"), p.accents[0], p.accents[1], chance),
            )
    named = {i.subject.motif for i in plan.items}
    if not named & {"crowd", "person", "woman", "man", "child"} and chance.likely(0.75):
        _walkers(e, plan, chance, 3 + chance.whole(4))


def _trees_between(e: Easel, plan: Plan, chance: Chance) -> None:
    for x in (0.4, 0.58):
        e.depth = 0.3
        tint = colour("rust") if plan.light == "autumn" else colour("leaf")
        motif("tree").draw(
            e,
            Frame(e.width * x, plan.horizon + 0.05, 0.26),
            Look(tint, colour("brown"), tint, chance),
        )
    e.depth = 0.0


def _market(e: Easel, plan: Plan, chance: Chance) -> None:
    h, p = plan.horizon, plan.palette
    stall = motif("stall")
    spots = [(0.5 + s * (0.12 + 0.3 * t), t) for t in (0.1, 0.42, 0.8) for s in (-1.0, 1.0)]
    for i, (x, t) in enumerate(spots):
        e.depth = 0.42 * (1 - t)
        size = 0.2 + 0.26 * t
        tint = mix(lch(*COLOURS[chance.pick(stall.colours)]), p.accents[i % len(p.accents)], 0.45)
        y = h + (e.height - h) * (0.10 + 0.48 * t)
        shadow(e, plan, e.width * x, y, size * 1.2)
        stall.draw(
            e,
            Frame(e.width * x + chance.between(-0.03, 0.03), y, size, chance.side()),
            Look(tint, p.accents[(i + 1) % 3], p.accents[2], chance),
        )
        if i % 2 == 1:
            _walkers(e, plan, chance, 2, low=0.1 + 0.48 * t, high=0.16 + 0.5 * t)
    e.depth = 0.0


def _walkers(
    e: Easel, plan: Plan, chance: Chance, count: int, low: float = 0.08, high: float = 0.5
) -> None:
    p = plan.palette
    rain = "rain" in plan.weather
    for t in sorted(chance.between(low, high) for _ in range(count)):
        y = plan.horizon + (e.height - plan.horizon) * t
        size = 0.1 + 0.3 * t
        e.depth = 0.5 * (1 - t)
        tint = mix(chance.pick((*p.accents, colour("charcoal"), colour("navy"))), p.shade, 0.25)
        wears: dict[str, Lab] = (
            {"umbrella": chance.pick(p.accents)} if rain and chance.likely(0.6) else {}
        )
        x = e.width * chance.between(0.2, 0.8)
        shadow(e, plan, x, y, size * 0.35)
        motif(chance.pick(("man", "woman", "person", "child"))).draw(
            e,
            Frame(x, y, size, chance.side()),
            Look(tint, chance.pick(p.accents), chance.pick(p.accents), chance, wears),
        )
    e.depth = 0.0
