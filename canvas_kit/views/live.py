"""Runs and batches under way: widgets that follow the work, and give way to its result.

A live view is a listener. Events are put into a queue on the engine's thread; a thread of the view
takes them out, draws at most ten times a second, and at the end puts the result in the view's
place. The result is static, so a saved notebook keeps it, and nothing is left of the widgets.

Setting a widget's value from another thread is safe: the kernel sends it from a thread of its own.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from canvas_kit.batch import Batch, BatchHandle
from canvas_kit.events import Event
from canvas_kit.executor.handle import Handle, RunHandle
from canvas_kit.views import markup
from canvas_kit.views._state import BatchProgress, RunProgress
from canvas_kit.views.front_end import Audience, Place, audience, in_notebook, warn_about_kernel
from canvas_kit.views.markup import Html, tag, text
from canvas_kit.views.progress import batch_progress_html, run_progress_html
from canvas_kit.views.results import (
    Bundle,
    batch_bundle,
    contact_sheet,
    failures_html,
    run_bundle,
    run_html,
)
from canvas_kit.views.thumbnails import picture_url

log = logging.getLogger(__name__)

SECONDS_BETWEEN_DRAWINGS = 0.1
SECONDS_BETWEEN_THUMBNAILS = 0.4
STRIP = 10
"""How many of the latest pictures of a batch are shown."""
_THUMBNAIL_EDGE = 160
_LOOK_SECONDS = 0.5
"""How often a view looks whether work ended that told nobody."""


def run_handle_bundle(handle: RunHandle) -> Bundle:
    """A run as it stands: its result if it has one, else how far it is."""
    if handle.done:
        return _ended(handle)
    state = RunProgress.of(handle.canvas)
    for event in handle.events:
        state.apply(event)
    return {"text/plain": repr(handle), "text/html": markup.panel(run_progress_html(state))}


def batch_handle_bundle(handle: BatchHandle) -> Bundle:
    """A batch as it stands: its result if it has one, else how far it is."""
    if handle.done:
        return _ended(handle)
    state = BatchProgress(len(handle.sweep))
    for event in handle.events:
        state.apply(event)
    return {"text/plain": repr(handle), "text/html": markup.panel(batch_progress_html(state))}


def show(handle: RunHandle | BatchHandle) -> None:
    """Show a handle in the output of the current cell, live if somebody is looking.

    Returns at once, unless a program runs the notebook: then there is nothing to press, and the
    result is waited for, so that the executed notebook holds it.
    """
    if not in_notebook():
        print(handle)  # noqa: T201 # this is what a terminal displays
        return
    place = Place()
    who = audience()
    if who is Audience.NOBODY:
        try:
            _wait(handle)
        except KeyboardInterrupt:
            handle.cancel()
            raise
        place.show(_ended(handle))
    elif handle.done:
        place.show(_ended(handle))
    elif who is Audience.TEXT:
        place.show(_now(handle))
        _Following(handle, _Silent(), at_end=lambda: place.show(_ended(handle)))
    else:
        warn_about_kernel()
        view = LiveRun(handle) if isinstance(handle, RunHandle) else LiveBatch(handle)
        place.show(view.widget._repr_mimebundle_())

        def give_way() -> None:
            place.show(_ended(handle))
            view.close()

        view.follow(at_end=give_way)


class _View(Protocol):
    """What follows work."""

    def apply(self, event: Event) -> None:
        """Take an event in."""

    def draw(self) -> None:
        """Show what has been taken in."""


class _Silent:
    """Shows nothing on the way."""

    def apply(self, event: Event) -> None:
        """Take nothing in."""

    def draw(self) -> None:
        """Draw nothing."""


class _Following:
    """Feeds a view with the events of some work, from a thread of its own, until that ends."""

    def __init__(self, handle: Handle[Any], view: _View, *, at_end: Callable[[], None]) -> None:
        """Begin to follow."""
        self._handle = handle
        self._view = view
        self._at_end = at_end
        self._arriving: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._stop_listening = handle.listen(self._arriving.put)
        self._thread = threading.Thread(target=self._follow, name="canvas-kit-view", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until the view shows the end."""
        self._thread.join()

    def _follow(self) -> None:
        try:
            while not self._handle.done:
                if self._take_in():
                    self._view.draw()
                    time.sleep(SECONDS_BETWEEN_DRAWINGS)
            self._stop_listening()
            self._at_end()
        except Exception:  # the work goes on, and its result is on the disk
            log.exception("A live view failed; the work that it showed did not.")
            self._stop_listening()

    def _take_in(self) -> bool:
        """Take in what has arrived; False if nothing arrived for a while."""
        try:
            self._view.apply(self._arriving.get(timeout=_LOOK_SECONDS))
        except queue.Empty:
            return False
        while True:
            try:
                self._view.apply(self._arriving.get_nowait())
            except queue.Empty:
                return True


