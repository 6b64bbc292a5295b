"""Canvases and sweeps as Python code, which makes equal ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from canvas_kit import (
    WITHOUT,
    Canvas,
    Collector,
    Comparison,
    Display,
    Evaluation,
    Generation,
    ImageInput,
    Input,
    Interception,
    Resolution,
    Seed,
    Sweep,
)
from canvas_kit.canvas.connections import Connection
from canvas_kit.canvas.python_source import meaning_of
from tests.strategies import canvases, texts


def carried_out(code: str, name: str = "canvas") -> Any:
    space: dict[str, Any] = {}
    exec(compile(code, "<code>", "exec", flags=0, dont_inherit=True), space)
    return space[name]


def assert_equal(canvas: Canvas) -> str:
    """What its code makes has the same nodes, connections and name, and may be varied the same."""
    code = canvas.to_python()
    made = Canvas.of(carried_out(code))
    assert meaning_of(made) == meaning_of(canvas)
    assert made.name == canvas.name
    assert made.fingerprint == canvas.fingerprint
    return code


@given(canvases())
@settings(max_examples=40)
def test_any_canvas_is_made_again_by_its_code(canvas: Canvas) -> None:
    """Loops, labels and orders included."""
    assert_equal(canvas)


@given(texts(60))
@settings(max_examples=60)
def test_any_text_is_kept(text: str) -> None:
    """Quotes, line breaks and signs of all kinds."""
    assert_equal(Canvas.of(Input(text, id="prompt") >> Display(), name=text))


def test_a_chain_is_written_as_a_user_would() -> None:
    """Without variables; parameters are arguments, ids that come by themselves are left out."""
    chain = Input("A market at dawn") >> Interception("stillepost") >> Generation(seed=7, width=512)
    assert assert_equal(chain >> Collector()) == (
        "from canvas_kit import Collector, Generation, Input, Interception\n\n"
        "canvas = (\n"
        '    Input("A market at dawn")\n'
        '    >> Interception("stillepost")\n'
        "    >> Generation(seed=7, width=512)\n"
        "    >> Collector()\n"
        ")\n"
    )


def test_branches_and_loops_are_written_by_ports() -> None:
    """``judge.failed >> draft``."""
    prompt, draft = Input("a", id="prompt"), Interception("bauhaus", id="draft")
    judge, picture = Evaluation("fairness", id="judge"), Generation(id="picture")
    loop = Canvas(prompt >> draft >> judge, judge.passed >> picture, judge.failed >> draft)
    code = assert_equal(loop)
    assert "canvas = Canvas(prompt >> draft >> judge, judge.passed >> picture, judge.failed" in code


def test_what_an_editor_draws_comes_out_as_code() -> None:
    """Numbered texts, second texts, parameters of their own, in an order of their own."""
    a, b = Input("a", id="a"), Input("b", id="input")
    compare, picture = Comparison(id="class"), Generation(id="Bild 1")
    nodes = [Seed(3, id="s"), compare, picture, a, b]
    connections = [
        Connection("input", "class", "input-2"),
        Connection("a", "class", "input-1"),
        Connection("s", "Bild 1"),
        Connection("class", "Bild 1", "input-2"),
    ]
    code = assert_equal(Canvas.assembled(nodes, connections, name="two"))
    assert "class_" in code
    assert "Bild_1.second_text" in code


def test_what_arguments_cannot_say_is_said_by_a_document() -> None:
    """A size without a preset, a seed that counts from an unsaid number: files may have these."""
    canvas = Canvas.from_document(
        {
            "nodes": [
                {"id": "size", "type": "resolution", "resolutionWidth": 800, "x": 5, "y": 7},
                {"id": "seed", "type": "seed", "seedMode": "increment", "seedValue": 9},
                {"id": "judge", "type": "evaluation", "llmModel": "embedded/critic"},
                {"id": "picture", "type": "image_input", "imageData": {"image_path": "a.png"}},
            ],
            "connections": [],
        },
        unfinished=True,
    )
    code = assert_equal(canvas)
    assert "Seed.from_document(" in code
    assert 'Evaluation("custom", model="embedded/critic", id="judge")' in code
    assert "ImageInput(" in code


def test_an_empty_canvas_and_lone_nodes_have_code() -> None:
    """Under construction, anything may be there."""
    assert assert_equal(Canvas()).endswith("canvas = Canvas()\n")
    assert_equal(Canvas(Input("x"), Resolution(), name='a "name"'))
    assert_equal(Canvas(ImageInput("photo.png", id="p")))


def test_a_sweep_is_made_again_by_its_code() -> None:
    """Factors, levels of all sorts, exclusions, seeds and parts."""
    chain = Input("a", id="prompt") >> Interception("bauhaus", id="how") >> Generation(id="g")
    study = Sweep(
        chain,
        {
            "prompt.text": ["a doctor", "a nurse"],
            "how": [WITHOUT, {"preset": "overdrive"}, Interception("stillepost")],
            ("how.model", "g.model"): [("embedded/writer", "embedded/sketch"), ("", "")],
        },
        seeds=range(1000, 1003),
        exclude=[{"prompt.text": "a nurse", "how": WITHOUT}],
        name="study",
        note="n",
        tags=["t"],
    )
    for one in (study, study.shard(1, 2), study.sample(3, seed=4)):
        made = carried_out(one.to_python(), "study")
        assert [point.id for point in made] == [point.id for point in one]
        assert (made.name, made.note, made.tags) == ("study", "n", ("t",))
    assert "seeds=range(1000, 1003)" in study.to_python()


def test_drawn_seeds_are_written_down() -> None:
    """The code makes the same runs, not others like them."""
    study = Sweep(Input("a") >> Generation(), seeds=3)
    made = carried_out(study.to_python(), "study")
    assert tuple(made.seeds) == tuple(study.seeds)


@pytest.mark.parametrize("level", [Input("b") >> Generation()])
def test_a_whole_canvas_can_be_a_level(level: Canvas) -> None:
    """It is written as its document."""
    study = Sweep(Input("a") >> Generation(), {"canvas": [level]}, seeds=[1])
    made = carried_out(study.to_python(), "study")
    assert [point.id for point in made] == [point.id for point in study]
