"""The right to make a run, held by one process of many: a file that is touched while it lives.

A scheduler that takes a worker for dead gives its work to another, although the first may only have
been slow. So it is the shared folder that decides: a claim is a file that only one process can
create, and that counts until it has not been touched for the length of a lease. Whoever finds it so
creates the next one in number; the former holder, if it is alive after all, sees that and stops.

Clocks of several machines are not compared: who waits watches for a change. Locks are not needed,
since not every network file system has them; where there are some, the run's journal is locked
besides.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from canvas_kit.errors import RecordError
from canvas_kit.logs import logger_for
from canvas_kit.recorder.disk import translated
from canvas_kit.recorder.names import slug

log = logger_for(__name__)

LEASE_SECONDS = 30.0
"""How long a claim counts that is not touched. A worker that is silent for longer is given up."""
_BEATS = 6
"""How often a claim is touched, and looked at, within a lease."""


@contextmanager
def claimed(
    folder: Path,
    name: str,
    *,
    lost: Callable[[], object],
    lease_seconds: float = LEASE_SECONDS,
    wanted: Callable[[], bool] = lambda: True,
) -> Iterator[bool]:
    """Hold the claim ``name``, waiting while another process holds it.

    Args:
        folder: Where claims lie; made if it is not there.
        name: What is claimed.
        lost: Called, in a thread of its own, if another process has taken the claim over.
        lease_seconds: How long a claim counts that is not touched.
        wanted: Asked while waiting; once it says no, the waiting ends.

    Yields:
        Whether it was waited for another process that has ended its work in good order.

    Raises:
        RecordError: When a claim cannot be written, or is not wanted any more.
    """
    with translated(f"claim a run in {folder}"):
        folder.mkdir(exist_ok=True)
        claim, after_another = _take(folder, slug(name), lease_seconds, wanted)
    ended = threading.Event()
    beating = threading.Thread(
        target=_beat, args=(claim, ended, lost, lease_seconds), name="canvas-kit-claim", daemon=True
    )
    beating.start()
    try:
        yield after_another
    finally:
        ended.set()
        beating.join()
        claim.release()


class _Claim:
    """A claim as its holder knows it."""

    def __init__(self, path: Path) -> None:
        """Create its file.

        Raises:
            FileExistsError: When another process was quicker.
        """
        self.path = path
        self.token = secrets.token_hex(8)
        holder = {"host": socket.gethostname(), "process": os.getpid(), "token": self.token}
        with path.open("x", encoding="utf-8") as file:
            json.dump(holder, file)

    @property
    def held(self) -> bool:
        """Whether it is this process's still: its file is there, and no later one."""
        if _newest(self.path.parent, self.path.stem)[0] > int(self.path.suffix[1:]):
            return False
        try:
            return self.token in self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Take it away, with those of earlier holders; what was made is in the record."""
        with suppress(OSError):
            if self.held:
                for number in range(1, int(self.path.suffix[1:]) + 1):
                    self.path.with_suffix(f".{number}").unlink(missing_ok=True)


def _take(
    folder: Path, name: str, lease_seconds: float, wanted: Callable[[], bool]
) -> tuple[_Claim, bool]:
    seen: tuple[int, int] | None = None
    since = time.monotonic()
    waited = False
    while True:
        number, touched = _newest(folder, name)
        if number and (number, touched) != seen:
            seen, since = (number, touched), time.monotonic()
        over = bool(number) and time.monotonic() - since >= lease_seconds
        if number and not over:
            if not wanted():
                raise RecordError("The run is not wanted any more: its batch was stopped.")
            waited = True
            time.sleep(lease_seconds / _BEATS)
            continue
        try:
            claim = _Claim(folder / f"{name}.{number + 1}")
        except FileExistsError:
            continue
        if over:
            log.warning("The worker that held the run %s is silent; it is made here now.", name)
            if _touched(folder / f"{name}.{number}") != touched:
                # It was given up, and begun anew by a third, between looking and creating.
                claim.path.unlink(missing_ok=True)
                continue
        return claim, waited and not over


def _beat(
    claim: _Claim, ended: threading.Event, lost: Callable[[], object], lease_seconds: float
) -> None:
    touched = time.monotonic()
    while not ended.wait(lease_seconds / _BEATS):
        try:
            if not claim.held:
                break
            os.utime(claim.path)
            touched = time.monotonic()
        except OSError as error:
            log.warning("The claim %s cannot be touched: %s", claim.path, error)
            if time.monotonic() - touched > lease_seconds:
                break
    else:
        return
    log.warning("The run of the claim %s was taken over by another worker.", claim.path)
    lost()


def _newest(folder: Path, name: str) -> tuple[int, int]:
    """The number of the newest claim, and when it was touched; zeros where there is none."""
    numbers = [
        int(path.suffix[1:]) for path in folder.glob(f"{name}.*") if path.suffix[1:].isdigit()
    ]
    number = max(numbers, default=0)
    touched = _touched(folder / f"{name}.{number}") if number else 0
    return (number, touched) if touched else (0, 0)


def _touched(path: Path) -> int:
    """When a file was touched; 0 if it is gone. Opened, since NFS then asks its server anew."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_mtime_ns
    except FileNotFoundError:
        return 0
