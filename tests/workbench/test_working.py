"""What pages ask of jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Collector, Engine, Generation, Input, Settings
from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import BatchError, CanvasKitError, JobError, UnknownName
from canvas_kit.job.job import jobs
from canvas_kit.workbench import working
from canvas_kit.workbench.desk import make_desk
from canvas_kit.workbench.methods import BadQuestion

pytestmark = pytest.mark.anyio


@pytest.fixture
def engine(exports: Path, tmp_path: Path) -> Iterator[Engine]:
    with Engine(Settings.load(exports=exports, jobs_folder=tmp_path / "jobs")) as engine:
        yield engine
        for job in jobs(settings=engine.settings):
            job.cancel()
            job.result(60)


def document() -> dict[str, Any]:
    chain = Input("A lamp", id="words") >> Generation("embedded/sketch", id="picture")
    return Canvas.of(chain >> Collector(id="end")).to_document()


async def ended(engine: Engine, job: str) -> dict[str, Any]:
    """What a page is told of a job last."""
    desk = make_desk(engine)
    for _ in range(600):
        snapshot: dict[str, Any] = await desk.answer("job", {"job": job, "since": 0})
        if snapshot["state"] == "ended":
            return snapshot
        await asyncio.sleep(0.1)
    raise AssertionError("it did not end")


async def test_a_page_starts_a_run_and_reads_how_far_it_is(engine: Engine) -> None:
    """The snapshot names the picture that was made; the list tells the same without details."""
    desk = make_desk(engine)
    asked = {"document": document(), "seed": "7", "name": "from a page"}
    job = (await desk.answer("start", asked))["job"]
    snapshot = await ended(engine, job)
    assert (snapshot["kind"], snapshot["status"], snapshot["name"]) == (
        "run",
        "completed",
        "from a page",
    )
    (picture,) = snapshot["nodes"]["picture"]["media"]
    assert picture["media_type"] == "image/png"
    assert picture["sha256"]
    (listed,) = (await desk.answer("jobs", {}))["jobs"]
    assert listed.keys() == snapshot.keys()
    assert (listed["job"], listed["nodes"], listed["runs"]) == (job, {}, [])
    assert await desk.answer("forget", {"jobs": "ended"}) == {}
    assert (await desk.answer("jobs", {}))["jobs"] == []


async def test_what_varies_makes_a_batch_which_a_page_stops(engine: Engine) -> None:
    """Its runs are told with their levels; what was made is kept."""
    desk = make_desk(engine)
    (name,) = (key for key, value in document()["nodes"][0].items() if value == "A lamp")
    vary = {"factors": {f"words.{name}": ["A lamp", "A boat"]}, "seeds": 100}
    job = (await desk.answer("start", {"document": document(), "vary": vary}))["job"]
    assert (await desk.answer("job", {"job": job}))["total"] == 200
    with pytest.raises(JobError, match="Stop it first"):
        await desk.answer("forget", {"jobs": [job]})
    assert await desk.answer("stop", {"job": job}) == {}
    snapshot = await ended(engine, job)
    assert (snapshot["kind"], snapshot["status"]) == ("batch", "aborted")
    assert {row["levels"]["words.text"] for row in snapshot["runs"]} <= {"A lamp", "A boat"}


@pytest.mark.parametrize(
    ("method", "parameters", "error"),
    [
        ("start", {"document": {"nodes": 5}}, CanvasKitError),
        ("start", {"document": "import os"}, CanvasKitError),
        ("start", {}, CanvasKitError),
        ("start", {"document": document(), "vary": {"seeds": 10**6}}, BatchError),
        ("start", {"document": document(), "name": 5}, BadQuestion),
        ("start", {"document": document(), "seed": "many"}, CanvasKitError),
        ("job", {"job": "../../etc"}, UnknownName),
        ("job", {"job": 5}, BadQuestion),
        ("stop", {}, UnknownName),
        ("forget", {"jobs": 5}, BadQuestion),
        ("forget", {"jobs": [5]}, BadQuestion),
        ("forget", {"jobs": ["nothing"]}, UnknownName),
    ],
)
async def test_a_wrong_question_is_answered_in_words(
    engine: Engine, method: str, parameters: dict[str, Any], error: type[Exception]
) -> None:
    """And no job is left behind."""
    with pytest.raises(error):
        await make_desk(engine).answer(method, parameters)
    assert jobs(settings=engine.settings) == ()


async def test_a_page_may_not_fill_the_machine(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many jobs at a time, and no more."""
    monkeypatch.setattr(working, "MAX_JOBS", 0)
    with pytest.raises(JobError, match="the most that a page may ask for"):
        await make_desk(engine).answer("start", {"document": document()})
