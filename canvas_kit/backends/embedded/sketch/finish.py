"""The last touches: drawn lines, thick paint in side light, paper, grain, each manner's own."""

from __future__ import annotations

import numpy as np

from .easel import Easel
from .exact import Plane, Stream, blur, change, clip01, cosine, noise, sine, smooth, stretch, wave
from .palette import rgb
from .plan import Manner

_LINE_COLOURS = {"black": (0.09, 0.085, 0.10), "white": (0.93, 0.96, 1.0)}
_PAPER = (0.975, 0.965, 0.94)


class Finish:
    """A picture being finished; what a manner's ``finish`` names is a method.

    Args:
        picture: Colours, (height, width, 3), sRGB 0..1, changed in place or replaced.
        thickness: Thickness of paint.
        easel: The underpainting, brought to the picture's size.
        manner: The technique.
        seed: The seed.
        rough: 0..1, how unfinished: few steps leave lines and texture weaker.
    """

    def __init__(
        self, picture: Plane, thickness: Plane, easel: Easel, manner: Manner, seed: int,
        rough: float,
    ) -> None:  # fmt: skip
        self.picture, self.thickness, self.manner = picture, thickness, manner
        self.palette, self.seed, self.rough = easel.palette, seed, rough
        self.height, self.width = h, w = picture.shape[:2]
        self.short = min(h, w)
        self.x = (np.arange(w, dtype=np.float32)[None, :] + 0.5) * (1.0 / w)
        self.y = (np.arange(h, dtype=np.float32)[:, None] + 0.5) * (1.0 / h)
        self.under = np.stack([stretch(plane, h, w) for plane in easel.rgb], axis=2)
        sharp = change(np.minimum(np.minimum(*easel.rgb[:2]), easel.rgb[2]))
        self.edges = stretch(sharp, h, w)

    def done(self) -> Plane:
        """The finished picture, (height, width, 3), sRGB 0..1."""
        m = self.manner
        share = clip01(blur(self.edges, 1) * 5.0 - 0.35) * (0.7 * (1.0 - self.rough))
        share = np.maximum(share, (1.0 - m.paint) * (1.0 - 0.8 * self.rough))
        self.picture += (self.under - self.picture) * share[:, :, None]
        if m.finish:
            getattr(self, m.finish)()
        if m.line > 0.0:  # drawn with an unsteady pressure
            broken = smooth(self.noise("line", 16.0) * 0.9 + 0.75) * 0.55 + 0.45
            drawn = clip01(self.edges * 3.2 - 0.3) * broken * m.line * (1.0 - 0.55 * self.rough)
            self.glaze(_LINE_COLOURS.get(m.line_colour) or rgb(self.palette.ink), drawn * 0.92)
        if m.contrast != 1.0:
            self.picture *= m.contrast
            self.picture += 0.5 - 0.5 * m.contrast
        self._surface()
        return clip01(self.picture)

    def _surface(self) -> None:
        """Ridges of paint in the light, a weave, a darker rim, grain."""
        m = self.manner
        if m.relief > 0.0:  # light comes from the upper left
            slope = np.zeros_like(self.thickness)
            slope[1:, 1:] = self.thickness[1:, 1:] - self.thickness[:-1, :-1]
            slope = np.minimum(np.maximum(slope * (0.17 * m.relief), -0.085), 0.085)
            self.picture += slope[:, :, None]
        if m.weave > 0.0:
            cloth = self.noise("weave", self.short / 4.0, 2) * 0.6 + self.fine("weave") * 0.8
            self.multiply(1.0 + cloth * (0.055 * m.weave))
        if m.vignette > 0.0:
            x, y = self.x * 2.0 - 1.0, self.y * 2.0 - 1.0
            self.multiply(1.0 - smooth((x * x + y * y - 0.45) * 0.62) * (m.vignette * 0.8))
        if m.grain > 0.0:
            self.picture += (self.fine("grain") * (m.grain * 0.3))[:, :, None]

    def rim(self) -> Plane:
        """The distance to the nearest border, shares of the shorter side."""
        w, h = self.width / self.short, self.height / self.short
        x, y = self.x * w, self.y * h
        rim: Plane = np.minimum(np.minimum(x, w - x), np.minimum(y, h - y))
        return rim

    def noise(self, key: str, cells: float, octaves: int = 3) -> Plane:
        """Value noise over the picture."""
        chance = Stream("finish", key, self.seed)
        return noise(chance, self.height, self.width, cells, octaves=octaves)

    def fine(self, key: str) -> Plane:
        """One independent number a pixel, -0.5..0.5."""
        row = Stream("fine", key, self.seed).row(self.height * self.width)
        return row.reshape(self.height, self.width) - 0.5

    def grey(self) -> Plane:
        """Lightness of each pixel, about 0..1."""
        p = self.picture
        grey: Plane = p[:, :, 0] * 0.30 + p[:, :, 1] * 0.59 + p[:, :, 2] * 0.11
        return grey

    def tones(self) -> Plane:
        """Lightness with its darkest and lightest twentieth pulled nearly to black and white."""
        grey = self.grey()
        ordered = np.sort(grey, axis=None)
        low, high = float(ordered[grey.size // 20]), float(ordered[-grey.size // 20])
        return clip01((grey - low) * (1.0 / max(high - low, 0.2))) * 0.8 + 0.12

    def glaze(self, colour: tuple[float, float, float], strength: Plane | float) -> None:
        """Move every pixel towards a colour."""
        share = strength if isinstance(strength, float) else strength[:, :, None]
        self.picture += (np.array(colour, np.float32) - self.picture) * share

    def multiply(self, factor: Plane) -> None:
        """Darken or lighten every pixel."""
        self.picture *= factor[:, :, None]

    def scale(self, share: Plane, low: tuple[float, ...], high: tuple[float, ...]) -> None:
        """Replace the colours by a gradient between two; ``share`` 0 is the first."""
        first, last = np.array(low, np.float32), np.array(high, np.float32)
        self.picture[:] = share[:, :, None] * (last - first) + first

    def raster(self, period: float, turn: float, *, dots: bool = False) -> Plane:
        """Parallel lines, or dots, -1..1; one every ``period`` pixels."""
        c, s = cosine(turn) / period, sine(turn) / period
        x, y = self.x * float(self.width), self.y * float(self.height)
        lines = wave((x * c + y * s).astype(np.float32) + self.noise("raster", 7.0, 2) * 0.4)
        return lines * wave((y * c - x * s).astype(np.float32)) if dots else lines

    def watercolour(self) -> None:
        """Thin colour on paper: lights left open, edges where it dried, a bleeding border."""
        grey, r = self.grey(), max(1, self.short // 256)
        self.picture += (self.picture - grey[:, :, None]) * 0.35
        edge = np.abs(grey - blur(grey, r * 3))
        thin = clip01(0.24 + self.noise("bleed", 5.0, 5) * 0.30 - (0.5 - grey) * 0.3)
        self.glaze(_PAPER, thin * 0.72)
        self.multiply(1.0 - clip01(edge * 2.2) * 0.34)
        border = 0.045 + self.noise("bleed", 5.0, 5) * 0.022 - self.rim()
        self.glaze(_PAPER, smooth(border * 90.0))

    def ink(self) -> None:
        """Black ink in a few dilutions on warm paper."""
        grey = self.tones()
        steps = np.floor(clip01(grey * 1.15 + self.noise("bleed", 6.0, 5) * 0.10) * 4.999) * 0.25
        self.scale(smooth((steps * 0.55 + grey * 0.45) * 1.28 - 0.12),
                   (0.10, 0.10, 0.125), (0.955, 0.935, 0.885))  # fmt: skip

    def charcoal(self) -> None:
        """Hatched black that catches the tooth of the paper."""
        tone = clip01((self.tones() - 0.5) * 1.25 + 0.5)
        sweep = self.raster(max(5.0, self.short / 60.0), 0.14)
        middle = clip01(1.0 - np.abs(tone - 0.5) * 1.6)
        tooth = self.noise("tooth", self.short / 3.4, 2) * 0.13 * clip01(middle + 0.25)
        self.scale(smooth(tone * 1.1 + tooth + sweep * 0.09 * middle),
                   (0.13, 0.125, 0.125), (0.93, 0.90, 0.84))  # fmt: skip

    def woodcut(self) -> None:
        """A black block over flat tints; the middle tones are cut as lines that follow the form."""
        tone = blur(self.tones(), self.short // 90)
        self.picture = np.rint(blur(self.picture, self.short // 60) * 4.0) * (0.62 / 4.0)
        self.picture += np.array([0.93, 0.88, 0.76], np.float32) * 0.38
        period = 1.0 / max(4.0, self.short / 74.0)
        lines = self.y * (0.9 * self.height * period) + self.x * (0.22 * self.width * period)
        cutting = wave(lines.astype(np.float32) + tone * 3.5)
        self.glaze((0.10, 0.095, 0.11), smooth(0.5 - ((tone - 0.34) * 4.4 + cutting) * 2.5))

    def poster(self) -> None:
        """Light in a few steps."""
        grey = self.grey()
        stepped = np.rint(blur(grey, max(1, self.short // 160)) * 6.0) * (1.0 / 6.0)
        self.multiply(1.0 + (stepped / np.maximum(grey, 0.04) - 1.0) * 0.65)

    def halftone(self) -> None:
        """A raster of dots in the middle tones of a poster."""
        self.poster()
        grey = blur(self.grey(), 2)
        dots = self.raster(max(5.0, self.short / 72.0), 0.125, dots=True) * 0.5 + 0.5
        hit = smooth((dots - clip01(grey * 1.1 - 0.02)) * 7.0)
        middle = clip01(1.0 - np.abs(grey - 0.55) * 2.4)
        self.glaze(rgb(self.palette.accents[0]), hit * middle * 0.8)

    def whiplash(self) -> None:
        """A poster in a gold frame with a line that swells towards the corners."""
        self.poster()
        w, h = self.width / self.short, self.height / self.short
        x, y = self.x * w, self.y * h
        corner = np.minimum(x, w - x) + np.minimum(y, h - y)
        inside = self.rim() - (0.03 + 0.08 * smooth((0.42 - corner.astype(np.float32)) * 2.6))
        self.glaze(rgb(self.palette.accents[-1]), smooth(0.5 - inside * 160.0) * 0.9)
        self.glaze(rgb(self.palette.ink), smooth(1.0 - np.abs(inside) * 260.0))

    def facets(self) -> None:
        """Space cut by straight lines into planes, each displaced and shaded its own way."""
        chance, h, w, s = Stream("facets", self.seed), self.height, self.width, self.short
        owner, near = np.zeros((h, w), np.intp), np.full((h, w), 9.0, np.float32)
        lines = 7
        for i in range(lines):
            turn = chance.unit() * 0.5
            dx = (self.x - chance.between(0.1, 0.9)) * (w / s)
            dy = (self.y - chance.between(0.1, 0.9)) * (h / s)
            d = (dx * cosine(turn) + dy * sine(turn)).astype(np.float32)
            owner += (d > 0.0).astype(np.intp) << i
            near = np.minimum(near, np.abs(d))
        moves = chance.row(2 << lines)
        up = ((moves[owner] - 0.5) * (0.13 * s)).astype(np.intp)
        left = ((moves[owner + (1 << lines)] - 0.5) * (0.13 * s)).astype(np.intp)
        iy = np.clip(np.arange(h)[:, None] + up, 0, h - 1)
        ix = np.clip(np.arange(w)[None, :] + left, 0, w - 1)
        self.picture, self.edges = self.picture[iy, ix], self.edges[iy, ix]
        self.multiply(1.0 + (moves[owner] - 0.5) * 0.4)
        self.glaze(rgb(self.palette.ink), smooth(1.0 - near * (s * 0.34)) * 0.34)

    def pixels(self) -> None:
        """Few large pixels in few colours."""
        block = max(2, self.short // 84)
        iy, ix = (np.minimum(np.arange(n) // block * block + block // 2, n - 1)
                  for n in (self.height, self.width))  # fmt: skip
        self.picture = np.ascontiguousarray(np.rint(self.picture[iy][:, ix] * 7.0) / 7.0)

    def blueprint(self) -> None:
        """White lines and a grid on blue."""
        grey, s = blur(self.grey(), 2), self.short
        self.scale(clip01(grey * 0.62), (0.075, 0.20, 0.43), (0.20, 0.38, 0.64))
        for cells, strength in ((20.0, 0.16), (4.0, 0.22)):
            period = s / cells
            x, y = (np.abs(np.arange(n) % period - period * 0.5) > period * 0.5 - 0.75
                    for n in (self.width, self.height))  # fmt: skip
            self.glaze((0.75, 0.86, 1.0), (x[None, :] | y[:, None]).astype(np.float32) * strength)
        frame = np.abs(self.rim() * float(s) - s / 29) < 0.9
        self.glaze((0.9, 0.95, 1.0), frame.astype(np.float32) * 0.8)

    def sepia(self) -> None:
        """A brown print from an uneven, scratched plate, a little soft."""
        self.picture += (blur(self.picture, max(1, self.short // 300)) - self.picture) * 0.8
        tone = smooth(clip01(self.grey() * 1.05 + self.noise("plate", 2.0, 4) * 0.05) * 0.9 + 0.05)
        self.scale(tone, (0.13, 0.085, 0.055), (0.93, 0.83, 0.66))
        chance, marks = Stream("scratches", self.seed), np.zeros_like(tone)
        for i in range(97):
            row, column = chance.whole(self.height - 3), chance.whole(self.width - 3)
            long = int(self.height * chance.between(0.05, 0.4)) if i < 7 else 1 + chance.whole(3)
            marks[row : row + long, column : column + 1 + (i > 6)] = chance.between(0.15, 0.5)
        self.glaze((0.93, 0.86, 0.72), marks)

    def faded(self) -> None:
        """Colour film that has lost its blue: warm blacks, yellow lights, a leak of light."""
        low, high = np.array([[0.13, 0.10, 0.115], [0.99, 0.945, 0.80]], np.float32)
        self.picture *= high - low
        self.picture += low
        x = self.x if Stream("leak", self.seed).side() > 0 else 1.0 - self.x
        leak = smooth((x - 0.72 + self.noise("leak", 1.5, 2) * 0.16) * 3.2)
        self.picture += leak[:, :, None] * np.array([0.26, 0.10, 0.015], np.float32)

    def varnish(self) -> None:
        """Old varnish: warmer, darker in the blues, with fine cracks."""
        self.picture *= np.array([1.02, 0.965, 0.85], np.float32)
        self.glaze((0.28, 0.17, 0.06), 0.06)
        self.multiply(1.0 - smooth((0.035 - np.abs(self.noise("crack", 26.0, 3))) * 26.0) * 0.2)

    def tesserae(self) -> None:
        """Small stones, one darker than the next, with mortar between."""
        size = max(4.0, self.short / 48.0)
        y = self.y * (self.height / size) + self.noise("rows", 5.0, 2) * 0.2
        x = self.x * (self.width / size) + self.noise("columns", 5.0, 2) * 0.2
        x = x + np.floor(y) * 0.5
        iy, ix = np.floor(y), np.floor(x)
        tone = Stream("tile", self.seed).row(4096)[((iy * 31 + ix * 17) % 4096).astype(np.intp)]
        at_y = np.clip((iy - y + 0.5) * size + self.y * self.height, 0, self.height - 1)
        at_x = np.clip((ix - x + 0.5) * size + self.x * self.width, 0, self.width - 1)
        self.picture = self.picture[at_y.astype(np.intp), at_x.astype(np.intp)]
        self.multiply(1.0 + (tone - 0.5) * 0.2)
        gap = 0.5 - np.maximum(np.abs(y - iy - 0.5), np.abs(x - ix - 0.5))
        self.glaze((0.80, 0.77, 0.70), smooth((0.12 - gap) * 9.0).astype(np.float32) * 0.85)
