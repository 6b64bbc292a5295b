"""How long a sweep takes to be built, checked and counted, and its points to be made."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from canvas_kit import Canvas, Collector, Generation, Input, Interception, Sweep
from tests.benchmarks.report import Line

POINTS = 10_000
ROUNDS = 5


def measure(folder: Path) -> list[Line]:
    """Ten thousand points: few levels with many seeds, and a text of its own for each."""
    canvas = Canvas.of(
        Input("x", id="prompt") >> Interception(id="how") >> Generation(id="picture") >> Collector()
    )
    factors = {
        "prompt.text": [f"a boat, number {number}" for number in range(100)],
        "how.preset": ["none", "bauhaus", "overdrive", "stillepost", "planetarizer"],
        "picture.steps": [10, 20],
    }
    texts = [f"a boat, number {number}" for number in range(POINTS)]
    cases: list[tuple[str, Any, Any]] = [
        ("3 factors and 10 seeds", factors, range(10)),
        ("a text for each", {"prompt.text": texts}, [7]),
    ]
    lines = []
    for name, given, seeds in cases:
        built, seconds = _fastest(partial(Sweep, canvas, given, seeds=seeds))
        assert len(built) == POINTS
        what = f"{POINTS:,}-point sweep built and counted"
        lines.append(Line(what, f"{seconds * 1000:.0f} ms", name, aim="< 1 s"))
        rows, seconds = _fastest(built.to_rows)
        assert len(rows) == POINTS
        lines.append(Line("its points and their identities", f"{seconds * 1000:.0f} ms", name))
    return lines


def _fastest(call: Callable[[], Any]) -> tuple[Any, float]:
    """What a call gives, and how long it took at best."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = call()
        taken.append(time.perf_counter() - began)
    return found, min(taken)
