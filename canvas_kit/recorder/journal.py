"""A run's journal: one JSON line for each thing that happened, appended, never rewritten.

The journal is the truth about a run; ``metadata.json`` is made from it. A process that dies may
leave a torn last line: everything before it stands.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import math
import os
import secrets
import shutil
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

from pydantic_core import to_json

from canvas_kit.errors import RecordError
from canvas_kit.files import open_file
from canvas_kit.recorder.disk import (
    flush,
    flush_folder,
    lock,
    lock_for_writing,
    locked,
    make_folder,
    translated,
    write_all,
    write_flushed,
)
from canvas_kit.recorder.names import JOURNAL
from canvas_kit.tasks import in_thread

T = TypeVar("T")

ATTEMPT = "attempt"
"""The event of a line that begins a further attempt, in a journal that is gone on with."""

_MAX_DEPTH = 100
_READ_SECONDS = 0.001
_OPEN_FLAGS = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)


class Journal:
    """An open journal, for one process and any number of threads.

    Flushes are shared: a thread that finds its line already on the disk, because another one's
    flush took it along, does not flush again. With the journal goes the folder of the files that
    its lines name, so that one flush makes a new file's name and its line safe together.
    """

    def __init__(
        self,
        path: Path,
        *,
        names: Path | None = None,
        side: Executor | None = None,
        again: bool = False,
    ) -> None:
        """Make a new journal, or open that of work that is over to go on with it.

        Args:
            path: Its file.
            names: The folder whose names are flushed with it.
            side: A thread to flush ``names`` beside the journal instead of after it: both then wait
                for the same commit of the file system (measured on ext4: 1.16 instead of 1.28 of
                the time of a file and its folder alone).
            again: Whether it is there already.

        Raises:
            RecordError: When it cannot be made or opened, or another process is writing it.
        """
        self.path = path
        self._writing = threading.Lock()
        self._flushing = threading.Lock()
        self._noted: deque[Mapping[str, Any]] = deque()
        self._written = 0
        self._flushed = 0
        self._size = 0
        self._fault: OSError | None = None
        self._names = names
        self._side = side
        self._descriptor: int | None = None
        if again:
            self._reopen()
            return
        with translated(f"make the journal {path}"):
            flags = _OPEN_FLAGS | os.O_CREAT | os.O_EXCL
            self._descriptor = os.open(path, flags, 0o666)
            lock_for_writing(self._descriptor)

    def _reopen(self) -> None:
        with translated(f"open the journal {self.path}"), self.path.open("rb") as file:
            self._descriptor = os.open(self.path, _OPEN_FLAGS)
            try:
                while lock(self._descriptor) is False:
                    if is_open(self.path):
                        raise RecordError(
                            f"The journal {self.path} is being written by another process; try "
                            "again when it has ended."
                        )
                    time.sleep(_READ_SECONDS)  # only a reader holds it, which looks who writes
                self._size = file.seek(0, os.SEEK_END)
                if self._size:
                    file.seek(-1, os.SEEK_END)
                    if file.read(1) != b"\n":
                        # Ends a line that a crash has torn, so that it spoils no other.
                        write_all(self._descriptor, b"\n")
                        self._size += 1
            except BaseException:
                self._release()
                raise

    def name_folder(self, folder: Path) -> None:
        """Give the folder in which the journal lies its name."""
        with self._flushing, self._writing:
            making = self.path.parent
            try:
                making.rename(folder)
            except PermissionError:
                # Windows, and network shares that come from it, move no folder with an open file.
                self._release()
                making.rename(folder)
                self._descriptor = os.open(folder / self.path.name, _OPEN_FLAGS)
                lock_for_writing(self._descriptor)
            self.path = folder / self.path.name

    def note(self, line: Mapping[str, Any]) -> None:
        """Have a line written with the next one, or at the end. Touches no disk."""
        self._noted.append(line)

    def append(self, *lines: Mapping[str, Any], flush: bool = True) -> None:
        """Append lines; with ``flush`` they are on the disk when this returns.

        Raises:
            RecordError: When they cannot be written.
        """
        with translated(f"write to the journal {self.path}"):
            with self._writing:
                self._write(*lines)
                mine = self._written
            if flush:
                self._flush(mine)

    def close(self, last: Callable[[], object] = lambda: None) -> None:
        """Write what was noted, flush and close; may be called again.

        Args:
            last: Called when all is on the disk, while the lock still says that the writer lives.

        Raises:
            RecordError: When that fails; the file is closed all the same.
        """
        with translated(f"close the journal {self.path}"), self._flushing, self._writing:
            if self._descriptor is None:
                return
            try:
                if self._noted:
                    self._write()
                flush(self._open_descriptor())
                last()
            finally:
                self._release()

    def abandon(self) -> None:
        """Close without writing anything more."""
        with self._flushing, self._writing:
            self._release()

    def _release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _write(self, *lines: Mapping[str, Any]) -> None:
        """Write what was noted, then ``lines``, in one go: all of it or, if that fails, nothing.

        The caller holds ``_writing``.
        """
        noted = [self._noted.popleft() for _ in range(len(self._noted))]
        data = b"".join(as_json(line) + b"\n" for line in (*noted, *lines))
        descriptor = self._open_descriptor()
        try:
            write_all(descriptor, data)
        except OSError as error:
            self._noted.extendleft(reversed(noted))
            try:
                os.ftruncate(descriptor, self._size)  # a torn line would hide those behind it
            except OSError:
                self._fault = error
            raise
        self._size += len(data)
        self._written += 1

    def _flush(self, mine: int) -> None:
        with self._flushing:
            if self._flushed >= mine:
                return
            reached = self._written
            beside: Future[None] | None = None
            try:
                if self._names is not None and self._side is not None:
                    beside = self._side.submit(flush_folder, self._names)
                flush(self._open_descriptor())
                if beside is not None:
                    beside.result()
                elif self._names is not None:
                    flush_folder(self._names)
            except OSError as error:
                # A system tells of a failed flush once; the next one would seem to succeed.
                self._fault = error
                raise
            self._flushed = reached

    def _open_descriptor(self) -> int:
        if self._fault is not None:
            raise self._fault
        if self._descriptor is None:
            raise OSError("the record is closed")
        return self._descriptor


def as_json(document: Any, *, indent: int | None = None) -> bytes:
    """``document`` as JSON; what JSON cannot hold is written as text or null rather than lost."""
    try:
        if indent is not None:  # json has no fast encoder for it
            return to_json(document, indent=indent, inf_nan_mode="null")
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        text = json.dumps(plain(document), ensure_ascii=False, indent=indent)
    return text.encode(errors="replace")


def plain(value: Any, _above: tuple[int, ...] = ()) -> Any:
    """A copy of ``value`` that JSON can hold, whatever it is: cycles, sets, NaN, objects."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < 10**300 else hex(value)
        case float():
            return value if math.isfinite(value) else None
        case Mapping() | list() | tuple() | set() | frozenset():
            if id(value) in _above or len(_above) > _MAX_DEPTH:
                return "…"
            above = (*_above, id(value))
            if isinstance(value, Mapping):
                return {_text(key): plain(item, above) for key, item in value.items()}
            return [plain(item, above) for item in value]
    return _text(value)


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # an object of a third party's; that it was there is still said
        return f"<{type(value).__name__}>"


