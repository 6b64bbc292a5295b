"""Live views: they follow, they stop what they show, they give way to the result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import ipywidgets  # noqa: F401  # loaded here, and not while a run goes on
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
from canvas_kit.backends.scripted import plain_png
from canvas_kit.events import Event
from canvas_kit.progress import RunSoFar
from canvas_kit.values import RunStatus
from canvas_kit.views.live import MAX_NODES, LiveBatch, LiveRun, handle_bundle
from tests.conftest import EngineMaker
from tests.views.page import Page


def chain() -> Canvas:
    return Canvas.of(Input("<b>x") >> Interception("stillepost") >> Generation() >> Collector())


class Drawn:
    """Lets a test wait until a view has drawn something."""

    def __init__(self, view: LiveRun | LiveBatch, holds: Callable[[], bool]) -> None:
        self._happened = threading.Event()
        draw = view.draw

        def draw_and_look() -> None:
            draw()
            if holds():
                self._happened.set()

        view.draw = draw_and_look  # type: ignore[method-assign]

    def wait(self) -> None:
        assert self._happened.wait(60)


def test_a_live_run_follows_and_becomes_its_result(make_engine: EngineMaker) -> None:
    """Node states and steps move; at the end the result stands where the widgets were."""
    engine, _ = make_engine(steps=5, seconds=1)
    view = LiveRun(run(chain(), engine=engine))
    stepped = Drawn(view, lambda: "step" in view._html.value and 0 < view.bar.value < 1)
    following = view.follow()
    stepped.wait()
    assert "&lt;b&gt;x" in view._html.value
    following.join()
    (result,) = view.widget.children
    assert len(Page(result.value).all("figure")) == 3
    assert not Page(result.value).all("a")


def test_previews_are_shown_and_let_go(make_engine: EngineMaker) -> None:
    """The latest preview reaches the widget; after the end no view holds it."""
    from canvas_kit.backends.scripted import ScriptedBackend

    class Previewing(ScriptedBackend):
        async def generate(self, request: Any, reporter: Any) -> Any:
            reporter.progress(step=1, total=2, preview=plain_png(4, 4))
            return await super().generate(request, reporter)

    engine, _ = make_engine()
    engine.backends._made["lab"] = Previewing("lab", seconds=1)
    view = LiveRun(run(Input("x") >> Generation(id="picture"), engine=engine))
    shown = Drawn(view, lambda: bool(view.preview.value))
    following = view.follow()
    shown.wait()
    assert view.preview.value == plain_png(4, 4)
    assert "picture" in view._caption.value
    following.join()
    assert view._shown_preview is None
    assert view.state.preview is None
    assert view.preview.comm is None


def test_cancel_stops_the_run_and_keeps_what_was_made(make_engine: EngineMaker) -> None:
    """The button cancels at once; the text that was ready is in the result."""
    engine, backend = make_engine(seconds=lambda request: 0 if hasattr(request, "task") else 60)
    view = LiveRun(run(chain(), engine=engine))
    painting = Drawn(view, lambda: bool(backend.media_requests))
    following = view.follow()
    painting.wait()
    view.stop_button.click()
    assert view.stop_button.disabled
    following.join()
    result = view.handle.result()
    assert isinstance(result, Run)
    assert result.status is RunStatus.CANCELLED
    assert len(result.texts) == 2
    assert "cancelled" in Page(view.widget.children[0].value).text


def test_a_live_batch_counts_and_shows_pictures(make_engine: EngineMaker) -> None:
    """Counts, the latest picture, and at the end the contact sheet."""
    engine, _ = make_engine(seconds=0.4)
    view = LiveBatch(run_batch(Input("x") >> Generation(), count=24, concurrency=4, engine=engine))
    running = Drawn(view, lambda: "<img" in view._html.value and 0 < view.bar.value < 1)
    following = view.follow()
    running.wait()
    following.join()
    (result,) = view.widget.children
    assert len(Page(result.value).all("img")) == 24
    assert not view._strip


def test_abort_stops_a_batch(make_engine: EngineMaker) -> None:
    """The button aborts; what the batch had made is kept."""
    engine, _ = make_engine(seconds=60)
    view = LiveBatch(run_batch(Input("x") >> Generation(), count=9, concurrency=2, engine=engine))
    running = Drawn(view, lambda: "under way" in view._html.value)
    following = view.follow()
    running.wait()
    view.stop_button.click()
    following.join()
    result = view.handle.result()
    assert isinstance(result, Batch)
    assert result.aborted
    assert "aborted" in Page(view.widget.children[0].value).text


def test_a_view_that_fails_leaves_the_run_alone(
    make_engine: EngineMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault in drawing is logged; the run completes and nobody listens any more."""
    engine, _ = make_engine(seconds=0.05)
    handle = run(chain(), engine=engine)
    view = LiveRun(handle)

    def fail() -> None:
        raise ValueError("no front end")

    view.draw = fail  # type: ignore[method-assign]
    view.follow().join()
    assert handle.result().status is RunStatus.COMPLETED
    assert "A live view failed" in caplog.text
    assert not handle._listeners


