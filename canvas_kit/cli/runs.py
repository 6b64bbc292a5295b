"""``canvas-kit run``: one run of a canvas."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from canvas_kit.cli.options import (
    AsJson,
    CanvasFile,
    ConfigId,
    Device,
    Exports,
    InputNode,
    open_engine,
    print_json,
    wait_for,
    with_config,
)
from canvas_kit.events import Event, NodeComplete, Progress
from canvas_kit.values import NodeState, RunStatus

log = logging.getLogger(__name__)


def run_command(
    context: typer.Context,
    canvas: CanvasFile,
    prompt: Annotated[
        str | None,
        typer.Option("--prompt", help="Words for the canvas's input.", show_default=False),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="The run's seed.", show_default="drawn")
    ] = None,
    config: ConfigId = None,
    node: InputNode = None,
    exports: Exports = None,
    device: Device = None,
    deadline: Annotated[
        float | None,
        typer.Option("--deadline", help="The longest it may take, in s.", show_default="none"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a canvas once, and record everything that it makes.

    The last line of the output is the folder of the run.
    """
    from canvas_kit.canvas.graph import Canvas
    from canvas_kit.executor.handle import run
    from canvas_kit.executor.parameters import with_prompt

    value = with_config(Canvas.load(canvas), config)
    if prompt is not None:
        value = with_prompt(value, prompt, node or "")
    with (
        open_engine(context, exports=exports, device_id=device) as engine,
        RunProgress() as progress,
    ):
        result = wait_for(
            run(value, seed=seed, engine=engine, deadline_seconds=deadline, listener=progress.tell)
        )
    for reason in result.reasons():
        print(f"! {reason}", file=sys.stderr)
    for report in result.nodes:
        for warning in report.warnings:
            print(f"! {report.node_id}: {warning}", file=sys.stderr)
    if as_json:
        print_json(result.to_json())
    else:
        for entity in result.entities:
            print(f"{entity.path}")
        print(result.folder)
    if result.status is not RunStatus.COMPLETED:
        print(f"The run is {result.status.value}.", file=sys.stderr)
        raise typer.Exit(1)


class RunProgress:
    """A line on a terminal that says which node is at what; nothing where there is no terminal."""

    def __enter__(self) -> RunProgress:
        from tqdm.auto import tqdm

        self._bar = tqdm(
            total=None,
            disable=not sys.stderr.isatty(),
            file=sys.stderr,
            leave=False,
            bar_format="{desc}",
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def tell(self, event: Event) -> None:
        """Show an event, and log what is worth keeping of it."""
        match event:
            case Progress(status=NodeState.RUNNING):
                step = f" {event.step}/{event.total}" if event.step else ""
                self._bar.set_description_str(f"{event.node_id}{step} {event.message}".rstrip())
            case Progress():
                log.info("%s: %s (%s)", event.node_id, event.status.value, event.message)
            case NodeComplete():
                for entity in event.entities:
                    log.info("%s: saved %s", event.node_id, entity.file)
