"""A canvas as a picture: mermaid for a notebook, lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from canvas_kit.canvas.checks import resolve
from canvas_kit.canvas.connections import Connection, layers
from canvas_kit.canvas.node import Node
from canvas_kit.errors import printable

_SHOWN_CHARACTERS = 48
_MARKUP = frozenset('#&"<>`[]{}|\\')
_SHAPES = {
    "parameter": ('(["', '"])'),
    "judge": ('{{"', '"}}'),
    "terminal": ('[/"', '"/]'),
    "work": ('["', '"]'),
}
_STYLES = {
    "parameter": "fill:#f3f0ff,stroke:#845ef7,color:#222",
    "judge": "fill:#fff4e6,stroke:#fd7e14,color:#222",
    "terminal": "fill:#e6fcf5,stroke:#12b886,color:#222",
    "work": "fill:#e7f5ff,stroke:#228be6,color:#222",
}


def as_mermaid(nodes: Sequence[Node], connections: Sequence[Connection]) -> str:
    """A canvas as a mermaid flow chart, which JupyterLab and GitHub draw."""
    number = {node.id: f"n{index}" for index, node in enumerate(nodes)}
    feedback = _feedback(nodes, connections)
    lines = ["flowchart LR"]
    for node in nodes:
        before, after = _SHAPES[_role(node)]
        text = f"<b>{_quoted(node.id)}</b>"
        if detail := summary(node):
            text += f"<br/>{_quoted(detail)}"
        lines.append(f"  {number[node.id]}{before}{text}{after}:::{_role(node)}")
    for index, item in enumerate(connections):
        if item.source_id in number and item.target_id in number:
            label = f'|"{_quoted(item.label)}"|' if item.label else ""
            arrow = "-.->" if index in feedback else "-->"
            lines.append(f"  {number[item.source_id]} {arrow}{label} {number[item.target_id]}")
    lines += [f"  classDef {role} {style}" for role, style in _STYLES.items()]
    return "\n".join(lines)


def as_text(name: str, nodes: Sequence[Node], connections: Sequence[Connection]) -> str:
    """A canvas in lines of text: nodes in the order of running, each with where it leads."""
    title = printable(name) or "Canvas"
    counts = f"{_count(len(nodes), 'node')}, {_count(len(connections), 'connection')}"
    lines = [f"{title} ({counts})"]
    columns = layers([node.id for node in nodes], [(c.source_id, c.target_id) for c in connections])
    leading: dict[str, list[str]] = {}
    feedback = _feedback(nodes, connections)
    for index, item in enumerate(connections):
        label = f" [{printable(item.label)}]" if item.label else ""
        arrow = "↺" if index in feedback else "→"
        target = f"{arrow} {printable(item.target_id)}{label}"
        leading.setdefault(item.source_id, []).append(target)
    ordered = sorted(nodes, key=lambda node: columns[node.id])
    titles = [f"  {'· ' * columns[node.id]}{printable(node.id)}" for node in ordered]
    width = max(map(len, titles), default=0)
    for title, node in zip(titles, ordered, strict=True):
        targets = "  ".join(leading.get(node.id, []))
        line = f"{title:<{width}}  {summary(node):<{_SHOWN_CHARACTERS}}  {targets}"
        lines.append(line.rstrip())
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
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def _role(node: Node) -> str:
    if not node.outputs:
        return "terminal"
    if node.keeps == "verdict":
        return "judge"
    return "work" if node.keeps else "parameter"


def _feedback(nodes: Sequence[Node], connections: Sequence[Connection]) -> set[int]:
    """Positions of the connections that close a loop; none in a canvas that makes no sense."""
    links, problems = resolve(nodes, connections)
    return set() if problems else {index for index, link in enumerate(links) if link.feedback}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _quoted(text: str) -> str:
    """``text`` on one line, with what mermaid would take for markup written as entities."""
    shown = printable(text)
    return "".join(f"#{ord(sign)};" if sign in _MARKUP else sign for sign in shown)
