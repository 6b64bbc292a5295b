"""What the canvas editor asks: node types, choices, checks, a canvas or a sweep as Python."""

from __future__ import annotations

from collections.abc import Mapping

from canvas_kit.executor.engine import Engine
from canvas_kit.workbench.methods import Method


def methods(engine: Engine) -> Mapping[str, Method]:
    """The methods by name, for an engine."""
    return {}
