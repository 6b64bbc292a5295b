"""Houses, towers and temples."""

from __future__ import annotations

from ..easel import Easel
from ..palette import Lab, shift
from ..shapes import Frame, join, meet
from .look import Draw, Look, colour

__all__ = ["DRAW"]

GLASS: Lab = (0.42, -0.02, -0.05)


LIT: Lab = (0.87, 0.02, 0.13)


def _pane(e: Easel, f: Frame, x: float, y: float, w: float, h: float, lit: bool) -> None:
    """A window: lit ones glow, whatever the light of the picture."""
    if lit:
        e.lay(f.box(x, y, w, h), LIT, raw=True, round=0, line=0.5, detail=1.0)
    else:
        e.lay(f.box(x, y, w, h), GLASS, round=0, line=0.5)


def _night(e: Easel) -> float:
    """How likely a window is lit in this light."""
    return 0.75 if e.palette.dim < 0.8 else 0.06


def _house(e: Easel, f: Frame, k: Look) -> None:
    c, wall = k.chance, k.main
    w = c.between(0.42, 0.56)
    eaves, ridge = c.between(0.46, 0.56), c.between(0.9, 1.0)
    roof = k.second
    deep = c.between(0.22, 0.34)
    e.lay(
        f.poly((w, 0), (w + deep, 0.03), (w + deep, eaves + 0.02), (w, eaves)),
        shift(wall, -0.13),
        round=0.2,
    )
    e.lay(f.box(-w * 0.45, ridge - 0.02, 0.11, 0.3), colour("brick", -0.05), round=0.4)
    e.lay(f.box(-w * 0.45, ridge + 0.13, 0.14, 0.035), colour("brick", -0.15), round=0.3)
    e.lay(f.poly((-w, 0), (w, 0), (w, eaves), (0, ridge), (-w, eaves)), wall, round=0.25)
    e.lay(
        f.poly(
            (0, ridge + 0.03),
            (deep, ridge + 0.05),
            (w + deep + 0.07, eaves),
            (w + 0.06, eaves - 0.05),
        ),
        roof,
        round=0.3,
    )
    for i in range(4):
        t = (i + 1) / 5
        x0, y0 = w * 1.06 * t, ridge + (eaves - ridge) * t
        e.lay(f.limb((x0, y0), (x0 + deep, y0 + 0.03), 0.008), shift(roof, -0.1), line=0, round=0)
    e.lay(
        f.ribbon(((-w - 0.07, eaves - 0.06), (0, ridge + 0.03)), 0.028),
        shift(roof, 0.05),
        round=0.4,
    )
    e.lay(
        f.ribbon(((0, ridge + 0.03), (w + 0.06, eaves - 0.05)), 0.028),
        shift(roof, -0.04),
        round=0.4,
    )
    door = c.between(-0.1, 0.12)
    e.lay(f.box(door, 0.15, 0.17, 0.3, 0.01), k.accent, round=0.2)
    e.lay(f.disc(door + 0.055, 0.15, 0.012), (0.8, 0.01, 0.1), line=0)
    lit = _night(e)
    for x in (-w * 0.62, w * 0.62):
        for y in (0.3,) if eaves < 0.5 else (0.32,):
            on = c.likely(lit)
            e.lay(f.box(x, y, 0.2, 0.22), shift(wall, 0.16, 0.3), round=0.2)
            for dx in (-0.045, 0.045):
                for dy in (-0.05, 0.05):
                    _pane(e, f, x + dx, y + dy, 0.075, 0.085, on)
    _pane(e, f, 0, eaves + 0.13, 0.13, 0.15, c.likely(lit))


def _church(e: Easel, f: Frame, k: Look) -> None:
    wall, roof = k.main, k.second
    e.lay(f.poly((0.1, 0), (0.62, 0.02), (0.62, 0.34), (0.1, 0.33)), shift(wall, -0.07), round=0.2)
    e.lay(f.poly((0.05, 0.33), (0.66, 0.33), (0.58, 0.54), (0.05, 0.56)), roof, round=0.3)
    for x in (0.22, 0.36, 0.5):
        window = join(f.box(x, 0.17, 0.06, 0.14), f.disc(x, 0.24, 0.03))
        e.lay(window, LIT if e.palette.dim < 0.8 else GLASS, raw=e.palette.dim < 0.8, round=0)
    e.lay(f.box(-0.08, 0.3, 0.34, 0.6), wall, round=0.4)
    e.lay(f.poly((-0.28, 0.59), (0.12, 0.59), (-0.08, 0.97)), roof, round=0.4)
    e.lay(f.limb((-0.08, 0.96), (-0.08, 1.06), 0.01), (0.3, 0, 0))
    e.lay(f.limb((-0.115, 1.02), (-0.045, 1.02), 0.01), (0.3, 0, 0))
    e.lay(join(f.box(-0.08, 0.08, 0.13, 0.16), f.disc(-0.08, 0.16, 0.065)), k.accent, round=0.2)
    e.lay(f.disc(-0.08, 0.46, 0.06), (0.93, 0, 0.03), round=0.2)
    e.lay(f.limb((-0.08, 0.46), (-0.05, 0.49), 0.008), (0.2, 0, 0), line=0)


