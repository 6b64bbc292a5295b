"""Whether memory stays flat over thousands of runs with large pictures, and what kept handles hold.

::

    python -m tests.stress.memory [--runs 5000] [--megabytes 5] [--objects N] [--keep 150]

Each run makes, checks and records one picture of that size, beside a node that fails; its folder is
removed when it has ended. Meanwhile as many other objects are alive as a long notebook may hold,
which makes the collector of cycles rare. The last handles are kept. Ten times, resident memory,
descriptors and threads are printed. Exit status 0 if the second half of the runs took less than 32
MiB more than the first: a picture of each kept handle alone would be hundreds.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import threading
import time
import zlib
from collections import deque
from pathlib import Path
from struct import pack

from canvas_kit import Canvas, Engine, Generation, Input, RunHandle, Settings, run
from canvas_kit.backends.base import MediaRequest
from canvas_kit.backends.scripted import ScriptedBackend
from canvas_kit.errors import BackendUnreachable
from canvas_kit.values import RunStatus

MEBIBYTE = 2**20
ALLOWED = 32 * MEBIBYTE


def picture(size_bytes: int, seed: int) -> bytes:
    """A PNG of noise, packed without compression, so that its size is known."""
    width = 1024
    height = size_bytes // (3 * width)
    row = random.Random(seed).randbytes(3 * width)
    data = zlib.compress(b"".join(b"\0" + row for _ in range(height)), 0)

    def chunk(name: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + name + body + pack(">I", zlib.crc32(name + body))

    head = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def resident_bytes() -> int:
    """What the process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    """Measure, and say whether it held."""
    parser = argparse.ArgumentParser(description="Whether memory stays flat over many runs.")
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--megabytes", type=int, default=5)
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--keep", type=int, default=150)
    given = parser.parse_args()
    others = [[number] for number in range(given.objects)]
    folder = Path(tempfile.mkdtemp(prefix="canvas-kit-memory-"))

    def paint(request: MediaRequest) -> bytes | Exception:
        if request.node_id == "broken":
            return BackendUnreachable("Nothing answers.", backend="lab")
        return picture(given.megabytes * MEBIBYTE, request.seed or 0)

    settings = Settings.load(exports=folder, media_model="lab/any", text_model="lab/any")
    words = Input("x")
    canvas = Canvas(words >> Generation(), words >> Generation(id="broken"))
    kept: deque[RunHandle] = deque(maxlen=given.keep)
    measured: list[int] = []
    began = time.monotonic()
    try:
        with Engine(settings, backends={"lab": ScriptedBackend("lab", picture=paint)}) as engine:
            for number in range(given.runs):
                handle = run(canvas, engine=engine, seed=number)
                result = handle.result()
                assert result.status is RunStatus.PARTIAL, result
                assert len(result.images) == 1
                assert result.folder is not None
                shutil.rmtree(result.folder)
                kept.append(handle)
                if (number + 1) % max(1, given.runs // 10) == 0:
                    measured.append(resident_bytes())
                    open_files = len([*Path("/proc/self/fd").iterdir()])
                    print(
                        f"{number + 1:6} runs, {time.monotonic() - began:6.0f} s: "
                        f"{measured[-1] / MEBIBYTE:7.1f} MiB, {open_files} "
                        f"descriptors, {threading.active_count()} threads",
                        flush=True,
                    )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    half = measured[len(measured) // 2 - 1]
    grown = max(measured[len(measured) // 2 :]) - half
    print(f"{len(kept)} handles kept, {len(others)} other objects alive")
    print(f"grown in the second half: {grown / MEBIBYTE:.1f} MiB")
    return 0 if grown < ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
