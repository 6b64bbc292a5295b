"""What a Dask worker does: it makes one point, recorded in the shared exports folder.

These functions are called by name on the workers, so that canvas-kit has to be installed there. A
worker process makes one engine for the settings that come with its tasks; keys of backends do not
come with them, but are read from the worker's own environment.
"""

from __future__ import annotations

import asyncio
import functools
import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from canvas_kit.batch.runner import WAITING, LocalRunner, PointTask
from canvas_kit.batch.summary import RunSummary
from canvas_kit.cluster.claims import claimed
from canvas_kit.errors import RecordError
from canvas_kit.events import Event, NodeComplete, Progress, ToTell, made, tell
from canvas_kit.events import to_json as event_to_json
from canvas_kit.executor.engine import Engine
from canvas_kit.network import Retry
from canvas_kit.recorder.names import BATCH, run_folder_name, slug
from canvas_kit.recorder.run import Run
from canvas_kit.settings import Settings
from canvas_kit.values import RunStatus
from canvas_kit.version import __version__

CLAIMS = ".claims"
"""The folder of claims, in a batch's folder."""

_making = threading.Lock()


@dataclass(frozen=True, slots=True)
class BatchJob:
    """What the tasks of a batch share; small, as it goes with each of them.

    Attributes:
        session: Names this making of the batch: a batch can be gone on with.
        folder: The batch's folder.
        settings: The settings as JSON.
        lease_seconds: How long a silent worker's claims count.
    """

    session: str
    folder: Path
    settings: str
    lease_seconds: float


@dataclass(slots=True)
class _Bench:
    """Where a worker process makes the points of a batch."""

    engine: Engine
    runner: LocalRunner
    stopped: list[str] = field(default_factory=list)

    def stop(self, reason: str) -> None:
        self.stopped.append(reason)
        self.engine.call_soon(self.runner.stop, reason)

    async def make(self, task: PointTask) -> RunSummary:
        """Make a point; if a server of this worker's own was away, wait for it afterwards.

        The client waits for servers of all workers. What it cannot reach it could not wait for, and
        a worker that fails everything at once would take the work of all others.
        """
        summary = await self.runner.run(task)
        if not summary.unreachable:
            return summary
        backend, retry = self.engine.backends.backend(summary.unreachable), Retry(WAITING)
        while not self.stopped:
            status = await backend.status()
            if not status.local:
                return summary
            if status.reachable or (wait := retry.next_wait()) is None:
                break
            await asyncio.sleep(wait)
        return replace(summary, unreachable="")


def make_point(task: PointTask, job: BatchJob) -> RunSummary:
    """Make a point, unless it is made already, and say how its run ended. A task of Dask's.

    Raises:
        CanvasKitError: When this worker cannot do it.
    """
    bench = _bench(job)
    if not (job.folder / BATCH).is_file():
        raise RecordError(
            f"The worker does not see the batch in {job.folder}. All workers and the client need "
            "the exports folder under the same path, on a shared file system."
        )

    def lost() -> None:
        bench.engine.call_soon(bench.runner.stop_run, task.run_id, "another worker took it over")

    if bench.stopped:
        return cancelled(task, bench.stopped[-1])
    with claimed(
        job.folder / CLAIMS,
        task.run_id,
        lost=lost,
        lease_seconds=job.lease_seconds,
        wanted=lambda: not bench.stopped,
    ) as after_another:
        run = begun_run(task)
        if run is not None:
            attempt = run.about.get("attempt", 1)
            summary = RunSummary.of(run, task.point.index, task.point.seed, **task.more())
            complete = run.status is RunStatus.COMPLETED
            if complete or (not summary.open and (after_another or attempt >= task.attempt)):
                return replace(summary, attempt=attempt)
            task = replace(task, earlier=run.folder, attempt=max(task.attempt, attempt + 1))
        return bench.engine.submit(bench.make(task)).result()


def look(folder: Path) -> tuple[str, bool]:
    """The version of canvas-kit on a worker, and whether it sees the batch in a folder."""
    return __version__, (folder / BATCH).is_file()


def stop_points(job: BatchJob, reason: str) -> None:
    """End what a worker makes of a batch, and begin nothing more of it."""
    _bench(job).stop(reason)


def cancelled(task: PointTask, reason: str) -> RunSummary:
    """How a point ended that was not begun."""
    return replace(task.failed(""), status=RunStatus.CANCELLED, reasons=(reason,))


def begun_run(task: PointTask) -> Run | None:
    """The run of a task, if another worker, or an earlier attempt, has begun it."""
    name = run_folder_name(task.run_id)
    device = slug(task.options.device_id, "device")
    found = task.earlier or next(task.options.exports.glob(f"json/*/{device}/{name}"), None)
    if found is None:
        return None
    try:
        return Run.open(found)
    except RecordError:
        return None


def _bench(job: BatchJob) -> _Bench:
    with _making:  # the threads of a worker share one
        return _made_bench(job)


@functools.lru_cache(maxsize=8)
def _made_bench(job: BatchJob) -> _Bench:
    engine = _engine(job.settings)
    runner = LocalRunner(engine)
    engine.submit(runner.open(job.folder, functools.partial(_tell, job.session))).result()
    return _Bench(engine, runner)


@functools.cache
def _engine(settings: str) -> Engine:
    return Engine(Settings(**json.loads(settings)))


def _tell(session: str, event: ToTell) -> None:
    """Tell the client how far a run is: no pictures, and no texts, which are in the record."""
    event = made(event)
    if isinstance(event, NodeComplete):
        return
    if isinstance(event, Progress) and event.preview is not None:
        event = replace(event, preview=None)
    tell(functools.partial(_log, session), event)


def _log(session: str, event: Event) -> None:
    from distributed import get_worker

    with suppress(ValueError):  # no worker in this thread
        get_worker().log_event(session, event_to_json(event))
