"""Finished runs and batches as a notebook shows them: static, so that a saved notebook keeps them.

A run is its pictures and texts in canvas order, each with what made it; a batch is a contact sheet
and what went wrong. Both say where everything lies. How much is embedded has bounds, whatever the
size of a record.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from canvas_kit.batch.batch import Batch
from canvas_kit.batch.summary import RunSummary
from canvas_kit.errors import RecordError
from canvas_kit.recorder.run import Run
from canvas_kit.values import Entity, NodeState, RunStatus, Verdict, from_json
from canvas_kit.views import markup
from canvas_kit.views.markup import Html, dim, div, dot, picture_url, tag, text

Bundle = Mapping[str, Any]

MAX_CARDS = 60
"""Results of one run that are shown; the others are counted and lie in the folder."""
MAX_PICTURES = 24
"""Pictures and sounds of one run that are embedded."""
MAX_SHOWN_CHARACTERS = 4000
"""How much of one text is shown."""
PER_PAGE = 24
"""Pictures on one page of a contact sheet."""
_SOUND_BYTES = 2_000_000
"""A sound or film up to this size is embedded; a larger one is only named."""
_LARGE_EDGE, _SMALL_EDGE, _SHEET_EDGE = 640, 320, 240
_FEW_PICTURES = 6
_SHEET_BYTES = 30_000
_CAPTION_CHARACTERS = 160


def run_bundle(run: Run) -> Bundle:
    """A run as text, as HTML, and its first picture as a picture."""
    bundle = {"text/plain": str(run), "text/html": run_html(run)}
    for entity in run.images[:1]:
        shown = entity._repr_mimebundle_()
        bundle |= {kind: data for kind, data in shown.items() if kind.startswith("image/")}
    return bundle


def batch_bundle(batch: Batch) -> Bundle:
    """A batch as text and as HTML, with the first page of its contact sheet."""
    return contact_sheet(batch)._repr_mimebundle_()


def result_html(result: Run | Batch) -> Html:
    """A result inside a widget, where links to files lead nowhere."""
    if isinstance(result, Batch):
        return contact_sheet(result).to_html(links=False)
    return run_html(result, links=False)


# --- a run -----------------------------------------------------------------------------------


def run_html(run: Run, *, links: bool = True) -> Html:
    """A run as HTML.

    Args:
        run: The run.
        links: Whether pictures lead to their files, where the front end can open those.
    """
    shown = run.entities[:MAX_CARDS]
    pictures = [entity.file for entity in shown if not _is_words(entity)]
    edge = _LARGE_EDGE if len(pictures) <= _FEW_PICTURES else _SMALL_EDGE
    embedded = set(pictures[:MAX_PICTURES])
    parts = [
        _run_head(run),
        div((_card(entity, edge, entity.file in embedded, links) for entity in shown), "ck-cards"),
    ]
    if more := len(run.entities) - len(shown):
        words = f"… and {markup.count(more, 'more result')} in the folder."
        parts.append(tag("div", words, "ck-path"))
    return markup.panel(*parts, _reports(run), _path(run.folder))


def _run_head(run: Run) -> Html:
    name = run.about.get("canvas", {}).get("name") or "Run"
    facts = [markup.count(len(run.images), "picture"), markup.count(len(run.texts), "text")]
    if run.seed is not None:
        facts.append(f"seed {run.seed}")
    try:
        began = datetime.fromisoformat(run.about["started_at"])
        ended = datetime.fromisoformat(run.about["ended_at"])
        facts.append(markup.duration((ended - began).total_seconds()))
    except (KeyError, TypeError, ValueError):
        pass  # a run that is still going on, or was killed
    return markup.head(name, markup.state(run.status), facts)


def _reports(run: Run) -> Html:
    """The nodes that did not complete, each with its reason, and what the others warn of."""
    found = []
    for report in run.nodes:
        if report.state is not NodeState.COMPLETED:
            words = f"{report.state.value}: {report.reason}".removesuffix(": ")
            found.append(f"{markup.state(report.state, report.node_id)} {dim(words)}")
        found += [f"{dot('odd', report.node_id)} {dim(warning)}" for warning in report.warnings]
    return markup.lines(found)


def _path(folder: Path | None) -> Html:
    if folder is None:
        return tag("div", "Not recorded: this is in memory only.", "ck-path")
    return tag("div", f"Recorded in {tag('code', text(folder))}", "ck-path")


# --- one thing that was made -----------------------------------------------------------------


def _card(entity: Entity, edge: int, embedded: bool, links: bool) -> Html:
    kind = "words"
    try:
        body = _words(entity) if _is_words(entity) else _media(entity, edge, embedded, links)
        kind = "picture" if body and not _is_words(entity) else kind
        body = body or tag("div", text(f"not shown here: {entity.media_type}"), "ck-words ck-dim")
    except RecordError as error:  # its file is not there any more
        body = tag("div", text(error), "ck-words")
    title = " · ".join(filter(None, (entity.node_type, entity.details.get("preset"))))
    caption = tag("span", f"{entity.number:02d}", "ck-num") + tag("span", text(title), "ck-name")
    if not entity.node_id.startswith(f"{entity.node_type}_"):  # the user's own name for it
        caption += dim(entity.node_id)
    if entity.round > 1:
        caption += tag("span", f"round {entity.round}", "ck-round")
    caption = tag("figcaption", caption, "ck-cap", title=entity.node_id)
    return tag("figure", caption + body + tag("div", _facts(entity), "ck-facts"), f"ck-card {kind}")


def _is_words(entity: Entity) -> bool:
    return entity.kind == "text" or entity.media_type == "application/json"


def _words(entity: Entity) -> Html:
    shown, score = entity.bytes.decode("utf-8", errors="replace"), ""
    if entity.node_type == "evaluation":
        try:
            verdict = from_json(Verdict, entity.json)
        except (ValueError, RecordError):
            pass  # the file holds something else: shown as it is
        else:
            shown, score = verdict.commentary, _score(verdict)
    return score + tag("div", text(markup.shortened(shown, MAX_SHOWN_CHARACTERS)), "ck-words")


def _score(verdict: Verdict) -> Html:
    shown = ""
    if verdict.score is not None:
        passes = verdict.threshold
        tone = "good" if verdict.passed else ""
        bar = tag("u", "", tone, style=f"width:{verdict.score * 10:.0f}%")
        bar += tag("s", "", style=f"left:{passes * 10:.0f}%", title=f"passes at {passes:g}")
        shown = tag("b", f"{verdict.score:.1f}") + tag("span", bar, "ck-bar")
    words = verdict.outcome + (", last round reached" if verdict.limit_reached else "")
    return tag("div", shown + dim(words), "ck-score")


def _media(entity: Entity, edge: int, embedded: bool, links: bool) -> Html:
    """A picture or a player; nothing for what cannot be shown."""
    if embedded and entity.kind == "image" and (url := picture_url(entity.bytes, edge=edge)):
        return _linked(entity, markup.image(url, f"{entity.node_id}, {entity.file}"), links)
    if embedded and entity.kind in ("audio", "video") and entity.size_bytes <= _SOUND_BYTES:
        source = markup.data_url(entity.bytes, entity.media_type)
        return f'<{entity.kind} controls src="{text(source)}"></{entity.kind}>'
    return ""


def _linked(entity: Entity, picture: Html, links: bool) -> Html:
    """``picture`` leading to its file, if that lies where JupyterLab can open it."""
    if not links or not isinstance(entity.source, Path):
        return picture
    try:
        path = Path(os.path.relpath(entity.path))
    except ValueError:  # on another drive (Windows)
        return picture
    if path.parts[:2] == ("..", ".."):
        return picture
    return tag("a", picture, href=path.as_posix(), title=f"Open {entity.file}")


def _facts(entity: Entity) -> Html:
    facts = [f"{entity.width} × {entity.height}"] if entity.width and entity.height else []
    facts.append(markup.size(entity.size_bytes))
    if entity.seed is not None:
        facts.append(f"seed {entity.seed}")
    if (made := entity.provenance) is None:
        return text(" · ".join([*facts, entity.model or ""]).removesuffix(" · "))
    facts.append(f"{made.backend}/{made.model}" if made.model else made.backend)
    if made.reused_from:
        facts.append(f"reused from run {made.reused_from.get('run_id', '')}")
    elif made.seconds is not None:
        facts.append(markup.duration(made.seconds))
    line = text(" · ".join(facts))
    if made.method:
        line += tag("i", text(markup.shortened(made.method, 140)), title=made.method)
    return line


# --- a batch ---------------------------------------------------------------------------------


def contact_sheet(batch: Batch, *, page: int = 1, per_page: int = PER_PAGE) -> ContactSheet:
    """A page of a batch's pictures, to be shown by a notebook.

    Args:
        batch: The batch.
        page: Which page, from 1.
        per_page: Runs on a page, 1 to 200.

    Raises:
        ValueError: When there is no such page.
    """
    if not 1 <= per_page <= 200:
        raise ValueError(f"A page holds 1 to 200 runs, but {per_page} were asked for.")
    pages = max(1, -(-len(batch.runs) // per_page))
    if not 1 <= page <= pages:
        raise ValueError(f"The contact sheet has the pages 1 to {pages}, but not {page}.")
    return ContactSheet(batch, page, pages, per_page)


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """One page of a batch's pictures.

    Attributes:
        batch: The batch.
        page: Which page, from 1.
        pages: How many there are.
        per_page: Runs on a page.
    """

    batch: Batch
    page: int
    pages: int
    per_page: int

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        return {"text/plain": str(self.batch), "text/html": self.to_html()}

    def to_html(self, *, links: bool = True) -> Html:
        """The page as HTML; ``links`` as in :func:`run_html`."""
        batch, first = self.batch, (self.page - 1) * self.per_page
        shown = batch.runs[first : first + self.per_page]
        parts = [
            _batch_head(batch),
            div((_frame(batch, summary, links) for summary in shown), "ck-sheet"),
        ]
        if self.pages > 1:
            where = f"Runs {first + 1} to {first + len(shown)} of {len(batch.runs)}"
            words = f"{where}, page {self.page} of {self.pages}: contact_sheet(batch, page=…)"
            parts.append(tag("div", text(words), "ck-path"))
        parts += [markup.failures(_reasons(batch)), _path(batch.folder)]
        return markup.panel(*parts)


def _batch_head(batch: Batch) -> Html:
    name = batch.about.get("canvas", {}).get("name") or "Batch"
    done = f"{batch.completed_runs:,} of {markup.count(batch.total_runs, 'run')} complete"
    facts = ["aborted"] if batch.aborted else []
    if (base_seed := batch.about.get("base_seed")) is not None:
        facts.append(f"base seed {base_seed}")
    return markup.head(name, dot("good" if batch.complete else "odd", done), facts)


def _reasons(batch: Batch) -> list[str]:
    """Why not everything was made; runs that the user cancelled are only counted."""
    found = [f"stopped: {batch.stop_reason}"] if batch.stop_reason else []
    for summary in batch.runs:
        if summary.status not in (RunStatus.COMPLETED, RunStatus.CANCELLED):
            why = summary.error or "; ".join(summary.reasons) or "no reason is known"
            found.append(f"run {summary.index} ({summary.status.value}): {why}")
    if cancelled := sum(summary.status is RunStatus.CANCELLED for summary in batch.runs):
        found.append(f"{markup.count(cancelled, 'run')} cancelled on the way")
    if missing := batch.total_runs - len(batch.runs):
        found.append(f"{markup.count(missing, 'run')} did not begin, or did not end")
    return found


def _frame(batch: Batch, summary: RunSummary, links: bool) -> Html:
    """A run's picture with its index, seed and words; nothing for one that was stopped before."""
    picture, painted = "", ""
    if summary.folder is not None:
        try:
            picture, painted = _first_picture(Run.open(summary.folder), links)
        except RecordError as error:
            painted = str(error)
    if not picture and summary.status is RunStatus.CANCELLED:
        return ""
    facts = [str(summary.index), f"seed {summary.seed}"]
    if summary.status is not RunStatus.COMPLETED:
        facts.append(summary.status.value)
    given = summary.words or ""
    caption = text(" · ".join(facts))
    for words in dict.fromkeys(filter(None, (given, painted))):
        shown = text(markup.shortened(words, _CAPTION_CHARACTERS))
        caption += tag("span", shown, title=words)
    picture = picture or tag("div", text("no picture"), "ck-none")
    return tag("figure", picture + tag("figcaption", caption))


def _first_picture(run: Run, links: bool) -> tuple[Html, str]:
    """The first picture of a run that can be shown, as a thumbnail, and the last words before it.

    Where all runs begin with the same words, these are the ones that differ.
    """
    words = "".join(entity.text for entity in run.texts[-1:])
    for entity in run.images:
        if url := picture_url(entity.bytes, edge=_SHEET_EDGE, max_bytes=_SHEET_BYTES):
            words = entity.details.get("asked", {}).get("prompt", words)
            return _linked(entity, markup.image(url, entity.file), links), words
    return "", words
