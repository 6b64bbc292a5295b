"""Furniture and what lights and fills a room."""

from __future__ import annotations

from ..easel import Easel
from ..exact import cosine, sine
from ..palette import mix, shift
from ..shapes import Frame, meet
from .food import STEM, shine
from .look import Draw, Look, colour
from .nature import DRAW as PLANTS

__all__ = ["DRAW"]


def _table(e: Easel, f: Frame, k: Look) -> None:
    for x, y in ((-0.6, 0.06), (0.62, 0.06), (-0.72, 0.0), (0.74, 0.0)):
        e.lay(f.limb((x, y), (x, 0.85), 0.035, 0.045), shift(k.main, -0.1 if y else 0.0), round=0.7)
    e.lay(
        f.poly((-0.85, 0.86), (0.85, 0.86), (0.7, 1.02), (-0.7, 1.02)),
        shift(k.main, 0.07),
        round=0.2,
    )
    e.lay(f.box(0, 0.84, 1.7, 0.08), k.main, round=0.4)


def _chair(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(f.box(-0.02, 0.76, 0.42, 0.46, 0.05), own, round=0.5)
    for y in (0.68, 0.84):
        e.lay(f.box(-0.02, y, 0.3, 0.05, 0.02), k.dark(0.12), round=0.3, line=0.2)
    for x, y in ((-0.18, 0.05), (0.2, 0.05), (-0.24, 0.0), (0.26, 0.0)):
        e.lay(f.limb((x, y), (x * 0.92, 0.46), 0.026), k.dark(0.08 if y else 0.02), round=0.6)
    e.lay(
        f.poly((-0.28, 0.44), (0.3, 0.44), (0.22, 0.56), (-0.22, 0.56)),
        shift(k.second, 0.12),
        round=0.5,
    )
    e.lay(f.box(0.01, 0.42, 0.58, 0.05, 0.02), own, round=0.4)


def _bench(e: Easel, f: Frame, k: Look) -> None:
    for x in (-0.85, 0.85):
        e.lay(f.limb((x, 0), (x, 0.5), 0.035), k.second)
        e.lay(f.limb((x, 0.45), (x - 0.05, 1.0), 0.03), k.second)
    for i in range(3):
        e.lay(f.box(-0.03, 0.66 + i * 0.13, 1.9, 0.085, 0.02), shift(k.main, -0.02 * i), round=0.5)
    for i in range(2):
        e.lay(
            f.box(0.0, 0.48 - i * 0.05, 2.0 + i * 0.06, 0.06, 0.02),
            shift(k.main, 0.06 - 0.1 * i),
            round=0.4,
        )


def _sofa(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(f.box(0, 0.64, 1.7, 0.66, 0.16), k.dark(0.05), round=0.9)
    e.lay(f.box(0, 0.25, 1.8, 0.34, 0.05), k.dark(0.08), round=0.5)
    for x in (-0.4, 0.4):
        e.lay(f.box(x, 0.46, 0.78, 0.2, 0.08), shift(own, 0.05), round=0.9)
    for s in (-1.0, 1.0):
        e.lay(f.box(s * 0.88, 0.4, 0.26, 0.6, 0.12), own, round=0.9)
        e.lay(f.limb((s * 0.85, 0.0), (s * 0.85, 0.1), 0.035), STEM)
    e.lay(f.box(-0.5, 0.64, 0.3, 0.28, 0.06, 0.03), k.accent, round=0.9)


def _bed(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.box(-0.85, 0.5, 0.14, 1.0, 0.05), k.main, round=0.6)
    e.lay(f.box(0.88, 0.3, 0.12, 0.6, 0.04), k.main, round=0.6)
    e.lay(f.box(0, 0.22, 1.7, 0.2, 0.02), k.dark(0.08), round=0.3)
    e.lay(
        f.poly(
            (-0.8, 0.3),
            (0.84, 0.28),
            (0.84, 0.42),
            (0.3, 0.52),
            (-0.3, 0.5),
            (-0.8, 0.46),
            soft=True,
        ),
        k.second,
        round=0.9,
    )
    e.lay(f.box(-0.58, 0.55, 0.4, 0.18, 0.08), colour("white"), round=1.0)


def _lamp(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.oval(0, 0.02, 0.18, 0.035), (0.3, 0.01, 0.02))
    e.lay(f.limb((0, 0.02), (0, 0.7), 0.018), (0.3, 0.01, 0.02))
    e.lay(
        f.disc(0, 0.78, 0.42),
        (0.9, 0.01, 0.1),
        raw=True,
        round=0,
        line=0,
        soft=0.32 * f.size,
        opacity=0.45,
        variety=0,
    )
    e.lay(
        f.poly((-0.13, 0.98), (0.13, 0.98), (0.24, 0.66), (-0.24, 0.66)),
        mix(k.main, (0.92, 0.02, 0.11), 0.45),
        raw=True,
        round=0.5,
    )


def _streetlamp(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.limb((0, 0), (0, 0.8), 0.022, 0.014), (0.24, 0, -0.01))
    e.lay(f.box(0, 0.03, 0.09, 0.06), (0.24, 0, -0.01))
    e.lay(
        f.disc(0, 0.88, 0.4),
        (0.9, 0.01, 0.1),
        raw=True,
        round=0,
        line=0,
        soft=0.35 * f.size,
        opacity=0.5 if e.palette.dim < 0.9 else 0.12,
        variety=0,
    )
    e.lay(
        f.poly((-0.05, 0.8), (0.05, 0.8), (0.075, 0.93), (-0.075, 0.93)),
        (0.93, 0.01, 0.1),
        raw=True,
        round=0.2,
    )
    e.lay(f.poly((-0.09, 0.93), (0.09, 0.93), (0, 1.0)), (0.24, 0, -0.01))


def _candle(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.disc(0, 0.86, 0.5),
        (0.88, 0.02, 0.12),
        raw=True,
        round=0,
        line=0,
        soft=0.45 * f.size,
        opacity=0.55,
        variety=0,
    )
    e.lay(f.oval(0, 0.03, 0.2, 0.05), (0.65, 0.01, 0.09), round=0.6)
    e.lay(f.box(0, 0.36, 0.17, 0.66, 0.03), k.main, round=1.0)
    e.lay(f.limb((0, 0.68), (0, 0.75), 0.012), (0.2, 0, 0), line=0)
    e.lay(
        f.poly((-0.055, 0.78), (0, 1.02), (0.055, 0.78), (0, 0.72), soft=True),
        (0.9, 0.02, 0.14),
        raw=True,
        round=0.2,
        detail=1.0,
    )
    e.lay(f.oval(0, 0.79, 0.02, 0.045), (0.98, 0, 0.05), raw=True, line=0)


def _vase(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    f = f.frame(0.0, 0.0, 0.76)
    asked = k.wears.get("flower")
    for i in range(5 if asked or c.likely(0.7) else 0):
        tint = c.pick(
            (
                k.accent,
                colour("pink"),
                colour("cream"),
                colour("coral"),
                colour("lavender"),
                colour("gold"),
            )
        )
        tint = shift(asked, c.between(-0.06, 0.06)) if asked else tint
        g = f.frame(
            (i - 2) * 0.05, 0.62 + 0.04 * (i % 2), c.between(0.6, 0.85), turn=(i - 2) * 0.045
        )
        PLANTS["flower"](e, g, Look(tint, k.second, k.accent, c))
    w = c.between(0.24, 0.32)
    body = f.poly(
        (-0.11, 0.02),
        (0.11, 0.02),
        (w, 0.34),
        (0.16, 0.6),
        (0.1, 0.74),
        (0.16, 0.84),
        (-0.16, 0.84),
        (-0.1, 0.74),
        (-0.16, 0.6),
        (-w, 0.34),
        soft=True,
    )
    e.lay(body, k.main, round=1.0)
    for y in (0.3, 0.38):
        e.lay(meet(body, f.oval(0, y, 0.5, 0.018)), k.second, round=0.5, line=0)
    shine(e, f, 0.12, 0.46, 0.03, 0.1)


def _clock(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    ring = k.main if k.asked else k.second
    for s in (-1.0, 1.0):
        e.lay(f.limb((s * 0.2, 0.1), (s * 0.3, 0.0), 0.04), ring)
    e.lay(f.disc(0, 0.5, 0.48), ring, round=0.7)
    e.lay(f.disc(0, 0.5, 0.4), mix(k.main, (0.95, 0, 0.03), 0.75), round=0.2, detail=1.0)
    for i in range(12):
        x, y = sine(i / 12), cosine(i / 12)
        e.lay(
            f.limb((x * 0.33, 0.5 + y * 0.33), (x * 0.37, 0.5 + y * 0.37), 0.014),
            (0.25, 0, 0),
            line=0,
            round=0,
            detail=1.0,
        )
    a, b = c.unit(), c.unit()
    e.lay(
        f.limb((0, 0.5), (sine(a) * 0.2, 0.5 + cosine(a) * 0.2), 0.028, 0.016),
        (0.2, 0, 0),
        line=0,
        detail=1.0,
    )
    e.lay(
        f.limb((0, 0.5), (sine(b) * 0.31, 0.5 + cosine(b) * 0.31), 0.02, 0.01),
        (0.2, 0, 0),
        line=0,
        detail=1.0,
    )
    e.lay(f.disc(0, 0.5, 0.03), k.accent, line=0)


def _mirror(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.oval(0, 0.5, 0.4, 0.5), k.main, round=0.8)
    e.lay(
        f.oval(0, 0.5, 0.32, 0.42),
        mix(e.palette.glow, (0.8, -0.02, -0.02), 0.4),
        raw=True,
        round=0.1,
    )
    for dx in (-0.1, 0.05):
        e.lay(
            f.limb((dx - 0.08, 0.3), (dx + 0.1, 0.72), 0.018),
            (0.95, 0, 0),
            raw=True,
            line=0,
            round=0,
            opacity=0.5,
        )


def _box(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.poly((-0.5, 0.1), (0.2, 0.0), (0.2, 0.62), (-0.5, 0.7)), k.main, round=0.2)
    e.lay(f.poly((0.2, 0.0), (0.58, 0.16), (0.58, 0.76), (0.2, 0.62)), k.dark(0.14), round=0.2)
    e.lay(f.poly((-0.5, 0.7), (0.2, 0.62), (0.58, 0.76), (-0.1, 0.84)), k.pale(0.08), round=0.2)
    e.lay(
        f.poly((-0.2, 0.06), (-0.08, 0.04), (-0.08, 0.65), (-0.2, 0.67)),
        k.second,
        round=0.2,
        line=0.2,
    )
    e.lay(
        f.poly((-0.2, 0.67), (-0.08, 0.65), (0.3, 0.79), (0.18, 0.81)),
        k.second,
        round=0.2,
        line=0.2,
    )


def _swing(e: Easel, f: Frame, k: Look) -> None:
    for s in (-1.0, 1.0):
        e.lay(f.limb((s * 0.62, 0), (s * 0.42, 1.0), 0.025), k.main)
        e.lay(f.limb((s * 0.3, 0), (s * 0.42, 1.0), 0.025), k.dark(0.08))
        e.lay(f.limb((s * 0.14, 0.98), (s * 0.1 + 0.12, 0.3), 0.007), (0.4, 0, 0), line=0)
    e.lay(f.limb((-0.46, 1.0), (0.46, 1.0), 0.028), k.main)
    e.lay(f.box(0.12, 0.29, 0.32, 0.045, 0.01), k.second)


DRAW: dict[str, Draw] = {
    "table": _table,
    "chair": _chair,
    "bench": _bench,
    "sofa": _sofa,
    "bed": _bed,
    "lamp": _lamp,
    "streetlamp": _streetlamp,
    "candle": _candle,
    "vase": _vase,
    "clock": _clock,
    "mirror": _mirror,
    "box": _box,
    "swing": _swing,
}
