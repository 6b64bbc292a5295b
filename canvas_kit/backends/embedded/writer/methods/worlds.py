"""Five other worlds for a prompt.

Upside down, shared, older than people, told as a story, and turned round.
"""

from __future__ import annotations

from canvas_kit.backends.embedded.writer.edits import (
    as_dict,
    leave_out,
    put_phrases,
    swap_nouns,
    swap_words,
)
from canvas_kit.backends.embedded.writer.lexicon import KINDS_ASIDE, lexicon, table
from canvas_kit.backends.embedded.writer.methods.task import Task, cap, first_of, prose
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.scene import Scene, read
from canvas_kit.backends.embedded.writer.tokens import articles, listing, sentence, wordlist
from canvas_kit.backends.embedded.writer.values import Writing

#: Things that come to a place by trade.
_GOODS = frozenset(
    wordlist(
        "food drink clothing tool instrument vessel paper machine toy furniture vehicle material"
    )
)


def mad_world(task: Task) -> Writing:
    """The nouns change places, each taking that of the next, and nobody is surprised."""
    scene = task.scene
    players = [n for n in scene.found if n.kind not in KINDS_ASIDE and not n.quoted][:8]
    once: list[Noun] = []
    for noun in players:
        if noun.lemma not in {other.lemma for other in once}:
            once.append(noun)
    moved: dict[int, Noun] = {}
    # Singular changes with singular, plural with plural, so that the verbs still fit.
    for row in ([n for n in once if not n.plural], [n for n in once if n.plural]):
        shift = 1 + task.dice.below(max(len(row) - 1, 1))
        if len(row) > 1:
            moved |= {noun.head: row[(place + shift) % len(row)] for place, noun in enumerate(row)}
    body = task.within(put_phrases(scene, moved)).rstrip(".")
    parts = [task.frames.say("opening", body=body)]
    actors = task.dice.shuffled(task.cast[:4])
    parts.append(task.frames.say("law", actors[-1:]))
    parts.append(task.frames.say("pair" if len(actors) > 1 else "law", actors))
    parts.append(task.frames.say("calm"))
    places = {noun.word: moved[noun.head].word for noun in once if noun.head in moved}
    return task.done(prose(*parts), changed_places=places)


def one_world(task: Task) -> Writing:
    """The scene happens everywhere at once.

    Clock times of four cities, the thing's name in five languages.
    """
    plain, gone = leave_out(task.scene.body, frozenset(task.frames.words("borders")), task.language)
    hour = task.dice.below(24)
    cities: dict[str, float] = table("shared", "facts")["cities"]
    names = task.dice.some(tuple(cities), 4)
    clocks = [
        f"{_clock(hour + cities[name])} {task.frames.lines('in')[0]} {name}" for name in names
    ]
    parts = [
        task.frames.say(
            "opening", body=task.within(plain), places=listing(clocks, task.frames.lines("and")[0])
        )
    ]
    known = _names()
    named = next(
        (noun for noun in task.cast if noun.word.lower() in known and not noun.plural), None
    )
    if named:
        parts.append(task.frames.say("names", [named], names=", ".join(known[named.word.lower()])))
    shared = first_of(task.of_kinds("weather", "sky", "time", "water", "light", "food"), task.cast)
    parts.append(task.frames.say("shared", [shared]))
    other = first_of(task.visible(task.others(shared)), task.cast)
    goods = [noun for noun in task.cast if noun.kind in _GOODS and noun is not shared]
    parts.append(
        task.frames.say("travelled", goods) if goods else task.frames.say("belongs", [other])
    )
    return task.done(prose(*parts), cities=names, utc_hour=hour, struck=gone[:24])


