"""Finished runs and batches as HTML: complete, bounded, and safe against hostile words."""

from __future__ import annotations

import base64
import io
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from canvas_kit import (
    Canvas,
    Collector,
    Evaluation,
    Generation,
    Input,
    Interception,
    Run,
    run,
    run_batch,
)
from canvas_kit.backends.base import TextRequest
from canvas_kit.backends.scripted import plain_png
from canvas_kit.batch.batch import Batch
from canvas_kit.errors import ContentRefused
from canvas_kit.values import RunStatus
from canvas_kit.views import markup
from canvas_kit.views.grids import batch_bundle
from canvas_kit.views.markup import duration, picture_url
from canvas_kit.views.results import MAX_CARDS, MAX_PICTURES, run_bundle, run_html
from tests.conftest import EngineMaker
from tests.views.page import Page

HOSTILE = "<script>alert(1)</script>\" onload='x' & <img src=x onerror=y>"


def noise(width: int, height: int, mode: str = "RGB") -> bytes:
    """A picture that does not compress."""
    size = width * height * len(mode)
    image = Image.frombytes(mode, (width, height), random.Random(width).randbytes(size))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def decoded(url: str) -> Image.Image:
    """The picture in a data URL."""
    image = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    image.load()
    return image


def test_a_run_shows_everything_in_canvas_order(make_engine: EngineMaker) -> None:
    """Each card says number, node, size, seed and model; the folder stands beneath."""
    engine, _ = make_engine()
    result = run(
        Input("Early words") >> Interception("stillepost") >> Generation(id="picture"),
        seed=7,
        engine=engine,
    ).result()
    bundle = run_bundle(result)
    assert bundle["text/plain"] == str(result)
    page = Page(bundle["text/html"])
    cards = [card.text for card in page.all("figure")]
    assert [card[:2] for card in cards] == ["01", "02", "03"]
    assert "Early words" in cards[0]
    assert "EARLY WORDS" in cards[1]
    assert "lab/writer" in cards[1]
    for fact in ("picture", "64 × 64", "seed 7", "lab/painter"):
        assert fact in cards[2]
    (picture,) = page.all("img")
    assert decoded(picture.attributes["src"]).size == (64, 64)
    assert str(result.folder) in page.text


def test_words_are_never_markup(make_engine: EngineMaker) -> None:
    """Prompts, texts, reasons and names from outside stay words, wherever they are shown."""
    engine, _ = make_engine(picture=lambda _: ContentRefused(HOSTILE), text=lambda _: HOSTILE)
    chain = Input(HOSTILE) >> Interception("stillepost") >> Generation() >> Collector()
    canvas = Canvas.of(chain, name=HOSTILE)
    page = Page(run_bundle(run(canvas, engine=engine).result())["text/html"])
    batch = run_batch(canvas, prompts=[HOSTILE], engine=engine).result()
    sheet = Page(batch_bundle(batch)["text/html"])
    for shown in (page, sheet):
        assert not shown.all("script")
        assert not shown.all("img")
        assert not any("onload" in element.attributes for element in shown.elements)
        assert HOSTILE in shown.text


@given(st.text())
def test_any_text_survives_as_text(words: str) -> None:
    """What goes into an element or an attribute comes out of it unchanged."""
    words = words.replace("\r", "").replace("\0", "")
    page = Page(markup.tag("b", markup.text(words), title=words))
    (element,) = page.all("b")
    assert element.text == words
    assert element.attributes.get("title", "") == words


def test_what_was_not_made_is_said_with_its_reason(make_engine: EngineMaker) -> None:
    """A refused picture and what it left undone stand beneath what was made."""
    engine, _ = make_engine(picture=lambda _: ContentRefused("too sad"))
    result = run(Input("x") >> Generation(id="picture") >> Collector(), engine=engine).result()
    page = Page(run_bundle(result)["text/html"])
    notes = [note.text for note in page.all("div", "ck-notes")]
    assert "picture refused: too sad" in notes[0]


