"""What people think of what was made: ratings, tags and notes, as lines of a file beside the run.

``ratings.jsonl`` in the run's folder is only ever appended to. A line is a whole judgement of one
file by one rater; the last one counts, and those before it tell how it came about. It is no part of
the run's journal: a record that is closed stays as it was recorded.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from canvas_kit.errors import RecordError, printable, shorten
from canvas_kit.files import read_start
from canvas_kit.recorder.disk import flush, flush_folder, lock, translated, write_all
from canvas_kit.recorder.entities import now, timestamp
from canvas_kit.recorder.journal import as_json
from canvas_kit.recorder.names import RATINGS
from canvas_kit.settings import Settings
from canvas_kit.values import Entity

HIGHEST = 5
_MOST_TAGS = 50
_MAX_NAME = 100
_MAX_NOTE = 10_000


class Unchanged:
    """Stands for what a judgement keeps as it was."""

    def __repr__(self) -> str:
        return "…"


UNCHANGED: Final = Unchanged()


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater thinks of one file, as it stands.

    Attributes:
        run_id: The run that made it.
        file: The file, as its entity has it.
        rater: Who says so.
        rating: From 0 to 5; None where none was given.
        tags: Words to find it by.
        note: Anything else.
        sha256: Of the file's bytes, as they were judged.
        at: When, as ISO 8601 in UTC.
        blind: Where the rater could not see what made it: the seed of the shuffle, the position in
            it and how many there were; else empty.
    """

    run_id: str
    file: str
    rater: str
    rating: int | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    sha256: str = ""
    at: str = ""
    blind: Mapping[str, int] | None = None

    @property
    def empty(self) -> bool:
        """Whether it says nothing (any more)."""
        return self.rating is None and not self.tags and not self.note

    def to_json(self) -> dict[str, Any]:
        """The judgement as plain JSON-able values."""
        document: dict[str, Any] = {"file": self.file, "sha256": self.sha256, "rater": self.rater}
        document |= {"rating": self.rating, "tags": list(self.tags), "note": self.note}
        document |= {"at": self.at}
        return document | ({"blind": dict(self.blind)} if self.blind else {})


def rater_name(said: str | None = None) -> str:
    """Who rates: as said, else as the settings name the rater, else the name of the login.

    Raises:
        RecordError: When it is no name.
        SettingsError: When the settings cannot be read.
    """
    name = (Settings.load().rater or _login()) if said is None else said
    name = name.strip() if isinstance(name, str) else ""
    if not name or name != printable(name, _MAX_NAME):
        raise RecordError(
            f"A rater should be a name of at most {_MAX_NAME} characters, but is {shorten(said)}."
        )
    return name


def read_ratings(folder: Path, run_id: str, faults: list[str] | None = None) -> list[Rating]:
    """The judgements of a run's files as they stand: for each file and rater the last one.

    Args:
        folder: The run's folder.
        run_id: Its id.
        faults: Gets a sentence for each line that cannot be read. A torn last line is none: its
            writer died before it had said that the rating is kept.

    Raises:
        RecordError: When the system does not let them be read.
    """
    with translated(f"read the ratings in {folder}"):
        try:
            data = read_start(folder / RATINGS)
        except FileNotFoundError:
            return []
    return _standing(data, run_id, faults)


def rate(
    folder: Path,
    run_id: str,
    entity: Entity,
    rater: str,
    *,
    rating: int | Unchanged | None = UNCHANGED,
    tags: Iterable[str] | Unchanged = UNCHANGED,
    note: str | Unchanged = UNCHANGED,
    blind: Mapping[str, int] | None = None,
) -> tuple[Rating, Rating]:
    """Write a rater's judgement of a file down; it is on the disk when this returns.

    Args:
        folder: The run's folder.
        run_id: Its id.
        entity: What is judged.
        rater: Who judges.
        rating: From 0 to 5, or None to take a rating back; left out, it stays as it was.
        tags: All its tags; left out, they stay.
        note: Its note; left out, it stays.
        blind: Where nothing told what made it: the seed of the shuffle and the position in it.

    Returns:
        The judgement before, and as it stands now.

    Raises:
        RecordError: When it is none, or cannot be written.
    """
    given: dict[str, Any] = {}
    if not isinstance(rating, Unchanged):
        given["rating"] = _checked_rating(rating)
    if not isinstance(tags, Unchanged):
        given["tags"] = _checked_tags(tags)
    if not isinstance(note, Unchanged):
        if not isinstance(note, str) or len(note) > _MAX_NOTE:
            raise RecordError(
                f"A note should be a text of at most {_MAX_NOTE:,} characters, but is "
                f"{shorten(note)}."
            )
        given["note"] = note
    with translated(f"write the rating of {entity.file} to {folder / RATINGS}"):
        return _append(folder, Rating(run_id, entity.file, rater), entity.sha256, given, blind)


