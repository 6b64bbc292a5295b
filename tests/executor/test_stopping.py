"""What does not stop, and what blocks: the run ends, the node is named, nothing else suffers."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Canvas, Engine, Generation, Input, Run, run
from canvas_kit.backends.base import MediaRequest, MediaResult, Reporter
from canvas_kit.backends.scripted import ScriptedBackend
from canvas_kit.events import Event, Progress
from canvas_kit.executor import execution, watch
from canvas_kit.nodes.base import Artifact, Inputs, NodeContext, NodeResult, RunnableNode
from canvas_kit.recorder.run import find_runs
from canvas_kit.values import RunStatus
from tests.conftest import EngineMaker
from tests.executor.test_running import states

ROOT = Path(__file__).parents[2]


class Stubborn(RunnableNode):
    """Goes on whatever it is told, until it is released; then it gives a text."""

    type = "input"
    keeps = "text"
    outputs = Input.outputs

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        begun.set()
        while not released.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                told_to_stop.set()
        try:
            await context.reporter.submitting("late")
        except asyncio.CancelledError:
            refused.set()
        context.reporter.progress("late")
        return NodeResult({"text": "late"}, (Artifact("late"),))


class Blocking(RunnableNode):
    """Blocks in a thread, as a plain function does, until it is released."""

    type = "input"
    keeps = "text"
    outputs = Input.outputs

    def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        context.reporter.progress("in a thread", step=1, total=2)
        begun.set()
        released.wait(60)
        return NodeResult({"text": "done"}, (Artifact("done"),))


begun, told_to_stop, released, refused = (threading.Event() for _ in range(4))


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Any:
    for event in (begun, told_to_stop, released, refused):
        event.clear()
    monkeypatch.setattr(execution, "PATIENCE_SECONDS", 0.3)
    yield
    released.set()


@pytest.mark.parametrize("how", ["deadline", "cancel"])
def test_a_node_that_swallows_its_cancellation_is_left_behind(
    engine: Engine, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    """The run ends, says so of the node, and keeps and tells nothing that it does afterwards."""
    heard: list[Event] = []
    canvas = Canvas(Stubborn(id="deaf"), Input("x", id="good"))
    deadline = 1.5 if how == "deadline" else None  # by then the good one is recorded
    handle = run(canvas, engine=engine, deadline_seconds=deadline, listener=heard.append)
    assert begun.wait(20)
    if how == "cancel":
        handle.cancel()
    result = handle.result(30)
    assert told_to_stop.is_set()
    state = {"deadline": "failed", "cancel": "cancelled"}[how]
    assert states(result) == {"deaf": state, "good": "completed"}
    (reason,) = result.reasons()
    assert "deaf" in reason
    assert "did not stop" in reason
    assert "left behind" in reason
    assert any("deaf" in record.message for record in caplog.records)
    number = len(heard)
    released.set()
    assert refused.wait(20)
    run(Canvas(Input("y")), engine=engine).result(20)
    assert len(heard) == number
    assert result.folder is not None
    assert Run.open(result.folder) == result
    assert "late" not in (result.folder / "journal.jsonl").read_text()
    assert len(list((result.folder / "final").iterdir())) == 1


def test_a_node_that_ends_in_time_keeps_what_it_made(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Being told to stop, it may as well give what it has."""
    monkeypatch.setattr(execution, "PATIENCE_SECONDS", 20)
    handle = run(Canvas(Stubborn(id="slow")), engine=engine)
    assert begun.wait(20)
    handle.cancel()
    assert told_to_stop.wait(20)
    released.set()
    result = handle.result(20)
    assert result["slow"].only.text == "late"


