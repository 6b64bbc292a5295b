"""One run of one canvas: what starts when, what travels, how nodes and runs end."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from canvas_kit import (
    Canvas,
    Collector,
    Comparison,
    Display,
    Evaluation,
    Generation,
    ImageEvaluation,
    Input,
    Interception,
    ModelAdaption,
    Quality,
    RandomPrompt,
    Resolution,
    Run,
    Seed,
    run,
)
from canvas_kit.backends.base import MediaItem, MediaRequest, MediaResult, TextRequest
from canvas_kit.backends.scripted import plain_png
from canvas_kit.errors import BackendUnreachable, CanvasError, ContentRefused
from canvas_kit.events import Complete, NodeComplete
from canvas_kit.executor.engine import Engine
from canvas_kit.executor.run import RunHandle
from canvas_kit.nodes.base import Artifact, Inputs, NodeContext, NodeResult, RunnableNode
from canvas_kit.values import MAX_SEED, NodeState, Provenance, RunStatus
from tests.conftest import EngineMaker


def states(result: Run) -> dict[str, str]:
    return {report.node_id: report.state.value for report in result.nodes}


def complete_event(handle: RunHandle) -> Complete:
    last = handle.events[-1]
    assert isinstance(last, Complete)
    return last


def files(result: Run) -> list[str]:
    return [entity.file.removeprefix("final/") for entity in result.entities]


def by_words(**answers: Any) -> Any:
    """A text function that answers by what the prompt contains."""

    def answer(request: TextRequest) -> Any:
        for word, reply in answers.items():
            if word in request.prompt:
                return reply
        return request.prompt

    return answer


def test_the_main_job_leaves_three_numbered_files(engine: Engine) -> None:
    """Words, their interception and the picture, in canvas order."""
    canvas = Input("a market") >> Interception("stillepost") >> Generation() >> Collector()
    result = run(canvas, engine=engine, seed=7).result()
    assert result.status is RunStatus.COMPLETED
    assert files(result) == ["01_input.txt", "02_interception.txt", "03_generation.png"]
    assert [one.text for one in result.texts] == ["a market", "A MARKET"]
    assert result.images[0].seed == 7
    assert result.verify() == []


def test_independent_branches_run_at_the_same_time(make_engine: EngineMaker) -> None:
    """Each waits until the other has begun: one after the other, they would wait for ever."""
    engine, backend = make_engine(seconds=0.05)
    canvas = Input("x") >> [Generation(), Generation(), Generation()] >> Collector()
    assert run(canvas, engine=engine).result().status is RunStatus.COMPLETED
    assert backend.most_at_once == 3


def test_a_join_waits_for_its_slowest_branch(make_engine: EngineMaker) -> None:
    """What depends on two texts gets both, in canvas order, whichever is first."""
    engine, backend = make_engine(
        seconds=lambda request: 0.05 if getattr(request, "node_id", "") == "slow" else 0
    )
    join = Interception(instructions="join", id="join")
    slow, fast = (
        Interception(instructions="slow", id="slow"),
        Interception(instructions="fast", id="fast"),
    )
    run(Input("words") >> [slow, fast] >> join, engine=engine).result()
    assert backend.text_requests[-1].node_id == "join"
    assert backend.text_requests[-1].prompt == "WORDS\n\nWORDS"


def judged(engine: Engine, **fields: Any) -> tuple[Run, RunHandle]:
    """Runs a text through an evaluation with a way out at each port."""
    judge = Evaluation("custom", instructions="c", id="judge", **fields)
    canvas = Canvas(
        Input("draft", id="input") >> judge,
        judge.passed >> Generation(id="good"),
        judge.failed >> Interception(instructions="c", id="bad"),
        judge.commentary >> Display(id="said"),
        judge >> Collector(id="collector"),
    )
    handle = run(canvas, engine=engine)
    return handle.result(), handle


@pytest.mark.parametrize(
    ("score", "taken", "skipped"), [(8, "good", "bad"), (5, "good", "bad"), (4.9, "bad", "good")]
)
def test_a_verdict_opens_one_port(
    make_engine: EngineMaker, score: float, taken: str, skipped: str
) -> None:
    """It passes from 5 on; the branch not taken is skipped, with a reason, and is no failure."""
    engine, _ = make_engine(text=lambda _: {"score": score, "commentary": "because"})
    result, _ = judged(engine)
    assert result.status is RunStatus.COMPLETED
    assert states(result)[taken] == states(result)["said"] == "completed"
    assert states(result)[skipped] == "skipped"
    report = next(one for one in result.nodes if one.node_id == skipped)
    assert report.reason == "its branch was not taken"


def test_no_score_is_no_verdict_and_is_said(make_engine: EngineMaker) -> None:
    """Neither pass nor fail: both branches rest, the commentary goes on."""
    engine, _ = make_engine(text=lambda _: "I would rather not say.")
    result, handle = judged(engine)
    assert result.status is RunStatus.COMPLETED
    found = states(result)
    assert (found["good"], found["bad"], found["said"]) == ("skipped", "skipped", "completed")
    assert '"verdict": "no verdict"' in result["judge"][0].text
    (report,) = [one for one in result.nodes if one.node_id == "judge"]
    [warning] = report.warnings
    assert warning.startswith("The judge gave no score, so there is no verdict")
    assert [verdict.passed for verdict in result.verdicts] == [None]
    told = next(e for e in handle.events if isinstance(e, NodeComplete) and e.node_id == "judge")
    assert told.verdict == result.verdicts[0]


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ('Sure! ```json\n{"score": 3, "commentary": "flat"}\n```', 3),
        ("Score: 7,5. Lively.", 7.5),
        ("I give it 9 out of 10.", 9),
        ("Punkte: 2", 2),
        ("Note: -3", None),
        ('{"score": true}', None),
        ('{"score": "high"}', None),
        ('{"score": 11}', None),
        ('{"score": NaN}', None),
        ("{" * 5000, None),
    ],
)
def test_a_score_is_read_out_of_a_text(
    make_engine: EngineMaker, answer: str, score: float | None
) -> None:
    """Models wrap, translate and boast; what is not from 0 to 10 is no score."""
    engine, _ = make_engine(text=lambda _: answer)
    result, _ = judged(engine)
    assert result.verdicts[0].score == score


def test_the_threshold_is_the_evaluations_own(make_engine: EngineMaker) -> None:
    """With a threshold of 9, an 8 fails."""
    engine, _ = make_engine(text=lambda _: {"score": 8, "commentary": "c"})
    result, _ = judged(engine, threshold=9)
    assert states(result)["good"] == "skipped"


def test_a_skipped_branch_does_not_block_a_join(make_engine: EngineMaker) -> None:
    """A join runs with what did arrive."""
    engine, backend = make_engine(
        text=lambda r: {"score": 9, "commentary": "c"} if r.task == "evaluation" else r.prompt
    )
    judge, join = Evaluation(id="judge"), Interception(instructions="c", id="join")
    canvas = Canvas(
        Input("draft") >> judge,
        judge.failed >> Interception(instructions="c", id="bad") >> join,
        Input("other") >> join,
    )
    result = run(canvas, engine=engine).result()
    assert states(result)["bad"] == "skipped"
    assert [r.prompt for r in backend.text_requests if r.node_id == "join"] == ["other"]


def test_a_failed_node_fails_what_depends_on_it_and_no_neighbour(make_engine: EngineMaker) -> None:
    """The run is partial, and the collector lists what came and what did not, in canvas order."""

    def picture(request: MediaRequest) -> Any:
        if request.node_id == "g2":
            return BackendUnreachable("nobody at home", backend="lab")
        return plain_png(8, 8)

    engine, _ = make_engine(picture=picture)
    prompt, collector = Input("x"), Collector()
    generations = [Generation(id=f"g{number}") for number in range(5)]
    canvas = Canvas(
        prompt >> generations >> collector, generations[2] >> ImageEvaluation(id="looked")
    )
    handle = run(canvas, engine=engine)
    result = handle.result()
    assert result.status is RunStatus.PARTIAL
    assert states(result)["g2"] == states(result)["looked"] == "failed"
    assert [states(result)[f"g{n}"] for n in (0, 1, 3, 4)] == ["completed"] * 4
    collected = complete_event(handle).collected
    assert [item.node_id for item in collected] == [f"g{number}" for number in range(5)]
    assert [item.reason for item in collected] == ["", "", "nobody at home", "", ""]
    assert [item.output for item in collected[:2]] == [result["g0"], result["g1"]]
    assert result.reasons() == [
        "g2 (failed): nobody at home",
        "looked (failed): g2, which it depends on, failed: nobody at home",
    ]


def test_nothing_made_is_failed(make_engine: EngineMaker) -> None:
    """The user's own words alone are no result."""
    engine, _ = make_engine(text=lambda _: BackendUnreachable("away", backend="lab"))
    result = run(Input("x") >> Interception(instructions="c"), engine=engine).result()
    assert result.status is RunStatus.FAILED
    assert files(result) == ["01_input.txt"]


