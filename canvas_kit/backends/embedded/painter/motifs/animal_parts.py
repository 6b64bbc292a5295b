"""Proportions, heads, tails and markings of four-legged animals."""

from __future__ import annotations

from dataclasses import dataclass

from ..easel import Easel
from ..palette import Lab, mix, shift
from ..shapes import Frame, Point, Shape, cut, join, meet
from .dress import headgear
from .look import Look, colour

__all__ = ["Build", "dot_eye", "head", "marks", "tail"]


@dataclass(frozen=True, slots=True)
class Build:
    """Proportions of a four-legged animal, one unit high at the head."""

    back: float = 0.62
    length: float = 0.36
    body: float = 0.17
    leg: float = 0.05
    hoof: float = 0.035
    neck: float = 0.09
    head: Point = (0.5, 0.86)
    skull: float = 0.105
    muzzle: Point = (0.63, 0.80)
    snout: float = 0.06
    ears: str = "up"
    tail: str = "thin"
    mark: str = ""
    horns: str = ""
    trunk: bool = False
    mane: bool = False


def dot_eye(e: Easel, f: Frame, x: float, y: float, r: float) -> None:
    """A small dark eye with a spark of light."""
    e.lay(f.disc(x, y, r), (0.14, 0.0, 0.0), round=0, line=0, detail=1.0)
    e.lay(f.disc(x + r * 0.3, y + r * 0.35, r * 0.35), (0.97, 0, 0), raw=True, line=0, variety=0)


