"""What a node is: a value with fields, ports, and a form in a canvas file.

A field has a short Python name and the canvas editor's JSON name (the alias); one declaration gives
both and the checks.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from canvas_kit.canvas.fields import Coordinate, NodeId
from canvas_kit.canvas.ports import InputPort, OutputPort
from canvas_kit.errors import CanvasError, Problem, explain

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

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    type: ClassVar[str]
    """The name of the node type in a canvas file."""
    inputs: ClassVar[tuple[InputPort, ...]] = ()
    outputs: ClassVar[tuple[OutputPort, ...]] = ()
    accepts_feedback: ClassVar[bool] = False
    """Whether a feedback connection may end here and start a new round."""
    keeps: ClassVar[str] = ""
    """What it adds to the record: ``"text"``, ``"media"``, ``"verdict"`` or nothing."""
    version: ClassVar[int] = 1
    """Of what the type does; raised when the same fields come to give other results."""
    without_effect: ClassVar[frozenset[str]] = frozenset()
    """Fields that make no difference to results."""

    id: NodeId = ""
    x: Coordinate | None = None
    y: Coordinate | None = None
    config: Mapping[str, Any] = Field(default_factory=dict)

    _source: Mapping[str, Any] = PrivateAttr(default_factory=dict)
    """What its file says of it, so that saving loses nothing and moves nothing."""

    def __init__(self, **fields: Any) -> None:
        """Make a node.

        Raises:
            CanvasError: When a field is unknown or its value is out of range; all at once.
        """
        self._fill(fields)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.__signature__ = _shown(cls.__init__)

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
        names = cls._json_names() - {"type"}
        known = {k: v for k, v in document.items() if k in names and v is not None}
        node = cls.__new__(cls)
        node._fill(known, by_alias=True)
        node._source = document
        return node

    @classmethod
    def _json_names(cls) -> set[str]:
        fields = cls.model_fields.items()
        return {"type", *(cls.json_name(name) for name, field in fields if not field.exclude)}

    @classmethod
    def json_name(cls, field: str) -> str:
        """The name in a canvas file of the field with the Python name ``field``."""
        return cls.model_fields[field].alias or field

    def name_of(self, field: str) -> str:
        """What a message calls ``field``: as in the file that the node came from, else as typed."""
        return self.json_name(field) if self._source else field

    def to_document(self) -> dict[str, Any]:
        """The node as a canvas file describes it: set fields only, and whatever was kept."""
        document = {"id": self.id, "type": self.type}
        document |= self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return {k: document.get(k, v) for k, v in self._source.items()} | document

    def essence(self) -> dict[str, Any]:
        """What of the node can make a difference to results: not its place, nor what is default."""
        document = self.model_dump(
            mode="json", by_alias=True, exclude_defaults=True, exclude={"id", *_PLACE}
        )
        return self._extras() | {"id": self.id, "type": self.type} | document

    def identity(self, folders: Sequence[Path] = ()) -> dict[str, Any]:
        """What shapes its results, the same for what means the same; JSON-able.

        Unlike :meth:`essence` it has no id, spells nothing two ways, and holds the content of what
        the fields only name: the words of a preset, a digest of a picture.

        Args:
            folders: Where files may be read, besides the folder of the canvas.

        Raises:
            CanvasKitError: When a file that it names cannot be read.
        """
        # Not as JSON: there, what is not finite becomes null, and a set a list in some order.
        fields = self.model_dump(
            exclude_defaults=True, exclude={"id", *_PLACE, *self.without_effect}
        )
        return {"type": self.type, "version": self.version, "fields": fields}

    def self_contained(self, folders: Sequence[Path] = ()) -> Self:
        """This node with the content of the files that it names in place of their names.

        Args:
            folders: As of :meth:`identity`.

        Raises:
            CanvasKitError: When one cannot be read.
        """
        return self

    def evolve(self, **changes: Any) -> Self:
        """This node with other field values (Python names), checked.

        Raises:
            CanvasError: As on construction.
        """
        return self._remade({name: getattr(self, name) for name in self.model_fields_set} | changes)

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
        return self.__dict__ == other.__dict__ and self._extras() == other._extras()

    def __hash__(self) -> int:
        """By type and id; other fields may hold what cannot be hashed."""
        return hash((type(self), self.id))

    def __str__(self) -> str:
        return self.id or self.type

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        for name in type(self).model_fields:
            if name in self.model_fields_set and name not in _PLACE:
                yield name, getattr(self, name)

    def _extras(self) -> dict[str, Any]:
        """What its file says besides its fields."""
        names = self._json_names()
        return {key: value for key, value in self._source.items() if key not in names}

    def _fill(self, fields: Mapping[str, Any], *, by_alias: bool = False) -> None:
        try:
            self.__pydantic_validator__.validate_python(
                fields, self_instance=self, by_alias=by_alias, by_name=not by_alias
            )
        except ValidationError as error:
            found = [
                _problem(item, type(self).model_fields) for item in error.errors(include_url=False)
            ]
            raise CanvasError(found, subject=type(self).__name__) from None

    def _remade(self, fields: Mapping[str, Any]) -> Self:
        """A node of the same type and origin with these fields."""
        node = type(self).__new__(type(self))
        node._fill(fields)
        for name in self.__private_attributes__:
            setattr(node, name, getattr(self, name))
        return node


def constructor(declared: Callable[P, None]) -> Callable[P, None]:
    """Make a typed ``__init__`` without a body set the fields that are given, and those alone.

    What is left out stays unset, so that a saved canvas says no more than was typed.
    """
    signature = _shown(declared)

    @functools.wraps(declared)
    def checked(self: Node, *values: Any, **fields: Any) -> None:
        unknown = {name: fields.pop(name) for name in fields.keys() - signature.parameters.keys()}
        try:
            given = signature.bind(*values, **fields).arguments
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}{signature}: {error}") from None
        self._fill(self.completed(given | unknown))

    return checked  # type: ignore[return-value]


class _Annotation(str):
    """A type as it is written, shown without quotation marks."""

    __slots__ = ()
    __repr__ = str.__str__


def _shown(method: Callable[..., None]) -> inspect.Signature:
    """The signature of a method without ``self``, as it is written."""
    _, *parameters = inspect.signature(method).parameters.values()
    return inspect.Signature(
        [item.replace(annotation=_Annotation(item.annotation)) for item in parameters]
    )


def _problem(error: ErrorDetails, known: Iterable[str]) -> Problem:
    name = str(error["loc"][0]) if error["loc"] else ""
    match error["type"]:
        case "extra_forbidden":
            return Problem(explain(error, known), "unknown_field", None, name)
        case "unknown_preset":
            return Problem(error["msg"], "unknown_preset", None, name)
    return Problem(explain(error), "bad_value", None, name)
