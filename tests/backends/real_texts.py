"""What the tests against real language models ask."""

from __future__ import annotations

from typing import Any

from canvas_kit.backends.base import Passage, TextRequest, TextTask
from tests.backends.fake_openai import picture

PICTURE = picture("what to look at")
SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "integer"}},
    "required": ["score"],
    "additionalProperties": False,
}


def short_text(model: str, prompt: str = "Hello", **fields: Any) -> TextRequest:
    """A request for a few words."""
    given = {"task": TextTask.INTERCEPTION, "seed": 7, "max_tokens": 12, **fields}
    return TextRequest(model=model, passages=(Passage(prompt),), **given)
