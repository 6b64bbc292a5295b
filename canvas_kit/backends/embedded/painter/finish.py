"""The last touches: drawn lines, thick paint in side light, paper, grain, each manner's own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .exact import Plane, clip01, smooth, wave
from .manners.drawn import blueprint, charcoal, deckle, ink, pencil, tooth, watercolour, woodcut
from .manners.photographed import bloom, craquelure, faded, scratches, sepia, soft, varnish
from .manners.printed import facets, halftone, leading, paper, pixels, posterise, tesserae, whiplash
from .palette import rgb
from .work import Picture, Work

__all__ = ["finish"]


def finish(work: Work) -> Picture:
    """The finished picture, (height, width, 3), sRGB 0..1."""
    m = work.medium
    share = clip01((work.detail - 0.74) * 3.6) * (0.86 * (1.0 - work.rough))
    share = np.maximum(share, (1.0 - m.paint) * (1.0 - 0.8 * work.rough))
    work.picture += (work.smooth_picture - work.picture) * share[:, :, None]
    for name in m.finish:
        if name in _BEFORE_LINES:
            _PASSES[name](work)
    if m.line > 0.0:
        _lines(work)
    for name in m.finish:
        if name not in _BEFORE_LINES:
            _PASSES[name](work)
    _contrast(work, m.contrast)
    if m.relief > 0.0:
        _relief(work)
    if m.weave > 0.0:
        _weave(work)
    if m.vignette > 0.0:
        _vignette(work, m.vignette)
    if m.grain > 0.0:
        grain = work.fine("grain") + work.fine("grain two") * 0.5
        work.picture += (grain * (m.grain * 0.24))[:, :, None]
    return np.minimum(np.maximum(work.picture, 0.0), 1.0)


def _contrast(work: Work, amount: float) -> None:
    if amount != 1.0:
        work.picture -= 0.5
        work.picture *= amount
        work.picture += 0.5


_LINE_COLOURS = {
    "black": (0.09, 0.085, 0.10),
    "white": (0.93, 0.96, 1.0),
    "lead": (0.22, 0.22, 0.25),
}


def _lines(work: Work) -> None:
    broken = smooth(work.noise("line", 16.0) * 0.9 + 0.75) * 0.55 + 0.45
    strength = clip01(work.line * broken * (work.medium.line * 1.25)) * (1.0 - 0.55 * work.rough)
    work.glaze(
        _LINE_COLOURS.get(work.medium.line_colour) or rgb(work.palette.ink),
        strength * 0.92,
    )


def _relief(work: Work) -> None:
    """Ridges of paint catch the light from the upper left."""
    t = work.thickness
    slope = np.zeros_like(t)
    slope[1:, 1:] = t[1:, 1:] - t[:-1, :-1]
    lit = np.minimum(np.maximum(slope * (0.17 * work.medium.relief), -0.085), 0.085)
    work.picture += lit[:, :, None]


def _weave(work: Work) -> None:
    period = max(2.2, work.short / 300.0)
    x = wave(np.arange(work.width, dtype=np.float32) * (1.0 / period))
    y = wave(np.arange(work.height, dtype=np.float32) * (1.0 / period))
    cloth = x[None, :] * y[:, None] * 0.55 + work.fine("weave") * 0.9
    if work.medium.relief == 0.0:  # paper: no threads, but fibres
        cloth = work.noise("fibre", work.short / 4.0, 2) * 0.8 + work.fine("weave") * 0.8
    work.multiply(1.0 + cloth * (0.055 * work.medium.weave))


def _vignette(work: Work, amount: float) -> None:
    x = (np.arange(work.width, dtype=np.float32) + 0.5) * (2.0 / work.width) - 1.0
    y = (np.arange(work.height, dtype=np.float32) + 0.5) * (2.0 / work.height) - 1.0
    d = x[None, :] * x[None, :] + y[:, None] * y[:, None]
    work.multiply(1.0 - smooth((d - 0.45) * 0.62) * (amount * 0.8))


def _shifted(plane: Plane, dy: int, dx: int) -> Plane:
    return np.roll(np.roll(plane, dy, axis=0), dx, axis=1)


_BEFORE_LINES = {
    "watercolour",
    "ink",
    "charcoal",
    "pencil",
    "posterise",
    "woodcut",
    "facets",
    "blueprint",
}


_PASSES: dict[str, Callable[[Work], None]] = {
    "watercolour": watercolour,
    "deckle": deckle,
    "ink": ink,
    "charcoal": charcoal,
    "pencil": pencil,
    "tooth": tooth,
    "woodcut": woodcut,
    "posterise": posterise,
    "halftone": halftone,
    "paper": paper,
    "whiplash": whiplash,
    "facets": facets,
    "pixels": pixels,
    "blueprint": blueprint,
    "soft": soft,
    "bloom": bloom,
    "sepia": sepia,
    "scratches": scratches,
    "faded": faded,
    "varnish": varnish,
    "craquelure": craquelure,
    "tesserae": tesserae,
    "leading": leading,
}
