"""The embedded backend: pictures, texts and judgements from algorithms, on any machine.

It needs nothing, sends nothing anywhere, and gives the same result for the same request. It makes
no pretence of a language or diffusion model: what it did is said with every result.
"""

from __future__ import annotations

import asyncio
import functools
import io
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from canvas_kit.backends.base import (
    Backend,
    BackendStatus,
    Capability,
    MediaItem,
    MediaRequest,
    MediaResult,
    ModelInfo,
    Reporter,
    TextRequest,
    TextResult,
    TextTask,
)
from canvas_kit.backends.embedded.critic import judge
from canvas_kit.backends.embedded.writer import write
from canvas_kit.errors import BackendRejected, ModelNotFound, UnsupportedRequest, name_hint
from canvas_kit.values import Provenance

if TYPE_CHECKING:
    from canvas_kit.network import NetworkPolicy
    from canvas_kit.settings import BackendSettings

VERSION = "2"
"""Raised when the same request gives another result than before."""

DEFAULT_SIZE = 512
DEFAULT_STEPS = 25
DEFAULT_CFG = 5.5
MAX_PREVIEWS = 10

_MODELS = (
    ModelInfo(
        "sketch",
        frozenset(
            {Capability.IMAGE, Capability.IMAGE_TO_IMAGE, Capability.SEED, Capability.PREVIEW}
        ),
        "paints from the words of the prompt",
    ),
    ModelInfo(
        "writer",
        frozenset({Capability.TEXT, Capability.SEED}),
        "rearranges by writing constraints, chosen by preset",
    ),
    ModelInfo(
        "critic",
        frozenset({Capability.TEXT, Capability.VISION, Capability.STRUCTURED, Capability.SEED}),
        "measures texts and pictures, and says what it measured",
    ),
)
_JUDGING = frozenset({TextTask.EVALUATION, TextTask.IMAGE_EVALUATION, TextTask.COMPARISON})
_NO_TRANSLATION = (
    "The embedded models cannot translate. Name a language model on the node "
    "(model='ollama/<model>' or 'openai/<model>'), or set text_model in canvas_kit.toml."
)


class _Stopped(Exception):
    """Raised inside the painting thread when the picture is not wanted any more."""


