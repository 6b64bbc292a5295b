"""``canvas-kit fetch``: what was made and could not be brought home."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from canvas_kit.cli.options import AsJson, argument, complain, open_engine, print_json, say
from canvas_kit.errors import CanvasKitError, RecordError
from canvas_kit.recorder.names import BATCH
from canvas_kit.values import RunStatus


def fetch_command(
    context: typer.Context,
    folders: Annotated[list[Path], argument("Folders of runs or batches.", "FOLDER...")],
    as_json: AsJson = False,
) -> None:
    """Fetch what was made for a run and could not be brought home, and add it to its record.

    The server is asked by the ids of the jobs on record; nothing is made anew. The exit status is 0
    if nothing is missing then.
    """
    from canvas_kit.batch.state import BatchState
    from canvas_kit.fetching import fetch
    from canvas_kit.recorder.run import Run

    runs: list[Path] = []
    for folder in folders:
        if not (folder / BATCH).is_file():
            runs.append(folder)
            continue
        state = BatchState.read(folder)
        state.take_in_unnoted()
        runs += state.wanting()
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
            try:
                run = Run.open(path)
            except RecordError:  # as it was told just now
                whole = False
                continue
            whole = whole and run.status is RunStatus.COMPLETED
            documents.append(run.to_json())
            if not as_json:
                say(run)
    if as_json:
        print_json(documents)
    if not whole:
        raise typer.Exit(1)
