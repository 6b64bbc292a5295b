"""The line to a server: requests, streams that survive a lost line, files that are checked."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
from httpx_sse import SSEError, aconnect_sse

from canvas_kit.client.errors import RemoteError
from canvas_kit.errors import CanvasError, Problem, shorten
from canvas_kit.events import Event, from_json

_CONNECT_SECONDS = 10.0
_SILENCE_SECONDS = 60.0
"""The longest silence on a stream; the server says something every 15 seconds."""
_ANSWER_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0


class Line:
    """Talks to one server. Used on one event loop."""

    def __init__(self, url: str, token: str | None, patience_seconds: float) -> None:
        """Prepare; nothing is opened.

        Args:
            url: The server's base URL.
            token: Its token.
            patience_seconds: How long a lost server is waited for.
        """
        self._url = url.rstrip("/")
        self._patience = patience_seconds
        headers = {"Authorization": f"token {token}"} if token else {}
        self._http = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS, pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        )

    async def aclose(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def get(self, path: str) -> dict[str, Any]:
        """The JSON object at an address. A lost line is tried again.

        Raises:
            RemoteError: When the server refuses, or cannot be reached.
        """
        patience = _Patience(self._patience)
        while True:
            try:
                reply = await self._http.get(self._url + path)
            except httpx.TransportError as error:
                await patience.wait_after(error, self._url)
                continue
            if reply.status_code < 500:
                return self._object(reply)
            await patience.wait_after(self._refusal(reply), self._url)

    async def post(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """The answer to a POST, whatever its status.

        Raises:
            RemoteError: When the server cannot be reached.
        """
        try:
            return await self._http.post(self._url + path, json=body)
        except httpx.TransportError as error:
            raise RemoteError(f"{self._url} cannot be reached: {_told(error)}.") from error

    async def fetch(self, path: str, sha256: str) -> bytes:
        """The bytes at an address, whole, as their hash shows.

        Raises:
            RemoteError: When they do not come, or are not those that were recorded.
        """
        patience = _Patience(self._patience)
        came = ""
        for _ in range(3):
            try:
                reply = await self._http.get(self._url + path)
            except httpx.TransportError as error:
                await patience.wait_after(error, self._url)
                continue
            if reply.status_code != 200:
                raise self._refusal(reply)
            came = hashlib.sha256(reply.content).hexdigest()
            if came == sha256:
                return reply.content
        raise RemoteError(
            f"{self._url}{path} did not give what was recorded: expected the sha256 {sha256}, got "
            f"{came or 'nothing'}."
        )

    async def events(self, start: str, body: Mapping[str, Any], again: str) -> AsyncIterator[Event]:
        """The events of a run or a batch that is started here, however often the line is lost.

        The same body is sent again as long as nothing was heard: it names the run, so that it is
        not started twice. Ends when the server says that nothing will follow.

        Args:
            start: Where to ask for it.
            body: What is asked for.
            again: Where to come back to.

        Raises:
            CanvasError: When the canvas cannot run there.
            RemoteError: When the server refuses, or cannot be reached for too long.
        """
        seen = ""
        patience = _Patience(self._patience)
        while True:
            try:
                async with self._stream(start, body, again, seen) as source:
                    if source.response.status_code == 204:
                        return
                    if source.response.status_code != 200:
                        await source.response.aread()
                        refusal = self._refusal(source.response)
                        if source.response.status_code < 500 and source.response.status_code != 429:
                            raise refusal
                        await patience.wait_after(refusal, self._url)
                        continue
                    heard = seen
                    async for message in source.aiter_sse():
                        patience.renew()
                        if not message.data:  # a comment
                            continue
                        seen = message.id or seen
                        yield self._event(message.data)
                # A stream also ends when its server does: whether all was said is asked again.
                if seen == heard:
                    ended = RemoteError(f"{self._url} ended its stream without a word.")
                    await patience.wait_after(ended, self._url)
            except (httpx.TransportError, SSEError) as error:
                await patience.wait_after(error, self._url)

    def _stream(self, start: str, body: Mapping[str, Any], again: str, seen: str) -> Any:
        timeout = httpx.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS, pool=None)
        if not seen:
            return aconnect_sse(self._http, "POST", self._url + start, json=body, timeout=timeout)
        return aconnect_sse(
            self._http,
            "GET",
            self._url + again,
            params={"form": "typed"},
            headers={"Last-Event-ID": seen},
            timeout=timeout,
        )

    def _event(self, data: str) -> Event:
        try:
            return from_json(json.loads(data))
        except ValueError as error:
            raise RemoteError(
                f"{self._url} should have sent an event that this canvas-kit knows, but {error}. "
                "Are both of the same version?"
            ) from None

    def _object(self, reply: httpx.Response) -> dict[str, Any]:
        if reply.status_code != 200:
            raise self._refusal(reply)
        try:
            document = reply.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise RemoteError(
                f"{reply.url.copy_with(query=None)} should have answered a JSON object, but sent "
                f"{shorten(reply.text)}. Is it the address of a canvas-kit?"
            )
        return document

    def _refusal(self, reply: httpx.Response) -> RemoteError | CanvasError:
        """What an answer that is no success means."""
        try:
            document = reply.json()
        except ValueError:
            document = {}
        if not isinstance(document, dict):
            document = {}
        problems = document.get("problems")
        if reply.status_code == 422 and isinstance(problems, list) and problems:
            known = ("message", "code", "node_id", "field")
            return CanvasError([Problem(*(item.get(key) for key in known)) for item in problems])
        why = document.get("error") or document.get("message") or reply.reason_phrase
        advice = {
            302: " Is it the address of a canvas-kit, and its base URL complete?",
            403: " Is the token right?",
            404: " Is it the address of a canvas-kit, and its base URL complete?",
        }.get(reply.status_code, "")
        return RemoteError(
            f"{self._url} answered {reply.status_code} to {reply.request.method} "
            f"{reply.url.path}: {str(why).rstrip('.')}.{advice}",
            status=reply.status_code,
        )


class _Patience:
    """How long a lost server is waited for, with growing pauses."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """The server was heard."""
        self._until = time.monotonic() + self._seconds
        self._pause = _FIRST_PAUSE_SECONDS

    async def wait_after(self, error: Exception, url: str) -> None:
        """Wait before the next try, or give up.

        Raises:
            RemoteError: When the time is up.
        """
        if isinstance(error, CanvasError):
            raise error
        if time.monotonic() + self._pause > self._until:
            if isinstance(error, RemoteError):
                raise error
            raise RemoteError(
                f"{url} cannot be reached: {_told(error)}. What was started there goes on."
            ) from error
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__
