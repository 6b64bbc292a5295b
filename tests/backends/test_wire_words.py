"""The small languages of the wire: waits, streams, redaction, schemas, names of faults."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit.backends.structured import parsed_answer, strict_schema
from canvas_kit.backends.transport import abbreviated, decode_base64
from canvas_kit.backends.transport.naming import bounded
from canvas_kit.backends.transport.redaction import forms_of, redacted
from canvas_kit.backends.transport.streams import byte_lines, json_lines, sent_events
from canvas_kit.errors import BackendAnswerError, BackendError
from canvas_kit.network.waiting import requested_wait

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "9"}, 9.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"x-ratelimit-reset-requests": "12ms", "x-ratelimit-reset-tokens": "6m0s"}, 360.0),
        (
            {
                "x-ratelimit-reset-requests": "1h2m3.5s",
                "x-ratelimit-remaining-requests": "59",
                "x-ratelimit-reset-tokens": "250ms",
                "x-ratelimit-remaining-tokens": "0",
            },
            0.25,
        ),
        ({"x-ratelimit-reset-requests": "-1"}, None),
        ({"x-ratelimit-reset-requests": "20"}, 20.0),
        ({"x-ratelimit-reset-requests": "a while"}, None),
        ({}, None),
    ],
)
def test_how_long_a_server_asks_us_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    """The most exact word wins; a word that says nothing counts as none."""
    assert requested_wait(headers, now=NOW) == seconds


class _Asker:
    name = "fake"
    address = "http://127.0.0.1:1"

    def redact(self, value: Any) -> Any:
        return value


def _all_transport_errors() -> Iterator[type[httpx.TransportError]]:
    pending: list[type[httpx.TransportError]] = [httpx.TransportError]
    while pending:
        kind = pending.pop()
        yield kind
        pending += kind.__subclasses__()


@pytest.mark.parametrize("kind", list(_all_transport_errors()))
@pytest.mark.parametrize("repeat_safe", [True, False])
async def test_no_fault_of_the_transport_is_left_without_a_name(
    kind: type[httpx.TransportError], repeat_safe: bool
) -> None:
    """Whatever httpx throws becomes one of our errors, which knows whether work may be done."""

    async def fail() -> None:
        async with bounded(_Asker(), "GET /x", 5, repeat_safe=repeat_safe):
            raise kind("because")

    with pytest.raises(BackendError) as caught:
        await fail()
    connecting = issubclass(kind, httpx.ConnectError | httpx.ConnectTimeout)
    assert caught.value.maybe_done == (not repeat_safe and not connecting)
    assert not (caught.value.maybe_done and caught.value.retryable)


async def test_the_deadline_of_somebody_else_is_left_alone() -> None:
    """A TimeoutError of the caller's own is not taken for the server's."""

    async def fail() -> None:
        async with bounded(_Asker(), "GET /x", 5, repeat_safe=True):
            raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await fail()


async def _chunks(data: bytes, sizes: list[int]) -> AsyncIterator[bytes]:
    position = 0
    for size in sizes:
        yield data[position : position + size]
        position += size
    yield data[position:]


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3), max_size=5),
    st.lists(st.integers(1, 9), max_size=20),
    st.sampled_from(["\n", "\r\n"]),
)
def test_lines_of_json_survive_any_cut(
    documents: list[dict[str, str]], sizes: list[int], end: str
) -> None:
    """However the network cuts them, and whatever exotic line ends are inside their texts."""
    data = "".join(json.dumps(entry, ensure_ascii=False) + end for entry in documents).encode()

    async def read() -> list[Any]:
        lines = byte_lines(_chunks(data, sizes), longest=10_000, backend="fake")
        return [event.data async for event in json_lines(lines, backend="fake")]

    assert asyncio.run(read()) == documents


async def test_events_of_a_server_are_read_as_the_standard_says() -> None:
    """Names, data over several lines, comments, and a last event without its blank line."""
    text = b": hello\nevent: a\ndata: [1,\ndata: 2]\n\ndata:3\nid: 9\n\nevent: b\ndata: 4"
    lines = byte_lines(_chunks(text, []), longest=100, backend="fake")
    events = [(event.name, event.data) async for event in sent_events(lines, backend="fake")]
    assert events == [("a", [1, 2]), ("", 3), ("b", 4)]


async def test_a_line_without_end_is_bounded() -> None:
    """A faulty server cannot fill the memory."""
    with pytest.raises(BackendAnswerError, match="max_download_bytes"):
        async for _ in byte_lines(_chunks(b"x" * 1000, [10] * 50), longest=64, backend="fake"):
            pass


@given(st.text(min_size=4, max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_spelling_of_a_secret_survives(secret: str, before: str, after: str) -> None:
    """In texts, keys and lists, plain, percent-encoded and in base64."""
    for form in forms_of(secret):
        value = {"a": [before + form + after], form: (form,), "token": form}
        text = str(redacted(value, forms_of(secret)))
        assert form not in text.replace("[removed]", "")


def test_pictures_are_abbreviated_and_prose_is_not() -> None:
    """A long prompt belongs in the record; base64 is told by its length and hash."""
    prose = "a fox " * 1000
    short = abbreviated({"prompt": prose, "image": "A" * 3000, "raw": [b"\x89PNG"]})
    assert short["prompt"] == prose
    assert short["image"].startswith("[3000 characters, sha256 ")
    assert short["raw"][0].startswith("[4 bytes, sha256 ")


@pytest.mark.parametrize("text", ["YWJj", "data:image/png;base64,YWJj", "YW\nJj\n"])
def test_base64_comes_with_and_without_its_prefix(text: str) -> None:
    """And with line ends, as some servers break it."""
    assert decode_base64(text, backend="fake") == b"abc"


@pytest.mark.parametrize("text", ["YWJ", "%%%%", None, 7])
def test_broken_base64_is_told(text: object) -> None:
    """A cut text must not become a cut picture."""
    with pytest.raises(BackendAnswerError, match="base64"):
        decode_base64(text, backend="fake")


def test_a_schema_is_made_strict_all_the_way_down() -> None:
    """Lists, choices and definitions included; names of properties are never taken for keywords."""
    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string", "maxLength": 5},
            "parts": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/part"}},
            "mood": {"enum": ["calm", "wild"]},
            "either": {"oneOf": [{"type": "string", "pattern": "^a"}, {"type": "integer"}]},
        },
        "required": ["title", "parts", "either"],
        "$defs": {"part": {"type": "object", "properties": {"n": {"type": "integer"}}}},
    }
    assert strict_schema(schema) == {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "parts": {"type": "array", "items": {"$ref": "#/$defs/part"}},
            "mood": {"anyOf": [{"enum": ["calm", "wild"]}, {"type": "null"}]},
            "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        },
        "required": ["title", "parts", "mood", "either"],
        "additionalProperties": False,
        "$defs": {
            "part": {
                "type": "object",
                "properties": {"n": {"type": ["integer", "null"]}},
                "required": ["n"],
                "additionalProperties": False,
            }
        },
    }


@pytest.mark.parametrize(
    "text",
    ['{"score": 3}', '```json\n{"score": 3}\n```', ' \n{"score": 3} ', '```\n{"score": 3}```'],
)
def test_an_answer_in_json_is_found(text: str) -> None:
    """Many models put a fence around it."""
    assert parsed_answer(text, cut=False) == ({"score": 3}, ())


@pytest.mark.parametrize("text", ["3", "[3]", "score: 3", ""])
def test_an_answer_that_is_no_object_is_none(text: str) -> None:
    """The warning quotes it."""
    data, warnings = parsed_answer(text, cut=False)
    assert data is None
    assert repr(text) in warnings[0]
