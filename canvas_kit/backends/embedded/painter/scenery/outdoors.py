"""Skies, ridges, ground, roads and skylines."""

from __future__ import annotations

import numpy as np

from ..easel import Easel
from ..exact import Chance, Plane, clip01, grow, noise, smooth
from ..field import Field
from ..palette import Lab, mix, rgb, shift
from ..shapes import Frame, Shape
from .washes import blend, fill, lead

__all__ = ["ground", "ridge", "road", "sky", "skyline_rows", "tufts"]


def sky(
    e: Easel,
    field: Field,
    horizon: float,
    chance: Chance,
    *,
    clouds: float,
    sun: tuple[float, float] | None,
    stars: float,
    wild: float,
) -> None:
    """A sky down to a horizon.

    Args:
        e: Where.
        field: Bends the bands of colour.
        horizon: Units from the top.
        chance: Accidents.
        clouds: 0..1.
        sun: Where the light is, units, or None.
        stars: 0..1.
        wild: How strongly the field shows.
    """
    p = e.palette
    rows = slice(0, max(2, min(e.rgb.shape[1], int(horizon * e.scale) + 2)))
    y = e.ys[rows] * (1.0 / max(horizon, 0.05))
    share = y * y * 0.45 + y * 0.55 + field.tone[rows] * (0.10 + 0.10 * wild)
    fill(e, p.sky, p.glow, smooth(share), rows)
    blend(
        e,
        mix(p.glow, p.accents[0], 0.4),
        clip01(field.hue[rows] * (0.16 + 0.2 * wild)) * (0.3 + 0.7 * y),
        rows,
    )
    if sun is not None:
        dx, dy = e.xs - sun[0], e.ys[rows] - sun[1]
        d = np.sqrt(dx * dx + dy * dy)
        blend(e, p.light, clip01(1.0 - d * 1.1) * clip01(1.0 - d * 1.1) * 0.75, rows)
    height, width = e.rgb.shape[1:]
    if clouds > 0.0:
        mass = noise(
            chance,
            height,
            width,
            chance.between(1.6, 2.6),
            octaves=5,
            stretch=chance.between(1.5, 2.6),
        )[rows]
        mass = mass * 1.35 + field.second[rows] * 0.25
        # Clouds flatten and crowd towards the horizon.
        cover = smooth((mass - (0.62 - 0.95 * clouds)) * 2.0) * (0.55 + 0.45 * clip01(1.2 - y))
        lift = np.empty_like(mass)
        step = max(2, int(e.scale * 0.02))
        lift[:-step] = mass[:-step] - mass[step:]
        lift[-step:] = 0.0
        bright = clip01(0.55 - lift * 3.4)
        pale, dark = mix(p.light, p.paper, 0.4), mix(p.sky, p.shade, 0.24)
        if p.dim < 0.75:
            pale, dark = mix(p.glow, p.light, 0.18), mix(p.sky, p.shade, 0.4)
        blend(e, dark, cover * 0.75 * (1.0 - bright), rows)
        blend(e, pale, cover * bright * (0.92 if p.dim > 0.75 else 0.5), rows)
    if stars > 0.0:
        count = int(60 + 180 * stars)
        xs, ys, sizes = (
            chance.row(count).tolist(),
            chance.row(count).tolist(),
            chance.row(count).tolist(),
        )
        limit = rows.stop - 3
        for sx, sy, size in zip(xs, ys, sizes, strict=True):
            cy, cx = int(sy * sy * limit) + 1, int(sx * (width - 3)) + 1
            r = 1 if size < 0.85 else 2
            spot = e.rgb[:, max(0, cy - r + 1) : cy + r, max(0, cx - r + 1) : cx + r]
            spot += (0.96 - spot) * (0.4 + 0.6 * size)
            e.detail[max(0, cy - 1) : cy + 2, max(0, cx - 1) : cx + 2] = 0.8
    lead(e, rows, field.flow[rows] * (0.35 + 0.6 * wild), 0.35 + 0.3 * wild)


