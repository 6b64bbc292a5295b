"""What can be counted about people in a text.

Who is named, beside which words, acting or looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from canvas_kit.backends.embedded.critic.values import wordset
from canvas_kit.backends.embedded.critic.words_measured import Words
from canvas_kit.backends.embedded.writer.tokens import wordlist

_PRONOUNS = frozenset(
    wordlist("she her hers he him his sie ihr ihre ihrer ihrem er ihn ihm sein seine seiner")
)
_PEOPLED = frozenset(
    (
        "place",
        "building",
        "vehicle",
        "clothing",
        "instrument",
        "furniture",
        "tool",
        "machine",
        "toy",
    )
)
_DIMENSIONS = ("age", "body", "origin", "class", "kinship")


@dataclass(frozen=True)
class People:
    """The people of a text, counted on demand."""

    words: Words

    @cached_property
    def women(self) -> int:
        """Words for women and girls."""
        return len(self.words.hits("female"))

    @cached_property
    def men(self) -> int:
        """Words for men and boys."""
        return len(self.words.hits("male"))

    @cached_property
    def named(self) -> int:
        """Words for people of any kind."""
        known = sum(noun.kind == "person" for noun in self.words.scene.found)
        return max(known, len(self.words.hits("people")) + self.women + self.men)

    @cached_property
    def balance(self) -> float:
        """Balance of words for women and men: 1.0 for as many of each, 0.0 for one alone.

        Where neither is named it is 1.0.
        """
        total = self.women + self.men
        return 1.0 if not total else 1 - abs(self.women - self.men) / total

    @cached_property
    def generic_masculine(self) -> list[str]:
        """Masculine words for everybody; in German not where the feminine stands beside them."""
        found = self.words.hits("generic_masculine")
        if self.words.language == "en":
            return found
        text = self.words.text.lower()
        return [
            w
            for w in found
            if w + "innen" not in text and w.removesuffix("n") + "innen" not in text
        ]

    @cached_property
    def stereotypes(self) -> list[str]:
        """Pairs such as "pretty woman": a trait or role beside whom it is expected of."""
        pairs: list[str] = []
        for gender in ("female", "male"):
            traits, roles = self._list(f"{gender}_traits"), self._list(f"{gender}_roles")
            people = self._list(gender)
            pairs += self._pairs(traits, (people - _PRONOUNS) | roles, 1, 2)
            pairs += self._pairs(roles, people, 5, 5)
        return list(dict.fromkeys(pairs))

    @cached_property
    def counter(self) -> list[str]:
        """Pairs against expectation, such as "woman engineer", "gentle boxer", "male nurse"."""
        pairs: list[str] = []
        for gender, other in (("female", "male"), ("male", "female")):
            traits, roles = self._list(f"{other}_traits"), self._list(f"{other}_roles")
            people = self._list(gender) - _PRONOUNS
            pairs += self._pairs(roles, people, 1, 1) + self._pairs(traits, people, 0, 1)
        return list(dict.fromkeys(pairs))

    def _list(self, name: str) -> frozenset[str]:
        return wordset(self.words.language, name)

    def _pairs(
        self, first: frozenset[str], second: frozenset[str], before: int, after: int
    ) -> list[str]:
        """Words of one list with a word of the other at most so many words before or after them."""
        forms, bare = self.words.all, self.words.bare
        pairs: list[str] = []
        for place, form in enumerate(forms):
            if form not in first and bare[place] not in first:
                continue
            near = range(max(0, place - before), min(len(forms), place + after + 1))
            beside = next((i for i in near if i != place and forms[i] in second), None)
            if beside is not None:
                pairs.append(" ".join(forms[i] for i in sorted((place, beside))))
        return pairs

    @cached_property
    def expected(self) -> int:
        """How many things occur that people have made or use, though no person is named."""
        return sum(noun.kind in _PEOPLED for noun in self.words.scene.cast)

    @cached_property
    def groups(self) -> list[str]:
        """The dimensions of difference that occur: age, body, origin, class, kinship."""
        return [name for name in _DIMENSIONS if self.words.hits(name)]
