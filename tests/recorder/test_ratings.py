"""Ratings are lines beside the run: the last one of each rater counts, and none is ever lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from canvas_kit import (
    Batch,
    Canvas,
    Collector,
    Generation,
    Input,
    Interception,
    Run,
    continue_run,
    run,
    run_batch,
    runs,
)
from canvas_kit.errors import QueryError, RecordError, UnknownName
from canvas_kit.executor.engine import Engine
from canvas_kit.recorder import ratings as log_of_ratings
from canvas_kit.recorder.leavings import clear
from canvas_kit.recorder.ratings import Rating, rate, read_ratings
from canvas_kit.settings import Settings

ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)


@pytest.fixture(autouse=True)
def _rater(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANVAS_KIT_RATER", "anna")


@pytest.fixture
def made(engine: Engine) -> Run:
    chain = Input("a boat", id="prompt") >> Interception("bauhaus", id="how") >> Generation()
    return run(chain >> Collector(), engine=engine, seed=7).result(30)


@pytest.fixture
def batch(engine: Engine) -> Batch:
    chain = Input("x") >> Generation() >> Collector()
    return run_batch(Canvas.of(chain), count=3, base_seed=1, engine=engine).result(30)


def folder_of(made: Run) -> Path:
    assert made.folder is not None
    return made.folder


def lines_of(made: Run) -> list[dict[str, Any]]:
    text = (folder_of(made) / "ratings.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_rating_is_a_line_that_tells_all(made: Run) -> None:
    """File, hash, rater, rating, tags, note and time; the run gives it back as a value."""
    picture = made.images[0]
    told = made.rate(picture, 4, tags=["warm light", "warm light"], note="Hände? ✋")
    (line,) = lines_of(made)
    assert line["at"].endswith("+00:00")
    assert {**line, "at": ""} == {
        "file": picture.file,
        "sha256": picture.sha256,
        "rater": "anna",
        "rating": 4,
        "tags": ["warm light"],
        "note": "Hände? ✋",
        "at": "",
    }
    assert made.ratings == (told,) == Run.open(folder_of(made)).ratings


def test_what_is_left_out_stays_and_nothing_is_overwritten(made: Run) -> None:
    """A new rating keeps tags and note; each change is a further line; None takes it back."""
    made.rate(made.images[0], 2, tags="dull")
    made.rate(made.images[0].file, 5)
    made.rate(made.images[0], rater="ben", note="agreed")
    made.rate("03_generation.png", None)
    made.rate(made.images[0], tags=())
    assert [(one.rater, one.rating, one.tags, one.note) for one in made.ratings] == [
        ("ben", None, (), "agreed")
    ]
    assert [line["rating"] for line in lines_of(made)] == [2, 5, None, None, None]
    assert [line["tags"] for line in lines_of(made)] == [["dull"]] * 2 + [[], ["dull"], []]


@pytest.mark.parametrize("wrong", [6, -1, 2.5, "4", True])
def test_what_is_no_rating_is_refused_and_nothing_written(made: Run, wrong: Any) -> None:
    with pytest.raises(RecordError, match="whole number from 0 to 5, or None"):
        made.rate(made.images[0], wrong)
    assert not (folder_of(made) / "ratings.jsonl").exists()


def test_tags_notes_and_names_are_checked(made: Run) -> None:
    with pytest.raises(RecordError, match="tag should be"):
        made.rate(made.images[0], tags=["two\nlines"])
    with pytest.raises(RecordError, match="note should be"):
        made.rate(made.images[0], note="x" * 10_001)
    with pytest.raises(RecordError, match="rater should be"):
        made.rate(made.images[0], 3, rater=" ")
    with pytest.raises(UnknownName, match=r"final/03_generation\.png"):
        made.rate("final/03_generation.jpg", 3)


def test_a_run_in_memory_says_why_it_cannot_be_rated(engine: Engine) -> None:
    chain = Input("x") >> Generation() >> Collector()
    held = run(chain, engine=engine, record=False).result(30)
    with pytest.raises(RecordError, match="was not recorded, so no rating"):
        held.rate(held.images[0], 3)
    assert held.ratings == ()


def test_the_record_stays_whole(made: Run, tmp_path: Path, exports: Path) -> None:
    """Verifying, clearing up and moving the exports folder find nothing amiss; zips take it."""
    made.rate(made.images[0], 4)
    assert made.verify() == []
    assert clear(exports).removed == ()
    moved = tmp_path / "elsewhere"
    shutil.copytree(exports, moved)
    again = Run.open(moved / folder_of(made).relative_to(exports))
    assert again.ratings == made.ratings
    assert again.verify() == []


def test_a_run_that_is_gone_on_with_keeps_its_ratings(engine: Engine, made: Run) -> None:
    (folder_of(made) / "metadata.json").unlink()
    made.rate(made.images[0], 4)
    finished = continue_run(folder_of(made), engine=engine).result(30)
    assert [one.rating for one in finished.ratings] == [4]
    assert finished.verify() == []


def test_a_torn_last_line_hides_nothing_and_stays_no_fault(made: Run) -> None:
    """A crash while a rating was written: those before count, and the next one is whole."""
    made.rate(made.images[0], 4, note="kept")
    path = folder_of(made) / "ratings.jsonl"
    with path.open("ab") as file:
        file.write(b'{"file": "final/03_gen')
    assert [one.note for one in made.ratings] == ["kept"]
    assert made.verify() == []
    made.rate(made.images[0], 5)
    assert [(one.rating, one.note) for one in made.ratings] == [(5, "kept")]
    assert made.verify() == []


def test_a_damaged_line_is_told_and_hides_no_other(made: Run) -> None:
    made.rate(made.images[0], 4)
    path = folder_of(made) / "ratings.jsonl"
    path.write_bytes(b'{"rating": 9, "file": "f", "rater": "x"}\n[]\n' + path.read_bytes())
    assert [one.rating for one in made.ratings] == [4]
    assert made.verify() == [f"Line {n} of ratings.jsonl cannot be read." for n in (1, 2)]


@ROOT
def test_a_folder_that_cannot_be_written_is_said(made: Run) -> None:
    folder_of(made).chmod(0o500)
    try:
        with pytest.raises(RecordError, match=r"Could not write the rating of .*denied"):
            made.rate(made.images[0], 4)
    finally:
        folder_of(made).chmod(0o700)
    assert made.ratings == ()


def test_ratings_that_cannot_be_read_hide_no_run(
    made: Run, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Their own readers get an error; verifying tells of it; the catalog logs it."""
    (folder_of(made) / "ratings.jsonl").mkdir()
    with pytest.raises(RecordError, match="Could not read the ratings"):
        _ = made.ratings
    with pytest.raises(RecordError, match="Could not write the rating"):
        made.rate(made.images[0], 1)
    assert "Could not read the ratings" in made.verify()[0]
    assert len(runs(settings=settings)) == 1
    assert "Could not read the ratings" in caplog.text


