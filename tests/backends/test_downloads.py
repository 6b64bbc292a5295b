"""Files from servers: whole, bounded, and from nowhere but where the settings allow."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit.errors import AccessDenied, DownloadError
from canvas_kit.network import Download, NetworkPolicy, download, file_url
from tests.backends import faults
from tests.backends.fake_server import FakeServer, Play, Routes

pytestmark = pytest.mark.anyio

FILE = bytes(range(256)) * 40
KEY = {"Authorization": "Bearer secret-key", "Cookie": "token=secret-cookie"}


class FileServer(FakeServer):
    def routes(self) -> Routes:
        return {"GET /files/*": self.file}

    async def file(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=FILE, content_type="image/png")


async def fetch(url: str, base: str, **manner: Any) -> Download:
    network = NetworkPolicy(
        allowed_hosts=manner.pop("allowed", frozenset()),
        max_download_bytes=manner.pop("limit", 10**6),
    )
    return await download(
        url,
        network=network,
        base=base,
        headers=KEY,
        backend="fake",
        stall_seconds=0.1,
        backoff_seconds=0.01,
        **manner,
    )


async def test_a_file_comes_with_what_was_announced() -> None:
    """The keys of the backend go along to its own host."""
    async with FileServer() as server:
        got = await fetch(f"{server.address}/files/a.png?token=x", server.address)
    assert got == Download(FILE, "image/png", len(FILE), f"{server.address}/files/a.png")
    assert server.seen[0].headers["authorization"] == KEY["Authorization"]
    assert server.seen[0].headers["accept-encoding"] == "identity"


async def test_a_raw_path_is_encoded_and_keeps_the_proxy_prefix() -> None:
    """SwarmUI names files by paths with whatever the prompt had in it."""
    path = "files/raw/2025/Füchse & 100% #1? ja.png"
    async with FileServer(prefix="/swarm") as server:
        got = await fetch(path, server.address)
    assert got.data == FILE
    assert server.seen[0].path == f"/{path}"


@pytest.mark.parametrize(
    "fault",
    [
        faults.cut_body(),
        faults.stall_body(),
        faults.wrong_length(+100),
        faults.empty_file(),
        faults.stumble(500),
        faults.html_page(502),
        faults.too_many_requests({"retry-after-ms": "5"}),
    ],
    ids=["cut", "stalled", "longer announced", "empty", "500", "502", "429"],
)
async def test_a_fault_that_passes_costs_no_file(fault: Play) -> None:
    """Fetching again is safe, so it is done."""
    async with FileServer() as server:
        server.play("/files/a", fault, times=5)
        got = await fetch("/files/a", server.address)
    assert got.data == FILE
    assert len(server.seen) == 6


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.cut_body(), "broke off"),
        (faults.stall_body(), "no byte came for 0.1 s after 64 bytes"),
        (faults.empty_file(), "empty"),
        (faults.stumble(500), "answered 500"),
    ],
)
async def test_a_fault_that_stays_keeps_nothing(fault: Play, words: str) -> None:
    """Half a file is no file, and the error says what came."""
    async with FileServer() as server:
        server.play("/files/a", fault, times=None)
        with pytest.raises(DownloadError, match=words):
            await fetch("/files/a", server.address)
    assert len(server.seen) == 6


async def test_a_missing_file_is_asked_for_once() -> None:
    """404 does not get better by asking again; the cause carries the answer."""
    async with FileServer() as server:
        with pytest.raises(DownloadError, match="404") as caught:
            await fetch("/gone.png?secret=1", server.address)
    assert len(server.seen) == 1
    assert "secret" not in str(caught.value)
    assert isinstance(caught.value.__cause__, httpx.HTTPStatusError)
    assert caught.value.__cause__.response.text == "404: Not Found"


async def test_slow_in_all_is_too_slow() -> None:
    """The deadline holds over all tries."""
    async with FileServer() as server:
        server.play("/files/a", faults.silence(), times=None)
        with pytest.raises(DownloadError, match=r"0\.2 s were not enough"):
            await fetch("/files/a", server.address, timeout_seconds=0.2)


async def test_a_wait_longer_than_the_deadline_is_not_begun() -> None:
    """The server's own words are the reason then, and not the deadline."""
    async with FileServer() as server:
        server.play("/files/a", faults.too_many_requests({"retry-after": "60"}), times=None)
        with pytest.raises(DownloadError, match=r"answered 429. It asks to come back in 60 s"):
            await fetch("/files/a", server.address, timeout_seconds=5)
    assert len(server.seen) == 1


@pytest.mark.parametrize("announced", [True, False])
async def test_an_oversized_file_is_left(announced: bool) -> None:
    """By its announcement, or as soon as more than the limit has come."""
    async with FileServer() as server:
        if not announced:
            server.play("/files/a", faults.endless_body())
        with pytest.raises(DownloadError, match="max_download_bytes"):
            await fetch("/files/a", server.address, limit=1000)
    assert len(server.seen) == 1


