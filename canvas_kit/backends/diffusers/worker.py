"""The work of the diffusers backend, as it is done in its thread.

One pipeline is kept loaded; asking for another one puts it away first, because two seldom fit.
Pictures are drawn one by one, each from a generator with its own seed: so a picture depends on its
seed alone, and not on which others were asked for with it.
"""

from __future__ import annotations

import inspect
import io
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from canvas_kit.backends.diffusers.engine import (
    TorchEngine,
    device_lock,
    first_line,
    refused_by_pipeline,
)
from canvas_kit.backends.diffusers.preview import LatentColours, even_patches, fit_colours
from canvas_kit.errors import (
    BackendError,
    BackendRejected,
    BackendUnavailable,
    CanvasKitError,
    UnsupportedRequest,
)
from canvas_kit.logs import logger_for

if TYPE_CHECKING:
    from PIL.Image import Image

    from canvas_kit.backends.base import MediaRequest

logger = logger_for(__name__)

LOCK_SECONDS = 0.2
"""Between two looks whether a request that waits for the device was given up."""

KEPT_BY_US = frozenset(
    {"callback", "callback_on_step_end", "callback_on_step_end_tensor_inputs", "callback_steps",
     "generator", "image", "num_images_per_prompt", "output_type", "prompt", "return_dict"}
)  # fmt: skip
"""Parameters of a pipeline's call that a canvas may not set."""

Tell = Callable[[str, int | None, int | None, bytes | None], None]
"""Gets message, step, total and preview, in the worker's thread."""


