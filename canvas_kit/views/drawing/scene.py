"""Where everything of a drawn canvas lies: boxes, lines and words, in pixels.

Nodes stand where the canvas puts them if it puts them all; else from left to right. Parameters are
badges on the nodes that they lead to. Lines go round the boxes that they have nothing to do with.
Words are cut to what fits in the widest of the common fonts, since nothing is known of the fonts
of whatever shows the picture.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from canvas_kit.canvas.checks import resolve
from canvas_kit.canvas.connections import Connection, Link, layers
from canvas_kit.canvas.drawing import summary
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.parts import usual_places
from canvas_kit.canvas.ports import Kind
from canvas_kit.errors import UnknownName, printable
from canvas_kit.nodes.parameters import Quality, Resolution, Seed
from canvas_kit.preset_files.catalogue import load_preset

Place = tuple[float, float]
Curve = tuple[Place, Place, Place]
"""Two control points and the end of a Bézier curve."""

MARGIN = 16
_WIDTH, _GAP, _BETWEEN = 208, 92, 22
"""Of a box; between columns and between rows where nodes have no places of their own."""
_PAD, _TITLE, _LINE, _BADGE = 12, 20, 16, 18
TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 13, 12, 11
_MAX_LINES = 2
_PORT, _PORT_STEP = 19, 18
"""How far beneath its top a node is connected, and how far its further outcomes are beneath."""
_CLEAR, _CHANNEL, _TURN = 7, 14, 46
"""Between a line and a box; between a channel and the boxes beside it; for turning into one."""
_SCALES = (1.0, 1.2, 1.5, 2.0, 3.0)
"""How far places may be drawn apart where the boxes are larger than the places expect."""
_PARAMETERS = {Kind.SEED, Kind.RESOLUTION, Kind.QUALITY}
_NARROW, _BROAD = frozenset("fijlrtI.,:;!|'()[]-/ "), frozenset("mwMW@%—…→×")


@dataclass(frozen=True, slots=True)
class Badge:
    """A parameter on a node."""

    x: float
    y: float
    width: float
    words: str
    height: float = _BADGE - 3


@dataclass(frozen=True, slots=True)
class Box:
    """A node.

    Attributes:
        role: Which colours it has: input, language, parameter, generation, judge or output.
        lines: What is set on it, at most two lines.
        ports: The outcomes that lead on from it, where it has several.
        about: All of it, for a tooltip.
    """

    x: float
    y: float
    width: float
    height: float
    role: str
    title: str
    lines: tuple[str, ...]
    badges: tuple[Badge, ...]
    ports: tuple[str, ...]
    about: str

    def port_place(self, name: str = "") -> Place:
        """Where a connection from a port starts, of a node with several; else from the node."""
        down = self.ports.index(name) if name in self.ports else 0
        return self.x + self.width, self.y + _PORT + down * _PORT_STEP

    def line_place(self, number: int) -> Place:
        """Where a line of words begins, on its base line; -1 is the title's."""
        return self.x + _PAD, self.y + 22 + (_TITLE + number * _LINE if number >= 0 else 0)

    def hit(self, place: Place) -> bool:
        """Whether a place lies in the box or too near to it."""
        x, y = place
        return (
            self.x - _CLEAR < x < self.x + self.width + _CLEAR
            and self.y - _CLEAR < y < self.y + self.height + _CLEAR
        )


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection.

    Attributes:
        start: Where it begins.
        curves: How it goes on, to the tip of its arrow.
        feedback: Whether it starts a new round.
        label: The port that it starts at, where the node does not show it.
        label_place: The middle of the label, on its base line.
    """

    start: Place
    curves: tuple[Curve, ...]
    feedback: bool
    label: str = ""
    label_place: Place = (0, 0)

    @property
    def tip(self) -> tuple[Place, Place, Place]:
        """The corners of its arrow's tip."""
        (x0, y0), (x, y) = self.curves[-1][1], self.curves[-1][2]
        length = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5 or 1.0
        dx, dy = (x - x0) / length * 8, (y - y0) / length * 8
        return (x, y), (x - dx - dy / 2, y - dy + dx / 2), (x - dx + dy / 2, y - dy - dx / 2)

    def places(self, steps: int = 16) -> Iterator[Place]:
        """Places along the line."""
        yield self.start
        (x0, y0) = self.start
        for (x1, y1), (x2, y2), (x3, y3) in self.curves:
            for t in (step / steps for step in range(1, steps + 1)):
                a, b, c, d = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3
                yield a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3
            x0, y0 = x3, y3