def _clock(hours: float) -> str:
    minutes = round(hours * 60) % (24 * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _names() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in table("shared", "names")["names"].splitlines():
        keys, _, words = line.partition(":")
        for key in keys.split("|"):
            found[key.strip().lower()] = [word.strip() for word in words.split(",")]
    return found


def planetarizer(task: Task) -> Writing:
    """Things take the lead over people.

    Each noun is traced to the ore, weather or life that it came from.
    """
    people = task.of_kinds("person")
    things = [n for n in task.others(*people) if n.kind not in ("abstract", "fantasy")] or list(
        task.cast
    )
    parts = [task.frames.say("opening", body=task.within(task.scene.body))]
    origins: dict[str, str] = {}
    for noun in things[:3]:
        origin = task.frames.map("origins").get(noun.kind, "made")
        origins[noun.word] = origin
        parts.append(task.frames.say(origin, [noun]))
    if people and people[0] not in things:
        parts.append(task.frames.say("people", [people[0]]))
    parts.append(
        task.frames.say(
            "time", years=_thousands(task.dice.pick((300, 4000, 12000, 250000)), task.language)
        )
    )
    return task.done(" ".join(sentence(p) for p in parts), origins=origins)


def _thousands(number: int, language: str) -> str:
    return f"{number:,}".replace(",", "." if language == "de" else ",")


def story(task: Task) -> Writing:
    """Four beats: how it was, how it went on, what turned, what remained."""
    hero = first_of(task.of_kinds("person", "animal", "fantasy", "machine"), task.cast)
    rest = task.others(hero)
    thing = first_of(
        [n for n in rest if n.kind not in ("time", "weather", "place", "sky")], rest or [hero]
    )
    last = first_of(task.visible([n for n in rest if n is not thing]), [thing])
    parts = [
        task.frames.say("once", body=task.within(task.scene.body)),
        task.frames.say("wish" if thing is not hero else "alone", [hero, thing]),
        task.frames.say("turn", [hero, last]),
        task.frames.say("after", [hero, thing]),
    ]
    return task.done(prose(*parts), hero=hero.word)


def opposite(task: Task) -> Writing:
    """Every word that has an opposite is exchanged for it; what has none is denied."""
    words = lexicon(task.language)
    antonyms = words.exchange("antonyms")
    alive, grown = _turn_living(task.scene, words.exchange("antonyms_living"))
    scene = read(alive, task.language)
    turned_nouns: list[tuple[str, str]] = []
    text = scene.text
    if task.language == "de":
        nouns = {left.lower(): right for left, right in words.exchange("opposite_nouns").items()}
        text, turned_nouns = swap_nouns(
            scene, lambda noun: nouns.get(noun.lemma) or _part(noun, nouns)
        )
    else:
        heads = {n.lemma: antonyms[n.lemma] for n in scene.found if n.lemma in antonyms}
        text, turned_nouns = swap_nouns(scene, lambda noun: _plural(heads.get(noun.lemma), noun))
    new_words = {new.lower() for _, new in turned_nouns + grown}
    text, turned = swap_words(
        text, task.language, antonyms, keep=lambda word: word.lower() in new_words
    )
    turns = grown + turned_nouns + turned
    if not turns:
        text = task.frames.say("denied", [task.cast[0]], body=task.within(task.scene.body))
    elif len(turns) < 2:
        text = prose(text, task.frames.say("rest"))
    return task.done(cap(sentence(text)), turned=as_dict(turns))


def _turn_living(scene: Scene, mapping: dict[str, str]) -> tuple[str, list[tuple[str, str]]]:
    """The text with the adjectives of people and animals turned round."""
    pieces = list(scene.pieces)
    changes: list[tuple[str, str]] = []
    for noun in scene.found:
        if noun.kind in ("person", "animal", "fantasy"):
            for place in range(noun.start, noun.head):
                new, changed = swap_words(pieces[place], scene.language, mapping)
                if changed:
                    pieces[place] = new
                    changes += changed
    text = "".join(pieces)
    return (articles(text) if scene.language == "en" else text), changes


def _part(noun: Noun, nouns: dict[str, str]) -> str | None:
    """The opposite of a German compound by its last part: Wintermorgen by Morgen."""
    return next(
        (
            nouns[noun.lemma[cut:]]
            for cut in range(2, len(noun.lemma) - 2)
            if noun.lemma[cut:] in nouns
        ),
        None,
    )


def _plural(other: str | None, noun: Noun) -> str | None:
    if other is None or not noun.plural:
        return other
    known = lexicon("en").nouns.get(other)
    return known[0].plural or other if known else other + "s"
