"""``canvas-kit backends`` looks where the servers of this machine usually listen."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from typer.testing import CliRunner

from canvas_kit.cli import looking
from canvas_kit.cli.main import app
from tests.backends import faults
from tests.backends.comfyui.fake import FakeComfyUI
from tests.backends.fake_openai import FakeOpenAI
from tests.backends.fake_server import FakeServer

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))


Place = Callable[[str, str], None]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    """Moves the usual address of a server; until then, it is one where nothing listens."""
    servers = dict(looking._LOCAL_SERVERS)
    monkeypatch.setattr(looking, "_LOCAL_SERVERS", servers)
    monkeypatch.setattr(looking, "_LOOKING_SECONDS", 30.0)  # a busy machine

    def put(name: str, address: str) -> None:
        title, options = servers[name]
        servers[name] = (title, {**options, "address": address})

    for name in servers:
        put(name, "http://127.0.0.1:9")
    return put


class PageServer(FakeServer):
    """Answers everything with a page."""

    async def not_found(self, request: web.Request) -> web.StreamResponse:
        return await faults.html_page(200)(request, self.not_found)


async def statuses(*options: str) -> dict[str, dict[str, Any]]:
    result = await asyncio.to_thread(CliRunner().invoke, app, [*options, "backends", "--json"])
    assert result.exit_code == 0, result.output
    return {one["name"]: one for one in json.loads(result.stdout)}


@asynccontextmanager
async def mute_server() -> AsyncIterator[str]:
    """Takes connections and never says anything."""
    over = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(wait, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    over.set()
    server.close()


async def test_a_server_on_its_usual_port_is_found_without_a_setting(place: Place) -> None:
    """With what to do next; those that are not there are not shown."""
    async with FakeComfyUI() as comfyui, FakeOpenAI() as studio:
        place("comfyui", comfyui.address)
        place("lmstudio", studio.address)
        found = await statuses()
    assert set(found) == {"embedded", "comfyui", "lmstudio"}
    assert found["comfyui"]["version"] == "0.3.64"
    assert "canvas-kit models add" in found["comfyui"]["note"]
    assert found["lmstudio"]["models"]
    assert "found, not set up: add [backends.lmstudio]" in found["lmstudio"]["note"]
    assert f'address = "{studio.address}"' in found["lmstudio"]["note"]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        *itertools.product(
            ["comfyui", "swarmui", "a1111", "ollama", "lmstudio"], ["a page", "404"]
        ),
        ("comfyui", "nothing"),
    ],
)
async def test_what_answers_otherwise_is_not_taken_for_a_server(
    place: Place, name: str, answer: str
) -> None:
    """A router's page, any other service, one that stays silent: shown as what they are."""
    server = PageServer() if answer == "a page" else FakeServer()
    async with server, mute_server() as mute, asyncio.timeout(60):
        place(name, mute if answer == "nothing" else server.address)
        found = await statuses()
    assert set(found) == {"embedded", name}
    assert found[name]["reachable"] is False
    assert found[name]["models"] == []
    assert "does not answer as one" in found[name]["note"]


async def test_a_server_that_the_settings_name_is_shown_once(place: Place, tmp_path: Path) -> None:
    """Under the name that it has there."""
    async with FakeComfyUI() as comfyui:
        place("comfyui", comfyui.address)
        settings = tmp_path / "settings.toml"
        settings.write_text(f'[backends.studio]\nkind = "comfyui"\naddress = "{comfyui.address}"\n')
        found = await statuses("--config-file", str(settings))
    assert set(found) == {"embedded", "studio"}


async def test_comfyui_is_shown_once_a_workflow_was_added(place: Place, tmp_path: Path) -> None:
    """Also where no server answers, and without a section."""
    folder = tmp_path / "canvas_kit_models" / "comfyui"
    folder.mkdir(parents=True)
    (folder / "mine.json").write_text("{}")
    async with FakeComfyUI() as comfyui:
        place("comfyui", comfyui.address)
        found = await statuses()
    assert [model["name"] for model in found["comfyui"]["models"]] == ["comfyui/mine"]
    assert "usable without a setting" in found["comfyui"]["note"]
