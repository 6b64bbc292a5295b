"""What a person asks for in plain words ("shorter", "without people"), found and carried out.

Only requests that can be carried out by rule are known. They are looked for in the context of any
interception.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

from canvas_kit.backends.embedded.writer import english, german
from canvas_kit.backends.embedded.writer.dice import Dice
from canvas_kit.backends.embedded.writer.edits import describing, drop, put_phrases, stand_in
from canvas_kit.backends.embedded.writer.frames import Frames
from canvas_kit.backends.embedded.writer.lexicon import KINDS_ASIDE, Entry, lexicon, table
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.scene import Scene, read
from canvas_kit.backends.embedded.writer.tokens import (
    articles,
    capital,
    is_word,
    sentence,
    sentences,
    strip_end,
    tidy,
    tokens,
    words,
)

_READ = 2000

Commands = dict[str, str]


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    requests = table("shared", "requests")
    return {name: re.compile(pattern, re.IGNORECASE) for name, pattern in requests.items()}


def find(context: str) -> Commands:
    """The requests in a context, by name, with the word that each is about (or an empty string)."""
    found: Commands = {}
    for name, pattern in _patterns().items():
        match = pattern.search(context[:_READ])
        if match is None:
            continue
        about = next((group for group in match.groups() if group), "").lower()
        if name == "without" and (
            about in ("people", "menschen", "letter", "adjectives", "adjektive", "the", "any")
            or "lipogram" in found
        ):
            continue
        found[name] = about
    return found


def carry_out(text: str, language: str, commands: Commands, dice: Dice) -> str:
    """The text after the requests, in the order of the list above."""
    frames = Frames(language, "methods/commands", dice)
    for name, about in commands.items():
        changed = _ACTS[name](read(text, language), about, frames)
        text = changed if words(changed) else text
    return text


def _shorter(scene: Scene, about: str, frames: Frames) -> str:
    bare = drop(scene, describing(scene))
    parts = sentences(bare)
    if len(parts) > 1:
        bare = " ".join(parts[: max(1, len(parts) // 2)])
    elif "," in bare:
        clauses = bare.split(",")
        bare = ",".join(clauses[: max(1, (len(clauses) + 1) // 2)])
    else:
        last = read(bare, scene.language).found
        bare = (
            "".join(tokens(bare)[: last[max(0, len(last) // 2 - 1)].end]) if len(last) > 1 else bare
        )
    bare = sentence(strip_end(bare))
    return articles(bare) if scene.language == "en" else bare


def _longer(scene: Scene, about: str, frames: Frames) -> str:
    things = [n for n in scene.cast if n.kind not in ("person", "time", "abstract")]
    additions = [frames.say("detail", [noun]) for noun in frames.dice.some(things or scene.cast, 2)]
    return " ".join(sentence(part) for part in (scene.text, *additions))


def _question(scene: Scene, about: str, frames: Frames) -> str:
    return capital(frames.say("question", scene.cast, body=_inner(scene)))


def _inner(scene: Scene) -> str:
    body = strip_end(scene.body)
    first = body.split(" ", 1)[0].lower()
    small = first in ("a", "an", "the", "two", "ein", "eine", "der", "die", "das", "zwei")
    return body[:1].lower() + body[1:] if small else body


def _no_people(scene: Scene, about: str, frames: Frames) -> str:
    text = _without_nouns(scene, lambda noun: noun.kind == "person", frames)
    return sentence(f"{strip_end(text)}, {frames.say('nobody')}")


def _without_nouns(scene: Scene, unwanted: Callable[[Noun], bool], frames: Frames) -> str:
    """The text without the clauses that hold such a noun; an empty chair where none is left."""
    made: list[str] = []
    for part in sentences(scene.text):
        clauses = [clause.strip() for clause in strip_end(part).split(",")]
        kept = [c for c in clauses if not any(map(unwanted, read(c, scene.language).found))]
        if kept and words(" ".join(kept)):
            made.append(sentence(", ".join(kept)))
    return " ".join(made) or _replaced(scene, unwanted, frames)


def _replaced(scene: Scene, unwanted: Callable[[Noun], bool], frames: Frames) -> str:
    lexical = lexicon(scene.language)
    entry = lexical.nouns[frames.lines("gap")[0].lower()][0]
    others = {noun.head: _gap(noun, entry, frames) for noun in scene.found if unwanted(noun)}
    return put_phrases(scene, others)


def _gap(noun: Noun, entry: Entry, frames: Frames) -> Noun:
    return replace(stand_in(noun, entry), modifiers=tuple(frames.lines("empty")))


def _without(scene: Scene, about: str, frames: Frames) -> str:
    known = lexicon(scene.language).noun(about)
    lemma = (known[0].singular or known[0].plural).lower() if known else about

    def hit(noun: Noun) -> bool:
        return noun.lemma == lemma or noun.kind == about.rstrip("s") or noun.word.lower() == about

    if not any(hit(noun) for noun in scene.found):
        kept = [p for p in scene.pieces if p.lower() != about]
        return sentence(f"{strip_end(tidy(''.join(kept)))}, {frames.say('lacking', thing=about)}")
    return sentence(_without_nouns(scene, hit, frames))


def _no_adjectives(scene: Scene, about: str, frames: Frames) -> str:
    return drop(scene, describing(scene))


def _monochrome(scene: Scene, about: str, frames: Frames) -> str:
    colours = set(frames.words("colours"))
    kept = [
        p
        for p in scene.pieces
        if p.lower() not in colours and p.lower().rstrip("nrsem") not in colours
    ]
    text = strip_end(tidy("".join(kept)))
    return sentence(
        f"{articles(text) if scene.language == 'en' else text}, {frames.say('monochrome')}"
    )


def _lipogram(scene: Scene, about: str, frames: Frames) -> str:
    letter = about or "e"
    others: dict[int, Noun] = {}
    for noun in scene.found:
        if not _has(letter, noun.word):
            continue
        fits = [
            e
            for e in lexicon(scene.language).by_kind.get(noun.kind, ())
            if e.singular and not _has(letter, e.singular + e.plural)
        ]
        if fits and noun.kind not in KINDS_ASIDE:
            others[noun.head] = stand_in(noun, frames.dice.pick(fits))
    text = put_phrases(scene, others)
    kept = [p for p in tokens(text) if not (is_word(p) and _has(letter, p))]
    # What led to a word that is gone now leads nowhere.
    small = german.is_small if scene.language == "de" else english.is_small
    while any(is_word(p) for p in kept) and (loose := _loose(kept, small)):
        kept = [p for place, p in enumerate(kept) if place not in loose]
    return sentence(tidy("".join(kept)))


def _has(letter: str, word: str) -> bool:
    return letter in word.lower() or letter in unicodedata.normalize("NFD", word.lower())


def _loose(pieces: list[str], small: Callable[[str], bool]) -> set[int]:
    """The places of small words right before a mark or the end."""
    solid = [place for place, piece in enumerate(pieces) if not piece.isspace()]
    followers = [pieces[place] for place in solid[1:]] + ["."]
    return {
        place
        for place, follower in zip(solid, followers, strict=True)
        if small(pieces[place].lower()) and not is_word(follower)
    }


def _n7(scene: Scene, about: str, frames: Frames) -> str:
    """Each noun becomes the seventh (or nth) noun after it in the word list.

    In German, of its own gender.
    """
    steps = int(about or 7) or 7
    others: dict[int, Noun] = {}
    for noun in scene.found:
        if noun.kind in KINDS_ASIDE or noun.quoted:
            continue
        row = sorted(
            (
                e
                for e in lexicon(scene.language).entries
                if e.singular and bool(e.plural) != noun.mass and e.gender == noun.gender
            ),
            key=lambda e: e.singular.lower(),
        )
        place = sum(e.singular.lower() <= noun.lemma for e in row) - 1
        others[noun.head] = stand_in(noun, row[(place + steps) % len(row)])
    return put_phrases(scene, others)


def _snowball(scene: Scene, about: str, frames: Frames) -> str:
    """Words of one letter more each time, as far as the text and the word list carry."""
    own = list(dict.fromkeys(p.lower() for p in scene.pieces if is_word(p)))
    store = own + sorted(e.singular for e in lexicon(scene.language).entries if e.singular)
    row: list[str] = []
    for size in range(1, 13):
        fits = [w for w in own if len(w) == size] or [w for w in store if len(w) == size]
        if fits:
            row.append(fits[0] if fits[0] in own else frames.dice.pick(fits))
    return " ".join(row)


def _erasure(scene: Scene, about: str, frames: Frames) -> str:
    heads = {noun.head for noun in scene.found}
    verbs = lexicon(scene.language).verbs
    made = [
        piece
        if index in heads or not is_word(piece) or piece.lower() in verbs
        else "▬" * max(1, len(piece) // 2)
        for index, piece in enumerate(scene.pieces)
    ]
    return "".join(made)


def _corpse(scene: Scene, about: str, frames: Frames) -> str:
    kinds = lexicon(scene.language).by_kind
    strangers: list[Noun] = []
    for kind in ("animal", "machine", "furniture"):
        entry = frames.dice.pick([e for e in kinds[kind] if e.singular and e.plural])
        strangers.append(Noun(entry.singular, entry.singular.lower(), kind, gender=entry.gender))
    pool = (*scene.cast[:2], *strangers)
    return " ".join(
        sentence(frames.say("corpse", [pool[0], pool[1 % len(pool)], strangers[0], strangers[1]]))
        for _ in range(1)
    )


def _backwards(scene: Scene, about: str, frames: Frames) -> str:
    return (
        sentence(", ".join(reversed(scene.clauses())))
        if len(scene.clauses()) > 1
        else sentence(", ".join(reversed(scene.phrases())))
    )


def _list(scene: Scene, about: str, frames: Frames) -> str:
    return "\n".join(
        f"{place}. {capital(phrase)}" for place, phrase in enumerate(_clauses_or_phrases(scene), 1)
    )


def _clauses_or_phrases(scene: Scene) -> list[str]:
    clauses = scene.clauses()
    return clauses if len(clauses) > 2 else scene.phrases()


def _poem(scene: Scene, about: str, frames: Frames) -> str:
    return "\n".join(_clauses_or_phrases(scene))


def _telegram(scene: Scene, about: str, frames: Frames) -> str:
    small = set(frames.words("small"))
    parts = [
        " ".join(w for w in words(clause) if w.lower() not in small) for clause in scene.clauses()
    ]
    return " STOP ".join(part.upper() for part in parts if part) + " STOP"


def _capitals(scene: Scene, about: str, frames: Frames) -> str:
    return scene.text.upper()


def _small(scene: Scene, about: str, frames: Frames) -> str:
    return scene.text.lower()


def _when(scene: Scene, about: str, frames: Frames) -> str:
    return sentence(f"{scene.body}, {about}")


def _colour(scene: Scene, about: str, frames: Frames) -> str:
    return sentence(f"{scene.body}, {frames.say('all_in', colour=about)}")


_ACTS: dict[str, Callable[[Scene, str, Frames], str]] = {
    "lipogram": _lipogram,
    "no_people": _no_people,
    "no_adjectives": _no_adjectives,
    "monochrome": _monochrome,
    "without": _without,
    "n7": _n7,
    "snowball": _snowball,
    "erasure": _erasure,
    "corpse": _corpse,
    "backwards": _backwards,
    "shorter": _shorter,
    "longer": _longer,
    "list": _list,
    "poem": _poem,
    "telegram": _telegram,
    "capitals": _capitals,
    "small": _small,
    "question": _question,
    "when": _when,
    "colour": _colour,
}


def names() -> Iterator[str]:
    """The names of all requests that are understood."""
    return iter(_ACTS)
