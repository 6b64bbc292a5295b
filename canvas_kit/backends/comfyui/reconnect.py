"""Waiting for a server that was there and is away for a while, as during a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from canvas_kit.backends.base import Reporter
from canvas_kit.backends.comfyui.api import ComfyUIApi
from canvas_kit.errors import (
    BackendAnswerError,
    BackendBusy,
    BackendTimeout,
    BackendUnavailable,
    BackendUnreachable,
)
from canvas_kit.network.retry import Retry, RetryPolicy

_POLICY = RetryPolicy(first_seconds=0.2, factor=1.5, longest_seconds=3.0)
_STUMBLES = (
    BackendUnreachable, BackendTimeout, BackendUnavailable, BackendBusy, BackendAnswerError,
)  # fmt: skip
"""Faults that say nothing about a job that the server has accepted."""

T = TypeVar("T")


class Reconnect:
    """Asks again while the server is away.

    Attributes:
        was_away: True once the server did not answer: it may have been restarted, and what it had
            in memory may be gone.
    """

    def __init__(self, api: ComfyUIApi, reporter: Reporter, patience_seconds: float) -> None:
        self.was_away = False
        self._api = api
        self._reporter = reporter
        self._patience_seconds = patience_seconds

    async def ask(self, question: Callable[[], Awaitable[T]], *, safe: bool = False) -> T:
        """The answer, as soon as the server gives one.

        Args:
            question: Asks once.
            safe: Wait through every sort of stumble, not only until something answers at all.

        Raises:
            BackendError: When waiting would not help; at once when the server has never answered
                so far; else after the configured time.
        """
        stumbles = _STUMBLES if safe else (BackendUnreachable,)
        retry = Retry(replace(_POLICY, patience_seconds=self._patience_seconds))
        while True:
            try:
                answer = await question()
            except stumbles as error:
                self.was_away = self.was_away or isinstance(error, BackendUnreachable)
                if not self._api.seen_alive:
                    raise
                wait = retry.next_wait()
                if wait is None:
                    self._api.seen_alive = False  # the next one need not wait as long
                    raise
            else:
                self._api.seen_alive = True
                return answer
            stumbles = _STUMBLES  # a server that is coming back may answer anything at first
            self._reporter.progress("the server is away; waiting for it to come back")
            await asyncio.sleep(wait)
