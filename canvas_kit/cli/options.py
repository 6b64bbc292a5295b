"""Options that several commands take, and the engine that they lead to."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, TypeVar

import typer

from canvas_kit.errors import printable, printable_lines
from canvas_kit.logs import logger_for
from canvas_kit.settings import Settings

if TYPE_CHECKING:
    from canvas_kit.executor.engine import Engine
    from canvas_kit.executor.handle import Handle

log = logger_for(__name__)
R = TypeVar("R")


def option(name: str, help: str, shown: str | bool = False, **more: Any) -> Any:
    """An option of a command, for ``Annotated``.

    Args:
        name: ``"--name"``.
        help: What it does.
        shown: What is said of its default; True for the default itself, False for nothing.
        more: As typer takes it.
    """
    return typer.Option(name, help=help, show_default=shown, **more)


def argument(help: str, metavar: str | None = None) -> Any:
    """An argument of a command, for ``Annotated``."""
    return typer.Argument(help=help, metavar=metavar, show_default=False)


CanvasFile = Annotated[Path, argument("The canvas file.", "CANVAS.json")]
Exports = Annotated[Path | None, option("--exports", "Folder for the records.", "exports")]
Device = Annotated[str | None, option("--device", "Names this device in the records.", "local")]
Dask = Annotated[
    str | None,
    option("--dask", "Make the runs on the workers of the Dask scheduler at this address.", "here"),
]
Deadline = Annotated[
    float | None, option("--deadline", "The longest a run may take, in s.", "none")
]
ModelName = Annotated[
    str | None,
    option("--model", "Model (backend/model) or output config for every generation of the canvas."),
]
AsJson = Annotated[bool, option("--json", "Print the result as JSON.")]
InputNode = Annotated[
    str | None, option("--node", "The input that takes the prompt, if there are several.")
]


def load_settings(context: typer.Context, **overrides: Any) -> Settings:
    """The settings that the command line leads to."""
    settings = Settings.load(context.obj, **overrides)
    log.info("settings: %s", settings.source or "none, so the defaults hold")
    return settings


@contextlib.contextmanager
def open_engine(context: typer.Context, **overrides: Any) -> Iterator[Engine]:
    """An engine with the settings that the command line leads to."""
    from canvas_kit.executor.engine import Engine

    with Engine(load_settings(context, **overrides)) as engine:
        yield engine


def ending(stop: Callable[[], object]) -> Callable[[int], None]:
    """What to do at a signal: ``stop``, which keeps what was made; a second one ends all."""
    signals: list[int] = []

    def end(number: int) -> None:
        signals.append(number)
        if len(signals) > 1:
            # Not sys.exit(), which would wait for what does not stop. Records are whole always.
            say("Ended at once; what had been made is kept.", file=sys.stderr)
            os._exit(128 + number)
        say("Stopping; what was made is kept. Once more ends it at once.", file=sys.stderr)
        stop()

    return end


def wait_for(handle: Handle[R]) -> R:
    """The result of a handle; Ctrl-C cancels it and keeps what was made, a second one ends all."""
    end = ending(handle.cancel)

    async def wait() -> R:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError):  # Windows
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, end, number)
        return await handle

    return asyncio.run(wait())


def say(text: object, *, file: TextIO | None = None) -> None:
    """Print a text without what could steer a terminal: names and messages come from anywhere."""
    print(printable_lines(str(text)), file=file)


def print_json(document: object) -> None:
    """Print a document for programs; in ASCII on a terminal, and where the output is no UTF-8."""
    # So that nothing steers the terminal, and nothing is written as another program cannot read it.
    utf_8 = codecs.lookup(sys.stdout.encoding or "utf-8").name == "utf-8"
    print(json.dumps(document, ensure_ascii=sys.stdout.isatty() or not utf_8, indent=2))


def print_table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their titles, in columns as wide as needed."""
    cells = [[printable(str(cell), 1000) for cell in row] for row in [titles, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells if rows else ():
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(padded).rstrip())


def complain(reasons: Iterable[str]) -> None:
    """Say on stderr what is wrong, a line for each."""
    for reason in reasons:
        lines = (printable(line, 2000) for line in reason.splitlines())
        say("! " + "\n  ".join(lines), file=sys.stderr)


def with_model(canvas: Any, model: str | None) -> Any:
    """``canvas`` with another model on every generation."""
    if model:
        for node in canvas.of_type("generation"):
            canvas = canvas.with_fields(node, model=model)
    return canvas
