from __future__ import annotations

import asyncio

import pytest

from tests.backends.contract import BackendContract, ListeningReporter, Rig, until
from tests.backends.diffusers.stand_in import DiffusersRig

pytestmark = pytest.mark.anyio


class TestDiffusersKeepsTheContract(BackendContract):
    rig_type = DiffusersRig

    async def test_no_more_run_at_a_time_than_there_are_places(self, rig: Rig) -> None:
        """Besides, one picture at a time is drawn on a device, however many places there are."""
        backend = rig.backend(capacity=2)
        rig.hold()
        prompts = [f"number {index}" for index in range(5)]
        reporters = [ListeningReporter() for _ in prompts]
        tasks = [
            asyncio.create_task(rig.ask(backend, prompt, reporter))
            for prompt, reporter in zip(prompts, reporters, strict=True)
        ]
        await until(lambda: rig.working == 1)
        await asyncio.sleep(0.05)
        assert rig.working == 1
        rig.release()
        results = await asyncio.gather(*tasks)
        await backend.aclose()
        for prompt, result in zip(prompts, results, strict=True):
            assert rig.is_whole(result, prompt)
        told = ["waiting for a free slot" in reporter.messages for reporter in reporters]
        assert sum(told) == 3
