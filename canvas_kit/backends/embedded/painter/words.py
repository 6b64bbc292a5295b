"""What the painter reads in a prompt: known words by aspect, colours bound to nouns, and a vector.

Nothing here understands language. Words are looked up in the lexicon (with endings and German
compounds taken apart), adjectives are given to the noun that follows, and every word, known or
not, adds a vector made from its letters, so that prompts sharing words share a direction.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache

from .exact import Chance
from .lexicon import SILENT, index, listed

__all__ = ["DIMENSIONS", "Reading", "Subject", "embed", "read"]

DIMENSIONS = 12
"""Length of a word's vector."""

MOST_WORDS = 400
"""Words read of a prompt; what follows is left out of the lexicon look-up (and said)."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.,;:!?()\n]", re.UNICODE)
_QUOTED = re.compile(r"[\"“„»«]([^\"“”„»«]{1,80})[\"”“«»]|(?<!\w)['‘]([^'‘’]{2,80})['’](?!\w)")
_GERMAN = listed(
    "der die das ein eine einer eines einem einen und im mit auf von zu ist nicht am beim vor "
    "meiner mein meine aus für bei über unter wie ohne sich"
)
_ONLY_GERMAN = listed(
    "see hell bad tag boot kind weg war hut bank wand hahn schale horn rot bar tor wal "
    "ton rind dom stand korb buch not bach hof page gut brand strand art bude"
)
_ONLY_ENGLISH = listed(
    "fall bar die war rat man one some few hut bank still bench light mean pub tan fly wand "
    "boot rock tie fair mine strand plane planes"
)
_NEGATIONS = listed("no without ohne kein keine keinen keiner not nicht")
_HOLDING = listed("with mit in holding hält under unter carrying trägt")
_HANDS = listed("person man woman child astronaut robot angel monster")
_PLURALS = listed("men women children mice geese leaves knives loaves wolves oxen teeth feet")
_BEHIND = listed("background backdrop ground hintergrund untergrund")
_PLAIN = str.maketrans("äöü", "aou")
_COPULA = listed("is are was were ist sind war waren")
_ONE = listed(
    "a an ein eine einen eines einem einer this that dieser dieses diese his her their my "
    "mein meine"
)
_MADE_OF = listed("of aus from")
_ENDINGS = (
    "chen", "lein", "innen", "ern", "es", "en", "er", "em", "nen", "se", "s", "n", "e", "ing", "ed",
    "iness", "ness", "ies", "ly", "y", "'s", "’s", "ish",
)  # fmt: skip
_INNER = ("", "s", "n", "en", "es", "e", "er")


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to be shown.

    Attributes:
        motif: Its name in the lexicon, or ``form`` for a word that is not known.
        word: The word as it stood in the prompt.
        count: How many.
        many: The count was a word for a crowd.
        colours: Names of colours bound to it.
        wears: What it wears, with the colour's name or "".
        size: -1 small, 0 ordinary, 1 large.
        material: What it is made of, or "".
    """

    motif: str
    word: str
    count: int = 1
    many: bool = False
    colours: tuple[str, ...] = ()
    wears: tuple[tuple[str, str], ...] = ()
    size: int = 0
    material: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A prompt, read.

    Attributes:
        subjects: What is to be seen, in the order of the words.
        words: Aspect -> meanings found, for colours only those bound to nothing.
        quotes: Words in quotation marks, to be written.
        unknown: Words that the lexicon does not have.
        vector: ``DIMENSIONS`` numbers of about unit length.
        unread: Words beyond the bound that were left out.
    """

    subjects: tuple[Subject, ...] = ()
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    quotes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    vector: tuple[float, ...] = (0.0,) * DIMENSIONS
    unread: int = 0

    def get(self, aspect: str) -> tuple[str, ...]:
        """The meanings found for an aspect, in the order of the words."""
        return self.words.get(aspect, ())

    def first(self, aspect: str, otherwise: str = "") -> str:
        """The first meaning found for an aspect."""
        found = self.words.get(aspect)
        return found[0] if found else otherwise

    def has(self, aspect: str, meaning: str) -> bool:
        """Whether a meaning was found."""
        return meaning in self.words.get(aspect, ())


Pairs = tuple[tuple[str, str], ...]


@lru_cache(maxsize=4096)
def look_up(word: str, german: bool) -> Pairs:
    """The (aspect, meaning) pairs of one lower-case word, with endings and compounds undone."""
    known = index()
    if word in SILENT and word not in known:
        return ()
    direct = _stem(word, german)
    if direct:
        if word == "hut":
            return (("motif", "hat" if german else "house"),)
        if word == "war" and german:
            return ()
        return direct
    if "-" in word:
        parts = [look_up(part, german) for part in word.split("-")]
        return tuple(pair for part in parts for pair in part)
    if len(word) < 7:
        return ()
    shortest = 4 if german else 5
    for cut in range(3, len(word) - shortest + 1):
        tail = _stem(word[cut:], german)
        if not tail or word[cut:] in SILENT:
            continue
        head: Pairs = ()
        for inner in _INNER:
            stem = word[:cut]
            if inner and stem.endswith(inner) and len(stem) - len(inner) >= 3:
                head = known.get(stem[: -len(inner)], ())
            elif not inner:
                head = known.get(stem, ())
            if head:
                break
        if head or german or (cut >= 4 and tail[0][0] == "motif"):
            said = {aspect for aspect, _ in tail}
            keep = tuple(p for p in head if p[0] != "motif" and p[0] not in said)
            return keep + tail
    if german:
        for cut in range(len(word) - 3, 3, -1):
            if word[:cut] in known and len(word[:cut]) >= 5:
                return known[word[:cut]]
    return ()


def _foreign(word: str, german: bool) -> bool:
    """Whether the word has its known meaning only in the other language."""
    if german:
        return word in _ONLY_ENGLISH and word not in _ONLY_GERMAN
    return word in _ONLY_GERMAN and word not in _ONLY_ENGLISH


def _stem(word: str, german: bool) -> Pairs:
    known = index()
    if _foreign(word, german):
        return ()
    if word in known:
        return known[word]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stem = word[: -len(ending)]
            if german is False and ending in ("n", "en", "er", "em", "ern", "nen", "chen", "lein"):
                continue
            for form in (stem, stem + "e", stem[:-1] if stem[-1:] == stem[-2:-1] else stem):
                if form in known and form not in SILENT and not _foreign(form, german):
                    return known[form]
            if ending in ("ies", "iness") and stem + "y" in known:
                return known[stem + "y"]
    plain = word.replace("ß", "ss")
    if plain != word and plain in known:
        return known[plain]
    return ()


def embed(words: list[tuple[str, float]]) -> tuple[float, ...]:
    """The weighted, normalised sum of the words' vectors; each vector depends on its word alone."""
    total = [0.0] * DIMENSIONS
    weight = 0.0
    for word, share in words:
        for i, value in enumerate(_vector(word)):
            total[i] += value * share
        weight += share * share
    if weight == 0.0:
        return tuple(total)
    size = math.sqrt(weight)
    return tuple(value / size for value in total)


