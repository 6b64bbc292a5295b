"""Texts cut into words and put together again, for any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: No writing is longer than this, in characters.
LONGEST = 1200
#: Of a longer input only this much is read, in characters.
READ = 1600

_TOKEN = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d+(?:[.,:]\d+)*|\s+|.", re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?…。！？])\s+|\n+")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_ARTICLE = re.compile(r"\b([Aa])(n?) (?=([A-Za-z][\w-]*))")
# A vowel letter that sounds like a consonant, and the other way round.
_CONSONANT_START = re.compile(
    r"(?:u(?:ni(?!n|m)|ser|sual|topia|kule)|eu|one\b|once|ewe)", re.IGNORECASE
)
_VOWEL_START = re.compile(r"(?:hour|honest|heir|honou?r)", re.IGNORECASE)


def wordlist(text: str) -> list[str]:
    """The words of a plain text, which is how longer lists of words are written down here."""
    return text.split()


def clean(text: str) -> str:
    """The text without control characters, lone surrogates and doubled spaces."""
    kept = (
        " "
        if unicodedata.category(c) == "Cc"
        else "\ufffd"
        if unicodedata.category(c) == "Cs"
        else c
        for c in text
    )
    return re.sub(r"[ \u00a0]+", " ", "".join(kept)).strip()


def tokens(text: str) -> list[str]:
    """Words, numbers, runs of space and single other characters.

    Joined, they give the text back.
    """
    return _TOKEN.findall(text)


def is_word(token: str) -> bool:
    """True for a token that begins with a letter."""
    return token[:1].isalpha()


def is_latin(word: str) -> bool:
    """True for a word written in Latin letters."""
    return all(_LATIN.match(c) for c in word if c.isalpha())


def words(text: str) -> list[str]:
    """The words of a text in order, as written."""
    return [token for token in tokens(text) if is_word(token)]


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its closing mark."""
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def like(word: str, model: str) -> str:
    """The word with the capitals of the model: ALL, First or none."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    if model[:1].isupper():
        return capital(word)
    return word


def capital(text: str) -> str:
    """The text with a large first letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def shorten(text: str, most: int = LONGEST) -> str:
    """The text with at most `most` characters, cut at the end of a sentence, else of a word."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    stop = max(head.rfind(mark) for mark in (". ", "! ", "? ", "。", ".\n"))
    if stop > most // 2:
        return head[: stop + 1]
    space = head.rfind(" ")
    return (head[:space] if space > most // 2 else head).rstrip(" ,;:—–-") + "…"


def strip_end(text: str) -> str:
    """The text without its closing full stop, comma or space; question and call marks stay."""
    return text.strip().rstrip(".,;: \n")


def sentence(text: str) -> str:
    """The text as a sentence.

    Large first letter, a full stop unless it ends in a mark of its own.
    """
    text = capital(strip_end(text))
    last = text.rstrip('”"»«“')[-1:]
    return text if not text or last in "!?…。！？" else text + "."


def articles(text: str) -> str:
    """English text with "a" and "an" put right before the word that now follows."""

    def right(found: re.Match[str]) -> str:
        follower = found[3]
        vowel = follower[0] in "aeiouAEIOU" and not _CONSONANT_START.match(follower)
        vowel = vowel or _VOWEL_START.match(follower) is not None
        return found[1] + ("n " if vowel else " ")

    return _ARTICLE.sub(right, text)


def tidy(text: str) -> str:
    """The text without the doubled spaces and stranded marks that leaving words out causes."""
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" ([,.;:!?])", r"\1", text)
    text = re.sub(r"([,;:])(?:\s*[,;:])+", r"\1", text)
    text = re.sub(r"[,;:]+\s*([.!?])", r"\1", text)
    text = re.sub(r"(?m)^[ ,;:]+", "", text)
    text = re.sub(r"\(\s*\)", "", text)
    return text.strip()


def listing(items: Iterable[str], last: str) -> str:
    """Items as prose: "a, b and c", where last is the word before the last."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + f" {last} " + items[-1]
