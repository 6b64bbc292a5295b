"""A grid on paper: pages of pictures with their labels, and the words that were painted.

Nothing is cut: labels are wrapped, and the words stand beneath the pictures as notes, equal ones
once; the number beside a picture's label says which. What was not made keeps its place, with its
reason among the notes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from canvas_kit.analysis.grid import NO_POINT, Block, Grid, Slot, axis_name, label_of
from canvas_kit.analysis.rows import NOT_MADE
from canvas_kit.analysis.typeface import Typeface
from canvas_kit.display import call
from canvas_kit.errors import RecordError
from canvas_kit.media import thumbnail
from canvas_kit.values import Entity

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

MOST_FILES = 40
"""Files, or pages of a PDF, to which one grid is written."""
HTML_PLACES = 600
"""Places in one HTML file: up to about ten megabytes."""
_PNG_SIZE = (5600, 5200)
"""The largest picture that is painted."""
_A4 = (2339, 1654)
"""A4 with the long side across, at 200 dots an inch."""
_DOTS = 200
_INK, _DIM, _LINE, _BAD, _PAPER, _WELL = (
    "#1c1c1f", "#6d6d74", "#dfdfe4", "#b3261e", "#ffffff", "#f4f4f6",
)  # fmt: skip
_TITLE, _LABEL, _SMALL = 34, 21, 16
_LEADING = 1.36
_MARGIN, _GAP, _CELL_GAP, _ROW_GAP = 72, 10, 30, 32
_LABEL_WIDTH = 250
_COMFORTABLE, _WIDE = 2200, 3600
_NOTE_WIDTH = 900


def save_sheet(grid: Grid, path: Path, *, edge: int | None, font: str | Path | None) -> list[Path]:
    """Write a grid to a file, or to several where one would be too large; see :meth:`Grid.save`."""
    if edge is not None and not 48 <= edge <= 1024:
        raise ValueError(f"The edge of a picture should be 48 to 1024 pixels, but is {edge}.")
    if not grid.points:
        raise ValueError(f"There is nothing to print: no point of batch {grid.batch.id} is known.")
    writers: dict[str, Callable[..., list[Path]]] = {
        ".png": _save_png, ".pdf": _save_pdf, ".html": _save_html,
    }  # fmt: skip
    write = writers.get(path.suffix.lower())
    if write is None:
        raise ValueError(
            f"A contact sheet is saved as .png, .pdf or .html, but not as {path.name!r}."
        )
    try:
        return write(grid, path, edge, font)
    except OSError as error:
        raise RecordError(f"{path} cannot be written: {error.strerror or error}.") from error


def _save_png(grid: Grid, path: Path, edge: int | None, font: str | Path | None) -> list[Path]:
    painter = _Painter(grid, _PNG_SIZE, edge or 224, grows=True, font=font)
    names = _names(path, painter.count_pages())
    for name, image in zip(names, painter.paint(), strict=False):
        image.save(name, "PNG", optimize=False)
    return names


def _save_pdf(grid: Grid, path: Path, edge: int | None, font: str | Path | None) -> list[Path]:
    painter = _Painter(grid, _A4, edge or 300, grows=False, font=font)
    _names(path, painter.count_pages())
    for number, image in enumerate(painter.paint()):
        # Page by page, so that only one is in memory.
        image.save(path, "PDF", resolution=_DOTS, quality=88, title=grid.title, append=number > 0)
    return [path]


def _save_html(grid: Grid, path: Path, edge: int | None, font: str | Path | None) -> list[Path]:
    blocks = grid.blocks(HTML_PLACES)
    names = _names(path, len(blocks))
    for number, (name, block) in enumerate(zip(names, blocks, strict=True)):
        links = [
            (word, names[other].name)
            for word, other in (("earlier", number - 1), ("later", number + 1))
            if 0 <= other < len(names)
        ]
        page = call("grid_page", grid, block, edge=edge or 240, links=links)
        name.write_text(page, encoding="utf-8")
    return names


def _names(path: Path, count: int) -> list[Path]:
    """The files of so many parts: the first has the name that was given."""
    if count > MOST_FILES:
        raise ValueError(
            f"The sheet would have {count:,} pages, of which {MOST_FILES} are written at most. "
            "Take a part of it (grid(where={…})), smaller pictures (edge=96), or .html, whose "
            f"pages hold {HTML_PLACES} pictures each."
        )
    more = [path.with_name(f"{path.stem}_{n}{path.suffix}") for n in range(2, count + 1)]
    return [path, *more]


# --- painting --------------------------------------------------------------------------------


class _Plan(NamedTuple):
    """How large everything is on the pages of a sheet."""

    columns: int
    inner: int
    pictures: int
    across: int
    edge: int
    height: int
    left: int

    @property
    def tiles(self) -> int:
        """Tiles of one cell."""
        return self.inner * self.pictures

    @property
    def cell(self) -> int:
        """The width of a cell."""
        return self.across * (self.edge + _GAP) - _GAP


@dataclass(slots=True)
class _Notes:
    """The words of a page, numbered as they come; equal ones once."""

    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def number(self, slot: Slot) -> int | None:
        """The number of a place's note; None where there is nothing to say."""
        reason = "" if slot.made else slot.reason
        if not slot.words and not reason:
            return None
        return self.numbers.setdefault((slot.words, reason), len(self.numbers) + 1)


