"""How runs are made, besides what their canvas says; the same for one run and for a batch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from canvas_kit.executor.cache import CacheMode, cache_mode
from canvas_kit.executor.parameters import checked_deadline
from canvas_kit.settings import Settings


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How runs are made. Can be pickled.

    Attributes:
        exports: Where records go.
        device_id: Names the device in them.
        record: Whether a run is kept on the disk; else only in memory.
        deadline_seconds: The longest that a run may take.
        pay_again: Whether a request that may have been charged for may be sent again.
        cache: Which answers are reused.
    """

    exports: Path
    device_id: str
    record: bool = True
    deadline_seconds: float | None = None
    pay_again: bool = False
    cache: CacheMode | None = None

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        exports: str | Path | None = None,
        device_id: str | None = None,
        record: bool = True,
        deadline_seconds: float | None = None,
        pay_again: bool = False,
        cache: bool | Literal["all"] | None = None,
    ) -> RunOptions:
        """What was said, checked; what was not is as the settings say.

        Raises:
            CanvasError: When the deadline is no positive number.
        """
        deadline = checked_deadline(deadline_seconds)
        return cls(
            settings.exports if exports is None else Path(exports).absolute(),
            device_id or settings.device_id,
            record,
            settings.deadline_seconds if deadline is None else deadline,
            pay_again,
            cache_mode(settings.cache if cache is None else cache),
        )
