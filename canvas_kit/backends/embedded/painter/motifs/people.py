"""People: figures, portraits, crowds, and those who only look like people."""

from __future__ import annotations

from ..easel import Easel
from ..palette import Lab, mix, shift
from ..shapes import Frame, cut, join, meet
from .look import Draw, Look, colour

__all__ = ["DRAW", "bust"]

_SKINS = ((0.80, 0.018, 0.045), (0.72, 0.026, 0.06), (0.60, 0.032, 0.065), (0.45, 0.03, 0.05),
          (0.36, 0.022, 0.035))  # fmt: skip
_HAIR = ((0.22, 0.008, 0.01), (0.32, 0.02, 0.035), (0.45, 0.03, 0.06), (0.66, 0.01, 0.08),
         (0.48, 0.09, 0.08), (0.75, 0.0, 0.005))  # fmt: skip


def _headgear(e: Easel, f: Frame, k: Look, x: float, y: float, r: float) -> None:
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
            e.lay(f.poly((x - r, y + r * 0.6), (x - r * 1.1, y + r * 1.6), (x - r * 0.5, y + r * 1.1),
                         (x, y + r * 1.75), (x + r * 0.5, y + r * 1.1), (x + r * 1.1, y + r * 1.6),
                         (x + r, y + r * 0.6)), own)  # fmt: skip
        elif kind in ("glasses", "mask"):
            for side in (-0.42, 0.42):
                e.lay(f.disc(x + side * r, y + r * 0.1, r * 0.34), shift(own, -0.3), round=0.2)
                e.lay(f.disc(x + side * r, y + r * 0.12, r * 0.22), (0.5, -0.02, -0.05), line=0)


def _figure(e: Easel, f: Frame, k: Look, kind: str) -> None:
    c = k.chance
    skin, hair = c.pick(_SKINS), c.pick(_HAIR)
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
    e.lay(f.ribbon(((-0.10, 0.77), (-0.155 - swing, 0.62), (-0.13 - swing * 2, 0.47)), 0.036, 0.026),
          shift(coat, -0.05))  # fmt: skip
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
    _headgear(e, f, k, x, top, head)
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


def umbrella(e: Easel, f: Frame, own: Lab) -> None:
    """An open umbrella, held at the foot of its frame."""
    e.lay(f.limb((0, 0), (0, 0.9), 0.012), (0.25, 0.0, 0.0), line=0.2)
    dome = meet(f.oval(0, 0.62, 0.55, 0.36), f.box(0, 0.85, 1.2, 0.46))
    bites = [f.disc(x, 0.6, 0.09) for x in (-0.41, -0.205, 0.0, 0.205, 0.41)]
    e.lay(cut(dome, *bites), own, round=0.9)
    for x in (-0.25, 0.0, 0.25):
        e.lay(f.ribbon(((0, 0.98), (x * 0.75, 0.84), (x, 0.66)), 0.008), shift(own, -0.16), line=0)


