"""The description of all addresses in OpenAPI 3.1, for people and for programs that test them."""

from __future__ import annotations

from typing import Any

import canvas_kit
from canvas_kit.errors import Problem
from canvas_kit.events import EVENT_TYPES
from canvas_kit.server.asked import MAX_DEVICE_ID
from canvas_kit.server.limits import Limits
from canvas_kit.values import MAX_SEED, NodeState, RunStatus

Schema = dict[str, Any]

_JOB_ID = r"^\d{8}_\d{6}_\d{3}_[0-9a-f]{8}$"
_NAME = r"^[A-Za-z0-9_-]{1,80}$"
_PICTURE = "/api/media/image/20260131_120000_000_0123abcd/0"


def description(base_url: str, limits: Limits) -> Schema:
    """The whole description.

    Args:
        base_url: The address under which the server is mounted.
        limits: The bounds that hold here.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "canvas-kit",
            "version": canvas_kit.__version__,
            "summary": "Run canvases, watch them, and fetch what they made.",
            "description": (
                "Streams are server-sent events. Each event has an id; send the last one seen as "
                "Last-Event-ID (to the address of the stream, or with the same POST again) to get "
                "what was missed. A run or a batch goes on when nobody listens."
            ),
        },
        "servers": [{"url": base_url.rstrip("/") or "/"}],
        "security": [{"token": []}, {"tokenInAddress": []}],
        "paths": _paths(limits),
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
            "schemas": _schemas(limits),
        },
    }


def _paths(limits: Limits) -> Schema:
    return {
        "/api/canvas/llm-models": _get("Models that write texts", "Models"),
        "/api/canvas/vision-models": _get("Models that look at pictures", "Models"),
        "/api/canvas/output-configs": _get("What a generation can name", "OutputConfigs"),
        "/api/canvas/interception-configs": _get("The interception presets", "Presets"),
        "/api/interception/{preset}": _get(
            "One interception preset, with its words",
            "Preset",
            [_in_path("preset", _NAME, "bauhaus")],
        ),
        "/api/canvas/execute": _post(
            "Run a canvas and answer when it has ended",
            "RunAsked",
            {"200": _json("How it ended", "RunAnswer"), **_refusals(400, 409, 413, 422, 429)},
        ),
        "/api/canvas/execute-stream": _post(
            "Run a canvas and tell what happens: started, progress, node_complete, and complete "
            "or error. A canvas that cannot run is told in one error event; with the form 'typed', "
            "by 422.",
            "RunAsked",
            {"200": _events(), **_refusals(400, 404, 409, 413, 422, 429)},
            [_last_event_id(), _form()],
        ),
        "/api/canvas/execute-batch": _post(
            "Run a canvas many times and tell what happens: batch_started, run_start, progress and "
            "node_complete (with the run's run_id), run_complete or run_error, and batch_complete "
            "or batch_aborted.",
            "BatchAsked",
            {"200": _events(), **_refusals(400, 404, 409, 413, 422, 429)},
            [_last_event_id(), _form()],
        ),
        "/api/canvas/abort-batch": _abort("batch"),
        "/api/canvas/abort-run": _abort("run"),
        "/api/canvas/batches": _get("Batches under way, or ended a short while ago", "Batches"),
        "/api/canvas/batches/{batch_id}": _get(
            "The record of a batch: how each of its runs ended",
            "BatchRecord",
            [_in_path("batch_id", _NAME, "20260131_120000_000_0123abcd")],
        ),
        "/api/canvas/batches/{batch_id}/events": _stream_again("batch"),
        "/api/canvas/runs/{run_id}/events": _stream_again("run"),
        "/api/canvas/runs/{run_id}": _get(
            "The record of a run: how it ended, and everything it made with its sha256 and address",
            "Record",
            [_in_path("run_id", _NAME, "20260131_120000_000_0123abcd")],
        ),
        "/api/media/{kind}/{run_id}/{index}": {
            "get": {
                "summary": "One result of a run, byte for byte; its ETag is its sha256",
                "parameters": [
                    _in_path("kind", r"^[a-z]{1,20}$", "image"),
                    _in_path("run_id", _NAME, "20260131_120000_000_0123abcd"),
                    {
                        "name": "index",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "integer", "minimum": 0, "maximum": 999_999},
                    },
                ],
                "responses": {
                    "200": {
                        "description": "The bytes",
                        "content": {"*/*": {"schema": {}}},
                    },
                    "304": {"description": "Unchanged"},
                    **_refusals(404),
                },
            }
        },
        "/api/canvas/openapi.json": _get("This description", "Description"),
    }


def _schemas(limits: Limits) -> Schema:
    text: Schema = {"type": "string"}
    both = _object({"en": text, "de": text})
    count: Schema = {"type": "integer", "minimum": 0}
    nothing_or_text: Schema = {"type": ["string", "null"]}
    seed = {"type": ["integer", "null"], "minimum": 0, "maximum": MAX_SEED}
    asked_of_both = {
        "workflow": _ref("Canvas"),
        "device_id": {"type": ["string", "null"], "maxLength": MAX_DEVICE_ID},
        "form": {"enum": ["editor", "typed"]},
    }
    preset_fields = {
        "id": text,
        "name": both,
        "description": both,
        "context": both,
        "parameters": {"type": "object"},
        "display": {"type": "object"},
    }
    ok = {"status": {"const": "success"}}
    return {
        "Canvas": {
            "type": "object",
            "description": "A canvas as the canvas editor saves it.",
            "properties": {
                "id": text,
                "name": text,
                "nodes": {"type": "array", "maxItems": limits.nodes, "items": _ref("Node")},
                "connections": {"type": "array", "items": _ref("Connection")},
            },
            "required": ["nodes"],
            "examples": [_EXAMPLE_CANVAS],
        },
        "Node": {
            "type": "object",
            "properties": {"id": text, "type": text},
            "required": ["id", "type"],
        },
        "Connection": {
            "type": "object",
            "properties": {"sourceId": text, "targetId": text, "label": nothing_or_text},
            "required": ["sourceId", "targetId"],
        },
        "RunAsked": {
            "type": "object",
            "description": "A canvas under 'workflow', or its nodes and connections themselves.",
            "properties": asked_of_both
            | {
                "nodes": {"type": "array", "items": _ref("Node")},
                "connections": {"type": "array", "items": _ref("Connection")},
                "seed": seed,
                "prompt": nothing_or_text,
                "run_id": {"type": ["string", "null"], "pattern": _JOB_ID},
            },
            "examples": [{"workflow": _EXAMPLE_CANVAS, "seed": 7}],
        },
        "BatchAsked": {
            "type": "object",
            "description": "A canvas, and prompts or a count. Where there are prompts, they count.",
            "properties": asked_of_both
            | {
                "prompts": {"type": ["array", "null"], "items": text, "maxItems": limits.runs},
                "count": {"type": ["integer", "null"], "minimum": 1, "maximum": limits.runs},
                "base_seed": seed,
                "node": nothing_or_text,
                "jobs": {"type": ["integer", "null"], "minimum": 1, "maximum": 1024},
                "batch_id": {"type": ["string", "null"], "pattern": _JOB_ID},
            },
            "required": ["workflow"],
            "examples": [{"workflow": _EXAMPLE_CANVAS, "count": 2, "base_seed": 7}],
        },
        "Result": {
            "type": "object",
            "properties": {"type": text, "output": {}, "error": nothing_or_text},
            "required": ["type", "output", "error"],
            "examples": [{"type": "generation", "output": {"url": _PICTURE}, "error": None}],
        },
        "RunAnswer": _object(
            {
                "status": {"enum": ["success", "error"]},
                "run_id": text,
                "run_status": {"enum": [status.value for status in RunStatus]},
                "results": {"type": "object", "additionalProperties": _ref("Result")},
                "collectorOutput": {
                    "type": "array",
                    "items": _object(
                        {
                            "nodeId": text,
                            "nodeType": text,
                            "output": {},
                            "error": nothing_or_text,
                        }
                    ),
                },
                "executionOrder": {"type": "array", "items": text},
                "exportPath": nothing_or_text,
            }
        ),
        "Models": _object(
            ok
            | {
                "models": {
                    "type": "array",
                    "items": _object(
                        {
                            "id": text,
                            "name": text,
                            "provider": text,
                            "tier": {"enum": ["local", "cloud"]},
                            "dsgvoCompliant": {"type": "boolean"},
                            "isDefault": {"type": "boolean"},
                        }
                    ),
                },
                "count": count,
                "ollamaCount": count,
            }
        ),
        "OutputConfigs": _object(
            ok
            | {
                "configs": {
                    "type": "array",
                    "items": _object(
                        {
                            "id": text,
                            "name": both,
                            "description": both,
                            "icon": text,
                            "color": text,
                            "mediaType": text,
                            "backend": text,
                        }
                    ),
                },
                "count": count,
            }
        ),
        "Preset": _object(ok | preset_fields),
        "Presets": _object(
            ok | {"configs": {"type": "array", "items": _object(preset_fields)}, "count": count}
        ),
        "Batches": _object(
            ok
            | {
                "batches": {
                    "type": "array",
                    "items": _object(
                        {
                            "batch_id": text,
                            "state": {"enum": ["running", "ended"]},
                            "started_at": text,
                            "last_event_id": text,
                        }
                    ),
                },
                "count": count,
            }
        ),
        "Record": _object(
            ok
            | {
                "run": _object(
                    {
                        "run_id": text,
                        "status": {"enum": [status.value for status in RunStatus]},
                        "nodes": {
                            "type": "array",
                            "items": _object(
                                {
                                    "node_id": text,
                                    "node_type": text,
                                    "state": {"enum": [state.value for state in NodeState]},
                                }
                            ),
                        },
                        "entities": {
                            "type": "array",
                            "items": _object(
                                {
                                    "node_id": text,
                                    "file": text,
                                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                                    "size_bytes": count,
                                    "media_type": text,
                                    "index": count,
                                    "url": text,
                                }
                            ),
                        },
                    }
                )
            }
        ),
        "BatchRecord": _object(
            ok
            | {
                "batch": _object(
                    {
                        "batch_id": text,
                        "total_runs": count,
                        "completed_runs": count,
                        "aborted": {"type": "boolean"},
                        "runs": {
                            "type": "array",
                            "items": _object(
                                {
                                    "run_index": count,
                                    "run_id": text,
                                    "status": {"enum": [status.value for status in RunStatus]},
                                    "seed": count,
                                }
                            ),
                        },
                    }
                )
            }
        ),
        "Event": _object(
            {
                "event": {"enum": sorted(EVENT_TYPES)},
                "data": {"type": "string", "contentMediaType": "application/json"},
            },
            optional={"id": text},
        ),
        "Description": {"type": "object"},
        "Aborted": _object({"success": {"type": "boolean"}, "message": text}),
        "Refusal": _object(
            {"status": {"const": "error"}, "error": text},
            optional={
                "problems": {
                    "type": "array",
                    "items": _object(
                        {
                            name: text if name in ("message", "code") else nothing_or_text
                            for name in Problem.__slots__
                        }
                    ),
                }
            },
        ),
    }


_EXAMPLE_CANVAS: Schema = {
    "id": "workflow_1",
    "name": "A market",
    "nodes": [
        {"id": "input_1", "type": "input", "promptText": "A market at dawn"},
        {"id": "generation_1", "type": "generation"},
        {"id": "collector_1", "type": "collector"},
    ],
    "connections": [
        {"sourceId": "input_1", "targetId": "generation_1"},
        {"sourceId": "generation_1", "targetId": "collector_1"},
    ],
}

_WHY = {
    400: "The request cannot be understood",
    403: "Not signed in, or sent by another site's page",
    404: "There is no such thing",
    409: "The id names something recorded earlier",
    413: "The body is too large",
    422: "The canvas cannot run; says every problem",
    429: "As much is under way as the server allows",
}


def _object(properties: Schema, *, optional: Schema | None = None) -> Schema:
    """An object that has at least ``properties``."""
    return {
        "type": "object",
        "properties": properties | (optional or {}),
        "required": list(properties),
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(text: str, schema: str) -> Schema:
    return {"description": text, "content": {"application/json": {"schema": _ref(schema)}}}


def _events() -> Schema:
    return {
        "description": "Events, each with an id; comments keep the line open",
        "headers": {
            "Content-Location": {
                "description": "Where to come back to",
                "schema": {"type": "string"},
            }
        },
        "content": {"text/event-stream": {"schema": _ref("Event")}},
    }


def _refusals(*statuses: int) -> Schema:
    return {str(status): _json(_WHY[status], "Refusal") for status in sorted({403, *statuses})}


def _in_path(name: str, pattern: str, example: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": pattern},
        "example": example,
    }


def _last_event_id() -> Schema:
    return {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The id of the last event seen: go on from there, and start nothing",
        "schema": {"type": "string", "pattern": rf"{_JOB_ID.rstrip('$')}:\d{{1,12}}$"},
    }


def _form() -> Schema:
    return {
        "name": "form",
        "in": "query",
        "description": "How events are told: in the editor's words, or with every field",
        "schema": {"enum": ["editor", "typed"]},
    }


def _get(summary: str, schema: str, parameters: list[Schema] | None = None) -> Schema:
    missing = (404,) if parameters else ()
    operation: Schema = {
        "summary": summary,
        "responses": {"200": _json("The answer", schema), **_refusals(*missing)},
    }
    if parameters:
        operation["parameters"] = parameters
    return {"get": operation}


def _post(
    summary: str, asked: str, responses: Schema, parameters: list[Schema] | None = None
) -> Schema:
    return {
        "post": {
            "summary": summary,
            "parameters": parameters or [],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _ref(asked)}},
            },
            "responses": responses,
        }
    }


def _abort(kind: str) -> Schema:
    asked = _object({f"{kind}_id": {"type": "string", "minLength": 1}})
    answers = {
        status: _json(text, "Aborted")
        for status, text in (
            ("200", "Whether it is being stopped"),
            ("400", "No id"),
            ("404", f"No such {kind}"),
        )
    }
    return {
        "post": {
            "summary": f"Stop a {kind}; what was made is kept",
            "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
            "responses": answers | _refusals(413),
        }
    }


def _stream_again(kind: str) -> Schema:
    return {
        "get": {
            "summary": f"What happened in a {kind}, from the beginning or from where one stopped",
            "parameters": [
                _in_path(f"{kind}_id", _JOB_ID, "20260131_120000_000_0123abcd"),
                _last_event_id(),
                _form(),
            ],
            "responses": {
                "200": _events(),
                "204": {"description": "It has ended, and all of it was seen"},
                **_refusals(400, 404),
            },
        }
    }
