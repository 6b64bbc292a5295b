"""How far a run or a batch is, worked out from its events alone: no widget, no disk."""

from __future__ import annotations

import base64
import json
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from canvas_kit.canvas.connections import layers
from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import cut
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
    Started,
)
from canvas_kit.media import thumbnail
from canvas_kit.values import Entity, NodeState, RunStatus

KEPT_MESSAGES = 5
KEPT_RUNS = 60
"""How many of the runs that ended last a snapshot shows, at most."""
_KEPT_CHARACTERS = 400
_FEW_CHARACTERS = 80
"""Of a level, and of a node's text in a canvas with very many nodes."""
_MANY_NODES = 50
_MEDIA_OF_A_RUN = 4
_RUNS_BYTES = 50_000
_PREVIEW_EDGES = (224, 112)
_PREVIEW_BYTES = 14_900
"""So that a preview is no longer than 20 kB as a data URL."""
_PREVIEWS = 2
"""How many of them a snapshot holds: those of the nodes that told last."""


@dataclass(slots=True)
class NodeSoFar:
    """Where one node stands.

    Attributes:
        message: What its backend says, or the reason where it did not complete.
        words: The beginning of the text that it made, if it made one.
        step: Steps done in this round.
        total: Steps in all.
        entities: What it made last.
        preview: The latest picture of its work in progress, encoded; none once it has settled.
        reused: Whether its result was not made now.
    """

    node_id: str
    state: NodeState = NodeState.WAITING
    message: str = ""
    words: str = ""
    step: int | None = None
    total: int | None = None
    round: int = 1
    entities: tuple[Entity, ...] = ()
    preview: bytes | None = field(default=None, repr=False)
    reused: bool = False

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
        folder: The run's folder, as soon as it is known.
    """

    nodes: dict[str, NodeSoFar]
    status: RunStatus = RunStatus.RUNNING
    error: str = ""
    preview: bytes | None = field(default=None, repr=False)
    preview_of: str = ""
    folder: str | None = None

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
            case Started():
                self.folder = event.folder
            case Progress() if node := self.nodes.get(event.node_id):
                if event.round != node.round:
                    node.words = ""
                node.state, node.message, node.round = event.status, event.message, event.round
                node.step, node.total = event.step, event.total
                if event.preview is not None:
                    self.preview, self.preview_of = event.preview, event.node_id
                    node.preview = event.preview
                elif node.state.settled:
                    node.preview = None
            case NodeComplete() if node := self.nodes.get(event.node_id):
                node.state, node.message, node.round = NodeState.COMPLETED, "", event.round
                node.step = node.total = None
                node.words = (event.text or "")[:_KEPT_CHARACTERS]
                node.entities, node.reused = event.entities, bool(event.reused_from)
                node.preview = None
            case Complete():
                self._end(event.status)
            case Error():
                self._end(RunStatus.FAILED)
                self.error = event.message
            case _:
                pass

    def _end(self, status: RunStatus) -> None:
        self.status, self.preview = status, None
        for node in self.nodes.values():
            node.preview = None


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
        folder: The batch's folder, as soon as it is known.
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
    folder: str | None = None
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
                self.folder = event.folder
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


State = Literal["waiting", "running", "stopping", "ended", "lost"]


class JobProgress:
    """How far a job is, as a page shows it. Feed it every event with its number, in order.

    What it holds does not grow with the number of runs. It is not safe to be used by two threads
    at a time.

    Attributes:
        state: Where it stands; who runs it says ``"stopping"`` and ``"lost"``.
        status: How it ended: completed, partial, failed, cancelled, aborted; empty before.
        error: Why it could not go on at all.
        number: The number of the last event that is in it.
        folder: The folder of its run or batch, as soon as there is one.
    """

    def __init__(
        self,
        job: str = "",
        *,
        kind: Literal["run", "batch"],
        name: str = "",
        total: int = 1,
        node_ids: Iterable[str] = (),
        started_at: str = "",
    ) -> None:
        """Begin before the first event.

        Args:
            job: The job's id; of work that is none, whatever names it.
            kind: Whether it is a run or a batch.
            name: What it is called.
            total: How many runs it makes.
            node_ids: The nodes of its canvas.
            started_at: When it was begun, ISO 8601; now if left out.
        """
        self.state: State = "waiting"
        self.status = self.error = ""
        self.number = 0
        self.folder: str | None = None
        self._about = {"job": job, "kind": kind, "name": name}
        self._started_at = started_at or datetime.now(UTC).isoformat(timespec="seconds")
        self._ids = tuple(node_ids)
        self._run = self._fresh()
        self._shown = ""
        self._counts = BatchSoFar(total)
        self._before = 0, 0
        self._under_way: dict[str, dict[str, Any]] = {}
        self._rows: deque[dict[str, Any]] = deque(maxlen=KEPT_RUNS)
        self._began = self._latest = time.time()
        self._urls: dict[str, tuple[bytes, str]] = {}

    def apply(self, number: int, event: Event, at: float | None = None) -> None:
        """Take an event in.

        Args:
            number: Its number, from 1.
            event: The event.
            at: When it happened, in seconds since 1970; now if left out.
        """
        self.number, self._latest = number, time.time() if at is None else at
        batch = self._about["kind"] == "batch"
        if batch:
            self._counts.apply(event)
        match event:
            case Started() if not batch:
                self._begin(event.folder)
                self._begin_run(event.run_id, {})
            case BatchStarted():
                self._begin(event.folder)
                self._go_on(event.ended_runs)
            case RunStart():
                self._begin_run(event.run_id, event.levels, event.run_index)
            case RunError():
                self._end_run(event.run_id, event.run_index, RunStatus.FAILED, event.message)
            case RunComplete():
                self._end_run(event.run_id, event.run_index, event.status)
            case BatchComplete():
                whole = event.completed_runs >= event.total_runs
                some = "partial" if event.completed_runs else "failed"
                self.end("completed" if whole else some)
            case BatchAborted():
                self.end("aborted")
            case Complete() | Error() if not batch:
                self._run.apply(event)
                self._end_run(event.run_id, 0, self._run.status, self._run.error)
                self.end(self._run.status.value, self._run.error)
            case Progress() | NodeComplete():
                self._take(event)
            case _:
                pass

    def end(self, status: str, error: str = "") -> None:
        """Note that nothing more will happen, and why."""
        self.state, self.status = "ended", status
        self.error = error or self.error
        self._urls.clear()

    def snapshot(self, now: float | None = None) -> dict[str, Any]:
        """How far it is, as JSON: the ``JobSnapshot`` of the views.

        Args:
            now: The seconds since 1970, if not those of the clock.
        """
        counts, live = self._counts, self.state in ("running", "stopping")
        seconds = ((time.time() if now is None else now) if live else self._latest) - self._began
        return {
            **self._about,
            "state": self.state,
            "status": self.status,
            "error": self.error,
            "number": self.number,
            "folder": self.folder,
            "started_at": self._started_at,
            "seconds": round(max(0.0, seconds), 1) if self.number else 0.0,
            "seconds_left": counts.seconds_left(seconds) if live else None,
            "total": counts.total,
            "ended": counts.ended_runs,
            "completed": self._before[0] + counts.completed,
            "wanting": self._before[1] + counts.wanting,
            "cancelled": counts.cancelled,
            "nodes": self._nodes(),
            "runs": self._runs(),
            "messages": list(counts.messages),
        }

    def _begin(self, folder: str | None) -> None:
        self.state, self.status, self.error = "running", "", ""
        self.folder = folder or self.folder
        self._began = self._latest

    def _go_on(self, ended: int) -> None:
        """Begin an attempt at a batch of which so many runs had ended, some of them told here."""
        counts, (completed, wanting) = self._counts, self._before
        known = completed + counts.completed, wanting + counts.wanting
        self._before = known if sum(known) <= ended else (0, 0)
        counts.completed = counts.wanting = counts.cancelled = 0
        counts.ended = False
        self._under_way.clear()

    def _begin_run(self, run_id: str, levels: Mapping[str, Any], index: int = 0) -> None:
        self._run, self._shown = self._fresh(), run_id
        self._urls.clear()
        row = {"run_id": run_id, "index": index, "status": "running"}
        shown = {
            key: cut(level, _FEW_CHARACTERS) if isinstance(level, str) else level
            for key, level in levels.items()
        }
        self._under_way[run_id] = {**row, "levels": shown, "media": [], "reason": ""}

    def _take(self, event: Progress | NodeComplete) -> None:
        if isinstance(event, NodeComplete) and (row := self._under_way.get(event.run_id)):
            row["media"] = (row["media"] + _keys(event.run_id, event.entities))[-_MEDIA_OF_A_RUN:]
        if event.run_id == self._shown:
            self._run.nodes.setdefault(event.node_id, NodeSoFar(event.node_id))
            self._run.apply(event)

    def _end_run(self, run_id: str, index: int, status: RunStatus, reason: str = "") -> None:
        """Note how a run ended; of one that was wanting it may be told twice."""
        if self._about["kind"] == "run":
            self._counts.completed = int(status is RunStatus.COMPLETED)
            self._counts.cancelled = int(status is RunStatus.CANCELLED)
            self._counts.wanting = 1 - self._counts.completed - self._counts.cancelled
        row = self._under_way.pop(run_id, None)
        if row is None:
            row = next((one for one in self._rows if one["run_id"] == run_id), None)
        else:
            self._rows.appendleft(row)
        if row is not None:
            row["status"] = status.value
            row["reason"] = cut(reason, _KEPT_CHARACTERS) or row["reason"]

    def _fresh(self) -> RunSoFar:
        return RunSoFar({node_id: NodeSoFar(node_id) for node_id in self._ids})

    def _nodes(self) -> dict[str, Any]:
        nodes = self._run.nodes
        length = _KEPT_CHARACTERS if len(nodes) <= _MANY_NODES else _FEW_CHARACTERS
        showing = [node.node_id for node in nodes.values() if node.preview is not None]
        if self._run.preview_of in showing:
            showing.remove(self._run.preview_of)
            showing.append(self._run.preview_of)
        return {
            node.node_id: {
                "state": node.state.value,
                "message": cut(node.message, length),
                "text": cut(node.words, length),
                "step": node.step,
                "total": node.total,
                "round": node.round,
                "media": _keys(self._shown, node.entities)[-_MEDIA_OF_A_RUN:],
                "preview": self._url(node) if node.node_id in showing[-_PREVIEWS:] else "",
                "reused": node.reused,
            }
            for node in nodes.values()
        }

    def _runs(self) -> list[dict[str, Any]]:
        rows, size = [], 0
        for row in self._rows:
            size += len(json.dumps(row))
            if size > _RUNS_BYTES:
                break
            rows.append({**row, "media": list(row["media"])})
        return rows

    def _url(self, node: NodeSoFar) -> str:
        data = node.preview or b""
        before = self._urls.get(node.node_id)
        if before is None or before[0] is not data:
            url = ""
            for edge in _PREVIEW_EDGES:
                small = thumbnail(data, edge=edge, max_bytes=_PREVIEW_BYTES)
                if small is not None and len(small[0]) <= _PREVIEW_BYTES:
                    url = f"data:{small[1]};base64,{base64.b64encode(small[0]).decode('ascii')}"
                    break
            before = self._urls[node.node_id] = data, url
        return before[1]


def _keys(run_id: str, entities: Iterable[Entity]) -> list[dict[str, Any]]:
    """What names the media among some entities, for a page that wants to show them."""
    return [
        {
            "run_id": run_id,
            "file": entity.file,
            "sha256": entity.sha256,
            "media_type": entity.media_type,
            **({"width": entity.width, "height": entity.height} if entity.width else {}),
        }
        for entity in entities
        if entity.kind not in ("text", "application")
    ]
