"""Runs a sweep: several runs in flight, each recorded in its own folder, none stopping the others.

A batch writes its manifest first (``canvas_batch_<id>/batch.json``), then its runs, then one line
in its journal for each run that has ended. Its runs lie beside it, like any other runs.

A run that fails stops no other, with one exception: while a backend cannot be reached at all, no
further runs begin, since all of them would fail with the same words.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, SupportsIndex, overload

from canvas_kit.canvas.graph import Composable
from canvas_kit.canvas.node import Node
from canvas_kit.display import bundle_of
from canvas_kit.errors import BatchError, CanvasKitError, RecordError, printable_lines
from canvas_kit.events import (
    BatchAborted,
    BatchComplete,
    BatchEvent,
    BatchStarted,
    Listener,
    RunComplete,
    RunError,
    RunStart,
    ToTell,
)
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.handle import Handle, RunHandle
from canvas_kit.executor.parameters import checked_deadline, whole_number
from canvas_kit.executor.plan import Plan
from canvas_kit.files import read_start
from canvas_kit.logs import logger_for
from canvas_kit.network import Retry, RetryPolicy
from canvas_kit.recorder.disk import find_records
from canvas_kit.recorder.entities import now, timestamp
from canvas_kit.recorder.journal import (
    Journal,
    as_json,
    begin_record,
    is_open,
    make_record,
    read_journal,
)
from canvas_kit.recorder.names import (
    BATCH,
    BATCH_PREFIX,
    JOURNAL,
    METADATA,
    RUN_PREFIX,
    WORKFLOW,
    batch_folder_name,
    day_folder,
    new_id,
)
from canvas_kit.recorder.recorder import described, software
from canvas_kit.recorder.run import MALFORMED, Run, changed_files
from canvas_kit.sweep.point import Point
from canvas_kit.sweep.sweep import Sweep
from canvas_kit.tables import Library, dataframe
from canvas_kit.values import RunStatus

log = logger_for(__name__)

FORMAT = 1
_OVERLAP = 2
"""Runs in flight for each slot of the scarcest backend: one run's bookkeeping then overlaps
another's generation (measured: 1.35 of the ideal time with 1, 1.06 with 2)."""
MAX_JOBS = 1024
_HEAD_BYTES = 64 * 1024
"""Within so many bytes a manifest or journal says to which batch its run belongs."""
_WAITING = RetryPolicy(longest_seconds=2.0, patience_seconds=15.0)
"""How long a backend that cannot be reached is waited for, besides what it bears itself: as long as
a small server takes to start again."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How one run of a batch ended.

    Attributes:
        index: Position in the batch, from 0.
        run_id: The run's id.
        status: How it ended.
        seed: Its seed.
        folder: Where it lies; None if it was not recorded.
        reasons: Why not everything was made.
        error: Why there is no record of it at all, if there is none.
    """

    index: int
    run_id: str
    status: RunStatus
    seed: int
    folder: Path | None = None
    reasons: tuple[str, ...] = ()
    error: str = ""

    @classmethod
    def from_json(cls, document: Mapping[str, Any], start: Path | None = None) -> RunSummary:
        """Read what :meth:`to_json` gave.

        Args:
            document: The entry.
            start: What its folder is relative to; None where folders lie elsewhere.

        Raises:
            ValueError: When it is none; also ``KeyError`` and ``TypeError``.
        """
        folder = document.get("folder")
        return cls(
            int(document["run_index"]),
            str(document["run_id"]),
            RunStatus(document["status"]),
            int(document["seed"]),
            Path(os.path.normpath(start / folder)) if folder and start else None,
            tuple(document.get("reasons", ())),
            str(document.get("error", "")),
        )

    def to_json(self, start: Path | None = None) -> dict[str, Any]:
        """The summary as plain JSON-able values.

        Args:
            start: Where its folder is told relative to, so that a whole exports folder can be
                moved.
        """
        document: dict[str, Any] = {
            "run_index": self.index,
            "run_id": self.run_id,
            "status": self.status.value,
            "seed": self.seed,
            "folder": str(self.folder) if self.folder else None,
        }
        if start and self.folder:
            document["folder"] = Path(os.path.relpath(self.folder, start)).as_posix()
        if self.reasons:
            document["reasons"] = list(self.reasons)
        if self.error:
            document["error"] = self.error
        return document


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
        return _completed(self.runs)

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


