"""A sweep as a table: its factors, their levels, and how many runs that makes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from canvas_kit.choices import Table
from canvas_kit.errors import printable

if TYPE_CHECKING:
    from canvas_kit.sweep.sweep import Sweep

_EQUAL_SHOWN = 3


class _Row(NamedTuple):
    key: str
    rows: int
    levels: str


def table_of(sweep: Sweep) -> Table[_Row]:
    """The factors of a sweep and its seeds, a row each; keys that vary together stand together."""
    rows = []
    for factor in sweep.factors:
        for place, target in enumerate(factor.targets):
            labels = dict.fromkeys(_shown(row[place]) for row in factor.labels)
            key = target.key if not place else f"+ {target.key}"
            rows.append(_Row(key, len(factor.rows), _listed(tuple(labels))))
    if seeds := sweep.seeds:
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


def lines_below(sweep: Sweep) -> list[str]:
    """What the table does not show: what is left out, and what repeats."""
    found = []
    if sweep.exclude:
        said = "; ".join(_told(one) for one in sweep.exclude[:_EQUAL_SHOWN])
        more = "; …" if len(sweep.exclude) > _EQUAL_SHOWN else ""
        found.append(f"left out: {said}{more}")
    for same, first in sweep.equal[:_EQUAL_SHOWN]:
        found.append(f"run once, since they are the same: {_told(first)} and {_told(same)}")
    if more_equal := len(sweep.equal) - _EQUAL_SHOWN:
        found += [f"… and {more_equal} more that repeat others"] if more_equal > 0 else []
    for kind, first_number, second in sweep.selection:
        found.append(
            f"part {first_number} of {second}"
            if kind == "shard"
            else f"a sample of {first_number}, drawn with {second}"
        )
    return [printable(line) for line in found]


def as_text(sweep: Sweep, head: str) -> str:
    """A sweep for a terminal, under a first line."""
    return "\n".join([head, repr(table_of(sweep)), *lines_below(sweep)])


def as_html(sweep: Sweep, head: str) -> str:
    """A sweep for a notebook, under a first line."""
    below = "".join(f"<div>{escape(line)}</div>" for line in lines_below(sweep))
    return f"<div><b>{escape(head)}</b></div>{table_of(sweep)._repr_html_()}{below}"


def _told(levels: object) -> str:
    pairs = levels.items() if hasattr(levels, "items") else ()
    return ", ".join(f"{key}={_shown(value)}" for key, value in pairs)


def _shown(label: object) -> str:
    return str(label) if label != "" else "''"


def _listed(labels: Sequence[str]) -> str:
    shown: list[str] = []
    for label in labels:
        if shown and len(" · ".join([*shown, label])) > 80:
            return " · ".join([*shown, "…"])
        shown.append(label)
    return " · ".join(shown)
