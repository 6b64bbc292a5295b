"""The plan of a picture, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from .media import Medium
from .motifs import Motif
from .palette import Lab, Palette
from .words import Subject

__all__ = ["BEINGS", "SETTINGS", "Item", "Plan"]

SETTINGS = ("land", "water", "street", "room", "still", "studio", "under", "space", "plane")


BEINGS = ("person", "man", "woman", "child")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing, placed.

    Attributes:
        subject: What it is.
        motif: How it is drawn.
        x: Foot, units from the left.
        y: Foot, units from the top.
        size: Height in units.
        depth: 0 near .. 1 far.
        facing: 1.0 or -1.0.
        colours: Its main, second and accent colours.
        asked: 0..1, how strictly the main colour is to be kept.
        key: Keys its accidents.
        grounded: It stands on something and throws a shadow.
        bust: Only head and shoulders, filling the picture.
        words: Words to be written on it.
        turn: Rotation in turns.
        lifted: How high above the ground it stands on something, units.
        carried: What it stands on is an item itself.
    """

    subject: Subject
    motif: Motif
    x: float
    y: float
    size: float
    depth: float
    facing: float
    colours: tuple[Lab, Lab, Lab]
    asked: float
    key: str
    grounded: bool = True
    bust: bool = False
    words: str = ""
    turn: float = 0.0
    lifted: float = 0.0
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything decided before anything is drawn.

    Attributes:
        setting: One of ``SETTINGS``.
        place: The lexicon's place that shapes the setting, or "".
        light: One of ``palette.LIGHTS``.
        palette: The colours.
        medium: The technique.
        horizon: Units from the top.
        sun: The light's direction, -1 left or 1 right.
        items: What is shown, far first.
        weather: rain, snow, fog, storm, wind.
        wild: 0 calm .. 1 turbulent.
        strict: 0 dreamlike .. 1 to the letter.
        moods: Moods that were read.
        places: Every place that was read.
        seed: The seed.
        plain: A colour was asked for as the ground, so the ground is nothing else.
    """

    setting: str
    place: str
    light: str
    palette: Palette
    medium: Medium
    horizon: float
    sun: float
    items: tuple[Item, ...]
    weather: tuple[str, ...]
    wild: float
    strict: float
    moods: tuple[str, ...]
    places: tuple[str, ...]
    seed: int
    plain: bool
