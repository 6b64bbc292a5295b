"""Arithmetic that gives the same bits on every machine.

A picture must come out alike on every processor, so nothing here (and nothing in *sketch*)
calls a mathematical library whose last bit may differ. What is used:

* IEEE 754 addition, subtraction, multiplication, division, square root, comparison and rounding,
  each as one elementwise numpy operation. They are correctly rounded by the standard, so neither
  vector width nor compiler changes them. No sums over floats (their order depends on the vector
  unit), no matrix products (BLAS), no fused multiply-add, no ``sin``/``exp``/``pow``/``hypot``.
* Angles in *turns* (1.0 is a full circle), with sine by a polynomial of the operations above.
* Random numbers from the raw Philox 4x64 bit stream, keyed by BLAKE2b. numpy promises the raw
  streams of its bit generators for good; it does not promise those of ``Generator`` methods.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item")
Plane: TypeAlias = NDArray[np.floating[Any]]
"""One number a pixel, (height, width). Always float32: numpy's stubs cannot follow that through
arithmetic with Python numbers, so the type says less than a test does."""
Number = TypeVar("Number", float, Plane)

_SINE = (42.058693944897655, -76.70585975306136, 81.60524927607504, -41.341702240399755,
         6.283185307179586)  # fmt: skip


def clamp(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """The value, held between two bounds."""
    return low if value < low else min(value, high)


def clip01(values: Plane) -> Plane:
    """The values, held between 0 and 1."""
    return np.minimum(np.maximum(values, 0.0), 1.0)


def smooth(values: Plane) -> Plane:
    """A soft step: 0 below 0, 1 above 1, and an S-curve between."""
    held = clip01(values)
    return held * held * (3.0 - 2.0 * held)


def wave(turns: Plane) -> Plane:
    """Sine of angles in turns, -1..1, elementwise."""
    t = turns - np.floor(turns + 0.5)
    folded = 0.25 - np.abs(np.abs(t) - 0.25)
    value = _polynomial(folded * folded) * folded
    waved: Plane = np.where(t < 0.0, -value, value)
    return waved


def sine(turns: float) -> float:
    """Sine of one angle in turns."""
    t = turns - math.floor(turns + 0.5)
    folded = 0.25 - abs(abs(t) - 0.25)
    value = _polynomial(folded * folded) * folded
    return -value if t < 0 else value


def _polynomial(square: Number) -> Number:
    """Sine over its angle, by the square of the angle (at most a quarter turn)."""
    total = _SINE[0] * square + _SINE[1]
    for factor in _SINE[2:]:
        total = total * square + factor
    return total


def cosine(turns: float) -> float:
    """Cosine of one angle in turns."""
    return sine(turns + 0.25)


class Stream:
    """A stream of random numbers that depends on its key alone.

    Args:
        key: Anything printable; the stream is a function of the printed parts.
    """

    __slots__ = ("_at", "_bits", "_buffer")

    def __init__(self, *key: object) -> None:
        printed = "\x1f".join(str(part) for part in key).encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(printed, digest_size=16, person=b"sketch").digest()
        self._bits = np.random.Philox(key=int.from_bytes(digest, "little"))
        self._buffer: list[float] = []
        self._at = 0

    def unit(self) -> float:
        """A number in [0, 1)."""
        if self._at == len(self._buffer):
            raw = self._bits.random_raw(32)
            self._buffer = [(word >> 11) / 9007199254740992.0 for word in raw.tolist()]
            self._at = 0
        self._at += 1
        return self._buffer[self._at - 1]

    def between(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.unit()

    def whole(self, count: int) -> int:
        """A whole number in 0..count-1."""
        return min(count - 1, int(self.unit() * count))

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return items[self.whole(len(items))]

    def likely(self, probability: float) -> bool:
        """True with the given probability."""
        return self.unit() < probability

    def side(self) -> float:
        """-1.0 or 1.0."""
        return -1.0 if self.unit() < 0.5 else 1.0

    def row(self, count: int) -> Plane:
        """``count`` numbers in [0, 1), float32."""
        raw = self._bits.random_raw(count)
        return (raw >> np.uint64(40)).astype(np.float32) * (2.0**-24)


def grow(lattice: Plane, height: int, width: int, *, soft: bool = True) -> Plane:
    """A small grid (at least 2x2) stretched over (height, width), its outer values on the borders.

    ``soft`` eases between grid values (no creases) instead of going straight.
    """
    rows, columns = lattice.shape
    y = (np.arange(height, dtype=np.float32) + 0.5) * ((rows - 1.0) / height)
    x = (np.arange(width, dtype=np.float32) + 0.5) * ((columns - 1.0) / width)
    return _sampled(lattice, y, x, soft)


def _sampled(plane: Plane, y: Plane, x: Plane, soft: bool) -> Plane:
    """A plane's values between its own, where rows ``y`` and columns ``x`` cross."""
    iy = np.minimum(y.astype(np.intp), plane.shape[0] - 2)
    ix = np.minimum(x.astype(np.intp), plane.shape[1] - 2)
    ty, tx = y - iy.astype(np.float32), x - ix.astype(np.float32)
    if soft:
        ty, tx = smooth(ty), smooth(tx)
    down = plane[iy] + (plane[iy + 1] - plane[iy]) * ty[:, None]
    left = down.take(ix, axis=1)
    sampled: Plane = left + (down.take(ix + 1, axis=1) - left) * tx[None, :]
    return sampled


