"""Many batches at once: nobody's events are lost, mixed up or held back."""

from __future__ import annotations

import pytest

from tests.server.conftest import TOKEN, ServerStarter
from tests.server.crowd import crowd


@pytest.mark.anyio
async def test_twelve_batches_at_once_are_each_told_in_order(start_server: ServerStarter) -> None:
    """Every event once and in order, every picture with the hash of its record."""
    server = start_server()
    found = await crowd(server.url, TOKEN, clients=12, runs=5)
    assert found.pictures == 12 * 5
    assert found.answers, "the server answered others meanwhile"
