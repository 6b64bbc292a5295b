"""``canvas-kit fetch``: what was made and could not be brought home."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from canvas_kit.cli.options import AsJson, argument, complain, open_engine, print_json, say
from canvas_kit.errors import CanvasKitError
from canvas_kit.recorder.names import BATCH, JOURNAL
from canvas_kit.values import RunStatus


def fetch_command(
    context: typer.Context,
    folders: Annotated[
        list[Path],
        argument("Folders of runs or batches.", "FOLDER..."),
    ],
    as_json: AsJson = False,
) -> None:
    """Fetch what was made for a run and could not be brought home, and add it to its record.

    The server is asked by the ids of the jobs on record; nothing is made anew. The exit status is 0
    if nothing is missing then.
    """
    from canvas_kit.batch.batch import Batch
    from canvas_kit.fetching import fetch
    from canvas_kit.recorder.run import Run

    runs: list[Path] = []
    for folder in folders:
        if not (folder / BATCH).is_file():
            runs.append(folder)
            continue
        batch = Batch.open(folder)
        noted = {one.folder: one.status for one in batch.runs if one.folder}
        runs += [path for path, status in noted.items() if status is not RunStatus.COMPLETED]
        runs += [path for path in _left_by_a_crash(folder, batch.id) if path not in noted]
    if not runs and not as_json:
        say("Nothing is missing.")
    documents = []
    whole = True
    with open_engine(context) as engine:
        for path in runs:
            try:
                asyncio.run(fetch(path, engine=engine))
            except CanvasKitError as error:
                complain([str(error)])
            run = Run.open(path)
            whole = whole and run.status is RunStatus.COMPLETED
            documents.append(run.to_json())
            if not as_json:
                say(run)
    if as_json:
        print_json(documents)
    if not whole:
        raise typer.Exit(1)


def _left_by_a_crash(batch_folder: Path, batch_id: str) -> Iterator[Path]:
    """The runs beside a batch that belong to it; it need not have lived to note how they ended."""
    for path in sorted(batch_folder.parent.glob("canvas_run_*")):
        with contextlib.suppress(OSError), (path / JOURNAL).open("rb") as journal:
            if batch_id.encode() in journal.readline():
                yield path
