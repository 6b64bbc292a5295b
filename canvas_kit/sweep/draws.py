"""Levels drawn from ranges and choices, for designs that are too large to try every combination.

Each function gives a factor whose keys vary together, to be put among the others::

    Sweep(canvas, {"prompt.text": prompts, **halton({"quality.cfg": (1.0, 12.0)}, 8)})

What was drawn stands in the sweep as values, so that it never has to be drawn again. The numbers
come from SHA-256, and are the same on every machine and in every version.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from canvas_kit.errors import BatchError, shorten
from canvas_kit.executor.parameters import whole_number
from canvas_kit.sweep.levels import MAX_RUNS, listed

Space = Mapping[Any, Any]
"""By key: a pair ``(low, high)`` is a range with both ends, of whole numbers if both are; a list,
an array or a ``range`` are choices."""

Drawn = dict[tuple[Any, ...], list[tuple[Any, ...]]]

_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def random_draws(space: Space, count: int, *, seed: int) -> Drawn:
    """Independent draws. A longer series begins with the shorter one of the same seed.

    Args:
        space: What is drawn from, by key.
        count: How many rows.
        seed: Another gives other draws.

    Raises:
        BatchError: When there is nothing to draw from, or too much asked for.
    """
    return _drawn(space, count, lambda row, place: _unit(seed, row, place))


def halton(space: Space, count: int, *, start: int = 0) -> Drawn:
    """A Halton sequence, which fills the space evenly. A longer one begins with the shorter one.

    Args:
        space: What is drawn from, by key; at most 12 keys.
        count: How many rows.
        start: How many rows of the sequence are passed over.

    Raises:
        BatchError: As :func:`random_draws`, and for more keys.
    """
    if len(space) > len(_PRIMES):
        raise BatchError(
            f"A Halton sequence is even for up to {len(_PRIMES)} keys, but has {len(space)}. Use "
            "latin_hypercube()."
        )
    # Its first row is the lowest corner, and is left out.
    return _drawn(space, count, lambda row, place: _reversed(start + row + 1, _PRIMES[place]))


def latin_hypercube(space: Space, count: int, *, seed: int, block: int = 0) -> Drawn:
    """Draws that have one row in each of ``count`` equal parts of every range.

    A larger hypercube shares no row with a smaller one. To extend one, keep it and add a further
    block of the same seed.

    Args:
        space: What is drawn from, by key.
        count: How many rows.
        seed: Another gives other draws.
        block: 0 for the first, 1 for the one that extends it, and so on.

    Raises:
        BatchError: As :func:`random_draws`.
    """
    number = _checked_count(count)
    orders = [
        sorted(range(number), key=lambda row: _unit(seed, block, place, row))
        for place in range(len(space))
    ]

    def unit(row: int, place: int) -> float:
        return (orders[place][row] + _unit(seed, block, place, row, "inside")) / number

    return _drawn(space, number, unit)


def _drawn(space: Space, count: int, unit: Callable[[int, int], float]) -> Drawn:
    number = _checked_count(count)
    levels = [_level_of(key, given) for key, given in space.items()]
    if not levels:
        raise BatchError("There is nothing to draw from: the space has no keys.")
    rows = [
        tuple(level(unit(row, place)) for place, level in enumerate(levels))
        for row in range(number)
    ]
    return {tuple(space): rows}


def _checked_count(count: Any) -> int:
    number = whole_number(count)
    if number is None or not 1 <= number <= MAX_RUNS:
        raise BatchError(f"There should be 1 to {MAX_RUNS} draws, but {count!r} are asked for.")
    return number


def _level_of(key: Any, given: Any) -> Callable[[float], Any]:
    """What gives the level at a place between 0 and 1."""
    if not isinstance(given, tuple):
        choices: Sequence[Any] = listed(given, f"The space of {key!r}")
        if not choices:
            raise BatchError(f"The space of {key!r} has no choices.")
        return lambda unit: choices[int(unit * len(choices))]
    numbers = [value for value in given if isinstance(value, int | float) and math.isfinite(value)]
    if len(numbers) != 2 or len(given) != 2 or not numbers[0] < numbers[1]:
        raise BatchError(
            f"The space of {key!r} should be a range (low, high), or a list of choices, but is "
            f"{shorten(given)}."
        )
    low, high = numbers
    if isinstance(low, int) and isinstance(high, int):
        return lambda unit: low + int(unit * (high - low + 1))
    return lambda unit: float(f"{low + unit * (high - low):.6g}")


def _unit(*what: object) -> float:
    """A number from 0 to below 1 that depends on nothing else."""
    digest = hashlib.sha256(" ".join(map(str, what)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _reversed(number: int, base: int) -> float:
    """The digits of ``number`` behind the point, in reverse order (van der Corput)."""
    found, share = 0.0, 1.0
    while number:
        number, digit = divmod(number, base)
        share /= base
        found += digit * share
    return found