class Stopped(Exception):
    """The picture is not wanted any more."""


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A finished picture.

    Attributes:
        data: PNG, lossless.
        seed: That made it; None when the pipeline takes no generator.
        flagged: Whether the pipeline's safety checker blacked it out.
        black: Whether every pixel is black.
    """

    data: bytes = field(repr=False)
    seed: int | None
    flagged: bool = False
    black: bool = False


@dataclass(slots=True)
class DrawingJob:
    """One request on its way through the worker.

    Attributes:
        request: What is wanted.
        source: The pipeline's folder or id.
        seed: Of the first picture; the next ones count on.
        tell: Is told how far the work is.
        stop: Set when it is not wanted any more.
        pictures: What is done so far.
        warnings: What the user should know.
        arguments: The pipeline's arguments, JSON-able.
        pipeline: The pipeline's class.
        fault: What ended the work early, after some pictures.
    """

    request: MediaRequest
    source: str
    seed: int
    tell: Tell
    stop: threading.Event = field(default_factory=threading.Event)
    pictures: list[DrawnPicture] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    arguments: dict[str, Any] = field(default_factory=dict)
    pipeline: str = ""
    fault: CanvasKitError | None = None


@dataclass(slots=True)
class _Loaded:
    source: str
    pipeline: Any
    colours: LatentColours | None
    from_picture: Any = None


class PipelineWorker:
    """Loads pipelines and draws with them; every method blocks."""

    def __init__(self, backend: str, make_engine: Callable[[], TorchEngine]) -> None:
        """Prepare; ``make_engine`` imports torch and diffusers, on first use."""
        self._backend = backend
        self._make_engine = make_engine
        self._engine: TorchEngine | None = None
        self._loaded: _Loaded | None = None

    @property
    def device(self) -> str:
        """The device in use; empty as long as nothing was drawn."""
        return self._engine.device if self._engine else ""

    def run(self, job: DrawingJob) -> None:
        """Draw the pictures of ``job`` into it, until all are done or it is stopped.

        Raises:
            CanvasKitError: When not even the first one could be drawn.
        """
        if job.stop.is_set():
            return
        if self._engine is None:
            job.tell("loading torch and diffusers", None, None, None)
            self._engine = self._make_engine()
        engine = self._engine
        lock = device_lock(engine.device)
        while not lock.acquire(timeout=LOCK_SECONDS):
            if job.stop.is_set():
                return
        try:
            self._draw_all(engine, job)
        except Stopped:
            return
        except CanvasKitError as error:
            if not job.pictures:
                raise
            job.fault = error
        finally:
            lock.release()

    def put_away(self) -> None:
        """Let go of the loaded pipeline and its memory."""
        self._loaded = None
        if self._engine is not None:
            self._engine.free()

    def _draw_all(self, engine: TorchEngine, job: DrawingJob) -> None:
        try:
            loaded = self._load(engine, job)
            pipeline = loaded.pipeline
            if job.request.start_image is not None and "image" not in accepted(pipeline):
                if loaded.from_picture is None:
                    loaded.from_picture = engine.for_start_image(pipeline)
                pipeline = loaded.from_picture
            job.pipeline = type(pipeline).__name__
            arguments, warnings = call_arguments(pipeline, job.request, backend=self._backend)
            job.warnings += warnings
            job.arguments = {key: value for key, value in arguments.items() if key != "image"}
            for index in range(job.request.count):
                job.pictures.append(
                    self._draw(engine, pipeline, job, index, arguments, loaded.colours)
                )
        except Exception as error:
            if isinstance(error, CanvasKitError | Stopped) or not engine.out_of_memory(error):
                raise
            self.put_away()
            raise BackendUnavailable(
                f"The memory of the device {engine.device!r} was not enough for {job.source}: ask "
                "for a smaller picture, set dtype = 'float16' or 'bfloat16', or set "
                f"offload = true in [backends.{self._backend}]. ({first_line(error)})",
                backend=self._backend,
            ) from error

    def _load(self, engine: TorchEngine, job: DrawingJob) -> _Loaded:
        if self._loaded is not None and self._loaded.source == job.source:
            return self._loaded
        self.put_away()
        job.tell(f"loading {job.source}", None, None, None)
        pipeline = engine.open(job.source)
        self._loaded = _Loaded(job.source, pipeline, _fitted_colours(engine, pipeline))
        if job.stop.is_set():
            raise Stopped
        return self._loaded

    def _draw(
        self,
        engine: TorchEngine,
        pipeline: Any,
        job: DrawingJob,
        index: int,
        arguments: Mapping[str, Any],
        colours: LatentColours | None,
    ) -> DrawnPicture:
        """One picture, by one call of the pipeline.

        Raises:
            Stopped: When it is not wanted any more.
            BackendError: When the pipeline broke off, or makes no pictures.
        """
        if job.stop.is_set():
            raise Stopped
        count = job.request.count

        def tell(step: int, latents: Any) -> None:
            if job.stop.is_set():
                raise Stopped
            steps = getattr(pipeline, "num_timesteps", None) or job.request.steps or 0
            steps = max(int(steps), step + 1)
            message = f"picture {index + 1} of {count}" if count > 1 else ""
            preview = _preview(engine, pipeline, colours, latents, job.request)
            job.tell(message, index * steps + step + 1, count * steps, preview)

        def after_step(
            pipeline: Any, step: int, timestep: Any, values: dict[str, Any]
        ) -> dict[str, Any]:
            tell(step, values.get("latents"))
            return values

        def after_old_step(step: int, timestep: Any, latents: Any) -> None:
            tell(step, latents)

        seed = None
        given = dict(arguments)
        parameters = accepted(pipeline)
        if "generator" in parameters:
            seed = job.seed + index
            given["generator"] = engine.generator(seed)
        if "callback_on_step_end" in parameters:
            given["callback_on_step_end"] = after_step
        elif "callback" in parameters:
            given |= {"callback": after_old_step, "callback_steps": 1}
        try:
            output = pipeline(**given)
        except Stopped:
            engine.stopped(pipeline)
            raise
        except Exception as error:
            if isinstance(error, BackendError) or engine.out_of_memory(error):
                raise
            raise refused_by_pipeline(error, pipeline, backend=self._backend) from error
        images = getattr(output, "images", None)
        if not images:
            raise UnsupportedRequest(
                f"{type(pipeline).__name__} makes no pictures; what it makes cannot be recorded "
                "yet. Choose a pipeline that draws.",
                backend=self._backend,
            )
        flags = getattr(output, "nsfw_content_detected", None) or [False]
        return DrawnPicture(
            _png(images[0]), seed, flagged=bool(flags[0]), black=_is_black(images[0])
        )


def _fitted_colours(engine: TorchEngine, pipeline: Any) -> LatentColours | None:
    """What the pipeline's latents look like; None where they cannot be shown."""
    vae = getattr(pipeline, "vae", None)
    channels = getattr(getattr(vae, "config", None), "latent_channels", None)
    if not isinstance(channels, int):
        return None
    patches = even_patches(channels)
    try:
        decoded = engine.decode(pipeline, patches)
        if decoded is not None and np.isfinite(decoded).all():
            return fit_colours(patches, decoded)
    except Exception as error:  # decoders of other media take latents of another shape
        logger.debug("%s gets no previews: %r", type(pipeline).__name__, error)
    return None


