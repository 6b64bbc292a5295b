"""How long ``import canvas_kit`` takes beyond a bare Python."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.report import Line

ROUNDS = 9


def measure(folder: Path) -> list[Line]:
    """The package alone, and with the names that the five lines of the README use."""
    cases = {
        "import canvas_kit": "import canvas_kit",
        "from canvas_kit import Input, …, run": (
            "from canvas_kit import Collector, Generation, Input, Interception, run"
        ),
    }
    figures: dict[str, list[float]] = {name: [] for name in ("bare", *cases)}
    for _ in range(ROUNDS):
        figures["bare"].append(_seconds("pass"))
        for name, code in cases.items():
            figures[name].append(_seconds(code))
    bare = statistics.median(figures["bare"])
    return [
        Line(
            name,
            f"{(statistics.median(figures[name]) - bare) * 1000:.0f} ms",
            f"beyond a bare Python ({bare * 1000:.0f} ms)",
            aim="≤ 100 ms" if name == "import canvas_kit" else "",
        )
        for name in cases
    ]


def _seconds(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began
