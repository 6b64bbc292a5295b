"""What lies behind and under things: skies, ridges, ground, water, rooms, the deep and space."""

from __future__ import annotations

import numpy as np

from .easel import Easel
from .exact import Chance, Plane, clip01, grow, noise, smooth
from .field import Field
from .palette import Lab, mix, rgb, shift

__all__ = [
    "abstract", "backdrop", "deep", "glitter", "ground", "reflect", "ridge", "road", "room", "skyline_rows", "sky",
    "space", "tabletop", "water",
]  # fmt: skip


def _blend(e: Easel, colour: Lab, share: Plane, rows: slice = slice(None)) -> None:
    for plane, value in zip(e.rgb, rgb(colour), strict=True):
        part = plane[rows]
        part += (value - part) * share


def _fill(e: Easel, top: Lab, low: Lab, share: Plane, rows: slice) -> None:
    """Replace rows by a gradient; ``share`` 0 is the top colour."""
    for plane, a, b in zip(e.rgb, rgb(top), rgb(low), strict=True):
        plane[rows] = share * (b - a) + a


def _flow(e: Easel, rows: slice, turns: Plane | float, trust: float) -> None:
    from .exact import wave

    angle = np.asarray(turns, np.float32) * 2.0
    e.flow_x[rows] = wave(angle + 0.25) * trust
    e.flow_y[rows] = wave(angle) * trust


def sky(
    e: Easel, field: Field, horizon: float, chance: Chance, *, clouds: float, sun: tuple[float, float] | None,
    stars: float, wild: float,
) -> None:  # fmt: skip
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
    _fill(e, p.sky, p.glow, smooth(share), rows)
    _blend(
        e,
        mix(p.glow, p.accents[0], 0.4),
        clip01(field.hue[rows] * (0.16 + 0.2 * wild)) * (0.3 + 0.7 * y),
        rows,
    )
    if sun is not None:
        dx, dy = e.xs - sun[0], e.ys[rows] - sun[1]
        d = np.sqrt(dx * dx + dy * dy)
        _blend(e, p.light, clip01(1.0 - d * 1.1) * clip01(1.0 - d * 1.1) * 0.75, rows)
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
        _blend(e, dark, cover * 0.75 * (1.0 - bright), rows)
        _blend(e, pale, cover * bright * (0.92 if p.dim > 0.75 else 0.5), rows)
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
    _flow(e, rows, field.flow[rows] * (0.35 + 0.6 * wild), 0.35 + 0.3 * wild)


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
    e: Easel, chance: Chance, base: float, height: float, *, depth: float, tint: Lab, sharp: float, cells: float = 2.0,
    snow: float = 0.0, spiky: bool = False,
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
        e.rgb, rgb(own), rgb(mix(own, e.palette.light, 0.5)), rgb(e.palette.glow), rgb(mix(own, e.palette.shade, 0.5)),
        strict=True,
    ):  # fmt: skip
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
    _fill(e, far, near, share, rows)
    _blend(
        e,
        mix(near, e.palette.shade, 0.5),
        clip01(patches * 0.9 - 0.1) * (0.45 * rough) * (0.3 + 0.7 * t),
        rows,
    )
    _blend(e, mix(near, e.palette.light, 0.45), clip01(-patches * 0.9 - 0.1) * (0.42 * rough), rows)
    _blend(e, mix(near, e.palette.accents[1], 0.5), clip01(field.hue[rows] - 0.1) * 0.28 * t, rows)
    e.line[rows] = 0.0
    e.detail[rows] = t * 0.25
    _flow(e, rows, patches * 0.05 + field.flow[rows] * 0.06, 0.7)


def tufts(e: Easel, chance: Chance, horizon: float, tint: Lab, amount: float) -> None:
    """Grasses and little flowers in the foreground."""
    from .shapes import Frame

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
    _blend(e, mix(e.palette.glow, e.palette.light, 0.5), crest * (0.35 + 0.3 * wild), rows)
    _blend(e, e.palette.shade, trough * (0.4 + 0.2 * wild), rows)
    if wild > 0.6:
        foam = clip01((ripple - 0.45) * 5.0) * (0.3 + 0.7 * t[:, None])
        _blend(e, e.palette.paper, foam * 0.85, rows)
    e.line[rows] = 0.0
    e.detail[rows] = 0.15
    _flow(e, rows, ripple * (0.03 + 0.08 * wild) + field.flow[rows] * 0.03, 0.9)


