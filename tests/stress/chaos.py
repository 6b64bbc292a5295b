"""Ends recorded runs in every bad way there is, over and over, and looks what was lost.

::

    make chaos SECONDS=3600 SEED=1
    python -m tests.stress.chaos --seconds 3600 --seed 1 [--trial N] [--exports FOLDER]

In each trial one to three programs record into one exports folder, some of it on a disk that is too
small, or with too few files that they may open. They run batches with servers that are slow and
lie, and are killed (SIGKILL), or cancel, abort and close their engine at a moment drawn by chance;
meanwhile records are read and leavings cleared. A listener of each program writes down whatever it
is told. When all have ended, every record is opened and verified, compared with its journal and
with what was told, and cleared of leavings. The exit status is 0 if nothing was lost.

What is drawn depends on the seed and the number of the trial alone; moments are those of the
machine. Needs POSIX; the small disk is a tmpfs in a mount namespace of its own, where the system
lets one be made.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import itertools
import json
import logging
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from canvas_kit import Canvas, Collector, Generation, Input, Interception
from canvas_kit.backends.a1111 import A1111Backend
from canvas_kit.backends.base import Backend
from canvas_kit.backends.scripted import ScriptedBackend, plain_png
from canvas_kit.batch.batch import Batch
from canvas_kit.batch.begin import run_batch
from canvas_kit.batch.state import find_batches
from canvas_kit.errors import BackendUnavailable, CanvasKitError, RecordError
from canvas_kit.events import BatchStarted, Complete, Event, NodeComplete, RunComplete, Started
from canvas_kit.executor.engine import Engine
from canvas_kit.executor.run import run
from canvas_kit.network import NetworkPolicy
from canvas_kit.recorder.leavings import clear
from canvas_kit.recorder.run import Run, find_runs
from canvas_kit.settings import BackendSettings, Settings
from canvas_kit.values import RunStatus
from tests.backends import faults
from tests.backends.a1111.fake import FakeA1111

PATIENCE_SECONDS = 180
NAMESPACE_VARIABLE = "CHAOS_OWN_MOUNTS"
RESULTS = ("announced", "lost", "torn", "unequal", "leavings", "other")
FAULTS = RESULTS[1:]
PLAYS = (
    faults.slow_headers(0.05),
    faults.silence(),
    faults.drop_connection(),
    faults.stall_body(),
    faults.cut_body(),
    faults.wrong_length(7),
    faults.wrong_length(-7),
    faults.html_page(),
    faults.html_page(200),
    faults.not_an_image(),
    faults.empty_file(),
    faults.stumble(),
    faults.too_many_requests({"retry-after-ms": "30"}),
    faults.compressed(),
    faults.reply(200, b"[" * 5000, {"Content-Type": "application/json"}),
    faults.reply(
        200, b'{"images": ["bm90IGEgcGljdHVyZQ=="]}', {"Content-Type": "application/json"}
    ),
)


# --- what the programs do ------------------------------------------------------------------------


def canvas(chance: random.Random) -> Canvas:
    """A canvas of some branches, some of them long."""
    branches = []
    for number in range(chance.choice((1, 1, 2, 4))):
        chain: Any = Input(f"words {number}")
        for _ in range(chance.randrange(3)):
            chain = chain >> Interception(instructions="c")
        branches.append(chain >> Generation(width=64, height=64) >> Collector())
    return Canvas(*branches)


def scripted(chance: random.Random) -> ScriptedBackend:
    """Answers after moments drawn by chance; now and then by an error, or bytes that are cut."""

    def picture(request: Any) -> bytes | Exception:
        whole = plain_png(64, 64, (request.seed or 0) & 0xFFFFFF)
        return chance.choices(
            (whole, whole[:-20], b"", b"<html>", BackendUnavailable("away", backend="lab")),
            (20, 1, 1, 1, 1),
        )[0]

    slowest = chance.choice((0, 0.002, 0.02))
    return ScriptedBackend(
        "lab", picture=picture, seconds=lambda _: chance.uniform(0, slowest), capacity=8
    )


@contextmanager
def lying_server(chance: random.Random) -> Iterator[Backend]:
    """An image server over HTTP whose every second answer is wrong, late or missing."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = FakeA1111()
    server.wait_to_be_watched = False

    async def any_answer(request: Any, answer: Any) -> Any:
        play = chance.choice(PLAYS)
        return await (play(request, answer) if chance.random() < 0.5 else answer(request))

    server.play("/sdapi/v1/txt2img", any_answer, times=None)
    asyncio.run_coroutine_threadsafe(server.start(), loop).result()
    settings = BackendSettings(
        address=server.address, timeout_seconds=0.5, capacity=4, poll_seconds=0.01
    )
    backend = A1111Backend("liar", settings, NetworkPolicy())
    backend.backoff_seconds = 0.01
    yield backend
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


