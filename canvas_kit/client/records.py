"""What was recorded on another machine: runs with their files, batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from canvas_kit.batch.batch import Batch
from canvas_kit.batch.summary import RunSummary
from canvas_kit.client.connection import RemoteConnection
from canvas_kit.client.errors import RemoteError
from canvas_kit.client.routes import media_path
from canvas_kit.executor.engine import Engine
from canvas_kit.recorder.run import Run, read_manifest
from canvas_kit.values import Entity

T = TypeVar("T")

_AT_ONCE = 4
"""Files fetched side by side."""
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)


class Records:
    """Reads what a server has recorded."""

    def __init__(self, connection: RemoteConnection, engine: Engine) -> None:
        """Prepare; the connection is used on the engine's loop."""
        self._connection = connection
        self._engine = engine

    async def run(self, run_id: str) -> Run:
        """A run, with the content of everything that it made; on the engine's loop.

        Raises:
            RemoteError: When there is none, or a file is not what was recorded.
        """
        document = (await self._connection.get(f"/api/canvas/runs/{run_id}")).get("run", {})
        contents: dict[str, bytes] = {}
        try:
            run = read_manifest(document, contents)
        except _MALFORMED as error:
            raise _unreadable(f"run {run_id}", error) from None
        places = asyncio.Semaphore(_AT_ONCE)

        async def fetch(entity: Entity) -> None:
            async with places:
                contents[entity.file] = await self._connection.fetch(
                    media_path(run_id, entity),
                    entity.sha256,
                    limit=min(entity.size_bytes, self._engine.settings.max_download_bytes),
                )

        try:
            async with asyncio.TaskGroup() as fetching:
                for entity in run.entities:
                    fetching.create_task(fetch(entity))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        return run

    async def batch(self, batch_id: str) -> RemoteBatch:
        """A batch; its runs are fetched one by one when they are gone through.

        Raises:
            RemoteError: When there is none.
        """
        answer = await self._connection.get(f"/api/canvas/batches/{batch_id}")
        try:
            return _batch_of(answer["batch"], self)
        except _MALFORMED as error:
            raise _unreadable(f"batch {batch_id}", error) from None

    async def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work`` on the engine's loop, from whatever loop it is asked for."""
        if self._engine.on_loop:
            return await work
        return await asyncio.wrap_future(self._engine.submit(work))

    def wait_for_run(self, run_id: str) -> Run:
        """As :meth:`run`, waiting for it in a script."""
        return self._engine.submit(self.run(run_id)).result()


@dataclass(frozen=True, repr=False)
class RemoteBatch(Batch):
    """A batch on another machine. Going through its runs fetches each when its turn comes.

    ``for run in batch`` waits for each in a script, ``async for run in batch`` in a notebook or a
    coroutine.
    """

    records: Records | None = field(default=None, repr=False, compare=False)

    def __iter__(self) -> Iterator[Run]:
        """The runs that were recorded, by index."""
        return (self.open_run(summary) for summary in self.runs if not summary.error)

    def open_run(self, summary: RunSummary) -> Run:
        """The run that a summary tells of, fetched.

        Raises:
            RemoteError: When the server does not give it out.
        """
        assert self.records is not None
        return self.records.wait_for_run(summary.run_id)

    async def __aiter__(self) -> AsyncIterator[Run]:
        """The runs that were recorded, by index."""
        assert self.records is not None
        for summary in self.runs:
            if not summary.error:
                yield await self.records.on_loop(self.records.run(summary.run_id))


def _batch_of(document: Mapping[str, Any], records: Records) -> RemoteBatch:
    runs = tuple(RunSummary.from_json(item) for item in document["runs"])
    return RemoteBatch(
        str(document["batch_id"]),
        int(document["total_runs"]),
        runs,
        None,
        bool(document["aborted"]),
        document.get("about", {}),
        document.get("stop_reason", ""),
        records,
    )


def _unreadable(what: str, error: Exception) -> RemoteError:
    return RemoteError(
        f"The server should have answered the record of {what}, but it cannot be read: "
        f"{type(error).__name__}: {error}. Are both of the same version?"
    )
