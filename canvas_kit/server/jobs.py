"""Runs and batches that were started over the network.

They live here and not in the request that started them: a client may go away and come back.
An ended one is forgotten after a while; its record stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from canvas_kit.batch.handle import BatchHandle
from canvas_kit.errors import CanvasKitError
from canvas_kit.events import BatchEvent, Error, Event, Listener, RunComplete
from canvas_kit.executor.run import RunHandle
from canvas_kit.logs import logger_for
from canvas_kit.server.answers import BatchEntry
from canvas_kit.server.limits import Limits
from canvas_kit.server.log import EventLog
from canvas_kit.server.presenter import Presenter
from canvas_kit.server.requests import Kind

log = logger_for(__name__)


class TooManyJobs(CanvasKitError):
    """As much is under way as this server allows."""


class IdTaken(CanvasKitError):
    """An id that already names something recorded."""


class LiveJob:
    """A run or a batch that is under way or has ended.

    Attributes:
        id: Its id.
        kind: What it is.
        log: What has happened.
        started_at: When it was asked for.
        ended: Set when nothing will follow.
    """

    def __init__(self, job_id: str, kind: Kind, keep: int) -> None:
        self.id = job_id
        self.kind: Kind = kind
        self.log = EventLog(keep=keep, whole_runs=kind == "run")
        self.started_at = datetime.now(UTC)
        self.ended = asyncio.Event()
        self.ended_runs = 0
        self._handle: RunHandle | BatchHandle | None = None
        self._stopped = False

    def begun(self, handle: RunHandle | BatchHandle) -> None:
        """Take the handle of the work; it may be stopped already."""
        self._handle = handle
        if self._stopped:
            handle.cancel()

    def stop(self) -> None:
        """Stop the work; what was made is kept. Returns at once."""
        self._stopped = True
        if self._handle is not None:
            self._handle.cancel()

    def entry(self) -> BatchEntry:
        """How a batch stands, in few words."""
        handle = self._handle
        return BatchEntry(
            batch_id=self.id,
            state="ended" if self.ended.is_set() else "running",
            started_at=self.started_at.isoformat(timespec="milliseconds"),
            last_event_id=f"{self.id}:{self.log.last}",
            total_runs=len(handle.sweep) if isinstance(handle, BatchHandle) else 0,
            ended_runs=self.ended_runs,
        )


class LiveJobs:
    """All jobs of a server. Everything here happens on the server's event loop."""

    def __init__(self, limits: Limits, presenter: Callable[[], Presenter]) -> None:
        """Begin with none; what ``presenter`` gives makes events fit to be told."""
        self._limits = limits
        self._presenter = presenter
        self._loop = asyncio.get_running_loop()
        self._jobs: dict[str, LiveJob] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __iter__(self) -> Iterator[LiveJob]:
        return iter(tuple(self._jobs.values()))

    def find(self, job_id: str, kind: Kind) -> LiveJob | None:
        """The job with this id, if it is still known."""
        job = self._jobs.get(job_id)
        return job if job is not None and job.kind == kind else None

    async def start(
        self,
        job_id: str,
        kind: Kind,
        begin: Callable[[Listener], Coroutine[Any, Any, RunHandle | BatchHandle]],
    ) -> LiveJob:
        """The job that ``begin`` starts; or the one of this id, if it was started before.

        Raises:
            TooManyJobs: When the server allows no more for now.
            IdTaken: When the id names a job of the other kind.
        """
        if (known := self._jobs.get(job_id)) is not None:
            if known.kind != kind:
                raise IdTaken(f"{job_id} names a {known.kind}, not a {kind}.")
            return known
        under_way = sum(not job.ended.is_set() for job in self._jobs.values())
        if under_way >= self._limits.max_jobs:
            raise TooManyJobs(
                f"This server is busy: {under_way} of at most {self._limits.max_jobs} runs and "
                "batches are under way. Try again when one has ended."
            )
        job = LiveJob(job_id, kind, self._limits.keep_events)
        self._jobs[job_id] = job  # takes its place before anything is waited for
        try:
            handle = await begin(partial(self._tell, job))
        except BaseException:
            del self._jobs[job_id]
            job.ended.set()  # for a client that asked for the same meanwhile
            job.log.close()
            raise
        job.begun(handle)
        task = self._loop.create_task(self._follow(job, handle))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def _tell(self, job: LiveJob, event: Event) -> None:
        """Take an event on the engine's thread and hand it to the server's loop."""
        with suppress(RuntimeError):  # the server has ended; the record has everything
            self._loop.call_soon_threadsafe(self._deliver, job, event)

    def _deliver(self, job: LiveJob, event: Event) -> None:
        if isinstance(event, RunComplete):
            job.ended_runs += 1
        if job.kind == "run" or isinstance(event, BatchEvent) or not job.ended.is_set():
            job.log.append(self._presenter().event(event))

    async def _follow(self, job: LiveJob, handle: RunHandle | BatchHandle) -> None:
        """Wait for the end of a job, close its log, and forget it after a while."""
        try:
            await handle
        except CanvasKitError as error:
            if job.log.latest(Error) is None:
                job.log.append(self._presenter().event(Error(job.id, str(error))))
        except Exception as error:
            log.exception("the %s %s ended with a fault", job.kind, job.id)
            job.log.append(Error(job.id, f"a fault in canvas-kit: {type(error).__name__}"))
        finally:
            job.ended.set()
            job.log.close()
        self._loop.call_later(self._limits.keep_ended_seconds, self._jobs.pop, job.id, None)