def test_an_invented_prompt_is_something_made(make_engine: EngineMaker) -> None:
    """A random prompt takes nothing in, but a model wrote it."""
    engine, _ = make_engine(picture=lambda _: BackendUnreachable("away", backend="lab"))
    result = run(RandomPrompt() >> Generation(), engine=engine).result()
    assert result.status is RunStatus.PARTIAL


def test_a_refusal_is_a_state_with_a_reason(make_engine: EngineMaker) -> None:
    """Moderation refused one picture: no crash, and its neighbour is there."""

    def picture(request: MediaRequest) -> Any:
        if request.node_id == "refused":
            return ContentRefused("not this", backend="lab")
        return plain_png(8, 8)

    engine, _ = make_engine(picture=picture)
    canvas = Input("x") >> [Generation(id="refused"), Generation(id="made")] >> Collector(id="all")
    handle = run(canvas, engine=engine)
    result = handle.result()
    assert result.status is RunStatus.PARTIAL
    assert states(result) == {
        "input_1": "completed",
        "refused": "refused",
        "made": "completed",
        "all": "completed",
    }
    assert result.reasons() == ["refused (refused): not this"]
    refused = complete_event(handle).collected[0]
    assert (refused.state, refused.reason) == (NodeState.REFUSED, "not this")


