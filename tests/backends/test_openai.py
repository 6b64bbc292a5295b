"""OpenAI's protocol: its own surprises, the contract, and the faults."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit.backends.base import (
    Backend,
    Capability,
    MediaRequest,
    MediaResult,
    Passage,
    SilentReporter,
    TextRequest,
    TextTask,
)
from canvas_kit.backends.openai import OpenAIBackend
from canvas_kit.backends.openai.image_models import IMAGE_MODELS, FreeSizes, image_model
from canvas_kit.errors import (
    AccessDenied,
    BackendAnswerError,
    BackendError,
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
    BackendUnreachable,
    ContentRefused,
    ModelNotFound,
    UnsupportedRequest,
)
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings
from canvas_kit.values import Size
from tests.backends import faults
from tests.backends.contract import ListeningReporter, Rig, ServerContract
from tests.backends.fake_openai import FakeOpenAI, complaint, picture
from tests.backends.fake_server import FakeServer, Handler, Play
from tests.backends.fault_matrix import Scenario, wire_faults

pytestmark = pytest.mark.anyio

SVIOLATION = "Your request was rejected by the safety system. safety_violations=[violence]."


class QuickOpenAI(OpenAIBackend):
    backoff_seconds = 0.01


def complaining(status: int, message: str, **facts: str | None) -> Play:
    async def play(request: web.Request, answer: Handler) -> web.StreamResponse:
        return complaint(status, message, **facts)

    return play


class OpenAIRig(Rig):
    def __init__(self) -> None:
        self.server: FakeOpenAI = FakeOpenAI()

    def backend(self, *, network: NetworkPolicy | None = None, **settings: Any) -> Backend:
        return QuickOpenAI(self.name, self.settings(**settings), network or NetworkPolicy())

    def hold(self) -> None:
        self.server.go.clear()

    def release(self) -> None:
        self.server.go.set()

    def refuse(self) -> None:
        blocked = complaining(
            400, SVIOLATION, type="image_generation_user_error", code="moderation_blocked"
        )
        self.server.play(self.submit_path, blocked)

    @property
    def working(self) -> int:
        return self.server.working

    @property
    def stopped(self) -> int:
        return self.server.stopped

    def files(self, prompt: str) -> Sequence[bytes]:
        return self.server.made[prompt]

    def text(self, prompt: str) -> str:
        return self.server.text(prompt)

    def prompts(self) -> Sequence[str]:
        return self.server.prompts

    def bodies(self) -> list[dict[str, Any]]:
        return [seen.json for seen in self.server.seen if seen.path == self.submit_path]


class ImagesRig(OpenAIRig):
    name = "openai-images"
    work = "media"
    model = "gpt-image-1"
    seed = "unknown"
    submit_path = "/images/generations"


class UrlRig(ImagesRig):
    """A compatible server that answers with URLs."""

    name = "openai-urls"
    model = "house-painter"
    file_path = "/files/0/0.png"

    def __init__(self) -> None:
        self.server = FakeOpenAI(urls=True)


class StreamRig(ImagesRig):
    name = "openai-stream"

    def backend(self, *, network: NetworkPolicy | None = None, **settings: Any) -> Backend:
        return super().backend(network=network, **{"partial_images": 2, **settings})


class ChatRig(OpenAIRig):
    name = "openai-chat"
    work = "text"
    model = "gpt-tiny"
    submit_path = "/chat/completions"


class TestImagesKeepTheContract(ServerContract):
    rig_type = ImagesRig


class TestImagesByUrlKeepTheContract(ServerContract):
    rig_type = UrlRig


class TestStreamedImagesKeepTheContract(ServerContract):
    rig_type = StreamRig


class TestChatKeepsTheContract(ServerContract):
    rig_type = ChatRig


def _elsewhere(rig: UrlRig, base: str) -> None:
    rig.server.url_base = base


def _error_in_stream(rig: StreamRig) -> None:
    event = b'event: error\ndata: {"type": "error", "error": {"message": "The server erred."}}\n\n'
    rig.server.play(
        "/images/generations", faults.reply(200, event, {"Content-Type": "text/event-stream"})
    )


_PAID = {
    "500 once, then fine (submit)": "whole, said so",
    "HTML page with status 200": "BackendAnswerError, maybe done",
}

FAULT_SCENARIOS = [
    *wire_faults(ImagesRig, paid=True, expected=_PAID),
    *wire_faults(UrlRig, paid=True, files_paid=True, expected=_PAID),
    *wire_faults(ChatRig, paid=True, expected=_PAID),
    Scenario(
        ImagesRig,
        "server restart in mid-run",
        lambda rig: rig.server.play(rig.submit_path, faults.drop_connection()),
        "BackendUnreachable, maybe done",
    ),
    Scenario(
        ImagesRig,
        "oversized file",
        lambda rig: rig.server.play(rig.submit_path, faults.endless_body()),
        "BackendAnswerError, maybe done",
        network=NetworkPolicy(max_download_bytes=200_000),
    ),
    Scenario(UrlRig, "relative URL", lambda rig: None, "whole"),
    Scenario(
        UrlRig,
        "internal URL",
        lambda rig: _elsewhere(rig, "http://painter.internal:8000/v1"),
        "whole",
    ),
    Scenario(
        UrlRig,
        "foreign URL",
        lambda rig: _elsewhere(rig, "https://blobs.example.org"),
        "AccessDenied, maybe done",
    ),
    Scenario(
        StreamRig, "error inside a stream", _error_in_stream, "BackendUnavailable, maybe done"
    ),
]


async def ask(rig: OpenAIRig, reporter: ListeningReporter | None = None, **fields: Any) -> Any:
    backend = rig.backend(**fields.pop("settings", {}))
    try:
        return await rig.ask(backend, reporter=reporter, **fields)
    finally:
        await backend.aclose()


@pytest.fixture
async def images() -> AsyncIterator[ImagesRig]:
    async with ImagesRig() as rig:
        yield rig


@pytest.fixture
async def urls() -> AsyncIterator[UrlRig]:
    async with UrlRig() as rig:
        yield rig


@pytest.fixture
async def stream() -> AsyncIterator[StreamRig]:
    async with StreamRig() as rig:
        yield rig


@pytest.fixture
async def chat() -> AsyncIterator[ChatRig]:
    async with ChatRig() as rig:
        yield rig


# -- pictures ----------------------------------------------------------------------------------


async def test_a_gpt_image_model_is_never_asked_for_a_response_format(images: ImagesRig) -> None:
    """It would be an error 400; other parameters go as they were given."""
    result = await ask(images, width=1024, height=1536, options={"quality": "low"})
    assert images.bodies() == [
        {
            "model": "gpt-image-1",
            "prompt": images.prompts()[0],
            "size": "1024x1536",
            "quality": "low",
            "n": 1,
        }
    ]
    assert result.items[0].announced_type == "image/png"
    assert result.provenance.usage == {
        "total_tokens": 60,
        "input_tokens_details": {"text_tokens": 10},
    }
    assert result.provenance.job_id == "req_1"


async def test_what_was_really_drawn_is_on_record(images: ImagesRig) -> None:
    """The prompt as the service changed it lies with its picture."""
    result = await ask(images, model="dall-e-3", prompt="fox")
    assert result.items[0].source["revised_prompt"] == "A finer fox"
    assert result.provenance.reply["revised_prompts"] == ["A finer fox"]
    assert images.bodies()[0]["response_format"] == "b64_json"


async def test_a_model_that_draws_one_at_a_time_is_asked_again(images: ImagesRig) -> None:
    """Usage is the sum of the calls."""
    result = await ask(images, model="dall-e-3", count=3)
    assert len(result.items) == 3
    assert [body["n"] for body in images.bodies()] == [1, 1, 1]
    assert result.provenance.usage["total_tokens"] == 180
    assert result.provenance.job_id == "req_1 req_2 req_3"


async def test_what_came_before_a_fault_is_kept(images: ImagesRig) -> None:
    """Two of three were paid for and are there; the warning says what became of the third."""
    answered = 0

    async def twice(request: web.Request, answer: Handler) -> web.StreamResponse:
        nonlocal answered
        answered += 1
        if answered > 2:
            return complaint(400, SVIOLATION, code="moderation_blocked")
        return await answer(request)

    images.server.play("/images/generations", twice, times=None)
    result = await ask(images, model="dall-e-3", count=3)
    assert len(result.items) == 2
    assert "2 of 3 pictures were made, then: The moderation" in result.warnings[0]


async def test_fewer_pictures_than_asked_is_a_warning(images: ImagesRig) -> None:
    """Servers filter without a word."""

    async def one(request: web.Request, answer: Handler) -> web.StreamResponse:
        data = [{"b64_json": base64.b64encode(picture("one")).decode()}]
        return web.json_response({"data": data})

    images.server.play("/images/generations", one)
    result = await ask(images, count=2)
    assert len(result.items) == 1
    assert "1 of 2 pictures came" in result.warnings[0]


async def test_a_size_that_the_model_does_not_draw_becomes_the_nearest(images: ImagesRig) -> None:
    """The warning names both."""
    result = await ask(images, width=1344, height=768)
    assert images.bodies()[0]["size"] == "1536x1024"
    assert "1344x768" in result.warnings[0]
    assert "1536x1024" in result.warnings[0]


async def test_what_the_protocol_lacks_is_named(images: ImagesRig) -> None:
    """A negative prompt that has no effect must not look as if it had one."""
    result = await ask(images, second_text="blurry", steps=30)
    assert "without negative prompt and number of steps" in result.warnings[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [({"qualty": "low"}, "'quality'"), ({"n": 3}, "set by canvas-kit"), ({"style": "vivid"}, "no")],
)
async def test_an_option_that_the_model_lacks_is_told_before_it_costs(
    images: ImagesRig, options: dict[str, Any], words: str
) -> None:
    """Nothing is sent."""
    with pytest.raises(BackendRejected, match=words):
        await ask(images, options=options)
    assert images.server.seen == []


async def test_an_unknown_server_gets_any_option(urls: UrlRig) -> None:
    """Nothing is assumed about its models."""
    await ask(urls, width=600, height=500, options={"steps": 4, "sampler": "euler"})
    (body,) = urls.bodies()
    assert (body["steps"], body["sampler"], body["size"]) == (4, "euler", "600x500")
    assert body["response_format"] == "b64_json"


async def test_a_server_that_refuses_response_format_is_asked_without_it(urls: UrlRig) -> None:
    """Once: the next request knows."""
    refusing = complaining(
        400,
        "Unknown parameter: 'response_format'.",
        param="response_format",
        code="unknown_parameter",
    )
    urls.server.play("/images/generations", refusing)
    backend = urls.backend()
    await urls.ask(backend)
    await urls.ask(backend, "again")
    await backend.aclose()
    assert ["response_format" in body for body in urls.bodies()] == [True, False, False]


async def test_a_file_of_the_own_server_is_fetched_at_once(urls: UrlRig) -> None:
    """Relative to the address; the record names where it came from."""
    result = await ask(urls)
    assert result.items[0].source["url"] == f"{urls.server.address}/files/0/0.png"
    assert result.items[0].announced_size == len(result.items[0].data)


async def test_a_root_relative_file_lies_beside_the_api(urls: UrlRig) -> None:
    """``/v1`` is the API's: a path from the root is not below it."""
    urls.server.strip = ""
    result = await ask(urls)
    root = urls.server.address.removesuffix("/v1")
    assert result.items[0].source["url"] == f"{root}/files/0/0.png"


