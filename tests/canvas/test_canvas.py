"""The canvas as a value: built in Python, read from JSON, saved, drawn, hashed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit import (
    Canvas,
    Collector,
    Comparison,
    Display,
    Evaluation,
    Generation,
    Input,
    Interception,
    Resolution,
    Seed,
    Translation,
)
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.node_types import BUILT_IN, node_type
from canvas_kit.errors import CanvasError
from tests.strategies import canvases, json_values, texts

DATA = Path(__file__).parents[1] / "data"
SHARED = Path(__file__).parents[3] / "shared" / "canvases"
FILES = [*sorted(DATA.glob("*.json")), *sorted(SHARED.glob("*.json"))]


def document(*nodes: dict[str, Any], connections: Any = (), **more: Any) -> dict[str, Any]:
    return {
        "id": "c",
        "name": "",
        "type": "canvas_workflow",
        "nodes": list(nodes),
        "connections": list(connections),
        **more,
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_of_the_editor_load_and_save_unchanged(path: Path, tmp_path: Path) -> None:
    """Byte for byte but for the line break at the end."""
    saved = Canvas.load(path).save(tmp_path / "again.json")
    assert saved.read_text(encoding="utf-8").strip() == path.read_text(encoding="utf-8").strip()


extra_keys = texts().map(lambda key: f"~{key}")


@given(
    st.dictionaries(extra_keys, json_values(), max_size=4),
    st.dictionaries(extra_keys, json_values(), max_size=4),
    st.dictionaries(extra_keys, json_values(), max_size=4),
    st.dictionaries(texts(), json_values(), max_size=3),
    texts(30),
    st.randoms(use_true_random=False),
)
def test_a_round_trip_through_json_loses_nothing(
    on_canvas: dict[str, Any],
    on_node: dict[str, Any],
    on_connection: dict[str, Any],
    config: dict[str, Any],
    words: str,
    chance: Any,
) -> None:
    """Unknown fields, nulls, odd numbers; and the order of keys does not matter."""
    first = {"id": "a", "type": "input", "promptText": words, "config": config, **on_node}
    second = {"id": "b", "type": "interception", "llmModel": None, "contextPrompt": "x", "x": 1.5}
    second |= {"config": None, "y": None, "maxFeedbackIterations": 2}
    connection = {"sourceId": "a", "targetId": "b", "label": None, **on_connection}
    written = document(first, second, connections=[connection], **on_canvas)
    canvas = Canvas.from_json(json.dumps(written))
    assert canvas.to_document() == written
    assert json.loads(canvas.to_json()) == written
    assert Canvas.from_json(canvas.to_json()) == canvas
    keys = list(first)
    chance.shuffle(keys)
    shuffled = document({key: first[key] for key in keys}, second, connections=[connection])
    again = Canvas.from_document(shuffled | on_canvas)
    assert again == canvas
    assert again.fingerprint == canvas.fingerprint


@given(canvases())
def test_every_canvas_survives_its_own_json(canvas: Canvas) -> None:
    """Nodes, ports, feedback and all."""
    named = dataclasses.replace(canvas, id="c")
    again = Canvas.from_json(named.to_json())
    assert again == named
    assert again.links == named.links
    assert again.fingerprint == named.fingerprint


def drawn() -> dict[str, Node]:
    """A canvas with every way of connecting, written on paper in Python."""
    nodes: dict[str, Node] = {
        "prompt": (prompt := Input("words", id="prompt")),
        "draft": (draft := Interception(context="c", id="draft")),
        "judge": (judge := Evaluation("fairness", id="judge")),
        "left": (left := Generation(id="left")),
        "right": (right := Generation(id="right")),
        "seed": (seed := Seed(7, id="seed")),
        "comparison": (comparison := Comparison(id="comparison")),
        "end": (end := Collector(id="end")),
    }
    prompt >> draft >> judge
    judge.passed >> [left, right] >> end
    judge.passed >> right.second_text
    judge.failed >> draft
    judge.commentary >> comparison.text(2)
    prompt >> comparison.text(1)
    comparison >> end
    seed >> left
    return nodes


def test_python_and_json_give_equal_canvases() -> None:
    """Ports become the editor's labels, both of them where both ends need one."""
    canvas = Canvas.of(drawn()["prompt"])
    links = [
        ("prompt", "draft", None, None),
        ("prompt", "comparison", "input-1", None),
        ("draft", "judge", None, None),
        ("judge", "draft", "commented", None),
        ("judge", "left", "passthrough", None),
        ("judge", "right", "passthrough", None),
        ("judge", "right", "passthrough", "input-2"),
        ("judge", "comparison", "commentary", "input-2"),
        ("left", "end", None, None),
        ("right", "end", None, None),
        ("seed", "left", None, None),
        ("comparison", "end", None, None),
    ]
    connections = [
        {"sourceId": source, "targetId": target}
        | ({"label": label} if label else {})
        | ({"targetLabel": far} if far else {})
        for source, target, label, far in links
    ]
    fields: dict[str, dict[str, Any]] = {
        "prompt": {"type": "input", "promptText": "words"},
        "draft": {"type": "interception", "contextPrompt": "c"},
        "judge": {"type": "evaluation", "evaluationType": "fairness"},
        "left": {"type": "generation"},
        "right": {"type": "generation"},
        "seed": {"type": "seed", "seedValue": 7},
        "comparison": {"type": "comparison_evaluator"},
        "end": {"type": "collector"},
    }
    nodes = [
        {"id": name, **fields[name], "x": node.x, "y": node.y, "config": {}}
        for name, node in zip(fields, canvas.nodes, strict=True)
    ]
    read = Canvas.from_document(document(*nodes, connections=connections, id=canvas.id))
    assert read == canvas
    assert read.fingerprint == canvas.fingerprint
    feedback = [link for link in read.links if link.feedback]
    assert [(link.output.name, read.nodes[link.target].id) for link in feedback] == [
        ("failed", "draft")
    ]
    second = read.links[[c.target_label for c in read.connections].index("input-2")]
    assert (second.output.name, second.input.name) == ("passed", "second_text")


