"""Reading canvas files: the ``canvas_workflow`` JSON of the canvas editor.

Reading runs no code and touches no network; depth, size and counts are bounded; every problem of a
file is told at once, with its place.
"""

from __future__ import annotations

import json
import math
import stat
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

from canvas_kit.canvas import checks
from canvas_kit.canvas.connections import Connection
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.node_types import node_type
from canvas_kit.errors import CanvasError, MissingPrerequisite, Problem, UnknownName, shorten

T = TypeVar("T")

MAX_FILE_BYTES = 64 * 2**20
"""The largest canvas file: room for several embedded pictures."""
MAX_DEPTH = 40
DOCUMENT_TYPE = "canvas_workflow"


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
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            _fail(f"{path} is a folder. Name the canvas file in it.", "not_a_file")
        if not stat.S_ISREG(mode):
            _fail(f"{path} is not an ordinary file.", "not_a_file")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        _fail(f"The canvas file {path} cannot be read: {reason}.", "unreadable")
    except ValueError as error:  # a null byte in the name
        _fail(f"{shorten(str(path))} is not a file name: {error}.", "unreadable")
    return read_text(data, where=str(path), folder=path.parent)


def read_text(
    text: str | bytes, *, where: str = "The text", folder: Path | None = None
) -> CanvasDocument:
    """The canvas in JSON text.

    Raises:
        CanvasError: As :func:`read_file`.
    """
    if len(text) > MAX_FILE_BYTES:
        _fail(f"{where} is larger than {MAX_FILE_BYTES >> 20} MiB.", "too_large")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            _fail(f"{where} is not UTF-8 text (byte {error.start}).", "not_text")
    if not text.strip():
        _fail(f"{where} is empty.", "not_json")
    try:
        document = json.loads(
            text, object_pairs_hook=_unique_keys, parse_constant=_no_constant, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        _fail(
            f"{where} is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}.",
            "not_json",
        )
    except RecursionError:
        _fail(f"{where} is nested more than {MAX_DEPTH} levels deep.", "too_deep")
    except ValueError as error:
        _fail(f"{where} is not valid JSON: {error}.", "not_json")
    return read_document(document, where=where, folder=folder)


def read_document(
    document: Any, *, where: str = "The document", folder: Path | None = None
) -> CanvasDocument:
    """The canvas that parsed JSON describes.

    Raises:
        CanvasError: As :func:`read_file`.
    """
    if not isinstance(document, Mapping):
        _fail(
            f"{where} holds {_json_type(document)}, not a canvas: expected an object with 'nodes' "
            "and 'connections'.",
            "not_a_canvas",
        )
    _check_values(document, where)
    kind = document.get("type", DOCUMENT_TYPE)
    if kind != DOCUMENT_TYPE:
        _fail(f"{where} is of the type {shorten(kind)}, not {DOCUMENT_TYPE!r}.", "not_a_canvas")
    if "nodes" not in document:
        _fail(
            f"{where} has no 'nodes', so it is not a canvas. Its keys: "
            f"{shorten(sorted(map(str, document)))}.",
            "not_a_canvas",
        )
    found: list[Problem] = []
    told = {key: document.get(key) or "" for key in ("name", "id")}
    for key, value in told.items():
        if not isinstance(value, str):
            found.append(
                Problem(f"should be text, but is {shorten(value)}.", "bad_value", field=key)
            )
            told[key] = ""
    name, canvas_id = told["name"], told["id"]
    listed = _items(document, "nodes", checks.MAX_NODES, found)
    nodes = _read_each(listed, "nodes", lambda item, place: _read_node(item, place, folder), found)
    readable = len(nodes) == len(listed) and not found
    listed = _items(document, "connections", checks.MAX_CONNECTIONS, found)
    connections = _read_each(listed, "connections", _read_connection, found)
    known = {"id", "name", "type", "nodes", "connections"}
    # A canvas with unreadable nodes would also seem to have dangling connections.
    if not found:
        found += checks.problems(nodes, connections, None)
    elif readable:
        found += checks.resolve(nodes, connections)[1]
    if found:
        file = where if where != "The document" else ""
        raise CanvasError(found[: checks.MAX_PROBLEMS], name=name or file)
    extras = {key: value for key, value in document.items() if key not in known}
    return CanvasDocument(tuple(nodes), tuple(connections), name, canvas_id, extras)


def _items(document: Mapping[str, Any], key: str, limit: int, found: list[Problem]) -> list[Any]:
    items = document.get(key)
    if items is None:
        return []
    if not isinstance(items, list):
        found.append(
            Problem(f"should be a list, but is {_json_type(items)}.", "not_a_canvas", None, key)
        )
        return []
    if len(items) > limit:
        found.append(
            Problem(
                f"has {len(items)} entries; at most {limit} can be read.", "too_large", None, key
            )
        )
        return []
    return items


def _read_each(
    items: list[Any], key: str, read: Callable[[Any, str], T], found: list[Problem]
) -> list[T]:
    """What can be read of ``items``; what is wrong with the others goes into ``found``."""
    results = []
    for position, item in enumerate(items):
        if len(found) >= checks.MAX_PROBLEMS:
            break
        try:
            results.append(read(item, f"{key}[{position}]"))
        except CanvasError as error:
            found += error.problems
    return results


def _read_node(item: Any, place: str, folder: Path | None) -> Node:
    if not isinstance(item, Mapping):
        _fail(f"should be an object, but is {_json_type(item)}.", "bad_node", field=place)
    node_id, type_name = item.get("id"), item.get("type")
    if not isinstance(node_id, str) or not node_id.strip():
        came = _came(node_id)
        _fail(f"its id {came}; a node needs a text that is its own.", "missing_id", field=place)
    if not isinstance(type_name, str):
        _fail(f"its type {_came(type_name)}.", "unknown_type", node_id, "type")
    try:
        return node_type(type_name).from_document(item).located(folder)
    except (UnknownName, MissingPrerequisite) as error:
        _fail(str(error), "unknown_type", node_id, "type")
    except CanvasError as error:
        raise CanvasError(
            [replace(problem, node_id=node_id) for problem in error.problems]
        ) from None


def _read_connection(item: Any, place: str) -> Connection:
    if not isinstance(item, Mapping):
        _fail(f"should be an object, but is {_json_type(item)}.", "bad_connection", field=place)
    for key in ("sourceId", "targetId"):
        if not isinstance(item.get(key), str):
            came = _came(item.get(key))
            _fail(f"its {key} {came}; it names a node.", "bad_connection", field=place)
    for key in ("label", "targetLabel"):
        if not isinstance(item.get(key), str | None):
            message = f"its {key} should be text, but is {shorten(item[key])}."
            _fail(message, "bad_connection", field=place)
    return Connection.from_document(item)


def _came(value: object) -> str:
    return "is missing" if value is None else f"is {shorten(value)}"


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, value in pairs:
        if key in document:
            raise ValueError(f"the key {shorten(key)} is there twice in one object")
        document[key] = value
    return document


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON knows")


def _integer(digits: str) -> int:
    if len(digits) > 100:
        raise ValueError(f"a number has {len(digits)} digits")
    return int(digits)


def _check_values(document: Any, where: str) -> None:
    """Refuse what could not be written back: too deep, infinite, unpaired surrogates."""
    level = [document]
    for _ in range(MAX_DEPTH):
        following: list[Any] = []
        for value in level:
            match value:
                case Mapping():
                    following += value.keys()
                    following += value.values()
                case list():
                    following += value
                case str() if not _is_writable(value):
                    _fail(
                        f"{where} holds an unpaired surrogate, in {shorten(value)}. Write the "
                        "whole character there.",
                        "not_text",
                    )
                case float() if not math.isfinite(value):
                    _fail(
                        f"{where} holds a number that is not finite ({value}); JSON knows none.",
                        "not_json",
                    )
        level = following
        if not level:
            return
    _fail(f"{where} is nested more than {MAX_DEPTH} levels deep.", "too_deep")


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _json_type(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return f"the text {shorten(value, 40)}"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case Mapping():
            return "an object"
    return type(value).__name__


def _fail(
    message: str, code: str, node_id: str | None = None, field: str | None = None
) -> NoReturn:
    raise CanvasError([Problem(message, code, node_id, field)])
