"""Comparisons, changes and effects as a notebook shows them: static, like results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from canvas_kit.analysis.comparing import (
    BatchDifference,
    Changes,
    RunDifference,
    point_label,
)
from canvas_kit.analysis.effects import Effect
from canvas_kit.analysis.wording import Wording
from canvas_kit.errors import RecordError
from canvas_kit.values import Entity
from canvas_kit.views import markup
from canvas_kit.views.markup import (
    TOOLTIP_CHARACTERS,
    Html,
    checked_bytes,
    dim,
    div,
    picture_url,
    shortened,
    tag,
    text,
)

_EDGE, _SMALL_EDGE = 480, 260


def difference_bundle(value: RunDifference | BatchDifference | Changes) -> Mapping[str, Any]:
    """A comparison as text and as HTML."""
    draw = {RunDifference: _of_runs, BatchDifference: _of_batches, Changes: _of_changes}
    parts: Iterable[Html] = draw[type(value)](value)  # type: ignore[operator]
    return {"text/plain": str(value), "text/html": markup.panel(*parts)}


def effect_bundle(effect: Effect) -> Mapping[str, Any]:
    """An effect as text and as a table."""
    head, *lines = effect.table()
    heads = tag("tr", "".join(tag("th", text(name)) for name in head))
    rows = "".join(tag("tr", "".join(tag("td", text(cell)) for cell in line)) for line in lines)
    table = tag("table", tag("thead", heads) + tag("tbody", rows), "ck-table")
    notes = [tag("span", text(note), "ck-dim") for note in effect.notes]
    parts = markup.head(effect.heading, "", []), table, markup.lines(notes)
    return {"text/plain": str(effect), "text/html": markup.panel(*parts)}


def wording_html(wording: Wording) -> Html:
    """The words of two texts in one: gone, new, and what both have."""
    names = {"gone": "del", "new": "ins"}
    shown = [
        tag(names[kind], text(words)) if kind in names else text(words)
        for kind, words in wording.pieces
    ]
    return tag("div", "".join(shown), "ck-diff")


def _of_changes(value: Changes) -> Iterable[Html]:
    yield markup.head("What changed in the words", "", [f"run {value.run.id}"])
    for change in value:
        facts = [change.method, *([f"round {change.round}"] if change.round > 1 else [])]
        yield _part(change.node_id, [*facts, change.wording.summary])
        yield wording_html(change.wording)
    if not value.changes:
        yield tag("div", "No text was made of another one.", "ck-dim")


def _of_runs(value: RunDifference) -> Iterable[Html]:
    yield markup.head("Two runs", "", [value.before.id, value.after.id])
    yield _fields(value)
    yield _texts_and_pictures(value, _EDGE)
    yield markup.failures([*value.before.reasons(), *value.after.reasons(), *value.notes])


def _of_batches(value: BatchDifference) -> Iterable[Html]:
    yield markup.head("Two batches", "", value.facts)
    for point, found in value.shown():
        yield _part(point_label(point), [] if found else ["not made in both"])
        if found is not None:
            yield _fields(found)
            yield _texts_and_pictures(found, _SMALL_EDGE)
    if value.pages > 1:
        words = f"Page {value.page} of {value.pages:,}: show_page({value.page % value.pages + 1})"
        yield tag("div", words, "ck-path")


def _part(title: str, facts: Iterable[str]) -> Html:
    return tag("div", tag("b", text(title)) + " " + text(" · ".join(facts)), "ck-part")


def _fields(value: RunDifference) -> Html:
    """What was set otherwise, as a table."""
    rows = [
        tag("tr", "".join(tag("td", _value(cell)) for cell in (f.where, f.before, f.after)))
        for f in value.fields
    ]
    if not rows:
        return ""
    return tag("table", tag("tbody", "".join(rows)), "ck-table ck-plain")


def _value(value: Any) -> Html:
    if value is None:
        return dim("–")
    return text(markup.shortened(str(value), 400))


def _texts_and_pictures(value: RunDifference, edge: int) -> Html:
    parts = []
    for node_id, wording in value.texts.items():
        if not wording.same:
            parts += [_part(node_id, [wording.summary]), wording_html(wording)]
    for node_id, before, after in value.pictures:
        same = before is not None and after is not None and before.sha256 == after.sha256
        parts.append(_part(node_id, ["the same picture, byte for byte"] if same else []))
        shown = [before] if same else [before, after]
        parts.append(div((_picture(entity, edge) for entity in shown), "ck-pair"))
    return "".join(parts)


def _picture(entity: Entity | None, edge: int) -> Html:
    if entity is None:
        return tag("figure", tag("div", "no picture", "ck-none"))
    try:
        url = picture_url(checked_bytes(entity), edge=edge, max_bytes=60_000)
    except RecordError as error:
        return tag("figure", tag("div", text(error), "ck-none"))
    if url is None:
        return tag("figure", tag("div", "cannot be shown", "ck-none"))
    words = shortened(str(entity.details.get("asked", {}).get("prompt", "")), TOOLTIP_CHARACTERS)
    facts = f"seed {entity.seed}" if entity.seed is not None else entity.file
    picture = markup.image(url, words or entity.file, words)
    return tag("figure", picture + tag("figcaption", text(facts)))
