"""Events as the server tells them: addresses that work here, folders relative, nothing leaked."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from canvas_kit.batch import Batch
from canvas_kit.client.wire import to_wire
from canvas_kit.errors import Problem
from canvas_kit.events import (
    BatchComplete,
    BatchStarted,
    Complete,
    Error,
    Event,
    NodeComplete,
    Progress,
    RunComplete,
    RunError,
    RunEvent,
    Started,
)
from canvas_kit.executor.results import MEDIA_ROUTE, media_url
from canvas_kit.recorder.run import Run
from canvas_kit.server.masking import Masking
from canvas_kit.server.requests import Form

_UNTOLD_IN_BATCHES = (Started, Complete, Error)
"""Of the runs of a batch, an editor is told this by run_start, run_complete and run_error."""

# Characters that some readers of lines take for the end of one, and halves of surrogate pairs,
# which cannot be sent as UTF-8.
_UNSAFE_IN_A_LINE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Presenter:
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
            case NodeComplete(output=output):
                return replace(event, output=self._addressed(output))
            case Complete():
                return replace(
                    event,
                    folder=self.export_path(event.folder),
                    results={key: self._result(item) for key, item in event.results.items()},
                    collector_output=tuple(self._result(item) for item in event.collector_output),
                )
            case RunComplete():
                return replace(event, export_path=self.export_path(event.export_path))
            case BatchComplete():
                paths = (self.export_path(path) for path in event.export_paths)
                return replace(event, export_paths=tuple(path for path in paths if path))
        return event

    def payload(self, event: Event, form: Form) -> dict[str, Any]:
        """An event, made fit before, in one of the two forms."""
        return to_wire(event) if form == "typed" else event.to_json()

    def frame(self, job_id: str, number: int, event: Event, form: Form, *, in_batch: bool) -> bytes:
        """One server-sent event; empty when this form leaves it out."""
        if form == "editor" and in_batch and isinstance(event, _UNTOLD_IN_BATCHES):
            return b""
        payload = self.payload(event, form)
        if in_batch and isinstance(event, RunEvent):
            payload["run_id"] = event.run_id
        return f"id: {job_id}:{number}\nevent: {event.name}\ndata: {to_line(payload)}\n\n".encode()

    def run(self, run: Run) -> dict[str, Any]:
        """The record of a run, with the address of everything in it."""
        document: dict[str, Any] = run.to_json()
        document["folder"] = self.export_path(run.folder)
        for node in document["nodes"]:
            if "reason" in node:
                node["reason"] = self.masking.message(node["reason"])
        document = dict(self.masking.known_within(document))
        for entity, entry in zip(run.entities, document["entities"], strict=True):
            entry["url"] = self.address(media_url(run.id, entity))
        return document

    def batch(self, batch: Batch) -> dict[str, Any]:
        """The record of a batch."""
        document: dict[str, Any] = batch.to_json() | {"about": dict(batch.about)}
        document["folder"] = self.export_path(batch.folder)
        for entry, summary in zip(document["runs"], batch.runs, strict=True):
            entry["folder"] = self.export_path(summary.folder)
            if summary.reasons:
                entry["reasons"] = [self.masking.message(text) for text in summary.reasons]
            if summary.error:
                entry["error"] = self.masking.message(summary.error)
        return dict(self.masking.known_within(document))

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

    def _result(self, item: Mapping[str, Any]) -> dict[str, Any]:
        result = dict(self._addressed(item))
        if isinstance(error := result.get("error"), str):
            result["error"] = self.masking.message(error)
        return result

    def _addressed(self, value: Any) -> Any:
        """``value`` with the addresses of media put under the base URL."""
        if not self._prefix:
            return value
        if isinstance(value, Mapping):
            return {key: self._addressed_entry(key, item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._addressed(item) for item in value]
        return value

    def _addressed_entry(self, key: str, item: Any) -> Any:
        if key == "url" and isinstance(item, str) and item.startswith(f"{MEDIA_ROUTE}/"):
            return self.address(item)
        if key == "urls" and isinstance(item, list):
            return [self._addressed_entry("url", one) for one in item]
        return self._addressed(item)


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
