"""The canvas as a value: built in Python, read from JSON, saved, drawn, hashed."""

from __future__ import annotations

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
    again = Canvas.from_json(canvas.to_json())
    assert again == canvas
    assert again.links == canvas.links
    assert again.fingerprint == canvas.fingerprint


def drawn() -> Canvas:
    """A canvas with every way of connecting, written in Python."""
    prompt, draft = Input("words", id="prompt"), Interception(instructions="c", id="draft")
    judge, comparison = Evaluation("fairness", id="judge"), Comparison(id="comparison")
    left, right = Generation(id="left"), Generation(id="right")
    end = Collector(id="end")
    return Canvas(
        prompt >> draft >> judge,
        judge.passed >> [left, right] >> end,
        judge.passed >> right.second_text,
        judge.failed >> draft,
        judge.commentary >> comparison.text(2),
        prompt >> comparison.text(1),
        comparison >> end,
        Seed(7, id="seed") >> left,
    )


def test_python_and_json_give_equal_canvases() -> None:
    """Ports become the editor's labels, both of them where both ends need one."""
    canvas = drawn()
    links = [
        ("prompt", "draft", None, None),
        ("draft", "judge", None, None),
        ("judge", "left", "passthrough", None),
        ("judge", "right", "passthrough", None),
        ("left", "end", None, None),
        ("right", "end", None, None),
        ("judge", "right", "passthrough", "input-2"),
        ("judge", "draft", "commented", None),
        ("judge", "comparison", "commentary", "input-2"),
        ("prompt", "comparison", "input-1", None),
        ("comparison", "end", None, None),
        ("seed", "left", None, None),
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
        "end": {"type": "collector"},
        "comparison": {"type": "comparison_evaluator"},
        "seed": {"type": "seed", "seedValue": 7},
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


def test_lists_connect_each_with_each() -> None:
    """On either side, and once, however often it is said."""
    left, right, end = Input("a", id="l"), Input("b", id="r"), Comparison(id="e")
    part = [left, right] >> end >> [Collector(id="c"), Display(id="d")]
    ends = [
        (c.source_id, c.target_id) for c in Canvas(part, part, [left, right] >> end).connections
    ]
    assert ends == [("l", "e"), ("r", "e"), ("e", "c"), ("e", "d")]


def test_ids_are_given_in_the_order_of_writing() -> None:
    """Also beside ids that the user chose."""
    prompt, first = Input("x"), Generation()
    chosen, second = Generation(id="generation_1"), Generation()
    canvas = Canvas(prompt >> [second, chosen, first])
    ids = ["input_1", "generation_2", "generation_1", "generation_3"]
    assert [node.id for node in canvas.nodes] == ids
    assert [canvas.node_id(node) for node in (prompt, second, chosen, first)] == ids
    assert {node.id for node in (prompt, first, second)} == {""}


@pytest.mark.parametrize("other", [None, 3, "input", []])
def test_only_nodes_can_be_connected(other: Any) -> None:
    """Something else is a TypeError that says so."""
    with pytest.raises(TypeError, match="can be connected"):
        Input("x") >> other
    with pytest.raises(TypeError, match="is added"):
        Canvas.of(Input("x")).with_node(other)


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
    """As they were typed, with what came; unknown ones with the nearest name."""
    with pytest.raises(CanvasError) as caught:
        Resolution(width=12, height=True)
    assert str(caught.value).splitlines() == [
        "Resolution cannot be made, for 2 reasons:",
        "  - width: should be greater than or equal to 64, but is 12.",
        "  - height: should be a number, not true or false, but is True.",
    ]
    with pytest.raises(CanvasError, match=r"presett: .* Did you mean 'preset'\?"):
        Resolution(presett="custom")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"Input\(text: str = '', .*too many positional"):
        Input("a", "b")  # type: ignore[call-arg]


@given(canvases(), st.data())
def test_the_fingerprint_ignores_layout_and_names(canvas: Canvas, data: st.DataObject) -> None:
    """Places, the editor's settings, the canvas's name, id and dates."""
    moved = tuple(
        node.evolve(x=data.draw(st.integers(0, 999)), y=1.5, config={"open": True})
        for node in canvas.nodes
    )
    other = Canvas.assembled(
        moved, canvas.connections, name="n", id="i", extras={"updatedAt": "now"}
    )
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


def test_feedback_is_turned_back_in_a_terminal() -> None:
    """Outcomes have the names of their ports."""
    assert "↺ draft [failed]" in str(drawn())
    assert "→ left [passed]" in str(drawn())


def test_every_node_type_has_a_class() -> None:
    """The table names classes that carry that name."""
    classes = [node_type(name) for name in BUILT_IN]
    assert [kind.type for kind in classes] == list(BUILT_IN)


def test_a_translation_takes_its_instruction_first() -> None:
    """Positional values fill the fields that one would say."""
    assert Translation("into Welsh").instructions == "into Welsh"
    assert Resolution(512, 320).size == (512, 320)
    assert Resolution(preset="portrait_768x1344").size == (768, 1344)