def _profile(chance: Chance, width: int, cells: float, octaves: int, sharp: float) -> Plane:
    """A mountain line, one value a column, about -1..1."""
    total = np.zeros(width, np.float32)
    weight = 1.0
    for _ in range(octaves):
        count = int(cells) + 3
        values = chance.row(count) * 2.0 - 1.0
        line = grow(np.stack((values, values)), 2, width, soft=sharp < 0.5)[0]
        if sharp > 0.0:
            line = line * (1.0 - sharp) + (1.0 - np.abs(line) * 2.0) * sharp
        total = total + line * weight
        weight *= 0.5
        cells = cells * 2.1 + 1
    return total * 0.55


def ridge(
    e: Easel,
    chance: Chance,
    base: float,
    height: float,
    *,
    depth: float,
    tint: Lab,
    sharp: float,
    cells: float = 2.0,
    snow: float = 0.0,
    spiky: bool = False,
) -> None:
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
    rows_count, width = e.rgb.shape[1:]
    line = _profile(chance, width, cells * width / min(rows_count, width), 5, sharp)
    if spiky:
        spikes = _profile(chance, width, 34.0 * width / min(rows_count, width), 2, 1.0)
        line = line * 0.5 + spikes * 0.5
    top = base - height * (0.55 + line * 0.75)
    y0 = max(0, int((base - height * 1.6) * e.scale))
    y1 = min(rows_count, int(base * e.scale) + 3)
    if y1 - y0 < 2:
        return
    rows = slice(y0, y1)
    inside = clip01((e.ys[rows] - top[None, :]) * e.scale)
    e.depth, before = depth, e.depth
    own = e.tone(tint)
    e.depth = before
    body = noise(chance, rows_count, width, 7.0, octaves=4)[rows]
    slope = np.empty_like(line)
    slope[:-1] = line[1:] - line[:-1]
    slope[-1] = 0.0
    far = 1.0 - depth
    for plane, value, lit, mist, dark in zip(
        e.rgb,
        rgb(own),
        rgb(mix(own, e.palette.light, 0.5)),
        rgb(e.palette.glow),
        rgb(mix(own, e.palette.shade, 0.5)),
        strict=True,
    ):
        side = clip01(
            0.5 + body * 0.8 + slope[None, :] * (14.0 * (-1.0 if e.light[0] < 0 else 1.0) * sharp)
        )
        colour = value + (lit - value) * (side * 0.55 * far)
        colour = colour + (dark - value) * ((1.0 - side) * 0.5 * far)
        down = clip01((e.ys[rows] - top[None, :]) * (1.0 / max(height, 0.02)))
        colour = colour + (mist - colour) * (down * down * (0.25 + 0.45 * depth))
        if snow > 0.0:
            cap = smooth((snow * 0.9 - down + body * 0.18) * 5.0) * (0.4 + 0.6 * side)
            colour = colour + (0.95 - colour) * (cap * (0.9 - 0.3 * depth) * e.palette.dim)
        part = plane[rows]
        part += (colour - part) * inside
    e.detail[rows] = np.maximum(e.detail[rows] * (1.0 - inside), inside * (0.35 * far))
    e.line[rows] *= 1.0 - inside
    edge = clip01(1.4 - np.abs((e.ys[rows] - top[None, :]) * e.scale))
    np.maximum(e.line[rows], edge * (0.5 * far), out=e.line[rows])
    e.flow_x[rows] *= 1.0 - inside
    e.flow_y[rows] *= 1.0 - inside


