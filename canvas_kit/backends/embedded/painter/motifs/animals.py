"""Birds, insects and other animals, each by itself."""

from __future__ import annotations

from ..easel import Easel
from ..palette import mix, shift
from ..shapes import Frame, join, meet
from .animal_parts import dot_eye
from .dress import headgear
from .look import Draw, Look

__all__ = ["DRAW"]


def _monkey(e: Easel, f: Frame, k: Look) -> None:
    own, face = k.main, (0.66, 0.04, 0.06)
    e.lay(f.ribbon(((-0.15, 0.15), (-0.4, 0.1), (-0.48, 0.35), (-0.36, 0.45)), 0.03, 0.022), own)
    limbs = [
        f.ribbon(((s * 0.15, 0.55), (s * 0.3, 0.38), (s * 0.17, 0.2)), 0.06, 0.045)
        for s in (-1.0, 1.0)
    ]
    feet = [
        f.ribbon(((s * 0.12, 0.2), (s * 0.28, 0.2), (s * 0.25, 0.04)), 0.08, 0.045)
        for s in (-1.0, 1.0)
    ]
    e.lay(join(f.oval(0, 0.38, 0.21, 0.28), *limbs, *feet, melt=0.05 * f.size), own, round=0.9)
    e.lay(
        f.oval(0.0, 0.36, 0.12, 0.17), shift(own, 0.14, 0.7), round=0.4, line=0, soft=0.03 * f.size
    )
    for s in (-1.0, 1.0):
        e.lay(f.disc(s * 0.19, 0.8, 0.06), face, round=0.5)
    e.lay(f.disc(0, 0.8, 0.175), own, round=0.9, detail=1.0)
    e.lay(
        join(
            f.disc(-0.06, 0.82, 0.075),
            f.disc(0.06, 0.82, 0.075),
            f.oval(0, 0.72, 0.105, 0.075),
            melt=0.03 * f.size,
        ),
        face,
        round=0.6,
        detail=1.0,
    )
    for s in (-0.055, 0.055):
        dot_eye(e, f, s, 0.82, 0.022)
    e.lay(f.ribbon(((-0.06, 0.7), (0, 0.68), (0.06, 0.7)), 0.008), (0.3, 0.05, 0.02), line=0)
    headgear(e, f, k, 0, 0.8, 0.17)


