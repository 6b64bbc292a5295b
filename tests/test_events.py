"""Events: small frozen values inside, the editor's words outside."""

from __future__ import annotations

import dataclasses
import json

import pytest

from canvas_kit import events
from canvas_kit.values import Entity, NodeState, RunStatus

PICTURE = {
    "media_type": "image",
    "seed": 5,
    "url": "/api/media/image/r/0",
    "run_id": "r",
    "index": 0,
}
ENTITY = Entity(
    number=1,
    node_id="n",
    node_type="input",
    file="final/01_input.txt",
    sha256="0",
    size_bytes=1,
    media_type="text/plain",
    created_at="2025-01-01T00:00:00+00:00",
)
WORDS: list[tuple[events.Event, str, dict[str, object]]] = [
    (events.Started("r", 3, "folder"), "started", {"total_nodes": 3}),
    (
        events.Progress("r", "n", "generation", NodeState.RUNNING, "m", 2, 9, b"jpeg"),
        "progress",
        {
            "node_id": "n",
            "node_type": "generation",
            "status": "running",
            "message": "m",
            "step": 2,
            "total": 9,
        },
    ),
    (
        events.Progress("r", "n", "input", NodeState.SKIPPED, round=2),
        "progress",
        {"node_id": "n", "node_type": "input", "status": "skipped", "message": "", "round": 2},
    ),
    (
        events.NodeComplete("r", "n", "input", (ENTITY,), "x" * 300, "x" * 300),
        "node_complete",
        {
            "node_id": "n",
            "node_type": "input",
            "output_preview": {"type": "text", "preview": "x" * 100},
        },
    ),
    (
        events.NodeComplete("r", "n", "generation", (), PICTURE),
        "node_complete",
        {
            "node_id": "n",
            "node_type": "generation",
            "output_preview": {"type": "image", "url": "/api/media/image/r/0"},
        },
    ),
    (
        events.NodeComplete("r", "n", "collector"),
        "node_complete",
        {"node_id": "n", "node_type": "collector", "output_preview": None},
    ),
    (
        events.Complete("r", RunStatus.PARTIAL, {"n": {}}, ({"nodeId": "n"},), ("n",), "f"),
        "complete",
        {
            "status": "partial",
            "results": {"n": {}},
            "collectorOutput": [{"nodeId": "n"}],
            "executionOrder": ["n"],
            "exportPath": "f",
        },
    ),
    (events.Error("r", "full"), "error", {"message": "full"}),
    (
        events.BatchStarted("b", 4, "count"),
        "batch_started",
        {"batch_id": "b", "total_runs": 4, "batch_mode": "count"},
    ),
    (
        events.RunStart("b", 0, 4, "r", 7),
        "run_start",
        {"run_index": 0, "total_runs": 4, "run_id": "r", "seed": 7},
    ),
    (
        events.RunComplete("b", 0, "r", RunStatus.PARTIAL, "f"),
        "run_complete",
        {
            "run_index": 0,
            "run_id": "r",
            "export_path": "f",
            "success": False,
            "status": "partial",
        },
    ),
    (
        events.RunError("b", 0, "r", "m"),
        "run_error",
        {"run_index": 0, "run_id": "r", "message": "m"},
    ),
    (
        events.BatchComplete("b", 4, 3, ("f",)),
        "batch_complete",
        {"batch_id": "b", "total_runs": 4, "completed_runs": 3, "export_paths": ["f"]},
    ),
    (
        events.BatchAborted("b", 2, 1),
        "batch_aborted",
        {"batch_id": "b", "aborted_at_run": 2, "completed_runs": 1},
    ),
]


@pytest.mark.parametrize(("event", "name", "payload"), WORDS, ids=lambda value: str(value)[:30])
def test_an_event_speaks_the_editors_words(
    event: events.Event, name: str, payload: dict[str, object]
) -> None:
    """Its name and its payload, which is JSON."""
    assert event.name == name
    assert event.to_json() == payload
    assert json.loads(json.dumps(payload)) == payload


def test_every_event_is_in_the_table() -> None:
    """A new one must say its words here."""
    kinds = {
        kind
        for kind in vars(events).values()
        if isinstance(kind, type) and issubclass(kind, events.Event) and "name" in vars(kind)
    }
    assert kinds == {type(event) for event, _, _ in WORDS}


@pytest.mark.parametrize("event", [event for event, _, _ in WORDS], ids=lambda e: type(e).__name__)
def test_an_event_cannot_be_changed(event: events.Event) -> None:
    """Many listeners get the same one."""
    field = dataclasses.fields(event)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(event, field, "other")


def test_previews_and_texts_stay_out_of_the_logs() -> None:
    """A logged event is short."""
    for event, _, _ in WORDS:
        assert len(repr(event)) < 700
        assert "jpeg" not in repr(event)
