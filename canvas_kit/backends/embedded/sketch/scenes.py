"""From a plan to the underpainting: the scene, what stands in it, and the weather over it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from . import shapes, washes
from .drawings import Pose, drawings
from .easel import Easel, Rgb
from .exact import Plane, Stream, change, clamp, clip01, noise, sine, smooth
from .forms import grow_form
from .lexicon import colours
from .palette import Lab, lch, mix, rgb, shift
from .plan import Field, Item, PicturePlan

_INSIDE = ("room", "still", "studio", "plane", "space", "under")


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
    _Scene(e, plan, field).paint()
    dream = clamp(manner.field + (0.5 - strict) * 1.1, 0.0, 0.8) * (plan.setting != "plane")
    dream *= dream > 0.02
    mist = Easel.blank(height, width, plan.palette, e.light, plan.seed, 0.0) if dream else e
    if dream:
        washes.abstract(mist, field, Stream("dream", plan.seed))
        e.rgb += (mist.rgb - e.rgb) * dream
    if start is not None:
        _begin_from(e, start)
    for item in plan.items:
        _draw(e, item, plan)
    if dream:
        e.rgb += (mist.rgb - e.rgb) * (smooth(field.tone * 1.3 + 0.1) * (dream * 0.45))
    _weather(e, plan, field, Stream("weather", plan.seed))
    if strict < 0.49 or manner.flow > 1.5:
        _bend(e, field, (0.5 - min(strict, 0.5)) * 0.16 + 0.012 * (manner.flow - 1.0))
    return e


def ground_colour(plan: PicturePlan) -> tuple[float, float, float]:
    """The colour of the bare, toned canvas."""
    p = plan.palette
    return rgb(mix(mix(p.glow, p.near, 0.5), p.accents[0], 0.25))


class _Scene:
    """The place a picture shows, painted on an easel."""

    def __init__(self, e: Easel, plan: PicturePlan, field: Field) -> None:
        self.e, self.plan, self.field = e, plan, field
        self.p, self.horizon = plan.palette, plan.horizon
        self.chance = Stream("scene", plan.seed, plan.setting, plan.place)

    def paint(self) -> None:
        """Paint the plan's setting."""
        scenes = {"land": self._land, "water": self._shore, "street": self._town,
                  "room": self._inside, "still": self._inside, "studio": self._studio,
                  "under": self._sea_bed, "space": self._space, "plane": self._plane}  # fmt: skip
        poster = self.plan.manner.name in ("bauhaus", "minimal")
        (self._poster if poster else scenes[self.plan.setting])()

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
            _shadow(self.e, self.plan, x, y, size * own.wide * shade)
        self.e.depth = depth
        own.draw(self.e, Pose(x, y, size, facing or chance.side()), (tint, second, accents[2]))
        self.e.depth = 0.0

    def _studio(self) -> None:
        washes.backdrop(self.e, self.field, self.chance)

    def _sea_bed(self) -> None:
        e, chance = self.e, self.chance
        washes.deep(e, self.field, chance)
        for _ in range(0 if self.plan.items else 7):
            x, y = e.width * chance.unit(), e.height * chance.between(0.25, 0.8)
            self._put("fish", x, y, chance.between(0.08, 0.2), share=0.0)

    def _space(self) -> None:
        e, chance = self.e, self.chance
        washes.space(e, self.field, chance)
        if not self.plan.shows("planet", "moon"):
            size, x = chance.between(0.2, 0.4), e.width * (0.5 - self.plan.sun * 0.32)
            y = chance.between(0.2, 0.5) * e.height
            self._put("planet", x, y + size / 2, size, depth=0.12)

    def _sky(self) -> float | None:
        """The sky, and where the light stands in it (units from the left) if it is seen low."""
        plan, chance, e, light = self.plan, self.chance, self.e, self.plan.light
        x = e.width * (0.5 + plan.sun * chance.between(0.15, 0.36))
        low = light in ("dawn", "sunset", "dusk", "candle", "autumn", "winter")
        y = self.horizon * (chance.between(0.72, 0.95) if low else chance.between(0.1, 0.4))
        for item in plan.items:
            if item.subject.drawing in ("sun", "moon"):
                x, y = item.x, item.y - item.size * 0.5
        glow, drawn = light not in ("grey", "fog", "storm", "night"), plan.shows("sun", "moon")
        wet = "storm" in plan.weather or "rain" in plan.weather
        clouds = 0.85 if wet else 0.25 if light in ("night", "desert", "neon") else 0.5
        washes.sky(
            e, self.field, self.horizon, chance, clouds=clouds * chance.between(0.6, 1.15),
            sun=(x, y) if glow else None, wild=plan.wild,
            stars_count=240 if light == "night" else 120 if light in ("dusk", "neon") else 0,
        )  # fmt: skip
        if low and glow and not drawn and light != "winter" and chance.likely(0.55):
            self._put("sun", x, y + 0.06, 0.09, tint=mix(self.p.light, lch(0.9, 0.12, 70), 0.5))
        if light == "night" and not drawn and not wet and chance.likely(0.6):
            size = chance.between(0.07, 0.12)
            tint = mix(self.p.light, lch(0.95, 0, 0), 0.6)
            self._put("moon", x, max(0.1, y + size), size, tint=tint)
        return x if drawn or (low and glow) or light == "night" else None

    def _ridges(self, *rows: tuple[float, float, float, float, float, float]) -> None:
        """Ranges, far first: rise, depth, share of the near colour, sharpness, cells, snow."""
        for i, (rise, depth, near, sharp, cells, snow) in enumerate(rows):
            washes.ridge(
                self.e, self.chance, self.horizon + 0.01 + 0.01 * i, rise, depth=depth,
                tint=mix(self.p.far, self.p.near if sharp < 0.8 else self.p.shade, near),
                sharp=sharp, cells=cells, snow=snow,
                spiky=sharp < 0.1 and self.chance.likely(0.45),
            )  # fmt: skip

    def _land(self) -> None:
        e, plan, chance, p, h = self.e, self.plan, self.chance, self.p, self.horizon
        place, snow = plan.place, 0.5 * (plan.light == "winter")
        self._sky()
        k, rise = chance.between(0.85, 1.2), chance.between(0.06, 0.2)
        if place == "mountains":
            self._ridges((0.40 * k, 0.75, 0.0, 0.85, 1.6, 0.55),
                         (0.46, 0.45, 0.25, 0.85, 2.6, 0.55),
                         (0.22, 0.2, 0.5, 0.85, 3.6, 0.15 + snow))  # fmt: skip
        elif place == "desert":
            self._ridges(*((0.12 + 0.03 * i, 0.6 - 0.22 * i, 0.3 * i, 0.15, 1.3 + i, 0.0)
                           for i in range(3)))  # fmt: skip
        else:
            self._ridges((rise * 1.5, 0.72, 0.0, chance.between(0.1, 0.5), 1.5, 0.0),
                         (rise * 0.8, 0.45, 0.4, 0.05, 2.2, 0.0))  # fmt: skip
        washes.ground(e, self.field, h, chance)
        if place not in ("desert", "mountains") and chance.likely(0.4):
            washes.road(e, chance, h, mix(p.near, p.light, 0.45), chance.between(-0.9, 0.9))
        self._trees()
        if place in ("garden", "field", "") and not snow and plan.light != "desert":
            tint = mix(p.near, (0.45, -0.06, 0.07), 0.35)
            for t in sorted(chance.between(0.3, 1.0) for _ in range(int(26 * e.width))):
                y = h + (e.height - h) * t
                self._put("grass", e.width * chance.unit(), y, 0.03 + 0.08 * t,
                          tint=shift(tint, chance.between(-0.12, 0.08)))  # fmt: skip
        if place == "garden" or (plan.light == "spring" and place in ("field", "")):
            for t in sorted(chance.unit() for _ in range(16)):
                y = h + (e.height - h) * (0.45 + 0.47 * t)
                self._put("flower", e.width * chance.unit(), y, 0.12 * (0.6 + 0.7 * t), share=0.0,
                          depth=0.35 * (1.0 - t))  # fmt: skip

    def _trees(self) -> None:
        plan, chance, e, h = self.plan, self.chance, self.e, self.horizon
        forest, light = plan.place == "forest", plan.light
        counts = {"forest": 15, "garden": 5, "hills": 4, "mountains": 4, "field": 2, "": 3}
        count = counts.get(plan.place, 0)
        if plan.shows("tree", "conifer", "palm") and not forest:
            count = 0
        kind = "conifer" if plan.place == "mountains" or (
            (light == "winter" or forest) and chance.likely(0.5)) else "tree"  # fmt: skip
        named = {"autumn": ("rust", "gold", "orange", "maroon"), "spring": ("leaf", "pink", "lime")}
        leaves = [colours()[name] for name in named.get(light, ("leaf", "olive", "leaf"))]
        leaves[-1] = mix(leaves[-1], self.p.near, 0.3)
        for t in sorted(chance.unit() for _ in range(count)):
            y = h + (e.height - h) * (0.02 + (0.42 if forest else 0.16) * t * t)
            size = (0.24 + 0.75 * t * t) if forest else 0.12 + 0.26 * t
            x = e.width * chance.unit()
            if t > 0.6 and abs(x / e.width - 0.5) < 0.22:  # leave room for what matters
                x = e.width * (0.06 if x < e.width / 2 else 0.94)
            tint = shift(chance.pick(leaves), chance.between(-0.06, 0.04))
            depth = 0.75 * (1.0 - t) if forest else 0.3 + 0.4 * (1.0 - t)
            self._put(kind, x, y, size, tint=tint, depth=depth)

    def _skyline(self, base: float, depth: float, tall: float, tint: Lab) -> None:
        """A row of roofs or towers in the distance."""
        e, chance, x = self.e, self.chance, -0.05
        e.depth = depth
        while x < e.width + 0.05:
            w = chance.between(0.05, 0.13) * (1.3 - depth * 0.5)
            h, own = tall * chance.between(0.35, 1.0), shift(tint, chance.between(-0.1, 0.08))
            wall = shapes.box(x + w / 2, base - h / 2, w / 2, h / 2)
            e.lay(wall, own, round=0.1, line=0.4, detail=0.35)
            if chance.likely(0.3):
                roof = [(x - 0.005, base - h), (x + w + 0.005, base - h),
                        (x + w / 2, base - h - w * 0.7)]  # fmt: skip
                e.lay(shapes.polygon(roof), shift(own, -0.12), round=0.2, line=0.4, detail=0.35)
            for _ in range(int(10 * (1.0 - depth))):
                on = chance.likely(0.45 if self.p.dim < 0.8 else 0.0)
                at = x + w * chance.between(0.12, 0.88), base - chance.between(0.1, 0.93) * h
                pane = (0.86, 0.02, 0.13) if on else shift(own, -0.13)
                window = shapes.box(*at, w * 0.055, 0.008)
                e.lay(window, pane, raw=on, round=0, line=0, detail=0.4, variety=0)
            x += w * chance.between(0.85, 1.25)
        e.depth = 0.0

    def _shore(self) -> None:
        e, plan, chance, p, h = self.e, self.plan, self.chance, self.p, self.horizon
        place, low = plan.place, self._sky()
        k = chance.between(0.8, 1.2)
        if "mountains" in plan.places:
            self._ridges((0.4 * k, 0.7, 0.3, 0.85, 1.7, 0.5), (0.3, 0.4, 0.3, 0.85, 2.3, 0.25))
        elif {"city", "village"} & set(plan.places):
            self._skyline(h + 0.015, 0.45, 0.26, mix(p.far, p.shade, 0.3))
            self._skyline(h + 0.015, 0.2, 0.15, mix(p.far, p.accents[0], 0.45))
        elif place in ("river", "lake") or chance.likely(0.45):
            self._ridges((0.17 * k, 0.6, 0.0, chance.between(0.1, 0.7), 1.6, 0.0),
                         (0.06 * k, 0.35, 0.5, 0.0, 3.0, 0.0))  # fmt: skip
        for item in plan.items:  # what stands behind the shore is mirrored with it
            if not item.grounded and item.y <= h + 0.06:
                if item.home in ("land", "water"):
                    self._bank(item)
                _draw(e, item, plan)
        calm = place in ("lake", "river")
        washes.water(e, self.field, h, chance, clamp(plan.wild * (0.6 if calm else 1.1)))
        if low is not None:
            self._glitter(low)
        landed = any(i.grounded and not i.afloat and i.y > h for i in plan.items)
        if place == "beach" or landed or chance.likely(0.25):
            self._beach(0.72 if place == "beach" else 0.8 if landed else 0.84)
        if plan.wild > 0.25 and not calm:
            self._breakers()
        empty = not any(i.home == "water" for i in plan.items)
        if empty and place != "river" and chance.likely(0.6):
            x, tint = e.width * chance.between(0.2, 0.8), chance.pick(p.accents)
            self._put("boat", x, h + 0.05, 0.13, depth=0.35, tint=tint)
        if chance.likely(0.5) and p.dim > 0.7:
            for _ in range(4):
                x, y = e.width * chance.between(0.1, 0.9), h * chance.between(0.25, 0.8)
                self._put("bird_flying", x, y, chance.between(0.03, 0.06), tint=p.paper, depth=0.2)

    def _bank(self, item: Item) -> None:
        """The land under what stands by the water, running out of the picture on its side."""
        e, chance, y = self.e, self.chance, item.y
        side = -1.0 if item.x < e.width / 2 else 1.0
        reach = item.wide * 0.75 + 0.06
        far, near = item.x - side * reach, -0.2 if side < 0 else e.width + 0.2
        middle = (far + near) / 2
        coast = self.plan.place in ("sea", "beach")
        grass = mix(self.p.near, colours()["stone" if coast else "leaf"], 0.5 if coast else 0.3)
        outline = ((item.x, y + 0.034), (middle, y + 0.04), (near, y + 0.05), (near, y - 0.05),
                   (middle, y - 0.03), (item.x - side * reach * 0.6, y - 0.018),
                   (far, y + 0.012))  # fmt: skip
        bank = shapes.polygon(shapes.bend(outline, closed=True))
        e.lay(bank, grass, round=0.25, line=0.2, detail=0.35, variety=2.5)
        for _ in range(4):
            x = item.x + side * chance.between(0.4, 1.6) * reach
            size = chance.between(0.05, 0.11)
            tint = shift(grass, chance.between(-0.12, 0.0))
            self._put("bush", x, y + 0.005, size, depth=0.2, tint=tint)

    def _glitter(self, x: float) -> None:
        """The broken path of light that a low sun or the moon lays on water."""
        e, chance = self.e, self.chance
        for _ in range(46):
            t = chance.unit()
            y = self.horizon + 0.006 + (e.height - self.horizon) * t * t * 0.85
            spread = 0.015 + 0.13 * t
            at, half = x + chance.between(-spread, spread), 0.006 + 0.035 * t * chance.unit()
            gleam = shapes.limb((at - half, y), (at + half, y), 0.0016 + 0.0035 * t)
            e.mark(gleam, self.p.light, opacity=0.75 - 0.4 * t, detail=0.5)

    def _breakers(self) -> None:
        """Waves that roll towards the viewer, each with a crest of foam."""
        e, chance, p, wild = self.e, self.chance, self.p, self.plan.wild
        body = mix(mix(p.sky, p.shade, 0.45), p.accents[2], 0.15)
        for i in range(6):
            t = (i + 0.6) / 6.3
            y = self.horizon + (e.height - self.horizon) * t * t * 1.02
            tall = (0.012 + 0.05 * wild) * (0.35 + 1.5 * t)
            points, x, lift = [(-0.1, y)], 0.0, chance.unit()
            while x < e.width + 0.1:
                lift += chance.between(0.06, 0.12)
                s = abs(sine(lift))
                points.append((x, y - tall * (1.0 - 2.0 * s * (1.35 - 0.35 * s))))
                x += (0.03 + 0.07 * t) * chance.between(0.7, 1.4)
            points.append((e.width + 0.1, y))
            low = ((e.width + 0.1, y + tall * 2.2), (-0.1, y + tall * 2.2))
            e.mark(shapes.polygon([*points, *low]), shift(body, -0.03 + 0.03 * (i % 2)), line=0.15,
                   soft=0.004 + tall * 0.5, opacity=0.5, variety=2.0)  # fmt: skip
            for a, b in pairwise(points):
                high = clamp((y - (a[1] + b[1]) / 2) / tall)
                if high > 0.15:
                    foam = shapes.limb(a, b, (0.002 + 0.006 * t) * high)
                    e.mark(foam, mix(p.paper, p.glow, 0.35), soft=0.003 + 0.006 * t, detail=0.5,
                           opacity=(0.25 + 0.5 * wild) * high)  # fmt: skip

    def _beach(self, at: float) -> None:
        e, chance, w, top = self.e, self.chance, self.e.width, self.e.height * at
        tilt = chance.between(-0.06, 0.06)
        sand = mix(self.p.near, colours()["beige"], 0.1 if self.plan.light == "winter" else 0.55)
        waves = [(w * (i + 0.5) / 5, top - tilt * (1 - i / 2.5) + chance.between(-0.03, 0.03))
                 for i in range(5)]  # fmt: skip
        line = shapes.bend([(-0.1, top - tilt), *waves, (w + 0.1, top + tilt)])
        e.mark(shapes.ribbon(line, 0.012), self.p.paper, opacity=0.6, soft=0.008)
        land = shapes.polygon([*line, (w + 0.1, e.height + 0.1), (-0.1, e.height + 0.1)])
        e.lay(land, sand, round=0, line=0, detail=0.25, variety=2.5)
        stone = shift(colours()["stone"], -0.12)
        for _ in range(5):
            y, x = top + (e.height - top) * chance.between(0.2, 0.95), w * chance.unit()
            self._put("rock", x, y, chance.between(0.02, 0.06), tint=stone)

    def _town(self) -> None:
        e, plan, chance, p, h = self.e, self.plan, self.chance, self.p, self.horizon
        city, market = plan.place == "city", plan.place == "market"
        tall, rain = 0.5 if city else 0.22, "rain" in plan.weather
        self._sky()
        self._skyline(h + 0.02, 0.72, tall, mix(p.far, p.accents[0], 0.2))
        if city:
            self._skyline(h + 0.03, 0.45, tall * 0.7, mix(p.far, p.shade, 0.3))
        paving = mix(mix(p.near, shift(colours()["stone"], -0.08), 0.6), p.glow, 0.15)
        washes.ground(e, self.field, h, chance, paving, 0.6)
        if plan.place in ("street", "city"):
            tint = mix(p.shade, colours()["grey"], 0.5)
            washes.road(e, chance, h, tint, chance.between(-0.9, 0.9))
        centre = e.width * chance.between(0.34, 0.66)
        for near in (0.0, 0.5) if market else (0.0, 0.5, 1.0):
            for side in (-1.0, 1.0):
                size = (0.34 + 0.34 * near) * (1.55 if city else 1.0) * chance.between(0.8, 1.2)
                x = centre + side * (e.width * (0.15 + 0.29 * near) + 0.02)
                self._put("skyscraper" if city else "house", x, h + 0.03 + 0.08 * near, size,
                          share=0.35, depth=0.5 - 0.42 * near, facing=-side)  # fmt: skip
        if rain or p.dim < 0.7:
            washes.reflect(e, -0.1, e.width + 0.1, h + 0.1, e.height, 0.42 if rain else 0.16)
        for t in (0.1, 0.42, 0.8) if market else ():
            for side in (-1.0, 1.0):
                x = e.width * (0.5 + side * (0.12 + 0.3 * t)) + chance.between(-0.03, 0.03)
                self._put("stall", x, h + (e.height - h) * (0.10 + 0.48 * t), 0.2 + 0.26 * t,
                          share=0.45, depth=0.42 * (1 - t), shade=0.9)  # fmt: skip
                for _ in range(2):
                    thing = chance.pick(("box", "bowl", "bag"))
                    at = x + chance.between(-0.16, 0.16), h + (e.height - h) * (0.16 + 0.5 * t)
                    self._put(thing, *at, 0.04 + 0.05 * t, depth=0.4 * (1 - t), shade=0.8)
        for x in (0.4, 0.58) if plan.place == "village" else ():
            tint = colours()["rust" if plan.light == "autumn" else "leaf"]
            self._put("tree", e.width * x, h + 0.05, 0.26, tint=tint, depth=0.3)
        if p.dim < 0.8 or chance.likely(0.4):
            for side in (-1.0, 1.0):
                x = e.width * (0.5 + side * 0.36)
                if p.dim < 0.8:
                    e.mark(shapes.ellipse(x, h + 0.21, 0.34, 0.11), p.light, soft=0.12, opacity=0.3)
                self._put("street_lamp", x, h + 0.2, 0.42, tint=colours()["charcoal"])

    def _inside(self) -> None:
        e, plan, chance, p, h = self.e, self.plan, self.chance, self.p, self.horizon
        washes.walls(e, self.field, h, chance, plan.sun)
        still, kitchen = plan.setting == "still", plan.place == "kitchen"
        small = min(1.0, e.height)
        if not plan.shows("window") and p.dim > 0.5 and (not still or chance.likely(0.35)):
            x = e.width * (0.5 + plan.sun * chance.between(0.2, 0.33))
            size = chance.between(0.36, 0.48) * small
            frame = mix(p.paper, p.accents[1], 0.25)
            self._put("window", x, h - (0.1 if still else 0.16 + size * 0.2), size, tint=frame)
        if still:
            woods = (colours()["wood"], colours()["brown"], mix(p.near, colours()["wood"], 0.5),
                     p.accents[2])  # fmt: skip
            washes.tabletop(e, self.field, h, chance, chance.pick(woods))
            kinds = [k for k in ("bottle", "vase", "bowl", "teapot", "book", "cup", "candle",
                                 "wineglass") if not plan.shows(k)]  # fmt: skip
            for side in (-1.0, 1.0) if len(plan.items) <= 2 else ():  # companions in half shadow
                kind = kinds.pop(chance.whole(len(kinds)))
                x = e.width * (0.5 + side * chance.between(0.27, 0.4))
                size = 0.3 if drawings()[kind].height > 0.25 else 0.15
                tint = mix(colours()[chance.pick(drawings()[kind].main)], p.shade, 0.3)
                self._put(kind, x, h + 0.05, size, tint=tint, depth=0.2, shade=1.0)
            return
        other = e.width * (0.5 - plan.sun * chance.between(0.24, 0.34))
        if chance.likely(0.7) and not plan.shows("mirror", "clock") and not kitchen:
            self._put("picture", other, h - 0.42 * small, chance.between(0.16, 0.24), depth=0.15)
        if kitchen:
            for shelf in (0.28, 0.62):
                e.lay(shapes.box(other, h - shelf, 0.32, 0.012), colours()["wood"], round=0.4)
                for i in range(4):
                    kind = chance.pick(("cup", "bottle", "vase", "bowl", "teapot"))
                    self._put(kind, other - 0.24 + i * 0.16, h - shelf - 0.012, 0.12, depth=0.1)
        sets = (("sofa", "lamp"), ("chair", "table", "chair"), ("bed", "lamp"), ("piano",))
        furniture = ("table",) if kitchen else chance.pick(sets)
        for i, kind in enumerate(furniture if not plan.items else ()):
            x = e.width * (0.5 + (i - (len(furniture) - 1) / 2) * 0.27)
            size = {"lamp": 0.46, "table": 0.24, "piano": 0.46}.get(kind, 0.34)
            size = min(size, 0.8 * e.width / drawings()[kind].wide)
            y = h + (e.height - h) * chance.between(0.32, 0.5)
            self._put(kind, x, y, size, facing=1.0 if i else -1.0, shade=0.8)

    def _plane(self) -> None:
        e, p = self.e, self.p
        name, tints = self.plan.manner.name, (*p.accents, p.ink, p.near, p.sky)
        if self.plan.plain:
            washes.blend(e, p.glow, 1.0)
            return
        if name in ("popart", "comic", "risograph"):
            washes.blend(e, p.glow if name == "popart" else p.paper, 1.0)
            self._geometry(6, tints, 0.96)
            return
        washes.abstract(e, self.field, self.chance)
        if self.plan.items:  # calm the middle, so that what is meant stands out
            x, y = e.xs * (1.0 / e.width) - 0.5, e.ys * (1.0 / e.height) - 0.5
            calm = smooth(1.15 - np.sqrt(x * x + y * y) * 2.2) * 0.7
            washes.blend(e, mix(p.glow, p.sky, 0.35), calm)
        else:
            self._geometry(3 if self.plan.wild < 0.3 else 6, tints, 0.65)

    def _poster(self) -> None:
        """Paper and few elementary shapes, whatever the place."""
        e, plan, p, chance = self.e, self.plan, self.p, self.chance
        x, y = e.width * chance.between(0.25, 0.75), self.horizon * chance.between(0.4, 0.8)
        if plan.manner.name == "minimal":
            washes.blend(e, mix(p.glow, p.paper, 0.35), 1.0)
            if plan.setting != "plane":
                below = slice(int(self.horizon * e.scale), None)
                washes.blend(e, mix(p.near, p.paper, 0.15), 1.0, below)
            r = chance.between(0.07, 0.15)
            e.mark(shapes.ellipse(x, y, r, r), p.accents[1])
            return
        washes.blend(e, p.paper, 1.0)
        r, low = chance.between(0.24, 0.36), (e.height - self.horizon) / 2
        e.mark(shapes.ellipse(x, y, r, r), chance.pick(p.accents[:2]))
        floor = shapes.box(e.width / 2, self.horizon + low, e.width, low)
        e.mark(floor, mix(p.paper, p.shade, 0.14))
        e.mark(shapes.box(e.width * chance.unit(), self.horizon, e.width * 0.45, 0.022), p.ink)
        self._geometry(5, (*p.accents, p.ink), 1.0)

    def _geometry(self, count: int, tints: Sequence[Lab], opacity: float) -> None:
        """Discs, bars, triangles and lines on a hidden grid."""
        e, chance = self.e, self.chance
        for i in range(count):
            x = e.width / 6 * (0.5 + chance.whole(6))
            y, s = e.height * (0.12 + 0.15 * chance.whole(6)), chance.between(0.1, 0.4)
            tint, turn = tints[i % len(tints)], chance.pick((0.0, 0.0, 0.125, 0.0625))
            kind = chance.whole(4)
            if kind == 0:
                form = shapes.ellipse(x, y, s / 2, s / 2)
            elif kind == 1:
                form = shapes.box(x, y, s * 0.9, s * 0.05, 0.0, turn)
            else:
                corner = s * (-0.5 if kind == 2 else 0.0)
                form = shapes.polygon([(x - s / 2, y + s * 0.4), (x + s / 2, y + s * 0.4),
                                       (x + corner, y - s / 2)])  # fmt: skip
            e.mark(form, tint, line=0.4, opacity=opacity, variety=0.4)


