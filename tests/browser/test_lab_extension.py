"""Canvas files, jobs and inserted cells in a real JupyterLab with the workbench switched on."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from canvas_kit.backends.scripted import plain_png
from tests.browser.lab import CLOSE_ALL, LabServer, Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOTS = os.environ.get("CANVAS_KIT_SCREENSHOTS")
SMALL: dict[str, Any] = {
    "id": "workflow_1",
    "name": "Market",
    "type": "canvas_workflow",
    "of_another_program": {"zoom": 1.5, "large": 18446744073709551615},
    "nodes": [
        {"id": "input_1", "type": "input", "promptText": "A market at dawn", "x": 0, "y": 0},
        {"id": "size", "type": "resolution", "resolutionPreset": "custom", "x": 0, "y": 200}
        | {"resolutionWidth": 64, "resolutionHeight": 64},
        {"id": "picture", "type": "generation", "x": 350, "y": 0, "unknown_field": [1, None]},
        {"id": "end", "type": "collector", "x": 700, "y": 0},
    ],
    "connections": [
        {"sourceId": "input_1", "targetId": "picture"},
        {"sourceId": "size", "targetId": "picture"},
        {"sourceId": "picture", "targetId": "end"},
    ],
}

PHOTO = plain_png(8, 8)
NODES = 3
"""How many boxes are drawn of it: a size is a badge on the node that it goes to."""


class LabPage:
    """JupyterLab in a page."""

    def __init__(self, page: Page, server: LabServer) -> None:
        """Open it."""
        self.page = page
        self.server = server
        self.faults: list[str] = []
        self.foreign: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(error.stack or str(error)))
        page.on("request", self._note)
        self.load()

    def load(self) -> None:
        """Load the page, or load it anew as a user does."""
        self.page.goto(self.server.url())
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.page.evaluate("() => window.jupyterapp.restored")

    def command(self, name: str, **given: Any) -> None:
        """Have JupyterLab do something."""
        self.page.evaluate(
            "async ([name, given]) => { await window.jupyterapp.commands.execute(name, given) }",
            [name, given],
        )

    def open(self, name: str) -> None:
        """Open a file as a user does, by a double click in the file browser."""
        self.command("filebrowser:activate")
        self.command("filebrowser:refresh")
        self.page.locator(".jp-DirListing-item", has_text=name).first.dblclick()

    def write(self, name: str, document: object) -> Path:
        """Put a file into the server's folder."""
        file = self.server.root / name
        text = document if isinstance(document, str) else json.dumps(document, indent=2) + "\n"
        file.write_text(text, encoding="utf-8")
        return file

    def save(self) -> None:
        """Save the file in the foremost tab."""
        self.command("docmanager:save")

    @property
    def tab(self) -> Locator:
        """What the foremost canvas file shows."""
        return self.page.locator(".ckw-lab-file:visible")

    @property
    def jobs(self) -> Locator:
        """The entries of the list of jobs."""
        return self.page.locator("#canvas-kit-jobs .ckw-jobs > li")

    def ask(self, method: str, **parameters: Any) -> Any:
        """Ask the server as a view does."""
        return self.page.evaluate(
            """async ([method, parameters]) => {
              const settings = window.jupyterapp.serviceManager.serverSettings;
              const address = `${settings.baseUrl}api/canvas/workbench/${method}`;
              const double = document.cookie.match(/_xsrf=([^;]+)/)?.[1] ?? '';
              const headers = {'X-XSRFToken': double};
              const body = JSON.stringify(parameters);
              return await (await fetch(address, {method: 'POST', headers, body})).json();
            }""",
            [method, parameters],
        )

    def shot(self, name: str) -> None:
        """Keep a picture of the page, if somebody wants to look at it."""
        if SHOTS:
            self.page.screenshot(path=str(Path(SHOTS) / f"lab_{name}.png"))

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.server.address, "data:", "blob:")):
            self.foreign.append(request.url)


Open = Callable[[], LabPage]


@pytest.fixture(scope="module")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A JupyterLab in which the workbench was switched on."""
    server = LabServer(tmp_path_factory.mktemp("workbench"), workbench=True)
    yield server
    server.close()


@pytest.fixture(scope="module")
def shared_page(browser: Browser, lab: LabServer) -> Iterator[LabPage]:
    """JupyterLab in one page for all tests."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(60_000)
    yield LabPage(context.new_page(), lab)
    context.close()


