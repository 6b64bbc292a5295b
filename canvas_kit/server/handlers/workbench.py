"""What the workbench in JupyterLab asks: the desk's methods, and pictures as they are shown."""

from __future__ import annotations

from typing import Annotated, Any

from canvas_kit.server.answers import DeskAnswer
from canvas_kit.server.handlers.base import RouteHandler
from canvas_kit.server.requests import DeskQuestion


class DeskHandler(RouteHandler):
    """Answers a question of a view. What cannot be done is the question's fault, not ours."""

    fault = 422


async def answer(
    handler: DeskHandler, request: DeskQuestion, method: str
) -> Annotated[dict[str, Any], DeskAnswer]:
    """What a view of the workbench asks, by method; the answer is the method's own."""
    service = handler.service
    given: dict[str, Any] = await service.on_engine(
        service.desk.answer(method, request.model_extra or {})
    )
    return given
