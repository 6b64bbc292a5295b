"""Options that several commands take, and the engine that they lead to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from canvas_kit.executor.engine import Engine
    from canvas_kit.executor.handle import Handle

R = TypeVar("R")

CanvasFile = Annotated[
    Path, typer.Argument(metavar="CANVAS.json", help="The canvas file.", show_default=False)
]
Exports = Annotated[
    Path | None,
    typer.Option("--exports", help="Folder for the records.", show_default="exports"),
]
Device = Annotated[
    str | None,
    typer.Option("--device", help="Names this desk in the records.", show_default="local"),
]
ConfigId = Annotated[
    str | None,
    typer.Option(
        "--config",
        help="Output config or model (backend/model) for every generation of the canvas.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
InputNode = Annotated[
    str | None,
    typer.Option(
        "--node", help="The input that takes the prompt, if there are several.", show_default=False
    ),
]


@contextlib.contextmanager
def open_engine(context: typer.Context, **overrides: Any) -> Iterator[Engine]:
    """An engine with the settings that the command line leads to."""
    from canvas_kit.executor.engine import Engine
    from canvas_kit.settings import Settings

    with Engine(Settings.load(context.obj, **overrides)) as engine:
        yield engine


def wait_for(handle: Handle[R]) -> R:
    """The result of a handle; the first Ctrl-C cancels it and keeps what was made."""

    async def wait() -> R:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError):  # Windows
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, _cancel, handle)
        return await handle

    return asyncio.run(wait())


def _cancel(handle: Handle[Any]) -> None:
    print("Stopping; what was made is kept.", file=sys.stderr)
    handle.cancel()


def print_json(document: object) -> None:
    """Print a document for programs."""
    print(json.dumps(document, ensure_ascii=False, indent=2))


def with_config(canvas: Any, config_id: str | None) -> Any:
    """``canvas`` with another output config on every generation."""
    if config_id:
        for node in canvas.of_type("generation"):
            canvas = canvas.with_fields(node, model=config_id)
    return canvas
