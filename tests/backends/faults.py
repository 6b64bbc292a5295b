"""What goes wrong on the wire: plays for :class:`tests.backends.fake_server.FakeServer`.

Each function gives a play that does one thing wrong. A fault that only one sort of server knows (an
expired session, a socket that stays silent) is scripted by that server's fake.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping

from aiohttp import web

from tests.backends.fake_server import Handler, Play

HTML_PAGE = (
    "<!doctype html><html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center></body></html>"
)
NOT_AN_IMAGE = b"<html>this is no picture, whatever its name says</html>"


def slow_headers(seconds: float) -> Play:
    """Answer rightly, but only after ``seconds``."""

    async def play(request: web.Request, answer: Handler) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await answer(request)

    return play


def silence() -> Play:
    """Accept the request and never answer."""

    async def play(request: web.Request, answer: Handler) -> web.StreamResponse:
        await asyncio.sleep(3600)
        raise AssertionError("nobody waits that long")

    return play


def drop_connection() -> Play:
    """Take the request and die before the first byte of an answer, as a killed server does."""

    async def play(request: web.Request, answer: Handler) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return play


def stall_body(after: int = 64) -> Play:
    """Send the right headers and ``after`` bytes, then nothing more."""

    async def play(request: web.Request, answer: Handler) -> web.StreamResponse:
        response = await _begin(request, answer, after)
        await asyncio.sleep(3600)
        return response

    return play


def cut_body(after: int = 64) -> Play:
    """Send the right headers and ``after`` bytes, then drop the connection."""

    async def play(request: web.Request, answer: Handler) -> web.StreamResponse:
        response = await _begin(request, answer, after)
        await asyncio.sleep(0.02)  # lets the bytes leave before the connection is reset
        assert request.transport is not None
        request.transport.abort()
        return response

    return play


def wrong_length(difference: int) -> Play:
    """Announce a length that is ``difference`` bytes off, then send everything there is."""

    async def play(request: web.Request, answer: Handler) -> web.StreamResponse:
        right = await _right_answer(request, answer)
        body = _body(right)
        response = web.StreamResponse(status=right.status, headers=_headers(right))
        response.content_length = len(body) + difference
        await response.prepare(request)
        assert request.transport is not None
        request.transport.write(body)  # past the response, which would keep to the length
        await asyncio.sleep(0.02)
        request.transport.close()
        return response

    return play


def html_page(status: int = 502) -> Play:
    """A gateway's error page where JSON or a file was expected."""
    return reply(status, HTML_PAGE.encode(), {"Content-Type": "text/html"})


def not_an_image() -> Play:
    """Text, announced as a PNG."""
    return reply(200, NOT_AN_IMAGE, {"Content-Type": "image/png"})


def empty_file() -> Play:
    """Status 200 and no byte."""
    return reply(200, b"", {"Content-Type": "image/png"})


def stumble(status: int = 500) -> Play:
    """An internal error without further words."""
    return reply(status, b"Internal Server Error", {"Content-Type": "text/plain"})


def too_many_requests(headers: Mapping[str, str], body: bytes = b"{}") -> Play:
    """429 with the given form of saying when to come back."""
    return reply(429, body, {"Content-Type": "application/json", **headers})


def redirect(to: str, status: int = 302) -> Play:
    """Point to another address."""
    return reply(status, b"", {"Location": to})


def endless_body(chunk: bytes = b"\0" * 65536) -> Play:
    """A body without an announced length that goes on until the client has had enough."""

    async def play(request: web.Request, answer: Handler) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/png"})
        await response.prepare(request)
        transport = request.transport
        assert transport is not None
        try:
            while True:
                await response.write(chunk)
        finally:
            transport.abort()  # with bytes left to send, the server's side would outlive the loop

    return play


def compressed() -> Play:
    """The right answer, deflated: its length on the wire is not that of the file."""

    async def play(request: web.Request, answer: Handler) -> web.StreamResponse:
        right = await _right_answer(request, answer)
        return web.Response(
            body=zlib.compress(_body(right)),
            headers={**_headers(right), "Content-Encoding": "deflate"},
        )

    return play


def reply(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Play:
    """This answer, whatever was asked."""

    async def play(request: web.Request, answer: Handler) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=dict(headers or {}))

    return play


RETRY_FORMS: Mapping[str, Mapping[str, str]] = {
    "retry-after-ms": {"retry-after-ms": "30"},
    "retry-after in seconds": {"retry-after": "0.03"},
    "retry-after as a date": {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"},
    "x-ratelimit-reset-requests": {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "30ms",
    },
    "nothing": {},
}
"""The ways in which servers say when to come back."""


FAULTS = (
    "slow headers",
    "silence",
    "stalled body",
    "cut body",
    "length announced too long",
    "length announced too short",
    "HTML error page",
    "HTML page with status 200",
    *(f"429, {form}" for form in RETRY_FORMS),
    "429 without end",
    "500 once, then fine",
    "500 always",
    "expired session",
    "server restart in mid-run",
    "socket dies",
    "socket stays silent",
    "relative URL",
    "internal URL",
    "foreign URL",
    "redirect on its own host",
    "redirect to a foreign host",
    "oversized file",
    "empty file",
    "non-image bytes",
    "file deleted on the server",
    "error inside a stream",
)
"""Every fault by the name that the fault matrix has for it."""


async def _right_answer(request: web.Request, answer: Handler) -> web.Response:
    right = await answer(request)
    assert isinstance(right, web.Response), "this fault needs an answer with its body at hand"
    return right


def _body(right: web.Response) -> bytes:
    assert right.body is None or isinstance(right.body, bytes | bytearray)
    return bytes(right.body or b"")


def _headers(right: web.Response) -> dict[str, str]:
    return {
        name: value for name, value in right.headers.items() if name.lower() != "content-length"
    }


async def _begin(request: web.Request, answer: Handler, after: int) -> web.StreamResponse:
    right = await _right_answer(request, answer)
    body = _body(right)
    response = web.StreamResponse(status=right.status, headers=_headers(right))
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: min(after, max(len(body) - 1, 0))])
    return response
