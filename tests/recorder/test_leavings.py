"""What crashes leave is told from records and from what a living program writes, and cleared."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Canvas, CanvasRecorder, Collector, Input, Run
from canvas_kit.recorder import disk
from canvas_kit.recorder.journal import Journal, make_record
from canvas_kit.recorder.leavings import clear
from canvas_kit.recorder.run import find_runs
from canvas_kit.values import RunStatus

pytestmark = pytest.mark.anyio
fcntl = pytest.importorskip("fcntl")


def canvas() -> Canvas:
    return Canvas.of(Input("x", id="words") >> Collector())


async def killed(exports: Path) -> CanvasRecorder:
    """A run as a kill leaves it: with a file that is half written."""
    recorder = await CanvasRecorder.start(canvas(), exports=exports)
    await recorder.save_entity("words", "input", "kept")
    (recorder.folder / ".partial" / "02_x.png").write_bytes(b"half")
    recorder._journal.abandon()
    return recorder


def half_made(device: Path, name: str = ".canvas_run_r9.new") -> Path:
    """A folder as a kill in the making of a record leaves it."""
    folder = device / name
    (folder / "final").mkdir(parents=True)
    (folder / ".partial").mkdir()
    (folder / "workflow.json").write_bytes(b"{")
    return folder


async def test_a_run_that_a_kill_left_half_made_can_be_begun_again(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a batch that goes on, or another worker: what is left is not in its way."""
    with monkeypatch.context() as dying:
        dying.setattr(Journal, "name_folder", _killed)
        dying.setattr("shutil.rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            await CanvasRecorder.start(canvas(), exports=exports, run_id="r9")
    recorder = await CanvasRecorder.start(canvas(), exports=exports, run_id="r9")
    await recorder.save_entity("words", "input", "kept")
    await recorder.finish(RunStatus.COMPLETED)
    assert find_runs(exports) == [recorder.folder]
    (left,) = clear(exports).removed
    assert left.path.name.startswith(".canvas_run_r9")


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


async def test_leavings_are_shown_and_then_removed(exports: Path) -> None:
    """With how many bytes they hold; the record stays as it was."""
    recorder = await killed(exports)
    device = recorder.folder.parent
    half_made(device)
    half_made(device, ".canvas_batch_b.new")
    (device / "canvas_run_empty").mkdir()
    before = Run.open(recorder.folder)
    sizes = {
        ".canvas_batch_b.new": 1,
        ".canvas_run_r9.new": 1,
        "canvas_run_empty": 0,
        ".partial": 4,
    }
    shown = clear(exports, dry_run=True)
    assert {one.path.name: one.size_bytes for one in shown.removed} == sizes
    assert all(one.path.exists() for one in shown.removed)
    done = clear(exports)
    assert done == shown
    assert done.left_alone == ()
    assert not any(one.path.exists() for one in done.removed)
    assert clear(exports).removed == ()
    assert Run.open(recorder.folder) == before
    assert before.status is RunStatus.INTERRUPTED
    assert before.verify() == []


async def test_what_a_living_program_writes_stays(exports: Path) -> None:
    """A run that is going on keeps the place where its files are until they are whole."""
    recorder = await CanvasRecorder.start(canvas(), exports=exports)
    assert clear(exports).removed == ()
    await recorder.save_entity("words", "input", "kept")
    assert clear(exports).removed == ()
    run = await recorder.mark_complete()
    assert run.verify() == []


def test_a_record_that_is_being_made_stays(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its maker shares the lock of the folder, which the one that clears must have alone."""
    monkeypatch.setattr(disk, "_LOCK_SECONDS", 0.05)
    device = exports / "json" / "2026-01-01" / "local"
    making, go_on = threading.Event(), threading.Event()
    made: list[Journal] = []
    write = disk.write_flushed

    def slowly(path: Path, data: bytes) -> None:
        making.set()
        assert go_on.wait(30)
        write(path, data)

    monkeypatch.setattr("canvas_kit.recorder.journal.write_flushed", slowly)
    line = {"event": "run", "run_id": "r1"}
    thread = threading.Thread(
        target=lambda: made.append(
            make_record(device / "canvas_run_r1", {"workflow.json": b"{}"}, line)
        )
    )
    thread.start()
    assert making.wait(30)
    found = clear(exports)
    go_on.set()
    thread.join()
    assert found.removed == ()
    assert "making records" in found.left_alone[0]
    assert find_runs(exports) == [device / "canvas_run_r1"]
    made[0].abandon()


async def test_nothing_that_is_not_ours_is_touched(exports: Path, tmp_path: Path) -> None:
    """Other names, other contents, and links to elsewhere."""
    recorder = await killed(exports)
    device = recorder.folder.parent
    with_more = half_made(device)
    (with_more / "thesis.txt").write_text("mine")
    elsewhere = half_made(tmp_path / "elsewhere")
    (device / ".canvas_run_link.new").symlink_to(elsewhere, target_is_directory=True)
    (device / ".cache").mkdir()
    aside = recorder.folder / ".partial"
    aside.rename(tmp_path / "aside")
    aside.symlink_to(tmp_path / "aside", target_is_directory=True)
    found = clear(exports)
    assert found.removed == ()
    assert found.left_alone == (f"{with_more}: it holds thesis.txt, which is not ours.",)
    assert (elsewhere / "workflow.json").exists()
    assert (tmp_path / "aside" / "02_x.png").exists()


def test_empty_folders_of_past_days_go(exports: Path) -> None:
    """Those of today stay: a program may be about to record in one."""
    for day in ("2020-02-02", "2999-01-01", "notes"):
        (exports / "json" / day / "local").mkdir(parents=True)
    (exports / "json" / "2020-02-03" / "local" / "kept").mkdir(parents=True)
    names = [one.path.relative_to(exports).as_posix() for one in clear(exports).removed]
    assert names == ["json/2020-02-02/local", "json/2020-02-02"]
    assert sorted(path.name for path in (exports / "json").iterdir()) == [
        "2020-02-03",
        "2999-01-01",
        "notes",
    ]


async def test_without_locks_only_what_is_a_day_old_goes(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program on another machine could be writing the rest."""

    def no_locks(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    recorder = await killed(exports)
    folder = half_made(recorder.folder.parent)
    found = clear(exports)
    assert found.removed == ()
    assert found.left_alone == (f"{folder}: it may be made at this moment.",)
    yesterday = time.time() - 25 * 3600
    for path in (folder, recorder.folder / ".partial"):
        os.utime(path, (yesterday, yesterday))
    assert {one.path.name for one in clear(exports).removed} == {folder.name, ".partial"}
