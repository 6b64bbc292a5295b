"""The canvas editor in a notebook's cell, in a real JupyterLab, as a user meets it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from canvas_kit.recorder.run import Run, find_runs
from tests.browser.lab import LabServer, Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[[str], Notebook]
SCREENSHOTS = os.environ.get("CANVAS_KIT_SCREENSHOTS")
"""A folder for screenshots, for those who want to look at them."""

SLOW_LAB = """
from canvas_kit import *
from canvas_kit.backends.scripted import ScriptedBackend

def judged(request):
    if request.answer_schema is None:
        return f"draft {len(lab.text_requests)}"
    return {"score": 2 if len(lab.text_requests) < 4 else 9, "commentary": "more colour"}

lab = ScriptedBackend("lab", text=judged, seconds=lambda request: 0.05, steps=2)
slow = ScriptedBackend("slow", seconds=600, steps=6000)
names = {"text_model": "lab/w", "judge_model": "lab/j", "media_model": "slow/p", "language": "de"}
engine = Engine(Settings.load(**names), backends={"lab": lab, "slow": slow})
"""


def editor_in(notebook: Notebook, cell_id: str) -> Locator:
    """The living editor in a cell."""
    found = notebook.cell(cell_id).locator(".ck-live")
    expect(found.get_by_role("toolbar")).to_be_visible()
    return found


def node(editor: Locator, node_id: str) -> Locator:
    return editor.locator(f".react-flow__node[data-id={node_id}]")


def draw(notebook: Notebook, editor: Locator, source: str, target: str) -> None:
    """Draw a connection with the mouse, from an output to the input that takes a text or medium."""
    start = node(editor, source).locator(".ckw-portrow .react-flow__handle.source").first
    end = node(editor, target).locator(".ckw-portrow .react-flow__handle.target").first
    start.hover()
    notebook.page.mouse.down()
    end.hover()
    notebook.page.mouse.up()


def take(notebook: Notebook, name: str) -> None:
    if SCREENSHOTS:
        notebook.page.screenshot(path=str(Path(SCREENSHOTS) / f"editor_{name}.png"))


def test_a_canvas_is_built_with_the_mouse_and_run(open_notebook: Open, server: LabServer) -> None:
    """From nothing to a picture on the disk; Python and page in step; nothing lost by a reload."""
    cells = {
        "edit": "from canvas_kit import *\ncanvas = globals().get('canvas', Canvas())\n"
        "editor = canvas.edit()\neditor",
        "python": "editor.set('input_1', text='A boat')\neditor.add(Display(id='shown'));",
        "next": "print(canvas.nodes[0].text)",
    }
    notebook = open_notebook(server.add_notebook("editor.ipynb", cells))
    notebook.run_cell("edit")
    editor = editor_in(notebook, "edit")
    for kind in ("input", "interception", "generation", "collector"):
        editor.locator(f"[data-type={kind}]").click()
    editor.get_by_role("button", name="Nodes to add").click()  # makes room
    editor.get_by_role("button", name="Close the form").click()
    editor.get_by_role("button", name="Lay out").click()
    editor.get_by_role("button", name="Show all").click()
    ids = ["input_1", "interception_1", "generation_1", "collector_1"]
    for source, target in itertools.pairwise(ids):
        draw(notebook, editor, source, target)
    expect(editor.locator(".react-flow__edge")).to_have_count(3)
    node(editor, "input_1").click()
    words = editor.locator(".ckw-form textarea").first
    words.fill("A market at dawn")
    words.blur()
    take(notebook, "built")

    # What is on the screen is in the variable, in the order of doing, before the next cell runs.
    notebook.run_cell("next")
    expect(notebook.cell("next").locator(".jp-OutputArea-output")).to_contain_text("A market")
    drawn = notebook.value("' | '.join(map(str, canvas.connections))")
    assert drawn == repr(" | ".join(f"{a} → {b}" for a, b in itertools.pairwise(ids)))
    notebook.run_cell("python")
    expect(node(editor, "shown")).to_be_attached()
    expect(words).to_have_value("A boat")
    editor.get_by_role("button", name="Undo").click()
    expect(node(editor, "shown")).to_have_count(0)
    notebook.page.wait_for_function("() => !document.querySelector('.ckw-kernel')?.textContent")
    assert notebook.value("' '.join(n.id for n in canvas.nodes)") == repr(" ".join(ids))

    before = len(find_runs(server.exports))
    editor.get_by_role("button", name="Run", exact=True).click()
    picture = node(editor, "generation_1").locator(".ckw-run img").first
    expect(picture).to_be_visible()
    expect(editor.locator(".ckw-results")).to_contain_text("Completed")
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    take(notebook, "run")
    made = Run.open(find_runs(server.exports)[-1])
    assert len(find_runs(server.exports)) == before + 1
    assert made.images[0].path.is_file()
    assert notebook.value("editor.result.id") == repr(made.id)
    assert notebook.errors() == []

    # After a reload, and when the cell is run again, canvas and result are there.
    notebook.save()
    notebook.load()
    editor = editor_in(notebook, "edit")
    expect(editor.locator(".react-flow__node")).to_have_count(4)
    expect(node(editor, "generation_1").locator(".ckw-run img").first).to_be_visible()
    notebook.run_cell("edit")
    assert notebook.value("len(canvas.nodes)") == "4"
    editor = editor_in(notebook, "edit")
    expect(editor.locator(".react-flow__node")).to_have_count(4)
    expect(node(editor, "generation_1").locator(".ckw-run img").first).to_be_visible()


def test_a_run_is_followed_through_a_reload_and_cancelled(
    open_notebook: Open, server: LabServer
) -> None:
    """In German and in the dark: a loop's rounds, progress, reload in the middle, cancelling."""
    cells = {
        "prepare": SLOW_LAB,
        "edit": "prompt = Input('Ein Boot', id='prompt')\ndraft = Interception('bauhaus', "
        "id='draft')\njudge = Evaluation(id='judge')\npicture = Generation(id='picture')\n"
        "loop = Canvas(prompt >> draft >> judge, judge.failed >> draft,\n"
        "    judge.passed >> picture >> Collector())\n"
        "editor = loop.edit(engine=engine)\neditor",
        "busy": "import time\neditor.run()\ntime.sleep(4)",
    }
    notebook = open_notebook(server.add_notebook("loop.ipynb", cells))
    notebook.page.evaluate(
        "() => window.jupyterapp.commands.execute('apputils:change-theme',"
        " {theme: 'JupyterLab Dark'})"
    )
    notebook.run_cell("prepare")
    notebook.run_cell("edit")
    editor = editor_in(notebook, "edit")
    expect(editor.locator("[data-type=collector]")).to_contain_text("Sammlung")
    expect(editor.locator(".react-flow__edge")).to_have_count(5)
    editor.get_by_role("button", name="Alles zeigen").click()
    notebook.run_cell("busy")  # snapshots come although the kernel is busy
    editor.scroll_into_view_if_needed()
    expect(node(editor, "draft")).to_contain_text("Runde 2")
    expect(node(editor, "picture").locator("[data-state=running]")).to_be_visible()
    take(notebook, "german_dark")
    notebook.wait_for_cells("busy")
    notebook.save()
    notebook.load()
    take(notebook, "reloading")
    editor = editor_in(notebook, "edit")
    expect(node(editor, "picture").locator("[data-state=running]")).to_be_visible()
    editor.get_by_role("button", name="Abbrechen").click()
    expect(editor.locator(".ckw-results")).to_contain_text("Abgebrochen")
    assert notebook.value("editor.result.status.value") == "'cancelled'"
    assert notebook.value("slow.cancelled") == "1"
    kept = str(notebook.outputs("edit"))
    assert "data:image/svg+xml" in kept
    assert "ck-static" in kept
    assert len(kept) < 200_000
    notebook.page.evaluate(
        "() => window.jupyterapp.commands.execute('apputils:change-theme',"
        " {theme: 'JupyterLab Light'})"
    )


