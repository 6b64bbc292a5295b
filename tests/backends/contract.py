"""The contract that every backend keeps, as tests that a backend's own tests inherit.

To plug a backend in, write a :class:`Rig` (a fake server, the backend under test, and how the fake
is told to be slow, to refuse, …) and derive from the suite that fits::

    class OllamaRig(Rig):
        ...

    class TestOllamaKeepsTheContract(ServerContract):
        rig_type = OllamaRig

:class:`BackendContract` holds for every backend, also those without a server;
:class:`ServerContract` adds what holds for those that have one. What a sort of server cannot do at
all is declared on the rig (``can_refuse = False``) and skipped by name, never quietly passed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, ClassVar, Literal, Self

import pytest

from canvas_kit.backends.base import (
    Backend,
    Capability,
    MediaRequest,
    MediaResult,
    Passage,
    TextRequest,
    TextResult,
    TextTask,
)
from canvas_kit.errors import (
    AccessDenied,
    BackendAnswerError,
    BackendError,
    BackendTimeout,
    BackendUnreachable,
    ContentRefused,
    ModelNotFound,
    UnsupportedRequest,
)
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings
from canvas_kit.values import Provenance, to_json
from tests.backends import faults
from tests.backends.fake_server import FakeServer

PATIENCE_SECONDS = 10.0
"""Nothing in the contract may take longer; only a broken backend ever waits this long."""

SECRET = "sk-contract-secret-8f3a97c1"
SECRET_VARIABLE = "CANVAS_KIT_TEST_SECRET"
PROMPT = 'Ein Fuchs, 100 % "scharf" & <leise>\n— 狐, der springt'
JOB_ID = "0b5c1a52-6f0a-4a43-9d1e-5d0c6a7f1f11"
BULKY = re.compile(r"[A-Za-z0-9+/=]{3000,}")

Result = TextResult | MediaResult


@dataclass(slots=True)
class ListeningReporter:
    """A reporter that keeps what it is told.

    Attributes:
        messages: The words of every progress report.
        steps: ``(step, total)`` of those that count.
        previews: The pictures of those that show one.
        submitted: The job ids, in order.
        on_submitting: Called at each submission, before it returns.
    """

    messages: list[str] = field(default_factory=list)
    steps: list[tuple[int, int | None]] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)
    submitted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    on_submitting: Callable[[], None] = lambda: None

    def progress(
        self,
        message: str = "",
        *,
        step: int | None = None,
        total: int | None = None,
        preview: bytes | None = None,
    ) -> None:
        asyncio.get_running_loop()  # the contract: called on the loop's thread
        self.messages.append(message)
        if step is not None:
            self.steps.append((step, total))
        if preview is not None:
            self.previews.append(preview)

    async def submitting(self, job_id: str, **details: Any) -> None:
        json.dumps(details)
        await asyncio.sleep(0)
        self.submitted.append((job_id, details))
        self.on_submitting()


class Rig:
    """A backend under test with all that surrounds it. Use as an async context manager.

    A rig for a server gives :attr:`server` and the paths at which plays are put in; one without a
    server overrides :meth:`hold`, :meth:`release`, :attr:`working`, :attr:`stopped`.

    Attributes:
        server: The fake, when the backend has a server.
        model: A model that the fake has.
    """

    name: ClassVar[str]
    """The backend's name in the settings, and in the fault matrix."""
    work: ClassVar[Literal["text", "media"]]
    """What it is asked for in the contract."""
    model: ClassVar[str]
    seed: ClassVar[Literal["honoured", "unknown"]] = "honoured"
    """Whether the seed of a file (or text) is known from what was asked or answered."""
    most_files: ClassVar[int] = 2
    """How many pictures one request can give, up to two."""
    submit_path: ClassVar[str] = ""
    """Path of the request that makes the server work."""
    file_path: ClassVar[str] = ""
    """Path of a finished file; empty when the bytes are in the answer itself."""
    can_refuse: ClassVar[bool] = True
    """Whether such a server has a moderation that refuses."""
    key: ClassVar[str] = SECRET
    """A key in the form that such a server takes, with :data:`SECRET` in it."""
    takes_key: ClassVar[bool] = True
    """Whether a key can be configured."""
    most_at_once: ClassVar[int] = 2
    """How many requests are worked on at the same time where there are two places."""
    lists_models: ClassVar[bool] = True
    """Whether the server tells its models, so that a missing one is found beforehand."""

    server: FakeServer | None = None

    def backend(self, *, network: NetworkPolicy | None = None, **settings: Any) -> Backend:
        """The backend under test, its waits shortened."""
        raise NotImplementedError

    def settings(self, **settings: Any) -> BackendSettings:
        """Settings that point to the fake."""
        assert self.server is not None
        return BackendSettings(
            **{
                "address": self.server.address,
                "timeout_seconds": 5,
                "connect_timeout_seconds": 1,
                "stall_timeout_seconds": 5,  # a busy machine is no fault of the code
                **settings,
            }
        )

    # -- what the fake is told -----------------------------------------------------------------

    def hold(self) -> None:
        """From now on, begin with what is asked but do not finish it."""
        raise NotImplementedError

    def release(self) -> None:
        """Finish what is asked again; also what was held, where anybody still waits for it."""
        raise NotImplementedError

    def refuse(self) -> None:
        """Let moderation refuse the next request."""
        raise NotImplementedError

    # -- what the fake knows -------------------------------------------------------------------

    @property
    def working(self) -> int:
        """How many requests the server works on at this moment."""
        raise NotImplementedError

    @property
    def stopped(self) -> int:
        """How many requests the server was told to stop, or whose client went away."""
        raise NotImplementedError

    def files(self, prompt: str) -> Sequence[bytes]:
        """The files that the server made for ``prompt``, in order."""
        raise NotImplementedError

    def text(self, prompt: str) -> str:
        """The text that the server gave for ``prompt``."""
        raise NotImplementedError

    def prompts(self) -> Sequence[str]:
        """The prompts as they arrived, in order."""
        raise NotImplementedError

    # -- asking --------------------------------------------------------------------------------

    async def ask(
        self,
        backend: Backend,
        prompt: str = PROMPT,
        reporter: ListeningReporter | None = None,
        **fields: Any,
    ) -> Result:
        """One request through the backend."""
        reporter = reporter or ListeningReporter()
        async with asyncio.timeout(PATIENCE_SECONDS):
            if self.work == "text":
                return await backend.write(self.text_request(prompt, **fields), reporter)
            return await backend.generate(self.media_request(prompt, **fields), reporter)

    def text_request(self, prompt: str = PROMPT, **fields: Any) -> TextRequest:
        given = {"model": self.model, "seed": 7, "instructions": "Say it anew.", **fields}
        return TextRequest(task=TextTask.INTERCEPTION, passages=(Passage(prompt),), **given)

    def media_request(self, prompt: str = PROMPT, **fields: Any) -> MediaRequest:
        given = {"model": self.model, "seed": 7, "job_id": JOB_ID, **fields}
        return MediaRequest(prompt=prompt, **given)

    def is_whole(self, result: Result, prompt: str = PROMPT) -> bool:
        """Whether ``result`` is all that the server made for ``prompt``, byte for byte."""
        if isinstance(result, TextResult):
            return result.text == self.text(prompt)
        return [item.data for item in result.items] == list(self.files(prompt))

    async def made(self, reporter: ListeningReporter | None = None, **fields: Any) -> MediaResult:
        """What a backend makes of one request; it is closed afterwards."""
        backend = self.backend()
        try:
            result = await self.ask(backend, reporter=reporter, **fields)
        finally:
            await backend.aclose()
        assert isinstance(result, MediaResult)
        return result

    async def __aenter__(self) -> Self:
        if self.server is not None:
            await self.server.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.server is not None:
            await self.server.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until ``condition`` holds; a test that waits in vain fails here."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - what a fake knows has no event
            await asyncio.sleep(0.005)


