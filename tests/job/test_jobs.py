"""Jobs in real processes: begun, followed, stopped, killed, gone on with, forgotten."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from canvas_kit import (
    Batch,
    Collector,
    Engine,
    ImageInput,
    Run,
    Settings,
    Sweep,
    run_batch,
    start_job,
)
from canvas_kit.backends.scripted import plain_png
from canvas_kit.errors import BatchError, CanvasError, JobError, UnknownName
from canvas_kit.events import BatchComplete, BatchStarted, Event, NodeComplete
from canvas_kit.executor.handle import Interrupted
from canvas_kit.job.folder import EVENTS, LOG, SPEC, STATE
from canvas_kit.job.job import Job, forget_jobs, jobs
from canvas_kit.values import NodeState, RunStatus
from tests.conftest import EngineMaker
from tests.job.conftest import Studio, kill, study, wait_until, writing

IN_A_PROCESS = """
import signal, sys, time
# Tests that run in the background of a shell pass these over, and so would this process.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
from canvas_kit import Engine, Settings, start_job
from canvas_kit.settings import BackendSettings
from tests.job.conftest import study
exports, folder, address = sys.argv[1:]
section = BackendSettings(kind="openai", address=address, paid=True, capacity=2)
settings = Settings.load(
    exports=exports, jobs_folder=folder, text_model="studio/gpt-tiny", backends={"studio": section}
)
print(start_job(study(), engine=Engine(settings)).id, flush=True)
time.sleep(600)
"""


def numbers(job: Job) -> list[int]:
    return [line.number for line in job.log()]


def test_a_run_is_made_in_a_process_of_its_own(engine: Engine, studio: Studio) -> None:
    """Its log is numbered without a gap, and its result is the run on the disk."""
    job = start_job(writing(), prompt="a nurse", seed=5, name="first", engine=engine)
    assert (job.kind, job.name, job.state, job.done) == ("run", "first", "running", False)
    wait_until(lambda: studio.prompts)
    snapshot = job.snapshot()
    assert (snapshot["total"], snapshot["ended"], snapshot["nodes"]["end"]["state"]) == (
        1,
        0,
        "waiting",
    )
    studio.let(1)
    result = job.result(60)
    assert isinstance(result, Run)
    assert (result.seed, result.status, result.verify()) == (5, RunStatus.COMPLETED, [])
    assert result["how"].text == "Of " + studio.answered[0]
    assert numbers(job) == list(range(1, len(numbers(job)) + 1))
    assert [event.name for event in job.events][:: len(job.events) - 1] == ["started", "complete"]
    assert (job.status, job.snapshot()["nodes"]["how"]["text"]) == ("completed", result["how"].text)
    assert job.told()["process"]["pid"] != os.getpid()
    assert Job.open(job.id[:-2], settings=engine.settings) == job


@pytest.mark.anyio
async def test_a_batch_is_awaited_and_listened_to(engine: Engine, studio: Studio) -> None:
    """Two listeners, one of them late, hear every event of the log, in order."""
    job = start_job(study(), engine=engine)
    heard: tuple[list[Event], list[Event]] = ([], [])
    job.listen(heard[0].append)
    studio.let(3)
    await asyncio.to_thread(wait_until, lambda: job.told()["ended"] >= 2)
    job.listen(heard[1].append)
    studio.let(3)
    batch = await job
    assert isinstance(batch, Batch)
    assert (batch.completed_runs, batch.verify()) == (6, [])
    told = [line.event for line in job.log()]
    await asyncio.to_thread(wait_until, lambda: heard[0] == told == heard[1])
    assert [type(job.events[place]) for place in (0, -1)] == [BatchStarted, BatchComplete]
    made = [event for event in told if isinstance(event, NodeComplete) and event.node_id == "how"]
    assert sorted(one.entities[0].text for one in made) == sorted(
        f"Of {prompt}" for prompt in studio.answered
    )
    rows = job.snapshot()["runs"]
    assert sorted(row["levels"]["prompt.text"] for row in rows) == [f"word {n}" for n in range(6)]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
def test_a_job_outlives_the_one_that_began_it(
    how: signal.Signals, settings: Settings, engine: Engine, studio: Studio
) -> None:
    """The kernel is killed, its group interrupted, its terminal closed: the job goes on."""
    folder, address = str(settings.jobs_folder), studio.address
    with subprocess.Popen(
        [sys.executable, "-c", IN_A_PROCESS, str(settings.exports), folder, address],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as starter:
        assert starter.stdout is not None
        job_id = starter.stdout.readline().strip()
        os.killpg(starter.pid, how)
        assert starter.wait(60) != 0
    job = Job.open(job_id, settings=settings)
    assert job.state == "running"
    studio.let(6)
    batch = job.result(60)
    assert isinstance(batch, Batch)
    assert batch.complete
    assert numbers(job) == list(range(1, len(numbers(job)) + 1))
    assert len(studio.answered) == 6


def test_cancelling_closes_the_records(engine: Engine, studio: Studio) -> None:
    """What was made is kept, what was under way says that it was cancelled."""
    job = start_job(study(), engine=engine)
    studio.let(2)
    wait_until(lambda: job.told()["ended"] == 2)
    job.cancel()
    job.cancel()
    batch = job.result(60)
    assert isinstance(batch, Batch)
    assert (batch.aborted, batch.completed_runs, batch.verify()) == (True, 2, [])
    assert (job.state, job.status) == ("ended", "aborted")
    assert {run.status for run in batch} <= {RunStatus.COMPLETED, RunStatus.CANCELLED}
    assert job.snapshot()["completed"] == 2
    job.cancel()  # of one that has ended nothing comes
    assert job.resume(pay_again=True).state == "running"
    studio.let(6)
    again = job.result(60)
    assert isinstance(again, Batch)
    assert (again.complete, again.id, job.snapshot()["completed"]) == (True, batch.id, 6)


def test_a_killed_process_is_seen_and_its_batch_gone_on_with(
    engine: Engine, studio: Studio
) -> None:
    """Nothing that had been answered is asked for, or paid for, again."""
    job = start_job(study(), engine=engine)
    studio.let(3)
    wait_until(lambda: job.told()["ended"] == 3)
    with (job.folder / EVENTS).open("ab") as file:
        kill(job)
        file.write(b'{"n": 999, "at": 1.0, "ev')  # as a killed process may leave it
    assert (job.state, job.done, job.snapshot()["state"]) == ("lost", True, "lost")
    with pytest.raises(JobError, match="without a last word"):
        job.result()
    before = numbers(job)
    paid = list(studio.answered)
    job.resume(pay_again=True)
    assert job.state == "running"
    studio.let(6)
    batch = job.result(60)
    assert isinstance(batch, Batch)
    assert (batch.complete, batch.verify()) == (True, [])
    assert sorted(studio.answered) == sorted(set(studio.answered))
    assert (len(paid), len(studio.answered)) == (3, 6)
    assert numbers(job) == list(range(1, len(numbers(job)) + 1))
    assert len(numbers(job)) > len(before)
    assert (job.snapshot()["ended"], job.snapshot()["completed"]) == (6, 6)


def test_a_killed_run_goes_on_in_its_folder(engine: Engine, studio: Studio) -> None:
    """Also where the process did not live to say where that is."""
    job = start_job(writing(), engine=engine)
    wait_until(lambda: studio.prompts)
    kill(job)
    state = json.loads((job.folder / STATE).read_text())
    (job.folder / STATE).write_text(json.dumps({**state, "folder": None}))
    job.resume(pay_again=True)
    studio.let(2)
    result = job.result(60)
    assert isinstance(result, Run)
    assert (result.status, result.id, result.about["attempt"]) == (RunStatus.COMPLETED, job.id, 2)


def test_a_named_batch_is_attached_to(engine: Engine, studio: Studio) -> None:
    """The cell run again gives the job back, under way and complete; another design is refused."""
    job = start_job(study(), engine=engine)
    assert start_job(study(), engine=engine) == job
    with pytest.raises(JobError, match=f"{job.id} is making the batch 'study' by another design"):
        start_job(study(7), engine=engine)
    wait_until(lambda: job.told()["folder"])
    with pytest.raises(BatchError, match=rf"under way in the job {job.id} .*Job\.open\('{job.id}'"):
        run_batch(study(), engine=engine)
    studio.let(6)
    job.result(60)
    assert start_job(study(), engine=engine) == job
    assert len(jobs(settings=engine.settings)) == 1
    longer = start_job(study(7), engine=engine)
    studio.let(1)
    batch = longer.result(60)
    assert isinstance(batch, Batch)
    assert (longer != job, batch.complete, len(studio.answered)) == (True, True, 7)


def test_what_cannot_run_is_said_at_once(
    engine: Engine, make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the words of the process, where only that finds out; its log is there to be read."""
    with pytest.raises(CanvasError, match="no backend 'nowhere'"):
        start_job(writing().with_fields("how", model="nowhere/model"), engine=engine)
    with pytest.raises(JobError, match="ready-made backends"):
        start_job(writing(), engine=make_engine()[0])
    with pytest.raises(JobError, match="seed cannot be said of a batch"):
        start_job(study(), seed=3, engine=engine)
    with pytest.raises(JobError, match="retry cannot be said of a run"):
        start_job(writing(), retry="all", engine=engine)
    blocker = tmp_path / "blocked"
    blocker.write_text("")
    with pytest.raises(JobError, match="blocked"):
        start_job(writing(), exports=blocker, engine=engine).result(60)
    (job,) = jobs(settings=engine.settings)
    assert (job.status, (job.folder / LOG).is_file()) == ("failed", True)
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    forget_jobs(settings=engine.settings)
    with pytest.raises((JobError, FileNotFoundError)):
        start_job(writing(), engine=engine)


