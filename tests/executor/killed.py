"""Runs a canvas against a paid server and is killed at a chosen point; then goes on with the run.

::

    python -m tests.executor.killed EXPORTS ADDRESS POINT …

A point is ``call:7`` (SIGKILL in the seventh call with which a file is made, written, flushed or
named; a write is torn) or ``answer:3`` (when the third answer of the server is there, before
anything of it is kept). For each point the run is begun in a process of its own, and gone on with
in others until nothing is missing. A line of JSON tells what came of it. ``call:0`` is never
reached and tells how many calls there are.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from canvas_kit import Canvas, Collector, Evaluation, Generation, Input, Interception, Run
from canvas_kit.backends.base import MediaRequest, MediaResult, Reporter, TextRequest, TextResult
from canvas_kit.backends.openai import OpenAIBackend
from canvas_kit.executor.engine import Engine
from canvas_kit.executor.run import continue_run, run
from canvas_kit.network import NetworkPolicy
from canvas_kit.recorder.run import find_runs
from canvas_kit.settings import BackendSettings, Settings
from canvas_kit.values import NodeState


class Studio(OpenAIBackend):
    """A paid server, of which two pictures are always wanted."""

    answers_left = 0

    async def write(self, request: TextRequest, reporter: Reporter) -> TextResult:
        result = await super().write(request, reporter)
        self._count()
        return result

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        result = await super().generate(replace(request, count=2), reporter)
        self._count()
        return result

    def _count(self) -> None:
        self.answers_left -= 1
        if self.answers_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def canvas() -> Canvas:
    """A loop that takes two rounds, then pictures."""
    judge = Evaluation("custom", instructions="strictly", id="judge")
    how = Interception("bauhaus", id="how", max_feedback_rounds=2)
    return Canvas(
        Input("a market", id="words") >> how >> judge,
        judge.failed >> how,
        judge.passed >> Generation(id="pictures") >> Collector(id="all"),
    )


def engine_for(exports: Path, address: str, answers: int = 0) -> Engine:
    """An engine whose only backend is the paid server."""
    settings = Settings.load(
        exports=exports,
        text_model="studio/gpt-tiny",
        judge_model="studio/gpt-tiny",
        media_model="studio/gpt-image-1",
    )
    options = BackendSettings(kind="openai", address=address, paid=True)
    studio = Studio("studio", options, NetworkPolicy())
    studio.answers_left = answers
    return Engine(settings, backends={"studio": studio})


def die_in_call(number: int, exports: Path) -> Callable[[], int]:
    """Be killed in a call that touches the disk; gives how many there were so far."""
    count, counting = 0, threading.Lock()

    def watched(name: str) -> None:
        call = getattr(os, name)

        def counted(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            if name == "open" and not arguments[1] & os.O_CREAT:
                return call(*arguments, **named)
            with counting:
                count += 1
                if count == number:
                    if name == "write":
                        call(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                    os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        setattr(os, name, counted)

    for name in ("open", "write", "fsync", "rename", "replace"):
        watched(name)
    return lambda: count


def in_a_process(work: Callable[..., Any], *arguments: Any) -> Any:
    """What ``work`` gives in a forked process; None if that was killed."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiving)
        write, status = os.write, 1
        try:
            write(sending, json.dumps(work(*arguments)).encode())
            status = 0
        except BaseException as error:
            write(sending, json.dumps({"failed": repr(error)}).encode())
        os._exit(status)
    os.close(sending)
    with os.fdopen(receiving, "rb") as file:
        told = file.read()
    os.waitpid(child, 0)
    return json.loads(told) if told else None


def begun(exports: Path, address: str, point: str) -> Any:
    """Begin the run and be killed."""
    kind, number = point.split(":")
    counted = die_in_call(int(number) if kind == "call" else 0, exports)
    with engine_for(exports, address, int(number) if kind == "answer" else 0) as engine:
        result = run(canvas(), seed=7, engine=engine).result(60)
        return {"calls": counted(), **told(result)}


def gone_on(exports: Path, address: str, folder: Path, pay_again: bool) -> Any:
    """Go on with the run."""
    with engine_for(exports, address) as engine:
        return told(continue_run(folder, pay_again=pay_again, engine=engine).result(60))


def told(result: Run) -> dict[str, Any]:
    """What a run has come to."""
    assert result.folder is not None
    again = Run.open(result.folder)
    return {
        "status": result.status,
        "files": [entity.file for entity in again.entities],
        "indices": sorted(f"{entity.kind} {entity.index}" for entity in again.entities),
        "faults": again.verify() + ([] if again == result else ["read back, it is another"]),
        "maybe_done": [report.node_id for report in again.nodes if report.maybe_done],
        "reasons": again.reasons(),
        "completed": [one.node_id for one in again.nodes if one.state is NodeState.COMPLETED],
        "attempt": again.about.get("attempt", 1),
        "recovered": sum("recovered" in entity.details for entity in again.entities),
    }


def main() -> None:
    exports, address, *points = sys.argv[1:]
    for position, point in enumerate(points):
        own = Path(exports) / str(position)
        first = in_a_process(begun, own, address, point)
        attempts = []
        folders = find_runs(own)
        if first is None and folders:
            attempts.append(in_a_process(gone_on, own, address, folders[0], False))
            if attempts[-1].get("maybe_done"):
                attempts.append(in_a_process(gone_on, own, address, folders[0], True))
        print(json.dumps({"point": point, "first": first, "attempts": attempts}), flush=True)


if __name__ == "__main__":
    main()
