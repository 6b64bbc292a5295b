"""What the writer and the critic know of language: where words and phrases begin and end.

There is no grammar here and no dictionary of meanings. A word is either one of the small words that
hold a language together ("the", "with", "und", listed in ``language.toml``), or it is not; among
those that are not, all are alike.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from canvas_kit.backends.base import TextRequest

MOST_CHARACTERS = 4000
"""Of a longer text only so much is looked at."""

_WORD = re.compile(r"[^\s.,;:!?…“”„\"»«()\[\]{}<>—–|/\\。、，！？；：「」]+")
_EDGES = "'’‘`*_#~-"
_SENTENCE_END = re.compile(r"[.!?…。！？]+(?=\s|$)|[。！？]|\n+")


@dataclass(frozen=True, slots=True)
class Written:
    """What the writer or the critic gives back.

    Attributes:
        text: The new text or the commentary.
        method: How it was made, in a sentence.
        notes: What was counted or drawn, JSON-able.
        data: The structured answer of a judgement.
        warnings: What the user should know, in sentences.
    """

    text: str
    method: str
    notes: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words up to the next small word or punctuation mark.

    Attributes:
        lead: The small words that it begins with: ``"with an"``.
        core: The rest: ``"old clock"``. Never empty.
    """

    lead: str
    core: str

    def __str__(self) -> str:
        return f"{self.lead} {self.core}".strip()


@cache
def small_words(language: str, sort: str = "small_words") -> frozenset[str]:
    """The small words of ``"en"`` or ``"de"``, or those of them that only join."""
    table = tomllib.loads((files(__package__) / "language.toml").read_text(encoding="utf-8"))
    return frozenset(table[language][sort].split())


def words(text: str) -> list[str]:
    """The words of a text, without the punctuation around them."""
    return [text[start:end] for start, end in _spans(text)]


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text that have a word in them."""
    return [part for part in _SENTENCE_END.split(text) if words(part)]


def content_words(text: str, language: str) -> list[str]:
    """The words that are not small words, in lower case."""
    small = small_words(language)
    return [word for word in map(str.lower, words(text)) if word not in small]


def phrases(text: str, language: str) -> list[Phrase]:
    """The text, parted before small words and at punctuation; only the punctuation is lost."""
    small = small_words(language)
    found: list[Phrase] = []
    start = core = -1  # where the present phrase and its core begin
    last = 0  # where the last word ended

    def close() -> None:
        if start >= 0:
            split = core if core >= 0 else start
            found.append(Phrase(text[start:split].strip(), text[split:last].strip()))

    for begin, end in _spans(text):
        is_small = text[begin:end].lower() in small
        parted = bool(text[last:begin].strip()) or "\n" in text[last:begin]
        if start >= 0 and (parted or (is_small and core >= 0)):
            close()
            start = core = -1
        if start < 0:
            start = begin
        if core < 0 and not is_small:
            core = begin
        last = end
    close()
    return found


def things(text: str, language: str) -> list[str]:
    """The phrases without the small words before them, each once; the text if there are none.

    What is said not to be there ("without doors") is no thing.
    """
    small, negating = small_words(language), small_words(language, "negating")
    found = [
        phrase.core
        for phrase in phrases(text, language)
        if not negating.intersection(phrase.lead.lower().split())
        and any(word.lower() not in small for word in words(phrase.core))
    ]
    return list(dict.fromkeys(found)) or [text]


def tell_language(request: TextRequest) -> str:
    """``"de"`` or ``"en"``: the one whose small words the texts have more of.

    A request without a telling word, such as a name alone, is taken to be in the language of its
    instructions; nothing else is ever read in those.
    """
    for text in ("\n".join(passage.text for passage in request.passages), request.instructions):
        found = [word.lower() for word in words(text[:MOST_CHARACTERS])]
        english, german = small_words("en"), small_words("de")
        balance = sum((word in german) - (word in english) for word in found)
        if balance:
            return "de" if balance > 0 else "en"
    return "en"


def _spans(text: str) -> list[tuple[int, int]]:
    spans = []
    for match in _WORD.finditer(text):
        inner = match[0].strip(_EDGES)
        if inner:
            start = match.start() + match[0].index(inner)
            spans.append((start, start + len(inner)))
    return spans
