"""From a plan to the underpainting: the scene, what stands in it, and the weather over it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import shapes
from .drawings import Pose, drawings
from .easel import Easel, Rgb
from .exact import Plane, Stream, clamp, clip01, grow, noise, smooth
from .forms import grow_form
from .lexicon import colours
from .palette import Lab, lch, mix, rgb, shift
from .plan import Field, Item, PicturePlan

_OUTSIDE = ("land", "water", "street")
_ALL = slice(None)


def underpaint(
    plan: PicturePlan, field: Field, height: int, width: int, start: Rgb | None = None
) -> Easel:
    """The picture before the brush, (height, width) pixels.

    Args:
        plan: What goes where.
        field: Bends the planes, (height, width).
        height: Rows.
        width: Columns.
        start: A picture to begin from, (3, height, width), sRGB 0..1.
    """
    manner, strict = plan.manner, plan.strict
    e = Easel.blank(height, width, plan.palette, (plan.sun * 0.72, -0.69), plan.seed,
                    (0.0032 + 0.010 * (1.0 - strict)) * manner.wobble)  # fmt: skip
    e.contrast = manner.model * (0.85 + 0.3 * strict)
    e.flat = manner.model <= 0.0
    scene = _Scene(e, plan, field)
    scene.paint()
    if start is not None:
        e.rgb += (start - e.rgb) * 0.82
    for item in plan.items:
        scene.draw(item)
    dream = clamp(manner.field + (0.5 - strict) * 1.1, 0.0, 0.8)
    if dream > 0.02:  # the field shows through
        mist = Easel.blank(height, width, plan.palette, e.light, plan.seed, 0.0)
        _Scene(mist, plan, field).abstract()
        share = 0.35 + 0.45 * smooth(field.tone * 1.3 + 0.1)
        e.rgb += (mist.rgb - e.rgb) * (share * dream)
    if plan.setting in _OUTSIDE:
        scene.weather()
    return e


def ground_colour(plan: PicturePlan) -> tuple[float, float, float]:
    """The colour of the bare, toned canvas."""
    p = plan.palette
    return rgb(mix(mix(p.glow, p.near, 0.5), p.accents[0], 0.25))


def _planes(channels: ArrayLike) -> Plane:
    """Three numbers, one a colour plane."""
    return np.asarray(channels, np.float32)[:, None, None]


class _Scene:
    """The place a picture shows, painted on an easel."""

    def __init__(self, e: Easel, plan: PicturePlan, field: Field) -> None:
        self.e, self.plan, self.field = e, plan, field
        self.p, self.horizon = plan.palette, plan.horizon
        self.chance = Stream("scene", plan.seed, plan.setting, plan.place)
        self.row = min(e.rgb.shape[1] - 2, max(2, int(plan.horizon * e.scale)))

    def paint(self) -> None:
        """Paint the plan's setting."""
        scenes = {"land": self._land, "water": self._shore, "street": self._town,
                  "room": self._room, "still": self._room, "studio": self._studio,
                  "under": self._sea_bed, "space": self._space, "plane": self._plane}  # fmt: skip
        (self._poster if self.plan.manner.poster else scenes[self.plan.setting])()

    # -- what all scenes use -------------------------------------------------------------------

    def _blend(self, colour: Lab, share: Plane | float, rows: slice = _ALL) -> None:
        """Move rows towards a colour; ``share`` 0..1 may differ from pixel to pixel."""
        part = self.e.rgb[:, rows]
        part += (_planes(rgb(colour)) - part) * share

    def _fill(self, top: Lab, low: Lab, share: Plane, rows: slice = _ALL) -> None:
        """Replace rows by a gradient; ``share`` 0 is the top colour."""
        first, last = np.array(rgb(top)), np.array(rgb(low))
        self.e.rgb[:, rows] = clip01(share) * _planes(last - first) + _planes(first)

    def _noise(self, cells: float, octaves: int, stretch: float = 1.0) -> Plane:
        """Value noise over the easel, found at every second pixel: the brush is coarser anyway."""
        _, height, width = self.e.rgb.shape
        half = noise(self.chance, height // 2, width // 2, cells, octaves=octaves, stretch=stretch)
        return grow(half, height, width, soft=False)

    def _put(
        self, name: str, x: float, y: float, size: float, *, tint: Lab | None = None,
        share: float = 0.4, depth: float = 0.0, facing: float = 0.0, shade: float = 0.0,
    ) -> None:  # fmt: skip
        """Draw something that the scene adds, its colour drawn ``share`` into the palette."""
        own, chance, accents = drawings()[name], self.chance, self.p.accents
        if tint is None:
            tint = colours()[chance.pick(own.main)] if own.main else accents[0]
            tint = mix(tint, chance.pick(accents), share)
        second = colours()[chance.pick(own.second)] if own.second else accents[1]
        if shade:
            self._shadow(x, y, size * own.wide * shade)
        self.e.depth = depth
        own.draw(self.e, Pose(x, y, size, facing or chance.side()), (tint, second, accents[2]))
        self.e.depth = 0.0

    def _scatter(self, name: str, count: int, sizes: tuple[float, float], *, depth: float = 0.0,
                 tints: Sequence[Lab] = (), rows: tuple[float, float] = (0.0, 1.0),
    ) -> None:  # fmt: skip
        """Put something on the ground again and again, from the horizon to the lower edge."""
        e, chance, free = self.e, self.chance, self.e.height - self.horizon
        for t in sorted(chance.between(*rows) for _ in range(count)):
            size = sizes[0] + (sizes[1] - sizes[0]) * t
            tint = shift(chance.pick(tints), chance.between(-0.08, 0.06)) if tints else None
            x = e.width * chance.unit()
            if t > 0.5 and size > 0.2 and abs(x / e.width - 0.5) < 0.22:  # room for what matters
                x = e.width * (0.06 if x < e.width / 2 else 0.94)
            y = self.horizon + free * t
            self._put(name, x, y, size, tint=tint, depth=depth * (1.0 - t), share=0.1)

    def _shadow(self, x: float, y: float, wide: float) -> None:
        """The shadow that something throws on what it stands on."""
        p, sun = self.p, self.plan.sun
        strength = 0.55 if p.dim > 0.8 and self.plan.light not in ("grey", "fog") else 0.32
        cast = shapes.ellipse(x - sun * wide * 0.32, y + 0.004, wide * 0.72, wide * 0.13)
        self.e.mark(cast, mix(p.shade, p.near, 0.2), soft=wide * 0.12 + 0.01, opacity=strength)
        close = shapes.ellipse(x - sun * wide * 0.06, y + 0.002, wide * 0.42, wide * 0.06)
        self.e.mark(close, p.shade, soft=0.012, opacity=strength)

    def _mirror(self, x: float, wide: float, foot: float, height: float, strength: float) -> None:
        """A wet ground's or water's image of what stands on it, from its foot downwards."""
        e, y0 = self.e, int(foot * self.e.scale)
        count = min(int(height * e.scale), e.rgb.shape[1] - y0, y0)
        left = max(0, int((x - wide / 2) * e.scale))
        right = min(e.rgb.shape[2], int((x + wide / 2) * e.scale))
        if count < 3 or right - left < 3:
            return
        fade = (1.0 - np.arange(count, dtype=np.float32) * (1.0 / count)) * strength
        side = np.abs(np.arange(right - left, dtype=np.float32) * (2.0 / (right - left)) - 1.0)
        share = fade[:, None] * smooth((1.0 - side) * 4.0)[None, :]
        part = e.rgb[:, y0 : y0 + count, left:right]
        part += (e.rgb[:, y0 - count : y0, left:right][:, ::-1] * 0.9 - part) * share

    # -- outside -------------------------------------------------------------------------------

    def _sky(self) -> None:
        plan, chance, e, p, light = self.plan, self.chance, self.e, self.p, self.plan.light
        rows = slice(0, self.row + 2)
        field, y = self.field, e.ys[rows] * (1.0 / max(self.horizon, 0.05))
        share = y * y * 0.45 + y * 0.55 + field.tone[rows] * (0.1 + 0.1 * plan.wild)
        self._fill(p.sky, p.glow, smooth(share), rows)
        warm = clip01(field.hue[rows] * (0.16 + 0.2 * plan.wild)) * (0.3 + 0.7 * y)
        self._blend(mix(p.glow, p.accents[0], 0.4), warm, rows)
        low = light in ("dawn", "sunset", "dusk", "autumn", "winter")
        high = chance.between(0.72, 0.95) if low else chance.between(0.1, 0.4)
        at = e.width * (0.5 + plan.sun * chance.between(0.15, 0.36)), self.horizon * high
        if light not in ("grey", "fog", "storm", "night"):
            dx, dy = e.xs - at[0], e.ys[rows] - at[1]
            near = clip01(1.0 - np.sqrt(dx * dx + dy * dy) * 1.1)
            self._blend(p.light, near * near * 0.75, rows)
        wet = bool({"storm", "rain"} & set(plan.weather))
        clouds = 0.85 if wet else 0.25 if light in ("night", "desert", "neon") else 0.5
        mass = self._noise(chance.between(1.6, 2.6), 5, 2.0)[rows] * 1.35
        mass += field.second[rows] * 0.25
        cover = smooth((mass - (0.62 - 0.95 * clouds * chance.between(0.6, 1.15))) * 2.0)
        lift, step = np.zeros_like(mass), max(2, int(e.scale * 0.02))
        lift[:-step] = mass[:-step] - mass[step:]
        bright, day = clip01(0.55 - lift * 3.4), p.dim > 0.75
        pale = mix(p.light, p.paper, 0.4) if day else mix(p.glow, p.light, 0.18)
        self._blend(mix(p.sky, p.shade, 0.3), cover * 0.75 * (1.0 - bright), rows)
        self._blend(pale, cover * bright * (0.9 if day else 0.5), rows)
        if p.dim < 0.7:
            self._stars(240 if light == "night" else 100, rows.stop)
        if plan.shows("sun", "moon") or wet:
            return
        if low and light != "winter":
            self._put("sun", at[0], at[1] + 0.06, 0.09, tint=mix(p.light, lch(0.9, 0.12, 70), 0.5))
        elif light == "night":
            self._put("moon", at[0], at[1] + 0.1, 0.1, tint=mix(p.light, lch(0.95, 0, 0), 0.6))

    def _stars(self, count: int, low: int) -> None:
        """Small lights above a pixel row."""
        width = self.e.rgb.shape[2]
        rows = [self.chance.row(count).tolist() for _ in range(3)]
        for sx, sy, size in zip(*rows, strict=True):
            y, x, r = int(sy * (low - 4)) + 1, int(sx * (width - 4)) + 1, 1 if size < 0.82 else 2
            spot = self.e.rgb[:, max(0, y - r + 1) : y + r, max(0, x - r + 1) : x + r]
            spot += (0.96 - spot) * (0.4 + 0.6 * size)

    def _ridge(self, rise: float, depth: float, tint: Lab, sharp: float, snow: float = 0.0,
               base: float | None = None) -> None:  # fmt: skip
        """A range of hills (``sharp`` 0) or mountains (1), with snow on a share of its height."""
        e, p, base = self.e, self.p, self.horizon + 0.015 if base is None else base
        wide, total, weight = e.rgb.shape[2], np.zeros(e.rgb.shape[2], np.float32), 0.55
        cells = (1.5 + self.chance.unit()) * wide / e.scale
        for _ in range(5):
            values = self.chance.row(int(cells) + 3) * 2.0 - 1.0
            line = grow(np.stack((values, values)), 2, wide, soft=sharp < 0.5)[0]
            total += (line * (1.0 - sharp) + (1.0 - np.abs(line) * 2.0) * sharp) * weight
            weight, cells = weight * 0.5, cells * 2.1 + 1
        top = base - rise * (0.55 + total * 0.75)
        rows = slice(max(0, int((base - rise * 1.6) * e.scale)), int(base * e.scale) + 3)
        fall = e.ys[rows] - top[None, :]
        e.depth, before = depth, e.depth
        own = e.tone(tint)
        e.depth = before
        slope = np.zeros_like(total)
        slope[:-1] = (total[1:] - total[:-1]) * (e.scale / 40.0 * sharp * self.plan.sun)
        body = self._noise(7.0, 3)[rows]
        side, down = clip01(0.5 + body * 0.8 + slope[None, :]), clip01(fall * (1.0 / rise))
        lit, dark = (np.array(rgb(mix(own, c, 0.3 * (1.2 - depth)))) for c in (p.light, p.shade))
        colour = _planes(dark) + side * _planes(lit - dark)
        colour += (_planes(rgb(p.glow)) - colour) * (down * down * (0.25 + 0.45 * depth))
        if snow:
            cap = smooth((snow * 0.9 - down + body * 0.18) * 5.0) * (0.4 + 0.6 * side)
            colour += (0.95 - colour) * (cap * ((0.9 - 0.3 * depth) * p.dim))
        e.rgb[:, rows] += (colour - e.rgb[:, rows]) * clip01(fall * e.scale)

    def _ground(self, near: Lab, rough: float = 1.0) -> None:
        """Ground from the horizon to the lower edge, its patches flattening with distance."""
        p, rows, h = self.p, slice(self.row, None), self.horizon
        t = (self.e.ys[rows] - h) * (1.0 / max(self.e.height - h, 0.05))
        patches = self._noise(3.0, 5, 3.2)[rows]
        share = t * 1.1 + patches * (0.16 * rough) + self.field.tone[rows] * 0.12
        self._fill(mix(mix(near, p.far, 0.55), p.glow, 0.25), near, share, rows)
        hollow = clip01(patches * 0.9 - 0.1) * (0.45 * rough) * (0.3 + 0.7 * t)
        self._blend(mix(near, p.shade, 0.5), hollow, rows)
        self._blend(mix(near, p.light, 0.45), clip01(-patches * 0.9 - 0.1) * (0.42 * rough), rows)
        other = clip01(self.field.hue[rows] - 0.1) * 0.28 * t
        self._blend(mix(near, p.accents[1], 0.5), other, rows)

    def _road(self, tint: Lab) -> None:
        """A way that runs into depth."""
        e, h, bend = self.e, self.horizon, self.chance.between(-0.9, 0.9)
        goal, near = e.width * (0.5 + bend * 0.3), e.width * (0.5 - bend * 0.25)
        left, right = list[shapes.Point](), list[shapes.Point]()
        for i in range(9):
            t = i / 8
            middle = goal + (near - goal) * t + (t - t * t) * (bend * 0.55)
            half, y = 0.012 + t * t * 0.42 + t * 0.06, h + 0.004 + (e.height - h) * t * 1.05
            left.append((middle - half, y))
            right.insert(0, (middle + half, y))
        e.lay(shapes.polygon([*left, *right]), tint, round=0, soft=0.014, opacity=0.62, variety=2.0)

    def _land(self) -> None:
        plan, chance, p, place = self.plan, self.chance, self.p, self.plan.place
        self._sky()
        winter, named = plan.light == "winter", colours()
        if place == "mountains":
            for rise, depth, near, snow in ((0.4, 0.75, 0.0, 0.55), (0.46, 0.45, 0.25, 0.55),
                                            (0.22, 0.2, 0.5, 0.15 + 0.5 * winter)):  # fmt: skip
                tint = mix(p.far, p.shade, near)
                self._ridge(rise * chance.between(0.85, 1.2), depth, tint, 0.85, snow)
        else:
            rise, sharp = chance.between(0.06, 0.2), chance.between(0.1, 0.5)
            self._ridge(rise * 1.5, 0.72, p.far, sharp)
            self._ridge(rise * 0.8, 0.45, mix(p.far, p.near, 0.4), 0.05)
        self._ground(p.near)
        if place not in ("desert", "mountains") and chance.likely(0.4):
            self._road(mix(p.near, p.light, 0.45))
        names = ("rust", "gold", "orange") if plan.light == "autumn" else ("leaf", "olive")
        leaves = [named[name] for name in names]
        leaves.append(mix(leaves[0], p.near, 0.3))
        counts = {"forest": 15, "garden": 5, "hills": 4, "mountains": 4, "field": 2, "": 3}
        count = counts.get(place, 0)
        if place == "forest":
            kind = chance.pick(("tree", "conifer"))
            self._scatter(kind, count, (0.24, 1.5), depth=0.75, tints=leaves, rows=(0.02, 0.5))
        elif not plan.shows("tree", "conifer", "palm"):
            kind = "conifer" if winter or place == "mountains" else "tree"
            self._scatter(kind, count, (0.12, 1.4), depth=0.6, tints=leaves, rows=(0.02, 0.2))
        if place in ("garden", "field", "") and not winter and plan.light != "desert":
            green = mix(p.near, (0.45, -0.06, 0.07), 0.35)
            count = int(26 * self.e.width)
            self._scatter("grass", count, (0.03, 0.11), tints=(green,), rows=(0.3, 1.0))
        if place == "garden" or (plan.light == "spring" and place in ("field", "")):
            self._scatter("flower", 16, (0.05, 0.16), depth=0.35, rows=(0.4, 0.95))

    def _skyline(self, depth: float, tall: float, tint: Lab) -> None:
        """A row of roofs or towers in the distance, with lit windows in the dark."""
        e, chance, x, base = self.e, self.chance, -0.05, self.horizon + 0.02
        e.depth = depth
        while x < e.width + 0.05:
            w = chance.between(0.05, 0.13) * (1.3 - depth * 0.5)
            h = tall * chance.between(0.35, 1.0)
            own = shift(tint, chance.between(-0.1, 0.08))
            e.lay(shapes.box(x + w / 2, base - h / 2, w / 2, h / 2), own, round=0.1)
            if chance.likely(0.3):
                top, tip = base - h, (x + w / 2, base - h - w * 0.7)
                roof = shapes.polygon([(x - 0.005, top), (x + w + 0.005, top), tip])
                e.lay(roof, shift(own, -0.12), round=0.2)
            for _ in range(int(10 * (1.0 - depth))):
                on = self.p.dim < 0.8 and chance.likely(0.45)
                at = x + w * chance.between(0.12, 0.88), base - chance.between(0.1, 0.93) * h
                pane = (0.86, 0.02, 0.13) if on else shift(own, -0.13)
                e.lay(shapes.box(*at, w * 0.055, 0.008), pane, raw=on, round=0, variety=0)
            x += w * chance.between(0.85, 1.25)
        e.depth = 0.0

    def _shore(self) -> None:
        e, plan, chance, p, h = self.e, self.plan, self.chance, self.p, self.horizon
        place = plan.place
        self._sky()
        if place in ("river", "lake") or chance.likely(0.45):
            self._ridge(0.17 * chance.between(0.8, 1.2), 0.6, p.far, chance.between(0.1, 0.7))
            self._ridge(0.06, 0.35, mix(p.far, p.near, 0.5), 0.0)
        for item in plan.items:  # what stands behind the shore is mirrored with it
            if not item.grounded and item.y <= h + 0.06:
                if item.home in ("land", "water"):
                    soil = colours()["leaf" if place in ("lake", "river") else "stone"]
                    bank = shapes.ellipse(item.x, item.y + 0.03, item.wide * 0.9 + 0.15, 0.055)
                    e.lay(bank, mix(p.near, soil, 0.4), round=0.25, variety=2.5)
                self.draw(item)
        rows, count, width = slice(self.row, None), e.rgb.shape[1] - self.row, e.rgb.shape[2]
        wild = clamp(plan.wild * (0.6 if place in ("lake", "river") else 1.1))
        ripple = self._noise(5.0, 4, 5.0)[rows]
        t = np.arange(count, dtype=np.float32) * (1.0 / count)
        sway = ripple[:, width // 2] * (1.0 + 8.0 * t) * (0.012 * e.scale * (0.5 + wild))
        source = self.row - 1 - (np.arange(count) * 0.9).astype(np.intp) + sway.astype(np.intp)
        mirrored = e.rgb[:, np.clip(source, 0, self.row - 1)]
        tint = mix(mix(p.sky, p.shade, 0.42), p.accents[2], 0.12)
        e.rgb[:, rows] = mirrored + (_planes(rgb(tint)) - mirrored) * (0.3 + 0.35 * t)[:, None]
        nearer = 0.25 + 0.75 * t[:, None]
        crest, hollow = (clip01((sign * ripple - 0.12) * 2.2) * nearer for sign in (1, -1))
        self._blend(mix(p.glow, p.light, 0.5), crest * (0.35 + 0.3 * wild), rows)
        self._blend(p.shade, hollow * (0.4 + 0.2 * wild), rows)
        if wild > 0.5:
            self._blend(p.paper, clip01((ripple - 0.4) * 5.0) * nearer * 0.85, rows)
        landed = any(i.grounded and not i.afloat and i.y > h for i in plan.items)
        if place == "beach" or landed:
            self._beach(e.height * (0.72 if place == "beach" else 0.8))
        if not plan.items and place != "river":
            x, tint = e.width * chance.between(0.2, 0.8), chance.pick(p.accents)
            self._put("boat", x, h + 0.05, 0.13, depth=0.35, tint=tint)

    def _beach(self, top: float) -> None:
        w, chance, p = self.e.width, self.chance, self.p
        sand = mix(p.near, colours()["beige"], 0.1 if self.plan.light == "winter" else 0.55)
        waves = [(w * i / 5, top + chance.between(-0.04, 0.04)) for i in range(-1, 7)]
        line = shapes.bend(waves)
        self.e.mark(shapes.ribbon(line, 0.012), p.paper, opacity=0.6, soft=0.008)
        low = ((w * 1.2, self.e.height + 0.1), (-0.2 * w, self.e.height + 0.1))
        self.e.lay(shapes.polygon([*line, *low]), sand, round=0, variety=2.5)

    def _town(self) -> None:
        e, plan, chance, p, h = self.e, self.plan, self.chance, self.p, self.horizon
        city, market = plan.place == "city", plan.place == "market"
        rain, named = "rain" in plan.weather, colours()
        self._sky()
        self._skyline(0.6, 0.5 if city else 0.22, mix(p.far, p.accents[0], 0.2))
        self._ground(mix(mix(p.near, shift(named["stone"], -0.08), 0.6), p.glow, 0.15), 0.6)
        if not market:
            self._road(mix(p.shade, named["grey"], 0.5))
        centre = e.width * chance.between(0.34, 0.66)
        for near in (0.0, 0.5, 1.0):
            for side in (-1.0, 1.0):
                size = (0.34 + 0.34 * near) * (1.55 if city else 1.0) * chance.between(0.8, 1.2)
                x = centre + side * (e.width * (0.15 + 0.29 * near) + 0.02)
                self._put("skyscraper" if city else "house", x, h + 0.03 + 0.08 * near, size,
                          share=0.35, depth=0.5 - 0.42 * near, facing=-side)  # fmt: skip
        if rain or p.dim < 0.7:
            self._mirror(e.width / 2, e.width * 1.2, h + 0.1, e.height, 0.42 if rain else 0.16)
        for t in (0.1, 0.42, 0.8) if market else ():
            for side in (-1.0, 1.0):
                x = e.width * (0.5 + side * (0.12 + 0.3 * t)) + chance.between(-0.03, 0.03)
                self._put("stall", x, h + (e.height - h) * (0.10 + 0.48 * t), 0.2 + 0.26 * t,
                          share=0.45, depth=0.42 * (1 - t), shade=0.9)  # fmt: skip
        for side in (-1.0, 1.0) if p.dim < 0.8 else ():
            x = e.width * (0.5 + side * 0.36)
            e.mark(shapes.ellipse(x, h + 0.21, 0.34, 0.11), p.light, soft=0.12, opacity=0.3)
            self._put("street_lamp", x, h + 0.2, 0.42, tint=named["charcoal"])

    # -- inside, and elsewhere -----------------------------------------------------------------

    def _room(self) -> None:
        e, plan, chance, p, h = self.e, self.plan, self.chance, self.p, self.horizon
        wall, below, x = slice(0, self.row), slice(self.row, None), e.xs * (1.0 / e.width)
        fall, patches = 1.0 - x if plan.sun < 0 else x, self._noise(2.4, 4)
        share = fall * 0.85 + self.field.tone[wall] * 0.18 + patches[wall] * 0.1
        self._fill(p.sky, p.glow, smooth(share + e.ys[wall] * 0.1), wall)
        self._blend(p.accents[2], clip01(self.field.hue[wall]) * 0.14, wall)
        wood, still = p.near, plan.setting == "still"
        if still:
            wood = e.tone(chance.pick((colours()["wood"], colours()["brown"], p.accents[2])))
        grainy = self._noise(4.0, 4, 6.0)[below]
        lit = 0.1 + fall * 0.65 + grainy * 0.22 + self.field.tone[below] * 0.12
        self._fill(mix(wood, p.shade, 0.4), mix(wood, p.light, 0.3), lit, below)
        edge = shapes.box(e.width / 2, h - 0.012, e.width, 0.012)
        e.lay(edge, shift(wood, 0.1), raw=True, round=0.2)
        size, small = chance.between(0.36, 0.48) * min(1.0, e.height), plan.items[2:] == ()
        if not plan.shows("window") and p.dim > 0.5 and (not still or chance.likely(0.35)):
            x_window = e.width * (0.5 + plan.sun * chance.between(0.2, 0.33))
            frame = mix(p.paper, p.accents[1], 0.25)
            self._put("window", x_window, h - 0.12 - size * 0.15, size, tint=frame)
        kinds = [kind for kind in ("bottle", "vase", "bowl", "teapot", "book", "candle")
                 if not plan.shows(kind)]  # fmt: skip
        for side in (-1.0, 1.0) if still and small else ():  # companions in half shadow
            kind = kinds.pop(chance.whole(len(kinds)))
            at, high = e.width * (0.5 + side * chance.between(0.27, 0.4)), drawings()[kind].height
            self._put(kind, at, h + 0.05, 0.3 if high > 0.25 else 0.15, depth=0.2, shade=1.0)
        sets = (("sofa", "lamp"), ("chair", "table", "chair"), ("bed", "lamp"), ("piano",))
        furniture = chance.pick(sets) if not still and not plan.items else ()
        for i, kind in enumerate(furniture):
            at = e.width * (0.5 + (i - (len(furniture) - 1) / 2) * 0.27)
            size = 0.46 if kind in ("lamp", "piano") else 0.34
            size = min(size, 0.8 * e.width / drawings()[kind].wide)
            y = h + (e.height - h) * 0.4
            self._put(kind, at, y, size, facing=1.0 if i else -1.0, shade=0.8)

    def _studio(self) -> None:
        """A soft gradient with the light on one side, turning into a floor."""
        e, p = self.e, self.p
        x = e.xs * (1.0 / e.width) - (0.5 + e.light[0] * 0.22)
        y, cloudy = e.ys * (1.0 / e.height) - 0.42, self._noise(2.2, 5)
        share = 1.05 - np.sqrt(x * x + y * y) * 1.35 + cloudy * 0.16 + self.field.tone * 0.2
        self._fill(p.sky, p.glow, smooth(share))
        self._blend(p.accents[2], clip01(self.field.hue * 0.8) * 0.2)
        self._blend(p.near, smooth((y - 0.36 + cloudy * 0.03) * 9.0) * 0.6)

    def _sea_bed(self) -> None:
        """Under water: light from above, a bed of sand, weeds, fish, bubbles."""
        e, p, chance, y = self.e, self.p, self.chance, self.e.ys * (1.0 / self.e.height)
        rays = self._noise(6.0, 3)[e.rgb.shape[1] // 2][None, :]
        self._fill(p.sky, p.glow, smooth(y * 1.15 + self.field.tone * 0.16))
        self._blend(p.light, clip01(rays * 1.6 - 0.1) * clip01(1.0 - y * 1.15) * 0.45)
        for rise, depth, tint in ((0.3, 0.6, p.far), (0.16, 0.25, p.near)):
            self._ridge(rise, depth, tint, 0.2, base=e.height * 1.02)
        weeds = (*p.accents, (0.5, -0.08, 0.06))
        for _ in range(int(7 * e.width) + 3):
            x, foot = e.width * chance.unit(), e.height * chance.between(0.93, 1.02)
            s, bow = chance.between(0.12, 0.34), chance.side() * 0.2
            points = [(x + a * bow * s, foot - b * s)
                      for a, b in ((0, 0), (1, 0.35), (-0.6, 0.7), (0.7, 1.0))]  # fmt: skip
            weed = shapes.ribbon(shapes.bend(points), 0.06 * s, 0.02 * s)
            e.lay(weed, shift(chance.pick(weeds), -0.08), round=0.6)
        for _ in range(14):
            r = chance.between(0.008, 0.024)
            bubble = shapes.ellipse(e.width * chance.unit(), e.height * chance.unit(), r, r)
            e.lay(bubble, p.light, raw=True, opacity=0.4)
        for _ in range(0 if self.plan.items else 7):
            x, foot = e.width * chance.unit(), e.height * chance.between(0.25, 0.8)
            self._put("fish", x, foot, chance.between(0.08, 0.2), share=0.0)

    def _space(self) -> None:
        """Clouds of gas, stars, a planet."""
        e, p, field, chance = self.e, self.p, self.field, self.chance
        gas = self._noise(2.0, 6)
        self._fill(p.sky, p.glow, smooth(gas * 0.8 + field.tone * 0.6 + 0.1))
        self._blend(p.accents[1], clip01(field.hue * 0.7 + gas * 0.4 - 0.1) * 0.5)
        self._blend(p.accents[2], clip01(field.second * 0.7 - gas * 0.4 - 0.1) * 0.4)
        self._stars(260, e.rgb.shape[1])
        if not self.plan.shows("planet", "moon"):
            size, x = chance.between(0.2, 0.4), e.width * (0.5 - self.plan.sun * 0.32)
            self._put("planet", x, chance.between(0.35, 0.6) * e.height, size, depth=0.12)

    def abstract(self) -> None:
        """The field itself, in the palette's colours: bands, clouds and edges."""
        p, field, chance, grainy = self.p, self.field, self.chance, self._noise(2.5, 5)
        tints = [p.sky, p.glow, p.near, *p.accents, p.light]
        base, other = chance.pick(tints), chance.pick(tints)
        base, other = (p.sky, p.glow) if base == other else (base, other)
        self._fill(base, other, 0.5 + field.tone * 0.55 + grainy * 0.15)
        first = smooth((field.hue * 0.9 + grainy * 0.25 - 0.12) * 3.5)
        second = smooth((field.second * 0.9 - grainy * 0.25 - 0.18) * 4.5)
        self._blend(chance.pick(p.accents), first * 0.9)
        self._blend(chance.pick(tints), second * 0.85)
        contour = field.tone * 2.2 + field.second * 0.7
        contour = np.abs(contour - np.floor(contour) - 0.5)
        self._blend(p.ink, smooth((0.06 - contour) * 20.0) * 0.4)

    def _plane(self) -> None:
        e, p = self.e, self.p
        if self.plan.plain:
            self._blend(p.glow, 1.0)
            return
        self.abstract()
        if self.plan.items:  # calm the middle, so that what is meant stands out
            x, y = e.xs * (1.0 / e.width) - 0.5, e.ys * (1.0 / e.height) - 0.5
            self._blend(mix(p.glow, p.sky, 0.35), smooth(1.15 - np.sqrt(x * x + y * y) * 2.2) * 0.7)
        else:
            self._geometry(4, 0.65)

    def _poster(self) -> None:
        """Paper and few elementary shapes, whatever the place."""
        e, p, chance = self.e, self.p, self.chance
        self._blend(p.paper, 1.0)
        r, low = chance.between(0.24, 0.36), (e.height - self.horizon) / 2
        x, y = e.width * chance.between(0.25, 0.75), self.horizon * chance.between(0.4, 0.8)
        e.mark(shapes.ellipse(x, y, r, r), chance.pick(p.accents[:2]))
        floor = shapes.box(e.width / 2, self.horizon + low, e.width, low)
        e.mark(floor, mix(p.paper, p.shade, 0.14))
        e.mark(shapes.box(e.width * chance.unit(), self.horizon, e.width * 0.45, 0.022), p.ink)
        self._geometry(5, 1.0)

    def _geometry(self, count: int, opacity: float) -> None:
        """Discs, bars and triangles on a hidden grid."""
        e, chance, tints = self.e, self.chance, (*self.p.accents, self.p.ink)
        for i in range(count):
            x = e.width / 6 * (0.5 + chance.whole(6))
            y, s = e.height * (0.12 + 0.15 * chance.whole(6)), chance.between(0.1, 0.4)
            form = chance.pick((
                shapes.ellipse(x, y, s / 2, s / 2),
                shapes.box(x, y, s * 0.9, s * 0.05, 0.0, chance.pick((0.0, 0.125, 0.0625))),
                shapes.polygon([(x - s / 2, y + s / 2), (x + s / 2, y + s / 2), (x, y - s / 2)]),
            ))  # fmt: skip
            e.mark(form, tints[i % len(tints)], opacity=opacity, variety=0.4)

    # -- what is shown, and the weather --------------------------------------------------------

    def draw(self, item: Item) -> None:
        """One item with its shadow and, in the wet, its mirror image."""
        e, p, wide, plan = self.e, self.p, item.wide, self.plan
        if item.lifted:  # a table for what is too small to stand on the ground
            wood = mix(shift(colours()["wood"], 0.04), p.near, 0.35)
            foot = item.y + item.lifted
            self._shadow(item.x, foot, item.lifted * 1.7)
            drawings()["table"].draw(e, Pose(item.x, foot, item.lifted * 1.04), (wood, wood, wood))
        elif item.grounded and not item.afloat:
            self._shadow(item.x, item.y, wide * 0.85)
        e.depth, e.strict = item.depth, item.asked
        pose = Pose(item.x, item.y, item.size, item.facing, item.turn)
        if item.drawing is None:
            grow_form(e, pose, item.subject.word, item.colours)
        else:
            item.drawing.draw(e, pose, item.colours)
        e.depth, e.strict = 0.0, 0.0
        if item.afloat:
            self._mirror(item.x, wide * 1.2, item.y - 0.01 * item.size, item.size * 0.7, 0.5)
            for i in range(6):
                y, half = item.y + 0.02 + i * 0.02, wide * (0.5 - 0.06 * i)
                ripple = shapes.limb((item.x - half, y), (item.x + half * 0.8, y), 0.004)
                e.mark(ripple, mix(p.glow, p.light, 0.4), opacity=0.5)
        elif item.grounded and "rain" in plan.weather and plan.setting in ("street", "land"):
            self._mirror(item.x, wide, item.y + 0.006, item.size * 0.45, 0.3)

    def weather(self) -> None:
        """Fog, rain, snow and lightning over what is outside."""
        e, p, chance, kinds = self.e, self.p, self.chance, self.plan.weather
        if "fog" in kinds:
            low = clip01(1.15 - np.abs(e.ys - self.horizon) * (1.7 / e.height))
            mist = low * 0.75 + self._noise(1.6, 4, 3.0) * 0.35 + self.field.tone * 0.1
            self._blend(p.glow, clip01(mist) * 0.5)
        if "rain" in kinds:
            self._fall(360, 0.11, 0.22 * self.plan.sun, mix(p.glow, p.light, 0.4), 0.32)
        if "snow" in kinds:
            self._fall(420, 0.006, 0.0, (0.97, 0.0, -0.005), 0.85)
        if "storm" in kinds:
            path = [(e.width * chance.pick((0.25, 0.75)), 0.0)]
            while path[-1][1] < self.horizon * 0.92:
                x, y = path[-1]
                path.append((x + chance.between(-0.07, 0.07), y + chance.between(0.04, 0.1)))
            for radius, soft, opacity in ((0.018, 0.03, 0.25), (0.0036, 0.0, 0.95)):
                e.mark(shapes.ribbon(path, radius), (0.97, 0.0, -0.01), soft=soft, opacity=opacity)

    def _fall(self, count: int, length: float, lean: float, tint: Lab, strength: float) -> None:
        """Streaks of rain, or flakes where they are short."""
        e, chance, (_, height, width) = self.e, self.chance, self.e.rgb.shape
        count, thick = int(count * e.width * e.height), max(1, math.ceil(e.scale / 300))
        xs, ys, long = chance.row(count), chance.row(count), chance.row(count)
        samples = max(2, int(length * e.scale))
        t = np.arange(samples, dtype=np.float32) * (1.0 / samples)
        run = t[None, :] * (0.35 + long[:, None] * 0.65) * length
        y = ((ys[:, None] * (e.height + length) - length + run) * e.scale).astype(np.intp)
        x = ((xs[:, None] * (e.width + 0.4) - 0.2 + run * lean) * e.scale).astype(np.intp)
        marks: Plane = np.zeros((height, width), np.float32)
        for dx in range(thick if length < 0.05 else 1):
            keep = (y >= 0) & (y < height) & (x + dx >= 0) & (x + dx < width)
            marks[y[keep], x[keep] + dx] = strength
        self._blend(tint, marks)
