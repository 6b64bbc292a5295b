"""A sweep as Python code that makes an equal one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.python_source import Code, add_canvas, call_of, literal, node_text
from canvas_kit.sweep.cells import Factor
from canvas_kit.sweep.levels import Without


def as_python(
    canvas: Canvas,
    factors: Sequence[Factor],
    seeds: Sequence[int],
    exclude: Iterable[Mapping[str, Any]],
    about: Mapping[str, Any],
    parts: Iterable[tuple[str, int, int]],
) -> str:
    """Code that makes a sweep of these; see :meth:`Sweep.to_python`."""
    code = Code()
    names = code.named("canvas"), code.named("study")
    add_canvas(code, canvas, names[0])
    varied = []
    for factor in factors:
        keys = tuple(target.key for target in factor.targets)
        several = len(keys) > 1
        rows = [[_level(level, code) for level in row] for row in factor.rows]
        levels = [f"({', '.join(row)})" if several else row[0] for row in rows]
        line = f"[{', '.join(levels)}]"
        if len(line) > 60:
            line = f"[{call_of('', levels)[1:-1]}]"
        varied.append(f"{literal(keys if several else keys[0])}: {line}")
    arguments = [names[0]]
    if varied:
        arguments.append(f"{{{call_of('', varied)[1:-1]}}}")
    if isinstance(seeds, range):
        step = f", {seeds.step}" if seeds.step != 1 else ""
        arguments.append(f"seeds=range({seeds.start}, {seeds.stop}{step})")
    elif seeds:
        arguments.append(f"seeds={literal(list(seeds))}")
    if left_out := [
        "{" + ", ".join(f"{literal(key)}: {literal(level)}" for key, level in one.items()) + "}"
        for one in exclude
    ]:
        arguments.append(f"exclude=[{', '.join(left_out)}]")
    arguments += [f"{key}={literal(value)}" for key, value in about.items() if value]
    made = call_of(code.imported("Sweep"), arguments)
    for kind, first, second in parts:
        made += f".{kind}({first}, {'' if kind == 'shard' else 'seed='}{second})"
    code.lines += ["", f"{names[1]} = {made}"]
    return str(code)


def _level(level: Any, code: Code) -> str:
    match level:
        case Without():
            return code.imported("WITHOUT")
        case Node():
            return node_text(code, level)
        case Canvas():
            return f"{code.imported('Canvas')}.from_document({literal(level.to_document())})"
    return literal(level)
