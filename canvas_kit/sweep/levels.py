"""What a factor can be set to: as it was given, checked, named, and written to a file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import TypeAdapter, ValidationError

from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.node_types import node_type
from canvas_kit.errors import BatchError, cut, shorten
from canvas_kit.executor.parameters import whole_number
from canvas_kit.media import is_data_url
from canvas_kit.sweep.identity import canonical
from canvas_kit.sweep.targets import Target
from canvas_kit.values import MAX_SEED

MAX_RUNS = 1_000_000
_LABEL_CHARACTERS = 80
_RANGE = re.compile(r"-?\d{1,18}(\.\d{1,9})?(\.\.-?\d{1,18}(\.\d{1,9})?){1,2}", re.ASCII)

Label = str | int | float | bool | None
"""What a level is called in tables and records."""


class Without(Enum):
    """The level at which a node is taken out, and its neighbours are joined: the control."""

    WITHOUT = "(without)"

    def __repr__(self) -> str:
        return self.name


WITHOUT = Without.WITHOUT


def listed(values: Any, what: str) -> list[Any]:
    """The levels in a list, an array, a column, a range in words, a generator.

    A message calls them ``what``.

    Raises:
        BatchError: When they are none, or too many.
    """
    if isinstance(values, str):
        found: list[Any] | None = numbers_in(values)
        if found is None:
            raise BatchError(f"{what} should have a list of levels, but has one text: {values!r}.")
        return found
    if hasattr(values, "tolist"):  # an array of NumPy, a column of pandas
        values = values.tolist()
    if isinstance(values, Mapping | bytes) or not isinstance(values, Iterable):
        raise BatchError(f"{what} should have a list of levels, but has {shorten(values)}.")
    found = [_plain(value) for value in islice(values, MAX_RUNS + 1)]
    if len(found) > MAX_RUNS:
        raise BatchError(f"{what} has more than {MAX_RUNS} levels, the most there can be.")
    return found


def numbers_in(text: str) -> list[Any] | None:
    """The numbers in a range in words, both ends included; None if the text is none.

    ``"1..5"``, ``"10..50..20"`` (the third is the step), ``"0..1..0.25"``.
    """
    if not _RANGE.fullmatch(text):
        return None
    numbers = [Decimal(part) for part in text.split("..")]
    first, last, step = (*numbers, Decimal(1))[:3]
    count = (last - first) / step if step else Decimal(-1)
    if not 0 <= count < MAX_RUNS:
        raise BatchError(
            f"The range {text!r} has no numbers, or more than {MAX_RUNS}: first, last and step "
            "should be written as first..last..step."
        )
    whole = all(number == number.to_integral_value() for number in numbers)
    kind = int if whole and "." not in text.replace("..", " ") else float
    return [kind(first + step * position) for position in range(int(count) + 1)]


def _plain(value: Any) -> Any:
    """``value`` as Python's own type, where another library holds one."""
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    return os.fspath(value) if isinstance(value, Path) else value


def is_missing(value: Any) -> bool:
    """Whether a table has nothing there: NaN, or what pandas writes for it."""
    return type(value).__name__ in ("NAType", "NaTType") or (
        isinstance(value, float) and value != value
    )


def checked(target: Target, level: Any, canvas: Canvas, folder: Path | None) -> Any:
    """A level of the type that its target in a canvas takes.

    A canvas or node in a document may name pictures in ``folder``.

    Raises:
        CanvasError: When the target cannot take it.
        BatchError: When it is of no use there.
    """
    match target.kind:
        case "canvas":
            read = isinstance(level, Mapping)
            value = Canvas.from_document(level, folder=folder) if read else Canvas.of(level)
            return value.check()
        case "seed":
            return _checked_seed(level)
    node = canvas.node(target.node_id)
    if target.kind == "field":
        info = type(node).model_fields[target.field]
        nullable = type(None) in get_args(info.annotation)
        if level == "" and nullable:  # an empty cell of a table
            level = None
        if level in (WITHOUT, WITHOUT.value) or (level is None and not nullable):
            return WITHOUT
        try:
            value = _field_check(type(node), target.field).validate_python(level)
        except ValidationError:  # which the node tells in better words
            value = getattr(node.evolve(**{target.field: level}), target.field)
        return _plain_field(value)
    if level is None or level in (WITHOUT, WITHOUT.value):
        return WITHOUT
    if isinstance(level, str) and level.startswith("{"):  # a cell of a table
        level = json.loads(level)
    if isinstance(level, Node):
        return level.evolve(id=target.node_id)
    if isinstance(level, Mapping) and isinstance(level.get("type"), str):
        read_node = node_type(level["type"]).from_document({**level, "id": target.node_id})
        return read_node.located(folder)
    if isinstance(level, Mapping) and all(isinstance(name, str) for name in level):
        changed = node.evolve(**{name: _plain(value) for name, value in level.items()})
        return {name: _plain_field(getattr(changed, name)) for name in level}
    raise BatchError(
        f"should be WITHOUT, fields with their values, or another node, but is {shorten(level)}"
    )


