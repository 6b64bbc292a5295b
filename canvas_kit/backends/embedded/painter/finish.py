"""The last touches: drawn lines, thick paint in side light, paper, grain, and each style's own pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .easel import Easel
from .exact import Chance, Plane, clip01, cosine, noise, sine, smooth, wave
from .media import Medium
from .palette import Palette, rgb

__all__ = ["Work", "finish"]

Picture: TypeAlias = Plane
"""Colours as (height, width, 3), sRGB 0..1."""


class Work:
    """A picture being finished.

    Args:
        picture: Colours, (height, width, 3), changed in place or replaced.
        smooth_picture: The underpainting at the same size.
        thickness: Thickness of paint.
        line: Where contours are, 0..1, at the same size.
        detail: Where small things are that the fine brush brings out, 0..1, at the same size.
        flow: Stroke direction in turns, at the same size.
        palette: The picture's colours.
        medium: The technique.
        seed: The seed.
        rough: 0..1, how unfinished: few steps leave lines and texture weaker.
    """

    def __init__(
        self, picture: Picture, smooth_picture: Picture, thickness: Plane, line: Plane, detail: Plane, flow: Plane, palette: Palette,
        medium: Medium, seed: int, rough: float,
    ) -> None:  # fmt: skip
        self.picture = picture
        self.smooth_picture = smooth_picture
        self.thickness = thickness
        self.line = line
        self.detail = detail
        self.flow = flow
        self.palette = palette
        self.medium = medium
        self.seed = seed
        self.rough = rough
        self.height, self.width = picture.shape[:2]
        self.short = min(self.height, self.width)

    def noise(self, key: str, cells: float, octaves: int = 3, stretch: float = 1.0) -> Plane:
        """Value noise over the picture."""
        return noise(
            Chance("finish", key, self.seed),
            self.height,
            self.width,
            cells,
            octaves=octaves,
            stretch=stretch,
        )

    def fine(self, key: str) -> Plane:
        """One independent number a pixel, -0.5..0.5."""
        row = Chance("fine", key, self.seed).row(self.height * self.width)
        return row.reshape(self.height, self.width) - 0.5

    def grey(self) -> Plane:
        """Lightness of each pixel, about 0..1."""
        p = self.picture
        grey: Plane = p[:, :, 0] * 0.30 + p[:, :, 1] * 0.59 + p[:, :, 2] * 0.11
        return grey

    def tones(self) -> Plane:
        """Lightness with its darkest and lightest twentieth pulled to 0 and 1."""
        grey = self.grey()
        counts = np.bincount((clip01(grey) * 255.0).astype(np.intp).reshape(-1), minlength=256)
        share = np.cumsum(counts) * 20
        low = int(np.searchsorted(share, grey.size)) / 255.0
        high = int(np.searchsorted(share, grey.size * 19)) / 255.0
        spread = max(high - low, 0.2)
        return clip01((grey - low) * (1.0 / spread))

    def glaze(self, colour: tuple[float, float, float], strength: Plane | float) -> None:
        """Move every pixel towards a colour."""
        for channel in range(3):
            part = self.picture[:, :, channel]
            part += (colour[channel] - part) * strength

    def multiply(self, factor: Plane) -> None:
        """Darken or lighten every pixel."""
        self.picture *= factor[:, :, None]


def finish(work: Work) -> Picture:
    """The finished picture, (height, width, 3), sRGB 0..1."""
    m = work.medium
    share = clip01((work.detail - 0.74) * 3.6) * (0.86 * (1.0 - work.rough))
    share = np.maximum(share, (1.0 - m.paint) * (1.0 - 0.8 * work.rough))
    work.picture += (work.smooth_picture - work.picture) * share[:, :, None]
    for name in m.finish:
        if name in _BEFORE_LINES:
            _PASSES[name](work)
    if m.line > 0.0:
        _lines(work)
    for name in m.finish:
        if name not in _BEFORE_LINES:
            _PASSES[name](work)
    _contrast(work, m.contrast)
    if m.relief > 0.0:
        _relief(work)
    if m.weave > 0.0:
        _weave(work)
    if m.vignette > 0.0:
        _vignette(work, m.vignette)
    if m.grain > 0.0:
        grain = work.fine("grain") + work.fine("grain two") * 0.5
        work.picture += (grain * (m.grain * 0.24))[:, :, None]
    return np.minimum(np.maximum(work.picture, 0.0), 1.0)


def _contrast(work: Work, amount: float) -> None:
    if amount != 1.0:
        work.picture -= 0.5
        work.picture *= amount
        work.picture += 0.5


_LINE_COLOURS = {
    "black": (0.09, 0.085, 0.10),
    "white": (0.93, 0.96, 1.0),
    "lead": (0.22, 0.22, 0.25),
}


def _lines(work: Work) -> None:
    broken = smooth(work.noise("line", 16.0) * 0.9 + 0.75) * 0.55 + 0.45
    strength = clip01(work.line * broken * (work.medium.line * 1.25)) * (1.0 - 0.55 * work.rough)
    work.glaze(
        _LINE_COLOURS.get(work.medium.line_colour) or rgb(work.palette.ink),
        strength * 0.92,
    )


def _relief(work: Work) -> None:
    """Ridges of paint catch the light from the upper left."""
    t = work.thickness
    slope = np.zeros_like(t)
    slope[1:, 1:] = t[1:, 1:] - t[:-1, :-1]
    lit = np.minimum(np.maximum(slope * (0.17 * work.medium.relief), -0.085), 0.085)
    work.picture += lit[:, :, None]


def _weave(work: Work) -> None:
    period = max(2.2, work.short / 300.0)
    x = wave(np.arange(work.width, dtype=np.float32) * (1.0 / period))
    y = wave(np.arange(work.height, dtype=np.float32) * (1.0 / period))
    cloth = x[None, :] * y[:, None] * 0.55 + work.fine("weave") * 0.9
    if work.medium.relief == 0.0:  # paper: no threads, but fibres
        cloth = work.noise("fibre", work.short / 4.0, 2) * 0.8 + work.fine("weave") * 0.8
    work.multiply(1.0 + cloth * (0.055 * work.medium.weave))


def _vignette(work: Work, amount: float) -> None:
    x = (np.arange(work.width, dtype=np.float32) + 0.5) * (2.0 / work.width) - 1.0
    y = (np.arange(work.height, dtype=np.float32) + 0.5) * (2.0 / work.height) - 1.0
    d = x[None, :] * x[None, :] + y[:, None] * y[:, None]
    work.multiply(1.0 - smooth((d - 0.45) * 0.62) * (amount * 0.8))


# Passes -------------------------------------------------------------------------------------------


def _shifted(plane: Plane, dy: int, dx: int) -> Plane:
    return np.roll(np.roll(plane, dy, axis=0), dx, axis=1)


def _blur(plane: Plane, radius: int) -> Plane:
    """A soft blur by repeated neighbours, about ``radius`` pixels wide."""
    step = 1
    while step <= max(1, radius):
        across = (np.roll(plane, step, 1) + np.roll(plane, -step, 1)) * 0.25 + plane * 0.5
        plane = (np.roll(across, step, 0) + np.roll(across, -step, 0)) * 0.25 + across * 0.5
        step *= 2
    return plane


def _watercolour(work: Work) -> None:
    grey = work.grey()
    r = max(1, work.short // 256)
    work.picture += (work.picture - grey[:, :, None]) * 0.35
    edge = np.abs(grey - _blur(grey, r * 3))
    bleed = work.noise("bleed", 5.0, 5)
    paper = np.array([0.975, 0.965, 0.94], np.float32)
    thin = clip01(0.24 + bleed * 0.30 - (0.5 - grey) * 0.3)
    work.picture += (paper - work.picture) * (thin * 0.72)[:, :, None]
    work.multiply(1.0 - clip01(edge * 2.2) * 0.34)
    granules = work.noise("granules", work.short / 5.0, 2)
    work.multiply(1.0 - clip01(granules - 0.1) * clip01(1.0 - grey) * 0.22)


def _deckle(work: Work) -> None:
    """Unpainted paper round the sheet, with a bleeding edge."""
    bleed = work.noise("bleed", 5.0, 5)
    x = np.arange(work.width, dtype=np.float32) + 0.5
    y = np.arange(work.height, dtype=np.float32) + 0.5
    near = np.minimum(
        np.minimum(x, work.width - x)[None, :], np.minimum(y, work.height - y)[:, None]
    ) * (1.0 / work.short)
    border = smooth((0.045 + bleed * 0.022 - near) * 90.0)
    work.glaze((0.975, 0.965, 0.94), border)


def _ink(work: Work) -> None:
    grey = work.tones() * 0.8 + 0.12
    bleed = work.noise("bleed", 6.0, 5)
    steps = np.floor(clip01(grey * 1.15 + bleed * 0.10) * 4.999) * 0.25
    tone = steps * 0.55 + grey * 0.45
    paper, black = (0.955, 0.935, 0.885), (0.10, 0.10, 0.125)
    share = smooth(tone * 1.28 - 0.12)
    keep, work_grey = work.picture.copy(), work.grey()
    for channel in range(3):
        work.picture[:, :, channel] = share * (paper[channel] - black[channel]) + black[channel]
    work.picture += (keep - work_grey[:, :, None]) * 0.8


def _charcoal(work: Work) -> None:
    grey = work.tones() * 0.8 + 0.12
    tooth = work.noise("tooth", work.short / 3.4, 2)
    smudge = _blur(grey, work.short // 30)
    tone = clip01((grey * 0.7 + smudge * 0.3 - 0.5) * 1.25 + 0.5)
    sweep = _hatch(work, 0.14, max(7.0, work.short / 40.0)) - 0.5
    middle = 1.0 - np.abs(tone - 0.5) * 1.6
    mark = smooth(tone * 1.1 + tooth * 0.11 * clip01(middle + 0.25) + sweep * 0.10 * clip01(middle))
    for channel, (paper, black) in enumerate(((0.93, 0.13), (0.90, 0.125), (0.84, 0.125))):
        work.picture[:, :, channel] = mark * (paper - black) + black


def _hatch(work: Work, turn: float, period: float) -> Plane:
    x = np.arange(work.width, dtype=np.float32)[None, :] * (cosine(turn) / period)
    y = np.arange(work.height, dtype=np.float32)[:, None] * (sine(turn) / period)
    wobble = work.noise("hatch", 7.0, 2) * 0.9
    return wave(x + y + wobble) * 0.5 + 0.5


def _pencil(work: Work) -> None:
    grey = work.tones() * 0.8 + 0.12
    period = max(3.0, work.short / 128.0)
    shade = clip01(1.02 - grey)
    marks = clip01((shade - 0.16) * 1.6 - _hatch(work, 0.11, period) * 0.62)
    marks = marks + clip01((shade - 0.46) * 1.8 - _hatch(work, 0.36, period * 1.1) * 0.62) * 0.8
    tooth = work.noise("tooth", work.short / 3.0, 2)
    marks = clip01(marks * (1.0 + tooth * 0.55))
    tint = work.picture.copy()
    for channel, paper in enumerate((0.965, 0.955, 0.925)):
        lead = (0.25, 0.25, 0.28)[channel]
        wash = paper - (paper - tint[:, :, channel]) * 0.34
        work.picture[:, :, channel] = wash + (lead - wash) * marks * 0.85


def _tooth(work: Work) -> None:
    tooth = work.noise("tooth", work.short / 3.0, 2)
    grey = work.grey()
    work.glaze((0.42, 0.38, 0.36), smooth(tooth * 1.5 - 0.55 + (0.5 - grey) * 0.2) * 0.42)


def _woodcut(work: Work) -> None:
    """A black block over flat tints; the middle tones are cut as lines that follow the form."""
    smoothed = _blur(work.tones() * 0.8 + 0.1, work.short // 90)
    soft = np.stack([_blur(work.picture[:, :, c], work.short // 60) for c in range(3)], axis=2)
    stepped = np.rint(soft * 3.0) * (1.0 / 3.0)
    period = max(4.0, work.short / 74.0)
    x = np.arange(work.width, dtype=np.float32)[None, :]
    y = np.arange(work.height, dtype=np.float32)[:, None]
    cutting = wave((y * 0.9 + x * 0.22) * (1.0 / period) + smoothed * 3.5 + work.flow * 0.5)
    depth = (smoothed - 0.40) * 4.2 + cutting
    work.picture[:] = stepped * 0.55 + np.array([0.93, 0.88, 0.76], np.float32) * 0.45
    work.glaze((0.10, 0.095, 0.11), smooth(0.5 - depth * 2.5))


def _posterise(work: Work) -> None:
    grey = work.grey()
    soft = _blur(grey, max(1, work.short // 160))
    stepped = np.rint(soft * 6.0) * (1.0 / 6.0)
    base = np.maximum(grey, 0.04)
    work.picture *= (1.0 + (stepped / base - 1.0) * 0.65)[:, :, None]


def _halftone(work: Work) -> None:
    period = max(5.0, work.short / 72.0)
    x = np.arange(work.width, dtype=np.float32)[None, :] * (0.7071 / period)
    y = np.arange(work.height, dtype=np.float32)[:, None] * (0.7071 / period)
    dots = wave(x + y) * wave(x - y) * 0.5 + 0.5
    grey = _blur(work.grey(), 2)
    hit = smooth((dots - clip01(grey * 1.1 - 0.02)) * 7.0)
    middle = clip01(1.0 - np.abs(grey - 0.55) * 2.4)
    work.glaze(rgb(work.palette.accents[0]), hit * middle * 0.8)


def _paper(work: Work) -> None:
    work.glaze((0.96, 0.93, 0.85), 0.07)
    work.multiply(1.0 + work.noise("paper", 3.0, 4) * 0.03)


def _whiplash(work: Work) -> None:
    """A frame with the whiplash line of 1900 in its corners."""
    x = (np.arange(work.width, dtype=np.float32) + 0.5) * (1.0 / work.short)
    y = (np.arange(work.height, dtype=np.float32) + 0.5) * (1.0 / work.short)
    w, h = work.width / work.short, work.height / work.short
    dx = np.minimum(x, w - x)[None, :]
    dy = np.minimum(y, h - y)[:, None]
    near = np.minimum(dx, dy)
    ink, gold = rgb(work.palette.ink), rgb(work.palette.accents[-1])
    corner = dx + dy
    swing = 0.055 + 0.20 * smooth((0.42 - corner) * 2.6) * (
        0.55 + 0.45 * wave(np.arange(1, dtype=np.float32))[0]
    )
    inside = near - swing * 0.55
    work.glaze(gold, smooth(-inside * 160.0 + 0.5) * 0.9)
    work.glaze(ink, smooth(1.0 - np.abs(inside) * 260.0))
    work.glaze(ink, smooth(1.0 - np.abs(near - 0.014) * 330.0))
    curl_x, curl_y = dx - 0.105, dy - 0.105
    d = np.sqrt(curl_x * curl_x + curl_y * curl_y)
    from .exact import arctangent

    turn = arctangent(curl_y + np.zeros_like(d), curl_x + np.zeros_like(d))
    spiral = wave(d * 26.0 - turn) * smooth((0.07 - d) * 60.0)
    work.glaze(ink, smooth((spiral - 0.62) * 6.0))


def _facets(work: Work) -> None:
    """Space cut by straight lines into planes: each shows the scene displaced and shaded its own way."""
    chance = Chance("facets", work.seed)
    h, w, s = work.height, work.width, work.short
    x = ((np.arange(w, dtype=np.float32) + 0.5) * (1.0 / s))[None, :]
    y = ((np.arange(h, dtype=np.float32) + 0.5) * (1.0 / s))[:, None]
    owner = np.zeros((h, w), np.intp)
    near = np.full((h, w), 9.0, np.float32)
    shade = np.zeros((h, w), np.float32)
    lines = 9
    for i in range(lines):
        turn = chance.pick((0.04, 0.1, 0.16, 0.22, 0.29, 0.36, 0.43)) + chance.between(-0.02, 0.02)
        c, n = cosine(turn), sine(turn)
        px, py = chance.between(0.1, 0.9) * w / s, chance.between(0.1, 0.9) * h / s
        d = (x - px) * c + (y - py) * n
        along = (x - px) * -n + (y - py) * c
        stops = chance.between(-0.15, 0.35)  # a line ends somewhere: not every plane is cut
        side = (d > 0.0) & (along > -stops)
        owner += side.astype(np.intp) << i
        distance = np.maximum(np.abs(d), -stops - along)
        near = np.minimum(near, distance)
        shade += np.where(side, 1.0, 0.0) * clip01(1.0 - d * 3.2) * chance.between(-0.20, 0.30)
    moves = chance.row(2 << lines)
    iy = np.clip(
        np.arange(h)[:, None] + ((moves[owner] - 0.5) * (0.13 * s)).astype(np.intp), 0, h - 1
    )
    ix = np.clip(
        np.arange(w)[None, :] + ((moves[owner + (1 << lines)] - 0.5) * (0.13 * s)).astype(np.intp),
        0,
        w - 1,
    )
    work.picture = work.picture[iy, ix]
    work.line = work.line[iy, ix]
    work.multiply(1.0 + shade + (moves[owner] - 0.5) * 0.16)
    work.glaze(rgb(work.palette.ink), smooth(1.0 - near * (s * 0.34)) * 0.34)


def _pixels(work: Work) -> None:
    block = max(2, work.short // 84)
    h, w = work.height // block, work.width // block
    cut = work.picture[: h * block, : w * block]
    small = cut[block // 2 :: block, block // 2 :: block][:h, :w]
    near = cut[block // 3 :: block, block // 3 :: block][:h, :w]
    small = small * 0.6 + near * 0.4
    matrix = (
        np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32)
        * (1 / 16)
        - 0.5
    )
    dither = np.tile(matrix, (h // 4 + 1, w // 4 + 1))[:h, :w]
    levels = 7.0
    small = np.rint((small + dither[:, :, None] * 0.06) * levels) / levels
    iy = np.minimum(np.arange(work.height) // block, h - 1)
    ix = np.minimum(np.arange(work.width) // block, w - 1)
    work.picture = np.ascontiguousarray(small[iy][:, ix])


def _blueprint(work: Work) -> None:
    grey = _blur(work.grey(), 2)
    ground, pale = (0.075, 0.20, 0.43), (0.20, 0.38, 0.64)
    share = clip01(grey * 0.62)
    for channel in range(3):
        work.picture[:, :, channel] = share * (pale[channel] - ground[channel]) + ground[channel]
    s = work.short
    for cells, strength in ((20.0, 0.16), (4.0, 0.22)):
        period = s / cells
        gx = np.abs((np.arange(work.width) % period) - period * 0.5) > period * 0.5 - 0.75
        gy = np.abs((np.arange(work.height) % period) - period * 0.5) > period * 0.5 - 0.75
        work.glaze(
            (0.75, 0.86, 1.0),
            np.maximum(gx[None, :], gy[:, None]).astype(np.float32) * strength,
        )
    change = np.zeros_like(grey)
    change[1:-1, 1:-1] = np.abs(grey[2:, 1:-1] - grey[:-2, 1:-1]) + np.abs(
        grey[1:-1, 2:] - grey[1:-1, :-2]
    )
    work.line = np.maximum(work.line, clip01(change * 6.0 - 0.25) * 0.7)
    hatch = _hatch(work, 0.125, max(4.0, s / 90.0))
    work.glaze((0.82, 0.9, 1.0), smooth((hatch - 0.82) * 8.0) * clip01(0.5 - grey) * 0.55)
    inset = max(6, s // 40)
    frame = np.zeros((work.height, work.width), np.float32)
    for k, wide in ((inset, 2), (inset + max(4, s // 110), 1)):
        frame[k : k + wide, k:-k] = frame[-k - wide : -k, k:-k] = 1.0
        frame[k:-k, k : k + wide] = frame[k:-k, -k - wide : -k] = 1.0
    work.glaze((0.9, 0.95, 1.0), frame * 0.8)


def _soft(work: Work) -> None:
    r = max(1, work.short // 300)
    for channel in range(3):
        plane = work.picture[:, :, channel]
        plane += (_blur(plane, r) - plane) * 0.8


def _bloom(work: Work) -> None:
    grey = work.grey()
    glow = _blur(clip01(grey - 0.72) * 2.0, work.short // 30)
    work.picture += (glow * 0.32)[:, :, None]


def _sepia(work: Work) -> None:
    grey = work.grey()
    uneven = work.noise("plate", 2.0, 4)
    tone = smooth(clip01(grey * 1.05 + uneven * 0.05) * 0.9 + 0.05)
    for channel, (low, high) in enumerate(((0.13, 0.93), (0.085, 0.83), (0.055, 0.66))):
        work.picture[:, :, channel] = tone * (high - low) + low


def _scratches(work: Work) -> None:
    chance = Chance("scratches", work.seed)
    marks = np.zeros((work.height, work.width), np.float32)
    for _ in range(7):
        column, row = chance.whole(work.width), chance.whole(work.height)
        long = int(work.height * chance.between(0.05, 0.4))
        marks[row : row + long, column] = chance.between(0.15, 0.4)
    for _ in range(90):
        row, column = chance.whole(work.height - 3), chance.whole(work.width - 3)
        marks[row : row + 1 + chance.whole(3), column : column + 1 + chance.whole(3)] = (
            chance.between(0.2, 0.7)
        )
    work.glaze((0.93, 0.86, 0.72), marks)
    x = np.arange(work.width, dtype=np.float32) + 0.5
    y = np.arange(work.height, dtype=np.float32) + 0.5
    near = np.minimum(
        np.minimum(x, work.width - x)[None, :], np.minimum(y, work.height - y)[:, None]
    ) * (1.0 / work.short)
    spill = work.noise("collodion", 4.0, 4)
    work.glaze((0.09, 0.06, 0.045), smooth((0.02 + spill * 0.03 - near) * 45.0) * 0.8)


def _faded(work: Work) -> None:
    """Colour film that has lost its blue: lifted warm blacks, yellow lights, a leak of light."""
    for channel, (low, high) in enumerate(((0.13, 0.99), (0.10, 0.945), (0.115, 0.80))):
        plane = work.picture[:, :, channel]
        plane *= high - low
        plane += low
    chance = Chance("leak", work.seed)
    side = chance.side()
    x = np.arange(work.width, dtype=np.float32) * (1.0 / work.width)
    reach = x if side > 0 else 1.0 - x
    leak = smooth((reach[None, :] - 0.72 + work.noise("leak", 1.5, 2) * 0.16) * 3.2)
    work.picture += leak[:, :, None] * np.array([0.26, 0.10, 0.015], np.float32)


def _varnish(work: Work) -> None:
    for channel, factor in enumerate((1.02, 0.965, 0.85)):
        work.picture[:, :, channel] *= factor
    work.glaze((0.28, 0.17, 0.06), 0.06)


def _craquelure(work: Work) -> None:
    crack = np.abs(work.noise("crack", 26.0, 3))
    zone = smooth(work.noise("crack zone", 3.0, 2) * 1.2)
    work.multiply(1.0 - smooth((0.035 - crack) * 26.0) * zone * 0.28)


def _cells(work: Work, cells: int, key: str) -> tuple[NDArray[np.intp], NDArray[np.intp], Plane]:
    """A jittered grid of cells: the centre (row, column) of each pixel's cell and the gap to the next."""
    h, w, s = work.height, work.width, work.short
    rows, columns = max(2, cells * h // s), max(2, cells * w // s)
    chance = Chance(key, work.seed)
    jy = chance.row((rows + 2) * (columns + 2)).reshape(rows + 2, columns + 2) * 0.7 + 0.15
    jx = chance.row((rows + 2) * (columns + 2)).reshape(rows + 2, columns + 2) * 0.7 + 0.15
    y = (np.arange(h, dtype=np.float32) + 0.5) * (rows / h)
    x = (np.arange(w, dtype=np.float32) + 0.5) * (columns / w)
    iy, ix = y.astype(np.intp), x.astype(np.intp)
    near = np.full((h, w), 9.0, np.float32)
    second = np.full((h, w), 9.0, np.float32)
    by, bx = np.zeros((h, w), np.float32), np.zeros((h, w), np.float32)
    for dy in (0, 1, 2):
        for dx in (0, 1, 2):
            cy = jy[iy[:, None] + dy, ix[None, :] + dx] + (iy[:, None] + (dy - 1))
            cx = jx[iy[:, None] + dy, ix[None, :] + dx] + (ix[None, :] + (dx - 1))
            ex, ey = cx - x[None, :], cy - y[:, None]
            d = np.sqrt(ex * ex + ey * ey)
            closer = d < near
            second = np.where(closer, near, np.minimum(second, d))
            near = np.where(closer, d, near)
            by, bx = np.where(closer, cy, by), np.where(closer, cx, bx)
    at_y = np.clip((by * (h / rows)).astype(np.intp), 0, h - 1)
    at_x = np.clip((bx * (w / columns)).astype(np.intp), 0, w - 1)
    return at_y, at_x, second - near


def _tesserae(work: Work) -> None:
    y, x, gap = _cells(work, 52, "tesserae")
    work.picture = work.picture[y, x]
    tone = Chance("tile", work.seed).row(4096)
    work.multiply(1.0 + (tone[(y * 31 + x * 17) % 4096] - 0.5) * 0.16)
    work.glaze((0.80, 0.77, 0.70), smooth((0.20 - gap) * 7.0) * 0.85)
    work.thickness = np.ascontiguousarray(smooth(gap * 3.0))


def _leading(work: Work) -> None:
    y, x, gap = _cells(work, 11, "leading")
    pane = work.picture[y, x]
    work.picture *= 0.5
    work.picture += pane * 0.5
    glow = work.noise("glass", 9.0, 4)
    work.multiply(1.05 + glow * 0.16)
    lead = np.maximum(smooth((0.075 - gap) * 26.0), clip01(_blur(work.line, 2) * 1.7))
    work.glaze((0.06, 0.06, 0.07), lead)


_BEFORE_LINES = {
    "watercolour",
    "ink",
    "charcoal",
    "pencil",
    "posterise",
    "woodcut",
    "facets",
    "blueprint",
}
_PASSES: dict[str, Callable[[Work], None]] = {
    "watercolour": _watercolour,
    "deckle": _deckle, "ink": _ink, "charcoal": _charcoal, "pencil": _pencil, "tooth": _tooth, "woodcut": _woodcut,
    "posterise": _posterise, "halftone": _halftone, "paper": _paper, "whiplash": _whiplash, "facets": _facets, "pixels": _pixels,
    "blueprint": _blueprint, "soft": _soft, "bloom": _bloom, "sepia": _sepia, "scratches": _scratches, "faded": _faded,
    "varnish": _varnish, "craquelure": _craquelure, "tesserae": _tesserae, "leading": _leading,
}  # fmt: skip


def stretch(plane: Plane, height: int, width: int, top: int = 0, low: int | None = None) -> Plane:
    """A plane brought to another size, straight between its pixels; of that, the rows ``top:low``."""
    if plane.shape == (height, width):
        return plane[top:low].copy()
    rows, columns = plane.shape
    y = (np.arange(top, low or height, dtype=np.float32) + 0.5) * (rows / height) - 0.5
    x = (np.arange(width, dtype=np.float32) + 0.5) * (columns / width) - 0.5
    y, x = np.clip(y, 0.0, rows - 1.0), np.clip(x, 0.0, columns - 1.0)
    iy, ix = np.minimum(y.astype(np.intp), rows - 2), np.minimum(x.astype(np.intp), columns - 2)
    ty, tx = (y - iy.astype(np.float32))[:, None], (x - ix.astype(np.float32))[None, :]
    ty, tx = ty.astype(np.float32), tx.astype(np.float32)
    down = plane[iy] + (plane[iy + 1] - plane[iy]) * ty
    left = down.take(ix, axis=1)
    grown: Plane = left + (down.take(ix + 1, axis=1) - left) * tx
    return grown


def work_from(
    easel: Easel, picture: Picture, thickness: Plane, flow: Plane, medium: Medium, seed: int, rough: float
) -> Work:  # fmt: skip
    """A work to be finished, with the underpainting's planes brought to the picture's size."""
    height, width = picture.shape[:2]
    smooth_picture = np.stack([stretch(p, height, width) for p in easel.rgb], axis=2)
    line, detail = stretch(easel.line, height, width), stretch(easel.detail, height, width)
    return Work(
        picture,
        smooth_picture,
        thickness,
        line,
        detail,
        stretch(flow, height, width),
        easel.palette,
        medium,
        seed,
        rough,
    )