class Faulty(RunnableNode):
    """A node type with a fault of its own."""

    type = "input"
    keeps = "text"
    outputs = Input.outputs
    how: str = ""

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        import asyncio

        match self.how:
            case "raises":
                raise ZeroDivisionError("a fault")
            case "gives nothing":
                return None  # type: ignore[return-value]
            case "cancels itself":
                raise asyncio.CancelledError
        return NodeResult({"text": "t"}, (Artifact({"odd": {1, 2}, "half": "\ud800"}),))


@pytest.mark.parametrize("how", ["raises", "gives nothing", "cancels itself"])
def test_a_fault_in_a_node_type_fails_the_node_only(engine: Engine, how: str) -> None:
    """Whatever a third-party node does, its neighbours are made and the run ends."""
    canvas = Canvas.of(
        [
            Faulty(how=how, id="bad") >> Interception(instructions="c", id="after"),
            Input("x", id="good"),
        ]
    )
    result = run(canvas, engine=engine).result(20)
    assert states(result) == {"bad": "failed", "after": "failed", "good": "completed"}


def test_what_json_cannot_hold_is_recorded_all_the_same(engine: Engine) -> None:
    """A node's odd values become texts in the record; nothing that was made is lost."""
    result = run(Canvas.of(Faulty(id="odd")), engine=engine).result(20)
    assert result.status is RunStatus.COMPLETED
    assert "odd" in result["odd"][0].text
    assert Run.open(str(result.folder)).verify() == []


@pytest.mark.parametrize("broken", [b"", b"<html>busy</html>", plain_png(8, 8)[:-20]])
def test_bytes_that_are_no_picture_fail_the_node(make_engine: EngineMaker, broken: bytes) -> None:
    """Nothing is kept of them."""
    engine, _ = make_engine(picture=lambda _: broken)
    result = run(Input("x") >> Generation(id="g"), engine=engine).result()
    assert states(result)["g"] == "failed"
    assert files(result) == ["01_input.txt"]


