"""A batch: many runs of one canvas, none stopping the others, everything on record."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import (
    Batch,
    Canvas,
    Collector,
    Generation,
    Input,
    Interception,
    Run,
    Seed,
    run_batch,
)
from canvas_kit.backends.base import BackendStatus, MediaRequest, TextRequest
from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.backends.scripted import ScriptedBackend, plain_png
from canvas_kit.batch.state import find_batches
from canvas_kit.errors import BackendUnreachable, BatchError, CanvasError, RecordError
from canvas_kit.events import (
    BatchAborted,
    BatchComplete,
    BatchStarted,
    Event,
    RunComplete,
    RunError,
    RunStart,
)
from canvas_kit.executor.engine import Engine
from canvas_kit.network import RetryPolicy
from canvas_kit.recorder.journal import Journal
from canvas_kit.recorder.run import find_runs
from canvas_kit.settings import BackendSettings, Settings
from canvas_kit.values import MAX_SEED, RunStatus
from tests.conftest import EngineMaker, lab_settings


def canvas() -> Canvas:
    return Canvas.of(Input("own words") >> Generation() >> Collector())


def test_each_prompt_is_a_run_with_its_own_seed(make_engine: EngineMaker) -> None:
    """Seed base + index; the prompt in the input; all on record, and read back the same."""
    engine, backend = make_engine()
    prompts = [f"prompt {number}" for number in range(9)]
    batch = run_batch(canvas(), prompts=prompts, base_seed=100, engine=engine).result()
    assert batch.complete
    assert [summary.seed for summary in batch.runs] == list(range(100, 109))
    asked = {request.seed: request.prompt for request in backend.media_requests}
    assert asked == {100 + n: f"prompt {n}" for n in range(9)}
    assert batch.folder is not None
    again = Batch.open(batch.folder)
    assert again == batch
    runs = list(again)
    assert [run.texts[0].text for run in runs] == prompts
    assert [run.about["run_index"] for run in runs] == list(range(9))
    assert {run.about["batch_id"] for run in runs} == {batch.id}
    assert sorted(find_runs(engine.settings.exports)) == sorted(r.folder for r in runs if r.folder)
    assert find_batches(engine.settings.exports) == [batch.folder]


def test_a_count_runs_the_canvas_as_it_is(make_engine: EngineMaker) -> None:
    """The seeds differ; a seed node that counts, counts through the runs."""
    engine, backend = make_engine()
    canvas = [Seed(50, mode="increment"), Input("x")] >> Generation()
    batch = run_batch(canvas, count=3, base_seed=MAX_SEED - 2, engine=engine).result()
    assert [summary.seed for summary in batch.runs] == [MAX_SEED - 2, MAX_SEED - 1, MAX_SEED]
    assert sorted(request.seed or 0 for request in backend.media_requests) == [50, 51, 52]


def test_a_base_seed_is_drawn_and_recorded(engine: Engine) -> None:
    """Where none was given."""
    batch = run_batch(canvas(), count=2, engine=engine).result()
    assert batch.runs[0].seed == batch.about["base_seed"]
    assert batch.runs[1].seed == batch.runs[0].seed + 1


@pytest.mark.parametrize("capacity", [1, 3])
def test_twice_the_capacity_is_in_flight(make_engine: EngineMaker, capacity: int) -> None:
    """The backend is never asked for more than it can, and never waits for a run to be begun."""
    engine, backend = make_engine(capacity=capacity, seconds=0.1)
    handle = run_batch(canvas(), count=4 * capacity, engine=engine)
    assert handle.concurrency == 2 * capacity
    assert handle.result().complete
    assert backend.most_at_once == capacity


def test_no_more_runs_are_in_flight_than_jobs(make_engine: EngineMaker) -> None:
    """As the events tell."""
    engine, _ = make_engine(seconds=0.01)
    flying: list[int] = [0]
    most: list[int] = [0]

    def listen(event: Event) -> None:
        flying[0] += (event.name == "run_start") - (event.name == "run_complete")
        most[0] = max(most[0], flying[0])

    run_batch(
        canvas(), count=8, concurrency=2, engine=engine, listener=listen, record=False
    ).result()
    assert most == [2]
    assert flying == [0]


def test_a_failing_run_does_not_stop_the_others(make_engine: EngineMaker) -> None:
    """The batch says of each how it ended and why."""

    def text(request: TextRequest) -> Any:
        if "bad" in request.prompt:
            return BackendUnreachable("away", backend="lab")
        return request.prompt

    engine, _ = make_engine(text=text)
    value = Input("x") >> Interception(instructions="c") >> Collector()
    events: list[Event] = []
    handle = run_batch(
        value, prompts=["a", "bad", "b", "bad", "c"], engine=engine, listener=events.append
    )
    batch = handle.result()
    assert [summary.status for summary in batch.runs] == [
        RunStatus.COMPLETED,
        RunStatus.FAILED,
        RunStatus.COMPLETED,
        RunStatus.FAILED,
        RunStatus.COMPLETED,
    ]
    assert (batch.completed_runs, batch.complete, len(batch)) == (3, False, 5)
    (reason,) = batch.reasons()  # told once, since both ended for the same reason
    assert reason.startswith("runs 1, 3 (failed): interception_1 (failed): away")
    errors = [event for event in events if isinstance(event, RunError)]
    assert sorted(event.run_index for event in errors) == [1, 3]
    assert isinstance(events[-1], BatchComplete)
    assert events[-1].completed_runs == 3
    assert batch.folder is not None
    assert Batch.open(batch.folder).reasons() == batch.reasons()
    assert str(batch).endswith('\n  batch.resume(retry="failed") makes what is missing')


class AwayBackend(ScriptedBackend):
    """A backend whose server is away for the first so many questions about it."""

    def __init__(self, away: int) -> None:
        super().__init__("lab", picture=self.answer, capacity=1)
        self.away = away

    def answer(self, request: MediaRequest) -> Any:
        if self.away and request.prompt != "before":
            return BackendUnreachable("Nothing answers at lab", backend=self.name)
        return plain_png(8, 8)

    async def status(self) -> BackendStatus:
        if not self.away:
            return await super().status()
        self.away -= 1
        return BackendStatus(self.name, "lab", reachable=False, problem="Nothing answers at lab")


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canvas_kit.batch.handle.WAITING", RetryPolicy(0.01, tries=4))


@pytest.mark.usefixtures("short_patience")
def test_a_backend_that_is_down_stops_a_batch_early_with_one_message(settings: Settings) -> None:
    """What had been made is kept; the runs that would have failed alike do not begin."""
    events: list[Event] = []
    with Engine(settings, backends={"lab": AwayBackend(away=1000)}) as engine:
        prompts = ["before", *(f"prompt {number}" for number in range(300))]
        batch = run_batch(canvas(), prompts=prompts, engine=engine, listener=events.append).result()
    assert batch.aborted
    assert batch.completed_runs == 1
    assert len(batch) <= 3  # those that were in flight
    assert batch.reasons()[0] == "the batch was stopped: Nothing answers at lab"
    assert batch.reasons()[-1] == f"{301 - len(batch)} of 301 runs did not begin or did not end"
    assert len(batch.reasons()) == 3
    assert isinstance(events[-1], BatchAborted)
    assert batch.folder is not None
    assert Batch.open(batch.folder) == batch


@pytest.mark.usefixtures("short_patience")
def test_a_backend_that_comes_back_is_waited_for(settings: Settings) -> None:
    """No more runs fail meanwhile than were in flight."""
    with Engine(settings, backends={"lab": AwayBackend(away=3)}) as engine:
        batch = run_batch(canvas(), count=40, engine=engine).result()
    assert not batch.aborted
    assert len(batch) == 40
    assert 1 <= 40 - batch.completed_runs <= 2


@pytest.mark.usefixtures("short_patience")
def test_a_real_server_that_is_not_there_stops_a_batch(exports: Path, tmp_path: Path) -> None:
    """A closed port, asked as ever."""
    with socket.socket() as reserved:  # bound, but nothing listens
        reserved.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        backends = {"a1111": BackendSettings(address=address, capacity=1)}
        settings = lab_settings(exports, backends=backends)
        value = Input("x") >> Generation("a1111/any") >> Collector()
        with Engine(settings) as engine:
            batch = run_batch(value, count=200, engine=engine).result()
    assert batch.aborted
    assert len(batch) <= 2
    assert batch.reasons()[0].startswith(f"the batch was stopped: Nothing answers at {address}")


def test_a_fault_of_ours_in_one_run_does_not_stop_the_others(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even an unforeseen one."""
    original = Engine.open_recorder

    async def sometimes(self: Engine, *arguments: Any, seed: int, **named: Any) -> Any:
        if seed == 12:
            raise ZeroDivisionError("unforeseen")
        return await original(self, *arguments, seed=seed, **named)

    monkeypatch.setattr(Engine, "open_recorder", sometimes)
    batch = run_batch(canvas(), count=5, base_seed=10, engine=engine).result()
    assert batch.completed_runs == 4
    assert "unforeseen" in batch.runs[2].error


