"""Recorded pictures as a gallery shows them: chosen, counted by facet, sorted or shuffled.

Plain values, made from what the index of the records keeps; nothing is read here.
"""

from __future__ import annotations

import json
import random
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from canvas_kit.catalog.reading import PICTURE_COLUMNS, RATING_COLUMNS, RUN_COLUMNS, level_key
from canvas_kit.errors import shorten
from canvas_kit.recorder.ratings import HIGHEST
from canvas_kit.workbench.methods import BadQuestion

Place = tuple[str, str]
"""A run's id and a file of it."""
FacetValue = str | int | float | bool | None
Row = tuple[Any, str, str]
"""What is kept of a run, as JSON or as it is; of its pictures and its ratings, as JSON."""

SHOWN_VALUES = 100
_SAFE_INTEGER = 2**53
_CAPTION, _CAPTION_PART = 160, 48
_BEFORE_LEVELS = ("prompt", "preset", "model")
_AFTER_LEVELS = (
    "seed", "verdict", "rating", "tag", "rated_by", "status", "batch", "canvas", "node",
)  # fmt: skip
_SEVERAL = ("preset", "tag", "rated_by")
"""Facets of which a picture can have several values, so that it cannot be sorted by them."""


@dataclass(slots=True)
class GalleryPicture:
    """A picture of a run.

    Attributes:
        folder: Where the run lies.
        run_id: The run's id.
        file: The file, as its entity has it.
        sha256: Its hash.
        media_type: Its media type.
        width: In pixels; 0 where it is not known.
        height: In pixels.
        rating: This rater's.
        values: What it has, by facet; nothing where it has none.
    """

    folder: str
    run_id: str
    file: str
    sha256: str
    media_type: str
    width: int
    height: int
    rating: int | None
    values: Mapping[str, Sequence[FacetValue]]

    @property
    def place(self) -> Place:
        """What it is named by."""
        return self.run_id, self.file

    @property
    def caption(self) -> str:
        """A line that tells it apart: its levels, else its prompt."""
        levels = [one for name, one in self.values.items() if name.startswith("level ")]
        told = [shortened(str(value), _CAPTION_PART) for level in levels for value in level]
        return shortened(" · ".join(told) or str(self._first("prompt") or ""), _CAPTION)

    def _first(self, facet: str) -> FacetValue:
        found = self.values.get(facet, ())
        return found[0] if found else None

    def order(self, facet: str) -> tuple[bool, bool, Any]:
        """Where it stands by a facet: what has no value last, numbers before texts."""
        value = self._first(facet)
        number = isinstance(value, int | float)
        return value is None, not number, (value if number else str(value).casefold())


