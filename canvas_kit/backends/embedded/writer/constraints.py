"""The writing constraints: each makes another text of a text, by a rule that cannot fail.

They are old and real: the cut-up (Tristan Tzara, Brion Gysin), telephone, erasure, the lipogram and
the snowball (Oulipo), pig latin, the inventory, the cumulative tale, and sentences to be filled in.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from canvas_kit.backends.embedded.language import phrases, small_words, things, words
from canvas_kit.backends.embedded.writer.frames import Filling
from canvas_kit.backends.embedded.writer.page import Page

_MOST_PHRASES = 60
_MOST_LAYERS = 6
_SOUNDS = ("bp", "dt", "gk", "fv", "sz", "mn", "lr", "ao", "ei")
_HEARD = {pair[i]: pair[1 - i] for pair in _SOUNDS for i in (0, 1)}
_VOWELS = "aeiouyäöü"


def cut_up(text: str, page: Page) -> str:
    """The phrases in another order."""
    found = _phrases(text, page)
    mixed = page.chance.order(found)
    return _sentence(mixed if mixed != found else found[1:] + found[:1], ", ")


def reverse_phrases(text: str, page: Page) -> str:
    """The phrases from last to first."""
    return _sentence(_phrases(text, page)[::-1], ", ")


def telephone(text: str, page: Page, ears: int = 3) -> str:
    """Passed from ear to ear; each hears one sound of one word as its neighbour.

    At most half of the words (at least one) are misheard, so that something arrives.
    """
    found = [
        word
        for word in dict.fromkeys(words(text))
        if not page.is_small(word) and any(sign.lower() in _HEARD for sign in word)
    ]
    misheard = page.chance.order(found)[: max(1, len(found) // 2)]
    for _ in range(ears if misheard else 0):
        number = page.chance.below(len(misheard))
        word = misheard[number]
        places = [index for index, sign in enumerate(word) if sign.lower() in _HEARD]
        place = page.chance.pick(places)
        sound = _like(_HEARD[word[place].lower()], word[place])
        misheard[number] = word[:place] + sound + word[place + 1 :]
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", misheard[number], text)
    return text


def erasure(text: str, page: Page, share: float = 0.0, mark: str = "") -> str:
    """Small words are left out, and a share of the others; a mark can stand where they were."""
    found = words(text)
    large = [index for index, word in enumerate(found) if not page.is_small(word)]
    gone = set(page.chance.some(large, int(len(large) * share)))
    kept = [word if index in large and index not in gone else mark for index, word in
            enumerate(found)]  # fmt: skip
    return " ".join(word for word in kept if word) or text


def lipogram(text: str, page: Page, letters: str = "e") -> str:
    """The letters are left out wherever they stand; a word of nothing else stays."""
    pattern = re.compile(f"[{re.escape(letters)}]", re.IGNORECASE)
    return _each_word(text, lambda word: pattern.sub("", word) or word)


def pig_latin(text: str, page: Page) -> str:
    """The consonants that a word begins with go to its end, followed by "ay"."""

    def turned(word: str) -> str:
        lower = word.lower()
        start = next((i for i, sign in enumerate(lower) if sign in _VOWELS), 0)
        start += lower[max(0, start - 1) : start + 1] == "qu"
        return _like(lower[start:] + lower[:start] + ("ay" if start else "way"), word)

    return _each_word(text, turned)


def alphabet(text: str, page: Page) -> str:
    """The words in alphabetical order."""
    found = words(text)[: 2 * _MOST_PHRASES]
    return " ".join(sorted(found, key=lambda word: (word.casefold(), word)))


def snowball(text: str, page: Page) -> str:
    """The words one to a line, from the shortest to the longest."""
    return "\n".join(sorted(words(text)[: 2 * _MOST_PHRASES], key=len))


def inventory(text: str, page: Page, join: str = ", ", small: bool = False) -> str:
    """The phrases as a list, without their small words unless these are asked for."""
    listed = _phrases(text, page) if small else things(text, page.language)[:_MOST_PHRASES]
    return _sentence(dict.fromkeys(listed), join) or text


def cumulative(text: str, page: Page, join: str = " ") -> str:
    """The list begins again and again and goes one phrase further each time."""
    layers = things(text, page.language)[:_MOST_LAYERS]
    marks = ("!" * (count // 2 + 1) for count in range(len(layers)))
    lines = (_sentence(layers[: n + 1], ", ") + mark for n, mark in enumerate(marks))
    return join.join(lines)


def braid(text: str, page: Page) -> str:
    """After every phrase comes a line of the list ``between``."""
    filling = Filling(text, page)
    found = _phrases(text, page)
    woven = [part for index, phrase in enumerate(found)
             for part in (phrase, filling.fill("{between}", index))]  # fmt: skip
    return _sentence(woven, ", ") + "."


def substitution(text: str, page: Page) -> str:
    """Words of the list ``pairs`` change places with their partners; ``a > b`` goes one way.

    Those of the list ``endings`` are kept: with ``e`` the pair ``alt neu`` also turns ``alte`` into
    ``neue``.
    """
    endings = page.words.get("endings", ("",))
    partner = {}
    for pair in page.words.get("pairs", ()):
        one, _, two = pair.replace(" > ", " ").partition(" ")
        partner[one] = two
        if " > " not in pair:
            partner[two] = one
    exchanged: dict[str, str] = {}

    def other(match: re.Match[str]) -> str:
        article, word = match[1] or "", match[2]
        plain = word if page.language == "de" else word.lower()  # "Junge" is not "junge"
        for ending in endings:
            if plain.endswith(ending) and (stem := plain.removesuffix(ending)) in partner:
                new = exchanged[word] = _like(partner[stem] + ending, word)
                if article:
                    article = article[0] + ("n " if new[0].lower() in "aeiou" else " ")
                return article + new
        return match[0]

    result = re.sub(r"\b([Aa]n? )?\b([^\W\d_]+)\b", other, text)
    page.notes["exchanged"], page.source = exchanged, result
    return result


def strike(text: str, page: Page) -> str:
    """The words of the list ``struck`` are left out; a star stands for any ending."""
    listed = (re.escape(word).replace(r"\*", r"\w*") for word in page.words.get("struck", ()))
    pattern = "|".join(listed) or r"(?!)"
    struck: list[str] = []

    def out(match: re.Match[str]) -> str:
        struck.append(match[0].strip())
        return ""

    result = re.sub(rf"\b(?:{pattern})\b[ ,]*", out, text, flags=re.IGNORECASE)
    page.notes["struck"], page.source = struck, result.strip() or text
    return page.source


def lower_case(text: str, page: Page) -> str:
    """No capital letters."""
    return text.lower()


def frame(text: str, page: Page, about: int = 2, join: str = " ", ordered: bool = False) -> str:
    """An opening, sentences about some of the phrases, and a close.

    The preset gives the lists ``open``, ``about`` and ``close``, of which any may be missing. With
    ``ordered`` the sentences about phrases come in the order of the list, one of each.
    """
    filling = Filling(text, page)
    lists = {name: page.words.get(name, ()) for name in ("open", "about", "close")}
    parts = [filling.sentence(page.chance.pick(lists["open"]))] if lists["open"] else []
    if lists["about"]:
        alone = len(filling.things) == 1
        sentences = [line for line in lists["about"] if not (alone and "{other}" in line)]
        if ordered:
            chosen = list(range(len(sentences)))
        else:
            chosen = page.chance.some(range(len(filling.things)), about if sentences else 0)
            sentences = page.chance.order(sentences)
        for number, thing in enumerate(chosen):
            template = sentences[number % len(sentences)]
            parts.append(filling.sentence(template, thing, number + 1))
    if lists["close"]:
        parts.append(filling.sentence(page.chance.pick(lists["close"])))
    return join.join(parts) or text


CONSTRAINTS: Mapping[str, Callable[..., str]] = {
    rule.__name__: rule
    for rule in (
        cut_up, reverse_phrases, telephone, erasure, lipogram, pig_latin, alphabet,
        snowball, inventory, cumulative, braid, substitution, strike, lower_case, frame,
    )
}  # fmt: skip
"""All constraints by name."""


def name_of(constraint: object) -> str:
    """The name of a constraint as a preset writes it: a name, or a table with ``use``."""
    return str(constraint.get("use")) if isinstance(constraint, Mapping) else str(constraint)


def apply(constraint: object, text: str, page: Page) -> str:
    """The text after a constraint as a preset writes it.

    Raises:
        ValueError: When there is no such constraint, or it has no such parameter.
    """
    name = name_of(constraint)
    parameters = dict(constraint) if isinstance(constraint, Mapping) else {}
    parameters.pop("use", None)
    if name not in CONSTRAINTS:
        known = ", ".join(CONSTRAINTS)
        raise ValueError(f"There is no constraint {name!r:.60}. There are {known}.")
    rule = CONSTRAINTS[name]
    try:
        inspect.signature(rule).bind(text, page, **parameters)
    except TypeError as error:
        raise ValueError(f"The constraint {name!r} cannot be applied: {error}.") from error
    return rule(text, page, **parameters)


def _phrases(text: str, page: Page) -> list[str]:
    """The phrases as parts of a sentence, without the "and" that some begin with."""
    joining = small_words(page.language, "joining")
    found = []
    for phrase in phrases(text, page.language)[:_MOST_PHRASES]:
        lead = phrase.lead.lower() if page.is_small(phrase.lead.split(" ")[0]) else phrase.lead
        lead = " ".join(lead.split()[1:] if lead.split(" ")[0] in joining else lead.split())
        found.append(f"{lead} {phrase.core}".strip())
    return found


def _sentence(parts: Any, join: str) -> str:
    joined = join.join(parts)
    return joined[:1].upper() + joined[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _each_word(text: str, change: Callable[[str], str]) -> str:
    """The text with every word changed and everything between words as it was."""
    result, last = [], 0
    for word in words(text):
        start = text.index(word, last)
        result += [text[last:start], change(word)]
        last = start + len(word)
    return "".join([*result, text[last:]])


def _like(new: str, model: str) -> str:
    """``new`` in capitals, or with a capital letter, where ``model`` has them."""
    if model.isupper():
        return new.upper() if len(model) > 1 or len(new) == 1 else new[:1].upper() + new[1:].lower()
    return new[:1].upper() + new[1:].lower() if model[:1].isupper() else new.lower()
