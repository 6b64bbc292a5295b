"""A canvas as Python code that makes an equal one: what was drawn becomes what can be varied.

Code says what a canvas does, as it would be typed. Places, the canvas's own id, and whatever else
its file says are no code; a file keeps them.

Several ways of writing are tried, the plainest first. Each is carried out with the very objects
that it names, and taken if that gives the same nodes and connections; the last one always does.
"""

from __future__ import annotations

import ast
import builtins
import itertools
import keyword
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from inspect import Parameter
from operator import rshift
from typing import Any, NamedTuple

from canvas_kit.canvas.connections import Connection, label_number
from canvas_kit.canvas.graph import Canvas, Composable, Port
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.node_types import BUILT_IN
from canvas_kit.errors import CanvasError

LINE = 88
"""How long a line becomes before it is broken."""
_PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "seed": {"value": "seed"},
    "resolution": {"width": "width", "height": "height"},
    "quality": {"steps": "steps", "cfg": "cfg"},
}
"""Fields of parameter nodes, and the arguments of a generation that are short for them."""
_NO_CODE = frozenset({"id", "x", "y", "config"})
"""Of a node: its id is written by itself, and its place is none."""


class Code:
    """Lines of Python under way: what they import, and the names that they have given."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._imports: dict[str, set[str]] = {}
        self._taken = {*keyword.kwlist, *dir(builtins)}

    def imported(self, name: str, module: str = "canvas_kit") -> str:
        """A name that is imported from a module."""
        self._imports.setdefault(module, set()).add(name)
        self._taken.add(name)
        return name

    def named(self, wanted: str) -> str:
        """A variable's name that is free, as near to ``wanted`` as can be."""
        stem = re.sub(r"\W+", "_", wanted).strip("_") or "node"
        stem = stem if stem.isidentifier() else f"node_{stem}"
        names = itertools.chain([stem], (f"{stem}_{number}" for number in itertools.count(2)))
        name = next(name for name in names if name not in self._taken)
        self._taken.add(name)
        return name

    def __str__(self) -> str:
        parts = []
        for module, names in sorted(self._imports.items()):
            line = f"from {module} import {', '.join(sorted(names))}"
            if len(line) > LINE:
                line = call_of(f"from {module} import ", sorted(names))
            parts.append(line)
        return "\n".join([*parts, "", *self.lines]) + "\n"


def literal(value: Any) -> str:
    """A plain value as it is typed; texts in double quotes, long ones over several lines."""
    match value:
        case str():
            return _text(value)
        case Mapping():
            return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
        case tuple():
            inside = ", ".join(map(literal, value))
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        case list():
            return f"[{', '.join(map(literal, value))}]"
    return repr(value)


def _text(value: str) -> str:
    plain = f'"{value}"'
    if "\n" in value:
        plain = f'"""{value}"""'
    try:
        if ast.literal_eval(plain) == value and value.replace("\n", "").isprintable():
            return plain
    except (SyntaxError, ValueError):
        pass
    return repr(value)


def call_of(start: str, arguments: Sequence[str]) -> str:
    """A call, on one line if it fits there."""
    line = f"{start}({', '.join(arguments)})"
    if len(line) <= LINE and "\n" not in line:
        return line
    return f"{start}(\n" + "".join(f"{indented(item)},\n" for item in arguments) + ")"


def indented(text: str) -> str:
    """Code moved to the right; what stands inside a text stays."""
    if '"""' in text:
        return f"    {text}"
    return "\n".join(f"    {line}" for line in text.split("\n"))


# --- nodes -----------------------------------------------------------------------------------


class _NodeCode(NamedTuple):
    """How a node is made.

    Attributes:
        arguments: Of its class; None where those cannot make it.
        more: Arguments that stand for nodes of their own.
        id: What it is called; empty where the canvas calls it that by itself.
    """

    node: Node
    arguments: Mapping[str, Any] | None
    more: Mapping[str, Any]
    id: str

    def make(self) -> Node:
        """The node, or one that equals it."""
        if self.arguments is None:
            return type(self.node).from_document({**self.node.essence(), "id": self.id})
        about = {"id": self.id} if self.id else {}
        return type(self.node)(**self.arguments, **self.more, **about)

    def text(self, code: Code) -> str:
        """The code that makes it."""
        kind = type(self.node)
        own = kind.__module__ if kind.type not in BUILT_IN else "canvas_kit"
        name = code.imported(kind.__name__, own)
        if self.arguments is None:
            document = literal({**self.node.essence(), "id": self.id})
            return f"{name}.from_document({document})"
        left = {**self.arguments, **self.more, **({"id": self.id} if self.id else {})}
        told = []
        for parameter in kind.__signature__.parameters.values():
            if parameter.kind is not Parameter.POSITIONAL_OR_KEYWORD or parameter.name not in left:
                break
            told.append(literal(left.pop(parameter.name)))
        told += [f"{key}={literal(value)}" for key, value in left.items()]
        return call_of(name, told)


