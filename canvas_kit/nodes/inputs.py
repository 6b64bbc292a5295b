"""Nodes that a canvas begins with: the user's words and pictures."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pydantic import BeforeValidator, Field, PrivateAttr

from canvas_kit.canvas.fields import Text
from canvas_kit.canvas.node import KnownNames, constructor
from canvas_kit.canvas.ports import MEDIA, TEXT, OutputPort
from canvas_kit.errors import MediaError, Problem, shorten
from canvas_kit.files import open_file, read_start
from canvas_kit.media import decode_data_url, is_data_url, recognise
from canvas_kit.nodes.base import Artifact, Inputs, NodeContext, NodeResult, RunnableNode

if TYPE_CHECKING:
    from PIL.Image import Image


_PART_BYTES = 1 << 20
"""How much of a picture is read at a time to hash it."""


class Input(RunnableNode):
    """The user's words, as they were typed.

    Args:
        text: The words.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "input"
    outputs = (OutputPort("text", TEXT),)
    keeps = "text"

    text: Text = Field("", alias="promptText")

    @constructor
    def __init__(self, text: str = "", *, id: str = "") -> None: ...

    def warnings(self) -> Iterator[Problem]:
        """That there are no words."""
        if not self.text.strip():
            yield Problem("The prompt is empty.", "empty_prompt", self.id, self.name_of("text"))

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The words go on, and into the record."""
        return NodeResult({"text": self.text}, (Artifact(self.text),))


def _as_written(picture: object) -> object:
    """A path as text; bytes and Pillow images as a data URL, so that a canvas file holds them."""
    if isinstance(picture, os.PathLike):
        return os.fspath(picture)
    pillow = sys.modules.get("PIL.Image")  # loaded if there is an image of it
    if pillow is not None and isinstance(picture, pillow.Image):
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        picture = buffer.getvalue()
    if isinstance(picture, bytes | bytearray | memoryview):
        data = bytes(picture)
        media_type = recognise(data)
        if media_type is None:
            raise ValueError("should be a picture: these bytes are neither PNG, JPEG nor WebP")
        return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
    return picture


class OutsideFolders(MediaError):
    """A canvas file names a picture in a folder that is neither its own nor known to be allowed."""


class ImageInput(RunnableNode):
    """A picture to start from.

    Args:
        picture: A file's path, its bytes, a Pillow image, a ``file:`` or ``data:`` URL, or the
            editor's object with ``image_path`` or ``data``. A relative path in a canvas file is
            looked for beside that file, else in the working folder.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "image_input"
    outputs = (OutputPort("image", MEDIA),)
    keeps = "media"

    picture: Annotated[str | Mapping[str, Any], BeforeValidator(_as_written)] = Field(
        "", alias="imageData"
    )

    _anywhere: bool = PrivateAttr(default=True)
    _folder: Path | None = PrivateAttr(default=None)

    @constructor
    def __init__(
        self, picture: str | Path | bytes | Image | Mapping[str, Any] = "", *, id: str = ""
    ) -> None: ...

    def located(self, folder: Path | None) -> Self:
        """This node, bound to the folder of its canvas file; without one, to no file at all."""
        self._anywhere, self._folder = False, folder
        return self

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """No picture, a broken data URL, a missing file, or one outside the canvas's folder."""
        try:
            found = self._find(known.allowed_folders if known else ())
            start = _read(found, 4096) if isinstance(found, Path) else found
            if recognise(start) is None:
                where = "the file it names" if isinstance(found, Path) else "its data URL"
                # What it holds instead is not said: a canvas of others may name any file.
                raise MediaError(
                    f"{where} holds neither picture, sound nor film. Give a PNG, JPEG or WebP."
                )
        except OutsideFolders as error:
            if known is not None:  # else the settings, which may allow the folder, come later
                yield Problem(str(error), "bad_image", self.id, self.name_of("picture"))
        except MediaError as error:
            yield Problem(str(error), "bad_image", self.id, self.name_of("picture"))

    def identity(self, folders: Sequence[Path] = ()) -> dict[str, Any]:
        """As of every node; the picture counts, not where it lies.

        Raises:
            MediaError: When it cannot be read.
        """
        found = self._find(folders)
        digest = hashlib.sha256(b"" if isinstance(found, Path) else found)
        if isinstance(found, Path):
            try:
                with open_file(found) as file:
                    while part := file.read(_PART_BYTES):
                        digest.update(part)
            except OSError as error:
                raise _unreadable(found, error) from None
        return super().identity(folders) | {"fields": {"sha256": digest.hexdigest()}}

    def self_contained(self, folders: Sequence[Path] = ()) -> Self:
        """This node with its picture as a data URL, if it names a file."""
        found = self._find(folders)
        return self.evolve(picture=_read(found, -1)) if isinstance(found, Path) else self

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The picture goes on, and into the record, byte for byte."""
        data = self._find(context.settings.allowed_folders)
        if isinstance(data, Path):
            path, limit = data, context.settings.max_download_bytes
            data = await asyncio.to_thread(_read, path, limit + 1)
            if len(data) > limit:
                raise MediaError(f"The picture {path} is larger than {limit} bytes.")
        media = await context.checked(data)
        return NodeResult({"image": media}, (Artifact(media),))

    def _find(self, allowed: Sequence[Path]) -> bytes | Path:
        """The picture's bytes, or the file that holds them.

        Raises:
            MediaError: When neither can be told.
        """
        image: Any = self.picture
        if isinstance(image, Mapping):
            data = image.get("data")
            if isinstance(data, str) and data and not is_data_url(data):
                return decode_data_url(f"data:;base64,{data}")
            image = data or image.get("image_path") or image.get("path")
        if not isinstance(image, str) or not image.strip():
            raise MediaError("has no picture. Give a file's path or a data URL.")
        if is_data_url(image):
            return decode_data_url(image)
        if image.startswith("file:"):
            try:
                image = url2pathname(urlsplit(image).path)
            except ValueError as error:
                raise MediaError(f"{shorten(image)} is not a file URL: {error}.") from None
        elif "://" in image:
            raise MediaError(
                f"{shorten(image)} lies on the network. Save it beside the canvas and name "
                "that file."
            )
        if "\0" in image:
            raise MediaError(f"{shorten(image)} is not a file name.")
        return self._inside(Path(image), allowed)

    def _inside(self, path: Path, allowed: Sequence[Path]) -> Path:
        """``path``, if the canvas may read there.

        What is written in Python may lie anywhere. A canvas that came as a file may only name
        what lies in its folder, and one that came over the network nothing, unless the settings
        allow a folder: a canvas must not be able to carry away other files.
        """
        if self._anywhere:
            return path
        try:
            folders = [
                folder.resolve() for folder in (self._folder, *allowed) if folder is not None
            ]
            found = (folders[0] / path if folders else path).resolve()
        except (OSError, RuntimeError):  # a circle of links, a name that is too long
            raise MediaError(f"the picture {shorten(str(path))} cannot be found.") from None
        if not any(found.is_relative_to(folder) for folder in folders):
            raise OutsideFolders(
                f"the picture {shorten(str(path))} lies outside the folder of the canvas. Move it "
                "there, or add its folder to the setting allowed_folders."
            )
        return found


def _read(path: Path, limit: int) -> bytes:
    try:
        return read_start(path, limit)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> MediaError:
    return MediaError(f"the picture {path} cannot be read: {error.strerror}.")