def glitter(e: Easel, chance: Chance, x: float, shore: float, strength: float) -> None:
    """The broken path of light that a low sun or the moon lays on water."""
    from .shapes import Frame

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


def road(e: Easel, chance: Chance, horizon: float, tint: Lab, bend: float) -> None:
    """A way that runs into depth."""
    from .shapes import Shape

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
    _fill(e, p.sky, p.glow, smooth(share), wall)
    _blend(e, p.accents[2], clip01(field.hue[wall]) * 0.14, wall)
    _flow(e, wall, field.flow[wall] * 0.4 + 0.12, 0.3)
    floor_rows = slice(y0, height)
    t = (e.ys[floor_rows] - floor) * (1.0 / max(e.height - floor, 0.05))
    glow = clip01((fall + np.zeros_like(t)) * 0.7 + patches[floor_rows] * 0.15)
    _fill(e, mix(p.near, p.shade, 0.4), mix(p.near, p.light, 0.25), glow, floor_rows)
    _flow(e, floor_rows, 0.0, 0.8)
    from .shapes import Frame

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
    from .shapes import Frame

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
    _fill(e, mix(own, e.palette.shade, 0.42), mix(own, e.palette.light, 0.35), share, rows)
    e.line[rows] = 0.0
    e.detail[rows] = 0.12
    _flow(e, rows, grainy * 0.02, 0.9)
    if chance.likely(0.55):  # a cloth hanging over the edge
        from .shapes import Frame

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
    _fill(e, p.sky, p.glow, smooth(share), rows)
    _blend(e, p.accents[2], clip01(field.hue * 0.8) * 0.2)
    _blend(
        e,
        low or p.near,
        smooth((e.ys * (1.0 / e.height) - 0.78 + cloudy * 0.03) * 9.0) * 0.6,
    )
    _flow(e, rows, field.flow * 0.7 + cloudy * 0.1, 0.4)


def deep(e: Easel, field: Field, chance: Chance) -> None:
    """Under water: light from above, a bed of sand, weeds, bubbles."""
    p = e.palette
    height, width = e.rgb.shape[1:]
    y = e.ys * (1.0 / e.height)
    rays = noise(chance, height, width, 6.0, octaves=3)[height // 2][None, :]
    lean = clip01(rays * 1.6 - 0.1) * clip01(1.0 - y * 1.15)
    share = clip01(y * 1.15 + field.tone * 0.16)
    _fill(e, p.sky, p.glow, smooth(share), slice(0, height))
    _blend(e, p.light, lean * 0.45)
    _blend(e, p.shade, clip01(field.hue) * 0.3 * y)
    _flow(e, slice(0, height), field.flow * 0.5, 0.4)
    ridge(e, chance, e.height * 1.02, 0.3, depth=0.6, tint=p.far, sharp=0.4, cells=2.5)
    ridge(e, chance, e.height * 1.02, 0.16, depth=0.25, tint=p.near, sharp=0.1, cells=2.0)
    from .shapes import Frame

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
    _fill(e, p.sky, p.glow, smooth(band), slice(0, height))
    _blend(e, p.accents[1], clip01(field.hue * 0.7 + gas * 0.4 - 0.1) * 0.5)
    _blend(e, p.accents[2], clip01(field.second * 0.7 - gas * 0.4 - 0.1) * 0.4)
    _blend(e, p.shade, clip01(-gas - field.tone * 0.4) * 0.6)
    _flow(e, slice(0, height), field.flow, 0.7)
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
    _blend(
        e,
        chance.pick(p.accents),
        smooth((field.hue * 0.9 + grainy * 0.25 - 0.12) * 3.5) * (0.9 * share),
    )
    _blend(
        e,
        chance.pick(tints),
        smooth((field.second * 0.9 - grainy * 0.25 - 0.18) * 4.5) * (0.85 * share),
    )
    contour = field.tone * 2.2 + field.second * 0.7
    contour = np.abs(contour - np.floor(contour) - 0.5)
    _blend(e, p.ink, smooth((0.06 - contour) * 20.0) * (0.4 * share))
    _flow(e, slice(0, height), field.flow * 1.3, 0.8)
    e.detail += clip01(0.4 - contour * 2.0) * 0.4 * share


def skyline_rows(
    e: Easel, chance: Chance, base: float, *, depth: float, tall: float, tint: Lab
) -> None:
    """A row of roofs or towers in the distance."""
    from .shapes import Frame

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
