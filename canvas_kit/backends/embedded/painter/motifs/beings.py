"""Those who only look like people."""

from __future__ import annotations

from ..easel import Easel
from ..palette import shift
from ..shapes import Frame, cut, join, meet
from .dress import headgear
from .look import Draw, Look, colour
from .people import figure

__all__ = ["DRAW"]


def _astronaut(e: Easel, f: Frame, k: Look) -> None:
    suit = k.main
    for side in (-1.0, 1.0):
        e.lay(f.limb((side * 0.09, 0.4), (side * 0.13, 0.06), 0.085, 0.075), suit, round=0.9)
        e.lay(f.ribbon(((side * 0.14, 0.68), (side * 0.27, 0.56), (side * 0.25, 0.42)), 0.07, 0.06),
              shift(suit, -0.04), round=0.9)  # fmt: skip
    e.lay(f.box(0, 0.56, 0.46, 0.34, 0.06), shift(suit, -0.18))
    e.lay(
        f.poly((-0.17, 0.72), (0.17, 0.72), (0.18, 0.36), (-0.18, 0.36), soft=True), suit, round=0.9
    )
    e.lay(f.box(0, 0.53, 0.17, 0.1, 0.02), k.accent)
    e.lay(f.disc(0, 0.84, 0.165), suit, round=1.0, detail=1.0)
    e.lay(f.oval(0.02, 0.84, 0.12, 0.105), (0.3, -0.02, -0.07), round=0.9, detail=1.0)
    e.lay(f.oval(-0.02, 0.875, 0.04, 0.022, 0.05), (0.9, 0.0, -0.02), raw=True, line=0)


def _robot(e: Easel, f: Frame, k: Look) -> None:
    c, body = k.chance, k.main
    joint = shift(body, -0.2, 0.6)
    for side in (-1.0, 1.0):
        e.lay(f.limb((side * 0.1, 0.38), (side * 0.11, 0.06), 0.035), joint)
        e.lay(f.box(side * 0.13, 0.035, 0.15, 0.07, 0.03), shift(body, -0.1))
        up = c.likely(0.35)
        hand = (side * 0.33, 0.72 if up else 0.36)
        e.lay(f.ribbon(((side * 0.18, 0.64), (side * 0.3, 0.54), hand), 0.032), joint)
        e.lay(cut(f.disc(*hand, 0.055), f.disc(hand[0], hand[1] + 0.03, 0.03)), shift(body, -0.1))
    e.lay(f.box(0, 0.53, 0.38, 0.34, 0.05), body, round=0.7)
    e.lay(f.box(0, 0.54, 0.22, 0.16, 0.02), shift(body, -0.22), round=0.2)
    for i, tint in enumerate((k.accent, k.second, (0.85, 0.0, 0.15))):
        e.lay(f.disc(-0.06 + i * 0.06, 0.54, 0.022), tint, detail=1.0)
    e.lay(f.limb((0, 0.68), (0, 0.76), 0.04), joint)
    e.lay(f.box(0, 0.84, 0.3, 0.2, 0.05), shift(body, 0.05), round=0.7, detail=1.0)
    for side in (-1.0, 1.0):
        e.lay(f.disc(side * 0.07, 0.855, 0.045), (0.2, 0.0, 0.0), round=0.3, detail=1.0)
        e.lay(f.disc(side * 0.07, 0.855, 0.028), (0.9, -0.04, 0.12), raw=True, line=0, detail=1.0)
    e.lay(f.box(0, 0.785, 0.13, 0.022, 0.01), joint, line=0.2)
    e.lay(f.limb((0, 0.93), (0, 1.0), 0.01), joint)
    e.lay(f.disc(0, 1.01, 0.026), k.accent)
    headgear(e, f, k, 0, 0.84, 0.13)


def _ghost(e: Easel, f: Frame, k: Look) -> None:
    body = f.poly(
        (-0.26, 0.05),
        (-0.25, 0.6),
        (-0.14, 0.92),
        (0.1, 0.96),
        (0.25, 0.66),
        (0.3, 0.1),
        (0.17, 0.17),
        (0.08, 0.02),
        (-0.04, 0.15),
        (-0.14, 0.0),
        soft=True,
    )
    e.lay(body, k.main, round=0.9, opacity=0.82)
    for x in (-0.05, 0.11):
        e.lay(f.oval(x, 0.68, 0.04, 0.065), (0.2, 0.0, -0.03), round=0.2, detail=1.0)
    e.lay(f.oval(0.03, 0.53, 0.04, 0.05), (0.25, 0.0, -0.03), round=0.2, line=0.3)