@pytest.fixture
def page(shared_page: LabPage, request: pytest.FixtureRequest) -> Iterator[LabPage]:
    """JupyterLab without a tab; the page must be without fault afterwards."""
    failed_before = request.session.testsfailed
    shared_page.faults.clear()
    shared_page.foreign.clear()
    yield shared_page
    shared_page.page.unroute_all()
    if request.session.testsfailed > failed_before:
        shared_page.load()  # whatever it left open is none of the next test's
    shared_page.page.evaluate(CLOSE_ALL)
    assert shared_page.faults == [], "errors in the page"
    assert shared_page.foreign == [], "requests that leave the machine"


def test_a_job_is_listed_stopped_shown_and_forgotten(page: LabPage) -> None:
    """The panel finds what runs, however it was started, and stops it; what was made is kept."""
    job = page.ask("start", document=SMALL, vary={"factors": {}, "seeds": 900}, name="Many markets")
    assert "job" in job, job
    page.command("canvas-kit:jobs")
    entry = page.jobs.filter(has_text="Many markets")
    expect(entry).to_contain_text("of 900 runs")
    under_way = re.compile(r"[1-9]\d?")  # of 100, and it goes on while this looks
    expect(entry.get_by_role("progressbar")).to_have_attribute("aria-valuenow", under_way)
    page.shot("panel")
    entry.get_by_role("button", name="Show").click()
    shown = page.page.locator(".ckw-job")
    expect(shown.locator(".ckw-job-pictures img").first).to_be_visible()
    picture = shown.locator(".ckw-job-pictures img").first
    page.page.wait_for_function(
        "(image) => image.complete && image.naturalWidth > 0", arg=picture.element_handle()
    )
    page.shot("job")
    entry.get_by_role("button", name="Stop").click()
    expect(entry.locator(".ckw-standing")).to_have_text("stopped")
    entry.get_by_role("button", name="Remove from the list").click()
    expect(entry).to_have_count(0)


def test_a_canvas_file_is_edited_saved_and_opened_again(page: LabPage) -> None:
    """The file holds the change, and all that canvas-kit does not know."""
    file = page.write("market.canvas.json", SMALL)
    page.open("market.canvas.json")
    name = page.tab.get_by_label("Name of the canvas")
    expect(name).to_have_value("Market")
    expect(page.tab.locator(".react-flow__node")).to_have_count(NODES)
    page.shot("file")
    name.fill("Market at noon")
    name.press("Enter")
    page.tab.locator(".ckw-palette").get_by_role("button", name="Interception").click()
    expect(page.tab.locator(".react-flow__node")).to_have_count(NODES + 1)
    page.save()
    saved = json.loads(file.read_text())
    assert saved["name"] == "Market at noon"
    assert len(saved["nodes"]) == 5
    assert saved["of_another_program"] == SMALL["of_another_program"]
    assert saved["nodes"][2]["unknown_field"] == [1, None]
    assert file.read_text() == json.dumps(saved, ensure_ascii=False, indent=2) + "\n"
    page.load()
    page.open("market.canvas.json")
    expect(page.tab.get_by_label("Name of the canvas")).to_have_value("Market at noon")
    expect(page.tab.locator(".react-flow__node")).to_have_count(NODES + 1)


def test_undo_of_the_edit_menu_takes_a_change_back(page: LabPage) -> None:
    """JupyterLab's own undo works on the file, and the editor follows."""
    page.write("undone.canvas.json", SMALL)
    # With the first checkpoint of a file JupyterLab forgets what there is to undo.
    with page.page.expect_response(
        lambda answer: answer.request.method == "POST" and "/checkpoints" in answer.url
    ):
        page.open("undone.canvas.json")
    # Counted in the page: it comes after what the page makes of that answer, however busy it is.
    page.page.evaluate("() => new Promise((done) => setTimeout(done, 500))")
    name = page.tab.get_by_label("Name of the canvas")
    expect(name).to_have_value("Market")
    name.fill("Something else")
    name.press("Enter")
    # A menu knows what can be undone when it is opened, and not later.
    expect(page.page.locator(".lm-TabBar-tab.jp-mod-dirty", has_text="undone")).to_be_visible()
    page.page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.page.get_by_role("menuitem", name="Undo").first.click()
    expect(name).to_have_value("Market")


