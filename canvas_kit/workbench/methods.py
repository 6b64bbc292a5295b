"""The form of what views of the workbench ask for: a method takes JSON and gives JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from canvas_kit.errors import CanvasKitError

Parameters = Mapping[str, Any]
Method = Callable[[Parameters], Awaitable[Any]]
"""Takes JSON and gives JSON; raises CanvasKitError with words for people."""


class BadQuestion(CanvasKitError):
    """A view asked for something that it must not ask for, or in a wrong way."""
