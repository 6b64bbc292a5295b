"""A batch of a name is taken up: given back, completed, extended, or refused with a reason."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import (
    Batch,
    BatchHandle,
    Canvas,
    Collector,
    Engine,
    Generation,
    Input,
    Interception,
    Run,
    Sweep,
    run_batch,
    running,
)
from canvas_kit.backends.base import MediaRequest
from canvas_kit.backends.scripted import ScriptedBackend, plain_png
from canvas_kit.batch.design import differences
from canvas_kit.errors import BackendError, BatchError, ContentRefused, RecordError
from canvas_kit.events import Event, RunStart
from canvas_kit.recorder.journal import read_journal
from canvas_kit.recorder.run import find_runs
from canvas_kit.values import RunStatus
from tests.conftest import EngineMaker, lab_settings

WORDS = ["a doctor", "a nurse"]


def canvas() -> Canvas:
    chain = Input("x", id="prompt") >> Interception(instructions="c", id="how")
    return Canvas.of(chain >> Generation(id="picture") >> Collector())


def study(words: list[str] = WORDS, seeds: Any = range(3), name: str = "study") -> Sweep:
    return Sweep(canvas(), {"prompt.text": words}, seeds=seeds, name=name)


def stopped_after(runs: int, sweep: Sweep, engine: Engine, **options: Any) -> Batch:
    """A batch that was cancelled when the run with this number began."""
    handle: list[BatchHandle] = []
    begun = threading.Event()

    def listen(event: Event) -> None:
        if isinstance(event, RunStart) and event.run_index >= runs:
            begun.wait(30)
            handle[0].stop("it was cancelled")

    handle.append(run_batch(sweep, engine=engine, concurrency=1, listener=listen, **options))
    begun.set()
    return handle[0].result(60)


def whole(batch: Batch, points: int) -> None:
    """Each point is there once, complete, under the levels and the seed that it says."""
    assert batch.complete
    assert [one.index for one in batch.runs] == list(range(points))
    assert len({one.point_id for one in batch.runs}) == points
    assert len({one.run_id for one in batch.runs}) == points
    assert batch.folder is not None
    assert Batch.open(batch.folder) == batch
    assert batch.verify() == []
    for summary in batch.runs:
        run = batch.open_run(summary)
        assert run["prompt"][0].text == summary.levels["prompt.text"]
        assert run.seed == summary.seed
        assert run.about["point_id"] == summary.point_id


def test_a_name_note_and_tags_are_in_the_manifest_and_found_by_name(engine: Engine) -> None:
    """A batch is opened by its name; a name that nothing has is a clear error."""
    sweep = Sweep(canvas(), seeds=[1], name="night's watch", note="why", tags=["a", "b"])
    batch = run_batch(sweep, engine=engine).result(30)
    exports = engine.settings.exports
    assert Batch.open("night's watch", exports) == batch
    assert (batch.name, batch.note, batch.tags) == ("night's watch", "why", ("a", "b"))
    assert Sweep.from_document(batch.about["sweep"]) == sweep
    run = batch[0]
    assert run.about["batch_name"] == "night's watch"
    with pytest.raises(RecordError, match="no batch of that name"):
        Batch.open("day's watch", exports)


def test_a_complete_batch_is_given_back_at_once(make_engine: EngineMaker) -> None:
    """No model is asked, and nothing is written."""
    engine, backend = make_engine()
    first = run_batch(study(), engine=engine).result(60)
    asked = len(backend.media_requests), len(backend.text_requests)
    assert first.folder is not None
    before = (first.folder / "journal.jsonl").read_bytes()
    handle = run_batch(study(), engine=engine)
    assert handle.result(60) == first
    assert (len(backend.media_requests), len(backend.text_requests)) == asked
    assert (first.folder / "journal.jsonl").read_bytes() == before
    assert [event.name for event in handle.events] == ["batch_started", "batch_complete"]
    whole(first, 6)


def test_a_cell_run_again_attaches_to_the_batch_under_way(make_engine: EngineMaker) -> None:
    """There is never a second one that is not seen; another design of that name has to wait."""
    engine, backend = make_engine(seconds=0.5)
    handle = run_batch(study(), engine=engine)
    assert run_batch(study(), engine=engine) is handle
    assert list(running()) == [handle]
    with pytest.raises(BatchError, match="under way in this session with another design"):
        run_batch(study(seeds=range(4)), engine=engine)
    whole(handle.result(60), 6)
    assert len(backend.media_requests) == 6


def test_without_a_name_each_call_is_a_new_batch(engine: Engine) -> None:
    """As ever."""
    first, second = (run_batch(study(name=""), engine=engine).result(60) for _ in range(2))
    assert first.id != second.id
    assert len(find_runs(engine.settings.exports)) == 12


@pytest.mark.parametrize("by", ["cell", "resume"])
def test_a_batch_that_was_stopped_is_completed(make_engine: EngineMaker, by: str) -> None:
    """What is complete stays, and what a run has is not asked for again."""
    engine, backend = make_engine(seconds=0.01)
    stopped = stopped_after(3, study(), engine)
    assert stopped.aborted
    assert stopped.completed_runs == 3
    batch = (
        run_batch(study(), engine=engine) if by == "cell" else stopped.resume(engine=engine)
    ).result(60)
    assert not batch.aborted
    assert batch.id == stopped.id
    whole(batch, 6)
    assert batch.runs[:3] == stopped.runs[:3]
    assert len(find_runs(engine.settings.exports)) == 6
    pictures = Counter((request.prompt, request.seed) for request in backend.media_requests)
    assert len(pictures) == 6


def test_a_text_that_was_paid_for_is_not_asked_for_again(make_engine: EngineMaker) -> None:
    """A run that was broken off behind its text goes on with the text."""
    numbers = itertools.count(1)
    engine, backend = make_engine(
        text=lambda request: f"{request.prompt}, number {next(numbers)}",
        seconds=lambda request: 30 if isinstance(request, MediaRequest) else 0,
    )
    handle = run_batch(Sweep(canvas(), seeds=[7], name="one"), engine=engine)
    while not backend.media_requests:
        threading.Event().wait(0.005)
    handle.cancel()
    handle.result(60)
    engine.close()
    again, other = make_engine()
    batch = run_batch(Sweep(canvas(), seeds=[7], name="one"), engine=again).result(60)
    assert batch.complete
    assert (len(other.text_requests), len(other.media_requests)) == (0, 1)
    assert other.media_requests[0].prompt == "x, number 1"
    assert batch.runs[0].attempt == 2
    assert batch[0].about["attempt"] == 2


def test_further_levels_and_seeds_extend_a_batch(make_engine: EngineMaker) -> None:
    """Only the new points are made; the old ones keep their places, numbers and folders."""
    engine, backend = make_engine()
    first = run_batch(study(seeds=range(2)), engine=engine).result(60)
    longer = study(["a judge", *WORDS], seeds=range(3))
    batch = run_batch(longer, engine=engine).result(60)
    whole(batch, 9)
    assert batch.id == first.id
    assert batch.runs[:4] == first.runs
    assert len(backend.media_requests) == 9
    assert Sweep.from_document(batch.about["sweep"]) == longer
    assert [run.about["run_index"] for run in batch] == list(range(9))
    # A third time, and again from the record alone.
    whole(run_batch(study(["a judge", *WORDS], range(4)), engine=engine).result(60), 12)
    assert Batch.open("study", engine.settings.exports).resume(engine=engine).result(60).complete
    assert len(backend.media_requests) == 12


def test_a_crash_while_a_batch_is_extended_leaves_it_as_it_was(engine: Engine) -> None:
    """The files of the longer design are there, but the journal does not name them yet."""
    first = run_batch(study(seeds=range(2)), engine=engine).result(60)
    assert first.folder is not None
    (first.folder / "points_2.jsonl").write_text("half a li")
    (first.folder / ".sweep_2.json.new").write_text("{")
    assert Batch.open(first.folder) == first
    whole(run_batch(study(), engine=engine).result(60), 6)


def test_a_full_disk_while_a_batch_is_extended_leaves_it_as_it_was(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, and once there is room the very same call goes on."""
    run_batch(study(seeds=range(2)), engine=engine).result(60)
    with monkeypatch.context() as full:
        full.setattr("canvas_kit.batch.recording.write_flushed", _no_space)
        with pytest.raises(RecordError, match="No space left"):
            run_batch(study(), engine=engine).result(60)
    whole(run_batch(study(), engine=engine).result(60), 6)


