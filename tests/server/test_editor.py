"""What an editor does: run a canvas, run a batch, abort it, lose its line, fetch every picture.

The client here was written from the description of the wire alone.
"""

from __future__ import annotations

from typing import Any

import pytest

from canvas_kit.recorder.run import find_runs
from tests.server.conftest import RunningServer, ServerStarter
from tests.server.editor_client import EditorClient, Message, canvas, sha256

RESULT_KEYS = {"type", "output", "error"}


def as_stream(document: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of execute-stream: the canvas at the top level."""
    return {**document, "workflow": {"id": "workflow_7", "name": "A market"}, **more}


def as_batch(document: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"workflow": document, "base_seed": 40, **more}


def verify_picture(server: RunningServer, output: dict[str, Any]) -> None:
    """The picture at an output's address is the one of the record, byte for byte."""
    assert set(output) >= {"media_type", "url", "run_id", "index", "seed"}
    reply = server.client.picture(output["url"])
    entity = server.record(output["run_id"]).images[output["index"]]
    assert sha256(reply.data) == entity.sha256
    assert reply.headers["Content-Type"] == "image/png"
    assert reply.headers["ETag"] == f'"{entity.sha256}"'


def test_a_canvas_is_run_and_answered_with_its_results(server: RunningServer) -> None:
    """``execute`` answers when the run has ended, with every node's result."""
    document = server.client.post("/api/canvas/execute", {"workflow": canvas()})
    assert document["status"] == "success"
    assert {"results", "collectorOutput", "executionOrder", "exportPath"} <= set(document)
    results = document["results"]
    assert all(set(result) >= RESULT_KEYS for result in results.values())
    assert results["interception_1"]["output"] == "A MARKET AT DAWN"
    assert document["executionOrder"] == [
        "input_1",
        "interception_1",
        "generation_1",
        "collector_1",
    ]
    [item] = document["collectorOutput"]
    assert set(item) == {"nodeId", "nodeType", "output", "error"}
    verify_picture(server, item["output"])
    folder = server.exports / document["exportPath"]
    assert (folder / "metadata.json").is_file()


def test_a_single_run_is_told_from_start_to_end(server: RunningServer) -> None:
    """``execute-stream`` tells started, progress, node_complete and complete, and then ends."""
    body = as_stream(canvas(), device_id="Pult 3")
    with server.client.stream("/api/canvas/execute-stream", body) as stream:
        told = list(stream)
    names = [message.name for message in told]
    assert names[0] == "started"
    assert names[-1] == "complete"
    assert told[0].data == {"total_nodes": 4}
    for message in told:
        if message.name == "progress":
            assert set(message.data) >= {"node_id", "node_type", "status", "message"}
    previews = {m.data["node_id"]: m.data for m in told if m.name == "node_complete"}
    assert set(previews) == {"input_1", "interception_1", "generation_1", "collector_1"}
    assert previews["input_1"]["output_preview"] == {
        "type": "text",
        "preview": "a market at dawn",
    }
    picture = previews["generation_1"]["output_preview"]
    assert picture["type"] == "image"
    complete = told[-1].data
    verify_picture(server, complete["results"]["generation_1"]["output"])
    assert picture["url"] == complete["results"]["generation_1"]["output"]["url"]
    assert complete["exportPath"].split("/")[2] == "pult-3"
    run_id = complete["results"]["generation_1"]["output"]["run_id"]
    assert server.record(run_id).canvas.name == "A market"


def test_a_long_text_is_previewed_by_its_first_hundred_characters(client: EditorClient) -> None:
    words = "Wörter\u2028und\x85Zeilen 🌍 " * 20
    with client.stream("/api/canvas/execute-stream", as_stream(canvas(words))) as stream:
        told = list(stream)
    preview = next(m for m in told if m.name == "node_complete").data["output_preview"]
    assert preview == {"type": "text", "preview": words[:100]}
    assert told[-1].data["results"]["input_1"]["output"] == words


def test_an_evaluation_gives_its_outputs_and_its_verdict(client: EditorClient) -> None:
    """A judge's result has outputs and metadata; a collector has its text with the metadata."""
    nodes = [
        {"id": "words", "type": "input", "promptText": "all of us"},
        {"id": "judge", "type": "evaluation", "evaluationType": "fairness"},
        {"id": "end", "type": "collector"},
    ]
    connections = [
        {"sourceId": "words", "targetId": "judge"},
        {"sourceId": "judge", "targetId": "end", "label": "passthrough"},
    ]
    body = {"workflow": {"nodes": nodes, "connections": connections}}
    document = client.post("/api/canvas/execute", body)
    result = document["results"]["judge"]
    assert set(result["outputs"]) == {"pass", "fail", "commentary"}
    assert result["outputs"]["pass"] == "all of us"
    assert result["outputs"]["fail"] is None
    assert result["metadata"] == {"binary": True, "score": 8, "active_path": "passthrough"}
    [item] = document["collectorOutput"]
    assert set(item["output"]) == {"text", "metadata"}


def test_a_canvas_that_cannot_run_is_told_where_a_client_looks(client: EditorClient) -> None:
    """A run's stream in its end, as results; a batch's in an error; ``execute`` answers 422."""
    broken = canvas()
    broken["connections"][0]["targetId"] = "nowhere"
    broken["nodes"][1]["interceptionPreset"] = "stilleposst"
    for path, body in (
        ("execute-stream", as_stream(broken)),
        ("execute-batch", as_batch(broken, count=2)),
    ):
        with client.stream(f"/api/canvas/{path}", body) as stream:
            [message] = list(stream)
        assert message.name == ("complete" if path == "execute-stream" else "error")
        assert "stillepost" in message.data["error"]
        if message.name == "complete":
            assert message.data["status"] == "failed"
            assert "stillepost" in message.data["results"]["interception_1"]["error"]
            told = [item["error"] for item in message.data["collectorOutput"]]
            assert any("stillepost" in text for text in told)
    reply = client.ask("POST", "/api/canvas/execute", {"workflow": broken})
    assert reply.status == 422
    problems = reply.json()["problems"]
    assert {problem["node_id"] for problem in problems} >= {"interception_1"}
    assert all(set(problem) == {"message", "code", "node_id", "field"} for problem in problems)


def test_a_node_that_fails_does_not_take_its_neighbours_along(client: EditorClient) -> None:
    document = canvas()
    document["nodes"].append({"id": "other", "type": "generation"})
    document["nodes"][2]["configId"] = "lab/other"
    document["connections"] += [
        {"sourceId": "input_1", "targetId": "other"},
        {"sourceId": "other", "targetId": "collector_1"},
    ]
    document["nodes"][0]["promptText"] = "fail with a path"
    answer = client.post("/api/canvas/execute", {"workflow": document})
    assert answer["status"] == "success"
    assert answer["run_status"] == "partial"
    assert answer["results"]["other"]["error"] is None
    assert "failed" in answer["results"]["interception_1"]["error"]


def test_a_refused_picture_is_a_result_and_says_so(client: EditorClient) -> None:
    answer = client.post("/api/canvas/execute", {"workflow": canvas("refuse this")})
    assert "moderation" in answer["results"]["generation_1"]["error"]
    assert answer["results"]["interception_1"]["error"] is None


@pytest.mark.parametrize(
    ("asked", "mode", "seeds"),
    [
        ({"count": 3}, "count", [40, 41, 42]),
        ({"prompts": ["one", "two"]}, "prompts", [40, 41]),
        ({"prompts": ["one", "two"], "count": 1}, "prompts", [40, 41]),
        ({"prompts": [], "count": 1}, "count", [40]),
    ],
)
def test_a_batch_is_told_run_by_run(
    server: RunningServer, asked: dict[str, Any], mode: str, seeds: list[int]
) -> None:
    """Each run is started and ended once, in any order, and every picture can be fetched."""
    body = as_batch(canvas(), device_id="desk", **asked)
    with server.client.stream("/api/canvas/execute-batch", body) as stream:
        told = list(stream)
    first, last = told[0], told[-1]
    total = len(seeds)
    assert first.name == "batch_started"
    assert set(first.data) == {"batch_id", "total_runs", "batch_mode"}
    assert (first.data["total_runs"], first.data["batch_mode"]) == (total, mode)
    starts = [m.data for m in told if m.name == "run_start"]
    ends = [m.data for m in told if m.name == "run_complete"]
    assert {start["run_index"]: start["seed"] for start in starts} == dict(enumerate(seeds))
    assert all(set(start) == {"run_index", "total_runs", "run_id", "seed"} for start in starts)
    assert sorted(end["run_index"] for end in ends) == list(range(total))
    assert all(end["success"] for end in ends)
    assert all({"run_index", "run_id", "export_path", "success"} <= set(end) for end in ends)
    assert last.name == "batch_complete"
    assert last.data["batch_id"] == first.data["batch_id"]
    assert (last.data["total_runs"], last.data["completed_runs"]) == (total, total)
    assert sorted(last.data["export_paths"]) == sorted(end["export_path"] for end in ends)
    urls = {
        m.data["run_id"]: m.data["output_preview"]["url"]
        for m in told
        if m.name == "node_complete" and m.data["node_id"] == "generation_1"
    }
    assert set(urls) == {end["run_id"] for end in ends}
    for run_id, url in urls.items():
        run = server.record(run_id)
        assert sha256(server.client.picture(url).data) == run.images[0].sha256
        assert run.verify() == []


def test_events_of_a_run_come_between_its_start_and_its_end(client: EditorClient) -> None:
    with client.stream("/api/canvas/execute-batch", as_batch(canvas(), count=6)) as stream:
        told = list(stream)
    under_way: set[str] = set()
    for message in told:
        run_id = message.data.get("run_id", "")
        if message.name == "run_start":
            under_way.add(run_id)
        elif message.name == "run_complete":
            under_way.remove(run_id)
        elif message.name in ("progress", "node_complete"):
            assert run_id in under_way
    assert not under_way


def test_a_run_of_a_batch_that_fails_is_told_and_the_others_go_on(client: EditorClient) -> None:
    body = as_batch(canvas(), prompts=["fine", "fail with a path", "fine, too"])
    with client.stream("/api/canvas/execute-batch", body) as stream:
        told = list(stream)
    [fault] = [m.data for m in told if m.name == "run_error"]
    assert set(fault) == {"run_index", "run_id", "message", "error"}
    assert fault["run_index"] == 1
    success = {m.data["run_index"]: m.data["success"] for m in told if m.name == "run_complete"}
    assert success == {0: True, 1: False, 2: True}
    assert told[-1].data["completed_runs"] == 2


def test_a_batch_is_aborted_and_what_was_made_is_kept(server: RunningServer) -> None:
    body = as_batch(canvas(), prompts=["quick", "endless", "endless", "endless"], concurrency=2)
    with server.client.stream("/api/canvas/execute-batch", body) as stream:
        batch_id = stream.until("batch_started").data["batch_id"]
        done = stream.until("run_complete").data
        answer = server.client.post("/api/canvas/abort-batch", {"batch_id": batch_id})
        assert set(answer) == {"success", "message"}
        assert answer["success"] is True
        rest = list(stream)
    assert rest[-1].name == "batch_aborted"
    assert set(rest[-1].data) == {"batch_id", "aborted_at_run", "completed_runs"}
    assert rest[-1].data == {"batch_id": batch_id, "aborted_at_run": 1, "completed_runs": 1}
    assert server.record(done["run_id"]).verify() == []
    again = server.client.post("/api/canvas/abort-batch", {"batch_id": batch_id})
    assert again["success"] is False


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"batch_id": ""}, 400),
        ({"batch_id": 7}, 400),
        ({"batch_id": "20260101_000000_000_00000000"}, 404),
        ({"batch_id": "../../etc"}, 404),
    ],
)
def test_aborting_needs_the_id_of_a_batch(
    client: EditorClient, body: dict[str, Any], status: int
) -> None:
    reply = client.ask("POST", "/api/canvas/abort-batch", body)
    assert reply.status == status
    assert set(reply.json()) == {"success", "message"}
    assert reply.json()["success"] is False


