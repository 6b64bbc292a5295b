"""Handles of work that is under way: to be awaited, watched and cancelled."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import os
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterable
from dataclasses import replace
from typing import Any, Generic, Self, TypeVar

from canvas_kit.display import Displayed, show_live
from canvas_kit.events import Event, Listener, Progress, ToTell, made, tell
from canvas_kit.executor.engine import Engine
from canvas_kit.logs import logger_for
from canvas_kit.values import NodeState

log = logger_for(__name__)

_WAKING_SECONDS = 0.2
"""How long the loop of the one who awaits may sleep. A notebook's kernel (ipykernel 6.31, tornado
6.6) notes an interrupt without waking its loop, and would act on it only when the work has
ended."""

R = TypeVar("R")


class Interrupted(asyncio.CancelledError):
    """The waiting for some work was cut short, and the work with it: an interrupted cell."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows of it: the user knows what was interrupted, and by whom."""
        return [str(self)]


class _Listening:
    """A listener with what it has still to be told; guarded by the handle's lock."""

    __slots__ = ("busy", "listener", "pending")

    def __init__(self, listener: Listener, pending: Iterable[Event]) -> None:
        self.listener = listener
        self.pending = deque(pending)
        self.busy = False


class Handle(Displayed, Generic[R]):
    """Work that is under way. Everything here may be called from any thread.

    ``await`` it for the result, from whatever event loop; if the waiting is cancelled (an
    interrupted notebook cell), the work is cancelled with it.

    For another kind of work: derive, call :meth:`start` with it, :meth:`emit` what happens, and
    override :meth:`stop`.
    """

    def __init__(self, engine: Engine) -> None:
        """Prepare; :meth:`start` starts the work."""
        self.engine = engine
        self._future: concurrent.futures.Future[R] = concurrent.futures.Future()
        self._telling = threading.RLock()
        self._events: list[ToTell] = []
        self._latest: dict[tuple[str, str, int], int] = {}
        self._listeners: list[_Listening] = []

    def __await__(self) -> Generator[Any, None, R]:
        return self._wait().__await__()

    def _ipython_display_(self) -> None:
        show_live(self)

    @property
    def done(self) -> bool:
        """Whether the result is there, or the work failed."""
        return self._future.done()

    @property
    def events(self) -> tuple[Event, ...]:
        """What has happened so far, in order; of a node's progress only the latest."""
        with self._telling:
            events = tuple(made(event) for event in self._events)
            self._events[:] = events
            return events

    def result(self, timeout_seconds: float | None = None) -> R:
        """Wait for the result, in a script without an event loop.

        Ctrl-C cancels the work and waits until it has ended and what was made is kept; a second
        one ends the waiting at once.

        Raises:
            TimeoutError: When it is not there in time; the work goes on.
            RuntimeError: On the engine's own thread, where the waiting could never end.
            KeyboardInterrupt: When it was interrupted; says where what was made is kept.
        """
        if self.engine.on_loop:
            raise RuntimeError("The engine's own thread cannot wait for its work; use await.")
        try:
            return self._future.result(timeout_seconds)
        except KeyboardInterrupt:
            try:
                self.cancel()
                log.warning("Stopping. To end it at once, interrupt it once more.")
                concurrent.futures.wait([self._future])
            except KeyboardInterrupt:
                self.engine.hurry()
                raise
            raise KeyboardInterrupt(self._stopped()) from None

    def cancel(self) -> None:
        """Stop the work; what was made is kept, and the result still comes. Returns at once."""
        self.engine.call_soon(self.stop, "it was cancelled")

    def listen(self, listener: Listener, *, replay: bool = True) -> Callable[[], None]:
        """Have ``listener`` called with each event.

        Args:
            listener: Called on the engine's thread; must return quickly. What it raises is logged.
            replay: Whether it is first told what has happened so far.

        Returns:
            A function that ends the listening.
        """
        with self._telling:
            listening = _Listening(listener, self.events if replay else ())
            self._listeners.append(listening)
        self._tell_pending(listening)

        def stop_listening() -> None:
            with self._telling:
                listening.pending.clear()
                if listening in self._listeners:
                    self._listeners.remove(listening)

        return stop_listening

    def telling(self, listener: Listener | None) -> Self:
        """This handle, its events told to ``listener`` if there is one."""
        if listener is not None:
            self.listen(listener)
        return self

    async def watch(self) -> AsyncIterator[Event]:
        """Every event, from the first to the last, as they come."""
        loop = asyncio.get_running_loop()
        arriving: asyncio.Queue[Event | None] = asyncio.Queue()

        def pass_on(event: Event | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(arriving.put_nowait, event)

        stop_listening = self.listen(pass_on)
        self._future.add_done_callback(lambda _: pass_on(None))
        try:
            while (event := await arriving.get()) is not None:
                yield event
        finally:
            stop_listening()

    def start(self, work: Coroutine[Any, Any, R]) -> Self:
        """Do ``work`` on the engine's loop; what it gives is the handle's result."""
        begun = self.engine.submit(work)
        handles = _handles_of(os.getpid())
        handles[self] = None
        self._future.add_done_callback(lambda _: handles.pop(self, None))
        begun.add_done_callback(lambda done: _settle(self._future, done))
        return self

    def emit(self, event: ToTell) -> None:
        """Tell an event to all listeners. Call it on the engine's thread."""
        with self._telling:
            listeners = tuple(self._listeners)
            if not listeners:
                self.remember(event)
                return
            event = made(event)
            self.remember(event)
            for listening in listeners:
                listening.pending.append(event)
        for listening in listeners:
            self._tell_pending(listening)

    def _tell_pending(self, listening: _Listening) -> None:
        """Tell a listener what it has not heard, in order; by one thread at a time.

        Without the lock, since a listener may wait for one whose holder asks the handle something.
        """
        while True:
            with self._telling:
                if listening.busy or not listening.pending:
                    return  # whoever is telling it goes on with what has come meanwhile
                event = listening.pending.popleft()
                listening.busy = True
            tell(listening.listener, event)
            with self._telling:
                listening.busy = False

    def remember(self, event: ToTell) -> None:
        """Keep an event for those who listen later.

        What a node says on its way replaces what it said before, so that memory stays flat.
        """
        if isinstance(event, Progress):
            key = (event.run_id, event.node_id, event.round)
            if event.status is NodeState.RUNNING and (event.message or event.step or event.preview):
                position = self._latest.setdefault(key, len(self._events))
                if position < len(self._events):
                    self._events[position] = event
                    return
        self._events.append(event)

    def forget_previews(self) -> None:
        """Let go of the pictures of work that is over."""
        with self._telling:
            for position in self._latest.values():
                event = self._events[position]
                if isinstance(event, Progress) and event.preview is not None:
                    self._events[position] = replace(event, preview=None)

    def stop(self, reason: str) -> None:
        """Stop the work. Called on the engine's thread, possibly before the work has begun."""
        raise NotImplementedError

    async def _wait(self) -> R:
        # A future of its own for each who waits: one who gives up must disturb no other.
        waiter: concurrent.futures.Future[R] = concurrent.futures.Future()
        self._future.add_done_callback(lambda done: _settle(waiter, done))
        waiting = asyncio.wrap_future(waiter)
        try:
            while not waiting.done():
                await asyncio.wait([waiting], timeout=_WAKING_SECONDS)
            return waiting.result()
        except asyncio.CancelledError:
            if not self._future.cancelled():
                self.cancel()
            raise Interrupted(self._stopped()) from None

    def _stopped(self) -> str:
        folders = (getattr(event, "folder", None) for event in self.events)
        folder = next(filter(None, folders), None)
        return f"Stopped. What was made is kept in {folder}." if folder else "Stopped."


def under_way() -> tuple[Handle[Any], ...]:
    """What is under way in this process, in the order of beginning."""
    # Work that has ended is taken out only after those who wait for it have been woken.
    return tuple(handle for handle in tuple(_handles_of(os.getpid())) if not handle.done)


@functools.cache
def _handles_of(process_id: int) -> dict[Handle[Any], None]:
    return {}


def _settle(future: concurrent.futures.Future[R], done: concurrent.futures.Future[R]) -> None:
    """Have ``future`` end as ``done`` did."""
    if future.cancelled():
        return
    if done.cancelled():
        future.cancel()
        future.set_running_or_notify_cancel()
    elif error := done.exception():
        future.set_exception(error)
    else:
        future.set_result(done.result())
