"""The backend against a real Ollama: opt in by naming its address.

``CANVAS_KIT_OLLAMA=http://127.0.0.1:11434 pytest tests/backends/test_real_ollama.py``

The first model that the server lists is asked, unless ``CANVAS_KIT_OLLAMA_MODEL`` names one; a text
of random weights is good enough. Passed on 0.33.0-rc2 (2026-08), with llama.cpp b11549 under it.
"""

from __future__ import annotations

import asyncio
import os

import httpx
import pytest

from canvas_kit.backends.base import Capability
from canvas_kit.backends.ollama import OllamaBackend
from canvas_kit.errors import BackendRejected, BackendTimeout, ModelNotFound, UnsupportedRequest
from tests.backends.contract import until
from tests.backends.real_texts import PICTURE, SCHEMA, RealServer

ADDRESS = os.environ.get("CANVAS_KIT_OLLAMA", "")

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not ADDRESS, reason="CANVAS_KIT_OLLAMA names no running Ollama"),
]


Server = RealServer[OllamaBackend]


@pytest.fixture
async def server() -> Server:
    named = os.environ.get("CANVAS_KIT_OLLAMA_MODEL", "")
    return await Server(OllamaBackend, "ollama", ADDRESS, named).with_model()


async def test_the_server_tells_its_version_and_models(server: Server) -> None:
    """A model that writes is listed with what it can."""
    backend = server.backend()
    status = await backend.status()
    assert await backend.problems(server.model) == []
    (problem,) = await backend.problems("nonesuch")
    await backend.aclose()
    assert status.version
    listed = {info.name: info.capabilities for info in status.models}
    assert Capability.TEXT in listed[server.model]
    assert "ollama pull nonesuch" in problem


async def test_the_record_says_what_was_written_with_what(server: Server) -> None:
    """Model, seed, counts and the reason for the end are the server's own; steps are told."""
    result = await server.ask()
    provenance = result.provenance
    assert (provenance.model, provenance.seed) == (server.model, 7)
    assert 0 < provenance.usage["eval_count"] <= 12
    assert provenance.usage["prompt_eval_count"] > 0
    assert provenance.reply["done_reason"] in ("stop", "length")
    assert bool(result.warnings) == (provenance.reply["done_reason"] == "length")
    assert server.reporter.steps


async def test_a_seed_writes_its_text_again(server: Server) -> None:
    """And another seed another one, also beyond 32 bits."""
    seeds = [11, 11, 12, 2**52 + 11]
    texts = [(await server.ask(seed=seed, temperature=1.0)).text for seed in seeds]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1


async def test_a_structured_answer_has_the_form_asked_for(server: Server) -> None:
    """Given enough room."""
    result = await server.ask(answer_schema=SCHEMA, max_tokens=400)
    assert result.data is not None, result.warnings
    assert isinstance(result.data["score"], int)


async def test_a_picture_is_not_sent_to_a_model_without_eyes(server: Server) -> None:
    """The model's capabilities are asked for first."""
    backend = server.backend()
    listed = {info.name: info for info in (await backend.status()).models}
    await backend.aclose()
    if Capability.VISION in listed[server.model].capabilities:
        result = await server.ask(images=(PICTURE,))
        assert result.text
    else:
        with pytest.raises(UnsupportedRequest, match="cannot look at pictures"):
            await server.ask(images=(PICTURE,))


async def test_a_missing_model_is_told_from_other_faults(server: Server) -> None:
    """With the command that would get it."""
    with pytest.raises(ModelNotFound, match="ollama pull nonesuch"):
        await server.ask(model="nonesuch")


async def test_a_wrong_option_is_refused_once(server: Server) -> None:
    """The server answers 500; asking again would not help."""
    with pytest.raises(BackendRejected, match="top_k"):
        await server.ask(options={"top_k": "many"})
    assert len(server.reporter.submitted) == 1


async def test_a_prompt_that_does_not_fit_is_not_cut(server: Server) -> None:
    """The largest context is tried before the prompt is refused, in one plain sentence."""
    with pytest.raises(BackendRejected, match="too long") as caught:
        await server.ask(prompt="many words " * 60_000)
    assert '{"' not in str(caught.value)


async def test_a_cancelled_request_stops_the_server(server: Server) -> None:
    """A second request at once after it is answered."""
    task = asyncio.create_task(server.ask(max_tokens=100_000, options={"stop": []}))
    await until(lambda: bool(server.reporter.steps))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    result = await server.ask()
    assert result.text


async def test_a_request_that_takes_too_long_says_so(server: Server) -> None:
    """Naming the setting to raise."""
    await server.ask()  # loaded by now
    with pytest.raises(BackendTimeout, match="timeout_seconds"):
        await server.ask({"timeout_seconds": 0.05}, prompt="word " * 1500, max_tokens=4000)


async def test_it_is_an_ollama() -> None:
    """And not a server that speaks some of its interface."""
    async with httpx.AsyncClient() as client:
        assert (await client.get(ADDRESS)).text == "Ollama is running"
