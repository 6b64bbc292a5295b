"""Connections, and what they mean: which ports they join, which of them close a feedback loop."""

from __future__ import annotations

import graphlib
import heapq
import re
from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from canvas_kit.canvas.node import Node
from canvas_kit.canvas.ports import InputPort, OutputPort
from canvas_kit.errors import Problem, name_hint, printable, shorten

N = TypeVar("N", bound=Hashable)

_NUMBERED = re.compile(r"input[-_ ]?(\d{1,6})", re.IGNORECASE)
FEEDBACK_LABEL = "feedback"


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection of a canvas, as written in its file.

    Attributes:
        source_id: The node that it starts at.
        target_id: The node that it ends at.
        label: Names the port at one end, as the editor does; None where nothing needs naming.
        target_label: Names the port at the far end, where ``label`` already names the near one.
        extras: Whatever else the file says of it, kept for saving.
    """

    source_id: str
    target_id: str
    label: str | None = None
    target_label: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def to_document(self) -> dict[str, Any]:
        """The connection as a canvas file describes it."""
        ends = {"sourceId": self.source_id, "targetId": self.target_id}
        labels = {"label": self.label, "targetLabel": self.target_label}
        return ends | {k: v for k, v in labels.items() if v is not None} | dict(self.extras)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Connection:
        """The connection that a canvas file describes; its ends and labels must be strings."""
        ends = ("sourceId", "targetId", "label", "targetLabel")
        extras = {k: v for k, v in document.items() if k not in ends or v is None}
        source, target, label, target_label = (document.get(key) for key in ends)
        return cls(str(source), str(target), label, target_label, extras)

    def is_like(self, other: Connection) -> bool:
        """Whether ``other`` joins the same nodes, at the ports that this names, if it names any."""
        ends = (self.source_id, self.target_id) == (other.source_id, other.target_id)
        labels = {label for label in (self.label, self.target_label) if label}
        return ends and labels <= {other.label, other.target_label}

    def __str__(self) -> str:
        label = f" ({printable(self.label)})" if self.label else ""
        return f"{printable(self.source_id)} → {printable(self.target_id)}{label}"


@dataclass(frozen=True, slots=True)
class Link:
    """A connection with its ports known.

    Attributes:
        source: Index of the node that it starts at.
        output: The port there.
        target: Index of the node that it ends at.
        input: The port there.
        label: The label, where it orders several connections at one port.
        feedback: Whether it closes a loop: it starts a new round instead of delivering.
    """

    source: int
    output: OutputPort
    target: int
    input: InputPort
    label: str = ""
    feedback: bool = False


def find_ports(
    connection: Connection, source: Node, target: Node
) -> tuple[OutputPort, InputPort] | Problem:
    """Which ports a connection joins, by its labels and by what fits.

    Returns:
        The two ports, or what is wrong with the connection.
    """
    place = f"The connection {connection}"
    if not source.outputs:
        return Problem(
            f"{place} starts at {source.id}, which is of type {source.type} and gives nothing out. "
            "Connect the node before it instead.",
            "terminal_source",
            source.id,
        )
    if not target.inputs:
        return Problem(
            f"{place} ends at {target.id}, which is of type {target.type} and takes nothing in.",
            "no_input",
            target.id,
        )
    labels = [label for label in (connection.label, connection.target_label) if label]
    outputs = [port for port in source.outputs if _is_named(labels, port.name, *port.labels)]
    inputs = [port for port in target.inputs if _is_meant(labels, port)]
    for label in labels:
        if not outputs and not inputs and (len(source.outputs) > 1 or label_number(label)):
            known = [name for port in source.outputs for name in port.labels]
            known += [port.label for port in target.inputs if port.label]
            if known:
                return Problem(
                    f"{place} has the label {shorten(label)}, which is a port neither of "
                    f"{source.id} nor of {target.id}. {name_hint(label, known)}",
                    "unknown_port",
                    source.id,
                    label,
                )
    output = outputs[0] if outputs else source.outputs[0]
    # The editor's generation shows two ports for texts; what is led to one of them and is no text
    # belongs to another port.
    fitting = [port for port in (*inputs, *target.inputs) if port.accepts & output.gives]
    if not fitting:
        gives = " or ".join(sorted(output.gives))
        takes = " or ".join(
            sorted({kind for port in inputs or target.inputs for kind in port.accepts})
        )
        where = f"the port {inputs[0].name!r} of {target.id}" if inputs else target.id
        return Problem(
            f"{place} brings {gives}, but {where} ({target.type}) takes {takes}.",
            "kind_mismatch",
            target.id,
        )
    return output, fitting[0]


def _is_named(labels: Iterable[str], *names: str) -> bool:
    return any(label.casefold() == name.casefold() for label in labels for name in names)


def _is_meant(labels: Sequence[str], port: InputPort) -> bool:
    if _is_named(labels, port.name, port.label):
        return True
    return port.numbered and any(label_number(label) is not None for label in labels)


def label_number(label: str) -> int | None:
    """The number in a label such as ``"input-2"``, or None if it is not of that form."""
    found = _NUMBERED.fullmatch(label)
    return int(found[1]) if found else None


def topological_order(count: int, links: Iterable[Link]) -> list[int]:
    """Node indices, sources first, ties by position; without those on a cycle or behind one."""
    incoming = [0] * count
    following: list[list[int]] = [[] for _ in range(count)]
    for link in links:
        incoming[link.target] += 1
        following[link.source].append(link.target)
    ready = [index for index in range(count) if not incoming[index]]
    order: list[int] = []
    while ready:
        index = heapq.heappop(ready)
        order.append(index)
        for target in following[index]:
            incoming[target] -= 1
            if not incoming[target]:
                heapq.heappush(ready, target)
    return order


def reachable(start: int, following: Sequence[Iterable[int]], goal: int = -1) -> set[int]:
    """``start`` and every index that can be reached from it; the nearest first, up to ``goal``."""
    seen = {start}
    waiting = deque([start])
    while waiting and goal not in seen:
        for target in following[waiting.popleft()]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def find_cycle(links: Iterable[Link]) -> list[int]:
    """The node indices of one cycle, in order, the first again at the end; or an empty list."""
    sorter: graphlib.TopologicalSorter[int] = graphlib.TopologicalSorter()
    for link in links:
        sorter.add(link.target, link.source)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def mark_feedback(links: Sequence[Link], count: int) -> list[Link]:
    """The same links, those that close a loop marked as feedback.

    Only a connection from an evaluation's *failed* port can be feedback, and only if it leads back
    to something that the evaluation depends on. Those that are called "feedback" are judged last,
    when all others are in place, so that each loop is closed where its author closed it.
    """
    following: list[list[int]] = [[] for _ in range(count)]
    marked = list(links)
    candidates = []
    for position, link in enumerate(links):
        if link.output.name == "failed":
            candidates.append(position)
        else:
            following[link.source].append(link.target)
    candidates.sort(key=lambda position: links[position].label == FEEDBACK_LABEL)
    forward = [link for link in links if link.output.name != "failed"]
    place = {index: number for number, index in enumerate(topological_order(count, forward))}
    for position in candidates:
        link = links[position]
        # What lies behind another cannot lead to it; thousands of searches would take long.
        behind = place.get(link.target, -1) > place.get(link.source, count)
        if not behind and link.source in reachable(link.target, following, link.source):
            marked[position] = replace(link, feedback=True)
            continue
        following[link.source].append(link.target)
        if not behind:
            place = {}  # the order has changed
    return marked


def layers(names: Sequence[N], pairs: Iterable[tuple[N, N]]) -> dict[N, int]:
    """A column for each name, so that connections lead to the right, but for those that lead back.

    Args:
        names: What is to be placed, in order of preference.
        pairs: Connections as (from, to).
    """
    following: dict[N, list[N]] = {name: [] for name in names}
    incoming = dict.fromkeys(names, 0)
    for first, second in pairs:
        if first in following and second in following and first != second:
            following[first].append(second)
            incoming[second] += 1
    column = dict.fromkeys(names, 0)
    waiting = dict.fromkeys(names)
    ready = deque(name for name in names if not incoming[name])
    while waiting:
        name = ready.popleft() if ready else next(iter(waiting))  # in a loop: its first member
        if name not in waiting:
            continue
        del waiting[name]
        for target in following[name]:
            if target in waiting:
                column[target] = max(column[target], column[name] + 1)
                incoming[target] -= 1
                if not incoming[target]:
                    ready.append(target)
    return column
