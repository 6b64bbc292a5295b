"""Faults of nodes, listeners and the end of a program: each stays where it belongs."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Canvas, Engine, Generation, Input, Interception, Run, run, run_batch
from canvas_kit.backends.base import MediaRequest, MediaResult, Reporter
from canvas_kit.backends.scripted import ScriptedBackend
from canvas_kit.errors import CanvasError, DownloadError, RecordError
from canvas_kit.events import Complete, Error, Event, Progress, RunStart
from canvas_kit.executor.execution import MAX_PREVIEW_BYTES
from canvas_kit.executor.limits import MAX_TEXT
from canvas_kit.nodes.base import Artifact, Inputs, NodeContext, NodeResult, RunnableNode
from canvas_kit.recorder.run import find_runs
from canvas_kit.values import NodeState, Provenance, RunStatus, Verdict
from tests.conftest import EngineMaker, lab_settings
from tests.executor.test_running import states


class Unruly(RunnableNode):
    """A node of a third party."""

    type = "input"
    keeps = "text"
    outputs = Input.outputs
    how: str = ""

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        match self.how:
            case "exits":
                sys.exit(3)
            case "exits in a thread":
                await asyncio.to_thread(sys.exit, 3)
            case "is interrupted":
                raise KeyboardInterrupt
            case "raises a BaseException":
                raise BaseException("odd")
            case "cannot read a file":
                raise RecordError("a record of my own")
            case "cannot download":
                raise DownloadError("not there")
            case "gives None":
                return NodeResult({"text": None})  # type: ignore[dict-item]
            case "gives a dict":
                return NodeResult({"text": {(1, 2): 3}})  # type: ignore[dict-item]
            case "keeps a number":
                return NodeResult({}, (Artifact(7),))  # type: ignore[arg-type]
            case "keeps odd things":
                cycle: dict[Any, Any] = {(1, 2): float("nan"), "huge": 10**5000}
                cycle["itself"] = cycle
                made = Provenance("lab", None, reply=cycle)  # type: ignore[arg-type]
                return NodeResult({"text": "t"}, (Artifact(cycle, provenance=made, details=cycle),))
            case "talks without end":
                return NodeResult({"text": "x" * (MAX_TEXT + 1)})
        return NodeResult({"text": "t"}, (Artifact("t"),))


@pytest.mark.parametrize(
    "how",
    [
        "exits",
        "exits in a thread",
        "is interrupted",
        "raises a BaseException",
        "cannot read a file",
        "cannot download",
        "gives None",
        "gives a dict",
        "keeps a number",
        "talks without end",
    ],
)
def test_whatever_a_node_does_fails_the_node_only(engine: Engine, how: str) -> None:
    """Its neighbours are made, the record is whole, and the engine runs what comes next."""
    canvas = Canvas(Unruly(how=how, id="bad"), Input("x", id="good"))
    result = run(canvas, engine=engine).result(20)
    assert states(result) == {"bad": "failed", "good": "completed"}
    assert Run.open(str(result.folder)) == result
    assert run(Canvas(Input("x")), engine=engine).result(20).status is RunStatus.COMPLETED


def test_a_task_that_exits_does_not_end_the_engine(engine: Engine) -> None:
    """Not even one that a node has left behind."""

    class Leaver(RunnableNode):
        type = "input"
        outputs = Input.outputs

        async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
            async def leave() -> None:
                sys.exit(1)

            left.append(asyncio.ensure_future(leave()))
            return NodeResult({"text": "t"})

    left: list[Any] = []
    assert run(Canvas(Leaver()), engine=engine).result(20).status is RunStatus.COMPLETED
    assert run(Canvas(Input("x")), engine=engine).result(20).status is RunStatus.COMPLETED
    with pytest.raises(SystemExit):
        left[0].result()


def test_what_json_cannot_hold_leaves_a_record_that_can_be_read(engine: Engine) -> None:
    """Cycles, NaN, huge numbers, keys that are tuples: in the file, its details, its provenance."""
    result = run(Canvas(Unruly(how="keeps odd things", id="odd")), engine=engine).result(20)
    assert result.status is RunStatus.COMPLETED
    assert result.folder is not None
    for name in ("metadata.json", "journal.jsonl"):
        for line in (result.folder / name).read_text().splitlines() if "l" in name[-1] else ():
            json.loads(line, parse_constant=pytest.fail)
    json.loads((result.folder / "metadata.json").read_text(), parse_constant=pytest.fail)
    assert Run.open(result.folder) == result
    assert result["odd"].only.json["itself"] == "…"


def test_a_record_that_breaks_under_a_node_ends_the_run(
    make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recorder's own fault is told from a node's by where it is raised."""
    from canvas_kit.recorder.recorder import CanvasRecorder

    class Submitting(ScriptedBackend):
        async def generate(self, request: MediaRequest, reporter: Any) -> Any:
            await reporter.submitting(request.job_id)
            return await super().generate(request, reporter)

    async def full(self: CanvasRecorder, *_: Any) -> None:
        raise RecordError("the disk is full")

    monkeypatch.setattr(CanvasRecorder, "submitting", full)
    engine, _ = make_engine()
    with Engine(engine.settings, backends={"lab": Submitting("lab")}) as other:
        handle = run(Input("x") >> Generation(), engine=other)
        with pytest.raises(RecordError, match="disk is full"):
            handle.result(20)
    assert isinstance(handle.events[-1], Error)


