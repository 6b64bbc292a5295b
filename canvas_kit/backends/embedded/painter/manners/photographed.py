"""Lenses, plates, films and varnish."""

from __future__ import annotations

import numpy as np

from ..exact import Chance, clip01, smooth
from ..work import Work, blur

__all__ = ["bloom", "craquelure", "faded", "scratches", "sepia", "soft", "varnish"]


def soft(work: Work) -> None:
    """An old lens: everything a little soft."""
    r = max(1, work.short // 300)
    for channel in range(3):
        plane = work.picture[:, :, channel]
        plane += (blur(plane, r) - plane) * 0.8


def bloom(work: Work) -> None:
    """Lights that spread."""
    grey = work.grey()
    glow = blur(clip01(grey - 0.72) * 2.0, work.short // 30)
    work.picture += (glow * 0.32)[:, :, None]


def sepia(work: Work) -> None:
    """A brown print from an uneven plate."""
    grey = work.grey()
    uneven = work.noise("plate", 2.0, 4)
    tone = smooth(clip01(grey * 1.05 + uneven * 0.05) * 0.9 + 0.05)
    for channel, (low, high) in enumerate(((0.13, 0.93), (0.085, 0.83), (0.055, 0.66))):
        work.picture[:, :, channel] = tone * (high - low) + low


def scratches(work: Work) -> None:
    """Scratches, dust and the rim of the poured plate."""
    chance = Chance("scratches", work.seed)
    marks = np.zeros((work.height, work.width), np.float32)
    for _ in range(7):
        column, row = chance.whole(work.width), chance.whole(work.height)
        long = int(work.height * chance.between(0.05, 0.4))
        marks[row : row + long, column] = chance.between(0.15, 0.4)
    for _ in range(90):
        row, column = chance.whole(work.height - 3), chance.whole(work.width - 3)
        marks[row : row + 1 + chance.whole(3), column : column + 1 + chance.whole(3)] = (
            chance.between(0.2, 0.7)
        )
    work.glaze((0.93, 0.86, 0.72), marks)
    x = np.arange(work.width, dtype=np.float32) + 0.5
    y = np.arange(work.height, dtype=np.float32) + 0.5
    near = np.minimum(
        np.minimum(x, work.width - x)[None, :], np.minimum(y, work.height - y)[:, None]
    ) * (1.0 / work.short)
    spill = work.noise("collodion", 4.0, 4)
    work.glaze((0.09, 0.06, 0.045), smooth((0.02 + spill * 0.03 - near) * 45.0) * 0.8)


def faded(work: Work) -> None:
    """Colour film that has lost its blue: lifted warm blacks, yellow lights, a leak of light."""
    for channel, (low, high) in enumerate(((0.13, 0.99), (0.10, 0.945), (0.115, 0.80))):
        plane = work.picture[:, :, channel]
        plane *= high - low
        plane += low
    chance = Chance("leak", work.seed)
    side = chance.side()
    x = np.arange(work.width, dtype=np.float32) * (1.0 / work.width)
    reach = x if side > 0 else 1.0 - x
    leak = smooth((reach[None, :] - 0.72 + work.noise("leak", 1.5, 2) * 0.16) * 3.2)
    work.picture += leak[:, :, None] * np.array([0.26, 0.10, 0.015], np.float32)


def varnish(work: Work) -> None:
    """Old varnish: warmer, darker in the blues."""
    for channel, factor in enumerate((1.02, 0.965, 0.85)):
        work.picture[:, :, channel] *= factor
    work.glaze((0.28, 0.17, 0.06), 0.06)


def craquelure(work: Work) -> None:
    """Fine cracks in zones."""
    crack = np.abs(work.noise("crack", 26.0, 3))
    zone = smooth(work.noise("crack zone", 3.0, 2) * 1.2)
    work.multiply(1.0 - smooth((0.035 - crack) * 26.0) * zone * 0.28)
