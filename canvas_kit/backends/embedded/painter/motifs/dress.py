"""Hats, crowns, glasses and umbrellas; skins and hair."""

from __future__ import annotations

from ..easel import Easel
from ..palette import Lab, shift
from ..shapes import Frame, cut, join, meet
from .look import Look

__all__ = ["HAIR", "SKINS", "headgear", "umbrella"]

SKINS = ((0.80, 0.018, 0.045), (0.72, 0.026, 0.06), (0.60, 0.032, 0.065), (0.45, 0.03, 0.05),
          (0.36, 0.022, 0.035))  # fmt: skip


HAIR = ((0.22, 0.008, 0.01), (0.32, 0.02, 0.035), (0.45, 0.03, 0.06), (0.66, 0.01, 0.08),
         (0.48, 0.09, 0.08), (0.75, 0.0, 0.005))  # fmt: skip


def headgear(e: Easel, f: Frame, k: Look, x: float, y: float, r: float) -> None:
    """Hat, crown or glasses on a head of radius ``r`` centred at (x, y)."""
    for kind, own in k.wears.items():
        if kind == "hat":
            e.lay(
                join(
                    f.box(x, y + r * 1.15, r * 1.7, r * 1.0, r * 0.3),
                    f.oval(x, y + r * 0.68, r * 1.7, r * 0.26),
                    melt=r * f.size * 0.1,
                ),
                own,
            )
            e.lay(f.box(x, y + r * 0.82, r * 1.74, r * 0.2, r * 0.08), shift(own, -0.2))
        elif kind == "crown":
            e.lay(
                f.poly(
                    (x - r, y + r * 0.6),
                    (x - r * 1.1, y + r * 1.6),
                    (x - r * 0.5, y + r * 1.1),
                    (x, y + r * 1.75),
                    (x + r * 0.5, y + r * 1.1),
                    (x + r * 1.1, y + r * 1.6),
                    (x + r, y + r * 0.6),
                ),
                own,
            )
        elif kind in ("glasses", "mask"):
            for side in (-0.42, 0.42):
                e.lay(f.disc(x + side * r, y + r * 0.1, r * 0.34), shift(own, -0.3), round=0.2)
                e.lay(f.disc(x + side * r, y + r * 0.12, r * 0.22), (0.5, -0.02, -0.05), line=0)


def umbrella(e: Easel, f: Frame, own: Lab) -> None:
    """An open umbrella, held at the foot of its frame."""
    e.lay(f.limb((0, 0), (0, 0.9), 0.012), (0.25, 0.0, 0.0), line=0.2)
    dome = meet(f.oval(0, 0.62, 0.55, 0.36), f.box(0, 0.85, 1.2, 0.46))
    bites = [f.disc(x, 0.6, 0.09) for x in (-0.41, -0.205, 0.0, 0.205, 0.41)]
    e.lay(cut(dome, *bites), own, round=0.9)
    for x in (-0.25, 0.0, 0.25):
        e.lay(f.ribbon(((0, 0.98), (x * 0.75, 0.84), (x, 0.66)), 0.008), shift(own, -0.16), line=0)
