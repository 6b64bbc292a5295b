"""Models and output configs that a canvas from elsewhere names."""

from __future__ import annotations

import pytest

from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.settings import Settings


def test_one_table_of_the_settings_says_what_stands_for_them_here() -> None:
    """By their names, or by patterns of them."""
    table = {"openrouter/*": "embedded/writer", "sd35_large": "sketch"}
    registry = BackendRegistry(Settings.load(models=table))
    assert registry.model_problem("openrouter/anthropic/some-model") is None
    assert registry.resolve("openrouter/anthropic/some-model")[1] == "writer"
    assert registry.config("sd35_large").id == "sketch"


@pytest.mark.parametrize("name", ["openrouter/a/b", "anthropic/x", "google/y", "sd35_large"])
def test_what_is_not_here_is_told_with_the_way_to_map_it(name: str) -> None:
    told = BackendRegistry(Settings.load()).config_problem(name)
    assert told is not None
    assert "[models]" in told
