"""A form for every word without a drawing, grown from its letters.

The letters are read one after the other, from the ground up: each adds one piece to a leaning
column, and which piece it is, how large and how far to the side, is the letter's own; vowels are
balls in another colour. The same word always gives the same form, words that look alike give forms
that look alike, and what a word means plays no part.
"""

from __future__ import annotations

from . import shapes
from .drawings import Pose
from .easel import Easel
from .exact import cosine
from .palette import Lab, shift
from .shapes import Point, Shape

WIDE = 0.62
"""Width of a form over its height, about."""

_VOWELS = "aeiouyäöüàáâèéêìíòóôùúаеиоуыэюяёاويαεηιουω"
_LONGEST = 14


def grow_form(e: Easel, f: Pose, word: str, colours: tuple[Lab, Lab, Lab]) -> None:
    """Lay a word's form on an easel, its foot at the frame's."""
    main, second, accent = colours
    letters = [c for c in word.lower() if c.isalnum()][:_LONGEST] or ["o"]
    numbers = [ord(letter) * 11 % 29 for letter in letters]
    heights = [0.55 if c in _VOWELS else 0.8 + 0.05 * (n % 7)
               for c, n in zip(letters, numbers, strict=True)]  # fmt: skip
    unit = 0.98 / sum(heights)
    y, lean = 0.0, 0.0
    for i, (letter, n, share) in enumerate(zip(letters, numbers, heights, strict=True)):
        high = share * unit
        lean = lean * 0.7 + (n - 14.0) * 0.0045
        centre, wide = (lean, y + high * 0.5), 0.13 + 0.012 * (n % 11)
        turn = (n % 5 - 2) * 0.012
        if letter in _VOWELS:
            r = max(high * 0.5, 0.05 + 0.004 * (n % 6))
            side = lean + (n % 3 - 1) * 0.07
            e.lay(_oval(f, (side, y + high * 0.5), r, r), (accent, second)[n % 2], round=1.0)
        else:
            tint = shift(main, ((i + n) % 3 - 1) * 0.05)
            e.lay(_block(f, n % 5, centre, wide, high, turn), tint, round=0.8)
        y += high


def _block(f: Pose, kind: int, centre: Point, wide: float, high: float, turn: float) -> Shape:
    """A consonant's piece: a stone, a slab, a wedge, a bowl or a wing."""
    x, y = centre
    if kind == 0:
        return _oval(f, centre, wide, high * 0.62, turn)
    if kind == 1:
        px, py = f.at((x, -y))
        return shapes.box(px, py, wide * 0.9 * f.size, high * 0.5 * f.size, 0.02 * f.size,
                          turn * f.facing)  # fmt: skip
    low, top = y - high * 0.55, y + high * 0.55
    outlines = {
        2: ((-wide, low), (wide, low), (wide * 0.35, top), (-wide * 0.35, top)),
        3: ((-wide * 0.4, low), (wide * 0.4, low), (wide * 1.1, top), (-wide * 1.1, top)),
        4: ((-wide * 0.5, low), (wide * 0.5, low), (wide * 1.7, top), (wide * 0.1, top)),
    }
    points = [f.at((x + dx * cosine(turn), -dy)) for dx, dy in outlines[kind]]
    return shapes.polygon(shapes.bend(points, closed=True))


def _oval(f: Pose, centre: Point, rx: float, ry: float, turn: float = 0.0) -> Shape:
    x, y = f.at((centre[0], -centre[1]))
    return shapes.ellipse(x, y, rx * f.size, ry * f.size, turn * f.facing)
