"""Files that are whole or not there: written aside, flushed to the disk, then given their name.

Not every file system does all that is asked of it here. What one refuses is told once, with what
still holds, and the recording goes on.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from canvas_kit.errors import RecordError
from canvas_kit.logs import logger_for

if sys.platform != "win32":
    import fcntl

log = logger_for(__name__)

_DIRECTORY = getattr(os, "O_DIRECTORY", None)
_REFUSALS = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY})
"""What a file system answers that cannot flush at all; whatever else it says is a failure."""
_LOCK_SECONDS = 10.0
_FLUSHES = (
    "does not flush {} to its disk when asked. A program that is killed still loses nothing, but a "
    "power failure can take what was made in the minute before it"
)
_LOCKS = (
    "has no locks. Everything is recorded all the same, but other programs will take a run that is "
    "going on for an interrupted one"
)
_told: set[tuple[int, str]] = set()
_telling = threading.Lock()


def make_folder(path: Path) -> None:
    """Make a folder and its parents, and have their names on the disk.

    Raises:
        RecordError: When that cannot be done.
    """
    missing = []
    parent = path
    with translated(f"make the folder {path}"):
        while not parent.exists() and parent != parent.parent:
            missing.append(parent)
            parent = parent.parent
        path.mkdir(parents=True, exist_ok=True)
        for folder in reversed(missing):
            flush_folder(folder.parent)


def write_flushed(path: Path, data: bytes) -> None:
    """Write a new file and have its bytes on the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)  # less the umask; without it, files could be executed
    try:
        write_all(descriptor, data)
        flush(descriptor)
    finally:
        os.close(descriptor)  # a network share may tell only now that it is full


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of ``data``, however much of it the system takes at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def flush(descriptor: int, what: str = "files") -> None:
    """Have what was written on the disk, if the file system flushes at all."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        _tell_once(os.fstat(descriptor).st_dev, _FLUSHES.format(what))


def flush_folder(path: Path) -> None:
    """Have the names in a folder on the disk, if the system can. Windows does that by itself."""
    if _DIRECTORY is None:
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | _DIRECTORY)
    except OSError as error:
        if error.errno not in {*_REFUSALS, errno.EACCES, errno.EPERM, errno.EISDIR}:
            raise
        _tell_once(path.stat().st_dev, _FLUSHES.format("the names of files"))
        return
    try:
        flush(descriptor, "the names of files")
    finally:
        os.close(descriptor)


def lock(descriptor: int, *, shared: bool = False, wait: bool = False) -> bool | None:
    """Lock an open file or folder until it is closed.

    Returns:
        Whether it is locked now; None where there are no locks, as on Windows.
    """
    if sys.platform == "win32":
        return None
    try:
        how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(descriptor, how if wait else how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def lock_for_writing(descriptor: int) -> None:
    """Lock a new file, so that a reader can tell that its writer lives."""
    if lock(descriptor, wait=True) is None and sys.platform != "win32":
        _tell_once(os.fstat(descriptor).st_dev, _LOCKS)


@contextmanager
def locked(folder: Path, *, shared: bool) -> Iterator[bool | None]:
    """Hold the lock of a folder: many share it to make records there, one has it to clear up.

    Yields:
        Whether it is held; False if others held it for too long, None where there are no locks.
    """
    if _DIRECTORY is None:
        yield None
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | _DIRECTORY)
    except PermissionError:
        yield None
        return
    try:
        until = time.monotonic() + _LOCK_SECONDS
        while (held := lock(descriptor, shared=shared)) is False and time.monotonic() < until:
            time.sleep(0.01)
        yield held
    finally:
        os.close(descriptor)


def _tell_once(device: int, lacking: str) -> None:
    """Say what the file system with this number lacks, if that was not said yet."""
    with _telling:
        if (device, lacking) in _told:
            return
        _told.add((device, lacking))
    log.warning("The file system of the exports folder %s.", lacking)


def find_records(exports: str | Path, prefix: str) -> list[Path]:
    """The folders of an exports folder that begin so, by day and name; links are not followed.

    A folder that cannot be looked into is said to be so, and hides no other.
    """
    found = [
        record
        for day in folders_in(Path(exports) / "json")
        for device in folders_in(day)
        for record in folders_in(device)
        if record.name.startswith(prefix)
    ]
    return sorted(found, key=lambda path: (path.parent.parent.name, path.name))


def find_record(exports: str | Path, name: str) -> Path | None:
    """The folder with this name, which has to be one of ours; links are not followed.

    Where the name begins with a moment, as fresh ids do, its day is looked into first.
    """
    named = re.search(r"(\d{4})(\d\d)(\d\d)_\d{6}_", name)
    likely = "-".join(named.groups()) if named else ""
    days = folders_in(Path(exports) / "json")
    for day in sorted(days, key=lambda day: (day.name == likely, day.name), reverse=True):
        for device in folders_in(day):
            path = device / name
            if path.is_dir() and not path.is_symlink():
                return path
    return None


def folders_in(folder: Path, faults: list[str] | None = None) -> list[Path]:
    """The folders in a folder, links left out; in no order.

    One that cannot be looked into is told in ``faults``, or in the log.
    """
    try:
        with os.scandir(folder) as entries:
            return [Path(entry) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        if faults is None:
            log.warning("%s cannot be looked into: %s", folder, reason)
        else:
            faults.append(f"{folder}: {reason}.")
        return []


@contextmanager
def translated(attempt: str) -> Iterator[None]:
    """Turn an operating system's error into one that says what was attempted.

    Raises:
        RecordError: Instead of ``OSError``.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise RecordError(
            f"Could not {attempt}: {reason}. What had been recorded before is kept."
        ) from error
