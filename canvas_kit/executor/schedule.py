"""Which node may run when: a state machine that knows nothing of time, threads or disks.

It is told how nodes ended and answers which may start. Rules:

- A node is decided as soon as every forward link that can still deliver has delivered. It runs if
  every required port got something; if not, it is skipped, or fails with what it depends on.
- A failed node fails what depends on it. Nodes without outputs (collector, display) run with what
  did arrive.
- A feedback loop works in rounds. A round ends when everything behind the loop's targets is
  settled; only then may a failing verdict start the next one, so that what runs does not depend on
  who is faster. Loops that touch take turns, the one whose judge comes first in the canvas first.
- Nodes without outputs inside a loop wait for its last round.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from canvas_kit.executor.plan import Loop, Plan
from canvas_kit.values import NodeState


class _Delivery(Enum):
    """What became of a link."""

    OPEN = "open"
    DELIVERED = "delivered"
    NOT_TAKEN = "not taken"
    BROKEN = "broken"
    """Its source failed, was refused or was cancelled."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A node that ended without running, in which round, and why."""

    index: int
    state: NodeState
    reason: str
    round: int


@dataclass(frozen=True, slots=True)
class NewRound:
    """A feedback loop that started a new round, of the nodes in its region."""

    loop: Loop
    round: int
    region: frozenset[int]


@dataclass(slots=True)
class Step:
    """What follows from something that happened.

    Attributes:
        ready: Nodes that may start now.
        settled: Nodes that ended without running.
        new_rounds: Loops that started a new round.
    """

    ready: list[int]
    settled: list[Settled]
    new_rounds: list[NewRound]


