"""Output configs: what a generation's ``configId`` names.

A config is a small TOML file that says which model draws, with which defaults, and how it is shown
in a list. The name of the file is the id. Those that come with canvas-kit lie beside this module;
the user's own lie in the folder that the setting ``output_configs`` names. A model's full name
(``comfyui/my_picture``) can stand in for a config.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from canvas_kit.backends.own_settings import first_mistake
from canvas_kit.errors import SettingsError


class OutputConfig(BaseModel):
    """What a generation uses when it names this config.

    Attributes:
        id: The name of its file.
        model: The full name of the model, as ``backend/model``.
        name: For display, by language code.
        description: For display, by language code.
        icon: One emoji.
        color: As ``"#rrggbb"``.
        media_type: What comes out: ``"image"``, ``"audio"``, ``"video"``, …
        width: In pixels, where the canvas says nothing.
        height: In pixels, where the canvas says nothing.
        steps: Where the canvas says nothing.
        cfg: Where the canvas says nothing.
        options: Further parameters by the backend's own names.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    model: str
    name: Mapping[str, str] = Field({})
    description: Mapping[str, str] = Field({})
    icon: str = "🖼️"
    color: str = "#228be6"
    media_type: str = "image"
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    cfg: float | None = None
    options: Mapping[str, Any] = Field({})

    @classmethod
    def for_model(cls, model: str) -> OutputConfig:
        """The config that a model's full name stands for."""
        return cls(id=model, model=model, name={"en": model, "de": model})

    @property
    def backend(self) -> str:
        """The name of the backend."""
        return self.model.partition("/")[0]


def read_configs(folder: Path | None = None) -> dict[str, OutputConfig]:
    """Every output config there is, by id; the user's own win over those that come with the kit.

    Args:
        folder: Where the user's own configs lie.

    Raises:
        SettingsError: When a file cannot be read or says something that no config knows.
    """
    shipped = resources.files("canvas_kit.backends") / "output_configs"
    files: list[Traversable] = sorted(shipped.iterdir(), key=lambda file: file.name)
    if folder is not None:
        if not folder.is_dir():
            raise SettingsError(f"The folder of output configs {folder} does not exist.")
        files += sorted(folder.iterdir())
    configs = [_read(file) for file in files if file.name.endswith(".toml")]
    return {config.id: config for config in configs}


def _read(file: Traversable) -> OutputConfig:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        return OutputConfig.model_validate({**document, "id": file.name.removesuffix(".toml")})
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The output config {file.name} is not valid TOML: {error}.") from None
    except ValidationError as error:
        where, why = first_mistake(error, OutputConfig.model_fields)
        raise SettingsError(
            f"The output config {file.name} cannot be used: {where}: {why}"
        ) from None