def test_a_preset_is_varied_and_the_grid_appears(open_notebook: Open, server: LabServer) -> None:
    """Two presets become two runs, seen in a grid; the file keeps what is edited."""
    cells = {
        "edit": "from canvas_kit import *\nchain = Input('A boat', id='prompt') >> "
        "Interception('bauhaus', id='draft') >> Generation(width=128, steps=4, id='picture')\n"
        "editor = chain.edit(file='varied.canvas.json')\neditor",
    }
    notebook = open_notebook(server.add_notebook("varied.ipynb", cells))
    notebook.run_cell("edit")
    editor = editor_in(notebook, "edit")
    node(editor, "draft").click()
    editor.locator(".ckw-field").first.get_by_role("button", name="Vary this").click()
    levels = editor.get_by_role("group", name="Values of Preset")
    levels.get_by_role("combobox").or_(levels.locator("input, button").last).first.click()
    editor.get_by_role("option", name="Overdrive").click()
    notebook.page.keyboard.press("Escape")
    expect(editor.locator(".ckw-varybar")).to_contain_text("2 runs")
    take(notebook, "varied")
    editor.get_by_role("button", name="Run 2").click()
    expect(editor.locator(".ckw-grid img, .ckw-strip img")).to_have_count(2)
    expect(editor.locator(".ckw-results")).to_contain_text("Completed")
    take(notebook, "grid")
    assert notebook.value("len(editor.result), len(editor.sweep)") == "(2, 2)"
    code = notebook.value("editor.sweep.to_python()")
    assert '"draft.preset": ["bauhaus", "overdrive"]' in code