class Program:
    """One of the programs that record; it lives in a process of its own.

    Attributes:
        act: What it does; a method of this class.
        lying: Whether its pictures come from a server that lies.
        descriptors: How many files more than at rest it may open; None for as many as it likes.
    """

    def __init__(self, seed: str, exports: Path, log: Path) -> None:
        """Draw what it will do."""
        self.chance = random.Random(seed)
        self.exports = exports
        self.log = log
        self.act = self.chance.choices(
            ("kill", "cancel", "abort", "close", "finish"), (6, 2, 1, 1, 1)
        )[0]
        self.lying = self.chance.random() < 0.3
        few = self.chance.randrange(40)
        self.descriptors = few if self.chance.random() < 0.1 else None
        self.after_seconds = self.chance.uniform(0, self.chance.choice((0.02, 0.2, 1.0, 2.0)))
        self.pid = 0

    def start(self) -> None:
        """Start it."""
        self.pid = os.fork()
        if self.pid:
            return
        self._descriptor = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        self._lines = threading.Lock()
        try:
            logging.disable(logging.CRITICAL)
            self._work()
        except BaseException:
            self._say(fault=traceback.format_exc())
        finally:
            os._exit(0)

    def _work(self) -> None:
        with ExitStack() as stack:
            backends: dict[str, Backend] = {"lab": scripted(self.chance)}
            media = "lab/p"
            if self.lying:
                backends["liar"] = stack.enter_context(lying_server(self.chance))
                media = "liar/dreamshaper_8"
            settings = Settings.load(exports=self.exports, text_model="lab/w", media_model=media)
            self.engine = stack.enter_context(Engine(settings, backends=backends))
            self._folders: dict[str, str] = {}
            # There is room when a batch begins; what fills the disk comes later.
            stack.enter_context(patch("canvas_kit.batch.begin._check_space", return_value=0))
            if self.descriptors is not None:
                with suppress(RecordError):  # another program may have filled the disk
                    run(canvas(self.chance), engine=self.engine).result(PATIENCE_SECONDS / 2)
                held = len(list(Path("/dev/fd").iterdir()))
                resource.setrlimit(resource.RLIMIT_NOFILE, (held + self.descriptors, held + 100))
            self._say(ready=True)
            try:
                getattr(self, f"_{self.act}")()
            except RecordError as error:  # nothing fits in; what was told before must be there
                self._say(ended=str(error))
        self._say(ended="")

    def _batch(self, count: int) -> Any:
        return run_batch(
            canvas(self.chance),
            count=count,
            base_seed=1,
            concurrency=self.chance.choice((2, 8, 16)),
            engine=self.engine,
            listener=self._listen,
        )

    def _kill(self) -> None:
        self._batch(100_000).result()

    def _finish(self) -> None:
        self._batch(self.chance.randrange(1, 30)).result()

    def _abort(self) -> None:
        handle = self._batch(100_000)
        time.sleep(self.after_seconds)
        handle.cancel()
        handle.result(PATIENCE_SECONDS / 2)

    def _close(self) -> None:
        handles = [self._batch(100_000) for _ in range(self.chance.randrange(1, 3))]
        time.sleep(self.after_seconds)
        self.engine.close()
        begun = len(self._folders)
        time.sleep(0.05)
        if len(self._folders) != begun:
            self._say(fault="runs began after the engine was closed")
        if not all(handle.done for handle in handles):
            self._say(fault="a handle did not settle when the engine was closed")

    def _cancel(self) -> None:
        """Cancel a run after so many steps of its event loop, then one more step, and so on."""
        value = canvas(self.chance)
        first = self.chance.randrange(120)
        for steps in range(first, first + 15):
            handle = run(value, engine=self.engine, listener=self._listen)
            self.engine.call_soon(_after_steps, steps, lambda: handle.stop("it was cancelled"))  # noqa: B023
            handle.result(PATIENCE_SECONDS / 2)

    def _listen(self, event: Event) -> None:
        match event:
            case Started(run_id=run_id, folder=str(folder)):
                self._folders[run_id] = folder
            case NodeComplete(run_id=run_id, entities=entities):
                for entity in entities:
                    folder = self._folders[run_id]
                    self._say(folder=folder, file=entity.file, sha256=entity.sha256)
            case Complete(run_id=run_id, status=status):
                self._say(folder=self._folders[run_id], status=status.value)
            case BatchStarted(folder=str(folder)):
                self._batch_folder = folder
            case RunComplete(run_id=run_id, status=status):
                self._say(batch=event.batch_id, run=run_id, status=status.value)

    def _say(self, **line: Any) -> None:
        with self._lines:
            os.write(self._descriptor, json.dumps(line).encode() + b"\n")


