"""Random canvases through the whole executor: the same record whatever finishes first."""

from __future__ import annotations

import asyncio
import random
import zlib
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from canvas_kit.backends.base import MediaRequest, TextRequest
from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.backends.scripted import ScriptedBackend, plain_png
from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import BackendUnreachable, ContentRefused
from canvas_kit.events import Complete, Event, NodeComplete, Progress, Started, made
from canvas_kit.executor.execution import Execution
from canvas_kit.executor.plan import Plan
from canvas_kit.recorder.recorder import Recorder
from canvas_kit.recorder.run import Run
from canvas_kit.values import NodeState, RunStatus
from tests.conftest import lab_settings
from tests.strategies import canvases

PICTURE = plain_png(8, 8)


class Chance(ScriptedBackend):
    """Answers, fails and refuses by chance, but always the same to the same request.

    How long it takes is another matter, and differs each time.
    """

    def __init__(self, behaviour: int, timing: int) -> None:
        super().__init__("lab", text=self.text, picture=self.picture, capacity=100)
        self.behaviour = behaviour
        self.timing = random.Random(timing)

    async def _work(self, request: object, reporter: object) -> float:
        for _ in range(self.timing.randrange(8)):
            await asyncio.sleep(0)
        return 0.0

    def draw(self, request: Any) -> int:
        said = f"{self.behaviour}/{request.node_id}/{request.prompt}/{request.seed}"
        return zlib.crc32(said.encode()) % 100

    def text(self, request: TextRequest) -> Any:
        draw = self.draw(request)
        if draw < 5:
            return BackendUnreachable("away", backend="lab")
        if draw < 8:
            return ContentRefused("no", backend="lab")
        if request.task == "evaluation":
            score = None if draw < 20 else 2 if draw < 60 else 8
            return {"score": score, "commentary": f"said {draw}"}
        return f"{request.node_id} {draw}"

    def picture(self, request: MediaRequest) -> Any:
        draw = self.draw(request)
        return BackendUnreachable("away", backend="lab") if draw < 8 else PICTURE


async def execute(
    canvas: Canvas, behaviour: int, timing: int, stop_after: int | None = None
) -> tuple[Run, list[Event]]:
    settings = lab_settings(Path("nowhere"))
    backends = BackendRegistry(settings, backends={"lab": Chance(behaviour, timing)})
    events: list[Event] = []
    execution = Execution(
        Plan(canvas),
        Recorder(canvas, run_id="run"),
        backends=backends,
        settings=settings,
        seed=behaviour,
        emit=lambda event: events.append(made(event)),
    )
    task = asyncio.ensure_future(execution.run())
    if stop_after is not None:
        for _ in range(stop_after):
            await asyncio.sleep(0)
        execution.stop("enough")
    async with asyncio.timeout(60):
        return await task, events


def told(events: list[Event]) -> set[tuple[str, int, NodeState]]:
    """Every end of a node that was told, with its round."""
    ends = {
        (e.node_id, e.round, NodeState.COMPLETED) for e in events if isinstance(e, NodeComplete)
    }
    return ends | {
        (e.node_id, e.round, e.status)
        for e in events
        if isinstance(e, Progress) and e.status.settled
    }


def collected(events: list[Event]) -> list[tuple[str, Any, Any]]:
    """What the collectors list; the indices of media count them as they came, and differ."""
    last = events[-1]
    assert isinstance(last, Complete)
    return [
        (
            item.node_id,
            item.reason,
            [entity.file for entity in item.output]
            if isinstance(item.output, tuple)
            else item.output,
        )
        for item in last.collected
    ]


@hypothesis_settings(max_examples=120)
@given(canvases(), st.integers(0, 10**6))
def test_the_record_does_not_depend_on_timing(canvas: Canvas, behaviour: int) -> None:
    """The same files with the same content, parents and states, in whatever order they came."""
    runs = [asyncio.run(execute(canvas, behaviour, timing)) for timing in range(3)]
    (first, first_events), *others = runs
    assert all(report.state.settled for report in first.nodes)
    for result, events in others:
        assert result.status is first.status
        assert result.nodes == first.nodes
        assert told(events) == told(first_events)
        found = [(e.file, e.sha256, e.parents, e.seed, e.round) for e in result.entities]
        assert found == [(e.file, e.sha256, e.parents, e.seed, e.round) for e in first.entities]
        assert isinstance(events[0], Started)
        assert collected(events) == collected(first_events)


@hypothesis_settings(max_examples=120)
@given(canvases(), st.integers(0, 10**6), st.integers(0, 60))
def test_stopped_at_any_step_a_run_ends_with_all_that_was_told(
    canvas: Canvas, behaviour: int, moment: int
) -> None:
    """Every node is settled, and every announced entity is in the run."""
    result, events = asyncio.run(execute(canvas, behaviour, moment, stop_after=moment))
    assert all(report.state.settled for report in result.nodes)
    announced = {one.file for e in events if isinstance(e, NodeComplete) for one in e.entities}
    assert announced == {entity.file for entity in result.entities}
    assert len(announced) == len(result.entities)
    states = {report.state for report in result.nodes}
    assert (result.status is RunStatus.CANCELLED) == (NodeState.CANCELLED in states)