def test_a_process_that_dies_at_once_leaves_its_last_words(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are told, with the file that has them."""
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(JobError, match=LOG):
        start_job(writing(), engine=engine)
    (job,) = jobs(settings=engine.settings)
    assert (job.state, job.status) == ("ended", "failed")
    assert (job.name, job.title, job.snapshot()["name"]) == ("", "x", "x")


@pytest.mark.parametrize(
    "spec",
    [
        b"\x80\x04\x95\x10.",
        b"[]",
        b'{"format": "job/1", "kind": "code", "code": "print(1)"}',
        b'{"format": "job/9", "kind": "run"}',
    ],
)
def test_a_folder_that_holds_no_document_is_refused(
    spec: bytes, engine: Engine, tmp_path: Path
) -> None:
    """Nothing of it is executed, by the process or by those who look."""
    folder = tmp_path / "jobs" / "strange"
    folder.mkdir(parents=True)
    (folder / SPEC).write_bytes(spec)
    done = subprocess.run(
        [sys.executable, "-m", "canvas_kit.job", str(folder)], capture_output=True, timeout=60
    )
    assert done.returncode == 2
    assert b"holds no job that can be read" in done.stderr
    assert jobs(settings=engine.settings) == ()
    with pytest.raises(JobError, match="holds no job"):
        _ = Job(folder).kind


def test_jobs_are_listed_found_and_forgotten(engine: Engine, studio: Studio) -> None:
    """By the beginning of their ids; what they made stays."""
    studio.let(1)
    first = start_job(writing(), name="one", engine=engine)
    made = first.result(60)
    second = start_job(writing(), name="two", engine=engine)
    listed = jobs(settings=engine.settings)
    assert list(listed) == [second, first]
    assert "one" in repr(listed)
    assert "completed" in listed._repr_html_()
    assert "1 of 1, completed" in repr(first)
    with pytest.raises(JobError, match="Several jobs begin"):
        Job.open(first.id[:9], settings=engine.settings)
    for wrong in ("nothing", "../jobs", ""):
        with pytest.raises(UnknownName, match="no job"):
            Job.open(wrong, settings=engine.settings)
    with pytest.raises(JobError, match="Stop it first"):
        second.forget()
    assert forget_jobs(settings=engine.settings) == 1
    assert list(jobs(settings=engine.settings)) == [second]
    assert isinstance(made, Run)
    assert made.folder is not None
    assert Run.open(made.folder) == made
    with pytest.raises(JobError, match="not there any more"):
        _ = first.state


@pytest.mark.anyio
async def test_interrupting_the_waiting_leaves_the_job_alone(
    engine: Engine, studio: Studio
) -> None:
    """The interrupted cell says how the job is found again."""
    job = start_job(writing(), engine=engine)
    waiting = asyncio.ensure_future(job._wait())
    await asyncio.sleep(0.3)
    waiting.cancel()
    with pytest.raises(Interrupted, match=rf"the job goes on\. Job\.open\('{job.id}'\)"):
        await waiting
    with pytest.raises(TimeoutError, match="goes on"):
        job.result(0.1)
    studio.let(1)
    assert (await job).status is RunStatus.COMPLETED  # type: ignore[union-attr]


def test_a_stop_that_comes_before_the_work_is_not_lost(engine: Engine, studio: Studio) -> None:
    """A job that is stopped while it is being begun ends as cancelled."""
    begun = threading.Event()

    def stop_it() -> None:
        wait_until(lambda: jobs(settings=engine.settings) or begun.is_set())
        for job in jobs(settings=engine.settings):
            job.cancel()

    stopping = threading.Thread(target=stop_it)
    stopping.start()
    job = start_job(writing(), engine=engine)
    begun.set()
    stopping.join()
    result = job.result(60)
    assert isinstance(result, Run)
    assert result.status is RunStatus.CANCELLED
    assert {node.state for node in result.nodes} <= {NodeState.COMPLETED, NodeState.CANCELLED}


def test_pictures_that_a_canvas_names_travel_with_the_job(engine: Engine, tmp_path: Path) -> None:
    """The job needs no file of the folder that the canvas came from."""
    file, picture = tmp_path / "seen.png", plain_png(8, 8)
    file.write_bytes(picture)
    job = start_job(Sweep(ImageInput(file) >> Collector(), seeds=[1, 2]), engine=engine)
    text = (job.folder / SPEC).read_text()
    file.unlink()
    assert json.loads(text)["sweep"]["seeds"] == "1..2"
    assert file.name not in text
    batch = job.result(60)
    assert isinstance(batch, Batch)
    assert [image.bytes for run in batch for image in run.images] == [picture] * 2
