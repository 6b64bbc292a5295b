"""Answers in JSON: what language models make of the wish for one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from canvas_kit.errors import shorten

_NOT_STRICT = frozenset(
    {
        "contains",
        "default",
        "examples",
        "format",
        "maxContains",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "minContains",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "pattern",
        "patternProperties",
        "propertyNames",
        "title",
        "uniqueItems",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)


def parsed_answer(text: str, *, cut: bool) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """The JSON object in a model's answer, or None with a warning that says why there is none.

    A fence of backquotes around it, which many models add, is taken off.

    Args:
        text: The whole answer.
        cut: Whether the server says that it stopped at its length limit.
    """
    body = text.strip()
    if body.startswith("```"):
        body = body.removeprefix("```").removeprefix("json").removesuffix("```").strip()
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict):
        return document, ()
    if cut:
        why = "The structured answer was cut at the length limit. Allow more tokens."
    else:
        why = f"A JSON object was asked for, but the model wrote {shorten(text)}."
    return None, (why,)


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
    if isinstance(kind, str) and "enum" not in schema:
        return schema if kind == "null" else {**schema, "type": [kind, "null"]}
    if isinstance(kind, list) and "enum" not in schema:
        return schema if "null" in kind else {**schema, "type": [*kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}