def test_a_file_that_changed_on_disk_is_loaded_or_asked_about(page: LabPage) -> None:
    """Unedited it is loaded anew; edited, the user says whose changes hold."""
    file = page.write("shared.canvas.json", SMALL)
    page.open("shared.canvas.json")
    name = page.tab.get_by_label("Name of the canvas")
    expect(name).to_have_value("Market")
    file.write_text(json.dumps(SMALL | {"name": "From elsewhere"}))
    expect(name).to_have_value("From elsewhere")

    name.fill("Mine")
    name.press("Enter")
    file.write_text(json.dumps(SMALL | {"name": "Theirs"}))
    page.page.get_by_role("button", name="Take theirs").click()
    expect(name).to_have_value("Theirs")

    name.fill("Mine again")
    name.press("Enter")
    file.write_text(json.dumps(SMALL | {"name": "Theirs again"}))
    page.page.get_by_role("button", name="Keep mine").click()
    expect(name).to_have_value("Mine again")
    assert json.loads(file.read_text())["name"] == "Theirs again"


def test_what_is_no_canvas_is_told_and_left_alone(page: LabPage) -> None:
    """Broken JSON, and JSON of another kind, are told in words and opened as text."""
    for file_name, text, said in (
        ("broken.canvas.json", '{"nodes": [', "not valid JSON"),
        ("other.canvas.json", '{"a": 1}', "There is no canvas in other.canvas.json"),
    ):
        file = page.write(file_name, text)
        page.open(file_name)
        expect(page.tab).to_contain_text(said)
        page.save()
        assert file.read_text() == text
        page.tab.get_by_role("button", name="Open as text").click()
        expect(page.page.locator(".jp-FileEditor:visible")).to_contain_text(text)


def test_a_new_canvas_is_made_in_the_file_menu(page: LabPage) -> None:
    """It is an empty canvas in a file, open in the editor."""
    page.command("canvas-kit:new-canvas", cwd="")
    expect(page.tab.locator(".ckw-editor")).to_be_visible()
    made = json.loads((page.server.root / "untitled.canvas.json").read_text())
    assert (made["nodes"], made["connections"]) == ([], [])


def test_a_canvas_runs_from_its_tab_and_is_found_again_after_a_reload(page: LabPage) -> None:
    """No kernel is there: the run is a job, in tab and panel; with a picture beside the file."""
    (page.server.root / "photo.png").write_bytes(PHOTO)
    photo = {"id": "photo", "type": "image_input", "imageData": "photo.png", "x": 350, "y": 200}
    line = {"sourceId": "photo", "targetId": "end"}
    document = SMALL | {
        "name": "Run me",
        "nodes": [*SMALL["nodes"], photo],
        "connections": [*SMALL["connections"], line],
    }
    page.write("run.canvas.json", document)
    asked = {"document": document, "canvas_file": "../run.canvas.json", "folder": "/"}
    (problem,) = page.ask("check", **asked)["problems"]
    assert "outside the folder" in problem["message"]
    page.command("canvas-kit:jobs")
    page.open("run.canvas.json")
    page.tab.get_by_role("button", name="Run", exact=True).click()
    picture = page.tab.locator(".ckw-thumb img").first
    expect(picture).to_be_visible()
    bar = page.tab.get_by_role("toolbar").bounding_box()
    assert bar is not None
    assert bar["height"] > 24, "the views' styles leave each other alone"
    page.shot("run")
    page.command("canvas-kit:jobs")
    expect(page.jobs.filter(has_text="Run me").locator(".ckw-standing")).to_have_text("completed")
    (run,) = [
        folder
        for folder in page.server.exports.glob("json/*/*/canvas_run_*")
        if "Run me" in (folder / "workflow.json").read_text()
    ]
    assert {file.read_bytes() == PHOTO for file in run.glob("final/*.png")} == {True, False}
    page.load()
    page.open("run.canvas.json")
    expect(picture).to_be_visible()


def test_code_is_put_below_the_cell_that_asks(page: LabPage) -> None:
    """A view in an output asks for it by an event; the new cell is the active one."""
    page.server.add_notebook("insert.ipynb", {"first": "1", "second": "2"})
    page.command("docmanager:open", path="insert.ipynb", kernel={"name": None})
    cells = page.page.locator(".jp-NotebookPanel:visible .jp-Cell")
    expect(cells).to_have_count(2)
    inserted = page.page.evaluate(
        """() => new Promise((done) => {
          const cell = document.querySelector('.jp-NotebookPanel .jp-Cell');
          const detail = {code: 'inserted = 1', done};
          cell.dispatchEvent(new CustomEvent('canvas-kit:insert', {detail, bubbles: true}));
        })"""
    )
    assert inserted is True
    expect(cells).to_have_count(3)
    expect(cells.nth(1)).to_contain_text("inserted = 1")
    # a notebook that is closed while its kernel starts is an error of JupyterLab's own
    page.page.evaluate(
        """async () => {
          const {sessionContext} = jupyterapp.shell.currentWidget.context;
          await sessionContext.ready;
          await sessionContext.session.kernel.info;
        }"""
    )


