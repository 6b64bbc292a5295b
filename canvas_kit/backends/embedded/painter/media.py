"""Techniques and styles: what each does to palette, brush, modelling, line and finish."""

from __future__ import annotations

from dataclasses import dataclass, field

from .strokes import Brush

__all__ = ["MEDIA", "Medium"]


@dataclass(frozen=True, slots=True)
class Medium:
    """A way of making pictures.

    Attributes:
        name: Its name in the lexicon.
        brush: How strokes are made.
        line: 0..1, strength of drawn contours.
        line_colour: ``ink`` (the palette's darkest), ``black``, ``white`` or ``lead``.
        paint: 0..1, share of brush work in the result; the rest is the smooth underpainting.
        relief: 0..1, thickness of paint seen in side light.
        weave: 0..1, canvas or paper texture.
        chroma: Factor on colourfulness.
        contrast: Factor on the contrast of the whole.
        model: Factor on light and shadow on forms; 0 is flat.
        wobble: Factor on the unsteadiness of the hand.
        vignette: 0..1, darkening towards the corners.
        grain: 0..1, photographic grain.
        flow: Factor on how wildly the field bends strokes and sky.
        field: Extra share of the abstract field.
        finish: Names of finishing passes, in order.
        light: A light to prefer when the prompt names none, or "".
    """

    name: str
    brush: Brush = field(default_factory=Brush)
    line: float = 0.18
    line_colour: str = "ink"
    paint: float = 1.0
    relief: float = 0.5
    weave: float = 0.35
    chroma: float = 1.0
    contrast: float = 1.0
    model: float = 1.0
    wobble: float = 1.0
    vignette: float = 0.18
    grain: float = 0.0
    flow: float = 1.0
    field: float = 0.0
    finish: tuple[str, ...] = ()
    light: str = ""


_FLAT = Brush(aspect=2.2, bristle=0.15, jitter=0.012, opacity=0.98, curl=0.1)