def bust(e: Easel, f: Frame, k: Look, kind: str = "") -> None:
    """A head and shoulders, one unit high."""
    c = k.chance
    kind = kind or c.pick(("man", "woman", "woman", "person"))
    skin, hair = c.pick(_SKINS), c.pick(_HAIR)
    coat = k.wears.get("shirt", k.main)
    x = c.between(-0.012, 0.03)
    long = kind in ("woman", "child") or c.likely(0.2)
    child = kind == "child"
    wide = 0.44 if child else 0.5 if kind == "woman" else 0.56
    jaw = 0.115 if kind != "man" else 0.135
    if long:
        drop = c.between(0.22, 0.46)
        e.lay(join(f.oval(x - 0.01, 0.75, 0.205, 0.225),
                   f.ribbon(((x - 0.15, 0.74), (x - 0.205, 0.56), (x - 0.17, drop)), 0.085, 0.05),
                   f.ribbon(((x + 0.15, 0.74), (x + 0.2, 0.58), (x + 0.165, drop + 0.04)), 0.08, 0.045),
                   melt=0.05 * f.size), shift(hair, -0.05), round=0.8)  # fmt: skip
    slope = 0.28 if kind != "man" else 0.31
    e.lay(f.poly((-wide - 0.04, -0.1), (-wide, 0.13), (-wide * 0.72, slope - 0.02), (-0.12, slope + 0.075),
                 (0.12, slope + 0.075), (wide * 0.72, slope - 0.02), (wide, 0.13), (wide + 0.04, -0.1), soft=True),
          coat, round=0.9)  # fmt: skip
    neck = 0.068 if kind != "man" else 0.085
    e.lay(f.poly((-0.13, slope + 0.07), (0.13, slope + 0.07), (0.0, slope - 0.12), soft=False), shift(skin, -0.03),
          round=0.2, line=0.2)  # fmt: skip
    e.lay(
        f.limb((0.0, slope), (x, 0.56), neck * 1.12, neck), shift(skin, -0.05), round=0.8, line=0.25
    )
    e.lay(f.oval(x + 0.01, 0.475, neck * 1.05, 0.05), mix(skin, (skin[0] - 0.3, 0.05, 0.03), 0.75), round=0, line=0,
          soft=0.04 * f.size, opacity=0.8)  # fmt: skip
    if kind == "man" or c.likely(0.5):
        shirt = shift(k.second, 0.18)
        for side in (-1.0, 1.0):
            e.lay(f.poly((side * 0.015, slope - 0.12), (side * 0.12, slope + 0.1), (side * 0.2, slope + 0.04),
                         (side * 0.11, slope - 0.1)), shirt, round=0.3, line=0.4)  # fmt: skip
    else:
        for i in range(11):
            t = (i - 5) / 5
            e.lay(
                f.disc(t * 0.14, slope - 0.02 + t * t * 0.09, 0.014),
                shift(k.accent, 0.1),
                round=1.0,
                line=0.4,
                detail=0.9,
            )
    if not long:
        for side in (-1.0, 1.0):
            e.lay(f.oval(x + side * 0.162, 0.685, 0.026, 0.05), shift(skin, -0.05), round=0.6)
    face = join(
        f.oval(x, 0.73, 0.158, 0.185), f.oval(x + 0.004, 0.605, jaw, 0.115), melt=0.07 * f.size
    )
    e.lay(face, skin, round=0.75, detail=0.72)
    e.lay(meet(face, f.oval(x - e.light[0] * f.facing * 0.17, 0.62, 0.1, 0.22)), mix(skin, (skin[0] - 0.2, 0.055, 0.04), 0.6),
          round=0, line=0, soft=0.07 * f.size, opacity=0.55)  # fmt: skip
    _features(e, f, k, x, skin, hair, brows=1.35 if kind == "man" else 1.0)
    if kind == "man" and c.likely(0.5):
        beard = cut(f.oval(x, 0.585, jaw + 0.028, 0.13), f.oval(x + 0.005, 0.695, 0.128, 0.105))
        e.lay(beard, shift(hair, 0.03), round=0.4, line=0.2, soft=0.008 * f.size)
        e.lay(f.ribbon(((x - 0.04, 0.572), (x + 0.01, 0.566), (x + 0.055, 0.572)), 0.013, 0.01),
              (skin[0] * 0.72, 0.09, 0.045), round=0.4, line=0, detail=1.0)  # fmt: skip
    part = c.side() * c.between(0.0, 0.022)
    top = f.oval(x, 0.79, 0.178, 0.158)
    if long:
        e.lay(cut(top, f.oval(x + part, 0.645, 0.15, 0.205)), hair, round=0.8, line=0.4)
        for side in (-1.0, 1.0):
            e.lay(f.ribbon(((x + side * 0.05, 0.92), (x + side * 0.15, 0.83), (x + side * 0.172, 0.66)), 0.03, 0.024), hair, round=0.8,
                  line=0.2)  # fmt: skip
    else:
        e.lay(cut(top, f.oval(x + part, 0.65, 0.152, 0.205)), hair, round=0.7, line=0.3)
        for side in (-1.0, 1.0):
            e.lay(f.ribbon(((x + side * 0.14, 0.84), (x + side * 0.162, 0.76), (x + side * 0.16, 0.7)), 0.022, 0.01), hair, round=0.5,
                  line=0.1)  # fmt: skip
    _headgear(e, f, k, x, 0.74, 0.165)


