"""What lies in the folder of a job, and how it is read while its process writes.

``job.json`` says what is to be done and never changes. ``state.json`` (small) and ``snapshot.json``
(what a page shows) are written anew as the work goes on, ``events.jsonl`` only grows. That its
writer lives is told by the lock on ``events.jsonl``, not by a number that another process may have
by now.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from canvas_kit.errors import JobError
from canvas_kit.files import read_start
from canvas_kit.progress import JobProgress
from canvas_kit.recorder.journal import as_json, is_open
from canvas_kit.settings import Settings

FORMAT = "job/1"
SPEC = "job.json"
STATE = "state.json"
SNAPSHOT = "snapshot.json"
EVENTS = "events.jsonl"
PREVIEWS = "previews"
LOG = "log.txt"
STOP = "stop"

STARTING_SECONDS = 60.0
"""How long a process may take to say that it lives."""
BEAT_SECONDS = 1.0
"""How often a living process says how far it is, though nothing happened."""
_SILENT_SECONDS = 60.0
_LARGE = frozenset({"nodes", "runs", "messages"})
MAX_SPEC_BYTES = 256 * 2**20
"""The largest ``job.json``: a sweep with its pictures."""


def jobs_folder(settings: Settings) -> Path:
    """Where jobs lie."""
    folder = settings.jobs_folder
    return (folder or user_state_path("canvas-kit", appauthor=False) / "jobs").absolute()


def job_folders(settings: Settings) -> list[Path]:
    """The folders of all jobs, the newest first."""
    root = jobs_folder(settings)
    try:
        names = sorted((entry.name for entry in os.scandir(root)), reverse=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise JobError(f"The jobs in {root} cannot be listed: {error.strerror}.") from None
    return [root / name for name in names if name[0] != "." and (root / name / SPEC).is_file()]


def read_spec(folder: Path) -> dict[str, Any]:
    """What a job is to do.

    Raises:
        JobError: When the folder holds no job, or one of another version.
    """
    try:
        data = read_start(folder / SPEC, MAX_SPEC_BYTES + 1)
        if len(data) > MAX_SPEC_BYTES:
            raise ValueError(f"{SPEC} is larger than {MAX_SPEC_BYTES >> 20} MiB")
        spec = json.loads(data)
        if spec["format"] != FORMAT or spec["kind"] not in ("run", "batch"):
            raise ValueError(f"its format is {spec['format']!r}, and this version reads {FORMAT!r}")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise JobError(f"The folder {folder} holds no job that can be read: {error}.") from None
    return dict(spec)


def write_whole(path: Path, document: Mapping[str, Any]) -> None:
    """Write a file so that each reader finds the old content or the new one, whole."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    aside.write_bytes(as_json(document))
    aside.replace(path)


def read_whole(path: Path) -> dict[str, Any]:
    """What :func:`write_whole` has written last; empty if there is nothing (yet)."""
    try:
        document = json.loads(read_start(path))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def title_in(spec: Mapping[str, Any]) -> str:
    """What a job is called in lists: there is always something."""
    return str(spec.get("title") or spec["name"] or spec["id"])


def progress_of(spec: Mapping[str, Any]) -> JobProgress:
    """How far a job is of which nothing has happened yet."""
    canvas = spec["sweep"]["canvas"] if "sweep" in spec else spec["canvas"]
    return JobProgress(
        spec["id"],
        kind=spec["kind"],
        name=title_in(spec),
        total=spec["total"],
        node_ids=[str(node["id"]) for node in canvas["nodes"]],
        started_at=spec["created_at"],
    )


def write_progress(folder: Path, snapshot: Mapping[str, Any], **process: Any) -> None:
    """Write how far a job is: in full for a page, and in a few words, with the process."""
    write_whole(folder / SNAPSHOT, snapshot)
    state = {key: value for key, value in snapshot.items() if key not in _LARGE}
    write_whole(folder / STATE, {**state, "process": process})


def read_state(folder: Path) -> dict[str, Any]:
    """How far a job is, in a few words; also that its process is gone without a last one."""
    told = read_whole(folder / STATE)
    if not told or told.get("state") == "ended":
        return told
    alive = is_open(folder / EVENTS)
    if alive is None:
        alive = _age(folder / STATE) < _SILENT_SECONDS
    if not alive:
        told = read_whole(folder / STATE)  # it may have ended in between
        starting = told.get("state") == "waiting" and _age(folder / STATE) < STARTING_SECONDS
        if told.get("state") != "ended" and not starting:
            told["state"] = "lost"
    elif told.get("state") == "running" and (folder / STOP).exists():
        told["state"] = "stopping"
    return told


def last_words(folder: Path, lines: int = 12) -> str:
    """The end of what the process of a job has said."""
    try:
        text = read_start(folder / LOG).decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return float("inf")