async def test_a_file_elsewhere_is_fetched_without_the_key(
    urls: UrlRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From an allowed host only."""
    monkeypatch.setenv("A_KEY", "sk-secret-of-the-test")

    class Blobs(FakeServer):
        async def not_found(self, request: web.Request) -> web.StreamResponse:
            return web.Response(body=picture("blob"))

    async with Blobs() as blobs:
        urls.server.url_base = blobs.address
        network = NetworkPolicy(allowed_hosts=frozenset({f"127.0.0.1:{blobs.port}"}))
        result = await ask(urls, settings={"network": network, "key_env": "A_KEY"})
    assert result.items[0].data == picture("blob")
    assert "authorization" not in blobs.seen[0].headers
    assert urls.server.seen[0].headers["authorization"] == "Bearer sk-secret-of-the-test"


async def test_no_file_among_several_is_lost_for_another(urls: UrlRig) -> None:
    """One of two is gone on the server; the other comes."""
    urls.server.play("/files/0/0.png", faults.reply(404, b""), times=None)
    result = await ask(urls, count=2)
    assert [item.data for item in result.items] == urls.server.made[urls.prompts()[0]][1:]
    assert "Picture 1 of 2 did not come" in result.warnings[0]


async def test_a_picture_as_data_url_is_taken(images: ImagesRig) -> None:
    """Some servers put one where an address belongs, some where plain base64 does."""
    encoded = f"data:image/png;base64,{base64.b64encode(picture('x')).decode()}"
    for entry in ({"url": encoded}, {"b64_json": encoded}):
        body = json.dumps({"data": [entry]}).encode()
        images.server.play("/images/generations", faults.reply(200, body))
        result = await ask(images)
        assert result.items[0].data == picture("x")


async def test_an_answer_without_pictures_may_have_been_paid(images: ImagesRig) -> None:
    """Empty ``data`` is what some servers say to a parameter that they do not know."""
    images.server.play("/images/generations", faults.reply(200, b'{"data": []}'))
    with pytest.raises(BackendAnswerError, match="response_format") as caught:
        await ask(images)
    assert caught.value.maybe_done
    assert len(images.bodies()) == 1


async def test_a_start_picture_goes_to_the_edits(images: ImagesRig) -> None:
    """As a multipart file; the record keeps its length and hash."""
    result = await ask(images, start_image=picture("start"), options={"input_fidelity": "high"})
    (seen,) = images.server.seen
    assert seen.path == "/images/edits"
    assert b'filename="image.png"' in seen.body
    assert picture("start") in seen.body
    assert b"input_fidelity" in seen.body
    assert "sha256" in result.provenance.request["image"]
    assert result.items[0].data == picture(images.prompts()[0])


async def test_a_model_without_edits_says_so(images: ImagesRig) -> None:
    """Before anything is sent."""
    with pytest.raises(UnsupportedRequest, match="gpt-image"):
        await ask(images, model="dall-e-3", start_image=picture("start"))
    assert images.server.seen == []


async def test_unfinished_pictures_are_previews(stream: StreamRig) -> None:
    """They cost extra, so that they come only when the settings ask for them."""
    reporter = ListeningReporter()
    result: MediaResult = await ask(stream, reporter)
    assert reporter.previews == [picture("half", 0), picture("half", 1)]
    assert reporter.steps == [(1, 3), (2, 3), (3, 3)]
    assert result.items[0].data == picture(stream.prompts()[0])
    assert result.provenance.usage == {"total_tokens": 160}
    backend = stream.backend(partial_images=0)
    assert Capability.PREVIEW not in backend.capabilities
    await backend.aclose()


async def test_a_stream_without_its_last_picture_is_no_success(stream: StreamRig) -> None:
    """An unfinished picture is never taken for the finished one."""
    half = base64.b64encode(picture("half")).decode()
    event = json.dumps({"type": "image_generation.partial_image", "b64_json": half})
    stream.server.play(
        "/images/generations",
        faults.reply(200, f"data: {event}\n\n".encode(), {"Content-Type": "text/event-stream"}),
    )
    with pytest.raises(BackendAnswerError, match="before the finished picture") as caught:
        await ask(stream)
    assert caught.value.maybe_done


async def test_a_broken_preview_costs_no_picture(stream: StreamRig) -> None:
    """The finished picture is paid for, and comes all the same."""
    finished = base64.b64encode(picture("x")).decode()
    events = [
        {"type": "image_generation.partial_image", "b64_json": "?"},
        {"type": "image_generation.completed", "b64_json": finished},
    ]
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    stream.server.play(
        "/images/generations", faults.reply(200, body, {"Content-Type": "text/event-stream"})
    )
    reporter = ListeningReporter()
    result = await ask(stream, reporter)
    assert result.items[0].data == picture("x")
    assert reporter.previews == []


async def test_a_server_that_cannot_stream_answers_all_the_same(stream: StreamRig) -> None:
    """Its whole answer is taken as one event."""
    data = [{"b64_json": base64.b64encode(picture("x")).decode()}]
    body = json.dumps({"data": data}, indent=2).encode()
    stream.server.play(
        "/images/generations", faults.reply(200, body, {"Content-Type": "application/json"})
    )
    result = await ask(stream)
    assert result.items[0].data == picture("x")


async def test_a_paid_request_is_not_repeated_after_a_timeout(images: ImagesRig) -> None:
    """The error says that it may have been paid."""
    images.hold()
    with pytest.raises(BackendTimeout, match="charged") as caught:
        await ask(images, settings={"timeout_seconds": 0.3})
    assert caught.value.maybe_done
    assert len(images.bodies()) == 1


async def test_a_repeat_that_may_be_paid_twice_says_so(images: ImagesRig) -> None:
    """The service said that it failed, so it is asked again, and the record tells."""
    images.server.play("/images/generations", faults.stumble(500))
    result = await ask(images)
    assert "The failed try may have been charged as well." in result.warnings[0]


# -- what a refusal means ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "message", "facts", "kind"),
    [
        (400, SVIOLATION, {"code": "moderation_blocked"}, ContentRefused),
        (400, "Rejected", {"code": "content_policy_violation"}, ContentRefused),
        (403, SVIOLATION, {}, ContentRefused),
        (422, "content policy violation", {}, ContentRefused),
        (400, "Unknown parameter: 'moderation'.", {"param": "moderation"}, BackendRejected),
        (429, "You exceeded your quota", {"code": "insufficient_quota"}, BackendUnavailable),
        (400, "Limit reached", {"code": "billing_hard_limit_reached"}, BackendUnavailable),
        (401, "Incorrect API key", {"code": "invalid_api_key"}, AccessDenied),
        (403, "Your organization must be verified", {}, AccessDenied),
    ],
)
async def test_refusal_quota_and_key_are_told_apart(
    images: ImagesRig, status: int, message: str, facts: dict[str, str], kind: type[BackendError]
) -> None:
    """And none of them is tried again."""
    images.server.play("/images/generations", complaining(status, message, **facts), times=None)
    with pytest.raises(BackendError) as caught:
        await ask(images)
    assert type(caught.value) is kind
    assert message in str(caught.value)
    assert len(images.bodies()) == 1


async def test_the_request_id_is_kept_for_the_support_desk(images: ImagesRig) -> None:
    """It is what a provider asks for."""
    images.server.play("/images/generations", faults.reply(400, b"{}", {"x-request-id": "req_9"}))
    with pytest.raises(BackendRejected) as caught:
        await ask(images)
    assert caught.value.details["request_id"] == "req_9"


# -- texts -------------------------------------------------------------------------------------

SCHEMA = {
    "type": "object",
    "title": "Verdict",
    "properties": {
        "score": {"type": "number", "minimum": 0, "maximum": 10},
        "commentary": {"type": "string"},
    },
    "required": ["score"],
}


async def test_a_structured_answer_is_asked_for_strictly(chat: ChatRig) -> None:
    """By the schema that the request has."""
    chat.server.says = '{"score": 8, "commentary": "fine"}'
    result = await ask(chat, answer_schema=SCHEMA)
    sent = chat.bodies()[0]["response_format"]["json_schema"]
    assert (sent["strict"], sent["schema"]) == (True, SCHEMA)
    assert result.data == {"score": 8, "commentary": "fine"}


async def test_a_server_without_schemas_is_asked_in_words(chat: ChatRig) -> None:
    """The warning says so."""
    chat.server.refuses_parameters = {"response_format": "unsupported_parameter"}
    chat.server.says = '```json\n{"score": 8}\n```'
    result = await ask(chat, answer_schema=SCHEMA)
    assert result.data == {"score": 8}
    assert "in words" in result.warnings[0]
    assert '"maximum": 10' in chat.bodies()[-1]["messages"][-1]["content"]


async def test_a_parameter_that_a_reasoning_model_refuses_is_left_out(chat: ChatRig) -> None:
    """A record must not claim a temperature, or a seed, that had no effect."""
    chat.server.refuses_parameters = {
        "temperature": "unsupported_value",
        "seed": "unsupported_parameter",
        "max_tokens": "unsupported_parameter",
    }
    result = await ask(chat, temperature=0.2, max_tokens=30, seed=5)
    body = chat.bodies()[-1]
    assert not {"temperature", "seed", "max_tokens"} & body.keys()
    assert body["max_completion_tokens"] == 30
    assert len(result.warnings) == 3
    assert result.provenance.seed is None


async def test_a_server_that_refuses_everything_is_not_asked_for_ever(chat: ChatRig) -> None:
    """Neither name of the length limit is taken: the error says so."""
    chat.server.refuses_parameters = {
        "max_tokens": "unknown_parameter",
        "max_completion_tokens": "unknown_parameter",
    }
    with pytest.raises(BackendRejected, match="max_"):
        await ask(chat, max_tokens=30)
    assert len(chat.bodies()) <= 3


async def test_a_wrong_value_is_not_argued_about(chat: ChatRig) -> None:
    """Out of range is the person's to mend."""
    wrong = complaining(
        400, "temperature must be at most 2.", param="temperature", code="decimal_above_max_value"
    )
    chat.server.play("/chat/completions", wrong, times=None)
    with pytest.raises(BackendRejected, match="at most 2"):
        await ask(chat, temperature=5)
    assert len(chat.bodies()) == 1


@pytest.mark.parametrize(
    "reply",
    [
        {"message": {"content": None, "refusal": "I cannot help with that."}},
        {"finish_reason": "content_filter", "message": {"content": "Half a"}},
    ],
)
async def test_a_model_that_refuses_is_a_refusal(chat: ChatRig, reply: dict[str, Any]) -> None:
    """With status 200, in two forms."""
    chat.server.chat_reply = reply
    with pytest.raises(ContentRefused):
        await ask(chat)


async def test_a_cut_text_says_so(chat: ChatRig) -> None:
    """In prose as a warning, in JSON with no data."""
    chat.server.chat_reply = {"finish_reason": "length"}
    assert "length limit" in (await ask(chat)).warnings[0]
    chat.server.says = '{"score": '
    result = await ask(chat, answer_schema=SCHEMA)
    assert result.data is None
    assert "cut at the length limit" in result.warnings[0]


async def test_who_really_answered_is_on_record(chat: ChatRig) -> None:
    """The dated model, its fingerprint, the request's id, what it cost."""
    provenance = (await ask(chat, seed=5)).provenance
    assert provenance.model == "gpt-tiny-2026-08-01"
    assert provenance.reply["system_fingerprint"] == "fp_1"
    assert provenance.job_id == "req_chat"
    assert provenance.usage == {"prompt_tokens": 9, "completion_tokens": 12}


async def test_pictures_to_look_at_go_as_data_urls(chat: ChatRig) -> None:
    """Servers on one's own machine take no other form; the record keeps a hash."""
    result = await ask(chat, images=(picture("a") * 2,))
    content = chat.bodies()[0]["messages"][-1]["content"]
    encoded = content[1]["image_url"]["url"]
    assert encoded.startswith("data:image/png;base64,")
    assert base64.b64decode(encoded.partition(",")[2]) == picture("a") * 2
    assert "sha256" in json.dumps(result.provenance.request)


async def test_a_model_without_eyes_is_asked_once(chat: ChatRig) -> None:
    """The server answers 500, but no repeat would help: it cannot look at pictures."""
    chat.server.only_model = "tiny"
    with pytest.raises(UnsupportedRequest, match="cannot look at pictures: image input"):
        await ask(chat, images=(picture("x"),))
    assert len(chat.bodies()) == 1


async def test_a_server_that_dies_at_work_is_told_in_whole_sentences(chat: ChatRig) -> None:
    """The words of the transport end in a full stop of their own."""
    chat.server.play("/chat/completions", faults.drop_connection())
    with pytest.raises(BackendUnreachable, match=r"sending a response\. The server may") as caught:
        await ask(chat)
    assert ".." not in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "answers", "told"),
    [
        ("gpt-tiny", "org/gpt-tiny-2026-08-01", False),
        ("org/gpt-tiny:latest", "gpt-tiny", False),
        ("nonesuch", "tiny", True),
    ],
)
async def test_another_model_than_asked_for_is_told(
    chat: ChatRig, asked: str, answers: str, told: bool
) -> None:
    """A server that has one model may answer with it whatever was asked for."""
    chat.server.only_model = answers
    result = await ask(chat, model=asked)
    assert result.provenance.model == answers
    assert any("although" in warning for warning in result.warnings) == told


