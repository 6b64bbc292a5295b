"""Recorded pictures as a gallery shows them: chosen, counted by facet, sorted or shuffled.

Plain values, made from what the index of the records keeps; nothing is read here. A gallery may
hold tens of thousands of pictures and is asked anew with every change of a filter: so they are kept
as columns, which are parsed, counted and sent as a whole.
"""

from __future__ import annotations

import json
import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal, NamedTuple

from canvas_kit.analysis.grid import label_of
from canvas_kit.catalog.reading import PICTURE_COLUMNS, level_key
from canvas_kit.errors import shorten
from canvas_kit.recorder.ratings import HIGHEST
from canvas_kit.workbench.captions import apart, captions
from canvas_kit.workbench.methods import BadQuestion

Place = tuple[str, str]
"""A run's id and a file of it."""
FacetValue = str | int | float | bool | None
Row = tuple[Any, ...]
"""The folder of a run, and what the index keeps of a picture of it: see PICTURE_COLUMNS."""

SHOWN_VALUES = 100
_TWO_LINES = 56
"""Characters of a value; the page cuts what is longer at the end."""
_SAFE_INTEGER = 2**53
_BEFORE_LEVELS = ("prompt", "preset", "model")
_AFTER_LEVELS = (
    "seed", "verdict", "rating", "tag", "rated_by", "status", "batch", "canvas", "node",
)  # fmt: skip
_NAMED = {*_BEFORE_LEVELS, *_AFTER_LEVELS}
_TELLING = ("prompt", "preset", "model", "size", "node", "seed")
"""What tells pictures apart that have the same levels, the most telling first."""
_SEVERAL = ("preset", "tag", "rated_by")
"""Facets of which a picture can have several values, so that it cannot be sorted by them."""


class GalleryPicture(NamedTuple):
    """A picture of a run.

    Attributes:
        folder: Where the run lies.
        run_id: The run's id.
        file: The file, as its entity has it.
        sha256: Its hash.
        media_type: Its media type.
        width: In pixels; None where it is not known.
        height: In pixels.
        rating: This rater's.
    """

    folder: str
    run_id: str
    file: str
    sha256: str
    media_type: str
    width: int | None
    height: int | None
    rating: int | None

    @property
    def place(self) -> Place:
        """What it is named by."""
        return self.run_id, self.file