class _Page:
    """A page under way; how high it becomes is known at the end."""

    def __init__(self, width: int, face: Typeface) -> None:
        from PIL import Image

        self.width, self.face = width, face
        self.bottom = 0.0
        self._image = Image.new("RGB", (width, width), _PAPER)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: int,
        colour: str,
        *,
        width: int,
        face: Typeface | None = None,
        most: int | None = None,
    ) -> float:
        """Words in lines no wider than ``width``; gives where they end."""
        shown = face or self.face
        lines = shown.wrap(words, size, width)
        if most is not None and len(lines) > most:
            lines = [*lines[: most - 1], lines[most - 1] + " …"]
        pen = self._pen(y + len(lines) * size * _LEADING)
        for line in lines:
            shown.draw(pen, (x, y), line, size, colour)
            y += size * _LEADING
        return y

    def centred(self, x: float, y: float, words: str, size: int, colour: str, width: int) -> None:
        """One line in the middle of ``width``."""
        space = (width - self.face.width(words, size)) / 2
        self.face.draw(self._pen(y + size), (x + max(0, space), y), words, size, colour)

    def box(self, x: float, y: float, width: int, height: int) -> None:
        """A place without a picture."""
        place = (x, y, x + width - 1, y + height - 1)
        self._pen(y + height).rounded_rectangle(place, 6, fill=_WELL, outline=_LINE)

    def line(self, y: float) -> None:
        """A thin line across."""
        self._pen(y).line((_MARGIN, y, self.width - _MARGIN, y), fill=_LINE, width=1)

    def picture(self, x: float, y: float, width: int, height: int, image: Image) -> None:
        """A picture in the middle of its place."""
        left = round(x + (width - image.width) / 2)
        top = round(y + (height - image.height) / 2)
        self._pen(y + height)
        self._image.paste(image, (left, top))

    def cut(self, height: int | None) -> Image:
        """The page, as high as that, or as what is on it."""
        height = height or math.ceil(self.bottom) + _MARGIN
        self._pen(height)
        return self._image.crop((0, 0, self.width, height))

    def _pen(self, bottom: float) -> ImageDraw:
        """What draws on the page, which reaches down to ``bottom`` at least."""
        from PIL import Image, ImageDraw

        self.bottom = max(self.bottom, bottom)
        if bottom + 1 > self._image.height:
            taller = Image.new("RGB", (self.width, int(bottom * 1.5)), _PAPER)
            taller.paste(self._image, (0, 0))
            self._image = taller
        return ImageDraw.Draw(self._image)


