"""A scene as SVG, and as PNG for what shows no SVG.

The SVG needs nothing of the page that shows it, and gives it nothing: no fonts of its own, no ids
that a second drawing could have too. It is dark where the page says that it is dark, as JupyterLab
does; everywhere else it stands on its own white ground.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from canvas_kit.analysis.typeface import Typeface
from canvas_kit.views.drawing.scene import (
    SMALL_SIZE,
    TEXT_SIZE,
    TITLE_SIZE,
    Box,
    Place,
    Scene,
    Wire,
)
from canvas_kit.views.markup import Html, tag, text

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

FONTS = "system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,'DejaVu Sans',sans-serif"
_PAPER, _FRAME, _INK, _DIM, _WIRE, _BACK, _BADGE = (
    "#ffffff", "#e3e5e8", "#1d2125", "#5a626b", "#848d97", "#d6336c", "#6741d9",
)  # fmt: skip
_COLOURS = {
    "input": ("#f1f5f9", "#64748b"),
    "language": ("#e9f3fe", "#1971c2"),
    "parameter": ("#f3f0ff", "#6741d9"),
    "generation": ("#eafaf1", "#1a8754"),
    "judge": ("#fff4e6", "#c2570c"),
    "output": ("#fdf0f6", "#a8326e"),
}
_DARK = {
    "input": ("#252b33", "#94a3b8"),
    "language": ("#172b40", "#5aa9f0"),
    "parameter": ("#2a2344", "#a78bfa"),
    "generation": ("#16301f", "#46c480"),
    "judge": ("#3a2610", "#f0974a"),
    "output": ("#391f2d", "#e07fae"),
}
_DARK_STYLE = (
    "@media(prefers-color-scheme:dark){"
    ".paper{fill:#16191d;stroke:#2c3238}.ink{fill:#e6e9ed}.dim{fill:#aab3bd}.wire{stroke:#8b95a0}"
    ".tip{fill:#8b95a0}.back{stroke:#f06595}.back.tip{fill:#f06595;stroke:none}"
    ".badge rect{fill:#2a2344;stroke:#5b4a94}.badge text{fill:#c9bcff}"
    + "".join(
        f".{role}{{fill:{fill};stroke:{edge}}}.{role}.band{{fill:{edge}}}"
        for role, (fill, edge) in _DARK.items()
    )
    + "}"
)
_MIDDLE, _END = ' text-anchor="middle"', ' text-anchor="end"'
_BAND = 4
_ROOM, _SMALLEST_SCALE = 850, 0.72
"""A drawing is made smaller to fit a cell on a small screen, as long as it can be read."""
_MOST_PIXELS, _LONGEST_EDGE, MOST_PNG_BYTES = 2_400_000, 3000, 60_000
"""Of a PNG; a larger scene becomes a smaller picture."""


def svg_of(scene: Scene) -> str:
    """A scene as an SVG document."""
    scale = min(1, max(_SMALLEST_SCALE, _ROOM / scene.width))
    size = f'width="{scene.width * scale:.0f}" height="{scene.height * scale:.0f}"'
    parts = [_svg_box(box) for box in scene.boxes]
    parts += [_svg_line(line) for line in scene.lines]
    frame = f'fill="{_PAPER}" stroke="{_FRAME}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" '
        f'viewBox="0 0 {scene.width} {scene.height}" font-family="{FONTS}" '
        f'font-size="{TEXT_SIZE}"><style>{_DARK_STYLE}</style>'
        f'<rect class="paper" x=".5" y=".5" width="{scene.width - 1}" height="{scene.height - 1}" '
        f'rx="8" {frame}/>{"".join(parts)}</svg>'
    )


def _svg_box(box: Box) -> str:
    fill, edge = _COLOURS[box.role]
    at = f'x="{box.x:.1f}" width="{box.width:.1f}" y="{box.y:.1f}" height="{box.height:.1f}"'
    band = f'x="{box.x:.1f}" width="{_BAND}" y="{box.y + 7:.1f}" height="{box.height - 14:.1f}"'
    bold = ' font-weight="600"'
    parts = [
        tag("title", text(box.about)),
        f'<rect class="{box.role}" {at} rx="7" fill="{fill}" stroke="{edge}"/>',
        f'<rect class="{box.role} band" {band} fill="{edge}"/>',
        _svg_text(box.line_place(-1), box.title, "ink", _INK, TITLE_SIZE, bold),
    ]
    parts += [
        _svg_text(box.line_place(number), words, "dim", _DIM, TEXT_SIZE)
        for number, words in enumerate(box.lines)
    ]
    for badge in box.badges:
        middle = (badge.x + badge.width / 2, badge.y + badge.height - 4)
        words = _svg_text(middle, badge.words, "", _BADGE, SMALL_SIZE, _MIDDLE)
        parts.append(
            f'<g class="badge"><rect x="{badge.x:.1f}" y="{badge.y:.1f}" width="{badge.width:.1f}" '
            f'height="{badge.height:.0f}" rx="7" fill="#f3f0ff" stroke="#c9bcff"/>{words}</g>'
        )
    parts += [
        _svg_text(_port_words(box, name), name, "dim", _DIM, SMALL_SIZE, _END) for name in box.ports
    ]
    return tag("g", "".join(parts))


def _port_words(box: Box, name: str) -> Place:
    """Where the name of a port ends, on its base line."""
    x, y = box.port_place(name)
    return x - 8, y + 4


def _svg_line(line: Wire) -> str:
    colour, css = (_BACK, "wire back") if line.feedback else (_WIRE, "wire")
    dashes = ' stroke-dasharray="6 4"' if line.feedback else ""
    way = "".join(f"C{_numbers(curve)}" for curve in line.curves)
    tip = "M" + "L".join(_numbers([place]) for place in line.tip) + "z"
    words = ""
    if line.label:
        words = _svg_text(line.label_place, line.label, "dim", _DIM, SMALL_SIZE, _MIDDLE)
    return (
        f'<path class="{css}" d="M{_numbers([line.start])}{way}" fill="none" stroke="{colour}" '
        f'stroke-width="1.6"{dashes}/>'
        f'<path class="{"back tip" if line.feedback else "tip"}" d="{tip}" fill="{colour}"/>{words}'
    )


def _svg_text(place: Place, words: str, css: str, colour: str, size: int, more: str = "") -> Html:
    x, y = place
    given = f'class="{css}" ' if css else ""
    return (
        f'<text {given}x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}"{more}>'
        f"{text(words)}</text>"
    )


def _numbers(places: Iterable[Place]) -> str:
    return " ".join(f"{x:.1f} {y:.1f}" for x, y in places)


# --- PNG -------------------------------------------------------------------------------------


def png_of(scene: Scene) -> bytes:
    """A scene as a PNG on white, twice as large as the scene where that is not too large."""
    width, height = max(1, scene.width), max(1, scene.height)
    scale = min(2.0, (_MOST_PIXELS / (width * height)) ** 0.5, _LONGEST_EDGE / max(width, height))
    words = Typeface(_words(scene))
    while len(data := _png(scene, words, scale)) > MOST_PNG_BYTES:
        scale *= 0.7
    return data


def _png(scene: Scene, words: Typeface, scale: float) -> bytes:
    from PIL import Image, ImageDraw

    def size(scale: float) -> tuple[int, int]:
        return max(1, round(scene.width * scale)), max(1, round(scene.height * scale))

    fine = 2 * scale  # painted twice as large: Pillow's lines have hard edges
    image = Image.new("RGB", size(fine), _PAPER)
    brush = ImageDraw.Draw(image)
    for box in scene.boxes:
        _paint_box(brush, box, fine)
    for line in scene.lines:
        _paint_line(brush, line, fine)
    image = image.resize(size(scale), Image.Resampling.BOX)
    _paint_words(ImageDraw.Draw(image), scene, words, scale)
    file = io.BytesIO()
    image.quantize(96, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _paint_box(brush: ImageDraw, box: Box, scale: float) -> None:
    fill, edge = _COLOURS[box.role]
    corners = [box.x, box.y, box.x + box.width, box.y + box.height]
    brush.rounded_rectangle(
        [value * scale for value in corners], 7 * scale, fill, edge, max(1, round(scale))
    )
    band = [box.x, box.y + 7, box.x + _BAND, box.y + box.height - 7]
    brush.rectangle([value * scale for value in band], edge)
    for badge in box.badges:
        corners = [badge.x, badge.y, badge.x + badge.width, badge.y + badge.height]
        brush.rounded_rectangle(
            [value * scale for value in corners],
            7 * scale,
            "#f3f0ff",
            "#c9bcff",
            max(1, round(scale)),
        )


def _paint_line(brush: ImageDraw, line: Wire, scale: float) -> None:
    colour = _BACK if line.feedback else _WIRE
    places = [(x * scale, y * scale) for x, y in line.places(24)]
    width = max(1, round(1.6 * scale))
    if line.feedback:
        for first, second in _dashes(places, 6 * scale, 4 * scale):
            brush.line([first, second], colour, width)
    else:
        brush.line(places, colour, width, joint="curve")
    brush.polygon([(x * scale, y * scale) for x, y in line.tip], colour)


def _dashes(places: list[Place], on: float, off: float) -> Iterable[tuple[Place, Place]]:
    """Pieces of a way, with gaps between them."""
    drawing, left = True, on
    for (x1, y1), (x2, y2) in itertools.pairwise(places):
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        done = 0.0
        while done < length:
            step = min(left, length - done)
            ends = [
                (x1 + (x2 - x1) * at / length, y1 + (y2 - y1) * at / length)
                for at in (done, done + step)
            ]
            if drawing:
                yield ends[0], ends[1]
            done, left = done + step, left - step
            if left <= 0:
                drawing, left = not drawing, off if drawing else on


def _words(scene: Scene) -> list[str]:
    found = [line.label for line in scene.lines]
    for box in scene.boxes:
        found += [box.title, *box.lines, *box.ports, *(badge.words for badge in box.badges)]
    return found


def _paint_words(brush: ImageDraw, scene: Scene, words: Typeface, scale: float) -> None:
    def write(place: Place, said: str, size: int, colour: str, before: float = 0) -> None:
        """``before``: how much of the words stands before the place."""
        pixels = max(1, round(size * scale))
        x, y = place[0] * scale, place[1] * scale
        x -= words.width(said, pixels) * before if before else 0
        words.draw(brush, (x, y - pixels), said, pixels, colour)

    for box in scene.boxes:
        x, y = box.line_place(-1)
        write((x, y), box.title, TITLE_SIZE, _INK)
        write((x + 0.5, y), box.title, TITLE_SIZE, _INK)  # bold
        for number, line in enumerate(box.lines):
            write(box.line_place(number), line, TEXT_SIZE, _DIM)
        for badge in box.badges:
            middle = (badge.x + badge.width / 2, badge.y + badge.height - 4)
            write(middle, badge.words, SMALL_SIZE, _BADGE, 0.5)
        for name in box.ports:
            write(_port_words(box, name), name, SMALL_SIZE, _DIM, 1)
    for item in scene.lines:
        if item.label:
            write(item.label_place, item.label, SMALL_SIZE, _DIM, 0.5)
