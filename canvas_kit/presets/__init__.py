"""The words that language nodes send, kept as data files in English and German.

One TOML file is one preset; its folder says what kind it is. ``README.md`` beside this file tells
how to add one. The package can be called: ``canvas_kit.presets("evaluation")`` is a table.
"""

from __future__ import annotations

import sys
from types import ModuleType

from canvas_kit.choices import Table
from canvas_kit.presets.catalogue import (
    FilmType,
    Localized,
    Preset,
    PresetDisplay,
    PresetFileError,
    PresetKind,
    film_types,
    load_film_type,
    load_preset,
    load_presets,
    preset_ids,
    presets,
)

__all__ = [
    "FilmType",
    "Localized",
    "Preset",
    "PresetDisplay",
    "PresetFileError",
    "PresetKind",
    "film_types",
    "load_film_type",
    "load_preset",
    "load_presets",
    "preset_ids",
    "presets",
]


class _PresetsModule(ModuleType):
    """This package, which is also the public function of the same name."""

    def __call__(self, kind: PresetKind | str | None = None) -> Table[Preset]:
        return presets(kind)


_PresetsModule.__call__.__doc__ = presets.__doc__
sys.modules[__name__].__class__ = _PresetsModule