def _shadow(e: Easel, plan: PicturePlan, x: float, y: float, wide: float) -> None:
    """The shadow that something throws on what it stands on."""
    p = plan.palette
    strength = 0.55 if p.dim > 0.8 and plan.light not in ("grey", "fog") else 0.32
    at = x - plan.sun * wide * 0.32
    for dx, dy, rx, ry, tint, soft in (
        (0.0, 0.004, 0.72, 0.13, mix(p.shade, p.near, 0.2), wide * 0.12 + 0.01),
        (0.26, 0.002, 0.42, 0.06, p.shade, 0.012),
    ):
        cast = shapes.ellipse(at + plan.sun * wide * dx, y + dy, wide * rx, wide * ry)
        e.mark(cast, tint, soft=soft, opacity=strength, detail=0.2)


def _draw(e: Easel, item: Item, plan: PicturePlan) -> None:
    """One item with its shadow and, in the wet, its mirror image."""
    p, wide = plan.palette, item.wide
    e.depth, e.strict = item.depth, item.asked
    if item.lifted:
        _table(e, item, plan)
    elif item.grounded and not item.afloat:
        _shadow(e, plan, item.x, item.y, wide * 0.85)
    f = Pose(item.x, item.y, item.size, item.facing, item.turn)
    if item.drawing is None:
        grow_form(e, f, item.subject.word, item.colours)
    else:
        item.drawing.draw(e, f, item.colours)
    e.depth, e.strict = 0.0, 0.0
    if item.afloat:
        washes.reflect(e, item.x - wide * 0.6, item.x + wide * 0.6, item.y - 0.01 * item.size,
                       item.size * 0.7, 0.5)  # fmt: skip
        for i in range(6):
            y, half = item.y + 0.02 + i * 0.02, wide * (0.5 - 0.06 * i)
            ripple = shapes.limb((item.x - half, y), (item.x + half * 0.8, y), 0.004)
            e.mark(ripple, mix(p.glow, p.light, 0.4), opacity=0.5)
    elif item.grounded and "rain" in plan.weather and plan.setting in ("street", "land"):
        washes.reflect(e, item.x - wide * 0.5, item.x + wide * 0.5, item.y + 0.006,
                       item.size * 0.45, 0.3)  # fmt: skip


