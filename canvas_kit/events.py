"""What happens while a canvas runs, as small frozen values.

Whoever wants to know (a widget, a terminal, an HTTP stream) listens to these; nothing else is
promised to listeners. ``name`` and ``to_json()`` are the words of the canvas editor's event stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from canvas_kit.values import Entity, NodeState, RunStatus

PREVIEW_CHARACTERS = 100
"""How much of a text an event shows: the editor displays the first hundred characters."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run or a batch."""

    name: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """The payload in the editor's words."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class RunEvent(Event):
    """Something that happened in one run."""

    run_id: str


@dataclass(frozen=True, slots=True)
class Started(RunEvent):
    """A run has begun; its folder exists."""

    name: ClassVar[str] = "started"
    total_nodes: int
    folder: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The payload in the editor's words."""
        return {"total_nodes": self.total_nodes}


@dataclass(frozen=True, slots=True)
class Progress(RunEvent):
    """A node changed its state or came a step further.

    Attributes:
        status: The node's state now.
        message: A sentence for people; the reason where the state is failed, refused or skipped.
        step: Steps done, from 1, if the backend counts them.
        total: Steps in all, if known.
        preview: A small encoded picture of the work so far, if the backend gives one.
    """

    name: ClassVar[str] = "progress"
    node_id: str
    node_type: str
    status: NodeState
    message: str = ""
    step: int | None = None
    total: int | None = None
    preview: bytes | None = field(default=None, repr=False)
    round: int = 1

    def to_json(self) -> dict[str, Any]:
        """The payload in the editor's words."""
        payload: dict[str, Any] = {
            "node_id": self.node_id,
            "node_type": self.node_type,
            "status": self.status.value,
            "message": self.message,
        }
        if self.step is not None:
            payload |= {"step": self.step, "total": self.total}
        if self.round > 1:
            payload["round"] = self.round
        return payload


@dataclass(frozen=True, slots=True)
class NodeComplete(RunEvent):
    """A node has finished a round, and what it made is on disk, whole.

    Attributes:
        entities: What was recorded; empty for nodes that make nothing to keep, and when the run is
            not recorded.
        output: The node's result in the editor's form, as in ``Complete.results``.
        text: The text made, if it made one.
    """

    name: ClassVar[str] = "node_complete"
    node_id: str
    node_type: str
    entities: tuple[Entity, ...] = ()
    output: Any = None
    text: str | None = field(default=None, repr=False)
    round: int = 1

    def to_json(self) -> dict[str, Any]:
        """The payload in the editor's words."""
        return {
            "node_id": self.node_id,
            "node_type": self.node_type,
            "output_preview": self._preview(),
        }

    def _preview(self) -> dict[str, Any] | None:
        if self.text is not None:
            return {"type": "text", "preview": self.text[:PREVIEW_CHARACTERS]}
        if isinstance(self.output, Mapping) and "url" in self.output:
            return {"type": self.output["media_type"], "url": self.output["url"]}
        return None


@dataclass(frozen=True, slots=True)
class Complete(RunEvent):
    """A run has ended, its record is closed.

    Attributes:
        status: How it ended.
        results: For every node its type, output and error, in the editor's form.
        collector_output: What the collectors received, in canvas order.
        execution_order: Ids of the nodes that ran, in the order in which they finished.
        folder: The run folder, if the run was recorded.
    """

    name: ClassVar[str] = "complete"
    status: RunStatus
    results: Mapping[str, Any] = field(repr=False)
    collector_output: tuple[Mapping[str, Any], ...] = field(repr=False)
    execution_order: tuple[str, ...] = field(repr=False)
    folder: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The payload in the editor's words."""
        return {
            "status": self.status.value,
            "results": dict(self.results),
            "collectorOutput": list(self.collector_output),
            "executionOrder": list(self.execution_order),
            "exportPath": self.folder,
        }


@dataclass(frozen=True, slots=True)
class Error(RunEvent):
    """A run could not go on at all, for instance because its record could not be written."""

    name: ClassVar[str] = "error"
    message: str

    def to_json(self) -> dict[str, Any]:
        """The payload in the editor's words."""
        return {"message": self.message}


@dataclass(frozen=True, slots=True)
class BatchEvent(Event):
    """Something that happened in a batch."""

    batch_id: str


@dataclass(frozen=True, slots=True)
class BatchStarted(BatchEvent):
    """A batch has begun; its manifest is on disk. ``mode`` is ``"prompts"`` or ``"count"``."""

    name: ClassVar[str] = "batch_started"
    total_runs: int
    mode: str
    folder: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The payload in the editor's words."""
        return {
            "batch_id": self.batch_id,
            "total_runs": self.total_runs,
            "batch_mode": self.mode,
        }


@dataclass(frozen=True, slots=True)
class RunStart(BatchEvent):
    """A run of a batch has begun. ``run_index`` counts from 0."""

    name: ClassVar[str] = "run_start"
    run_index: int
    total_runs: int
    run_id: str
    seed: int

    def to_json(self) -> dict[str, Any]:
        """The payload in the editor's words."""
        return {
            "run_index": self.run_index,
            "total_runs": self.total_runs,
            "run_id": self.run_id,
            "seed": self.seed,
        }


@dataclass(frozen=True, slots=True)
class RunComplete(BatchEvent):
    """A run of a batch has ended; ``status`` says whether everything was made."""

    name: ClassVar[str] = "run_complete"
    run_index: int
    run_id: str
    status: RunStatus
    export_path: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The payload in the editor's words."""
        return {
            "run_index": self.run_index,
            "run_id": self.run_id,
            "export_path": self.export_path,
            "success": self.status is RunStatus.COMPLETED,
            "status": self.status.value,
        }


@dataclass(frozen=True, slots=True)
class RunError(BatchEvent):
    """A run of a batch failed, or did not make everything; the other runs go on."""

    name: ClassVar[str] = "run_error"
    run_index: int
    run_id: str
    message: str

    def to_json(self) -> dict[str, Any]:
        """The payload in the editor's words."""
        return {"run_index": self.run_index, "run_id": self.run_id, "message": self.message}


@dataclass(frozen=True, slots=True)
class BatchComplete(BatchEvent):
    """Every run of a batch has ended.

    Attributes:
        completed_runs: How many of them made everything.
        export_paths: The folders of all runs that have one, by run index.
    """

    name: ClassVar[str] = "batch_complete"
    total_runs: int
    completed_runs: int
    export_paths: tuple[str, ...] = field(default=(), repr=False)

    def to_json(self) -> dict[str, Any]:
        """The payload in the editor's words."""
        return {
            "batch_id": self.batch_id,
            "total_runs": self.total_runs,
            "completed_runs": self.completed_runs,
            "export_paths": list(self.export_paths),
        }


@dataclass(frozen=True, slots=True)
class BatchAborted(BatchEvent):
    """A batch was stopped; runs that had ended are kept, those under way were cancelled.

    Attributes:
        aborted_at_run: Index of the first run that did not end by itself.
        completed_runs: How many runs had made everything.
    """

    name: ClassVar[str] = "batch_aborted"
    aborted_at_run: int
    completed_runs: int

    def to_json(self) -> dict[str, Any]:
        """The payload in the editor's words."""
        return {
            "batch_id": self.batch_id,
            "aborted_at_run": self.aborted_at_run,
            "completed_runs": self.completed_runs,
        }


Listener = Callable[[Event], None]
"""Called on canvas-kit's event loop for each event; must return quickly. What it raises is
logged."""