def test_nothing_begins_after_an_engine_is_closed(settings: Any) -> None:
    """Of a batch of fast runs, some always just end when the end is asked for."""
    begun: list[bool] = []

    def listen(event: Event) -> None:
        if isinstance(event, RunStart):
            begun.append(engine.closed)
            if len(begun) == 30:
                threading.Thread(target=engine.close).start()

    engine = Engine(settings, backends={"lab": ScriptedBackend("lab")})
    handle = run_batch(
        Input("x") >> Interception("bauhaus"),
        count=2000,
        concurrency=8,
        engine=engine,
        listener=listen,
    )
    while not handle.done:
        threading.Event().wait(0.01)
    engine.close()
    assert len(begun) < 2000
    assert sum(begun) <= 8  # those that a worker had begun in that very moment
    assert all(
        Run.open(folder).status is not RunStatus.RUNNING for folder in find_runs(settings.exports)
    )


def test_closing_an_engine_in_its_own_listener_is_refused(engine: Engine) -> None:
    """It would wait for itself."""
    refused: list[BaseException] = []

    def listen(event: Event) -> None:
        try:
            engine.close()
        except RuntimeError as error:
            refused.append(error)

    assert run(Canvas(Input("x")), engine=engine, listener=listen).result(20)
    assert "its" not in str(refused[0]) or "cannot close it" in str(refused[0])


def test_a_handle_holds_nothing_of_a_run_that_has_ended(make_engine: EngineMaker) -> None:
    """Neither its execution, in a cycle, nor the pictures of the work on its way."""
    engine, _ = make_engine(steps=3)
    handle = run(Input("x") >> Generation(), engine=engine, record=False)
    executions: list[Any] = []

    def listen(event: Event) -> None:
        if isinstance(event, Progress) and handle._execution is not None and not executions:
            executions.append(weakref.ref(handle._execution))

    handle.listen(listen)
    handle.result(20)
    gc.collect()
    assert all(reference() is None for reference in executions)
    assert all(e.preview is None for e in handle.events if isinstance(e, Progress))


def test_previews_without_a_step_replace_one_another(engine: Engine) -> None:
    """A server may send thousands of them."""
    handle = run(Canvas(Input("x")), engine=engine)
    handle.result(20)
    before = len(handle.events)
    for _ in range(100):
        handle.remember(Progress("r", "n", "t", NodeState.RUNNING, preview=b"x" * 1000))
    assert len(handle.events) == before + 1


