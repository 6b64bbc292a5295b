"""The index follows the folders, whatever becomes of either."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Settings
from canvas_kit.catalog.index import _open, ask
from canvas_kit.catalog.listing import batches, runs
from canvas_kit.catalog.reading import stamp_of
from canvas_kit.recorder import disk
from canvas_kit.recorder.completing import append_to_journal
from canvas_kit.recorder.leavings import clear
from canvas_kit.recorder.run import find_runs
from tests.catalog.conftest import Find, RunMaker, ids
from tests.catalog.many import make_many


def index_file(tmp_path: Path) -> Path:
    [file] = (tmp_path / "index").glob("*/records.sqlite")
    return file


def spoil(file: Path, start: int, length: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(start)
        opened.write(b"\xa5" * length)


def test_a_run_is_found_as_soon_as_it_was_recorded(make_run: RunMaker, find: Find) -> None:
    """Also where the clock of the file system has not moved on since it was last looked at."""
    made: list[str] = []
    for seed in range(12):
        made.insert(0, make_run(seed=seed).id)
        assert ids(find()) == made


def test_a_run_that_was_removed_is_gone(make_run: RunMaker, find: Find, exports: Path) -> None:
    one, other = make_run(), make_run()
    assert len(find()) == 2
    assert one.folder is not None
    shutil.rmtree(one.folder)
    assert ids(find()) == [other.id]
    shutil.rmtree(exports / "json")
    (exports / "json").mkdir()
    assert ids(find()) == []


def test_a_run_that_took_the_place_of_another_is_seen(
    make_run: RunMaker, find: Find, tmp_path: Path
) -> None:
    """Same name, another folder, as when one is copied back."""
    made = make_run("a boat")
    assert len(find("boat")) == 1
    assert made.folder is not None
    shutil.copytree(made.folder, tmp_path / "copy")
    manifest = tmp_path / "copy" / "metadata.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"seed": 7', b'"seed": 9'))
    shutil.rmtree(made.folder)
    (tmp_path / "copy").rename(made.folder)
    assert [row["seed"] for row in find().to_rows()] == [9]


def test_two_that_make_an_index_at_once_wait_for_each_other(tmp_path: Path) -> None:
    """As the server of a JupyterLab and a gallery of its kernel, when both are opened at first."""
    file = tmp_path / "records.sqlite"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.2, other.close).start()
    with contextlib.closing(_open(file)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


LONG_RUN = """
import sys, time
from canvas_kit import Collector, Engine, Generation, Input, Settings, run
from canvas_kit.backends.scripted import ScriptedBackend

settings = Settings.load(exports=sys.argv[1], media_model="lab/painter")
with Engine(settings, backends={"lab": ScriptedBackend("lab", seconds=600)}) as engine:
    handle = run(Input("a long one") >> Generation() >> Collector(), engine=engine)
    handle.listen(lambda event: print(event, flush=True))
    handle.result()
