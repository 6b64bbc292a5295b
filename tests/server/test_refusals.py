"""Who may not ask, what is too much, and what must never be told."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.server.conftest import TOKEN, RunningServer, ServerStarter
from tests.server.editor_client import EditorClient, canvas

ROUTES = [
    ("GET", "/api/canvas/llm-models"),
    ("GET", "/api/canvas/vision-models"),
    ("GET", "/api/canvas/output-configs"),
    ("GET", "/api/canvas/interception-configs"),
    ("GET", "/api/interception/bauhaus"),
    ("POST", "/api/canvas/execute"),
    ("POST", "/api/canvas/execute-stream"),
    ("POST", "/api/canvas/execute-batch"),
    ("POST", "/api/canvas/abort-batch"),
    ("POST", "/api/canvas/abort-run"),
    ("GET", "/api/canvas/batches"),
    ("GET", "/api/canvas/batches/20260101_000000_000_00000000"),
    ("GET", "/api/canvas/batches/20260101_000000_000_00000000/events"),
    ("GET", "/api/canvas/runs/20260101_000000_000_00000000"),
    ("GET", "/api/canvas/runs/20260101_000000_000_00000000/events"),
    ("GET", "/api/media/image/20260101_000000_000_00000000/0"),
    ("HEAD", "/api/media/image/20260101_000000_000_00000000/0"),
    ("GET", "/api/canvas/openapi.json"),
    ("GET", "/api/canvas/something"),
]
SMALL = {
    "max_body_bytes": 20_000,
    "body_seconds": 1.0,
    "max_nodes": 6,
    "max_runs": 5,
    "max_jobs": 2,
    "keep_ended_seconds": 0.2,
}


@pytest.fixture(scope="module")
def small(start_server: ServerStarter) -> RunningServer:
    """A server with narrow bounds."""
    return start_server(options=SMALL)


def names_no_place(text: str, server: RunningServer) -> bool:
    """Whether ``text`` says nothing of where things lie on this machine."""
    places = [server.exports, Path.cwd(), Path.home(), "/tmp/", "site-packages"]
    return not any(place in text for place in map(str, places) if len(place) > 1)


# --- who may ask ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("token", [None, "another-token"])
def test_without_the_token_nothing_is_answered(
    server: RunningServer, method: str, path: str, token: str | None
) -> None:
    body = {"workflow": canvas()} if method == "POST" else None
    reply = EditorClient(server.url, token).ask(method, path, body)
    assert reply.status == 403
    if method != "HEAD":
        assert reply.json()["status"] == "error"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_another_sites_page_is_refused_even_with_the_token(
    server: RunningServer, method: str, path: str
) -> None:
    body = {"workflow": canvas()} if method == "POST" else None
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        reply = server.client.ask(method, path, body, headers={"Origin": origin})
        assert reply.status == 403
        assert "Access-Control-Allow-Origin" not in reply.headers


def test_a_preflight_from_another_site_is_refused(server: RunningServer) -> None:
    headers = {
        "Origin": "http://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    reply = EditorClient(server.url, None).ask("OPTIONS", "/api/canvas/execute", headers=headers)
    assert reply.status == 403


def test_a_picture_is_not_shown_in_another_sites_page(server: RunningServer) -> None:
    """An ``<img>`` sends no origin; the browser says all the same where it stands."""
    answer = server.client.post("/api/canvas/execute", {"workflow": canvas()})
    url = answer["results"]["generation_1"]["output"]["url"]
    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
        assert server.client.ask("GET", url, headers=headers).status == 403
    reply = server.client.ask("GET", url, headers={"Sec-Fetch-Site": "same-origin"})
    assert reply.status == 200
    assert reply.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_name_that_only_leads_here_is_refused(server: RunningServer) -> None:
    """A page that has its own name point to this machine (DNS rebinding) gets nothing."""
    reply = server.client.ask(
        "GET", "/api/canvas/output-configs", headers={"Host": "evil.example:8899"}
    )
    assert reply.status == 403


def test_a_page_of_the_server_asks_with_its_cookie_and_no_header(server: RunningServer) -> None:
    """The token in an address signs a browser in; from then on its cookie does, also in an img."""
    parts = urlsplit(server.url)
    anyone = EditorClient(server.url, None)
    reply = anyone.ask("GET", f"/api/canvas/output-configs?token={TOKEN}")
    assert reply.status == 200
    cookie = reply.headers["Set-Cookie"].partition(";")[0]
    own = {"Cookie": cookie, "Origin": f"http://{parts.netloc}", "Sec-Fetch-Site": "same-origin"}
    reply = anyone.ask("POST", "/api/canvas/execute", {"workflow": canvas()}, headers=own)
    assert reply.status == 200
    url = reply.json()["results"]["generation_1"]["output"]["url"]
    assert anyone.ask("GET", url, headers={"Cookie": cookie}).status == 200
    assert anyone.ask("GET", f"{url}?token={TOKEN}").status == 200


def test_a_cookie_alone_does_not_start_anything(server: RunningServer) -> None:
    """What a form on another site sends carries the cookie, but neither origin nor xsrf token."""
    anyone = EditorClient(server.url, None)
    reply = anyone.ask("GET", f"/api/canvas/output-configs?token={TOKEN}")
    cookie = reply.headers["Set-Cookie"].partition(";")[0]
    body = {"workflow": canvas()}
    for more in ({}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        reply = anyone.ask("POST", "/api/canvas/execute", body, headers={"Cookie": cookie, **more})
        assert reply.status == 403


@pytest.mark.parametrize("like_a_hub", [False, True])
def test_under_a_path_another_users_page_is_refused_and_an_own_one_is_not(
    start_server: ServerStarter, like_a_hub: bool
) -> None:
    """On a JupyterHub with paths, the pages of all users have one origin.

    A hub asks for the cookie's double also for reading.
    """
    server = start_server(base_url="/user/alice/", like_a_hub=like_a_hub)
    anyone = EditorClient(server.url, None)
    reply = anyone.ask("GET", f"/api/canvas/output-configs?token={TOKEN}")
    cookie = reply.headers["Set-Cookie"].partition(";")[0]
    origin = f"http://{urlsplit(server.url).netloc}"
    foreign = {
        "Cookie": cookie,
        "Origin": origin,
        "Referer": f"{origin}/user/mallory/files/page.html",
        "Sec-Fetch-Site": "same-origin",
    }
    double = "0123456789abcdef" * 2
    own = foreign | {
        "Cookie": f"{cookie}; _xsrf={double}",
        "Referer": f"{origin}/user/alice/lab",
        "X-XSRFToken": double,
    }
    body = {"workflow": canvas(), "count": 1}
    for path in ("execute", "execute-stream", "execute-batch"):
        assert anyone.ask("POST", f"/api/canvas/{path}", body, headers=foreign).status == 403
        assert anyone.ask("POST", f"/api/canvas/{path}", body, headers=own).status == 200
    assert anyone.ask("GET", "/api/canvas/batches", headers=own).status == 200
    typed = {"Cookie": cookie, "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}
    assert anyone.ask("GET", "/api/canvas/batches", headers=typed).status == 200
    made = anyone.ask("POST", "/api/canvas/execute", body, headers=own).json()
    picture = f"/api/media/image/{made['run_id']}/0"
    shown = foreign | {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert anyone.ask("GET", picture, headers=shown).status == 200
    # What a window or a fetch without CORS gets, a page of the same origin can read.
    for mode in ("cors", "no-cors", "navigate", "same-origin") if like_a_hub else ():
        read = foreign | {"Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": "empty"}
        for path in ("/api/canvas/batches", "/api/canvas/output-configs", picture):
            assert anyone.ask("GET", path, headers=read).status == 403


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("POST", b" " * 9_000)])
def test_a_connection_can_be_used_after_a_refusal_unless_it_says_that_it_ends(
    server: RunningServer, method: str, body: bytes | None
) -> None:
    """A proxy that is not told would send the next request into a closed connection."""
    path = "/api/canvas/execute" if body else "/api/canvas/batches"
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    for _ in range(10):
        connection.request(method, path, body, {"Sec-Fetch-Site": "cross-site"})
        reply = connection.getresponse()
        assert reply.status == 403
        assert b"another site" in reply.read()
    connection.close()


def test_an_origin_that_the_owner_names_may_ask(start_server: ServerStarter) -> None:
    server = start_server(allow_origin="http://localhost:5173")
    for origin, status in (("http://localhost:5173", 200), ("http://localhost:5174", 403)):
        reply = server.client.ask("GET", "/api/canvas/output-configs", headers={"Origin": origin})
        assert reply.status == status
        asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        reply = EditorClient(server.url, None).ask("OPTIONS", "/api/canvas/execute", headers=asks)
        assert reply.status // 100 == status // 100
        allowed = reply.headers["Access-Control-Allow-Origin"]
        assert allowed == (origin if status == 200 else None)


@pytest.mark.parametrize(
    "path", ["/files/README.md", "/api/contents", "/api/kernels", "/api/terminals", "/lab", "/tree"]
)
def test_alone_it_serves_nothing_but_canvases(server: RunningServer, path: str) -> None:
    assert server.client.ask("GET", path).status == 404


def test_nothing_is_kept_by_a_cache_and_nothing_is_sniffed(server: RunningServer) -> None:
    reply = server.client.ask("GET", "/api/canvas/output-configs")
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


# --- what is too much ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["execute", "execute-stream", "execute-batch", "abort-batch"])
def test_a_body_that_is_announced_too_large_is_refused_unread(
    small: RunningServer, path: str
) -> None:
    parts = urlsplit(small.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.putrequest("POST", f"/api/canvas/{path}")
    connection.putheader("Authorization", f"token {TOKEN}")
    connection.putheader("Content-Length", str(10**9))
    connection.endheaders()
    reply = connection.getresponse()
    assert reply.status == 413
    assert json.loads(reply.read())["status"] == "error"
    connection.close()


@pytest.mark.parametrize("path", ["/api/canvas/nothing", "/api/nothing", "/login", "/api/kernels"])
def test_a_body_for_no_route_is_not_read(server: RunningServer, path: str) -> None:
    """Clients without a token could fill the memory with a few of them."""
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(300 * 2**20))
    connection.endheaders()
    assert connection.getresponse().status in (400, 403, 404, 413)
    connection.close()


def test_a_body_that_grows_too_large_on_the_way_is_refused(small: RunningServer) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"workflow": "'
        for _ in range(10):
            yield b"x" * 4096

    parts = urlsplit(small.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    headers = {"Authorization": f"token {TOKEN}"}
    with contextlib.suppress(ConnectionError):  # the answer may come while it is being sent
        connection.request("POST", "/api/canvas/execute", pieces(), headers, encode_chunked=True)
    reply = connection.getresponse()
    assert reply.status == 413
    connection.close()


def test_a_body_that_does_not_arrive_ends_the_connection(small: RunningServer) -> None:
    """A slow client holds neither a thread nor the line for ever."""
    parts = urlsplit(small.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as line:
        line.sendall(
            b"POST /api/canvas/execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n"
            b"Authorization: token " + TOKEN.encode() + b"\r\n\r\n{"
        )
        assert line.recv(1000) == b""
    assert small.client.get("/api/canvas/output-configs")["status"] == "success"


def test_a_canvas_with_too_many_nodes_is_refused(small: RunningServer) -> None:
    document = canvas()
    document["nodes"] += [{"id": f"d{n}", "type": "input", "promptText": "x"} for n in range(3)]
    reply = small.client.ask("POST", "/api/canvas/execute", {"workflow": document})
    assert reply.status == 422
    assert reply.json()["problems"][0]["code"] == "too_large"


def test_a_batch_with_too_many_runs_is_refused(small: RunningServer) -> None:
    for asked in ({"count": 6}, {"prompts": ["x"] * 6}, {"count": 10**30}):
        body = {"workflow": canvas(), **asked}
        reply = small.client.ask("POST", "/api/canvas/execute-batch", body)
        assert reply.status == 400
        assert "at most 5 runs" in reply.json()["error"]


def test_more_than_the_server_allows_at_once_is_told_to_come_later(small: RunningServer) -> None:
    """The ones under way go on, and when one has ended there is room again."""
    client = small.client
    body = {"workflow": canvas("endless"), "count": 1}
    streams = [client.stream("/api/canvas/execute-batch", body) for _ in range(2)]
    ids = [stream.until("batch_started").data["batch_id"] for stream in streams]
    reply = client.ask("POST", "/api/canvas/execute", {"workflow": canvas()})
    assert reply.status == 429
    assert int(reply.headers["Retry-After"]) > 0
    for stream, batch_id in zip(streams, ids, strict=True):
        client.post("/api/canvas/abort-batch", {"batch_id": batch_id})
        stream.until("batch_aborted")
        stream.close()
    # The last word of a batch comes just before its place is free.
    for _ in range(100):
        if (
            reply := client.ask("POST", "/api/canvas/execute", {"workflow": canvas()})
        ).status != 429:
            break
        time.sleep(0.05)
    assert reply.status == 200


def test_an_ended_batch_is_forgotten_after_a_while_but_its_record_stays(
    small: RunningServer,
) -> None:
    with small.client.stream(
        "/api/canvas/execute-batch", {"workflow": canvas(), "count": 1}
    ) as stream:
        told = list(stream)
        again = stream.reply.headers["Content-Location"]
    for _ in range(100):
        reply = small.client.ask("GET", again)
        if reply.status == 404:
            break
        time.sleep(0.05)
    assert reply.status == 404
    batch_id = told[0].data["batch_id"]
    batch = small.client.get(f"/api/canvas/batches/{batch_id}")["batch"]
    assert batch["completed_runs"] == 1
    reply = small.client.ask(
        "POST",
        "/api/canvas/execute-batch",
        {"workflow": canvas(), "count": 1, "batch_id": batch_id},
    )
    assert reply.status == 409


# --- what cannot be understood -------------------------------------------------------------------

HOSTILE: list[bytes] = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b"null",
    b'"text"',
    b'{"workflow": null}',
    b'{"workflow": []}',
    b'{"workflow": {"nodes": {}}}',
    b'{"workflow": {"nodes": null, "connections": 7}}',
    b'{"workflow": {"nodes": [7, null, []], "connections": [7]}}',
    b'{"nodes": "x", "connections": {}}',
    b'{"nodes": [{"id": {}, "type": []}]}',
    b'{"nodes": [{"id": "a", "type": "__import__"}]}',
    b'{"nodes": [{"id": "a", "type": "input", "promptText": NaN}]}',
    b'{"nodes": [{"id": "a", "type": "input", "promptText": "\\ud800"}]}',
    b'{"workflow": {"type": "other", "nodes": []}}',
    b"[" * 100_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"nodes": [' + b"[" * 60 + b"]" * 60 + b"]}",
    b'{"seed": ' + b"9" * 5_000 + b"}",
    b'{"seed": 1e999}',
    b'{"device_id": {}, "nodes": []}',
    b'{"device_id": "' + b"../" * 1000 + b'", "nodes": []}',
]


@pytest.mark.parametrize("path", ["execute", "execute-stream", "execute-batch", "abort-batch"])
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_body_that_makes_no_sense_is_refused_and_nothing_leaks(
    server: RunningServer, path: str, number: int
) -> None:
    reply = server.client.ask("POST", f"/api/canvas/{path}", raw=HOSTILE[number])
    text = reply.data.decode()
    assert reply.status in (200, 400, 422)
    if reply.status == 200:
        assert "event: complete" in text or text.startswith("event: error")
    assert "Traceback" not in text
    assert names_no_place(text, server)


@pytest.mark.parametrize(
    "picture",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "../../../../etc/passwd",
        "http://127.0.0.1:1/x.png",
        "http://169.254.169.254/latest/meta-data",
        {"image_path": "/etc/passwd"},
        {"path": "\0"},
        "data:image/png;base64,!!!!",
        "data:image/png;base64," + "AAAA" * 100,
    ],
)
def test_a_canvas_cannot_carry_files_away(server: RunningServer, picture: Any) -> None:
    """A picture comes as a data URL or not at all: never from the server's disk or network."""
    nodes = [
        {"id": "picture", "type": "image_input", "imageData": picture},
        {"id": "end", "type": "collector"},
    ]
    connections = [{"sourceId": "picture", "targetId": "end"}]
    body = {"workflow": {"nodes": nodes, "connections": connections}}
    reply = server.client.ask("POST", "/api/canvas/execute", body)
    text = reply.data.decode()
    assert "root:" not in text
    assert names_no_place(text, server)
    if reply.status == 200:  # a data URL that holds no picture fails as a node
        assert reply.json()["results"]["picture"]["error"]
    else:
        assert reply.status == 422


