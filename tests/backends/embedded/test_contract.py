"""The embedded backend keeps the contract of all backends, with its own painter at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import pytest

from canvas_kit.backends.base import MediaRequest
from canvas_kit.backends.embedded import EmbeddedBackend
from canvas_kit.backends.embedded import backend as module
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings
from tests.backends.contract import BackendContract, Rig

pytestmark = pytest.mark.anyio

OnStep = Callable[[int, int, Callable[[], bytes]], None]


class EmbeddedRig(Rig):
    """The real painter, on small pictures; it can be made to pause before it begins."""

    name = "embedded"
    work = "media"
    model = "sketch"
    can_refuse = False
    takes_key = False

    def __init__(self) -> None:
        self._going = threading.Event()
        self._going.set()
        self._counting = threading.Lock()
        self._working = 0
        self._stopped = 0
        self._asked: list[str] = []
        self._made: dict[str, list[bytes]] = {}
        self._paint = module._paint

    def backend(self, *, network: NetworkPolicy | None = None, **settings: Any) -> EmbeddedBackend:
        return EmbeddedBackend(self.name, BackendSettings(**settings), network or NetworkPolicy())

    def media_request(self, prompt: str = "", **fields: Any) -> MediaRequest:
        size = {"width": 64, "height": 64, "steps": 3}
        return super().media_request(prompt, **{**size, **fields})

    def hold(self) -> None:
        self._going.clear()

    def release(self) -> None:
        self._going.set()

    @property
    def working(self) -> int:
        return self._working

    @property
    def stopped(self) -> int:
        return self._stopped

    def files(self, prompt: str) -> Sequence[bytes]:
        return self._made[prompt]

    def prompts(self) -> Sequence[str]:
        return self._asked

    async def __aenter__(self) -> Self:
        module._paint = self._paint_watched
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
        module._paint = self._paint

    def _paint_watched(
        self, request: MediaRequest, seed: int, on_step: OnStep
    ) -> tuple[bytes, dict[str, object], str]:
        with self._counting:
            self._working += 1
            self._asked.append(request.prompt)
        try:
            while not self._going.is_set():
                on_step(0, 3, lambda: b"")  # raises when nobody wants the picture any more
                time.sleep(0.005)
            made = self._paint(request, seed, on_step)
        except BaseException:
            with self._counting:
                self._stopped += 1
            raise
        finally:
            with self._counting:
                self._working -= 1
        self._made.setdefault(request.prompt, []).append(made[0])
        return made


class TestEmbeddedKeepsTheContract(BackendContract):
    rig_type = EmbeddedRig
