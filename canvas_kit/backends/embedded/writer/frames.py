"""Sentences with open places, filled from word lists and with the nouns of a prompt.

A frame is a line such as `{The.0} {verb.0:waits|wait} behind {the.1}, {weather}.` Its places are

- `{name}`: a value handed in, else a line of the list of that name in the same file, filled in
  its turn;
- `{form.0}`: noun number 0 of the cast in a form of its language (English: the, a, bare, head;
  German: nom, akk,
  dat, gen and einnom, einakk, eindat, eingen, bare, head), with a large first letter where the
  form has one;
- `{number.0:one|many}`: the first or second choice, as that noun is singular or plural;
- `{gender.0:er|sie|es|sie}`: a choice by masculine, feminine, neuter and plural.

A frame that asks for more nouns than there are is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from canvas_kit.backends.embedded.writer import english, german
from canvas_kit.backends.embedded.writer.dice import Dice
from canvas_kit.backends.embedded.writer.lexicon import pairs, table
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.tokens import articles

_PLACE = re.compile(r"\{(\w+)(?:\.(\d))?(?::([^{}]*))?\}")
_FUSED = re.compile(r"\b([Vv]on|[Zz]u|[Bb]ei|[Ii]n|[Aa]n) \{dat\.(\d)\}")
_DEEPEST = 8


class Frames:
    """The frames and lists of one file, with the dice that choose among them."""

    def __init__(
        self,
        language: str,
        name: str,
        dice: Dice,
        cast: Sequence[Noun] = (),
        section: str | None = None,
    ) -> None:
        self.language = language
        self.dice = dice
        self.cast = tuple(cast)
        content = table(language, name)
        self._table: Mapping[str, Any] = content[section] if section else content
        self._spent: set[tuple[str, int]] = set()
        self._form = german.form if language == "de" else english.form

    def lines(self, name: str) -> list[str]:
        """A list of the file as it stands."""
        found: Any = self._table[name]
        return [found] if isinstance(found, str) else list(found)

    def words(self, name: str) -> list[str]:
        """The words of a text of the file."""
        return str(self._table[name]).split()

    def map(self, name: str) -> dict[str, str]:
        """The "this: that" lines of a text of the file."""
        return pairs(str(self._table[name]))

    def say(self, name: str, cast: Sequence[Noun] | None = None, **values: object) -> str:
        """One line of a list, filled; each line is used once before any is used again."""
        players = self.cast if cast is None else tuple(cast)
        return self._filled(self._choose(name, len(players)), players, values, 0)

    def fill(self, line: str, cast: Sequence[Noun] | None = None, **values: object) -> str:
        """A line given by hand, filled."""
        return self._filled(line, self.cast if cast is None else tuple(cast), values, 0)

    def shape(self, noun: Noun, wanted: str) -> str:
        """A noun in one of the forms of the language."""
        return self._form(noun, wanted)

    def _choose(self, name: str, players: int) -> str:
        lines = self.lines(name)
        fitting = [i for i, line in enumerate(lines) if _needs(line) <= players]
        if not fitting:
            raise LookupError(f"No line of {name!r} can do with {players} nouns.")
        fresh = [i for i in fitting if (name, i) not in self._spent]
        if not fresh:
            self._spent -= {(name, i) for i in fitting}
            fresh = fitting
        chosen = self.dice.pick(fresh)
        self._spent.add((name, chosen))
        return lines[chosen]

    def _filled(
        self, line: str, cast: tuple[Noun, ...], values: Mapping[str, object], depth: int
    ) -> str:
        def place(found: re.Match[str]) -> str:
            name, index, choices = found.groups()
            if index is not None:
                noun = cast[int(index)]
                if choices is None:
                    return self._form(noun, name)
                options = choices.split("|")
                if len(options) == 4:
                    return options[3 if noun.plural else "mfn".find(noun.gender or "n")]
                return options[1 if noun.plural else 0]
            if name in values:
                return str(values[name])
            if depth >= _DEEPEST:
                return name
            return self._filled(self._choose(name, len(cast)), cast, values, depth + 1)

        if self.language == "de":
            line = _FUSED.sub(lambda found: _contracted(found, cast), line)
        filled = _PLACE.sub(place, line)
        return articles(filled) if self.language == "en" else filled


def _contracted(found: re.Match[str], cast: tuple[Noun, ...]) -> str:
    """A German preposition and a dative, run together where the language does.

    "von dem Hund" is "vom Hund".
    """
    return german.contract(f"{found[1]} {german.form(cast[int(found[2])], 'dat')}")


def _needs(line: str) -> int:
    """How many nouns a frame asks for."""
    return max((int(index) + 1 for _, index, _ in _PLACE.findall(line) if index), default=0)
