"""Sweeps in files: TOML and JSON hold a whole design, CSV a table of levels."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import BatchError
from canvas_kit.files import read_start
from canvas_kit.sweep.prompt_files import read_table

MAX_FILE_BYTES = 64 << 20


def read_levels(path: str | Path) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """The levels in a CSV or TSV file, as a factor: its header are the keys that vary together.

    Raises:
        BatchError: When the file cannot be read, or has no rows.
    """
    file = Path(path)
    header, *rows = read_table(file) or [[]]
    if not rows:
        raise BatchError(f"{file} holds no levels: it should have a header, and rows below it.")
    return {tuple(key.strip() for key in header): [tuple(row) for row in rows if any(row)]}


def read_design(path: Path, canvas: Canvas | None) -> dict[str, Any]:
    """The document of a sweep in a file; see :meth:`Sweep.load`.

    Raises:
        BatchError: When the file holds no sweep.
        CanvasError: When the canvas that it names cannot run.
    """
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        document: Any = {"factors": read_levels(path)}
    else:
        try:
            data = read_start(path, MAX_FILE_BYTES + 1)
        except OSError as error:
            raise BatchError(f"The sweep file {path} cannot be read: {error.strerror}.") from None
        if len(data) > MAX_FILE_BYTES:
            raise BatchError(f"The sweep file {path} is larger than {MAX_FILE_BYTES >> 20} MiB.")
        try:
            text = data.decode("utf-8-sig")
            document = (
                tomllib.loads(text)
                if suffix == ".toml"
                else json.loads(text, parse_constant=_refuse)
            )
        except (ValueError, RecursionError) as error:
            kind = "TOML" if suffix == ".toml" else "JSON"
            raise BatchError(f"The sweep file {path} is not {kind}: {error}.") from None
    if not isinstance(document, dict):
        raise BatchError(f"The sweep file {path} should hold an object.")
    if isinstance(document.get("factors"), str):
        document["factors"] = read_levels(path.parent / document["factors"])
    if canvas is not None:
        document["canvas"] = canvas
    elif isinstance(document.get("canvas"), str):
        document["canvas"] = Canvas.load(path.parent / document["canvas"])
    elif "canvas" not in document:
        raise BatchError(f"{path} names no canvas; give one: canvas=…")
    return document


def as_toml(document: Mapping[str, Any]) -> str:
    """A document as TOML; tables inside an entry are written on one line.

    Raises:
        BatchError: When it holds null, which TOML does not know.
    """
    plain = {key: value for key, value in document.items() if key != "factors"}
    lines = [f"{_toml(key)} = {_toml(value)}" for key, value in plain.items()]
    lines += ["", "[factors]"]
    lines += [f"{_toml(key)} = {_toml(value)}" for key, value in document["factors"].items()]
    return "\n".join(lines) + "\n"


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows with the same keys as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, row in enumerate(rows):
        if not number:
            writer.writerow(row)
        writer.writerow(row.values())
    return text.getvalue()


def _toml(value: Any) -> str:
    match value:
        case None:
            raise BatchError("TOML has no null, and a level is None. Save it as .json.")
        case Mapping():
            inside = (f"{_toml(str(key))} = {_toml(item)}" for key, item in value.items())
            return f"{{ {', '.join(inside)} }}" if value else "{}"
        case list() | tuple():
            return f"[{', '.join(map(_toml, value))}]"
    # A string of JSON is one of TOML, but for one sign that TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
