"""The notebooks: as files, with parameters by papermill, and cell by cell in any number and order.

That each one runs from top to bottom is nbmake's to say.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager

from canvas_kit.batch.batch import Batch
from canvas_kit.batch.state import find_batches
from canvas_kit.errors import CanvasKitError, RecordError, UnknownName
from canvas_kit.notebook_runs.single import NotebookFailed, run_notebook

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
BATCH = FOLDER / "02_batch.ipynb"


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    return document


def test_the_path_is_numbered() -> None:
    """Readers know where to begin and what comes next."""
    numbers = [int(path.name.partition("_")[0]) for path in NOTEBOOKS]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 3


def test_a_notebook_is_valid_and_clean(notebook: dict[str, Any]) -> None:
    """Format 4.5 with cell ids, no outputs, no counts, no widget state."""
    nbformat.validate(notebook)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert "widgets" not in notebook["metadata"]
    identities = [cell["id"] for cell in notebook["cells"]]
    assert len(set(identities)) == len(identities)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


def test_prose_comes_before_code(notebook: dict[str, Any]) -> None:
    """A notebook begins with a title, and no more than two cells of code stand together."""
    cells = notebook["cells"]
    assert "".join(cells[0]["source"]).startswith("# ")
    kinds = "".join(cell["cell_type"][0] for cell in cells)
    assert "ccc" not in kinds


def test_a_notebook_says_no_path_of_a_machine(notebook: dict[str, Any]) -> None:
    """What a notebook reads and writes is relative, or a parameter."""
    sources = "".join("".join(cell["source"]) for cell in notebook["cells"])
    for place in ("/home/", "/Users/", "/" + "root/", "/tmp/", "C:\\"):
        assert place not in sources


def test_the_batch_has_one_cell_of_parameters() -> None:
    """Each line of it is a name, a value and what it is for, as papermill's help shows it."""
    cells = json.loads(BATCH.read_text(encoding="utf-8"))["cells"]
    (cell,) = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", ())]
    lines = "".join(cell["source"]).splitlines()
    names = [line.split(" = ")[0] for line in lines]
    assert {"canvas_file", "prompts_file", "column", "count", "base_seed", "exports"} <= {*names}
    assert all("  # " in line for line in lines)


def outputs(path: Path) -> list[dict[str, Any]]:
    """The outputs of an executed notebook, which must hold no widget."""
    document = json.loads(path.read_text(encoding="utf-8"))
    assert "widgets" not in document["metadata"]
    found = [output for cell in document["cells"] for output in cell.get("outputs", [])]
    assert not any("widget-view" in str(output.get("data", {}).keys()) for output in found)
    return found


def only_batch(exports: Path) -> Batch:
    (folder,) = find_batches(exports)
    return Batch.open(folder)


def test_papermill_makes_a_batch_from_a_shell(tmp_path: Path) -> None:
    """``papermill -p`` alone makes the batch, and shows its contact sheet in the copy."""
    exports, copy = tmp_path / "exports", tmp_path / "out.ipynb"
    parameters = {"count": "3", "base_seed": "50", "size": "64", "exports": str(exports)}
    given = [part for name, value in parameters.items() for part in ("-p", name, value)]
    subprocess.run(
        [sys.executable, "-m", "papermill", str(BATCH), str(copy), *given, "--no-progress-bar"],
        check=True,
        cwd=tmp_path,
        env=os.environ | {"IPYTHONDIR": str(tmp_path / "ipython")},
        capture_output=True,
        timeout=120,
    )
    batch = only_batch(exports)
    assert batch.complete
    assert [summary.seed for summary in batch.runs] == [50, 51, 52]
    assert [run.images[0].width for run in batch] == [64, 64, 64]
    sheets = [
        "".join(output["data"]["text/html"])
        for output in outputs(copy)
        if output["output_type"] == "display_data"
    ]
    assert len(sheets) == 1
    assert sheets[0].count("<img") == 3
    assert copy.stat().st_size < 1_000_000


def test_a_notebook_runs_over_a_file_of_prompts(tmp_path: Path) -> None:
    """Prompts from a column, a canvas from a file; the executed copy lies beside the records."""
    prompts = tmp_path / "prompts.csv"
    prompts.write_text("id,words\n1,A red house\n2,Ein blauer See\n", encoding="utf-8")
    copy = run_notebook(
        BATCH,
        {
            "prompts_file": str(prompts),
            "column": "words",
            "canvas_file": str(FOLDER / "canvases" / "telephone.json"),
        },
        tmp_path / "exports",
    )
    assert copy.parent == tmp_path / "exports" / "notebooks"
    assert copy.name.startswith("02_batch_")
    assert outputs(copy)
    said = [run.texts[0].text for run in only_batch(tmp_path / "exports")]
    assert said == ["A red house", "Ein blauer See"]