async def test_a_compressed_file_is_unpacked() -> None:
    """The announced length is that of the packed bytes, so it is not compared."""
    async with FileServer() as server:
        server.play("/files/a", faults.compressed())
        got = await fetch("/files/a", server.address)
    assert (got.data, got.announced_size) == (FILE, None)


async def test_a_foreign_host_is_refused_before_it_is_asked() -> None:
    """Also one on the same machine: the port makes the server."""
    async with FileServer() as server, FileServer() as foreign:
        with pytest.raises(AccessDenied, match="allowed_hosts"):
            await fetch(f"{foreign.address}/files/a", server.address)
    assert foreign.seen == []


async def test_an_allowed_host_gets_no_key() -> None:
    """Neither key nor cookie leaves the backend's own host."""
    async with FileServer() as server, FileServer() as other:
        allowed = frozenset({f"127.0.0.1:{other.port}"})
        got = await fetch(f"{other.address}/files/a", server.address, allowed=allowed)
    assert got.data == FILE
    assert "authorization" not in other.seen[0].headers
    assert "cookie" not in other.seen[0].headers


async def test_a_redirect_is_followed_within_the_line_only() -> None:
    """Each hop is checked; the key stays behind when the host changes."""
    async with FileServer() as server, FileServer() as other:
        server.play("/files/a", faults.redirect("b"))
        server.play("/files/b", faults.redirect(f"{other.address}/files/c"), times=None)
        with pytest.raises(AccessDenied):
            await fetch("/files/a", server.address)
        assert other.seen == []
        allowed = frozenset({f"127.0.0.1:{other.port}"})
        got = await fetch("/files/b", server.address, allowed=allowed)
    assert got.data == FILE
    assert "authorization" not in other.seen[0].headers


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
async def test_a_redirect_to_another_scheme_is_refused(to: str) -> None:
    """Only http and https are spoken."""
    async with FileServer() as server:
        server.play("/files/a", faults.redirect(to), times=None)
        with pytest.raises((DownloadError, AccessDenied)):
            await fetch("/files/a", server.address)


async def test_redirects_without_end_are_left() -> None:
    """Five are enough."""
    async with FileServer() as server:
        server.play("/files/a", faults.redirect("/files/a"), times=None)
        with pytest.raises(DownloadError, match="more than 5 redirects"):
            await fetch("/files/a", server.address)
    assert len(server.seen) == 6


@pytest.mark.parametrize("url", ["file:///etc/passwd", "a.png", "", "javascript:alert(1)"])
async def test_what_is_no_address_is_told(url: str) -> None:
    """A path needs a backend that it belongs to."""
    with pytest.raises(DownloadError, match="http"):
        await fetch(url, "")


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("View/a b.png", "http://h:1/p", "http://h:1/p/View/a%20b.png"),
        ("/p/View/a.png", "http://h:1/p", "http://h:1/p/View/a.png"),
        ("/view?filename=a b.png&type=temp", "http://h:1", "http://h:1/view?filename=a%20b.png&type=temp"),
        ("a%20b.png", "http://h:1", "http://h:1/a%20b.png"),
        ("100%.png", "http://h:1", "http://h:1/100%25.png"),
        ("//cdn.example.org/a.png", "https://h", "https://cdn.example.org/a.png"),
        ("https://cdn.example.org/a.png", "http://h:1", "https://cdn.example.org/a.png"),
        ("http://localhost:7801/View/a.png", "https://gpu.example.org/p", "https://gpu.example.org/p/View/a.png"),
        ("http://10.0.0.5/a.png?t=1", "https://gpu.example.org", "https://gpu.example.org/a.png?t=1"),
        ("http://0.0.0.0:8188/a.png", "http://127.0.0.1:8188", "http://127.0.0.1:8188/a.png"),
        ("http://127.0.0.1:9/a.png", "http://127.0.0.1:8188", "http://127.0.0.1:9/a.png"),
        ("http://comfyui:8188/a.png", "http://192.168.1.2:8188", "http://192.168.1.2:8188/a.png"),
    ],
)  # fmt: skip
def test_how_servers_name_files(url: str, base: str, expected: str) -> None:
    """Relative, raw, protocol-relative, public, and visible only to the server itself."""
    assert file_url(url, base) == expected


@given(
    st.text(st.characters(exclude_characters="\0\n\r\t?", exclude_categories=["Cs"]), max_size=40)
)
def test_any_file_name_survives_the_way(name: str) -> None:
    """Whatever a server wrote into a path raw, it gets back decoded as it was."""
    raw = f"View/ {name}"  # the blank shows that nothing is encoded yet
    path = file_url(raw, "http://h:1").removeprefix("http://h:1/")
    assert unquote(path).rstrip() == raw.rstrip()
