"""Water, what it mirrors, and the light on it."""

from __future__ import annotations

import numpy as np

from ..easel import Easel
from ..exact import Chance, clip01, noise, smooth
from ..field import Field
from ..palette import mix, rgb
from ..shapes import Frame
from .washes import blend, lead

__all__ = ["glitter", "reflect", "water"]


def water(
    e: Easel, field: Field, shore: float, chance: Chance, *, wild: float, low: float | None = None
) -> None:
    """Water from a shoreline downwards, mirroring what stands above it."""
    height, width = e.rgb.shape[1:]
    y0 = min(height - 2, max(2, int(shore * e.scale)))
    y1 = height if low is None else min(height, max(y0 + 2, int(low * e.scale)))
    rows = slice(y0, y1)
    count = y1 - y0
    ripple = noise(chance, height, width, 5.0, octaves=4, stretch=5.0)[rows]
    t = np.arange(count, dtype=np.float32) * (1.0 / count)
    sway = (ripple[:, width // 2] * (1.0 + 8.0 * t) * (0.012 * e.scale * (0.5 + wild))).astype(
        np.intp
    )
    source = np.clip(y0 - 1 - (np.arange(count) * 0.9).astype(np.intp) + sway, 0, y0 - 1)
    deep_tint = mix(mix(e.palette.sky, e.palette.shade, 0.42), e.palette.accents[2], 0.12)
    for plane, value in zip(e.rgb, rgb(deep_tint), strict=True):
        mirrored = plane[source]
        plane[rows] = mirrored + (value - mirrored) * (0.30 + 0.35 * t)[:, None]
    crest = clip01((ripple - 0.12) * 2.2) * (0.25 + 0.75 * t[:, None])
    trough = clip01((-ripple - 0.12) * 2.2) * (0.25 + 0.75 * t[:, None])
    blend(e, mix(e.palette.glow, e.palette.light, 0.5), crest * (0.35 + 0.3 * wild), rows)
    blend(e, e.palette.shade, trough * (0.4 + 0.2 * wild), rows)
    if wild > 0.6:
        foam = clip01((ripple - 0.45) * 5.0) * (0.3 + 0.7 * t[:, None])
        blend(e, e.palette.paper, foam * 0.85, rows)
    e.line[rows] = 0.0
    e.detail[rows] = 0.15
    lead(e, rows, ripple * (0.03 + 0.08 * wild) + field.flow[rows] * 0.03, 0.9)


def glitter(e: Easel, chance: Chance, x: float, shore: float, strength: float) -> None:
    """The broken path of light that a low sun or the moon lays on water."""
    f = Frame(0.0, 0.0, 1.0)
    for _ in range(46):
        t = chance.unit()
        y = shore + 0.006 + (e.height - shore) * t * t * 0.85
        spread = 0.015 + 0.13 * t
        at = x + chance.between(-spread, spread)
        half = 0.006 + 0.035 * t * chance.unit()
        e.lay(
            f.limb((at - half, -y), (at + half, -y), 0.0016 + 0.0035 * t),
            e.palette.light,
            raw=True,
            round=0,
            line=0,
            opacity=strength * (1.0 - 0.55 * t),
            detail=0.5,
            variety=0,
        )


def reflect(e: Easel, x0: float, x1: float, foot: float, height: float, strength: float) -> None:
    """A wet ground's or water's mirror image of what stands on it, from its foot downwards."""
    rows_count, width = e.rgb.shape[1:]
    y0 = int(foot * e.scale)
    count = min(int(height * e.scale), rows_count - y0, y0)
    left, right = max(0, int(x0 * e.scale)), min(width, int(x1 * e.scale))
    if count < 3 or right - left < 3:
        return
    t = np.arange(count, dtype=np.float32) * (1.0 / count)
    fade = (1.0 - t) * strength
    side = np.arange(right - left, dtype=np.float32) * (2.0 / (right - left)) - 1.0
    edge = smooth((1.0 - np.abs(side)) * 4.0)
    for plane in e.rgb:
        mirrored = plane[y0 - count : y0, left:right][::-1]
        part = plane[y0 : y0 + count, left:right]
        part += (mirrored * 0.9 - part) * (fade[:, None] * edge[None, :])
