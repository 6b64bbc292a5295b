"""Who makes the points of a batch: the seam between a batch and the place where its runs happen.

A batch decides which point is next and keeps the books; a runner makes a point where it runs:
:class:`LocalRunner` on the engine of this process, others on other machines. A task says all that a
runner needs, and can be sent to another process.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from canvas_kit.batch.design import Plans
from canvas_kit.batch.summary import RunSummary
from canvas_kit.errors import CanvasKitError
from canvas_kit.events import ToTell
from canvas_kit.executor.engine import Engine
from canvas_kit.executor.options import RunOptions
from canvas_kit.executor.run import RunHandle
from canvas_kit.logs import logger_for
from canvas_kit.network import RetryPolicy
from canvas_kit.recorder.run import Run
from canvas_kit.sweep.point import Point
from canvas_kit.values import RunStatus

log = logger_for(__name__)

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
WAITING = RetryPolicy(longest_seconds=2.0, patience_seconds=15.0)
"""How long a backend that cannot be reached is waited for, besides what it bears itself: as long as
a small server takes to start again."""
_LOOK_SECONDS = 1.0
"""How often it is looked whether a run has ended that another process is still making."""


@dataclass(frozen=True, slots=True)
class PointTask:
    """A point that is to be made, with all that a runner has to know. Can be pickled.

    Attributes:
        point: The point; its index is the run's in the batch.
        batch_id: The batch's id.
        batch_name: The batch's name, if it has one.
        run_id: The id of its run, also of one that is continued.
        attempt: How often the point was begun, this time included.
        options: How it is made.
        earlier: The folder of the run that is to be continued, if there is one.
    """

    point: Point
    batch_id: str
    batch_name: str
    run_id: str
    attempt: int
    options: RunOptions
    earlier: Path | None = None

    def about(self) -> dict[str, Any]:
        """What the head of the run's manifest says of its batch."""
        return {
            "batch_id": self.batch_id,
            **({"batch_name": self.batch_name} if self.batch_name else {}),
            "run_index": self.point.index,
            "point_id": self.point.id,
            "levels": dict(self.point.levels),
            "replicate": self.point.replicate,
            "attempt": self.attempt,
        }

    def failed(
        self, message: str, status: RunStatus = RunStatus.FAILED, folder: Path | None = None
    ) -> RunSummary:
        """How the run ended of which there is no whole record."""
        return RunSummary(
            self.point.index,
            self.run_id,
            status,
            self.point.seed,
            folder,
            error=message,
            **self.more(),
        )

    def more(self) -> dict[str, Any]:
        """What a summary says of the point."""
        point = self.point
        return {
            "attempt": self.attempt,
            "point_id": point.id,
            "levels": point.levels,
            "replicate": point.replicate,
        }


class PointRunner(Protocol):
    """Makes points.

    Attributes:
        slots: How many points it wants to have at a time.
    """

    slots: int

    async def open(self, folder: Path | None, emit: Callable[[ToTell], None]) -> None:
        """Make ready, before the first point.

        Args:
            folder: Where the batch is recorded; None if it is not.
            emit: Told the events of all runs, on the event loop.

        Raises:
            BatchError: When no point could be made.
        """
        ...

    async def run(self, task: PointTask) -> RunSummary:
        """Make a point, and say how its run ended. A run that fails is a result, no error.

        Raises:
            BatchError: When no further point can be made.
        """
        ...

    def stop(self, reason: str) -> None:
        """End what is under way, on the event loop; what was made is kept, and each run ends."""
        ...

    async def close(self) -> None:
        """Let go of everything, when the last run has ended."""
        ...


class LocalRunner:
    """Makes points on an engine of this process.

    Attributes:
        slots: How many points it wants to have at a time.
    """

    def __init__(self, engine: Engine, slots: int = 1) -> None:
        self.slots = slots
        self._engine = engine
        self._emit: Callable[[ToTell], None] | None = None
        self._plans = Plans(engine)
        self._under_way: set[RunHandle] = set()
        self._stopped: str | None = None

    async def open(self, folder: Path | None, emit: Callable[[ToTell], None]) -> None:
        """Remember whom to tell."""
        self._emit = emit

    async def close(self) -> None:
        """There is nothing to let go of: the engine stays."""

    def stop(self, reason: str) -> None:
        """End what is under way; what was made is kept."""
        self._stopped = reason
        for handle in tuple(self._under_way):
            handle.stop(reason)

    def stop_run(self, run_id: str, reason: str) -> None:
        """End one run; what was made is kept."""
        for handle in tuple(self._under_way):
            if handle.run_id == run_id:
                handle.stop(reason)

    async def run(self, task: PointTask) -> RunSummary:
        """Make a point, and say how its run ended."""
        point = task.point
        handle: RunHandle | None = None
        try:
            plan = self._plans.of(point.canvas)
            handle = RunHandle(
                self._engine, plan.canvas, seed=point.seed, run_id=task.run_id, emit=self._emit
            )
            self._under_way.add(handle)
            if self._stopped is not None:
                handle.stop(self._stopped)
            try:
                run = await handle.execute(
                    plan,
                    task.options,
                    run_index=point.index,
                    about=task.about(),
                    earlier=await _ended(task.earlier) if task.earlier else None,
                    attempt=task.attempt,
                )
            finally:
                self._under_way.discard(handle)
        except CanvasKitError as error:
            if handle is None or not _is_no_space(error):
                return task.failed(str(error))
            return task.failed(str(error), RunStatus.INTERRUPTED, handle.folder)
        except Exception as error:  # whatever it is, it must not stop the other runs
            log.exception("batch %s: fault in run %d", task.batch_id, point.index)
            return task.failed(f"a fault in canvas-kit: {error!r}")
        unreachable = handle.unreachable
        return RunSummary.of(run, point.index, point.seed, unreachable=unreachable, **task.more())


def _is_no_space(error: CanvasKitError) -> bool:
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in _NO_SPACE


async def _ended(folder: Path) -> Run:
    """The run in a folder, when no process makes it any more."""
    while True:
        run = await asyncio.to_thread(Run.open, folder)
        if run.status is not RunStatus.RUNNING:
            return run
        await asyncio.sleep(_LOOK_SECONDS)
