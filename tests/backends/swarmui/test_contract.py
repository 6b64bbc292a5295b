from __future__ import annotations

from tests.backends.contract import ServerContract
from tests.backends.swarmui.rig import SwarmUIRig


class TestSwarmUIKeepsTheContract(ServerContract):
    rig_type = SwarmUIRig
