"""The underpainting: the picture as planes of colour, before any brush stroke.

Scenery and drawings are laid here as forms with a light side and a shadow side. The brush then
paints what it sees here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from .exact import Plane, Stream, clip01, noise
from .palette import Lab, Palette, mix, rgb, shift
from .shapes import Shape

Rgb: TypeAlias = Plane
"""Colour planes, float32, (3, height, width), sRGB 0..1."""


@dataclass(slots=True)
class Easel:
    """Planes to lay forms on. Coordinates are in units of the shorter side, y pointing down.

    Attributes:
        palette: The picture's colours.
        light: Direction to the light (x, y), unit length.
        scale: Pixels a unit.
        rgb: Colour planes, (3, height, width).
        depth: 0 near .. 1 far, for what is laid next.
        strict: 0..1, how far asked-for colours are kept, for what is laid next.
        contrast: How strong light and shadow on forms are.
        flat: No modelling at all (posters, pixel art).
    """

    palette: Palette
    light: tuple[float, float]
    scale: float
    rgb: Rgb
    xs: Plane
    ys: Plane
    wobble_x: Plane
    wobble_y: Plane
    grain: Plane
    depth: float = 0.0
    strict: float = 0.0
    contrast: float = 1.0
    flat: bool = False

    @classmethod
    def blank(
        cls, height: int, width: int, palette: Palette, light: tuple[float, float], seed: int,
        wobble: float,
    ) -> Easel:  # fmt: skip
        """An empty easel of (height, width) pixels; ``wobble`` is how unsteady the hand is."""
        scale = float(min(height, width))
        chance = Stream("wobble", seed)
        ground = np.empty((3, height, width), np.float32)
        ground[:] = np.array(rgb(palette.far))[:, None, None]
        return cls(
            palette, light, scale, ground,
            (np.arange(width, dtype=np.float32)[None, :] + 0.5) / scale,
            (np.arange(height, dtype=np.float32)[:, None] + 0.5) / scale,
            noise(chance, height, width, 9.0, octaves=3) * wobble,
            noise(chance, height, width, 9.0, octaves=3) * wobble,
            noise(chance, height, width, 26.0, octaves=3),
        )  # fmt: skip

    @property
    def width(self) -> float:
        """Width in units."""
        return float(self.rgb.shape[2]) / self.scale

    @property
    def height(self) -> float:
        """Height in units."""
        return float(self.rgb.shape[1]) / self.scale

    def tone(self, colour: Lab) -> Lab:
        """A thing's own colour in this picture's light and at the present depth."""
        seen = self.palette.local(colour, self.strict)
        if self.depth > 0.0:
            seen = mix(seen, self.palette.glow, self.depth * (0.7 - 0.3 * self.strict))
        return seen

    def lay(
        self, shape: Shape, colour: Lab, *, round: float = 0.5, raw: bool = False,
        soft: float = 0.0, opacity: float = 1.0, variety: float = 1.0,
    ) -> None:  # fmt: skip
        """Lay one form.

        Args:
            shape: The form.
            colour: Its own colour (by plain day, unless ``raw``).
            round: 0 flat .. 1 like a ball.
            raw: The colour is meant as it is: lights, reflections.
            soft: Width of its edge beyond one pixel, units.
            opacity: 0..1.
            variety: How much the colour varies over the form.
        """
        left, top, right, bottom = shape.bounds
        margin = 3.0 / self.scale + soft + 0.012
        rows, columns = self.rgb.shape[1:]
        y0 = max(0, math.floor((top - margin) * self.scale))
        y1 = min(rows, math.ceil((bottom + margin) * self.scale))
        x0 = max(0, math.floor((left - margin) * self.scale))
        x1 = min(columns, math.ceil((right + margin) * self.scale))
        if y1 - y0 < 2 or x1 - x0 < 2:
            return
        here = np.s_[y0:y1, x0:x1]
        d = self._distance(shape, here)
        alpha = clip01(0.5 - d * (self.scale / (1.0 + soft * self.scale))) * opacity
        base = colour if raw else self.tone(colour)
        vary = self.grain[here] * (0.045 * variety)
        planes = [vary * gain + v for v, gain in zip(rgb(base), (1.0, 0.9, 0.7), strict=True)]
        reach = min(right - left, bottom - top)
        if not self.flat and round > 0.0 and reach * self.scale > 5.0:
            self._model(planes, d, base, round, reach * 0.42, raw)
        for own, new in zip(self.rgb[:, *here], planes, strict=True):
            own += (new - own) * alpha

    def mark(
        self, shape: Shape, colour: Lab, *, opacity: float = 1.0, soft: float = 0.0,
        variety: float = 0.0,
    ) -> None:  # fmt: skip
        """Lay one flat form in a colour as it is: light, shadow, water, marks on the ground."""
        self.lay(shape, colour, raw=True, round=0.0, opacity=opacity, soft=soft, variety=variety)

    def _distance(self, shape: Shape, here: tuple[slice, slice]) -> Plane:
        """The distance of a window's points; a large costly form is measured at every second."""
        rows, columns = here[0].stop - here[0].start, here[1].stop - here[1].start
        step = 2 if shape.costly and rows * columns > 2500 else 1
        x = self.xs[:, here[1]] + self.wobble_x[here]
        y = self.ys[here[0]] + self.wobble_y[here]
        d = shape.distance(x[::step, ::step], y[::step, ::step])
        return d if step == 1 else _doubled(_doubled(d, rows).T, columns).T

    def _model(
        self, planes: list[Plane], d: Plane, base: Lab, round_: float, turn: float, raw: bool
    ) -> None:
        """Light on the side of the light, shadow on the other."""
        t = clip01(d * (-1.0 / turn))
        slope = (1.0 - t) * (1.0 - t * 0.3)
        gx, gy = _slope(d, self.scale)
        lit = (gx * self.light[0] + gy * self.light[1]) * slope
        # A ball's terminator: the whole form leans into the shadow away from the light.
        lit = lit * (1.15 * round_ * self.contrast) + (t - 0.45) * (0.25 * round_)
        up, down = clip01(lit), clip01(-lit)
        far = 1.0 - 0.6 * self.depth
        light = mix(shift(base, 0.14 * far, 1.05), self.palette.light, 0.34 * far)
        shade = mix(shift(base, -0.20 * far * (0.5 + base[0] * 0.6), 1.05), self.palette.shade,
                    0.42 * far)  # fmt: skip
        if raw:
            light, shade = shift(base, 0.08), shift(base, -0.10)
        for plane, high, low, own in zip(planes, rgb(light), rgb(shade), rgb(base), strict=True):
            plane += up * (high - own)
            plane += down * (low - own)


def _doubled(plane: Plane, rows: int) -> Plane:
    """The plane with a row between every two."""
    out = np.empty((rows, plane.shape[1]), np.float32)
    out[::2] = plane
    between = out[1::2]
    between[: len(plane) - 1] = (plane[:-1] + plane[1:])[: len(between)] * 0.5
    if len(between) == len(plane):
        between[-1] = plane[-1]
    return out


def _slope(d: Plane, scale: float) -> tuple[Plane, Plane]:
    """The outward direction of a distance plane, about unit length."""
    down, across = (np.asarray(side, np.float32) * scale for side in np.gradient(d))
    return across, down
