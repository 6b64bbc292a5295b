"""Previews: a linear map from latents to colours, fitted to a decoder."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from canvas_kit.backends.diffusers.engine import Floats
from canvas_kit.backends.diffusers.preview import even_patches, fit_colours


def decoder(channels: int, blur: int = 0) -> tuple[Floats, Floats]:
    """Even patches, and what a decoder of known linear colours makes of them, eight times as big.

    Args:
        channels: Of the latents.
        blur: Spoilt pixels at the rims of patches, as decoders smear over them.
    """
    patches = even_patches(channels)
    weights = np.random.default_rng(1).normal(0, 0.2, (channels, 3)).astype(np.float32)
    colours = np.einsum("chw,ck->khw", patches, weights) + np.float32(0.1)
    big = colours.repeat(8, axis=1).repeat(8, axis=2)
    side = big.shape[1] // 8
    for line in range(0, big.shape[1], side):
        big[:, line : line + blur] = 9
        big[:, :, line : line + blur] = -9
    return patches, big.astype(np.float32)


@pytest.mark.parametrize("channels", [4, 16, 32])
@pytest.mark.parametrize("blur", [0, 6])
def test_the_colours_of_a_linear_decoder_are_found_again(channels: int, blur: int) -> None:
    """Whatever the number of channels, and though patches smear at their rims."""
    patches, decoded = decoder(channels, blur)
    _, clean = decoder(channels)
    picture = fit_colours(patches, decoded).picture(patches)
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as image:
        assert image.size == (128, 128)
        small = np.asarray(image.resize((32, 32), Image.Resampling.NEAREST), np.float32)
    expected = np.clip((clean[:, 4::8, 4::8] + 1) * 127.5, 0, 255).transpose(1, 2, 0)
    centres = slice(1, None, 4)
    assert np.abs(small[centres, centres] - expected[centres, centres]).mean() < 12


def test_latents_of_another_kind_give_no_picture() -> None:
    """Another number of channels, or values that are not finite."""
    colours = fit_colours(*decoder(4))
    assert colours.picture(np.zeros((16, 8, 8), np.float32)) is None
    assert colours.picture(np.full((4, 8, 8), np.nan, np.float32)) is None


def test_previews_are_not_made_smaller() -> None:
    colours = fit_colours(*decoder(4))
    picture = colours.picture(np.zeros((4, 96, 160), np.float32))
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as image:
        assert image.size == (160, 96)
