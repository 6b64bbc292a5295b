"""The form: it builds what is chosen, runs it, and keeps what was tried."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from canvas_kit import Canvas, CanvasForm
from canvas_kit.backends.base import MediaRequest
from canvas_kit.backends.scripted import plain_png
from canvas_kit.errors import ContentRefused, UnknownName
from canvas_kit.views.form.tries import KEPT_TRIES, Choices
from tests.conftest import EngineMaker
from tests.views.page import Page


def press_run(form: CanvasForm) -> None:
    """Press the button, and wait until it can be pressed again."""
    free = threading.Event()

    def look(_: object) -> None:
        if not form.run_button.disabled:
            free.set()

    form.run_button.observe(look, "disabled")
    form.run_button.click()
    assert form.run_button.disabled
    assert free.wait(60)
    form.run_button.unobserve(look, "disabled")


def stage(form: CanvasForm) -> Page:
    """What stands beneath the form."""
    (shown,) = form._made().stage.children
    return Page(shown.value)


def kept(form: CanvasForm) -> Page:
    """What a saved notebook shows."""
    return Page(form._kept()["text/html"])


def test_the_form_builds_what_is_chosen(make_engine: EngineMaker) -> None:
    """Every field of the form reaches the canvas, and the run."""
    engine, backend = make_engine()
    form = CanvasForm(engine=engine, text_models=["lab/poet"], media_models=["lab/other"])
    assert form.choices == Choices()
    assert form.widget is form.widget
    chosen = {
        "prompt": "Two dogs",
        "preset": "user_defined",
        "instructions": "Only verbs",
        "text_model": "lab/poet",
        "media_model": "lab/other",
        "size": (512, 320),
        "steps": 3,
        "seed": 2**53 - 1,
    }
    for name, value in chosen.items():
        form.fields[name].value = value
    form.run().result()
    (asked,) = backend.media_requests
    assert (asked.model, asked.width, asked.height, asked.steps) == ("other", 512, 320, 3)
    assert asked.seed == 2**53 - 1
    (told,) = backend.text_requests
    assert (told.model, told.prompt) == ("poet", "Two dogs")
    assert told.instructions.startswith("Only verbs")


def test_a_run_becomes_a_result_and_a_try(make_engine: EngineMaker) -> None:
    """While it goes on the button rests; then its result stands there, and it is in the strip."""
    engine, backend = make_engine(seconds=0.05)
    form = CanvasForm(engine=engine)
    press_run(form)
    assert len(stage(form).all("figure")) == 3
    (item,) = form.history
    assert item.run is not None
    assert item.run.images
    (card,) = form._made().strip.children
    assert "Telephone · 320 × 320 · 25 steps · seed 7" in card.children[1].value
    assert len(backend.media_requests) == 1


def test_a_try_says_what_was_changed_for_it(make_engine: EngineMaker) -> None:
    """Of the first one, what was chosen; of a later one, what is other than before."""
    engine, _ = make_engine()
    form = CanvasForm(engine=engine)
    press_run(form)
    form.fields["preset"].value = "bauhaus"
    form.fields["steps"].value = 3
    press_run(form)
    press_run(form)
    changed = [item.changed("en") for item in reversed(form.history)]
    assert changed == [
        "Telephone · 320 × 320 · 25 steps · seed 7",
        "Bauhaus · 3 steps",
        "the same again",
    ]
    assert form.history[1].changed("de") == "Bauhaus · 3 Schritte"


def test_a_click_brings_choices_and_result_back(make_engine: EngineMaker) -> None:
    """And what is chosen then is what is run next."""
    engine, _ = make_engine(picture=lambda request: plain_png(request.steps or 1, 8))
    form = CanvasForm(engine=engine)
    press_run(form)
    form.fields["steps"].value = 3
    press_run(form)
    assert "3 × 8" in stage(form).text
    oldest = form._made().strip.children[-1]
    _, button = oldest.children[0].children
    assert button.tooltip == "Bring back try 1: Telephone · 320 × 320 · 25 steps · seed 7"
    button.click()
    assert form.choices == form.history[1].choices
    assert form.choices.steps == Choices().steps
    assert "25 × 8" in stage(form).text
    assert [item.number for item in form.history] == [2, 1]
    with pytest.raises(UnknownName, match="try"):
        form.bring_back(3)


def test_choices_can_be_set_in_python(make_engine: EngineMaker) -> None:
    """Also to a size or a model that was not offered; an empty model is that of the settings."""
    engine, _ = make_engine()
    form = CanvasForm(engine=engine)
    assert form.widget is not None
    form.choose(Choices("x", width=640, height=64, media_model="lab/new"))
    assert (form.choices.width, form.choices.height) == (640, 64)
    assert form.choices.media_model == "lab/new"
    form.choose(Choices("y"))
    assert form.choices.media_model == engine.settings.media_model


def test_pinned_tries_stay_in_front_and_stand_side_by_side(make_engine: EngineMaker) -> None:
    """Each with what tells it from the others, in the form and in a saved notebook."""
    engine, _ = make_engine()
    form = CanvasForm(engine=engine)
    for steps in (5, 6, 7):
        assert form.widget is not None
        form.fields["steps"].value = steps
        press_run(form)
    cards = {int(c.children[1].value.split("<b>")[1][0]): c for c in form._made().strip.children}
    cards[1].children[2].value = True  # the pin
    form.pin(2)
    assert [item.number for item in form.history] == [1, 2, 3]
    for page in (Page(form._made().compared.value), kept(form)):
        (pair,) = page.all("div", "ck-pair")
        assert pair.text == "1 5 steps2 6 steps"
    cards[1].children[2].value = False
    assert [item.number for item in form.history] == [2, 3, 1]


def test_only_so_many_tries_have_a_card(make_engine: EngineMaker) -> None:
    """The history keeps all of them; what is pinned keeps its card; the others are closed."""
    engine, _ = make_engine()
    form = CanvasForm(engine=engine)
    press_run(form)
    first = form._made().strip.children[0]
    form.pin(1)
    for _ in range(KEPT_TRIES + 1):
        press_run(form)
    assert len(form.history) == KEPT_TRIES + 2
    assert len(form._made().strip.children) == KEPT_TRIES + 1
    assert form._made().strip.children[0] is first
    form.pin(1, on=False)
    assert first.comm is None
    assert "earlier tries" in form._made()._heading.value


def test_a_saved_notebook_keeps_choices_result_and_history(make_engine: EngineMaker) -> None:
    """As static HTML: before the first run the canvas, later the result and the strip."""
    engine, _ = make_engine()
    form = CanvasForm(engine=engine)
    (drawn,) = kept(form).all("img")
    assert drawn.attributes["src"].startswith("data:image/svg+xml")
    press_run(form)
    form.fields["prompt"].value = "Another <b>prompt"
    press_run(form)
    page = kept(form)
    assert len(page.all("div", "ck-tries")) == 1
    assert len([image for image in page.all("img") if "base64" in image.attributes["src"]]) == 3
    assert "Another <b>prompt" in page.text
    assert not page.all("script")


def test_the_canvas_is_saved_beside_the_notebook(
    make_engine: EngineMaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Under a name made of the prompt, never over another file; the picture's file is told."""
    monkeypatch.chdir(tmp_path)
    engine, _ = make_engine()
    form = CanvasForm(Choices("Was für ein Morgen!"), engine=engine)
    press_run(form)
    form._made().save.click()
    form._made().save.click()
    names = sorted(path.name for path in tmp_path.glob("*.canvas.json"))
    assert names == ["was_für_ein_morgen.canvas.json", "was_für_ein_morgen_2.canvas.json"]
    assert Canvas.load(names[0]) == form.canvas
    told = Page(form._made().told.value).text
    assert "was_für_ein_morgen_2.canvas.json" in told
    run = form.history[0].run
    assert run is not None
    assert str(run.images[0].path) in told


