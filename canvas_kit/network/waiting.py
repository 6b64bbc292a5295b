"""How long a server asks us to wait, from the headers that servers really send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


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
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    if text := headers.get("retry-after", ""):
        seconds = _number(text)
        if seconds is not None:
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
        wait = _span(headers.get(f"x-ratelimit-reset-{what}", ""))
        if wait is not None:
            resets.append(wait)
            if headers.get(f"x-ratelimit-remaining-{what}", "").strip() == "0":
                exhausted.append(wait)
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
    seconds = _number(text)
    if seconds is not None:
        return seconds
    parts = _SPAN.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
