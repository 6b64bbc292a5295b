"""The canvas: a graph of nodes and connections, as a value; and how ``>>`` composes one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, Self

import rfc8785

from canvas_kit.canvas import checks, documents, drawing
from canvas_kit.canvas.connections import Connection, Link, layers
from canvas_kit.canvas.node import KnownNames, Node
from canvas_kit.errors import CanvasError, Problem, UnknownName, shorten

_COLUMN, _ROW, _TOP, _LEFT = 260, 120, 200, 100
"""Distances of the layout in pixels: the editor's own."""


class Connectable:
    """What can stand left and right of ``>>``."""

    __slots__ = ()

    def __rshift__(self, other: Composable) -> Chain:
        """Connect this with ``other``: its open ends with every beginning of ``other``."""
        return Chain(self)._then(Chain(other))

    def __rrshift__(self, other: Sequence[Composable]) -> Chain:
        """Connect each of ``other`` (a list) with this."""
        return Chain(other)._then(Chain(self))


@dataclass(frozen=True, slots=True)
class Port(Connectable):
    """A particular port of a particular node, to be connected: ``judge.passed >> generation``."""

    node: Node
    name: str
    outgoing: bool
    number: int = 0

    @property
    def label(self) -> str | None:
        """What a connection says to name this port, if it has to."""
        if self.outgoing:
            labels = self.node.output(self.name).labels
            return labels[0] if labels else None
        label = self.node.input(self.name).label or self.name
        return f"{label}-{self.number}" if self.number else label


@dataclass(frozen=True, slots=True)
class _Member:
    """A node of a canvas as it was given: ids and places come later, when the canvas is whole.

    Attributes:
        given: The object by which it is known.
        node: Its fields; other than those of ``given`` once they were changed on the canvas.
    """

    given: Node
    node: Node


@dataclass(frozen=True, slots=True)
class _Edge:
    """A connection between two members, by their positions."""

    source: int
    target: int
    label: str | None = None
    target_label: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)


_End = tuple[int, Port | None]
"""An open end of a chain: a member by its position, and its port where one was named."""


