"""The log of a job: numbered, bounded, read from any position."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit.events import (
    BatchComplete,
    Complete,
    Event,
    NodeComplete,
    Progress,
    RunComplete,
    RunStart,
    Started,
)
from canvas_kit.server.log import EventLog
from canvas_kit.values import NodeState, RunStatus


def progress(node: str = "n", preview: bytes | None = None) -> Progress:
    return Progress("r", node, "generation", NodeState.RUNNING, step=1, total=2, preview=preview)


EVENTS: list[Event] = [
    Started("r", 3),
    progress(),
    NodeComplete("r", "n", "generation"),
    Complete("r", RunStatus.COMPLETED),
    RunStart("b", 0, 1, "r", 7),
    RunComplete("b", 0, "r", RunStatus.COMPLETED),
    BatchComplete("b", 1, 1),
]
NEVER_DROPPED = (RunStart, RunComplete, BatchComplete)


@given(st.lists(st.sampled_from(EVENTS), max_size=80), st.integers(0, 10), st.data())
def test_what_begins_and_ends_is_never_dropped_and_the_rest_is_bounded(
    happened: list[Event], keep: int, data: st.DataObject
) -> None:
    """From any position a reader gets what is kept of what followed, in order, once."""

    async def check() -> None:
        log = EventLog(keep=keep, whole_runs=False)
        for event in happened:
            log.append(event)
        kept = log.after(0, limit=1000)
        numbers = [number for number, _ in kept]
        assert numbers == sorted(set(numbers))
        for number, event in kept:
            assert type(event) is type(happened[number - 1])
        lasting = [n for n, e in enumerate(happened, 1) if isinstance(e, NEVER_DROPPED)]
        assert set(lasting) <= set(numbers)
        assert len(log) <= len(lasting) + keep
        position = data.draw(st.integers(0, len(happened) + 2))
        assert log.after(position, limit=1000) == [pair for pair in kept if pair[0] > position]

    asyncio.run(check())


def test_progress_goes_before_anything_else() -> None:
    async def check() -> None:
        log = EventLog(keep=3, whole_runs=False)
        log.append(Started("r", 3))
        for _ in range(10):
            log.append(progress())
        log.append(NodeComplete("r", "n", "generation"))
        kinds = [type(event) for _, event in log.after(0)]
        assert kinds == [Started, Progress, NodeComplete]

    asyncio.run(check())


def test_a_single_run_keeps_all_but_old_progress() -> None:
    async def check() -> None:
        log = EventLog(keep=1, whole_runs=True)
        for event in EVENTS[:4] * 3:
            log.append(event)
        kinds = [type(event) for _, event in log.after(0)]
        assert kinds.count(Complete) == kinds.count(NodeComplete) == kinds.count(Started) == 3
        assert kinds.count(Progress) == 1

    asyncio.run(check())


def test_only_the_latest_preview_of_a_node_is_kept() -> None:
    """Previews are pictures; a log of them would grow without end."""

    async def check() -> None:
        log = EventLog(keep=100, whole_runs=True)
        for step in range(5):
            log.append(progress("a", bytes([step])))
            log.append(progress("b", bytes([step])))
        log.append(NodeComplete("r", "a", "generation"))
        previews = [e.preview for _, e in log.after(0) if isinstance(e, Progress) and e.preview]
        assert previews == [bytes([4])]

    asyncio.run(check())


@pytest.mark.anyio
async def test_readers_wait_for_what_is_new_and_for_the_end() -> None:
    log = EventLog(keep=10, whole_runs=True)
    waiting = [asyncio.create_task(log.wait_beyond(0)) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    log.append(EVENTS[0])
    await asyncio.gather(*waiting)
    last = asyncio.create_task(log.wait_beyond(1))
    await asyncio.sleep(0)
    assert not last.done()
    log.close()
    await last


def test_long_texts_of_a_batch_are_kept_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The latest stay, and what is never dropped stays too; the record has them all."""
    monkeypatch.setattr("canvas_kit.server.log._HEAVIEST", 1000)

    async def check() -> None:
        log = EventLog(keep=5000, whole_runs=False)
        for number in range(50):
            log.append(RunStart("b", number, 50, f"r{number}", 7))
            log.append(NodeComplete(f"r{number}", "n", "input", text="x" * 300))
        kept = [event for _, event in log.after(0, limit=1000)]
        assert sum(isinstance(event, RunStart) for event in kept) == 50
        assert [e.run_id for e in kept if isinstance(e, NodeComplete)] == ["r47", "r48", "r49"]

    asyncio.run(check())
