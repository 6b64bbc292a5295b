"""A page in a real browser: one of the same server works with its cookie alone, others get nothing.

The page sends what the editor sends: root-relative addresses, JSON, no header for any token.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, sync_playwright
from pytest_httpserver import HTTPServer

from canvas_kit.recorder.run import find_runs
from tests.server.conftest import TOKEN, RunningServer, ServerStarter
from tests.server.test_real_servers import small_canvas, start_lab

pytestmark = pytest.mark.browser

_RUN = """
async ({address, canvas}) => {
  const reply = await fetch(address + '/api/canvas/execute-stream', {
    method: 'POST',
    credentials: 'include',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(canvas),
  });
  const told = [];
  let name = '';
  for (const line of (await reply.text()).split('\\n')) {
    if (line.startsWith('event: ')) name = line.slice(7);
    if (line.startsWith('data: ')) told.push({name, data: JSON.parse(line.slice(6))});
  }
  return told;
}
"""
_SEND_BLINDLY = """
async ({address, canvas}) => {
  const sent = {method: 'POST', mode: 'no-cors', credentials: 'include',
                body: JSON.stringify(canvas)};
  try { await fetch(address + '/api/canvas/execute', sent); } catch (fault) { return; }
}
"""
_RUN_WITH_THE_TOKEN = """
async ({address, token, canvas}) => {
  try {
    const reply = await fetch(address + '/api/canvas/execute-stream', {
      method: 'POST',
      headers: {'Content-Type': 'application/json', Authorization: 'token ' + token},
      body: JSON.stringify(canvas),
    });
    return await reply.text();
  } catch (fault) { return 'nothing: ' + fault; }
}
"""
_SHOW = """
async (url) => {
  const image = new Image();
  image.src = url;
  document.body.append(image);
  try { await image.decode(); } catch (fault) { return 0; }
  return image.naturalWidth;
}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    server = start_lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture
def stranger() -> Iterator[BrowserContext]:
    """A browser that has signed in nowhere."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        message = "no Chromium on this machine: install the package 'chromium'"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, headless=True, args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context()
        yield context
        context.close()
        browser.close()


@pytest.fixture
def context(lab: RunningServer, stranger: BrowserContext) -> BrowserContext:
    """A browser that has signed in, as by the address that JupyterLab prints."""
    stranger.new_page().goto(f"{lab.url}/api/canvas/batches?token={TOKEN}")
    return stranger


def test_a_page_of_the_server_runs_a_canvas_and_shows_its_picture(
    lab: RunningServer, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(f"{lab.url}/login")
    canvas = small_canvas("a lighthouse")
    told: list[dict[str, Any]] = page.evaluate(_RUN, {"address": "", "canvas": canvas})
    assert told[-1]["name"] == "complete", told
    url = told[-1]["data"]["results"]["generation_1"]["output"]["url"]
    assert page.evaluate(_SHOW, url) == 64


def test_a_page_of_another_site_starts_nothing_and_shows_nothing(
    lab: RunningServer, context: BrowserContext, httpserver: HTTPServer
) -> None:
    """Although the browser is signed in."""
    own = context.new_page()
    own.goto(f"{lab.url}/login")
    told = own.evaluate(_RUN, {"address": "", "canvas": small_canvas("a lighthouse")})
    url = told[-1]["data"]["results"]["generation_1"]["output"]["url"]
    runs = len(find_runs(lab.exports))
    httpserver.expect_request("/").respond_with_data("<body></body>", content_type="text/html")
    # Another port of the same host: the same site, which is why its cookie is sent along.
    for host in ("127.0.0.1", "localhost"):
        foreign = context.new_page()
        foreign.goto(f"http://{host}:{httpserver.port}/")
        sent = {"address": lab.url, "canvas": small_canvas("stolen")}
        foreign.evaluate(_SEND_BLINDLY, sent)
        assert foreign.evaluate(_SHOW, lab.url + url) == 0
    assert len(find_runs(lab.exports)) == runs


def test_a_page_of_an_allowed_origin_runs_a_canvas_and_no_other_does(
    start_server: ServerStarter, stranger: BrowserContext, httpserver: HTTPServer
) -> None:
    """With the token, which it has to send; another origin gets nothing, although it has it too."""
    server = start_server(allow_origin=f"http://127.0.0.1:{httpserver.port}")
    httpserver.expect_request("/").respond_with_data("<body></body>", content_type="text/html")
    sent = {"address": server.url, "token": TOKEN, "canvas": small_canvas("a lighthouse")}
    told = {}
    for host in ("127.0.0.1", "localhost"):
        page = stranger.new_page()
        page.goto(f"http://{host}:{httpserver.port}/")
        told[host] = str(page.evaluate(_RUN_WITH_THE_TOKEN, sent))
    assert "event: complete" in told["127.0.0.1"]
    assert told["localhost"].startswith("nothing: ")
    assert len(find_runs(server.exports)) == 1
    page = stranger.new_page()
    page.goto(f"http://127.0.0.1:{httpserver.port}/")
    wrong = str(page.evaluate(_RUN_WITH_THE_TOKEN, sent | {"token": "another-token"}))
    assert "event:" not in wrong
    assert len(find_runs(server.exports)) == 1
