"""Takes a node out of a canvas and joins its neighbours: what a study compares with."""

from __future__ import annotations

from collections.abc import Sequence

from canvas_kit.canvas import checks
from canvas_kit.canvas.connections import Connection, Link, label_number
from canvas_kit.canvas.graph import Canvas, Port
from canvas_kit.canvas.node import Node
from canvas_kit.errors import CanvasError, Problem


def without_node(canvas: Canvas, node_id: str) -> Canvas:
    """``canvas`` without a node: what came to it goes to what it fed.

    That is what came to its main input, and went out of its main output (of an evaluation: what
    passed). Feedback to it and from it ends; what only it took as a parameter goes with it.

    Raises:
        CanvasError: When something would then get nothing, or what it cannot take.
    """
    nodes, links = canvas.nodes, canvas.links
    index = next(place for place, node in enumerate(nodes) if node.id == node_id)
    node = nodes[index]
    main_in = next(
        (port.name for port in sorted(node.inputs, key=lambda port: not port.required)), ""
    )
    main_out = node.outputs[0].name if node.outputs else ""
    coming = [link for link in links if link.target == index and not link.feedback]
    parameters = {
        link.source
        for link in coming
        if link.input.name != main_in and not nodes[link.source].inputs
    } - {link.source for link in links if link.target != index or link.input.name == main_in}
    gone = {index, *parameters}
    joined: list[Connection] = []
    for link in links:
        if link.source == index and link.output.name == main_out and not link.feedback:
            before = [one for one in coming if one.input.name == main_in]
            joined += [_connection(nodes, one, link) for one in before]
        elif link.source not in gone and link.target not in gone:
            joined.append(_connection(nodes, link, link))
    kept = [other for place, other in enumerate(nodes) if place not in gone]
    rest = canvas.reassembled(kept, dict.fromkeys(joined))
    before_it = {(problem.code, problem.node_id, problem.field) for problem in canvas.warnings()}
    found = rest.problems()
    if not found:
        told = ("missing_input", "kind_mismatch")
        found = [
            problem
            for problem in checks.warnings(rest.nodes, rest.connections)
            if problem.code in told
            and (problem.code, problem.node_id, problem.field) not in before_it
        ]
    if found:
        first = Problem(
            f"{node_id} cannot be taken out: what is left could not run as it is meant.",
            "needed_node",
            node_id,
        )
        raise CanvasError([first, *found], name=canvas.name)
    return rest


def _connection(nodes: Sequence[Node], begins: Link, ends: Link) -> Connection:
    """The connection from where one link begins to where another ends."""
    source, target = nodes[begins.source], nodes[ends.target]
    number = (label_number(ends.label) or 0) if ends.input.numbered else 0
    labels = [
        Port(source, begins.output.name, outgoing=True).label if len(source.outputs) > 1 else None,
        Port(target, ends.input.name, outgoing=False, number=number).label,
    ]
    label, target_label = (*(label for label in labels if label), None, None)[:2]
    return Connection(source.id, target.id, label, target_label)
