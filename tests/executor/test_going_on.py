"""What of a run is made when it is gone on with, and what is left as it is."""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner

from canvas_kit import (
    Canvas,
    Collector,
    Display,
    Evaluation,
    Generation,
    ImageInput,
    Input,
    Interception,
    Run,
    continue_run,
    run,
)
from canvas_kit.backends.base import (
    MediaItem,
    MediaRequest,
    MediaResult,
    Reporter,
    TextRequest,
    TextResult,
)
from canvas_kit.backends.scripted import ScriptedBackend, plain_png
from canvas_kit.canvas.graph import Port
from canvas_kit.cli.main import app
from canvas_kit.errors import (
    BackendBusy,
    BackendRejected,
    BackendTimeout,
    ContentRefused,
    JobLost,
    RecordError,
)
from canvas_kit.events import NodeComplete
from canvas_kit.executor import run as run_module
from canvas_kit.executor.engine import Engine
from canvas_kit.executor.options import RunOptions
from canvas_kit.executor.run import RunHandle
from canvas_kit.nodes.base import Artifact, Inputs, NodeContext, NodeResult, RunnableNode, Value
from canvas_kit.recorder.names import JOURNAL, METADATA, PARTIAL
from canvas_kit.recorder.recorder import CanvasRecorder
from canvas_kit.settings import Settings
from canvas_kit.values import Entity, Media, Provenance, RunStatus


class Studio(ScriptedBackend):
    """A server that charges for each request, and may keep what it has made."""

    def __init__(self, *, paid: bool = True, **scripted: Any) -> None:
        super().__init__("lab", **scripted)
        self.paid = paid
        self.kept: dict[str, MediaResult | Exception] = {}
        self.keeps = False
        self.fetched: list[str] = []
        self.busy = 0

    async def write(self, request: TextRequest, reporter: Reporter) -> TextResult:
        await reporter.submitting(f"text {len(self.text_requests)}")
        return await super().write(request, reporter)

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        await reporter.submitting(request.job_id)
        result = await super().generate(request, reporter)
        if self.keeps:
            self.kept[request.job_id] = result
            raise BackendTimeout("the connection broke", backend="lab", maybe_done=True)
        return result

    async def fetch_job(self, job_id: str, noted: Mapping[str, Any]) -> MediaResult:
        self.fetched.append(job_id)
        if self.busy:
            self.busy -= 1
            raise BackendBusy("not yet", backend="lab")
        if job_id not in self.kept:
            raise JobLost("not known", backend="lab")
        found = self.kept[job_id]
        if isinstance(found, Exception):
            raise found
        return found

    @property
    def asked(self) -> int:
        return len(self.text_requests) + len(self.media_requests)


@pytest.fixture
def studio_engine(settings: Settings) -> Any:
    """Makes an engine with a studio; another one for each attempt, as another process has."""
    engines = []

    def make(studio: Studio) -> Engine:
        engines.append(Engine(settings, backends={"lab": studio}))
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


def states(result: Run) -> dict[str, str]:
    return {report.node_id: report.state.value for report in result.nodes}


def go_on(result: Run, engine: Engine, **more: Any) -> Run:
    assert result.folder is not None
    again = continue_run(result.folder, engine=engine, **more).result(30)
    assert Run.open(result.folder) == again
    assert again.verify() == []
    assert len({entity.file for entity in again}) == len(again)
    return again


def chain(**fields: Any) -> Canvas:
    how = Interception("bauhaus", id="how", **fields)
    return Canvas.of(
        Input("a boat", id="words") >> how >> Generation(id="picture") >> Collector(id="all")
    )


def once(fault: Exception, then: Any) -> Any:
    """A function that fails the first time."""
    answers = itertools.chain([fault], itertools.repeat(then))
    return lambda _: next(answers)


def test_only_what_failed_and_what_depends_on_it_runs(studio_engine: Any) -> None:
    """What was made is told as kept; a node beside the failed one is not asked again."""
    studio = Studio(text=once(BackendRejected("bad", backend="lab"), "said"))
    engine = studio_engine(studio)
    sources = Input("a boat", id="words")
    canvas = Canvas(
        sources >> Generation(id="beside") >> Collector(id="all"),
        sources >> Interception("bauhaus", id="how") >> Generation(id="behind"),
    )
    first = run(canvas, engine=engine, seed=3).result(30)
    assert states(first) == {
        "words": "completed", "beside": "completed", "all": "completed",
        "how": "failed", "behind": "failed",
    }  # fmt: skip
    handle = continue_run(first, engine=engine)
    second = handle.result(30)
    assert second.status is RunStatus.COMPLETED
    assert [one.node_id for one in studio.media_requests] == ["beside", "behind"]
    assert len(studio.text_requests) == 2
    assert second.about["attempt"] == 2
    assert second.id == first.id
    assert [*first] == [one for one in second if one.node_id in ("words", "beside")]
    kept = {one.node_id: one.reused_from for one in handle.events if isinstance(one, NodeComplete)}
    assert kept["beside"] == first.id
    assert kept["how"] == ""
    assert second.verify() == []


