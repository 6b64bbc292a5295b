"""A canvas in lines of text, for a terminal; as a picture it is drawn by the views."""

from __future__ import annotations

from collections.abc import Sequence

from canvas_kit.canvas.checks import resolve
from canvas_kit.canvas.connections import Connection, Link, layers
from canvas_kit.canvas.node import Node
from canvas_kit.errors import counted, cut, printable

_SHOWN_CHARACTERS = 48


def as_text(name: str, nodes: Sequence[Node], connections: Sequence[Connection]) -> str:
    """A canvas in lines of text: nodes in the order of running, each with where it leads."""
    title = printable(name) or "Canvas"
    counts = f"{counted(len(nodes), 'node')}, {counted(len(connections), 'connection')}"
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
    return cut(text, _SHOWN_CHARACTERS)


def _label(link: Link, nodes: Sequence[Node]) -> str:
    """The port that a connection starts at, where the node has several."""
    return link.output.name if len(nodes[link.source].outputs) > 1 else ""
