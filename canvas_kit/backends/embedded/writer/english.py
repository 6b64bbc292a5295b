"""English noun phrases: finding them, and giving them an article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from canvas_kit.backends.embedded.writer.lexicon import lexicon
from canvas_kit.backends.embedded.writer.noun import Noun, kept_modifiers
from canvas_kit.backends.embedded.writer.tokens import (
    articles,
    capital,
    is_latin,
    is_word,
    wordlist,
)

_DETERMINERS = frozenset(
    wordlist("""
    a an the this that these those his her its their our your my some any no each every
    another both all what whose
""")
)
NUMBERS = {
    word: value
    for value, word in enumerate(
        wordlist("zero one two three four five six seven eight nine ten eleven twelve")
    )
} | {"hundred": 100, "thousand": 1000, "dozen": 12}
_QUANTITIES = frozenset(["many", "few", "several", "various"])
_PLURALISH = frozenset(wordlist("these those many few several various all both"))
_CLOSED = frozenset(
    wordlist("""
    of in on at to from by with without for into onto over under above below between behind
    beside next near against along across through around about after before during since
    until till towards toward inside outside beyond among amid astride past like as than per
    via off out up down and or but nor yet so because while how why when where which who whom that
    if though although is are was were be been being am has have had do does did will would
    can could should may might must shall not it he she they we you i him them us me itself
    himself herself themselves there here then now too very also only just e.g i.e its it's
    that's don't doesn't isn't aren't 's t s