"""


def started(exports: Path) -> subprocess.Popen[str]:
    """A process whose run waits for its picture; its text is recorded."""
    process = subprocess.Popen(
        [sys.executable, "-c", LONG_RUN, str(exports)], stdout=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if any("01_input.txt" in str(path) for path in exports.rglob("final/*")):
            return process
        time.sleep(0.05)
    process.kill()
    raise AssertionError("the run did not begin")


def test_a_run_is_running_then_interrupted_then_whatever_it_becomes(
    find: Find, exports: Path
) -> None:
    """As its lock tells while it goes on; a kill changes no file, and is seen all the same."""
    process = started(exports)
    try:
        assert [row["status"] for row in find("long one").to_rows()] == ["running"]
        assert len(find(status="running")) == 1
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        assert [row["status"] for row in find().to_rows()] == ["interrupted"]
        assert len(find(status="running")) == 0
    finally:
        process.kill()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()
    folder = find().folders[0]
    # As a run is continued in its own folder: its journal grows, its manifest comes at last.
    append_to_journal(folder / "journal.jsonl", [{"event": "end", "status": "completed"}])
    assert [row["status"] for row in find().to_rows()] == ["completed"]
    assert len(find(status="interrupted")) == 0


def test_what_is_added_to_a_run_later_is_seen(make_run: RunMaker, find: Find) -> None:
    """A picture that was fetched, a failed run that was resumed: days after, in its own folder."""
    made = make_run()
    assert made.folder is not None
    manifest = made.folder / "metadata.json"
    document = json.loads(manifest.read_bytes())
    manifest.write_text(json.dumps(document | {"status": "interrupted"}))
    append_to_journal(made.folder / "journal.jsonl", [{"event": "end", "status": "partial"}])
    for status in ("partial", "failed", "cancelled", "completed"):
        long_ago(made.folder.parent)  # nothing tells of it but the run's own files
        assert len(find()) == 1
        manifest.write_text(json.dumps(document | {"status": status}))
        assert len(find(status=status)) == 1


def long_ago(folder: Path) -> None:
    os.utime(folder, (time.time() - 3600, time.time() - 3600))


def test_days_without_a_change_are_not_looked_into(
    exports: Path, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of the runs in them, only those that had not made everything."""
    make_many(exports, 301, per_day=100)
    for day in (exports / "json").iterdir():
        long_ago(day / "local")
    assert len(find()) == 301
    looked: list[str] = []

    def noted(call: Callable[[str], Any], path: str) -> Any:
        looked.append(str(path))
        return call(path)

    monkeypatch.setattr(os, "scandir", partial(noted, os.scandir))
    monkeypatch.setattr("canvas_kit.catalog.index.stamp_of", partial(noted, stamp_of))
    assert len(find()) == 301
    assert not [path for path in looked if path.endswith("/local")]
    assert sum("canvas_run_" in path for path in looked) == 4


def test_once_a_day_every_run_is_looked_at(
    make_run: RunMaker, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that even a manifest that was changed by hand is seen."""
    made = make_run()
    assert len(find(seed=7)) == 1
    assert made.folder is not None
    long_ago(made.folder.parent)
    find()
    manifest = made.folder / "metadata.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"seed": 7', b'"seed": 99'))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 25 * 3600)
    assert len(find(seed=99)) == 1


def test_what_cleaning_removes_is_gone(make_run: RunMaker, find: Find, exports: Path) -> None:
    """A folder that a crash left empty cannot be read, and is said; then it is no more."""
    made = make_run()
    assert made.folder is not None
    left = made.folder.with_name("canvas_run_20260101_000000_000_00000000")
    left.mkdir()
    found = find()
    assert (ids(found), len(found.unreadable)) == ([made.id], 1)
    assert left.name in found.unreadable[0]
    clear(exports)
    assert find().unreadable == ()
    assert ids(find()) == [made.id]


def test_a_record_that_cannot_be_read_hides_no_other(make_run: RunMaker, find: Find) -> None:
    """Whatever is in it; it is said each time, until it can be read."""
    made = [make_run(seed=seed) for seed in range(3)]
    folder = made[1].folder
    assert folder is not None
    kept = (folder / "metadata.json").read_bytes()
    (folder / "journal.jsonl").unlink()
    for content in (b"", b"{", b"[]", b'{"entities": 5}', b'{"status": "odd", "entities": []}'):
        (folder / "metadata.json").write_bytes(content)
        (folder / "workflow.json").unlink(missing_ok=True)
        shutil.rmtree(folder.parents[3] / ".." / "index", ignore_errors=True)
        for _ in range(2):
            found = find()
            assert ids(found) == [made[2].id, made[0].id]
            assert len(found.unreadable) == 1
            assert folder.name in repr(found)
    (folder / "metadata.json").write_bytes(kept)
    assert ids(find()) == [one.id for one in made[::-1]]
    assert find().unreadable == ()


def test_a_manifest_that_was_lost_or_torn_is_read_from_the_journal(
    make_run: RunMaker, find: Find
) -> None:
    made = make_run("a boat")
    assert made.folder is not None
    before = find("boat").to_rows()
    (made.folder / "metadata.json").write_bytes(b'{"run_id": "2')
    shutil.rmtree(made.folder.parents[3] / ".." / "index", ignore_errors=True)
    assert find("boat").to_rows() == before


def test_a_folder_that_cannot_be_looked_into_is_said_and_keeps_its_runs(
    make_run: RunMaker, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its runs were not removed, and the others are there as ever."""
    made = make_run()
    assert made.folder is not None
    other = made.folder.parents[2] / "2020-01-01" / "local" / "canvas_run_20200101_000000_000_x"
    shutil.copytree(made.folder, other)
    assert len(find()) == 2
    scandir = os.scandir

    def closed(path: str) -> Any:
        if "2020-01-01" in str(path):
            raise PermissionError(errno.EACCES, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    made = make_run(seed=8)
    found = find()
    assert len(found) == 3
    assert [fault for fault in found.unreadable if "2020-01-01" in fault] == list(found.unreadable)
    assert len(found.unreadable) == 1


Damage = Callable[[Path], object]


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.unlink(),
        lambda file: shutil.rmtree(file.parent),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"no database at all, but longer than its head" * 9),
        lambda file: spoil(file, 0, 100),
        lambda file: spoil(file, 4096, 60_000),
        lambda file: os.truncate(file, file.stat().st_size // 2),
        lambda file: _sql(file, "PRAGMA user_version = 77"),
        lambda file: _sql(file, "DROP TABLE tagged"),
        lambda file: (file.unlink(), _sql(file, "CREATE TABLE notes (x)")),
    ],
    ids=["lost", "all lost", "empty", "text", "head", "middle", "cut", "version", "table", "other"],
)
def test_a_damaged_index_is_made_anew(
    make_run: RunMaker, find: Find, tmp_path: Path, damage: Damage
) -> None:
    """Whatever is wrong with it; the answer is the same."""
    for seed in range(3):
        make_run(seed=seed)
    before = find("boat", preset="bauhaus").to_rows()
    assert len(before) == 3
    damage(index_file(tmp_path))
    assert find("boat", preset="bauhaus").to_rows() == before
    assert find("boat", preset="bauhaus").to_rows() == before
    assert _sql(index_file(tmp_path), "PRAGMA integrity_check") == [("ok",)]


