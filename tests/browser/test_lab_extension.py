"""Canvas files, jobs and inserted cells in a real JupyterLab with the workbench switched on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.browser.lab import LabServer

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


class LabPage:
    """JupyterLab in a page."""

    def __init__(self, page: Page, server: LabServer) -> None:
        """Open it."""
        self.page = page
        self.server = server
        self.faults: list[str] = []
        self.foreign: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
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


@pytest.fixture
def page(browser: Browser, lab: LabServer) -> Iterator[LabPage]:
    """JupyterLab in a page of its own, which must be without fault afterwards."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(30_000)
    opened = LabPage(context.new_page(), lab)
    yield opened
    context.close()
    assert opened.faults == [], "errors in the page"
    assert opened.foreign == [], "requests that leave the machine"


def test_a_job_is_listed_stopped_shown_and_forgotten(page: LabPage) -> None:
    """The panel finds what runs, however it was started, and stops it; what was made is kept."""
    job = page.ask("start", document=SMALL, vary={"factors": {}, "seeds": 300}, name="Many markets")
    assert "job" in job, job
    page.command("canvas-kit:jobs")
    entry = page.jobs.filter(has_text="Many markets")
    expect(entry).to_contain_text("of 300 runs")
    expect(entry.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "1")
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
