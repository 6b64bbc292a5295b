"""A run's journal: one JSON line for each thing that happened, appended, never rewritten.

The journal is the truth about a run; ``metadata.json`` is made from it. A process that dies may
leave a torn last line: everything before it stands.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from canvas_kit.recorder.disk import flush_folder, translated, write_all

if sys.platform != "win32":
    import fcntl

_MAX_DEPTH = 100


class Journal:
    """An open journal, for one process and any number of threads.

    Flushes are shared: a thread that finds its line already on the disk, because another one's
    flush took it along, does not flush again. With the journal goes the folder of the files that
    its lines name, so that one flush makes a new file's name and its line safe together.
    """

    def __init__(
        self, path: Path, *, names: Path | None = None, side: Executor | None = None
    ) -> None:
        """Make a new journal.

        Args:
            path: Its file.
            names: The folder whose names are flushed with it.
            side: A thread to flush ``names`` beside the journal instead of after it: both then wait
                for the same commit of the file system (measured on ext4: 1.16 instead of 1.28 of
                the time of a file and its folder alone).

        Raises:
            RecordError: When it is already there or cannot be made.
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
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
        with translated(f"make the journal {path}"):
            self._descriptor: int | None = os.open(path, flags, 0o666)
            _mark_as_written(self._descriptor)

    def note(self, line: Mapping[str, Any]) -> None:
        """Have a line written with the next one, or at the end. Touches no disk."""
        self._noted.append(line)

    def append(self, line: Mapping[str, Any], *, flush: bool = True) -> None:
        """Append a line; with ``flush`` it is on the disk when this returns.

        Raises:
            RecordError: When it cannot be written.
        """
        with translated(f"write to the journal {self.path}"):
            with self._writing:
                self._write(line)
                mine = self._written
            if flush:
                self._flush(mine)

    def close(self) -> None:
        """Write what was noted, flush and close; may be called again.

        Raises:
            RecordError: When that fails; the file is closed all the same.
        """
        with translated(f"close the journal {self.path}"), self._flushing, self._writing:
            if self._descriptor is None:
                return
            try:
                if self._noted:
                    self._write()
                os.fsync(self._open_descriptor())
            finally:
                self._release()

    def abandon(self) -> None:
        """Close without writing anything more."""
        with self._flushing, self._writing:
            self._release()

    def _release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

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
                os.fsync(self._open_descriptor())
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
    separators = (",", ":") if indent is None else None
    try:
        text = json.dumps(
            document, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators
        )
    except (TypeError, ValueError, RecursionError):
        text = json.dumps(plain(document), ensure_ascii=False, indent=indent, separators=separators)
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


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of a journal that can be read; none if there is no journal.

    Raises:
        RecordError: When the system does not let it be read.
    """
    with translated(f"read the journal {path}"):
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        with file:
            for data in file:
                if not data.endswith(b"\n"):
                    return
                try:
                    line = json.loads(data)
                except (ValueError, RecursionError):
                    continue
                if isinstance(line, dict):
                    yield line


def _mark_as_written(descriptor: int) -> None:
    """Lock a journal, so that a reader can tell that its writer lives (see :func:`is_open`)."""
    if sys.platform != "win32":
        # Some network file systems have no locks: a reader then takes the run for interrupted.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)


def is_open(path: Path) -> bool:
    """Whether a living process is writing this journal; never on Windows, where none can tell."""
    if sys.platform != "win32":
        try:
            with path.open("rb") as file:
                # Shared: two readers at a time must not take each other for the writer.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
    return False
