"""Files that are whole or not there: written aside, flushed to the disk, then given their name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
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
    while not parent.exists():
        missing.append(parent)
        parent = parent.parent
    with translated(f"make the folder {path}"):
        path.mkdir(parents=True, exist_ok=True)
        for folder in reversed(missing):
            flush_folder(folder.parent)


def write_flushed(path: Path, data: bytes) -> None:
    """Write a new file and have its bytes on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0))
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
