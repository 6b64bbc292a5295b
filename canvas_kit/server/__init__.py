"""The HTTP face of canvas-kit: a Jupyter Server extension, and a server of its own.

It listens to runs and batches like any other view: what it tells is on disk before it is told.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """What Jupyter Server asks an extension's module for."""
    from canvas_kit.server.extension import CanvasKitApp

    return [{"module": "canvas_kit.server", "app": CanvasKitApp}]
