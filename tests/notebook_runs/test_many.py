"""A notebook over a grid: which sets there are, what is run, what is kept, what goes on later."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from canvas_kit.errors import UnknownName
from canvas_kit.notebook_runs.grid import notebook_identity, set_identity, sets_of
from canvas_kit.notebook_runs.many import INDEX, PAGE, NotebookRun, NotebookState, run_notebooks
from canvas_kit.notebook_runs.single import NotebookError, parameters_of
from tests.notebook_runs.notebooks import texts, write

PARAMETERS = """\
n = 1  # a number
share: float = 0.5
words = "a nurse"
loud = False
sizes = [64]
free = None
"""


SETS = """\
sets = [{n = 1, words = "x", loud = true}, {n = 1, words = "y", loud = true},
        {n = 2, words = "x", loud = true}, {n = 2, words = "y", loud = true}]
"""


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """Fails where n is negative."""
    return write(tmp_path / "note {book}.ipynb", "assert n >= 0, words\nn", parameters=PARAMETERS)


def read(notebook: Path, grid: Any) -> list[dict[str, Any]]:
    return sets_of(grid, notebook, parameters_of(notebook))


def test_the_cells_of_a_table_are_typed_as_the_notebook_says(notebook: Path) -> None:
    """An empty one leaves the notebook's own value; German tables have semicolons."""
    grid = notebook.with_name("a.csv")
    grid.write_text(
        '\ufeffn;share;words;loud;sizes;free\n3;2;003;yes;[1, 2];x\n4;;"a ""b"";\nc";FALSE;[];7\n',
        encoding="utf-8",
    )
    first, second = read(notebook, grid)
    assert first == {
        "n": 3, "share": 2.0, "words": "003", "loud": True, "sizes": [1, 2], "free": "x"
    }  # fmt: skip
    assert type(first["share"]) is float
    assert type(first["words"]) is str
    assert second == {"n": 4, "words": 'a "b";\nc', "loud": False, "sizes": [], "free": 7}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", 'n = [1, 2]\nwords = ["x", "y"]\nloud = true'),
        ("a.json", '{"n": [1, 2], "words": ["x", "y"], "loud": true}'),
        ("b.json", json.dumps([{"n": n, "words": w, "loud": True} for n in (1, 2) for w in "xy"])),
        ("b.toml", SETS),
        ("a.tsv", "n\twords\tloud\n1\tx\t1\n1\ty\t1\n2\tx\t1\n2\ty\t1\n"),
    ],
)  # fmt: skip
def test_lists_are_every_combination_and_rows_are_rows(
    notebook: Path, name: str, text: str
) -> None:
    """In whichever file they are; the last list varies fastest."""
    path = notebook.with_name(name)
    path.write_text(text, encoding="utf-8")
    expected = [{"n": n, "words": w, "loud": True} for n in (1, 2) for w in "xy"]
    assert read(notebook, path) == expected
    assert read(notebook, str(path)) == expected


def test_what_python_holds_is_taken(notebook: Path) -> None:
    """Ranges, rows, a data frame with NumPy's numbers."""
    assert read(notebook, {"n": range(2), "words": "x"}) == [
        {"n": 0, "words": "x"}, {"n": 1, "words": "x"}
    ]  # fmt: skip
    (row,) = read(notebook, pd.DataFrame({"n": [3], "share": [1], "loud": [True]}))
    assert row == {"n": 3, "share": 1.0, "loud": True}
    assert [type(value) for value in row.values()] == [int, float, bool]


@pytest.mark.parametrize(
    ("grid", "reason"),
    [
        ("n\nthree\n", r"set 1: 'n' takes a value of type int, but is 'three'"),
        ("n\n1\n2.5\n", r"set 2: 'n' takes a value of type int"),
        ("loud\nperhaps\n", "'loud' takes a value of type bool"),
        ("n,n\n1,2\n", "two columns of the same name"),
        ("n,words\n1\n", "Set 1 of the grid .* has 1 values for 2 columns"),
        ("n\n", "holds no sets"),
        ("", "holds no sets"),
        ({"n": [True]}, "'n' takes a value of type int"),
        ({"n": []}, "holds no sets"),
        ({"share": [float("nan")]}, "'share' takes"),
        ({"free": [object()]}, "'free' takes a plain value"),
        ([1, 2], "holds no sets"),
        (3, "holds no sets"),
    ],
)
def test_a_grid_that_cannot_be_used_says_where(notebook: Path, grid: Any, reason: str) -> None:
    """Before anything runs."""
    if isinstance(grid, str):
        notebook.with_name("a.csv").write_text(grid)
        grid = notebook.with_name("a.csv")
    with pytest.raises(NotebookError, match=reason):
        read(notebook, grid)


