"""Five ways of photographing a prompt: plate, print, copy, boiled negative, file."""

from __future__ import annotations

from itertools import pairwise

from canvas_kit.backends.embedded.writer.edits import as_dict, describing, drop, swap_words
from canvas_kit.backends.embedded.writer.methods.task import Task, prose
from canvas_kit.backends.embedded.writer.noun import Noun
from canvas_kit.backends.embedded.writer.scene import read
from canvas_kit.backends.embedded.writer.tokens import (
    is_latin,
    sentence,
    tidy,
    tokens,
    words,
)
from canvas_kit.backends.embedded.writer.values import Writing

_MOVING = ("person", "animal", "vehicle", "weather", "water", "toy", "light")


def wet_plate(task: Task) -> Writing:
    """A plate of the 1870s sees blue as white and red as black; what moves becomes a smear."""
    body, tones = swap_words(task.within(task.scene.body), task.language, task.frames.map("tones"))
    cast = read(body, task.language).cast
    moving = [noun for noun in cast if noun.kind in _MOVING][:2]
    still = [noun for noun in task.visible(cast) if noun not in moving][:1]
    seconds = task.dice.between(4, 19)
    parts = [task.frames.say("opening", year=1870 + task.dice.below(10), body=body)]
    parts.append(task.frames.say("exposure", seconds=seconds))
    if still:
        parts.append(task.frames.say("sharp", still))
    if moving:
        parts.append(task.frames.say("smear", moving))
    parts.append(task.frames.say("flaw"))
    return task.done(prose(*parts), seconds=seconds, tones=as_dict(tones))


def faded_print(task: Task) -> Writing:
    """An album print of the 1970s.

    The cyan dye has gone, what is left is brown, orange and a note in ballpoint.
    """
    body, faded = swap_words(task.within(task.scene.body), task.language, task.frames.map("faded"))
    year = 1970 + task.dice.below(10)
    parts = [
        task.frames.say("opening", body=body, year=year),
        task.frames.say("colour"),
        task.frames.say("moment", [task.dice.pick(task.visible(read(body, task.language).cast))]),
        task.frames.say("back", year=year),
    ]
    return task.done(prose(*parts), year=year, faded=as_dict(faded))


def copied_copy(task: Task) -> Writing:
    """Each pass through the copier loses the finest words, until nouns and toner are left."""
    first = task.scene.body
    plain = drop(task.scene, describing(task.scene))
    articles = frozenset(task.frames.words("articles"))
    second = [piece for piece in tokens(plain) if piece.lower() not in articles]
    third = [task.frames.shape(noun, "head") for noun in task.scene.found] or [task.cast[0].word]
    passes = task.dice.between(7, 40)
    parts = [
        task.frames.say("first", body=task.within(tidy("".join(second)))),
        task.frames.say("middle", body=" / ".join(dict.fromkeys(third))),
        task.frames.say(
            "last",
            passes=passes,
            body=" ".join(
                dict.fromkeys(task.frames.shape(noun, "head").upper() for noun in task.cast[:5])
            ),
        ),
        task.frames.say("toner"),
    ]
    lost = len(words(first)) - len(third)
    return task.done(prose(*parts), passes=passes, words_lost=max(lost, 0))


def boiled_negative(task: Task) -> Writing:
    """The film was cooked; where the emulsion slid, neighbouring words melted together."""
    bath = task.frames.say("bath")
    minutes = task.dice.between(3, 25)
    melted = _melted(task.cast)
    parts = [
        task.frames.say("opening", bath=bath, minutes=minutes, body=task.within(task.scene.body)),
    ]
    if melted:
        parts.append(task.frames.say("slide", melted=melted[0][2], cast=list(melted[0][:2])))
    else:
        parts.append(task.frames.say("alone"))
    if len(melted) > 1:
        parts.append(task.frames.say("second", melted=melted[1][2], cast=list(melted[1][:2])))
    parts.append(task.frames.say("damage"))
    return task.done(
        prose(*parts), bath=bath, minutes=minutes, melted=[word for *_, word in melted]
    )


def _melted(cast: tuple[Noun, ...]) -> list[tuple[Noun, Noun, str]]:
    """Neighbours fused: the head of one word, the tail of the next, joined at a vowel."""
    pairs: list[tuple[Noun, Noun, str]] = []
    for one, two in pairwise(cast):
        if not (is_latin(one.word) and is_latin(two.word)) or min(len(one.word), len(two.word)) < 3:
            continue
        if len(one.word) + len(two.word) > 40:
            continue
        cut_one = _vowel_near(one.word, len(one.word) * 2 // 3)
        cut_two = _vowel_near(two.word, len(two.word) // 3)
        pairs.append((one, two, (one.word[:cut_one] + two.word[cut_two:]).lower()))
    return pairs[:2]


def _vowel_near(word: str, place: int) -> int:
    vowels = [i for i, c in enumerate(word.lower()) if c in "aeiouyäöü" and i > 0]
    return min(vowels, key=lambda i: abs(i - place), default=place)


def digital_file(task: Task) -> Writing:
    """The settings of the camera follow from the words.

    Night raises the ISO, motion shortens the time.
    """
    scene, say = task.scene, task.frames.say
    dark = bool(scene.vocabulary & set(task.frames.words("dark")))
    moving = bool(scene.vocabulary & set(task.frames.words("motion")))
    near = bool(task.of_kinds("person", "animal"))
    wide = bool(task.of_kinds("land", "sky", "water", "place", "building")) and not near
    small = (
        bool(task.of_kinds("food", "flower", "paper", "vessel", "tool")) and not near and not wide
    )
    lens = (
        24 if wide else 85 if near and not task.of_kinds("place", "land") else 100 if small else 35
    )
    aperture = "8" if wide else "1.8" if dark else "2.8"
    iso = task.dice.pick((3200, 6400)) if dark else task.dice.pick((100, 200, 400))
    time = "1/2000" if moving else "1/30" if dark else task.dice.pick(("1/125", "1/250", "1/500"))
    kelvin = 3200 if dark else 6500 if scene.kinds & {"weather", "water"} else 5200
    subject = (task.of_kinds("person", "animal") or task.visible())[:1]
    if task.language == "de":
        aperture = aperture.replace(".", ",")
    settings = f"{lens} mm, f/{aperture}, {time} s, ISO {iso}, {kelvin} K"
    parts = [
        say("opening", body=task.within(scene.body), settings=settings),
        say("focus", subject),
        say("light_dark" if dark else "light"),
        say("motion_line" if moving else "still_line"),
        say("file", number=f"{task.dice.between(1, 9998):04d}"),
    ]
    return task.done(
        " ".join(sentence(part) for part in parts), settings=settings, dark=dark, moving=moving
    )