class PictureTable:
    """Recorded pictures, newest first.

    Attributes:
        pictures: Each of them.
        facets: By facet, the value of each picture, None where it has none; several values of a
            facet that can have them.
        problems: A sentence for each folder that could not be read.
    """

    def __init__(self, rows: Sequence[Row], rater: str, problems: Sequence[str] = ()) -> None:
        """Take in what the index keeps of them; ``rating`` becomes what this rater gave."""
        self.problems = problems
        columns = zip(*rows, strict=True) if rows else [()] * (1 + len(PICTURE_COLUMNS))
        kept = dict(zip(("folder", *PICTURE_COLUMNS), columns, strict=True))
        levels = {text: json.loads(text) for text in dict.fromkeys(kept["levels"])}
        ratings = {text: json.loads(text) for text in set(kept["ratings"])}
        factors = dict.fromkeys(chain.from_iterable(levels.values()))
        factors.pop("seed", None)  # a facet of its own
        self.facets: dict[str, Sequence[Any]] = {name: kept[name] for name in _NAMED & kept.keys()}
        self.facets |= {
            "seed": [plain(seed) for seed in kept["seed"]],
            "preset": _mapped(
                kept["preset"], lambda text: tuple(text.split(", ")) if text else (None,)
            ),
            "rating": _mapped(
                kept["ratings"],
                lambda text: next((one[1] for one in ratings[text] if one[0] == rater), None),
            ),
            "rated_by": _mapped(
                kept["ratings"], lambda text: [one[0] for one in ratings[text]] or (None,)
            ),
            "tag": _mapped(
                kept["ratings"],
                lambda text: sorted({tag for one in ratings[text] for tag in one[2]}) or (None,),
            ),
        }
        for name in factors:
            values = {text: plain(told.get(name)) for text, told in levels.items()}
            self.facets[level_key(name)] = [values[text] for text in kept["levels"]]
        self._factors = tuple(map(level_key, factors))
        of_file = [kept[name] for name in GalleryPicture._fields[:-1]]
        self.pictures = [
            GalleryPicture(*told) for told in zip(*of_file, self.facets["rating"], strict=True)
        ]

    def captions(self, pictures: Sequence[int]) -> list[str]:
        """For each of some pictures a line that tells it from the others."""

        def words(name: str) -> list[str]:
            if name == "size":
                shown = [self.pictures[n] for n in pictures]
                return [f"{one.width} × {one.height}" if one.width else "" for one in shown]
            column = self.facets[name]
            return _words(name, [column[n] for n in pictures])

        levels = [words(name) for name in self._factors]
        return captions(levels, map(words, _TELLING))

    def column(self, facet: str) -> Sequence[Any]:
        """The value of each picture by a facet."""
        return self.facets.get(facet) or [None] * len(self.pictures)

    def count(self, facet: str, pictures: Sequence[int]) -> Counter[FacetValue]:
        """How many of some pictures have which value."""
        column = self.column(facet)
        values = column if len(pictures) == len(column) else [column[n] for n in pictures]
        return Counter(chain.from_iterable(values) if facet in _SEVERAL else values)

    def missing(
        self, facet: str, wanted: frozenset[FacetValue], pictures: Iterable[int]
    ) -> set[int]:
        """Those of some pictures that have none of the wanted values."""
        column = self.column(facet)
        if facet in _SEVERAL:
            return {n for n in pictures if wanted.isdisjoint(column[n])}
        return {n for n in pictures if column[n] not in wanted}


