"""Runs the points of a sweep: several in flight, each recorded by itself, none stopping the others.

A run that fails stops no other, with one exception: while a backend cannot be reached at all, no
further runs begin that need it, since all of them would fail with the same words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from canvas_kit.batch.batch import Batch
from canvas_kit.batch.design import Design, Todo
from canvas_kit.batch.options import Again, BatchOptions
from canvas_kit.batch.recording import manifest, new_record, reopen_record
from canvas_kit.batch.runner import WAITING, LocalRunner, PointRunner, PointTask
from canvas_kit.batch.state import BatchState
from canvas_kit.batch.summary import RunSummary
from canvas_kit.errors import BatchError, RecordError
from canvas_kit.events import (
    BatchAborted,
    BatchComplete,
    BatchEvent,
    BatchStarted,
    RunComplete,
    RunError,
    RunStart,
    ToTell,
)
from canvas_kit.executor.engine import Engine
from canvas_kit.executor.handle import Handle
from canvas_kit.network import Retry
from canvas_kit.recorder.entities import now
from canvas_kit.recorder.journal import Journal
from canvas_kit.recorder.names import day_folder, new_id, run_folder_name, way_to
from canvas_kit.sweep.sweep import Sweep
from canvas_kit.values import RunStatus

_COMPLETE, _WANTING, _CANCELLED = 1, 2, 3
"""How a run ended, in the handle's own books."""