class Schedule:
    """Where every node of one run stands.

    Attributes:
        state: For each node.
        reason: For each node, why it did not complete.
        round: For each node, from 1.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        count = len(plan.nodes)
        self.state = [NodeState.WAITING] * count
        self.reason = [""] * count
        self.round = [1] * count
        self._undecided = [len(links) for links in plan.incoming]
        self._delivery: dict[tuple[int, str], _Delivery] = {}
        self._fed_back = [0] * len(plan.loops)
        self._failing: set[int] = set()
        self._starved: set[int] = set()
        self._because: dict[int, int] = {}
        self._unsettled = [
            sum(not plan.terminal[index] for index in members) for members in plan.groups
        ]
        self._closed = [False] * len(plan.groups)

    def start(self) -> Step:
        """The nodes that may start at once."""
        step = Step([], [], [])
        for index in self.plan.sources:
            self._decide(index, step)
        return step

    def started(self, index: int) -> int:
        """A ready node has been started; which round that is."""
        self.state[index] = NodeState.RUNNING
        return self.round[index]

    def finished(
        self,
        index: int,
        state: NodeState,
        outputs: Collection[str] = (),
        *,
        reason: str = "",
        wants_round: bool = False,
    ) -> Step:
        """A node has ended.

        Args:
            index: The node.
            state: How it ended.
            outputs: The output ports that gave something.
            reason: Why it did not complete.
            wants_round: Whether it is a judge whose verdict asks for a new round.

        Returns:
            What follows.
        """
        step = Step([], [], [])
        if wants_round and index in self.plan.loop_of:
            self._failing.add(self.plan.loop_of[index])
        self._settle(index, state, reason, outputs, step)
        return step

    def stop(self, state: NodeState, reason: str) -> list[Settled]:
        """Settle every node that waits or runs; nothing follows from it.

        Args:
            state: How those nodes ended.
            reason: Why; a node keeps the reason that was noted for it before.
        """
        stopped = []
        for index in self.plan.order:
            if not self.state[index].settled:
                self.state[index] = state
                self.reason[index] = why = self.reason[index] or reason
                stopped.append(Settled(index, state, why, self.round[index]))
        return stopped

    def rounds_left(self, index: int) -> int | None:
        """How many rounds a failing verdict here can still start; None where it starts none."""
        number = self.plan.loop_of.get(index)
        if number is None:
            return None
        return self.plan.loops[number].limit - self._fed_back[number]

    def _settle(
        self, first: int, state: NodeState, reason: str, outputs: Collection[str], step: Step
    ) -> None:
        """Note how a node ended, and everything that follows from it without any node running."""
        waiting: list[tuple[int, NodeState, str, Collection[str]]] = [
            (first, state, reason, outputs)
        ]
        plan = self.plan
        while waiting:
            index, state, reason, outputs = waiting.pop()
            self.state[index] = state
            self.reason[index] = reason
            whole = state is NodeState.COMPLETED or state is NodeState.SKIPPED
            closing = _Delivery.NOT_TAKEN
            if not whole or index in self._starved:
                closing = _Delivery.BROKEN
            for name in plan.output_names[index]:
                self._delivery[index, name] = _Delivery.DELIVERED if name in outputs else closing
            undecided = self._undecided
            for target in plan.targets[index]:
                undecided[target] -= 1
                if not undecided[target]:
                    self._decide(target, step, waiting)
            if not plan.groups:
                continue
            group = plan.group_of.get(index)
            if group is not None and not plan.terminal[index]:
                self._unsettled[group] -= 1
                if not self._unsettled[group]:
                    self._end_round(group, step, waiting)

    def _decide(
        self,
        index: int,
        step: Step,
        waiting: list[tuple[int, NodeState, str, Collection[str]]] | None = None,
    ) -> None:
        """A node whose links are all decided: let it run, or settle it without."""
        plan, deliveries = self.plan, self._delivery
        terminal = plan.terminal[index]
        if terminal and plan.groups:
            group = plan.group_of.get(index)
            if group is not None and not self._closed[group]:
                return
        broken: list[int] = []
        filled: set[str] = set()
        delivered = _Delivery.DELIVERED
        for source, output, port, *_ in plan.feeds[index]:
            delivery = deliveries[source, output]
            if delivery is delivered:
                filled.add(port)
            elif delivery is _Delivery.BROKEN:
                broken.append(source)
        if plan.required[index] <= filled and (terminal or not broken):
            step.ready.append(index)
            return
        state, reason = self._without_running(index, broken)
        step.settled.append(Settled(index, state, reason, self.round[index]))
        if waiting is None:
            self._settle(index, state, reason, (), step)
        else:
            waiting.append((index, state, reason, ()))

    def _without_running(self, index: int, broken: list[int]) -> tuple[NodeState, str]:
        if not broken:
            if index in self.plan.unfed:
                self._starved.add(index)
                return NodeState.SKIPPED, self.plan.unfed[index]
            return NodeState.SKIPPED, "its branch was not taken"
        root = source = broken[0]
        while root in self._because:
            root = self._because[root]
        self._because[index] = source
        name, reason = self.plan.names[root][0], self.reason[root]
        match self.state[source]:
            case NodeState.FAILED:
                return NodeState.FAILED, f"{name}, which it depends on, failed: {reason}"
            case NodeState.CANCELLED:
                return NodeState.CANCELLED, f"{name}, which it depends on, was cancelled"
        self._starved.add(index)
        why = f": {reason}" if root in self.plan.unfed else ""
        return NodeState.SKIPPED, f"{name}, which it depends on, gave nothing{why}"

    def _end_round(
        self, group: int, step: Step, waiting: list[tuple[int, NodeState, str, Collection[str]]]
    ) -> None:
        """Everything in a group of loops is settled: start the next round, or let them rest."""
        for number in sorted(self._failing):
            loop = self.plan.loops[number]
            if loop.group == group and self._fed_back[number] < loop.limit:
                self._fed_back[number] += 1
                region = self.plan.region(loop)
                self._begin_round(loop, region)
                step.new_rounds.append(NewRound(loop, self._fed_back[number] + 1, region))
                for target in loop.targets:
                    if not self._undecided[target]:
                        self._decide(target, step, waiting)
                return
        self._closed[group] = True
        for index in self.plan.order:
            held = self.plan.terminal[index] and self.plan.group_of.get(index) == group
            if held and not self._undecided[index]:
                self._decide(index, step, waiting)

    def _begin_round(self, loop: Loop, region: frozenset[int]) -> None:
        plan = self.plan
        for index in region:
            if self.state[index].settled and not plan.terminal[index]:
                self._unsettled[loop.group] += 1
            self.state[index] = NodeState.WAITING
            self.reason[index] = ""
            self.round[index] += 1
            self._starved.discard(index)
            self._because.pop(index, None)
            if index in plan.loop_of:
                self._failing.discard(plan.loop_of[index])
        for index in region:
            # Outside the region, too, something may still be to come: for a collector, which waits
            # for more than the loop.
            self._undecided[index] = sum(
                not self.state[link.source].settled for link in plan.incoming[index]
            )
