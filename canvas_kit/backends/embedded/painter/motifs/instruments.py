"""Instruments for music and pictures, devices and machines."""

from __future__ import annotations

from ..easel import Easel
from ..exact import cosine, sine
from ..palette import Lab, mix, shift
from ..shapes import Frame, cut, join
from .food import shine
from .look import Draw, Look, colour

__all__ = ["DRAW"]


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
    shine(e, f, 0.06, 0.45, 0.04, 0.04)
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


DRAW: dict[str, Draw] = {
    "violin": _violin,
    "guitar": _guitar,
    "piano": _piano,
    "drum": _drum,
    "trumpet": _trumpet,
    "camera": _camera,
    "headphones": _headphones,
    "microphone": _microphone,
    "phone": _phone,
    "computer": _computer,
    "machine": _machine,
    "gear": _gear,
}
