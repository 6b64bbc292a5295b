"""A deterministic text model made of writing constraints; it is no language model and says which rule it applied."""

from __future__ import annotations

from canvas_kit.backends.embedded.writer.rewriting import rewrite
from canvas_kit.backends.embedded.writer.values import Writing

__all__ = ["Writing", "rewrite"]
