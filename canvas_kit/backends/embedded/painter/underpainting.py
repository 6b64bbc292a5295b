"""From a plan to the underpainting: scenery, supporting cast, subjects, weather."""

from __future__ import annotations

import numpy as np

from . import scenery
from .easel import Easel, Rgb
from .exact import Chance, clamp, clip01, smooth
from .field import Field
from .items import draw
from .palette import mix, rgb
from .plan import Plan
from .scenes.elsewhere import outer_space, plane, under_water
from .scenes.inside import room, still_life, studio
from .scenes.land import land
from .scenes.posters import bauhaus, collage, minimal
from .scenes.shore import shore
from .scenes.town import town
from .weather import weather

__all__ = ["ground_colour", "underpaint"]


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
    weather(e, plan, field, Chance("weather", seed))
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
    for own in (*e.rgb, e.line, e.detail, e.flow_x, e.flow_y):
        own[:] = own.reshape(-1).take(at)


_SCENES = {
    "land": land,
    "water": shore,
    "street": town,
    "room": room,
    "still": still_life,
    "studio": studio,
    "under": under_water,
    "space": outer_space,
    "plane": plane,
}


_FLAT_SCENES = {"bauhaus": bauhaus, "minimal": minimal, "collage": collage}


def ground_colour(plan: Plan) -> tuple[float, float, float]:
    """The colour of the bare, toned canvas."""
    p = plan.palette
    return rgb(mix(mix(p.glow, p.near, 0.5), p.accents[0], 0.25))
