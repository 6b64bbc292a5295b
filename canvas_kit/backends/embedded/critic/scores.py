"""Scores: points for measured numbers, ten in all.

A number earns its points in full within a range, and fewer the farther it is outside. The ranges
are conventions, written down here once; another class may well set them otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

Points = tuple[float, float]
"""Points that were earned, and how many could be."""

ENOUGH_WORDS = 20
"""In a shorter text, points for variety and the like count in part: it had no room to do worse."""

_NO_END = 1e9
_IN_PART = frozenset({"variety", "repetition", "spread"})

# name: (points, none up to here, all from here, all up to here, none from here on)
_Rules = Mapping[str, tuple[float, float, float, float, float]]
_TEXT: Mapping[str, _Rules] = {
    "quality": {
        "words": (4, 0, ENOUGH_WORDS, 150, 400),
        "sentence_words": (2, 0, 4, 22, 50),
        "variety": (2, 0.5, 0.85, 1, _NO_END),
        "repetition": (2, -1, 0, 0.05, 0.4),
    },
    "creativity": {
        "variety": (5, 0.6, 0.95, 1, _NO_END),
        "repetition": (2, -1, 0, 0, 0.25),
        "spread": (3, 1, 3, 20, _NO_END),
    },
}
_PICTURE: Mapping[str, _Rules] = {
    "quality": {
        "light": (3, 5, 25, 75, 98),
        "contrast": (4, 5, 45, 100, _NO_END),
        "edges": (3, 0, 3, 35, 80),
    },
    "creativity": {
        "colour": (4, 3, 30, 100, _NO_END),
        "edges": (3, 0, 6, 45, 90),
        "symmetry": (3, -1, 0, 80, 99),
    },
}
SCORES = tuple(_TEXT)
"""What can be scored."""


def score(
    name: str, numbers: Mapping[str, float], *, picture: bool
) -> tuple[float, dict[str, Points]]:
    """The score from 0 to 10, with one decimal, and the points for each number."""
    share = min(1.0, numbers.get("words", ENOUGH_WORDS) / ENOUGH_WORDS)
    points = {}
    for key, (most, low, full_from, full_to, high) in (_PICTURE if picture else _TEXT)[
        name
    ].items():
        value = numbers[key]
        rising, falling = (value - low) / (full_from - low), (high - value) / (high - full_to)
        earned = most * max(0.0, min(1.0, rising, falling))
        points[key] = (round(earned * (share if key in _IN_PART else 1), 2), most)
    return round(sum(got for got, _ in points.values()), 1), points