class BatchHandle(Handle[Batch]):
    """A batch that is under way. Its events are those of the batch and of all its runs.

    Attributes:
        batch_id: The batch's id.
        canvas: The canvas that its runs share.
        sweep: Which runs it makes.
        jobs: How many of them are in flight.
    """

    view = "batch_handle"

    def __init__(self, engine: Engine, sweep: Sweep, *, jobs: int, batch_id: str = "") -> None:
        """Prepare; nothing starts."""
        super().__init__(engine)
        self.batch_id = batch_id or new_id()
        self.canvas = sweep.canvas
        self.sweep = sweep
        self.jobs = jobs
        self._under_way: set[RunHandle] = set()
        self._ended: dict[int, RunSummary] = {}
        self._stop_reason: str | None = None
        self._asking = asyncio.Lock()

    def __repr__(self) -> str:
        state = "ended" if self.done else "under way"
        return f"<batch {self.batch_id}, {len(self._ended)} of {len(self.sweep)} runs, {state}>"

    @property
    def ended_runs(self) -> int:
        """How many runs have ended, however they did."""
        return len(self._ended)

    def remember(self, event: ToTell) -> None:
        """Keep the batch's own events only: a thousand runs' events are in their records."""
        if isinstance(event, BatchEvent):
            self._events.append(event)

    def stop(self, reason: str) -> None:
        """Stop the batch; runs that have ended are kept, those under way are cancelled."""
        self._stop_reason = reason
        for handle in tuple(self._under_way):
            handle.stop(reason)

    async def execute(
        self,
        plan: Plan,
        *,
        record: bool = True,
        exports: Path | None = None,
        device_id: str | None = None,
        deadline_seconds: float | None = None,
    ) -> Batch:
        """Make the runs, on the engine's loop.

        Args:
            plan: The canvas, made ready.
            record: Whether runs and batch are kept on the disk.
            exports: Where the records go, if not where the settings say.
            device_id: Names the device, if not as the settings say.
            deadline_seconds: The longest that each run may take.

        Raises:
            RecordError: When the batch's own record cannot be written.
        """
        settings = self.engine.settings
        device = device_id or settings.device_id
        folder: Path | None = None
        journal: Journal | None = None
        about = self._manifest(device)
        if record:
            root = exports or settings.exports
            folder = day_folder(root, device, now()) / batch_folder_name(self.batch_id)
            files = {
                WORKFLOW: self.canvas.to_json().encode(errors="replace"),
                BATCH: as_json(about, indent=2) + b"\n",
            }
            first = {"event": "batch", "batch_id": self.batch_id}
            make = partial(make_record, folder, files, first)
            journal = await begin_record(None, make, if_cancelled=_abort)
        where = str(folder) if folder else None
        self.emit(BatchStarted(self.batch_id, len(self.sweep), self.sweep.mode, where))
        points = iter(self.sweep)
        options = {
            "record": record,
            "exports": exports,
            "device_id": device_id,
            "deadline_seconds": deadline_seconds,
        }
        try:
            # Each worker takes the next point when it is free: memory does not grow with the sweep.
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(self.jobs, len(self.sweep))):
                    workers.create_task(self._worker(points, plan, journal, options))
        except BaseExceptionGroup as group:  # the batch's own record cannot be written
            completed = _completed(self._ended.values())
            self.emit(BatchAborted(self.batch_id, self._first_open_run(), completed))
            raise group.exceptions[0] from None
        finally:
            if journal is not None:
                if self._aborted:
                    journal.note({"event": "aborted", "reason": self._stop_reason})
                await asyncio.to_thread(journal.close)
        return self._close(folder, about)

    async def _worker(
        self,
        points: Iterator[Point],
        plan: Plan,
        journal: Journal | None,
        options: Mapping[str, Any],
    ) -> None:
        for point in points:
            # The engine's end is asked for by a cancellation, which a run that just ends may take
            # for its own.
            if self._stop_reason is not None or self.engine.closed:
                return
            summary, unreachable = await self._run_point(point, plan, options)
            self._ended[point.index] = summary
            if journal is not None:
                line = {"event": "run", **summary.to_json(journal.path.parent)}
                try:
                    await asyncio.to_thread(journal.append, line)
                except RecordError as error:
                    self.stop(f"the batch's record could not be written: {error}")
                    raise
            self._tell_ended(summary)
            if unreachable and unreachable in self.engine.backends.names():
                await self._wait_for(unreachable)

    async def _wait_for(self, name: str) -> None:
        """Go on when a backend answers; if it stays away, let no further runs begin."""
        async with self._asking:
            retry = Retry(_WAITING)
            while self._stop_reason is None:
                status = await self.engine.backends.backend(name).status()
                if status.reachable:
                    return
                if (wait := retry.next_wait()) is None:
                    self._stop_reason = status.problem or f"{name} cannot be reached"
                else:
                    await asyncio.sleep(wait)

    async def _run_point(
        self, point: Point, plan: Plan, options: Mapping[str, Any]
    ) -> tuple[RunSummary, str]:
        """How a run ended, and the backend that it could not reach, if there was one."""
        handle = RunHandle(self.engine, point.canvas, seed=point.seed)
        handle.listen(self.emit)
        self._under_way.add(handle)
        run_id = handle.run_id
        self.emit(RunStart(self.batch_id, point.index, len(self.sweep), run_id, point.seed))
        summary = partial(RunSummary, point.index, run_id)
        about = {
            "batch_id": self.batch_id,
            "run_index": point.index,
            "point_id": point.id,
            "levels": dict(point.levels),
            "replicate": point.replicate,
        }
        try:
            plan = plan.of(point.canvas) or self.engine.prepare(point.canvas)
            run = await handle.execute(plan, run_index=point.index, about=about, **options)
        except CanvasKitError as error:
            return summary(RunStatus.FAILED, point.seed, error=str(error)), ""
        except Exception as error:  # whatever it is, it must not stop the other runs
            log.exception("batch %s: fault in run %d", self.batch_id, point.index)
            message = f"a fault in canvas-kit: {error!r}"
            return summary(RunStatus.FAILED, point.seed, error=message), ""
        finally:
            self._under_way.discard(handle)
        ended = summary(run.status, point.seed, run.folder, tuple(run.reasons()))
        return ended, handle.unreachable

    def _tell_ended(self, summary: RunSummary) -> None:
        if summary.status in (RunStatus.FAILED, RunStatus.PARTIAL):
            message = summary.error or "; ".join(summary.reasons)
            self.emit(RunError(self.batch_id, summary.index, summary.run_id, message))
        if not summary.error:
            path = str(summary.folder) if summary.folder else None
            self.emit(
                RunComplete(self.batch_id, summary.index, summary.run_id, summary.status, path)
            )

    def _close(self, folder: Path | None, about: Mapping[str, Any]) -> Batch:
        runs = tuple(self._ended[index] for index in sorted(self._ended))
        aborted = self._aborted
        reason = (self._stop_reason or "") if aborted else ""
        batch = Batch(self.batch_id, len(self.sweep), runs, folder, aborted, about, reason)
        if aborted:
            first = self._first_open_run()
            self.emit(BatchAborted(self.batch_id, first, batch.completed_runs))
        else:
            paths = tuple(str(summary.folder) for summary in runs if summary.folder)
            self.emit(BatchComplete(self.batch_id, len(self.sweep), batch.completed_runs, paths))
        return batch

    @property
    def _aborted(self) -> bool:
        """Whether the batch was stopped before every run had ended by itself."""
        stopped = self._stop_reason is not None or self.engine.closed
        return stopped and self._first_open_run() < len(self.sweep)

    def _first_open_run(self) -> int:
        """Index of the first run that has not ended by itself; behind the last if all have."""
        for index in range(len(self.sweep)):
            summary = self._ended.get(index)
            if summary is None or summary.status is RunStatus.CANCELLED:
                return index
        return len(self.sweep)

    def _manifest(self, device_id: str) -> dict[str, Any]:
        sweep = self.sweep
        return {
            "format": FORMAT,
            "batch_id": self.batch_id,
            "canvas": described(self.canvas),
            "device_id": device_id,
            "started_at": timestamp(now()),
            "mode": sweep.mode,
            "total_runs": len(sweep),
            "base_seed": sweep.base_seed,
            "prompts": sweep.prompts,
            "sweep": sweep.to_document(),
            "jobs": self.jobs,
            "software": software(),
        }


