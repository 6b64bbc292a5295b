"""Reads preset files: which there are, and what each of them says.

Nothing is read before it is asked for, and each file is parsed at most once per process: the files
of an installed package do not change under it. An id from outside is only ever compared with the
folder listing and never made into a path, so that no canvas can point at another file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from canvas_kit.errors import CanvasKitError, UnknownName, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.resources.abc import Traversable

_FILM_TYPES_FILE = "film_types.toml"


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


@dataclass(frozen=True, slots=True)
class Localized:
    """The same words in English and in German."""

    en: str
    de: str

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

    def as_dict(self) -> dict[str, str]:
        """Both languages by their code."""
        return {"en": self.en, "de": self.de}


@dataclass(frozen=True, slots=True)
class Display:
    """How a preset shows itself in a list.

    Attributes:
        icon: One emoji.
        color: A color as ``"#rrggbb"``, lower case.
        category: The heading under which it stands.
        order: Its place among all presets of its kind, smallest first.
    """

    icon: str
    color: str
    category: Localized
    order: int


@dataclass(frozen=True, slots=True)
class Preset:
    """One set of words for a language node.

    Attributes:
        id: The name of its file, and what a canvas calls it.
        kind: What it is for.
        name: A few words for a person choosing.
        description: What it does, and what one would use it for.
        context: The whole instruction that a language model receives.
        parameters: Sampling parameters that suit it: ``temperature``, ``max_tokens``.
        options: Further parameters for one kind of backend by its own names, by that kind.
        display: How it shows itself in a list.
    """

    id: str
    kind: PresetKind
    name: Localized
    description: Localized
    context: Localized
    parameters: Mapping[str, float | int | str] = field(hash=False)
    display: Display
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)

    def as_dict(self) -> dict[str, object]:
        """The preset as plain JSON-able values, languages side by side under ``en`` and ``de``."""
        return {
            "id": self.id,
            "name": self.name.as_dict(),
            "description": self.description.as_dict(),
            "context": self.context.as_dict(),
            "parameters": dict(self.parameters),
            "display": {
                "icon": self.display.icon,
                "color": self.display.color,
                "category": self.display.category.as_dict(),
                "order": self.display.order,
            },
        }


@dataclass(frozen=True, slots=True)
class FilmType:
    """A photographic material or process, described by how its pictures look.

    Attributes:
        id: What a canvas calls it.
        name: A few words for a person choosing.
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
    root = _read_table(_folder() / _FILM_TYPES_FILE, _FILM_TYPES_FILE)
    films = []
    for film_id in root.values:
        table = root.table(film_id, keys=("name", "words"))
        films.append(FilmType(film_id, table.localized("name"), table.localized("words")))
    return tuple(films)


def load_film_type(film_id: str) -> FilmType:
    """The film type with this id.

    Raises:
        UnknownName: There is none; the message says the nearest ids.
    """
    by_id = {film.id: film for film in film_types()}
    if film_id not in by_id:
        raise UnknownName("film type", film_id, by_id)
    return by_id[film_id]


@cache
def _list_ids(kind: PresetKind) -> tuple[str, ...]:
    names = (entry.name for entry in (_folder() / kind.value).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def _read_preset(kind: PresetKind, preset_id: str) -> Preset:
    name = f"{kind.value}/{preset_id}.toml"
    root = _read_table(_folder() / kind.value / f"{preset_id}.toml", name)
    root.allow(("name", "description", "context", "parameters", "display", "options"))
    display = root.table("display", keys=("icon", "color", "category", "order"))
    return Preset(
        id=preset_id,
        kind=kind,
        name=root.localized("name"),
        description=root.localized("description"),
        context=root.localized("context"),
        parameters=root.table("parameters").scalars(),
        display=Display(
            icon=display.text("icon"),
            color=display.text("color"),
            category=display.localized("category"),
            order=display.integer("order"),
        ),
        options=root.tables("options"),
    )


def _folder() -> Traversable:
    from importlib import resources  # with tomllib below half of the package's import time

    return resources.files("canvas_kit.presets")


def _read_table(file: Traversable, name: str) -> _Table:
    import tomllib

    try:
        return _Table(name, "", tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PresetFileError(f"it is not TOML in UTF-8 ({error}).", file=name) from error


@dataclass(frozen=True, slots=True)
class _Table:
    """A TOML table that knows where it stands, so that a wrong entry can be named in full."""

    file: str
    path: str
    values: Mapping[str, object]

    def allow(self, keys: Iterable[str]) -> None:
        for key in self.values:
            if key not in keys:
                expected = ", ".join(keys)
                self._fail(f"{self.path}{key} is not known; expected one of {expected}.")

    def text(self, key: str) -> str:
        value = self._value(key)
        if not isinstance(value, str) or not value.strip():
            self._fail(f"{self.path}{key} should be text, not {shorten(value)}.")
        return value.strip()

    def integer(self, key: str) -> int:
        value = self._value(key)
        if not isinstance(value, int) or isinstance(value, bool):
            self._fail(f"{self.path}{key} should be a whole number, not {shorten(value)}.")
        return value

    def scalars(self) -> Mapping[str, float | int | str]:
        scalars: dict[str, float | int | str] = {}
        for key, value in self.values.items():
            if not isinstance(value, (float, int, str)) or isinstance(value, bool):
                self._fail(f"{self.path}{key} should be a number or text, not {shorten(value)}.")
            scalars[key] = value
        return MappingProxyType(scalars)

    def tables(self, key: str) -> Mapping[str, Mapping[str, Any]]:
        if key not in self.values:
            return MappingProxyType({})
        outer = self.table(key)
        return MappingProxyType({name: outer.table(name).values for name in outer.values})

    def localized(self, key: str) -> Localized:
        table = self.table(key, keys=("en", "de"))
        return Localized(en=table.text("en"), de=table.text("de"))

    def table(self, key: str, keys: Iterable[str] | None = None) -> _Table:
        value = self._value(key)
        if not isinstance(value, dict):
            self._fail(f"{self.path}{key} should be a table, not {shorten(value)}.")
        table = _Table(self.file, f"{self.path}{key}.", value)
        if keys is not None:
            table.allow(keys)
        return table

    def _value(self, key: str) -> object:
        if key not in self.values:
            self._fail(f"{self.path}{key} is missing.")
        return self.values[key]

    def _fail(self, message: str) -> NoReturn:
        raise PresetFileError(message, file=self.file)
