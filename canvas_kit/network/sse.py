"""Answers that come bit by bit: lines of bounded length, and server-sent events.

A reader of its own, because lengths have to be bounded (a line may hold a picture, and a faulty
server may never end one) and because ``str.splitlines`` breaks JSON text at characters that are no
line ends on the wire.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from canvas_kit.network.downloads import OversizedBody


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One server-sent event.

    Attributes:
        name: Its name; empty where the server gives none.
        data: Its content, as sent.
        id: The id to name when the stream is asked for again; the last one given so far.
    """

    name: str
    data: str
    id: str = ""


async def byte_lines(chunks: AsyncIterator[bytes], longest: int) -> AsyncIterator[bytes]:
    """The lines of ``chunks`` without their ends (LF or CRLF).

    Raises:
        OversizedBody: When a line is longer than ``longest`` bytes.
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
            raise OversizedBody(size)
    if last := b"".join(pieces).removesuffix(b"\r"):
        yield last


async def sent_events(
    chunks: AsyncIterator[bytes], *, longest: int = 16 * 2**20
) -> AsyncIterator[SentEvent]:
    """Server-sent events as in the HTML standard; comments come as events without data.

    So a caller hears every sign of life. An event that the end of the answer cuts off before its
    blank line is given all the same: several servers leave that line out.

    Args:
        chunks: The body.
        longest: Of one line and of the data of one event, in bytes.

    Raises:
        OversizedBody: When one is longer.
    """
    name = last_id = ""
    data: list[bytes] = []
    size = 0
    async for line in _with_final_blank(byte_lines(chunks, longest)):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match field:
            case b"" if line:
                yield SentEvent("", "", last_id)
            case b"":
                if data:
                    yield SentEvent(name, _text(b"\n".join(data)), last_id)
                name, data, size = "", [], 0
            case b"event":
                name = _text(value)
            case b"id":
                last_id = _text(value)
            case b"data":
                data.append(value)
                size += len(value)
                if size > longest:
                    raise OversizedBody(size)


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="replace")


async def _with_final_blank(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for line in lines:
        yield line
    yield b""
