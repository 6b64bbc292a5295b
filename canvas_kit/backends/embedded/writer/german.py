"""German noun phrases: finding them, and declining them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from canvas_kit.backends.embedded.writer.lexicon import Entry, lexicon
from canvas_kit.backends.embedded.writer.noun import Noun, kept_modifiers
from canvas_kit.backends.embedded.writer.tokens import capital, is_latin, is_word, wordlist

CASES = ("nom", "akk", "dat", "gen")
_THE = {
    "m": ("der", "den", "dem", "des"),
    "f": ("die", "die", "der", "der"),
    "n": ("das", "das", "dem", "des"),
    "p": ("die", "die", "den", "der"),
}
_A = {
    "m": ("ein", "einen", "einem", "eines"),
    "f": ("eine", "eine", "einer", "einer"),
    "n": ("ein", "ein", "einem", "eines"),
}
# Endings of an adjective after "der ...", after "ein ..." and without any article.
_WEAK = {
    "m": ("e", "en", "en", "en"),
    "f": ("e", "e", "en", "en"),
    "n": ("e", "e", "en", "en"),
    "p": ("en",) * 4,
}
_MIXED = {
    "m": ("er", "en", "en", "en"),
    "f": ("e", "e", "en", "en"),
    "n": ("es", "es", "en", "en"),
    "p": ("en",) * 4,
}
_STRONG = {
    "m": ("er", "en", "em", "en"),
    "f": ("e", "e", "er", "er"),
    "n": ("es", "es", "em", "en"),
    "p": ("e", "e", "en", "er"),
}

_POSSESSIVE = ("mein", "dein", "sein", "ihr", "unser", "euer", "kein")
_ARTICLES = frozenset(
    [form for forms in (*_THE.values(), *_A.values()) for form in forms]
    + [stem + ending for stem in _POSSESSIVE for ending in ("", "e", "en", "em", "er", "es")]
    + [
        stem + ending
        for stem in ("dies", "jed", "jen", "manch", "welch")
        for ending in ("e", "en", "em", "er", "es")
    ]
)
_CONTRACTED = {
    "im": "m",
    "am": "m",
    "zum": "m",
    "vom": "m",
    "beim": "m",
    "ins": "n",
    "ans": "n",
    "zur": "f",
}
NUMBERS = {
    word: value
    for value, word in enumerate(
        wordlist("null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf")
    )
} | {"hundert": 100, "tausend": 1000}
_QUANTITIES = frozenset(
    wordlist("""
    viele vielen wenige wenigen einige einigen mehrere mehreren alle allen beide beiden
""")
)
_CLOSED = frozenset(
    wordlist("""
    und oder aber denn sondern doch als wie wenn dass weil während obwohl damit in an auf
    unter über vor hinter neben zwischen mit ohne von zu aus bei nach für gegen um durch bis
    seit trotz wegen statt ab ist sind war waren hat haben wird werden kann soll muss darf
    er sie es wir ich du man sich mich dich ihm ihn ihnen uns euch wer was wo wann warum
    nicht auch nur schon noch sehr so da dort hier nun dann immer nie ja nein darauf darin
    davon daneben davor dahinter gegenüber entlang herum hinein heraus
""")
) | frozenset(_CONTRACTED)
#: Endings that give a gender away, the safest first.
_GENDER_ENDINGS = (
    ("f", tuple(wordlist("ung heit keit schaft ion tät ik ei enz anz in ur ie e"))),
    ("n", tuple(wordlist("chen lein ment tum um o"))),
    ("m", tuple(wordlist("er ling ismus or ist ant ig ich us"))),
)
_ENDINGS = ("en", "em", "er", "es", "e")


def look_up(word: str) -> tuple[Entry, bool] | None:
    """The noun's entry, also from a dative plural or a genitive."""
    known = lexicon("de").noun(word)
    if known is None:
        for ending in ("es", "s", "n"):
            if word.endswith(ending) and len(word) > len(ending) + 2:
                known = lexicon("de").noun(word[: -len(ending)])
                if known and (ending == "n") == known[1]:
                    return known
        known = None
    return known


