"""What a canvas is composed of: nodes as they were given, and what connects them.

Ids and places in the editor come last, when a canvas is whole; until then a node is known by its
object, and by its id where the user gave one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from canvas_kit.canvas.connections import Connection, layers
from canvas_kit.canvas.node import Node
from canvas_kit.errors import CanvasError, Problem, shorten

_COLUMN, _ROW, _TOP, _LEFT = 260, 120, 200, 100
"""Distances of the layout in pixels: the editor's own."""


class Member(NamedTuple):
    """A node among the parts of a canvas: the object that was given, and its fields by now."""

    given: Node
    node: Node


@dataclass(frozen=True, slots=True)
class Edge:
    """A connection between two nodes, by the objects that were given."""

    source: Node
    target: Node
    label: str | None = None
    target_label: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)


class Parts(NamedTuple):
    """Nodes, possibly several times, and the connections between them."""

    members: tuple[Member, ...] = ()
    edges: tuple[Edge, ...] = ()

    @classmethod
    def of(cls, nodes: Sequence[Node], connections: Iterable[Connection]) -> Parts:
        """The parts of a canvas whose nodes have ids; both ends of each connection are there."""
        at = {node.id: node for node in nodes}
        edges = (
            Edge(at[c.source_id], at[c.target_id], c.label, c.target_label, c.extras)
            for c in connections
        )
        return cls(tuple(Member(node, node) for node in nodes), tuple(edges))

    def merged(self) -> Parts:
        """With every node once, and its parameters that were given as arguments as nodes before it.

        Raises:
            CanvasError: When two different nodes have the same id.
        """
        found: dict[int | str, Member] = {}
        for given, node in self.members:
            keys = (id(given), node.id) if node.id else (id(given),)
            first = next((found[key] for key in keys if key in found), Member(given, node))
            _check_same(first.node, node)
            found |= dict.fromkeys(keys, first)
        edges: dict[tuple[Any, ...], Edge] = {}
        for edge in self.edges:
            source, target = found[id(edge.source)].given, found[id(edge.target)].given
            key = (id(source), id(target), edge.label, edge.target_label)
            edges.setdefault(key, replace(edge, source=source, target=target))
        members: list[Member] = []
        more: list[Edge] = []
        for given, node in {id(member.given): member for member in found.values()}.values():
            kept, parameters = node.expanded()
            members += [*(Member(item, item) for item in parameters), Member(given, kept)]
            more += [Edge(item, given) for item in parameters]
        return Parts(tuple(members), (*edges.values(), *more))

    def evolved(self, index: int, **fields: Any) -> Parts:
        """With other field values on one node; parameters change the nodes that they stand for.

        Raises:
            CanvasError: When a value is out of range, or a parameter is shared with other nodes.
        """
        members, edges = {id(member.given): member for member in self.members}, list(self.edges)
        given, node = self.members[index]
        node, parameters = node.evolve(**fields).expanded()
        members[id(given)] = Member(given, node)
        for parameter in parameters:
            sources = (members[id(edge.source)] for edge in self.edges if edge.target is given)
            old = next((item for item in sources if item.node.type == parameter.type), None)
            if old is None:
                members[id(parameter)] = Member(parameter, parameter)
                edges.append(Edge(parameter, given))
                continue
            if sum(edge.source is old.given for edge in edges) > 1:
                message = (
                    f"Its {parameter.type} comes from a node that it shares with others. Change "
                    "that node."
                )
                raise CanvasError([Problem(message, "shared_parameter", node.id or None)])
            values = {name: getattr(parameter, name) for name in parameter.model_fields_set}
            members[id(old.given)] = Member(old.given, old.node.evolve(**values))
        return Parts(tuple(members.values()), tuple(edges))

    def finished(self) -> tuple[tuple[Node, ...], tuple[Connection, ...]]:
        """The nodes with ids and places in the editor, and the connections between those ids."""
        ids = _ids([member.node for member in self.members])
        at = {id(member.given): name for member, name in zip(self.members, ids, strict=True)}
        connections = tuple(
            Connection(at[id(e.source)], at[id(e.target)], e.label, e.target_label, e.extras)
            for e in self.edges
        )
        places = usual_places(ids, connections)
        nodes = []
        for node_id, (_, node) in zip(ids, self.members, strict=True):
            place = dict(zip("xy", places[node_id], strict=True))
            missing: dict[str, Any] = {k: v for k, v in place.items() if getattr(node, k) is None}
            if missing or not node.id:
                changes = {"id": node_id, "config": node.config, **missing}
                node = node.model_copy(update=changes)
            nodes.append(node)
        return tuple(nodes), connections


def usual_places(
    ids: Sequence[str], connections: Iterable[Connection]
) -> dict[str, tuple[int, int]]:
    """Where nodes lie that were given no place: a column for each step, one beneath the other."""
    column = layers(ids, [(c.source_id, c.target_id) for c in connections])
    rows: dict[int, int] = {}
    places = {}
    for node_id in ids:
        row = rows.get(column[node_id], 0)
        rows[column[node_id]] = row + 1
        places[node_id] = (_LEFT + _COLUMN * column[node_id], _TOP + _ROW * row)
    return places


def _check_same(one: Node, other: Node) -> None:
    if one is other or _content(one) == _content(other):
        return
    name = f"have the id {other.id!r}" if other.id else "come from the same node"
    message = (
        f"Two different nodes {name}: {shorten(one, 200)} and {shorten(other, 200)}. Give each an "
        "id of its own."
    )
    raise CanvasError([Problem(message, "duplicate_id", other.id or None)])


def _content(node: Node) -> list[dict[str, Any]]:
    kept, parameters = node.expanded()
    return [item.essence() for item in (kept, *parameters)]


def _ids(nodes: Sequence[Node]) -> list[str]:
    """An id for each node: its own, or its type and a count that no other has."""
    taken = {node.id for node in nodes if node.id}
    counts: dict[str, int] = {}
    ids = []
    for node in nodes:
        node_id = node.id
        while not node_id:
            counts[node.type] = counts.get(node.type, 0) + 1
            candidate = f"{node.type}_{counts[node.type]}"
            node_id = "" if candidate in taken else candidate
        ids.append(node_id)
    return ids
