"""Pictures to start from, in every form in which one has them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from canvas_kit import (
    Canvas,
    CanvasError,
    Collector,
    Generation,
    ImageInput,
    Input,
    Interception,
    run,
)
from canvas_kit.backends.scripted import plain_png
from canvas_kit.errors import CanvasKitError
from canvas_kit.executor.engine import Engine
from canvas_kit.nodes.base import MAX_JOINED_CHARACTERS, Inputs, InputValue
from tests.conftest import EngineMaker

PNG = plain_png(8, 8)


def picture(form: str, folder: Path) -> Any:
    path = folder / "a picture 100%20.png"
    path.write_bytes(PNG)
    forms: dict[str, Any] = {
        "path": path,
        "text": str(path),
        "url": path.as_uri(),
        "bytes": PNG,
        "bytearray": bytearray(PNG),
        "image": Image.open(io.BytesIO(PNG)),
    }
    return forms[form]


@pytest.mark.parametrize("form", ["path", "text", "url", "bytes", "bytearray", "image"])
def test_a_picture_is_taken_as_it_is_at_hand(
    make_engine: EngineMaker, tmp_path: Path, form: str
) -> None:
    """Paths, URLs, bytes and Pillow images; what has no file goes into the canvas."""
    engine, _ = make_engine()
    canvas = ImageInput(picture(form, tmp_path)) >> Collector()
    result = run(canvas, engine=engine).result()
    assert result.images[0].open().size == (8, 8)
    if form in ("bytes", "bytearray", "image"):
        assert Canvas.from_json(canvas.to_json()) == canvas


def test_bytes_that_are_no_picture_are_refused_at_once() -> None:
    """By the name of the argument."""
    with pytest.raises(CanvasError, match="picture: should be a picture"):
        ImageInput(b"words")


def test_the_control_passes_the_text_on_and_asks_no_model(make_engine: EngineMaker) -> None:
    """The preset *none* of an interception; with instructions of one's own they hold."""
    engine, backend = make_engine()
    result = run(Input("x") >> Interception("none") >> Generation(), engine=engine).result()
    assert backend.text_requests == []
    assert backend.media_requests[0].prompt == "x"
    assert result.texts[1].text == "x"
    run(Input("x") >> Interception("none", instructions="Shout"), engine=engine).result()
    assert backend.text_requests[0].instructions.startswith("Shout")


def test_what_a_node_made_is_found_by_the_node(engine: Engine) -> None:
    """Also where it has no id of its own."""
    words, draft = Input("x"), Interception("bauhaus")
    result = run(words >> draft >> Generation(), engine=engine).result()
    assert result[words].text == "x"
    assert result[draft][0].node_id == "interception_1"


def test_texts_that_double_again_and_again_are_bounded() -> None:
    """Else a small canvas would fill the memory."""
    half = InputValue("x" * (MAX_JOINED_CHARACTERS // 2 + 1), "a")
    assert Inputs({"text": [half]}).text("text") == half.value
    with pytest.raises(CanvasKitError, match="longer than"):
        Inputs({"text": [half, half]}).text("text")