@pytest.mark.anyio
class BackendContract:
    """What holds for every backend. Derive, and set :attr:`rig_type`."""

    rig_type: ClassVar[type[Rig]]

    @pytest.fixture
    async def rig(self) -> AsyncIterator[Rig]:
        async with self.rig_type() as rig:
            yield rig

    async def test_the_result_is_whole(self, rig: Rig) -> None:
        """Every byte that the server made comes home, in the server's order."""
        backend = rig.backend()
        count: dict[str, Any] = {"count": rig.most_files} if rig.work == "media" else {}
        result = await rig.ask(backend, **count)
        await backend.aclose()
        assert rig.is_whole(result)
        assert result.warnings == ()
        if isinstance(result, MediaResult):
            assert len(result.items) == rig.most_files
            for item in result.items:
                assert item.announced_size in (None, len(item.data))

    async def test_the_prompt_arrives_as_it_was_written(self, rig: Rig) -> None:
        """Quotes, line ends and other scripts included."""
        backend = rig.backend()
        await rig.ask(backend)
        await backend.aclose()
        assert PROMPT in rig.prompts()[-1]

    async def test_the_seed_is_the_real_one_or_none(self, rig: Rig) -> None:
        """A seed that nobody knows is not made up."""
        backend = rig.backend()
        result = await rig.ask(backend, seed=1234567)
        await backend.aclose()
        expected = 1234567 if rig.seed == "honoured" else None
        if isinstance(result, MediaResult):
            assert result.items[0].seed == expected
        assert result.provenance.seed == expected

    async def test_how_it_was_made_is_told(self, rig: Rig) -> None:
        """The provenance is plain JSON, names backend and model, and holds no file."""
        backend = rig.backend()
        result = await rig.ask(backend)
        await backend.aclose()
        provenance = result.provenance
        assert isinstance(provenance, Provenance)
        assert provenance.backend == rig.name
        assert provenance.model
        assert provenance.request
        assert provenance.seconds is not None
        text = json.dumps(to_json(provenance), allow_nan=False)
        assert not BULKY.search(text)

    async def test_progress_is_reported_in_order(self, rig: Rig) -> None:
        """Steps never go beyond their total; previews are pictures."""
        backend = rig.backend()
        reporter = ListeningReporter()
        await rig.ask(backend, reporter=reporter)
        await backend.aclose()
        assert reporter.messages
        for step, total in reporter.steps:
            assert step >= 0
            assert total is None or step <= total
        for preview in reporter.previews:
            assert preview.startswith((b"\x89PNG", b"\xff\xd8\xff", b"RIFF"))
        if Capability.PREVIEW in backend.capabilities and rig.work == "media":
            assert reporter.previews

    async def test_cancelling_stops_the_work(self, rig: Rig) -> None:
        """The work stops at the server too, and the place is free again."""
        backend = rig.backend(capacity=1)
        rig.hold()
        task = asyncio.create_task(rig.ask(backend))
        await until(lambda: rig.working == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, PATIENCE_SECONDS)
        await until(lambda: rig.stopped == 1 and rig.working == 0)
        rig.release()
        result = await rig.ask(backend, "and now this")
        await backend.aclose()
        assert rig.is_whole(result, "and now this")

    async def test_no_more_run_at_a_time_than_there_are_places(self, rig: Rig) -> None:
        """Who asks too much waits in line, is told so, and gets what he asked for."""
        backend = rig.backend(capacity=2)
        rig.hold()
        prompts = [f"number {index}" for index in range(5)]
        reporters = [ListeningReporter() for _ in prompts]
        tasks = [
            asyncio.create_task(rig.ask(backend, prompt, reporter))
            for prompt, reporter in zip(prompts, reporters, strict=True)
        ]
        await until(lambda: rig.working == rig.most_at_once)
        await asyncio.sleep(0.05)
        assert rig.working == rig.most_at_once
        rig.release()
        results = await asyncio.gather(*tasks)
        await backend.aclose()
        for prompt, result in zip(prompts, results, strict=True):
            assert rig.is_whole(result, prompt)
        told = ["waiting for a free slot" in reporter.messages for reporter in reporters]
        assert sum(told) == 3

    async def test_what_it_cannot_do_is_told(self, rig: Rig) -> None:
        """A sort of work that a backend does not do names what does."""
        backend = rig.backend()
        silent = ListeningReporter()
        if Capability.TEXT not in backend.capabilities:
            with pytest.raises(UnsupportedRequest):
                await backend.write(rig.text_request(), silent)
        if Capability.IMAGE not in backend.capabilities:
            with pytest.raises(UnsupportedRequest):
                await backend.generate(rig.media_request(), silent)
        await backend.aclose()

    async def test_a_missing_model_is_found_beforehand_and_at_the_latest_then(
        self, rig: Rig
    ) -> None:
        """Before a batch by ``problems``, and in a run by an error that names it."""
        backend = rig.backend()
        assert await backend.problems(rig.model) == []
        if rig.lists_models:
            assert "no_such_model" in " ".join(await backend.problems("no_such_model"))
        with pytest.raises(ModelNotFound, match="no_such_model") as caught:
            await rig.ask(backend, model="no_such_model")
        await backend.aclose()
        assert caught.value.backend == rig.name

    async def test_status_says_what_is_there(self, rig: Rig) -> None:
        """Reachable, on this machine, with its places."""
        backend = rig.backend(capacity=3)
        status = await backend.status()
        await backend.aclose()
        assert status.name == rig.name
        assert status.reachable
        assert status.local
        assert status.capacity == 3
        assert status.problem == ""
        if rig.lists_models:
            assert rig.model in [model.name for model in status.models]


