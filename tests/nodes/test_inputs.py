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
from tests.conftest import EngineMaker, lab_settings

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


def test_a_canvas_cannot_ask_how_a_file_begins(tmp_path: Path) -> None:
    """The message says that it is no picture, and nothing of what it holds."""
    (tmp_path / "secret.txt").write_text("the first words of a letter")
    file = tmp_path / "canvas.json"
    (ImageInput("secret.txt") >> Collector()).save(file)
    with pytest.raises(CanvasError, match="neither picture") as caught:
        Canvas.load(file).check()
    assert "first words" not in str(caught.value)


@pytest.mark.parametrize("address", ["file://[", "loop.png", "loop.png/x", "x" * 5000, "file:"])
def test_an_address_that_leads_nowhere_is_a_problem_and_no_fault(
    tmp_path: Path, address: str
) -> None:
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    file = tmp_path / "canvas.json"
    (ImageInput(address) >> Collector()).save(file)
    with pytest.raises(CanvasError, match=r"picture|file"):
        Canvas.load(file).check()


def test_a_canvas_file_may_read_in_an_allowed_folder(tmp_path: Path) -> None:
    """Also in one that is not its own, by check and by run."""
    (tmp_path / "pictures").mkdir()
    (tmp_path / "canvases").mkdir()
    (tmp_path / "pictures" / "p.png").write_bytes(PNG)
    file = tmp_path / "canvases" / "canvas.json"
    (ImageInput("../pictures/p.png") >> Collector()).save(file)
    settings = lab_settings(tmp_path / "exports")
    with Engine(settings) as engine, pytest.raises(CanvasError, match="allowed_folders"):
        run(Canvas.load(file), engine=engine)
    allowed = settings.model_copy(update={"allowed_folders": (tmp_path / "pictures",)})
    with Engine(allowed) as engine:
        assert run(Canvas.load(file), engine=engine).result(20).images[0].bytes == PNG
