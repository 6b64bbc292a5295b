"""Random canvases that can run, of any shape, and random JSON."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from canvas_kit.canvas.connections import Connection, reachable
from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.ports import Kind
from canvas_kit.nodes.evaluation import Comparison, Evaluation, ImageEvaluation
from canvas_kit.nodes.generation import Generation
from canvas_kit.nodes.inputs import Input
from canvas_kit.nodes.language import Interception, RandomPrompt
from canvas_kit.nodes.outputs import Collector, Display

LABELS = {"passed": "passthrough", "failed": "commented", "commentary": "commentary"}


def canvases(max_nodes: int = 16) -> st.SearchStrategy[Canvas]:
    """Canvases that pass their check; half of the evaluations close a feedback loop."""
    return st.builds(
        lambda size, seed: _Drawing(random.Random(seed)).canvas(size),
        st.integers(6, max_nodes),
        st.integers(0, 2**32),
    )


@dataclass(frozen=True)
class _Outlet:
    """An output port of a node that is already there, and what it gives."""

    node: int
    port: str
    kind: Kind


@dataclass
class _Drawing:
    """A canvas being drawn, from left to right."""

    chance: random.Random
    nodes: list[Node] = field(default_factory=list)
    outlets: list[_Outlet] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    following: list[list[int]] = field(default_factory=list)

    def canvas(self, size: int) -> Canvas:
        self.add(Input("a", id="n0"), [], {"text": Kind.TEXT})
        while len(self.nodes) < size:
            self.add_any(f"n{len(self.nodes)}")
        return Canvas.assembled(self.nodes, self.connections)

    def add_any(self, name: str) -> None:
        """One more node of any type, connected with what is there."""
        text, media = {"text": Kind.TEXT}, {"media": Kind.MEDIA}
        sources: list[tuple[_Outlet, str | None]]
        match self.chance.choices(list(_KINDS), weights=list(_KINDS.values()))[0]:
            case "input":
                self.add(Input("b", id=name), [], text)
            case "random_prompt":
                self.add(RandomPrompt(id=name), self.some(Kind.TEXT, least=0), text)
            case "comparison":
                sources = [
                    (outlet, f"input-{number}")
                    for number, (outlet, _) in enumerate(self.some(Kind.TEXT), start=1)
                ]
                self.add(Comparison(id=name), sources, text)
            case "generation":
                sources = self.some(Kind.TEXT)
                if len(sources) > 1 and self.chance.random() < 0.5:
                    sources[-1] = (sources[-1][0], "input-2")
                self.add(Generation(id=name), sources, media)
            case "image_evaluation" if any(one.kind is Kind.MEDIA for one in self.outlets):
                self.add(ImageEvaluation(id=name), self.some(Kind.MEDIA)[:1], text)
            case "display":
                self.add(Display(id=name), self.some(), {})
            case "collector":
                self.add(Collector(id=name), self.some(), {})
            case "evaluation":
                sources = self.some()[:1]
                kind = sources[0][0].kind
                gives = {"passed": kind, "failed": kind, "commentary": Kind.TEXT}
                self.add(Evaluation(id=name), sources, gives)
                if self.chance.random() < 0.5:
                    self.close_loop(len(self.nodes) - 1)
            case _:
                rounds = self.chance.randrange(4)
                node = Interception(instructions="c", id=name, max_feedback_rounds=rounds)
                self.add(node, self.some(Kind.TEXT), text)

    def add(
        self, node: Node, sources: list[tuple[_Outlet, str | None]], gives: dict[str, Kind]
    ) -> None:
        index = len(self.nodes)
        self.nodes.append(node)
        self.following.append([])
        for outlet, label in sources:
            near = LABELS.get(outlet.port)
            labels = (label, None) if near is None else (near, label)
            self.connections.append(Connection(f"n{outlet.node}", node.id, *labels))
            self.following[outlet.node].append(index)
        self.outlets += [_Outlet(index, port, kind) for port, kind in gives.items()]

    def some(self, kind: Kind | None = None, least: int = 1) -> list[tuple[_Outlet, str | None]]:
        """Up to three outlets, rather those made last."""
        fitting = [outlet for outlet in self.outlets if kind in (None, outlet.kind)]
        weights = [1 + position for position in range(len(fitting))]
        count = self.chance.randint(least, 3)
        chosen = dict.fromkeys(self.chance.choices(fitting, weights, k=count)) if count else {}
        return [(outlet, None) for outlet in chosen]

    def close_loop(self, judge: int) -> None:
        """Lead a judge's feedback back to something that it depends on."""
        targets = [
            index
            for index, node in enumerate(self.nodes[:judge])
            if node.accepts_feedback and judge in reachable(index, self.following)
        ]
        for index in self.chance.sample(targets, min(len(targets), self.chance.choice([1, 1, 2]))):
            self.connections.append(Connection(f"n{judge}", f"n{index}", "feedback"))


_KINDS = {
    "input": 1,
    "random_prompt": 1,
    "interception": 5,
    "comparison": 1,
    "generation": 2,
    "evaluation": 5,
    "image_evaluation": 1,
    "display": 1,
    "collector": 2,
}


def json_values(max_leaves: int = 8) -> st.SearchStrategy[Any]:
    """Anything that a JSON file can hold, odd numbers and texts included."""
    numbers = st.one_of(
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from([0, -0.0, 1.0, 1e308, 5e-324, 2**53, 2**53 + 1, 10**30]),
    )
    leaves = st.one_of(st.none(), st.booleans(), numbers, texts())
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3),
        max_leaves=max_leaves,
    )


def texts(max_size: int = 12) -> st.SearchStrategy[str]:
    """Any text that can be written as UTF-8."""
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=max_size)
