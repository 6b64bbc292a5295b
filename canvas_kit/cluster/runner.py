"""Makes the points of a batch on the workers of a Dask cluster.

The client keeps the books of the batch, alone; a worker makes a run and gives back how it ended, in
a few hundred bytes. What was made is in the shared exports folder, and this folder, not the
scheduler, decides what is made and by whom; see :mod:`canvas_kit.cluster.claims`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from canvas_kit.backends.registry import backend_kinds
from canvas_kit.batch.runner import PointTask
from canvas_kit.batch.summary import RunSummary
from canvas_kit.cluster.claims import LEASE_SECONDS
from canvas_kit.cluster.work import (
    CLAIMS,
    BatchJob,
    begun_run,
    cancelled,
    look,
    make_point,
    stop_points,
)
from canvas_kit.errors import BatchError, MissingPrerequisite
from canvas_kit.events import ToTell
from canvas_kit.events import from_json as event_from_json
from canvas_kit.executor.engine import Engine
from canvas_kit.logs import logger_for
from canvas_kit.network.policy import public_url
from canvas_kit.recorder.names import new_id
from canvas_kit.redaction import Redactor
from canvas_kit.version import __version__

log = logger_for(__name__)

_ASKED_FOR = 2
"""Points that are asked for, for each thread of a worker: the next one is then there when one
ends."""
_WITHOUT_WORKERS = 16
"""Points that are asked for while no worker has come yet."""
_CONNECTING_SECONDS = 20
_STOPPING_SECONDS = 1.0
"""How often the workers are told to stop while there is something that has not ended."""


class DaskRunner:
    """Makes points on the workers of a Dask cluster.

    Attributes:
        slots: How many points it wants to have at a time.
    """

    def __init__(self, cluster: Any, engine: Engine, *, concurrency: int | None = None) -> None:
        """Prepare; it connects to a client's scheduler, or an address, when the batch begins.

        Without ``concurrency``, it wants twice as many points at a time as the workers have
        threads.

        Raises:
            MissingPrerequisite: When Dask is not installed.
            BatchError: When the settings cannot be sent to other machines.
        """
        try:
            import distributed
        except ImportError:
            raise MissingPrerequisite(
                "A batch on several machines needs Dask: pip install 'canvas-kit[dask]', here and "
                "on the workers."
            ) from None
        self.slots = concurrency or _WITHOUT_WORKERS
        self._dask: Any = distributed
        self._address, self._security = _place(cluster)
        self._settings = _to_send(engine)
        self._concurrency = concurrency
        self._session = f"canvas-kit-{new_id()}"
        self._stops: list[str] = []
        self._stopping: asyncio.Task[None] | None = None
        self._futures: dict[str, Any] = {}

    async def open(self, folder: Path | None, emit: Callable[[ToTell], None]) -> None:
        """Connect, and look whether the workers can do it.

        Raises:
            BatchError: When the scheduler cannot be reached, or a worker cannot do it.
        """
        if folder is None:
            raise BatchError(
                "A batch on several machines is recorded: leave out record=False. What the workers "
                "make comes back by the exports folder."
            )
        self._job = BatchJob(self._session, folder, self._settings, LEASE_SECONDS)
        try:
            self._client = await self._dask.Client(
                self._address,
                asynchronous=True,
                security=self._security,
                set_as_default=False,
                timeout=_CONNECTING_SECONDS,
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise BatchError(
                f"No scheduler of Dask's could be reached at {self._address}: {error}. Start one "
                "('dask scheduler') and workers ('dask worker ADDRESS'), then go on."
            ) from None
        try:
            await self._check_workers(folder)
        except BaseException:
            await self._client.close()
            raise

        def tell(event: tuple[float, Mapping[str, Any]]) -> None:
            with suppress(ValueError):  # of a worker with another version
                emit(event_from_json(event[1]))

        self._client.subscribe_topic(self._session, tell)

    async def close(self) -> None:
        """Let go of the cluster."""
        if self._stopping is not None:
            self._stopping.cancel()
        with suppress(OSError, TimeoutError):
            await self._client.close()
        with suppress(OSError):  # a worker that died has left its own
            (self._job.folder / CLAIMS).rmdir()

    async def run(self, task: PointTask) -> RunSummary:
        """Have a point made by a worker, and say how its run ended.

        Raises:
            BatchError: When the connection to the scheduler is lost.
        """
        if self._stops:
            return cancelled(task, self._stops[-1])
        key = f"canvas-kit-{task.point.id}-{task.run_id}-{task.attempt}"
        # Those that were asked for first are made first, whatever Dask makes of their names.
        priority = -task.point.index
        future = self._futures[key] = self._client.submit(
            make_point, task, self._job, key=key, priority=priority
        )
        try:
            summary: RunSummary = await future
        except (asyncio.CancelledError, Exception) as error:
            if (this := asyncio.current_task()) is not None and this.cancelling():
                raise
            if not future.cancelled():  # whatever it is, it must not stop the other runs
                return await asyncio.to_thread(_given_up, task, error)
            if self._stops:
                return cancelled(task, self._stops[-1])
            raise BatchError(
                f"The connection to the scheduler at {self._address} was lost. What was made is "
                "kept, and what is under way ends by itself: go on with the batch (resume) when "
                "the scheduler is there again."
            ) from None
        finally:
            del self._futures[key]
            future.release()
        return summary

    def stop(self, reason: str) -> None:
        """End what is under way, on the workers."""
        self._stops.append(reason)
        if self._stopping is None:
            self._stopping = asyncio.ensure_future(self._stop(reason))

    async def _stop(self, reason: str) -> None:
        """Tell the workers until everything has ended; what no worker has any more is dropped."""
        while self._futures:
            told: Mapping[str, Any] = {}
            with suppress(OSError, TimeoutError):
                told = await self._client.run(stop_points, self._job, reason, on_error="return")
            if not told:
                await self._client.cancel(list(self._futures.values()))
            await asyncio.sleep(_STOPPING_SECONDS)

    async def _check_workers(self, folder: Path) -> None:
        threads = await self._client.nthreads()
        if self._concurrency is None and threads:
            self.slots = max(1, _ASKED_FOR * sum(threads.values()))
        found = await self._client.run(look, folder, on_error="return")
        for worker, answer in found.items():
            match answer:
                case (str(version), True) if version == __version__:
                    continue
                case (str(version), True):
                    wrong = f"has canvas-kit {version}, but {__version__} is here"
                case (str(), False):
                    wrong = (
                        f"does not see {folder}: it needs the exports folder under the same path, "
                        "on a shared file system"
                    )
                case _:
                    wrong = f"cannot use canvas-kit ({answer!r}): install it there"
            raise BatchError(f"The worker {worker} {wrong}.")


def _given_up(task: PointTask, error: BaseException) -> RunSummary:
    """How a point ended that the workers could not make: one that they died of, for example."""
    message = f"The workers could not make it: {error}"
    run = begun_run(task)
    if run is None:
        return task.failed(message)
    summary = RunSummary.of(run, task.point.index, task.point.seed, **task.more())
    return replace(summary, reasons=(message, *summary.reasons))


def _place(cluster: Any) -> tuple[str, Any]:
    """A scheduler's address, and the security to reach it with."""
    if isinstance(cluster, str):
        return cluster, None
    try:
        return str(cluster.scheduler.address), cluster.security
    except AttributeError:
        raise BatchError(
            f"client should be a Client of Dask's or a scheduler's address, but is {cluster!r}."
        ) from None


def _to_send(engine: Engine) -> str:
    """The settings as JSON, without anything secret.

    Raises:
        BatchError: When they hold what must not or cannot be sent.
    """
    settings = engine.settings
    if made := set(engine.backends.names()) - {*settings.backends, *backend_kinds()}:
        raise BatchError(
            f"The backend {min(made)!r} was made in this process and cannot be sent to others. "
            "Name it in the settings ([backends.NAME])."
        )
    document = settings.model_dump(mode="json", exclude={"backends"})
    document["backends"] = {}
    for name, section in settings.backends.items():
        fields = section.model_dump(mode="json", exclude_unset=True)
        for field, value in fields.items():
            shown = (
                public_url(value)
                if field == "address"
                else Redactor().for_record({field: value})[field]
            )
            if shown != value:
                raise BatchError(
                    f"[backends.{name}] holds something secret in {field!r}, which would pass "
                    "through the scheduler. Name the environment variable that holds the key with "
                    "key_env, and set it on the workers."
                )
        document["backends"][name] = fields
    return json.dumps(document)
