"""Animals of the water and the wet."""

from __future__ import annotations

from ..easel import Easel
from ..palette import mix, shift
from ..shapes import Frame, cut, join, meet
from .animal_parts import dot_eye
from .dress import headgear
from .look import Draw, Look

__all__ = ["DRAW"]


def _penguin(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    for s in (-1.0, 1.0):
        e.lay(f.oval(s * 0.11, 0.03, 0.1, 0.035), (0.72, 0.08, 0.14))
        e.lay(f.oval(s * 0.27, 0.48, 0.055, 0.24, s * -0.03), own, round=0.6)
    e.lay(
        join(f.oval(0, 0.4, 0.27, 0.38), f.oval(0.0, 0.8, 0.155, 0.17), melt=0.1 * f.size),
        own,
        round=0.8,
    )
    e.lay(f.oval(0.02, 0.38, 0.19, 0.31), (0.95, 0, 0.015), round=0.6, line=0)
    e.lay(f.oval(0.05, 0.79, 0.09, 0.09), (0.95, 0, 0.015), round=0.3, line=0)
    e.lay(f.poly((0.1, 0.82), (0.1, 0.76), (0.26, 0.78)), (0.74, 0.09, 0.14), detail=1.0)
    dot_eye(e, f, 0.05, 0.83, 0.022)
    headgear(e, f, k, 0, 0.82, 0.15)


def _duck(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(
        join(
            f.oval(-0.05, 0.24, 0.42, 0.22),
            f.poly((-0.4, 0.25), (-0.62, 0.45), (-0.3, 0.4)),
            f.ribbon(((0.25, 0.3), (0.36, 0.5), (0.3, 0.74)), 0.11, 0.075),
            f.disc(0.32, 0.8, 0.12),
            melt=0.06 * f.size,
        ),
        own,
        round=0.9,
    )
    e.lay(
        f.poly((0.12, 0.32), (-0.1, 0.4), (-0.44, 0.3), (-0.15, 0.14), (0.08, 0.18), soft=True),
        shift(own, -0.1),
    )
    e.lay(
        f.poly((0.42, 0.83), (0.41, 0.75), (0.58, 0.75), (0.58, 0.79)),
        (0.74, 0.08, 0.15),
        detail=1.0,
    )
    dot_eye(e, f, 0.36, 0.83, 0.02)


def _heron(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    for x in (-0.03, 0.05):
        e.lay(
            f.ribbon(((x, 0.45), (x + 0.03, 0.24), (x, 0.0)), 0.014, 0.01),
            (0.45, 0.06, 0.06),
            line=0.3,
        )
    e.lay(
        f.ribbon(((0.14, 0.52), (0.3, 0.62), (0.14, 0.78), (0.2, 0.93)), 0.06, 0.032),
        own,
        round=0.7,
    )
    e.lay(
        f.poly(
            (0.24, 0.55),
            (0.05, 0.64),
            (-0.34, 0.42),
            (-0.44, 0.34),
            (-0.1, 0.4),
            (0.16, 0.44),
            soft=True,
        ),
        own,
        round=0.9,
    )
    e.lay(f.poly((0.08, 0.56), (-0.38, 0.38), (-0.1, 0.42), soft=True), shift(own, -0.15))
    e.lay(f.oval(0.22, 0.95, 0.06, 0.042), own)
    e.lay(f.poly((0.26, 0.97), (0.26, 0.93), (0.46, 0.92)), (0.7, 0.07, 0.13), detail=1.0)
    dot_eye(e, f, 0.24, 0.96, 0.012)


def _fish(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    e.lay(f.poly((-0.4, 0.35), (-0.78, 0.62), (-0.66, 0.35), (-0.78, 0.1)), shift(own, -0.08))
    e.lay(f.poly((-0.2, 0.55), (0.1, 0.85), (0.22, 0.56), soft=True), shift(own, -0.08))
    e.lay(f.poly((-0.1, 0.15), (0.0, -0.08), (0.16, 0.14), soft=True), shift(own, -0.08))
    body = f.poly(
        (-0.52, 0.35), (-0.2, 0.58), (0.2, 0.6), (0.52, 0.38), (0.24, 0.12), (-0.2, 0.13), soft=True
    )
    e.lay(body, own, round=0.95, along=True)
    e.lay(meet(body, f.oval(0.1, 0.1, 0.5, 0.16)), shift(own, 0.2, 0.5), round=0.2, line=0)
    for i in range(3 if c.likely(0.6) else 0):
        x = -0.25 + i * 0.2
        e.lay(meet(body, f.oval(x, 0.36, 0.045, 0.34)), k.second, round=0, line=0)
    for row in range(3):
        for i in range(6):
            x, y = -0.32 + i * 0.09 + row % 2 * 0.045, 0.26 + row * 0.1
            e.lay(
                f.ribbon(((x, y + 0.04), (x + 0.03, y), (x, y - 0.04)), 0.006),
                shift(own, -0.14),
                line=0,
            )
    e.lay(f.ribbon(((0.28, 0.52), (0.22, 0.36), (0.28, 0.2)), 0.01), shift(own, -0.2), line=0)
    e.lay(f.disc(0.37, 0.42, 0.048), (0.95, 0, 0.02), round=0.2, detail=1.0)
    dot_eye(e, f, 0.38, 0.42, 0.028)


def _whale(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(f.poly((-0.75, 0.4), (-1.0, 0.75), (-0.78, 0.62), (-0.62, 0.78), (-0.62, 0.42)), own)
    body = f.poly(
        (-0.8, 0.5),
        (-0.4, 0.5),
        (0.1, 0.66),
        (0.6, 0.58),
        (0.78, 0.32),
        (0.55, 0.08),
        (0.05, 0.04),
        (-0.45, 0.26),
        soft=True,
    )
    e.lay(body, own, round=0.95, along=True)
    e.lay(meet(body, f.oval(0.42, 0.04, 0.62, 0.18)), shift(own, 0.3, 0.4), round=0.2, line=0.2)
    e.lay(f.poly((0.2, 0.2), (0.05, -0.12), (0.36, 0.1), soft=True), shift(own, -0.1))
    dot_eye(e, f, 0.54, 0.32, 0.02)


def _octopus(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    for i in range(8):
        x = (i - 3.5) * 0.1
        tip = x * 3.2 + c.between(-0.1, 0.1)
        e.lay(
            f.ribbon(
                (
                    (x, 0.45),
                    (x * 2.2, 0.25 + c.between(-0.08, 0.08)),
                    (tip * 0.8, 0.08),
                    (tip, 0.2 + c.between(-0.08, 0.1)),
                ),
                0.065,
                0.015,
            ),
            shift(own, -0.1 * (i % 2)),
            round=0.9,
        )
    e.lay(
        join(f.oval(0, 0.74, 0.25, 0.27), f.oval(0, 0.48, 0.24, 0.14), melt=0.1 * f.size),
        own,
        round=0.95,
    )
    for s in (-1.0, 1.0):
        e.lay(f.disc(s * 0.1, 0.56, 0.055), (0.95, 0, 0.03), round=0.3, detail=1.0)
        dot_eye(e, f, s * 0.1, 0.555, 0.03)


def _turtle(e: Easel, f: Frame, k: Look) -> None:
    own, skin = k.main, mix(k.main, (0.66, -0.05, 0.09), 0.6)
    for x, t in ((-0.32, 0.08), (0.3, -0.08)):
        e.lay(f.oval(x, 0.14, 0.08, 0.17, t), skin, round=0.8)
    e.lay(f.limb((0.4, 0.3), (0.62, 0.45), 0.08, 0.1), skin, round=0.9)
    shell = meet(f.oval(0, 0.2, 0.5, 0.5), f.box(0, 0.55, 1.2, 0.74))
    e.lay(shell, own, round=0.95)
    for x, y in ((-0.26, 0.36), (0.0, 0.5), (0.25, 0.36), (0.0, 0.3)):
        e.lay(f.oval(x, y, 0.1, 0.085), shift(own, -0.12), round=0.5, line=0.4)
    dot_eye(e, f, 0.65, 0.49, 0.022)


def _snake(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    path = (
        (-0.8, 0.1),
        (-0.5, 0.3),
        (-0.2, 0.1),
        (0.1, 0.3),
        (0.35, 0.14),
        (0.5, 0.4),
        (0.4, 0.72),
    )
    e.lay(f.ribbon(path, 0.03, 0.085), own, round=0.95, along=True)
    e.lay(f.ribbon(path, 0.008, 0.025), k.second, round=0, line=0)
    e.lay(f.oval(0.45, 0.78, 0.13, 0.09), own, round=0.9, detail=1.0)
    e.lay(f.ribbon(((0.56, 0.77), (0.66, 0.76), (0.72, 0.8)), 0.008), (0.55, 0.19, 0.09), line=0)
    dot_eye(e, f, 0.49, 0.81, 0.02)


def _frog(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    for s in (-1.0, 1.0):
        e.lay(
            f.ribbon(
                ((s * 0.2, 0.3), (s * 0.48, 0.32), (s * 0.3, 0.06), (s * 0.52, 0.03)), 0.11, 0.035
            ),
            shift(own, -0.08),
            round=0.9,
        )
    e.lay(
        join(f.oval(0, 0.34, 0.31, 0.27), f.oval(0, 0.58, 0.28, 0.18), melt=0.08 * f.size),
        own,
        round=0.95,
    )
    e.lay(f.oval(0, 0.26, 0.19, 0.16), shift(own, 0.2, 0.5), round=0.3, line=0)
    for s in (-1.0, 1.0):
        e.lay(f.disc(s * 0.18, 0.76, 0.095), own, round=0.9)
        e.lay(f.disc(s * 0.18, 0.77, 0.06), (0.88, 0, 0.13), round=0.3, detail=1.0)
        dot_eye(e, f, s * 0.18, 0.77, 0.032)
        e.lay(f.limb((s * 0.14, 0.3), (s * 0.17, 0.05), 0.05, 0.04), own)
    e.lay(f.ribbon(((-0.2, 0.56), (0, 0.5), (0.2, 0.56)), 0.009), shift(own, -0.28), line=0)


def _snail(e: Easel, f: Frame, k: Look) -> None:
    own, skin = k.main, (0.7, 0.02, 0.06)
    e.lay(
        join(
            f.limb((-0.5, 0.06), (0.4, 0.08), 0.05, 0.09),
            f.limb((0.4, 0.1), (0.52, 0.45), 0.09, 0.07),
            melt=0.05 * f.size,
        ),
        skin,
        round=0.8,
    )
    for x in (0.48, 0.6):
        e.lay(f.limb((x, 0.5), (x + 0.05, 0.7), 0.016), skin)
        e.lay(f.disc(x + 0.05, 0.71, 0.026), (0.2, 0, 0))
    e.lay(f.disc(-0.05, 0.44, 0.34), own, round=1.0)
    r = 0.26
    for i in range(3):
        e.lay(
            cut(f.disc(-0.05 + 0.03 * i, 0.44, r), f.disc(-0.03 + 0.03 * i, 0.44, r - 0.045)),
            shift(own, -0.14),
            round=0.3,
            line=0,
        )
        r -= 0.09


DRAW: dict[str, Draw] = {
    "penguin": _penguin,
    "duck": _duck,
    "heron": _heron,
    "fish": _fish,
    "whale": _whale,
    "octopus": _octopus,
    "turtle": _turtle,
    "snake": _snake,
    "frog": _frog,
    "snail": _snail,
}