@cache
def _field_check(node: type[Node], field: str) -> TypeAdapter[Any]:
    """Checks one field of a node, without making the node: a factor may have many levels."""
    info = node.model_fields[field]
    kind: Any = info.annotation
    return TypeAdapter(Annotated[kind, *info.metadata] if info.metadata else kind)


def _plain_field(value: Any) -> Any:
    """The value of a field, which must be writable as JSON."""
    if value is not None and not isinstance(value, str | int | float):
        canonical(value)
    return str(value) if type(value) is not str and isinstance(value, str) else value


def _checked_seed(level: Any) -> int:
    number = whole_number(level)
    if number is None and isinstance(level, str) and level.isdecimal():
        number = int(level)
    if number is None or not 0 <= number <= MAX_SEED:
        raise BatchError(f"should be a whole number from 0 to {MAX_SEED}, but is {shorten(level)}")
    return number


def as_document(level: Any) -> Any:
    """A checked level as plain JSON-able values."""
    match level:
        case Without():
            return level.value
        case Canvas() | Node():
            return level.to_document()
        case Mapping():
            return dict(level)
    return level


def self_contained(canvas: Canvas, folders: Sequence[Path], target: Target, level: Any) -> Any:
    """A checked level with the content of the files that it names in place of their names.

    Raises:
        CanvasKitError: When one cannot be read.
    """
    if isinstance(level, Canvas):
        return level.with_nodes(node.self_contained(folders) for node in level.nodes)
    if isinstance(level, Node):
        return level.self_contained(folders)
    if not target.node_id or level is WITHOUT or level == WITHOUT.value:
        return level
    node = canvas.node(target.node_id)
    if type(node).self_contained is Node.self_contained:
        return level
    if target.kind == "field":
        made = node.evolve(**{target.field: level}).self_contained(folders)
        return getattr(made, target.field)
    if "type" in level:  # a whole node, as an exclusion says it
        return level
    made = node.evolve(**level).self_contained(folders)
    return {name: getattr(made, name) for name in level}


def labels_of(levels: Sequence[Any]) -> list[Label]:
    """What each of the checked levels of a key is called; different ones differently."""
    found: list[Label] = []
    meant: dict[Label, dict[bytes, Label]] = {}
    for level in levels:
        if isinstance(level, int | float | None) or (type(level) is str and not is_data_url(level)):
            found.append(level)
            continue
        label = _label(level)
        same = meant.setdefault(label, {})
        key = canonical(as_document(level))
        if key not in same:
            same[key] = f"{label} ({len(same) + 1})" if same else label
        found.append(same[key])
    return found


def _label(level: Any) -> str:
    match level:
        case Without():
            return level.value
        case str():
            return f"{level[:40].partition(';')[0]} {sha256(level.encode()).hexdigest()[:8]}"
        case Canvas():
            return level.name or level.id
        case Node():
            return _named(type(level).__name__, dict(level.__repr_args__()))
        case Mapping() if not level:
            return "(as it is)"
        case Mapping() if len(level) == 1:
            return _short(next(iter(level.values())))
        case Mapping():
            return _named("", level)
    return _short(level)


def _named(name: str, fields: Mapping[str, Any]) -> str:
    told = ", ".join(f"{key}={_short(value)}" for key, value in fields.items() if key != "id")
    return f"{name}({told})" if name else told


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return cut(text, _LABEL_CHARACTERS)
