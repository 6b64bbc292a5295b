"""What a canvas is composed of: nodes as they were given, and what connects them.

Ids and places in the editor come last, when a canvas is whole; until then a node is known by its
object, and by its id where the user gave one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from canvas_kit.canvas.connections import Connection, layers
from canvas_kit.canvas.node import Node
from canvas_kit.errors import CanvasError, Problem, shorten

_COLUMN, _ROW, _TOP, _LEFT = 260, 120, 200, 100
"""Distances of the layout in pixels: the editor's own."""


@dataclass(frozen=True, slots=True)
class Member:
    """A node among the parts of a canvas.

    Attributes:
        given: The object by which it is known.
        node: Its fields; other than those of ``given`` once they were changed on a canvas.
    """

    given: Node
    node: Node

    @property
    def keys(self) -> tuple[int | str, ...]:
        """What it is known by: the object, and the id where it has one."""
        return (id(self.given), self.node.id) if self.node.id else (id(self.given),)


@dataclass(frozen=True, slots=True)
class Edge:
    """A connection between two members, by their positions."""

    source: int
    target: int
    label: str | None = None
    target_label: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)


class Parts:
    """Nodes and the connections between them. Never changed; joining gives others."""

    def __init__(self, members: Iterable[Member] = (), edges: Iterable[Edge] = ()) -> None:
        self.members = tuple(members)
        self.edges = dict.fromkeys(edges)
        self._positions = {
            key: index for index, member in enumerate(self.members) for key in member.keys
        }

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without the keys, which are places in memory."""
        return (Parts, (self.members, tuple(self.edges)))

    @classmethod
    def of(cls, nodes: Sequence[Node], connections: Iterable[Connection]) -> Parts:
        """The parts of a canvas whose nodes have ids; both ends of each connection are there."""
        at = {node.id: index for index, node in enumerate(nodes)}
        return cls(
            [Member(node, node) for node in nodes],
            [
                Edge(at[c.source_id], at[c.target_id], c.label, c.target_label, c.extras)
                for c in connections
            ],
        )

    def joined(self, other: Parts, between: Iterable[Edge] = ()) -> tuple[Parts, list[int]]:
        """These parts and ``other``; what is the same node in both becomes one.

        Args:
            other: The other parts.
            between: Connections from a member here to one of ``other``, by their positions there.

        Returns:
            All of it, and where each member of ``other`` stands in it.

        Raises:
            CanvasError: When two different nodes have the same id.
        """
        members, positions = list(self.members), dict(self._positions)
        places = []
        for member in other.members:
            place = next((positions[key] for key in member.keys if key in positions), len(members))
            if place == len(members):
                members.append(member)
            else:
                _check_same(members[place].node, member.node)
            positions |= dict.fromkeys(member.keys, place)
            places.append(place)
        joint = Parts()
        joint.members, joint._positions = tuple(members), positions
        joint.edges = self.edges | dict.fromkeys(
            [
                *(replace(edge, target=places[edge.target]) for edge in between),
                *_moved(other.edges, places),
            ]
        )
        return joint, places

    def expanded(self) -> Parts:
        """With the parameters that were given as arguments as nodes, each before its node."""
        members: list[Member] = []
        places: list[int] = []
        more: list[Edge] = []
        for member in self.members:
            node, parameters = member.node.expanded()
            first = len(members)
            members += [Member(parameter, parameter) for parameter in parameters]
            places.append(len(members))
            more += [Edge(index, len(members)) for index in range(first, len(members))]
            members.append(replace(member, node=node))
        return Parts(members, [*_moved(self.edges, places), *more]) if more else self

    def evolved(self, index: int, **fields: Any) -> Parts:
        """With other field values on one node; parameters change the nodes that they stand for.

        Raises:
            CanvasError: When a value is out of range, or a parameter is shared with other nodes.
        """
        members, edges = list(self.members), list(self.edges)
        changed, parameters = members[index].node.evolve(**fields).expanded()
        members[index] = replace(members[index], node=changed)
        for parameter in parameters:
            found = [
                edge.source
                for edge in self.edges
                if edge.target == index and members[edge.source].node.type == parameter.type
            ]
            if not found:
                edges.append(Edge(len(members), index))
                members.append(Member(parameter, parameter))
                continue
            if sum(edge.source == found[0] for edge in self.edges) > 1:
                message = (
                    f"Its {parameter.type} comes from a node that it shares with others. Change "
                    "that node."
                )
                raise CanvasError([Problem(message, "shared_parameter", changed.id or None)])
            values = {name: getattr(parameter, name) for name in parameter.model_fields_set}
            old = members[found[0]]
            members[found[0]] = replace(old, node=old.node.evolve(**values))
        return Parts(members, edges)

    def finished(self) -> tuple[tuple[Node, ...], tuple[Connection, ...]]:
        """The nodes with ids and places in the editor, and the connections between those ids."""
        nodes = [member.node for member in self.members]
        ids = _ids(nodes)
        connections = tuple(
            Connection(ids[e.source], ids[e.target], e.label, e.target_label, e.extras)
            for e in self.edges
        )
        column = layers(ids, [(c.source_id, c.target_id) for c in connections])
        heights: dict[int, int] = {}
        finished = []
        for node_id, node in zip(ids, nodes, strict=True):
            row = heights.get(column[node_id], 0)
            heights[column[node_id]] = row + 1
            place = {"x": _LEFT + _COLUMN * column[node_id], "y": _TOP + _ROW * row}
            missing: dict[str, Any] = {k: v for k, v in place.items() if getattr(node, k) is None}
            if missing or not node.id:
                changes = {"id": node_id, "config": node.config, **missing}
                node = node.model_copy(update=changes)
            finished.append(node)
        return tuple(finished), connections


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


def _moved(edges: Iterable[Edge], places: Sequence[int]) -> list[Edge]:
    return [replace(e, source=places[e.source], target=places[e.target]) for e in edges]


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
