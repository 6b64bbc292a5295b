"""What stands between buildings: bridges, walls, doors, stalls."""

from __future__ import annotations

from ..easel import Easel
from ..palette import mix, shift
from ..shapes import Frame, cut, join, meet
from .look import Draw, Look, colour
from .signs import write

__all__ = ["DRAW"]


def _bridge(e: Easel, f: Frame, k: Look) -> None:
    wall = k.main
    deck = f.poly(
        (-1.2, 0.36),
        (-0.5, 0.5),
        (0, 0.54),
        (0.5, 0.5),
        (1.2, 0.36),
        (1.2, -0.06),
        (-1.2, -0.06),
        soft=True,
    )
    holes = [
        f.oval(x, -0.03, w, h)
        for x, w, h in ((-0.72, 0.21, 0.3), (0, 0.29, 0.42), (0.72, 0.21, 0.3))
    ]
    for x, w, h in ((-0.72, 0.21, 0.3), (0, 0.29, 0.42), (0.72, 0.21, 0.3)):
        e.lay(
            cut(f.oval(x, -0.03, w, h), f.oval(x + 0.06, -0.05, w, h)), shift(wall, -0.2), round=0.2
        )
    e.lay(cut(deck, *holes), wall, round=0.4)
    rail = f.ribbon(((-1.2, 0.4), (-0.5, 0.54), (0, 0.58), (0.5, 0.54), (1.2, 0.4)), 0.032)
    e.lay(rail, shift(wall, 0.08), round=0.6)
    for i in range(18):
        x = -1.0 + i * 0.117
        e.lay(f.limb((x, 0.24), (x + 0.05, 0.24), 0.008), shift(wall, -0.1), line=0, round=0)


def _tent(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.poly((-0.7, 0), (0.7, 0), (0, 0.9)), k.main, round=0.4)
    for i in (-2, 0, 2):
        e.lay(
            f.poly((i * 0.2 - 0.1, 0), (i * 0.2 + 0.1, 0), (0, 0.9)), k.second, round=0.2, line=0.3
        )
    e.lay(f.poly((-0.13, 0), (0.13, 0), (0.0, 0.46)), (0.2, 0.01, 0.01), round=0.1)
    e.lay(f.limb((0, 0.88), (0, 1.06), 0.01), (0.3, 0, 0))
    e.lay(f.poly((0, 1.06), (0.17, 1.01), (0, 0.96)), k.accent)