@dataclass(frozen=True, slots=True)
class GalleryView:
    """What is shown of some pictures, and in which order.

    Attributes:
        filters: By facet the values of which a picture has to have one; None for having none.
        text: Words to look for.
        sort: What it is sorted by: ``"time"``, or a facet.
        descending: Whether the newest or largest comes first.
        blind: The seed of a shuffle in which nothing tells what made a picture; "new" draws one.
    """

    filters: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    text: str = ""
    sort: str = "time"
    descending: bool = True
    blind: int | Literal["new"] | None = None

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> GalleryView:
        """The view that a page asks for.

        Raises:
            BadQuestion: When it cannot be understood.
        """
        filters, text = said.get("filters") or {}, said.get("text") or ""
        sort, blind = said.get("sort") or {"by": "time", "descending": True}, said.get("blind")
        match filters, text, sort:
            case dict(), str(), {"by": str(by), "descending": bool(descending)}:
                pass
            case _:
                raise BadQuestion(f"A view of a gallery was asked for as {shorten(said)}.")
        if not all(isinstance(values, list) for values in filters.values()):
            raise BadQuestion(f"Filters should be lists of values, but are {shorten(filters)}.")
        chosen = {name: tuple(map(plain, values)) for name, values in filters.items() if values}
        return cls(chosen, text, by, descending, _checked_seed(blind))

    def to_json(self) -> dict[str, Any]:
        """The view as a page takes it."""
        return {
            "filters": {name: list(values) for name, values in self.filters.items()},
            "text": self.text,
            "sort": {"by": self.sort, "descending": self.descending},
            "blind": self.blind,
        }

    def of(self, table: PictureTable, found: frozenset[str] | None = None) -> ShownPictures:
        """What it shows of some pictures.

        Args:
            table: All that there are.
            found: The folders of the runs that have its words; None if it has none.
        """
        wanted = {name: frozenset(values) for name, values in self.filters.items()}
        matched, counts = self._matched(table, found, wanted)
        about = (len(table.pictures), table.problems)
        if self.blind is not None:
            seed = secrets.randbelow(2**31) if self.blind == "new" else self.blind
            pictures = _shuffled([table.pictures[n] for n in matched], seed)
            facets = _facets(counts, wanted, ("rating",))
            return ShownPictures(pictures, [""] * len(pictures), facets, (), seed, *about)
        told = [count for name, count in counts.items() if name.startswith("level ")]
        for name in _BEFORE_LEVELS:
            if name not in wanted and counts.get(name) in told:
                del counts[name]  # a factor of the batch says the same
        names = (*_BEFORE_LEVELS, *sorted(set(counts) - _NAMED), *_AFTER_LEVELS)
        facets = _facets(counts, wanted, names)
        sorts = [one["name"] for one in facets if one["name"] not in _SEVERAL]
        order = self._sorted(matched, table.column(self.sort))
        pictures = [table.pictures[n] for n in order]
        captions = table.captions(order)
        return ShownPictures(pictures, captions, facets, ("time", *sorts), None, *about)

    def values(
        self, table: PictureTable, found: frozenset[str] | None, facet: str, contains: str
    ) -> dict[str, Any]:
        """The values of a facet that contain a text, counted as in :meth:`of`, as JSON."""
        others = {name: frozenset(own) for name, own in self.filters.items() if name != facet}
        matched, _ = self._matched(table, found, others)
        part = contains.casefold()
        count = table.count(facet, matched)
        kept = {
            value: number
            for value, number in count.items()
            if value is not None and part in str(value).casefold()
        }
        return _facet(facet, Counter(kept), frozenset())

    def _matched(
        self,
        table: PictureTable,
        found: frozenset[str] | None,
        wanted: Mapping[str, frozenset[FacetValue]],
    ) -> tuple[Sequence[int], dict[str, Counter[FacetValue]]]:
        """The pictures that pass all filters; for each facet, the counts that the others leave."""
        every: Sequence[int] = [
            n for n, one in enumerate(table.pictures) if found is None or one.folder in found
        ]
        missed = {name: table.missing(name, values, every) for name, values in wanted.items()}

        def passing(facet: str = "") -> Sequence[int]:
            out = set().union(*(some for name, some in missed.items() if name != facet))
            return [n for n in every if n not in out] if out else every

        matched = passing()
        names = dict.fromkeys((*table.facets, *wanted))
        counts = {
            name: table.count(name, passing(name) if name in missed else matched) for name in names
        }
        return matched, counts

    def _sorted(self, pictures: Sequence[int], column: Sequence[Any]) -> Sequence[int]:
        if self.sort == "time":
            return pictures if self.descending else pictures[::-1]
        values = {n: column[n][0] if self.sort in _SEVERAL else column[n] for n in pictures}
        there = [n for n in pictures if values[n] is not None]
        there.sort(key=lambda n: _order(values[n]), reverse=self.descending)
        return there + [n for n in pictures if values[n] is None]  # last, either way


@dataclass(frozen=True, slots=True)
class ShownPictures:
    """What a view shows.

    Attributes:
        pictures: In order.
        captions: For each a line that tells it from the others; empty ones while blind.
        facets: Each with its values and how many pictures have them, as JSON.
        sorts: What it can be sorted by.
        blind: The seed of the shuffle; None if it is not blind.
        total: How many pictures there are, those included that are not shown.
        problems: A sentence for each folder that could not be read.
    """

    pictures: Sequence[GalleryPicture]
    captions: Sequence[str]
    facets: list[dict[str, Any]]
    sorts: tuple[str, ...]
    blind: int | None
    total: int
    problems: Sequence[str]

    def columns(self, names: Sequence[Place]) -> dict[str, Any]:
        """The pictures as columns, as JSON.

        Args:
            names: What a page is to call them.
        """
        shown = self.pictures
        return {
            "run_id": _shared(run_id for run_id, _ in names),
            "file": _shared(file for _, file in names),
            "sha256": [one.sha256[:16] for one in shown],
            "media_type": _shared(one.media_type for one in shown),
            "width": [one.width or 0 for one in shown],
            "height": [one.height or 0 for one in shown],
            "rating": [one.rating for one in shown],
            "caption": _shared(self.captions),
        }


