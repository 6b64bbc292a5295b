"""The canvas: a graph of nodes and connections, as a value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import rfc8785

from canvas_kit.canvas import checks, documents, drawing
from canvas_kit.canvas.connections import Connection, Link, layers
from canvas_kit.canvas.node import Chain, Connectable, KnownNames, Node, Wire
from canvas_kit.errors import CanvasError, Problem, UnknownName

_COLUMN, _ROW, _TOP, _LEFT = 260, 120, 200, 100
"""Distances of the layout in pixels: the editor's own."""


@dataclass(frozen=True)
class Canvas:
    """A graph of nodes and connections. Immutable; two canvases with the same content are equal.

    Make one in Python (``Input("…") >> Generation() >> Collector()``), from a file
    (:meth:`load`) or from the editor's JSON (:meth:`from_document`).

    Attributes:
        nodes: In the order of the file; ids are unique in a canvas that passes its check.
        connections: In the order of the file.
        name: For people.
        id: The editor's id of the canvas; empty if it has none.
        extras: Whatever else the file says, kept for saving.
    """

    nodes: tuple[Node, ...]
    connections: tuple[Connection, ...] = ()
    name: str = ""
    id: str = ""
    extras: Mapping[str, Any] = field(default_factory=dict)

    __hash__ = None  # type: ignore[assignment] # extras and node fields may hold what cannot be hashed

    @classmethod
    def of(cls, item: Canvas | Connectable, *, name: str = "") -> Canvas:
        """The canvas that ``item`` belongs to: all nodes that hang together with it.

        Nodes without an id or a place in the editor get one. Ids are made of the type and a count
        in the order in which the nodes were written: ``interception_1``.

        Args:
            item: A canvas (given back as it is), a node, a chain, or a list of those.
            name: For people.

        Raises:
            TypeError: When ``item`` is something else.
        """
        if isinstance(item, Canvas):
            return replace(item, name=name) if name else item
        nodes = Chain.of(item).nodes
        _give_ids(nodes)
        wires: dict[int, Wire] = {id(wire): wire for node in nodes for wire in node._wires}
        position = {id(node): index for index, node in enumerate(nodes)}
        ordered = sorted(
            wires.values(), key=lambda wire: (position[id(wire.source)], position[id(wire.target)])
        )
        connections = tuple(_as_connection(wire) for wire in ordered)
        canvas = cls(_laid_out(nodes, connections), connections, name=name)
        return replace(canvas, id=f"workflow_{canvas.fingerprint[:13]}")

    @classmethod
    def load(cls, path: str | Path) -> Canvas:
        """Read a canvas file.

        Reading runs no code and touches no network. Pictures that the file names are looked for
        beside it.

        Raises:
            CanvasError: When it is not a canvas, or cannot run; every problem at once.
        """
        return documents.read_file(Path(path))

    @classmethod
    def from_json(cls, text: str | bytes) -> Canvas:
        """Read a canvas from JSON text.

        Raises:
            CanvasError: As :meth:`load`.
        """
        return documents.read_text(text)

    @classmethod
    def from_document(cls, document: Any) -> Canvas:
        """Read a canvas from parsed JSON.

        Raises:
            CanvasError: As :meth:`load`.
        """
        return documents.read_document(document)

    def to_document(self) -> dict[str, Any]:
        """The canvas as a file describes it; nothing that was read is lost."""
        document: dict[str, Any] = dict(self.extras)
        document["id"] = self.id or f"workflow_{self.fingerprint[:13]}"
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
            known: Who knows models and output configs; without it those names are not checked.
        """
        return checks.problems(self.nodes, self.connections, known)

    def check(self, known: KnownNames | None = None) -> Canvas:
        """This canvas, if it can run.

        Raises:
            CanvasError: With every problem, if it cannot.
        """
        if found := self.problems(known):
            raise CanvasError(found, name=self.name)
        return self

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The connections with their ports, feedback marked, in the order of the file.

        Raises:
            CanvasError: When a connection cannot be understood.
        """
        links, found = checks.resolve(self.nodes, self.connections)
        if found:
            raise CanvasError(found, name=self.name)
        return tuple(links)

    def node(self, node_id: str) -> Node:
        """The node with this id.

        Raises:
            UnknownName: When there is none; says the nearest.
        """
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise UnknownName("node", node_id, [node.id for node in self.nodes])

    def with_fields(self, node_id: str, **fields: Any) -> Canvas:
        """This canvas with other field values (Python names) on one node.

        Raises:
            UnknownName: When there is no such node.
            CanvasError: When a value is out of range.
        """
        changed = self.node(node_id).evolve(**fields)
        nodes = tuple(changed if node.id == node_id else node for node in self.nodes)
        return replace(self, nodes=nodes)

    def of_type(self, *types: str) -> tuple[Node, ...]:
        """The nodes of these types, in canvas order."""
        return tuple(node for node in self.nodes if node.type in types)

    def __str__(self) -> str:
        """The canvas drawn for a terminal."""
        return drawing.as_text(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/vnd.mermaid": drawing.as_mermaid(self), "text/plain": str(self)}


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


def _give_ids(nodes: Iterable[Node]) -> None:
    nodes = list(nodes)
    taken = {node.id for node in nodes if node.id}
    counts: dict[str, int] = {}
    for node in nodes:
        if node.id:
            continue
        while True:
            counts[node.type] = counts.get(node.type, 0) + 1
            node_id = f"{node.type}_{counts[node.type]}"
            if node_id not in taken:
                break
        node._name(node_id)


def _as_connection(wire: Wire) -> Connection:
    label = target_label = None
    if wire.source_port:
        port = wire.source.output(wire.source_port)
        label = port.labels[0] if port.labels else None
    if wire.target_port:
        name = wire.target.input(wire.target_port).label or wire.target_port
        if wire.number:
            name = f"{name}-{wire.number}"
        label, target_label = (label, name) if label else (name, None)
    return Connection(wire.source.id, wire.target.id, label, target_label)


def _laid_out(nodes: tuple[Node, ...], connections: tuple[Connection, ...]) -> tuple[Node, ...]:
    """Copies of ``nodes`` without wires; those without a place in the editor get one."""
    pairs = [(item.source_id, item.target_id) for item in connections]
    column = layers([node.id for node in nodes], pairs)
    heights: dict[int, int] = {}
    placed = []
    for node in nodes:
        row = heights.get(column[node.id], 0)
        heights[column[node.id]] = row + 1
        place = {"x": _LEFT + _COLUMN * column[node.id], "y": _TOP + _ROW * row}
        missing = {key: value for key, value in place.items() if getattr(node, key) is None}
        placed.append(node.evolve(config=node.config, **missing))
    return tuple(placed)
