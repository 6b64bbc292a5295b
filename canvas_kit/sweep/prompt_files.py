"""Prompts from the files that people keep them in: lists, tables, exports of other programs."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Literal

from canvas_kit.errors import BatchError, name_hint


def read_prompts(path: str | Path, column: str | None = None) -> list[str]:
    """The prompts in a file, in order; empty lines are passed over.

    Args:
        path: A text file with a prompt on each line, or a CSV or TSV file with a header.
        column: The column to read, of a CSV or TSV file; may be left out where there is one.

    Raises:
        BatchError: When the file cannot be read, has no such column, or no prompt.
    """
    file = Path(path)
    text = _text_of(file, "prompts")
    if file.suffix.lower() in (".csv", ".tsv"):
        prompts = _column(text, file, column)
    elif column is not None:
        raise BatchError(f"{file} has no columns: only .csv and .tsv files have. Drop the column.")
    else:
        # Not splitlines(): that also parts a prompt at signs that a line may hold.
        prompts = re.split(r"\r\n|\r|\n", text)
    found = [prompt.strip() for prompt in prompts if prompt.strip()]
    if not found:
        raise BatchError(f"The prompts file {file} holds no prompt.")
    return found


def read_table(path: Path) -> list[list[str]]:
    """The rows of a CSV or TSV file, as they stand there.

    Raises:
        BatchError: When it cannot be read.
    """
    try:
        return _table(_text_of(path, "levels"), path.suffix.lower())
    except csv.Error as error:
        raise BatchError(f"The levels file {path} cannot be read as a table: {error}.") from None


def _text_of(file: Path, what: str) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BatchError(f"The {what} file {file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise BatchError(f"The {what} file {file} is not UTF-8 (byte {error.start}).") from None


def _column(text: str, file: Path, column: str | None) -> list[str]:
    try:
        table = _table(text, file.suffix.lower())
    except csv.Error as error:
        raise BatchError(f"The prompts file {file} cannot be read as a table: {error}.") from None
    header, rows = (table[0], table[1:]) if table else ([], [])
    for row in rows:
        if any(cell.strip() for cell in row[len(header) :]):
            raise BatchError(
                f"A row of {file} has {len(row)} fields, but its header has {len(header)}: "
                f"{', '.join(row)[:80]!r}. Put text that holds a separator in quotation marks, or "
                "keep one prompt a line in a .txt file."
            )
    if column is None:
        if len(header) != 1:
            raise BatchError(
                f"{file} has {len(header)} columns; say which holds the prompts. "
                f"{name_hint('prompt', header)}"
            )
        column = header[0]
    if column not in header:
        raise BatchError(f"{file} has no column {column!r}. {name_hint(column, header)}")
    position = header.index(column)
    return [row[position] for row in rows if len(row) > position]


def _table(text: str, suffix: str) -> list[list[str]]:
    """The rows of a table.

    Comma-separated files quote what holds a separator. Of tab-separated files some do, as pandas
    and Python write them, and in others a quotation mark is part of the text: a file that a writer
    who quotes would have written just so is one of theirs.
    """
    if suffix == ".csv":
        first = text.partition("\n")[0]
        # As spreadsheets write it where the comma is for decimals.
        return _rows(text, ";" if ";" in first and "," not in first else ",")
    try:
        table = _rows(text, "\t")
    except csv.Error:
        return _rows(text, "\t", csv.QUOTE_NONE)
    again = io.StringIO()
    csv.writer(again, delimiter="\t", lineterminator="\n").writerows(table)
    if again.getvalue().split() == text.split():
        return table
    return _rows(text, "\t", csv.QUOTE_NONE)


def _rows(text: str, delimiter: str, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL) -> list[list[str]]:
    lines = io.StringIO(text, newline="")
    return list(csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True))
