"""Finds recorded runs by their id, without ever making a path of what came from outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from canvas_kit.batch.batch import Batch
from canvas_kit.errors import CanvasKitError, RecordError
from canvas_kit.recorder.disk import find_record
from canvas_kit.recorder.names import batch_folder_name, run_folder_name
from canvas_kit.recorder.run import Run
from canvas_kit.server.requests import Kind
from canvas_kit.values import Entity

T = TypeVar("T")


class NotRecorded(CanvasKitError):
    """There is no such run, or no such thing in it."""


class RunIndex:
    """The runs of an exports folder by id. Blocks on the disk: call it in a thread."""

    def __init__(self, exports: Path) -> None:
        """Look at nothing yet."""
        self._exports = exports

    def run(self, run_id: str) -> Run:
        """The run with this id, as it stands on the disk now.

        Raises:
            NotRecorded: When there is none, or it cannot be read.
        """
        return self._opened(Run.open, run_folder_name(run_id), f"run {run_id}")

    def batch(self, batch_id: str) -> Batch:
        """The batch with this id, as it stands on the disk now.

        Raises:
            NotRecorded: When there is none, or it cannot be read.
        """
        return self._opened(Batch.open, batch_folder_name(batch_id), f"batch {batch_id}")

    def _opened(self, read: Callable[[Path], T], name: str, what: str) -> T:
        folder = find_record(self._exports, name)
        if folder is None:
            raise NotRecorded(f"There is no {what}.")
        try:
            return read(folder)
        except RecordError:
            raise NotRecorded(f"The {what} cannot be read.") from None

    def has(self, kind: Kind, job_id: str) -> bool:
        """Whether a run or a batch of this id was recorded."""
        name = run_folder_name(job_id) if kind == "run" else batch_folder_name(job_id)
        return find_record(self._exports, name) is not None

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


def _file_of(run: Run, entity: Entity) -> Path:
    assert run.folder is not None
    folder = run.folder.resolve()
    try:
        file = (folder / entity.file).resolve()
        # A record that was brought here from elsewhere may hold links that lead out of it.
        if file.is_relative_to(folder) and file.is_file():
            if file.stat().st_size == entity.size_bytes:
                return file
            raise NotRecorded(f"{entity.file} of run {run.id} is not what was recorded any more.")
    except (OSError, RuntimeError):  # a file that cannot be looked at, a circle of links
        pass
    raise NotRecorded(f"{entity.file} of run {run.id} is not there any more.")