""")
)
_ADJECTIVE_ENDINGS = (
    "ous",
    "ful",
    "ive",
    "less",
    "ish",
    "able",
    "ible",
    "ical",
    "ic",
    "al",
    "ese",
    "ian",
    "ern",
    "esque",
    "like",
)
_MASS_ENDINGS = ("ness", "ism", "ware", "wear")


def _tags(pieces: Sequence[str]) -> list[str]:
    """A letter for every token: D, Q, A, V, N, or "-" for what ends a phrase and " " for space."""
    known = lexicon("en")
    places = [index for index, piece in enumerate(pieces) if not piece.isspace()]
    tags = [" "] * len(pieces)
    for order, index in enumerate(places):
        piece = pieces[index]
        lower = piece.lower().removesuffix("’s").removesuffix("'s")
        before = tags[places[order - 1]] if order else "-"
        next_piece = pieces[places[order + 1]].lower() if order + 1 < len(places) else ""
        in_phrase = before in "DAQ"
        noun = known.noun(lower)
        verb = known.verbs.get(lower)
        if not is_word(piece):
            tags[index] = "Q" if piece[0].isdigit() else "-"
        elif not is_latin(piece):
            tags[index] = "N"
        elif lower != piece.lower():
            tags[index] = "A"  # a genitive belongs to the noun that follows
        elif lower in _DETERMINERS:
            tags[index] = "D"
        elif lower in NUMBERS or lower in _QUANTITIES:
            tags[index] = "Q"
        elif lower in _CLOSED:
            tags[index] = "-"
        elif noun and verb and not in_phrase and verb[1] in ("s", "base"):
            # "a cat watches the door" against "two watches": a verb is followed by a new phrase.
            opens = next_piece in _DETERMINERS or next_piece in _CLOSED
            tags[index] = "V" if before == "N" and opens and next_piece != "of" else "N"
        elif noun and not (lower in known.adjectives and known.noun(next_piece)):
            tags[index] = "N"
        elif verb:
            tags[index] = "A" if verb[1] in ("ing", "past") and in_phrase else "V"
        elif lower in known.adverbs or (lower.endswith("ly") and len(lower) > 4):
            tags[index] = "R" if in_phrase else "-"
        elif lower in known.adjectives:
            tags[index] = "A"
        elif piece[0].isupper() and order:
            tags[index] = "N"
        elif lower.endswith(_ADJECTIVE_ENDINGS) and len(lower) > 4:
            tags[index] = "A"
        elif lower.endswith(("ing", "ed")) and len(lower) > 4:
            tags[index] = "A" if in_phrase else "V"
        else:
            tags[index] = "N"
    _join_adjectives(pieces, places, tags)
    return tags


def _join_adjectives(pieces: Sequence[str], places: Sequence[int], tags: list[str]) -> None:
    """Let an "and" or a comma between two adjectives belong to their phrase."""
    for one, middle, two in zip(places, places[1:], places[2:], strict=False):
        if tags[one] == "A" and tags[two] == "A" and pieces[middle].lower() in ("and", ","):
            tags[middle] = "A"


def noun_phrases(pieces: Sequence[str]) -> Iterator[Noun]:
    """Every noun phrase of an English text, from left to right."""
    tags = _tags(pieces)
    index = 0
    while index < len(pieces):
        if tags[index] not in "DQAN":
            index += 1
            continue
        start = index
        heads: list[int] = []
        while index < len(pieces) and tags[index] in "DQANR ":
            if tags[index] == "D" and index > start and heads:
                break
            if tags[index] in "QA" and heads and not pieces[index].lower().endswith(("'s", "’s")):
                break
            if tags[index] == "N":
                heads.append(index)
            index += 1
        if not heads:
            # "a drawing of the painted": an adjective that nothing follows is no noun.
            index = max(index, start + 1)
            continue
        yield _noun(pieces, tags, start, heads[-1])
        index = heads[-1] + 1


def _noun(pieces: Sequence[str], tags: Sequence[str], start: int, head: int) -> Noun:
    word = pieces[head]
    lower = word.lower()
    inner = [i for i in range(start, head) if tags[i] != " "]
    determiners = [pieces[i].lower() for i in inner if tags[i] == "D"]
    quantities = [pieces[i].lower() for i in inner if tags[i] == "Q"]
    modifiers = kept_modifiers([_inside(pieces, i) for i in inner if tags[i] != "D"])
    known = lexicon("en").noun(lower)
    if known:
        entry, plural = known
        word = _inside(pieces, head)
        if plural and entry.plural == entry.singular:
            plural = bool(quantities and quantities[-1] not in ("one", "1"))
        idea = entry.kind == "abstract" and not plural and not determiners
        return Noun(
            word,
            entry.singular,
            entry.kind,
            plural,
            not entry.plural,
            idea,
            "",
            modifiers,
            start,
            head,
            head + 1,
        )
    plural = (
        (lower.endswith("s") and not lower.endswith(("ss", "us", "is", "'s")) and len(lower) > 3)
        or any(d in _PLURALISH for d in determiners)
        or any(q not in ("one", "1") for q in quantities)
    )
    lemma = lower[:-1] if plural and lower.endswith("s") else lower
    name = word[0].isupper() and not determiners
    quoted = not is_latin(word)
    return Noun(
        word,
        lemma,
        "thing",
        plural and not quoted,
        lower.endswith(_MASS_ENDINGS),
        name,
        "",
        modifiers,
        start,
        head,
        head + 1,
        quoted,
    )


def _inside(pieces: Sequence[str], place: int) -> str:
    """A word as it is written in the middle of a sentence: a first word loses its large letter.

    Before another large letter it is part of a name and keeps it.
    """
    word = pieces[place]
    following = next((piece for piece in pieces[place + 1 :] if not piece.isspace()), "")
    return word if place or not word[1:].islower() or following[:1].isupper() else word.lower()


def put(pieces: Sequence[str], noun: Noun, other: Noun) -> tuple[int, str]:
    """Another noun phrase in the place of one in a text, with an article that fits it.

    Returns:
        The index of the first token that is replaced, and the words that stand there from now on.
    """
    first = pieces[noun.start].lower()
    if first in ("a", "an") or first not in _DETERMINERS:
        made = form(other, "a")
    elif other.name or other.quoted:
        made = form(other, "bare")
    else:
        made = f"{first} {other.bare}"
    opening = (
        not "".join(pieces[: noun.start]).rstrip()
        or "".join(pieces[: noun.start]).rstrip()[-1] in ".!?"
    )
    return noun.start, capital(made) if opening and pieces[noun.start][0].isupper() else made


def form(noun: Noun, wanted: str) -> str:
    """The noun in one of the forms that frames can ask for.

    Args:
        noun: The noun.
        wanted: "the" or "a" for a phrase with that article, "bare" for one without,
            "head" for the noun alone. A large first letter is kept.

    Raises:
        KeyError: The wish is none of these.
    """
    low = wanted.lower()
    if noun.quoted:
        made = f"“{noun.word}”"
    elif low == "head":
        made = noun.word
    elif low == "bare":
        made = noun.bare
    elif low == "the":
        made = noun.bare if noun.name else "the " + noun.bare
    elif low == "a":
        counted = noun.modifiers and (
            noun.modifiers[0].lower() in NUMBERS or noun.modifiers[0][0].isdigit()
        )
        plain = noun.name or noun.plural or noun.mass or counted
        made = noun.bare if plain else articles("a " + noun.bare)
    else:
        raise KeyError(wanted)
    return capital(made) if wanted[0].isupper() else made


def is_small(word: str) -> bool:
    """True for a word of grammar, which is written small inside a sentence."""
    return word in _DETERMINERS or word in _CLOSED or word in NUMBERS or word in _QUANTITIES
