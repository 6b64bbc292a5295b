"""What every backend that is a server gets from its base."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest
from aiohttp import web

from canvas_kit.backends.base import BackendStatus, Capability, ModelInfo
from canvas_kit.backends.transport import Answer, HttpBackend, Probe, http_backend
from canvas_kit.errors import (
    AccessDenied,
    BackendAnswerError,
    BackendBusy,
    BackendError,
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
    BackendUnreachable,
    SettingsError,
)
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings
from tests.backends import faults
from tests.backends.fake_server import FakeServer, Routes

pytestmark = pytest.mark.anyio

KEY = "sk-very-secret-key-0123456789"


class PlainBackend(HttpBackend):
    """A backend without any idea of its own."""

    kind = "plain"
    default_address = "http://127.0.0.1:1"
    default_capabilities = frozenset({Capability.TEXT})
    backoff_seconds = 0.01

    async def probe(self) -> Probe:
        answer = await self.request("GET", "/models", repeat_safe=True)
        return Probe("1.0", tuple(ModelInfo(name) for name in answer.json()))


class PlainServer(FakeServer):
    def routes(self) -> Routes:
        return {
            "GET /models": self.models,
            "POST /work": self.work,
            "POST /stream": self.stream,
            "GET /socket": self.socket,
        }

    async def models(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(["tiny", "large"])

    async def work(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"made": True, "padding": "x" * 500})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        body = b'{"n": 1, "text": "a\xe2\x80\xa8b"}\r\n\n[2]'
        return web.Response(body=body, content_type="application/x-ndjson")

    async def socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        await socket.send_bytes(b"\x89" * 3_000_000)
        await socket.close()
        return socket


def backend_for(address: str, *, network: NetworkPolicy | None = None, **options: Any) -> Any:
    settings = BackendSettings(address=address, **options)
    return PlainBackend("plain", settings, network or NetworkPolicy())


async def failure_of(backend: HttpBackend, **manner: Any) -> BackendError:
    with pytest.raises(BackendError) as caught:
        await backend.request("POST", "/work", json={}, **manner)
    return caught.value


async def test_an_answer_comes_whole_with_headers_and_prefix() -> None:
    """A reverse proxy's path prefix stays in front of every path."""
    async with PlainServer(prefix="/ai/server") as server:
        backend = backend_for(f"{server.address}/", headers={"X-Desk": "7"})
        answer = await backend.request("POST", "work", json={"prompt": "a fox"})
        await backend.aclose()
    assert answer.json_object()["made"] is True
    assert server.seen[0].headers["x-desk"] == "7"
    assert server.seen[0].json == {"prompt": "a fox"}


async def test_nothing_listening_is_unreachable_and_surely_not_done() -> None:
    """Where no connection came about, nothing can have been done."""
    error = await failure_of(backend_for("http://127.0.0.1:9"))
    assert isinstance(error, BackendUnreachable)
    assert not error.maybe_done
    assert "Is the server running" in str(error)


async def test_a_silent_server_times_out_and_may_have_worked() -> None:
    """A request that may cost something is not sent again; the error says it may be done."""
    async with PlainServer() as server:
        server.play("/work", faults.silence(), times=None)
        backend = backend_for(server.address, timeout_seconds=1.0)
        error = await failure_of(backend)
        await backend.aclose()
    assert isinstance(error, BackendTimeout)
    assert error.maybe_done
    assert len(server.seen) == 1
    assert pickle.loads(pickle.dumps(error)).maybe_done


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BackendRejected),
        (401, AccessDenied),
        (403, AccessDenied),
        (404, BackendRejected),
        (500, BackendUnavailable),
        (502, BackendUnreachable),
        (503, BackendUnavailable),
        (504, BackendTimeout),
        (302, BackendAnswerError),
    ],
)
async def test_each_status_has_its_error(status: int, kind: type[BackendError]) -> None:
    """A status becomes the error that says what it means, with the server's words."""
    async with PlainServer() as server:
        server.play("/work", faults.reply(status, b'{"error": {"message": "because of x"}}'))
        backend = backend_for(server.address)
        error = await failure_of(backend)
        await backend.aclose()
    assert type(error) is kind
    assert error.details["status"] == status
    if status != 302:
        assert "because of x" in str(error)
    assert error.maybe_done == (status in (502, 504))
    assert len(server.seen) == 1


