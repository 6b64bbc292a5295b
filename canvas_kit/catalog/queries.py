"""Questions to the index, and how moments are said."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from canvas_kit.catalog.index import has_full_text_search
from canvas_kit.catalog.reading import BATCH_COLUMNS, PICTURE_COLUMNS, level_key, level_text
from canvas_kit.catalog.words import phrases_of
from canvas_kit.errors import QueryError, name_hint, shorten

Moment = str | date | datetime | timedelta
"""A moment: a datetime, a day, how long ago, or words such as ``"yesterday"`` and ``"3 days"``."""

_SPAN = re.compile(r"(\d+)\s*(minute|hour|day|week|min|h|d|w)s?(?:\s+ago)?")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
"""By the first letter of the word for it."""
_MOST_ASKED = 50
"""SQLite joins 64 tables at the most."""
_FOLDER = "place || '/' || records.folder"
_FIRST, _LAST = -(2**62), 2**62


def find_runs(
    index: sqlite3.Connection,
    *,
    text: str | None,
    facts: Mapping[str, object],
    where: Mapping[str, object],
    span: tuple[int, int],
    limit: int | None,
) -> tuple[list[tuple[object, ...]], str]:
    """The runs that answer to all that is asked, newest first.

    Args:
        index: The index.
        text: Words to look for.
        facts: Values by the names of facts; None asks nothing.
        where: Levels by their factors.
        span: The first and the last moment.
        limit: At the most so many.

    Returns:
        Their folders below the exports folder and what is kept of each, as JSON; where there are
        none because nothing has such a value, which values there are, in a sentence.

    Raises:
        QueryError: When there is no word in the text, or too much is asked.
    """
    asked = [(level_key(level_text(factor)), level_text(level)) for factor, level in where.items()]
    # The rarest first, from experience: each row of the first table is looked up in the others.
    asked += [(key, level_text(value)) for key, value in facts.items() if value is not None]
    phrases = phrases_of(text) if text is not None else []
    if len(asked) + len(phrases) > _MOST_ASKED:
        raise QueryError(f"More than {_MOST_ASKED} things cannot be asked at once.")
    tables, conditions, values, ids = ["runs"], [], [], "runs.id"
    for number, fact in enumerate(asked):
        known = index.execute("SELECT id FROM facts WHERE key = ? AND value = ?", fact).fetchone()
        if known is None:
            return [], _known_values(index, *fact)
        tables.insert(number, f"tagged AS t{number}")
        conditions.append(f"t{number}.fact = ? AND t{number}.run = {{ids}}")
        values.append(known[0])
    if phrases:
        tables.insert(0, "words")
        found, given = _matching(phrases)
        conditions += found
        values += given
    first = tables[0]
    ids = {"words": "words.rowid", "runs": "runs.id"}.get(first, "t0.run")
    if first != "runs":
        conditions.append("runs.id = {ids}")
    conditions.append("{ids} BETWEEN ? AND ?")
    query = (
        f"SELECT {_FOLDER}, row "  # noqa: S608 -- names of ours
        f"FROM {' CROSS JOIN '.join(tables)} CROSS JOIN records ON records.id = runs.record "
        f"WHERE {' AND '.join(conditions)} ORDER BY {{ids}} DESC LIMIT ?"
    ).replace("{ids}", ids)
    rows = index.execute(
        query, (*values, *span, -1 if limit is None else min(limit, _LAST))
    ).fetchall()
    return rows, ""


def find_pictures(
    index: sqlite3.Connection,
    *,
    root: str,
    batch_id: str | None,
    folders: Sequence[str] | None,
    text: str | None,
) -> list[tuple[Any, ...]]:
    """The pictures of runs, newest first.

    Args:
        index: The index.
        root: The folder of the days, in which the folders of the runs are.
        batch_id: Only those of this batch.
        folders: Only those of the runs in these folders, below the exports folder.
        text: Words to look for.

    Returns:
        Of each the folder of its run, and what PICTURE_COLUMNS says.

    Raises:
        QueryError: When there is no word in the text.
    """
    conditions, values = ["TRUE"], list[object]([root])
    if text is not None:
        found, given = _matching(phrases_of(text))
        conditions.append(f"run IN (SELECT rowid FROM words WHERE {' AND '.join(found)})")  # noqa: S608
        values += given
    if batch_id is not None:
        conditions.append("run IN (SELECT id FROM runs WHERE batch_id = ?)")
        values.append(batch_id)
    if folders is not None:
        conditions.append("folder IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(list(folders)))
    return index.execute(
        f"SELECT ? || '/' || folder, {', '.join(PICTURE_COLUMNS)} FROM pictures "  # noqa: S608 -- names of ours
        f"WHERE {' AND '.join(conditions)} ORDER BY run DESC, number DESC",
        values,
    ).fetchall()


def _matching(phrases: Sequence[str]) -> tuple[list[str], list[str]]:
    """The conditions under which a row of the words has all phrases, and their values."""
    if has_full_text_search():
        return ["words MATCH ?"], [" ".join(f'"{phrase}" *' for phrase in phrases)]
    return ["instr(' ' || words.text, ?)"] * len(phrases), [f" {phrase}" for phrase in phrases]


def find_batches(index: sqlite3.Connection, span: tuple[int, int]) -> list[tuple[object, ...]]:
    """The batches that began in a span of time, newest first.

    Returns:
        Their folders below the exports folder, what is kept of each, how many of their runs have
        ended and how many of these made everything; several attempts at a run count once.
    """
    return index.execute(
        f"SELECT {_FOLDER}, {_named('batches', BATCH_COLUMNS)}, "  # noqa: S608 -- names of ours
        "(SELECT count(DISTINCT run_index) FROM runs WHERE runs.batch_id = batches.batch_id "
        "AND runs.status NOT IN ('running', 'interrupted')), "
        "(SELECT count(DISTINCT run_index) FROM runs WHERE runs.batch_id = batches.batch_id "
        "AND runs.status = 'completed') "
        "FROM batches JOIN records ON records.id = batches.record "
        "WHERE batches.id BETWEEN ? AND ? ORDER BY batches.id DESC",
        span,
    ).fetchall()


def span_of(since: Moment | None, until: Moment | None) -> tuple[int, int]:
    """Two moments, both included, as they are compared; a day that ends a span counts whole.

    Raises:
        QueryError: When one of them is none.
    """
    first = _FIRST if since is None else _microseconds(_moment("since", since, last=False))
    last = _LAST if until is None else _microseconds(_moment("until", until, last=True))
    return first, last


def _moment(name: str, said: Moment, *, last: bool) -> datetime:
    """A moment; of a day, the beginning, or the end if it is the last one."""
    now = datetime.now().astimezone()
    day: date | None = None
    match said:
        case datetime():
            return zoned(said)
        case date():
            day = said
        case timedelta() if timedelta() <= said <= now - zoned(datetime.min):
            return now - said
        case str():
            words = said.strip().lower()
            if words in ("today", "yesterday"):
                day = now.date() - timedelta(days=words == "yesterday")
            elif span := _SPAN.fullmatch(words):
                try:
                    return now - int(span[1]) * _UNITS[span[2][0]]
                except OverflowError:
                    pass
            else:
                try:
                    day = date.fromisoformat(words)
                except ValueError:
                    try:
                        return zoned(datetime.fromisoformat(words))
                    except ValueError:
                        pass
    if day is None:
        raise QueryError(
            f"{name} should be a moment, but is {shorten(said)}. Say a date ('2026-03-01', with or "
            "without a time), 'today', 'yesterday', or how long ago ('3 days', '2 hours')."
        )
    return zoned(datetime.combine(day, time.max if last else time.min))


def zoned(moment: datetime) -> datetime:
    """A moment with its zone; without one it is meant as the clock on the wall has it."""
    try:
        return moment.astimezone()
    except (ValueError, OverflowError):  # at either end of time
        return moment.replace(tzinfo=UTC)


def _microseconds(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def _known_values(index: sqlite3.Connection, key: str, value: str) -> str:
    """What to say where no run has this value: which values there are."""
    known = index.execute(
        "SELECT value FROM facts WHERE key = ? AND id IN (SELECT fact FROM tagged) LIMIT 500",
        (key,),
    )
    name = key.removeprefix("level ")
    values = [value for (value,) in known]
    if not values and name != key:
        factors = index.execute(
            "SELECT DISTINCT key FROM facts WHERE key LIKE 'level %' "
            "AND id IN (SELECT fact FROM tagged) LIMIT 500"
        )
        known_factors = [factor.removeprefix("level ") for (factor,) in factors]
        return f"No run has the factor {name!r}. {name_hint(name, known_factors)}"
    if key == "rating":
        return f"Nothing is rated {value} or higher."
    what = f"the {name} {value!r}" if name == key else f"the level {value!r} of {name!r}"
    return f"No run has {what}. {name_hint(value, values)}"


def _named(table: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)
