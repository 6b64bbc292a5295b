"""German words: looking them up, declining them, putting one phrase in the place of another.

Its large names are the words of grammar that `german_phrases` reads sentences by.
"""

from __future__ import annotations

from collections.abc import Sequence

from canvas_kit.backends.embedded.writer.lexicon import Entry, lexicon
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.tokens import capital, wordlist

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
ARTICLES = frozenset(
    [form for forms in (*_THE.values(), *_A.values()) for form in forms]
    + [stem + ending for stem in _POSSESSIVE for ending in ("", "e", "en", "em", "er", "es")]
    + [
        stem + ending
        for stem in ("dies", "jed", "jen", "manch", "welch")
        for ending in ("e", "en", "em", "er", "es")
    ]
)
CONTRACTED = {
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
QUANTITIES = frozenset(
    wordlist("""
    viele vielen wenige wenigen einige einigen mehrere mehreren alle allen beide beiden
""")
)
CLOSED = frozenset(
    wordlist("""
    und oder aber denn sondern doch als wie wenn dass weil während obwohl damit in an auf
    unter über vor hinter neben zwischen mit ohne von zu aus bei nach für gegen um durch bis
    seit trotz wegen statt ab ist sind war waren hat haben wird werden kann soll muss darf
    er sie es wir ich du man sich mich dich ihm ihn ihnen uns euch wer was wo wann warum
    nicht auch nur schon noch sehr so da dort hier nun dann immer nie ja nein darauf darin
    davon daneben davor dahinter gegenüber entlang herum hinein heraus
""")
) | frozenset(CONTRACTED)
#: Endings that give a gender away, the safest first.
_GENDER_ENDINGS = (
    ("f", tuple(wordlist("ung heit keit schaft ion tät ik ei enz anz in ur ie e"))),
    ("n", tuple(wordlist("chen lein ment tum um o"))),
    ("m", tuple(wordlist("er ling ismus or ist ant ig ich us"))),
)
ENDINGS = ("en", "em", "er", "es", "e")


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
    """An adjective as (stem, ending); a listed word that only seems to have one stays whole."""
    known = lexicon("de").adjectives
    lower = adjective.lower()
    if lower in known:
        return lower, ""
    for ending in ENDINGS:
        if lower.endswith(ending) and lower[: -len(ending)] in known:
            return lower[: -len(ending)], ending
    for ending in ENDINGS:
        if lower.endswith(ending) and len(lower) > len(ending) + 2:
            return lower[: -len(ending)], ending
    return lower, ""


def inflect(base: str, ending: str) -> str:
    """An adjective's stem with an ending: dunkel + er is dunkler, hoch + e is hohe.

    Rosa never changes.
    """
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
        m.lower() in NUMBERS or m.lower() in QUANTITIES or m[0].isdigit() for m in noun.modifiers
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
    "im": ("in", "dat"),
    "am": ("an", "dat"),
    "zum": ("zu", "dat"),
    "vom": ("von", "dat"),
    "beim": ("bei", "dat"),
    "zur": ("zu", "dat"),
    "ins": ("in", "akk"),
    "ans": ("an", "akk"),
}
_FUSE = {
    ("in", "dem"): "im",
    ("an", "dem"): "am",
    ("zu", "dem"): "zum",
    ("von", "dem"): "vom",
    ("bei", "dem"): "beim",
    ("zu", "der"): "zur",
    ("in", "das"): "ins",
    ("an", "das"): "ans",
}
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
        The index of the first token that is replaced (a fused preposition before the phrase may
        be part of it),
        and the words that take the place of everything from there to the noun's end.
    """
    article = next(
        (pieces[i] for i in range(noun.start, noun.head) if pieces[i].lower() in ARTICLES), ""
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
    """A preposition and an article run together where German does so.

    "von dem Hund" is "vom Hund".
    """
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
    """The noun in one of the forms that frames can ask for.

    Args:
        noun: The noun.
        wanted: A case ("nom", "akk", "dat", "gen") for "der ...", with "ein" before it
            for "ein ..."; "bare" without an article, "head" alone. A large first letter is kept.

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
    return word in ARTICLES or word in CLOSED or word in NUMBERS or word in QUANTITIES
