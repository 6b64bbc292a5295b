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


def say(message: str, language: Language) -> str:
    """A message of ours in a language; what of it the table does not know stays English."""
    if language == "de":
        for _, german, pattern in sentences():
            message = pattern.sub(partial(_filled, german), message)
    return message


@cache
def sentences() -> tuple[Sentence, ...]:
    """The table, in its order."""
    tables = [table for name, table in _tables().items() if name != "words"]
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
