"""The brush: strokes laid over one another, large first, each in the colour of the underpainting.

After Hertzmann's painterly rendering (1998) in spirit: a stroke goes where the canvas differs most
from what should be there. Every step of a picture is one layer of strokes, finer than the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .exact import Plane, Stream, blur, clamp, clip01, cosine, sine, smooth, wave

_LONGEST, _RATIO = 0.34, 0.79
_KINDS = 16
_WORTH = 0.25  # a stroke that would change less than this is not made: broad strokes stay seen


@dataclass(frozen=True, slots=True)
class Brush:
    """How a medium handles its strokes.

    Attributes:
        aspect: Length over width.
        opacity: 0..1.
        bristle: 0 smooth .. 1 dry and streaky.
        jitter: Variation of colour from stroke to stroke.
        finest: Shortest stroke at many steps, share of the shorter side.
    """

    aspect: float = 3.4
    opacity: float = 0.92
    bristle: float = 0.55
    jitter: float = 0.035
    finest: float = 0.016


class Surface:
    """What is painted on: (height, width) pixels of red, green, blue and thickness of paint.

    Args:
        height: Rows.
        width: Columns.
        ground: Colour of the bare canvas, sRGB 0..1.
        brush: How strokes are made.
        target: The underpainting's colour planes, (3, rows, columns), of about the same aspect.
        flow: Turns, (rows, columns): the direction of strokes where the target gives none.
        seed: The seed of everything accidental.
    """

    def __init__(
        self, height: int, width: int, ground: tuple[float, float, float], brush: Brush,
        target: Plane, flow: Plane, seed: int,
    ) -> None:  # fmt: skip
        self.height, self.width, self.brush, self.seed = height, width, brush, seed
        self.short = min(height, width)
        self.margin = m = int(self.short * _LONGEST * 0.5) + 6
        self.paint = np.empty((height + 2 * m, width + 2 * m, 4), np.float32)
        self.paint[:] = np.array((*ground, 0.4))
        self._levels = _pyramid(target)
        self._directions = _directions(target, flow)

    def rgb(self) -> Plane:
        """The painted colours, a view (height, width, 3)."""
        m = self.margin
        return self.paint[m : m + self.height, m : m + self.width, :3]

    def thickness(self) -> Plane:
        """How thick the paint lies, a view (height, width), about 0..1."""
        m = self.margin
        return self.paint[m : m + self.height, m : m + self.width, 3]

    def layer(self, step: int, steps: int, loose: float) -> None:
        """Paint the strokes of one step.

        More steps end finer, but ever more slowly, so that the cost stays bounded.

        Args:
            step: From 1.
            steps: In all.
            loose: 0..1, how freely colour and direction are handled.
        """
        brush, chance = self.brush, Stream("strokes", self.seed, step)
        lengths = [_LONGEST]
        while lengths[-1] * _RATIO >= brush.finest:
            lengths.append(lengths[-1] * _RATIO)
        stride = (len(lengths) - 1) * (1.0 - 0.72 / (1.0 + 0.3 * (steps - 1))) / steps
        length = max(5.0, lengths[round(stride * step)] * self.short)
        coverage = 1.5 if step == 1 else 0.62 * clamp(stride, 0.12)
        area = length * length / brush.aspect * 0.8
        wanted = max(6, min(int(self.height * self.width / area * coverage), 4200))
        along = np.arange(wanted if step == 1 else wanted * 3, dtype=np.float64)
        fy = along * 0.5698402909980532 + chance.unit()
        fx = along * 0.7548776662466927 + chance.unit()
        fy, fx = fy - np.floor(fy), fx - np.floor(fx)
        rows, columns = self._levels[0].shape[1:]
        py, px = (fy * rows).astype(np.intp), (fx * columns).astype(np.intp)
        cy, cx = (fy * self.height).astype(np.intp), (fx * self.width).astype(np.intp)
        swing = 0.5 + 1.5 * loose
        c2, s2 = (self._directions[i, py, px] + (chance.row(len(along)) - 0.5) * swing
                  for i in (0, 1))  # fmt: skip
        turns = (np.arange(_KINDS, dtype=np.float32) + 0.5) * (1.0 / _KINDS)
        kind = np.argmax(
            c2[:, None] * wave(turns + 0.25)[None, :] + s2[:, None] * wave(turns)[None, :], axis=1
        )
        wish = self._wish(py, px, length / brush.aspect)
        if step > 1:
            off = _difference(self.rgb()[cy, cx].T, wish)
            score = off + chance.row(len(along)) * 0.16
            score = score - self._spill(py, px, turns[kind] * 0.5, length, wish)
            chosen = np.argsort(-score, kind="stable")[:wanted]
            chosen = np.sort(chosen[score[chosen] > _WORTH])
            cy, cx, wish, kind = cy[chosen], cx[chosen], wish[:, chosen], kind[chosen]
        self._lay(kind, cy, cx, wish, length, chance, loose)

    def _wish(self, py: NDArray[np.intp], px: NDArray[np.intp], width: float) -> Plane:
        """The underpainting's colours at points, blurred about as wide as the stroke is."""
        width *= self._levels[0].shape[1] / self.height
        level = 0
        while level + 1 < len(self._levels) and width > 3.2 * (2 << level):
            level += 1
        plane = self._levels[level]
        y = np.minimum(py >> level, plane.shape[1] - 1)
        x = np.minimum(px >> level, plane.shape[2] - 1)
        found: Plane = plane[:, y, x]
        return found

    def _spill(
        self, py: NDArray[np.intp], px: NDArray[np.intp], angle: Plane, length: float, wish: Plane
    ) -> Plane:
        """How wrong a stroke's colour would be at its ends; strokes stay in a form."""
        plane = self._levels[0]
        _, rows, columns = plane.shape
        reach = length * 0.4 * rows / self.height
        worst = np.zeros(len(py), np.float32)
        for along in (reach, -reach):
            y = np.clip((py + wave(angle) * along).astype(np.intp), 0, rows - 1)
            x = np.clip((px + wave(angle + 0.25) * along).astype(np.intp), 0, columns - 1)
            worst = np.maximum(worst, _difference(plane[:, y, x], wish))
        spilled: Plane = np.maximum(worst - 0.1, 0.0)
        return spilled

    def _lay(
        self, kind: NDArray[np.intp], cy: NDArray[np.intp], cx: NDArray[np.intp], wish: Plane,
        length: float, chance: Stream, loose: float,
    ) -> None:  # fmt: skip
        stamps = _stamps(int(length) | 1, self.brush)
        side, count = stamps.shape[1], len(cy)
        jitter = self.brush.jitter * (0.6 + 0.8 * loose)
        light, warm = ((chance.row(count) - 0.5) * (by * jitter) for by in (2.0, 1.3))
        red, green, blue = wish + light
        colours = clip01(np.stack((red + warm, green, blue - warm, chance.row(count)), axis=1))
        flat = self.paint.reshape(self.paint.shape[0], -1)
        rows, offset = np.tile(colours, (1, side)), self.margin - side // 2
        tops, lefts = (cy + offset).tolist(), ((cx + offset) * 4).tolist()
        scratch = np.empty((side, side * 4), np.float32)
        for k, top, left, row in zip(kind.tolist(), tops, lefts, rows, strict=True):
            place = flat[top : top + side, left : left + side * 4]
            np.subtract(row, place, scratch)
            np.multiply(scratch, stamps[k], scratch)
            place += scratch