def _castle(e: Easel, f: Frame, k: Look) -> None:
    c, wall = k.chance, k.main

    def keep(x: float, w: float, h: float, roofed: bool) -> None:
        tint = shift(wall, c.between(-0.06, 0.05))
        e.lay(f.box(x, h / 2, w, h), tint, round=0.7)
        if roofed:
            e.lay(
                f.poly((x - w * 0.66, h), (x + w * 0.66, h), (x, h + w * 1.5)), k.second, round=0.6
            )
            e.lay(
                f.poly((x, h + w * 1.75), (x + w * 0.5, h + w * 1.66), (x, h + w * 1.55)), k.accent
            )
        else:
            for i in range(4):
                e.lay(f.box(x + (i - 1.5) * w * 0.29, h + 0.02, w * 0.16, 0.06), tint, round=0.3)
        for i in range(2):
            lit = c.likely(_night(e))
            e.lay(
                join(
                    f.box(x, h * (0.5 + 0.28 * i), 0.032, 0.06),
                    f.disc(x, h * (0.5 + 0.28 * i) + 0.03, 0.016),
                ),
                LIT if lit else (0.25, 0, -0.02),
                raw=lit,
                round=0,
                line=0.2,
            )

    keep(-0.2, 0.18, 0.68, True)
    keep(0.22, 0.22, 0.6, False)
    e.lay(f.box(0, 0.18, 0.95, 0.36), shift(wall, -0.03), round=0.2)
    for i in range(12):
        e.lay(f.box(-0.44 + i * 0.08, 0.38, 0.045, 0.06), wall, round=0.2)
    keep(-0.47, 0.19, 0.5, True)
    keep(0.48, 0.17, 0.46, True)
    e.lay(join(f.box(0, 0.1, 0.17, 0.2), f.disc(0, 0.2, 0.085)), (0.25, 0.01, 0.02), round=0.2)


def _tower(e: Easel, f: Frame, k: Look) -> None:
    c, wall = k.chance, k.main
    e.lay(f.poly((-0.15, 0), (0.15, 0), (0.115, 0.78), (-0.115, 0.78)), wall, round=0.85)
    for i in range(5):
        lit = c.likely(_night(e))
        e.lay(
            f.box(c.between(-0.05, 0.05), 0.12 + i * 0.13, 0.035, 0.06),
            LIT if lit else (0.25, 0, -0.02),
            raw=lit,
            round=0,
            line=0.3,
        )
    e.lay(f.box(0, 0.8, 0.31, 0.06, 0.01), shift(wall, -0.08), round=0.5)
    e.lay(f.box(0, 0.86, 0.22, 0.08), wall, round=0.6)
    e.lay(f.poly((-0.17, 0.9), (0.17, 0.9), (0, 1.1)), k.second, round=0.6)
    e.lay(f.disc(0, 0.66, 0.07), (0.93, 0, 0.03), round=0.2)
    e.lay(f.ribbon(((0, 0.71), (0, 0.66), (0.035, 0.65)), 0.008), (0.2, 0, 0), line=0)


