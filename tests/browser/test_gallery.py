"""Pictures of a batch looked through and judged in JupyterLab: what is judged is on the disk."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

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


def lines_on_disk(server: LabServer) -> list[dict[str, Any]]:
    """All ratings, by time."""
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
    """Rate and go on, tag, undo, filter, compare, blind; then all of it from Python."""
    notebook, view = notebook_in("en", server, open_notebook)
    keyboard, page = notebook.page.keyboard, notebook.page
    tiles = view.get_by_role("gridcell")
    shot(notebook, "light")
    tiles.first.click()
    for key in ("4", "5", "x"):
        keyboard.press(key)
    expect(view.get_by_text("3 of 8 rated")).to_be_visible()
    page.wait_for_timeout(300)
    first = [(line["rater"], line["rating"]) for line in lines_on_disk(server)]
    assert first == [("anna", 4), ("anna", 5), ("anna", 0)]
    assert notebook.value("sorted(one.rating for one in batch.ratings)") == "[0, 4, 5]"
    keyboard.press("u")
    expect(view.get_by_text("2 of 8 rated")).to_be_visible()
    keyboard.press("t")
    view.get_by_role("dialog").get_by_role("combobox").fill("keep, warm light")
    keyboard.press("Enter")
    expect(view.get_by_role("dialog")).to_have_count(0)
    notebook.page.wait_for_function(
        "() => document.querySelectorAll('.ckw-gallery-marks').length > 0"
    )
    assert lines_on_disk(server)[-1]["tags"] == ["keep", "warm light"]

    facets = view.get_by_role("group", name="Filters")
    facets.get_by_text("bauhaus", exact=True).first.click()
    expect(tiles).to_have_count(4)
    shot(notebook, "facets")
    view.get_by_role("button", name="Clear all").click()
    expect(tiles).to_have_count(8)

    tiles.nth(0).click()
    tiles.nth(3).click(modifiers=["Control"])
    keyboard.press("c")
    dialog = view.get_by_role("dialog")
    expect(dialog.locator(".ckw-gallery-pane")).to_have_count(2)
    expect(dialog.get_by_role("table")).to_be_visible()
    shot(notebook, "compare")
    keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    chosen = "len(shown.selection), [one.kind for one in shown.selection]"
    page.wait_for_timeout(500)
    assert notebook.value(chosen) == "(2, ['image', 'image'])"


def test_blind_hides_what_made_a_picture_and_keeps_the_seed(
    server: LabServer, open_notebook: Callable[[str], Notebook]
) -> None:
    """Begun from Python, in German and in the dark; the rating holds seed and position."""
    notebook, view = notebook_in("de", server, open_notebook)
    notebook.page.evaluate(
        "async () => { await window.jupyterapp.commands.execute("
        "'apputils:change-theme', {theme: 'JupyterLab Dark'}) }"
    )
    expect(view.get_by_text("8 Bilder")).to_be_visible()
    notebook.page.wait_for_timeout(800)
    shot(notebook, "dark_german")
    before = len(lines_on_disk(server))
    notebook.add_cell("blind", "shown.blind(11); None")
    notebook.run_cell("blind")
    notebook.wait_for_cells("blind")
    expect(view.get_by_text("Aufdecken")).to_be_visible()
    told = view.inner_text()
    assert "bauhaus" not in told
    assert "boat" not in told
    view.get_by_role("gridcell").nth(2).click()
    notebook.page.keyboard.press("3")
    expect(view.get_by_text("1 von 8 bewertet")).to_be_visible()
    shot(notebook, "blind")
    notebook.page.wait_for_timeout(300)
    line = lines_on_disk(server)[before]
    assert line["blind"] == {"seed": 11, "position": 2, "of": 8}
    assert notebook.value("list(shown)[2].file, shown.ratings[0].rating") == (
        "('final/03_generation.png', 3)"
    )
    outputs = notebook.outputs("show")
    assert len(json.dumps(outputs)) < 400_000
    static = "".join(
        str(output["data"].get("text/html", "")) for output in outputs if "data" in output
    )
    assert "Seed 11" in static or "seed 11" in static
    notebook.page.evaluate(
        "async () => { await window.jupyterapp.commands.execute("
        "'apputils:change-theme', {theme: 'JupyterLab Light'}) }"
    )