def node_text(code: Code, node: Node) -> str:
    """The code of a node without its id."""
    return _NodeCode(node, _arguments(node), {}, "").text(code)


def _arguments(node: Node) -> Mapping[str, Any] | None:
    """The fewest arguments that make a node with these fields; None if none do."""
    kind = type(node)
    given = {
        name: getattr(node, name)
        for name, info in kind.model_fields.items()
        if name not in _NO_CODE
        and (name in node.model_fields_set or getattr(node, name) != info.default)
    }
    if not _makes(given, node):
        return None
    for name in list(given):
        fewer = {key: value for key, value in given.items() if key != name}
        if _makes(fewer, node):
            given = fewer
    return given


def _makes(arguments: Mapping[str, Any], node: Node) -> bool:
    try:
        made = type(node)(**arguments)
    except (CanvasError, TypeError):
        return False
    return _fields(made) == _fields(node)


def _fields(node: Node) -> tuple[type[Node], dict[str, Any]]:
    return type(node), {k: v for k, v in node.__dict__.items() if k not in _NO_CODE}


# --- connections -----------------------------------------------------------------------------


class _End(NamedTuple):
    """An end of a connection: a node, by its place in the canvas, and how its port is written."""

    place: int
    written: str = ""
    port: tuple[str, int] | None = None

    def of(self, node: Node, *, outgoing: bool) -> Node | Port:
        """The object that is connected."""
        return node if self.port is None else Port(node, self.port[0], outgoing, self.port[1])


def _ends(connection: Connection, nodes: Sequence[Node]) -> tuple[_End, _End] | None:
    """How a connection is written with ``>>``; None where its labels cannot be."""
    places = {node.id: index for index, node in enumerate(nodes)}
    if connection.source_id not in places or connection.target_id not in places:
        return None
    source, target = places[connection.source_id], places[connection.target_id]
    wanted = [label for label in (connection.label, connection.target_label) if label is not None]
    if connection.label is None and wanted:
        return None
    for start in [_End(source), *_outlets(source, nodes[source])]:
        for end in [_End(target), *_inlets(target, nodes[target], wanted)]:
            ports = (start.of(nodes[source], outgoing=True), end.of(nodes[target], outgoing=False))
            if [port.label for port in ports if isinstance(port, Port) and port.label] == wanted:
                return start, end
    return None


def _outlets(index: int, node: Node) -> Iterator[_End]:
    for port in node.outputs:
        if isinstance(getattr(node, port.name, None), Port):
            yield _End(index, f".{port.name}", (port.name, 0))


def _inlets(index: int, node: Node, labels: Iterable[str]) -> Iterator[_End]:
    for port in node.inputs:
        if port.numbered:
            for number in filter(None, map(label_number, labels)):
                yield _End(index, f".text({number})", (port.name, number))
        elif isinstance(getattr(node, port.name, None), Port):
            yield _End(index, f".{port.name}", (port.name, 0))


def _chains(pairs: Iterable[tuple[_End, _End]]) -> list[list[_End]]:
    """The connections in their order, those that follow each other in one chain."""
    chains: list[list[_End]] = []
    for start, end in pairs:
        if chains and chains[-1][-1] == start and start.port is None:
            chains[-1].append(end)
        else:
            chains.append([start, end])
    return chains


# --- a canvas --------------------------------------------------------------------------------


def as_python(canvas: Canvas, variable: str = "canvas") -> str:
    """Code that makes an equal canvas; see :meth:`Canvas.to_python`."""
    code = Code()
    add_canvas(code, canvas, code.named(variable))
    return str(code)


def add_canvas(code: Code, canvas: Canvas, variable: str) -> None:
    """Add the lines that give a canvas a name."""
    arguments = [_arguments(node) for node in canvas.nodes]
    ends = [_ends(connection, canvas.nodes) for connection in canvas.connections]
    for folded, counted, listed in itertools.product((True, False), (True, False), (False, True)):
        if None not in ends:
            plan = _Composition(canvas, arguments, ends, folded, counted, listed)
            if plan.holds():
                code.lines += plan.lines(code, variable)
                return
    nodes = [
        _NodeCode(node, given, {}, node.id).text(code)
        for node, given in zip(canvas.nodes, arguments, strict=True)
    ]
    connection = code.imported("Connection", "canvas_kit.canvas.connections")
    joined = []
    for item in canvas.connections:
        given = [item.source_id, item.target_id, item.label, item.target_label]
        while given[-1] is None:
            given.pop()
        joined.append(f"{connection}({', '.join(map(literal, given))})")
    parts = [call_of("", nodes).strip(), call_of("", joined).strip()]
    parts = [f"[{part[1:-1]}]" for part in parts]
    if canvas.name:
        parts.append(f"name={literal(canvas.name)}")
    code.lines.append(f"{variable} = " + call_of(f"{code.imported('Canvas')}.assembled", parts))


