"""The backend against a real server that speaks OpenAI's protocol: opt in by naming its address.

``CANVAS_KIT_OPENAI=http://127.0.0.1:8080/v1 pytest tests/backends/test_real_openai.py``

The first model that the server lists is asked, unless ``CANVAS_KIT_OPENAI_MODEL`` names one; a text
of random weights is good enough. What only some servers can is skipped by name where one says that
it cannot.
"""

from __future__ import annotations

import asyncio
import os

import pytest

from canvas_kit.backends.base import Capability
from canvas_kit.backends.openai import OpenAIBackend
from canvas_kit.errors import BackendRejected, BackendTimeout, ModelNotFound, UnsupportedRequest
from tests.backends.contract import until
from tests.backends.real_texts import PICTURE, SCHEMA, RealServer

ADDRESS = os.environ.get("CANVAS_KIT_OPENAI", "")

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not ADDRESS, reason="CANVAS_KIT_OPENAI names no running server"),
]


Server = RealServer[OpenAIBackend]


@pytest.fixture
async def server() -> Server:
    named = os.environ.get("CANVAS_KIT_OPENAI_MODEL", "")
    return await Server(OpenAIBackend, "house", ADDRESS, named).with_model()


async def test_the_model_is_listed_and_another_is_missed(server: Server) -> None:
    """Before anything is run."""
    backend = server.backend()
    assert await backend.problems(server.model) == []
    (problem,) = await backend.problems("nonesuch")
    await backend.aclose()
    assert "no model 'nonesuch'" in problem


async def test_the_record_says_what_was_written_with_what(server: Server) -> None:
    """Model, seed, counts, the reason for the end and the server's own id."""
    result = await server.ask()
    provenance = result.provenance
    assert server.model.rpartition("/")[2] in provenance.model
    assert provenance.seed == 7
    assert 0 < provenance.usage["completion_tokens"] <= 12
    assert provenance.usage["prompt_tokens"] > 0
    assert provenance.reply["finish_reason"] in ("stop", "length")
    assert provenance.job_id


async def test_a_text_that_was_cut_says_so(server: Server) -> None:
    """By the server's own reason."""
    result = await server.ask(max_tokens=2)
    assert result.provenance.reply["finish_reason"] == "length"
    assert "stopped at its length limit" in result.warnings[-1]


async def test_a_seed_writes_its_text_again(server: Server) -> None:
    """And another seed another one; or the server takes none, and the record says so."""
    results = [await server.ask(seed=seed, temperature=1.0) for seed in (11, 11, 12, 13)]
    assert results[0].text == results[1].text
    assert len({result.text for result in results}) > 1


async def test_a_structured_answer_has_the_form_asked_for(server: Server) -> None:
    """Where the server knows schemas; elsewhere a warning says what was done instead."""
    result = await server.ask(answer_schema=SCHEMA, max_tokens=400)
    if result.warnings:
        pytest.skip(f"this server gave no form: {result.warnings}")
    assert result.data is not None
    assert isinstance(result.data["score"], int)


async def test_a_picture_goes_to_a_model_with_eyes_only(server: Server) -> None:
    """A model without eyes says so at once, and is not asked again."""
    backend = server.backend()
    listed = {info.name: info for info in (await backend.status()).models}
    await backend.aclose()
    if Capability.VISION in listed[server.model].capabilities:
        assert (await server.ask(images=(PICTURE,))).text
    else:
        with pytest.raises(UnsupportedRequest, match="picture"):
            await server.ask(images=(PICTURE,))


async def test_a_missing_model_is_told_from_other_faults(server: Server) -> None:
    """A server that has one model may answer with it all the same: the result says so."""
    try:
        result = await server.ask(model="nonesuch")
    except ModelNotFound:
        return
    assert result.provenance.model != "nonesuch"
    assert any("although" in warning for warning in result.warnings)


async def test_a_wrong_option_is_refused_once(server: Server) -> None:
    """In the server's own words."""
    with pytest.raises(BackendRejected, match="top_p"):
        await server.ask(options={"top_p": "many"})


async def test_a_prompt_that_does_not_fit_is_refused(server: Server) -> None:
    """It is not cut without a word."""
    with pytest.raises(BackendRejected, match=r"(?i)context|too long|tokens"):
        await server.ask(prompt="many words " * 60_000)


async def test_a_cancelled_request_leaves_the_server_free(server: Server) -> None:
    """The next one is answered."""
    task = asyncio.create_task(server.ask(max_tokens=100_000))
    await until(lambda: bool(server.reporter.submitted))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await server.ask()).text


async def test_a_request_that_takes_too_long_says_so(server: Server) -> None:
    """Naming the setting to raise."""
    with pytest.raises(BackendTimeout, match="timeout_seconds"):
        await server.ask({"timeout_seconds": 0.02}, prompt="word " * 300, max_tokens=4000)
