"""What moves: on wheels, on water, through the air."""

from __future__ import annotations

from ..easel import Easel
from ..palette import Lab, mix, shift
from ..shapes import Frame, cut, join, meet
from .look import Draw, Look, colour

__all__ = ["DRAW"]

_TYRE: Lab = (0.2, 0.0, -0.01)
_GLASS: Lab = (0.72, -0.03, -0.04)


def _wheel(e: Easel, f: Frame, x: float, y: float, r: float, rim: Lab = (0.75, 0, 0)) -> None:
    e.lay(f.disc(x, y, r), _TYRE, round=0.5)
    e.lay(f.disc(x, y, r * 0.55), rim, round=0.6, detail=0.9)
    e.lay(f.disc(x, y, r * 0.2), shift(rim, -0.25), line=0)


def _car(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    e.lay(f.oval(0, 0.1, 1.0, 0.12), (0.15, 0, 0), round=0, line=0, soft=0.05 * f.size, opacity=0.5)
    beetle = c.likely(0.4)
    if beetle:
        cabin = f.poly(
            (-0.72, 0.52), (-0.5, 0.9), (-0.05, 1.0), (0.36, 0.86), (0.56, 0.55), soft=True
        )
    else:
        cabin = f.poly((-0.62, 0.52), (-0.42, 0.95), (0.22, 0.97), (0.52, 0.54))
    e.lay(cabin, own, round=0.6)
    glass = f.poly((-0.5, 0.57), (-0.37, 0.86), (-0.1, 0.9), (-0.1, 0.57))
    e.lay(glass, _GLASS, round=0.3)
    e.lay(f.poly((-0.03, 0.57), (-0.03, 0.9), (0.18, 0.88), (0.4, 0.57)), _GLASS, round=0.3)
    body = join(
        f.box(0, 0.4, 2.05, 0.34, 0.14), f.box(0.72, 0.42, 0.6, 0.26, 0.12), melt=0.05 * f.size
    )
    e.lay(body, own, round=0.8)
    e.lay(meet(body, f.box(0, 0.27, 2.2, 0.07)), shift(own, -0.15), round=0.3, line=0)
    e.lay(f.limb((-0.95, 0.44), (0.95, 0.44), 0.012), shift(own, 0.2, 0.5), round=0, line=0)
    for x in (-0.6, 0.62):
        e.lay(f.disc(x, 0.25, 0.27), shift(own, -0.22), round=0.2, line=0.3)
        _wheel(e, f, x, 0.21, 0.21, shift(k.second, 0.12))
    e.lay(
        f.oval(0.99, 0.46, 0.06, 0.08),
        (0.95, 0, 0.08),
        raw=e.palette.dim < 0.8,
        line=0.4,
        detail=1.0,
    )
    e.lay(f.oval(-1.0, 0.47, 0.03, 0.07), (0.55, 0.2, 0.1), line=0.3)
    if e.palette.dim < 0.75:
        e.lay(
            f.poly((1.0, 0.48), (2.1, 0.62), (2.1, 0.1)),
            (0.93, 0, 0.1),
            raw=True,
            round=0,
            line=0,
            soft=0.06 * f.size,
            opacity=0.25,
        )


def _truck(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    e.lay(
        f.oval(0, 0.06, 0.95, 0.08), (0.15, 0, 0), round=0, line=0, soft=0.05 * f.size, opacity=0.5
    )
    if c.likely(0.5):  # a van or bus
        e.lay(f.box(0, 0.53, 1.8, 0.78, 0.12), own, round=0.6)
        for i in range(4):
            e.lay(f.box(-0.58 + i * 0.38, 0.68, 0.3, 0.27, 0.03), _GLASS, round=0.3)
        e.lay(f.box(0, 0.42, 1.8, 0.08), shift(k.second, 0.1), round=0.3, line=0.2)
    else:
        e.lay(f.box(-0.35, 0.46, 1.1, 0.34, 0.04), shift(own, -0.06), round=0.5)
        e.lay(f.box(-0.38, 0.62, 1.0, 0.05, 0.01), shift(own, 0.05), round=0.4)
        cab = f.poly(
            (0.14, 0.24), (0.14, 0.94), (0.5, 0.94), (0.64, 0.6), (0.95, 0.54), (0.95, 0.24)
        )
        e.lay(cab, own, round=0.5)
        e.lay(f.poly((0.22, 0.6), (0.22, 0.86), (0.46, 0.86), (0.56, 0.6)), _GLASS, round=0.3)
    for x in (-0.55, 0.58):
        _wheel(e, f, x, 0.17, 0.17, shift(k.second, 0.15))
    e.lay(f.oval(0.92, 0.42, 0.04, 0.06), (0.95, 0, 0.08), raw=e.palette.dim < 0.8, detail=1.0)


def _train(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    for x in (-1.42,):
        e.lay(f.box(x, 0.5, 1.0, 0.56, 0.05), k.second, round=0.4)
        for i in range(4):
            e.lay(f.box(x - 0.33 + i * 0.22, 0.58, 0.15, 0.2, 0.02), _GLASS, round=0.2)
        for dx in (-0.28, 0.28):
            _wheel(e, f, x + dx, 0.13, 0.12)
    e.lay(f.box(0.25, 0.5, 1.5, 0.4, 0.2), own, round=1.0)
    e.lay(f.box(-0.6, 0.6, 0.5, 0.72, 0.03), own, round=0.5)
    e.lay(f.box(-0.6, 0.98, 0.62, 0.07, 0.03), shift(own, -0.1), round=0.4)
    e.lay(f.box(-0.6, 0.74, 0.26, 0.24, 0.02), _GLASS, round=0.2)
    e.lay(
        f.poly((0.68, 0.66), (0.86, 0.66), (0.92, 0.98), (0.62, 0.98)), shift(own, -0.05), round=0.8
    )
    e.lay(f.disc(0.25, 0.72, 0.1), k.second, round=0.9)
    for i in range(5):
        e.lay(
            f.disc(0.7 - i * 0.28, 1.1 + i * 0.1, 0.12 + i * 0.045),
            (0.86, 0, 0),
            round=0.8,
            line=0.1,
            soft=0.06 * f.size,
            opacity=0.75,
        )
    for x in (-0.05, 0.45):
        e.lay(f.box(x, 0.5, 0.04, 0.42), k.second, round=0.4, line=0.2)
    for x, r in ((-0.6, 0.2), (-0.15, 0.2), (0.3, 0.2), (0.75, 0.13)):
        _wheel(e, f, x, r + 0.02, r, shift(k.second, -0.05))
    e.lay(f.limb((-0.6, 0.2), (0.3, 0.2), 0.026), (0.7, 0, 0.01), line=0.4)
    e.lay(f.poly((0.92, 0.3), (1.2, 0.02), (0.92, 0.02)), k.second, round=0.3)
    e.lay(f.disc(1.0, 0.6, 0.07), (0.95, 0, 0.1), raw=True, detail=1.0)
    e.lay(f.box(-0.3, 0.0, 3.6, 0.03), (0.4, 0.01, 0.01), round=0.2)


def _bicycle(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    for x in (-0.45, 0.45):
        e.lay(cut(f.disc(x, 0.32, 0.31), f.disc(x, 0.32, 0.265)), _TYRE, round=0.4)
        for i in range(6):
            spoke = f.frame(x, 0.32, 1.0, turn=i / 12)
            e.lay(spoke.limb((0, -0.26), (0, 0.26), 0.006), (0.7, 0, 0), round=0, line=0)
    for a, b in (
        ((-0.45, 0.32), (-0.15, 0.66)),
        ((-0.45, 0.32), (-0.05, 0.3)),
        ((-0.05, 0.3), (-0.15, 0.72)),
        ((-0.15, 0.66), (0.28, 0.7)),
        ((-0.05, 0.3), (0.28, 0.68)),
        ((0.45, 0.32), (0.26, 0.88)),
    ):
        e.lay(f.limb(a, b, 0.026), own, round=0.8)
    e.lay(f.oval(-0.16, 0.76, 0.13, 0.04), (0.25, 0.02, 0.02))
    e.lay(f.ribbon(((0.26, 0.86), (0.36, 0.95), (0.2, 0.98)), 0.022), (0.3, 0, 0))
    e.lay(f.disc(-0.05, 0.3, 0.07), (0.6, 0, 0.01))


def _carriage(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly(
            (-0.62, 0.4), (-0.56, 0.95), (0.4, 0.95), (0.5, 0.4), (0.2, 0.3), (-0.3, 0.3), soft=True
        ),
        k.main,
        round=0.7,
    )
    e.lay(f.box(-0.05, 0.7, 0.4, 0.26, 0.04), _GLASS, round=0.2)
    e.lay(f.limb((0.45, 0.4), (1.0, 0.42), 0.03), k.second)
    for x, r in ((-0.45, 0.27), (0.42, 0.22)):
        e.lay(cut(f.disc(x, r, r), f.disc(x, r, r - 0.045)), k.second, round=0.4)
        for i in range(4):
            g = f.frame(x, r, 1.0, turn=i / 8)
            e.lay(g.limb((0, -r * 0.9), (0, r * 0.9), 0.016), k.second, line=0.3)


def _boat(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    sail = k.second if not k.asked else colour("cream")
    if c.likely(0.72):
        e.lay(f.limb((-0.03, 0.2), (-0.03, 1.0), 0.014), colour("wood", -0.1))
        bow = c.between(0.04, 0.12)
        e.lay(
            f.poly((-0.08, 0.3), (-0.4 - bow, 0.32), (-0.28, 0.6), (-0.07, 0.97), soft=False),
            shift(sail, -0.06),
            round=0.6,
        )
        e.lay(
            f.poly((0.01, 0.28), (0.2 + bow, 0.3), (0.36 + bow, 0.32), (0.2, 0.66), (0.01, 0.94)),
            sail,
            round=0.7,
        )
        e.lay(f.poly((-0.03, 1.04), (0.1, 1.01), (-0.03, 0.98)), k.accent)
    else:
        e.lay(f.box(-0.08, 0.36, 0.34, 0.26, 0.02), colour("cream"), round=0.4)
        e.lay(f.box(-0.08, 0.5, 0.42, 0.05, 0.02), k.accent, round=0.4)
        for x in (-0.16, 0.0):
            e.lay(f.box(x, 0.38, 0.1, 0.1, 0.01), _GLASS, round=0.2)
        e.lay(f.limb((0.2, 0.25), (0.28, 0.8), 0.012), colour("wood", -0.1))
    hull = f.poly((-0.5, 0.27), (0.56, 0.29), (0.42, 0.07), (0.3, 0.0), (-0.32, 0.0), (-0.43, 0.08))
    e.lay(hull, own, round=0.7, along=True)
    e.lay(meet(hull, f.box(0, 0.24, 1.4, 0.055)), shift(own, 0.2, 0.6), round=0.3, line=0.2)
    e.lay(meet(hull, f.box(0, 0.02, 1.4, 0.1)), shift(own, -0.16), round=0.2, line=0)


def _ship(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    for i, (y, w) in enumerate(((0.46, 1.15), (0.6, 0.85))):
        e.lay(f.box(-0.05, y, w, 0.14, 0.02), colour("cream", -0.03 * i), round=0.4)
        for j in range(9 - 2 * i):
            e.lay(
                f.disc(-0.48 + j * 0.12, y, 0.024),
                (0.3, 0, -0.02) if e.palette.dim > 0.8 else (0.87, 0.02, 0.13),
                raw=e.palette.dim <= 0.8,
                line=0.2,
            )
    for x in (-0.25, 0.02, 0.28):
        e.lay(
            f.poly((x - 0.07, 0.66), (x + 0.07, 0.66), (x + 0.04, 0.96), (x - 0.1, 0.96)),
            k.second,
            round=0.9,
        )
        e.lay(
            f.poly((x - 0.09, 0.9), (x + 0.05, 0.9), (x + 0.04, 0.97), (x - 0.1, 0.97)),
            _TYRE,
            round=0.6,
            line=0.2,
        )
        for i in range(3):
            e.lay(
                f.disc(x - 0.1 - i * 0.2, 1.03 + i * 0.07, 0.08 + i * 0.05),
                (0.5, 0, 0),
                round=0.5,
                line=0,
                soft=0.06 * f.size,
                opacity=0.45,
            )
    hull = f.poly((-0.98, 0.4), (1.02, 0.46), (0.82, 0.0), (-0.86, 0.0))
    e.lay(hull, own, round=0.5, along=True)
    e.lay(
        meet(hull, f.box(0, 0.04, 2.2, 0.12)), mix(own, colour("crimson"), 0.7), round=0.2, line=0.2
    )
    for j in range(13):
        e.lay(f.disc(-0.75 + j * 0.12, 0.28, 0.022), (0.85, 0, 0.08), round=0.2, line=0)


def _airplane(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(
        f.poly((0.1, 0.55), (-0.25, 0.98), (-0.4, 0.98), (-0.18, 0.55)),
        shift(own, -0.12),
        round=0.3,
    )
    e.lay(f.poly((-0.85, 0.55), (-1.12, 0.95), (-1.24, 0.95), (-1.1, 0.5)), k.second, round=0.3)
    body = f.poly(
        (1.15, 0.46),
        (0.95, 0.6),
        (0.5, 0.65),
        (-0.8, 0.6),
        (-1.2, 0.54),
        (-0.8, 0.42),
        (0.6, 0.34),
        (1.0, 0.38),
        soft=True,
    )
    e.lay(body, own, round=1.0, along=True)
    e.lay(meet(body, f.box(0, 0.47, 2.6, 0.045)), k.second, round=0.3, line=0)
    for i in range(10):
        e.lay(f.disc(-0.6 + i * 0.13, 0.55, 0.024), (0.3, 0, -0.03), line=0)
    e.lay(f.poly((0.86, 0.6), (1.02, 0.54), (0.84, 0.53)), (0.3, 0, -0.03), line=0.2)
    e.lay(
        f.poly((0.2, 0.46), (-0.35, 0.02), (-0.52, 0.02), (-0.2, 0.44)),
        shift(own, -0.05),
        round=0.4,
    )
    e.lay(f.oval(-0.1, 0.26, 0.12, 0.05), k.second)


def _rocket(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    for tint, h, w in (
        ((0.6, 0.17, 0.11), 0.34, 0.12),
        ((0.78, 0.09, 0.15), 0.25, 0.085),
        ((0.94, 0, 0.1), 0.15, 0.05),
    ):
        e.lay(
            f.poly(
                (-w, 0.16), (-w * 0.6, 0.05), (0, 0.16 - h), (w * 0.6, 0.05), (w, 0.16), soft=True
            ),
            tint,
            raw=True,
            line=0,
            round=0.2,
        )
    for i in range(6):
        e.lay(
            f.disc(c.between(-0.3, 0.3), -0.18 - c.between(0, 0.1), c.between(0.08, 0.16)),
            (0.8, 0.01, 0.02),
            round=0.7,
            line=0,
            soft=0.05 * f.size,
            opacity=0.6 - 0.04 * i,
        )
    for s in (-1.0, 1.0):
        e.lay(f.poly((s * 0.1, 0.44), (s * 0.27, 0.12), (s * 0.1, 0.18)), k.second, round=0.4)
    body = f.poly(
        (-0.11, 0.14),
        (-0.155, 0.45),
        (-0.11, 0.78),
        (0, 1.02),
        (0.11, 0.78),
        (0.155, 0.45),
        (0.11, 0.14),
        soft=True,
    )
    e.lay(body, k.main, round=1.0, along=True)
    e.lay(meet(body, f.disc(0, 1.02, 0.24)), k.second, round=0.8)
    e.lay(f.disc(0, 0.6, 0.072), shift(k.second, -0.1), round=0.4)
    e.lay(f.disc(0, 0.6, 0.05), _GLASS, round=0.5, detail=1.0)
    e.lay(f.limb((0, 0.1), (0, 0.32), 0.025), k.second)


DRAW: dict[str, Draw] = {
    "car": _car, "truck": _truck, "train": _train, "bicycle": _bicycle, "carriage": _carriage,
    "boat": _boat, "ship": _ship, "airplane": _airplane, "rocket": _rocket,
}  # fmt: skip
