"""From a model's name to the backend that has it.

A model is named ``backend/model``: ``embedded/sketch``, ``comfyui/my_picture``,
``ollama/mistral-nemo``. The name before the slash is a section of the settings, or a sort of
backend that needs none. The canvas editor writes ``local/…`` for Ollama.

Sorts of backends are found by name in a table (built in) or by entry point (third party); their
modules, and the packages that those need, are loaded when they are first used.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, NamedTuple

from canvas_kit.backends.base import ENTRY_POINT_GROUP, Backend, BackendStatus
from canvas_kit.backends.configs import OutputConfig, read_configs
from canvas_kit.errors import CanvasKitError, MissingPrerequisite, SettingsError, UnknownName
from canvas_kit.network import NetworkPolicy, allowed_hosts
from canvas_kit.settings import WORKFLOWS_FOLDER, BackendSettings, Settings

if TYPE_CHECKING:
    from pathlib import Path

BUILT_IN = {
    "comfyui": "canvas_kit.backends.comfyui:ComfyUIBackend",
    "diffusers": "canvas_kit.backends.diffusers:DiffusersBackend",
    "embedded": "canvas_kit.backends.embedded:EmbeddedBackend",
    "ollama": "canvas_kit.backends.ollama:OllamaBackend",
    "openai": "canvas_kit.backends.openai:OpenAIBackend",
    "swarmui": "canvas_kit.backends.swarmui:SwarmUIBackend",
    "a1111": "canvas_kit.backends.a1111:A1111Backend",
    "forge": "canvas_kit.backends.a1111:ForgeBackend",
}
"""Sorts of backends that come with canvas-kit, by dotted path, so that naming one loads nothing."""

ALIASES = {"local": "ollama"}
"""Names that the canvas editor uses, and what they mean here."""


class ModelName(NamedTuple):
    """A model's full name in its two parts."""

    backend: str
    model: str

    def __str__(self) -> str:
        return f"{self.backend}/{self.model}" if self.model else self.backend

    @classmethod
    def parse(cls, name: str) -> ModelName:
        """``"ollama/mistral-nemo"`` in two parts; without a slash, the model part is empty."""
        backend, _, model = name.strip().partition("/")
        return cls(ALIASES.get(backend, backend), model)


