"""A job as a value: found by its id, followed, stopped, gone on with, forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from canvas_kit.batch.batch import Batch
from canvas_kit.canvas.graph import Canvas
from canvas_kit.choices import Table
from canvas_kit.display import Displayed, show_live
from canvas_kit.errors import JobError, UnknownName, printable
from canvas_kit.events import BatchEvent, Event, Listener, Progress, tell
from canvas_kit.executor.handle import Interrupted
from canvas_kit.job.folder import (
    SNAPSHOT,
    SPEC,
    STOP,
    job_folders,
    jobs_folder,
    read_spec,
    read_state,
    read_whole,
    title_in,
)
from canvas_kit.job.log import Line, LogReader
from canvas_kit.job.starting import start_again
from canvas_kit.recorder.run import Run
from canvas_kit.settings import Settings
from canvas_kit.values import NodeState

LOOK_SECONDS = 0.2
"""How often it is looked whether something has happened."""


class Job(Displayed):
    """A run or a batch in a process of its own, which outlives this one.

    Like a handle it can be awaited, listened to and cancelled. But it is only followed here: when
    the waiting is interrupted, or this process ends, it goes on.

    Attributes:
        id: Its id.
        folder: Where it lies; not what it makes.
    """

    view = "job"

    def __init__(self, folder: Path) -> None:
        """Take the folder of a job; nothing is read yet."""
        self.id = folder.name
        self.folder = folder

    @classmethod
    def open(cls, job_id: str, *, settings: Settings | None = None) -> Job:
        """The job with this id, or the only one whose id begins so.

        Args:
            job_id: The id, or its beginning.
            settings: The settings, if not those that hold here.

        Raises:
            UnknownName: When there is none.
            JobError: When there are several.
        """
        settings = settings or Settings.load()
        there = jobs_folder(settings) / job_id
        if job_id.replace("_", "").isalnum() and (there / SPEC).is_file():
            return cls(there)
        folders = {folder.name: folder for folder in job_folders(settings)}
        found = [name for name in folders if job_id and name.startswith(job_id)]
        if len(found) == 1:
            return cls(folders[found[0]])
        if found:
            raise JobError(f"Several jobs begin with {job_id!r}: {', '.join(found[:10])}.")
        raise UnknownName("job", job_id, folders)

    def __eq__(self, other: object) -> bool:
        return self.folder == other.folder if isinstance(other, Job) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.folder)

    def __await__(self) -> Generator[Any, None, Run | Batch]:
        return self._wait().__await__()

    def __repr__(self) -> str:
        told = self.told()
        how = told.get("status") or told["state"]
        called = f"{printable(self.title)!r} {self.id}"
        return f"<job {called}: {self.kind}, {_runs_of(told)}, {how}>"

    def _ipython_display_(self) -> None:
        show_live(self)

    @cached_property
    def spec(self) -> Mapping[str, Any]:
        """What it is to do: the document of its canvas or sweep, with the options.

        Raises:
            JobError: When it was forgotten, or cannot be read.
        """
        return read_spec(self.folder)

    @property
    def kind(self) -> Literal["run", "batch"]:
        """Whether it is a run or a batch."""
        kind: Literal["run", "batch"] = self.spec["kind"]
        return kind

    @property
    def name(self) -> str:
        """What it is called; empty if it has no name."""
        return str(self.spec["name"])

    @property
    def title(self) -> str:
        """What it is called in lists: its name, else what its canvas is about or what varies."""
        return title_in(self.spec)

    @property
    def total(self) -> int:
        """How many runs it makes."""
        return int(self.spec["total"])

    @cached_property
    def canvas(self) -> Canvas:
        """The canvas that its runs share."""
        spec = self.spec
        return Canvas.from_document(spec["sweep"]["canvas"] if "sweep" in spec else spec["canvas"])

    def told(self) -> dict[str, Any]:
        """How far it is, in a few words, as :meth:`snapshot` tells in full."""
        told = read_state(self.folder)
        if not told:
            raise JobError(f"The job {self.id} is not there any more.")
        return told

    @property
    def state(self) -> str:
        """Where it stands: waiting, running, stopping, ended; or lost, when it was killed."""
        return str(self.told()["state"])

    @property
    def status(self) -> str:
        """How it ended: completed, partial, failed, cancelled, aborted; empty before."""
        return str(self.told().get("status", ""))

    @property
    def done(self) -> bool:
        """Whether it has ended, or its process is gone."""
        return self.state in ("ended", "lost")

    def snapshot(self) -> dict[str, Any]:
        """How far it is, as JSON: counts, the nodes of the latest run, the runs that ended last.

        It is as large for ten thousand runs as for a hundred.
        """
        return {**read_whole(self.folder / SNAPSHOT), "state": self.state}

    def log(self, *, since: int = 0) -> Iterator[Line]:
        """What has happened so far: the events, with their numbers and times.

        Args:
            since: The number of an event; only those behind it are told.
        """
        return LogReader(self.folder, since=since).new()

    @property
    def events(self) -> tuple[Event, ...]:
        """What has happened so far, in order; of a batch its own events, not those of its runs."""
        events = (line.event for line in self.log())
        if self.kind == "batch":
            return tuple(event for event in events if isinstance(event, BatchEvent))
        kept: dict[object, Event] = {}
        for event in events:
            if isinstance(event, Progress) and event.status is NodeState.RUNNING:
                kept[event.node_id, event.round] = event  # in the place of the one before
            else:
                kept[len(kept)] = event
        return tuple(kept.values())

    def listen(self, listener: Listener, *, replay: bool = True) -> Callable[[], None]:
        """Have ``listener`` called with each event, until the job has ended.

        Args:
            listener: Called on a thread of its own. What it raises is logged.
            replay: Whether it is first told what has happened so far.

        Returns:
            A function that ends the listening.
        """
        reader = LogReader(self.folder)
        if not replay:
            for _ in reader.new():
                pass
        ended = threading.Event()

        def follow() -> None:
            with contextlib.suppress(JobError):  # it was forgotten meanwhile
                while not ended.is_set():
                    last = self.done  # asked before the reading, so that nothing is missed
                    for line in reader.new():
                        if ended.is_set():
                            return
                        tell(listener, line.event)
                    if last:
                        return
                    ended.wait(LOOK_SECONDS)

        threading.Thread(target=follow, name="canvas-kit-job", daemon=True).start()
        return ended.set

    def result(self, timeout_seconds: float | None = None) -> Run | Batch:
        """Wait for the result, in a script without an event loop. Ctrl-C ends the waiting alone.

        Raises:
            TimeoutError: When it is not there in time; the job goes on.
            JobError: When it could not go on, or its process is gone.
        """
        until = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while not self.done:
            if until is not None and time.monotonic() >= until:
                raise TimeoutError(f"The job {self.id} has not ended; it goes on.")
            time.sleep(LOOK_SECONDS)
        return self._result()

    def cancel(self) -> None:
        """Stop it; what was made is kept, and the result still comes. Returns at once."""
        told = self.told()
        if told["state"] not in ("waiting", "running"):
            return
        (self.folder / STOP).touch()
        process = told.get("process") or {}
        if process.get("host") == socket.gethostname() and os.name == "posix":
            # Its lock says that it lives, so that the number is still its own.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process["pid"], signal.SIGTERM)

    def resume(self, **options: Any) -> Job:
        """Go on with it in a new process, when it was killed, stopped, or did not make everything.

        What it has is kept, and not asked for again.

        Args:
            options: As of :meth:`Batch.resume` (``retry``, ``pay_again``, ``accept_changes``) or of
                :func:`continue_run` (``pay_again``).

        Raises:
            JobError: When it is under way, or cannot be gone on with.
        """
        start_again(self.folder, options)
        return self

    def forget(self) -> None:
        """Remove its folder. What it made stays where it is.

        Raises:
            JobError: When it has not ended.
        """
        if not self.done:
            raise JobError(
                f"The job {self.id} is {self.state}, so it cannot be forgotten. Stop it first: "
                ".cancel()."
            )
        aside = self.folder.with_name(f".{self.id}.old")
        self.folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)

    async def _wait(self) -> Run | Batch:
        try:
            while not self.done:  # noqa: ASYNC110 # another process ends it
                await asyncio.sleep(LOOK_SECONDS)
        except asyncio.CancelledError:
            raise Interrupted(
                f"The waiting was stopped; the job goes on. Job.open({self.id!r}) finds it again, "
                "and its .cancel() stops it."
            ) from None
        return await asyncio.to_thread(self._result)

    def _result(self) -> Run | Batch:
        told = self.told()
        folder = told.get("folder")
        if told["state"] == "lost":
            kept = f"What was made is kept in {folder}. " if folder else ""
            raise JobError(
                f"The process of the job {self.id} is gone without a last word: it was killed, or "
                f"the machine was. {kept}Its .resume() goes on with it, and asks for nothing again "
                "that is there."
            )
        if told.get("error") or not folder:
            raise JobError(f"The job {self.id} could not go on: {told.get('error') or 'no record'}")
        return Run.open(folder) if self.kind == "run" else Batch.open(folder)


def jobs(*, settings: Settings | None = None) -> Table[Job]:
    """The jobs of this user on this machine, the newest first.

    Args:
        settings: The settings, if not those that hold here.

    Raises:
        JobError: When their folder cannot be read.
        SettingsError: When the settings cannot be read.
    """
    found: dict[Job, Mapping[str, Any]] = {}
    for folder in job_folders(settings or Settings.load()):
        with contextlib.suppress(JobError):  # of another version, or forgotten at this moment
            job = Job(folder)
            found[job] = {**job.told(), "kind": job.kind, "title": job.title}
    return Table.of(
        found,
        {
            "id": lambda job: job.id,
            "kind": lambda job: job.kind,
            "title": lambda job: job.title,
            "state": lambda job: str(found[job].get("status") or found[job]["state"]),
            "ended": lambda job: _runs_of(found[job]),
            "started": lambda job: _moment_of(found[job]),
            "folder": lambda job: str(found[job].get("folder") or ""),
        },
    )


def _moment_of(told: Mapping[str, Any]) -> str:
    """When a job began, by the clock of this machine."""
    with contextlib.suppress(KeyError, TypeError, ValueError):
        return f"{datetime.fromisoformat(told['started_at']).astimezone():%Y-%m-%d %H:%M:%S}"
    return ""


def forget_jobs(*, settings: Settings | None = None) -> int:
    """Remove the folders of all jobs that have ended. What they made stays where it is.

    Args:
        settings: The settings, if not those that hold here.

    Returns:
        How many they were.

    Raises:
        JobError: When their folder cannot be read.
    """
    ended = [job for job in jobs(settings=settings) if job.done]
    for job in ended:
        job.forget()
    return len(ended)


def _runs_of(told: Mapping[str, Any]) -> str:
    return f"{told.get('ended', 0):,} of {told.get('total', 1):,}"
