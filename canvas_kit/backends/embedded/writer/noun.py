"""A noun of a prompt with the phrase it leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: So many of the words before a noun are taken along with it.
_MODIFIERS = 4
_JOINTS = ("and", "und", ",")


def kept_modifiers(words: Sequence[str]) -> tuple[str, ...]:
    """The words before a noun that are taken along: the last four, not beginning with an "and"."""
    kept = list(words)[-_MODIFIERS:]
    while kept and kept[0].lower() in _JOINTS:
        kept.pop(0)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun as it stands in a text.

    Attributes:
        word: The noun as written.
        lemma: Its singular in lower case: what two mentions of the same thing have in common.
        kind: What it is: person, animal, weather, ...; "thing" where the lists do not know it.
        plural: Whether it is written in the plural.
        mass: Whether it takes neither plural nor "a", like rain.
        name: Whether it is a name and takes no article.
        gender: "m", "f", "n", or empty where it is not known; always empty in English.
        modifiers: The words between article and noun, as written.
        start: Index of the first token of the phrase, its article included.
        head: Index of the noun's own token.
        end: Index after the noun.
        quoted: Whether it can only be quoted, not inflected.
    """

    word: str
    lemma: str
    kind: str
    plural: bool = False
    mass: bool = False
    name: bool = False
    gender: str = ""
    modifiers: tuple[str, ...] = ()
    start: int = 0
    head: int = 0
    end: int = 0
    quoted: bool = False

    @classmethod
    def unknown(cls, text: str, count: int) -> Noun:
        """A stand-in for a text without nouns: the text itself, to be quoted as it is."""
        return cls(text, text.lower(), "thing", end=count, quoted=True)

    @property
    def bare(self) -> str:
        """The phrase without its article."""
        return " ".join((*self.modifiers, self.word)).replace(" ,", ",")