MEDIA: dict[str, Medium] = {
    m.name: m
    for m in (
        Medium("oil"),
        Medium(
            "watercolour",
            Brush(aspect=1.7, opacity=0.5, bristle=0.25, jitter=0.03, curl=0.5, finest=0.022),
            line=0.3,
            relief=0.0,
            weave=0.5,
            chroma=1.3,
            model=0.7,
            vignette=0.0,
            finish=("watercolour", "deckle"),
        ),
        Medium(
            "ink",
            Brush(aspect=3.8, opacity=0.55, bristle=0.8, jitter=0.03, curl=0.5, finest=0.02),
            line=0.85,
            line_colour="black",
            relief=0.0,
            weave=0.45,
            chroma=0.12,
            contrast=1.15,
            model=0.8,
            wobble=1.7,
            vignette=0.0,
            finish=("ink",),
        ),
        Medium(
            "charcoal",
            Brush(
                aspect=6.0,
                opacity=0.6,
                bristle=1.0,
                jitter=0.06,
                follow=0.55,
                lean=0.86,
                finest=0.024,
            ),
            line=0.75,
            line_colour="black",
            relief=0.0,
            weave=0.5,
            chroma=0.0,
            contrast=1.2,
            wobble=1.5,
            vignette=0.0,
            finish=("charcoal",),
        ),
        Medium(
            "pencil",
            Brush(
                aspect=9.0,
                opacity=0.55,
                bristle=0.7,
                jitter=0.05,
                follow=0.4,
                lean=0.87,
                finest=0.026,
                curl=0.15,
                cover=1.3,
            ),
            line=0.9,
            line_colour="lead",
            relief=0.0,
            weave=0.5,
            chroma=0.45,
            wobble=1.3,
            vignette=0.0,
            finish=("pencil",),
        ),
        Medium(
            "pastel",
            Brush(aspect=4.0, opacity=0.75, bristle=1.0, jitter=0.06, follow=0.7, finest=0.022),
            line=0.3,
            relief=0.0,
            weave=0.9,
            chroma=1.1,
            vignette=0.0,
            finish=("tooth",),
        ),
        Medium(
            "woodcut",
            paint=0.15,
            brush=Brush(aspect=7.0, opacity=1.0, bristle=0.35, jitter=0.10, finest=0.018),
            line=1.0,
            line_colour="black",
            relief=0.0,
            weave=0.25,
            chroma=0.5,
            contrast=1.4,
            vignette=0.0,
            flow=1.3,
            finish=("woodcut",),
        ),
        Medium(
            "ukiyoe",
            _FLAT,
            paint=0.3,
            line=0.85,
            line_colour="ink",
            relief=0.0,
            weave=0.55,
            chroma=0.85,
            model=0.12,
            vignette=0.05,
            finish=("posterise", "paper"),
        ),
        Medium(
            "impressionism",
            Brush(
                aspect=2.1,
                opacity=0.95,
                bristle=0.6,
                jitter=0.085,
                follow=0.6,
                finest=0.024,
                curl=0.5,
            ),
            line=0.0,
            relief=0.8,
            weave=0.4,
            chroma=1.25,
            wobble=1.0,
            vignette=0.0,
        ),
        Medium(
            "expressionism",
            Brush(aspect=5.0, opacity=0.96, bristle=0.7, jitter=0.075, finest=0.028, curl=1.0),
            line=0.6,
            relief=0.9,
            weave=0.3,
            chroma=1.5,
            contrast=1.2,
            wobble=3.2,
            flow=2.4,
            field=0.05,
            finish=(),
        ),
        Medium(
            "renaissance",
            Brush(aspect=2.6, opacity=0.7, bristle=0.2, jitter=0.012, finest=0.012),
            line=0.1,
            paint=0.75,
            relief=0.12,
            weave=0.25,
            chroma=0.82,
            contrast=1.08,
            model=1.35,
            vignette=0.55,
            finish=("varnish", "craquelure"),
            light="room",
        ),
        Medium(
            "baroque",
            Brush(aspect=3.0, opacity=0.85, bristle=0.45, jitter=0.02, finest=0.015),
            line=0.05,
            relief=0.35,
            weave=0.3,
            chroma=0.9,
            contrast=1.25,
            model=1.5,
            vignette=0.9,
            finish=("varnish",),
            light="candle",
        ),
        Medium(
            "artnouveau",
            _FLAT,
            paint=0.3,
            line=1.0,
            line_colour="ink",
            relief=0.0,
            weave=0.4,
            chroma=0.88,
            model=0.25,
            wobble=0.4,
            vignette=0.0,
            flow=1.6,
            finish=("posterise", "whiplash", "paper"),
        ),
        Medium(
            "bauhaus",
            _FLAT,
            line=0.0,
            paint=0.25,
            relief=0.0,
            weave=0.45,
            chroma=1.2,
            model=0.0,
            wobble=0.0,
            vignette=0.0,
            finish=("paper",),
        ),
        Medium(
            "cubism",
            Brush(aspect=2.4, opacity=0.9, bristle=0.5, jitter=0.04, finest=0.018),
            line=0.4,
            relief=0.5,
            weave=0.5,
            chroma=0.95,
            contrast=1.15,
            vignette=0.1,
            finish=("facets",),
        ),
        Medium(
            "popart",
            _FLAT,
            paint=0.3,
            line=1.0,
            line_colour="black",
            relief=0.0,
            weave=0.1,
            chroma=1.7,
            contrast=1.2,
            model=0.35,
            wobble=0.3,
            vignette=0.0,
            finish=("posterise", "halftone"),
        ),
        Medium(
            "comic",
            _FLAT,
            paint=0.3,
            line=1.0,
            line_colour="black",
            relief=0.0,
            weave=0.12,
            chroma=1.3,
            contrast=1.1,
            model=0.5,
            wobble=0.5,
            vignette=0.0,
            finish=("posterise",),
        ),
        Medium(
            "pixel",
            _FLAT,
            line=0.0,
            relief=0.0,
            weave=0.0,
            chroma=1.25,
            contrast=1.1,
            model=0.8,
            wobble=0.0,
            vignette=0.0,
            paint=0.04,
            finish=("pixels",),
        ),
        Medium(
            "blueprint",
            _FLAT,
            line=1.0,
            line_colour="white",
            paint=0.3,
            relief=0.0,
            weave=0.3,
            model=0.3,
            wobble=0.0,
            vignette=0.15,
            finish=("blueprint",),
        ),
        Medium(
            "photo1870",
            Brush(aspect=1.6, opacity=0.6, bristle=0.0, jitter=0.008),
            line=0.0,
            paint=0.3,
            relief=0.0,
            weave=0.0,
            chroma=0.0,
            contrast=1.15,
            model=1.2,
            wobble=0.6,
            vignette=0.75,
            grain=0.5,
            finish=("soft", "sepia", "scratches"),
        ),
        Medium(
            "photo1970",
            Brush(aspect=1.6, opacity=0.6, bristle=0.0, jitter=0.008),
            line=0.0,
            paint=0.35,
            relief=0.0,
            weave=0.0,
            chroma=0.85,
            contrast=0.92,
            model=1.1,
            wobble=0.6,
            vignette=0.45,
            grain=0.35,
            finish=("soft", "faded"),
        ),
        Medium(
            "photo",
            Brush(aspect=1.6, opacity=0.6, bristle=0.0, jitter=0.006),
            line=0.0,
            paint=0.3,
            relief=0.0,
            weave=0.0,
            chroma=1.0,
            contrast=1.12,
            model=1.25,
            wobble=0.5,
            vignette=0.35,
            grain=0.16,
            finish=("bloom",),
        ),
        Medium(
            "stainedglass",
            _FLAT,
            line=1.0,
            line_colour="black",
            relief=0.0,
            weave=0.0,
            chroma=1.6,
            contrast=1.2,
            model=0.3,
            vignette=0.3,
            finish=("leading",),
        ),
        Medium(
            "mosaic",
            _FLAT,
            line=0.0,
            relief=0.2,
            weave=0.0,
            chroma=1.15,
            vignette=0.15,
            finish=("tesserae",),
        ),
        Medium(
            "collage",
            _FLAT,
            line=0.0,
            paint=0.25,
            relief=0.0,
            weave=0.5,
            chroma=1.2,
            model=0.0,
            wobble=1.6,
            vignette=0.0,
            finish=("paper",),
        ),
        Medium(
            "minimal",
            _FLAT,
            line=0.0,
            paint=0.2,
            relief=0.0,
            weave=0.2,
            chroma=0.9,
            model=0.12,
            wobble=0.1,
            vignette=0.0,
            finish=("paper",),
        ),
        Medium(
            "abstract",
            Brush(aspect=2.6, opacity=0.9, bristle=0.8, jitter=0.05, finest=0.02),
            relief=0.7,
            chroma=1.2,
            contrast=1.1,
            wobble=2.5,
            flow=1.6,
            field=0.55,
        ),
    )
}