def stem(adjective: str) -> tuple[str, str]:
    """An adjective as (stem, ending); words of the lists that only look as if they had one stay whole."""
    known = lexicon("de").adjectives
    lower = adjective.lower()
    if lower in known:
        return lower, ""
    for ending in _ENDINGS:
        if lower.endswith(ending) and lower[: -len(ending)] in known:
            return lower[: -len(ending)], ending
    for ending in _ENDINGS:
        if lower.endswith(ending) and len(lower) > len(ending) + 2:
            return lower[: -len(ending)], ending
    return lower, ""


def inflect(base: str, ending: str) -> str:
    """An adjective's stem with an ending: dunkel + er is dunkler, hoch + e is hohe; rosa never changes."""
    if not ending or base.endswith(("a", "o")):
        return base
    if " und " in base:
        one, _, two = base.partition(" und ")
        return f"{inflect(one, ending)} und {inflect(two, ending)}"
    if base.endswith("e"):
        return base + ending.removeprefix("e")
    if base in ("hoch", "hoh"):
        return "hoh" + ending
    if base.endswith("el"):
        return base[:-2] + "l" + ending
    if base.endswith(("auer", "euer")):
        return base[:-2] + "r" + ending
    return base + ending


def is_adjective(word: str) -> bool:
    """True for an adjective of the lists, in any of its endings."""
    return stem(word)[0] in lexicon("de").adjectives


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
        elif lower in _ARTICLES:
            tags[index] = "D"
        elif lower in NUMBERS or lower in _QUANTITIES:
            tags[index] = "Q"
        elif lower in _CLOSED:
            tags[index] = "-"
        elif (piece[0].isupper() and not opening) or (look_up(piece) and (opening or not capitals)):
            tags[index] = "N"
        elif lower in known.verbs:
            tags[index] = "V"
        elif lower in known.adverbs and before not in "D":
            tags[index] = "-"
        elif is_adjective(piece) or (before in "DQA" and lower.endswith(_ENDINGS)):
            tags[index] = "A"
        elif opening and piece[0].isupper():
            tags[index] = (
                "A" if lower.endswith(_ENDINGS) and _noun_follows(pieces, places, order) else "N"
            )
        elif lower.endswith(_ENDINGS) and _noun_follows(pieces, places, order):
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
    known = look_up(word)
    if known:
        entry, plural = known
        if entry.singular == entry.plural:
            plural = bool(many) and many[-1] not in ("1", "eins")
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
        and before not in _CONTRACTED
    )
    return Noun(
        word, word.lower(), "thing", (plural or bare_plural) and not quoted, False, False, gender, modifiers,
        start, head, head + 1, quoted or not (gender or plural or bare_plural),
    )  # fmt: skip


def _gender(word: str, article: str, before: str, modifiers: tuple[str, ...]) -> str:
    """A gender told from the article, a contraction, an adjective's ending or the noun's own ending."""
    if article in ("eine", "einer", "die"):
        return "f"
    if article == "das":
        return "n"
    if article in ("einen", "der", "den"):
        return "m"
    if not article and before in _CONTRACTED and _CONTRACTED[before] in "nf":
        return _CONTRACTED[before]
    if modifiers and article == "ein":
        return "n" if modifiers[-1].endswith("es") else "m"
    lower = word.lower()
    guess = guess_gender(word)
    if article or before in _CONTRACTED:
        # "ein", "einem", "im": masculine or neuter, and the ending may decide.
        return guess if guess in ("m", "n") else "n"
    return guess if len(lower) > 4 and not lower.endswith(("e", "er")) else ""


def guess_gender(word: str) -> str:
    """The gender that a noun's ending suggests, or an empty string."""
    known = look_up(word)
    if known:
        return known[0].gender
    return next(
        (gender for gender, endings in _GENDER_ENDINGS if word.lower().endswith(endings)), ""
    )


