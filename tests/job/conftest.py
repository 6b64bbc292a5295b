"""A paid server that answers when it is let, and jobs that are ended after each test."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web

from canvas_kit import Canvas, Collector, Engine, Input, Interception, Settings, Sweep
from canvas_kit.job.job import Job, jobs
from canvas_kit.settings import BackendSettings
from tests.backends.fake_openai import FakeOpenAI

_BOUND_SECONDS = 60


class Studio(FakeOpenAI):
    """A server that charges for each answer, and gives as many as it is let.

    Attributes:
        answered: The prompts that were answered, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answered: list[str] = []
        self._let = asyncio.Semaphore(0)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), self._loop).result(_BOUND_SECONDS)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        prompt = (await request.json())["messages"][-1]["content"]
        self.prompts.append(prompt)
        await self._let.acquire()
        self.answered.append(prompt)
        return web.json_response(
            {"model": "gpt-tiny", "choices": [{"message": {"content": f"Of {prompt}"}}]}
        )

    def let(self, answers: int) -> None:
        """Give so many further answers."""
        for _ in range(answers):
            self._loop.call_soon_threadsafe(self._let.release)

    def close(self) -> None:
        """End it."""
        asyncio.run_coroutine_threadsafe(self.stop(), self._loop).result(_BOUND_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_BOUND_SECONDS)
        self._loop.close()


@pytest.fixture
def studio() -> Iterator[Studio]:
    studio = Studio()
    yield studio
    studio.close()


@pytest.fixture
def settings(exports: Path, tmp_path: Path, studio: Studio) -> Settings:
    """Settings whose texts come from the paid server."""
    section = BackendSettings(kind="openai", address=studio.address, paid=True, capacity=2)
    return Settings.load(
        exports=exports,
        jobs_folder=tmp_path / "jobs",
        text_model="studio/gpt-tiny",
        backends={"studio": section},
    )


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """An engine of those settings; when it closes, no process of a job is left."""
    with Engine(settings) as engine:
        yield engine
    for job in jobs(settings=settings):
        kill(job)


def kill(job: Job) -> None:
    """Kill the process of a job, if it lives, and wait until it is gone."""
    process = job.told().get("process") or {}
    if process and not job.done:
        with suppress(ProcessLookupError):
            os.kill(process["pid"], signal.SIGKILL)
        wait_until(lambda: job.done)


def wait_until(true: Callable[[], object]) -> None:
    """Wait, with a bound, until something is so."""
    until = time.monotonic() + _BOUND_SECONDS
    while not true():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def writing() -> Canvas:
    """A canvas with one text to be paid for."""
    return Canvas.of(
        Input("x", id="prompt") >> Interception(instructions="c", id="how") >> Collector(id="end")
    )


def study(points: int = 6, name: str = "study") -> Sweep:
    """A batch of such texts."""
    return Sweep(
        writing(), {"prompt.text": [f"word {n}" for n in range(points)]}, seeds=[7], name=name
    )