def _no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_batch_that_another_process_extends_meanwhile_is_not_mixed_up(
    make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both saw four points and add others: who comes second is told, and asks again."""
    engine, _ = make_engine()
    other, _ = make_engine()
    run_batch(study(seeds=range(2)), engine=engine).result(60)
    wider = study(["a judge", *WORDS], seeds=range(2))

    with monkeypatch.context() as between:

        def meanwhile(before: Any, conditions: Any) -> list[str]:
            between.undo()
            run_batch(wider, engine=other).result(60)
            return differences(before, conditions)

        between.setattr("canvas_kit.batch.begin.differences", meanwhile)
        with pytest.raises(BatchError, match="extended by another process just now"):
            run_batch(study(seeds=range(3)), engine=engine).result(60)
    whole(run_batch(wider, engine=engine).result(60), 6)


def test_a_sweep_that_lacks_points_is_refused_and_says_what_to_do(engine: Engine) -> None:
    """Fewer seeds, or another canvas; with again=True it is a new batch, and the newest wins."""
    first = run_batch(study(), engine=engine).result(60)
    other = Canvas.of(Input("x", id="prompt") >> Generation() >> Collector())
    changed = Sweep(other, {"prompt.text": WORDS}, seeds=range(3), name="study")
    for sweep in (study(seeds=range(2)), changed):
        with pytest.raises(BatchError, match=r"points that this sweep lacks.*again=True"):
            run_batch(sweep, engine=engine)
    second = run_batch(changed, engine=engine, again=True).result(60)
    assert second.id != first.id
    assert Batch.open("study", engine.settings.exports) == second
    assert run_batch(changed, engine=engine).result(60) == second


def test_shards_of_a_study_are_batches_of_their_own(engine: Engine) -> None:
    """Each is taken up by itself, and together they are the study."""
    parts = [run_batch(study().shard(k, 2), engine=engine).result(60) for k in (1, 2)]
    again = [run_batch(study().shard(k, 2), engine=engine).result(60) for k in (1, 2)]
    assert again == parts
    ids = [one.point_id for part in parts for one in part.runs]
    assert sorted(ids) == sorted(point.id for point in study())


def test_a_sample_grows_into_the_whole(make_engine: EngineMaker) -> None:
    """What was tried out first is not made again."""
    engine, backend = make_engine()
    run_batch(study().sample(2), engine=engine).result(60)
    whole(run_batch(study(), engine=engine).result(60), 6)
    assert len(backend.media_requests) == 6


def test_a_failed_point_is_made_again_only_when_asked(make_engine: EngineMaker) -> None:
    """In its own folder, with what it had; its attempts are numbered."""
    failing = {"a nurse"}

    def picture(request: MediaRequest) -> Any:
        if request.prompt in failing:
            return BackendError("out of memory", backend="lab")
        return plain_png(8, 8)

    engine, backend = make_engine(text=lambda request: request.prompt, picture=picture)
    first = run_batch(study(), engine=engine).result(60)
    assert first.completed_runs == 3
    assert run_batch(study(), engine=engine).result(60) == first
    asked = len(backend.text_requests)
    tried = run_batch(study(), engine=engine, retry="failed").result(60)
    assert [one.attempt for one in tried.runs] == [1, 1, 1, 2, 2, 2]
    assert tried.completed_runs == 3
    failing.clear()
    batch = tried.resume(retry="failed", engine=engine).result(60)
    whole(batch, 6)
    assert [one.attempt for one in batch.runs] == [1, 1, 1, 3, 3, 3]
    assert len(backend.text_requests) == asked  # the texts were there
    assert len(find_runs(engine.settings.exports)) == 6


def test_what_was_refused_stands_until_another_run_of_it_is_complete(
    make_engine: EngineMaker,
) -> None:
    """A refusal is a result: asked for once more, it is a run of its own."""
    answers: list[Any] = [ContentRefused("not this"), ContentRefused("nor now"), plain_png(8, 8)]
    engine, _ = make_engine(picture=lambda _: answers.pop(0))
    sweep = Sweep(canvas(), seeds=[1], name="one")
    first = run_batch(sweep, engine=engine).result(60)
    assert first.runs[0].refused
    assert first.resume(retry="failed", engine=engine).result(60) == first
    second = first.resume(retry="refused", engine=engine).result(60)
    assert second.runs == first.runs  # it was refused again, so that the first stands
    third = second.resume(retry="all", engine=engine).result(60)
    assert third.complete
    assert third.runs[0].run_id != first.runs[0].run_id
    assert third.runs[0].attempt == 3
    assert len(find_runs(engine.settings.exports)) == 3  # nothing was deleted
    assert third.verify() == []


def test_other_conditions_are_told_and_want_a_yes(settings: Any, exports: Path) -> None:
    """A default model that is another one now: the points that are left are not made silently."""
    with Engine(settings, backends={"lab": ScriptedBackend("lab", seconds=0.01)}) as engine:
        stopped = stopped_after(2, study(), engine)
    other = lab_settings(exports).model_copy(update={"media_model": "lab/other"})
    with Engine(other, backends={"lab": ScriptedBackend("lab")}) as engine:
        with pytest.raises(BatchError, match=r"picture asked lab/painter.*accept_changes=True"):
            run_batch(study(), engine=engine)
        with pytest.raises(BatchError, match="would ask lab/other"):
            stopped.resume(engine=engine)
        batch = stopped.resume(accept_changes=True, engine=engine).result(60)
        whole(batch, 6)
        assert batch.about["conditions"]["models"]["picture"] == ["lab/other"]


def test_another_version_of_the_package_is_told(engine: Engine, monkeypatch: Any) -> None:
    """Code that changed between the halves of a batch."""
    stopped = stopped_after(2, study(), engine)
    monkeypatch.setattr("canvas_kit.batch.design.__version__", "9.9")
    with pytest.raises(BatchError, match=r"is 9\.9 now"):
        stopped.resume(engine=engine)
    # A complete one needs no yes: nothing is made.
    batch = stopped.resume(accept_changes=True, engine=engine).result(60)
    monkeypatch.setattr("canvas_kit.batch.design.__version__", "10.0")
    assert batch.resume(engine=engine).result(60) == batch


def test_an_output_config_with_another_content_is_told(settings: Any, tmp_path: Path) -> None:
    """What is no part of a point's identity, since it belongs to this machine."""
    configs = tmp_path / "configs"
    configs.mkdir()
    (configs / "mine.toml").write_text('model = "lab/painter"\nsteps = 4\n')
    mine = settings.model_copy(update={"output_configs": configs, "media_model": "mine"})
    backends = {"lab": ScriptedBackend("lab", seconds=0.01)}
    with Engine(mine, backends=backends) as engine:
        stopped_after(2, study(), engine)
    (configs / "mine.toml").write_text('model = "lab/painter"\nsteps = 8\n')
    changed = Engine(mine, backends={"lab": ScriptedBackend("lab")})
    with changed, pytest.raises(BatchError, match="mine has another content now"):
        run_batch(study(), engine=changed)


HOLDER = """
import sys, time
from pathlib import Path
from canvas_kit import Batch, Engine
from canvas_kit.backends.scripted import ScriptedBackend
from tests.conftest import lab_settings
backend = ScriptedBackend("lab", seconds=60)
with Engine(lab_settings(Path(sys.argv[1])), backends={"lab": backend}) as engine:
    handle = Batch.open("study", sys.argv[1]).resume(engine=engine)
    while handle.folder is None:
        time.sleep(0.01)
    print("held", flush=True)
    sys.stdin.readline()
    engine.hurry()
"""


def test_a_second_process_is_refused_and_told_which_is_at_work(
    engine: Engine, exports: Path
) -> None:
    """Never do two make the same points; once the other has gone, it is gone on with."""
    stopped = stopped_after(2, study(), engine)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(exports)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for attempt in (stopped.resume, lambda **more: run_batch(study(), **more)):
            with pytest.raises(BatchError, match=f"under way in process {holder.pid} on"):
                attempt(engine=engine)
    finally:
        holder.kill()
        holder.communicate()
    whole(stopped.resume(engine=engine).result(60), 6)


def test_each_run_is_claimed_before_it_begins(make_engine: EngineMaker) -> None:
    """With its id and its folder, in the journal on the disk."""
    engine, _ = make_engine()
    claimed: list[bool] = []

    def listen(event: Event) -> None:
        if isinstance(event, RunStart):
            (folder,) = engine.settings.exports.glob("json/*/*/canvas_batch_*")
            lines = list(read_journal(folder / "journal.jsonl"))
            mine = [
                one for one in lines if one["event"] == "claimed" and one["run_id"] == event.run_id
            ]
            claimed.append(mine[0]["folder"].endswith(f"canvas_run_{event.run_id}"))

    batch = run_batch(study(), engine=engine, listener=listen).result(60)
    assert claimed == [True] * 6
    assert batch.folder is not None
    events = [line["event"] for line in read_journal(batch.folder / "journal.jsonl")]
    assert Counter(events) == {"batch": 1, "claimed": 6, "done": 6}


@pytest.mark.parametrize("lost", ["end", "torn", "folder", "journal", "moved"])
def test_a_killed_batch_goes_on_from_whatever_is_left(
    make_engine: EngineMaker, tmp_path: Path, lost: str
) -> None:
    """Its last lines, half a line, a run that was only claimed or had only begun, another place."""
    engine, backend = make_engine()
    batch = run_batch(study(), engine=engine, concurrency=1).result(60)
    assert batch.folder is not None
    journal = batch.folder / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    last = batch.runs[-1].folder
    assert last is not None
    match lost:
        case "end":  # the run had ended, but the batch did not live to say so
            journal.write_bytes(b"".join(lines[:-1]))
        case "torn":
            journal.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
        case "folder":
            journal.write_bytes(b"".join(lines[:-1]))
            shutil.rmtree(last)
        case "journal":  # the power failed before a line of the run was on the disk
            journal.write_bytes(b"".join(lines[:-1]))
            (last / "journal.jsonl").write_bytes(b"")
            (last / "metadata.json").unlink()
        case "moved":
            journal.write_bytes(b"".join(lines[:-1]))
            shutil.move(engine.settings.exports, tmp_path / "elsewhere")
            journal = tmp_path / "elsewhere" / journal.relative_to(engine.settings.exports)
    opened = Batch.open(journal.parent)
    anew = lost in ("folder", "journal")
    assert len(opened) == (5 if anew else 6)
    whole(opened.resume(engine=engine).result(60), 6)
    assert len(backend.media_requests) == (7 if anew else 6)


def test_what_retry_and_resume_cannot_do_is_told(engine: Engine) -> None:
    """In words."""
    with pytest.raises(BatchError, match="'failed', 'refused' or 'all'"):
        run_batch(study(), engine=engine, retry="everything")  # type: ignore[arg-type]
    kept = run_batch(study(name=""), engine=engine, record=False).result(60)
    with pytest.raises(RecordError, match="was not recorded"):
        kept.resume(engine=engine)


def test_the_command_goes_on_with_a_batch(settings: Any, exports: Path, tmp_path: Path) -> None:
    """By name, with an exit status that is true, and JSON if wanted."""
    chain = Input("x", id="prompt") >> Generation("embedded/sketch", width=64) >> Collector()
    sweep = Sweep(chain, {"prompt.text": WORDS}, seeds=[1, 2], name="sketches")
    with Engine(settings) as engine:
        stopped_after(1, sweep, engine)
    command = [sys.executable, "-m", "canvas_kit.cli", "resume", "sketches"]
    done = subprocess.run(
        [*command, "--exports", str(exports), "--json", "--concurrency", "2"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["completed_runs"] == 4
    whole_batch = Batch.open("sketches", exports)
    assert whole_batch.complete
    assert all(Run.open(str(one.folder)).status is RunStatus.COMPLETED for one in whole_batch.runs)
