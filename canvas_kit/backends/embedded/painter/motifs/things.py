"""Things: food, furniture, vessels, instruments, tools."""

from __future__ import annotations

from ..easel import Easel
from ..exact import cosine, sine
from ..palette import Lab, mix, shift
from ..shapes import Frame, cut, join, meet
from .look import Draw, Look, colour
from .people import umbrella

__all__ = ["DRAW"]

_STEM: Lab = (0.38, 0.02, 0.05)
_LEAF: Lab = (0.52, -0.08, 0.08)


def _shine(e: Easel, f: Frame, x: float, y: float, rx: float, ry: float, turn: float = 0.1) -> None:
    """The bright spot of light on something smooth, on the side of the light."""
    side = -1.0 if (e.light[0] < 0) == (f.facing > 0) else 1.0
    e.lay(
        f.oval(abs(x) * side, y, rx, ry, turn * side),
        (0.97, 0, 0.01),
        raw=True,
        round=0,
        line=0,
        soft=min(rx, ry) * f.size,
        opacity=0.7,
        variety=0,
    )


def _apple(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(f.oval(-0.16, 0.46, 0.32, 0.43), f.oval(0.16, 0.46, 0.32, 0.43), melt=0.1 * f.size),
        k.main,
        round=1.0,
    )
    e.lay(f.oval(0, 0.85, 0.15, 0.05), k.dark(0.16), round=0, line=0, soft=0.05 * f.size)
    e.lay(f.ribbon(((0, 0.82), (0.03, 0.95), (0.1, 1.04)), 0.024), _STEM, line=0.4)
    e.lay(f.poly((0.05, 0.92), (0.2, 1.06), (0.38, 1.0), (0.22, 0.9), soft=True), _LEAF, round=0.4)
    _shine(e, f, 0.2, 0.62, 0.07, 0.11)


