"""How a measurement is told."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One measurement.

    Attributes:
        what: What was measured.
        figure: The figure, with its unit.
        against: What it is compared with, and that figure.
        ratio: The figure over the other; None where there is nothing to compare.
        aim: What it should be.
    """

    what: str
    figure: str
    against: str = ""
    ratio: float | None = None
    aim: str = ""

    def __str__(self) -> str:
        ratio = f"{self.ratio:6.2f} x" if self.ratio is not None else " " * 8
        aim = f"(aim {self.aim})" if self.aim else ""
        return f"{self.what:<46} {self.figure:>14} {ratio}  {self.against:<44} {aim}".rstrip()


def paired_ratio(figures: Sequence[float], others: Sequence[float]) -> float:
    """The median of the ratios of figures that were taken side by side."""
    return statistics.median(a / b for a, b in zip(figures, others, strict=True))


def microseconds(values: Sequence[float]) -> str:
    """The median of ``values`` (in seconds) in microseconds."""
    return f"{statistics.median(values) * 1e6:.1f} µs"
