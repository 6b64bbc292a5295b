"""A batch as a table: a row for each point, made or not."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from canvas_kit import Batch, Collector, Evaluation, Generation, Input, run_batch
from canvas_kit.analysis import rows as module
from canvas_kit.backends.base import TextRequest
from canvas_kit.batch.summary import RunSummary
from tests.analysis.conftest import REFUSED
from tests.conftest import EngineMaker


def test_a_row_says_what_was_set_and_what_came_of_it(study: Batch) -> None:
    """Factors by their keys, texts by their node, the picture's file, and why it is missing."""
    rows = study.to_rows()
    assert len(rows) == 12
    assert {tuple(row) for row in rows} == {tuple(rows[0])}
    assert [(row["prompt.text"], row["how"]) for row in rows[::3]] == [
        ("a doctor", "(without)"),
        ("a doctor", "bauhaus"),
        ("a nurse", "(without)"),
        ("a nurse", "bauhaus"),
    ]
    assert [row["seed"] for row in rows[:3]] == [1000, 1001, 1002]
    assert [row["replicate"] for row in rows[:3]] == [0, 1, 2]
    assert all(len(row["point_id"]) == 32 and row["run_id"] for row in rows)
    assert rows[3]["how.text"] == "a doctor. bauhaus"
    assert rows[0]["how.text"] is None
    assert Path(rows[3]["image"]).is_file()
    assert rows[3]["picture.file"] == rows[3]["image"]
    (refused,) = [row for row in rows if row["refused"]]
    assert (refused["seed"], refused["how.text"]) == REFUSED
    assert "nurses here" in refused["reasons"]
    assert refused["image"] is None


def test_points_that_are_not_made_have_their_row(study: Batch) -> None:
    """With their levels and seed, and no status of a run."""
    assert study.folder is not None
    some = Batch(study.id, 12, study.runs[:5], study.folder, about=study.about)
    rows = some.to_rows()
    assert [row["status"] for row in rows[:5]] == ["completed"] * 5
    assert {row["status"] for row in rows[5:]} == {"not made yet"}
    assert [row["prompt.text"] for row in rows] == [row["prompt.text"] for row in study.to_rows()]
    assert rows[-1]["seed"] == 1002


def test_measures_are_taken_when_asked_for(study: Batch) -> None:
    """Of pictures and texts; the missing picture has none."""
    assert "image.light" not in study.to_rows()[0]
    rows = study.to_rows(measures=True)
    assert rows[0]["image.light"] == pytest.approx(60 / 255 * 100)
    assert rows[3]["how.kept"] == 1.0
    assert rows[3]["how.words"] == 3
    assert rows[10]["image.light"] is None
    assert rows[10]["refused"]


def test_verdicts_and_what_was_not_understood_are_columns(make_engine: EngineMaker) -> None:
    """The judge's score, whether it passed, and the words that the painter did not know."""

    def judge(request: TextRequest) -> str | dict[str, object]:
        return {"score": 4.0, "commentary": "dull"} if request.answer_schema else "x"

    engine, _ = make_engine(text=judge)
    words, check = Input("x", id="words"), Evaluation("fairness", id="judge", threshold=5)
    (row,) = run_batch(words >> check, count=1, engine=engine).result(30).to_rows()
    assert (row["judge.score"], row["judge.passed"]) == (4.0, False)
    batch = run_batch(
        Input("Blorfing zwark")
        >> Generation("embedded/sketch", width=64, height=64)
        >> Collector(),
        count=1,
        exports=engine.settings.exports,
    ).result(60)
    assert "zwark" in batch.to_rows()[0]["misunderstood"].split(", ")


def test_rows_come_one_by_one(study: Batch, opened: list[object]) -> None:
    """The first row opens one record, and no more."""
    rows = module.iterate(study)
    next(rows)
    assert len(opened) == 1


def test_a_table_of_many_points_holds_rows_and_nothing_else(study: Batch) -> None:
    """Memory grows by the row, not by the record: a few kilobytes each."""
    folder = study.runs[0].folder
    many = [
        RunSummary(i, f"r{i}", study.runs[0].status, 1000 + i, folder, levels={"a": i})
        for i in range(400)
    ]
    batch = Batch("many", 400, tuple(many))
    list(module.iterate(Batch("few", 20, tuple(many[:20]))))
    tracemalloc.start()
    for _ in module.iterate(batch):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_data_frame_has_the_same_columns(study: Batch) -> None:
    """With pandas; a row a point."""
    pandas = pytest.importorskip("pandas")
    table = study.to_dataframe(measures=True)
    assert isinstance(table, pandas.DataFrame)
    assert len(table) == 12
    assert table.groupby("how")["image.light"].mean()["bauhaus"] > 50 / 2.55