@pytest.mark.parametrize("start", list(drawn()))
def test_a_canvas_is_the_same_from_any_of_its_nodes(start: str) -> None:
    """And in every order of a list."""
    nodes = drawn()
    whole = Canvas.of(list(nodes.values()))
    assert Canvas.of(nodes[start]) == whole
    assert Canvas.of([nodes[start], *reversed(nodes.values())]) == whole


def test_lists_connect_each_with_each() -> None:
    """On either side, and once, however often it is said."""
    left, right, end = Input("a", id="l"), Input("b", id="r"), Comparison(id="e")
    for _ in range(2):
        [left, right] >> end >> [Collector(id="c"), Display(id="d")]
    ends = [(c.source_id, c.target_id) for c in Canvas.of(left).connections]
    assert ends[:2] == [("l", "e"), ("r", "e")]
    assert len(ends) == 6  # the taps of the second time are new nodes


def test_ids_are_given_in_the_order_of_writing_and_stay() -> None:
    """Also beside ids that a person chose."""
    prompt, first = Input("x"), Generation()
    chosen, second = Generation(id="generation_1"), Generation()
    prompt >> [second, chosen, first]
    canvas = Canvas.of(prompt)
    assert [node.id for node in canvas.nodes] == [
        "input_1",
        "generation_2",
        "generation_1",
        "generation_3",
    ]
    first >> Collector()
    assert [node.id for node in Canvas.of(prompt).nodes][:4] == [n.id for n in canvas.nodes]


@pytest.mark.parametrize("other", [None, 3, "input", []])
def test_only_nodes_can_be_connected(other: Any) -> None:
    """Something else is a TypeError that says so."""
    with pytest.raises(TypeError, match="can be connected"):
        Input("x") >> other


def test_ports_have_a_direction() -> None:
    """An input gives nothing out, an output takes nothing in."""
    judge, generation = Evaluation(), Generation()
    with pytest.raises(TypeError, match="is an input"):
        generation.second_text >> judge
    with pytest.raises(TypeError, match="is an output"):
        Input("x") >> judge.passed
    with pytest.raises(ValueError, match="numbered from 1"):
        Comparison().text(0)


def test_all_wrong_fields_are_told_at_once() -> None:
    """By their names in a file, with what came; unknown ones with the nearest name."""
    with pytest.raises(CanvasError) as caught:
        Resolution(width=12, height=True, presett="custom")
    text = str(caught.value)
    assert "resolutionWidth" in text
    assert "but is 12" in text
    assert "should be a number, not true or false" in text
    assert "Did you mean 'preset'?" in text
    with pytest.raises(TypeError, match="takes 1 positional"):
        Input("a", "b")  # type: ignore[call-arg]


