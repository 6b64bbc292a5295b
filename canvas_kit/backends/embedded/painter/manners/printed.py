"""Flat colour, dots, pixels, facets, tiles and glass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..exact import Chance, Plane, arctangent, clip01, cosine, sine, smooth, wave
from ..palette import rgb
from ..work import Work, blur

__all__ = ["facets", "halftone", "leading", "paper", "pixels", "posterise", "tesserae", "whiplash"]


def posterise(work: Work) -> None:
    """Light in a few steps."""
    grey = work.grey()
    soft = blur(grey, max(1, work.short // 160))
    stepped = np.rint(soft * 6.0) * (1.0 / 6.0)
    base = np.maximum(grey, 0.04)
    work.picture *= (1.0 + (stepped / base - 1.0) * 0.65)[:, :, None]


def halftone(work: Work) -> None:
    """A raster of dots in the middle tones."""
    period = max(5.0, work.short / 72.0)
    x = np.arange(work.width, dtype=np.float32)[None, :] * (0.7071 / period)
    y = np.arange(work.height, dtype=np.float32)[:, None] * (0.7071 / period)
    dots = wave(x + y) * wave(x - y) * 0.5 + 0.5
    grey = blur(work.grey(), 2)
    hit = smooth((dots - clip01(grey * 1.1 - 0.02)) * 7.0)
    middle = clip01(1.0 - np.abs(grey - 0.55) * 2.4)
    work.glaze(rgb(work.palette.accents[0]), hit * middle * 0.8)


def paper(work: Work) -> None:
    """Warm, uneven paper showing through."""
    work.glaze((0.96, 0.93, 0.85), 0.07)
    work.multiply(1.0 + work.noise("paper", 3.0, 4) * 0.03)


def whiplash(work: Work) -> None:
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

    turn = arctangent(curl_y + np.zeros_like(d), curl_x + np.zeros_like(d))
    spiral = wave(d * 26.0 - turn) * smooth((0.07 - d) * 60.0)
    work.glaze(ink, smooth((spiral - 0.62) * 6.0))


def facets(work: Work) -> None:
    """Space cut by straight lines into planes, each displaced and shaded its own way."""
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


def pixels(work: Work) -> None:
    """Few large pixels in few dithered colours."""
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


def _cells(work: Work, cells: int, key: str) -> tuple[NDArray[np.intp], NDArray[np.intp], Plane]:
    """A jittered grid: the centre (row, column) of each pixel's cell, and the gap to the next."""
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


def tesserae(work: Work) -> None:
    """Small stones with mortar between."""
    y, x, gap = _cells(work, 52, "tesserae")
    work.picture = work.picture[y, x]
    tone = Chance("tile", work.seed).row(4096)
    work.multiply(1.0 + (tone[(y * 31 + x * 17) % 4096] - 0.5) * 0.16)
    work.glaze((0.80, 0.77, 0.70), smooth((0.20 - gap) * 7.0) * 0.85)
    work.thickness = np.ascontiguousarray(smooth(gap * 3.0))


def leading(work: Work) -> None:
    """Glass held by lead."""
    y, x, gap = _cells(work, 11, "leading")
    pane = work.picture[y, x]
    work.picture *= 0.5
    work.picture += pane * 0.5
    glow = work.noise("glass", 9.0, 4)
    work.multiply(1.05 + glow * 0.16)
    lead = np.maximum(smooth((0.075 - gap) * 26.0), clip01(blur(work.line, 2) * 1.7))
    work.glaze((0.06, 0.06, 0.07), lead)
