"""The state machine that says which node may run when, on random canvases in random order."""

from __future__ import annotations

import random
import tracemalloc
import zlib
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from canvas_kit.canvas.graph import Canvas
from canvas_kit.executor.plan import Plan
from canvas_kit.executor.schedule import Schedule, Step
from canvas_kit.nodes.evaluation import Evaluation
from canvas_kit.nodes.generation import Generation
from canvas_kit.nodes.inputs import Input
from canvas_kit.nodes.language import Interception
from canvas_kit.nodes.outputs import Collector
from canvas_kit.recorder.names import entity_file
from canvas_kit.values import NodeState
from tests.strategies import canvases


@dataclass
class Trace:
    """What happened while a schedule was played through."""

    ended: set[tuple[str, int, NodeState, str]] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    final: tuple[NodeState, ...] = ()
    starts: int = 0


class Player:
    """Plays a schedule through: nodes end as ``behaviour`` says, in the order of ``chance``."""

    def __init__(self, canvas: Canvas, behaviour: int, chance: random.Random) -> None:
        self.plan = Plan(canvas)
        self.schedule = Schedule(self.plan)
        self.behaviour = behaviour
        self.chance = chance
        self.trace = Trace()
        self.ready: list[int] = []
        self.running: list[int] = []

    def play(self) -> Trace:
        self.follow(self.schedule.start())
        while self.ready or self.running:
            if self.ready and (not self.running or self.chance.random() < 0.5):
                self.start(self.ready.pop(self.chance.randrange(len(self.ready))))
            else:
                self.finish(self.running.pop(self.chance.randrange(len(self.running))))
        self.trace.final = tuple(self.schedule.state)
        return self.trace

    def start(self, index: int) -> None:
        schedule = self.schedule
        assert schedule.state[index] is NodeState.WAITING, "started twice"
        for link in self.plan.incoming[index]:
            assert schedule.state[link.source].settled, "started before its input"
        schedule.started(index)
        self.running.append(index)
        self.trace.starts += 1

    def finish(self, index: int) -> None:
        state, outputs, wants_round = self.outcome(index)
        node, round_number = self.plan.nodes[index], self.schedule.round[index]
        self.note(index, state, round_number)
        if state is NodeState.COMPLETED and node.keeps:
            place = self.plan.outline.numbers[node.id]
            self.trace.files.add(entity_file(place, node.type, "x", round=round_number))
        self.follow(self.schedule.finished(index, state, outputs, wants_round=wants_round))

    def outcome(self, index: int) -> tuple[NodeState, tuple[str, ...], bool]:
        """How a node ends: by chance, but the same for the same node, round and behaviour."""
        node, round_number = self.plan.nodes[index], self.schedule.round[index]
        draw = zlib.crc32(f"{self.behaviour}/{node.id}/{round_number}".encode()) % 100
        if draw < 5:
            return NodeState.FAILED, (), False
        if draw < 10:
            return NodeState.REFUSED, (), False
        if not isinstance(node, Evaluation):
            return NodeState.COMPLETED, tuple(port.name for port in node.outputs), False
        if draw < 50:
            outputs = ["failed", "commentary"]
            if self.schedule.rounds_left(index) == 0:
                outputs.append("passed")
            return NodeState.COMPLETED, tuple(outputs), True
        if draw < 60:
            return NodeState.COMPLETED, ("commentary",), False
        return NodeState.COMPLETED, ("passed", "commentary"), False

    def follow(self, step: Step) -> None:
        for settled in step.settled:
            self.note(settled.index, settled.state, settled.round)
        self.ready += step.ready

    def note(self, index: int, state: NodeState, round_number: int) -> None:
        entry = (self.plan.nodes[index].id, round_number, state, "")
        assert not [one for one in self.trace.ended if one[:2] == entry[:2]], "ended twice"
        self.trace.ended.add(entry)


