"""Runs a sweep: several runs in flight, each recorded in its own folder, none stopping the others.

A batch writes its manifest first (``canvas_batch_<id>/batch.json``), then its runs, then one line
in its journal for each run that has ended. Its runs lie beside it, like any other runs.

A run that fails stops no other, with one exception: while a backend cannot be reached at all, no
further runs begin, since all of them would fail with the same words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, SupportsIndex

from canvas_kit.batch.batch import Batch, completed
from canvas_kit.batch.runner import LocalRunner, PointRunner, PointTask
from canvas_kit.batch.summary import RunSummary
from canvas_kit.canvas.graph import Composable
from canvas_kit.canvas.node import Node
from canvas_kit.errors import BatchError, RecordError
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
from canvas_kit.executor.handle import Handle
from canvas_kit.executor.parameters import checked_deadline, whole_number
from canvas_kit.executor.plan import Plan
from canvas_kit.network import Retry, RetryPolicy
from canvas_kit.recorder.entities import now, timestamp
from canvas_kit.recorder.journal import (
    Journal,
    as_json,
    begin_record,
    make_record,
)
from canvas_kit.recorder.names import (
    BATCH,
    WORKFLOW,
    batch_folder_name,
    day_folder,
    new_id,
)
from canvas_kit.recorder.recorder import described, software
from canvas_kit.sweep.point import Point
from canvas_kit.sweep.sweep import Sweep
from canvas_kit.values import RunStatus

FORMAT = 1
_OVERLAP = 2
"""Runs in flight for each slot of the scarcest backend: one run's bookkeeping then overlaps
another's generation (measured: 1.35 of the ideal time with 1, 1.06 with 2)."""
MAX_JOBS = 1024
_WAITING = RetryPolicy(longest_seconds=2.0, patience_seconds=15.0)
"""How long a backend that cannot be reached is waited for, besides what it bears itself: as long as
a small server takes to start again."""


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
        self._runner: PointRunner | None = None
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
        if self._runner is not None:
            self._runner.stop(reason)

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
        task = partial(
            PointTask,
            batch_id=self.batch_id,
            batch_name="",
            attempt=1,
            exports=exports or settings.exports,
            device_id=device,
            record=record,
            deadline_seconds=deadline_seconds,
        )
        runner = self._runner = LocalRunner(self.engine, self.jobs, self.emit)
        try:
            # Each worker takes the next point when it is free: memory does not grow with the sweep.
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(runner.slots, len(self.sweep))):
                    workers.create_task(self._worker(points, task, runner, journal))
        except BaseExceptionGroup as group:  # the batch's own record cannot be written
            made = completed(self._ended.values())
            self.emit(BatchAborted(self.batch_id, self._first_open_run(), made))
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
        task: Callable[..., PointTask],
        runner: PointRunner,
        journal: Journal | None,
    ) -> None:
        for point in points:
            # The engine's end is asked for by a cancellation, which a run that just ends may take
            # for its own.
            if self._stop_reason is not None or self.engine.closed:
                return
            run_id = new_id()
            start = RunStart(self.batch_id, point.index, len(self.sweep), run_id, point.seed)
            self.emit(start)
            summary = await runner.run(task(point=point, canvas=point.canvas, run_id=run_id))
            self._ended[point.index] = summary
            if journal is not None:
                line = {"event": "run", **summary.to_json(journal.path.parent)}
                try:
                    await asyncio.to_thread(journal.append, line)
                except RecordError as error:
                    self.stop(f"the batch's record could not be written: {error}")
                    raise
            self._tell_ended(summary)
            if summary.unreachable and summary.unreachable in self.engine.backends.names():
                await self._wait_for(summary.unreachable)

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
    sweep.check(engine)
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


async def _abort(journal: Journal, reason: str = "the program was ended") -> None:
    journal.note({"event": "aborted", "reason": reason})
    await asyncio.to_thread(journal.close)