def test_files_that_have_come_are_kept_however_long_that_takes(
    make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large picture may take longer to check than a node has for stopping."""
    engine, _ = make_engine()

    async def slowly(self: NodeContext, data: bytes, **more: Any) -> Any:
        begun.set()
        await asyncio.to_thread(released.wait, 60)
        return await checked(self, data, **more)

    checked = NodeContext.checked
    monkeypatch.setattr(NodeContext, "checked", slowly)
    handle = run(Input("x") >> Generation(id="g"), engine=engine)
    assert begun.wait(20)
    handle.cancel()
    time.sleep(3 * execution.PATIENCE_SECONDS)
    assert not handle.done
    released.set()
    result = handle.result(20)
    assert len(result.images) == 1
    assert result.verify() == []


def test_a_plain_function_works_in_a_thread_beside_all_others(engine: Engine) -> None:
    """It reports its progress from there, and no other run waits for it."""
    heard: list[Event] = []
    handle = run(Canvas(Blocking(id="slow")), engine=engine, listener=heard.append)
    assert begun.wait(20)
    assert run(Canvas(Input("x")), engine=engine).result(20).status is RunStatus.COMPLETED
    assert not handle.done
    released.set()
    assert handle.result(20)["slow"].only.text == "done"
    assert [event.step for event in heard if isinstance(event, Progress) and event.message] == [1]


def test_threads_that_never_end_take_no_place_from_others(engine: Engine) -> None:
    """Forty of them; their runs end at the deadline, and pictures are checked as before."""
    handles = [
        run(Canvas(Blocking()), engine=engine, deadline_seconds=0.2, record=False)
        for _ in range(40)
    ]
    assert {handle.result(30).status for handle in handles} == {RunStatus.FAILED}
    assert len(run(Input("x") >> Generation(), engine=engine).result(30).images) == 1


@pytest.mark.parametrize("error", [StopIteration, SystemExit, KeyboardInterrupt, BaseException])
def test_what_a_function_in_a_thread_raises_fails_its_node(
    engine: Engine, error: type[BaseException]
) -> None:
    """Also what no future can carry."""

    class Raising(RunnableNode):
        type = "input"
        outputs = Input.outputs

        def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
            raise error

    result = run(Canvas(Raising(id="bad"), Input("x", id="good")), engine=engine).result(20)
    assert states(result) == {"bad": "failed", "good": "completed"}
    assert "StopIteration" in result.reasons()[0] or error is not StopIteration


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watch that looks often."""
    monkeypatch.setattr(watch, "BLOCKED_SECONDS", 1.0)  # a busy machine stands still for less
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.05)


