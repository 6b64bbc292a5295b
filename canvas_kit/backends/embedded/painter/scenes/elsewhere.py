"""Under water, in space, and on the bare plane."""

from __future__ import annotations

import numpy as np

from .. import scenery
from ..easel import Easel
from ..exact import Chance, smooth
from ..field import Field
from ..motifs import Look, motif
from ..palette import COLOURS, lch, mix
from ..plan import Plan
from ..shapes import Frame, cut

__all__ = ["outer_space", "plane", "under_water"]


def under_water(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """The deep, with fish if nothing else was named."""
    scenery.deep(e, field, chance)
    if not plan.items:
        _school(e, plan, chance)


def _school(e: Easel, plan: Plan, chance: Chance) -> None:
    own = motif("fish")
    for _ in range(7):
        tint = lch(*COLOURS[chance.pick(own.colours)])
        own.draw(
            e,
            Frame(
                e.width * chance.unit(),
                e.height * chance.between(0.25, 0.8),
                chance.between(0.08, 0.2),
                -plan.sun,
            ),
            Look(tint, plan.palette.accents[0], plan.palette.accents[1], chance),
        )


def outer_space(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """Gas and stars, with a planet if none was named."""
    scenery.space(e, field, chance)
    if not any(i.subject.motif in ("planet", "moon") for i in plan.items):
        own = motif("planet")
        tint = chance.pick(plan.palette.accents)
        size = chance.between(0.2, 0.4)
        e.depth = 0.12
        own.draw(
            e,
            Frame(
                e.width * (0.5 - plan.sun * 0.32),
                e.height * chance.between(0.2, 0.5) + size / 2,
                size,
            ),
            Look(tint, plan.palette.accents[1], plan.palette.accents[0], chance),
        )
        e.depth = 0.0


def plane(e: Easel, plan: Plan, field: Field, chance: Chance) -> None:
    """The field itself, or elementary shapes on paper."""
    p = plan.palette
    geometric = plan.medium.name in ("bauhaus", "minimal", "collage", "popart", "comic")
    if plan.plain:
        e.veil(p.glow, 1.0)
        return
    if geometric:
        e.veil(p.paper if plan.medium.name != "popart" else p.glow, 1.0)
    else:
        scenery.abstract(e, field, chance, 1.0 if not plan.items else 0.85)
        if plan.items:  # calm the middle, so that what is meant stands out
            x = e.xs * (1.0 / e.width) - 0.5
            y = e.ys * (1.0 / e.height) - 0.5
            calm = smooth(1.15 - np.sqrt(x * x + y * y) * 2.2) * 0.7
            e.veil(mix(p.glow, p.sky, 0.35), calm)
    if not plan.items or geometric:
        _geometry(e, plan, chance, 9 if not plan.items else 6, soft=not geometric)


def _geometry(e: Easel, plan: Plan, chance: Chance, count: int, *, soft: bool) -> None:
    """Discs, bars, triangles and arcs on a hidden grid."""
    p = plan.palette
    grid = e.width / 6
    tints = (*p.accents, p.ink, p.near, p.sky)
    for i in range(count):
        f = Frame(
            grid * (0.5 + chance.whole(6)),
            e.height * (0.12 + 0.15 * chance.whole(6)),
            chance.between(0.12, 0.46),
        )
        tint = tints[i % len(tints)]
        kind = chance.whole(5)
        o = 0.65 if soft else 0.96
        turn = chance.pick((0.0, 0.0, 0.125, -0.08))
        if kind == 0:
            e.lay(f.disc(0, 0, 0.5), tint, raw=True, round=0.2 if soft else 0, line=0.4, opacity=o)
        elif kind == 1:
            e.lay(
                f.box(0, 0, 1.5, chance.between(0.05, 0.3), 0, turn),
                tint,
                raw=True,
                round=0,
                line=0.4,
                opacity=o,
            )
        elif kind == 2:
            e.lay(
                f.poly((-0.5, -0.4), (0.5, -0.4), (chance.between(-0.5, 0.5), 0.5)),
                tint,
                raw=True,
                round=0,
                line=0.4,
                opacity=o,
            )
        elif kind == 3:
            e.lay(
                cut(f.disc(0, 0, 0.55), f.disc(0, 0, 0.42), f.box(0, -0.5, 1.4, 1.0)),
                tint,
                raw=True,
                round=0,
                line=0.4,
                opacity=o,
            )
        else:
            for j in range(4):
                e.lay(
                    f.limb((-0.6, j * 0.11), (0.6, j * 0.11 + 0.1), 0.012),
                    p.ink,
                    raw=True,
                    round=0,
                    line=0,
                )
