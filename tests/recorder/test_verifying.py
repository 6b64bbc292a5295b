"""Whatever changed in a record is found and named; one that cannot be read hides no other."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Batch, Canvas, Collector, Generation, Input, Interception, Run, run_batch
from canvas_kit.batch.state import find_batches
from canvas_kit.errors import RecordError
from canvas_kit.executor.engine import Engine
from canvas_kit.recorder.run import find_runs
from canvas_kit.values import RunStatus

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and locks")


@pytest.fixture
def batch(engine: Engine) -> Batch:
    chain = Input("x") >> Interception(instructions="c") >> Generation() >> Collector()
    return run_batch(Canvas.of(chain), count=3, base_seed=1, engine=engine).result(30)


@pytest.fixture
def folder(batch: Batch) -> Path:
    """Of the batch's first run."""
    found = batch.runs[0].folder
    assert found is not None
    return found


def edit(path: Path, change: Callable[[Any], object]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def edit_line(path: Path, number: int, data: bytes) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number] = data
    path.write_bytes(b"".join(lines))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a changed file": (
        lambda folder: (folder / "final/01_input.txt").write_text("y"),
        "final/01_input.txt has changed",
    ),
    "an emptied file": (
        lambda folder: (folder / "final/03_generation.png").write_bytes(b""),
        "final/03_generation.png has been emptied",
    ),
    "a missing file": (
        lambda folder: (folder / "final/03_generation.png").unlink(),
        "final/03_generation.png is missing",
    ),
    "a file more": (
        lambda folder: (folder / "final/04_more.png").write_bytes(b"x"),
        "final/04_more.png lies there",
    ),
    "a file more beside": (
        lambda folder: (folder / "more.txt").write_bytes(b"x"),
        "more.txt lies there",
    ),
    "a changed canvas": (
        lambda folder: edit(folder / "workflow.json", lambda it: it.update(name="other")),
        "workflow.json has changed",
    ),
    "no canvas": (lambda folder: (folder / "workflow.json").unlink(), "workflow.json is missing"),
    "an edited seed": (
        lambda folder: edit(folder / "metadata.json", lambda it: it.update(seed=99)),
        "'seed' differs",
    ),
    "an edited status": (
        lambda folder: edit(folder / "metadata.json", lambda it: it.update(status="partial")),
        "'status' differs",
    ),
    "an entity taken out of the manifest": (
        lambda folder: edit(folder / "metadata.json", lambda it: it["entities"].pop()),
        "'entities' differs",
    ),
    "a torn manifest": (
        lambda folder: (folder / "metadata.json").write_text('{"entities":'),
        "metadata.json cannot be read",
    ),
    "no manifest": (
        lambda folder: (folder / "metadata.json").unlink(),
        "metadata.json is missing",
    ),
    "no journal": (lambda folder: (folder / "journal.jsonl").unlink(), "journal.jsonl is missing"),
    "an emptied journal": (
        lambda folder: (folder / "journal.jsonl").write_bytes(b""),
        "does not tell of the run's end",
    ),
    "a journal without its end": (
        lambda folder: edit_line(folder / "journal.jsonl", -1, b""),
        "does not tell of the run's end",
    ),
    "a torn journal": (
        lambda folder: (folder / "journal.jsonl").open("ab").write(b'{"event'),
        "last line of journal.jsonl is torn",
    ),
    "a bad line in mid-journal": (
        lambda folder: edit_line(folder / "journal.jsonl", 2, b"\0\0\0\n"),
        "Line 3 of journal.jsonl cannot be read",
    ),
    "a deep line in mid-journal": (
        lambda folder: edit_line(folder / "journal.jsonl", 2, b"[" * 99_999 + b"\n"),
        "Line 3 of journal.jsonl cannot be read",
    ),
}


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of the damages, which close nothing
@pytest.mark.parametrize("case", DAMAGES)
def test_a_damage_is_found_and_named(batch: Batch, folder: Path, case: str) -> None:
    """By the run and by the batch; the other runs stand."""
    assert batch.folder is not None
    assert batch.verify() == []
    damage, words = DAMAGES[case]
    damage(folder)
    faults = Run.open(folder).verify()
    assert any(words in fault for fault in faults), faults
    told = Batch.open(batch.folder).verify()
    assert any(fault.startswith("run 0: ") and words in fault for fault in told)
    assert all(fault.startswith("run 0: ") for fault in told)