def _shuffled(pictures: Iterable[GalleryPicture], seed: int) -> list[GalleryPicture]:
    """The order that a seed gives: it depends on what the pictures are, on nothing else."""
    listed = sorted(pictures, key=lambda one: one.place)
    random.Random(seed).shuffle(listed)
    return listed


def _facets(
    counts: Mapping[str, Counter[FacetValue]],
    wanted: Mapping[str, frozenset[FacetValue]],
    names: Iterable[str],
) -> list[dict[str, Any]]:
    """Facets that tell something: with several values, chosen, or to be filled."""
    found = []
    for name in names:
        count, chosen = counts.get(name, Counter()), wanted.get(name, frozenset())
        told = len(count) - (None in count and name.startswith("level "))  # of another batch
        if told < 2 and not chosen and name != "rating":
            continue
        found.append(_facet(name, count, chosen))
    return found


def _facet(name: str, count: Counter[FacetValue], chosen: frozenset[FacetValue]) -> dict[str, Any]:
    values = _in_order(name, count)
    kept = [value for n, value in enumerate(values) if n < SHOWN_VALUES or value in chosen]
    kept += [value for value in chosen if value not in count]
    long = [value for value in kept if isinstance(value, str) and len(value) > _TWO_LINES]
    said = apart(long) if len(long) > 1 else {}
    words: dict[FacetValue, Any] = {
        value: {"words": short} for value, short in said.items() if "…" in short[:-1]
    }
    told = [{"value": value, "count": count[value], **words.get(value, {})} for value in kept]
    return {"name": name, "values": told, "more": max(0, len(values) - len(kept))}


def _in_order(name: str, count: Counter[FacetValue]) -> list[FacetValue]:
    """Values as they are shown: ratings from the best, numbers by size, else the frequent first."""
    if name == "rating":
        return [value for value in (*range(HIGHEST, -1, -1), None) if value in count]
    values = [value for value, _ in count.most_common()]
    if all(value is None or isinstance(value, int | float) for value in values):
        return sorted(values, key=lambda value: (value is None, value or 0))
    return values


def _shared(texts: Iterable[str]) -> dict[str, Any]:
    places: dict[str, int] = {}
    at = [places.setdefault(text, len(places)) for text in texts]
    return {"values": list(places), "at": at}


def _mapped(column: Sequence[Any], make: Callable[[Any], Any]) -> list[Any]:
    """What ``make`` gives for each value; made once for all that are the same."""
    made = {value: make(value) for value in set(column)}
    return [made[value] for value in column]


def _words(name: str, column: Sequence[Any]) -> list[str]:
    """What values are called in a caption: on a line, numbers with what they are."""

    def word(value: Any) -> str:
        if isinstance(value, tuple):  # of a facet of which there can be several
            value = ", ".join(filter(None, value))
        if isinstance(value, str):
            return " ".join(value.split())
        return "" if value is None else label_of((name,), (value,))

    return _mapped(column, word)


def _order(value: FacetValue) -> tuple[bool, Any]:
    """Numbers before texts."""
    number = isinstance(value, int | float)
    return not number, value if number else str(value).casefold()


def plain(value: Any) -> FacetValue:
    """A value as a page can hold it, and send it back."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < _SAFE_INTEGER else str(value)
    return value if isinstance(value, float | str) else str(value)


def _checked_seed(said: object) -> int | Literal["new"] | None:
    if said is None or said == "new":
        return said
    if type(said) is int and 0 <= said < _SAFE_INTEGER:
        return said
    raise BadQuestion(f"The seed of a shuffle should be a whole number, but is {shorten(said)}.")
