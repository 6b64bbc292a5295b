"""Three ways in which speech changes words: pig latin, slang, and the whisper from ear to ear."""

from __future__ import annotations

import re
from collections.abc import Sequence

from canvas_kit.backends.embedded.writer import english, german
from canvas_kit.backends.embedded.writer.dice import Dice
from canvas_kit.backends.embedded.writer.edits import (
    Changes,
    as_dict,
    describing,
    drop,
    swap_nouns,
    swap_words,
)
from canvas_kit.backends.embedded.writer.lexicon import KINDS_ASIDE, Entry, lexicon
from canvas_kit.backends.embedded.writer.methods.task import Task, inner, prose
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.scene import Scene, read
from canvas_kit.backends.embedded.writer.tokens import (
    is_latin,
    is_word,
    like,
    sentence,
    tidy,
    tokens,
    words,
)
from canvas_kit.backends.embedded.writer.values import Writing

_ONSET = re.compile(r"^(?:[^aeiouyäöü]*qu|y(?=[aeiou])|[^aeiouyäöü]+)", re.IGNORECASE)


def pig_latin(task: Task) -> Writing:
    """The consonants at the start of every word go to its end, followed by "ay"."""
    made = "".join(_pig(piece, task.language) for piece in tokens(task.scene.text))
    moved = sum(is_word(piece) and is_latin(piece) for piece in task.scene.pieces)
    if not moved:
        made = prose(made, task.frames.say("unmoved"))
    return task.done(made, words_moved=moved)


def _pig(token: str, language: str) -> str:
    if not is_word(token) or not is_latin(token):
        return token
    if "-" in token:
        return "-".join(_pig(part, language) for part in token.split("-"))
    lower = token.lower()
    onset = _ONSET.match(lower)
    if onset is None or onset.end() == len(lower):
        turned = lower + ("way" if language == "en" else "ay")
    else:
        turned = lower[onset.end() :] + onset[0] + "ay"
    return like(turned, token)


def youth(task: Task) -> Writing:
    """Clauses get their openers, praise gets its current word, and the end gets a verdict."""
    body, swapped = swap_words(
        task.within(task.scene.body), task.language, task.frames.map("slang")
    )
    clauses = [part.strip() for part in re.split(r"[,;.!?]\s+", body) if part.strip()]
    clauses = [inner(part, task.language) for part in clauses or [body]]
    said = [task.frames.say("start", clause=clauses[0])]
    said += [task.frames.say("next", clause=clause) for clause in clauses[1:5]]
    said += clauses[5:]
    cast = read(body, task.language).cast
    stars = [
        n for n in cast if n.kind in ("person", "animal", "food", "clothing", "vehicle")
    ] or task.visible(cast)
    subject = task.dice.pick(stars[:4])
    parts = [", ".join(said), task.frames.say("verdict", [subject]), task.frames.say("close")]
    return task.done(prose(*parts), swapped=as_dict(swapped))


# ---- the whisper
# ------------------------------------------------------------------------------------------------


