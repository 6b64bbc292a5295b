"""Animals: four-legged ones from one set of proportions, the others each by themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..easel import Easel
from ..palette import Lab, mix, shift
from ..shapes import Frame, Point, Shape, cut, join, meet
from .look import Draw, Look, colour
from .people import _headgear

__all__ = ["DRAW"]


@dataclass(frozen=True, slots=True)
class Build:
    """Proportions of a four-legged animal, one unit high at the head."""

    back: float = 0.62
    length: float = 0.36
    body: float = 0.17
    leg: float = 0.05
    hoof: float = 0.035
    neck: float = 0.09
    head: Point = (0.5, 0.86)
    skull: float = 0.105
    muzzle: Point = (0.63, 0.80)
    snout: float = 0.06
    ears: str = "up"
    tail: str = "thin"
    mark: str = ""
    horns: str = ""
    trunk: bool = False
    mane: bool = False


_BUILDS: dict[str, Build] = {
    "dog": Build(),
    "wolf": Build(tail="bush", mark="belly"),
    "fox": Build(back=0.55, tail="bush", mark="belly", muzzle=(0.67, 0.78), snout=0.04, body=0.14),
    "horse": Build(back=0.68, length=0.3, body=0.15, leg=0.042, hoof=0.026, neck=0.09, head=(0.5, 0.9),
                   skull=0.078, muzzle=(0.65, 0.78), snout=0.052, tail="long", mane=True),
    "zebra": Build(back=0.68, length=0.3, body=0.15, leg=0.042, hoof=0.026, neck=0.09, head=(0.5, 0.9),
                   skull=0.078, muzzle=(0.64, 0.79), snout=0.05, mark="stripes", mane=True),
    "cow": Build(back=0.72, length=0.46, body=0.22, leg=0.06, neck=0.12, head=(0.62, 0.78),
                 skull=0.105, muzzle=(0.74, 0.68), snout=0.075, ears="side", horns="short",
                 mark="patches"),
    "sheep": Build(back=0.6, length=0.34, body=0.24, leg=0.04, head=(0.5, 0.72), skull=0.085,
                   muzzle=(0.58, 0.64), snout=0.055, ears="side", tail="none", mark="wool"),
    "pig": Build(back=0.58, length=0.4, body=0.25, leg=0.055, head=(0.52, 0.62), skull=0.14,
                 muzzle=(0.67, 0.57), snout=0.075, ears="flop", tail="curl"),
    "deer": Build(back=0.58, length=0.28, body=0.12, leg=0.034, hoof=0.022, neck=0.065, head=(0.4, 0.82),
                  skull=0.065, muzzle=(0.5, 0.77), snout=0.035, horns="antlers", tail="stub"),
    "elephant": Build(back=0.72, length=0.4, body=0.27, leg=0.1, hoof=0.09, neck=0.18, head=(0.5, 0.8),
                      skull=0.19, muzzle=(0.6, 0.68), snout=0.1, ears="huge", tail="thin", trunk=True),
    "giraffe": Build(back=0.5, length=0.2, body=0.11, leg=0.03, hoof=0.024, neck=0.05, head=(0.34, 0.94),
                     skull=0.05, muzzle=(0.43, 0.91), snout=0.035, horns="knobs", mark="giraffe"),
    "tiger": Build(back=0.62, length=0.46, body=0.18, leg=0.07, neck=0.13, head=(0.6, 0.76), skull=0.14,
                   muzzle=(0.69, 0.71), snout=0.075, ears="round", tail="lift", mark="stripes"),
    "lion": Build(back=0.62, length=0.44, body=0.18, leg=0.068, neck=0.13, head=(0.56, 0.76), skull=0.13,
                  muzzle=(0.65, 0.71), snout=0.072, ears="round", tail="tuft", mark="mane"),
    "bear": Build(back=0.66, length=0.4, body=0.25, leg=0.095, hoof=0.085, neck=0.18, head=(0.56, 0.72),
                  skull=0.15, muzzle=(0.68, 0.67), snout=0.075, ears="round", tail="none"),
    "raccoon": Build(back=0.56, length=0.32, body=0.2, leg=0.055, head=(0.48, 0.68), skull=0.15,
                     muzzle=(0.58, 0.63), snout=0.05, ears="up", tail="rings", mark="mask"),
    "mouse": Build(back=0.42, length=0.26, body=0.24, leg=0.04, head=(0.42, 0.45), skull=0.16,
                   muzzle=(0.57, 0.4), snout=0.05, ears="big", tail="lift"),
}  # fmt: skip


def _eye(e: Easel, f: Frame, x: float, y: float, r: float) -> None:
    e.lay(f.disc(x, y, r), (0.14, 0.0, 0.0), round=0, line=0, detail=1.0)
    e.lay(f.disc(x + r * 0.3, y + r * 0.35, r * 0.35), (0.97, 0, 0), raw=True, line=0, variety=0)


def _four_legs(e: Easel, f: Frame, k: Look, b: Build) -> None:
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
    _tail(e, f, k, b)
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
    e.lay(meet(trunk, f.oval(0.0, back - body * 1.25, length * 1.1, body * 0.75)), shift(own, -0.13), round=0, line=0,
          soft=body * 0.35 * f.size, opacity=0.6)  # fmt: skip
    if b.hoof < b.leg * 0.8:
        for hind, move in ((True, walk), (False, -walk)):
            x = (-length * 0.98 if hind else length * 0.84) + move
            e.lay(f.oval(x + 0.012, 0.02, b.hoof * 1.3, 0.026), shift(own, -0.25, 0.5), line=0.2)
    _marks(e, f, k, b, whole)
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
    _head(e, f, k, b)


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
            ((x + 0.03 + move * 0.3, low * 0.66), (x - 0.07 + move * 0.6, low * 0.42), (x - 0.04 + move, 0.03)),
            b.leg * 1.1 * wide, b.hoof,
        )  # fmt: skip
        return join(thigh, lower, melt=0.03 * f.size)
    x = length * 0.82
    upper = f.limb(
        (x - 0.02, back - b.body * 0.2),
        (x + 0.01 + move * 0.4, low * 0.56),
        b.leg * 1.6 * wide,
        b.leg * 1.05 * wide,
    )
    lower = f.ribbon(
        ((x + 0.01 + move * 0.4, low * 0.56), (x + 0.02 + move * 0.7, low * 0.3), (x + 0.01 + move, 0.03)),
        b.leg * 1.0 * wide, b.hoof,
    )  # fmt: skip
    return join(upper, lower, melt=0.03 * f.size)


def _head(e: Easel, f: Frame, k: Look, b: Build) -> None:
    own, (hx, hy), (mx, my), r = k.main, b.head, b.muzzle, b.skull
    inner = mix(shift(own, 0.1), (0.7, 0.06, 0.03), 0.5)
    if b.ears in ("up", "round", "big"):
        for dx, tint in ((-0.55, shift(own, -0.08)), (0.25, own)):
            x = hx + dx * r
            if b.ears == "up":
                e.lay(
                    f.poly(
                        (x - r * 0.34, hy + r * 0.6),
                        (x + r * 0.4, hy + r * 0.6),
                        (x - r * 0.05, hy + r * 1.75),
                    ),
                    tint,
                    round=0.4,
                )
            else:
                size = 0.42 if b.ears == "round" else 0.75
                e.lay(f.disc(x - r * 0.1, hy + r * 0.85, r * size), tint, round=0.5)
                e.lay(f.disc(x - r * 0.08, hy + r * 0.85, r * size * 0.55), inner, line=0)
    if b.horns == "antlers":
        for s in (-1.0, 1.0):
            base = (hx + s * r * 0.3, hy + r * 0.8)
            tip = (base[0] + s * 0.14, base[1] + 0.2)
            horn = colour("brown", 0.08)
            e.lay(
                f.ribbon((base, (base[0] + s * 0.1, base[1] + 0.07), tip), 0.014, 0.008),
                horn,
                line=0.3,
            )
            for t in (0.4, 0.75):
                px, py = base[0] + s * 0.12 * t + s * 0.02, base[1] + 0.2 * t * t + 0.02
                e.lay(f.limb((px, py), (px - s * 0.05, py + 0.09), 0.01, 0.005), horn, line=0.3)
    elif b.horns == "short":
        e.lay(f.ribbon(((hx + 0.02, hy + r * 0.8), (hx + 0.08, hy + r * 1.3), (hx + 0.05, hy + r * 1.8)),
                       0.026, 0.008), colour("cream"))  # fmt: skip
    elif b.horns == "knobs":
        for dx in (-0.02, 0.02):
            e.lay(
                f.limb((hx + dx, hy + r * 0.6), (hx + dx * 1.3, hy + r * 1.5), 0.008, 0.013),
                shift(own, -0.2),
            )
    skull = join(f.disc(hx, hy, r), f.limb((hx + r * 0.4, hy - r * 0.1), (mx, my), r * 0.75, b.snout),
                 melt=0.04 * f.size)  # fmt: skip
    tint = shift(own, -0.3, 0.6) if b.mark == "wool" else own
    e.lay(skull, tint, round=0.9, detail=1.0)
    if b.mark in ("belly", "mask", "stripes", "mane"):
        e.lay(
            f.oval(mx - b.snout * 0.2, my - b.snout * 0.2, b.snout * 1.1, b.snout * 0.75),
            shift(own, 0.25, 0.35),
            round=0.5,
            line=0,
        )
    if b.mark == "mask":
        e.lay(
            f.oval(hx + r * 0.35, hy + r * 0.1, r * 0.62, r * 0.3, 0.02),
            (0.2, 0, 0),
            round=0.2,
            line=0,
        )
    if b.trunk:
        e.lay(f.ribbon(((mx - 0.03, my + 0.02), (mx + 0.1, my - 0.16), (mx + 0.11, my - 0.42), (mx + 0.22, my - 0.5),
                        (mx + 0.29, my - 0.42)), 0.095, 0.032), own, round=0.9, along=True)  # fmt: skip
        e.lay(
            f.ribbon(
                ((mx - 0.02, my - 0.1), (mx + 0.12, my - 0.17), (mx + 0.24, my - 0.08)),
                0.028,
                0.008,
            ),
            colour("cream"),
        )
        ear = f.poly((hx - r * 0.1, hy + r * 0.7), (hx - r * 1.2, hy + r * 0.95), (hx - r * 1.7, hy), (hx - r * 1.0, hy - r * 1.25),
                     (hx - r * 0.25, hy - r * 0.6), soft=True)  # fmt: skip
        e.lay(ear, shift(own, -0.09), round=0.5, line=1.0)
    if b.ears == "side":
        e.lay(
            f.oval(hx - r * 0.9, hy + r * 0.45, r * 0.6, r * 0.28, 0.42),
            shift(own, -0.1),
            round=0.5,
        )
    elif b.ears == "flop":
        e.lay(
            f.poly(
                (hx - r * 0.5, hy + r * 0.8),
                (hx + r * 0.3, hy + r * 0.9),
                (hx + r * 0.1, hy + r * 0.1),
                soft=True,
            ),
            shift(own, -0.08),
        )
    nose = shift(own, -0.3) if b.ears != "flop" else mix(own, (0.55, 0.12, 0.04), 0.5)
    e.lay(
        f.oval(mx + b.snout * 0.62, my + b.snout * 0.2, b.snout * 0.42, b.snout * 0.36),
        nose,
        line=0,
        detail=1.0,
    )
    eye = (0.92, 0, 0) if b.mark == "mask" else None
    ex, ey = hx + r * 0.38, hy + r * 0.22
    if eye:
        e.lay(f.disc(ex, ey, r * 0.2), eye, line=0, detail=1.0)
    _eye(e, f, ex, ey, max(r * 0.14, 0.011))
    _headgear(e, f, k, hx, hy, r)


def _tail(e: Easel, f: Frame, k: Look, b: Build) -> None:
    own, x, y = k.main, -b.length - b.body * 0.7, b.back + b.body * 0.3
    if b.tail == "thin":
        e.lay(f.ribbon(((x, y), (x - 0.1, y + 0.02), (x - 0.16, y + 0.16)), 0.03, 0.014), own)
    elif b.tail == "bush":
        e.lay(
            f.poly(
                (x, y + 0.03),
                (x - 0.14, y + 0.06),
                (x - 0.3, y - 0.1),
                (x - 0.36, y - 0.28),
                (x - 0.2, y - 0.22),
                (x - 0.06, y - 0.08),
                soft=True,
            ),
            own,
            round=0.8,
        )
        e.lay(f.oval(x - 0.31, y - 0.21, 0.05, 0.07, 0.1), shift(own, 0.3, 0.2), line=0)
    elif b.tail == "long":
        e.lay(
            f.ribbon(((x + 0.02, y), (x - 0.1, y - 0.06), (x - 0.1, y - 0.4)), 0.035, 0.05),
            shift(own, -0.2),
        )
    elif b.tail in ("lift", "tuft", "rings"):
        wide = 0.07 if b.tail == "rings" else 0.03
        pts = ((x, y), (x - 0.16, y - 0.12), (x - 0.26, y + 0.06), (x - 0.2, y + 0.2))
        e.lay(f.ribbon(pts, wide, wide * 0.8), own)
        if b.tail == "tuft":
            e.lay(f.disc(*pts[-1], 0.055), colour("rust", -0.12))
        if b.tail == "rings":
            for px, py in ((x - 0.1, y - 0.1), (x - 0.23, y - 0.02), (x - 0.24, y + 0.12)):
                e.lay(f.oval(px, py, 0.03, 0.075, 0.1), (0.22, 0, 0), line=0)
    elif b.tail == "curl":
        e.lay(cut(f.disc(x - 0.04, y, 0.05), f.disc(x - 0.04, y, 0.027)), shift(own, -0.06))
    elif b.tail == "stub":
        e.lay(f.oval(x + 0.01, y, 0.04, 0.05), shift(own, 0.25, 0.3))


def _marks(e: Easel, f: Frame, k: Look, b: Build, whole: Shape) -> None:
    c, own = k.chance, k.main
    black: Lab = (0.18, 0.01, 0.0)
    if b.mark == "stripes":
        for i in range(11):
            x = -b.length - 0.1 + i * (2 * b.length + 0.16) / 10
            y = b.back + c.between(-0.02, 0.04)
            band = f.ribbon(
                ((x, y + b.body), (x + 0.03, y + 0.02), (x - 0.01, y - b.body * 0.8)), 0.022, 0.008
            )
            e.lay(meet(whole, band), black, round=0, line=0)
            if i % 2 == 0 and b.mark:
                leg = f.limb(
                    (x - 0.05, 0.1 + 0.03 * (i % 3)), (x + 0.06, 0.11 + 0.03 * (i % 3)), 0.012
                )
                e.lay(meet(whole, leg), black, round=0, line=0)
    elif b.mark == "patches":
        for _ in range(5):
            x, y = c.between(-b.length, b.length), b.back + c.between(-0.14, 0.14)
            patch = f.oval(x, y, c.between(0.08, 0.16), c.between(0.06, 0.12), c.unit())
            e.lay(
                meet(whole, patch), k.second if not k.asked else shift(own, -0.3), round=0.2, line=0
            )
    elif b.mark == "giraffe":
        for i in range(26):
            t = i / 26
            if t < 0.55:
                x, y = c.between(-0.26, 0.26), b.back + c.between(-0.11, 0.11)
            else:
                g = (t - 0.55) / 0.45
                x = b.length * 0.8 + (b.head[0] - b.length * 0.8) * g + c.between(-0.03, 0.03)
                y = b.back + 0.1 + (b.head[1] - b.back - 0.12) * g
            e.lay(
                meet(whole, f.oval(x, y, 0.028, 0.024, c.unit())), colour("brown"), round=0, line=0
            )
    elif b.mark == "wool":
        for i in range(24):
            x, y = c.between(-b.length - 0.1, b.length + 0.06), b.back + c.between(-0.2, 0.22)
            e.lay(
                f.disc(x, y, c.between(0.06, 0.1)),
                shift(own, c.between(-0.06, 0.03)),
                round=0.9,
                line=0.12,
            )
    elif b.mark in ("belly", "mask"):
        e.lay(
            meet(whole, f.oval(0.1, b.back - b.body * 1.05, b.length, b.body * 0.5)),
            shift(own, 0.22, 0.3),
            round=0.2,
            line=0,
            soft=0.02 * f.size,
        )


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
        _four_legs(e, f, k, build)
        return
    belly = shift(own, 0.2, 0.35)
    e.lay(
        f.ribbon(((-0.2, 0.1), (-0.42, 0.08), (-0.5, 0.24), (-0.4, 0.36)), 0.05, 0.035),
        shift(own, -0.05),
    )
    body = join(f.oval(-0.04, 0.27, 0.27, 0.27), f.oval(0.03, 0.5, 0.17, 0.24), f.oval(0.16, 0.07, 0.1, 0.06),
                f.oval(-0.12, 0.06, 0.14, 0.06), melt=0.09 * f.size)  # fmt: skip
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
    _headgear(e, f, k, hx, hy, 0.15)


def _dog(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    if c.likely(0.45):
        ears = c.pick(("up", "flop"))
        _four_legs(e, f, k, replace(_BUILDS["dog"], ears=ears, mark=c.pick(("", "belly"))))
        return
    e.lay(f.ribbon(((-0.22, 0.12), (-0.4, 0.14), (-0.46, 0.3)), 0.045, 0.02), own)
    body = join(f.oval(-0.08, 0.24, 0.24, 0.24), f.oval(0.05, 0.46, 0.17, 0.26), f.oval(-0.14, 0.06, 0.17, 0.06),
                melt=0.09 * f.size)  # fmt: skip
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
    _eye(e, f, hx + 0.08, hy + 0.04, 0.02)
    _eye(e, f, hx - 0.03, hy + 0.04, 0.02)
    e.lay(
        f.ribbon(((hx + 0.24, hy - 0.08), (hx + 0.18, hy - 0.12), (hx + 0.11, hy - 0.1)), 0.006),
        (0.2, 0, 0),
        line=0,
    )
    e.lay(f.ribbon(((-0.03, 0.64), (0.09, 0.62), (0.2, 0.66)), 0.018), k.accent)
    _headgear(e, f, k, hx, hy, 0.14)


def _monkey(e: Easel, f: Frame, k: Look) -> None:
    own, face = k.main, (0.66, 0.04, 0.06)
    e.lay(f.ribbon(((-0.15, 0.15), (-0.4, 0.1), (-0.48, 0.35), (-0.36, 0.45)), 0.03, 0.022), own)
    limbs = [
        f.ribbon(((s * 0.15, 0.55), (s * 0.3, 0.38), (s * 0.17, 0.2)), 0.06, 0.045)
        for s in (-1.0, 1.0)
    ]
    feet = [
        f.ribbon(((s * 0.12, 0.2), (s * 0.28, 0.2), (s * 0.25, 0.04)), 0.08, 0.045)
        for s in (-1.0, 1.0)
    ]
    e.lay(join(f.oval(0, 0.38, 0.21, 0.28), *limbs, *feet, melt=0.05 * f.size), own, round=0.9)
    e.lay(
        f.oval(0.0, 0.36, 0.12, 0.17), shift(own, 0.14, 0.7), round=0.4, line=0, soft=0.03 * f.size
    )
    for s in (-1.0, 1.0):
        e.lay(f.disc(s * 0.19, 0.8, 0.06), face, round=0.5)
    e.lay(f.disc(0, 0.8, 0.175), own, round=0.9, detail=1.0)
    e.lay(
        join(
            f.disc(-0.06, 0.82, 0.075),
            f.disc(0.06, 0.82, 0.075),
            f.oval(0, 0.72, 0.105, 0.075),
            melt=0.03 * f.size,
        ),
        face,
        round=0.6,
        detail=1.0,
    )
    for s in (-0.055, 0.055):
        _eye(e, f, s, 0.82, 0.022)
    e.lay(f.ribbon(((-0.06, 0.7), (0, 0.68), (0.06, 0.7)), 0.008), (0.3, 0.05, 0.02), line=0)
    _headgear(e, f, k, 0, 0.8, 0.17)


def _rabbit(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    for x, t in ((0.06, 0.02), (0.17, -0.03)):
        e.lay(f.oval(x, 0.84, 0.045, 0.17, t), own, round=0.6)
        e.lay(f.oval(x, 0.84, 0.022, 0.12, t), (0.76, 0.06, 0.02), line=0)
    e.lay(f.disc(-0.3, 0.2, 0.07), shift(own, 0.2, 0.3))
    e.lay(
        join(
            f.oval(-0.08, 0.25, 0.25, 0.24),
            f.oval(0.05, 0.36, 0.15, 0.2),
            f.oval(0.14, 0.05, 0.1, 0.045),
            f.oval(-0.1, 0.05, 0.16, 0.05),
            melt=0.07 * f.size,
        ),
        own,
        round=0.9,
    )
    e.lay(
        join(f.disc(0.12, 0.6, 0.14), f.oval(0.2, 0.56, 0.085, 0.075), melt=0.03 * f.size),
        own,
        round=0.9,
        detail=1.0,
    )
    _eye(e, f, 0.15, 0.64, 0.026)
    e.lay(f.oval(0.275, 0.58, 0.02, 0.016), (0.6, 0.1, 0.03), line=0)
    _headgear(e, f, k, 0.12, 0.6, 0.13)


def _bird(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    belly = mix(shift(own, 0.16), k.accent, 0.45)
    for x in (0.0, 0.09):
        e.lay(f.limb((x, 0.22), (x + 0.02, 0.0), 0.012, 0.01), (0.4, 0.05, 0.05), line=0.3)
    e.lay(f.poly((-0.25, 0.42), (-0.62, 0.22), (-0.58, 0.32), (-0.2, 0.55)), shift(own, -0.12))
    body = join(f.oval(-0.02, 0.45, 0.32, 0.23, 0.06), f.disc(0.22, 0.72, 0.155), melt=0.1 * f.size)
    e.lay(body, own, round=0.95, along=True)
    e.lay(meet(body, f.oval(0.16, 0.4, 0.2, 0.22, 0.06)), belly, round=0.5, line=0)
    e.lay(
        f.poly((0.1, 0.56), (-0.08, 0.6), (-0.46, 0.3), (-0.2, 0.32), (0.06, 0.4), soft=True),
        shift(own, -0.1),
        round=0.7,
    )
    for i in range(3):
        e.lay(
            f.ribbon(
                ((0.02, 0.5 - i * 0.05), (-0.15, 0.45 - i * 0.05), (-0.34, 0.34 - i * 0.02)), 0.008
            ),
            shift(own, -0.22),
            line=0,
        )
    e.lay(
        f.poly((0.34, 0.77), (0.34, 0.68), (0.52, 0.7)), (0.75, 0.06, 0.14), round=0.4, detail=1.0
    )
    _eye(e, f, 0.27, 0.755, 0.027)
    _headgear(e, f, k, 0.22, 0.72, 0.15)


def _flying(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    lift = c.between(0.1, 0.55)
    e.lay(
        f.poly((-0.12, 0.28), (0.14, 0.3), (0.0, 0.3 + lift), (-0.35, 0.42 + lift), soft=True),
        shift(own, -0.1),
    )
    e.lay(
        join(
            f.oval(0, 0.25, 0.3, 0.1),
            f.disc(0.27, 0.31, 0.085),
            f.poly((-0.25, 0.25), (-0.5, 0.33), (-0.5, 0.16)),
            melt=0.05 * f.size,
        ),
        own,
        round=0.8,
    )
    e.lay(f.poly((0.36, 0.34), (0.36, 0.28), (0.48, 0.3)), (0.75, 0.06, 0.14))
    e.lay(
        f.poly(
            (-0.14, 0.22), (0.16, 0.26), (0.1, 0.2 + lift * 1.2), (-0.22, 0.5 + lift), soft=True
        ),
        own,
        round=0.5,
    )
    _eye(e, f, 0.3, 0.335, 0.016)


def _owl(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    body = join(f.oval(0, 0.4, 0.27, 0.36), f.oval(0, 0.74, 0.25, 0.2), melt=0.08 * f.size)
    for s in (-1.0, 1.0):
        e.lay(f.poly((s * 0.1, 0.86), (s * 0.24, 0.82), (s * 0.24, 1.03)), shift(own, -0.06))
    e.lay(body, own, round=0.9)
    e.lay(f.oval(0, 0.36, 0.17, 0.25), shift(own, 0.15, 0.7), round=0.4, line=0)
    for row in range(5):
        for i in range(4 - row % 2):
            x = (i - 1.5 + 0.5 * (row % 2)) * 0.085
            e.lay(
                f.ribbon(
                    (
                        (x - 0.03, 0.5 - row * 0.08),
                        (x, 0.47 - row * 0.08),
                        (x + 0.03, 0.5 - row * 0.08),
                    ),
                    0.008,
                ),
                shift(own, -0.15),
                line=0,
            )
    for s in (-1.0, 1.0):
        e.lay(f.oval(s * 0.24, 0.38, 0.09, 0.27, s * 0.02), shift(own, -0.1), round=0.7)
        e.lay(f.disc(s * 0.105, 0.74, 0.115), shift(own, 0.18, 0.5), round=0.3)
        e.lay(f.disc(s * 0.1, 0.74, 0.075), (0.8, 0.03, 0.15), round=0.3, detail=1.0)
        _eye(e, f, s * 0.097, 0.74, 0.04)
        e.lay(f.oval(s * 0.08, 0.035, 0.07, 0.035), (0.6, 0.05, 0.1))
    e.lay(f.poly((-0.03, 0.7), (0.03, 0.7), (0.0, 0.6)), (0.6, 0.07, 0.11), detail=1.0)
    _headgear(e, f, k, 0, 0.76, 0.22 + 0.001 * c.unit())


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
    _eye(e, f, 0.05, 0.83, 0.022)
    _headgear(e, f, k, 0, 0.82, 0.15)


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
    _eye(e, f, 0.36, 0.83, 0.02)


def _chicken(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    for x in (-0.03, 0.08):
        e.lay(f.limb((x, 0.2), (x + 0.02, 0.0), 0.014), (0.72, 0.05, 0.14), line=0.3)
    for i in range(4):
        e.lay(
            f.ribbon(
                ((-0.18, 0.4), (-0.34, 0.6 + i * 0.04), (-0.5 + i * 0.05, 0.5 + i * 0.1)),
                0.045,
                0.02,
            ),
            shift(mix(own, k.accent, 0.35), -0.06 * i),
        )
    e.lay(
        join(
            f.oval(-0.02, 0.38, 0.27, 0.21),
            f.limb((0.12, 0.5), (0.2, 0.76), 0.14, 0.08),
            melt=0.08 * f.size,
        ),
        own,
        round=0.9,
    )
    e.lay(
        f.poly((0.1, 0.42), (-0.1, 0.48), (-0.32, 0.36), (-0.12, 0.24), (0.06, 0.3), soft=True),
        shift(own, -0.12),
    )
    for i in range(3):
        e.lay(f.disc(0.13 + i * 0.06, 0.87 + 0.02 * (i == 1), 0.04), (0.55, 0.19, 0.09), line=0.3)
    e.lay(f.oval(0.28, 0.69, 0.025, 0.05), (0.55, 0.19, 0.09), line=0.3)
    e.lay(f.poly((0.27, 0.8), (0.27, 0.74), (0.38, 0.76)), (0.76, 0.06, 0.14), detail=1.0)
    _eye(e, f, 0.22, 0.795, 0.018 + 0.0001 * c.unit())


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
    _eye(e, f, 0.24, 0.96, 0.012)


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
    _eye(e, f, 0.38, 0.42, 0.028)


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
    _eye(e, f, 0.54, 0.32, 0.02)


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
        _eye(e, f, s * 0.1, 0.555, 0.03)


def _turtle(e: Easel, f: Frame, k: Look) -> None:
    own, skin = k.main, mix(k.main, (0.66, -0.05, 0.09), 0.6)
    for x, t in ((-0.32, 0.08), (0.3, -0.08)):
        e.lay(f.oval(x, 0.14, 0.08, 0.17, t), skin, round=0.8)
    e.lay(f.limb((0.4, 0.3), (0.62, 0.45), 0.08, 0.1), skin, round=0.9)
    shell = meet(f.oval(0, 0.2, 0.5, 0.5), f.box(0, 0.55, 1.2, 0.74))
    e.lay(shell, own, round=0.95)
    for x, y in ((-0.26, 0.36), (0.0, 0.5), (0.25, 0.36), (0.0, 0.3)):
        e.lay(f.oval(x, y, 0.1, 0.085), shift(own, -0.12), round=0.5, line=0.4)
    _eye(e, f, 0.65, 0.49, 0.022)


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
    _eye(e, f, 0.49, 0.81, 0.02)


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
        _eye(e, f, s * 0.18, 0.77, 0.032)
        e.lay(f.limb((s * 0.14, 0.3), (s * 0.17, 0.05), 0.05, 0.04), own)
    e.lay(f.ribbon(((-0.2, 0.56), (0, 0.5), (0.2, 0.56)), 0.009), shift(own, -0.28), line=0)


def _butterfly(e: Easel, f: Frame, k: Look) -> None:
    own = k.main
    for s in (-1.0, 1.0):
        e.lay(
            f.poly(
                (s * 0.02, 0.5),
                (s * 0.2, 0.92),
                (s * 0.52, 0.98),
                (s * 0.5, 0.62),
                (s * 0.2, 0.46),
                soft=True,
            ),
            own,
            round=0.3,
            line=1.0,
        )
        e.lay(
            f.poly(
                (s * 0.02, 0.48),
                (s * 0.3, 0.5),
                (s * 0.42, 0.28),
                (s * 0.26, 0.08),
                (s * 0.1, 0.2),
                soft=True,
            ),
            mix(own, k.second, 0.5),
            round=0.3,
            line=1.0,
        )
        e.lay(f.disc(s * 0.36, 0.78, 0.07), k.accent, round=0.2)
        e.lay(f.disc(s * 0.25, 0.3, 0.055), shift(k.accent, 0.12), round=0.2)
        e.lay(
            f.ribbon(((s * 0.01, 0.7), (s * 0.06, 0.88), (s * 0.13, 0.95)), 0.008),
            (0.18, 0, 0),
            line=0,
        )
    e.lay(f.limb((0, 0.22), (0, 0.7), 0.028, 0.04), (0.2, 0.01, 0.01))


def _bee(e: Easel, f: Frame, k: Look) -> None:
    for x in (-0.12, 0.1):
        e.lay(f.oval(x - 0.05, 0.75, 0.15, 0.25, 0.06), (0.9, -0.01, -0.02), opacity=0.7, round=0.2)
        for dx in (0.0, 0.12):
            e.lay(f.limb((x + dx, 0.25), (x + dx - 0.04, 0.02), 0.014), (0.2, 0, 0), line=0)
    body = f.oval(0, 0.4, 0.42, 0.25)
    e.lay(body, k.main, round=0.95)
    for x in (-0.24, -0.06, 0.12):
        e.lay(meet(body, f.box(x, 0.4, 0.08, 0.6)), (0.18, 0.01, 0.01), round=0.2, line=0)
    e.lay(f.disc(0.42, 0.46, 0.16), (0.22, 0.01, 0.02), round=0.9)
    e.lay(f.disc(0.48, 0.5, 0.04), (0.95, 0, 0), line=0, detail=1.0)


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


def _dragon(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    if k.asked or c.likely(0.6):
        e.lay(f.poly((-0.05, 0.6), (-0.35, 1.02), (-0.62, 0.72), (-0.45, 0.7), (-0.36, 0.56), (-0.22, 0.6)),
              mix(own, k.second, 0.5), round=0.4)  # fmt: skip
    e.lay(
        f.ribbon(((-0.2, 0.4), (-0.5, 0.25), (-0.75, 0.3), (-0.9, 0.5)), 0.17, 0.02), own, round=0.9
    )
    legs = [f.ribbon(((x, 0.4), (x + 0.1, 0.22), (x + 0.02, 0.04)), 0.1, 0.05) for x in (-0.2, 0.1)]
    body = join(f.oval(-0.05, 0.46, 0.33, 0.22), f.ribbon(((0.15, 0.55), (0.3, 0.72), (0.36, 0.88)), 0.14, 0.09),
                *legs, melt=0.07 * f.size)  # fmt: skip
    for i in range(8):
        x, y = 0.3 - i * 0.12, 0.86 - i * 0.06
        if i > 3:
            x, y = 0.3 - i * 0.13, 0.72 - (i - 3) * 0.085
        e.lay(
            f.poly((x - 0.06, y - 0.05), (x + 0.04, y - 0.02), (x - 0.06, y + 0.09)),
            k.accent,
            line=0.4,
        )
    e.lay(body, own, round=0.95)
    e.lay(
        join(
            f.oval(0.4, 0.9, 0.13, 0.1),
            f.limb((0.45, 0.88), (0.64, 0.84), 0.085, 0.055),
            melt=0.04 * f.size,
        ),
        own,
        round=0.9,
        detail=1.0,
    )
    e.lay(f.poly((0.46, 0.83), (0.68, 0.8), (0.6, 0.78)), (0.95, 0, 0.03), line=0.2)
    e.lay(f.disc(0.45, 0.94, 0.03), (0.85, 0, 0.15), line=0.3, detail=1.0)
    _eye(e, f, 0.455, 0.94, 0.013)


def _standard(name: str) -> Draw:
    return lambda e, f, k: _four_legs(e, f.frame(-0.06, 0.0, 1.0), k, _BUILDS[name])


DRAW: dict[str, Draw] = {
    **{name: _standard(name) for name in _BUILDS},
    "cat": _cat, "dog": _dog, "monkey": _monkey, "rabbit": _rabbit, "bird": _bird, "flying": _flying,
    "owl": _owl, "penguin": _penguin, "duck": _duck, "chicken": _chicken, "heron": _heron,
    "fish": _fish, "whale": _whale, "octopus": _octopus, "turtle": _turtle, "snake": _snake,
    "frog": _frog, "butterfly": _butterfly, "bee": _bee, "snail": _snail, "dinosaur": _dragon,
}  # fmt: skip
