"""The description of all addresses."""

from __future__ import annotations

from tornado.web import authenticated

from canvas_kit.server.handlers.base import CanvasHandler
from canvas_kit.server.openapi import description


class DescriptionHandler(CanvasHandler):
    """``GET /api/canvas/openapi.json``."""

    @authenticated
    async def get(self) -> None:
        """Answer the description."""
        self.answer(description(self.service.base_url, self.service.limits))