def test_whole_files_are_kept_beside_a_broken_one(make_engine: EngineMaker) -> None:
    """Two of three pictures came whole: both are kept, and the run says what is missing."""
    items = tuple(
        MediaItem(data, seed=seed)
        for seed, data in enumerate([plain_png(8, 8), b"nothing", plain_png(9, 9)])
    )
    engine, _ = make_engine(picture=lambda _: MediaResult(items, Provenance("lab", "m")))
    result = run(Input("x") >> Generation(id="g"), engine=engine).result()
    assert files(result) == ["01_input.txt", "02_generation.png", "02_generation_2.png"]
    assert [entity.seed for entity in result.images] == [0, 2]
    assert "One of 3 files could not be kept" in str(result)
    assert result.status is RunStatus.PARTIAL
    assert "could not be kept" in " ".join(result.reasons())


def test_what_a_server_did_not_make_leaves_the_run_partial(make_engine: EngineMaker) -> None:
    """One of two pictures: the node is done, the run is not whole, and the reason is on record."""
    one = MediaResult(
        (MediaItem(plain_png(8, 8)),),
        Provenance("lab", "m"),
        ("1 of 2 pictures were made.",),
        ("1 of 2 pictures were made.",),
    )
    engine, _ = make_engine(picture=lambda _: one)
    result = run(Input("x") >> Generation(id="g") >> Collector(), engine=engine).result()
    assert result.status is RunStatus.PARTIAL
    assert states(result)["g"] == "completed"
    assert result.reasons() == ["g (completed): 1 of 2 pictures were made."]
    assert len(result.images) == 1


def test_a_generation_takes_two_texts_a_picture_and_parameters(make_engine: EngineMaker) -> None:
    """Each through its own port."""
    engine, backend = make_engine()
    start, generation = Generation(id="start"), Generation(id="end")
    canvas = Canvas(
        Input("words") >> [start, generation],
        Input("not this") >> generation.second_text,
        start >> generation,
        [Seed(5), Resolution(128, 64), Quality(12, 3.5)] >> generation,
    )
    result = run(canvas, engine=engine, seed=99).result()
    first, second = backend.media_requests
    assert (first.seed, first.width, first.start_image) == (99, None, None)
    assert (second.prompt, second.second_text) == ("words", "not this")
    assert (second.seed, second.width, second.height) == (5, 128, 64)
    assert (second.steps, second.cfg) == (12, 3.5)
    assert second.start_image == result["start"][0].bytes
    assert (result["end"][0].width, result["end"][0].height) == (128, 64)
    assert set(result["end"][0].parents) == {
        "final/01_input.txt",
        "final/02_generation.png",
        "final/03_input.txt",
    }


@pytest.mark.parametrize("seed", [0, 1, MAX_SEED])
def test_the_runs_seed_is_used_and_recorded(make_engine: EngineMaker, seed: int) -> None:
    """From the first to the last seed there is."""
    engine, backend = make_engine()
    result = run(Input("x") >> Generation(), engine=engine, seed=seed).result()
    assert backend.media_requests[0].seed == result.images[0].seed == result.seed == seed
    assert Run.open(str(result.folder)).seed == seed


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, True, 1.5, "7"])
def test_a_seed_out_of_range_runs_nothing(engine: Engine, seed: Any) -> None:
    """It is told before anything is written."""
    with pytest.raises(CanvasError, match="seed should be a whole number"):
        run(Input("x") >> Generation(), engine=engine, seed=seed)
    assert not engine.settings.exports.exists()


def test_a_drawn_seed_is_on_record(make_engine: EngineMaker) -> None:
    """Also where none was given."""
    engine, backend = make_engine()
    results = [run(Input("x") >> Generation(), engine=engine).result() for _ in range(2)]
    seeds = [result.seed for result in results]
    assert [request.seed for request in backend.media_requests] == seeds
    assert seeds[0] != seeds[1]


