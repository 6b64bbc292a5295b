"""What the critic hands back, and how it puts numbers into words."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

#: Kinds of evaluation that texts and images can be given.
KINDS = ("fairness", "creativity", "bias", "equity", "quality", "custom")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was measured, what it adds up to, and what to do about it.

    Attributes:
        score: 0.0 to 10.0 with one decimal.
        commentary: The measures in words, with advice for those that are weak.
        measures: Every number that was taken, by name.
    """

    score: float
    commentary: str
    measures: dict[str, float | int | str] = field(default_factory=dict)


@cache
def wording(language: str) -> dict[str, Any]:
    """The critic's word lists and sentences in a language, "en" or "de"."""
    place = files("canvas_kit.backends.embedded.critic") / "words" / f"{language}.toml"
    return tomllib.loads(place.read_text(encoding="utf-8"))


@cache
def wordset(language: str, name: str) -> frozenset[str]:
    """One of the word lists."""
    return frozenset(str(wording(language)[name]).split())


@cache
def names(language: str) -> dict[str, str]:
    """The measures' names as people say them."""
    lines = (line.partition(":") for line in str(wording(language)["names"]).splitlines() if line)
    return {key: name.strip() for key, _, name in lines}


def clamp(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """The value, kept between low and high."""
    return max(low, min(high, value))


def ramp(value: float, bottom: float, top: float) -> float:
    """0.0 at the bottom, 1.0 at the top, in a straight line between.

    The bottom may be the larger one.
    """
    return clamp((value - bottom) / (top - bottom))


def spoken(value: float | int | str, language: str) -> str:
    """A number as one would write it: two decimals at most, a decimal comma in German."""
    if isinstance(value, str):
        return value
    written = str(value) if isinstance(value, int) else f"{value:.2f}".rstrip("0").rstrip(".")
    return written.replace(".", str(wording(language)["say"]["decimal"]))


def judgement(
    kind: str,
    score: float,
    measures: dict[str, float | int | str],
    advice: Sequence[str],
    language: str,
    remarks: Sequence[str] = (),
) -> Judgement:
    """A judgement with its commentary: score, remarks, every measure by name, advice."""
    say = wording(language)["say"]
    rounded = round(clamp(score, 0.0, 10.0), 1)
    listed = ", ".join(
        f"{names(language).get(name, name)} {spoken(value, language)}"
        for name, value in measures.items()
    )
    parts = [
        say["opening"].format(
            kind=names(language)[f"kind_{kind}"],
            score=spoken(rounded, language),
        ),
        *remarks,
        say["measured"].format(list=listed),
        say["advice"].format(list=" ".join(advice)) if advice else say["fine"],
    ]
    return Judgement(rounded, " ".join(parts), measures)


def advise(language: str, name: str, found: Sequence[str] = (), **values: object) -> str:
    """One piece of advice; the words it is about stand in quotation marks."""
    marks = "»{}«" if language == "de" else "“{}”"
    quoted = ", ".join(marks.format(word) for word in dict.fromkeys(found[:5]))
    filled = {
        key: spoken(value, language) if isinstance(value, (int, float)) else str(value)
        for key, value in values.items()
    }
    return str(wording(language)["advice"][name]).format(found=quoted, **filled)
