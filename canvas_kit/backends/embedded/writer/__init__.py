"""A deterministic text model made of writing constraints.

It is no language model and does not pretend to be one: every writing says which rule was applied.
"""

from __future__ import annotations

from canvas_kit.backends.embedded.writer.adaption import ADAPTIONS, adapt
from canvas_kit.backends.embedded.writer.invention import INVENTIONS, invent
from canvas_kit.backends.embedded.writer.language import LANGUAGES
from canvas_kit.backends.embedded.writer.rewriting import INTERCEPTIONS, rewrite
from canvas_kit.backends.embedded.writer.values import Writing

__all__ = [
    "ADAPTIONS",
    "INTERCEPTIONS",
    "INVENTIONS",
    "LANGUAGES",
    "Writing",
    "adapt",
    "invent",
    "rewrite",
]