def test_a_full_disk_leaves_no_half_line(made: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made.rate(made.images[0], 4)

    def full(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log_of_ratings, "write_all", full)
    with pytest.raises(RecordError, match="No space left"):
        made.rate(made.images[0], 5)
    assert [line["rating"] for line in lines_of(made)] == [4]


def test_two_processes_rate_at_once(made: Run) -> None:
    """Neither loses a line, nor what the other had just said."""
    code = (
        "import sys; from canvas_kit import Run\n"
        "run = Run.open(sys.argv[1])\n"
        "for number in range(40):\n"
        "    run.rate(run.images[0], number % 6, rater=sys.argv[2])\n"
        "    run.rate(run.images[0], tags=[str(number)], rater='both')\n"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", code, str(folder_of(made)), name])
        for name in ("anna", "ben")
    ]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    assert len(lines_of(made)) == 160
    assert {one.rater: one.rating for one in made.ratings} == {"anna": 3, "ben": 3, "both": None}


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["anna", "ben", "cem"]),
            st.integers(0, 2),
            st.one_of(st.none(), st.integers(0, 5)),
            st.booleans(),
        ),
        max_size=25,
    )
)
def test_any_interleaving_gives_the_last_line_of_each_rater(
    made: Run, acts: list[tuple[str, int, int | None, bool]]
) -> None:
    """Whoever rates which file in which order, with crashes that tear lines in between."""
    folder = folder_of(made)
    (folder / "ratings.jsonl").unlink(missing_ok=True)
    last: dict[tuple[str, str], int | None] = {}
    for rater, which, number, crash in acts:
        entity = made.entities[which]
        rate(folder, made.id, entity, rater, rating=number)
        last[entity.file, rater] = number
        if crash:
            with (folder / "ratings.jsonl").open("ab") as file:
                file.write(b'{"file": "final/01_input.txt", "rater": "anna", "rating": 0')
    found = {(one.file, one.rater): one.rating for one in read_ratings(folder, made.id)}
    assert found == {key: number for key, number in last.items() if number is not None}


def test_eyes_opened_later_do_not_change_how_a_rating_came_about(made: Run) -> None:
    """A blind rating stays blind when a note is added; a new rating with open eyes is none."""
    place = {"seed": 11, "position": 3, "of": 9}
    picture = made.images[0]
    rate(folder_of(made), made.id, picture, "anna", rating=4, blind=place)
    made.rate(picture, note="that was the bauhaus one")
    made.rate(picture, 5)
    assert [line.get("blind") for line in lines_of(made)] == [place, place, None]


