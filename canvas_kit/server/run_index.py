"""Finds recorded runs by their id, without ever making a path of what came from outside."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path

from canvas_kit.batch import Batch
from canvas_kit.errors import CanvasKitError, RecordError
from canvas_kit.recorder.names import JOURNAL, METADATA, batch_folder_name, run_folder_name
from canvas_kit.recorder.run import Run
from canvas_kit.values import Entity

_REMEMBERED_RUNS = 128


class NotRecorded(CanvasKitError):
    """There is no such run, or no such thing in it."""


class RunIndex:
    """The runs of an exports folder by id. Blocks on the disk: call it in a thread.

    The folders of desks (``json/<day>/<desk>``) are listed once and again only when they changed.
    """

    def __init__(self, exports: Path) -> None:
        """Look at nothing yet."""
        self._exports = exports
        self._lock = threading.Lock()
        self._folders: dict[str, Path] = {}
        self._listed: dict[Path, int] = {}
        self._runs: OrderedDict[Path, tuple[tuple[int, ...], Run]] = OrderedDict()

    def run(self, run_id: str) -> Run:
        """The run with this id, as it stands on the disk now.

        Raises:
            NotRecorded: When there is none.
        """
        folder = self._folder(run_id)
        state = _state_of(folder)
        with self._lock:
            known = self._runs.get(folder)
            if known is not None and known[0] == state:
                self._runs.move_to_end(folder)
                return known[1]
        try:
            run = Run.open(folder)
        except RecordError:
            raise NotRecorded(f"The run {run_id} cannot be read.") from None
        with self._lock:
            self._runs[folder] = (state, run)
            while len(self._runs) > _REMEMBERED_RUNS:
                self._runs.popitem(last=False)
        return run

    def medium(self, run_id: str, kind: str, index: int) -> tuple[Entity, Path]:
        """What a media address names: the entity and its file.

        Args:
            run_id: The run.
            kind: The first half of the media type, such as ``"image"``.
            index: Position among the run's results of that kind, from 0.

        Raises:
            NotRecorded: When there is no such thing, or its file is gone or changed.
        """
        run = self.run(run_id)
        for entity in run.entities:
            if entity.index == index and entity.media_type.partition("/")[0] == kind:
                return entity, _file_of(run, entity)
        raise NotRecorded(f"The run {run_id} has no {kind} with the index {index}.")

    def batch(self, batch_id: str) -> Batch:
        """The batch with this id, as it stands on the disk now.

        Raises:
            NotRecorded: When there is none.
        """
        name = batch_folder_name(batch_id)
        for folder in self._exports.glob(f"json/*/*/{name}"):
            try:
                return Batch.open(folder)
            except RecordError:
                break
        raise NotRecorded(f"There is no batch {batch_id}.")

    def _folder(self, run_id: str) -> Path:
        name = run_folder_name(run_id)
        with self._lock:
            found = self._folders.get(name)
            if found is None or not found.is_dir():
                self._list_changed()
                found = self._folders.get(name)
        if found is None:
            raise NotRecorded(f"There is no run {run_id}.")
        return found

    def _list_changed(self) -> None:
        for desk in self._exports.glob("json/*/*"):
            try:
                changed = desk.stat().st_mtime_ns
                if self._listed.get(desk) == changed:
                    continue
                with os.scandir(desk) as entries:
                    for entry in entries:
                        if entry.name.startswith("canvas_run_") and entry.is_dir():
                            self._folders[entry.name] = desk / entry.name
            except OSError:
                continue  # gone meanwhile, or no folder
            self._listed[desk] = changed


def _state_of(folder: Path) -> tuple[int, ...]:
    """What changes when the record of a run does."""
    found = []
    for name in (METADATA, JOURNAL):
        try:
            status = (folder / name).stat()
        except OSError:
            found.append(-1)
        else:
            found += [status.st_mtime_ns, status.st_size]
    return tuple(found)


def _file_of(run: Run, entity: Entity) -> Path:
    assert run.folder is not None
    folder = run.folder.resolve()
    file = (folder / entity.file).resolve()
    try:
        # A record that was brought here from elsewhere may hold links that lead out of it.
        if file.is_relative_to(folder) and file.is_file():
            if file.stat().st_size == entity.size_bytes:
                return file
            raise NotRecorded(f"{entity.file} of run {run.id} is not what was recorded any more.")
    except OSError:
        pass
    raise NotRecorded(f"{entity.file} of run {run.id} is not there any more.")
