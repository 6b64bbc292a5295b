"""The front end's sources are typed and tested, and what ships was built from them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import canvas_kit

WORKBENCH = Path(canvas_kit.__file__).parent / "workbench"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources with the locked packages, in a folder of their own."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm here; what ships was built elsewhere")
    folder = tmp_path_factory.mktemp("front_end") / "front_end"
    ignored = shutil.ignore_patterns("node_modules", "build")
    shutil.copytree(WORKBENCH / "front_end", folder, ignore=ignored)
    installed = npm(folder, "ci", "--silent")
    if installed.returncode:
        pytest.skip(f"npm could not install the locked packages: {installed.stderr[-300:]}")
    return folder


def npm(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["npm", *command], cwd=folder, capture_output=True, text=True, timeout=240, check=False
    )


def test_what_ships_was_built_from_the_sources(copy: Path) -> None:
    """Building again gives the same files, byte for byte."""
    built = npm(copy, "run", "--silent", "build")
    assert built.returncode == 0, built.stderr
    again, shipped = copy.parent / "static", WORKBENCH / "static"
    names = {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    assert names == {path.relative_to(shipped) for path in shipped.rglob("*") if path.is_file()}
    differing = [n for n in names if (again / n).read_bytes() != (shipped / n).read_bytes()]
    assert differing == [], "run `make front-end` and commit what it built"


def test_types_hold(copy: Path) -> None:
    """The compiler finds no fault in sources and tests."""
    checked = npm(copy, "run", "--silent", "check")
    assert checked.returncode == 0, checked.stdout


def test_the_tests_of_the_front_end_pass(copy: Path) -> None:
    """What can be tested without a browser is."""
    tested = npm(copy, "test", "--silent")
    assert tested.returncode == 0, tested.stdout[-3000:]


def test_nothing_of_this_machine_ships() -> None:
    """No path and no registry is in what was built, or in the lock file."""
    lock = (WORKBENCH / "front_end" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    home = os.fspath(Path.home())
    for path in (WORKBENCH / "static").rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert f"{home}/" not in text
