"""A batch as a value: what it was to make, how its runs ended; and the reading of old ones."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

from canvas_kit.batch.summary import RunSummary
from canvas_kit.display import bundle_of
from canvas_kit.errors import RecordError, printable_lines
from canvas_kit.files import read_start
from canvas_kit.logs import logger_for
from canvas_kit.recorder.disk import find_records
from canvas_kit.recorder.journal import (
    is_open,
    read_journal,
)
from canvas_kit.recorder.names import (
    BATCH,
    BATCH_PREFIX,
    JOURNAL,
    METADATA,
    RUN_PREFIX,
)
from canvas_kit.recorder.run import MALFORMED, Run, changed_files
from canvas_kit.tables import Library, dataframe
from canvas_kit.values import RunStatus

log = logger_for(__name__)

_HEAD_BYTES = 64 * 1024
"""Within so many bytes a manifest or journal says to which batch its run belongs."""


@dataclass(frozen=True, repr=False)
class Batch:
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

    id: str
    total_runs: int
    runs: tuple[RunSummary, ...] = ()
    folder: Path | None = None
    aborted: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)
    stop_reason: str = ""

    @classmethod
    def open(cls, folder: str | Path) -> Batch:
        """The batch in a folder, also one that was killed half way.

        Raises:
            RecordError: When the folder holds no batch.
        """
        path = Path(folder)
        try:
            about = json.loads(read_start(path / BATCH))
            total = int(about["total_runs"])
            batch_id = str(about["batch_id"])
        except (OSError, *MALFORMED) as error:
            raise RecordError(f"{path} holds no batch: {BATCH}: {error}.") from None
        ended: dict[int, RunSummary] = {}
        aborted, stop_reason = False, ""
        try:
            for line in read_journal(path / JOURNAL):
                if line.get("event") == "run":
                    summary = RunSummary.from_json(line, path)
                    ended[summary.index] = summary
                if line.get("event") == "aborted":
                    aborted, stop_reason = True, str(line.get("reason") or "")
        except MALFORMED as error:
            raise RecordError(
                f"The journal of the batch in {path} cannot be read: {error!r}."
            ) from None
        if len(ended) < total and not aborted:
            ended = {summary.index: summary for summary in _unnoted(path, batch_id)} | ended
        runs = tuple(ended[index] for index in sorted(ended))
        return cls(batch_id, total, runs, path, aborted, about, stop_reason)

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
            first = next(iter([*read_journal(self.folder / JOURNAL, found)]), {})
        except RecordError as error:
            return [str(error)]
        if is_open(self.folder / JOURNAL):
            found.clear()  # its last line is written at this moment
        if not os.path.lexists(self.folder / JOURNAL):
            found.append(f"{JOURNAL} is missing.")
        elif first.get("event") != "batch":
            found.append(f"{JOURNAL} does not begin as that of a batch.")
        found += changed_files(self.folder, first.get("files"))
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

    def to_rows(self) -> list[dict[str, Any]]:
        """A plain row for each entity of its runs: which run, what, where, how.

        Raises:
            RecordError: When a record cannot be read.
        """
        prompts = self.about.get("prompts") or ()
        rows = []
        for summary in self.runs:
            if summary.folder is None:
                continue
            head = {
                "run_index": summary.index,
                "status": summary.status.value,
                "run_seed": summary.seed,
                "prompt": prompts[summary.index] if summary.index < len(prompts) else None,
            }
            rows += [head | row for row in self.open_run(summary).to_rows()]
        return rows

    def to_dataframe(self, library: Library = "pandas") -> Any:
        """:meth:`to_rows` as a ``DataFrame`` of pandas or polars.

        Raises:
            MissingPrerequisite: When the library is not installed.
            RecordError: When a record cannot be read.
        """
        return dataframe(self.to_rows(), library)

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
        return printable_lines("\n".join(lines))

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        return bundle_of("batch", self)


def _numbered(indices: Sequence[int]) -> str:
    """Some runs in words: ``"run 3"``, ``"runs 3, 4, 7"``; of many, the first ones."""
    shown = ", ".join(map(str, indices[:8])) + (", …" if len(indices) > 8 else "")
    return (
        f"{len(indices)} runs, {shown}"
        if len(indices) > 8
        else (f"run{'s' * (len(indices) > 1)} {shown}")
    )


def completed(runs: Iterable[RunSummary]) -> int:
    """How many of them made everything."""
    return sum(summary.status is RunStatus.COMPLETED for summary in runs)


def find_batches(exports: str | Path) -> list[Path]:
    """The folders of all batches under an exports folder, oldest first; no links are followed."""
    return find_records(exports, BATCH_PREFIX)


def _unnoted(folder: Path, batch_id: str) -> Iterator[RunSummary]:
    """The runs of a batch that have ended, whether or not it lived to write so in its journal."""
    exports, (day, device) = folder.parents[3], folder.parts[-3:-1]
    for path in find_records(exports, RUN_PREFIX):
        # A batch may go on past midnight.
        if path.parts[-2] != device or path.parts[-3] < day:
            continue
        try:
            # Most are another batch's: it stands near the beginning of either file.
            if not any(batch_id.encode() in _start_of(path / name) for name in (METADATA, JOURNAL)):
                continue
            run = Run.open(path)
        except RecordError:
            continue
        index, seed = run.about.get("run_index"), run.seed
        if run.status in (RunStatus.RUNNING, RunStatus.INTERRUPTED):
            continue
        if run.about.get("batch_id") == batch_id and isinstance(index, int) and seed is not None:
            yield RunSummary.of(run, index, seed)


def _start_of(path: Path) -> bytes:
    try:
        return read_start(path, _HEAD_BYTES)
    except OSError:
        return b""
