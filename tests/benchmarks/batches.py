"""How long a batch takes against what its backend alone would need."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from canvas_kit import Canvas, Collector, Engine, Generation, Input, Interception, Settings
from canvas_kit.backends.scripted import ScriptedBackend, plain_png
from canvas_kit.batch.begin import run_batch
from tests.benchmarks.report import Line

RUNS, SECONDS, SLOTS = 400, 0.05, 8
ROUNDS = 3


def measure(folder: Path) -> list[Line]:
    """400 runs of four nodes; each picture takes 50 ms in one of eight slots: ideally 2.5 s."""
    ideal = RUNS * SECONDS / SLOTS
    canvas = Canvas.of(
        Input("A market at dawn") >> Interception("stillepost") >> Generation() >> Collector()
    )
    png = plain_png(256, 256)
    lines = []
    for name, record, aim in (("not recorded", False, "≤ 1.02"), ("recorded", True, "≤ 1.03")):
        walls = []
        for round_number in range(ROUNDS):
            texts = ScriptedBackend("words", capacity=64)
            pictures = ScriptedBackend(
                "lab", picture=lambda _: png, seconds=SECONDS, capacity=SLOTS
            )
            settings = Settings.load(
                exports=folder / f"{name}-{round_number}",
                text_model="words/any",
                media_model="lab/any",
            )
            backends = {"words": texts, "lab": pictures}
            with Engine(settings, backends=backends) as engine:
                run_batch(canvas, count=16, base_seed=0, record=record, engine=engine).result()
                began = time.perf_counter()
                batch = run_batch(
                    canvas, count=RUNS, base_seed=1, record=record, engine=engine
                ).result()
                walls.append(time.perf_counter() - began)
            assert batch.complete
        best = sorted(walls)[len(walls) // 2]
        lines.append(
            Line(
                f"batch of {RUNS}, 50 ms, {SLOTS} slots, {name}",
                f"{best:.3f} s",
                f"ideal: {ideal:.3f} s",
                best / ideal,
                aim,
            )
        )
    return [*lines, *_peers(ideal, png, folder)]


def _peers(ideal: float, png: bytes, folder: Path) -> list[Line]:
    """The same waiting, and a file of the same bytes, by what else one could use."""
    found = {"bare asyncio, files written": asyncio.run(_bare(png, folder))}
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        pass
    else:
        options = {"processes": False, "n_workers": 1, "threads_per_worker": SLOTS}
        with (
            LocalCluster(**options, dashboard_address=":0") as cluster,  # type: ignore[no-untyped-call]
            Client(cluster) as client,  # type: ignore[no-untyped-call]
        ):
            began = time.perf_counter()
            places = [folder / f"dask-{number}.png" for number in range(RUNS)]
            client.gather(client.map(_write_later, places, data=png, pure=False))
            found["dask.distributed in this process, files written"] = time.perf_counter() - began
    return [
        Line(f"{RUNS} times 50 ms, {name}", f"{wall:.3f} s", f"ideal: {ideal:.3f} s", wall / ideal)
        for name, wall in found.items()
    ]


async def _bare(png: bytes, folder: Path) -> float:
    slots = asyncio.Semaphore(SLOTS)

    async def one(number: int) -> None:
        async with slots:
            await asyncio.sleep(SECONDS)
        await asyncio.to_thread((folder / f"bare-{number}.png").write_bytes, png)

    began = time.perf_counter()
    await asyncio.gather(*map(one, range(RUNS)))
    return time.perf_counter() - began


def _write_later(path: Path, data: bytes) -> None:
    time.sleep(SECONDS)
    path.write_bytes(data)
