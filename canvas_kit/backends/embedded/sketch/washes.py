"""Large planes of a scene: skies, ridges, ground, water, walls, the deep, space and the field."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import shapes
from .easel import Easel
from .exact import Plane, Stream, clip01, grow, noise, smooth, wave
from .palette import Lab, mix, rgb, shift
from .plan import Field
from .shapes import Shape

ALL = slice(None)


def blend(e: Easel, colour: Lab, share: Plane | float, rows: slice = ALL) -> None:
    """Move rows towards a colour; ``share`` 0..1 may differ from pixel to pixel."""
    part = e.rgb[:, rows]
    part += (_planes(rgb(colour)) - part) * share


def fill(e: Easel, top: Lab, low: Lab, share: Plane, rows: slice = ALL) -> None:
    """Replace rows by a gradient; ``share`` 0 is the top colour."""
    first, last = np.array(rgb(top)), np.array(rgb(low))
    e.rgb[:, rows] = share * _planes(last - first) + _planes(first)


def _planes(channels: ArrayLike) -> Plane:
    """Three numbers, one a colour plane."""
    return np.asarray(channels, np.float32)[:, None, None]


def lead(
    e: Easel, rows: slice, turns: Plane | float, trust: float, detail: Plane | float | None = None
) -> None:
    """Let strokes on these rows take a direction (turns); ``trust`` 0..1 is how strictly.

    With ``detail`` the rows are a new surface of that detail, on which no line is left.
    """
    if detail is not None:
        e.line[rows], e.detail[rows] = 0.0, detail
    angle = np.asarray(turns, np.float32) * 2.0
    e.flow_x[rows] = wave(angle + 0.25) * trust
    e.flow_y[rows] = wave(angle) * trust


def _noise(e: Easel, chance: Stream, cells: float, octaves: int, stretch: float = 1.0) -> Plane:
    """Value noise over the easel, found at every second pixel: the brush is coarser anyway."""
    height, width = e.detail.shape
    half = noise(chance, height // 2, width // 2, cells, octaves=octaves, stretch=stretch)
    return grow(half, height, width, soft=False)


def _row(e: Easel, y: float) -> int:
    """The pixel row at a height in units, inside the picture."""
    return min(int(e.detail.shape[0]) - 2, max(2, int(y * e.scale)))


def stars(e: Easel, chance: Stream, count: int, low: int) -> None:
    """Small lights above a pixel row."""
    width = e.detail.shape[1]
    rows = [chance.row(count).tolist() for _ in range(3)]
    for sx, sy, size in zip(*rows, strict=True):
        y, x, r = int(sy * (low - 4)) + 1, int(sx * (width - 4)) + 1, 1 if size < 0.82 else 2
        spot = e.rgb[:, max(0, y - r + 1) : y + r, max(0, x - r + 1) : x + r]
        spot += (0.96 - spot) * (0.4 + 0.6 * size)
        e.detail[y - 1 : y + 2, x - 1 : x + 2] = 0.85


def sky(
    e: Easel, field: Field, horizon: float, chance: Stream, *, clouds: float,
    sun: tuple[float, float] | None, stars_count: int, wild: float,
) -> None:  # fmt: skip
    """A sky down to a horizon.

    Args:
        e: Where.
        field: Bends the bands of colour.
        horizon: Units from the top.
        chance: Accidents.
        clouds: 0..1.
        sun: Where the light is, units, or None.
        stars_count: How many stars.
        wild: How strongly the field shows.
    """
    p, rows = e.palette, slice(0, _row(e, horizon) + 2)
    y = e.ys[rows] * (1.0 / max(horizon, 0.05))
    share = y * y * 0.45 + y * 0.55 + field.tone[rows] * (0.10 + 0.10 * wild)
    fill(e, p.sky, p.glow, smooth(share), rows)
    warm = clip01(field.hue[rows] * (0.16 + 0.2 * wild)) * (0.3 + 0.7 * y)
    blend(e, mix(p.glow, p.accents[0], 0.4), warm, rows)
    if sun is not None:
        dx, dy = e.xs - sun[0], e.ys[rows] - sun[1]
        near = clip01(1.0 - np.sqrt(dx * dx + dy * dy) * 1.1)
        blend(e, p.light, near * near * 0.75, rows)
    if clouds > 0.0:
        cells, stretch = chance.between(1.6, 2.6), chance.between(1.5, 2.6)
        mass = _noise(e, chance, cells, 5, stretch)[rows] * 1.35 + field.second[rows] * 0.25
        # Clouds flatten and crowd towards the horizon.
        cover = smooth((mass - (0.62 - 0.95 * clouds)) * 2.0) * (0.55 + 0.45 * clip01(1.2 - y))
        lift, step = np.zeros_like(mass), max(2, int(e.scale * 0.02))
        lift[:-step] = mass[:-step] - mass[step:]
        bright = clip01(0.55 - lift * 3.4)
        pale, dark = mix(p.light, p.paper, 0.4), mix(p.sky, p.shade, 0.24)
        if p.dim < 0.75:
            pale, dark = mix(p.glow, p.light, 0.18), mix(p.sky, p.shade, 0.4)
        blend(e, dark, cover * 0.75 * (1.0 - bright), rows)
        blend(e, pale, cover * bright * (0.92 if p.dim > 0.75 else 0.5), rows)
    if stars_count:
        stars(e, chance, stars_count, rows.stop)
    lead(e, rows, field.flow[rows] * (0.35 + 0.6 * wild), 0.35 + 0.3 * wild)


def _profile(chance: Stream, width: int, cells: float, octaves: int, sharp: float) -> Plane:
    """A mountain line, one value a column, about -1..1."""
    total, weight = np.zeros(width, np.float32), 0.55
    for _ in range(octaves):
        values = chance.row(int(cells) + 3) * 2.0 - 1.0
        line = grow(np.stack((values, values)), 2, width, soft=sharp < 0.5)[0]
        line = line * (1.0 - sharp) + (1.0 - np.abs(line) * 2.0) * sharp
        total = total + line * weight
        weight *= 0.5
        cells = cells * 2.1 + 1
    return total


def ridge(
    e: Easel, chance: Stream, base: float, height: float, *, depth: float, tint: Lab, sharp: float,
    cells: float = 2.0, snow: float = 0.0, spiky: bool = False,
) -> None:  # fmt: skip
    """A range of hills or mountains, or the edge of a forest.

    Args:
        e: Where.
        chance: Accidents.
        base: Where it meets the ground, units from the top.
        height: How high it rises, units.
        depth: 0 near .. 1 far.
        tint: Its colour by day.
        sharp: 0 hills .. 1 mountains.
        cells: Waves across the picture.
        snow: Share of the height under snow.
        spiky: Tree tops instead of a line.
    """
    rows_count, width = e.detail.shape
    wide = width / min(rows_count, width)
    line = _profile(chance, width, cells * wide, 5, sharp)
    if spiky:
        line = line * 0.5 + _profile(chance, width, 34.0 * wide, 2, 1.0) * 0.5
    top = base - height * (0.55 + line * 0.75)
    rows = slice(max(0, int((base - height * 1.6) * e.scale)),
                 min(rows_count, int(base * e.scale) + 3))  # fmt: skip
    if rows.stop - rows.start < 2:
        return
    fall = e.ys[rows] - top[None, :]
    inside, far, p = clip01(fall * e.scale), 1.0 - depth, e.palette
    e.depth, before = depth, e.depth
    own = e.tone(tint)
    e.depth = before
    body = _noise(e, chance, 7.0, 3)[rows]
    slope = np.zeros_like(line)
    slope[:-1] = line[1:] - line[:-1]
    slope *= (e.scale / 512.0) * 14.0 * (-1.0 if e.light[0] < 0 else 1.0) * sharp
    side = clip01(0.5 + body * 0.8 + slope[None, :])
    down = clip01(fall * (1.0 / max(height, 0.02)))
    mist = down * down * (0.25 + 0.45 * depth)
    cap = smooth((snow * 0.9 - down + body * 0.18) * 5.0) * (0.4 + 0.6 * side) if snow else None
    plain, lit, dark = (np.array(rgb(c))
                        for c in (own, mix(own, p.light, 0.5), mix(own, p.shade, 0.5)))  # fmt: skip
    colour = _planes(plain) + side * _planes((lit - plain) * 0.55 * far)
    colour += (1.0 - side) * _planes((dark - plain) * 0.5 * far)
    colour += (_planes(rgb(p.glow)) - colour) * mist
    if cap is not None:
        colour += (0.95 - colour) * (cap * ((0.9 - 0.3 * depth) * p.dim))
    e.rgb[:, rows] += (colour - e.rgb[:, rows]) * inside
    keep = 1.0 - inside
    e.detail[rows] = np.maximum(e.detail[rows] * keep, inside * (0.35 * far))
    edge = clip01(1.4 - np.abs(fall * e.scale)) * (0.5 * far)
    e.line[rows] = np.maximum(e.line[rows] * keep, edge)
    e.flow_x[rows] *= keep
    e.flow_y[rows] *= keep


def ground(
    e: Easel, field: Field, horizon: float, chance: Stream, tint: Lab | None = None,
    rough: float = 1.0,
) -> None:  # fmt: skip
    """Ground from a horizon to the lower edge, its patches flattening with distance."""
    p, rows = e.palette, slice(_row(e, horizon), None)
    near = tint or p.near
    far = mix(mix(near, p.far, 0.55), p.glow, 0.25)
    t = (e.ys[rows] - horizon) * (1.0 / max(e.height - horizon, 0.05))
    patches = _noise(e, chance, 3.0, 5, 3.2)[rows]
    fill(e, far, near, clip01(t * 1.1 + patches * (0.16 * rough) + field.tone[rows] * 0.12), rows)
    hollow = clip01(patches * 0.9 - 0.1) * (0.45 * rough) * (0.3 + 0.7 * t)
    blend(e, mix(near, p.shade, 0.5), hollow, rows)
    blend(e, mix(near, p.light, 0.45), clip01(-patches * 0.9 - 0.1) * (0.42 * rough), rows)
    blend(e, mix(near, p.accents[1], 0.5), clip01(field.hue[rows] - 0.1) * 0.28 * t, rows)
    lead(e, rows, patches * 0.05 + field.flow[rows] * 0.06, 0.7, detail=t * 0.25)


def road(e: Easel, chance: Stream, horizon: float, tint: Lab, bend: float) -> None:
    """A way that runs into depth."""
    goal, near = e.width * (0.5 + bend * 0.3), e.width * (0.5 - bend * 0.25)
    span = max(e.height - horizon, 0.1)

    def distance(x: Plane, y: Plane) -> Plane:
        t = clip01((y - horizon) * (1.0 / span))
        middle = goal + (near - goal) * t + (t - t * t) * (bend * 0.55)
        half = 0.012 + t * t * 0.42 + t * 0.06
        away: Plane = np.maximum(np.abs(x - middle) - half, horizon + 0.004 - y)
        return away

    e.lay(
        Shape((0.0, horizon, e.width, e.height), distance),
        shift(tint, chance.between(-0.03, 0.03)),
        round=0, line=0.15, detail=0.3, soft=0.014, opacity=0.62, variety=2.0,
    )  # fmt: skip


def water(e: Easel, field: Field, shore: float, chance: Stream, wild: float) -> None:
    """Water from a shoreline downwards, mirroring what stands above it."""
    p, y0 = e.palette, _row(e, shore)
    rows, count, width = slice(y0, None), e.detail.shape[0] - y0, e.detail.shape[1]
    ripple = _noise(e, chance, 5.0, 4, 5.0)[rows]
    t = np.arange(count, dtype=np.float32) * (1.0 / count)
    sway = ripple[:, width // 2] * (1.0 + 8.0 * t) * (0.012 * e.scale * (0.5 + wild))
    source = y0 - 1 - (np.arange(count) * 0.9).astype(np.intp) + sway.astype(np.intp)
    source = np.clip(source, 0, y0 - 1)
    tint = mix(mix(p.sky, p.shade, 0.42), p.accents[2], 0.12)
    mirrored = e.rgb[:, source]
    e.rgb[:, rows] = mirrored + (_planes(rgb(tint)) - mirrored) * (0.30 + 0.35 * t)[:, None]
    nearer = 0.25 + 0.75 * t[:, None]
    crest = clip01((ripple - 0.12) * 2.2) * nearer
    blend(e, mix(p.glow, p.light, 0.5), crest * (0.35 + 0.3 * wild), rows)
    blend(e, p.shade, clip01((-ripple - 0.12) * 2.2) * nearer * (0.4 + 0.2 * wild), rows)
    if wild > 0.6:
        blend(e, p.paper, clip01((ripple - 0.45) * 5.0) * nearer * 0.85, rows)
    lead(e, rows, ripple * (0.03 + 0.08 * wild) + field.flow[rows] * 0.03, 0.9, detail=0.15)


def reflect(e: Easel, x0: float, x1: float, foot: float, height: float, strength: float) -> None:
    """A wet ground's or water's mirror image of what stands on it, from its foot downwards."""
    rows_count, width = e.detail.shape
    y0 = int(foot * e.scale)
    count = min(int(height * e.scale), rows_count - y0, y0)
    left, right = max(0, int(x0 * e.scale)), min(width, int(x1 * e.scale))
    if count < 3 or right - left < 3:
        return
    fade = (1.0 - np.arange(count, dtype=np.float32) * (1.0 / count)) * strength
    side = np.arange(right - left, dtype=np.float32) * (2.0 / (right - left)) - 1.0
    share = fade[:, None] * smooth((1.0 - np.abs(side)) * 4.0)[None, :]
    part = e.rgb[:, y0 : y0 + count, left:right]
    part += (e.rgb[:, y0 - count : y0, left:right][:, ::-1] * 0.9 - part) * share


def walls(e: Easel, field: Field, floor: float, chance: Stream, sun: float) -> None:
    """A wall and a floor; light falls in from a side."""
    p, y0 = e.palette, _row(e, floor)
    wall, below = slice(0, y0), slice(y0, None)
    x = e.xs * (1.0 / e.width)
    fall = (1.0 - x) if sun < 0 else x
    patches = _noise(e, chance, 2.4, 4)
    share = fall * 0.85 + field.tone[wall] * 0.18 + patches[wall] * 0.1 - 0.04
    fill(e, p.sky, p.glow, smooth(share + e.ys[wall] * (0.12 / e.height)), wall)
    blend(e, p.accents[2], clip01(field.hue[wall]) * 0.14, wall)
    lead(e, wall, field.flow[wall] * 0.4 + 0.12, 0.3)
    glow = clip01(fall * 0.7 + patches[below] * 0.15)
    fill(e, mix(p.near, p.shade, 0.4), mix(p.near, p.light, 0.25), glow, below)
    lead(e, below, 0.0, 0.8, detail=0.1)
    e.lay(shapes.box(e.width / 2, floor - 0.018, e.width, 0.018), shift(p.near, 0.12), raw=True,
          round=0.2, line=0.4, detail=0.2)  # fmt: skip
    for i in range(-4, 5) if chance.likely(0.6) else ():
        ends = (i * 0.32 + e.width / 2, floor), (i * 0.83 + e.width / 2, e.height)
        e.mark(shapes.limb(*ends, 0.003, 0.006), mix(p.near, p.shade, 0.6), line=0.1, detail=0.1,
               opacity=0.6)  # fmt: skip


def tabletop(e: Easel, field: Field, edge: float, chance: Stream, tint: Lab) -> None:
    """A table seen from its long side, filling the lower part, perhaps with a cloth."""
    p, rows = e.palette, slice(_row(e, edge), None)
    t = (e.ys[rows] - edge) * (1.0 / max(e.height - edge, 0.05))
    grainy = _noise(e, chance, 4.0, 4, 6.0)[rows]
    own, side = e.tone(tint), e.xs * (1.0 / e.width)
    lit = (1.0 - side) if e.light[0] < 0 else side
    share = 0.15 + lit * 0.65 + grainy * 0.25 + field.tone[rows] * 0.15 - t * 0.2
    fill(e, mix(own, p.shade, 0.42), mix(own, p.light, 0.35), clip01(share), rows)
    lead(e, rows, grainy * 0.02, 0.9, detail=0.12)
    if chance.likely(0.5):
        x, half = e.width * chance.between(0.3, 0.7), e.width * chance.between(0.22, 0.36)
        outline = ((-1.0, 0.01), (0.9, 0.0), (1.25, 0.2), (0.7, 0.3), (0.1, 0.24), (-0.5, 0.33),
                   (-1.3, 0.18))  # fmt: skip
        cloth = shapes.bend([(x + half * a, edge + b) for a, b in outline], closed=True)
        e.lay(shapes.polygon(cloth), chance.pick((p.paper, p.accents[2], p.accents[1])), raw=True,
              round=0.25, line=0.2, detail=0.3, variety=2.0)  # fmt: skip


def backdrop(e: Easel, field: Field, chance: Stream) -> None:
    """A studio's ground: a soft gradient with the light on one side, turning into a floor."""
    p = e.palette
    x = e.xs * (1.0 / e.width) - (0.5 + e.light[0] * 0.22)
    y = e.ys * (1.0 / e.height) - 0.42
    cloudy = _noise(e, chance, 2.2, 5)
    share = 1.05 - np.sqrt(x * x + y * y) * 1.35 + cloudy * 0.16 + field.tone * 0.2
    fill(e, p.sky, p.glow, smooth(share))
    blend(e, p.accents[2], clip01(field.hue * 0.8) * 0.2)
    blend(e, p.near, smooth((y - 0.36 + cloudy * 0.03) * 9.0) * 0.6)
    lead(e, ALL, field.flow * 0.7 + cloudy * 0.1, 0.4)


