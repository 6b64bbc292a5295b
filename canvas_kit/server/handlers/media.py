"""What a run made, byte for byte, whole or in ranges."""

from __future__ import annotations

import re
from pathlib import Path

from tornado.web import HTTPError, StaticFileHandler, authenticated

from canvas_kit.errors import CanvasKitError
from canvas_kit.server.handlers.base import Route, RouteHandler, Sent
from canvas_kit.server.service import Service

SHOWN_IN_A_PAGE = frozenset(
    {"image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/bmp", "image/tiff",
     "text/plain"}
)  # fmt: skip
"""What a browser may open as a page of its own. Anything that could run a script is only saved."""

_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_UNUSUAL = re.compile(r"[^A-Za-z0-9._-]")


class MediaHandler(RouteHandler, StaticFileHandler):  # type: ignore[misc]
    """Answers ``GET /api/media/<kind>/<run_id>/<index>`` by tornado's own file handler.

    It knows ranges, which players of sound and video ask for.
    """

    shown_by_pages = True
    _media_type = ""
    _tag = ""

    def initialize(self, service: Service, route: Route) -> None:  # type: ignore[override]
        """Take what all handlers share; the folder is known when the record was read."""
        RouteHandler.initialize(self, service, route)
        self.root = ""
        self.default_filename = None

    @authenticated
    async def head(self, *path: str) -> None:  # type: ignore[override]
        """Send the headers."""
        await self.send(*path, include_body=False)

    async def send(self, kind: str, run_id: str, index: str, *, include_body: bool = True) -> None:
        """Send the bytes, or the range of them that was asked for."""
        service = self.service
        try:
            entity, path = await service.read(service.runs.medium, run_id, kind, int(index))
        except CanvasKitError as error:
            self.refuse_for(error)
            return
        await self.send_file(
            path,
            entity.media_type,
            entity.sha256,
            f"{run_id}_{path.name}",
            include_body=include_body,
        )

    async def send_file(
        self, path: Path, media_type: str, tag: str, name: str, *, include_body: bool
    ) -> None:
        """Send a file's bytes, or the range that was asked for; it is saved as ``name``.

        ``tag`` changes when the bytes do.
        """
        self.root = str(path.parent)
        self._media_type, self._tag = media_type, tag
        shown = self.get_content_type().partition(";")[0] in SHOWN_IN_A_PAGE
        kind = media_type.partition("/")[0]
        disposition = "inline" if shown or kind in ("audio", "video") else "attachment"
        name = _UNUSUAL.sub("_", name)
        self.set_header("Content-Disposition", f'{disposition}; filename="{name}"')
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        try:
            await StaticFileHandler.get(self, path.name, include_body)
        except HTTPError:  # gone since its record was read
            self.refuse(404, f"{name} is not there any more.")

    def set_extra_headers(self, path: str) -> None:
        """Private to who may ask, and asked for again each time: the tag spares the bytes."""
        self.set_header("Cache-Control", "private, no-cache")

    def get_cache_time(self, *_: object) -> int:
        """None, whatever the address says."""
        return 0

    def compute_etag(self) -> str:
        """The sha256 of the record."""
        return f'"{self._tag}"'

    def get_content_type(self) -> str:
        """The recorded media type. A record may come from elsewhere and say anything."""
        known = _MEDIA_TYPE.fullmatch(self._media_type)
        media_type = self._media_type if known else "application/octet-stream"
        return f"{media_type}; charset=utf-8" if media_type == "text/plain" else media_type


async def medium(handler: MediaHandler, kind: str, run_id: str, index: str) -> Sent:
    """One result of a run, byte for byte, whole or in ranges; its ETag is its sha256."""
    await handler.send(kind, run_id, index)
    return Sent()
