"""Forms as signed distances: negative inside, positive outside, in units of the shorter side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from .exact import Plane, clip01, cosine, sine

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A form on the plane.

    Attributes:
        bounds: Left, top, right and bottom of what it covers, in picture units.
        distance: Signed distance of points (x, y); both planes broadcast against each other.
        costly: So slow to measure that a large one is measured at every second pixel only.
    """

    bounds: tuple[float, float, float, float]
    distance: Callable[[Plane, Plane], Plane]
    costly: bool = False


def _turned(cx: float, cy: float, turn: float) -> Callable[[Plane, Plane], tuple[Plane, Plane]]:
    """Points seen from a centre, along axes rotated clockwise by ``turn`` turns."""
    c, s = cosine(turn), sine(turn)

    def seen(x: Plane, y: Plane) -> tuple[Plane, Plane]:
        dx, dy = x - cx, y - cy
        return (dx * c + dy * s, dy * c - dx * s) if turn else (dx, dy)

    return seen


def ellipse(cx: float, cy: float, rx: float, ry: float, turn: float = 0.0) -> Shape:
    """An ellipse, rotated clockwise by ``turn`` turns."""
    c, s = cosine(turn), sine(turn)
    reach_x = math.sqrt(rx * c * rx * c + ry * s * ry * s)
    reach_y = math.sqrt(rx * s * rx * s + ry * c * ry * c)
    small, seen = min(rx, ry), _turned(cx, cy, turn)

    def distance(x: Plane, y: Plane) -> Plane:
        dx, dy = seen(x, y)
        u, v = dx * (1.0 / rx), dy * (1.0 / ry)
        away: Plane = (np.sqrt(u * u + v * v) - 1.0) * small
        return away

    return Shape((cx - reach_x, cy - reach_y, cx + reach_x, cy + reach_y), distance)


def box(cx: float, cy: float, hx: float, hy: float, bevel: float = 0.0, turn: float = 0.0) -> Shape:
    """A rectangle around a centre, given by its half sides, with rounded corners."""
    c, s = cosine(turn), sine(turn)
    bevel = min(bevel, hx, hy)
    reach_x, reach_y = abs(hx * c) + abs(hy * s), abs(hx * s) + abs(hy * c)
    seen = _turned(cx, cy, turn)

    def distance(x: Plane, y: Plane) -> Plane:
        dx, dy = seen(x, y)
        qx, qy = np.abs(dx) - (hx - bevel), np.abs(dy) - (hy - bevel)
        ox, oy = np.maximum(qx, 0.0), np.maximum(qy, 0.0)
        away: Plane = np.sqrt(ox * ox + oy * oy) + np.minimum(np.maximum(qx, qy), 0.0) - bevel
        return away

    return Shape((cx - reach_x, cy - reach_y, cx + reach_x, cy + reach_y), distance)


def limb(a: Point, b: Point, ra: float, rb: float | None = None) -> Shape:
    """A stroke with round ends, its radius going from ``ra`` to ``rb``."""
    rb = ra if rb is None else rb
    bx, by = b[0] - a[0], b[1] - a[1]
    scale, grow, r = 1.0 / max(bx * bx + by * by, 1e-9), rb - ra, max(ra, rb)

    def distance(x: Plane, y: Plane) -> Plane:
        dx, dy = x - a[0], y - a[1]
        h = clip01((dx * bx + dy * by) * scale)
        dx, dy = dx - h * bx, dy - h * by
        away: Plane = np.sqrt(dx * dx + dy * dy) - (ra + grow * h)
        return away

    left, right = sorted((a[0], b[0]))
    top, bottom = sorted((a[1], b[1]))
    return Shape((left - r, top - r, right + r, bottom + r), distance)


def ribbon(points: Sequence[Point], ra: float, rb: float | None = None) -> Shape:
    """A line through points with round ends, its radius going from ``ra`` to ``rb``."""
    count = len(points) - 1
    step = ((ra if rb is None else rb) - ra) / count
    limbs = [limb(points[i], points[i + 1], ra + step * i, ra + step * (i + 1))
             for i in range(count)]  # fmt: skip

    def distance(x: Plane, y: Plane) -> Plane:
        return reduce(np.minimum, (part.distance(x, y) for part in limbs))

    left, top, right, bottom = zip(*(part.bounds for part in limbs), strict=True)
    return Shape((min(left), min(top), max(right), max(bottom)), distance, costly=count > 4)


def polygon(*loops: Sequence[Point]) -> Shape:
    """Closed outlines; where they overlap, it is outside again (even-odd)."""
    xs, ys = [p[0] for loop in loops for p in loop], [p[1] for loop in loops for p in loop]

    def distance(x: Plane, y: Plane) -> Plane:
        shape = np.broadcast_shapes(x.shape, y.shape)
        near = np.full(shape, 1e9, np.float32)
        inside = np.zeros(shape, dtype=bool)
        for points in loops:
            for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
                ex, ey = bx - ax, by - ay
                dx, dy = x - ax, y - ay
                h = clip01((dx * ex + dy * ey) * (1.0 / max(ex * ex + ey * ey, 1e-9)))
                px, py = dx - h * ex, dy - h * ey
                np.minimum(near, px * px + py * py, out=near)
                if ey != 0.0:
                    inside ^= ((y < ay) != (y < by)) & (dx < dy * (ex / ey))
        far = np.sqrt(near)
        return np.where(inside, -far, far)

    count = sum(len(points) for points in loops)
    return Shape((min(xs), min(ys), max(xs), max(ys)), distance, costly=count > 6)


def bend(points: Sequence[Point], *, closed: bool = False) -> list[Point]:
    """A Catmull-Rom curve through the points, as a list of points."""
    last = len(points) - (0 if closed else 1)
    out: list[Point] = []
    for i in range(last):
        near = [points[j % len(points)] if closed else points[min(max(j, 0), len(points) - 1)]
                for j in (i - 1, i, i + 1, i + 2)]  # fmt: skip
        xs, ys = zip(*near, strict=True)
        out += [(_between(xs, t), _between(ys, t)) for t in (0.0, 1 / 3, 2 / 3)]
    return out if closed else [*out, points[-1]]


def _between(values: Sequence[float], t: float) -> float:
    """A value between the second and the third of four on a Catmull-Rom curve."""
    a, b, c, d = values
    slope, second, third = c - a, 2 * a - 5 * b + 4 * c - d, 3 * b - a - 3 * c + d
    return 0.5 * (2 * b + slope * t + second * (t * t) + third * (t * t * t))