class LiveRun:
    """Widgets that follow a run: its nodes, the picture in work, a button that cancels.

    Attributes:
        handle: The run.
        widget: What to show.
        cancel_button: Stops the run.
        bar: How far it is.
        preview: The latest picture of work in progress.
    """

    def __init__(self, handle: RunHandle) -> None:
        """Make the widgets; :meth:`follow` lets them live."""
        import ipywidgets as widgets

        self.handle = handle
        self._state = RunProgress.of(handle.canvas)
        self._shown_preview: bytes | None = None
        self._nodes = widgets.HTML(layout={"flex": "1 1 320px", "min_width": "0"})
        self.bar = _bar(widgets)
        self.cancel_button = _stop_button(widgets, "Cancel", handle)
        self.preview = widgets.Image(layout={"max_width": "260px", "max_height": "260px"})
        self._caption = widgets.HTML()
        self._picture = widgets.VBox(
            [self.preview, self._caption], layout={"display": "none", "flex": "0 0 auto"}
        )
        controls = widgets.HBox([self.bar, self.cancel_button], layout=_ROW)
        body = widgets.HBox([self._nodes, self._picture], layout={"align_items": "flex-start"})
        self.widget = widgets.VBox([controls, body], layout=_FRAME)
        self.draw()

    def follow(self, at_end: Callable[[], None] | None = None) -> _Following:
        """Follow the run from now on.

        Args:
            at_end: Called when it has ended; if left out, the result appears in the widget.
        """
        return _Following(self.handle, self, at_end=at_end or self.show_result)

    def apply(self, event: Event) -> None:
        """Take an event in."""
        self._state.apply(event)

    def draw(self) -> None:
        """Show what has been taken in."""
        state = self._state
        self.bar.value = state.fraction
        self._nodes.value = markup.panel(run_progress_html(state))
        if state.preview is not None and state.preview is not self._shown_preview:
            self.preview.value = self._shown_preview = state.preview
            caption = tag("div", text(state.preview_of), "ck-facts ck-plain")
            self._caption.value = markup.panel(caption)
            self._picture.layout.display = ""

    def show_result(self) -> None:
        """Put the result in the widget, in place of all else."""
        import ipywidgets as widgets

        former = self.widget.children
        self.widget.children = (widgets.HTML(_result_html(self.handle)),)
        close_all(former)
        self._shown_preview = self._state.preview = None

    def close(self) -> None:
        """Let go of the widgets and of every picture."""
        close_all((self.widget,))
        self._shown_preview = self._state.preview = None