def write_again(folder: Path, rating: Rating) -> Rating:
    """Have an earlier judgement stand again, as a further line.

    Raises:
        RecordError: When it cannot be written.
    """
    given = {"rating": rating.rating, "tags": rating.tags, "note": rating.note}
    bare = Rating(rating.run_id, rating.file, rating.rater)
    with translated(f"write the rating of {rating.file} to {folder / RATINGS}"):
        return _append(folder, bare, rating.sha256, given, rating.blind)[1]


def mean_rating(ratings: Iterable[Rating]) -> float | None:
    """The mean of the ratings that were given; None where none was."""
    given = [one.rating for one in ratings if one.rating is not None]
    return sum(given) / len(given) if given else None


def tags_of(ratings: Iterable[Rating]) -> list[str]:
    """All tags, each once, in order of the alphabet."""
    return sorted({tag for one in ratings for tag in one.tags})


def _append(
    folder: Path,
    bare: Rating,
    sha256: str,
    given: Mapping[str, Any],
    blind: Mapping[str, int] | None,
) -> tuple[Rating, Rating]:
    """Add a line, with what the last one of this file and rater says of what is not given."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    descriptor = os.open(folder / RATINGS, flags, 0o666)
    try:
        held = lock(descriptor, wait=True)  # two raters at once: each reads what the other wrote
        data = read_start(folder / RATINGS)
        end = data.rfind(b"\n") + 1
        torn = b""
        if end < len(data):
            if held:
                os.ftruncate(descriptor, end)  # a crash tore it; no rater was told that it is kept
            else:
                torn = b"\n"  # or another one is writing it, where there are no locks
        standing = {(one.file, one.rater): one for one in _standing(data, bare.run_id)}
        before = standing.get((bare.file, bare.rater), bare)
        # What is noted later with open eyes does not change how the rating came about.
        blind = blind if blind or "rating" in given else before.blind
        after = replace(before, **given, sha256=sha256, at=timestamp(now()), blind=blind)
        try:
            write_all(descriptor, torn + as_json(after.to_json()) + b"\n")
            flush(descriptor)
        except OSError:
            if held:
                with suppress(OSError):
                    os.ftruncate(descriptor, end)
            raise
    finally:
        os.close(descriptor)
    if not data:
        flush_folder(folder)
    for path in (folder, folder.parent):
        # Says to the index of the records that it should look here again; a day later it does so
        # by itself.
        with suppress(OSError):
            os.utime(path)
    return before, after


def _standing(data: bytes, run_id: str, faults: list[str] | None = None) -> list[Rating]:
    found: dict[tuple[str, str], Rating] = {}
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), start=1):
        try:
            rating = _from_json(run_id, json.loads(line))
        except (ValueError, LookupError, TypeError, RecursionError):
            if faults is not None:
                faults.append(f"Line {number} of {RATINGS} cannot be read.")
            continue
        found[rating.file, rating.rater] = rating
    return [rating for rating in found.values() if not rating.empty]


def _from_json(run_id: str, document: Mapping[str, Any]) -> Rating:
    """A line as a judgement. It may come from elsewhere, and hold anything."""
    rating, tags, blind = document["rating"], document.get("tags", []), document.get("blind")
    texts = [document["file"], document["rater"], *tags]
    texts += [document.get(name, "") for name in ("note", "sha256", "at")]
    if not all(isinstance(text, str) for text in texts) or not isinstance(tags, list):
        raise TypeError("a text is expected")
    if not (rating is None or (type(rating) is int and 0 <= rating <= HIGHEST)):
        raise ValueError("a rating is expected")
    if blind is not None:
        blind = {str(key): int(value) for key, value in blind.items()}
    note, sha256, at = texts[-3:]
    return Rating(run_id, texts[0], texts[1], rating, tuple(tags), note, sha256, at, blind)


def _checked_rating(rating: object) -> int | None:
    number = rating
    if number is not None and not isinstance(number, bool) and hasattr(number, "__index__"):
        number = number.__index__()
    if number is None or (type(number) is int and 0 <= number <= HIGHEST):
        return number
    raise RecordError(
        f"A rating should be a whole number from 0 to {HIGHEST}, or None, but is {shorten(rating)}."
    )


def _checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    listed = [tags] if isinstance(tags, str) else list(tags)
    found = dict.fromkeys(tag.strip() if isinstance(tag, str) else tag for tag in listed)
    for tag in found:
        if not isinstance(tag, str) or not tag or tag != printable(tag, _MAX_NAME):
            raise RecordError(
                f"A tag should be a text on one line of at most {_MAX_NAME} characters, but is "
                f"{shorten(tag)}."
            )
    if len(found) > _MOST_TAGS:
        raise RecordError(f"At most {_MOST_TAGS} tags can be given, but {len(found)} came.")
    return tuple(found)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container whose user has no name
        return "unnamed"
