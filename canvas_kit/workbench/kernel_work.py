"""A run or a batch in this very process, as views follow a job."""

from __future__ import annotations

import threading
from typing import Any

from canvas_kit.batch.batch import Batch
from canvas_kit.batch.handle import BatchHandle
from canvas_kit.events import Event
from canvas_kit.executor.run import RunHandle
from canvas_kit.progress import JobProgress
from canvas_kit.recorder.run import Run


class KernelWork:
    """Work of this process with what a job has: it ends with the kernel.

    Attributes:
        id: The id of the run or batch.
        handle: The work.
    """

    def __init__(self, handle: RunHandle | BatchHandle) -> None:
        """Follow a handle from its beginning."""
        batch = isinstance(handle, BatchHandle)
        self.id = handle.batch_id if isinstance(handle, BatchHandle) else handle.run_id
        self.handle = handle
        self._counting = threading.Lock()
        self._count = 0
        self._progress = JobProgress(
            self.id,
            kind="batch" if batch else "run",
            name=handle.canvas.name,
            total=len(handle.sweep) if isinstance(handle, BatchHandle) else 1,
            node_ids=[node.id for node in handle.canvas.nodes],
        )
        handle.listen(self._take)

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.handle.done

    def result(self) -> Run | Batch:
        """What it made; waits for it."""
        return self.handle.result()

    def cancel(self) -> None:
        """Stop it; what was made is kept. Returns at once."""
        with self._counting:
            if self._progress.state in ("waiting", "running"):
                self._progress.state = "stopping"
        self.handle.cancel()

    def snapshot(self) -> dict[str, Any]:
        """How far it is, as of a job."""
        with self._counting:
            told = self._progress.snapshot()
        if self.done and told["state"] != "ended":
            told |= {"state": "ended"} | self._last_word()
        elif told["state"] == "ended" and not self.done:
            told["state"] = "running"  # its record is being closed
        return told

    def _last_word(self) -> dict[str, str]:
        """How it ended where no event told so."""
        try:
            made = self.handle.result()
            return {"status": made.status.value if isinstance(made, Run) else "completed"}
        except Exception as error:  # it is told where its result is asked for as well
            return {"status": "failed", "error": str(error) or type(error).__name__}

    def _take(self, event: Event) -> None:
        with self._counting:
            self._count += 1
            self._progress.apply(self._count, event)
