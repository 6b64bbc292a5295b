"""Answers that come bit by bit: server-sent events and lines of JSON.

A reader of its own, because the lengths have to be bounded (a line here may hold a picture, and a
faulty server may never end one) and because ``str.splitlines`` breaks JSON text at characters that
are no line ends on the wire.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from canvas_kit.errors import BackendAnswerError, shorten

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


@dataclass(slots=True)
class EventStream:
    """The events of one answer, in order; iterate over it once.

    Attributes:
        status: The HTTP status.
        headers: Header lines by name in lower case.
        notes: Sentences for the record about retries that came before the stream.
    """

    status: int
    headers: Mapping[str, str]
    notes: tuple[str, ...] = ()
    _events: AsyncIterator[ServerEvent] | None = field(default=None, repr=False)

    def __aiter__(self) -> AsyncIterator[ServerEvent]:
        assert self._events is not None
        return self._events


async def byte_lines(
    chunks: AsyncIterator[bytes], *, longest: int, backend: str
) -> AsyncIterator[bytes]:
    """The lines of ``chunks`` without their ends (LF or CRLF).

    Raises:
        BackendAnswerError: When a line is longer than ``longest`` bytes.
    """
    pieces: list[bytes] = []
    size = 0
    async for chunk in chunks:
        *complete, rest = chunk.split(b"\n")
        for line in complete:
            yield (b"".join(pieces) + line).removesuffix(b"\r")
            pieces, size = [], 0
        pieces.append(rest)
        size += len(rest)
        if size > longest:
            raise BackendAnswerError(
                f"{backend} sent a line of more than {longest} bytes, which is the largest file "
                "accepted (max_download_bytes).",
                backend=backend,
            )
    if last := b"".join(pieces).removesuffix(b"\r"):
        yield last


async def json_lines(lines: AsyncIterator[bytes], *, backend: str) -> AsyncIterator[ServerEvent]:
    """An event for every line that is not blank."""
    async for line in lines:
        if line.strip():
            yield ServerEvent("", _parsed(line, backend))


async def sent_events(lines: AsyncIterator[bytes], *, backend: str) -> AsyncIterator[ServerEvent]:
    """Server-sent events as in the HTML standard, up to the ``[DONE]`` that some servers send.

    An event that the end of the answer cuts off before its blank line is given all the same:
    several servers leave that line out.
    """
    name = ""
    data: list[bytes] = []
    async for raw in _with_final_blank(lines):
        if not raw:
            if data:
                content = b"\n".join(data)
                if content.strip() == b"[DONE]":
                    return
                yield ServerEvent(name, _parsed(content, backend))
            name, data = "", []
            continue
        key, _, value = raw.partition(b":")
        value = value.removeprefix(b" ")
        if key == b"event":
            name = value.decode("utf-8", errors="replace")
        elif key == b"data":
            data.append(value)


async def _with_final_blank(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for line in lines:
        yield line
    yield b""


def _parsed(content: bytes, backend: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise BackendAnswerError(
            f"{backend} sent {shorten(content.decode('utf-8', errors='replace'))} in a stream "
            "where JSON was expected; the stream may have been cut.",
            backend=backend,
        ) from None