def test_a_desk_with_a_hostile_name_gets_a_harmless_folder(server: RunningServer) -> None:
    for name in ("../../../tmp/x", "/etc", "con", "a\0b", "..", "💥"):
        body = {"workflow": canvas(), "device_id": name}
        answer = server.client.post("/api/canvas/execute", body)
        folder = (server.exports / answer["exportPath"]).resolve()
        assert folder.is_relative_to(server.exports.resolve())
        assert folder.is_dir()


def test_a_backends_fault_is_told_without_paths_and_keys(server: RunningServer) -> None:
    answer = server.client.post("/api/canvas/execute", {"workflow": canvas("fail with a path")})
    error = answer["results"]["interception_1"]["error"]
    assert "cannot read" in error
    assert "/etc" not in error
    assert "alice" not in error
    record = server.client.get(f"/api/canvas/runs/{answer['run_id']}")
    assert "/etc/canvas" not in json.dumps(record)


@pytest.mark.parametrize(
    "path",
    [
        "/api/media/image/../../etc/passwd/0",
        "/api/media/image/..%2f..%2fetc%2fpasswd/0",
        "/api/media/image/nope/0",
        "/api/media/image/%00/0",
        "/api/media/image/20260101_000000_000_00000000/-1",
        "/api/media/image/20260101_000000_000_00000000/0x1",
        "/api/media/image/20260101_000000_000_00000000/99999999999",
        "/api/media/final/20260101_000000_000_00000000/0",
        "/api/canvas/runs/..",
        "/api/canvas/runs/%2e%2e%2f",
        "/api/canvas/batches/..%2f/events",
    ],
)
def test_addresses_lead_nowhere_but_to_recorded_things(server: RunningServer, path: str) -> None:
    reply = server.client.ask("GET", path)
    assert reply.status == 404
    assert names_no_place(reply.data.decode(), server)


@pytest.mark.parametrize("seen", ["nonsense", "x:1", "20260101_000000_000_00000000:x", ":", "0:-1"])
def test_a_last_event_id_that_was_never_given_is_refused(server: RunningServer, seen: str) -> None:
    body = {"workflow": canvas(), "count": 1}
    headers = {"Last-Event-ID": seen}
    reply = server.client.ask("POST", "/api/canvas/execute-batch", body, headers=headers)
    assert reply.status == 400


def test_a_last_event_id_of_something_forgotten_starts_nothing(server: RunningServer) -> None:
    body = {"workflow": canvas(), "count": 1}
    headers = {"Last-Event-ID": "20250101_000000_000_00000000:3"}
    reply = server.client.ask("POST", "/api/canvas/execute-batch", body, headers=headers)
    assert reply.status == 404