def test_the_manifest_is_written_first(make_engine: EngineMaker) -> None:
    """Before any run begins, it says what the batch is to make."""
    engine, _ = make_engine()
    seen: list[Any] = []

    def listen(event: Event) -> None:
        if isinstance(event, BatchStarted):
            assert event.folder is not None
            opened = Batch.open(event.folder)
            table = (opened.folder or Path()) / "points.jsonl"
            rows = [json.loads(line) for line in table.read_text().splitlines()]
            levels = [row["levels"]["input_1.text"] for row in rows]
            seen.append((opened.total_runs, len(opened), levels))
            seen.append(find_runs(engine.settings.exports))

    handle = run_batch(canvas(), prompts=["a", "b"], engine=engine, listener=listen)
    handle.result()
    assert seen == [(2, 0, ["a", "b"]), []]
    names = [event.name for event in handle.events]
    assert names[0] == "batch_started"
    assert names[-1] == "batch_complete"
    assert sorted(names[1:-1]) == ["run_complete"] * 2 + ["run_start"] * 2


def test_an_abort_keeps_what_has_ended_and_cancels_the_rest(make_engine: EngineMaker) -> None:
    """Runs under way end as cancelled, with a record; the others do not begin."""
    engine, backend = make_engine(
        capacity=2, seconds=lambda request: 60 if (request.seed or 0) >= 3 else 0
    )
    events: list[Event] = []
    under_way = threading.Event()

    def listen(event: Event) -> None:
        events.append(event)
        if isinstance(event, RunStart) and event.run_index == 5:
            under_way.set()

    handle = run_batch(
        canvas(), count=50, base_seed=0, concurrency=3, engine=engine, listener=listen
    )
    assert under_way.wait(30)
    handle.cancel()
    batch = handle.result(30)
    assert batch.aborted
    ended = {summary.index: summary.status for summary in batch.runs}
    assert ended == dict.fromkeys(range(3), RunStatus.COMPLETED) | dict.fromkeys(
        range(3, 6), RunStatus.CANCELLED
    )
    assert all(Run.open(str(one.folder)).status is one.status for one in batch.runs)
    last = events[-1]
    assert isinstance(last, BatchAborted)
    assert (last.aborted_at_run, last.completed_runs) == (3, 3)
    assert backend._at_once == 0
    assert batch.folder is not None
    again = Batch.open(batch.folder)
    assert again == batch
    assert "44 of 50 runs did not begin or did not end" in again.reasons()


