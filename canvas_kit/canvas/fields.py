"""The types that fields of nodes have: bounded, finite, and writable to a file."""

from __future__ import annotations

import math
import operator
from numbers import Real
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from canvas_kit.errors import printable

MAX_TEXT_CHARACTERS = 1_000_000
"""The longest text in one field. An embedded picture (a data URL) has a bound of its own."""


def _number(value: object) -> object:
    """Numbers of other libraries as Python's own; refuses truth values and what is not finite."""
    if isinstance(value, bool):
        raise ValueError("should be a number, not true or false")
    if isinstance(value, int | str):
        return value
    if hasattr(value, "__index__"):
        return operator.index(value)
    if isinstance(value, Real) and not math.isfinite(value := float(value)):
        raise ValueError("should be a finite number")
    return value


def _one_line(value: str) -> str:
    if printable(value, len(value)) != value:
        raise ValueError("should be on one line, without control characters")
    return value


def _as_javascript_writes_it(value: float) -> float:
    return int(value) if value.is_integer() else value


WholeNumber = Annotated[int, BeforeValidator(_number)]
"""An integer; digits in a string are read, since large numbers may travel as strings."""

Number = Annotated[
    float,
    Field(allow_inf_nan=False),
    BeforeValidator(_number),
    PlainSerializer(_as_javascript_writes_it, return_type=int | float, when_used="json"),
]
"""A finite number."""

Coordinate = Annotated[Annotated[float, Field(allow_inf_nan=False)] | int, BeforeValidator(_number)]
"""A distance in the editor, in pixels; kept as it was written."""

Text = Annotated[str, Field(max_length=MAX_TEXT_CHARACTERS)]
"""A bounded text."""

NodeId = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
"""A node's id: one line, short."""
