"""A JupyterLab server of its own for the browser tests, and a page that drives a notebook in it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Locator, Page, Request

from canvas_kit.workbench.enabling import Place, enable

REPOSITORY = Path(__file__).parents[2]
_STARTING_SECONDS = 150

_OPEN = """
async (path) => {
  const app = window.jupyterapp;
  const panel = await app.commands.execute('docmanager:open', {path});
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  window.notebook = panel.content;
  window.session = panel.sessionContext;
}
"""
CLOSE_ALL = """
async () => {
  const app = window.jupyterapp;
  const {sessions} = app.serviceManager;
  await sessions.shutdownAll();
  for (const widget of [...app.shell.widgets('main')]) widget.dispose();
}
"""
"""Ends every kernel and closes every tab, without a question."""
_RUN_CELL = """
async (id) => {
  const cells = window.notebook.widgets;
  const index = cells.findIndex((cell) => cell.model.id === id);
  if (index < 0) throw new Error(`no cell ${id}`);
  window.notebook.activeCellIndex = index;
  window.jupyterapp.commands.execute('notebook:run-cell');
  cells[index].node.scrollIntoView({block: 'center'});
}
"""
_STATES = """
() => window.notebook.model.sharedModel.cells
  .filter((cell) => cell.cell_type === 'code')
  .map((cell) => ({id: cell.getId(), count: cell.execution_count, outputs: cell.getOutputs()}))
