"""Asking again: which requests bear it, and what is said about it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Protocol

import httpx

from canvas_kit.backends.transport.response import Answer
from canvas_kit.errors import BackendBusy, BackendError
from canvas_kit.network.downloads import NotWhole, Stalled
from canvas_kit.network.retry import Retry, RetryPolicy, forbids_retry, requested_wait

_TRIES = 3
_TRIES_WHILE_BUSY = 10
_STUMBLES = frozenset({408, 425, 500, 502, 503, 504, 520, 522, 524})
_GATEWAY_GAVE_UP = frozenset({408, 502, 504, 520, 522, 524})
"""A gateway on the way lost patience: the server may be working all the same."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """How a request bears to be repeated.

    Attributes:
        safe: Whether it may be sent again after a fault in mid-way.
        statuses: Statuses after which to send it again although that is not ``safe``.
        allowed: Statuses besides 2xx that are answers, not errors.
        tell: Called with a few words before each wait.
    """

    safe: bool = False
    statuses: Collection[int] = ()
    allowed: Collection[int] = ()
    tell: Callable[[str], None] | None = None


class _Retried(Protocol):
    """What of a backend is needed here."""

    name: str
    backoff_seconds: float

    def translate(self, answer: Answer) -> BackendError: ...


async def ask_until_answered(
    asker: _Retried,
    what: str,
    ask: Callable[[], Awaitable[Answer]],
    deadline: asyncio.Timeout,
    repeats: Repeats,
) -> Answer:
    """The answer, whose notes tell what was repeated before it came.

    Raises:
        BackendError: What the last answer means.
        httpx.TransportError, Stalled, NotWhole: When it was the transport that failed.
    """
    notes: list[str] = []
    retry = Retry(RetryPolicy(asker.backoff_seconds, tries=_TRIES), deadline=deadline.when())
    while True:
        paid_twice = ""
        try:
            answer = await ask()
        except (httpx.TransportError, Stalled, NotWhole) as error:
            # Where nothing ever answered, waiting a second will not start a server; where it broke
            # off a moment ago, it may be coming back.
            never = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and not notes
            wait = None if never or not repeats.safe else retry.next_wait()
            if wait is None:
                raise
            why = str(error) or type(error).__name__
        else:
            if 200 <= answer.status < 300 or answer.status in repeats.allowed:
                return replace(answer, notes=tuple(notes)) if notes else answer
            failure = asker.translate(answer)
            if not repeats.safe and answer.status in _GATEWAY_GAVE_UP:
                failure.maybe_done = True
            busy = isinstance(failure, BackendBusy)
            safe = answer.status in repeats.statuses or (
                repeats.safe and answer.status in _STUMBLES
            )
            if forbids_retry(answer.headers) or not (busy or safe):
                raise failure
            requested = requested_wait(answer.headers)
            wait = retry.next_wait(requested, tries=_TRIES_WHILE_BUSY if busy else None)
            if wait is None:
                raise failure
            why = f"{answer.outcome}: {answer.complaint()}"
            if not repeats.safe and not busy:
                paid_twice = " The failed try may have been charged as well."
        notes.append(f"{asker.name} was asked again ({what}) after {why}.{paid_twice}")
        if repeats.tell is not None:
            repeats.tell(f"asking {asker.name} again in {wait:.1f} s")
        await asyncio.sleep(wait)