@pytest.mark.parametrize("moment", ["at once", "afterwards"])
def test_an_abort_at_either_end(make_engine: EngineMaker, moment: str) -> None:
    """At once it still ends; afterwards it changes nothing, on disk neither."""
    engine, _ = make_engine(seconds=0.005)
    handle = run_batch(canvas(), count=4, engine=engine)
    if moment == "afterwards":
        handle.result()
    handle.cancel()
    batch = handle.result(30)
    assert batch.aborted is (moment == "at once")
    assert batch.folder is not None
    assert Batch.open(batch.folder) == batch


def test_a_batch_is_awaited_and_watched_like_a_run(engine: Engine) -> None:
    """From a notebook cell, say."""

    async def watch() -> tuple[Batch, list[str]]:
        handle = run_batch(canvas(), count=2, engine=engine, record=False)
        names = [event.name async for event in handle.watch()]
        return await handle, names

    batch, names = asyncio.run(watch())
    assert batch.complete
    assert batch.folder is None
    assert list(batch) == []
    assert names[-1] == "batch_complete"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "either prompts or a count"),
        ({"prompts": ["a"], "count": 1}, "either prompts or a count"),
        ({"prompts": []}, "1 to 1000000 runs"),
        ({"prompts": "abc"}, "a list of texts"),
        ({"count": 0}, "1 to 1000000 runs"),
        ({"count": 10**7}, "1 to 1000000 runs"),
        ({"count": 2, "base_seed": MAX_SEED}, "base seed should be"),
        ({"count": 2, "base_seed": -1}, "base seed should be"),
        ({"count": 2, "base_seed": 1.5}, "base seed should be"),
        ({"count": 2, "concurrency": 0}, "concurrency should be"),
        ({"count": 2, "concurrency": 10**6}, "concurrency should be"),
        ({"prompts": ["a"], "node": "nobody"}, "no input node"),
        ({"prompts": ["a", 7]}, "valid string"),
        ({"prompts": ["a", "\ud800"]}, "as a unicode string"),
    ],
)
def test_what_is_no_batch_is_told_before_anything_is_written(
    engine: Engine, asked: dict[str, Any], message: str
) -> None:
    """In words, and without a folder."""
    with pytest.raises((BatchError, CanvasError), match=message):
        run_batch(canvas(), engine=engine, **asked)
    assert not engine.settings.exports.exists()