def test_a_run_that_made_everything_stays_as_it_is(studio_engine: Any) -> None:
    """No line is added to its journal."""
    engine = studio_engine(studio := Studio())
    first = run(chain(), engine=engine).result(30)
    assert first.folder is not None
    journal = (first.folder / JOURNAL).read_bytes()
    assert go_on(first, engine) == first
    assert (first.folder / JOURNAL).read_bytes() == journal
    assert studio.asked == 2


def test_a_cancelled_run_is_gone_on_with(studio_engine: Any) -> None:
    """What had been sent to a free server is sent again; what had come is kept."""
    begun = threading.Event()

    def seconds(request: Any) -> float:
        if isinstance(request, MediaRequest):
            begun.set()
            return 60
        return 0

    handle = run(chain(), engine=studio_engine(Studio(paid=False, seconds=seconds)), seed=1)
    assert begun.wait(20)
    handle.cancel()
    first = handle.result(30)
    assert first.status is RunStatus.CANCELLED
    assert not any(report.maybe_done for report in first.nodes)
    second = go_on(first, studio_engine(studio := Studio(paid=False)))
    assert second.status is RunStatus.COMPLETED
    assert studio.asked == 1


def test_a_paid_request_is_sent_again_only_after_a_yes(studio_engine: Any) -> None:
    """Its node says so, in its report and in words, as often as it is gone on with."""
    lost = BackendTimeout("no answer", backend="lab", maybe_done=True)
    studio = Studio(picture=once(lost, plain_png(8, 8)))
    engine = studio_engine(studio)
    first = run(chain(), engine=engine).result(30)
    for _ in range(2):
        second = go_on(first, engine)
        assert second.status is RunStatus.PARTIAL
        report = next(one for one in second.nodes if one.node_id == "picture")
        assert report.maybe_done
        assert "Maybe done: a request was sent to lab at 20" in report.reason
        assert "pay_again=True" in report.reason
    assert studio.asked == 2
    third = go_on(first, engine, pay_again=True)
    assert third.status is RunStatus.COMPLETED
    assert third.about["attempt"] == 4
    assert studio.asked == 3
    assert not any(report.maybe_done for report in third.nodes)


def test_an_answer_that_nothing_was_made_settles_a_request(studio_engine: Any) -> None:
    """It is sent again without a question."""
    nothing = BackendRejected("wrong size", backend="lab")
    engine = studio_engine(studio := Studio(picture=once(nothing, plain_png(8, 8))))
    first = run(chain(), engine=engine).result(30)
    assert not any(report.maybe_done for report in first.nodes)
    assert go_on(first, engine).status is RunStatus.COMPLETED
    assert studio.asked == 3


def test_a_refusal_is_a_result(studio_engine: Any) -> None:
    """It is not asked for again, whatever else was missing."""
    faults = {"no": ContentRefused("not this", backend="lab")}

    def picture(request: MediaRequest) -> Any:
        return faults.get(request.node_id) or plain_png(8, 8)

    faults["later"] = BackendRejected("not yet", backend="lab")  # type: ignore[assignment]
    engine = studio_engine(studio := Studio(picture=picture))
    canvas = Canvas.of(Input("x") >> [Generation(id="no"), Generation(id="later")])
    first = run(canvas, engine=engine).result(30)
    del faults["later"]
    second = go_on(first, engine)
    assert states(second) | {"input_1": ""} == {
        "input_1": "",
        "no": "refused",
        "later": "completed",
    }
    assert [one.node_id for one in studio.media_requests].count("no") == 1
    assert "not this" in " ".join(second.reasons())


def test_a_job_that_was_sent_is_fetched_by_its_id(studio_engine: Any) -> None:
    """Nothing is made anew; a server that is still at work is waited for."""
    studio = Studio()
    studio.keeps = True
    first = run(chain(), engine=studio_engine(studio)).result(30)
    assert first.status is RunStatus.PARTIAL
    studio.busy = 1
    second = go_on(first, studio_engine(studio))
    assert second.status is RunStatus.COMPLETED
    assert len(studio.media_requests) == 1
    assert studio.fetched == [studio.media_requests[0].job_id] * 2
    assert second["picture"].only.details["fetched_later"] is True
    assert "Fetched by the id of its job" in " ".join(second.nodes[2].warnings)


