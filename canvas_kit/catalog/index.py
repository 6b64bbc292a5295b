"""The index of an exports folder: an SQLite file in the user's cache folder, made from the records.

The folders are the truth. The index is looked after each time it is asked: days in which nothing
changed are passed over, runs that had not made everything are looked at again by their files (they
may go on, be resumed, or have something fetched), and once a day so are all others. Lost, damaged
or of another version, it is made anew. One process at a time brings it up to date; others wait a
moment, then read it as it stands.

It does not lie beside the records, since these may be on a network drive, where SQLite's
write-ahead log does damage; and each machine has its own, since even a home folder may be one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from platformdirs import user_cache_path

from canvas_kit.catalog.reading import (
    BATCH_COLUMNS,
    PICTURE_COLUMNS,
    RUN_COLUMNS,
    Entry,
    goes_on,
    read_batch,
    read_run,
    stamp_of,
)
from canvas_kit.errors import RecordError
from canvas_kit.logs import logger_for
from canvas_kit.recorder.disk import locked
from canvas_kit.recorder.names import BATCH_PREFIX, RUN_PREFIX

log = logger_for(__name__)
T = TypeVar("T")
Question = Callable[[sqlite3.Connection], T]
Told = Callable[[int, int], None]
"""Is told how many records were read, of how many."""

VERSION = 5
"""Of what is kept and how it is read from a record; raised with every change of either."""
FILE = "records.sqlite"
_COMMIT_EVERY = 5000
_DAY_SECONDS = 24 * 3600
_UNUSED_SECONDS = 90 * _DAY_SECONDS
"""After so long an index that was not used is removed: its exports folder has moved or gone."""
_TICK_SECONDS = 2.0
"""The coarsest clock of a file system: within it, a folder may change once more unseen."""
_BUSY_SECONDS = 60.0
_BUSY_LOOK_SECONDS = 0.02

_SCHEMA = f"""
CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE places (path TEXT PRIMARY KEY, stamp TEXT) WITHOUT ROWID;
CREATE TABLE records (
    id INTEGER PRIMARY KEY, place TEXT, folder TEXT, inode TEXT, stamp TEXT, settled INTEGER,
    fault TEXT, UNIQUE (place, folder)
);
CREATE INDEX unsettled ON records (id) WHERE NOT settled;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, record INTEGER UNIQUE, facts TEXT, status TEXT, batch_id TEXT,
    run_index INTEGER, row TEXT
);
CREATE INDEX runs_of_batches ON runs (batch_id, status, run_index) WHERE batch_id NOT NULL;
CREATE TABLE pictures (
    run INTEGER, number INTEGER, folder TEXT, {", ".join(PICTURE_COLUMNS)},
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE TABLE batches (id INTEGER PRIMARY KEY, record INTEGER UNIQUE, {", ".join(BATCH_COLUMNS)});
CREATE TABLE facts (id INTEGER PRIMARY KEY, key TEXT, value TEXT, UNIQUE (key, value));
CREATE TABLE tagged (fact INTEGER, run INTEGER, PRIMARY KEY (fact, run)) WITHOUT ROWID;
"""
# A run's id is the moment when it began, in microseconds: what is found by a word or a fact then
# comes in the order of time, and a span of time is a range of ids. (Measured on a million runs, the
# newest 50 with a common word: 0.15 ms; sorted by a column of dates, 589 ms.)
_RECORDS = (
    "SELECT records.id, place, folder, inode, stamp, fault, "
    "CASE status WHEN 'running' THEN 1 WHEN 'interrupted' THEN 0 ELSE going_on END FROM records "
    "LEFT JOIN runs ON runs.record = records.id "
    "LEFT JOIN batches ON batches.record = records.id"
)


def ask(
    exports: Path, index_folder: Path | None, question: Question[T], told: Told | None = None
) -> tuple[T, list[str]]:
    """The answer to a question about the records of an exports folder, as they stand now.

    Args:
        exports: The exports folder, which need not exist.
        index_folder: Where indexes lie; None for the user's cache folder.
        question: Asks the index, which it gets as a connection.
        told: Is told how far the making of an index is, which may take a minute.

    Returns:
        The answer, and a sentence for each folder that could not be read.

    Raises:
        RecordError: When the index cannot be used, nor one be made in memory.
    """
    root = exports / "json"
    if not root.is_dir():  # nothing was recorded; or a drive is not there, whose index is kept
        return _ask_in_memory(root, question, told)
    folders = index_folder or user_cache_path("canvas-kit", appauthor=False) / "index"
    mine = f"{platform.node()}\n{root.resolve()}"
    folder = folders / hashlib.sha256(os.fsencode(mine)).hexdigest()[:16]
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            _forget_unused(folders)
        try:
            return _ask_file(folder, root, question, told)
        except sqlite3.DatabaseError as error:
            if _is_busy(error):
                raise
            log.info("the index in %s is made anew: %s", folder, error)
            _remove(folder)
            return _ask_file(folder, root, question, told)
    except (OSError, sqlite3.DatabaseError) as error:
        log.warning(
            "The index of the records cannot be kept in %s: %s. All records are read instead, each "
            "time; name another folder in the settings with index_folder.",
            folder,
            getattr(error, "strerror", None) or error,
        )
        return _ask_in_memory(root, question, told)


def has_full_text_search() -> bool:
    """Whether this SQLite finds words by an index."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        options = {name for (name,) in connection.execute("PRAGMA compile_options")}
    return "ENABLE_FTS5" in options


def _ask_file(
    folder: Path, root: Path, question: Question[T], told: Told | None
) -> tuple[T, list[str]]:
    with contextlib.closing(_open(folder / FILE)) as connection:
        faults: list[str] = []
        while True:
            with locked(folder, shared=False) as held:
                if held is not False:
                    faults = _Indexer(connection, root, told).refresh()
                    break
            if _is_built(connection):
                log.warning(
                    "Another process is bringing the index of the records up to date; what was "
                    "recorded just now may be missing."
                )
                break
            log.warning("Another process is making the index of the records; waiting for it.")
        return _answer(connection, root, question, faults)


def _ask_in_memory(root: Path, question: Question[T], told: Told | None) -> tuple[T, list[str]]:
    try:
        with contextlib.closing(_open(":memory:")) as connection:
            faults = _Indexer(connection, root, told).refresh()
            return _answer(connection, root, question, faults)
    except sqlite3.Error as error:
        raise RecordError(f"The records in {root} cannot be indexed: {error}.") from None


def _answer(
    connection: sqlite3.Connection, root: Path, question: Question[T], faults: list[str]
) -> tuple[T, list[str]]:
    connection.execute("BEGIN")  # what others write meanwhile is not seen in the middle
    unread = connection.execute("SELECT fault FROM records WHERE fault <> '' AND NOT settled")
    answer = question(connection), [*faults, *(fault for (fault,) in unread)]
    connection.execute("ROLLBACK")
    return answer


def _open(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        _write_ahead(connection)
        connection.execute("PRAGMA cache_size=-65536")  # in KiB
        connection.execute("PRAGMA synchronous=NORMAL")  # what a power failure takes is made anew
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Keep a write-ahead log. Of two that make an index at once, SQLite lets neither wait here."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > until:
                raise
        time.sleep(_BUSY_LOOK_SECONDS)


def _form() -> int:
    return 2 * VERSION + has_full_text_search()


def _form_of(connection: sqlite3.Connection) -> int:
    form: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return form


def _is_built(connection: sqlite3.Connection) -> bool:
    """Whether the index is of this version, and was complete once."""
    if _form_of(connection) != _form():
        return False
    looked = connection.execute("SELECT 1 FROM notes WHERE key = 'looked_at_all'")
    return looked.fetchone() is not None


def _remove(folder: Path) -> None:
    with locked(folder, shared=False):
        for path in folder.iterdir():
            path.unlink(missing_ok=True)


def _forget_unused(folders: Path) -> None:
    """Remove the indexes that were not used for long."""
    for file in folders.glob(f"*/{FILE}"):
        with contextlib.suppress(OSError):
            if time.time() - file.stat().st_mtime > _UNUSED_SECONDS:
                shutil.rmtree(file.parent)


def _is_busy(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class _Indexer:
    """Brings an index up to date with the folders. The caller holds its lock."""

    def __init__(self, connection: sqlite3.Connection, root: Path, told: Told | None) -> None:
        self._connection = connection
        self._sql = connection.execute
        self._root = str(root)
        self._told = told
        self._read = self._total = 0
        self._changes = 0
        self._facts: dict[tuple[str, str], int] = {}
        self._faults: list[str] = []
        self._closed: list[str] = []
        """Folders that cannot be looked into now; what lay in them is not taken for removed."""

    def refresh(self) -> list[str]:
        """Take in what was recorded, changed or removed.

        Returns:
            A sentence for each folder that cannot be looked into.

        Raises:
            sqlite3.DatabaseError: When the index is damaged or of another version.
        """
        self._prepare()
        looked = self._sql("SELECT value FROM notes WHERE key = 'looked_at_all'").fetchone()
        now = time.time()
        due = looked is None or not 0 <= now - float(looked[0]) < _DAY_SECONDS
        try:
            self._look_at_places()
            self._look_again(everything=due and looked is not None)
            if due:
                self._change()
                self._sql("REPLACE INTO notes VALUES ('looked_at_all', ?)", (str(now),))
        finally:
            if self._connection.in_transaction:
                self._sql("COMMIT")
        return self._faults

    def _prepare(self) -> None:
        form = _form_of(self._connection)
        if form == _form():
            return
        if form:
            raise sqlite3.DatabaseError(f"it is of another version ({form})")
        search = "VIRTUAL TABLE words USING fts5(text, tokenize='ascii')"
        table = search if has_full_text_search() else "TABLE words (text TEXT)"
        self._connection.executescript(
            f"BEGIN; {_SCHEMA} CREATE {table}; PRAGMA user_version = {_form()}; COMMIT;"
        )

    def _look_at_places(self) -> None:
        """Compare the folders of days and devices with what is known of them."""
        known = dict(self._sql("SELECT path, stamp FROM places"))
        changed = {}
        for day in self._folders_in(""):
            for device in self._folders_in(day.name):
                place = f"{day.name}/{device.name}"
                stamp = _stamp_of_place(f"{self._root}/{place}")
                before = known.pop(place, None)
                if not stamp or before != stamp:
                    changed[place] = (stamp, before)
        records = {place: self._folders_in(place) for place in changed}
        self._total = sum(map(len, records.values()))
        for place, (stamp, before) in changed.items():
            self._look_at_place(place, records.pop(place))
            if before != stamp:
                self._change()
                self._sql("REPLACE INTO places VALUES (?, ?)", (place, stamp))
        for place in known:
            if not any(f"{place}/".startswith(closed) for closed in self._closed):
                for (record,) in self._sql(
                    "SELECT id FROM records WHERE place = ?", (place,)
                ).fetchall():
                    self._forget(record)
                self._change()
                self._sql("DELETE FROM places WHERE path = ?", (place,))

    def _folders_in(self, path: str) -> list[os.DirEntry[str]]:
        """The folders in a folder, links left out, by name."""
        folder = f"{self._root}/{path}" if path else self._root
        try:
            with os.scandir(folder) as entries:
                found = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self._faults.append(f"{folder} cannot be looked into: {error.strerror}.")
            self._closed.append(f"{path}/" if path else "")
            return []
        return sorted(found, key=lambda entry: entry.name)

    def _look_at_place(self, place: str, found: list[os.DirEntry[str]]) -> None:
        """Compare the records found in a folder with what is known of them."""
        known = {
            name: (record, inode)
            for record, name, inode in self._sql(
                "SELECT id, folder, inode FROM records WHERE place = ?", (place,)
            )
        }
        if f"{place}/" in self._closed:
            return
        for entry in found:
            self._read += 1
            if self._told is not None:
                self._told(self._read, self._total)
            if not entry.name.startswith((RUN_PREFIX, BATCH_PREFIX)):
                continue
            try:
                folder = entry.stat(follow_symlinks=False)
            except OSError:
                continue  # removed just now
            # With its time: a folder in another's place often gets the other's inode as well.
            inode = f"{folder.st_ino}.{folder.st_mtime_ns}"
            record, before = known.pop(entry.name, (None, None))
            if before != inode:  # else its files tell whether it has changed
                self._look_at(place, entry.name, inode, record)
        for record, _ in known.values():
            self._forget(record)

    def _look_again(self, *, everything: bool) -> None:
        """Look at the records that may have changed in their place.

        Args:
            everything: Whether those that had made everything are among them.
        """
        records = self._sql(_RECORDS if everything else f"{_RECORDS} WHERE NOT settled").fetchall()
        for record, place, name, inode, stamp, fault, going_on in records:
            folder = f"{self._root}/{place}/{name}"
            if any(f"{place}/".startswith(closed) for closed in self._closed):
                continue
            if (
                fault  # that a file may be read now, its times do not tell
                or stamp_of(folder) != stamp
                or (going_on is not None and goes_on(folder) != bool(going_on))
            ):
                self._look_at(place, name, inode, record)

    def _look_at(self, place: str, name: str, inode: str, record: int | None) -> None:
        """Take a record in, instead of what was known of it."""
        folder = f"{self._root}/{place}/{name}"
        stamp = stamp_of(folder)  # first: what is written while it is read is seen next time
        of_run = name.startswith(RUN_PREFIX)
        entry, fault = None, ""
        try:
            entry = read_run(folder) if of_run else read_batch(folder)
        except RecordError as error:
            fault = str(error)
        kept = self._forget(record) if record is not None else None
        if entry is None and not os.path.isdir(folder):  # noqa: PTH112 -- never raises
            return  # removed just now
        self._change()
        settled = entry is not None and entry.settled
        record = self._sql(
            "INSERT INTO records VALUES (NULL, ?, ?, ?, ?, ?, ?)",
            (place, name, inode, stamp, settled, fault),
        ).lastrowid
        if entry is not None:
            if of_run:
                self._keep_run(record, f"{place}/{name}", entry, kept)
            else:
                self._keep_batch(record, entry)

    def _keep_run(self, record: int | None, folder: str, entry: Entry, kept: int | None) -> None:
        # One that is read again keeps its place among those that began at the same moment.
        same_moment = kept is not None and 0 <= kept - entry.started < 1000
        run = kept if same_moment else self._free_id("runs", entry.started)
        facts = [self._fact(*fact) for fact in entry.facts]
        known = dict(zip(RUN_COLUMNS, entry.row, strict=True))
        asked = (known["status"], known["batch_id"], known["run_index"])
        # The row as one text: of a hundred thousand, most are listed and few looked at.
        self._sql(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)",
            (run, record, json.dumps(facts), *asked, json.dumps(entry.row)),
        )
        self._connection.executemany(
            f"INSERT INTO pictures VALUES (?, ?, ?{', ?' * len(PICTURE_COLUMNS)})",  # noqa: S608
            # Counted downwards: the newest run first, its first picture first, is one order then.
            [(run, -number, folder, *one) for number, one in enumerate(entry.pictures)],
        )
        self._connection.executemany(
            "INSERT INTO tagged VALUES (?, ?)", [(fact, run) for fact in facts]
        )
        self._sql("INSERT INTO words (rowid, text) VALUES (?, ?)", (run, entry.words))

    def _keep_batch(self, record: int | None, entry: Entry) -> None:
        self._sql(
            f"INSERT INTO batches VALUES (?, ?{', ?' * len(BATCH_COLUMNS)})",  # noqa: S608
            (self._free_id("batches", entry.started), record, *entry.row),
        )

    def _free_id(self, table: str, started: int) -> int:
        """An id for what began at this moment: the first free one from there on."""
        while True:
            last = self._sql(
                f"SELECT max(id) FROM {table} WHERE id BETWEEN ? AND ?",  # noqa: S608
                (started, started + 999),
            ).fetchone()[0]
            if last is None:
                return started
            if last < started + 999:
                return int(last) + 1
            started += 1000

    def _fact(self, key: str, value: str) -> int:
        if (known := self._facts.get((key, value))) is not None:
            return known
        found = self._sql("SELECT id FROM facts WHERE key = ? AND value = ?", (key, value))
        if (row := found.fetchone()) is None:
            added = self._sql("INSERT INTO facts (key, value) VALUES (?, ?)", (key, value))
            row = (added.lastrowid,)
        fact = self._facts[key, value] = int(row[0])
        return fact

    def _forget(self, record: int) -> int | None:
        """Remove a record; gives the id that its run had, if it was one."""
        self._change()
        run: int | None = None
        found = self._sql("SELECT id, facts FROM runs WHERE record = ?", (record,)).fetchone()
        if found is not None:
            run, facts = found
            self._connection.executemany(
                "DELETE FROM tagged WHERE fact = ? AND run = ?",
                [(fact, run) for fact in json.loads(facts)],
            )
            self._sql("DELETE FROM words WHERE rowid = ?", (run,))
            self._sql("DELETE FROM pictures WHERE run = ?", (run,))
            self._sql("DELETE FROM runs WHERE id = ?", (run,))
        self._sql("DELETE FROM batches WHERE record = ?", (record,))
        self._sql("DELETE FROM records WHERE id = ?", (record,))
        return run

    def _change(self) -> None:
        """Have a transaction open; a long one is ended now and then, so that others can read."""
        self._changes += 1
        if self._connection.in_transaction and self._changes % _COMMIT_EVERY == 0:
            self._sql("COMMIT")
        if not self._connection.in_transaction:
            self._sql("BEGIN IMMEDIATE")


def _stamp_of_place(folder: str) -> str:
    """What differs when a folder gets or loses a record; empty where that cannot be told yet."""
    try:
        found = Path(folder).stat()
    except OSError:
        return ""
    # A clock that goes wrong, such as a server's, counts as one that is too coarse.
    if time.time() - found.st_mtime < _TICK_SECONDS:
        return ""
    return f"{found.st_ino}.{found.st_mtime_ns}"
