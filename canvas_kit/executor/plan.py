"""A canvas made ready for running, once for any number of runs: checked, ordered, numbered.

Pure: no event loop, no disk. What comes behind it asks neither the canvas nor the registry again.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from canvas_kit.backends.base import Backend
from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.canvas.connections import Link, reachable, topological_order
from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.ports import Kind
from canvas_kit.errors import CanvasError, Problem
from canvas_kit.nodes.base import RunnableNode
from canvas_kit.recorder.entities import Outline
from canvas_kit.settings import Settings
from canvas_kit.values import NodeReport, NodeState

DEFAULT_FEEDBACK_ROUNDS = 3
"""Further rounds of a node that sets no limit of its own: the editor's default."""

_LISTED = 8
"""Nodes that are named in a row."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A feedback loop: when ``judge`` fails its work, ``targets`` and all behind them run again.

    Attributes:
        judge: Index of the evaluation.
        targets: Indices of the nodes that its feedback goes to.
        limit: How many further rounds there may be.
        group: Loops whose regions touch share a group and take turns.
    """

    judge: int
    targets: tuple[int, ...]
    limit: int
    group: int


@dataclass(frozen=True, slots=True)
class NodeModel:
    """The model that a node will ask.

    Attributes:
        name: As the node or the settings name it: an output config or ``backend/model``.
        model: The model by the backend's own name; empty for its default.
    """

    name: str
    backend: Backend
    model: str


class Feed(NamedTuple):
    """A link as one of the ways into its target."""

    source: int
    output: str
    input: str
    source_id: str
    label: str


