"""What the canvas editor is told: node types in words, choices, checks, sweeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from canvas_kit import Canvas, Collector, Engine, Generation, Input, Interception, Settings
from canvas_kit.canvas import node_types
from canvas_kit.canvas.fields import Text
from canvas_kit.canvas.node_types import BUILT_IN, node_type
from canvas_kit.canvas.ports import MEDIA, TEXT, InputPort, OutputPort
from canvas_kit.errors import UnknownName
from canvas_kit.nodes.base import RunnableNode
from canvas_kit.workbench import editing
from canvas_kit.workbench.desk import Desk, make_desk
from canvas_kit.workbench.methods import BadQuestion

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return make_desk(engine)


@pytest.fixture
def ask(desk: Desk) -> Ask:
    def answer(method: str, **parameters: Any) -> Any:
        return desk.engine.submit(desk.answer(method, parameters)).result(30)

    return answer


def chain(text: str = "a") -> Canvas:
    parts = Input(text, id="prompt") >> Interception("bauhaus", id="draft")
    return Canvas(parts >> Generation("lab/x", id="picture") >> Collector())


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_node_type_is_told_with_words(language: Any) -> None:
    """No type, field, port, category or choice lacks a title; fields have descriptions."""
    told = editing.described(language)
    assert {one["type"] for one in told["types"]} == set(BUILT_IN)
    categories = {one["id"] for one in told["categories"]}
    for one in told["types"]:
        assert one["name"]
        assert one["description"]
        assert one["category"] in categories
        assert all(port["title"] for port in one["inputs"] + one["outputs"])
        for field in one["fields"]:
            words = editing.words_of_field(node_type(one["type"]), field["python"])
            assert {"title", "description"} <= words.keys(), (one["type"], field)
            assert all(choice["title"] for choice in field.get("choices", ()))


def test_the_palette_names_node_types_as_python_does() -> None:
    """In the palette, `ImageInput(…)` of a notebook is "Image input"."""
    for one in editing.described("en")["types"]:
        words = re.findall("[A-Z][a-z]+", node_type(one["type"]).__name__)
        assert one["name"] == " ".join(words).capitalize()


def test_the_table_of_words_names_only_what_there_is() -> None:
    """A field that was renamed leaves no words behind; both languages say something."""
    table = editing.words()
    assert table.keys() - {"categories", "ports", "shared"} == set(BUILT_IN)
    types = [node_type(name) for name in BUILT_IN]
    names = {port.name for kind in types for port in kind.inputs}
    names |= {port.name for kind in types for port in kind.outputs}
    assert table["ports"].keys() == names
    for name in BUILT_IN:
        assert table[name].get("fields", {}).keys() <= node_type(name).model_fields.keys()

    def pairs(value: Any) -> Iterator[list[str]]:
        if isinstance(value, list):
            yield value
        elif isinstance(value, dict):
            for inside in value.values():
                yield from pairs(inside)

    assert all(len(pair) == 2 and all(pair) for pair in pairs(table))


def test_fields_say_what_they_take() -> None:
    """Kinds, ranges, choices and defaults come from the types of the fields."""
    fields = {
        (one["type"], field["python"]): field
        for one in editing.described("en")["types"]
        for field in one["fields"]
    }
    assert fields["seed", "value"]["kind"] == "integer"
    assert (fields["quality", "cfg"]["minimum"], fields["quality", "cfg"]["maximum"]) == (0, 30)
    assert fields["evaluation", "threshold"]["kind"] == "number"
    assert [c["value"] for c in fields["seed", "mode"]["choices"]] == [
        "fixed", "random", "increment", "batch",
    ]  # fmt: skip
    presets = fields["interception", "preset"]
    assert presets["kind"] == "preset"
    assert presets["name"] == "interceptionPreset"
    assert {"value", "title", "description", "icon"} <= presets["choices"][0].keys()
    assert fields["evaluation", "model"]["kind"] == "text_model"
    assert fields["image_evaluation", "model"]["kind"] == "vision_model"
    assert fields["generation", "model"]["kind"] == "media_model"
    assert fields["image_input", "picture"]["kind"] == "image"
    assert ("generation", "seed") not in fields
    assert ("evaluation", "output_type") not in fields


class Echo(RunnableNode):
    """Repeats a text."""

    type = "echo"
    inputs = (InputPort("text", TEXT, required=True),)
    outputs = (OutputPort("film_strip", MEDIA),)
    how_often: Text = ""


def test_a_type_of_another_package_is_told_by_its_own_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its docstring, the names of its fields and ports, and a place by what it gives."""
    monkeypatch.setitem(node_types.BUILT_IN, "echo", f"{__name__}:Echo")
    node_type.cache_clear()
    editing.described.cache_clear()
    try:
        told = next(t for t in editing.described("de")["types"] if t["type"] == "echo")
    finally:
        node_type.cache_clear()
        editing.described.cache_clear()
    assert (told["name"], told["description"]) == ("Echo", "Repeats a text.")
    assert told["category"] == "generation"
    assert told["fields"][0]["title"] == "How often"
    assert told["outputs"][0]["title"] == "Film strip"


