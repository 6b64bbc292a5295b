"""The workbench is in JupyterLab for those who switched it on, and for nobody else."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from jupyterlab.commands import get_app_dir
from typer.testing import CliRunner

import canvas_kit
from canvas_kit.cli.main import app
from canvas_kit.workbench.enabling import LAB_EXTENSION, Place, disable, enable, status

ROOT = Path(canvas_kit.__file__).parents[1]
_STARTING_SECONDS = 150


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A user's folders, empty."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    return Place.user()


def states(place: Place) -> dict[str, str]:
    """How each half is, at this place."""
    return {
        item.what: item.state
        for item in status()
        if item.path.is_relative_to(place.config) or item.path.is_relative_to(place.data)
    }


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_switched_on_is_found_and_a_second_time_changes_nothing(place: Place) -> None:
    assert states(place) == {}
    enable(place)
    assert states(place) == {"server extension": "on", "JupyterLab extension": "on"}
    first = contents(place.config.parent)
    enable(place)
    assert contents(place.config.parent) == first


def test_what_is_switched_off_leaves_nothing(place: Place) -> None:
    enable(place)
    assert len(disable(place)) == 2
    assert contents(place.config.parent) == {}
    assert disable(place) == []


def test_other_settings_stay_and_what_jupyters_own_command_switched_on_goes_too(
    place: Place,
) -> None:
    """``jupyter server extension enable canvas_kit.server`` writes a file of its own."""
    folder = place.config / "jupyter_server_config.d"
    folder.mkdir(parents=True)
    extensions = {"canvas_kit.server": True, "other": True}
    (folder / "canvas_kit.server.json").write_text(
        json.dumps({"ServerApp": {"jpserver_extensions": extensions, "port": 1}})
    )
    (folder / "broken.json").write_text("{")
    assert states(place) == {"server extension": "on"}
    disable(place)
    left = json.loads((folder / "canvas_kit.server.json").read_text())
    assert left == {"ServerApp": {"jpserver_extensions": {"other": True}, "port": 1}}
    assert (folder / "broken.json").read_text() == "{"


def test_a_copy_that_is_older_than_the_package_is_told_and_brought_up_to_date(
    place: Place,
) -> None:
    enable(place)
    (place.data / LAB_EXTENSION / "static" / "remoteEntry.js").write_text("// of an older version")
    assert states(place)["JupyterLab extension"] == "out of date"
    said = CliRunner().invoke(app, ["workbench", "status"])
    assert "out of date" in said.output
    assert "canvas-kit workbench enable" in said.output
    CliRunner().invoke(app, ["workbench", "enable", "--user"])
    assert states(place)["JupyterLab extension"] == "on"


def test_a_place_that_may_not_be_written_is_told_with_a_way_out(place: Place) -> None:
    place.config.mkdir(parents=True)
    (place.config / "jupyter_server_config.d").write_text("in the way")
    said = CliRunner().invoke(app, ["workbench", "enable", "--user"])
    assert said.exit_code == 1
    assert "--env" in str(said.exception)


@pytest.mark.slow
def test_a_real_jupyterlab_has_it_when_it_was_switched_on_and_not_otherwise(
    tmp_path: Path,
) -> None:
    """Off after installing, on in the virtual environment by default, off again after disabling."""
    python = environment(tmp_path / "venv")
    command = [python, "-m", "canvas_kit.cli", "workbench"]
    assert in_jupyterlab(python, tmp_path) == (False, False)
    said = subprocess.run(
        [*command, "enable"], env=quiet(tmp_path), check=True, capture_output=True, text=True
    )
    assert str(tmp_path / "venv" / "share") in said.stdout
    assert in_jupyterlab(python, tmp_path) == (True, True)
    subprocess.run([*command, "disable"], env=quiet(tmp_path), check=True, capture_output=True)
    assert in_jupyterlab(python, tmp_path) == (False, False)


def environment(folder: Path) -> str:
    """A virtual environment that has the packages of this one, but none of its Jupyter settings."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    lines = [str(ROOT), sysconfig.get_path("purelib")]
    (packages / "tests.pth").write_text("".join(f"{line}\n" for line in lines))
    return str(folder / "bin" / "python")


def quiet(folder: Path) -> dict[str, str]:
    """The environment of a Jupyter that touches no file of this person."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "CANVAS_KIT", "IPYTHON", "PYTHON"))
    }
    named = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    places = {f"JUPYTER_{name}": str(folder / name.lower()) for name in named}
    return kept | places | {"JUPYTERLAB_DIR": get_app_dir()}


def in_jupyterlab(python: str, folder: Path) -> tuple[bool, bool]:
    """Whether a JupyterLab that is started now answers for canvas-kit, and loads its page."""
    token = secrets.token_hex(16)
    process = subprocess.Popen(
        [
            *(python, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
            *("--port=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"),
        ],
        cwd=folder,
        env=quiet(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def fetch(path: str) -> tuple[int, str]:
        about = folder / "runtime_dir" / f"jpserver-{process.pid}.json"
        address = f"http://127.0.0.1:{json.loads(about.read_text())['port']}{path}"
        request = urllib.request.Request(address, headers={"Authorization": f"token {token}"})
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""

    try:
        last = time.monotonic() + _STARTING_SECONDS
        while True:
            try:
                fetch("/api")
            except (OSError, ValueError):  # neither told nor listening yet
                assert process.poll() is None, "JupyterLab ended"
                assert time.monotonic() < last, "JupyterLab did not start"
                time.sleep(0.1)
            else:
                break
        answers = fetch("/api/canvas/openapi.json")[0]
        assert answers in (200, 404)
        page = fetch("/lab")[1]
        assert "jupyter-config-data" in page
        return answers == 200, "@canvas-kit/workbench" in page
    finally:
        process.terminate()
        process.wait(20)


def test_the_wheel_carries_what_was_built_and_switches_nothing_on(tmp_path: Path) -> None:
    """All of static, none of the sources, and no file outside the package."""
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    static = ROOT / "canvas_kit" / "workbench" / "static"
    built = {path.relative_to(ROOT).as_posix() for path in static.rglob("*") if path.is_file()}
    assert "canvas_kit/workbench/static/labextension/package.json" in built
    assert built <= names
    assert not [name for name in names if name.startswith("canvas_kit/workbench/front_end")]
    assert not [name for name in names if ".data/" in name]
