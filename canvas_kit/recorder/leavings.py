"""What a program that was killed leaves in an exports folder besides its records.

Files are written aside and folders made under hidden names, so that whatever has a name of its own
is whole. A program that dies in between leaves the hidden ones. A lock tells whether it lives: it
shares that of the folder in which it makes records, and has that of each journal it writes. Where
there are no locks, only what has not changed for a day is taken for left.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from canvas_kit.recorder.disk import folders_in, locked
from canvas_kit.recorder.journal import is_open
from canvas_kit.recorder.names import (
    BATCH,
    BATCH_PREFIX,
    FINAL,
    JOURNAL,
    PARTIAL,
    RUN_PREFIX,
    WORKFLOW,
)

_DAY_SECONDS = 24 * 3600
_HALF_MADE = re.compile(rf"\.({RUN_PREFIX}|{BATCH_PREFIX})[a-z0-9_-]+\.new")
_RECORD = re.compile(rf"({RUN_PREFIX}|{BATCH_PREFIX})[a-z0-9_-]+")
_BELONGS = frozenset({BATCH, FINAL, JOURNAL, PARTIAL, WORKFLOW})


@dataclass(frozen=True, slots=True)
class Leaving:
    """Something that was left.

    Attributes:
        path: Where it lies.
        size_bytes: How much its files hold.
    """

    path: Path
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Cleared:
    """What became of the leavings of an exports folder.

    Attributes:
        removed: What was removed, or would be.
        left_alone: What was not, each with the reason, in sentences.
    """

    removed: tuple[Leaving, ...]
    left_alone: tuple[str, ...]


def clear(exports: Path, *, dry_run: bool = False) -> Cleared:
    """Remove what crashes have left in an exports folder; nothing of a record, or of a living run.

    With ``dry_run``, it is only said what would be removed.
    """
    removed: list[Leaving] = []
    left_alone: list[str] = []
    for day in sorted(folders_in(exports / "json", left_alone)):
        for device in sorted(folders_in(day, left_alone)):
            with locked(device, shared=False) as held:
                if held is False:
                    left_alone.append(f"{device}: other programs were making records all the time.")
                    continue
                for path in _leavings_in(device, left_alone, certain=held is True):
                    _remove(path, removed, left_alone, dry_run=dry_run)
            _remove_if_empty(device, day.name, removed, left_alone, dry_run=dry_run)
        _remove_if_empty(day, day.name, removed, left_alone, dry_run=dry_run)
    return Cleared(tuple(removed), tuple(left_alone))


def _leavings_in(device: Path, left_alone: list[str], *, certain: bool) -> Iterator[Path]:
    """What was left in the folder of a day and device; ``certain`` if none records there now."""
    for folder in sorted(folders_in(device, left_alone)):
        try:
            path = _leaving_of(folder, left_alone, certain=certain)
        except OSError as error:
            left_alone.append(f"{folder}: {error.strerror}.")
            continue
        if path is not None:
            yield path


def _leaving_of(folder: Path, left_alone: list[str], *, certain: bool) -> Path | None:
    """What of a folder was left: all of it, what was written aside in it, or nothing."""
    if _HALF_MADE.fullmatch(folder.name):
        if strangers := {path.name for path in folder.iterdir()} - _BELONGS:
            left_alone.append(f"{folder}: it holds {min(strangers)}, which is not ours.")
        elif certain or _is_old(folder):
            return folder
        else:
            left_alone.append(f"{folder}: it may be made at this moment.")
    elif _RECORD.fullmatch(folder.name):
        if not any(folder.iterdir()):
            return folder if certain or _is_old(folder) else None
        aside = folder / PARTIAL
        if aside.is_dir() and not aside.is_symlink():
            going_on = is_open(folder / JOURNAL)
            if going_on is False or (going_on is None and _is_old(aside)):
                return aside
    return None


def _is_old(folder: Path) -> bool:
    return time.time() - folder.stat().st_mtime > _DAY_SECONDS


def _remove(path: Path, removed: list[Leaving], left_alone: list[str], *, dry_run: bool) -> None:
    try:
        size = sum(file.lstat().st_size for file in path.rglob("*") if not file.is_dir())
        if not dry_run:
            shutil.rmtree(path)
    except OSError as error:
        left_alone.append(f"{path}: {error.strerror}.")
        return
    removed.append(Leaving(path, size))


def _remove_if_empty(
    path: Path, day: str, removed: list[Leaving], left_alone: list[str], *, dry_run: bool
) -> None:
    """Remove the empty folder of a day that is over everywhere: none begins to record in it now."""
    try:
        over = date.fromisoformat(day) < date.today() - timedelta(days=1)
    except ValueError:
        return
    gone = {leaving.path for leaving in removed}
    try:
        if over and not {*path.iterdir()} - gone:
            if not dry_run:
                path.rmdir()
            removed.append(Leaving(path, 0))
    except OSError as error:
        left_alone.append(f"{path}: {error.strerror}.")
