"""A sweep as a table: its factors, their levels, and how many runs that makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from canvas_kit.choices import Table
from canvas_kit.errors import printable
from canvas_kit.sweep.cells import Factor

_EQUAL_SHOWN = 3


class _Row(NamedTuple):
    key: str
    rows: int
    levels: str


def table_of(factors: Sequence[Factor], seeds: Sequence[int]) -> Table[_Row]:
    """The factors of a sweep and its seeds, a row each; keys that vary together stand together."""
    rows = []
    for factor in factors:
        for place, target in enumerate(factor.targets):
            labels = dict.fromkeys(_shown(row[place]) for row in factor.labels)
            key = target.key if not place else f"+ {target.key}"
            rows.append(_Row(key, len(factor.rows), _listed(tuple(labels))))
    if seeds:
        apart = not isinstance(seeds, range) or seeds.step != 1 or len(seeds) < 3
        told = ", ".join(map(str, seeds[:8])) + (", …" if len(seeds) > 8 else "")
        rows.append(_Row("seed", len(seeds), told if apart else f"{seeds[0]} to {seeds[-1]}"))
    return Table.of(
        rows,
        {
            "factor": lambda row: row.key,
            "": lambda row: str(row.rows),
            "levels": lambda row: row.levels,
        },
    )


def lines_below(
    exclude: Sequence[Mapping[str, Any]],
    equal: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
    selection: Sequence[tuple[str, int, int]],
) -> list[str]:
    """What the table does not show: what is left out, what repeats, which part it is."""
    found = []
    if exclude:
        said = "; ".join(_told(one) for one in exclude[:_EQUAL_SHOWN])
        more = "; …" if len(exclude) > _EQUAL_SHOWN else ""
        found.append(f"left out: {said}{more}")
    for same, first in equal[:_EQUAL_SHOWN]:
        found.append(f"run once, since they are the same: {_told(first)} and {_told(same)}")
    if more_equal := len(equal) - _EQUAL_SHOWN:
        found += [f"… and {more_equal} more that repeat others"] if more_equal > 0 else []
    for kind, first_number, second in selection:
        found.append(
            f"part {first_number} of {second}"
            if kind == "shard"
            else f"a sample of {first_number}, drawn with {second}"
        )
    return [printable(line) for line in found]


def _told(levels: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={_shown(value)}" for key, value in levels.items())


def _shown(label: object) -> str:
    return str(label) if label != "" else "''"


def _listed(labels: Sequence[str]) -> str:
    shown: list[str] = []
    for label in labels:
        if shown and len(" · ".join([*shown, label])) > 80:
            return " · ".join([*shown, "…"])
        shown.append(label)
    return " · ".join(shown)
