"""The page at the root of a server of our own, and pages of other addresses that may ask."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from canvas_kit.backends.scripted import plain_png
from tests.server.conftest import TOKEN, RunningServer, ServerStarter
from tests.server.editor_client import EditorClient, canvas
from tests.server.page_server import page_server


@pytest.mark.parametrize(
    ("accepted", "language", "words"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de", "Aus einem Skript"),
        ("en-GB", "en", "From a script"),
        ("tr", "en", "From a script"),
    ],
)
@pytest.mark.parametrize("token", [None, TOKEN])
def test_the_root_says_what_is_here_and_how_to_connect(
    server: RunningServer, token: str | None, accepted: str, language: str, words: str
) -> None:
    """In the client's language, to all, with nothing in it that is worth hiding."""
    client = EditorClient(server.url, token)
    reply = client.ask("GET", "/", headers={"Accept-Language": accepted})
    text = reply.data.decode()
    assert reply.status == 200
    assert words in text
    assert f'<html lang="{language}">' in text
    assert f'href="{server.url}/api/canvas/openapi.json"' in text
    assert TOKEN not in text
    assert str(server.exports) not in text
    assert "<script" not in text
    headers = reply.headers
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Language"] == language


def test_the_page_is_found_below_a_base_url(start_server: ServerStarter) -> None:
    server = start_server(base_url="/lab/")
    reply = EditorClient(server.url, None).ask("GET", "/")
    assert f'href="{server.url}/api/canvas/openapi.json"' in reply.data.decode()


def test_a_host_that_is_not_this_one_is_not_written_into_the_page(server: RunningServer) -> None:
    reply = EditorClient(server.url, None).ask("GET", "/", headers={"Host": "evil.example"})
    assert reply.status == 403
    assert b"evil.example" not in reply.data


def test_there_is_no_page_for_what_it_is_not(server: RunningServer) -> None:
    client = EditorClient(server.url, TOKEN)
    assert client.ask("POST", "/", raw=plain_png(1, 1, 0)).status in (403, 405)
    assert client.ask("GET", "/index.html").status == 404


def test_the_server_starts_without_a_word_of_warning(server: RunningServer) -> None:
    """Jupyter Server lists the routes that it thinks are open."""
    assert not [line for line in server.said if "Warning" in line]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_proxy_that_changes_the_hosts_name_needs_the_pages_origin_allowed(
    start_server: ServerStarter, tmp_path: Path, allowed: bool
) -> None:
    """What comes through it looks like another site's; the refusal says what to do."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    server = start_server(allow_origin=origin if allowed else "")
    with page_server(tmp_path, server.url, TOKEN, change_origin=True, port=port) as (url, _):
        page = EditorClient(url, None)
        reply = page.ask(
            "POST", "/api/canvas/execute", {"workflow": canvas()}, headers={"Origin": origin}
        )
    assert reply.status == (200 if allowed else 403)
    assert allowed or "--allow-origin" in reply.json()["error"]
    server.stop()
