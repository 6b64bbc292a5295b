"""What a factor does to a measure: paired differences, with limits that hold for few units.

Every point is compared with the one that differs from it in this factor alone: same seed, same
other levels. The differences of one prompt belong together (its seeds are no new prompts), so a
prompt is one unit; with fewer than five prompts the seeds are the units, and the result is about
these prompts only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from canvas_kit.analysis.intervals import (
    Interval,
    bootstrap_interval,
    holm,
    mean_interval,
    proportion_interval,
)
from canvas_kit.analysis.measures import PICTURE_MEASURES, TEXT_MEASURES
from canvas_kit.analysis.rows import NOT_MADE, Row, points_of, row_of, to_rows
from canvas_kit.batch.batch import Batch
from canvas_kit.display import Displayed
from canvas_kit.errors import BatchError, UnknownName, cut, printable_lines, shorten
from canvas_kit.recorder.run import Run
from canvas_kit.tables import Library, dataframe

ENOUGH_PROMPTS = 5
"""From so many prompts on, prompts are the units; below, nothing can be said about others."""
Measure = str | Callable[[Run], float | bool | None]
_Cell = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference between two levels.

    Attributes:
        level: The level that is compared.
        control: With which one.
        where: The level of the other factor at which; None where there is none, or for a change.
        change_from: For the change of a difference: from which level of the other factor.
        difference: The mean difference, with Student's limits; units and *p* are in it.
        bootstrap: The same with the limits of the bootstrap.
        pairs: How many pairs it rests on.
        p_holm: The *p* of ``difference``, corrected for all contrasts beside it.
    """

    level: Any
    control: Any
    where: Any
    change_from: Any
    difference: Interval
    bootstrap: Interval
    pairs: int
    p_holm: float = math.nan

    @property
    def label(self) -> str:
        """What is compared, in words."""
        words = f"{_told(self.level)} − {_told(self.control)}"
        if self.change_from is not None:
            return f"change of that from {self.change_from} to {self.where}"
        return words if self.where is None else f"{words}, at {self.where}"


@dataclass(frozen=True, slots=True)
class LevelOutcome:
    """What came of the points of one level.

    Attributes:
        level: The level.
        where: The level of the other factor; None where there is none.
        points: How many points it has.
        measured: How many of them have a value.
        mean: The mean of the values; of yes and no the share, with Wilson's limits.
        refused: How many were refused.
        failed: How many have no value for another reason.
    """

    level: Any
    where: Any
    points: int
    measured: int
    mean: Interval
    refused: int
    failed: int


