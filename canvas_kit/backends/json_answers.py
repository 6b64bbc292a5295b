"""JSON out of language models: what they make of the wish for it, and the wish itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from canvas_kit.errors import shorten

_LOOKED_AT = 8
"""Opening braces at which an object is tried: prose may hold some before the real one."""

_NOT_STRICT = frozenset(
    {
        *("contains", "default", "examples", "format", "maxContains", "maxItems", "maxLength"),
        *("maxProperties", "maximum", "exclusiveMaximum", "exclusiveMinimum", "minContains"),
        *("minItems", "minLength", "minProperties", "minimum", "multipleOf", "pattern"),
        *("patternProperties", "propertyNames", "title", "uniqueItems", "unevaluatedItems"),
        "unevaluatedProperties",
    }
)


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


def parsed_answer(text: str, *, cut: bool) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """The JSON object in a model's answer, or None with a warning that says why there is none.

    Args:
        text: The whole answer.
        cut: Whether the server says that it stopped at its length limit.
    """
    document = json_object_in(text)
    if document is not None:
        return document, ()
    if cut:
        return None, ("The structured answer was cut at the length limit. Allow more tokens.",)
    return None, (f"A JSON object was asked for, but the model wrote {shorten(text)}.",)


def strict_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """``schema`` in the subset that OpenAI's strict mode takes.

    There, every object lists all its properties as required and forbids others, and bounds and
    formats are unknown (API reference of structured outputs, read 2026-08). A property that was
    optional may be null instead.
    """
    strict: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _NOT_STRICT:
            continue
        if key in ("properties", "$defs", "definitions") and isinstance(value, Mapping):
            strict[key] = {name: strict_schema(entry) for name, entry in value.items()}
        elif isinstance(value, Mapping):
            strict[key] = strict_schema(value)
        elif key in ("anyOf", "allOf", "oneOf") and isinstance(value, list):
            strict["anyOf" if key == "oneOf" else key] = [strict_schema(entry) for entry in value]
        else:
            strict[key] = value
    properties = strict.get("properties")
    if isinstance(properties, dict):
        required = set(schema.get("required", ()))
        strict["properties"] = {
            name: entry if name in required else _nullable(entry)
            for name, entry in properties.items()
        }
        strict["required"] = list(properties)
        strict["additionalProperties"] = False
    return strict


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    kind = schema.get("type")
    if isinstance(kind, str | list) and "enum" not in schema:
        kinds = [kind] if isinstance(kind, str) else kind
        return schema if "null" in kinds else {**schema, "type": [*kinds, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}
