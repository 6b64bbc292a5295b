"""Runs and batches under way on another machine: handles like those of a local run."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from typing import Any, cast

from canvas_kit.batch.handle import BatchHandle
from canvas_kit.canvas.graph import Canvas
from canvas_kit.client.connection import RemoteConnection
from canvas_kit.client.errors import RemoteError, RemoteRefused
from canvas_kit.client.records import Records, RemoteBatch
from canvas_kit.errors import CanvasError
from canvas_kit.events import BatchAborted, BatchComplete, Complete, Error, RunComplete
from canvas_kit.executor.engine import Engine
from canvas_kit.executor.run import RunHandle
from canvas_kit.recorder.run import Run
from canvas_kit.sweep.sweep import Sweep

_ABORT_PAUSE_SECONDS = 0.3


class RemoteRunHandle(RunHandle):
    """A run that is under way on another machine."""

    def __init__(
        self, connection: RemoteConnection, engine: Engine, canvas: Canvas, *, seed: int
    ) -> None:
        super().__init__(engine, canvas, seed=seed)
        self._connection = connection
        self._records = Records(connection, engine)
        self._stopping: asyncio.Task[None] | None = None

    def stop(self, reason: str) -> None:
        """Have the server stop it."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(_abort(self, self._connection, "run", self.run_id))

    async def follow(self, asked: Mapping[str, Any]) -> Run:
        """Start the run there, tell its events here, and fetch what it made."""
        body = {**asked, "run_id": self.run_id, "seed": self.seed, "form": "typed"}
        again = f"/api/canvas/runs/{self.run_id}/events"
        events = self._connection.events("/api/canvas/execute-stream", body, again)
        try:
            async for event in events:
                if isinstance(event, Complete):
                    # Like a local run, it has ended when all of it is here.
                    run = await self._records.run(self.run_id)
                    self.emit(event)
                    return run
                self.emit(event)
                if isinstance(event, Error):
                    raise RemoteError(event.message)
        except (RemoteError, CanvasError) as error:
            if not _forgotten(error):
                if not any(isinstance(event, Error) for event in self.events):
                    self.emit(Error(self.run_id, str(error)))
                raise
        # The server has forgotten the events, or was started anew; the record says how it ended.
        return await self._records.run(self.run_id)


class RemoteBatchHandle(BatchHandle):
    """A batch that is under way on another machine."""

    def __init__(
        self, connection: RemoteConnection, engine: Engine, sweep: Sweep, *, concurrency: int
    ) -> None:
        super().__init__(engine, sweep, concurrency=concurrency)
        self._connection = connection
        self._records = Records(connection, engine)
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
            self._stopping = asyncio.create_task(
                _abort(self, self._connection, "batch", self.batch_id)
            )

    async def follow(self, asked: Mapping[str, Any]) -> RemoteBatch:
        """Start the batch there, tell its events here, and read how its runs ended."""
        body = {**asked, "batch_id": self.batch_id, "form": "typed"}
        again = f"/api/canvas/batches/{self.batch_id}/events"
        try:
            async for event in self._connection.events("/api/canvas/execute-batch", body, again):
                if isinstance(event, RunComplete):
                    self._count += 1
                self.emit(event)
                if isinstance(event, BatchComplete | BatchAborted):
                    break
                if isinstance(event, Error) and event.run_id == self.batch_id:
                    raise RemoteError(event.message)
        except RemoteError as error:
            if not _forgotten(error):
                raise
        return await self._records.batch(self.batch_id)


def _forgotten(error: Exception) -> bool:
    return isinstance(error, RemoteRefused) and error.status in (404, 409)


async def _abort(
    handle: RunHandle | BatchHandle, connection: RemoteConnection, kind: str, job_id: str
) -> None:
    """Have the server stop a run or batch, also one that it is only just starting."""
    while not handle.done:
        try:
            reply = await connection.post(f"/api/canvas/abort-{kind}", {f"{kind}_id": job_id})
            if reply.status_code == 200:
                return
        except RemoteError:
            pass  # the stream tells of a server that cannot be reached
        await asyncio.sleep(_ABORT_PAUSE_SECONDS)
