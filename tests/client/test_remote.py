"""Driving a canvas-kit on another machine: the same handle, events and results as here."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from canvas_kit import (
    WITHOUT,
    Canvas,
    CanvasError,
    Collector,
    Generation,
    ImageEvaluation,
    ImageInput,
    Input,
    Interception,
    Run,
    Sweep,
    run,
)
from canvas_kit.client import Remote, RemoteError, RemoteRefused, RemoteUnreachable
from canvas_kit.errors import BatchError, SettingsError
from canvas_kit.events import Complete, Error, NodeComplete, Progress, RunComplete
from canvas_kit.executor.engine import Engine
from canvas_kit.recorder.run import find_runs
from canvas_kit.settings import Settings
from canvas_kit.values import NodeState, RunStatus
from tests.client.conftest import BrokenLine
from tests.conftest import EngineMaker
from tests.server import scripted_server
from tests.server.conftest import TOKEN, RunningServer

pytestmark = pytest.mark.anyio


def canvas(words: str = "a market at dawn") -> Canvas:
    return Canvas.of(Input(words) >> Interception("stillepost") >> Generation() >> Collector())


async def test_a_run_there_gives_what_a_run_here_gives(
    remote: Remote, make_engine: EngineMaker, server: RunningServer
) -> None:
    """The same canvas and seed: the same states, events, files and hashes."""
    here, _ = make_engine(
        text=scripted_server.text,
        picture=scripted_server.picture,
        seconds=scripted_server.seconds,
        steps=2,
    )
    local_handle = run(canvas(), seed=7, engine=here)
    remote_handle = remote.run(canvas(), seed=7)
    local, there = await local_handle, await remote_handle
    assert isinstance(there, Run)
    assert there.status is RunStatus.COMPLETED
    assert there.id == remote_handle.run_id
    assert (there.nodes, there.seed) == (local.nodes, local.seed)
    assert [entity.file for entity in there.entities] == [e.file for e in local.entities]
    assert [entity.sha256 for entity in there.entities] == [e.sha256 for e in local.entities]
    assert [type(event) for event in remote_handle.events] == [
        type(event) for event in local_handle.events
    ]
    assert there.verify() == []
    for entity in there.entities:
        assert entity.bytes == local[entity.node_id].bytes
    assert there.texts[0].text == "a market at dawn"
    assert server.record(there.id).entities == there.entities


async def test_events_come_typed_and_whole_as_they_happen(remote: Remote) -> None:
    handle = remote.run(canvas("slow words"))
    heard: list[Any] = []
    stop_listening = handle.listen(heard.append)
    watched = [event async for event in handle.watch()]
    stop_listening()
    result = await handle
    picture = next(
        e for e in watched if isinstance(e, NodeComplete) and e.node_id == "generation_1"
    )
    assert picture.entities == result["generation_1"]
    steps = [e.step for e in watched if isinstance(e, Progress) and e.node_id == "generation_1"]
    assert steps[-2:] == [1, 2]
    assert isinstance(watched[-1], Complete)
    assert heard == watched
    assert handle.events[-1] == watched[-1]
    assert handle.done


async def test_a_run_there_is_cancelled_and_what_was_made_is_fetched(remote: Remote) -> None:
    handle = remote.run(
        Input("endless") >> Interception("stillepost") >> Generation() >> Collector()
    )
    async for event in handle.watch():
        if isinstance(event, Progress) and event.node_id == "interception_1":
            handle.cancel()
    result = await handle
    assert result.status is RunStatus.CANCELLED
    assert [entity.node_id for entity in result.entities] == ["input_1"]


async def test_waiting_that_is_cancelled_cancels_the_run_there(
    remote: Remote, server: RunningServer
) -> None:
    """As an interrupted notebook cell does with a local run."""
    handle = remote.run(canvas("endless"))

    async def wait() -> Run:
        return await handle

    waiting = asyncio.create_task(wait())
    async for event in handle.watch():
        if isinstance(event, Progress):
            waiting.cancel()
            break
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await handle).status is RunStatus.CANCELLED


async def test_a_sweep_is_sent_as_it_is(remote: Remote) -> None:
    """Factors, the control, paired seeds, exclusions: the same points there as here."""
    chain = Input("x", id="words") >> Interception(id="how") >> Generation(id="g") >> Collector()
    study = Sweep(
        chain,
        {"words.text": ["one", "two"], "how": [WITHOUT, {"preset": "bauhaus"}]},
        seeds=[5, 6],
        exclude=[{"words.text": "two", "how": WITHOUT}],
    )
    batch = await remote.run_batch(study)
    assert batch.complete
    points = list(study)
    assert [run.about["point_id"] async for run in batch] == [point.id for point in points]
    assert [summary.seed for summary in batch.runs] == [point.seed for point in points]


async def test_a_sweep_cannot_reach_files_there(remote: Remote, tmp_path: Path) -> None:
    """A picture is read here before anything is sent, and never by its name there."""
    secret = tmp_path / "secret.png"
    Image.new("RGB", (4, 4)).save(secret)
    look = ImageInput(secret, id="i") >> ImageEvaluation(id="e")
    study = Sweep(look, {"i.picture": [str(secret), secret]}, seeds=[1])
    assert len(study) == 1
    with pytest.raises(RemoteError, match="outside the folder"):
        await remote.run_batch(study)


async def test_a_batch_there_is_watched_and_its_runs_are_fetched_one_by_one(
    remote: Remote, server: RunningServer
) -> None:
    handle = remote.run_batch(canvas(), prompts=["one", "two", "three"], base_seed=40)
    ended = [event async for event in handle.watch() if isinstance(event, RunComplete)]
    batch = await handle
    assert batch.id == handle.batch_id
    assert (batch.completed_runs, batch.total_runs, batch.aborted) == (3, 3, False)
    assert handle.ended_runs == len(ended) == 3
    assert [summary.seed for summary in batch.runs] == [40, 41, 42]
    runs = [one async for one in batch]
    assert [one["interception_1"][0].text for one in runs] == ["ONE", "TWO", "THREE"]
    assert all(one.verify() == [] for one in runs)
    assert [one.id for one in await asyncio.to_thread(list, batch)] == [one.id for one in runs]
    again = await remote.fetch_batch(batch.id)
    assert again.runs == batch.runs


async def test_a_batch_there_is_aborted(remote: Remote) -> None:
    handle = remote.run_batch(canvas(), prompts=["quick", "endless", "endless"], concurrency=1)
    async for event in handle.watch():
        if isinstance(event, RunComplete):
            handle.cancel()
    batch = await handle
    assert batch.aborted
    assert batch.completed_runs == 1


async def test_what_did_not_work_there_is_told_here(remote: Remote) -> None:
    handle = remote.run_batch(canvas(), prompts=["fine", "refuse this"])
    batch = await handle
    assert not batch.complete
    assert "moderation" in batch.reasons()[0]
    single = await remote.run(canvas("refuse this"))
    assert single.status is RunStatus.PARTIAL
    states = {report.node_id: report.state for report in single.nodes}
    assert states["generation_1"] is NodeState.REFUSED


async def test_a_canvas_that_cannot_run_anywhere_is_told_at_once(remote: Remote) -> None:
    with pytest.raises(CanvasError):
        remote.run(Input("x") >> Interception("stilleposst") >> Generation() >> Collector())
    with pytest.raises(BatchError):
        remote.run_batch(canvas())
    with pytest.raises(BatchError):
        remote.run_batch(canvas(), count=0)


async def test_what_only_the_server_knows_is_told_with_every_problem(remote: Remote) -> None:
    handle = remote.run(
        Input("x") >> Interception("stillepost", model="nope/x") >> Generation() >> Collector()
    )
    with pytest.raises(CanvasError) as caught:
        await handle
    [problem] = caught.value.problems
    assert (problem.node_id, problem.field) == ("interception_1", "llmModel")
    assert isinstance(handle.events[-1], Error)


async def test_a_wrong_token_is_told(server: RunningServer, engine: Engine) -> None:
    wrong = Remote(server.url, "wrong-token", engine=engine)
    with pytest.raises(RemoteRefused, match="Is the token right") as caught:
        await wrong.run(canvas())
    assert caught.value.status == 403
    await wrong.aclose()


async def test_a_server_that_is_not_there_is_told_after_some_patience(engine: Engine) -> None:
    nowhere = Remote("http://127.0.0.1:1", "some-token", engine=engine, patience_seconds=0.5)
    with pytest.raises(RemoteUnreachable, match="cannot be reached"):
        await nowhere.run(canvas())
    await nowhere.aclose()


async def test_a_server_that_is_something_else_is_told(
    httpserver: HTTPServer, engine: Engine
) -> None:
    httpserver.expect_request("/api/canvas/execute-stream").respond_with_data("<html>", 404)
    httpserver.expect_request(re.compile("/api/canvas/runs/.*")).respond_with_data("<html>", 404)
    other = Remote(httpserver.url_for(""), engine=engine, patience_seconds=1)
    with pytest.raises(RemoteError, match="address of a canvas-kit"):
        await other.fetch_run("20260101_000000_000_00000000")
    with pytest.raises(RemoteError):
        await other.run(canvas())
    await other.aclose()


async def test_a_line_that_breaks_loses_nothing_and_starts_nothing_twice(
    server: RunningServer, broken_line: BrokenLine, settings: Settings
) -> None:
    """However often it breaks, also before the first word: each event comes once, in order."""
    before = len(find_runs(server.exports))
    with Engine(settings) as engine:
        far = Remote(
            f"http://127.0.0.1:{broken_line.port}", TOKEN, engine=engine, patience_seconds=30
        )
        broken_line.after_bytes = 40  # not even a whole head of an answer
        handle = far.run_batch(canvas("slow words"), count=4, base_seed=1)
        await asyncio.to_thread(broken_line.wait_for_breaks, 3)
        broken_line.after_bytes = 3000  # some events at a time
        await asyncio.to_thread(broken_line.wait_for_breaks, 8)
        broken_line.after_bytes = None
        batch = await handle
        assert broken_line.breaks >= 8
        await far.aclose()
    assert batch.completed_runs == 4
    starts = [event for event in handle.events if event.name == "run_start"]
    ends = [event for event in handle.events if event.name == "run_complete"]
    assert len(starts) == len(ends) == 4
    assert handle.events[-1].name == "batch_complete"
    assert len(find_runs(server.exports)) == before + 4


async def test_a_server_that_is_started_anew_is_asked_for_the_record(
    start_server: Any, tmp_path: Path, settings: Settings
) -> None:
    """The events are gone with the process, what was made is not."""
    first: RunningServer = start_server()
    line = BrokenLine(first.url)
    with Engine(settings) as engine:
        far = Remote(f"http://127.0.0.1:{line.port}", TOKEN, engine=engine, patience_seconds=60)
        handle = far.run(canvas("endless"))
        async for event in handle.watch():
            if isinstance(event, Progress) and event.node_id == "interception_1":
                break
        first.stop()
        second: RunningServer = start_server(exports=first.exports)
        line._target = (line._target[0], int(second.url.rpartition(":")[2]))
        result = await handle
        await far.aclose()
    line.close()
    assert result.status in (RunStatus.INTERRUPTED, RunStatus.CANCELLED)
    assert [entity.node_id for entity in result.entities] == ["input_1"]


@pytest.fixture
def lying(httpserver: HTTPServer, engine: Engine) -> Iterator[tuple[Remote, dict[str, int]]]:
    """A server whose picture is wrong as often as told."""
    content = b"as recorded"
    wrong = {"times": 0}

    def give(request: Request) -> Response:
        wrong["times"] -= 1
        return Response(b"cut" if wrong["times"] >= 0 else content)

    entity = {
        "number": 1,
        "node_id": "n",
        "node_type": "input",
        "file": "final/01_input.txt",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "media_type": "text/plain",
        "created_at": "2026-01-01T00:00:00.000+00:00",
        "url": "http://elsewhere.example/steal-the-token",
    }
    record = {"run_id": "r", "status": "completed", "nodes": [], "entities": [entity]}
    httpserver.expect_request("/api/canvas/runs/r").respond_with_data(
        json.dumps({"status": "success", "run": record}), content_type="application/json"
    )
    httpserver.expect_request("/api/media/text/r/0").respond_with_handler(give)
    remote = Remote(httpserver.url_for(""), "some-token", engine=engine, patience_seconds=5)
    yield remote, wrong
    engine.submit(remote.aclose()).result(10)


async def test_a_file_that_is_not_what_was_recorded_is_fetched_again(
    lying: tuple[Remote, dict[str, int]],
) -> None:
    """The address is made here: the token goes to no other host that a record names."""
    remote, wrong = lying
    wrong["times"] = 2
    fetched = await remote.fetch_run("r")
    assert fetched[0].bytes == b"as recorded"


async def test_a_file_that_stays_wrong_is_an_error_and_never_a_result(
    lying: tuple[Remote, dict[str, int]],
) -> None:
    remote, wrong = lying
    wrong["times"] = 100
    with pytest.raises(RemoteError, match="sha256"):
        await remote.fetch_run("r")


@pytest.mark.parametrize(
    ("given", "url", "token"),
    [
        ("http://lab:8899", "http://lab:8899", None),
        ("http://lab:8899/", "http://lab:8899", None),
        ("https://hub/user/alice/lab?token=abc", "https://hub/user/alice", "abc"),
        ("http://127.0.0.1:8888/tree?token=abc", "http://127.0.0.1:8888", "abc"),
    ],
)
async def test_the_address_that_jupyter_shows_can_be_pasted(
    given: str, url: str, token: str | None, engine: Engine
) -> None:
    remote = Remote(given, engine=engine)
    assert (remote.url, remote._token) == (url, token)
    assert "abc" not in repr(remote)


async def test_the_token_may_come_from_the_environment(
    server: RunningServer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANVAS_KIT_TOKEN", TOKEN)
    async with Remote(server.url, engine=engine) as remote:
        assert (await remote.run(canvas())).status is RunStatus.COMPLETED


@pytest.mark.parametrize("url", ["", "lab:8899", "ftp://lab", "/srv/exports"])
async def test_what_is_no_address_is_told(url: str, engine: Engine) -> None:
    with pytest.raises(SettingsError, match="http://lab-gpu:8899"):
        Remote(url, engine=engine)


async def test_the_client_needs_no_server() -> None:
    """What only the server is built on need not be installed where a client runs."""
    blocked = ("jupyter_server", "tornado", "traitlets", "ipywidgets")
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({blocked!r}))\n"
        "from canvas_kit.client import Remote, RemoteBatchHandle, RemoteRefused\n"
        "Remote('http://127.0.0.1:1')"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await process.wait() == 0


async def test_an_answer_that_is_larger_than_recorded_is_not_read_on(
    httpserver: HTTPServer, lying: tuple[Remote, dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a file nor a record: a hostile server could fill the memory."""
    remote, _ = lying
    httpserver.clear()
    httpserver.expect_request("/api/canvas/runs/r").respond_with_data(b"x" * 5000)
    monkeypatch.setattr("canvas_kit.client.connection._MAX_ANSWER_BYTES", 1000)
    with pytest.raises(RemoteError, match="more than 1000 bytes"):
        await remote.fetch_run("r")


