"""Walls, floors, tables and studio backdrops."""

from __future__ import annotations

import numpy as np

from ..easel import Easel
from ..exact import Chance, clip01, noise, smooth
from ..field import Field
from ..palette import Lab, mix, shift
from ..shapes import Frame
from .washes import blend, fill, lead

__all__ = ["backdrop", "lightfall", "room", "tabletop"]


def room(e: Easel, field: Field, floor: float, chance: Chance, sun: float) -> None:
    """A wall and a floor; light falls in from a side."""
    p = e.palette
    height, width = e.rgb.shape[1:]
    y0 = int(floor * e.scale)
    wall = slice(0, y0)
    x = e.xs * (1.0 / e.width)
    fall = (1.0 - x) if sun < 0 else x
    patches = noise(chance, height, width, 2.4, octaves=4)
    share = clip01(
        fall * 0.85
        + field.tone[wall] * 0.18
        + patches[wall] * 0.1
        + 0.08
        - (1.0 - e.ys[wall] / e.height) * 0.12
    )
    fill(e, p.sky, p.glow, smooth(share), wall)
    blend(e, p.accents[2], clip01(field.hue[wall]) * 0.14, wall)
    lead(e, wall, field.flow[wall] * 0.4 + 0.12, 0.3)
    floor_rows = slice(y0, height)
    t = (e.ys[floor_rows] - floor) * (1.0 / max(e.height - floor, 0.05))
    glow = clip01((fall + np.zeros_like(t)) * 0.7 + patches[floor_rows] * 0.15)
    fill(e, mix(p.near, p.shade, 0.4), mix(p.near, p.light, 0.25), glow, floor_rows)
    lead(e, floor_rows, 0.0, 0.8)

    f = Frame(0.0, floor, 1.0)
    e.lay(
        f.box(e.width / 2, 0.018, e.width * 1.1, 0.036),
        shift(p.near, 0.12),
        raw=True,
        round=0.2,
        line=0.4,
        detail=0.2,
    )
    if chance.likely(0.6):
        for i in range(9):
            px = (i - 4) * 0.32 + e.width / 2
            spread = e.width / 2 + (px - e.width / 2) * 2.6
            e.lay(
                f.limb((px, 0.0), (spread, -(e.height - floor)), 0.003, 0.006),
                mix(p.near, p.shade, 0.6),
                raw=True,
                round=0,
                line=0.1,
                detail=0.1,
                opacity=0.6,
            )
    e.detail[floor_rows] = np.maximum(e.detail[floor_rows], 0.1)


def lightfall(e: Easel, x: float, floor: float, width: float, lean: float) -> None:
    """The bright shape that a window throws on wall and floor."""
    f = Frame(x, floor, 1.0)
    for i in range(2):
        for j in range(2):
            a = i * width * 0.55
            y = -0.04 - j * 0.13
            e.lay(
                f.poly(
                    (a + lean * y, y),
                    (a + width * 0.48 + lean * y, y),
                    (a + width * 0.48 + lean * (y - 0.11), y - 0.11),
                    (a + lean * (y - 0.11), y - 0.11),
                ),
                e.palette.light,
                raw=True,
                round=0,
                line=0,
                soft=0.02,
                opacity=0.5,
                detail=0.2,
            )


def tabletop(e: Easel, field: Field, edge: float, chance: Chance, tint: Lab) -> None:
    """A table seen from its long side, filling the lower part."""
    height, width = e.rgb.shape[1:]
    y0 = int(edge * e.scale)
    rows = slice(y0, height)
    t = (e.ys[rows] - edge) * (1.0 / max(e.height - edge, 0.05))
    grainy = noise(chance, height, width, 4.0, octaves=4, stretch=6.0)[rows]
    own = e.tone(tint)
    side = e.xs * (1.0 / e.width)
    lit = (1.0 - side) if e.light[0] < 0 else side
    share = clip01(0.15 + lit * 0.65 + grainy * 0.25 + field.tone[rows] * 0.15 - t * 0.2)
    fill(e, mix(own, e.palette.shade, 0.42), mix(own, e.palette.light, 0.35), share, rows)
    e.line[rows] = 0.0
    e.detail[rows] = 0.12
    lead(e, rows, grainy * 0.02, 0.9)
    if chance.likely(0.55):  # a cloth hanging over the edge
        f = Frame(e.width * chance.between(0.25, 0.75), edge, 1.0)
        cloth = chance.pick((e.palette.paper, e.palette.accents[2], e.palette.accents[1]))
        half = e.width * chance.between(0.22, 0.36)
        e.lay(
            f.poly(
                (-half, -0.01),
                (half * 0.9, 0.0),
                (half * 1.25, -0.2),
                (half * 0.7, -0.3),
                (0.1, -0.24),
                (-half * 0.5, -0.33),
                (-half * 1.3, -0.18),
                soft=True,
            ),
            cloth,
            raw=True,
            round=0.25,
            line=0.2,
            detail=0.3,
            variety=2.0,
        )


def backdrop(e: Easel, field: Field, chance: Chance, *, low: Lab | None = None) -> None:
    """A studio's ground: a soft gradient with the light on one side, turning into a floor."""
    p = e.palette
    height, width = e.rgb.shape[1:]
    rows = slice(0, height)
    x = e.xs * (1.0 / e.width) - (0.5 + e.light[0] * 0.22)
    y = e.ys * (1.0 / e.height) - 0.42
    d = np.sqrt(x * x + y * y)
    cloudy = noise(chance, height, width, 2.2, octaves=5)
    share = clip01(1.05 - d * 1.35 + cloudy * 0.16 + field.tone * 0.2)
    fill(e, p.sky, p.glow, smooth(share), rows)
    blend(e, p.accents[2], clip01(field.hue * 0.8) * 0.2)
    blend(
        e,
        low or p.near,
        smooth((e.ys * (1.0 / e.height) - 0.78 + cloudy * 0.03) * 9.0) * 0.6,
    )
    lead(e, rows, field.flow * 0.7 + cloudy * 0.1, 0.4)
