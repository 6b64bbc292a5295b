"""Open country: fields, hills, mountains, forests, deserts."""

from __future__ import annotations

from .. import scenery
from ..easel import Easel
from ..exact import Chance, clamp
from ..field import Field
from ..motifs import Look, colour, motif
from ..palette import COLOURS, lch, mix, shift
from ..plan import Plan
from ..shapes import Frame

__all__ = ["land", "paint_sky"]


def _clouds(plan: Plan) -> float:
    if "storm" in plan.weather or "rain" in plan.weather:
        return 0.85
    return 0.25 if plan.light in ("night", "desert", "neon") else 0.5


def paint_sky(e: Easel, plan: Plan, field: Field, chance: Chance, horizon: float) -> float | None:
    """The sky, and where the light stands in it (units from the left) if it is seen low."""
    x = e.width * (0.5 + plan.sun * chance.between(0.15, 0.36))
    low = plan.light in ("dawn", "sunset", "dusk", "candle", "autumn", "winter")
    y = horizon * (chance.between(0.72, 0.95) if low else chance.between(0.1, 0.4))
    for item in plan.items:
        if item.subject.motif in ("sun", "moon"):
            x, y = item.x, item.y - item.size * 0.5
    glow = plan.light not in ("grey", "fog", "storm", "night")
    scenery.sky(
        e,
        field,
        horizon,
        chance,
        clouds=_clouds(plan) * chance.between(0.6, 1.15),
        sun=(x, y) if glow else None,
        stars=1.0 if plan.light == "night" else 0.35 if plan.light in ("dusk", "neon") else 0.0,
        wild=plan.wild,
    )
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


def land(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """Open country under a sky."""
    h, place, p = plan.horizon, plan.place, plan.palette
    paint_sky(e, plan, field, chance, h)
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
        if (plan.light == "winter" and chance.likely(0.6)) or place == "mountains"
        else "tree"
    )
    if place == "forest" and chance.likely(0.4):
        kind = "conifer"
    leaf = {
        "autumn": (colour("rust"), colour("gold", -0.05), colour("orange"), colour("maroon")),
        "spring": (colour("leaf", 0.1), colour("pink"), colour("lime", -0.08)),
    }.get(plan.light, (colour("leaf"), colour("olive"), mix(colour("leaf"), p.near, 0.4)))
    spots = sorted(chance.unit() for _ in range(count))
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
