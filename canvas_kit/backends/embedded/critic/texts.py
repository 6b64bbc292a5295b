"""What can be counted in any text, without knowing what it says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, pstdev

from canvas_kit.backends.embedded.language import MOST_CHARACTERS, content_words, sentences, words

_WINDOW = 25


def measure_text(texts: Sequence[str]) -> dict[str, float]:
    """The numbers of the texts, taken together.

    Returns:
        ``words``: how many. ``sentence_words``: words in a sentence, on average. ``variety``: the
        share of different words in 25 that follow one another, on average, 0 to 1. ``repetition``:
        the share of pairs of neighbouring words that were there before, 0 to 1. ``spread``: how
        much the lengths of the words differ, as a standard deviation in letters.
    """
    text = "\n".join(texts)[:MOST_CHARACTERS]
    found = [word.lower() for word in words(text)]  # casefold would lengthen "ß"
    pairs = list(pairwise(found))
    windows = [found[at : at + _WINDOW] for at in range(max(1, len(found) - _WINDOW + 1))]
    parts = sentences(text)
    return {
        "words": len(found),
        "sentence_words": len(found) / max(1, len(parts)),
        "variety": fmean(len(set(part)) / max(1, len(part)) for part in windows),
        "repetition": 1 - len(set(pairs)) / len(pairs) if pairs else 0.0,
        "spread": pstdev(map(len, found)) if found else 0.0,
    }


def coverage(first: str, other: str, language: str) -> float:
    """The share of the first text's words, small words left aside, that the other has too."""
    wanted = set(content_words(first[:MOST_CHARACTERS], language))
    there = set(content_words(other[:MOST_CHARACTERS], language))
    return len(wanted & there) / len(wanted) if wanted else 0.0


def own_words(text: str, others: Sequence[str], language: str) -> list[str]:
    """The words, small words left aside, that none of the others has; in order."""
    elsewhere = {word for other in others for word in content_words(other, language)}
    found = content_words(text[:MOST_CHARACTERS], language)
    return [word for word in dict.fromkeys(found) if word not in elsewhere]
