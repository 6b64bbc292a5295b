"""Reading files that came from outside: ordinary ones, and never more than was allowed."""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import BinaryIO


def open_file(path: Path) -> BinaryIO:
    """Open an ordinary file for reading.

    Raises:
        OSError: When it cannot be read; also for folders, pipes and devices, which may never end.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(errno.EINVAL, "it is not an ordinary file")
        return path.open("rb")
    except ValueError as error:  # a null byte in the name
        raise OSError(errno.EINVAL, f"it is not a file name: {error}") from None


def read_start(path: Path, limit: int = -1) -> bytes:
    """The first ``limit`` bytes of an ordinary file; all of it if there is no limit.

    Raises:
        OSError: When it cannot be read; also for folders, pipes and devices, which may never end.
    """
    with open_file(path) as file:
        return file.read(limit)