async def test_models_are_listed_with_what_they_can(chat: ChatRig) -> None:
    """As far as the server tells; image models are known by their names."""
    chat.server.models = ["gpt-image-1", "tiny", "tiny-eyes"]
    chat.server.tells_modalities = True
    backend = chat.backend()
    listed = {info.name: info.capabilities for info in (await backend.status()).models}
    await backend.aclose()
    assert listed["tiny"] == {Capability.TEXT, Capability.STRUCTURED}
    assert listed["tiny-eyes"] == {Capability.TEXT, Capability.STRUCTURED, Capability.VISION}
    assert listed["gpt-image-1"] == {Capability.IMAGE, Capability.IMAGE_TO_IMAGE}


async def test_a_server_that_serves_one_model_says_so(chat: ChatRig) -> None:
    """In words of its own and in a form of its own, as ``transformers serve`` does."""
    said = b"{\"detail\": \"Server is pinned to 'tiny'; requested 'nonesuch'.\"}"
    chat.server.play("/chat/completions", faults.reply(400, said))
    with pytest.raises(ModelNotFound, match="pinned to 'tiny'"):
        await ask(chat)


async def test_a_server_without_a_list_of_models_can_be_used(chat: ChatRig) -> None:
    """Many small servers have none."""
    chat.server.play("/models", faults.reply(404, b""), times=None)
    backend = chat.backend()
    assert (await backend.status()).reachable
    assert await backend.problems("anything") == []
    await backend.aclose()


