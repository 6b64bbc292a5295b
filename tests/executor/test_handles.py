"""Handles: waiting, listening, cancelling, from any thread and at any moment."""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Canvas, Collector, Generation, Input, Interception, Run, run
from canvas_kit.backends.base import MediaRequest, MediaResult, Reporter
from canvas_kit.backends.scripted import ScriptedBackend
from canvas_kit.events import Complete, Error, Event, NodeComplete, Progress, Started
from canvas_kit.executor.engine import Engine
from canvas_kit.executor.handle import under_way
from canvas_kit.recorder.run import find_runs
from canvas_kit.values import NodeState, RunStatus
from tests.conftest import EngineMaker, lab_settings
from tests.executor.test_running import states


def chain() -> Canvas:
    return Canvas.of(
        Input("x", id="i")
        >> Interception(instructions="c", id="t")
        >> Generation(id="g")
        >> Collector()
    )


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for something that another thread does; the test's own time limit is the bound."""
    while not holds():
        time.sleep(0.002)


def test_events_come_typed_and_in_order(make_engine: EngineMaker) -> None:
    """Started first, complete last; a node runs before it completes."""
    engine, _ = make_engine(steps=3, seconds=0.003)
    heard: list[Event] = []
    handle = run(chain(), engine=engine, listener=heard.append)
    result = handle.result()
    assert isinstance(heard[0], Started)
    assert heard[0].folder == str(result.folder)
    assert isinstance(heard[-1], Complete)
    assert heard[-1].execution_order == ("i", "t", "g", "collector_1")
    told = [(type(e), e.node_id) for e in heard if isinstance(e, Progress | NodeComplete)]
    for name in ("i", "t", "g"):
        assert told.index((Progress, name)) < told.index((NodeComplete, name))
    steps = [(e.step, e.total) for e in heard if isinstance(e, Progress) and e.node_id == "g"]
    assert steps == [(None, None), (1, 3), (2, 3), (3, 3)]
    kept = [e.step for e in handle.events if isinstance(e, Progress) and e.node_id == "g"]
    assert kept == [None, 3]


