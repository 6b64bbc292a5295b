"""What the user reads on a page, in German.

Messages are made where things go wrong, in English, and often from parts of several places. So the
sentences of a table (``german.toml``) are replaced wherever they stand in a message. What a backend
or the operating system says stays as it came.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Literal, NamedTuple

Language = Literal["en", "de"]


class Sentence(NamedTuple):
    """A sentence of ours, with names in braces for what varies."""

    english: str
    german: str
    pattern: re.Pattern[str]


class Words:
    """What views show, in a language; what the table does not know stays English."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._table = _tables()["views"] if language == "de" else {}

    def __call__(self, english: str, /, **given: object) -> str:
        """``english`` in the language, with what is given in place of the names in braces."""
        shown = {
            name: self._number(value) if type(value) is int else value
            for name, value in given.items()
        }
        return self._table.get(english, english).format(**shown)

    def counted(self, number: int, noun: str) -> str:
        """``"1 run"``, ``"2,000 runs"``."""
        ending = "" if number == 1 else "s"
        return f"{self._number(number)} {self._table.get(noun + ending, noun + ending)}"

    def message(self, message: object) -> str:
        """A message of ours."""
        return say(str(message), self.language)

    def _number(self, number: int) -> str:
        return f"{number:,}".replace(",", "." if self.language == "de" else ",")


def say(message: str, language: Language) -> str:
    """A message of ours in a language; what of it the table does not know stays English."""
    if language == "de":
        for _, german, pattern in sentences():
            message = pattern.sub(partial(_filled, german), message)
    return message


@cache
def sentences() -> tuple[Sentence, ...]:
    """The table, in its order."""
    tables = [table for name, table in _tables().items() if name not in ("words", "views")]
    return tuple(Sentence(*pair, _pattern(pair[0])) for table in tables for pair in table.items())


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((files(__package__) / "german.toml").read_text(encoding="utf-8"))


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", english)
    return re.compile(
        "".join(
            rf"(?P<{part}>[^\n]{{1,300}}?)" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        )
    )


def _filled(german: str, found: re.Match[str]) -> str:
    words = _tables()["words"]
    return german.format(
        **{
            name: " oder ".join(words.get(word, word) for word in value.split(" or "))
            if name.startswith("kinds")
            else value
            for name, value in found.groupdict().items()
        }
    )
