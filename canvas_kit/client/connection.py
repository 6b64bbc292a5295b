"""The connection to a server: requests, streams that survive a lost line, checked files."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx

from canvas_kit.client.errors import RemoteError, RemoteRefused, RemoteUnreachable
from canvas_kit.errors import CanvasError, Problem, shorten
from canvas_kit.events import Event, from_json
from canvas_kit.network.downloads import NotWhole, OversizedBody, check_encoding, read_body
from canvas_kit.network.policy import ENCODINGS, public_url
from canvas_kit.network.retry import Retry, RetryPolicy, requested_wait
from canvas_kit.network.sse import sent_events

_CONNECT_SECONDS = 10.0
_SILENCE_SECONDS = 60.0
"""The longest silence: of an answer, and of a stream, on which the server says something every 15
seconds."""
_MAX_ANSWER_BYTES = 64 * 2**20
"""The largest answer that is no file: the record of a very large batch."""
_WRONG_ADDRESS = " Is it the address of a canvas-kit, and its base URL complete?"
_ADVICE = {302: _WRONG_ADDRESS, 403: " Is the token right?", 404: _WRONG_ADDRESS}


class RemoteConnection:
    """Talks to one server. Used on one event loop."""

    def __init__(self, url: str, token: str | None, patience_seconds: float) -> None:
        """Prepare; nothing is opened. A lost server is waited for ``patience_seconds``."""
        self._url = url.rstrip("/")
        self._shown = public_url(self._url)
        self._policy = RetryPolicy(0.2, longest_seconds=5.0, patience_seconds=patience_seconds)
        self._http = httpx.AsyncClient(
            headers={
                "Accept-Encoding": ENCODINGS,
                **({"Authorization": f"token {token}"} if token else {}),
            },
            timeout=httpx.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS, pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        )

    async def aclose(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def get(self, path: str) -> dict[str, Any]:
        """The JSON object at an address.

        Raises:
            RemoteError: When the server refuses, cannot be reached, or answers something else.
        """
        reply = await self._get(path, _MAX_ANSWER_BYTES)
        document = _json_object(reply)
        if document is None:
            raise RemoteError(
                f"{self._shown}{path} should have answered a JSON object, but sent "
                f"{shorten(reply.text)}. Is it the address of a canvas-kit?"
            )
        return document

    async def post(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """The answer to a POST, whatever its status.

        Raises:
            RemoteUnreachable: When the server cannot be reached.
        """
        try:
            return await self._ask("POST", path, _MAX_ANSWER_BYTES, json=body)
        except (httpx.TransportError, NotWhole) as error:
            raise self._unreachable(error) from error

    async def fetch(self, path: str, sha256: str, *, limit: int) -> bytes:
        """The bytes at an address, whole, as their hash shows.

        Args:
            path: The address.
            sha256: The hash.
            limit: The most that are read.

        Raises:
            RemoteError: When they do not come, or are not those that were recorded.
        """
        for _ in range(3):
            content = (await self._get(path, limit)).content
            came = hashlib.sha256(content).hexdigest()
            if came == sha256:
                return content
        raise RemoteError(
            f"{self._shown}{path} did not give what was recorded: expected the sha256 {sha256}, "
            f"got {came}."
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
        retry = Retry(self._policy)
        while True:
            heard = seen
            try:
                async with self._stream(start, body, again, seen) as reply:
                    if reply.status_code == 204:
                        return
                    if reply.status_code != 200:
                        whole = await self._whole(reply, _MAX_ANSWER_BYTES)
                        await self._wait_or_raise(retry, self._refusal(whole), whole)
                        continue
                    check_encoding(reply)
                    async for message in sent_events(reply.aiter_bytes()):
                        retry.reset()
                        if not message.data:  # a comment
                            continue
                        seen = message.id or seen
                        yield self._event(message.data)
                # A stream also ends when its server does: whether all was said is asked again.
                if seen == heard:
                    silent = RemoteUnreachable(f"{self._shown} ended its stream without a word.")
                    await self._wait_or_raise(retry, silent)
            except (httpx.TransportError, OversizedBody, NotWhole) as error:
                await self._wait_or_raise(retry, self._unreachable(error))

    def _stream(
        self, start: str, body: Mapping[str, Any], again: str, seen: str
    ) -> AbstractAsyncContextManager[httpx.Response]:
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if not seen:
            return self._http.stream("POST", self._url + start, json=body, headers=headers)
        headers["Last-Event-ID"] = seen
        query = {"form": "typed"}
        return self._http.stream("GET", self._url + again, params=query, headers=headers)

    async def _ask(self, method: str, path: str, limit: int, **more: Any) -> httpx.Response:
        """An answer with its whole body, of at most ``limit`` bytes."""
        async with self._http.stream(method, self._url + path, **more) as reply:
            return await self._whole(reply, limit)

    async def _whole(self, reply: httpx.Response, limit: int) -> httpx.Response:
        try:
            body = await read_body(reply, limit, None)
        except OversizedBody:
            raise RemoteError(
                f"{self._shown} answered {reply.request.method} {reply.url.path} with more than "
                f"{limit} bytes, which is more than was to be expected."
            ) from None
        packing = ("content-encoding", "content-length", "transfer-encoding")
        headers = [(key, value) for key, value in reply.headers.items() if key not in packing]
        return httpx.Response(
            reply.status_code, headers=headers, content=body, request=reply.request
        )

    async def _get(self, path: str, limit: int) -> httpx.Response:
        """A good answer. A lost line and a server at fault are tried again."""
        retry = Retry(self._policy)
        while True:
            try:
                reply = await self._ask("GET", path, limit)
            except (httpx.TransportError, NotWhole) as error:
                await self._wait_or_raise(retry, self._unreachable(error))
                continue
            if reply.status_code == 200:
                return reply
            await self._wait_or_raise(retry, self._refusal(reply), reply)

    async def _wait_or_raise(
        self, retry: Retry, error: RemoteError | CanvasError, reply: httpx.Response | None = None
    ) -> None:
        """Wait before the next try; raise ``error`` where another would be in vain."""
        if reply is not None and reply.status_code < 500 and reply.status_code != 429:
            raise error
        wait = retry.next_wait(requested_wait(reply.headers) if reply is not None else None)
        if wait is None:
            raise error
        await asyncio.sleep(wait)

    def _event(self, data: str) -> Event:
        try:
            return from_json(json.loads(data))
        except (ValueError, RecursionError) as error:
            raise RemoteError(
                f"{self._shown} should have sent an event that this canvas-kit knows, but {error}. "
                "Are both of the same version?"
            ) from None

    def _refusal(self, reply: httpx.Response) -> RemoteError | CanvasError:
        """What an answer that is no success means."""
        document = _json_object(reply) or {}
        problems = document.get("problems")
        if reply.status_code == 422 and isinstance(problems, list) and problems:
            known = ("message", "code", "node_id", "field")
            return CanvasError([Problem(*(item.get(key) for key in known)) for item in problems])
        why = document.get("error") or document.get("message") or reply.reason_phrase
        return RemoteRefused(
            f"{self._shown} answered {reply.status_code} to {reply.request.method} "
            f"{reply.url.path}: {str(why).rstrip('.')}.{_ADVICE.get(reply.status_code, '')}",
            status=reply.status_code,
        )

    def _unreachable(self, error: Exception) -> RemoteUnreachable:
        why = str(error) or type(error).__name__
        return RemoteUnreachable(
            f"{self._shown} cannot be reached: {why}. What was started there goes on."
        )


def _json_object(reply: httpx.Response) -> dict[str, Any] | None:
    try:
        document = reply.json()
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
