"""``canvas-kit resume``: a batch or a run that was broken off goes on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from canvas_kit.cli.making import show_batch, show_run
from canvas_kit.cli.options import (
    AsJson,
    Dask,
    Deadline,
    Exports,
    argument,
    open_engine,
    option,
    wait_for,
)
from canvas_kit.cli.progress import TerminalProgress
from canvas_kit.recorder.names import RUN_PREFIX


class WhichAgain(StrEnum):
    """What ``--retry`` takes."""

    FAILED = "failed"
    REFUSED = "refused"
    ALL = "all"


def resume_command(
    context: typer.Context,
    batch: Annotated[str, argument("The folder of the batch, or its name; or of a run.")],
    retry: Annotated[
        WhichAgain | None, option("--retry", "Make those once more, too.", "none")
    ] = None,
    pay_again: Annotated[
        bool, option("--pay-again", "Ask again for what may have been paid for already.")
    ] = False,
    accept_changes: Annotated[
        bool, option("--accept-changes", "Go on although a model or file means something else now.")
    ] = False,
    concurrency: Annotated[
        int | None, option("--concurrency", "Runs in flight.", "twice the capacity")
    ] = None,
    dask: Dask = None,
    exports: Exports = None,
    deadline: Deadline = None,
    as_json: AsJson = False,
) -> None:
    """Go on with a batch, or a single run, that was stopped or killed.

    What is complete stays; a run that was broken off is completed in its folder, and nothing that
    it has is asked for again. The last line of the output is the folder of the batch or run.
    """
    from canvas_kit.batch.batch import Batch
    from canvas_kit.executor.run import continue_run

    if Path(batch).name.startswith(RUN_PREFIX) and Path(batch).is_dir():
        if retry or concurrency or dask or accept_changes:
            raise typer.BadParameter(f"{batch} is a single run; these options are for batches.")
        with open_engine(context, exports=exports) as engine, TerminalProgress() as progress:
            run = wait_for(
                continue_run(
                    batch,
                    pay_again=pay_again,
                    deadline_seconds=deadline,
                    engine=engine,
                    listener=progress.tell,
                )
            )
        show_run(run, as_json=as_json)
        return
    with open_engine(context, exports=exports) as engine:
        found = Batch.open(batch, engine.settings.exports)
        with TerminalProgress(runs=found.total_runs) as progress:
            result = wait_for(
                found.resume(
                    retry=retry.value if retry else None,
                    pay_again=pay_again,
                    accept_changes=accept_changes,
                    concurrency=concurrency,
                    client=dask,
                    deadline_seconds=deadline,
                    engine=engine,
                    listener=progress.tell,
                )
            )
    show_batch(result, as_json=as_json)
