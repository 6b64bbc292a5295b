"""How long papermill takes for a small notebook in a warm kernel, against plain papermill."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import nbformat
import papermill
from papermill.engines import papermill_engines

from canvas_kit.notebook_runs.engine import NAME, CanvasKitEngine
from canvas_kit.notebook_runs.kernels import Kernels
from tests.benchmarks.report import Line, paired_ratio

ROUNDS = 12


def measure(folder: Path) -> list[Line]:
    """A notebook of parameters, a print and an expression, by turns in both kinds of kernel."""
    source, copy = folder / "small.ipynb", folder / "copy.ipynb"
    cells = [nbformat.v4.new_code_cell(text) for text in ("n = 1", "print(n)", "n * 2")]
    cells[0].metadata.tags = ["parameters"]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), source)
    papermill_engines.register(NAME, CanvasKitEngine)
    plain: list[float] = []
    warm: list[float] = []
    with Kernels() as kernels:
        for number in range(ROUNDS + 1):
            for figures, engine in ((plain, {}), (warm, {"engine_name": NAME, "kernels": kernels})):
                began = time.perf_counter()
                papermill.execute_notebook(
                    str(source), str(copy), {"n": number}, progress_bar=False, **engine
                )
                figures.append(time.perf_counter() - began)
                time.sleep(0.1)  # neither finds the other's end at work
    ready, plain, warm = warm[0], plain[1:], warm[1:]
    return [
        Line(
            "a small notebook in a warm kernel",
            f"{statistics.median(warm) * 1e3:.0f} ms",
            f"plain papermill: {statistics.median(plain) * 1e3:.0f} ms",
            paired_ratio(plain, warm),
            "≥ 8",
        ),
        Line("the first notebook of a process, to preload", f"{ready * 1e3:.0f} ms"),
    ]
