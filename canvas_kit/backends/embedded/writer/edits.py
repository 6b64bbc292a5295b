"""Changes to a text in its own place.

One word for another, one noun for another, words left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from canvas_kit.backends.embedded.writer import english, german
from canvas_kit.backends.embedded.writer.lexicon import Entry, lexicon
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.scene import Scene
from canvas_kit.backends.embedded.writer.tokens import articles, is_word, like, tidy, tokens

Changes = list[tuple[str, str]]


def swap_words(
    text: str,
    language: str,
    mapping: Mapping[str, str],
    keep: Callable[[str], bool] = lambda word: False,
) -> tuple[str, Changes]:
    """The text with each word that the mapping knows exchanged, German endings kept.

    Args:
        text: Any text.
        language: "en" or "de".
        mapping: Lower-case words (German adjectives without ending) to their replacements.
        keep: Says of a word that it stays.
    """
    made: list[str] = []
    changes: Changes = []
    opening = True
    for piece in tokens(text):
        # In the middle of an English sentence a large letter marks a name, and names stay.
        name = language == "en" and piece[:1].isupper() and not opening and not piece.isupper()
        kept = not is_word(piece) or name or keep(piece)
        opening = opening if piece.isspace() else piece in (".", "!", "?", ":", "“", '"')
        new = None if kept else _other(piece, language, mapping)
        if new is not None and new.lower() != piece.lower():
            new = like(new, piece)
            changes.append((piece, new))
            made.append(new)
        else:
            made.append(piece)
    joined = "".join(made)
    return (articles(joined) if language == "en" else joined), changes


def _other(word: str, language: str, mapping: Mapping[str, str]) -> str | None:
    lower = word.lower()
    if lower in mapping:
        return mapping[lower]
    if language == "de" and not word[0].isupper():
        base, ending = german.stem(lower)
        if base in mapping:
            return german.inflect(mapping[base], ending)
    return None


def swap_nouns(scene: Scene, choose: Callable[[Noun], str | None]) -> tuple[str, Changes]:
    """The text with some of its nouns exchanged, articles and endings made to fit.

    Args:
        scene: The prompt, read.
        choose: Gives the singular that stands in for a noun, or None where it stays.
    """
    made: list[str] = []
    changes: Changes = []
    done = 0
    for noun in scene.found:
        other = choose(noun)
        if other is None or other.lower() == noun.lemma:
            continue
        start, phrase, spelled = _exchanged(scene, noun, other)
        if start < done:
            continue
        made.append("".join(scene.pieces[done:start]))
        made.append(phrase)
        changes.append((noun.word, spelled))
        done = noun.end
    made.append("".join(scene.pieces[done:]))
    joined = "".join(made)
    return (articles(joined) if scene.language == "en" else joined), changes


def _exchanged(scene: Scene, noun: Noun, other: str) -> tuple[int, str, str]:
    known = lexicon(scene.language).nouns.get(other.lower())
    if scene.language == "en":
        spelled = other
        if noun.plural and known and known[0].plural:
            spelled = known[0].plural
        spelled = like(spelled, noun.word) if noun.head == 0 else spelled
        return noun.head, spelled, spelled
    entry = (
        known[0]
        if known
        else Entry(other, "", noun.kind, german.guess_gender(other) or noun.gender)
    )
    standing = stand_in(noun, entry)
    start, phrase = german.put(scene.pieces, noun, standing)
    return start, phrase, standing.word


def put_phrases(scene: Scene, others: Mapping[int, Noun]) -> str:
    """The text with whole noun phrases exchanged: index of the old noun's token to the new noun."""
    grammar = german if scene.language == "de" else english
    made: list[str] = []
    done = 0
    for noun in scene.found:
        if noun.head in others:
            start, phrase = grammar.put(scene.pieces, noun, others[noun.head])
            if start >= done:
                made += ["".join(scene.pieces[done:start]), phrase]
                done = noun.end
    made.append("".join(scene.pieces[done:]))
    joined = "".join(made)
    return articles(joined) if scene.language == "en" else joined


def stand_in(noun: Noun, entry: Entry) -> Noun:
    """An entry of the lists dressed like a noun of the text: its number and its modifiers."""
    plural = (noun.plural and bool(entry.plural)) or not entry.singular
    return replace(
        noun,
        word=entry.plural if plural else entry.singular,
        lemma=(entry.singular or entry.plural).lower(),
        kind=entry.kind,
        plural=plural,
        mass=not entry.plural,
        gender="" if entry.gender == "p" else entry.gender,
        quoted=False,
        name=False,
    )


def leave_out(text: str, unwanted: Collection[str], language: str) -> tuple[str, list[str]]:
    """The text without some words, and what was left out.

    German words are known without their endings too.
    """
    kept: list[str] = []
    gone: list[str] = []
    for piece in tokens(text):
        lower = piece.lower()
        german_stem = (
            language == "de" and not piece[0].isupper() and german.stem(lower)[0] in unwanted
        )
        if is_word(piece) and (lower in unwanted or german_stem):
            gone.append(piece)
        else:
            kept.append(piece)
    joined = tidy("".join(kept))
    return (articles(joined) if language == "en" else joined), gone


def describing(scene: Scene) -> list[int]:
    """The places of the adjectives that stand before a noun and can go without harm."""
    return [
        index
        for noun in scene.found
        for index in range(noun.start, noun.head)
        if is_word(scene.pieces[index]) and is_describing(scene.pieces[index], scene.language)
    ]


def drop(scene: Scene, places: Collection[int]) -> str:
    """The text without the words at some places, nor the "and" or comma that joined them."""
    gone = set(places)
    for noun in scene.found:
        inner = [i for i in range(noun.start, noun.head) if not scene.pieces[i].isspace()]
        for order, index in enumerate(inner):
            if scene.pieces[index].lower() in ("and", "und", ","):
                beside = inner[max(order - 1, 0)], inner[min(order + 1, len(inner) - 1)]
                if gone.intersection(beside):
                    gone.add(index)
    text = tidy("".join(piece for index, piece in enumerate(scene.pieces) if index not in gone))
    return articles(text) if scene.language == "en" else text


def is_describing(word: str, language: str) -> bool:
    """True for an adjective that can go without harm to the sentence."""
    return (
        german.is_adjective(word) if language == "de" else word.lower() in lexicon("en").adjectives
    )


def as_dict(changes: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Changes as a mapping that JSON can hold; at most 24 of them."""
    return dict(changes[:24])
