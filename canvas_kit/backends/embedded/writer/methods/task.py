"""What a method of writing is given, and how it hands its text back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from canvas_kit.backends.embedded.writer import english, german
from canvas_kit.backends.embedded.writer.dice import Dice
from canvas_kit.backends.embedded.writer.frames import Frames
from canvas_kit.backends.embedded.writer.lexicon import lexicon
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.scene import Scene
from canvas_kit.backends.embedded.writer.tokens import capital, sentence, strip_end, words
from canvas_kit.backends.embedded.writer.values import Writing


@dataclass(frozen=True, slots=True)
class Task:
    """A prompt to rewrite.

    Attributes:
        scene: The prompt, read.
        context: What the person said about how to rewrite it, may be empty.
        frames: The sentences of this method in the language of the prompt.
        dice: The chance that belongs to this prompt and seed.
    """

    scene: Scene
    context: str
    frames: Frames
    dice: Dice

    @property
    def language(self) -> str:
        """The language of the prompt, "en" or "de"."""
        return self.scene.language

    @property
    def cast(self) -> tuple[Noun, ...]:
        """The nouns that play a part."""
        return self.scene.cast

    def within(self, text: str) -> str:
        """A text to stand after a colon.

        Without its full stop, and small unless it starts with a name.
        """
        return inner(strip_end(text), self.language)

    def visible(self, cast: Sequence[Noun] | None = None) -> list[Noun]:
        """The nouns that one could point at; all of them where there are none such."""
        players = list(self.cast if cast is None else cast)
        return [n for n in players if n.kind not in ("time", "abstract", "weather")] or players

    def of_kinds(self, *kinds: str) -> list[Noun]:
        """The nouns of the cast that are of one of these kinds."""
        return [noun for noun in self.cast if noun.kind in kinds]

    def others(self, *nouns: Noun) -> list[Noun]:
        """The cast without some of its nouns."""
        return [noun for noun in self.cast if noun not in nouns]

    def done(self, text: str, *, method: str = "", **notes: object) -> Writing:
        """The finished writing; its method sentence comes from the frames unless one is given."""
        return Writing(
            text,
            method or self.frames.fill(self.frames.lines("method")[0], self.cast, **notes),
            notes,
        )


Method: TypeAlias = Callable[[Task], Writing]


def inner(text: str, language: str) -> str:
    """A text to stand inside a sentence.

    Its first word is small if the language would have it so there.
    """
    first = next(iter(words(text[:80])), "")
    if not text.startswith(first) or (not first[1:].islower() and len(first) > 1):
        return text
    known = lexicon(language)
    lower = first.lower()
    if language == "de":
        small = german.look_up(first) is None and (
            german.is_small(lower) or german.is_adjective(lower) or known.knows(lower)
        )
    else:
        named = text[len(first) :].lstrip()[:1].isupper() and not english.is_small(lower)
        small = english.is_small(lower) or known.knows(lower) or lower.endswith(("ing", "ed", "ly"))
        small = small and not named
    return lower + text[len(first) :] if small and lower != "i" else text


def prose(*parts: str) -> str:
    """Parts as sentences one after the other; empty ones are left out."""
    return " ".join(sentence(part) for part in parts if part.strip())


def first_of(nouns: Sequence[Noun], otherwise: Sequence[Noun]) -> Noun:
    """The first noun of a list, or of another where it is empty."""
    return (nouns or otherwise)[0]


def cap(text: str) -> str:
    """The text with a large first letter."""
    return capital(text)
