"""Handles: what ``run`` gives at once, to be awaited, watched and cancelled."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from canvas_kit.canvas.graph import Canvas, Composable
from canvas_kit.errors import RecordError
from canvas_kit.events import Error, Event, Listener, Progress
from canvas_kit.executor.engine import Engine, checked_seed, default_engine, prepare, with_prompt
from canvas_kit.executor.execution import Execution
from canvas_kit.executor.plan import Plan
from canvas_kit.recorder.names import new_id
from canvas_kit.recorder.run import Run

log = logging.getLogger(__name__)

_WAKING_SECONDS = 0.2
"""How long the loop of whoever awaits may sleep. A notebook's kernel (ipykernel 6.31, tornado 6.6)
notes an interrupt without waking its loop, and would act on it only when the work has ended."""

R = TypeVar("R")


class Handle(Generic[R]):
    """Work that is under way. Everything here may be called from any thread.

    ``await`` it for the result, from whatever event loop; if the waiting is cancelled (an
    interrupted notebook cell), the work is cancelled with it.
    """

    def __init__(self, engine: Engine) -> None:
        """Prepare; :meth:`_begin` starts the work."""
        self.engine = engine
        self._future: concurrent.futures.Future[R] = concurrent.futures.Future()
        self._telling = threading.RLock()
        self._events: list[Event] = []
        self._latest: dict[str, int] = {}
        self._listeners: list[Listener] = []

    def __await__(self) -> Generator[Any, None, R]:
        return self._wait().__await__()

    @property
    def done(self) -> bool:
        """Whether the result is there, or the work failed."""
        return self._future.done()

    @property
    def events(self) -> tuple[Event, ...]:
        """What has happened so far, in order; of a node's progress only the latest."""
        with self._telling:
            return tuple(self._events)

    def result(self, timeout_seconds: float | None = None) -> R:
        """Wait for the result, in a script without an event loop.

        Raises:
            TimeoutError: When it is not there in time; the work goes on.
            RuntimeError: On the engine's own thread, where the waiting could never end.
        """
        if self.engine.on_loop:
            raise RuntimeError("The engine's own thread cannot wait for its work; use await.")
        return self._future.result(timeout_seconds)

    def cancel(self) -> None:
        """Stop the work; what was made is kept, and the result still comes. Returns at once."""
        self.engine.call_soon(self._stop, "somebody cancelled it")

    def listen(self, listener: Listener, *, replay: bool = True) -> Callable[[], None]:
        """Have ``listener`` called with each event.

        Args:
            listener: Called on the engine's thread; must return quickly. What it raises is logged.
            replay: Whether it is first told what has happened so far.

        Returns:
            A function that ends the listening.
        """
        with self._telling:
            past = tuple(self._events) if replay else ()
            for event in past:
                _tell(listener, event)
            self._listeners.append(listener)

        def stop_listening() -> None:
            with self._telling:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop_listening

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

    def _begin(self, work: Coroutine[Any, Any, R]) -> None:
        def settle(done: concurrent.futures.Future[R]) -> None:
            if done.cancelled():
                self._future.cancel()
                self._future.set_running_or_notify_cancel()
            elif error := done.exception():
                self._future.set_exception(error)
            else:
                self._future.set_result(done.result())

        self.engine.submit(work).add_done_callback(settle)

    def _emit(self, event: Event) -> None:
        with self._telling:
            self._remember(event)
            for listener in tuple(self._listeners):
                _tell(listener, event)

    def _remember(self, event: Event) -> None:
        """Keep the event; a node's steps replace one another, so that memory stays flat."""
        if isinstance(event, Progress) and event.step is not None:
            key = f"{event.run_id}/{event.node_id}/{event.round}"
            position = self._latest.get(key)
            if position is not None:
                self._events[position] = event
                return
            self._latest[key] = len(self._events)
        self._events.append(event)

    def _stop(self, reason: str) -> None:
        raise NotImplementedError

    async def _wait(self) -> R:
        waiting = asyncio.wrap_future(self._waiter())
        try:
            while not waiting.done():
                await asyncio.wait([waiting], timeout=_WAKING_SECONDS)
            return waiting.result()
        except asyncio.CancelledError:
            if not self._future.cancelled():
                self.cancel()
            raise

    def _waiter(self) -> concurrent.futures.Future[R]:
        """A future of its own for each who waits, so that one who gives up disturbs no other."""
        waiter: concurrent.futures.Future[R] = concurrent.futures.Future()

        def settle(done: concurrent.futures.Future[R]) -> None:
            if waiter.cancelled():
                return
            if done.cancelled():
                waiter.cancel()
            elif error := done.exception():
                waiter.set_exception(error)
            else:
                waiter.set_result(done.result())

        self._future.add_done_callback(settle)
        return waiter