class Plan:
    """A canvas made ready for running.

    Attributes:
        nodes: Its nodes; everything here names them by index.
        names: For each node its id and type.
        outline: What a recorder has to know of the canvas.
        models: For each node that asks a model, which. Empty in a plan that no backends were
            given to.
        warnings: For each node concerned, what the user should know before anything runs.
        unfed: For each node that cannot run, since nothing leads to an input that it needs, why.
        outgoing: For each node its forward links.
        incoming: For each node the forward links that end there, in canvas order.
        feeds: The same, as what is looked at each time that a node starts.
        targets: For each node the indices of the nodes that its forward links lead to.
        output_names: For each node the names of its output ports.
        order: Node indices, sources first.
        loops: The feedback loops, in topological order of their judges.
        groups: For each group of loops, the node indices that it may run again.
        in_threads: The nodes whose ``execute`` is a plain function.
    """

    def __init__(self, canvas: Canvas) -> None:
        """Work out what follows what.

        Raises:
            CanvasError: When a connection cannot be understood.
        """
        self.canvas = canvas
        self.nodes: tuple[Node, ...] = canvas.nodes
        self.names = tuple((node.id, node.type) for node in self.nodes)
        self.outline = Outline(canvas)
        self.models: dict[int, NodeModel] = {}
        self.warnings = self._warnings()
        count = len(self.nodes)
        forward = [link for link in canvas.links if not link.feedback]
        outgoing: list[list[Link]] = [[] for _ in range(count)]
        incoming: list[list[Link]] = [[] for _ in range(count)]
        for link in forward:
            outgoing[link.source].append(link)
            incoming[link.target].append(link)
        self.outgoing = tuple(tuple(links) for links in outgoing)
        self.incoming = tuple(tuple(links) for links in incoming)
        self.feeds = tuple(
            tuple(
                Feed(
                    link.source,
                    link.output.name,
                    link.input.name,
                    self.names[link.source][0],
                    link.label,
                )
                for link in links
            )
            for links in incoming
        )
        self.targets = tuple(tuple(link.target for link in links) for links in outgoing)
        self.output_names = tuple(tuple(port.name for port in node.outputs) for node in self.nodes)
        self.order = tuple(topological_order(count, forward))
        self.terminal = tuple(not node.outputs for node in self.nodes)
        self.required = tuple(
            frozenset(port.name for port in node.inputs if port.required) for node in self.nodes
        )
        self.unfed = self._unfed()
        self.loops, self.groups = self._find_loops([link for link in canvas.links if link.feedback])
        self.group_of: dict[int, int] = {
            index: number for number, members in enumerate(self.groups) for index in members
        }
        self.loop_of = {loop.judge: number for number, loop in enumerate(self.loops)}
        self.in_threads = frozenset(
            index
            for index, node in enumerate(self.nodes)
            if isinstance(node, RunnableNode) and not inspect.iscoroutinefunction(node.execute)
        )
        for index, warning in self._made_again():
            self.warnings[index] = (*self.warnings.get(index, ()), warning)

    @cached_property
    def sources(self) -> tuple[int, ...]:
        """The nodes that wait for nothing, in order."""
        return tuple(index for index in self.order if not self.incoming[index])

    @cached_property
    def collectors(self) -> tuple[int, ...]:
        """The collectors, in order."""
        return tuple(index for index in self.order if self.names[index][1] == "collector")

    @cached_property
    def completed(self) -> tuple[NodeReport, ...]:
        """For each node the report that it completed at once, without a word of its own."""
        return tuple(
            NodeReport(*name, NodeState.COMPLETED, warnings=self.warnings.get(index, ()))
            for index, name in enumerate(self.names)
        )

    def of(self, canvas: Canvas) -> Plan | None:
        """The plan of a canvas that differs in the values of fields only; None for any other.

        A field that says which model is asked, or how long a loop goes on, makes it another.
        """
        if canvas is self.canvas:
            return self
        if canvas.links != self.canvas.links or len(canvas.nodes) != len(self.nodes):
            return None
        told = dict(self.warnings)
        for index, (old, new) in enumerate(zip(self.nodes, canvas.nodes, strict=True)):
            if old is new:
                continue
            if (new.id, new.type) != self.names[index] or model_asked(old) != model_asked(new):
                return None
            before, now = ([problem.message for problem in node.warnings()] for node in (old, new))
            kept = [message for message in told.get(index, ()) if message not in before]
            told[index] = (*kept, *now)
        other = copy.copy(self)
        other.canvas = canvas
        other.nodes = canvas.nodes
        other.outline = self.outline.of(canvas)
        other.warnings = {index: messages for index, messages in told.items() if messages}
        other.__dict__.pop("completed", None)
        return other

    def destinations(self) -> str:
        """Which hosts words and pictures are sent to, and by which nodes, in sentences."""
        sent: dict[str, dict[str, list[str]]] = {"Words": {}, "Pictures": {}}
        with_pictures = self._given_media()
        for index, asked in sorted(self.models.items()):
            if host := asked.backend.destination(asked.model):
                sent["Words"].setdefault(host, []).append(self.names[index][0])
                if index in with_pictures:
                    sent["Pictures"].setdefault(host, []).append(self.names[index][0])
        told = [
            f"{what} go to {', '.join(f'{host} ({_listed(ids)})' for host, ids in hosts.items())}."
            for what, hosts in sent.items()
            if hosts
        ]
        return " ".join(told) or "Words and pictures stay on this machine."

    def _given_media(self) -> set[int]:
        """The nodes that a medium may come to."""
        given: set[tuple[int, str]] = set()
        for index in self.order:
            for link in self.incoming[index]:
                follows = link.output.follows
                if (link.source, follows) in given if follows else Kind.MEDIA in link.output.gives:
                    given.add((index, link.input.name))
        return {index for index, _ in given}

    def _made_again(self) -> Iterator[tuple[int, str]]:
        """Nodes that a feedback round gives the very same seed and words: the same comes out."""
        for loop in self.loops:
            for target in loop.targets:
                seeded = any(Kind.SEED in link.output.gives for link in self.incoming[target])
                if seeded and self.region(loop).isdisjoint(
                    link.source for link in self.incoming[target]
                ):
                    warning = (
                        "Its seed and its words are the same in each feedback round, so that it "
                        f"makes (and a provider charges for) the same picture up to {loop.limit} "
                        "times more. Leave out the seed, or lead the feedback to a node that "
                        "writes the words anew."
                    )
                    yield target, warning

    def _warnings(self) -> dict[int, tuple[str, ...]]:
        position = {node.id: index for index, node in enumerate(self.nodes)}
        found: dict[int, tuple[str, ...]] = {}
        for problem in self.canvas.warnings():
            index = position[problem.node_id or ""]
            found[index] = (*found.get(index, ()), problem.message)
        return found

    def _unfed(self) -> dict[int, str]:
        found = {}
        for index, needed in enumerate(self.required):
            if needed - {link.input.name for link in self.incoming[index]}:
                found[index] = "it was left out: " + " ".join(self.warnings.get(index, ()))
        return found

    def _find_loops(
        self, feedback: list[Link]
    ) -> tuple[tuple[Loop, ...], tuple[frozenset[int], ...]]:
        position = {index: place for place, index in enumerate(self.order)}
        targets: dict[int, list[int]] = {}
        for link in sorted(feedback, key=lambda link: position[link.source]):
            targets.setdefault(link.source, []).append(link.target)
        # What a loop runs again may be the whole canvas, so that all of it for each of thousands of
        # loops would fill the memory; which of them touch is found without. A node that is run
        # again shares its group with those behind it.
        parent: dict[int, int] = {}

        def root(index: int) -> int:
            while parent[index] != index:
                parent[index] = index = parent[parent[index]]
            return index

        for found in targets.values():
            for target in found:
                parent[root(parent.setdefault(target, target))] = root(
                    parent.setdefault(found[0], found[0])
                )
        for index in self.order:
            if index in parent:
                for target in self.targets[index]:
                    parent[root(parent.setdefault(target, target))] = root(index)
        members: dict[int, set[int]] = {}
        for index in parent:
            members.setdefault(root(index), set()).add(index)
        numbers = {first: number for number, first in enumerate(members)}
        loops = []
        for judge, found in targets.items():
            group = numbers[root(judge)]
            limit = min(
                getattr(self.nodes[target], "max_feedback_rounds", DEFAULT_FEEDBACK_ROUNDS)
                for target in found
            )
            loops.append(Loop(judge, tuple(found), limit, group))
        return tuple(loops), tuple(map(frozenset, members.values()))

    def region(self, loop: Loop) -> frozenset[int]:
        """What a loop runs again: its targets and everything that depends on them."""
        return frozenset[int]().union(*(reachable(one, self.targets) for one in loop.targets))


