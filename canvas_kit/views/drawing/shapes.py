"""What a drawn canvas consists of: boxes, lines and words, each with its place, in pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

Place = tuple[float, float]
Curve = tuple[Place, Place, Place]
"""Two control points and the end of a Bézier curve."""

TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 13, 12, 11
PAD, TITLE, LINE, BADGE = 12, 20, 16, 18
"""In a box: beside its words, and how high its title, a line and a row of badges are."""
PORT, PORT_STEP = 19, 18
"""How far beneath its top a node is connected, and how far its further outcomes are beneath."""
CLEAR = 7
"""Between a line and a box."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A parameter on a node."""

    x: float
    y: float
    width: float
    words: str
    height: float = BADGE - 3


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
        return self.x + self.width, self.y + PORT + down * PORT_STEP

    def line_place(self, number: int) -> Place:
        """Where a line of words begins, on its base line; -1 is the title's."""
        return self.x + PAD, self.y + 22 + (TITLE + number * LINE if number >= 0 else 0)

    def hit(self, place: Place) -> bool:
        """Whether a place lies in the box or too near to it."""
        return self.reaches(*place, *place)

    def reaches(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Whether something of these edges may lie in the box or too near to it."""
        return (
            self.x - CLEAR < right
            and left < self.x + self.width + CLEAR
            and self.y - CLEAR < bottom
            and top < self.y + self.height + CLEAR
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


class Style(Enum):
    """What kind of words something is."""

    TITLE = "of a box, bold; begins at its place"
    LINE = "what is set on a box; begins at its place"
    BADGE = "of a parameter; in the middle of its place"
    PORT = "the name of an outcome; ends at its place"
    LABEL = "of a line; in the middle of its place"


def words_of(scene: Scene) -> Iterator[tuple[Place, str, Style]]:
    """All words of a scene, each with its place on its base line."""
    for box in scene.boxes:
        yield box.line_place(-1), box.title, Style.TITLE
        for number, line in enumerate(box.lines):
            yield box.line_place(number), line, Style.LINE
        for badge in box.badges:
            middle = (badge.x + badge.width / 2, badge.y + badge.height - 4)
            yield middle, badge.words, Style.BADGE
        for name in box.ports:
            x, y = box.port_place(name)
            yield (x - 8, y + 4), name, Style.PORT
    for wire in scene.lines:
        if wire.label:
            yield wire.label_place, wire.label, Style.LABEL
