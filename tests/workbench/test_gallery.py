"""A gallery from Python: everything that its page can do, and what stands there without a page."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from canvas_kit import Batch, Collector, Generation, Input, Interception, Run, gallery, run, runs
from canvas_kit.errors import QueryError, RecordError, UnknownName
from canvas_kit.executor.engine import Engine
from canvas_kit.settings import Settings
from canvas_kit.views.front_end import Audience, DisplaySlot
from canvas_kit.workbench import widget
from canvas_kit.workbench.gallery import Gallery


@pytest.fixture
def shown(study: Batch, engine: Engine) -> Gallery:
    return gallery(study, engine=engine)


def folder_of(made: Run) -> Path:
    assert made.folder is not None
    return made.folder


def test_every_source_that_holds_pictures(study: Batch, engine: Engine, settings: Settings) -> None:
    """A run, a batch, what was found, folders, several of all that, and single pictures."""
    assert study.folder is not None
    first, second, *_ = study
    found = runs(settings=settings, where={"how.preset": "bauhaus"})
    for source, count in (
        (None, 8),
        (study, 8),
        (first, 1),
        (found, 4),
        (str(settings.exports), 8),
        (study.folder, 8),
        (folder_of(first), 1),
        ([first, second], 2),
        ([first, study], 8),
        ([first, second.images[0], *first.images], 2),
        (first.images[0], 1),
        ([], 0),
    ):
        assert len(gallery(source, engine=engine)) == count, source  # type: ignore[arg-type]
    assert [one.sha256 for one in gallery(first, engine=engine)] == [first.images[0].sha256]


def test_what_was_not_recorded_says_so(engine: Engine, tmp_path: Path) -> None:
    held = run(Input("x") >> Generation() >> Collector(), engine=engine, record=False).result(30)
    for source in (held, held.images[0], [held]):
        with pytest.raises(RecordError, match="not recorded"):
            gallery(source, engine=engine)
    with pytest.raises(RecordError, match="no folder"):
        gallery(tmp_path / "gone", engine=engine)


def test_filters_words_and_order(shown: Gallery, study: Batch) -> None:
    assert shown.facets["level how.preset"] == {"bauhaus": 4, "overdrive": 4}
    shown.filter({"level how.preset": "bauhaus", "seed": [1, 2]}, text="boa")
    (one,) = shown
    assert Run.open(one.path.parents[1]).about["levels"]["how.preset"] == "bauhaus"
    assert shown[0] == one
    assert len(shown.filter()) == 8
    study[5].rate(study[5].images[0], 4, rater="anna")
    assert shown.sort("rating")[0] == study[5].images[0]
    newest = [one.sha256 for one in shown.sort()]
    assert [one.sha256 for one in shown.sort(descending=False)] == newest[::-1]
    with pytest.raises(UnknownName, match=r"level how\.preset"):
        shown.filter({"level how.prset": "bauhaus"})
    with pytest.raises(UnknownName, match="order"):
        shown.sort("taste")
    with pytest.raises(QueryError, match="hold a word"):
        shown.filter(text="?")


def test_ratings_are_given_seen_and_filtered(shown: Gallery, study: Batch) -> None:
    shown.rate(shown[0], 4, tags=["keep"])
    study[0].rate(study[0].images[0], 1, rater="ben")
    assert sorted((one.rater, one.rating) for one in shown.ratings) == [("anna", 4), ("ben", 1)]
    assert len(shown.filter({"rating": [4, 5]})) == 1
    assert [one.rater for one in shown.ratings] == ["anna"]
    assert len(shown.filter({"tag": None})) == 7
    assert len(shown.filter({"rated_by": "ben"})) == 1


def test_blind_shuffles_by_a_seed_that_is_kept(shown: Gallery, study: Batch) -> None:
    newest_first = [one.sha256 for one in shown]
    shown.blind(3)
    one_way = [one.sha256 for one in shown]
    assert sorted(one_way) == sorted(newest_first)
    assert one_way != newest_first
    assert [one.sha256 for one in shown.blind(3)] == one_way
    html = str(shown._static()["text/html"])
    assert "shuffled with seed 3" in html
    assert "bauhaus" not in html
    drawn = shown.blind().view_of.blind
    assert isinstance(drawn, int)
    assert drawn != 3
    assert shown.unblind().view_of.blind is None
    with pytest.raises(QueryError, match="whole number"):
        shown.blind(-1)


def test_what_a_page_chooses_is_here_as_entities(
    shown: Gallery, engine: Engine, study: Batch
) -> None:
    """Whatever of its view the page has sent along, and also the tokens of a blind view."""
    source = dict(shown._state())
    key = {"run_id": study[2].id, "file": study[2].images[0].file}
    asked = {"source": source, "keys": [key]}
    engine.submit(shown._desk.answer("gallery.select", asked)).result(30)
    assert list(shown.selection) == [study[2].images[0]]
    blind = engine.submit(
        shown._desk.answer("gallery.open", {"source": source, "blind": 4})
    ).result(30)
    tokens = [{"run_id": "blind", "file": name} for name in blind["columns"]["file"]["values"]]
    asked = {"source": shown.blind(4)._state(), "keys": tokens[:3]}
    engine.submit(shown._desk.answer("gallery.select", asked)).result(30)
    assert list(shown.selection) == list(shown)[:3]


def test_a_contact_sheet_stands_where_no_page_is(shown: Gallery, study: Batch) -> None:
    """Small pictures with captions and stars; a text for a terminal; a lost picture says so."""
    study[0].rate(study[0].images[0], 3, rater="anna")
    study[1].images[0].path.unlink()
    bundle = shown._static()
    html = str(bundle["text/html"])
    assert html.count('<img src="data:image/') == 7
    assert "No such file" in html
    assert "★★★" in html
    assert "a boat · bauhaus" in html
    assert bundle["text/plain"] == repr(shown)
    assert re.fullmatch(r"<Gallery of .*: 8 pictures, 1 rated by anna>", repr(shown))
    assert len(html) < 300_000


def test_a_live_gallery_does_not_wait_for_its_sheet(
    shown: Gallery, study: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line stands there until the records are read; one of a few runs is drawn at once."""
    held: list[str] = []
    view = SimpleNamespace(add_class=lambda _: None, _repr_mimebundle_=dict, close=lambda: None)
    monkeypatch.setattr(widget, "in_notebook", lambda: True)
    monkeypatch.setattr(widget, "audience", lambda: Audience.WIDGETS)
    monkeypatch.setattr(widget, "warn_about_kernel", lambda: None)
    monkeypatch.setattr(Gallery, "_made", lambda _: view)
    monkeypatch.setattr(
        DisplaySlot, "show", lambda _, bundle, **__: held.append(bundle["text/html"])
    )
    shown._ipython_display_()
    assert "<img" not in held[1]
    assert shown._pictures().title in held[1]
    while len(held) < 3:
        time.sleep(0.01)
    assert held[2].count("<img") == 8
    assert shown._drawn_soon()
    assert not gallery(engine=shown.engine)._drawn_soon(), "all that was recorded, however much"
    held.clear()
    gallery(study[0], engine=shown.engine)._ipython_display_()
    assert held[1].count("<img") == 1


