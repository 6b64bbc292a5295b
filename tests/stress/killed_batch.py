"""Kills a batch on a flaky paid service, again and again, and counts what was paid for twice.

::

    make killed POINTS=500 KILLS=10 SEED=1
    python -m tests.stress.killed_batch --points 500 --kills 10 --seed 1

The service is a process of its own, which counts every request: 5 of 100 it answers with an error
and charges nothing, 1 of 100 it carries out, charges and never answers. It writes texts, of which
it keeps nothing, and makes pictures, which can be asked for by the id of their job. The batch runs
in a process that is killed (SIGKILL) at moments drawn by chance and begun again by the same line.
At last it is gone on with until all is made, and only then with leave to pay again for what was
sent and may have been done. The exit status is 0 if every point is there once, and nothing was paid
for twice but what was under way at a kill.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from canvas_kit import Batch, Canvas, Collector, Engine, Generation, Input, Interception, Sweep
from canvas_kit.backends.base import (
    Backend,
    Capability,
    MediaItem,
    MediaRequest,
    MediaResult,
    Reporter,
    TextRequest,
    TextResult,
)
from canvas_kit.backends.scripted import plain_png
from canvas_kit.batch.begin import run_batch
from canvas_kit.errors import BackendTimeout, BackendUnavailable, JobLost
from canvas_kit.network import open_client
from canvas_kit.recorder.run import find_runs
from canvas_kit.settings import Settings
from canvas_kit.values import Provenance

CAPACITY = 8
PATIENCE_SECONDS = 1.5
MARGIN_SECONDS = 0.5
"""So long an answer may be on its way to the record when the program is killed."""
PATIENT_ROUNDS = 6
"""So often the batch is gone on with before a second payment is allowed."""
NAME = "killed"


class Counting(BaseHTTPRequestHandler):
    """The service. What it is asked and what it charges goes into a file, a line each."""

    protocol_version = "HTTP/1.1"
    made: dict[str, bytes]
    book: Path
    chance: random.Random
    writing: threading.Lock
    seconds: float

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.writing:
            luck = self.chance.random()
        came = time.time()
        if luck < 0.05:
            self._note(asked, came, charged=False)
            return self._reply(500, b"{}")
        time.sleep(self.seconds)
        data = plain_png(16, 16, hash(asked["what"]) & 0xFFFFFF)
        if asked["kind"] == "picture":
            self.made[asked["job"]] = data
        unanswered = luck < 0.06
        number = self._note({**asked, "unanswered": unanswered}, came, charged=True)
        if unanswered:
            time.sleep(3 * PATIENCE_SECONDS)
            self.close_connection = True
            return None
        if asked["kind"] == "text":
            data = f"{asked['what']}, text {number}".encode()
        return self._reply(200, data)

    def do_GET(self) -> None:
        data = self.made.get(self.path.removeprefix("/jobs/"))
        self._reply(404 if data is None else 200, data or b"{}")

    def _note(self, asked: dict[str, Any], came: float, *, charged: bool) -> int:
        line = {**asked, "came": came, "ended": time.time(), "charged": charged}
        with self.writing, self.book.open("a") as file:
            file.write(json.dumps(line) + "\n")
            return file.tell()

    def _reply(self, status: int, data: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:  # whoever asked was killed
            self.close_connection = True


class Service(ThreadingHTTPServer):
    """Does not complain of clients that are killed."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


class PaidService(Backend):
    """Asks the service. Every request may be charged for."""

    kind = "service"
    bytes_per_pixel = 0.01

    def __init__(self, address: str) -> None:
        super().__init__("service", capabilities=frozenset(Capability), capacity=CAPACITY)
        self.paid = True
        self._client: httpx.AsyncClient | None = None
        self._address = address

    def _open(self) -> httpx.AsyncClient:
        self._client = self._client or open_client(base_url=self._address, timeout_seconds=30)
        return self._client

    async def _ask(self, kind: str, what: str, run_id: str, reporter: Reporter) -> bytes:
        async with self.slot(reporter):
            job = uuid.uuid4().hex
            await reporter.submitting(job)
            asked = {"job": job, "kind": kind, "what": what, "run": run_id}
            try:
                client = self._open()
                reply = await client.post("/make", json=asked, timeout=PATIENCE_SECONDS)
            except httpx.HTTPError as error:
                raise BackendTimeout(
                    f"no answer: {error!r}", backend=self.name, maybe_done=True
                ) from None
        if reply.status_code != 200:
            raise BackendUnavailable("the service had an error", backend=self.name)
        return reply.content

    async def write(self, request: TextRequest, reporter: Reporter) -> TextResult:
        data = await self._ask("text", request.prompt, request.run_id, reporter)
        return TextResult(data.decode(), Provenance(self.name, "text"))

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        data = await self._ask("picture", request.prompt, request.run_id, reporter)
        return MediaResult((MediaItem(data, seed=request.seed),), Provenance(self.name, "picture"))

    async def fetch_job(self, job_id: str, noted: Any) -> MediaResult:
        reply = await self._open().get(f"/jobs/{job_id}")
        if reply.status_code != 200:
            raise JobLost(f"the service knows no job {job_id}", backend=self.name)
        return MediaResult((MediaItem(reply.content),), Provenance(self.name, "picture"))

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()