def _after_steps(steps: int, call: Callable[[], object]) -> None:
    if steps == 0:
        call()
    else:
        asyncio.get_running_loop().call_soon(_after_steps, steps - 1, call)


# --- looking -------------------------------------------------------------------------------------


@dataclass
class Told:
    """What a program was told, as its log says."""

    entities: dict[Path, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    statuses: dict[Path, str] = field(default_factory=dict)
    batches: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    faults: list[str] = field(default_factory=list)
    ended: str | None = None

    @classmethod
    def read(cls, log: Path) -> Told:
        """Read it; a kill may have torn the last line."""
        told = cls()
        for line in map(json.loads, log.read_bytes().split(b"\n")[:-1]):
            match line:
                case {"folder": folder, "file": file, "sha256": sha256}:
                    told.entities[Path(folder)][file] = sha256
                case {"folder": folder, "status": status}:
                    told.statuses[Path(folder)] = status
                case {"batch": batch, "run": run_id, "status": status}:
                    told.batches[batch][run_id] = status
                case {"fault": fault}:
                    told.faults.append(fault)
                case {"ended": error}:
                    told.ended = told.ended or error
        return told


@dataclass
class Found:
    """What was found in an exports folder: how much of each, and every fault in words."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def fault(self, kind: str, text: str) -> None:
        """Count a fault."""
        self.counts[kind] += 1
        self.faults.append(f"{kind}: {text}")


def look(exports: Path, told: Told, *, broken: bool) -> Found:
    """Compare what is there with what was told, then clear it up and look again.

    Args:
        exports: The exports folder; every program has ended.
        told: What all of them were told.
        broken: Whether a program was killed or its disk full, so that what it was about to tell may
            lie there.
    """
    found = Found()
    runs = _opened(exports, found)
    found.counts["runs"] = len(runs)
    for folder, one in runs.items():
        if one.status is RunStatus.RUNNING:
            found.fault("other", f"{folder.name} is going on, says its record")
        for fault in one.verify():
            if "torn" in fault or "Line" in fault:
                found.fault("torn", f"{folder.name}: {fault}")
            elif "is not what" in fault:
                found.fault("unequal", f"{folder.name}: {fault}")
            elif not broken or not ("does not tell of it" in fault or "metadata.json is" in fault):
                found.fault("other", f"{folder.name}: {fault}")
    for folder, files in told.entities.items():
        listed = {entity.file: entity.sha256 for entity in runs[folder]} if folder in runs else {}
        for file, sha256 in files.items():
            found.counts["announced"] += 1
            data = (folder / file).read_bytes() if (folder / file).is_file() else b""
            if hashlib.sha256(data).hexdigest() != sha256 or listed.get(file) != sha256:
                found.fault("lost", f"{folder.name}/{file} was announced")
    for folder, status in told.statuses.items():
        if folder not in runs or runs[folder].status.value != status:
            found.fault("lost", f"{folder.name} was told to be {status}")
    _look_at_batches(exports, told, found)
    clear(exports)
    left = clear(exports, dry_run=True)
    for path in {leaving.path for leaving in left.removed} | {
        path for path in exports.rglob(".*") if path.name != ".partial" or not path.is_file()
    }:
        found.fault("leavings", f"{path} is left after clearing")
    found.faults += [f"other: not cleared: {reason}" for reason in left.left_alone]
    found.counts["other"] += len(left.left_alone)
    if {key: one.to_json() for key, one in _opened(exports, found).items()} != {
        key: one.to_json() for key, one in runs.items()
    }:
        found.fault("other", "clearing changed a record")
    return found


def _opened(exports: Path, found: Found) -> dict[Path, Run]:
    runs = {}
    for folder in find_runs(exports):
        try:
            runs[folder] = Run.open(folder)
        except Exception as error:  # whatever it is, it is what we are looking for
            found.fault("other", f"{folder.name} does not open: {error!r}")
    return runs


def _look_at_batches(exports: Path, told: Told, found: Found) -> None:
    batches = {}
    for folder in find_batches(exports):
        try:
            batch = Batch.open(folder)
        except Exception as error:
            found.fault("other", f"{folder.name} does not open: {error!r}")
            continue
        batches[batch.id] = {summary.run_id: summary.status.value for summary in batch.runs}
        for fault in batch.verify_alone():
            kind = "torn" if "torn" in fault or "Line" in fault else "other"
            found.fault(kind, f"{folder.name}: {fault}")
    for batch_id, runs in told.batches.items():
        for run_id, status in runs.items():
            if batches.get(batch_id, {}).get(run_id) != status:
                found.fault("lost", f"batch {batch_id} told that {run_id} was {status}")


# --- trials --------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What was tried and what was found, by what was done."""

    rows: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, programs: list[Program], full: bool, found: Found) -> None:
        """Count a trial."""
        for program in programs:
            name = {"cancel": "cancel at a step", "close": "close the engine"}.get(
                program.act, program.act
            )
            name += ", full disk" * full + ", lying server" * program.lying
            name += ", few files" * (program.descriptors is not None)
            self.rows[name]["programs"] += 1
        # Several programs write into one folder: what is found is counted with the first.
        self.rows[name].update(found.counts)

    @property
    def total(self) -> Counter[str]:
        """All rows together."""
        return sum(self.rows.values(), Counter())

    @property
    def kills(self) -> int:
        """How many programs were killed."""
        return sum(row["programs"] for name, row in self.rows.items() if name.startswith("kill"))

    def __str__(self) -> str:
        titles = ("programs", "runs", *RESULTS)
        lines = [f"{'':52}" + "".join(f"{title:>11}" for title in titles)]
        for name, row in [*sorted(self.rows.items()), ("all", self.total)]:
            lines.append(f"{name:52}" + "".join(f"{row[title]:>11}" for title in titles))
        return "\n".join(lines)


