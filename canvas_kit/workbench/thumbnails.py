"""Small copies of pictures, kept on the disk by what they are copies of.

They lie in the user's cache folder and can be made again at any time. A copy is named by the
picture's SHA-256 and the edge, so that it serves wherever the same picture lies, and never shows
another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path

from canvas_kit.executor.cache import Cache
from canvas_kit.media import thumbnail
from canvas_kit.settings import Settings

EDGES = (160, 320, 640, 1280, 2560)
"""The longest edges of copies, in pixels; what is asked for gets the next one up."""
_UNCHANGED_BYTES_PER_PIXEL = 60
"""A PNG or JPEG with no more bytes for each pixel of the edge is its own thumbnail."""
_LABEL = "thumbnail/1"
"""Stands in front of what a name is made of; a change of how copies are made needs another."""


class Thumbnails:
    """A folder of thumbnails, for any number of threads and processes."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; touches no disk."""
        own = settings.index_folder or user_cache_path("canvas-kit", appauthor=False)
        self._cache = Cache(own / "thumbnails", max_bytes=settings.thumbnails_max_bytes)

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._cache.folder

    def find(self, sha256: str, edge: int) -> tuple[bytes, str] | None:
        """A thumbnail and its media type, if it was made before."""
        found = self._cache.read(_name(sha256, edge))
        return (found[1][0], str(found[0]["media_type"])) if found is not None else None

    def make(self, sha256: str, edge: int, read: Callable[[], bytes]) -> tuple[bytes, str] | None:
        """A thumbnail and its media type, made now if it was not before.

        Args:
            sha256: Of the picture.
            edge: The longest edge in pixels, at least.
            read: Gives the picture's bytes.

        Returns:
            None for what cannot be shown: no picture, a damaged one, one that is too large.

        Raises:
            RecordError: As ``read`` does.
        """
        if (found := self.find(sha256, edge)) is not None:
            return found
        size = _edge(edge)
        larger = next(
            (found[0] for at in EDGES if at > size and (found := self.find(sha256, at))), b""
        )
        data = larger or read()
        made = thumbnail(data, edge=size, max_bytes=_UNCHANGED_BYTES_PER_PIXEL * size)
        if made is not None:
            self._cache.write(_name(sha256, edge), {"media_type": made[1]}, made[:1])
        return made


def _edge(edge: int) -> int:
    return next((size for size in EDGES if size >= edge), EDGES[-1])


def _name(sha256: str, edge: int) -> str:
    return hashlib.sha256(f"{_LABEL} {sha256} {_edge(edge)}".encode()).hexdigest()
