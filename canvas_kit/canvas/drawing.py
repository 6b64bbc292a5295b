"""A canvas as a picture: SVG for whatever shows notebooks, lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from canvas_kit.canvas.checks import resolve
from canvas_kit.canvas.connections import Connection, Link, layers
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.ports import Kind
from canvas_kit.errors import printable

MAX_DRAWN_NODES = 400
"""How many nodes a picture may have; more cannot be told apart."""

_SHOWN_CHARACTERS = 48
_WIDTH, _GAP, _LINE, _MARGIN = 190, 88, 17, 14
"""Of a box, between boxes, of a line of text, and around the picture, in pixels."""
_COLOURS = {
    "judge": ("#fff4e6", "#e8590c"),
    "terminal": ("#e6fcf5", "#099268"),
    "work": ("#e7f5ff", "#1971c2"),
    "parameter": ("#f3f0ff", "#6741d9"),
}
_PARAMETERS = {Kind.SEED, Kind.RESOLUTION, Kind.QUALITY}


def as_text(name: str, nodes: Sequence[Node], connections: Sequence[Connection]) -> str:
    """A canvas in lines of text: nodes in the order of running, each with where it leads."""
    title = printable(name) or "Canvas"
    counts = f"{_count(len(nodes), 'node')}, {_count(len(connections), 'connection')}"
    lines = [f"{title} ({counts})"]
    columns = layers([node.id for node in nodes], [(c.source_id, c.target_id) for c in connections])
    leading: dict[int, list[str]] = {}
    for arrow in resolve(nodes, connections)[0]:
        label = f" [{port}]" if (port := _label(arrow, nodes)) else ""
        target = f"{'↺' if arrow.feedback else '→'} {printable(nodes[arrow.target].id)}{label}"
        leading.setdefault(arrow.source, []).append(target)
    order = sorted(range(len(nodes)), key=lambda index: columns[nodes[index].id])
    titles = {i: f"  {'· ' * columns[nodes[i].id]}{printable(nodes[i].id)}" for i in order}
    width = max(map(len, titles.values()), default=0)
    for index in order:
        targets = "  ".join(leading.get(index, []))
        said = summary(nodes[index])
        lines.append(f"{titles[index]:<{width}}  {said:<{_SHOWN_CHARACTERS}}  {targets}".rstrip())
    return "\n".join(lines)


def as_svg(nodes: Sequence[Node], connections: Sequence[Connection]) -> str:
    """A canvas as an SVG picture, from left to right; parameters are badges on their nodes."""
    arrows = resolve(nodes, connections)[0]
    badges: dict[int, list[str]] = {}
    badge_nodes = set()
    for arrow in arrows:
        if _is_parameter(nodes[arrow.source]):
            badge_nodes.add(arrow.source)
            said = summary(nodes[arrow.source]).removeprefix("custom · ") or "as usual"
            badges.setdefault(arrow.target, []).append(f"{nodes[arrow.source].type} {said}")
    drawn = [index for index in range(len(nodes)) if index not in badge_nodes]
    arrows = [arrow for arrow in arrows if arrow.source not in badge_nodes]
    heights = {i: _LINE * (2 + len(badges.get(i, ()))) + 16 for i in drawn}
    places = _places(drawn, arrows, heights)
    right = max((x for x, _ in places.values()), default=0) + _WIDTH + _MARGIN
    bottom = max((places[i][1] + heights[i] for i in drawn), default=0) + _MARGIN
    if any(arrow.feedback for arrow in arrows):
        bottom += _GAP // 2
    parts = [_path(arrow, _label(arrow, nodes), places, heights) for arrow in arrows]
    parts += [_box(nodes[i], *places[i], heights[i], badges.get(i, [])) for i in drawn]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{right}" height="{bottom}" '
        f'viewBox="0 0 {right} {bottom}" font-family="sans-serif" font-size="12">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#868e96"/></marker></defs>'
        f'<rect width="100%" height="100%" rx="6" fill="#fff"/>{"".join(parts)}</svg>'
    )


def summary(node: Node) -> str:
    """What is set on a node, short enough for a box: its first telling field values."""
    parts = [
        str(value)
        for name in type(node).model_fields
        if name in node.model_fields_set
        and name not in ("id", "x", "y", "config")
        and isinstance(value := getattr(node, name), str | int | float)
        and str(value)
    ]
    text = " · ".join(printable(" ".join(part[:1000].split())) for part in parts)
    return _cut(text, _SHOWN_CHARACTERS)


def _label(link: Link, nodes: Sequence[Node]) -> str:
    """The port that a connection starts at, where the node has several."""
    return link.output.name if len(nodes[link.source].outputs) > 1 else ""


def _places(
    drawn: Sequence[int], arrows: Sequence[Link], heights: dict[int, int]
) -> dict[int, tuple[int, int]]:
    """Where each box lies: a column for each step, beside what leads to it."""
    forward = [arrow for arrow in arrows if not arrow.feedback]
    columns = layers(drawn, [(arrow.source, arrow.target) for arrow in forward])
    before: dict[int, list[int]] = {}
    for arrow in forward:
        before.setdefault(arrow.target, []).append(arrow.source)
    places: dict[int, tuple[int, int]] = {}
    for column in range(max(columns.values(), default=-1) + 1):
        wanted = {}
        for index in drawn:
            if columns[index] == column:
                sources = [places[i][1] for i in before.get(index, ()) if i in places]
                wanted[index] = sum(sources) / len(sources) if sources else 0.0
        y = _MARGIN
        for index in sorted(wanted, key=wanted.__getitem__):
            y = max(y, round(wanted[index]))
            places[index] = (_MARGIN + column * (_WIDTH + _GAP), y)
            y += heights[index] + _MARGIN
    return places


def _path(
    arrow: Link, label: str, places: dict[int, tuple[int, int]], heights: dict[int, int]
) -> str:
    x1, y1 = places[arrow.source]
    x2, y2 = places[arrow.target]
    if arrow.feedback or x2 <= x1:
        start, end = y1 + heights[arrow.source], y2 + heights[arrow.target]
        x1, x2, low = x1 + _WIDTH // 2, x2 + _WIDTH // 2, max(start, end) + _GAP // 2
        line = f"M{x1} {start}C{x1} {low} {x2} {low} {x2} {end}"
        place, anchor = ((x1 + x2) // 2, low), "middle"
    else:
        x1, y1, y2 = x1 + _WIDTH, y1 + 24, y2 + 24
        bend = _GAP // 2
        line = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
        place, anchor = (x2 - 10, y2 - 6), "end"
    dashes = ' stroke-dasharray="5 4"' if arrow.feedback else ""
    path = f'<path d="{line}" fill="none" stroke="#868e96"{dashes} marker-end="url(#tip)"/>'
    return path + _text(*place, label, f'text-anchor="{anchor}" fill="#495057"')


def _box(node: Node, x: int, y: int, height: int, badges: Sequence[str]) -> str:
    role = "work" if node.outputs else "terminal"
    if _is_parameter(node) or node.keeps == "verdict":
        role = "parameter" if _is_parameter(node) else "judge"
    fill, line = _COLOURS[role]
    inside = _text(x + 10, y + 20, _cut(node.id, 24), 'font-weight="bold" fill="#212529"')
    inside += _text(x + 10, y + 20 + _LINE, _cut(summary(node), 27), 'fill="#495057"')
    for number, badge in enumerate(badges, start=2):
        inside += _text(x + 10, y + 20 + number * _LINE, f"• {_cut(badge, 26)}", 'fill="#6741d9"')
    return (
        f"<g><title>{escape(printable(f'{node.type}: {summary(node)}'))}</title>"
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{height}" rx="6" fill="{fill}" '
        f'stroke="{line}"/>{inside}</g>'
    )


def _text(x: int, y: int, words: str, attributes: str) -> str:
    return f'<text x="{x}" y="{y}" {attributes}>{escape(printable(words))}</text>' if words else ""


def _is_parameter(node: Node) -> bool:
    return bool(node.outputs) and all(port.gives <= _PARAMETERS for port in node.outputs)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
