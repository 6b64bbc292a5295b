"""What *sketch* reads in a prompt: known words by aspect, and colours bound to nouns.

Nothing here understands language. Words are looked up; adjectives are given to the noun that
follows; a noun without a drawing, whatever it names, is shown as a form grown from its letters.
There is no list of words for people anywhere, so that all of them are treated alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .lexicon import Meaning, index, look_up, stemmed

MOST_WORDS = 400
"""Words read of a prompt; what follows is left out (and said)."""

MOST_FORMS = 3
"""Words without a drawing that are shown as forms; the others are only named in the reading."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.,;:!?()\n]", re.UNICODE)
_STOPS = frozenset(".,;:!?()\n")
_VERBAL = ("ing", "ed")
_DESCRIBES = (
    "ing", "ed", "ly", "ish", "ous", "ful", "less", "able", "ible", "ive", "lich", "ig", "isch",
    "end", "ende", "endes", "ender", "enden", "los", "lose", "bar", "sam",
)  # fmt: skip
_CONTAINERS = ("bowl", "box", "cup", "plate", "vase", "bag", "bottle", "wineglass", "boat")
_ALONE = {"orange": "orange", "stone": "rock"}
"""Adjectives that are things where nothing follows: an orange, a stone."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to be shown.

    Attributes:
        drawing: The name of its drawing; "" for a word without one, which becomes a form.
        word: The word as it stood in the prompt, in lower case.
        count: How many.
        colours: Names of the colours bound to it.
        size: -1 small, 0 ordinary, 1 large.
        material: What it is made of, or "".
        relation: ``on``, ``in``, ``under``, ``above``, ``beside``, ``before`` or ``behind`` the
            subject that follows, or "".
        piled: They lie on one another.
    """

    drawing: str
    word: str
    count: int = 1
    colours: tuple[str, ...] = ()
    size: int = 0
    material: str = ""
    relation: str = ""
    piled: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A prompt, read.

    Attributes:
        subjects: What is to be seen, in the order of the words.
        words: Aspect -> meanings found, for colours only those bound to nothing.
        unknown: Words that are not known, each once.
        content: Every word that counts, synonyms as one: they bend the picture's field.
        unread: How many words beyond the bound were left out.
    """

    subjects: tuple[Subject, ...] = ()
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    unread: int = 0

    def get(self, aspect: str) -> tuple[str, ...]:
        """The meanings found for an aspect, in the order of the words."""
        return self.words.get(aspect, ())

    def without(self, avoid: Reading) -> Reading:
        """The reading without what another one names."""
        gone = {(aspect, m) for aspect, found in avoid.words.items() for m in found}
        things = {s.drawing or s.word for s in avoid.subjects}
        colours = {*avoid.get("colour"), *(c for s in avoid.subjects for c in s.colours)}
        subjects = tuple(
            replace(s, colours=tuple(c for c in s.colours if c not in colours))
            for s in self.subjects
            if (s.drawing or s.word) not in things
        )
        words = {aspect: tuple(m for m in found if (aspect, m) not in gone and m not in colours)
                 for aspect, found in self.words.items()}  # fmt: skip
        return replace(self, subjects=subjects, words={a: m for a, m in words.items() if m})


def read(prompt: str) -> Reading:
    """What is found in a prompt. Any text is fine, also an empty or a very long one."""
    text = unicodedata.normalize("NFC", prompt[:20_000])
    tokens = [t if len(t) < 80 else t[:80] for t in _WORD.findall(text)]
    unread = max(0, len(tokens) - MOST_WORDS)
    return _Reader(tokens[:MOST_WORDS]).read(unread)


@dataclass(slots=True)
class _Pending:
    """Adjectives waiting for their noun."""

    colours: list[str] = field(default_factory=list)
    count: int = 0
    size: int = 0
    material: str = ""
    piled: bool = False
    one: bool = False
    article: bool = False


class _Reader:
    """Goes through the words once, from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.lower = [t.lower() for t in tokens]
        self.language = _language(self.lower)
        self.capitals = self.language == "de" and any(t[0].isupper() for t in tokens[1:])
        self.subjects: list[Subject] = []
        self.words: dict[str, dict[str, None]] = {}
        self.unknown: list[str] = []
        self.content: list[str] = []
        self.avoided: set[Meaning] = set()
        self.pending = _Pending()
        self.negated = 0
        self.relation = ""
        self.filled = False
        self.last: Meaning = ("", "")

    def read(self, unread: int) -> Reading:
        at = 0
        while at < len(self.tokens):
            taken, meanings = self._meanings(at)
            if self.lower[at] in _STOPS:
                self._stop(self.lower[at])
            elif meanings and not self._colour_as_noun(at, meanings):
                self._known(" ".join(self.lower[at : at + taken]), meanings, at)
            elif self.lower[at].isdecimal():
                self.pending.count = min(24, int(self.lower[at][:4])) or self.pending.count
            else:
                taken = 1 if meanings else self._run(at)
                self._unknown(at, at + taken)
            self.negated = max(0, self.negated - 1)
            at += taken
        self._flush()
        if not self.subjects and not self.words.get("place"):
            self.subjects = [Subject("", word) for word in self.unknown[:MOST_FORMS]]
        gone = {meaning for _, meaning in self.avoided}
        words = {a: tuple(m for m in found if (a, m) not in self.avoided)
                 for a, found in self.words.items()}  # fmt: skip
        return Reading(
            tuple(s for s in self.subjects if (s.drawing or s.word) not in gone),
            {a: m for a, m in words.items() if m},
            tuple(self.unknown), tuple(self.content), unread,
        )  # fmt: skip

    def _meanings(self, at: int) -> tuple[int, tuple[Meaning, ...]]:
        """How many words from here are known together, and their meanings."""
        for taken in (3, 2):
            phrase = " ".join(self.lower[at : at + taken])
            for language in (self.language, "en", "de") if " " in phrase else ():
                found = stemmed(phrase, language)
                if found:
                    return taken, found
        return 1, look_up(self.lower[at], self.language)

    def _colour_as_noun(self, at: int, meanings: tuple[Meaning, ...]) -> bool:
        """Whether a colour word is no adjective: an article precedes it, and no noun follows."""
        article, end = ("one", "article"), len(self.tokens)
        adjective = self.lower[at] in _ALONE or (self.capitals and self.tokens[at].islower())
        if meanings[0][0] != "colour" or adjective or not self._silences(at - 1, *article):
            return False
        after = at + 1
        if after < end and (self.lower[after] == "," or self._silences(after, "other")):
            return self._silences(after + 1, *article)  # "a Black and a White"
        if after == end or self.lower[after] in _STOPS or self._silences(after, *article, "is"):
            return True
        aspects = {aspect for aspect, _ in look_up(self.lower[after], self.language)}
        acts = self._silences(after, "action") and (
            self.capitals or self.lower[after].endswith("s")
        )
        return acts or "relation" in aspects

    def _silences(self, at: int, *meanings: str) -> bool:
        """Whether the word at a place carries no picture, in one of these ways and no other."""
        if not 0 <= at < len(self.tokens):
            return False
        found = look_up(self.lower[at], self.language)
        return bool(found) and all(a == "silent" and m in meanings for a, m in found)

    def _run(self, at: int) -> int:
        """How many unknown words follow one another from here."""
        end = at + 1
        while (
            end < len(self.tokens) and self.lower[end] not in _STOPS
            and not self.lower[end].isdecimal() and not self._meanings(end)[1]
        ):  # fmt: skip
            end += 1
        return end - at

    def _stop(self, mark: str) -> None:
        self.last, self.negated, self.filled = ("stop", mark), 0, False
        if mark != "," or not self.pending.article:
            self.relation = ""
        if mark != ",":
            self._flush()

    def _flush(self) -> None:
        """Adjectives that no noun followed hold for the whole picture."""
        now, self.pending = self.pending, _Pending()
        alone = next((w for w in (*now.colours, now.material) if w in _ALONE), "")
        if now.one and alone and len(now.colours) < 2:
            self._subject(_ALONE[alone], alone, replace(now, colours=[], material=""))
            return
        for colour in now.colours:
            self._note("colour", colour)
        if now.material:
            self._note("material", now.material)

    def _note(self, aspect: str, meaning: str) -> None:
        self.words.setdefault(aspect, {})[meaning] = None  # a dict keeps the order, without twins

    def _known(self, word: str, meanings: tuple[Meaning, ...], at: int) -> None:
        drawn = [m for m in meanings if m[0] == "drawing"]
        others = [m for m in meanings if m[0] != "drawing"]
        if drawn and others and word in index()[self.language]:
            # The German noun stands in capitals: Orange, Eis. Else the adjective is meant.
            meanings = tuple(drawn if self.capitals and self.tokens[at][0].isupper() else others)
        if self.negated and meanings[0][0] not in ("silent", "relation"):
            self.avoided.update(meanings)
            self.negated *= meanings[-1][0] not in ("drawing", "place")
            return
        for aspect, meaning in meanings:
            self._take(aspect, meaning, word)
            self.last = (aspect, meaning)

    def _take(self, aspect: str, meaning: str, word: str) -> None:
        now = self.pending
        if aspect not in ("silent", "relation"):
            self.content.append(f"{aspect}:{meaning}")
        match aspect:
            case "colour" if self.last == ("silent", "is") and self.subjects:
                self._amend(colours=(*self.subjects[-1].colours, meaning))
            case "colour":
                now.colours.append(meaning)
            case "count":
                now.piled = meaning == "pile"
                now.count = 6 if now.piled else int(meaning)
            case "size":
                now.size = -1 if meaning == "small" else 1
            case "material" if self.last == ("silent", "of") and self.subjects:
                self._amend(material=meaning)
            case "material":
                now.material = meaning
            case "drawing":
                self._subject(meaning, word, now)
            case "place":
                self._note("place", meaning)
                self.relation = ""
                self._flush()
            case "relation":
                self.relation = meaning if self.subjects else ""
            case "silent":
                self._silent(meaning)
            case _:
                self._note(aspect, meaning)
                if aspect in ("light", "weather"):  # "a boat in the fog, two gulls"
                    self.relation = ""

    def _silent(self, meaning: str) -> None:
        now = self.pending
        if meaning == "without":
            self.negated = 4
        elif meaning == "one":
            now.one = now.article = True
        elif meaning == "article":
            now.article = True
        elif meaning == "of":
            now.one = False
            self.filled = bool(self.subjects) and self.subjects[-1].drawing in _CONTAINERS
        elif meaning == "backdrop" and now.colours:
            self._note("ground", now.colours[0])
            self.pending = _Pending()

    def _amend(self, **changes: object) -> None:
        self.subjects[-1] = replace(self.subjects[-1], **changes)  # type: ignore[arg-type]

    def _subject(self, drawing: str, word: str, now: _Pending) -> None:
        if self.relation and self.subjects:
            self._amend(relation=self.relation)
        filled, self.filled = self.filled, False
        self.relation, self.pending = "", _Pending()
        count = now.count or (3 if not now.one and self._plural(word) else 1)
        found = Subject(drawing, word, count, tuple(now.colours[:2]), now.size, now.material)
        self.subjects.append(replace(found, piled=now.piled))
        if filled:  # "a box of apples": they are in it
            holder = self.subjects.pop(-2)
            self._amend(relation="on" if holder.drawing in ("bowl", "plate") else "in")
            self.subjects.append(holder)

    def _plural(self, word: str) -> bool:
        if self.language == "en":
            singular = look_up(word[:-1], "en") or word not in index()["en"]
            return word.endswith("s") and not word.endswith(("ss", "us", "is")) and bool(singular)
        known = index()["de"]
        if word in known:  # listed beside its singular, in which no vowel is changed
            plain = word.translate(str.maketrans("äöü", "aou"))
            return plain != word and any(plain.removesuffix(e) in known for e in ("", "e", "er"))
        return any(word.removesuffix(end) in known for end in ("en", "n", "e"))

    def _unknown(self, start: int, end: int) -> None:
        """A run of unknown words: at most one of them is shown, the noun that they end in."""
        run = self.lower[start:end]
        self.content.extend(run)
        self.unknown = list(dict.fromkeys([*self.unknown, *run]))
        if self.negated:
            self.avoided.update(("word", word) for word in run)
            return
        noun = self._noun(start, end)
        modified = self.last[0] == "drawing" and self.subjects and noun and start > 0
        before, self.last = self.last, ("unknown", run[-1])
        if not noun:
            return
        now = self.pending
        if modified and (self.capitals or not _verb_like(run[0])):
            # "wheelchair user": what is named is the user, and the drawing is not shown.
            own = self.subjects.pop()
            self.relation = self.relation or (self.subjects[-1].relation if self.subjects else "")
            noun = f"{own.word} {noun}"
            now = _Pending(list(own.colours), own.count, own.size, own.material)
        elif before == ("silent", "is") and not now.article:
            return
        if sum(not s.drawing for s in self.subjects) < MOST_FORMS:
            self._subject("", noun, now)
        else:
            self.pending = _Pending()

    def _noun(self, start: int, end: int) -> str:
        """The noun of a run of unknown words, or "" where they only describe or do."""
        run = self.lower[start:end]
        if self.capitals:
            named = [i for i in range(start, end) if self.tokens[i][0].isupper()]
            if named and named[-1] == 0 and end < len(self.tokens) and self._describes(0):
                return ""
            return self.lower[named[-1]] if named else ""
        follows = self._meanings(end)[1] if end < len(self.lower) else ()
        if any(aspect in ("drawing", "place", "colour", "size") for aspect, _ in follows):
            return ""  # it describes the noun that follows
        after_drawing = self.last[0] == "drawing"
        while run and _verb_like(run[-1]) and (len(run) > 1 or after_drawing):
            run = run[:-1]
        if not run or (run[-1].endswith(_DESCRIBES) and not self.pending.article):
            return ""
        return run[-1]

    def _describes(self, at: int) -> bool:
        """Whether a German sentence's first word is an adjective before its noun."""
        return self.lower[at].endswith(("e", "er", "es", "en")) and self.tokens[at + 1][0].isupper()


def _verb_like(word: str) -> bool:
    """Whether an English word looks like what a noun before it does, by its ending alone."""
    nouns = ("ss", "ers", "ors", "ists", "ians", "us")
    return word.endswith(_VERBAL) or (word.endswith("s") and not word.endswith(nouns))


def _language(words: Sequence[str]) -> str:
    """``de`` where more of the words are known in German than in English."""
    german = 0
    for word in words[:120]:
        for language, sign in (("en", -1), ("de", 1)):
            german += sign * (bool(look_up(word, language)) + (word in index()[language]))
        german += any(c in word for c in "äöüß")
    return "de" if german > 0 else "en"
