"""What JupyterLab's page asks of its server: the desk's methods, to those who may ask."""

from __future__ import annotations

import json

import pytest

from canvas_kit.server.handlers.workbench import WORKBENCH
from canvas_kit.server.limits import Limits
from canvas_kit.server.openapi import description
from canvas_kit.server.routes import ROUTES
from tests.server.conftest import TOKEN, RunningServer, ServerStarter
from tests.server.editor_client import EditorClient, canvas, sha256

DESK = "/api/canvas/workbench"


@pytest.fixture(scope="module")
def lab(start_server: ServerStarter) -> RunningServer:
    """A server that answers the workbench, as the one of JupyterLab does."""
    return start_server(options={"workbench": True, "max_body_bytes": 50_000})


def test_a_method_that_is_not_there_is_told(lab: RunningServer) -> None:
    reply = lab.client.ask("POST", f"{DESK}/nothing", {})
    assert reply.status == 404
    assert "nothing" in reply.json()["error"]


def test_alone_the_server_has_no_workbench(server: RunningServer) -> None:
    """It is for those who have files and kernels there, as in JupyterLab."""
    assert server.client.ask("POST", f"{DESK}/describe", {}).status == 404
    described = server.client.get("/api/canvas/openapi.json")["paths"]
    assert not [path for path in described if "workbench" in path]


def test_the_workbench_is_described_where_it_is(lab: RunningServer) -> None:
    described = lab.client.get("/api/canvas/openapi.json")["paths"]
    assert {route.path for route in WORKBENCH} <= set(described)
    assert set(described) == set(description((*ROUTES, *WORKBENCH), "/", Limits())["paths"])


@pytest.mark.parametrize("method", ["describe", "start", "jobs", "gallery.open", "nothing"])
def test_who_may_not_ask_is_not_answered(lab: RunningServer, method: str) -> None:
    """No token, another token, another site's page with the token, a cookie without more."""
    path, body = f"{DESK}/{method}", {"document": canvas()}
    for token in (None, "another-token"):
        assert EditorClient(lab.url, token).ask("POST", path, body).status == 403
    for origin in ("http://evil.example", "null"):
        reply = lab.client.ask("POST", path, body, headers={"Origin": origin})
        assert reply.status == 403
    signed_in = EditorClient(lab.url, None).ask("GET", f"/api/canvas/batches?token={TOKEN}")
    cookie = {"Cookie": signed_in.headers["Set-Cookie"].partition(";")[0]}
    assert EditorClient(lab.url, None).ask("POST", path, body, headers=cookie).status == 403


def test_under_a_path_another_users_page_is_not_answered(start_server: ServerStarter) -> None:
    """On a hub with paths, the pages of all users have one origin; only the double tells."""
    hub = start_server(base_url="/user/a/", like_a_hub=True, options={"workbench": True})
    anyone = EditorClient(hub.url, None)
    signed_in = anyone.ask("GET", f"/api/canvas/batches?token={TOKEN}")
    cookie = signed_in.headers["Set-Cookie"].partition(";")[0]
    double = "0123456789abcdef" * 2
    foreign = {"Cookie": cookie, "Origin": hub.url.removesuffix("/user/a")}
    own = {"Cookie": f"{cookie}; _xsrf={double}", "X-XSRFToken": double}
    assert anyone.ask("POST", f"{DESK}/nothing", {}, headers=foreign).status == 403
    assert anyone.ask("POST", f"{DESK}/nothing", {}, headers=foreign | own).status == 404


@pytest.mark.parametrize(
    "method", ["__init__", "Describe", "..", "%2e%2e", "describe/x", "a.b.c", "a" * 100, "engine"]
)
def test_only_names_of_methods_lead_anywhere(lab: RunningServer, method: str) -> None:
    assert lab.client.ask("POST", f"{DESK}/{method}", {}).status == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"[" * 40_000, b'{"x": NaN}', b"\xff"])
def test_a_body_that_is_no_object_is_refused(lab: RunningServer, body: bytes) -> None:
    reply = lab.client.ask("POST", f"{DESK}/nothing", raw=body)
    assert reply.status == 400
    assert reply.json()["status"] == "error"


