"""Gives out a built front end and passes ``/api`` on to a canvas-kit server, as a lab's proxy does.

Run by hand: ``python -m tests.server.page_server FOLDER http://127.0.0.1:8899 TOKEN [PORT]``.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, StaticFileHandler

_OWN_HEADERS = {"connection", "transfer-encoding", "content-length", "content-encoding"}


class Page(StaticFileHandler):
    """The files of the front end; for an address of one of its views, its first page."""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        if not Path(absolute_path).is_file():
            absolute_path = str(Path(root) / "index.html")
        return super().validate_absolute_path(root, absolute_path)


class Passing(RequestHandler):
    """Passes a request on with the token, and the answer back as it comes."""

    def initialize(self, target: str, token: str, change_origin: bool, seen: list[Any]) -> None:
        self.target, self.token, self.change_origin = target, token, change_origin
        self.seen = seen

    def check_xsrf_cookie(self) -> None:
        pass

    async def get(self) -> None:
        await self.pass_on()

    async def post(self) -> None:
        await self.pass_on()

    async def delete(self) -> None:
        await self.pass_on()

    async def pass_on(self) -> None:
        headers = HTTPHeaders(self.request.headers)
        headers["Authorization"] = f"token {self.token}"
        if self.change_origin:
            headers["Host"] = urlsplit(self.target).netloc
        headers.pop("Accept-Encoding", None)
        asked = HTTPRequest(
            self.target + self.request.uri,
            self.request.method,
            headers,
            self.request.body or None,
            header_callback=self._take_header,
            streaming_callback=self._take,
            request_timeout=0,
            allow_nonstandard_methods=True,
            follow_redirects=False,
        )
        self.clear()
        reply = await AsyncHTTPClient().fetch(asked, raise_error=False)
        self.set_status(reply.code)
        self.seen.append((self.request.method, self.request.path, reply.code))
        with suppress(StreamClosedError):
            await self.finish()

    def _take_header(self, line: str) -> None:
        if line.startswith("HTTP/"):
            self.set_status(int(line.split()[1]))
            return
        name, _, value = line.strip().partition(":")
        if name and name.lower() not in _OWN_HEADERS:
            self.set_header(name, value.strip())

    def _take(self, data: bytes) -> None:
        self.write(data)
        self.flush()


@contextmanager
def page_server(
    folder: Path, target: str, token: str, *, change_origin: bool = False, port: int = 0
) -> Iterator[tuple[str, list[tuple[str, str, int]]]]:
    """The address of the served front end, and what it passed on, as it comes.

    Args:
        folder: The built front end.
        target: Where the canvas-kit server is.
        token: Its token.
        change_origin: Whether the host's name is changed on the way, as some proxies do.
        port: 0 for any free one.
    """
    seen: list[tuple[str, str, int]] = []
    passing = {"target": target, "token": token, "change_origin": change_origin, "seen": seen}
    started: list[Any] = []
    ready = threading.Event()

    async def serve() -> None:
        ended = asyncio.Event()
        application = Application(
            [
                (r"/api/.*", Passing, passing),
                (r"/(.*)", Page, {"path": str(folder), "default_filename": "index.html"}),
            ]
        )
        sockets = bind_sockets(port, "127.0.0.1")
        server = HTTPServer(application)
        server.add_sockets(sockets)
        started.extend((asyncio.get_running_loop(), ended, sockets[0].getsockname()[1]))
        ready.set()
        await ended.wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    ready.wait(30)
    loop, ended, bound = started
    try:
        yield f"http://127.0.0.1:{bound}", seen
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(30)


if __name__ == "__main__":
    with page_server(
        Path(sys.argv[1]),
        sys.argv[2],
        sys.argv[3],
        port=int(sys.argv[4]) if len(sys.argv) > 4 else 0,
    ) as (url, _):
        print(url, flush=True)
        threading.Event().wait()
