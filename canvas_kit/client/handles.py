"""Runs and batches on another machine: handles and results like those of a local run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from canvas_kit.batch import Batch, BatchHandle, RunSummary
from canvas_kit.canvas.graph import Canvas
from canvas_kit.client.errors import RemoteError
from canvas_kit.errors import CanvasError
from canvas_kit.events import BatchAborted, BatchComplete, Complete, Error, RunComplete
from canvas_kit.executor.handle import RunHandle
from canvas_kit.recorder.run import Run
from canvas_kit.sweep import Sweep

if TYPE_CHECKING:
    from canvas_kit.client.remote import Remote

_ABORT_PAUSE_SECONDS = 0.3


class RemoteRunHandle(RunHandle):
    """A run that is under way on another machine."""

    def __init__(self, remote: Remote, canvas: Canvas, *, seed: int) -> None:
        """Prepare; nothing starts."""
        super().__init__(remote.engine, canvas, seed=seed)
        self.remote = remote
        self._stopping: asyncio.Task[None] | None = None

    def stop(self, reason: str) -> None:
        """Have the server stop it."""
        if self._stopping is None:
            self._stopping = asyncio.get_running_loop().create_task(
                _abort(self, "run", self.run_id)
            )

    async def follow(self, asked: Mapping[str, Any]) -> Run:
        """Start the run there, tell its events here, and fetch what it made."""
        body = {**asked, "run_id": self.run_id, "seed": self.seed, "form": "typed"}
        again = f"/api/canvas/runs/{self.run_id}/events"
        try:
            async for event in self.remote.line.events("/api/canvas/execute-stream", body, again):
                if isinstance(event, Complete):
                    # Like a local run, it has ended when all of it is here.
                    run = await self.remote.fetch_run(self.run_id)
                    self.emit(event)
                    return run
                self.emit(event)
                if isinstance(event, Error):
                    raise RemoteError(event.message)
        except (RemoteError, CanvasError) as error:
            if not (isinstance(error, RemoteError) and error.status in (404, 409)):
                self._emit_once(error)
                raise
        # The server has forgotten the events, or was started anew; the record says how it ended.
        return await self.remote.fetch_run(self.run_id)

    def _emit_once(self, error: Exception) -> None:
        if not any(isinstance(event, Error) for event in self.events):
            self.emit(Error(self.run_id, str(error)))


class RemoteBatchHandle(BatchHandle):
    """A batch that is under way on another machine."""

    def __init__(self, remote: Remote, sweep: Sweep, *, jobs: int) -> None:
        """Prepare; nothing starts."""
        super().__init__(remote.engine, sweep, jobs=jobs)
        self.remote = remote
        self._stopping: asyncio.Task[None] | None = None
        self._count = 0

    def __await__(self) -> Generator[Any, None, RemoteBatch]:
        return cast("Generator[Any, None, RemoteBatch]", super().__await__())

    def result(self, timeout_seconds: float | None = None) -> RemoteBatch:
        """Wait for the result, as for a local batch."""
        return cast("RemoteBatch", super().result(timeout_seconds))

    @property
    def ended_runs(self) -> int:
        """How many runs have ended, however they did."""
        return self._count

    def stop(self, reason: str) -> None:
        """Have the server stop it."""
        if self._stopping is None:
            self._stopping = asyncio.get_running_loop().create_task(
                _abort(self, "batch", self.batch_id)
            )

    async def follow(self, asked: Mapping[str, Any]) -> RemoteBatch:
        """Start the batch there, tell its events here, and read how its runs ended."""
        body = {**asked, "batch_id": self.batch_id, "form": "typed"}
        again = f"/api/canvas/batches/{self.batch_id}/events"
        try:
            async for event in self.remote.line.events("/api/canvas/execute-batch", body, again):
                if isinstance(event, RunComplete):
                    self._count += 1
                self.emit(event)
                if isinstance(event, BatchComplete | BatchAborted):
                    break
                if isinstance(event, Error) and event.run_id == self.batch_id:
                    raise RemoteError(event.message)
        except RemoteError as error:
            if error.status not in (404, 409):
                raise
        return await self.remote.fetch_batch(self.batch_id)


@dataclass(frozen=True)
class RemoteBatch(Batch):
    """A batch on another machine. Going through its runs fetches each when its turn comes.

    ``for run in batch`` waits for each in a script, ``async for run in batch`` in a notebook or a
    coroutine.
    """

    remote: Remote | None = field(default=None, repr=False, compare=False)

    def __iter__(self) -> Iterator[Run]:
        """The runs that were recorded, by index."""
        return (self.open_run(summary) for summary in self._recorded())

    def open_run(self, summary: RunSummary) -> Run:
        """The run that a summary tells of, fetched.

        Raises:
            RemoteError: When the server does not give it out.
        """
        assert self.remote is not None
        return self.remote.engine.submit(self.remote.fetch_run(summary.run_id)).result()

    async def __aiter__(self) -> AsyncIterator[Run]:
        """The runs that were recorded, by index."""
        for summary in self._recorded():
            assert self.remote is not None
            fetching = self.remote.engine.submit(self.remote.fetch_run(summary.run_id))
            yield await asyncio.wrap_future(fetching)

    def _recorded(self) -> Iterator[RunSummary]:
        return (summary for summary in self.runs if not summary.error)

    @classmethod
    def from_json(cls, document: Mapping[str, Any], remote: Remote) -> RemoteBatch:
        """The batch that a server describes."""
        runs = tuple(RunSummary.from_json(item) for item in document["runs"])
        return cls(
            str(document["batch_id"]),
            int(document["total_runs"]),
            runs,
            None,
            bool(document["aborted"]),
            document.get("about", {}),
            remote,
        )


async def _abort(handle: RemoteRunHandle | RemoteBatchHandle, kind: str, job_id: str) -> None:
    """Have the server stop a job, also one that it is only just starting."""
    line = handle.remote.line
    while not handle.done:
        try:
            reply = await line.post(f"/api/canvas/abort-{kind}", {f"{kind}_id": job_id})
            if reply.status_code == 200:
                return
        except RemoteError:
            pass  # the stream tells of a server that cannot be reached
        await asyncio.sleep(_ABORT_PAUSE_SECONDS)
