"""Finding the noun phrases of a German text: capitals, articles and endings tell most of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from canvas_kit.backends.embedded.writer import german
from canvas_kit.backends.embedded.writer.lexicon import lexicon
from canvas_kit.backends.embedded.writer.noun import Noun, kept_modifiers
from canvas_kit.backends.embedded.writer.tokens import capital, is_latin, is_word, wordlist

#: Endings that settle a gender whatever the article looks like.
_SURE = tuple(wordlist("ung heit keit schaft tät chen lein ismus"))
_WITH_DATIVE = frozenset(
    wordlist("in an auf unter über vor hinter neben zwischen mit von zu aus bei nach seit")
)


def _tags(pieces: Sequence[str]) -> list[str]:
    """A letter for every token: D, Q, A, N, or "-" for what ends a phrase and " " for space."""
    known = lexicon("de")
    places = [index for index, piece in enumerate(pieces) if not piece.isspace()]
    tags = [" "] * len(pieces)
    capitals = sum(pieces[i][0].isupper() for i in places[1:] if is_word(pieces[i])) > 0
    for order, index in enumerate(places):
        piece = pieces[index]
        lower = piece.lower()
        before = tags[places[order - 1]] if order else "-"
        opening = order == 0 or pieces[places[order - 1]] in ".!?:"
        if not is_word(piece):
            tags[index] = "Q" if piece[0].isdigit() else "-"
        elif not is_latin(piece):
            tags[index] = "N"
        elif lower in german.ARTICLES:
            tags[index] = "D"
        elif lower in german.NUMBERS or lower in german.QUANTITIES:
            tags[index] = "Q"
        elif lower in german.CLOSED:
            tags[index] = "-"
        elif (piece[0].isupper() and not opening) or (
            german.look_up(piece) and (opening or not capitals)
        ):
            tags[index] = "N"
        elif lower in known.verbs:
            tags[index] = "V"
        elif lower in known.adverbs and before != "D":
            tags[index] = "-"
        elif german.is_adjective(piece) or (before in "DQA" and lower.endswith(german.ENDINGS)):
            tags[index] = "A"
        elif opening and piece[0].isupper():
            tags[index] = (
                "A"
                if lower.endswith(german.ENDINGS) and _noun_follows(pieces, places, order)
                else "N"
            )
        elif lower.endswith(german.ENDINGS) and _noun_follows(pieces, places, order):
            tags[index] = "A"
        elif not capitals and before in "DA":
            tags[index] = "N"
        else:
            tags[index] = "V"
    for one, middle, two in zip(places, places[1:], places[2:], strict=False):
        if tags[one] == "A" and tags[two] == "A" and pieces[middle].lower() in ("und", ","):
            tags[middle] = "A"
    return tags


def _noun_follows(pieces: Sequence[str], places: Sequence[int], order: int) -> bool:
    return order + 1 < len(places) and pieces[places[order + 1]][0].isupper()


def noun_phrases(pieces: Sequence[str]) -> Iterator[Noun]:
    """Every noun phrase of a German text, from left to right."""
    tags = _tags(pieces)
    index = 0
    while index < len(pieces):
        if tags[index] not in "DQAN":
            index += 1
            continue
        start, head = index, -1
        while index < len(pieces) and tags[index] in "DQAN ":
            if tags[index] in "DQA" and (head >= 0 or (tags[index] == "D" and index > start)):
                break
            if tags[index] == "N":
                head = index
            index += 1
        if head >= 0:
            yield _noun(pieces, tags, start, head)
            index = head + 1
        else:
            index = max(index, start + 1)


def _noun(pieces: Sequence[str], tags: Sequence[str], start: int, head: int) -> Noun:
    word = pieces[head]
    inner = [i for i in range(start, head) if tags[i] != " "]
    article = next((pieces[i].lower() for i in inner if tags[i] == "D"), "")
    many = [pieces[i].lower() for i in inner if tags[i] == "Q"]
    modifiers = kept_modifiers(
        [pieces[i].lower() if tags[i] in "QA" else pieces[i] for i in inner if tags[i] != "D"]
    )
    before = next(
        (pieces[i].lower() for i in range(start - 1, -1, -1) if not pieces[i].isspace()), ""
    )
    known = german.look_up(word)
    if known:
        entry, plural = known
        if entry.singular == entry.plural:
            plural = _reads_plural(entry.gender, article, before, many)
        # "Zauberer" ends like a plural; an article in the singular settles it.
        plural = plural and not article.startswith("ein")
        spelled = capital(word) if known and word.islower() else word
        return Noun(
            spelled,
            (entry.singular or entry.plural).lower(),
            entry.kind,
            plural or entry.gender == "p",
            not entry.plural,
            False,
            "" if entry.gender == "p" else entry.gender,
            modifiers,
            start,
            head,
            head + 1,
        )
    quoted = not is_latin(word)
    plural = bool(many) and many[-1] not in ("1", "eins")
    gender = "" if quoted or plural else _gender(word, article, before, modifiers)
    bare_plural = (
        not article
        and not gender
        and word.endswith(("en", "er", "e", "s"))
        and before not in german.CONTRACTED
    )
    return Noun(
        word, word.lower(), "thing", (plural or bare_plural) and not quoted, False, False, gender,
        modifiers,
        start, head, head + 1, quoted or not (gender or plural or bare_plural),
    )  # fmt: skip


def _reads_plural(gender: str, article: str, before: str, many: list[str]) -> bool:
    """Whether a noun with one form for both numbers, like "Lehrer", stands in the plural."""
    if many:
        return many[-1] not in ("1", "eins")
    if article:
        return article == "die" and gender != "f"
    return before not in german.CONTRACTED


def _gender(word: str, article: str, before: str, modifiers: tuple[str, ...]) -> str:
    """A gender told from article, contraction, adjective's ending or the noun's own ending."""
    if word.lower().endswith(_SURE):
        return german.guess_gender(word)
    if article in ("eine", "einer", "die") or (article == "der" and before in _WITH_DATIVE):
        return "f"
    if article == "das":
        return "n"
    if article in ("einen", "der", "den"):
        return "m"
    if not article and before in german.CONTRACTED and german.CONTRACTED[before] in "nf":
        return german.CONTRACTED[before]
    if modifiers and article == "ein":
        return "n" if modifiers[-1].endswith("es") else "m"
    lower = word.lower()
    guess = german.guess_gender(word)
    if article or before in german.CONTRACTED:
        # "ein", "einem", "im": masculine or neuter, and the ending may decide.
        return guess if guess in ("m", "n") else "n"
    return guess if len(lower) > 4 and not lower.endswith(("e", "er")) else ""