def test_a_client_that_goes_away_does_not_stop_a_batch_and_gets_what_it_missed(
    server: RunningServer,
) -> None:
    """With ``Last-Event-ID`` the events go on after the last one seen, each exactly once."""
    body = as_batch(canvas(), prompts=["quick", "slow 1", "slow 2"], concurrency=1)
    before: list[Message] = []
    stream = server.client.stream("/api/canvas/execute-batch", body)
    again = stream.reply.headers["Content-Location"]
    for message in stream:
        before.append(message)
        if message.name == "run_complete":
            break
    stream.close()
    with server.client.stream(again, last_id=before[-1].id) as stream:
        after = list(stream)
    assert after[-1].name == "batch_complete"
    assert after[-1].data["completed_runs"] == 3
    numbers = [int(m.id.rpartition(":")[2]) for m in before + after]
    assert numbers == sorted(set(numbers))
    ends = [m.data["run_index"] for m in before + after if m.name == "run_complete"]
    assert sorted(ends) == [0, 1, 2]
    with server.client.stream(again) as stream:
        whole = list(stream)
    assert [m.id for m in whole] == [m.id for m in before + after]
    assert [m.data for m in whole] == [m.data for m in before + after]


def test_sending_the_same_post_with_last_event_id_starts_nothing_new(
    server: RunningServer,
) -> None:
    body = as_batch(canvas(), count=2)
    with server.client.stream("/api/canvas/execute-batch", body) as stream:
        told = list(stream)
    runs = len(find_runs(server.exports))
    with server.client.stream("/api/canvas/execute-batch", body, last_id=told[2].id) as stream:
        rest = list(stream)
    assert [m.id for m in rest] == [m.id for m in told[3:]]
    assert len(find_runs(server.exports)) == runs


