"""How a batch is made, besides what its sweep says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, SupportsIndex

from canvas_kit.errors import BatchError
from canvas_kit.events import Listener
from canvas_kit.executor.options import RunOptions
from canvas_kit.executor.parameters import checked_deadline, whole_number
from canvas_kit.settings import Settings

MAX_CONCURRENCY = 1024

Again = Literal["failed", "refused", "all"]
"""Which points that ended without making everything are made once more."""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch is made.

    Attributes:
        runs: How each of its runs is made.
        concurrency: How many runs are in flight; None for as many as the backends want.
        deadline_seconds: The longest that all of it may take.
        retry: Of a batch that is gone on with, which points are made once more.
        accept_changes: Whether it is gone on with although a model, a config or a file means
            something else now.
        client: A client of Dask's, or its scheduler's address, for runs on other machines.
        listener: Called with each event.
    """

    runs: RunOptions
    concurrency: int | None
    deadline_seconds: float | None
    retry: Again | None
    accept_changes: bool
    client: Any
    listener: Listener | None

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        concurrency: SupportsIndex | None = None,
        batch_deadline_seconds: float | None = None,
        retry: Again | None = None,
        accept_changes: bool = False,
        client: Any = None,
        listener: Listener | None = None,
        **of_runs: Any,
    ) -> BatchOptions:
        """What was said, checked; what was not is as the settings say.

        Raises:
            BatchError: When ``concurrency`` or ``retry`` is none.
            CanvasError: When a deadline is no positive number.
        """
        return cls(
            RunOptions.of(settings, **of_runs),
            checked_concurrency(concurrency),
            checked_deadline(batch_deadline_seconds),
            checked_retry(retry),
            accept_changes,
            client,
            listener,
        )


def checked_concurrency(concurrency: SupportsIndex | None) -> int | None:
    """How many runs are to be in flight, if it was said.

    Raises:
        BatchError: When it is no number of runs.
    """
    if concurrency is None:
        return None
    number = whole_number(concurrency)
    if number is None or not 1 <= number <= MAX_CONCURRENCY:
        raise BatchError(
            f"The concurrency should be 1 to {MAX_CONCURRENCY}, but is {concurrency!r}."
        )
    return number


def checked_retry(retry: Again | None) -> Again | None:
    """Which points are made once more, if it was said.

    Raises:
        BatchError: When it says something else.
    """
    if retry not in (None, "failed", "refused", "all"):
        raise BatchError(f"retry should be 'failed', 'refused' or 'all', but is {retry!r}.")
    return retry
