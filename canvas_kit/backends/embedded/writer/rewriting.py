"""Interception.

A prompt goes through one of the methods, the person's requests, and a judge's remarks.
"""

from __future__ import annotations

import difflib

from canvas_kit.backends.embedded.writer import commands, reaction
from canvas_kit.backends.embedded.writer.dice import Dice
from canvas_kit.backends.embedded.writer.frames import Frames
from canvas_kit.backends.embedded.writer.language import settle
from canvas_kit.backends.embedded.writer.methods import METHODS, Task
from canvas_kit.backends.embedded.writer.scene import read
from canvas_kit.backends.embedded.writer.tokens import LONGEST, clean, shorten
from canvas_kit.backends.embedded.writer.values import Writing

#: The interception presets that have a method.
INTERCEPTIONS = tuple(METHODS)

#: Methods whose result is a program: neither requests nor remarks may touch its text.
_PROGRAMS = ("p5js_simplifier", "tonejs_composer")
_ATTEMPTS = 4


def rewrite(
    text: str,
    *,
    preset: str,
    context: str = "",
    seed: int,
    language: str | None = None,
    feedback: str = "",
    draft: str = "",
) -> Writing:
    """The prompt rewritten by the method that belongs to an interception preset.

    Args:
        text: The prompt; of a long one the first 1,600 characters are read, an empty one becomes
            an empty page.
        preset: The id of an interception preset, a key of `METHODS`.
        context: The person's own words on how to rewrite. Requests that can be carried out by rule
            ("shorter", "without people", "as a question") are; `user_defined` otherwise mixes the
            words in, `stillepost` takes the number of ears from them. The general wording of a
            preset does not belong here.
        seed: Any whole number; the same arguments give the same text on every machine.
        language: "en" or "de"; told from the words where it is left out.
        feedback: A judge's commentary on the draft before; the remarks that can be acted on are.
        draft: The draft that the commentary is about; the new text differs from it.

    Returns:
        The new text with at most 1,200 characters, the method, and notes on what was done.

    Raises:
        ValueError: No such preset, or a language other than English and German.
    """
    if preset not in METHODS:
        near = difflib.get_close_matches(preset, METHODS, 1)
        hint = (
            f" Did you mean {near[0]!r}?" if near else f" Known are: {', '.join(sorted(METHODS))}."
        )
        raise ValueError(
            f"The embedded writer was asked for the interception preset {preset!r:.60}, "
            f"which it does not have.{hint}"
        )
    spoken = settle(language, text if text.strip() else context or text)
    scene = read(text, spoken)
    writing = Writing("", "")
    for attempt in range(_ATTEMPTS):
        dice = Dice("rewrite", text, preset, context, seed, spoken, feedback, draft, attempt)
        frames = Frames(spoken, f"methods/{preset}", dice, scene.cast)
        writing = METHODS[preset](Task(scene, context, frames, dice))
        new = writing.text
        notes: dict[str, object] = {
            "preset": preset,
            "language": spoken,
            **scene.remarks,
            **writing.notes,
        }
        if preset not in _PROGRAMS:
            asked = {} if preset == "user_defined" else commands.find(context)
            if asked:
                new = commands.carry_out(new, spoken, asked, dice)
                notes["requests"] = asked
            if feedback.strip():
                new, acted = reaction.react(new, feedback, spoken, dice)
                notes["reacted_to"] = acted
        writing = Writing(shorten(clean_lines(new), LONGEST), writing.method, notes)
        if writing.text not in (draft, text):
            break
    return writing


def clean_lines(text: str) -> str:
    """The text without control characters, its lines kept."""
    return "\n".join(
        clean(line) if not line.startswith("  ") else line.rstrip() for line in text.splitlines()
    ).strip()
