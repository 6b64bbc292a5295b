"""Pictures on their way home: each is fetched as soon as the server announces it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from canvas_kit.backends.base import MediaItem
from canvas_kit.backends.image_metadata import embedded_parameters
from canvas_kit.backends.swarmui.frames import Announced
from canvas_kit.backends.swarmui.metadata import PictureMetadata
from canvas_kit.backends.transport import decode_base64

if TYPE_CHECKING:
    from canvas_kit.backends.swarmui.backend import SwarmUIBackend


@dataclass(slots=True)
class _Arrival:
    """A picture on its way.

    Attributes:
        picture: What the server announced.
        fetch: Brings its bytes; None when the file turns out to be a by-product.
    """

    picture: Announced
    fetch: asyncio.Task[MediaItem | None] = field(repr=False)


class Arrivals:
    """The pictures of one request.

    Attributes:
        expected: How many were asked for.
    """

    def __init__(self, backend: SwarmUIBackend, parameters: Mapping[str, Any]) -> None:
        """Begin with none.

        Args:
            backend: Whose server has the files.
            parameters: What was asked of it.
        """
        self._backend = backend
        self._parameters = parameters
        self._arrivals: list[_Arrival] = []
        self.expected: int = parameters["images"] * _batch_size(parameters)

    def __len__(self) -> int:
        return len(self._arrivals)

    def __contains__(self, picture: Announced) -> bool:
        return any(arrival.picture.place == picture.place for arrival in self._arrivals)

    @property
    def missing(self) -> bool:
        """Whether fewer were announced than asked for."""
        return len(self) < self.expected

    def fetch(self, picture: Announced) -> None:
        """Begin to bring a picture home, if it is one that was asked for."""
        if picture.wanted:
            self._arrivals.append(_Arrival(picture, asyncio.create_task(self._bytes(picture))))

    async def wait(self) -> None:
        """Until every picture has come, or failed to."""
        if self._arrivals:
            await asyncio.wait([arrival.fetch for arrival in self._arrivals])

    async def end(self, patience: float) -> None:
        """Wait for ``patience`` seconds at most, then give up what has not come."""
        if not self._arrivals:
            return
        fetches = [arrival.fetch for arrival in self._arrivals]
        await asyncio.wait(fetches, timeout=patience)
        for fetch in fetches:
            fetch.cancel()
        await asyncio.wait(fetches)

    def collected(self, discarded: Collection[int]) -> tuple[list[MediaItem], list[BaseException]]:
        """What has come, in the server's order, and why the rest has not.

        Args:
            discarded: Indices of pictures that the server took back.
        """
        items: list[MediaItem] = []
        faults: list[BaseException] = []
        for arrival in self._arrivals:
            if arrival.picture.index in discarded or arrival.fetch.cancelled():
                continue
            if (fault := arrival.fetch.exception()) is not None:
                faults.append(fault)
            elif (item := arrival.fetch.result()) is not None:
                items.append(item)
        if all("index" in item.source for item in items):
            items.sort(key=lambda item: item.source["index"])
        elif all(item.seed is not None for item in items):
            items.sort(key=lambda item: item.seed or 0)
        return items, faults

    async def _bytes(self, picture: Announced) -> MediaItem | None:
        place = picture.place
        if place.startswith("data:"):
            data = decode_base64(place, backend=self._backend.name)
            kind = place[5:].partition(";")[0] or None
            return self._item(picture, data, kind, None, "in the answer")
        absolute = place.startswith(("http://", "https://"))
        found = await self._backend.download(place if absolute else quote(place, safe="/"))
        return self._item(picture, found.data, found.announced_type, found.announced_size, place)

    def _item(
        self, picture: Announced, data: bytes, kind: str | None, size: int | None, place: str
    ) -> MediaItem | None:
        metadata = picture.metadata
        if not metadata.document:
            metadata = PictureMetadata.parse(embedded_parameters(data))
        if metadata.is_grid or metadata.is_intermediate:
            return None
        source: dict[str, Any] = {"place": place, "metadata": dict(metadata.document)}
        if picture.index is not None:
            source["index"] = picture.index
        seed = metadata.seed
        if seed is None:
            seed = self._seed_by_rule(picture.index)
        return MediaItem(data, announced_type=kind, announced_size=size, seed=seed, source=source)

    def _seed_by_rule(self, index: int | None) -> int | None:
        """The seed where no metadata tells: SwarmUI adds the index, unless told otherwise."""
        if index is None and self.expected == 1:
            index = 0
        if index is None or "variationseed" in self._parameters:
            return None
        step = 0 if self._parameters.get("noseedincrement") else 1
        return int(self._parameters["seed"]) + step * index


def _batch_size(parameters: Mapping[str, Any]) -> int:
    try:
        return max(int(parameters.get("batchsize", 1)), 1)
    except (TypeError, ValueError):
        return 1