def test_what_ends_after_a_reload_is_what_the_notebook_holds(page: LabPage) -> None:
    """In place of how far it was; JupyterLab alone passes over what an earlier page received."""
    cells = {
        "begin": "import ipywidgets\n"
        "from canvas_kit.views.front_end import Twin\n"
        "live = Twin()\n"
        "live.show(ipywidgets.Button(description='live'), {'text/html': 'seen half way'})",
        "end": "live.end({'text/html': 'the result'})",
    }
    notebook = Notebook(page.page, page.server, page.server.add_notebook("ended.ipynb", cells))
    notebook.run_cell("begin")
    expect(notebook.cell("begin").get_by_role("button", name="live")).to_be_visible()
    notebook.save()
    notebook.load()
    notebook.run_cell("end")
    expect(notebook.cell("begin")).to_contain_text("the result")
    kept = str(notebook.outputs("begin"))
    assert "the result" in kept
    assert "seen half way" not in kept
    assert "widget-view" not in kept
    assert notebook.faults == []
    notebook.leave()


def test_without_the_servers_half_a_file_is_edited_and_saved_all_the_same(page: LabPage) -> None:
    """A line says what is missing and how to switch it on."""
    file = page.write("alone.canvas.json", SMALL)
    page.page.route("**/api/canvas/**", lambda route: route.fulfill(status=404, body="{}"))
    page.load()
    page.open("alone.canvas.json")
    expect(page.tab.locator(".ckw-lab-bar")).to_contain_text("canvas-kit workbench enable")
    page.tab.locator(".ckw-palette").get_by_role("button", name="Interception").click()
    expect(page.tab.locator(".react-flow__node")).to_have_count(NODES + 1)
    page.shot("without_server")
    page.save()
    assert len(json.loads(file.read_text())["nodes"]) == 5


def test_the_gallery_opens_in_a_tab(page: LabPage) -> None:
    """It shows the pictures of the exports folder; what made one opens as a new canvas file."""
    page.command("canvas-kit:jobs")
    page.ask("start", document=SMALL, name="The newest")
    newest = page.jobs.filter(has_text="The newest")
    expect(newest.locator(".ckw-standing")).to_have_text("completed")
    page.command("canvas-kit:gallery")
    expect(page.page.locator(".jp-MainAreaWidget:visible img").first).to_be_visible()
    page.shot("gallery")
    page.page.locator("[role=gridcell]:visible").first.click()
    page.page.keyboard.press("o")
    page.page.get_by_role("button", name="Open in the editor").click()
    expect(page.tab.locator(".react-flow__node")).to_have_count(NODES)
    made = max(
        page.server.root.glob("untitled*.canvas.json"), key=lambda file: file.stat().st_mtime
    )
    nodes = json.loads(made.read_text())["nodes"]
    assert [node["id"] for node in nodes] == [node["id"] for node in SMALL["nodes"]]


def test_in_the_dark(page: LabPage) -> None:
    """The theme of JupyterLab holds for the tab and for the panel."""
    page.ask("start", document=SMALL, name="At night")
    page.command("apputils:change-theme", theme="JupyterLab Dark")
    page.command("canvas-kit:jobs")
    page.write("dark.canvas.json", SMALL)
    page.command("docmanager:open", path="dark.canvas.json")
    expect(page.tab.locator(".react-flow__node")).to_have_count(NODES)
    expect(page.jobs.first).to_be_visible()
    dark = "(element) => getComputedStyle(element).backgroundColor.match(/\\d+/)[0] < 64"
    for shown in (page.page.locator(".ckw-panel"), page.tab):
        page.page.wait_for_function(dark, arg=shown.element_handle())
    page.shot("dark")
    page.command("apputils:change-theme", theme="JupyterLab Light")


def test_a_job_is_followed_over_a_restart_of_the_server(page: LabPage) -> None:
    """The panel says that the server is away, and goes on when it is back; so does the job."""
    page.ask("start", document=SMALL, vary={"factors": {}, "seeds": 60}, name="Over a restart")
    page.command("canvas-kit:jobs")
    entry = page.jobs.filter(has_text="Over a restart")
    expect(entry).to_contain_text("of 60 runs")
    page.server.close()
    expect(page.page.locator(".ckw-panel [role=alert]")).to_contain_text("does not answer")
    page.server.start()
    expect(page.page.locator(".ckw-panel [role=alert]")).to_have_count(0)
    expect(entry.locator(".ckw-standing")).to_have_text("completed")
