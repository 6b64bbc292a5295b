"""What the fakes of SwarmUI and A1111, and the rigs around them, have in common."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.backends.contract import Rig, until
from tests.backends.fake_server import FakeServer


class FakeImageServer(FakeServer):
    """A fake that draws when its gate is open.

    Attributes:
        image_format: ``"PNG"``, ``"JPEG"`` or ``"WEBP"``.
        made: The pictures drawn so far, by prompt.
        asked: The bodies of the requests for pictures.
        gate: Work waits while it is closed.
        interrupts: How often work was stopped.
    """

    def __init__(self, *, prefix: str = "") -> None:
        super().__init__(prefix=prefix)
        self.image_format = "PNG"
        self.made: dict[str, list[bytes]] = {}
        self.asked: list[dict[str, Any]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.interrupts = 0


class ImageServerRig(Rig):
    """A rig around such a fake."""

    work = "media"
    server: FakeImageServer

    _restarting: asyncio.Task[None] | None = None

    def restart_in_mid_run(self) -> None:
        """The server is killed at work, and is back a moment later without it."""
        self.hold()

        async def kill_and_start() -> None:
            await until(lambda: self.working == 1)
            await asyncio.sleep(0.05)
            await self.server.stop()
            self.release()
            await self.server.start()

        self._restarting = asyncio.create_task(kill_and_start())

    async def __aexit__(self, *raised: Any) -> None:
        if self._restarting is not None:
            await self._restarting
        await super().__aexit__(*raised)

    def hold(self) -> None:
        self.server.gate.clear()

    def release(self) -> None:
        self.server.gate.set()

    @property
    def stopped(self) -> int:
        return self.server.interrupts

    def files(self, prompt: str) -> Sequence[bytes]:
        return self.server.made.get(prompt, [])

    def prompts(self) -> Sequence[str]:
        return [body["prompt"] for body in self.server.asked]


def noisy_picture(
    words: str, side: int, image_format: str, metadata: str = "", *, exif_encoding: str
) -> bytes:
    """A picture that differs for different words, with metadata as such servers write it."""
    seed = int.from_bytes(hashlib.sha256(words.encode()).digest()[:8])
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    image = Image.fromarray(pixels)
    if image_format == "PNG":
        text = PngInfo()
        if metadata:
            text.add_itxt("parameters", metadata)
        image.save(buffer, "PNG", pnginfo=text)
    else:
        exif = Image.Exif()
        if metadata:
            exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + metadata.encode(exif_encoding)
        image.save(buffer, image_format, exif=exif)
    return buffer.getvalue()
