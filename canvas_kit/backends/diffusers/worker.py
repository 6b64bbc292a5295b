"""The work of the diffusers backend, as it is done in its thread.

One pipeline is kept loaded; asking for another one puts it away first, because two seldom fit.
Pictures are drawn one by one, each from a generator with its own seed: so a picture depends on its
seed alone, and not on which others were asked for with it.
"""

from __future__ import annotations

import inspect
import io
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from canvas_kit.backends.diffusers.engine import (
    PipelineEngine,
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

if TYPE_CHECKING:
    from PIL.Image import Image

    from canvas_kit.backends.base import MediaRequest

logger = logging.getLogger(__name__)

LOCK_SECONDS = 0.2
"""Between two looks whether a request that waits for the device was given up."""

KEPT_BY_US = frozenset(
    {
        "callback",
        "callback_on_step_end",
        "callback_on_step_end_tensor_inputs",
        "callback_steps",
        "generator",
        "image",
        "num_images_per_prompt",
        "output_type",
        "prompt",
        "return_dict",
    }
)
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
    from_picture: Any = None
    colours: LatentColours | None = None
    colours_tried: bool = False


class PipelineWorker:
    """Loads pipelines and draws with them; every method blocks."""

    def __init__(self, backend: str, make_engine: Callable[[], PipelineEngine]) -> None:
        """Prepare; nothing is imported or loaded.

        Args:
            backend: The backend's name, for messages.
            make_engine: Imports torch and diffusers, on first use.
        """
        self._backend = backend
        self._make_engine = make_engine
        self._engine: PipelineEngine | None = None
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

    def _draw_all(self, engine: PipelineEngine, job: DrawingJob) -> None:
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
            self._fit_colours(engine, loaded)
            for index in range(job.request.count):
                drawing = _Drawing(engine, pipeline, job, index, loaded.colours)
                job.pictures.append(drawing.draw(arguments, self._backend))
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

    def _load(self, engine: PipelineEngine, job: DrawingJob) -> _Loaded:
        if self._loaded is not None and self._loaded.source == job.source:
            return self._loaded
        self.put_away()
        job.tell(f"loading {job.source}", None, None, None)
        self._loaded = _Loaded(job.source, engine.open(job.source))
        if job.stop.is_set():
            raise Stopped
        return self._loaded

    def _fit_colours(self, engine: PipelineEngine, loaded: _Loaded) -> None:
        """Learn what the pipeline's latents look like, once; some have none that can be shown."""
        if loaded.colours_tried:
            return
        loaded.colours_tried = True
        vae = getattr(loaded.pipeline, "vae", None)
        channels = getattr(getattr(vae, "config", None), "latent_channels", None)
        if isinstance(channels, int):
            patches = even_patches(channels)
            try:
                decoded = engine.decode(loaded.pipeline, patches)
            except Exception as error:
                if engine.out_of_memory(error):
                    raise
                # Decoders of other media take latents of another shape.
                logger.debug("%s gets no previews: %r", type(loaded.pipeline).__name__, error)
                return
            if decoded is not None and np.isfinite(decoded).all():
                loaded.colours = fit_colours(patches, decoded)


class _Drawing:
    """One call of a pipeline."""

    def __init__(
        self,
        engine: PipelineEngine,
        pipeline: Any,
        job: DrawingJob,
        index: int,
        colours: LatentColours | None,
    ) -> None:
        self._engine = engine
        self._pipeline = pipeline
        self._job = job
        self._index = index
        self._colours = colours
        self._parameters = accepted(pipeline)
        self._size = _size_in_pixels(pipeline, job.request)

    def draw(self, arguments: Mapping[str, Any], backend: str) -> DrawnPicture:
        """The picture with this drawing's seed.

        Raises:
            Stopped: When it is not wanted any more.
            BackendError: When the pipeline broke off, or makes no pictures.
        """
        if self._job.stop.is_set():
            raise Stopped
        seed = None
        given = dict(arguments)
        if "generator" in self._parameters:
            seed = self._job.seed + self._index
            given["generator"] = self._engine.generator(seed)
        if "callback_on_step_end" in self._parameters:
            given["callback_on_step_end"] = self._after_step
        elif "callback" in self._parameters:
            given |= {"callback": self._after_old_step, "callback_steps": 1}
        try:
            output = self._pipeline(**given)
        except Stopped:
            self._engine.stopped(self._pipeline)
            raise
        except Exception as error:
            if isinstance(error, BackendError) or self._engine.out_of_memory(error):
                raise
            raise refused_by_pipeline(error, self._pipeline, backend=backend) from error
        images = getattr(output, "images", None)
        if not images:
            raise UnsupportedRequest(
                f"{type(self._pipeline).__name__} makes no pictures; what it makes cannot be "
                "recorded yet. Choose a pipeline that draws.",
                backend=backend,
            )
        flags = getattr(output, "nsfw_content_detected", None) or [False]
        return DrawnPicture(
            _png(images[0]),
            seed,
            flagged=bool(flags[0]),
            black=all(high == 0 for _, high in _extrema(images[0])),
        )

    def _after_step(
        self, pipeline: Any, step: int, timestep: Any, values: dict[str, Any]
    ) -> dict[str, Any]:
        self._tell(step, values.get("latents"))
        return values

    def _after_old_step(self, step: int, timestep: Any, latents: Any) -> None:
        self._tell(step, latents)

    def _tell(self, step: int, latents: Any) -> None:
        if self._job.stop.is_set():
            raise Stopped
        steps = getattr(self._pipeline, "num_timesteps", None) or self._job.request.steps or 0
        steps = max(int(steps), step + 1)
        count = self._job.request.count
        message = f"picture {self._index + 1} of {count}" if count > 1 else ""
        done = self._index * steps + step + 1
        self._job.tell(message, done, count * steps, self._preview(latents))

    def _preview(self, latents: Any) -> bytes | None:
        if self._colours is None or latents is None:
            return None
        try:
            array = self._engine.latents(self._pipeline, latents, self._size)
            return None if array is None else self._colours.picture(array)
        except Exception as error:  # a preview is not worth a picture
            logger.debug("%s gets no previews: %r", type(self._pipeline).__name__, error)
            self._colours = None
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


def _size_in_pixels(pipeline: Any, request: MediaRequest) -> tuple[int, int]:
    """Width and height of the picture to come, as far as they are known."""
    usual = getattr(pipeline, "default_sample_size", 0) or 0
    usual *= getattr(pipeline, "vae_scale_factor", 1) or 1
    return request.width or usual, request.height or usual


def _png(image: Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _extrema(image: Image) -> list[tuple[float, float]]:
    """Lowest and highest value of each channel, without alpha."""
    found = image.convert("RGB").getextrema()
    return [pair for pair in found if isinstance(pair, tuple)]
