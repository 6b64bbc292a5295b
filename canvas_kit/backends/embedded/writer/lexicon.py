"""The word lists, read when first asked for and kept.

They lie beside this file in `words/<language>/`, as TOML whose longer tables are written as plain
lines, so that
they can be read and extended without knowing anything of the code.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

KINDS_ASIDE = ("medium", "frame")


@dataclass(frozen=True, slots=True)
class Entry:
    """What the lists know of a noun.

    Attributes:
        singular: Its singular, in German with a large first letter.
        plural: Its plural; empty for a noun that has none.
        kind: The list it stands in: person, animal, weather, ...
        gender: "m", "f", "n" or "p" (only plural) in German, empty in English.
    """

    singular: str
    plural: str
    kind: str
    gender: str = ""


@cache
def table(language: str, name: str) -> dict[str, Any]:
    """One file of the word lists as Python values."""
    place = files("canvas_kit.backends.embedded.writer") / "words" / language / f"{name}.toml"
    return tomllib.loads(place.read_text(encoding="utf-8"))


def pairs(lines: str) -> dict[str, str]:
    """Lines of "this: that" as a mapping."""
    cut = (line.partition(":") for line in lines.splitlines() if ":" in line)
    return {left.strip(): right.strip() for left, _, right in cut}


class Lexicon:
    """All word lists of one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    @cached_property
    def _words(self) -> dict[str, Any]:
        return table(self.language, "words")

    @cached_property
    def nouns(self) -> dict[str, tuple[Entry, bool]]:
        """Lower-case form to (entry, whether the form is the plural)."""
        found: dict[str, tuple[Entry, bool]] = {}
        for entry in self.entries:
            if entry.plural:
                found.setdefault(entry.plural.lower(), (entry, True))
        for entry in self.entries:
            if entry.singular:
                known = found.get(entry.singular.lower())
                if known is None or known[1]:
                    found[entry.singular.lower()] = (entry, False)
        return found

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every noun of the lists."""
        listed: list[Entry] = []
        for kind, content in table(self.language, "nouns").items():
            groups = content if isinstance(content, dict) else {"": content}
            for gender, group in groups.items():
                for item in group.split():
                    bare = item.lstrip("~")
                    singular, _, plural = bare.partition("/")
                    if item.startswith("~"):
                        plural = ""
                    elif gender == "p":
                        singular, plural = "", bare
                    elif not plural:
                        plural = english_plural(singular)
                    listed.append(Entry(singular, plural, kind.removesuffix("_mass"), gender))
        return tuple(listed)

    @cached_property
    def by_kind(self) -> dict[str, tuple[Entry, ...]]:
        """The nouns of each kind."""
        kinds: dict[str, list[Entry]] = {}
        for entry in self.entries:
            kinds.setdefault(entry.kind, []).append(entry)
        return {kind: tuple(group) for kind, group in kinds.items()}

    @cached_property
    def _longest_endings(self) -> dict[str, tuple[Entry, bool]]:
        return {form: known for form, known in self.nouns.items() if len(form) >= 3}

    def noun(self, word: str) -> tuple[Entry, bool] | None:
        """Entry, and whether the word is its plural; German compounds go by their last part."""
        lower = word.lower()
        known = self.nouns.get(lower)
        if known is None and self.language == "de" and 5 < len(lower) < 60:
            known = next(
                (
                    self._longest_endings[lower[cut:]]
                    for cut in range(2, len(lower) - 2)
                    if lower[cut:] in self._longest_endings
                ),
                None,
            )
        if known is None and self.language == "en" and "-" in lower:
            known = self.nouns.get(lower.rpartition("-")[2])
        return known

    def knows(self, word: str) -> bool:
        """True when the word stands in one of the lists."""
        lower = word.lower()
        return lower in self.nouns or lower in self.adjectives or lower in self.verbs

    @cached_property
    def adjectives(self) -> frozenset[str]:
        """Adjectives, in German without their endings."""
        return frozenset(self._words["adjectives"].split())

    @cached_property
    def adverbs(self) -> frozenset[str]:
        """Words that say how, where and when."""
        return frozenset(self._words["adverbs"].split())

    @cached_property
    def hedges(self) -> frozenset[str]:
        """Words that take back half of what was said."""
        return frozenset(word.replace("_", " ") for word in self._words["hedges"].split())

    @cached_property
    def vague(self) -> frozenset[str]:
        """Words that name nothing in particular."""
        return frozenset(word.lower() for word in self._words["vague"].split())

    @cached_property
    def cliches(self) -> frozenset[str]:
        """Worn words of praise, in German without endings."""
        return frozenset(self._words["cliches"].split())

    @cached_property
    def cliche_phrases(self) -> tuple[str, ...]:
        """Worn turns of phrase, lower case."""
        return tuple(
            " ".join(part.split()).lower()
            for part in self._words["cliche_phrases"].split("|")
            if part.strip()
        )

    @cached_property
    def verbs(self) -> dict[str, tuple[str, str]]:
        """Form to (base, "base" | "s" | "ing" | "past"); German forms stand for themselves."""
        if self.language == "de":
            return {form: (form, "s") for form in self._words["verbs"].split()}
        irregular = {
            parts[0]: parts[1:]
            for parts in (item.split("/") for item in self._words["irregular"].split())
        }
        forms: dict[str, tuple[str, str]] = {}
        for base in self._words["verbs"].split():
            for form in irregular.get(base, [_past(base)]):
                forms.setdefault(form, (base, "past"))
            forms[_ing(base)] = (base, "ing")
            forms[_third(base)] = (base, "s")
            forms[base] = (base, "base")
        return forms

    def exchange(self, name: str) -> dict[str, str]:
        """One table of "this: that"; empty where the language has no such table."""
        return _exchange(self.language, name)


@cache
def _exchange(language: str, name: str) -> dict[str, str]:
    return pairs(table(language, "words").get(name, ""))


@cache
def lexicon(language: str) -> Lexicon:
    """The word lists of a language, "en" or "de"."""
    return Lexicon(language)


def english_plural(word: str) -> str:
    """The regular plural of an English noun."""
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def _doubles(base: str) -> bool:
    vowels = "aeiou"
    return (
        3 <= len(base) <= 4
        and base[-1] not in vowels + "wxyh"
        and base[-2] in vowels
        and base[-3] not in vowels
    )


def _ing(base: str) -> str:
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")):
        return base[:-1] + "ing"
    return base + (base[-1] if _doubles(base) else "") + "ing"


def _past(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    return base + (base[-1] if _doubles(base) else "") + "ed"


def _third(base: str) -> str:
    return english_plural(base) if base not in ("go", "do") else base + "es"
