"""How far a run or a batch is, worked out from its events alone: no clock, no widget, no disk."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from canvas_kit.canvas.connections import layers
from canvas_kit.canvas.graph import Canvas
from canvas_kit.events import (
    BatchAborted,
    BatchComplete,
    BatchStarted,
    Complete,
    Error,
    Event,
    NodeComplete,
    Progress,
    RunComplete,
    RunError,
    RunStart,
)
from canvas_kit.values import Entity, NodeState, RunStatus

KEPT_MESSAGES = 5
_KEPT_CHARACTERS = 400


@dataclass(slots=True)
class NodeSoFar:
    """Where one node stands.

    Attributes:
        node_id: The node.
        state: Its state.
        message: What its backend says, or the reason where it did not complete.
        words: The beginning of the text that it made, if it made one.
        step: Steps done in this round.
        total: Steps in all.
        round: Which round.
    """

    node_id: str
    state: NodeState = NodeState.WAITING
    message: str = ""
    words: str = ""
    step: int | None = None
    total: int | None = None
    round: int = 1

    @property
    def fraction(self) -> float:
        """How much of the node is done, 0 to 1."""
        if self.state is NodeState.RUNNING and self.step and self.total:
            return min(1.0, self.step / self.total)
        return float(self.state.settled)


@dataclass(slots=True)
class RunSoFar:
    """How far a run is. Feed it every event, in order.

    Attributes:
        nodes: Every node of the canvas, in the order of running.
        status: How it ended, or running.
        error: Why it could not go on at all.
        preview: The latest picture of work in progress, encoded; none once the run has ended.
        preview_of: The node whose work it shows.
    """

    nodes: dict[str, NodeSoFar]
    status: RunStatus = RunStatus.RUNNING
    error: str = ""
    preview: bytes | None = field(default=None, repr=False)
    preview_of: str = ""

    @classmethod
    def of(cls, canvas: Canvas) -> RunSoFar:
        """A run of ``canvas`` in which nothing has happened yet."""
        ids = [node.id for node in canvas.nodes]
        column = layers(ids, [(item.source_id, item.target_id) for item in canvas.connections])
        return cls({node_id: NodeSoFar(node_id) for node_id in sorted(ids, key=column.__getitem__)})

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status is not RunStatus.RUNNING

    @property
    def fraction(self) -> float:
        """How much is done, 0 to 1. A feedback round takes some of it back."""
        if self.ended:
            return 1.0
        return sum(node.fraction for node in self.nodes.values()) / max(1, len(self.nodes))

    def apply(self, event: Event) -> None:
        """Take an event in. Events of nodes that the canvas does not have are passed over."""
        match event:
            case Progress() if node := self.nodes.get(event.node_id):
                if event.round != node.round:
                    node.words = ""
                node.state, node.message, node.round = event.status, event.message, event.round
                node.step, node.total = event.step, event.total
                if event.preview is not None:
                    self.preview, self.preview_of = event.preview, event.node_id
            case NodeComplete() if node := self.nodes.get(event.node_id):
                node.state, node.message, node.round = NodeState.COMPLETED, "", event.round
                node.step = node.total = None
                node.words = (event.text or "")[:_KEPT_CHARACTERS]
            case Complete():
                self.status, self.preview = event.status, None
            case Error():
                self.status, self.error, self.preview = RunStatus.FAILED, event.message, None
            case _:
                pass


@dataclass(slots=True)
class BatchSoFar:
    """How far a batch is. Feed it the batch's events and those of its runs, in order.

    Attributes:
        total: How many runs it makes.
        completed: How many made everything.
        cancelled: How many were stopped on the way.
        wanting: How many did not make everything by themselves.
        under_way: The runs in flight, each with its index.
        messages: The latest reasons why a run did not make everything.
        picture: The latest picture.
        ended: Whether nothing more will happen.
        before: How many had ended before the batch was gone on with.
    """

    total: int
    completed: int = 0
    cancelled: int = 0
    wanting: int = 0
    under_way: dict[str, int] = field(default_factory=dict)
    messages: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_MESSAGES))
    picture: Entity | None = None
    ended: bool = False
    before: int = 0
    _faulted: set[str] = field(default_factory=set, repr=False)

    @property
    def ended_runs(self) -> int:
        """How many runs have ended, however they did."""
        return self.before + self.completed + self.cancelled + self.wanting

    @property
    def fraction(self) -> float:
        """How many of the runs have ended, 0 to 1."""
        return self.ended_runs / max(1, self.total)

    def seconds_left(self, seconds: float) -> float | None:
        """How long it will go on after ``seconds`` of work, if the rest goes like the beginning.

        Returns:
            None while there is too little to judge from.
        """
        made = self.ended_runs - self.before
        if self.ended or made < 2 or self.ended_runs >= self.total:
            return None
        return seconds / made * (self.total - self.ended_runs)

    def apply(self, event: Event) -> None:
        """Take an event in."""
        match event:
            case BatchStarted():
                self.total, self.before = event.total_runs, event.ended_runs
            case RunStart():
                self.under_way[event.run_id] = event.run_index
            case NodeComplete():
                pictures = [entity for entity in event.entities if entity.kind == "image"]
                self.picture = pictures[-1] if pictures else self.picture
            case RunError():
                self.messages.append(f"run {event.run_index}: {event.message}")
                self.under_way.pop(event.run_id, None)
                self._faulted.add(event.run_id)
                self.wanting += 1
            case RunComplete():
                self.under_way.pop(event.run_id, None)
                if event.status is RunStatus.COMPLETED:
                    self.completed += 1
                elif event.status is RunStatus.CANCELLED:
                    self.cancelled += 1
                elif event.run_id in self._faulted:  # counted when its error was told
                    self._faulted.discard(event.run_id)
                else:
                    self.wanting += 1
            case BatchComplete() | BatchAborted():
                self.ended = True
            case _:
                pass
