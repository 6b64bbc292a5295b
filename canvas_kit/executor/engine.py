"""The engine: one event loop in a thread of its own, and what all runs share.

A notebook's own loop is busy whenever a cell is, and a widget's callback may come on any thread; so
canvas-kit does its work on a loop that it owns. Callers only submit and cancel.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import functools
import logging
import os
import threading
import weakref
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from canvas_kit.backends.base import Backend
from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import CanvasError, Problem
from canvas_kit.events import Event
from canvas_kit.executor.execution import Execution
from canvas_kit.executor.plan import Plan
from canvas_kit.nodes.base import RunnableNode
from canvas_kit.nodes.parameters import draw_seed
from canvas_kit.recorder.memory import MemoryRecorder
from canvas_kit.recorder.recorder import CanvasRecorder, Recorder
from canvas_kit.settings import Settings
from canvas_kit.values import MAX_SEED

log = logging.getLogger(__name__)
T = TypeVar("T")

DISK_THREADS = 8
"""Flushes to the disk that wait side by side; the file system then shares their cost."""
_CLOSING_SECONDS = 10


class Engine:
    """One event loop in a thread, and what its runs share: settings, backends, disk threads.

    :func:`run` and :func:`run_batch` use one that is made when first needed
    (:func:`default_engine`). Make another for other settings, and close it::

        with Engine(Settings.load(exports="study")) as engine:
            result = await run(canvas, engine=engine)

    Attributes:
        settings: What the person has set.
        backends: Where texts and media come from.
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
        self.settings = settings or Settings.load()
        self.backends = BackendRegistry(self.settings, backends=backends)
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._disk: concurrent.futures.ThreadPoolExecutor | None = None
        self._side: concurrent.futures.ThreadPoolExecutor | None = None
        self._tasks: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
        self._closed = False

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Do ``work`` on the engine's loop; the answer comes in the future.

        Raises:
            RuntimeError: When the engine is closed.
        """
        loop = self._running_loop()

        async def tracked() -> T:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            return await work

        return asyncio.run_coroutine_threadsafe(tracked(), loop)

    def check_open(self) -> None:
        """Refuse work once the engine is closed, before anything is made ready for it.

        Raises:
            RuntimeError: When it is.
        """
        if self._closed:
            raise RuntimeError("This engine is closed. Make a new one.")

    def call_soon(self, call: Callable[..., object], *arguments: Any) -> None:
        """Have ``call`` called on the engine's loop; nothing happens once the engine is closed."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(functools.partial(call, *arguments))

    @property
    def on_loop(self) -> bool:
        """Whether the caller is on the engine's own loop, where waiting for it would hang."""
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def close(self) -> None:
        """End what runs, closing its records; close the backends; end the thread. Repeatable."""
        with self._starting:
            self._closed = True
            loop, self._loop = self._loop, None
        if loop is None:
            return
        done = asyncio.run_coroutine_threadsafe(self._wind_down(), loop)
        try:
            done.result(timeout=_CLOSING_SECONDS)
        except concurrent.futures.TimeoutError:
            log.warning("The engine did not come to rest within %d s.", _CLOSING_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join(timeout=_CLOSING_SECONDS)
        for pool in (self._disk, self._side):
            if pool is not None:
                pool.shutdown(wait=True)

    async def open_recorder(
        self,
        canvas: Canvas,
        *,
        seed: int,
        run_id: str = "",
        record: bool = True,
        exports: Path | None = None,
        device_id: str | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> Recorder:
        """A recorder for one run of ``canvas``.

        Args:
            canvas: The canvas as it will run.
            seed: The run's seed.
            run_id: Empty for a fresh one.
            record: Whether it is kept on the disk; else only in memory.
            exports: Where records go, if not where the settings say.
            device_id: Names the desk, if not as the settings say.
            about: More for the head of the manifest.

        Raises:
            RecordError: When the folder cannot be written.
        """
        if not record:
            return MemoryRecorder(canvas, run_id=run_id, seed=seed)
        return await CanvasRecorder.start(
            canvas,
            exports=exports or self.settings.exports,
            device_id=device_id or self.settings.device_id,
            run_id=run_id,
            seed=seed,
            about=about,
            pool=self._disk,
            side=self._side,
            network=self.backends.network,
            max_image_pixels=self.settings.max_image_pixels,
        )

    def execution(
        self,
        plan: Plan,
        recorder: Recorder,
        *,
        seed: int,
        run_index: int,
        emit: Callable[[Event], None],
    ) -> Execution:
        """An execution of ``plan`` with this engine's settings and backends."""
        return Execution(
            plan,
            recorder,
            backends=self.backends,
            settings=self.settings,
            seed=seed,
            run_index=run_index,
            emit=emit,
        )

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            self.check_open()
            if self._loop is None:
                loop = asyncio.new_event_loop()
                # A daemon: an engine that nobody closed must not keep the process alive. Records
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
                self._thread.start()
                self._loop = loop
                atexit.register(_close_at_exit, weakref.ref(self))
            return self._loop

    @staticmethod
    def _serve(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _wind_down(self) -> None:
        tasks = [task for task in self._tasks if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.backends.aclose()
        await asyncio.get_running_loop().shutdown_default_executor()


def _close_at_exit(reference: weakref.ref[Engine]) -> None:
    engine = reference()
    if engine is not None:
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


def prepare(canvas: Canvas, engine: Engine) -> Plan:
    """A canvas made ready for running, checked with everything that the engine knows.

    Raises:
        CanvasError: With every problem, if it cannot run.
        RuntimeError: When the engine is closed.
    """
    engine.check_open()
    found = canvas.problems(engine.backends)
    for setting, name in _models_by_setting(canvas, engine.settings).items():
        if message := engine.backends.config_problem(name):
            text = f"The setting {setting} cannot be used: {message}"
            found.append(Problem(text, "bad_setting"))
    if found:
        raise CanvasError(found, name=canvas.name)
    return Plan(canvas)


def _models_by_setting(canvas: Canvas, settings: Settings) -> dict[str, str]:
    """The models that the settings name for nodes of ``canvas`` that name none, by setting."""
    found: dict[str, str] = {}
    for node in canvas.nodes:
        if isinstance(node, RunnableNode) and (setting := node.model_setting()):
            found[setting] = getattr(settings, setting)
    return found


def with_prompt(canvas: Canvas, prompt: str, node_id: str = "") -> Canvas:
    """``canvas`` with other words in its input.

    Args:
        canvas: A canvas with an input node.
        prompt: The words.
        node_id: Which input; may be left out where there is one.

    Raises:
        CanvasError: When there is no input, or several and none is named.
    """
    return canvas.with_fields(prompt_node(canvas, node_id), text=prompt)


def prompt_node(canvas: Canvas, node_id: str = "") -> str:
    """The id of the input that a prompt goes into.

    Raises:
        CanvasError: When there is no input, or several and none is named, or it is no input.
    """
    inputs = [node.id for node in canvas.of_type("input")]
    if node_id:
        if node_id in inputs:
            return node_id
        raise CanvasError(
            [
                Problem(
                    f"{node_id!r} is no input node; those are: {', '.join(inputs) or 'none'}.",
                    "no_input_node",
                )
            ],
            name=canvas.name,
        )
    if len(inputs) == 1:
        return inputs[0]
    message = (
        f"It has {len(inputs)} input nodes ({', '.join(inputs)}); say which one takes the prompt."
        if inputs
        else "It has no input node that could take the prompt."
    )
    raise CanvasError([Problem(message, "no_input_node")], name=canvas.name)


def checked_seed(seed: int | None) -> int:
    """``seed`` if it can be used, or a drawn one.

    Raises:
        CanvasError: When it is out of range.
    """
    if seed is None:
        return draw_seed()
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise CanvasError(
            [
                Problem(
                    f"The seed should be a whole number from 0 to {MAX_SEED}, but is {seed!r}.",
                    "bad_value",
                )
            ]
        )
    return seed
