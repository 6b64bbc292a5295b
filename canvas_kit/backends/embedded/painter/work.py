"""A picture being finished, and the tools for it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from .easel import Easel
from .exact import Chance, Plane, clip01, noise
from .media import Medium
from .palette import Palette

__all__ = ["Picture", "Work", "blur", "stretch", "work_from"]

Picture: TypeAlias = Plane
"""Colours as (height, width, 3), sRGB 0..1."""


class Work:
    """A picture being finished.

    Args:
        picture: Colours, (height, width, 3), changed in place or replaced.
        smooth_picture: The underpainting at the same size.
        thickness: Thickness of paint.
        line: Where contours are, 0..1, at the same size.
        detail: Where small things are that the fine brush brings out, 0..1, at the same size.
        flow: Stroke direction in turns, at the same size.
        palette: The picture's colours.
        medium: The technique.
        seed: The seed.
        rough: 0..1, how unfinished: few steps leave lines and texture weaker.
    """

    def __init__(
        self,
        picture: Picture,
        smooth_picture: Picture,
        thickness: Plane,
        line: Plane,
        detail: Plane,
        flow: Plane,
        palette: Palette,
        medium: Medium,
        seed: int,
        rough: float,
    ) -> None:
        self.picture = picture
        self.smooth_picture = smooth_picture
        self.thickness = thickness
        self.line = line
        self.detail = detail
        self.flow = flow
        self.palette = palette
        self.medium = medium
        self.seed = seed
        self.rough = rough
        self.height, self.width = picture.shape[:2]
        self.short = min(self.height, self.width)

    def noise(self, key: str, cells: float, octaves: int = 3, stretch: float = 1.0) -> Plane:
        """Value noise over the picture."""
        return noise(
            Chance("finish", key, self.seed),
            self.height,
            self.width,
            cells,
            octaves=octaves,
            stretch=stretch,
        )

    def fine(self, key: str) -> Plane:
        """One independent number a pixel, -0.5..0.5."""
        row = Chance("fine", key, self.seed).row(self.height * self.width)
        return row.reshape(self.height, self.width) - 0.5

    def grey(self) -> Plane:
        """Lightness of each pixel, about 0..1."""
        p = self.picture
        grey: Plane = p[:, :, 0] * 0.30 + p[:, :, 1] * 0.59 + p[:, :, 2] * 0.11
        return grey

    def tones(self) -> Plane:
        """Lightness with its darkest and lightest twentieth pulled to 0 and 1."""
        grey = self.grey()
        counts = np.bincount((clip01(grey) * 255.0).astype(np.intp).reshape(-1), minlength=256)
        share = np.cumsum(counts) * 20
        low = int(np.searchsorted(share, grey.size)) / 255.0
        high = int(np.searchsorted(share, grey.size * 19)) / 255.0
        spread = max(high - low, 0.2)
        return clip01((grey - low) * (1.0 / spread))

    def glaze(self, colour: tuple[float, float, float], strength: Plane | float) -> None:
        """Move every pixel towards a colour."""
        for channel in range(3):
            part = self.picture[:, :, channel]
            part += (colour[channel] - part) * strength

    def multiply(self, factor: Plane) -> None:
        """Darken or lighten every pixel."""
        self.picture *= factor[:, :, None]


def blur(plane: Plane, radius: int) -> Plane:
    """A soft blur by repeated neighbours, about ``radius`` pixels wide."""
    step = 1
    while step <= max(1, radius):
        across = (np.roll(plane, step, 1) + np.roll(plane, -step, 1)) * 0.25 + plane * 0.5
        plane = (np.roll(across, step, 0) + np.roll(across, -step, 0)) * 0.25 + across * 0.5
        step *= 2
    return plane


def stretch(plane: Plane, height: int, width: int, top: int = 0, low: int | None = None) -> Plane:
    """A plane brought to another size, straight between pixels; of that, the rows ``top:low``."""
    if plane.shape == (height, width):
        return plane[top:low].copy()
    rows, columns = plane.shape
    y = (np.arange(top, low or height, dtype=np.float32) + 0.5) * (rows / height) - 0.5
    x = (np.arange(width, dtype=np.float32) + 0.5) * (columns / width) - 0.5
    y, x = np.clip(y, 0.0, rows - 1.0), np.clip(x, 0.0, columns - 1.0)
    iy, ix = np.minimum(y.astype(np.intp), rows - 2), np.minimum(x.astype(np.intp), columns - 2)
    ty, tx = (y - iy.astype(np.float32))[:, None], (x - ix.astype(np.float32))[None, :]
    ty, tx = ty.astype(np.float32), tx.astype(np.float32)
    down = plane[iy] + (plane[iy + 1] - plane[iy]) * ty
    left = down.take(ix, axis=1)
    grown: Plane = left + (down.take(ix + 1, axis=1) - left) * tx
    return grown


def work_from(
    easel: Easel,
    picture: Picture,
    thickness: Plane,
    flow: Plane,
    medium: Medium,
    seed: int,
    rough: float,
) -> Work:
    """A work to be finished, with the underpainting's planes brought to the picture's size."""
    height, width = picture.shape[:2]
    smooth_picture = np.stack([stretch(p, height, width) for p in easel.rgb], axis=2)
    line, detail = stretch(easel.line, height, width), stretch(easel.detail, height, width)
    return Work(
        picture,
        smooth_picture,
        thickness,
        line,
        detail,
        stretch(flow, height, width),
        easel.palette,
        medium,
        seed,
        rough,
    )