class BackendRegistry:
    """The backends of one engine: made on first use from the settings, shared, closed together.

    Attributes:
        network: What may be talked to.
        ready_made: The names of those that the settings do not know.
    """

    def __init__(
        self, settings: Settings, *, backends: Mapping[str, Backend] | None = None
    ) -> None:
        """Prepare; nothing is loaded or opened.

        Args:
            settings: Says which backends are configured, and how.
            backends: Ready-made backends by name, which win over the settings.
        """
        self._settings = settings
        self._made: dict[str, Backend] = dict(backends or {})
        self.ready_made = frozenset(self._made)
        self._configs: dict[str, OutputConfig] | None = None
        self.network = NetworkPolicy(
            local_only=settings.local_only,
            allowed_hosts=allowed_hosts(settings.allowed_hosts),
            max_download_bytes=settings.max_download_bytes,
        )

    def names(self) -> tuple[str, ...]:
        """Names that can stand before the slash: configured, ready-made and needing no settings."""
        return tuple(sorted({*self._settings.backends, *self._made, *backend_kinds()}))

    def configured(self) -> tuple[str, ...]:
        """Names of the backends in use: configured or ready-made ones, the embedded one, ComfyUI.

        ComfyUI needs no settings: it is in use once a workflow was added.
        """
        names = {*self._settings.backends, *self._made, "embedded"}
        if any(WORKFLOWS_FOLDER.glob("*.json")):
            names.add("comfyui")
        return tuple(sorted(names))

    def backend(self, name: str) -> Backend:
        """The backend called ``name``.

        Raises:
            UnknownName: When there is none.
            CanvasKitError: When a package is missing, or the settings cannot be used or forbid it.
        """
        name = ALIASES.get(name, name)
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def resolve(self, full_name: str) -> tuple[Backend, str]:
        """The backend of a model's full name, and the model's name there (empty for its default).

        Raises:
            CanvasKitError: As :meth:`backend`.
        """
        parsed = ModelName.parse(self._mapped(full_name))
        return self.backend(parsed.backend), parsed.model

    def config(self, config_id: str) -> OutputConfig:
        """The output config with this id; a model's full name stands for one.

        Raises:
            UnknownName: When there is none.
            SettingsError: When a config file cannot be used.
        """
        configs, config_id = self.configs(), self._mapped(config_id)
        if config_id in configs:
            return configs[config_id]
        name = ModelName.parse(config_id).backend
        if name in self._made or name in self._settings.backends or name in self.names():
            return OutputConfig.for_model(config_id)
        raise UnknownName("output config or backend", name, {*configs, *self.names()})

    def configs(self) -> dict[str, OutputConfig]:
        """Every output config there is, by id; read once."""
        if self._configs is None:
            self._configs = read_configs(self._settings.output_configs)
        return self._configs

    @property
    def allowed_folders(self) -> Sequence[Path]:
        """Folders that a canvas may take pictures from, besides its own."""
        return self._settings.allowed_folders

    def model_problem(self, name: str) -> str | None:
        """Why ``name`` cannot be used as a model, with a hint, or None. Asks no server."""
        try:
            backend, model = self.resolve(name)
        except UnknownName as error:
            return f"{error} {_how_to_map(name)}"
        except CanvasKitError as error:
            return str(error)
        known, problem = backend.known_models(), backend.model_problem(model)
        if problem or known is None or not model or model in known:
            return problem
        return str(UnknownName("model", name, [f"{backend.name}/{one}" for one in known]))

    def config_problem(self, name: str) -> str | None:
        """Why ``name`` cannot be used as an output config, as :meth:`model_problem`."""
        try:
            config = self.config(name)
        except UnknownName as error:
            return f"{error} {_how_to_map(name)}"
        except CanvasKitError as error:
            return str(error)
        return self.model_problem(config.model)

    async def statuses(self, seconds: float | None = None) -> list[BackendStatus]:
        """What can be said about every configured backend right now, asked all at once.

        Args:
            seconds: How long each may take to answer, if there is a bound.
        """
        asked = (self._status(name, seconds) for name in self.configured())
        return list(await asyncio.gather(*asked))

    async def aclose(self) -> None:
        """Close every backend that was made."""
        made, self._made = self._made, {}
        await asyncio.gather(*(backend.aclose() for backend in made.values()))

    def _mapped(self, name: str) -> str:
        """What the settings say stands for a name here; else the name."""
        patterns = self._settings.models
        return next((patterns[one] for one in patterns if fnmatchcase(name, one)), name)

    async def _status(self, name: str, seconds: float | None) -> BackendStatus:
        try:
            async with asyncio.timeout(seconds):
                return await self.backend(name).status()
        except TimeoutError:
            problem = f"It did not answer within {seconds:g} s."
        except CanvasKitError as error:
            problem = str(error)
        configured = self._settings.backends.get(name)
        kind = (configured.kind if configured else "") or name
        return BackendStatus(name, kind, reachable=False, problem=problem)

    def _make(self, name: str) -> Backend:
        options = self._settings.backends.get(name) or BackendSettings()
        kind = options.kind or name
        factory = _load_factory(kind, name, self.names())
        backend = factory(name, options, self.network)
        if not isinstance(backend, Backend):
            raise SettingsError(
                f"The backend {name!r} of the kind {kind!r} is not a canvas_kit Backend but a "
                f"{type(backend).__name__}. Its package is at fault."
            )
        if name not in self._settings.backends and not getattr(backend, "local", True):
            raise SettingsError(
                f"The backend {name!r} is on another machine, to which nothing is sent unless the "
                f"settings say so: write a section [backends.{name}], with its key_env if it "
                "wants a key."
            )
        return backend


def _how_to_map(name: str) -> str:
    before, slash, _ = name.partition("/")
    pattern = f"{before}/*" if slash else name
    return (
        "If the canvas comes from elsewhere, say in canvas_kit.toml what stands for it here: "
        f'[models] "{pattern}" = "…".'
    )


def backend_kinds() -> tuple[str, ...]:
    """Every sort of backend that is installed. Loads none of them."""
    return tuple(sorted({*BUILT_IN, *_third_party()}))


def _third_party() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


def _load_factory(kind: str, name: str, names: tuple[str, ...]) -> Any:
    if kind in BUILT_IN:
        module, _, attribute = BUILT_IN[kind].partition(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            raise _missing(kind, error) from error
    try:
        return _third_party()[kind].load()
    except KeyError:
        if kind == name:
            raise UnknownName("backend", name, names) from None
        raise UnknownName("kind of backend", kind, backend_kinds()) from None
    except ModuleNotFoundError as error:
        raise _missing(kind, error) from error


def _missing(kind: str, error: ModuleNotFoundError) -> MissingPrerequisite:
    return MissingPrerequisite(
        f"The backend {kind!r} needs the package {error.name!r}, which is not installed. "
        f"Install it with: pip install 'canvas-kit[{kind}]'"
    )
