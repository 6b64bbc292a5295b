"""Texts as the words by which they are found: case, accents and punctuation count for nothing.

The same words go into the index and come from what is looked for, so that it does not matter
whether SQLite has its full-text search or the words are compared one by one.
"""

from __future__ import annotations

import re
import unicodedata

from canvas_kit.errors import QueryError, shorten

_UNSPACED = "\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Scripts that put no spaces between words: each of their characters counts as a word."""
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")


def words_of(text: str) -> list[str]:
    """The words of a text, in order: ``"Eine Ärztin, müde"`` gives ``eine arztin mude``."""
    if text.isascii():
        return _WORD.findall(text.lower())
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return _WORD.findall(plain.casefold())


def phrases_of(text: str) -> list[str]:
    """What a text that is looked for asks: each part between spaces, as words with one space.

    A text answers if it has the words of every part one after another; of the last word in a part,
    the beginning is enough.

    Raises:
        QueryError: When there is no word in it.
    """
    phrases = [" ".join(words) for part in text.split() if (words := words_of(part))]
    if not phrases:
        raise QueryError(f"The text to look for should hold a word, but is {shorten(text)}.")
    return phrases
