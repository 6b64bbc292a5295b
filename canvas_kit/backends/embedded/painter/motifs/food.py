"""Food, and what it is served in."""

from __future__ import annotations

from ..easel import Easel
from ..palette import Lab, mix, shift
from ..shapes import Frame, cut, join, meet
from .look import Draw, Look, colour

__all__ = ["DRAW", "STEM", "shine"]

STEM: Lab = (0.38, 0.02, 0.05)


LEAF: Lab = (0.52, -0.08, 0.08)


def shine(e: Easel, f: Frame, x: float, y: float, rx: float, ry: float, turn: float = 0.1) -> None:
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
    e.lay(f.ribbon(((0, 0.82), (0.03, 0.95), (0.1, 1.04)), 0.024), STEM, line=0.4)
    e.lay(f.poly((0.05, 0.92), (0.2, 1.06), (0.38, 1.0), (0.22, 0.9), soft=True), LEAF, round=0.4)
    shine(e, f, 0.2, 0.62, 0.07, 0.11)


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
    shine(e, f, 0.18, 0.6, 0.06, 0.09)


def _pear(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        join(f.disc(0, 0.32, 0.32), f.oval(0.02, 0.68, 0.18, 0.24), melt=0.14 * f.size),
        k.main,
        round=1.0,
    )
    e.lay(f.ribbon(((0.03, 0.88), (0.05, 0.98), (0.12, 1.05)), 0.022), STEM, line=0.4)
    e.lay(
        f.oval(0.16, 0.28, 0.12, 0.16),
        mix(k.main, (0.6, 0.12, 0.1), 0.4),
        round=0,
        line=0,
        soft=0.12 * f.size,
        opacity=0.6,
    )
    shine(e, f, 0.12, 0.45, 0.05, 0.1)


def _round_fruit(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.oval(0, 0.44, 0.46, 0.44), k.main, round=1.0)
    e.lay(f.disc(0.02, 0.84, 0.03), (0.4, -0.02, 0.06), line=0.2)
    e.lay(f.poly((0.04, 0.84), (0.2, 1.0), (0.4, 0.96), (0.24, 0.84), soft=True), LEAF, round=0.4)
    shine(e, f, 0.17, 0.62, 0.07, 0.09)


def _pineapple(e: Easel, f: Frame, k: Look) -> None:
    for i in range(9):
        x = (i - 4) * 0.045
        tip = (x * 3.4, 1.0 - abs(x) * 1.3)
        e.lay(
            f.ribbon(((x * 0.4, 0.6), (x * 1.6, 0.78), tip), 0.05, 0.008),
            shift(LEAF, 0.03 * (i % 3)),
        )
    body = f.oval(0, 0.34, 0.25, 0.34)
    e.lay(body, k.main, round=1.0)
    for i in range(-5, 6):
        for lean in (-0.2, 0.2):
            x = i * 0.09
            line = f.limb((x - lean, 0.0), (x + lean, 0.68), 0.008)
            e.lay(meet(body, line), k.dark(0.16), round=0, line=0)
    shine(e, f, 0.1, 0.5, 0.03, 0.05)


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
    shine(e, f, 0.16, 0.58, 0.09, 0.07)


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
    e.lay(f.limb((-0.64, 0.66), (-0.66, 0.85), 0.04), STEM)


def _grapes(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    for row, count in enumerate((1, 2, 3, 4, 4, 3)):
        for i in range(count):
            x, y = (i - (count - 1) / 2) * 0.18 + c.between(-0.02, 0.02), 0.1 + row * 0.14
            e.lay(f.disc(x, y, 0.115), shift(k.main, c.between(-0.06, 0.06)), round=1.0, line=0.4)
            shine(e, f, x - 0.03, y + 0.035, 0.02, 0.028)
    e.lay(f.ribbon(((0, 0.85), (0.04, 0.95), (0.12, 1.02)), 0.025), STEM)
    e.lay(
        f.poly((0.02, 0.86), (0.16, 1.02), (0.42, 0.98), (0.4, 0.8), (0.2, 0.76), soft=True),
        LEAF,
        round=0.4,
    )


def _pumpkin(e: Easel, f: Frame, k: Look) -> None:
    for x, w in ((-0.4, 0.22), (0.4, 0.22), (-0.22, 0.26), (0.22, 0.26), (0.0, 0.26)):
        e.lay(f.oval(x, 0.4, w, 0.41), shift(k.main, -abs(x) * 0.12), round=0.9, line=0.5)
    e.lay(f.ribbon(((0, 0.76), (0.03, 0.9), (0.13, 0.98)), 0.06, 0.04), (0.45, -0.05, 0.07))
    shine(e, f, 0.14, 0.62, 0.05, 0.1)


def _carrot(e: Easel, f: Frame, k: Look) -> None:
    for x in (-0.12, 0.0, 0.13):
        e.lay(f.ribbon(((0, 0.7), (x * 0.6, 0.85), (x * 1.5, 1.02)), 0.03, 0.05), LEAF, round=0.6)
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
    shine(e, f, 0.12, 0.62, 0.05, 0.09)


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
    shine(e, f, 0.19, 0.58, 0.06, 0.1)


def _bottle(e: Easel, f: Frame, k: Look) -> None:
    body = join(
        f.box(0, 0.3, 0.34, 0.6, 0.06), f.box(0, 0.75, 0.12, 0.42, 0.02), melt=0.16 * f.size
    )
    e.lay(body, k.main, round=1.0, opacity=0.95)
    e.lay(f.box(0, 0.28, 0.3, 0.26, 0.01), colour("cream"), round=0.5)
    e.lay(f.box(0, 0.3, 0.2, 0.05), k.accent, round=0.2, line=0)
    e.lay(f.box(0, 0.96, 0.13, 0.08, 0.02), k.dark(0.12), round=0.6)
    shine(e, f, 0.1, 0.5, 0.018, 0.13, 0.0)


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
    shine(e, f, 0.12, 0.82, 0.018, 0.08, 0.0)


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


DRAW: dict[str, Draw] = {
    "apple": _apple,
    "pomegranate": _pomegranate,
    "pear": _pear,
    "orangefruit": _round_fruit,
    "lemon": _lemon,
    "pineapple": _pineapple,
    "banana": _banana,
    "grapes": _grapes,
    "pumpkin": _pumpkin,
    "carrot": _carrot,
    "bread": _bread,
    "cake": _cake,
    "cheese": _cheese,
    "egg": _egg,
    "icecream": _icecream,
    "cup": _cup,
    "teapot": _teapot,
    "bottle": _bottle,
    "wineglass": _wineglass,
    "bowl": _bowl,
    "plate": _plate,
}
