"""Rain, snow, fog and lightning over a picture."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from .easel import Easel
from .exact import Chance, Plane, clip01, noise
from .field import Field
from .palette import Lab, mix
from .plan import Plan
from .shapes import Frame

__all__ = ["weather"]


def weather(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """Fog, rain, snow and lightning over what is outside."""
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