def three(seed: int, *, missing: tuple[str, ...] = ()) -> MediaResult:
    items = (MediaItem(plain_png(8, 8, seed + n), source={"name": n}) for n in range(3))
    return MediaResult(tuple(items), Provenance("lab", "m"), missing, missing)


@pytest.mark.parametrize("paid", [False, True])
def test_of_several_pictures_those_that_are_there_stay(
    studio_engine: Any, monkeypatch: pytest.MonkeyPatch, paid: bool
) -> None:
    """The record broke after the first; the others are made, or only said to be lost."""
    put = CanvasRecorder._put

    def breaking(self: CanvasRecorder, entity: Entity, *arguments: Any) -> None:
        if entity.part == 2:
            raise RecordError("the disk is full")
        put(self, entity, *arguments)

    studio = Studio(paid=paid, picture=lambda _: three(1))
    engine = studio_engine(studio)
    with monkeypatch.context() as patched:
        patched.setattr(CanvasRecorder, "_put", breaking)
        handle = run(chain(), engine=engine)
        with pytest.raises(RecordError, match="disk is full"):
            handle.result(30)
    folder = next(engine.settings.exports.glob("json/*/*/canvas_run_*"))
    first = Run.open(folder)
    assert len(first.images) == 1
    second = go_on(first, engine)
    if paid:
        assert second.status is RunStatus.PARTIAL
        assert len(studio.media_requests) == 1
        assert second.images[0] == first.images[0]
        second = go_on(first, engine, pay_again=True)
    assert second.status is RunStatus.COMPLETED
    assert len(studio.media_requests) == 2
    assert [one.file for one in second.images] == [
        "final/03_generation.png", "final/03_generation_2.png", "final/03_generation_3.png",
    ]  # fmt: skip
    assert second.images[0] == first.images[0]


def test_what_was_missing_stays_missing(studio_engine: Any) -> None:
    """A run that is partial for that reason alone does not ask again, and stays partial."""
    engine = studio_engine(studio := Studio(picture=lambda _: three(1, missing=("3 of 4 came.",))))
    first = run(chain(), engine=engine).result(30)
    assert first.status is RunStatus.PARTIAL
    second = go_on(first, engine)
    assert second.status is RunStatus.PARTIAL
    assert second.reasons() == first.reasons()
    assert [*second] == [*first]
    assert len(studio.media_requests) == 1


def test_a_verdict_keeps_its_branch(studio_engine: Any) -> None:
    """What was skipped is skipped again; the judge is not asked; the words go on as they were."""

    def text(request: TextRequest) -> Any:
        if request.node_id == "judge":
            return {"score": 3, "commentary": "too plain"}
        return "a draft"

    judge = Evaluation(id="judge")
    canvas = Canvas(
        Input("x") >> judge,
        judge.passed >> Generation(id="good"),
        judge.failed >> Generation(id="bad"),
        judge.commentary >> Interception("bauhaus", id="said") >> Display(id="shown"),
    )
    lost = BackendRejected("later", backend="lab")
    engine = studio_engine(studio := Studio(text=text, picture=once(lost, plain_png(8, 8))))
    first = run(canvas, engine=engine).result(30)
    assert states(first)["bad"] == "failed"
    second = go_on(first, engine)
    assert second.status is RunStatus.COMPLETED
    assert states(second)["good"] == "skipped"
    assert len(studio.text_requests) == 2
    assert studio.media_requests[0].prompt == studio.media_requests[1].prompt
    assert "too plain" in studio.media_requests[1].prompt
    assert [one.outcome for one in second.verdicts] == ["failed"]


