"""A real JupyterHub with two users, whose pages have one origin: opt in by naming its program.

``CANVAS_KIT_JUPYTERHUB=/path/to/bin/jupyterhub pytest tests/server/test_real_hub.py``

The environment of that program needs canvas-kit and JupyterLab too, and a configurable-http-proxy
in its ``bin`` or on the PATH. Held on JupyterHub 6.1.1 with Jupyter Server 2.21.1.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.server.editor_client import canvas

HUB = os.environ.get("CANVAS_KIT_JUPYTERHUB", "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not HUB, reason="CANVAS_KIT_JUPYTERHUB names no jupyterhub program"),
]

STARTING_SECONDS = 120
PRIVATE_WORDS = "a letter that nobody else shall read"

CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/{{username}}"
c.Spawner.args = ["--allow-root"]
c.Spawner.environment = {{"CANVAS_KIT_EXPORTS": "exports"}}
"""

UNSANDBOXED = """
from jupyter_server.files.handlers import FilesHandler
FilesHandler.content_security_policy = property(lambda self: "")
"""
"""Mallory's own server, where files may do what pages may do."""

ATTACK = """
async ([paths, body]) => {
  const seen = []
  for (const [path, posted] of paths) {
    for (const mode of ['cors', 'no-cors', 'same-origin']) {
      const more = posted ? {method: 'POST', body: JSON.stringify(body)} : {}
      if (posted && mode !== 'no-cors') more.headers = {'Content-Type': 'application/json'}
      try {
        const answer = await fetch(path, {mode, credentials: 'include', ...more})
        seen.push([path, mode, answer.status, await answer.text()])
      } catch (error) { seen.push([path, mode, 0, String(error)]) }
    }
    if (!posted) {
      const frame = document.createElement('iframe')
      frame.src = path
      document.body.append(frame)
      await new Promise(done => { frame.onload = done; setTimeout(done, 3000) })
      let text = ''
      try { text = frame.contentDocument.body.innerText } catch (error) { text = '' }
      seen.push([path, 'frame', 0, text])
      const popup = window.open(path)
      await new Promise(done => setTimeout(done, 1500))
      try { text = popup.document.body.innerText } catch (error) { text = '' }
      if (popup) popup.close()
      seen.push([path, 'popup', 0, text])
    }
  }
  return seen
}
"""


@dataclass
class Hub:
    """A hub that answers; everybody signs in with their name."""

    url: str
    folder: Path

    def sign_in(self, page: Page, name: str) -> None:
        """Sign in, and wait until the user's own server answers."""
        page.goto(f"{self.url}/hub/login")
        page.fill("#username_input", name)
        page.fill("#password_input", "x")
        page.click("#login_submit")
        page.wait_for_url(re.compile(rf"/user/{name}/"), timeout=STARTING_SECONDS * 1000)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    for name in ("alice", "mallory"):
        (folder / name).mkdir()
    own = folder / "mallory" / ".jupyter"
    own.mkdir()
    (own / "jupyter_server_config.py").write_text(UNSANDBOXED)
    (folder / "mallory" / "page.html").write_text("<!doctype html><title>x</title><body></body>")
    port, hub_port, proxy_port = free_port(), free_port(), free_port()
    config = folder / "config.py"
    config.write_text(
        CONFIG.format(folder=folder, port=port, hub_port=hub_port, proxy_port=proxy_port)
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CANVAS_KIT_")}
    kept.pop("PYTHONPATH", None)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [HUB, "-f", str(config)],
            cwd=folder,
            env=kept | {"PATH": f"{Path(HUB).parent}:{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + STARTING_SECONDS
        while True:
            try:
                urllib.request.urlopen(f"{url}/hub/login", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < until, (folder / "log").read_text()
                time.sleep(0.2)
        yield Hub(url, folder)
    finally:
        # The users' servers and the proxy are in sessions of their own.
        log_text = (folder / "log").read_text()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise AssertionError(log_text) from None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        found = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield found
        found.close()


def ask_as_the_user(page: Page, method: str, path: str, body: object = None) -> dict[str, Any]:
    """What Alice's own JupyterLab asks, with her XSRF token."""
    told: dict[str, Any] = page.evaluate(
        """async ([method, path, body]) => {
          const found = document.cookie.match(/(?:^|; )_xsrf=([^;]+)/)
          const answer = await fetch(path, {method, headers: {'X-XSRFToken': found[1],
            'Content-Type': 'application/json'}, body: body ? JSON.stringify(body) : undefined})
          return {status: answer.status, text: await answer.text()}
        }""",
        [method, path, body],
    )
    return told


def test_a_page_of_another_user_reads_nothing_and_starts_nothing(
    hub: Hub, browser: Browser
) -> None:
    """Alice is signed in and opens a page of Mallory's, which has the same origin as hers."""
    alice, api = browser.new_context(), "/user/alice/api"
    page = alice.new_page()
    hub.sign_in(page, "alice")
    document = canvas(PRIVATE_WORDS)
    made = ask_as_the_user(page, "POST", f"{api}/canvas/execute", {"workflow": document})
    assert made["status"] == 200, made
    records = sorted((hub.folder / "alice" / "exports").rglob("canvas_run_*"))
    run_id = records[0].name.removeprefix("canvas_run_")
    own = ask_as_the_user(page, "GET", f"{api}/canvas/runs/{run_id}")
    assert own["status"] == 200
    assert run_id in own["text"]
    mallory = browser.new_context()
    hub.sign_in(mallory.new_page(), "mallory")  # her server runs; Alice only follows a link
    hostile = alice.new_page()
    hostile.goto(f"{hub.url}/user/mallory/files/page.html")
    paths = [
        (f"{api}/contents", False),  # Jupyter's own, to compare with
        (f"{api}/canvas/output-configs", False),
        (f"{api}/canvas/batches", False),
        (f"{api}/canvas/runs/{run_id}", False),
        (f"{api}/canvas/runs/{run_id}/events", False),
        (f"{api}/canvas/execute", True),
        (f"{api}/canvas/execute-batch", True),
        (f"{api}/media/upload/image", True),
    ]
    seen = hostile.evaluate(ATTACK, [paths, {"workflow": document, "count": 1}])
    for line in seen:
        print(*line[:3], repr(line[3][:70]))
    told = ('"success"', "batch", "letter", "page.html")
    got = [line for line in seen if any(word in line[3] for word in told)]
    assert [line[:3] for line in got if line[0] != f"{api}/contents"] == []
    assert sorted((hub.folder / "alice" / "exports").rglob("canvas_run_*")) == records
