"""Reads preset files: which there are, and what each of them says.

Nothing is read before it is asked for, and each file is parsed at most once per process: the files
of an installed package do not change under it. An id from outside is only ever compared with the
folder listing and never made into a path, so that no canvas can point at another file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
)

from canvas_kit.choices import Table
from canvas_kit.errors import CanvasKitError, UnknownName, shorten

_FILM_TYPES_FILE = "film_types.toml"

_TYPES = ("float", "int", "str")

FileModel = TypeVar("FileModel", bound=BaseModel)
Words = Annotated[StrictStr, Field(min_length=1)]


class PresetFileError(CanvasKitError):
    """A preset file cannot be read: not TOML, or an entry is missing, unknown or of a wrong type.

    Attributes:
        file: The file, relative to the presets folder: ``"interception/bauhaus.toml"``.
    """

    def __init__(self, message: str, *, file: str) -> None:
        self.file = file
        super().__init__(f"The preset file {file} cannot be used: {message}")


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

    def get(self, language: str) -> str:
        """The words in ``language``.

        Args:
            language: ``"en"`` or ``"de"``, in any case, with or without a region (``"de-AT"``).

        Raises:
            UnknownName: It is neither English nor German.
        """
        match language.replace("_", "-").casefold().split("-")[0]:
            case "en":
                return self.en
            case "de":
                return self.de
        raise UnknownName("preset language", language, ("de", "en"))


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


class Preset(_FromFile):
    """One set of words for a language node.

    Attributes:
        id: The name of its file, and what a canvas calls it.
        kind: What it is for.
        name: A few words for choosing.
        description: What it does, and what one would use it for.
        instructions: The whole instructions that a language model receives.
        parameters: Sampling parameters that suit it: ``temperature``, ``max_tokens``.
        options: Further parameters for one kind of backend by its own names, by that kind.
        display: How it shows itself in a list.
    """

    id: str
    kind: PresetKind
    name: Localized
    description: Localized
    instructions: Localized
    parameters: Annotated[
        Mapping[str, StrictFloat | StrictInt | StrictStr], AfterValidator(MappingProxyType)
    ]
    options: Annotated[Mapping[str, Mapping[str, Any]], AfterValidator(MappingProxyType)] = Field(
        default_factory=lambda: MappingProxyType({})
    )
    display: PresetDisplay

    def as_dict(self) -> dict[str, Any]:
        """The preset as plain JSON-able values, languages side by side under ``en`` and ``de``."""
        document = self.model_dump(mode="json", exclude={"kind", "parameters", "options"})
        return document | {"parameters": dict(self.parameters)}


class FilmType(_FromFile):
    """A photographic material or process, described by how its pictures look.

    Attributes:
        id: What a canvas calls it.
        name: A few words for choosing.
        words: What a prompt says to get this look.
    """

    id: str
    name: Localized
    words: Localized


def preset_ids(kind: PresetKind) -> tuple[str, ...]:
    """The ids of all presets of a kind, in alphabetical order; no file is opened for it."""
    return _list_ids(PresetKind(kind))


def load_preset(kind: PresetKind, preset_id: str) -> Preset:
    """The preset with this id.

    Raises:
        UnknownName: There is none; the message says the nearest ids.
        PresetFileError: Its file is there but cannot be used.
    """
    kind = PresetKind(kind)
    if preset_id not in preset_ids(kind):
        raise UnknownName(kind.label, preset_id, preset_ids(kind))
    return _read_preset(kind, preset_id)


def load_presets(kind: PresetKind) -> tuple[Preset, ...]:
    """All presets of a kind, in the order in which they want to be shown."""
    presets = (load_preset(kind, preset_id) for preset_id in preset_ids(kind))
    return tuple(sorted(presets, key=lambda preset: preset.display.order))


@cache
def film_types() -> tuple[FilmType, ...]:
    """All film types in the order in which they want to be shown: old processes first.

    Raises:
        PresetFileError: The file of film types cannot be used.
    """
    tables = _read_toml(_folder() / _FILM_TYPES_FILE, _FILM_TYPES_FILE)
    return tuple(
        _model(FilmType, _FILM_TYPES_FILE, table, f"{film_id}.", id=film_id)
        for film_id, table in tables.items()
    )


def load_film_type(film_id: str) -> FilmType:
    """The film type with this id, or with the name that an editor shows for it (``"Tri-X 400"``).

    Raises:
        UnknownName: There is none; the message says the nearest ids.
    """
    by_id = {film.id: film for film in film_types()}
    if film_id not in by_id:
        wanted = film_id.casefold().replace(" ", "_").replace("-", "_")
        if wanted in by_id:
            return by_id[wanted]
        raise UnknownName("film type", film_id, by_id)
    return by_id[film_id]


@cache
def _list_ids(kind: PresetKind) -> tuple[str, ...]:
    names = (entry.name for entry in (_folder() / kind.value).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def _read_preset(kind: PresetKind, preset_id: str) -> Preset:
    name = f"{kind.value}/{preset_id}.toml"
    table = _read_toml(_folder() / kind.value / f"{preset_id}.toml", name)
    return _model(Preset, name, table, id=preset_id, kind=kind)


def _folder() -> Traversable:
    return resources.files("canvas_kit.presets")


def _read_toml(file: Traversable, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PresetFileError(f"it is not TOML in UTF-8 ({error}).", file=name) from error


def _model(
    model: type[FileModel], file: str, table: Any, inside: str = "", /, **more: Any
) -> FileModel:
    """What a table of a file says; a wrong entry is named by its place in the file."""
    try:
        return model.model_validate({**table, **more} if isinstance(table, Mapping) else table)
    except ValidationError as error:
        told: dict[str, str] = {}
        for item in error.errors(include_url=False):
            # Where several types are allowed, pydantic tells each at the end of the place.
            place = inside + ".".join(str(part) for part in item["loc"] if part not in _TYPES)
            message = item["msg"].removeprefix("Input ").removeprefix("String ")
            match item["type"]:
                case "missing":
                    told[place] = f"{place} is missing."
                case "extra_forbidden":
                    told[place] = f"{place} is not known."
                case _:
                    told.setdefault(place, f"{place} {message}, not {shorten(item['input'])}.")
        raise PresetFileError(" ".join(told.values()), file=file) from None


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
