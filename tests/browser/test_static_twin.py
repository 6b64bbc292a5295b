"""A widget and what stands in its place: one of the two is seen, wherever a notebook is opened."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters.html import HTMLExporter
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import LabServer, Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = {
    "first": """
import ipywidgets
from canvas_kit.views.front_end import Twin

def bundle(words):
    return {"text/plain": words, "text/html": f"<b>{words}</b>"}

def shown(name):
    twin = Twin()
    twin.show(ipywidgets.Button(description=f"live {name}"), bundle(f"static {name}"))
    return twin

print("before")
lone = shown("one")
print("after")
""",
    "pair": "ending, staying = shown('two'), shown('three')",
    "update": "lone.update(bundle('static one, later'))",
    "end": "ending.end(bundle('ended two'))",
}

SEEN = """
() => [...document.querySelectorAll('.jp-OutputArea-child')]
  .filter((child) => child.offsetHeight > 8).map((child) => child.innerText.trim())
"""
"""The words of the outputs that take up room; an output without content has its padding alone."""


def wait_for(page: Page, *words: str) -> None:
    """Wait until these outputs are seen, and no others."""
    same = f"(words) => JSON.stringify(({SEEN})()) === JSON.stringify(words)"
    try:
        page.wait_for_function(same, arg=list(words), timeout=30_000)
    except Exception:
        assert page.evaluate(SEEN) == list(words)
        raise


def test_the_widget_is_seen_while_it_lives_and_its_twin_afterwards(
    open_notebook: Callable[[str], Notebook], server: LabServer
) -> None:
    """Live, reloaded, ended, restarted, opened anew without that kernel, and not trusted."""
    notebook = open_notebook(server.add_notebook("twins.ipynb", CELLS))
    page = notebook.page
    notebook.run_cell("first")
    notebook.run_cell("pair")
    wait_for(page, "before", "live one", "after", "live two", "live three")
    notebook.run_cell("update")
    notebook.run_cell("end")
    wait_for(page, "before", "live one", "after", "ended two", "live three")
    kept = notebook.outputs("pair")
    assert ["widget-view" in str(output) for output in kept] == [False, False, True, False]

    notebook.save()
    notebook.load()
    wait_for(page, "before", "live one", "after", "ended two", "live three")

    page.evaluate("() => window.session.restartKernel()")
    wait_for(page, "before", "static one, later", "after", "ended two", "static three")
    notebook.load()
    wait_for(page, "before", "static one, later", "after", "ended two", "static three")
    expect(page.get_by_text("Error displaying widget")).to_be_hidden()

    path = server.root / "twins.ipynb"
    changed = json.loads(path.read_text(encoding="utf-8"))
    changed["cells"][0]["source"] += "# changed by another program, so not trusted"
    path.with_name("distrusted.ipynb").write_text(json.dumps(changed), encoding="utf-8")
    distrusted = open_notebook("distrusted.ipynb")
    wait_for(distrusted.page, "before", "static one, later", "after", "ended two", "static three")


def test_an_exported_page_shows_the_twin_alone(
    browser: Browser, server: LabServer, open_notebook: Callable[[str], Notebook], tmp_path: Path
) -> None:
    """nbconvert to HTML, opened without a network: no widget, no error, nothing asked for it."""
    notebook = open_notebook(server.add_notebook("exported_twins.ipynb", CELLS))
    notebook.run_cell("first")
    notebook.run_cell("pair")
    wait_for(notebook.page, "before", "live one", "after", "live two", "live three")
    notebook.save()
    saved = nbformat.read(server.root / "exported_twins.ipynb", as_version=4)
    html, _ = HTMLExporter().from_notebook_node(saved)  # type: ignore[no-untyped-call]
    file = tmp_path / "exported.html"
    file.write_text(html, encoding="utf-8")

    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route(
        "**/*", lambda route: route.continue_() if "file:" in route.request.url else route.abort()
    )
    page.goto(file.as_uri())
    wait_for(page, "before", "static one", "after", "static two", "static three")
    always = {"mathjax", "require.js", "mermaid"}  # what nbconvert asks for in every page
    ours = [url for url in asked[1:] if not any(name in url.lower() for name in always)]
    assert ours == []
    page.close()
