"""ComfyUI keeps the contract, and comes through every fault."""

from __future__ import annotations

import asyncio

from tests.backends import faults
from tests.backends.comfyui.rig import ComfyUIRig
from tests.backends.contract import ServerContract, until
from tests.backends.fault_matrix import Scenario, wire_faults


class TestComfyUIKeepsTheContract(ServerContract):
    rig_type = ComfyUIRig


class SocketlessRig(ComfyUIRig):
    """Behind a proxy that lets no socket through: polling is all there is."""

    def __init__(self) -> None:
        super().__init__()
        self.server.socket = "refused"


async def _restart_at_work(rig: ComfyUIRig) -> None:
    """Restart the server while the job runs."""
    rig.hold()

    async def restart() -> None:
        await until(lambda: rig.working == 1)
        await rig.server.stop()
        rig.server.forget()
        rig.release()
        await asyncio.sleep(0.3)
        await rig.server.start()

    rig.restarting = asyncio.create_task(restart())  # type: ignore[attr-defined]


async def _restart_after_work(rig: ComfyUIRig) -> None:
    """Restart the server when the picture is stored and nobody was told."""
    rig.server.tells_end = False

    async def restart() -> None:
        await until(lambda: bool(rig.server.files))
        await rig.server.stop()
        rig.server.forget()
        await rig.server.start()

    rig.restarting = asyncio.create_task(restart())  # type: ignore[attr-defined]


def _socket_dies(rig: ComfyUIRig) -> None:
    rig.server.socket = "dying"


def _socket_is_silent(rig: ComfyUIRig) -> None:
    rig.server.socket = "silent"


FAULT_SCENARIOS = [
    *wire_faults(
        ComfyUIRig,
        paid=False,
        # The answer to a submission is awaited for as long as a stall may last; see below.
        except_for=["stalled body (submit)"],
        expected={
            "500 once, then fine (submit)": "whole, said so",
            "non-image bytes (file)": "BackendAnswerError",
        },
    ),
    Scenario(
        ComfyUIRig,
        "stalled body",
        lambda rig: rig.server.play("/prompt", faults.stall_body()),
        "whole",
        settings={"stall_timeout_seconds": 0.45},
        note="submit",
    ),
    Scenario(ComfyUIRig, "server restart in mid-run", _restart_at_work, "whole, said so"),
    Scenario(
        ComfyUIRig,
        "server restart in mid-run",
        _restart_after_work,
        "whole, said so",
        note="picture stored",
    ),
    Scenario(ComfyUIRig, "socket dies", _socket_dies, "whole"),
    Scenario(ComfyUIRig, "socket stays silent", _socket_is_silent, "whole"),
    Scenario(SocketlessRig, "socket dies", lambda rig: None, "whole", note="never opens"),
]
