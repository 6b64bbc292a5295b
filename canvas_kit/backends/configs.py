"""Output configs: what a generation's ``configId`` names.

A config is a small TOML file that says which model draws, with which defaults, and how it is shown
in a list. The name of the file is the id. Those that come with canvas-kit lie beside this module;
a person's own lie in the folder that the setting ``output_configs`` names. A model's full name
(``comfyui/my_flow``) can stand in for a config.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from canvas_kit.errors import SettingsError


@dataclass(frozen=True, slots=True)
class OutputConfig:
    """What a generation uses when it names this config.

    Attributes:
        id: The name of its file.
        model: The full name of the model, as ``backend/model``.
        name: For people, by language code.
        description: For people, by language code.
        icon: One emoji.
        color: As ``"#rrggbb"``.
        media_type: What comes out: ``"image"``, ``"audio"``, ``"video"``, …
        width: In pixels, where the canvas says nothing.
        height: In pixels, where the canvas says nothing.
        steps: Where the canvas says nothing.
        cfg: Where the canvas says nothing.
        options: Further parameters by the backend's own names.
    """

    id: str
    model: str
    name: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    icon: str = "🖼️"
    color: str = "#228be6"
    media_type: str = "image"
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    cfg: float | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def for_model(cls, model: str) -> OutputConfig:
        """The config that a model's full name stands for."""
        return cls(model, model, name={"en": model, "de": model})

    @property
    def backend(self) -> str:
        """The name of the backend."""
        return self.model.partition("/")[0]


def read_configs(folder: Path | None = None) -> dict[str, OutputConfig]:
    """Every output config there is, by id; a person's own win over those that come with the kit.

    Args:
        folder: Where a person's own configs lie.

    Raises:
        SettingsError: When a file cannot be read or says something that no config knows.
    """
    found: dict[str, OutputConfig] = {}
    shipped = resources.files("canvas_kit.backends") / "output_configs"
    files = sorted(shipped.iterdir(), key=lambda file: file.name)
    if folder is not None:
        if not folder.is_dir():
            raise SettingsError(f"The folder of output configs {folder} does not exist.")
        files += sorted(folder.iterdir())
    for file in files:
        if file.name.endswith(".toml"):
            config_id = file.name.removesuffix(".toml")
            found[config_id] = _read(config_id, file.name, file.read_bytes())
    return found


def _read(config_id: str, name: str, data: bytes) -> OutputConfig:
    try:
        document = tomllib.loads(data.decode())
        return OutputConfig(config_id, **document)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The output config {name} is not valid TOML: {error}.") from None
    except TypeError as error:
        raise SettingsError(f"The output config {name} cannot be used: {error}.") from None
