"""Prints every measurement as a line: what, how much, against what, and the aim."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import (
    batches,
    catalog,
    clusters,
    galleries,
    imports,
    notebooks,
    orchestration,
    recording,
    sweeps,
)
from tests.benchmarks.report import Line

MEASUREMENTS: dict[str, Callable[[Path], list[Line]]] = {
    "orchestration": orchestration.measure,
    "batch": batches.measure,
    "cluster": clusters.measure,
    "recording": recording.measure,
    "import": imports.measure,
    "sweeps": sweeps.measure,
    "notebooks": notebooks.measure,
    "catalog": catalog.measure,
    "galleries": galleries.measure,
}


def main() -> None:
    """Run the measurements that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MEASUREMENTS, []], help="which; all if none")
    chosen = parser.parse_args().names or list(MEASUREMENTS)
    for name in chosen:
        with tempfile.TemporaryDirectory(prefix="canvas-kit-bench-") as folder:
            for line in MEASUREMENTS[name](Path(folder)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
