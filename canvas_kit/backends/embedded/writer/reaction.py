"""Acting on a judge's commentary."""

from __future__ import annotations

from canvas_kit.backends.embedded.writer.dice import Dice


def react(text: str, feedback: str, language: str, dice: Dice) -> tuple[str, list[str]]:
    """The text after the remarks that can be acted on, and which they were."""
    return text, []
