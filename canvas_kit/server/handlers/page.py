"""What the page around the original's canvas asks for: pictures to start from, and what it shows.

The page knows a safety level, favourites, an assistant and settings behind a password. canvas-kit
has none of these, and says so in the page's own terms.
"""

from __future__ import annotations

from typing import Any

from tornado.httputil import HTTPFile, parse_body_arguments

from canvas_kit.errors import CanvasKitError, MediaError
from canvas_kit.german import say
from canvas_kit.server.answers import (
    Authenticated,
    ChatReply,
    Favorites,
    SafetyLevel,
    UploadedPicture,
)
from canvas_kit.server.handlers.base import RefusedRequest, RouteHandler, Sent
from canvas_kit.server.handlers.media import MediaHandler
from canvas_kit.server.requests import ChatRequest, PictureUpload

_NO_ASSISTANT = (
    "There is no assistant here: this canvas is run by canvas-kit, which runs canvases only."
)


class UploadHandler(RouteHandler):
    """Takes a file from a form."""

    body_type = "multipart/form-data"

    async def call(self, *path: str) -> Any:
        """The answer for the form's one file.

        Raises:
            RefusedRequest: When there is no such form in the body, or no such file in the form.
        """
        body, self._body = bytes(self._body), bytearray()
        files: dict[str, list[HTTPFile]] = {}
        content_type = self.request.headers.get("Content-Type", "")
        if content_type.partition(";")[0].strip().lower() == self.body_type:
            try:
                parse_body_arguments(content_type, body, {}, files)
            except Exception as error:  # tornado tells a broken form in several ways
                raise RefusedRequest(400, "The form cannot be read.") from error
        sent = files.get("file", [])
        if len(sent) != 1:
            raise RefusedRequest(
                400, "A form (multipart/form-data) with one file, named 'file', is expected."
            )
        return await self.route.answer(self, PictureUpload(file=sent[0].body), *path)


class UploadedHandler(MediaHandler):
    """Answers with a picture that was handed in."""

    async def send(self, upload_id: str, *_: str, include_body: bool = True) -> None:
        """Send the bytes, or the range of them that was asked for."""
        try:
            upload = await self.service.read(self.service.uploads.find, upload_id)
        except CanvasKitError as error:
            self.refuse_for(error)
            return
        await self.send_file(
            upload.path, upload.media_type, upload.id, upload.path.name, include_body=include_body
        )


async def upload_picture(handler: UploadHandler, request: PictureUpload) -> UploadedPicture:
    """Hand in a picture (PNG, JPEG or WebP) for an image input, which names it by image_path."""
    service = handler.service
    try:
        upload = await service.read(service.uploads.add, request.file)
    except MediaError as error:
        raise RefusedRequest(400, str(error)) from None
    size = [upload.width, upload.height]
    return UploadedPicture(
        image_id=upload.id,
        image_path=upload.path.name,
        filename=upload.path.name,
        original_size=size,
        resized_size=size,
    )


async def uploaded_picture(handler: UploadedHandler, upload_id: str) -> Sent:
    """A picture that was handed in, byte for byte."""
    await handler.send(upload_id)
    return Sent()


async def safety_level(handler: RouteHandler) -> SafetyLevel:
    """The level that the original calls research: nothing is filtered here."""
    return SafetyLevel(safety_level="research")


async def favorites(handler: RouteHandler) -> Favorites:
    """None: nothing is marked as a favourite here."""
    return Favorites()


async def may_open_settings(handler: RouteHandler) -> Authenticated:
    """That the original's page of settings cannot be opened: there is none here."""
    return Authenticated(authenticated=False)


async def chat(handler: RouteHandler, request: ChatRequest) -> ChatReply:
    """That there is no assistant here."""
    return ChatReply(reply=say(_NO_ASSISTANT, handler.language))
