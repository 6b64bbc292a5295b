"""The last touches: drawn lines, thick paint in side light, paper, grain, each manner's own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .easel import Easel
from .exact import Plane, Stream, blur, change, clip01, cosine, noise, sine, smooth, stretch, wave
from .palette import rgb
from .plan import Manner

_LINE_COLOURS = {
    "black": (0.09, 0.085, 0.10),
    "white": (0.93, 0.96, 1.0),
    "lead": (0.22, 0.22, 0.25),
}
_PAPER = np.array([0.975, 0.965, 0.94], np.float32)


class Finish:
    """A picture being finished; the passes that a manner's ``finish`` names are methods.

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
        self.smooth = np.stack([stretch(plane, h, w) for plane in easel.rgb], axis=2)
        self.line, self.detail = stretch(easel.line, h, w), stretch(easel.detail, h, w)

    def done(self) -> Plane:
        """The finished picture, (height, width, 3), sRGB 0..1."""
        m = self.manner
        share = clip01((self.detail - 0.74) * 3.6) * (0.86 * (1.0 - self.rough))
        share = np.maximum(share, (1.0 - m.paint) * (1.0 - 0.8 * self.rough))
        self.picture += (self.smooth - self.picture) * share[:, :, None]
        for name in m.finish:
            getattr(self, name)()
        if m.contrast != 1.0:
            self.picture *= m.contrast
            self.picture += 0.5 - 0.5 * m.contrast
        self._surface()
        return clip01(self.picture)

    def lines(self) -> None:
        """The contours that the underpainting keeps, drawn with an unsteady pressure."""
        m = self.manner
        if m.line > 0.0:
            broken = smooth(self.noise("line", 16.0) * 0.9 + 0.75) * 0.55 + 0.45
            strength = clip01(self.line * broken * (m.line * 1.25)) * (1.0 - 0.55 * self.rough)
            self.glaze(_LINE_COLOURS.get(m.line_colour) or rgb(self.palette.ink), strength * 0.92)

    def _surface(self) -> None:
        """Ridges of paint in the light, threads or fibres, a darker rim, grain."""
        m = self.manner
        if m.relief > 0.0:  # light comes from the upper left
            slope = np.zeros_like(self.thickness)
            slope[1:, 1:] = self.thickness[1:, 1:] - self.thickness[:-1, :-1]
            slope = np.minimum(np.maximum(slope * (0.17 * m.relief), -0.085), 0.085)
            self.picture += slope[:, :, None]
        if m.weave > 0.0:
            if m.relief > 0.0:
                period = 1.0 / max(2.2, self.short / 300.0)
                x = wave(np.arange(self.width, dtype=np.float32) * period)
                y = wave(np.arange(self.height, dtype=np.float32) * period)
                cloth = x[None, :] * y[:, None] * 0.55 + self.fine("weave") * 0.9
            else:  # paper has no threads, but fibres
                cloth = self.noise("fibre", self.short / 4.0, 2) * 0.8 + self.fine("weave") * 0.8
            self.multiply(1.0 + cloth * (0.055 * m.weave))
        if m.vignette > 0.0:
            x, y = self.x * 2.0 - 1.0, self.y * 2.0 - 1.0
            self.multiply(1.0 - smooth((x * x + y * y - 0.45) * 0.62) * (m.vignette * 0.8))
        if m.grain > 0.0:
            self.picture += (self.fine("grain") * (m.grain * 0.3))[:, :, None]

    def rim(self) -> Plane:
        """The distance to the nearest border, shares of the shorter side."""
        x, y = self.x * (self.width / self.short), self.y * (self.height / self.short)
        x = np.minimum(x, self.width / self.short - x)
        rim: Plane = np.minimum(x, np.minimum(y, self.height / self.short - y))
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
        counts = np.bincount((clip01(grey) * 255.0).astype(np.intp).reshape(-1), minlength=256)
        share = np.cumsum(counts) * 20
        low = int(np.searchsorted(share, grey.size)) / 255.0
        high = int(np.searchsorted(share, grey.size * 19)) / 255.0
        return clip01((grey - low) * (1.0 / max(high - low, 0.2))) * 0.8 + 0.12

    def glaze(self, colour: tuple[float, float, float], strength: Plane | float) -> None:
        """Move every pixel towards a colour."""
        share = strength if isinstance(strength, float) else strength[:, :, None]
        self.picture += (np.array(colour, np.float32) - self.picture) * share

    def multiply(self, factor: Plane) -> None:
        """Darken or lighten every pixel."""
        self.picture *= factor[:, :, None]

    def scale(self, share: Plane, *ranges: tuple[float, float]) -> None:
        """Replace each channel by a gradient between two values; ``share`` 0 is the first."""
        low, high = np.array(ranges).T
        span = (high - low).astype(np.float32)
        self.picture[:] = share[:, :, None] * span + low.astype(np.float32)

    def hatching(self, turn: float, period: float) -> Plane:
        """Parallel wavering lines, 0..1."""
        x = self.x * (self.width * cosine(turn) / period)
        y = self.y * (self.height * sine(turn) / period)
        wobble = self.noise("hatch", 7.0, 2) * 0.9
        return wave((x + y).astype(np.float32) + wobble) * 0.5 + 0.5

    def cells(self, cells: int, key: str) -> tuple[NDArray[np.intp], NDArray[np.intp], Plane]:
        """A jittered grid: the centre (row, column) of each pixel's cell, the gap to the next."""
        h, w, s = self.height, self.width, self.short
        rows, columns = max(2, cells * h // s), max(2, cells * w // s)
        chance, shape = Stream(key, self.seed), (rows + 2, columns + 2)
        jy = chance.row(shape[0] * shape[1]).reshape(shape) * 0.7 + 0.15
        jx = chance.row(shape[0] * shape[1]).reshape(shape) * 0.7 + 0.15
        y, x = self.y * float(rows), self.x * float(columns)
        iy, ix = y[:, 0].astype(np.intp), x[0].astype(np.intp)
        near, second = np.full((h, w), 9.0, np.float32), np.full((h, w), 9.0, np.float32)
        by, bx = np.zeros((h, w), np.float32), np.zeros((h, w), np.float32)
        for dy in (0, 1, 2):
            for dx in (0, 1, 2):
                cy = jy[iy[:, None] + dy, ix[None, :] + dx] + (iy[:, None] + (dy - 1))
                cx = jx[iy[:, None] + dy, ix[None, :] + dx] + (ix[None, :] + (dx - 1))
                cy, cx = cy.astype(np.float32), cx.astype(np.float32)
                ex, ey = cx - x, cy - y
                d = np.sqrt(ex * ex + ey * ey)
                closer = d < near
                second = np.where(closer, near, np.minimum(second, d))
                near, by, bx = (np.where(closer, a, b) for a, b in ((d, near), (cy, by), (cx, bx)))
        at_y = np.clip((by * (h / rows)).astype(np.intp), 0, h - 1)
        at_x = np.clip((bx * (w / columns)).astype(np.intp), 0, w - 1)
        return at_y, at_x, second - near

    def watercolour(self) -> None:
        """Thin colour on paper: lights left open, edges where it dried, granules in the dark."""
        grey, r = self.grey(), max(1, self.short // 256)
        self.picture += (self.picture - grey[:, :, None]) * 0.35
        edge = np.abs(grey - blur(grey, r * 3))
        thin = clip01(0.24 + self.noise("bleed", 5.0, 5) * 0.30 - (0.5 - grey) * 0.3)
        self.picture += (_PAPER - self.picture) * (thin * 0.72)[:, :, None]
        self.multiply(1.0 - clip01(edge * 2.2) * 0.34)
        self.multiply(
            1.0 - clip01(self.noise("grit", self.short / 5.0, 2) - 0.1) * clip01(1.0 - grey) * 0.22
        )

    def deckle(self) -> None:
        """Unpainted paper round the sheet, with a bleeding edge."""
        border = smooth((0.045 + self.noise("bleed", 5.0, 5) * 0.022 - self.rim()) * 90.0)
        self.picture += (_PAPER - self.picture) * border[:, :, None]

    def ink(self) -> None:
        """Black ink in a few dilutions on warm paper."""
        grey = self.tones()
        tint = self.picture - self.grey()[:, :, None]
        steps = np.floor(clip01(grey * 1.15 + self.noise("bleed", 6.0, 5) * 0.10) * 4.999) * 0.25
        share = smooth((steps * 0.55 + grey * 0.45) * 1.28 - 0.12)
        self.scale(share, (0.10, 0.955), (0.10, 0.935), (0.125, 0.885))
        self.picture += tint * 0.8

    def charcoal(self) -> None:
        """Smudged black that catches the tooth of the paper."""
        grey = self.tones()
        tone = grey * 0.7 + blur(grey, self.short // 30) * 0.3
        tone = clip01((tone - 0.5) * 1.25 + 0.5)
        sweep = self.hatching(0.14, max(7.0, self.short / 40.0)) - 0.5
        middle = clip01(1.0 - np.abs(tone - 0.5) * 1.6)
        tooth = self.noise("tooth", self.short / 3.4, 2) * 0.11 * clip01(middle + 0.25)
        mark = smooth(tone * 1.1 + tooth + sweep * 0.10 * middle)
        self.scale(mark, (0.13, 0.93), (0.125, 0.90), (0.125, 0.84))

    def pencil(self) -> None:
        """Two directions of hatching over a faint wash."""
        shade, period = clip01(1.02 - self.tones()), max(3.0, self.short / 128.0)
        marks = clip01((shade - 0.16) * 1.6 - self.hatching(0.11, period) * 0.62)
        marks += clip01((shade - 0.46) * 1.8 - self.hatching(0.36, period * 1.1) * 0.62) * 0.8
        marks = clip01(marks * (1.0 + self.noise("tooth", self.short / 3.0, 2) * 0.55))
        self.glaze((0.965, 0.955, 0.925), 0.66)
        self.glaze((0.25, 0.25, 0.28), marks * 0.85)

    def tooth(self) -> None:
        """Chalk that catches only the raised grain of the paper."""
        tooth = self.noise("tooth", self.short / 3.0, 2)
        self.glaze(
            (0.42, 0.38, 0.36), smooth(tooth * 1.5 - 0.55 + (0.5 - self.grey()) * 0.2) * 0.42
        )

    def woodcut(self) -> None:
        """A black block over flat tints; the middle tones are cut as lines that follow the form."""
        tone = blur(self.tones(), self.short // 90)
        self.picture = np.rint(blur(self.picture, self.short // 60) * 4.0) * (0.62 / 4.0)
        self.picture += np.array([0.93, 0.88, 0.76], np.float32) * 0.38
        period = 1.0 / max(4.0, self.short / 74.0)
        lines = self.y * (0.9 * self.height * period) + self.x * (0.22 * self.width * period)
        cutting = wave(lines.astype(np.float32) + tone * 3.5)
        self.glaze((0.10, 0.095, 0.11), smooth(0.5 - ((tone - 0.34) * 4.4 + cutting) * 2.5))

    def posterise(self) -> None:
        """Light in a few steps."""
        grey = self.grey()
        stepped = np.rint(blur(grey, max(1, self.short // 160)) * 6.0) * (1.0 / 6.0)
        self.multiply(1.0 + (stepped / np.maximum(grey, 0.04) - 1.0) * 0.65)

    def dots(self, period: float, turn: float) -> Plane:
        """A raster, -1..1."""
        c, s = cosine(turn) / period, sine(turn) / period
        x, y = self.x * float(self.width), self.y * float(self.height)
        return wave((x * c + y * s).astype(np.float32)) * wave((y * c - x * s).astype(np.float32))

    def halftone(self) -> None:
        """A raster of dots in the middle tones."""
        grey = blur(self.grey(), 2)
        dots = self.dots(max(5.0, self.short / 72.0), 0.125) * 0.5 + 0.5
        hit = smooth((dots - clip01(grey * 1.1 - 0.02)) * 7.0)
        self.glaze(
            rgb(self.palette.accents[0]), hit * clip01(1.0 - np.abs(grey - 0.55) * 2.4) * 0.8
        )

    def risograph(self) -> None:
        """Three spot colours, each a grainy screen a little out of register, on rough paper."""
        red, green, blue = np.moveaxis(blur(self.picture, 2), 2, 0)
        low, high = np.minimum(np.minimum(red, green), blue), self.tones()
        self.picture[:] = _PAPER
        period, chance = max(3.0, self.short / 150.0), Stream("register", self.seed)
        warm = clip01((red - blue) * 1.9) + clip01(0.55 - high) * 0.25
        cool = clip01((blue - red) * 2.2 + (green - red) * 0.9)
        dark = clip01((0.62 - low) * 1.35) * clip01((0.60 - high) * 2.4)
        for ink, tone, turn in (((1.0, 0.45, 0.36), warm, 0.04), ((0.10, 0.55, 0.60), cool, 0.21),
                                ((0.16, 0.17, 0.32), dark, 0.125)):  # fmt: skip
            shift = [chance.whole(5) - 2 for _ in range(2)]
            screen = self.dots(period, turn) * 0.30 + self.fine(f"riso{turn}") * 0.5
            mark = smooth((np.roll(tone, shift, (0, 1)) - 0.36 + screen * 0.55) * 3.2) * 0.92
            left = (1.0 - np.array(ink)).astype(np.float32)
            self.picture *= 1.0 - left * mark[:, :, None]

    def paper(self) -> None:
        """Warm, uneven paper showing through."""
        self.glaze((0.96, 0.93, 0.85), 0.07)
        self.multiply(1.0 + self.noise("paper", 3.0, 4) * 0.03)

    def whiplash(self) -> None:
        """A gold frame with a line that swells towards the corners."""
        w, h = self.width / self.short, self.height / self.short
        x, y = self.x * w, self.y * h
        corner = np.minimum(x, w - x) + np.minimum(y, h - y)
        inside = self.rim() - (0.03 + 0.08 * smooth((0.42 - corner.astype(np.float32)) * 2.6))
        self.glaze(rgb(self.palette.accents[-1]), smooth(0.5 - inside * 160.0) * 0.9)
        self.glaze(rgb(self.palette.ink), smooth(1.0 - np.abs(inside) * 260.0))
        self.glaze(rgb(self.palette.ink), smooth(1.0 - np.abs(self.rim() - 0.014) * 330.0))

    def facets(self) -> None:
        """Space cut by straight lines into planes, each displaced and shaded its own way."""
        chance, h, w, s = Stream("facets", self.seed), self.height, self.width, self.short
        x, y = self.x * (w / s), self.y * (h / s)
        owner, lines = np.zeros((h, w), np.intp), 9
        near, shade = np.full((h, w), 9.0, np.float32), np.zeros((h, w), np.float32)
        for i in range(lines):
            turn = chance.pick((0.04, 0.1, 0.16, 0.22, 0.29, 0.36, 0.43)) + chance.between(
                -0.02, 0.02
            )
            c, n = cosine(turn), sine(turn)
            dx, dy = x - chance.between(0.1, 0.9) * w / s, y - chance.between(0.1, 0.9) * h / s
            d, along = (dx * c + dy * n).astype(np.float32), (dy * c - dx * n).astype(np.float32)
            stops = chance.between(-0.15, 0.35)  # a line ends somewhere: not every plane is cut
            side = (d > 0.0) & (along > -stops)
            owner += side.astype(np.intp) << i
            near = np.minimum(near, np.maximum(np.abs(d), -stops - along))
            shade += side * clip01(1.0 - d * 3.2) * chance.between(-0.20, 0.30)
        moves = chance.row(2 << lines)
        up = ((moves[owner] - 0.5) * (0.13 * s)).astype(np.intp)
        left = ((moves[owner + (1 << lines)] - 0.5) * (0.13 * s)).astype(np.intp)
        iy = np.clip(np.arange(h)[:, None] + up, 0, h - 1)
        ix = np.clip(np.arange(w)[None, :] + left, 0, w - 1)
        self.picture, self.line = self.picture[iy, ix], self.line[iy, ix]
        self.multiply(1.0 + shade.astype(np.float32) + (moves[owner] - 0.5) * 0.16)
        self.glaze(rgb(self.palette.ink), smooth(1.0 - near * (s * 0.34)) * 0.34)

    def pixels(self) -> None:
        """Few large pixels in few dithered colours."""
        block = max(2, self.short // 84)
        h, w = self.height // block, self.width // block
        cut = self.picture[: h * block, : w * block]
        small = cut[block // 2 :: block, block // 2 :: block][:h, :w] * 0.6
        small = small + cut[block // 3 :: block, block // 3 :: block][:h, :w] * 0.4
        order = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]
        matrix = np.array(order, np.float32) * (1 / 16) - 0.5
        dither = np.tile(matrix, (h // 4 + 1, w // 4 + 1))[:h, :w]
        small = np.rint((small + dither[:, :, None] * 0.06) * 7.0) / 7.0
        iy = np.minimum(np.arange(self.height) // block, h - 1)
        ix = np.minimum(np.arange(self.width) // block, w - 1)
        self.picture = np.ascontiguousarray(small[iy][:, ix].astype(np.float32))

    def blueprint(self) -> None:
        """White lines, hatching and a grid on blue."""
        grey, s = blur(self.grey(), 2), self.short
        self.scale(clip01(grey * 0.62), (0.075, 0.20), (0.20, 0.38), (0.43, 0.64))
        for cells, strength in ((20.0, 0.16), (4.0, 0.22)):
            period = s / cells
            x, y = (np.abs(np.arange(n) % period - period * 0.5) > period * 0.5 - 0.75
                    for n in (self.width, self.height))  # fmt: skip
            self.glaze((0.75, 0.86, 1.0), (x[None, :] | y[:, None]).astype(np.float32) * strength)
        self.line = np.maximum(self.line, clip01(change(grey) * 6.0 - 0.25) * 0.7)
        hatch = smooth((self.hatching(0.125, max(4.0, s / 90.0)) - 0.82) * 8.0)
        self.glaze((0.82, 0.9, 1.0), hatch * clip01(0.5 - grey) * 0.55)
        rim = self.rim() * float(s)
        frame = (np.abs(rim - s / 40) < 1.0) | (np.abs(rim - s / 29) < 0.6)
        self.glaze((0.9, 0.95, 1.0), frame.astype(np.float32) * 0.8)

    def soft(self) -> None:
        """An old lens: everything a little soft."""
        self.picture += (blur(self.picture, max(1, self.short // 300)) - self.picture) * 0.8

    def bloom(self) -> None:
        """Lights that spread."""
        self.picture += (blur(clip01(self.grey() - 0.72) * 2.0, self.short // 30) * 0.32)[
            :, :, None
        ]

    def sepia(self) -> None:
        """A brown print from an uneven plate."""
        tone = smooth(clip01(self.grey() * 1.05 + self.noise("plate", 2.0, 4) * 0.05) * 0.9 + 0.05)
        self.scale(tone, (0.13, 0.93), (0.085, 0.83), (0.055, 0.66))

    def scratches(self) -> None:
        """Scratches, dust and the rim of the poured plate."""
        chance, marks = (
            Stream("scratches", self.seed),
            np.zeros((self.height, self.width), np.float32),
        )
        for i in range(97):
            row, column = chance.whole(self.height - 3), chance.whole(self.width - 3)
            long = int(self.height * chance.between(0.05, 0.4)) if i < 7 else 1 + chance.whole(3)
            marks[row : row + long, column : column + 1 + (i > 6)] = chance.between(0.15, 0.5)
        self.glaze((0.93, 0.86, 0.72), marks)
        rim = smooth((0.02 + self.noise("collodion", 4.0, 4) * 0.03 - self.rim()) * 45.0)
        self.glaze((0.09, 0.06, 0.045), rim * 0.8)

    def faded(self) -> None:
        """Colour film that has lost its blue: warm blacks, yellow lights, a leak of light."""
        low, high = np.array([[0.13, 0.10, 0.115], [0.99, 0.945, 0.80]])
        self.picture *= (high - low).astype(np.float32)
        self.picture += low.astype(np.float32)
        x = self.x if Stream("leak", self.seed).side() > 0 else 1.0 - self.x
        leak = smooth((x - 0.72 + self.noise("leak", 1.5, 2) * 0.16) * 3.2)
        self.picture += leak[:, :, None] * np.array([0.26, 0.10, 0.015], np.float32)

    def varnish(self) -> None:
        """Old varnish: warmer, darker in the blues."""
        self.picture *= np.array([1.02, 0.965, 0.85], np.float32)
        self.glaze((0.28, 0.17, 0.06), 0.06)

    def craquelure(self) -> None:
        """Fine cracks in zones."""
        crack = smooth((0.035 - np.abs(self.noise("crack", 26.0, 3))) * 26.0)
        self.multiply(1.0 - crack * smooth(self.noise("crack zone", 3.0, 2) * 1.2) * 0.28)

    def tesserae(self) -> None:
        """Small stones with mortar between."""
        y, x, gap = self.cells(52, "tesserae")
        tone = Stream("tile", self.seed).row(4096)
        self.picture = self.picture[y, x]
        self.multiply(1.0 + (tone[(y * 31 + x * 17) % 4096] - 0.5) * 0.16)
        self.glaze((0.80, 0.77, 0.70), smooth((0.20 - gap) * 7.0) * 0.85)
        self.thickness = np.ascontiguousarray(smooth(gap * 3.0))

    def leading(self) -> None:
        """Glass held by lead."""
        y, x, gap = self.cells(11, "leading")
        self.picture += (self.picture[y, x] - self.picture) * 0.5
        self.multiply(1.05 + self.noise("glass", 9.0, 4) * 0.16)
        lead = np.maximum(smooth((0.075 - gap) * 26.0), clip01(blur(self.line, 2) * 1.7))
        self.glaze((0.06, 0.06, 0.07), lead)