@lru_cache(maxsize=4096)
def _vector(word: str) -> tuple[float, ...]:
    chance = Chance("word", word)
    return tuple(chance.between(-1.0, 1.0) for _ in range(DIMENSIONS))


@dataclass(slots=True)
class _Pending:
    """Adjectives waiting for their noun."""

    colours: list[str] = field(default_factory=list)
    count: int = 0
    many: bool = False
    size: int = 0
    material: str = ""
    one: bool = False

    def empty(self) -> bool:
        return not (self.colours or self.count or self.size or self.material)


def read(prompt: str) -> Reading:
    """What the lexicon finds in a prompt. Any text is fine, also an empty or a very long one."""
    text = unicodedata.normalize("NFC", prompt[:20_000])
    quotes = tuple(
        " ".join((a or b).split()) for a, b in _QUOTED.findall(text) if (a or b).strip()
    )[:3]
    for quote in quotes:
        text = text.replace(quote, " ", 1)
    tokens = [t.lower() for t in _WORD.findall(text)]
    unread = max(0, len(tokens) - MOST_WORDS)
    tokens = tokens[:MOST_WORDS]
    german = sum(t in _GERMAN for t in tokens) > sum(
        t in ("the", "of", "and", "a", "with", "is", "on", "to", "an") for t in tokens
    ) or any(c in t for t in tokens for c in "äöüß")
    reader = _Reader(german)
    at = 0
    while at < len(tokens):
        pair = f"{tokens[at]} {tokens[at + 1]}" if at + 1 < len(tokens) else ""
        if pair in index():
            reader.word(pair, index()[pair])
            at += 2
        else:
            token = tokens[at]
            reader.word(token, look_up(token.replace("-", " "), german) or look_up(token, german))
            at += 1
    return reader.done(quotes, unread)