def try_once(seed: int, number: int, base: Path, tally: Tally) -> list[str]:
    """One trial; what was found wrong, in sentences."""
    chance = random.Random(f"{seed}/{number}")
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{number}-", dir=base))
    exports = folder / "exports"
    exports.mkdir()
    full = chance.random() < 0.25
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        if full and (full := _small_disk(exports, chance)):
            stack.callback(subprocess.run, ["umount", "--lazy", str(exports)], check=True)
        programs = [
            Program(f"{seed}/{number}/{which}", exports, folder / f"log{which}")
            for which in range(chance.choice((1, 1, 2, 3)))
        ]
        for program in programs:
            program.log.touch()
            program.start()
        said = _wait_and_kill(programs, exports)
        told = Told(faults=said)
        for program in programs:
            one = Told.read(program.log)
            told.entities |= one.entities
            told.statuses |= one.statuses
            told.batches |= one.batches
            told.faults += one.faults
            if program.act != "kill" and one.ended is None and not one.faults:
                told.faults.append(f"{program.act}: the program did not come to its end")
            if program.act != "kill" and one.ended and not full and program.descriptors is None:
                told.faults.append(f"{program.act}: {one.ended}")
        broken = full or any(one.act == "kill" or one.descriptors is not None for one in programs)
        found = look(exports, told, broken=broken)
        for fault in told.faults:
            found.fault("other", fault)
        tally.add(programs, full, found)
    return found.faults


