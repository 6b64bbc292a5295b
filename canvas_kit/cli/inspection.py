"""``canvas-kit check``, ``backends`` and ``runs``: looking without running anything."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from canvas_kit.cli.options import AsJson, CanvasFile, Exports, open_engine, print_json
from canvas_kit.values import RunStatus

if TYPE_CHECKING:
    from canvas_kit.backends.base import BackendStatus
    from canvas_kit.executor.plan import Plan
    from canvas_kit.recorder.run import Run


def check_command(
    context: typer.Context,
    canvas: CanvasFile,
    backend: Annotated[
        bool,
        typer.Option(
            "--backend", help="Ask the backends too: are they there, do they have the models?"
        ),
    ] = False,
) -> None:
    """Check a canvas without running it: every problem at once."""
    from canvas_kit.canvas.graph import Canvas

    value = Canvas.load(canvas)
    with open_engine(context) as engine:
        plan = engine.prepare(value)
        print(value)
        found = engine.submit(_backend_problems(plan)).result() if backend else []
    for problem in found:
        print(f"! {problem}", file=sys.stderr)
    if found:
        raise typer.Exit(1)
    print("It can run.")


async def _backend_problems(plan: Plan) -> list[str]:
    """What the backends say keeps this canvas from running there."""
    found = []
    for asked in {asked.name: asked for asked in plan.models.values()}.values():
        found += [
            f"{asked.name}: {problem}" for problem in await asked.backend.problems(asked.model)
        ]
    return found


def backends_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the backends: reachable, version, models, and whether data leaves this machine."""
    with open_engine(context) as engine:
        statuses = engine.submit(engine.backends.statuses()).result()
    if as_json:
        print_json([_status_json(status) for status in statuses])
        return
    for status in statuses:
        print(_status_text(status))


def _status_text(status: BackendStatus) -> str:
    where = "words and pictures stay on this machine"
    if not status.local:
        where = f"words and pictures leave this machine, to {status.address}"
    state = "reachable" if status.reachable else "not reachable"
    head = [status.name, f"({status.kind})" if status.kind != status.name else "", state]
    if status.version:
        head.append(f"version {status.version}")
    lines = [" ".join(part for part in head if part)]
    if status.address:
        lines.append(f"  address   {status.address}")
    lines.append(f"  privacy   {where}")
    lines.append(f"  capacity  {status.capacity} at a time")
    shown = status.models[:12]
    for index, model in enumerate(shown):
        title = "models" if not index else ""
        can = ", ".join(sorted(model.capabilities))
        about = model.description or can
        lines.append(f"  {title:<8}  {status.name}/{model.name}  {about}".rstrip())
    if len(status.models) > len(shown):
        lines.append(f"  {'':<8}  … and {len(status.models) - len(shown)} more")
    if status.note:
        lines.append(f"  note      {status.note}")
    if status.problem:
        lines.append(f"  problem   {status.problem}")
    return "\n".join(lines)


def _status_json(status: BackendStatus) -> dict[str, Any]:
    return {
        "name": status.name,
        "kind": status.kind,
        "reachable": status.reachable,
        "address": status.address,
        "version": status.version,
        "local": status.local,
        "capacity": status.capacity,
        "models": [
            {
                "name": f"{status.name}/{model.name}",
                "capabilities": sorted(model.capabilities),
                "description": model.description,
            }
            for model in status.models
        ],
        "note": status.note,
        "problem": status.problem,
    }


def runs_command(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(help="A run folder to show; without it, all runs.", show_default=False),
    ] = None,
    exports: Exports = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every file and compare it with its hash.")
    ] = False,
    last: Annotated[
        int | None, typer.Option("--last", help="Only so many of the latest.", show_default="all")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the recorded runs, or show one; with --verify, check that every file stands."""
    from canvas_kit.errors import RecordError
    from canvas_kit.recorder.run import Run, find_runs
    from canvas_kit.settings import Settings

    if folder is not None:
        found = [folder]
    else:
        found = find_runs(Settings.load(context.obj, exports=exports).exports)
        found = found[-last:] if last else found
    documents: list[dict[str, Any] | None] = []
    wrong = False
    for path in found:
        try:
            run = Run.open(path)
        except RecordError as error:
            print(f"! {error}", file=sys.stderr)
            wrong = True
            continue
        faults = run.verify() if verify else []
        wrong = wrong or bool(faults)
        if as_json:
            documents.append(run.to_json() | ({"faults": faults} if verify else {}))
        else:
            print(str(run) if folder is not None else _run_line(run))
        for fault in faults:
            print(f"! {fault}", file=sys.stderr)
    if as_json:
        print_json(documents if folder is None else (documents or [None])[0])
    if wrong:
        raise typer.Exit(1)


def _run_line(run: Run) -> str:
    started = str(run.about.get("started_at", ""))[:19].replace("T", " ")
    canvas = run.about.get("canvas", {})
    name = canvas.get("name", "") if isinstance(canvas, dict) else ""
    mark = " " if run.status is RunStatus.COMPLETED else "!"
    counts = f"{len(run.texts)} texts, {len(run.images)} pictures"
    return f"{mark} {started}  {run.status.value:<11}  {counts:<24}  {name}  {run.folder}"
