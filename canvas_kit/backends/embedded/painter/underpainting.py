"""From a plan to the underpainting: scenery, supporting cast, subjects, weather."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from . import scenery
from .composition import Item, Plan
from .easel import Easel, Rgb
from .exact import Chance, Plane, clamp, clip01, cosine, noise, sine, smooth
from .field import Field
from .motifs import Look, colour, motif
from .motifs.people import bust
from .palette import COLOURS, Lab, lch, mix, rgb, shift
from .shapes import Frame, cut

__all__ = ["underpaint"]


def underpaint(
    plan: Plan, field: Field, height: int, width: int, *, seed: int, start: Rgb | None = None
) -> Easel:  # fmt: skip
    """The picture before the brush.

    Args:
        plan: What goes where.
        field: The network's field, (height, width).
        height: Rows.
        width: Columns.
        seed: The seed.
        start: A picture to begin from, (3, height, width), sRGB 0..1.
    """
    lean = plan.sun * 0.72
    e = Easel.blank(
        height, width, plan.palette, (lean, -0.69), seed,
        (0.0032 + 0.010 * (1.0 - plan.strict)) * plan.medium.wobble,
    )  # fmt: skip
    e.contrast = plan.medium.model * (0.85 + 0.3 * plan.strict)
    e.flat = plan.medium.model <= 0.0
    chance = Chance("scene", seed, plan.setting, plan.place)
    scene = _FLAT_SCENES.get(plan.medium.name) or _SCENES[plan.setting]
    scene(e, plan, field, chance)
    dream = clamp(plan.medium.field + (0.5 - plan.strict) * 1.1, 0.0, 0.8)
    if dream > 0.02 and plan.setting != "plane":
        mist = Easel.blank(height, width, plan.palette, e.light, seed, 0.0)
        scenery.abstract(mist, field, Chance("dream", seed))
        e.rgb += (mist.rgb - e.rgb) * dream
    if start is not None:
        _begin_from(e, start)
    for item in plan.items:
        draw(e, item, plan)
    if dream > 0.02 and plan.setting != "plane":
        veil = smooth(field.tone * 1.3 + 0.1) * (dream * 0.45)
        e.rgb += (mist.rgb - e.rgb) * veil
    _weather(e, plan, field, Chance("weather", seed))
    if plan.strict < 0.49 or plan.medium.flow > 1.5:
        _bend(e, field, (0.5 - min(plan.strict, 0.5)) * 0.16 + 0.012 * (plan.medium.flow - 1.0))
    return e


def _begin_from(e: Easel, start: Rgb) -> None:
    """The start picture shows through: its layout and, graded a little, its colours."""
    e.rgb *= 0.18
    e.rgb += start * 0.82
    change = np.zeros_like(e.detail)
    grey = start[0] * 0.3 + start[1] * 0.59 + start[2] * 0.11
    change[1:-1, 1:-1] = np.abs(grey[2:, 1:-1] - grey[:-2, 1:-1]) + np.abs(
        grey[1:-1, 2:] - grey[1:-1, :-2]
    )
    np.maximum(e.detail, clip01(change * 4.0), out=e.detail)
    np.maximum(e.line, clip01(change * 3.0 - 0.35) * 0.6, out=e.line)
    gy, gx = np.zeros_like(grey), np.zeros_like(grey)
    gy[1:-1] = grey[2:] - grey[:-2]
    gx[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    size = np.maximum(gx * gx + gy * gy, 1e-5)
    trust = clip01(size * 60.0)
    e.flow_x[:] = (gy * gy - gx * gx) / size * trust
    e.flow_y[:] = gx * gy * -2.0 / size * trust


def _bend(e: Easel, field: Field, amount: float) -> None:
    """Everything sways with the field."""
    height, width = e.detail.shape
    reach = amount * e.scale
    y = np.arange(height, dtype=np.float32)[:, None] + field.bend_y * reach
    x = np.arange(width, dtype=np.float32)[None, :] + field.bend_x * reach
    iy = np.clip(np.rint(y), 0, height - 1).astype(np.intp)
    ix = np.clip(np.rint(x), 0, width - 1).astype(np.intp)
    at = iy * width + ix
    for plane in (*e.rgb, e.line, e.detail, e.flow_x, e.flow_y):
        plane[:] = plane.reshape(-1).take(at)


# Scenes -------------------------------------------------------------------------------------------


def _clouds(plan: Plan) -> float:
    if "storm" in plan.weather or "rain" in plan.weather:
        return 0.85
    return 0.25 if plan.light in ("night", "desert", "neon") else 0.5


def _sky(e: Easel, plan: Plan, field: Field, chance: Chance, horizon: float) -> float | None:
    """The sky, and where the light stands in it (units from the left) if it is seen low."""
    x = e.width * (0.5 + plan.sun * chance.between(0.15, 0.36))
    low = plan.light in ("dawn", "sunset", "dusk", "candle", "autumn", "winter")
    y = horizon * (chance.between(0.72, 0.95) if low else chance.between(0.1, 0.4))
    for item in plan.items:
        if item.subject.motif in ("sun", "moon"):
            x, y = item.x, item.y - item.size * 0.5
    glow = plan.light not in ("grey", "fog", "storm", "night")
    scenery.sky(
        e, field, horizon, chance, clouds=_clouds(plan) * chance.between(0.6, 1.15), sun=(x, y) if glow else None,
        stars=1.0 if plan.light == "night" else 0.35 if plan.light in ("dusk", "neon") else 0.0, wild=plan.wild,
    )  # fmt: skip
    drawn = {i.subject.motif for i in plan.items}
    if (
        low
        and glow
        and not drawn & {"sun", "moon"}
        and chance.likely(0.55)
        and plan.light != "winter"
    ):
        tint = mix(plan.palette.light, lch(0.9, 0.12, 70), 0.5)
        motif("sun").draw(e, Frame(x, y + 0.06, 0.09), Look(tint, tint, tint, chance))
    if plan.light == "night" and not drawn & {"sun", "moon"} and chance.likely(0.6):
        tint = mix(plan.palette.light, (0.95, 0, 0.03), 0.6)
        size = chance.between(0.07, 0.12)
        motif("moon").draw(e, Frame(x, max(0.1, y + size), size), Look(tint, tint, tint, chance))
    seen = drawn & {"sun", "moon"} or (low and glow) or plan.light == "night"
    return x if seen else None


def _land(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    h, place, p = plan.horizon, plan.place, plan.palette
    _sky(e, plan, field, chance, h)
    snow = plan.light == "winter"
    if place in ("mountains", "volcano"):
        for i, (rise, depth) in enumerate(((0.40, 0.75), (0.46, 0.45), (0.22, 0.2))):
            scenery.ridge(
                e,
                chance,
                h + 0.02 * i,
                rise * chance.between(0.85, 1.2),
                depth=depth,
                tint=mix(p.far, p.shade, 0.25 * i),
                sharp=0.85,
                cells=1.6 + i,
                snow=0.55 if i < 2 else 0.15 + 0.5 * snow,
            )
        if place == "volcano":
            _volcano(e, plan, chance)
    elif place == "desert":
        for i in range(3):
            scenery.ridge(
                e,
                chance,
                h + 0.03 * i,
                0.12 + 0.03 * i,
                depth=0.6 - 0.22 * i,
                tint=mix(p.far, p.near, 0.3 * i),
                sharp=0.15,
                cells=1.3 + i,
            )
    else:
        rise = chance.between(0.06, 0.2)
        scenery.ridge(
            e,
            chance,
            h + 0.01,
            rise * 1.5,
            depth=0.72,
            tint=p.far,
            sharp=chance.between(0.0, 0.5),
            cells=1.5,
        )
        scenery.ridge(
            e,
            chance,
            h + 0.015,
            rise * 0.8,
            depth=0.45,
            tint=mix(p.far, p.near, 0.4),
            sharp=0.05,
            cells=2.2,
            spiky=chance.likely(0.45) and place != "field",
        )
    scenery.ground(e, field, h, chance)
    if place in ("field", "hills", "garden", "") and chance.likely(0.5 if place else 0.3):
        _furrows(e, plan, chance)
    if place not in ("desert", "mountains") and chance.likely(0.4):
        scenery.road(e, chance, h, mix(p.near, p.light, 0.45), chance.between(-0.9, 0.9))
    _trees(e, plan, chance)
    if place in ("garden", "field", "") and not snow and plan.light != "desert":
        scenery.tufts(e, chance, h, mix(p.near, (0.45, -0.06, 0.07), 0.35), 1.0)
        if place == "garden" or plan.light == "spring":
            _scatter(e, plan, chance, ("flower",), 12, 0.09, 0.55)


def _furrows(e: Easel, plan: Plan, chance: Chance) -> None:
    h, p = plan.horizon, plan.palette
    centre = e.width * chance.between(0.2, 0.8)
    for i in range(-9, 10):
        f = Frame(centre + i * 0.035, h + 0.015, 1.0)
        e.lay(
            f.limb((0, 0), (i * 0.22, -(e.height - h)), 0.002, 0.012),
            shift(p.near, -0.08 if i % 2 else 0.06),
            raw=True,
            round=0,
            line=0,
            detail=0.15,
            opacity=0.55,
        )


def _volcano(e: Easel, plan: Plan, chance: Chance) -> None:
    f = Frame(e.width * chance.between(0.4, 0.6), plan.horizon + 0.03, 0.5)
    rock = mix(plan.palette.shade, colour("brown"), 0.4)
    e.lay(
        f.poly(
            (-1.1, 0), (-0.5, 0.35), (-0.16, 0.95), (0.16, 0.95), (0.5, 0.3), (1.1, 0), soft=False
        ),
        rock,
        round=0.3,
    )
    for i in range(5):
        x = (i - 2) * 0.07
        e.lay(
            f.ribbon(
                ((x, 0.95), (x * 3, 0.6), (x * 5 + chance.between(-0.1, 0.1), 0.25), (x * 7, 0.02)),
                0.035,
                0.02,
            ),
            (0.68, 0.16, 0.13),
            raw=True,
            round=0.3,
            line=0,
        )
    e.lay(f.oval(0, 0.95, 0.17, 0.03), (0.85, 0.06, 0.16), raw=True, round=0, line=0.2)
    for i in range(14):
        t = i / 13
        e.lay(
            f.disc(
                chance.between(-0.1, 0.1) + 0.25 * t * t * plan.sun, 1.0 + t * 0.75, 0.09 + 0.17 * t
            ),
            mix((0.72, 0.13, 0.12), (0.35, 0.01, 0.0), clamp(t * 2.2)),
            raw=True,
            round=0.7,
            line=0.1,
            soft=0.02,
            opacity=0.85,
        )


def _trees(e: Easel, plan: Plan, chance: Chance) -> None:
    place, h, p = plan.place, plan.horizon, plan.palette
    busy = {i.subject.motif for i in plan.items}
    count = {"forest": 15, "garden": 5, "hills": 4, "mountains": 4, "field": 2, "": 3}.get(place, 0)
    if busy & {"tree", "conifer", "palm"} and place != "forest":
        count = 0
    if "grand" in plan.moods:
        count //= 2
    kind = (
        "conifer"
        if plan.light == "winter" and chance.likely(0.6) or place == "mountains"
        else "tree"
    )
    if place == "forest" and chance.likely(0.4):
        kind = "conifer"
    leaf = {
        "autumn": (colour("rust"), colour("gold", -0.05), colour("orange"), colour("maroon")),
        "spring": (colour("leaf", 0.1), colour("pink"), colour("lime", -0.08)),
    }.get(plan.light, (colour("leaf"), colour("olive"), mix(colour("leaf"), p.near, 0.4)))
    spots = sorted((chance.unit() for _ in range(count)))
    for t in spots:
        depth = 0.75 * (1.0 - t) if place == "forest" else 0.3 + 0.4 * (1 - t)
        y = h + (e.height - h) * (0.02 + (0.42 if place == "forest" else 0.16) * t * t)
        size = (0.24 + 0.75 * t * t) if place == "forest" else 0.12 + 0.26 * t
        x = e.width * chance.unit()
        middle = abs(x / e.width - 0.5)
        if t > 0.6 and middle < 0.22:  # leave room for what matters
            x = e.width * (0.06 if x < e.width / 2 else 0.94)
        e.depth = depth
        tint = shift(chance.pick(leaf), chance.between(-0.06, 0.04))
        motif(kind).draw(
            e, Frame(x, y, size), Look(tint, colour("brown", -0.04), p.accents[0], chance)
        )
    e.depth = 0.0


def _scatter(
    e: Easel,
    plan: Plan,
    chance: Chance,
    kinds: tuple[str, ...],
    count: int,
    size: float,
    keep: float,
) -> None:
    h = plan.horizon
    for t in sorted(chance.unit() for _ in range(count)):
        y = h + (e.height - h) * (keep + (1.02 - keep) * t)
        own = motif(chance.pick(kinds))
        tint = lch(*COLOURS[chance.pick(own.colours)])
        e.depth = 0.35 * (1 - t)
        own.draw(
            e,
            Frame(e.width * chance.unit(), y, size * (0.6 + 0.7 * t), chance.side()),
            Look(tint, plan.palette.accents[1], plan.palette.accents[2], chance),
        )
    e.depth = 0.0


def _water(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    h, place, p = plan.horizon, plan.place, plan.palette
    low = _sky(e, plan, field, chance, h)
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
            e, chance, h + 0.005, depth=0.6, tall=0.2, tint=mix(p.far, p.shade, 0.3)
        )
        scenery.skyline_rows(
            e, chance, h + 0.005, depth=0.35, tall=0.1, tint=mix(p.far, p.accents[0], 0.3)
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
        _shore(e, plan, chance, 0.84 if place != "beach" else 0.72)
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


def _shore(e: Easel, plan: Plan, chance: Chance, at: float) -> None:
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


def _street(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    h, place, p = plan.horizon, plan.place, plan.palette
    _sky(e, plan, field, chance, h)
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
        _shadow(e, plan, e.width * x, y, size * 1.2)
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
        _shadow(e, plan, x, y, size * 0.35)
        motif(chance.pick(("man", "woman", "person", "child"))).draw(
            e,
            Frame(x, y, size, chance.side()),
            Look(tint, chance.pick(p.accents), chance.pick(p.accents), chance, wears),
        )
    e.depth = 0.0


def _room(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
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
    if plan.place == "kitchen":
        _kitchen(e, plan, chance, other)
    elif chance.likely(0.6) and not named & {"plant", "tree", "vase"}:
        motif("vase").draw(
            e,
            Frame(e.width * (0.5 - plan.sun * 0.42), h + 0.06, 0.3),
            Look(p.accents[1], p.accents[0], p.accents[2], chance),
        )
    e.depth = 0.0


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
        _shadow(e, plan, e.width * 0.52, y, 0.6)
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


def _still(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
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
            _shadow(e, plan, x, y, size * own.wide)
            own.draw(
                e, Frame(x, y, size, chance.side()), Look(tint, p.accents[1], p.accents[2], chance)
            )
        e.depth = 0.0


def _studio(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    if (
        plan.place == "portrait"
        and plan.medium.name in ("renaissance", "oil", "photo1870")
        and chance.likely(0.5)
    ):
        _sky(e, plan, field, chance, plan.horizon * 0.85)
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


def _under(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    scenery.deep(e, field, chance)
    if not plan.items:
        _school(e, plan, chance)


def _school(e: Easel, plan: Plan, chance: Chance) -> None:
    own = motif("fish")
    for _ in range(7):
        tint = lch(*COLOURS[chance.pick(own.colours)])
        own.draw(
            e,
            Frame(
                e.width * chance.unit(),
                e.height * chance.between(0.25, 0.8),
                chance.between(0.08, 0.2),
                -plan.sun,
            ),
            Look(tint, plan.palette.accents[0], plan.palette.accents[1], chance),
        )


def _space(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    scenery.space(e, field, chance)
    if not any(i.subject.motif in ("planet", "moon") for i in plan.items):
        own = motif("planet")
        tint = chance.pick(plan.palette.accents)
        size = chance.between(0.2, 0.4)
        e.depth = 0.12
        own.draw(
            e,
            Frame(
                e.width * (0.5 - plan.sun * 0.32),
                e.height * chance.between(0.2, 0.5) + size / 2,
                size,
            ),
            Look(tint, plan.palette.accents[1], plan.palette.accents[0], chance),
        )
        e.depth = 0.0


def _plane(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    p = plan.palette
    geometric = plan.medium.name in ("bauhaus", "minimal", "collage", "popart", "comic")
    if geometric:
        e.veil(p.paper if plan.medium.name != "popart" else p.glow, 1.0)
    else:
        scenery.abstract(e, field, chance, 1.0 if not plan.items else 0.85)
        if plan.items:  # calm the middle, so that what is meant stands out
            x = e.xs * (1.0 / e.width) - 0.5
            y = e.ys * (1.0 / e.height) - 0.5
            calm = smooth(1.15 - np.sqrt(x * x + y * y) * 2.2) * 0.7
            e.veil(mix(p.glow, p.sky, 0.35), calm)
    if not plan.items or geometric:
        _geometry(e, plan, chance, 9 if not plan.items else 6, soft=not geometric)


def _geometry(e: Easel, plan: Plan, chance: Chance, count: int, *, soft: bool) -> None:
    """Discs, bars, triangles and arcs on a hidden grid."""
    p = plan.palette
    grid = e.width / 6
    tints = (*p.accents, p.ink, p.near, p.sky)
    for i in range(count):
        f = Frame(
            grid * (0.5 + chance.whole(6)),
            e.height * (0.12 + 0.15 * chance.whole(6)),
            chance.between(0.12, 0.46),
        )
        tint = tints[i % len(tints)]
        kind = chance.whole(5)
        o = 0.65 if soft else 0.96
        turn = chance.pick((0.0, 0.0, 0.125, -0.08))
        if kind == 0:
            e.lay(f.disc(0, 0, 0.5), tint, raw=True, round=0.2 if soft else 0, line=0.4, opacity=o)
        elif kind == 1:
            e.lay(
                f.box(0, 0, 1.5, chance.between(0.05, 0.3), 0, turn),
                tint,
                raw=True,
                round=0,
                line=0.4,
                opacity=o,
            )
        elif kind == 2:
            e.lay(
                f.poly((-0.5, -0.4), (0.5, -0.4), (chance.between(-0.5, 0.5), 0.5)),
                tint,
                raw=True,
                round=0,
                line=0.4,
                opacity=o,
            )
        elif kind == 3:
            e.lay(
                cut(f.disc(0, 0, 0.55), f.disc(0, 0, 0.42), f.box(0, -0.5, 1.4, 1.0)),
                tint,
                raw=True,
                round=0,
                line=0.4,
                opacity=o,
            )
        else:
            for j in range(4):
                e.lay(
                    f.limb((-0.6, j * 0.11), (0.6, j * 0.11 + 0.1), 0.012),
                    p.ink,
                    raw=True,
                    round=0,
                    line=0,
                )


_SCENES = {
    "land": _land, "water": _water, "street": _street, "room": _room, "still": _still, "studio": _studio, "under": _under,
    "space": _space, "plane": _plane,
}  # fmt: skip


def _bauhaus(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """Cream paper and few elementary shapes, whatever the place."""
    del field
    p = plan.palette
    e.veil(p.paper, 1.0)
    f = Frame(e.width * chance.between(0.3, 0.7), e.height * chance.between(0.3, 0.5), 1.0)
    red, yellow, blue = p.accents[0], p.accents[1], p.accents[2]
    e.lay(
        f.disc(0, 0, chance.between(0.24, 0.36)),
        chance.pick((red, yellow)),
        raw=True,
        round=0,
        line=0,
        variety=0.4,
    )
    base = Frame(0.0, plan.horizon, 1.0)
    e.lay(
        base.box(e.width / 2, -0.5, e.width * 1.1, 1.0),
        mix(p.paper, p.shade, 0.14),
        raw=True,
        round=0,
        line=0,
        variety=0.4,
    )
    e.lay(
        base.box(e.width * chance.unit(), -0.03, e.width * 0.9, 0.045),
        p.ink,
        raw=True,
        round=0,
        line=0,
        variety=0.2,
    )
    for _ in range(5):
        g = Frame(
            e.width * chance.between(0.05, 0.95),
            e.height * chance.between(0.08, 0.92),
            chance.between(0.1, 0.34),
        )
        tint = chance.pick((red, yellow, blue, p.ink))
        turn = chance.pick((0.0, 0.0, 0.125, 0.0625))
        kind = chance.whole(4)
        if kind == 0:
            e.lay(g.box(0, 0, 1.9, 0.09, 0, turn), tint, raw=True, round=0, line=0, variety=0.3)
        elif kind == 1:
            e.lay(
                cut(g.disc(0, 0, 0.5), g.box(0, -0.5, 1.2, 1.0, 0.0)),
                tint,
                raw=True,
                round=0,
                line=0,
                variety=0.3,
            )
        elif kind == 2:
            e.lay(
                g.poly((-0.5, -0.4), (0.5, -0.4), (-0.5, 0.5)),
                tint,
                raw=True,
                round=0,
                line=0,
                variety=0.3,
            )
        else:
            for j in range(4):
                e.lay(
                    g.box(0, j * 0.14, 1.2, 0.035, 0, turn),
                    p.ink,
                    raw=True,
                    round=0,
                    line=0,
                    variety=0.2,
                )


def _minimal(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """Two fields of colour and, perhaps, a disc."""
    del field
    p = plan.palette
    e.veil(mix(p.glow, p.paper, 0.35), 1.0)
    if plan.setting != "plane":
        e.veil(mix(p.near, p.paper, 0.15), 1.0, top=int(plan.horizon * e.scale))
    if chance.likely(0.6):
        f = Frame(e.width * chance.between(0.2, 0.8), plan.horizon * chance.between(0.3, 0.7), 1.0)
        e.lay(
            f.disc(0, 0, chance.between(0.07, 0.15)),
            p.accents[1],
            raw=True,
            round=0,
            line=0,
            variety=0,
        )


def _collage(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """Sheets of coloured paper, torn and laid over one another."""
    del field
    p = plan.palette
    e.veil(mix(p.sky, p.glow, 0.5), 1.0)
    tints = (p.far, mix(p.far, p.accents[0], 0.5), p.near, mix(p.near, p.accents[1], 0.5))
    for i, tint in enumerate(tints):
        y = plan.horizon + (e.height - plan.horizon) * i * 0.26
        f = Frame(0.0, y, 1.0)
        count = 7
        line = [
            (e.width * (j / (count - 1) * 1.2 - 0.1), chance.between(-0.05, 0.07))
            for j in range(count)
        ]
        e.lay(
            f.poly(*line, (e.width + 0.2, -2.0), (-0.2, -2.0)),
            p.shade,
            raw=True,
            round=0,
            line=0,
            soft=0.02,
            opacity=0.3,
        )
        lower = Frame(0.0, y + 0.008, 1.0)
        e.lay(
            f.poly(*line, (e.width + 0.2, -2.0), (-0.2, -2.0)),
            p.paper,
            raw=True,
            round=0,
            line=0,
            variety=0,
        )
        e.lay(
            lower.poly(*line, (e.width + 0.2, -2.0), (-0.2, -2.0)),
            tint,
            raw=True,
            round=0,
            line=0,
            variety=1.4,
        )
    for _ in range(3):
        g = Frame(
            e.width * chance.unit(),
            plan.horizon * chance.between(0.1, 0.8),
            chance.between(0.1, 0.22),
        )
        shape = g.poly(
            *[
                (chance.between(0.3, 0.6) * cosine(j / 7), chance.between(0.3, 0.6) * sine(j / 7))
                for j in range(7)
            ]
        )
        e.lay(shape, chance.pick((*p.accents, p.paper)), raw=True, round=0, line=0)


_FLAT_SCENES = {"bauhaus": _bauhaus, "minimal": _minimal, "collage": _collage}


# Items --------------------------------------------------------------------------------------------


def _shadow(e: Easel, plan: Plan, x: float, y: float, wide: float) -> None:
    """The shadow that something throws on what it stands on."""
    p = plan.palette
    strength = 0.55 if p.dim > 0.8 and plan.light not in ("grey", "fog") else 0.32
    f = Frame(x - plan.sun * wide * 0.32, y, 1.0)
    e.lay(
        f.oval(0, -0.004, wide * 0.72, wide * 0.13),
        mix(p.shade, p.near, 0.2),
        raw=True,
        round=0,
        line=0,
        soft=wide * 0.12 + 0.01,
        opacity=strength,
        detail=0.2,
        variety=0,
    )
    e.lay(
        f.oval(plan.sun * wide * 0.26, -0.002, wide * 0.42, wide * 0.06),
        p.shade,
        raw=True,
        round=0,
        line=0,
        soft=0.012,
        opacity=strength,
        detail=0.2,
        variety=0,
    )


def draw(e: Easel, item: Item, plan: Plan) -> None:
    """One item with its shadow and, in the wet, its mirror image."""
    main, second, accent = item.colours
    wears: dict[str, Lab] = {}
    for kind, name in item.subject.wears:
        wears[kind] = (
            lch(*COLOURS[name])
            if name
            else plan.palette.accents[len(wears) % len(plan.palette.accents)]
        )
    if (
        item.subject.motif in ("person", "man", "woman", "child")
        and "rain" in plan.weather
        and plan.setting in ("street", "land")
    ):
        wears.setdefault("umbrella", accent)
    look = Look(
        main,
        second,
        accent,
        Chance(item.key, plan.seed),
        wears,
        item.words,
        item.asked > 0.5,
    )
    e.depth, e.strict = item.depth, item.asked
    frame = Frame(item.x, item.y, item.size, item.facing if not item.words else 1.0, item.turn)
    wide = item.size * item.motif.wide
    if item.bust:
        kind = {"man": "man", "woman": "woman", "child": "child"}.get(item.subject.motif, "")
        bust(e, frame, look, kind)
    else:
        afloat = plan.setting == "water" and item.motif.home == "water" and item.grounded
        if item.lifted and not item.carried:
            _support(e, item, plan, wide)
        elif item.grounded and not afloat and not item.carried:
            _shadow(e, plan, item.x, item.y, wide * (0.8 if item.motif.height < 6 else 0.95))
        item.motif.draw(e, frame, look)
        if afloat:
            e.depth, e.strict = 0.0, 0.0
            f = Frame(item.x, item.y, 1.0)
            scenery.reflect(
                e,
                item.x - wide * 0.6,
                item.x + wide * 0.6,
                item.y - 0.01 * item.size,
                item.size * 0.7,
                0.5,
            )
            for i in range(6):
                y = -0.02 - i * 0.02
                half = wide * (0.5 - 0.06 * i)
                e.lay(
                    f.limb((-half, y), (half * 0.8, y), 0.004),
                    mix(plan.palette.glow, plan.palette.light, 0.4),
                    raw=True,
                    round=0,
                    line=0,
                    opacity=0.5,
                    detail=0.3,
                )
        elif item.grounded and "rain" in plan.weather and plan.setting in ("street", "land"):
            scenery.reflect(
                e, item.x - wide * 0.5, item.x + wide * 0.5, item.y + 0.006, item.size * 0.45, 0.3
            )
    e.depth, e.strict = 0.0, 0.0


def _support(e: Easel, item: Item, plan: Plan, wide: float) -> None:
    """A table for what is too small to stand on the ground."""
    wood = mix(colour("wood", 0.04), plan.palette.near, 0.35)
    half = max(0.15, wide * 0.72)
    foot = item.y + item.lifted
    _shadow(e, plan, item.x, foot, half * 1.6)
    f = Frame(item.x, foot, 1.0)
    for x in (-half * 0.84, half * 0.84):
        e.lay(f.limb((x, 0.0), (x, item.lifted - 0.02), 0.012, 0.014), shift(wood, -0.1), round=0.6)
    e.lay(f.box(0, item.lifted - 0.045, half * 2, 0.05, 0.006), shift(wood, -0.05), round=0.3)
    e.lay(
        f.poly(
            (-half * 1.04, item.lifted - 0.025),
            (half * 1.04, item.lifted - 0.025),
            (half * 0.9, item.lifted + 0.03),
            (-half * 0.9, item.lifted + 0.03),
        ),
        shift(wood, 0.08),
        round=0.2,
    )
    e.lay(
        f.oval(-plan.sun * wide * 0.2, item.lifted, wide * 0.6, 0.018),
        plan.palette.shade,
        raw=True,
        round=0,
        line=0,
        soft=0.02,
        opacity=0.5,
        detail=0.3,
    )


# Weather ------------------------------------------------------------------------------------------


def _weather(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    inside = plan.setting in ("room", "still", "studio", "plane", "space", "under")
    height, width = e.detail.shape
    p = plan.palette
    if "fog" in plan.weather and not inside:
        mist = noise(chance, height, width, 1.6, octaves=4, stretch=3.0)
        low = clip01(1.15 - np.abs(e.ys * (1.0 / e.height) - (plan.horizon / e.height)) * 1.7)
        e.veil(p.glow, clip01(low * 0.75 + mist * 0.35 + field.tone * 0.1) * 0.48)
        e.line *= 0.4
    if "rain" in plan.weather and not inside:
        _streaks(
            e,
            chance,
            int(360 * e.width * e.height),
            0.11,
            0.22 * plan.sun,
            mix(p.glow, p.light, 0.4),
            0.32,
        )
    if "snow" in plan.weather and not inside:
        _flakes(e, chance, int(420 * e.width * e.height))
    if "storm" in plan.weather and plan.setting in ("land", "water", "street"):
        x = e.width * chance.between(0.15, 0.85)
        y = 0.0
        f = Frame(0.0, 0.0, 1.0)
        path = [(x, 0.0)]
        while y < plan.horizon * 0.92:
            y += chance.between(0.04, 0.1)
            x += chance.between(-0.07, 0.07)
            path.append((x, -y))
        for width_, opacity in ((0.03, 0.25), (0.006, 0.95)):
            for a, b in pairwise(path):
                e.lay(
                    f.limb(a, b, width_ * 0.6),
                    (0.97, 0.0, -0.01),
                    raw=True,
                    round=0,
                    line=0,
                    soft=width_ if width_ > 0.01 else 0.0,
                    opacity=opacity,
                    detail=0.8,
                    variety=0,
                )


def _streaks(
    e: Easel, chance: Chance, count: int, length: float, lean: float, tint: Lab, opacity: float
) -> None:
    height, width = e.detail.shape
    samples = max(6, int(length * e.scale))
    xs, ys, long = chance.row(count), chance.row(count), chance.row(count)
    t = np.arange(samples, dtype=np.float32) * (1.0 / samples)
    run = t[None, :] * (0.35 + long[:, None] * 0.65) * length
    y = (ys[:, None] * (e.height + length) - length + run) * e.scale
    x = (xs[:, None] * (e.width + 0.4) - 0.2 + run * lean) * e.scale
    iy, ix = y.astype(np.intp), x.astype(np.intp)
    keep = (iy >= 0) & (iy < height) & (ix >= 0) & (ix < width)
    marks: Plane = np.zeros((height, width), np.float32)
    marks[iy[keep], ix[keep]] = opacity
    e.veil(tint, marks)
    e.detail += marks * 0.8


def _flakes(e: Easel, chance: Chance, count: int) -> None:
    height, width = e.detail.shape
    xs, ys, size = chance.row(count), chance.row(count), chance.row(count)
    marks = np.zeros((height, width), np.float32)
    big = max(1, math.ceil(e.scale / 220))
    iy, ix = (
        (ys * (height - big)).astype(np.intp),
        (xs * (width - big)).astype(np.intp),
    )
    for dy in range(big):
        for dx in range(big):
            keep = (size > 0.5) | ((dy + dx) == 0)
            marks[iy[keep] + dy, ix[keep] + dx] = 0.85
    e.veil((0.97, 0.0, -0.005), marks)
    e.detail += marks * 0.5


def ground_colour(plan: Plan) -> tuple[float, float, float]:
    """The colour of the bare, toned canvas."""
    p = plan.palette
    return rgb(mix(mix(p.glow, p.near, 0.5), p.accents[0], 0.25))
