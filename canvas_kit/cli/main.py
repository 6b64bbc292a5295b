"""The application: options that all commands share, and what happens to errors."""

from __future__ import annotations

import io
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

import canvas_kit
from canvas_kit.cli import (
    fetching,
    jobs,
    looking,
    making,
    models,
    notebooks,
    records,
    resuming,
    serving,
    trusting,
    workbench,
)
from canvas_kit.cli.options import option, say
from canvas_kit.errors import (
    BatchError,
    CanvasError,
    CanvasKitError,
    JobError,
    QueryError,
    SettingsError,
    UnknownName,
)
from canvas_kit.notebook_runs.single import NotebookError

WRONG_USE = (
    CanvasError,
    BatchError,
    JobError,
    NotebookError,
    QueryError,
    SettingsError,
    UnknownName,
)
"""What the user can mend by writing something else: exit status 2."""

app = typer.Typer(
    name="canvas-kit",
    help="Build a canvas, run it, keep everything as data.\n\n"
    "A canvas is a graph of nodes, such as Input → Interception → Generation → Collector, in a "
    "JSON file. Everything that it makes is recorded under the exports folder.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(making.run_command)
app.command("batch")(making.batch_command)
app.command("resume")(resuming.resume_command)
app.command("check")(looking.check_command)
app.command("presets")(looking.presets_command)
app.command("backends")(looking.backends_command)
app.command("fetch")(fetching.fetch_command)
app.command("runs")(records.runs_command)
app.command("batches")(records.batches_command)
app.command("clean")(records.clean_command)
app.command("notebooks")(notebooks.notebooks_command)
app.command("serve")(serving.serve_command)
app.command("trust")(trusting.trust_command)
app.add_typer(models.app, name="models")
app.add_typer(jobs.app, name="jobs")
app.add_typer(workbench.app, name="workbench")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"canvas-kit {canvas_kit.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    verbose: Annotated[
        int, typer.Option("-v", "--verbose", count=True, help="Log more; twice: everything.")
    ] = 0,
    config: Annotated[
        Path | None, option("--config-file", "The settings file, instead of looking for one.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter("%(message)s" if verbose == 1 else "%(name)s: %(message)s")
    )
    logger = logging.getLogger("canvas_kit")
    logger.addHandler(handler)
    logger.setLevel(level)
    context.obj = config


def main() -> None:
    """Run the command line; a traceback is for bugs only."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A pipe may have an old encoding, as on Windows, that lacks signs which are said.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except WRONG_USE as error:
        fail(error, 2)
    except CanvasKitError as error:
        fail(error, 1)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader has gone; what was recorded is recorded. Nothing more can be printed.
        sys.stderr.close()
        sys.exit(1)


def fail(error: Exception, status: int) -> None:
    """Say what is wrong on stderr, and end with ``status``."""
    say(f"canvas-kit: {error}", file=sys.stderr)
    sys.exit(status)