def test_a_loop_goes_on_in_its_round(studio_engine: Any) -> None:
    """The judge failed in round 2: rounds before are kept, with what was said of them."""
    judged = itertools.chain(
        [{"score": 1, "commentary": "one"}, BackendRejected("down", backend="lab")],
        [{"score": 2, "commentary": "two"}, {"score": 9, "commentary": "three"}],
    )
    drafts = itertools.count(1)

    def text(request: TextRequest) -> Any:
        return next(judged) if request.node_id == "judge" else f"draft {next(drafts)}"

    how, judge = Interception("bauhaus", id="how", max_feedback_rounds=4), Evaluation(id="judge")
    canvas = Canvas(
        Input("x") >> how >> judge, judge.failed >> how, judge.passed >> Collector(id="all")
    )
    engine = studio_engine(studio := Studio(text=text))
    first = run(canvas, engine=engine).result(30)
    assert states(first)["judge"] == "failed"
    second = go_on(first, engine)
    assert second.status is RunStatus.COMPLETED
    assert [one.text for one in second["how"]] == ["draft 1", "draft 2", "draft 3"]
    assert [one.score for one in second.verdicts] == [1, 2, 9]
    third = studio.text_requests[-2]
    assert [passage.text for passage in third.passages][1:] == ["draft 2", "two"]


class Splitting(RunnableNode):
    """Gives two texts and a picture through three ports; keeps one text and the picture."""

    type = "going_on_splitting"
    inputs = Interception.inputs
    outputs = (*Interception.outputs, *Evaluation.outputs[:2])
    keeps = "text"
    times: ClassVar[int] = 0

    def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        type(self).times += 1
        media = Media(plain_png(4, 4, type(self).times), "image/png", 4, 4)
        words = f"{inputs.text('text')} {type(self).times}"
        outputs: dict[str, Value] = {"text": words, "passed": media, "failed": "not kept"}
        return NodeResult(outputs, (Artifact(media), Artifact({"odd": words})), ("a warning",))


def test_a_node_type_of_another_is_kept_with_all_that_it_gave(studio_engine: Any) -> None:
    """Several ports, several files, a warning; what is in no file comes from the journal."""
    Splitting.times = 0
    node = Splitting(id="split")
    canvas = Canvas(
        Input("x") >> node,
        Port(node, "text", outgoing=True) >> Interception("bauhaus", id="how"),
        Port(node, "passed", outgoing=True) >> Display(id="shown"),
        Port(node, "failed", outgoing=True) >> Interception("bauhaus", id="other"),
    )
    fault = BackendRejected("later", backend="lab")
    engine = studio_engine(studio := Studio(text=once(fault, "said")))
    first = run(canvas, engine=engine).result(30)
    # Its type is registered nowhere, so that the canvas is given, as a batch does.
    plan = engine.prepare(canvas)
    handle = RunHandle(engine, plan.canvas, seed=first.seed or 0, run_id=first.id)
    handle.start(handle.execute(plan, RunOptions.of(engine.settings), earlier=first, attempt=7))
    second = handle.result(30)
    assert second.status is RunStatus.COMPLETED
    assert second.about["attempt"] == 7
    assert second.verify() == []
    assert Splitting.times == 1
    assert second.nodes[1].warnings == ("a warning",)
    assert {"x 1", "not kept"} == {one.prompt for one in studio.text_requests}


def test_another_run_is_not_taken_for_it(studio_engine: Any) -> None:
    """Not one with another canvas, nor one whose folder lacks what is needed."""
    fault = BackendRejected("later", backend="lab")
    engine = studio_engine(Studio(text=once(fault, "said")))
    first = run(chain(), engine=engine, seed=4).result(30)
    for canvas, seed, what in (
        (chain(instructions="x"), 4, "canvas"),
        (chain(), 5, "seed"),
    ):
        plan = engine.prepare(canvas)
        handle = RunHandle(engine, plan.canvas, seed=seed, run_id=first.id)
        handle.start(handle.execute(plan, RunOptions.of(engine.settings), earlier=first))
        with pytest.raises(RecordError, match=f"has the {what} "):
            handle.result(30)
    with pytest.raises(RecordError, match="was not recorded"):
        continue_run(run(chain(), engine=engine, record=False).result(30), engine=engine)
    with pytest.raises(RecordError, match="not a folder"):
        continue_run("nowhere", engine=engine)


def test_a_run_is_continued_by_one_at_a_time(studio_engine: Any) -> None:
    """While it goes on, it cannot be gone on with; and its manifest says that it is not over."""
    begun = threading.Event()

    def text(request: TextRequest) -> Any:
        return BackendRejected("later", backend="lab")

    first = run(chain(), engine=studio_engine(Studio(text=text))).result(30)
    assert first.folder is not None

    def seconds(_: Any) -> float:
        begun.set()
        return 60

    engine = studio_engine(Studio(seconds=seconds))
    handle = continue_run(first, engine=engine)
    assert begun.wait(20)
    assert Run.open(first.folder).status is RunStatus.RUNNING
    assert json.loads((first.folder / METADATA).read_text())["status"] == "interrupted"
    assert Run.open(first.folder).verify() == []
    with pytest.raises(RecordError, match="another process"):
        continue_run(first, engine=engine).result(30)
    handle.cancel()
    assert handle.result(30).status is RunStatus.CANCELLED
    assert json.loads((first.folder / METADATA).read_text())["status"] == "cancelled"


