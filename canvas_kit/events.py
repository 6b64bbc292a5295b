"""What happens while a canvas runs, as small frozen values.

A widget, a terminal or an HTTP stream listens to these; nothing else is promised to listeners.
:func:`to_json` and :func:`from_json` are their JSON form, with everything in it. What the canvas
editor is told is made from them in the server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Final

from pydantic import Base64Bytes

from canvas_kit import values
from canvas_kit.logs import logger_for
from canvas_kit.values import Collected, Entity, NodeReport, NodeState, Output, RunStatus, Verdict

log = logger_for(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run or a batch."""

    name: ClassVar[str]


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
    preview: Base64Bytes | None = field(default=None, repr=False)
    round: int = 1


@dataclass(frozen=True, slots=True)
class NodeComplete(RunEvent):
    """A node has finished a round, and what it made is on disk, whole.

    Attributes:
        entities: What was recorded; empty for nodes that make nothing to keep.
        text: The text made, if it made one.
        verdict: What was found, if it is a judge.
        outputs: What came out of each port; a port that gave nothing is left out.
        reused_from: The run that it was made in, where it was not made now: another run, whose
            answer the cache held, or this one, in an earlier attempt.
    """

    name: ClassVar[str] = "node_complete"
    node_id: str
    node_type: str
    entities: tuple[Entity, ...] = ()
    text: str | None = field(default=None, repr=False)
    verdict: Verdict | None = field(default=None, repr=False)
    outputs: Mapping[str, Output] = field(default_factory=dict, repr=False)
    round: int = 1
    reused_from: str = ""


@dataclass(frozen=True, slots=True)
class Complete(RunEvent):
    """A run has ended, its record is closed.

    Attributes:
        status: How it ended.
        nodes: How every node ended, in canvas order.
        collected: What the collectors received, and what did not come, in canvas order.
        execution_order: Ids of the nodes that ran, in the order in which they finished.
        folder: The run folder, if the run was recorded.
    """

    name: ClassVar[str] = "complete"
    status: RunStatus
    nodes: tuple[NodeReport, ...] = field(default=(), repr=False)
    collected: tuple[Collected, ...] = field(default=(), repr=False)
    execution_order: tuple[str, ...] = field(default=(), repr=False)
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Error(RunEvent):
    """A run could not go on at all, for instance because its record could not be written."""

    name: ClassVar[str] = "error"
    message: str


@dataclass(frozen=True, slots=True)
class BatchEvent(Event):
    """Something that happened in a batch."""

    batch_id: str


@dataclass(frozen=True, slots=True)
class BatchStarted(BatchEvent):
    """A batch has begun, or is gone on with; its manifest is on disk.

    Attributes:
        mode: ``"prompts"`` or ``"count"``.
        ended_runs: How many of its runs had ended before, and are not made again.
    """

    name: ClassVar[str] = "batch_started"
    total_runs: int
    mode: str
    folder: str | None = None
    ended_runs: int = 0


@dataclass(frozen=True, slots=True)
class RunStart(BatchEvent):
    """A run of a batch has begun. ``run_index`` counts from 0.

    Attributes:
        levels: What was set for it, by factor, as labels.
    """

    name: ClassVar[str] = "run_start"
    run_index: int
    total_runs: int
    run_id: str
    seed: int
    levels: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunComplete(BatchEvent):
    """A run of a batch has ended; ``status`` says whether everything was made."""

    name: ClassVar[str] = "run_complete"
    run_index: int
    run_id: str
    status: RunStatus
    export_path: str | None = None


@dataclass(frozen=True, slots=True)
class RunError(BatchEvent):
    """A run of a batch failed, or did not make everything; the other runs go on."""

    name: ClassVar[str] = "run_error"
    run_index: int
    run_id: str
    message: str


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


_KINDS: tuple[type[Event], ...] = (
    Started, Progress, NodeComplete, Complete, Error, BatchStarted, RunStart, RunComplete, RunError,
    BatchComplete, BatchAborted,
)  # fmt: skip
EVENT_TYPES: Final = MappingProxyType({kind.name: kind for kind in _KINDS})
"""Every kind of event, by its name."""


def to_json(event: Event) -> dict[str, Any]:
    """The event as JSON: its name as ``event``, and every field that differs from its default."""
    return {"event": event.name, **values.to_json(event)}


def from_json(document: Mapping[str, Any]) -> Event:
    """The event that :func:`to_json` was given; fields of a later version are passed over.

    Raises:
        ValueError: When ``document`` does not describe an event.
    """
    name = document.get("event")
    if not isinstance(name, str) or name not in EVENT_TYPES:
        raise ValueError(f"there is no event {name!r}")
    try:
        return values.from_json(EVENT_TYPES[name], document)
    except ValueError as error:
        raise ValueError(f"the event {name!r} cannot be read: {error}") from None


ToTell = Event | Callable[[], Event]
"""An event, or how it is made: most are never looked at, and making one takes longer than a node
that does nothing."""


def made(event: ToTell) -> Event:
    """The event, made if it is not yet."""
    return event if isinstance(event, Event) else event()


Listener = Callable[[Event], None]
"""Called on canvas-kit's event loop for each event; must return quickly. What it raises is
logged."""


def tell(listener: Listener, event: Event) -> None:
    """Call a listener, whose faults stay its own."""
    try:
        listener(event)
    except BaseException:  # sys.exit() in a listener must not end the loop that all runs share
        log.exception("A listener failed on the event %r.", event.name)
