"""One notebook, wherever it goes: exported to HTML, run by papermill, served by Voilà."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import papermill
import pytest
from nbconvert.exporters.html import HTMLExporter
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import REPOSITORY, LabServer, Notebook, notebook_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = {
    "prepare": """
from canvas_kit import *

words, album = Input("A house by the sea"), Collector()
canvas = Canvas(words >> Interception("bauhaus") >> Generation(width=64, steps=1) >> album)
form = CanvasForm()
STUDY = {"input_1.text": ["A house by the sea", "A boat", "A bridge over the river"]}
""",
    "drawing": "canvas",
    "run": "await run(canvas, seed=1)",
    "batch": "await run_batch(canvas, count=4)",
    "grid": "(await run_batch(Sweep(canvas, STUDY, seeds=range(3)))).grid(columns='input_1.text')",
    "live": "handle = run(canvas, seed=2)\nhandle",
    "form": "form",
    "editor": "canvas.edit()",
    "gallery": "(await run(canvas, seed=1)).gallery()",
}
SHOTS = os.environ.get("CANVAS_KIT_SCREENSHOTS")
ALWAYS_ASKED_FOR = ("mathjax", "require.js", "mermaid")
"""What nbconvert asks for in every page, whatever is in it."""


def looked_at(browser: Browser, notebook: Path) -> Iterator[Page]:
    """The notebook as HTML, in a page that reaches nothing but that file."""
    saved = nbformat.read(notebook, as_version=4)
    html, _ = HTMLExporter().from_notebook_node(saved)  # type: ignore[no-untyped-call]
    file = notebook.with_suffix(".html")
    file.write_text(html, encoding="utf-8")
    page = browser.new_page()
    asked: list[str] = []

    def answer(route: object, request: object) -> None:
        url = request.url  # type: ignore[attr-defined]
        if url.startswith(("file:", "data:")):
            route.continue_()  # type: ignore[attr-defined]
        else:
            asked.append(url)
            route.abort()  # type: ignore[attr-defined]

    page.route("**/*", answer)
    page.goto(file.as_uri())
    yield page
    page.close()
    assert [url for url in asked if not any(name in url for name in ALWAYS_ASKED_FOR)] == []


def assert_everything_is_seen(page: Page) -> None:
    """Drawing and pictures are there, and nothing that speaks of widgets."""
    pictures = page.locator(".jp-OutputArea-output img")
    broken = "(all) => all.filter((i) => i.offsetParent && !(i.complete && i.naturalWidth)).length"
    assert pictures.evaluate_all(broken) == 0
    seen = [
        page.locator(f".jp-Cell[id='cell-id={name}'] .jp-OutputArea :is(img, svg):visible").count()
        for name in ("drawing", "run", "batch", "live", "form", "editor", "gallery")
    ]
    assert seen[:3] == [1, 1, 4]
    assert all(seen)
    words = page.locator("body").inner_text()
    for bad in ("Error displaying widget", "VBox(", "Loading widget", "model not found"):
        assert bad not in words
    # On paper nothing can be scrolled to: all of it is as wide as the page, A4 without its margins.
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 720, "height": 1000})
    cut = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.id)"
    assert page.locator(".jp-OutputArea-output, .jp-OutputArea .ck *").evaluate_all(cut) == []


def test_a_saved_notebook_is_whole_without_kernel_and_network(
    browser: Browser, server: LabServer, open_notebook: Callable[[str], Notebook]
) -> None:
    """Saved by JupyterLab with live widgets in it, then exported to HTML."""
    notebook = open_notebook(server.add_notebook("everything.ipynb", CELLS))
    notebook.run_all()
    notebook.wait_for_cells(seconds=120)
    expect(notebook.cell("live").locator(".ck-card.picture img:visible")).to_have_count(1)
    assert notebook.errors() == []
    notebook.save()
    for page in looked_at(browser, server.root / "everything.ipynb"):
        assert_everything_is_seen(page)


def test_under_papermill_no_widget_state_swells_the_file(browser: Browser, tmp_path: Path) -> None:
    """Nobody can press a button there: the executed notebook has the static forms alone."""
    source, executed = tmp_path / "everything.ipynb", tmp_path / "executed.ipynb"
    source.write_text(json.dumps(notebook_of(CELLS)), encoding="utf-8")
    papermill.execute_notebook(source, executed, cwd=tmp_path, progress_bar=False)
    text = executed.read_text(encoding="utf-8")
    assert "widget-view" not in text
    assert "widgets" not in json.loads(text)["metadata"]
    assert len(text) < 600_000, f"{len(text):,}"
    for page in looked_at(browser, executed):
        assert_everything_is_seen(page)


@pytest.fixture
def voila(tmp_path: Path) -> Iterator[str]:
    """A Voilà server that shows the same notebook, by its address."""
    (tmp_path / "page.ipynb").write_text(json.dumps(notebook_of(CELLS)), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "CANVAS_KIT"))}
    folders = {"EXPORTS": "exports", "JOBS_FOLDER": "jobs"}
    given |= {f"CANVAS_KIT_{key}": str(tmp_path / name) for key, name in folders.items()}
    given["IPYTHONDIR"] = str(tmp_path / "i")
    given["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), given.get("PYTHONPATH", "")])
    with (tmp_path / "voila.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "voila", "page.ipynb", "--no-browser", f"--port={port}"],
            cwd=tmp_path,
            env=given,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        last = time.monotonic() + 150
        while time.monotonic() < last:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/voila/static/missing", timeout=2)
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/"
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_in_voila_form_editor_and_gallery_are_live(
    browser: Browser, voila: str, tmp_path: Path
) -> None:
    """What is run from form and editor, and judged in the gallery; no static twin is seen."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(voila, timeout=120_000)
    form = page.locator(".ck-live", has=page.locator("button.mod-primary"))
    run_button = form.locator("button.mod-primary")
    expect(run_button).to_be_visible()
    form.locator("textarea").first.fill("A goat")
    form.locator("textarea").first.blur()
    run_button.click()
    expect(form.locator(".ck-card.picture img")).to_be_visible()
    expect(form.locator(".ck-try img")).to_be_visible()
    expect(form.locator(".ck-card").first).to_contain_text("A goat")

    editor = page.locator(".ck-live .ckw-editor")
    editor.get_by_role("button", name="Run", exact=True).click()
    expect(editor.locator("[data-id=generation_1] .ckw-run img").first).to_be_visible()
    gallery = page.locator(".ck-live .ckw-gallery")
    gallery.get_by_role("gridcell").first.click()
    page.keyboard.press("4")
    expect(gallery.get_by_text("1 of 1 rated")).to_be_visible()
    for static in page.locator(".ck-static").all()[-3:]:
        expect(static).to_be_hidden()
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / "voila.png"), full_page=True)
    # The page shows a rating before it is written; once it is closed, its kernel ends.
    lines: list[str] = []
    while not "".join(lines).endswith("\n"):
        page.wait_for_timeout(100)
        ratings = (tmp_path / "exports").glob("json/*/*/*/ratings.jsonl")
        lines = [path.read_text(encoding="utf-8") for path in ratings]
    page.close()
    (line,) = lines
    assert json.loads(line)["rating"] == 4
