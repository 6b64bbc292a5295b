"""Canvases that cannot run: one clear answer with every problem, before anything is written."""

from __future__ import annotations

import base64
import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Canvas, CanvasError, Evaluation, ImageInput, Input, Seed, run
from canvas_kit.backends.scripted import plain_png
from canvas_kit.executor.engine import Engine
from tests.canvas.test_canvas import document

INPUT = {"id": "in", "type": "input", "promptText": "x"}
TEXT = {"id": "text", "type": "interception", "contextPrompt": "c"}
DRAW = {"id": "draw", "type": "generation"}
JUDGE = {"id": "judge", "type": "evaluation"}
END = {"id": "end", "type": "collector"}


def link(source: Any, target: Any, label: Any = None, **more: Any) -> dict[str, Any]:
    named = {"label": label} if label is not None else {}
    return {"sourceId": source, "targetId": target, **named, **more}


def chain(*nodes: dict[str, Any], also: Any = ()) -> bytes:
    """A canvas file whose nodes are connected one after the other."""
    links = [link(a["id"], b["id"]) for a, b in itertools.pairwise(nodes)]
    return json.dumps(document(*nodes, connections=[*links, *also])).encode()


def graph(*nodes: Any, connections: Any = (), **more: Any) -> bytes:
    return json.dumps(document(*nodes, connections=connections, **more)).encode()


def image(data: Any) -> bytes:
    return chain({"id": "pic", "type": "image_input", "imageData": data}, END)