def head(e: Easel, f: Frame, k: Look, b: Build) -> None:
    """The head, from ears to nose, and what is worn on it."""
    own, (hx, hy), (mx, my), r = k.main, b.head, b.muzzle, b.skull
    inner = mix(shift(own, 0.1), (0.7, 0.06, 0.03), 0.5)
    if b.ears in ("up", "round", "big"):
        for dx, tint in ((-0.55, shift(own, -0.08)), (0.25, own)):
            x = hx + dx * r
            if b.ears == "up":
                e.lay(
                    f.poly(
                        (x - r * 0.34, hy + r * 0.6),
                        (x + r * 0.4, hy + r * 0.6),
                        (x - r * 0.05, hy + r * 1.75),
                    ),
                    tint,
                    round=0.4,
                )
            else:
                size = 0.42 if b.ears == "round" else 0.75
                e.lay(f.disc(x - r * 0.1, hy + r * 0.85, r * size), tint, round=0.5)
                e.lay(f.disc(x - r * 0.08, hy + r * 0.85, r * size * 0.55), inner, line=0)
    if b.horns == "antlers":
        for s in (-1.0, 1.0):
            base = (hx + s * r * 0.3, hy + r * 0.8)
            tip = (base[0] + s * 0.14, base[1] + 0.2)
            horn = colour("brown", 0.08)
            e.lay(
                f.ribbon((base, (base[0] + s * 0.1, base[1] + 0.07), tip), 0.014, 0.008),
                horn,
                line=0.3,
            )
            for t in (0.4, 0.75):
                px, py = base[0] + s * 0.12 * t + s * 0.02, base[1] + 0.2 * t * t + 0.02
                e.lay(f.limb((px, py), (px - s * 0.05, py + 0.09), 0.01, 0.005), horn, line=0.3)
    elif b.horns == "short":
        e.lay(
            f.ribbon(
                ((hx + 0.02, hy + r * 0.8), (hx + 0.08, hy + r * 1.3), (hx + 0.05, hy + r * 1.8)),
                0.026,
                0.008,
            ),
            colour("cream"),
        )
    elif b.horns == "knobs":
        for dx in (-0.02, 0.02):
            e.lay(
                f.limb((hx + dx, hy + r * 0.6), (hx + dx * 1.3, hy + r * 1.5), 0.008, 0.013),
                shift(own, -0.2),
            )
    skull = join(
        f.disc(hx, hy, r),
        f.limb((hx + r * 0.4, hy - r * 0.1), (mx, my), r * 0.75, b.snout),
        melt=0.04 * f.size,
    )
    tint = shift(own, -0.3, 0.6) if b.mark == "wool" else own
    e.lay(skull, tint, round=0.9, detail=1.0)
    if b.mark in ("belly", "mask", "stripes", "mane"):
        e.lay(
            f.oval(mx - b.snout * 0.2, my - b.snout * 0.2, b.snout * 1.1, b.snout * 0.75),
            shift(own, 0.25, 0.35),
            round=0.5,
            line=0,
        )
    if b.mark == "mask":
        e.lay(
            f.oval(hx + r * 0.35, hy + r * 0.1, r * 0.62, r * 0.3, 0.02),
            (0.2, 0, 0),
            round=0.2,
            line=0,
        )
    if b.trunk:
        e.lay(
            f.ribbon(
                (
                    (mx - 0.03, my + 0.02),
                    (mx + 0.1, my - 0.16),
                    (mx + 0.11, my - 0.42),
                    (mx + 0.22, my - 0.5),
                    (mx + 0.29, my - 0.42),
                ),
                0.095,
                0.032,
            ),
            own,
            round=0.9,
            along=True,
        )
        e.lay(
            f.ribbon(
                ((mx - 0.02, my - 0.1), (mx + 0.12, my - 0.17), (mx + 0.24, my - 0.08)),
                0.028,
                0.008,
            ),
            colour("cream"),
        )
        ear = f.poly(
            (hx - r * 0.1, hy + r * 0.7),
            (hx - r * 1.2, hy + r * 0.95),
            (hx - r * 1.7, hy),
            (hx - r * 1.0, hy - r * 1.25),
            (hx - r * 0.25, hy - r * 0.6),
            soft=True,
        )
        e.lay(ear, shift(own, -0.09), round=0.5, line=1.0)
    if b.ears == "side":
        e.lay(
            f.oval(hx - r * 0.9, hy + r * 0.45, r * 0.6, r * 0.28, 0.42),
            shift(own, -0.1),
            round=0.5,
        )
    elif b.ears == "flop":
        e.lay(
            f.poly(
                (hx - r * 0.5, hy + r * 0.8),
                (hx + r * 0.3, hy + r * 0.9),
                (hx + r * 0.1, hy + r * 0.1),
                soft=True,
            ),
            shift(own, -0.08),
        )
    nose = shift(own, -0.3) if b.ears != "flop" else mix(own, (0.55, 0.12, 0.04), 0.5)
    e.lay(
        f.oval(mx + b.snout * 0.62, my + b.snout * 0.2, b.snout * 0.42, b.snout * 0.36),
        nose,
        line=0,
        detail=1.0,
    )
    eye = (0.92, 0, 0) if b.mark == "mask" else None
    ex, ey = hx + r * 0.38, hy + r * 0.22
    if eye:
        e.lay(f.disc(ex, ey, r * 0.2), eye, line=0, detail=1.0)
    dot_eye(e, f, ex, ey, max(r * 0.14, 0.011))
    headgear(e, f, k, hx, hy, r)


