"""Feedback loops: rounds, their record, their end."""

from __future__ import annotations

from typing import Any

import pytest

from canvas_kit import Canvas, Collector, Evaluation, Generation, Input, Interception, Run, run
from canvas_kit.backends.base import MediaRequest, TextRequest
from canvas_kit.backends.scripted import plain_png
from canvas_kit.errors import BackendUnreachable
from canvas_kit.values import MAX_SEED, RunStatus
from tests.conftest import EngineMaker
from tests.executor.test_running import complete_event, files, states


def told(request: TextRequest) -> tuple[str, str]:
    """The draft and the judge's words that came with a request; empty in a first round."""
    headed = [passage.text for passage in request.passages if passage.heading]
    return (headed[0], headed[1]) if headed else ("", "")


class Judge:
    """Fails what it is shown so many times, node by node."""

    def __init__(self, **failures: int) -> None:
        self.failures = failures
        self.said: dict[str, int] = {}

    def __call__(self, request: TextRequest) -> Any:
        if request.task != "evaluation":
            return f"{request.node_id} {len(told(request)[1])}"
        count = self.said[request.node_id] = self.said.get(request.node_id, 0) + 1
        score = 1 if count <= self.failures.get(request.node_id, 0) else 9
        return {"score": score, "commentary": "!" * count}


def loop(rounds: int = 3) -> Canvas:
    """A draft that is judged, drawn when it passes, and sent back when it does not."""
    draft = Interception(instructions="c", id="draft", max_feedback_rounds=rounds)
    judge, generation, collector = Evaluation(id="judge"), Generation(id="g"), Collector(id="all")
    return Canvas(
        Input("words", id="input") >> draft >> judge,
        judge.passed >> generation >> collector,
        judge.failed >> draft,
        judge.commentary >> collector,
    )


def test_every_round_is_recorded(make_engine: EngineMaker) -> None:
    """Drafts and verdicts one by one, by name, with what each was made from."""
    engine, backend = make_engine(text=Judge(judge=2))
    handle = run(loop(), engine=engine)
    result = handle.result()
    assert result.status is RunStatus.COMPLETED
    assert files(result) == [
        "01_input.txt",
        "02_interception.txt",
        "02_interception_round2.txt",
        "02_interception_round3.txt",
        "03_evaluation.json",
        "03_evaluation_round2.json",
        "03_evaluation_round3.json",
        "04_generation_round3.png",
    ]
    drafts = [request for request in backend.text_requests if request.node_id == "draft"]
    assert [told(request) for request in drafts] == [
        ("", ""),
        ("draft 0", "!"),
        ("draft 1", "!!"),
    ]
    assert "draft 1" in drafts[2].prompt
    assert "!!" in drafts[2].prompt
    assert result["draft"][2].parents == ("final/01_input.txt", "final/03_evaluation_round2.json")
    assert len({request.seed for request in drafts}) == 3
    collected = complete_event(handle).collected
    assert [item.node_id for item in collected] == ["g", "judge"]
    assert Run.open(str(result.folder)) == result


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_at_the_limit_the_last_draft_goes_on(make_engine: EngineMaker, rounds: int) -> None:
    """An ordinary outcome: completed, and said."""
    engine, _ = make_engine(text=Judge(judge=100))
    result = run(loop(rounds), engine=engine).result()
    assert result.status is RunStatus.COMPLETED
    assert len(result["draft"]) == len(result["judge"]) == rounds + 1
    assert len(result["g"]) == 1
    assert result["g"][0].round == rounds + 1
    said = result["judge"][-1].text
    assert '"limit_reached": true' in said
    assert f"still failed in round {rounds + 1}, the last one" in str(result)


def test_two_loops_that_touch_take_turns(make_engine: EngineMaker) -> None:
    """The inner and the outer loop each have their rounds, and their words stay apart."""
    engine, backend = make_engine(text=Judge(inner=1, outer=1))
    first = Interception(instructions="c", id="first")
    second = Interception(instructions="c", id="second")
    inner, outer = Evaluation(id="inner"), Evaluation(id="outer")
    canvas = Canvas(
        Input("x") >> first >> inner,
        inner.passed >> second >> outer,
        inner.failed >> first,
        outer.failed >> first,
        outer.passed >> Collector(id="all"),
    )
    result = run(canvas, engine=engine).result(30)
    assert result.status is RunStatus.COMPLETED
    assert [one.round for one in result["first"]] == [1, 2, 3]
    assert [one.round for one in result["second"]] == [2, 3]
    said = [told(request)[1] for request in backend.text_requests if request.node_id == "first"]
    assert said == ["", "!", "!"]


