"""A sweep is a value: it says which runs a batch makes, before anything runs."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, SupportsIndex

from canvas_kit.canvas.graph import Canvas, Composable
from canvas_kit.canvas.node import Node
from canvas_kit.choices import Table
from canvas_kit.errors import BatchError, CanvasKitError, counted, name_hint, shorten
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.parameters import prompt_node, whole_number
from canvas_kit.files import write_text
from canvas_kit.sweep.cells import Cells, Factor, Rows, count_cells
from canvas_kit.sweep.estimate import Estimate, estimate
from canvas_kit.sweep.factors import counted_seeds, exclusions_of, factor_of, pairs_in, seeds_of
from canvas_kit.sweep.files import as_csv, as_toml, read_design
from canvas_kit.sweep.identity import point_id
from canvas_kit.sweep.levels import MAX_RUNS, Label, as_document, listed, self_contained
from canvas_kit.sweep.point import Point
from canvas_kit.sweep.python_source import as_python
from canvas_kit.sweep.shown import lines_below, table_of
from canvas_kit.sweep.targets import CANVAS, SEED, Target
from canvas_kit.values import MAX_SEED

FORMAT = "sweep/1"
_DOCUMENT = frozenset(
    {"format", "name", "note", "tags", "canvas", "factors", "seeds", "exclude", "selection"}
)

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
    _repeats: Mapping[tuple[int, ...], Mapping[Rows, Rows]]
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
        found = [factor_of(keys, rows, value, folder) for keys, rows in pairs_in(factors)]
        keys = [target.key for factor in found for target in factor.targets]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise BatchError(f"The factor {twice!r} is there twice. Put its levels into one.")
        if SEED in keys:
            if seeds is not None:
                raise BatchError("The seeds are given twice: as a factor, and as seeds=.")
            numbers: Sequence[int] = ()
        else:
            numbers = seeds_of(seeds)
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
        most = min(max_runs, MAX_RUNS)
        if not 1 <= total <= most:
            raise BatchError(f"A batch has 1 to {most} runs, but this one would have {total}.")
        left_out, told = exclusions_of(tuple(exclude), found, value, folder)
        self.__dict__.update(_left_out=left_out, exclude=told)
        self.__dict__["_repeats"] = self._cells.check()
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
        """A run for each prompt; run ``i`` has the seed ``base_seed + i``; see :func:`run_batch`.

        Raises:
            BatchError: When there are no runs, too many, or seeds that are out of range.
            CanvasError: When the canvas has no such input.
        """
        if isinstance(prompts, str):
            raise BatchError("The prompts should be a list of texts, but are one text.")
        texts = listed(prompts, "The list of prompts")
        value = Canvas.of(canvas)
        seeds = counted_seeds(len(texts), base_seed)
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

        Raises:
            BatchError: When there are no runs, too many, or seeds that are out of range.
        """
        number = whole_number(count)
        seeds = counted_seeds(count if number is None else number, base_seed)
        return cls(canvas, seeds=seeds, **about)

    @property
    def mode(self) -> str:
        """``"prompts"`` or ``"count"``, as the editor names it."""
        return "prompts" if self.factors else "count"

    def check(self, engine: Engine) -> Sweep:
        """This sweep, if all models and output configs that it names can be used on an engine.

        No server is asked.

        Raises:
            BatchError: When one cannot; with its factor and level. Also when this is a part without
                points.
            CanvasError: When one of the canvas itself cannot.
        """
        if not len(self):
            raise BatchError("This part of the sweep has no points: there is nothing to run.")
        try:
            self._cells.check(engine.backends, engine.prepare)
        except BatchError:
            engine.prepare(self.canvas)  # in plainer words, if it is not the factors' fault
            raise
        return self

    def __repr__(self) -> str:
        return "\n".join([self._head(), repr(self._table), *self._below])

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, str]:
        try:
            head = self._head(str(self.estimate()))
        except CanvasKitError as error:
            head = self._head(f"{len(self)} runs; {error}")
        below = "".join(f"<div>{escape(line)}</div>" for line in self._below)
        return {
            "text/plain": "\n".join([head, repr(self._table), *self._below]),
            "text/html": f"<b>{escape(head)}</b>{self._table._repr_html_()}{below}",
        }

    @property
    def _table(self) -> Table[Any]:
        return table_of(self.factors, self.seeds)

    @property
    def _below(self) -> list[str]:
        return lines_below(self.exclude, self.equal, self.selection)

    def _head(self, told: str = "") -> str:
        told = told or counted(len(self), "run")
        return f"Sweep {self.name}: {told}" if self.name else f"Sweep: {told}"

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

    def estimate(self, engine: Engine | None = None) -> Estimate:
        """What it will make, how long that takes, and what it costs, going by earlier runs.

        Args:
            engine: The engine that will run it, if not the default one.

        Raises:
            CanvasError: When one of its canvases cannot run there.
        """
        return estimate(
            len(self), lambda index: self.point(index).canvas, engine or default_engine()
        )

    def to_rows(self) -> list[dict[str, Any]]:
        """A plain row for each point: its position, identity, levels, seed and replicate."""
        return [
            {"index": point.index, "point_id": point.id, **point.levels}
            | {"seed": point.seed, "replicate": point.replicate}
            for point in self
        ]

    def to_document(self, *, contents: bool = False) -> dict[str, Any]:
        """The sweep as plain JSON-able values, drawn seeds and all; a sweep file has the same.

        Args:
            contents: Whether it holds the pictures that it names, and so needs no other file.

        Raises:
            CanvasKitError: When one of these cannot be read.
        """
        whole = partial(self_contained, self.canvas, self._cells.folders) if contents else _as_it_is
        document: dict[str, Any] = {"format": FORMAT, "name": self.name, "note": self.note}
        document["tags"] = list(self.tags)
        document["canvas"] = as_document(whole(Target(CANVAS, CANVAS), self.canvas))
        document["factors"] = {
            factor.name: [
                [
                    as_document(whole(target, level))
                    for target, level in zip(factor.targets, row, strict=True)
                ]
                if len(factor.targets) > 1
                else as_document(whole(factor.targets[0], row[0]))
                for row in factor.rows
            ]
            for factor in self.factors
        }
        if isinstance(self.seeds, range) and self.seeds.step == 1:
            document["seeds"] = f"{self.seeds[0]}..{self.seeds[-1]}"
        elif self.seeds:
            document["seeds"] = list(self.seeds)
        if self.exclude:
            targets = {target.key: target for one in self.factors for target in one.targets}
            document["exclude"] = [
                {key: as_document(whole(targets[key], level)) for key, level in one.items()}
                for one in self.exclude
            ]
        if self.selection:
            document["selection"] = [list(one) for one in self.selection]
        return document

    def to_python(self) -> str:
        """Code that makes this sweep, drawn seeds and all; of its canvas as ``Canvas.to_python``.

        Pictures that a level names are named in it; folders where they may lie are not.
        """
        about = {"name": self.name, "note": self.note, "tags": list(self.tags)}
        return as_python(self.canvas, self.factors, self.seeds, self.exclude, about, self.selection)

    @classmethod
    def load(cls, path: str | Path, *, canvas: Composable | None = None, **options: Any) -> Sweep:
        """Read a sweep file: TOML, JSON, or a table of levels (CSV, TSV).

        Its canvas may be named by a file beside it, and so may a table of levels.

        Args:
            path: The file.
            canvas: Its canvas, in place of the one that the file says; a table needs one.
            options: As of a sweep: ``folders``, ``max_runs``.

        Raises:
            BatchError: When the file holds no sweep.
            CanvasError: When its canvas cannot run.
        """
        file = Path(path)
        document = read_design(file, None if canvas is None else Canvas.of(canvas))
        return cls.from_document(document, folder=file.parent, **options)

    def save(self, path: str | Path, *, canvas_file: str = "") -> Path:
        """Write the sweep to a file, and give its path back.

        A file of TOML or JSON holds the whole design. One of CSV holds a row of levels and a seed
        for each point.

        Args:
            path: The file; its suffix says which kind.
            canvas_file: Writes the canvas into a file of this name beside it, instead of into it.

        Raises:
            BatchError: When the suffix is another, or the file cannot hold a level.
        """
        file = Path(path)
        document = self.to_document()
        match file.suffix.lower():
            case ".csv":
                text = as_csv(self._design_rows())
            case ".json" | ".toml":
                if canvas_file:
                    self.canvas.save(file.parent / canvas_file)
                    document["canvas"] = canvas_file
                whole = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
                text = as_toml(document) if file.suffix.lower() == ".toml" else whole
            case suffix:
                raise BatchError(f"A sweep is saved as .toml, .json or .csv, not as {suffix!r}.")
        write_text(file, text)
        return file

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
        canvas = document["canvas"]
        if not isinstance(canvas, Canvas):
            canvas = Canvas.from_document(canvas, folder=folder)
        sweep = cls(
            canvas,
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

    def _design_rows(self) -> Iterator[dict[str, Any]]:
        """The levels and the seed of each point, as a table takes them."""
        for place in self._places:
            cell, replicate = divmod(place, len(self.seeds) or 1)
            rows = self._rows(self._alive[cell])
            found: dict[str, Any] = {}
            for factor, row in zip(self.factors, rows, strict=True):
                for target, level in zip(factor.targets, factor.rows[row], strict=True):
                    value = as_document(level)
                    found[target.key] = json.dumps(value) if isinstance(value, dict) else value
            yield found if SEED in found else found | {SEED: self.seeds[replicate]}

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
        made = self._made(self._alive[cell])
        seed = self.seeds[replicate] if self.seeds else made.seed
        canvas, digest = made.canvas, made.digest
        if made.counting:
            canvas, digest = self._counted(canvas, made.counting, place)
        identity = point_id(digest, seed, self._repetitions.get(replicate, 0))
        return Point(identity, index, made.levels, seed, replicate, canvas)

    def _made(self, cell: int) -> _CellMade:
        """What the points of a cell share; that of the latest cell is kept."""
        latest: tuple[int, _CellMade] | None = self.__dict__.get("_latest")
        if latest is None or latest[0] != cell:
            rows = self._rows(cell)
            canvas, digest, seed = self._cells.make(rows)
            seeds = (node for node in canvas.nodes if node.type == "seed")
            counting = [node for node in seeds if getattr(node, "mode", "") == "increment"]
            levels = self._levels_of(range(len(self.factors)), rows)
            latest = cell, _CellMade(canvas, digest, seed, levels, counting)
            self.__dict__["_latest"] = latest
        return latest[1]

    def _counted(self, canvas: Canvas, counting: Sequence[Node], place: int) -> tuple[Canvas, str]:
        """A canvas whose seeds that count through the runs are the numbers of this one."""
        for node in counting:
            value = ((getattr(node, "base", 0) or 0) + place) % (MAX_SEED + 1)
            canvas = canvas.with_fields(node, mode="fixed", value=value)
        return canvas, Cells(canvas, (), self._cells.folders).make(())[1]

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


class _CellMade(NamedTuple):
    """What the points of a cell share; ``counting`` are seed nodes that count through the runs."""

    canvas: Canvas
    digest: str
    seed: int
    levels: Mapping[str, Label]
    counting: Sequence[Node]


def _as_it_is(target: Target, level: Any) -> Any:
    return level
