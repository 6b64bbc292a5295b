"""A point of a sweep: one run that is to be made, and what tells it from all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from canvas_kit.canvas.graph import Canvas
from canvas_kit.sweep.levels import Label


@dataclass(frozen=True, slots=True)
class Point:
    """One run of a sweep.

    Attributes:
        id: Its identity, 32 hex digits: what shapes its results, hashed. The same in every sweep,
            process and order that holds this run.
        index: Its position in its sweep, from 0.
        levels: What each factor is set to, by the factor's key, as a label.
        seed: The run's seed.
        replicate: Which of the sweep's seeds it is, from 0.
        canvas: The canvas with the levels applied; one object for all seeds of the same levels.
    """

    id: str
    index: int
    levels: Mapping[str, Label]
    seed: int
    replicate: int
    canvas: Canvas = field(repr=False)