class BatchHandle(Handle[Batch]):
    """A batch that is under way. Its events are those of the batch and of all its runs.

    Attributes:
        batch_id: The batch's id.
        name: Its name, if it has one.
        canvas: The canvas that its runs share.
        sweep: Which runs it makes.
        concurrency: How many of them are in flight.
        exports: The exports folder that it is recorded in; None if it is not recorded.
        folder: Where its record lies; None before it begins, or if it is not recorded.
        estimated_bytes: About how much disk space what is still to be made takes.
    """

    view = "batch_handle"

    def __init__(
        self, engine: Engine, sweep: Sweep, *, concurrency: int, batch_id: str = ""
    ) -> None:
        super().__init__(engine)
        self.batch_id = batch_id or new_id()
        self.name = sweep.name
        self.canvas = sweep.canvas
        self.sweep = sweep
        self.concurrency = concurrency
        self.folder: Path | None = None
        self.exports: Path | None = None
        self.estimated_bytes = 0
        self._runner: PointRunner | None = None
        self._books = bytearray()
        self._kept: dict[int, RunSummary] = {}
        self._stop_reason: str | None = None
        self._away: str | None = None
        self._asking: dict[str, asyncio.Lock] = {}
        self._going = asyncio.Event()
        self._going.set()

    def __repr__(self) -> str:
        state = "ended" if self.done else "under way" if self._going.is_set() else "paused"
        called = f"{self.name!r} {self.batch_id}" if self.name else self.batch_id
        return f"<batch {called}, {self.ended_runs} of {len(self.sweep)} runs, {state}>"

    @property
    def ended_runs(self) -> int:
        """How many runs have ended, however they did."""
        return len(self._books) - self._books.count(0)

    @property
    def paused(self) -> bool:
        """Whether no further runs begin for now."""
        return not self._going.is_set()

    def pause(self) -> None:
        """Begin no further runs; those under way go on to their end. Returns at once."""
        self.engine.call_soon(self._going.clear)

    def unpause(self) -> None:
        """Go on after a pause. Returns at once."""
        self.engine.call_soon(self._going.set)

    def remember(self, event: ToTell) -> None:
        """Keep the batch's own events only: a thousand runs' events are in their records."""
        if isinstance(event, BatchEvent):
            self._events.append(event)

    def stop(self, reason: str) -> None:
        """Stop the batch; runs that have ended are kept, those under way are cancelled."""
        self._stop_reason = reason
        self._going.set()  # whatever waits for the end of a pause has nothing to wait for
        if self._runner is not None:
            self._runner.stop(reason)

    async def execute(
        self,
        design: Design,
        options: BatchOptions,
        runner: PointRunner | None = None,
        earlier: BatchState | None = None,
    ) -> Batch:
        """Make the runs, on the engine's loop.

        Args:
            design: What is to be made.
            options: How.
            runner: Who makes it, if not this engine.
            earlier: The batch that is gone on with.

        Raises:
            BatchError: When another process is at work on the batch.
            RecordError: When the batch's own record cannot be written.
        """
        about = manifest(design, self.batch_id, self.concurrency, options.runs.device_id)
        state: BatchState | None = None
        journal: Journal | None = None
        if earlier is not None:
            state, journal = await reopen_record(design, earlier, self.concurrency)
        elif options.runs.record:
            journal = await new_record(design, about, options.runs)
        self.folder = journal.path.parent if journal else None
        limited = options.concurrency is None and runner is None
        runner = self._runner = runner or LocalRunner(self.engine, self.concurrency)
        todo = Todo(design, is_wanted(state, options.retry), limited=limited)
        make = partial(
            PointTask, batch_id=self.batch_id, batch_name=self.name, options=options.runs
        )
        work = _Work(design, todo, runner, make, state, journal)
        where = str(self.folder) if self.folder else None
        total = len(design.places)
        self._books = bytearray(total)
        for index, summary in (state.ended if state else {}).items():
            if not todo.wanted(index):
                self._book(summary, index)
        started = partial(BatchStarted, self.batch_id, total, self.sweep.mode, where)
        self.emit(started(self.ended_runs))
        timer = None
        if (seconds := options.deadline_seconds) is not None:
            reason = f"the batch's deadline of {seconds:g} s had passed"
            timer = asyncio.get_running_loop().call_later(seconds, self.stop, reason)
        try:
            await runner.open(self.folder, self.emit)
            try:
                # Each worker takes the next point when it is free: memory stays flat.
                async with asyncio.TaskGroup() as workers:
                    for _ in range(min(runner.slots, len(design.places))):
                        workers.create_task(self._worker(work))
            finally:
                await runner.close()
        except (BatchError, BaseExceptionGroup) as error:  # no runner, or no record of the batch
            made = self._books.count(_COMPLETE)
            self.emit(BatchAborted(self.batch_id, self._first_open_run(), made))
            raise (error if isinstance(error, BatchError) else error.exceptions[0]) from None
        finally:
            if timer is not None:
                timer.cancel()
            self._stop_reason = self._stop_reason or self._away
            if journal is not None:
                if self._aborted:
                    journal.note({"event": "aborted", "reason": self._stop_reason})
                await asyncio.to_thread(journal.close)
        return await self._close(about)

    async def give_back(self, total: int) -> Batch:
        """The batch, of which nothing is left to be made."""
        self._books = bytearray([_WANTING] * total)
        where = str(self.folder)
        self.emit(BatchStarted(self.batch_id, total, self.sweep.mode, where, total))
        return await self._close({})

    # --- the runs --------------------------------------------------------------------------------

    async def _worker(self, work: _Work) -> None:
        """Make one point after the other.

        That one has ended and the next is claimed is on the disk with the same flush.
        """
        before: RunSummary | None = None
        away = ""
        while True:
            taken = work.todo.take() if self._may_begin and not away else None
            if before is not None:
                line = {"event": "done", **before.to_json(self.folder, alone=False)}
                if taken is not None and work.journal is not None:
                    work.journal.note(line)
                else:
                    await self._write(work, line)
            if taken is not None:
                index, lane = taken
                task, claim = work.task(index)
                await self._write(work, claim)
            if before is not None:
                self._tell_ended(before)
                before = None
            if away:
                await self._wait_for(away, work.todo, lane)
                away = ""
                continue
            if taken is None:
                if self._stop_reason is None and self.paused:
                    await self._going.wait()
                    continue
                return
            point, total = task.point, len(work.design.places)
            start = task.run_id, point.seed, point.levels
            self.emit(RunStart(self.batch_id, index, total, *start))
            before = await work.runner.run(task)
            if before.error and before.open:  # further runs would be paid for, and lost
                self.stop(before.error)
            work.todo.ended(lane)
            self._book(before, index)
            if self.folder is None:
                self._kept[index] = before
            if before.unreachable and before.unreachable in self.engine.backends.names():
                away = before.unreachable

    @property
    def _may_begin(self) -> bool:
        # The engine's end is asked for by a cancellation, which a run that just ends may take for
        # its own.
        return self._stop_reason is None and not self.engine.closed and self._going.is_set()

    async def _write(self, work: _Work, line: Mapping[str, Any]) -> None:
        if work.journal is None:
            return
        try:
            await self.engine.on_disk(work.journal.append, line)
        except RecordError as error:
            self.stop(f"the batch's record could not be written: {error}")
            raise

    async def _wait_for(self, name: str, todo: Todo, lane: str) -> None:
        """Go on when a backend answers; if it stays away, let nothing begin that waits for it."""
        async with self._asking.setdefault(name, asyncio.Lock()):
            retry = Retry(WAITING)
            while self._stop_reason is None and not todo.closed(lane):
                status = await self.engine.backends.backend(name).status()
                if status.reachable:
                    return
                if (wait := retry.next_wait()) is None:
                    self._away = status.problem or f"{name} cannot be reached"
                    todo.close(lane)
                else:
                    await asyncio.sleep(wait)

    def _tell_ended(self, summary: RunSummary) -> None:
        if summary.error or summary.status in (RunStatus.FAILED, RunStatus.PARTIAL):
            message = summary.error or "; ".join(summary.reasons)
            self.emit(RunError(self.batch_id, summary.index, summary.run_id, message))
        if not summary.error:
            path = str(summary.folder) if summary.folder else None
            self.emit(
                RunComplete(self.batch_id, summary.index, summary.run_id, summary.status, path)
            )

    def _book(self, summary: RunSummary, index: int) -> None:
        if summary.status is RunStatus.COMPLETED:
            self._books[index] = _COMPLETE
        else:
            self._books[index] = _CANCELLED if summary.open else _WANTING

    async def _close(self, about: Mapping[str, Any]) -> Batch:
        aborted = self._aborted
        if self.folder is not None:
            batch = await asyncio.to_thread(Batch.open, self.folder)
        else:
            runs = tuple(self._kept[index] for index in sorted(self._kept))
            reason = (self._stop_reason or "") if aborted else ""
            batch = Batch(self.batch_id, len(self._books), runs, None, aborted, about, reason)
        if aborted:
            first = self._first_open_run()
            self.emit(BatchAborted(self.batch_id, first, batch.completed_runs))
        else:
            paths = tuple(str(summary.folder) for summary in batch.runs if summary.folder)
            total = len(self._books)
            self.emit(BatchComplete(self.batch_id, total, batch.completed_runs, paths))
        return batch

    @property
    def _aborted(self) -> bool:
        """Whether the batch was stopped before every run had ended by itself."""
        stopped = self._stop_reason is not None or self.engine.closed
        return stopped and self._first_open_run() < len(self._books)

    def _first_open_run(self) -> int:
        """Index of the first run that has not ended by itself; behind the last if all have."""
        open_ones = (self._books.find(state) for state in (0, _CANCELLED))
        return min((index for index in open_ones if index >= 0), default=len(self._books))