def tail(e: Easel, f: Frame, k: Look, b: Build) -> None:
    """The tail, drawn before the body."""
    own, x, y = k.main, -b.length - b.body * 0.7, b.back + b.body * 0.3
    if b.tail == "thin":
        e.lay(f.ribbon(((x, y), (x - 0.1, y + 0.02), (x - 0.16, y + 0.16)), 0.03, 0.014), own)
    elif b.tail == "bush":
        e.lay(
            f.poly(
                (x, y + 0.03),
                (x - 0.14, y + 0.06),
                (x - 0.3, y - 0.1),
                (x - 0.36, y - 0.28),
                (x - 0.2, y - 0.22),
                (x - 0.06, y - 0.08),
                soft=True,
            ),
            own,
            round=0.8,
        )
        e.lay(f.oval(x - 0.31, y - 0.21, 0.05, 0.07, 0.1), shift(own, 0.3, 0.2), line=0)
    elif b.tail == "long":
        e.lay(
            f.ribbon(((x + 0.02, y), (x - 0.1, y - 0.06), (x - 0.1, y - 0.4)), 0.035, 0.05),
            shift(own, -0.2),
        )
    elif b.tail in ("lift", "tuft", "rings"):
        wide = 0.07 if b.tail == "rings" else 0.03
        pts = ((x, y), (x - 0.16, y - 0.12), (x - 0.26, y + 0.06), (x - 0.2, y + 0.2))
        e.lay(f.ribbon(pts, wide, wide * 0.8), own)
        if b.tail == "tuft":
            e.lay(f.disc(*pts[-1], 0.055), colour("rust", -0.12))
        if b.tail == "rings":
            for px, py in ((x - 0.1, y - 0.1), (x - 0.23, y - 0.02), (x - 0.24, y + 0.12)):
                e.lay(f.oval(px, py, 0.03, 0.075, 0.1), (0.22, 0, 0), line=0)
    elif b.tail == "curl":
        e.lay(cut(f.disc(x - 0.04, y, 0.05), f.disc(x - 0.04, y, 0.027)), shift(own, -0.06))
    elif b.tail == "stub":
        e.lay(f.oval(x + 0.01, y, 0.04, 0.05), shift(own, 0.25, 0.3))


def marks(e: Easel, f: Frame, k: Look, b: Build, whole: Shape) -> None:
    """Stripes, patches, wool and pale bellies on the whole form."""
    c, own = k.chance, k.main
    black: Lab = (0.18, 0.01, 0.0)
    if b.mark == "stripes":
        for i in range(11):
            x = -b.length - 0.1 + i * (2 * b.length + 0.16) / 10
            y = b.back + c.between(-0.02, 0.04)
            band = f.ribbon(
                ((x, y + b.body), (x + 0.03, y + 0.02), (x - 0.01, y - b.body * 0.8)), 0.022, 0.008
            )
            e.lay(meet(whole, band), black, round=0, line=0)
            if i % 2 == 0 and b.mark:
                leg = f.limb(
                    (x - 0.05, 0.1 + 0.03 * (i % 3)), (x + 0.06, 0.11 + 0.03 * (i % 3)), 0.012
                )
                e.lay(meet(whole, leg), black, round=0, line=0)
    elif b.mark == "patches":
        for _ in range(5):
            x, y = c.between(-b.length, b.length), b.back + c.between(-0.14, 0.14)
            patch = f.oval(x, y, c.between(0.08, 0.16), c.between(0.06, 0.12), c.unit())
            e.lay(
                meet(whole, patch), k.second if not k.asked else shift(own, -0.3), round=0.2, line=0
            )
    elif b.mark == "giraffe":
        for i in range(26):
            t = i / 26
            if t < 0.55:
                x, y = c.between(-0.26, 0.26), b.back + c.between(-0.11, 0.11)
            else:
                g = (t - 0.55) / 0.45
                x = b.length * 0.8 + (b.head[0] - b.length * 0.8) * g + c.between(-0.03, 0.03)
                y = b.back + 0.1 + (b.head[1] - b.back - 0.12) * g
            e.lay(
                meet(whole, f.oval(x, y, 0.028, 0.024, c.unit())), colour("brown"), round=0, line=0
            )
    elif b.mark == "wool":
        for _ in range(24):
            x, y = c.between(-b.length - 0.1, b.length + 0.06), b.back + c.between(-0.2, 0.22)
            e.lay(
                f.disc(x, y, c.between(0.06, 0.1)),
                shift(own, c.between(-0.06, 0.03)),
                round=0.9,
                line=0.12,
            )
    elif b.mark in ("belly", "mask"):
        e.lay(
            meet(whole, f.oval(0.1, b.back - b.body * 1.05, b.length, b.body * 0.5)),
            shift(own, 0.22, 0.3),
            round=0.2,
            line=0,
            soft=0.02 * f.size,
        )
