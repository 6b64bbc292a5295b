"""Grounds of styles that do without a place."""

from __future__ import annotations

from ..easel import Easel
from ..exact import Chance, cosine, sine
from ..field import Field
from ..palette import mix
from ..plan import Plan
from ..shapes import Frame, cut

__all__ = ["bauhaus", "collage", "minimal"]


def bauhaus(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """Cream paper and few elementary shapes, whatever the place."""
    del field
    p = plan.palette
    e.veil(p.paper, 1.0)
    f = Frame(e.width * chance.between(0.3, 0.7), e.height * chance.between(0.3, 0.5), 1.0)
    red, yellow, blue = p.accents[0], p.accents[1], p.accents[2]
    e.lay(
        f.disc(0, 0, chance.between(0.24, 0.36)),
        chance.pick((red, yellow)),
        raw=True,
        round=0,
        line=0,
        variety=0.4,
    )
    base = Frame(0.0, plan.horizon, 1.0)
    e.lay(
        base.box(e.width / 2, -0.5, e.width * 1.1, 1.0),
        mix(p.paper, p.shade, 0.14),
        raw=True,
        round=0,
        line=0,
        variety=0.4,
    )
    e.lay(
        base.box(e.width * chance.unit(), -0.03, e.width * 0.9, 0.045),
        p.ink,
        raw=True,
        round=0,
        line=0,
        variety=0.2,
    )
    for _ in range(5):
        g = Frame(
            e.width * chance.between(0.05, 0.95),
            e.height * chance.between(0.08, 0.92),
            chance.between(0.1, 0.34),
        )
        tint = chance.pick((red, yellow, blue, p.ink))
        turn = chance.pick((0.0, 0.0, 0.125, 0.0625))
        kind = chance.whole(4)
        if kind == 0:
            e.lay(g.box(0, 0, 1.9, 0.09, 0, turn), tint, raw=True, round=0, line=0, variety=0.3)
        elif kind == 1:
            e.lay(
                cut(g.disc(0, 0, 0.5), g.box(0, -0.5, 1.2, 1.0, 0.0)),
                tint,
                raw=True,
                round=0,
                line=0,
                variety=0.3,
            )
        elif kind == 2:
            e.lay(
                g.poly((-0.5, -0.4), (0.5, -0.4), (-0.5, 0.5)),
                tint,
                raw=True,
                round=0,
                line=0,
                variety=0.3,
            )
        else:
            for j in range(4):
                e.lay(
                    g.box(0, j * 0.14, 1.2, 0.035, 0, turn),
                    p.ink,
                    raw=True,
                    round=0,
                    line=0,
                    variety=0.2,
                )


def minimal(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """Two fields of colour and, perhaps, a disc."""
    del field
    p = plan.palette
    e.veil(mix(p.glow, p.paper, 0.35), 1.0)
    if plan.setting != "plane":
        e.veil(mix(p.near, p.paper, 0.15), 1.0, top=int(plan.horizon * e.scale))
    if chance.likely(0.6):
        f = Frame(e.width * chance.between(0.2, 0.8), plan.horizon * chance.between(0.3, 0.7), 1.0)
        e.lay(
            f.disc(0, 0, chance.between(0.07, 0.15)),
            p.accents[1],
            raw=True,
            round=0,
            line=0,
            variety=0,
        )


def collage(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """Sheets of coloured paper, torn and laid over one another."""
    del field
    p = plan.palette
    e.veil(mix(p.sky, p.glow, 0.5), 1.0)
    tints = (p.far, mix(p.far, p.accents[0], 0.5), p.near, mix(p.near, p.accents[1], 0.5))
    for i, tint in enumerate(tints):
        y = plan.horizon + (e.height - plan.horizon) * i * 0.26
        f = Frame(0.0, y, 1.0)
        count = 7
        line = [
            (e.width * (j / (count - 1) * 1.2 - 0.1), chance.between(-0.05, 0.07))
            for j in range(count)
        ]
        e.lay(
            f.poly(*line, (e.width + 0.2, -2.0), (-0.2, -2.0)),
            p.shade,
            raw=True,
            round=0,
            line=0,
            soft=0.02,
            opacity=0.3,
        )
        lower = Frame(0.0, y + 0.008, 1.0)
        e.lay(
            f.poly(*line, (e.width + 0.2, -2.0), (-0.2, -2.0)),
            p.paper,
            raw=True,
            round=0,
            line=0,
            variety=0,
        )
        e.lay(
            lower.poly(*line, (e.width + 0.2, -2.0), (-0.2, -2.0)),
            tint,
            raw=True,
            round=0,
            line=0,
            variety=1.4,
        )
    for _ in range(3):
        g = Frame(
            e.width * chance.unit(),
            plan.horizon * chance.between(0.1, 0.8),
            chance.between(0.1, 0.22),
        )
        shape = g.poly(
            *[
                (chance.between(0.3, 0.6) * cosine(j / 7), chance.between(0.3, 0.6) * sine(j / 7))
                for j in range(7)
            ]
        )
        e.lay(shape, chance.pick((*p.accents, p.paper)), raw=True, round=0, line=0)
