"""What leaves for other programs: whole, typed, and harmless to open."""

from __future__ import annotations

import csv
import io
import json
import logging
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Batch, Collector, Generation, Input, Run, Settings, Sweep, run_batch
from canvas_kit.catalog.export import export, write_csv
from canvas_kit.catalog.listing import runs
from canvas_kit.errors import MissingPrerequisite, QueryError, RecordError
from canvas_kit.executor.engine import Engine
from canvas_kit.values import MAX_SEED, RunStatus
from tests.catalog.conftest import Find, RunMaker, ids

DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")', "＝1")
ROWS: list[dict[str, Any]] = [
    {
        "text": text,
        "seed": MAX_SEED,
        "sometimes": 2**52 + 1 if number else None,
        "score": 0.1,
        "mixed": number if number % 2 else "(without)",
        "passed": True,
        "at": datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2))),
        "status": RunStatus.FAILED,
        "tags": ["a", "b"],
        "path": Path("x") / "y.png",
        "=name": None,
    }
    for number, text in enumerate(DANGEROUS)
]


def test_no_text_is_a_formula_in_csv(tmp_path: Path) -> None:
    """Models write them; a spreadsheet would run them. Names of columns count too."""
    file = export(lambda: ROWS, (), tmp_path / "t.csv")
    with file.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["text"] for row in rows] == [f"'{text}" for text in DANGEROUS]
    assert "'=name" in rows[0]
    assert rows[0] | {"text": "", "'=name": ""} == {
        "text": "",
        "seed": str(MAX_SEED),
        "sometimes": "",
        "score": "0.1",
        "mixed": "(without)",
        "passed": "true",
        "at": "2026-03-01T12:00:00+02:00",
        "status": "failed",
        "tags": '["a","b"]',
        "path": str(Path("x") / "y.png"),
        "'=name": "",
    }


def test_parquet_has_types(tmp_path: Path) -> None:
    """Whole numbers stay whole beside gaps; moments have their zone; what is mixed is text."""
    pandas = pytest.importorskip("pandas")
    parquet = pytest.importorskip("pyarrow.parquet")
    file = export(lambda: ROWS, (), tmp_path / "t.parquet")
    types = {field.name: str(field.type) for field in parquet.read_schema(file)}
    assert types == {
        "text": "string",
        "seed": "int64",
        "sometimes": "int64",
        "score": "double",
        "mixed": "string",
        "passed": "bool",
        "at": "timestamp[us, tz=UTC]",
        "status": "string",
        "tags": "string",
        "path": "string",
        "=name": "string",
    }
    columns = parquet.read_table(file).to_pydict()
    assert columns["text"] == list(DANGEROUS)
    assert columns["sometimes"] == [None] + [2**52 + 1] * 7
    assert columns["at"][0] == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert str(pandas.read_parquet(file)["seed"].dtype) == "int64"


def test_no_cell_of_a_workbook_is_a_formula_and_no_text_is_changed(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    file = export(lambda: ROWS, (), tmp_path / "t.xlsx")
    with zipfile.ZipFile(file) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    rows = list(openpyxl.load_workbook(file).active.iter_rows(values_only=True))
    table = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    # But for the end of a line, of which a cell knows one form.
    assert [row["text"] for row in table] == [text.replace("\r", "\n") for text in DANGEROUS]
    first = table[1]
    assert (first["seed"], first["sometimes"], first["score"]) == (MAX_SEED, 2**52 + 1, 0.1)
    assert (first["at"], first["passed"]) == ("2026-03-01T12:00:00+02:00", True)


def test_what_a_cell_of_excel_cannot_hold_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    rows = [{"text": "x" * 40_000}, {"text": "bell \x07"}]
    with caplog.at_level(logging.WARNING):
        file = export(lambda: rows, (), tmp_path / "t.xlsx")
    assert "1 texts were cut at 32767 characters" in caplog.text
    cells = [cell.value for (cell,) in openpyxl.load_workbook(file).active.iter_rows(min_row=2)]
    assert (len(cells[0]), cells[0][-1], cells[1]) == (32_767, "…", "bell \ufffd")


def test_half_a_character_and_what_is_no_number_can_be_written(tmp_path: Path) -> None:
    rows = [{"text": "\ud800", "number": float("nan")}, {"text": "é", "number": 2**70}]
    for ending in ("csv", "parquet", "xlsx"):
        file = export(lambda: rows, (), tmp_path / f"t.{ending}")
        assert file.stat().st_size > 0


def test_no_rows_make_an_empty_table(tmp_path: Path) -> None:
    for ending in ("csv", "parquet", "xlsx", "zip"):
        assert export(list, (), tmp_path / f"t.{ending}").is_file()


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """An older one stays if the new one cannot be made; nothing is left beside it."""
    file = tmp_path / "t.csv"
    file.write_text("older")

    class Odd:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    with pytest.raises(RuntimeError):
        export(lambda: [{"x": Odd()}], (), file)
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
    assert file.read_text() == "older"
    with pytest.raises(RecordError, match="Could not write"):
        export(list, (), tmp_path / "nowhere" / "t.csv")


def test_another_ending_is_refused_and_a_package_that_lacks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(QueryError, match=r"\.csv, \.parquet, \.xlsx or \.zip"):
        export(list, (), tmp_path / "t.doc")
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(MissingPrerequisite, match=r"canvas-kit\[study\]"):
        export(list, (), tmp_path / "t.xlsx")


def test_a_zip_is_an_exports_folder_that_verifies(
    make_run: RunMaker, find: Find, tmp_path: Path, settings: Settings
) -> None:
    """Of the runs that were found, with a table; unpacked, everything is as it was recorded."""
    made = make_run("a boat")
    make_run("a nurse", seed=8)
    file = find("boat").export(tmp_path / "some.zip")
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "unpacked")
    top = tmp_path / "unpacked" / "some"
    assert sorted(path.name for path in top.iterdir()) == ["about.txt", "json", "runs.csv"]
    found = runs(exports=top, settings=settings)
    assert ids(found) == [made.id]
    assert found[0].verify() == []
    assert found[0] == Run.open(found.folders[0])
    with (top / "runs.csv").open(newline="", encoding="utf-8") as opened:
        assert [row["run_id"] for row in csv.DictReader(opened)] == [made.id]


