"""What a real ComfyUI 0.3.64 sent is read rightly; see ``tests/backends/wire/comfyui``."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canvas_kit.backends.comfyui import Parameter, Workflow
from canvas_kit.backends.comfyui.graph import Graph, parse
from canvas_kit.backends.comfyui.history import JobHistory, results_among
from canvas_kit.backends.comfyui.messages import node_complaints, refusal
from canvas_kit.backends.comfyui.websocket import JobSocket
from canvas_kit.backends.comfyui.workflow import Binding
from canvas_kit.errors import BackendRejected, BackendUnavailable, ModelNotFound
from tests.backends.comfyui.workflows import SOCKET_ONLY
from tests.backends.contract import ListeningReporter

WIRE = Path(__file__).parent.parent / "wire" / "comfyui"
HISTORIES: dict[str, Any] = json.loads((WIRE / "histories.json").read_text(encoding="utf-8"))
SUBMISSIONS: dict[str, Any] = json.loads((WIRE / "submissions.json").read_text(encoding="utf-8"))
SOCKETS: dict[str, Any] = json.loads((WIRE / "sockets.json").read_text(encoding="utf-8"))
SAVED = (WIRE / "socket_saver_frame.bin").read_bytes()


def graph_of(document: object) -> Graph:
    return parse(json.dumps(document).encode(), name="captured")


def outcome(name: str) -> JobHistory:
    (entry,) = HISTORIES[name].values()
    return JobHistory.parse(entry, graph_of(entry["prompt"][2]))


def workflow_with(document: object, *outputs: str) -> Workflow:
    bindings = {Parameter.OUTPUTS: tuple(Binding(node_id, "") for node_id in outputs)}
    return Workflow("captured", graph_of(document), bindings)


def test_a_batch_gives_its_files_in_order() -> None:
    """Each with its index, the one thing that tells pictures of one seed apart."""
    files = outcome("batch3").files
    assert [(file.filename, file.batch_index) for file in files] == [
        ("batch_00001_.png", 0),
        ("batch_00002_.png", 1),
        ("batch_00003_.png", 2),
    ]
    assert {file.type for file in files} == {"output"}


def test_a_preview_is_known_as_temporary() -> None:
    """Without its type, the server would not find it."""
    assert [file.type for file in outcome("preview_image").files] == ["temp"]


def test_a_file_reported_by_two_nodes_is_taken_once() -> None:
    """Equal savers write one file; which one is listed first varies with the server process."""
    (entry,) = HISTORIES["twin_save_nodes"].values()
    workflow = workflow_with(entry["prompt"][2], "2", "3")
    files = results_among(JobHistory.parse(entry, workflow.graph).files, ["2", "3"])
    assert [(file.node, file.filename) for file in files] == [("2", "twin_00001_.png")]


def test_a_cached_rerun_is_told() -> None:
    """The nodes that were not run anew are listed."""
    cached = outcome("cached_rerun")
    assert cached.cached == {"1", "2"}
    assert cached.failure is None


def test_a_failed_run_keeps_what_it_made() -> None:
    """Whether there is something depends on the server process, not on the status."""
    partial = outcome("failed_run_with_partial_outputs")
    assert [file.filename for file in partial.files] == ["po_00008_.png"]
    assert partial.failure
    assert not outcome("failed_run_without_outputs").files


def test_a_failure_names_node_and_reason() -> None:
    """Without the server's traceback and folders of its own."""
    failure = outcome("execution_error").failure
    assert failure is not None
    assert "Node 1 (LoadImage) failed" in str(failure)
    assert "cannot identify image file" in str(failure)
    assert isinstance(failure.as_error("comfyui"), BackendRejected)
    assert "traceback" not in json.dumps(outcome("execution_error").reply)


def test_an_interruption_is_no_failure_of_the_workflow() -> None:
    """Both have the same status; the last message tells them apart."""
    failure = outcome("interrupt").failure
    assert failure is not None
    assert failure.interrupted
    assert isinstance(failure.as_error("comfyui"), BackendUnavailable)


def test_the_work_on_the_server_is_timed() -> None:
    """From the server's own clock, in seconds."""
    seconds = outcome("execution_error").seconds
    assert seconds == pytest.approx(0.04)


def test_entries_of_odd_shapes_do_no_harm() -> None:
    """History is written by add-ons too."""
    for entry in ({}, {"status": None, "outputs": None}, {"outputs": {"1": 3, "2": {"a": [7]}}}):
        read = JobHistory.parse(entry, graph_of({"1": {"class_type": "X", "inputs": {}}}))
        assert read.files == ()


