"""What a node is: its fields, its ports, and how nodes are connected with ``>>``.

A node is a value. Its fields have a short Python name and the canvas editor's JSON name (the
alias); one declaration gives both, the checks and the JSON Schema from which forms are made.

Connecting nodes in Python leaves the nodes as they are and notes a *wire* between them; a canvas is
then made from any one of them and gathers whatever hangs together (:meth:`Canvas.of`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    ValidationError,
)

from canvas_kit.errors import CanvasError, Problem, name_hint, printable, shorten

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from canvas_kit.canvas.graph import Canvas

MAX_TEXT_CHARACTERS = 1_000_000
"""The longest text in one field. An embedded picture (a data URL) has a bound of its own."""


class Kind(StrEnum):
    """What can travel along a connection."""

    TEXT = "text"
    MEDIA = "media"
    SEED = "seed"
    RESOLUTION = "resolution"
    QUALITY = "quality"


ANYTHING = frozenset({Kind.TEXT, Kind.MEDIA})
"""What can be looked at and collected: texts and media, but no parameters."""


@dataclass(frozen=True, slots=True)
class InputPort:
    """Where a node takes something in.

    Attributes:
        name: Unique among the node's input ports.
        accepts: What it can take.
        label: The label that the editor writes on a connection to say that it ends here.
        required: Whether the node can do nothing without it.
        many: Whether several connections may end here.
        numbered: Whether ``label`` is followed by a number that puts those connections in order.
    """

    name: str
    accepts: frozenset[Kind]
    label: str = ""
    required: bool = False
    many: bool = False
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class OutputPort:
    """Where a node gives something out.

    Attributes:
        name: Unique among the node's output ports.
        gives: What it can give.
        labels: The labels that the editor writes on a connection to say that it starts here.
        follows: The input port whose kind it passes on, if it does.
    """

    name: str
    gives: frozenset[Kind]
    labels: tuple[str, ...] = ()
    follows: str = ""


def _no_truth_values(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("should be a number, not true or false")
    return value


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("should be a finite number")
    return value


def _encodable(value: object) -> object:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("should be text, but holds half of a character pair") from None
    return value


def _one_line(value: object) -> object:
    if isinstance(value, str) and printable(value, len(value)) != value:
        raise ValueError("should be on one line, without control characters")
    return value


_PLACE = frozenset({"id", "x", "y", "config"})
"""What a node has besides its own fields."""

WholeNumber = Annotated[int, BeforeValidator(_no_truth_values)]
"""An integer; digits in a string are read, since large numbers may travel as strings."""


def _as_written(value: float) -> float:
    return int(value) if value.is_integer() else value  # as JavaScript writes it


Number = Annotated[
    float,
    BeforeValidator(_no_truth_values),
    BeforeValidator(_finite),
    PlainSerializer(_as_written, return_type=int | float, when_used="json"),
]
"""A finite number."""

Place = Annotated[float | int, BeforeValidator(_no_truth_values), BeforeValidator(_finite)]
"""A distance in the editor, in pixels; kept as it was written."""

Text = Annotated[str, BeforeValidator(_encodable), Field(max_length=MAX_TEXT_CHARACTERS)]
"""A bounded text that can be written to a file."""


class KnownNames(Protocol):
    """Who knows the names that a canvas may use but that are not its own: models and configs."""

    @property
    def allowed_folders(self) -> Sequence[Path]:
        """Folders that a canvas may take pictures from, besides its own."""

    def model_problem(self, name: str) -> str | None:
        """Why ``name`` cannot be used as a model, with a hint, or None. Asks no server."""

    def config_problem(self, name: str) -> str | None:
        """Why ``name`` cannot be used as an output config, as :meth:`model_problem`."""


class Node(BaseModel):
    """A node of a canvas: what it is called, what is set on it, and where it may be connected.

    Attributes:
        id: Unique in its canvas; given when the canvas is made, if left empty.
        x: Where it lies in the editor, in pixels; laid out when the canvas is made, if left out.
        y: As ``x``.
        config: The editor's own bag of settings; kept as it is.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    type: ClassVar[str]
    """The name of the node type in a canvas file."""
    positional: ClassVar[tuple[str, ...]] = ()
    """Fields that may be given without their name, in order."""
    inputs: ClassVar[tuple[InputPort, ...]] = ()
    outputs: ClassVar[tuple[OutputPort, ...]] = ()
    accepts_feedback: ClassVar[bool] = False
    """Whether a feedback connection may end here and start a new round."""
    keeps: ClassVar[str] = ""
    """What it adds to the record: ``"text"``, ``"media"``, ``"verdict"`` or nothing."""

    id: Annotated[str, BeforeValidator(_one_line)] = Field("", max_length=200)
    x: Place | None = None
    y: Place | None = None
    config: Mapping[str, Any] = Field(default_factory=dict)

    _extras: dict[str, Any] = PrivateAttr(default_factory=dict)
    _order: tuple[str, ...] = PrivateAttr(default=())
    """The keys of the file in their order, so that saving moves nothing."""
    _wires: list[Wire] = PrivateAttr(default_factory=list)
    _made: int = PrivateAttr(default_factory=itertools.count().__next__)
    """Which of two nodes was written first: the order that a canvas gathers its nodes in."""

    def __init__(self, *values: Any, **fields: Any) -> None:
        """Make a node; ``values`` fill the fields named in ``positional``.

        Raises:
            CanvasError: When a field is unknown or its value is out of range; all at once.
        """
        if len(values) > len(self.positional):
            names = ", ".join(self.positional) or "none"
            raise TypeError(
                f"{type(self).__name__} takes {len(self.positional)} positional values "
                f"({names}), but {len(values)} were given. Name the others."
            )
        fields |= dict(zip(self.positional, values, strict=False))
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise CanvasError(
                [
                    field_problem(item, type(self), str(fields.get("id", "")))
                    for item in error.errors(include_url=False)
                ],
                name=str(fields.get("id") or type(self).__name__),
            ) from None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The node that a canvas file describes; what is unknown or null is kept for saving.

        Raises:
            CanvasError: When values are out of range; all at once.
        """
        known: dict[str, Any] = {}
        extras: dict[str, Any] = {}
        names = cls.json_names()
        for key, value in document.items():
            if key == "type":
                continue
            if key in names and value is not None:
                known[names[key]] = value
            else:
                extras[key] = value
        node = cls(**known)
        node._extras.update(extras)
        node._order = tuple(document)
        return node

    @classmethod
    def json_names(cls) -> dict[str, str]:
        """Python field names by their names in a canvas file."""
        return {field.alias or name: name for name, field in cls.model_fields.items()}

    @classmethod
    def json_name(cls, field: str) -> str:
        """The name in a canvas file of the field with the Python name ``field``."""
        return cls.model_fields[field].alias or field

    def to_document(self) -> dict[str, Any]:
        """The node as a canvas file describes it: set fields only, and whatever was kept."""
        document: dict[str, Any] = {"id": self.id, "type": self.type}
        places = {"x": self.x, "y": self.y, "config": dict(self.config)}
        document |= {key: value for key, value in places.items() if key in self.model_fields_set}
        document |= self.model_dump(
            mode="json", by_alias=True, exclude_unset=True, exclude={"id", "x", "y", "config"}
        )
        document = self._extras | document
        return {key: document[key] for key in self._order if key in document} | document

    def essence(self) -> dict[str, Any]:
        """What of the node can make a difference to results: not its place, nor what is default."""
        document = self.model_dump(
            mode="json", by_alias=True, exclude_defaults=True, exclude=set(_PLACE)
        )
        extras = {key: value for key, value in self._extras.items() if key not in _PLACE}
        return extras | {"id": self.id, "type": self.type} | document

    def evolve(self, **changes: Any) -> Self:
        """This node with other field values, checked; without its wires.

        Raises:
            CanvasError: As on construction.
        """
        fields = {name: getattr(self, name) for name in self.model_fields_set} | changes
        node = type(self)(**fields)
        overwritten = {self.json_name(name) for name in changes if name in type(self).model_fields}
        node._extras.update({k: v for k, v in self._extras.items() if k not in overwritten})
        node._order = self._order
        return node

    def located(self, folder: Path | None) -> Self:
        """This node, bound to the folder of its canvas file (None: it came without a file)."""
        return self

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """What is wrong with the node by itself, beyond its fields' ranges. Touches no network.

        Args:
            known: Who knows models and configs; without it those names are not checked.
        """
        yield from ()

    @classmethod
    def input(cls, name: str) -> InputPort:
        """The input port called ``name``."""
        return next(port for port in cls.inputs if port.name == name)

    @classmethod
    def output(cls, name: str) -> OutputPort:
        """The output port called ``name``."""
        return next(port for port in cls.outputs if port.name == name)

    def __eq__(self, other: object) -> bool:
        """Whether type and all field values are the same; wires do not count."""
        if not isinstance(other, Node) or type(self) is not type(other):
            return NotImplemented
        return self.__dict__ == other.__dict__ and self._extras == other._extras

    __hash__ = object.__hash__  # by identity: wires connect this very node, not an equal one

    def __rshift__(self, other: Connectable) -> Chain:
        """Connect this node's first output with ``other``."""
        return Chain.of(self) >> other

    def __rrshift__(self, other: Sequence[Connectable]) -> Chain:
        """Connect each of ``other`` (a list) with this node."""
        return Chain.of(other) >> self

    def __str__(self) -> str:
        return self.id or self.type

    def _name(self, node_id: str) -> None:
        """Give the node its id; only while a canvas is made, and only if it has none."""
        self.__dict__["id"] = node_id
        self.__pydantic_fields_set__.add("id")


