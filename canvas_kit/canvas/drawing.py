"""A canvas as a picture: mermaid for a notebook, lines of text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_kit.canvas.connections import layers
from canvas_kit.errors import CanvasError, printable

if TYPE_CHECKING:
    from canvas_kit.canvas.graph import Canvas
    from canvas_kit.canvas.node import Node

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


def as_mermaid(canvas: Canvas) -> str:
    """The canvas as a mermaid flow chart, which JupyterLab and GitHub draw."""
    number = {node.id: f"n{index}" for index, node in enumerate(canvas.nodes)}
    feedback = _feedback(canvas)
    lines = ["flowchart LR"]
    for node in canvas.nodes:
        before, after = _SHAPES[_role(node)]
        text = f"<b>{_quoted(node.id)}</b>"
        if detail := summary(node):
            text += f"<br/>{_quoted(detail)}"
        lines.append(f"  {number[node.id]}{before}{text}{after}:::{_role(node)}")
    for index, item in enumerate(canvas.connections):
        if item.source_id in number and item.target_id in number:
            label = f'|"{_quoted(item.label)}"|' if item.label else ""
            arrow = "-.->" if index in feedback else "-->"
            lines.append(f"  {number[item.source_id]} {arrow}{label} {number[item.target_id]}")
    lines += [f"  classDef {role} {style}" for role, style in _STYLES.items()]
    return "\n".join(lines)


def as_text(canvas: Canvas) -> str:
    """The canvas in lines of text: nodes in the order of running, each with where it leads."""
    title = printable(canvas.name) or "Canvas"
    counts = f"{_count(len(canvas.nodes), 'node')}, {_count(len(canvas.connections), 'connection')}"
    lines = [f"{title} ({counts})"]
    columns = layers(
        [node.id for node in canvas.nodes], [(c.source_id, c.target_id) for c in canvas.connections]
    )
    leading: dict[str, list[str]] = {}
    feedback = _feedback(canvas)
    for index, item in enumerate(canvas.connections):
        label = f" [{printable(item.label)}]" if item.label else ""
        arrow = "↺" if index in feedback else "→"
        target = f"{arrow} {printable(item.target_id)}{label}"
        leading.setdefault(item.source_id, []).append(target)
    nodes = sorted(canvas.nodes, key=lambda node: columns[node.id])
    names = [f"  {'· ' * columns[node.id]}{printable(node.id)}" for node in nodes]
    width = max(map(len, names), default=0)
    for name, node in zip(names, nodes, strict=True):
        targets = "  ".join(leading.get(node.id, []))
        line = f"{name:<{width}}  {summary(node):<{_SHOWN_CHARACTERS}}  {targets}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def summary(node: Node) -> str:
    """What is set on a node, short enough for a box: its first telling field values."""
    named = [name for name in node.positional if name in node.model_fields_set]
    named += [name for name in sorted(node.model_fields_set) if name not in named]
    parts = [
        str(value)
        for name in named
        if name not in ("id", "x", "y", "config")
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


def _feedback(canvas: Canvas) -> set[int]:
    """Positions of the connections that close a loop; none in a canvas that makes no sense."""
    try:
        return {index for index, link in enumerate(canvas.links) if link.feedback}
    except CanvasError:
        return set()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _quoted(text: str) -> str:
    """``text`` on one line, with what mermaid would take for markup written as entities."""
    shown = printable(text)
    return "".join(f"#{ord(sign)};" if sign in _MARKUP else sign for sign in shown)
