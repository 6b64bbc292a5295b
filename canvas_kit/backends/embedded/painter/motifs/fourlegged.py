"""Four-legged animals, all from one set of proportions."""

from __future__ import annotations

from dataclasses import replace

from ..easel import Easel
from ..palette import shift
from ..shapes import Frame, Shape, join, meet
from .animal_parts import Build, head, marks, tail
from .look import Draw, Look, colour

__all__ = ["BUILDS", "DRAW", "four_legs"]

BUILDS: dict[str, Build] = {
    "dog": Build(),
    "wolf": Build(tail="bush", mark="belly"),
    "fox": Build(back=0.55, tail="bush", mark="belly", muzzle=(0.67, 0.78), snout=0.04, body=0.14),
    "horse": Build(
        back=0.68,
        length=0.3,
        body=0.15,
        leg=0.042,
        hoof=0.026,
        neck=0.09,
        head=(0.5, 0.9),
        skull=0.078,
        muzzle=(0.65, 0.78),
        snout=0.052,
        tail="long",
        mane=True,
    ),
    "zebra": Build(
        back=0.68,
        length=0.3,
        body=0.15,
        leg=0.042,
        hoof=0.026,
        neck=0.09,
        head=(0.5, 0.9),
        skull=0.078,
        muzzle=(0.64, 0.79),
        snout=0.05,
        mark="stripes",
        mane=True,
    ),
    "cow": Build(
        back=0.72,
        length=0.46,
        body=0.22,
        leg=0.06,
        neck=0.12,
        head=(0.62, 0.78),
        skull=0.105,
        muzzle=(0.74, 0.68),
        snout=0.075,
        ears="side",
        horns="short",
        mark="patches",
    ),
    "sheep": Build(
        back=0.6,
        length=0.34,
        body=0.24,
        leg=0.04,
        head=(0.5, 0.72),
        skull=0.085,
        muzzle=(0.58, 0.64),
        snout=0.055,
        ears="side",
        tail="none",
        mark="wool",
    ),
    "pig": Build(
        back=0.58,
        length=0.4,
        body=0.25,
        leg=0.055,
        head=(0.52, 0.62),
        skull=0.14,
        muzzle=(0.67, 0.57),
        snout=0.075,
        ears="flop",
        tail="curl",
    ),
    "deer": Build(
        back=0.58,
        length=0.28,
        body=0.12,
        leg=0.034,
        hoof=0.022,
        neck=0.065,
        head=(0.4, 0.82),
        skull=0.065,
        muzzle=(0.5, 0.77),
        snout=0.035,
        horns="antlers",
        tail="stub",
    ),
    "elephant": Build(
        back=0.72,
        length=0.4,
        body=0.27,
        leg=0.1,
        hoof=0.09,
        neck=0.18,
        head=(0.5, 0.8),
        skull=0.19,
        muzzle=(0.6, 0.68),
        snout=0.1,
        ears="huge",
        tail="thin",
        trunk=True,
    ),
    "giraffe": Build(
        back=0.5,
        length=0.2,
        body=0.11,
        leg=0.03,
        hoof=0.024,
        neck=0.05,
        head=(0.34, 0.94),
        skull=0.05,
        muzzle=(0.43, 0.91),
        snout=0.035,
        horns="knobs",
        mark="giraffe",
    ),
    "tiger": Build(
        back=0.62,
        length=0.46,
        body=0.18,
        leg=0.07,
        neck=0.13,
        head=(0.6, 0.76),
        skull=0.14,
        muzzle=(0.69, 0.71),
        snout=0.075,
        ears="round",
        tail="lift",
        mark="stripes",
    ),
    "lion": Build(
        back=0.62,
        length=0.44,
        body=0.18,
        leg=0.068,
        neck=0.13,
        head=(0.56, 0.76),
        skull=0.13,
        muzzle=(0.65, 0.71),
        snout=0.072,
        ears="round",
        tail="tuft",
        mark="mane",
    ),
    "bear": Build(
        back=0.66,
        length=0.4,
        body=0.25,
        leg=0.095,
        hoof=0.085,
        neck=0.18,
        head=(0.56, 0.72),
        skull=0.15,
        muzzle=(0.68, 0.67),
        snout=0.075,
        ears="round",
        tail="none",
    ),
    "raccoon": Build(
        back=0.56,
        length=0.32,
        body=0.2,
        leg=0.055,
        head=(0.48, 0.68),
        skull=0.15,
        muzzle=(0.58, 0.63),
        snout=0.05,
        ears="up",
        tail="rings",
        mark="mask",
    ),
    "mouse": Build(
        back=0.42,
        length=0.26,
        body=0.24,
        leg=0.04,
        head=(0.42, 0.45),
        skull=0.16,
        muzzle=(0.57, 0.4),
        snout=0.05,
        ears="big",
        tail="lift",
    ),
}