def _preview(
    engine: TorchEngine,
    pipeline: Any,
    colours: LatentColours | None,
    latents: Any,
    request: MediaRequest,
) -> bytes | None:
    if colours is None or latents is None:
        return None
    usual = getattr(pipeline, "default_sample_size", 0) or 0
    usual *= getattr(pipeline, "vae_scale_factor", 1) or 1
    size = (request.width or usual, request.height or usual)
    try:
        array = engine.latents(pipeline, latents, size)
        return None if array is None else colours.picture(array)
    except Exception as error:  # a preview is not worth a picture
        logger.debug("%s gets no preview: %r", type(pipeline).__name__, error)
        return None


def accepted(pipeline: Any) -> Mapping[str, inspect.Parameter]:
    """The parameters that a pipeline's call has by name."""
    parameters = inspect.signature(type(pipeline).__call__).parameters
    return {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }


def call_arguments(
    pipeline: Any, request: MediaRequest, *, backend: str
) -> tuple[dict[str, Any], list[str]]:
    """What to call a pipeline with, and a sentence for everything that it does not take.

    Raises:
        BackendRejected: When the request sets a parameter that is not its to set.
    """
    parameters = accepted(pipeline)
    name = type(pipeline).__name__
    if ours := KEPT_BY_US & set(request.options):
        raise BackendRejected(
            f"The options {', '.join(sorted(ours))} cannot be set for {backend}: canvas-kit sets "
            "them itself.",
            backend=backend,
        )
    arguments: dict[str, Any] = {}
    warnings: list[str] = []
    wanted = {
        "prompt": ("The prompt", request.prompt),
        "negative_prompt": ("The negative prompt", request.second_text or None),
        "num_inference_steps": ("The number of steps", request.steps),
        "guidance_scale": ("The guidance (cfg)", request.cfg),
        **{key: (f"The option {key!r}", value) for key, value in request.options.items()},
    }
    for key, (words, value) in wanted.items():
        if value is None:
            continue
        if key in parameters:
            arguments[key] = value
        else:
            warnings.append(f"{words} was not used: {name} takes none.")
    size = {"width": request.width, "height": request.height}
    size = {key: value for key, value in size.items() if value is not None}
    if set(size) <= set(parameters):
        arguments |= size
    elif request.start_image is None:
        warnings.append(f"The size was not used: {name} has its own.")
    if request.start_image is not None:
        # A pipeline without a size of its own draws in that of the picture it starts from.
        own_size = "width" not in parameters
        arguments["image"] = _opened(
            request.start_image, (request.width, request.height) if own_size else (None, None)
        )
    return arguments, warnings


def _opened(data: bytes, size: tuple[int | None, int | None]) -> Image:
    """A start picture as pipelines want it: RGB, upright, of ``size`` where that is given."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data)) as file:
        image = ImageOps.exif_transpose(file).convert("RGB")
    width, height = size
    if width and height and image.size != (width, height):
        image = ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
    return image


def _png(image: Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _is_black(image: Image) -> bool:
    return image.convert("RGB").getbbox() is None