def test_a_verdict_shows_score_threshold_and_rounds(make_engine: EngineMaker) -> None:
    """A judge's card has the score as a bar with a mark, and later rounds are marked as such."""
    scores = iter([2.0, 8.5])

    def judge(request: TextRequest) -> str | dict[str, object]:
        if request.answer_schema:
            return {"score": next(scores), "commentary": f"<i>{request.task}</i>"}
        return "draft"

    engine, _ = make_engine(text=judge)
    draft, verdict = Interception("stillepost", id="draft"), Evaluation("fairness", id="judge")
    collector = Collector()
    canvas = Canvas(
        Input("x") >> draft >> verdict, verdict.failed >> draft, verdict.passed >> collector
    )
    page = Page(run_bundle(run(canvas, engine=engine).result())["text/html"])
    judged = [card.text for card in page.all("figure") if "judge" in card.text]
    assert ["2.0" in judged[0], "failed" in judged[0]] == [True, True]
    assert ["8.5" in judged[1], "passed" in judged[1], "round 2" in judged[1]] == [True] * 3
    assert "<i>evaluation</i>" in judged[0]
    assert [mark.attributes["style"] for mark in page.all("s")] == ["left:50%", "left:50%"]


def test_a_large_run_is_shown_in_part(make_engine: EngineMaker) -> None:
    """Of many results so many are shown, and the rest is counted."""
    engine, _ = make_engine()
    canvas = Input("x") >> [Generation() for _ in range(80)] >> Collector()
    page = Page(run_bundle(run(canvas, engine=engine).result())["text/html"])
    assert len(page.all("figure")) == MAX_CARDS
    assert len(page.all("img")) == MAX_PICTURES
    assert "21 more results" in page.text


def test_a_picture_that_is_gone_is_said_not_raised(make_engine: EngineMaker) -> None:
    """A record whose file was removed still shows what is left."""
    engine, _ = make_engine()
    result = run(Input("x") >> Generation(), engine=engine).result()
    result.images[0].path.unlink()
    page = Page(run_bundle(result)["text/html"])
    assert not page.all("img")
    assert "No such file" in page.text


def test_a_run_in_memory_is_shown_too(make_engine: EngineMaker) -> None:
    """Without a folder the pictures come from memory, and the view says that nothing is kept."""
    engine, _ = make_engine()
    page = Page(run_html(run(Input("x") >> Generation(), engine=engine, record=False).result()))
    assert len(page.all("img")) == 1
    assert "memory only" in page.text