class RunHandle(Handle[Run]):
    """A run that is under way.

    Attributes:
        run_id: The run's id.
        canvas: The canvas as it runs.
        seed: The run's seed.
    """

    def __init__(self, engine: Engine, plan: Plan, *, seed: int, run_id: str = "") -> None:
        """Prepare; nothing starts."""
        super().__init__(engine)
        self.run_id = run_id or new_id()
        self.canvas = plan.canvas
        self.seed = seed
        self._plan = plan
        self._execution: Execution | None = None
        self._stop_reason: str | None = None

    def __repr__(self) -> str:
        return f"<run {self.run_id}, {'ended' if self.done else 'under way'}>"

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        from canvas_kit.display import bundle_of

        return bundle_of("run_handle", self)

    def _ipython_display_(self) -> None:
        from canvas_kit.display import show_live

        show_live(self)

    def _stop(self, reason: str) -> None:
        self._stop_reason = reason
        if self._execution is not None:
            self._execution.stop(reason)

    async def _work(
        self,
        *,
        record: bool,
        exports: Path | None,
        device_id: str | None,
        run_index: int = 0,
        about: Mapping[str, Any] | None = None,
        deadline_seconds: float | None = None,
    ) -> Run:
        try:
            recorder = await self.engine.open_recorder(
                self.canvas,
                seed=self.seed,
                run_id=self.run_id,
                record=record,
                exports=exports,
                device_id=device_id,
                about=about,
            )
        except RecordError as error:
            self._emit(Error(self.run_id, str(error)))
            raise
        self._execution = self.engine.execution(
            self._plan, recorder, seed=self.seed, run_index=run_index, emit=self._emit
        )
        if self._stop_reason is not None:
            self._execution.stop(self._stop_reason)
        if deadline_seconds is None:
            deadline_seconds = self.engine.settings.deadline_seconds
        return await self._execution.run(deadline_seconds)


def run(
    canvas: Composable,
    *,
    prompt: str | None = None,
    seed: int | None = None,
    exports: str | Path | None = None,
    device_id: str | None = None,
    record: bool = True,
    deadline_seconds: float | None = None,
    run_id: str = "",
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> RunHandle:
    """Run a canvas. Gives a handle at once; await it for the result.

    ::

        result = await run(canvas)          # in a notebook, or any coroutine
        result = run(canvas).result()       # in a script

    Args:
        canvas: A canvas, or a node or chain that belongs to one.
        prompt: Words for the canvas's input, in place of its own.
        seed: The run's seed, 0 to 2**53 - 1; drawn (and recorded) if left out. A seed node that is
            set to *fixed* keeps its own.
        exports: Where the record goes, if not where the settings say.
        device_id: Names the desk in the record, if not as the settings say.
        record: False keeps the run in memory only.
        deadline_seconds: The longest that it may take; what was made until then is kept.
        run_id: Names the run; a fresh id if left out.
        engine: The engine to use, if not the default one.
        listener: Called with each event.

    Returns:
        A handle on the run. Its result is a :class:`Run`, also if the run was cancelled or did not
        make everything; its ``status`` says which.

    Raises:
        CanvasError: When the canvas cannot run; every problem at once, and nothing was written.
        SettingsError: When the settings cannot be read.
    """
    engine = engine or default_engine()
    value = Canvas.of(canvas)
    if prompt is not None:
        value = with_prompt(value, prompt)
    handle = RunHandle(engine, prepare(value, engine), seed=checked_seed(seed), run_id=run_id)
    if listener is not None:
        handle.listen(listener)
    handle._begin(
        handle._work(
            record=record,
            exports=Path(exports) if exports is not None else None,
            device_id=device_id,
            deadline_seconds=deadline_seconds,
        )
    )
    return handle


def _tell(listener: Listener, event: Event) -> None:
    try:
        listener(event)
    except BaseException:  # sys.exit() in a listener must not end the loop that all runs share
        log.exception("A listener failed on the event %r.", event.name)
