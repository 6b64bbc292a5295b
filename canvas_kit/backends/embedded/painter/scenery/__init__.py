"""What lies behind and under things: skies, ridges, ground, water, rooms, the deep and space."""

from __future__ import annotations

from .beyond import abstract, deep, space
from .indoors import backdrop, lightfall, room, tabletop
from .outdoors import ground, ridge, road, sky, skyline_rows, tufts
from .waters import glitter, reflect, water

__all__ = [
    "abstract",
    "backdrop",
    "deep",
    "glitter",
    "ground",
    "lightfall",
    "reflect",
    "ridge",
    "road",
    "room",
    "sky",
    "skyline_rows",
    "space",
    "tabletop",
    "tufts",
    "water",
]
