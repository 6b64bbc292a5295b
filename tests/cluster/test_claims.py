"""Of many processes, one makes a run; if it is lost, another does."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from canvas_kit.cluster.claims import claimed
from canvas_kit.errors import RecordError

ROOT = Path(__file__).parents[2]
TAKER = """
import sys
from pathlib import Path
from canvas_kit.cluster.claims import claimed
folder = Path(sys.argv[1])
for number in range(100):
    with claimed(folder / "claims", f"run{number}", lost=lambda: None, lease_seconds=20):
        if not (folder / f"made{number}").exists():
            (folder / f"made{number}").write_text("")
            with (folder / "log").open("a") as log:
                log.write(f"{number}\\n")
"""
HOLDER = """
import sys, time
from pathlib import Path
from canvas_kit.cluster.claims import claimed
with claimed(Path(sys.argv[1]), "run", lost=lambda: print("lost", flush=True), lease_seconds=2):
    print("held", flush=True)
    time.sleep(60)
"""


def start(program: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_of_three_processes_one_makes_each_run(tmp_path: Path) -> None:
    """Whoever comes later finds the run made; no claim is left."""
    processes = [start(TAKER, tmp_path) for _ in range(3)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    made = (tmp_path / "log").read_text().split()
    assert sorted(map(int, made)) == list(range(100))
    assert list((tmp_path / "claims").iterdir()) == []


def test_the_run_of_a_killed_process_is_taken_over_once(tmp_path: Path) -> None:
    """After the lease, by one of those that wait; the other one waits for it in turn."""
    process = start(HOLDER, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    process.kill()
    process.communicate()
    order: list[str] = []

    def take() -> None:
        with claimed(tmp_path, "run", lost=lambda: order.append("lost"), lease_seconds=2) as after:
            order.append(f"begin {after}")
            time.sleep(0.3)
            order.append("end")

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order == ["begin False", "end", "begin True", "end"]


@pytest.mark.skipif(sys.platform == "win32", reason="freezes a process as POSIX does")
def test_a_frozen_holder_that_wakes_up_is_told_that_it_lost(tmp_path: Path) -> None:
    """It has to stop: another process makes the run now."""
    import signal

    process = start(HOLDER, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    process.send_signal(signal.SIGSTOP)
    with claimed(tmp_path, "run", lost=lambda: None, lease_seconds=2) as after_another:
        assert not after_another
        process.send_signal(signal.SIGCONT)
        assert process.stdout.readline() == "lost\n"
    process.kill()
    process.communicate()


def test_who_waits_for_what_is_not_wanted_any_more_is_let_go(tmp_path: Path) -> None:
    """An abort does not wait for another worker."""
    with (
        claimed(tmp_path, "run", lost=lambda: None),
        pytest.raises(RecordError, match="not wanted any more"),
        claimed(tmp_path, "run", lost=lambda: None, wanted=lambda: False),
    ):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []


def test_a_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    """Run ids may come from outside."""
    with claimed(tmp_path / "claims", "../../run", lost=lambda: None):
        assert [path.name for path in (tmp_path / "claims").iterdir()] == ["run.1"]
