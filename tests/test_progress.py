"""What a live view knows, from events alone."""

from __future__ import annotations

import random

from canvas_kit import (
    Canvas,
    Collector,
    Evaluation,
    Generation,
    Input,
    Interception,
    run,
    run_batch,
)
from canvas_kit.backends.base import TextRequest
from canvas_kit.errors import ContentRefused
from canvas_kit.events import (
    BatchStarted,
    Complete,
    Error,
    Event,
    NodeComplete,
    Progress,
    RunComplete,
    RunStart,
)
from canvas_kit.progress import KEPT_MESSAGES, BatchSoFar, RunSoFar
from canvas_kit.values import Entity, NodeState, RunStatus
from tests.conftest import EngineMaker


def chain() -> Canvas:
    """A canvas whose nodes were not written in the order of running."""
    collector, picture = Collector(id="end"), Generation(id="picture")
    return Canvas(collector, picture >> collector, Input("x", id="words") >> picture)


def follow(state: RunSoFar, *events: Event) -> RunSoFar:
    for event in events:
        state.apply(event)
    return state


def step(number: int, preview: bytes | None = None) -> Progress:
    return Progress(
        "r", "picture", "generation", NodeState.RUNNING, "", number, 4, preview, round=1
    )


def test_nodes_stand_in_the_order_of_running() -> None:
    """Whatever the order in which a canvas was written."""
    assert list(RunSoFar.of(chain()).nodes) == ["words", "picture", "end"]


def test_steps_move_the_fraction_and_the_preview() -> None:
    """A node half done counts half; the latest preview is kept until the run has ended."""
    state = RunSoFar.of(chain())
    assert state.fraction == 0
    follow(state, NodeComplete("r", "words", "input", text="x"), step(2, b"first"))
    assert state.fraction == (1 + 0.5) / 3
    assert (state.preview, state.preview_of) == (b"first", "picture")
    follow(state, step(3))
    assert state.preview == b"first"
    ended = follow(state, Complete("r", RunStatus.CANCELLED))
    assert (ended.preview, ended.ended, ended.fraction) == (None, True, 1)


def test_a_new_round_takes_progress_back() -> None:
    """A node that runs again is not done, and its former words are gone."""
    state = RunSoFar.of(chain())
    follow(state, NodeComplete("r", "picture", "generation", text="first draft"))
    before = state.fraction
    follow(state, Progress("r", "picture", "generation", NodeState.RUNNING, "", round=2))
    assert state.fraction < before
    assert state.nodes["picture"].words == ""
    assert state.nodes["picture"].round == 2


def test_a_record_that_cannot_be_written_ends_the_run() -> None:
    """The error is kept in its own words."""
    state = follow(RunSoFar.of(chain()), Error("r", "the disk is full"))
    assert (state.status, state.error, state.ended) == (
        RunStatus.FAILED,
        "the disk is full",
        True,
    )


def test_events_of_unknown_nodes_are_passed_over() -> None:
    """Nothing from outside the canvas disturbs the view."""
    state = RunSoFar.of(chain())
    follow(state, Progress("r", "ghost", "input", NodeState.RUNNING), NodeComplete("r", "g", "x"))
    assert list(state.nodes) == ["words", "picture", "end"]


def test_the_view_agrees_with_the_result_of_a_real_run(make_engine: EngineMaker) -> None:
    """After every event of a run with branches, rounds and a refusal, states and rounds agree."""
    scores = iter([1.0, 9.0])

    def answer(request: TextRequest) -> str | dict[str, object]:
        return {"score": next(scores), "commentary": "!"} if request.answer_schema else "draft"

    engine, _ = make_engine(
        text=answer,
        picture=lambda request: ContentRefused("no") if request.prompt == "x" else b"no picture",
        steps=2,
    )
    words, draft, judge = Input("x"), Interception("stillepost"), Evaluation("quality")
    collector = Collector()
    canvas = Canvas(
        words >> draft >> judge,
        judge.passed >> Generation() >> collector,
        judge.failed >> draft,
        words >> Generation() >> collector,
    )
    handle = run(canvas, engine=engine)
    result = handle.result()
    state = RunSoFar.of(handle.canvas)
    for event in handle.events:
        state.apply(event)
        assert 0 <= state.fraction <= 1
    assert state.status is result.status
    assert {node.node_id: (node.state, node.round) for node in state.nodes.values()} == {
        report.node_id: (report.state, report.rounds) for report in result.nodes
    }


def test_a_batch_is_counted_as_its_result_counts_it(make_engine: EngineMaker) -> None:
    """Complete, wanting and all: the view's numbers are those of the finished batch."""
    engine, _ = make_engine(
        picture=lambda request: (
            ContentRefused("no") if (request.seed or 0) % 3 == 0 else b"\x89PNG\r\n\x1a\n"
        )
    )
    events: list[Event] = []
    batch = run_batch(
        Input("x") >> Interception("stillepost"), count=7, engine=engine, listener=events.append
    ).result()
    state = BatchSoFar(0)
    for event in events:
        state.apply(event)
    assert (state.total, state.completed, state.ended_runs) == (7, batch.completed_runs, 7)
    assert state.ended
    assert not state.under_way

    refusing = run_batch(
        Input("x") >> Generation(), count=20, base_seed=0, engine=engine, listener=events.append
    )
    events.clear()
    result = refusing.result()
    state = BatchSoFar(20)
    for event in events:
        state.apply(event)
    assert state.wanting == 20 - result.completed_runs
    assert state.ended_runs == 20
    assert len(state.messages) == KEPT_MESSAGES
    assert not state._faulted


def test_counts_do_not_depend_on_the_order_of_runs() -> None:
    """Runs end in any order; one that failed is counted once, though two events tell of it."""
    from canvas_kit.events import RunError

    ends: list[list[Event]] = [
        [RunComplete("b", 0, "r0", RunStatus.COMPLETED)],
        [RunError("b", 1, "r1", "why"), RunComplete("b", 1, "r1", RunStatus.PARTIAL)],
        [RunError("b", 2, "r2", "no record")],
        [RunComplete("b", 3, "r3", RunStatus.CANCELLED)],
    ]
    for seed in range(10):
        random.Random(seed).shuffle(ends)
        state = BatchSoFar(4)
        for event in [item for group in ends for item in group]:
            state.apply(event)
        assert (state.completed, state.wanting, state.cancelled) == (1, 2, 1)
        assert state.fraction == 1


def test_the_latest_picture_is_kept_in_sight() -> None:
    """Of whatever run; texts are passed over."""
    picture = Entity(2, "picture", "generation", "final/02.png", "", 1, "image/png", "")
    words = Entity(1, "words", "input", "final/01.txt", "", 1, "text/plain", "")
    state = BatchSoFar(2)
    for event in (
        BatchStarted("b", 2, "count", "/exports/batch"),
        RunStart("b", 0, 2, "r0", 1),
        RunStart("b", 1, 2, "r1", 2),
        NodeComplete("r1", "picture", "generation", (picture,)),
        NodeComplete("r0", "words", "input", (words,)),
    ):
        state.apply(event)
    assert state.picture is picture
    assert state.under_way == {"r0": 0, "r1": 1}


def test_the_time_left_is_told_only_with_something_to_judge_from() -> None:
    """Nothing is claimed from one run, nor when all have ended."""
    state = BatchSoFar(10, completed=1)
    assert state.seconds_left(5) is None
    state.completed = 4
    assert state.seconds_left(8) == 12
    state.completed = 10
    assert state.seconds_left(8) is None