def test_a_file_is_on_disk_before_anyone_is_told(engine: Engine) -> None:
    """A listener finds every announced file whole, and in a journal that can be read."""
    checked = []

    def check(event: Event) -> None:
        if isinstance(event, NodeComplete):
            (folder,) = find_runs(engine.settings.exports)
            for entity in event.entities:
                data = (folder / entity.file).read_bytes()
                assert hashlib.sha256(data).hexdigest() == entity.sha256
                assert entity in Run.open(folder).entities
                checked.append(entity.file)

    run(chain(), engine=engine, listener=check).result()
    assert checked == ["final/01_input.txt", "final/02_interception.txt", "final/03_generation.png"]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_listener_that_raises_disturbs_nothing(
    engine: Engine, fault: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged; the run, other listeners and later runs go on."""
    heard: list[Event] = []

    def faulty(event: Event) -> None:
        raise fault

    handle = run(chain(), engine=engine, listener=faulty)
    handle.listen(heard.append)
    assert handle.result(20).status is RunStatus.COMPLETED
    assert isinstance(heard[-1], Complete)
    assert "listener failed" in caplog.text
    assert run(chain(), engine=engine).result(20).status is RunStatus.COMPLETED


def test_work_whose_result_is_there_is_not_under_way(
    make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also at the moment at which the one who waited for it is woken, before all else is told."""
    tell: Callable[[Any], None] = concurrent.futures.Future._invoke_callbacks  # type: ignore[attr-defined]

    def tell_late(future: Any) -> None:
        time.sleep(0.1)
        tell(future)

    monkeypatch.setattr(concurrent.futures.Future, "_invoke_callbacks", tell_late)
    engine, _ = make_engine(steps=1, seconds=2)
    handle = run(chain(), engine=engine, record=False)
    assert handle in under_way()
    handle.result(30)
    assert handle not in under_way()


def test_late_listeners_hear_what_has_been(engine: Engine) -> None:
    """Or, without replay, only what is to come; and none after they have stopped listening."""
    handle = run(chain(), engine=engine)
    handle.result()
    late: list[Event] = []
    stop_listening = handle.listen(late.append)
    assert tuple(late) == handle.events
    stop_listening()
    stop_listening()
    nothing: list[Event] = []
    handle.listen(nothing.append, replay=False)
    assert nothing == []


def test_progress_that_comes_late_is_not_told(settings: Any) -> None:
    """The complete event stays the last, whatever a backend says afterwards."""

    class Chatterbox(ScriptedBackend):
        async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
            reporters.append(reporter)
            return await super().generate(request, reporter)

    def listen(event: Event) -> None:
        heard.append(event)
        if isinstance(event, Complete):
            reporters[0].progress("by the way")

    reporters: list[Reporter] = []
    heard: list[Event] = []
    with Engine(settings, backends={"lab": Chatterbox("lab")}) as engine:
        run(chain(), engine=engine, listener=listen).result()
    assert isinstance(heard[-1], Complete)


def test_a_handle_is_awaited_from_any_loop(engine: Engine) -> None:
    """More than once, and by several at a time."""

    async def wait() -> list[Run]:
        handle = run(chain(), engine=engine)
        found = await asyncio.gather(handle, handle)
        return [*found, await handle]

    first, second, third = asyncio.run(wait())
    assert first is second is third


def test_watching_sees_every_event_to_the_end(engine: Engine) -> None:
    """Also when the watching begins after the end."""

    async def watch() -> tuple[list[str], list[str]]:
        handle = run(chain(), engine=engine)
        live = [event.name async for event in handle.watch()]
        return live, [event.name async for event in handle.watch()]

    live, late = asyncio.run(watch())
    assert live[0] == late[0] == "started"
    assert live[-1] == late[-1] == "complete"


def test_an_interrupted_wait_cancels_the_run(make_engine: EngineMaker) -> None:
    """As when a notebook cell is interrupted; the backend is told."""
    engine, backend = make_engine(seconds=60)
    handle = run(chain(), engine=engine)

    async def wait() -> None:
        waiting = asyncio.ensure_future(_await(handle))
        await asyncio.to_thread(wait_until, lambda: bool(backend.text_requests))
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(wait())
    result = handle.result(20)
    assert result.status is RunStatus.CANCELLED
    assert backend.cancelled == 1
    assert states(result)["i"] == "completed"


async def _await(handle: Any) -> Any:
    return await handle


def test_waiting_has_a_bound_and_the_work_goes_on(make_engine: EngineMaker) -> None:
    """Neither is the engine's own thread allowed to wait for itself."""
    engine, _ = make_engine(seconds=0.5)
    refused: list[BaseException] = []

    def wait_on_the_engine(event: Event) -> None:
        if isinstance(event, Started):
            try:
                handle.result()
            except RuntimeError as error:
                refused.append(error)

    handle = run(chain(), engine=engine)
    handle.listen(wait_on_the_engine)
    with pytest.raises((TimeoutError, concurrent.futures.TimeoutError)):
        handle.result(0.01)
    assert handle.result(20).status is RunStatus.COMPLETED
    assert len(refused) <= 1


@pytest.mark.parametrize("moment", ["at once", "working", "ended", "twice"])
def test_a_cancelled_run_ends_and_keeps_what_was_made(
    make_engine: EngineMaker, moment: str
) -> None:
    """Its record is closed, and says for every node how it stands."""
    engine, backend = make_engine(seconds=0 if moment == "ended" else 60)
    handle = run(chain(), engine=engine)
    if moment in ("working", "twice"):
        wait_until(lambda: bool(backend.text_requests))
    if moment == "ended":
        handle.result()
    handle.cancel()
    if moment == "twice":
        handle.cancel()
    result = handle.result(20)
    expected = RunStatus.COMPLETED if moment == "ended" else RunStatus.CANCELLED
    assert result.status is expected
    assert Run.open(str(result.folder)) == result
    if moment != "ended":
        assert states(result)["g"] == "cancelled"
        assert "g (cancelled): it was cancelled" in result.reasons()


def test_bytes_that_are_home_are_kept_through_a_cancel(make_engine: EngineMaker) -> None:
    """From the backend's answer on, a cancellation comes too late to lose the picture."""
    handles: list[Any] = []

    def picture(request: MediaRequest) -> bytes:
        from canvas_kit.backends.scripted import plain_png

        handles[0].stop("now")
        return plain_png(64, 64)

    engine, _ = make_engine(picture=picture, seconds=0.05)
    handles.append(run(chain(), engine=engine))
    result = handles[0].result(20)
    assert [entity.file for entity in result.images] == ["final/03_generation.png"]
    assert states(result)["g"] == "completed"
    assert result.verify() == []


def test_a_deadline_ends_a_run_and_is_the_reason(make_engine: EngineMaker) -> None:
    """What was made until then is kept."""
    engine, backend = make_engine(seconds=lambda r: 60 if isinstance(r, MediaRequest) else 0)
    result = run(chain(), engine=engine, deadline_seconds=1.5).result(30)
    assert result.status is RunStatus.PARTIAL
    assert states(result) == {
        "i": "completed",
        "t": "completed",
        "g": "failed",
        "collector_1": "failed",
    }
    assert "the deadline of 1.5 s had passed" in result.reasons()[0]
    assert backend.cancelled == 1


def test_cancelled_at_any_moment_a_run_ends_with_all_that_was_announced(tmp_path: Path) -> None:
    """Sixty runs of a busy canvas, each stopped somewhere else."""
    chance = random.Random(7)
    backend = ScriptedBackend("lab", seconds=lambda _: chance.random() * 0.004, capacity=4)
    seen: set[RunStatus] = set()
    with Engine(lab_settings(tmp_path), backends={"lab": backend}) as engine:
        for _ in range(60):
            announced: list[Any] = []

            def listen(event: Event, announced: list[Any] = announced) -> None:
                if isinstance(event, NodeComplete):
                    announced.extend(event.entities)

            canvas = Input("x") >> [
                Interception(instructions="c") >> [Generation(), Generation()] for _ in range(3)
            ]
            handle = run(canvas >> Collector(), engine=engine, listener=listen)
            time.sleep(chance.random() * 0.05)
            handle.cancel()
            result = handle.result(30)
            seen.add(result.status)
            assert all(report.state.settled for report in result.nodes)
            assert {e.file for e in announced} == {e.file for e in result.entities}
            assert result.verify() == []
            assert Run.open(str(result.folder)) == result
            last = handle.events[-1]
            assert isinstance(last, Complete)
    assert RunStatus.CANCELLED in seen
    assert backend._at_once == 0


def test_a_cancel_between_a_nodes_start_and_its_first_step_ends_the_run(engine: Engine) -> None:
    """On the loop itself, where nothing can come between."""
    handles: list[Any] = []

    def stop(event: Event) -> None:
        if isinstance(event, NodeComplete) and event.node_id == "i":
            # Runs on the next turn of the loop, before the branches that are started just now.
            asyncio.get_running_loop().call_soon(handles[0].stop, "now")

    canvas = Input("x", id="i") >> [Generation() for _ in range(20)] >> Collector()
    for _ in range(5):
        handles[:] = [None]
        ready = threading.Event()

        def listen(event: Event, ready: threading.Event = ready) -> None:
            ready.wait(10)
            stop(event)

        handles[0] = run(canvas, engine=engine, listener=listen, record=False)
        ready.set()
        assert handles[0].result(20).status is RunStatus.CANCELLED


def test_a_handle_is_used_from_several_threads(make_engine: EngineMaker) -> None:
    """Listening, asking, cancelling and waiting all at once."""
    engine, _ = make_engine(seconds=0.001)
    handle = run(
        Input("x") >> [Generation() for _ in range(50)] >> Collector(), engine=engine, record=False
    )

    def use(number: int) -> tuple[RunStatus, int]:
        heard: list[Event] = []
        handle.listen(heard.append)
        for _ in range(50):
            assert handle.events[0].name == "started"
        if number == 5:
            handle.cancel()
        return handle.result(20).status, len(heard)

    wait_until(lambda: bool(handle.events))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(use, range(8)))
    assert len(set(found)) == 1


