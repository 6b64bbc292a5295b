"""A batch whose process is killed at random moments loses nothing that was announced."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.stress.kill_batch import CANVAS, kill_once

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")


@pytest.mark.parametrize("number", range(5))
def test_a_killed_batch_keeps_what_was_announced(tmp_path: Path, number: int) -> None:
    """Every announced entity is whole, every folder opens, nothing temporary counts."""
    seconds = random.uniform(0, 0.4)
    found = kill_once(tmp_path, CANVAS, scripted=True, after_seconds=seconds)
    assert found.faults == []
    assert found.announced > 0