def _features(e: Easel, f: Frame, k: Look, x: float, skin: Lab, hair: Lab, brows: float) -> None:
    c = k.chance
    shadow = mix(skin, (skin[0] - 0.25, 0.06, 0.03), 0.6)
    iris = c.pick(((0.4, 0.02, 0.04), (0.5, -0.03, -0.08), (0.48, -0.06, 0.04), (0.28, 0.02, 0.02)))
    look = c.between(-0.008, 0.008)
    for side in (-1.0, 1.0):
        ex, ey = x + side * 0.072 + 0.01, 0.725
        e.lay(
            f.oval(ex, ey + 0.008, 0.047, 0.032),
            mix(skin, shadow, 0.6),
            round=0,
            line=0,
            soft=0.02 * f.size,
        )
        e.lay(f.oval(ex, ey, 0.034, 0.0165), (0.93, 0.0, 0.01), round=0, line=0.4, detail=1.0)
        e.lay(f.disc(ex + look, ey + 0.001, 0.0155), iris, round=0, line=0.4, detail=1.0)
        e.lay(f.disc(ex + look, ey + 0.001, 0.008), (0.12, 0.0, 0.0), round=0, line=0, detail=1.0)
        e.lay(
            f.ribbon(
                ((ex - 0.036, ey + 0.007), (ex, ey + 0.021), (ex + 0.036, ey + 0.005)), 0.0055
            ),
            (0.2, 0.02, 0.02),
            round=0,
            line=0,
            detail=1.0,
        )
        e.lay(
            f.ribbon(
                ((ex - side * 0.036, ey + 0.047), (ex, ey + 0.06), (ex + side * 0.044, ey + 0.048)),
                0.009 * brows,
                0.005 * brows,
            ),
            shift(hair, -0.04),
            round=0,
            line=0,
            detail=1.0,
        )
        e.lay(
            f.oval(x + side * 0.1, 0.645, 0.045, 0.035),
            mix(skin, (0.62, 0.11, 0.06), 0.5),
            round=0,
            line=0,
            soft=0.05 * f.size,
            opacity=0.6,
        )
    e.lay(
        f.ribbon(((x + 0.02, 0.73), (x + 0.032, 0.68), (x + 0.024, 0.645)), 0.011, 0.02),
        shadow,
        round=0,
        line=0,
        soft=0.014 * f.size,
        opacity=0.6,
    )
    e.lay(
        f.oval(x + 0.014, 0.648, 0.024, 0.017), shift(skin, 0.03), round=0.6, line=0.15, detail=1.0
    )
    smile = c.between(-0.004, 0.016)
    lip = mix(skin, (skin[0] * 0.78 + 0.02, 0.12, 0.05), 0.6)
    e.lay(
        f.ribbon(
            ((x - 0.045, 0.583 + smile), (x + 0.01, 0.578), (x + 0.062, 0.583 + smile)),
            0.013,
            0.012,
        ),
        lip,
        round=0.5,
        line=0.15,
        detail=1.0,
    )
    e.lay(
        f.ribbon(
            ((x - 0.046, 0.585 + smile), (x + 0.01, 0.58), (x + 0.064, 0.585 + smile)), 0.0035
        ),
        shift(lip, -0.2),
        round=0,
        line=0,
        detail=1.0,
    )
    e.lay(
        f.oval(x + 0.01, 0.545, 0.05, 0.016),
        shadow,
        round=0,
        line=0,
        soft=0.03 * f.size,
        opacity=0.35,
    )


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
            _figure(e, f.frame(x, (2 - row) * 0.2, size), own, c.pick(("man", "woman", "child")))
        e.depth = depth


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
    _headgear(e, f, k, 0, 0.84, 0.13)


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
    _figure(e, f, k, "woman")
    e.lay(
        cut(f.oval(0, 1.04, 0.1, 0.03), f.oval(0, 1.04, 0.075, 0.016)), (0.88, 0.0, 0.14), raw=True
    )


def _monster(e: Easel, f: Frame, k: Look) -> None:
    c, own = k.chance, k.main
    arms = [f.ribbon(((s * 0.24, 0.55), (s * 0.42, 0.45), (s * 0.4, c.between(0.2, 0.75))), 0.07, 0.045)
            for s in (-1.0, 1.0)]  # fmt: skip
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


def _of(kind: str) -> Draw:
    return lambda e, f, k: _figure(e, f, k, kind)


DRAW: dict[str, Draw] = {
    "person": _of("person"),
    "man": _of("man"),
    "woman": _of("woman"),
    "child": _of("child"),
    "crowd": _crowd,
    "astronaut": _astronaut,
    "robot": _robot,
    "ghost": _ghost,
    "angel": _angel,
    "monster": _monster,
    "snowman": _snowman,
    "scarecrow": _scarecrow,
}
