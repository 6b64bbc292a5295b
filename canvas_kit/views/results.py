"""Finished runs and batches as a notebook shows them: static, so that a saved notebook keeps them.

A run is its pictures and texts in canvas order, each with what made it; a batch is a contact sheet
and what went wrong. Both say where everything lies. How much is embedded has bounds, whatever the
size of a record.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from canvas_kit.batch import Batch, RunSummary
from canvas_kit.errors import RecordError
from canvas_kit.recorder.run import Run
from canvas_kit.values import Entity, NodeReport, NodeState, RunStatus
from canvas_kit.views import markup
from canvas_kit.views.markup import Html, tag, text
from canvas_kit.views.thumbnails import EMBEDDED_SOUND_BYTES, data_url, picture_url

Bundle = Mapping[str, Any]

MAX_CARDS = 60
"""Results of one run that are shown; the others are counted and lie in the folder."""
MAX_PICTURES = 24
"""Pictures and sounds of one run that are embedded."""
MAX_SHOWN_CHARACTERS = 4000
"""How much of one text is shown."""
MAX_REASONS = 20
"""Failures that are told one by one."""
PER_PAGE = 24
"""Pictures on one page of a contact sheet."""
_LARGE_EDGE, _SMALL_EDGE, _SHEET_EDGE = 640, 320, 240
_FEW_PICTURES = 6
_SHEET_BYTES = 30_000
_PROMPT_CHARACTERS = 160

TONES = {
    RunStatus.RUNNING: "live",
    RunStatus.COMPLETED: "good",
    RunStatus.PARTIAL: "odd",
    RunStatus.FAILED: "bad",
    RunStatus.CANCELLED: "odd",
    RunStatus.INTERRUPTED: "bad",
    NodeState.WAITING: "none",
    NodeState.RUNNING: "live",
    NodeState.COMPLETED: "good",
    NodeState.FAILED: "bad",
    NodeState.REFUSED: "odd",
    NodeState.SKIPPED: "none",
    NodeState.CANCELLED: "odd",
}
"""How a state is coloured: good, bad, odd, live or none."""


def run_bundle(run: Run) -> Bundle:
    """A run as text and as HTML."""
    return {"text/plain": str(run), "text/html": run_html(run)}


def batch_bundle(batch: Batch) -> Bundle:
    """A batch as text and as HTML, with the first page of its contact sheet."""
    return contact_sheet(batch)._repr_mimebundle_()


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
        batch = self.batch
        first = (self.page - 1) * self.per_page
        shown = batch.runs[first : first + self.per_page]
        parts = [_batch_head(batch)]
        if shown:
            sheet = [_frame(batch, summary, links) for summary in shown]
            parts.append(tag("div", markup.each(sheet), "ck-sheet"))
        if self.pages > 1:
            last = first + len(shown)
            words = (
                f"Runs {first + 1} to {last} of {len(batch.runs)}, page {self.page} of {self.pages}"
            )
            parts.append(tag("div", text(f"{words}: contact_sheet(batch, page=…)"), "ck-path"))
        parts += [failures_html(_batch_reasons(batch)), _path_html(batch.folder)]
        return markup.panel(*parts)


def run_html(run: Run, *, links: bool = True) -> Html:
    """A run as HTML.

    Args:
        run: The run.
        links: Whether pictures lead to their files, where the front end can open those.
    """
    pictures = sum(not _is_words(entity) for entity in run.entities[:MAX_CARDS])
    edge = _LARGE_EDGE if pictures <= _FEW_PICTURES else _SMALL_EDGE
    cards, embedded = [], 0
    for entity in run.entities[:MAX_CARDS]:
        if not _is_words(entity):
            embedded += 1
        cards.append(_card(run, entity, edge if embedded <= MAX_PICTURES else 0, links))
    parts = [_run_head(run), tag("div", markup.each(cards), "ck-cards")]
    if len(run.entities) > MAX_CARDS:
        more = markup.count(len(run.entities) - MAX_CARDS, "more result")
        parts.append(tag("div", f"… and {more} in the folder.", "ck-path"))
    parts += [_reports_html(run.nodes), _path_html(run.folder)]
    return markup.panel(*parts)


def failures_html(reasons: list[str]) -> Html:
    """Why something was not made, a line each, bounded."""
    if not reasons:
        return ""
    lines = [
        tag("div", tag("span", text(reason), "ck-state bad")) for reason in reasons[:MAX_REASONS]
    ]
    if len(reasons) > MAX_REASONS:
        lines.append(tag("div", f"… and {len(reasons) - MAX_REASONS} more", "ck-dim"))
    return tag("div", markup.each(lines), "ck-notes")


def state_html(state: NodeState | RunStatus, words: str = "") -> Html:
    """A state with its coloured dot."""
    return tag("span", text(words or state.value), f"ck-state {TONES[state]}")


# --- the head --------------------------------------------------------------------------------


def _run_head(run: Run) -> Html:
    name = run.about.get("canvas", {}).get("name") or "Run"
    facts = [markup.count(len(run.images), "picture"), markup.count(len(run.texts), "text")]
    if run.seed is not None:
        facts.append(f"seed {run.seed}")
    if (seconds := _seconds(run.about)) is not None:
        facts.append(markup.duration(seconds))
    return _head(name, state_html(run.status), facts)


def _batch_head(batch: Batch) -> Html:
    name = batch.about.get("canvas", {}).get("name") or "Batch"
    done = f"{batch.completed_runs:,} of {markup.count(batch.total_runs, 'run')} complete"
    tone = "good" if batch.complete else "odd"
    facts = []
    if batch.aborted:
        facts.append("aborted")
    if (base_seed := batch.about.get("base_seed")) is not None:
        facts.append(f"base seed {base_seed}")
    return _head(name, tag("span", done, f"ck-state {tone}"), facts)


def _head(title: str, state: Html, facts: list[str]) -> Html:
    line = tag("span", text(" · ".join(facts)), "ck-dim")
    return tag("div", tag("span", text(title), "ck-title") + state + line, "ck-head")


def _seconds(about: Mapping[str, Any]) -> float | None:
    try:
        began = datetime.fromisoformat(about["started_at"])
        return (datetime.fromisoformat(about["ended_at"]) - began).total_seconds()
    except (KeyError, TypeError, ValueError):  # a run that is still going on, or was killed
        return None


def _batch_reasons(batch: Batch) -> list[str]:
    """Why not everything was made; runs that somebody cancelled are only counted."""
    found = []
    for summary in batch.runs:
        if summary.status not in (RunStatus.COMPLETED, RunStatus.CANCELLED):
            why = summary.error or "; ".join(summary.reasons) or "no reason is known"
            found.append(f"run {summary.index} ({summary.status.value}): {why}")
    if cancelled := sum(summary.status is RunStatus.CANCELLED for summary in batch.runs):
        found.append(f"{markup.count(cancelled, 'run')} cancelled on the way")
    if missing := batch.total_runs - len(batch.runs):
        found.append(f"{markup.count(missing, 'run')} did not begin, or did not end")
    return found


# --- one result ------------------------------------------------------------------------------


def _card(run: Run, entity: Entity, edge: int, links: bool) -> Html:
    try:
        body, kind = _body(run, entity, edge, links)
    except RecordError as error:
        body, kind = tag("div", text(error), "ck-words"), "words"
    number = tag("span", f"{entity.number:02d}", "ck-num")
    caption = number + tag("span", text(entity.node_id), "ck-name")
    if entity.round > 1:
        caption += tag("span", f"round {entity.round}", "ck-round")
    return tag(
        "figure",
        tag("figcaption", caption, "ck-cap") + body + tag("div", _facts(entity), "ck-facts"),
        f"ck-card {kind}",
    )


def _body(run: Run, entity: Entity, edge: int, links: bool) -> tuple[Html, str]:
    """What an entity shows, and the sort of card that suits it.

    Raises:
        RecordError: When its file is not there any more.
    """
    kind = entity.media_type.partition("/")[0]
    if entity.media_type == "application/json" and (verdict := _verdict(run, entity)):
        return verdict, "words"
    if _is_words(entity):
        words = entity.bytes.decode("utf-8", errors="replace")
        return tag("div", text(markup.shortened(words, MAX_SHOWN_CHARACTERS)), "ck-words"), "words"
    if edge and kind == "image" and (source := picture_url(entity.bytes, edge=edge)):
        picture = markup.image(source, f"{entity.node_id}, {entity.file}")
        return _linked(run, entity, picture) if links else picture, "picture"
    if edge and kind in ("audio", "video") and entity.size_bytes <= EMBEDDED_SOUND_BYTES:
        source = data_url(entity.bytes, entity.media_type)
        return f'<{kind} controls src="{text(source)}"></{kind}>', "picture"
    return tag("div", text(f"not shown here: {entity.media_type}"), "ck-words ck-dim"), "words"


def _is_words(entity: Entity) -> bool:
    return entity.media_type.startswith("text/") or entity.media_type == "application/json"


def _verdict(run: Run, entity: Entity) -> Html:
    """A judge's verdict, or nothing where the file holds something else."""
    try:
        verdict = json.loads(entity.bytes)
        outcome, score = str(verdict["verdict"]), verdict["score"]
        threshold, commentary = float(verdict["threshold"]), str(verdict["commentary"])
    except (ValueError, TypeError, KeyError):
        return ""
    shown = ""
    if isinstance(score, int | float):
        tone = "good" if outcome == "passed" else ""
        bar = tag("u", "", tone, style=f"width:{score * 10:.0f}%")
        bar += tag("s", "", style=f"left:{threshold * 10:.0f}%", title=f"passes at {threshold:g}")
        shown = tag("b", f"{score:.1f}") + tag("span", bar, "ck-bar")
    words = outcome
    if verdict.get("limit_reached"):
        words += ", last round reached"
    shown = tag("div", shown + tag("span", text(words), "ck-dim"), "ck-score")
    words = markup.shortened(commentary, MAX_SHOWN_CHARACTERS)
    return shown + tag("div", text(words), "ck-words")


