"""Handles: what ``run`` gives at once, to be awaited, watched and cancelled."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import os
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, SupportsIndex, TypeVar

from canvas_kit.canvas.graph import Canvas, Composable
from canvas_kit.canvas.node import Node
from canvas_kit.display import bundle_of, show_live
from canvas_kit.errors import RecordError
from canvas_kit.events import (
    Complete,
    Error,
    Event,
    Listener,
    Progress,
    Started,
    ToTell,
    made,
    tell,
)
from canvas_kit.executor.cache import RunCache, cache_mode
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.execution import Execution
from canvas_kit.executor.parameters import checked_deadline, checked_seed, with_prompt
from canvas_kit.executor.plan import Plan
from canvas_kit.executor.replay import Replay
from canvas_kit.logs import logger_for
from canvas_kit.recorder.names import new_id
from canvas_kit.recorder.recorder import CanvasRecorder, Recorder
from canvas_kit.recorder.run import Run
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


class Handle(Generic[R]):
    """Work that is under way. Everything here may be called from any thread.

    ``await`` it for the result, from whatever event loop; if the waiting is cancelled (an
    interrupted notebook cell), the work is cancelled with it.

    For another kind of work: derive, call :meth:`start` with it, :meth:`emit` what happens, and
    override :meth:`stop`.
    """

    view: ClassVar[str] = ""
    """Names what shows the handle in a notebook; see :mod:`canvas_kit.display`."""

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

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        return bundle_of(self.view, self)

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

    def start(self, work: Coroutine[Any, Any, R]) -> None:
        """Do ``work`` on the engine's loop; what it gives is the handle's result."""
        begun = self.engine.submit(work)
        handles = _handles_of(os.getpid())
        handles[self] = None
        self._future.add_done_callback(lambda _: handles.pop(self, None))
        begun.add_done_callback(lambda done: _settle(self._future, done))

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


class RunHandle(Handle[Run]):
    """A run that is under way.

    Attributes:
        run_id: The run's id.
        canvas: The canvas as it runs.
        seed: The run's seed.
        unreachable: The backend that could not be reached, if there was one; known at the end.
    """

    view = "run_handle"

    def __init__(self, engine: Engine, canvas: Canvas, *, seed: int, run_id: str = "") -> None:
        """Prepare; nothing starts."""
        super().__init__(engine)
        self.run_id = run_id or new_id()
        self.canvas = canvas
        self.seed = seed
        self.unreachable = ""
        self._execution: Execution | None = None
        self._stop_reason: str | None = None

    def __repr__(self) -> str:
        return f"<run {self.run_id}, {'ended' if self.done else 'under way'}>"

    def stop(self, reason: str) -> None:
        """Stop the run; what was made is kept."""
        self._stop_reason = reason
        if self._execution is not None:
            self._execution.stop(reason)

    async def execute(
        self,
        plan: Plan,
        *,
        record: bool = True,
        exports: Path | None = None,
        device_id: str | None = None,
        run_index: int = 0,
        about: Mapping[str, Any] | None = None,
        deadline_seconds: float | None = None,
        earlier: Run | None = None,
        attempt: int = 0,
        pay_again: bool = False,
        cache: bool | Literal["all"] | None = None,
    ) -> Run:
        """Run the canvas, on the engine's loop.

        Args:
            plan: The canvas, made ready.
            record: Whether it is kept on the disk; else only in memory.
            exports: Where the record goes, if not where the settings say.
            device_id: Names the device, if not as the settings say.
            run_index: Position of the run in its batch, from 0.
            about: More for the head of the manifest.
            deadline_seconds: The longest that it may take, if not as long as the settings say.
            earlier: The run as an earlier attempt has left it: it is gone on with in its own
                folder, so that ``exports``, ``device_id`` and ``about`` do not count. Its id, seed
                and canvas are those of this handle and ``plan``.
            attempt: Which attempt this is, of a run that is gone on with; 0 for one more than there
                were.
            pay_again: Whether a request that may have been charged for may be sent again.
            cache: Whether answers are reused, if not as the settings say.

        Raises:
            RecordError: When the record cannot be written; for an earlier run also when it is
                still going on, or is of another canvas, or cannot be read.
        """
        if earlier is not None and earlier.ended_whole:
            where = str(earlier.folder)
            self.emit(Started(self.run_id, len(plan.nodes), where))
            self.emit(Complete(self.run_id, earlier.status, earlier.nodes, folder=where))
            return earlier
        recorder: Recorder
        replay = None
        try:
            if earlier is not None:
                recorder = reopened = await self._go_on(plan, earlier, attempt)
                assert reopened.earlier is not None
                replay = Replay(
                    reopened.earlier,
                    plan,
                    backends=self.engine.backends,
                    settings=self.engine.settings,
                    pay_again=pay_again,
                )
            else:
                recorder = await self.engine.open_recorder(
                    plan,
                    seed=self.seed,
                    run_id=self.run_id,
                    record=record,
                    exports=exports,
                    device_id=device_id,
                    about=about,
                )
        except RecordError as error:
            self.emit(Error(self.run_id, str(error)))
            raise
        mode = cache_mode(self.engine.settings.cache if cache is None else cache)
        self._execution = Execution(
            plan,
            recorder,
            backends=self.engine.backends,
            settings=self.engine.settings,
            seed=self.seed,
            run_index=run_index,
            emit=self.emit,
            replay=replay,
            cache=RunCache(self.engine.cache, mode, seed=self.seed) if mode else None,
        )
        if self._stop_reason is not None:
            self._execution.stop(self._stop_reason)
        if deadline_seconds is None:
            deadline_seconds = self.engine.settings.deadline_seconds
        try:
            return await self._execution.run(deadline_seconds)
        finally:
            self.unreachable = self._execution.unreachable
            self._execution = None  # it holds everything that was made, and this handle
            self.forget_previews()

    async def _go_on(self, plan: Plan, earlier: Run, attempt: int) -> CanvasRecorder:
        """The recorder of a run that is gone on with.

        Raises:
            RecordError: When it is not this handle's run, or cannot be gone on with.
        """
        if earlier.folder is None:
            raise RecordError(f"The run {earlier.id} was not recorded, so it cannot be continued.")
        described = earlier.about.get("canvas", {}).get("fingerprint")
        for what, was, now in (
            ("id", earlier.id, self.run_id),
            ("seed", earlier.seed, self.seed),
            ("canvas", described, plan.canvas.fingerprint),
        ):
            if was != now:
                raise RecordError(
                    f"The run in {earlier.folder} has the {what} {was}, not {now}, so it cannot be "
                    "continued as this one. Run it anew."
                )
        return await self.engine.reopen_recorder(plan, earlier.folder, attempt=attempt)


def continue_run(
    run: Run | str | Path,
    *,
    pay_again: bool = False,
    deadline_seconds: float | None = None,
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> RunHandle:
    """Go on with a run that was killed or cancelled, or did not make everything.

    What it has made is kept and taken from its record; only what is missing is made, in the same
    folder. Work that had been sent to a server is asked for by its id. Where that cannot be done
    and it may have been charged for, the node fails and says so, unless ``pay_again`` is given.
    What a provider refused is a result, and is not asked for again.

    Args:
        run: The run, or its folder.
        pay_again: Whether a request that may have been charged for may be sent again.
        deadline_seconds: The longest that it may take; what was made until then is kept.
        engine: The engine to use, if not the default one.
        listener: Called with each event.

    Returns:
        A handle on the run. If nothing is missing, its result is the run as it was.

    Raises:
        CanvasError: When the canvas cannot run here.
        RecordError: When the run cannot be read.
        SettingsError: When the settings cannot be read.
    """
    engine = engine or default_engine()
    folder = run.folder if isinstance(run, Run) else Path(run)
    if folder is None:
        raise RecordError("A run that was not recorded cannot be continued.")
    earlier = Run.open(folder.absolute())
    if earlier.seed is None:
        raise RecordError(
            f"The run in {folder} cannot be continued: the seed that it began with is not on "
            "record. Run its canvas anew."
        )
    deadline = checked_deadline(deadline_seconds)
    plan = engine.prepare(earlier.canvas, {entity.node_id for entity in earlier.entities})
    index = earlier.about.get("run_index")
    handle = RunHandle(engine, plan.canvas, seed=earlier.seed, run_id=earlier.id)
    if listener is not None:
        handle.listen(listener)
    handle.start(
        handle.execute(
            plan,
            run_index=index if isinstance(index, int) else 0,
            deadline_seconds=deadline,
            earlier=earlier,
            pay_again=pay_again,
        )
    )
    return handle


def run(
    canvas: Composable,
    *,
    prompt: str | None = None,
    node: str | Node = "",
    seed: SupportsIndex | None = None,
    exports: str | Path | None = None,
    device_id: str | None = None,
    record: bool = True,
    deadline_seconds: float | None = None,
    run_id: str = "",
    cache: bool | Literal["all"] | None = None,
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> RunHandle:
    """Run a canvas. Gives a handle at once; await it for the result.

    ::

        result = await run(canvas)          # in a notebook, or any coroutine
        result = run(canvas).result()       # in a script

    Args:
        canvas: A canvas, a chain, or a node.
        prompt: Words for the canvas's input, in place of its own.
        node: The input that takes the prompt, if the canvas has several.
        seed: The run's seed, 0 to 2**53 - 1; drawn (and recorded) if left out. A seed node that is
            set to *fixed* keeps its own.
        exports: Where the record goes, if not where the settings say.
        device_id: Names the device in the record, if not as the settings say.
        record: False keeps the run in memory only.
        deadline_seconds: The longest that it may take; what was made until then is kept.
        run_id: Names the run; a fresh id if left out.
        cache: Whether what a model has answered to the very same request is reused: True where a
            seed decides on the answer, ``"all"`` also where it is drawn by chance; as the settings
            say if left out.
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
        value = with_prompt(value, prompt, node)
    deadline = checked_deadline(deadline_seconds)
    plan = engine.prepare(value)
    handle = RunHandle(engine, plan.canvas, seed=checked_seed(seed), run_id=run_id)
    if listener is not None:
        handle.listen(listener)
    handle.start(
        handle.execute(
            plan,
            record=record,
            exports=Path(exports).absolute() if exports is not None else None,
            device_id=device_id,
            deadline_seconds=deadline,
            cache=cache,
        )
    )
    return handle


def under_way() -> tuple[Handle[Any], ...]:
    """What is under way in this process, in the order of beginning."""
    return tuple(_handles_of(os.getpid()))


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
