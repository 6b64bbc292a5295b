"""Fifty batches at once from fifty clients, over HTTP, with every event and picture checked.

Run as ``python -m tests.benchmarks.fifty_batches``; ``--embedded`` paints real pictures with the
embedded backend instead of asking a scripted one. The server is a process of its own; its memory is
read before, after each wave, and after it has forgotten the batches.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.server.crowd import crowd

TOKEN = "a-token-for-measuring"
KEEP_SECONDS = 3.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--waves", type=int, default=3)
    parser.add_argument("--embedded", action="store_true", help="paint real pictures")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="canvas-kit-fifty-") as folder:
        server, url = start(Path(folder), embedded=told.embedded)
        try:
            measure(server, url, told.clients, told.runs, told.waves)
        finally:
            server.terminate()
            server.wait(30)


def start(folder: Path, *, embedded: bool) -> tuple[subprocess.Popen[str], str]:
    """A server process that answers, and its address."""
    exports = str(folder / "exports")
    if embedded:
        command = [sys.executable, "-m", "canvas_kit.cli", "serve", "--port", "0", "--json"]
        command += ["--token", TOKEN, "--exports", exports]
    else:
        told = {
            "exports": exports,
            "token": TOKEN,
            "options": {"keep_ended_seconds": KEEP_SECONDS},
        }
        command = [sys.executable, "-m", "tests.server.scripted_server", json.dumps(told)]
    places = {"JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    process = subprocess.Popen(
        command,
        env=os.environ | places,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())["url"].rstrip("/")


def measure(server: subprocess.Popen[str], url: str, clients: int, runs: int, waves: int) -> None:
    """Send the waves and print what was found."""
    print(f"{clients} clients, each with a batch of {runs} runs; {os.cpu_count()} processors")
    print(f"{'memory before':<34}{_mebibytes(server.pid)}")
    for wave in range(1, waves + 1):
        used = _processor_seconds(server.pid)
        found = asyncio.run(crowd(url, TOKEN, clients, runs))
        used = _processor_seconds(server.pid) - used
        print(f"wave {wave}: {found.events} events in order, {found.pictures} pictures verified")
        print(f"  {'all of it':<32}{found.seconds:.1f} s")
        print(f"  {'processor time of the server':<32}{used:.1f} s")
        print(f"  {'file made to event told':<32}{_spread(found.delays)}")
        print(f"  {'a small question meanwhile':<32}{_spread(found.answers)}")
        print(f"  {'memory':<32}{_mebibytes(server.pid)}")
    time.sleep(KEEP_SECONDS + 1)
    print(f"{'memory, batches forgotten':<34}{_mebibytes(server.pid)}")


def _mebibytes(pid: int) -> str:
    """The memory that a process holds (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return f"{pages * os.sysconf('SC_PAGE_SIZE') / 2**20:.0f} MiB"


def _processor_seconds(pid: int) -> float:
    """What a process has worked so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    late = ordered[int(len(ordered) * 0.99)]
    middle = statistics.median(ordered)
    return (
        f"median {middle * 1e3:.0f} ms, 99 % {late * 1e3:.0f} ms, most {ordered[-1] * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    main()
