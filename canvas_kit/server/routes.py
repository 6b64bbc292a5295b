"""Which address is answered by what; what it takes and gives is said by the function itself."""

from __future__ import annotations

import re
from typing import Annotated, Any

from canvas_kit.server.answers import Description
from canvas_kit.server.handlers import choices, media, page, work, workbench
from canvas_kit.server.handlers.base import CanvasHandler, Route, RouteHandler, UnknownHandler
from canvas_kit.server.openapi import NAMES, description
from canvas_kit.server.service import Service


async def _describe(handler: RouteHandler) -> Annotated[dict[str, Any], Description]:
    """This description."""
    service = handler.service
    return description(routes_of(service), service.base_url, service.limits)


ROUTES: tuple[Route, ...] = (
    Route("/api/canvas/llm-models", choices.list_text_models),
    Route("/api/canvas/vision-models", choices.list_vision_models),
    Route("/api/canvas/output-configs", choices.list_output_configs),
    Route("/api/canvas/interception-configs", choices.list_presets),
    Route("/api/interception/{preset}", choices.one_preset),
    Route("/api/canvas/execute", work.execute, (409, 422, 429)),
    Route("/api/canvas/execute-stream", work.execute_stream, (404, 409, 422, 429)),
    Route("/api/canvas/execute-batch", work.execute_batch, (404, 409, 422, 429)),
    Route("/api/canvas/abort-run", work.abort_run, (404,)),
    Route("/api/canvas/abort-batch", work.abort_batch, (404,)),
    Route("/api/canvas/runs/{run_id}", work.run_record),
    Route("/api/canvas/runs/{run_id}/events", work.run_events, (400,)),
    Route("/api/canvas/batches", work.list_batches),
    Route("/api/canvas/batches/{batch_id}", work.batch_record),
    Route("/api/canvas/batches/{batch_id}/events", work.batch_events, (400,)),
    Route("/api/media/{kind}/{run_id}/{index}", media.medium),
    Route("/api/media/upload/image", page.upload_picture),
    Route("/api/media/uploads/{upload_id}", page.uploaded_picture),
    Route("/api/settings/safety-level", page.safety_level),
    Route("/api/settings/check-auth", page.may_open_settings),
    Route("/api/favorites", page.favorites),
    Route("/api/chat", page.chat),
    Route("/api/canvas/openapi.json", _describe),
)


def routes_of(service: Service) -> tuple[Route, ...]:
    """All that a service answers."""
    return (*ROUTES, *workbench.WORKBENCH) if service.workbench else ROUTES


def tornado_routes(service: Service) -> list[tuple[str, type[CanvasHandler], dict[str, Any]]]:
    """The routes as tornado takes them.

    The last one answers all else below these addresses, so that a wrong one is told in JSON.
    """
    routes: list[tuple[str, type[CanvasHandler], dict[str, Any]]] = [
        (pattern(route), route.handler, {"service": service, "route": route})
        for route in routes_of(service)
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
