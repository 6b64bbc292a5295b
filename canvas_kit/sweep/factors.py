"""Reads what a sweep was given: factors in all the forms that people hold, seeds, exclusions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, SupportsIndex

from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import BatchError, CanvasKitError, shorten
from canvas_kit.executor.parameters import whole_number
from canvas_kit.nodes.parameters import draw_seed
from canvas_kit.sweep.cells import Factor
from canvas_kit.sweep.files import read_levels
from canvas_kit.sweep.identity import canonical
from canvas_kit.sweep.levels import MAX_RUNS, as_document, checked, is_missing, labels_of, listed
from canvas_kit.sweep.targets import Target, target_of
from canvas_kit.values import MAX_SEED


def pairs_in(factors: Any) -> Iterator[tuple[Any, Any]]:
    """Keys and levels, as they were given: by key, as a table, several of these.

    Raises:
        BatchError: When they are something else.
    """
    match factors:
        case None:
            return
        case Mapping():
            yield from factors.items()
        case Path():
            yield from read_levels(factors).items()
        case _ if _is_table(factors):
            yield tuple(factors.columns), factors
        case [*several]:
            for one in several:
                yield from pairs_in(one)
        case _:
            raise BatchError(
                "The factors should be levels by key, a data frame, the path of a table, or a list "
                f"of those, not {shorten(factors)}."
            )


def _is_table(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "to_dict")


def _rows_of(table: Any) -> Iterable[Any]:
    if hasattr(table, "itertuples"):
        return table.itertuples(index=False, name=None)  # type: ignore[no-any-return]
    return table.rows() if hasattr(table, "rows") else table  # type: ignore[no-any-return]


def factor_of(keys: Any, levels: Any, canvas: Canvas, folder: Path | None) -> Factor:
    """A factor of a canvas, its levels checked; see :class:`Sweep`.

    Raises:
        BatchError: When a key aims at nothing, or a level cannot be used.
    """
    if isinstance(keys, str) and "," in keys:
        keys = tuple(key.strip() for key in keys.split(","))
    together = isinstance(keys, tuple)
    targets = tuple(target_of(key, canvas) for key in (keys if together else (keys,)))
    name = ", ".join(target.key for target in targets)
    if not targets:
        raise BatchError("A factor has no key: its tuple is empty.")
    rows = listed(_rows_of(levels) if _is_table(levels) else levels, f"The factor {name!r}")
    if not rows:
        raise BatchError(f"The factor {name!r} has no levels.")
    if not together:
        rows = [(level,) for level in rows]
    seen: list[dict[Any, Any]] = [{} for _ in targets]
    found = []
    for number, row in enumerate(rows, 1):
        if isinstance(row, str | bytes | Mapping) or not isinstance(row, Iterable):
            raise BatchError(
                f"The factor {name!r}: row {number} should have {len(targets)} levels, one for "
                f"each key, but is {shorten(row)}."
            )
        row = list(row)
        if len(row) != len(targets):
            raise BatchError(
                f"The factor {name!r}: row {number} has {len(row)} levels, but there are "
                f"{len(targets)} keys: {shorten(row)}."
            )
        found.append(
            tuple(
                _level(target, level, number, seen[place], canvas, folder)
                for place, (target, level) in enumerate(zip(targets, row, strict=True))
            )
        )
    columns = [labels_of(column) for column in zip(*found, strict=True)]
    return Factor(targets, tuple(found), tuple(zip(*columns, strict=True)))


def _level(
    target: Target, level: Any, row: int, seen: dict[Any, Any], canvas: Canvas, folder: Path | None
) -> Any:
    """A level, checked; one that came before is not checked again."""
    key = (type(level), level) if isinstance(level, str | int | float) else None
    if key is not None and key in seen:
        return seen[key]
    try:
        if is_missing(level):
            raise BatchError("there is nothing; write WITHOUT where a node is to be taken out")
        found = checked(target, level, canvas, folder)
    except CanvasKitError as error:
        told = str(error)
    except (TypeError, ValueError) as error:
        told = str(error)
    else:
        if key is not None:
            seen[key] = found
        return found
    raise BatchError(
        f"The factor {target.key!r} cannot take the level {shorten(level)} (row {row}): {told}"
    )


def seeds_of(given: Any) -> Sequence[int]:
    """The seeds that are asked for, or drawn.

    Raises:
        BatchError: When one is out of range, or there are none.
    """
    number = 1 if given is None else whole_number(given)
    if number is not None:
        if not 1 <= number <= MAX_RUNS:
            raise BatchError(f"There should be 1 to {MAX_RUNS} seeds, but {number} are asked for.")
        drawn: dict[int, None] = {}
        while len(drawn) < number:
            drawn[draw_seed()] = None
        return tuple(drawn)
    if isinstance(given, range) and given.step > 0 and len(given) > 0:
        _check_seed(given[0])
        _check_seed(given[-1])
        return given
    found = listed(given, "seeds=")
    if not found:
        raise BatchError("There are no seeds: seeds= is empty.")
    numbers = tuple(_check_seed(seed) for seed in found)
    row = range(numbers[0], numbers[0] + len(numbers))
    return row if numbers == tuple(row) else numbers


def _check_seed(seed: Any) -> int:
    number = whole_number(seed)
    if number is None or not 0 <= number <= MAX_SEED:
        raise BatchError(f"A seed is a whole number from 0 to {MAX_SEED}, but one is {seed!r}.")
    return number


def counted_seeds(count: Any, base_seed: SupportsIndex | None) -> range:
    """So many seeds from the first one on, which is drawn if left out.

    Raises:
        BatchError: When they are none, too many, or out of range.
    """
    number = whole_number(count)
    if number is None or not 1 <= number <= MAX_RUNS:
        raise BatchError(f"A batch has 1 to {MAX_RUNS} runs, but this one would have {count}.")
    first = draw_seed() >> 1 if base_seed is None else whole_number(base_seed)
    last = MAX_SEED - number + 1
    if first is None or not 0 <= first <= last:
        raise BatchError(
            f"The base seed should be a whole number from 0 to {last} for {number} runs, but "
            f"is {base_seed!r}."
        )
    return range(first, first + number)


def exclusions_of(
    excluded: Sequence[Mapping[Any, Any]],
    factors: Sequence[Factor],
    canvas: Canvas,
    folder: Path | None,
) -> tuple[tuple[Mapping[int, frozenset[int]], ...], tuple[Mapping[str, Any], ...]]:
    """For each exclusion, by factor, the rows that it is about; and the exclusions, checked.

    Raises:
        BatchError: When one is about nothing.
    """
    places = {
        target.key: (index, place)
        for index, factor in enumerate(factors)
        for place, target in enumerate(factor.targets)
    }
    found, told = [], []
    for number, one in enumerate(excluded, 1):
        if not isinstance(one, Mapping) or not one:
            raise BatchError(
                f"The exclusion {number} should say levels by key, but is {shorten(one)}."
            )
        rows: dict[int, frozenset[int]] = {}
        said = {}
        for key, level in one.items():
            target = target_of(key, canvas)
            if target.key not in places:
                raise BatchError(
                    f"The exclusion {number} is about {target.key!r}, which is no factor here: "
                    f"{', '.join(places) or 'there are none'}."
                )
            index, place = places[target.key]
            said[target.key] = as_document(_level(target, level, number, {}, canvas, folder))
            wanted = canonical(said[target.key])
            there = frozenset(
                row
                for row, levels in enumerate(factors[index].rows)
                if canonical(as_document(levels[place])) == wanted
            )
            if not there:
                raise BatchError(
                    f"The exclusion {number} is about the level {shorten(level)} of "
                    f"{target.key!r}, which that factor does not have."
                )
            rows[index] = rows.get(index, there) & there
        found.append(rows)
        told.append(said)
    return tuple(found), tuple(told)
