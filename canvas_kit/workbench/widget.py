"""A view of the workbench in a cell: a widget, the answers to what it asks, and its static form.

The widget itself is anywidget's. It is made when a view is shown to a user, not before: a program
that runs a notebook from top to bottom meets the static form alone, and stores no widget.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import functools
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any, ClassVar

from canvas_kit.errors import CanvasKitError
from canvas_kit.executor.engine import Engine
from canvas_kit.logs import logger_for
from canvas_kit.views.front_end import Audience, Twin, audience, in_notebook, warn_about_kernel
from canvas_kit.workbench.desk import make_desk

log = logger_for(__name__)

SECONDS_BETWEEN_SNAPSHOTS = 0.2
QUIET_SECONDS = 1.0
"""So long after the last change the static form is drawn anew: that takes longer than a change."""
FIRST_SECONDS = 0.5
"""So long a cell waits, at most, for a static form that is not there when its view is shown."""
Bundle = Mapping[str, Any]


class WorkbenchWidget(ABC):
    """A view of the workbench in a cell. Derive from it for each view.

    Attributes:
        engine: What knows the settings and the backends; answers on its loop.
    """

    _view: ClassVar[str]
    """The view's name in the bundle: ``"editor"`` or ``"gallery"``."""

    def __init__(self, engine: Engine) -> None:
        """Prepare; the widget is made when it is first shown."""
        self.engine = engine
        self._desk = make_desk(engine)
        self._widget: Any = None
        self._twin: Twin | None = None
        self._job = ""
        self._changes = 0
        self._followed: dict[str, concurrent.futures.Future[None]] = {}

    @abstractmethod
    def _state(self) -> Mapping[str, Any]:
        """What the view shows, as JSON; kept in step with the page by :meth:`_tell_state`."""

    @abstractmethod
    def _static(self) -> Bundle:
        """What stands in the widget's place without a kernel: ``text/plain`` and ``text/html``."""

    def _outline(self) -> Bundle | None:
        """What stands there until :meth:`_static` is drawn, if that may take a while.

        None has it drawn before the view is shown.
        """
        return None

    def _drawn_soon(self) -> bool:
        """Whether :meth:`_static` takes no longer, as a rule, than a page needs to load."""
        return True

    def _known(self) -> Mapping[str, Any]:
        """Answers that every view of this kind asks for first, by method.

        They go with the code, so that the view is there while the kernel is busy.
        """
        return {}

    def _at_once(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
        """Methods that are answered before the next cell begins, on the kernel's main thread."""
        return {}

    def _ipython_display_(self) -> None:
        """Show the view in the current cell: live if a user is looking, else its static form."""
        live = in_notebook() and audience() is Audience.WIDGETS
        outline = self._outline() if live else None
        bundle = outline or self._static()
        if not in_notebook():
            print(bundle["text/plain"])  # noqa: T201 # this is what a terminal displays
            return
        # Each showing has a static form of its own; that of an earlier cell stays as it is.
        self._twin = Twin()
        if live:
            warn_about_kernel()
            self._widget = self._widget or self._made()
            self._twin.show(self._widget, bundle)
            if outline is not None:
                self._draw_first()
        else:
            self._twin.show(None, bundle)
        if self._job:
            self._follow(self._job)

    def _draw_first(self) -> None:
        """Draw what stands in the place of a view that has been shown, if that does not delay it.

        While the page loads: a cell that has ended may be saved at any moment.
        """
        if not self._drawn_soon():
            self._tell_static()  # later: what the page asks first comes first
            return
        drawn = self.engine.submit(asyncio.to_thread(self._show_static))
        with contextlib.suppress(TimeoutError):
            drawn.result(FIRST_SECONDS)

    def close(self) -> None:
        """Let the static form alone remain, in the notebook and in the page."""
        for future in self._followed.values():
            future.cancel()
        if self._widget is not None:
            self._widget.close()
            self._widget = None
        if self._twin is not None:
            self._twin.end(self._static())
            self._twin = None

    def _tell_state(self) -> None:
        """Bring the page, and what stands in its place, to where Python is; from any thread."""
        if self._widget is not None:
            self._widget.state = dict(self._state())
        self._tell_static()

    def _tell_static(self) -> None:
        """Bring what stands in the widget's place to where Python is, soon; from any thread."""
        self._changes += 1
        if self._twin is not None and not self.engine.closed:
            self.engine.submit(self._draw_static(self._changes))

    async def _draw_static(self, change: int) -> None:
        await asyncio.sleep(QUIET_SECONDS)
        if change == self._changes:  # else a later one draws it
            await asyncio.to_thread(self._show_static)

    def _show_static(self) -> None:
        try:
            if (twin := self._twin) is not None:
                twin.update(self._static())
        except Exception:  # the page and the file have the canvas
            log.exception("The static form of a view could not be drawn.")

    def _tell_job(self, job: str) -> None:
        """Say which job belongs to the view, and how far it is from now on; from any thread."""
        self._job = job
        if self._widget is not None:
            self._widget.job = job
        if self._twin is not None:
            self._follow(job)
            self._tell_static()

    def _made(self) -> Any:
        """The widget, with everything that the page needs to show it while the kernel is busy."""
        language, carrier = self.engine.settings.language, _living_carrier()
        known = {**carrier.known.get(language, {}), **self._known()}
        carrier.known = {**carrier.known, language: known}
        widget = _classes()[0](
            view=self._view,
            carrier=f"IPY_MODEL_{carrier.model_id}",
            language=language,
            state=dict(self._state()),
            job=self._job,
        )
        widget.on_msg(lambda _, content, __: self._heard(content))
        return widget

    def _heard(self, message: Any) -> None:
        """Answer a message, on the engine's loop; what no cell must overtake, at once."""
        match message:
            case {"id": int(number), "method": str(method), "parameters": dict(parameters)}:
                pass
            case _:
                log.warning("A page sent what is no question: %r", str(message)[:200])
                return
        if (now := self._at_once().get(method)) is None:
            self.engine.submit(self._answer(number, method, parameters))
            return
        try:
            told: dict[str, Any] = {"answer": now(parameters)}
        except Exception as error:
            told = {"error": _in_words(error)}
        self._send({"id": number, **told})

    async def _answer(self, number: int, method: str, parameters: Mapping[str, Any]) -> None:
        """Send the answer to a question, or why there is none in words."""
        buffers: list[bytes] = []
        told: dict[str, Any]
        try:
            if method == "picture":
                data, media_type = await self._desk.picture(**parameters)
                buffers, answer = [data], {"media_type": media_type}
            elif method == "follow":
                answer = await self._desk.answer("job", parameters)
                self._follow(str(parameters["job"]))
            else:
                answer = await self._desk.answer(method, parameters)
            told = {"answer": answer}
        except Exception as error:
            told = {"error": _in_words(error)}
        self._send({"id": number, **told}, buffers)

    def _follow(self, job: str) -> None:
        """Tell the page how far a job is until it has ended."""
        running = self._followed.get(job)
        if running is None or running.done():
            self._followed[job] = self.engine.submit(self._push(job))

    async def _push(self, job: str) -> None:
        sent = None
        try:
            while self._twin is not None:
                snapshot = await self._desk.answer("job", {"job": job})
                number = (snapshot["number"], snapshot["state"])
                if number != sent:
                    self._send({"snapshot": snapshot})
                    sent = number
                if snapshot["state"] in ("ended", "lost"):
                    break
                await asyncio.sleep(SECONDS_BETWEEN_SNAPSHOTS)
            self._tell_static()
        except Exception:  # the work goes on, and its result is on the disk
            log.exception("A view stopped following %s; the work did not stop.", job)

    def _send(self, message: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        if self._widget is not None:
            self._widget.send(dict(message), list(buffers))


def _in_words(error: Exception) -> str:
    if isinstance(error, CanvasKitError):
        return str(error)
    log.error("A question of a page failed.", exc_info=error)
    return f"This went wrong: {type(error).__name__}: {error}"


@functools.cache
def _classes() -> tuple[Any, Any]:
    """The widget that shows a view, and the one that carries the code of all views."""
    import anywidget
    import ipywidgets
    import traitlets

    def synced(trait: Any) -> Any:
        return trait.tag(sync=True)

    class Shown(anywidget.AnyWidget):
        _esm = (files(__package__) / "static" / "loader.js").read_text(encoding="utf-8")
        view = synced(traitlets.Unicode())
        carrier = synced(traitlets.Unicode())
        language = synced(traitlets.Unicode())
        state = synced(traitlets.Dict())
        job = synced(traitlets.Unicode())

        def _repr_mimebundle_(self, **_: object) -> Any:
            return (super()._repr_mimebundle_() or ({},))[0]

    class Carrier(ipywidgets.Widget):  # type: ignore[misc]
        hash = synced(traitlets.Unicode())
        bundle = synced(traitlets.Unicode())
        known = synced(traitlets.Dict())

    return Shown, Carrier


@functools.cache
def _carrier() -> Any:
    bundle = (files(__package__) / "static" / "workbench.js").read_text(encoding="utf-8")
    return _classes()[1](hash=hashlib.sha256(bundle.encode()).hexdigest(), bundle=bundle)


def _living_carrier() -> Any:
    """The one of this kernel; another if all widgets were closed meanwhile."""
    if _carrier().comm is None:
        _carrier.cache_clear()
    return _carrier()