def test_models_are_told_with_the_one_of_the_settings_first(ask: Ask) -> None:
    """An empty value stands for what the settings name."""
    choices = ask("choices")
    assert choices["text_models"][0]["default"] is True
    assert choices["text_models"][0]["value"] == ""
    assert "embedded/writer" in [one["value"] for one in choices["text_models"]]
    assert "embedded/sketch" in [one["value"] for one in choices["media_models"]]
    assert "embedded/sketch" not in [one["value"] for one in choices["text_models"]]


def test_a_canvas_is_checked_with_the_place_of_each_fault(ask: Ask) -> None:
    """Fields by their names in a file; what looks forgotten is a warning."""
    document = chain("").to_document()
    assert ask("check", document=document)["runnable"] is True
    (warning,) = ask("check", document=document)["problems"]
    assert (warning["node"], warning["field"]) == ("prompt", "promptText")
    assert warning["severity"] == "warning"
    document["nodes"][1]["maxFeedbackIterations"] = 1000
    told = ask("check", document=document)
    assert told["runnable"] is False
    assert [(p["node"], p["field"]) for p in told["problems"]] == [
        ("draft", "maxFeedbackIterations")
    ]
    assert ask("check", document={"nodes": []})["problems"][0]["code"] == "empty"
    assert ask("check", document={"nodes": 3})["runnable"] is False


def test_faults_are_told_in_german(exports: Any) -> None:
    """As the settings say."""
    with Engine(Settings.load(exports=exports, language="de")) as engine:
        asked = make_desk(engine).answer("check", {"document": {"nodes": []}})
        (problem,) = engine.submit(asked).result(30)["problems"]
    assert problem["message"].startswith("Es ist leer.")


def test_a_canvas_under_construction_has_code(ask: Ask) -> None:
    """One that cannot run yet, too."""
    assert ask("python", document={"nodes": []})["code"].endswith("canvas = Canvas()\n")
    assert "Interception" in ask("python", document=chain().to_document())["code"]


def test_a_variation_says_what_it_comes_to(ask: Ask) -> None:
    """Its factors multiplied, in words, with its Python; or why it makes none."""
    vary = {
        "factors": {
            "draft.interceptionPreset": ["bauhaus", "overdrive"],
            "prompt.promptText": ["a", "b", "c"],
        },
        "seeds": 5,
        "base_seed": "12",
    }
    told = ask("sweep", document=chain().to_document(), vary=vary)
    assert told["runs"] == 30
    assert told["words"].startswith("2 × 3 × 5 = 30 runs")
    assert '"draft.preset": ["bauhaus", "overdrive"]' in told["code"]
    assert "seeds=range(12, 17)" in told["code"]
    assert ask("python", document=chain().to_document(), vary=vary)["code"] == told["code"]
    vary["factors"] = {"draft.interceptionPreset": ["bauhaus", "nonsense"]}
    told = ask("sweep", document=chain().to_document(), vary=vary)
    assert told["runs"] == 0
    assert "nonsense" in told["problems"][0]["message"]


def test_what_is_no_question_is_refused_in_words(ask: Ask) -> None:
    """An unknown method, a missing document."""
    with pytest.raises(UnknownName, match="describe"):
        ask("describ")
    with pytest.raises(BadQuestion, match="document"):
        ask("check")