def deep(e: Easel, field: Field, chance: Stream) -> None:
    """Under water: light from above, a bed of sand, weeds, bubbles."""
    p, y = e.palette, e.ys * (1.0 / e.height)
    rays = _noise(e, chance, 6.0, 3)[e.detail.shape[0] // 2][None, :]
    fill(e, p.sky, p.glow, smooth(y * 1.15 + field.tone * 0.16))
    blend(e, p.light, clip01(rays * 1.6 - 0.1) * clip01(1.0 - y * 1.15) * 0.45)
    blend(e, p.shade, clip01(field.hue) * 0.3 * y)
    lead(e, ALL, field.flow * 0.5, 0.4)
    ridge(e, chance, e.height * 1.02, 0.3, depth=0.6, tint=p.far, sharp=0.4, cells=2.5)
    ridge(e, chance, e.height * 1.02, 0.16, depth=0.25, tint=p.near, sharp=0.1)
    weeds = (*p.accents, (0.5, -0.08, 0.06), (0.45, -0.08, 0.02))
    for _ in range(int(7 * e.width) + 3):
        x, y0 = chance.between(0, e.width), e.height * chance.between(0.93, 1.02)
        s, bow = chance.between(0.12, 0.34), chance.side() * 0.2
        points = [(x + a * bow * s, y0 - b * s)
                  for a, b in ((0, 0), (1, 0.35), (-0.6, 0.7), (0.7, 1.0))]  # fmt: skip
        e.lay(shapes.ribbon(shapes.bend(points), 0.06 * s, 0.02 * s),
              shift(chance.pick(weeds), -0.08), round=0.6, line=0.3, detail=0.4)  # fmt: skip
    for _ in range(14):
        x, y0 = chance.between(0, e.width), e.height * chance.unit()
        r = chance.between(0.008, 0.024)
        e.lay(shapes.ellipse(x, y0, r, r), p.light, raw=True, line=0.3, opacity=0.4, detail=0.4)


def space(e: Easel, field: Field, chance: Stream) -> None:
    """Night without ground: clouds of gas and stars."""
    p = e.palette
    gas = _noise(e, chance, 2.0, 6)
    fill(e, p.sky, p.glow, smooth(gas * 0.8 + field.tone * 0.6 + 0.1))
    blend(e, p.accents[1], clip01(field.hue * 0.7 + gas * 0.4 - 0.1) * 0.5)
    blend(e, p.accents[2], clip01(field.second * 0.7 - gas * 0.4 - 0.1) * 0.4)
    blend(e, p.shade, clip01(-gas - field.tone * 0.4) * 0.6)
    lead(e, ALL, field.flow, 0.7)
    stars(e, chance, 260, e.detail.shape[0])


def abstract(e: Easel, field: Field, chance: Stream) -> None:
    """The field itself, in the palette's colours: bands, clouds and edges."""
    p = e.palette
    grainy = _noise(e, chance, 2.5, 5)
    tints = [p.sky, p.glow, p.near, *p.accents, p.light]
    base, other = chance.pick(tints), chance.pick(tints)
    base, other = (p.sky, p.glow) if base == other else (base, other)
    fill(e, base, other, clip01(0.5 + field.tone * 0.55 + grainy * 0.15))
    first = (field.hue * 0.9 + grainy * 0.25 - 0.12) * 3.5
    second = (field.second * 0.9 - grainy * 0.25 - 0.18) * 4.5
    blend(e, chance.pick(p.accents), smooth(first) * 0.9)
    blend(e, chance.pick(tints), smooth(second) * 0.85)
    contour = field.tone * 2.2 + field.second * 0.7
    contour = np.abs(contour - np.floor(contour) - 0.5)
    blend(e, p.ink, smooth((0.06 - contour) * 20.0) * 0.4)
    lead(e, ALL, field.flow * 1.3, 0.8)
    e.detail += clip01(0.4 - contour * 2.0) * 0.4