@pytest.mark.parametrize("form", faults.RETRY_FORMS)
async def test_a_busy_server_is_waited_for(form: str) -> None:
    """429 is waited out, whatever the request was, and the answer says so."""
    async with PlainServer() as server:
        server.play("/work", faults.too_many_requests(faults.RETRY_FORMS[form]), times=2)
        backend = backend_for(server.address)
        said: list[str] = []
        answer = await backend.request("POST", "/work", json={}, tell=said.append)
        await backend.aclose()
    assert answer.status == 200
    assert len(answer.notes) == len(said) == 2
    assert len(server.seen) == 3


@pytest.mark.parametrize(
    "headers", [{"x-should-retry": "false"}, {"retry-after": "3600"}, {"retry-after-ms": "5000"}]
)
async def test_a_wait_that_is_forbidden_or_too_long_is_told_at_once(
    headers: dict[str, str],
) -> None:
    """Waiting longer than the deadline would only delay the bad news."""
    async with PlainServer() as server:
        server.play("/work", faults.too_many_requests(headers), times=None)
        backend = backend_for(server.address, timeout_seconds=2)
        error = await failure_of(backend)
        await backend.aclose()
    assert isinstance(error, BackendBusy)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "fault",
    [faults.stumble(500), faults.html_page(), faults.cut_body(), faults.stall_body()],
    ids=["500", "502 page", "cut", "stall"],
)
async def test_what_may_be_repeated_is_repeated(fault: Any) -> None:
    """A stumble costs nothing when asking again costs nothing."""
    async with PlainServer() as server:
        server.play("/work", fault)
        backend = backend_for(server.address, stall_timeout_seconds=0.1)
        answer = await backend.request("POST", "/work", json={}, repeat_safe=True)
        await backend.aclose()
    assert answer.json()["made"] is True
    assert len(answer.notes) == 1
    assert len(server.seen) == 2


async def test_a_cut_answer_to_what_must_not_be_repeated() -> None:
    """The one try is not followed by another, and the error says that it may have been paid."""
    async with PlainServer() as server:
        server.play("/work", faults.cut_body())
        backend = backend_for(server.address)
        error = await failure_of(backend)
        await backend.aclose()
    assert isinstance(error, BackendAnswerError)
    assert error.maybe_done
    assert len(server.seen) == 1


async def test_a_page_where_json_was_expected_names_itself() -> None:
    """A login page with status 200 is told as what it is."""
    async with PlainServer() as server:
        server.play("/work", faults.html_page(200))
        backend = backend_for(server.address)
        answer = await backend.request("POST", "/work", json={})
        with pytest.raises(BackendAnswerError, match="an HTML page titled '502 Bad Gateway'"):
            answer.json()
        await backend.aclose()


async def test_an_endless_answer_is_bounded() -> None:
    """No server can fill the memory."""
    async with PlainServer() as server:
        server.play("/work", faults.endless_body())
        backend = backend_for(server.address, network=NetworkPolicy(max_download_bytes=10**6))
        error = await failure_of(backend)
        await backend.aclose()
    assert isinstance(error, BackendAnswerError)
    assert "max_download_bytes" in str(error)