def _directions(target: Plane, flow: Plane) -> Plane:
    """Along contours, else with the flow; as cosine and sine of the doubled angle."""
    grey = target[0] * 0.30 + target[1] * 0.59 + target[2] * 0.11
    gy, gx = (np.asarray(side, np.float32) for side in np.gradient(blur(grey, 2)))
    along = blur(gy * gy - gx * gx, 8), blur(gx * gy * -2.0, 8)
    size = np.sqrt(along[0] * along[0] + along[1] * along[1])
    trust = size / (size + 2e-5)
    free = wave(flow * 2.0 + 0.25), wave(flow * 2.0)
    return np.stack([
        own * (trust / np.maximum(size, 1e-12)) + other * (1.0 - trust)
        for own, other in zip(along, free, strict=True)
    ])  # fmt: skip


def _difference(a: Plane, b: Plane) -> Plane:
    """How much colours, (3, count), differ."""
    off = np.abs(a - b)
    total: Plane = off[0] + off[1] + off[2]
    return total


def _pyramid(rgb: Plane) -> list[Plane]:
    """The colour planes at half the size, a quarter, and so on."""
    levels = [rgb]
    while min(rgb.shape[1:]) >= 24 and len(levels) < 6:
        h, w = rgb.shape[1] // 2 * 2, rgb.shape[2] // 2 * 2
        rows = rgb[:, 0:h:2, :w] + rgb[:, 1:h:2, :w]
        rgb = (rows[:, :, 0:w:2] + rows[:, :, 1:w:2]) * 0.25
        levels.append(rgb)
    return levels


@lru_cache(maxsize=24)
def _stamps(side: int, brush: Brush) -> Plane:
    """Stroke masks in all directions, (kinds, side, side * 4)."""
    half = side * 0.5
    grid = (np.arange(side, dtype=np.float32) + (0.5 - half)) * (1.0 / half)
    across = max(1.0 / brush.aspect, 1.6 / side)
    soft = clamp(3.0 / (side * across), 0.16, 1.2)
    hairs = Stream("stamp", side).row(25)
    out = np.empty((_KINDS, side, side, 4), np.float32)
    for kind in range(_KINDS):
        turn = (kind + 0.5) / (2.0 * _KINDS)
        c, s = cosine(turn), sine(turn)
        u = grid[None, :] * c + grid[:, None] * s
        v = (grid[:, None] * c - grid[None, :] * s) * (1.0 / across) + (u * u - 0.3) * 0.3
        hair = hairs[(clip01(v * 0.5 + 0.5) * 24.0).astype(np.intp)] * brush.bristle
        tail = smooth((0.98 - np.abs(u) - hair * 0.4) * 4.0)
        body = smooth((1.0 - np.abs(v)) * (1.0 / soft)) * tail
        out[kind] = (body * clip01(1.0 - hair * (0.5 + 0.35 * u)) * brush.opacity)[:, :, None]
    return out.reshape(_KINDS, side, side * 4)
