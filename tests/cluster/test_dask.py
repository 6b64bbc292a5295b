"""Batches on a real scheduler and real workers, some of them killed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from canvas_kit import (
    Batch,
    Canvas,
    Collector,
    Engine,
    Input,
    Interception,
    Settings,
    Sweep,
    run_batch,
)
from canvas_kit.backends.scripted import ScriptedBackend
from canvas_kit.batch.runner import PointTask
from canvas_kit.cluster.runner import DaskRunner
from canvas_kit.cluster.work import BatchJob, make_point
from canvas_kit.errors import BatchError, RecordError
from canvas_kit.events import Event
from canvas_kit.executor.options import RunOptions
from canvas_kit.network import RetryPolicy
from canvas_kit.recorder.run import find_runs
from canvas_kit.values import RunStatus
from tests.backends.fake_openai import FakeOpenAI
from tests.backends.faults import silence, slow_headers
from tests.cluster.dask_processes import ROOT, DaskProcesses

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does"),
]
CHAT = "/chat/completions"
CANVAS = Input(id="prompt") >> Interception(id="how", instructions="Say it anew.") >> Collector()


def study(points: int, name: str = "") -> Sweep:
    words = [f"word {number}" for number in range(points)]
    return Sweep(CANVAS, {"prompt.text": words}, seeds=[1], name=name)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskProcesses]:
    """A scheduler; each test has as many workers as it needs."""
    with DaskProcesses(tmp_path_factory.mktemp("dask")) as cluster:
        yield cluster


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as server:
        yield server


@pytest.fixture
def engine(exports: Path, server: FakeOpenAI) -> Iterator[Engine]:
    backend = {"kind": "openai", "address": server.address, "capacity": 4}
    settings = Settings.load(exports=exports, text_model="sim/gpt-tiny", backends={"sim": backend})
    with Engine(settings) as engine:
        yield engine


@pytest.fixture(autouse=True)
def short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canvas_kit.cluster.runner.LEASE_SECONDS", 1.5)


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not reached():  # noqa: ASYNC110 - what is waited for happens in other processes
            await asyncio.sleep(0.02)


def check_whole(batch: Batch, points: int, exports: Path) -> None:
    """Each point is made, once, and every record stands."""
    assert batch.complete, batch.reasons()
    assert len(find_runs(exports)) == batch.total_runs == points
    assert len({summary.folder for summary in batch.runs}) == points
    assert batch.verify() == []


async def test_the_points_of_killed_workers_are_made_again_and_none_twice(
    cluster: DaskProcesses, server: FakeOpenAI, engine: Engine, exports: Path
) -> None:
    """Two of three workers die half way: only what they were asking for is asked for again."""
    server.play(CHAT, slow_headers(0.3), times=None)
    cluster.have_workers(3)
    events: Counter[str] = Counter()
    doomed = cluster.workers[:2]

    def listen(event: Event) -> None:
        events[event.name] += 1

    handle = run_batch(study(24), client=cluster.address, engine=engine, listener=listen)
    for number, worker in zip((4, 10), doomed, strict=True):
        await until(partial(lambda least: handle.ended_runs >= least, number))
        worker.kill()
    batch = await handle
    check_whole(batch, 24, exports)
    assert glob(exports, "canvas_batch_*/.claims") == [], "no claim is left"
    asked = Counter(server.prompts)
    assert set(asked) == {f"word {number}" for number in range(24)}
    assert sum(asked.values()) <= 24 + 4, "only what two threads of each were asking for"
    assert sum(summary.attempt > 1 for summary in batch.runs) <= 4
    assert (events["run_start"], events["run_complete"], events["run_error"]) == (24, 24, 0)
    assert events["started"] >= 24
    assert events["progress"] >= 24


async def test_an_abort_ends_the_runs_on_the_workers_and_can_be_gone_on_with(
    cluster: DaskProcesses, server: FakeOpenAI, engine: Engine, exports: Path
) -> None:
    """What is under way is cancelled there and then, and completed in its own folder later."""
    cluster.have_workers(2)
    server.play(CHAT, slow_headers(0.01), times=4)
    server.play(CHAT, silence(), times=None)
    handle = run_batch(study(12, "stopped"), client=cluster.address, engine=engine)
    await until(lambda: handle.ended_runs == 4 and server.running_now == 4)
    handle.cancel()
    batch = await handle
    assert batch.aborted
    assert batch.completed_runs == 4
    await until(lambda: server.dropped == 4)  # the workers gave up the requests under way
    begun = find_runs(exports)
    assert len(begun) == 8
    server._scripted.clear()
    again = await run_batch(study(12, "stopped"), client=cluster.address, engine=engine)
    check_whole(again, 12, exports)
    assert set(begun) < set(find_runs(exports))
    assert Counter(server.prompts).most_common(1)[0][1] == 1, "no answer was asked for twice"


async def test_a_batch_goes_on_after_its_client_was_killed(
    cluster: DaskProcesses, server: FakeOpenAI, exports: Path, tmp_path: Path
) -> None:
    """From a shell: what the workers were making ends there, and the rest is made by the next."""
    cluster.have_workers(2)
    server.play(CHAT, slow_headers(0.3), times=None)
    canvas = tmp_path / "canvas.json"
    Canvas.of(CANVAS).save(canvas)
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("\n".join(f"word {number}" for number in range(16)))
    backend = {"kind": "openai", "address": server.address, "capacity": 4}
    environment = {
        "CANVAS_KIT_TEXT_MODEL": "sim/gpt-tiny",
        "CANVAS_KIT_BACKENDS": json.dumps({"sim": backend}),
    }
    options = ("--dask", cluster.address, "--exports", exports)
    first = await cli("batch", canvas, "--prompts", prompts, *options, **environment)
    ended = partial(glob, exports, "canvas_run_*/metadata.json")
    await until(lambda: len(ended()) >= 6)
    first.kill()
    await first.wait()
    (folder,) = glob(exports, "canvas_batch_*")
    second = await cli("resume", folder, *options, **environment)
    said, complaints = await asyncio.wait_for(second.communicate(), 90)
    assert second.returncode == 0, complaints
    assert said.decode().splitlines()[-1] == str(folder)
    check_whole(Batch.open(folder), 16, exports)
    assert Counter(server.prompts) == Counter(f"word {number}" for number in range(16))


async def cli(*arguments: str | Path, **environment: str) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "canvas_kit.cli", *map(str, arguments)]
    environment |= {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)


def glob(exports: Path, pattern: str) -> list[Path]:
    return list(exports.glob(f"json/*/*/{pattern}"))


async def test_a_scheduler_that_is_lost_or_not_there_is_one_clear_error(
    server: FakeOpenAI,
    engine: Engine,
    exports: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was made is kept, and the batch is gone on with, here or there."""
    server.play(CHAT, slow_headers(0.01), times=2)
    server.play(CHAT, silence(), times=None)
    with DaskProcesses(tmp_path / "dask") as cluster:
        cluster.have_workers(1)
        handle = run_batch(study(8, "lost"), client=cluster.address, engine=engine)
        await until(lambda: handle.ended_runs == 2 and server.running_now == 2)
        cluster.kill_scheduler()
        with pytest.raises(BatchError, match=r"The connection to the scheduler .* was lost"):
            await handle
        address = cluster.address
        cluster.workers[0].kill()
        cluster.workers[0].wait()
    server._scripted.clear()
    monkeypatch.setattr("canvas_kit.cluster.runner._CONNECTING_SECONDS", 1)
    nowhere = run_batch(study(8, "lost"), client=address, engine=engine)
    with pytest.raises(BatchError, match="No scheduler of Dask's could be reached"):
        await nowhere
    check_whole(await run_batch(study(8, "lost"), engine=engine), 8, exports)


