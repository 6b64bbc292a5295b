"""The form of what views of the workbench ask for: a method takes JSON and gives JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from canvas_kit.errors import CanvasKitError

Parameters = Mapping[str, Any]
Method = Callable[[Parameters], Awaitable[Any]]
"""Takes JSON and gives JSON; raises CanvasKitError with words for people."""


FOLDER = "folder"
"""The folder of the file that holds the canvas, as a path; whoever answers puts it there."""


def folder_of(parameters: Parameters) -> Path | None:
    """Where a canvas may name pictures; what a page itself says of that counts for nothing."""
    folder = parameters.get(FOLDER)
    return folder if isinstance(folder, Path) else None


class BadQuestion(CanvasKitError):
    """A view asked for something that it must not ask for, or in a wrong way."""