def test_closing_an_engine_ends_its_runs_with_a_closed_record(settings: Any) -> None:
    """Twice is as good as once, and nothing starts afterwards."""
    backend = ScriptedBackend("lab", seconds=60)
    engine = Engine(settings, backends={"lab": backend})
    handle = run(chain(), engine=engine)
    wait_until(lambda: bool(backend.text_requests))
    engine.close()
    engine.close()
    (folder,) = find_runs(settings.exports)
    found = Run.open(folder)
    assert found.status is RunStatus.CANCELLED
    assert {report.state for report in found.nodes} <= {NodeState.COMPLETED, NodeState.CANCELLED}
    assert handle.done
    with pytest.raises(RuntimeError, match="closed"):
        run(chain(), engine=engine)


def test_a_record_that_cannot_be_begun_is_told(tmp_path: Path) -> None:
    """The exports folder is a file: an error event, an error, and no run."""
    blocked = tmp_path / "exports"
    blocked.write_text("a file")
    with Engine(lab_settings(blocked), backends={"lab": ScriptedBackend("lab")}) as engine:
        handle = run(chain(), engine=engine)
        with pytest.raises(Exception, match="Could not") as caught:
            handle.result(20)
    assert type(caught.value).__name__ == "RecordError"
    assert isinstance(handle.events[-1], Error)


def test_nothing_of_a_run_stays_behind(settings: Any) -> None:
    """Threads end with the engine; no open journal is left."""
    before = set(threading.enumerate())
    descriptors = _open_files()
    with Engine(settings, backends={"lab": ScriptedBackend("lab")}) as engine:
        for _ in range(3):
            run(chain(), engine=engine).result()
    assert set(threading.enumerate()) <= before
    assert _open_files() <= descriptors


def _open_files() -> set[str]:
    if sys.platform != "linux":
        return set()
    return {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}
