"""``canvas-kit batch``: many runs of a canvas."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
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
from canvas_kit.events import Event, NodeComplete, RunComplete, RunError

log = logging.getLogger(__name__)

_REASONS_SHOWN = 20


def batch_command(
    context: typer.Context,
    canvas: CanvasFile,
    prompts: Annotated[
        Path | None,
        typer.Option(
            "--prompts", help="Prompts: .txt (one a line), .csv or .tsv.", show_default=False
        ),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option("--column", help="The column that holds the prompts.", show_default=False),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option("--count", help="So many runs of the canvas as it is.", show_default=False),
    ] = None,
    base_seed: Annotated[
        int | None,
        typer.Option("--base-seed", help="Seed of the first run.", show_default="drawn"),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", help="Runs in flight.", show_default="twice the places"),
    ] = None,
    config: ConfigId = None,
    node: InputNode = None,
    exports: Exports = None,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Run a canvas for each prompt of a file, or COUNT times.

    Run i has the seed base-seed + i. A run that fails does not stop the others. The last line of
    the output is the folder of the batch.
    """
    from canvas_kit.batch import run_batch
    from canvas_kit.canvas.graph import Canvas
    from canvas_kit.sweep import read_prompts

    value = with_config(Canvas.load(canvas), config)
    words = read_prompts(prompts, column) if prompts is not None else None
    with (
        open_engine(context, exports=exports, device_id=device) as engine,
        BatchProgress(len(words) if words is not None else count or 0) as progress,
    ):
        batch = wait_for(
            run_batch(
                value,
                prompts=words,
                count=count,
                base_seed=base_seed,
                node=node or "",
                jobs=jobs,
                engine=engine,
                listener=progress.tell,
            )
        )
    reasons = batch.reasons()
    for reason in reasons[:_REASONS_SHOWN]:
        print(f"! {reason}", file=sys.stderr)
    if len(reasons) > _REASONS_SHOWN:
        print(f"! … and {len(reasons) - _REASONS_SHOWN} more, in the batch", file=sys.stderr)
    if as_json:
        print_json(batch.to_json())
    else:
        print(f"{batch.completed_runs} of {batch.total_runs} runs complete")
        print(batch.folder)
    if not batch.complete:
        raise typer.Exit(1)


class BatchProgress:
    """A progress bar over the runs of a batch."""

    def __init__(self, total: int) -> None:
        """Prepare for ``total`` runs."""
        self._total = total
        self._wanting = 0

    def __enter__(self) -> BatchProgress:
        from tqdm.auto import tqdm

        self._bar = tqdm(
            total=self._total, unit="run", file=sys.stderr, disable=not sys.stderr.isatty()
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def tell(self, event: Event) -> None:
        """Count a run that has ended; log what is worth keeping."""
        match event:
            case RunError():
                self._wanting += 1
                self._bar.set_postfix_str(f"{self._wanting} incomplete")
                log.warning("run %d: %s", event.run_index, event.message)
            case RunComplete():
                self._bar.update()
                log.info("run %d: %s, %s", event.run_index, event.status.value, event.export_path)
            case NodeComplete():
                for entity in event.entities:
                    log.debug("%s: saved %s", event.node_id, entity.file)
