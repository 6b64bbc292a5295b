"""When to try again: one policy of waits for everything that asks a server.

::

    retry = Retry(RetryPolicy(tries=3), deadline=end)
    while True:
        try:
            return await ask()
        except SomeFault as error:
            wait = retry.next_wait(requested_wait(error.headers))
            if wait is None:
                raise
            await asyncio.sleep(wait)

It decides nothing about *what* may be repeated: only the caller knows whether a repeat is paid
twice. Own code, because the libraries for this neither bound a server's ``Retry-After`` by the
caller's deadline nor tell when waiting would be in vain.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently to try again.

    Attributes:
        first_seconds: The wait before the second try when the server names none.
        factor: By which each further wait grows.
        longest_seconds: Of a wait that the server did not ask for.
        tries: In all; None for no limit.
        patience_seconds: How long faults in a row are borne, from the first one; None for no limit.
        longest_requested_seconds: A server that asks for a longer wait is not waited for.
    """

    first_seconds: float = 0.5
    factor: float = 2.0
    longest_seconds: float = 8.0
    tries: int | None = None
    patience_seconds: float | None = None
    longest_requested_seconds: float = 120.0


class Retry:
    """The tries of one piece of work. Create it on the event loop, right before the first try."""

    def __init__(self, policy: RetryPolicy, *, deadline: float | None = None) -> None:
        """Begin with no fault seen.

        Args:
            policy: How often and how patiently.
            deadline: When the caller gives up, in the event loop's time (``loop.time()``, or
                ``asyncio.Timeout.when()``): a wait that would end after it is not begun.
        """
        self._policy = policy
        self._deadline = deadline
        self.reset()

    def reset(self) -> None:
        """The server was heard: tries, waits and patience begin anew."""
        self.failures = 0
        self._since: float | None = None

    def next_wait(
        self, requested: float | None = None, *, tries: int | None = None
    ) -> float | None:
        """The seconds to wait after another fault, or None when it is time to give up.

        Args:
            requested: What the server asks for; see :func:`requested_wait`.
            tries: In all, instead of the policy's, for this fault.
        """
        policy = self._policy
        now = asyncio.get_running_loop().time()
        self.failures += 1
        self._since = now if self._since is None else self._since
        most = policy.tries if tries is None else tries
        if most is not None and self.failures >= most:
            return None
        if requested is None:
            exponent = min(self.failures - 1, 64)  # beyond, the float would overflow
            wait = min(policy.first_seconds * policy.factor**exponent, policy.longest_seconds)
            wait *= random.uniform(0.75, 1)  # many runs must not come back in the same moment
        elif requested > policy.longest_requested_seconds:
            return None
        else:
            wait = requested
        patience = policy.patience_seconds
        if patience is not None and now + wait > self._since + patience:
            return None
        if self._deadline is not None and now + wait >= self._deadline:
            return None
        return wait


def requested_wait(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """The seconds that the server asks us to wait, or None when it does not say.

    Read in this order: ``retry-after-ms``; ``retry-after`` as seconds or as a date;
    ``x-ratelimit-reset-requests`` and ``-tokens``, of which only the exhausted ones count (all of
    them when none says that it is). OpenAI's API writes the latter as ``"12ms"`` or ``"6m0s"``,
    Azure sometimes as ``-1``, which says nothing.

    Args:
        headers: With names in lower case.
        now: The time to compare a date with; None for the present.
    """
    if (milliseconds := _number(headers.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    if text := headers.get("retry-after", ""):
        if (seconds := _number(text)) is not None:
            return seconds
        try:
            until = parsedate_to_datetime(text)
        except ValueError:
            until = None
        if until is not None:
            until = until if until.tzinfo else until.replace(tzinfo=UTC)
            return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
    resets: list[float] = []
    exhausted: list[float] = []
    for what in ("requests", "tokens"):
        if (wait := _span(headers.get(f"x-ratelimit-reset-{what}", ""))) is not None:
            spent = headers.get(f"x-ratelimit-remaining-{what}", "").strip() == "0"
            (exhausted if spent else resets).append(wait)
    return max(exhausted or resets, default=None)


def forbids_retry(headers: Mapping[str, str]) -> bool:
    """Whether the server says outright that repeating is useless."""
    return headers.get("x-should-retry", "").strip().lower() == "false"


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _span(text: str) -> float | None:
    text = text.strip().lower()
    if (seconds := _number(text)) is not None:
        return seconds
    parts = _SPAN.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
