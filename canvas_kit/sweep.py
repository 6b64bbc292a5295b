"""A sweep is a value: it says which runs a batch makes, before anything runs.

Here in its first form: a list of prompts, or a count, with a base seed. Run ``i`` has the seed
``base_seed + i``, so that the same sweep gives the same runs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from canvas_kit.errors import BatchError, name_hint
from canvas_kit.values import MAX_SEED

MAX_RUNS = 1_000_000


@dataclass(frozen=True, slots=True)
class Point:
    """One run of a sweep.

    Attributes:
        index: Position, from 0.
        seed: The run's seed.
        prompt: The words for the canvas's input; None leaves its own.
    """

    index: int
    seed: int
    prompt: str | None = None


@dataclass(frozen=True)
class Sweep:
    """The runs that a batch makes: one for each prompt, or ``count`` of the canvas as it is.

    Attributes:
        prompts: The prompts, in order; None where the canvas's own words stand.
        count: How many runs.
        base_seed: The seed of the first run.
    """

    prompts: tuple[str, ...] | None
    count: int
    base_seed: int

    @classmethod
    def of_prompts(cls, prompts: Sequence[str], *, base_seed: int) -> Sweep:
        """A run for each prompt.

        Raises:
            BatchError: When there are none, or the seeds would run out of range.
        """
        if isinstance(prompts, str):
            raise BatchError("The prompts should be a list of texts, but are one text.")
        return cls(tuple(prompts), len(prompts), base_seed)._checked()

    @classmethod
    def of_count(cls, count: int, *, base_seed: int) -> Sweep:
        """``count`` runs that differ in their seed.

        Raises:
            BatchError: When it is none, or too many, or the seeds would run out of range.
        """
        return cls(None, count, base_seed)._checked()

    @property
    def mode(self) -> str:
        """``"prompts"`` or ``"count"``, as the editor names it."""
        return "count" if self.prompts is None else "prompts"

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Point]:
        for index in range(self.count):
            prompt = None if self.prompts is None else self.prompts[index]
            yield Point(index, self.base_seed + index, prompt)

    def _checked(self) -> Sweep:
        if not 1 <= self.count <= MAX_RUNS:
            raise BatchError(
                f"A batch has 1 to {MAX_RUNS} runs, but this one would have {self.count}."
            )
        last = MAX_SEED - self.count + 1
        whole = isinstance(self.base_seed, int) and not isinstance(self.base_seed, bool)
        if not whole or not 0 <= self.base_seed <= last:
            raise BatchError(
                f"The base seed should be a whole number from 0 to {last} for {self.count} runs, "
                f"but is {self.base_seed!r}."
            )
        return self


def read_prompts(path: str | Path, column: str | None = None) -> list[str]:
    """The prompts in a file, in order; empty lines are passed over.

    Args:
        path: A text file with a prompt on each line, or a CSV or TSV file with a header.
        column: The column to read, of a CSV or TSV file; may be left out where there is one.

    Raises:
        BatchError: When the file cannot be read, has no such column, or no prompt.
    """
    file = Path(path)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BatchError(f"The prompts file {file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise BatchError(f"The prompts file {file} is not UTF-8 (byte {error.start}).") from None
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


def _column(text: str, file: Path, column: str | None) -> list[str]:
    delimiter = "\t" if file.suffix.lower() == ".tsv" else ","
    first = text.partition("\n")[0]
    if delimiter == "," and ";" in first and "," not in first:
        delimiter = ";"  # as spreadsheets write it where the comma is for decimals
    # Tab-separated files quote nothing: a quotation mark is part of the text.
    quoting: Literal[0, 3] = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    lines = io.StringIO(text, newline="")
    try:
        table = list(csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True))
    except csv.Error as error:
        raise BatchError(f"The prompts file {file} cannot be read as a table: {error}.") from None
    header, rows = (table[0], table[1:]) if table else ([], [])
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
