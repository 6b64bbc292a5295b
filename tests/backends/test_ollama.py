"""Ollama: its own surprises, the contract, and the faults."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web

from canvas_kit.backends.base import Backend, Capability, TextResult
from canvas_kit.backends.ollama import OllamaBackend
from canvas_kit.errors import (
    AccessDenied,
    BackendAnswerError,
    BackendBusy,
    BackendRejected,
    BackendUnavailable,
    ModelNotFound,
    UnsupportedRequest,
)
from canvas_kit.network import NetworkPolicy
from tests.backends import faults
from tests.backends.contract import JOB_ID, ListeningReporter, Rig, ServerContract
from tests.backends.fake_server import FakeServer, Handler, Play, Routes
from tests.backends.fault_matrix import Scenario, wire_faults

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


class FakeOllama(FakeServer):
    """Answers as Ollama 0.33.0-rc2 (2026-08) was seen to, with llama.cpp b11549 under it.

    Attributes:
        models: What was pulled: name to capabilities.
        says: What it writes; None for words made from the prompt.
        last_line: Merged into the last line of the next answers.
        context_needed: Tokens that the prompt takes; a smaller ``num_ctx`` is refused.
    """

    def __init__(self) -> None:
        super().__init__()
        self.models = {"tiny:latest": ["completion"], "eyes:7b": ["completion", "vision"]}
        self.says: str | None = None
        self.last_line: dict[str, Any] = {}
        self.context_needed = 0
        self.go = asyncio.Event()
        self.go.set()
        self.working = 0
        self.stopped = 0

    def routes(self) -> Routes:
        return {
            "GET /api/version": self.version,
            "GET /api/tags": self.tags,
            "POST /api/show": self.show,
            "POST /api/chat": self.chat,
        }

    async def version(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"version": "0.31.2"})

    async def tags(self, request: web.Request) -> web.StreamResponse:
        details = {"family": "llama", "parameter_size": "7.2B", "quantization_level": "Q4_0"}
        listed = [
            {"name": name, "model": name, "details": details, "capabilities": can}
            for name, can in self.models.items()
        ]
        return web.json_response({"models": listed})

    async def show(self, request: web.Request) -> web.StreamResponse:
        name = (await request.json())["model"]
        if not (found := self._find_model(name)):
            return self._no_model(name if ":" in name else f"{name}:latest")
        return web.json_response(
            {
                "details": {},
                "model_info": {"general.architecture": "llama", "llama.context_length": 32768},
                "capabilities": self.models[found],
            }
        )

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if not self._find_model(body["model"]):
            return self._no_model(body["model"])
        context = body["options"]["num_ctx"]
        if context < self.context_needed:
            text = f"request ({self.context_needed} tokens) exceeds the available context size"
            return nested_error(400, f"{text} ({context} tokens), try increasing it")
        if not isinstance(body["options"].get("top_k", 0), int):
            error = 'option "top_k" must be of type integer'
            return web.json_response({"error": error}, status=500)
        self.working += 1
        try:
            await self.go.wait()
            return self._answer(body)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        finally:
            self.working -= 1

    def text(self, prompt: str) -> str:
        return self.says if self.says is not None else f"Neu gesagt: {prompt} … 好"

    def _answer(self, body: dict[str, Any]) -> web.Response:
        words = self.text(body["messages"][-1]["content"]).split(" ")
        pieces = [word if index == 0 else f" {word}" for index, word in enumerate(words)]
        lines: list[dict[str, Any]] = [
            {"model": body["model"], "message": {"role": "assistant", "content": piece}}
            for piece in pieces
        ]
        last = {
            "model": body["model"],
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": "stop",
            "total_duration": 5_000_000_000,
            "load_duration": 2_000_000_000,
            "prompt_eval_count": 26,
            "eval_count": len(pieces),
        }
        lines.append({**last, **self.last_line})
        return ndjson(*({"done": False, **line} for line in lines))

    def _find_model(self, name: str) -> str | None:
        return next((known for known in (name, f"{name}:latest") if known in self.models), None)

    def _no_model(self, name: str) -> web.Response:
        return web.json_response({"error": f"model '{name}' not found"}, status=404)


def ndjson(*lines: dict[str, Any]) -> web.Response:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return web.Response(body=text.encode(), content_type="application/x-ndjson")


def nested_error(status: int, message: str) -> web.Response:
    """An error of the llama.cpp under it, which Ollama hands on as JSON inside a string."""
    inner = {"code": status, "message": message, "type": "invalid_request_error"}
    return web.json_response({"error": json.dumps({"error": inner})}, status=status)


class QuickOllama(OllamaBackend):
    backoff_seconds = 0.01


class OllamaRig(Rig):
    name = "ollama"
    work = "text"
    model = "tiny:latest"
    submit_path = "/api/chat"
    can_refuse = False

    def __init__(self) -> None:
        self.server: FakeOllama = FakeOllama()

    def backend(self, *, network: NetworkPolicy | None = None, **settings: Any) -> Backend:
        return QuickOllama(self.name, self.settings(**settings), network or NetworkPolicy())

    def hold(self) -> None:
        self.server.go.clear()

    def release(self) -> None:
        self.server.go.set()

    @property
    def working(self) -> int:
        return self.server.working

    @property
    def stopped(self) -> int:
        return self.server.stopped

    def text(self, prompt: str) -> str:
        return self.server.text(prompt)

    def prompts(self) -> Sequence[str]:
        return [chat["messages"][-1]["content"] for chat in self.chats()]

    def chats(self) -> list[dict[str, Any]]:
        return [seen.json for seen in self.server.seen if seen.path == "/api/chat"]


class TestOllamaKeepsTheContract(ServerContract):
    rig_type = OllamaRig


def error_line(text: str) -> Play:
    """Status 200, some words, then an error as a line of the stream."""

    async def play(request: web.Request, answer: Handler) -> web.StreamResponse:
        piece = {"model": "tiny", "message": {"content": "Half a"}, "done": False}
        return ndjson(piece, {"error": text})

    return play


def _break_stream(rig: OllamaRig) -> None:
    rig.server.play("/api/chat", error_line("model runner has unexpectedly stopped"))


FAULT_SCENARIOS = [
    *wire_faults(
        OllamaRig,
        paid=False,
        expected={
            # A stream is not begun again by itself: people have seen its words already.
            "silence": "BackendTimeout",
            "stalled body": "BackendTimeout",
            "cut body": "BackendAnswerError",
            "length announced too long": "whole",  # the last line had come
            "HTML error page": "whole, said so",
            "500 once, then fine": "whole, said so",
        },
    ),
    Scenario(
        OllamaRig,
        "server restart in mid-run",
        lambda rig: rig.server.play("/api/chat", faults.drop_connection(), times=2),
        "whole, said so",
    ),
    Scenario(OllamaRig, "error inside a stream", _break_stream, "BackendUnavailable"),
]


async def ask(rig: OllamaRig, reporter: ListeningReporter | None = None, **fields: Any) -> Any:
    settings = fields.pop("settings", {})
    backend = rig.backend(**settings)
    try:
        return await rig.ask(backend, reporter=reporter, **fields)
    finally:
        await backend.aclose()


@pytest.fixture
async def rig() -> Any:
    async with OllamaRig() as rig:
        yield rig


pytestmark = pytest.mark.anyio


async def test_parameters_go_inside_options(rig: OllamaRig) -> None:
    """At the top level Ollama would ignore them without a word."""
    await ask(
        rig,
        seed=99,
        temperature=0.3,
        max_tokens=50,
        settings={"options": {"top_p": 0.9}, "keep_alive": "10m", "think": False},
    )
    (chat,) = rig.chats()
    assert chat["options"] == {
        "top_p": 0.9,
        "seed": 99,
        "temperature": 0.3,
        "num_predict": 50,
        "num_ctx": 8192,
    }
    assert (chat["keep_alive"], chat["think"], chat["truncate"]) == ("10m", False, False)
    assert not {"seed", "temperature"} & chat.keys()
    assert [message["role"] for message in chat["messages"]] == ["system", "user"]


async def test_a_cloud_model_is_not_local() -> None:
    """Ollama hands such models on: local_only refuses them before anything is sent."""
    async with OllamaRig() as rig:
        backend = rig.backend(network=NetworkPolicy(local_only=True))
        with pytest.raises(AccessDenied, match="cloud"):
            await rig.ask(backend, model="gpt-oss:120b-cloud")
        await backend.aclose()
    assert rig.server.seen == []


async def test_a_seed_is_drawn_when_none_is_given(rig: OllamaRig) -> None:
    """Left to Ollama it would be random and never told."""
    result = await ask(rig, seed=None)
    assert rig.chats()[0]["options"]["seed"] == result.provenance.seed
    assert 0 <= result.provenance.seed < 2**31


async def test_the_context_grows_with_the_prompt(rig: OllamaRig) -> None:
    """In doublings, as each change loads the model anew, and no further than the model goes."""
    rig.server.says = "short"
    await ask(rig, prompt="word " * 6000)
    await ask(rig, prompt="word " * 20000)
    assert [chat["options"]["num_ctx"] for chat in rig.chats()] == [16384, 32768]


async def test_a_prompt_that_does_not_fit_gets_a_larger_context(rig: OllamaRig) -> None:
    """The server says that it does not fit, instead of cutting it in silence."""
    rig.server.context_needed = 20_000
    result = await ask(rig)
    assert [chat["options"]["num_ctx"] for chat in rig.chats()] == [8192, 16384, 32768]
    assert any("raised to 32768" in warning for warning in result.warnings)
    rig.server.context_needed = 40_000
    with pytest.raises(BackendRejected, match=r"ollama: request \(40000 tokens\) exceeds"):
        await ask(rig)


async def test_a_full_context_is_a_warning(rig: OllamaRig) -> None:
    """Servers before 0.12.6 cut the prompt all the same; the count gives it away."""
    rig.server.last_line = {"prompt_eval_count": 8192}
    result = await ask(rig)
    assert "may have been cut" in result.warnings[0]


async def test_pictures_go_as_plain_base64_to_models_that_see(rig: OllamaRig) -> None:
    """The record keeps their length and hash, not the pictures."""
    result = await ask(rig, model="eyes:7b", images=(PICTURE * 20,))
    sent = rig.chats()[0]["messages"][-1]["images"]
    assert base64.b64decode(sent[0]) == PICTURE * 20
    assert "sha256" in json.dumps(result.provenance.request)


async def test_pictures_are_not_sent_to_a_model_that_cannot_see(rig: OllamaRig) -> None:
    """It would describe what it never saw."""
    with pytest.raises(UnsupportedRequest, match="cannot look at pictures"):
        await ask(rig, images=(PICTURE,))
    assert rig.chats() == []


SCHEMA = {"type": "object", "properties": {"score": {"type": "number"}}, "required": ["score"]}


async def test_a_structured_answer_is_parsed(rig: OllamaRig) -> None:
    """The schema is sent as ``format``; text and data both come."""
    rig.server.says = '{"score": 7.5}'
    result = await ask(rig, answer_schema=SCHEMA)
    assert rig.chats()[0]["format"] == SCHEMA
    assert result.data == {"score": 7.5}
    assert result.warnings == ()


@pytest.mark.parametrize(
    ("says", "reason", "words"),
    [('{"score": 7', "length", "cut at the length limit"), ("seven", "stop", "'seven'")],
)
async def test_a_structured_answer_that_is_none_is_kept_as_text(
    rig: OllamaRig, says: str, reason: str, words: str
) -> None:
    """What the model wrote is not thrown away; the warning says why there is no data."""
    rig.server.says, rig.server.last_line = says, {"done_reason": reason}
    result = await ask(rig, answer_schema=SCHEMA)
    assert (result.text, result.data) == (says, None)
    assert words in result.warnings[0]


async def test_a_text_that_was_cut_says_so(rig: OllamaRig) -> None:
    """``done_reason`` is ``length`` when ``num_predict`` was reached."""
    rig.server.last_line = {"done_reason": "length"}
    result = await ask(rig)
    assert "stopped at its length limit" in result.warnings[0]


async def test_durations_and_counts_are_kept(rig: OllamaRig) -> None:
    """In seconds, with loading apart from writing."""
    result: TextResult = await ask(rig)
    assert result.provenance.usage["load_seconds"] == 2.0
    assert result.provenance.usage["prompt_eval_count"] == 26
    assert result.provenance.reply["done_reason"] == "stop"
    assert "message" not in result.provenance.reply


async def test_words_are_counted_as_they_come(rig: OllamaRig) -> None:
    """Progress counts tokens, against the limit where there is one."""
    reporter = ListeningReporter()
    await ask(rig, reporter, prompt="a b c", max_tokens=100)
    assert reporter.steps == [(step, 100) for step in range(1, 8)]
    assert reporter.submitted[0][0] != JOB_ID


async def test_a_missing_model_names_the_command_that_gets_it(rig: OllamaRig) -> None:
    """In a run, and before a batch; a name without its tag means ``latest``."""
    with pytest.raises(ModelNotFound, match="ollama pull mistral-nemo"):
        await ask(rig, model="mistral-nemo")
    backend = rig.backend()
    assert await backend.problems("tiny") == []
    (problem,) = await backend.problems("tyni:latest")
    await backend.aclose()
    assert "ollama pull tyni:latest" in problem
    assert "Did you mean 'tiny:latest'" in problem


async def test_models_are_listed_with_what_they_can(rig: OllamaRig) -> None:
    """Those that see can be chosen to look at pictures; those that only embed are left out."""
    rig.server.models["vectors:latest"] = ["embedding"]
    backend = rig.backend()
    status = await backend.status()
    await backend.aclose()
    sees = {info.name: Capability.VISION in info.capabilities for info in status.models}
    assert sees == {"tiny:latest": False, "eyes:7b": True}


async def test_a_wrong_option_is_refused_once(rig: OllamaRig) -> None:
    """The server answers 500, but asking again would not help."""
    with pytest.raises(BackendRejected, match="must be of type integer"):
        await ask(rig, options={"top_k": "many"})
    assert len(rig.chats()) == 1


async def test_a_server_without_models_says_what_to_do(rig: OllamaRig) -> None:
    """A fresh installation answers, but can do nothing yet."""
    rig.server.models.clear()
    backend = rig.backend()
    status = await backend.status()
    await backend.aclose()
    assert status.reachable
    assert "ollama pull" in status.problem


async def test_a_full_queue_is_waited_for(rig: OllamaRig) -> None:
    """503 with these words means: nothing was begun, come back later."""
    full = b'{"error": "server busy, please try again. maximum pending requests exceeded"}'
    rig.server.play("/api/chat", faults.reply(503, full), times=2)
    result = await ask(rig)
    assert len(result.warnings) == 2
    rig.server.play("/api/chat", faults.reply(503, full, {"retry-after": "3600"}))
    with pytest.raises(BackendBusy, match="queue"):
        await ask(rig)


async def test_a_cloud_model_asks_for_its_sign_in(rig: OllamaRig) -> None:
    """The command to sign in is named."""
    body = b'{"error": "unauthorized", "signin_url": "https://ollama.com/connect?x=1"}'
    rig.server.play("/api/chat", faults.reply(401, body), times=None)
    with pytest.raises(AccessDenied, match="ollama signin"):
        await ask(rig)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("model runner has unexpectedly stopped", BackendUnavailable),
        ("model 'tiny' not found", ModelNotFound),
        ("tiny does not support thinking", UnsupportedRequest),
    ],
)
async def test_an_error_may_come_as_a_line_of_a_good_answer(
    rig: OllamaRig, line: str, error: type[Exception]
) -> None:
    """The status was 200 by then; half a text is no text."""
    rig.server.play("/api/chat", error_line(line))
    with pytest.raises(error):
        await ask(rig)


async def test_an_answer_that_ends_before_it_is_done(rig: OllamaRig) -> None:
    """A stream may end in good order without its last line."""
    rig.server.last_line = {"done": False}
    with pytest.raises(BackendAnswerError, match="before it was done"):
        await ask(rig)


async def test_no_text_is_no_result(rig: OllamaRig) -> None:
    """A thinking model may use up its tokens before the first word."""
    rig.server.says = ""
    rig.server.last_line = {
        "done_reason": "length",
        "message": {"content": "", "thinking": "Let me see"},
    }
    with pytest.raises(BackendAnswerError, match="10 characters on thinking"):
        await ask(rig)


async def test_thinking_is_kept_apart_from_the_text(rig: OllamaRig) -> None:
    """It belongs in the record, not in the prompt that goes on."""
    rig.server.last_line = {"message": {"content": "", "thinking": "Let me see"}}
    result = await ask(rig, prompt="x")
    assert result.text == rig.server.text("x")
    assert result.provenance.reply["thinking"] == "Let me see"