def noise(
    chance: Stream, height: int, width: int, cells: float, *, octaves: int = 1, stretch: float = 1.0
) -> Plane:
    """Value noise in -1..1.

    Args:
        chance: Where the grid values come from.
        height: Rows.
        width: Columns.
        cells: Grid cells along the shorter side in the first octave.
        octaves: How many layers, each twice as fine and about half as strong.
        stretch: Above 1, features are that much longer across than down.
    """
    short = min(height, width)
    total = np.zeros((height, width), np.float32)
    weight, sum_weights = 1.0, 0.0
    for _ in range(octaves):
        cy, cx = cells * height / short, cells * width / short / stretch
        rows, columns = max(2, math.ceil(cy) + 1), max(2, math.ceil(cx) + 1)
        rows, columns = min(rows, height + 2), min(columns, width + 2)
        lattice = chance.row(rows * columns).reshape(rows, columns) * 2.0 - 1.0
        total += grow(lattice, height, width) * weight
        sum_weights += weight
        weight *= 0.52
        cells *= 2.0
    return total * (1.25 / sum_weights)


def stretch(plane: Plane, height: int, width: int) -> Plane:
    """A plane brought to another size, straight between pixels."""
    rows, columns = plane.shape
    if (rows, columns) == (height, width):
        return plane.copy()
    y = (np.arange(height, dtype=np.float32) + 0.5) * (rows / height) - 0.5
    x = (np.arange(width, dtype=np.float32) + 0.5) * (columns / width) - 0.5
    y, x = np.clip(y, 0.0, rows - 1.0), np.clip(x, 0.0, columns - 1.0)
    return _sampled(plane, y, x, soft=False)


def blur(plane: Plane, radius: int) -> Plane:
    """A soft blur by repeated neighbours, about ``radius`` pixels wide."""
    step = 1
    while step <= max(1, radius):
        across = (np.roll(plane, step, 1) + np.roll(plane, -step, 1)) * 0.25 + plane * 0.5
        plane = (np.roll(across, step, 0) + np.roll(across, -step, 0)) * 0.25 + across * 0.5
        step *= 2
    return plane


def change(plane: Plane) -> Plane:
    """How strongly each pixel differs from its neighbours."""
    out = np.zeros_like(plane)
    out[1:-1, 1:-1] = np.abs(plane[2:, 1:-1] - plane[:-2, 1:-1]) + np.abs(
        plane[1:-1, 2:] - plane[1:-1, :-2]
    )
    return out