@pytest.mark.parametrize("damage", [b"\0\0\0\n", b"{}\n", b"[" * 99_999 + b"\n"])
def test_a_bad_line_in_a_journal_alone_is_told(folder: Path, damage: bytes) -> None:
    """Without a manifest, the lines behind it count, and verify says that one cannot be read."""
    (folder / "metadata.json").unlink()
    whole = Run.open(folder)
    lines = (folder / "journal.jsonl").read_bytes().splitlines()
    number = next(n for n, line in enumerate(lines) if b'"entity"' in line)
    edit_line(folder / "journal.jsonl", number, damage)
    found = Run.open(folder)
    assert found.entities == whole.entities[1:]
    assert found.verify() != []


BATCH_DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "an edited manifest": (
        lambda folder: edit(folder / "batch.json", lambda it: it.update(base_seed=7)),
        "batch.json has changed",
    ),
    "a changed canvas": (
        lambda folder: edit(folder / "workflow.json", lambda it: it.update(name="other")),
        "workflow.json has changed",
    ),
    "no journal": (lambda folder: (folder / "journal.jsonl").unlink(), "journal.jsonl is missing"),
    "a torn journal": (
        lambda folder: (folder / "journal.jsonl").open("ab").write(b'{"event'),
        "last line of journal.jsonl is torn",
    ),
    "a bad line": (
        lambda folder: edit_line(folder / "journal.jsonl", 1, b"\0\n"),
        "Line 2 of journal.jsonl cannot be read",
    ),
    "no first line": (
        lambda folder: edit_line(folder / "journal.jsonl", 0, b""),
        "does not begin as that of a batch",
    ),
    "another status": (
        lambda folder: (folder / "journal.jsonl").write_text(
            (folder / "journal.jsonl").read_text().replace("completed", "failed", 1)
        ),
        "(failed, seed",
    ),
}


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("case", BATCH_DAMAGES)
def test_a_damage_of_a_batch_is_found_and_named(batch: Batch, case: str) -> None:
    """Its own files, and what it says of its runs."""
    assert batch.folder is not None
    damage, words = BATCH_DAMAGES[case]
    damage(batch.folder)
    opened = Batch.open(batch.folder)
    for faults in (opened.verify(), opened.verify_alone()):
        assert any(words in fault for fault in faults), faults


def command(*arguments: str | Path, what: str = "runs") -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "canvas_kit.cli", what, *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_names_the_run_and_its_exit_status_is_true(batch: Batch, folder: Path) -> None:
    """For all records, for a batch with its runs, for one run."""
    assert batch.folder is not None
    exports = folder.parents[3]
    assert command("--verify", "--exports", exports).returncode == 0
    edit(batch.folder / "batch.json", lambda it: it.update(base_seed=7))
    edit(folder / "metadata.json", lambda it: it.update(seed=99))
    for arguments in (["--exports", exports], [batch.folder]):
        done = command("--verify", *arguments)
        assert done.returncode == 1
        assert f"! {folder.name}: metadata.json is not what journal.jsonl tells" in done.stderr
        assert f"! {batch.folder.name}: batch.json has changed." in done.stderr
        assert len(done.stderr.splitlines()) == 3  # the batch also knows the run's right seed
    done = command("--verify", folder, "--json")
    assert done.returncode == 1
    assert "'seed' differs" in json.loads(done.stdout)["faults"][0]


def _pipe(name: str) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        for one in ("metadata.json", name):
            (folder / one).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return make


UNREADABLE: dict[str, Callable[[Path], object]] = {
    "a pipe for a journal": _pipe("journal.jsonl"),
    "nothing but a wrong journal": lambda folder: [
        (folder / name).write_bytes(b'{"event":"run","nodes":[1]}\n')
        for name in ("metadata.json", "journal.jsonl")
    ],
    "numbers without end": lambda folder: [
        (folder / name).write_bytes(b'{"event":"run","run_id":"r","nodes":{"a":1e999}}\n')
        for name in ("metadata.json", "journal.jsonl")
    ],
}


@POSIX
@pytest.mark.parametrize("case", UNREADABLE)
def test_a_run_that_cannot_be_read_hides_no_other(batch: Batch, folder: Path, case: str) -> None:
    """It is named; the others are listed."""
    UNREADABLE[case](folder)
    with pytest.raises(RecordError):
        Run.open(folder)
    done = command("--verify", "--exports", folder.parents[3])
    assert done.returncode == 1
    assert folder.name in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.count("canvas_run_") == 2
    listed = command("--exports", folder.parents[3], what="batches")
    assert folder.name in listed.stderr
    assert listed.stdout.count("canvas_batch_") == 1


def test_half_a_character_in_a_record_hides_no_other(batch: Batch, folder: Path) -> None:
    """No encoding has it; the list is printed all the same."""
    edit(folder / "metadata.json", lambda it: it.update(run_id="\ud800"))
    done = command("--verify", "--json", "--exports", folder.parents[3])
    assert done.returncode == 1
    assert "'run_id' differs" in done.stderr
    listed = json.loads(done.stdout)
    assert len({one["run_id"] for one in listed}) == len(listed) == 3


