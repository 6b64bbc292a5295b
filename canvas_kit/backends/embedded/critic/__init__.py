"""The critic: measures texts and pictures, and says which numbers it took.

It understands nothing. Quality and creativity get a score that is a sum of points for measured
numbers, each of them said; for fairness, bias, equity and for criteria in words there is no
verdict, with the reason and what can be done. It reads no instructions.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from canvas_kit.backends.base import TextRequest, TextTask
from canvas_kit.backends.embedded.critic.pictures import measure_picture
from canvas_kit.backends.embedded.critic.scores import SCORES, Points, score
from canvas_kit.backends.embedded.critic.texts import coverage, measure_text, own_words
from canvas_kit.backends.embedded.language import Written, tell_language

_MOST_COMPARED = 12
_MOST_WORDS_NAMED = 8

Numbers = Mapping[str, float]


def judge(request: TextRequest) -> Written:
    """The verdict, description or comparison that measuring can give.

    Options: ``score``, ``"quality"`` or ``"creativity"``, without which there is no verdict; under
    ``en`` and ``de`` the sentence ``reason`` for that, or ``open`` and ``close`` around the numbers
    of a picture.

    Raises:
        ValueError: When a picture cannot be decoded, or the options name a score that there is not.
    """
    language = tell_language(request)
    say = _sentences(language)
    own = request.options.get(language, {})
    texts = [passage.text for passage in request.passages]
    if request.task is TextTask.COMPARISON:
        return _compare(texts[:_MOST_COMPARED], len(texts), language)
    numbers = measure_picture(request.images[0]) if request.images else measure_text(texts)
    told = say["measured"].format(numbers=_told(numbers, language))
    if request.task is TextTask.IMAGE_EVALUATION:
        text = " ".join(part for part in (own.get("open"), told, own.get("close")) if part)
        return Written(text, say["method"], dict(numbers))
    name = request.options.get("score")
    if name is None:
        reason = own.get("reason", say["reason"])
        text = f"{say['no_verdict']} {reason} {say['instead']} {told}"
        return Written(text, say["method"], dict(numbers), {"score": None, "commentary": text})
    if name not in SCORES:
        raise ValueError(f"There is no score {name!r:.60}. There are {', '.join(SCORES)}.")
    total, points = score(name, numbers, picture=bool(request.images))
    text = " ".join((_verdict(name, total, language), told, _reckoning(points, language)))
    if request.images and texts:
        text += " " + say["not_compared"]
    return Written(
        text, say["method"], {**numbers, "points": points}, {"score": total, "commentary": text}
    )


def _verdict(name: str, total: float, language: str) -> str:
    say = _sentences(language)
    return str(say["verdict"]).format(kind=say[name], score=_number(total, language))


def _reckoning(points: Mapping[str, Points], language: str) -> str:
    """How the score came about, and what would raise it most."""
    say, names = _sentences(language), _sentences(language)["names"]
    parts = (
        f"{names[name]} {_number(got, language)}/{_number(most, language)}"
        for name, (got, most) in points.items()
    )
    lost = max(points, key=lambda name: points[name][1] - points[name][0])
    got, most = points[lost]
    text = str(say["points"]).format(parts=", ".join(parts))
    return text if most - got < 0.5 else f"{text} {say['lost'].format(name=names[lost])}"


def _compare(texts: list[str], given: int, language: str) -> Written:
    say = _sentences(language)
    lines, measured = [str(say["side_by_side"]).format(count=len(texts))], []
    for number, text in enumerate(texts, start=1):
        numbers = measure_text([text])
        if number > 1:
            numbers["coverage"] = coverage(texts[0], text, language)
        others = [other for index, other in enumerate(texts, start=1) if index != number]
        only = own_words(text, others, language)[:_MOST_WORDS_NAMED]
        lines.append(f"[{number}] {_told(numbers, language)}.")
        if only:
            lines[-1] += " " + str(say["only_here"]).format(words=", ".join(only))
        measured.append(numbers | {"only_here": only})
    if given > len(texts):
        lines.append(str(say["left_out"]).format(count=given - len(texts)))
    lines.append(str(say["no_ranking"]))
    return Written("\n".join(lines), say["method"], {"texts": measured})


def _told(numbers: Numbers, language: str) -> str:
    """The numbers with their names and units, in the order in which they were taken."""
    names, units = _sentences(language)["names"], _sentences(language)["units"]
    return ", ".join(
        f"{names[name]} {_number(value, language)}{units.get(name, '')}"
        for name, value in numbers.items()
    )


def _number(value: float, language: str) -> str:
    written = f"{value:.2f}".rstrip("0").rstrip(".") if value < 10 else f"{value:.0f}"
    return written.replace(".", ",") if language == "de" else written


@cache
def _sentences(language: str) -> dict[str, Any]:
    table = tomllib.loads((files(__package__) / "sentences.toml").read_text(encoding="utf-8"))
    return dict(table[language])


__all__ = ["judge"]
