"""Forms as signed distances: negative inside, positive outside, in units of the shorter side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .exact import Plane, clip01, cosine, sine

__all__ = ["Frame", "Point", "Shape", "cut", "join", "meet"]

Point = tuple[float, float]
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A form on the plane.

    Attributes:
        bounds: Left, top, right and bottom of what it covers, in picture units.
        distance: Signed distance of points (x, y); both planes broadcast against each other.
    """

    bounds: Bounds
    distance: Callable[[Plane, Plane], Plane]


def _ellipse(cx: float, cy: float, rx: float, ry: float, turn: float) -> Shape:
    c, s = cosine(turn), sine(turn)
    reach_x = math.sqrt(rx * c * rx * c + ry * s * ry * s)
    reach_y = math.sqrt(rx * s * rx * s + ry * c * ry * c)
    small = min(rx, ry)

    def distance(x: Plane, y: Plane) -> Plane:
        dx, dy = x - cx, y - cy
        if turn:
            dx, dy = dx * c + dy * s, dy * c - dx * s
        u, v = dx * (1.0 / rx), dy * (1.0 / ry)
        away: Plane = (np.sqrt(u * u + v * v) - 1.0) * small
        return away

    return Shape((cx - reach_x, cy - reach_y, cx + reach_x, cy + reach_y), distance)


def _box(cx: float, cy: float, hx: float, hy: float, bevel: float, turn: float) -> Shape:
    c, s = cosine(turn), sine(turn)
    bevel = min(bevel, hx, hy)
    reach_x, reach_y = abs(hx * c) + abs(hy * s), abs(hx * s) + abs(hy * c)

    def distance(x: Plane, y: Plane) -> Plane:
        dx, dy = x - cx, y - cy
        if turn:
            dx, dy = dx * c + dy * s, dy * c - dx * s
        qx, qy = np.abs(dx) - (hx - bevel), np.abs(dy) - (hy - bevel)
        ox, oy = np.maximum(qx, 0.0), np.maximum(qy, 0.0)
        inside = np.minimum(np.maximum(qx, qy), 0.0)
        away: Plane = np.sqrt(ox * ox + oy * oy) + inside - bevel
        return away

    return Shape((cx - reach_x, cy - reach_y, cx + reach_x, cy + reach_y), distance)


def _limb(a: Point, b: Point, ra: float, rb: float) -> Shape:
    bx, by = b[0] - a[0], b[1] - a[1]
    length = max(bx * bx + by * by, 1e-9)
    r = max(ra, rb)

    def distance(x: Plane, y: Plane) -> Plane:
        dx, dy = x - a[0], y - a[1]
        h = clip01((dx * bx + dy * by) * (1.0 / length))
        dx, dy = dx - h * bx, dy - h * by
        away: Plane = np.sqrt(dx * dx + dy * dy) - (ra + (rb - ra) * h)
        return away

    return Shape(
        (min(a[0], b[0]) - r, min(a[1], b[1]) - r, max(a[0], b[0]) + r, max(a[1], b[1]) + r),
        distance,
    )


def _poly(points: Sequence[Point]) -> Shape:
    xs, ys = [p[0] for p in points], [p[1] for p in points]

    def distance(x: Plane, y: Plane) -> Plane:
        near: Plane | None = None
        inside = np.zeros(np.broadcast_shapes(x.shape, y.shape), dtype=bool)
        for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
            ex, ey = bx - ax, by - ay
            dx, dy = x - ax, y - ay
            h = clip01((dx * ex + dy * ey) * (1.0 / max(ex * ex + ey * ey, 1e-9)))
            px, py = dx - h * ex, dy - h * ey
            square = px * px + py * py
            near = square if near is None else np.minimum(near, square)
            crosses = (y < ay) != (y < by)
            if ey != 0.0:
                inside ^= crosses & (dx < dy * (ex / ey))
        assert near is not None
        far = np.sqrt(near)
        return np.where(inside, -far, far)

    return Shape((min(xs), min(ys), max(xs), max(ys)), distance)


def _around(shapes: Sequence[Shape], more: float = 0.0) -> Bounds:
    return (
        min(s.bounds[0] for s in shapes) - more,
        min(s.bounds[1] for s in shapes) - more,
        max(s.bounds[2] for s in shapes) + more,
        max(s.bounds[3] for s in shapes) + more,
    )


def join(*shapes: Shape, melt: float = 0.0) -> Shape:
    """The union; ``melt`` is the width (picture units) over which the parts flow together."""
    if len(shapes) == 1:
        return shapes[0]

    def distance(x: Plane, y: Plane) -> Plane:
        total = shapes[0].distance(x, y)
        for shape in shapes[1:]:
            other = shape.distance(x, y)
            if melt > 0.0:
                h = clip01(0.5 + (other - total) * (0.5 / melt))
                total = other + (total - other) * h - h * (1.0 - h) * melt
            else:
                total = np.minimum(total, other)
        return total

    return Shape(_around(shapes, melt * 0.3), distance)


