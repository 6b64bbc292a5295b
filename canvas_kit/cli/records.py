"""``canvas-kit runs``: what was recorded, listed, shown and compared with its hashes."""

from __future__ import annotations

import json
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
from canvas_kit.recorder.names import BATCH, WORKFLOW

if TYPE_CHECKING:
    from canvas_kit.batch import Batch
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
    from canvas_kit.recorder.run import find_runs

    if folder is not None:
        if not folder.is_dir():
            raise SettingsError(f"There is no folder {folder}.")
        folders = _runs_of(folder) if (folder / BATCH).is_file() else [folder]
    else:
        root = load_settings(context, exports=exports).exports
        if not root.is_dir():
            raise SettingsError(f"There is no exports folder {root}; name another with --exports.")
        batches = (
            path for path in root.glob(f"json/*/*/*/{BATCH}") if not path.parent.is_symlink()
        )
        folders = sorted(
            [*find_runs(root), *(path.parent for path in batches)],
            key=lambda path: path.name.removeprefix("canvas_run_").removeprefix("canvas_batch_"),
        )
        folders = folders[-last:] if last else folders
    shown = _Shown(verify=verify, whole=folder is not None and folders == [folder])
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


class _Shown:
    """What is printed of the folders that were asked for."""

    def __init__(self, *, verify: bool, whole: bool) -> None:
        self.whole = whole
        self.rows: list[tuple[object, ...]] = []
        self.documents: list[dict[str, Any]] = []
        self.wrong = False
        self._verify = verify

    def add(self, path: Path) -> None:
        """Read a folder; what cannot be read, or is not as recorded, is said at once."""
        from canvas_kit.batch import Batch
        from canvas_kit.recorder.run import Run

        try:
            found = Batch.open(path) if (path / BATCH).is_file() else Run.open(path)
        except RecordError as error:
            complain([str(error)])
            self.wrong = True
            return
        document = found.to_json()
        if isinstance(found, Run) and self._verify:
            document["faults"] = faults = found.verify()
            complain(f"{path.name}: {fault}" for fault in faults)
            self.wrong = self.wrong or bool(faults)
        self.documents.append(document)
        if self.whole:
            say(found)
        else:
            self.rows.append(_batch_row(found) if isinstance(found, Batch) else _run_row(found))


def _runs_of(batch_folder: Path) -> list[Path]:
    """The runs of a batch that were recorded, in their order."""
    from canvas_kit.batch import Batch

    return [summary.folder for summary in Batch.open(batch_folder).runs if summary.folder]


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
        nodes = json.loads((folder / WORKFLOW).read_bytes())["nodes"]
        prompts = [str(node["promptText"]) for node in nodes if node.get("promptText")]
        presets = [str(node.get("interceptionPreset") or "") for node in nodes]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", ""
    text = " | ".join(prompts)
    shown = text if len(text) <= _PROMPT_SHOWN else f"{text[: _PROMPT_SHOWN - 1]}…"
    return shown, ", ".join(filter(None, presets))
