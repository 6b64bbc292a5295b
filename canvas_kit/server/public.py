"""Events as the server tells them: addresses that work here, folders relative, nothing leaked."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from canvas_kit import events
from canvas_kit.errors import Problem
from canvas_kit.events import (
    BatchComplete,
    BatchStarted,
    Complete,
    Error,
    Event,
    Progress,
    RunComplete,
    RunError,
    RunEvent,
    Started,
)
from canvas_kit.server import editor
from canvas_kit.server.masking import Masking
from canvas_kit.values import Collected, NodeReport

R = TypeVar("R", NodeReport, Collected)

EDITOR, TYPED = "editor", "typed"
"""The forms in which a stream tells its events: in the editor's words, or whole."""

_UNTOLD_IN_BATCHES = (Started, Complete, Error)
"""Of the runs of a batch, an editor is told this by run_start, run_complete and run_error."""

# Characters that some readers of lines take for the end of one, and halves of surrogate pairs,
# which cannot be sent as UTF-8.
_UNSAFE_IN_A_LINE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Public:
    """Turns what happened into what may be told."""

    def __init__(self, exports: Path, base_url: str, masking: Masking) -> None:
        """Say where things lie.

        Args:
            exports: The exports folder; paths are told relative to it.
            base_url: The address under which the server is mounted.
            masking: Keeps paths and keys out of texts.
        """
        self._exports = exports
        self._prefix = base_url.rstrip("/")
        self.masking = masking

    def event(self, event: Event) -> Event:
        """``event``, fit to leave the server."""
        match event:
            case Started() | BatchStarted():
                return replace(event, folder=self.export_path(event.folder))
            case Progress(message=message) | Error(message=message) | RunError(message=message):
                return replace(event, message=self.masking.message(message)) if message else event
            case Complete():
                return replace(
                    event,
                    folder=self.export_path(event.folder),
                    nodes=tuple(self._masked(report) for report in event.nodes),
                    collected=tuple(self._masked(item) for item in event.collected),
                )
            case RunComplete():
                return replace(event, export_path=self.export_path(event.export_path))
            case BatchComplete():
                paths = (self.export_path(path) for path in event.export_paths)
                return replace(event, export_paths=tuple(path for path in paths if path))
        return event

    def export_path(self, folder: str | Path | None) -> str | None:
        """A folder relative to the exports folder, with forward slashes."""
        if folder is None:
            return None
        path = Path(folder)
        try:
            return path.relative_to(self._exports).as_posix()
        except ValueError:
            return path.name

    def address(self, path: str) -> str:
        """A root-relative address under the server's own base URL."""
        return f"{self._prefix}{path}"

    def problem(self, problem: Problem) -> dict[str, Any]:
        """One thing that keeps a canvas from running."""
        return {
            "message": self.masking.message(problem.message),
            "code": problem.code,
            "node_id": problem.node_id,
            "field": problem.field,
        }

    def _masked(self, item: R) -> R:
        return replace(item, reason=self.masking.message(item.reason)) if item.reason else item


def frame(
    job_id: str,
    number: int,
    event: Event,
    form: str,
    *,
    in_batch: bool,
    address: editor.Address = str,
    made: editor.Made = MappingProxyType({}),
) -> bytes:
    """One server-sent event; empty when this form leaves it out."""
    if form == TYPED:
        payload = events.to_json(event)
    elif in_batch and isinstance(event, _UNTOLD_IN_BATCHES):
        return b""
    else:
        payload = editor.payload(event, address=address, made=made)
        if in_batch and isinstance(event, RunEvent):
            payload["run_id"] = event.run_id
    return f"id: {job_id}:{number}\nevent: {event.name}\ndata: {to_line(payload)}\n\n".encode()


def to_line(value: Any) -> str:
    """JSON on one line, whatever the reader takes for the end of a line."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, default=str)
    return _UNSAFE_IN_A_LINE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _finite(value: Any) -> Any:
    """``value`` with null for numbers that JSON does not have."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case Mapping():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
    return value
