"""A critic that measures texts and pictures, and says what it measured.

It does not understand them.
"""

from __future__ import annotations

from canvas_kit.backends.embedded.critic.comparing import compare_texts
from canvas_kit.backends.embedded.critic.judging import judge_text
from canvas_kit.backends.embedded.critic.looking import FRAMEWORKS, describe_image, judge_image
from canvas_kit.backends.embedded.critic.values import KINDS, Judgement
from canvas_kit.backends.embedded.writer.values import Writing

__all__ = [
    "FRAMEWORKS",
    "KINDS",
    "Judgement",
    "Writing",
    "compare_texts",
    "describe_image",
    "judge_image",
    "judge_text",
]