async def test_secrets_show_up_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that the server repeats in its complaint is taken out of the error."""
    monkeypatch.setenv("PLAIN_KEY", KEY)
    monkeypatch.setenv("PLAIN_COOKIE", "session=another-secret-value")
    async with PlainServer() as server:
        complaint = f'{{"error": "wrong key {KEY}, cookie session=another-secret-value"}}'
        server.play("/work", faults.reply(401, complaint.encode()))
        address = server.address.replace("http://", "http://user:pass%20word@")
        backend = backend_for(address, key_env="PLAIN_KEY", headers_env={"Cookie": "PLAIN_COOKIE"})
        error = await failure_of(backend)
        record = backend.for_record({"Authorization": "x", "url": f"?k={KEY}", "data": "A" * 4000})
        await backend.aclose()
    assert server.seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.seen[0].headers["cookie"] == "session=another-secret-value"
    for text in (str(error), repr(error.details), repr(backend.__dict__), str(record)):
        assert KEY not in text
        assert "another-secret-value" not in text
        assert "pass%20word" not in text
        assert "pass word" not in text
    assert record["data"].startswith("[4000 characters, sha256 ")


async def test_credentials_in_the_address_become_basic_auth() -> None:
    """The address that is shown has none."""
    async with PlainServer() as server:
        backend = backend_for(server.address.replace("http://", "http://user:word@"))
        await backend.request("POST", "/work", json={})
        await backend.aclose()
    assert server.seen[0].headers["authorization"] == "Basic dXNlcjp3b3Jk"
    assert backend.address == server.address


async def test_the_password_of_basic_auth_is_secret_by_itself() -> None:
    """A server may repeat it without the name in front."""
    async with PlainServer() as server:
        server.play("/work", faults.reply(401, b'{"error": "wrong password swordfish"}'))
        backend = backend_for(server.address.replace("http://", "http://user:swordfish@"))
        error = await failure_of(backend)
        await backend.aclose()
    assert "swordfish" not in str(error)
    assert "wrong password [removed]" in str(error)


async def test_a_missing_key_is_told_before_anything_is_sent() -> None:
    """An unset variable is a settings error, not a 401."""
    async with PlainServer() as server:
        backend = backend_for(server.address, key_env="NO_SUCH_VARIABLE_IS_SET")
        with pytest.raises(SettingsError, match="NO_SUCH_VARIABLE_IS_SET"):
            await backend.request("POST", "/work", json={})
        await backend.aclose()
    assert server.seen == []


@pytest.mark.parametrize("address", ["127.0.0.1:8188", "ftp://host", "http://", "http://h:port"])
def test_an_address_that_cannot_be_used_is_a_settings_error(address: str) -> None:
    """The message shows how an address is written."""
    with pytest.raises(SettingsError, match=r"Write it like"):
        backend_for(address)


def test_local_only_refuses_before_anything_is_sent() -> None:
    """A school's switch holds for every backend."""
    with pytest.raises(AccessDenied, match="local_only"):
        backend_for("https://api.example.org/v1", network=NetworkPolicy(local_only=True))


def test_a_setting_of_the_wrong_type_is_told() -> None:
    """Settings that only one sort of backend knows are checked as well."""
    with pytest.raises(SettingsError, match="headers"):
        backend_for("http://127.0.0.1:1", headers={"X": ["list"]})


def test_a_misspelt_setting_is_told() -> None:
    """It would be without effect otherwise."""
    with pytest.raises(SettingsError, match="Did you mean 'stall_timeout_seconds'"):
        backend_for("http://127.0.0.1:1", stall_timeout_second=3)


async def test_an_answer_packed_twice_is_refused() -> None:
    """A few kilobytes could unpack to gigabytes."""
    async with PlainServer() as server:
        server.play("/work", faults.reply(200, b"{}", {"Content-Encoding": "gzip, gzip"}))
        backend = backend_for(server.address)
        error = await failure_of(backend)
        await backend.aclose()
    assert "packed as 'gzip, gzip'" in str(error)