class EmbeddedBackend(Backend):
    """Paints, writes and judges in this process, in as many threads as there are processors."""

    kind = "embedded"

    def __init__(self, name: str, options: BackendSettings, network: NetworkPolicy) -> None:
        """Prepare; numpy is loaded with the first picture."""
        capabilities = frozenset[Capability]().union(*(model.capabilities for model in _MODELS))
        super().__init__(name, capabilities=capabilities, capacity=options.capacity or processors())
        self._threads = ThreadPoolExecutor(self.capacity, thread_name_prefix="canvas-kit-embedded")

    def known_models(self) -> tuple[str, ...]:
        """The three that there are."""
        return tuple(model.name for model in _MODELS)

    async def status(self) -> BackendStatus:
        """Always there."""
        return BackendStatus(
            self.name,
            self.kind,
            reachable=True,
            version=VERSION,
            local=True,
            capacity=self.capacity,
            models=_MODELS,
        )

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        """A picture of ``count`` times the asked size, PNG; seeds count up from the asked one.

        Raises:
            UnsupportedRequest: When the model is not *sketch*.
            MediaError: When the start image cannot be decoded.
        """
        if (model := request.model or "sketch") not in self.known_models():
            raise self._no_model(model)
        if model != "sketch":
            raise UnsupportedRequest(
                f"{self.name}/{model} makes no pictures; {self.name}/sketch does.",
                backend=self.name,
            )
        seed = request.seed or 0
        items = []
        async with self.slot(reporter):
            began = time.monotonic()
            for number in range(request.count):
                data, reading, method = await self._paint(request, seed + number, reporter)
                items.append(
                    MediaItem(data, "image/png", len(data), seed + number, {"index": number})
                )
        return MediaResult(
            tuple(items),
            Provenance(
                backend=self.name,
                model="sketch",
                backend_version=VERSION,
                seed=seed,
                job_id=request.job_id,
                request=_asked(request),
                reply={"reading": reading},
                seconds=time.monotonic() - began,
                method=method,
            ),
        )

    def unsupported(self, task: TextTask, model: str) -> str | None:
        """That nothing here translates, and that one model writes and another one judges."""
        if task is TextTask.TRANSLATION:
            return _NO_TRANSLATION
        wanted = "critic" if task in _JUDGING else "writer"
        if model in ("", wanted) or model not in self.known_models():
            return None
        return (
            f"{self.name}/{model} cannot be used for {task.value.replace('_', ' ')}; "
            f"{self.name}/{wanted} can."
        )

    async def model_identity(self, model: str) -> Mapping[str, Any] | None:
        """As of every backend, with the version of what draws and writes here."""
        found = await super().model_identity(model)
        return found and {**found, "drawn_by": VERSION}

    async def write(self, request: TextRequest, reporter: Reporter) -> TextResult:
        """A text made by rule, or a judgement made by measuring.

        Raises:
            ModelNotFound: When there is no such model.
            UnsupportedRequest: When the model cannot do the task; the message says what can.
            BackendRejected: When the preset's options or the picture cannot be used.
        """
        judging = request.task in _JUDGING
        model = request.model or ("critic" if judging else "writer")
        if model not in self.known_models():
            raise self._no_model(model)
        if reason := self.unsupported(request.task, model):
            raise UnsupportedRequest(reason, backend=self.name)
        async with self.slot(reporter):
            began = time.monotonic()
            loop, make = asyncio.get_running_loop(), judge if judging else write
            try:
                made = await loop.run_in_executor(self._threads, make, request)
            except ValueError as error:  # a preset's options or a picture that cannot be used
                raise BackendRejected(
                    f"The embedded {model} cannot do this: {error}", backend=self.name
                ) from error
        provenance = Provenance(
            backend=self.name,
            model=model,
            backend_version=VERSION,
            seed=None if judging else request.seed,
            request={"task": request.task.value},
            reply={"notes": dict(made.notes)},
            seconds=time.monotonic() - began,
            method=made.method,
        )
        return TextResult(made.text, provenance, made.data, made.warnings)

    async def aclose(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def problems(self, model: str) -> list[str]:
        """That there is no such model, if there is none."""
        unknown = model and model not in self.known_models()
        return [str(self._no_model(model))] if unknown else []

    def _no_model(self, model: str) -> ModelNotFound:
        hint = name_hint(model, self.known_models())
        return ModelNotFound(f"{self.name} has no model {model!r}. {hint}", backend=self.name)

    async def _paint(
        self, request: MediaRequest, seed: int, reporter: Reporter
    ) -> tuple[bytes, dict[str, object], str]:
        loop = asyncio.get_running_loop()
        stopped = False
        shown = 0

        def on_step(step: int, total: int, make_preview: Callable[[], bytes]) -> None:
            """Called in the painting thread after each step."""
            nonlocal shown
            if stopped:
                raise _Stopped
            due = step * MAX_PREVIEWS // max(total, 1)
            preview = make_preview() if due > shown else None
            shown = max(shown, due)
            tell = functools.partial(reporter.progress, step=step, total=total, preview=preview)
            loop.call_soon_threadsafe(tell)

        painting = loop.run_in_executor(self._threads, _paint, request, seed, on_step)
        try:
            return await asyncio.shield(painting)
        except asyncio.CancelledError:
            stopped = True
            await asyncio.wait([painting])
            painting.exception()  # seen, so that nothing is logged about it
            raise


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows
        return os.cpu_count() or 1


def _paint(
    request: MediaRequest, seed: int, on_step: Callable[[int, int, Callable[[], bytes]], None]
) -> tuple[bytes, dict[str, object], str]:
    from canvas_kit.backends.embedded.sketch.painting import paint

    start = None
    if request.start_image is not None:
        import numpy as np
        from PIL import Image

        with Image.open(io.BytesIO(request.start_image)) as image:
            start = np.asarray(image.convert("RGB"))
    painting = paint(
        request.prompt,
        seed=seed,
        width=request.width or DEFAULT_SIZE,
        height=request.height or DEFAULT_SIZE,
        steps=request.steps or DEFAULT_STEPS,
        cfg=DEFAULT_CFG if request.cfg is None else request.cfg,
        second_text=request.second_text,
        start_image=start,
        on_step=on_step,
    )
    return painting.png(), painting.reading, painting.method


def _asked(request: MediaRequest) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "prompt": request.prompt,
        "second_text": request.second_text,
        "width": request.width or DEFAULT_SIZE,
        "height": request.height or DEFAULT_SIZE,
        "steps": request.steps or DEFAULT_STEPS,
        "cfg": DEFAULT_CFG if request.cfg is None else request.cfg,
        "seed": request.seed or 0,
        "count": request.count,
    }
    if request.start_image is not None:
        asked["start_image_bytes"] = len(request.start_image)
    return {key: value for key, value in asked.items() if value != ""}