def _weak_noun(noun: Noun) -> bool:
    known = look_up(noun.word)
    if not known or noun.gender != "m" or noun.kind not in ("person", "animal", "fantasy"):
        return False
    entry = known[0]
    return entry.plural in (entry.singular + "n", entry.singular + "en")


def _declined(noun: Noun, case: int) -> str:
    """The noun itself in a case."""
    known = look_up(noun.word)
    if noun.plural:
        spelled = noun.word
        if known and known[0].plural and known[0].plural.lower() in noun.word.lower():
            cut = noun.word.lower().rindex(known[0].plural.lower()) + len(known[0].plural)
            spelled = noun.word[:cut]
        return spelled + "n" if case == 2 and spelled[-1] in "erl" else spelled
    spelled = noun.word
    if known and not known[1] and known[0].singular:
        single = known[0].singular.lower()
        if single in spelled.lower():
            spelled = spelled[: spelled.lower().rindex(single) + len(single)]
    if _weak_noun(noun):
        if case == 0:
            return spelled
        ending = look_up(noun.word)
        assert ending is not None
        return spelled + ending[0].plural[len(ending[0].singular) :]
    if case == 3 and noun.gender in ("m", "n"):
        if spelled.endswith(("s", "ß", "z", "x", "tz", "sch")):
            return spelled + "es"
        return spelled + "s"
    return spelled


def decline(noun: Noun, case: str, article: str) -> str:
    """The whole phrase in a case ("nom", "akk", "dat", "gen") with article "the", "a" or ""."""
    place = CASES.index(case)
    kind = "p" if noun.plural else noun.gender or "n"
    numbered = any(
        m.lower() in NUMBERS or m.lower() in _QUANTITIES or m[0].isdigit() for m in noun.modifiers
    )
    if article == "the":
        lead, endings = _THE[kind][place], _WEAK
    elif article == "a" and kind != "p" and not noun.mass:
        lead, endings = _A[kind][place], _MIXED
    else:
        lead, endings = "", _STRONG
    middle = [_modifier(word, endings[kind][place]) for word in noun.modifiers]
    if numbered and article == "the" and noun.modifiers[0].lower().startswith("all"):
        lead, middle = "", list(noun.modifiers)
    phrase = " ".join(part for part in (lead, *middle, _declined(noun, place)) if part)
    return phrase.replace(" ,", ",")


def _modifier(word: str, ending: str) -> str:
    lower = word.lower()
    if (
        lower in NUMBERS
        or lower == "und"
        or not word[0].isalpha()
        or word[0].isupper()
        or not stem(word)[1]
    ):
        return word
    return inflect(stem(word)[0], ending)


_FUSED = {
    "im": ("in", "dat"), "am": ("an", "dat"), "zum": ("zu", "dat"), "vom": ("von", "dat"), "beim": ("bei", "dat"),
    "zur": ("zu", "dat"), "ins": ("in", "akk"), "ans": ("an", "akk"),
}  # fmt: skip
_FUSE = {("in", "dem"): "im", ("an", "dem"): "am", ("zu", "dem"): "zum", ("von", "dem"): "vom", ("bei", "dem"): "beim",
         ("zu", "der"): "zur", ("in", "das"): "ins", ("an", "das"): "ans"}  # fmt: skip
_PREPOSITIONS = frozenset(
    wordlist("""
    in an auf unter über vor hinter neben zwischen mit ohne von zu aus bei nach für gegen um
    durch seit
""")
)
_WITH_ACCUSATIVE = frozenset(["ohne", "für", "gegen", "um", "durch"])


