"""What is asked about jobs: to start, to stop, to list and to follow them."""

from __future__ import annotations

from collections.abc import Mapping

from canvas_kit.executor.engine import Engine
from canvas_kit.workbench.methods import Method


def methods(engine: Engine) -> Mapping[str, Method]:
    """The methods by name, for an engine."""
    return {}