def _small_disk(exports: Path, chance: random.Random) -> bool:
    """Put a disk there that will soon be full, of bytes or of names; False if that cannot be."""
    size = f"size={chance.randrange(16, 2000)}k"
    if chance.random() < 0.3:
        size = f"nr_inodes={chance.randrange(5, 300)}"
    command = ["mount", "-t", "tmpfs", "-o", f"{size},mode=777", "tmpfs", str(exports)]
    if NAMESPACE_VARIABLE not in os.environ:
        return False
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _wait_and_kill(programs: list[Program], exports: Path) -> list[str]:
    """Let the programs work; kill those whose time has come; read and clear up meanwhile."""
    said: list[str] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    begun: dict[int, float] = {}
    left = {program.pid: program for program in programs}
    meanwhile = itertools.cycle((_read_all, _clear_all))
    for number in itertools.count():
        for pid, program in tuple(left.items()):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del left[pid]
                continue
            if time.monotonic() > deadline:
                said.append(f"{program.act}: the program did not end")
                begun[pid] = -PATIENCE_SECONDS
            if pid not in begun and program.log.stat().st_size:
                begun[pid] = time.monotonic()
            due = program.act == "kill" and pid in begun
            if (due and time.monotonic() > begun[pid] + program.after_seconds) or (
                begun.get(pid, 0) < 0
            ):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                del left[pid]
        if not left:
            return said
        time.sleep(0.002)
        if number % 20 == 19:
            next(meanwhile)(exports, said)
    raise AssertionError("unreachable")


def _read_all(exports: Path, said: list[str]) -> None:
    for folder in find_runs(exports)[-20:]:
        try:
            Run.open(folder)
        except CanvasKitError as error:
            said.append(f"while it was going on, {folder.name} could not be opened: {error}")


def _clear_all(exports: Path, said: list[str]) -> None:
    clear(exports)


def main() -> int:
    """Try for as long as asked for, and say what was found."""
    parser = argparse.ArgumentParser(description="End recorded runs badly; look what was lost.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trial", type=int, help="only this trial, as many times as there is time")
    parser.add_argument("--trials", type=int, help="so many, however long they take")
    parser.add_argument("--exports", type=Path, help="where the records are made for a while")
    told = parser.parse_args()
    _own_mounts()
    tally = Tally()
    faulty = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="canvas-kit-chaos-", dir=told.exports) as base:
        for number in itertools.count(1) if told.trial is None else itertools.repeat(told.trial):
            for fault in try_once(told.seed, number, Path(base), tally):
                faulty += 1
                print(f"trial {number} (seed {told.seed}): {fault}", flush=True)
            tried = tally.total["programs"]
            if told.trials is not None and number >= told.trials:
                break
            if told.trials is None and time.monotonic() - began > told.seconds:
                break
    print(tally)
    print(f"{tried} programs, {tally.kills} killed, in {time.monotonic() - began:.0f} s")
    if NAMESPACE_VARIABLE not in os.environ:
        print("No full disk was tried: this system lets no small one be mounted.")
    return 1 if faulty else 0


def _own_mounts() -> None:
    """Begin anew in a mount namespace, if that can be: whatever is mounted there goes with it."""
    if NAMESPACE_VARIABLE in os.environ or shutil.which("unshare") is None:
        return
    command = ["unshare", "--mount", *(["--map-root-user"] if os.getuid() else [])]
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode == 0:
        os.environ[NAMESPACE_VARIABLE] = "1"
        again = [sys.executable, "-m", "tests.stress.chaos", *sys.argv[1:]]
        os.execvp(command[0], [*command, *again])


if __name__ == "__main__":
    sys.exit(main())
