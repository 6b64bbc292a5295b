"""Sets of parameters for a notebook: from a file, rows, levels or a data frame; checked and named.

A set is known by its content: what the notebook runs, and the values that differ from its own.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from canvas_kit.notebook_runs.single import NotebookError, NotebookParameter, check_names

Grid = str | Path | Mapping[str, Any] | Sequence[Mapping[str, Any]] | Any
"""A file, levels by parameter (every combination), rows, or a data frame of rows."""
SETS = "sets"
"""The key of rows in a file that can have no rows at its top."""
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def sets_of(
    grid: Grid, source: Path, known: Mapping[str, NotebookParameter]
) -> list[dict[str, Any]]:
    """The sets of parameters that a grid means, each value as the notebook types it.

    Raises:
        NotebookError: When the grid cannot be read, or a value is not of its parameter's type.
        UnknownName: When the notebook has no such parameter.
    """
    where = "The grid"
    if isinstance(grid, str | Path):
        where = f"The grid {grid}"
        rows = _read(Path(grid))
    elif hasattr(grid, "to_dict") and not isinstance(grid, Mapping):
        rows = grid.to_dict("records")
    else:
        rows = _rows(grid)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows) or not rows:
        raise NotebookError(
            f"{where} holds no sets of parameters. Expected rows of values by parameter, or a "
            "list of values for each parameter."
        )
    check_names(source, dict.fromkeys(name for row in rows for name in row), known)
    return [
        {
            name: _typed(value, known[name], f"{where}, set {number}")
            for name, value in row.items()
            if value is not _ABSENT
        }
        for number, row in enumerate(rows, start=1)
    ]


def notebook_identity(source: Path) -> str:
    """What a notebook runs, as a hash: its kernel and its code, without notes and outputs."""
    from nbformat import read

    notebook = read(source, as_version=4)
    return _hash(
        "notebook/1",
        notebook.metadata.get("kernelspec", {}).get("name", ""),
        [
            ["".join(cell.source), "parameters" in cell.metadata.get("tags", ())]
            for cell in notebook.cells
            if cell.cell_type == "code"
        ],
    )


def set_identity(
    notebook: str, parameters: Mapping[str, Any], known: Mapping[str, NotebookParameter]
) -> str:
    """A set of parameters, as a hash: values equal to the notebook's own make no difference."""
    other = {
        name: value
        for name, value in parameters.items()
        if (type(value), value) != (type(known[name].default), known[name].default)
    }
    return _hash("parameters/1", notebook, other)


def _hash(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_ABSENT: Any = object()
"""An empty cell of a table: the notebook's own value holds."""


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
        match path.suffix.lower():
            case ".toml":
                return _rows(tomllib.loads(text))
            case ".json":
                return _rows(json.loads(text))
            case ".csv" | ".tsv" as suffix:
                return _read_table(path, text, "\t" if suffix == ".tsv" else None)
    except (OSError, ValueError) as error:  # also a malformed document
        raise NotebookError(f"The grid {path} cannot be read: {error}") from error
    raise NotebookError(f"The grid {path} is no CSV, TSV, TOML or JSON file by its name.")


def _read_table(path: Path, text: str, delimiter: str | None) -> list[dict[str, Any]]:
    lines = text.splitlines(keepends=True)
    if delimiter is None:
        head = lines[0] if lines else ""
        delimiter = ";" if head.count(";") > head.count(",") else ","
    names, *rows = [row for row in csv.reader(lines, delimiter=delimiter) if row] or [[]]
    names = [name.strip() for name in names]
    if len(set(names)) < len(names):
        raise NotebookError(f"The grid {path} has two columns of the same name.")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(names):
            raise NotebookError(
                f"Set {number} of the grid {path} has {len(row)} values for {len(names)} columns."
            )
    return [
        {name: _Text(value) if value else _ABSENT for name, value in zip(names, row, strict=True)}
        for row in rows
    ]


class _Text(str):
    """The text of a cell, which stands for a value of its parameter's type."""


def _rows(document: Any) -> Any:
    """Rows as they are; of lists by parameter, every combination, the last one varying fastest."""
    if isinstance(document, Mapping) and list(document) == [SETS]:
        return document[SETS]
    if not isinstance(document, Mapping):
        return list(document) if isinstance(document, Iterable) else document
    levels = [
        list(value)
        if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
        else [value]
        for value in document.values()
    ]
    return [dict(zip(document, row, strict=True)) for row in itertools.product(*levels)]


def _typed(value: Any, parameter: NotebookParameter, where: str) -> Any:
    """A value as its parameter's type has it."""
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()  # NumPy's and pandas' own numbers
    try:
        found = _from_text(str(value), parameter) if isinstance(value, _Text) else value
        if parameter.kind == "float" and type(found) is int:
            found = float(found)
        expected = _KINDS.get(parameter.kind)
        if expected is not None and type(found) is not expected:
            raise ValueError
        json.dumps(found, allow_nan=False)
    except (ValueError, TypeError):
        kind = f"a value of type {parameter.kind}" if parameter.kind else "a plain value"
        raise NotebookError(
            f"{where}: {parameter.name!r} takes {kind}, but is {value!r}."
        ) from None
    return found


_KINDS = {"int": int, "float": float, "bool": bool, "str": str, "list": list, "dict": dict}


def _from_text(text: str, parameter: NotebookParameter) -> Any:
    match parameter.kind:
        case "str":
            return text
        case "bool":
            if text.lower() not in _TRUTH:
                raise ValueError
            return _TRUTH[text.lower()]
        case "int" | "float" as kind:
            return int(text) if kind == "int" else float(text)
    try:  # lists, and whatever has no type
        return json.loads(text)
    except ValueError:
        if parameter.kind:
            raise
        return text
