"""What a motif is given besides its place: colours and chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..easel import Easel
from ..exact import Chance
from ..palette import COLOURS, Lab, lch, mix, shift
from ..shapes import Frame

__all__ = ["Draw", "Look", "colour"]


def colour(name: str, lightness: float = 0.0, chroma: float = 1.0) -> Lab:
    """A named colour, made lighter by an amount and more colourful by a factor."""
    return shift(lch(*COLOURS[name]), lightness, chroma)


@dataclass(frozen=True, slots=True)
class Look:
    """How one motif is to look.

    Attributes:
        main: Its main colour.
        second: Its second colour.
        accent: A colour for small things on it.
        chance: Its own accidents.
        wears: Kind of clothing -> colour.
        words: Words to be written on it.
        asked: The main colour was asked for.
    """

    main: Lab
    second: Lab
    accent: Lab
    chance: Chance
    wears: dict[str, Lab] = field(default_factory=dict)
    words: str = ""
    asked: bool = False

    def dark(self, amount: float = 0.14) -> Lab:
        """The main colour, darker."""
        return shift(self.main, -amount, 0.9)

    def pale(self, amount: float = 0.14) -> Lab:
        """The main colour, lighter."""
        return shift(self.main, amount, 0.8)

    def ink(self) -> Lab:
        """Nearly black, with a breath of the main colour."""
        return mix((0.16, 0.0, -0.01), self.main, 0.12)


Draw = Callable[[Easel, Frame, Look], None]
"""Draws one motif: local coordinates, foot at (0, 0), about one unit high."""