class _Composition:
    """A canvas written with ``>>``."""

    def __init__(
        self,
        canvas: Canvas,
        arguments: Sequence[Mapping[str, Any] | None],
        ends: Sequence[tuple[_End, _End] | None],
        folded: bool,
        counted: bool,
        listed: bool,
    ) -> None:
        """Plan it.

        Args:
            canvas: The canvas.
            arguments: Of its nodes.
            ends: Of its connections.
            folded: Whether parameters become arguments of the generation that takes them.
            counted: Whether ids that a canvas gives by itself are left to it.
            listed: Whether all nodes are named before the connections, to keep their order.
        """
        self._canvas = canvas
        pairs = [pair for pair in ends if pair is not None]
        more: dict[int, dict[str, Any]] = {}
        gone: set[int] = set()
        if folded:
            for source, target, given in _foldable(canvas, arguments, pairs):
                if not more.get(target, {}).keys() & given.keys():
                    more.setdefault(target, {}).update(given)
                    gone.add(source)
        self._nodes = {
            index: _NodeCode(
                node,
                arguments[index],
                more.get(index, {}),
                "" if counted and re.fullmatch(rf"{node.type}_\d+", node.id) else node.id,
            )
            for index, node in enumerate(canvas.nodes)
            if index not in gone
        }
        self._chains = _chains(pair for pair in pairs if pair[0].place not in gone)
        joined = {end.place for chain in self._chains for end in chain}
        self._alone = [i for i in self._nodes if listed or i not in joined]

    def holds(self) -> bool:
        """Whether this makes the same nodes and connections."""
        made = {index: node.make() for index, node in self._nodes.items()}
        parts: list[Composable] = [[made[index] for index in self._alone]] if self._alone else []
        for chain in self._chains:
            objects: list[Any] = [
                end.of(made[end.place], outgoing=not number) for number, end in enumerate(chain)
            ]
            parts.append(reduce(rshift, objects))
        try:
            return meaning_of(Canvas(*parts)) == meaning_of(self._canvas)
        except CanvasError:
            return False

    def lines(self, code: Code, variable: str) -> list[str]:
        """The code."""
        texts = {index: node.text(code) for index, node in self._nodes.items()}
        named = [f"name={literal(self._canvas.name)}"] if self._canvas.name else []
        uses = Counter(end.place for chain in self._chains for end in chain)
        plain = not any(end.written for chain in self._chains for end in chain)
        if len(self._chains) == 1 and not self._alone and plain and max(uses.values()) == 1:
            chain = _joined([texts[end.place] for end in self._chains[0]])
            if named:
                return [f"{variable} = " + call_of(code.imported("Canvas"), [chain, *named])]
            if "\n" in chain:
                chain = f"(\n{indented(chain)}\n)"
            return [f"{variable} = {chain}"]
        names = {index: code.named(self._canvas.nodes[index].id) for index in self._nodes}
        lines = [f"{names[index]} = {text}" for index, text in texts.items()]
        parts = [names[index] for index in self._alone]
        if self._chains and len(parts) > 1:
            parts = [f"[{', '.join(parts)}]"]
        parts += [
            _joined([names[end.place] + end.written for end in chain]) for chain in self._chains
        ]
        composed = call_of(code.imported("Canvas"), [*parts, *named])
        return [*lines, *([""] if lines else []), f"{variable} = {composed}"]


def _joined(items: Sequence[str]) -> str:
    line = " >> ".join(items)
    return line if len(line) <= LINE - 12 and "\n" not in line else "\n>> ".join(items)


def _foldable(
    canvas: Canvas,
    arguments: Sequence[Mapping[str, Any] | None],
    pairs: Iterable[tuple[_End, _End]],
) -> Iterator[tuple[int, int, Mapping[str, Any]]]:
    """Parameter nodes that one node alone takes, that node, and the arguments in their place."""
    pairs = list(pairs)
    times = Counter(end.place for pair in pairs for end in pair)
    for start, end in pairs:
        source, target = canvas.nodes[start.place], canvas.nodes[end.place]
        given = arguments[start.place]
        names = _PARAMETERS.get(source.type, {})
        if not names or given is None or times[start.place] > 1 or start.port or end.port:
            continue
        if not given:  # all of it is as usual, but it is there
            usual = next(iter(names))
            given = {usual: getattr(source, usual)}
        if given.keys() <= names.keys() and type(target).model_fields.keys() >= {*names.values()}:
            yield start.place, end.place, {names[name]: value for name, value in given.items()}


def meaning_of(canvas: Canvas) -> tuple[Any, ...]:
    """What code keeps of a canvas: nodes with their ids and fields, and connections, in order."""
    return (
        [(node.id, *_fields(node)) for node in canvas.nodes],
        [(c.source_id, c.target_id, c.label, c.target_label) for c in canvas.connections],
    )
