"""Runs a sweep: several runs in flight, each recorded in its own folder, none stopping the others.

A batch writes its manifest first (``canvas_batch_<id>/batch.json``), then its runs, then one line
in its journal for each run that has ended. Its runs lie beside it, like any other runs.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.canvas.graph import Canvas, Composable
from canvas_kit.errors import BatchError, CanvasKitError, RecordError
from canvas_kit.events import (
    BatchAborted,
    BatchComplete,
    BatchEvent,
    BatchStarted,
    Event,
    Listener,
    RunComplete,
    RunError,
    RunStart,
)
from canvas_kit.executor.engine import Engine, default_engine, prepare, prompt_node
from canvas_kit.executor.handle import Handle, RunHandle
from canvas_kit.executor.plan import Plan
from canvas_kit.nodes.parameters import draw_seed
from canvas_kit.recorder.disk import new_folder, write_flushed
from canvas_kit.recorder.journal import Journal, read_journal
from canvas_kit.recorder.names import (
    BATCH,
    JOURNAL,
    WORKFLOW,
    batch_folder_name,
    day_folder,
    new_id,
)
from canvas_kit.recorder.recorder import software
from canvas_kit.recorder.run import Run
from canvas_kit.settings import Settings
from canvas_kit.sweep import Point, Sweep
from canvas_kit.values import RunStatus

log = logging.getLogger(__name__)

FORMAT = 1
_OVERLAP = 2
"""Runs in flight for each place of the scarcest backend: one run's bookkeeping then overlaps
another's generation (measured: 1.35 of the ideal time with 1, 1.06 with 2)."""
MAX_JOBS = 1024


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


