"""Pictures as one small PNG, for what shows no HTML: Word, LaTeX, a list of files."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from itertools import islice

from canvas_kit.errors import RecordError
from canvas_kit.media import recognise, thumbnail
from canvas_kit.values import Entity
from canvas_kit.views.markup import checked_bytes

MOST_PICTURES = 12
"""Pictures on a sheet."""
_UNCHANGED_BYTES = 40_000
"""A picture alone, as PNG up to this size, is taken as it is."""
_ALONE, _TILE, _GAP, _ACROSS = 320, 120, 6, 4
_COLOURS = 192


def contact_png(pictures: Iterable[Entity]) -> str | None:
    """The first pictures side by side, as PNG in base64; None where none can be shown.

    At most about 120 kB, whatever the size of the pictures.
    """
    found = list(islice(_files(pictures), MOST_PICTURES))
    if not found:
        return None
    if len(found) == 1 and recognise(found[0]) == "image/png" and len(found[0]) <= _UNCHANGED_BYTES:
        return base64.b64encode(found[0]).decode("ascii")
    from PIL import Image

    edge = _ALONE if len(found) == 1 else _TILE
    tiles = []
    for data in found:
        if made := thumbnail(data, edge=edge, max_bytes=0):
            with Image.open(io.BytesIO(made[0])) as picture:
                tiles.append(picture.convert("RGBA"))
    if not tiles:
        return None
    across = min(len(tiles), _ACROSS)
    down = -(-len(tiles) // across)
    step = edge + _GAP
    sheet = Image.new("RGB", (across * step - _GAP, down * step - _GAP), "#ffffff")
    for number, tile in enumerate(tiles):
        place = (number % across * step, number // across * step)
        sheet.paste(tile, place, tile)
    if len(tiles) == 1:
        sheet = sheet.crop((0, 0, *tiles[0].size))
    file = io.BytesIO()
    sheet.quantize(_COLOURS).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode("ascii")


def _files(pictures: Iterable[Entity]) -> Iterable[bytes]:
    for entity in pictures:
        try:
            yield checked_bytes(entity)
        except RecordError:  # moved, removed or replaced meanwhile
            continue
