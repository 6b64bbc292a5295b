"""The backend against a real web UI: opt in by naming its address.

``CANVAS_KIT_A1111=http://127.0.0.1:7860 pytest tests/backends/a1111/test_real_server.py``

Small pictures are drawn with the first checkpoint that the server lists; one of random weights is
good enough. Seen on Forge f2.0.1v1.10.1 (2025-06), on a CPU and without its page (``--nowebui``);
progress and cancelling are not to be had there, since they need its page.
"""

from __future__ import annotations

import asyncio
import io
import os
import uuid
from typing import Any

import pytest

from canvas_kit.backends.a1111 import A1111Backend
from canvas_kit.backends.base import MediaRequest, MediaResult
from canvas_kit.errors import BackendRejected, BackendTimeout, ModelNotFound
from canvas_kit.media import inspect
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings
from tests.backends.contract import ListeningReporter, until
from tests.backends.fake_openai import picture

ADDRESS = os.environ.get("CANVAS_KIT_A1111", "")

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not ADDRESS, reason="CANVAS_KIT_A1111 names no running web UI"),
]


class Server:
    """The real server, asked for small pictures of one step."""

    def __init__(self) -> None:
        self.model = ""
        self.reporter = ListeningReporter()

    def backend(self, **settings: Any) -> A1111Backend:
        given = {"address": ADDRESS, "timeout_seconds": 600, **settings}
        return A1111Backend("a1111", BackendSettings(**given), NetworkPolicy())

    async def ask(self, settings: dict[str, Any] | None = None, **fields: Any) -> MediaResult:
        small = {"prompt": "a market", "model": self.model, "seed": 7, "steps": 1, "width": 64,
                 "height": 64, "job_id": str(uuid.uuid4()), **fields}  # fmt: skip
        backend = self.backend(**(settings or {}))
        try:
            return await backend.generate(MediaRequest(**small), self.reporter)
        finally:
            await backend.aclose()


@pytest.fixture
async def server() -> Server:
    server = Server()
    backend = server.backend()
    server.model = (await backend.status()).models[0].name
    await backend.aclose()
    return server


def pixels(data: bytes) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


async def test_pictures_come_home_with_their_seeds_and_model(server: Server) -> None:
    """As many as asked for, each with the seed that the server counted on to."""
    result = await server.ask(count=2)
    assert [item.seed for item in result.items] == [7, 8]
    assert {inspect(item.data).width for item in result.items} == {64}
    assert result.provenance.model == server.model
    assert result.provenance.backend_version
    assert result.warnings == ()


async def test_a_seed_draws_its_pixels_again(server: Server) -> None:
    """And another seed others."""
    first, second, third = [(await server.ask(seed=seed)).items[0] for seed in (11, 11, 12)]
    if len(set(pixels(first.data))) == 1:
        pytest.skip("this checkpoint draws one colour only")
    assert pixels(first.data) == pixels(second.data) != pixels(third.data)


async def test_a_drawn_seed_is_told(server: Server) -> None:
    """Where none was asked for."""
    result = await server.ask(seed=None)
    assert result.items[0].seed is not None


async def test_a_start_picture_is_drawn_over(server: Server) -> None:
    """By the other way in."""
    result = await server.ask(start_image=picture("start"), options={"denoising_strength": 0.5})
    assert inspect(result.items[0].data).width == 64


async def test_a_missing_model_is_refused_before_it_draws(server: Server) -> None:
    """The server itself would draw with another one."""
    with pytest.raises(ModelNotFound, match="nonesuch"):
        await server.ask(model="nonesuch")
    assert server.reporter.submitted == []


async def test_a_wrong_option_is_refused_in_the_servers_words(server: Server) -> None:
    """And nothing is drawn."""
    with pytest.raises(BackendRejected, match="styles"):
        await server.ask(options={"styles": 5})


async def test_an_unknown_sampler_is_not_passed_over(server: Server) -> None:
    """Forge takes another one without a word, A1111 refuses it."""
    try:
        result = await server.ask(options={"sampler_name": "Nonesuch"})
    except BackendRejected:
        return
    assert "although 'Nonesuch' was asked for" in result.warnings[0]


async def test_a_picture_that_takes_too_long_says_so(server: Server) -> None:
    """Naming the setting to raise; the server is stopped where it is ours alone."""
    with pytest.raises(BackendTimeout, match="timeout_seconds"):
        await server.ask({"timeout_seconds": 0.2, "sole_user": True}, steps=50)


async def test_a_cancelled_picture_leaves_the_server_free(server: Server) -> None:
    """Its work is stopped where it is known to be ours, and the next picture is whole."""
    task = asyncio.create_task(server.ask({"sole_user": True}, steps=150))
    await until(lambda: bool(server.reporter.submitted))
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    result = await server.ask()
    assert len(result.items) == 1
    assert result.warnings == ()
