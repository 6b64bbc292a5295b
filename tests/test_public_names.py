"""The public names and the requirements change only on purpose: here as well."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import canvas_kit

PROJECT: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
)["project"]

PUBLIC_NAMES = [
    "WITHOUT",
    "Batch",
    "BatchHandle",
    "Canvas",
    "CanvasError",
    "CanvasForm",
    "CanvasKitError",
    "CanvasRecorder",
    "Collector",
    "Comparison",
    "Display",
    "Engine",
    "Evaluation",
    "Generation",
    "ImageEvaluation",
    "ImageInput",
    "Input",
    "Interception",
    "Job",
    "ModelAdaption",
    "Quality",
    "RandomPrompt",
    "Remote",
    "Resolution",
    "Run",
    "RunHandle",
    "Seed",
    "Settings",
    "Sweep",
    "Translation",
    "__version__",
    "batches",
    "continue_run",
    "edit",
    "fetch",
    "forget_jobs",
    "gallery",
    "jobs",
    "models",
    "presets",
    "read_prompts",
    "run",
    "run_batch",
    "run_notebook",
    "run_notebooks",
    "running",
    "runs",
    "start_job",
]

REQUIREMENTS = [
    "anyio",
    "httpx",
    "numpy",
    "pillow",
    "platformdirs",
    "pydantic",
    "pydantic-settings",
    "tqdm",
    "typer",
]


def test_the_public_names_are_these() -> None:
    """Each once; in the order that ruff gives them."""
    assert canvas_kit.__all__ == PUBLIC_NAMES
    assert len(set(canvas_kit.__all__)) == len(canvas_kit.__all__)


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_a_public_name_is_there_and_says_what_it_is(name: str) -> None:
    """Found by import, by completion, and with a docstring."""
    value = getattr(canvas_kit, name)
    assert name in dir(canvas_kit)
    if name != "__version__":
        assert value.__doc__
        assert name == "WITHOUT" or value.__name__.removeprefix("canvas_kit.") == name
    assert getattr(canvas_kit, name) is value


def test_completion_offers_the_public_names_alone() -> None:
    """Nothing that the module itself needs, such as importlib."""
    assert dir(canvas_kit) == sorted(PUBLIC_NAMES)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As with any module."""
    with pytest.raises(AttributeError, match="no attribute 'Runn'"):
        canvas_kit.Runn  # noqa: B018
    assert re.fullmatch(r"\d+\.\d+\.\d+", canvas_kit.__version__)


def test_the_core_requires_these_and_nothing_more() -> None:
    """What only one backend or one analysis needs is an extra."""
    names = [re.split(r"[<>=!~ \[]", item)[0] for item in PROJECT["dependencies"]]
    assert names == REQUIREMENTS