@dataclass(frozen=True, slots=True)
class Scene:
    """A canvas laid out; everything lies between 0 and its width and height."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Wire, ...]


def scene_of(nodes: Sequence[Node], connections: Sequence[Connection]) -> Scene:
    """Lay a canvas out."""
    links = resolve(nodes, connections)[0]
    badges: dict[int, list[str]] = {}
    badge_nodes = set()
    for link in links:
        if _is_parameter(nodes[link.source]):
            badge_nodes.add(link.source)
            badges.setdefault(link.target, []).append(_parameter(nodes[link.source]))
    drawn = [index for index in range(len(nodes)) if index not in badge_nodes]
    links = [link for link in links if link.source not in badge_nodes]
    ports: dict[int, list[str]] = {}
    for link in links:
        if len(nodes[link.source].outputs) > 1 and not link.feedback:
            ports.setdefault(link.source, []).append(link.output.name)
    boxes = {i: _box(nodes[i], badges.get(i, ()), ports.get(i, ())) for i in drawn}
    places = _own_places(nodes, connections, boxes) or _laid_out(boxes, links)
    boxes = {index: _moved(box, *places[index]) for index, box in boxes.items()}
    lines = list(_Router(nodes, boxes, links).lines())
    shown = list(boxes.values())
    xs = [box.x for box in shown] + [x for line in lines for x, _ in line.places()]
    ys = [box.y for box in shown] + [y for line in lines for _, y in line.places()]
    left, top = min(xs, default=0) - MARGIN, min(ys, default=0) - MARGIN
    right = max([*xs, *(box.x + box.width for box in shown)], default=0) + MARGIN
    bottom = max([*ys, *(box.y + box.height for box in shown)], default=0) + MARGIN
    return Scene(
        round(right - left),
        round(bottom - top),
        tuple(_moved(box, box.x - left, box.y - top) for box in shown),
        tuple(_shifted(line, -left, -top) for line in lines),
    )


def width_of(words: str, size: int) -> float:
    """How wide words are at most, in pixels."""
    per_sign = (
        0.4 if s in _NARROW else 1.0 if s in _BROAD or ord(s) > 0x2E80 else 0.72 if s.isupper()
        else 0.63 for s in words
    )  # fmt: skip
    return size * sum(per_sign)


# --- boxes -----------------------------------------------------------------------------------


def _box(node: Node, parameters: Sequence[str], leading_on: Sequence[str]) -> Box:
    """A node's box at the origin, as large as its words need."""
    ports = [port.name for port in node.outputs if port.name in leading_on]
    beside = max((width_of(name, SMALL_SIZE) + 8 for name in ports), default=0)
    room = _WIDTH - 2 * _PAD - beside
    said = _set_on(node)
    lines = _wrapped(said, room) if said else []
    badges: list[Badge] = []
    x = y = 0.0
    for words in dict.fromkeys(_cut(words, SMALL_SIZE, room - 14) for words in parameters):
        width = width_of(words, SMALL_SIZE) + 14
        if badges and x + width > room:
            x, y = 0.0, y + _BADGE
        badges.append(Badge(_PAD + x, y, width, words))
        x += width + 5
    below = _TITLE + len(lines) * _LINE + 14
    badges = [replace(badge, y=badge.y + below) for badge in badges]
    height = below + (y + _BADGE + 8 if badges else 2)
    height = max(height, 2 * _PORT + _PORT_STEP * (len(ports) - 1))
    title = _cut(printable(node.id), TITLE_SIZE, room / 1.06)  # it is bold
    about = printable(": ".join(filter(None, (node.type, summary(node)))))
    shown = (title, tuple(lines), tuple(badges), tuple(ports))
    return Box(0, 0, _WIDTH, height, _role(node), *shown, about)


def _role(node: Node) -> str:
    if _is_parameter(node):
        return "parameter"
    if not node.outputs:
        return "output"
    if node.keeps == "verdict":
        return "judge"
    if not node.inputs:
        return "input"
    return "generation" if any(Kind.MEDIA in port.gives for port in node.outputs) else "language"


def _is_parameter(node: Node) -> bool:
    return bool(node.outputs) and all(port.gives <= _PARAMETERS for port in node.outputs)


def _parameter(node: Node) -> str:
    """A parameter in a few words."""
    match node:
        case Seed(mode="fixed"):
            return f"seed {node.value}"
        case Resolution():
            return "{} × {}".format(*node.size)
        case Quality():
            named = {"steps": f"{node.steps} steps", "cfg": f"cfg {node.cfg:g}"}
            told = [words for name, words in named.items() if name in node.model_fields_set]
            return " · ".join(told or named.values())
    return f"{node.type} {summary(node)}".strip()


def _set_on(node: Node) -> str:
    """What is set on a node; a preset by its name."""
    words = summary(node)
    preset, kind = getattr(node, "preset", ""), getattr(node, "preset_kind", None)
    if preset and kind is not None:
        try:
            name = load_preset(kind, preset).name.en
        except UnknownName:
            return words
        more = words.removeprefix(preset).removeprefix(" · ")
        return " · ".join(filter(None, (name, more)))
    return words


def _wrapped(words: str, room: float) -> list[str]:
    """Words in at most two lines."""
    lines = [""]
    for word in words.split():
        joined = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(lines) < _MAX_LINES and width_of(joined, TEXT_SIZE) > room:
            lines.append(word)
        else:
            lines[-1] = joined
    return [_cut(line, TEXT_SIZE, room) for line in lines]


def _cut(words: str, size: int, room: float) -> str:
    if width_of(words, size) <= room:
        return words
    used = itertools.accumulate(width_of(sign, size) for sign in words)
    return words[: sum(1 for width in used if width <= room - size)].rstrip() + "…"