@dataclass(frozen=True, slots=True)
class Port:
    """A particular port of a particular node, to be connected: ``judge.passed >> generation``."""

    node: Node
    name: str
    outgoing: bool
    number: int = 0

    def __rshift__(self, other: Connectable) -> Chain:
        """Connect this output port with ``other``."""
        return Chain.of(self) >> other

    def __rrshift__(self, other: Sequence[Connectable]) -> Chain:
        """Connect each of ``other`` (a list) with this input port."""
        return Chain.of(other) >> self


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection noted between two nodes. Empty port names mean: as fits."""

    source: Node
    target: Node
    source_port: str = ""
    target_port: str = ""
    number: int = 0

    def note(self) -> None:
        """Tell both nodes, once."""
        for node in (self.source, self.target):
            if not any(self._same(wire) for wire in node._wires):
                node._wires.append(self)

    def _same(self, other: Wire) -> bool:
        return (
            self.source is other.source
            and self.target is other.target
            and (self.source_port, self.target_port, self.number)
            == (other.source_port, other.target_port, other.number)
        )


class Chain:
    """Nodes being connected: what ``>>`` gives.

    It is a view, not a copy: connections made later belong to it too. Everything that takes a
    canvas takes a chain or a node as well; :attr:`canvas` is the canvas as it stands.
    """

    def __init__(self, heads: tuple[Port | Node, ...], tails: tuple[Port | Node, ...]) -> None:
        """Take note of where the chain starts and where it goes on."""
        self._heads = heads
        self._tails = tails

    @classmethod
    def of(cls, item: Connectable) -> Chain:
        """A chain that starts and ends with ``item``: a node, a port, a chain or a list of those.

        Raises:
            TypeError: When it is something else.
        """
        match item:
            case Chain():
                return item
            case Node() | Port():
                return cls((item,), (item,))
            case [*parts] if parts:
                chains = [cls.of(part) for part in parts]
                return cls(
                    tuple(head for chain in chains for head in chain._heads),
                    tuple(tail for chain in chains for tail in chain._tails),
                )
        raise TypeError(
            f"Only nodes, ports, chains and lists of them can be connected, not {shorten(item)}."
        )

    def __rshift__(self, other: Connectable) -> Chain:
        """Connect every open end of this chain with every beginning of ``other``."""
        following = Chain.of(other)
        for tail in self._tails:
            for head in following._heads:
                _connect(tail, head)
        return Chain(self._heads, following._tails)

    def __rrshift__(self, other: Sequence[Connectable]) -> Chain:
        """Connect each of ``other`` (a list) with this chain."""
        return Chain.of(other) >> self

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Everything that hangs together with this chain, in the order in which it was written."""
        return gather([end.node if isinstance(end, Port) else end for end in self._heads])

    @property
    def canvas(self) -> Canvas:
        """The canvas as it stands now."""
        from canvas_kit.canvas.graph import Canvas

        return Canvas.of(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self.canvas._repr_mimebundle_()

    def __repr__(self) -> str:
        return repr(self.canvas)


Connectable = Node | Port | Chain | Sequence["Connectable"]
"""What can stand left and right of ``>>``."""


def _connect(tail: Port | Node, head: Port | Node) -> None:
    source, source_port = (tail.node, tail.name) if isinstance(tail, Port) else (tail, "")
    target, target_port = (head.node, head.name) if isinstance(head, Port) else (head, "")
    if isinstance(tail, Port) and not tail.outgoing:
        raise TypeError(f"{tail.name!r} is an input of {source}; nothing can start there.")
    if isinstance(head, Port) and head.outgoing:
        raise TypeError(f"{head.name!r} is an output of {target}; nothing can end there.")
    number = head.number if isinstance(head, Port) else 0
    Wire(source, target, source_port, target_port, number).note()


def gather(start: Sequence[Node]) -> tuple[Node, ...]:
    """Every node that hangs together with ``start``, in the order in which they were written."""
    seen: dict[int, Node] = {}
    waiting = list(start)
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen[id(node)] = node
        waiting += [end for wire in node._wires for end in (wire.source, wire.target)]
    return tuple(sorted(seen.values(), key=lambda node: node._made))


def field_problem(error: ErrorDetails, node_type: type[Node], node_id: str) -> Problem:
    """What pydantic found, in the words of a canvas file."""
    name = str(error["loc"][0]) if error["loc"] else ""
    python_names = node_type.json_names()
    field = name if name in python_names else ""
    if not field and name in node_type.model_fields:
        field = node_type.json_name(name)
    if error["type"] == "extra_forbidden":
        known = [key for key in node_type.model_fields if key not in ("x", "y", "config")]
        return Problem(
            f"{node_type.__name__} has no field {name!r}. {name_hint(name, known)}",
            "unknown_field",
            node_id or None,
            name,
        )
    message = error["msg"].removeprefix("Value error, ").replace("Input should", "should")
    came = shorten(error["input"])
    return Problem(f"{message}, but is {came}.", "bad_value", node_id or None, field or name)


def json_schema(node_types: Sequence[type[Node]]) -> dict[str, Any]:
    """The JSON Schema of ``node_types``, by the names of a canvas file, for forms and editors."""
    from pydantic.json_schema import models_json_schema  # slow to load, and seldom needed

    _, schema = models_json_schema([(kind, "validation") for kind in node_types], by_alias=True)
    return schema
