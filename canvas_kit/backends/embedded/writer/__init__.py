"""The writer: rearranges a text by old writing constraints, in an order that a preset names.

It understands nothing, and treats every word alike. It reads no instructions: those of a preset are
meant for language models, and what the writer does instead stands in the preset file's table
``[options.embedded]``. The same text, options and seed give the same result.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from canvas_kit.backends.base import TextRequest, TextTask
from canvas_kit.backends.embedded.language import MOST_CHARACTERS, Written, tell_language
from canvas_kit.backends.embedded.writer.constraints import (
    CONSTRAINTS,
    apply,
    name_of,
    reverse_phrases,
)
from canvas_kit.backends.embedded.writer.frames import Filling
from canvas_kit.backends.embedded.writer.page import Draws, Page

DEFAULT_CONSTRAINTS = ("cut_up",)
"""Where no preset says what to do: the user has written instructions, and those are not read."""

_MOST_WRITTEN = 8000
_EMPTY = {"en": "(an empty page)", "de": "(ein leeres Blatt)"}
_NO_INSTRUCTIONS = (
    "The embedded writer follows no instructions; it made {constraints} of the text. To have your "
    "instructions followed, name a language model on the node (model='ollama/<model>' or "
    "'openai/<model>'), or set text_model in canvas_kit.toml."
)
_SAME_AGAIN = (
    "Nothing in this preset is left to chance, so the embedded writer gives the same text in each "
    "feedback round."
)


def write(request: TextRequest) -> Written:
    """The text that the constraints of the request's options make of its passages.

    Options: ``constraints``, a list of names or of tables ``{use = name, …parameters}``; ``every``,
    to give the text of each step on a line of its own; ``en`` and ``de``, the words of the frame
    and of the other constraints. See ``canvas_kit/preset_files/README.md``.

    Raises:
        ValueError: When the options name a constraint, a slot or a parameter that there is not.
    """
    language = tell_language(request)
    whole = "\n\n".join(item.text for item in request.passages if not item.heading).strip()
    headed = [item.text for item in request.passages if item.heading]
    text = whole[:MOST_CHARACTERS]
    options = request.options
    constraints = list(options.get("constraints", DEFAULT_CONSTRAINTS))
    page = Page(
        language,
        Draws(request.seed or 0),
        text,
        _lists(language) | options.get(language, options.get("en", {})),
    )
    warnings: list[str] = []
    if len(whole) > len(text):
        warnings.append(f"Only the first {MOST_CHARACTERS:,} characters were rewritten.")
    if request.task is TextTask.RANDOM_PROMPT:
        result = _invented(text, headed, page)
        constraints = ["frame"]
    elif not text:
        result = _EMPTY[language]
    else:
        result = _rewritten(text, constraints, page, every=bool(options.get("every")))
    result = result[:_MOST_WRITTEN]
    made = [name_of(constraint).replace("_", "-") for constraint in constraints]
    if not options:
        warnings.append(_NO_INSTRUCTIONS.format(constraints="a " + ", ".join(made)))
    if text and result in headed:
        warnings.append(_SAME_AGAIN)
    return Written(
        result,
        f"rearranged by rule ({', '.join(made)}); no learned model, no instructions read",
        {"language": language, "constraints": made, **page.notes},
        warnings=tuple(warnings),
    )


@cache
def _lists(language: str) -> dict[str, list[str]]:
    table = tomllib.loads((files(__package__) / "words.toml").read_text(encoding="utf-8"))
    return dict(table[language])


def _rewritten(text: str, constraints: list[object], page: Page, *, every: bool) -> str:
    steps = [text]
    for constraint in constraints:
        steps.append(apply(constraint, steps[-1], page))
    if steps[-1].strip() in ("", text):  # too little to work on: a word alone, say
        turned = reverse_phrases(text, page)
        steps.append(turned if turned not in (text, "") else f"{text}, {text}")
    return "\n".join(dict.fromkeys(steps)) if every else steps[-1]


def _invented(text: str, looks: list[str], page: Page) -> str:
    kind = "from_text" if text else "invent"
    if kind not in page.words:
        raise ValueError(
            f"A random prompt needs sentences to draw from, but the preset's options have no "
            f"list {kind!r} for the language {page.language!r}."
        )
    if looks:
        page.words["look"] = [looks[0].strip().rstrip(".")]
    return Filling(text, page).sentence(page.chance.pick(page.words[kind]))


__all__ = ["CONSTRAINTS", "DEFAULT_CONSTRAINTS", "write"]
