"""The programs that look for losses: they lose nothing, and see what is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from canvas_kit import Collector, Input, Interception, Run, run_batch
from canvas_kit.executor.engine import Engine
from canvas_kit.values import RunStatus

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills and forks as POSIX does")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", [1, 2])
def test_programs_that_end_badly_lose_nothing(tmp_path: Path, seed: int) -> None:
    """Killed, cancelled, aborted, closed, on a full disk, side by side; nothing is left behind."""
    command = [sys.executable, "-m", "tests.stress.chaos", "--trials", "6", "--seed", str(seed)]
    done = subprocess.run(
        [*command, "--exports", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 killed" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def _lose_a_file(run: Run) -> None:
    run.entities[0].path.unlink()


def _drop_a_line(run: Run) -> None:
    assert run.folder is not None
    for name in ("journal.jsonl", "metadata.json"):
        text = (run.folder / name).read_text().replace("01_input.txt", "09_input.txt")
        (run.folder / name).write_text(text)


def _tear_the_journal(run: Run) -> None:
    assert run.folder is not None
    with (run.folder / "journal.jsonl").open("a") as file:
        file.write('{"event":')


def _edit_the_manifest(run: Run) -> None:
    assert run.folder is not None
    file = run.folder / "metadata.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"seed": 77}))


def _lose_the_run(run: Run) -> None:
    assert run.folder is not None
    run.folder.rename(run.folder.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("damage", "kinds"),
    [
        (_lose_a_file, {"lost", "other"}),
        (_drop_a_line, {"lost", "other"}),
        (_tear_the_journal, {"torn"}),
        (_edit_the_manifest, {"unequal", "other"}),
        (_lose_the_run, {"lost", "other"}),
    ],
)
def test_what_is_lost_is_seen(
    engine: Engine, damage: Callable[[Run], None], kinds: set[str]
) -> None:
    """By what was told while it was recorded."""
    chaos = pytest.importorskip("tests.stress.chaos")
    value = Input("x") >> Interception(instructions="c") >> Collector()
    batch = run_batch(value, count=2, base_seed=1, engine=engine).result(30)
    told = chaos.Told()
    for one in batch:
        told.entities[one.folder] = {item.file: item.sha256 for item in one.entities}
        told.statuses[one.folder] = RunStatus.COMPLETED.value
        told.batches[batch.id][one.id] = RunStatus.COMPLETED.value
    exports = engine.settings.exports
    whole = chaos.look(exports, told, broken=False)
    assert whole.faults == []
    assert whole.counts["announced"] == 4
    damage(batch[0])
    found = chaos.look(exports, told, broken=False)
    assert {kind for kind in chaos.FAULTS if found.counts[kind]} == kinds


def test_what_grows_is_seen() -> None:
    """The least of the last third, against that of the first; a peak between them is none."""
    soak = pytest.importorskip("tests.stress.soak")

    def samples(memory: Callable[[int], float], descriptors: Callable[[int], int]) -> list[object]:
        return [soak.Sample(n, n, memory(n), descriptors(n), 20) for n in range(30)]

    flat = samples(lambda n: 200 + 90 * (n % 5 == 3), lambda n: 9 + (n == 12))
    assert soak.grown(flat) == []
    (memory,) = soak.grown(samples(lambda n: 200 + 2 * n, lambda _: 9))
    assert memory.startswith("mebibytes grew")
    (descriptors,) = soak.grown(samples(lambda _: 200, lambda n: 9 + n // 15))
    assert descriptors.startswith("descriptors grew from 9.0")
