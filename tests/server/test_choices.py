"""What there is to choose from, in the shapes that an editor relies on."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from canvas_kit.backends.base import BackendStatus, Capability, ModelInfo
from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.preset_files.catalogue import PresetKind, preset_ids
from canvas_kit.server.handlers.choices import default_entry, model_entry
from canvas_kit.settings import Settings
from tests.server.editor_client import EditorClient

MODEL_KEYS = {"id", "name", "provider", "tier", "dsgvoCompliant", "isDefault"}


@pytest.mark.parametrize("route", ["llm-models", "vision-models"])
def test_models_are_listed_with_the_keys_that_an_editor_reads(
    client: EditorClient, route: str
) -> None:
    document = client.get(f"/api/canvas/{route}")
    assert set(document) == {"status", "models", "count", "ollamaCount"}
    assert document["status"] == "success"
    assert document["count"] == len(document["models"]) > 0
    assert document["ollamaCount"] == 0
    for model in document["models"]:
        assert set(model) == MODEL_KEYS
    assert "embedded/critic" in {model["id"] for model in document["models"]}


@pytest.mark.parametrize(
    ("route", "default"), [("llm-models", "lab/w"), ("vision-models", "lab/v")]
)
def test_the_default_model_is_listed_also_where_its_backend_lists_none(
    client: EditorClient, route: str, default: str
) -> None:
    models = client.get(f"/api/canvas/{route}")["models"]
    assert [model["id"] for model in models if model["isDefault"]] == [default]


@pytest.mark.parametrize("default", ["ollama/m", "nowhere/m"])
def test_a_default_model_that_cannot_be_reached_is_not_listed(tmp_path: Path, default: str) -> None:
    registry = BackendRegistry(Settings.load(exports=tmp_path))
    silent = BackendStatus("ollama", "ollama", reachable=False)
    assert default_entry(registry, [silent], default) == []


def test_output_configs_are_named_in_both_languages(client: EditorClient) -> None:
    document = client.get("/api/canvas/output-configs")
    assert document["count"] == len(document["configs"]) > 0
    for config in document["configs"]:
        assert set(config) == {
            "id",
            "name",
            "description",
            "icon",
            "color",
            "mediaType",
            "backend",
        }
        assert set(config["name"]) == set(config["description"]) == {"en", "de"}


def test_every_interception_preset_is_listed_and_can_be_read(client: EditorClient) -> None:
    document = client.get("/api/canvas/interception-configs")
    ids = [config["id"] for config in document["configs"]]
    assert sorted(ids) == sorted(preset_ids(PresetKind.INTERCEPTION))
    assert document["count"] == len(ids)
    preset = client.get(f"/api/interception/{ids[0]}")
    assert set(preset) == {
        "status",
        "id",
        "name",
        "description",
        "context",
        "parameters",
        "display",
    }
    assert set(preset["context"]) == {"en", "de"}


@pytest.mark.parametrize("name", ["nope", "..", "%2e%2e%2fsettings", "bauhaus.toml"])
def test_an_unknown_preset_is_told_as_an_error(client: EditorClient, name: str) -> None:
    reply = client.ask("GET", f"/api/interception/{name}")
    document = reply.json()
    assert reply.status == 404
    assert set(document) == {"status", "error"}
    assert document["status"] == "error"


@pytest.mark.anyio
async def test_ollama_is_asked_live_and_its_models_are_called_local(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    tags = {"models": [{"name": "mistral-nemo:latest"}, {"name": "gpt-oss:120b-cloud"}]}
    httpserver.expect_request("/api/version").respond_with_json({"version": "0.9.0"})
    httpserver.expect_request("/api/tags").respond_with_json(tags)
    settings = Settings.load(
        exports=tmp_path, backends={"ollama": {"address": httpserver.url_for("")}}
    )
    registry = BackendRegistry(settings)
    try:
        statuses = await registry.statuses(10)
    finally:
        await registry.aclose()
    ollama = next(status for status in statuses if status.name == "ollama")
    entries = [model_entry(ollama, model, "local/mistral-nemo:latest") for model in ollama.models]
    here, elsewhere = entries
    assert here.id == "local/mistral-nemo:latest"
    assert here.provider == "ollama"
    assert here.is_default is here.dsgvo_compliant is True
    # Ollama passes the models of its cloud on as if they were here.
    assert elsewhere.dsgvo_compliant is False


@pytest.mark.anyio
async def test_a_backend_that_does_not_answer_in_time_is_left_out(tmp_path: Path) -> None:
    settings = Settings.load(
        exports=tmp_path,
        # An address for documentation (RFC 5737): nothing answers, and nothing refuses.
        backends={"ollama": {"address": "http://192.0.2.1:11434"}},
    )
    registry = BackendRegistry(settings)
    try:
        statuses = await registry.statuses(0.2)
    finally:
        await registry.aclose()
    assert "embedded" in {status.name for status in statuses}


@pytest.mark.parametrize(
    ("address", "local", "compliant"),
    [
        ("http://127.0.0.1:1234", True, True),
        ("https://api.mistral.ai/v1", False, True),
        ("https://api.example.com/v1", False, False),
        ("https://mistral.ai.example.com/v1", False, False),
    ],
)
def test_compliant_is_what_stays_here_or_is_bound_to_eu_law(
    address: str, local: bool, compliant: bool
) -> None:
    status = BackendStatus("cloud", "openai", reachable=True, address=address, local=local)
    entry = model_entry(status, ModelInfo("m", frozenset({Capability.TEXT})), "cloud/m")
    assert entry.dsgvo_compliant is compliant
    assert entry.id == "cloud/m"
    assert entry.is_default is True
