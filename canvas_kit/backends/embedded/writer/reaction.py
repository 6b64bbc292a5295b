"""Acting on a judge's commentary: each remark that can be acted on by rule changes the draft.

The embedded critic's advice is understood word for word; of another judge's, whatever it has in
common with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from canvas_kit.backends.embedded.writer import commands
from canvas_kit.backends.embedded.writer.dice import Dice
from canvas_kit.backends.embedded.writer.edits import leave_out, swap_words
from canvas_kit.backends.embedded.writer.frames import Frames
from canvas_kit.backends.embedded.writer.lexicon import lexicon, pairs, table
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.scene import read
from canvas_kit.backends.embedded.writer.tokens import (
    sentence,
    sentences,
    shorten,
    tidy,
    words,
)

#: Of a commentary so many characters are read.
_READ = 4000
_ADVICE = ("Advice:", "Rat:")
_QUOTED = re.compile(r"[“»„\"]([^“”»«„\"]{1,60})[”«“\"]")
_LONG = 24
#: A draft is cut to this before anything is added to it, so that what is added is not cut off
#: again.
_ROOM = 700


@dataclass(frozen=True, slots=True)
class _Draft:
    text: str
    advice: str
    language: str
    frames: Frames

    @property
    def cast(self) -> list[Noun]:
        """The things that one could point at; nobody is inspected like a thing."""
        cast = read(self.text, self.language).cast
        aside = ("time", "abstract", "person", "body")
        return [noun for noun in cast if noun.kind not in aside] or list(cast)

    def more(self, name: str) -> str:
        """The draft and a line of a list, about one of the nouns where the line has a place."""
        line = self.frames.say(name, [self.frames.dice.pick(self.cast[:4])])
        return f"{sentence(self.text)} {sentence(line)}"

    def quoted(self) -> list[str]:
        """The words that the advice puts in quotation marks."""
        return [found.strip() for found in _QUOTED.findall(self.advice)]


def react(text: str, feedback: str, language: str, dice: Dice) -> tuple[str, list[str]]:
    """The text after the remarks that can be acted on, and the names of those remarks.

    Where nothing in the commentary is understood, its own weightiest words are taken up.
    """
    advice = _advice(feedback[:_READ])
    text = shorten(text, _ROOM)
    frames = Frames(language, "reaction", dice, (), section="lines")
    acted: list[str] = []
    if _asked("keep", advice):
        return text, ["keep"]
    for name, act in _ACTS.items():
        if not _asked(name, advice):
            continue
        changed = act(_Draft(text, advice, language, frames))
        if changed.strip() and changed != text:
            text = changed
            acted.append(name)
    if not acted:
        heavy = sorted(set(words(advice)), key=lambda word: (-len(word), word))[:3]
        line = frames.say("echo", words=", ".join(heavy).lower()) if heavy else frames.say("again")
        text = f"{sentence(text)} {sentence(line)}"
        acted.append("echo")
    return text, acted


def _advice(feedback: str) -> str:
    """What comes after "Advice:", where the commentary has such a part; else all of it."""
    for mark in _ADVICE:
        if mark in feedback:
            return feedback.rpartition(mark)[2]
    return feedback


def _asked(name: str, advice: str) -> bool:
    patterns = (str(table(tongue, "reaction")["patterns"][name]) for tongue in ("en", "de"))
    return any(re.search(rf"\b(?:{pattern})", advice, re.IGNORECASE) for pattern in patterns)


def _drop_pairs(draft: _Draft) -> str:
    """Of each quoted pair the trait goes and the person stays."""
    people = _people(draft.language)
    traits = {
        word
        for pair in draft.quoted()
        for word in pair.lower().split()
        if " " in pair and word not in people
    }
    return leave_out(draft.text, traits, draft.language)[0]


def _people(language: str) -> frozenset[str]:
    entries = lexicon(language).by_kind["person"]
    pronouns = [
        "he",
        "she",
        "him",
        "her",
        "his",
        "er",
        "sie",
        "ihm",
        "ihr",
        "ihre",
        "sein",
        "seine",
    ]
    forms = [form.lower() for e in entries for form in (e.singular, e.plural)]
    return frozenset((*forms, *pronouns))


def _drop_quoted(draft: _Draft) -> str:
    single = {word.lower() for word in draft.quoted() if " " not in word}
    return leave_out(draft.text, single, draft.language)[0]


def _neutral(draft: _Draft) -> str:
    mapping = pairs(str(table(draft.language, "reaction")["neutral"]["table"]))
    return swap_words(draft.text, draft.language, mapping)[0]


def _without_cliches(draft: _Draft) -> str:
    text = draft.text
    for phrase in lexicon(draft.language).cliche_phrases:
        text = re.sub(re.escape(phrase), "", text, flags=re.IGNORECASE)
    worn = lexicon(draft.language).cliches | {word.lower() for word in draft.quoted()}
    return leave_out(tidy(text), worn, draft.language)[0]


def _plain_for_vague(draft: _Draft) -> str:
    table_ = lexicon(draft.language).exchange("plainer")
    vague = lexicon(draft.language).vague | {word.lower() for word in draft.quoted()}
    dice = draft.frames.dice
    mapping = {w: dice.pick(table_[w].split(", ")) for w in sorted(vague) if w in table_}
    text = swap_words(draft.text, draft.language, mapping)[0]
    return leave_out(text, vague - mapping.keys(), draft.language)[0]


def _less_repetition(draft: _Draft) -> str:
    """The sentences go that mostly say again what was said."""
    kept: list[str] = []
    said: set[str] = set()
    small = lexicon(draft.language)
    for part in sentences(draft.text):
        heavy = [w.lower() for w in words(part) if len(w) > 3 and w.lower() not in small.adverbs]
        again = sum(word in said for word in heavy)
        if not kept or again * 2 < max(len(heavy), 1):
            kept.append(part)
            said.update(heavy)
    text = " ".join(kept)
    mapping = {
        word: draft.frames.dice.pick(others.split(", "))
        for word, others in sorted(small.exchange("plainer").items())
        if [w.lower() for w in words(text)].count(word) > 1
    }
    return swap_words(text, draft.language, mapping)[0]


def _short_sentences(draft: _Draft) -> str:
    made: list[str] = []
    for part in sentences(draft.text):
        if len(words(part)) <= _LONG:
            made.append(part)
        else:
            made += [sentence(piece) for piece in re.split(r"[,;:]\s+", part) if piece.strip()]
    return " ".join(made)


def _shorter(draft: _Draft) -> str:
    return commands.carry_out(draft.text, draft.language, {"shorter": ""}, draft.frames.dice)


def _varied(draft: _Draft) -> str:
    dice = draft.frames.dice
    table_ = lexicon(draft.language).exchange("plainer")
    mapping = {word: dice.pick(others.split(", ")) for word, others in sorted(table_.items())}
    text = swap_words(draft.text, draft.language, mapping)[0]
    return _Draft(text, draft.advice, draft.language, draft.frames).more("diversity")


def _missing(draft: _Draft) -> str:
    wanted = draft.quoted() or words(draft.advice.rpartition(":")[2])[:5]
    have = {word.lower() for word in words(draft.text)}
    new = [word for word in dict.fromkeys(wanted) if word.lower() not in have][:8]
    if not new:
        return draft.text
    return f"{sentence(draft.text)} {sentence(draft.frames.say('missing', words=', '.join(new)))}"


def _line(name: str) -> Callable[[_Draft], str]:
    return lambda draft: draft.more(name)


def _balanced(draft: _Draft) -> str:
    numbers = [int(number) for number in re.findall(r"\((\d+)\)", draft.advice)[:2]]
    fewer_women = len(numbers) < 2 or numbers[0] <= numbers[1]
    return draft.more("balance_women" if fewer_women else "balance_men")


#: In the order in which they are carried out: first what goes, then what is exchanged, then what
#: is added.
_ACTS: dict[str, Callable[[_Draft], str]] = {
    "stereotypes": _drop_pairs,
    "othering": _drop_quoted,
    "generalizing": _drop_quoted,
    "cliche": _without_cliches,
    "generic": _neutral,
    "vague": _plain_for_vague,
    "repetition": _less_repetition,
    "sentences": _short_sentences,
    "shorter": _shorter,
    "diversity": _varied,
    "kinds": _line("kinds"),
    "concrete": _line("concrete"),
    "longer": _line("longer"),
    "women": _line("women"),
    "men": _line("men"),
    "balance": _balanced,
    "defaults": _line("defaults"),
    "groups": _line("groups"),
    "agency": _line("agency"),
    "access": _line("access"),
    "missing": _missing,
}