def _table(e: Easel, item: Item, plan: PicturePlan) -> None:
    """A table for what is too small to stand on the ground."""
    wood = mix(shift(colours()["wood"], 0.04), plan.palette.near, 0.35)
    _shadow(e, plan, item.x, item.y + item.lifted, item.lifted * 1.7)
    f = Pose(item.x, item.y + item.lifted, item.lifted * 1.04)
    drawings()["table"].draw(e, f, (wood, wood, wood))


def _begin_from(e: Easel, start: Rgb) -> None:
    """The start picture shows through: its layout and, graded a little, its colours."""
    e.rgb *= 0.18
    e.rgb += start * 0.82
    grey = start[0] * 0.3 + start[1] * 0.59 + start[2] * 0.11
    edges = change(grey)
    np.maximum(e.detail, clip01(edges * 4.0), out=e.detail)
    np.maximum(e.line, clip01(edges * 3.0 - 0.35) * 0.6, out=e.line)
    gy, gx = np.zeros_like(grey), np.zeros_like(grey)
    gy[1:-1] = grey[2:] - grey[:-2]
    gx[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    size = np.maximum(gx * gx + gy * gy, 1e-5)
    trust = clip01(size * 60.0)
    e.flow_x[:] = (gy * gy - gx * gx) / size * trust
    e.flow_y[:] = gx * gy * -2.0 / size * trust


def _bend(e: Easel, field: Field, amount: float) -> None:
    """Everything sways with the field."""
    height, width = e.detail.shape
    y = np.arange(height, dtype=np.float32)[:, None] + field.second * (amount * e.scale)
    x = np.arange(width, dtype=np.float32)[None, :] + field.hue * (amount * e.scale)
    iy = np.clip(np.rint(y), 0, height - 1).astype(np.intp)
    ix = np.clip(np.rint(x), 0, width - 1).astype(np.intp)
    for own in (*e.rgb, e.line, e.detail, e.flow_x, e.flow_y):
        own[:] = own[iy, ix]


def _weather(e: Easel, plan: PicturePlan, field: Field, chance: Stream) -> None:
    """Fog, rain, snow and lightning over what is outside."""
    if plan.setting in _INSIDE:
        return
    height, width = e.detail.shape
    p = plan.palette
    if "fog" in plan.weather:
        mist = noise(chance, height, width, 1.6, octaves=4, stretch=3.0)
        low = clip01(1.15 - np.abs(e.ys - plan.horizon) * (1.7 / e.height))
        washes.blend(e, p.glow, clip01(low * 0.75 + mist * 0.35 + field.tone * 0.1) * 0.42)
        e.line *= 0.4
    if "rain" in plan.weather:
        _streaks(e, chance, 0.22 * plan.sun, mix(p.glow, p.light, 0.4))
    if "snow" in plan.weather:
        _flakes(e, chance)
    if "storm" in plan.weather:
        away = plan.items[0].x < e.width / 2 if plan.items else chance.likely(0.5)
        start = chance.between(0.62, 0.85) if away else chance.between(0.15, 0.4)
        path = [(e.width * start, 0.0)]
        while path[-1][1] < plan.horizon * 0.92:
            x, y = path[-1]
            path.append((x + chance.between(-0.07, 0.07), y + chance.between(0.04, 0.1)))
        for radius, soft, opacity in ((0.018, 0.03, 0.25), (0.0036, 0.0, 0.95)):
            flash = shapes.ribbon(path, radius)
            e.mark(flash, (0.97, 0.0, -0.01), soft=soft, opacity=opacity, detail=0.8)


def _streaks(e: Easel, chance: Stream, lean: float, tint: Lab) -> None:
    height, width = e.detail.shape
    count, length = int(360 * e.width * e.height), 0.11
    samples = max(6, int(length * e.scale))
    xs, ys, long = chance.row(count), chance.row(count), chance.row(count)
    t = np.arange(samples, dtype=np.float32) * (1.0 / samples)
    run = t[None, :] * (0.35 + long[:, None] * 0.65) * length
    y = ((ys[:, None] * (e.height + length) - length + run) * e.scale).astype(np.intp)
    x = ((xs[:, None] * (e.width + 0.4) - 0.2 + run * lean) * e.scale).astype(np.intp)
    keep = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    marks: Plane = np.zeros((height, width), np.float32)
    marks[y[keep], x[keep]] = 0.32
    washes.blend(e, tint, marks)
    e.detail += marks * 0.8


def _flakes(e: Easel, chance: Stream) -> None:
    height, width = e.detail.shape
    count, big = int(420 * e.width * e.height), max(1, math.ceil(e.scale / 220))
    xs, ys, size = chance.row(count), chance.row(count), chance.row(count)
    marks: Plane = np.zeros((height, width), np.float32)
    y, x = (ys * (height - big)).astype(np.intp), (xs * (width - big)).astype(np.intp)
    for dy in range(big):
        for dx in range(big):
            keep = (size > 0.5) | ((dy + dx) == 0)
            marks[y[keep] + dy, x[keep] + dx] = 0.85
    washes.blend(e, (0.97, 0.0, -0.005), marks)
    e.detail += marks * 0.5
