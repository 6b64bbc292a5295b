"""A sweep is a value: it says which runs a batch makes, before anything runs.

Run ``i`` has the seed ``base_seed + i``, so that the same sweep gives the same runs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, SupportsIndex

from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import BatchError, name_hint
from canvas_kit.executor.parameters import prompt_node, whole_number
from canvas_kit.nodes.parameters import draw_seed
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


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Sweep:
    """The runs of a batch: one for each prompt, or ``count`` of the canvas as it is.

    ::

        batch = await run_batch(Sweep(canvas, prompts=["a doctor", "a nurse"], base_seed=1000))

    Attributes:
        canvas: The canvas that its runs share.
        prompts: The prompts, in order; None where the canvas's own words stand.
        node: The id of the input that takes the prompts; empty without prompts.
        count: How many runs.
        base_seed: The seed of the first run.
    """

    canvas: Canvas
    prompts: tuple[str, ...] | None
    node: str
    count: int
    base_seed: int

    def __init__(
        self,
        canvas: Any,
        *,
        prompts: Sequence[str] | None = None,
        count: SupportsIndex | None = None,
        base_seed: SupportsIndex | None = None,
        node: Any = "",
    ) -> None:
        """Say which runs; nothing runs yet.

        Args:
            canvas: A canvas, a chain, or a node.
            prompts: A run for each; the words go into the canvas's input.
            count: So many runs of the canvas as it is; instead of ``prompts``.
            base_seed: The seed of the first run; run ``i`` has ``base_seed + i``. Drawn if left
                out.
            node: The input that takes the prompts, by it or its id, if the canvas has several.

        Raises:
            BatchError: When there are no runs, too many, or seeds that are out of range.
            CanvasError: When the canvas has no such input, or a prompt cannot be used.
        """
        if (prompts is None) == (count is None):
            raise BatchError("A batch takes either prompts or a count.")
        if isinstance(prompts, str):
            raise BatchError("The prompts should be a list of texts, but are one text.")
        texts = None if prompts is None else tuple(prompts)
        number = whole_number(count) if texts is None else len(texts)
        if number is None or not 1 <= number <= MAX_RUNS:
            shown = count if number is None else number
            raise BatchError(f"A batch has 1 to {MAX_RUNS} runs, but this one would have {shown}.")
        first = draw_seed() >> 1 if base_seed is None else whole_number(base_seed)
        last = MAX_SEED - number + 1
        if first is None or not 0 <= first <= last:
            raise BatchError(
                f"The base seed should be a whole number from 0 to {last} for {number} runs, but "
                f"is {base_seed!r}."
            )
        value = Canvas.of(canvas)
        target = "" if texts is None else prompt_node(value, node)
        for text in dict.fromkeys(texts or ()):
            value.node(target).evolve(text=text)  # a prompt that cannot be used is told now
        for name, item in (
            ("canvas", value),
            ("prompts", texts),
            ("node", target),
            ("count", number),
            ("base_seed", first),
        ):
            object.__setattr__(self, name, item)

    def __repr__(self) -> str:
        what = "runs of the canvas as it is" if self.prompts is None else "prompts"
        last = self.base_seed + self.count - 1
        return f"<Sweep: {self.count} {what}, seeds {self.base_seed} to {last}>"

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