def test_texts_are_shown_where_a_run_was_to_make_texts_alone(engine: Engine) -> None:
    """What its nodes wrote, not what was put in; beside a picture, the picture alone."""
    chain = Input("x") >> Interception("bauhaus", id="how")
    made = run(chain >> Interception("overdrive", id="then") >> Collector(), engine=engine)
    texts = made.result(30).texts[1:]
    shown = gallery(made.result(), engine=engine)
    assert [*shown] == [*texts]
    assert shown.facets["node"] == {"how": 1, "then": 1}
    assert all(one.text in str(shown._static()["text/html"]) for one in texts)
    shown.rate(shown[0], 4)
    assert shown.sort("rating")[0] == texts[0]
    both = run(chain >> Generation() >> Collector(), engine=engine).result(30)
    assert [*gallery(both, engine=engine)] == [*both.images]


def test_thumbnails_can_be_made_beforehand(shown: Gallery) -> None:
    assert shown.prepare() == 8


def test_runs_batches_and_lists_of_runs_have_one(study: Batch, settings: Settings) -> None:
    """Also a widget's state, which a notebook could keep, holds no path."""
    for source in (study, study[0], runs(settings=settings)):
        shown = source.gallery()
        assert isinstance(shown, Gallery)
        assert len(shown) in (1, 8)
        assert str(settings.exports) not in json.dumps(dict(shown._state()))


def test_completion_offers_what_a_user_can_do(shown: Gallery) -> None:
    """And none of what the view is made of."""
    assert [name for name in dir(shown) if not name.startswith("_")] == [
        "blind", "close", "engine", "facets", "filter", "prepare", "rate", "ratings",
        "selection", "sort", "unblind", "view_of",
    ]  # fmt: skip
