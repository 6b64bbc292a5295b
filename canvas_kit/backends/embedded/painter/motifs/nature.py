"""Plants, stones and ice."""

from __future__ import annotations

from ..easel import Easel
from ..exact import cosine, sine
from ..palette import shift
from ..shapes import Frame, cut, join
from .look import Draw, Look, colour

__all__ = ["DRAW"]


def _trunk(e: Easel, f: Frame, k: Look, top: float, wide: float) -> None:
    c = k.chance
    bark = k.second
    lean = c.between(-0.06, 0.06)
    e.lay(
        f.ribbon(((0, -0.01), (lean * 0.4, top * 0.5), (lean, top)), wide, wide * 0.5),
        bark,
        round=0.9,
        along=True,
    )
    for i in range(4):
        s = c.side()
        y = top * c.between(0.6, 1.0)
        x = s * c.between(0.14, 0.3)
        e.lay(
            f.ribbon(
                ((lean * y, y), (x * 0.6, y + 0.13), (x, y + 0.24 + 0.03 * i)),
                wide * 0.42,
                wide * 0.14,
            ),
            bark,
            round=0.6,
            line=0.4,
        )


def _tree(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    bare = e.palette.near[0] > 0.86 and not k.asked
    _trunk(e, f, k, 0.5, c.between(0.035, 0.055))
    if bare:
        for _ in range(16):
            s, y = c.side(), c.between(0.42, 0.75)
            x = s * c.between(0.05, 0.2)
            e.lay(
                f.ribbon(
                    ((x * 0.3, y), (x, y + 0.1), (x * 1.7, y + c.between(0.12, 0.25))), 0.013, 0.003
                ),
                k.second,
                line=0.2,
                round=0.2,
            )
        return
    leaf = k.main
    e.lay(
        join(
            f.oval(0, 0.7, 0.32, 0.24),
            f.oval(-0.12, 0.8, 0.2, 0.16),
            f.oval(0.13, 0.82, 0.19, 0.15),
            melt=0.05 * f.size,
        ),
        shift(leaf, -0.1),
        round=0.8,
        line=0.2,
    )
    for i in range(20):
        turn = c.unit()
        reach = c.between(0.05, 0.3)
        x, y = cosine(turn) * reach * 1.1, 0.72 + sine(turn) * reach * 0.78
        light = (y - 0.7) * 0.22 + c.between(-0.05, 0.05)
        e.lay(
            f.oval(x, y, c.between(0.06, 0.12), c.between(0.05, 0.09), c.between(-0.1, 0.1)),
            shift(leaf, light),
            round=0.8,
            line=0.1 if i < 12 else 0.0,
            variety=2.0,
        )


def _conifer(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    e.lay(f.limb((0, 0), (0, 0.2), 0.035), k.second)
    tiers = 5
    for i in range(tiers):
        y, w = 0.1 + i * 0.165, 0.3 * (1 - i / tiers) + 0.06
        e.lay(
            f.poly(
                (-w * c.between(0.9, 1.1), y),
                (-w * 0.45, y + 0.035),
                (0, y - 0.02),
                (w * 0.5, y + 0.03),
                (w * c.between(0.9, 1.1), y - 0.005),
                (w * 0.3, y + 0.17),
                (0, y + 0.3),
                (-w * 0.3, y + 0.17),
            ),
            shift(own, -0.05 + i * 0.02),
            round=0.6,
            variety=2.0,
        )
        if e.palette.near[0] > 0.86:
            e.lay(
                f.ribbon(((-w * 0.6, y + 0.08), (0, y + 0.2), (w * 0.5, y + 0.07)), 0.02, 0.012),
                (0.96, 0, -0.01),
                line=0,
            )


def _palm(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    lean = c.between(0.08, 0.22)
    e.lay(f.ribbon(((0, 0), (lean * 0.3, 0.35), (lean, 0.76)), 0.04, 0.024), k.second, round=0.8)
    for i in range(9):
        turn = -0.06 + i * 0.07
        x, y = cosine(turn) * 0.36, sine(turn) * 0.25
        e.lay(
            f.ribbon(
                ((lean, 0.77), (lean + x * 0.55, 0.8 + y * 0.8), (lean + x, 0.72 + y * 0.5)),
                0.035,
                0.008,
            ),
            shift(k.main, c.between(-0.08, 0.06)),
            round=0.6,
            line=0.4,
        )
    for x in (-0.03, 0.03):
        e.lay(f.disc(lean + x, 0.74, 0.03), colour("brown"))


def _cactus(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    arms = [
        f.ribbon(((0, 0.35 + d), (s * 0.2, 0.36 + d), (s * 0.22, 0.6 + d)), 0.06, 0.05)
        for s, d in ((-1.0, 0.1), (1.0, 0.0))
    ]
    e.lay(
        join(f.limb((0, 0), (0, 0.88), 0.1, 0.085), *arms, melt=0.03 * f.size),
        own,
        round=0.95,
        along=True,
    )
    for x in (-0.04, 0.0, 0.04):
        e.lay(f.limb((x, 0.05), (x, 0.9), 0.006), shift(own, -0.12), line=0, round=0)
    e.lay(f.disc(0.02, 0.98, 0.04), k.accent)


def _branch(e: Easel, f: Frame, k: Look) -> None:
    c, leaf = k.chance, k.second
    e.lay(
        f.ribbon(((-1.6, 0.34), (-0.7, 0.44), (0.1, 0.46), (0.9, 0.58)), 0.075, 0.02),
        k.main,
        round=0.9,
        along=True,
    )
    for x, y, dx, dy in (
        (-0.9, 0.42, -0.2, 0.34),
        (-0.35, 0.45, 0.3, -0.3),
        (0.3, 0.47, 0.3, 0.3),
        (0.55, 0.5, 0.3, -0.16),
    ):
        e.lay(
            f.ribbon(((x, y), (x + dx * 0.5, y + dy * 0.4), (x + dx, y + dy)), 0.03, 0.01),
            k.main,
            round=0.7,
            line=0.4,
        )
        for i in range(4):
            t = 0.4 + 0.2 * i
            g = f.frame(x + dx * t, y + dy * t, c.between(0.14, 0.22), turn=c.between(-0.3, 0.3))
            e.lay(
                g.poly((0, 0), (0.3, 0.4), (0.05, 1.0), (-0.28, 0.45), soft=True),
                shift(leaf, c.between(-0.08, 0.08)),
                round=0.5,
                line=0.3,
            )


def _bush(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    for _ in range(14):
        x = c.between(-0.5, 0.5)
        y = c.between(0.12, 0.62) * (1.0 - 0.6 * abs(x))
        e.lay(
            f.oval(x, y, c.between(0.13, 0.2), c.between(0.1, 0.17)),
            shift(k.main, y * 0.2 - 0.1 + c.between(-0.04, 0.04)),
            round=0.8,
            line=0.15,
            variety=2.0,
        )


def _flower(e: Easel, f: Frame, k: Look) -> None:
    c, petal = k.chance, k.main
    stem = (0.48, -0.07, 0.07)
    bow = c.between(-0.1, 0.1)
    e.lay(f.ribbon(((0, 0), (bow, 0.35), (0, 0.7)), 0.018, 0.014), stem)
    for s, y in ((-1.0, 0.2), (1.0, 0.34)):
        e.lay(
            f.poly(
                (bow * 0.6, y), (s * 0.14, y + 0.12), (s * 0.3, y + 0.14), (s * 0.16, y), soft=True
            ),
            shift(stem, 0.04),
            round=0.5,
        )
    kind = c.whole(3)
    hx, hy = 0.0, 0.78
    if kind == 0:  # daisy-like
        count = 9
        for ring, (r, tint) in enumerate(((0.19, shift(petal, -0.06)), (0.16, petal))):
            for i in range(count):
                turn = (i + 0.5 * ring) / count
                e.lay(
                    f.oval(
                        hx + cosine(turn) * r * 0.75,
                        hy + sine(turn) * r * 0.75,
                        r * 0.52,
                        r * 0.24,
                        turn,
                    ),
                    tint,
                    round=0.5,
                    line=0.4,
                )
        e.lay(f.disc(hx, hy, 0.07), k.accent if k.asked else (0.8, 0.03, 0.15), round=0.9)
    elif kind == 1:  # tulip-like
        for dx, t in ((-0.09, 0.04), (0.09, -0.04)):
            e.lay(
                f.poly(
                    (hx + dx * 0.2, hy - 0.14),
                    (hx + dx * 1.9, hy),
                    (hx + dx * 1.7, hy + 0.22),
                    (hx + dx * 0.3, hy + 0.1),
                    soft=True,
                ),
                shift(petal, -0.07 + t),
                round=0.7,
            )
        e.lay(
            f.poly(
                (hx, hy - 0.15),
                (hx + 0.12, hy - 0.02),
                (hx, hy + 0.2),
                (hx - 0.12, hy - 0.02),
                soft=True,
            ),
            petal,
            round=0.8,
        )
    else:  # rose or poppy
        for i in range(7):
            turn = i / 7
            e.lay(
                f.disc(hx + cosine(turn) * 0.1, hy + sine(turn) * 0.085, 0.1),
                shift(petal, -0.08 + 0.02 * i),
                round=0.8,
                line=0.3,
            )
        for i in range(5):
            turn = i / 5 + 0.1
            e.lay(
                f.disc(hx + cosine(turn) * 0.05, hy + sine(turn) * 0.045, 0.07),
                shift(petal, 0.02 * i),
                round=0.8,
                line=0.3,
            )
        e.lay(f.disc(hx, hy, 0.045), shift(petal, -0.16), round=0.6)


def _sunflower(e: Easel, f: Frame, k: Look) -> None:
    stem = (0.48, -0.07, 0.07)
    e.lay(f.ribbon(((0, 0), (0.05, 0.35), (0, 0.7)), 0.025, 0.02), stem)
    for s, y in ((-1.0, 0.26), (1.0, 0.4)):
        e.lay(
            f.poly(
                (0.03, y),
                (s * 0.16, y + 0.15),
                (s * 0.34, y + 0.1),
                (s * 0.18, y - 0.02),
                soft=True,
            ),
            shift(stem, 0.03),
        )
    for ring, r in enumerate((0.25, 0.215)):
        for i in range(15):
            turn = (i + ring * 0.5) / 15
            e.lay(
                f.oval(
                    cosine(turn) * r * 0.8, 0.76 + sine(turn) * r * 0.8, r * 0.36, r * 0.15, turn
                ),
                shift(k.main, -0.08 + ring * 0.08),
                round=0.4,
                line=0.35,
            )
    e.lay(f.disc(0, 0.76, 0.13), (0.33, 0.03, 0.04), round=0.8)
    e.lay(f.disc(0, 0.76, 0.06), (0.24, 0.02, 0.03), round=0.4, line=0)


def _leaf(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(f.limb((0, 0), (0.04, 0.2), 0.015), shift(own, -0.12))
    e.lay(
        f.poly(
            (0.03, 0.16),
            (0.3, 0.36),
            (0.28, 0.7),
            (0.06, 1.0),
            (-0.2, 0.7),
            (-0.25, 0.36),
            soft=True,
        ),
        own,
        round=0.5,
        along=True,
    )
    e.lay(
        f.ribbon(((0.03, 0.16), (0.03, 0.5), (0.06, 0.96)), 0.012, 0.004), shift(own, -0.14), line=0
    )
    for i in range(5):
        y = 0.3 + i * 0.12
        for s in (-1.0, 1.0):
            e.lay(
                f.ribbon(((0.03, y), (s * 0.1, y + 0.07), (s * 0.19, y + 0.1)), 0.007),
                shift(own, -0.12),
                line=0,
            )


def _mushroom(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    e.lay(f.ribbon(((0, 0), (0.02, 0.3), (0, 0.6)), 0.12, 0.08), colour("cream"), round=0.9)
    cap = cut(f.oval(0, 0.58, 0.44, 0.38), f.oval(0, 0.3, 0.6, 0.27))
    e.lay(f.oval(0, 0.56, 0.38, 0.07), colour("cream", -0.2), round=0.2)
    e.lay(cap, k.main, round=0.95)
    for x, y in ((-0.22, 0.68), (0.02, 0.82), (0.2, 0.66), (-0.04, 0.66)):
        e.lay(f.oval(x, y, 0.055 + 0.01 * c.unit(), 0.04), colour("cream"), round=0.4, line=0.2)


def _rock(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    for dx, s in ((-0.32, 0.62), (0.34, 0.5), (0.0, 1.0)):
        j = [c.between(-0.07, 0.07) for _ in range(8)]
        g = f.frame(dx, 0, s)
        e.lay(
            g.poly(
                (-0.5 + j[0], 0),
                (-0.46, 0.3 + j[1]),
                (-0.2 + j[2], 0.62 + j[3]),
                (0.14, 0.68 + j[4]),
                (0.42 + j[5], 0.4),
                (0.52 + j[6], 0),
            ),
            own,
            round=0.5,
        )
        e.lay(
            g.poly(
                (-0.2 + j[2], 0.6 + j[3]), (0.14, 0.66 + j[4]), (0.1, 0.36 + j[7]), (-0.24, 0.3)
            ),
            shift(own, 0.09),
            round=0.3,
            line=0.2,
        )


def _iceberg(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(
        f.poly(
            (-0.8, 0),
            (-0.6, 0.4),
            (-0.35, 0.5),
            (-0.1, 0.95),
            (0.15, 0.7),
            (0.4, 0.72),
            (0.62, 0.3),
            (0.85, 0),
        ),
        own,
        round=0.3,
    )
    e.lay(
        f.poly((0.0, 0), (-0.1, 0.95), (0.15, 0.7), (0.4, 0.72), (0.62, 0.3), (0.85, 0)),
        shift(own, -0.14, 1.4),
        round=0.3,
        line=0.3,
    )


DRAW: dict[str, Draw] = {
    "tree": _tree,
    "conifer": _conifer,
    "palm": _palm,
    "cactus": _cactus,
    "branch": _branch,
    "bush": _bush,
    "flower": _flower,
    "sunflower": _sunflower,
    "leaf": _leaf,
    "mushroom": _mushroom,
    "rock": _rock,
    "iceberg": _iceberg,
}
