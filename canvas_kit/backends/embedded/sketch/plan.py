"""The plan of a picture, as values: everything decided before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .brush import Brush
from .drawings import Drawing
from .exact import Plane, Stream, grow, noise
from .palette import Lab, Palette
from .reading import Subject


@dataclass(frozen=True, slots=True)
class Manner:
    """A way of making pictures; ``manners.toml`` holds them.

    Attributes:
        brush: How strokes are made.
        line: 0..1, strength of drawn contours.
        line_colour: ``ink`` (the palette's darkest), ``black`` or ``white``.
        paint: 0..1, share of brush work in the result; the rest is the smooth underpainting.
        relief: 0..1, thickness of paint seen in side light.
        weave: 0..1, canvas or paper texture.
        chroma: Factor on colourfulness.
        contrast: Factor on the contrast of the whole.
        model: Factor on light and shadow on forms; 0 is flat.
        wobble: Factor on the unsteadiness of the hand.
        vignette: 0..1, darkening towards the corners.
        grain: 0..1, photographic grain.
        field: Extra share of the abstract field.
        finish: The name of a finishing pass (a method of ``Finish``), or "".
        light: A light to prefer when the prompt names none, or "".
        poster: Paper and elementary shapes, whatever the place.
    """

    name: str
    brush: Brush = field(default_factory=Brush)
    line: float = 0.18
    line_colour: str = "ink"
    paint: float = 1.0
    relief: float = 0.5
    weave: float = 0.35
    chroma: float = 1.0
    contrast: float = 1.0
    model: float = 1.0
    wobble: float = 1.0
    vignette: float = 0.18
    grain: float = 0.0
    field: float = 0.0
    finish: str = ""
    light: str = ""
    poster: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing, placed.

    Attributes:
        subject: What it is.
        drawing: How it is drawn; None for a form grown from its word.
        x: Foot, units from the left.
        y: Foot, units from the top.
        size: Height in units.
        wide: Width in units.
        colours: Its main, second and accent colours.
        asked: 0..1, how strictly the main colour is to be kept.
        depth: 0 near .. 1 far.
        facing: 1.0 or -1.0.
        turn: Rotation in turns.
        grounded: It stands on something and throws a shadow.
        afloat: It stands or swims in water, which mirrors it.
        lifted: How high the table under it is, units; 0 for none.
        order: Drawn after the items with a lower one; 0 for that of its foot.
    """

    subject: Subject
    drawing: Drawing | None
    x: float
    y: float
    size: float
    wide: float
    colours: tuple[Lab, Lab, Lab]
    asked: float
    depth: float = 0.0
    facing: float = 1.0
    turn: float = 0.0
    grounded: bool = True
    afloat: bool = False
    lifted: float = 0.0
    order: float = 0.0

    @property
    def home(self) -> str:
        """Where it belongs; a form stands on the ground."""
        return self.drawing.home if self.drawing else "land"


@dataclass(frozen=True, slots=True)
class PicturePlan:
    """A picture's plan.

    Attributes:
        setting: ``land water street room still studio under space`` or ``plane``.
        place: The place that shapes the setting, or "".
        light: The light's name.
        horizon: Units from the top.
        sun: The light's direction, -1 left or 1 right.
        items: What is shown, far first.
        weather: rain, snow, fog, storm, wind.
        wild: 0 calm .. 1 turbulent.
        strict: 0 dreamlike .. 1 to the letter.
        plain: A colour was asked for as the ground, so the ground is nothing else.
    """

    setting: str
    place: str
    light: str
    palette: Palette
    manner: Manner
    horizon: float
    sun: float
    items: tuple[Item, ...]
    weather: tuple[str, ...]
    wild: float
    strict: float
    plain: bool
    seed: int

    def shows(self, *names: str) -> bool:
        """Whether one of the drawings is among the items."""
        return any(item.subject.drawing in names for item in self.items)


@dataclass(frozen=True, slots=True)
class Field:
    """Slow planes that the words and the seed bend together; prompts that share words look related.

    Attributes:
        tone: -1..1, where it is light and dark.
        hue: -1..1, which of the palette's colours.
        second: -1..1, a second, independent choice.
        flow: Turns, the direction that strokes like to take.
    """

    tone: Plane
    hue: Plane
    second: Plane
    flow: Plane

    @classmethod
    def of(cls, words: tuple[str, ...], seed: int, height: int, width: int) -> Field:
        """The field of some words and a seed, (height, width)."""
        planes = []
        rows, columns = 6, min(24, max(6, 6 * width // height))
        words = words[:24]
        for number in range(4):
            keys = [("field", number, seed), *(("word", number, word) for word in words)]
            total = np.zeros(rows * columns, np.float32)
            for key in keys:
                total += Stream(*key).row(rows * columns) * 2.0 - 1.0
            total *= float(1.5 / np.sqrt(1.0 + len(words)))
            rough = noise(Stream("rough", number, seed), height // 2, width // 2, 4.0, octaves=3)
            plane = grow(total.reshape(rows, columns), height // 2, width // 2) + rough * 0.3
            planes.append(grow(np.clip(plane, -1.0, 1.0), height, width, soft=False))
        return cls(planes[0], planes[1], planes[2], planes[3] * 0.4)
