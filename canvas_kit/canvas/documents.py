"""Reading canvas files: the ``canvas_workflow`` JSON of the canvas editor.

Reading runs no code and touches no network; depth, size and counts are bounded; the problems of a
file are told together, each with its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NoReturn, TypeVar

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from canvas_kit.canvas import checks
from canvas_kit.canvas.connections import Connection
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.node_types import node_type
from canvas_kit.errors import (
    CanvasError,
    MissingPrerequisite,
    Problem,
    UnknownName,
    explain,
    printable,
    shorten,
)
from canvas_kit.files import read_start

T = TypeVar("T")

MAX_FILE_BYTES = 64 * 2**20
"""The largest canvas file: room for several embedded pictures."""
MAX_DEPTH = 40
DOCUMENT_TYPE = "canvas_workflow"


class _CanvasForm(BaseModel):
    id: str | None = None
    name: str | None = None
    type: Literal["canvas_workflow"] = "canvas_workflow"
    nodes: Annotated[list[Any], Field(max_length=checks.MAX_NODES)] | None
    connections: Annotated[list[Any], Field(max_length=checks.MAX_CONNECTIONS)] | None = None


class _NodeForm(BaseModel):
    id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    type: str


class _ConnectionForm(BaseModel):
    sourceId: str  # noqa: N815
    targetId: str  # noqa: N815
    label: str | None = None
    targetLabel: str | None = None  # noqa: N815


class CanvasDocument(NamedTuple):
    """What a canvas file says; every part of it can be understood, and together they can run."""

    nodes: tuple[Node, ...]
    connections: tuple[Connection, ...]
    name: str
    id: str
    extras: Mapping[str, Any]


def read_file(path: Path) -> CanvasDocument:
    """The canvas in a file.

    Raises:
        CanvasError: When it cannot be read, is not a canvas, or cannot run.
    """
    where = printable(str(path), 1000)
    try:
        data = read_start(path, MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        _fail(f"The canvas file {where} cannot be read: {reason}.", "unreadable")
    return read_text(data, where=where, folder=path.parent)


def read_text(
    text: str | bytes,
    *,
    where: str = "The text",
    folder: Path | None = None,
    unfinished: bool = False,
) -> CanvasDocument:
    """The canvas in JSON text.

    Raises:
        CanvasError: As :func:`read_file`.
    """
    if len(text) > MAX_FILE_BYTES:
        _fail(f"{where} is larger than {MAX_FILE_BYTES >> 20} MiB.", "too_large")
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        if not text.strip():
            _fail(f"{where} is empty.", "not_json")
        document = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=refuse_constant)
    except UnicodeDecodeError as error:
        _fail(f"{where} is not UTF-8 text (byte {error.start}).", "not_text")
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
        _fail(f"{where} is not valid JSON: {place}.", "not_json")
    except RecursionError:
        _fail(f"{where} is nested more than {MAX_DEPTH} levels deep.", "too_deep")
    except ValueError as error:
        _fail(f"{where} is not valid JSON: {error}.", "not_json")
    return read_document(document, where=where, folder=folder, unfinished=unfinished)


def read_document(
    document: Any,
    *,
    where: str = "The document",
    folder: Path | None = None,
    unfinished: bool = False,
) -> CanvasDocument:
    """The canvas that parsed JSON describes.

    Args:
        document: Parsed JSON.
        where: What a message calls it.
        folder: The folder whose pictures it may take.
        unfinished: Whether it may be one that cannot run yet.

    Raises:
        CanvasError: As :func:`read_file`.
    """
    if _is_deeper(document, MAX_DEPTH - 1):
        _fail(f"{where} is nested more than {MAX_DEPTH} levels deep.", "too_deep")
    try:
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError) as error:  # not finite, half a character, no JSON at all
        _fail(f"{where} holds what could not be written to a file again: {error}.", "not_json")
    try:
        form = _CanvasForm.model_validate(document)
    except ValidationError as error:
        told = (
            f"{'.'.join(map(str, item['loc'])) or 'it'} {explain(item)}"
            for item in error.errors(include_url=False)
        )
        _fail(f"{where} is not a canvas: {' '.join(told)}", "not_a_canvas")
    found: list[Problem] = []

    def read_node(item: Any) -> Node:
        _NodeForm.model_validate(item)
        try:
            return node_type(item["type"]).from_document(item).located(folder)
        except (UnknownName, MissingPrerequisite) as error:
            _fail(str(error), "unknown_type", item["id"], "type")
        except CanvasError as error:
            raise CanvasError([replace(p, node_id=item["id"]) for p in error.problems]) from None

    def read_connection(item: Any) -> Connection:
        _ConnectionForm.model_validate(item)
        return Connection.from_document(item)

    nodes = _read_each(form.nodes or [], "nodes", read_node, found)
    readable = not found
    items = form.connections or []
    connections = _read_each(items, "connections", read_connection, found)
    # A canvas with unreadable nodes would also seem to have dangling connections.
    if unfinished:
        pass
    elif not found:
        found += checks.problems(nodes, connections, None)
    elif readable:
        found += checks.resolve(nodes, connections).problems
    name = form.name or ""
    if found:
        file = "" if where in ("The document", "The text") else where
        raise CanvasError(found[: checks.MAX_PROBLEMS], name=name or file)
    known = {"id", "name", "type", "nodes", "connections"}
    extras = {key: value for key, value in document.items() if key not in known}
    return CanvasDocument(tuple(nodes), tuple(connections), name, form.id or "", extras)


def _read_each(
    items: Iterable[Any], key: str, read: Callable[[Any], T], found: list[Problem]
) -> list[T]:
    """What can be read of ``items``; what is wrong with the others goes into ``found``."""
    results = []
    for position, entry in enumerate(items):
        if len(found) >= checks.MAX_PROBLEMS:
            break
        try:
            results.append(read(entry))
        except ValidationError as error:
            found += [
                Problem(
                    explain(item),
                    "bad_entry",
                    None,
                    ".".join([f"{key}[{position}]", *map(str, item["loc"])]),
                )
                for item in error.errors(include_url=False)
            ]
        except CanvasError as error:
            found += error.problems
    return results


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, value in pairs:
        if key in document:
            raise ValueError(f"the key {shorten(key)} is there twice in one object")
        document[key] = value
    return document


def refuse_constant(name: str) -> NoReturn:
    """Refuse what Python reads as a number and JSON does not know, such as ``NaN``."""
    raise ValueError(f"{name} is not a number that JSON knows")


def _is_deeper(value: Any, levels: int) -> bool:
    inside = value.values() if isinstance(value, Mapping) else value
    return levels < 0 or (
        isinstance(value, Mapping | list) and any(_is_deeper(item, levels - 1) for item in inside)
    )


def _fail(
    message: str, code: str, node_id: str | None = None, field: str | None = None
) -> NoReturn:
    raise CanvasError([Problem(message, code, node_id, field)])
