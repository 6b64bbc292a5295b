"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "gone", "new"]
_TOKEN = re.compile(r"\s+|\w+(?:['’]\w+)*|[^\w\s]")
_MOST_WORDS = 1500
"""Longer texts are compared word by word in their first so many signs, and whole after that."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One text beside another: what both have, what is gone, what is new; whitespace kept.

    Attributes:
        before: The first text.
        after: The other one.
        pieces: The two in one line, in order: each piece with what became of it.
    """

    before: str
    after: str
    pieces: tuple[tuple[Kind, str], ...]

    @classmethod
    def of(cls, before: str, after: str) -> Wording:
        """Compare two texts."""
        return cls(before, after, tuple(_joined(_pieces(_tokens(before), _tokens(after)))))

    @property
    def same(self) -> bool:
        """Whether nothing changed, not even a space."""
        return self.before == self.after

    @property
    def kept(self) -> float:
        """The share of the first text's words that the other has, in this order; 0 to 1."""
        had = sum(_words(text) for kind, text in self.pieces if kind != "new")
        left = sum(_words(text) for kind, text in self.pieces if kind == "same")
        return left / had if had else 1.0

    @property
    def words_gone(self) -> int:
        """How many words are gone."""
        return sum(_words(text) for kind, text in self.pieces if kind == "gone")

    @property
    def words_new(self) -> int:
        """How many words are new."""
        return sum(_words(text) for kind, text in self.pieces if kind == "new")

    @property
    def summary(self) -> str:
        """The change in numbers: ``"2 words gone, 14 new"``."""
        if self.same:
            return "unchanged"
        gone, new = self.words_gone, self.words_new
        if not gone and not new:
            return "only signs and spaces changed"
        parts = [f"{gone} word{'s' * (gone != 1)} gone"] if gone else []
        return ", ".join([*parts, *([f"{new} new"] if new else [])])

    def __str__(self) -> str:
        marks = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
        return "".join(marks[kind].format(text) for kind, text in self.pieces)


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    for match in _TOKEN.finditer(text):
        if len(found) >= _MOST_WORDS:
            found.append(text[match.start() :])
            break
        found.append(match[0])
    return found


def _pieces(before: list[str], after: list[str]) -> Iterator[tuple[Kind, str]]:
    # A word in another case is the same word changed in place: seen as gone and new beside it.
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", "".join(before[a:b])
            continue
        if a < b:
            yield "gone", "".join(before[a:b])
        if c < d:
            yield "new", "".join(after[c:d])


def _joined(pieces: Iterator[tuple[Kind, str]]) -> Iterator[tuple[Kind, str]]:
    """Pieces without islands: a space alone between two changes is part of both."""
    gone = new = ""
    held = ""
    for kind, text in pieces:
        if kind == "same" and text.isspace() and (gone or new):
            held = text
            continue
        if kind == "same":
            if gone:
                yield "gone", gone
            if new:
                yield "new", new
            yield "same", held + text
            gone = new = held = ""
            continue
        gone, new, held = gone + held, new + held, ""
        if kind == "gone":
            gone += text
        else:
            new += text
    if gone:
        yield "gone", gone
    if new:
        yield "new", new
    if held:
        yield "same", held


def _words(text: str) -> int:
    return sum(any(map(str.isalnum, part)) for part in _TOKEN.findall(text))
