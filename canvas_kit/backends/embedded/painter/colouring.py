"""Which colours a picture and the things in it have."""

from __future__ import annotations

from dataclasses import replace

from .exact import Chance, clamp
from .media import Medium
from .motifs import Motif
from .palette import COLOURS, Lab, Palette, lch, mix, scheme, shift
from .plan import BEINGS
from .words import Reading, Subject

__all__ = ["colours_of", "palette_for"]

_MEDIUM_PALETTES: dict[str, tuple[tuple[tuple[float, float, float], ...], ...]] = {
    # sky, glow, far, near, light, shade, three accents
    "bauhaus": (
        (
            (0.92, 0.03, 90),
            (0.95, 0.03, 92),
            (0.85, 0.04, 85),
            (0.90, 0.03, 88),
            (0.96, 0.04, 95),
            (0.25, 0.02, 280),
            (0.57, 0.22, 28),
            (0.83, 0.17, 92),
            (0.45, 0.16, 258),
        ),
        (
            (0.90, 0.03, 80),
            (0.94, 0.03, 88),
            (0.80, 0.04, 80),
            (0.88, 0.04, 84),
            (0.96, 0.04, 95),
            (0.22, 0.02, 60),
            (0.60, 0.20, 33),
            (0.80, 0.15, 80),
            (0.42, 0.09, 235),
        ),
    ),
    "ukiyoe": (
        (
            (0.62, 0.08, 245),
            (0.90, 0.04, 85),
            (0.60, 0.06, 220),
            (0.72, 0.06, 110),
            (0.95, 0.04, 88),
            (0.30, 0.08, 262),
            (0.58, 0.16, 32),
            (0.44, 0.12, 258),
            (0.76, 0.10, 80),
        ),
    ),
    "artnouveau": (
        (
            (0.72, 0.06, 165),
            (0.90, 0.06, 85),
            (0.62, 0.06, 150),
            (0.60, 0.07, 125),
            (0.93, 0.07, 88),
            (0.34, 0.05, 60),
            (0.64, 0.14, 45),
            (0.52, 0.08, 200),
            (0.78, 0.11, 82),
        ),
        (
            (0.66, 0.07, 75),
            (0.88, 0.06, 80),
            (0.56, 0.07, 60),
            (0.52, 0.07, 110),
            (0.94, 0.08, 85),
            (0.30, 0.06, 25),
            (0.55, 0.13, 30),
            (0.60, 0.08, 170),
            (0.80, 0.12, 85),
        ),
    ),
    "popart": (
        (
            (0.75, 0.14, 225),
            (0.90, 0.15, 98),
            (0.68, 0.20, 350),
            (0.82, 0.17, 90),
            (0.97, 0.05, 95),
            (0.25, 0.10, 280),
            (0.62, 0.24, 18),
            (0.88, 0.18, 98),
            (0.60, 0.20, 255),
        ),
        (
            (0.80, 0.16, 345),
            (0.92, 0.13, 100),
            (0.72, 0.14, 200),
            (0.70, 0.17, 150),
            (0.97, 0.05, 95),
            (0.26, 0.12, 290),
            (0.60, 0.24, 28),
            (0.60, 0.20, 260),
            (0.88, 0.18, 98),
        ),
    ),
    "renaissance": (
        (
            (0.22, 0.03, 120),
            (0.44, 0.06, 85),
            (0.40, 0.05, 110),
            (0.36, 0.06, 65),
            (0.90, 0.08, 80),
            (0.15, 0.03, 50),
            (0.46, 0.15, 28),
            (0.42, 0.09, 250),
            (0.70, 0.11, 78),
        ),
        (
            (0.30, 0.03, 200),
            (0.56, 0.06, 90),
            (0.46, 0.05, 140),
            (0.38, 0.06, 70),
            (0.91, 0.08, 82),
            (0.16, 0.03, 60),
            (0.48, 0.15, 30),
            (0.40, 0.06, 160),
            (0.70, 0.11, 75),
        ),
    ),
    "cubism": (
        (
            (0.52, 0.05, 80),
            (0.74, 0.06, 80),
            (0.48, 0.05, 90),
            (0.52, 0.07, 65),
            (0.92, 0.05, 85),
            (0.24, 0.03, 70),
            (0.54, 0.10, 50),
            (0.52, 0.05, 210),
            (0.66, 0.08, 85),
        ),
        (
            (0.50, 0.05, 235),
            (0.76, 0.05, 80),
            (0.46, 0.05, 220),
            (0.50, 0.07, 55),
            (0.92, 0.05, 85),
            (0.22, 0.03, 260),
            (0.56, 0.12, 40),
            (0.46, 0.08, 245),
            (0.70, 0.09, 80),
        ),
    ),
}


