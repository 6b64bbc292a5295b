"""Comparing: what was set, what was said, what was painted, run by run and point by point."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from canvas_kit import (
    Batch,
    Canvas,
    Collector,
    Generation,
    Input,
    Interception,
    Run,
    run,
    run_batch,
)
from canvas_kit.analysis.comparing import BatchDifference, Changes, RunDifference
from canvas_kit.backends.base import TextRequest
from canvas_kit.backends.scripted import plain_png
from tests.analysis.conftest import canvas, doctor_and_nurse, study_engine
from tests.conftest import EngineMaker
from tests.views.page import Page


def by_index(batch: Batch, index: int) -> Run:
    return batch.open_run(next(one for one in batch.runs if one.index == index))


def page_of(value: RunDifference | BatchDifference | Changes) -> Page:
    return Page(value._repr_mimebundle_()["text/html"])


def test_two_runs_tell_what_differs(study: Batch) -> None:
    """Field, seed, words and pictures, in that order; the same is not repeated."""
    doctor, nurse = by_index(study, 3), by_index(study, 9)
    found = doctor.compare(nurse)
    assert [str(field) for field in found.fields] == ["prompt.text: 'a doctor' → 'a nurse'"]
    assert str(found.texts["how"]) == "a [-doctor-]{+nurse+}. bauhaus"
    assert found.same_pictures is False
    assert "how: 1 word gone, 1 new" in str(found)
    page = page_of(found)
    assert [mark.text for mark in page.all("del")] == ["doctor", "doctor"]
    assert [mark.text for mark in page.all("ins")] == ["nurse", "nurse"]
    assert len(page.all("img")) == 2


def test_the_same_run_twice_is_the_same(study: Batch) -> None:
    """Said as such, with one picture."""
    found = by_index(study, 0).compare(by_index(study, 0))
    assert (found.fields, found.same_texts, found.same_pictures) == ((), True, True)
    assert "the same picture, byte for byte" in str(found)
    assert len(page_of(found).all("img")) == 1


def test_a_picture_that_was_replaced_is_not_compared(make_engine: EngineMaker) -> None:
    """The bytes that were recorded, or words in their place."""
    engine, _ = make_engine()
    before, after = (run(Input("a") >> Generation(), engine=engine).result(30) for _ in range(2))
    after.images[0].path.write_bytes(plain_png(8, 8))
    page = page_of(before.compare(after))
    assert len(page.all("img")) == 1
    assert "has changed since it was recorded" in page.all("div", "ck-none")[0].text


def test_a_node_that_one_run_lacks_is_a_difference(study: Batch) -> None:
    """With the connections that go with it; a seed that differs is one too."""
    found = by_index(study, 1).compare(by_index(study, 3))
    told = [str(field) for field in found.fields]
    assert told[0] == "how: – → 'interception'"
    assert "prompt → picture: 'connected' → –" in told
    assert "seed: 1001 → 1000" in told


def test_a_refused_run_is_compared_with_its_reason(study: Batch) -> None:
    """One has a picture, the other a reason."""
    found = by_index(study, 4).compare(by_index(study, 10))
    assert found.same_pictures is False
    assert "picture: a picture in the first only" in str(found)
    page = page_of(found)
    assert "<b>no</b> nurses here" in page.text
    assert len(page.all("img")) == 1


def test_the_difference_the_machine_made(make_engine: EngineMaker) -> None:
    """Every rewritten text beside the words that came to it, and hostile words stay words."""

    def rewrite(request: TextRequest) -> str:
        return request.passages[0].text.replace("house", "<i>palace</i>") + ", shining"

    engine, _ = make_engine(text=rewrite)
    chain = (
        Input("A red house at dusk", id="words")
        >> Interception("bauhaus", id="first")
        >> Interception("overdrive", id="second")
        >> Generation()
        >> Collector()
    )
    changes = run(chain, engine=engine).result(30).changes()
    assert [change.node_id for change in changes] == ["first", "second"]
    assert [change.method for change in changes] == [
        "interception bauhaus", "interception overdrive",
    ]  # fmt: skip
    assert str(changes.changes[1].wording).endswith("at dusk, shining{+, shining+}")
    page = page_of(changes)
    assert page.all("ins")[0].text == "<i>palace</i>"
    assert not page.all("i")
    assert "second interception overdrive · 1 new" in page.text


def test_a_run_without_rewriting_says_so(make_engine: EngineMaker) -> None:
    """Rather than an empty answer."""
    engine, _ = make_engine()
    changes = run(Input("x") >> Generation(), engine=engine).result(30).changes()
    assert len(changes) == 0
    assert "No text was made of another one" in str(changes)


def test_two_batches_are_compared_point_by_point(study: Batch, tmp_path: Path) -> None:
    """By identity and seed; what only one has is counted."""
    engine = study_engine(tmp_path / "exports")
    again = run_batch(doctor_and_nurse(range(1001, 1005)), engine=engine).result(60)
    engine.close()
    found = study.compare(again)
    assert len(found.pairs) == 8
    assert all(one.id == other.id for one, other in found.pairs)
    assert (len(found.only_before), len(found.only_after)) == (4, 8)
    compared = list(found)
    assert all(pair.same_texts for pair in compared)
    assert [pair.same_pictures for pair in compared].count(True) == 7
    assert "8 points in both, 4 only in the first, 8 only in the other" in str(found)
    assert len(page_of(found).all("img")) == 7


def test_a_changed_canvas_is_matched_by_levels_and_seed(study: Batch, tmp_path: Path) -> None:
    """Where identities differ: the same question, asked with another size."""
    engine = study_engine(tmp_path / "exports")
    sweep = doctor_and_nurse()
    other = type(sweep)(
        canvas().with_fields("picture", width=96),
        {"prompt.text": ["a doctor", "a nurse"]},
        seeds=range(1000, 1003),
    )
    found = study.compare(run_batch(other, engine=engine).result(60))
    engine.close()
    assert len(found.pairs) == 6
    assert {point.levels["prompt.text"] for pair in found.pairs for point in pair} == {
        "a doctor", "a nurse",
    }  # fmt: skip
    assert all(one.seed == other.seed for one, other in found.pairs)
    fields = [str(field) for field in next(iter(found)).fields]
    assert "resolution_1.width: 64 → 96" in fields


def test_many_pairs_have_pages(study: Batch) -> None:
    """Ten at a time."""
    found = study.compare(study)
    assert (len(found), found.pages) == (12, 2)
    assert "Page 1 of 2: show_page(2)" in page_of(found).text
    assert len(page_of(found.show_page(2)).all("div", "ck-pair")) >= 1
    with pytest.raises(ValueError, match="pages 1 to 2"):
        found.show_page(3)


def test_a_point_that_was_not_made_is_said(study: Batch) -> None:
    """Its pair is there, without a comparison."""
    found = study.compare(replace(study, runs=study.runs[1:]))
    assert len(found.pairs) == 12
    assert "not made in both" in str(found)
    assert len(list(found)) == 11


def test_a_run_is_not_compared_with_a_batch(study: Batch) -> None:
    """Told in words; and a run in memory says that its canvas is not kept."""
    with pytest.raises(TypeError, match="compared with a run"):
        study.compare(study[0])  # type: ignore[arg-type]
    canvas_ = Canvas.of(Input("x") >> Generation("embedded/sketch", width=64, height=64))
    memory = run(canvas_, record=False).result(30)
    assert "was not recorded" in memory.compare(memory).notes[0]
