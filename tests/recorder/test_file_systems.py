"""What a file system cannot do is told once, and what it can is done."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import stat
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Canvas, CanvasRecorder, Collector, Generation, Input, Run, run, run_batch
from canvas_kit.backends.scripted import ScriptedBackend
from canvas_kit.errors import RecordError
from canvas_kit.events import Event, NodeComplete
from canvas_kit.executor.engine import Engine
from canvas_kit.recorder import disk
from canvas_kit.recorder.run import find_runs
from canvas_kit.settings import Settings
from canvas_kit.values import RunStatus
from tests.conftest import lab_settings

pytestmark = pytest.mark.anyio
fcntl = pytest.importorskip("fcntl")
CLOSES = 4
"""The files of such a run that are closed by hand: the canvas, two results, the journal."""
PROC = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")


def canvas() -> Canvas:
    return Canvas.of(Input("x", id="words") >> Generation() >> Collector())


def _is_folder(descriptor: int) -> bool:
    return stat.S_ISDIR(os.fstat(descriptor).st_mode)


def _flushes_no_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if _is_folder(descriptor):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


def _flushes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(descriptor: int) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(os, "fsync", fsync)


def _opens_no_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., int] = os.open

    def refusing(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags & os.O_DIRECTORY:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", refusing)


def _has_no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: Any) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)


def _moves_no_folder_with_an_open_file(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.rename

    def rename(source: Any, target: Any, **named: Any) -> None:
        for link in Path("/proc/self/fd").iterdir():
            try:
                held = link.readlink()
            except FileNotFoundError:
                continue
            if Path(source) in held.parents:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        real(source, target, **named)

    monkeypatch.setattr(os, "rename", rename)


@PROC
@pytest.mark.parametrize(
    ("lacks", "told"),
    [
        (_flushes_no_folders, ["does not flush the names of files"]),
        (_flushes_nothing, ["does not flush files", "does not flush the names of files"]),
        (_opens_no_folders, ["does not flush the names of files"]),
        (_has_no_locks, ["has no locks"]),
        (_moves_no_folder_with_an_open_file, []),
    ],
)
def test_what_is_lacking_is_told_once_and_recording_goes_on(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    lacks: Callable[[pytest.MonkeyPatch], None],
    told: list[str],
) -> None:
    """With what still holds, in a sentence; every run is whole."""
    monkeypatch.setattr(disk, "_told", set())
    lacks(monkeypatch)
    with (
        caplog.at_level(logging.WARNING),
        Engine(settings, backends={"lab": ScriptedBackend("lab")}) as engine,
    ):
        batch = run_batch(canvas(), count=5, engine=engine).result(60)
    assert batch.complete
    assert batch.verify() == []
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == len(told)
    assert all(any(text in line for line in said) for text in told), said


async def test_without_locks_a_run_that_goes_on_looks_interrupted(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As is said; what it has made is there."""
    _has_no_locks(monkeypatch)
    recorder = await CanvasRecorder.start(canvas(), exports=exports)
    await recorder.save_entity("words", "input", "x")
    found = Run.open(recorder.folder)
    assert found.status is RunStatus.INTERRUPTED
    assert len(found.entities) == 1
    assert (await recorder.mark_complete()).verify() == []


@PROC
@pytest.mark.parametrize("fails_from", range(1, CLOSES + 2))
def test_a_share_that_tells_only_at_the_close_that_it_is_full(
    exports: Path, monkeypatch: pytest.MonkeyPatch, fails_from: int
) -> None:
    """Ends the run by a clear error; nothing that was announced is lost, no descriptor leaks."""
    announced: list[Any] = []
    calls = [0]
    real = os.close

    def close(descriptor: int) -> None:
        place = (Path("/proc/self/fd") / str(descriptor)).readlink()
        ours = exports in place.parents and place.is_file()
        real(descriptor)
        calls[0] += ours
        if ours and calls[0] >= fails_from:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def listen(event: Event) -> None:
        if isinstance(event, NodeComplete):
            announced.extend(event.entities)

    told = pytest.raises(RecordError, match="No space left")
    engine = Engine(lab_settings(exports), backends={"lab": ScriptedBackend("lab")})
    with engine, monkeypatch.context() as patched:
        patched.setattr(os, "close", close)
        handle = run(canvas(), engine=engine, listener=listen)
        ends_well = nullcontext() if fails_from > CLOSES else told
        with ends_well:
            handle.result(30)
    held = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    assert not [place for place in held if str(exports) in place]
    for folder in find_runs(exports):
        found = Run.open(folder)
        assert all(entity in found.entities for entity in announced)
    assert not announced or find_runs(exports)


async def test_a_drive_that_is_not_there_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where not even the root of such a path exists."""
    monkeypatch.setattr(Path, "exists", lambda *_, **__: False)

    def mkdir(self: Path, *_: Any, **__: Any) -> None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(RecordError, match="make the folder"):
        await CanvasRecorder.start(canvas(), exports=tmp_path / "x")


async def test_a_name_that_is_too_long_is_a_clear_error(tmp_path: Path) -> None:
    """In recording and in reading."""
    long = tmp_path / ("x" * 300)
    with pytest.raises(RecordError, match="File name too long"):
        await CanvasRecorder.start(canvas(), exports=long)
    with pytest.raises(RecordError):
        Run.open(long)
    assert find_runs(long) == []


def test_a_cancelled_beginning_that_fails_is_over(
    exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event loop does not complain of an error that none is there to take."""
    complaints: list[Any] = []
    begun, go_on = threading.Event(), threading.Event()

    def failing(path: Path, data: bytes) -> None:
        begun.set()
        assert go_on.wait(30)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async def begin() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
        starting = asyncio.create_task(CanvasRecorder.start(canvas(), exports=exports))
        await asyncio.to_thread(begun.wait, 30)
        starting.cancel()
        for _ in range(5):  # until the cancellation has arrived
            await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await starting

    monkeypatch.setattr("canvas_kit.recorder.journal.write_flushed", failing)
    asyncio.run(begin())
    gc.collect()
    assert complaints == []
    assert find_runs(exports) == []
