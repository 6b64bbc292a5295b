"""What a node is: a value with fields, ports, and a form in a canvas file.

A field has a short Python name and the canvas editor's JSON name (the alias); one declaration gives
both and the checks.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from canvas_kit.canvas.fields import Coordinate, NodeId
from canvas_kit.canvas.ports import InputPort, OutputPort
from canvas_kit.errors import CanvasError, Problem, name_hint, shorten

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

P = ParamSpec("P")

_PLACE = frozenset({"x", "y", "config"})
"""What makes no difference to results."""


class KnownNames(Protocol):
    """Knows the names that a canvas may use but that are not its own: models and configs."""

    @property
    def allowed_folders(self) -> Sequence[Path]:
        """Folders that a canvas may take pictures from, besides its own."""

    def model_problem(self, name: str) -> str | None:
        """Why ``name`` cannot be used as a model, with a hint, or None. Asks no server."""

    def config_problem(self, name: str) -> str | None:
        """Why ``name`` cannot be used as an output config, as :meth:`model_problem`."""


class Node(BaseModel):
    """A node of a canvas: its fields, and nothing of where it stands or what it is connected to.

    Attributes:
        id: Unique in its canvas. A node without one is given one in :attr:`Canvas.nodes`.
        x: Where it lies in the editor, in pixels; laid out there if left out.
        y: As ``x``.
        config: The editor's own bag of settings; kept as it is.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,
    )

    type: ClassVar[str]
    """The name of the node type in a canvas file."""
    inputs: ClassVar[tuple[InputPort, ...]] = ()
    outputs: ClassVar[tuple[OutputPort, ...]] = ()
    accepts_feedback: ClassVar[bool] = False
    """Whether a feedback connection may end here and start a new round."""
    keeps: ClassVar[str] = ""
    """What it adds to the record: ``"text"``, ``"media"``, ``"verdict"`` or nothing."""

    id: NodeId = ""
    x: Coordinate | None = None
    y: Coordinate | None = None
    config: Mapping[str, Any] = Field(default_factory=dict)

    _extras: dict[str, Any] = PrivateAttr(default_factory=dict)
    _order: tuple[str, ...] = PrivateAttr(default=())
    """The keys of the file in their order, so that saving moves nothing; empty without a file."""

    def __init__(self, **fields: Any) -> None:
        """Make a node.

        Raises:
            CanvasError: When a field is unknown or its value is out of range; all at once.
        """
        self._fill(fields)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.__signature__ = _without_self(inspect.signature(cls.__init__))

    @classmethod
    def completed(cls, given: dict[str, Any]) -> dict[str, Any]:
        """The fields that follow from ``given`` arguments of the constructor."""
        return given

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The node that a canvas file describes; what is unknown or null is kept for saving.

        Raises:
            CanvasError: When values are out of range; all at once.
        """
        names = {cls.json_name(name) for name, field in cls.model_fields.items() if _saved(field)}
        known = {k: v for k, v in document.items() if k in names and v is not None}
        node = cls.__new__(cls)
        node._fill(known, by_json_names=True)
        node._extras.update({k: v for k, v in document.items() if k not in known and k != "type"})
        node._order = tuple(document)
        return node

    @classmethod
    def json_name(cls, field: str) -> str:
        """The name in a canvas file of the field with the Python name ``field``."""
        return cls.model_fields[field].alias or field

    def name_of(self, field: str) -> str:
        """What a message calls ``field``: as in the file that the node came from, else as typed."""
        return self.json_name(field) if self._order else field

    def to_document(self) -> dict[str, Any]:
        """The node as a canvas file describes it: set fields only, and whatever was kept."""
        places = {"x": self.x, "y": self.y, "config": dict(self.config)}
        document: dict[str, Any] = {"id": self.id, "type": self.type}
        document |= {key: value for key, value in places.items() if key in self.model_fields_set}
        document |= self.model_dump(
            mode="json", by_alias=True, exclude_unset=True, exclude={"id", *_PLACE}
        )
        document = self._extras | document
        return {key: document[key] for key in self._order if key in document} | document

    def essence(self) -> dict[str, Any]:
        """What of the node can make a difference to results: not its place, nor what is default."""
        document = self.model_dump(
            mode="json", by_alias=True, exclude_defaults=True, exclude={"id", *_PLACE}
        )
        extras = {key: value for key, value in self._extras.items() if key not in _PLACE}
        return extras | {"id": self.id, "type": self.type} | document

    def evolve(self, **changes: Any) -> Self:
        """This node with other field values (Python names), checked.

        Raises:
            CanvasError: As on construction.
        """
        return self._remade(
            {name: getattr(self, name) for name in self.model_fields_set} | changes, changes
        )

    def expanded(self) -> tuple[Node, Sequence[Node]]:
        """The node as a canvas file has it, and nodes that its other fields stand for.

        Those nodes are connected to it when it becomes part of a canvas.
        """
        return self, ()

    def located(self, folder: Path | None) -> Self:
        """This node, bound to the folder of its canvas file (None: it came without a file)."""
        return self

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """What is wrong with the node by itself, beyond its fields' ranges. Touches no network.

        Args:
            known: Knows models and configs; without it those names are not checked.
        """
        yield from ()

    def warnings(self) -> Iterator[Problem]:
        """What of the node by itself looks forgotten, though it can run."""
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
        """Whether type and all field values are the same."""
        if not isinstance(other, Node) or type(self) is not type(other):
            return NotImplemented
        return self.__dict__ == other.__dict__ and self._extras == other._extras

    def __hash__(self) -> int:
        """By type and id; other fields may hold what cannot be hashed."""
        return hash((type(self), self.id))

    def __str__(self) -> str:
        return self.id or self.type

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        for name in type(self).model_fields:
            if name in self.model_fields_set and name not in _PLACE:
                yield name, getattr(self, name)

    def _fill(self, fields: Mapping[str, Any], *, by_json_names: bool = False) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            name = fields.get("id") or ""
            node_id = name if by_json_names and isinstance(name, str) else None
            raise CanvasError(
                [
                    _field_problem(item, type(self), node_id, by_json_names)
                    for item in error.errors(include_url=False)
                ],
                subject=type(self).__name__,
            ) from None

    def _remade(self, fields: Mapping[str, Any], changed: Mapping[str, Any]) -> Self:
        """A node of the same type and origin with these fields, of which some are ``changed``."""
        node = type(self).__new__(type(self))
        node._fill(fields)
        overwritten = {self.json_name(name) for name in changed}
        node._extras.update({k: v for k, v in self._extras.items() if k not in overwritten})
        node._order = self._order
        return node


def constructor(declared: Callable[P, None]) -> Callable[P, None]:
    """Make a typed ``__init__`` without a body set the fields that are given, and those alone.

    What is left out stays unset, so that a saved canvas says no more than was typed.
    """
    signature = inspect.signature(declared)
    known = [name for name in signature.parameters if name != "self"]

    @functools.wraps(declared)
    def checked(self: Node, *values: Any, **fields: Any) -> None:
        name = type(self).__name__
        if unknown := [field for field in fields if field not in known]:
            raise CanvasError(
                [
                    Problem(
                        f"There is no such argument. {name_hint(field, known)}",
                        "unknown_field",
                        None,
                        field,
                    )
                    for field in unknown
                ],
                subject=name,
            )
        try:
            given = signature.bind(self, *values, **fields).arguments
        except TypeError as error:
            raise TypeError(f"{name}{_without_self(signature)}: {error}") from None
        given.pop("self")
        self._fill(self.completed(given))

    return checked  # type: ignore[return-value]


class _Annotation(str):
    """A type as it is written, shown without quotation marks."""

    __slots__ = ()
    __repr__ = str.__str__


def _without_self(signature: inspect.Signature) -> inspect.Signature:
    parameters = [
        item.replace(annotation=_Annotation(item.annotation))
        if isinstance(item.annotation, str)
        else item
        for name, item in signature.parameters.items()
        if name != "self"
    ]
    return signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty)


def _saved(field: Any) -> bool:
    return not field.exclude


def _field_problem(
    error: ErrorDetails, node_type: type[Node], node_id: str | None, by_json_names: bool
) -> Problem:
    """What pydantic found, by the names that the caller used."""
    name = str(error["loc"][0]) if error["loc"] else ""
    for field in node_type.model_fields:
        if name in (field, node_type.json_name(field)):
            name = node_type.json_name(field) if by_json_names else field
    if error["type"] == "extra_forbidden":
        return Problem(
            f"{node_type.__name__} has no such field. {name_hint(name, node_type.model_fields)}",
            "unknown_field",
            node_id,
            name,
        )
    message = error["msg"]
    for start in ("Value error, ", "Input ", "String "):
        message = message.removeprefix(start)
    if error["type"].startswith("unknown_"):  # tells what came
        return Problem(message, error["type"], node_id, name)
    return Problem(f"{message}, but is {shorten(error['input'])}.", "bad_value", node_id, name)