def sweep(points: int) -> Sweep:
    """Ten words, each with so many seeds that there are about ``points``."""
    chain = Input("x", id="prompt") >> Interception(instructions="c") >> Generation() >> Collector()
    words = [f"word {number}" for number in range(10)]
    return Sweep(
        Canvas.of(chain), {"prompt.text": words}, seeds=range(points // len(words)), name=NAME
    )


def serve(book: Path, seed: int, seconds: float) -> None:
    """Be the service, until killed."""
    Counting.made, Counting.book, Counting.seconds = {}, book, seconds
    Counting.chance, Counting.writing = random.Random(seed), threading.Lock()
    server = Service(("127.0.0.1", 0), Counting)
    print(server.server_port, flush=True)
    server.serve_forever()


def make(
    exports: Path,
    address: str,
    points: int,
    *,
    pay_again: bool = False,
    begun: Callable[[], object] = lambda: None,
) -> Batch:
    """Run the batch, or go on with it."""
    settings = Settings.load(
        exports=exports, text_model="service/text", media_model="service/picture"
    )
    with Engine(settings, backends={"service": PaidService(address)}) as engine:
        handle = run_batch(sweep(points), retry="failed", pay_again=pay_again, engine=engine)
        begun()
        return handle.result()


def trial(points: int, kills: int, seed: int, exports: Path, seconds: float) -> bool:
    """Run all of it, print what was found, and say whether it is as it should be."""
    chance, book = random.Random(seed), exports / "book.jsonl"
    exports.mkdir(parents=True, exist_ok=True)
    module = [sys.executable, "-m", "tests.stress.killed_batch"]
    told = ["--points", str(points), "--seed", str(seed), "--seconds", str(seconds)]
    service = subprocess.Popen(
        [*module, "--serve", str(book), *told], stdout=subprocess.PIPE, text=True
    )
    killed: list[float] = []
    try:
        assert service.stdout is not None
        address = f"http://127.0.0.1:{int(service.stdout.readline())}"
        least = points * 2 * seconds / CAPACITY / max(1, kills)
        while len(killed) < kills:
            command = [*module, "--make", address, "--exports", str(exports), *told]
            maker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            assert maker.stdout is not None
            maker.stdout.readline()
            time.sleep(chance.uniform(0.0, 1.6 * least))
            maker.kill()
            killed.append(time.time())
            maker.wait()
            maker.stdout.close()
        rounds, yes = 0, 0
        batch = make(exports, address, points)
        while not batch.complete:
            rounds += 1
            before = batch.completed_runs
            if rounds == PATIENT_ROUNDS + 1:
                yes = batch.total_runs - batch.completed_runs
            batch = make(exports, address, points, pay_again=rounds > PATIENT_ROUNDS)
            assert rounds < 40, f"it does not come to an end: {before}, {batch}"
    finally:
        service.kill()
        service.wait()
        if service.stdout is not None:
            service.stdout.close()
    return judged(batch, book, killed, points, yes, exports)


def judged(
    batch: Batch, book: Path, killed: list[float], points: int, yes: int, exports: Path
) -> bool:
    """Compare the record with the books of the service."""
    asked: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    lines = [json.loads(line) for line in book.read_text().splitlines()]
    for line in lines:
        if line["charged"]:
            asked[line["run"], line["kind"]].append(line)
    twice = [(earlier, found) for found in asked.values() for earlier in found[:-1]]
    unanswered = [earlier for earlier, _ in twice if earlier["unanswered"]]
    at_a_kill = [
        earlier
        for earlier, _ in twice
        if not earlier["unanswered"]
        and any(
            earlier["came"] - MARGIN_SECONDS < moment < earlier["ended"] + MARGIN_SECONDS
            for moment in killed
        )
    ]
    beyond = len(twice) - len(unanswered) - len(at_a_kill)
    ids = {one.point_id for one in batch.runs}
    folders = find_runs(exports)
    faults = batch.verify()
    charged = sum(line["charged"] for line in lines)
    print(f"{points} points, killed {len(killed)} times, {len(lines)} requests, {charged} charged")
    print(f"  points complete, each once     {batch.completed_runs}, {len(ids)} identities")
    print(f"  run folders                    {len(folders)}")
    print(f"  points that wanted a yes       {yes}")
    print(f"  charged twice                  {len(twice)}")
    print(f"    under way at a kill          {len(at_a_kill)}")
    print(f"    never answered               {len(unanswered)}")
    print(f"    beyond                       {beyond}")
    print(f"  attempts at most               {max(one.attempt for one in batch.runs)}")
    for fault in faults[:5]:
        print(f"  ! {fault}")
    return (
        batch.complete
        and len(ids) == batch.total_runs == len(batch.runs) == len(folders)
        and not beyond
        and not faults
    )


def main() -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=500)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.1, help="how long a request takes")
    parser.add_argument("--exports", type=Path)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--make", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.serve:
        serve(told.serve, told.seed, told.seconds)
    elif told.make:
        make(told.exports, told.make, told.points, begun=partial(print, "begun", flush=True))
    else:
        with tempfile.TemporaryDirectory(prefix="canvas-kit-killed-") as folder:
            exports = told.exports or Path(folder)
            if not trial(told.points, told.kills, told.seed, exports, told.seconds):
                sys.exit(1)


if __name__ == "__main__":
    main()
