"""What goes wrong with a canvas-kit on another machine."""

from __future__ import annotations

from canvas_kit.errors import CanvasKitError


class RemoteError(CanvasKitError):
    """A canvas-kit on another machine did not do what it was asked for.

    Attributes:
        status: The HTTP status of its answer; None when there was none.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        self.status = status
        super().__init__(message)