def test_files_that_are_no_grid_and_unknown_parameters_are_wrong(notebook: Path) -> None:
    """With the nearest name that there is."""
    for name, text in (("a.json", "{"), ("a.toml", "="), ("a.txt", "n"), ("a.csv", None)):
        path = notebook.with_name(name)
        if text is not None:
            path.write_text(text)
        with pytest.raises(NotebookError, match="a\\."):
            read(notebook, path)
    with pytest.raises(UnknownName, match="'words'"):
        run_notebooks(notebook, {"n": [1], "wrods": ["x"]}, notebook.parent / "exports")
    assert not (notebook.parent / "exports").exists()
    with pytest.raises(NotebookError, match="concurrency is 0"):
        run_notebooks(notebook, {"n": [1]}, concurrency=0)


def test_a_set_is_known_by_what_runs_and_by_its_values(tmp_path: Path, notebook: Path) -> None:
    """Not by order, notes, or defaults spelt out; 1, 1.0, "1" and True are four values."""
    known = parameters_of(notebook)
    identity = notebook_identity(notebook)

    def of(parameters: dict[str, Any]) -> str:
        return set_identity(identity, parameters, known)

    assert of({"n": 1, "words": "x"}) == of({"words": "x"}) == of({"words": "x", "share": 0.5})
    assert len({of({"free": value}) for value in (1, 1.0, "1", True, None, [1], {"a": 1})}) == 7
    document = json.loads(notebook.read_text())
    document["cells"].append({"cell_type": "markdown", "id": "m", "metadata": {}, "source": "note"})
    document["cells"][0]["outputs"] = []
    document["metadata"]["title"] = "other"
    notebook.write_text(json.dumps(document))
    assert notebook_identity(notebook) == identity
    document["cells"][1]["source"] = "n + 1"
    notebook.write_text(json.dumps(document))
    assert notebook_identity(notebook) != identity


def states(runs: Any) -> list[str]:
    return [run.state.value for run in runs]


def test_a_grid_runs_and_what_was_run_is_not_run_again(tmp_path: Path, notebook: Path) -> None:
    """New sets are added, failures are tried again when asked, and no copy is written twice."""
    told: list[NotebookRun] = []
    exports = tmp_path / "exports"
    made = run_notebooks(
        notebook,
        {"n": [3, -1, 3, 5], "words": ["<x>"]},
        exports,
        concurrency=2,
        listener=told.append,
    )
    assert (made.total, made.complete, states(made.runs)) == (
        3, False, ["completed", "failed", "completed"]
    )  # fmt: skip
    assert {run.set_id for run in told} == {run.set_id for run in made.runs}
    assert made.folder.parent == exports / "notebooks"
    assert [texts(run.copy)[-1] for run in made.completed] == ["3", "5"]
    (failed,) = made.failed
    assert (failed.cell, failed.error) == (2, "AssertionError: <x>")
    assert [row["n"] for row in made.to_rows()] == [3, -1, 5]
    page = (made.folder / PAGE).read_text()
    assert f'<a href="{failed.copy.name}">' in page
    assert "cell 2: AssertionError: &lt;x&gt;" in page
    before = {path: path.read_bytes() for path in made.folder.glob("*.ipynb")}

    told.clear()
    again = run_notebooks(
        notebook, {"words": ["<x>"], "n": [7, 5, -1]}, exports, listener=told.append
    )
    assert [run.parameters["n"] for run in told] == [7]
    assert [(run.state.value, run.earlier) for run in again.runs] == [
        ("completed", False), ("completed", True), ("failed", True)
    ]  # fmt: skip
    told.clear()
    retried = run_notebooks(
        notebook, {"n": [-1], "words": ["<x>"]}, exports, retry=True, listener=told.append
    )
    assert (len(told), retried.runs[0].attempt) == (1, 2)
    assert retried.runs[0].copy != failed.copy
    for path, content in before.items():
        assert path.read_bytes() == content


