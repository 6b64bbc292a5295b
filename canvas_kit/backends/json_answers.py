"""JSON out of language models: what they make of the wish for it."""

from __future__ import annotations

import json
import re
from typing import Any

from canvas_kit.backends.base import TextRequest
from canvas_kit.errors import shorten

_LOOKED_AT = 8
"""Opening braces at which an object is tried: prose may hold some before the real one."""


def json_object_in(text: str) -> dict[str, Any] | None:
    """The first JSON object in a text, which a model may have wrapped in prose or a code fence.

    Numbers that JSON does not know (``NaN``) come as their names, so that the object stays JSON.

    Args:
        text: The whole answer.

    Returns:
        None when there is none.
    """
    decoder = json.JSONDecoder(parse_constant=str)
    for start, _ in zip(re.finditer(r"\{", text), range(_LOOKED_AT), strict=False):
        try:
            document, _ = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            continue
        return document if isinstance(document, dict) else None
    return None


def read_answer(
    request: TextRequest, text: str, *, cut: bool, model: str
) -> tuple[dict[str, Any] | None, list[str]]:
    """The JSON object in an answer where one was asked for, and warnings about what came.

    Args:
        request: What was asked.
        text: The whole answer.
        cut: Whether the server says that it stopped at its length limit.
        model: For the warning.
    """
    if request.answer_schema is None:
        ending = f"{model} stopped at its length limit; the text may end in mid-sentence."
        return None, [ending] if cut else []
    document = json_object_in(text)
    if document is not None:
        return document, []
    if cut:
        return None, ["The structured answer was cut at the length limit. Allow more tokens."]
    return None, [f"A JSON object was asked for, but the model wrote {shorten(text)}."]
