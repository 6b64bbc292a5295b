"""A batch under a real Slurm of one node; see :mod:`tests.cluster.one_node_slurm`.

``CANVAS_KIT_SLURM=1 pytest tests/cluster/test_slurm.py`` as root, with ``slurm-wlm`` and ``munge``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canvas_kit import Batch, Canvas, Engine, Settings, run_batch
from canvas_kit.recorder.run import find_runs
from tests.cluster.dask_processes import ROOT
from tests.cluster.one_node_slurm import OneNodeSlurm
from tests.cluster.test_dask import CANVAS, study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # dask-jobqueue has its own
    pytest.mark.skipif(
        not os.environ.get("CANVAS_KIT_SLURM"), reason="CANVAS_KIT_SLURM does not ask for Slurm"
    ),
]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneNodeSlurm]:
    assert shutil.which("slurmctld"), "no Slurm on this machine: install slurm-wlm and munge"
    with OneNodeSlurm(tmp_path_factory.mktemp("slurm") / "here") as slurm:
        yield slurm


def test_workers_that_slurm_starts_make_a_batch(
    slurm: OneNodeSlurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the README: SLURMCluster, two jobs of one worker, and the client."""
    dask_jobqueue: Any = pytest.importorskip("dask_jobqueue")
    distributed: Any = pytest.importorskip("distributed")

    monkeypatch.setenv("SLURM_CONF", slurm.environment["SLURM_CONF"])
    exports = tmp_path / "exports"
    settings = Settings.load(exports=exports, text_model="embedded/writer")
    with (
        dask_jobqueue.SLURMCluster(
            queue="main",
            cores=1,
            processes=1,
            memory="1GB",
            walltime="00:10:00",
            scheduler_options={"host": "127.0.0.1", "dashboard_address": ":0"},
            python=sys.executable,
            job_script_prologue=[f"export PYTHONPATH={ROOT}"],
            log_directory=str(tmp_path / "logs"),
        ) as cluster,
        Engine(settings) as engine,
    ):
        cluster.scale(jobs=2)
        with distributed.Client(cluster, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
            batch = run_batch(study(12), client=client, engine=engine).result(120)
    assert batch.complete, batch.reasons()
    assert len(find_runs(exports)) == 12
    assert batch.verify() == []


ARRAY = """#!/bin/sh
#SBATCH --job-name=study --array=1-3 --output={folder}/log_%a.txt
export PYTHONPATH={root}
{python} -m canvas_kit.cli batch {folder}/canvas.json --prompts {folder}/prompts.txt \
    --base-seed 1000 --exports {folder}/exports \\
    --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"
"""


def test_the_tasks_of_a_job_array_make_a_shard_each(slurm: OneNodeSlurm, tmp_path: Path) -> None:
    """Without Dask: together they make every point once."""
    Canvas.of(CANVAS).save(tmp_path / "canvas.json")
    prompts = [f"word {number}" for number in range(10)]
    (tmp_path / "prompts.txt").write_text("\n".join(prompts))
    script = tmp_path / "array.sh"
    script.write_text(ARRAY.format(folder=tmp_path, root=ROOT, python=sys.executable))
    done = subprocess.run(
        ["sbatch", "--wait", str(script)], env=slurm.environment, capture_output=True, text=True
    )
    logs = [path.read_text() for path in sorted(tmp_path.glob("log_*.txt"))]
    assert done.returncode == 0, (done.stderr, logs)
    folders = [Path(log.splitlines()[-1]) for log in logs]
    batches = [Batch.open(folder) for folder in folders]
    assert len(batches) == 3
    assert all(batch.complete for batch in batches)
    texts = [run.texts[0].text for batch in batches for run in batch]
    assert sorted(texts) == sorted(prompts)
