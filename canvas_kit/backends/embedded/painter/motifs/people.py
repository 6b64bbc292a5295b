"""People, alone and in crowds."""

from __future__ import annotations

from ..easel import Easel
from ..palette import mix, shift
from ..shapes import Frame, cut, join
from .dress import HAIR, SKINS, headgear, umbrella
from .look import Draw, Look, colour

__all__ = ["DRAW", "figure"]


def figure(e: Easel, f: Frame, k: Look, kind: str) -> None:
    """A standing person, one unit high: ``man``, ``woman``, ``child`` or ``person``."""
    c = k.chance
    skin, hair = c.pick(SKINS), c.pick(HAIR)
    coat = k.wears.get("shirt", k.main)
    below = k.second if kind != "man" else shift(mix(k.second, (0.3, 0.0, -0.02), 0.6), -0.06)
    shoes = (0.22, 0.01, 0.01)
    stride = c.between(0.02, 0.07)
    lean = c.between(-0.015, 0.015)
    head = 0.075 if kind != "child" else 0.105
    top = 0.915 if kind != "child" else 0.87
    skirt = kind == "woman" or (kind in ("child", "person") and c.likely(0.4))
    for side in (-1.0, 1.0):
        foot = side * (0.05 + stride)
        leg = skin if skirt and c.likely(0.5) else below
        e.lay(f.limb((side * 0.05, 0.47), (foot, 0.03), 0.052, 0.03), leg, line=0.4)
        e.lay(f.oval(foot + 0.015, 0.018, 0.042, 0.022), shoes, line=0.3)
    swing = c.between(-0.06, 0.06)
    e.lay(
        f.ribbon(((-0.10, 0.77), (-0.155 - swing, 0.62), (-0.13 - swing * 2, 0.47)), 0.036, 0.026),
        shift(coat, -0.05),
    )
    if skirt:
        hem = c.between(0.14, 0.2)
        e.lay(
            f.poly(
                (-0.085 + lean, 0.82),
                (0.085 + lean, 0.82),
                (0.075, 0.62),
                (hem, 0.22),
                (0, 0.19),
                (-hem, 0.22),
                (-0.075, 0.62),
                soft=True,
            ),
            coat,
            round=0.8,
        )
    else:
        e.lay(
            f.poly(
                (-0.10 + lean, 0.83),
                (0.10 + lean, 0.83),
                (0.125, 0.62),
                (0.13, 0.42),
                (-0.13, 0.42),
                (-0.125, 0.62),
                soft=True,
            ),
            coat,
            round=0.8,
        )
    if c.likely(0.35):
        e.lay(f.box(0, 0.6, 0.16, 0.028, 0.01), shift(coat, -0.2), line=0.1)
    e.lay(f.ribbon(((0.105, 0.77), (0.16 + swing, 0.62), (0.135 + swing * 2, 0.48)), 0.037, 0.027),
          coat)  # fmt: skip
    e.lay(f.disc(0.135 + swing * 2, 0.465, 0.026), skin, line=0.3)
    e.lay(f.limb((lean, 0.8), (lean, 0.87), 0.032), skin, line=0.0)
    x = lean
    if kind == "woman" or (kind == "child" and c.likely(0.5)):
        e.lay(f.oval(x - 0.008, top - head * 0.35, head * 1.12, head * 1.45), hair)
    e.lay(f.oval(x, top, head * 0.82, head), skin, round=0.9, detail=1.0)
    e.lay(
        cut(
            f.oval(x, top + head * 0.2, head * 0.98, head * 0.95),
            f.oval(x + head * 0.2, top - head * 0.42, head * 0.85, head * 1.0),
        ),
        hair,
        line=0.4,
    )
    if head * f.size * e.scale > 9:
        for side in (-0.15, 0.45):
            e.lay(
                f.disc(x + side * head, top - head * 0.08, head * 0.1),
                (0.2, 0.0, 0.0),
                line=0,
                detail=1.0,
            )
        e.lay(
            f.oval(x + head * 0.2, top - head * 0.48, head * 0.2, head * 0.07),
            (0.5, 0.09, 0.04),
            line=0,
            detail=1.0,
        )
    headgear(e, f, k, x, top, head)
    if not k.wears and c.likely(0.2):
        hat = shift(k.accent, -0.1)
        e.lay(
            join(
                f.oval(x, top + head * 0.62, head * 1.5, head * 0.22),
                f.oval(x, top + head * 0.85, head * 0.8, head * 0.5),
            ),
            hat,
        )
    if "umbrella" in k.wears:
        umbrella(e, f.frame(0.16, 0.5, 0.62), k.wears["umbrella"])
    if "bag" in k.wears:
        e.lay(f.box(0.17, 0.36, 0.13, 0.12, 0.03), k.wears["bag"])


def _crowd(e: Easel, f: Frame, k: Look) -> None:
    c = k.chance
    tints = (k.main, k.second, k.accent, colour("charcoal", 0.08), colour("cream", -0.1))
    for row in range(3):
        depth = e.depth
        e.depth = min(1.0, depth + (2 - row) * 0.14)
        for i in range(9):
            x = (i - 4 + c.between(-0.35, 0.35)) * 0.31 + row * 0.12
            own = Look(shift(c.pick(tints), c.between(-0.1, 0.1)), c.pick(tints), c.pick(tints), c)
            size = (0.62 + row * 0.19) * c.between(0.9, 1.1)
            figure(e, f.frame(x, (2 - row) * 0.2, size), own, c.pick(("man", "woman", "child")))
        e.depth = depth


def _of(kind: str) -> Draw:
    return lambda e, f, k: figure(e, f, k, kind)


DRAW: dict[str, Draw] = {
    "person": _of("person"),
    "man": _of("man"),
    "woman": _of("woman"),
    "child": _of("child"),
    "crowd": _crowd,
}