@dataclass(frozen=True)
class Batch:
    """A batch: what it was to make and how its runs ended.

    Attributes:
        id: The batch's id.
        total_runs: How many runs it was to make.
        runs: How those ended that did, by index.
        folder: Where its manifest lies; None if it was not recorded.
        aborted: Whether somebody stopped it.
        about: The manifest.
    """

    id: str
    total_runs: int
    runs: tuple[RunSummary, ...] = ()
    folder: Path | None = None
    aborted: bool = False
    about: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, folder: str | Path) -> Batch:
        """The batch in a folder, also one that was killed half way.

        Raises:
            RecordError: When the folder holds no batch.
        """
        path = Path(folder)
        try:
            about = json.loads((path / BATCH).read_bytes())
            total = int(about["total_runs"])
            batch_id = str(about["batch_id"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RecordError(f"{path} holds no batch: {BATCH}: {error}.") from None
        ended: dict[int, RunSummary] = {}
        aborted = False
        try:
            for line in read_journal(path / JOURNAL):
                if line.get("event") == "run":
                    summary = _summary_from_json(line, path)
                    ended[summary.index] = summary
                aborted = aborted or line.get("event") == "aborted"
        except (KeyError, TypeError, ValueError) as error:
            raise RecordError(
                f"The journal of the batch in {path} cannot be read: {error!r}."
            ) from None
        runs = tuple(ended[index] for index in sorted(ended))
        return cls(batch_id, total, runs, path, aborted, about)

    @property
    def completed_runs(self) -> int:
        """How many runs made everything."""
        return sum(summary.status is RunStatus.COMPLETED for summary in self.runs)

    @property
    def complete(self) -> bool:
        """Whether every run made everything."""
        return self.completed_runs == self.total_runs

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        """The runs that were recorded, by index, each read from its folder when its turn comes."""
        for summary in self.runs:
            if summary.folder is not None:
                yield Run.open(summary.folder)

    def reasons(self) -> list[str]:
        """Why not everything was made, a sentence for each run concerned."""
        found = []
        for summary in self.runs:
            if summary.status is not RunStatus.COMPLETED:
                why = summary.error or "; ".join(summary.reasons) or "no reason is known"
                found.append(f"run {summary.index} ({summary.status.value}): {why}")
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
            "folder": str(self.folder) if self.folder else None,
            "runs": [
                {
                    "run_index": summary.index,
                    "run_id": summary.run_id,
                    "status": summary.status.value,
                    "seed": summary.seed,
                    "folder": str(summary.folder) if summary.folder else None,
                    **({"reasons": list(summary.reasons)} if summary.reasons else {}),
                    **({"error": summary.error} if summary.error else {}),
                }
                for summary in self.runs
            ],
        }

    def __str__(self) -> str:
        where = f" in {self.folder}" if self.folder else ""
        word = "aborted, " if self.aborted else ""
        head = f"Batch {self.id}: {word}{self.completed_runs} of {self.total_runs} runs complete"
        return "\n".join([head + where, *(f"  ! {reason}" for reason in self.reasons()[:20])])

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        from canvas_kit.display import bundle_of

        return bundle_of("batch", self)


class BatchHandle(Handle[Batch]):
    """A batch that is under way. Its events are those of the batch and of all its runs.

    Attributes:
        batch_id: The batch's id.
        canvas: The canvas that its runs share.
        sweep: Which runs it makes.
        jobs: How many of them are in flight.
    """

    def __init__(
        self,
        engine: Engine,
        canvas: Canvas,
        sweep: Sweep,
        *,
        prompt_to: str,
        jobs: int,
        batch_id: str = "",
    ) -> None:
        """Prepare; nothing starts."""
        super().__init__(engine)
        self.batch_id = batch_id or new_id()
        self.canvas = canvas
        self.sweep = sweep
        self.jobs = jobs
        self._prompt_to = prompt_to
        self._plan = Plan(canvas)
        self._under_way: set[RunHandle] = set()
        self._ended: dict[int, RunSummary] = {}
        self._stop_reason: str | None = None

    def __repr__(self) -> str:
        state = "ended" if self.done else "under way"
        return f"<batch {self.batch_id}, {len(self._ended)} of {len(self.sweep)} runs, {state}>"

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        from canvas_kit.display import bundle_of

        return bundle_of("batch_handle", self)

    def _ipython_display_(self) -> None:
        from canvas_kit.display import show_live

        show_live(self)

    @property
    def ended_runs(self) -> int:
        """How many runs have ended, however they did."""
        return len(self._ended)

    def _remember(self, event: Event) -> None:
        """Keep the batch's own events only: a thousand runs' events are in their records."""
        if isinstance(event, BatchEvent):
            super()._remember(event)

    def _stop(self, reason: str) -> None:
        self._stop_reason = reason
        for handle in tuple(self._under_way):
            handle._stop(reason)

    async def _work(self, *, record: bool, exports: Path | None, device_id: str | None) -> Batch:
        settings = self.engine.settings
        device = device_id or settings.device_id
        root = exports or settings.exports
        folder: Path | None = None
        journal: Journal | None = None
        about = self._manifest(device)
        if record:
            now = datetime.now(UTC)
            folder = day_folder(root, device, now) / batch_folder_name(self.batch_id)
            journal = await asyncio.to_thread(_begin, folder, about, self.canvas)
        where = str(folder) if folder else None
        self._emit(BatchStarted(self.batch_id, len(self.sweep), self.sweep.mode, where))
        points = iter(self.sweep)
        run_one = partial(self._run_point, record, exports, device_id, journal)
        try:
            # Each worker takes the next point when it is free: memory does not grow with the sweep.
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(self.jobs, len(self.sweep))):
                    workers.create_task(self._worker(points, run_one))
        except BaseExceptionGroup as group:  # the batch's own record cannot be written
            self._emit(BatchAborted(self.batch_id, self._first_open_run(), self._completed_runs))
            raise group.exceptions[0] from None
        finally:
            if journal is not None:
                if self._aborted:
                    journal.note({"event": "aborted", "reason": self._stop_reason})
                await asyncio.to_thread(journal.close)
        return self._close(folder, about)

    async def _worker(self, points: Iterator[Point], run_one: Any) -> None:
        for point in points:
            if self._stop_reason is not None:
                return
            await run_one(point)

    async def _run_point(
        self,
        record: bool,
        exports: Path | None,
        device_id: str | None,
        journal: Journal | None,
        point: Point,
    ) -> None:
        plan = self._plan
        if point.prompt is not None:
            plan = Plan(self.canvas.with_fields(self._prompt_to, text=point.prompt))
        handle = RunHandle(self.engine, plan, seed=point.seed)
        handle.listen(self._emit)
        self._under_way.add(handle)
        if self._stop_reason is not None:
            handle._stop(self._stop_reason)
        self._emit(RunStart(self.batch_id, point.index, len(self.sweep), handle.run_id, point.seed))
        try:
            run = await handle._work(
                record=record,
                exports=exports,
                device_id=device_id,
                run_index=point.index,
                about={"batch_id": self.batch_id, "run_index": point.index},
            )
        except Exception as error:  # whatever it is, it must not stop the other runs
            message = str(error)
            if not isinstance(error, CanvasKitError):
                log.exception("batch %s: fault in run %d", self.batch_id, point.index)
                message = f"a fault in canvas-kit: {error!r}"
            summary = RunSummary(
                point.index, handle.run_id, RunStatus.FAILED, point.seed, error=message
            )
        else:
            summary = RunSummary(
                point.index,
                run.id,
                run.status,
                point.seed,
                run.folder,
                tuple(run.reasons()),
            )
        finally:
            self._under_way.discard(handle)
        self._ended[point.index] = summary
        if journal is not None:
            line = _summary_to_json(summary, journal.path.parent)
            await asyncio.to_thread(journal.append, line)
        self._tell_ended(summary)

    def _tell_ended(self, summary: RunSummary) -> None:
        if summary.status in (RunStatus.FAILED, RunStatus.PARTIAL):
            message = summary.error or "; ".join(summary.reasons)
            self._emit(RunError(self.batch_id, summary.index, summary.run_id, message))
        if not summary.error:
            path = str(summary.folder) if summary.folder else None
            self._emit(
                RunComplete(self.batch_id, summary.index, summary.run_id, summary.status, path)
            )

    def _close(self, folder: Path | None, about: Mapping[str, Any]) -> Batch:
        runs = tuple(self._ended[index] for index in sorted(self._ended))
        batch = Batch(self.batch_id, len(self.sweep), runs, folder, self._aborted, about)
        if self._aborted:
            first = self._first_open_run()
            self._emit(BatchAborted(self.batch_id, first, batch.completed_runs))
        else:
            paths = tuple(str(summary.folder) for summary in runs if summary.folder)
            self._emit(BatchComplete(self.batch_id, len(self.sweep), batch.completed_runs, paths))
        return batch

    @property
    def _aborted(self) -> bool:
        """Whether somebody stopped the batch before every run had ended by itself."""
        return self._stop_reason is not None and self._first_open_run() < len(self.sweep)

    @property
    def _completed_runs(self) -> int:
        return sum(one.status is RunStatus.COMPLETED for one in self._ended.values())

    def _first_open_run(self) -> int:
        """Index of the first run that has not ended by itself; behind the last if all have."""
        for index in range(len(self.sweep)):
            summary = self._ended.get(index)
            if summary is None or summary.status is RunStatus.CANCELLED:
                return index
        return len(self.sweep)

    def _manifest(self, device_id: str) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "batch_id": self.batch_id,
            "canvas": {
                "id": self.canvas.id,
                "name": self.canvas.name,
                "fingerprint": self.canvas.fingerprint,
            },
            "device_id": device_id,
            "started_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "mode": self.sweep.mode,
            "total_runs": len(self.sweep),
            "base_seed": self.sweep.base_seed,
            "prompt_to": self._prompt_to or None,
            "prompts": list(self.sweep.prompts) if self.sweep.prompts is not None else None,
            "jobs": self.jobs,
            "software": software(),
        }