def _moved(box: Box, x: float, y: float) -> Box:
    dx, dy = x - box.x, y - box.y
    badges = tuple(replace(badge, x=badge.x + dx, y=badge.y + dy) for badge in box.badges)
    return replace(box, x=x, y=y, badges=badges)


# --- places ----------------------------------------------------------------------------------


def _own_places(
    nodes: Sequence[Node], connections: Sequence[Connection], boxes: dict[int, Box]
) -> dict[int, Place] | None:
    """Where the canvas puts its nodes, drawn apart as far as the boxes need; None if it does not.

    A parameter that is a badge needs no place.
    """
    usual = usual_places([node.id for node in nodes], connections)
    if all((nodes[index].x, nodes[index].y) == usual[nodes[index].id] for index in boxes):
        return None
    given = {index: (nodes[index].x, nodes[index].y) for index in boxes}
    places = {i: (float(x), float(y)) for i, (x, y) in given.items() if x is not None is not y}
    if len(places) < len(boxes) or len(set(places.values())) < len(places):
        return None
    for scale in _SCALES:
        apart = {index: (x * scale, y * scale) for index, (x, y) in places.items()}
        if not _overlap(apart, boxes):
            return apart
    return None


def _overlap(places: dict[int, Place], boxes: dict[int, Box]) -> bool:
    order = sorted(places, key=lambda index: places[index][0])
    for position, first in enumerate(order):
        x, y = places[first]
        for second in order[position + 1 :]:
            other_x, other_y = places[second]
            if other_x >= x + _WIDTH + _BETWEEN:
                break
            gap = _BETWEEN / 2
            if y < other_y + boxes[second].height + gap and other_y < y + boxes[first].height + gap:
                return True
    return False


def _laid_out(boxes: dict[int, Box], links: Sequence[Link]) -> dict[int, Place]:
    """A column for each step; in it, each node level with what leads to it, or what it leads to."""
    pairs = [(link.source, link.target) for link in links if not link.feedback]
    column = layers(list(boxes), pairs)
    columns: dict[int, list[int]] = {}
    for index in boxes:
        columns.setdefault(column[index], []).append(index)
    sources: dict[int, list[int]] = {}
    targets: dict[int, list[int]] = {}
    for source, target in pairs:
        sources.setdefault(target, []).append(source)
        targets.setdefault(source, []).append(target)
    level: dict[int, float] = {}

    def wish(index: int, others: dict[int, list[int]]) -> float:
        found = [level[other] for other in others.get(index, ()) if other in level]
        return fmean(found) if found else level.get(index, 0.0)

    for number in sorted(columns):
        members = sorted(columns[number], key=lambda index: wish(index, sources))
        columns[number] = members
        wishes = [wish(index, sources) for index in members]
        level.update(zip(members, _spread(wishes, [boxes[i].height for i in members]), strict=True))
    for number in sorted(columns, reverse=True):
        members = columns[number]
        wishes = [wish(index, targets) for index in members]
        level.update(zip(members, _spread(wishes, [boxes[i].height for i in members]), strict=True))
    return {index: (column[index] * (_WIDTH + _GAP), level[index]) for index in boxes}


def _spread(wishes: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Places from the top as near to the wishes as the heights allow, in the same order."""
    offsets = [0.0, *itertools.accumulate(height + _BETWEEN for height in heights)][:-1]
    blocks: list[list[float]] = []  # neighbours that would overlap move as one
    for wish, offset in zip(wishes, offsets, strict=True):
        block = [wish - offset]
        while blocks and fmean(blocks[-1]) > fmean(block):
            block = [*blocks.pop(), *block]
        blocks.append(block)
    starts = (fmean(block) for block in blocks for _ in block)
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]


# --- lines -----------------------------------------------------------------------------------


@dataclass
class _Router:
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
        return link.feedback or target.x < source.x + source.width + _BETWEEN / 2

    def _forward(self, link: Link) -> Wire:
        source, target = self.boxes[link.source], self.boxes[link.target]
        start = source.port_place(link.output.name)
        end = (target.x - 1, target.y + _PORT)
        others = [box for i, box in self.boxes.items() if i not in (link.source, link.target)]
        direct = Wire(start, (_bend(start, end),), link.feedback)
        if not _hits(direct, others):
            return direct
        best: tuple[float, Wire] | None = None
        left, right = start[0] + _TURN, end[0] - _TURN
        lower = start[1] > source.y + _PORT  # leaves beneath another line, so rather stays there
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
        low, high = start[1] + _CLEAR + 4, end[1] + _CLEAR + 4
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
    return any(box.hit(place) for place in line.places(24) for box in boxes)


def _shifted(line: Wire, dx: float, dy: float) -> Wire:
    def at(place: Place) -> Place:
        return place[0] + dx, place[1] + dy

    curves = tuple((at(a), at(b), at(c)) for a, b, c in line.curves)
    return replace(line, start=at(line.start), curves=curves, label_place=at(line.label_place))
