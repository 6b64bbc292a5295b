"""What the workbench in JupyterLab asks: the desk's methods, and pictures as they are shown."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from canvas_kit.server.answers import DeskAnswer
from canvas_kit.server.handlers.base import RefusedRequest, Route, RouteHandler, Sent
from canvas_kit.server.handlers.media import SHOWN_IN_A_PAGE
from canvas_kit.server.requests import DeskQuestion

LONGEST_EDGE = 4096
_BEGINNING_OF_A_HASH = re.compile("[0-9a-f]{16,64}")
PICTURE_QUERY: Final = (
    {
        "name": "edge",
        "in": "query",
        "description": "The longest edge of a thumbnail in pixels; 0 for the file itself",
        "schema": {"type": "integer", "minimum": 0, "maximum": LONGEST_EDGE, "default": 0},
    },
    {
        "name": "sha256",
        "in": "query",
        "description": "The hash of what is expected, or its beginning; it may then be kept",
        "schema": {"type": "string", "pattern": f"^({_BEGINNING_OF_A_HASH.pattern})?$"},
    },
)


class DeskHandler(RouteHandler):
    """Answers a question of a view. What cannot be done is the question's fault, not ours."""

    fault = 422


class PictureHandler(RouteHandler):
    """Sends a picture, which a page may keep for ever where it said its hash."""

    fault = 404
    shown_by_pages = True

    async def send(self, run_id: str, file: str) -> None:
        """Send what the desk gives for the address.

        Raises:
            RefusedRequest: When size or hash are none.
            CanvasKitError: When there is no such thing.
        """
        edge, sha256 = self.get_query_argument("edge", "0"), self.get_query_argument("sha256", "")
        if not re.fullmatch(r"[0-9]{1,4}", edge) or int(edge) > LONGEST_EDGE:
            raise RefusedRequest(400, f"edge should be a whole number from 0 to {LONGEST_EDGE}.")
        if sha256 and not _BEGINNING_OF_A_HASH.fullmatch(sha256):
            raise RefusedRequest(400, "sha256 should be 16 to 64 hexadecimal digits.")
        desk = self.service.desk
        data, media_type = await self.service.on_engine(
            desk.picture(run_id, file, sha256, int(edge))
        )
        if media_type not in SHOWN_IN_A_PAGE:  # a record may come from elsewhere and say anything
            media_type = "application/octet-stream"
            self.set_header("Content-Disposition", "attachment")
        self.set_header("Content-Type", media_type)
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        if sha256:
            self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.finish(data)


async def answer(
    handler: DeskHandler, request: DeskQuestion, method: str
) -> Annotated[dict[str, Any], DeskAnswer]:
    """What a view of the workbench asks, by method; the answer is the method's own."""
    service = handler.service
    given: dict[str, Any] = await service.on_engine(
        service.desk.answer(method, request.model_extra or {})
    )
    return given


async def picture(handler: PictureHandler, run_id: str, file: str) -> Sent:
    """A recorded picture, or a thumbnail of it."""
    await handler.send(run_id, file)
    return Sent()


WORKBENCH: Final = (
    Route("/api/canvas/workbench/{method}", answer, (422, 503)),
    Route("/api/canvas/workbench/picture/{run_id}/{file}", picture, (400, 503), PICTURE_QUERY),
)
"""What JupyterLab's page asks besides; not there where there is no such page."""