def _angel(e: Easel, f: Frame, k: Look) -> None:
    for side in (-1.0, 1.0):
        for i in range(4):
            tip = (side * (0.5 - i * 0.06), 0.98 - i * 0.2)
            e.lay(f.ribbon(((side * 0.06, 0.72), (side * 0.3, 0.9 - i * 0.12), tip), 0.05, 0.03),
                  shift(k.second, 0.25 - i * 0.05, 0.5), round=0.7)  # fmt: skip
    figure(e, f, k, "woman")
    e.lay(
        cut(f.oval(0, 1.04, 0.1, 0.03), f.oval(0, 1.04, 0.075, 0.016)), (0.88, 0.0, 0.14), raw=True
    )


def _monster(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    arms = [
        f.ribbon(((s * 0.24, 0.55), (s * 0.42, 0.45), (s * 0.4, c.between(0.2, 0.75))), 0.07, 0.045)
        for s in (-1.0, 1.0)
    ]
    legs = [f.limb((s * 0.14, 0.25), (s * 0.17, 0.04), 0.1, 0.08) for s in (-1.0, 1.0)]
    horns = [f.ribbon(((s * 0.16, 0.88), (s * 0.26, 0.98), (s * 0.24, 1.08)), 0.045, 0.01)
             for s in (-1.0, 1.0)]  # fmt: skip
    for horn in horns:
        e.lay(horn, shift(k.second, 0.2))
    e.lay(join(f.oval(0, 0.56, 0.32, 0.4), *arms, *legs, melt=0.07 * f.size), own, round=0.9)
    e.lay(
        f.oval(0.0, 0.38, 0.2, 0.18), shift(own, 0.12, 0.7), round=0.4, line=0, soft=0.04 * f.size
    )
    eyes = c.pick(((0.0,), (-0.1, 0.1), (-0.16, 0.0, 0.16)))
    for x in eyes:
        r = 0.1 if len(eyes) == 1 else 0.065
        e.lay(f.disc(x, 0.76, r), (0.94, 0.0, 0.02), round=0.5, detail=1.0)
        e.lay(f.disc(x + 0.015, 0.75, r * 0.5), (0.18, 0.0, 0.0), round=0.2, line=0, detail=1.0)
    e.lay(meet(f.oval(0, 0.6, 0.16, 0.1), f.box(0, 0.54, 0.4, 0.12)), (0.22, 0.06, 0.02), round=0.2)
    for i in range(4):
        x = -0.09 + i * 0.06
        e.lay(f.poly((x - 0.022, 0.6), (x + 0.022, 0.6), (x, 0.555)), (0.95, 0.0, 0.03), line=0)


def _snowman(e: Easel, f: Frame, k: Look) -> None:
    white = k.main
    for y, r in ((0.22, 0.24), (0.56, 0.175), (0.82, 0.125)):
        e.lay(f.disc(0, y, r), white, round=1.0)
    for y in (0.5, 0.6):
        e.lay(f.disc(0.03, y, 0.02), (0.2, 0.0, 0.0), line=0)
    for x in (-0.03, 0.06):
        e.lay(f.disc(x, 0.86, 0.017), (0.16, 0.0, 0.0), line=0, detail=1.0)
    e.lay(f.poly((0.0, 0.83), (0.02, 0.79), (0.18, 0.79)), (0.68, 0.1, 0.13), detail=1.0)
    for s in (-1.0, 1.0):
        e.lay(
            f.ribbon(((s * 0.15, 0.6), (s * 0.32, 0.68), (s * 0.4, 0.76)), 0.014), (0.3, 0.02, 0.03)
        )
    e.lay(f.oval(0, 0.7, 0.13, 0.035), k.accent)
    e.lay(
        join(f.box(0, 0.99, 0.16, 0.14, 0.02), f.box(0, 0.92, 0.27, 0.03, 0.01)), (0.24, 0.0, -0.01)
    )


def _scarecrow(e: Easel, f: Frame, k: Look) -> None:
    e.lay(f.limb((0, 0), (0, 0.7), 0.02), colour("wood"))
    e.lay(f.limb((-0.38, 0.66), (0.38, 0.66), 0.02), colour("wood"))
    e.lay(
        f.poly(
            (-0.36, 0.72),
            (0.36, 0.72),
            (0.36, 0.58),
            (0.14, 0.58),
            (0.17, 0.28),
            (-0.17, 0.26),
            (-0.14, 0.58),
            (-0.36, 0.58),
        ),
        k.main,
        round=0.6,
    )
    e.lay(f.disc(0, 0.82, 0.1), colour("beige"), round=0.9, detail=1.0)
    e.lay(
        join(f.oval(0, 0.88, 0.2, 0.04), f.poly((-0.1, 0.88), (0.1, 0.88), (0.03, 1.04))),
        colour("ochre", -0.1),
    )
    for x in (-0.035, 0.04):
        e.lay(f.disc(x, 0.83, 0.014), (0.2, 0.0, 0.0), line=0)


DRAW: dict[str, Draw] = {
    "astronaut": _astronaut,
    "robot": _robot,
    "ghost": _ghost,
    "angel": _angel,
    "monster": _monster,
    "snowman": _snowman,
    "scarecrow": _scarecrow,
}
