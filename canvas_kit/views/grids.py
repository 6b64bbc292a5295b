"""A batch or a grid as a notebook shows it, and as a file that any browser opens.

Static: no script and no kernel. The words that were painted are the tooltip of their picture, and
stand beneath the grid as notes, equal ones once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
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
from canvas_kit.errors import RecordError
from canvas_kit.german import Language, Words
from canvas_kit.values import RunStatus
from canvas_kit.views import markup
from canvas_kit.views.contact import contact_png
from canvas_kit.views.front_end import words_in
from canvas_kit.views.markup import (
    TOOLTIP_CHARACTERS,
    Html,
    checked_bytes,
    dim,
    div,
    dot,
    picture_url,
    shortened,
    tag,
    text,
)

_LARGEST, _ALONE, _SMALLEST = 190, 150, 72
"""How wide a picture is shown, in pixels; narrower than the least, those of a cell are wrapped."""
_ROOM, _LABELS, _BETWEEN, _GAP = 850, 130, 22, 8
"""In pixels. The room is that of JupyterLab on a small screen with the file browser open."""
_BYTES_PER_PIXEL = 50
"""A picture is embedded as it is up to so many bytes for each pixel of its longest edge here."""
_CHARACTERS = 4000
"""How much of one text is shown; the record has all of it."""

Notes = dict[tuple[str, str], int]
Rows = Sequence[tuple[str, list[list[Slot]]]]
"""The rows of a grid: each its label and its cells."""


def batch_bundle(batch: Batch, language: Language | None = None) -> Mapping[str, Any]:
    """A batch as text, as HTML with the first page of its grid, and as one small PNG."""
    try:
        grid = grid_of(batch)
    except RecordError:  # its point table is lost or torn; the HTML says so
        return {"text/plain": str(batch), "text/html": batch_html(batch, language=language)}
    return {**grid_bundle(grid, language), "text/plain": str(batch)}


def batch_html(batch: Batch, *, links: bool = True, language: Language | None = None) -> Html:
    """A batch as HTML; arguments as of :func:`canvas_kit.views.results.run_html`."""
    words = words_in(language)
    try:
        grid = grid_of(batch)
    except RecordError as error:  # its point table is lost or torn
        head = _head(batch, words("Batch"), [], words)
        return markup.panel(head, markup.failures([error], words))
    return _grid_html(grid, _page_of(grid), links, words)


def grid_bundle(grid: Grid, language: Language | None = None) -> Mapping[str, Any]:
    """A grid as text, as HTML with the page that it is at, and as one small PNG."""
    page = _page_of(grid)  # each record is read once for both
    html = _grid_html(grid, page, True, words_in(language))
    bundle = {"text/plain": str(grid), "text/html": html}
    slots = (slot for _, cells in (page[1] if page else ()) for cell in cells for slot in cell)
    if picture := contact_png(entity for slot in slots for entity in slot.pictures):
        bundle["image/png"] = picture
    return bundle


def _page_of(grid: Grid) -> tuple[Block, Rows] | None:
    """The part of a grid that is shown; None where it has no points."""
    if not grid.pages:
        return None
    block = grid.blocks(PICTURES_ON_A_PAGE)[grid.page - 1]
    return block, list(grid.cells(block))


def _grid_html(grid: Grid, page: tuple[Block, Rows] | None, links: bool, words: Words) -> Html:
    parts = [_head(grid.batch, grid.title, [grid.design] if len(grid.points) > 1 else [], words)]
    if page is not None:
        table, notes = _table(grid, *page, edge=None, links=links, words=words)
        parts.append(table)
        if (pages := grid.pages) > 1:
            where = {"part": grid.where(page[0]), "page": grid.page, "pages": pages}
            told = words("Shown: {part}. Page {page} of {pages}", **where)
            told += "" if grid.page == pages else f": show_page({grid.page + 1})"
            parts.append(tag("div", text(told), "ck-path"))
        parts.append(_notes(notes, words, is_open=False))
    reasons = markup.failures(_reasons(grid.batch, words), words)
    return markup.panel(*parts, reasons, markup.path(grid.batch.folder, words))


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
    words = words_in()
    rows = list(grid.cells(block))
    table, notes = _table(grid, block, rows, edge=edge, links=False, words=words)
    parts = [_head(grid.batch, grid.title, [grid.design], words)]
    if where := grid.where(block):
        around = "".join(" · " + tag("a", text(word), href=target) for word, target in links)
        shown = text(words("Shown: {part}.", part=where))
        parts.append(tag("div", shown + around, "ck-path"))
    reasons = markup.failures(_reasons(grid.batch, words), words)
    parts += [table, _notes(notes, words, is_open=True), reasons]
    return markup.document(grid.title, markup.panel(*parts), words.language)


# --- the table -------------------------------------------------------------------------------


def _table(
    grid: Grid, block: Block, cells_of: Rows, *, edge: int | None, links: bool, words: Words
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
        head = _th(label, "row") if grid.rows else ""
        shown = (_cell(slots, notes, links, edge or 2 * width, words) for slots in cells)
        rows.append(tag("tr", head + "".join(shown)))
    corner = tag("td", dim(axis_name(grid.rows)), "ck-axis") if grid.rows else ""
    above = ""
    if grid.columns:
        span = {"colspan": len(labels)}
        name = tag("td", dim(axis_name(grid.columns)), "ck-axis", **span)
        above = tag("tr", (tag("td") if grid.rows else "") + name)
        heads = "".join(_th(label, "col") for label in labels)
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


def _th(label: str, scope: str) -> Html:
    """The head of a row or column: a level."""
    return tag("th", tag("div", text(shortened(label, _CHARACTERS))), scope=scope)


def _cell(slots: Sequence[Slot], notes: Notes, links: bool, pixels: int, words: Words) -> Html:
    """The places of a cell side by side; many are wrapped."""
    figures = "".join(_figure(slot, notes, links, pixels, words) for slot in slots)
    return tag("td", div([figures], "ck-cell"))


def _figure(slot: Slot, notes: Notes, links: bool, pixels: int, words: Words) -> Html:
    if slot.state == NO_POINT:
        return tag("figure", tag("div", text(words(slot.state)), "ck-none ck-empty"))
    pictures = []
    told = shortened(
        "\n".join(filter(None, (slot.words, slot.verdicts, slot.reason))), TOOLTIP_CHARACTERS
    )
    for entity in slot.pictures:
        url = None
        with contextlib.suppress(RecordError):
            data = checked_bytes(entity)
            url = picture_url(data, edge=pixels, max_bytes=_BYTES_PER_PIXEL * pixels)
        if url:
            picture = _image(url, slot, told)
            pictures.append(markup.link_to(entity, picture, words) if links else picture)
    reason = "" if slot.made else slot.reason
    if not pictures:
        said, kind = words(slot.state), "ck-none ck-bad"
        if slot.pictures:
            said = words("The picture is gone, or not as it was recorded.")
        elif slot.made:
            said = shortened(slot.words, _CHARACTERS) or words("no picture")
            kind = "ck-none ck-said" if slot.words else "ck-none"
        elif slot.state in (NOT_MADE, RunStatus.CANCELLED):
            kind = "ck-none"
        pictures = [tag("div", text(said), kind, title=told)]
    caption = [shortened(slot.label, _CHARACTERS), *([slot.verdicts] if slot.verdicts else [])]
    if slot.more:
        caption.append(words("{more} more not shown", more=slot.more))
    if pictures and slot.pictures and not slot.made:
        caption.append(words(slot.state))
    number = ""
    if slot.words or reason:
        known = notes.setdefault((slot.words, reason), len(notes) + 1)
        number = " " + tag("i", str(known))
    line = tag("span", text(" · ".join(caption))) + number
    many = f' style="--ck-many:{len(pictures)}"' if len(pictures) > 1 else ""
    shown = f'<div class="ck-pictures"{many}>{"".join(pictures)}</div>'
    return tag("figure", shown + tag("figcaption", line))


def _image(url: str, slot: Slot, told: str) -> Html:
    about = f"{slot.label}: {slot.words}" if slot.words else slot.label
    return markup.image(url, shortened(about, TOOLTIP_CHARACTERS), told)


def _notes(notes: Notes, words: Words, *, is_open: bool) -> Html:
    """The words of a page, numbered as under the pictures."""
    if not notes:
        return ""
    lines = [
        tag(
            "li",
            text(shortened(said, _CHARACTERS))
            + (tag("em", text(words.message(reason))) if reason else ""),
        )
        for said, reason in notes
    ]
    told = words("The words that were painted ({count})", count=len(notes))
    summary = tag("summary", text(told))
    listed = tag("ol", "".join(lines))
    return f'<details class="ck-said-list"{" open" if is_open else ""}>{summary}{listed}</details>'


# --- around it -------------------------------------------------------------------------------


def _head(batch: Batch, title: str, facts: Sequence[str], words: Words) -> Html:
    made, total = batch.completed_runs, batch.total_runs
    runs = words.counted(total, "run")
    done = words("{made} of {runs} complete", made=made, runs=runs, total=total)
    told = [*facts, *([words("aborted")] if batch.aborted else [])]
    return markup.head(title, dot("good" if batch.complete else "odd", done), told)


def _reasons(batch: Batch, words: Words) -> list[str]:
    """Why not everything was made; runs that the user cancelled are only counted."""
    cancelled = RunStatus.CANCELLED.value
    found = [reason for reason in batch.reasons() if f"({cancelled})" not in reason]
    if stopped := sum(summary.status is RunStatus.CANCELLED for summary in batch.runs):
        found.append(words("{runs} cancelled on the way", runs=words.counted(stopped, "run")))
    return [*found, batch.advice] if batch.advice else found