@hypothesis_settings(max_examples=400)
@given(canvases(), st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_every_node_settles_once_a_round_whatever_finishes_first(
    canvas: Canvas, behaviour: int, chance: random.Random
) -> None:
    """Nothing hangs, nothing starts early, rounds are bounded, and timing changes nothing."""
    assert canvas.problems() == []
    player = Player(canvas, behaviour, chance)
    first = player.play()
    assert all(state.settled for state in player.schedule.state)
    assert all(state.settled for state in first.final)
    bound = 1 + sum(loop.limit for loop in player.plan.loops)
    assert max(player.schedule.round) <= bound
    for seed in range(3):
        again = Player(canvas, behaviour, random.Random(seed)).play()
        assert again == first


@given(canvases(), st.integers(0, 10**6), st.integers(0, 30))
def test_stopping_settles_every_node(canvas: Canvas, behaviour: int, moment: int) -> None:
    """At whatever moment, and nothing is left waiting or running."""
    player = Player(canvas, behaviour, random.Random(moment))
    player.follow(player.schedule.start())
    for _ in range(moment):
        if player.ready:
            player.start(player.ready.pop())
        elif player.running:
            player.finish(player.running.pop())
    before = list(player.schedule.state)
    stopped = player.schedule.stop(NodeState.CANCELLED, "enough")
    assert all(state.settled for state in player.schedule.state)
    for index, state in enumerate(player.schedule.state):
        assert state is (before[index] if before[index].settled else NodeState.CANCELLED)
    assert {one.index for one in stopped} == {
        index for index, state in enumerate(before) if not state.settled
    }


def test_a_collector_waits_for_a_slow_branch_beside_a_feedback_loop() -> None:
    """New rounds of the loop do not make it forget that the other branch is still to come."""
    prompt = Input("a", id="prompt")
    draft, judge = Interception(instructions="c", id="draft"), Evaluation(id="judge")
    slow = Generation(id="slow")
    collector = Collector(id="collector")
    plan = Plan(
        Canvas(
            prompt >> draft >> judge,
            judge.passed >> collector,
            judge.failed >> draft,
            prompt >> slow >> collector,
        )
    )
    names = [node.id for node in plan.nodes]
    schedule = Schedule(plan)

    def end(name: str, *outputs: str, again: bool = False) -> set[str]:
        index = names.index(name)
        step = schedule.finished(index, NodeState.COMPLETED, outputs, wants_round=again)
        return {names[ready] for ready in step.ready}

    assert {names[index] for index in schedule.start().ready} == {"prompt"}
    assert end("prompt", "text") == {"draft", "slow"}
    assert end("draft", "text") == {"judge"}
    assert end("judge", "failed", "commentary", again=True) == {"draft"}
    assert end("draft", "text") == {"judge"}
    assert end("judge", "passed", "commentary") == set()
    assert end("slow", "media") == {"collector"}
    assert end("collector") == set()
    assert all(state.settled for state in schedule.state)


def test_a_thousand_loops_behind_one_another_take_little_memory() -> None:
    """What each of them would run again is the rest of the canvas: a million indices in all."""
    count = 1000
    nodes: list[dict[str, Any]] = [{"id": "words", "type": "input"}]
    connections: list[dict[str, Any]] = []
    before = "words"
    for number in range(count):
        draft, judge = f"draft{number}", f"judge{number}"
        nodes += [{"id": draft, "type": "interception"}, {"id": judge, "type": "evaluation"}]
        connections += [
            {"sourceId": before, "targetId": draft},
            {"sourceId": draft, "targetId": judge},
            {"sourceId": judge, "targetId": draft, "label": "feedback"},
        ]
        before = judge
    canvas = Canvas.from_document({"nodes": nodes, "connections": connections})
    tracemalloc.start()
    try:
        plan = Plan(canvas)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * 2**20
    assert len(plan.loops) == count
    assert len(plan.groups) == 1
    assert len(plan.region(plan.loops[0])) == 2 * count
    assert len(plan.region(plan.loops[-1])) == 2
