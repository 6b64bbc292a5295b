"""Reading files that came from outside: ordinary ones, and never more than was allowed."""

from __future__ import annotations

import errno
import os
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
