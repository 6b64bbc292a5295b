"""Fetches later what a run has had made and could not bring home."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from canvas_kit.batch.state import find_batches
from canvas_kit.batch.summary import RunSummary
from canvas_kit.errors import BackendError, CanvasKitError, RecordError
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.replay import fetch_artifacts
from canvas_kit.recorder.completing import add_later, append_to_journal
from canvas_kit.recorder.continuing import open_jobs
from canvas_kit.recorder.journal import is_open
from canvas_kit.recorder.names import JOURNAL, batch_folder_name
from canvas_kit.recorder.run import Run
from canvas_kit.values import RunStatus


async def fetch(run: Run | str | Path, *, engine: Engine | None = None) -> Run:
    """Fetch what a run has had made and could not bring home, and add it to its record.

    For a run that failed while its pictures were fetched, or whose process died while a server was
    at work for it. The server is asked by the ids of the jobs that are on record; nothing is made
    anew. What comes is checked and recorded in the run's own folder, and the nodes concerned say
    that it was fetched later. Nodes that would have used it are not run.

    Args:
        run: The run, or its folder.
        engine: Whose backends; left out, those of the settings.

    Returns:
        The run as it is now; as it was, if nothing is missing.

    Raises:
        BackendError: When something could not be fetched. What came is recorded all the same.
        RecordError: When the run is still going on, or has no job that could be asked for.
        SettingsError: When the settings cannot be read.
    """
    folder = run.folder if isinstance(run, Run) else Path(run)
    if folder is None:
        raise RecordError("A run that was not recorded cannot be completed.")
    engine = engine or default_engine()
    return await asyncio.wrap_future(engine.submit(_fetched(folder.absolute(), engine)))


async def _fetched(folder: Path, engine: Engine) -> Run:
    run = await asyncio.to_thread(Run.open, folder)
    if run.status is RunStatus.COMPLETED:
        return run
    if run.status is RunStatus.RUNNING:
        raise RecordError(f"The run {run.id} is still going on; what it makes comes by itself.")
    batch_journal = await asyncio.to_thread(_journal_of_batch, run)
    if batch_journal is not None and is_open(batch_journal):
        raise RecordError(
            f"The batch of the run {run.id} is still going on; fetch when it is over."
        )
    jobs = open_jobs(run)
    if not jobs:
        raise RecordError(
            f"The run {run.id} has handed no job to a server whose result is missing, so there is "
            "nothing that could be fetched."
        )
    before = run
    problems: dict[tuple[str, int], str] = {}
    came: set[tuple[str, int]] = set()
    for job in jobs:  # of those of one round, the latest that gives something
        if (place := (job.node_id, job.round)) in came:
            continue
        try:
            artifacts, warnings, missing = await fetch_artifacts(
                engine.backends, job, engine.settings.max_image_pixels
            )
            add = partial(add_later, warnings=warnings, missing=missing)
            run = await asyncio.to_thread(add, folder, job, artifacts)
        except CanvasKitError as error:
            problems.setdefault(place, f"{job.node_id}: {error}")
        else:
            came.add(place)
            problems[place] = " ".join(missing)
    if run != before and batch_journal is not None:
        await asyncio.to_thread(_tell_batch, run, batch_journal)
    if left := [text for text in problems.values() if text]:
        raise BackendError(f"Of the run {run.id}, not everything came. {' '.join(left)}")
    return run


def _journal_of_batch(run: Run) -> Path | None:
    """The journal of the batch that a run belongs to, if it does and that is there."""
    batch_id = run.about.get("batch_id")
    if not isinstance(batch_id, str) or run.folder is None:
        return None
    found = find_batches(run.folder.parents[3])  # a batch may go on past midnight
    name = batch_folder_name(batch_id)
    return next((folder / JOURNAL for folder in found if folder.name == name), None)


def _tell_batch(run: Run, journal: Path) -> None:
    """Have the record of the run's batch say how the run stands now."""
    index, seed = run.about["run_index"], run.seed or 0
    summary = RunSummary.of(run, index, seed)
    append_to_journal(journal, [{"event": "done", **summary.to_json(journal.parent)}])
