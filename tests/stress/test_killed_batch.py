"""A batch on a flaky paid service that is killed again and again ends complete, and pays once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_a_batch_that_is_killed_pays_for_nothing_twice(tmp_path: Path) -> None:
    """But for what was under way at a kill, and that only after a yes."""
    command = [sys.executable, "-m", "tests.stress.killed_batch", "--exports", str(tmp_path)]
    done = subprocess.run(
        [*command, "--points", "60", "--kills", "3", "--seconds", "0.05"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "60 points, killed 3 times" in done.stdout
    assert "beyond                       0" in done.stdout
