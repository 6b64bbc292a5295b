"""What comes later is added to a record that is over, also when a process dies while it does."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Canvas, CanvasRecorder, Collector, Generation, Input, Interception, Run
from canvas_kit.backends.scripted import plain_png
from canvas_kit.recorder import journal
from canvas_kit.recorder.completing import add_later
from canvas_kit.recorder.continuing import SentJob, job_of
from canvas_kit.recorder.journal import Journal
from canvas_kit.values import Artifact, Media, NodeReport, NodeState, Provenance, RunStatus

pytestmark = pytest.mark.anyio
fcntl = pytest.importorskip("fcntl")


async def sent(exports: Path, canvas: Canvas) -> tuple[Path, SentJob]:
    """A run whose process died while a server made its picture."""
    recorder = await CanvasRecorder.start(canvas, exports=exports, seed=7)
    await recorder.save_entity("words", "input", "a market")
    recorder.settle(NodeReport("words", "input", NodeState.COMPLETED))
    await recorder.submitting("picture", "job-1", {"backend": "lab", "asked": "lab/painter"})
    (recorder.folder / ".partial" / "02_generation.png").write_bytes(b"half")
    recorder._journal.abandon()
    return recorder.folder, job_of(Run.open(recorder.folder).about["jobs"][0])


def canvas() -> Canvas:
    return Canvas.of(Input("x", id="words") >> Generation(id="picture") >> Collector())


def add(folder: Path, job: SentJob) -> Run:
    picture = Artifact(
        Media(plain_png(8, 8), "image/png", 8, 8),
        provenance=Provenance("lab", "", job_id=job.job_id),
        details={"source": {"name": "a.png"}},
    )
    return add_later(folder, job, [picture], warnings=(), missing=())


async def test_a_kill_between_the_journal_and_the_manifest_loses_nothing(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a run that had ended as failed: its old manifest is not believed any more."""
    folder, job = await sent(exports, canvas())
    recorder = await CanvasRecorder.reopen(canvas(), folder)
    failed = await recorder.finish(RunStatus.FAILED)
    with monkeypatch.context() as dying:
        dying.setattr("canvas_kit.recorder.completing.write_manifest", _killed)
        with pytest.raises(KeyboardInterrupt):
            add(folder, job)
    (folder / ".partial" / "metadata.json").write_bytes(b"{")
    found = Run.open(folder)
    assert (failed.status, found.status) == (RunStatus.FAILED, RunStatus.COMPLETED)
    assert [one.bytes for one in found.images] == [plain_png(8, 8)]
    assert add(folder, job) == found  # the next attempt finds it there, and all of it
    assert found.verify() == []


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


async def test_a_killed_run_that_lacks_more_stays_open_for_going_on(exports: Path) -> None:
    """What came is in it; that it was interrupted still stands, so that a batch goes on with it."""
    chain = Input("x", id="words") >> Generation(id="picture") >> Interception(id="text")
    folder, job = await sent(exports, Canvas.of(chain >> Collector()))
    found = add(folder, job)
    assert (found.status, len(found.images)) == (RunStatus.INTERRUPTED, 1)
    assert Run.open(folder) == found
    assert json.loads((folder / "metadata.json").read_bytes())["status"] == "interrupted"
    assert found.verify() == []


async def test_one_who_looks_whether_a_record_is_written_holds_up_no_writer(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gallery asks that of every open run; it must not pass for a writer."""
    folder, _ = await sent(exports, canvas())
    path = folder / "journal.jsonl"
    reader = os.open(path, os.O_RDONLY)
    fcntl.flock(reader, fcntl.LOCK_SH)
    looking = journal.is_open
    done = threading.Event()

    def then_ends(path: Path) -> Any:
        found = looking(path)
        if not done.is_set():
            done.set()
            os.close(reader)
        return found

    monkeypatch.setattr(journal, "is_open", then_ends)
    opened = Journal(path, again=True)
    assert done.is_set()
    opened.close()
