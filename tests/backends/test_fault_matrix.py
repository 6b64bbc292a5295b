"""Every fault that a server can have ends as it should, in bounded time."""

from __future__ import annotations

import pytest

from tests.backends.fault_matrix import Scenario, all_scenarios, play_out

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("scenario", all_scenarios(), ids=str)
async def test_a_fault_has_its_right_outcome(scenario: Scenario) -> None:
    """The outcome is the one that the scenario calls right; ``play_out`` bounds the time."""
    outcome = await play_out(scenario)
    assert outcome.words == scenario.expected, outcome.message
