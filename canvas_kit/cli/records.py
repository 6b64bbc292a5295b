"""``canvas-kit runs`` and ``clean``: what was recorded, shown and checked; what crashes left."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from canvas_kit.cli.options import (
    AsJson,
    Exports,
    complain,
    load_settings,
    print_json,
    print_table,
    say,
)
from canvas_kit.errors import RecordError, SettingsError
from canvas_kit.files import read_start
from canvas_kit.recorder.names import BATCH, BATCH_PREFIX, RUN_PREFIX, WORKFLOW

if TYPE_CHECKING:
    from canvas_kit.batch.batch import Batch
    from canvas_kit.recorder.run import Run

_PROMPT_SHOWN = 40


def runs_command(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="The folder of a run or batch to show; without it, all of them.",
            show_default=False,
        ),
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
    """List the recorded runs and batches, or show one; with --verify, check every file."""
    from canvas_kit.batch.batch import Batch, find_batches
    from canvas_kit.recorder.run import find_runs

    shown = _Shown(verify=verify, as_json=as_json)
    if folder is not None:
        if not os.path.isdir(folder):  # noqa: PTH112 -- never raises
            raise SettingsError(f"There is no folder {folder}.")
        folders = [folder]
        if os.path.lexists(folder / BATCH):
            batch = Batch.open(folder)
            shown.check(batch, folder)
            folders = [summary.folder for summary in batch.runs if summary.folder]
        else:
            shown.whole = True
    else:
        root = _exports_folder(context, exports)
        folders = sorted(
            [*find_runs(root), *find_batches(root)],
            key=lambda path: path.name.removeprefix(RUN_PREFIX).removeprefix(BATCH_PREFIX),
        )
        folders = folders[-last:] if last else folders
    for path in folders:
        shown.add(path)
    if as_json:
        print_json(next(iter(shown.documents), None) if shown.whole else shown.documents)
    elif not shown.whole:
        print_table(
            ("", "started", "status", "made", "seed", "preset", "prompt", "canvas", "folder"),
            shown.rows,
        )
    if shown.wrong:
        raise typer.Exit(1)


def clean_command(
    context: typer.Context,
    exports: Exports = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be removed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what crashes have left behind: half-made folders and half-written files.

    Nothing of a record, and nothing that a living program is writing.
    """
    from canvas_kit.recorder.leavings import clear

    cleared = clear(_exports_folder(context, exports), dry_run=dry_run)
    word = "would remove" if dry_run else "removed"
    if as_json:
        document = {"dry_run": dry_run, "left_alone": list(cleared.left_alone)}
        removed = [{"path": str(one.path), "bytes": one.size_bytes} for one in cleared.removed]
        print_json(document | {"removed": removed})
    else:
        print_table(
            ("", "bytes", "what"),
            [(word, one.size_bytes, one.path) for one in cleared.removed],
        )
        total = sum(one.size_bytes for one in cleared.removed)
        say(f"{word} {len(cleared.removed)} leavings with {total} bytes")
    complain(cleared.left_alone)
    if cleared.left_alone:
        raise typer.Exit(1)


def _exports_folder(context: typer.Context, exports: Path | None) -> Path:
    root = load_settings(context, exports=exports).exports
    if not os.path.isdir(root):  # noqa: PTH112 -- never raises
        raise SettingsError(f"There is no exports folder {root}; name another with --exports.")
    return root


class _Shown:
    """What is printed of the folders that were asked for."""

    def __init__(self, *, verify: bool, as_json: bool) -> None:
        self.whole = False
        self.rows: list[tuple[object, ...]] = []
        self.documents: list[dict[str, Any]] = []
        self.wrong = False
        self._verify = verify
        self._as_json = as_json

    def add(self, path: Path) -> None:
        """Read a folder; what cannot be read, or is not as recorded, is said at once."""
        from canvas_kit.batch.batch import Batch
        from canvas_kit.recorder.run import Run

        try:
            found = Batch.open(path) if os.path.lexists(path / BATCH) else Run.open(path)
        except RecordError as error:
            complain([str(error)])
            self.wrong = True
            return
        document = found.to_json()
        if self._verify:
            document["faults"] = self.check(found, path)
        self.documents.append(document)
        if self.whole and not self._as_json:
            say(found)
        elif not self.whole:
            self.rows.append(_batch_row(found) if isinstance(found, Batch) else _run_row(found))

    def check(self, found: Run | Batch, path: Path) -> list[str]:
        """Verify a record, if that is asked for; what is wrong is said at once.

        The runs of a batch are records of their own, which are looked at by themselves.
        """
        if not self._verify:
            return []
        # Only a batch has such a second check; asking for the class would import it.
        faults = getattr(found, "verify_alone", found.verify)()
        complain(f"{path.name}: {fault}" for fault in faults)
        self.wrong = self.wrong or bool(faults)
        return list(faults)


def _run_row(run: Run) -> tuple[object, ...]:
    assert run.folder is not None
    prompt, preset = _asked_of(run.folder)
    canvas = run.about.get("canvas", {})
    return (
        " " if run.status.value == "completed" else "!",
        str(run.about.get("started_at", ""))[:19].replace("T", " "),
        run.status.value,
        run.made,
        "" if run.seed is None else run.seed,
        preset,
        prompt,
        canvas.get("name", "") if isinstance(canvas, dict) else "",
        run.folder,
    )


def _batch_row(batch: Batch) -> tuple[object, ...]:
    started = str(batch.about.get("started_at", ""))[:19].replace("T", " ")
    made = f"{batch.completed_runs} of {batch.total_runs} runs"
    mark = " " if batch.complete else "!"
    return mark, started, "batch", made, "", "", "", "", batch.folder


def _asked_of(folder: Path) -> tuple[str, str]:
    """The prompts and interception presets of a run, as its canvas says."""
    try:
        nodes = json.loads(read_start(folder / WORKFLOW))["nodes"]
        prompts = [str(node["promptText"]) for node in nodes if node.get("promptText")]
        presets = [str(node.get("interceptionPreset") or "") for node in nodes]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", ""
    text = " | ".join(prompts)
    shown = text if len(text) <= _PROMPT_SHOWN else f"{text[: _PROMPT_SHOWN - 1]}…"
    return shown, ", ".join(filter(None, presets))
