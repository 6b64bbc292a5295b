"""Going on with a run in its own folder: what is kept, what is asked for, what is made."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.backends.fake_openai import FakeOpenAI

pytestmark = pytest.mark.anyio

EXPECTED = [
    "final/01_input.txt",
    "final/02_interception.txt",
    "final/02_interception_round2.txt",
    "final/03_evaluation.json",
    "final/03_evaluation_round2.json",
    "final/04_generation_round2.png",
    "final/04_generation_round2_2.png",
]
REQUESTS = 5


class JudgingOpenAI(FakeOpenAI):
    """Finds a first draft bad and a second one good."""

    def text(self, prompt: str) -> str:
        if not prompt.startswith("Said anew"):
            return f"Said anew: {prompt}"
        return json.dumps({"score": 8 if "last draft" in prompt else 2, "commentary": "so so"})


async def killed_at(points: list[str], server: FakeOpenAI, exports: Path) -> list[dict[str, Any]]:
    """What came of the run, for each point."""
    found: list[dict[str, Any]] = []
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.executor.killed",
        str(exports),
        server.address,
        *points,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )
    assert process.stdout is not None
    asked = len(server.prompts)
    try:
        async with asyncio.timeout(300):
            async for line in process.stdout:
                requests = len(server.prompts) - asked
                asked = len(server.prompts)
                found.append({**json.loads(line), "requests": requests})
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    return found


def check(came: dict[str, Any]) -> None:
    """The run is whole, everything is there once, and nothing was paid twice but what may be."""
    whole = came["first"] or came["attempts"][-1]
    where = json.dumps(came, indent=1)
    assert whole["status"] == "completed", where
    assert whole["faults"] == [], where
    assert whole["files"] == EXPECTED, where
    assert whole["indices"] == [
        "application 0", "application 1", "image 0", "image 1", "text 0", "text 1", "text 2",
    ], where  # fmt: skip
    paid_again = len(came["attempts"]) - 1 if came["attempts"] else 0
    assert came["requests"] <= REQUESTS + paid_again, where
    if paid_again:
        (maybe_done,) = came["attempts"][0]["maybe_done"]
        assert f"{maybe_done} (failed): Maybe done" in " ".join(came["attempts"][0]["reasons"])
        assert "pay_again=True" in " ".join(came["attempts"][0]["reasons"])


async def test_a_run_killed_at_any_moment_is_gone_on_with(tmp_path: Path) -> None:
    """In each call that touches the disk, torn or not done; what had been paid for is not again."""
    async with JudgingOpenAI() as server:
        (whole,) = await killed_at(["call:0"], server, tmp_path / "whole")
        assert whole["requests"] == REQUESTS
        check(whole)
        calls = whole["first"]["calls"]
        assert calls > 60
        # All of them with EVERY=1, which takes minutes; else some, and all at the end.
        every = int(os.environ.get("EVERY", "25"))
        numbers = sorted({*range(every // 2, calls, every), *range(calls - 1, calls + 1)})
        points = [f"call:{max(number, 1)}" for number in numbers]
        came = await killed_at(points, server, tmp_path / "killed")
    assert len(came) == len(points)
    begun = [one for one in came if one["attempts"]]
    assert len(begun) > len(points) / 2
    for one in begun:
        check(one)


async def test_an_answer_that_was_not_kept_is_paid_again_only_after_a_yes(tmp_path: Path) -> None:
    """It came and was lost with the process: one request more, and only that one."""
    async with JudgingOpenAI() as server:
        points = [f"answer:{number}" for number in (2, REQUESTS)]
        for one in await killed_at(points, server, tmp_path):
            assert one["first"] is None
            assert len(one["attempts"]) == 2
            check(one)
            assert one["requests"] == REQUESTS + 1
            assert one["attempts"][-1]["attempt"] == 3
