"""Results as values: what a user types to look at them."""

from __future__ import annotations

import base64
import io
import sys
from typing import Any

import pytest

from canvas_kit import Collector, Generation, Input, Interception, Run, run, run_batch
from canvas_kit.batch.batch import Batch
from canvas_kit.errors import BatchError, CanvasError, MissingPrerequisite, RecordError, UnknownName
from canvas_kit.executor.engine import Engine
from canvas_kit.sweep.sweep import Sweep
from canvas_kit.values import Entities, Entity
from tests.conftest import EngineMaker


class Whole:
    """A whole number as NumPy has them."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


@pytest.fixture
def result(engine: Engine) -> Run:
    chain = Input("a boat", id="words") >> Interception("bauhaus", id="how") >> Generation(id="g")
    return run(chain >> Collector(), engine=engine, seed=Whole(7)).result(30)


def test_a_picture_is_opened_read_and_found(result: Run) -> None:
    """From the entity itself."""
    picture = result.images[0]
    assert (picture.seed, result.seed) == (7, 7)
    assert picture.path.read_bytes() == picture.bytes
    with picture.open() as image:
        assert image.size == (picture.width, picture.height)
    with pytest.raises(RecordError, match="no text"):
        _ = picture.text
    assert repr(picture).startswith("<03_generation.png: g, image/png, ")


def test_a_picture_shows_itself_as_one(result: Run) -> None:
    """In any notebook front end: PNG, or JPEG where it had to be made smaller."""
    from PIL import Image

    shown = result.images[0]._repr_mimebundle_()
    assert base64.b64decode(shown["image/png"]) == result.images[0].bytes
    file = io.BytesIO()
    Image.effect_noise((900, 1800), 90).save(file, "PNG")
    large = Entity(
        1,
        "g",
        "generation",
        "final/x.png",
        "",
        0,
        "image/png",
        "",
        source={"final/x.png": file.getvalue()},
    )
    small = Image.open(io.BytesIO(base64.b64decode(large._repr_mimebundle_()["image/jpeg"])))
    assert small.size == (256, 512)


def test_a_text_shows_itself_and_a_lost_file_what_is_known(result: Run) -> None:
    """Without an error."""
    assert result.texts[0]._repr_mimebundle_() == {"text/plain": "a boat"}
    result.images[0].path.unlink()
    assert list(result.images[0]._repr_mimebundle_()) == ["text/plain"]
    with pytest.raises(RecordError, match=r"03_generation\.png"):
        _ = result.images[0].bytes


@pytest.mark.parametrize("kept", [0, 2, 40])
def test_a_picture_that_is_broken_on_the_disk_says_so(result: Run, kept: int) -> None:
    """When it is opened, and not when its pixels are asked for."""
    picture = result.images[0]
    picture.path.write_bytes(picture.bytes[:kept])
    with pytest.raises(RecordError, match=r"03_generation\.png cannot be opened as a picture"):
        picture.open()


def test_a_run_is_indexed_walked_and_asked_by_node(result: Run) -> None:
    """By position, slice, id, and the node itself."""
    assert (result[0], result[-1], len(result)) == (result.texts[0], result.images[0], 3)
    assert list(result) == list(result.entities) == list(result[:])
    assert (result["how"].text, result["words"].text) == ("A BOAT", "a boat")
    assert result["g"].seed == 7
    assert result["g"].open().size
    assert not result["collector_1"]
    with pytest.raises(UnknownName, match="Did you mean 'how'"):
        _ = result["hwo"]
    with pytest.raises(RecordError, match="nothing was made"):
        _ = Entities(result["collector_1"]).text


def test_a_single_one_is_asked_for_only_where_it_is_one(result: Run) -> None:
    """Several are named."""
    with pytest.raises(RecordError, match=r"there are 2: final/01_input\.txt, final/02"):
        _ = result.texts.text
    assert isinstance(result.texts, Entities)


def test_a_run_in_memory_has_the_same_face(engine: Engine) -> None:
    """But no paths."""
    result = run(Input("x") >> Generation(), engine=engine, record=False).result(30)
    assert result.texts[0].text == "x"
    assert result.images[0].open().size
    with pytest.raises(RecordError, match="not recorded on this disk"):
        _ = result.images[0].path


def test_lists_of_results_print_a_short_line_each(engine: Engine) -> None:
    """Runs, batches, entities."""
    batch = run_batch(Input("x") >> Generation(), count=20, engine=engine).result(60)
    for one in (*batch, batch, *batch[0]):
        assert len(repr(one)) < 250
        assert "\n" not in repr(one)


def test_a_batch_is_indexed_sliced_and_verified(engine: Engine) -> None:
    """Its runs are read when they are asked for."""
    batch = run_batch(Input("x") >> Generation(), count=Whole(5), base_seed=3, engine=engine)
    result = batch.result(60)
    assert [one.seed for one in result] == [3, 4, 5, 6, 7]
    assert (result[0].seed, result[-1].seed) == (3, 7)
    assert [one.seed for one in result[1:3]] == [4, 5]
    with pytest.raises(IndexError):
        _ = result[5]
    assert result.verify() == []
    result[2].images[0].path.write_bytes(b"x")
    (fault,) = result.verify()
    assert fault.startswith("run 2: final/02_generation.png has changed")


def test_a_batch_that_was_not_recorded_says_so(engine: Engine) -> None:
    """Rather than an empty answer."""
    batch = run_batch(Input("x"), count=1, record=False, engine=engine).result(30)
    with pytest.raises(RecordError, match=r"run 0 of batch .* was not recorded"):
        _ = batch[0]


def test_rows_say_what_was_made_of_what(engine: Engine) -> None:
    """Plain dicts, for any tool."""
    batch = run_batch(
        Input("x", id="words") >> Generation(id="g"),
        prompts=["a", "b"],
        base_seed=1,
        engine=engine,
    ).result(30)
    rows = batch.entities_to_rows()
    assert [(row["run_index"], row["prompt"], row["node_id"], row["text"]) for row in rows] == [
        (0, "a", "words", "a"),
        (0, "a", "g", None),
        (1, "b", "words", "b"),
        (1, "b", "g", None),
    ]
    assert [row["seed"] for row in rows if row["node_id"] == "g"] == [1, 2]
    assert batch[0].to_rows()[0]["file"] == str(batch[0].texts[0].path)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_table_is_made_by_the_library_that_is_there(
    result: Run, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a missing one is named, with what does without."""
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingPrerequisite, match=f"pip install {library}"):
        result.to_dataframe(library)

    class Stand:
        DataFrame = list

    monkeypatch.setitem(sys.modules, library, Stand)
    assert result.to_dataframe(library) == result.to_rows()
    with pytest.raises(UnknownName):
        result.to_dataframe("excel")  # type: ignore[arg-type]


