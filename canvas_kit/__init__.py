"""canvas-kit: build a canvas, run it, keep everything as data."""

from __future__ import annotations

__version__ = "0.1.0"
