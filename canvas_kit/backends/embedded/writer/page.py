"""What a constraint works with: chance that is the same everywhere, lists of words, notes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from canvas_kit.backends.embedded.language import small_words

T = TypeVar("T")


class Draws:
    """Draws that follow from a seed alone: never from the text, so that no word has its own luck.

    Only :meth:`random.Random.random` is used, whose sequence Python promises to keep.
    """

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed).random

    def below(self, count: int) -> int:
        """A whole number from 0 to ``count - 1``."""
        return int(self._draw() * count)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.below(len(items))]

    def order(self, items: Sequence[T]) -> list[T]:
        """All items, shuffled."""
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in items]

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """So many of the items, or all if there are fewer, in the order in which they came."""
        chosen = sorted(self.order(range(len(items)))[:count])
        return [items[index] for index in chosen]


@dataclass(slots=True)
class Page:
    """What a constraint works with beside the text.

    Attributes:
        language: ``"en"`` or ``"de"``.
        chance: Where draws come from.
        source: The text before it was rearranged: where frames take the things from.
        words: The lists of the preset's options in this language.
        notes: What is worth recording; constraints add to it.
    """

    language: str
    chance: Draws
    source: str
    words: dict[str, Any]
    notes: dict[str, Any] = field(default_factory=dict)

    def is_small(self, word: str) -> bool:
        """Whether it is one of the small words that hold the language together."""
        return word.lower() in small_words(self.language)