def pictures_of(folder: str, row: Row, rater: str) -> list[GalleryPicture]:
    """The pictures of a run.

    Args:
        folder: Where it lies.
        row: What the index keeps of it.
        rater: Whose ratings are told.
    """
    known, pictures, ratings = row
    told = json.loads(known) if isinstance(known, str) else known
    run = dict(zip(RUN_COLUMNS, told, strict=True))
    of_run: dict[str, Sequence[FacetValue]] = {
        "prompt": _one(run["prompt"]),
        "preset": run["preset"].split(", ") if run["preset"] else (),
        "status": _one(run["status"]),
        "batch": _one(run["batch"] or run["batch_id"]),
        "canvas": _one(run["canvas"]),
    }
    for factor, level in json.loads(run["levels"] or "{}").items():
        if factor != "seed":  # a facet of its own
            of_run[level_key(factor)] = (plain(level),)
    judged = [dict(zip(RATING_COLUMNS, one, strict=True)) for one in json.loads(ratings)]
    found = []
    for values in json.loads(pictures):
        one = dict(zip(PICTURE_COLUMNS, values, strict=True))
        about = [rating for rating in judged if rating["file"] == one["file"]]
        mine = next((rating["rating"] for rating in about if rating["rater"] == rater), None)
        of_picture: dict[str, Sequence[FacetValue]] = {
            "model": _one(one["model"] or run["model"]),
            "seed": _one(one["seed"] if one["seed"] is not None else run["seed"]),
            "verdict": _one(one["verdict"]),
            "node": _one(one["node_id"]),
            "rating": _one(mine),
            "rated_by": [rating["rater"] for rating in about],
            "tag": sorted({tag for rating in about for tag in rating["tags"]}),
        }
        found.append(
            GalleryPicture(
                folder,
                run["run_id"],
                one["file"],
                one["sha256"] or "",
                one["media_type"],
                one["width"] or 0,
                one["height"] or 0,
                mine,
                {**of_run, **of_picture},
            )
        )
    return found


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

    def of(
        self, pictures: Sequence[GalleryPicture], found: frozenset[str] | None = None
    ) -> ShownPictures:
        """What it shows of pictures, newest first.

        Args:
            pictures: All that there are.
            found: The folders of the runs that have its words; None if it has none.
        """
        wanted = {name: frozenset(values) for name, values in self.filters.items()}
        there: dict[str, list[FacetValue]] = {}
        matched = []
        for one in pictures:
            if found is not None and one.folder not in found:
                continue
            failed = [
                name for name, values in wanted.items()
                if values.isdisjoint(one.values.get(name) or (None,))
            ]  # fmt: skip
            if not failed:
                matched.append(one)
                for name, values in one.values.items():
                    there.setdefault(name, []).extend(values or (None,))
            elif len(failed) == 1:  # as if this facet had no filter: what else could be chosen
                (name,) = failed
                there.setdefault(name, []).extend(one.values.get(name) or (None,))
        counts = {name: Counter(values) for name, values in there.items()}
        if self.blind is not None:
            seed = secrets.randbelow(2**31) if self.blind == "new" else self.blind
            return ShownPictures(
                _shuffled(matched, seed), _facets(counts, wanted, ("rating",)), (), seed
            )
        told = [count for name, count in counts.items() if name.startswith("level ")]
        for name in _BEFORE_LEVELS:
            if name not in wanted and counts.get(name) in told:
                del counts[name]  # a factor of the batch says the same
        names = (*_BEFORE_LEVELS, *sorted(set(counts) - _NAMED), *_AFTER_LEVELS)
        facets = _facets(counts, wanted, names)
        sorts = [one["name"] for one in facets if one["name"] not in _SEVERAL]
        return ShownPictures(self._sorted(matched), facets, ("time", *sorts), None)

    def values(
        self,
        pictures: Sequence[GalleryPicture],
        found: frozenset[str] | None,
        facet: str,
        contains: str,
    ) -> dict[str, Any]:
        """The values of a facet that contain a text, counted as in :meth:`of`, as JSON."""
        others = {name: values for name, values in self.filters.items() if name != facet}
        part = contains.casefold()
        count = Counter(
            value
            for one in replace(self, filters=others).of(pictures, found).pictures
            for value in one.values.get(facet, ())
            if part in str(value).casefold()
        )
        return _facet(facet, count, frozenset())

    def _sorted(self, pictures: list[GalleryPicture]) -> list[GalleryPicture]:
        if self.sort == "time":
            return pictures if self.descending else pictures[::-1]
        there = [one for one in pictures if one.values.get(self.sort)]
        there.sort(key=lambda one: one.order(self.sort), reverse=self.descending)
        return there + [one for one in pictures if not one.values.get(self.sort)]


@dataclass(frozen=True, slots=True)
class ShownPictures:
    """What a view shows.

    Attributes:
        pictures: In order.
        facets: Each with its values and how many pictures have them, as JSON.
        sorts: What it can be sorted by.
        blind: The seed of the shuffle; None if it is not blind.
    """

    pictures: list[GalleryPicture]
    facets: list[dict[str, Any]]
    sorts: tuple[str, ...]
    blind: int | None

    def columns(self, names: Sequence[Place]) -> dict[str, Any]:
        """The pictures as columns, as JSON.

        Args:
            names: What a page is to call them.
        """
        shown = self.pictures
        captions = [""] * len(shown) if self.blind is not None else [one.caption for one in shown]
        return {
            "run_id": _shared(run_id for run_id, _ in names),
            "file": _shared(file for _, file in names),
            "sha256": [one.sha256[:16] for one in shown],
            "media_type": _shared(one.media_type for one in shown),
            "width": [one.width for one in shown],
            "height": [one.height for one in shown],
            "rating": [one.rating for one in shown],
            "caption": _shared(captions),
        }


def shortened(text: str, limit: int) -> str:
    """``text`` on one line, cut to ``limit`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


_NAMED = {*_BEFORE_LEVELS, *_AFTER_LEVELS}


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
        if len(count) < 2 and not chosen and name != "rating":
            continue
        found.append(_facet(name, count, chosen))
    return found


def _facet(name: str, count: Counter[FacetValue], chosen: frozenset[FacetValue]) -> dict[str, Any]:
    values = _in_order(name, count)
    kept = [value for n, value in enumerate(values) if n < SHOWN_VALUES or value in chosen]
    kept += [value for value in chosen if value not in count]
    told = [{"value": value, "count": count[value]} for value in kept]
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


def _one(value: Any) -> tuple[FacetValue, ...]:
    return () if value is None or value == "" else (plain(value),)


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