class Canvas:
    """A graph of nodes and connections. Immutable; two canvases with the same content are equal.

    Compose one in Python, or read the editor's JSON (:meth:`load`, :meth:`from_document`)::

        Canvas(prompt >> draft >> judge, judge.passed >> picture, judge.failed >> draft)

    Attributes:
        name: For people.
        extras: Whatever else the file says, kept for saving.
    """

    name: str
    extras: Mapping[str, Any]
    _id: str

    def __init__(self, *parts: Composable, name: str = "") -> None:
        """A canvas of exactly these parts.

        The same node in several parts is one node, and so are nodes with equal ids and fields.

        Args:
            parts: Chains, canvases, nodes, and lists of those.
            name: For people.

        Raises:
            CanvasError: When two different nodes have the same id.
            TypeError: When a part is something else.
        """
        joint = _Joint()
        for part in parts:
            joint.add(part if isinstance(part, Canvas) else Chain(part))
        self._set(name=name, **joint.state())

    def _set(self, *, name: str = "", id: str = "", extras: Any = None, **state: Any) -> None:
        self.__dict__.update(state, name=name, _id=id, extras=extras or {})

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"A canvas cannot be changed; with_fields() makes another ({name}).")

    @classmethod
    def assembled(
        cls,
        nodes: Iterable[Node],
        connections: Iterable[Connection] = (),
        *,
        name: str = "",
        id: str = "",
        extras: Mapping[str, Any] | None = None,
    ) -> Canvas:
        """A canvas of nodes that have their ids, and connections between those ids; not checked."""
        canvas = Canvas.__new__(Canvas)
        parts = {"nodes": tuple(nodes), "connections": tuple(connections)}
        canvas._set(**parts, name=name, id=id, extras=extras)
        return canvas

    @classmethod
    def of(cls, item: Composable, *, name: str = "") -> Canvas:
        """``item`` as a canvas: a canvas or chain as it is, a node or a list of parts as one.

        Raises:
            CanvasError: As the constructor.
            TypeError: When ``item`` is something else.
        """
        canvas = item if isinstance(item, Canvas) else Chain(item)
        if not name:
            return canvas
        renamed = Canvas.__new__(Canvas)
        renamed.__dict__.update(canvas.__dict__, name=name)
        return renamed

    @classmethod
    def load(cls, path: str | Path) -> Canvas:
        """Read a canvas file.

        Reading runs no code and touches no network. Pictures that the file names are looked for
        beside it.

        Raises:
            CanvasError: When it is not a canvas, or cannot run; every problem at once.
        """
        return cls.assembled(**documents.read_file(Path(path))._asdict())

    @classmethod
    def from_json(cls, text: str | bytes) -> Canvas:
        """Read a canvas from JSON text.

        Raises:
            CanvasError: As :meth:`load`.
        """
        return cls.assembled(**documents.read_text(text)._asdict())

    @classmethod
    def from_document(cls, document: Any) -> Canvas:
        """Read a canvas from parsed JSON.

        Raises:
            CanvasError: As :meth:`load`.
        """
        return cls.assembled(**documents.read_document(document)._asdict())

    def to_document(self) -> dict[str, Any]:
        """The canvas as a file describes it; nothing that was read is lost."""
        document: dict[str, Any] = dict(self.extras)
        document["id"] = self.id
        document["name"] = self.name
        document["type"] = documents.DOCUMENT_TYPE
        document["nodes"] = [node.to_document() for node in self.nodes]
        document["connections"] = [item.to_document() for item in self.connections]
        first = ("id", "name", "description", "type", "nodes", "connections")
        return {key: document[key] for key in first if key in document} | document

    def to_json(self) -> str:
        """The canvas as JSON text, indented, umlauts as they are."""
        return json.dumps(self.to_document(), ensure_ascii=False, indent=2) + "\n"

    def save(self, path: str | Path) -> Path:
        """Write the canvas to a file and give its path back."""
        target = Path(path)
        target.write_text(self.to_json(), encoding="utf-8")
        return target

    @property
    def id(self) -> str:
        """The editor's id of the canvas, or one made of its content."""
        return self._id or f"workflow_{self.fingerprint[:13]}"

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Its nodes, each with an id: its own, or its type and a count (``interception_1``)."""
        members, edges = self._expanded
        nodes = [member.node for member in members]
        ids = _ids(nodes)
        column = layers(ids, [(ids[edge.source], ids[edge.target]) for edge in edges])
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
        return tuple(finished)

    @cached_property
    def connections(self) -> tuple[Connection, ...]:
        """Its connections, in the order of writing."""
        ids = [node.id for node in self.nodes]
        return tuple(
            Connection(
                ids[edge.source], ids[edge.target], edge.label, edge.target_label, edge.extras
            )
            for edge in self._expanded[1]
        )

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The connections with their ports, feedback marked, in the same order.

        Raises:
            CanvasError: When a connection cannot be understood.
        """
        links, found = checks.resolve(self.nodes, self.connections)
        if found:
            raise CanvasError(found, name=self.name)
        return tuple(links)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of what can make a difference to the results: not names, places or dates.

        SHA-256 in hex over canonical JSON (RFC 8785) of the nodes' types and fields and of the
        connections.
        """
        nodes = [_with_exact_numbers(node.essence()) for node in self.nodes]
        ends = [[c.source_id, c.target_id, c.label, c.target_label] for c in self.connections]
        return hashlib.sha256(rfc8785.dumps({"nodes": nodes, "connections": ends})).hexdigest()

    def problems(self, known: KnownNames | None = None) -> list[Problem]:
        """Everything that keeps the canvas from running, in its order; empty if it can run.

        Args:
            known: Knows models and output configs; without it those names are not checked.
        """
        return checks.problems(self.nodes, self.connections, known)

    def check(self, known: KnownNames | None = None) -> Self:
        """This canvas, if it can run.

        Raises:
            CanvasError: With every problem, if it cannot.
        """
        if found := self.problems(known):
            raise CanvasError(found, name=self.name)
        return self

    def node(self, node_id: str) -> Node:
        """The node with this id.

        Raises:
            UnknownName: When there is none; says the nearest.
        """
        return self.nodes[self._index(node_id)]

    def node_id(self, node: Node | str) -> str:
        """The id under which a node stands here.

        Args:
            node: The object that was connected, one that equals exactly one node here, or an id.

        Raises:
            UnknownName: When it is not here, or equals several nodes.
        """
        return self.nodes[self._index(node)].id

    def with_fields(self, node: Node | str, **fields: Any) -> Canvas:
        """This canvas with other field values (Python names) on one node.

        Raises:
            UnknownName: When there is no such node.
            CanvasError: When a value is out of range.
        """
        index = self._index(node)
        members, edges = list(self._expanded[0]), list(self._expanded[1])
        changed, parameters = members[index].node.evolve(**fields).expanded()
        members[index] = replace(members[index], node=changed)
        for parameter in parameters:
            place = self._parameter(index, parameter, members, edges)
            values = {name: getattr(parameter, name) for name in parameter.model_fields_set}
            members[place] = replace(members[place], node=members[place].node.evolve(**values))
        canvas = Canvas.__new__(Canvas)
        parts = {"_members": tuple(members), "_edges": dict.fromkeys(edges)}
        canvas._set(**parts, name=self.name, id=self._id, extras=self.extras)
        return canvas

    def _parameter(
        self, index: int, parameter: Node, members: list[_Member], edges: list[_Edge]
    ) -> int:
        """Where the parameter of the node at ``index`` stands that is of the type of another."""
        for edge in edges:
            if edge.target == index and members[edge.source].node.type == parameter.type:
                if sum(other.source == edge.source for other in edges) > 1:
                    name = self.nodes[edge.source].id
                    raise CanvasError(
                        [
                            Problem(
                                f"It shares the node {name!r} with others. Change that node.",
                                "shared_parameter",
                                self.nodes[index].id,
                            )
                        ],
                        name=self.name,
                    )
                return edge.source
        members.append(_Member(parameter, parameter))
        edges.append(_Edge(len(members) - 1, index))
        return len(members) - 1

    def of_type(self, *types: str) -> tuple[Node, ...]:
        """The nodes of these types, in canvas order."""
        return tuple(node for node in self.nodes if node.type in types)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Canvas):
            return NotImplemented
        mine, theirs = (
            (c.nodes, c.connections, c.name, c.id, dict(c.extras)) for c in (self, other)
        )
        return mine == theirs

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __str__(self) -> str:
        """The canvas drawn for a terminal."""
        return drawing.as_text(self.name, self.nodes, self.connections)

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        shown = {"text/plain": str(self)}
        if len(self.nodes) <= drawing.MAX_DRAWN_NODES:
            shown["image/svg+xml"] = drawing.as_svg(self.nodes, self.connections)
        return shown

    @cached_property
    def _members(self) -> tuple[_Member, ...]:
        return tuple(_Member(node, node) for node in self.nodes)

    @cached_property
    def _edges(self) -> dict[_Edge, None]:
        _ = self.links  # both ends of each connection are there
        position = {node.id: index for index, node in enumerate(self.nodes)}
        return dict.fromkeys(
            _Edge(position[c.source_id], position[c.target_id], c.label, c.target_label, c.extras)
            for c in self.connections
        )

    @cached_property
    def _positions(self) -> dict[int | str, int]:
        """Where each member stands: by the object by which it is known, and by its id."""
        found: dict[int | str, int] = {}
        for index, member in enumerate(self._members):
            found |= dict.fromkeys(_keys(member), index)
        return found

    def __getstate__(self) -> dict[str, Any]:
        """Without what names objects by where they lie in memory."""
        return {name: value for name, value in self.__dict__.items() if name != "_positions"}

    @cached_property
    def _expanded(self) -> tuple[tuple[_Member, ...], tuple[_Edge, ...]]:
        """Members and edges with the parameters that were given as arguments as nodes."""
        members: list[_Member] = []
        places: list[int] = []
        more: list[_Edge] = []
        for member in self._members:
            node, parameters = member.node.expanded()
            first = len(members)
            members += [_Member(parameter, parameter) for parameter in parameters]
            places.append(len(members))
            more += [_Edge(index, len(members)) for index in range(first, len(members))]
            members.append(replace(member, node=node))
        return tuple(members), (*_moved(self._edges, places), *more)

    def _index(self, node: Node | str) -> int:
        members = self._expanded[0]
        if isinstance(node, Node):
            for index, member in enumerate(members):
                if member.given is node:
                    return index
            if not node.id:
                wanted = node.expanded()[0].essence() | {"id": ""}
                equal = [
                    index
                    for index, other in enumerate(self.nodes)
                    if other.type == node.type and other.essence() | {"id": ""} == wanted
                ]
                if len(equal) == 1:
                    return equal[0]
                raise UnknownName("such node", repr(node), [other.id for other in self.nodes])
        node_id = node.id if isinstance(node, Node) else node
        for index, other in enumerate(self.nodes):
            if other.id == node_id:
                return index
        raise UnknownName("node", node_id, [other.id for other in self.nodes])


class Chain(Canvas, Connectable):
    """Nodes connected by ``>>``: a canvas with open ends, to be connected further.

    Connecting changes nothing that is there: it gives another chain.
    """

    _heads: tuple[_End, ...]
    _tails: tuple[_End, ...]

    def __init__(self, item: Composable | Connectable) -> None:
        """A chain that starts and ends with ``item``: a node, a port, a chain or a list of those.

        Raises:
            CanvasError: When two different nodes have the same id.
            TypeError: When it is something else.
        """
        match item:
            case Chain():
                self.__dict__.update(item.__dict__)
                return
            case Node() | Port():
                node = item.node if isinstance(item, Port) else item
                end = ((0, item if isinstance(item, Port) else None),)
                self._set(_members=(_Member(node, node),), _edges={}, _heads=end, _tails=end)
                return
            case [*parts] if parts:
                joint = _Joint()
                heads: list[_End] = []
                tails: list[_End] = []
                for part in map(Chain, parts):
                    places = joint.add(part)
                    heads += [(places[index], port) for index, port in part._heads]
                    tails += [(places[index], port) for index, port in part._tails]
                self._set(_heads=tuple(heads), _tails=tuple(tails), **joint.state())
                return
        raise TypeError(
            f"Only nodes, ports, chains and lists of them can be connected, not {shorten(item)}."
        )

    def _then(self, other: Chain) -> Chain:
        joint = _Joint(self)
        there = joint.places(other)
        for source, outlet in self._tails:
            for target, inlet in other._heads:
                joint.edges[_edge(source, outlet, there[target], inlet)] = None
        joint.connect(other, there)
        tails = tuple((there[index], port) for index, port in other._tails)
        chain = Chain.__new__(Chain)
        chain._set(_heads=self._heads, _tails=tails, **joint.state())
        return chain


Composable = Node | Port | Canvas | Sequence["Composable"]
"""What a canvas is composed of."""


class _Joint:
    """Canvases being put together; what is the same node in several of them becomes one."""

    def __init__(self, first: Canvas | None = None) -> None:
        """Begin with ``first``, or with nothing."""
        self.members: list[_Member] = list(first._members) if first else []
        self.edges: dict[_Edge, None] = dict(first._edges) if first else {}
        self._positions: dict[int | str, int] = dict(first._positions) if first else {}

    def state(self) -> dict[str, Any]:
        """What a canvas of all this holds."""
        members = tuple(self.members)
        return {"_members": members, "_edges": self.edges, "_positions": self._positions}

    def add(self, canvas: Canvas) -> list[int]:
        """Take in a canvas; where its members stand now."""
        places = self.places(canvas)
        self.connect(canvas, places)
        return places

    def places(self, canvas: Canvas) -> list[int]:
        """Take in a canvas's nodes; where they stand now."""
        return [self._place(member) for member in canvas._members]

    def connect(self, canvas: Canvas, places: Sequence[int]) -> None:
        """Take in a canvas's connections."""
        self.edges |= dict.fromkeys(_moved(canvas._edges, places))

    def _place(self, member: _Member) -> int:
        node, keys = member.node, _keys(member)
        found = next((self._positions[key] for key in keys if key in self._positions), None)
        if found is None:
            found = len(self.members)
            self.members.append(member)
        else:
            other = self.members[found].node
            if other is not node and _content(other) != _content(node):
                name = f"have the id {node.id!r}" if node.id else "come from the same node"
                raise CanvasError(
                    [
                        Problem(
                            f"Two different nodes {name}: {shorten(other, 200)} and "
                            f"{shorten(node, 200)}. Give each an id of its own.",
                            "duplicate_id",
                            node.id or None,
                        )
                    ]
                )
        for key in keys:
            self._positions[key] = found
        return found