def test_a_sweep_says_itself_which_runs(engine: Engine) -> None:
    """It is given instead of a canvas, and nothing that it says may be said again."""
    sweep = Sweep.of_prompts(Input("x", id="words"), ["a", "b"], base_seed=1)
    batch = run_batch(sweep, engine=engine).result(30)
    assert [one["words"].text for one in batch] == ["a", "b"]
    assert Batch.open(str(batch.folder)).about["base_seed"] == 1
    with pytest.raises(BatchError, match="leave out count"):
        run_batch(sweep, count=3, engine=engine)


def test_the_input_that_takes_the_prompt_is_named(make_engine: EngineMaker) -> None:
    """By its id, or by the node."""
    engine, backend = make_engine()
    first, second = Input("a", id="first"), Input("b")
    canvas = [first, second] >> Interception("bauhaus")
    with pytest.raises(CanvasError, match="node="):
        run(canvas, prompt="new", engine=engine)
    for node in ("first", first, second):
        run(canvas, prompt="new", node=node, engine=engine).result(30)
    assert [one.prompt for one in backend.text_requests] == ["new\n\nb", "new\n\nb", "a\n\nnew"]


def test_a_deadline_holds_for_each_run_of_a_batch(make_engine: EngineMaker) -> None:
    """What was made until then is kept."""
    engine, _ = make_engine(seconds=60)
    chain = Input("x") >> Generation()
    batch = run_batch(chain, count=2, deadline_seconds=1.5, engine=engine).result(30)
    assert "the deadline of 1.5 s had passed" in batch.runs[0].reasons[0]
    assert [len(one.texts) for one in batch] == [1, 1]
