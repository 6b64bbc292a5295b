"""Kills a batch at random moments, and looks whether anything that was announced is lost.

::

    python -m tests.stress.kill_batch [--kills 20] [--canvas FILE] [--scripted] [--keep FOLDER]

A child process runs a batch of the canvas, and a listener writes down every entity that it is told
of. After a random time the child is killed (SIGKILL). Then every announced entity must be on disk,
whole, with the hash that was announced; every run folder and the batch must open; and nothing
temporary may be taken for a result. Exit status 0 if all of that held every time.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from canvas_kit.batch import Batch, find_batches, run_batch
from canvas_kit.canvas.graph import Canvas
from canvas_kit.events import Event, NodeComplete, Started
from canvas_kit.executor.engine import Engine
from canvas_kit.recorder.run import Run, find_runs
from canvas_kit.settings import Settings
from canvas_kit.values import RunStatus

ROOT = Path(__file__).parents[2]
CANVAS = ROOT / "tests" / "data" / "whisper.json"
PATIENCE_SECONDS = 60


@dataclass
class Aftermath:
    """What was found after one kill."""

    announced: int = 0
    runs: int = 0
    interrupted: int = 0
    faults: list[str] = field(default_factory=list)


def kill_once(folder: Path, canvas: Path, *, scripted: bool, after_seconds: float) -> Aftermath:
    """Let a batch run, kill it so long after its first announcement, and look at what is left."""
    exports, log = folder / "exports", folder / "announced"
    log.touch()
    command = [sys.executable, "-m", "tests.stress.kill_batch", "--child", str(exports), str(log)]
    command += ["--canvas", str(canvas), *(["--scripted"] if scripted else [])]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as child:
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not log.stat().st_size:
                if child.poll() is not None or time.monotonic() > deadline:
                    child.kill()
                    said = child.stderr.read().decode() if child.stderr else ""
                    return Aftermath(faults=[f"the batch announced nothing: {said[-2000:]}"])
                time.sleep(0.005)
            time.sleep(after_seconds)
        finally:
            child.kill()
    return look(exports, log)


def look(exports: Path, log: Path) -> Aftermath:
    """Whether everything that was announced is there, and everything that is there is whole."""
    found = Aftermath()
    written = log.read_bytes().split(b"\n")[:-1]  # the last line may be torn
    announced: dict[Path, dict[str, str]] = {}
    for line in map(json.loads, written):
        announced.setdefault(Path(line["folder"]), {})[line["file"]] = line["sha256"]
        found.announced += 1
    folders = find_runs(exports)
    found.runs = len(folders)
    found.faults += [f"{one} is not among the runs" for one in set(announced) - set(folders)]
    for folder in folders:
        try:
            run = Run.open(folder)
        except Exception as error:  # whatever it is, it is what we are looking for
            found.faults.append(f"{folder.name} does not open: {error!r}")
            continue
        found.interrupted += run.status is RunStatus.INTERRUPTED
        found.faults += [f"{folder.name}: {fault}" for fault in run.verify()]
        listed = {entity.file: entity.sha256 for entity in run.entities}
        for file, sha256 in announced.get(folder, {}).items():
            data = (folder / file).read_bytes() if (folder / file).is_file() else b""
            if hashlib.sha256(data).hexdigest() != sha256 or listed.get(file) != sha256:
                found.faults.append(f"{folder.name}/{file} was announced, and is not whole")
        if any(name.startswith(".") for name in listed):
            found.faults.append(f"{folder.name} takes something temporary for a result")
    for folder in find_batches(exports):
        try:
            batch = Batch.open(folder)
            ended = [run for run in batch if run.status is RunStatus.COMPLETED]
            if len(ended) < batch.completed_runs:
                found.faults.append(f"{folder.name} counts runs that did not complete")
        except Exception as error:
            found.faults.append(f"{folder.name} does not open: {error!r}")
    if not find_batches(exports):
        found.faults.append("the batch left no manifest")
    return found


def run_child(exports: Path, log: Path, canvas: Path, *, scripted: bool) -> None:
    """The process that is killed: a batch without an end, whose announcements are written down."""
    from canvas_kit.backends.scripted import ScriptedBackend

    names: dict[str, Any] = {"text_model": "lab/w", "media_model": "lab/p"} if scripted else {}
    settings = Settings.load(exports=exports, **names)
    backends = {"lab": ScriptedBackend("lab", seconds=0.002, capacity=8)}
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND)
    folders: dict[str, str] = {}

    def listen(event: Event) -> None:
        if isinstance(event, Started) and event.folder:
            folders[event.run_id] = event.folder
        if isinstance(event, NodeComplete):
            for entity in event.entities:
                line = {"file": entity.file, "sha256": entity.sha256}
                line["folder"] = folders[event.run_id]
                os.write(descriptor, json.dumps(line).encode() + b"\n")

    with Engine(settings, backends=backends) as engine:
        value = Canvas.load(canvas)
        run_batch(value, count=100_000, base_seed=1, engine=engine, listener=listen).result()


def main() -> int:
    """Kill as often as asked for, and say what was found."""
    parser = argparse.ArgumentParser(description="Kill a batch at random moments.")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--canvas", type=Path, default=CANVAS)
    parser.add_argument("--scripted", action="store_true", help="without the embedded models")
    parser.add_argument("--keep", type=Path, help="keep what the batches left in this folder")
    parser.add_argument("--child", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    canvas = arguments.canvas.resolve()
    if arguments.child:
        with contextlib.suppress(KeyboardInterrupt):
            exports, log = arguments.child
            run_child(exports, log, canvas, scripted=arguments.scripted)
        return 0
    chance = random.Random()
    faults = 0
    for number in range(1, arguments.kills + 1):
        folder = Path(tempfile.mkdtemp(prefix="canvas-kit-kill-", dir=arguments.keep))
        seconds = chance.uniform(0, 2)
        found = kill_once(folder, canvas, scripted=arguments.scripted, after_seconds=seconds)
        faults += len(found.faults)
        print(
            f"kill {number}: {found.announced} announced, {found.runs} runs "
            f"({found.interrupted} interrupted), {len(found.faults)} faults"
        )
        for fault in found.faults:
            print(f"  {fault}")
        if not arguments.keep:
            shutil.rmtree(folder)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
