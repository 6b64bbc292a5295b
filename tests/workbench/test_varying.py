"""What the editor varies, as a sweep."""

from __future__ import annotations

from typing import Any

import pytest

from canvas_kit import Canvas, Collector, Generation, Input, Interception
from canvas_kit.errors import BatchError, CanvasKitError
from canvas_kit.workbench.varying import MAX_RUNS, sweep_of


def document() -> dict[str, Any]:
    words = Input("a market", id="words")
    how = Interception("bauhaus", id="how.1")
    return Canvas.of(words >> how >> Generation(id="picture") >> Collector(id="end")).to_document()


def test_fields_are_named_as_in_a_file_and_levels_and_seeds_multiply() -> None:
    """``promptText`` of the file is ``text`` of Python; an id may hold a dot."""
    node = next(node for node in document()["nodes"] if node["id"] == "words")
    (name,) = (key for key, value in node.items() if value == "a market")
    assert name != "text"
    vary = {
        "factors": {
            f"words.{name}": ["a doctor", "a nurse"],
            "how.1.interceptionPreset": ["stillepost"],
        },
        "seeds": 3,
        "base_seed": "41",
    }
    sweep = sweep_of(document(), vary, name="study")
    assert (len(sweep), list(sweep.seeds), sweep.name) == (6, [41, 42, 43], "study")
    assert [factor.name for factor in sweep.factors] == ["words.text", "how.1.preset"]


def test_without_factors_only_the_seeds_vary() -> None:
    """A first seed that was not given is drawn."""
    sweep = sweep_of(document(), {"factors": {}, "seeds": 2, "base_seed": None})
    assert len(sweep) == 2
    assert sweep.factors == ()


@pytest.mark.parametrize(
    ("vary", "told"),
    [
        ([], "should be an object"),
        ({"levels": {}}, "should be an object"),
        ({"factors": ["words.text"]}, "factors should be an object"),
        ({"factors": {"words.colour": ["red"]}}, "words.colour"),
        ({"factors": {"words.text": "a doctor"}}, "one text"),
        ({"factors": {"words.text": [5]}}, "words.text"),
        ({"seeds": 0}, "1 to"),
        ({"seeds": MAX_RUNS + 1}, f"1 to {MAX_RUNS} runs"),
        ({"seeds": "many"}, "many"),
        ({"base_seed": 2**53}, "base seed"),
    ],
)
def test_what_makes_no_sweep_is_told_in_words(vary: Any, told: str) -> None:
    """Whatever a page sends."""
    with pytest.raises(BatchError, match=told):
        sweep_of(document(), vary)


def test_a_document_that_is_no_canvas_is_told_in_words() -> None:
    """The same errors as for a file."""
    with pytest.raises(CanvasKitError, match="not a canvas"):
        sweep_of({"nodes": 5}, {})
