"""Random prompts, drawn from a grammar of word lists."""

from __future__ import annotations

import difflib
import re

from canvas_kit.backends.embedded.writer.dice import Dice
from canvas_kit.backends.embedded.writer.frames import Frames
from canvas_kit.backends.embedded.writer.language import settle
from canvas_kit.backends.embedded.writer.methods.task import inner
from canvas_kit.backends.embedded.writer.scene import read
from canvas_kit.backends.embedded.writer.tokens import (
    clean,
    sentence,
    sentences,
    shorten,
    strip_end,
)
from canvas_kit.backends.embedded.writer.values import Writing

INVENTIONS = ("clean_image", "photo", "artform", "instruction", "language")

_PLAIN_FILM = {
    "en": "plain photograph, available light",
    "de": "schlichte Fotografie, vorhandenes Licht",
}
_METHOD = {
    "en": "Drawn from a grammar of word lists: {preset}{theme}.",
    "de": "Aus einer Grammatik von Wortlisten gezogen: {preset}{theme}.",
}
_ON_THEME = {"en": ", on the theme that was given", "de": ", zum vorgegebenen Thema"}


def invent(
    *, preset: str, seed: int, language: str = "en", film_type_words: str = "", text: str = ""
) -> Writing:
    """A prompt that nobody wrote.

    Args:
        preset: What is drawn: "clean_image" (a scene without style words), "photo" (a photograph
            with the look of a film), "artform" (a work in an art form), "instruction" (an order for
            changing any picture), "language" (one of the world's languages, named first, and a play
            with language itself).
        seed: Any whole number; the same arguments give the same prompt on every machine.
        language: "en" or "de"; with a theme, the language of the theme has precedence where it is
            plain.
        film_type_words: The look of a film, for "photo".
        text: A theme; where it is empty the theme is drawn too.

    Raises:
        ValueError: No such preset, or a language other than English and German.
    """
    if preset not in INVENTIONS:
        near = difflib.get_close_matches(preset, INVENTIONS, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"The embedded writer was asked for the random prompt preset {preset!r:.60}; "
            f"it knows {', '.join(INVENTIONS)}.{hint}"
        )
    spoken = settle(language, text)
    dice = Dice("invent", preset, seed, spoken, film_type_words, text)
    themed = bool(clean(text[:1000]))
    scene = read(text[:1000], spoken)
    frames = Frames(spoken, "invention", dice, scene.cast if themed else ())
    film = strip_end(shorten(clean(film_type_words[:1000]), 400)) or _PLAIN_FILM[spoken]
    drawn = frames.say(
        f"themed_{preset}" if themed else preset,
        theme=inner(shorten(scene.body, 400), spoken),
        film_type_words=film,
    )
    if spoken == "en":
        # English goes on small after a colon, also where a whole sentence was drawn.
        drawn = re.sub(r"^([\w ]+: )([A-Z])(?=[a-z])", lambda m: m[1] + m[2].lower(), drawn)
    written = " ".join(sentence(part) for part in sentences(drawn + "."))
    notes: dict[str, object] = {"preset": preset, "language": spoken, "themed": themed}
    if preset == "language":
        notes["language_drawn"] = written.partition(":")[0]
    method = _METHOD[spoken].format(preset=preset, theme=_ON_THEME[spoken] if themed else "")
    return Writing(shorten(written), method, notes)