class LiveBatch:
    """Widgets that follow a batch: how far it is, its latest pictures, a button that aborts.

    Attributes:
        handle: The batch.
        widget: What to show.
        abort_button: Stops the batch.
        bar: How far it is.
    """

    def __init__(self, handle: BatchHandle) -> None:
        """Make the widgets; :meth:`follow` lets them live."""
        import ipywidgets as widgets

        self.handle = handle
        self._state = BatchProgress(len(handle.sweep))
        self._began = time.monotonic()
        self._strip: deque[str] = deque(maxlen=STRIP)
        self._next_thumbnail = 0.0
        self._shown_picture: object = None
        self._body = widgets.HTML()
        self.bar = _bar(widgets)
        self.abort_button = _stop_button(widgets, "Abort", handle)
        controls = widgets.HBox([self.bar, self.abort_button], layout=_ROW)
        self.widget = widgets.VBox([controls, self._body], layout=_FRAME)
        self.draw()

    def follow(self, at_end: Callable[[], None] | None = None) -> _Following:
        """Follow the batch from now on.

        Args:
            at_end: Called when it has ended; if left out, the result appears in the widget.
        """
        return _Following(self.handle, self, at_end=at_end or self.show_result)

    def apply(self, event: Event) -> None:
        """Take an event in."""
        self._state.apply(event)

    def draw(self) -> None:
        """Show what has been taken in."""
        now = time.monotonic()
        if now >= self._next_thumbnail and self._state.picture is not self._shown_picture:
            self._shown_picture = self._state.picture
            if url := _thumbnail(Path(str(self._state.picture))):
                self._strip.append(url)
            self._next_thumbnail = now + SECONDS_BETWEEN_THUMBNAILS
        self.bar.value = self._state.fraction
        self.bar.bar_style = "warning" if self._state.wanting else ""
        left = self._state.seconds_left(now - self._began)
        self._body.value = markup.panel(
            batch_progress_html(self._state, seconds_left=left), _strip_html(self._strip)
        )

    def show_result(self) -> None:
        """Put the result in the widget, in place of all else."""
        import ipywidgets as widgets

        former = self.widget.children
        self.widget.children = (widgets.HTML(_result_html(self.handle)),)
        close_all(former)
        self._strip.clear()

    def close(self) -> None:
        """Let go of the widgets and of every picture."""
        close_all((self.widget,))
        self._strip.clear()


# --- pieces -------------------------------------------------------------------------------------

_ROW = {"align_items": "center", "width": "100%", "max_width": "720px"}
_FRAME = {"width": "100%", "overflow": "hidden"}


def _strip_html(urls: deque[str]) -> Html:
    pictures = (markup.image(url, "a picture of this batch") for url in reversed(urls))
    return tag("div", markup.each(pictures), "ck-strip") if urls else ""


def _thumbnail(path: Path) -> str | None:
    try:
        return picture_url(path.read_bytes(), edge=_THUMBNAIL_EDGE, max_bytes=0)
    except OSError:  # moved or removed meanwhile; only the view misses it
        return None


def _now(handle: RunHandle | BatchHandle) -> Bundle:
    if isinstance(handle, RunHandle):
        return run_handle_bundle(handle)
    return batch_handle_bundle(handle)


def _ended(handle: Handle[Any]) -> Bundle:
    """The result of work that has ended, or why there is none."""
    try:
        result = handle.result()
    except Exception as error:
        return _fault(error)
    return batch_bundle(result) if isinstance(result, Batch) else run_bundle(result)


def _result_html(handle: Handle[Any]) -> Html:
    """The result inside a widget, where links to files lead nowhere; or why there is none."""
    try:
        result = handle.result()
    except Exception as error:
        return str(_fault(error)["text/html"])
    if isinstance(result, Batch):
        return contact_sheet(result).to_html(links=False)
    return run_html(result, links=False)


def _fault(error: Exception) -> Bundle:
    words = str(error) or type(error).__name__
    return {"text/plain": words, "text/html": markup.panel(failures_html([words]))}


def _wait(handle: Handle[Any]) -> None:
    """Wait for work to end, however it does; :func:`_ended` tells how."""
    with contextlib.suppress(Exception):
        handle.result()


def _bar(widgets: Any) -> Any:
    return widgets.FloatProgress(min=0.0, max=1.0, layout={"flex": "1 1 auto", "height": "16px"})


def _stop_button(widgets: Any, word: str, handle: Handle[Any]) -> Any:
    button = widgets.Button(
        description=word,
        icon="stop",
        tooltip="What has been made is kept.",
        layout={"width": "auto", "flex": "0 0 auto"},
    )

    def stop(_: object) -> None:
        button.disabled = True
        button.description = "Stopping …"
        handle.cancel()

    button.on_click(stop)
    return button


def close_all(found: tuple[Any, ...]) -> None:
    """Close widgets with all that they hold, here and in the front end."""
    for widget in found:
        close_all(tuple(getattr(widget, "children", ())))
        for part in ("layout", "style"):  # widgets of their own
            if (owned := getattr(widget, part, None)) is not None:
                owned.close()
        widget.close()
