"""A diffusers pipeline as a backend."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from pydantic import Field

from canvas_kit.backends.base import (
    Backend,
    BackendStatus,
    Capability,
    MediaItem,
    MediaRequest,
    MediaResult,
    ModelInfo,
    Reporter,
)
from canvas_kit.backends.diffusers.engine import (
    TorchEngine,
    installed_version,
    missing_message,
    missing_packages,
)
from canvas_kit.backends.diffusers.worker import DrawingJob, PipelineWorker
from canvas_kit.backends.own_settings import OwnSettings, own_settings
from canvas_kit.errors import (
    BackendTimeout,
    ContentRefused,
    ModelNotFound,
    SettingsError,
    name_hint,
)
from canvas_kit.redaction import abbreviated
from canvas_kit.values import MAX_SEED, Provenance

if TYPE_CHECKING:
    from canvas_kit.network import NetworkPolicy
    from canvas_kit.settings import BackendSettings

STOP_SECONDS = 5.0
"""The longest that a cancelled request waits for the step at hand to end."""


class DiffusersSettings(OwnSettings):
    """The settings that only this sort of backend knows.

    Attributes:
        models: Name to folder, or to an id on the hub.
        device: ``"cuda"``, ``"cuda:1"``, ``"mps"`` or ``"cpu"``; empty for the best there is.
        dtype: ``"float32"``, ``"float16"`` or ``"bfloat16"``; empty for what suits the device.
        offload: Keep parts in the device's memory only while they work: slower, but fits.
    """

    models: dict[str, str] = Field({})
    device: str = ""
    dtype: str = ""
    offload: bool = False


class DiffusersBackend(Backend):
    """Pictures from diffusers pipelines in this process, one at a time per device.

    Under *local only* nothing is fetched from the hub; what was fetched before can be used.
    """

    kind = "diffusers"

    def __init__(
        self,
        name: str,
        options: BackendSettings,
        network: NetworkPolicy,
        *,
        make_engine: Callable[[], TorchEngine] | None = None,
    ) -> None:
        """Check the settings. Imports and loads nothing.

        Args:
            name: The backend's name in the settings.
            options: Its settings.
            network: Says whether the hub may be asked.
            make_engine: Instead of torch and diffusers.

        Raises:
            SettingsError: When a setting cannot be used.
        """
        can = {Capability.IMAGE, Capability.IMAGE_TO_IMAGE, Capability.SEED, Capability.PREVIEW}
        super().__init__(name, capabilities=frozenset(can), capacity=options.capacity or 1)
        self._options = options
        self._own = own_settings(DiffusersSettings, name, options)
        self._make_engine = make_engine
        self._worker = PipelineWorker(name, make_engine or self._torch_engine(network))
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=f"canvas-kit-{name}")

    def _torch_engine(self, network: NetworkPolicy) -> Callable[[], TorchEngine]:
        own = self._own
        return lambda: TorchEngine(
            device=own.device, dtype=own.dtype, offload=own.offload, only_local=network.local_only
        )

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        """See :meth:`canvas_kit.backends.base.Backend.generate`.

        Raises:
            MissingPrerequisite: When torch or diffusers is not installed.
        """
        started = time.monotonic()
        name = request.model or self._options.default_model
        source = self._source(name)
        seed = random.randint(0, MAX_SEED) if request.seed is None else request.seed
        loop = asyncio.get_running_loop()

        def tell(message: str, step: int | None, total: int | None, preview: bytes | None) -> None:
            def report() -> None:
                reporter.progress(message, step=step, total=total, preview=preview)

            with suppress(RuntimeError):  # the loop is closed: nothing listens any more
                loop.call_soon_threadsafe(report)

        async with self.slot(reporter):
            await reporter.submitting(request.job_id, model=name, seed=seed)
            job = DrawingJob(request, source, seed, tell)
            await self._draw(job)
            return self._result(job, name, time.monotonic() - started)

    async def _draw(self, job: DrawingJob) -> None:
        """Have the worker draw ``job``, as far as it comes before the deadline."""
        drawing = asyncio.get_running_loop().run_in_executor(self._executor, self._worker.run, job)
        # A step cannot be broken off: the thread may outlive the request, and fail unheard.
        drawing.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            async with asyncio.timeout(self._options.timeout_seconds) as deadline:
                await asyncio.shield(drawing)
        except TimeoutError:
            if not deadline.expired():
                raise
            await self._stop(job, drawing)
        except asyncio.CancelledError:
            await self._stop(job, drawing)
            raise

    async def _stop(self, job: DrawingJob, drawing: asyncio.Future[None]) -> None:
        """Have the worker stop at its next step, and wait for that for a while."""
        job.stop.set()
        with anyio.move_on_after(STOP_SECONDS, shield=True):
            await asyncio.wait([drawing])

    def _result(self, job: DrawingJob, name: str, seconds: float) -> MediaResult:
        wanted = job.request.count
        kept = [picture for picture in job.pictures if not picture.flagged]
        flagged = len(job.pictures) - len(kept)
        if not kept:
            if flagged:
                raise ContentRefused(
                    f"The safety checker of {name} blacked out what it drew. Another seed or other "
                    "words may pass.",
                    backend=self.name,
                    details={"seed": job.seed, "flagged": flagged},
                )
            raise BackendTimeout(
                f"{self.name} had no picture after {self._options.timeout_seconds:g} s, loading "
                f"and fetching included. Raise timeout_seconds in [backends.{self.name}].",
                backend=self.name,
            )
        warnings = list(job.warnings)
        if flagged:
            warnings.append(
                f"The safety checker of {name} blacked out {flagged} of {wanted} pictures; they "
                "were left out."
            )
        if missing := wanted - len(job.pictures):
            why = str(job.fault) if job.fault else "the deadline came first."
            warnings.append(f"{wanted - missing} of {wanted} pictures were made: {why}")
        if black := sum(picture.black for picture in kept):
            warnings.append(
                f"{black} of {len(kept)} pictures are entirely black. With float16 that is usually "
                "an overflow: set dtype = 'float32' or 'bfloat16'."
            )
        items = tuple(
            MediaItem(picture.data, "image/png", len(picture.data), seed=picture.seed)
            for picture in kept
        )
        sent = {"source": job.source, "pictures": wanted, **job.arguments}
        if job.request.start_image is not None:
            sent["image"] = job.request.start_image
        provenance = Provenance(
            backend=self.name,
            model=name,
            backend_version=installed_version(),
            seed=items[0].seed,
            job_id=job.request.job_id,
            request=abbreviated(sent),
            reply={"pipeline": job.pipeline, "device": self._worker.device},
            seconds=round(seconds, 3),
        )
        return MediaResult(items, provenance, tuple(warnings))

    # -- models -------------------------------------------------------------------------------

    def _source(self, name: str) -> str:
        """The folder or id behind a model's name.

        Raises:
            ModelNotFound: When the settings name no such model, or its folder is no pipeline.
            SettingsError: When no model is named at all.
        """
        if not name:
            raise SettingsError(
                f"No model was named for {self.name!r}. Write '{self.name}/MODEL' in the canvas, "
                f"or set default_model in [backends.{self.name}]."
            )
        source = self._own.models.get(name)
        if source is None:
            raise ModelNotFound(
                f"{self.name} has no model {name!r}. {name_hint(name, self._own.models)} A line "
                f"{name} = 'FOLDER or HUB ID' under [backends.{self.name}.models] adds it.",
                backend=self.name,
            )
        if self._make_engine is not None or not _is_path(source):
            return source
        folder = Path(source).expanduser()
        if not (folder / "model_index.json").is_file():
            raise ModelNotFound(
                f"The model {name!r} of {self.name} should be a pipeline in {source}, but there is "
                f"{'no model_index.json' if folder.exists() else 'nothing'}. A single .safetensors "
                "file has to be converted first (diffusers: from_single_file, save_pretrained).",
                backend=self.name,
            )
        return str(folder)

    async def status(self) -> BackendStatus:
        """See :meth:`Backend.status`. Imports neither torch nor diffusers."""
        missing = missing_packages() if self._make_engine is None else []
        problem = missing_message(missing) if missing else ""
        if not problem and not self._own.models:
            problem = (
                f"{self.name} has no pipeline: name one under [backends.{self.name}.models], as in "
                "NAME = 'FOLDER or HUB ID'."
            )
        can = frozenset({Capability.IMAGE})
        models = tuple(
            ModelInfo(name, can, source) for name, source in sorted(self._own.models.items())
        )
        return BackendStatus(
            self.name,
            self.kind,
            reachable=not missing,
            version=installed_version(),
            capacity=self.capacity,
            models=models,
            problem=problem,
        )

    async def problems(self, model: str) -> Sequence[str]:
        """See :meth:`Backend.problems`."""
        status = await self.status()
        if status.problem:
            return [status.problem]
        try:
            self._source(model or self._options.default_model)
        except (ModelNotFound, SettingsError) as error:
            return [str(error)]
        return []

    async def aclose(self) -> None:
        """Let go of the pipeline; a step that still runs ends in its own time."""
        if self._worker.device:
            self._executor.submit(self._worker.put_away)
        self._executor.shutdown(wait=False)


def _is_path(source: str) -> bool:
    """Whether a model's source is meant as a folder here, and not as an id on the hub."""
    return source.startswith((".", "~", "/")) or "\\" in source or Path(source).exists()
