from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.lab import LabServer, Notebook

SHOTS = os.environ.get("CANVAS_KIT_TEST_SHOTS")
"""A folder for screenshots, if somebody wants to look at them."""


expect.set_options(timeout=60_000)  # a busy machine is no fault of the code


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        message = "no Chromium on this machine: install the package 'chromium'"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            headless=True,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync", *quiet],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """One JupyterLab for all tests."""
    server = LabServer(tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


@pytest.fixture
def open_notebook(
    browser: Browser, server: LabServer, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Notebook]]:
    """Opens a notebook in a page of its own; afterwards the page must have been without fault."""
    opened: list[Notebook] = []
    context = browser.new_context(viewport={"width": 1180, "height": 980})
    context.set_default_timeout(60_000)

    def open_one(name: str) -> Notebook:
        notebook = Notebook(context.new_page(), server, name)
        opened.append(notebook)
        return notebook

    yield open_one
    for number, notebook in enumerate(opened):
        if SHOTS:
            name = f"{request.node.name}_{number}.png"
            notebook.page.screenshot(path=str(Path(SHOTS) / name))
        notebook.page.evaluate("() => window.session.shutdown()")
    context.close()
    for notebook in opened:
        assert notebook.faults == [], "errors in the page"
        assert notebook.foreign == [], "requests that leave the machine"