def run_batch(
    canvas: Composable | Sweep,
    *,
    prompts: Sequence[str] | None = None,
    count: SupportsIndex | None = None,
    base_seed: SupportsIndex | None = None,
    node: str | Node = "",
    jobs: SupportsIndex | None = None,
    exports: str | Path | None = None,
    device_id: str | None = None,
    record: bool = True,
    deadline_seconds: float | None = None,
    batch_id: str = "",
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> BatchHandle:
    """Run a canvas many times. Gives a handle at once; await it for the result.

    A run that fails does not stop the others; the result says of each how it ended and why.

    Args:
        canvas: A canvas, a chain, or a node; or a sweep, which says which runs.
        prompts: A run for each; the words go into the canvas's input.
        count: So many runs of the canvas as it is; instead of ``prompts``.
        base_seed: The seed of the first run; run ``i`` has ``base_seed + i``. Drawn (and recorded)
            if left out.
        node: The input that takes the prompts, if the canvas has several.
        jobs: How many runs are in flight; twice the scarcest backend's capacity if left out.
        exports: Where the records go, if not where the settings say.
        device_id: Names the device in the records, if not as the settings say.
        record: False keeps nothing on the disk.
        deadline_seconds: The longest that each run may take; what was made until then is kept.
        batch_id: Names the batch; a fresh id if left out.
        engine: The engine to use, if not the default one.
        listener: Called with each event of the batch and of its runs.

    Returns:
        A handle on the batch. Its result is a :class:`Batch`, also if it was aborted.

    Raises:
        CanvasError: When the canvas cannot run; nothing was written.
        BatchError: When what is asked for is no batch; nothing was written.
        SettingsError: When the settings cannot be read.
    """
    engine = engine or default_engine()
    sweep = sweep_of(
        canvas,
        prompts=prompts,
        count=count,
        base_seed=base_seed,
        node=node,
        folders=engine.settings.allowed_folders,
    )
    deadline = checked_deadline(deadline_seconds)
    plan = engine.prepare(sweep.canvas)
    sweep.check(engine.backends)
    at_once = checked_jobs(jobs) or _OVERLAP * _scarcest_capacity(plan)
    handle = BatchHandle(engine, sweep, jobs=at_once, batch_id=batch_id)
    if listener is not None:
        handle.listen(listener)
    handle.start(
        handle.execute(
            plan,
            record=record,
            exports=Path(exports).absolute() if exports is not None else None,
            device_id=device_id,
            deadline_seconds=deadline,
        )
    )
    return handle


def sweep_of(
    canvas: Composable | Sweep,
    *,
    prompts: Sequence[str] | None = None,
    count: SupportsIndex | None = None,
    base_seed: SupportsIndex | None = None,
    node: str | Node = "",
    folders: Iterable[Path] = (),
) -> Sweep:
    """The sweep that was given, or one of a canvas.

    Raises:
        CanvasError: When the canvas has no such input, or a prompt cannot be used.
        BatchError: When what is asked for is no batch.
    """
    if isinstance(canvas, Sweep):
        which = {"prompts": prompts, "count": count, "base_seed": base_seed, "node": node}
        if given := [name for name, value in which.items() if value not in (None, "")]:
            raise BatchError(
                f"A sweep says itself which runs it makes; leave out {', '.join(given)}."
            )
        return canvas
    if prompts is not None and count is None:
        return Sweep.of_prompts(canvas, prompts, base_seed=base_seed, node=node, folders=folders)
    if prompts is None and count is not None:
        return Sweep.of_count(canvas, count, base_seed=base_seed, folders=folders)
    raise BatchError("A batch takes either prompts or a count, or a sweep.")


def checked_jobs(jobs: SupportsIndex | None) -> int | None:
    """How many runs are to be in flight, if it was said.

    Raises:
        BatchError: When it is no number of runs.
    """
    if jobs is None:
        return None
    number = whole_number(jobs)
    if number is None or not 1 <= number <= MAX_JOBS:
        raise BatchError(f"The jobs should be 1 to {MAX_JOBS}, but are {jobs!r}.")
    return number


def _scarcest_capacity(plan: Plan) -> int:
    """The capacity of the media backend with the fewest slots, which the others wait for."""
    capacities = [
        asked.backend.capacity
        for index, asked in plan.models.items()
        if plan.names[index][1] == "generation"
    ]
    return min(capacities, default=4)


def _numbered(indices: Sequence[int]) -> str:
    """Some runs in words: ``"run 3"``, ``"runs 3, 4, 7"``; of many, the first ones."""
    shown = ", ".join(map(str, indices[:8])) + (", …" if len(indices) > 8 else "")
    return (
        f"{len(indices)} runs, {shown}"
        if len(indices) > 8
        else (f"run{'s' * (len(indices) > 1)} {shown}")
    )


def _completed(runs: Iterable[RunSummary]) -> int:
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
            yield RunSummary(index, run.id, run.status, seed, run.folder, tuple(run.reasons()))


async def _abort(journal: Journal, reason: str = "the program was ended") -> None:
    journal.note({"event": "aborted", "reason": reason})
    await asyncio.to_thread(journal.close)


def _start_of(path: Path) -> bytes:
    try:
        return read_start(path, _HEAD_BYTES)
    except OSError:
        return b""
