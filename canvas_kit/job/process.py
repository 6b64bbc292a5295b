"""What the process of a job does: the run or batch, and telling how far it is.

It reads documents only: whatever else a folder might hold, nothing of it is executed. Its main
thread writes, four times a second; the work is done on an engine, as in a notebook.
"""

from __future__ import annotations

import logging
import os
import queue
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from canvas_kit.batch.batch import Batch
from canvas_kit.batch.begin import resume, run_batch
from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import CanvasKitError, RecordError
from canvas_kit.events import Event, RunStart
from canvas_kit.executor.engine import Engine
from canvas_kit.executor.handle import Handle
from canvas_kit.executor.run import continue_run, run
from canvas_kit.job.folder import (
    BEAT_SECONDS,
    PREVIEWS,
    STATE,
    STOP,
    progress_of,
    read_spec,
    read_whole,
    write_progress,
)
from canvas_kit.job.log import JobLog, condensed
from canvas_kit.logs import logger_for
from canvas_kit.recorder.disk import find_record
from canvas_kit.recorder.names import batch_folder_name, run_folder_name
from canvas_kit.recorder.run import Run
from canvas_kit.settings import Settings
from canvas_kit.sweep.sweep import Sweep
from canvas_kit.values import RunStatus

log = logger_for(__name__)

WRITING_SECONDS = 0.25
"""How often what has happened is written down."""
_KILLED = 128


def work(folder: Path) -> int:
    """Do what the job in a folder is to do. Gives the exit status of the process."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(name)s: %(message)s")
    logger_for("canvas_kit").setLevel(logging.INFO)
    try:
        spec = read_spec(folder)
        told = Telling(folder, spec)
    except CanvasKitError as error:
        log.error("%s", error)
        return 2
    try:
        result = _made(folder, spec, told)
        told.end(*_ended(result))
    except CanvasKitError as error:
        log.error("%s", error)
        told.end("failed", error=str(error))
        return 1
    except BaseException as error:
        told.end("failed", error=f"a fault in canvas-kit: {error!r}; see log.txt of the job")
        raise
    finally:
        told.close()
    return 0


def _made(folder: Path, spec: Mapping[str, Any], told: Telling) -> Run | Batch:
    """Begin the work, or go on with it, and write down how far it is until it has ended."""
    config = Path(spec["config"]) if spec.get("config") else None
    settings = Settings.load(config, **spec.get("settings", {}))
    with Engine(settings) as engine:
        stop = Stopping(folder / STOP)
        handle: Handle[Run] | Handle[Batch] = begun(spec, engine, read_whole(folder / STATE))
        handle.listen(told.events.put)
        told.begun()
        while True:
            if stop.asked():
                handle.cancel()
                told.stopping()
            try:
                result = handle.result(WRITING_SECONDS)
            except TimeoutError:
                if handle.done:
                    raise
                told.write()
            else:
                return result


def begun(spec: Mapping[str, Any], engine: Engine, state: Mapping[str, Any]) -> Handle[Any]:
    """The run or batch of a job, under way.

    Raises:
        CanvasKitError: When it cannot begin, or cannot be gone on with.
    """
    options = dict(spec["options"])
    again: Mapping[str, Any] = state.get("resume") or {}
    is_run = spec["kind"] == "run"
    before = Path(state["folder"]) if state.get("folder") else None
    if before is None:  # killed before it could say where
        name = (run_folder_name if is_run else batch_folder_name)(spec["id"])
        before = find_record(engine.settings.exports, name)
    if before is not None and is_run:
        deadline = options.get("deadline_seconds")
        return continue_run(before, deadline_seconds=deadline, engine=engine, **again)
    if before is not None:
        options.pop("again", None)
        return resume(before, engine=engine, **{**options, **again})
    if is_run:
        canvas = Canvas.from_document(spec["canvas"])
        return run(canvas, run_id=spec["id"], engine=engine, **options)
    sweep = Sweep.from_document(spec["sweep"])
    if not sweep.name or options.get("again"):
        options["batch_id"] = spec["id"]
    return run_batch(sweep, engine=engine, **options)


def _ended(result: Run | Batch) -> tuple[str, Path | None]:
    """How some work ended, in a word, and where its record lies."""
    if isinstance(result, Run):
        return result.status.value, result.folder
    if result.aborted:
        return "aborted", result.folder
    some = RunStatus.PARTIAL if result.completed_runs else RunStatus.FAILED
    return (RunStatus.COMPLETED if result.complete else some).value, result.folder


class Stopping:
    """Notes that the job is to be stopped, by a signal or by a file.

    What was made is kept, and the records are closed. A second signal ends the process at once.
    """

    def __init__(self, file: Path) -> None:
        """Listen to signals from now on."""
        self._file = file
        self._signals = 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    def asked(self) -> bool:
        """Whether the job is to be stopped."""
        return self._signals > 0 or self._file.exists()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1
        if self._signals > 1:
            os._exit(_KILLED + number)  # records are whole at every moment


class Telling:
    """Writes down how far a job is: its log, its state and what a page shows.

    Attributes:
        events: Takes the events of the work, on any thread.
    """

    def __init__(self, folder: Path, spec: Mapping[str, Any]) -> None:
        """Open the log, and read what earlier processes of this job have told.

        Raises:
            RecordError: When another process is at work on this job, or it cannot be written.
        """
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._folder = folder
        self._log = JobLog(folder)
        self._progress = progress_of(spec)
        for line in self._log.earlier:
            self._progress.apply(line.number, line.event, line.at)
        self._shown = None if spec["kind"] == "run" else ""
        self._process = {
            "pid": os.getpid(),
            "started_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "host": socket.gethostname(),
        }
        self._written: Mapping[str, Any] = {}
        self._silent = 0.0

    def begun(self) -> None:
        """Say that the work has begun."""
        self._progress.state, self._progress.status = "running", ""
        self._progress.error = ""
        self.write()

    def stopping(self) -> None:
        """Say that the work is to stop."""
        self._progress.state = "stopping"

    def write(self) -> None:
        """Write down what has happened since the last time. A full disk stops no work."""
        try:
            self._write()
        except (OSError, RecordError) as error:
            log.warning("How far the job is could not be written down: %s", error)

    def end(self, status: str, folder: Path | None = None, *, error: str = "") -> None:
        """Say how the work ended, as the last of all."""
        self.write()
        progress = self._progress
        progress.folder = str(folder) if folder else progress.folder
        progress.end(status, error)
        self.write()
        shutil.rmtree(self._folder / PREVIEWS, ignore_errors=True)

    def close(self) -> None:
        """Let go of the log: from now on the process counts as gone."""
        self._log.close()

    def _write(self) -> None:
        arrived = []
        while not self.events.empty():
            arrived.append(self.events.get())
        if self._shown is not None:
            starts = (event.run_id for event in reversed(arrived) if isinstance(event, RunStart))
            self._shown = next(starts, self._shown)
        for line in self._log.append(condensed(arrived, self._shown)):
            self._progress.apply(line.number, line.event, line.at)
        snapshot = self._progress.snapshot()
        changed = {key: value for key, value in snapshot.items() if not key.startswith("seconds")}
        self._silent += WRITING_SECONDS
        if changed != self._written or self._silent >= BEAT_SECONDS:
            write_progress(self._folder, snapshot, **self._process)
            self._written, self._silent = changed, 0.0