def test_the_code_follows_what_is_chosen(make_engine: EngineMaker) -> None:
    """What is shown as code makes the canvas that is chosen."""
    engine, _ = make_engine()
    form = CanvasForm(engine=engine)
    widgets = form._made()
    widgets.code.value = True
    form.fields["preset"].value = "bauhaus"
    (shown,) = Page(widgets.listing.value).all("pre")
    assert shown.text == form.canvas.to_python()
    assert "bauhaus" in shown.text
    widgets.code.value = False
    assert widgets.listing.value == ""


def test_a_new_seed_is_drawn_where_that_is_wished(make_engine: EngineMaker) -> None:
    """The seed that was drawn stands in the field, and in the record."""
    engine, _ = make_engine()
    form = CanvasForm(engine=engine)
    assert form.widget is not None
    form.fields["fresh"].value = True
    before = form.choices.seed
    press_run(form)
    assert form.choices.seed != before
    assert form.handle is not None
    assert form.handle.result().images[0].seed == form.choices.seed


def test_what_cannot_run_is_said_beneath_the_form(make_engine: EngineMaker) -> None:
    """A model that is not there is told in words; the last result stays, and the button ready."""
    engine, _ = make_engine()
    form = CanvasForm(engine=engine, media_models=["nobody/has this"])
    press_run(form)
    form.fields["media_model"].value = "nobody/has this"
    form.run_button.click()
    assert "nobody" in Page(form._made().told.value).text
    assert len(stage(form).all("figure")) == 3
    assert not form.run_button.disabled


def test_a_try_without_a_picture_has_its_place(make_engine: EngineMaker) -> None:
    """What was refused is in the strip too, in words."""

    def refuse(_: MediaRequest) -> bytes | Exception:
        return ContentRefused("too sad")

    engine, _ = make_engine(picture=refuse)
    form = CanvasForm(engine=engine)
    press_run(form)
    assert "no picture" in form._made().strip.children[0].children[0].children[0].value
    assert "too sad" in stage(form).text
    assert "no picture" in kept(form).text


@pytest.mark.parametrize(
    ("language", "name", "button"),
    [("en", "Telephone", "Save canvas"), ("de", "Stille Post", "Canvas sichern")],
)
def test_the_form_speaks_the_users_language(
    make_engine: EngineMaker, language: str, name: str, button: str
) -> None:
    """The setting ``language`` chooses the names, descriptions and labels."""
    engine, _ = make_engine()
    engine.settings = engine.settings.model_copy(update={"language": language})
    form = CanvasForm(engine=engine)
    assert form.widget is not None
    assert any(name in words for words, _ in form.fields["preset"].options)
    assert form._made().save.description == button
