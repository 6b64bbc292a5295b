"""Four ways of composing a prompt by a rule of art or drawing."""

from __future__ import annotations

from canvas_kit.backends.embedded.writer.edits import as_dict, leave_out, swap_words
from canvas_kit.backends.embedded.writer.lexicon import lexicon, table
from canvas_kit.backends.embedded.writer.methods.task import Task, first_of, prose
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.scene import read
from canvas_kit.backends.embedded.writer.tokens import wordlist
from canvas_kit.backends.embedded.writer.values import Writing

_ROUND = frozenset(wordlist("sky food drink vessel toy water body light flower weather instrument"))
_LIVING = frozenset(("person", "animal", "fantasy"))
_FAR = frozenset(["building", "place", "land", "sky"])
_POINTED = frozenset(wordlist("land plant building animal tool fantasy vehicle"))


def bauhaus(task: Task) -> Writing:
    """Every noun becomes an elementary form in its primary colour, without capital letters."""
    players = list(task.cast[:5])
    forms = [_form(noun) for noun in players]
    parts = [task.frames.say("opening", body=task.within(task.scene.body))]
    parts += [task.frames.say(form, [noun]) for form, noun in zip(forms, players, strict=True)]
    parts.append(task.frames.say("order"))
    parts.append(task.frames.say("ending"))
    text = prose(*parts).lower()
    return task.done(
        text, forms={noun.word: form for noun, form in zip(players, forms, strict=True)}
    )


def _form(noun: Noun) -> str:
    if noun.kind in _ROUND:
        return "circle"
    return "triangle" if noun.kind in _POINTED else "square"


def renaissance(task: Task) -> Writing:
    """Colours are named by their pigments, and perspective leads to one of the nouns."""
    body, pigments = swap_words(
        task.within(task.scene.body), task.language, task.frames.map("pigments")
    )
    cast = read(body, task.language).cast
    point = first_of([n for n in cast if n.kind in _FAR], cast[-1:])
    rest = [n for n in task.visible(cast) if n is not point]
    lit = first_of([n for n in rest if n.kind in ("person", "animal", "fantasy")], rest or [point])
    parts = [
        task.frames.say("opening", body=body),
        task.frames.say("perspective", [point]),
        task.frames.say("light", [lit]),
    ]
    rest = [n for n in rest if n is not lit]
    if rest:
        parts.append(task.frames.say("detail", [task.dice.pick(rest)]))
    parts.append(task.frames.say("surface"))
    return task.done(prose(*parts), pigments=as_dict(pigments), vanishing_point=point.word)


def literati(task: Task) -> Writing:
    """An ink scroll with a couplet whose two lines are built alike.

    Most of the paper stays empty.
    """
    body, inks = swap_words(task.within(task.scene.body), task.language, task.frames.map("inks"))
    cast = read(body, task.language).cast
    couplet = task.frames.say("couplet", task.dice.some(cast, 4))
    parts = [task.frames.say("opening", body=body), task.frames.say("empty", list(cast[:1]))]
    parts.append(task.frames.say("inscription", couplet=couplet))
    parts.append(task.frames.say("brush", [cast[-1]]))
    parts.append(task.frames.say("seal"))
    return task.done(prose(*parts), inks=as_dict(inks), couplet=couplet)


def technical_drawing(task: Task) -> Writing:
    """Nothing but positions, views and dimensions: adjectives have no place on the sheet."""
    plain, gone = leave_out(task.scene.body, _opinions(task), task.language)
    scale = task.dice.pick(("1 : 5", "1 : 10", "1 : 20", "1 : 50"))
    parts = [
        task.frames.say(
            "opening", body=task.within(plain), scale=scale, sheet=f"{task.dice.between(1, 99):02d}"
        )
    ]
    facts = table("shared", "facts")
    sizes: dict[str, int] = {}
    for place, noun in enumerate(task.visible()[:5], 1):
        usual = facts["millimetres"].get(noun.kind, (120, 2400))
        low, high = facts["millimetres_of"].get(noun.lemma, usual)
        size = task.dice.between(low, high)
        size = size - size % (5 if size > 500 else 1)
        sizes[noun.word] = size
        line = "position_living" if noun.kind in _LIVING else "position"
        parts.append(task.frames.say(line, [noun], position=place, size=size))
    # Nobody is cut open: the section goes through something that does not live.
    shown = task.visible(read(plain, task.language).cast)
    dead = [noun for noun in shown if noun.kind not in _LIVING]
    parts.append(task.frames.say("view" if dead else "view_living", (dead or shown)[:1]))
    parts.append(task.frames.say("lines"))
    return task.done(prose(*parts), scale=scale, millimetres=sizes, left_out=gone[:24])


def _opinions(task: Task) -> frozenset[str]:
    words = lexicon(task.language)
    return words.cliches | words.hedges | words.vague | set(task.frames.words("opinions"))
