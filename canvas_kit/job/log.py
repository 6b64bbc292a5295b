"""The log of a job: its events, numbered from 1, each on a line of its own.

The log tells how far the work is and what happened. What was made lies in the records, and is not
told twice: of a text the beginning, of a picture what names it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from canvas_kit import events
from canvas_kit.errors import RecordError
from canvas_kit.events import BatchComplete, Complete, Event, NodeComplete, Progress, Started
from canvas_kit.job.folder import EVENTS, PREVIEWS
from canvas_kit.logs import logger_for
from canvas_kit.recorder.journal import Journal
from canvas_kit.values import NodeState

log = logger_for(__name__)

_CHARACTERS = 2000
_READ_BYTES = 2**20


class Line(NamedTuple):
    """An event in the log: its number, when it happened (seconds since 1970), and what it is."""

    number: int
    at: float
    event: Event


class JobLog:
    """The log of a job, open for its process alone; what it has is kept when it is gone on with."""

    def __init__(self, folder: Path) -> None:
        """Open it.

        Raises:
            RecordError: When it cannot be written, or another process writes it.
        """
        path = folder / EVENTS
        self._journal = Journal(path, again=path.exists())
        self.earlier = tuple(LogReader(folder).new())
        self.number = self.earlier[-1].number if self.earlier else 0
        self._previews = folder / PREVIEWS

    def append(self, told: Iterable[Event]) -> list[Line]:
        """Write events with their numbers, in one go.

        Raises:
            RecordError: When they cannot be written; none of them counts then.
        """
        lines, written, now = [], list[dict[str, Any]](), time.time()
        for number, event in enumerate(told, self.number + 1):
            document = events.to_json(slim(event))
            written.append({"n": number, "at": round(now, 3), "event": document})
            if isinstance(event, Progress) and event.preview is not None:
                written[-1]["preview"] = self._keep_preview(event)
            lines.append(Line(number, now, event))
        if lines:
            # Not flushed to the disk: what a power failure takes from it, the records tell.
            self._journal.append(*written, flush=False)
            self.number = lines[-1].number
        return lines

    def close(self) -> None:
        """Let go of it: from now on its process counts as gone."""
        self._journal.close()

    def _keep_preview(self, event: Progress) -> str:
        """The file that shows the work of a node so far, in place of the one before."""
        name = hashlib.sha256(event.node_id.encode()).hexdigest()[:16]
        with suppress(OSError):  # only a view misses it
            self._previews.mkdir(exist_ok=True)
            aside = self._previews / f".{name}.new"
            aside.write_bytes(event.preview or b"")
            aside.replace(self._previews / name)
        return name


class LogReader:
    """Reads the log of a job from its beginning on, and what has come since then.

    Only new bytes are read. A line that is being written, or was torn, is left alone.
    """

    def __init__(self, folder: Path, *, since: int = 0) -> None:
        """Prepare.

        Args:
            folder: The job's folder.
            since: The number of an event; only those behind it are told.
        """
        self._path = folder / EVENTS
        self._previews = folder / PREVIEWS
        self._since = since
        self._position = 0
        self._folders: dict[str, Path] = {}

    def new(self) -> Iterator[Line]:
        """The events that were not read yet."""
        try:
            if os.stat(self._path).st_size <= self._position:  # noqa: PTH116 # asked very often
                return
            with self._path.open("rb") as file:
                file.seek(self._position)
                rest = b""
                while data := file.read(_READ_BYTES):
                    *lines, rest = (rest + data).split(b"\n")
                    for line in lines:
                        self._position += len(line) + 1
                        if (read := self._read(line)) is not None:
                            yield read
        except FileNotFoundError:
            return
        except OSError as error:
            raise RecordError(f"The log {self._path} cannot be read: {error.strerror}.") from None

    def _read(self, data: bytes) -> Line | None:
        try:
            line = json.loads(data)
            number, at = int(line["n"]), float(line["at"])
            if number <= self._since:
                return None
            event = events.from_json(line["event"])
        except (ValueError, KeyError, TypeError, RecursionError):
            if data:
                log.info("A line of %s is torn; the others count.", self._path)
            return None
        return Line(number, at, self._completed(event, line.get("preview")))

    def _completed(self, event: Event, preview: Any) -> Event:
        """The event with what lies in files: the picture so far, where entities are."""
        match event:
            case Started(folder=str(folder)):
                self._folders[event.run_id] = Path(folder)
            case Complete():
                self._folders.pop(event.run_id, None)
            case NodeComplete() if event.run_id in self._folders:
                where = self._folders[event.run_id]
                made = tuple(replace(one, source=where) for one in event.entities)
                return replace(event, entities=made)
            case Progress() if isinstance(preview, str) and preview.isalnum():
                with suppress(OSError):
                    return replace(event, preview=(self._previews / preview).read_bytes())
        return event


def slim(event: Event) -> Event:
    """The event without what lies in the records."""
    match event:
        case Progress():
            return replace(event, preview=None, message=event.message[:_CHARACTERS])
        case NodeComplete():
            made = tuple(replace(one, provenance=None, details={}) for one in event.entities)
            text = event.text[:_CHARACTERS] if event.text else event.text
            return replace(event, entities=made, text=text, outputs={})
        case Complete():
            return replace(event, collected=(), nodes=(), execution_order=())
        case BatchComplete():
            return replace(event, export_paths=())
    return event


def condensed(told: Iterable[Event], shown: str | None) -> list[Event]:
    """Events that came together, without steps that nobody can see any more.

    Args:
        told: The events, in order.
        shown: Of a batch, the run whose steps are shown; None tells those of all.
    """
    kept: list[Event] = []
    later: set[tuple[str, str]] = set()
    for event in reversed(list(told)):
        if isinstance(event, Progress | NodeComplete):
            key = event.run_id, event.node_id
            running = isinstance(event, Progress) and event.status is NodeState.RUNNING
            if running and (key in later or (shown is not None and event.run_id != shown)):
                continue
            later.add(key)
        kept.append(event)
    kept.reverse()
    return kept
