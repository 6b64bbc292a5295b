"""The words that language nodes send, kept as data files in English and German.

One TOML file is one preset; its folder says what kind it is. ``README.md`` beside this file tells
how to add one.
"""

from __future__ import annotations

from canvas_kit.presets.catalogue import (
    Display,
    FilmType,
    Localized,
    Preset,
    PresetFileError,
    PresetKind,
    film_types,
    load_film_type,
    load_preset,
    load_presets,
    preset_ids,
)

__all__ = [
    "Display",
    "FilmType",
    "Localized",
    "Preset",
    "PresetFileError",
    "PresetKind",
    "film_types",
    "load_film_type",
    "load_preset",
    "load_presets",
    "preset_ids",
]
