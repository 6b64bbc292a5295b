"""What a run made, byte for byte."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from tornado.iostream import StreamClosedError
from tornado.web import authenticated

from canvas_kit.errors import CanvasKitError
from canvas_kit.server.handlers.base import CanvasHandler

_PIECE_BYTES = 256 * 1024

_SHOWN_IN_A_PAGE = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/webp",
        "image/gif",
        "image/avif",
        "image/bmp",
        "image/tiff",
        "text/plain",
    }
)
"""What a browser may open as a page of its own. Anything that could run a script is only saved."""

_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_UNUSUAL = re.compile(r"[^A-Za-z0-9._-]")


class MediaHandler(CanvasHandler):
    """``GET /api/media/<kind>/<run_id>/<index>``: one result of a run."""

    @authenticated
    async def get(self, kind: str, run_id: str, index: str) -> None:
        """Send the bytes."""
        await self._answer(kind, run_id, index)

    @authenticated
    async def head(self, kind: str, run_id: str, index: str) -> None:
        """Send the headers."""
        await self._answer(kind, run_id, index)

    async def _answer(self, kind: str, run_id: str, index: str) -> None:
        service = self.service
        try:
            find = service.runs.medium
            entity, path = await service.read(find, run_id, kind, int(index))
        except CanvasKitError as error:
            self.refuse_for(error)
            return
        # A record may come from elsewhere: what it says goes into no header as it is.
        known = _MEDIA_TYPE.fullmatch(entity.media_type)
        media_type = entity.media_type if known else "application/octet-stream"
        kind_shown = media_type in _SHOWN_IN_A_PAGE or kind in ("audio", "video")
        disposition = "inline" if kind_shown else "attachment"
        name = f"{run_id}_{_UNUSUAL.sub('_', path.name)}"
        tag = f'"{entity.sha256}"'
        self.set_header("ETag", tag)
        # Private to who may ask, and asked for again each time: the tag spares the bytes.
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.set_header("Content-Disposition", f'{disposition}; filename="{name}"')
        charset = "; charset=utf-8" if media_type == "text/plain" else ""
        self.set_header("Content-Type", f"{media_type}{charset}")
        if tag in self.request.headers.get("If-None-Match", ""):
            self.set_status(304)
            await self.finish(set_content_type=f"{media_type}{charset}")
            return
        self.set_header("Content-Length", str(entity.size_bytes))
        with suppress(StreamClosedError):  # whoever asked is gone
            if self.request.method != "HEAD":
                await self._send(path)
            await self.finish(set_content_type=f"{media_type}{charset}")

    async def _send(self, path: Path) -> None:
        read = self.service.read
        file = await read(path.open, "rb")
        try:
            while piece := await read(file.read, _PIECE_BYTES):
                self.write(piece)
                await self.flush()
        finally:
            file.close()