class ServerContract(BackendContract):
    """What holds besides for every backend that is a server."""

    async def test_the_record_comes_before_the_request(self, rig: Rig) -> None:
        """What is about to be asked is on record before the server hears of it."""
        server = _server(rig)
        backend = rig.backend()
        asked_before: list[int] = []
        reporter = ListeningReporter(
            on_submitting=lambda: asked_before.append(server.paths().count(rig.submit_path))
        )
        await rig.ask(backend, reporter=reporter)
        await backend.aclose()
        assert asked_before[0] == 0
        assert all(job_id for job_id, _ in reporter.submitted)

    async def test_a_server_that_does_not_finish_times_out(self, rig: Rig) -> None:
        """The deadline of the settings bounds everything, and the server is not kept busy."""
        backend = rig.backend(timeout_seconds=0.4)
        rig.hold()
        with pytest.raises(BackendTimeout) as caught:
            await rig.ask(backend)
        assert caught.value.backend == rig.name
        await until(lambda: rig.working == 0)
        await backend.aclose()

    async def test_a_dead_server_is_unreachable(self, rig: Rig) -> None:
        """The request fails, and status and problems say why instead of failing."""
        backend = rig.backend()
        await _server(rig).stop()
        with pytest.raises(BackendUnreachable) as caught:
            await rig.ask(backend)
        status = await backend.status()
        assert not status.reachable
        assert status.problem
        assert await backend.problems(rig.model)
        await backend.aclose()
        assert caught.value.retryable
        assert not caught.value.maybe_done

    async def test_refused_content_is_told_as_such(self, rig: Rig) -> None:
        """A refusal carries its reason and is not tried again."""
        if not rig.can_refuse:
            pytest.skip(f"{rig.name} has no moderation")
        backend = rig.backend()
        rig.refuse()
        with pytest.raises(ContentRefused) as caught:
            await rig.ask(backend)
        await backend.aclose()
        assert not caught.value.retryable
        assert _server(rig).paths().count(rig.submit_path) == 1

    @pytest.mark.parametrize(
        "body", [b"<html><title>Login</title></html>", b"", b"[1, 2", b"{}", b"[]", b"null", b"7"]
    )
    async def test_an_answer_that_makes_no_sense_is_told(self, rig: Rig, body: bytes) -> None:
        """Whatever comes with status 200, it ends in an error of ours."""
        backend = rig.backend()
        _server(rig).play(rig.submit_path, faults.reply(200, body), times=None)
        with pytest.raises(BackendAnswerError) as caught:
            await rig.ask(backend)
        await backend.aclose()
        assert pickle.loads(pickle.dumps(caught.value)).backend == rig.name

    @pytest.mark.parametrize("status", [400, 404, 422, 500, 503])
    async def test_a_status_without_sense_is_an_error_of_ours(self, rig: Rig, status: int) -> None:
        """Also when its body is not what such a server would write."""
        backend = rig.backend()
        page = faults.reply(status, b"<html><title>Oops</title></html>")
        _server(rig).play(rig.submit_path, page, times=None)
        with pytest.raises(BackendError) as caught:
            await rig.ask(backend)
        await backend.aclose()
        assert caught.value.backend == rig.name

    async def test_secrets_are_nowhere(
        self, rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Not in results, errors, progress, logs or reprs, though the server repeats them."""
        if not rig.takes_key:
            pytest.skip(f"{rig.name} takes no key")
        monkeypatch.setenv(SECRET_VARIABLE, rig.key)
        caplog.set_level(logging.DEBUG)
        server = _server(rig)
        backend = rig.backend(key_env=SECRET_VARIABLE)
        reporter = ListeningReporter()
        said: list[object] = []
        result = await rig.ask(backend, reporter=reporter)
        assert SECRET in str(server.seen) or _carried_as_basic(server), "the key was not sent"
        complaint = json.dumps({"error": f"wrong key {SECRET}", "message": SECRET}).encode()
        server.play(rig.submit_path, faults.reply(401, complaint), times=None)
        with pytest.raises(BackendError) as caught:
            await rig.ask(backend, reporter=reporter)
        status = await backend.status()
        await backend.aclose()
        said += [result, to_json(result.provenance), reporter, caught.value.details, backend]
        said += [str(caught.value), vars(backend), status, caplog.text]
        for thing in said:
            assert SECRET not in repr(thing)

    async def test_local_only_refuses_another_machine(self, rig: Rig) -> None:
        """Before anything is sent: the backend is not even made."""
        with pytest.raises(AccessDenied, match="local_only"):
            rig.backend(
                network=NetworkPolicy(local_only=True), address="https://models.example.org"
            )

    async def test_another_machine_is_not_called_local(self, rig: Rig) -> None:
        """Unless the settings say so: a tunnel ends on this machine, or does not."""
        far = rig.backend(address="http://models.example.org:1", connect_timeout_seconds=0.01)
        assert not (await far.status()).local
        await far.aclose()
        tunnel = rig.backend(leaves_machine=True)
        assert not (await tunnel.status()).local
        await tunnel.aclose()


def _server(rig: Rig) -> FakeServer:
    assert rig.server is not None, "a rig for ServerContract has a fake server"
    return rig.server


def _carried_as_basic(server: FakeServer) -> bool:
    return any(seen.headers.get("authorization", "").startswith("Basic ") for seen in server.seen)
