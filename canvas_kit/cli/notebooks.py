"""``canvas-kit notebooks``: a notebook for every set of parameters of a grid."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from canvas_kit.cli.options import (
    AsJson,
    Exports,
    argument,
    complain,
    ending,
    load_settings,
    option,
    print_json,
    say,
)


def notebooks_command(
    context: typer.Context,
    notebook: Annotated[Path, argument("The notebook.", "NOTEBOOK")],
    grid: Annotated[
        Path,
        option(
            "--grid",
            "Sets of parameters: .csv, .tsv (a row is a set), .toml or .json (of lists, "
            "every combination).",
        ),
    ],
    concurrency: Annotated[
        int | None, option("--concurrency", "Notebooks at a time.", "one a processor")
    ] = None,
    exports: Exports = None,
    retry: Annotated[bool, option("--retry", "Run those that failed again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a notebook for every set of parameters, and keep the executed copies with an index.

    What was run before is not run again, so that a grid goes on where it was stopped. The last
    line of the output is the folder of the copies.
    """
    from tqdm.auto import tqdm

    from canvas_kit.notebook_runs.many import run_notebooks

    def interrupt() -> None:
        raise KeyboardInterrupt

    stop = ending(interrupt)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: stop(number))
    where = load_settings(context, exports=exports).exports
    with tqdm(unit="notebook", disable=not sys.stderr.isatty(), file=sys.stderr) as bar:
        try:
            made = run_notebooks(
                notebook,
                grid,
                where,
                concurrency=concurrency,
                retry=retry,
                listener=lambda _: bar.update(),
            )
        except KeyboardInterrupt:
            raise typer.Exit(1) from None
    complain(run.describe() for run in made.failed)
    if as_json:
        print_json(made.to_json())
    else:
        say(f"{len(made.completed)} of {made.total} notebooks complete")
        say(made.folder)
    if not made.complete:
        raise typer.Exit(1)
