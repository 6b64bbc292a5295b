"""A batch as a grid: factors along the sides, the same seed in the same place of every cell.

A grid knows from the point table what belongs where; records are read for the page that is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from canvas_kit.analysis.rows import NOT_MADE, PlannedPoint, points_of, verdict_of
from canvas_kit.batch.batch import Batch
from canvas_kit.display import Displayed, call
from canvas_kit.errors import RecordError, UnknownName, counted, cut, printable_lines
from canvas_kit.recorder.run import Run
from canvas_kit.values import Entity, NodeState, RunStatus

PICTURES_ON_A_PAGE = 60
"""Pictures on one page in a notebook: about a megabyte."""
NO_POINT = "not in the design"
"""What is said where no point of the batch belongs."""
_PER_RUN = 6
"""Pictures of one run that are shown."""
Axis = str | Sequence[str] | None
Key = tuple[Any, ...]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Slot:
    """One point's place in a cell.

    Attributes:
        label: What tells it from the others in its cell, such as its seed.
        state: How its run ended, in a word.
        pictures: Its pictures, the first few.
        more: How many pictures are not among them.
        words: What the pictures were painted from; without pictures, its last text.
        reason: Why not everything was made.
        verdicts: What evaluations found, in words.
        index: The point's position in the batch; None where there is no point.
    """

    label: str
    state: str
    pictures: tuple[Entity, ...] = ()
    more: int = 0
    words: str = ""
    reason: str = ""
    verdicts: str = ""
    index: int | None = None

    @property
    def made(self) -> bool:
        """Whether everything was made."""
        return self.state == RunStatus.COMPLETED


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a grid that is shown at once: from where to where, on each axis."""

    rows: Span
    columns: Span
    inner: Span


