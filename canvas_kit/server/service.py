"""What the handlers share: the engine, the jobs, the index of runs, the bounds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from canvas_kit.batch.begin import run_batch
from canvas_kit.batch.handle import BatchHandle
from canvas_kit.canvas.graph import Canvas
from canvas_kit.events import Listener
from canvas_kit.executor.engine import Engine
from canvas_kit.executor.run import RunHandle, run
from canvas_kit.recorder.names import new_id
from canvas_kit.server.jobs import IdTaken, LiveJob, LiveJobs
from canvas_kit.server.limits import Limits
from canvas_kit.server.presenter import Presenter
from canvas_kit.server.redaction import PathRedactor
from canvas_kit.server.requests import BatchRequest, RunRequest
from canvas_kit.server.run_index import RunIndex
from canvas_kit.server.uploads import FOLDER, Uploads
from canvas_kit.settings import Settings
from canvas_kit.sweep.sweep import Sweep
from canvas_kit.workbench.desk import Desk, make_desk

P = ParamSpec("P")
T = TypeVar("T")


class Service:
    """One canvas-kit behind one server. Its engine is made with the first request that needs it."""

    def __init__(
        self,
        *,
        base_url: str = "/",
        limits: Limits | None = None,
        exports: Path | None = None,
        engine: Engine | None = None,
        secrets: tuple[str, ...] = (),
        workbench: bool = False,
    ) -> None:
        """Prepare; nothing is opened.

        Args:
            base_url: The address under which the server is mounted.
            limits: How much may be asked for.
            exports: Where records go, if not where the settings say.
            engine: The engine to use; one is made from the settings if left out.
            secrets: What must never be told, such as the server's token.
            workbench: Whether the questions of JupyterLab's page are answered.
        """
        self.base_url = base_url
        self.limits = limits or Limits()
        self._exports = exports
        self._given = engine
        self._own: Engine | None = None
        self._making = threading.Lock()
        self._secrets = secrets
        self.workbench = workbench
        # One thread makes canvases ready: a large one must hold up neither streams nor pictures.
        self._checking = ThreadPoolExecutor(1, thread_name_prefix="canvas-kit-check")
        self._reading = ThreadPoolExecutor(4, thread_name_prefix="canvas-kit-read")

    @property
    def engine(self) -> Engine:
        """The engine.

        Raises:
            SettingsError: When the settings cannot be read.
        """
        with self._making:
            if self._given is not None:
                return self._given
            if self._own is None:
                self._own = Engine(Settings.load(exports=self._exports))
            return self._own

    @cached_property
    def exports(self) -> Path:
        """Where records go."""
        return self.engine.settings.exports

    @cached_property
    def presenter(self) -> Presenter:
        """What makes events fit to be told."""
        redactor = PathRedactor.of(self.engine.settings, secrets=self._secrets)
        return Presenter(self.exports, self.base_url, redactor)

    @cached_property
    def runs(self) -> RunIndex:
        """The recorded runs."""
        return RunIndex(self.exports)

    @cached_property
    def uploads(self) -> Uploads:
        """The pictures that clients handed in."""
        return Uploads(
            self.exports / FOLDER,
            keep=self.limits.max_uploads,
            max_pixels=self.engine.settings.max_image_pixels,
        )

    @cached_property
    def desk(self) -> Desk:
        """What answers the workbench."""
        return make_desk(self.engine)

    @cached_property
    def jobs(self) -> LiveJobs:
        """What is under way. First used on the server's event loop."""
        return LiveJobs(self.limits, lambda: self.presenter)

    async def read(self, call: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Call something that waits for the disk, off the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reading, partial(call, *arguments, **options))

    async def check(self, call: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Call something that computes for a while, off the event loop, one after another."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._checking, partial(call, *arguments, **options))

    async def on_engine(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work`` on the engine's loop and wait for it on this one."""
        return await asyncio.wrap_future(self.engine.submit(work))

    async def start(self, request: RunRequest | BatchRequest) -> LiveJob:
        """Start what is asked for; or give the job of that id, if it was started before.

        Raises:
            CanvasError: When the canvas cannot run; nothing was written.
            BatchError: When what is asked for is no batch.
            TooManyJobs: When the server allows no more for now.
            IdTaken: When the id names something recorded earlier.
            SettingsError: When the settings cannot be read.
        """
        job_id = request.job_id or new_id()
        return await self.jobs.start(job_id, request.kind, partial(self._begin, request, job_id))

    def close(self) -> None:
        """End what runs, closing its records. Blocks for a moment."""
        if self._own is not None:
            self._own.close()
        self._checking.shutdown(wait=False, cancel_futures=True)
        self._reading.shutdown(wait=False, cancel_futures=True)

    async def _begin(
        self, request: RunRequest | BatchRequest, job_id: str, listener: Listener
    ) -> RunHandle | BatchHandle:
        if request.job_id:
            recorded = await self.read(self.runs.has, request.kind, job_id)
            if recorded:
                raise IdTaken(f"There is a {request.kind} {job_id} already, and it has ended.")
        return await self.check(self._begin_checked, request, job_id, listener)

    def _begin_checked(
        self, request: RunRequest | BatchRequest, job_id: str, listener: Listener
    ) -> RunHandle | BatchHandle:
        canvas = request.canvas(self.limits, self.uploads.folder)
        common: dict[str, Any] = {
            "device_id": request.device_id or None,
            "exports": self.exports,
            "engine": self.engine,
            "listener": listener,
        }
        if isinstance(request, RunRequest):
            return run(canvas, prompt=request.prompt, seed=request.seed, run_id=job_id, **common)
        sweep: Canvas | Sweep = canvas
        if request.sweep is not None:
            sweep = Sweep.from_document(
                {**request.sweep, "canvas": request.document},
                folder=self.uploads.folder,
                folders=self.engine.settings.allowed_folders,
                max_runs=self.limits.max_runs,
            )
        return run_batch(
            sweep,
            prompts=request.prompts or None,
            count=None if request.prompts else request.count,
            base_seed=request.base_seed,
            node=request.node or "",
            concurrency=request.concurrency,
            batch_id=job_id,
            **common,
        )
