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


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/api/canvas/llm-models",
        answer=partial(list_models, Capability.TEXT),
        summary="Models that write texts",
        answers=ModelList,
    ),
    Route(
        method="GET",
        path="/api/canvas/vision-models",
        answer=partial(list_models, Capability.VISION),
        summary="Models that look at pictures",
        answers=ModelList,
    ),
    Route(
        method="GET",
        path="/api/canvas/output-configs",
        answer=list_output_configs,
        summary="What a generation can name",
        answers=OutputConfigList,
    ),
    Route(
        method="GET",
        path="/api/canvas/interception-configs",
        answer=list_presets,
        summary="The interception presets",
        answers=PresetList,
    ),
    Route(
        method="GET",
        path="/api/interception/{preset}",
        answer=one_preset,
        summary="One interception preset, with its words",
        answers=PresetAnswer,
        refusals=(404,),
    ),
    Route(
        method="POST",
        path="/api/canvas/execute",
        answer=execute,
        summary="Run a canvas and answer when it has ended",
        request=RunRequest,
        answers=RunAnswer,
        refusals=(400, 409, 413, 422, 429),
    ),
    Route(
        method="POST",
        path="/api/canvas/execute-stream",
        handler=StreamHandler,
        answer=partial(start_and_tell, RunRequest),
        summary="Run a canvas and tell what happens: started, progress, node_complete, and "
        "complete or error. A canvas that cannot run is told in one error event; with the form "
        "'typed', by 422.",
        request=RunRequest,
        answers="events",
        refusals=(400, 404, 409, 413, 422, 429),
    ),
    Route(
        method="POST",
        path="/api/canvas/execute-batch",
        handler=StreamHandler,
        answer=partial(start_and_tell, BatchRequest),
        summary="Run a canvas many times and tell what happens: batch_started, run_start, "
        "progress and node_complete (with the run's run_id), run_complete or run_error, and "
        "batch_complete or batch_aborted.",
        request=BatchRequest,
        answers="events",
        refusals=(400, 404, 409, 413, 422, 429),
    ),
    Route(
        method="POST",
        path="/api/canvas/abort-run",
        answer=partial(abort, AbortRunRequest),
        summary="Stop a run; what was made is kept",
        request=AbortRunRequest,
        answers=Aborted,
        refusals=(400, 404, 413),
        refused=Aborted,
    ),
    Route(
        method="POST",
        path="/api/canvas/abort-batch",
        answer=partial(abort, AbortBatchRequest),
        summary="Stop a batch; what was made is kept",
        request=AbortBatchRequest,
        answers=Aborted,
        refusals=(400, 404, 413),
        refused=Aborted,
    ),
    Route(
        method="GET",
        path="/api/canvas/runs/{run_id}",
        answer=run_record,
        summary="The record of a run: how it ended, and everything it made with its sha256 and "
        "address",
        answers=RunRecord,
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/api/canvas/runs/{run_id}/events",
        handler=StreamHandler,
        answer=partial(tell_again, "run"),
        summary="What happened in a run, from the beginning or from where the reader stopped",
        answers="events",
        refusals=(400, 404),
    ),
    Route(
        method="GET",
        path="/api/canvas/batches",
        answer=list_batches,
        summary="Batches under way, or ended a short while ago",
        answers=BatchList,
    ),
    Route(
        method="GET",
        path="/api/canvas/batches/{batch_id}",
        answer=batch_record,
        summary="The record of a batch: how each of its runs ended",
        answers=BatchRecord,
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/api/canvas/batches/{batch_id}/events",
        handler=StreamHandler,
        answer=partial(tell_again, "batch"),
        summary="What happened in a batch, from the beginning or from where the reader stopped",
        answers="events",
        refusals=(400, 404),
    ),
    Route(
        method="GET",
        path="/api/media/{kind}/{run_id}/{index}",
        handler=MediaHandler,
        answer=medium,
        summary="One result of a run, byte for byte, whole or in ranges; its ETag is its sha256",
        answers="bytes",
        refusals=(404,),
    ),
    Route(
        method="GET",
        path="/api/canvas/openapi.json",
        answer=_describe,
        summary="This description",
        answers=Description,
    ),
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