async def test_a_batch_that_is_not_recorded_is_refused(
    cluster: DaskProcesses, engine: Engine
) -> None:
    """The record is how results come back."""
    with pytest.raises(BatchError, match="leave out record=False"):
        await run_batch(study(2), client=cluster.address, engine=engine, record=False)


def test_no_secret_travels_with_a_task(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is read where it is used; a password in an address is refused with a remedy."""
    monkeypatch.setenv("SERVICE_KEY", "sk-very-secret")
    section = {"kind": "openai", "address": "https://api.example.org/v1", "key_env": "SERVICE_KEY"}
    with Engine(Settings.load(exports=exports, backends={"far": section})) as engine:
        runner = DaskRunner("tcp://127.0.0.1:1", engine)
        sent = json.loads(runner._settings)
        assert sent["backends"] == {"far": section}
        assert sent["exports"] == str(exports)
        assert "sk-very" not in runner._settings
    for field, value in (
        ("address", "https://user:hidden@api.example.org/v1"),
        ("headers", {"Authorization": "Bearer hidden-token"}),
    ):
        settings = Settings.load(exports=exports, backends={"far": {**section, field: value}})
        with Engine(settings) as engine, pytest.raises(BatchError, match=f"'{field}'.*key_env"):
            DaskRunner("tcp://127.0.0.1:1", engine)


def test_a_backend_of_this_process_cannot_be_sent(exports: Path) -> None:
    """It would be missing on every worker."""
    settings = Settings.load(exports=exports)
    with (
        Engine(settings, backends={"lab": ScriptedBackend("lab")}) as engine,
        pytest.raises(BatchError, match="'lab' was made in this process"),
    ):
        DaskRunner("tcp://127.0.0.1:1", engine)


def test_what_is_no_client_is_told(exports: Path) -> None:
    """Before anything is written."""
    with (
        Engine(Settings.load(exports=exports)) as engine,
        pytest.raises(BatchError, match="a Client of Dask's or a scheduler's address"),
    ):
        run_batch(study(2), client=8786, engine=engine)
    assert not exports.exists()


def task_of(exports: Path) -> PointTask:
    (point,) = study(1)
    return PointTask(
        point=point,
        batch_id="b",
        batch_name="",
        run_id="r",
        attempt=1,
        options=RunOptions(exports, "local"),
    )


def test_a_worker_that_does_not_see_the_exports_folder_says_so(exports: Path) -> None:
    """Instead of recording where nobody looks."""
    settings = Settings.load(exports=exports).model_dump_json()
    job = BatchJob("session", exports / "json" / "somewhere", settings, 1.0)
    with pytest.raises(RecordError, match="on a shared file system"):
        make_point(task_of(exports), job)


def test_a_worker_whose_own_server_is_away_waits_for_it(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not take the work of the others only to fail it, and does not stop the batch."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("canvas_kit.cluster.work.WAITING", RetryPolicy(0.01, tries=4))
    monkeypatch.setattr("canvas_kit.cluster.work.asyncio", SimpleNamespace(sleep=sleep))
    backend = {"kind": "openai", "address": "http://127.0.0.1:9/v1"}
    settings = Settings.load(exports=exports, text_model="own/a", backends={"own": backend})
    folder = exports / "json" / "batch"
    folder.mkdir(parents=True)
    (folder / "batch.json").write_text("{}")
    summary = make_point(task_of(exports), BatchJob("s", folder, settings.model_dump_json(), 1.0))
    assert summary.status in (RunStatus.FAILED, RunStatus.PARTIAL)
    assert "127.0.0.1:9" in " ".join(summary.reasons)
    assert summary.unreachable == ""
    assert len(waited) == 3


async def test_a_point_that_its_workers_die_of_is_told_and_can_be_gone_on_with(
    server: FakeOpenAI, engine: Engine, exports: Path, tmp_path: Path
) -> None:
    """Dask gives it up; its run is kept, and completed in its folder by whoever goes on."""
    server.play(CHAT, silence(), times=1)
    allowed = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with DaskProcesses(tmp_path / "dask", **allowed) as cluster:
        cluster.start_worker(1)
        handle = run_batch(study(3, "heavy"), client=cluster.address, engine=engine)
        await until(lambda: len(server.prompts) == 0 and server.running_now == 1)
        cluster.workers[0].kill()
        cluster.start_worker(1)
        batch = await handle
    assert batch.completed_runs >= 1, "the one behind it may have been given up with it"
    assert batch.runs[0].status is RunStatus.INTERRUPTED
    assert "The workers could not make it" in " ".join(batch.reasons())
    again = run_batch(study(3, "heavy"), retry="failed", engine=engine)
    check_whole(await again, 3, exports)