def test_a_listener_is_let_go_at_the_end(make_engine: EngineMaker) -> None:
    """An ended run holds no view."""
    engine, _ = make_engine()
    handle = run(chain(), engine=engine)
    LiveRun(handle).follow().join()
    assert not handle._listeners


def test_a_run_that_cannot_be_recorded_says_so(make_engine: EngineMaker, exports: Any) -> None:
    """The view ends with the reason in place of a result."""
    exports.write_text("a file where the folder should be")
    engine, _ = make_engine()
    view = LiveRun(run(chain(), engine=engine))
    view.follow().join()
    assert "exports" in Page(view.widget.children[0].value).text


def test_a_handle_is_a_still_picture_of_its_state(make_engine: EngineMaker) -> None:
    """Under way: how far it is. Ended: the result. In either case text as well."""
    engine, _ = make_engine(seconds=60)
    one = run(chain(), engine=engine)
    many = run_batch(chain(), count=3, engine=engine)
    assert "interception_1" in Page(handle_bundle(one)["text/html"]).text
    assert handle_bundle(one)["text/plain"] == repr(one)
    assert "of 3 runs" in Page(handle_bundle(many)["text/html"]).text
    one.cancel()
    many.cancel()
    one.result()
    many.result()
    assert handle_bundle(one)["text/plain"] == str(one.result())
    assert handle_bundle(many)["text/plain"] == str(many.result())


def test_outside_a_notebook_a_handle_prints_itself(
    make_engine: EngineMaker, capsys: pytest.CaptureFixture[str]
) -> None:
    """A terminal shows one line and does not wait."""
    engine, _ = make_engine(seconds=60)
    handle = run(chain(), engine=engine)
    handle._ipython_display_()
    assert capsys.readouterr().out == f"{handle!r}\n"
    assert not handle.done


def test_a_large_canvas_is_listed_in_part(make_engine: EngineMaker) -> None:
    """Of a thousand nodes so many are listed, and the rest is counted."""
    engine, _ = make_engine()
    view = LiveRun(run(Input("x") >> [Generation() for _ in range(100)], engine=engine))
    assert "61 more; 0 of 101 nodes have ended" in view._html.value
    assert len(Page(view._html.value).all("span", "ck-state")) == MAX_NODES
    view.handle.result()


def test_events_cost_the_engine_next_to_nothing(make_engine: EngineMaker) -> None:
    """A view's listener only puts the event aside; the drawing is done by another thread."""
    engine, _ = make_engine()
    heard: list[str] = []

    class Noting(RunSoFar):
        def apply(self, event: Event) -> None:
            heard.append(threading.current_thread().name)
            super().apply(event)

    view = LiveRun(run(chain(), engine=engine))
    view.state = Noting(view.state.nodes)
    view.follow().join()
    assert set(heard) == {"canvas-kit-view"}
