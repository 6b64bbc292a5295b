"""Event streams: framing, heartbeats, slow readers, readers that vanish."""

from __future__ import annotations

import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.server.conftest import TOKEN, RunningServer, ServerStarter
from tests.server.editor_client import EditorClient, canvas


@pytest.fixture(scope="module")
def beating(start_server: ServerStarter) -> RunningServer:
    """A server that says something often, and cuts readers who take nothing."""
    return start_server(options={"heartbeat_seconds": 0.1, "stall_seconds": 1.0})


def raw_stream(server: RunningServer, body: bytes) -> socket.socket:
    """A bare connection that has asked for a batch."""
    parts = urlsplit(server.url)
    line = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)
    line.sendall(
        b"POST /api/canvas/execute-batch HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        b"Authorization: token %b\r\nContent-Length: %d\r\n\r\n%b"
        % (TOKEN.encode(), len(body), body)
    )
    return line


def test_an_event_is_there_before_the_next_thing_happens(server: RunningServer) -> None:
    """Events are flushed as they happen: those of a run that does not end can be read."""
    with server.client.stream(
        "/api/canvas/execute-stream", canvas("endless") | {"workflow": {}}
    ) as stream:
        run_id = stream.until("started").id.rpartition(":")[0]
        assert stream.until("node_complete").data["node_id"] == "input_1"
        assert stream.until("progress").data["node_id"] == "interception_1"
        server.client.post("/api/canvas/abort-run", {"run_id": run_id})
        stream.until("complete")


def test_a_silent_stream_is_kept_open_by_comments(beating: RunningServer) -> None:
    body = {"workflow": canvas("endless"), "count": 1}
    with beating.client.stream("/api/canvas/execute-batch", body) as stream:
        batch_id = stream.until("batch_started").data["batch_id"]
        while (line := stream.reply.readline()) != b": heartbeat\n":
            assert line, "the stream ended"
        beating.client.post("/api/canvas/abort-batch", {"batch_id": batch_id})
        assert stream.until("batch_aborted").data["batch_id"] == batch_id


def test_each_event_is_framed_in_lines_that_any_reader_understands(server: RunningServer) -> None:
    """``id``, ``event``, one ``data`` line, an empty line; nothing that splits a line elsewhere."""
    words = "a\u2028b\u2029c\x85d\re\nf"
    body = {**canvas(words), "workflow": {}}
    connection, reply = server.client.open("POST", "/api/canvas/execute-stream", body)
    try:
        assert reply.headers["Content-Type"] == "text/event-stream"
        text = reply.read().decode()
    finally:
        reply.close()
        connection.close()
    *blocks, rest = text.split("\n\n")
    assert rest == ""
    for block in blocks:
        # str.splitlines knows more ends of lines than the event stream does.
        first, second, third = block.splitlines()
        assert first.startswith("id: ")
        assert second.startswith("event: ")
        assert third.startswith("data: {")


def test_a_reader_who_takes_nothing_is_cut_and_can_come_back(beating: RunningServer) -> None:
    """It holds up neither its own batch nor anybody else's, and misses no run's end."""
    words = "many words " * 20_000
    body: dict[str, Any] = {"workflow": canvas(words), "count": 30}
    line = raw_stream(beating, json.dumps(body | {"form": "typed"}).encode())
    head = line.recv(4000)
    assert b"200 OK" in head
    batch_id = head.partition(b"/api/canvas/batches/")[2].partition(b"/")[0].decode()
    other = {"workflow": canvas(), "count": 3}
    with beating.client.stream("/api/canvas/execute-batch", other) as stream:
        assert stream.until("batch_complete").data["completed_runs"] == 3
    again = f"/api/canvas/batches/{batch_id}/events"
    with beating.client.stream(again) as stream:
        told = list(stream)
    assert told[-1].data["completed_runs"] == 30
    ends = [message.data["run_index"] for message in told if message.name == "run_complete"]
    assert sorted(ends) == list(range(30))
    time.sleep(4)  # far longer than the server waits
    rest = b""
    with line:
        try:
            while piece := line.recv(2**20):
                rest = (rest + piece)[-20:]
        except ConnectionResetError:
            pass
    assert not rest.endswith(b"0\r\n\r\n"), "it was told everything all the same"


def test_readers_that_vanish_leave_a_server_that_answers(server: RunningServer) -> None:
    body = {"workflow": canvas("slow"), "count": 2}
    addresses = []
    for _ in range(10):
        stream = server.client.stream("/api/canvas/execute-batch", body)
        addresses.append(stream.reply.headers["Content-Location"])
        stream.close()
    for address in addresses:
        with server.client.stream(address) as stream:
            assert stream.until("batch_complete").data["completed_runs"] == 2
    assert not any("Traceback" in line for line in server.said)


def test_two_readers_of_one_batch_are_told_the_same(server: RunningServer) -> None:
    body = {"workflow": canvas("slow"), "count": 2}
    with server.client.stream("/api/canvas/execute-batch", body) as first:
        address = first.reply.headers["Content-Location"]
        with server.client.stream(address) as second:
            told = list(second)
        assert [message.id for message in first] == [message.id for message in told]


def test_a_typed_stream_tells_every_event_of_every_run(server: RunningServer) -> None:
    """The form that canvas-kit's own client asks for leaves nothing out."""
    body = {"workflow": canvas(), "count": 2, "form": "typed"}
    with server.client.stream("/api/canvas/execute-batch", body) as stream:
        told = list(stream)
    names = [message.name for message in told]
    assert names.count("started") == names.count("complete") == 2
    numbers = [int(message.id.rpartition(":")[2]) for message in told]
    assert numbers == list(range(1, len(told) + 1))
    completed = [m for m in told if m.name == "node_complete" and m.data.get("entities")]
    assert len(completed) == 6
    assert all(item["sha256"] for m in completed for item in m.data["entities"])


def test_an_unknown_form_is_refused(client: EditorClient) -> None:
    body = {"workflow": canvas(), "count": 1, "form": "yaml"}
    assert client.ask("POST", "/api/canvas/execute-batch", body).status == 400
