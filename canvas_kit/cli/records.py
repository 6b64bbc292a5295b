"""``canvas-kit runs``, ``batches`` and ``clean``: what was recorded, and what crashes left."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from canvas_kit.cli.options import (
    AsJson,
    Exports,
    argument,
    complain,
    load_settings,
    option,
    print_json,
    print_table,
    say,
)
from canvas_kit.errors import QueryError, RecordError, SettingsError
from canvas_kit.recorder.names import BATCH
from canvas_kit.values import RunStatus

if TYPE_CHECKING:
    from canvas_kit.batch.batch import Batch
    from canvas_kit.catalog.listing import Listing, Runs
    from canvas_kit.recorder.run import Run
    from canvas_kit.settings import Settings

_SHOWN = 1000
"""Runs that a table for people has, unless more are asked for."""
Text = Annotated[str | None, option("--text", "With these words, or words that begin so.")]
Since = Annotated[str | None, option("--since", "Begun since a date, 'yesterday', '3 days', …")]
Until = Annotated[str | None, option("--until", "Begun until then.")]
Last = Annotated[int | None, option("--last", "Only so many of the latest.")]


def runs_command(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        argument("The folder of a run or batch to show; without it, all runs that were recorded."),
    ] = None,
    exports: Exports = None,
    text: Text = None,
    preset: Annotated[str | None, option("--preset", "With this preset.")] = None,
    model: Annotated[str | None, option("--model", "With this model or output config.")] = None,
    backend: Annotated[str | None, option("--backend", "Made by this backend.")] = None,
    status: Annotated[RunStatus | None, option("--status", "That stand so.")] = None,
    seed: Annotated[int | None, option("--seed", "With this seed.")] = None,
    batch: Annotated[str | None, option("--batch", "Of the batch of this name or id.")] = None,
    device: Annotated[str | None, option("--device", "Recorded by this device.")] = None,
    rating: Annotated[
        int | None, option("--rating", "With a picture rated so or higher, 0 to 5.")
    ] = None,
    tag: Annotated[str | None, option("--tag", "With this tag of a rater.")] = None,
    where: Annotated[
        list[str] | None,
        option("--where", "FACTOR=LEVEL: with this level of a factor. May be given again."),
    ] = None,
    since: Since = None,
    until: Until = None,
    last: Last = None,
    verify: Annotated[
        bool, option("--verify", "Read every file and compare it with its hash.")
    ] = False,
    csv: Annotated[str | None, option("--csv", "Write a table to this file; - prints it.")] = None,
    export: Annotated[
        Path | None,
        option("--export", "Write to a file, by its ending: .csv, .parquet, .xlsx; .zip: all."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the recorded runs, or show one; with --verify, check every file.

    Without a filter, --verify checks the batches' own records as well.
    """
    shown = _Shown(verify=verify, as_json=as_json)
    asked: dict[str, Any] = {
        "preset": preset,
        "model": model,
        "backend": backend,
        "status": status,
        "seed": seed,
        "batch": batch,
        "device": device,
        "rating": rating,
        "tag": tag,
        "since": since,
        "until": until,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    if folder is not None and os.path.lexists(folder / BATCH):
        found = shown.batch(folder)
    elif folder is not None:
        if not os.path.isdir(folder):  # noqa: PTH112 -- never raises
            raise SettingsError(f"There is no folder {folder}.")
        if os.path.isdir(folder / "json"):  # noqa: PTH112 -- never raises
            raise SettingsError(
                f"{folder} is an exports folder. Its runs: canvas-kit runs --exports {folder}"
            )
        shown.run(folder)
        return
    else:
        from canvas_kit.catalog.listing import batches, runs

        settings = _settings(context, exports)
        levels = _levels(where or ())
        for_people = not (verify or csv or export or as_json or last)
        found = runs(
            text, where=levels, settings=settings, limit=_SHOWN + 1 if for_people else last, **asked
        )
        if for_people and len(found) > _SHOWN:
            complain([f"only the latest {_SHOWN:,} are shown; --last NUMBER shows more"])
            found = found[:_SHOWN]
        found = found[::-1]
        _tell_if_none(found)
        if verify and not (text or levels or last or asked):
            shown.verify_alone(batches(settings=settings).folders)
    shown.show(found, csv, export)


def batches_command(
    context: typer.Context,
    exports: Exports = None,
    text: Text = None,
    device: Annotated[str | None, option("--device", "Recorded by this device.")] = None,
    since: Since = None,
    until: Until = None,
    last: Last = None,
    as_json: AsJson = False,
) -> None:
    """List the recorded batches, with how many of their runs have made everything."""
    from canvas_kit.catalog.listing import batches

    settings = _settings(context, exports)
    found = batches(text, device=device, since=since, until=until, limit=last, settings=settings)[
        ::-1
    ]
    complain(found.unreadable)
    _tell_if_none(found)
    if as_json:
        print_json([_for_json(row) for row in found.to_rows()])
    else:
        print_table(("", *found.shown, "folder"), _marked(found, "complete"))
    if found.unreadable:
        raise typer.Exit(1)


def clean_command(
    context: typer.Context,
    exports: Exports = None,
    dry_run: Annotated[bool, option("--dry-run", "Only show what would be removed.")] = False,
    cache: Annotated[bool, option("--cache", "Empty the cache of answers instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what crashes have left behind: half-made folders and half-written files.

    Nothing of a record, and nothing that a living program is writing. With --cache, what models
    have answered and was kept for being reused; records are not touched.
    """
    from canvas_kit.recorder.leavings import clear

    if cache:
        _empty_cache(load_settings(context), dry_run=dry_run, as_json=as_json)
        return
    cleared = clear(_settings(context, exports).exports, dry_run=dry_run)
    word = "would remove" if dry_run else "removed"
    if as_json:
        document = {"dry_run": dry_run, "left_alone": list(cleared.left_alone)}
        removed = [{"path": str(one.path), "bytes": one.size_bytes} for one in cleared.removed]
        print_json(document | {"removed": removed})
    else:
        print_table(
            ("", "bytes", "what"), [(word, one.size_bytes, one.path) for one in cleared.removed]
        )
        total = sum(one.size_bytes for one in cleared.removed)
        say(f"{word} {len(cleared.removed)} leavings with {total} bytes")
    complain(cleared.left_alone)
    if cleared.left_alone:
        raise typer.Exit(1)


def _empty_cache(settings: Settings, *, dry_run: bool, as_json: bool) -> None:
    from canvas_kit.executor.engine import Engine

    with Engine(settings) as engine:
        count, size = engine.cache.clear(dry_run=dry_run)
    if as_json:
        print_json({"dry_run": dry_run, "entries": count, "bytes": size})
    else:
        word = "would remove" if dry_run else "removed"
        say(f"{word} {count} answers with {size} bytes from {engine.cache.folder}")


def _settings(context: typer.Context, exports: Path | None) -> Settings:
    settings = load_settings(context, exports=exports)
    if not os.path.isdir(settings.exports):  # noqa: PTH112 -- never raises
        raise SettingsError(
            f"There is no exports folder {settings.exports}; name another with --exports."
        )
    return settings


def _levels(where: Iterable[str]) -> dict[str, str]:
    levels = {}
    for item in where:
        factor, sign, level = item.partition("=")
        if not sign:
            raise QueryError(f"--where takes FACTOR=LEVEL, such as how.preset=bauhaus, not {item}.")
        levels[factor.strip()] = level.strip()
    return levels


def _marked(found: Listing[Any], good: str) -> list[tuple[object, ...]]:
    """The rows of a table, each with a mark before it unless all is well."""
    return [
        (" " if row["status"] == good else "!", *cells, row["folder"])
        for row, cells in found.cells()
    ]


def _for_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in row.items()
    }


def _tell_if_none(found: Listing[Any]) -> None:
    if not found:
        complain([f"No {found.noun} found in {found.exports}. {found.hint}".rstrip()])


class _Shown:
    """What is printed of the records that were asked for."""

    def __init__(self, *, verify: bool, as_json: bool) -> None:
        self._verify = verify
        self._as_json = as_json
        self._wrong = False

    def run(self, folder: Path) -> None:
        """Show a run whole."""
        from canvas_kit.recorder.run import Run

        run = Run.open(folder)
        document = run.to_json()
        if self._verify:
            document["faults"] = self._check(run, folder)
        if self._as_json:
            print_json(document)
        else:
            say(run)
        self._end()

    def batch(self, folder: Path) -> Runs:
        """The runs of a batch, whose own record is checked."""
        from canvas_kit.batch.batch import Batch
        from canvas_kit.catalog.listing import Runs

        batch = Batch.open(folder)
        if self._verify:
            self._check(batch, folder)
        return Runs.read([summary.folder for summary in batch.runs if summary.folder])

    def verify_alone(self, folders: Iterable[Path]) -> None:
        """Check the batches' own records."""
        from canvas_kit.batch.batch import Batch

        for folder in folders:
            self._open_and_check(Batch, folder)

    def show(self, found: Runs, csv: str | None, export: Path | None) -> None:
        """List runs; what cannot be read, or is not as recorded, is said."""
        complain(found.unreadable)
        self._wrong = self._wrong or bool(found.unreadable)
        rows = found.to_rows() if self._as_json or csv else []
        if self._verify:
            from canvas_kit.recorder.run import Run

            checked = [self._open_and_check(Run, folder) for folder in found.folders]
            rows = [row | {"faults": faults} for row, faults in zip(rows, checked, strict=False)]
        if export is not None:
            say(found.export(export))
        if csv is not None:
            from canvas_kit.catalog.export import save_csv, write_csv

            if csv == "-":
                write_csv(rows, sys.stdout)
            else:
                say(save_csv(rows, Path(csv)))
        elif self._as_json:
            print_json([_for_json(row) for row in rows])
        elif export is None:
            print_table(("", *found.shown, "folder"), _marked(found, "completed"))
        self._end()

    def _open_and_check(self, kind: type[Run | Batch], folder: Path) -> list[str]:
        try:
            return self._check(kind.open(folder), folder)
        except RecordError as error:
            complain([str(error)])
            self._wrong = True
            return [str(error)]

    def _check(self, found: Run | Batch, folder: Path) -> list[str]:
        """What is wrong with a record, which is said at once; a batch's runs are checked apart."""
        # Only a batch has such a second check; asking for the class would import it.
        faults = list(getattr(found, "verify_alone", found.verify)())
        complain(f"{folder.name}: {fault}" for fault in faults)
        self._wrong = self._wrong or bool(faults)
        return faults

    def _end(self) -> None:
        if self._wrong:
            raise typer.Exit(1)