def _facts(entity: Entity) -> Html:
    facts = []
    if entity.width and entity.height:
        facts.append(f"{entity.width} × {entity.height}")
    facts.append(markup.size(entity.size_bytes))
    if entity.seed is not None:
        facts.append(f"seed {entity.seed}")
    made = entity.provenance
    if made is not None:
        facts.append(f"{made.backend}/{made.model}" if made.model else made.backend)
        if made.seconds is not None:
            facts.append(markup.duration(made.seconds))
    elif entity.model:
        facts.append(entity.model)
    line = text(" · ".join(facts))
    if made is not None and made.method:
        line += tag("i", text(markup.shortened(made.method, 140)), title=made.method)
    return line


def _linked(run: Run, entity: Entity, picture: Html) -> Html:
    """``picture`` leading to its file, if that lies where JupyterLab can open it."""
    if run.folder is None:
        return picture
    try:
        path = Path(os.path.relpath(entity.path))
    except ValueError:  # on another drive (Windows)
        return picture
    if path.parts[:2] == ("..", ".."):
        return picture
    return tag("a", picture, href=path.as_posix(), title=f"Open {entity.file}")


# --- what lies beneath -----------------------------------------------------------------------


def _reports_html(reports: tuple[NodeReport, ...]) -> Html:
    """The nodes that did not complete, each with its reason, and what the others warn of."""
    lines = []
    for report in reports:
        if report.state is not NodeState.COMPLETED:
            words = (
                f"{report.state.value}: {report.reason}" if report.reason else report.state.value
            )
            state = state_html(report.state, report.node_id)
            lines.append(f"{state} {tag('span', text(words), 'ck-dim')}")
        for warning in report.warnings:
            dot = tag("span", text(report.node_id), "ck-state odd")
            lines.append(f"{dot} {tag('span', text(warning), 'ck-dim')}")
    hidden = len(lines) - MAX_REASONS
    items = [tag("div", line) for line in lines[:MAX_REASONS]]
    if hidden > 0:
        items.append(tag("div", f"… and {hidden} more", "ck-dim"))
    return tag("div", markup.each(items), "ck-notes") if items else ""