def test_copies_without_a_line_and_a_torn_line_are_no_results(
    tmp_path: Path, notebook: Path
) -> None:
    """As a process leaves them that is killed; the number of the copy stays taken."""
    exports = tmp_path / "exports"
    made = run_notebooks(notebook, {"n": [1, 2]}, exports)
    index = made.folder / INDEX
    first, second = index.read_text().splitlines(keepends=True)
    index.write_text(first + second[:20])
    lost = json.loads(second)
    copy = made.folder / lost["copy"]
    copy.write_text("{")
    again = run_notebooks(notebook, {"n": [1, 2]}, exports)
    assert again.complete
    (run,) = [run for run in again.runs if not run.earlier]
    assert (run.set_id, run.attempt) == (lost["set_id"], 2)
    assert copy.read_text() == "{"
    assert run_notebooks(notebook, {"n": [1, 2]}, exports).runs[0].earlier


def test_the_notebooks_records_go_where_the_copies_go(tmp_path: Path) -> None:
    """A parameter ``exports`` is set, as for one notebook, and is no part of a set's identity."""
    source = write(tmp_path / "a.ipynb", "exports", parameters="exports = 'exports'\nn = 1")
    ids = []
    for place in ("one", "other"):
        made = run_notebooks(source, {"n": [2]}, tmp_path / place)
        assert texts(made.runs[0].copy)[-1] == repr(str(tmp_path / place))
        ids.append(made.runs[0].set_id)
    assert ids[0] == ids[1]


def test_only_one_process_at_a_time_runs_a_notebooks_grid(tmp_path: Path, notebook: Path) -> None:
    """So that no set is run twice."""
    made = run_notebooks(notebook, {"n": [1]}, tmp_path / "exports")
    hold = f"import fcntl; f = open({str(made.folder / INDEX)!r}); fcntl.flock(f, fcntl.LOCK_EX)"
    command = [sys.executable, "-c", f"{hold}; print('held', flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        with pytest.raises(NotebookError, match="Another process"):
            run_notebooks(notebook, {"n": [1]}, tmp_path / "exports")
        holder.communicate(b"\n", timeout=60)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "canvas_kit.cli", "notebooks", *map(str, arguments)]


def test_the_command_says_what_failed_and_ends_with_its_status(
    tmp_path: Path, notebook: Path
) -> None:
    """0 if all was made, 1 if something was not, 2 for wrong use."""
    grid = tmp_path / "grid.csv"

    def run(text: str, *more: str) -> subprocess.CompletedProcess[str]:
        grid.write_text(text)
        call = command(notebook, "--grid", grid, "--exports", tmp_path / "exports", *more)
        return subprocess.run(call, capture_output=True, text=True, timeout=120, cwd=tmp_path)

    done = run("n,words\n4,x\n-4,bad\n")
    assert done.returncode == 1
    assert "(n=-4, words='bad'), cell 2: AssertionError: bad" in done.stderr
    *_, counted, folder = done.stdout.splitlines()
    assert counted == "1 of 2 notebooks complete"
    assert (Path(folder) / PAGE).exists()
    done = run("n,words\n4,x\n", "--json")
    assert (done.returncode, json.loads(done.stdout)["complete"]) == (0, True)
    done = run("n\nx\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "takes a value of type int" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_grid_that_was_stopped_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    """What was made is kept and not made again; what was under way is made again beside it."""
    go = tmp_path / "go"
    waits = f"import os, time\nif n > 1 and not os.path.exists({str(go)!r}): time.sleep(600)\nn"
    source = write(tmp_path / "a.ipynb", waits, parameters="n = 1")
    grid, exports = tmp_path / "grid.json", tmp_path / "exports"
    grid.write_text('{"n": [1, 2, 3]}')
    call = command(source, "--grid", grid, "--exports", exports, "--concurrency", "1")
    with subprocess.Popen(call, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 120
        while not (len(list(exports.rglob("*_1.ipynb"))) == 2 and _index(exports)):
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    (kept,) = [line for line in _index(exports) if line["state"] == "completed"]
    if number == signal.SIGINT:
        assert process.returncode == 1
        assert "what was made is kept" in said
        assert [line["state"] for line in _index(exports)] == ["completed", "interrupted"]
        assert list(exports.rglob(PAGE))
    go.touch()
    made = run_notebooks(source, grid, exports)
    assert made.complete
    assert [(run.earlier, run.attempt) for run in made.runs] == [(True, 1), (False, 2), (False, 1)]
    assert made.runs[0].set_id == kept["set_id"]
    assert {NotebookState.INTERRUPTED.value} <= {line["state"] for line in _index(exports)}


def _index(exports: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for path in exports.rglob(INDEX) for line in path.read_text().splitlines()
    ]
