"""Runs and batches that were started over the network, as the server holds them."""

from __future__ import annotations

import asyncio

import pytest

from canvas_kit import Canvas, Collector, Generation, Input, RunHandle, run
from canvas_kit.events import Complete, Listener
from canvas_kit.server.jobs import LiveJobs
from canvas_kit.server.limits import Limits
from canvas_kit.server.presenter import Presenter
from canvas_kit.server.redaction import PathRedactor
from canvas_kit.values import RunStatus
from tests.conftest import EngineMaker

pytestmark = pytest.mark.anyio


async def test_what_is_aborted_while_it_is_made_ready_is_stopped(make_engine: EngineMaker) -> None:
    """A large canvas takes a while to be made ready; nothing is paid for after an abort."""
    engine, _ = make_engine(seconds=3)
    redactor = PathRedactor.of(engine.settings)
    presenter = Presenter(engine.settings.exports, "/", redactor)
    jobs = LiveJobs(Limits(), lambda: presenter)
    making, go_on = asyncio.Event(), asyncio.Event()

    async def begin(listener: Listener) -> RunHandle:
        making.set()
        await go_on.wait()
        canvas = Canvas.of(Input("x") >> Generation() >> Collector())
        return run(canvas, engine=engine, listener=listener)

    starting = asyncio.create_task(jobs.start("r1", "run", begin))
    await making.wait()
    found = jobs.find("r1", "run")
    assert found is not None
    found.stop()
    go_on.set()
    job = await starting
    await job.ended.wait()
    complete = job.log.latest(Complete)
    assert isinstance(complete, Complete)
    assert complete.status is RunStatus.CANCELLED