def test_leftovers_are_no_obstacle(studio_engine: Any) -> None:
    """A half-written text, a whole picture without its name, a torn line."""
    fault = BackendRejected("later", backend="lab")
    engine = studio_engine(studio := Studio(picture=once(fault, plain_png(8, 8))))
    first = run(chain(), engine=engine).result(30)
    assert first.folder is not None
    aside = first.folder / PARTIAL
    aside.mkdir()
    (aside / "03_generation.png").write_bytes(plain_png(9, 9))
    (aside / "02_interception_2.txt").write_text("half a te")
    (aside / "03_generation_2.png").write_bytes(plain_png(9, 9)[:-20])
    with (first.folder / JOURNAL).open("ab") as file:
        file.write(b'{"event":"entity","number":3,"node')
    second = go_on(first, engine)
    assert second.status is RunStatus.COMPLETED
    assert second.images[0].bytes == plain_png(9, 9)
    assert "recovered" in second.images[0].details
    assert len(studio.media_requests) == 1
    assert not aside.exists()


def test_a_changed_file_is_not_built_upon(studio_engine: Any) -> None:
    """What was recorded is not what it was: nothing further is made of it."""
    fault = BackendRejected("later", backend="lab")
    engine = studio_engine(Studio(picture=once(fault, plain_png(8, 8))))
    first = run(chain(), engine=engine).result(30)
    first["how"].path.write_text("something else")
    again = continue_run(first, engine=engine).result(30)
    assert again.status is not RunStatus.COMPLETED
    assert "not what was recorded" in " ".join(again.reasons())


def test_a_picture_that_is_on_record_may_be_gone(studio_engine: Any, tmp_path: Path) -> None:
    """The run goes on with the one in its folder."""
    start = tmp_path / "start.png"
    start.write_bytes(plain_png(8, 8, 5))
    fault = BackendRejected("later", backend="lab")
    engine = studio_engine(studio := Studio(picture=once(fault, plain_png(9, 9))))
    picture = Generation(id="g")
    canvas = Canvas(Input("x") >> picture, ImageInput(str(start), id="start") >> picture)
    first = run(canvas, engine=engine).result(30)
    start.unlink()
    assert go_on(first, engine).status is RunStatus.COMPLETED
    assert studio.media_requests[-1].start_image == plain_png(8, 8, 5)


def test_numbers_go_on_without_gaps(studio_engine: Any) -> None:
    """Of entities of each kind, in the order in which they came."""
    fault = BackendRejected("later", backend="lab")
    engine = studio_engine(Studio(picture=once(fault, plain_png(8, 8))))
    source = Input("x")
    canvas = Canvas(
        source >> Generation(id="a"), source >> Interception("bauhaus") >> Generation(id="b")
    )
    second = go_on(run(canvas, engine=engine).result(30), engine)
    assert sorted(one.index for one in second.images) == [0, 1]
    assert sorted(one.index for one in second.texts) == [0, 1]
    assert [one.number for one in second] == [1, 2, 3, 4]


def test_what_the_page_shows_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples of the executor's page, in order."""
    page = (Path(run_module.__file__).parent / "README.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    settings = Settings.load(exports=tmp_path / "exports", cache_folder=tmp_path / "cache")
    with Engine(settings) as engine:
        monkeypatch.setattr(run_module, "default_engine", lambda: engine)
        for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
            exec(code, names)
    assert names["second"]["interception_1"].only.provenance.reused_from["run_id"] == (
        names["first"].id
    )


def test_a_run_is_gone_on_with_from_a_terminal(
    studio_engine: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`canvas-kit resume FOLDER`, with the models that the settings name now."""
    fault = BackendRejected("later", backend="lab")
    first = run(chain(), engine=studio_engine(Studio(text=once(fault, "x")))).result(30)
    monkeypatch.setenv("CANVAS_KIT_EXPORTS", str(settings.exports))
    wrong = CliRunner().invoke(app, ["resume", str(first.folder), "--concurrency", "2"])
    assert wrong.exit_code == 2
    told = CliRunner().invoke(app, ["resume", str(first.folder)])
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines()[-1] == str(first.folder)
    assert first.folder is not None
    assert Run.open(first.folder).status is RunStatus.COMPLETED
