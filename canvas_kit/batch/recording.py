"""Writes the record of a batch: begun, gone on with, extended.

Its manifest and its point table come first, then a line before each run begins and one when it
has ended. So it can be killed at any moment and gone on with: what is complete stays, what was
under way is completed in its own folder, and the rest is made.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from canvas_kit.batch.design import Design
from canvas_kit.batch.state import FORMAT, JOB_VARIABLE, BatchState
from canvas_kit.errors import BatchError, RecordError
from canvas_kit.executor.options import RunOptions
from canvas_kit.recorder.disk import flush_folder, translated, write_flushed
from canvas_kit.recorder.entities import now, timestamp
from canvas_kit.recorder.journal import (
    ATTEMPT,
    Journal,
    as_json,
    begin_record,
    is_open,
    make_record,
)
from canvas_kit.recorder.names import (
    BATCH,
    JOURNAL,
    POINTS,
    WORKFLOW,
    batch_folder_name,
    day_folder,
    extended_name,
)
from canvas_kit.recorder.recorder import described, software


def manifest(design: Design, batch_id: str, concurrency: int, device_id: str) -> dict[str, Any]:
    """The content of ``batch.json``."""
    sweep = design.sweep
    return {
        "format": FORMAT,
        "batch_id": batch_id,
        "name": sweep.name,
        "note": sweep.note,
        "tags": list(sweep.tags),
        "device_id": device_id,
        "started_at": timestamp(now()),
        "canvas": described(sweep.canvas),
        "mode": sweep.mode,
        "total_runs": len(design.places),
        "base_seed": design.point(0).seed,
        "concurrency": concurrency,
        "software": software(),
        "conditions": design.conditions,
        "sweep": sweep.to_document(contents=True),
    }


async def new_record(design: Design, about: Mapping[str, Any], options: RunOptions) -> Journal:
    """The journal of a new record.

    Raises:
        RecordError: When it cannot be written.
    """
    batch_id = about["batch_id"]
    folder = day_folder(options.exports, options.device_id, now()) / batch_folder_name(batch_id)

    def make() -> Journal:
        files = {
            WORKFLOW: design.sweep.canvas.to_json().encode(errors="replace"),
            BATCH: as_json(about, indent=2) + b"\n",
            POINTS: design.table(),
        }
        first = {"event": "batch", "batch_id": batch_id, **_writer()}
        return make_record(folder, files, first)

    return await begin_record(None, make, if_cancelled=_abort)


async def reopen_record(
    design: Design, earlier: BatchState, concurrency: int
) -> tuple[BatchState, Journal]:
    """The record of a batch that is gone on with, as it is now, and its journal.

    Raises:
        BatchError: When another process is at work on it, or has extended it meanwhile.
        RecordError: When it cannot be read or written.
    """

    def make() -> tuple[BatchState, Journal]:
        try:
            journal = Journal(earlier.folder / JOURNAL, again=True)
        except RecordError:
            check_not_under_way(BatchState.read(earlier.folder))
            raise
        with translated(f"go on with the batch in {earlier.folder}"), ExitStack() as undone:
            undone.callback(journal.abandon)
            state = BatchState.read(earlier.folder)  # nothing changes it from here on
            if state.extensions != earlier.extensions:
                raise BatchError(
                    f"{state.called} was extended by another process just now. Run this again: it "
                    "is then taken up as it stands."
                )
            ended = state.take_in_unnoted()
            changed = {"conditions": design.conditions, "concurrency": concurrency}
            begun = {"event": ATTEMPT, "at": timestamp(now()), **_writer()}
            journal.append({**begun, "about": changed})
            for summary in ended:
                journal.note({"event": "done", **summary.to_json(earlier.folder, alone=False)})
            if len(design.places) > state.total:
                _extend(design, state, journal)
            undone.pop_all()
        return state, journal

    return await begin_record(None, make, if_cancelled=lambda opened: _abort(opened[1]))


def _extend(design: Design, state: BatchState, journal: Journal) -> None:
    """Add the points that are new; the old ones keep their places."""
    number = state.extensions + 2
    points, document = extended_name(POINTS, number), f"sweep_{number}.json"
    files = {
        points: design.table(state.total),
        document: as_json(design.sweep.to_document(contents=True)) + b"\n",
    }
    for name, data in files.items():
        aside = state.folder / f".{name}.new"
        aside.unlink(missing_ok=True)  # left by a crash
        write_flushed(aside, data)
        aside.replace(state.folder / name)
    flush_folder(state.folder)
    journal.append(
        {
            "event": "extended",
            "total_runs": len(design.places),
            "points": points,
            "design": document,
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        }
    )


def check_not_under_way(state: BatchState) -> None:
    """Refuse a batch that a process is at work on.

    Raises:
        BatchError: When one is; says which.
    """
    if is_open(state.folder / JOURNAL):
        doing = state.writer or "another process"
        there = "Let it end, or stop it there; it can then be gone on with here."
        if state.job:
            doing = f"the job {state.job} ({doing})"
            there = f"Follow it with Job.open({state.job!r}), which .cancel() also stops."
        raise BatchError(
            f"{state.called} is under way in {doing}. {there} Two must not make the same points."
        )


def _writer() -> dict[str, str]:
    found = {"writer": f"process {os.getpid()} on {socket.gethostname()}"}
    job = os.environ.get(JOB_VARIABLE)
    return {**found, "job": job} if job else found


async def _abort(journal: Journal) -> None:
    journal.note({"event": "aborted", "reason": "the program was ended"})
    await asyncio.to_thread(journal.close)