def put(pieces: Sequence[str], noun: Noun, other: Noun) -> tuple[int, str]:
    """Another noun in the place of one in a text, declined to fit it.

    Returns:
        The index of the first token that is replaced (a fused preposition before the phrase may be part of it),
        and the words that take the place of everything from there to the noun's end.
    """
    article = next(
        (pieces[i] for i in range(noun.start, noun.head) if pieces[i].lower() in _ARTICLES), ""
    )
    before = next((i for i in range(noun.start - 1, -1, -1) if not pieces[i].isspace()), -1)
    preposition = pieces[before].lower() if before >= 0 else ""
    if not article and preposition in _FUSED:
        plain, case = _FUSED[preposition]
        phrase = decline(other, case, "the")
        lead, _, rest = phrase.partition(" ")
        fused = _FUSE.get((plain, lead))
        words_now = f"{fused} {rest}" if fused else f"{plain} {phrase}"
        return before, capital(words_now) if pieces[before][0].isupper() else words_now
    case = _case(article.lower(), noun, preposition, pieces)
    lower = article.lower()
    if other.quoted:
        made = form(other, "bare")
    elif not article:
        made = decline(other, case, "" if other.plural or other.mass else "a")
    elif lower in _THE["m"] + _THE["f"] + _THE["n"]:
        made = decline(other, case, "the")
    else:
        own = next((s for s in _POSSESSIVE if lower.startswith(s)), "")
        made = decline(other, case, "a")
        if own and not other.mass and not other.plural:
            made = own + made[3:]
    opening = before < 0 or pieces[before] in ".!?"
    return noun.start, capital(made) if opening and pieces[noun.start][0].isupper() else made


def contract(phrase: str) -> str:
    """A preposition and an article run together where German does so: "von dem Hund" is "vom Hund"."""
    preposition, _, rest = phrase.partition(" ")
    article, _, noun = rest.partition(" ")
    fused = _FUSE.get((preposition.lower(), article))
    if not fused:
        return phrase
    return f"{capital(fused) if preposition[0].isupper() else fused} {noun}"


def _case(article: str, noun: Noun, preposition: str, pieces: Sequence[str]) -> str:
    kind = "p" if noun.plural else noun.gender or "n"
    ending = next((article[len(s) :] for s in _POSSESSIVE if article.startswith(s)), None)
    lead = "ein" + ending if ending is not None else article
    fits = [
        c
        for c, the, a in zip(CASES, _THE[kind], _A.get(kind, _THE[kind]), strict=True)
        if lead in (the, a)
    ]
    if len(fits) == 1:
        return fits[0]
    fits = fits or list(CASES[:3])
    if preposition in _WITH_ACCUSATIVE:
        return "akk"
    if preposition in _PREPOSITIONS:
        return "dat" if "dat" in fits else "akk"
    clause = pieces[_clause_start(pieces, noun.start) : noun.start]
    verb = any(piece.lower() in lexicon("de").verbs for piece in clause)
    return "akk" if verb and "akk" in fits else fits[0]


def _clause_start(pieces: Sequence[str], index: int) -> int:
    return next((i + 1 for i in range(index - 1, -1, -1) if pieces[i] in ",.;:!?"), 0)


def form(noun: Noun, wanted: str) -> str:
    """The noun in a form: a case ("nom", "akk", "dat", "gen") for "der ...", with "ein" before it for "ein ...",
    "bare" without article, "head" alone; a large first letter in the wish is kept.

    Raises:
        KeyError: The wish is none of these.
    """
    low = wanted.lower()
    if noun.quoted:
        made = f"»{noun.word}«"
    elif low == "head":
        made = _declined(noun, 0)
    elif low == "bare":
        made = decline(noun, "nom", "")
    elif low in CASES:
        made = decline(noun, low, "the")
    elif low.startswith("ein") and low[3:] in CASES:
        made = decline(noun, low[3:], "a")
    else:
        raise KeyError(wanted)
    return capital(made) if wanted[0].isupper() else made


def is_small(word: str) -> bool:
    """True for a word of grammar, which is written small inside a sentence."""
    return word in _ARTICLES or word in _CLOSED or word in NUMBERS or word in _QUANTITIES
