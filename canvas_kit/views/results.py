"""A finished run as a notebook shows it: static, so that a saved notebook keeps it.

Its pictures and texts in canvas order, each with what made it, and where everything lies. How much
is embedded has bounds, whatever the size of a record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from canvas_kit.canvas.node_types import node_type
from canvas_kit.errors import MissingPrerequisite, RecordError, UnknownName, counted
from canvas_kit.preset_files.catalogue import preset_name
from canvas_kit.recorder.run import Run
from canvas_kit.values import Entity, NodeState, Verdict, from_json
from canvas_kit.views import markup
from canvas_kit.views.contact import contact_png
from canvas_kit.views.front_end import user_language
from canvas_kit.views.markup import Html, dim, div, dot, picture_url, tag, text

Bundle = Mapping[str, Any]

MAX_CARDS = 60
"""Results of one run that are shown; the others are counted and lie in the folder."""
MAX_PICTURES = 24
"""Pictures and sounds of one run that are embedded."""
MAX_SHOWN_CHARACTERS = 4000
"""How much of one text is shown."""
_SOUND_BYTES = 2_000_000
"""A sound or film up to this size is embedded; a larger one is only named."""
_LARGE_EDGE, _SMALL_EDGE = 640, 320
_FEW_PICTURES = 6


def run_bundle(run: Run) -> Bundle:
    """A run as text, as HTML, and its first pictures as one small PNG."""
    bundle = {"text/plain": str(run), "text/html": run_html(run)}
    if picture := contact_png(run.images):
        bundle["image/png"] = picture
    return bundle


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
    cards = [
        _side_by_side([_card(entity, edge, entity.file in embedded, links) for entity in branch])
        for branch in _branches(shown)
    ]
    parts = [_run_head(run), div(cards, "ck-cards")]
    if more := len(run.entities) - len(shown):
        words = f"… and {counted(more, 'more result')} in the folder."
        parts.append(tag("div", words, "ck-path"))
    return markup.panel(*parts, _reports(run), markup.path(run.folder))


def _run_head(run: Run) -> Html:
    name = run.about.get("canvas", {}).get("name") or "Run"
    facts = [counted(len(run.images), "picture"), counted(len(run.texts), "text")]
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


def _branches(entities: Sequence[Entity]) -> list[list[Entity]]:
    """What was made; beside each thing what was made of it, where that is one thing alone."""
    made_of = Counter(parent for entity in entities for parent in entity.parents)
    branches: list[list[Entity]] = []
    by_file: dict[str, list[Entity]] = {}
    for entity in entities:
        parent = entity.parents[0] if len(entity.parents) == 1 else ""
        branch = by_file.get(parent) if made_of[parent] == 1 else None
        if branch is None:
            branches.append(branch := [])
        branch.append(entity)
        by_file[entity.file] = branch
    return branches


def _side_by_side(cards: Sequence[Html]) -> Html:
    return div(cards, "ck-branch") if len(cards) > 1 else cards[0]


# --- one thing that was made -----------------------------------------------------------------


def _card(entity: Entity, edge: int, embedded: bool, links: bool) -> Html:
    kind = "words"
    try:
        body = _words(entity) if _is_words(entity) else _media(entity, edge, embedded, links)
        kind = "picture" if body and not _is_words(entity) else kind
        body = body or tag("div", text(f"not shown here: {entity.media_type}"), "ck-words ck-dim")
    except RecordError as error:  # its file is not there any more
        body = tag("div", text(error), "ck-words")
    preset = entity.details.get("preset")
    title = " · ".join(filter(None, (entity.node_type, _named(entity, preset) if preset else "")))
    caption = tag("span", f"{entity.number:02d}", "ck-num") + tag("span", text(title), "ck-name")
    if not entity.node_id.startswith(f"{entity.node_type}_"):  # the user's own name for it
        caption += dim(entity.node_id)
    if entity.round > 1:
        caption += tag("span", f"round {entity.round}", "ck-round")
    about = " · ".join(filter(None, (entity.node_id, preset)))
    caption = tag("figcaption", caption, "ck-cap", title=about)
    return tag("figure", caption + body + tag("div", _facts(entity), "ck-facts"), f"ck-card {kind}")


def _named(entity: Entity, preset: str) -> str:
    """What a preset is called in the user's language; its id, where that is not known."""
    try:
        kind = getattr(node_type(entity.node_type), "preset_kind", None)
    except (UnknownName, MissingPrerequisite):  # a node type of a package that is not here
        return preset
    return preset if kind is None else preset_name(kind, preset, user_language())


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
        picture = markup.image(url, f"{entity.node_id}, {entity.file}")
        return markup.link_to(entity, picture) if links else picture
    if embedded and entity.kind in ("audio", "video") and entity.size_bytes <= _SOUND_BYTES:
        source = markup.data_url(entity.bytes, entity.media_type)
        return f'<{entity.kind} controls src="{text(source)}"></{entity.kind}>'
    return ""


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