def _path_html(folder: Path | None) -> Html:
    if folder is None:
        return tag("div", "Not recorded: this is in memory only.", "ck-path")
    return tag("div", f"Recorded in {tag('code', text(folder))}", "ck-path")


# --- one picture of a contact sheet ----------------------------------------------------------


def _frame(batch: Batch, summary: RunSummary, links: bool) -> Html:
    """A run's picture with its index, seed and words; nothing for one that was stopped before."""
    picture, words = "", _prompt_of(batch, summary.index)
    if summary.folder is not None:
        try:
            run = Run.open(summary.folder)
            picture = _first_picture(run, links)
            words = words or _last_words(run)
        except RecordError as error:
            words = str(error)
    if not picture and summary.status is RunStatus.CANCELLED:
        return ""
    line = f"{summary.index} · seed {summary.seed}"
    if summary.status is not RunStatus.COMPLETED:
        line += f" · {summary.status.value}"
    prompt = text(markup.shortened(words, _PROMPT_CHARACTERS))
    caption = text(line) + tag("span", prompt, title=words)
    picture = picture or tag("div", text("no picture"), "ck-none")
    return tag("figure", picture + tag("figcaption", caption))


def _prompt_of(batch: Batch, index: int) -> str:
    prompts = batch.about.get("prompts")
    if isinstance(prompts, list) and index < len(prompts):
        return str(prompts[index])
    return ""


def _first_picture(run: Run, links: bool) -> Html:
    """The first picture of a run that can be shown, as a thumbnail; empty if there is none."""
    for entity in run.images:
        url = picture_url(entity.bytes, edge=_SHEET_EDGE, max_bytes=_SHEET_BYTES)
        if url:
            picture = markup.image(url, entity.file)
            return _linked(run, entity, picture) if links else picture
    return ""


def _last_words(run: Run) -> str:
    """The last text of a run: where all begin with the same words, this one differs."""
    for entity in run.texts[-1:]:
        return entity.bytes.decode("utf-8", errors="replace")
    return ""
