"""Pictures that clients hand in to start a canvas from."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from canvas_kit.errors import MediaError
from canvas_kit.media import extension_of, inspect, recognise
from canvas_kit.server.run_index import NotRecorded

FOLDER = "uploads"
"""Where they lie, in the exports folder."""

_TAKEN = ("image/png", "image/jpeg", "image/webp")
_ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that was handed in.

    Attributes:
        id: Follows from the bytes, so that the same picture is kept once.
        path: Its file.
        media_type: Recognised from the bytes.
        width: In pixels.
        height: In pixels.
    """

    id: str
    path: Path
    media_type: str
    width: int = 0
    height: int = 0


class Uploads:
    """The pictures in one folder, of which the oldest go. Blocks on the disk: call it in a thread.

    A canvas names one by its file name (``image_path``); nothing outside the folder can be named.
    """

    def __init__(self, folder: Path, *, keep: int, max_pixels: int) -> None:
        """Look at nothing yet; the folder is made with the first picture."""
        self.folder = folder
        self._keep = keep
        self._max_pixels = max_pixels

    def add(self, data: bytes) -> Upload:
        """Keep a picture, byte for byte.

        Raises:
            MediaError: When the bytes are not a whole picture of a kind that a page shows.
        """
        media_type = recognise(data)
        if media_type not in _TAKEN:
            raise MediaError("The file is no picture that can be used: send a PNG, JPEG or WebP.")
        facts = inspect(data, max_pixels=self._max_pixels)
        name = sha256(data).hexdigest()[:_ID_LENGTH]
        path = self.folder / f"{name}.{extension_of(media_type)}"
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".", delete=False) as partial:
            partial.write(data)
        Path(partial.name).replace(path)
        self._drop_oldest()
        return Upload(name, path, media_type, facts.width or 0, facts.height or 0)

    def find(self, upload_id: str) -> Upload:
        """The picture with this id.

        Raises:
            NotRecorded: When there is none (any more).
        """
        for media_type in _TAKEN:
            path = self.folder / f"{upload_id}.{extension_of(media_type)}"
            if path.is_file() and not path.is_symlink():
                return Upload(upload_id, path, media_type)
        raise NotRecorded(f"There is no uploaded picture {upload_id}. Upload it again.")

    def _drop_oldest(self) -> None:
        files = []
        for file in self.folder.iterdir():
            with suppress(FileNotFoundError):  # another upload has removed or named it
                files.append((file.stat().st_mtime_ns, file))
        for _, file in sorted(files)[: -self._keep]:
            file.unlink(missing_ok=True)
