"""The canvas: a graph of nodes and connections, as a value; and how ``>>`` composes one."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, Self

from canvas_kit.canvas import checks, documents, drawing
from canvas_kit.canvas.connections import Connection, Link
from canvas_kit.canvas.node import KnownNames, Node
from canvas_kit.canvas.parts import Edge, Member, Parts
from canvas_kit.display import Displayed, call
from canvas_kit.errors import CanvasError, Problem, UnknownName, shorten
from canvas_kit.files import write_text


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


_End = tuple[Node, Port | None]
"""An open end of a chain: a node, and its port where one was named."""


class Canvas(Displayed):
    """A graph of nodes and connections. Immutable; two canvases with the same content are equal.

    Compose one in Python, or read the editor's JSON (:meth:`load`, :meth:`from_document`)::

        Canvas(prompt >> draft >> judge, judge.passed >> picture, judge.failed >> draft)

    Attributes:
        name: For people.
        extras: Whatever else the file says, kept for saving.
    """

    view = "canvas"

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
        found = [part._parts for part in _flat(parts)]
        members = itertools.chain.from_iterable(part.members for part in found)
        edges = itertools.chain.from_iterable(part.edges for part in found)
        self._set(_parts=Parts(tuple(members), tuple(edges)), name=name)
        _ = self._whole  # two different nodes with the same id are told at once

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
        canvas = item if isinstance(item, Canvas) else cls(item)
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
    def from_document(
        cls, document: Any, *, folder: Path | None = None, unfinished: bool = False
    ) -> Canvas:
        """Read a canvas from parsed JSON.

        Args:
            document: As a canvas file has it.
            folder: The folder whose pictures it may take; left out, it may take no file.
            unfinished: Whether it may be one that cannot run yet; :meth:`problems` then says why.

        Raises:
            CanvasError: As :meth:`load`.
        """
        read = documents.read_document(document, folder=folder, unfinished=unfinished)
        return cls.assembled(**read._asdict())

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

    def to_python(self) -> str:
        """Code that makes this canvas: equal nodes, ids, connections and name, and their order.

        Places in the editor, the canvas's id, and what else its file says are no code; a file
        keeps them.
        """
        code: str = call("python", self)
        return code

    def save(self, path: str | Path) -> Path:
        """Write the canvas to a file, whole or not at all, and give its path back."""
        target = Path(path)
        write_text(target, self.to_json())
        return target

    @property
    def id(self) -> str:
        """The editor's id of the canvas, or one made of its content."""
        return self._id or f"workflow_{self.fingerprint[:13]}"

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Its nodes, each with an id: its own, or its type and a count (``interception_1``)."""
        return self._finished[0]

    @cached_property
    def connections(self) -> tuple[Connection, ...]:
        """Its connections, in the order of writing."""
        return self._finished[1]

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The connections with their ports, feedback marked, in the same order.

        Those that bring what their ends cannot take are left out; :meth:`warnings` tells them.

        Raises:
            CanvasError: When a connection cannot be understood.
        """
        resolved = checks.resolve(self.nodes, self.connections)
        if resolved.problems:
            raise CanvasError(resolved.problems, name=self.name)
        return tuple(resolved.links)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of what can make a difference to the results: not names, places or dates.

        SHA-256 in hex over the JSON, keys in order, of the nodes' types and fields and of the
        connections.
        """
        nodes = [node.essence() for node in self.nodes]
        ends = [[c.source_id, c.target_id, c.label, c.target_label] for c in self.connections]
        text = json.dumps({"nodes": nodes, "connections": ends}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def problems(self, known: KnownNames | None = None) -> list[Problem]:
        """Everything that keeps the canvas from running, in its order; empty if it can run.

        Args:
            known: Knows models and output configs; without it those names are not checked.
        """
        return checks.problems(self.nodes, self.connections, known)

    def warnings(self) -> list[Problem]:
        """What does not keep the canvas from running, but looks forgotten."""
        return checks.warnings(self.nodes, self.connections)

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
        return self._made_of(self._whole.evolved(self._index(node), **fields))

    def with_node(self, node: Node) -> Canvas:
        """This canvas with one more node, and the nodes that its parameters stand for.

        Raises:
            CanvasError: When another node has its id.
            TypeError: When it is no node.
        """
        if not isinstance(node, Node):
            raise TypeError(f"A node such as Generation() is added, not {shorten(node)}.")
        parts = self._whole
        return self._made_of(Parts((*parts.members, Member(node, node)), parts.edges).merged())

    def without(self, node: Node | str) -> Canvas:
        """This canvas without a node and without what it was connected by.

        Raises:
            UnknownName: When there is no such node.
        """
        gone = self.node_id(node)
        return self.reassembled(
            (item for item in self.nodes if item.id != gone),
            (item for item in self.connections if gone not in (item.source_id, item.target_id)),
        )

    def with_connection(self, source: Node | Port | str, target: Node | Port | str) -> Canvas:
        """This canvas with one more connection; not checked, as :meth:`problems` does.

        Args:
            source: A node or its id, or a port: ``judge.failed``, ``"judge.failed"``.
            target: As ``source``.

        Raises:
            UnknownName: When there is no such node or port.
        """
        return self.reassembled(self.nodes, (*self.connections, self._connection(source, target)))

    def without_connection(self, source: Node | Port | str, target: Node | Port | str) -> Canvas:
        """This canvas without what connects two nodes, or two ports of theirs.

        Raises:
            UnknownName: When there is no such connection.
        """
        gone = self._connection(source, target)
        kept = [item for item in self.connections if not gone.is_like(item)]
        if len(kept) == len(self.connections):
            raise UnknownName("connection", str(gone), [str(item) for item in self.connections])
        return self.reassembled(self.nodes, kept)

    def laid_out(self) -> Canvas:
        """This canvas with its nodes in columns, from left to right, as they follow each other."""
        places = {"x": None, "y": None}
        nodes = [node.model_copy(update=places) for node in self.nodes]
        return self._made_of(Parts.of(nodes, self.connections))

    def with_nodes(self, nodes: Iterable[Node]) -> Canvas:
        """This canvas with nodes of the same ids, types and order in place of its own.

        Not checked; what follows from the connections is not worked out anew.
        """
        canvas = self.reassembled(nodes, self.connections)
        canvas.__dict__["links"] = self.links
        return canvas

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

    __repr__ = __str__

    def edit(self, **options: Any) -> Any:
        """An editor that shows this canvas in a notebook's cell, where it can be changed and run.

        Args:
            options: As of :func:`canvas_kit.edit`: ``file``, ``engine``, ``exports``.
        """
        return call("edit", self, **options)

    def _made_of(self, parts: Parts) -> Canvas:
        canvas = Canvas.__new__(Canvas)
        canvas._set(_parts=parts, name=self.name, id=self._id, extras=self.extras)
        return canvas

    def reassembled(self, nodes: Iterable[Node], connections: Iterable[Connection]) -> Canvas:
        """This canvas with other nodes and connections; not checked."""
        return Canvas.assembled(nodes, connections, name=self.name, id=self._id, extras=self.extras)

    def _connection(self, source: Node | Port | str, target: Node | Port | str) -> Connection:
        edge = _edge(*self._end(source, outgoing=True), *self._end(target, outgoing=False))
        ends = (self.node_id(edge.source), self.node_id(edge.target))
        return Connection(*ends, edge.label, edge.target_label)

    def _end(self, end: Node | Port | str, *, outgoing: bool) -> _End:
        if isinstance(end, Port):
            return end.node, end
        if isinstance(end, Node):
            return end, None
        ids = [node.id for node in self.nodes]
        node_id, _, name = end.rpartition(".")
        if end in ids or node_id not in ids:
            return self.node(end), None
        node = self.node(node_id)
        names = [port.name for port in (node.outputs if outgoing else node.inputs)]
        if name not in names:
            raise UnknownName(f"port of {node_id}", name, names)
        return node, Port(node, name, outgoing)

    @cached_property
    def _parts(self) -> Parts:
        _ = self.links  # both ends of each connection are there
        return Parts.of(self.nodes, self.connections)

    @cached_property
    def _whole(self) -> Parts:
        return self._parts.merged()

    @cached_property
    def _finished(self) -> tuple[tuple[Node, ...], tuple[Connection, ...]]:
        return self._whole.finished()

    def _index(self, node: Node | str) -> int:
        if isinstance(node, Node):
            for index, member in enumerate(self._whole.members):
                if member.given is node:
                    return index
            if not node.id:
                wanted = node.expanded()[0].essence() | {"id": ""}
                same = [i for i, n in enumerate(self.nodes) if n.essence() | {"id": ""} == wanted]
                if len(same) == 1:
                    return same[0]
                raise UnknownName("such node", repr(node), [other.id for other in self.nodes])
            node = node.id
        for index, other in enumerate(self.nodes):
            if other.id == node:
                return index
        raise UnknownName("node", node, [other.id for other in self.nodes])


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
            case Node() | Port():
                node, port = (item.node, item) if isinstance(item, Port) else (item, None)
                self._open(Parts((Member(node, node),)), [(node, port)], [(node, port)])
            case [*items] if items:
                chains = [Chain(item) for item in items]
                self._open(
                    Parts(
                        tuple(member for chain in chains for member in chain._parts.members),
                        tuple(edge for chain in chains for edge in chain._parts.edges),
                    ),
                    [end for chain in chains for end in chain._heads],
                    [end for chain in chains for end in chain._tails],
                )
            case _:
                raise TypeError(
                    "Only nodes, ports, chains and lists of them can be connected, not "
                    f"{shorten(item)}."
                )

    def _open(self, parts: Parts, heads: Iterable[_End], tails: Iterable[_End]) -> None:
        self._set(_parts=parts, _heads=tuple(heads), _tails=tuple(tails))

    def _then(self, other: Chain) -> Chain:
        between = tuple(_edge(*tail, *head) for tail in self._tails for head in other._heads)
        (members, edges), (more, ending) = self._parts, other._parts
        chain = Chain.__new__(Chain)
        chain._open(Parts(members + more, edges + between + ending), self._heads, other._tails)
        return chain


Composable = Node | Port | Canvas | Sequence["Composable"]
"""What a canvas is composed of."""


def _flat(parts: Iterable[Composable]) -> Iterator[Canvas]:
    """Each of the parts as a canvas, lists opened."""
    for part in parts:
        match part:
            case Canvas():
                yield part
            case [*inside]:
                yield from _flat(inside)
            case _:
                yield Chain(part)


def _edge(source: Node, outlet: Port | None, target: Node, inlet: Port | None) -> Edge:
    if outlet is not None and not outlet.outgoing:
        raise TypeError(f"{outlet.name!r} is an input of {outlet.node}; nothing can start there.")
    if inlet is not None and inlet.outgoing:
        raise TypeError(f"{inlet.name!r} is an output of {inlet.node}; nothing can end there.")
    labels = [port.label for port in (outlet, inlet) if port is not None and port.label]
    label, target_label = (*labels, None, None)[:2]
    return Edge(source, target, label, target_label)