def test_pictures_lead_to_their_files(
    make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A link is relative to the notebook's folder, and absent where it would leave the server."""
    engine, _ = make_engine()
    result = run(Input("x") >> Generation(), engine=engine).result()
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    monkeypatch.chdir(notebooks)
    (link,) = Page(run_html(result)).all("a")
    assert (notebooks / link.attributes["href"]).resolve() == result.images[0].path
    assert not Page(run_html(result, links=False)).all("a")
    (notebooks / "deep").mkdir()
    monkeypatch.chdir(notebooks / "deep")
    assert not Page(run_html(result)).all("a")


def test_a_clock_that_was_set_back_gives_no_negative_time() -> None:
    """A run that ended before it began took no time."""
    assert [duration(seconds) for seconds in (-3600, 0.84, 200)] == ["0.0 s", "0.8 s", "3 min 20 s"]


def test_big_pictures_are_scaled_down_and_small_ones_left_alone() -> None:
    """A small file is embedded as it is; a large one becomes a copy within the edge."""
    small, large = plain_png(900, 900), noise(900, 600)
    url = picture_url(small, edge=300)
    assert url is not None
    assert base64.b64decode(url.partition(",")[2]) == small
    url = picture_url(large, edge=300)
    assert url is not None
    assert url.startswith("data:image/jpeg")
    assert decoded(url).size == (300, 200)
    transparent = picture_url(noise(400, 400, "RGBA"), edge=100)
    assert transparent is not None
    assert decoded(transparent).mode == "RGBA"


def test_what_cannot_be_shown_gives_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """No picture, a cut one, and one that would unpack to too much are not embedded."""
    assert picture_url(b"no picture", edge=100) is None
    assert picture_url(noise(400, 400)[:200_000], edge=100) is None
    monkeypatch.setattr("canvas_kit.media.MAX_IMAGE_PIXELS", 1000)
    assert picture_url(noise(400, 400), edge=100) is None


def test_a_result_has_a_small_picture_for_what_shows_no_html(make_engine: EngineMaker) -> None:
    """A small picture as it is, several side by side; without pictures text and HTML alone."""
    engine, _ = make_engine(picture=lambda request: plain_png(8, 8))
    alone = run(Input("x") >> Generation(), engine=engine).result()
    assert base64.b64decode(run_bundle(alone)["image/png"]) == plain_png(8, 8)
    two = run(Input("x") >> [Generation(), Generation()], engine=engine).result()
    assert decoded("," + run_bundle(two)["image/png"]).size == (2 * 120 + 6, 120)
    words = run(Input("x") >> Interception("stillepost"), engine=engine).result()
    assert set(run_bundle(words)) == {"text/plain", "text/html"}
    batch = run_batch(Input("x") >> Generation(), count=5, engine=engine).result()
    for bundle in (batch_bundle(batch), batch.grid()._repr_mimebundle_()):
        assert decoded("," + bundle["image/png"]).size == (4 * 126 - 6, 2 * 126 - 6)


def test_large_pictures_do_not_swell_a_notebook(make_engine: EngineMaker) -> None:
    """Twenty-four pictures that do not compress stay within stated bounds."""
    large = noise(900, 900)
    engine, _ = make_engine(picture=lambda request: large)
    many = run(Input("x") >> [Generation() for _ in range(24)], engine=engine).result()
    bundle = run_bundle(many)
    assert 24 * len(large) > 50_000_000
    assert len(bundle["text/html"]) < 24 * 120_000
    assert len(bundle["image/png"]) < 200_000


def test_a_card_is_titled_by_type_and_preset(make_engine: EngineMaker) -> None:
    """A node's own id is told where the user gave it one."""
    engine, _ = make_engine()
    canvas = Input("x") >> Interception("bauhaus") >> Generation(id="picture")
    page = Page(run_html(run(canvas, engine=engine).result()))
    titles = [caption.text for caption in page.all("figcaption")]
    assert titles == ["01 input", "02 interception · Bauhaus", "03 generation picture"]


def test_what_was_made_of_one_thing_stands_beside_it(make_engine: EngineMaker) -> None:
    """Of two branches each rewriting has its picture at its side, wherever the page wraps."""
    engine, _ = make_engine()
    branches = [Interception(preset) >> Generation() for preset in ("bauhaus", "overdrive")]
    page = Page(run_html(run(Input("x") >> branches, engine=engine).result()))
    one, other = page.all("div", "ck-branch")
    assert one.text.startswith("02 interception · Bauhaus")
    assert "03 generation" in one.text
    assert other.text.startswith("04 interception · Overdrive")
    assert "05 generation" in other.text


def test_an_empty_batch_and_an_interrupted_run_can_be_shown(
    make_engine: EngineMaker, tmp_path: Path
) -> None:
    """A batch that never began a run, and a run whose end was never written."""
    assert "0 of 9 runs complete" in Page(batch_bundle(Batch("b", 9))["text/html"]).text
    assert "0 of 9 runs complete" in str(Batch("b", 9).grid())
    engine, _ = make_engine()
    result = run(Input("x") >> Generation(), engine=engine).result()
    assert result.folder is not None
    (result.folder / "metadata.json").unlink()
    journal = result.folder / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(line for line in lines if b'"end"' not in line))
    reopened = Run.open(result.folder)
    assert reopened.status is RunStatus.INTERRUPTED
    assert "interrupted" in Page(run_bundle(reopened)["text/html"]).text
