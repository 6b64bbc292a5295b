"""A backend that answers as it is told: for tests, for teaching without a server, for measuring.

::

    backend = ScriptedBackend("lab", seconds=0.05, capacity=8)
    engine = Engine(settings, backends={"lab": backend})
    await run(Input("…") >> Generation("lab/any") >> Collector(), engine=engine)
"""

from __future__ import annotations

import asyncio
import functools
import io
import time
from collections.abc import Callable
from typing import Any

from canvas_kit.backends.base import (
    Backend,
    Capability,
    MediaItem,
    MediaRequest,
    MediaResult,
    Reporter,
    TextRequest,
    TextResult,
)
from canvas_kit.values import Provenance

Text = str | dict[str, Any] | Exception
Picture = bytes | MediaResult | Exception


def _upper(request: TextRequest) -> Text:
    return request.prompt.upper() or "…"


def _plain_picture(request: MediaRequest) -> Picture:
    return plain_png(request.width or 64, request.height or 64, (request.seed or 0) & 0xFFFFFF)


class ScriptedBackend(Backend):
    """Answers each request with what a function says, after a while.

    Attributes:
        text_requests: What texts were asked for, in order of starting.
        media_requests: What media were asked for, in order of starting.
        most_at_once: How many requests were worked on at the same time, at the most.
        cancelled: How many requests were cancelled while worked on.
    """

    kind = "scripted"
    bytes_per_pixel = 0.01  # of one colour

    def __init__(
        self,
        name: str = "scripted",
        *,
        text: Callable[[TextRequest], Text] = _upper,
        picture: Callable[[MediaRequest], Picture] = _plain_picture,
        seconds: float | Callable[[Any], float] = 0.0,
        steps: int = 0,
        capacity: int = 8,
    ) -> None:
        """Say what is to be answered.

        Args:
            name: The backend's name.
            text: Gives the text for a request, a mapping for a structured answer, or an error to
                raise.
            picture: Gives the bytes for a request, a whole result, or an error to raise.
            seconds: How long an answer takes, or a function of the request that says it.
            steps: How many steps of progress are reported meanwhile.
            capacity: How many requests are worked on at a time.
        """
        super().__init__(name, capabilities=frozenset(Capability), capacity=capacity)
        self._text = text
        self._picture = picture
        self._seconds = seconds
        self._steps = steps
        self._at_once = 0
        self.text_requests: list[TextRequest] = []
        self.media_requests: list[MediaRequest] = []
        self.most_at_once = 0
        self.cancelled = 0

    async def write(self, request: TextRequest, reporter: Reporter) -> TextResult:
        """What the function ``text`` says."""
        async with self.slot(reporter):
            self.text_requests.append(request)
            seconds = await self._work(request, reporter)
            answer = self._text(request)
        if isinstance(answer, Exception):
            raise answer
        provenance = self._provenance(request, seconds)
        if isinstance(answer, dict):
            return TextResult(str(answer.get("commentary", answer)), provenance, answer)
        return TextResult(answer, provenance)

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        """What the function ``picture`` says."""
        async with self.slot(reporter):
            self.media_requests.append(request)
            seconds = await self._work(request, reporter)
            answer = self._picture(request)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, MediaResult):
            return answer
        item = MediaItem(answer, seed=request.seed)
        return MediaResult((item,), self._provenance(request, seconds))

    def _provenance(self, request: TextRequest | MediaRequest, seconds: float) -> Provenance:
        model = request.model or "scripted"
        return Provenance(self.name, model, seed=request.seed, seconds=seconds)

    async def _work(self, request: object, reporter: Reporter) -> float:
        began = time.monotonic()
        seconds = self._seconds(request) if callable(self._seconds) else self._seconds
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            for step in range(1, self._steps + 1):
                await asyncio.sleep(seconds / self._steps)
                reporter.progress(step=step, total=self._steps)
            if not self._steps:
                await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self._at_once -= 1
        return time.monotonic() - began


@functools.lru_cache(maxsize=64)
def plain_png(width: int, height: int, color: int = 0) -> bytes:
    """A whole PNG of one colour.

    Args:
        width: In pixels.
        height: In pixels.
        color: As 0xRRGGBB.
    """
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (width, height), f"#{color:06x}").save(buffer, "PNG")
    return buffer.getvalue()
