"""What a prompt shows, as far as word lists and the order of words can tell.

Its nouns and their phrases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from canvas_kit.backends.embedded.writer import english, german_phrases
from canvas_kit.backends.embedded.writer.lexicon import KINDS_ASIDE
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.tokens import (
    READ,
    clean,
    is_word,
    sentences,
    shorten,
    strip_end,
    tokens,
    words,
)

#: So many nouns of a prompt get a part in what is written.
CAST = 12
_NOTHING = {"en": "an empty page", "de": "ein leeres Blatt"}


@dataclass(frozen=True, slots=True)
class Scene:
    """A prompt, read.

    Attributes:
        text: The prompt, cleaned and cut to what is read; a stand-in where it was empty.
        language: "en" or "de".
        pieces: Its tokens; joined, they give the text.
        found: Every noun phrase in order, repeated nouns too.
        cast: The nouns that play a part: each once, words for pictures and framing left aside
            unless there are no others; never empty.
        remarks: What had to be done to the prompt before it could be read, ready for JSON.
    """

    text: str
    language: str
    pieces: tuple[str, ...]
    found: tuple[Noun, ...]
    cast: tuple[Noun, ...]
    remarks: dict[str, object] = field(default_factory=dict)

    @property
    def body(self) -> str:
        """The text without its closing full stop."""
        return strip_end(self.text)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of things that occur."""
        return frozenset(noun.kind for noun in self.found)

    @property
    def vocabulary(self) -> frozenset[str]:
        """All words in lower case."""
        return frozenset(piece.lower() for piece in self.pieces if is_word(piece))

    def clauses(self) -> list[str]:
        """The parts between commas, semicolons, dashes and full stops."""
        return list(_clauses(self.text))

    def phrases(self) -> list[str]:
        """The text cut into breaths of a few words, each ending with a noun where it can."""
        parts: list[str] = []
        start = 0
        for noun in self.found:
            parts.append("".join(self.pieces[start : noun.end]))
            start = noun.end
        rest = "".join(self.pieces[start:])
        if len(words(rest)) > 1 or not parts:
            parts.append(rest)
        return [part.strip(" ,;:.!?-–—\n\t") for part in parts if words(part)] or [self.body]


def _clauses(text: str) -> Iterator[str]:
    for part in sentences(text):
        for sub in (
            part.replace(" - ", ",")
            .replace(" – ", ",")
            .replace(";", ",")
            .replace(":", ",")
            .split(",")
        ):
            bare = sub.strip(" .!?…")
            if bare:
                yield bare


def read(text: str, language: str) -> Scene:
    """The prompt as a scene. Any text can be read; an empty one becomes an empty page."""
    remarks: dict[str, object] = {}
    whole = clean(text[: 4 * READ])
    kept = shorten(whole, READ)
    if len(text) > len(kept) and len(text.strip()) > READ:
        remarks["read_characters"] = len(kept)
        remarks["given_characters"] = len(text)
    if not kept:
        remarks["input"] = "empty"
        kept = _NOTHING[language]
    pieces = tuple(tokens(kept))
    find = german_phrases.noun_phrases if language == "de" else english.noun_phrases
    found = tuple(find(pieces))
    return Scene(kept, language, pieces, found, _cast(found, kept, pieces), remarks)


def _cast(found: tuple[Noun, ...], text: str, pieces: tuple[str, ...]) -> tuple[Noun, ...]:
    once: dict[str, Noun] = {}
    for noun in found:
        once.setdefault(noun.lemma, noun)
    players = [noun for noun in once.values() if noun.kind not in KINDS_ASIDE] or list(
        once.values()
    )
    if not players:
        # No noun at all ("running", "…", an emoji): the words, or the bare signs, take the part.
        spoken = strip_end(shorten(text, 48))
        players = [Noun.unknown(spoken, len(pieces))]
    return tuple(players[:CAST])