@dataclass(frozen=True, slots=True)
class _Work:
    """What the workers of a batch share."""

    design: Design
    todo: Todo
    runner: PointRunner
    make: Callable[..., PointTask]
    state: BatchState | None
    journal: Journal | None

    def task(self, index: int) -> tuple[PointTask, Mapping[str, Any]]:
        """What is to be done for a point, and the line that says so beforehand."""
        attempt, run_id, earlier = 1, new_id(), None
        if self.state is not None:
            attempt, before = self.state.begun(index)
            if before is not None:
                run_id, earlier = before.run_id, before.folder
        task = self.make(
            point=self.design.point(index), run_id=run_id, attempt=attempt, earlier=earlier
        )
        day = day_folder(task.options.exports, task.options.device_id, now())
        folder = earlier or day / run_folder_name(run_id)
        line: dict[str, Any] = {"event": "claimed", "run_index": index, "run_id": run_id}
        if self.journal is not None:
            line["folder"] = way_to(folder, self.journal.path.parent)
        if attempt > 1:
            line["attempt"] = attempt
        return task, line


def is_wanted(state: BatchState | None, retry: Again | None) -> Callable[[int], bool]:
    """Whether the point at a position is to be made."""
    if state is None:
        return lambda _: True
    ended = state.ended

    def wanted(index: int) -> bool:
        summary = ended.get(index)
        if summary is None or summary.open:
            return True
        if summary.status is RunStatus.COMPLETED or retry is None:
            return False
        return retry == "all" or (retry == "refused") is summary.refused

    return wanted