@POSIX
@pytest.mark.parametrize("name", ["metadata.json", "workflow.json", "final/01_input.txt"])
def test_a_pipe_in_a_record_is_waited_for_by_none(folder: Path, name: str) -> None:
    """Neither in listing nor in verifying; it is named."""
    (folder / name).unlink()
    os.mkfifo(folder / name)
    done = command("--verify", "--exports", folder.parents[3])
    assert done.returncode == 1
    assert name in done.stderr
    assert done.stdout.count("canvas_run_") == 3


@POSIX
@pytest.mark.parametrize(
    "content",
    [b"[" * 99_999, b'{"total_runs": 1e999, "batch_id": "b"}', None],
    ids=["nested without end", "a number without end", "a pipe"],
)
def test_a_batch_that_cannot_be_read_hides_no_other(batch: Batch, content: bytes | None) -> None:
    """Deep, endless or a pipe."""
    assert batch.folder is not None
    (batch.folder / "batch.json").unlink()
    if content is None:
        os.mkfifo(batch.folder / "batch.json")
    else:
        (batch.folder / "batch.json").write_bytes(content)
    with pytest.raises(RecordError):
        Batch.open(batch.folder)
    done = command("--exports", batch.folder.parents[3])
    assert done.returncode == 1
    assert batch.folder.name in done.stderr
    assert done.stdout.count("canvas_run_") == 3


def test_a_folder_that_cannot_be_looked_into_hides_no_other(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said which."""
    assert batch.folder is not None
    device = batch.folder.parent
    closed = device.with_name("closed")
    closed.mkdir()
    real = os.scandir

    def scandir(path: Any) -> Iterator[os.DirEntry[str]]:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with caplog.at_level(logging.WARNING):
        assert len(find_runs(device.parents[2])) == 3
        assert find_batches(device.parents[2]) == [batch.folder]
    assert f"{closed} cannot be looked into: Permission denied" in caplog.text


@POSIX
def test_a_run_in_a_folder_that_cannot_be_searched_is_a_clear_error(folder: Path) -> None:
    """Where its name is seen, but nothing of it."""
    code = (
        "import os, sys; from canvas_kit import Run; from canvas_kit.errors import RecordError\n"
        "from canvas_kit.recorder.run import find_runs\n"
        "os.geteuid() or os.seteuid(65534)\n"
        "assert len(find_runs(sys.argv[2])) == 3\n"
        "try: Run.open(sys.argv[1])\n"
        "except RecordError as error: print(error)"
    )
    for above in folder.parents:
        if above == Path(above.anchor) or above.stat().st_uid != os.getuid():
            break
        above.chmod(0o755)
    folder.parent.chmod(0o744)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder), str(folder.parents[3])],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        folder.parent.chmod(0o755)
    assert "Permission denied" in done.stdout, done.stderr


@POSIX
def test_two_readers_of_a_dead_run_agree(folder: Path) -> None:
    """Each asks for the lock of the journal, and takes no other for its writer."""
    (folder / "metadata.json").unlink()
    edit_line(folder / "journal.jsonl", -1, b"")
    seen: set[RunStatus] = set()
    readers = [
        threading.Thread(target=lambda: seen.update(Run.open(folder).status for _ in range(200)))
        for _ in range(4)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert seen == {RunStatus.INTERRUPTED}


def test_a_killed_batch_finds_the_runs_that_ended_past_midnight(batch: Batch) -> None:
    """In the folders of the days that followed; also one whose manifest was never written."""
    assert batch.folder is not None
    first, second, third = (summary.folder for summary in batch.runs)
    assert first
    assert second
    assert third
    edit_line(batch.folder / "journal.jsonl", -1, b"")
    edit_line(batch.folder / "journal.jsonl", -1, b"")
    edit_line(batch.folder / "journal.jsonl", -1, b"")
    assert Batch.open(batch.folder).runs == batch.runs
    tomorrow = batch.folder.parents[1].with_name("2999-01-01") / batch.folder.parent.name
    tomorrow.mkdir(parents=True)
    third.rename(tomorrow / third.name)
    (second / "metadata.json").unlink()
    found = Batch.open(batch.folder).runs
    assert [one.run_id for one in found] == [one.run_id for one in batch.runs]
    assert [one.status for one in found] == [one.status for one in batch.runs]
    assert found[2].folder == tomorrow / third.name
    (second / "journal.jsonl").write_bytes(
        b"".join((second / "journal.jsonl").read_bytes().splitlines(keepends=True)[:-1])
    )
    assert [one.index for one in Batch.open(batch.folder).runs] == [0, 2]
