"""The files around the code say what is true."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: dict[str, Any] = document["project"]
    return found


@pytest.fixture(scope="module")
def environment() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text())
    return found


def test_conda_brings_only_python_and_pip(environment: dict[str, Any]) -> None:
    """Everything else comes by pip, so that nothing is declared twice."""
    by_conda = [item for item in environment["dependencies"] if isinstance(item, str)]
    assert [re.split(r"[<>=]", item)[0] for item in by_conda] == ["python", "pip"]


def test_conda_takes_the_same_python(environment: dict[str, Any], project: dict[str, Any]) -> None:
    """The Python range of environment.yml is the one of pyproject.toml."""
    assert f"python{project['requires-python']}" in environment["dependencies"]


def test_the_pip_part_is_this_project_with_extras_that_exist(
    environment: dict[str, Any], project: dict[str, Any]
) -> None:
    """environment.yml installs the project itself, with extras of pyproject.toml."""
    (by_pip,) = (item["pip"] for item in environment["dependencies"] if isinstance(item, dict))
    (line,) = by_pip
    found = re.fullmatch(r"-e \.\[([a-z,]+)\]", line)
    assert found
    assert set(found[1].split(",")) <= set(project["optional-dependencies"])


def test_all_brings_the_packages_that_the_notebooks_need(project: dict[str, Any]) -> None:
    """The extra *all* leads to every package that this toolkit is built around."""
    extras = project["optional-dependencies"]

    def expand(name: str) -> set[str]:
        found = set()
        for line in extras[name]:
            if inner := re.match(r"canvas-kit\[([a-z,]+)\]", line):
                found |= set().union(*(expand(extra) for extra in inner[1].split(",")))
            else:
                found.add(re.split(r"[<>=\[ ;]", line)[0])
        return found

    core = {re.split(r"[<>=\[ ;]", line)[0] for line in project["dependencies"]}
    wanted = {"jupyterlab", "ipywidgets", "httpx", "pillow", "nbmake", "papermill", "pytest"}
    assert wanted <= expand("all") | core


def test_the_constraints_name_no_host() -> None:
    """A pinned list must not carry the address of whoever's registry made it."""
    text = (ROOT / "constraints.txt").read_text()
    assert "://" not in text
    assert len(re.findall(r"^[A-Za-z0-9._-]+==", text, re.MULTILINE)) > 100


def test_the_kernel_stays_below_7() -> None:
    """The 7.x kernels each have a fault that a widget-driven toolkit meets."""
    assert importlib.metadata.version("ipykernel").split(".")[0] == "6"


def test_the_changelog_names_the_version() -> None:
    """The version has one home, and the changelog knows it."""
    import canvas_kit

    assert f"## {canvas_kit.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_files_that_the_readme_links_are_there() -> None:
    """No link of the README leads nowhere."""
    text = (ROOT / "README.md").read_text()
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_the_example_canvases_can_run() -> None:
    """The canvases beside the notebooks pass their check."""
    from canvas_kit import Canvas

    paths = sorted((ROOT / "notebooks" / "canvases").glob("*.json"))
    assert paths
    for path in paths:
        canvas = Canvas.load(path)
        assert canvas.to_document() == json.loads(path.read_text())


def test_the_make_targets_of_the_readme_exist() -> None:
    """Every ``make`` command of the README is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text()))
    assert named <= targets


def test_nothing_tracked_names_this_machine() -> None:
    """No path of the machine it was written on is in a tracked file."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    places = "|".join(("/" + "work/", "/" + "farm/", "/" + "root/"))
    found = subprocess.run(
        ["git", "grep", "-nIE", f"(^|[^A-Za-z0-9_.])({places})", "--", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == ""