def test_a_batch_has_ratings_in_its_rows_and_in_long_form(batch: Batch) -> None:
    first, second, _ = batch
    picture = first.images[0]
    first.rate(picture, 4, tags=["b"])
    first.rate(picture, 1, tags=["a"], note="no", rater="ben")
    second.rate(second.images[0], 5)
    rows = batch.to_rows()
    names = ("generation_1.rating", "generation_1.raters", "generation_1.tags", "generation_1.note")
    assert [[row[name] for name in names] for row in rows] == [
        [2.5, 2, "a, b", "no"],
        [5, 1, "", ""],
        [None, None, None, None],
    ]
    long = batch.ratings_to_rows()
    assert [(row["run_index"], row["rater"], row["rating"]) for row in long] == [
        (0, "anna", 4),
        (0, "ben", 1),
        (1, "anna", 5),
    ]
    assert long[0]["sha256"] == picture.sha256
    assert [type(one) for one in batch.ratings] == [Rating] * 3


def test_rows_without_ratings_have_no_empty_columns(batch: Batch) -> None:
    assert not [name for name in batch.to_rows()[0] if "rat" in name.rpartition(".")[2]]


def test_exports_carry_ratings(batch: Batch, tmp_path: Path) -> None:
    """In tables as columns, in a zip also the file itself."""
    batch[0].rate(batch[0].images[0], 4, note="=kept as text")
    table = batch.export(tmp_path / "b.csv").read_text(encoding="utf-8")
    assert "generation_1.rating" in table.splitlines()[0]
    assert "'=kept as text" in table
    with zipfile.ZipFile(batch.export(tmp_path / "b.zip")) as archive:
        names = archive.namelist()
    assert len([name for name in names if name.endswith("/ratings.jsonl")]) == 1
    assert not [name for name in names if name.endswith("faults.txt")]


def test_the_catalog_finds_by_rating_and_tag_and_sees_new_lines(
    batch: Batch, settings: Settings
) -> None:
    """Also lines that are added to a file that it knows already."""

    def found(**asked: Any) -> list[str]:
        return [row["run_id"] for row in runs(settings=settings, **asked).to_rows()]

    first, second, _ = batch
    assert len(found()) == 3
    assert found(rating=0) == []
    first.rate(first.images[0], 3, tags=["keep"])
    assert found(rating=3) == found(tag="keep") == [first.id]
    second.rate(second.images[0], 5)
    assert found(rating=3) == [second.id, first.id]
    assert found(rating=4) == [second.id]
    first.rate(first.images[0], 4, note="Zeppelin")
    assert found(rating=4) == [second.id, first.id]
    assert found(text="zeppel") == [first.id]
    rows = runs(settings=settings, rating=0).to_rows()
    assert [(row["rating"], row["tags"]) for row in rows] == [(5, None), (4, "keep")]
    first.rate(first.images[0], None, tags=[], note="")
    assert found(tag="keep") == []
    assert found(rating=0) == [second.id]
    with pytest.raises(QueryError, match="from 0 to 5"):
        found(rating=7)


def test_a_rating_moves_no_run_among_those_of_the_same_moment(
    batch: Batch, settings: Settings
) -> None:
    """A run that is read again stays where it was listed."""
    for made in batch:
        file = folder_of(made) / "metadata.json"
        about = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(
            json.dumps(about | {"started_at": "2026-05-01T12:00:00.000+00:00"}), encoding="utf-8"
        )

    def listed() -> list[str]:
        return [row["run_id"] for row in runs(settings=settings).to_rows()]

    order = listed()
    for made in batch:
        made.rate(made.images[0], 3)
        assert listed() == order


def test_the_catalog_sees_a_line_long_after_the_run(made: Run, settings: Settings) -> None:
    """A record that was settled, in a folder that nothing was written to for long."""
    for path in (folder_of(made), folder_of(made).parent):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    assert runs(rating=1, settings=settings).to_rows() == []
    made.rate(made.images[0], 2)
    for path in (folder_of(made), folder_of(made).parent):
        assert path.stat().st_mtime > 1_700_000_000
    assert len(runs(rating=1, settings=settings)) == 1
    for path in (folder_of(made), folder_of(made).parent):
        os.utime(path, (1_700_000_100, 1_700_000_100))
    assert len(runs(rating=1, settings=settings)) == 1
    made.rate(made.images[0], 5)
    assert len(runs(rating=5, settings=settings)) == 1