@dataclass(frozen=True, slots=True, repr=False)
class Effect(Displayed):
    """What a factor does to a measure.

    Attributes:
        factor: The factor's key.
        measure: What was measured.
        by: The factor at whose levels the differences were taken apart; empty for none.
        unit: What counts as independent: ``"prompt"`` or ``"seed"``.
        prompts: How many prompts the data hold.
        contrasts: The differences.
        outcomes: What came of each level's points.
        notes: What has to be known to read them.
    """

    view = "effect"

    factor: str
    measure: str
    by: str
    unit: str
    prompts: int
    contrasts: tuple[Contrast, ...]
    outcomes: tuple[LevelOutcome, ...]
    notes: tuple[str, ...] = ()

    def to_rows(self) -> list[Row]:
        """A plain row for each difference."""
        return [
            {
                "measure": self.measure,
                "factor": self.factor,
                "level": item.level,
                "control": item.control,
                "by": self.by or None,
                "at": item.where,
                "change_from": item.change_from,
                "difference": item.difference.estimate,
                "low": item.difference.low,
                "high": item.difference.high,
                "bootstrap_low": item.bootstrap.low,
                "bootstrap_high": item.bootstrap.high,
                "p": item.difference.p,
                "p_holm": item.p_holm,
                "pairs": item.pairs,
                "units": item.difference.units,
                "unit": self.unit,
            }
            for item in self.contrasts
        ]

    def to_dataframe(self, library: Library = "pandas") -> Any:
        """:meth:`to_rows` as a ``DataFrame`` of pandas or polars.

        Raises:
            MissingPrerequisite: When the library is not installed.
        """
        return dataframe(self.to_rows(), library)

    def table(self) -> list[list[str]]:
        """The differences as words: a heading and a line each."""
        head = ["", "difference", "95 % (t)", "95 % (bootstrap)", "p", "p (Holm)", "units", "pairs"]
        lines = [head]
        for item in self.contrasts:
            found, again = item.difference, item.bootstrap
            lines.append(
                [
                    item.label,
                    _signed(found.estimate),
                    _limits(found),
                    _limits(again),
                    _probability(found.p),
                    _probability(item.p_holm),
                    str(found.units),
                    str(item.pairs),
                ]
            )
        return lines

    @property
    def heading(self) -> str:
        """What was asked, in a line."""
        return f"{self.measure} by {self.factor}" + (f", at each {self.by}" if self.by else "")

    def __str__(self) -> str:
        lines = self.table()
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        shown = [
            "  ".join(
                cell.ljust(width) if column == 0 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        notes = [f"  {note}" for note in self.notes]
        return printable_lines("\n".join([self.heading, *shown, *notes]))

    __repr__ = __str__


def effect_of(
    batch: Batch, factor: str, measure: Measure, *, by: str | None = None, incomplete: bool = False
) -> Effect:
    """What a factor does to a measure, compared with its first level; see :meth:`Batch.effect`."""
    points = points_of(batch)
    keys = list(dict.fromkeys(key for point in points for key in point.levels))
    for name in filter(None, (factor, by)):
        if name not in keys:
            raise UnknownName("factor", name, keys)
    if by == factor:
        raise BatchError(f"The factor {factor!r} cannot be taken apart by itself: leave by out.")
    waiting = sum(point.summary is None or point.summary.open for point in points)
    if waiting and not incomplete:
        raise BatchError(
            f"{waiting} of {len(points)} points are not made yet, so figures would change. Resume "
            "the batch, or say incomplete=True."
        )
    name, values, rows = _measured(batch, measure)
    study = _Study(factor, by, [key for key in keys if key != factor], rows, values)
    notes = [study.unit_note()]
    if waiting:
        notes.append(f"{waiting} of {len(points)} points are not made yet: these figures change.")
    contrasts = study.contrasts()
    outcomes = study.outcomes()
    if not contrasts:
        raise BatchError(
            f"No two points differ in {factor!r} alone and have a value for {name!r}. Give every "
            "level the same seeds: Sweep(canvas, {…}, seeds=range(1000, 1005))."
        )
    if lost := [outcome for outcome in outcomes if outcome.measured < outcome.points]:
        notes += [_lost_note(outcome) for outcome in lost[:_MOST_NOTES]]
    return Effect(factor, name, by or "", study.unit, study.prompts, contrasts, outcomes, (*notes,))


_MOST_NOTES = 12
_MOST_CHARACTERS = 80


def _measured(batch: Batch, measure: Measure) -> tuple[str, list[float | bool | None], list[Row]]:
    """The name of a measure, its values by row, and the rows."""
    if callable(measure):
        name = getattr(measure, "__name__", "measure").replace("<lambda>", "measure")
        values: list[float | bool | None] = []
        rows = []
        for point in points_of(batch):
            summary = point.summary
            recorded = summary is not None and summary.folder is not None
            rows.append(row_of(point))
            values.append(measure(batch.open_run(summary)) if recorded and summary else None)
        return name, values, rows
    # Measuring reads every picture, so only where it is asked for.
    wanted = measure.rpartition(".")[2] in (*PICTURE_MEASURES, *TEXT_MEASURES)
    rows = to_rows(batch, measures=wanted)
    columns = list(rows[0]) if rows else []
    if measure not in columns and f"image.{measure}" in columns:
        measure = f"image.{measure}"
    if measure not in columns:
        numbers = [
            name
            for name in columns
            if any(isinstance(row[name], int | float) for row in rows)
        ]  # fmt: skip
        measured = [f"image.{name}" for name in PICTURE_MEASURES]
        raise UnknownName("measure", measure, [*dict.fromkeys([*numbers, *measured])])
    values = [row[measure] for row in rows]
    if bad := next((v for v in values if not isinstance(v, int | float | None)), None):
        raise BatchError(f"The measure {measure!r} should be numbers, but holds {shorten(bad)}.")
    return measure, values, rows


class _Study:
    """The values of a measure, sorted for comparison."""

    def __init__(
        self,
        factor: str,
        by: str | None,
        others: Sequence[str],
        rows: Sequence[Row],
        values: Sequence[float | bool | None],
    ) -> None:
        self.factor, self.by = factor, by
        self.levels = _distinct(row.get(factor) for row in rows)
        self.places = _distinct(row.get(by) for row in rows) if by else [None]
        self._rows = list(zip(rows, values, strict=True))
        texts = [key for key in (factor, *others) if key.endswith(".text")]
        self._texts = [key for key in texts if key not in (factor, by)]
        self.prompts = len({tuple(row.get(key) for key in texts) for row in rows})
        many = len({tuple(row.get(key) for key in self._texts) for row in rows})
        self.unit = "prompt" if self._texts and many >= ENOUGH_PROMPTS else "seed"
        self._values: dict[_Cell, dict[Any, float]] = {}
        for row, value in self._rows:
            if value is not None and not (isinstance(value, float) and math.isnan(value)):
                cell = (*((key, row.get(key)) for key in others), ("seed", row["seed"]))
                self._values.setdefault(cell, {})[row.get(factor)] = float(value)

    def unit_note(self) -> str:
        """What the limits are about."""
        if self.unit == "prompt":
            return (
                f"Differences within the same seed; a prompt is a unit ({self.prompts} prompts): "
                "the seeds of one prompt are no further prompts."
            )
        which = f"these {self.prompts} prompts" if self.prompts > 1 else "this one prompt"
        return f"Differences within the same seed; a seed is a unit. About {which} only."

    def contrasts(self) -> tuple[Contrast, ...]:
        """Each level against the first, at each place; then the changes between places."""
        control, found = self.levels[0], []
        for level in self.levels[1:]:
            first: dict[Any, float] = {}
            changes = []
            for place in self.places:
                units, pairs = self._differences(level, place)
                if units:
                    found.append(_contrast(level, control, place, None, units, pairs))
                if place == self.places[0]:
                    first = units
                elif both := [unit for unit in units if unit in first]:
                    change = {unit: units[unit] - first[unit] for unit in both}
                    changes.append(
                        _contrast(level, control, place, self.places[0], change, len(both))
                    )
            found += changes
        corrected = holm([item.difference.p for item in found])
        return tuple(replace(item, p_holm=p) for item, p in zip(found, corrected, strict=True))

    def _differences(self, level: Any, place: Any) -> tuple[dict[Any, float], int]:
        """The mean difference of each unit, and how many pairs they are."""
        control, pairs = self.levels[0], 0
        found: dict[Any, list[float]] = {}
        for cell, values in self._values.items():
            told = dict(cell)
            if (self.by and told[self.by] != place) or not {level, control} <= values.keys():
                continue
            unit = told["seed"]
            if self.unit == "prompt":
                unit = tuple(told[key] for key in self._texts)
            found.setdefault(unit, []).append(values[level] - values[control])
            pairs += 1
        return {unit: math.fsum(some) / len(some) for unit, some in found.items()}, pairs

    def outcomes(self) -> tuple[LevelOutcome, ...]:
        """What came of each level's points, at each place."""
        found = []
        for place in self.places:
            for level in self.levels:
                mine = [
                    (row, value)
                    for row, value in self._rows
                    if row.get(self.factor) == level and (not self.by or row.get(self.by) == place)
                ]
                if not mine:
                    continue
                values = [value for _, value in mine if value is not None]
                lost = [row for row, value in mine if value is None]
                refused = sum(bool(row["refused"]) for row in lost)
                yes_or_no = bool(values) and all(isinstance(value, bool) for value in values)
                mean = (
                    proportion_interval(sum(map(bool, values)), len(values))
                    if yes_or_no
                    else Interval(
                        math.fsum(values) / len(values) if values else math.nan,
                        math.nan,
                        math.nan,
                        len(values),
                    )
                )
                unmade = sum(row["status"] == NOT_MADE for row in lost)
                found.append(
                    LevelOutcome(
                        level, place, len(mine), len(values), mean, refused,
                        len(lost) - refused - unmade,
                    )
                )  # fmt: skip
        return tuple(found)


def _contrast(
    level: Any, control: Any, place: Any, change_from: Any, units: Mapping[Any, float], pairs: int
) -> Contrast:
    values = [units[unit] for unit in sorted(units, key=repr)]
    return Contrast(
        level, control, place, change_from, mean_interval(values), bootstrap_interval(values), pairs
    )


def _lost_note(outcome: LevelOutcome) -> str:
    """What is missing at a level, as a proportion of its own."""
    place = f", at {outcome.where}" if outcome.where is not None else ""
    lost = outcome.points - outcome.measured
    share = proportion_interval(lost, outcome.points)
    parts = [(outcome.refused, "refused"), (outcome.failed, "otherwise without a value")]
    unmade = lost - outcome.refused - outcome.failed
    words = ", ".join(f"{n} {word}" for n, word in [*parts, (unmade, "not made yet")] if n)
    return (
        f"{_told(outcome.level)}{place}: {lost} of {outcome.points} have no value "
        f"({words}): {100 * share.estimate:.0f} % [{100 * share.low:.0f}, {100 * share.high:.0f}]."
    )


def _told(level: Any) -> str:
    return cut(str(level), _MOST_CHARACTERS)


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _signed(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:+.3g}".replace("-", "−")


def _limits(found: Interval) -> str:
    return f"{_signed(found.low)} to {_signed(found.high)}" if found.known else "one unit: none"


def _probability(p: float) -> str:
    if math.isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
