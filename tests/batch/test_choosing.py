"""Which point is next, and when none is: several backends, pauses, deadlines, a full disk."""

from __future__ import annotations

import asyncio
import threading
import time
import tracemalloc
from collections import Counter, namedtuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit import (
    BatchHandle,
    Canvas,
    Collector,
    Engine,
    Generation,
    Input,
    Sweep,
    run,
    run_batch,
    running,
)
from canvas_kit.backends.base import BackendStatus
from canvas_kit.backends.scripted import ScriptedBackend
from canvas_kit.batch.design import Design, Lane, Todo
from canvas_kit.batch.runner import PointTask
from canvas_kit.batch.summary import RunSummary
from canvas_kit.errors import BackendUnreachable, BatchError
from canvas_kit.events import Event, RunComplete, RunStart
from canvas_kit.network import RetryPolicy
from canvas_kit.recorder.journal import read_journal
from canvas_kit.values import RunStatus
from tests.conftest import EngineMaker


def canvas() -> Canvas:
    return Canvas.of(Input("x", id="prompt") >> Generation("one/a", id="picture") >> Collector())


def two_models(seeds: int = 12, name: str = "") -> Sweep:
    return Sweep(canvas(), {"picture.model": ["one/a", "two/b"]}, seeds=range(seeds), name=name)


def todo_of(points: list[str], capacities: dict[str, int], *, limited: bool = True) -> Todo:
    lanes = {name: Lane(name, capacity) for name, capacity in capacities.items()}
    for index, name in enumerate(points):
        lanes[name].add(index)
    sweep = Sweep(canvas(), seeds=1)
    design = Design(sweep, range(len(points)), tuple(lanes.values()), {}, 0)
    return Todo(design, lambda _: True, limited=limited)


@given(
    st.lists(st.sampled_from("abc"), max_size=60),
    st.fixed_dictionaries({name: st.integers(1, 3) for name in "abc"}),
    st.randoms(use_true_random=False),
)
def test_each_point_is_taken_once_in_order_and_no_backend_waits_for_another(
    points: list[str], capacities: dict[str, int], chance: Any
) -> None:
    """Whatever ends first; of each backend twice its capacity is in flight while it has points."""
    todo, taken, in_flight = todo_of(points, capacities), list[int](), list[str]()
    while True:
        while (next_one := todo.take()) is not None:
            taken.append(next_one[0])
            in_flight.append(next_one[1])
        for name, capacity in capacities.items():
            left = points.count(name) - sum(points[index] == name for index in taken)
            full = in_flight.count(name) == 2 * capacity
            assert full or (left == 0 and in_flight.count(name) < 2 * capacity + 1)
        if not in_flight:
            break
        todo.ended(in_flight.pop(chance.randrange(len(in_flight))))
    assert sorted(taken) == list(range(len(points)))
    for name in capacities:
        of_lane = [index for index in taken if points[index] == name]
        assert of_lane == sorted(of_lane)


def test_two_backends_are_kept_busy_at_once(settings: Any) -> None:
    """Although the models vary slowest; each is asked for no more than it can."""
    backends = {name: ScriptedBackend(name, capacity=2, seconds=0.05) for name in ("one", "two")}
    running_at_once: set[frozenset[str]] = set()
    flying: dict[str, str] = {}

    def listen(event: Event) -> None:
        if isinstance(event, RunStart):
            flying[event.run_id] = "one" if event.run_index < 12 else "two"
        if isinstance(event, RunComplete):
            running_at_once.add(frozenset(flying.values()))
            flying.pop(event.run_id)

    with Engine(settings, backends=backends) as engine:
        handle = run_batch(two_models(), engine=engine, listener=listen)
        assert handle.concurrency == 8
        assert handle.result(60).complete
    assert frozenset({"one", "two"}) in running_at_once
    assert [backend.most_at_once for backend in backends.values()] == [2, 2]
    assert [len(backend.media_requests) for backend in backends.values()] == [12, 12]


class Gone(ScriptedBackend):
    """A backend whose server is not there."""

    async def status(self) -> BackendStatus:
        return BackendStatus(self.name, "lab", reachable=False, problem=f"{self.name} is away")


