"""Reading files that a canvas names: ordinary ones, and never more than was allowed."""

from __future__ import annotations

import errno
import stat
from pathlib import Path


def read_start(path: Path, limit: int) -> bytes:
    """The first ``limit`` bytes of an ordinary file.

    Raises:
        OSError: When it cannot be read; also for folders, pipes and devices, which may never end.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(errno.EINVAL, "it is not an ordinary file")
        with path.open("rb") as file:
            return file.read(limit)
    except ValueError as error:  # a null byte in the name
        raise OSError(errno.EINVAL, f"it is not a file name: {error}") from None
