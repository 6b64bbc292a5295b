"""What the record of a batch tells: its points, how their runs ended, which were under way.

``batch.json`` and ``points.jsonl`` are written first and never changed; what happened is in the
journal. Its lines, by their event:

- ``batch``: the beginning, with the hashes of the files and the process that writes.
- ``attempt``: the batch is gone on with; again the process, and the conditions if they changed.
- ``extended``: more points, in files of their own.
- ``claimed``: a point is about to be made: its run's id and folder. What is sent to servers and
  received is in the journal of the run.
- ``done``: how a run ended.
- ``aborted``: the batch was stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from canvas_kit.batch.summary import Level, RunSummary
from canvas_kit.errors import RecordError
from canvas_kit.files import read_start
from canvas_kit.recorder.disk import find_records
from canvas_kit.recorder.journal import as_json, read_journal
from canvas_kit.recorder.manifest import MALFORMED
from canvas_kit.recorder.names import BATCH, BATCH_PREFIX, JOURNAL, POINTS
from canvas_kit.recorder.run import Run
from canvas_kit.values import RunStatus

FORMAT = 2
JOB_VARIABLE = "CANVAS_KIT_JOB"
"""Names in the environment the job whose process this is."""
_HEAD_BYTES = 64 * 1024
"""Within so many bytes the manifest of a batch says what it is called."""


@dataclass(frozen=True, slots=True)
class PointRow:
    """A point as the point table has it.

    Attributes:
        id: Its identity.
        levels: What was set for it, by factor.
        replicate: The number of its seed, from 0.
    """

    id: str
    seed: int
    levels: Mapping[str, Level]
    replicate: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that was about to be made.

    Attributes:
        attempt: How often its point was begun.
        folder: Where it lies; None if nothing of it is there.
    """

    run_id: str
    attempt: int
    folder: Path | None