def test_another_working_folder_moves_no_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``%cd`` in a notebook, with exports that are named relative to it."""
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    settings = lab_settings(Path("exports"))
    with Engine(settings, backends={"lab": ScriptedBackend("lab")}) as engine:
        monkeypatch.chdir(tmp_path / "other")
        result = run(Input("x") >> Generation(), engine=engine).result(20)
    assert result.folder is not None
    assert result.folder.is_relative_to(tmp_path / "exports")
    assert result.verify() == []


def test_a_script_that_ends_with_a_run_in_flight_ends_quietly(tmp_path: Path) -> None:
    """And its record is closed."""
    code = (
        "from canvas_kit import Engine, Generation, Input, Settings, run\n"
        "from canvas_kit.backends.scripted import ScriptedBackend\n"
        "from tests.conftest import lab_settings\n"
        "from pathlib import Path\n"
        "backend = ScriptedBackend('lab', seconds=60)\n"
        "engine = Engine(lab_settings(Path('exports')), backends={'lab': backend})\n"
        "handle = run(Input('x') >> Generation(), engine=engine)\n"
        "import time\n"
        "while not backend.media_requests: time.sleep(0.01)\n"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (folder,) = find_runs(tmp_path / "exports")
    assert Run.open(folder).status is RunStatus.CANCELLED
    assert (folder / "metadata.json").is_file()


@pytest.mark.parametrize("deadline", ["5", 0, -1, float("nan"), True])
def test_a_deadline_that_is_none_runs_nothing(engine: Engine, deadline: Any) -> None:
    """It is told before anything is written."""
    with pytest.raises(CanvasError, match="deadline should be"):
        run(Canvas(Input("x")), engine=engine, deadline_seconds=deadline)
    with pytest.raises(CanvasError, match="deadline should be"):
        run_batch(Canvas(Input("x")), count=1, engine=engine, deadline_seconds=deadline)


def test_an_empty_prompt_is_warned_of(engine: Engine) -> None:
    """The run is made all the same."""
    result = run(Input(" ") >> Generation(), engine=engine).result(20)
    assert result.status is RunStatus.COMPLETED
    assert [report.warnings for report in result.nodes] == [("The prompt is empty.",), ()]
    changed = run(Input(" ") >> Generation(), prompt="x", engine=engine).result(20)
    assert not any(report.warnings for report in changed.nodes)


def test_a_failure_up_the_chain_tells_its_root(make_engine: EngineMaker) -> None:
    """However far away it is."""
    engine, _ = make_engine(text=lambda _: ValueError("no key"))
    first, second, third = (Interception("bauhaus", id=name) for name in "abc")
    result = run(Input("x") >> first >> second >> third, engine=engine).result(20)
    assert "a, which it depends on, failed: ValueError: no key" in result.reasons()[2]


def test_a_judged_picture_that_is_passed_on_is_told_as_the_picture(
    make_engine: EngineMaker,
) -> None:
    """Not as the verdict that was made of it."""
    from canvas_kit import Collector, Evaluation

    engine, _ = make_engine(text=lambda _: {"score": 9, "commentary": "fine"})
    judge = Evaluation("quality", id="judge")
    canvas = Canvas(Input("x") >> Generation(id="g") >> judge, judge.passed >> Collector(id="all"))
    handle = run(canvas, engine=engine)
    result = handle.result(20)
    last = handle.events[-1]
    assert isinstance(last, Complete)
    (item,) = last.collected
    assert item.output == result["g"]
    assert item.verdict == Verdict(9, 5, "fine") == result.verdicts[0]


def test_texts_that_double_from_node_to_node_end_at_the_runs_budget(
    make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A canvas of a few kB would fill the memory and the disk; what was made until then is kept."""
    monkeypatch.setattr("canvas_kit.executor.limits.MAX_RUN_TEXT", 100_000)
    engine, _ = make_engine()
    first = Input("words", id="words")
    layer: list[Any] = [first]
    parts: list[Any] = []
    for number in range(30):
        following = [Interception("none", id=f"{side}{number}") for side in "ab"]
        parts += [layer >> node for node in following]
        layer = list(following)
    result = run(Canvas(*parts), engine=engine).result(60)
    written = sum(len(entity.text) for entity in result.texts)
    assert written <= 100_000
    assert any("texts of this run are longer than" in reason for reason in result.reasons())
    assert result.status is RunStatus.PARTIAL
    assert Run.open(str(result.folder)).verify() == []


def test_a_preview_that_is_too_large_is_not_shown(make_engine: EngineMaker) -> None:
    """A server may call anything a preview; that the node is at work is told all the same."""

    class Showing(ScriptedBackend):
        async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
            for size in (MAX_PREVIEW_BYTES, MAX_PREVIEW_BYTES + 1):
                reporter.progress(f"{size}", preview=bytes(size))
            return await super().generate(request, reporter)

    engine = Engine(
        make_engine()[0].settings.model_copy(update={"media_model": "show/p"}),
        backends={"show": Showing("show")},
    )
    heard: list[Event] = []
    with engine:
        run(Input("x") >> Generation(), engine=engine, listener=heard.append).result(20)
    shown = {
        event.message: event.preview is not None
        for event in heard
        if isinstance(event, Progress) and event.message.isdecimal()
    }
    assert shown == {f"{MAX_PREVIEW_BYTES}": True, f"{MAX_PREVIEW_BYTES + 1}": False}


def test_a_listener_may_take_a_lock_whose_holder_asks_the_handle(engine: Engine) -> None:
    """As an interface does, which draws under its own lock; neither waits for the other."""
    lock = threading.Lock()
    waiting = threading.Event()
    heard: list[str] = []

    def listen(event: Event) -> None:
        waiting.set()
        with lock:
            heard.append(event.name)

    asked: list[Any] = []
    with lock:
        handle = run(Canvas(Input("x")), engine=engine, listener=listen)
        assert waiting.wait(20)
        asking = threading.Thread(target=lambda: asked.append(handle.events), daemon=True)
        asking.start()
        asking.join(20)
        assert asked
    handle.result(20)
    assert heard[0] == "started"
    assert heard[-1] == "complete"


def test_a_late_listener_hears_everything_once_and_in_order(make_engine: EngineMaker) -> None:
    """Also while further events come from another thread."""
    engine, _ = make_engine(steps=50)
    nodes = [Generation(id=f"g{number}") for number in range(20)]
    words = Input("x")
    handle = run(Canvas(*(words >> node for node in nodes)), engine=engine, record=False)
    heard: list[list[Event]] = []
    while not handle.done and len(heard) < 30:
        mine: list[Event] = []
        heard.append(mine)
        handle.listen(mine.append)
    handle.result(20)
    done = [event for event in handle.events if not isinstance(event, Progress)]
    assert heard
    for events in heard:
        assert [event for event in events if not isinstance(event, Progress)] == done