def palette_for(
    reading: Reading, avoid: Reading, light: str, medium: Medium, strict: float, seed: int
) -> Palette:
    """The palette of a picture: light, technique, colours asked for, colours to avoid, mood."""
    # The palette turns with the prompt's vector, so that unknown words matter too.
    palette = scheme(light, Chance("scheme", seed).whole(720) + (reading.vector[1] > 0.2))
    own = _MEDIUM_PALETTES.get(medium.name)
    neutral = light in ("day", "room", "spring", "autumn", "candle", "grey")
    if own and (neutral or medium.name in ("bauhaus", "popart", "cubism")):
        rows = [lch(*row) for row in Chance("own scheme", seed).pick(own)]
        palette = replace(
            palette,
            sky=rows[0],
            glow=rows[1],
            far=rows[2],
            near=rows[3],
            light=rows[4],
            shade=rows[5],
            accents=tuple(rows[6:9]),
            ink=shift(rows[5], -0.08),
            dim=1.0 if neutral else palette.dim,
        )
    behind = reading.first("ground")
    if behind:
        own_ground = lch(*COLOURS[behind])
        palette = replace(
            palette,
            sky=shift(own_ground, -0.02),
            glow=own_ground,
            near=shift(own_ground, -0.06),
            far=mix(palette.far, own_ground, 0.7),
        )
    colours = reading.get("colour")
    if colours:
        main = lch(*COLOURS[colours[0]])
        share = (0.62 if len(colours) == 1 else 0.42) * (0.75 + 0.5 * strict)
        palette = palette.toward(main, clamp(share, 0.0, 0.92))
        others = tuple(lch(*COLOURS[c]) for c in colours[1:4])
        palette = replace(
            palette, accents=(main, *others, *palette.accents)[:4] if others else palette.accents
        )
        if len(palette.accents) < 3:
            palette = replace(palette, accents=(*palette.accents, *palette.accents)[:3])
        if others:
            palette = replace(
                palette,
                glow=mix(palette.glow, others[0], 0.35),
                near=mix(palette.near, others[-1], 0.5),
            )
    for name in (*avoid.get("colour"), *(c for s in avoid.subjects for c in s.colours)):
        palette = _away(palette, lch(*COLOURS[name]))
    tones = reading.get("tone")
    moods = reading.get("mood")
    chroma = medium.chroma * (0.86 + 0.48 * strict)
    chroma *= (
        1.35 if "many" in tones else 0.6 if "pale" in tones else 0.04 if "mono" in tones else 1.0
    )
    chroma *= 0.8 if "sad" in moods or "eerie" in moods else 1.15 if "happy" in moods else 1.0
    palette = palette.times(chroma)
    if "pale" in tones:
        palette = _lighter(palette, 0.12)
    if "deep" in tones and light not in ("night", "candle"):
        palette = _lighter(palette, -0.12)
    return palette


def _lighter(p: Palette, by: float) -> Palette:
    return replace(
        p,
        sky=shift(p.sky, by),
        glow=shift(p.glow, by * 0.7),
        far=shift(p.far, by),
        near=shift(p.near, by),
        shade=shift(p.shade, by),
        dim=clamp(p.dim * (1.0 + by), 0.4, 1.1),
    )


def _away(palette: Palette, colour: Lab) -> Palette:
    """The palette with every part that has this hue turned to its opposite or greyed."""

    def turn(own: Lab) -> Lab:
        dot = own[1] * colour[1] + own[2] * colour[2]
        own_sq = own[1] * own[1] + own[2] * own[2]
        other_sq = colour[1] * colour[1] + colour[2] * colour[2]
        if other_sq < 0.0004:  # no hue: avoid the lightness
            return (clamp(own[0] + (0.15 if colour[0] < 0.5 else -0.12), 0.1, 0.95), own[1], own[2])
        if dot > 0 and dot * dot > 0.42 * own_sq * other_sq:
            return (own[0], -own[1] * 0.5, -own[2] * 0.5)
        return own

    p = palette
    return replace(
        p,
        sky=turn(p.sky),
        glow=turn(p.glow),
        far=turn(p.far),
        near=turn(p.near),
        light=turn(p.light),
        shade=turn(p.shade),
        accents=tuple(turn(a) for a in p.accents),
    )


_ANY = tuple(
    name for name in COLOURS if name not in ("skin", "wood", "stone", "brick", "leaf", "steel")
)


def colours_of(
    subject: Subject, own: Motif, palette: Palette, chance: Chance, index: int
) -> tuple[tuple[Lab, Lab, Lab], float]:
    """Main, second and accent colour, and how strictly the main one was asked for."""
    accents = palette.accents
    accent = accents[(index + 1) % len(accents)]
    main = lch(*COLOURS[chance.pick(own.colours)]) if own.colours else accents[index % len(accents)]
    second = (
        lch(*COLOURS[chance.pick(own.second)])
        if own.second
        else accents[(index + 2) % len(accents)]
    )
    asked = 0.0
    material = {
        "wood": "wood",
        "stone": "stone",
        "metal": "steel",
        "glass": "skyblue",
        "brick": "brick",
        "ice": "skyblue",
        "fire": "orange",
        "paper": "cream",
    }.get(subject.material)
    if material:
        main = lch(*COLOURS[material])
        asked = 0.6
    if subject.colours:
        main = lch(*COLOURS[subject.colours[0]])
        asked = 1.0
        if len(subject.colours) > 1:
            second = lch(*COLOURS[subject.colours[1]])
    elif subject.motif in BEINGS or subject.motif == "crowd":
        main = mix(main, accents[index % len(accents)], 0.5)
    main = shift(main, chance.between(-0.03, 0.03))
    return (main, second, accent), asked
