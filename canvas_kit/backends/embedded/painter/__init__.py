"""An image model that needs nothing: it paints what it can read in a prompt, the same everywhere.

It is no diffusion model and knows no photographs. It looks words up (``words``, ``lexicon``), plans
a picture (``composition``, ``colouring``, ``placing``), lets a small generative network bend colour
and form (``field``), lays an underpainting of forms with light and shadow (``easel``, ``scenes``,
``motifs``), paints it with brush strokes, one finer layer a step (``strokes``), and finishes it in
the manner asked for (``media``, ``manners``, ``finish``). ``exact`` says how the pixels are kept
the same on every machine.
"""

from __future__ import annotations

from .paint import Painting, encode_png, paint

__all__ = ["Painting", "encode_png", "paint"]
