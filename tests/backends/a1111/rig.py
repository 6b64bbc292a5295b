"""The AUTOMATIC1111 backend on its fake."""

from __future__ import annotations

import os
from typing import Any

from canvas_kit.backends.a1111 import A1111Backend
from canvas_kit.network import NetworkPolicy
from tests.backends.a1111.fake import MODEL, FakeA1111
from tests.backends.fake_image_server import ImageServerRig

BASIC_VARIABLE = "CANVAS_KIT_TEST_USER_AND_PASSWORD"


class A1111Rig(ImageServerRig):
    name = "a1111"
    model = MODEL
    submit_path = "/sdapi/v1/txt2img"
    can_refuse = False

    server: FakeA1111

    def __init__(self) -> None:
        self.server = FakeA1111()

    def backend(self, *, network: NetworkPolicy | None = None, **settings: Any) -> A1111Backend:
        short = {"poll_seconds": 0.01, **settings}
        if plain := os.environ.get(short.get("key_env", "")):
            # The contract's key is one word; here a key is a user and a password.
            os.environ[BASIC_VARIABLE] = f"somebody:{plain}"
            short["key_env"] = BASIC_VARIABLE
        backend = A1111Backend(self.name, self.settings(**short), network or NetworkPolicy())
        backend.backoff_seconds = 0.01
        return backend

    async def __aexit__(self, *raised: Any) -> None:
        os.environ.pop(BASIC_VARIABLE, None)
        await super().__aexit__(*raised)

    @property
    def working(self) -> int:
        return self.server.drawing + len(self.server.state.pending)