def test_several_inputs_need_a_name(make_engine: EngineMaker) -> None:
    """The words go into the one that is named."""
    engine, backend = make_engine()
    join = [Input("kept", id="a"), Input("replaced", id="b")] >> Interception(instructions="c")
    with pytest.raises(CanvasError, match="say which one"):
        run_batch(join, prompts=["new"], engine=engine)
    run_batch(join, prompts=["new"], node="b", engine=engine).result()
    assert backend.text_requests[0].prompt == "kept\n\nnew"


def test_a_full_disk_ends_the_batch_with_one_clear_error(
    make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the batch's own journal cannot be written; listeners are told that it is over."""
    engine, _ = make_engine()
    original = Journal.append

    def failing(self: Journal, line: Any, **named: Any) -> None:
        if "batch" in self.path.parent.name and line.get("event") == "done":
            raise RecordError(f"Could not write: {errno.errorcode[errno.ENOSPC]}.")
        original(self, line, **named)

    monkeypatch.setattr(Journal, "append", failing)
    handle = run_batch(canvas(), count=3, engine=engine)
    with pytest.raises(RecordError, match="ENOSPC"):
        handle.result(30)
    assert isinstance(handle.events[-1], BatchAborted)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_a_full_disk_stops_the_batch_before_more_is_asked_for(
    make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room again it goes on in the same folders, and no text is asked for twice."""
    engine, backend = make_engine()
    write, full = os.write, False

    def write_or_fail(descriptor: int, data: bytes) -> int:
        target = (Path("/proc/self/fd") / str(descriptor)).resolve()
        if full and target.suffix == ".png":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    def listen(event: Event) -> None:
        nonlocal full
        full = full or isinstance(event, RunComplete)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write_or_fail)
        value = Input("x") >> Interception(instructions="c") >> Generation() >> Collector()
        handle = run_batch(value, count=9, concurrency=1, engine=engine, listener=listen)
        batch = handle.result(30)
    assert batch.aborted
    assert "No space left" in batch.stop_reason
    assert (len(backend.text_requests), batch.completed_runs) == (2, 1)
    assert batch.advice == "batch.resume() makes what is missing"
    whole = batch.resume(engine=engine).result(30)
    assert (whole.completed_runs, len(backend.text_requests)) == (9, 9)
    assert len(find_runs(engine.settings.exports)) == 9


def test_closing_the_engine_ends_a_batch(settings: Any) -> None:
    """Its manifest and its runs can be opened."""
    backend = ScriptedBackend("lab", seconds=60)
    engine = Engine(settings, backends={"lab": backend})
    handle = run_batch(canvas(), count=20, engine=engine)
    while not backend.media_requests:
        threading.Event().wait(0.005)
    engine.close()
    assert handle.done
    (folder,) = find_batches(settings.exports)
    assert Batch.open(folder).total_runs == 20
    statuses = {Run.open(path).status for path in find_runs(settings.exports)}
    assert statuses == {RunStatus.CANCELLED}


def test_a_run_that_reached_its_backend_asks_for_no_others(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which backends there are is read from every installed package: not once for each run."""

    def names(self: BackendRegistry) -> tuple[str, ...]:
        raise AssertionError("the names of all backends were asked for")

    monkeypatch.setattr(BackendRegistry, "names", names)
    assert run_batch(canvas(), count=3, engine=engine).result(30).complete


def test_a_killed_batch_knows_the_runs_that_had_ended(make_engine: EngineMaker) -> None:
    """Also those that ended before the batch came to say so in its own journal."""
    engine, _ = make_engine()
    batch = run_batch(canvas(), count=3, engine=engine).result(30)
    run_batch(canvas(), count=1, engine=engine).result(30)
    assert batch.folder is not None
    journal = batch.folder / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(line for line in lines if b'"done"' not in line))
    assert Batch.open(batch.folder).runs == batch.runs


def test_a_forked_process_is_told_that_the_engine_stayed_behind(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread does not go along, so that waiting for it would never end."""
    run_batch(canvas(), count=1, engine=engine).result(30)
    with monkeypatch.context() as patched:
        patched.setattr(os, "getpid", lambda: -1)
        engine.close()
        with pytest.raises(RuntimeError, match="parent process"):
            run_batch(canvas(), count=1, engine=engine)


@pytest.mark.parametrize("damage", ["none", "torn", "list", "journal"])
def test_a_folder_without_a_batch_is_a_clear_error(tmp_path: Path, damage: str) -> None:
    """Missing, torn, or something else."""
    if damage == "torn":
        (tmp_path / "batch.json").write_text('{"batch_id": "b", "tot')
    if damage == "list":
        (tmp_path / "batch.json").write_text("[]")
    if damage == "journal":
        (tmp_path / "batch.json").write_text('{"batch_id": "b", "total_runs": 1}')
        (tmp_path / "journal.jsonl").write_text('{"event": "run"}\n')
    with pytest.raises(RecordError):
        Batch.open(tmp_path)