def test_feedback_is_forgotten_in_a_round_that_another_loop_starts(
    make_engine: EngineMaker,
) -> None:
    """What was said of an older draft is not said again of one made from new words."""
    engine, backend = make_engine(text=Judge(near=1, far=1))
    early, late = (
        Interception(instructions="c", id="early"),
        Interception(instructions="c", id="late"),
    )
    near, far = Evaluation(id="near"), Evaluation(id="far")
    canvas = Canvas(
        Input("x") >> early >> late >> near,
        near.failed >> late,
        near.passed >> far,
        far.failed >> early,
    )
    result = run(canvas, engine=engine).result(30)
    said = [told(request)[1] for request in backend.text_requests if request.node_id == "late"]
    assert said == ["", "!", ""]
    assert result["late"][2].parents == ("final/02_interception_round2.txt",)
    assert states(result)["far"] == "completed"


def test_one_verdict_can_send_back_several(make_engine: EngineMaker) -> None:
    """Both targets get a new round, told of their own drafts."""
    engine, backend = make_engine(text=Judge(judge=2))
    judge = Evaluation(id="judge")
    left, right = (
        Interception(instructions="c", id="left"),
        Interception(instructions="c", id="right"),
    )
    canvas = Canvas(Input("x") >> [left, right] >> judge, judge.failed >> [left, right])
    result = run(canvas, engine=engine).result(30)
    assert [one.round for one in result["left"]] == [1, 2, 3]
    assert [one.round for one in result["right"]] == [1, 2, 3]
    assert [told(r)[0] for r in backend.text_requests if r.node_id == "right"] == [
        "",
        "right 0",
        "right 1",
    ]


def test_a_failure_in_a_later_round_keeps_what_was_made(make_engine: EngineMaker) -> None:
    """The first draft is on record, so the run is partial and not failed."""
    judge = Judge(judge=1)

    def answer(request: TextRequest) -> Any:
        if told(request)[1]:
            return BackendUnreachable("gone", backend="lab")
        return judge(request)

    engine, _ = make_engine(text=answer)
    result = run(loop(), engine=engine).result()
    assert result.status is RunStatus.PARTIAL
    assert files(result) == ["01_input.txt", "02_interception.txt", "03_evaluation.json"]
    assert states(result)["g"] == "failed"


def test_a_picture_can_be_sent_back(make_engine: EngineMaker) -> None:
    """A judged picture is drawn anew with the next seed, also behind the last one."""
    judge = Judge(judge=1)

    def picture(request: MediaRequest) -> bytes:
        return plain_png(8, 8, (request.seed or 0) & 0xFFFFFF)

    engine, backend = make_engine(text=judge, picture=picture)
    generation, verdict = Generation(id="g"), Evaluation(id="judge")
    canvas = Canvas(Input("x") >> generation >> verdict, verdict.failed >> generation)
    result = run(canvas, engine=engine, seed=MAX_SEED).result()
    assert [request.seed for request in backend.media_requests] == [MAX_SEED, 0]
    assert files(result)[1:3] == ["02_generation.png", "02_generation_round2.png"]


def test_a_fixed_seed_stays_through_the_rounds(make_engine: EngineMaker) -> None:
    """What the user has fixed is not moved."""
    engine, backend = make_engine(text=Judge(judge=1))
    generation, verdict = Generation(id="g", seed=5), Evaluation(id="judge")
    canvas = Canvas(Input("x") >> generation >> verdict, verdict.failed >> generation)
    run(canvas, engine=engine, seed=1).result()
    assert [request.seed for request in backend.media_requests] == [5, 5]


def test_a_slow_branch_beside_a_loop_reaches_the_same_collector(make_engine: EngineMaker) -> None:
    """The loop's rounds are over long before the picture comes."""
    engine, _ = make_engine(
        text=Judge(judge=2), seconds=lambda r: 0.1 if isinstance(r, MediaRequest) else 0
    )
    draft, judge = Interception(instructions="c", id="draft"), Evaluation(id="judge")
    prompt, collector = Input("x", id="input"), Collector(id="all")
    canvas = Canvas(
        prompt >> draft >> judge,
        judge.failed >> draft,
        judge.passed >> collector,
        prompt >> Generation(id="slow") >> collector,
    )
    handle = run(canvas, engine=engine)
    assert handle.result(30).status is RunStatus.COMPLETED
    collected = complete_event(handle).collected
    assert sorted(item.node_id for item in collected) == ["judge", "slow"]


def test_a_picture_is_judged_against_the_text_that_comes_with_it(make_engine: Any) -> None:
    """Both reach the judge, and the picture is what passes on."""
    engine, backend = make_engine(text=lambda _: {"score": 9, "commentary": "as it should be"})
    words, draw, judge, end = Input("a boat"), Generation(), Evaluation("quality"), Collector()
    canvas = Canvas(words >> draw >> judge, words >> judge, judge.passed >> end)
    run(canvas, engine=engine).result()
    (request,) = [item for item in backend.text_requests if item.images]
    assert request.prompt == "a boat"
