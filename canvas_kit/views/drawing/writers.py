"""A scene as SVG, and as PNG for what shows no SVG.

The SVG needs nothing of the page that shows it, and gives it nothing: no fonts of its own, no ids
that a second drawing could have too. It is dark where the page says that it is dark, as JupyterLab
does; everywhere else it stands on its own white ground.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from canvas_kit.analysis.typeface import Typeface
from canvas_kit.views.drawing.shapes import (
    SMALL_SIZE,
    TEXT_SIZE,
    TITLE_SIZE,
    Badge,
    Box,
    Place,
    Scene,
    Style,
    Wire,
    words_of,
)
from canvas_kit.views.markup import tag, text

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

FONTS = "system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,'DejaVu Sans',sans-serif"
_PAPER, _FRAME, _INK, _DIM, _WIRE, _BACK, _BADGE = (
    "#ffffff", "#e3e5e8", "#1d2125", "#5a626b", "#848d97", "#d6336c", "#6741d9",
)  # fmt: skip
_BADGE_FILL, _BADGE_EDGE = "#f3f0ff", "#c9bcff"
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
    ".paper{fill:#16191d;stroke:#2c3238}.ink{fill:#e6e9ed}.dim{fill:#aab3bd}.said{fill:#c9bcff}"
    ".wire{stroke:#8b95a0}.wire.tip{fill:#8b95a0;stroke:none}"
    ".back{stroke:#f06595}.back.tip{fill:#f06595;stroke:none}"
    ".badge{fill:#2a2344;stroke:#5b4a94}"
    + "".join(
        f".{role}{{fill:{fill};stroke:{edge}}}.{role}.band{{fill:{edge};stroke:none}}"
        for role, (fill, edge) in _DARK.items()
    )
    + "}"
)
_MIDDLE, _END = ' text-anchor="middle"', ' text-anchor="end"'
_LOOKS = {
    Style.TITLE: ("ink", _INK, TITLE_SIZE, ' font-weight="600"'),
    Style.LINE: ("dim", _DIM, TEXT_SIZE, ""),
    Style.BADGE: ("said", _BADGE, SMALL_SIZE, _MIDDLE),
    Style.PORT: ("dim", _DIM, SMALL_SIZE, _END),
    Style.LABEL: ("dim", _DIM, SMALL_SIZE, _MIDDLE),
}
"""How words look: their class, colour, size, and what else the SVG says of them."""
_BAND = 4
_ROOM, _SMALLEST_SCALE = 850, 0.72
"""A drawing is made smaller to fit a cell on a small screen, as long as it can be read."""
_MOST_PIXELS, _LONGEST_EDGE, MOST_PNG_BYTES = 2_400_000, 3000, 60_000
"""Of a PNG; a larger scene becomes a smaller picture."""


def svg_of(scene: Scene) -> str:
    """A scene as an SVG document.

    What looks alike stands in one group, which says once how it looks, and lines that look alike
    are one path: hundreds of nodes stay small without a style sheet, an id or a ``<use>``, which
    some of what shows notebooks takes out.
    """
    scale = min(1, max(_SMALLEST_SCALE, _ROOM / scene.width))
    size = f'width="{scene.width * scale:.0f}" height="{scene.height * scale:.0f}"'
    frame = f'fill="{_PAPER}" stroke="{_FRAME}"'
    parts = [*_svg_boxes(scene.boxes), *_svg_words(scene), *_svg_lines(scene.lines)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" '
        f'viewBox="0 0 {scene.width} {scene.height}" font-family="{FONTS}" '
        f'font-size="{TEXT_SIZE}"><style>{_DARK_STYLE}</style>'
        f'<rect class="paper" x=".5" y=".5" width="{scene.width - 1}" height="{scene.height - 1}" '
        f'rx="8" {frame}/>{"".join(parts)}</svg>'
    )


def _group(css: str, given: str, parts: Iterable[str]) -> Iterator[str]:
    """Some parts with a class and what they have in common; nothing of none."""
    if inner := "".join(parts):
        yield f'<g class="{css}" {given}>{inner}</g>'


def _svg_boxes(boxes: Sequence[Box]) -> Iterator[str]:
    for role, (fill, edge) in _COLOURS.items():
        mine = [box for box in boxes if box.role == role]
        rects = (_svg_rect(box, tag("title", text(box.about))) for box in mine)
        yield from _group(role, f'fill="{fill}" stroke="{edge}"', rects)
        bands = "".join(
            f"M{_numbers([(box.x, box.y + 7)])}h{_BAND}v{_number(box.height - 14)}h-{_BAND}z"
            for box in mine
        )
        if bands:
            yield f'<path class="{role} band" fill="{edge}" d="{bands}"/>'
    badges = (_svg_rect(badge) for box in boxes for badge in box.badges)
    yield from _group("badge", f'fill="{_BADGE_FILL}" stroke="{_BADGE_EDGE}"', badges)


def _svg_rect(box: Box | Badge, inner: str = "") -> str:
    at = f'x="{_number(box.x)}" y="{_number(box.y)}"'
    size = f'width="{_number(box.width)}" height="{_number(box.height)}"'
    return f'<rect {at} {size} rx="7"' + (f">{inner}</rect>" if inner else "/>")


def _svg_words(scene: Scene) -> Iterator[str]:
    """All words; they let the mouse through to the boxes, which say more."""
    by_look: dict[tuple[str, str, int, str], list[str]] = {}
    for place, said, style in words_of(scene):
        one = f'<text x="{_number(place[0])}" y="{_number(place[1])}">{text(said)}</text>'
        by_look.setdefault(_LOOKS[style], []).append(one)
    for (css, colour, size, more), written in by_look.items():
        given = f'fill="{colour}" font-size="{size}" pointer-events="none"{more}'
        yield from _group(css, given, written)


def _svg_lines(lines: Sequence[Wire]) -> Iterator[str]:
    for feedback in (False, True):
        mine = [line for line in lines if line.feedback is feedback]
        if not mine:
            continue
        colour, css = (_BACK, "back") if feedback else (_WIRE, "wire")
        stroke = f'fill="none" stroke="{colour}" stroke-width="1.6"'
        stroke += ' stroke-dasharray="6 4"' if feedback else ""
        ways = "".join(
            f"M{_numbers([line.start])}" + "".join(f"C{_numbers(curve)}" for curve in line.curves)
            for line in mine
        )
        tips = "".join(f"M{_numbers(line.tip)}z" for line in mine)
        yield f'<path class="{css}" {stroke} d="{ways}"/>'
        yield f'<path class="{css} tip" fill="{colour}" d="{tips}"/>'


def _number(value: float) -> str:
    return f"{round(value, 1):g}"


def _numbers(places: Iterable[Place]) -> str:
    return " ".join(f"{_number(x)} {_number(y)}" for x, y in places)


# --- PNG -------------------------------------------------------------------------------------


def png_of(scene: Scene) -> bytes:
    """A scene as a PNG on white, twice as large as the scene where that is not too large."""
    width, height = max(1, scene.width), max(1, scene.height)
    scale = min(2.0, (_MOST_PIXELS / (width * height)) ** 0.5, _LONGEST_EDGE / max(width, height))
    words = Typeface([said for _, said, _ in words_of(scene)])
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
            _BADGE_FILL,
            _BADGE_EDGE,
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


def _paint_words(brush: ImageDraw, scene: Scene, words: Typeface, scale: float) -> None:
    for (x, y), said, style in words_of(scene):
        _, colour, size, anchor = _LOOKS[style]
        pixels = max(1, round(size * scale))
        before = words.width(said, pixels) * {_MIDDLE: 0.5, _END: 1}.get(anchor, 0)
        # Bold is what is written twice.
        for left in (x, x + 0.5) if style is Style.TITLE else (x,):
            words.draw(brush, (left * scale - before, y * scale - pixels), said, pixels, colour)