def test_the_modes_of_a_seed_node(make_engine: EngineMaker) -> None:
    """Fixed keeps its value, batch takes the run's, increment counts, random repeats with it."""
    engine, backend = make_engine()

    def drawn(node: Seed, run_seed: int) -> int:
        run([node, Input("x")] >> Generation(), engine=engine, seed=run_seed).result()
        assert backend.media_requests[-1].seed is not None
        return backend.media_requests[-1].seed

    assert drawn(Seed(MAX_SEED), 3) == MAX_SEED
    assert drawn(Seed(0), 3) == 0
    assert drawn(Seed(mode="batch"), 3) == 3
    assert drawn(Seed(10, mode="increment"), 3) == 10
    assert drawn(Seed(10, mode="increment", base=20), 3) == 20
    assert drawn(Seed(mode="random"), 3) == drawn(Seed(mode="random"), 3)
    assert drawn(Seed(mode="random"), 3) != drawn(Seed(mode="random"), 4)


def test_texts_are_compared_in_the_order_of_their_labels(make_engine: EngineMaker) -> None:
    """By number, not by who was connected or finished first; the unnumbered come last."""
    engine, backend = make_engine(
        text=lambda r: {"score": 9, "commentary": "third"} if r.task == "evaluation" else r.prompt
    )
    comparison, judge = Comparison(), Evaluation()
    canvas = Canvas(
        Input("last") >> comparison,
        Input("tenth") >> comparison.text(10),
        Input("judged") >> judge,
        judge.commentary >> comparison.text(3),
        Input("first") >> comparison.text(1),
    )
    run(canvas, engine=engine).result()
    texts = [passage.text for passage in backend.text_requests[-1].passages]
    assert texts == ["first", "third", "tenth", "last"]


def test_a_display_is_only_a_tap(engine: Engine) -> None:
    """The picture goes on past it, and it records nothing."""
    result = run(
        Input("x") >> Generation() >> [Display("look"), Collector()], engine=engine
    ).result()
    assert files(result) == ["01_input.txt", "02_generation.png"]
    assert result.status is RunStatus.COMPLETED


def test_an_adaption_to_none_passes_the_prompt_on(make_engine: EngineMaker) -> None:
    """Without asking any model."""
    engine, backend = make_engine()
    result = run(Input("x") >> ModelAdaption("none") >> Generation(), engine=engine).result()
    assert backend.text_requests == []
    assert result.texts[1].text == "x"


def test_a_thousand_branches_meet_in_one_collector(make_engine: EngineMaker) -> None:
    """No cap on executions: every item is there, in canvas order, whichever was first."""
    engine, _ = make_engine(capacity=64, seconds=lambda r: (hash(r.job_id) % 7) / 1000)
    generations = [Generation(id=f"g{number:04}") for number in range(1000)]
    canvas = Input("x") >> generations >> Collector(id="all")
    handle = run(canvas, engine=engine, record=False)
    result = handle.result()
    assert result.status is RunStatus.COMPLETED
    collected = [item.node_id for item in complete_event(handle).collected]
    assert collected == [node.id for node in generations]
    assert len(result.images) == 1000
    assert result.images[0].file == "final/0002_generation.png"


def test_a_chain_of_five_thousand_nodes_runs(engine: Engine) -> None:
    """No recursion: depth costs no stack."""
    chain = Canvas.of(Input("x") >> ModelAdaption())
    following: Any = Input("x", id="start")
    for number in range(4999):
        following = following >> ModelAdaption(id=f"m{number}")
    result = run(following, engine=engine, record=False).result()
    assert len(result.entities) == 5000
    assert chain.problems() == []


def test_a_canvas_with_problems_leaves_nothing_behind(engine: Engine) -> None:
    """Neither a folder nor a thread."""
    threads = threading.active_count()
    with pytest.raises(CanvasError, match="nobody"):
        run(Input("x") >> Generation("nobody/there"), engine=engine)
    assert not engine.settings.exports.exists()
    assert threading.active_count() == threads


def test_states_are_those_of_the_manifest(engine: Engine) -> None:
    """Every node is listed, in canvas order."""
    result = run(Input("x") >> Generation() >> Collector(), engine=engine).result()
    reopened = Run.open(str(result.folder))
    assert reopened == result
    assert all(report.state is NodeState.COMPLETED for report in reopened.nodes)
