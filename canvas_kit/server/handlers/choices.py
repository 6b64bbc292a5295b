"""What there is to choose from: models, output configs, interception presets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from canvas_kit.backends.base import Backend, BackendStatus, Capability, ModelInfo, TextTask
from canvas_kit.backends.configs import OutputConfig
from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.errors import CanvasKitError
from canvas_kit.german import say
from canvas_kit.preset_files.catalogue import Preset, PresetKind, load_preset, load_presets
from canvas_kit.server.answers import (
    ModelEntry,
    ModelList,
    OutputConfigEntry,
    OutputConfigList,
    PresetAnswer,
    PresetEntry,
    PresetList,
    Words,
)
from canvas_kit.server.handlers.base import RouteHandler

_BOUND_TO_EU_LAW = ("mistral.ai", "scaleway.ai", "ionos.com")
"""Providers with their seat, and their machines by contract, in the European Union."""


async def list_text_models(handler: RouteHandler) -> ModelList:
    """Models that write texts, of every backend that answers in time."""
    return await _models(handler, Capability.TEXT)


async def list_vision_models(handler: RouteHandler) -> ModelList:
    """Models that look at pictures, of every backend that answers in time."""
    return await _models(handler, Capability.VISION)


async def list_output_configs(handler: RouteHandler) -> OutputConfigList:
    """What a generation can name."""
    configs = await handler.service.read(lambda: handler.service.engine.backends.configs())
    entries = [config_entry(config) for config in configs.values()]
    return OutputConfigList(configs=entries, count=len(entries))


async def list_presets(handler: RouteHandler) -> PresetList:
    """The interception presets, in their order."""
    presets = await handler.service.read(load_presets, PresetKind.INTERCEPTION)
    entries = [preset_entry(preset) for preset in presets]
    return PresetList(configs=entries, count=len(entries))


async def one_preset(handler: RouteHandler, preset_id: str) -> PresetAnswer:
    """One interception preset, with its words."""
    preset = await handler.service.read(load_preset, PresetKind.INTERCEPTION, preset_id)
    return PresetAnswer.model_validate(_preset_words(preset))


async def _models(handler: RouteHandler, capability: Capability) -> ModelList:
    engine, seconds = handler.service.engine, handler.service.limits.backend_seconds
    settings = engine.settings
    default = settings.vision_model if capability is Capability.VISION else settings.text_model
    statuses = await handler.service.on_engine(engine.backends.statuses(seconds))
    models = [
        model_entry(status, model, default)
        for status in statuses
        for model in status.models
        if capability in (model.capabilities or {Capability.TEXT})
    ]
    if capability is Capability.TEXT and (backend := _by_task(engine.backends, default)):
        models = [model.model_copy(update={"is_default": False}) for model in models]
        models.insert(0, _whole_backend(backend))
    if not any(model.is_default for model in models):
        models[:0] = default_entry(engine.backends, statuses, default)
    models = [
        model.model_copy(update={"name": say(model.name, handler.language)}) for model in models
    ]
    in_ollama = sum(model.provider == "ollama" for model in models)
    return ModelList(models=models, count=len(models), ollama_count=in_ollama)


def _by_task(backends: BackendRegistry, default: str) -> Backend | None:
    """The backend of the default model, if it judges with another one, which it chooses itself.

    An editor gives one default model to every node that it makes, whatever the node is for.
    """
    try:
        backend, model = backends.resolve(default)
    except CanvasKitError:
        return None
    task = TextTask.EVALUATION
    chooses = backend.unsupported(task, model) and not backend.unsupported(task, "")
    return backend if chooses else None


def _whole_backend(backend: Backend) -> ModelEntry:
    local = getattr(backend, "local", True)
    return ModelEntry(
        id=backend.name,
        name=f"{backend.name} (the model that suits the node)",
        provider=backend.kind or backend.name,
        tier="local" if local else "cloud",
        dsgvo_compliant=local,
        is_default=True,
    )


def default_entry(
    backends: BackendRegistry, statuses: list[BackendStatus], default: str
) -> list[ModelEntry]:
    """The settings' default where its backend does not list it; none where that cannot be reached.

    An editor runs a canvas once each node names a model, and a new node names the list's default.
    """
    try:
        backend, model = backends.resolve(default)
    except CanvasKitError:
        return []
    found = [one for one in statuses if one.name == backend.name and one.reachable]
    if not found:
        return []
    if not model:
        return [_whole_backend(backend)]
    entry = model_entry(found[0], ModelInfo(model), default)
    return [entry.model_copy(update={"is_default": True})]


def model_entry(status: BackendStatus, model: ModelInfo, default: str) -> ModelEntry:
    """A model in the editor's form."""
    prefix = "local" if status.name == "ollama" else status.name
    # Ollama passes the models of its own cloud on as if they were here.
    in_cloud = status.kind == "ollama" and model.name.endswith(("-cloud", ":cloud"))
    stays = status.local and not in_cloud
    return ModelEntry(
        id=f"{prefix}/{model.name}",
        name=model.name,
        provider=status.kind or status.name,
        tier="local" if stays else "cloud",
        dsgvo_compliant=stays or (not in_cloud and _bound_to_eu_law(status.address)),
        is_default=default in (f"{status.name}/{model.name}", f"{prefix}/{model.name}"),
    )


def config_entry(config: OutputConfig) -> OutputConfigEntry:
    """An output config in the editor's form."""
    return OutputConfigEntry(
        id=config.id,
        name=_in_both(config.name, config.id),
        description=_in_both(config.description, ""),
        icon=config.icon,
        color=config.color,
        media_type=config.media_type,
        backend=config.backend,
    )


def preset_entry(preset: Preset) -> PresetEntry:
    """A preset in the editor's form: the whole of it, with what a list shows at the top."""
    words = _preset_words(preset)
    shown = {key: words["display"][key] for key in ("icon", "color", "category")}
    return PresetEntry.model_validate(words | shown)


def _preset_words(preset: Preset) -> dict[str, Any]:
    """A preset as the editor knows it, which calls its instructions a context."""
    document = preset.as_dict()
    return document | {"context": document.pop("instructions")}


def _in_both(words: Mapping[str, str], fallback: str) -> Words:
    other = next(iter(words.values()), fallback)
    return {"en": words.get("en", other), "de": words.get("de", other)}


def _bound_to_eu_law(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    return any(host == name or host.endswith(f".{name}") for name in _BOUND_TO_EU_LAW)