def _stall(e: Easel, f: Frame, k: Look) -> None:
    """A market stall with crates of fruit under a striped roof."""
    c = k.chance
    for x in (-0.5, 0.5):
        e.lay(f.limb((x, 0.0), (x, 0.82), 0.018), colour("wood", -0.1))
    e.lay(f.box(0, 0.55, 1.0, 0.36), shift(k.second, -0.25, 0.5), round=0.2, line=0.2)
    e.lay(
        f.poly((-0.58, 0.36), (0.58, 0.36), (0.54, 0.0), (-0.54, 0.0)),
        colour("wood", 0.04),
        round=0.3,
    )
    tints = (
        colour("red"),
        colour("orange"),
        colour("yellow"),
        colour("green"),
        colour("crimson"),
        k.accent,
    )
    for i in range(4):
        x = -0.42 + i * 0.28
        e.lay(
            f.poly((x - 0.13, 0.3), (x + 0.13, 0.3), (x + 0.12, 0.15), (x - 0.12, 0.15)),
            colour("wood", -0.08),
            round=0.2,
        )
        tint = c.pick(tints)
        for j in range(9):
            e.lay(
                f.disc(
                    x + (j % 5 - 2) * 0.047, 0.31 + (j // 5) * 0.042 + c.between(-0.01, 0.01), 0.034
                ),
                shift(tint, c.between(-0.07, 0.07)),
                round=1.0,
                line=0.3,
                detail=0.9,
            )
    roof = f.poly((-0.66, 0.74), (0.66, 0.74), (0.52, 1.0), (-0.52, 1.0))
    e.lay(roof, k.main, round=0.3)
    for i in range(5):
        x = -0.528 + i * 0.264
        e.lay(
            f.poly((x, 0.74), (x + 0.132, 0.74), (x * 0.79 + 0.105, 1.0), (x * 0.79, 1.0)),
            colour("cream"),
            round=0.2,
            line=0.2,
        )
    for i in range(10):
        x = -0.594 + i * 0.132
        e.lay(
            f.oval(x, 0.735, 0.066, 0.05),
            k.main if i % 2 == 0 else colour("cream", -0.05),
            round=0.3,
            line=0.2,
        )


def _wall(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    e.lay(f.box(0, 0.42, 2.4, 0.84), shift(own, -0.12, 0.6), round=0.1)
    for row in range(8):
        for i in range(10):
            x = -1.13 + i * 0.25 + (0.125 if row % 2 else 0.0)
            e.lay(
                f.box(x, 0.053 + row * 0.104, 0.235, 0.09, 0.015),
                shift(own, c.between(-0.06, 0.06), c.between(0.8, 1.1)),
                round=0.25,
                line=0.25,
            )
    if k.words:
        write(e, f.frame(0, 0.12, 1.0), k.words, 2.0, 0.56, (0.95, 0, 0.02))


def _fence(e: Easel, f: Frame, k: Look) -> None:
    for y in (0.28, 0.6):
        e.lay(f.box(0, y, 2.4, 0.06), shift(k.main, -0.1), round=0.4)
    for i in range(13):
        x = -1.15 + i * 0.19
        e.lay(
            f.poly((x - 0.055, 0), (x + 0.055, 0), (x + 0.055, 0.78), (x, 0.88), (x - 0.055, 0.78)),
            k.main,
            round=0.5,
        )


def _door(e: Easel, f: Frame, k: Look) -> None:
    frame = shift(k.second, 0.12)
    e.lay(join(f.box(0, 0.4, 0.56, 0.8), f.disc(0, 0.8, 0.28)), frame, round=0.4)
    e.lay(join(f.box(0, 0.39, 0.44, 0.78), f.disc(0, 0.78, 0.22)), k.main, round=0.3)
    for x in (-0.1, 0.1):
        for y, h in ((0.2, 0.26), (0.56, 0.3)):
            e.lay(f.box(x, y, 0.14, h, 0.01), shift(k.main, -0.1), round=0.4)
    e.lay(cut(f.disc(0, 0.86, 0.13), f.box(0, 0.77, 0.5, 0.1)), (0.8, 0.0, 0.09), round=0.2)
    e.lay(f.disc(0.17, 0.4, 0.025), (0.8, 0.01, 0.11), round=0.9, detail=1.0)
    e.lay(f.box(0, -0.02, 0.74, 0.05), colour("stone"), round=0.3)


def _window(e: Easel, f: Frame, k: Look) -> None:
    night = e.palette.dim < 0.7
    e.lay(f.box(0, 0.5, 0.84, 1.0, 0.01), k.main, round=0.4)
    top, low = e.palette.sky, e.palette.glow
    for x in (-0.19, 0.19):
        for y in (0.27, 0.72):
            e.lay(
                f.box(x, y, 0.33, 0.41), mix(low, top, (y - 0.2) * 1.3), raw=True, round=0, line=0.5
            )
        if not night:
            e.lay(
                meet(f.box(x, 0.27, 0.33, 0.41), f.oval(x * 2.2, 0.02, 0.5, 0.3)),
                e.palette.far,
                raw=True,
                round=0,
                line=0,
            )
    for s in (-1.0, 1.0):
        e.lay(
            f.poly(
                (s * 0.46, 1.06),
                (s * 0.14, 1.06),
                (s * 0.2, 0.6),
                (s * 0.36, 0.2),
                (s * 0.47, 0.04),
                soft=True,
            ),
            k.accent,
            round=0.6,
            opacity=0.9,
        )
    e.lay(f.box(0, -0.02, 1.0, 0.06, 0.01), shift(k.main, 0.06), round=0.5)


def _stairs(e: Easel, f: Frame, k: Look) -> None:
    for i in range(7):
        y = 0.92 - i * 0.13
        x = 0.42 - i * 0.1
        e.lay(f.box(x * 0.5, y / 2, 0.36 + 0.13 * i, y), shift(k.main, -0.16 + 0.0 * i), round=0.1)
        e.lay(f.box(x * 0.5, y, 0.38 + 0.13 * i, 0.05), shift(k.main, 0.08), round=0.2)


def _fountain(e: Easel, f: Frame, k: Look) -> None:
    stone = k.main
    e.lay(f.oval(0, 0.1, 0.62, 0.14), shift(stone, -0.06), round=0.6)
    e.lay(f.oval(0, 0.15, 0.54, 0.09), (0.62, -0.05, -0.05), round=0.2)
    e.lay(f.limb((0, 0.12), (0, 0.55), 0.08, 0.05), stone, round=0.9)
    e.lay(f.oval(0, 0.55, 0.26, 0.07), stone, round=0.7)
    for i in range(7):
        x = (i - 3) * 0.12
        e.lay(
            f.ribbon(
                ((0, 0.6), (x * 0.6, 0.98 - abs(x) * 0.5), (x * 1.2, 0.7), (x * 1.35, 0.18)),
                0.014,
                0.022,
            ),
            (0.93, -0.02, -0.02),
            round=0.2,
            line=0,
            opacity=0.75,
        )


def _statue(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    raised = c.likely(0.6)
    e.lay(f.box(0, 0.03, 0.46, 0.06), shift(own, -0.1), round=0.3)
    e.lay(f.box(0, 0.16, 0.36, 0.2), shift(own, -0.04), round=0.3)
    e.lay(f.box(0, 0.265, 0.42, 0.03), own, round=0.3)
    robe = f.poly(
        (-0.15, 0.28), (0.16, 0.28), (0.11, 0.55), (0.1, 0.74), (-0.1, 0.74), (-0.11, 0.5),
        soft=True,
    )  # fmt: skip
    arms = [f.ribbon(((-0.09, 0.71), (-0.15, 0.6), (-0.08, 0.52)), 0.035, 0.028)]
    high = (0.17, 0.96) if raised else (0.13, 0.52)
    arms.append(f.ribbon(((0.09, 0.71), (0.15, 0.76 if raised else 0.6), high), 0.036, 0.026))
    head = f.oval(0.0, 0.83, 0.055, 0.068)
    neck = f.limb((0.0, 0.72), (0.0, 0.79), 0.03)
    e.lay(join(robe, neck, head, *arms, melt=0.02 * f.size), own, round=1.0)
    for x in (-0.06, 0.0, 0.06):  # folds of the robe
        fold = f.ribbon(((x * 0.6, 0.62), (x, 0.45), (x * 1.5, 0.29)), 0.008, 0.014)
        e.lay(fold, k.dark(0.12), round=0, line=0)
    for i in range(5):
        x = (i - 2) * 0.03
        e.lay(f.limb((x, 0.885), (x * 2.0, 0.935), 0.009, 0.004), own, round=0.4, line=0.2)
    if raised:
        e.lay(f.limb((0.17, 0.94), (0.17, 1.0), 0.02, 0.03), k.dark(0.06), round=0.8)
        e.lay(f.oval(0.17, 1.04, 0.025, 0.045), (0.86, 0.03, 0.15), raw=True, line=0.2)


def _grave(e: Easel, f: Frame, k: Look) -> None:
    e.lay(join(f.box(0, 0.35, 0.5, 0.7), f.disc(0, 0.7, 0.25)), k.main, round=0.5)
    e.lay(f.box(0, 0.03, 0.66, 0.1, 0.02), shift(k.main, -0.1), round=0.4)
    for i in range(4):
        e.lay(
            f.limb((-0.15, 0.62 - i * 0.11), (0.15 - 0.06 * (i % 2), 0.62 - i * 0.11), 0.012),
            shift(k.main, -0.2),
            line=0,
        )


DRAW: dict[str, Draw] = {
    "bridge": _bridge,
    "tent": _tent,
    "stall": _stall,
    "wall": _wall,
    "fence": _fence,
    "door": _door,
    "window": _window,
    "stairs": _stairs,
    "fountain": _fountain,
    "gravestone": _grave,
    "statue": _statue,
}
