"""Colours that belong together.

Colours are OKLab triples (lightness 0..1, green-red, blue-yellow); the formulas and constants of
OKLab are Björn Ottosson's (2020). Mixing in OKLab keeps gradients clean, and the last step to
sRGB is made of exact arithmetic only (see ``exact``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from .exact import clamp, cosine, sine

__all__ = [
    "COLOURS",
    "LIGHTS",
    "Lab",
    "Palette",
    "lch",
    "mix",
    "rgb",
    "shift",
]

Lab = tuple[float, float, float]
"""Lightness 0..1, green-red, blue-yellow."""


@lru_cache(maxsize=4096)
def lch(lightness: float, chroma: float, degrees: float) -> Lab:
    """A colour by lightness (0..1), chroma (0..0.3) and hue angle (degrees, OKLCH)."""
    return lightness, chroma * cosine(degrees / 360.0), chroma * sine(degrees / 360.0)


def mix(a: Lab, b: Lab, share: float) -> Lab:
    """The colour ``share`` of the way from ``a`` to ``b``."""
    return (
        a[0] + (b[0] - a[0]) * share,
        a[1] + (b[1] - a[1]) * share,
        a[2] + (b[2] - a[2]) * share,
    )


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
        low, high = 0.0, 1.0
        for _ in range(10):
            middle = (low + high) / 2.0
            found = _linear((colour[0], colour[1] * middle, colour[2] * middle))
            if min(found) < -0.0005 or max(found) > 1.0005:
                high = middle
            else:
                low = middle
        found = _linear((colour[0], colour[1] * low, colour[2] * low))
    return (
        _encode(clamp(found[0])),
        _encode(clamp(found[1])),
        _encode(clamp(found[2])),
    )


COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.57, 0.22, 27), "crimson": (0.46, 0.19, 20), "maroon": (0.36, 0.13, 22),
    "rust": (0.52, 0.14, 42), "orange": (0.71, 0.18, 52), "amber": (0.77, 0.16, 72),
    "gold": (0.77, 0.14, 86), "yellow": (0.88, 0.18, 99), "ochre": (0.66, 0.12, 76),
    "lime": (0.83, 0.20, 124), "green": (0.60, 0.16, 146), "olive": (0.54, 0.10, 112),
    "emerald": (0.55, 0.14, 160), "mint": (0.87, 0.09, 166), "turquoise": (0.75, 0.12, 194),
    "teal": (0.50, 0.09, 200), "cyan": (0.81, 0.13, 212), "skyblue": (0.76, 0.11, 236),
    "blue": (0.50, 0.18, 260), "navy": (0.31, 0.11, 265), "indigo": (0.37, 0.17, 279),
    "violet": (0.48, 0.19, 300), "lavender": (0.76, 0.09, 300), "magenta": (0.59, 0.24, 338),
    "pink": (0.78, 0.13, 358), "coral": (0.71, 0.16, 34), "peach": (0.84, 0.09, 56),
    "brown": (0.42, 0.08, 56), "beige": (0.85, 0.05, 84), "cream": (0.94, 0.04, 92),
    "white": (0.96, 0.008, 95), "silver": (0.78, 0.012, 250), "grey": (0.60, 0.012, 255),
    "charcoal": (0.33, 0.012, 260), "black": (0.19, 0.012, 275), "copper": (0.60, 0.12, 46),
    "skin": (0.72, 0.08, 52), "wood": (0.50, 0.08, 62), "stone": (0.66, 0.02, 80),
    "brick": (0.53, 0.12, 36), "leaf": (0.55, 0.12, 136), "steel": (0.62, 0.03, 245),
}  # fmt: skip
"""Named colours: lightness, chroma and hue angle (OKLCH)."""


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
            self,
            sky=lean(self.sky, 1.0), glow=lean(self.glow, 0.8), far=lean(self.far),
            near=lean(self.near), light=lean(self.light, 0.5), shade=lean(self.shade, 0.8),
            accents=(lean(colour, 1.0), *(lean(a, 0.7) for a in self.accents)),
            pull=min(0.75, self.pull + share * 0.5),
        )  # fmt: skip

    def times(self, chroma: float) -> Palette:
        """The palette with its colourfulness multiplied."""

        def own(colour: Lab) -> Lab:
            return shift(colour, 0.0, chroma)

        return replace(
            self, sky=own(self.sky), glow=own(self.glow), far=own(self.far), near=own(self.near),
            light=own(self.light), shade=own(self.shade),
            accents=tuple(own(a) for a in self.accents), chroma=self.chroma * chroma,
        )  # fmt: skip


_Row = tuple[float, float, float]


def _scheme(
    sky: _Row, glow: _Row, far: _Row, near: _Row, light: _Row, shade: _Row,
    accents: tuple[_Row, ...], dim: float = 1.0, chroma: float = 1.0, pull: float = 0.22,
) -> Palette:  # fmt: skip
    dark = lch(*shade)
    return Palette(
        lch(*sky), lch(*glow), lch(*far), lch(*near), lch(*light), dark,
        tuple(lch(*a) for a in accents), shift(dark, 0.17 - dark[0], 0.7),
        mix(lch(*light), (0.96, 0.0, 0.01), 0.7), dim, chroma, pull,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _lights() -> dict[str, tuple[Palette, ...]]:
    s = _scheme
    return {
        "dawn": (
            s((.66, .08, 290), (.87, .09, 45), (.62, .06, 320), (.44, .05, 330), (.92, .09, 60),
              (.33, .08, 290), ((.66, .17, 30), (.80, .12, 70), (.52, .11, 250))),
            s((.62, .07, 240), (.90, .09, 80), (.63, .05, 230), (.43, .05, 190), (.94, .09, 85),
              (.32, .07, 260), ((.70, .16, 45), (.60, .10, 200), (.82, .10, 95))),
            s((.55, .09, 305), (.82, .12, 25), (.55, .07, 340), (.38, .06, 310), (.90, .10, 45),
              (.29, .08, 295), ((.74, .15, 60), (.56, .16, 15), (.62, .08, 220)), .88),
        ),
        "day": (
            s((.66, .11, 245), (.91, .04, 215), (.66, .06, 170), (.60, .11, 125), (.97, .05, 95),
              (.38, .07, 265), ((.62, .19, 30), (.82, .15, 85), (.50, .13, 255))),
            s((.74, .08, 225), (.94, .05, 95), (.70, .06, 150), (.68, .10, 105), (.97, .06, 90),
              (.40, .07, 290), ((.66, .17, 40), (.58, .11, 190), (.78, .11, 350))),
            s((.58, .10, 255), (.86, .06, 75), (.62, .07, 205), (.56, .10, 75), (.95, .07, 80),
              (.33, .07, 275), ((.60, .17, 25), (.74, .13, 70), (.44, .08, 200))),
            s((.78, .07, 195), (.93, .05, 60), (.74, .07, 45), (.64, .11, 50), (.97, .06, 75),
              (.38, .09, 310), ((.52, .12, 210), (.82, .14, 80), (.56, .18, 15))),
            s((.80, .06, 95), (.93, .05, 85), (.66, .07, 120), (.52, .09, 125), (.97, .05, 95),
              (.32, .06, 200), ((.58, .17, 35), (.50, .09, 230), (.80, .13, 75))),
            s((.70, .06, 265), (.90, .05, 345), (.66, .07, 300), (.55, .08, 160), (.96, .05, 65),
              (.34, .08, 285), ((.68, .17, 5), (.84, .12, 100), (.46, .11, 275))),
        ),
        "sunset": (
            s((.50, .11, 295), (.80, .16, 50), (.50, .11, 350), (.33, .07, 320), (.88, .15, 62),
              (.24, .08, 295), ((.64, .20, 32), (.80, .16, 75), (.40, .12, 280)), .84, 1.05, .3),
            s((.56, .09, 240), (.84, .15, 68), (.54, .09, 40), (.36, .07, 50), (.90, .14, 75),
              (.26, .08, 275), ((.60, .18, 28), (.52, .09, 215), (.82, .14, 82)), .86, 1.05, .28),
            s((.44, .13, 330), (.76, .17, 38), (.44, .12, 10), (.28, .07, 350), (.85, .15, 50),
              (.21, .07, 310), ((.74, .17, 62), (.58, .22, 15), (.50, .10, 250)), .80, 1.05, .3),
        ),
        "dusk": (
            s((.38, .10, 268), (.70, .09, 20), (.40, .08, 285), (.27, .06, 280), (.84, .11, 60),
              (.19, .06, 280), ((.78, .14, 70), (.52, .14, 350), (.45, .11, 245)), .68, .95, .32),
            s((.35, .08, 240), (.68, .08, 75), (.38, .06, 220), (.26, .05, 215), (.86, .12, 80),
              (.18, .05, 250), ((.80, .14, 78), (.50, .12, 30), (.44, .09, 200)), .66, .95, .32),
        ),
        "night": (
            s((.19, .08, 270), (.42, .09, 255), (.30, .07, 260), (.23, .05, 255), (.90, .06, 95),
              (.11, .04, 270), ((.80, .14, 80), (.52, .15, 25), (.50, .12, 230)), .54, .95, .36),
            s((.18, .07, 290), (.40, .10, 310), (.28, .07, 300), (.22, .06, 280), (.88, .07, 70),
              (.10, .04, 285), ((.78, .15, 65), (.58, .16, 345), (.48, .10, 215)), .54, .95, .36),
            s((.20, .07, 225), (.45, .09, 185), (.31, .07, 205), (.24, .06, 210), (.92, .06, 110),
              (.11, .04, 230), ((.82, .14, 90), (.56, .14, 35), (.52, .10, 170)), .56, .95, .36),
        ),
        "grey": (
            s((.62, .02, 250), (.80, .02, 230), (.58, .03, 215), (.44, .04, 175), (.90, .03, 220),
              (.30, .04, 255), ((.60, .16, 35), (.74, .11, 85), (.45, .08, 240)), .88, .85, .26),
            s((.56, .03, 215), (.77, .03, 180), (.54, .03, 190), (.42, .04, 120), (.89, .03, 150),
              (.27, .04, 230), ((.62, .15, 45), (.56, .10, 15), (.70, .10, 95)), .86, .82, .28),
        ),
        "fog": (
            s((.80, .02, 230), (.89, .02, 80), (.72, .02, 220), (.46, .04, 200), (.95, .03, 80),
              (.34, .03, 250), ((.62, .13, 35), (.72, .09, 80), (.55, .06, 230)), .95, .68, .3),
            s((.78, .03, 300), (.88, .03, 40), (.70, .03, 290), (.44, .05, 270), (.94, .04, 50),
              (.33, .04, 285), ((.64, .12, 15), (.74, .08, 70), (.54, .07, 250)), .95, .70, .3),
        ),
        "storm": (
            s((.30, .04, 255), (.64, .05, 130), (.38, .04, 220), (.29, .05, 160), (.88, .07, 100),
              (.17, .04, 255), ((.70, .15, 65), (.56, .15, 25), (.60, .08, 190)), .74, .9, .28),
            s((.27, .05, 290), (.58, .07, 55), (.35, .05, 280), (.26, .05, 250), (.86, .09, 70),
              (.15, .05, 280), ((.72, .16, 60), (.50, .16, 15), (.50, .08, 240)), .72, .9, .28),
        ),
        "winter": (
            s((.70, .06, 245), (.91, .04, 55), (.80, .03, 250), (.92, .02, 245), (.98, .03, 75),
              (.52, .07, 265), ((.58, .18, 28), (.50, .09, 220), (.74, .11, 75)), .95, .9),
            s((.66, .04, 220), (.88, .03, 200), (.77, .03, 225), (.91, .02, 220), (.97, .02, 200),
              (.48, .06, 240), ((.56, .17, 30), (.46, .08, 175), (.72, .12, 70)), .93, .85),
            s((.60, .07, 285), (.88, .07, 30), (.74, .05, 300), (.88, .03, 310), (.97, .05, 50),
              (.44, .08, 285), ((.60, .17, 20), (.76, .12, 65), (.46, .10, 260)), .9, .9),
        ),
        "room": (
            s((.46, .05, 160), (.70, .06, 110), (.42, .06, 60), (.50, .08, 62), (.95, .08, 85),
              (.24, .05, 260), ((.60, .17, 30), (.76, .13, 80), (.48, .09, 230)), .93),
            s((.50, .08, 30), (.74, .07, 60), (.38, .05, 250), (.46, .07, 50), (.95, .08, 75),
              (.23, .06, 290), ((.52, .10, 205), (.80, .13, 85), (.60, .15, 15)), .93),
            s((.55, .06, 245), (.80, .04, 225), (.50, .06, 65), (.60, .07, 70), (.97, .06, 90),
              (.30, .06, 265), ((.64, .17, 38), (.80, .14, 92), (.48, .12, 350)), .96),
            s((.40, .05, 290), (.66, .07, 330), (.34, .06, 270), (.44, .07, 40), (.94, .09, 65),
              (.20, .06, 285), ((.76, .14, 72), (.58, .17, 20), (.54, .09, 190)), .9),
            s((.72, .07, 90), (.86, .06, 90), (.46, .08, 45), (.58, .09, 55), (.98, .06, 90),
              (.31, .06, 300), ((.48, .12, 255), (.58, .18, 30), (.60, .11, 150)), .97),
        ),
        "candle": (
            s((.17, .04, 60), (.46, .10, 62), (.22, .05, 50), (.26, .06, 52), (.92, .13, 78),
              (.10, .03, 40), ((.70, .15, 55), (.54, .16, 30), (.48, .07, 160)), .72, 1.0, .4),
            s((.15, .03, 250), (.42, .09, 50), (.20, .04, 300), (.25, .06, 40), (.90, .13, 70),
              (.09, .03, 280), ((.74, .15, 65), (.50, .16, 20), (.44, .08, 230)), .70, 1.0, .4),
        ),
        "underwater": (
            s((.62, .11, 205), (.42, .10, 235), (.36, .09, 225), (.30, .06, 200), (.92, .09, 185),
              (.20, .07, 250), ((.72, .17, 45), (.82, .14, 90), (.60, .18, 0)), .82, 1.0, .3),
            s((.66, .10, 180), (.40, .09, 205), (.34, .08, 200), (.42, .06, 110), (.93, .08, 160),
              (.19, .06, 230), ((.70, .18, 35), (.80, .13, 80), (.56, .15, 320)), .82, 1.0, .3),
        ),
        "space": (
            s((.12, .05, 280), (.27, .11, 305), (.20, .08, 290), (.30, .06, 300), (.93, .06, 80),
              (.08, .04, 285), ((.78, .15, 65), (.60, .18, 350), (.62, .13, 215)), .8, 1.05, .2),
            s((.10, .04, 250), (.26, .09, 220), (.20, .07, 230), (.36, .07, 40), (.95, .05, 90),
              (.07, .03, 265), ((.70, .17, 45), (.62, .12, 200), (.84, .13, 90)), .8, 1.05, .2),
        ),
        "neon": (
            s((.16, .09, 290), (.42, .20, 335), (.26, .13, 300), (.15, .06, 280), (.86, .15, 200),
              (.09, .06, 285), ((.70, .25, 345), (.85, .16, 195), (.80, .17, 80)), .7, 1.25, .3),
            s((.15, .07, 250), (.40, .13, 215), (.24, .11, 270), (.14, .06, 265), (.85, .19, 345),
              (.08, .05, 270), ((.84, .17, 190), (.68, .25, 350), (.86, .20, 125)), .7, 1.25, .3),
        ),
        "desert": (
            s((.68, .09, 235), (.91, .07, 80), (.70, .09, 55), (.74, .11, 68), (.98, .08, 85),
              (.38, .09, 320), ((.56, .16, 32), (.50, .09, 210), (.86, .13, 90))),
            s((.76, .06, 85), (.92, .08, 75), (.66, .11, 42), (.70, .13, 58), (.97, .09, 80),
              (.34, .09, 345), ((.52, .11, 225), (.60, .18, 28), (.44, .08, 150))),
        ),
        "autumn": (
            s((.68, .06, 240), (.90, .07, 80), (.60, .11, 50), (.56, .12, 62), (.96, .10, 80),
              (.30, .07, 310), ((.60, .18, 38), (.76, .16, 75), (.46, .15, 22)), .95),
            s((.64, .05, 85), (.86, .09, 78), (.54, .10, 65), (.48, .11, 45), (.95, .11, 75),
              (.26, .06, 340), ((.62, .19, 42), (.80, .16, 85), (.44, .08, 220)), .92),
        ),
        "spring": (
            s((.76, .08, 235), (.94, .05, 10), (.76, .08, 140), (.74, .14, 128), (.98, .05, 95),
              (.44, .07, 285), ((.78, .13, 0), (.86, .15, 98), (.62, .13, 300))),
            s((.80, .06, 215), (.94, .06, 95), (.80, .07, 120), (.70, .15, 132), (.98, .06, 100),
              (.42, .07, 255), ((.80, .12, 345), (.68, .16, 45), (.60, .12, 265))),
        ),
    }  # fmt: skip


LIGHTS = (
    "dawn", "day", "sunset", "dusk", "night", "grey", "fog", "storm", "winter", "room", "candle",
    "underwater", "space", "neon", "desert", "autumn", "spring",
)  # fmt: skip
"""The lights that a picture can have."""


def scheme(light: str, number: int) -> Palette:
    """One of the palettes for a light; every number gives one."""
    found = _lights()[light]
    return found[number % len(found)]
