"""Events and records as the server tells them: addresses that work here, no path and no key."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from canvas_kit import events
from canvas_kit.batch.batch import Batch
from canvas_kit.client.routes import media_path
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
from canvas_kit.german import Language
from canvas_kit.recorder.run import Run
from canvas_kit.server import editor
from canvas_kit.server.redaction import PathRedactor
from canvas_kit.server.requests import Form
from canvas_kit.values import Collected, NodeReport

R = TypeVar("R", NodeReport, Collected)

_UNTOLD_IN_BATCHES = (Started, Complete, Error)
"""Of the runs of a batch, an editor is told this by run_start, run_complete and run_error."""

# Characters that some readers of lines take for the end of one, and halves of surrogate pairs,
# which cannot be sent as UTF-8.
_UNSAFE_IN_A_LINE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Presenter:
    """Turns what happened and what was recorded into what may be told."""

    def __init__(self, exports: Path, base_url: str, redactor: PathRedactor) -> None:
        """Say where things lie.

        Args:
            exports: The exports folder; paths are told relative to it.
            base_url: The address under which the server is mounted.
            redactor: Keeps paths and keys out of texts.
        """
        self._exports = exports
        self._prefix = base_url.rstrip("/")
        self.redactor = redactor

    def event(self, event: Event) -> Event:
        """``event``, fit to leave the server."""
        match event:
            case Started() | BatchStarted():
                return replace(event, folder=self.export_path(event.folder))
            case Progress(message=message) | Error(message=message) | RunError(message=message):
                return replace(event, message=self.redactor.message(message)) if message else event
            case Complete():
                return replace(
                    event,
                    folder=self.export_path(event.folder),
                    nodes=tuple(self._redacted(report) for report in event.nodes),
                    collected=tuple(self._redacted(item) for item in event.collected),
                )
            case RunComplete():
                return replace(event, export_path=self.export_path(event.export_path))
            case BatchComplete():
                paths = (self.export_path(path) for path in event.export_paths)
                return replace(event, export_paths=tuple(path for path in paths if path))
        return event

    def frame(
        self,
        job_id: str,
        number: int,
        event: Event,
        *,
        form: Form,
        in_batch: bool,
        made: editor.Made,
        language: Language,
    ) -> bytes:
        """One server-sent event, which is fit to leave; empty when this form leaves it out."""
        name = event.name
        if form == "typed":
            payload = events.to_json(event)
        elif in_batch and isinstance(event, _UNTOLD_IN_BATCHES):
            return b""
        elif isinstance(event, Error):
            name = Complete.name
            problem = {"message": event.message}
            payload = editor.refusal([problem], {}, language, started=True)
        else:
            payload = editor.payload(event, address=self.address, made=made, language=language)
            if in_batch and isinstance(event, RunEvent):
                payload["run_id"] = event.run_id
        return f"id: {job_id}:{number}\nevent: {name}\ndata: {to_line(payload)}\n\n".encode()

    def run(self, run: Run) -> dict[str, Any]:
        """The record of a run, with the address of everything in it."""
        document: dict[str, Any] = run.to_json()
        document["folder"] = self.export_path(run.folder)
        for node in document["nodes"]:
            if "reason" in node:
                node["reason"] = self.redactor.message(node["reason"])
        document = self.redactor(document)
        for entity, entry in zip(run.entities, document["entities"], strict=True):
            entry["url"] = self.address(media_path(run.id, entity))
        return document

    def batch(self, batch: Batch) -> dict[str, Any]:
        """The record of a batch."""
        document: dict[str, Any] = batch.to_json() | {"about": dict(batch.about)}
        document["folder"] = self.export_path(batch.folder)
        for entry, summary in zip(document["runs"], batch.runs, strict=True):
            entry["folder"] = self.export_path(summary.folder)
            if summary.reasons:
                entry["reasons"] = [self.redactor.message(text) for text in summary.reasons]
            if summary.error:
                entry["error"] = self.redactor.message(summary.error)
        return self.redactor(document)

    def problem(self, problem: Problem) -> dict[str, Any]:
        """One thing that keeps a canvas from running."""
        return {
            "message": self.redactor.message(problem.message),
            "code": problem.code,
            "node_id": problem.node_id,
            "field": problem.field,
        }

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

    def _redacted(self, item: R) -> R:
        return replace(item, reason=self.redactor.message(item.reason)) if item.reason else item


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
