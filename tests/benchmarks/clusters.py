"""How much sooner a batch is done by two workers of Dask's than by one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from canvas_kit import Collector, Engine, Input, Interception, Settings, Sweep, run_batch
from tests.backends.fake_openai import FakeOpenAI
from tests.backends.faults import slow_headers
from tests.benchmarks.report import Line
from tests.cluster.dask_processes import DaskProcesses

POINTS, SECONDS, THREADS = 64, 2.0, 4


def measure(folder: Path) -> list[Line]:
    """64 texts of 2 s each, four at a time on each worker: ideally 32 s and 16 s."""
    walls = {}
    canvas = Input(id="prompt") >> Interception(instructions="Say it anew.") >> Collector()
    words = [f"word {number}" for number in range(POINTS)]
    with serving() as server, DaskProcesses(folder / "dask") as cluster:
        backend = {"kind": "openai", "address": server.address, "capacity": THREADS}
        settings = Settings.load(
            exports=folder / "exports", text_model="sim/gpt-tiny", backends={"sim": backend}
        )
        with Engine(settings) as engine:
            for workers in (1, 2):
                cluster.have_workers(workers, threads=THREADS)
                cluster.wait_for_workers(workers)
                for count in (THREADS * workers * 2, POINTS):  # the first round warms up
                    study = Sweep(canvas, {"prompt.text": words[:count]}, seeds=[workers])
                    began = time.perf_counter()
                    batch = run_batch(study, client=cluster.address, engine=engine).result()
                    walls[workers] = time.perf_counter() - began
                    assert batch.complete
    return [
        Line(
            f"{POINTS} points of {SECONDS} s, two workers of {THREADS} threads",
            f"{walls[2]:.2f} s",
            f"one worker: {walls[1]:.2f} s",
            walls[1] / walls[2],
            "≥ 1.8",
        )
    ]


@contextmanager
def serving() -> Iterator[FakeOpenAI]:
    """A server that takes its time, on a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = FakeOpenAI()
    server.play("/chat/completions", slow_headers(SECONDS), times=None)
    asyncio.run_coroutine_threadsafe(server.start(), loop).result()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