def run_batch(
    canvas: Composable,
    *,
    prompts: Sequence[str] | None = None,
    count: int | None = None,
    base_seed: int | None = None,
    node: str = "",
    jobs: int | None = None,
    exports: str | Path | None = None,
    device_id: str | None = None,
    record: bool = True,
    batch_id: str = "",
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> BatchHandle:
    """Run a canvas many times. Gives a handle at once; await it for the result.

    A run that fails does not stop the others; the result says of each how it ended and why.

    Args:
        canvas: A canvas, or a node or chain that belongs to one.
        prompts: A run for each; the words go into the canvas's input.
        count: So many runs of the canvas as it is; instead of ``prompts``.
        base_seed: The seed of the first run; run ``i`` has ``base_seed + i``. Drawn (and recorded)
            if left out.
        node: The input that takes the prompts, if the canvas has several.
        jobs: How many runs are in flight; twice the scarcest backend's capacity if left out.
        exports: Where the records go, if not where the settings say.
        device_id: Names the desk in the records, if not as the settings say.
        record: False keeps nothing on the disk.
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
    value = Canvas.of(canvas)
    if (prompts is None) == (count is None):
        raise BatchError("A batch takes either prompts or a count.")
    seed = draw_seed() >> 1 if base_seed is None else base_seed
    if prompts is not None:
        sweep = Sweep.of_prompts(prompts, base_seed=seed)
        target = prompt_node(value, node)
        for prompt in dict.fromkeys(prompts):
            value.node(target).evolve(text=prompt)  # a prompt that cannot be used is told now
    else:
        sweep = Sweep.of_count(count or 0, base_seed=seed)
        target = ""
    prepare(value, engine)
    if jobs is not None and not 1 <= jobs <= MAX_JOBS:
        raise BatchError(f"The jobs should be 1 to {MAX_JOBS}, but are {jobs}.")
    jobs = jobs or _OVERLAP * _scarcest_capacity(value, engine.backends, engine.settings)
    handle = BatchHandle(engine, value, sweep, prompt_to=target, jobs=jobs, batch_id=batch_id)
    if listener is not None:
        handle.listen(listener)
    handle._begin(
        handle._work(
            record=record,
            exports=Path(exports) if exports is not None else None,
            device_id=device_id,
        )
    )
    return handle


def _scarcest_capacity(canvas: Canvas, backends: BackendRegistry, settings: Settings) -> int:
    """The capacity of the media backend with the fewest places, which the others wait for."""
    names = {
        getattr(node, "model", "") or settings.media_model for node in canvas.of_type("generation")
    }
    capacities = [backends.resolve(backends.config(name).model)[0].capacity for name in names]
    return min(capacities, default=4)


def find_batches(exports: str | Path) -> list[Path]:
    """The folders of all batches under an exports folder, oldest first."""
    return sorted(
        (path for path in Path(exports).glob("json/*/*/canvas_batch_*") if path.is_dir()),
        key=lambda path: (path.parent.parent.name, path.name),
    )


def _begin(folder: Path, about: Mapping[str, Any], canvas: Canvas) -> Journal:
    document = json.dumps(about, ensure_ascii=False, indent=2).encode(errors="replace") + b"\n"
    with new_folder(folder) as (making, undone):
        write_flushed(making / WORKFLOW, canvas.to_json().encode(errors="replace"))
        write_flushed(making / BATCH, document)
        journal = Journal(making / JOURNAL)
        undone.callback(journal.abandon)
        journal.append({"event": "batch", "batch_id": about["batch_id"]})
    journal.path = folder / JOURNAL
    return journal


def _summary_to_json(summary: RunSummary, batch_folder: Path) -> dict[str, Any]:
    line: dict[str, Any] = {
        "event": "run",
        "run_index": summary.index,
        "run_id": summary.run_id,
        "status": summary.status.value,
        "seed": summary.seed,
    }
    if summary.folder is not None:
        # Relative, so that a whole exports folder can be moved.
        line["folder"] = _relative(summary.folder, batch_folder)
    if summary.reasons:
        line["reasons"] = list(summary.reasons)
    if summary.error:
        line["error"] = summary.error
    return line


def _summary_from_json(line: Mapping[str, Any], batch_folder: Path) -> RunSummary:
    folder = line.get("folder")
    return RunSummary(
        int(line["run_index"]),
        str(line["run_id"]),
        RunStatus(line["status"]),
        int(line["seed"]),
        Path(os.path.normpath(batch_folder / folder)) if folder else None,
        tuple(line.get("reasons", ())),
        str(line.get("error", "")),
    )


def _relative(path: Path, start: Path) -> str:
    return Path(os.path.relpath(path, start)).as_posix()
