"""Runs and batches that were recorded, found by what they are, as tables of values."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, SupportsIndex, TypeVar, overload

from canvas_kit.batch.batch import Batch
from canvas_kit.catalog.export import export
from canvas_kit.catalog.index import ask
from canvas_kit.catalog.queries import Moment, find_batches, find_runs, span_of, zoned
from canvas_kit.catalog.reading import BATCH_COLUMNS, RUN_COLUMNS, read_run
from canvas_kit.catalog.words import phrases_of, words_of
from canvas_kit.choices import Table
from canvas_kit.display import call
from canvas_kit.errors import QueryError, RecordError, UnknownName, printable_lines, shorten
from canvas_kit.executor.engine import default_engine
from canvas_kit.executor.parameters import whole_number
from canvas_kit.recorder.ratings import HIGHEST
from canvas_kit.recorder.run import Run
from canvas_kit.settings import Settings
from canvas_kit.tables import Library, dataframe
from canvas_kit.values import RunStatus

R = TypeVar("R", Run, Batch)
_SHOWN = 20
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, repr=False)
class Listing(Generic[R]):
    """Records that were found, newest first. Each is read from its folder when its turn comes.

    Attributes:
        exports: The exports folder.
        found: The folder of each, below the exports folder, and what the index knows of it.
        unreadable: A sentence for each folder of the exports that could not be read.
        hint: Why nothing was found, where that can be told.
    """

    exports: Path
    found: tuple[tuple[Any, ...], ...] = ()
    unreadable: tuple[str, ...] = ()
    hint: str = ""

    noun: ClassVar[str]
    shown: ClassVar[tuple[str, ...]]
    """The columns that a table for people has."""

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[R]:
        return (self._open(folder) for folder in self.folders)

    @overload
    def __getitem__(self, position: SupportsIndex) -> R: ...
    @overload
    def __getitem__(self, position: slice) -> Self: ...
    def __getitem__(self, position: SupportsIndex | slice) -> R | Self:
        """One of them, read from its folder now; or some of them, as a shorter table.

        Raises:
            IndexError: When there are fewer.
            RecordError: When its record cannot be read (any more).
        """
        if isinstance(position, slice):
            return replace(self, found=self.found[position])
        return self._open(self._folder(self.found[position]))

    @property
    def folders(self) -> list[Path]:
        """Where each of them lies."""
        return [self._folder(record) for record in self.found]

    def to_rows(self) -> list[dict[str, Any]]:
        """A plain row for each, from the index alone."""
        return [self._row(record) for record in self.found]

    def to_dataframe(self, library: Library = "pandas") -> Any:
        """:meth:`to_rows` as a ``DataFrame`` of pandas or polars.

        Raises:
            MissingPrerequisite: When the library is not installed.
        """
        return dataframe(self.to_rows(), library)

    def export(self, path: str | Path) -> Path:
        """Write them to a file, by its ending.

        A table (``.csv``, ``.parquet``, ``.xlsx``), or everything that was recorded of them, with
        such a table (``.zip``); what has changed since then is said, there and in the log.

        Returns:
            The file.

        Raises:
            QueryError: When it has another ending.
            MissingPrerequisite: When a package for such files is not installed.
            RecordError: When it cannot be written.
        """
        return export(self.to_rows, self.folders, path)

    def cells(self) -> Iterator[tuple[dict[str, Any], list[str]]]:
        """Each row, and what of it people look for, under the titles of ``shown``."""
        for row in map(self._row, self.found):
            yield row, [_cell(name, row) for name in self.shown]

    def __repr__(self) -> str:
        parts = [*([repr(self._table())] if self.found else []), *self._notes()]
        return printable_lines("\n".join(parts))

    def _repr_html_(self) -> str:
        notes = "".join(f"<div>{escape(note)}</div>" for note in self._notes())
        return (self._table()._repr_html_() if self.found else "") + notes

    def _table(self) -> Table[Mapping[str, Any]]:
        rows = [self._row(record) for record in self.found[:_SHOWN]]
        return Table.of(rows, {name: partial(_cell, name) for name in self.shown})

    def _notes(self) -> list[str]:
        notes = []
        if not self.found:
            notes.append(f"No {self.noun} found in {self.exports}. {self.hint}".rstrip())
        elif len(self.found) > _SHOWN:
            notes.append(f"… and {len(self.found) - _SHOWN:,} more {self.noun}")
        notes += [f"! {fault}" for fault in self.unreadable[:_SHOWN]]
        if more := len(self.unreadable) - _SHOWN:
            notes += [f"! … and {more:,} more that cannot be read"] if more > 0 else []
        return notes

    def _folder(self, record: tuple[Any, ...]) -> Path:
        return self.exports / "json" / str(record[0])

    @abstractmethod
    def _open(self, folder: Path) -> R: ...

    @abstractmethod
    def _row(self, record: tuple[Any, ...]) -> dict[str, Any]: ...


class Runs(Listing[Run]):
    """Runs that were found, newest first, as :func:`runs` gives them."""

    __slots__ = ()
    noun = "runs"
    shown = ("started", "status", "made", "seed", "preset", "model", "prompt", "batch", "canvas")

    @classmethod
    def read(cls, folders: Iterable[Path]) -> Self:
        """The runs in these folders of one exports folder, in this order, without the index."""
        found, unreadable, exports = [], [], Path()
        for folder in map(Path.absolute, folders):
            exports = folder.parents[3]
            try:
                row = json.dumps(read_run(str(folder)).row)
                found.append(("/".join(folder.parts[-3:]), row))
            except RecordError as error:
                unreadable.append(str(error))
        return cls(exports, tuple(found), tuple(unreadable))

    def gallery(self) -> Any:
        """Their pictures to be looked through in a cell; see :func:`canvas_kit.gallery`."""
        return call("gallery", self)

    def _open(self, folder: Path) -> Run:
        return Run.open(folder)

    def _row(self, record: tuple[Any, ...]) -> dict[str, Any]:
        known = dict(zip(RUN_COLUMNS, json.loads(record[1]), strict=True))
        levels = json.loads(known.pop("levels") or "{}")
        row = known | {
            "started_at": _datetime(known["started_at"]),
            "ended_at": _datetime(known["ended_at"]),
            "folder": str(self._folder(record)),
        }
        return row | {key: level for key, level in levels.items() if key not in row}


class Batches(Listing[Batch]):
    """Batches that were found, newest first, as :func:`batches` gives them.

    What they say of their runs is counted from the records of these: runs that have ended, and
    among them those that made everything; several attempts at a run count once.
    """

    __slots__ = ()
    noun = "batches"
    shown = ("started", "status", "name", "runs", "canvas", "note")

    def _open(self, folder: Path) -> Batch:
        return Batch.open(folder)

    def _row(self, record: tuple[Any, ...]) -> dict[str, Any]:
        names = (*BATCH_COLUMNS, "ended_runs", "completed_runs")
        known = dict(zip(names, record[1:], strict=True))
        going_on = known.pop("going_on")
        status = "running" if going_on else "incomplete"
        if known["completed_runs"] >= known["total_runs"]:
            status = "complete"
        return known | {
            "status": status,
            "started_at": _datetime(known["started_at"]),
            "tags": json.loads(known["tags"]),
            "folder": str(self._folder(record)),
        }


def runs(
    text: str | None = None,
    *,
    preset: str | None = None,
    model: str | None = None,
    backend: str | None = None,
    status: str | RunStatus | None = None,
    seed: SupportsIndex | None = None,
    batch: str | Batch | None = None,
    device: str | None = None,
    rating: SupportsIndex | None = None,
    tag: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    where: Mapping[str, object] | None = None,
    limit: SupportsIndex | None = None,
    exports: str | Path | None = None,
    settings: Settings | None = None,
) -> Runs:
    """The recorded runs that answer to everything that is asked, newest first.

    ::

        runs("nurse", preset="bauhaus", since="yesterday")
        runs(batch="doctor-nurse", where={"how.preset": "bauhaus"}).to_dataframe()

    Args:
        text: Words in the prompts, in the texts that were made or in what raters noted, in any
            order; the beginning of a word is enough, and neither case nor accents matter. What is
            joined without a space (``"oil-painting"``) has to stand so, side by side.
        preset: A preset of one of its nodes.
        model: A model or output config that was asked for, or that made something.
        backend: A backend that made something.
        status: How it ended, or that it is running.
        seed: Its seed.
        batch: The name or the id of its batch; or a batch.
        device: The device that recorded it.
        rating: The mean rating of something that it made is this or higher.
        tag: A tag that a rater gave something that it made.
        since: It began then or later: a date, ``"yesterday"``, ``"3 days"``, a ``timedelta``, …
        until: It began then or earlier; a day counts whole.
        where: Levels of factors: ``{"prompt.text": "a nurse"}``.
        limit: Only so many of the newest.
        exports: The exports folder, if not the one of the settings.
        settings: The settings; left out, those that hold here.

    Raises:
        QueryError: When the text has no word, or a moment, the rating or the limit is none.
        UnknownName: When there is no such status.
        SettingsError: When the settings cannot be read.
    """
    known = [one.value for one in RunStatus]
    if status is not None and status not in known:
        raise UnknownName("status", str(status), known)
    number = None if seed is None else whole_number(seed)
    if seed is not None and number is None:
        raise QueryError(f"The seed should be a whole number, but is {shorten(seed)}.")
    least = None if rating is None else whole_number(rating)
    if rating is not None and (least is None or not 0 <= least <= HIGHEST):
        raise QueryError(
            f"The rating should be a whole number from 0 to {HIGHEST}, but is {shorten(rating)}."
        )
    facts = {
        "seed": number,
        "rating": least,
        "tag": tag,
        "batch": batch.id if isinstance(batch, Batch) else batch,
        "preset": preset,
        "model": model,
        "backend": backend,
        "status": status,
        "device": device,
    }
    root, index_folder = _place(exports, settings)
    question = partial(
        find_runs,
        text=text,
        facts=facts,
        where=where or {},
        span=span_of(since, until),
        limit=_checked_limit(limit),
    )
    (found, hint), unreadable = ask(root, index_folder, question)
    return Runs(root, tuple(found), tuple(unreadable), hint)


def batches(
    text: str | None = None,
    *,
    device: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    limit: SupportsIndex | None = None,
    exports: str | Path | None = None,
    settings: Settings | None = None,
) -> Batches:
    """The recorded batches that answer to everything that is asked, newest first.

    Args:
        text: Words in the name, the note, the tags or the canvas's name, as :func:`runs` takes.
        device: The device that recorded it.
        since: It began then or later.
        until: It began then or earlier; a day counts whole.
        limit: Only so many of the newest.
        exports: The exports folder, if not the one of the settings.
        settings: The settings; left out, those that hold here.

    Raises:
        QueryError: When the text has no word, or a moment or the limit is none.
        SettingsError: When the settings cannot be read.
    """
    phrases = [f" {phrase}" for phrase in phrases_of(text)] if text is not None else []
    most = _checked_limit(limit)
    root, index_folder = _place(exports, settings)
    records, unreadable = ask(root, index_folder, partial(find_batches, span=span_of(since, until)))
    listing = Batches(root, tuple(records), tuple(unreadable))

    def answers(record: tuple[Any, ...]) -> bool:
        row = dict(zip(BATCH_COLUMNS, record[1:], strict=False))
        texts = (row["name"], row["note"], row["canvas"], *json.loads(row["tags"]))
        words = "".join(f" {word}" for one in texts for word in words_of(one or ""))
        return device in (None, row["device"]) and all(phrase in words for phrase in phrases)

    return replace(listing, found=tuple(filter(answers, listing.found))[:most])


def _place(exports: str | Path | None, settings: Settings | None) -> tuple[Path, Path | None]:
    settings = settings or default_engine().settings
    root = settings.exports if exports is None else Path(exports).expanduser().absolute()
    return root, settings.index_folder


def _checked_limit(limit: SupportsIndex | None) -> int | None:
    number = None if limit is None else whole_number(limit)
    if limit is not None and (number is None or number < 1):
        raise QueryError(f"The limit should be 1 or more, but is {shorten(limit)}.")
    return number


def _datetime(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _cell(name: str, row: Mapping[str, Any]) -> str:
    """A value of a row as people read it."""
    match name:
        case "started":
            moment = row["started_at"]
            return f"{zoned(moment):%Y-%m-%d %H:%M:%S}" if moment else ""
        case "runs":
            return f"{row['completed_runs']} of {row['total_runs']}"
    value = row[name]
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
