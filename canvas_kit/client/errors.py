"""What goes wrong with a canvas-kit on another machine.

::

    RemoteError                its answer cannot be understood, or a run there ended with a fault
    ├── RemoteRefused          it refused what was asked for
    └── RemoteUnreachable      nothing answers at its address
"""

from __future__ import annotations

from canvas_kit.errors import CanvasKitError


class RemoteError(CanvasKitError):
    """A canvas-kit on another machine did not do what it was asked for."""


class RemoteRefused(RemoteError):
    """A canvas-kit on another machine refused what it was asked for.

    Attributes:
        status: The HTTP status of its answer.
    """

    def __init__(self, message: str, *, status: int) -> None:
        self.status = status
        super().__init__(message)


class RemoteUnreachable(RemoteError):
    """A canvas-kit on another machine cannot be reached; what was started there goes on."""