def test_a_body_that_is_too_large_is_refused(lab: RunningServer) -> None:
    reply = lab.client.ask("POST", f"{DESK}/nothing", raw=json.dumps({"x": "y" * 60_000}).encode())
    assert reply.status == 413


def test_a_question_is_posted(lab: RunningServer) -> None:
    """What a link or a picture could ask for changes nothing."""
    assert lab.client.ask("GET", f"{DESK}/jobs").status in (404, 405)


@pytest.fixture(scope="module")
def recorded(lab: RunningServer) -> tuple[str, str, str]:
    """A run's id, its picture's file and hash."""
    answer = lab.client.post("/api/canvas/execute", {"workflow": canvas()})
    (image,) = lab.record(answer["run_id"]).images
    return answer["run_id"], str(image.file), str(image.sha256)


def test_a_picture_may_be_kept_by_the_page_that_names_its_hash(
    lab: RunningServer, recorded: tuple[str, str, str]
) -> None:
    """The file byte for byte, or a thumbnail; private, and for ever where the hash was said."""
    run_id, file, digest = recorded
    address = f"{DESK}/picture/{run_id}/{file}"
    whole = lab.client.ask("GET", f"{address}?sha256={digest}")
    assert whole.status == 200
    assert sha256(whole.data) == digest
    assert whole.headers["Content-Type"] == "image/png"
    assert whole.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert whole.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    small = lab.client.ask("GET", f"{address}?sha256={digest[:16]}&edge=32")
    assert small.status == 200
    assert small.headers["Content-Type"].startswith("image/")
    assert lab.client.ask("GET", address).headers["Cache-Control"] == "no-store"


def test_only_recorded_pictures_are_given(
    lab: RunningServer, recorded: tuple[str, str, str]
) -> None:
    """No way out of a run's folder, no other file, no other bytes than were asked for."""
    run_id, file, digest = recorded
    for path, status in (
        (f"{run_id}/metadata.json", 404),
        (f"{run_id}/journal.jsonl", 404),
        (f"{run_id}/../{run_id}/{file}", 404),
        (f"{run_id}/..%2f..%2f..%2fetc%2fpasswd", 404),
        (f"{run_id}/final/..", 404),
        (f"{run_id}/.hidden", 404),
        ("20260101_000000_000_00000000/final/a.png", 404),
        (f"..%2f{run_id}/{file}", 404),
        (f"{run_id}/{file}?sha256={'0' * 64}", 404),
        (f"{run_id}/{file}?sha256=xyz", 400),
        (f"{run_id}/{file}?sha256={digest}&edge=-1", 400),
        (f"{run_id}/{file}?edge=99999", 400),
    ):
        reply = lab.client.ask("GET", f"{DESK}/picture/{path}")
        assert reply.status == status, path
        assert str(lab.exports) not in reply.data.decode()


def test_a_picture_is_for_those_who_may_ask(
    lab: RunningServer, recorded: tuple[str, str, str]
) -> None:
    """Nobody without the token, and no page of another site, not even as an image."""
    run_id, file, digest = recorded
    address = f"{DESK}/picture/{run_id}/{file}?sha256={digest}"
    assert EditorClient(lab.url, None).ask("GET", address).status == 403
    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
        assert lab.client.ask("GET", address, headers=headers).status == 403
    assert lab.client.ask("GET", address, headers={"Origin": "http://evil.example"}).status == 403


@pytest.mark.parametrize(
    "document",
    [
        {"nodes": [{"id": "a", "type": "__import__"}], "connections": []},
        {"nodes": [{"id": "a", "type": "os.system"}], "connections": []},
        {"nodes": "import os", "connections": []},
        {"code": "import os"},
        None,
    ],
)
def test_a_job_that_names_code_is_not_begun(lab: RunningServer, document: object) -> None:
    """Jobs take canvases."""
    reply = lab.client.ask("POST", f"{DESK}/start", {"document": document, "code": "import os"})
    assert reply.status in (400, 422), reply.data
    assert "Traceback" not in reply.data.decode()
    assert lab.client.post(f"{DESK}/jobs", {})["jobs"] == []
