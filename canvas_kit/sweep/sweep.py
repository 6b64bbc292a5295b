"""A sweep is a value: it says which runs a batch makes, before anything runs."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, SupportsIndex

from canvas_kit.canvas.graph import Canvas, Composable
from canvas_kit.canvas.node import KnownNames, Node
from canvas_kit.errors import BatchError, CanvasKitError, name_hint, shorten
from canvas_kit.executor.parameters import prompt_node, whole_number
from canvas_kit.nodes.parameters import draw_seed
from canvas_kit.sweep.cells import Cells, Factor, Rows, count_cells
from canvas_kit.sweep.identity import canonical, point_id
from canvas_kit.sweep.levels import (
    MAX_RUNS,
    Label,
    as_document,
    checked,
    is_missing,
    labels_of,
    listed,
)
from canvas_kit.sweep.point import Point
from canvas_kit.sweep.targets import SEED, Target, target_of
from canvas_kit.values import MAX_SEED

FORMAT = "sweep/1"
_DOCUMENT = frozenset(
    {
        "format", "name", "note", "tags", "canvas", "factors", "seeds", "exclude", "selection",
    }
)  # fmt: skip

Selection = tuple[str, int, int]
"""A part of a sweep: ``("shard", k, n)`` or ``("sample", n, seed)``."""


class Sweep:
    """The runs of a batch: every combination of levels, each with every seed.

    ::

        study = Sweep(
            canvas,
            {"prompt.text": ["a doctor", "a nurse"], "how": [WITHOUT, {"preset": "bauhaus"}]},
            seeds=range(1000, 1005),
            name="doctor-nurse",
        )

    Immutable; two sweeps with the same content are equal. Models vary slowest, seeds fastest.

    Attributes:
        canvas: The canvas that its runs share.
        factors: What varies, in the order in which it was given.
        seeds: The seeds that every combination of levels is run with; none where a factor sets it.
        exclude: The combinations that are left out, as they were given.
        name: Names the batch.
        note: Anything worth knowing about it.
        tags: Words to find it by.
        selection: The parts of the whole that this is, each of what the one before left.
    """

    canvas: Canvas
    factors: tuple[Factor, ...]
    seeds: Sequence[int]
    exclude: tuple[Mapping[str, Any], ...]
    name: str
    note: str
    tags: tuple[str, ...]
    selection: tuple[Selection, ...]
    _cells: Cells
    _left_out: tuple[Mapping[int, frozenset[int]], ...]
    _alive: Sequence[int]

    def __init__(
        self,
        canvas: Composable,
        factors: Any = None,
        *,
        seeds: Any = None,
        exclude: Iterable[Mapping[Any, Any]] = (),
        name: str = "",
        note: str = "",
        tags: Iterable[str] = (),
        folders: Iterable[Path] = (),
        folder: Path | None = None,
        max_runs: int = MAX_RUNS,
    ) -> None:
        """Say which runs; nothing runs yet, and everything is checked that needs no server.

        Args:
            canvas: A canvas, a chain, or a node.
            factors: Levels by key. A key of its own (``"prompt.text"``, a node, ``"canvas"``,
                ``"seed"``) multiplies; the keys of a tuple vary together, and their levels are
                rows. A data frame is one tuple of keys; several of all these stand in a list.
            seeds: The same for all levels: a list, a range, an array, or how many to draw; one is
                drawn if left out.
            exclude: Combinations of levels that are left out, by key.
            name: Names the batch.
            note: Anything worth knowing about it.
            tags: Words to find it by.
            folders: Where the canvas may take pictures from, besides its own folder.
            folder: Where pictures are that a canvas or node inside a level may name.
            max_runs: The most runs that are allowed.

        Raises:
            BatchError: When a level cannot be used (with its factor), when nothing or too much
                would run, or when a seed is out of range.
            CanvasError: When the canvas cannot run.
        """
        value = Canvas.of(canvas).check()
        found = [_factor(keys, rows, value, folder) for keys, rows in _pairs(factors)]
        keys = [target.key for factor in found for target in factor.targets]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise BatchError(f"The factor {twice!r} is there twice. Put its levels into one.")
        if SEED in keys:
            if seeds is not None:
                raise BatchError("The seeds are given twice: as a factor, and as seeds=.")
            numbers: Sequence[int] = ()
        else:
            numbers = _seeds(seeds)
        words = () if isinstance(tags, str) else tuple(tags)
        if isinstance(tags, str) or not all(isinstance(word, str) for word in words):
            raise BatchError(f"The tags should be a list of words, but are {shorten(tags)}.")
        self.__dict__.update(
            canvas=value,
            factors=tuple(found),
            seeds=numbers,
            name=name,
            note=note,
            tags=words,
            selection=(),
            _cells=Cells(value, found, tuple(folders)),
        )
        total = count_cells(found) * (len(numbers) or 1)
        if not 1 <= total <= MAX_RUNS:
            raise BatchError(f"A batch has 1 to {MAX_RUNS} runs, but this one would have {total}.")
        left_out, told = _exclusions(tuple(exclude), found, value, folder)
        self.__dict__.update(_left_out=left_out, exclude=told)
        self._cells.check()
        self.__dict__["_alive"] = self._find_alive()
        if not self._alive:
            raise BatchError("Nothing is left to run: every combination is excluded.")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"A sweep cannot be changed ({name}).")

    @classmethod
    def of_prompts(
        cls,
        canvas: Composable,
        prompts: Sequence[str],
        *,
        base_seed: SupportsIndex | None = None,
        node: Node | str = "",
        **about: Any,
    ) -> Sweep:
        """A run for each prompt; run ``i`` has the seed ``base_seed + i``.

        Args:
            canvas: A canvas with an input node.
            prompts: The words that go into it.
            base_seed: The seed of the first run; drawn if left out.
            node: The input that takes the prompts, if the canvas has several.
            about: As of a sweep: ``name``, ``note``, ``tags``, ``folders``.

        Raises:
            BatchError: When there are no runs, too many, or seeds that are out of range.
            CanvasError: When the canvas has no such input.
        """
        if isinstance(prompts, str):
            raise BatchError("The prompts should be a list of texts, but are one text.")
        texts = listed(prompts, "The list of prompts")
        value = Canvas.of(canvas)
        seeds = _counted_seeds(len(texts), base_seed)
        key = f"{prompt_node(value, node)}.text"
        return cls(value, {(key, SEED): list(zip(texts, seeds, strict=True))}, **about)

    @classmethod
    def of_count(
        cls,
        canvas: Composable,
        count: SupportsIndex,
        *,
        base_seed: SupportsIndex | None = None,
        **about: Any,
    ) -> Sweep:
        """So many runs of the canvas as it is; run ``i`` has the seed ``base_seed + i``.

        Args:
            canvas: A canvas.
            count: How many.
            base_seed: The seed of the first run; drawn if left out.
            about: As of a sweep: ``name``, ``note``, ``tags``, ``folders``.

        Raises:
            BatchError: When there are no runs, too many, or seeds that are out of range.
        """
        number = whole_number(count)
        seeds = _counted_seeds(count if number is None else number, base_seed)
        return cls(canvas, seeds=seeds, **about)

    @property
    def mode(self) -> str:
        """``"prompts"`` or ``"count"``, as the editor names it."""
        return "prompts" if self.factors else "count"

    @property
    def prompts(self) -> list[str] | None:
        """Its prompts, where it was made of a list of them."""
        if len(self.factors) == 1 and [t.field for t in self.factors[0].targets] == ["text", ""]:
            return [row[0] for row in self.factors[0].rows]
        return None

    @property
    def base_seed(self) -> int:
        """The first seed."""
        return self.point(0).seed

    def check(self, known: KnownNames) -> Sweep:
        """This sweep, if all models and output configs that it names can be used.

        Raises:
            BatchError: When one cannot; with its factor and level.
            CanvasError: When one of the canvas itself cannot.
        """
        self.canvas.check(known)
        self._cells.check(known)
        return self

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Point]:
        return map(self.point, range(len(self)))

    def point(self, index: int) -> Point:
        """The point at a position, from 0.

        Raises:
            IndexError: When there is none.
            CanvasKitError: When a picture that the canvas names cannot be read.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"The sweep has {len(self)} points; there is no {index}.")
        return self._at(self._places[index], index)

    @property
    def equal(self) -> tuple[tuple[Mapping[str, Label], Mapping[str, Label]], ...]:
        """Combinations that mean the same as an earlier one, and that one; they are run once."""
        found = []
        for group, repeats in self._repeats.items():
            for rows, first in repeats.items():
                pair = (self._levels_of(group, rows), self._levels_of(group, first))
                found.append(pair)
        return tuple(found)

    def shard(self, number: int, count: int) -> Sweep:
        """Part ``number`` (from 1) of ``count``: the same points everywhere.

        A point's identity says which part it belongs to. So a level that is added later leaves
        every point in its part; the parts are only about equally large.

        Raises:
            BatchError: When there is no such part.
        """
        k, n = whole_number(number), whole_number(count)
        if k is None or n is None or not 1 <= k <= n:
            raise BatchError(
                f"A part of a sweep has a number from 1 to the number of parts, but this is "
                f"{number!r} of {count!r}."
            )
        return self._part(("shard", k, n))

    def sample(self, count: int, *, seed: int = 0) -> Sweep:
        """So many of its points, drawn; the same ones for the same seed.

        Raises:
            BatchError: When it has fewer.
        """
        n = whole_number(count)
        if n is None or not 1 <= n <= len(self):
            raise BatchError(f"A sample of this sweep has 1 to {len(self)} points, not {count!r}.")
        return self._part(("sample", n, seed))

    def to_rows(self) -> list[dict[str, Any]]:
        """A plain row for each point: its position, identity, levels, seed and replicate."""
        return [
            {"index": point.index, "point_id": point.id, **point.levels}
            | {"seed": point.seed, "replicate": point.replicate}
            for point in self
        ]

    def to_document(self) -> dict[str, Any]:
        """The sweep as plain JSON-able values, drawn seeds and all; a sweep file has the same."""
        document: dict[str, Any] = {"format": FORMAT, "name": self.name, "note": self.note}
        document |= {"tags": list(self.tags), "canvas": self.canvas.to_document()}
        document["factors"] = {
            factor.name: [
                [as_document(level) for level in row]
                if len(factor.targets) > 1
                else as_document(row[0])
                for row in factor.rows
            ]
            for factor in self.factors
        }
        if isinstance(self.seeds, range) and self.seeds.step == 1:
            document["seeds"] = f"{self.seeds[0]}..{self.seeds[-1]}"
        elif self.seeds:
            document["seeds"] = list(self.seeds)
        if self.exclude:
            document["exclude"] = [dict(one) for one in self.exclude]
        if self.selection:
            document["selection"] = [list(one) for one in self.selection]
        return document

    @classmethod
    def from_document(cls, document: Any, *, folder: Path | None = None, **options: Any) -> Sweep:
        """The sweep that a document describes.

        Args:
            document: As :meth:`to_document` gives it.
            folder: The folder whose pictures its canvas may take; left out, it may take no file.
            options: As of a sweep: ``folders``, ``max_runs``.

        Raises:
            BatchError: When it describes none.
            CanvasError: When its canvas cannot run.
        """
        if not isinstance(document, Mapping):
            raise BatchError(f"A sweep is an object, not {shorten(document)}.")
        if unknown := document.keys() - _DOCUMENT:
            key = str(min(unknown, key=str))
            raise BatchError(f"A sweep has no entry {key!r}. {name_hint(key, _DOCUMENT)}")
        if document.get("format", FORMAT) != FORMAT:
            raise BatchError(
                f"The sweep is written as {document['format']!r}; this version reads {FORMAT!r}."
            )
        if "canvas" not in document:
            raise BatchError("The sweep has no canvas.")
        about = {key: document.get(key, "") for key in ("name", "note")}
        sweep = cls(
            Canvas.from_document(document["canvas"], folder=folder),
            document.get("factors"),
            seeds=document.get("seeds"),
            exclude=document.get("exclude", ()),
            tags=document.get("tags", ()),
            folder=folder,
            **about,
            **options,
        )
        for one in document.get("selection", ()):
            match one:
                case ["shard", number, count]:
                    sweep = sweep.shard(number, count)
                case ["sample", count, int(seed)]:
                    sweep = sweep.sample(count, seed=seed)
                case _:
                    raise BatchError(f"A part of a sweep is a shard or a sample, not {one!r}.")
        return sweep

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sweep):
            return NotImplemented
        return bool(self._value == other._value)

    def __hash__(self) -> int:
        return hash((self.canvas, self.name, self.selection, len(self)))

    @cached_property
    def _value(self) -> Any:
        return (
            self.canvas,
            self.factors,
            tuple(self.seeds),
            self._left_out,
            self.name,
            self.note,
            self.tags,
            self.selection,
        )

    @cached_property
    def _order(self) -> tuple[int, ...]:
        """The factors, that which varies slowest first."""
        return tuple(sorted(range(len(self.factors)), key=lambda i: not self.factors[i].dear))

    @cached_property
    def _repeats(self) -> Mapping[tuple[int, ...], Mapping[Rows, Rows]]:
        return self._cells.repeats()

    def _find_alive(self) -> Sequence[int]:
        """The cells that are run: neither excluded nor repeats of earlier ones."""
        total = count_cells(self.factors)
        if not self._left_out and not self._repeats:
            return range(total)
        return array(
            "L",
            (
                cell
                for cell in range(total)
                if not self._is_left_out(rows := self._rows(cell))
                and not any(
                    tuple(rows[index] for index in group) in repeats
                    for group, repeats in self._repeats.items()
                )
            ),
        )

    def _is_left_out(self, rows: Rows) -> bool:
        return any(
            all(rows[factor] in there for factor, there in one.items()) for one in self._left_out
        )

    def _rows(self, cell: int) -> Rows:
        """The row of each factor in a cell."""
        found = [0] * len(self.factors)
        for index in reversed(self._order):
            cell, found[index] = divmod(cell, len(self.factors[index].rows))
        return tuple(found)

    @property
    def _whole(self) -> range:
        return range(len(self._alive) * (len(self.seeds) or 1))

    @cached_property
    def _places(self) -> Sequence[int]:
        """The points of the whole that this part has, in order."""
        places: Sequence[int] = self._whole
        for kind, first, second in self.selection:
            if kind == "shard":
                kept = (p for p in places if int(self._at(p, 0).id, 16) % second == first - 1)
                places = array("L", kept)
            else:
                drawn = sorted(
                    places,
                    key=lambda p: hashlib.sha256(f"{second} {self._at(p, 0).id}".encode()).digest(),
                )
                places = array("L", sorted(drawn[:first]))
        return places

    def _at(self, place: int, index: int) -> Point:
        cell, replicate = divmod(place, len(self.seeds) or 1)
        rows, canvas, digest, levels = self._made(self._alive[cell])
        seed = self.seeds[replicate] if self.seeds else self._cells.seed(rows)
        counting = [node for node in canvas.nodes if getattr(node, "mode", "") == "increment"]
        if counting:
            canvas, digest = self._counted(canvas, counting, place)
        identity = point_id(digest, seed, self._repetitions.get(replicate, 0))
        return Point(identity, index, levels, seed, replicate, canvas)

    def _made(self, cell: int) -> tuple[Rows, Canvas, str, Mapping[str, Label]]:
        """What the points of a cell share; that of the latest cell is kept."""
        if self.__dict__.get("_latest", (None,))[0] != cell:
            rows = self._rows(cell)
            made = (rows, self._cells.make(rows), self._cells.digest(rows))
            everything = range(len(self.factors))
            self.__dict__["_latest"] = (cell, (*made, self._levels_of(everything, rows)))
        found: tuple[Rows, Canvas, str, Mapping[str, Label]] = self.__dict__["_latest"][1]
        return found

    def _counted(self, canvas: Canvas, counting: Sequence[Node], place: int) -> tuple[Canvas, str]:
        """A canvas whose seeds that count through the runs are the numbers of this one."""
        for node in counting:
            value = ((getattr(node, "base", 0) or 0) + place) % (MAX_SEED + 1)
            canvas = canvas.with_fields(node, mode="fixed", value=value)
        return canvas, Cells(canvas, (), self._cells.folders).digest(())

    def _levels_of(self, group: Iterable[int], rows: Rows) -> Mapping[str, Label]:
        return {
            target.key: label
            for index, row in zip(group, rows, strict=True)
            for target, label in zip(
                self.factors[index].targets, self.factors[index].labels[row], strict=True
            )
        }

    @cached_property
    def _repetitions(self) -> Mapping[int, int]:
        """How often the seed of a replicate stands before it, where seeds are there twice."""
        if isinstance(self.seeds, range):
            return {}
        seen: dict[int, int] = {}
        found = {}
        for replicate, seed in enumerate(self.seeds):
            if before := seen.get(seed, 0):
                found[replicate] = before
            seen[seed] = before + 1
        return found

    def _part(self, selection: Selection) -> Sweep:
        other = Sweep.__new__(Sweep)
        shared = {k: v for k, v in self.__dict__.items() if k not in ("_places", "_value")}
        other.__dict__.update(shared, selection=(*self.selection, selection))
        return other