def test_a_wrong_parameter_is_told_before_anything_runs(tmp_path: Path) -> None:
    """The nearest name is offered, and nothing is written."""
    with pytest.raises(UnknownName, match="Did you mean 'count'"):
        run_notebook(BATCH, {"cuont": 3}, tmp_path / "exports")
    with pytest.raises(CanvasKitError, match=r"nowhere\.ipynb cannot be read"):
        run_notebook(tmp_path / "nowhere.ipynb", {}, tmp_path / "exports")
    assert not (tmp_path / "exports").exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Where no folder for the copies can be made, that is what is said."""
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="Could not make the folder"):
        run_notebook(BATCH, {"count": 1}, tmp_path / "file")


def test_a_cell_that_fails_is_named_and_the_copy_is_kept(tmp_path: Path) -> None:
    """The error says what failed; the copy holds what ran before it."""
    with pytest.raises(NotebookFailed, match="BatchError: A batch has 1 to") as caught:
        run_notebook(BATCH, {"count": -1}, tmp_path / "exports")
    assert caught.value.copy.is_file()
    assert not find_batches(tmp_path / "exports")


# --- running the cells -----------------------------------------------------------------------

PROBE = """
def _state_of_the_test():
    import json, os, pathlib, canvas_kit
    named = {name: value.to_json() for name, value in globals().items()
             if isinstance(value, canvas_kit.Canvas) and not name.startswith("_")}
    pictures = pathlib.Path(os.environ["CANVAS_KIT_EXPORTS"]).rglob("final/*.png")
    return json.dumps([named, len(list(pictures))])
"""
"""Tells the canvases that have a name, and how many pictures have been made."""

State = tuple[dict[str, str], int]


def code_cells(*paths: Path) -> list[str]:
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    return [
        "".join(cell["source"])
        for document in documents
        for cell in document["cells"]
        if cell["cell_type"] == "code"
    ]


class Cells:
    """A kernel with no user in front of it, as ``nbmake`` and papermill have it."""

    def __init__(self, exports: Path) -> None:
        self._manager = KernelManager(kernel_name="python3")
        given = {"CANVAS_KIT_EXPORTS": str(exports), "IPYTHONDIR": str(exports.parent / "ipython")}
        self._manager.start_kernel(env=os.environ | given, cwd=FOLDER)
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        self._execute(PROBE)

    def run(self, source: str) -> State:
        """Run a cell; give the canvases that it gives a name, and the number of all pictures."""
        reply = self._execute(source, user_expressions={"state": "_state_of_the_test()"})
        told = reply["user_expressions"]["state"]["data"]["text/plain"]
        canvases, pictures = json.loads(ast.literal_eval(told))
        names = {
            node.id
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        return {name: canvases[name] for name in names & canvases.keys()}, pictures

    def _execute(self, source: str, **more: Any) -> dict[str, Any]:
        reply: dict[str, Any] = self._client.execute_interactive(
            source, allow_stdin=False, output_hook=lambda _: None, timeout=120, **more
        )["content"]
        assert reply["status"] == "ok", "\n".join(reply["traceback"])
        return reply

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


README = FOLDER.parent / "README.md"


@pytest.fixture
def cells(exports: Path) -> Iterator[Cells]:
    kernel = Cells(exports)
    yield kernel
    kernel.close()


def test_cells_can_run_twice_and_out_of_order(cells: Cells) -> None:
    """All notebooks in one kernel, each cell twice; then those that build canvases once more.

    The second time gives equal canvases and as many pictures; a batch of a name is taken up.
    """
    building: list[tuple[str, dict[str, str]]] = []
    before = 0
    for source in code_cells(*NOTEBOOKS):
        canvases, once = cells.run(source)
        again, twice = cells.run(source)
        named = "(study)" in source and "await" in source
        assert (again, twice - once) == (canvases, 0 if named else once - before), source
        if canvases and once == before:
            building.append((source, canvases))
        before = twice
    assert len(building) >= 4
    assert before >= len(NOTEBOOKS)
    for source, canvases in building:
        assert cells.run(source) == (canvases, before), source


def test_the_code_of_the_readme_runs(cells: Cells, tmp_path: Path) -> None:
    """Every block of Python in the README, one after the other."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 4
    cells.run(f"import os\nos.chdir({str(tmp_path)!r})")  # it writes files where it runs
    pictures = [cells.run(block)[1] for block in blocks]
    assert pictures[0] == 1
    assert pictures[-1] >= 4
