"""The editor's port rules are Python's: one table, written here, which the front end's tests hold.

After a change of node types or rules, ``python -m tests.workbench.test_port_rules`` writes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import canvas_kit
from canvas_kit.canvas.connections import Connection, find_ports
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.node_types import BUILT_IN, node_type
from canvas_kit.errors import Problem
from canvas_kit.workbench.editing import described

TABLE = Path(canvas_kit.__file__).parent / "workbench/front_end/tests/port_rules.json"


def test_the_table_of_the_front_end_says_what_python_says() -> None:
    """Every pair of node types, with every label that a connection may say and some it may not."""
    message = "write it anew: python -m tests.workbench.test_port_rules"
    assert TABLE.read_text(encoding="utf-8") == table(), message


def table() -> str:
    """Node types with their ports, and for each pair what its connections mean."""
    kinds = {name: node_type(name) for name in sorted(BUILT_IN)}
    nodes = {name: kind(id=name) for name, kind in kinds.items()}
    told = {one["type"]: one for one in described("en")["types"]}
    shown = ("type", "inputs", "outputs", "accepts_feedback", "parameter")
    types = [{key: told[name][key] for key in shown} for name in kinds]
    cases = {
        f"{one.type} > {other.type}": [
            [label, far, _meaning(Connection("a", "b", label, far), one, other)]
            for label, far in _labels(one, other)
        ]
        for one in nodes.values()
        for other in nodes.values()
    }
    lines = [f"{json.dumps(pair)}: {json.dumps(found)}" for pair, found in cases.items()]
    return f'{{"types": {json.dumps(types)},\n"cases": {{\n' + ",\n".join(lines) + "\n}}\n"


def _labels(source: Node, target: Node) -> Iterator[tuple[str | None, str | None]]:
    near = [label for port in source.outputs for label in (port.name, *port.labels)]
    far = [label for port in target.inputs for label in (port.name, port.label) if label]
    far += [f"{port.label or port.name}-{n}" for port in target.inputs for n in (1, 3)]
    single = [None, *near, *far, "FEEDBACK", "Input_2", "input-0", "nonsense"]
    yield from ((label, None) for label in dict.fromkeys(single))
    if len(source.outputs) > 1:
        yield from ((one, other) for one in dict.fromkeys(near) for other in dict.fromkeys(far))


def _meaning(connection: Connection, source: Node, target: Node) -> Any:
    found = find_ports(connection, source, target)
    return found.code if isinstance(found, Problem) else [found[0].name, found[1].name]


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