def test_a_backend_that_is_away_does_not_stop_the_others(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for it does not begin; the batch says why, and can be gone on with."""
    monkeypatch.setattr("canvas_kit.batch.handle.WAITING", RetryPolicy(0.01, tries=3))
    away = BackendUnreachable("nothing answers", backend="one")
    gone = Gone("one", picture=lambda _: away, capacity=1)
    there = ScriptedBackend("two", capacity=1)
    with Engine(settings, backends={"one": gone, "two": there}) as engine:
        batch = run_batch(two_models(name="models"), engine=engine).result(60)
    assert batch.aborted
    assert batch.stop_reason == "one is away"
    assert batch.completed_runs == 12
    assert len(batch) <= 15
    backends = {name: ScriptedBackend(name, capacity=1) for name in ("one", "two")}
    with Engine(settings, backends=backends) as engine:
        batch = run_batch(two_models(name="models"), engine=engine, retry="failed").result(60)
    assert batch.complete
    assert (len(backends["one"].media_requests), len(backends["two"].media_requests)) == (12, 0)


def test_a_pause_begins_nothing_and_ends_nothing(make_engine: EngineMaker) -> None:
    """What is under way goes on to its end; then nothing happens until the pause is over."""
    engine, backend = make_engine(seconds=0.02)
    value = Canvas.of(Input("x") >> Generation() >> Collector())
    paused = threading.Event()

    def listen(event: Event) -> None:
        if isinstance(event, RunStart):
            paused.wait(30)

    handle = run_batch(value, count=6, concurrency=2, engine=engine, listener=listen)
    while _claimed(handle) < 2:
        time.sleep(0.01)
    handle.pause()
    paused.set()
    while handle.ended_runs < 2:
        engine.submit(_turns()).result(30)
    assert handle.paused
    assert "paused" in repr(handle)
    asked = len(backend.media_requests)
    engine.submit(_turns(20)).result(30)
    assert len(backend.media_requests) == asked < 6
    assert not handle.done
    handle.unpause()
    assert handle.result(30).complete


def test_a_paused_batch_can_be_stopped(make_engine: EngineMaker) -> None:
    """It does not wait for the end of the pause."""
    engine, _ = make_engine()
    value = Canvas.of(Input("x") >> Generation() >> Collector())
    handle = run_batch(value, count=6, engine=engine)
    handle.pause()
    handle.cancel()
    assert handle.result(30).total_runs == 6


def _claimed(handle: BatchHandle) -> int:
    """How many runs of a batch were begun, by its journal."""
    if handle.folder is None:
        return 0
    lines = read_journal(handle.folder / "journal.jsonl")
    return sum(line["event"] == "claimed" for line in lines)


async def _turns(number: int = 5) -> None:
    for _ in range(number):
        await asyncio.sleep(0.01)


def test_a_deadline_ends_a_batch_that_can_be_gone_on_with(make_engine: EngineMaker) -> None:
    """What was made until then is kept."""
    engine, _ = make_engine(
        seconds=lambda request: 0 if (request.seed or 0) < 2 else 60, capacity=1
    )
    value = Canvas.of(Input("x") >> Generation() >> Collector())
    sweep = Sweep(value, seeds=range(4), name="late")
    batch = run_batch(sweep, engine=engine, batch_deadline_seconds=0.5).result(60)
    assert batch.aborted
    assert batch.stop_reason == "the batch's deadline of 0.5 s had passed"
    quick, _ = make_engine()
    assert run_batch(sweep, engine=quick).result(60).complete
    with pytest.raises(Exception, match="deadline should be"):
        run_batch(sweep, engine=quick, batch_deadline_seconds=0)


def test_running_lists_what_is_under_way_and_stops_it(make_engine: EngineMaker) -> None:
    """Runs and batches; by name, id or position; ended ones drop out."""
    engine, _ = make_engine(seconds=60)
    assert len(running()) == 0
    assert repr(running()) == "Nothing is under way."
    value = Canvas.of(Input("x") >> Generation() >> Collector())
    batch = run_batch(Sweep(value, seeds=range(3), name="night"), engine=engine)
    one = run(value, engine=engine)
    found = running()
    assert list(found) == [batch, one]
    assert found["night"] is batch
    assert found[batch.batch_id] is batch
    assert found[one.run_id] is found[1] is one
    assert "'night'" in repr(found)
    html = found._repr_mimebundle_()["text/html"]
    assert "0 of 3 runs" in html
    with pytest.raises(KeyError, match="day"):
        found["day"]
    found.stop()
    assert batch.result(60).aborted
    assert one.result(60).status is RunStatus.CANCELLED
    assert list(found) == list(running()) == []
    assert "Nothing is under way" in found._repr_mimebundle_()["text/html"]


def test_missing_disk_space_is_said_before_anything_runs(
    make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With how much is needed; what fits is estimated, and of a batch that goes on, weighed."""
    engine, backend = make_engine(seconds=0.01)
    backend.bytes_per_pixel = 1.5
    value = Canvas.of(Input("x") >> Generation(width=512, height=512) >> Collector())
    sweep = Sweep(value, seeds=range(1000), name="large")
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patched:
        patched.setattr("shutil.disk_usage", lambda _: usage(10**9, 0, 10**8))
        with pytest.raises(BatchError, match=r"1000 runs would take about 418 MB.*100 MB are"):
            run_batch(sweep, engine=engine)
        assert not engine.settings.exports.exists()
        run_batch(sweep, engine=engine, record=False).cancel()
    handle = run_batch(sweep, engine=engine)
    assert handle.estimated_bytes == 1000 * (512 * 512 * 3 // 2 + 24 * 1024)
    while handle.ended_runs < 3:
        engine.submit(_turns()).result(30)
    handle.cancel()
    handle.result(60)
    # The pictures are small in truth, and 950 runs or so are left.
    again = run_batch(sweep, engine=engine)
    assert 0 < again.estimated_bytes < 20 * 10**6
    again.cancel()
    again.result(60)


class Elsewhere:
    """A runner that makes nothing, and notes what it was to make."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.tasks: Counter[int] = Counter()
        self.at_once = self.most = 0

    def stop(self, reason: str) -> None:
        """Nothing is under way for long."""

    async def open(self, *_: object) -> None:
        """Nothing to make ready."""

    async def close(self) -> None:
        """Nothing to let go of."""

    async def run(self, task: PointTask) -> RunSummary:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await _turns(1)
        self.tasks[task.point.index] += 1
        self.at_once -= 1
        point = task.point
        done = RunStatus.COMPLETED
        return RunSummary(point.index, task.run_id, done, point.seed, **task.more())


def test_another_runner_makes_each_point_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seam for other machines: as many at a time as it has slots."""
    runner = Elsewhere(slots=5)
    monkeypatch.setattr("canvas_kit.batch.handle.LocalRunner", lambda *_: runner)
    value = Canvas.of(Input("x") >> Generation() >> Collector())
    batch = run_batch(value, count=40, engine=engine).result(60)
    assert batch.complete
    assert runner.tasks == Counter(range(40))
    assert runner.most == 5


def test_a_batch_under_way_holds_a_byte_for_each_point(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with what has been made: it is in the journal."""

    class Quick(Elsewhere):
        async def run(self, task: PointTask) -> RunSummary:
            point, done = task.point, RunStatus.COMPLETED
            if point.index in (200, 1000):
                taken[point.index] = tracemalloc.get_traced_memory()[0]
            return RunSummary(point.index, task.run_id, done, point.seed, **task.more())

    taken: dict[int, int] = {}
    monkeypatch.setattr("canvas_kit.batch.handle.LocalRunner", lambda *_: Quick(8))
    value = Canvas.of(Input("x") >> Generation() >> Collector())
    tracemalloc.start()
    try:
        under_way = run_batch(value, count=1001, engine=engine)
        under_way._events = _Forgetful()
        assert under_way.result(120).completed_runs == 1001
    finally:
        tracemalloc.stop()
    assert taken[1000] - taken[200] < 800 * 100


class _Forgetful(list[Any]):
    """Keeps no events: they are the views' memory, not the batch's."""

    def append(self, event: Any) -> None:
        pass
