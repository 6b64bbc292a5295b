"""Water and its banks."""

from __future__ import annotations

from itertools import pairwise

from .. import scenery
from ..easel import Easel
from ..exact import Chance, clamp, sine
from ..field import Field
from ..items import draw
from ..motifs import Look, colour, motif
from ..palette import mix, shift
from ..plan import Item, Plan
from ..shapes import Frame
from .land import paint_sky

__all__ = ["shore"]


def shore(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """Water under a sky, mirroring what stands beyond it."""
    h, place, p = plan.horizon, plan.place, plan.palette
    low = paint_sky(e, plan, field, chance, h)
    if "mountains" in plan.places:
        for rise, depth, snow in ((0.4, 0.7, 0.5), (0.3, 0.4, 0.25)):
            scenery.ridge(
                e,
                chance,
                h + 0.005,
                rise * chance.between(0.8, 1.2),
                depth=depth,
                tint=mix(p.far, p.shade, 0.3),
                sharp=0.85,
                cells=1.7,
                snow=snow,
            )
    elif {"city", "village"} & set(plan.places) or (place == "sea" and "fog" in plan.weather):
        scenery.skyline_rows(
            e, chance, h + 0.005, depth=0.45, tall=0.26, tint=mix(p.far, p.shade, 0.3)
        )
        scenery.skyline_rows(
            e, chance, h + 0.005, depth=0.2, tall=0.15, tint=mix(p.far, p.accents[0], 0.45)
        )
    elif place in ("river", "lake", "waterfall") or chance.likely(0.4):
        scenery.ridge(
            e,
            chance,
            h + 0.005,
            chance.between(0.1, 0.24),
            depth=0.6,
            tint=p.far,
            sharp=chance.between(0.1, 0.7),
            cells=1.6,
        )
        scenery.ridge(
            e,
            chance,
            h + 0.005,
            chance.between(0.03, 0.09),
            depth=0.35,
            tint=mix(p.far, p.near, 0.5),
            sharp=0.0,
            cells=3.0,
            spiky=chance.likely(0.6),
        )
    elif chance.likely(0.5):  # a headland on one side
        side = chance.side()
        f = Frame(e.width * (0.5 + side * 0.5), h + 0.012, 1.0, -side)
        for reach, rise, depth in ((0.62, 0.13, 0.5), (0.36, 0.22, 0.25)):
            e.depth = depth
            e.lay(
                f.poly(
                    (-0.2, -0.004),
                    (reach, -0.004),
                    (reach * 0.86, rise * 0.25),
                    (reach * 0.6, rise * 0.55),
                    (reach * 0.3, rise * 0.9),
                    (-0.2, rise),
                    soft=True,
                ),
                mix(p.far, p.shade, 0.35),
                round=0.3,
                line=0.3,
                detail=0.35,
                variety=3.0,
            )
        e.depth = 0.0
    for item in plan.items:
        if (
            not item.grounded
            and item.motif.home in ("land", "water")
            and h - 0.03 < item.y <= h + 0.08
        ):
            _bank(e, item, plan, chance)
    for item in plan.items:  # what stands behind the shore is mirrored with it
        if not item.grounded and item.motif.home in ("sky", "land", "water") and item.y <= h + 0.06:
            draw(e, item, plan)
    scenery.water(
        e, field, h, chance, wild=clamp(plan.wild * (0.6 if place in ("lake", "river") else 1.1))
    )
    if low is not None:
        scenery.glitter(e, chance, low, h, 0.75)
    on_land = any(i.grounded and i.motif.home != "water" and i.y > h for i in plan.items)
    if place == "beach" or on_land or chance.likely(0.25):
        beach(e, plan, chance, 0.84 if place != "beach" else 0.72)
    if plan.wild > 0.25 and place not in ("lake", "river", "waterfall"):
        _breakers(e, plan, chance)
    if (
        not any(i.motif.home == "water" for i in plan.items)
        and place in ("sea", "lake", "")
        and chance.likely(0.6)
    ):
        e.depth = 0.35
        boat = motif("boat")
        tint = chance.pick(p.accents)
        boat.draw(
            e,
            Frame(e.width * chance.between(0.2, 0.8), h + 0.05, 0.13, chance.side()),
            Look(tint, colour("cream"), tint, chance),
        )
        e.depth = 0.0
    if chance.likely(0.5) and p.dim > 0.7:
        _gulls(e, plan, chance)


def _bank(e: Easel, item: Item, plan: Plan, chance: Chance) -> None:
    """The land under what stands by the water, running out of the picture on its nearer side."""
    p = plan.palette
    side = -1.0 if item.x < e.width / 2 else 1.0
    reach = item.size * item.motif.wide * 0.75 + 0.06
    far_end = item.x - side * reach
    near_end = 0.0 - 0.2 if side < 0 else e.width + 0.2
    f = Frame(0.0, item.y, 1.0)
    middle = (far_end + near_end) / 2
    grass = mix(p.near, colour("leaf" if plan.light != "winter" else "white"), 0.3)
    if plan.place in ("sea", "beach"):
        grass = mix(p.near, colour("stone", -0.1), 0.6)
    outline = (
        (far_end, -0.012),
        (item.x - side * reach * 0.6, 0.018),
        (middle, 0.03),
        (near_end, 0.05),
        (near_end, -0.05),
        (middle, -0.04),
        (item.x, -0.034),
    )
    e.lay(f.poly(*outline, soft=True), grass, round=0.25, line=0.2, detail=0.35, variety=2.5)
    for _ in range(4):
        tint = shift(grass, chance.between(-0.12, 0.0))
        x = item.x + side * chance.between(0.4, 1.6) * reach
        e.depth = 0.2
        motif("bush").draw(
            e, Frame(x, item.y - 0.005, chance.between(0.05, 0.11)), Look(tint, tint, tint, chance)
        )
    e.depth = 0.0


def _breakers(e: Easel, plan: Plan, chance: Chance) -> None:
    """Waves that roll towards the viewer, each with a crest of foam."""
    p, h = plan.palette, plan.horizon
    f = Frame(0.0, 0.0, 1.0)
    rise = 0.012 + 0.05 * plan.wild
    for i in range(6):
        t = (i + 0.6) / 6.3
        y = h + (e.height - h) * t * t * 1.02
        tall = rise * (0.35 + 1.5 * t)
        points, x, lift = [(-0.1, -y)], 0.0, chance.unit()
        while x < e.width + 0.1:
            lift += chance.between(0.06, 0.12)
            points.append((x, -y + tall * wave_height(lift)))
            x += (0.03 + 0.07 * t) * chance.between(0.7, 1.4)
        points.append((e.width + 0.1, -y))
        body = mix(mix(p.sky, p.shade, 0.45), p.accents[2], 0.15)
        e.lay(
            f.poly(*points, (e.width + 0.1, -y - tall * 2.2), (-0.1, -y - tall * 2.2), soft=False),
            shift(body, -0.03 + 0.03 * (i % 2)),
            raw=True,
            round=0.0,
            line=0.15,
            soft=0.004 + tall * 0.5,
            opacity=0.5,
            detail=0.3,
            variety=2.0,
        )
        for (ax, ay), (bx, by) in pairwise(points):
            high = clamp(((ay + by) / 2 + y) / tall)
            if high > 0.15:
                e.lay(
                    f.limb((ax, ay), (bx, by), (0.002 + 0.006 * t) * high),
                    mix(p.paper, p.glow, 0.35),
                    raw=True,
                    round=0,
                    line=0,
                    soft=0.003 + 0.006 * t,
                    opacity=(0.25 + 0.5 * plan.wild) * high,
                    detail=0.5,
                )


def wave_height(turns: float) -> float:
    """A wave with pointed crests, -1..1."""
    s = abs(sine(turns))
    return 1.0 - 2.0 * s * (1.35 - 0.35 * s)


def _gulls(e: Easel, plan: Plan, chance: Chance) -> None:
    for _ in range(4):
        f = Frame(
            e.width * chance.between(0.1, 0.9),
            plan.horizon * chance.between(0.25, 0.8),
            chance.between(0.02, 0.045),
        )
        e.lay(
            f.ribbon(((-1, 0.35), (-0.5, 0.5), (0, 0.1), (0.5, 0.5), (1, 0.3)), 0.09, 0.05),
            mix(plan.palette.shade, plan.palette.paper, 0.4),
            raw=True,
            round=0,
            line=0.2,
            detail=0.6,
        )


def beach(e: Easel, plan: Plan, chance: Chance, at: float) -> None:
    f = Frame(0.0, e.height, 1.0)
    top = e.height * (1.0 - at)
    w = e.width
    tilt = chance.between(-0.06, 0.06)
    sand = mix(plan.palette.near, colour("beige"), 0.55 if plan.light != "winter" else 0.1)
    points = [(-0.1, top + tilt)] + [
        (w * (i + 0.5) / 5, top + tilt * (1 - i / 2.5) + chance.between(-0.03, 0.03))
        for i in range(5)
    ]
    line = [*points, (w + 0.1, top - tilt)]
    e.lay(
        f.ribbon(line, 0.012),
        plan.palette.paper,
        raw=True,
        round=0,
        line=0,
        opacity=0.6,
        soft=0.008,
    )
    e.lay(
        f.poly(*line, (w + 0.1, -0.1), (-0.1, -0.1)),
        sand,
        round=0.0,
        line=0.0,
        detail=0.25,
        variety=2.5,
    )
    for _ in range(5):
        own = motif("rock")
        own.draw(
            e,
            Frame(
                w * chance.unit(),
                e.height - top * chance.between(0.1, 0.9),
                chance.between(0.02, 0.06),
            ),
            Look(colour("stone", -0.12), colour("grey"), colour("grey"), chance),
        )
