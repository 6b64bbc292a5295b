"""The SwarmUI backend on its fake, with the socket and without."""

from __future__ import annotations

from typing import Any

from canvas_kit.backends.swarmui import SwarmUIBackend
from canvas_kit.network import NetworkPolicy
from tests.backends.contract import PROMPT
from tests.backends.fake_image_server import ImageServerRig
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


class SwarmUIRig(ImageServerRig):
    name = "swarmui"
    model = MODEL
    submit_path = SOCKET
    file_path = f"/View/local/raw/{DAY}/{FakeSwarmUI().file_name(PROMPT, 7)}"

    server: FakeSwarmUI

    def __init__(self) -> None:
        self.server = EitherForm()

    def backend(self, *, network: NetworkPolicy | None = None, **settings: Any) -> SwarmUIBackend:
        short = {"poll_seconds": 0.02, "silence_seconds": 1.0, **settings}
        backend = SwarmUIBackend(self.name, self.settings(**short), network or NetworkPolicy())
        backend.backoff_seconds = 0.01
        return backend

    def refuse(self) -> None:
        self.server.discard = {0, 1}

    @property
    def working(self) -> int:
        return self.server.live


class SwarmUIOverHttpRig(SwarmUIRig):
    """Behind a proxy that lets no socket through."""

    submit_path = CALL

    def __init__(self) -> None:
        super().__init__()
        self.server = FakeSwarmUI()
        self.server.has_socket = False
