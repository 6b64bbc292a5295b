"""What can be counted in any text: variety, rarity, concreteness, sentences, repetition, detail."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from canvas_kit.backends.embedded.critic.values import wordset
from canvas_kit.backends.embedded.writer import english, german
from canvas_kit.backends.embedded.writer.lexicon import KINDS_ASIDE, lexicon
from canvas_kit.backends.embedded.writer.scene import Scene, read
from canvas_kit.backends.embedded.writer.tokens import sentences, words

#: Of a longer text only this much is measured, in characters.
MEASURED = 8000
_WINDOW = 24
_VOWELS = re.compile(r"[aeiouyäöü]+", re.IGNORECASE)


@dataclass(frozen=True)
class Words:
    """A text, measured on demand.

    Attributes:
        text: The text, at most `MEASURED` characters of it.
        language: "en" or "de".
    """

    text: str
    language: str

    @classmethod
    def of(cls, text: str, language: str) -> Words:
        """The measurable part of a text."""
        return cls(text[:MEASURED], language)

    @cached_property
    def all(self) -> list[str]:
        """Every word in lower case."""
        return [word.lower() for word in words(self.text)]

    @cached_property
    def bare(self) -> list[str]:
        """Every word in lower case, German adjectives without their endings."""
        if self.language == "en":
            return self.all
        return [german.stem(word)[0] if german.is_adjective(word) else word for word in self.all]

    @cached_property
    def content(self) -> list[str]:
        """The words that are not mere grammar."""
        small = german.is_small if self.language == "de" else english.is_small
        return [word for word in self.bare if not small(word) and len(word) > 1]

    @cached_property
    def scene(self) -> Scene:
        """The nouns of the text."""
        return read(self.text, self.language)

    @cached_property
    def diversity(self) -> float:
        """Moving-average type-token ratio over windows of 24 words, 0.0 to 1.0."""
        found = self.all
        if len(found) <= _WINDOW:
            return len(set(found)) / max(len(found), 1)
        counts = Counter(found[:_WINDOW])
        total = len(counts)
        for leaving, entering in zip(found, found[_WINDOW:], strict=False):
            counts[leaving] -= 1
            if not counts[leaving]:
                del counts[leaving]
            counts[entering] += 1
            total += len(counts)
        return total / ((len(found) - _WINDOW + 1) * _WINDOW)

    @cached_property
    def cliches(self) -> list[str]:
        """Worn words and turns of phrase."""
        lists = lexicon(self.language)
        flat = " ".join(self.all)
        found = [word for word in self.bare if word in lists.cliches]
        return found + [phrase for phrase in lists.cliche_phrases if phrase in flat]

    @cached_property
    def vague(self) -> list[str]:
        """Words that name nothing in particular."""
        unsaid = wordset(self.language, "vague")
        return [word for word in self.bare if word in unsaid]

    @cached_property
    def rare_share(self) -> float:
        """Share of content words that prompts do not use all the time, 0.0 to 1.0."""
        common = wordset(self.language, "common")
        rare = [
            word for word in self.content if word not in common and word.rstrip("s") not in common
        ]
        return len(rare) / max(len(self.content), 1)

    @cached_property
    def concrete_share(self) -> float:
        """Share of content words that name something one could touch, see, count or hear."""
        touchable = {
            noun.word.lower()
            for noun in self.scene.found
            if noun.kind not in (*KINDS_ASIDE, "abstract", "thing", "time")
        }
        sensed = wordset(self.language, "senses") | wordset(self.language, "light")
        described = lexicon(self.language).adjectives - lexicon(self.language).vague
        hits = [w for w in self.content if w in touchable or w in sensed or w in described]
        return len(hits) / max(len(self.content), 1)

    @cached_property
    def kinds(self) -> int:
        """How many different kinds of things occur."""
        return len({noun.kind for noun in self.scene.cast if not noun.quoted})

    @cached_property
    def sentence_length(self) -> float:
        """Mean number of words in a sentence."""
        counts = [len(words(part)) for part in sentences(self.text)]
        filled = [count for count in counts if count]
        return sum(filled) / max(len(filled), 1)

    @cached_property
    def readability(self) -> float:
        """Flesch reading ease (English), Amstad's form of it (German); 0 is hard, 100 easy."""
        syllables = sum(max(1, len(_VOWELS.findall(word))) for word in self.all)
        per_word = syllables / max(len(self.all), 1)
        if self.language == "de":
            return 180 - self.sentence_length - 58.5 * per_word
        return 206.835 - 1.015 * self.sentence_length - 84.6 * per_word

    @cached_property
    def repeated(self) -> list[str]:
        """Content words that occur more than once, the most frequent first."""
        counts = Counter(self.content)
        return [word for word, count in counts.most_common(12) if count > 1]

    @cached_property
    def repetition(self) -> float:
        """Share of content words that were there before, 0.0 to 1.0."""
        return 1 - len(set(self.content)) / max(len(self.content), 1)

    @cached_property
    def specificity(self) -> float:
        """Adjectives, numbers, senses and light for each noun."""
        nouns = max(len(self.scene.found), 1)
        modifiers = sum(len(noun.modifiers) for noun in self.scene.found)
        sensed = wordset(self.language, "senses") | wordset(self.language, "light")
        extra = sum(word in sensed for word in self.content)
        numbers = len(re.findall(r"\d+", self.text))
        return (modifiers + extra + numbers) / nouns

    def hits(self, name: str) -> list[str]:
        """The words of the text that stand in one of the critic's lists."""
        wanted = wordset(self.language, name)
        return [
            word
            for word, bare in zip(self.all, self.bare, strict=True)
            if word in wanted or bare in wanted
        ]
