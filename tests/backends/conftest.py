from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.backends.contract")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