def test_a_zip_has_the_batches_of_its_runs(
    engine: Engine, find: Find, tmp_path: Path, settings: Settings
) -> None:
    """Once each, also where one run of it was asked for; a batch is packed with all its runs."""
    canvas = Input("x", id="prompt") >> Generation() >> Collector()
    batch = run_batch(canvas, count=3, base_seed=0, engine=engine).result(30)
    assert batch.folder is not None
    file = find(seed=1).export(tmp_path / "one.zip")
    names = zipfile.ZipFile(file).namelist()
    assert sum(name.endswith("/batch.json") for name in names) == 1
    assert sum(name.endswith("/metadata.json") for name in names) == 1
    with zipfile.ZipFile(batch.export(tmp_path / "all.zip")) as archive:
        assert len(archive.namelist()) == len(set(archive.namelist()))
        archive.extractall(tmp_path / "unpacked")
    [again] = (tmp_path / "unpacked").rglob("canvas_batch_*")
    assert Batch.open(again).verify() == []
    assert len(Batch.open(again)) == 3


def test_a_zip_tells_what_is_not_as_it_was_recorded(
    make_run: RunMaker, find: Find, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is packed all the same: nothing is left out in silence."""
    made = make_run()
    assert made.folder is not None
    (made.folder / "final" / "01_input.txt").write_text("other words")
    (made.folder / "final" / "secret.txt").symlink_to("/etc/hostname")
    with caplog.at_level(logging.WARNING):
        file = find().export(tmp_path / "t.zip")
    assert "01_input.txt has changed" in caplog.text
    with zipfile.ZipFile(file) as archive:
        faults = archive.read("t/faults.txt").decode()
        names = archive.namelist()
    assert "01_input.txt has changed" in faults
    assert not [name for name in names if "secret" in name]
    assert [name for name in names if name.endswith("03_generation.png")]


def test_a_csv_of_runs_reads_back(make_run: RunMaker, find: Find) -> None:
    make_run("=cmd()")
    out = io.StringIO()
    write_csv(find().to_rows(), out)
    [row] = csv.DictReader(io.StringIO(out.getvalue()))
    assert row["prompt"] == "'=cmd()"
    assert datetime.fromisoformat(row["started_at"]).tzinfo is not None
    assert json.loads(row["seed"]) == 7


def test_a_batch_is_written_with_its_factors_and_found_by_them(
    engine: Engine, find: Find, tmp_path: Path
) -> None:
    """A row a point, levels as columns; and its runs are found by name, level and seed."""
    canvas = Input("", id="prompt") >> Generation() >> Collector()
    study = Sweep(canvas, {"prompt.text": ["a doctor", "a nurse"]}, seeds=[3, 4], name="pilot")
    batch = run_batch(study, engine=engine).result(30)
    with batch.export(tmp_path / "t.csv").open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert [(row["prompt.text"], row["seed"]) for row in rows] == [
        (text, seed) for text in ("a doctor", "a nurse") for seed in ("3", "4")
    ]
    found = find(batch="pilot", where={"prompt.text": "a nurse"}, seed=4)
    assert [row["point_id"] for row in found.to_rows()] == [rows[3]["point_id"]]
    assert Batch.open("pilot", engine.settings.exports).id == found.to_rows()[0]["batch_id"]
