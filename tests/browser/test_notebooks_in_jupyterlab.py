"""What a person sees and does, in a real JupyterLab in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from canvas_kit import Run
from canvas_kit.recorder.run import find_runs
from canvas_kit.values import RunStatus
from tests.browser.lab import LabServer, Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[[str], Notebook]

SLOW_LAB = """
import asyncio
from canvas_kit import *
from canvas_kit.backends.scripted import ScriptedBackend

lab = ScriptedBackend("lab", seconds=60, steps=600)
settings = Settings.load(media_model="lab/slow")
engine = Engine(settings, backends={"lab": lab})
slow = Canvas.of(Input("A slow picture") >> Generation() >> Collector())
"""

HELD_LAB = SLOW_LAB.replace(
    'lab = ScriptedBackend("lab", seconds=60, steps=600)',
    """
class Held(ScriptedBackend):
    async def generate(self, request, reporter):
        made = await super().generate(request, reporter)
        while not go_on:
            await asyncio.sleep(0.1)
        return made

lab, go_on = Held("lab", seconds=1, steps=10), []
""",
)

WIDTH = "(image) => image.decode().then(() => image.naturalWidth)"

WATCH = """
() => {
  window.seen = {};
  const visible = (element) => Boolean(element && element.offsetParent);
  new MutationObserver(() => {
    if (visible(document.querySelector('.widget-image'))) window.seen.preview = true;
    if (visible(document.querySelector('button[title="What has been made is kept."]')))
      window.seen.cancel = true;
  }).observe(document.body, {subtree: true, childList: true, attributes: true});
}
"""
"""Notes what is there for a moment only, however fast the machine paints."""


def test_the_first_notebook_shows_its_pictures(open_notebook: Open, server: LabServer) -> None:
    """Every cell of 01 runs; pictures and the drawn canvas appear; the live run became a result."""
    notebook = open_notebook(server.add_notebook("01_first_run.ipynb"))
    notebook.run_all()
    notebook.wait_for_cells()
    expect(notebook.cell("live").locator(".ck-static .ck-card img")).to_have_count(1)
    expect(notebook.cell("live").locator(".ck-card img")).to_have_count(1)
    assert notebook.errors() == []
    for name in ("five-lines", "other-seed", "live"):
        picture = notebook.cell(name).locator("img").last
        picture.scroll_into_view_if_needed()
        assert picture.evaluate(WIDTH) == 512
    expect(notebook.cell("drawn").get_by_role("img", name="Canvas").first).to_be_visible()
    kept = notebook.outputs("live")
    gone, static = (str(output["data"]["text/html"]) for output in kept)
    assert "<img" not in gone
    assert static.count("<img") == 1
    assert "widget-view" not in str(kept)


def test_the_form_paints_what_is_typed(open_notebook: Open, server: LabServer) -> None:
    """A prompt typed into the form of 03 becomes a preview, then a result, then a recorded run."""
    notebook = open_notebook(server.add_notebook("03_build_a_canvas.ipynb"))
    notebook.run_cell("make-form")
    notebook.run_cell("form")
    form = notebook.cell("form")
    prompt = form.locator("textarea").first
    prompt.fill("A red <b>boat</b> on a lake")
    prompt.blur()
    form.locator("select").first.select_option(label="🔊  Overdrive")
    form.get_by_label("Size").select_option(label="1024 × 1024")
    notebook.page.evaluate(WATCH)
    run_button = form.locator("button.mod-primary")
    run_button.click()
    result = form.locator(".ck-live .ck-card.picture img")
    expect(result).to_be_visible()
    assert result.evaluate(WIDTH) > 256
    assert notebook.page.evaluate("() => window.seen") == {"preview": True, "cancel": True}
    expect(form.locator(".ck-live .ck-card").first).to_contain_text("A red <b>boat</b> on a lake")
    expect(form.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(run_button).to_be_enabled()
    notebook.run_cell("form")  # what was tried is still there
    expect(form.locator(".ck-live .ck-try img")).to_be_visible()
    expect(result).to_be_visible()
    recorded = Run.open(find_runs(server.exports)[-1])
    assert recorded.status is RunStatus.COMPLETED
    assert recorded["input_1"].text == "A red <b>boat</b> on a lake"
    assert recorded.images[0].width == 1024


def test_stopping_works_by_button_and_by_interrupt(open_notebook: Open, server: LabServer) -> None:
    """A run is cancelled by its button, once no cell is busy, and by an interrupt."""
    cells = {
        "prepare": SLOW_LAB,
        "idle": "idle = run(slow, engine=engine)\nidle",
        "busy": "busy = run(slow, engine=engine)\nbusy",
        "waiting": "await asyncio.sleep(2)",
        "batch": "batch = run_batch(slow, count=50, engine=engine)\nbatch",
        "awaited": "awaited = run(slow, engine=engine)\nprint('waiting')\nawait awaited",
    }
    notebook = open_notebook(server.add_notebook("stopping.ipynb", cells))
    notebook.run_cell("prepare")

    notebook.run_cell("idle")
    shown = notebook.cell("idle")
    expect(shown).to_contain_text("step ")
    shown.get_by_role("button", name="Cancel").click()
    expect(shown.locator(".ck-head:visible")).to_contain_text("cancelled")
    assert notebook.value("idle.result().status.value") == "'cancelled'"

    notebook.run_cell("busy")
    shown = notebook.cell("busy")
    expect(shown).to_contain_text("step ")
    notebook.run_cell("waiting")
    shown.get_by_role("button", name="Cancel").click()
    expect(shown.locator(".ck-head:visible")).to_contain_text("cancelled")
    assert notebook.value("busy.result().status.value") == "'cancelled'"

    notebook.run_cell("batch")
    shown = notebook.cell("batch")
    expect(shown).to_contain_text("under way")
    shown.get_by_role("button", name="Abort").click()
    expect(shown.locator(".ck-head:visible")).to_contain_text("aborted")

    notebook.run_cell("awaited")
    expect(notebook.cell("awaited").locator(".jp-OutputArea")).to_contain_text("waiting")
    notebook.command("notebook:interrupt-kernel")
    notebook.wait_for_cells("awaited")
    assert any("awaited" in error for error in notebook.errors())
    assert notebook.value("awaited.result(10).status.value") == "'cancelled'"
    assert notebook.value("lab.cancelled >= 4") == "True"


def test_a_page_that_is_loaded_anew_shows_the_result(
    open_notebook: Open, server: LabServer
) -> None:
    """A run goes on while the page is loaded anew, and its result appears there, also later."""
    cells = {
        "prepare": HELD_LAB,
        "live": "live = run(slow, engine=engine)\nlive",
    }
    notebook = open_notebook(server.add_notebook("reload.ipynb", cells))
    notebook.run_cell("prepare")
    notebook.run_cell("live")
    live = notebook.cell("live").locator(".ck-live")
    expect(live).to_contain_text("step ")
    notebook.save()
    notebook.load()
    # It is held, so that it is under way however long the page takes.
    expect(live).to_contain_text("step ")
    assert notebook.value("go_on.append(True)") == "None"
    expect(notebook.cell("live").locator(".ck-card img")).to_be_visible()
    notebook.save()
    notebook.load()
    expect(notebook.cell("live").locator(".ck-card img")).to_be_visible()