def _sql(file: Path, statement: str) -> list[Any]:
    connection = sqlite3.connect(file)
    try:
        with connection:
            return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_an_index_that_cannot_be_kept_is_told_and_answers_all_the_same(
    make_run: RunMaker, find: Find, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where its folder is none, all records are read each time."""
    made = make_run()
    (tmp_path / "index").write_text("a file")
    with caplog.at_level(logging.WARNING):
        assert ids(find("boat")) == [made.id]
    assert "index_folder" in caplog.text


def test_two_names_of_an_exports_folder_share_an_index(
    make_run: RunMaker, settings: Settings, exports: Path, tmp_path: Path
) -> None:
    """And another folder has its own."""
    made = make_run()
    (tmp_path / "link").symlink_to(exports)
    for name in (exports, tmp_path / "link", exports / ".." / "exports"):
        assert ids(runs(exports=name, settings=settings)) == [made.id]
    index_file(tmp_path)
    (tmp_path / "other" / "json").mkdir(parents=True)
    assert len(runs(exports=tmp_path / "other", settings=settings)) == 0
    assert len(list((tmp_path / "index").iterdir())) == 2


def test_an_index_that_was_not_used_for_long_is_removed(
    make_run: RunMaker, find: Find, tmp_path: Path, settings: Settings
) -> None:
    make_run()
    find()
    old = index_file(tmp_path)
    os.utime(old, (1e9, 1e9))
    (tmp_path / "other" / "json").mkdir(parents=True)
    runs(exports=tmp_path / "other", settings=settings)
    assert not old.exists()
    assert len(find()) == 1


def _find_all(exports: Path, index: Path, start: Any, answers: Any) -> None:
    settings = Settings.load(exports=exports, index_folder=index)
    start.wait(60)
    for _ in range(3):
        answers.put(ids(runs(settings=settings)))


def test_processes_that_race_for_an_index_all_find_everything(
    exports: Path, tmp_path: Path
) -> None:
    """None is made twice, none is missing, none waits for ever."""
    make_many(exports, 150, per_day=50)
    context = multiprocessing.get_context("spawn")
    start, answers = context.Event(), context.Queue()
    processes = [
        context.Process(target=_find_all, args=(exports, tmp_path / "index", start, answers))
        for _ in range(3)
    ]
    for process in processes:
        process.start()
    start.set()
    try:
        found = [answers.get(timeout=60) for _ in range(9)]
    finally:
        for process in processes:
            process.join(30)
            process.kill()
    expected = [path.name.removeprefix("canvas_run_") for path in find_runs(exports)][::-1]
    assert all(answer == expected for answer in found)
    assert _sql(index_file(tmp_path), "SELECT count(*) FROM records") == [(150,)]


def test_while_another_process_indexes_others_read(
    make_run: RunMaker,
    find: Find,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The index as it stands, which is said."""
    made = make_run()
    assert len(find()) == 1
    monkeypatch.setattr(disk, "_LOCK_SECONDS", 0.05)
    with disk.locked(index_file(tmp_path).parent, shared=False), caplog.at_level(logging.WARNING):
        late = make_run()
        assert ids(find()) == [made.id]
        assert "may be missing" in caplog.text
    assert ids(find()) == [late.id, made.id]


def test_a_reader_sees_nothing_half_done(make_run: RunMaker, settings: Settings) -> None:
    """What others write while an answer is put together is not in it."""
    make_run()

    def question(index: sqlite3.Connection) -> list[int]:
        first = index.execute("SELECT count(*) FROM runs").fetchone()[0]
        [file] = (settings.index_folder or Path()).glob("*/records.sqlite")
        _sql(file, "DELETE FROM runs")
        return [first, index.execute("SELECT count(*) FROM runs").fetchone()[0]]

    answer, _ = ask(settings.exports, settings.index_folder, question)
    assert answer == [1, 1]


def test_many_runs_of_one_moment_are_all_there(exports: Path, find: Find) -> None:
    """Their ids are moments, and no two may be the same."""
    make_many(exports, 1)
    [first] = find_runs(exports)
    for number in range(1001):
        folder = first.with_name(f"canvas_run_copy_{number}")
        folder.mkdir()
        shutil.copy(first / "metadata.json", folder)
    assert len(find()) == 1002


def test_records_of_others_say_anything(make_run: RunMaker, find: Find) -> None:
    """Types that are wrong, numbers that are too large, halves of characters, links out."""
    made = make_run()
    assert made.folder is not None
    document = json.loads((made.folder / "metadata.json").read_bytes())
    for number, change in enumerate(
        (
            {"started_at": 5, "seed": 2**70, "run_index": "x", "levels": [1], "batch_id": {}},
            {"started_at": "9999-12-31T23:59:59.999+00:00", "canvas": "none", "device_id": None},
            {"started_at": "0001-01-01T00:00:00+14:00", "batch_name": "\ud800", "seed": True},
            {"levels": {"a\ud800": "\udfff", "b": {"c": 1}, "d": 1e400}, "attempt": -(2**80)},
        )
    ):
        folder = made.folder.with_name(f"canvas_run_odd_{number}")
        shutil.copytree(made.folder, folder)
        (folder / "metadata.json").write_text(json.dumps(document | change))
    (made.folder.with_name("canvas_run_link")).symlink_to(made.folder)
    (made.folder.with_name("canvas_run_file")).write_text("no folder")
    found = find()
    assert len(found) == 5
    assert found.unreadable == ()
    assert len(found.to_rows()) == 5
    assert repr(found)
    assert found._repr_html_()
    leaving = made.folder.with_name("canvas_run_leaving")
    shutil.copytree(made.folder, leaving)
    document["entities"][0]["file"] = "final/../../../secret.txt"
    (leaving / "metadata.json").write_text(json.dumps(document))
    (leaving / "journal.jsonl").unlink()
    rows = {row["folder"]: row for row in find().to_rows()}
    assert rows[str(leaving)]["made"] == "0 pictures, 0 texts"


def test_batches_go_on_and_end(make_run: RunMaker, settings: Settings, exports: Path) -> None:
    """As the lock of their journal tells."""
    made = make_run()
    assert made.folder is not None
    folder = made.folder.with_name("canvas_batch_b1")
    folder.mkdir()
    (folder / "batch.json").write_text(json.dumps({"batch_id": "b1", "total_runs": 2}))
    (folder / "journal.jsonl").write_bytes(b"")

    def status() -> str:
        [row] = batches(settings=settings).to_rows()
        return str(row["status"])

    assert status() == "incomplete"
    with (folder / "journal.jsonl").open("ab") as journal:
        disk.lock_for_writing(journal.fileno())
        assert status() == "running"
    assert status() == "incomplete"
    (folder / "batch.json").write_bytes(b"torn")
    (folder / "journal.jsonl").write_bytes(b"x")
    assert len(batches(settings=settings)) == 0
    assert "canvas_batch_b1" in batches(settings=settings).unreadable[0]
