"""How long 100,000 recorded runs take to be indexed, listed and asked about."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from canvas_kit import Settings
from canvas_kit.catalog.listing import runs
from canvas_kit.recorder.disk import find_record
from canvas_kit.recorder.run import find_runs
from tests.benchmarks.report import Line
from tests.catalog.many import make_many

RUNS = 100_000
ROUNDS = 5


def measure(folder: Path) -> list[Line]:
    """Runs of a hundred days, with manifests and canvases only."""
    settings = Settings(exports=folder / "exports", index_folder=folder / "index")
    make_many(settings.exports, RUNS)
    began = time.perf_counter()
    runs(limit=1, settings=settings)
    built = time.perf_counter() - began
    size = sum(file.stat().st_size for file in (folder / "index").rglob("*.sqlite"))
    what = f"{RUNS:,} runs"
    lines = [Line(f"{what}: index built", f"{built:.1f} s", f"{size / 1e6:.0f} MB")]
    for name, ask in (
        ("the newest 50", lambda: runs(limit=50, settings=settings)),
        ("all listed", lambda: runs(settings=settings)),
        ("a common word, newest 50", lambda: runs("nurse", limit=50, settings=settings)),
        (
            "word, preset, level, month",
            lambda: runs(
                "nurse",
                preset="bauhaus",
                where={"how.preset": "bauhaus"},
                since="2025-02-01",
                until="2025-02-28",
                settings=settings,
            ),
        ),
    ):
        lines.append(Line(f"{what}: {name}", _milliseconds(ask), aim="< 1000 ms"))
    name = find_runs(settings.exports)[RUNS // 2].name
    by_index = f"by the catalog: {_milliseconds(lambda: runs(seed=1, limit=1, settings=settings))}"
    lines.append(
        Line(
            f"{what}: one found by its id",
            _milliseconds(lambda: find_record(settings.exports, name)),
            by_index,
        )
    )
    command = [sys.executable, "-m", "canvas_kit.cli", "runs", "--last", "50", "--exports"]
    command.append(str(settings.exports))
    environment = {"CANVAS_KIT_INDEX_FOLDER": str(folder / "index"), "PATH": ""}
    shell = _milliseconds(
        lambda: subprocess.run(command, check=True, capture_output=True, env=environment)
    )
    lines.append(Line(f"{what}: canvas-kit runs --last 50", shell, "with Python's start"))
    return lines


def _milliseconds(ask: Callable[[], object]) -> str:
    walls = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        walls.append(time.perf_counter() - began)
    return f"{statistics.median(walls) * 1000:.1f} ms"
