"""Frames: sentences with slots into which phrases of the text are put as they are.

A slot is a name in braces without a space after the opening one (so that a frame can hold program
code): ``{text}`` the whole text, ``{thing}`` a phrase without its small words, ``{other}`` the next
one, ``{n}`` the number of the sentence, ``{letters}`` how many letters the thing has, ``{notes}``
its letters as notes, ``{blend}`` the thing and the next one run together. ``{red|blue}`` draws one
of these, ``{10..90}`` a number, and ``{name}`` a line of the list ``name`` in the preset, drawn
without repetition.
"""

from __future__ import annotations

import re

from canvas_kit.backends.embedded.language import small_words, things, words
from canvas_kit.backends.embedded.writer.page import Page

_SLOT = re.compile(r"\{([^\s{}](?:[^{}\n]*[^\s{}])?)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")
_NOTES = ("A3", "C4", "D4", "E4", "G4", "A4", "C5", "D5")
_MOST_THINGS = 12


class Filling:
    """Fills the sentences of one frame, so that phrases and lines are not drawn twice."""

    def __init__(self, text: str, page: Page) -> None:
        self._page = page
        self._text = _flowing(text, page.language)
        self.things = things(page.source, page.language)[:_MOST_THINGS]
        self._left: dict[str, list[str]] = {}

    def sentence(self, template: str, thing: int = 0, number: int = 1) -> str:
        """The template with its slots filled, beginning with a capital letter."""
        return _capital(self.fill(template, thing, number))

    def fill(self, template: str, thing: int = 0, number: int = 1) -> str:
        """The template with its slots filled."""
        own = self.things[thing % len(self.things)]
        other = self.things[(thing + 1) % len(self.things)]
        known = {
            "text": self._text,
            "thing": own,
            "other": other,
            "n": str(number),
            "letters": str(sum(map(len, words(own)))),
            "notes": ", ".join(f'"{_NOTES[ord(sign) % len(_NOTES)]}"' for sign in own[:8]),
            "blend": _blend(own, other),
        }

        def fill(slot: re.Match[str]) -> str:
            name: str = slot[1]
            if name in known:
                return known[name]
            if numbers := _RANGE.fullmatch(name):
                low, high = int(numbers[1]), int(numbers[2])
                return str(low + self._page.chance.below(high - low + 1))
            if "|" in name:
                return self._page.chance.pick(name.split("|"))
            return _SLOT.sub(fill, self._line(name))

        return _SLOT.sub(fill, template)

    def _line(self, name: str) -> str:
        lines = self._page.words.get(name)
        if not lines:
            raise ValueError(
                f"A frame has the slot {{{name}}}, which is neither known nor a list of the "
                f"preset's options for the language {self._page.language!r}."
            )
        if not self._left.get(name):
            self._left[name] = self._page.chance.order(lines)
        return self._left[name].pop()


def _capital(text: str) -> str:
    """The text with every sentence of it beginning with a capital letter."""
    return re.sub(r"(^|(?<=[.!?] ))[^\W\d_]", lambda match: match[0].upper(), text)


def _flowing(text: str, language: str) -> str:
    """The text as part of a sentence: on one line, without its last full stop."""
    flat = " ".join(text.split())
    flat = flat.rstrip(".。") or flat
    first = words(flat)[:1]
    if first and first[0].lower() in small_words(language) and flat.startswith(first[0]):
        flat = flat[0].lower() + flat[1:]
    return flat


def _blend(one: str, two: str) -> str:
    """The front half of one thing's last word and the back half of the other's."""
    front, back = (words(one) or [one])[-1], (words(two) or [two])[-1]
    return front[: (len(front) + 1) // 2] + back[len(back) // 2 :].lower()
