"""Washes: colour laid over whole rows."""

from __future__ import annotations

import numpy as np

from ..easel import Easel
from ..exact import Plane, wave
from ..palette import Lab, rgb

__all__ = ["blend", "fill", "lead"]


def blend(e: Easel, colour: Lab, share: Plane, rows: slice = slice(None)) -> None:
    """Move rows towards a colour; ``share`` 0..1 may differ from pixel to pixel."""
    for plane, value in zip(e.rgb, rgb(colour), strict=True):
        part = plane[rows]
        part += (value - part) * share


def fill(e: Easel, top: Lab, low: Lab, share: Plane, rows: slice) -> None:
    """Replace rows by a gradient; ``share`` 0 is the top colour."""
    for plane, a, b in zip(e.rgb, rgb(top), rgb(low), strict=True):
        plane[rows] = share * (b - a) + a


def lead(e: Easel, rows: slice, turns: Plane | float, trust: float) -> None:
    """Let strokes on these rows take a direction (turns); ``trust`` 0..1 is how strictly."""
    angle = np.asarray(turns, np.float32) * 2.0
    e.flow_x[rows] = wave(angle + 0.25) * trust
    e.flow_y[rows] = wave(angle) * trust
