"""Which address is answered by what: one declaration gives the route and its description."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from canvas_kit.backends.base import Capability
from canvas_kit.server.answers import (
    Aborted,
    BatchList,
    BatchRecord,
    Description,
    ModelList,
    OutputConfigList,
    PresetAnswer,
    PresetList,
    RunAnswer,
    RunRecord,
)
from canvas_kit.server.handlers.base import CanvasHandler, Route, RouteHandler, UnknownHandler
from canvas_kit.server.handlers.choices import (
    list_models,
    list_output_configs,
    list_presets,
    one_preset,
)
from canvas_kit.server.handlers.media import MediaHandler, medium
from canvas_kit.server.handlers.stream import StreamHandler
from canvas_kit.server.handlers.work import (
    abort,
    batch_record,
    execute,
    list_batches,
    run_record,
    start_and_tell,
    tell_again,
)
from canvas_kit.server.openapi import NAMES, description
from canvas_kit.server.requests import (
    AbortBatchRequest,
    AbortRunRequest,
    BatchRequest,
    RunRequest,
)
from canvas_kit.server.service import Service


async def _describe(handler: RouteHandler) -> dict[str, Any]:
    """This description."""
    return description(ROUTES, handler.service.base_url, handler.service.limits)


_REFUSED_STARTS = (400, 404, 409, 413, 422, 429)

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/api/canvas/llm-models",
        "Models that write texts",
        partial(list_models, Capability.TEXT),
        ModelList,
    ),
    Route(
        "GET",
        "/api/canvas/vision-models",
        "Models that look at pictures",
        partial(list_models, Capability.VISION),
        ModelList,
    ),
    Route(
        "GET",
        "/api/canvas/output-configs",
        "What a generation can name",
        list_output_configs,
        OutputConfigList,
    ),
    Route(
        "GET",
        "/api/canvas/interception-configs",
        "The interception presets",
        list_presets,
        PresetList,
    ),
    Route(
        "GET",
        "/api/interception/{preset}",
        "One interception preset, with its words",
        one_preset,
        PresetAnswer,
        refusals=(404,),
    ),
    Route(
        "POST",
        "/api/canvas/execute",
        "Run a canvas and answer when it has ended",
        execute,
        RunAnswer,
        request=RunRequest,
        refusals=(400, 409, 413, 422, 429),
    ),
    Route(
        "POST",
        "/api/canvas/execute-stream",
        "Run a canvas and tell what happens: started, progress, node_complete, and complete or "
        "error. A canvas that cannot run is told in one error event; with form 'typed', by 422.",
        partial(start_and_tell, RunRequest),
        "events",
        request=RunRequest,
        refusals=_REFUSED_STARTS,
        handler=StreamHandler,
    ),
    Route(
        "POST",
        "/api/canvas/execute-batch",
        "Run a canvas many times and tell what happens: batch_started, run_start, progress and "
        "node_complete (with the run's run_id), run_complete or run_error, and batch_complete or "
        "batch_aborted.",
        partial(start_and_tell, BatchRequest),
        "events",
        request=BatchRequest,
        refusals=_REFUSED_STARTS,
        handler=StreamHandler,
    ),
    *(
        Route(
            "POST",
            f"/api/canvas/abort-{model.kind}",
            f"Stop a {model.kind}; what was made is kept",
            partial(abort, model),
            Aborted,
            request=model,
            refusals=(400, 404, 413),
            refused=Aborted,
        )
        for model in (AbortRunRequest, AbortBatchRequest)
    ),
    Route(
        "GET",
        "/api/canvas/runs/{run_id}",
        "The record of a run: how it ended, and everything it made with its sha256 and address",
        run_record,
        RunRecord,
        refusals=(404,),
    ),
    Route(
        "GET",
        "/api/canvas/batches",
        "Batches under way, or ended a short while ago",
        list_batches,
        BatchList,
    ),
    Route(
        "GET",
        "/api/canvas/batches/{batch_id}",
        "The record of a batch: how each of its runs ended",
        batch_record,
        BatchRecord,
        refusals=(404,),
    ),
    Route(
        "GET",
        "/api/canvas/runs/{run_id}/events",
        "What happened in a run, from the beginning or from where the reader stopped",
        partial(tell_again, "run"),
        "events",
        refusals=(400, 404),
        handler=StreamHandler,
    ),
    Route(
        "GET",
        "/api/canvas/batches/{batch_id}/events",
        "What happened in a batch, from the beginning or from where the reader stopped",
        partial(tell_again, "batch"),
        "events",
        refusals=(400, 404),
        handler=StreamHandler,
    ),
    Route(
        "GET",
        "/api/media/{kind}/{run_id}/{index}",
        "One result of a run, byte for byte, whole or in ranges; its ETag is its sha256",
        medium,
        "bytes",
        refusals=(404,),
        handler=MediaHandler,
    ),
    Route("GET", "/api/canvas/openapi.json", "This description", _describe, Description),
)


def tornado_routes(service: Service) -> list[tuple[str, type[CanvasHandler], dict[str, Any]]]:
    """The routes as tornado takes them.

    The last one answers all else below these addresses, so that a wrong one is told in JSON.
    """
    routes: list[tuple[str, type[CanvasHandler], dict[str, Any]]] = [
        (pattern(route), route.handler or RouteHandler, {"service": service, "route": route})
        for route in ROUTES
    ]
    unknown = r"/api/(?:canvas|media|interception)(?:/.*)?"
    return [*routes, (unknown, UnknownHandler, {"service": service})]


def pattern(route: Route) -> str:
    """The regular expression of a route's address."""
    parts = re.split(r"\{(\w+)\}", route.path)
    return "".join(
        f"({NAMES[part].pattern})" if number % 2 else re.escape(part)
        for number, part in enumerate(parts)
    )