def _pomegranate(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    e.lay(f.disc(0, 0.42, 0.43), k.main, round=1.0)
    e.lay(
        f.poly(
            (-0.09, 0.8),
            (-0.17, 1.03),
            (-0.06, 0.94),
            (0, 1.05),
            (0.06, 0.94),
            (0.17, 1.03),
            (0.09, 0.8),
        ),
        mix(k.main, (0.6, 0.08, 0.1), 0.5),
        round=0.5,
    )
    if c.likely(0.6):
        e.lay(
            f.poly((-0.02, 0.64), (0.26, 0.6), (0.34, 0.34), (0.16, 0.14), (-0.06, 0.3), soft=True),
            (0.9, 0.03, 0.06),
            round=0.1,
        )
        for i in range(16):
            x, y = 0.03 + (i % 4) * 0.075 + c.between(-0.01, 0.01), 0.24 + (i // 4) * 0.09
            e.lay(
                f.oval(x, y, 0.045, 0.05),
                shift((0.42, 0.19, 0.08), c.between(-0.05, 0.08)),
                round=1.0,
                line=0.3,
                detail=0.9,
            )
    else:
        e.lay(
            f.oval(-0.1, 0.3, 0.26, 0.2),
            mix(k.main, (0.7, 0.1, 0.13), 0.5),
            round=0,
            line=0,
            soft=0.15 * f.size,
            opacity=0.5,
        )
    _shine(e, f, 0.18, 0.6, 0.06, 0.09)


def _pear(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(f.disc(0, 0.32, 0.32), f.oval(0.02, 0.68, 0.18, 0.24), melt=0.14 * f.size),
        k.main,
        round=1.0,
    )
    e.lay(f.ribbon(((0.03, 0.88), (0.05, 0.98), (0.12, 1.05)), 0.022), _STEM, line=0.4)
    e.lay(
        f.oval(0.16, 0.28, 0.12, 0.16),
        mix(k.main, (0.6, 0.12, 0.1), 0.4),
        round=0,
        line=0,
        soft=0.12 * f.size,
        opacity=0.6,
    )
    _shine(e, f, 0.12, 0.45, 0.05, 0.1)


def _round_fruit(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.oval(0, 0.44, 0.46, 0.44), k.main, round=1.0)
    e.lay(f.disc(0.02, 0.84, 0.03), (0.4, -0.02, 0.06), line=0.2)
    e.lay(f.poly((0.04, 0.84), (0.2, 1.0), (0.4, 0.96), (0.24, 0.84), soft=True), _LEAF, round=0.4)
    _shine(e, f, 0.17, 0.62, 0.07, 0.09)


def _lemon(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(
            f.oval(0, 0.4, 0.5, 0.4),
            f.limb((0.4, 0.42), (0.62, 0.46), 0.12, 0.05),
            melt=0.1 * f.size,
        ),
        k.main,
        round=1.0,
    )
    _shine(e, f, 0.16, 0.58, 0.09, 0.07)


def _banana(e: Easel, f: Frame, k: Look) -> None:
    for dy in (0.16, 0.0):
        e.lay(
            f.ribbon(
                ((-0.62, 0.62 + dy), (-0.3, 0.18 + dy), (0.25, 0.14 + dy), (0.62, 0.5 + dy)),
                0.1,
                0.07,
            ),
            shift(k.main, -dy * 0.4),
            round=1.0,
            along=True,
        )
    e.lay(f.limb((-0.64, 0.66), (-0.66, 0.85), 0.04), _STEM)


def _grapes(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    for row, count in enumerate((1, 2, 3, 4, 4, 3)):
        for i in range(count):
            x, y = (i - (count - 1) / 2) * 0.18 + c.between(-0.02, 0.02), 0.1 + row * 0.14
            e.lay(f.disc(x, y, 0.115), shift(k.main, c.between(-0.06, 0.06)), round=1.0, line=0.4)
            _shine(e, f, x - 0.03, y + 0.035, 0.02, 0.028)
    e.lay(f.ribbon(((0, 0.85), (0.04, 0.95), (0.12, 1.02)), 0.025), _STEM)
    e.lay(
        f.poly((0.02, 0.86), (0.16, 1.02), (0.42, 0.98), (0.4, 0.8), (0.2, 0.76), soft=True),
        _LEAF,
        round=0.4,
    )


def _pumpkin(e: Easel, f: Frame, k: Look) -> None:
    for x, w in ((-0.4, 0.22), (0.4, 0.22), (-0.22, 0.26), (0.22, 0.26), (0.0, 0.26)):
        e.lay(f.oval(x, 0.4, w, 0.41), shift(k.main, -abs(x) * 0.12), round=0.9, line=0.5)
    e.lay(f.ribbon(((0, 0.76), (0.03, 0.9), (0.13, 0.98)), 0.06, 0.04), (0.45, -0.05, 0.07))
    _shine(e, f, 0.14, 0.62, 0.05, 0.1)


def _carrot(e: Easel, f: Frame, k: Look) -> None:
    for x in (-0.12, 0.0, 0.13):
        e.lay(f.ribbon(((0, 0.7), (x * 0.6, 0.85), (x * 1.5, 1.02)), 0.03, 0.05), _LEAF, round=0.6)
    e.lay(
        f.poly((-0.14, 0.7), (0.14, 0.7), (0.08, 0.35), (0.01, 0.0), (-0.07, 0.35), soft=True),
        k.main,
        round=0.9,
    )
    for y in (0.3, 0.45, 0.58):
        e.lay(f.limb((-0.06, y), (0.02, y + 0.01), 0.008), k.dark(0.1), line=0, round=0)


def _bread(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.oval(0, 0.42, 0.78, 0.42), k.main, round=1.0)
    for i in range(4):
        x = -0.42 + i * 0.27
        e.lay(f.oval(x, 0.6, 0.05, 0.17, -0.06), shift(k.main, 0.18, 0.6), round=0.2, line=0.3)


def _cake(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.oval(0, 0.06, 0.68, 0.08), (0.9, 0, 0.02), round=0.4)
    e.lay(f.box(0, 0.3, 1.1, 0.44, 0.05), k.main, round=0.7)
    e.lay(f.oval(0, 0.52, 0.55, 0.11), shift(k.second, 0.1), round=0.4)
    for i in range(8):
        x = -0.5 + i * 0.143
        e.lay(
            f.limb((x, 0.5), (x, 0.38 - 0.06 * (i % 2)), 0.06),
            shift(k.second, 0.1),
            round=0.4,
            line=0.2,
        )
    for i in range(4):
        x = -0.3 + i * 0.2
        e.lay(
            f.limb((x, 0.55), (x, 0.8), 0.025), (k.accent if i % 2 else (0.94, 0, 0.02)), round=0.7
        )
        e.lay(f.oval(x, 0.88, 0.028, 0.055), (0.88, 0.03, 0.15), raw=True, line=0.2, detail=1.0)


def _cheese(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.poly((-0.7, 0.2), (0.6, 0.0), (0.6, 0.5), (-0.7, 0.66)), k.main, round=0.3)
    e.lay(f.poly((-0.7, 0.66), (0.6, 0.5), (0.2, 0.85)), shift(k.main, 0.08), round=0.2)
    for x, y, r in ((-0.3, 0.4, 0.1), (0.15, 0.25, 0.08), (0.35, 0.4, 0.06), (-0.05, 0.5, 0.05)):
        e.lay(f.disc(x, y, r), k.dark(0.12), round=0.4, line=0.3)


def _egg(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(f.disc(0, 0.38, 0.37), f.oval(0, 0.6, 0.28, 0.36), melt=0.15 * f.size),
        k.main,
        round=1.0,
    )
    _shine(e, f, 0.12, 0.62, 0.05, 0.09)


def _icecream(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.poly((-0.2, 0.5), (0.2, 0.5), (0, 0.0)), colour("ochre", 0.05), round=0.6)
    for i in range(3):
        e.lay(
            f.limb((-0.15 + i * 0.1, 0.48), (0.0 + i * 0.04, 0.15 + i * 0.1), 0.008),
            colour("brown", 0.1),
            line=0,
        )
    e.lay(f.disc(-0.08, 0.58, 0.16), k.second, round=1.0)
    e.lay(f.disc(0.1, 0.6, 0.16), k.accent, round=1.0)
    e.lay(f.disc(0.0, 0.77, 0.17), k.main, round=1.0)
    e.lay(f.disc(0.02, 0.95, 0.05), (0.55, 0.19, 0.09), round=1.0)


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
        e.lay(f.limb((s * 0.85, 0.0), (s * 0.85, 0.1), 0.035), _STEM)
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


def _book(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    if c.likely(0.5):  # open
        for s in (-1.0, 1.0):
            e.lay(f.poly((0, 0.08), (s * 0.75, 0.0), (s * 0.72, 0.62), (0, 0.7)), k.main, round=0.2)
            e.lay(
                f.poly(
                    (0, 0.14),
                    (s * 0.35, 0.16),
                    (s * 0.69, 0.07),
                    (s * 0.66, 0.64),
                    (s * 0.35, 0.72),
                    (0, 0.7),
                ),
                colour("cream"),
                round=0.5,
            )
            for i in range(5):
                e.lay(
                    f.limb((s * 0.08, 0.58 - i * 0.085), (s * 0.56, 0.57 - i * 0.085), 0.009),
                    (0.5, 0, 0.01),
                    line=0,
                    round=0,
                )
        return
    y = 0.0
    for i in range(3 + c.whole(2)):
        h, w = c.between(0.16, 0.24), c.between(0.95, 1.2)
        tint = (
            k.main
            if i == 0 or k.asked
            else shift(c.pick((k.main, k.second, k.accent)), c.between(-0.1, 0.1))
        )
        dx = c.between(-0.08, 0.08)
        e.lay(f.box(dx, y + h / 2, w, h, 0.02), tint, round=0.4)
        e.lay(
            f.box(dx + w * 0.46, y + h / 2, w * 0.1, h * 0.74), colour("cream"), round=0.2, line=0.3
        )
        e.lay(f.box(dx - w * 0.25, y + h / 2, 0.03, h), shift(tint, 0.2), round=0.2, line=0)
        y += h


def _newspaper(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    e.lay(f.poly((-0.4, 0.02), (0.38, 0.0), (0.42, 0.98), (-0.36, 1.0)), k.main, round=0.3)
    e.lay(f.box(0.02, 0.88, 0.62, 0.1), (0.25, 0, 0), round=0, line=0)
    e.lay(f.box(-0.16, 0.6, 0.3, 0.26), k.accent, round=0.2, line=0.3)
    for i in range(9):
        y = 0.74 - i * 0.075
        x0 = 0.04 if y > 0.45 else -0.3
        e.lay(f.limb((x0, y), (0.3 - c.between(0, 0.1), y), 0.012), (0.45, 0, 0), line=0, round=0)


def _cup(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.oval(0, 0.06, 0.62, 0.09), shift(k.main, 0.03), round=0.5)
    e.lay(cut(f.oval(0.44, 0.5, 0.2, 0.22), f.oval(0.44, 0.5, 0.12, 0.14)), k.main, round=0.6)
    e.lay(
        f.poly(
            (-0.42, 0.86),
            (0.42, 0.86),
            (0.4, 0.45),
            (0.22, 0.1),
            (-0.22, 0.1),
            (-0.4, 0.45),
            soft=True,
        ),
        k.main,
        round=1.0,
    )
    e.lay(f.oval(0, 0.83, 0.4, 0.1), k.pale(), round=0.3)
    e.lay(f.oval(0, 0.81, 0.34, 0.075), (0.36, 0.03, 0.05), round=0.2)
    for x in (-0.1, 0.1):
        e.lay(
            f.ribbon(((x, 0.95), (x + 0.07, 1.1), (x - 0.04, 1.25), (x + 0.05, 1.4)), 0.022, 0.008),
            (0.95, 0, 0),
            raw=True,
            round=0,
            line=0,
            soft=0.04 * f.size,
            opacity=0.35,
        )


def _teapot(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(f.ribbon(((0.36, 0.35), (0.62, 0.42), (0.74, 0.72)), 0.1, 0.045), own, round=0.9)
    e.lay(cut(f.oval(-0.5, 0.47, 0.23, 0.26), f.oval(-0.5, 0.47, 0.15, 0.18)), own, round=0.7)
    e.lay(f.oval(0, 0.4, 0.48, 0.4), own, round=1.0)
    e.lay(f.oval(0, 0.4, 0.485, 0.05), k.second, round=0.3, line=0.2, opacity=0.8)
    e.lay(f.oval(0, 0.77, 0.24, 0.07), k.pale(0.06), round=0.6)
    e.lay(f.disc(0, 0.88, 0.06), k.second, round=0.9)
    _shine(e, f, 0.19, 0.58, 0.06, 0.1)


def _bottle(e: Easel, f: Frame, k: Look) -> None:
    body = join(
        f.box(0, 0.3, 0.34, 0.6, 0.06), f.box(0, 0.75, 0.12, 0.42, 0.02), melt=0.16 * f.size
    )
    e.lay(body, k.main, round=1.0, opacity=0.95)
    e.lay(f.box(0, 0.28, 0.3, 0.26, 0.01), colour("cream"), round=0.5)
    e.lay(f.box(0, 0.3, 0.2, 0.05), k.accent, round=0.2, line=0)
    e.lay(f.box(0, 0.96, 0.13, 0.08, 0.02), k.dark(0.12), round=0.6)
    _shine(e, f, 0.1, 0.5, 0.018, 0.13, 0.0)


def _wineglass(e: Easel, f: Frame, k: Look) -> None:
    glass: Lab = (0.86, -0.01, -0.015)
    e.lay(f.oval(0, 0.03, 0.2, 0.04), glass, round=0.5, opacity=0.8)
    e.lay(f.limb((0, 0.03), (0, 0.45), 0.016), glass, opacity=0.8)
    bowl = f.poly(
        (-0.22, 0.98),
        (0.22, 0.98),
        (0.25, 0.72),
        (0.12, 0.46),
        (-0.12, 0.46),
        (-0.25, 0.72),
        soft=True,
    )
    e.lay(bowl, glass, round=0.7, opacity=0.55)
    e.lay(
        meet(bowl, f.box(0, 0.58, 0.6, 0.36)),
        k.second if not k.asked else k.main,
        round=0.8,
        line=0.3,
    )
    _shine(e, f, 0.12, 0.82, 0.018, 0.08, 0.0)


def _vase(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    from .nature import DRAW as PLANTS

    for i in range(5 if c.likely(0.7) else 0):
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
    _shine(e, f, 0.12, 0.46, 0.03, 0.1)


def _bowl(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    e.lay(f.oval(0, 0.72, 0.9, 0.2), k.dark(0.12), round=0.2)
    tints = (k.accent, k.second, colour("orange"), colour("lime", -0.1), colour("crimson"))
    for i in range(9):
        x = -0.6 + i * 0.15
        e.lay(
            f.disc(x, 0.82 + c.between(0, 0.18) * (1 - abs(x)), 0.2),
            c.pick(tints),
            round=1.0,
            line=0.4,
        )
    e.lay(
        cut(f.oval(0, 0.72, 0.92, 0.72), f.box(0, 1.08, 2.2, 0.74), f.oval(0, 0.74, 0.86, 0.12)),
        k.main,
        round=0.9,
    )
    e.lay(f.oval(0, 0.03, 0.3, 0.05), k.dark(0.1))


def _plate(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.oval(0, 0.4, 1.5, 0.4), k.main, round=0.5)
    e.lay(f.oval(0, 0.44, 1.05, 0.25), k.dark(0.05), round=0.3)
    for x, tint in ((-0.4, k.second), (0.1, k.accent), (0.45, colour("leaf"))):
        e.lay(f.oval(x, 0.66, 0.34, 0.28), tint, round=1.0)


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


def _umbrella(e: Easel, f: Frame, k: Look) -> None:
    umbrella(e, f, k.main)
    e.lay(f.ribbon(((0, 0.03), (0.05, -0.03), (0.1, 0.03)), 0.016), (0.3, 0.02, 0.03), line=0.3)


def _hat(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.oval(0, 0.16, 0.85, 0.16), k.main, round=0.7)
    e.lay(
        f.poly(
            (-0.42, 0.16),
            (-0.4, 0.75),
            (-0.2, 0.98),
            (0.0, 0.9),
            (0.2, 0.98),
            (0.4, 0.75),
            (0.42, 0.16),
            soft=True,
        ),
        k.main,
        round=0.9,
    )
    e.lay(f.poly((-0.43, 0.2), (0.43, 0.2), (0.42, 0.36), (-0.42, 0.36)), k.second, round=0.5)


def _crown(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly(
            (-0.5, 0.0),
            (0.5, 0.0),
            (0.6, 0.78),
            (0.3, 0.42),
            (0.0, 0.98),
            (-0.3, 0.42),
            (-0.6, 0.78),
        ),
        k.main,
        round=0.6,
    )
    e.lay(f.box(0, 0.08, 1.02, 0.16, 0.03), k.dark(0.06), round=0.8)
    for x, y in ((-0.6, 0.82), (0.0, 1.0), (0.6, 0.82)):
        e.lay(f.disc(x, y, 0.065), k.second, round=1.0)
    for x in (-0.3, 0.0, 0.3):
        e.lay(f.disc(x, 0.09, 0.05), k.accent, round=1.0, detail=1.0)


def _shoe(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly(
            (-0.8, 0.1),
            (-0.78, 0.95),
            (-0.35, 0.95),
            (-0.2, 0.6),
            (0.45, 0.46),
            (0.82, 0.25),
            (0.82, 0.1),
        ),
        k.main,
        round=0.8,
    )
    e.lay(f.box(0.0, 0.06, 1.7, 0.14, 0.05), k.second, round=0.5)
    for i in range(3):
        e.lay(
            f.limb((-0.16 + i * 0.14, 0.52 - i * 0.05), (-0.02 + i * 0.14, 0.66 - i * 0.06), 0.025),
            k.second,
            line=0.2,
        )


def _shirt(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly(
            (-0.3, 0.02),
            (0.3, 0.02),
            (0.31, 0.62),
            (0.5, 0.44),
            (0.63, 0.6),
            (0.34, 0.96),
            (0.12, 1.0),
            (0, 0.9),
            (-0.12, 1.0),
            (-0.34, 0.96),
            (-0.63, 0.6),
            (-0.5, 0.44),
            (-0.31, 0.62),
        ),
        k.main,
        round=0.5,
    )
    for x, y in ((-0.1, 0.3), (0.12, 0.4)):
        e.lay(
            f.ribbon(((x, y), (x + 0.04, y + 0.15), (x, y + 0.3)), 0.012),
            k.dark(0.08),
            line=0,
            round=0,
        )
    if k.words:
        from .signs import write

        write(e, f.frame(0, 0.42, 1), k.words, 0.5, 0.3, k.ink())
    else:
        e.lay(f.disc(0, 0.58, 0.1), k.accent, round=0.2)


def _glasses(e: Easel, f: Frame, k: Look) -> None:
    for x in (-0.55, 0.55):
        e.lay(f.oval(x, 0.5, 0.48, 0.46), k.main, round=0.4)
        e.lay(f.oval(x, 0.5, 0.4, 0.38), (0.6, -0.03, -0.05), round=0.3)
    e.lay(f.ribbon(((-0.1, 0.6), (0, 0.7), (0.1, 0.6)), 0.05), k.main)


def _bag(e: Easel, f: Frame, k: Look) -> None:
    e.lay(cut(f.oval(0, 0.68, 0.25, 0.3), f.oval(0, 0.68, 0.18, 0.23)), k.dark(), round=0.6)
    e.lay(
        f.poly((-0.38, 0.68), (0.38, 0.68), (0.48, 0.06), (-0.48, 0.06), soft=False),
        k.main,
        round=0.8,
    )
    e.lay(f.box(0, 0.56, 0.78, 0.2, 0.05), k.dark(0.06), round=0.6)
    e.lay(f.box(0, 0.46, 0.12, 0.12, 0.02), k.second, detail=1.0)


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


def _key(e: Easel, f: Frame, k: Look) -> None:
    e.lay(cut(f.disc(0, 0.8, 0.2), f.disc(0, 0.8, 0.11)), k.main, round=0.8)
    e.lay(f.limb((0, 0.02), (0, 0.64), 0.045), k.main, round=0.9)
    for y in (0.06, 0.2):
        e.lay(f.box(0.1, y, 0.18, 0.07, 0.01), k.main, round=0.4)


def _sword(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly((-0.05, 0.3), (0.05, 0.3), (0.045, 0.9), (0, 1.02), (-0.045, 0.9)), k.main, round=0.7
    )
    e.lay(f.limb((0, 0.32), (0, 0.92), 0.008), k.dark(), line=0)
    e.lay(f.limb((-0.16, 0.29), (0.16, 0.29), 0.03), (0.7, 0.01, 0.1))
    e.lay(f.limb((0, 0.07), (0, 0.28), 0.035), k.second)
    e.lay(f.disc(0, 0.04, 0.05), (0.7, 0.01, 0.1))


def _ball(e: Easel, f: Frame, k: Look) -> None:
    ball = f.disc(0, 0.48, 0.47)
    e.lay(ball, k.main, round=1.0)
    for dx in (-0.42, 0.42):
        e.lay(
            meet(ball, cut(f.disc(dx * 1.6, 0.48, 0.5), f.disc(dx * 1.6, 0.48, 0.45))),
            k.second,
            round=0.4,
            line=0,
        )
    e.lay(meet(ball, f.oval(0, 0.5, 0.6, 0.022)), k.second, round=0.4, line=0)
    _shine(e, f, 0.18, 0.7, 0.07, 0.08)


def _balloon(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    if c.likely(0.5):  # hot air
        e.lay(
            f.poly((-0.06, 0.1), (0.06, 0.1), (0.2, 0.32), (-0.2, 0.32)),
            k.dark(0.2),
            round=0.1,
            line=0.1,
            opacity=0.4,
        )
        ball = f.poly(
            (-0.12, 0.24),
            (0.12, 0.24),
            (0.36, 0.55),
            (0.32, 0.86),
            (0, 1.0),
            (-0.32, 0.86),
            (-0.36, 0.55),
            soft=True,
        )
        e.lay(ball, k.main, round=1.0)
        for x in (-0.2, 0.2):
            e.lay(
                meet(
                    ball,
                    cut(f.oval(0, 0.62, abs(x) * 1.3, 0.44), f.oval(0, 0.62, abs(x) * 0.55, 0.44)),
                ),
                k.second,
                round=0.7,
                line=0.2,
            )
            break
        for x in (-0.08, 0.08):
            e.lay(f.limb((x * 1.4, 0.25), (x * 0.8, 0.1), 0.006), (0.3, 0.02, 0.03), line=0)
        e.lay(f.box(0, 0.06, 0.15, 0.12, 0.02), colour("wood"), round=0.6)
        return
    e.lay(f.ribbon(((0, 0.36), (0.05, 0.2), (-0.03, 0.0)), 0.008), (0.4, 0, 0), line=0)
    e.lay(
        join(f.oval(0, 0.68, 0.27, 0.32), f.poly((-0.04, 0.34), (0.04, 0.34), (0, 0.4))),
        k.main,
        round=1.0,
    )
    _shine(e, f, 0.11, 0.8, 0.035, 0.07)


def _kite(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.ribbon(((0, 0.3), (0.15, 0.15), (-0.05, 0.0), (0.12, -0.15)), 0.01), (0.3, 0, 0), line=0
    )
    e.lay(f.poly((0, 0.25), (0.36, 0.72), (0, 1.0), (-0.36, 0.72)), k.main, round=0.2)
    e.lay(f.poly((0, 0.25), (0.36, 0.72), (0, 0.72)), k.second, round=0.2)
    e.lay(f.poly((0, 1.0), (-0.36, 0.72), (0, 0.72)), k.accent, round=0.2)
    for x, y in ((0.1, 0.16), (0.0, 0.02), (0.1, -0.12)):
        e.lay(
            f.poly(
                (x - 0.06, y + 0.03),
                (x + 0.06, y - 0.03),
                (x + 0.06, y + 0.03),
                (x - 0.06, y - 0.03),
            ),
            k.accent,
            line=0.2,
        )


def _violin(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(f.oval(0, 0.2, 0.2, 0.2), f.oval(0, 0.46, 0.155, 0.15), melt=0.05 * f.size),
        k.main,
        round=0.8,
    )
    for s in (-1.0, 1.0):
        e.lay(f.disc(s * 0.2, 0.345, 0.065), k.dark(0.02), round=0, line=0.3, opacity=0.0)
        e.lay(
            f.ribbon(((s * 0.07, 0.26), (s * 0.085, 0.34), (s * 0.06, 0.42)), 0.012),
            (0.2, 0.01, 0.02),
            line=0,
        )
    e.lay(f.limb((0, 0.32), (0, 0.92), 0.03, 0.022), (0.2, 0.01, 0.01), round=0.6)
    e.lay(f.disc(0, 0.96, 0.036), k.dark(0.05), round=0.9)
    e.lay(f.box(0, 0.26, 0.11, 0.025), colour("cream"), line=0.3)
    for x in (-0.012, 0.012):
        e.lay(f.limb((x, 0.12), (x, 0.92), 0.0035), (0.85, 0, 0.02), line=0, round=0)


def _guitar(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(f.oval(0, 0.19, 0.2, 0.19), f.oval(0, 0.42, 0.15, 0.14), melt=0.07 * f.size),
        k.main,
        round=0.7,
    )
    e.lay(f.disc(0, 0.36, 0.065), (0.2, 0.01, 0.02), round=0.2)
    e.lay(f.limb((0, 0.4), (0, 0.9), 0.026), colour("brown", -0.05), round=0.5)
    e.lay(f.box(0, 0.95, 0.085, 0.12, 0.015), k.dark(), round=0.4)
    e.lay(f.box(0, 0.18, 0.13, 0.025), colour("brown", -0.08))
    for x in (-0.015, 0.0, 0.015):
        e.lay(f.limb((x, 0.18), (x, 0.95), 0.003), (0.9, 0, 0.02), line=0, round=0)


def _piano(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(f.box(0, 0.55, 1.4, 0.86, 0.03), own, round=0.4)
    e.lay(f.box(0, 0.99, 1.5, 0.05, 0.01), k.pale(0.06), round=0.4)
    e.lay(f.box(0, 0.48, 1.5, 0.06), k.dark(0.05), round=0.3)
    e.lay(f.box(0, 0.53, 1.32, 0.07), (0.95, 0, 0.02), round=0.1)
    for i in range(14):
        e.lay(f.box(-0.6 + i * 0.092, 0.545, 0.035, 0.045), (0.15, 0, 0), round=0, line=0)
    e.lay(f.box(0, 0.76, 0.5, 0.24, 0.01), colour("cream"), round=0.2)
    for s in (-1.0, 1.0):
        e.lay(f.limb((s * 0.68, 0.0), (s * 0.68, 0.45), 0.045), own)


def _drum(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.box(0, 0.4, 1.0, 0.66, 0.04), k.main, round=0.9)
    for i in range(6):
        x = -0.42 + i * 0.17
        e.lay(f.limb((x, 0.12), (x + 0.08, 0.68), 0.01), colour("cream"), line=0, round=0)
    for y in (0.1, 0.7):
        e.lay(f.oval(0, y, 0.52, 0.08), k.dark(0.1), round=0.5)
    e.lay(f.oval(0, 0.73, 0.48, 0.1), k.second, round=0.3)
    for s in (-1.0, 1.0):
        e.lay(f.limb((s * 0.12, 0.78), (s * 0.5, 1.0), 0.018), colour("wood"))


def _trumpet(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(cut(f.box(0, 0.45, 0.9, 0.36, 0.17), f.box(0, 0.45, 0.76, 0.22, 0.1)), own, round=0.9)
    e.lay(f.limb((-0.9, 0.62), (0.5, 0.62), 0.04), own, round=0.9)
    e.lay(
        f.poly(
            (0.42, 0.66),
            (0.42, 0.58),
            (0.72, 0.5),
            (0.95, 0.25),
            (0.95, 0.99),
            (0.72, 0.74),
            soft=True,
        ),
        own,
        round=0.9,
    )
    for x in (-0.2, -0.02, 0.16):
        e.lay(f.box(x, 0.52, 0.1, 0.42, 0.03), k.pale(0.05), round=0.9)
        e.lay(f.disc(x, 0.78, 0.05), k.dark(0.1))
    e.lay(f.oval(-0.93, 0.62, 0.04, 0.08), own)


def _camera(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.box(0, 0.4, 1.3, 0.76, 0.07), k.main, round=0.5)
    e.lay(f.box(0, 0.84, 0.42, 0.18, 0.04), k.second, round=0.5)
    e.lay(f.box(0, 0.68, 1.3, 0.14), k.second, round=0.4, line=0.3)
    for r, tint in (
        (0.32, k.dark(0.05)),
        (0.25, k.second),
        (0.19, (0.2, 0, -0.02)),
        (0.1, (0.4, 0.0, -0.1)),
    ):
        e.lay(f.disc(0.02, 0.38, r), tint, round=0.7, detail=1.0)
    _shine(e, f, 0.06, 0.45, 0.04, 0.04)
    e.lay(f.disc(0.5, 0.82, 0.07), k.accent)


def _headphones(e: Easel, f: Frame, k: Look) -> None:
    band = [(cosine(0.02 + t / 20) * 0.42, 0.45 + sine(0.02 + t / 20) * 0.5) for t in range(10)]
    e.lay(f.ribbon(band, 0.045), k.second, round=0.9)
    for s in (-1.0, 1.0):
        e.lay(f.oval(s * 0.4, 0.3, 0.12, 0.26, s * 0.02), k.main, round=1.0)
        e.lay(f.oval(s * 0.33, 0.29, 0.09, 0.22, s * 0.02), k.dark(0.1), round=0.8)


def _microphone(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.oval(0, 0.03, 0.24, 0.05), k.dark(0.1), round=0.6)
    e.lay(f.limb((0, 0.04), (0, 0.5), 0.03), k.second, round=0.9)
    e.lay(f.box(0, 0.75, 0.32, 0.46, 0.15), k.main, round=1.0)
    for i in range(5):
        e.lay(
            f.limb((-0.13, 0.62 + i * 0.07), (0.13, 0.62 + i * 0.07), 0.008),
            k.pale(0.2),
            line=0,
            round=0,
        )
    e.lay(f.box(0, 0.56, 0.34, 0.06, 0.02), k.second, round=0.8)


def _phone(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.box(0, 0.5, 0.54, 1.0, 0.08), k.main, round=0.4)
    e.lay(f.box(0, 0.52, 0.46, 0.82, 0.03), k.second, raw=True, round=0.1, detail=0.9)
    for i in range(12):
        e.lay(
            f.box(-0.13 + (i % 3) * 0.13, 0.25 + (i // 3) * 0.15, 0.08, 0.08, 0.02),
            shift(k.accent, 0.04 * (i % 5)),
            round=0.3,
            line=0.2,
        )


def _computer(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.poly((-0.7, 0.0), (0.7, 0.0), (0.56, 0.2), (-0.56, 0.2)), k.main, round=0.3)
    for row in range(3):
        e.lay(
            f.limb(
                (-0.5 + row * 0.02, 0.06 + row * 0.045),
                (0.5 - row * 0.02, 0.06 + row * 0.045),
                0.012,
            ),
            k.dark(),
            line=0,
        )
    e.lay(f.box(0, 0.6, 1.16, 0.76, 0.04), k.main, round=0.3)
    e.lay(
        f.box(0, 0.6, 1.04, 0.64),
        mix(k.second, (0.85, -0.02, -0.03), 0.4),
        raw=True,
        round=0.1,
        detail=0.9,
    )
    for i in range(5):
        e.lay(
            f.limb((-0.4, 0.8 - i * 0.1), (0.35 - 0.15 * (i % 3), 0.8 - i * 0.1), 0.018),
            k.accent if i == 0 else (0.4, 0, -0.02),
            line=0,
        )


def _gear_at(e: Easel, f: Frame, x: float, y: float, r: float, tint: Lab, turn: float) -> None:
    teeth = [
        f.frame(x, y, 1.0, turn=turn + i / 10).box(0, r, r * 0.3, r * 0.38, r * 0.04)
        for i in range(10)
    ]
    e.lay(cut(join(f.disc(x, y, r * 0.94), *teeth), f.disc(x, y, r * 0.3)), tint, round=0.6)
    e.lay(
        cut(f.disc(x, y, r * 0.7), f.disc(x, y, r * 0.58)), shift(tint, -0.12), round=0.3, line=0.3
    )


def _gear(e: Easel, f: Frame, k: Look) -> None:
    _gear_at(e, f, 0, 0.5, 0.42, k.main, k.chance.unit())


def _machine(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    e.lay(f.box(0, 0.33, 1.1, 0.6, 0.04), own, round=0.4)
    e.lay(f.box(-0.24, 0.72, 0.5, 0.34, 0.05), k.dark(0.04), round=0.5)
    e.lay(f.poly((0.16, 0.6), (0.42, 0.6), (0.37, 1.02), (0.21, 1.02)), k.second, round=0.9)
    for i in range(3):
        e.lay(
            f.disc(0.3 + i * 0.1, 1.1 + i * 0.09, 0.08 + i * 0.03),
            (0.85, 0, 0),
            round=0.7,
            line=0,
            soft=0.05 * f.size,
            opacity=0.6,
        )
    e.lay(
        f.ribbon(((-0.5, 0.7), (-0.68, 0.62), (-0.66, 0.3), (-0.5, 0.2)), 0.05), k.second, round=0.9
    )
    _gear_at(e, f, -0.24, 0.36, 0.2, k.second, c.unit())
    _gear_at(e, f, 0.07, 0.26, 0.13, k.dark(0.14), c.unit())
    for i in range(3):
        x = 0.2 + i * 0.13
        e.lay(f.disc(x, 0.46, 0.055), (0.93, 0, 0.03), round=0.3, detail=1.0)
        a = c.unit()
        e.lay(
            f.limb((x, 0.46), (x + sine(a) * 0.04, 0.46 + cosine(a) * 0.04), 0.008),
            (0.5, 0.19, 0.1),
            line=0,
        )
    for i in range(5):
        e.lay(
            f.disc(0.24 + (i % 3) * 0.1, 0.18 + (i // 3) * 0.1, 0.03),
            c.pick((k.accent, k.second, (0.85, 0, 0.15))),
            round=0.8,
        )
    for x in (-0.4, 0.0, 0.4):
        e.lay(f.limb((x, 0.0), (x, 0.06), 0.05), k.dark(0.2))
    for i in range(9):
        e.lay(f.disc(-0.5 + i * 0.125, 0.6, 0.014), k.pale(), line=0.2)


def _chess(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.box(0, 0.06, 0.44, 0.12, 0.04), k.main, round=0.7)
    e.lay(
        f.poly(
            (-0.17, 0.12),
            (0.17, 0.12),
            (0.08, 0.42),
            (0.1, 0.62),
            (-0.1, 0.62),
            (-0.08, 0.42),
            soft=True,
        ),
        k.main,
        round=1.0,
    )
    e.lay(f.oval(0, 0.64, 0.17, 0.045), k.main, round=0.7)
    e.lay(f.disc(0, 0.8, 0.15), k.main, round=1.0)
    _shine(e, f, 0.06, 0.86, 0.025, 0.035)


def _skull(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(f.oval(0, 0.62, 0.37, 0.36), f.box(0, 0.2, 0.36, 0.36, 0.08), melt=0.1 * f.size),
        k.main,
        round=0.9,
    )
    for s in (-1.0, 1.0):
        e.lay(f.oval(s * 0.15, 0.52, 0.1, 0.105), (0.18, 0.01, 0.01), round=0.4, detail=1.0)
    e.lay(f.poly((-0.045, 0.33), (0.045, 0.33), (0, 0.45)), (0.2, 0.01, 0.01), round=0.2)
    for i in range(5):
        e.lay(
            f.limb((-0.12 + i * 0.06, 0.08), (-0.12 + i * 0.06, 0.2), 0.009),
            (0.3, 0.01, 0.02),
            line=0,
            round=0,
        )


def _hand(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    fingers = [
        f.ribbon(((x * 0.55, 0.42), (x * 0.9, 0.68), (x * 1.1, y)), 0.062, 0.045)
        for x, y in ((-0.24, 0.86), (-0.085, 0.98), (0.09, 0.97), (0.25, 0.84))
    ]
    thumb = f.ribbon(((0.18, 0.3), (0.36, 0.42), (0.44, 0.58)), 0.075, 0.05)
    e.lay(f.box(0, -0.02, 0.34, 0.22, 0.02), k.second, round=0.6)
    e.lay(
        join(
            f.oval(0.0, 0.32, 0.2, 0.22),
            thumb,
            *fingers,
            f.limb((0, 0.08), (0, 0.25), 0.14),
            melt=0.03 * f.size,
        ),
        own,
        round=0.9,
    )
    for a, b in (((-0.13, 0.3), (0.1, 0.36)), ((-0.1, 0.22), (0.08, 0.2))):
        e.lay(
            f.ribbon((a, ((a[0] + b[0]) / 2, a[1] - 0.02), b), 0.008), k.dark(0.14), line=0, round=0
        )


def _eye(e: Easel, f: Frame, k: Look) -> None:
    white = f.poly(
        (-0.85, 0.45),
        (-0.4, 0.82),
        (0.1, 0.9),
        (0.6, 0.7),
        (0.85, 0.42),
        (0.4, 0.14),
        (-0.2, 0.1),
        soft=True,
    )
    e.lay(white, (0.94, 0, 0.01), round=0.4, detail=1.0)
    e.lay(meet(white, f.disc(0.02, 0.5, 0.4)), k.main, round=0.5, detail=1.0)
    for i in range(20):
        x, y = cosine(i / 20), sine(i / 20)
        e.lay(
            meet(
                white,
                f.limb((0.02 + x * 0.2, 0.5 + y * 0.2), (0.02 + x * 0.37, 0.5 + y * 0.37), 0.012),
            ),
            k.pale(0.16),
            line=0,
            round=0,
        )
    e.lay(f.disc(0.02, 0.5, 0.18), (0.12, 0, 0), round=0.3, detail=1.0)
    e.lay(f.disc(-0.09, 0.62, 0.07), (0.98, 0, 0), raw=True, line=0)
    for i in range(9):
        x = -0.7 + i * 0.17
        y = 0.86 - abs(x) * abs(x) * 0.45
        e.lay(
            f.ribbon(((x, y), (x * 1.12, y + 0.1), (x * 1.3, y + 0.16)), 0.02, 0.006),
            k.ink(),
            line=0,
        )


def _mask(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(f.oval(0, 0.6, 0.36, 0.38), f.oval(0, 0.3, 0.25, 0.28), melt=0.12 * f.size),
        k.main,
        round=0.7,
    )
    for s in (-1.0, 1.0):
        e.lay(f.oval(s * 0.15, 0.62, 0.1, 0.055, s * -0.03), (0.15, 0, 0), round=0.2, detail=1.0)
        e.lay(
            f.ribbon(((s * 0.05, 0.76), (s * 0.16, 0.82), (s * 0.27, 0.75)), 0.02),
            k.accent,
            line=0.2,
        )
        e.lay(f.disc(s * 0.2, 0.42, 0.07), k.second, round=0.2, line=0)
    e.lay(f.poly((-0.05, 0.42), (0.05, 0.42), (0.0, 0.62)), k.dark(0.06), round=0.4, line=0.2)
    e.lay(f.poly((-0.15, 0.28), (0, 0.24), (0.15, 0.28), (0, 0.16), soft=True), k.accent, round=0.4)


def _feather(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly(
            (0.0, 0.2),
            (0.2, 0.45),
            (0.18, 0.8),
            (0.06, 1.02),
            (-0.12, 0.78),
            (-0.16, 0.44),
            soft=True,
        ),
        k.main,
        round=0.5,
        along=True,
    )
    for i in range(7):
        y = 0.3 + i * 0.095
        for s in (-1.0, 1.0):
            e.lay(
                f.ribbon(((0, y), (s * 0.08, y + 0.05), (s * 0.15, y + 0.07)), 0.005),
                k.dark(0.1),
                line=0,
                round=0,
            )
    e.lay(f.ribbon(((-0.05, 0.0), (0, 0.3), (0.05, 0.98)), 0.014, 0.006), k.dark(0.2), line=0.2)


def _swing(e: Easel, f: Frame, k: Look) -> None:
    for s in (-1.0, 1.0):
        e.lay(f.limb((s * 0.62, 0), (s * 0.42, 1.0), 0.025), k.main)
        e.lay(f.limb((s * 0.3, 0), (s * 0.42, 1.0), 0.025), k.dark(0.08))
        e.lay(f.limb((s * 0.14, 0.98), (s * 0.1 + 0.12, 0.3), 0.007), (0.4, 0, 0), line=0)
    e.lay(f.limb((-0.46, 1.0), (0.46, 1.0), 0.028), k.main)
    e.lay(f.box(0.12, 0.29, 0.32, 0.045, 0.01), k.second)


def _anchor(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(cut(f.disc(0, 0.92, 0.1), f.disc(0, 0.92, 0.055)), own, round=0.8)
    e.lay(
        f.ribbon(((-0.4, 0.32), (-0.28, 0.1), (0, 0.03), (0.28, 0.1), (0.4, 0.32)), 0.05),
        own,
        round=0.9,
    )
    e.lay(f.limb((0, 0.05), (0, 0.84), 0.05), own, round=0.9)
    e.lay(f.limb((-0.24, 0.68), (0.24, 0.68), 0.045), own, round=0.9)
    for s in (-1.0, 1.0):
        e.lay(f.poly((s * 0.5, 0.3), (s * 0.28, 0.34), (s * 0.42, 0.48)), own, round=0.5)


DRAW: dict[str, Draw] = {
    "apple": _apple, "pomegranate": _pomegranate, "pear": _pear, "orangefruit": _round_fruit, "lemon": _lemon,
    "banana": _banana, "grapes": _grapes, "pumpkin": _pumpkin, "carrot": _carrot, "bread": _bread, "cake": _cake,
    "cheese": _cheese, "egg": _egg, "icecream": _icecream, "table": _table, "chair": _chair, "bench": _bench,
    "sofa": _sofa, "bed": _bed, "lamp": _lamp, "streetlamp": _streetlamp, "candle": _candle, "book": _book,
    "newspaper": _newspaper, "cup": _cup, "teapot": _teapot, "bottle": _bottle, "wineglass": _wineglass,
    "vase": _vase, "bowl": _bowl, "plate": _plate, "clock": _clock, "mirror": _mirror, "umbrella": _umbrella,
    "hat": _hat, "crown": _crown, "shoe": _shoe, "shirt": _shirt, "glasses": _glasses, "bag": _bag, "box": _box,
    "key": _key, "sword": _sword, "ball": _ball, "balloon": _balloon, "kite": _kite, "violin": _violin,
    "guitar": _guitar, "piano": _piano, "drum": _drum, "trumpet": _trumpet, "camera": _camera, "headphones": _headphones, "microphone": _microphone, "phone": _phone,
    "computer": _computer, "machine": _machine, "gear": _gear, "chess": _chess, "skull": _skull, "hand": _hand,
    "eye": _eye, "mask": _mask, "feather": _feather, "swing": _swing, "anchor": _anchor,
}  # fmt: skip
