"""The client against real servers, straight and over a line that breaks."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from canvas_kit.client import Remote
from canvas_kit.executor.engine import Engine
from canvas_kit.settings import Settings
from tests.server.conftest import TOKEN, RunningServer, server, start_server

__all__ = ["server", "start_server"]

RemoteMaker = Callable[..., Remote]


@pytest.fixture
def remote(server: RunningServer, settings: Settings) -> Iterator[Remote]:
    """The server, over a line that holds."""
    with Engine(settings) as engine:
        made = Remote(server.url, TOKEN, engine=engine, patience_seconds=20)
        yield made
        engine.submit(made.aclose()).result(20)


class BrokenLine:
    """A relay that ends each connection after some bytes have come back, and may be closed.

    Attributes:
        port: Where it listens.
        after_bytes: How much comes back before it breaks; None never breaks.
        breaks: How often it broke a connection.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port)
        self.after_bytes: int | None = None
        self.breaks = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def wait_for_breaks(self, count: int) -> None:
        """Return when it has broken so many connections."""
        for _ in range(6000):
            if self.breaks >= count:
                return
            time.sleep(0.01)
        raise AssertionError(f"it broke {self.breaks} times, not {count}")

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(10)

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._listen())

    async def _listen(self) -> None:
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _relay(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far, there = await asyncio.open_connection(*self._target)
        forth = asyncio.create_task(self._copy(near, there, None))
        try:
            await self._copy(far, back, self.after_bytes)
        finally:
            forth.cancel()
            for writer in (back, there):
                writer.transport.abort()
            self._tasks.discard(task)

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limit: int | None
    ) -> None:
        passed = 0
        try:
            while data := await reader.read(65536):
                if limit is not None and passed + len(data) > limit:
                    writer.write(data[: limit - passed])
                    await writer.drain()
                    self.breaks += 1
                    return
                passed += len(data)
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except (ConnectionError, OSError):
            pass


@pytest.fixture
def broken_line(server: RunningServer) -> Iterator[BrokenLine]:
    line = BrokenLine(server.url)
    yield line
    line.close()
