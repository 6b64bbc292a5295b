"""A stand-in for torch and diffusers: a pipeline that has their manners and needs neither."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from canvas_kit.backends.diffusers.backend import DiffusersBackend
from canvas_kit.backends.diffusers.engine import Floats, TorchEngine
from canvas_kit.errors import UnsupportedRequest
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings
from tests.backends.contract import Rig

OnStep = Callable[[Any, int, int, dict[str, Any]], dict[str, Any]]


class OutOfMemory(RuntimeError):
    """As torch raises it."""


@dataclass
class Studio:
    """What the stand-ins do, and what was asked of them.

    Attributes:
        gate: Cleared, pipelines pause before their second step.
        calls: The arguments of every call, in order.
        working: Calls in progress.
        stopped: Calls that were broken off by their callback.
        opened: The sources opened, in order.
        flag: Whether the safety checker blacks pictures out, by call.
        fail: What the call raises, by call.
        black: Whether pictures come out black, as by an overflow.
        no_previews: Whether there is no decoder to learn colours from.
    """

    gate: threading.Event = field(default_factory=threading.Event)
    calls: list[dict[str, Any]] = field(default_factory=list)
    working: int = 0
    stopped: int = 0
    opened: list[str] = field(default_factory=list)
    flag: dict[int, bool] = field(default_factory=dict)
    fail: dict[int, Exception] = field(default_factory=dict)
    black: bool = False
    no_previews: bool = False
    freed: int = 0
    tidied: int = 0

    def __post_init__(self) -> None:
        self.gate.set()


class StandInPipeline:
    """Draws noise from a seed, step by step."""

    default_sample_size = 8
    vae_scale_factor = 8
    num_timesteps = None

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.vae = SimpleNamespace(config=SimpleNamespace(latent_channels=4))

    def __call__(
        self,
        prompt: str,
        negative_prompt: str = "",
        width: int = 64,
        height: int = 64,
        num_inference_steps: int = 3,
        guidance_scale: float = 7.5,
        generator: Any = None,
        eta: float = 0.0,
        callback_on_step_end: OnStep | None = None,
    ) -> Any:
        given = {key: value for key, value in locals().items() if key not in ("self", "given")}
        return self._draw(given)

    def _draw(self, given: dict[str, Any]) -> Any:
        studio = self.studio
        number = len(studio.calls)
        studio.calls.append(given)
        studio.working += 1
        try:
            if error := studio.fail.get(number):
                raise error
            steps = given.get("num_inference_steps", 3)
            for step in range(steps):
                latents = np.zeros((1, 4, 8, 8), np.float32)
                if on_step := given.get("callback_on_step_end"):
                    try:
                        on_step(self, step, 999 - step, {"latents": latents})
                    except BaseException:
                        studio.stopped += 1
                        raise
                while step == 0 and not studio.gate.wait(0.01):
                    if on_step := given.get("callback_on_step_end"):
                        try:
                            on_step(self, step, 999, {"latents": latents})
                        except BaseException:
                            studio.stopped += 1
                            raise
            flagged = studio.flag.get(number, False)
            image = noise(given, black=studio.black or flagged)
            return SimpleNamespace(images=[image], nsfw_content_detected=[flagged])
        finally:
            studio.working -= 1


class BarePipeline(StandInPipeline):
    """Takes a prompt and nothing else, as some pipelines do."""

    def __call__(self, prompt: str) -> Any:  # type: ignore[override]
        return self._draw({"prompt": prompt})


class FromPicture(StandInPipeline):
    """Starts from a picture, and has the size of that."""

    def __call__(  # type: ignore[override]
        self,
        prompt: str,
        image: Image.Image,
        strength: float = 0.8,
        generator: Any = None,
        callback_on_step_end: OnStep | None = None,
    ) -> Any:
        given = {key: value for key, value in locals().items() if key not in ("self", "given")}
        return self._draw(given)


class Movie(StandInPipeline):
    """Makes no pictures."""

    def _draw(self, given: dict[str, Any]) -> Any:
        return SimpleNamespace(frames=[[]])


PIPELINES = {
    "tiny": StandInPipeline,
    "other": StandInPipeline,
    "bare": BarePipeline,
    "from_picture": FromPicture,
    "movie": Movie,
}


class StandInEngine(TorchEngine):
    """An engine of stand-ins."""

    def __init__(self, studio: Studio, device: str = "stand-in") -> None:
        self.studio = studio
        self.device = device

    def open(self, source: str) -> Any:
        self.studio.opened.append(source)
        return PIPELINES[source](self.studio)

    def for_start_image(self, pipeline: Any) -> Any:
        if isinstance(pipeline, BarePipeline):
            raise UnsupportedRequest("it cannot start from a picture")
        return FromPicture(self.studio)

    def generator(self, seed: int) -> Any:
        return seed

    def latents(self, pipeline: Any, latents: Any, size: tuple[int, int]) -> Floats | None:
        array: Floats = latents[0]
        return array

    def decode(self, pipeline: Any, latents: Floats) -> Floats | None:
        if self.studio.no_previews:
            raise RuntimeError("expected 5D input")
        decoded: Floats = np.tanh(latents[:3]).repeat(8, axis=1).repeat(8, axis=2)
        return decoded

    def stopped(self, pipeline: Any) -> None:
        self.studio.tidied += 1

    def out_of_memory(self, error: BaseException) -> bool:
        return isinstance(error, OutOfMemory)

    def free(self) -> None:
        self.studio.freed += 1


def noise(given: dict[str, Any], *, black: bool = False) -> Image.Image:
    """The picture that a stand-in makes of a call's arguments."""
    if (image := given.get("image")) is not None:
        size = image.size
    else:
        size = (given.get("width", 64), given.get("height", 64))
    if black:
        return Image.new("RGB", size)
    words = [given["prompt"].encode(), given.get("generator") or 0]
    seed = [*words[0], words[1]]
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


class DiffusersRig(Rig):
    name = "diffusers"
    work = "media"
    model = "tiny"
    can_refuse = False
    takes_key = False
    most_at_once = 1  # on a device, however many places there are

    def __init__(self) -> None:
        self.studio = Studio()

    def backend(self, *, network: NetworkPolicy | None = None, **settings: Any) -> DiffusersBackend:
        given = {"models": {name: name for name in PIPELINES}, "timeout_seconds": 5, **settings}
        return DiffusersBackend(
            self.name,
            BackendSettings(**given),
            network or NetworkPolicy(),
            make_engine=lambda: StandInEngine(self.studio),
        )

    def hold(self) -> None:
        self.studio.gate.clear()

    def release(self) -> None:
        self.studio.gate.set()

    @property
    def working(self) -> int:
        return self.studio.working

    @property
    def stopped(self) -> int:
        return self.studio.stopped

    def files(self, prompt: str) -> Sequence[bytes]:
        from canvas_kit.backends.diffusers.worker import _png

        return [_png(noise(call)) for call in self.studio.calls if call["prompt"] == prompt]

    def prompts(self) -> Sequence[str]:
        return [call["prompt"] for call in self.studio.calls]