def model_asked(node: Node) -> tuple[object, ...]:
    """What of a node's fields a plan depends on: the model that it asks, how long it goes on."""
    setting = node.model_setting() if isinstance(node, RunnableNode) else ""
    return getattr(node, "model", ""), setting, getattr(node, "max_feedback_rounds", None)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")


def prepare(
    canvas: Canvas, backends: BackendRegistry, settings: Settings, recorded: Collection[str] = ()
) -> Plan:
    """A canvas made ready for running, checked with everything that can be known offline.

    Nodes whose results are ``recorded`` may name pictures that are gone.

    Raises:
        CanvasError: With every problem, if it cannot run.
    """
    found = [
        problem
        for problem in canvas.problems(backends)
        if problem.code != "bad_image" or problem.node_id not in recorded
    ]
    asking = _asking(canvas, settings)
    for setting in dict.fromkeys(setting for _, _, setting in asking if setting):
        if message := backends.config_problem(getattr(settings, setting)):
            text = f"The setting {setting} cannot be used: {message}"
            found.append(Problem(text, "bad_setting"))
    if found:
        raise CanvasError(found, name=canvas.name)
    plan = Plan(canvas)
    for index, name, _ in asking:
        backend, model = backends.resolve(backends.config(name).model)
        plan.models[index] = NodeModel(name, backend, model)
        task = getattr(plan.nodes[index], "task", None)
        if task and (message := backend.unsupported(task, model)):
            found.append(Problem(message, "unsupported_task", plan.nodes[index].id))
    if found:
        raise CanvasError(found, name=canvas.name)
    return plan


def _asking(canvas: Canvas, settings: Settings) -> list[tuple[int, str, str]]:
    """The nodes that ask a model, with its name and the setting that it comes from, if it does."""
    found = []
    for index, node in enumerate(canvas.nodes):
        if isinstance(node, RunnableNode) and node.model_default:
            setting = node.model_setting()
            if name := getattr(settings, setting) if setting else getattr(node, "model", ""):
                found.append((index, name, setting))
    return found
