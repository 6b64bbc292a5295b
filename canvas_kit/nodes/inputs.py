"""Nodes that a canvas begins with: the person's words and pictures."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from pydantic import Field, PrivateAttr

from canvas_kit.canvas.node import Kind, KnownNames, OutputPort, Text
from canvas_kit.errors import MediaError, Problem, shorten
from canvas_kit.media import decode_data_url, recognise
from canvas_kit.nodes.base import Artifact, Inputs, NodeContext, NodeResult, RunnableNode


class Input(RunnableNode):
    """The person's words, as they were typed."""

    type = "input"
    positional = ("text",)
    outputs = (OutputPort("text", frozenset({Kind.TEXT})),)
    keeps = "text"

    text: Text = Field("", alias="promptText")
    """The words."""

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, text: str = ..., **fields: Any) -> None: ...

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The words go on, and into the record."""
        return NodeResult({"text": self.text}, (Artifact(self.text),))


class ImageInput(RunnableNode):
    """A picture to start from: a file, or a data URL."""

    type = "image_input"
    positional = ("image",)
    outputs = (OutputPort("image", frozenset({Kind.MEDIA})),)
    keeps = "media"

    image: str | Mapping[str, Any] = Field("", alias="imageData")
    """A file's path, a ``file:`` or ``data:`` URL, or the editor's object with ``image_path`` or
    ``data``. A relative path is looked for beside the canvas file, else in the working folder."""

    _anywhere: bool = PrivateAttr(default=True)
    _folder: Path | None = PrivateAttr(default=None)

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, image: str | Mapping[str, Any] = ..., **fields: Any) -> None: ...

    def located(self, folder: Path | None) -> Self:
        """This node, bound to the folder of its canvas file; without one, to no file at all."""
        self._anywhere, self._folder = False, folder
        return self

    def evolve(self, **changes: Any) -> Self:
        """This node with other field values, bound as it was."""
        node = super().evolve(**changes)
        node._anywhere, node._folder = self._anywhere, self._folder
        return node

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """No picture, a broken data URL, a missing file, or one outside the canvas's folder."""
        try:
            source = self._source(known.allowed_folders if known else ())
            start = _beginning(source) if isinstance(source, Path) else source
            if recognise(start) is None:
                where = "the file it names" if isinstance(source, Path) else "its data URL"
                raise MediaError(
                    f"{where} holds neither picture, sound nor film, but begins with "
                    f"{shorten(start[:24])}. Give a PNG, JPEG or WebP."
                )
        except MediaError as error:
            yield Problem(str(error), "bad_image", self.id, self.json_name("image"))

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The picture goes on, and into the record, byte for byte."""
        import asyncio

        source = self._source(work.settings.allowed_folders)
        if isinstance(source, Path):
            limit = work.settings.max_download_bytes
            data = await asyncio.to_thread(_read, source, limit)
        else:
            data = source
        media = await work.checked(data)
        return NodeResult({"image": media}, (Artifact(media),))

    def _source(self, allowed: Sequence[Path]) -> bytes | Path:
        """The picture's bytes, or the file that holds them.

        Raises:
            MediaError: When neither can be told.
        """
        image = self.image
        if isinstance(image, Mapping):
            image = image.get("data") or image.get("image_path") or image.get("path") or ""
            if isinstance(image, str) and self._is_bare_base64():
                return decode_data_url(f"data:;base64,{image}")
        if not isinstance(image, str) or not image.strip():
            raise MediaError("has no picture. Give a file's path or a data URL.")
        if image.startswith("data:"):
            return decode_data_url(image)
        if "\0" in image:
            raise MediaError(f"{shorten(image)} is not a file name.")
        if image.startswith("file:"):
            image = url2pathname(unquote(urlsplit(image).path))
        elif "://" in image:
            raise MediaError(
                f"{shorten(image)} lies on the network. Save it beside the canvas and name "
                "that file."
            )
        return self._inside(Path(image), allowed)

    def _is_bare_base64(self) -> bool:
        return (
            isinstance(self.image, Mapping)
            and isinstance(data := self.image.get("data"), str)
            and not data.startswith("data:")
        )

    def _inside(self, path: Path, allowed: Sequence[Path]) -> Path:
        """``path``, if the canvas may read there.

        What a person writes in Python may lie anywhere. A canvas that came as a file may only name
        what lies in its folder, and one that came over the network nothing, unless the settings
        allow a folder: a canvas must not be able to carry away other files.
        """
        if self._anywhere:
            return path
        folders = [folder.resolve() for folder in (self._folder, *allowed) if folder is not None]
        base = folders[0] if folders else Path()
        found = (base / path).resolve()
        if not any(found.is_relative_to(folder) for folder in folders):
            raise MediaError(
                f"the picture {shorten(str(path))} lies outside the folder of the canvas. Move it "
                "there, or add its folder to the setting allowed_folders."
            )
        return found


def _beginning(path: Path) -> bytes:
    _readable(path)
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError as error:
        raise MediaError(f"the picture {path} cannot be read: {error.strerror}.") from None


def _readable(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise MediaError(f"the picture {path} cannot be read: {error.strerror}.") from None
    if not stat.S_ISREG(mode):
        raise MediaError(f"{path} is not an ordinary file.")


def _read(path: Path, limit: int) -> bytes:
    _readable(path)
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise MediaError(f"The picture {path} cannot be read: {error.strerror}.") from None
    if len(data) > limit:
        raise MediaError(f"The picture {path} is larger than {limit} bytes.")
    return data
