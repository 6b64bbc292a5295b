"""What there is to choose from: models, output configs, interception presets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tornado.web import authenticated

from canvas_kit.backends.base import BackendStatus, Capability, ModelInfo
from canvas_kit.backends.configs import OutputConfig
from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.errors import CanvasKitError, UnknownName
from canvas_kit.presets import Preset, PresetKind, load_preset, load_presets
from canvas_kit.server.handlers.base import CanvasHandler

_BOUND_TO_EU_LAW = ("mistral.ai", "scaleway.ai", "ionos.com")
"""Providers with their seat, and their machines by contract, in the European Union."""


class ModelsHandler(CanvasHandler):
    """``GET /api/canvas/llm-models`` and ``/vision-models``: models that write, or that look."""

    capability = Capability.TEXT

    @authenticated
    async def get(self) -> None:
        """Ask every backend, and answer what came in time."""
        try:
            engine = self.service.engine
        except CanvasKitError as error:
            self.refuse_for(error)
            return
        settings = engine.settings
        wanted = Capability.VISION if self.capability is Capability.VISION else Capability.TEXT
        default = settings.vision_model if wanted is Capability.VISION else settings.text_model
        seconds = self.service.limits.backend_seconds
        statuses = await self.service.on_engine(statuses_of(engine.backends, seconds))
        models = [
            model_entry(status, model, default)
            for status in statuses
            for model in status.models
            if wanted in (model.capabilities or {Capability.TEXT})
        ]
        self.answer(
            {
                "status": "success",
                "models": models,
                "count": len(models),
                "ollamaCount": sum(model["provider"] == "ollama" for model in models),
            }
        )


class VisionModelsHandler(ModelsHandler):
    """``GET /api/canvas/vision-models``."""

    capability = Capability.VISION


class OutputConfigsHandler(CanvasHandler):
    """``GET /api/canvas/output-configs``: what a generation can name."""

    @authenticated
    async def get(self) -> None:
        """Answer the list."""
        try:
            configs = await self.service.read(lambda: self.service.engine.backends.configs())
        except CanvasKitError as error:
            self.refuse_for(error)
            return
        entries = [config_entry(config) for config in configs.values()]
        self.answer({"status": "success", "configs": entries, "count": len(entries)})


class InterceptionConfigsHandler(CanvasHandler):
    """``GET /api/canvas/interception-configs``: the interception presets, in their order."""

    @authenticated
    async def get(self) -> None:
        """Answer the list."""
        presets = await self.service.read(load_presets, PresetKind.INTERCEPTION)
        configs = [preset_entry(preset) for preset in presets]
        self.answer({"status": "success", "configs": configs, "count": len(configs)})


class InterceptionHandler(CanvasHandler):
    """``GET /api/interception/<preset>``: one interception preset, with its words."""

    @authenticated
    async def get(self, preset_id: str) -> None:
        """Answer the preset."""
        try:
            preset = await self.service.read(load_preset, PresetKind.INTERCEPTION, preset_id)
        except UnknownName as error:
            self.refuse(404, self.told(error))
            return
        self.answer({"status": "success", **preset_words(preset)})


async def statuses_of(backends: BackendRegistry, seconds: float) -> list[BackendStatus]:
    """What every configured backend says of itself, of those that answer in time."""

    async def status(name: str) -> BackendStatus | None:
        try:
            async with asyncio.timeout(seconds):
                return await backends.backend(name).status()
        except (TimeoutError, CanvasKitError):
            return None

    found = await asyncio.gather(*(status(name) for name in backends.configured()))
    return [item for item in found if item is not None]


def model_entry(status: BackendStatus, model: ModelInfo, default: str) -> dict[str, Any]:
    """A model in the editor's form."""
    prefix = "local" if status.name == "ollama" else status.name
    asked = f"{status.name}/{model.name}"
    # Ollama passes the models of its own cloud on as if they were here.
    in_cloud = status.kind == "ollama" and model.name.endswith(("-cloud", ":cloud"))
    stays = status.local and not in_cloud
    return {
        "id": f"{prefix}/{model.name}",
        "name": model.name,
        "provider": status.kind or status.name,
        "tier": "local" if stays else "cloud",
        "dsgvoCompliant": stays or (not in_cloud and _bound_to_eu_law(status.address)),
        "isDefault": default in (asked, f"{prefix}/{model.name}"),
    }


def config_entry(config: OutputConfig) -> dict[str, Any]:
    """An output config in the editor's form."""
    return {
        "id": config.id,
        "name": _in_both(config.name, config.id),
        "description": _in_both(config.description, ""),
        "icon": config.icon,
        "color": config.color,
        "mediaType": config.media_type,
        "backend": config.backend,
    }


def preset_entry(preset: Preset) -> dict[str, Any]:
    """A preset in the editor's form: the whole of it, with what a list shows at the top."""
    document = preset_words(preset)
    shown = preset.display
    return document | {
        "icon": shown.icon,
        "color": shown.color,
        "category": shown.category.model_dump(),
    }


def preset_words(preset: Preset) -> dict[str, Any]:
    """A preset as the editor knows it, which calls its instructions a context."""
    document = preset.as_dict()
    return document | {"context": document.pop("instructions")}


def _in_both(words: Mapping[str, str], fallback: str) -> dict[str, str]:
    other = next(iter(words.values()), fallback)
    return {"en": words.get("en", other), "de": words.get("de", other)}


def _bound_to_eu_law(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    return any(host == name or host.endswith(f".{name}") for name in _BOUND_TO_EU_LAW)
