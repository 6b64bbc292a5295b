"""What a page is shown of a job, from events alone: bounded, whatever happens."""

from __future__ import annotations

import base64
import io
import json
import random
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from PIL import Image

from canvas_kit.events import (
    BatchAborted,
    BatchComplete,
    BatchStarted,
    Complete,
    Error,
    Event,
    NodeComplete,
    Progress,
    RunComplete,
    RunError,
    RunStart,
    Started,
)
from canvas_kit.progress import KEPT_RUNS, JobProgress
from canvas_kit.values import Entity, NodeState, RunStatus

NODES = ("words", "how", "picture", "end")


def entity(run_id: str, number: int = 1) -> Entity:
    file = f"final/{number:02}_generation.png"
    when = "2026-11-28T07:00:00.000Z"
    made = Entity(number, "picture", "generation", file, "a" * 64, 900_000, "image/png", when)
    return replace(made, width=1024, height=1024)


def run_of(index: int, total: int, status: RunStatus = RunStatus.COMPLETED) -> Iterator[Event]:
    """The events of one run of a batch, with long levels, texts and messages."""
    run = f"20261128_070000_000_{index:08x}"
    levels: dict[str, str | int] = {
        "words.text": "a prompt of many words " * 40,
        "how.preset": "bauhaus",
        "n": index,
    }
    yield RunStart("b", index, total, run, index, levels)
    yield Started(run, len(NODES), f"/exports/{run}")
    for node in NODES:
        yield Progress(run, node, node, NodeState.RUNNING, "a sentence " * 100, 3, 20)
        made = (entity(run),) if node == "picture" else ()
        yield NodeComplete(run, node, node, made, text="a long text " * 500)
    yield Complete(run, status)
    if status is RunStatus.PARTIAL:
        yield RunError("b", index, run, "the server was out of memory " * 50)
    yield RunComplete("b", index, run, status, f"/exports/{run}")


def batch(total: int) -> JobProgress:
    return JobProgress("j", kind="batch", name="study", total=total, node_ids=NODES)


def test_a_batch_of_thousands_takes_no_more_than_one_of_hundreds() -> None:
    """Neither of memory nor of what a page is sent; the latest runs come first."""
    total, numbers = 2_000, count(1)
    progress = batch(total)
    progress.apply(next(numbers), BatchStarted("b", total, "prompts", "/exports/b"))
    sizes = []
    tracemalloc.start()
    for index in range(total):
        status = RunStatus.PARTIAL if index % 3 == 0 else RunStatus.COMPLETED
        for event in run_of(index, total, status):
            progress.apply(next(numbers), event)
        if index in (200, total - 1):
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert sizes[1] < 1.2 * sizes[0] + 50_000
    snapshot = progress.snapshot()
    assert len(json.dumps(snapshot)) <= 100_000
    assert [row["index"] for row in snapshot["runs"][:3]] == [1999, 1998, 1997]
    assert len(snapshot["runs"]) <= KEPT_RUNS
    counts = snapshot["ended"], snapshot["completed"], snapshot["wanting"]
    assert counts == (2_000, 1_333, 667)
    first = snapshot["runs"][0]
    assert (first["status"], first["levels"]["n"]) == ("completed", 1999)
    assert snapshot["runs"][1]["reason"].startswith("the server was out of memory")
    assert first["media"] == [
        {
            "run_id": first["run_id"],
            "file": "final/01_generation.png",
            "sha256": "a" * 64,
            "media_type": "image/png",
            "width": 1024,
            "height": 1024,
        }
    ]
    progress.apply(next(numbers), BatchComplete("b", total, 1_333))
    ended = progress.snapshot()
    assert (ended["state"], ended["status"], ended["seconds_left"]) == ("ended", "partial", None)


def test_an_ended_snapshot_is_the_same_whenever_it_is_asked_for() -> None:
    """Its clock stands still; a live one goes on, and says how long is left."""
    progress = batch(4)
    progress.apply(1, BatchStarted("b", 4, "count", "/b"), at=100.0)
    for number, event in enumerate([*run_of(0, 4), *run_of(1, 4)], 2):
        progress.apply(number, event, at=110.0)
    live = progress.snapshot(now=120.0)
    assert (live["seconds"], live["seconds_left"], live["folder"]) == (20.0, 20.0, "/b")
    progress.apply(99, BatchAborted("b", 2, 2), at=130.0)
    assert progress.snapshot(now=140.0) == progress.snapshot(now=999.0)
    assert progress.snapshot()["status"] == "aborted"


def test_a_batch_gone_on_with_counts_what_was_made_before() -> None:
    """Whether or not this job has told it."""
    progress = batch(6)
    progress.apply(1, BatchStarted("b", 6, "count"))
    for event in (
        *run_of(0, 6),
        *run_of(1, 6, RunStatus.PARTIAL),
        *run_of(2, 6, RunStatus.CANCELLED),
    ):
        progress.apply(2, event)
    progress.apply(3, BatchAborted("b", 2, 1))
    progress.apply(4, BatchStarted("b", 6, "count", ended_runs=2))
    again = progress.snapshot()
    told = [again[key] for key in ("state", "ended", "completed", "wanting", "cancelled")]
    assert told == ["running", 2, 1, 1, 0]
    fresh = batch(6)
    fresh.apply(1, BatchStarted("b", 6, "count", ended_runs=4))
    assert (fresh.snapshot()["ended"], fresh.snapshot()["completed"]) == (4, 0)


def test_previews_are_small_and_go_when_their_node_has_settled() -> None:
    """However large a picture a server sends, a page gets at most 20 kB of it."""
    file = io.BytesIO()
    noise = random.Random(0).randbytes(512 * 512 * 3)
    Image.frombytes("RGB", (512, 512), noise).save(file, "PNG")
    progress = JobProgress("j", kind="run", node_ids=NODES)
    progress.apply(1, Started("r", 4, "/r"))
    assert progress.snapshot()["nodes"]["how"]["state"] == "waiting"
    steps = Progress("r", "picture", "generation", NodeState.RUNNING, "", 3, 20, file.getvalue())
    progress.apply(2, steps)
    node = progress.snapshot()["nodes"]["picture"]
    assert (node["step"], node["total"]) == (3, 20)
    assert 1000 < len(node["preview"]) <= 20_000
    data = base64.b64decode(node["preview"].partition("base64,")[2])
    assert Image.open(io.BytesIO(data)).size == (112, 112)
    progress.apply(3, NodeComplete("r", "picture", "generation", (entity("r"),), reused_from="q"))
    node = progress.snapshot()["nodes"]["picture"]
    assert (node["state"], node["preview"], node["reused"]) == ("completed", "", True)
    progress.apply(4, Complete("r", RunStatus.PARTIAL, folder="/r"))
    ended = progress.snapshot()
    assert (ended["status"], ended["ended"], ended["wanting"]) == ("partial", 1, 1)
    assert [row["run_id"] for row in ended["runs"]] == ["r"]


def test_a_run_that_cannot_be_recorded_says_why() -> None:
    """It failed, in its own words."""
    progress = JobProgress("j", kind="run")
    progress.apply(1, Error("r", "the disk is full"))
    told = progress.snapshot()
    assert (told["state"], told["status"], told["error"]) == ("ended", "failed", "the disk is full")
