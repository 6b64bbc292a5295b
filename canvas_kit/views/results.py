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
from canvas_kit.errors import MissingPrerequisite, RecordError, UnknownName
from canvas_kit.german import Language, Words
from canvas_kit.preset_files.catalogue import preset_name
from canvas_kit.recorder.run import Run
from canvas_kit.values import Entity, NodeState, Verdict, from_json
from canvas_kit.views import markup
from canvas_kit.views.contact import contact_png
from canvas_kit.views.front_end import words_in
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


def run_bundle(run: Run, language: Language | None = None) -> Bundle:
    """A run as text, as HTML, and its first pictures as one small PNG."""
    bundle = {"text/plain": str(run), "text/html": run_html(run, language=language)}
    if picture := contact_png(run.images):
        bundle["image/png"] = picture
    return bundle


# --- a run -----------------------------------------------------------------------------------


def run_html(run: Run, *, links: bool = True, language: Language | None = None) -> Html:
    """A run as HTML.

    Args:
        run: The run.
        links: Whether pictures lead to their files, where the front end can open those.
        language: Of what it says, if not as the settings say.
    """
    words = words_in(language)
    shown = run.entities[:MAX_CARDS]
    pictures = [entity.file for entity in shown if not _is_words(entity)]
    edge = _LARGE_EDGE if len(pictures) <= _FEW_PICTURES else _SMALL_EDGE
    embedded = set(pictures[:MAX_PICTURES])
    cards = [
        _side_by_side(
            [_card(entity, edge, entity.file in embedded, links, words) for entity in branch]
        )
        for branch in _branches(shown)
    ]
    parts = [_run_head(run, words), div(cards, "ck-cards")]
    if more := len(run.entities) - len(shown):
        told = words("… and {results} in the folder.", results=words.counted(more, "more result"))
        parts.append(tag("div", told, "ck-path"))
    return markup.panel(*parts, _reports(run, words), markup.path(run.folder, words))


def _run_head(run: Run, words: Words) -> Html:
    name = run.about.get("canvas", {}).get("name") or words("Run")
    facts = [words.counted(len(run.images), "picture"), words.counted(len(run.texts), "text")]
    if run.seed is not None:
        facts.append(words("seed {seed}", seed=str(run.seed)))
    try:
        began = datetime.fromisoformat(run.about["started_at"])
        ended = datetime.fromisoformat(run.about["ended_at"])
        facts.append(markup.duration((ended - began).total_seconds()))
    except (KeyError, TypeError, ValueError):
        pass  # a run that is still going on, or was killed
    return markup.head(name, markup.state(run.status, words(run.status.value)), facts)


def _reports(run: Run, words: Words) -> Html:
    """The nodes that did not complete, each with its reason, and what the others warn of."""
    found = []
    for report in run.nodes:
        if report.state is not NodeState.COMPLETED:
            why = words.message(report.reason or "")
            told = f"{words(report.state.value)}: {why}".removesuffix(": ")
            found.append(f"{markup.state(report.state, report.node_id)} {dim(told)}")
        found += [
            f"{dot('odd', report.node_id)} {dim(words.message(warning))}"
            for warning in report.warnings
        ]
    return markup.lines(found, words)


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


def _card(entity: Entity, edge: int, embedded: bool, links: bool, words: Words) -> Html:
    kind = "words"
    try:
        if _is_words(entity):
            body = _words(entity, words)
        elif body := _media(entity, edge, embedded, links, words):
            kind = "picture"
        else:
            told = words("not shown here: {type}", type=entity.media_type)
            body = tag("div", text(told), "ck-words ck-dim")
    except RecordError as error:  # its file is not there any more
        body = tag("div", text(error), "ck-words")
    preset = entity.details.get("preset")
    title = " · ".join(
        filter(None, (entity.node_type, _named(entity, preset, words) if preset else ""))
    )
    caption = tag("span", f"{entity.number:02d}", "ck-num")
    caption += " " + tag("span", text(title), "ck-name")
    if not entity.node_id.startswith(f"{entity.node_type}_"):  # the user's own name for it
        caption += " " + dim(entity.node_id)
    if entity.round > 1:
        caption += " " + tag("span", words("round {round}", round=entity.round), "ck-round")
    about = " · ".join(filter(None, (entity.node_id, preset)))
    caption = tag("figcaption", caption, "ck-cap", title=about)
    facts = tag("div", _facts(entity, words), "ck-facts")
    return tag("figure", caption + body + facts, f"ck-card {kind}")


