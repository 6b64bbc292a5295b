"""Watercolour, ink, charcoal, pencil, chalk, woodcut, blueprint."""

from __future__ import annotations

import numpy as np

from ..exact import Plane, clip01, cosine, sine, smooth, wave
from ..work import Work, blur

__all__ = ["blueprint", "charcoal", "deckle", "ink", "pencil", "tooth", "watercolour", "woodcut"]


def watercolour(work: Work) -> None:
    """Thin colour on paper: lights left open, edges where it dried, granules in the dark."""
    grey = work.grey()
    r = max(1, work.short // 256)
    work.picture += (work.picture - grey[:, :, None]) * 0.35
    edge = np.abs(grey - blur(grey, r * 3))
    bleed = work.noise("bleed", 5.0, 5)
    paper = np.array([0.975, 0.965, 0.94], np.float32)
    thin = clip01(0.24 + bleed * 0.30 - (0.5 - grey) * 0.3)
    work.picture += (paper - work.picture) * (thin * 0.72)[:, :, None]
    work.multiply(1.0 - clip01(edge * 2.2) * 0.34)
    granules = work.noise("granules", work.short / 5.0, 2)
    work.multiply(1.0 - clip01(granules - 0.1) * clip01(1.0 - grey) * 0.22)


def deckle(work: Work) -> None:
    """Unpainted paper round the sheet, with a bleeding edge."""
    bleed = work.noise("bleed", 5.0, 5)
    x = np.arange(work.width, dtype=np.float32) + 0.5
    y = np.arange(work.height, dtype=np.float32) + 0.5
    near = np.minimum(
        np.minimum(x, work.width - x)[None, :], np.minimum(y, work.height - y)[:, None]
    ) * (1.0 / work.short)
    border = smooth((0.045 + bleed * 0.022 - near) * 90.0)
    work.glaze((0.975, 0.965, 0.94), border)


def ink(work: Work) -> None:
    """Black ink in a few dilutions on warm paper."""
    grey = work.tones() * 0.8 + 0.12
    bleed = work.noise("bleed", 6.0, 5)
    steps = np.floor(clip01(grey * 1.15 + bleed * 0.10) * 4.999) * 0.25
    tone = steps * 0.55 + grey * 0.45
    paper, black = (0.955, 0.935, 0.885), (0.10, 0.10, 0.125)
    share = smooth(tone * 1.28 - 0.12)
    keep, work_grey = work.picture.copy(), work.grey()
    for channel in range(3):
        work.picture[:, :, channel] = share * (paper[channel] - black[channel]) + black[channel]
    work.picture += (keep - work_grey[:, :, None]) * 0.8


def charcoal(work: Work) -> None:
    """Charcoal: smudged tone, sweeps of the stick, the tooth of the paper."""
    grey = work.tones() * 0.8 + 0.12
    tooth = work.noise("tooth", work.short / 3.4, 2)
    smudge = blur(grey, work.short // 30)
    tone = clip01((grey * 0.7 + smudge * 0.3 - 0.5) * 1.25 + 0.5)
    sweep = hatching(work, 0.14, max(7.0, work.short / 40.0)) - 0.5
    middle = 1.0 - np.abs(tone - 0.5) * 1.6
    mark = smooth(tone * 1.1 + tooth * 0.11 * clip01(middle + 0.25) + sweep * 0.10 * clip01(middle))
    for channel, (paper, black) in enumerate(((0.93, 0.13), (0.90, 0.125), (0.84, 0.125))):
        work.picture[:, :, channel] = mark * (paper - black) + black


def hatching(work: Work, turn: float, period: float) -> Plane:
    x = np.arange(work.width, dtype=np.float32)[None, :] * (cosine(turn) / period)
    y = np.arange(work.height, dtype=np.float32)[:, None] * (sine(turn) / period)
    wobble = work.noise("hatch", 7.0, 2) * 0.9
    return wave(x + y + wobble) * 0.5 + 0.5


def pencil(work: Work) -> None:
    """Two directions of hatching over a faint wash."""
    grey = work.tones() * 0.8 + 0.12
    period = max(3.0, work.short / 128.0)
    shade = clip01(1.02 - grey)
    marks = clip01((shade - 0.16) * 1.6 - hatching(work, 0.11, period) * 0.62)
    marks = marks + clip01((shade - 0.46) * 1.8 - hatching(work, 0.36, period * 1.1) * 0.62) * 0.8
    tooth = work.noise("tooth", work.short / 3.0, 2)
    marks = clip01(marks * (1.0 + tooth * 0.55))
    tint = work.picture.copy()
    for channel, paper in enumerate((0.965, 0.955, 0.925)):
        lead = (0.25, 0.25, 0.28)[channel]
        wash = paper - (paper - tint[:, :, channel]) * 0.34
        work.picture[:, :, channel] = wash + (lead - wash) * marks * 0.85


def tooth(work: Work) -> None:
    """Chalk that catches only the raised grain of the paper."""
    tooth = work.noise("tooth", work.short / 3.0, 2)
    grey = work.grey()
    work.glaze((0.42, 0.38, 0.36), smooth(tooth * 1.5 - 0.55 + (0.5 - grey) * 0.2) * 0.42)


def woodcut(work: Work) -> None:
    """A black block over flat tints; the middle tones are cut as lines that follow the form."""
    smoothed = blur(work.tones() * 0.8 + 0.1, work.short // 90)
    soft = np.stack([blur(work.picture[:, :, c], work.short // 60) for c in range(3)], axis=2)
    stepped = np.rint(soft * 3.0) * (1.0 / 3.0)
    period = max(4.0, work.short / 74.0)
    x = np.arange(work.width, dtype=np.float32)[None, :]
    y = np.arange(work.height, dtype=np.float32)[:, None]
    cutting = wave((y * 0.9 + x * 0.22) * (1.0 / period) + smoothed * 3.5 + work.flow * 0.5)
    depth = (smoothed - 0.40) * 4.2 + cutting
    work.picture[:] = stepped * 0.55 + np.array([0.93, 0.88, 0.76], np.float32) * 0.45
    work.glaze((0.10, 0.095, 0.11), smooth(0.5 - depth * 2.5))


def blueprint(work: Work) -> None:
    """White lines, hatching and a grid on blue."""
    grey = blur(work.grey(), 2)
    ground, pale = (0.075, 0.20, 0.43), (0.20, 0.38, 0.64)
    share = clip01(grey * 0.62)
    for channel in range(3):
        work.picture[:, :, channel] = share * (pale[channel] - ground[channel]) + ground[channel]
    s = work.short
    for cells, strength in ((20.0, 0.16), (4.0, 0.22)):
        period = s / cells
        gx = np.abs((np.arange(work.width) % period) - period * 0.5) > period * 0.5 - 0.75
        gy = np.abs((np.arange(work.height) % period) - period * 0.5) > period * 0.5 - 0.75
        work.glaze(
            (0.75, 0.86, 1.0),
            np.maximum(gx[None, :], gy[:, None]).astype(np.float32) * strength,
        )
    change = np.zeros_like(grey)
    change[1:-1, 1:-1] = np.abs(grey[2:, 1:-1] - grey[:-2, 1:-1]) + np.abs(
        grey[1:-1, 2:] - grey[1:-1, :-2]
    )
    work.line = np.maximum(work.line, clip01(change * 6.0 - 0.25) * 0.7)
    hatch = hatching(work, 0.125, max(4.0, s / 90.0))
    work.glaze((0.82, 0.9, 1.0), smooth((hatch - 0.82) * 8.0) * clip01(0.5 - grey) * 0.55)
    inset = max(6, s // 40)
    frame = np.zeros((work.height, work.width), np.float32)
    for k, wide in ((inset, 2), (inset + max(4, s // 110), 1)):
        frame[k : k + wide, k:-k] = frame[-k - wide : -k, k:-k] = 1.0
        frame[k:-k, k : k + wide] = frame[k:-k, -k - wide : -k] = 1.0
    work.glaze((0.9, 0.95, 1.0), frame * 0.8)
