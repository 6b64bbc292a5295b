"""Cats and dogs, who would rather sit."""

from __future__ import annotations

from dataclasses import replace

from ..easel import Easel
from ..palette import shift
from ..shapes import Frame, join, meet
from .animal_parts import Build, dot_eye
from .dress import headgear
from .fourlegged import BUILDS, four_legs
from .look import Draw, Look

__all__ = ["DRAW"]


def _cat(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    if c.likely(0.15):
        build = Build(
            back=0.56,
            length=0.36,
            body=0.15,
            leg=0.045,
            head=(0.5, 0.74),
            skull=0.14,
            muzzle=(0.57, 0.7),
            snout=0.055,
            ears="up",
            tail="lift",
            mark="",
        )
        four_legs(e, f, k, build)
        return
    belly = shift(own, 0.2, 0.35)
    e.lay(
        f.ribbon(((-0.2, 0.1), (-0.42, 0.08), (-0.5, 0.24), (-0.4, 0.36)), 0.05, 0.035),
        shift(own, -0.05),
    )
    body = join(
        f.oval(-0.04, 0.27, 0.27, 0.27),
        f.oval(0.03, 0.5, 0.17, 0.24),
        f.oval(0.16, 0.07, 0.1, 0.06),
        f.oval(-0.12, 0.06, 0.14, 0.06),
        melt=0.09 * f.size,
    )
    e.lay(body, own, round=0.95, along=True)
    for i in range(5 if c.likely(0.6) else 0):
        y = 0.18 + i * 0.09
        band = f.ribbon(((-0.36, y - 0.02), (-0.2, y + 0.04), (-0.1, y)), 0.02, 0.008)
        e.lay(meet(body, band), shift(own, -0.16), round=0, line=0)
    e.lay(f.oval(0.1, 0.42, 0.085, 0.17), belly, round=0.3, line=0, soft=0.03 * f.size)
    for x in (0.07, 0.18):
        e.lay(f.limb((x, 0.35), (x + 0.01, 0.05), 0.052, 0.042), own, round=0.7, line=0.3)
    hx, hy = 0.07, 0.76
    for x, tip in ((hx - 0.1, hx - 0.16), (hx + 0.1, hx + 0.16)):
        e.lay(
            f.poly((x - 0.075, hy + 0.08), (x + 0.075, hy + 0.08), (tip, hy + 0.27)), own, round=0.4
        )
        e.lay(
            f.poly((x - 0.035, hy + 0.1), (x + 0.035, hy + 0.1), (tip, hy + 0.21)),
            (0.68, 0.07, 0.03),
            line=0,
        )
    e.lay(
        join(f.oval(hx, hy, 0.175, 0.15), f.oval(hx, hy - 0.06, 0.12, 0.085), melt=0.04 * f.size),
        own,
        round=0.9,
        detail=1.0,
    )
    e.lay(f.oval(hx, hy - 0.07, 0.08, 0.055), belly, round=0.4, line=0, soft=0.02 * f.size)
    iris = c.pick(((0.82, -0.05, 0.15), (0.72, -0.1, 0.08), (0.7, -0.05, -0.08)))
    for s in (-1.0, 1.0):
        e.lay(
            f.oval(hx + s * 0.072, hy + 0.015, 0.04, 0.034), iris, round=0.2, line=0.7, detail=1.0
        )
        e.lay(
            f.oval(hx + s * 0.07, hy + 0.015, 0.013, 0.03), (0.1, 0, 0), round=0, line=0, detail=1.0
        )
        for dy in (0.0, 0.025):
            e.lay(
                f.limb(
                    (hx + s * 0.06, hy - 0.07 + dy * 0.3),
                    (hx + s * 0.23, hy - 0.08 + dy * 1.6),
                    0.004,
                    0.002,
                ),
                (0.9, 0, 0),
                line=0,
            )
    e.lay(
        f.poly((hx - 0.022, hy - 0.035), (hx + 0.022, hy - 0.035), (hx, hy - 0.06)),
        (0.6, 0.1, 0.04),
        line=0.2,
    )
    headgear(e, f, k, hx, hy, 0.15)


def _dog(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    if c.likely(0.45):
        ears = c.pick(("up", "flop"))
        four_legs(e, f, k, replace(BUILDS["dog"], ears=ears, mark=c.pick(("", "belly"))))
        return
    e.lay(f.ribbon(((-0.22, 0.12), (-0.4, 0.14), (-0.46, 0.3)), 0.045, 0.02), own)
    body = join(
        f.oval(-0.08, 0.24, 0.24, 0.24),
        f.oval(0.05, 0.46, 0.17, 0.26),
        f.oval(-0.14, 0.06, 0.17, 0.06),
        melt=0.09 * f.size,
    )
    e.lay(body, own, round=0.95)
    for x in (0.06, 0.17):
        e.lay(f.limb((x, 0.4), (x + 0.01, 0.06), 0.06, 0.045), own, round=0.7, line=0.3)
        e.lay(f.oval(x + 0.03, 0.04, 0.06, 0.035), shift(own, 0.08), line=0.3)
    e.lay(
        f.oval(0.13, 0.46, 0.085, 0.14),
        shift(own, 0.22, 0.35),
        round=0.4,
        line=0,
        soft=0.03 * f.size,
    )
    hx, hy = 0.1, 0.78
    e.lay(
        join(
            f.disc(hx, hy, 0.145),
            f.limb((hx + 0.06, hy - 0.04), (hx + 0.2, hy - 0.07), 0.09, 0.06),
            melt=0.05 * f.size,
        ),
        own,
        round=0.9,
        detail=1.0,
    )
    for s in (-1.0, 1.0):
        e.lay(f.poly((hx + s * 0.08 - 0.04, hy + 0.13), (hx + s * 0.17 - 0.05, hy + 0.1),
                     (hx + s * 0.2 - 0.06, hy - 0.12), (hx + s * 0.12 - 0.05, hy - 0.1), soft=True),
              shift(own, -0.13), round=0.6)  # fmt: skip
    e.lay(f.oval(hx + 0.24, hy - 0.045, 0.034, 0.027), (0.15, 0, 0), detail=1.0)
    dot_eye(e, f, hx + 0.08, hy + 0.04, 0.02)
    dot_eye(e, f, hx - 0.03, hy + 0.04, 0.02)
    e.lay(
        f.ribbon(((hx + 0.24, hy - 0.08), (hx + 0.18, hy - 0.12), (hx + 0.11, hy - 0.1)), 0.006),
        (0.2, 0, 0),
        line=0,
    )
    e.lay(f.ribbon(((-0.03, 0.64), (0.09, 0.62), (0.2, 0.66)), 0.018), k.accent)
    headgear(e, f, k, hx, hy, 0.14)


DRAW: dict[str, Draw] = {
    "cat": _cat,
    "dog": _dog,
}