@dataclass(slots=True)
class BatchState:
    """What the record of a batch tells.

    Attributes:
        folder: Where it lies.
        about: The manifest, with the design as it was extended last.
        ended: How the runs ended that did, by index; of several attempts the newest complete one.
        claimed: The lines of the runs that were under way, by index.
        attempts: How often each point was begun that was begun more than once.
        aborted: Whether it was stopped.
        stop_reason: Why.
        writer: Which process wrote it last, in words.
        job: The job whose process that was; empty if it was none.
        extensions: How often it was extended.
    """

    folder: Path
    about: dict[str, Any]
    points: list[PointRow] = field(default_factory=list)
    ended: dict[int, RunSummary] = field(default_factory=dict)
    claimed: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)
    aborted: bool = False
    stop_reason: str = ""
    writer: str = ""
    job: str = ""
    extensions: int = 0

    @classmethod
    def read(cls, folder: Path) -> BatchState:
        """What the record in a folder tells.

        Raises:
            RecordError: When the folder holds no batch, or one that cannot be read.
        """
        try:
            about = json.loads(read_start(folder / BATCH))
            state = cls(folder, about)
            state.about["total_runs"] = int(about["total_runs"])
            _ = str(about["batch_id"])
            state._read_points(POINTS)
        except (OSError, *MALFORMED) as error:
            raise RecordError(f"{folder} holds no batch: {BATCH}: {error}.") from None
        try:
            for line in read_journal(folder / JOURNAL):
                state._take(line)
        except (OSError, *MALFORMED) as error:
            raise RecordError(
                f"The journal of the batch in {folder} cannot be read: {error!r}."
            ) from None
        return state

    @property
    def id(self) -> str:
        """The batch's id."""
        return str(self.about["batch_id"])

    @property
    def total(self) -> int:
        """How many points it has."""
        return int(self.about["total_runs"])

    @property
    def exports(self) -> Path:
        """The exports folder that it lies in."""
        return self.folder.parents[3]

    @property
    def called(self) -> str:
        """What a message calls it."""
        name = self.about.get("name")
        return f"The batch {name!r} ({self.folder})" if name else f"The batch {self.folder}"

    def begun(self, index: int) -> tuple[int, Claim | None]:
        """Which attempt at a point comes next, and the run that it goes on with, if any."""
        line, ended = self.claimed.get(index), self.ended.get(index)
        claim = self._claim(line) if line else None
        # What was refused is a result: asking once more is a run of its own.
        if claim is None and ended is not None and ended.folder and not ended.refused:
            claim = Claim(ended.run_id, ended.attempt, self._there(ended.folder))
        before = (self.attempts.get(index, 0), claim.attempt if claim else 0)
        attempt = 1 + max(*before, ended.attempt if ended else 0)
        return attempt, claim if claim and claim.folder else None

    def wanting(self) -> list[Path]:
        """The folders of the runs that did not make everything, or were not noted to have ended."""
        found = [one.folder for one in self.ended.values() if one.status is not RunStatus.COMPLETED]
        found += [self._claim(line).folder for line in self.claimed.values()]
        return list(dict.fromkeys(filter(None, found)))

    def take_in_unnoted(self) -> list[RunSummary]:
        """How those runs ended whose end the batch did not live to note."""
        found = []
        for index, line in tuple(self.claimed.items()):
            claim = self._claim(line)
            run = _run_in(claim.folder)
            if run is None or run.status is RunStatus.RUNNING:
                continue
            if run.seed is None:
                del self.claimed[index]  # a power failure took it; nothing was asked for yet
                continue
            if run.status is RunStatus.INTERRUPTED:
                self.ended.pop(index, None)  # it was gone on with, and is not over any more
                continue
            seed, more = self.points[index].seed, self._point(index)
            summary = RunSummary.of(run, index, seed, attempt=claim.attempt, **more)
            self._settle(summary)
            found.append(summary)
        return found

    def _claim(self, line: Mapping[str, Any]) -> Claim:
        folder = self._there(Path(os.path.normpath(self.folder / line["folder"])))
        return Claim(str(line["run_id"]), int(line.get("attempt", 1)), folder)

    def _there(self, folder: Path) -> Path | None:
        if folder.is_dir():
            return folder
        # It began just after midnight, or its day was moved.
        return next(self.exports.glob(f"json/*/*/{folder.name}"), None)

    def _read_points(self, name: str) -> None:
        for line in read_start(self.folder / name).splitlines():
            row = json.loads(line)
            self.points.append(
                PointRow(str(row["id"]), int(row["seed"]), row["levels"], int(row["replicate"]))
            )

    def _take(self, line: Mapping[str, Any]) -> None:
        match line.get("event"):
            case "batch" | "attempt":
                self.aborted, self.stop_reason = False, ""
                self.writer, self.job = str(line.get("writer", "")), str(line.get("job", ""))
                self.about |= line.get("about", {})
            case "extended":
                self.extensions += 1
                self.about["total_runs"] = int(line["total_runs"])
                self.about["sweep"] = json.loads(read_start(self.folder / line["design"]))
                self._read_points(line["points"])
            case "claimed":
                index = int(line["run_index"])
                self.claimed[index] = {**line, "folder": str(line["folder"])}
                if (attempt := int(line.get("attempt", 1))) > 1:
                    self.attempts[index] = attempt
            case "done":
                more = self._point(int(line["run_index"]))
                self._settle(RunSummary.from_json(line, self.folder, **more))
            case "aborted":
                self.aborted, self.stop_reason = True, str(line.get("reason") or "")

    def _settle(self, summary: RunSummary) -> None:
        self.claimed.pop(summary.index, None)
        before = self.ended.get(summary.index)
        # What a point has stands until another run of it is complete.
        stands = before is not None and not before.open and before.folder is not None
        same = before is not None and before.run_id == summary.run_id
        if not stands or same or summary.status is RunStatus.COMPLETED:
            self.ended[summary.index] = summary

    def _point(self, index: int) -> dict[str, Any]:
        row = self.points[index]
        return {"point_id": row.id, "levels": row.levels, "replicate": row.replicate}


def find_batches(exports: str | Path) -> list[Path]:
    """The folders of all batches under an exports folder, oldest first; no links are followed."""
    return find_records(exports, BATCH_PREFIX)


def batches_named(exports: str | Path, name: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The batches of a name, with their manifests, the newest first."""
    written = b'"name":' + as_json(name)
    day, of_day = "", list[tuple[Path, dict[str, Any]]]()

    def newest_first() -> Iterable[tuple[Path, dict[str, Any]]]:
        return sorted(of_day, key=lambda one: str(one[1].get("started_at")), reverse=True)

    for folder in reversed(find_batches(exports)):
        if folder.parts[-3] != day:
            yield from newest_first()
            day, of_day = folder.parts[-3], []
        head = _start_of(folder / BATCH).replace(b'"name": ', b'"name":')
        if written not in head:
            continue
        try:
            about = json.loads(read_start(folder / BATCH))
        except (OSError, *MALFORMED):
            continue
        if isinstance(about, dict) and about.get("name") == name and "batch_id" in about:
            of_day.append((folder, about))
    yield from newest_first()


def _run_in(folder: Path | None) -> Run | None:
    """The run in a folder, if there is anything of it."""
    try:
        return Run.open(folder) if folder else None
    except RecordError:
        return None


def _start_of(path: Path) -> bytes:
    try:
        return read_start(path, _HEAD_BYTES)
    except OSError:
        return b""
