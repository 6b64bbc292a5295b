"""An HTTP server on loopback that says what a test scripts, and misbehaves on request.

A fake of a real server derives from :class:`FakeServer` and fills :meth:`FakeServer.routes`::

    class FakeOllama(FakeServer):
        def routes(self) -> Routes:
            return {"GET /api/tags": self.tags, "POST /api/chat": self.chat}

    async with FakeOllama() as server:
        ...                                             # talk to server.address
        server.play("/api/chat", stumble(500))          # the next request there fails, once
        server.play("/view", stall_body(), times=None)  # every request there, from now on
        assert server.seen[-1].json["model"] == "tiny"

A *play* gets the request and the fake's own way to answer it, and answers instead; see
``tests/backends/faults.py`` for those there are.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.message import MIMEPart
from email.parser import BytesParser
from email.policy import HTTP
from types import TracebackType
from typing import Any, Self

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Routes = Mapping[str, Handler]
Play = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def form(request: web.Request) -> dict[str, bytes]:
    """The fields and files of a multipart form, by name.

    ``request.post()`` would find nothing: the body was read already, for :attr:`FakeServer.seen`.
    """
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head.encode() + await request.read())
    return {
        str(part.get_param("name", header="content-disposition")): _payload(part)
        for part in message.iter_parts()
    }


def _payload(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


@dataclass(slots=True)
class _Scripted:
    path: str
    play: Play
    times: int | None


class FakeServer:
    """A scripted server on a free loopback port.

    Attributes:
        address: Its base URL, with ``prefix`` if there is one.
        seen: Every request so far, in order of arrival.
        dropped: How many requests the client gave up on before their answer.
        closing: Set when the server stops; a play that waits for ever waits for this.
    """

    def __init__(self, *, prefix: str = "") -> None:
        self.prefix = prefix
        self.port = 0
        self.seen: list[Seen] = []
        self.dropped = 0
        self.running_now = 0
        self.most_at_once = 0
        self.closing = asyncio.Event()
        self._scripted: deque[_Scripted] = deque()
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    def routes(self) -> Routes:
        """``"METHOD /path"`` to handler; a path that ends in ``*`` matches what begins so."""
        return {}

    def play(self, path: str, play: Play, *, times: int | None = 1) -> None:
        """Let ``play`` answer the next ``times`` requests to ``path`` (None: all of them)."""
        self._scripted.append(_Scripted(path, play, times))

    def paths(self, method: str | None = None) -> list[str]:
        """The paths asked for so far."""
        return [seen.path for seen in self.seen if method in (None, seen.method)]

    async def start(self) -> None:
        """Listen: on a new port the first time, on the same one after :meth:`stop`."""
        self.closing.clear()
        app = web.Application(client_max_size=2**28)
        app.router.add_route("*", "/{anything:.*}", self._handle)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=0.05, access_log=None
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        assert self._runner.addresses
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close every connection and stop listening, as a killed server does."""
        self.closing.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(self.prefix)
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.method, path, dict(request.query), headers, body))
        handler = self._find(request.method, path)
        scripted = next((entry for entry in self._scripted if entry.path == path), None)
        if scripted is not None and scripted.times is not None:
            scripted.times -= 1
            if scripted.times <= 0:
                self._scripted.remove(scripted)
        self.running_now += 1
        self.most_at_once = max(self.most_at_once, self.running_now)
        try:
            if scripted is not None:
                return await scripted.play(request, handler)
            return await handler(request)
        except asyncio.CancelledError:
            self.dropped += 1
            raise
        finally:
            self.running_now -= 1

    def _find(self, method: str, path: str) -> Handler:
        routes = self.routes()
        if handler := routes.get(f"{method} {path}"):
            return handler
        for pattern, handler in routes.items():
            if pattern.endswith("*") and f"{method} {path}".startswith(pattern[:-1]):
                return handler
        return self.not_found

    async def not_found(self, request: web.Request) -> web.StreamResponse:
        """The answer where no route is; a fake overrides it with its server's own."""
        return web.Response(status=404, text="404: Not Found")

    async def forever(self) -> None:
        """Wait until the server stops."""
        with contextlib.suppress(asyncio.CancelledError):
            await self.closing.wait()
