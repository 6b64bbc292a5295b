"""The things of a plan, drawn with their shadows and mirror images."""

from __future__ import annotations

from . import scenery
from .easel import Easel
from .exact import Chance
from .motifs import Look, colour
from .motifs.portrait import bust
from .palette import COLOURS, Lab, lch, mix, shift
from .plan import Item, Plan
from .shapes import Frame

__all__ = ["draw", "shadow"]


def shadow(e: Easel, plan: Plan, x: float, y: float, wide: float) -> None:
    """The shadow that something throws on what it stands on."""
    p = plan.palette
    strength = 0.55 if p.dim > 0.8 and plan.light not in ("grey", "fog") else 0.32
    f = Frame(x - plan.sun * wide * 0.32, y, 1.0)
    e.lay(
        f.oval(0, -0.004, wide * 0.72, wide * 0.13),
        mix(p.shade, p.near, 0.2),
        raw=True,
        round=0,
        line=0,
        soft=wide * 0.12 + 0.01,
        opacity=strength,
        detail=0.2,
        variety=0,
    )
    e.lay(
        f.oval(plan.sun * wide * 0.26, -0.002, wide * 0.42, wide * 0.06),
        p.shade,
        raw=True,
        round=0,
        line=0,
        soft=0.012,
        opacity=strength,
        detail=0.2,
        variety=0,
    )


def draw(e: Easel, item: Item, plan: Plan) -> None:
    """One item with its shadow and, in the wet, its mirror image."""
    main, second, accent = item.colours
    wears: dict[str, Lab] = {}
    for kind, name in item.subject.wears:
        wears[kind] = (
            lch(*COLOURS[name])
            if name
            else plan.palette.accents[len(wears) % len(plan.palette.accents)]
        )
    if (
        item.subject.motif in ("person", "man", "woman", "child")
        and "rain" in plan.weather
        and plan.setting in ("street", "land")
    ):
        wears.setdefault("umbrella", accent)
    look = Look(
        main,
        second,
        accent,
        Chance(item.key, plan.seed),
        wears,
        item.words,
        item.asked > 0.5,
    )
    e.depth, e.strict = item.depth, item.asked
    frame = Frame(item.x, item.y, item.size, item.facing if not item.words else 1.0, item.turn)
    wide = item.size * item.motif.wide
    if item.bust:
        kind = {"man": "man", "woman": "woman", "child": "child"}.get(item.subject.motif, "")
        bust(e, frame, look, kind)
    else:
        afloat = plan.setting == "water" and item.motif.home == "water" and item.grounded
        if item.lifted and not item.carried:
            _support(e, item, plan, wide)
        elif item.grounded and not afloat and not item.carried:
            shadow(e, plan, item.x, item.y, wide * (0.8 if item.motif.height < 6 else 0.95))
        item.motif.draw(e, frame, look)
        if afloat:
            e.depth, e.strict = 0.0, 0.0
            f = Frame(item.x, item.y, 1.0)
            scenery.reflect(
                e,
                item.x - wide * 0.6,
                item.x + wide * 0.6,
                item.y - 0.01 * item.size,
                item.size * 0.7,
                0.5,
            )
            for i in range(6):
                y = -0.02 - i * 0.02
                half = wide * (0.5 - 0.06 * i)
                e.lay(
                    f.limb((-half, y), (half * 0.8, y), 0.004),
                    mix(plan.palette.glow, plan.palette.light, 0.4),
                    raw=True,
                    round=0,
                    line=0,
                    opacity=0.5,
                    detail=0.3,
                )
        elif item.grounded and "rain" in plan.weather and plan.setting in ("street", "land"):
            scenery.reflect(
                e, item.x - wide * 0.5, item.x + wide * 0.5, item.y + 0.006, item.size * 0.45, 0.3
            )
    e.depth, e.strict = 0.0, 0.0


def _support(e: Easel, item: Item, plan: Plan, wide: float) -> None:
    """A table for what is too small to stand on the ground."""
    wood = mix(colour("wood", 0.04), plan.palette.near, 0.35)
    half = max(0.15, wide * 0.72)
    foot = item.y + item.lifted
    shadow(e, plan, item.x, foot, half * 1.6)
    f = Frame(item.x, foot, 1.0)
    for x in (-half * 0.84, half * 0.84):
        e.lay(f.limb((x, 0.0), (x, item.lifted - 0.02), 0.012, 0.014), shift(wood, -0.1), round=0.6)
    e.lay(f.box(0, item.lifted - 0.045, half * 2, 0.05, 0.006), shift(wood, -0.05), round=0.3)
    e.lay(
        f.poly(
            (-half * 1.04, item.lifted - 0.025),
            (half * 1.04, item.lifted - 0.025),
            (half * 0.9, item.lifted + 0.03),
            (-half * 0.9, item.lifted + 0.03),
        ),
        shift(wood, 0.08),
        round=0.2,
    )
    e.lay(
        f.oval(-plan.sun * wide * 0.2, item.lifted, wide * 0.6, 0.018),
        plan.palette.shade,
        raw=True,
        round=0,
        line=0,
        soft=0.02,
        opacity=0.5,
        detail=0.3,
    )