class _Reader:
    """Goes through the words once, from left to right."""

    def __init__(self, german: bool) -> None:
        self.german = german
        self.subjects: list[Subject] = []
        self.words: dict[str, list[str]] = {}
        self.unknown: list[str] = []
        self.weights: list[tuple[str, float]] = []
        self.pending = _Pending()
        self.negated = 0
        self.last = ""
        self.before = ""
        self.wearing = False
        self.holding = False
        self.opposed: list[str] = []

    def note(self, aspect: str, meaning: str) -> None:
        found = self.words.setdefault(aspect, [])
        if meaning not in found:
            found.append(meaning)

    def flush(self) -> None:
        if self.pending.one and self.pending.colours == ["orange"]:
            self.subject(
                "orangefruit", "orange"
            )  # "an orange": nothing followed that it could colour
        for colour in self.pending.colours:
            self.note("colour", colour)
        if self.pending.material:
            self.note("material", self.pending.material)
        self.pending = _Pending()

    def word(self, word: str, pairs: Pairs) -> None:
        if word in ".,;:!?()\n":
            self.pending.one = False
            self.holding = False
            if word != ",":
                self.flush()
                self.wearing = False
            self.negated = 0
        elif word in _NEGATIONS:
            self.negated = 3
        elif pairs and self.negated:
            self.opposed.extend(meaning for _, meaning in pairs)
            self.negated = 0 if any(a in ("motif", "place") for a, _ in pairs) else self.negated
        elif pairs:
            self.known(word, pairs)
        elif word in _BEHIND and self.pending.colours:
            self.note("ground", self.pending.colours[0])
            self.pending = _Pending()
        elif word in _HOLDING:
            self.holding = True
        elif word in ("of", "von"):
            self.pending.one = False
        elif word in _ONE:
            self.pending.one = True
        elif word in ("wearing", "trägt", "tragend", "wears", "dressed"):
            self.wearing = True
        elif word.isdecimal():
            if 0 < int(word[:6]) <= 200:
                self.pending.count = int(word)
        elif word not in SILENT and len(word) > 1:
            self.other(word)
        self.negated = max(0, self.negated - 1) if word not in _NEGATIONS else self.negated
        if word not in SILENT or word in _COPULA or word in _MADE_OF:
            self.before, self.last = self.last, word

    def known(self, word: str, pairs: Pairs) -> None:
        self.weights.append((f"{pairs[-1][0]}:{pairs[-1][1]}", 1.0))
        self.weights.append((word, 0.35))
        aspects = {aspect for aspect, _ in pairs}
        if "colour" in aspects and "motif" in aspects:
            pairs = tuple(p for p in pairs if p[0] == "colour")
        for aspect, meaning in sorted(pairs, key=lambda pair: pair[0] == "place"):
            if aspect == "colour":
                self.colour(meaning)
            elif aspect == "count":
                self.pending.many = meaning.endswith("+")
                self.pending.count = int(meaning.rstrip("+"))
            elif aspect == "size":
                self.pending.size = -1 if meaning == "small" else 1
            elif aspect == "material":
                if self.last in _MADE_OF and self.subjects:
                    self.amend(material=meaning)
                else:
                    self.pending.material = meaning
            elif aspect == "motif":
                self.subject(meaning, word)
            elif aspect == "place":
                self.note("place", meaning)
                self.pending.one = False
                for colour in self.pending.colours:
                    self.note("colour", colour)
                if self.pending.colours:
                    self.pending = _Pending()
            else:
                self.note(aspect, meaning)

    def colour(self, name: str) -> None:
        if self.last in _COPULA and self.subjects and not self.subjects[-1].colours:
            self.amend(colours=(*self.subjects[-1].colours, name))
        else:
            self.pending.colours.append(name)

    def amend(self, **changes: object) -> None:
        self.subjects[-1] = replace(self.subjects[-1], **changes)  # type: ignore[arg-type]

    def subject(self, motif: str, word: str) -> None:
        before = self.subjects[-1] if self.subjects and self.pending.empty() else None
        if before and before.motif == motif and before.word == self.last:
            return  # "pickup truck": one thing in two words
        now = self.pending
        self.pending = _Pending()
        worn = motif in ("hat", "crown", "shirt", "glasses", "shoe", "bag", "umbrella", "mask")
        holds = self.holding and self.subjects and self.subjects[-1].motif in _HANDS
        self.holding = False
        if worn and self.subjects and (self.wearing or holds):
            colour = now.colours[0] if now.colours else ""
            self.amend(wears=(*self.subjects[-1].wears, (motif, colour)))
            return
        count = now.count
        if count == 0:
            count = 3 if not now.one and self._plural(word, motif) else 1
            many = count > 1
        else:
            many = now.many
        self.subjects.append(
            Subject(motif, word, min(count, 60), many, tuple(now.colours[:3]), (), now.size,
                    now.material)
        )  # fmt: skip
        self.note("motif", motif)

    def _plural(self, word: str, motif: str) -> bool:
        if motif in ("crowd", "grapes", "glasses", "cloud", "hand", "eye", "leaf", "orangefruit"):
            return motif in ("cloud", "leaf", "orangefruit", "eye", "hand")
        if word in _PLURALS:
            return True
        singular = word[:-1]
        if not self.german:
            return word.endswith("s") and singular in index() and not word.endswith("ss")
        own = index()
        plain = word.translate(_PLAIN)
        if plain != word and any(
            plain.endswith(e) and plain[: len(plain) - len(e)] in own
            for e in ("", "e", "er", "en", "n")
        ):
            return True
        return word.endswith(("en", "er", "e", "s")) and any(
            word.endswith(e) and word[: -len(e)] in own for e in ("en", "n", "e", "s", "er")
        )

    def other(self, word: str) -> None:
        self.weights.append((word, 1.0))
        if word not in self.unknown:
            self.unknown.append(word)
        if self.negated:
            self.opposed.append(word)
            return
        describing = word.endswith(("ed", "ing", "ly", "ish", "lich", "end", "ig"))
        if self.pending.colours and not describing:
            now = self.pending
            self.pending = _Pending()
            if self.wearing and self.subjects:
                self.amend(wears=(*self.subjects[-1].wears, ("shirt", now.colours[0])))
                return
            self.subjects.append(
                Subject("form", word, max(1, min(now.count, 60)), now.many, tuple(now.colours[:3]),
                        (), now.size, now.material)
            )  # fmt: skip

    def done(self, quotes: tuple[str, ...], unread: int) -> Reading:
        self.flush()
        subjects = [s for s in self.subjects if s.motif not in self.opposed]
        words = {
            aspect: tuple(m for m in found if m not in self.opposed)
            for aspect, found in self.words.items()
        }
        if self.opposed:
            words["avoided"] = tuple(dict.fromkeys(self.opposed))
        return Reading(
            tuple(subjects), {a: m for a, m in words.items() if m}, quotes, tuple(self.unknown),
            embed(self.weights), unread,
        )  # fmt: skip