async def begin_record(
    pool: Executor | None, make: Callable[[], T], *, if_cancelled: Callable[[T], Awaitable[object]]
) -> T:
    """Make or open the record of a run or batch, off the event loop; gives what ``make`` does.

    Args:
        pool: The threads to do it; None for the event loop's own.
        make: Calls :func:`make_record`, or opens a journal.
        if_cancelled: Ends the record, if a cancellation comes while it is made.

    Raises:
        RecordError: When it cannot be written; nothing of it is left then.
    """
    made: list[T] = []
    try:
        await in_thread(pool, lambda: made.append(make()))
    except asyncio.CancelledError:
        for record in made:
            with contextlib.suppress(RecordError):
                await if_cancelled(record)
        raise
    return made[0]


def make_record(
    folder: Path,
    files: Mapping[str, bytes],
    line: Mapping[str, Any],
    *,
    subfolders: Iterable[str] = (),
    flushed: bool = True,
    names: Path | None = None,
    side: Executor | None = None,
) -> Journal:
    """Make the folder of a run or batch. It has a hidden name until all of it is there.

    Args:
        folder: What it will be called; its parents are made.
        files: What lies in it from the beginning; the journal says with which hashes.
        line: The first of its journal.
        subfolders: What else is made in it.
        flushed: Whether the journal's line is on the disk when this returns; all else is.
        names: As :class:`Journal` takes it.
        side: As :class:`Journal` takes it.

    Raises:
        RecordError: When it cannot be written; nothing of it is left then.
    """
    make_folder(folder.parent)
    # One that a killed process left half made must not be in the way of the same run.
    making = folder.with_name(f".{folder.name}_{secrets.token_hex(4)}.new")
    with translated(f"write {folder}"), locked(folder.parent, shared=True), ExitStack() as undone:
        making.mkdir()
        undone.callback(shutil.rmtree, making, ignore_errors=True)
        for name in subfolders:
            (making / name).mkdir()
        for name, data in files.items():
            write_flushed(making / name, data)
        journal = Journal(making / JOURNAL, names=names, side=side)
        undone.callback(journal.abandon)
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        journal.append({**line, "files": hashes}, flush=flushed)
        flush_folder(making)
        journal.name_folder(folder)
        flush_folder(folder.parent)
        undone.pop_all()
    return journal


def read_journal(path: Path, faults: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """The whole lines of a journal that can be read; none if there is no journal.

    For each line that cannot be read, ``faults`` gets a sentence.

    Raises:
        RecordError: When the system does not let it be read.
    """
    faults = [] if faults is None else faults
    torn = ""
    with translated(f"read the journal {path}"):
        try:
            file = open_file(path)
        except FileNotFoundError:
            return
        with file:
            for number, data in enumerate(file, start=1):
                if not data.endswith(b"\n"):
                    faults.append(f"The last line of {path.name} is torn; those before it count.")
                    return
                try:
                    line = json.loads(data)
                except (ValueError, RecursionError):
                    line = None
                if isinstance(line, dict):
                    if torn and line.get("event") == ATTEMPT:
                        faults.remove(torn)  # a crash has torn it, and the work was gone on with
                    torn = ""
                    yield line
                else:
                    torn = f"Line {number} of {path.name} cannot be read."
                    faults.append(torn)


def is_open(path: Path) -> bool | None:
    """Whether a living process is writing this journal; None where that cannot be told."""
    try:
        with open_file(path) as file:
            # Shared: two readers at a time must not take each other for the writer.
            held = lock(file.fileno(), shared=True)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    return None if held is None else not held
