"""Several texts side by side.

How alike, how rich, what only one of them has, in which order by the criteria.
"""

from __future__ import annotations

import math
from collections import Counter

from canvas_kit.backends.embedded.critic.judging import covered, judge_text
from canvas_kit.backends.embedded.critic.values import spoken, wording
from canvas_kit.backends.embedded.critic.words_measured import Words
from canvas_kit.backends.embedded.writer.language import settle
from canvas_kit.backends.embedded.writer.tokens import clean, shorten
from canvas_kit.backends.embedded.writer.values import Writing

#: So many texts are compared; further ones are counted and left aside.
MOST = 12
_GRAM = 3


def compare_texts(texts: list[str], *, criteria: str = "", language: str | None = None) -> Writing:
    """What is alike and what is not, in numbers, with a ranking and its reason.

    Args:
        texts: The texts in their order; up to twelve are compared.
        criteria: What they are ranked by; without it they are ranked by variety of words and
            detail.
        language: "en" or "de"; told from the words where it is left out.

    Raises:
        ValueError: A language other than English and German.
    """
    chosen = [clean(text[:8000]) for text in texts[:MOST]]
    tongue = settle(language, " ".join(chosen) or criteria)
    say = wording(tongue)["comparison"]
    if len(chosen) < 2:
        return Writing(
            say["too_few"].format(count=len(chosen)), say["method"], {"texts": len(chosen)}
        )
    measured = [Words.of(text, tongue) for text in chosen]
    alike = [[round(_likeness(one, two), 2) for two in measured] for one in measured]
    own = [_own_words(index, measured) for index in range(len(measured))]
    scores = [_score(words, criteria, tongue) for words in measured]
    order = sorted(range(len(scores)), key=lambda index: (-scores[index], index))

    pairs = [(alike[i][j], i, j) for i in range(len(alike)) for j in range(i)]
    near, far = max(pairs), min(pairs, key=lambda pair: (pair[0], pair[1], pair[2]))
    lines = [say["opening"].format(count=len(chosen))]
    for index, words in enumerate(measured):
        lines.append(
            say["each"].format(
                number=index + 1,
                words=len(words.all),
                diversity=spoken(round(words.diversity, 2), tongue),
                own=", ".join(own[index][:5]) or say["nothing"],
            )
        )
    lines.append(_pair(say["nearest"], near, tongue))
    if len(pairs) > 1:
        lines.append(_pair(say["farthest"], far, tongue))
    shared = _shared(measured)
    lines.append(say["shared"].format(words=", ".join(shared[:8]) or say["nothing"]))
    lines.append(say["matrix"] + "\n" + _matrix(alike, tongue))
    ranking = ", ".join(
        say["place"].format(number=index + 1, score=spoken(scores[index], tongue))
        for index in order
    )
    reason = say["by_criteria" if criteria.strip() else "by_variety"]
    lines.append(say["ranking"].format(order=ranking, reason=reason))
    if len(texts) > MOST:
        lines.append(say["left_aside"].format(count=len(texts) - MOST))
    notes: dict[str, object] = {
        "language": tongue,
        "texts": len(chosen),
        "similarity": alike,
        "words": [len(words.all) for words in measured],
        "only_here": [found[:12] for found in own],
        "shared": shared[:12],
        "scores": scores,
        "ranking": [index + 1 for index in order],
    }
    return Writing(shorten("\n".join(lines), 3600), say["method"], notes)


def _pair(sentence: str, pair: tuple[float, int, int], language: str) -> str:
    value, one, two = pair
    return sentence.format(one=two + 1, two=one + 1, value=spoken(value, language))


def _likeness(one: Words, two: Words) -> float:
    """Mean of two cosines: over words and over runs of three letters.

    0.0 nothing shared, 1.0 the same.
    """
    if one.text == two.text:
        return 1.0
    by_words = _cosine(Counter(one.content), Counter(two.content))
    return (by_words + _cosine(_grams(one), _grams(two))) / 2


def _grams(words: Words) -> Counter[str]:
    flat = f" {' '.join(words.all)} "
    return Counter(flat[place : place + _GRAM] for place in range(len(flat) - _GRAM + 1))


def _cosine(one: Counter[str], two: Counter[str]) -> float:
    dot = sum(count * two[key] for key, count in one.items() if key in two)
    length = math.sqrt(sum(c * c for c in one.values()) * sum(c * c for c in two.values()))
    return dot / length if length else 0.0


def _own_words(index: int, measured: list[Words]) -> list[str]:
    elsewhere = {
        word for place, words in enumerate(measured) if place != index for word in words.content
    }
    return [word for word in dict.fromkeys(measured[index].content) if word not in elsewhere]


def _shared(measured: list[Words]) -> list[str]:
    everywhere = set.intersection(*(set(words.content) for words in measured))
    return [word for word in dict.fromkeys(measured[0].content) if word in everywhere]


def _score(words: Words, criteria: str, language: str) -> float:
    quality = judge_text(words.text, kind="quality", language=language).score
    if not criteria.strip():
        variety = judge_text(words.text, kind="creativity", language=language).score
        return round((quality + variety) / 2, 1)
    coverage, _ = covered(words, criteria)
    return round(coverage * 7 + quality * 0.3, 1)


def _matrix(alike: list[list[float]], language: str) -> str:
    return "\n".join(
        f"{number}: " + " ".join(f"{value:.2f}" for value in row)
        for number, row in enumerate(alike, 1)
    ).replace(".", str(wording(language)["say"]["decimal"]))
