from __future__ import annotations

from tests.backends.a1111.rig import A1111Rig
from tests.backends.contract import ServerContract


class TestA1111KeepsTheContract(ServerContract):
    rig_type = A1111Rig
