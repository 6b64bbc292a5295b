"""Colours that belong together.

Colours are OKLab triples (lightness 0..1, green-red, blue-yellow); the formulas and constants of
OKLab are Björn Ottosson's (2020). Mixing in OKLab keeps gradients clean, and the last step to
sRGB is made of exact arithmetic only (see ``exact``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from .exact import clamp, cosine, sine

Lab = tuple[float, float, float]
"""Lightness 0..1, green-red, blue-yellow."""


@lru_cache(maxsize=4096)
def lch(lightness: float, chroma: float, degrees: float) -> Lab:
    """A colour by lightness (0..1), chroma (0..0.3) and hue angle (degrees, OKLCH)."""
    return lightness, chroma * cosine(degrees / 360.0), chroma * sine(degrees / 360.0)


def mix(a: Lab, b: Lab, share: float) -> Lab:
    """The colour ``share`` of the way from ``a`` to ``b``."""
    light, green, yellow = (x + (y - x) * share for x, y in zip(a, b, strict=True))
    return light, green, yellow


def shift(colour: Lab, lightness: float = 0.0, chroma: float = 1.0) -> Lab:
    """The colour made lighter or darker by an amount, and more or less colourful by a factor."""
    return clamp(colour[0] + lightness, 0.03, 0.99), colour[1] * chroma, colour[2] * chroma


def _cube_root(value: float) -> float:
    guess = 1.0
    for _ in range(60):
        guess = (2.0 * guess + value / (guess * guess)) / 3.0
    return guess


def _encode(linear: float) -> float:
    if linear <= 0.0031308:
        return max(0.0, 12.92 * linear)
    fifth = linear * linear * linear * linear * linear
    return 1.055 * math.sqrt(math.sqrt(_cube_root(fifth))) - 0.055


def _linear(colour: Lab) -> tuple[float, float, float]:
    lightness, a, b = colour
    long = lightness + 0.3963377774 * a + 0.2158037573 * b
    medium = lightness - 0.1055613458 * a - 0.0638541728 * b
    short = lightness - 0.0894841775 * a - 1.2914855480 * b
    long, medium, short = long * long * long, medium * medium * medium, short * short * short
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


@lru_cache(maxsize=8192)
def rgb(colour: Lab) -> tuple[float, float, float]:
    """The colour as sRGB, three numbers 0..1; what lies outside sRGB loses chroma, not hue."""
    colour = (clamp(colour[0]), colour[1], colour[2])
    found = _linear(colour)
    if min(found) < -0.0005 or max(found) > 1.0005:
        low, half = 0.0, 0.5
        for _ in range(10):  # the largest share of its chroma that fits
            found = _linear(shift(colour, 0.0, low + half))
            low += half if min(found) >= -0.0005 and max(found) <= 1.0005 else 0.0
            half *= 0.5
        found = _linear(shift(colour, 0.0, low))
    red, green, blue = (_encode(clamp(value)) for value in found)
    return red, green, blue


@lru_cache(maxsize=4096)
def from_hex(text: str) -> Lab:
    """The colour written as ``#rrggbb``."""
    red, green, blue = (_decode(int(text[i : i + 2], 16) / 255.0) for i in (1, 3, 5))
    long = _cube_root(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = _cube_root(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = _cube_root(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _decode(value: float) -> float:
    if value <= 0.04045:
        return value / 12.92
    value = (value + 0.055) / 1.055
    square = value * value
    fifth = 1.0  # the fifth root of the square, by Newton's rule
    for _ in range(60):
        fifth = (4.0 * fifth + square / (fifth * fifth * fifth * fifth)) / 5.0
    return square * fifth


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one picture, by the part they play.

    Attributes:
        sky: The top of the sky, or the dark of a room's wall.
        glow: The sky near the horizon; distance fades towards it.
        far: Ground and hills far away.
        near: Ground in front.
        light: What light adds.
        shade: What shadow adds.
        accents: Colours for what has none of its own.
        ink: The darkest line.
        paper: The lightest ground.
        dim: How much of a thing's own lightness is left, 1 by day, about 0.5 at night.
        chroma: Factor on every colourfulness.
        pull: How far things' own colours are drawn into the palette, 0..1.
    """

    sky: Lab
    glow: Lab
    far: Lab
    near: Lab
    light: Lab
    shade: Lab
    accents: tuple[Lab, ...]
    ink: Lab
    paper: Lab
    dim: float = 1.0
    chroma: float = 1.0
    pull: float = 0.22

    def local(self, colour: Lab, strict: float = 0.0) -> Lab:
        """A thing's own colour as it looks in this light.

        Args:
            colour: The colour by plain day.
            strict: 1 keeps a colour that was asked for; 0 lets the palette have its way.
        """
        tone = mix(self.near, self.light, 0.5)
        pull = self.pull * (1.0 - 0.75 * strict)
        drawn = mix(colour, (colour[0], tone[1], tone[2]), pull)
        dim = self.dim + (1.0 - self.dim) * 0.35 * strict
        lightness = drawn[0] * dim + (1.0 - dim) * 0.10
        chroma = self.chroma * (0.72 + 0.28 * dim)
        chroma += (1.0 - chroma) * 0.75 * strict if chroma < 1.0 else 0.0
        cast = (1.0 - dim) * 0.35
        seen = (lightness, drawn[1] * chroma, drawn[2] * chroma)
        return mix(seen, (lightness, self.shade[1], self.shade[2]), cast * (1.0 - 0.6 * strict))

    def toward(self, colour: Lab, share: float) -> Palette:
        """The palette with every part leaning towards a colour's hue and, a little, lightness."""

        def lean(own: Lab, more: float = 1.0) -> Lab:
            part = clamp(share * more)
            lightness = own[0] + (colour[0] - own[0]) * part * 0.35
            return lightness, *mix(own, colour, part)[1:]

        return replace(
            self, sky=lean(self.sky), glow=lean(self.glow, 0.8), far=lean(self.far),
            near=lean(self.near), light=lean(self.light, 0.5), shade=lean(self.shade, 0.8),
            accents=(lean(colour), *(lean(a, 0.7) for a in self.accents)),
            pull=min(0.75, self.pull + share * 0.5),
        )  # fmt: skip

    def each(self, turn: Callable[[Lab], Lab]) -> Palette:
        """The palette with every part but ink and paper changed."""
        return replace(
            self, sky=turn(self.sky), glow=turn(self.glow), far=turn(self.far),
            near=turn(self.near), light=turn(self.light), shade=turn(self.shade),
            accents=tuple(turn(a) for a in self.accents),
        )  # fmt: skip


def scheme(rows: Sequence[Sequence[float]], dim: float, chroma: float, pull: float) -> Palette:
    """A palette from lightness, chroma and hue of sky, glow, far, near, light, shade, accents."""
    sky, glow, far, near, light, shade, *accents = (lch(*row) for row in rows)
    return Palette(
        sky, glow, far, near, light, shade, tuple(accents), shift(shade, 0.17 - shade[0], 0.7),
        mix(light, (0.96, 0.0, 0.01), 0.7), dim, chroma, pull,
    )  # fmt: skip
