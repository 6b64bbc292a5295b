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

from canvas_kit.backends.base import MediaItem, MediaResult, TextRequest, TextTask
from canvas_kit.backends.json_answers import read_answer
from canvas_kit.backends.transport import Answer, decode_base64
from canvas_kit.backends.transport.errors import bounded
from canvas_kit.errors import BackendAnswerError, BackendError
from canvas_kit.network.downloads import OversizedBody
from canvas_kit.network.retry import Retry, RetryPolicy, requested_wait
from canvas_kit.network.sse import byte_lines, sent_events
from canvas_kit.redaction import Redactor, abbreviated, spellings
from canvas_kit.values import Provenance

pytestmark = pytest.mark.anyio

WISH = TextRequest(task=TextTask.EVALUATION, answer_schema={})
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

    redactor = Redactor()

    def translate(self, answer: Answer) -> BackendError:
        raise NotImplementedError


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


async def test_waits_grow_and_end_with_patience_tries_or_deadline() -> None:
    """One helper for requests, files and servers that are away."""
    retry = Retry(RetryPolicy(0.2, factor=2, longest_seconds=1, tries=5))
    waits = [retry.next_wait() for _ in range(5)]
    assert waits.pop() is None
    for wait, most in zip(waits, (0.2, 0.4, 0.8, 1.0), strict=True):
        assert wait is not None
        assert 0.75 * most <= wait <= most
    retry.reset()
    assert (retry.next_wait(7), retry.next_wait(121)) == (7, None)
    assert Retry(RetryPolicy(patience_seconds=5)).next_wait(6) is None
    end = asyncio.get_running_loop().time() + 5
    assert Retry(RetryPolicy(), deadline=end).next_wait(6) is None
    assert Retry(RetryPolicy(tries=1), deadline=end).next_wait(tries=2) is not None


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
        lines = byte_lines(_chunks(data, sizes), 10_000)
        return [json.loads(line) async for line in lines]

    assert asyncio.run(read()) == documents


async def test_events_of_a_server_are_read_as_the_standard_says() -> None:
    """Names, data over several lines, comments, and a last event without its blank line."""
    text = b": hello\nevent: a\ndata: [1,\ndata: 2]\n\ndata:3\nid: 9\n\nevent: b\ndata: 4"
    events = [(event.name, event.data, event.id) async for event in sent_events(_chunks(text, []))]
    assert events == [("", "", ""), ("a", "[1,\n2]", ""), ("", "3", "9"), ("b", "4", "9")]


async def test_a_line_without_end_is_bounded() -> None:
    """A faulty server cannot fill the memory."""
    with pytest.raises(OversizedBody):
        async for _ in byte_lines(_chunks(b"x" * 1000, [10] * 50), 64):
            pass


async def test_an_event_without_end_is_bounded() -> None:
    """Not by its lines alone: it may have any number of them."""
    with pytest.raises(OversizedBody):
        async for _ in sent_events(_chunks(b"data: 12345678\n" * 100, [10] * 50), longest=64):
            pass


@given(st.text(min_size=4, max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_spelling_of_a_secret_survives(secret: str, before: str, after: str) -> None:
    """In texts, keys and lists, plain, percent-encoded and in base64."""
    for form in spellings(secret):
        value = {"a": [before + form + after], form: (form,), "token": form}
        text = str(Redactor([secret])(value))
        assert form not in text.replace("[removed]", "")


def test_a_value_is_redacted_before_it_is_cut() -> None:
    """Half of a secret at the end of a quotation would be found by nothing afterwards."""
    redactor = Redactor(["Bearer swordfish-swordfish"])
    assert redactor.quote("x" * 60 + "swordfish-swordfish", 76).count("sword") == 0


def test_results_and_errors_are_redacted_whole() -> None:
    """Whatever field a server's echo lies in; types and other values stay."""
    redactor = Redactor(["swordfish"])
    item = MediaItem(b"swordfish", source={"place": "a swordfish", "n": (1, None)})
    provenance = Provenance("lab", "swordfish-1", usage={"password": 7, "key": ["swordfish"]})
    result = redactor(MediaResult((item,), provenance, ("swordfish!",)))
    assert result.items[0].source == {"place": "a [removed]", "n": (1, None)}
    assert result.items[0].data == b"swordfish"
    assert result.provenance.model == "[removed]-1"
    assert result.provenance.usage == {"password": 7, "key": ["[removed]"]}
    assert result.warnings == ("[removed]!",)
    error = redactor(BackendError("no swordfish", details={"at": "swordfish"}))
    assert (str(error), error.details) == ("no [removed]", {"at": "[removed]"})


def test_what_is_nested_beyond_reason_is_left_out() -> None:
    """A hostile answer must not exhaust the stack of whatever records it."""
    value: Any = "x"
    for _ in range(500):
        value = [value]
    assert "[nested too deeply]" in str(Redactor().for_record(value))


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


@pytest.mark.parametrize(
    "text",
    ['{"score": 3}', '```json\n{"score": 3}\n```', ' \n{"score": 3} ', '```\n{"score": 3}```'],
)
def test_an_answer_in_json_is_found(text: str) -> None:
    """Many models put a fence around it."""
    assert read_answer(WISH, text, cut=False, model="m") == ({"score": 3}, [])


@pytest.mark.parametrize("text", ["3", "[3]", "score: 3", ""])
def test_an_answer_that_is_no_object_is_none(text: str) -> None:
    """The warning quotes it."""
    data, warnings = read_answer(WISH, text, cut=False, model="m")
    assert data is None
    assert repr(text) in warnings[0]