def test_whoever_has_seen_all_is_told_not_to_come_again(client: EditorClient) -> None:
    """An ``EventSource`` stops reconnecting when it is answered 204."""
    with client.stream("/api/canvas/execute-batch", as_batch(canvas(), count=1)) as stream:
        last = list(stream)[-1]
        again = stream.reply.headers["Content-Location"]
    reply = client.ask("GET", again, headers={"Last-Event-ID": last.id})
    assert reply.status == 204


def test_a_single_run_can_be_come_back_to_as_well(client: EditorClient) -> None:
    stream = client.stream("/api/canvas/execute-stream", as_stream(canvas("slow words")))
    seen = stream.until("node_complete")
    again = stream.reply.headers["Content-Location"]
    stream.close()
    with client.stream(again, last_id=seen.id) as stream:
        assert list(stream)[-1].name == "complete"


def test_a_run_can_be_stopped(client: EditorClient) -> None:
    with client.stream("/api/canvas/execute-stream", as_stream(canvas("endless"))) as stream:
        run_id = stream.until("started").id.rpartition(":")[0]
        assert client.post("/api/canvas/abort-run", {"run_id": run_id})["success"] is True
        complete = list(stream)[-1]
    assert complete.name == "complete"
    assert complete.data["status"] == "cancelled"