def many(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": f"n{n}", "type": "input", **fields} for n in range(count)]


NESTED = b'{"nodes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

BROKEN_FILES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "empty": (b"", ("is empty",)),
    "blank": (b" \n\t\n", ("is empty",)),
    "broken": (b'{\n  "nodes": [\n    {"id": }\n', ("line 3, column 12",)),
    "cut": (graph(INPUT)[:-9], ("not valid JSON", "line 1")),
    "trailing words": (graph(INPUT) + b" and more", ("line 1", "Extra data")),
    "binary": (bytes(range(256)), ("not UTF-8",)),
    "a picture": (plain_png(8, 8), ("not UTF-8", "byte 0")),
    "UTF-16": (graph(INPUT).decode().encode("utf-16"), ("not UTF-8",)),
    "a list": (b"[1, 2]", ("is not a canvas: it should be", "[1, 2]")),
    "a number": (b"42", ("is not a canvas: it should be", "42")),
    "null": (b"null", ("is not a canvas: it should be", "None")),
    "a text": (b'"canvas"', ("is not a canvas: it should be", "'canvas'")),
    "another document": (b'{"name": "x"}', ("is not a canvas: nodes is missing",)),
    "a ComfyUI flow": (
        b'{"type": "flow", "nodes": []}',
        ("type should be 'canvas_workflow', but is 'flow'",),
    ),
    "very deep": (NESTED, ("nested more than 40 levels",)),
    "rather deep": (b'{"nodes": ' + b"[" * 60 + b"]" * 60 + b"}", ("more than 40 levels",)),
    "a key twice": (b'{"nodes": [], "nodes": []}', ("'nodes' is there twice",)),
    "a million keys": (
        b'{"nodes": [{' + b",".join(b'"%d":1' % n for n in range(100_000)) + b',"7":1}]}',
        ("'7' is there twice",),
    ),
    "NaN": (b'{"nodes": [], "x": NaN}', ("NaN is not a number",)),
    "infinity": (b'{"nodes": [], "x": -Infinity}', ("-Infinity is not a number",)),
    "overflow": (b'{"nodes": [], "x": 1e999}', ("not JSON compliant",)),
    "endless digits": (b'{"nodes": [], "x": ' + b"9" * 5000 + b"}", ("5000 digits",)),
    "half a character": (
        b'{"nodes": [], "x": "\\ud83d"}',
        ("can't encode character", "surrogates not allowed"),
    ),
    "half a character in a key": (
        b'{"nodes": [], "\\udc00": 1}',
        ("can't encode character", "surrogates not allowed"),
    ),
    "no nodes": (b'{"nodes": []}', ("no nodes", "Add an input")),
    "nodes null": (b'{"nodes": null}', ("no nodes",)),
    "nodes null, name wrong": (
        b'{"nodes": null, "name": 7}',
        ("name should be a valid string, but is 7",),
    ),
    "nodes a number": (b'{"nodes": 5}', ("nodes should be a valid list, but is 5",)),
    "nodes an object": (b'{"nodes": {}}', ("nodes should be a valid list, but is {}",)),
    "connections a text": (
        graph(INPUT).replace(b"[]", b'"a"'),
        ("connections should be a valid list",),
    ),
    "a node that is none": (graph(INPUT, 7), ("nodes[1]: should be an object, but is 7",)),
    "no id": (graph({"type": "input"}), ("nodes[0].id: is missing",)),
    "an id that is a number": (
        graph({"id": 3, "type": "input"}),
        ("nodes[0].id: should be a valid string, but is 3",),
    ),
    "a blank id": (
        graph({"id": " ", "type": "input"}),
        ("nodes[0].id: should have at least 1 character",),
    ),
    "an id with a null byte": (graph(INPUT | {"id": "a\0b"}), ("on one line", "id")),
    "an id that moves the cursor": (graph(INPUT | {"id": "a\x1b[2J"}), ("control characters",)),
    "an endless id": (graph(INPUT | {"id": "a" * 5000}), ("at most 200 characters",)),
    "an id twice": (chain(INPUT, TEXT, TEXT | {"type": "translation"}), ("2 nodes", "'text'")),
    "no type": (graph({"id": "a"}), ("nodes[0].type: is missing",)),
    "an unknown type": (
        graph({"id": "a", "type": "intercepton"}),
        ("a type: There is no node type 'intercepton'", "Did you mean 'interception'"),
    ),
    "a type that is a list": (
        graph({"id": "a", "type": []}),
        ("nodes[0].type: should be a valid string, but is []",),
    ),
    "an unknown preset": (
        chain(INPUT, TEXT | {"interceptionPreset": "bauhau"}),
        ("text interceptionPreset", "'bauhaus'"),
    ),
    "a preset from a list": (
        chain({"id": "r", "type": "random_prompt", "randomPromptPreset": "foto"}, DRAW),
        ("r randomPromptPreset", "no random prompt preset 'foto'", "'photo'"),
    ),
    "a preset that leads astray": (
        chain(INPUT, TEXT | {"interceptionPreset": "../../etc/passwd"}),
        ("text interceptionPreset", "passwd"),
    ),
    "dangling": (
        graph(INPUT, TEXT, connections=[link("in", "text"), link("txt", "in")]),
        ("'txt' that is no node", "Did you mean 'text'?"),
    ),
    "a connection without an end": (
        graph(INPUT, connections=[{"sourceId": "in"}]),
        ("connections[0].targetId: is missing",),
    ),
    "a connection that is none": (
        graph(INPUT, connections=[[]]),
        ("connections[0]: should be an object",),
    ),
    "a label that is a number": (
        graph(INPUT, END, connections=[link("in", "end", 1)]),
        ("connections[0].label: should be a valid string",),
    ),
    "the same connection twice": (
        graph(INPUT, END, connections=[link("in", "end"), link("in", "end", colour="red")]),
        ("in → end is there 2 times",),
    ),
    "a connection to itself": (chain(INPUT, TEXT, also=[link("text", "text")]), ("wait for each",)),
    "a cycle": (
        chain(INPUT, TEXT, TEXT | {"id": "more"}, also=[link("more", "text")]),
        ("more", "text", "wait for each other", "'failed' port"),
    ),
    "a loop closed by what passes": (
        chain(INPUT, TEXT, JUDGE, also=[link("judge", "text", "passthrough")]),
        ("wait for each other",),
    ),
    "feedback to an input": (
        chain(INPUT, TEXT, JUDGE, also=[link("judge", "in", "feedback")]),
        ("judge → in", "takes nothing in"),
    ),
    "feedback to a judge": (
        chain(INPUT, JUDGE | {"id": "first"}, JUDGE, also=[link("judge", "first", "feedback")]),
        ("first", "cannot start a new round", "Lead it to"),
    ),
    "out of a collector": (chain(INPUT, END, TEXT), ("end → text", "gives nothing out")),
    "into a seed": (chain(INPUT, {"id": "s", "type": "seed"}, DRAW), ("takes nothing in",)),
    "a text into a picture's place": (
        chain(INPUT, {"id": "look", "type": "image_evaluation"}),
        ("in → look", "brings text", "takes media"),
    ),
    "a seed into a collector": (chain({"id": "s", "type": "seed"}, END), ("brings seed",)),
    "two seeds": (
        graph(
            INPUT,
            DRAW,
            {"id": "s1", "type": "seed"},
            {"id": "s2", "type": "seed"},
            connections=[link(name, "draw") for name in ("in", "s1", "s2")],
        ),
        ("draw seed: 2 connections", "s1, s2", "Remove the others"),
    ),
    "an unknown port": (
        graph(INPUT, DRAW, connections=[link("in", "draw", "input-3")]),
        ("label 'input-3'", "'input-1'"),
    ),
    "an unknown outcome": (
        chain(INPUT, JUDGE, also=[link("judge", "end", "pased")])[:-2].replace(
            b'"nodes": [', b'"nodes": [{"id": "end", "type": "collector"}, '
        )
        + b"]}",
        ("label 'pased'", "Did you mean 'pass'?"),
    ),
    "nothing to draw": (graph(DRAW), ("draw input-1: Nothing is connected", "gives text")),
    "an empty collector": (graph(INPUT, END), ("end items: Nothing is connected",)),
    "too small": (
        chain({"id": "r", "type": "resolution", "resolutionWidth": 63}, DRAW),
        ("r resolutionWidth", "greater than or equal to 64", "but is 63"),
    ),
    "half a pixel": (
        graph({"id": "r", "type": "resolution", "resolutionWidth": 512.5}),
        ("r resolutionWidth", "but is 512.5"),
    ),
    "true as a number": (
        graph({"id": "q", "type": "quality", "qualitySteps": True}),
        ("q qualitySteps: should be a number, not true or false",),
    ),
    "true as a place": (graph(INPUT | {"x": True}), ("in x: should be a number",)),
    "a text as a number": (
        graph({"id": "q", "type": "quality", "qualityCfg": "high"}),
        ("q qualityCfg", "but is 'high'"),
    ),
    "a huge seed": (
        graph({"id": "s", "type": "seed", "seedValue": 1e308}),
        ("s seedValue", "but is 1e+308"),
    ),
    "a seed beyond JavaScript": (
        graph({"id": "s", "type": "seed", "seedValue": 2**53}),
        ("s seedValue", "9007199254740991"),
    ),
    "a number as a text": (graph(INPUT | {"promptText": 5}), ("in promptText", "but is 5")),
    "a list as a text": (graph(INPUT | {"promptText": ["a"]}), ("in promptText", "but is ['a']")),
    "an endless text": (
        graph(INPUT | {"promptText": "x" * 1_000_001}),
        ("in promptText", "1000000"),
    ),
    "config a list": (graph(INPUT | {"config": [1]}), ("in config",)),
    "no picture": (image(None), ("pic imageData", "has no picture")),
    "a missing picture": (image("there-is-none.png"), ("pic imageData", "No such file")),
    "a picture outside": (image("../../etc/passwd"), ("pic imageData", "outside the folder")),
    "an absolute picture": (image("/etc/passwd"), ("pic imageData", "outside the folder")),
    "a picture by link": (image("link.png"), ("pic imageData", "outside the folder")),
    "a folder as a picture": (image("."), ("pic imageData", "not an ordinary file")),
    "a device as a picture": (image("file:///dev/zero"), ("pic imageData", "outside")),
    "a picture on the network": (image("http://host/a.png"), ("lies on the network",)),
    "a picture that is a text": (image("note.png"), ("pic imageData", "neither picture")),
    "a data URL of words": (image("data:text/plain,hello"), ("pic imageData", "neither picture")),
    "a data URL of HTML": (
        image("data:image/png;base64," + base64.b64encode(b"<html>").decode()),
        ("pic imageData", "neither picture"),
    ),
    "a broken data URL": (image("data:image/png;base64,A"), ("cannot be decoded",)),
    "bare words": (image({"data": "not base64!"}), ("cannot be decoded",)),
    "thirty thousand nodes": (graph(*many(30_000)), ("not 30000", "at most 20000")),
    "as many unknown types": (graph(*many(20_000, type="x")), ("There is no node type 'x'",)),
    "one id for all": (graph(*many(20_000, id="a")), ("20000 nodes have the id 'a'",)),
    "every id twice": (graph(*many(8000), *many(8000)), ("2 nodes have the id 'n0'",)),
    "a thousand loose ends": (
        graph(*many(3000), connections=[link(f"n{n}", f"m{n}") for n in range(3000)]),
        ("'m0' that is no node", "Did you mean"),
    ),
    "a cycle of ten thousand": (
        graph(
            *({"id": f"t{n}", "type": "translation"} for n in range(10_000)),
            connections=[link(f"t{n}", f"t{(n + 1) % 10_000}") for n in range(10_000)],
        ),
        ("wait for each other",),
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a canvas's surroundings, and nothing that could be harmed."""
    inside = tmp_path / "canvases"
    inside.mkdir()
    (inside / "note.png").write_text("just words")
    (tmp_path / "secret.png").write_bytes(plain_png(8, 8))
    (inside / "link.png").symlink_to(tmp_path / "secret.png")
    return inside


@pytest.mark.parametrize("case", BROKEN_FILES)
def test_a_malformed_canvas_gives_one_clear_answer(case: str, folder: Path, engine: Engine) -> None:
    """It names the place, what came and the remedy, stays short, and nothing is written."""
    data, expected = BROKEN_FILES[case]
    path = folder / "canvas.json"
    path.write_bytes(data)
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(CanvasError) as caught:
        engine.prepare(Canvas.load(path))
    message = str(caught.value)
    for words in expected:
        assert words in message
    assert 0 < len(caught.value.problems) <= 50
    assert len(message) < 20_000
    assert all(sign.isprintable() or sign == "\n" for sign in message)
    assert sorted(folder.parent.rglob("*")) == before


FORGOTTEN: dict[str, tuple[bytes, str]] = {
    "a picture into a text": (chain(INPUT, DRAW, TEXT), "draw → text brings media"),
    "a judged picture into a text": (chain(INPUT, DRAW, JUDGE, TEXT), "judge passes on media"),
    "a text into a picture's place": (
        graph(
            INPUT,
            DRAW,
            {"id": "look", "type": "image_evaluation"},
            connections=[link("in", "draw"), link("in", "look")],
        ),
        "in → look brings text",
    ),
    "custom without criteria": (
        chain(INPUT, JUDGE | {"evaluationType": "custom"}),
        "judge evaluationPrompt",
    ),
    "an evaluation as it was dropped": (chain(INPUT, JUDGE), "write criteria here"),
    "a node beside the others": (
        graph(INPUT, DRAW, TEXT, connections=[link("in", "draw")]),
        "text text: Nothing is connected",
    ),
    "no words": (chain(INPUT | {"promptText": " "}, DRAW), "The prompt is empty"),
}


@pytest.mark.parametrize("case", FORGOTTEN)
def test_what_looks_forgotten_is_told_and_keeps_nothing_from_running(case: str) -> None:
    data, expected = FORGOTTEN[case]
    canvas = Canvas.from_json(data).check()
    assert any(expected in str(warning) for warning in canvas.warnings())


def test_the_only_text_of_a_generation_is_its_prompt_at_either_of_its_ports() -> None:
    """Where there are two, each stays at its own."""
    both = {"id": "more", "type": "input", "promptText": "y"}
    alone = Canvas.from_json(graph(INPUT, DRAW, connections=[link("in", "draw", "input-2")]))
    assert [port.input.name for port in alone.links] == ["prompt"]
    links = [link("in", "draw", "input-2"), link("more", "draw", "input-1")]
    canvas = Canvas.from_json(graph(INPUT, both, DRAW, connections=links))
    assert [port.input.name for port in canvas.links] == ["second_text", "prompt"]


def test_an_evaluation_without_a_type_is_custom_in_a_file_and_quality_in_python() -> None:
    """As the editor shows it; neither changes by being saved and read again."""
    data = chain(INPUT, JUDGE)
    read = Canvas.from_json(data)
    assert getattr(read.node("judge"), "preset") == "custom"  # noqa: B009
    assert "evaluationType" not in read.to_json()
    assert Canvas.from_json(read.to_json()) == read
    made = Canvas.of(Input("x") >> Evaluation(id="judge"))
    again = Canvas.from_json(made.to_json())
    assert getattr(again.node("judge"), "preset") == "quality"  # noqa: B009
    assert again.fingerprint == made.fingerprint != read.fingerprint


def test_counting_seeds_begin_where_the_editor_shows_it() -> None:
    """At 0 in a file that says nothing; in Python at the value given."""
    read = Canvas.from_json(graph({"id": "s", "type": "seed", "seedMode": "increment"}))
    assert getattr(read.node("s"), "base") is None  # noqa: B009
    assert Seed(7, mode="increment").base == 7
    assert Seed(7).evolve(mode="increment").base == 7


def test_there_are_enough_malformed_canvases() -> None:
    """A table that shrinks by accident would prove nothing."""
    assert len(BROKEN_FILES) >= 80


def test_every_problem_is_told_at_once() -> None:
    """Of nodes, of connections and of fields, in the order of the file."""
    nodes: list[dict[str, Any]]
    nodes = [INPUT | {"promptText": 1}, TEXT | {"interceptionPreset": "x"}, {"id": 1}, {"id": "u"}]
    nodes += [{"id": "r", "type": "resolution", "resolutionWidth": 1, "resolutionHeight": "tall"}]
    with pytest.raises(CanvasError) as caught:
        Canvas.from_document(document(*nodes, connections=[link("in", 5)]))
    fields = [(problem.node_id, problem.field) for problem in caught.value.problems]
    assert fields == [
        ("in", "promptText"),
        ("text", "interceptionPreset"),
        (None, "nodes[2].id"),
        (None, "nodes[2].type"),
        (None, "nodes[3].type"),
        ("r", "resolutionWidth"),
        ("r", "resolutionHeight"),
        (None, "connections[0].targetId"),
    ]
    assert "for 8 reasons" in str(caught.value)


def test_names_of_models_and_configs_are_checked_with_hints(engine: Engine) -> None:
    """By the engine, which knows them; all at once, before anything is written."""
    canvas = Canvas.from_document(
        json.loads(chain(INPUT, TEXT | {"llmModel": "lob/x"}, DRAW | {"configId": "sketsch"}))
    )
    with pytest.raises(CanvasError) as caught:
        engine.prepare(canvas)
    message = str(caught.value)
    assert "text llmModel" in message
    assert "'lab'" in message
    assert "draw configId" in message
    assert "'sketch'" in message
    with pytest.raises(CanvasError):
        run(canvas, engine=engine)
    assert not engine.settings.exports.exists()


def test_a_byte_order_mark_is_no_problem(folder: Path) -> None:
    """Windows editors write one."""
    path = folder / "canvas.json"
    path.write_bytes(b"\xef\xbb\xbf" + graph(INPUT))
    assert Canvas.load(path).nodes[0].id == "in"


@pytest.mark.parametrize("node_id", ["../../../etc/passwd", "C:\\x", "a/b", "ä" * 100, "💥", "."])
def test_odd_ids_are_allowed(node_id: str) -> None:
    """They name nodes, never files."""
    assert Canvas.from_json(graph(INPUT | {"id": node_id})).nodes[0].id == node_id


@pytest.mark.parametrize("name", ["missing.json", ".", "no\0name", "x" * 5000])
def test_a_file_that_cannot_be_read_is_named(folder: Path, name: str) -> None:
    """Missing, a folder, no name for a file."""
    with pytest.raises(CanvasError, match="canvas"):
        Canvas.load(folder / name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes of this sort")
def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    """Reading one would wait for ever."""
    os.mkfifo(folder / "pipe.json")
    with pytest.raises(CanvasError, match="not an ordinary file"):
        Canvas.load(folder / "pipe.json")


def test_pictures_beside_the_canvas_may_be_read(folder: Path, engine: Engine) -> None:
    """Those elsewhere only if the settings allow their folder, or a person names them in Python."""
    (folder / "a picture.png").write_bytes(plain_png(8, 8))
    for name in (
        "a picture.png",
        (folder / "a picture.png").as_uri(),
        {"image_path": "a picture.png"},
    ):
        path = folder / "canvas.json"
        path.write_bytes(image(name))
        assert Canvas.load(path).problems() == []
    outside = ImageInput(str(folder.parent / "secret.png"), id="pic")
    assert Canvas.of(outside).problems() == []
    with pytest.raises(CanvasError, match="outside the folder"):
        engine.prepare(Canvas.from_json(Canvas.of(outside).to_json()))


def test_a_picture_can_lie_in_the_canvas(folder: Path) -> None:
    """As a data URL, or as bare base64 in the editor's object."""
    data = base64.b64encode(plain_png(8, 8)).decode()
    for value in (
        f"data:image/png;base64,{data}",
        {"data": data},
        {"data": f"data:;base64,{data}"},
    ):
        assert Canvas.from_json(image(value)).problems() == []
