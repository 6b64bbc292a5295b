"""Records runs in one process for as long as asked for, and looks whether anything grows.

::

    make soak SECONDS=3600
    python -m tests.stress.soak --seconds 3600 [--exports FOLDER]

Batches with pictures of 5 MiB, some of which fail, runs that are cancelled and batches that are
aborted, all on one engine; what was recorded is verified and removed after each round. Memory, file
descriptors and threads are printed at intervals. The exit status is 1 if their least in the last
third of the time is above their least in the first third, after a warm-up. Needs Linux.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from canvas_kit import Collector, Generation, Input, Interception
from canvas_kit.backends.scripted import ScriptedBackend
from canvas_kit.batch.begin import run_batch
from canvas_kit.batch.state import find_batches
from canvas_kit.errors import BackendUnavailable
from canvas_kit.executor.engine import Engine
from canvas_kit.executor.run import run
from canvas_kit.recorder.run import Run, find_runs
from canvas_kit.settings import Settings
from tests.backends.fake_image_server import noisy_picture

SIDE = 1320
WARM_UP = 0.1
GROWTH_MEBIBYTES = 24.0
"""So much more memory is taken for chance: a heap that falls apart, a cache that fills."""


@dataclass(frozen=True)
class Sample:
    """What the process holds at a moment."""

    seconds: float
    runs: int
    mebibytes: float
    descriptors: int
    threads: int

    def __str__(self) -> str:
        return (
            f"{self.seconds:8.0f} s {self.runs:8} runs {self.mebibytes:8.1f} MiB "
            f"{self.descriptors:5} descriptors {self.threads:5} threads"
        )


def sample(began: float, runs: int) -> Sample:
    """What it holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Sample(
        time.monotonic() - began,
        runs,
        pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        len(list(Path("/proc/self/fd").iterdir())),
        threading.active_count(),
    )


def grown(samples: list[Sample]) -> list[str]:
    """What has grown, in sentences."""
    kept = samples[int(len(samples) * WARM_UP) :]
    third = max(1, len(kept) // 3)
    found = []
    for name, allowed in (("mebibytes", GROWTH_MEBIBYTES), ("descriptors", 0), ("threads", 0)):
        first, last = (
            min(getattr(one, name) for one in part) for part in (kept[:third], kept[-third:])
        )
        if last > first + allowed:
            found.append(f"{name} grew from {first:.1f} to {last:.1f}")
    return found


def one_round(engine: Engine, number: int) -> tuple[int, list[str]]:
    """A batch to its end, one that is aborted, and runs that are cancelled; how many runs."""
    value = Input("x") >> Interception(instructions="c") >> Generation() >> Collector()
    exports = engine.settings.exports
    batch = run_batch(value, count=12, base_seed=number * 1000, engine=engine).result()
    aborted = run_batch(value, count=1000, engine=engine)
    for _ in range(4):
        handle = run(value, engine=engine)
        handle.cancel()
        handle.result()
    aborted.cancel()
    aborted.result()
    folders = find_runs(exports)
    faults = batch.verify()
    for folder in folders:
        faults += Run.open(folder).verify()
    for folder in (*folders, *find_batches(exports)):
        shutil.rmtree(folder)
    return len(folders), faults


def main() -> int:
    """Record for as long as asked for, and say what grew."""
    parser = argparse.ArgumentParser(description="Look whether a long recording grows.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument(
        "--lines", type=int, default=20, help="how many lines are printed on the way"
    )
    parser.add_argument("--exports", type=Path, help="where the records are made for a while")
    told = parser.parse_args()
    logging.disable(logging.CRITICAL)
    whole = noisy_picture("soak", SIDE, "PNG", exif_encoding="utf-8")

    def picture(request: Any) -> bytes | Exception:
        kind = (request.seed or 0) % 12
        if kind == 5:
            return BackendUnavailable("away", backend="lab")
        return whole[:-100] if kind == 7 else whole

    samples: list[Sample] = []
    faults: list[str] = []
    runs, printed = 0, 0.0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="canvas-kit-soak-", dir=told.exports) as base:
        settings = Settings.load(exports=Path(base), text_model="lab/w", media_model="lab/p")
        with Engine(settings, backends={"lab": ScriptedBackend("lab", picture=picture)}) as engine:
            while time.monotonic() - began < told.seconds or len(samples) < 6:
                made, wrong = one_round(engine, len(samples))
                runs, faults = runs + made, faults + wrong
                samples.append(sample(began, runs))
                if samples[-1].seconds >= printed:
                    print(samples[-1], flush=True)
                    printed += told.seconds / told.lines
    print(f"{samples[-1]}\npictures of {len(whole) / 2**20:.1f} MiB, {len(samples)} rounds")
    faults += grown(samples)
    for fault in faults:
        print(f"! {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
