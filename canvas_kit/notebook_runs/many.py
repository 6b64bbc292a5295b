"""Runs a notebook for every set of parameters of a grid, several at a time, and goes on later.

The copies of one notebook lie in a folder that is named for what it runs, with an index:
``index.jsonl`` gets a line when a copy is complete and on the disk, and is what a later call goes
by; ``index.html`` is made from it, for people. No copy is ever written twice.
"""

from __future__ import annotations

import html
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from canvas_kit.logs import logger_for
from canvas_kit.notebook_runs.grid import Grid, notebook_identity, set_identity, sets_of
from canvas_kit.notebook_runs.single import (
    NOTEBOOKS,
    NotebookError,
    NotebookFailed,
    execute,
    parameters_of,
)
from canvas_kit.recorder.disk import flush, flush_folder, lock, translated, write_all, write_flushed
from canvas_kit.recorder.journal import as_json, read_journal
from canvas_kit.recorder.names import slug
from canvas_kit.settings import Settings

if TYPE_CHECKING:
    from canvas_kit.notebook_runs.kernels import Kernels

log = logger_for(__name__)

INDEX = "index.jsonl"
PAGE = "index.html"
_ID_DIGITS = 16
_NOTEBOOK_DIGITS = 8


class NotebookState(StrEnum):
    """How a notebook ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class NotebookRun:
    """A notebook that was run with a set of parameters.

    Attributes:
        set_id: The identity of the set.
        parameters: What the grid gives for it.
        state: How it ended.
        copy: The executed copy, up to the cell that failed.
        attempt: From 1.
        cell: The number of the cell that failed, from 0.
        error: What went wrong in it.
        seconds: How long it took.
        earlier: Whether it had been run before this call.
    """

    set_id: str
    parameters: Mapping[str, Any]
    state: NotebookState
    copy: Path
    attempt: int
    cell: int | None = None
    error: str = ""
    seconds: float = 0.0
    earlier: bool = False

    def to_json(self) -> dict[str, Any]:
        """As a line of the index."""
        return {
            "set_id": self.set_id,
            "attempt": self.attempt,
            "parameters": dict(self.parameters),
            "state": self.state.value,
            "copy": self.copy.name,
            "cell": self.cell,
            "error": self.error,
            "seconds": round(self.seconds, 3),
        }

    def describe(self) -> str:
        """Which set, which cell and what error, in a line."""
        values = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        where = "" if self.cell is None else f", cell {self.cell}"
        return f"{self.copy.name} ({values}){where}: {self.error or self.state.value}"


@dataclass(frozen=True, slots=True)
class NotebookRuns:
    """What a grid has made of a notebook.

    Attributes:
        folder: Where the copies and their index are.
        runs: One for each set of the grid that was run, now or before, in the grid's order.
        total: How many sets the grid has; equal ones count once.
    """

    folder: Path
    runs: Sequence[NotebookRun]
    total: int

    @property
    def complete(self) -> bool:
        """Whether every set was run to its end."""
        return len(self.completed) == self.total

    @property
    def completed(self) -> list[NotebookRun]:
        """The runs that came to their end."""
        return [run for run in self.runs if run.state is NotebookState.COMPLETED]

    @property
    def failed(self) -> list[NotebookRun]:
        """The runs that did not."""
        return [run for run in self.runs if run.state is not NotebookState.COMPLETED]

    def to_rows(self) -> list[dict[str, Any]]:
        """A row a run: its parameters, then how it went."""
        return [
            {**run.parameters, "state": run.state.value, "copy": str(run.copy), "error": run.error}
            for run in self.runs
        ]

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "folder": str(self.folder),
            "total": self.total,
            "complete": self.complete,
            "runs": [{**run.to_json(), "earlier": run.earlier} for run in self.runs],
        }


def run_notebooks(
    path: str | Path,
    grid: Grid,
    exports: str | Path | None = None,
    *,
    concurrency: int | None = None,
    retry: bool = False,
    listener: Callable[[NotebookRun], object] | None = None,
) -> NotebookRuns:
    """Run a notebook once for each set of parameters; those that were run before are not again.

    A call that was killed or interrupted is gone on with by making it again, with more or fewer
    sets if wanted. What counts is what the notebook runs and the values: its notes, and the order
    of the grid, do not.

    Args:
        path: The notebook.
        grid: A CSV, TSV, TOML or JSON file, a data frame or mappings (a row is a set), or a
            mapping of lists (every combination).
        exports: As :func:`canvas_kit.run_notebook` takes it.
        concurrency: How many at a time; as many as there are processors if left out.
        retry: Run those that failed before again. Their copies stay.
        listener: Told of each run when its copy is on the disk, in the calling thread.

    Returns:
        What was made, in ``<exports>/notebooks/<name>_<identity of the notebook>``.

    Raises:
        MissingPrerequisite: When papermill is not installed.
        NotebookError: When the notebook or the grid cannot be used; nothing was run.
        UnknownName: When the notebook has no such parameter; nothing was run.
        RecordError: When a copy or the index cannot be written.
        KeyboardInterrupt: When that came; what was made is kept and in the index.
    """
    source = Path(path)
    known = parameters_of(source)
    if concurrency is not None and concurrency < 1:
        raise NotebookError(
            f"concurrency is {concurrency}, but at least one notebook runs at a time."
        )
    sets = sets_of(grid, source, known)
    identity = notebook_identity(source)
    wanted = {set_identity(identity, given, known)[:_ID_DIGITS]: given for given in sets}
    root = Path(exports if exports is not None else Settings.load().exports)
    folder = root / NOTEBOOKS / f"{slug(source.stem, 'notebook')}_{identity[:_NOTEBOOK_DIGITS]}"
    extra = {"exports": str(exports)} if exports is not None and "exports" in known else {}
    with translated(f"make the folder {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
    with _Index(folder) as index:
        todo = {
            set_id: given
            for set_id, given in wanted.items()
            if (last := index.latest.get(set_id)) is None
            or last.state is NotebookState.INTERRUPTED
            or (retry and last.state is NotebookState.FAILED)
        }
        earlier = {set_id: index.latest[set_id] for set_id in wanted.keys() - todo.keys()}
        try:
            _run_all(source, todo, extra, index, concurrency or os.cpu_count() or 1, listener)
        finally:
            index.write_page(source.name)
        found = {**index.latest, **earlier}
        runs = [
            replace(found[set_id], parameters=given, earlier=set_id in earlier)
            for set_id, given in wanted.items()
            if set_id in found
        ]
    return NotebookRuns(folder, runs, len(wanted))


def _run_all(
    source: Path,
    sets: Mapping[str, Mapping[str, Any]],
    extra: Mapping[str, Any],
    index: _Index,
    concurrency: int,
    listener: Callable[[NotebookRun], object] | None,
) -> None:
    from canvas_kit.notebook_runs.engine import CanvasKitEngine
    from canvas_kit.notebook_runs.kernels import Kernels

    kernels = Kernels(CanvasKitEngine.kernels())
    with ThreadPoolExecutor(concurrency, "notebook") as pool:
        futures = [
            pool.submit(_run_one, source, set_id, given, extra, index, kernels)
            for set_id, given in sets.items()
        ]
        try:
            for future in as_completed(futures):
                run = future.result()
                log.info("%s", run.describe())
                if listener is not None:
                    listener(run)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            kernels.stop()  # all have ended, or an interruption came


def _run_one(
    source: Path,
    set_id: str,
    given: Mapping[str, Any],
    extra: Mapping[str, Any],
    index: _Index,
    kernels: Kernels,
) -> NotebookRun:
    from jupyter_core.utils import ensure_event_loop

    run = index.next_run(set_id, given)
    began = time.monotonic()
    try:
        execute(source, run.copy, {**extra, **given}, kernels=kernels)
    except NotebookFailed as error:
        run = replace(run, state=NotebookState.FAILED, cell=error.cell, error=error.error)
    except Exception as error:  # no kernel, no room, …: of this notebook alone
        run = replace(run, state=NotebookState.FAILED, error=f"{type(error).__name__}: {error}")
    finally:
        ensure_event_loop().close()  # the one that nbclient has made for this thread
    if kernels.stopped and run.state is NotebookState.FAILED:
        run = replace(run, state=NotebookState.INTERRUPTED, cell=None, error="")
    run = replace(run, seconds=time.monotonic() - began)
    index.add(run)
    return run


class _Index:
    """The index of a folder of copies, open for one process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._adding = threading.Lock()
        self.latest: dict[str, NotebookRun] = {}
        path = folder / INDEX
        with translated(f"open the index {path}"):
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(path, flags, 0o666)
        try:
            if lock(self._descriptor) is False:
                raise NotebookError(
                    f"Another process runs this notebook into {folder}. Wait until it has ended."
                )
            for line in read_journal(path):
                run = _from_line(folder, line)
                self.latest[run.set_id] = run
            self._finish_torn_line(path)
            self._note_interrupted()
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> _Index:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def next_run(self, set_id: str, parameters: Mapping[str, Any]) -> NotebookRun:
        """The next attempt at a set."""
        last = self.latest.get(set_id)
        attempt = 1 if last is None else last.attempt + 1
        copy = self._folder / f"{set_id}_{attempt}.ipynb"
        return NotebookRun(set_id, parameters, NotebookState.COMPLETED, copy, attempt)

    def add(self, run: NotebookRun) -> None:
        """Have a run's copy on the disk, and then its line.

        Raises:
            RecordError: When that cannot be done.
        """
        with translated(f"write to the index of {self._folder}"), self._adding:
            if run.copy.exists():
                with run.copy.open("rb") as copy:
                    flush(copy.fileno())
                flush_folder(self._folder)
            write_all(self._descriptor, as_json(run.to_json()) + b"\n")
            flush(self._descriptor)
            self.latest[run.set_id] = run

    def write_page(self, name: str) -> None:
        """Make the page for people anew."""
        runs = list(self.latest.values())
        with translated(f"write {self._folder / PAGE}"):
            aside = self._folder / f".{PAGE}.new"
            aside.unlink(missing_ok=True)
            write_flushed(aside, _page(name, runs).encode())
            aside.replace(self._folder / PAGE)

    def _finish_torn_line(self, path: Path) -> None:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) and file.seek(-1, os.SEEK_END) and file.read(1) != b"\n":
                write_all(self._descriptor, b"\n")

    def _note_interrupted(self) -> None:
        """A copy that has no line was being made when its process died: its number is taken."""
        for copy in sorted(self._folder.glob("*_*.ipynb")):
            set_id, _, attempt = copy.stem.rpartition("_")
            last = self.latest.get(set_id)
            if attempt.isdecimal() and (last is None or last.attempt < int(attempt)):
                self.add(NotebookRun(set_id, {}, NotebookState.INTERRUPTED, copy, int(attempt)))


