"""A batch or a grid as a notebook shows it, and as a file that any browser opens.

Static: no script and no kernel. The words that were painted are the tooltip of their picture, and
stand beneath the grid as notes, equal ones once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from canvas_kit.analysis.grid import (
    NO_POINT,
    PICTURES_ON_A_PAGE,
    Block,
    Grid,
    Slot,
    axis_name,
    grid_of,
)
from canvas_kit.analysis.rows import NOT_MADE
from canvas_kit.batch.batch import Batch
from canvas_kit.errors import RecordError, counted
from canvas_kit.values import RunStatus
from canvas_kit.views import markup
from canvas_kit.views.contact import contact_png
from canvas_kit.views.markup import Html, dim, div, dot, picture_url, tag, text

_LARGEST, _ALONE, _SMALLEST = 190, 150, 72
"""How wide a picture is shown, in pixels; narrower than the least, those of a cell are wrapped."""
_ROOM, _LABELS, _BETWEEN, _GAP = 850, 130, 22, 8
"""In pixels. The room is that of JupyterLab on a small screen with the file browser open."""
_BYTES_PER_PIXEL = 50
"""A picture is embedded as it is up to so many bytes for each pixel of its longest edge here."""

Notes = dict[tuple[str, str], int]
Rows = Iterable[tuple[str, list[list[Slot]]]]
"""The rows of a grid: each its label and its cells."""


def batch_bundle(batch: Batch) -> Mapping[str, Any]:
    """A batch as text, as HTML with the first page of its grid, and as one small PNG."""
    try:
        grid = grid_of(batch)
    except RecordError:  # its point table is lost or torn; the HTML says so
        return {"text/plain": str(batch), "text/html": batch_html(batch)}
    return {**grid_bundle(grid), "text/plain": str(batch)}


def batch_html(batch: Batch, *, links: bool = True) -> Html:
    """A batch as HTML; ``links`` as in :func:`canvas_kit.views.results.run_html`."""
    try:
        grid = grid_of(batch)
    except RecordError as error:  # its point table is lost or torn
        return markup.panel(_head(batch, "Batch", []), markup.failures([error]))
    return grid_html(grid, links=links)


def grid_bundle(grid: Grid) -> Mapping[str, Any]:
    """A grid as text, as HTML with the page that it is at, and as one small PNG."""
    rows = _rows_of_page(grid)  # each record is read once for both
    picture = contact_png(
        entity for _, row in rows for slots in row for slot in slots for entity in slot.pictures
    )
    shown = {"text/plain": str(grid), "text/html": _grid_html(grid, rows, links=True)}
    return shown | ({"image/png": picture} if picture else {})


def grid_html(grid: Grid, *, links: bool = True) -> Html:
    """The page of a grid that it is at."""
    return _grid_html(grid, _rows_of_page(grid), links=links)


def _rows_of_page(grid: Grid) -> Rows:
    blocks = grid.blocks(PICTURES_ON_A_PAGE)
    return list(grid.cells(blocks[grid.page - 1])) if blocks else []


def _grid_html(grid: Grid, rows: Rows, *, links: bool) -> Html:
    blocks = grid.blocks(PICTURES_ON_A_PAGE)
    parts = [_head(grid.batch, grid.title, [grid.design] if len(grid.points) > 1 else [])]
    if blocks:
        block = blocks[grid.page - 1]
        table, notes = _table(grid, block, rows, edge=None, links=links)
        parts.append(table)
        if len(blocks) > 1:
            later = "" if grid.page == len(blocks) else f": show_page({grid.page + 1})"
            words = f"Shown: {grid.where(block)}. Page {grid.page} of {len(blocks):,}{later}"
            parts.append(tag("div", text(words), "ck-path"))
        parts.append(_notes(notes, is_open=False))
    parts += [markup.failures(_reasons(grid.batch)), markup.path(grid.batch.folder)]
    return markup.panel(*parts)


def grid_page(
    grid: Grid, block: Block, *, edge: int, links: Sequence[tuple[str, str]] = ()
) -> Html:
    """A part of a grid as a whole document, with its pictures in it.

    Args:
        grid: The grid.
        block: Which part.
        edge: The longest edge of a picture.
        links: Where the parts before and after it are: a word and a file each.
    """
    table, notes = _table(grid, block, grid.cells(block), edge=edge, links=False)
    parts = [_head(grid.batch, grid.title, [grid.design])]
    if where := grid.where(block):
        around = "".join(" · " + tag("a", text(word), href=target) for word, target in links)
        parts.append(tag("div", text(f"Shown: {where}.") + around, "ck-path"))
    parts += [table, _notes(notes, is_open=True), markup.failures(_reasons(grid.batch))]
    return markup.document(grid.title, markup.panel(*parts))


# --- the table -------------------------------------------------------------------------------


def _table(
    grid: Grid, block: Block, cells_of: Rows, *, edge: int | None, links: bool
) -> tuple[Html, Notes]:
    """The cells of a block, and the words in them."""
    notes: Notes = {}
    labels = grid.column_labels(block)
    places = block.inner[1] - block.inner[0]
    room = (_ROOM - (_LABELS if grid.rows else 0)) // len(labels) - _BETWEEN
    smallest = _SMALLEST if grid.rows or grid.columns else _ALONE
    across = max(1, min(places, room // (smallest + _GAP)))
    if smallest == _SMALLEST:
        across = -(-places // -(-places // across))  # the lines of a cell equally long
    width = max(_SMALLEST, min(_LARGEST, room // across - _GAP))
    rows = []
    for label, cells in cells_of:
        head = tag("th", tag("div", text(label)), scope="row") if grid.rows else ""
        shown = (_cell(slots, notes, links, edge or 2 * width) for slots in cells)
        rows.append(tag("tr", head + "".join(shown)))
    corner = tag("td", dim(axis_name(grid.rows)), "ck-axis") if grid.rows else ""
    above = ""
    if grid.columns:
        span = {"colspan": len(labels)}
        name = tag("td", dim(axis_name(grid.columns)), "ck-axis", **span)
        above = tag("tr", (tag("td") if grid.rows else "") + name)
        heads = "".join(tag("th", tag("div", text(label)), scope="col") for label in labels)
        above += tag("tr", corner + heads)
    elif grid.rows:
        above = tag("tr", corner)
    head = tag("thead", above) if above else ""
    table = tag(
        "table",
        head + tag("tbody", "".join(rows)),
        style=f"--ck-edge:{width}px;--ck-across:{across}",
    )
    return tag("div", table, "ck-grid"), notes


def _cell(slots: Sequence[Slot], notes: Notes, links: bool, pixels: int) -> Html:
    """The places of a cell side by side; many are wrapped."""
    figures = "".join(_figure(slot, notes, links, pixels) for slot in slots)
    return tag("td", div([figures], "ck-cell"))


def _figure(slot: Slot, notes: Notes, links: bool, pixels: int) -> Html:
    if slot.state == NO_POINT:
        return tag("figure", tag("div", text(slot.state), "ck-none ck-empty"))
    pictures = []
    told = "\n".join(filter(None, (slot.words, slot.verdicts, slot.reason)))
    for entity in slot.pictures:
        try:
            url = picture_url(entity.bytes, edge=pixels, max_bytes=_BYTES_PER_PIXEL * pixels)
        except RecordError:
            url = None
        if url:
            picture = _image(url, slot, told)
            pictures.append(markup.link_to(entity, picture) if links else picture)
    reason = "" if slot.made else slot.reason
    if not pictures:
        words = slot.words if slot.made and slot.words else slot.state
        words = "no picture" if slot.made and not slot.words else words
        quiet = slot.made or slot.state in (NOT_MADE, RunStatus.CANCELLED)
        kind = "ck-none" if quiet else "ck-none ck-bad"
        if slot.made and slot.words:
            kind = "ck-none ck-said"
        pictures = [tag("div", text(words), kind, title=told)]
    caption = [slot.label, *([slot.verdicts] if slot.verdicts else [])]
    if slot.more:
        caption.append(f"{slot.more} more not shown")
    if pictures and slot.pictures and not slot.made:
        caption.append(slot.state)
    number = ""
    if slot.words or reason:
        known = notes.setdefault((slot.words, reason), len(notes) + 1)
        number = tag("i", str(known))
    line = tag("span", text(" · ".join(caption))) + number
    many = f' style="--ck-many:{len(pictures)}"' if len(pictures) > 1 else ""
    shown = f'<div class="ck-pictures"{many}>{"".join(pictures)}</div>'
    return tag("figure", shown + tag("figcaption", line))


def _image(url: str, slot: Slot, told: str) -> Html:
    about = f"{slot.label}: {slot.words}" if slot.words else slot.label
    return tag("img", src=url, alt=about, title=told, loading="lazy").removesuffix("</img>")


def _notes(notes: Notes, *, is_open: bool) -> Html:
    """The words of a page, numbered as under the pictures."""
    if not notes:
        return ""
    lines = [
        tag("li", text(words) + (tag("em", text(reason)) if reason else ""))
        for words, reason in notes
    ]
    summary = tag("summary", text(f"The words that were painted ({len(notes)})"))
    listed = tag("ol", "".join(lines))
    return f'<details class="ck-said-list"{" open" if is_open else ""}>{summary}{listed}</details>'


# --- around it -------------------------------------------------------------------------------


def _head(batch: Batch, title: str, facts: Sequence[str]) -> Html:
    done = f"{batch.completed_runs:,} of {counted(batch.total_runs, 'run')} complete"
    told = [*facts, *(["aborted"] if batch.aborted else [])]
    return markup.head(title, dot("good" if batch.complete else "odd", done), told)


def _reasons(batch: Batch) -> list[str]:
    """Why not everything was made; runs that the user cancelled are only counted."""
    cancelled = RunStatus.CANCELLED.value
    found = [reason for reason in batch.reasons() if f"({cancelled})" not in reason]
    if stopped := sum(summary.status is RunStatus.CANCELLED for summary in batch.runs):
        found.append(f"{counted(stopped, 'run')} cancelled on the way")
    return [*found, batch.advice] if batch.advice else found
