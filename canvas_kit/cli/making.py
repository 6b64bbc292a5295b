"""``canvas-kit run`` and ``canvas-kit batch``: one run of a canvas, or many."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from canvas_kit.cli.jobs import Detach, tell_started
from canvas_kit.cli.options import (
    AsJson,
    CanvasFile,
    Dask,
    Deadline,
    Device,
    Exports,
    InputNode,
    ModelName,
    complain,
    open_engine,
    option,
    print_json,
    say,
    wait_for,
    with_model,
)
from canvas_kit.cli.progress import TerminalProgress
from canvas_kit.cli.sweeping import (
    DryRun,
    Factors,
    OptionalCanvas,
    Seeds,
    Shard,
    SweepFile,
    sweep_from,
)
from canvas_kit.values import RunStatus

if TYPE_CHECKING:
    from canvas_kit.batch.batch import Batch
    from canvas_kit.executor.engine import Engine
    from canvas_kit.recorder.run import Run
    from canvas_kit.sweep.sweep import Sweep

_REASONS_SHOWN = 20


def run_command(
    context: typer.Context,
    canvas: CanvasFile,
    prompt: Annotated[str | None, option("--prompt", "Words for the canvas's input.")] = None,
    seed: Annotated[int | None, option("--seed", "The run's seed.", "drawn")] = None,
    model: ModelName = None,
    node: InputNode = None,
    exports: Exports = None,
    device: Device = None,
    deadline: Deadline = None,
    detach: Detach = False,
    as_json: AsJson = False,
) -> None:
    """Run a canvas once, and record everything that it makes.

    The last line of the output is the folder of the run; with --detach, the id of the job.
    """
    from canvas_kit.canvas.graph import Canvas
    from canvas_kit.executor.parameters import with_prompt
    from canvas_kit.executor.run import run
    from canvas_kit.job.begin import start_job

    value = with_model(Canvas.load(canvas), model)
    if prompt is not None:
        value = with_prompt(value, prompt, node or "")
    with open_engine(context, exports=exports, device_id=device) as engine:
        if detach:
            tell_started(start_job(value, seed=seed, engine=engine, deadline_seconds=deadline))
            return
        with TerminalProgress() as progress:
            handle = run(value, seed=seed, engine=engine, deadline_seconds=deadline)
            handle.listen(progress.tell)
            result = wait_for(handle)
    show_run(result, as_json=as_json)


def batch_command(
    context: typer.Context,
    canvas: OptionalCanvas = None,
    prompts: Annotated[
        Path | None, option("--prompts", "Prompts: .txt (one a line), .csv or .tsv.")
    ] = None,
    column: Annotated[str | None, option("--column", "The column that holds the prompts.")] = None,
    count: Annotated[int | None, option("--count", "So many runs of the canvas as it is.")] = None,
    base_seed: Annotated[
        int | None, option("--base-seed", "Seed of the first run.", "drawn")
    ] = None,
    concurrency: Annotated[
        int | None, option("--concurrency", "Runs in flight.", "twice the capacity")
    ] = None,
    factor: Factors = None,
    seeds: Seeds = None,
    shard: Shard = None,
    sweep: SweepFile = None,
    dry_run: DryRun = False,
    dask: Dask = None,
    model: ModelName = None,
    node: InputNode = None,
    exports: Exports = None,
    device: Device = None,
    detach: Detach = False,
    as_json: AsJson = False,
) -> None:
    """Run a canvas for each prompt of a file, COUNT times, or for every combination of levels.

    Without --factor and --seeds, run i has the seed base-seed + i. A run that fails does not stop
    the others. The last line of the output is the folder of the batch; with --detach, the id of the
    job.
    """
    from canvas_kit.batch.begin import run_batch
    from canvas_kit.job.begin import start_job
    from canvas_kit.sweep.prompt_files import read_prompts

    texts = read_prompts(prompts, column) if prompts is not None else None
    with open_engine(context, exports=exports, device_id=device) as engine:
        study = sweep_from(
            canvas,
            model=model,
            node=node or "",
            sweep_file=sweep,
            factors=factor or (),
            seeds=seeds,
            prompts=texts,
            count=count,
            base_seed=base_seed,
            shard=shard,
            folders=engine.settings.allowed_folders,
        )
        if not len(study):  # as may be, of many parts of a small sweep
            say("This part of the sweep has no points.", file=sys.stderr)
            return
        if dry_run:
            _show(study.check(engine), engine, as_json=as_json)
            return
        if detach:
            if dask:
                raise typer.BadParameter("--detach and --dask do not go together.")
            tell_started(start_job(study, concurrency=concurrency, engine=engine))
            return
        with TerminalProgress(runs=len(study)) as progress:
            batch = wait_for(
                run_batch(
                    study,
                    concurrency=concurrency,
                    client=dask,
                    engine=engine,
                    listener=progress.tell,
                )
            )
    show_batch(batch, as_json=as_json)


def show_run(result: Run, *, as_json: bool) -> None:
    """Say what a run has made; the exit status says whether that is everything."""
    complain(result.reasons())
    complain(
        f"{node.node_id}: {text}"
        for node in result.nodes
        for text in node.warnings
        if text not in node.reason
    )
    if as_json:
        print_json(result.to_json())
    else:
        for entity in result.entities:
            say(entity.path)
        say(result.folder)
    if result.status is not RunStatus.COMPLETED:
        say(f"The run is {result.status.value}.", file=sys.stderr)
        raise typer.Exit(1)


def show_batch(batch: Batch, *, as_json: bool) -> None:
    """Say how a batch ended; the exit status says whether all of it was made."""
    reasons = batch.reasons()
    complain(reasons[:_REASONS_SHOWN])
    if len(reasons) > _REASONS_SHOWN:
        complain([f"… and {len(reasons) - _REASONS_SHOWN} more, in the batch"])
    if as_json:
        print_json(batch.to_json())
    else:
        say(f"{batch.completed_runs} of {batch.total_runs} runs complete")
        say(batch.folder)
    if not batch.complete:
        retry = f" --retry {batch.needs_retry}" if batch.needs_retry else ""
        say(f"canvas-kit resume {batch.folder}{retry} makes what is missing", file=sys.stderr)
        raise typer.Exit(1)


def _show(study: Sweep, engine: Engine, *, as_json: bool) -> None:
    """What would run, and about how long that takes."""
    if as_json:
        print_json({"runs": len(study), "points": study.to_rows()})
        return
    say(study)
    say(study.estimate(engine))
