"""Small pictures of unfinished work, cheap enough for every step.

Decoding latents properly costs as much as a step. Their colours are close to a linear function of
their channels, so that function is fitted once per pipeline, to what its own decoder makes of a few
patches of even latents; each preview is then one small matrix product. This works for any number
of channels and needs no table of known models.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from canvas_kit.backends.diffusers.engine import Floats

PATCH_CELLS = 4
"""Side of an even patch in latent cells: decoders blur over about two."""

GRID = 8
"""Patches per side: 64 samples, enough for decoders of 4, 16 or 32 channels."""

SMALLEST_SIDE = 128
"""Pixels to which tiny previews are enlarged."""


@dataclass(frozen=True, slots=True)
class LatentColours:
    """The linear map from latents to colours.

    Attributes:
        matrix: (channels + 1, 3); the last row is the constant. Colours are about -1..1.
    """

    matrix: Floats

    def picture(self, latents: Floats) -> bytes | None:
        """A small PNG of ``latents``.

        Args:
            latents: (channels, height, width), any finite values.

        Returns:
            None when the latents are not of the kind that the map was fitted to.
        """
        from PIL import Image

        channels, height, width = latents.shape
        if channels + 1 != len(self.matrix) or not np.isfinite(latents).all():
            return None
        flat = np.moveaxis(latents, 0, -1).reshape(-1, channels)
        colours = flat @ self.matrix[:-1] + self.matrix[-1]
        pixels = np.clip((colours + 1) * 127.5, 0, 255).astype(np.uint8)
        image = Image.fromarray(pixels.reshape(height, width, 3))
        if (factor := SMALLEST_SIDE // max(width, height)) > 1:
            image = image.resize((width * factor, height * factor), Image.Resampling.BILINEAR)
        buffer = io.BytesIO()
        image.save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()


def even_patches(channels: int) -> Floats:
    """Latents to fit the map to: (channels, 32, 32), a grid of patches of one random value each."""
    values = np.random.default_rng(0).standard_normal((channels, GRID, GRID)).astype(np.float32)
    return values.repeat(PATCH_CELLS, axis=1).repeat(PATCH_CELLS, axis=2)


def fit_colours(latents: Floats, decoded: Floats) -> LatentColours:
    """The map that best turns ``latents`` into ``decoded``, by least squares.

    Args:
        latents: (channels, height, width), as :func:`even_patches` makes them.
        decoded: (3, height x n, width x n), about -1..1.
    """
    samples = _patch_means(latents)
    colours = _patch_means(decoded)
    with_constant = np.hstack([samples, np.ones((len(samples), 1), np.float32)])
    matrix, *_ = np.linalg.lstsq(with_constant, colours, rcond=None)
    return LatentColours(matrix.astype(np.float32))


def _patch_means(array: Floats) -> Floats:
    """One row a patch, one column a channel: the mean of the inner half of each patch."""
    channels, height, width = array.shape
    tall, wide = height // GRID, width // GRID
    patches = array.reshape(channels, GRID, tall, GRID, wide)
    inner = patches[:, :, tall // 4 : tall - tall // 4, :, wide // 4 : wide - wide // 4]
    means: Floats = inner.mean(axis=(2, 4)).reshape(channels, GRID * GRID).T
    return means