@pytest.mark.usefixtures("impatient")
def test_who_blocks_the_event_loop_is_named(
    make_engine: EngineMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log while it blocks; in the run's report when it has ended."""

    class Holding(RunnableNode):
        type = "input"
        outputs = Input.outputs

        async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
            released.wait(60)
            return NodeResult({"text": "t"})

    engine, _ = make_engine()
    handle = run(Canvas(Holding(id="holder")), engine=engine)
    _until(lambda: bool(caplog.records))
    released.set()
    result = handle.result(20)
    (message,) = [record.getMessage() for record in caplog.records]
    assert f"the node holder (input) of the run {result.id} blocks the event loop" in message
    assert "threading.py" in message
    ((warning,),) = [report.warnings for report in result.nodes]
    assert "blocked all other work" in warning
    assert "plain def" in warning
    assert result.folder is not None
    assert Run.open(result.folder) == result


@pytest.mark.usefixtures("impatient")
def test_a_backend_and_a_listener_that_block_are_named(
    make_engine: EngineMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """The backend by the node that asks it, the listener by its name."""

    class Held(ScriptedBackend):
        async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
            released.wait(60)
            return await super().generate(request, reporter)

    def takes_a_lock(event: Event) -> None:
        released.wait(60)

    settings = make_engine()[0].settings
    with Engine(settings, backends={"lab": Held("lab")}) as engine:
        handle = run(Input("x") >> Generation(id="painter"), engine=engine)
        _until(lambda: bool(caplog.records))
        released.set()
        assert handle.result(20).status is RunStatus.COMPLETED
        assert "the node painter (generation)" in caplog.text
        caplog.clear()
        released.clear()
        handle = run(Canvas(Input("x")), engine=engine, listener=takes_a_lock)
        _until(lambda: bool(caplog.records))
        released.set()
        handle.result(20)
        assert "takes_a_lock blocks the event loop" in caplog.text
        assert "put what it hears into a queue" in caplog.text


def test_an_engine_whose_loop_is_blocked_is_closed_in_bounded_time(
    settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It says who blocks it."""

    class Holding(RunnableNode):
        type = "input"
        outputs = Input.outputs

        async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
            begun.set()
            released.wait(60)
            return NodeResult({"text": "t"})

    monkeypatch.setattr("canvas_kit.executor.engine._CLOSING_SECONDS", 0.3)
    engine = Engine(settings)
    handle = run(Canvas(Holding(id="holder")), engine=engine)
    assert begun.wait(20)
    engine.close()
    assert "the node holder (input)" in caplog.text
    released.set()
    _until(lambda: handle.done)


def test_a_run_that_makes_more_than_its_budget_makes_nothing_further(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """What has come is kept: it may have been paid for. The error names the setting."""
    caplog.set_level(logging.CRITICAL)
    words, first, second, third = Input("x"), *(Generation(id=f"g{n}") for n in range(3))
    row = first >> second >> third
    canvas = Canvas(words >> first, words >> second, words >> third, row)
    backend = ScriptedBackend("lab")
    small = settings.model_copy(update={"max_run_bytes": 150})
    with Engine(small, backends={"lab": backend}) as engine:
        result = run(canvas, engine=engine).result(20)
    assert result.status is RunStatus.PARTIAL
    assert len(backend.media_requests) == len(result.images) < 3
    assert sum(len(image.bytes) for image in result.images) >= 150
    assert "max_run_bytes" in result.reasons()[0]


SCRIPT = """
import sys, time, asyncio
from canvas_kit import Canvas, Input, run
from canvas_kit.nodes.base import Artifact, NodeResult
from canvas_kit.nodes.inputs import Input

async def swallows(self, inputs, context):
    print("begun", flush=True)
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

async def blocks(self, inputs, context):
    print("begun", flush=True)
    time.sleep(600)

def blocks_in_a_thread(self, inputs, context):
    print("begun", flush=True)
    time.sleep(600)

async def waits(self, inputs, context):
    print("begun", flush=True)
    await asyncio.sleep(600)

Input.execute = globals()[sys.argv.pop(1)]
if sys.argv[1:2] == ["run"]:
    from canvas_kit.cli import main
    main()
run(Canvas(Input("x"))).result()
"""


def _started(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    (tmp_path / "canvas.json").write_text(Canvas(Input("x", id="words")).to_json())
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def _read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line
        if words in line:
            return told
    raise AssertionError(told)


@pytest.mark.parametrize("how", ["swallows", "blocks", "blocks_in_a_thread"])
@pytest.mark.parametrize("command", [("run", "canvas.json"), ()])
def test_a_second_interrupt_ends_the_program_at_once(
    tmp_path: Path, how: str, command: tuple[str, ...]
) -> None:
    """Of the command line and of a script; what had been made can be read."""
    process = _started(tmp_path, how, *command)
    process.send_signal(signal.SIGINT)
    if how != "blocks_in_a_thread":  # else it may have ended by then
        _read_until(process, "nce more")
        process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode not in (0, None), told
    (folder,) = find_runs(tmp_path / "exports")
    assert Run.open(folder).status in (RunStatus.INTERRUPTED, RunStatus.CANCELLED)


def test_an_interrupt_ends_a_script_and_says_where_what_was_made_is_kept(tmp_path: Path) -> None:
    """One is enough where everything stops; the record is closed."""
    process = _started(tmp_path, "waits")
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    (folder,) = find_runs(tmp_path / "exports")
    assert told.splitlines()[-1] == (
        f"KeyboardInterrupt: Stopped. What was made is kept in {folder}."
    )
    assert Run.open(folder).status is RunStatus.CANCELLED
    assert (folder / "metadata.json").is_file()


def test_a_deadline_ends_a_program_whose_node_blocks_a_thread(tmp_path: Path) -> None:
    """The thread does not keep it alive."""
    process = _started(tmp_path, "blocks_in_a_thread", "run", "canvas.json", "--deadline", "0.3")
    out, told = process.communicate(timeout=60)
    assert process.returncode == 1, told
    assert "words (failed): the deadline of 0.3 s had passed" in told
    assert Run.open(out.splitlines()[-1]).status is RunStatus.FAILED


def _until(condition: Any) -> None:
    ends = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)