@given(canvases(), st.data())
def test_the_fingerprint_ignores_layout_and_names(canvas: Canvas, data: st.DataObject) -> None:
    """Places, the editor's settings, the canvas's name, id and dates."""
    moved = tuple(
        node.evolve(x=data.draw(st.integers(0, 999)), y=1.5, config={"open": True})
        for node in canvas.nodes
    )
    other = Canvas(moved, canvas.connections, name="n", id="i", extras={"updatedAt": "now"})
    assert other.fingerprint == canvas.fingerprint


def test_the_fingerprint_notices_everything_else() -> None:
    """Fields, unknown ones too, connections, the order of nodes; but no spelt-out default."""
    base = document(
        {"id": "a", "type": "input", "promptText": "x"},
        {"id": "b", "type": "interception", "contextPrompt": "c"},
        connections=[{"sourceId": "a", "targetId": "b"}],
    )

    def changed(**fields: Any) -> str:
        nodes = [dict(node) for node in base["nodes"]]
        nodes[1] |= fields
        return Canvas.from_document(base | {"nodes": nodes}).fingerprint

    plain = Canvas.from_document(base).fingerprint
    assert changed(maxFeedbackIterations=3) == plain
    variants = [
        changed(contextPrompt="d"),
        changed(maxFeedbackIterations=4),
        changed(future=1),
        changed(future=2**60),
        changed(future=str(2**61)),
        changed(llmModel="lab/x"),
        Canvas.from_document(base | {"connections": [base["connections"][0] | {"label": "text"}]}),
        Canvas.from_document(base | {"nodes": base["nodes"][::-1]}),
    ]
    prints = [v.fingerprint if isinstance(v, Canvas) else v for v in variants]
    assert len({plain, *prints}) == len(prints) + 1


def test_changing_a_field_makes_another_canvas() -> None:
    """What the file said of the node besides is kept."""
    canvas = Canvas.from_document(
        document({"id": "a", "type": "input", "promptText": None, "note": 1})
    )
    other = canvas.with_fields("a", text="new")
    assert other.to_document()["nodes"][0]["promptText"] == "new"
    assert other.to_document()["nodes"][0]["note"] == 1
    assert canvas.to_document()["nodes"][0]["promptText"] is None


HOSTILE = 'x"]\n  click n0 href "javascript:alert(1)"\x1b[2J%%{init: {}}%%<script>\u202e`|'


def test_drawings_escape_hostile_text() -> None:
    """No line, markup, control sequence or change of direction gets through."""
    label = "passthrough"
    canvas = Canvas.from_document(
        document(
            {"id": '<b>"]', "type": "input", "promptText": HOSTILE},
            {"id": "judge", "type": "evaluation", "llmModel": HOSTILE},
            {"id": "c", "type": "collector"},
            connections=[
                {"sourceId": '<b>"]', "targetId": "judge", "label": HOSTILE},
                {"sourceId": "judge", "targetId": "c", "label": label},
            ],
            name=HOSTILE,
        )
    )
    mermaid, text = canvas._repr_mimebundle_().values()
    for shown in (mermaid, text, repr(canvas)):
        assert not any(sign in shown for sign in "\x1b\u202e\r")
    lines = mermaid.splitlines()
    assert len(lines) == 1 + 3 + 2 + 4
    for line in lines[1:4]:
        inside = line.split('"', 1)[1].rsplit('"', 1)[0]
        inside = inside.replace("<b>", "").replace("</b>", "").replace("<br/>", "")
        assert not set(inside) & set('"<>`|{}[]')
    assert len(text.splitlines()) == 4


def test_feedback_is_drawn_as_such() -> None:
    """Dotted in the diagram, turned back in the terminal."""
    canvas = Canvas.of(drawn()["judge"])
    assert "-.->" in canvas._repr_mimebundle_()["text/vnd.mermaid"]
    assert "↺ draft" in str(canvas)


def test_every_node_type_has_a_class_and_a_schema() -> None:
    """The table names classes that carry that name; forms are made from their schema."""
    from canvas_kit.canvas.node import json_schema

    classes = [node_type(name) for name in BUILT_IN]
    assert [kind.type for kind in classes] == list(BUILT_IN)
    schema = json_schema(classes)
    assert schema["$defs"]["Interception"]["properties"]["maxFeedbackIterations"]["maximum"] == 100
    assert {kind.__name__ for kind in classes} <= set(schema["$defs"])


def test_a_translation_takes_its_instruction_first() -> None:
    """Positional values fill the fields that a person would say."""
    assert Translation("into Welsh").instruction == "into Welsh"
    assert Resolution(512, 320).size == (512, 320)
    assert Resolution(preset="portrait_768x1344").size == (768, 1344)
