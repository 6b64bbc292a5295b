"""The doctor and the nurse in ten lines of a fresh notebook, in a real kernel."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

import canvas_kit
from canvas_kit import Batch
from tests.views.page import Page

LINES = """
from canvas_kit import WITHOUT, Collector, Generation, Input, Interception, Sweep, run_batch
canvas = Input(id="prompt") >> Interception("bauhaus", id="how") >> Generation() >> Collector()
factors = {"prompt.text": ["a doctor", "a nurse"], "how": [WITHOUT, {"preset": "bauhaus"}]}
study = Sweep(canvas, factors, seeds=range(1000, 1003), name="doctor-nurse")
batch = await run_batch(study)
batch.grid("how", "prompt.text")
batch[3].compare(batch[9])
batch.effect("prompt.text", "image.light", by="how")
batch.grid().save("doctor_nurse.pdf")
"""
"""From the README and completion alone."""


class Notebook:
    """A kernel that runs cells and gives what they show."""

    def __init__(self, folder: Path) -> None:
        self._manager = KernelManager(kernel_name="python3")
        given = {"CANVAS_KIT_EXPORTS": str(folder / "exports"), "IPYTHONDIR": str(folder / "ipy")}
        self._manager.start_kernel(env=os.environ | given, cwd=folder)
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)

    def run(self, source: str) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = []

        def take(message: dict[str, Any]) -> None:
            if message["msg_type"] in ("execute_result", "display_data", "stream"):
                shown.append(message["content"].get("data", message["content"]))

        reply = self._client.execute_interactive(
            source, allow_stdin=False, output_hook=take, timeout=120
        )["content"]
        assert reply["status"] == "ok", "\n".join(reply["traceback"])
        return shown

    def completions(self, code: str) -> list[str]:
        reply = self._client.complete(code, len(code), reply=True, timeout=30)
        return list(reply["content"]["matches"])

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


def test_the_question_is_asked_and_answered_in_ten_lines(tmp_path: Path) -> None:
    """Each line a cell: design, batch, grid, difference, effect, sheet; completion knows them."""
    lines = LINES.strip().splitlines()
    assert len(lines) <= 10
    assert all(len(line) <= 100 for line in lines)
    notebook = Notebook(tmp_path)
    try:
        *made, grid, pair, effect, sheet = [notebook.run(line) for line in lines]
        assert not any("stream" in str(shown) for cell in made for shown in cell)
        page = Page(grid[0]["text/html"])
        assert len(page.all("img")) == 12
        assert [head.text for head in page.all("th")][:2] == ["a doctor", "a nurse"]
        assert "doctor" in [mark.text for mark in Page(pair[0]["text/html"]).all("del")]
        assert "About these 2 prompts only" in effect[0]["text/plain"]
        assert "change of that from (without) to bauhaus" in effect[0]["text/plain"]
        assert "doctor_nurse.pdf" in sheet[0]["text/plain"]
        assert (tmp_path / "doctor_nurse.pdf").read_bytes().startswith(b"%PDF")
        for name in ("grid", "effect", "compare", "to_dataframe"):
            assert any(name in match for match in notebook.completions(f"batch.{name[:3]}"))
    finally:
        notebook.close()
    batch = Batch.open("doctor-nurse", exports=tmp_path / "exports")
    assert batch.complete
    assert len(batch) == 12


def test_the_code_of_the_readme_runs(tmp_path: Path) -> None:
    """Every block, one after the other; with fewer and smaller pictures."""
    page = Path(canvas_kit.__file__).parent / "analysis" / "README.md"
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 6
    notebook = Notebook(tmp_path)
    try:
        for block in blocks:
            quick = block.replace("Generation()", "Generation(width=64, height=64)")
            notebook.run(quick.replace("1005", "1002"))
    finally:
        notebook.close()
    assert {path.suffix for path in tmp_path.glob("sheet.*")} == {".png", ".pdf", ".html"}


@pytest.mark.parametrize("name", ["grid", "effect", "compare", "to_rows"])
def test_completion_shows_what_each_takes(name: str) -> None:
    """A docstring with its arguments."""
    text = getattr(Batch, name).__doc__
    assert text
    assert "Args:" in text or name == "compare"