@dataclass(frozen=True, repr=False)
class Grid(Displayed):
    """Where every point of a batch belongs.

    Attributes:
        batch: The batch.
        rows: The factors down the side.
        columns: The factors along the top.
        inner: What tells the pictures in a cell apart.
        row_keys: The levels of ``rows``, in order.
        column_keys: The levels of ``columns``.
        inner_keys: The levels of ``inner``.
        points: The points by their three keys.
        page: Which page is shown, from 1.
    """

    view = "grid"

    batch: Batch
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    inner: tuple[str, ...]
    row_keys: tuple[Key, ...]
    column_keys: tuple[Key, ...]
    inner_keys: tuple[Key, ...]
    points: Mapping[tuple[Key, Key, Key], PlannedPoint]
    page: int = 1

    @property
    def title(self) -> str:
        """The batch's name, or its canvas's."""
        about = self.batch.about
        return str(about.get("name") or about.get("canvas", {}).get("name") or "Batch")

    @property
    def design(self) -> str:
        """The axes in words: ``"3 how × 2 prompt.text × 5 seeds"``."""
        sides = (self.rows, self.row_keys), (self.columns, self.column_keys)
        parts = [*sides, (self.inner, self.inner_keys)]
        return " × ".join(
            counted(len(keys), "seed") if axis == ("seed",) else f"{len(keys):,} {axis_name(axis)}"
            for axis, keys in parts
            if axis
        )

    @property
    def progress(self) -> str:
        """How much of it is made, in words."""
        return f"{self.batch.completed_runs:,} of {counted(self.batch.total_runs, 'run')} complete"

    @property
    def pages(self) -> int:
        """How many pages it has in a notebook."""
        return len(self.blocks(PICTURES_ON_A_PAGE))

    def show_page(self, page: int) -> Grid:
        """The grid at another page.

        Args:
            page: Which one, from 1.

        Raises:
            ValueError: When there is no such page.
        """
        if not 1 <= page <= self.pages:
            raise ValueError(f"The grid has the pages 1 to {self.pages}, but not {page}.")
        return replace(self, page=page)

    def blocks(self, places: int, *, columns: int = 0, inner: int = 0) -> list[Block]:
        """The parts in which the grid can be shown, in reading order.

        Args:
            places: How many places a part may have.
            columns: How many columns at most; 0 for as many as there is room for.
            inner: How many places of a cell at most; likewise.
        """
        inner = max(1, min(len(self.inner_keys), places, inner or places))
        columns = max(1, min(len(self.column_keys), places // inner, columns or places))
        rows = max(1, min(len(self.row_keys), places // (inner * columns)))
        return [
            Block(down, across, within)
            for down in _spans(len(self.row_keys), rows)
            for across in _spans(len(self.column_keys), columns)
            for within in _spans(len(self.inner_keys), inner)
        ]

    def cells(self, block: Block) -> Iterator[tuple[str, list[list[Slot]]]]:
        """The rows of a block: each its label and its cells; read as they are asked for."""
        for row in self.row_keys[slice(*block.rows)]:
            yield (
                label_of(self.rows, row),
                [
                    [
                        self._slot(row, column, inner)
                        for inner in self.inner_keys[slice(*block.inner)]
                    ]
                    for column in self.column_keys[slice(*block.columns)]
                ],
            )

    def column_labels(self, block: Block) -> list[str]:
        """What stands above the columns of a block."""
        return [label_of(self.columns, key) for key in self.column_keys[slice(*block.columns)]]

    def where(self, block: Block) -> str:
        """Which part of the whole a block is, in words; empty for all of it."""
        parts = []
        for name, keys, (first, last) in (
            (axis_name(self.rows) or "row", self.row_keys, block.rows),
            (axis_name(self.columns) or "column", self.column_keys, block.columns),
            (axis_name(self.inner) or "run", self.inner_keys, block.inner),
        ):
            if last - first < len(keys):
                which = f"{first + 1:,} to {last:,}" if last - first > 1 else f"{last:,}"
                parts.append(f"{name} {which} of {len(keys):,}")
        return ", ".join(parts)

    def save(
        self, path: str | Path, *, edge: int | None = None, font: str | Path | None = None
    ) -> list[Path]:
        """Write the whole grid as a contact sheet.

        A grid that is too large for one picture or page becomes several files
        (``sheet_2.png``, …).

        Args:
            path: Where to; ``.png``, ``.pdf`` (A4) or ``.html`` (one file, pictures inside).
            edge: The longest edge of a picture in pixels.
            font: A font file for letters that no font here has; for PNG and PDF.

        Returns:
            The files.

        Raises:
            ValueError: When it would be too many files, or another ending.
            RecordError: When a file cannot be written.
        """
        files: list[Path] = call("sheet", self, Path(path), edge=edge, font=font)
        return files

    def __str__(self) -> str:
        lines = [f"Grid of {self.title}: {self.design}; {self.progress}"]
        names = [cut(label_of(self.columns, key), 28) for key in self.column_keys[:6]]
        if self.columns:
            head = ", ".join(names) + (" …" if len(self.column_keys) > len(names) else "")
            lines.append(f"  columns, {axis_name(self.columns)}: {head}")
        for row in self.row_keys[:_LINES] if self.rows else ():
            states: dict[str, int] = {}
            for column in self.column_keys:
                for inner in self.inner_keys:
                    point = self.points.get((row, column, inner))
                    states[point.status if point else NO_POINT] = (
                        states.get(point.status if point else NO_POINT, 0) + 1
                    )
            counts = ", ".join(f"{number} {state}" for state, number in states.items())
            lines.append(f"  {cut(label_of(self.rows, row), 70)}: {counts}")
        if self.rows and len(self.row_keys) > _LINES:
            lines.append(f"  … and {len(self.row_keys) - _LINES:,} more rows")
        lines += [f"  ! {reason}" for reason in self.batch.reasons()[:_LINES]]
        return printable_lines("\n".join(lines))

    def __repr__(self) -> str:
        return f"<Grid of {self.title}: {self.design}; {self.progress}>"

    def _slot(self, row: Key, column: Key, inner: Key) -> Slot:
        point = self.points.get((row, column, inner))
        label = label_of(self.inner, inner)
        if point is None:
            return Slot(label, NO_POINT)
        summary = point.summary
        if summary is None:
            return Slot(label, NOT_MADE, index=point.index)
        reason = "; ".join(filter(None, (*summary.reasons, summary.error)))
        state = "refused" if summary.refused else summary.status.value
        if summary.folder is None:
            return Slot(label, state, reason=reason or "not recorded", index=point.index)
        try:
            return _made(label, Run.open(summary.folder), reason, point.index)
        except RecordError as error:
            return Slot(label, "unreadable", reason=str(error), index=point.index)


_LINES = 20


def grid_of(
    batch: Batch,
    *,
    rows: Axis = None,
    columns: Axis = None,
    inner: Axis = None,
    where: Mapping[str, Any] | None = None,
    page: int = 1,
) -> Grid:
    """Lay out a batch; see :meth:`Batch.grid`.

    What varies and is on no axis becomes one of ``inner``, so that every point has a place of its
    own.
    """
    points = points_of(batch)
    keys = list(dict.fromkeys(key for point in points for key in point.levels))
    known = [*keys, "seed", "replicate", "index"]
    points = _selected(points, where or {}, known)
    varying = _varying(points, keys)
    axes = [_axis(rows), _axis(columns), _axis(inner)]
    given = [name for axis in axes for name in axis]
    for name in given:
        if name not in known:
            raise UnknownName("factor", name, known)
    if twice := next((name for name in given if given.count(name) > 1), None):
        raise ValueError(f"The factor {twice!r} can be on one axis only.")
    free = [key for key in varying if key not in given]
    if rows is None and columns is None and inner is None:
        axes[0], axes[1] = _chosen(points, free)
    taken = [name for axis in axes for name in axis]
    axes[2] = (*axes[2], *_telling_apart(points, taken, [*free, "seed", "replicate", "index"]))
    if not axes[0] and not axes[1] and "seed" not in axes[2]:
        axes[2] = (*axes[2], "seed")  # side by side as on a contact sheet
    placed: dict[tuple[Key, Key, Key], PlannedPoint] = {}
    for point in points:
        placed[_key(point, axes[0]), _key(point, axes[1]), _key(point, axes[2])] = point
    sides = [tuple(dict.fromkeys(place[side] for place in placed)) for side in range(3)]
    down, across, within = (
        _ordered(axis, levels) for axis, levels in zip(axes, sides, strict=True)
    )
    grid = Grid(batch, axes[0], axes[1], axes[2], down, across, within, placed)
    return grid if page == 1 else grid.show_page(page)


_WORDS = ((True, "yes"), (False, "no"), (None, "none"))


def label_of(axis: Sequence[str], key: Key) -> str:
    """A level in words; numbers say what they are."""
    told = []
    for name, value in zip(axis, key, strict=True):
        if isinstance(value, str):
            told.append(value)
            continue
        # By identity: 1 equals True.
        word = next((w for known, w in _WORDS if value is known), str(value))
        told.append(f"{name.rpartition('.')[2]} {word}")
    return " · ".join(told)


def axis_name(axis: Sequence[str]) -> str:
    """The factors of an axis in words."""
    return " + ".join(axis)


def _made(label: str, run: Run, reason: str, index: int) -> Slot:
    """What a recorded run shows."""
    pictures = run.images
    words = ""
    if pictures:
        words = str(pictures[0].details.get("asked", {}).get("prompt", ""))
    if not words and run.texts:
        words = run.texts[-1].text
    judged = [
        f"{entity.node_id} {verdict.score:g}/10" if verdict.score is not None else ""
        for entity in run.entities
        if entity.node_type == "evaluation" and (verdict := verdict_of(entity))
    ]
    states = {report.state for report in run.nodes}
    state = run.status.value
    if run.status in (RunStatus.FAILED, RunStatus.PARTIAL) and (
        NodeState.REFUSED in states and NodeState.FAILED not in states
    ):
        state = "refused"
    return Slot(
        label,
        state,
        tuple(pictures[:_PER_RUN]),
        max(0, len(pictures) - _PER_RUN),
        words,
        reason or "; ".join(run.reasons() if run.status is not RunStatus.COMPLETED else ()),
        ", ".join(filter(None, judged)),
        index,
    )


def _axis(given: Axis) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def _key(point: PlannedPoint, axis: Sequence[str]) -> Key:
    return tuple(_value(point, name) for name in axis)


def _value(point: PlannedPoint, name: str) -> Any:
    if name in ("seed", "replicate", "index"):
        return getattr(point, name)
    return point.levels.get(name)


def _selected(
    points: Iterable[PlannedPoint], where: Mapping[str, Any], known: Sequence[str]
) -> list[PlannedPoint]:
    kept = list(points)
    for name, wanted in where.items():
        if name not in known:
            raise UnknownName("factor", name, known)
        single = isinstance(wanted, str) or not isinstance(wanted, Iterable)
        levels = [wanted] if single else list(wanted)
        there = {_value(point, name) for point in kept}
        for level in levels:
            if level not in there:
                raise UnknownName(f"level of {name}", str(level), sorted(map(str, there)))
        kept = [point for point in kept if _value(point, name) in levels]
    return kept


def _varying(points: Sequence[PlannedPoint], keys: Iterable[str]) -> list[str]:
    """The factors with several levels, without those that another one decides."""
    found: list[str] = []
    for key in keys:
        values = [point.levels.get(key) for point in points]
        if len(set(values)) < 2:
            continue
        decided = any(
            len({(point.levels.get(other), value) for point, value in zip(points, values,
                 strict=True)}) == len({point.levels.get(other) for point in points})
            for other in found
        )  # fmt: skip
        if not decided:
            found.append(key)
    return found


def _chosen(
    points: Sequence[PlannedPoint], free: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sides of a grid that were not said: fewer levels along the top, more down the side."""
    counts = {key: len({point.levels.get(key) for point in points}) for key in free}
    if len(free) >= 2:
        first, second = free[0], free[1]
        down, across = (first, second) if counts[first] > counts[second] else (second, first)
        return (down,), (across,)
    if len(free) == 1 and counts[free[0]] < len(points):
        return (free[0],), ()
    return (), ()


def _telling_apart(
    points: Sequence[PlannedPoint], taken: Sequence[str], more: Sequence[str]
) -> tuple[str, ...]:
    """What else is needed for every point to have a place of its own."""
    found: list[str] = []
    for name in more:
        if name in taken:
            continue
        named = [*taken, *found]
        if len({_key(point, named) for point in points}) == len(points):
            break
        if len({_key(point, [*named, name]) for point in points}) > len(
            {_key(point, named) for point in points}
        ):
            found.append(name)
    return tuple(found)


def _ordered(axis: Sequence[str], levels: tuple[Key, ...]) -> tuple[Key, ...]:
    """Levels as the design has them; seeds and positions by number."""
    if axis and all(name in ("seed", "replicate", "index") for name in axis):
        return tuple(sorted(levels, key=lambda key: [value or 0 for value in key]))
    return levels


def _spans(length: int, step: int) -> list[Span]:
    return [(first, min(first + step, length)) for first in range(0, length, step)]
