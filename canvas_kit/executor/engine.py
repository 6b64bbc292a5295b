"""The engine: one event loop in a thread of its own, and what all runs share.

A notebook's own loop is busy whenever a cell is, and a widget's callback may come on any thread; so
canvas-kit does its work on a loop that it owns. Callers only submit and cancel.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import functools
import os
import threading
import weakref
from collections.abc import Callable, Collection, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from platformdirs import user_cache_path

from canvas_kit.backends.base import Backend
from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.canvas.graph import Canvas
from canvas_kit.executor.cache import Cache
from canvas_kit.executor.execution import PATIENCE_SECONDS
from canvas_kit.executor.options import RunOptions
from canvas_kit.executor.plan import Plan, prepare
from canvas_kit.executor.watch import blocked_by, watch
from canvas_kit.logs import logger_for
from canvas_kit.recorder.recorder import CanvasRecorder, Recorder
from canvas_kit.settings import Settings
from canvas_kit.tasks import in_thread

log = logger_for(__name__)
T = TypeVar("T")

DISK_THREADS = 8
"""Flushes to the disk that wait side by side; the file system then shares their cost."""
_CLOSING_SECONDS = PATIENCE_SECONDS + 5
"""Longer than a run waits for a node that does not stop, so that its record is closed."""
_LEFT_SECONDS = 1
"""How long what was left behind by a run may take to stop when the engine is closed."""
# Threads of pools are ended before atexit's functions are called, and could not be used by them.
# The pools themselves are told by this; there is no public way.
_at_exit: Callable[..., object] = getattr(threading, "_register_atexit", atexit.register)


class Engine:
    """One event loop in a thread, and what its runs share: settings, backends, disk threads.

    :func:`run` and :func:`run_batch` use one that is made when first needed
    (:func:`default_engine`). Make another for other settings, and close it::

        with Engine(Settings.load(exports="study")) as engine:
            result = await run(canvas, engine=engine)

    Attributes:
        settings: What the user has set, with an exports folder that ``os.chdir`` does not move.
        backends: Where texts and media come from.
        cache: What models have answered, for runs that reuse it.
    """

    def __init__(
        self, settings: Settings | None = None, *, backends: Mapping[str, Backend] | None = None
    ) -> None:
        """Prepare; the thread starts with the first work.

        Args:
            settings: None reads them from the file and the environment.
            backends: Ready-made backends by name, which win over the settings.

        Raises:
            SettingsError: When the settings cannot be read.
        """
        settings = settings or Settings.load()
        exports = settings.exports.absolute()
        if exports != settings.exports:
            settings = settings.model_copy(update={"exports": exports})
        self.settings = settings
        self.backends = BackendRegistry(self.settings, backends=backends)
        self.cache = Cache(
            settings.cache_folder or user_cache_path("canvas-kit", appauthor=False) / "answers",
            max_bytes=settings.cache_max_bytes,
        )
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._disk: concurrent.futures.ThreadPoolExecutor | None = None
        self._side: concurrent.futures.ThreadPoolExecutor | None = None
        self._tasks: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
        self._closed = self._hurried = False
        self._ended = threading.Event()
        self._process = os.getpid()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Do ``work`` on the engine's loop; the answer comes in the future.

        Raises:
            RuntimeError: When the engine is closed.
        """
        try:
            loop = self._running_loop()
        except RuntimeError:
            work.close()  # it is never begun, and must not warn of that
            raise

        async def tracked() -> T:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            return await work

        return asyncio.run_coroutine_threadsafe(tracked(), loop)

    def check_open(self) -> None:
        """Refuse work that could never be done, before anything is made ready for it.

        Raises:
            RuntimeError: When the engine is closed, or was made before this process was forked.
        """
        if self._closed:
            raise RuntimeError("This engine is closed. Make a new one.")
        if self._process != os.getpid():
            raise RuntimeError("This engine's thread stayed in the parent process. Make a new one.")

    def call_soon(self, call: Callable[..., object], *arguments: Any) -> None:
        """Have ``call`` called on the engine's loop; nothing happens once the engine is closed."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(functools.partial(call, *arguments))

    def hurry(self) -> None:
        """Let the end of the program wait for nothing: what runs is broken off by it.

        Records are whole at every moment, so that what was made is kept.
        """
        self._hurried = True

    @property
    def closed(self) -> bool:
        """Whether nothing new begins any more."""
        return self._closed

    @property
    def on_loop(self) -> bool:
        """Whether the caller is on the engine's own loop, where waiting for it would hang."""
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def close(self) -> None:
        """End what runs, closing its records; close the backends; end the thread. Repeatable.

        Raises:
            RuntimeError: On the engine's own thread (in a listener), which would wait for itself.
        """
        if self._process != os.getpid():
            return  # forked: the thread is the parent's
        if self.on_loop:
            raise RuntimeError("The engine's own thread cannot close it; close it from another.")
        with self._starting:
            self._closed = True
            loop, self._loop = self._loop, None
        if loop is None:
            return
        done = asyncio.run_coroutine_threadsafe(self._wind_down(), loop)
        try:
            done.result(timeout=_CLOSING_SECONDS)
        except concurrent.futures.TimeoutError:
            log.warning(
                "What ran on the engine did not end within %d s. %s",
                _CLOSING_SECONDS,
                blocked_by(self._thread.ident or 0),
            )
        self._ended.set()
        self._watch.join()
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join(timeout=_LEFT_SECONDS)
        for pool in (self._disk, self._side):
            if pool is not None:
                pool.shutdown(wait=not self._thread.is_alive())

    def prepare(self, canvas: Canvas, recorded: Collection[str] = ()) -> Plan:
        """A canvas made ready for running on this engine; see :func:`plan.prepare`.

        Raises:
            CanvasError: With every problem, if it cannot run.
            RuntimeError: When the engine is closed.
        """
        self.check_open()
        return prepare(canvas, self.backends, self.settings, recorded)

    async def open_recorder(
        self,
        plan: Plan,
        options: RunOptions,
        *,
        seed: int,
        run_id: str,
        about: Mapping[str, Any] | None,
    ) -> Recorder:
        """A recorder for one run of a canvas; see :meth:`CanvasRecorder.start`."""
        self.check_open()
        if not options.record:
            return Recorder(plan.outline, run_id=run_id, seed=seed)
        return await CanvasRecorder.start(
            plan.outline,
            exports=options.exports,
            device_id=options.device_id,
            run_id=run_id,
            seed=seed,
            about=about,
            **self._recording(),
        )

    async def reopen_recorder(self, plan: Plan, folder: Path, *, attempt: int) -> CanvasRecorder:
        """The recorder of a run that is gone on with; see :meth:`CanvasRecorder.reopen`."""
        self.check_open()
        return await CanvasRecorder.reopen(
            plan.outline, folder, attempt=attempt, **self._recording()
        )

    async def on_disk(self, call: Callable[..., T], *arguments: Any) -> T:
        """Do disk work in one of the threads for it; see :func:`in_thread`."""
        return await in_thread(self._disk, call, *arguments)

    def _recording(self) -> dict[str, Any]:
        """What all recorders share."""
        return {
            "pool": self._disk,
            "side": self._side,
            "network": self.backends.network,
            "max_image_pixels": self.settings.max_image_pixels,
        }

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            self.check_open()
            if self._loop is None:
                loop = asyncio.new_event_loop()
                # A daemon: an engine that is not closed must not keep the process alive. Records
                # are whole at every moment, so that being ended costs nothing that was made.
                self._thread = threading.Thread(
                    target=self._serve, args=(loop,), name="canvas-kit", daemon=True
                )
                self._disk = concurrent.futures.ThreadPoolExecutor(
                    DISK_THREADS, thread_name_prefix="canvas-kit-disk"
                )
                self._side = concurrent.futures.ThreadPoolExecutor(
                    DISK_THREADS, thread_name_prefix="canvas-kit-flush"
                )
                loop.set_default_executor(_WorkThreads())
                self._thread.start()
                self._watch = threading.Thread(
                    target=watch,
                    args=(loop, self._thread.ident, self._ended),
                    name="canvas-kit-watch",
                    daemon=True,
                )
                self._watch.start()
                self._loop = loop
                _at_exit(_close_at_exit, weakref.ref(self))
            return self._loop

    @staticmethod
    def _serve(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            while True:
                try:
                    loop.run_forever()
                    break
                except (SystemExit, KeyboardInterrupt):  # raised in a task that a node type began
                    log.exception("A task tried to end the program; the engine goes on.")
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _wind_down(self) -> None:
        while tasks := [task for task in self._tasks if not task.done()]:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.backends.aclose()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=_LEFT_SECONDS)


class _WorkThreads(concurrent.futures.ThreadPoolExecutor):
    """A thread for each call, which does not keep the program alive.

    Work that never ends would take one place of a pool after the other, until nothing else is done,
    and the library's own pools hold up the end of the program.
    """

    def submit(
        self, call: Callable[..., T], /, *arguments: Any, **named: Any
    ) -> concurrent.futures.Future[T]:
        future: concurrent.futures.Future[T] = concurrent.futures.Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(call(*arguments, **named))
            except StopIteration as error:  # no future of asyncio takes one
                future.set_exception(RuntimeError(f"{type(error).__name__} was raised"))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=work, name="canvas-kit-work", daemon=True).start()
        return future


def _close_at_exit(reference: weakref.ref[Engine]) -> None:
    engine = reference()
    if engine is not None and not engine._hurried:
        with contextlib.suppress(KeyboardInterrupt):  # ends the waiting, and with it the program
            engine.close()


@functools.cache
def _engine_of_process(process_id: int) -> Engine:
    return Engine()


def default_engine() -> Engine:
    """The engine that is used where none is named: one for each process, made when first needed.

    Raises:
        SettingsError: When the settings cannot be read.
    """
    return _engine_of_process(os.getpid())
