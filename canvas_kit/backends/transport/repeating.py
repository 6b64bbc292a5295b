"""When a request is sent again, and what is said about it."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Protocol

import httpx

from canvas_kit.backends.transport.answers import Answer
from canvas_kit.errors import BackendBusy, BackendError
from canvas_kit.network.downloads import NotWhole, Stalled
from canvas_kit.network.waiting import forbids_retry, requested_wait

_TRIES = 3
_TRIES_WHILE_BUSY = 10
_LONGEST_BACKOFF_SECONDS = 8.0
_LONGEST_WAIT_SECONDS = 120.0
_STUMBLES = frozenset({408, 425, 500, 502, 503, 504, 520, 522, 524})
_GATEWAY_GAVE_UP = frozenset({408, 502, 504, 520, 522, 524})
"""Somebody between us and the server lost patience: the server may be working all the same."""
_PAID_TWICE = " The failed try may have been charged as well."


@dataclass(frozen=True, slots=True)
class Persistence:
    """How a request bears to be repeated.

    Attributes:
        repeat_safe: Whether it may be sent again after a fault in mid-way.
        repeat_on: Statuses after which to send it again although it is not ``repeat_safe``.
        allow_status: Statuses besides 2xx that are answers, not errors.
        tell: Called with a few words before each wait.
    """

    repeat_safe: bool = False
    repeat_on: Collection[int] = ()
    allow_status: Collection[int] = ()
    tell: Callable[[str], None] | None = None

    def wants_again(self, answer: Answer, failure: BackendError, attempt: int) -> bool:
        """Whether to repeat after an answer that means ``failure``."""
        if forbids_retry(answer.headers):
            return False
        if isinstance(failure, BackendBusy):
            return attempt < _TRIES_WHILE_BUSY
        safe = answer.status in self.repeat_on or (self.repeat_safe and answer.status in _STUMBLES)
        return safe and attempt < _TRIES


class _Asker(Protocol):
    """What of a backend is needed here."""

    name: str
    backoff_seconds: float

    def translate(self, answer: Answer) -> BackendError: ...


async def ask_until_answered(
    asker: _Asker,
    what: str,
    ask: Callable[[], Awaitable[Answer]],
    deadline: asyncio.Timeout,
    persistence: Persistence,
) -> Answer:
    """The answer, whose notes tell what was repeated before it came.

    Raises:
        BackendError: What the last answer means.
        httpx.TransportError, Stalled, NotWhole: When it was the transport that failed.
    """
    notes: list[str] = []
    for attempt in itertools.count(1):
        wait = min(asker.backoff_seconds * 2 ** (attempt - 1), _LONGEST_BACKOFF_SECONDS)
        wait *= random.uniform(0.75, 1)  # many runs must not come back in the same moment
        paid_twice = ""
        try:
            answer = await ask()
        except (httpx.TransportError, Stalled, NotWhole) as error:
            # Where nothing ever answered, waiting a second will not start a server; where it broke
            # off a moment ago, it may be coming back.
            absent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and attempt == 1
            if absent or not persistence.repeat_safe or attempt >= _TRIES:
                raise
            why = str(error) or type(error).__name__
        else:
            if 200 <= answer.status < 300 or answer.status in persistence.allow_status:
                return replace(answer, notes=tuple(notes)) if notes else answer
            failure = asker.translate(answer)
            if not persistence.repeat_safe and answer.status in _GATEWAY_GAVE_UP:
                failure.maybe_done = True
            asked = requested_wait(answer.headers)
            wait = wait if asked is None else asked
            again = persistence.wants_again(answer, failure, attempt)
            if not again or not _fits(wait, deadline):
                raise failure
            why = f"{answer.outcome}: {answer.complaint()}"
            if not persistence.repeat_safe and not isinstance(failure, BackendBusy):
                paid_twice = _PAID_TWICE
        notes.append(f"{asker.name} was asked again ({what}) after {why}.{paid_twice}")
        if persistence.tell is not None:
            persistence.tell(f"asking {asker.name} again in {wait:.1f} s")
        await asyncio.sleep(wait)
    raise AssertionError("unreachable: the loop has no end of its own")


def _fits(wait: float, deadline: asyncio.Timeout) -> bool:
    end = deadline.when()
    now = asyncio.get_running_loop().time()
    return wait <= _LONGEST_WAIT_SECONDS and (end is None or now + wait < end)