# -- the table of models -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("gpt-image-1.5", "gpt-image-1"),
        ("gpt-image-1-mini", "gpt-image-1"),
        ("gpt-image-2-2026-04-21", "gpt-image-2"),
        ("openai/dall-e-3", "dall-e-3"),
        ("gpt-image-9", "gpt-image"),
        ("stable-diffusion-3.5", ""),
    ],
)
def test_a_model_is_found_by_how_its_name_begins(name: str, prefix: str) -> None:
    """Dated and later models keep to their family."""
    assert image_model(name).prefix == prefix


@given(st.integers(64, 4096), st.integers(64, 4096))
def test_every_size_has_a_nearest_that_is_allowed(width: int, height: int) -> None:
    """Whatever a canvas asks for, some size is drawn, and one that fits is taken as it is."""
    for model in IMAGE_MODELS:
        if model.sizes is None:
            continue
        size = model.sizes.nearest(Size(width, height))
        if isinstance(model.sizes, FreeSizes):
            assert size.width % 16 == size.height % 16 == 0
            assert max(size.width, size.height) <= 3840
            assert 655_360 <= size.width * size.height <= 8_294_400
            assert max(size.width, size.height) <= 3 * min(size.width, size.height)
        assert model.sizes.nearest(size) == size


@pytest.mark.parametrize(
    ("address", "said", "paid"),
    [
        ("https://api.openai.com/v1", None, True),
        ("http://127.0.0.1:8080/v1", None, False),
        ("http://127.0.0.1:8080/v1", True, True),
        ("https://gpu.example.org/v1", False, False),
    ],
)
def test_a_hosted_service_counts_as_paid(address: str, said: bool | None, paid: bool) -> None:
    """Unless the settings say otherwise; what runs on this machine does not."""
    options = BackendSettings(address=address, paid=said)
    assert OpenAIBackend("openai", options, NetworkPolicy()).paid is paid


async def test_a_request_tells_the_id_that_is_on_record() -> None:
    """Of texts and of pictures; it is put there before the request is sent."""
    told: list[str] = []

    class Noting(SilentReporter):
        async def submitting(self, job_id: str, **details: Any) -> None:
            told.append(job_id)

    async with FakeOpenAI() as server:
        options = BackendSettings(address=server.address)
        backend = OpenAIBackend("openai", options, NetworkPolicy())
        text = TextRequest(task=TextTask.INTERCEPTION, model="gpt-tiny", passages=(Passage("x"),))
        await backend.write(text, Noting())
        await backend.generate(
            MediaRequest(prompt="x", model="gpt-image-1", job_id="0b1f"), Noting()
        )
        await backend.aclose()
        sent = [{key.lower(): value for key, value in one.headers.items()} for one in server.seen]
    assert [headers["x-client-request-id"] for headers in sent] == told
    assert told[1] == "0b1f"
