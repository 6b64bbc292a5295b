"""``start_job``: a run or a batch begins in a process of its own."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, SupportsIndex

from canvas_kit.batch.begin import sweep_of
from canvas_kit.batch.options import Again, checked_concurrency, checked_retry
from canvas_kit.canvas.graph import Canvas, Composable
from canvas_kit.canvas.node import Node
from canvas_kit.errors import JobError
from canvas_kit.executor.cache import cache_mode
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.parameters import checked_deadline, checked_seed, with_prompt
from canvas_kit.job.folder import (
    FORMAT,
    MAX_SPEC_BYTES,
    SPEC,
    job_folders,
    jobs_folder,
    progress_of,
    write_progress,
)
from canvas_kit.job.job import Job
from canvas_kit.job.starting import start_process
from canvas_kit.job.title import title_of
from canvas_kit.recorder.journal import as_json
from canvas_kit.recorder.names import new_id
from canvas_kit.settings import Settings
from canvas_kit.sweep.sweep import Sweep


def start_job(
    canvas: Composable | Sweep,
    *,
    prompt: str | None = None,
    prompts: Sequence[str] | None = None,
    count: SupportsIndex | None = None,
    base_seed: SupportsIndex | None = None,
    node: str | Node = "",
    seed: SupportsIndex | None = None,
    name: str = "",
    concurrency: SupportsIndex | None = None,
    exports: str | Path | None = None,
    device_id: str | None = None,
    deadline_seconds: float | None = None,
    batch_deadline_seconds: float | None = None,
    again: bool = False,
    retry: Again | None = None,
    pay_again: bool = False,
    accept_changes: bool = False,
    cache: bool | Literal["all"] | None = None,
    engine: Engine | None = None,
) -> Job:
    """Begin a run or a batch in a process of its own, which outlives this one.

    Neither an interrupt nor a restart of the kernel ends it, nor the end of the Jupyter server, nor
    a terminal that is closed. A sweep, ``prompts`` and ``count`` make a batch, all else is a run.

    A batch with a name takes up the batch of that name, as :func:`run_batch` does: a job that is
    already making it is given back, and so is one that has made all of it.

    What can be said of a run or a batch is what :func:`run` and :func:`run_batch` take. ``name``
    names the job, and its batch: that of the sweep or canvas if left out. Of an ``engine``, only
    the settings hold in the other process.

    Returns:
        The job, which has begun its work.

    Raises:
        CanvasError: When the canvas cannot run.
        BatchError: When what is asked for is no batch.
        JobError: When it cannot begin in a process of its own; says why, in that one's words.
        SettingsError: When the settings cannot be read.
    """
    engine = engine or default_engine()
    if engine.backends.ready_made:
        names = ", ".join(sorted(engine.backends.ready_made))
        raise JobError(
            f"This engine was given ready-made backends ({names}), which no other process has. "
            "Name them in the settings, or run it here: run(…), run_batch(…)."
        )
    is_batch = isinstance(canvas, Sweep) or prompts is not None or count is not None
    options: dict[str, Any] = {
        "deadline_seconds": checked_deadline(deadline_seconds),
        "cache": None if cache is None else cache_mode(cache) and cache,
    }
    of_batch = {
        "concurrency": checked_concurrency(concurrency),
        "batch_deadline_seconds": checked_deadline(batch_deadline_seconds),
        "again": again or None,
        "retry": checked_retry(retry),
        "pay_again": pay_again or None,
        "accept_changes": accept_changes or None,
    }
    of_run = {"prompt": prompt, "seed": seed}
    if wrong := [k for k, v in (of_run if is_batch else of_batch).items() if v is not None]:
        raise JobError(f"{', '.join(wrong)} cannot be said of a {'batch' if is_batch else 'run'}.")
    if is_batch:
        folders = engine.settings.allowed_folders
        sweep = sweep_of(
            canvas, prompts=prompts, count=count, base_seed=base_seed, node=node, folders=folders
        ).check(engine)
        called, total = name or sweep.name, len(sweep)
        title = called or title_of(sweep, engine.settings.language)
        document: dict[str, Any] = sweep.to_document(contents=True) | {"name": called}
        options |= of_batch
    else:
        value = Canvas.of(canvas)  # type: ignore[arg-type] # no sweep, as it is a run
        if prompt is not None:
            value = with_prompt(value, prompt, node)
        engine.prepare(value)
        places = engine.settings.allowed_folders
        whole = value.with_nodes(one.self_contained(places) for one in value.nodes)
        called, total, document = name or value.name, 1, whole.to_document()
        title = called or title_of(value, engine.settings.language)
        options["seed"] = checked_seed(seed)
    root = Path(exports).absolute() if exports is not None else engine.settings.exports
    spec = {
        "format": FORMAT,
        "id": new_id(),
        "kind": "batch" if is_batch else "run",
        "name": called,
        "title": title,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "total": total,
        "sweep" if is_batch else "canvas": document,
        "options": {key: value for key, value in options.items() if value is not None},
        "exports": str(root),
        **_settings(engine.settings, exports=root, device_id=device_id),
        "cwd": str(Path.cwd()),
        "python": sys.executable,
    }
    if is_batch and called and not again:
        found = _there(json.loads(as_json(spec)), engine.settings, again=bool(retry))
        if found is not None:
            return found
    folder = _written(spec, jobs_folder(engine.settings))
    start_process(folder)
    return Job(folder)


def _there(spec: Mapping[str, Any], settings: Settings, *, again: bool) -> Job | None:
    """The job that makes the batch of this name, or has made all of it.

    Raises:
        JobError: When one makes a batch of this name by another design.
    """
    for folder in job_folders(settings):
        job = Job(folder)
        with suppress(JobError):
            other, told = job.spec, job.told()
            if any(other.get(key) != spec[key] for key in ("kind", "name", "exports")):
                continue
            same = other["sweep"] == spec["sweep"]
            live = told["state"] not in ("ended", "lost")
            complete = told.get("status") == "completed" and Path(told["folder"]).is_dir()
            if same and (live or (complete and not again)):
                return job
            if live:
                break
    else:
        return None
    raise JobError(
        f"The job {job.id} is making the batch {spec['name']!r} by another design. Let it end or "
        "cancel it, then ask again: the batch is extended by what is new. To begin another batch "
        "of that name, use again=True."
    )


def _written(spec: Mapping[str, Any], root: Path) -> Path:
    """The folder of a new job, whole."""
    data = as_json(spec)
    if len(data) > MAX_SPEC_BYTES:
        raise JobError(f"A job may be at most {MAX_SPEC_BYTES >> 20} MiB large, with its pictures.")
    folder = root / str(spec["id"])
    making = root / f".{folder.name}.new"
    try:
        root.mkdir(parents=True, exist_ok=True)
        making.mkdir(mode=0o700)  # prompts and pictures are the user's own
        (making / SPEC).write_bytes(data)
        write_progress(making, progress_of(spec).snapshot())
        making.rename(folder)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise JobError(f"The job cannot be written to {root}: {error.strerror}.") from None
    return folder


def _settings(settings: Settings, **more: Any) -> dict[str, Any]:
    """What has to be told to the process, so that it has these settings too."""
    named = settings.source
    there = Settings.load()
    if named is not None and named != there.source:
        there = Settings.load(named)
    else:
        named = None
    wanted = settings.model_copy(update={k: v for k, v in more.items() if v is not None})
    mine, theirs = wanted.model_dump(mode="json"), there.model_dump(mode="json")
    differing = {key: value for key, value in mine.items() if theirs[key] != value}
    return {"settings": differing, "config": str(named) if named else None}
