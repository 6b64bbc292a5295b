"""Pictures of a batch looked through and judged in JupyterLab: what is judged is on the disk."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import LabServer, Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREENSHOTS = os.environ.get("CANVAS_KIT_SCREENSHOTS")

CELLS = {
    "setup": """
from canvas_kit import *

engine = Engine(Settings.load(rater="anna", language="LANGUAGE"))
chain = Input("a boat", id="prompt") >> Interception("bauhaus", id="how")
study = Sweep(
    chain >> Generation(width=256, height=256) >> Collector(),
    {"prompt.text": ["a boat at night", "a cat"], "how.preset": ["bauhaus", "overdrive"]},
    seeds=[1, 2],
    name="lanterns LANGUAGE",
)
batch = await run_batch(study, engine=engine)
shown = gallery(batch, engine=engine)
""",
    "show": "shown",
}


def notebook_in(
    language: str, server: LabServer, open_notebook: Callable[[str], Notebook]
) -> tuple[Notebook, Locator]:
    """A notebook whose cell shows the gallery of a batch of eight."""
    cells = {name: code.replace("LANGUAGE", language) for name, code in CELLS.items()}
    notebook = open_notebook(server.add_notebook(f"gallery_{language}.ipynb", cells))
    for cell in cells:
        notebook.run_cell(cell)
        notebook.wait_for_cells(cell)
    assert notebook.errors() == []
    view = notebook.cell("show").locator(".ckw-gallery")
    expect(view.get_by_role("gridcell")).to_have_count(8)
    expect(view.locator(".ckw-gallery-picture img")).to_have_count(8)
    return notebook, view


def lines_on_disk(server: LabServer, page: Page, count: int) -> list[dict[str, Any]]:
    """All ratings, by time, once there are so many: the page shows one before it is written."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        page.wait_for_timeout(100)
        found = [
            {**json.loads(line), "run": path.parent.name}
            for path in server.exports.glob("json/*/*/*/ratings.jsonl")
            for line in path.read_text(encoding="utf-8").splitlines()
        ]
    return sorted(found, key=lambda line: str(line["at"]))


def shot(notebook: Notebook, name: str) -> None:
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        notebook.page.screenshot(path=str(Path(SCREENSHOTS) / f"gallery_{name}.png"))


def test_a_batch_is_judged_by_keyboard_and_the_lines_are_on_the_disk(
    server: LabServer, open_notebook: Callable[[str], Notebook]
) -> None:
    """Rate and go on, reject, undo, tag; Python sees the same."""
    notebook, view = notebook_in("en", server, open_notebook)
    keyboard, page = notebook.page.keyboard, notebook.page
    tiles = view.get_by_role("gridcell")
    shot(notebook, "light")
    tiles.first.click()
    for key in ("4", "5", "x"):
        keyboard.press(key)
    expect(view.get_by_text("3 of 8 rated")).to_be_visible()
    first = [(line["rater"], line["rating"]) for line in lines_on_disk(server, page, 3)]
    assert first == [("anna", 4), ("anna", 5), ("anna", 0)]
    assert notebook.value("sorted(one.rating for one in batch.ratings)") == "[0, 4, 5]"
    keyboard.press("u")
    expect(view.get_by_text("2 of 8 rated")).to_be_visible()
    assert [line["rating"] for line in lines_on_disk(server, page, 4)] == [4, 5, 0, None]
    keyboard.press("t")
    form = view.locator("dialog[open]")
    expect(form.get_by_role("combobox")).to_be_focused()
    keyboard.type("warm, red")
    keyboard.press("Enter")
    expect(form).to_have_count(0)
    assert lines_on_disk(server, page, 5)[-1]["tags"] == ["warm", "red"]
    keyboard.press("n")
    expect(form.get_by_role("textbox")).to_be_focused()
    keyboard.type("two\nlines")
    keyboard.press("Control+Enter")
    assert lines_on_disk(server, page, 6)[-1]["note"] == "two\nlines"
    expect(form).to_have_count(0)
    keyboard.press("b")
    expect(form.get_by_text("the order is shuffled")).to_be_visible()
    keyboard.press("x")  # nothing here, and in a notebook what cuts the cell
    keyboard.press("Escape")
    expect(form).to_have_count(0)
    expect(tiles.first).to_be_visible()


def test_what_python_says_is_shown_in_german_and_in_the_dark(
    server: LabServer, open_notebook: Callable[[str], Notebook]
) -> None:
    """The page becomes blind when a later cell says so."""
    notebook, view = notebook_in("de", server, open_notebook)
    notebook.page.evaluate(
        "async () => { await window.jupyterapp.commands.execute("
        "'apputils:change-theme', {theme: 'JupyterLab Dark'}) }"
    )
    expect(view.get_by_text("8 Bilder")).to_be_visible()
    shot(notebook, "dark_german")
    notebook.add_cell("blind", "shown.blind(11); None")
    notebook.run_cell("blind")
    notebook.wait_for_cells("blind")
    expect(view.get_by_role("button", name="Aufdecken").first).to_be_visible()
    notebook.page.evaluate(
        "async () => { await window.jupyterapp.commands.execute("
        "'apputils:change-theme', {theme: 'JupyterLab Light'}) }"
    )