def _eiffel(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    for s in (-1.0, 1.0):
        e.lay(
            f.ribbon(((s * 0.3, 0), (s * 0.14, 0.28), (s * 0.06, 0.55), (0, 1.0)), 0.045, 0.01),
            own,
            round=0.5,
        )
        for i in range(6):
            y = 0.08 + i * 0.12
            x = 0.24 * (1 - y) * (1 - y) + 0.02
            e.lay(f.limb((-s * x, y), (s * x * 0.8, y + 0.09), 0.007), shift(own, -0.08), line=0)
    for y, w in ((0.24, 0.34), (0.46, 0.2), (0.78, 0.08)):
        e.lay(f.box(0, y, w, 0.03), shift(own, -0.06), round=0.3)


def _skyscraper(e: Easel, f: Frame, k: Look) -> None:
    c, wall = k.chance, k.main
    w = c.between(0.24, 0.36)
    top = c.between(0.85, 1.0)
    side = w * 0.42
    step = c.likely(0.5)
    e.lay(
        f.poly((w / 2, 0), (w / 2 + side, 0.02), (w / 2 + side, top - 0.03), (w / 2, top)),
        shift(wall, -0.15),
        round=0.1,
    )
    e.lay(f.box(0, top / 2, w, top), wall, round=0.15)
    if step:
        e.lay(f.box(0, top + 0.04, w * 0.6, 0.08), shift(wall, -0.05), round=0.2)
        e.lay(f.limb((0, top + 0.08), (0, top + 0.2), 0.012, 0.004), (0.4, 0, 0))
    rows, columns = 9, 4
    lit = _night(e)
    for row in range(rows):
        for i in range(columns):
            x, y = (i - (columns - 1) / 2) * w / (columns + 0.3), 0.07 + row * (top - 0.1) / rows
            on = c.likely(lit * 0.7)
            e.lay(
                f.box(x, y, w * 0.13, top * 0.055),
                LIT if on else GLASS,
                raw=on,
                round=0,
                line=0.15,
                variety=1.6,
            )
    for row in range(0 if c.likely(0.3) else rows):
        y = 0.07 + row * (top - 0.1) / rows
        e.lay(
            f.limb((w / 2 + side * 0.2, y), (w / 2 + side * 0.8, y + 0.01), 0.014),
            shift(GLASS, -0.08),
            round=0,
            line=0,
        )


def _lighthouse(e: Easel, f: Frame, k: Look) -> None:
    e.lay(
        f.poly((-0.42, -0.03), (-0.3, 0.06), (-0.12, 0.08), (0.2, 0.06), (0.42, -0.03), soft=True),
        colour("stone", -0.2),
        round=0.7,
    )
    shaft = f.poly((-0.145, 0.03), (0.145, 0.03), (0.085, 0.76), (-0.085, 0.76))
    e.lay(shaft, k.main, round=0.95)
    pale = shift(k.second, 0.0) if k.asked else colour("white", -0.03)
    for y in (0.22, 0.5):
        e.lay(
            meet(shaft, f.box(0, y, 0.5, 0.135)),
            pale,
            round=0.9,
            line=0.2,
            depth_of_form=0.09 * f.size,
        )
    for y, on in ((0.14, 0), (0.4, 1)):
        e.lay(
            join(f.box(0.02, y, 0.035, 0.05), f.disc(0.02, y + 0.025, 0.0175)),
            LIT if on and e.palette.dim < 0.85 else (0.25, 0, -0.02),
            raw=bool(on) and e.palette.dim < 0.85,
            round=0,
            line=0.2,
        )
    e.lay(f.box(0, 0.775, 0.27, 0.035, 0.01), (0.25, 0, -0.01), round=0.4)
    e.lay(f.box(0, 0.845, 0.125, 0.11), (0.9, 0.01, 0.1), raw=True, round=0.4)
    for x in (-0.062, 0.0, 0.062):
        e.lay(f.limb((x, 0.79), (x, 0.9), 0.007), (0.25, 0, 0), line=0)
    e.lay(f.poly((-0.1, 0.9), (0.1, 0.9), (0.0, 1.01)), shift(k.main, -0.1), round=0.6)
    e.lay(f.disc(0, 1.015, 0.018), (0.3, 0, 0))
    if e.palette.dim < 0.95:
        for s in (-1.0, 1.0):
            e.lay(
                f.poly((s * 0.05, 0.85), (s * 1.5, 1.08), (s * 1.5, 0.72)),
                (0.94, 0.0, 0.09),
                raw=True,
                round=0,
                line=0,
                soft=0.05 * f.size,
                opacity=0.22,
                variety=0,
            )
        e.lay(
            f.disc(0, 0.845, 0.16),
            (0.95, 0.0, 0.1),
            raw=True,
            round=0,
            line=0,
            soft=0.12 * f.size,
            opacity=0.55,
        )


def _windmill(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    e.lay(f.poly((-0.2, 0), (0.2, 0), (0.12, 0.62), (-0.12, 0.62)), k.main, round=0.9)
    e.lay(join(f.box(0, 0.12, 0.09, 0.24), f.disc(0, 0.24, 0.045)), k.accent, round=0.2)
    for y in (0.38, 0.5):
        _pane(e, f, 0.0, y, 0.055, 0.065, c.likely(_night(e)))
    e.lay(
        f.poly((-0.15, 0.61), (0.15, 0.61), (0.1, 0.74), (0.0, 0.79), (-0.1, 0.74), soft=True),
        k.second,
        round=0.7,
    )
    base = c.between(0.0, 0.25)
    for i in range(4):
        blade = f.frame(0.0, 0.68, 0.5, turn=base + i * 0.25)
        e.lay(blade.limb((0, 0), (0, 0.98), 0.016), colour("wood", -0.1), line=0.3)
        e.lay(
            blade.poly((0.01, 0.24), (0.17, 0.24), (0.17, 0.97), (0.01, 0.97)),
            colour("cream", -0.04),
            round=0.2,
        )
        for j in range(4):
            e.lay(
                blade.limb((0.02, 0.34 + j * 0.17), (0.17, 0.34 + j * 0.17), 0.008),
                colour("wood"),
                line=0,
            )
    e.lay(f.disc(0, 0.68, 0.03), (0.3, 0.01, 0.02))


def _pyramid(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    e.lay(f.poly((-0.85, 0), (0.25, 0), (0, 0.95)), own, round=0.15)
    e.lay(f.poly((0.25, 0), (0.85, 0.06), (0, 0.95)), shift(own, -0.2), round=0.15)
    for i in range(7):
        y = 0.1 + i * 0.115
        x0, x1 = -0.85 + y * 0.89, 0.25 - y * 0.26
        e.lay(f.limb((x0, y), (x1, y), 0.006), shift(own, -0.08), line=0, round=0, opacity=0.7)


def _temple(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    for i, w in enumerate((1.5, 1.4)):
        e.lay(f.box(0, 0.04 + i * 0.06, w, 0.07), shift(own, -0.05 * i), round=0.3)
    e.lay(f.box(0, 0.36, 1.2, 0.5), shift(own, -0.3), round=0.1)
    for i in range(6):
        x = -0.58 + i * 0.232
        e.lay(f.box(x, 0.37, 0.095, 0.46), own, round=1.0, depth_of_form=0.04 * f.size)
        e.lay(f.box(x, 0.61, 0.14, 0.04), shift(own, 0.05), round=0.4)
    e.lay(f.box(0, 0.67, 1.36, 0.09), own, round=0.3)
    e.lay(f.poly((-0.74, 0.715), (0.74, 0.715), (0, 0.97)), shift(own, 0.03), round=0.3)
    e.lay(f.poly((-0.52, 0.745), (0.52, 0.745), (0, 0.92)), shift(own, -0.14), round=0.2, line=0.3)


def _factory(e: Easel, f: Frame, k: Look) -> None:
    c, wall = k.chance, k.main
    for x, h in ((-0.4, 0.95), (-0.22, 0.8)):
        e.lay(
            f.poly((x - 0.06, 0.2), (x + 0.06, 0.2), (x + 0.04, h), (x - 0.04, h)),
            shift(wall, -0.05),
            round=0.9,
        )
        for i in range(5):
            e.lay(
                f.disc(x + 0.08 + i * 0.12, h + 0.08 + i * 0.07, 0.07 + i * 0.03),
                (0.75, 0, 0),
                round=0.6,
                line=0,
                soft=0.05 * f.size,
                opacity=0.55,
            )
    e.lay(f.box(0.1, 0.2, 1.3, 0.4), wall, round=0.2)
    for i in range(3):
        x = -0.06 + i * 0.27
        e.lay(f.poly((x - 0.13, 0.4), (x + 0.14, 0.4), (x + 0.14, 0.56)), k.second, round=0.2)
    for i in range(6):
        _pane(e, f, -0.4 + i * 0.2, 0.22, 0.11, 0.14, c.likely(_night(e)))


DRAW: dict[str, Draw] = {
    "house": _house,
    "church": _church,
    "castle": _castle,
    "tower": _tower,
    "eiffel": _eiffel,
    "skyscraper": _skyscraper,
    "lighthouse": _lighthouse,
    "windmill": _windmill,
    "pyramid": _pyramid,
    "temple": _temple,
    "factory": _factory,
}
