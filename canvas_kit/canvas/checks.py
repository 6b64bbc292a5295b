"""What keeps a canvas from running, found before anything runs: all of it, each with a remedy.

What was only forgotten does not: a node to which nothing is connected is left out, and so is a
connection that brings what its end cannot take. That is a warning, as long as something can run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from canvas_kit.canvas.connections import (
    FEEDBACK_LABEL,
    Connection,
    Link,
    find_cycle,
    find_ports,
    label_number,
    mark_feedback,
    reachable,
    topological_order,
)
from canvas_kit.canvas.node import KnownNames, Node
from canvas_kit.canvas.ports import Kind
from canvas_kit.errors import Problem, name_hint

MAX_NODES = 20_000
MAX_CONNECTIONS = 100_000
_SHOWN_NAMES = 12
MAX_PROBLEMS = 50
"""How many problems are told; a file that is wrong in a thousand places is wrong in one way."""


class Resolved(NamedTuple):
    """Connections and what they mean.

    Attributes:
        links: The connections with their ports, feedback marked.
        problems: What is wrong with those that cannot be understood.
        left_out: Of those that bring what cannot be taken; they are not among the links.
    """

    links: list[Link]
    problems: list[Problem]
    left_out: list[Problem]


def problems(
    nodes: Sequence[Node], connections: Sequence[Connection], known: KnownNames | None
) -> list[Problem]:
    """Everything that keeps this graph from running; empty if it can run."""
    if not nodes:
        return [Problem("It has no nodes. Add an input and a generation.", "empty")]
    if len(nodes) > MAX_NODES or len(connections) > MAX_CONNECTIONS:
        return [
            Problem(
                f"It has {len(nodes)} nodes and {len(connections)} connections; at most {MAX_NODES}"
                f" and {MAX_CONNECTIONS} can run at once. Split it, or make it a batch.",
                "too_large",
            )
        ]
    resolved = resolve(nodes, connections)
    found = [*_id_problems(nodes), *resolved.problems]
    if not found:
        found += _graph_problems(nodes, resolved.links)
        if not found and not something_runs(nodes, resolved.links):
            found += [*resolved.left_out, *unfed(nodes, resolved.links)]
    for node in nodes:
        found += node.problems(known)
    return found[:MAX_PROBLEMS]


def warnings(nodes: Sequence[Node], connections: Sequence[Connection]) -> list[Problem]:
    """What of a graph that can run looks forgotten: it is left out, or means little."""
    resolved = resolve(nodes, connections)
    found = [*resolved.left_out, *unfed(nodes, resolved.links)]
    for node in nodes:
        found += node.warnings()
    return found


def resolve(nodes: Sequence[Node], connections: Sequence[Connection]) -> Resolved:
    """The connections with their ports; what is wrong with the others."""
    index = {node.id: position for position, node in enumerate(nodes)}
    found: list[Problem] = []
    left_out: list[Problem] = []
    links: list[Link] = []
    for connection in connections:
        if len(found) >= MAX_PROBLEMS:
            return Resolved([], found, left_out)
        ends = (connection.source_id, connection.target_id)
        missing = [name for name in ends if name not in index]
        if missing:
            found += [
                Problem(
                    f"The connection {connection} has an end {name!r} that is no node of this "
                    f"canvas. {name_hint(name, index)}",
                    "dangling_connection",
                    field=name,
                )
                for name in missing
            ]
            continue
        source, target = index[ends[0]], index[ends[1]]
        ports = find_ports(connection, nodes[source], nodes[target])
        if isinstance(ports, Problem):
            (left_out if ports.code == "kind_mismatch" else found).append(ports)
        else:
            label = connection.label or ""
            if label_number(label) is None and label != FEEDBACK_LABEL:
                label = connection.target_label or label
            links.append(Link(source, ports[0], target, ports[1], label))
    counts = Counter(replace(connection, extras={}) for connection in connections)
    found += [
        Problem(
            f"The connection {connection} is there {count} times. Keep one.",
            "repeated_connection",
            connection.source_id,
        )
        for connection, count in counts.items()
        if count > 1
    ]
    links = mark_feedback(_moved(nodes, _led_back(nodes, links, left_out)), len(nodes))
    if not found:
        links = _fitting(nodes, links, left_out)
    return Resolved(links, found, left_out)


def _led_back(nodes: Sequence[Node], links: list[Link], left_out: list[Problem]) -> list[Link]:
    """The links, those that lead back without saying so from the port for what fails.

    The editor's numbered ports put their own name in place of a judge's port, and its ports for
    feedback take connections from every node: those of others than a judge are left out.
    """
    following: list[list[int]] = [[] for _ in nodes]
    for link in links:
        if link.output.name != "failed":
            following[link.source].append(link.target)
    kept = []
    for link in links:
        source, target = nodes[link.source], nodes[link.target]
        failed = next((port for port in source.outputs if port.name == "failed"), None)
        unsaid = link.output is source.outputs[0] and (
            link.label == FEEDBACK_LABEL if failed is None else label_number(link.label) is not None
        )
        if not unsaid or link.source not in reachable(link.target, following):
            kept.append(link)
        elif failed is not None:
            kept.append(replace(link, output=failed))
        else:
            left_out.append(
                Problem(
                    f"The feedback of {source.id} to {target.id} is left out: only what fails at "
                    "an evaluation can start a new round.",
                    "feedback_source",
                    source.id,
                )
            )
    return kept


def _moved(nodes: Sequence[Node], links: list[Link]) -> list[Link]:
    """The links, those at a port that replaces another moved there if the other gets nothing."""
    taken = {(link.target, link.input.name) for link in links}
    return [
        replace(link, input=nodes[link.target].input(link.input.replaces))
        if link.input.replaces and (link.target, link.input.replaces) not in taken
        else link
        for link in links
    ]


def _fitting(nodes: Sequence[Node], links: list[Link], left_out: list[Problem]) -> list[Link]:
    """The links without those that, as things flow, bring what their ends cannot take."""
    arriving: dict[int, list[Link]] = {}
    for link in links:
        if not link.feedback:
            arriving.setdefault(link.target, []).append(link)
    flowing: dict[tuple[int, str], frozenset[Kind]] = {}
    """What each output port can really give, where ports pass on what comes in."""
    dropped: set[Link] = set()
    for index in topological_order(len(nodes), [link for link in links if not link.feedback]):
        node = nodes[index]
        came: dict[str, frozenset[Kind]] = {}
        for link in arriving.get(index, ()):
            gives = flowing[link.source, link.output.name]
            if gives & link.input.accepts:
                came[link.input.name] = came.get(link.input.name, frozenset()) | gives
                continue
            dropped.add(link)
            left_out.append(
                Problem(
                    f"{nodes[link.source].id} passes on {' or '.join(sorted(gives))}, but "
                    f"{node.id} takes {' or '.join(sorted(link.input.accepts))} there.",
                    "kind_mismatch",
                    node.id,
                    link.input.label or link.input.name,
                )
            )
        for outlet in node.outputs:
            passed_on = came.get(outlet.follows, frozenset())
            flowing[index, outlet.name] = (passed_on & outlet.gives) or outlet.gives
    return [link for link in links if link not in dropped]


def unfed(nodes: Sequence[Node], links: Iterable[Link]) -> list[Problem]:
    """The nodes that have nothing to work on, since nothing leads to an input that they need."""
    arriving = {(link.target, link.input.name) for link in links if not link.feedback}
    return [
        Problem(
            "Nothing is connected to its input, so it has nothing to work on. Connect a node that "
            f"gives {' or '.join(sorted(port.accepts))}.",
            "missing_input",
            node.id,
            port.label or port.name,
        )
        for index, node in enumerate(nodes)
        for port in node.inputs
        if port.required and (index, port.name) not in arriving
    ]


def something_runs(nodes: Sequence[Node], links: Iterable[Link]) -> bool:
    """Whether a node that takes something in can run, or there is none such."""
    forward = [link for link in links if not link.feedback]
    incoming: dict[int, list[Link]] = {}
    for link in forward:
        incoming.setdefault(link.target, []).append(link)
    runs: set[int] = set()
    for index in topological_order(len(nodes), forward):
        filled = {link.input.name for link in incoming.get(index, ()) if link.source in runs}
        if all(port.name in filled for port in nodes[index].inputs if port.required):
            runs.add(index)
    takers = {index for index, node in enumerate(nodes) if node.inputs}
    return not takers or bool(runs & takers)


def _id_problems(nodes: Sequence[Node]) -> Iterable[Problem]:
    types: dict[str, list[str]] = {}
    for node in nodes:
        types.setdefault(node.id, []).append(node.type)
    for node_id, found in types.items():
        if not node_id:
            yield Problem(
                f"{len(found)} of its nodes have no id. Give each a unique one.", "missing_id"
            )
        elif len(found) > 1:
            yield Problem(
                f"{len(found)} nodes have the id {node_id!r} ({_list(found)}). Give each its own.",
                "duplicate_id",
                node_id,
            )


def _graph_problems(nodes: Sequence[Node], links: Sequence[Link]) -> Iterable[Problem]:
    forward = [link for link in links if not link.feedback]
    if cycle := find_cycle(forward):
        names = _list([nodes[index].id for index in cycle], " → ")
        yield Problem(
            f"The nodes {names} wait for each other. A loop must be closed by the 'failed' port of "
            "an evaluation (a feedback connection), so that it can end.",
            "cycle",
            nodes[cycle[0]].id,
        )
        return
    for link in links:
        target = nodes[link.target]
        if link.feedback and not target.accepts_feedback:
            yield Problem(
                f"The feedback of {nodes[link.source].id} goes to {target.id}, but nodes of "
                f"type {target.type} cannot start a new round. Lead it to an interception, a "
                "translation, a random prompt or a generation.",
                "feedback_target",
                target.id,
            )
    yield from _port_problems(nodes, forward)


def _port_problems(nodes: Sequence[Node], forward: Sequence[Link]) -> Iterable[Problem]:
    arriving: dict[tuple[int, str], list[Link]] = {}
    for link in forward:
        arriving.setdefault((link.target, link.input.name), []).append(link)
    for (index, name), ends in arriving.items():
        port = nodes[index].input(name)
        if len(ends) > 1 and not port.many and not _exclusive(ends):
            sources = _list([nodes[link.source].id for link in ends])
            yield Problem(
                f"{len(ends)} connections end at its port {port.name!r} ({sources}), which takes "
                "one. Remove the others; an argument such as seed= is a connection too.",
                "crowded_port",
                nodes[index].id,
                port.label or port.name,
            )


def _list(names: Sequence[str], between: str = ", ") -> str:
    """Names in a row, those in the middle left out where they are many."""
    if len(names) > _SHOWN_NAMES:
        names = [*names[: _SHOWN_NAMES - 2], "…", names[-1]]
    return between.join(names)


def _exclusive(links: Sequence[Link]) -> bool:
    """Whether at most one of the links can deliver: the two outcomes of one evaluation."""
    outcomes = {link.output.name for link in links}
    return len({link.source for link in links}) == 1 and outcomes == {"passed", "failed"}
