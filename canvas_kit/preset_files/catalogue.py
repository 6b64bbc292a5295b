"""Reads preset files: which there are, and what each of them says.

Nothing is read before it is asked for, and each file at most once per process. An id from outside
is only ever compared with the folder listing and never made into a path, so that no canvas can
point at another file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
)

from canvas_kit.choices import Table
from canvas_kit.errors import CanvasKitError, UnknownName, explain
from canvas_kit.german import Language

_FILM_TYPES_FILE = "film_types.toml"

FileModel = TypeVar("FileModel", bound=BaseModel)
Words = Annotated[StrictStr, Field(min_length=1)]


class PresetKind(StrEnum):
    """What a preset is for. The value is the name of its folder."""

    INTERCEPTION = "interception"
    RANDOM_PROMPT = "random_prompt"
    MODEL_ADAPTION = "model_adaption"
    EVALUATION = "evaluation"
    IMAGE_EVALUATION = "image_evaluation"
    COMPARISON = "comparison"
    TRANSLATION = "translation"

    @property
    def label(self) -> str:
        """The kind in plain words, as a message says it: ``"image evaluation preset"``."""
        return f"{self.value.replace('_', ' ')} preset"


class _FromFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Localized(_FromFile):
    """The same words in English and in German."""

    en: Words
    de: Words

    def get(self, language: Language) -> str:
        """The words in one of the languages."""
        return self.de if language == "de" else self.en


class PresetDisplay(_FromFile):
    """How a preset shows itself in a list.

    Attributes:
        icon: One emoji.
        color: A color as ``"#rrggbb"``, lower case.
        category: The heading under which it stands.
        order: Its place among all presets of its kind, smallest first.
    """

    icon: Words
    color: Words
    category: Localized
    order: StrictInt


class PresetParameters(_FromFile):
    """Sampling parameters that suit a preset; None for the model's own."""

    temperature: StrictFloat | None = None
    max_tokens: StrictInt | None = None


class Preset(_FromFile):
    """One set of words for a language node.

    Attributes:
        id: The name of its file, and what a canvas calls it.
        kind: What it is for.
        name: A few words for choosing.
        description: What it does, and what one would use it for.
        instructions: The whole instructions that a language model receives.
        parameters: Sampling parameters that suit it.
        options: Further parameters for one kind of backend by its own names, by that kind.
        display: How it shows itself in a list.
    """

    id: str
    kind: PresetKind
    name: Localized
    description: Localized
    instructions: Localized
    parameters: PresetParameters
    options: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    display: PresetDisplay

    def as_dict(self) -> dict[str, Any]:
        """The preset as plain JSON-able values, languages side by side under ``en`` and ``de``."""
        return self.model_dump(mode="json", exclude={"kind", "options"})


class FilmType(_FromFile):
    """A photographic material or process, described by how its pictures look.

    Attributes:
        name: A few words for choosing.
        words: What a prompt says to get this look.
    """

    name: Localized
    words: Localized


@cache
def preset_ids(kind: PresetKind) -> tuple[str, ...]:
    """The ids of all presets of a kind, in alphabetical order; no file is opened for it."""
    names = (entry.name for entry in (_folder() / kind).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_preset(kind: PresetKind, preset_id: str) -> Preset:
    """The preset with this id.

    Raises:
        UnknownName: There is none; the message says the nearest ids.
        CanvasKitError: Its file is there but cannot be used.
    """
    if preset_id not in preset_ids(kind):
        raise UnknownName(kind.label, preset_id, preset_ids(kind))
    return _read_preset(kind, preset_id)


def preset_name(kind: PresetKind, preset_id: str, language: Language) -> str:
    """What the preset with this id is called; its id, where there is none."""
    try:
        return load_preset(kind, preset_id).name.get(language)
    except UnknownName:
        return preset_id


def load_presets(kind: PresetKind) -> tuple[Preset, ...]:
    """All presets of a kind, in the order in which they want to be shown."""
    found = (load_preset(kind, preset_id) for preset_id in preset_ids(kind))
    return tuple(sorted(found, key=lambda preset: preset.display.order))


def presets(kind: PresetKind | str | None = None) -> Table[Preset]:
    """All presets as a table.

    Args:
        kind: Only those of one kind: ``"interception"``, ``"evaluation"``, …

    Raises:
        UnknownName: There is no such kind.
    """
    if kind is not None and kind not in list(PresetKind):
        raise UnknownName("kind of preset", kind, [known.value for known in PresetKind])
    kinds = list(PresetKind) if kind is None else [PresetKind(kind)]
    return Table.of(
        [preset for each in kinds for preset in load_presets(each)],
        {
            "preset": lambda item: item.id,
            "kind": lambda item: item.kind.value,
            "name": lambda item: f"{item.display.icon} {item.name.en} · {item.name.de}",
            "what it does": lambda item: item.description.en,
        },
    )


@cache
def film_types() -> Mapping[str, FilmType]:
    """All film types by id, in the order in which they want to be shown: old processes first.

    Raises:
        CanvasKitError: The file of film types cannot be used.
    """
    tables = _read_toml(_FILM_TYPES_FILE)
    return {
        film_id: _model(FilmType, f"{_FILM_TYPES_FILE} ({film_id})", table)
        for film_id, table in tables.items()
    }


def _as_id(name: str) -> str:
    return name.casefold().replace(" ", "_").replace("-", "_")


def load_film_type(film_id: str) -> FilmType:
    """The film type with this id, or with the name that an editor shows for it (``"Tri-X 400"``).

    Raises:
        UnknownName: There is none; the message says the nearest ids.
    """
    known = film_id if film_id in film_types() else _as_id(film_id)
    if known not in film_types():
        raise UnknownName("film type", film_id, film_types())
    return film_types()[known]


@cache
def _read_preset(kind: PresetKind, preset_id: str) -> Preset:
    file = f"{kind}/{preset_id}.toml"
    return _model(Preset, file, _read_toml(file) | {"id": preset_id, "kind": kind})


def _folder() -> Traversable:
    return resources.files("canvas_kit.preset_files")


def _read_toml(file: str) -> dict[str, Any]:
    try:
        return tomllib.loads((_folder() / file).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CanvasKitError(
            f"The preset file {file} cannot be used: it is not TOML in UTF-8 ({error})."
        ) from None


def _model(model: type[FileModel], file: str, table: Any) -> FileModel:
    """What a table of a file says; a wrong entry is named by its place in the file."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        told = (
            f"{'.'.join(map(str, item['loc']))} {explain(item)}"
            for item in error.errors(include_url=False)
        )
        raise CanvasKitError(f"The preset file {file} cannot be used: {' '.join(told)}") from None
