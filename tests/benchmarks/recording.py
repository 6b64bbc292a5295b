"""What it costs to record an entity, against plain durable writes of the same bytes."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import time
from pathlib import Path

from canvas_kit import Canvas, Collector, Generation, Input, Interception
from canvas_kit.nodes.base import Artifact
from canvas_kit.recorder.recorder import CanvasRecorder
from canvas_kit.values import Media, RunStatus
from tests.benchmarks.report import Line, microseconds, paired_ratio

BLOCKS, RUNS_IN_BLOCK = 12, 16
TEXT = "A market at dawn. " * 28  # 504 characters
PICTURE_BYTES = 104_798


def measure(folder: Path) -> list[Line]:
    """Runs of three texts and a picture, one after the other and eight at a time; a long run."""
    with (
        concurrent.futures.ThreadPoolExecutor(8) as pool,
        concurrent.futures.ThreadPoolExecutor(8) as side,
    ):
        lines = [
            asyncio.run(_entities(folder / str(at_once), pool, side, at_once)) for at_once in (1, 8)
        ]
        lines.append(asyncio.run(_long_run(folder / "long", pool, side)))
    return lines


async def _entities(
    folder: Path,
    pool: concurrent.futures.Executor,
    side: concurrent.futures.Executor,
    at_once: int,
) -> Line:
    picture = os.urandom(PICTURE_BYTES)
    canvas = Canvas.of(Input() >> Interception() >> Interception() >> Generation() >> Collector())
    ids = [node.id for node in canvas.nodes[:4]]
    contents: list[str | Media] = [TEXT, TEXT, TEXT, Media(picture, "image/png", 256, 256)]
    loop = asyncio.get_running_loop()
    turns = asyncio.Semaphore(at_once)
    ours: list[float] = []
    plain: list[float] = []

    async def record_run(recorder: CanvasRecorder) -> None:
        async with turns:
            for node_id, content in zip(ids, contents, strict=True):
                await recorder.keep(node_id, Artifact(content), round=1, part=1, parents=())

    async def write_run(target: Path) -> None:
        async with turns:
            for node_id, content in zip(ids, contents, strict=True):
                data = content.encode() if isinstance(content, str) else content.data
                await loop.run_in_executor(pool, _write, target, node_id, data)

    for block in range(BLOCKS):
        recorders = [
            await CanvasRecorder.start(
                canvas, exports=folder, run_id=f"{block}-{number}", pool=pool, side=side
            )
            for number in range(RUNS_IN_BLOCK)
        ]
        targets = [folder / "plain" / f"{block}-{number}" for number in range(RUNS_IN_BLOCK)]
        for target in targets:
            target.mkdir(parents=True)
        began = time.perf_counter()
        await asyncio.gather(*(record_run(recorder) for recorder in recorders))
        ours.append((time.perf_counter() - began) / RUNS_IN_BLOCK / len(ids))
        began = time.perf_counter()
        await asyncio.gather(*(write_run(target) for target in targets))
        plain.append((time.perf_counter() - began) / RUNS_IN_BLOCK / len(ids))
        for recorder in recorders:
            await recorder.finish(RunStatus.COMPLETED)
    how = "one at a time" if at_once == 1 else f"{at_once} runs at a time"
    return Line(
        f"an entity recorded, {how}",
        microseconds(ours),
        f"write, flush, rename, flush: {microseconds(plain)}",
        paired_ratio(ours, plain),
        "≤ 1.15",
    )


def _write(folder: Path, name: str, data: bytes) -> None:
    """The least that survives a power failure: bytes, name, and both on the disk."""
    temporary = f"{folder}/{name}.new"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    os.write(descriptor, data)
    os.fsync(descriptor)
    os.close(descriptor)
    Path(temporary).rename(folder / name)
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


async def _long_run(
    folder: Path, pool: concurrent.futures.Executor, side: concurrent.futures.Executor
) -> Line:
    canvas = Canvas.of(Input() >> Collector())
    recorder = await CanvasRecorder.start(canvas, exports=folder, pool=pool, side=side)
    figures = []
    for number in range(2010):
        began = time.perf_counter()
        await recorder.keep("input_1", Artifact(TEXT), round=1, part=number + 1, parents=())
        figures.append(time.perf_counter() - began)
    await recorder.finish(RunStatus.COMPLETED)
    early, late = sorted(figures[5:25])[10], sorted(figures[1990:2010])[10]
    return Line(
        "entity 2,000 of a run",
        microseconds([late]),
        f"entity 10: {microseconds([early])}",
        late / early,
        "≤ 1.2: flat",
    )
