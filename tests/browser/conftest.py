from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.lab import CLOSE_ALL, LabServer, Notebook

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


@pytest.fixture(scope="package")
def lab_page(browser: Browser) -> Iterator[Page]:
    """One page for all tests: loading JupyterLab takes longer than most of them."""
    context = browser.new_context(viewport={"width": 1180, "height": 980})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def open_notebook(
    lab_page: Page, server: LabServer, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Notebook]]:
    """Opens a notebook in JupyterLab; afterwards the page must have been without fault."""
    opened: list[Notebook] = []
    failed_before = request.session.testsfailed

    def open_one(name: str) -> Notebook:
        opened.append(Notebook(lab_page, server, name))
        return opened[-1]

    yield open_one
    if SHOTS:
        lab_page.screenshot(path=str(Path(SHOTS) / f"{request.node.name}.png"))
    lab_page.evaluate(CLOSE_ALL)
    if request.session.testsfailed > failed_before:
        lab_page.goto("about:blank")  # whatever it left open is none of the next test's
    for notebook in opened:
        notebook.leave()
        assert notebook.faults == [], "errors in the page"
        assert notebook.foreign == [], "requests that leave the machine"
