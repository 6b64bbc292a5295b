"""The words that *sketch* knows, from the data files beside this one: word -> what it means."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from .drawings import nouns
from .palette import Lab, lch

Meaning = tuple[str, str]
"""Aspect and meaning: ``("colour", "red")``, ``("drawing", "tree")``, ``("silent", "of")``."""

_DESCRIBING = frozenset(
    ("colour", "material", "tone", "light", "mood", "size", "manner", "weather")
)
_ENDINGS = {
    "en": {"noun": ("s", "es", "'s", "’s"), "other": ("s", "y", "ly", "ish"),
           "action": ("s", "es", "d", "ed", "ing")},
    "de": {"noun": ("s", "es", "n", "en", "e"), "other": ("e", "er", "es", "en", "em", "s", "n"),
           "action": ("n", "en")},
}  # fmt: skip
_LINKS = ("", "s", "n", "en", "es", "e", "er")


@lru_cache(maxsize=8)
def table(name: str) -> dict[str, Any]:
    """A data file."""
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def colours() -> dict[str, Lab]:
    """Named colours and materials."""
    words = table("words")
    return {name: lch(*row["lch"]) for kind in ("colour", "material")
            for name, row in words[kind].items()}  # fmt: skip


@lru_cache(maxsize=1)
def index() -> dict[str, dict[str, tuple[Meaning, ...]]]:
    """Language -> word in lower case -> its meanings."""
    aspects = table("words") | {"light": table("lights"), "manner": table("manners")}
    found: dict[str, dict[str, tuple[Meaning, ...]]] = {}
    for language in ("en", "de"):
        listed = [(word.strip(), (aspect, meaning)) for aspect, meanings in aspects.items()
                  for meaning, entry in meanings.items()
                  for word in entry.get(language, "").lower().split(",") if word]  # fmt: skip
        drawn = [(word, ("drawing", name)) for word, name in nouns(language).items()]
        known = found[language] = dict[str, tuple[Meaning, ...]]()
        for word, meaning in listed + drawn:
            known[word] = (*known.get(word, ()), meaning)
    return found


@lru_cache(maxsize=8192)
def look_up(word: str, language: str) -> tuple[Meaning, ...]:
    """The meanings of a lower-case word, with endings undone and German compounds taken apart.

    A long word that the language lacks is looked up in the other one: ``Aquarell`` in English.
    """
    other = "de" if language == "en" else "en"
    found = stemmed(word, language) or (_compound(word) if language == "de" else ())
    if not found and "-" in word:
        *heads, tail = (stemmed(part, language) for part in word.split("-"))
        found = tail and (*(m for head in heads for m in head if m[0] in _DESCRIBING), *tail)
    if not found and len(word) >= 6:
        found = tuple(m for m in stemmed(word, other) if m[0] not in ("silent", "relation"))
    return found


def stemmed(word: str, language: str) -> tuple[Meaning, ...]:
    """The meanings of a word of one language, with endings undone."""
    known = index()[language]
    if word in known:
        return known[word]
    for kind, endings in _ENDINGS[language].items():
        for ending in endings:
            if not word.endswith(ending) or len(word) - len(ending) < 3 - (kind == "action"):
                continue
            stem = word[: -len(ending)]
            forms = [stem]
            if kind == "action" and language == "en":
                forms += [stem + "e", stem[:-1]]
            if ending in ("es", "ed") and stem.endswith("i"):
                forms.append(stem[:-1] + "y")
            if kind == "other" and language == "de":  # dunkel: dunkle
                forms.append(f"{stem[:-1]}e{stem[-1]}")
            for form in forms:
                found = tuple(m for m in known.get(form, ()) if _takes(m, kind))
                if ending == "er" and not form.endswith("n"):  # a Glaser is not made of Glas
                    found = tuple(m for m in found if m[0] != "material")
                if found:
                    return found
    return ()


def _takes(meaning: Meaning, kind: str) -> bool:
    aspect = meaning[0]
    if aspect in ("drawing", "place"):
        return kind == "noun"
    if aspect == "silent":
        return kind == "action" and meaning[1] == "action"
    return kind == "other"


@lru_cache(maxsize=4096)
def _compound(word: str) -> tuple[Meaning, ...]:
    """A German compound of two known parts: what the first describes, and the second."""
    for cut in range(3, len(word) - 3):
        tail = stemmed(word[cut:], "de")
        if not tail or tail[0][0] not in ("drawing", "place", "light", "weather"):
            continue
        for link in _LINKS:
            stem = word[:cut].removesuffix(link) if word[:cut].endswith(link) else ""
            head = index()["de"].get(stem, ()) if len(stem) >= 4 else ()
            if head and head[0][0] not in ("silent", "relation"):
                return (*(m for m in head if m[0] in _DESCRIBING), *tail)
    return ()
