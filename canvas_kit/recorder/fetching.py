"""Where a picture may come from when only its address is given."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from canvas_kit.errors import DownloadError, shorten
from canvas_kit.media import decode_data_url, is_data_url
from canvas_kit.recorder.disk import translated
from canvas_kit.tasks import in_thread

if TYPE_CHECKING:
    from canvas_kit.network import NetworkPolicy

_MAX_LOCAL_BYTES = 256 * 2**20


class Fetcher:
    """Fetches from servers, data URLs and allowed folders; from nowhere else."""

    def __init__(
        self, network: NetworkPolicy | None, allowed_folders: Sequence[Path], pool: Executor | None
    ) -> None:
        """Say what is allowed; without ``network``, the backend's own host alone."""
        self._network = network
        self._allowed_folders = tuple(allowed_folders)
        self._pool = pool

    async def fetch(self, url: str, base: str, backend: str) -> tuple[bytes, int | None]:
        """The bytes at ``url``, and the length that their server announced, if it did.

        Raises:
            DownloadError: When they did not come, or not whole.
            AccessDenied: When the host is not allowed.
            MediaError: When a data URL is broken.
        """
        if not url:
            raise DownloadError("The address of the picture is empty.")
        if is_data_url(url):
            return decode_data_url(url), None
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise DownloadError(f"{shorten(url)} is not an address: {error}.") from None
        if parts.scheme == "file":
            return await self._read_local(Path(url2pathname(parts.path)))
        if parts.scheme in ("http", "https"):
            return await self._download(url, base, backend)
        if parts.scheme and len(parts.scheme) > 1:  # one letter is a Windows drive
            raise DownloadError(
                f"The address {shorten(url)} has the scheme {parts.scheme!r}; http, https, data "
                "and file can be fetched.",
                url=url,
            )
        local = Path(url)
        if self._is_allowed(local):
            return await self._read_local(local)
        if base:
            return await self._download(url, base, backend)
        raise DownloadError(
            f"{shorten(url)} is a path, but no backend address is configured that it could belong "
            "to, and it is no file in an allowed folder.",
            url=url,
        )

    async def _download(self, url: str, base: str, backend: str) -> tuple[bytes, int | None]:
        from canvas_kit.network import NetworkPolicy, download

        network = self._network or NetworkPolicy()
        found = await download(url, network=network, base=base, backend=backend)
        return found.data, found.announced_size

    async def _read_local(self, path: Path) -> tuple[bytes, int | None]:
        if not self._is_allowed(path):
            raise DownloadError(
                f"The file {path} is not there, or lies outside the allowed folders "
                f"({', '.join(map(str, self._allowed_folders)) or 'none'}).",
                url=str(path),
            )
        limit = self._network.max_download_bytes if self._network else _MAX_LOCAL_BYTES

        def read() -> bytes:
            with translated(f"read {path}"), path.open("rb") as file:
                return file.read(limit + 1)

        data = await in_thread(self._pool, read)
        if len(data) > limit:
            raise DownloadError(f"The file {path} is larger than {limit} bytes.", url=str(path))
        return data, None

    def _is_allowed(self, path: Path) -> bool:
        try:
            found = path.resolve(strict=True)
        except (OSError, ValueError, RuntimeError):  # a circle of links
            return False
        return found.is_file() and any(
            found.is_relative_to(folder.resolve()) for folder in self._allowed_folders
        )


def public_source(url: str) -> str:
    """Where a picture came from, without credentials and keys, at a length that can be read."""
    if is_data_url(url):
        return url.partition(",")[0][:200]
    from canvas_kit.network import public_url

    shown = public_url(url)
    return shown if len(shown) <= 400 else f"{shown[:400]}…"
