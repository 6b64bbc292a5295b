"""A batch as a value: what it was to make, how its runs ended; and the reading of old ones."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, overload

from canvas_kit.batch.state import BatchState, batches_named
from canvas_kit.batch.summary import RunSummary
from canvas_kit.display import Displayed, call
from canvas_kit.errors import RecordError, printable_lines
from canvas_kit.executor.handle import Handle
from canvas_kit.recorder.journal import is_open, read_journal
from canvas_kit.recorder.names import BATCH, JOURNAL
from canvas_kit.recorder.ratings import Rating, read_ratings
from canvas_kit.recorder.run import Run
from canvas_kit.recorder.verifying import changed_files
from canvas_kit.settings import Settings
from canvas_kit.tables import Library, dataframe
from canvas_kit.values import RunStatus


@dataclass(frozen=True, repr=False)
class Batch(Displayed):
    """A batch: what it was to make and how its runs ended.

    Attributes:
        id: The batch's id.
        total_runs: How many runs it was to make.
        runs: How those ended that did, by index.
        folder: Where its manifest lies; None if it was not recorded.
        aborted: Whether it was stopped.
        about: The manifest.
        stop_reason: Why it was stopped, if it was.
    """

    view = "batch"

    id: str
    total_runs: int
    runs: tuple[RunSummary, ...] = ()
    folder: Path | None = None
    aborted: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)
    stop_reason: str = ""

    @classmethod
    def open(cls, folder: str | Path, exports: str | Path | None = None) -> Batch:
        """The batch in a folder, also one that was killed half way; or the newest of a name.

        Only its own record is read; the runs are, when they are asked for.

        Args:
            folder: The folder, or a name.
            exports: Where batches of that name are looked for, if not where the settings say.

        Raises:
            RecordError: When the folder holds no batch, or none has the name.
        """
        state = BatchState.read(find_batch(folder, exports))
        state.take_in_unnoted()
        runs = tuple(state.ended[index] for index in sorted(state.ended))
        return cls(
            state.id, state.total, runs, state.folder, state.aborted, state.about, state.stop_reason
        )

    @property
    def name(self) -> str:
        """Its name; empty if it has none."""
        return str(self.about.get("name", ""))

    @property
    def note(self) -> str:
        """What was noted of it."""
        return str(self.about.get("note", ""))

    @property
    def tags(self) -> tuple[str, ...]:
        """The words that it can be found by."""
        return tuple(self.about.get("tags", ()))

    def resume(
        self,
        *,
        retry: Literal["failed", "refused", "all"] | None = None,
        pay_again: bool = False,
        accept_changes: bool = False,
        **options: Any,
    ) -> Handle[Batch]:
        """Go on with it: complete what was under way, and make what is left. Gives a handle.

        What is complete stays as it is. A run that was broken off is completed in its folder: what
        it has is kept and not asked for again.

        Args:
            retry: Which points are made once more: those that ``"failed"`` or were ``"refused"``,
                or ``"all"`` that did not make everything. What they have stands until then.
            pay_again: Whether what was sent to a paid service and may have been made already may
                be asked for, and paid, once more.
            accept_changes: Whether to go on although a model, a config or a file means something
                else than when it was begun.
            options: As of :func:`run_batch`: ``concurrency``, ``engine``, ``listener``, ``client``,
                ``deadline_seconds``, ``batch_deadline_seconds``.

        Raises:
            BatchError: When it cannot be gone on with, or a process is at work on it.
            RecordError: When it was not recorded.
        """
        if self.folder is None:
            raise RecordError(f"The batch {self.id} was not recorded, so nothing can go on.")
        again = {"retry": retry, "pay_again": pay_again, "accept_changes": accept_changes}
        # Named as a string: what begins batches lies above what they are.
        begin = importlib.import_module("canvas_kit.batch.begin")
        handle: Handle[Batch] = begin.resume(self.folder, **again, **options)
        return handle

    @property
    def completed_runs(self) -> int:
        """How many runs made everything."""
        return completed(self.runs)

    @property
    def complete(self) -> bool:
        """Whether every run made everything."""
        return self.completed_runs == self.total_runs

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        """The runs that were recorded, by index, each read from its folder when its turn comes."""
        return (self.open_run(summary) for summary in self.runs if summary.folder is not None)

    @overload
    def __getitem__(self, position: int) -> Run: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Run, ...]: ...
    def __getitem__(self, position: int | slice) -> Run | tuple[Run, ...]:
        """A run, or some, by their position among those that ended, read when asked for.

        Raises:
            RecordError: When it was not recorded, or its record cannot be read.
        """
        if isinstance(position, slice):
            return tuple(self.open_run(summary) for summary in self.runs[position])
        return self.open_run(self.runs[position])

    def open_run(self, summary: RunSummary) -> Run:
        """The run that a summary tells of.

        Raises:
            RecordError: When it was not recorded, or its record cannot be read.
        """
        if summary.folder is None:
            raise RecordError(f"The run {summary.index} of batch {self.id} was not recorded.")
        return Run.open(summary.folder)

    def verify(self) -> list[str]:
        """What is wrong with its record and its runs', in sentences. Empty if all stands."""
        return self._verify(files_of_runs=True)

    def verify_alone(self) -> list[str]:
        """What is wrong with its own record: files, journal, how its runs are said to have ended.

        For where the files of its runs are looked at anyway.
        """
        return self._verify(files_of_runs=False)

    def _verify(self, *, files_of_runs: bool) -> list[str]:
        if self.folder is None:
            return []
        found: list[str] = []
        try:
            lines = [*read_journal(self.folder / JOURNAL, found)]
        except RecordError as error:
            return [str(error)]
        if is_open(self.folder / JOURNAL):
            found.clear()  # its last line is written at this moment
        if not os.path.lexists(self.folder / JOURNAL):
            found.append(f"{JOURNAL} is missing.")
        elif not lines or lines[0].get("event") != "batch":
            found.append(f"{JOURNAL} does not begin as that of a batch.")
        for line in lines:
            if line.get("event") in ("batch", "extended"):
                found += changed_files(self.folder, line.get("files"))
        for summary in self.runs:
            if summary.folder is None:
                continue
            try:
                run = self.open_run(summary)
            except RecordError as error:
                found.append(f"run {summary.index}: {error}")
                continue
            faults = run.verify() if files_of_runs else []
            if (run.id, run.status, run.seed) != (summary.run_id, summary.status, summary.seed):
                faults.append(
                    f"the batch tells of {summary.run_id} ({summary.status.value}, seed "
                    f"{summary.seed}), but it is {run.id} ({run.status.value}, seed {run.seed})."
                )
            found += [f"run {summary.index}: {fault}" for fault in faults]
        return found

    def to_rows(self, *, measures: bool = False) -> list[dict[str, Any]]:
        """A plain row for each point: its levels, seed and status, what was made, what was not.

        ``<node>.text``, ``.score``, ``.passed`` and ``.file`` are what a node made, ``image`` is
        the first picture, ``misunderstood`` what the model says it did not know, and ``reasons``
        say why something is missing.

        Args:
            measures: Whether pictures and texts are measured too (``image.light``, ``.contrast``,
                ``.colour``, ``.edges``, ``.symmetry``, ``<node>.words``, ``.variety``, ``.kept``),
                which reads every picture.

        Raises:
            RecordError: When a record cannot be read.
        """
        rows: list[dict[str, Any]] = call("rows", self, measures=measures)
        return rows

    def to_dataframe(self, library: Library = "pandas", *, measures: bool = False) -> Any:
        """:meth:`to_rows` as a ``DataFrame`` of pandas or polars.

        Raises:
            MissingPrerequisite: When the library is not installed.
            RecordError: When a record cannot be read.
        """
        return dataframe(self.to_rows(measures=measures), library)

    def entities_to_rows(self) -> list[dict[str, Any]]:
        """A plain row for each entity of its runs: which run, what, where, how.

        Raises:
            RecordError: When a record cannot be read.
        """
        rows = []
        for summary in self.runs:
            if summary.folder is None:
                continue
            head = {
                "run_index": summary.index,
                "status": summary.status.value,
                "run_seed": summary.seed,
                "prompt": summary.words,
            }
            rows += [head | row for row in self.open_run(summary).to_rows()]
        return rows

    @property
    def ratings(self) -> tuple[Rating, ...]:
        """What people think of what its runs made, as it stands now, by run.

        Raises:
            RecordError: When they cannot be read.
        """
        return tuple(rating for _, rating in self._ratings())

    def ratings_to_rows(self) -> list[dict[str, Any]]:
        """A plain row for each judgement: which point, which file, who, what, and whether blind.

        Raises:
            RecordError: When they cannot be read.
        """
        return [
            {
                "run_index": summary.index,
                "run_id": rating.run_id,
                "point_id": summary.point_id,
                "seed": summary.seed,
                **{key: level for key, level in summary.levels.items() if key != "seed"},
                "file": rating.file,
                "sha256": rating.sha256,
                "rater": rating.rater,
                "rating": rating.rating,
                "tags": ", ".join(rating.tags),
                "note": rating.note,
                "at": rating.at,
                "blind": rating.blind is not None,
                "blind_seed": (rating.blind or {}).get("seed"),
                "blind_position": (rating.blind or {}).get("position"),
            }
            for summary, rating in self._ratings()
        ]

    def _ratings(self) -> Iterator[tuple[RunSummary, Rating]]:
        for summary in self.runs:
            if summary.folder is not None:
                for rating in read_ratings(summary.folder, summary.run_id):
                    yield summary, rating

    def gallery(self) -> Any:
        """Its pictures to be looked through and judged in a cell; see :func:`canvas_kit.gallery`.

        Raises:
            RecordError: When it was not recorded.
        """
        return call("gallery", self)

    def grid(
        self,
        rows: str | Sequence[str] | None = None,
        columns: str | Sequence[str] | None = None,
        inner: str | Sequence[str] | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        page: int = 1,
    ) -> Any:
        """Its pictures by factor, equal seeds in the same place; ``.save("sheet.pdf")`` prints it.

        Args:
            rows: The factor down the side, by its key, or several; ``"seed"`` is one too. The axes
                are chosen from the design if none is said.
            columns: The factor along the top.
            inner: What tells the pictures in a cell apart; the seed if left out.
            where: Only points with these levels: one or several, by factor.
            page: Which page is shown, from 1.

        Raises:
            UnknownName: When there is no such factor or level.
            ValueError: When there is no such page.
        """
        return call("layout", self, rows=rows, columns=columns, inner=inner, where=where, page=page)

    def export(self, path: str | Path) -> Path:
        """Write it to a file, by its ending: a row for each point, or all its records.

        The rows are those of :meth:`to_rows` (``.csv``, ``.parquet``, ``.xlsx``); a ``.zip`` is an
        exports folder of its own with such a table, readable without canvas-kit.

        Raises:
            QueryError: When the file has another ending.
            MissingPrerequisite: When a package for such files is not installed.
            RecordError: When it cannot be written, or a record cannot be read.
        """
        file: Path = call("export", self, path)
        return file

    def compare(self, other: Batch) -> Any:
        """This batch and another, point by point: pictures side by side, words that changed.

        Raises:
            RecordError: When a record cannot be read.
        """
        return call("compared", self, other)

    def effect(
        self,
        factor: str,
        measure: str | Callable[[Run], float | bool | None],
        *,
        by: str | None = None,
        incomplete: bool = False,
    ) -> Any:
        """What a factor does to a measure: paired differences to its first level, with limits.

        Args:
            factor: Its key.
            measure: A column of :meth:`to_rows` (``"image.light"``, ``"judge.score"``), or a
                function that gives a number for a run.
            by: Another factor: the differences are told at each of its levels, and how they change.
            incomplete: Whether to go on where points are not made yet.

        Raises:
            UnknownName: When there is no such factor or column.
            BatchError: When points are not made yet, or no two differ in the factor alone.
            RecordError: When a record cannot be read.
        """
        return call("effect", self, factor, measure, by=by, incomplete=incomplete)

    def reasons(self) -> list[str]:
        """Why not everything was made; runs that ended for the same reason share a sentence."""
        alike: dict[str, list[int]] = {}
        for summary in self.runs:
            if summary.status is not RunStatus.COMPLETED:
                why = summary.error or "; ".join(summary.reasons) or "no reason is known"
                alike.setdefault(f"({summary.status.value}): {why}", []).append(summary.index)
        found = [f"{_numbered(indices)} {why}" for why, indices in alike.items()]
        if self.stop_reason:
            found.insert(0, f"the batch was stopped: {self.stop_reason}")
        missing = self.total_runs - len(self.runs)
        if missing:
            found.append(f"{missing} of {self.total_runs} runs did not begin or did not end")
        return found

    @property
    def needs_retry(self) -> str:
        """The ``retry`` without which :meth:`resume` leaves points as they are; empty if none."""
        ended = (one for one in self.runs if one.status is not RunStatus.COMPLETED and not one.open)
        kinds = {"refused" if one.refused else "failed" for one in ended}
        return "all" if len(kinds) > 1 else "".join(kinds)

    @property
    def advice(self) -> str:
        """How what is missing is made, after a failure or an abort; else empty."""
        if self.folder is None or not (self.needs_retry or self.aborted):
            return ""
        retry = f'retry="{self.needs_retry}"' if self.needs_retry else ""
        return f"batch.resume({retry}) makes what is missing"

    def to_json(self) -> dict[str, Any]:
        """The batch as plain JSON-able values."""
        return {
            "batch_id": self.id,
            "total_runs": self.total_runs,
            "completed_runs": self.completed_runs,
            "aborted": self.aborted,
            "stop_reason": self.stop_reason,
            "folder": str(self.folder) if self.folder else None,
            "runs": [summary.to_json() for summary in self.runs],
        }

    def __repr__(self) -> str:
        where = f", {self.folder}" if self.folder else ""
        what = f"{self.completed_runs} of {self.total_runs} runs complete{where}"
        return printable_lines(f"<Batch {self.id}: {what}>")

    def __str__(self) -> str:
        where = f" in {self.folder}" if self.folder else ""
        word = "aborted, " if self.aborted else ""
        head = f"Batch {self.id}: {word}{self.completed_runs} of {self.total_runs} runs complete"
        lines = [head + where, *(f"  ! {reason}" for reason in self.reasons()[:20])]
        lines += [f"  {self.advice}"] if self.advice else []
        return printable_lines("\n".join(lines))


def _numbered(indices: Sequence[int]) -> str:
    """Some runs in words: ``"run 3"``, ``"runs 3, 4, 7"``; of many, the first ones."""
    shown = ", ".join(map(str, indices[:8]))
    if len(indices) > 8:
        return f"{len(indices)} runs, {shown}, …"
    return f"run{'s' * (len(indices) > 1)} {shown}"


def completed(runs: Iterable[RunSummary]) -> int:
    """How many of them made everything."""
    return sum(summary.status is RunStatus.COMPLETED for summary in runs)


def find_batch(folder: str | Path, exports: str | Path | None = None) -> Path:
    """The folder of a batch, by the folder or by its name.

    Raises:
        RecordError: When there is none.
    """
    path = Path(folder)
    if os.path.lexists(path / BATCH) or len(path.parts) != 1 or path.is_dir():
        return path
    root = Settings.load().exports if exports is None else Path(exports)
    for found, _ in batches_named(root, str(folder)):
        return found
    raise RecordError(
        f"There is no folder {folder} and, under {root}, no batch of that name. "
        "`canvas-kit batches` lists what there is."
    )
