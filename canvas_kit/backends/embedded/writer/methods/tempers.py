"""Five tempers in which a prompt can be said.

By force, beyond measure, all in harmony, with care, without clichés.
"""

from __future__ import annotations

from canvas_kit.backends.embedded.writer.edits import (
    Changes,
    as_dict,
    leave_out,
    swap_nouns,
    swap_words,
)
from canvas_kit.backends.embedded.writer.lexicon import lexicon
from canvas_kit.backends.embedded.writer.methods.task import Task, cap, first_of, prose
from canvas_kit.backends.embedded.writer.scene import read
from canvas_kit.backends.embedded.writer.tokens import sentence, tidy
from canvas_kit.backends.embedded.writer.values import Writing


def forceful(task: Task) -> Writing:
    """Hedges go, quiet words become loud, every breath ends in a full stop or a command."""
    words = lexicon(task.language)
    firm, hedges = leave_out(task.scene.text, words.hedges, task.language)
    loud, raised = swap_words(firm, task.language, words.exchange("strong"))
    blows = [cap(clause) + "." for clause in read(loud, task.language).clauses()][:9]
    orders = [task.frames.say("order", [noun]) for noun in task.dice.some(task.cast, 2)]
    middle = max(1, len(blows) // 2)
    parts = [
        task.frames.say("opening"),
        *blows[:middle],
        orders[0],
        *blows[middle:],
        *orders[1:],
        task.frames.say("end"),
    ]
    return task.done(
        " ".join(sentence(part) for part in parts),
        hedges_struck=hedges[:24],
        raised=as_dict(raised),
    )


def overdrive(task: Task) -> Writing:
    """A snowball.

    Each sentence takes up the one before and adds a noun, larger and louder every time.
    """
    players = list(task.cast[:4])
    grown: list[str] = []
    carried = ""
    for noun in players:
        epithet = task.frames.say("epithet")
        phrase = task.frames.say(
            "first" if not grown else "more", [noun], epithet=epithet, carried=carried
        )
        carried = phrase
        grown.append(phrase)
    parts = [task.frames.say("opening", body=task.within(task.scene.body))]
    parts += [phrase + "!" * (place // 2 + 1) for place, phrase in enumerate(grown)]
    parts.append(task.frames.say("peak", [players[-1]]))
    return task.done(" ".join(sentence(part) for part in parts), steps=len(grown))


def harmonizer(task: Task) -> Writing:
    """Whatever is hard is called something soft, and everyone gets along splendidly."""
    body, soothed = swap_words(
        task.within(task.scene.body), task.language, task.frames.map("soothing")
    )
    cast = read(body, task.language).cast
    one, two = cast[0], cast[min(1, len(cast) - 1)]
    parts = [task.frames.say("opening", body=body)]
    if one is not two:
        parts.append(task.frames.say("together", [one, two]))
    else:
        parts.append(task.frames.say("single", [one]))
    rest = task.visible(cast[2:])
    if rest:
        parts.append(task.frames.say("blessing", [task.dice.pick(rest)]))
    parts.append(task.frames.say("weather"))
    parts.append(task.frames.say("close"))
    return task.done(prose(*parts), soothed=as_dict(soothed))


def sensitive(task: Task) -> Writing:
    """Harsh words are softened, and each thing is met by a sense.

    Skin, ear, nose, tongue, only then the eye.
    """
    words = lexicon(task.language)
    softened = task.scene
    hard = words.exchange("gentle_nouns")
    changes: Changes = []
    if hard:
        by_lemma = {left.lower(): right for left, right in hard.items()}
        text, changes = swap_nouns(softened, lambda noun: by_lemma.get(noun.lemma))
        softened = read(text, task.language)
    body, soft = swap_words(task.within(softened.body), task.language, words.exchange("gentle"))
    cast = read(body, task.language).cast
    # Nobody is touched or smelled: people are met by ear and by distance.
    far, near = (
        task.dice.shuffled(("ear", "distance")),
        task.dice.shuffled(("skin", "nose", "ear", "distance")),
    )
    parts = [task.frames.say("opening", body=body)]
    senses: list[str] = []
    for noun in cast[:3]:
        choices = far if noun.kind in ("person", "fantasy", "abstract") else near
        sense = next((choice for choice in choices if choice not in senses), "ear")
        senses.append(sense)
        parts.append(task.frames.say(sense, [noun]))
    parts.append(task.frames.say("light"))
    if task.of_kinds("person"):
        parts.append(task.frames.say("person", task.of_kinds("person")))
    parts.append(task.frames.say("close"))
    return task.done(prose(*parts), softened=as_dict(changes + soft), senses=senses)


def cliche_filter(task: Task) -> Writing:
    """Worn words are struck out; in their place stands something one would have to have seen."""
    words = lexicon(task.language)
    text, phrases = task.scene.text, []
    lower = text.lower()
    for phrase in words.cliche_phrases:
        if phrase in lower:
            place = lower.index(phrase)
            text = tidy(text[:place] + text[place + len(phrase) :])
            lower = text.lower()
            phrases.append(phrase)
    kept, gone = leave_out(text, words.cliches, task.language)
    kept = kept if len(kept) > 2 else task.cast[0].word
    scene = read(kept, task.language)
    worn = [
        noun
        for noun in scene.cast
        if noun.kind in ("sky", "time", "water", "animal", "plant", "weather")
    ]
    subject = first_of(worn, scene.cast)
    rest = [noun for noun in task.visible(scene.cast) if noun is not subject]
    parts = [kept, task.frames.say("seen", [subject])]
    if rest:
        parts.append(task.frames.say("trace", [task.dice.pick(rest)]))
    parts.append(task.frames.say("without"))
    return task.done(prose(*parts), struck=phrases + gone[:24], looked_at=subject.word)
