"""A canvas made ready for running: what follows what, and where its feedback loops are.

Pure: no event loop, no disk. A plan is made once for a canvas and used by any number of runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from canvas_kit.canvas.connections import Link, reachable, topological_order
from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.node import Node

DEFAULT_FEEDBACK_ROUNDS = 3
"""Further rounds of a node that sets no limit of its own: the editor's default."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A feedback loop: when ``judge`` fails its work, ``targets`` and all behind them run again.

    Attributes:
        judge: Index of the evaluation.
        targets: Indices of the nodes that its feedback goes to.
        region: Indices of the targets and everything that depends on them.
        limit: How many further rounds there may be.
        group: Loops whose regions touch share a group and take turns.
    """

    judge: int
    targets: tuple[int, ...]
    region: frozenset[int]
    limit: int
    group: int


class Plan:
    """What follows what in a canvas.

    Attributes:
        canvas: The canvas.
        nodes: Its nodes; everything here names them by index.
        outgoing: For each node its forward links.
        incoming: For each node the forward links that end there, in canvas order.
        targets: For each node the indices of the nodes that its forward links lead to.
        output_names: For each node the names of its output ports.
        order: Node indices, sources first.
        loops: The feedback loops, in topological order of their judges.
        groups: For each group of loops, the node indices that it may run again.
    """

    def __init__(self, canvas: Canvas) -> None:
        """Work everything out.

        Raises:
            CanvasError: When a connection cannot be understood.
        """
        self.canvas = canvas
        self.nodes: tuple[Node, ...] = canvas.nodes
        count = len(self.nodes)
        forward = [link for link in canvas.links if not link.feedback]
        outgoing: list[list[Link]] = [[] for _ in range(count)]
        incoming: list[list[Link]] = [[] for _ in range(count)]
        for link in forward:
            outgoing[link.source].append(link)
            incoming[link.target].append(link)
        self.outgoing = tuple(tuple(links) for links in outgoing)
        self.incoming = tuple(tuple(links) for links in incoming)
        self.targets = tuple(tuple(link.target for link in links) for links in outgoing)
        self.output_names = tuple(tuple(port.name for port in node.outputs) for node in self.nodes)
        self.order = tuple(topological_order(count, forward)[0])
        self.terminal = tuple(not node.outputs for node in self.nodes)
        self.required = tuple(
            frozenset(port.name for port in node.inputs if port.required) for node in self.nodes
        )
        self.loops, self.groups = self._find_loops([link for link in canvas.links if link.feedback])
        self.group_of: dict[int, int] = {
            index: number for number, members in enumerate(self.groups) for index in members
        }
        self.loop_of = {loop.judge: number for number, loop in enumerate(self.loops)}

    @cached_property
    def sources(self) -> tuple[int, ...]:
        """The nodes that wait for nothing, in order."""
        return tuple(index for index in self.order if not self.incoming[index])

    def _find_loops(
        self, feedback: list[Link]
    ) -> tuple[tuple[Loop, ...], tuple[frozenset[int], ...]]:
        position = {index: place for place, index in enumerate(self.order)}
        following = [[link.target for link in links] for links in self.outgoing]
        targets: dict[int, list[int]] = {}
        for link in sorted(feedback, key=lambda link: position[link.source]):
            targets.setdefault(link.source, []).append(link.target)
        regions = {
            judge: frozenset[int]().union(*(reachable(target, following) for target in found))
            for judge, found in targets.items()
        }
        groups: list[set[int]] = []
        for region in regions.values():
            touching = [group for group in groups if not group.isdisjoint(region)]
            groups = [group for group in groups if group.isdisjoint(region)]
            groups.append(set(region).union(*touching))
        loops = []
        for judge, found in targets.items():
            group = next(number for number, members in enumerate(groups) if judge in members)
            limit = min(
                getattr(self.nodes[target], "max_feedback_rounds", DEFAULT_FEEDBACK_ROUNDS)
                for target in found
            )
            loops.append(Loop(judge, tuple(found), regions[judge], limit, group))
        return tuple(loops), tuple(frozenset(group) for group in groups)
