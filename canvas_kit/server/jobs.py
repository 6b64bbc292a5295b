"""Runs and batches that were started over the network.

They live here and not in the request that started them: whoever asked may go away and come back.
An ended one is forgotten after a while; its record stays.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from typing import Any, Literal

from canvas_kit.batch import Batch, BatchHandle
from canvas_kit.errors import CanvasKitError
from canvas_kit.events import BatchEvent, Error, Event, RunComplete
from canvas_kit.executor.handle import RunHandle
from canvas_kit.recorder.run import Run
from canvas_kit.server.inbox import Inbox
from canvas_kit.server.limits import Limits
from canvas_kit.server.log import EventLog
from canvas_kit.server.public import Public

log = logging.getLogger(__name__)

Kind = Literal["run", "batch"]


class TooManyJobs(CanvasKitError):
    """As much is under way as this server allows."""


class IdTaken(CanvasKitError):
    """An id that already names something recorded."""


class Job:
    """A run or a batch that is under way or has ended.

    Attributes:
        id: Its id.
        kind: What it is.
        log: What has happened.
        started_at: When it was asked for.
        ended: Set when nothing will follow.
        result: What it gave; None as long as it is under way, or if it failed as a whole.
    """

    def __init__(self, job_id: str, kind: Kind, inbox: Inbox[tuple[Job, Event]], keep: int) -> None:
        self.id = job_id
        self.kind: Kind = kind
        self.log = EventLog(keep=keep, whole_runs=kind == "run")
        self.started_at = datetime.now(UTC)
        self.ended = asyncio.Event()
        self.result: Run | Batch | None = None
        self.ended_runs = 0
        self._handle: RunHandle | BatchHandle | None = None
        self._inbox = inbox

    def tell(self, event: Event) -> None:
        """Take an event, on the engine's thread."""
        self._inbox.put((self, event))

    def stop(self) -> None:
        """Stop the work; what was made is kept. Returns at once."""
        if self._handle is not None:
            self._handle.cancel()

    def to_json(self) -> dict[str, Any]:
        """How it stands, in few words."""
        document: dict[str, Any] = {
            f"{self.kind}_id": self.id,
            "state": "ended" if self.ended.is_set() else "running",
            "started_at": self.started_at.isoformat(timespec="milliseconds"),
            "last_event_id": f"{self.id}:{self.log.last}",
        }
        if isinstance(self._handle, BatchHandle):
            document |= {"total_runs": len(self._handle.sweep), "ended_runs": self.ended_runs}
        return document


class Jobs:
    """All jobs of a server. Everything here happens on the server's event loop."""

    def __init__(self, limits: Limits, public: Callable[[], Public]) -> None:
        """Begin with none.

        Args:
            limits: How many there may be.
            public: Gives what makes events fit to be told.
        """
        self._limits = limits
        self._public = public
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._inbox = Inbox[tuple[Job, Event]](asyncio.get_running_loop(), self._deliver)

    def __iter__(self) -> Iterator[Job]:
        return iter(tuple(self._jobs.values()))

    def find(self, job_id: str, kind: Kind) -> Job | None:
        """The job with this id, if it is still known."""
        job = self._jobs.get(job_id)
        return job if job is not None and job.kind == kind else None

    async def start(
        self,
        job_id: str,
        kind: Kind,
        begin: Callable[[Job], Coroutine[Any, Any, RunHandle | BatchHandle]],
    ) -> Job:
        """The job that ``begin`` starts; or the one of this id, if it was started before.

        Args:
            job_id: Names it.
            kind: What it is.
            begin: Starts the work and gives its handle; events go to the job that it is given.

        Raises:
            TooManyJobs: When the server allows no more for now.
            IdTaken: When the id names a job of the other kind.
        """
        if (known := self._jobs.get(job_id)) is not None:
            if known.kind != kind:
                raise IdTaken(f"{job_id} names a {known.kind}, not a {kind}.")
            return known
        under_way = sum(not job.ended.is_set() for job in self._jobs.values())
        if under_way >= self._limits.jobs:
            raise TooManyJobs(
                f"{under_way} runs and batches are under way, and more are not allowed at the same "
                "time. Try again when one has ended."
            )
        job = Job(job_id, kind, self._inbox, self._limits.keep_events)
        self._jobs[job_id] = job  # takes its place before anything is waited for
        try:
            job._handle = await begin(job)
        except BaseException:
            del self._jobs[job_id]
            job.ended.set()  # for whoever asked for the same meanwhile
            job.log.close()
            raise
        task = asyncio.get_running_loop().create_task(self._follow(job, job._handle))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def _deliver(self, item: tuple[Job, Event]) -> None:
        job, event = item
        if isinstance(event, RunComplete):
            job.ended_runs += 1
        if job.kind == "run" or isinstance(event, BatchEvent) or not job.ended.is_set():
            job.log.append(self._public().event(event))

    async def _follow(self, job: Job, handle: RunHandle | BatchHandle) -> None:
        """Wait for the end of a job, close its log, and forget it after a while."""
        try:
            job.result = await handle
        except CanvasKitError as error:
            if job.log.latest(Error) is None:
                job.log.append(self._public().event(Error(job.id, str(error))))
        except Exception as error:
            log.exception("the %s %s ended with a fault", job.kind, job.id)
            job.log.append(Error(job.id, f"a fault in canvas-kit: {type(error).__name__}"))
        finally:
            job.ended.set()
            job.log.close()
        asyncio.get_running_loop().call_later(self._limits.keep_ended_seconds, self._forget, job.id)

    def _forget(self, job_id: str) -> None:
        self._jobs.pop(job_id, None)