def _keys(member: _Member) -> tuple[int | str, ...]:
    node_id = member.node.id
    return (id(member.given), node_id) if node_id else (id(member.given),)


def _content(node: Node) -> list[dict[str, Any]]:
    """What makes a difference between two nodes that might be one."""
    kept, parameters = node.expanded()
    return [item.essence() for item in (kept, *parameters)]


def _edge(source: int, outlet: Port | None, target: int, inlet: Port | None) -> _Edge:
    if outlet is not None and not outlet.outgoing:
        raise TypeError(f"{outlet.name!r} is an input of {outlet.node}; nothing can start there.")
    if inlet is not None and inlet.outgoing:
        raise TypeError(f"{inlet.name!r} is an output of {inlet.node}; nothing can end there.")
    labels = [port.label for port in (outlet, inlet) if port is not None and port.label]
    label, target_label = (*labels, None, None)[:2]
    return _Edge(source, target, label, target_label)


def _moved(edges: Iterable[_Edge], places: Sequence[int]) -> list[_Edge]:
    return [replace(edge, source=places[edge.source], target=places[edge.target]) for edge in edges]


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


def _with_exact_numbers(value: Any) -> Any:
    """``value`` with integers that canonical JSON cannot hold (above 2**53) as text."""
    match value:
        case bool():
            return value
        case int() if abs(value) > 2**53 - 1:
            return str(value)
        case dict():
            return {key: _with_exact_numbers(item) for key, item in value.items()}
        case list():
            return [_with_exact_numbers(item) for item in value]
    return value