def _rabbit(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    for x, t in ((0.06, 0.02), (0.17, -0.03)):
        e.lay(f.oval(x, 0.84, 0.045, 0.17, t), own, round=0.6)
        e.lay(f.oval(x, 0.84, 0.022, 0.12, t), (0.76, 0.06, 0.02), line=0)
    e.lay(f.disc(-0.3, 0.2, 0.07), shift(own, 0.2, 0.3))
    e.lay(
        join(
            f.oval(-0.08, 0.25, 0.25, 0.24),
            f.oval(0.05, 0.36, 0.15, 0.2),
            f.oval(0.14, 0.05, 0.1, 0.045),
            f.oval(-0.1, 0.05, 0.16, 0.05),
            melt=0.07 * f.size,
        ),
        own,
        round=0.9,
    )
    e.lay(
        join(f.disc(0.12, 0.6, 0.14), f.oval(0.2, 0.56, 0.085, 0.075), melt=0.03 * f.size),
        own,
        round=0.9,
        detail=1.0,
    )
    dot_eye(e, f, 0.15, 0.64, 0.026)
    e.lay(f.oval(0.275, 0.58, 0.02, 0.016), (0.6, 0.1, 0.03), line=0)
    headgear(e, f, k, 0.12, 0.6, 0.13)


def _bird(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    belly = mix(shift(own, 0.16), k.accent, 0.45)
    for x in (0.0, 0.09):
        e.lay(f.limb((x, 0.22), (x + 0.02, 0.0), 0.012, 0.01), (0.4, 0.05, 0.05), line=0.3)
    e.lay(f.poly((-0.25, 0.42), (-0.62, 0.22), (-0.58, 0.32), (-0.2, 0.55)), shift(own, -0.12))
    body = join(f.oval(-0.02, 0.45, 0.32, 0.23, 0.06), f.disc(0.22, 0.72, 0.155), melt=0.1 * f.size)
    e.lay(body, own, round=0.95, along=True)
    e.lay(meet(body, f.oval(0.16, 0.4, 0.2, 0.22, 0.06)), belly, round=0.5, line=0)
    e.lay(
        f.poly((0.1, 0.56), (-0.08, 0.6), (-0.46, 0.3), (-0.2, 0.32), (0.06, 0.4), soft=True),
        shift(own, -0.1),
        round=0.7,
    )
    for i in range(3):
        e.lay(
            f.ribbon(
                ((0.02, 0.5 - i * 0.05), (-0.15, 0.45 - i * 0.05), (-0.34, 0.34 - i * 0.02)), 0.008
            ),
            shift(own, -0.22),
            line=0,
        )
    e.lay(
        f.poly((0.34, 0.77), (0.34, 0.68), (0.52, 0.7)), (0.75, 0.06, 0.14), round=0.4, detail=1.0
    )
    dot_eye(e, f, 0.27, 0.755, 0.027)
    headgear(e, f, k, 0.22, 0.72, 0.15)


def _flying(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    lift = c.between(0.1, 0.55)
    e.lay(
        f.poly((-0.12, 0.28), (0.14, 0.3), (0.0, 0.3 + lift), (-0.35, 0.42 + lift), soft=True),
        shift(own, -0.1),
    )
    e.lay(
        join(
            f.oval(0, 0.25, 0.3, 0.1),
            f.disc(0.27, 0.31, 0.085),
            f.poly((-0.25, 0.25), (-0.5, 0.33), (-0.5, 0.16)),
            melt=0.05 * f.size,
        ),
        own,
        round=0.8,
    )
    e.lay(f.poly((0.36, 0.34), (0.36, 0.28), (0.48, 0.3)), (0.75, 0.06, 0.14))
    e.lay(
        f.poly(
            (-0.14, 0.22), (0.16, 0.26), (0.1, 0.2 + lift * 1.2), (-0.22, 0.5 + lift), soft=True
        ),
        own,
        round=0.5,
    )
    dot_eye(e, f, 0.3, 0.335, 0.016)


def _owl(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    body = join(f.oval(0, 0.4, 0.27, 0.36), f.oval(0, 0.74, 0.25, 0.2), melt=0.08 * f.size)
    for s in (-1.0, 1.0):
        e.lay(f.poly((s * 0.1, 0.86), (s * 0.24, 0.82), (s * 0.24, 1.03)), shift(own, -0.06))
    e.lay(body, own, round=0.9)
    e.lay(f.oval(0, 0.36, 0.17, 0.25), shift(own, 0.15, 0.7), round=0.4, line=0)
    for row in range(5):
        for i in range(4 - row % 2):
            x = (i - 1.5 + 0.5 * (row % 2)) * 0.085
            e.lay(
                f.ribbon(
                    (
                        (x - 0.03, 0.5 - row * 0.08),
                        (x, 0.47 - row * 0.08),
                        (x + 0.03, 0.5 - row * 0.08),
                    ),
                    0.008,
                ),
                shift(own, -0.15),
                line=0,
            )
    for s in (-1.0, 1.0):
        e.lay(f.oval(s * 0.24, 0.38, 0.09, 0.27, s * 0.02), shift(own, -0.1), round=0.7)
        e.lay(f.disc(s * 0.105, 0.74, 0.115), shift(own, 0.18, 0.5), round=0.3)
        e.lay(f.disc(s * 0.1, 0.74, 0.075), (0.8, 0.03, 0.15), round=0.3, detail=1.0)
        dot_eye(e, f, s * 0.097, 0.74, 0.04)
        e.lay(f.oval(s * 0.08, 0.035, 0.07, 0.035), (0.6, 0.05, 0.1))
    e.lay(f.poly((-0.03, 0.7), (0.03, 0.7), (0.0, 0.6)), (0.6, 0.07, 0.11), detail=1.0)
    headgear(e, f, k, 0, 0.76, 0.22 + 0.001 * c.unit())


def _chicken(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    for x in (-0.03, 0.08):
        e.lay(f.limb((x, 0.2), (x + 0.02, 0.0), 0.014), (0.72, 0.05, 0.14), line=0.3)
    for i in range(4):
        e.lay(
            f.ribbon(
                ((-0.18, 0.4), (-0.34, 0.6 + i * 0.04), (-0.5 + i * 0.05, 0.5 + i * 0.1)),
                0.045,
                0.02,
            ),
            shift(mix(own, k.accent, 0.35), -0.06 * i),
        )
    e.lay(
        join(
            f.oval(-0.02, 0.38, 0.27, 0.21),
            f.limb((0.12, 0.5), (0.2, 0.76), 0.14, 0.08),
            melt=0.08 * f.size,
        ),
        own,
        round=0.9,
    )
    e.lay(
        f.poly((0.1, 0.42), (-0.1, 0.48), (-0.32, 0.36), (-0.12, 0.24), (0.06, 0.3), soft=True),
        shift(own, -0.12),
    )
    for i in range(3):
        e.lay(f.disc(0.13 + i * 0.06, 0.87 + 0.02 * (i == 1), 0.04), (0.55, 0.19, 0.09), line=0.3)
    e.lay(f.oval(0.28, 0.69, 0.025, 0.05), (0.55, 0.19, 0.09), line=0.3)
    e.lay(f.poly((0.27, 0.8), (0.27, 0.74), (0.38, 0.76)), (0.76, 0.06, 0.14), detail=1.0)
    dot_eye(e, f, 0.22, 0.795, 0.018 + 0.0001 * c.unit())


def _butterfly(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    for s in (-1.0, 1.0):
        e.lay(
            f.poly(
                (s * 0.02, 0.5),
                (s * 0.2, 0.92),
                (s * 0.52, 0.98),
                (s * 0.5, 0.62),
                (s * 0.2, 0.46),
                soft=True,
            ),
            own,
            round=0.3,
            line=1.0,
        )
        e.lay(
            f.poly(
                (s * 0.02, 0.48),
                (s * 0.3, 0.5),
                (s * 0.42, 0.28),
                (s * 0.26, 0.08),
                (s * 0.1, 0.2),
                soft=True,
            ),
            mix(own, k.second, 0.5),
            round=0.3,
            line=1.0,
        )
        e.lay(f.disc(s * 0.36, 0.78, 0.07), k.accent, round=0.2)
        e.lay(f.disc(s * 0.25, 0.3, 0.055), shift(k.accent, 0.12), round=0.2)
        e.lay(
            f.ribbon(((s * 0.01, 0.7), (s * 0.06, 0.88), (s * 0.13, 0.95)), 0.008),
            (0.18, 0, 0),
            line=0,
        )
    e.lay(f.limb((0, 0.22), (0, 0.7), 0.028, 0.04), (0.2, 0.01, 0.01))


def _bee(e: Easel, f: Frame, k: Look) -> None:
    for x in (-0.12, 0.1):
        e.lay(f.oval(x - 0.05, 0.75, 0.15, 0.25, 0.06), (0.9, -0.01, -0.02), opacity=0.7, round=0.2)
        for dx in (0.0, 0.12):
            e.lay(f.limb((x + dx, 0.25), (x + dx - 0.04, 0.02), 0.014), (0.2, 0, 0), line=0)
    body = f.oval(0, 0.4, 0.42, 0.25)
    e.lay(body, k.main, round=0.95)
    for x in (-0.24, -0.06, 0.12):
        e.lay(meet(body, f.box(x, 0.4, 0.08, 0.6)), (0.18, 0.01, 0.01), round=0.2, line=0)
    e.lay(f.disc(0.42, 0.46, 0.16), (0.22, 0.01, 0.02), round=0.9)
    e.lay(f.disc(0.48, 0.5, 0.04), (0.95, 0, 0), line=0, detail=1.0)


def _dragon(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    if k.asked or c.likely(0.6):
        e.lay(
            f.poly(
                (-0.05, 0.6),
                (-0.35, 1.02),
                (-0.62, 0.72),
                (-0.45, 0.7),
                (-0.36, 0.56),
                (-0.22, 0.6),
            ),
            mix(own, k.second, 0.5),
            round=0.4,
        )
    e.lay(
        f.ribbon(((-0.2, 0.4), (-0.5, 0.25), (-0.75, 0.3), (-0.9, 0.5)), 0.17, 0.02), own, round=0.9
    )
    legs = [f.ribbon(((x, 0.4), (x + 0.1, 0.22), (x + 0.02, 0.04)), 0.1, 0.05) for x in (-0.2, 0.1)]
    body = join(
        f.oval(-0.05, 0.46, 0.33, 0.22),
        f.ribbon(((0.15, 0.55), (0.3, 0.72), (0.36, 0.88)), 0.14, 0.09),
        *legs,
        melt=0.07 * f.size,
    )
    for i in range(8):
        x, y = 0.3 - i * 0.12, 0.86 - i * 0.06
        if i > 3:
            x, y = 0.3 - i * 0.13, 0.72 - (i - 3) * 0.085
        e.lay(
            f.poly((x - 0.06, y - 0.05), (x + 0.04, y - 0.02), (x - 0.06, y + 0.09)),
            k.accent,
            line=0.4,
        )
    e.lay(body, own, round=0.95)
    e.lay(
        join(
            f.oval(0.4, 0.9, 0.13, 0.1),
            f.limb((0.45, 0.88), (0.64, 0.84), 0.085, 0.055),
            melt=0.04 * f.size,
        ),
        own,
        round=0.9,
        detail=1.0,
    )
    e.lay(f.poly((0.46, 0.83), (0.68, 0.8), (0.6, 0.78)), (0.95, 0, 0.03), line=0.2)
    e.lay(f.disc(0.45, 0.94, 0.03), (0.85, 0, 0.15), line=0.3, detail=1.0)
    dot_eye(e, f, 0.455, 0.94, 0.013)


DRAW: dict[str, Draw] = {
    "monkey": _monkey,
    "rabbit": _rabbit,
    "bird": _bird,
    "flying": _flying,
    "owl": _owl,
    "chicken": _chicken,
    "butterfly": _butterfly,
    "bee": _bee,
    "dinosaur": _dragon,
}
