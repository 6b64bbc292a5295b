"""What is in the sky, and fire."""

from __future__ import annotations

from ..easel import Easel
from ..exact import cosine, sine
from ..palette import Lab, mix, shift
from ..shapes import Frame, cut, join, meet
from .look import Draw, Look, colour

__all__ = ["DRAW"]


def _cloud(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    parts = [
        f.oval(
            -0.5 + i * 0.2,
            0.2 + 0.2 * sine(i / 12) + c.between(0, 0.1),
            c.between(0.2, 0.34),
            c.between(0.14, 0.26),
        )
        for i in range(6)
    ]
    e.lay(
        join(*parts, melt=0.1 * f.size),
        k.main,
        round=0.9,
        line=0.1,
        soft=0.05 * f.size,
        opacity=0.9,
    )


def _sun(e: Easel, f: Frame, k: Look) -> None:
    own: Lab = k.main
    for r, o in ((1.5, 0.18), (1.0, 0.3), (0.72, 0.45)):
        e.lay(
            f.disc(0, 0.5, r),
            own,
            raw=True,
            round=0,
            line=0,
            soft=r * 0.8 * f.size,
            opacity=o,
            variety=0,
        )
    e.lay(f.disc(0, 0.5, 0.42), shift(own, 0.05), raw=True, round=0.12, line=0.3, detail=0.8)


def _moon(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    for r, o in ((1.3, 0.16), (0.8, 0.3)):
        e.lay(
            f.disc(0, 0.5, r),
            own,
            raw=True,
            round=0,
            line=0,
            soft=r * 0.9 * f.size,
            opacity=o,
            variety=0,
        )
    disc = f.disc(0, 0.5, 0.45)
    if c.likely(0.35):
        disc = cut(disc, f.disc(0.2, 0.58, 0.4))
    e.lay(disc, own, raw=True, round=0.3, line=0.3, detail=0.8)
    for x, y, r in ((-0.18, 0.6, 0.09), (-0.05, 0.34, 0.12), (-0.27, 0.42, 0.06)):
        e.lay(
            f.disc(x, y, r),
            shift(own, -0.07),
            raw=True,
            round=0,
            line=0,
            soft=0.06 * f.size,
            opacity=0.6,
        )


def _star(e: Easel, f: Frame, k: Look) -> None:
    points = []
    for i in range(10):
        r = 0.5 if i % 2 == 0 else 0.2
        points.append((sine(i / 10) * r, 0.5 + cosine(i / 10) * r))
    e.lay(
        f.disc(0, 0.5, 0.8),
        k.main,
        raw=True,
        round=0,
        line=0,
        soft=0.6 * f.size,
        opacity=0.25,
        variety=0,
    )
    e.lay(f.poly(*points), k.main, raw=True, round=0.5, detail=0.9)


def _planet(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    ring = c.likely(0.5)
    turn = c.between(0.02, 0.09)
    band = cut(f.oval(0, 0.5, 0.82, 0.2, turn), f.oval(0, 0.5, 0.6, 0.12, turn))
    if ring:
        e.lay(band, k.accent, round=0.3, line=0.4)
    ball = f.disc(0, 0.5, 0.45)
    e.lay(ball, own, round=1.0, detail=0.8)

    for i in range(5):
        y = 0.18 + i * 0.16
        e.lay(
            meet(ball, f.oval(c.between(-0.1, 0.1), y, 0.55, c.between(0.02, 0.06), turn)),
            mix(own, k.second, 0.5),
            round=0.6,
            line=0,
            opacity=0.6,
            soft=0.01,
        )
    if ring:
        e.lay(cut(band, f.box(0, 0.78, 2.0, 0.52, 0, turn)), k.accent, round=0.3, line=0.4)


def _rainbow(e: Easel, f: Frame, k: Look) -> None:
    for i, name in enumerate(("red", "orange", "yellow", "green", "blue", "violet")):
        r = 1.0 - i * 0.06
        e.lay(
            cut(f.disc(0, 0, r), f.disc(0, 0, r - 0.06)),
            colour(name, 0.12),
            raw=True,
            round=0,
            line=0,
            soft=0.03 * f.size,
            opacity=0.55,
        )


def _fire(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    e.lay(
        f.disc(0, 0.35, 0.8),
        (0.75, 0.1, 0.13),
        raw=True,
        round=0,
        line=0,
        soft=0.6 * f.size,
        opacity=0.3,
        variety=0,
    )
    for s in (-1.0, 1.0):
        e.lay(
            f.limb((-s * 0.34, 0.02), (s * 0.28, 0.14), 0.055, 0.05),
            colour("wood", -0.15),
            round=0.8,
        )
    for tint, size, count in (
        ((0.58, 0.17, 0.11), 1.0, 5),
        ((0.72, 0.12, 0.14), 0.74, 4),
        ((0.9, 0.0, 0.16), 0.45, 3),
    ):
        for i in range(count):
            x = (i - (count - 1) / 2) * 0.12 * size
            h = size * c.between(0.65, 1.0) * (1 - abs(x) * 1.2)
            e.lay(
                f.poly(
                    (x - 0.13 * size, 0.06),
                    (x - 0.1 * size, h * 0.4),
                    (x + 0.03, h),
                    (x + 0.1 * size, h * 0.38),
                    (x + 0.13 * size, 0.06),
                    soft=True,
                ),
                tint,
                raw=True,
                round=0.2,
                line=0.1,
            )


def _firework(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    for tint in (k.main, k.accent, k.second):
        cx, cy, size = c.between(-0.6, 0.6), c.between(0.3, 0.9), c.between(0.2, 0.42)
        glow = (max(tint[0], 0.72), tint[1] * 1.2, tint[2] * 1.2)
        e.lay(
            f.disc(cx, cy, size),
            glow,
            raw=True,
            round=0,
            line=0,
            soft=size * 0.9 * f.size,
            opacity=0.3,
            variety=0,
        )
        for i in range(18):
            turn, r = i / 18 + c.between(-0.01, 0.01), size * c.between(0.7, 1.0)
            x, y = cosine(turn), sine(turn)
            e.lay(
                f.ribbon(
                    (
                        (cx + x * r * 0.15, cy + y * r * 0.15),
                        (cx + x * r * 0.7, cy + y * r * 0.72),
                        (cx + x * r, cy + y * r - 0.05),
                    ),
                    0.006,
                    0.012,
                ),
                glow,
                raw=True,
                round=0,
                line=0,
                detail=0.9,
            )


def _tornado(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    for i in range(14):
        t = i / 13
        w = 0.04 + 0.42 * t * t + 0.05 * t
        e.lay(
            f.oval(0.1 * sine(t * 0.9), t * 1.0, w, 0.07),
            shift(k.main, c.between(-0.12, 0.08)),
            round=0.8,
            line=0.15,
            soft=0.02 * f.size,
            opacity=0.85,
        )


DRAW: dict[str, Draw] = {
    "cloud": _cloud,
    "sun": _sun,
    "moon": _moon,
    "star": _star,
    "planet": _planet,
    "rainbow": _rainbow,
    "fire": _fire,
    "firework": _firework,
    "tornado": _tornado,
}
