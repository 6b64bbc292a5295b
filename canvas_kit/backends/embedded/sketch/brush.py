"""The brush: strokes laid over one another, large first, each in the colour of the underpainting.

After Hertzmann's painterly rendering (1998) in spirit: a stroke goes where the canvas differs most
from what should be there. Every step of a picture is one layer of strokes, finer than the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .easel import Easel
from .exact import Plane, Stream, arctangent, clamp, clip01, cosine, sine, smooth, wave

_LONGEST = 0.34
_RATIO = 0.79
_WORTH = 0.25  # a stroke that would change less than this is not made: broad strokes stay seen


@dataclass(frozen=True, slots=True)
class Brush:
    """How a medium handles its strokes.

    Attributes:
        aspect: Length over width.
        opacity: 0..1.
        bristle: 0 smooth .. 1 dry and streaky.
        jitter: Variation of colour from stroke to stroke.
        follow: 0..1, how obediently strokes follow the flow.
        lean: Preferred direction in turns where nothing is to be followed, or None for the field's.
        finest: Shortest stroke at many steps, share of the shorter side.
        cover: Factor on the number of strokes.
        curl: How much a stroke bends.
    """

    aspect: float = 3.4
    opacity: float = 0.92
    bristle: float = 0.55
    jitter: float = 0.035
    follow: float = 0.85
    lean: float | None = None
    finest: float = 0.016
    cover: float = 1.0
    curl: float = 0.35


@dataclass(frozen=True, slots=True)
class Layer:
    """One step: strokes of one length, covering a share of the canvas."""

    length: float
    coverage: float
    first: bool


def layers(steps: int, finest: float) -> list[list[Layer]]:
    """For each step the layers to paint, going from long strokes to short ones.

    More steps end finer and cover more, but ever more slowly, so that the cost stays bounded.
    """
    lengths = [_LONGEST]
    while lengths[-1] * _RATIO >= finest:
        lengths.append(lengths[-1] * _RATIO)
    last = (len(lengths) - 1) * (1.0 - 0.72 / (1.0 + 0.30 * (steps - 1)))
    out: list[list[Layer]] = []
    before = -1.0
    for step in range(steps):
        level = last * ((step + 1) / steps)
        stages = [level]
        while stages[0] - 2.6 >= before + 1.0 and len(stages) < 4:
            stages.insert(0, stages[0] - 2.6)
        share = 1.15 if len(stages) > 1 or step == 0 else clamp(level - before, 0.12)
        amounts = [share * (1.3 if step == 0 and k == 0 else 0.62) for k in range(len(stages))]
        out.append([Layer(lengths[round(stage)], amount, step == 0)
                    for stage, amount in zip(stages, amounts, strict=True)])  # fmt: skip
        before = level
    return out


class Surface:
    """What is painted on: (height, width) pixels of red, green, blue and thickness of paint.

    Args:
        height: Rows.
        width: Columns.
        ground: Colour of the bare canvas, sRGB 0..1.
        brush: How strokes are made.
        easel: The underpainting, of any size with about the same aspect.
        flow: Turns, the direction of strokes where the underpainting gives none.
        seed: The seed of everything accidental.
    """

    def __init__(
        self, height: int, width: int, ground: tuple[float, float, float], brush: Brush,
        easel: Easel, flow: Plane, seed: int,
    ) -> None:  # fmt: skip
        self.height, self.width = height, width
        self.short = min(height, width)
        self.brush = brush
        self.seed = seed
        self.margin = int(self.short * _LONGEST * 0.5) + 6
        m = self.margin
        self.paint = np.empty((height + 2 * m, width + 2 * m, 4), np.float32)
        self.paint[:] = np.array((*ground, 0.4))
        self._flat = self.paint.reshape(height + 2 * m, (width + 2 * m) * 4)
        self.easel = easel
        self._levels = _pyramid(easel.rgb)
        c2, s2 = wave(flow * 2.0 + 0.25), wave(flow * 2.0)
        if brush.lean is not None:
            c2, s2 = c2 * 0.25 + cosine(brush.lean * 2), s2 * 0.25 + sine(brush.lean * 2)
        self._trust = clip01(easel.flow_x * easel.flow_x + easel.flow_y * easel.flow_y)
        keep = 1.0 - self._trust * brush.follow
        y, x = s2 * keep + easel.flow_y * brush.follow, c2 * keep + easel.flow_x * brush.follow
        self._angle = arctangent(y, x) * 0.5

    def rgb(self) -> Plane:
        """The painted colours, a view (height, width, 3)."""
        m = self.margin
        return self.paint[m : m + self.height, m : m + self.width, :3]

    def thickness(self) -> Plane:
        """How thick the paint lies, a view (height, width), about 0..1."""
        m = self.margin
        return self.paint[m : m + self.height, m : m + self.width, 3]

    def layer(self, layer: Layer, number: int, loose: float) -> None:
        """Paint one layer of strokes.

        Args:
            layer: Length and coverage.
            number: Which layer, for its accidents.
            loose: 0..1, how freely colour and direction are handled.
        """
        brush = self.brush
        length = max(5.0, layer.length * self.short)
        area = length * length / brush.aspect * 0.8
        wanted = int(self.height * self.width / area * layer.coverage * brush.cover)
        wanted = max(6, min(wanted, 4200))
        chance = Stream("layer", self.seed, number)
        candidates = wanted if layer.first else wanted * 3
        along = np.arange(candidates, dtype=np.float64)
        fx = along * 0.7548776662466927 + chance.unit()
        fy = along * 0.5698402909980532 + chance.unit()
        fx, fy = fx - np.floor(fx), fy - np.floor(fy)
        rows, columns = self.easel.detail.shape
        py, px = (fy * rows).astype(np.intp), (fx * columns).astype(np.intp)
        cy, cx = (fy * self.height).astype(np.intp), (fx * self.width).astype(np.intp)
        wish = self._wish(py, px, length)
        swing = 0.05 + 0.16 * loose
        angle = self._angle[py, px]
        angle = angle + (chance.row(candidates) - 0.5) * swing * (1.25 - self._trust[py, px])
        if not layer.first:
            off = _difference(self.rgb()[cy, cx].T, wish)
            score = off + chance.row(candidates) * 0.16 + self.easel.detail[py, px] * 0.07
            score = score - self._spill(py, px, angle, length, wish) * (1.5 - 0.7 * loose)
            chosen = np.argsort(-score, kind="stable")[:wanted]
            chosen = np.sort(chosen[score[chosen] > _WORTH])
            py, px, cy, cx, wish = py[chosen], px[chosen], cy[chosen], cx[chosen], wish[:, chosen]
            angle = angle[chosen]
        self._lay(angle, cy, cx, wish, length, chance, loose)

    def _spill(
        self, py: NDArray[np.intp], px: NDArray[np.intp], angle: Plane, length: float, wish: Plane
    ) -> Plane:
        """How wrong a stroke's colour would be at its ends and sides; strokes stay in a form."""
        rows, columns = self.easel.detail.shape
        reach = length * 0.40 * rows / self.height
        across = reach * max(1.0 / self.brush.aspect, 0.3)
        c, s = wave(angle + 0.25), wave(angle)
        level = 1 if reach > 6.0 and len(self._levels) > 1 else 0
        plane = self._levels[level]
        worst = np.zeros(len(py), np.float32)
        for along, side in ((reach, 0.0), (-reach, 0.0), (0.0, across), (0.0, -across)):
            y = np.clip((py + s * along + c * side).astype(np.intp), 0, rows - 1) >> level
            x = np.clip((px + c * along - s * side).astype(np.intp), 0, columns - 1) >> level
            y, x = np.minimum(y, plane.shape[1] - 1), np.minimum(x, plane.shape[2] - 1)
            worst = np.maximum(worst, _difference(plane[:, y, x], wish))
        spilled: Plane = np.maximum(worst - 0.10, 0.0)
        return spilled

    def _wish(self, py: NDArray[np.intp], px: NDArray[np.intp], length: float) -> Plane:
        """The underpainting's colours at points, blurred about as wide as the stroke is."""
        width = length / self.brush.aspect * self.easel.detail.shape[0] / self.height
        level = 0
        while level + 1 < len(self._levels) and width > 3.2 * (2 << level):
            level += 1
        plane = self._levels[level]
        y = np.minimum(py >> level, plane.shape[1] - 1)
        x = np.minimum(px >> level, plane.shape[2] - 1)
        found: Plane = plane[:, y, x]
        return found

    def _lay(
        self, angle: Plane, cy: NDArray[np.intp], cx: NDArray[np.intp], wish: Plane,
        length: float, chance: Stream, loose: float,
    ) -> None:  # fmt: skip
        count = len(cy)
        stamps = _stamps(int(length) | 1, self.brush)
        variants = _variants(stamps.shape[1])
        kinds = len(stamps) // variants
        angle = angle - np.floor(angle * 2.0) * 0.5  # strokes have no head: half a turn is enough
        kind = np.minimum((angle * (2.0 * kinds)).astype(np.intp), kinds - 1)
        variant = np.minimum((chance.row(count) * variants).astype(np.intp), variants - 1)
        kind = kind * variants + variant
        jitter = self.brush.jitter * (0.6 + 0.8 * loose)
        light = (chance.row(count) - 0.5) * (2.0 * jitter)
        warm = (chance.row(count) - 0.5) * (1.3 * jitter)
        red, green, blue = wish + light
        colours = clip01(np.stack((red + warm, green, blue - warm, chance.row(count)), axis=1))
        side = stamps.shape[1]
        rows = np.tile(colours, (1, side))
        offset = self.margin - side // 2
        tops, lefts = (cy + offset).tolist(), ((cx + offset) * 4).tolist()
        scratch = np.empty((side, side * 4), np.float32)
        for k, top, left, row in zip(kind.tolist(), tops, lefts, rows, strict=True):
            place = self._flat[top : top + side, left : left + side * 4]
            np.subtract(row, place, scratch)
            np.multiply(scratch, stamps[k], scratch)
            place += scratch