def cut(shape: Shape, *holes: Shape) -> Shape:
    """The first form without the others."""

    def distance(x: Plane, y: Plane) -> Plane:
        total = shape.distance(x, y)
        for hole in holes:
            total = np.maximum(total, -hole.distance(x, y))
        return total

    return Shape(shape.bounds, distance)


def meet(shape: Shape, *others: Shape) -> Shape:
    """What all forms have in common."""

    def distance(x: Plane, y: Plane) -> Plane:
        total = shape.distance(x, y)
        for other in others:
            total = np.maximum(total, other.distance(x, y))
        return total

    return Shape(shape.bounds, distance)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a motif stands: local coordinates with the foot at (0, 0) and y pointing up.

    Attributes:
        x: Foot, picture units from the left.
        y: Foot, picture units from the top.
        size: Length of one local unit in picture units.
        facing: 1.0 or -1.0; the latter mirrors the motif.
        turn: Rotation in turns, clockwise.
        squash: Factor on local heights (a reflection has a negative one).
    """

    x: float
    y: float
    size: float
    facing: float = 1.0
    turn: float = 0.0
    squash: float = 1.0

    def at(self, x: float, y: float) -> Point:
        """A local point in picture units."""
        lx, ly = x * self.facing * self.size, -y * self.squash * self.size
        if self.turn:
            c, s = cosine(self.turn), sine(self.turn)
            lx, ly = lx * c - ly * s, lx * s + ly * c
        return self.x + lx, self.y + ly

    def frame(
        self, x: float, y: float, size: float, *, turn: float = 0.0, mirror: bool = False
    ) -> Frame:
        """A frame inside this one."""
        px, py = self.at(x, y)
        facing = -self.facing if mirror else self.facing
        return Frame(px, py, self.size * size, facing, self.turn + turn * self.facing, self.squash)

    def disc(self, x: float, y: float, r: float) -> Shape:
        """A circle."""
        return self.oval(x, y, r, r)

    def oval(self, x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> Shape:
        """An ellipse, rotated by ``turn`` (counter-clockwise in local coordinates)."""
        px, py = self.at(x, y)
        angle = self.turn - turn * self.facing * (1.0 if self.squash > 0 else -1.0)
        return _ellipse(px, py, rx * self.size, ry * self.size * abs(self.squash), angle)

    def box(
        self, x: float, y: float, width: float, height: float, bevel: float = 0.0, turn: float = 0.0
    ) -> Shape:
        """A rectangle around a centre, with rounded corners."""
        px, py = self.at(x, y)
        angle = self.turn - turn * self.facing * (1.0 if self.squash > 0 else -1.0)
        k = self.size
        return _box(px, py, width * k / 2, height * k * abs(self.squash) / 2, bevel * k, angle)

    def limb(self, a: Point, b: Point, ra: float, rb: float | None = None) -> Shape:
        """A tapered stroke with round ends."""
        end = ra if rb is None else rb
        return _limb(self.at(*a), self.at(*b), ra * self.size, end * self.size)

    def ribbon(self, points: Sequence[Point], ra: float, rb: float | None = None) -> Shape:
        """A soft curve through points, its radius going from ``ra`` to ``rb``."""
        end = ra if rb is None else rb
        path = bend(points)
        count = len(path) - 1
        parts = [
            self.limb(
                path[i], path[i + 1], ra + (end - ra) * i / count, ra + (end - ra) * (i + 1) / count
            )
            for i in range(count)
        ]
        return join(*parts)

    def poly(self, *points: Point, soft: bool = False) -> Shape:
        """A polygon; ``soft`` rounds its outline into curves."""
        path = bend([*points, points[0]], closed=True)[:-1] if soft else list(points)
        return _poly([self.at(*p) for p in path])


def bend(points: Sequence[Point], *, closed: bool = False, parts: int = 3) -> list[Point]:
    """A Catmull-Rom curve through the points, as a list of points."""
    if len(points) < 3:
        return list(points)
    last = len(points) - 1
    out: list[Point] = []
    for i in range(last):
        p1, p2 = points[i], points[i + 1]
        p0 = points[i - 1] if i > 0 else (points[last - 1] if closed else p1)
        p3 = points[i + 2] if i + 2 <= last else (points[1] if closed else p2)
        for k in range(parts):
            t = k / parts
            a, b = t * t, t * t * t
            out.append(
                (
                    0.5
                    * (
                        2 * p1[0]
                        + (p2[0] - p0[0]) * t
                        + (2 * p0[0] - 5 * p1[0] + 4 * p2[0] - p3[0]) * a
                        + (3 * p1[0] - p0[0] - 3 * p2[0] + p3[0]) * b
                    ),
                    0.5
                    * (
                        2 * p1[1]
                        + (p2[1] - p0[1]) * t
                        + (2 * p0[1] - 5 * p1[1] + 4 * p2[1] - p3[1]) * a
                        + (3 * p1[1] - p0[1] - 3 * p2[1] + p3[1]) * b
                    ),
                )
            )
    out.append(points[last])
    return out
