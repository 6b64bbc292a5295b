"""Begins the process of a job: detached, so that it outlives the one that began it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from canvas_kit.batch.state import JOB_VARIABLE
from canvas_kit.errors import JobError
from canvas_kit.job.folder import (
    LOG,
    STARTING_SECONDS,
    STATE,
    STOP,
    last_words,
    read_spec,
    read_state,
    read_whole,
    write_whole,
)
from canvas_kit.logs import logger_for

log = logger_for(__name__)

_LOOK_SECONDS = 0.05
_DETACHED = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(
    subprocess, "CREATE_NEW_PROCESS_GROUP", 0
)


def start_process(folder: Path) -> None:
    """Begin the process of the job in a folder, and wait until it has begun its work.

    Raises:
        JobError: When it did not live, or its work could not begin; in its own words.
    """
    spec = read_spec(folder)
    environment = os.environ | {JOB_VARIABLE: str(spec["id"])}
    with (folder / LOG).open("ab") as words:
        try:
            # -P: a file in the working folder must not be taken for a module of Python's.
            process = subprocess.Popen(  # noqa: S603 # our own program
                [sys.executable, "-P", "-m", "canvas_kit.job", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                cwd=spec["cwd"],
                env=environment,
                start_new_session=True,
                creationflags=_DETACHED,
            )
        except OSError as error:
            why = f"its process did not begin in {spec['cwd']}: {error.strerror}"
            _end(folder, why)
            raise JobError(f"The job {spec['id']} cannot start: {why}.") from None
    # It would be left as a zombie, were it never waited for.
    threading.Thread(target=process.wait, name="canvas-kit-job", daemon=True).start()
    until = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < until:
        over = process.poll() is not None  # asked first: its last words are there then
        told = read_state(folder)
        if told.get("state") == "ended" and told.get("error") and not told.get("number"):
            raise JobError(f"The job cannot start: {told['error']}")
        if told.get("state") not in ("waiting", None):
            return
        if over:
            _end(folder, "its process ended before the work began")
            raise JobError(
                f"The process of the job {spec['id']} ended before its work began. Its last words, "
                f"from {folder / LOG}:\n{last_words(folder)}"
            )
        time.sleep(_LOOK_SECONDS)
    log.warning("The job %s is still starting after %d s.", spec["id"], STARTING_SECONDS)


def start_again(folder: Path, options: Mapping[str, Any]) -> None:
    """Go on with a job that has ended, or whose process is gone.

    Args:
        folder: The job's folder.
        options: What holds for this attempt, by the names of ``Batch.resume`` or ``continue_run``.

    Raises:
        JobError: When it is under way, or cannot be gone on with.
    """
    told = read_state(folder)
    if told.get("state") not in ("ended", "lost"):
        raise JobError(f"The job {folder.name} is under way; it need not be gone on with.")
    known = ("pay_again",) if read_spec(folder)["kind"] == "run" else (
        "retry", "pay_again", "accept_changes"
    )  # fmt: skip
    if unknown := sorted(options.keys() - set(known)):
        raise JobError(f"A job is gone on with by {', '.join(known)}, not by {unknown[0]}.")
    (folder / STOP).unlink(missing_ok=True)
    waiting = {"state": "waiting", "status": "", "error": "", "number": 0}
    write_whole(folder / STATE, {**told, **waiting, "resume": dict(options)})
    start_process(folder)


def _end(folder: Path, error: str) -> None:
    told = read_whole(folder / STATE)
    write_whole(folder / STATE, {**told, "state": "ended", "status": "failed", "error": error})