def _variants(side: int) -> int:
    """How many different strokes of one length and direction: few of the long ones are needed."""
    return 3 if side < 40 else 2 if side < 100 else 1


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
    """Stroke masks in all directions, (kinds * variants, side, side * 4)."""
    chance, kinds = Stream("stamp", side), 20 if side < 64 else 12
    variants = _variants(side)
    half = side * 0.5
    grid = (np.arange(side, dtype=np.float32) + (0.5 - half)) * (1.0 / half)
    out = np.empty((kinds * variants, side, side, 4), np.float32)
    across = max(1.0 / brush.aspect, 1.6 / side)
    hairs = 24
    soft = clamp(3.0 / (side * across), 0.16, 1.2)
    for variant in range(variants):
        bow = chance.between(-1.0, 1.0) * brush.curl
        bristles = chance.row(hairs + 2)
        ragged = chance.row(hairs + 2)
        for kind in range(kinds):
            turn = (kind + 0.5) / (2.0 * kinds)
            c, s = cosine(turn), sine(turn)
            u = grid[None, :] * c + grid[:, None] * s
            v = (grid[:, None] * c - grid[None, :] * s) * (1.0 / across)
            v = v + (u * u - 0.3) * bow
            body = smooth((1.0 - np.abs(v)) * (1.0 / soft))
            if brush.bristle > 0.0 and side * across > 4.0:
                at = clip01(v * 0.5 + 0.5) * (hairs - 0.01)
                index = at.astype(np.intp)
                part = at - index.astype(np.float32)
                hair, end = (of[index] + (of[index + 1] - of[index]) * part
                             for of in (bristles, ragged))  # fmt: skip
                tail = smooth((0.98 - np.abs(u) - end * (0.42 * brush.bristle)) * 5.0)
                dry = 1.0 - hair * (brush.bristle * (0.55 + 0.35 * u))
                mask = body * tail * clip01(dry)
            else:
                mask = body * smooth((0.98 - np.abs(u)) * 3.0)
            out[kind * variants + variant] = (mask * brush.opacity)[:, :, None]
    return out.reshape(kinds * variants, side, side * 4)
