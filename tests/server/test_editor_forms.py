"""Events in the words of the canvas editor."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from canvas_kit import events
from canvas_kit.german import Language
from canvas_kit.server import editor
from canvas_kit.values import (
    Collected,
    Entity,
    NodeReport,
    NodeState,
    RunStatus,
    Size,
    Verdict,
)

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
PICTURE = replace(ENTITY, node_id="g", media_type="image/png", seed=5)
DONE, FAILED = NodeState.COMPLETED, NodeState.FAILED
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
        {
            "node_id": "n",
            "node_type": "input",
            "status": "skipped",
            "message": "n was skipped.",
            "round": 2,
        },
    ),
    (
        events.NodeComplete("r", "n", "input", (ENTITY,), "x" * 300, None, {"text": "x" * 300}),
        "node_complete",
        {
            "node_id": "n",
            "node_type": "input",
            "output_preview": {"type": "text", "preview": "x" * 100},
        },
    ),
    (
        events.NodeComplete("r", "n", "generation", outputs={"media": (PICTURE,)}),
        "node_complete",
        {
            "node_id": "n",
            "node_type": "generation",
            "output_preview": {"type": "image", "url": "/lab/api/media/image/r/0"},
        },
    ),
    (
        events.NodeComplete("r", "n", "collector"),
        "node_complete",
        {"node_id": "n", "node_type": "collector", "output_preview": None},
    ),
    (
        events.Complete("r", RunStatus.PARTIAL, execution_order=("n",), folder="f"),
        "complete",
        {
            "status": "partial",
            "results": {},
            "collectorOutput": [],
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
        {"run_index": 0, "run_id": "r", "message": "m", "error": "m"},
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
    assert editor.payload(event, address=lambda path: f"/lab{path}") == payload
    assert json.loads(json.dumps(payload)) == payload


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "The text is rewritten."), ("de", "Der Text wird umgeschrieben.")],
)
def test_progress_is_never_told_without_words(language: Language, words: str) -> None:
    """In the client's language where they are our own."""
    event = events.Progress("r", "n", "interception", NodeState.RUNNING)
    assert editor.payload(event, language=language)["message"] == words
    for state in NodeState:
        other = events.Progress("r", "n", "of a package", state)
        assert editor.payload(other, language=language)["message"].startswith("n ")


def test_a_cancelled_run_is_not_counted_as_complete() -> None:
    """An editor counts the runs whose folder it is told as an export."""
    event = events.RunComplete("b", 0, "r", RunStatus.CANCELLED, "f")
    document = editor.payload(event)
    assert document["export_path"] is None
    assert document["folder"] == "f"


def test_a_judged_picture_is_collected_as_a_picture_with_the_verdict_beside_it() -> None:
    verdict = Verdict(8, 5, "fine")
    document = told(collected=(Collected("j", "evaluation", DONE, "", (PICTURE,), verdict),))
    picture, judged = document["collectorOutput"]
    assert picture["output"]["url"] == "/api/media/image/r/0"
    assert judged["output"]["text"] == "fine"
    assert judged["output"]["metadata"]["binary"] is True


def test_what_the_user_should_know_is_collected_too() -> None:
    document = told(nodes=(NodeReport("g", "generation", DONE, warnings=("Smaller than asked.",)),))
    [note] = document["collectorOutput"]
    assert note == {
        "nodeId": "g",
        "nodeType": "generation",
        "output": "⚠ Smaller than asked.",
        "error": None,
    }


def test_every_event_is_in_the_table() -> None:
    """A new one must say its words here."""
    assert set(events.EVENT_TYPES.values()) == {type(event) for event, _, _ in WORDS}


def told(*made: events.NodeComplete, **fields: Any) -> dict[str, Any]:
    """What the editor is told at the end of a run."""
    event = events.Complete("r", RunStatus.COMPLETED, **fields)
    return editor.payload(event, made={event.node_id: event for event in made})


def test_the_end_tells_what_every_node_gave() -> None:
    """Texts as they are, media by their addresses, sizes as numbers, errors with their state."""
    second = replace(PICTURE, index=1)
    document = told(
        events.NodeComplete("r", "n", "input", outputs={"text": "words"}),
        events.NodeComplete("r", "g", "generation", outputs={"media": (PICTURE, second)}),
        events.NodeComplete("r", "s", "resolution", outputs={"resolution": Size(8, 4)}),
        nodes=(
            NodeReport("n", "input", DONE),
            NodeReport("g", "generation", DONE),
            NodeReport("s", "resolution", DONE),
            NodeReport("end", "collector", FAILED, "g failed"),
        ),
    )
    assert document["results"] == {
        "n": {"type": "input", "output": "words", "error": None},
        "g": {
            "type": "generation",
            "output": {
                "media_type": "image",
                "seed": 5,
                "url": "/api/media/image/r/0",
                "run_id": "r",
                "index": 0,
                "urls": ["/api/media/image/r/0", "/api/media/image/r/1"],
            },
            "error": None,
        },
        "s": {"type": "resolution", "output": {"width": 8, "height": 4}, "error": None},
        "end": {"type": "collector", "output": None, "error": "failed: g failed"},
    }


@pytest.mark.parametrize(
    ("verdict", "port", "metadata"),
    [
        (Verdict(8, 5, "fine"), "passed", (True, 8, "passthrough")),
        (Verdict(2, 5, "flat"), "failed", (False, 2, "commented")),
        (Verdict(2, 5, "flat", limit_reached=True), "passed", (False, 2, "passthrough")),
        (Verdict(None, 5, "hm"), "", (None, None, None)),
    ],
)
def test_a_verdict_has_the_editors_three_outputs(
    verdict: Verdict, port: str, metadata: tuple[object, ...]
) -> None:
    """And its short form, also in the collector, beside what was judged."""
    outputs = {port: "draft"} if port else {}
    document = told(
        events.NodeComplete("r", "j", "evaluation", verdict=verdict, outputs=outputs),
        nodes=(NodeReport("j", "evaluation", DONE),),
        collected=(Collected("j", "evaluation", DONE, output="draft", verdict=verdict),),
    )
    short = dict(zip(("binary", "score", "active_path"), metadata, strict=True))
    assert document["results"] == {
        "j": {
            "type": "evaluation",
            "output": verdict.commentary,
            "error": None,
            "outputs": {
                "pass": "draft" if port == "passed" else None,
                "fail": "draft" if port == "failed" else None,
                "commentary": verdict.commentary,
            },
            "metadata": short,
        }
    }
    assert document["collectorOutput"] == [
        {
            "nodeId": "j",
            "nodeType": "evaluation",
            "output": {"text": "draft", "metadata": short},
            "error": None,
        }
    ]