def four_legs(e: Easel, f: Frame, k: Look, b: Build) -> None:
    """A four-legged animal in profile, looking right."""
    c, own = k.chance, k.main
    pull = b.length * 0.16  # foreshortened a little: seen from the side, bodies look like barrels
    b = replace(
        b, length=b.length - pull, head=(b.head[0] - pull, b.head[1]),
        muzzle=(b.muzzle[0] - pull, b.muzzle[1]),
    )  # fmt: skip
    length, back, body = b.length, b.back, b.body
    far = shift(own, -0.12)
    walk = c.between(0.02, 0.07) * c.side()
    for hind, move in ((True, -walk), (False, walk)):
        e.lay(_leg(f, b, hind, move + 0.05, 0.92), far, round=0.7)
    tail(e, f, k, b)
    if b.mark == "mane":
        e.lay(
            f.disc(b.head[0] - 0.05, b.head[1] - 0.02, b.skull * 1.75),
            colour("rust", -0.08),
            round=0.8,
        )
    chest = (length * 0.72, back - body * 0.06)
    neck = f.limb((chest[0] + 0.02, chest[1] + body * 0.3), b.head, b.neck * 1.45, b.neck * 0.85)
    trunk = join(
        f.disc(-length * 0.82, back + body * 0.04, body * 0.98),
        f.limb((-length * 0.8, back + body * 0.08), chest, body * 0.74, body * 0.9),
        f.oval(*chest, body * 0.95, body * 1.06), melt=0.09 * f.size,
    )  # fmt: skip
    near = [_leg(f, b, True, walk, 1.0), _leg(f, b, False, -walk, 1.0)]
    whole = join(trunk, neck, *near, melt=0.05 * f.size)
    e.lay(whole, own, round=0.95, along=True)
    e.lay(
        meet(trunk, f.oval(0.0, back - body * 1.25, length * 1.1, body * 0.75)),
        shift(own, -0.13),
        round=0,
        line=0,
        soft=body * 0.35 * f.size,
        opacity=0.6,
    )
    if b.hoof < b.leg * 0.8:
        for hind, move in ((True, walk), (False, -walk)):
            x = (-length * 0.98 if hind else length * 0.84) + move
            e.lay(f.oval(x + 0.012, 0.02, b.hoof * 1.3, 0.026), shift(own, -0.25, 0.5), line=0.2)
    marks(e, f, k, b, whole)
    if b.mane:
        hx, hy = b.head
        mane = shift(own, -0.22) if b.mark != "stripes" else (0.2, 0.0, 0.0)
        e.lay(
            f.ribbon(
                (
                    (hx + 0.01, hy + b.skull),
                    (hx - 0.12, hy - 0.02),
                    (chest[0] - 0.06, back + body * 1.15),
                ),
                0.03,
                0.042,
            ),
            mane,
        )
    head(e, f, k, b)


def _leg(f: Frame, b: Build, hind: bool, move: float, wide: float) -> Shape:
    """A leg with its joints: thigh and hock behind, elbow and wrist in front."""
    length, back, low = b.length, b.back, b.back - b.body * 0.5
    if hind:
        x = -length * 0.86
        thigh = f.limb(
            (x, back - b.body * 0.1),
            (x + 0.03 + move * 0.3, low * 0.66),
            b.leg * 2.1 * wide,
            b.leg * 1.15 * wide,
        )
        lower = f.ribbon(
            (
                (x + 0.03 + move * 0.3, low * 0.66),
                (x - 0.07 + move * 0.6, low * 0.42),
                (x - 0.04 + move, 0.03),
            ),
            b.leg * 1.1 * wide,
            b.hoof,
        )
        return join(thigh, lower, melt=0.03 * f.size)
    x = length * 0.82
    upper = f.limb(
        (x - 0.02, back - b.body * 0.2),
        (x + 0.01 + move * 0.4, low * 0.56),
        b.leg * 1.6 * wide,
        b.leg * 1.05 * wide,
    )
    lower = f.ribbon(
        (
            (x + 0.01 + move * 0.4, low * 0.56),
            (x + 0.02 + move * 0.7, low * 0.3),
            (x + 0.01 + move, 0.03),
        ),
        b.leg * 1.0 * wide,
        b.hoof,
    )
    return join(upper, lower, melt=0.03 * f.size)


def _standard(name: str) -> Draw:
    return lambda e, f, k: four_legs(e, f.frame(-0.06, 0.0, 1.0), k, BUILDS[name])


DRAW: dict[str, Draw] = {
    **{name: _standard(name) for name in BUILDS},
}
