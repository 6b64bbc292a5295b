"""Where everything of a drawn canvas lies: boxes, lines and words, in pixels.

Nodes stand where the canvas puts them if it puts them all; else from left to right. Parameters are
badges on the nodes that they lead to. Lines go round the boxes that they have nothing to do with.
Words are cut to what fits in the widest of the common fonts, since nothing is known of the fonts
of whatever shows the picture.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from canvas_kit.canvas.checks import resolve
from canvas_kit.canvas.connections import Connection, Link, layers
from canvas_kit.canvas.drawing import summary
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.parts import usual_places
from canvas_kit.canvas.ports import Kind
from canvas_kit.errors import printable
from canvas_kit.german import Language
from canvas_kit.nodes.parameters import Quality, Resolution, Seed
from canvas_kit.preset_files.catalogue import PresetKind, preset_name
from canvas_kit.views.drawing.routing import BETWEEN, Router
from canvas_kit.views.drawing.shapes import (
    BADGE,
    LINE,
    PAD,
    PORT,
    PORT_STEP,
    SMALL_SIZE,
    TEXT_SIZE,
    TITLE,
    TITLE_SIZE,
    Badge,
    Box,
    Place,
    Scene,
    Wire,
)

MARGIN = 16
_WIDTH, _GAP = 208, 92
"""Of a box; between columns where nodes have no places of their own."""
_MAX_LINES = 2
_SCALES = (1.0, 1.2, 1.5, 2.0, 3.0)
"""How far places may be drawn apart where the boxes are larger than the places expect."""
_PARAMETERS = {Kind.SEED, Kind.RESOLUTION, Kind.QUALITY}
_JUDGING = {PresetKind.EVALUATION, PresetKind.IMAGE_EVALUATION, PresetKind.COMPARISON}
_NARROW, _BROAD = frozenset("fijlrtI.,:;!|'()[]-/ "), frozenset("mwMW@%—…→×")


def scene_of(
    nodes: Sequence[Node], connections: Sequence[Connection], language: Language = "en"
) -> Scene:
    """Lay a canvas out, with presets named in a language."""
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
    boxes = {i: _box(nodes[i], badges.get(i, ()), ports.get(i, ()), language) for i in drawn}
    places = _own_places(nodes, connections, boxes) or _laid_out(boxes, links)
    boxes = {index: _moved(box, *places[index]) for index, box in boxes.items()}
    lines = list(Router(nodes, boxes, links).lines())
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


def _box(
    node: Node, parameters: Sequence[str], leading_on: Sequence[str], language: Language
) -> Box:
    """A node's box at the origin, as large as its words need."""
    ports = [port.name for port in node.outputs if port.name in leading_on]
    beside = max((width_of(name, SMALL_SIZE) + 8 for name in ports), default=0)
    room = _WIDTH - 2 * PAD - beside
    said = _set_on(node, language)
    lines = _wrapped(said, room) if said else []
    badges: list[Badge] = []
    x = y = 0.0
    for words in dict.fromkeys(_cut(words, SMALL_SIZE, room - 14) for words in parameters):
        width = width_of(words, SMALL_SIZE) + 14
        if badges and x + width > room:
            x, y = 0.0, y + BADGE
        badges.append(Badge(PAD + x, y, width, words))
        x += width + 5
    below = TITLE + len(lines) * LINE + 14
    badges = [replace(badge, y=badge.y + below) for badge in badges]
    height = below + (y + BADGE + 8 if badges else 2)
    height = max(height, 2 * PORT + PORT_STEP * (len(ports) - 1))
    title = _cut(printable(node.id), TITLE_SIZE, room / 1.06)  # it is bold
    about = printable(": ".join(filter(None, (node.type, summary(node)))))
    shown = (title, tuple(lines), tuple(badges), tuple(ports))
    return Box(0, 0, _WIDTH, height, role_of(node), *shown, about)


def role_of(node: Node | type[Node]) -> str:
    """What a node is for, which gives it its colours: one of the roles of a box."""
    if _is_parameter(node):
        return "parameter"
    if not node.outputs:
        return "output"
    if node.keeps == "verdict" or getattr(node, "preset_kind", None) in _JUDGING:
        return "judge"
    if not node.inputs:
        return "input"
    return "generation" if any(Kind.MEDIA in port.gives for port in node.outputs) else "language"


def _is_parameter(node: Node | type[Node]) -> bool:
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


def _set_on(node: Node, language: Language) -> str:
    """What is set on a node; a preset by its name."""
    words = summary(node)
    preset, kind = getattr(node, "preset", ""), getattr(node, "preset_kind", None)
    if not preset or kind is None:
        return words
    more = words.removeprefix(preset).removeprefix(" · ")
    return " · ".join(filter(None, (preset_name(kind, preset, language), more)))


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
            if other_x >= x + _WIDTH + BETWEEN:
                break
            gap = BETWEEN / 2
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
    offsets = [0.0, *itertools.accumulate(height + BETWEEN for height in heights)][:-1]
    blocks: list[list[float]] = []  # neighbours that would overlap move as one
    for wish, offset in zip(wishes, offsets, strict=True):
        block = [wish - offset]
        while blocks and fmean(blocks[-1]) > fmean(block):
            block = [*blocks.pop(), *block]
        blocks.append(block)
    starts = (fmean(block) for block in blocks for _ in block)
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]


def _shifted(line: Wire, dx: float, dy: float) -> Wire:
    def at(place: Place) -> Place:
        return place[0] + dx, place[1] + dy

    curves = tuple((at(a), at(b), at(c)) for a, b, c in line.curves)
    return replace(line, start=at(line.start), curves=curves, label_place=at(line.label_place))
