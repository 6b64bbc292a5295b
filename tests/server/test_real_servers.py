"""Everything that a client does, against the programs that people start.

A real ``jupyter lab`` with the extension switched on, and ``canvas-kit serve``; both with the
embedded backend, so that the pictures are real ones.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from canvas_kit.recorder.run import Run
from canvas_kit.workbench.enabling import Place, enable
from tests.server.conftest import TOKEN, RunningServer, quiet_environment, start_process
from tests.server.editor_client import EditorClient, canvas, sha256

pytestmark = pytest.mark.slow

_STARTING_SECONDS = 150


def small_canvas(words: str) -> dict[str, Any]:
    """A canvas whose picture is small, so that it is painted soon."""
    document = canvas(words)
    document["nodes"].append(
        {
            "id": "size",
            "type": "resolution",
            "resolutionPreset": "custom",
            "resolutionWidth": 64,
            "resolutionHeight": 64,
        }
    )
    document["connections"].append({"sourceId": "size", "targetId": "generation_1"})
    return document


def start_lab(folder: Path) -> RunningServer:
    """A JupyterLab that touches no file of this person."""
    exports = folder / "exports"
    enable(Place(config=folder / "config", data=folder / "data"))
    environment = quiet_environment(folder) | {"CANVAS_KIT_EXPORTS": str(exports)}
    del environment["JUPYTER_NO_CONFIG"]
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ServerApp.port=0",
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={folder}",
        ],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        text=True,
    )
    log.close()
    about = folder / "runtime" / f"jpserver-{process.pid}.json"
    until = time.monotonic() + _STARTING_SECONDS
    while not about.is_file():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            process.wait()
            raise AssertionError((folder / "log").read_text())
        time.sleep(0.1)
    while not (text := about.read_text()):
        time.sleep(0.05)
    url = json.loads(text)["url"].rstrip("/")
    while True:  # the file is written a moment before the server listens
        try:
            socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), 1).close()
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return RunningServer(url, exports, process)


def start_serve(folder: Path, token: str = TOKEN) -> RunningServer:
    """``canvas-kit serve``, as a script starts it."""
    exports = folder / "exports"
    command = [sys.executable, "-m", "canvas_kit.cli", "serve", "--port", "0", "--json"]
    command += ["--token", token, "--exports", str(exports)]
    return start_process(command, folder, exports, cwd=folder)


@pytest.fixture(scope="module", params=["jupyter lab", "canvas-kit serve"])
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("real")
    server = {"jupyter lab": start_lab, "canvas-kit serve": start_serve}[request.param](folder)
    yield server
    server.stop()


def test_without_the_token_nothing_is_answered(real: RunningServer) -> None:
    for token in (None, "another"):
        anyone = EditorClient(real.url, token)
        for path in ("llm-models", "batches", "openapi.json"):
            assert anyone.ask("GET", f"/api/canvas/{path}").status == 403
        body = {"workflow": small_canvas("x"), "count": 1}
        for path in ("execute", "execute-stream", "execute-batch", "abort-batch"):
            assert anyone.ask("POST", f"/api/canvas/{path}", body).status == 403


def test_a_foreign_origin_is_refused(real: RunningServer) -> None:
    headers = {"Origin": "http://evil.example"}
    body = {"workflow": small_canvas("x")}
    assert real.client.ask("POST", "/api/canvas/execute", body, headers=headers).status == 403
    assert real.client.ask("GET", "/api/canvas/batches", headers=headers).status == 403


def test_a_cookie_of_serve_opens_no_other_server_of_the_same_user(tmp_path: Path) -> None:
    """Browsers keep no cookies apart by port; each server has a secret of its own for them."""
    home = tmp_path / "home"
    home.mkdir()
    lab = start_lab(home)
    try:
        serve = start_serve(home, token="another-token-for-tests")
        try:
            signed_in = EditorClient(serve.url, None).ask(
                "GET", "/api/canvas/batches?token=another-token-for-tests"
            )
            assert signed_in.status == 200
            value = signed_in.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
            for server, status in ((serve, 200), (lab, 403)):
                name = f"username-{urlsplit(server.url).netloc.replace('.', '-').replace(':', '-')}"
                reply = EditorClient(server.url, None).ask(
                    "GET", "/api/canvas/batches", headers={"Cookie": f"{name}={value}"}
                )
                assert reply.status == status
            for path in ("/api/kernels", "/api/terminals", "/api/contents"):
                reply = EditorClient(lab.url, None).ask(
                    "GET", path, headers={"Cookie": f"{name}={value}"}
                )
                assert reply.status == 403
        finally:
            serve.stop()
    finally:
        lab.stop()


def test_everything_an_editor_does_works(real: RunningServer) -> None:
    """Choose, run, run a batch, lose the line and come back, abort one, fetch every picture."""
    client = real.client
    for path in ("llm-models", "vision-models", "output-configs", "interception-configs"):
        assert client.get(f"/api/canvas/{path}")["count"] > 0
    body = small_canvas("a harbour at dusk") | {"workflow": {"id": "w", "name": "Harbour"}}
    with client.stream("/api/canvas/execute-stream", body) as stream:
        complete = list(stream)[-1]
    assert complete.name == "complete", complete
    pictures = [complete.data["results"]["generation_1"]["output"]["url"]]
    folders = [complete.data["exportPath"]]

    body = {"workflow": small_canvas("a harbour at dusk"), "count": 3, "base_seed": 1}
    stream = client.stream("/api/canvas/execute-batch", body)
    seen = stream.until("run_start")
    again = stream.reply.headers["Content-Location"]
    stream.close()
    with client.stream(again, last_id=seen.id) as stream:
        told = list(stream)
    assert told[-1].name == "batch_complete"
    assert told[-1].data["completed_runs"] == 3
    folders += told[-1].data["export_paths"]
    pictures += [
        f"/api/media/image/{Path(path).name.removeprefix('canvas_run_')}/0"
        for path in told[-1].data["export_paths"]
    ]
    for url, folder in zip(pictures, folders, strict=True):
        run = Run.open(real.exports / folder)
        assert sha256(client.picture(url).data) == run.images[0].sha256
        assert run.verify() == []

    body = {"workflow": canvas("a very large harbour"), "count": 40}
    with client.stream("/api/canvas/execute-batch", body) as stream:
        batch_id = stream.until("batch_started").data["batch_id"]
        stream.until("run_start")
        assert client.post("/api/canvas/abort-batch", {"batch_id": batch_id})["success"]
        assert stream.until("batch_aborted").data["batch_id"] == batch_id


def test_serve_ends_soon_when_it_is_told_to_and_what_was_made_is_whole(tmp_path: Path) -> None:
    """As Ctrl-C does: the run under way is closed, the port is free, no process stays behind."""
    server = start_serve(tmp_path)
    body = {"workflow": canvas("a very large harbour"), "count": 40}
    stream = server.client.stream("/api/canvas/execute-batch", body)
    stream.until("run_start")
    stream.until("node_complete")
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(30) == 0
    stream.close()
    server.stop()
    runs = [Run.open(path) for path in server.exports.glob("json/*/*/canvas_run_*")]
    assert runs
    for run in runs:
        assert run.verify() == []


def test_the_token_can_come_from_a_file(tmp_path: Path) -> None:
    """An argument is seen by all who can list the processes of the machine."""
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    command = [sys.executable, "-m", "canvas_kit.cli", "serve", "--port", "0", "--json"]
    command += ["--token-file", "token", "--exports", "exports"]
    server = start_process(command, tmp_path, tmp_path / "exports", cwd=tmp_path)
    try:
        assert server.client.ask("GET", "/api/canvas/batches").status == 200
        assert EditorClient(server.url, "another").ask("GET", "/api/canvas/batches").status == 403
    finally:
        server.stop()


def test_serve_refuses_a_token_that_could_be_guessed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "canvas_kit.cli", "serve", "--port", "0", "--token", "1234"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=quiet_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "at least 8 characters" in done.stderr
    assert "Traceback" not in done.stderr
