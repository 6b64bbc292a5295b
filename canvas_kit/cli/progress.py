"""What a terminal shows while a canvas runs; the log gets what is worth keeping."""

from __future__ import annotations

import logging
import sys

from canvas_kit.errors import printable
from canvas_kit.events import BatchStarted, Event, NodeComplete, Progress, RunComplete, RunError
from canvas_kit.logs import logger_for
from canvas_kit.values import NodeState

log = logger_for(__name__)


class TerminalProgress:
    """For a run, a line that says which node is at what; for a batch, a bar over its runs.

    Shows nothing where there is no terminal.
    """

    def __init__(self, *, runs: int | None = None) -> None:
        """Prepare.

        Args:
            runs: How many runs a batch has; None for a single run.
        """
        self._runs = runs
        self._incomplete = 0

    def __enter__(self) -> TerminalProgress:
        from tqdm.auto import tqdm

        self._bar = tqdm(
            total=self._runs,
            unit="run",
            disable=not sys.stderr.isatty(),
            file=sys.stderr,
            leave=self._runs is not None,
            bar_format="{desc}" if self._runs is None else None,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def tell(self, event: Event) -> None:
        """Show an event, and log it."""
        match event:
            case RunError():
                self._incomplete += 1
                self._bar.set_postfix_str(f"{self._incomplete} incomplete")
                log.warning("run %d: %s", event.run_index, event.message)
            case BatchStarted(ended_runs=before) if before:
                self._bar.update(before)
            case RunComplete():
                self._bar.update()
                log.info("run %d: %s, %s", event.run_index, event.status.value, event.export_path)
            case NodeComplete():
                level = logging.INFO if self._runs is None else logging.DEBUG
                for entity in event.entities:
                    reused = f" (reused from run {event.reused_from})" if event.reused_from else ""
                    log.log(level, "%s: saved %s%s", event.node_id, entity.file, reused)
            case Progress() if self._runs is not None:
                pass
            case Progress(status=NodeState.RUNNING):
                step = f" {event.step}/{event.total}" if event.step else ""
                text = printable(f"{event.node_id}{step} {event.message}".rstrip())
                self._bar.set_description_str(text)
            case Progress():
                log.info("%s: %s (%s)", event.node_id, event.status.value, event.message)
