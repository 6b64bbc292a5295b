"""Files that are whole or not there: written aside, flushed to the disk, then given their name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from canvas_kit.errors import RecordError

_DIRECTORY = getattr(os, "O_DIRECTORY", None)


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


@contextmanager
def new_folder(folder: Path) -> Iterator[tuple[Path, ExitStack]]:
    """A folder that gets its name when all that belongs in it is there, and on the disk.

    Until then it has a hidden name: what is called by its own name can be opened.

    Args:
        folder: What it will be called; its parents are made.

    Yields:
        The folder under its hidden name, and a stack for what has to be undone besides if the
        making fails; nothing of the folder is left then.

    Raises:
        RecordError: When it cannot be written.
    """
    make_folder(folder.parent)
    making = folder.with_name(f".{folder.name}.new")
    with translated(f"write {folder}"), ExitStack() as undone:
        making.mkdir()
        undone.callback(shutil.rmtree, making, ignore_errors=True)
        yield making, undone
        flush_folder(making)
        making.rename(folder)
        flush_folder(folder.parent)
        undone.pop_all()


def write_flushed(path: Path, data: bytes) -> None:
    """Write a new file and have its bytes on the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)  # less the umask; without it, files could be executed
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of ``data``, however much of it the system takes at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def flush_folder(path: Path) -> None:
    """Have the names in a folder on the disk. Windows does that by itself."""
    if _DIRECTORY is None:
        return
    descriptor = os.open(path, os.O_RDONLY | _DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
