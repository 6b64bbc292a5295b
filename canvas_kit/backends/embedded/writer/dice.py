"""Chance that comes out the same on every machine.

Only `random.Random.random` is used underneath: it is the one method whose sequence Python
promises to keep
from version to version.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws that depend on nothing but the arguments they were made from."""

    __slots__ = ("_random",)

    def __init__(self, *parts: object) -> None:
        written = "\x1f".join(str(part) for part in parts)
        digest = hashlib.sha256(written.encode("utf-8", "surrogatepass")).digest()
        self._random = random.Random(int.from_bytes(digest, "big"))

    def below(self, count: int) -> int:
        """A whole number from 0 to count - 1; 0 where count is 0."""
        return min(int(self._random.random() * count), max(count - 1, 0))

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, probability: float) -> bool:
        """True with the given probability, 0.0 to 1.0."""
        return self._random.random() < probability

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices, which must not be empty."""
        return choices[self.below(len(choices))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in a new order."""
        rest = list(items)
        for last in range(len(rest) - 1, 0, -1):
            other = self.below(last + 1)
            rest[last], rest[other] = rest[other], rest[last]
        return rest

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """Up to count different items, in the order in which they stood."""
        chosen = sorted(self.shuffled(range(len(items)))[: max(count, 0)])
        return [items[index] for index in chosen]
