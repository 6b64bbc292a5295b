"""Reading files that came from outside: ordinary ones, and never more than was allowed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import BinaryIO


def open_file(path: Path | str) -> BinaryIO:
    """Open an ordinary file for reading.

    Raises:
        OSError: When it cannot be read; also for folders, pipes and devices, which may never end.
    """
    try:
        # Not by way of a Path, which costs as much as the file where very many are read.
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
            raise OSError(errno.EINVAL, "it is not an ordinary file")
        return open(path, "rb")  # noqa: PTH123
    except ValueError as error:  # a null byte in the name
        raise OSError(errno.EINVAL, f"it is not a file name: {error}") from None


def read_start(path: Path | str, limit: int = -1) -> bytes:
    """The first ``limit`` bytes of an ordinary file; all of it if there is no limit.

    Raises:
        OSError: When it cannot be read; also for folders, pipes and devices, which may never end.
    """
    with open_file(path) as file:
        return file.read(limit)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole: what was there stays as it was if that cannot be done.

    Raises:
        OSError: When it cannot be written, for instance because the disk is full.
    """
    target = path.resolve()  # what a link leads to is written, and not the link
    if target.exists() and not target.is_file():  # a terminal, a pipe
        target.write_text(text, encoding="utf-8", newline="\n")
        return
    aside = target.with_name(f".{secrets.token_hex(8)}.new")
    try:
        aside.write_text(text, encoding="utf-8", newline="\n")
        if target.exists():
            shutil.copymode(target, aside)
        aside.replace(target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            aside.unlink()
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