class _Painter:
    """Paints the pages of a grid, one after the other."""

    def __init__(
        self, grid: Grid, size: tuple[int, int], edge: int, *, grows: bool, font: str | Path | None
    ) -> None:
        """Plan the pages: of that ``size``, or, if they grow, up to it."""
        self.grid, self.size, self.grows, self.font = grid, size, grows, font
        sides = (
            (grid.rows, grid.row_keys), (grid.columns, grid.column_keys),
            (grid.inner, grid.inner_keys),
        )  # fmt: skip
        labels = [label_of(axis, key) for axis, keys in sides for key in keys]
        self.face = Typeface([*labels, *_FIXED, grid.title, grid.design, grid.progress], font)
        self.plan = self._planned(edge)
        width = size[0]
        if grows:
            plan = self.plan
            needed = plan.left + plan.columns * (plan.cell + _CELL_GAP) - _CELL_GAP
            width = max(needed + 2 * _MARGIN, 900)
        self.width = width

    def count_pages(self) -> int:
        """How many pages of pictures there will be, before any is painted."""
        return sum(1 for _ in self._pages())

    def paint(self) -> Iterator[Image]:
        """The pages; behind those of a PDF come the words."""
        height = None if self.grows else self.size[1]
        notes, number = _Notes(), 0
        for number, block in enumerate(self._pages(), 1):
            if self.grows:
                notes = _Notes()
            page = _Page(self.width, self.face)
            self._paint_block(page, block, notes, number)
            if self.grows:
                self._lay_notes(page, notes)
            yield page.cut(height)
        if not self.grows and notes.numbers:
            yield from self._paint_notes(notes, number)

    # --- how large everything is ---

    def _planned(self, edge: int) -> _Plan:
        grid = self.grid
        pictures, ratio = self._look_ahead()
        left = _LABEL_WIDTH if grid.rows else 0
        width = self.size[0] - 2 * _MARGIN - left
        columns, tiles = len(grid.column_keys), len(grid.inner_keys) * pictures
        if self.grows:
            columns = max(1, min(columns, width // (edge + _GAP + _CELL_GAP)))
            one_line = columns * (tiles * (edge + _GAP) + _CELL_GAP)
            room = one_line if one_line <= _WIDE else max(_COMFORTABLE, columns * (edge + 2 * _GAP))
            across = max(1, (room // columns - _CELL_GAP + _GAP) // (edge + _GAP))
        else:
            smallest = min(edge, max(96, edge // 2))
            columns = max(1, min(columns, width // (smallest + _GAP + _CELL_GAP)))
            room = width // columns - _CELL_GAP
            across = max(1, min(tiles, room // (smallest + _GAP)))
            edge = min(edge, room // across - _GAP)
        across = max(1, min(across, tiles))
        across = -(-tiles // -(-tiles // across))  # lines of one cell equally long
        if across % pictures and across > pictures:
            across -= across % pictures  # a run's pictures stay in one line
        height = max(32, round(edge * min(ratio, 1.6)))
        plan = _Plan(columns, len(grid.inner_keys), pictures, across, edge, height, left)
        lines = int((self.size[1] - 2 * _MARGIN - 260) // (height + 3 * _SMALL * _LEADING + _GAP))
        inner = max(1, lines * across // pictures)
        return plan._replace(inner=min(plan.inner, inner))

    def _look_ahead(self) -> tuple[int, float]:
        """Pictures of a run, and their height for a width of 1, as the first ones are."""
        grid = self.grid
        pictures, ratio = 1, 1.0
        block = Block((0, min(3, len(grid.row_keys))), (0, min(4, len(grid.column_keys))), (0, 1))
        for _, cells in grid.cells(block):
            for slot in (slot for cell in cells for slot in cell):
                pictures = max(pictures, len(slot.pictures))
                for entity in slot.pictures[:1]:
                    ratio = (entity.height or 1) / (entity.width or 1)
        return pictures, ratio

    def _pages(self) -> Iterator[Block]:
        """What goes on each page: as many rows as there is room for."""
        grid, plan = self.grid, self.plan
        top = 0
        room = self.size[1] - 2 * _MARGIN - 200
        spans = grid.blocks(10**9, columns=plan.columns, inner=plan.inner)
        parts = list(dict.fromkeys((block.columns, block.inner) for block in spans))
        while top < len(grid.row_keys):
            heights, end = self._row_height(top), top + 1
            while end < len(grid.row_keys):
                heights += self._row_height(end) + _ROW_GAP
                if heights > room:
                    break
                end += 1
            yield from (Block((top, end), columns, inner) for columns, inner in parts)
            top = end

    def _row_height(self, row: int) -> float:
        plan = self.plan
        captions = [label_of(self.grid.inner, key) for key in self.grid.inner_keys[: plan.inner]]
        lines = max((len(self._caption(label)) for label in captions), default=1)
        tile = plan.height + lines * _SMALL * _LEADING + _GAP
        pictures = math.ceil(plan.tiles / plan.across) * tile
        label = label_of(self.grid.rows, self.grid.row_keys[row])
        words = len(self.face.wrap(label, _LABEL, _LABEL_WIDTH - 30)) * _LABEL * _LEADING
        return max(pictures, words if self.grid.rows else 0)

    def _caption(self, label: str) -> list[str]:
        return self.face.wrap(label, _SMALL, self.plan.edge - 34)

    # --- what is on a page ---

    def _paint_block(self, page: _Page, block: Block, notes: _Notes, number: int) -> None:
        grid, plan = self.grid, self.plan
        full = self.width - 2 * _MARGIN
        y = page.text(_MARGIN, _MARGIN - 14, grid.title, _TITLE, _INK, width=full)
        facts = [grid.design, grid.progress, grid.where(block), f"page {number}"]
        if number == 1 and not grid.where(block):
            facts.pop()
        y = page.text(_MARGIN, y + 4, " · ".join(filter(None, facts)), _SMALL, _DIM, width=full)
        y += 26
        if grid.columns:
            y = page.text(
                _MARGIN + plan.left, y, axis_name(grid.columns), _SMALL, _DIM, width=full
            ) + 2  # fmt: skip
        labels = grid.column_labels(block)
        if grid.rows:
            under = max((len(self.face.wrap(one, _LABEL, plan.cell)) for one in labels), default=1)
            shift = (under - 1) * _LABEL * _LEADING if grid.columns else 0
            page.text(
                _MARGIN, y + shift + 4, axis_name(grid.rows), _SMALL, _DIM, width=_LABEL_WIDTH
            )
        if grid.columns:
            ends = [
                page.text(self._left(column), y, label, _LABEL, _INK, width=plan.cell)
                for column, label in enumerate(labels)
            ]
            y = max(ends)
        elif grid.rows:
            y += _SMALL * _LEADING + 4
        y += 8
        for label, cells in grid.cells(block):
            if grid.rows or grid.columns:
                page.line(y)
                y += 16
            ends = [y]
            if grid.rows:
                ends.append(page.text(_MARGIN, y - 3, label, _LABEL, _INK, width=_LABEL_WIDTH - 30))
            ends += [
                self._paint_cell(page, self._left(column), y, slots, notes)
                for column, slots in enumerate(cells)
            ]
            y = max(ends) + _ROW_GAP - 16
        page.bottom = max(page.bottom, y)

    def _left(self, column: int) -> int:
        return _MARGIN + self.plan.left + column * (self.plan.cell + _CELL_GAP)

    def _paint_cell(
        self, page: _Page, x: float, y: float, slots: Sequence[Slot], notes: _Notes
    ) -> float:
        """The places of a cell, the same ones at the same spot in every cell."""
        plan, end, top = self.plan, y, y
        tiles = [(slot, part) for slot in slots for part in range(plan.pictures)]
        for start in range(0, len(tiles), plan.across):
            for position, (slot, part) in enumerate(tiles[start : start + plan.across]):
                left = x + position * (plan.edge + _GAP)
                end = max(end, self._paint_tile(page, left, top, slot, part, notes))
            top = end + _GAP
        return end

    def _paint_tile(
        self, page: _Page, x: float, y: float, slot: Slot, part: int, notes: _Notes
    ) -> float:
        plan = self.plan
        entity = slot.pictures[part] if part < len(slot.pictures) else None
        image = _opened(entity, plan.edge, plan.height) if entity else None
        number = notes.number(slot)
        if image is not None:
            page.picture(x, y, plan.edge, plan.height, image)
        elif part == 0 or not slot.pictures:
            self._paint_place(page, x, y, slot)
        if part and entity is None:
            return y + plan.height
        label = slot.label if part == 0 else entity.node_id if entity else ""
        if part == 0 and (more := slot.more + max(0, len(slot.pictures) - plan.pictures)):
            label += f" · {more} more not shown"
        top = y + plan.height + 5
        if number is not None and part == 0:
            shown = str(number)
            at = x + plan.edge - self.face.width(shown, _SMALL)
            page.text(at, top, shown, _SMALL, _DIM, width=60)
        return page.text(x, top, label, _SMALL, _DIM, width=plan.edge - 34)

    def _paint_place(self, page: _Page, x: float, y: float, slot: Slot) -> None:
        """A place without a picture: its state, or the text that was made instead."""
        plan = self.plan
        if slot.state == NO_POINT:
            page.text(x, y, slot.state, _SMALL, _LINE, width=plan.edge)
            return
        page.box(x, y, plan.edge, plan.height)
        if slot.made and slot.words:
            face = Typeface([slot.words, "…"], self.font)
            most = max(1, int((plan.height - 24) // (_SMALL * _LEADING)))
            page.text(
                x + 12, y + 10, slot.words, _SMALL, _INK, width=plan.edge - 36, face=face, most=most
            )
            return
        words = "no picture" if slot.made else slot.state
        colour = _DIM if slot.state in (NOT_MADE, "cancelled") or slot.made else _BAD
        page.centred(x, y + plan.height / 2 - _SMALL, words, _SMALL + 1, colour, plan.edge)

    # --- the words ---

    def _face_of(self, notes: _Notes) -> Typeface:
        return Typeface([*_FIXED, *(part for note in notes.numbers for part in note)], self.font)

    def _lay_notes(self, page: _Page, notes: _Notes) -> None:
        """Write the words below the pictures, in columns."""
        face, y = self._face_of(notes), page.bottom + _ROW_GAP
        full = self.width - 2 * _MARGIN
        columns = max(1, min(len(notes.numbers), round(full / _NOTE_WIDTH)))
        width = (full - (columns - 1) * _CELL_GAP) // columns
        if notes.numbers:
            page.line(y)
            y = page.text(_MARGIN, y + 14, _WORDS_HEADING, _SMALL, _DIM, width=full) + 6
        entries = list(notes.numbers.items())
        each = -(-len(entries) // columns) if entries else 0
        bottom = y
        for column in range(columns):
            x, top = _MARGIN + column * (width + _CELL_GAP), y
            for (words, reason), number in entries[column * each : (column + 1) * each]:
                top = self._lay_note(page, face, x, top, number, words, reason, width)
            bottom = max(bottom, top)
        page.bottom = max(page.bottom, bottom)
        self._lay_missing(page, face, _MARGIN, bottom, full)

    def _lay_missing(self, page: _Page, face: Typeface, x: float, y: float, width: int) -> None:
        """Say which signs no font has."""
        for missing in dict.fromkeys(filter(None, (self.face.note, face.note))):
            y = page.text(x, y + 10, missing, _SMALL, _BAD, width=width)

    def _lay_note(
        self,
        page: _Page,
        face: Typeface,
        x: float,
        y: float,
        number: int,
        words: str,
        reason: str,
        width: int,
    ) -> float:
        page.text(x, y, str(number), _SMALL, _DIM, width=60)
        if words:
            y = page.text(x + 44, y, words, _SMALL, _INK, width=width - 44, face=face)
        if reason:
            y = page.text(x + 44, y, reason, _SMALL, _BAD, width=width - 44, face=face)
        return y + 7

    def _paint_notes(self, notes: _Notes, number: int) -> Iterator[Image]:
        """The words of a whole PDF on pages of their own, in two columns."""
        face = self._face_of(notes)
        width = (self.width - 2 * _MARGIN - _CELL_GAP * 2) // 2
        page, x, y = self._notes_page(number + 1)
        top = y
        for (words, reason), which in notes.numbers.items():
            lines = sum(
                len(face.wrap(part, _SMALL, width - 44)) for part in (words, reason) if part
            )
            if y + lines * _SMALL * _LEADING > self.size[1] - _MARGIN and y > top:
                if x == _MARGIN:
                    x, y = _MARGIN + width + 2 * _CELL_GAP, top
                else:
                    yield page.cut(self.size[1])
                    number += 1
                    page, x, y = self._notes_page(number + 1)
            y = self._lay_note(page, face, x, y, which, words, reason, width)
        self._lay_missing(page, face, x, y, width)
        yield page.cut(self.size[1])

    def _notes_page(self, number: int) -> tuple[_Page, float, float]:
        page = _Page(self.width, self.face)
        full = self.width - 2 * _MARGIN
        y = page.text(_MARGIN, _MARGIN - 14, self.grid.title, _TITLE, _INK, width=full)
        y = page.text(_MARGIN, y + 4, f"{_WORDS_HEADING} · page {number}", _SMALL, _DIM, width=full)
        return page, _MARGIN, y + 26


_WORDS_HEADING = "The words that were painted, by the number under each picture"
_FIXED = (
    _WORDS_HEADING, NO_POINT, NOT_MADE, "0123456789 × · … more not shown, page",
    "refused failed cancelled interrupted unreadable partial running no picture",
)  # fmt: skip


def _opened(entity: Entity, width: int, height: int) -> Image | None:
    """A picture to fit a place; None for what cannot be shown."""
    from PIL import Image

    try:
        # No file is small enough to stay as it is: the copy has the size that is pasted.
        made = thumbnail(entity.bytes, edge=max(width, height), max_bytes=0)
    except RecordError:
        return None
    if made is None:
        return None
    with Image.open(io.BytesIO(made[0])) as image:
        shown = image.convert("RGBA")
    shown.thumbnail((width, height), Image.Resampling.LANCZOS)
    flat = Image.new("RGB", shown.size, _PAPER)
    flat.paste(shown, mask=shown.getchannel("A"))
    return flat