async def test_an_answer_that_is_packed_twice_is_refused(httpserver: HTTPServer) -> None:
    """A few kB can unpack to gigabytes."""
    data = gzip.compress(gzip.compress(b"{}"))
    headers = {"Content-Encoding": "gzip, gzip"}
    httpserver.expect_request("/api/canvas/runs/r").respond_with_data(data, headers=headers)
    async with Remote(httpserver.url_for(""), "some-token", patience_seconds=0.1) as remote:
        with pytest.raises(RemoteError, match="packed"):
            await remote.fetch_run("r")


async def test_an_answer_that_is_nested_without_end_is_told(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/canvas/runs/r").respond_with_data(b"[" * 100_000)
    async with Remote(httpserver.url_for(""), "some-token", patience_seconds=0.1) as remote:
        with pytest.raises(RemoteError, match="JSON object"):
            await remote.fetch_run("r")


async def test_a_password_in_the_address_is_told_nowhere() -> None:
    async with Remote("http://alice:very-secret@127.0.0.1:1", "t", patience_seconds=0.1) as remote:
        assert "very-secret" not in repr(remote)
        with pytest.raises(RemoteUnreachable) as caught:
            await remote.fetch_run("r")
        assert "very-secret" not in str(caught.value)
    for wrong in ("ftp://alice:very-secret@host", "http://[", "http://[very-secret"):
        with pytest.raises(SettingsError, match="has an address such as") as refused:
            Remote(wrong)
        assert "very-secret" not in str(refused.value)
