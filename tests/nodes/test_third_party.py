"""Another package adds a node type by an entry point."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.node_types import node_type, node_type_names
from canvas_kit.executor.run import run

MODULE = '''
from canvas_kit.canvas.fields import Text
from canvas_kit.canvas.node import constructor
from canvas_kit.canvas.ports import InputPort, Kind, OutputPort
from canvas_kit.nodes.base import Artifact, Inputs, NodeContext, NodeResult, RunnableNode
from pydantic import Field


class Shout(RunnableNode):
    """Says it louder."""

    type = "shout"
    inputs = (InputPort("text", frozenset({Kind.TEXT}), required=True, many=True),)
    outputs = (OutputPort("text", frozenset({Kind.TEXT})),)
    keeps = "text"

    mark: Text = Field("!", alias="shoutMark")

    @constructor
    def __init__(self, mark: str = "!", *, id: str = "") -> None: ...

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        text = inputs.text("text").upper() + self.mark
        return NodeResult({"text": text}, (Artifact(text),))
'''


@pytest.fixture
def shouting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package of the README's example, installed beside canvas-kit."""
    (tmp_path / "shouting.py").write_text(MODULE)
    about = tmp_path / "shouting-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[canvas_kit.nodes]\nshout = shouting:Shout\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "shouting", raising=False)
    node_type.cache_clear()


@pytest.mark.usefixtures("shouting")
def test_a_canvas_file_may_name_it_and_it_runs(make_engine: Any) -> None:
    """The JSON form, the checks, the run and the record follow from the class alone."""
    engine, _ = make_engine()
    document = {
        "nodes": [
            {"id": "words", "type": "input", "promptText": "hello"},
            {"id": "loud", "type": "shout", "shoutMark": "?!"},
            {"id": "end", "type": "collector"},
        ],
        "connections": [
            {"sourceId": "words", "targetId": "loud"},
            {"sourceId": "loud", "targetId": "end"},
        ],
    }
    canvas = Canvas.from_document(document)
    result = run(canvas, engine=engine).result()
    (text,) = result["loud"]
    assert text.text == "HELLO?!"
    assert text.file == "final/02_shout.txt"


@pytest.mark.usefixtures("shouting")
def test_it_is_listed_with_the_others() -> None:
    """It is among the node types, and a mistyped name leads to it."""
    assert "shout" in node_type_names()
    assert node_type("shout")("?").mark == "?"  # type: ignore[call-arg, attr-defined]