def _named(entity: Entity, preset: str, words: Words) -> str:
    """What a preset is called in the user's language; its id, where that is not known."""
    try:
        kind = getattr(node_type(entity.node_type), "preset_kind", None)
    except (UnknownName, MissingPrerequisite):  # a node type of a package that is not here
        return preset
    return preset if kind is None else preset_name(kind, preset, words.language)


def _is_words(entity: Entity) -> bool:
    return entity.kind == "text" or entity.media_type == "application/json"


def _words(entity: Entity, words: Words) -> Html:
    shown, score = entity.bytes.decode("utf-8", errors="replace"), ""
    if entity.node_type == "evaluation":
        try:
            verdict = from_json(Verdict, entity.json)
        except (ValueError, RecordError):
            pass  # the file holds something else: shown as it is
        else:
            shown, score = verdict.commentary, _score(verdict, words)
    return score + tag("div", text(markup.shortened(shown, MAX_SHOWN_CHARACTERS)), "ck-words")


def _score(verdict: Verdict, words: Words) -> Html:
    shown = ""
    if verdict.score is not None:
        passes = verdict.threshold
        tone = "good" if verdict.passed else ""
        bar = tag("u", "", tone, style=f"width:{verdict.score * 10:.0f}%")
        least = words("passes at {score}", score=f"{passes:g}")
        bar += tag("s", "", style=f"left:{passes * 10:.0f}%", title=least)
        shown = tag("b", f"{verdict.score:.1f}") + tag("span", bar, "ck-bar")
    outcome = words(verdict.outcome)
    if verdict.limit_reached:
        outcome = words("{outcome}, last round reached", outcome=outcome)
    return tag("div", shown + dim(outcome), "ck-score")


def _media(entity: Entity, edge: int, embedded: bool, links: bool, words: Words) -> Html:
    """A picture or a player; nothing for what cannot be shown."""
    if embedded and entity.kind == "image" and (url := picture_url(entity.bytes, edge=edge)):
        picture = markup.image(url, f"{entity.node_id}, {entity.file}")
        return markup.link_to(entity, picture, words) if links else picture
    if embedded and entity.kind in ("audio", "video") and entity.size_bytes <= _SOUND_BYTES:
        source = markup.data_url(entity.bytes, entity.media_type)
        return f'<{entity.kind} controls src="{text(source)}"></{entity.kind}>'
    return ""


def _facts(entity: Entity, words: Words) -> Html:
    facts = [f"{entity.width} × {entity.height}"] if entity.width and entity.height else []
    facts.append(markup.size(entity.size_bytes))
    if entity.seed is not None:
        facts.append(words("seed {seed}", seed=str(entity.seed)))
    if (made := entity.provenance) is None:
        return text(" · ".join([*facts, entity.model or ""]).removesuffix(" · "))
    facts.append(f"{made.backend}/{made.model}" if made.model else made.backend)
    if made.reused_from:
        facts.append(words("reused from run {run}", run=made.reused_from.get("run_id", "")))
    elif made.seconds is not None:
        facts.append(markup.duration(made.seconds).replace(" ", "\N{NO-BREAK SPACE}"))
    line = text(" · ".join(facts))
    if made.method:
        line += " " + tag("i", text(markup.shortened(made.method, 140)), title=made.method)
    return line
