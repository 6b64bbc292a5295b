"""Heads and shoulders."""

from __future__ import annotations

from ..easel import Easel
from ..palette import Lab, mix, shift
from ..shapes import Frame, cut, join, meet
from .dress import HAIR, SKINS, headgear
from .look import Look

__all__ = ["bust"]


def bust(e: Easel, f: Frame, k: Look, kind: str = "") -> None:
    """A head and shoulders, one unit high."""
    c = k.chance
    kind = kind or c.pick(("man", "woman", "woman", "person"))
    skin, hair = c.pick(SKINS), c.pick(HAIR)
    coat = k.wears.get("shirt", k.main)
    x = c.between(-0.012, 0.03)
    long = kind in ("woman", "child") or c.likely(0.2)
    child = kind == "child"
    wide = 0.44 if child else 0.5 if kind == "woman" else 0.56
    jaw = 0.115 if kind != "man" else 0.135
    if long:
        drop = c.between(0.22, 0.46)
        e.lay(
            join(
                f.oval(x - 0.01, 0.75, 0.205, 0.225),
                f.ribbon(((x - 0.15, 0.74), (x - 0.205, 0.56), (x - 0.17, drop)), 0.085, 0.05),
                f.ribbon(
                    ((x + 0.15, 0.74), (x + 0.2, 0.58), (x + 0.165, drop + 0.04)), 0.08, 0.045
                ),
                melt=0.05 * f.size,
            ),
            shift(hair, -0.05),
            round=0.8,
        )
    slope = 0.28 if kind != "man" else 0.31
    e.lay(
        f.poly(
            (-wide - 0.04, -0.1),
            (-wide, 0.13),
            (-wide * 0.72, slope - 0.02),
            (-0.12, slope + 0.075),
            (0.12, slope + 0.075),
            (wide * 0.72, slope - 0.02),
            (wide, 0.13),
            (wide + 0.04, -0.1),
            soft=True,
        ),
        coat,
        round=0.9,
    )
    neck = 0.068 if kind != "man" else 0.085
    e.lay(
        f.poly((-0.13, slope + 0.07), (0.13, slope + 0.07), (0.0, slope - 0.12), soft=False),
        shift(skin, -0.03),
        round=0.2,
        line=0.2,
    )
    e.lay(
        f.limb((0.0, slope), (x, 0.56), neck * 1.12, neck), shift(skin, -0.05), round=0.8, line=0.25
    )
    e.lay(
        f.oval(x + 0.01, 0.475, neck * 1.05, 0.05),
        mix(skin, (skin[0] - 0.3, 0.05, 0.03), 0.75),
        round=0,
        line=0,
        soft=0.04 * f.size,
        opacity=0.8,
    )
    if kind == "man" or c.likely(0.5):
        shirt = shift(k.second, 0.18)
        for side in (-1.0, 1.0):
            e.lay(
                f.poly(
                    (side * 0.015, slope - 0.12),
                    (side * 0.12, slope + 0.1),
                    (side * 0.2, slope + 0.04),
                    (side * 0.11, slope - 0.1),
                ),
                shirt,
                round=0.3,
                line=0.4,
            )
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
    e.lay(
        meet(face, f.oval(x - e.light[0] * f.facing * 0.17, 0.62, 0.1, 0.22)),
        mix(skin, (skin[0] - 0.2, 0.055, 0.04), 0.6),
        round=0,
        line=0,
        soft=0.07 * f.size,
        opacity=0.55,
    )
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
            e.lay(
                f.ribbon(
                    ((x + side * 0.05, 0.92), (x + side * 0.15, 0.83), (x + side * 0.172, 0.66)),
                    0.03,
                    0.024,
                ),
                hair,
                round=0.8,
                line=0.2,
            )
    else:
        e.lay(cut(top, f.oval(x + part, 0.65, 0.152, 0.205)), hair, round=0.7, line=0.3)
        for side in (-1.0, 1.0):
            e.lay(
                f.ribbon(
                    ((x + side * 0.14, 0.84), (x + side * 0.162, 0.76), (x + side * 0.16, 0.7)),
                    0.022,
                    0.01,
                ),
                hair,
                round=0.5,
                line=0.1,
            )
    headgear(e, f, k, x, 0.74, 0.165)


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
