"""Real servers in processes of their own, on loopback, ended by their process id."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from canvas_kit.recorder.run import Run, find_runs
from tests.server.editor_client import EditorClient

TOKEN = "a-token-for-tests"
ROOT = Path(__file__).parents[2]
_STARTING_SECONDS = 150


@dataclass
class RunningServer:
    """A server that answers.

    Attributes:
        url: Its base URL.
        exports: Where its records lie.
        process: Its process.
        said: What it wrote to stderr.
    """

    url: str
    exports: Path
    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    @property
    def client(self) -> EditorClient:
        return EditorClient(self.url, TOKEN)

    def record(self, run_id: str) -> Run:
        """The record of a run, read from the disk."""
        for folder in find_runs(self.exports):
            if folder.name.endswith(run_id):
                return Run.open(folder)
        raise AssertionError(f"no record of {run_id}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            for pipe in (self.process.stdout, self.process.stderr):
                if pipe is not None:
                    pipe.close()


ServerStarter = Callable[..., RunningServer]


def quiet_environment(folder: Path) -> dict[str, str]:
    """The environment for a Jupyter process that must not touch this person's files."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "CANVAS_KIT_"))
    }
    places = {
        "JUPYTER_CONFIG_DIR": folder / "config",
        "JUPYTER_DATA_DIR": folder / "data",
        "JUPYTER_RUNTIME_DIR": folder / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": folder / "lab",
        "JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces",
        "CANVAS_KIT_JOBS_FOLDER": folder / "jobs",
        "IPYTHONDIR": folder / "ipython",
    }
    return kept | {name: str(path) for name, path in places.items()} | {"JUPYTER_NO_CONFIG": "1"}


def start_process(command: list[str], folder: Path, exports: Path, **more: Any) -> RunningServer:
    """Start a server that prints a line of JSON when it answers."""
    process = subprocess.Popen(
        command,
        cwd=more.pop("cwd", ROOT),
        env=quiet_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )
    said: list[str] = []
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    assert process.stderr is not None

    def read(pipe: Any, take: Callable[[str], None]) -> None:
        try:
            for line in pipe:
                take(line)
        except ValueError:
            pass  # closed at the end
        take("")

    for pipe, take in ((process.stdout, lines.put), (process.stderr, said.append)):
        threading.Thread(target=read, args=(pipe, take), daemon=True).start()
    line = lines.get(timeout=_STARTING_SECONDS)
    if not line:
        process.kill()
        process.wait()
        raise AssertionError(f"the server did not start: {''.join(said)}")
    return RunningServer(json.loads(line)["url"].rstrip("/"), exports, process, said)


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerStarter]:
    """Starts a server with a scripted backend; all are ended with the tests."""
    started: list[RunningServer] = []

    def start(exports: Path | None = None, **told: Any) -> RunningServer:
        folder = tmp_path_factory.mktemp("server")
        exports = exports or folder / "exports"
        told |= {"exports": str(exports), "token": TOKEN}
        command = [sys.executable, "-m", "tests.server.scripted_server", json.dumps(told)]
        server = start_process(command, folder, exports)
        started.append(server)
        return server

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="session")
def server(start_server: ServerStarter) -> RunningServer:
    """One server for all tests that change nothing about it."""
    return start_server()


@pytest.fixture
def client(server: RunningServer) -> EditorClient:
    return server.client
