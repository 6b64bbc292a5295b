"""The SwarmUI backend on its fake, with the socket and without."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from canvas_kit.backends.swarmui import SwarmUIBackend
from canvas_kit.network import NetworkPolicy
from tests.backends.contract import PROMPT, Rig, until
from tests.backends.fake_server import Play
from tests.backends.swarmui.fake import DAY, MODEL, FakeSwarmUI

SOCKET = "/API/GenerateText2ImageWS"
CALL = "/API/GenerateText2Image"


class EitherForm(FakeSwarmUI):
    """What is played at the socket is played at the plain call too: a socket that a server refuses
    is no fault, but the reason to make the call."""

    def play(self, path: str, play: Play, *, times: int | None = 1) -> None:
        super().play(path, play, times=times)
        if path == SOCKET:
            super().play(CALL, play, times=times)


class SwarmUIRig(Rig):
    name = "swarmui"
    work = "media"
    model = MODEL
    submit_path = SOCKET
    file_path = f"/View/local/raw/{DAY}/{FakeSwarmUI().file_name(PROMPT, 7)}"

    server: FakeSwarmUI

    def __init__(self) -> None:
        self.server = EitherForm()
        self._restarting: asyncio.Task[None] | None = None

    def backend(self, *, network: NetworkPolicy | None = None, **settings: Any) -> SwarmUIBackend:
        short = {"poll_seconds": 0.02, "silence_seconds": 1.0, **settings}
        backend = SwarmUIBackend(self.name, self.settings(**short), network or NetworkPolicy())
        backend.backoff_seconds = 0.01
        return backend

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

    def refuse(self) -> None:
        self.server.discard = {0, 1}

    @property
    def working(self) -> int:
        return self.server.live

    @property
    def stopped(self) -> int:
        return self.server.interrupts

    def files(self, prompt: str) -> Sequence[bytes]:
        return self.server.made.get(prompt, [])

    def prompts(self) -> Sequence[str]:
        return [body["prompt"] for body in self.server.asked]


class SwarmUIOverHttpRig(SwarmUIRig):
    """Behind a proxy that lets no socket through."""

    submit_path = CALL

    def __init__(self) -> None:
        super().__init__()
        self.server = FakeSwarmUI()
        self.server.has_socket = False
