"""Pictures from a folder instead of from a model: the one whose file name fits the prompt best."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from canvas_kit.backends.base import (
    Backend,
    Capability,
    MediaItem,
    MediaRequest,
    MediaResult,
    Reporter,
)
from canvas_kit.errors import BackendUnavailable, SettingsError
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings
from canvas_kit.values import Provenance


class AlbumBackend(Backend):
    """The pictures of one folder, named in the settings::

    [backends.album]
    folder = "/home/me/pictures"
    """

    kind = "album"

    def __init__(self, name: str, options: BackendSettings, network: NetworkPolicy) -> None:
        super().__init__(name, capabilities=frozenset({Capability.IMAGE}))
        folder = (options.model_extra or {}).get("folder")
        if not folder:
            raise SettingsError(f"The backend {name!r} needs the setting 'folder'.")
        self.folder = Path(folder)

    async def generate(self, request: MediaRequest, reporter: Reporter) -> MediaResult:
        """The picture whose name shares most words with the prompt."""
        begin = time.monotonic()
        async with self.slot(reporter):
            await reporter.submitting(request.job_id)
            reporter.progress("looking through the album")
            path, data = await asyncio.to_thread(self._best, request.prompt)
        return MediaResult(
            (MediaItem(data, source={"file": path.name}),),
            Provenance(
                self.name,
                request.model or "folder",
                request={"prompt": request.prompt},
                seconds=time.monotonic() - begin,
                method="chosen by the words of its file name",
            ),
        )

    def _best(self, prompt: str) -> tuple[Path, bytes]:
        words = set(prompt.casefold().split())
        pictures = sorted(self.folder.glob("*.png"))
        if not pictures:
            raise BackendUnavailable(f"{self.folder} holds no PNG file.", backend=self.name)
        best = max(pictures, key=lambda path: len(words & set(path.stem.casefold().split("_"))))
        return best, best.read_bytes()
