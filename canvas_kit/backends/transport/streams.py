"""Answers that come bit by bit, parsed: server-sent events and lines of JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from canvas_kit.backends.transport.response import parse_json
from canvas_kit.errors import BackendAnswerError, shorten
from canvas_kit.network.downloads import NotWhole, check_encoding
from canvas_kit.network.sse import byte_lines, sent_events

StreamMode = Literal["sse", "ndjson"]


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event of a stream.

    Attributes:
        name: The event's name; empty where the server gives none.
        data: Its content: parsed JSON.
    """

    name: str
    data: Any


@dataclass(frozen=True, slots=True)
class EventStream:
    """The events of one answer, in order; iterate over it once.

    Attributes:
        status: The HTTP status.
        headers: Header lines by name in lower case.
        notes: Sentences for the record about retries that came before the stream.
        events: The events.
    """

    status: int
    headers: Mapping[str, str]
    notes: tuple[str, ...]
    events: AsyncIterator[ServerEvent] = field(repr=False)

    def __aiter__(self) -> AsyncIterator[ServerEvent]:
        return self.events


async def parsed_events(
    response: httpx.Response, mode: StreamMode, *, longest: int, backend: str
) -> AsyncIterator[ServerEvent]:
    """The events of a response, up to the ``[DONE]`` that some servers send.

    Raises:
        BackendAnswerError: When one holds no JSON.
        NotWhole: When the stream breaks off.
        OversizedBody: When a line is longer than ``longest`` bytes.
    """
    check_encoding(response)
    try:
        if mode == "ndjson":
            async for line in byte_lines(response.aiter_bytes(), longest):
                if line.strip():
                    yield ServerEvent("", _parsed(line.decode("utf-8", errors="replace"), backend))
            return
        async for event in sent_events(response.aiter_bytes(), longest=longest):
            if event.data.strip() == "[DONE]":
                return
            if event.data:
                yield ServerEvent(event.name, _parsed(event.data, backend))
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.DecodingError) as error:
        raise NotWhole(f"its stream broke off ({error})") from error


def _parsed(content: str, backend: str) -> Any:
    try:
        return parse_json(content)
    except ValueError:
        raise BackendAnswerError(
            f"{backend} sent {shorten(content)} in a stream where JSON was expected; the stream "
            "may have been cut.",
            backend=backend,
        ) from None
