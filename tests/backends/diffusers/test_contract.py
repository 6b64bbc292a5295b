from __future__ import annotations

import pytest

from tests.backends.contract import BackendContract
from tests.backends.diffusers.stand_in import DiffusersRig

pytestmark = pytest.mark.anyio


class TestDiffusersKeepsTheContract(BackendContract):
    rig_type = DiffusersRig
