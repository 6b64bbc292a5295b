"""The files around the code say what is true."""

from __future__ import annotations

import ast
import importlib.metadata
import itertools
import json
import re
import subprocess
import sys
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


def distributions(project: dict[str, Any], *extras: str) -> set[str]:
    """The names of what the core and these extras require, in lower case."""
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    found: set[str] = set()
    for line in lines:
        if inner := re.match(r"canvas-kit\[([a-z,]+)\]", line):
            found |= distributions(project, *inner[1].split(","))
        else:
            found.add(re.split(r"[<>=\[ ;]", line)[0].lower())
    return found


def imported(folder: Path) -> dict[str, set[str]]:
    """The third-party packages that the modules of a folder import, each with those modules."""
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names}:
                if name not in sys.stdlib_module_names | {"canvas_kit", "tests"}:
                    found.setdefault(name, set()).add(path.relative_to(ROOT).as_posix())
    return found


DISTRIBUTIONS = {"PIL": "pillow", "yaml": "pyyaml", "pydantic_core": "pydantic"}
"""Packages that come in a distribution of another name."""


def undeclared(packages: dict[str, set[str]], declared: set[str]) -> dict[str, set[str]]:
    """What is imported without a requirement that brings it."""
    return {
        name: where
        for name, where in packages.items()
        if DISTRIBUTIONS.get(name, name).replace("_", "-").lower() not in declared
    }


def test_the_environment_brings_the_packages_that_the_notebooks_need(
    project: dict[str, Any],
) -> None:
    """The extras *all* and *dev* lead to every package that this toolkit is built around."""
    wanted = {"jupyterlab", "ipywidgets", "httpx", "pillow", "nbmake", "papermill", "pytest"}
    assert wanted <= distributions(project, "all", "dev")
    assert "pytest" not in distributions(project, "all")


def test_everything_that_is_imported_is_required(project: dict[str, Any]) -> None:
    """No import rests on what happens to come with something else."""
    extras = set(project["optional-dependencies"])
    declared = distributions(project, *extras - {"dev"})
    assert undeclared(imported(ROOT / "canvas_kit"), declared) == {}
    assert undeclared(imported(ROOT / "tests"), declared | distributions(project, "dev")) == {}


@pytest.mark.parametrize("room", ["client", "network", "recorder", "executor", "cli"])
def test_the_core_imports_no_extra(project: dict[str, Any], room: str) -> None:
    """What runs without an extra, the client of the HTTP face included, needs none."""
    assert undeclared(imported(ROOT / "canvas_kit" / room), distributions(project)) == {}


def test_every_requirement_has_a_lower_bound(project: dict[str, Any]) -> None:
    """What ``make lowest`` installs is what is written here."""
    lines = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    assert [line for line in lines if ">=" not in line and "canvas-kit[" not in line] == []


def test_the_citation_names_the_version() -> None:
    """Who cites canvas-kit cites what is installed."""
    import canvas_kit

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == canvas_kit.__version__


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


HOME = re.compile(
    r"https://(?:github\.com/canvas-kit/canvas-kit/(?:blob|tree)"
    r"|raw\.githubusercontent\.com/canvas-kit/canvas-kit)/main/"
)


def test_the_files_that_the_readme_links_are_there() -> None:
    """No link of the README leads nowhere, and each can be followed from a package index."""
    text = (ROOT / "README.md").read_text()
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    assert [link for link in links if not HOME.match(link)] == []
    assert [link for link in links if not (ROOT / HOME.sub("", link)).exists()] == []
    assert len(text.splitlines()) <= 200


def test_the_pages_beside_the_code_link_what_is_there() -> None:
    """Each page's links lead somewhere, seen from its own folder."""
    pages = (ROOT / "canvas_kit").rglob("README.md")
    for page in (page for page in pages if "node_modules" not in page.parts):
        links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
        found = [link for link in links if "://" not in link]
        assert [link for link in found if not (page.parent / link).exists()] == [], page


def test_the_page_of_node_types_is_whole() -> None:
    """It names every type, and its example is the one that is tested."""
    from canvas_kit.canvas.node_types import node_type_names
    from tests.nodes.test_third_party import MODULE

    page = (ROOT / "canvas_kit" / "nodes" / "README.md").read_text()
    assert {name for name in node_type_names() if f"`{name}`" not in page} == set()
    assert MODULE in page


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
    named = set(re.findall(r"`?make ([a-z-]+)", (ROOT / "README.md").read_text()))
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