@pytest.mark.parametrize(
    ("name", "says", "kind"),
    [
        ("unknown_node", "no node class 'NoSuchNode'.*Install", BackendRejected),
        ("missing_required_value", r"node 3 \(KSampler\) lacks its input 'seed'", BackendRejected),
        ("missing_checkpoint", r"no file 'missing\.safetensors'.*tiny_random_sd15", ModelNotFound),
        ("seed_minus_one", "'seed' of node 3.*Value -1 smaller than min of 0", BackendRejected),
        ("seed_not_int", "'seed' of node 3.*INT", BackendRejected),
        ("bad_sampler_list_over_20", "'sampler_name' of node 3.*'nope'", BackendRejected),
        ("wrong_link_type", "linked wrongly.*LATENT", BackendRejected),
        ("dangling_link", "node 2", BackendRejected),
        ("no_output_node", "Save Image", BackendRejected),
    ],
)
def test_a_refusal_is_told_in_words(name: str, says: str, kind: type[Exception]) -> None:
    """Node, input and value, where the server's headline says nothing."""
    captured = SUBMISSIONS[name]
    assert captured["status"] == 400
    error = refusal(captured["body"], graph_of(captured["prompt"]), backend="comfyui")
    assert type(error) is kind
    with pytest.raises(kind, match=says):
        raise error
    assert "traceback" not in json.dumps(error.details)


def test_a_partial_acceptance_names_what_was_dropped() -> None:
    """Status 200, and yet one output will never be made."""
    captured = SUBMISSIONS["partial_one_of_two_outputs_bad_is_200"]
    assert captured["status"] == 200
    sentences = node_complaints(captured["body"]["node_errors"], graph_of(captured["prompt"]))
    assert sentences == ["node 3 (SaveImage) lacks its input 'images'."]


def socket_for(job_id: str, workflow: Workflow) -> tuple[JobSocket, ListeningReporter]:
    reporter = ListeningReporter()
    return JobSocket(workflow.graph, job_id, reporter), reporter


def job_in(messages: list[dict[str, Any]]) -> str:
    return next(
        str(message["data"]["prompt_id"])
        for message in messages
        if "prompt_id" in message.get("data", {})
    )


def replayed(messages: list[dict[str, Any]], picture: bytes) -> Iterator[str | bytes]:
    """The captured messages, binary ones made of their captured heads and ``picture``."""
    for message in messages:
        if "binary" not in message:
            yield json.dumps(message)
        elif message["binary"]["event_type"] == 4:
            about = json.dumps(message["binary"]["metadata"]).encode()
            yield struct.pack(">II", 4, len(about)) + about + picture
        else:
            kind = message["binary"].get("image_format_code", 1)
            yield SAVED if kind == 2 else struct.pack(">II", 1, kind) + picture


@pytest.mark.anyio
async def test_progress_and_previews_of_a_run_are_told() -> None:
    """Steps of the sampler, a preview to each, and the end."""
    messages = SOCKETS["ksampler_preview_metadata"]
    socket, reporter = socket_for(job_in(messages), workflow_with(SOCKET_ONLY, "9"))
    for message in replayed(messages, b"\xff\xd8\xff preview"):
        socket.take(message)
    assert socket.ended.is_set()
    steps = list(dict.fromkeys(reporter.steps))
    total = steps[0][1]
    assert steps == [(step, total) for step in range(1, (total or 0) + 1)]
    assert reporter.previews == [b"\xff\xd8\xff preview"] * (total or 0)


@pytest.mark.anyio
async def test_what_others_do_is_passed_over() -> None:
    """Steps and previews of a prompt without client id go to every socket."""
    socket, reporter = socket_for("another-job", workflow_with(SOCKET_ONLY, "3", "9"))
    for name in ("observer_of_anonymous_prompt", "save_image_websocket"):
        for message in replayed(SOCKETS[name], b"\xff\xd8\xff preview"):
            socket.take(message)
    assert reporter.messages == []
    assert not socket.ended.is_set()


@pytest.mark.anyio
async def test_a_message_without_job_after_a_reconnect_is_passed_over() -> None:
    """It names a node, but not whose."""
    messages = SOCKETS["reconnect_mid_run"]
    assert messages[1] == {"type": "executing", "data": {"node": "3"}}
    socket, reporter = socket_for(job_in(messages), workflow_with(SOCKET_ONLY, "9"))
    for message in list(replayed(messages, b"\xff\xd8\xff"))[:2]:
        socket.take(message)
    assert reporter.messages == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "message",
    ["", "{", "7", "[]", '{"type": 1}', '{"type": "executing", "data": 7}', b"", b"\0\0\0\1",
     struct.pack(">II", 4, 2**31) + b"{", struct.pack(">II", 4, 2) + b"[]x",
     struct.pack(">II", 3, 1) + b"text", struct.pack(">II", 99, 0) + b"new"],
)  # fmt: skip
async def test_malformed_messages_do_no_harm(message: str | bytes) -> None:
    """The socket is a hint, whatever it says."""
    socket, reporter = socket_for("job", workflow_with(SOCKET_ONLY, "9"))
    socket.take(message)
    assert reporter.messages == []