def telephone(task: Task) -> Writing:
    """Several ears in a row.

    A noun is misheard or remembered as its neighbour, an adjective gets lost.
    """
    passes = _ears(task)
    scene = task.scene
    original = {noun.lemma for noun in scene.found}
    history: list[str] = []
    drifted: Changes = []
    touched: set[str] = set()
    allowed = max(1, len(original) // 2)
    swaps = 0
    for ear in range(passes):
        turn = (ear + task.dice.below(2)) % 3
        text, changes = _unheard(scene)
        if turn != 2 and swaps < allowed:
            text, changes = _mishear(scene, task.dice, touched, by_sound=turn == 0)
            swaps += len(changes)
        if not changes and (adjectives := describing(scene)):
            gone = task.dice.pick(adjectives)
            text, changes = drop(scene, [gone]), [(scene.pieces[gone], "")]
        if not changes:
            continue
        drifted += changes
        touched |= {new.lower() for _, new in changes if new}
        scene = read(text, scene.language)
        touched |= {noun.lemma for noun in scene.found if noun.word.lower() in touched}
        history.append(scene.text)
    if swaps >= allowed and task.dice.chance(0.3) and (text := _without_last_clause(scene)):
        drifted.append((scene.text[len(text) :].strip(" ,.;"), ""))
        scene = read(text, scene.language)
    heard = sentence(tidy(scene.text))
    if not drifted:
        heard = task.frames.say("doubt", body=heard.rstrip("."))
    elif len(drifted) < 2:
        heard = prose(heard, task.frames.say("murmur", [task.dice.pick(scene.cast)]))
    lost = [old for old, new in drifted if not new]
    return task.done(
        heard,
        ears=passes,
        passes=history[-8:],
        drifted=as_dict([d for d in drifted if d[1]]),
        lost=lost[:24],
    )


def _ears(task: Task) -> int:
    """The number of whispers.

    One that the context names ("seven languages"), else five to eight.
    """
    numbers = german.NUMBERS if task.language == "de" else english.NUMBERS
    both = {**english.NUMBERS, **german.NUMBERS, **numbers}
    named = [both.get(word.lower(), 0) for word in words(task.context[:2000])]
    named += [int(digits) for digits in re.findall(r"\d{1,4}", task.context[:2000])]
    return next((min(number, 12) for number in named if number > 1), task.dice.between(5, 8))


def _mishear(scene: Scene, dice: Dice, touched: set[str], *, by_sound: bool) -> tuple[str, Changes]:
    fresh = [
        n
        for n in scene.found
        if n.lemma not in touched and n.kind not in KINDS_ASIDE and is_latin(n.word)
    ]
    if not fresh:
        return scene.text, []
    chosen = dice.pick(fresh)
    ways = (sounds_like, kin) if by_sound else (kin, sounds_like)
    other = ways[0](chosen, scene.language, dice) or ways[1](chosen, scene.language, dice)
    if not other:
        return _slur(scene, chosen, dice)
    return swap_nouns(scene, lambda noun: other if noun.head == chosen.head else None)


def _slur(scene: Scene, noun: Noun, dice: Dice) -> tuple[str, Changes]:
    """A word that no list knows is misheard by one consonant."""
    shifts = {
        "b": "p",
        "p": "b",
        "d": "t",
        "t": "d",
        "g": "k",
        "k": "g",
        "v": "f",
        "f": "v",
        "m": "n",
        "n": "m",
        "r": "l",
        "l": "r",
        "s": "z",
        "z": "s",
    }
    places = [i for i, c in enumerate(noun.word.lower()) if c in shifts]
    if not places:
        return scene.text, []
    place = dice.pick(places)
    new = (
        noun.word[:place]
        + like(shifts[noun.word[place].lower()], noun.word[place])
        + noun.word[place + 1 :]
    )
    pieces = list(scene.pieces)
    pieces[noun.head] = new
    return "".join(pieces), [(noun.word, new)]


def _unheard(scene: Scene) -> tuple[str, Changes]:
    return scene.text, []


def _without_last_clause(scene: Scene) -> str:
    """The text up to its last comma, where at least two thirds of it stay; else an empty string."""
    commas = [i for i, piece in enumerate(scene.pieces) if piece in (",", ";")]
    if not commas:
        return ""
    kept = "".join(scene.pieces[: commas[-1]])
    return kept if len(kept) * 3 >= len(scene.text) * 2 else ""


def _fitting(noun: Noun, language: str) -> list[Entry]:
    """Nouns that could stand in the same sentence.

    Same number, same use of articles, same gender.
    """
    return [
        entry
        for entry in lexicon(language).entries
        if entry.singular
        and bool(entry.plural) != noun.mass
        and (not noun.plural or entry.plural)
        and entry.gender == noun.gender
        and entry.kind not in KINDS_ASIDE
        and entry.singular.lower() != noun.lemma
    ]


def sounds_like(noun: Noun, language: str, dice: Dice) -> str:
    """One of the nouns that sound nearest to this one, or an empty string where nothing does."""
    own = _sound(noun.lemma)
    ranked = sorted(
        (
            (_likeness(own, _sound(entry.singular)), entry.singular)
            for entry in _fitting(noun, language)
        ),
        key=lambda scored: (-scored[0], scored[1]),
    )[:3]
    near = [word for likeness, word in ranked if likeness >= 0.4]
    return dice.pick(near) if near else ""


def kin(noun: Noun, language: str, dice: Dice) -> str:
    """Another noun of the same kind, or an empty string where the kind is not known."""
    same = [entry.singular for entry in _fitting(noun, language) if entry.kind == noun.kind]
    return dice.pick(same) if same else ""


def _sound(word: str) -> str:
    """A rough key of how a word sounds in either language: near consonants fall together."""
    lower = word.lower()
    for written, heard in (
        ("sch", "S"),
        ("sh", "S"),
        ("ch", "S"),
        ("ph", "f"),
        ("th", "t"),
        ("ck", "k"),
        ("qu", "kw"),
        ("tz", "z"),
        ("ee", "i"),
        ("ea", "i"),
        ("oo", "u"),
        ("ie", "i"),
        ("ei", "ai"),
        ("ay", "ai"),
        ("äu", "oi"),
        ("eu", "oi"),
    ):
        lower = lower.replace(written, heard)
    lower = lower.translate(str.maketrans("dgbvczäöüy", "tkpfkseoui"))
    return re.sub(r"(.)\1", r"\1", lower)


def _likeness(one: str, two: str) -> float:
    """0.0 to 1.0: shared pairs of sounds, with a bonus for the same start and the same rhyme."""
    first, second = _pairs(one), _pairs(two)
    shared = len(set(first) & set(second)) * 2 / (len(set(first)) + len(set(second)))
    rhyme = next((size for size in (4, 3, 2) if one[-size:] == two[-size:]), 0) / 8
    return shared * 0.75 + rhyme + 0.15 * (one[:1] == two[:1]) - 0.04 * abs(len(one) - len(two))


def _pairs(sounds: str) -> Sequence[str]:
    framed = f"<{sounds}>"
    return [framed[i : i + 2] for i in range(len(framed) - 1)]
