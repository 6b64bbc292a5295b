from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from canvas_kit.backends.comfyui import ComfyUIBackend
from tests.backends.comfyui.rig import ComfyUIRig


@pytest.fixture
async def backend(rig: ComfyUIRig) -> AsyncIterator[ComfyUIBackend]:
    backend = rig.backend()
    yield backend
    await backend.aclose()