def _from_line(folder: Path, line: Mapping[str, Any]) -> NotebookRun:
    return NotebookRun(
        str(line["set_id"]),
        line["parameters"],
        NotebookState(line["state"]),
        folder / line["copy"],
        int(line["attempt"]),
        line["cell"],
        line["error"],
        float(line["seconds"]),
    )


def _page(title: str, runs: Sequence[NotebookRun]) -> str:
    names = list(dict.fromkeys(name for run in runs for name in run.parameters))
    head = [*names, "state", "seconds", "copy", "error"]
    rows = []
    for run in runs:
        link = html.escape(run.copy.name)
        where = "" if run.cell is None else f"cell {run.cell}: "
        cells = [
            *(html.escape(str(run.parameters.get(name, ""))) for name in names),
            run.state.value,
            f"{run.seconds:.1f}",
            f'<a href="{link}">{link}</a>',
            html.escape(where + run.error),
        ]
        rows.append("".join(f"<td>{cell}</td>" for cell in cells))
    table = "".join(f"<tr>{row}</tr>\n" for row in rows)
    titles = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>\n"
        "<style>body {font-family: sans-serif} td, th {padding: 0.2em 0.8em; text-align: left}"
        "</style></head>\n"
        f"<body><h1>{html.escape(title)}</h1>\n<table>\n<tr>{titles}</tr>\n{table}</table>"
        "</body></html>\n"
    )