"""
_EXECUTED = f"""
(ids) => {{
  const cells = ({_STATES})().filter((cell) => !ids.length || ids.includes(cell.id));
  const failed = (cell) => cell.outputs.some((output) => output.output_type === 'error');
  return cells.every((cell) => cell.count) || cells.some(failed);
}}
"""
_ADD_CELL = """
([id, source]) => {
  const shared = window.notebook.model.sharedModel;
  shared.addCell({cell_type: 'code', id, source, metadata: {}});
}
"""
_VALUE = """
async (expression) => {
  for (;;) {
    const future = window.session.session.kernel.requestExecute({
      code: '', silent: true, user_expressions: {value: expression},
    });
    const {content} = await future.done;
    // A kernel drops what is asked for while a cell is failing.
    if (content.status !== 'aborted') return content.user_expressions.value;
  }
}
"""


class LabServer:
    """JupyterLab on a free port, with folders of its own; nothing of the person's is touched."""

    def __init__(self, folder: Path, *, workbench: bool = False) -> None:
        """Start it.

        Args:
            folder: Where its notebooks, settings and records lie.
            workbench: Whether the workbench is switched on in it; cells do without.
        """
        if workbench:
            enable(Place(config=folder / "config", data=folder / "data"))
        self.root = folder / "root"
        self.exports = folder / "exports"
        self.root.mkdir(parents=True)
        self._token = secrets.token_hex(16)
        self._port = 0
        self.address = ""
        self._folder = folder
        self.start()

    def start(self) -> None:
        """Start it, or start it again as it was."""
        self._log = (self._folder / "server.log").open("ab")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--ip=127.0.0.1", f"--port={self._port}", "--ServerApp.port_retries=0"),
                *(f"--ServerApp.root_dir={self.root}", "--LabApp.expose_app_in_browser=True"),
            ],
            env=self._environment(self._folder),
            cwd=self.root,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._wait_until_up()

    def url(self) -> str:
        """The address of JupyterLab, with the token."""
        return f"{self.address}/lab?token={self._token}&reset"

    def add_notebook(self, name: str, cells: Mapping[str, str] | None = None) -> str:
        """Put a notebook into the server's folder: the project's own, or a new one with ``cells``.

        Args:
            name: The file's name.
            cells: Sources by cell id, for a new one.
        """
        if cells is None:
            content = (REPOSITORY / "notebooks" / name).read_text(encoding="utf-8")
        else:
            content = json.dumps(notebook_of(cells))
        (self.root / name).write_text(content, encoding="utf-8")
        return name

    def close(self) -> None:
        """End it, and the kernels with it."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _environment(self, folder: Path) -> dict[str, str]:
        given = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("JUPYTER", "CANVAS_KIT", "IPYTHON", "JPY"))
        }
        for name in ("CONFIG", "RUNTIME", "DATA"):
            given[f"JUPYTER_{name}_DIR"] = str(folder / name.lower())
        settings = folder / "settings"
        _write(settings / "@jupyterlab/notebook-extension/tracker", {"windowingMode": "none"})
        _write(
            settings / "@jupyterlab/apputils-extension/notification",
            {"fetchNews": "false", "checkForUpdates": False},
        )
        return given | {
            "JUPYTERLAB_SETTINGS_DIR": str(settings),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_TOKEN": self._token,
            "CANVAS_KIT_EXPORTS": str(self.exports),
            "CANVAS_KIT_JOBS_FOLDER": str(folder / "jobs"),
        }

    def _wait_until_up(self) -> None:
        last = time.monotonic() + _STARTING_SECONDS
        about = self._folder / "runtime" / f"jpserver-{self._process.pid}.json"
        while time.monotonic() < last and self._process.poll() is None:
            try:
                self._port = self._port or json.loads(about.read_text())["port"]
                self.address = f"http://127.0.0.1:{self._port}"
                with urllib.request.urlopen(f"{self.address}/api?token={self._token}", timeout=2):
                    return
            except (OSError, ValueError):  # neither told nor listening yet
                time.sleep(0.1)
        self.close()
        raise RuntimeError(f"JupyterLab did not start; its words are in {self._log.name}.")


class Notebook:
    """A notebook that is open in a page."""

    def __init__(self, page: Page, server: LabServer, name: str) -> None:
        """Open it, in the JupyterLab that the page shows or else a new one; its kernel answers."""
        self.page = page
        self.faults: list[str] = []
        self.foreign: list[str] = []
        self._server = server
        page.on("pageerror", self._fault)
        page.on("request", self._note)
        self._name = name
        if page.url.startswith(f"{server.address}/lab"):
            page.evaluate(_OPEN, name)
        else:
            self.load()

    def load(self) -> None:
        """Load the page, or load it anew as a user does; the kernel goes on."""
        self.page.goto(self._server.url())
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.page.evaluate("() => window.jupyterapp.restored")
        self.page.evaluate("() => window.jupyterapp.allPluginsActivated")  # the widgets', too
        self.page.evaluate(_OPEN, self._name)

    def leave(self) -> None:
        """Note nothing more of what happens in the page."""
        self.page.remove_listener("pageerror", self._fault)
        self.page.remove_listener("request", self._note)

    def save(self) -> None:
        """Save the notebook."""
        self.page.evaluate(
            "async () => { await window.jupyterapp.commands.execute('docmanager:save') }"
        )

    def run_cell(self, cell_id: str) -> None:
        """Start a cell; does not wait for it."""
        self.page.evaluate(_RUN_CELL, cell_id)

    def add_cell(self, cell_id: str, source: str) -> None:
        """Append a cell with code."""
        self.page.evaluate(_ADD_CELL, [cell_id, source])

    def run_all(self) -> None:
        """Start every cell; does not wait for them."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")

    def command(self, name: str) -> None:
        """Have JupyterLab do something; does not wait for it."""
        self.page.evaluate("(name) => { window.jupyterapp.commands.execute(name) }", name)

    def wait_for_cells(self, *cell_ids: str, seconds: float = 60) -> None:
        """Wait until these cells, or all, have been executed, or until one of them failed."""
        self.page.wait_for_function(_EXECUTED, arg=list(cell_ids), timeout=seconds * 1000)

    def outputs(self, cell_id: str) -> list[dict[str, Any]]:
        """What a saved notebook would hold as this cell's outputs."""
        states = self.page.evaluate(_STATES)
        return next(state["outputs"] for state in states if state["id"] == cell_id)

    def errors(self) -> list[str]:
        """Errors in the outputs of any cell."""
        return [
            f"{state['id']}: {output['ename']}: {output['evalue']}"
            for state in self.page.evaluate(_STATES)
            for output in state["outputs"]
            if output["output_type"] == "error"
        ]

    def cell(self, cell_id: str) -> Locator:
        """A cell in the page."""
        index = self.page.evaluate(
            "(id) => window.notebook.widgets.findIndex((cell) => cell.model.id === id)", cell_id
        )
        return self.page.locator(".jp-NotebookPanel:visible .jp-Notebook .jp-Cell").nth(index)

    def value(self, expression: str) -> str:
        """What an expression is in the kernel, as its ``repr``; waits for the running cell."""
        answer: dict[str, Any] = self.page.evaluate(_VALUE, expression)
        assert answer["status"] == "ok", answer
        return str(answer["data"]["text/plain"])

    def _fault(self, error: Error) -> None:
        self.faults.append(error.stack or str(error))

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self._server.address, "data:", "blob:")):
            self.foreign.append(request.url)


def notebook_of(cells: Mapping[str, str]) -> dict[str, Any]:
    """A notebook with code cells, by their ids."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [
            {
                "cell_type": "code",
                "id": cell_id,
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for cell_id, source in cells.items()
        ],
    }


def _write(path: Path, settings: dict[str, Any]) -> None:
    file = path.with_name(f"{path.name}.jupyterlab-settings")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(settings), encoding="utf-8")