def ground(
    e: Easel,
    field: Field,
    horizon: float,
    chance: Chance,
    *,
    tint: Lab | None = None,
    rough: float = 1.0,
) -> None:
    """Ground from a horizon to the lower edge, its patches flattening with distance."""
    height, width = e.rgb.shape[1:]
    y0 = min(height - 2, max(0, int(horizon * e.scale)))
    rows = slice(y0, height)
    near = tint or e.palette.near
    far = mix(mix(near, e.palette.far, 0.55), e.palette.glow, 0.25)
    t = (e.ys[rows] - horizon) * (1.0 / max(e.height - horizon, 0.05))
    patches = noise(chance, height, width, 3.0, octaves=5, stretch=3.2)[rows]
    share = clip01(t * 1.1 + patches * (0.16 * rough) + field.tone[rows] * 0.12)
    fill(e, far, near, share, rows)
    blend(
        e,
        mix(near, e.palette.shade, 0.5),
        clip01(patches * 0.9 - 0.1) * (0.45 * rough) * (0.3 + 0.7 * t),
        rows,
    )
    blend(e, mix(near, e.palette.light, 0.45), clip01(-patches * 0.9 - 0.1) * (0.42 * rough), rows)
    blend(e, mix(near, e.palette.accents[1], 0.5), clip01(field.hue[rows] - 0.1) * 0.28 * t, rows)
    e.line[rows] = 0.0
    e.detail[rows] = t * 0.25
    lead(e, rows, patches * 0.05 + field.flow[rows] * 0.06, 0.7)


def tufts(e: Easel, chance: Chance, horizon: float, tint: Lab, amount: float) -> None:
    """Grasses and little flowers in the foreground."""
    count = int(26 * amount * e.width)
    for _ in range(count):
        y = horizon + (e.height - horizon) * (0.3 + 0.7 * chance.unit())
        size = 0.02 + 0.07 * (y - horizon) / max(0.1, e.height - horizon)
        f = Frame(chance.between(0, e.width), y, size)
        shade = shift(tint, chance.between(-0.12, 0.08))
        for i in range(3):
            e.lay(
                f.ribbon(
                    ((i * 0.12 - 0.12, 0), ((i - 1) * 0.3, 0.6), ((i - 1) * 0.55, 1.0)), 0.05, 0.015
                ),
                shade,
                round=0,
                line=0.1,
                detail=0.4,
                variety=0,
            )
        if chance.likely(0.4):
            e.lay(
                f.disc(0.05, 1.1, 0.16),
                chance.pick(e.palette.accents),
                round=0.5,
                line=0.1,
                detail=0.5,
            )


def road(e: Easel, chance: Chance, horizon: float, tint: Lab, bend: float) -> None:
    """A way that runs into depth."""
    goal = e.width * (0.5 + bend * 0.3)
    near = e.width * (0.5 - bend * 0.25)
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
        round=0,
        line=0.15,
        detail=0.3,
        soft=0.014,
        opacity=0.62,
        variety=2.0,
    )


def skyline_rows(
    e: Easel, chance: Chance, base: float, *, depth: float, tall: float, tint: Lab
) -> None:
    """A row of roofs or towers in the distance."""
    x = -0.05
    e.depth, before = depth, e.depth
    lit = 0.45 if e.palette.dim < 0.8 else 0.0
    while x < e.width + 0.05:
        w = chance.between(0.05, 0.13) * (1.3 - depth * 0.5)
        h = tall * chance.between(0.35, 1.0)
        f = Frame(x + w / 2, base + 0.01, 1.0)
        own = shift(tint, chance.between(-0.1, 0.08))
        e.lay(f.box(0, h / 2, w, h), own, round=0.1, line=0.4, detail=0.35)
        top = chance.whole(4)
        if top == 0:
            e.lay(
                f.poly((-w / 2 - 0.005, h), (w / 2 + 0.005, h), (0, h + w * 0.7)),
                shift(own, -0.12),
                round=0.2,
                line=0.4,
                detail=0.35,
            )
        elif top == 1:
            e.lay(f.limb((0, h), (0, h + 0.07), 0.004, 0.002), shift(own, -0.15), line=0.2)
        for _ in range(int(10 * (1.0 - depth))):
            on = chance.likely(lit)
            e.lay(
                f.box(
                    chance.between(-w * 0.38, w * 0.38),
                    chance.between(0.1, 0.93) * h,
                    w * 0.11,
                    0.016,
                ),
                (0.86, 0.02, 0.13) if on else shift(own, -0.13),
                raw=on,
                round=0,
                line=0,
                detail=0.4,
                variety=0,
            )
        x += w * chance.between(0.85, 1.25)
    e.depth = before
