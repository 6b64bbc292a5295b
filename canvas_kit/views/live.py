"""Runs and batches under way: widgets that follow the work, and give way to its result.

A live view is a listener. Events are put into a queue on the engine's thread; a thread of the view
takes them out, draws at most ten times a second, and at the end puts the result in the view's
place: static in the notebook, so that a saved notebook keeps it, and in the widget, so that a page
that was loaded anew meanwhile shows it too. It is sent again a little later: a page that is being
loaded at that moment has asked for the widgets already and cannot hear of them yet. Until the end
the static output says, every few seconds, how far the work is and how to go on with it: that is
seen when the kernel is gone.

Setting a widget's value from another thread is safe: the kernel sends it from a thread of its own.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from canvas_kit.batch.handle import BatchHandle
from canvas_kit.errors import RecordError
from canvas_kit.events import Event
from canvas_kit.executor.handle import Handle, under_way
from canvas_kit.executor.run import RunHandle
from canvas_kit.german import Words
from canvas_kit.job.job import Job
from canvas_kit.logs import logger_for
from canvas_kit.progress import BatchSoFar, NodeSoFar, RunSoFar
from canvas_kit.recorder.run import Run
from canvas_kit.values import Entity, NodeState
from canvas_kit.views import markup
from canvas_kit.views.front_end import (
    Audience,
    DisplaySlot,
    Twin,
    audience,
    in_notebook,
    warn_about_kernel,
    words_in,
)
from canvas_kit.views.grids import batch_bundle, batch_html
from canvas_kit.views.markup import Html, dim, div, picture_url, tag, text
from canvas_kit.views.results import Bundle, run_bundle, run_html

log = logger_for(__name__)

SECONDS_BETWEEN_DRAWINGS = 0.1
SECONDS_BETWEEN_THUMBNAILS = 0.4
STRIP = 10
"""How many of the latest pictures of a batch are shown."""
MAX_NODES = 40
"""Nodes that are listed one by one."""
SECONDS_BETWEEN_STILLS = 5.0
_FIRST_STILL_SECONDS = 1.0
SECONDS_UNTIL_SENT_AGAIN = (2.0, 8.0, 30.0)
"""When a result is sent to the widget again, one after the other; a page loads in that time."""
KEPT_VIEWS = 20
"""Ended views whose widgets are kept, for pages that were loaded anew while they were live."""
_THUMBNAIL_EDGE = 160
_SHOWN_CHARACTERS = 180
_LOOK_SECONDS = 0.5
"""How often a view looks whether work ended that told nobody."""
_ROW = {"align_items": "center", "width": "100%", "max_width": "720px"}
_FRAME = {"width": "100%", "overflow": "hidden"}


Work = RunHandle | BatchHandle | Job


def show(handle: Work) -> None:
    """Show a handle in the output of the current cell, live if a user is looking.

    Returns at once, unless a program runs the notebook: then there is nothing to press, and the
    result is waited for, so that the executed notebook holds it.
    """
    if not in_notebook():
        print(handle)  # noqa: T201 # this is what a terminal displays
        return
    slot, who = DisplaySlot(), audience()
    if who is Audience.NOBODY:
        try:
            with contextlib.suppress(Exception):  # the bundle tells what happened
                handle.result()
        except KeyboardInterrupt:
            if not isinstance(handle, Job):  # which outlives whoever looks at it
                handle.cancel()
            raise
    if handle.done:
        slot.show(handle_bundle(handle))
    elif who is Audience.TEXT:
        slot.show(handle_bundle(handle))
        _follow(handle, at_end=lambda: slot.show(handle_bundle(handle)))
    else:
        warn_about_kernel()
        view = _view_of(handle)
        twin = Twin()
        twin.show(view.widget, still_bundle(handle, view.state))

        def give_way() -> None:
            twin.end(handle_bundle(handle))
            view.show_result()
            _ended_views.append(view)
            while len(_ended_views) > KEPT_VIEWS:
                _ended_views.popleft().close()
            for seconds in SECONDS_UNTIL_SENT_AGAIN:
                time.sleep(seconds)
                view.send_again()

        view.follow(at_end=give_way, still=twin.update)


def _view_of(work: Work) -> _LiveView:
    if isinstance(work, BatchHandle) or (isinstance(work, Job) and work.kind == "batch"):
        return LiveBatch(work)
    return LiveRun(work)


def _words_of(work: Work) -> Words:
    return words_in(None if isinstance(work, Job) else work.engine.settings.language)


def _nothing_yet(work: Work) -> RunSoFar | BatchSoFar:
    if isinstance(work, BatchHandle):
        return BatchSoFar(len(work.sweep))
    if isinstance(work, Job) and work.kind == "batch":
        return BatchSoFar(work.total)
    return RunSoFar.of(work.canvas)


def handle_bundle(handle: Work) -> Bundle:
    """Work as it stands: its result, why there is none, or how far it is."""
    words = _words_of(handle)
    if not handle.done:
        state = _nothing_yet(handle)
        for event in handle.events:
            state.apply(event)
        return {"text/plain": repr(handle), "text/html": markup.panel(so_far_html(state, words))}
    try:
        result = handle.result()
    except Exception as error:
        return {"text/plain": _fault(error), "text/html": _fault_html(error, words)}
    if isinstance(result, Run):
        return run_bundle(result, words.language)
    return batch_bundle(result, words.language)


def still_bundle(work: Work, state: RunSoFar | BatchSoFar) -> Bundle:
    """How far some work was when a kernel last showed it, and how to go on with it."""
    words = _words_of(work)
    note = words("Seen so at {time}.", time=time.strftime("%H:%M:%S"))
    if isinstance(work, Job):
        note += " " + words(
            "The job goes on without this notebook: {code} shows how far it is.",
            code=f"Job.open({work.id!r})",
        )
    elif state.folder:
        one = f"continue_run({state.folder!r})"
        go_on = one if isinstance(state, RunSoFar) else f"Batch.open({state.folder!r}).resume()"
        note += " " + words(
            "What was made is kept. If the kernel has been restarted, nothing works on it any "
            "more: {code} goes on with it.",
            code=go_on,
        )
    shown = markup.panel(so_far_html(state, words), tag("div", text(note), "ck-path"))
    return {"text/plain": f"{work!r}\n{note}", "text/html": shown}


def running_bundle(handles: Sequence[Handle[Any]]) -> Bundle:
    """What is under way, each with how far it is."""
    shown = [
        tag("div", text(repr(handle)), "ck-path") + handle_bundle(handle)["text/html"]
        for handle in handles
        if isinstance(handle, RunHandle | BatchHandle)
    ]
    shown = shown or [tag("div", text(repr(handles)), "ck-dim")]
    return {"text/plain": repr(handles), "text/html": markup.panel(*shown)}


def _fault(error: Exception) -> str:
    return str(error) or type(error).__name__


def _fault_html(error: Exception, words: Words) -> Html:
    return markup.panel(markup.failures([_fault(error)], words))


# --- following -------------------------------------------------------------------------------


def _follow(
    handle: Work,
    *,
    apply: Callable[[Event], None] = lambda _: None,
    draw: Callable[[], None] = lambda: None,
    at_end: Callable[[], None],
) -> threading.Thread:
    """Feed a view with the events of some work, from a thread of its own, until that ends."""
    arriving: queue.SimpleQueue[Event] = queue.SimpleQueue()
    stop_listening = handle.listen(arriving.put)

    def take_in() -> None:
        with contextlib.suppress(queue.Empty):
            apply(arriving.get(timeout=_LOOK_SECONDS))
            while True:
                apply(arriving.get_nowait())

    def follow() -> None:
        try:
            while not handle.done:
                take_in()
                draw()
                time.sleep(SECONDS_BETWEEN_DRAWINGS)
            stop_listening()
            at_end()
        except Exception:  # the work goes on, and its result is on the disk
            log.exception("A live view failed; the work that it showed did not.")
            stop_listening()

    thread = threading.Thread(target=follow, name="canvas-kit-view", daemon=True)
    thread.start()
    return thread


class _LiveView(ABC):
    """Widgets that follow some work: a bar, a button that stops it, and a body.

    Attributes:
        widget: What to show.
        state: How far the work is.
        bar: The same, drawn.
        stop_button: Stops it.
    """

    state: RunSoFar | BatchSoFar

    def __init__(self, handle: Work, stop: str) -> None:
        """Make the widgets; :meth:`follow` lets them live."""
        import ipywidgets

        self._handle = handle
        self._words = _words_of(handle)
        self._next_still = time.monotonic() + _FIRST_STILL_SECONDS
        self._html = ipywidgets.HTML(layout={"flex": "1 1 320px", "min_width": "0"})
        self.bar = ipywidgets.FloatProgress(
            min=0.0, max=1.0, layout={"flex": "1 1 auto", "height": "16px"}
        )
        self.stop_button = ipywidgets.Button(
            description=self._words(stop),
            icon="stop",
            tooltip=self._words("What has been made is kept."),
            layout={"width": "auto", "flex": "0 0 auto"},
        )
        self.stop_button.on_click(self._stop)
        # From the beginning, so that a page that was loaded before the end knows it.
        self._result = ipywidgets.HTML()
        controls = ipywidgets.HBox([self.bar, self.stop_button], layout=_ROW)
        self._body = ipywidgets.HBox([self._html], layout={"align_items": "flex-start"})
        self.widget = ipywidgets.VBox([controls, self._body], layout=_FRAME)

    def follow(
        self,
        at_end: Callable[[], None] | None = None,
        *,
        still: Callable[[Bundle], None] = lambda _: None,
    ) -> threading.Thread:
        """Follow the work from now on, in a thread.

        Args:
            at_end: Called when it has ended; if left out, the result appears in the widget.
            still: Given, every few seconds, what is to be seen when the kernel is gone.
        """

        def draw() -> None:
            self.draw()
            if (now := time.monotonic()) >= self._next_still:
                still(still_bundle(self._handle, self.state))
                self._next_still = now + SECONDS_BETWEEN_STILLS

        return _follow(
            self._handle,
            apply=lambda event: self.state.apply(event),
            draw=draw,
            at_end=at_end or self.show_result,
        )

    @abstractmethod
    def draw(self) -> None:
        """Show what has been taken in."""

    @abstractmethod
    def let_go(self) -> None:
        """Drop every picture that is held."""

    def show_result(self) -> None:
        """Put the result in the widget, in place of all else."""
        try:
            result = self._handle.result()
            # Inside a widget links to files lead nowhere.
            draw: Any = run_html if isinstance(result, Run) else batch_html
            shown = draw(result, links=False, language=self._words.language)
        except Exception as error:
            shown = _fault_html(error, self._words)
        former = self.widget.children
        self._result.value = shown
        self.widget.children = (self._result,)
        close_all(former)
        self.let_go()

    def send_again(self) -> None:
        """Send the result once more; a page that has it sees no change."""
        self._result.send_state("value")
        self.widget.send_state("children")

    def close(self) -> None:
        """Let go of the widgets and of every picture."""
        close_all((self.widget, self._result))
        self.let_go()

    def _others(self) -> Html:
        """That other work is under way in this session, which may be seen nowhere any more."""
        others = sum(not one.done for one in under_way() if one is not self._handle)
        if not others:
            return text("")
        one = "another one is under way in this session: running() shows and stops it"
        more = "{count} others are under way in this session: running() shows and stops them"
        return markup.small(dim(self._words(one if others == 1 else more, count=others)))

    def _stop(self, _: object) -> None:
        self.stop_button.disabled = True
        self.stop_button.description = self._words("Stopping …")
        self._handle.cancel()


_ended_views: deque[_LiveView] = deque()


class LiveRun(_LiveView):
    """Follows a run: its nodes, the picture in work, a button that cancels.

    Attributes:
        handle: The run.
        preview: The latest picture of work in progress.
    """

    state: RunSoFar

    def __init__(self, handle: RunHandle | Job) -> None:
        """Make the widgets."""
        super().__init__(handle, "Cancel")
        import ipywidgets

        self.handle = handle
        self.state = RunSoFar.of(handle.canvas)
        self._shown_preview: bytes | None = None
        self.preview = ipywidgets.Image(layout={"max_width": "260px", "max_height": "260px"})
        self._caption = ipywidgets.HTML()
        self._picture = ipywidgets.VBox(
            [self.preview, self._caption], layout={"display": "none", "flex": "0 0 auto"}
        )
        self._body.children = (self._html, self._picture)
        self.draw()

    def draw(self) -> None:
        """Show what has been taken in."""
        state = self.state
        self.bar.value = state.fraction
        self._html.value = markup.panel(so_far_html(state, self._words), self._others())
        if state.preview is not None and state.preview is not self._shown_preview:
            self.preview.value = self._shown_preview = state.preview
            self._caption.value = markup.small(text(state.preview_of))
            self._picture.layout.display = ""

    def let_go(self) -> None:
        """Drop the preview."""
        self._shown_preview = self.state.preview = None


class LiveBatch(_LiveView):
    """Follows a batch: how far it is, its latest pictures, a button that aborts.

    Attributes:
        handle: The batch.
    """

    state: BatchSoFar

    def __init__(self, handle: BatchHandle | Job) -> None:
        """Make the widgets."""
        super().__init__(handle, "Abort")
        self.handle = handle
        self.state = BatchSoFar(handle.total if isinstance(handle, Job) else len(handle.sweep))
        self._began = time.monotonic()
        self._strip: deque[str] = deque(maxlen=STRIP)
        self._next_thumbnail = 0.0
        self._shown_picture: Entity | None = None
        self.draw()

    def draw(self) -> None:
        """Show what has been taken in."""
        now, state = time.monotonic(), self.state
        if state.picture is not self._shown_picture and now >= self._next_thumbnail:
            self._shown_picture = state.picture
            if state.picture is not None and (url := _thumbnail(state.picture)):
                self._strip.append(url)
            self._next_thumbnail = now + SECONDS_BETWEEN_THUMBNAILS
        self.bar.value = state.fraction
        self.bar.bar_style = "warning" if state.wanting else ""
        left = state.seconds_left(now - self._began)
        if isinstance(self.handle, Job):  # it began before this view
            left = self.handle.told()["seconds_left"]
        about = self._words("a picture of this batch")
        strip = (markup.image(url, about) for url in reversed(self._strip))
        shown = so_far_html(state, self._words, seconds_left=left) + div(strip, "ck-strip")
        self._html.value = markup.panel(shown, self._others())

    def let_go(self) -> None:
        """Drop the thumbnails."""
        self._strip.clear()
        self._shown_picture = self.state.picture = None


def _thumbnail(picture: Entity) -> str | None:
    try:
        return picture_url(picture.bytes, edge=_THUMBNAIL_EDGE, max_bytes=0)
    except RecordError:  # moved or removed meanwhile; only the view misses it
        return None


def close_all(found: tuple[Any, ...]) -> None:
    """Close widgets with all that they hold, here and in the front end."""
    for widget in found:
        close_all(tuple(getattr(widget, "children", ())))
        for part in ("layout", "style"):  # widgets of their own
            if (owned := getattr(widget, part, None)) is not None:
                owned.close()
        widget.close()


# --- how far it is, as HTML ------------------------------------------------------------------


def so_far_html(
    state: RunSoFar | BatchSoFar, words: Words, *, seconds_left: float | None = None
) -> Html:
    """Where every node of a run stands, or how many runs of a batch have ended."""
    if isinstance(state, BatchSoFar):
        return _batch_html(state, words, seconds_left)
    nodes = list(state.nodes.values())
    items = [tag("div", _node_html(node, words)) for node in nodes[:MAX_NODES]]
    if len(nodes) > MAX_NODES:
        told = words(
            "… {more} more; {settled} of {total} nodes have ended",
            more=len(nodes) - MAX_NODES,
            settled=sum(node.state.settled for node in nodes),
            total=len(nodes),
        )
        items.append(tag("div", told, "ck-dim"))
    return div(items, "ck-nodes") + markup.failures([state.error] if state.error else [], words)


def _batch_html(state: BatchSoFar, words: Words, seconds_left: float | None) -> Html:
    counts = {
        "{count} with something missing": state.wanting,
        "{count} cancelled": state.cancelled,
        "{count} under way": len(state.under_way),
    }
    facts = [words("{count} complete", count=state.completed)]
    facts += [words(told, count=number) for told, number in counts.items() if number]
    if seconds_left is not None:
        few = words("a few seconds")
        left = markup.duration(round(seconds_left)) if seconds_left >= 10 else few
        facts.append(words("about {time} left", time=left))
    runs = words.counted(state.total, "run")
    done = words("{made} of {runs}", made=state.ended_runs, runs=runs, total=state.total)
    return markup.head(done, "", facts) + markup.failures(state.messages, words)


def _node_html(node: NodeSoFar, words: Words) -> Html:
    told = [words("round {round}", round=node.round)] if node.round > 1 else []
    if node.state is NodeState.RUNNING and node.total:
        told.append(words("step {step} of {total}", step=node.step, total=node.total))
    elif node.state not in (NodeState.WAITING, NodeState.COMPLETED, NodeState.RUNNING):
        told.append(words(node.state.value))
    if node.reused:
        told.append(words("reused"))
    if node.message:
        told.append(markup.shortened(words.message(node.message), _SHOWN_CHARACTERS))
    line = f"{markup.state(node.state, node.node_id)} {dim(' · '.join(told))}"
    if node.words and node.state is NodeState.COMPLETED:
        line += tag("q", text(markup.shortened(" ".join(node.words.split()), _SHOWN_CHARACTERS)))
    return line
