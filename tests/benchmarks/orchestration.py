"""What it costs to run a node that does nothing, against one bare asyncio task for each node."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.ports import ANYTHING, InputPort, OutputPort
from canvas_kit.events import ToTell
from canvas_kit.executor.execution import Execution
from canvas_kit.executor.plan import Plan
from canvas_kit.nodes.base import Inputs, NodeContext, NodeResult, RunnableNode
from canvas_kit.recorder.recorder import Recorder
from canvas_kit.settings import Settings
from tests.benchmarks.report import Line, microseconds, paired_ratio

ROUNDS = 60
_NOTHING = NodeResult({"out": ""})


class Idle(RunnableNode):
    """Does nothing, and passes it on."""

    type = "idle"
    inputs = (InputPort("in", ANYTHING, many=True),)
    outputs = (OutputPort("out", ANYTHING),)

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """Nothing."""
        return _NOTHING


def measure(folder: Path) -> list[Line]:
    """The cost of a node in a chain of ten, and in one that fans out to a hundred and in again."""
    chain = Idle() >> Idle()
    for _ in range(8):
        chain = chain >> Idle()
    fan = Idle() >> [Idle() for _ in range(100)] >> Idle()
    lines = []
    for name, canvas, bare, aim in (
        ("chain of 10", chain, _bare_chain, "≤ 1.5"),
        ("1 → 100 → 1", fan, _bare_fan, "≤ 2"),
    ):
        plan = Plan(Canvas.of(canvas))
        count = len(plan.nodes)
        ours, theirs = asyncio.run(_side_by_side(plan, bare))
        lines.append(
            Line(
                f"a node that does nothing, {name}",
                microseconds([seconds / count for seconds in ours]),
                f"one asyncio task a node: {microseconds([s / count for s in theirs])}",
                paired_ratio(ours, theirs),
                aim,
            )
        )
    return lines


async def _side_by_side(
    plan: Plan, bare: Callable[[], Awaitable[None]]
) -> tuple[list[float], list[float]]:
    settings = Settings.load()
    backends = BackendRegistry(settings)
    heard: list[ToTell] = []

    async def ours() -> None:
        heard.clear()
        recorder = Recorder(plan.outline, run_id="bench")
        await Execution(
            plan, recorder, backends=backends, settings=settings, seed=1, emit=heard.append
        ).run()

    figures: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for work, found in zip((ours, bare), figures, strict=True):
            began = time.perf_counter()
            for _ in range(5):
                await work()
            found.append((time.perf_counter() - began) / 5)
    return figures


async def _idle() -> str:
    return ""


async def _bare_chain() -> None:
    for _ in range(10):
        await asyncio.create_task(_idle())


async def _bare_fan() -> None:
    await asyncio.create_task(_idle())
    await asyncio.gather(*(asyncio.create_task(_idle()) for _ in range(100)))
    await asyncio.create_task(_idle())
