"""The deep, space, and the field itself."""

from __future__ import annotations

import numpy as np

from ..easel import Easel
from ..exact import Chance, clip01, noise, smooth
from ..field import Field
from ..palette import rgb, shift
from ..shapes import Frame
from .outdoors import ridge
from .washes import blend, fill, lead

__all__ = ["abstract", "deep", "space"]


def deep(e: Easel, field: Field, chance: Chance) -> None:
    """Under water: light from above, a bed of sand, weeds, bubbles."""
    p = e.palette
    height, width = e.rgb.shape[1:]
    y = e.ys * (1.0 / e.height)
    rays = noise(chance, height, width, 6.0, octaves=3)[height // 2][None, :]
    lean = clip01(rays * 1.6 - 0.1) * clip01(1.0 - y * 1.15)
    share = clip01(y * 1.15 + field.tone * 0.16)
    fill(e, p.sky, p.glow, smooth(share), slice(0, height))
    blend(e, p.light, lean * 0.45)
    blend(e, p.shade, clip01(field.hue) * 0.3 * y)
    lead(e, slice(0, height), field.flow * 0.5, 0.4)
    ridge(e, chance, e.height * 1.02, 0.3, depth=0.6, tint=p.far, sharp=0.4, cells=2.5)
    ridge(e, chance, e.height * 1.02, 0.16, depth=0.25, tint=p.near, sharp=0.1, cells=2.0)

    for _ in range(int(7 * e.width) + 3):
        x = chance.between(0, e.width)
        f = Frame(x, e.height * chance.between(0.93, 1.02), chance.between(0.12, 0.34))
        tint = shift(chance.pick((*p.accents, (0.5, -0.08, 0.06), (0.45, -0.08, 0.02))), -0.08)
        bow = chance.side() * 0.2
        e.lay(
            f.ribbon(((0, 0), (bow, 0.35), (-bow * 0.6, 0.7), (bow * 0.7, 1.0)), 0.06, 0.02),
            tint,
            round=0.6,
            line=0.3,
            detail=0.4,
        )
    for _ in range(14):
        f = Frame(
            chance.between(0, e.width), chance.between(0.05, e.height), chance.between(0.008, 0.024)
        )
        e.lay(f.disc(0, 0, 1.0), p.light, raw=True, round=0.4, line=0.3, opacity=0.4, detail=0.4)


def space(e: Easel, field: Field, chance: Chance) -> None:
    """Night without ground: clouds of gas and stars."""
    p = e.palette
    height, width = e.rgb.shape[1:]
    gas = noise(chance, height, width, 2.0, octaves=6)
    band = clip01(gas * 0.8 + field.tone * 0.6 + 0.1)
    fill(e, p.sky, p.glow, smooth(band), slice(0, height))
    blend(e, p.accents[1], clip01(field.hue * 0.7 + gas * 0.4 - 0.1) * 0.5)
    blend(e, p.accents[2], clip01(field.second * 0.7 - gas * 0.4 - 0.1) * 0.4)
    blend(e, p.shade, clip01(-gas - field.tone * 0.4) * 0.6)
    lead(e, slice(0, height), field.flow, 0.7)
    count = 260
    xs, ys, sizes = (
        chance.row(count).tolist(),
        chance.row(count).tolist(),
        chance.row(count).tolist(),
    )
    for sx, sy, size in zip(xs, ys, sizes, strict=True):
        cy, cx = int(sy * (height - 4)) + 1, int(sx * (width - 4)) + 1
        r = 1 if size < 0.8 else 2
        spot = e.rgb[:, cy - r + 1 : cy + r, cx - r + 1 : cx + r]
        spot += (0.96 - spot) * (0.35 + 0.65 * size)
        e.detail[cy - 1 : cy + 2, cx - 1 : cx + 2] = 0.9


def abstract(e: Easel, field: Field, chance: Chance, share: float = 1.0) -> None:
    """The field itself, in the palette's colours: bands, clouds and edges."""
    p = e.palette
    height, width = e.rgb.shape[1:]
    grainy = noise(chance, height, width, 2.5, octaves=5)
    tone = clip01(0.5 + field.tone * 0.55 + grainy * 0.15)
    tints = [p.sky, p.glow, p.near, *p.accents, p.light]
    base, other = chance.pick(tints), chance.pick(tints)
    if base == other:
        base, other = p.sky, p.glow
    for plane, a, b in zip(e.rgb, rgb(base), rgb(other), strict=True):
        plane += (tone * (b - a) + a - plane) * share
    blend(
        e,
        chance.pick(p.accents),
        smooth((field.hue * 0.9 + grainy * 0.25 - 0.12) * 3.5) * (0.9 * share),
    )
    blend(
        e,
        chance.pick(tints),
        smooth((field.second * 0.9 - grainy * 0.25 - 0.18) * 4.5) * (0.85 * share),
    )
    contour = field.tone * 2.2 + field.second * 0.7
    contour = np.abs(contour - np.floor(contour) - 0.5)
    blend(e, p.ink, smooth((0.06 - contour) * 20.0) * (0.4 * share))
    lead(e, slice(0, height), field.flow * 1.3, 0.8)
    e.detail += clip01(0.4 - contour * 2.0) * 0.4 * share
