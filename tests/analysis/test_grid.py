"""A batch as a grid: everything has its place, equal seeds the same one."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Batch, Collector, Generation, Input, Interception, Sweep, run_batch
from canvas_kit.analysis.grid import Block, Grid, Slot, label_of
from canvas_kit.backends.base import MediaRequest
from canvas_kit.backends.scripted import plain_png
from canvas_kit.batch.summary import RunSummary
from canvas_kit.errors import ContentRefused, UnknownName
from canvas_kit.events import RunStart
from canvas_kit.values import RunStatus
from tests.conftest import EngineMaker
from tests.views.page import Page


def slots(grid: Grid) -> dict[tuple[str, str, str], Slot]:
    """Every place of a grid by the labels of its row, column and inner level."""
    (block,) = grid.blocks(10_000)
    columns = grid.column_labels(block)
    return {
        (row, columns[at], slot.label): slot
        for row, cells in grid.cells(block)
        for at, cell in enumerate(cells)
        for slot in cell
    }


def page_of(value: Any) -> Page:
    return Page(value._repr_mimebundle_()["text/html"])


def test_axes_are_chosen_from_the_design(study: Batch) -> None:
    """Without a word the factors are the sides, and the seeds are side by side in each cell."""
    grid = study.grid()
    assert (grid.rows, grid.columns, grid.inner) == (("how",), ("prompt.text",), ("seed",))
    found = slots(grid)
    assert len(found) == 12
    assert found["bauhaus", "a nurse", "seed 1000"].words == "a nurse. bauhaus"
    assert found["(without)", "a nurse", "seed 1000"].words == "a nurse"
    assert len(found["bauhaus", "a doctor", "seed 1002"].pictures) == 1


def test_axes_can_be_said_in_any_way(study: Batch) -> None:
    """Seeds down the side, two factors along the top; what is not said is not lost."""
    grid = study.grid("seed", ["prompt.text", "how"])
    assert [*{row for row, _, _ in slots(grid)}] != []
    assert grid.column_labels(Block((0, 1), (0, 4), (0, 1))) == [
        "a doctor · (without)", "a doctor · bauhaus", "a nurse · (without)", "a nurse · bauhaus",
    ]  # fmt: skip
    grid = study.grid(rows="how")
    assert grid.inner == ("prompt.text", "seed")
    assert len(grid.points) == 12


def test_a_part_can_be_chosen(study: Batch) -> None:
    """By one level or several of a factor."""
    assert len(study.grid(where={"how": "bauhaus", "seed": [1000, 1002]}).points) == 4
    with pytest.raises(UnknownName, match="Did you mean 'bauhaus'"):
        study.grid(where={"how": "bauhas"})
    with pytest.raises(UnknownName, match=r"prompt\.text"):
        study.grid(rows="prompt.txt")
    with pytest.raises(ValueError, match="one axis only"):
        study.grid("how", "how")


def test_what_was_refused_or_is_missing_keeps_its_place(study: Batch) -> None:
    """Visible with its reason, and told apart from what is not in the design."""
    assert study.folder is not None
    runs = tuple(run for run in study.runs if run.index != 0)
    grid = replace(study, runs=runs).grid()
    found = slots(grid)
    refused = found["bauhaus", "a nurse", "seed 1001"]
    assert (refused.state, refused.pictures) == ("refused", ())
    assert "nurses here" in refused.reason
    assert found["(without)", "a doctor", "seed 1000"].state == "not made yet"
    assert "1 not made yet" in str(grid)
    assert "1 refused" in str(grid) or "1 partial" in str(grid) or "1 failed" in str(grid)
    page = page_of(grid)
    places = [place.text for place in page.all("div", "ck-none")]
    assert sorted(places) == ["not made yet", "refused"]
    assert "<b>no</b> nurses here" in page.text
    assert len(page.all("img")) == 10


def test_a_combination_that_was_excluded_is_no_missing_run(study: Batch) -> None:
    """It says that the design has no such point."""
    grid = study.grid()
    without = {key: point for key, point in grid.points.items() if point.index != 0}
    found = slots(replace(grid, points=without))
    assert found["(without)", "a doctor", "seed 1000"].state == "not in the design"


def test_equal_seeds_stand_in_the_same_place(study: Batch) -> None:
    """Every cell has the seeds in the same order, whatever is missing."""
    (block,) = study.grid().blocks(100)
    orders = {
        tuple(slot.label for slot in cell)
        for _, cells in study.grid().cells(block)
        for cell in cells
    }
    assert orders == {("seed 1000", "seed 1001", "seed 1002")}


def test_the_words_that_were_painted_are_in_reach(study: Batch) -> None:
    """As the tooltip of each picture, and as a note of which equal words share one."""
    page = page_of(study.grid())
    titles = [image.attributes["title"] for image in page.all("img")]
    assert titles.count("a nurse") == 3
    assert titles.count("a doctor. bauhaus") == 3
    notes = [note.text for note in page.all("li")]
    assert sorted(notes)[:3] == ["a doctor", "a doctor. bauhaus", "a nurse"]
    numbers = [number.text for number in page.all("i")]
    assert numbers[:3] == ["1", "1", "1"]
    assert not page.all("script")


def test_long_labels_are_never_cut(make_engine: EngineMaker) -> None:
    """However long the prompt is."""
    engine, _ = make_engine()
    long = "a very long prompt " * 40
    batch = run_batch(
        Input("", id="words") >> Generation() >> Collector(),
        prompts=[long, "short"],
        base_seed=40,
        engine=engine,
    ).result(30)
    captions = [caption.text for caption in page_of(batch).all("figcaption")]
    assert captions[0].startswith(f"{long} · seed 40")
    assert captions[1].startswith("short · seed 41")


def test_a_prompt_as_long_as_a_book_does_not_swell_a_notebook(make_engine: EngineMaker) -> None:
    """It is a level, a caption, a note and the tooltip of each picture: each in part."""
    engine, _ = make_engine()
    canvas = Input(id="words") >> Generation() >> Collector()
    study = Sweep(canvas, {"words.text": ["page " * 20_000, "short"]}, seeds=[1, 2])
    batch = run_batch(study, engine=engine).result(30)
    for grid in (batch.grid(), batch.grid(rows="words.text"), batch.grid(columns="words.text")):
        assert len(grid._repr_mimebundle_()["text/html"]) < 60_000


def test_labels_say_what_a_number_is() -> None:
    """Words stand alone; a number has its factor, and 1 is not yes."""
    axis = ("prompt.text", "picture.steps", "judge.loop", "how.model", "seed")
    assert label_of(axis, ("a", 1, True, None, 0)) == "a · steps 1 · loop yes · model none · seed 0"


def test_several_pictures_of_a_run_are_one_place(make_engine: EngineMaker) -> None:
    """Side by side; more than a few are counted."""
    engine, _ = make_engine()
    canvas = Input("x") >> [Generation() for _ in range(8)] >> Collector()
    batch = run_batch(canvas, count=2, base_seed=1, engine=engine).result(30)
    (first, second) = slots(batch.grid()).values()
    assert (len(first.pictures), first.more) == (6, 2)
    page = page_of(batch)
    assert len(page.all("figure")) == 2
    assert len(page.all("img")) == 12
    assert "2 more not shown" in page.text
    assert second.label == "seed 2"


def test_a_batch_of_texts_shows_the_texts(make_engine: EngineMaker) -> None:
    """Where there is no picture, the last words are in its place."""
    engine, _ = make_engine(text=lambda request: f"heard {request.seed}")
    batch = run_batch(
        Input("same") >> Interception("stillepost"), count=2, base_seed=7, engine=engine
    ).result(30)
    shown = [place.text for place in page_of(batch).all("div", "ck-said")]
    assert all(text.startswith("heard ") for text in shown)
    assert len(set(shown)) == 2


def large(study: Batch, rows: int) -> Batch:
    """A batch of many points, all of which lie in one folder."""
    first = study.runs[0]
    made = [
        RunSummary(
            index,
            f"r{index}",
            RunStatus.COMPLETED,
            1000 + index % 2,
            first.folder,
            levels={"prompt.text": f"prompt {index // 6}", "how": "abc"[index // 2 % 3]},
            replicate=index % 2,
        )
        for index in range(rows * 6)
    ]
    return Batch("large", len(made), tuple(made))


def test_a_large_grid_opens_one_page(study: Batch, opened: list[object]) -> None:
    """1,632 prompts × 3 presets × 2 seeds: sixty records are read, and the rest is said."""
    batch = large(study, 1632)
    bundle = batch._repr_mimebundle_()
    assert len(opened) <= 60
    assert len(bundle["text/html"]) < 1_500_000
    assert len(bundle["text/plain"]) < 10_000
    page = Page(bundle["text/html"])
    assert "Shown: prompt.text 1 to 10 of 1,632. Page 1 of 164: show_page(2)" in page.text
    grid = batch.grid()
    assert grid.pages == 164
    assert "prompt.text 1,631 to 1,632" in page_of(grid.show_page(164)).text
    with pytest.raises(ValueError, match="pages 1 to 164, but not 165"):
        batch.grid(page=165)


@pytest.mark.parametrize(("places", "columns"), [(1, 0), (5, 0), (6, 2), (1000, 0), (7, 1)])
def test_pages_show_every_place_once(study: Batch, places: int, columns: int) -> None:
    """However the grid is parted."""
    grid = large(study, 5).grid()
    seen = [
        (row, column, inner)
        for block in grid.blocks(places, columns=columns)
        for row in range(*block.rows)
        for column in range(*block.columns)
        for inner in range(*block.inner)
    ]
    assert len(seen) == len(set(seen)) == 5 * 3 * 2


def test_failures_are_told_and_the_cancelled_counted(make_engine: EngineMaker) -> None:
    """A run that failed has its reason; those that were stopped are a number."""

    def picture(request: MediaRequest) -> bytes | Exception:
        return ContentRefused("<no>") if request.seed == 11 else plain_png(64, 64)

    engine, _ = make_engine(picture=picture, seconds=lambda r: 0 if r.seed < 13 else 60)
    handle = run_batch(
        Input("x") >> Generation(), count=30, base_seed=10, concurrency=2, engine=engine
    )
    begun = threading.Semaphore(0)
    handle.listen(lambda event: begun.release() if isinstance(event, RunStart) else None)
    for _ in range(5):  # three end by themselves, two would take long
        begun.acquire(timeout=60)
    handle.cancel()
    page = page_of(handle.result(60))
    (notes,) = page.all("div", "ck-notes")
    assert "generation_1 (refused): <no>" in notes.text
    assert "2 runs cancelled on the way" in notes.text
    assert "25 of 30 runs did not begin" in notes.text
    assert "aborted" in page.text
    assert len(page.all("figure")) == 30


def test_a_record_that_is_gone_is_said_in_its_place(study: Batch, tmp_path: Path) -> None:
    """Not raised: the other pictures are still shown."""
    gone = replace(study.runs[0], folder=tmp_path / "gone")
    grid = replace(study, runs=(gone, *study.runs[1:])).grid()
    assert slots(grid)["(without)", "a doctor", "seed 1000"].state == "unreadable"
    assert len(page_of(grid).all("img")) == 10


def test_a_picture_that_is_gone_or_another_is_said_in_its_place(make_engine: EngineMaker) -> None:
    """Neither words nor the picture of another run stand there as if they were what was made."""
    engine, _ = make_engine()
    canvas = Input("A lamp") >> Generation() >> Collector()
    batch = run_batch(canvas, count=3, engine=engine).result(30)
    gone, changed, kept = (run.images[0] for run in batch)
    gone.path.unlink()
    changed.path.write_bytes(plain_png(8, 8))
    page = page_of(batch.grid())
    assert [part.text for part in page.all("div", "ck-none")] == [
        "The picture is gone, or not as it was recorded."
    ] * 2
    assert len(page.all("img")) == 1
    assert kept.path.is_file()


def test_the_text_of_a_grid_names_its_sides(study: Batch) -> None:
    """For a terminal: factors, levels, and what is not complete."""
    text = str(study.grid())
    assert "2 how × 2 prompt.text × 3 seeds; 11 of 12 runs complete" in text
    assert "columns, prompt.text: a doctor, a nurse" in text
    assert re.search(r"\(without\): 6 completed", text)
    assert study.grid()._repr_mimebundle_()["text/plain"] == text
