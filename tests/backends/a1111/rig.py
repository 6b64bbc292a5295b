"""The AUTOMATIC1111 backend on its fake."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from canvas_kit.backends.a1111 import A1111Backend
from canvas_kit.network import NetworkPolicy
from tests.backends.a1111.fake import MODEL, FakeA1111
from tests.backends.contract import Rig, until

BASIC_VARIABLE = "CANVAS_KIT_TEST_USER_AND_PASSWORD"


class A1111Rig(Rig):
    name = "a1111"
    work = "media"
    model = MODEL
    submit_path = "/sdapi/v1/txt2img"
    can_refuse = False

    server: FakeA1111

    def __init__(self) -> None:
        self.server = FakeA1111()
        self._restarting: asyncio.Task[None] | None = None

    def backend(self, *, network: NetworkPolicy | None = None, **settings: Any) -> A1111Backend:
        short = {"poll_seconds": 0.01, **settings}
        if plain := os.environ.get(short.get("key_env", "")):
            # The contract's key is one word; here a key is a user and a password.
            os.environ[BASIC_VARIABLE] = f"somebody:{plain}"
            short["key_env"] = BASIC_VARIABLE
        backend = A1111Backend(self.name, self.settings(**short), network or NetworkPolicy())
        backend.backoff_seconds = 0.01
        return backend

    def restart_in_mid_run(self) -> None:
        """The server is killed at work, and is back a moment later without it."""
        self.hold()

        async def kill_and_start() -> None:
            await until(lambda: self.server.drawing == 1)
            await asyncio.sleep(0.05)
            await self.server.stop()
            self.release()
            await self.server.start()

        self._restarting = asyncio.create_task(kill_and_start())

    async def __aexit__(self, *raised: Any) -> None:
        if self._restarting is not None:
            await self._restarting
        os.environ.pop(BASIC_VARIABLE, None)
        await super().__aexit__(*raised)

    def hold(self) -> None:
        self.server.gate.clear()

    def release(self) -> None:
        self.server.gate.set()

    @property
    def working(self) -> int:
        return self.server.drawing + len(self.server.state.pending)

    @property
    def stopped(self) -> int:
        return self.server.interrupts

    def files(self, prompt: str) -> Sequence[bytes]:
        return self.server.made.get(prompt, [])

    def prompts(self) -> Sequence[str]:
        return [body["prompt"] for body in self.server.asked]