def _pairs(factors: Any) -> Iterator[tuple[Any, Any]]:
    """Keys and levels, as they were given: by key, as a table, several of these."""
    match factors:
        case None:
            return
        case Mapping():
            yield from factors.items()
        case _ if _is_table(factors):
            yield tuple(factors.columns), factors
        case [*several]:
            for one in several:
                yield from _pairs(one)
        case _:
            raise BatchError(
                "The factors should be levels by key, a data frame, or a list of those, not "
                f"{shorten(factors)}."
            )


def _is_table(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "to_dict")


def _rows_of(table: Any) -> Iterable[Any]:
    if hasattr(table, "itertuples"):
        return table.itertuples(index=False, name=None)  # type: ignore[no-any-return]
    return table.rows() if hasattr(table, "rows") else table  # type: ignore[no-any-return]


def _factor(keys: Any, levels: Any, canvas: Canvas, folder: Path | None) -> Factor:
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


def _seeds(given: Any) -> Sequence[int]:
    """The seeds that are asked for, or drawn."""
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
    return tuple(_check_seed(seed) for seed in found)


def _check_seed(seed: Any) -> int:
    number = whole_number(seed)
    if number is None or not 0 <= number <= MAX_SEED:
        raise BatchError(f"A seed is a whole number from 0 to {MAX_SEED}, but one is {seed!r}.")
    return number


def _counted_seeds(count: Any, base_seed: SupportsIndex | None) -> range:
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


def _exclusions(
    excluded: Sequence[Mapping[Any, Any]],
    factors: Sequence[Factor],
    canvas: Canvas,
    folder: Path | None,
) -> tuple[tuple[Mapping[int, frozenset[int]], ...], tuple[Mapping[str, Any], ...]]:
    """For each exclusion, by factor, the rows that it is about; and the exclusions, checked."""
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
