"""HTML for a notebook: escaped by construction, and in the colours of the front end's theme."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import os
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path

from canvas_kit.errors import RecordError
from canvas_kit.german import Words
from canvas_kit.media import recognise, thumbnail
from canvas_kit.values import Entity, NodeState, RunStatus

Html = str
"""A string that is markup already. Whatever comes from outside becomes one through :func:`text`."""

EMBEDDED_BYTES = 120_000
"""A picture up to this size is embedded as it is."""
TOOLTIP_CHARACTERS = 1000
"""How much of a text is the tooltip or the description of a picture."""
MAX_LINES = 20
"""Reasons, warnings and the like that are told one by one."""
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
ENGLISH = Words("en")
_OTHER_BROWSER_TYPES = frozenset({"image/webp", "image/gif", "image/avif", "image/svg+xml"})


# --- elements --------------------------------------------------------------------------------


def text(value: object) -> Html:
    """``value`` as text that can stand anywhere in markup, also inside a quoted attribute."""
    return html.escape(str(value), quote=True)


def tag(name: str, content: Html = "", css: str = "", **attributes: object) -> Html:
    """An element around ``content``; attribute values are escaped, empty ones left out."""
    given = {"class": css, **attributes}
    written = "".join(f' {key}="{text(value)}"' for key, value in given.items() if value != "")
    return f"<{name}{written}>{content}</{name}>"


def div(content: Iterable[Html], css: str) -> Html:
    """A block of several parts; nothing where there are none."""
    joined = "".join(content)
    return tag("div", joined, css) if joined else ""


def dim(words: object) -> Html:
    """Words that matter less."""
    return tag("span", text(words), "ck-dim")


def panel(*parts: Html) -> Html:
    """``parts`` in the frame that carries the style; each output needs its own."""
    return f"<style>{_style()}</style>{tag('div', ''.join(parts), 'ck')}"


@functools.cache
def _style() -> str:
    style = resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    return style.partition("*/")[2]


# --- pieces that several views have ----------------------------------------------------------


def dot(tone: str, words: object) -> Html:
    """Words with a coloured dot: good, bad, odd, live or none."""
    return tag("span", text(words), f"ck-state {tone}")


def state(value: NodeState | RunStatus, shown: str) -> Html:
    """A state's coloured dot, with words."""
    return dot(TONES[value], shown)


def head(title: str, shown: Html, facts: Sequence[str]) -> Html:
    """The first line of a view: what it is, how it stands, and facts about it."""
    # The spaces are for readers whose front end takes the style away.
    parts = tag("span", text(title), "ck-title"), shown, dim(" · ".join(facts))
    return tag("div", " ".join(parts), "ck-head")


def lines(items: Sequence[Html], words: Words = ENGLISH) -> Html:
    """Lines under each other, of which only so many are shown."""
    shown = [tag("div", item) for item in items[:MAX_LINES]]
    if len(items) > MAX_LINES:
        more = words("… and {count} more", count=len(items) - MAX_LINES)
        shown.append(tag("div", more, "ck-dim"))
    return div(shown, "ck-notes")


def failures(reasons: Iterable[object], words: Words = ENGLISH) -> Html:
    """Why something was not made, a line each."""
    return lines([dot("bad", words.message(reason)) for reason in reasons], words)


def small(caption: Html) -> Html:
    """A caption of its own."""
    return panel(tag("div", caption, "ck-facts ck-plain"))


def path(folder: Path | None, words: Words) -> Html:
    """Where something was recorded."""
    if folder is None:
        return tag("div", words("Not recorded: this is in memory only."), "ck-path")
    where = words("Recorded in {folder}", folder=tag("code", text(folder)))
    return tag("div", where, "ck-path")


def document(title: str, content: Html, language: str) -> Html:
    """A whole page around a view, for a file."""
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{text(title)}</title>"
        '<meta name="viewport" content="width=device-width"><style>:root{color-scheme:light}'
        "body{margin:40px;background:#fff}.ck{max-width:none}@media print{body{margin:0}"
        f"figure,tr{{break-inside:avoid}}}}</style></head><body>{content}</body></html>\n"
    )


# --- pictures --------------------------------------------------------------------------------


def data_url(data: bytes, media_type: str) -> str:
    """``data`` written into an address."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def picture_url(data: bytes, *, edge: int, max_bytes: int = EMBEDDED_BYTES) -> str | None:
    """A data URL that shows a picture.

    Args:
        data: The picture's file.
        edge: The longest edge in pixels of a copy that has to be made.
        max_bytes: A file up to this size that browsers can show is embedded unchanged.

    Returns:
        The address, or None when it is no picture that can be shown.
    """
    media_type = recognise(data)
    if media_type in _OTHER_BROWSER_TYPES and len(data) <= max_bytes:
        return data_url(data, media_type)
    made = thumbnail(data, edge=edge, max_bytes=max_bytes)
    return data_url(*made) if made else None


def image(source: str, description: object, tooltip: object = "") -> Html:
    """A picture from a data URL."""
    title = f' title="{text(tooltip)}"' if tooltip else ""
    return f'<img src="{text(source)}" alt="{text(description)}"{title}>'


def checked_bytes(entity: Entity) -> bytes:
    """The bytes to show, if they are still those that were recorded.

    Raises:
        RecordError: When they are not.
    """
    data = entity.bytes
    if hashlib.sha256(data).hexdigest() != entity.sha256:
        raise RecordError(
            f"{entity.file} is not shown: it has changed since it was recorded. `canvas-kit runs "
            "--verify` tells more."
        )
    return data


def link_to(entity: Entity, picture: Html, words: Words) -> Html:
    """``picture`` leading to its file, if that lies where JupyterLab can open it."""
    if not isinstance(entity.source, Path):
        return picture
    try:
        there = Path(os.path.relpath(entity.path))
    except ValueError:  # on another drive (Windows)
        return picture
    if there.parts[:2] == ("..", ".."):
        return picture
    return tag("a", picture, href=there.as_posix(), title=words("Open {file}", file=entity.file))


# --- words -----------------------------------------------------------------------------------


def shortened(words: str, limit: int) -> str:
    """``words`` cut at ``limit`` characters, with an ellipsis where something was cut."""
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"


def size(number_of_bytes: int) -> str:
    """A size in bytes for people: ``"412 kB"``."""
    if number_of_bytes < 1000:
        return f"{number_of_bytes} B"
    if number_of_bytes < 1_000_000:
        return f"{number_of_bytes / 1000:.0f} kB"
    return f"{number_of_bytes / 1_000_000:.1f} MB"


def duration(seconds: float) -> str:
    """A time span for people: ``"0.8 s"``, ``"3 min 20 s"``."""
    seconds = max(0.0, seconds)  # a clock may have been set back meanwhile
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