def test_the_same_id_is_never_run_twice(server: RunningServer) -> None:
    """A client that names its run can send the request again when it heard no answer."""
    run_id = "20260131_120000_000_0123abcd"
    body = as_stream(canvas(), run_id=run_id)
    told = []
    for _ in range(2):
        with server.client.stream("/api/canvas/execute-stream", body) as stream:
            told.append([message.id for message in stream])
    assert told[0] == told[1]
    assert len([f for f in find_runs(server.exports) if f.name.endswith(run_id)]) == 1


def test_batches_under_way_are_listed(client: EditorClient) -> None:
    body = as_batch(canvas("endless"), count=2)
    with client.stream("/api/canvas/execute-batch", body) as stream:
        batch_id = stream.until("batch_started").data["batch_id"]
        listed = client.get("/api/canvas/batches")["batches"]
        [entry] = [item for item in listed if item["batch_id"] == batch_id]
        assert entry["state"] == "running"
        assert entry["total_runs"] == 2
        client.post("/api/canvas/abort-batch", {"batch_id": batch_id})
        stream.until("batch_aborted")


def test_the_record_of_a_run_names_everything_that_it_made(server: RunningServer) -> None:
    answer = server.client.post("/api/canvas/execute", {"workflow": canvas(), "seed": 5})
    run = server.client.get(f"/api/canvas/runs/{answer['run_id']}")["run"]
    assert run["status"] == "completed"
    assert run["seed"] == 5
    assert run["folder"] == answer["exportPath"]
    assert len(run["entities"]) == 3
    for entity in run["entities"]:
        assert sha256(server.client.picture(entity["url"]).data) == entity["sha256"]


def test_under_a_base_url_every_address_carries_it(start_server: ServerStarter) -> None:
    """Behind a hub, a picture's address works as it stands; at the root the routes answer too."""
    server = start_server(base_url="/user/alice/")
    assert server.url.endswith("/user/alice")
    answer = server.client.post("/api/canvas/execute", {"workflow": canvas()})
    output = answer["results"]["generation_1"]["output"]
    assert output["url"].startswith("/user/alice/api/media/image/")
    verify_picture(server, output)
    with server.client.stream("/api/canvas/execute-batch", as_batch(canvas(), count=1)) as stream:
        told = list(stream)
        assert stream.reply.headers["Content-Location"].startswith("/user/alice/api/canvas/")
    preview = next(
        m for m in told if m.data.get("node_id") == "generation_1" and "output_preview" in m.data
    )
    assert preview.data["output_preview"]["url"].startswith("/user/alice/api/media/")
    at_root = EditorClient(server.url.removesuffix("/user/alice"), server.client.token)
    assert at_root.get("/api/canvas/output-configs")["status"] == "success"
