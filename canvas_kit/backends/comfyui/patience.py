"""Waiting for a server that was there and is away for a while, as during a restart."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from canvas_kit.backends.base import Reporter
from canvas_kit.errors import (
    BackendAnswerError,
    BackendBusy,
    BackendError,
    BackendTimeout,
    BackendUnavailable,
    BackendUnreachable,
)

if TYPE_CHECKING:
    from canvas_kit.backends.comfyui.backend import ComfyUIBackend

_FIRST_WAIT_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 3.0

_AWAY: tuple[type[BackendError], ...] = (BackendUnreachable,)
_STUMBLING = (
    BackendUnreachable,
    BackendTimeout,
    BackendUnavailable,
    BackendBusy,
    BackendAnswerError,
)
"""Faults that say nothing about a job that the server has accepted."""

T = TypeVar("T")


class Patience:
    """Asks again while the server is away.

    Attributes:
        tried: True once the server did not answer: it may have been restarted, and what it had in
            memory may be gone.
    """

    def __init__(self, backend: ComfyUIBackend, reporter: Reporter) -> None:
        self.tried = False
        self._backend = backend
        self._reporter = reporter

    async def ask(self, question: Callable[[], Awaitable[T]], *, whatever: bool = False) -> T:
        """The answer, as soon as the server gives one.

        Args:
            question: Asks once.
            whatever: Wait through every sort of stumble, not only until something answers at all.

        Raises:
            BackendError: When it is no question of waiting; at once when the server has never
                answered so far; else after ``restart_patience_seconds``.
        """
        since: float | None = None
        kinds = _STUMBLING if whatever else _AWAY
        for attempt in itertools.count():
            try:
                answer = await question()
            except kinds as error:
                if isinstance(error, BackendUnreachable):
                    self.tried = True
                if not self._backend.seen_alive:
                    raise
                now = time.monotonic()
                since = now if since is None else since
                kinds = _STUMBLING  # a server that is coming back may answer anything at first
                if now - since > self._backend.restart_patience_seconds:
                    self._backend.seen_alive = False  # the next one need not wait as long
                    raise
                self._reporter.progress("the server is away; waiting for it to come back")
                await asyncio.sleep(
                    min(_FIRST_WAIT_SECONDS * 1.5 ** min(attempt, 16), _LONGEST_WAIT_SECONDS)
                )
            else:
                self._backend.seen_alive = True
                return answer
        raise AssertionError("unreachable: the loop has no end of its own")
