"""A canvas as a notebook shows it: drawn, as SVG and as PNG."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import printable
from canvas_kit.german import Language
from canvas_kit.views import markup
from canvas_kit.views.drawing.scene import scene_of
from canvas_kit.views.drawing.writers import png_of, svg_of
from canvas_kit.views.front_end import user_language
from canvas_kit.views.markup import Html

MAX_DRAWN_NODES = 400
"""How many nodes a drawing may have; more cannot be told apart."""


def canvas_bundle(canvas: Canvas) -> Mapping[str, Any]:
    """A canvas as text, as HTML and SVG, and as PNG; a very large one as text alone."""
    bundle = {"text/plain": str(canvas)}
    if len(canvas.nodes) <= MAX_DRAWN_NODES:
        scene = scene_of(canvas.nodes, canvas.connections, user_language())
        svg = svg_of(scene)
        # Beside the SVG: what shows notebooks gives that no description to be read aloud.
        bundle["text/html"] = _image(svg, canvas)
        bundle["image/svg+xml"] = svg
        bundle["image/png"] = base64.b64encode(png_of(scene)).decode("ascii")
    return bundle


def canvas_html(canvas: Canvas, language: Language | None = None) -> Html:
    """A canvas drawn, to stand in other HTML; a very large one as text.

    Args:
        canvas: The canvas.
        language: In which presets are named, if not in the one that the settings say.
    """
    if len(canvas.nodes) > MAX_DRAWN_NODES:
        return markup.tag("pre", markup.text(canvas))
    scene = scene_of(canvas.nodes, canvas.connections, language or user_language())
    return _image(svg_of(scene), canvas)


def _image(svg: str, canvas: Canvas) -> Html:
    """A drawing with what it shows in words: the name of the canvas and its nodes."""
    title = f"Canvas {canvas.name}".strip()
    said = f"{title}: {', '.join(node.id for node in canvas.nodes)}"
    source = markup.data_url(svg.encode(), "image/svg+xml")
    return markup.image(source, printable(said, markup.TOOLTIP_CHARACTERS))