async def test_a_control_answer_is_bounded_more_tightly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsing hundreds of megabytes of JSON would hold up every other run."""
    monkeypatch.setattr(http_backend, "_LARGEST_CONTROL_ANSWER", 100)
    async with PlainServer() as server:
        backend = backend_for(server.address)
        error = await failure_of(backend)
        whole = await backend.request("POST", "/work", json={}, holds_files=True)
        await backend.aclose()
    assert "more than 100 bytes" in str(error)
    assert len(whole.body) > 100


async def test_numbers_that_json_does_not_know_come_as_texts() -> None:
    """A record is strict JSON, whatever a server writes."""
    async with PlainServer() as server:
        server.play("/work", faults.reply(200, b'{"loss": NaN, "most": -Infinity}'))
        backend = backend_for(server.address)
        answer = await backend.request("POST", "/work", json={})
        await backend.aclose()
    assert answer.json() == {"loss": "NaN", "most": "-Infinity"}


async def test_status_never_raises() -> None:
    """It says what is there, or what is wrong."""
    async with PlainServer() as server:
        backend = backend_for(server.address)
        status = await backend.status()
        assert (status.reachable, status.version, status.local) == (True, "1.0", True)
        assert await backend.problems("tiny") == []
        assert "Did you mean 'large'" in (await backend.problems("lagre"))[0]
        await backend.aclose()
    dead: BackendStatus = await backend_for(server.address).status()
    assert not dead.reachable
    assert "Nothing answers" in dead.problem


async def test_lines_are_parsed_as_they_come() -> None:
    """Characters that only look like line ends stay inside their line."""
    async with PlainServer() as server:
        backend = backend_for(server.address)
        async with backend.json_stream("POST", "/stream", json={}) as (_, stream):
            lines = [line async for line in stream]
        await backend.aclose()
    assert lines == [{"n": 1, "text": "a\u2028b"}, [2]]


async def test_a_line_that_is_no_json_is_quoted() -> None:
    """The stream may have been cut."""
    async with PlainServer() as server:
        server.play("/stream", faults.reply(200, b'[1]\n{"text": "ha'))
        backend = backend_for(server.address)
        with pytest.raises(BackendAnswerError, match="where JSON was expected"):
            async with backend.json_stream("POST", "/stream", json={}) as (_, stream):
                assert [line async for line in stream] == [[1]]
        await backend.aclose()


async def test_a_stream_that_is_refused_says_why() -> None:
    """An error before the first line is the same error as without a stream."""
    async with PlainServer() as server:
        server.play("/stream", faults.reply(400, b'{"error": "no such model"}'))
        backend = backend_for(server.address)
        with pytest.raises(BackendRejected, match="no such model"):
            async with backend.json_stream("POST", "/stream", json={}):
                pass
        await backend.aclose()


async def test_a_socket_takes_frames_of_megabytes() -> None:
    """Finished pictures come as one frame; and the end of the socket has a name."""
    async with PlainServer() as server:
        backend = backend_for(server.address)
        sizes: list[int] = []

        async def receive_all() -> None:
            async with backend.websocket("/socket", params={"clientId": "a b"}) as socket:
                while True:
                    sizes.append(len(await socket.recv()))

        with pytest.raises(BackendUnreachable, match="closed the socket"):
            await receive_all()
        assert sizes == [3_000_000]
        await backend.aclose()
    assert server.seen[0].query == {"clientId": "a b"}


async def test_a_socket_never_follows_a_redirect() -> None:
    """The headers with the keys would go along."""
    async with PlainServer() as server, PlainServer() as other:
        server.play("/socket", faults.redirect(f"{other.address}/socket"))
        backend = backend_for(server.address)
        with pytest.raises(BackendAnswerError, match="not followed"):
            async with backend.websocket("/socket"):
                pass
        await backend.aclose()
    assert other.seen == []


def test_a_backend_serves_one_event_loop_after_another() -> None:
    """A notebook's cells and a script's asyncio.run may share a backend."""

    async def ask(backend: Any, address: str) -> Answer:
        answer: Answer = await backend.request("POST", "/work", json={})
        await backend.aclose()
        return answer

    async def both() -> None:
        async with PlainServer() as server:
            backend = backend_for(server.address)
            await ask(backend, server.address)
            await asyncio.to_thread(asyncio.run, ask(backend, server.address))
        assert len(server.seen) == 2

    asyncio.run(both())
