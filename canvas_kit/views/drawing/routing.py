"""Lines from box to box, round those that they have nothing to do with."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from canvas_kit.canvas.connections import Link
from canvas_kit.canvas.node import Node
from canvas_kit.errors import printable
from canvas_kit.views.drawing.shapes import CLEAR, PORT, Box, Curve, Place, Wire

BETWEEN = 22
"""Between boxes of a column; a line to one that is not that far to the right leads back."""
_CHANNEL, _TURN = 14, 46
"""Between a channel and the boxes beside it; for turning into one."""


@dataclass
class Router:
    """Leads lines from box to box, round those between."""

    nodes: Sequence[Node]
    boxes: dict[int, Box]
    links: Sequence[Link]
    _taken: list[tuple[float, float, float]] = field(default_factory=list)
    """Channels in use: their height, and from where to where."""

    def lines(self) -> Iterator[Wire]:
        """A line for each link, in their order."""
        back: dict[int, int] = {}
        for link in self.links:
            if self._leads_back(link):
                number = [back.get(link.source, 0), back.get(link.target, 0)]
                for end in {link.source, link.target}:
                    back[end] = back.get(end, 0) + 1
                yield self._back(link, *number)
            else:
                yield self._forward(link)

    def _leads_back(self, link: Link) -> bool:
        source, target = self.boxes[link.source], self.boxes[link.target]
        return link.feedback or target.x < source.x + source.width + BETWEEN / 2

    def _forward(self, link: Link) -> Wire:
        source, target = self.boxes[link.source], self.boxes[link.target]
        start = source.port_place(link.output.name)
        end = (target.x - 1, target.y + PORT)
        others = [box for i, box in self.boxes.items() if i not in (link.source, link.target)]
        direct = Wire(start, (_bend(start, end),), link.feedback)
        if not _hits(direct, others):
            return direct
        best: tuple[float, Wire] | None = None
        left, right = start[0] + _TURN, end[0] - _TURN
        lower = start[1] > source.y + PORT  # leaves beneath another line, so rather stays there
        for box in others if left < right else ():
            for side, edge in ((-1, box.y - _CHANNEL), (1, box.y + box.height + _CHANNEL)):
                y = self._free(edge, left, right, side)
                way = (
                    _bend(start, (left, y)),
                    _straight((left, y), (right, y)),
                    _bend((right, y), end),
                )
                line = Wire(start, way, link.feedback)
                cost = abs(y - start[1]) + abs(y - end[1]) + 60 * (lower is not (y > start[1]))
                if (best is None or cost < best[0]) and not _hits(line, others):
                    best = cost, line
        if best is None:
            return direct
        self._taken.append((best[1].curves[0][2][1], left, right))
        return best[1]

    def _back(self, link: Link, leaving: int, arriving: int) -> Wire:
        """A line that leads back: from under one box round to under the other."""
        source, target = self.boxes[link.source], self.boxes[link.target]
        start = (source.x + source.width / 2 + leaving * 16, source.y + source.height)
        end = (target.x + target.width / 2 - arriving * 16, target.y + target.height + 1)
        left, right = min(start[0], end[0]), max(start[0], end[0])
        others = [box for i, box in self.boxes.items() if i not in (link.source, link.target)]
        lowest = max(start[1], end[1])
        floors = {lowest, *(box.y + box.height for box in self.boxes.values())}
        line = None
        for y in sorted(floor + _CHANNEL + 14 for floor in floors if floor >= lowest):
            y = self._free(y, left, right, 1)
            for corners in self._ways_round(source, target, start, end, y):
                way = tuple(_rounded([start, *corners, end]))
                along = [x for x, height in corners if height == y]
                middle = (min(along) + max(along)) / 2
                several = len(self.nodes[link.source].outputs) > 1
                label = printable(link.output.name) if several else ""
                found = Wire(start, way, link.feedback, label, (middle, y - 6))
                line = line or found
                between = replace(found, start=way[1][2], curves=way[2:-2])
                if not _hits(found, others) and not _hits(between, [source, target]):
                    self._taken.append((y, left, right))
                    return found
        assert line is not None
        return line

    def _ways_round(
        self, source: Box, target: Box, start: Place, end: Place, y: float
    ) -> Iterator[list[Place]]:
        """Corners of ways at this height: straight down and up, or past what lies beneath."""
        yield [(start[0], y), (end[0], y)]
        low, high = start[1] + CLEAR + 4, end[1] + CLEAR + 4
        for down in (source.x - 26, source.x + source.width + 26):
            yield [(start[0], low), (down, low), (down, y), (end[0], y)]
            for up in (target.x - 26, target.x + target.width + 26):
                first = [(start[0], low), (down, low), (down, y)]
                yield [*first, (up, y), (up, high), (end[0], high)]
        for up in (target.x - 26, target.x + target.width + 26):
            yield [(start[0], y), (up, y), (up, high), (end[0], high)]

    def _free(self, y: float, left: float, right: float, step: int) -> float:
        """The next height at which no other channel runs here."""
        while any(abs(y - at) < 9 and a < right and b > left for at, a, b in self._taken):
            y += 10 * step
        return y


def _bend(start: Place, end: Place) -> Curve:
    """A curve that leaves and arrives level."""
    half = (end[0] - start[0]) / 2
    return (start[0] + half, start[1]), (end[0] - half, end[1]), end


def _straight(start: Place, end: Place) -> Curve:
    thirds = [
        (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
        for part in (1 / 3, 2 / 3)
    ]
    return thirds[0], thirds[1], end


def _rounded(corners: Sequence[Place], radius: float = 10) -> Iterator[Curve]:
    """The way along these corners, the last one its end."""
    at = corners[0]
    for corner, following in itertools.pairwise(corners[1:]):
        before = _towards(corner, at, radius)
        after = _towards(corner, following, radius)
        yield _straight(at, before)
        yield corner, corner, after
        at = after
    yield _straight(at, corners[-1])


def _towards(start: Place, end: Place, distance: float) -> Place:
    """A place on the way from ``start`` to ``end``, at most half of it away."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    part = min(0.5, distance / (abs(dx) + abs(dy) or 1))
    return start[0] + dx * part, start[1] + dy * part


def _hits(line: Wire, boxes: Sequence[Box]) -> bool:
    places = list(line.places(24))
    xs, ys = sorted(x for x, _ in places), sorted(y for _, y in places)
    near = [box for box in boxes if box.reaches(xs[0], ys[0], xs[-1], ys[-1])]
    return any(box.hit(place) for place in places for box in near)
