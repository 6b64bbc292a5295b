"""The description of all routes in OpenAPI 3.1, for readers and for programs that test them.

It is made from the routes themselves and from the models of what they take and give.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple, get_args

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

import canvas_kit
from canvas_kit.server.answers import Refusal, StreamedEvent
from canvas_kit.server.handlers.base import Route, Sent, Streamed
from canvas_kit.server.limits import Limits
from canvas_kit.server.requests import EXAMPLE_ID, JOB_ID, Form

Schema = dict[str, Any]


class PathName(NamedTuple):
    """What may stand in an address for a name in braces."""

    pattern: str
    example: str


NAMES: Final[Mapping[str, PathName]] = MappingProxyType(
    {
        "method": PathName(r"[a-z]{1,40}(?:\.[a-z]{1,40})?", "describe"),
        "preset": PathName(r"[A-Za-z0-9_-]{1,80}", "bauhaus"),
        "run_id": PathName(r"[A-Za-z0-9_-]{1,80}", EXAMPLE_ID),
        "batch_id": PathName(r"[A-Za-z0-9_-]{1,80}", EXAMPLE_ID),
        "upload_id": PathName(r"[0-9a-f]{32}", "0123456789abcdef0123456789abcdef"),
        "file": PathName(
            r"[A-Za-z0-9_-]{1,80}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,200})?", "final/a.png"
        ),
        "kind": PathName(r"[a-z]{1,20}", "image"),
        "index": PathName(r"[0-9]{1,6}", "0"),
    }
)

_WHY: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "The request cannot be understood",
        403: "Not signed in, or sent by another site's page",
        404: "There is no such thing",
        409: "The id names something recorded earlier",
        413: "The body is too large",
        422: "The canvas cannot run; says every problem",
        429: "As much is under way as the server allows",
        503: "The settings cannot be used",
    }
)
_READER: Final[Sequence[Schema]] = (
    {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The id of the last event seen: go on from there, and start nothing",
        "schema": {"type": "string", "pattern": rf"^{JOB_ID}:\d{{1,12}}$"},
    },
    {
        "name": "form",
        "in": "query",
        "description": "How events are told: in the editor's words, or with every field",
        "schema": {"enum": list(get_args(Form))},
    },
)


def description(routes: Sequence[Route], base_url: str, limits: Limits) -> Schema:
    """The whole description, with the bounds that hold here."""
    schemas = _schemas(routes)
    schemas["BatchRequest"]["properties"]["count"]["anyOf"][0]["maximum"] = limits.max_runs
    schemas["BatchRequest"]["properties"]["prompts"]["anyOf"][0]["maxItems"] = limits.max_runs
    schemas["EditorCanvas"]["properties"]["nodes"]["maxItems"] = limits.max_nodes
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "canvas-kit",
            "version": canvas_kit.__version__,
            "summary": "Run canvases, watch them, and fetch what they made.",
            "description": (
                "Streams are server-sent events. Each event has an id; send the last one seen as "
                "Last-Event-ID (to the address of the stream, or with the same POST again) to get "
                "what was missed. A run or a batch goes on when no client listens."
            ),
        },
        "servers": [{"url": base_url.rstrip("/") or "/"}],
        "security": [{"token": []}, {"tokenInAddress": []}],
        "paths": {route.path: {route.method.lower(): _operation(route)} for route in routes},
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "token THE_TOKEN",
                },
                "tokenInAddress": {"type": "apiKey", "in": "query", "name": "token"},
            },
            "schemas": schemas,
        },
    }


def _schemas(routes: Sequence[Route]) -> Schema:
    """The JSON Schema of every model that a route takes or gives, by name."""
    models: dict[type[BaseModel], JsonSchemaMode] = {Refusal: "serialization"}
    models[StreamedEvent] = "validation"  # an event without an id has none
    for route in routes:
        if route.request is not None:
            models[route.request] = "validation"
        if route.answers not in (Streamed, Sent):
            models[route.answers] = "serialization"
    _, schema = models_json_schema(
        list(models.items()), ref_template="#/components/schemas/{model}"
    )
    return dict(schema["$defs"])


def _operation(route: Route) -> Schema:
    operation: Schema = {
        "summary": route.summary,
        "parameters": [_in_path(name) for name in re.findall(r"\{(\w+)\}", route.path)],
        "responses": {
            **_good_answers(route),
            **{
                str(status): _json(
                    _WHY[status], Refusal if status in (403, 413) else route.handler.refused
                )
                for status in route.statuses
            },
        },
    }
    operation["parameters"] += route.query
    if route.answers is Streamed:
        operation["parameters"] += _READER
    if route.request is not None:
        content = _content(route.request, route.handler.body_type)
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _good_answers(route: Route) -> Schema:
    if route.answers is Sent:
        whole: Schema = {"description": "The bytes", "content": {"*/*": {"schema": {}}}}
        return {
            "200": whole,
            "206": {**whole, "description": "The range that was asked for"},
            "304": {"description": "Unchanged"},
            "416": {"description": "There is no such range"},
        }
    if route.answers is not Streamed:
        return {"200": _json(route.answers.__doc__ or "The answer", route.answers)}
    events: Schema = {
        "description": "Events, each with an id; comments keep the line open",
        "headers": {
            "Content-Location": {
                "description": "Where to come back to",
                "schema": {"type": "string"},
            }
        },
        "content": _content(StreamedEvent, "text/event-stream"),
    }
    if route.method == "POST":
        return {"200": events}
    return {"200": events, "204": {"description": "It has ended, and all of it was seen"}}


def _in_path(name: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": f"^{NAMES[name].pattern}$"},
        "example": NAMES[name].example,
    }


def _json(text: str, model: type[BaseModel]) -> Schema:
    return {"description": text, "content": _content(model)}


def _content(model: type[BaseModel], media_type: str = "application/json") -> Schema:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
