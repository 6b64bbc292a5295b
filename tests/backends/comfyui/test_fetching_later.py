"""A picture that was made and could not be brought home is fetched later, by its job's id."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from canvas_kit import (
    Batch,
    Canvas,
    Collector,
    Engine,
    Generation,
    Input,
    Run,
    fetch,
    run,
    run_batch,
)
from canvas_kit.batch.state import find_batches
from canvas_kit.errors import BackendError, RecordError
from canvas_kit.recorder.manifest import manifest, rebuild
from canvas_kit.recorder.run import find_runs, read_manifest
from canvas_kit.values import NodeState, RunStatus
from tests.backends import faults
from tests.backends.comfyui.rig import ComfyUIRig
from tests.backends.comfyui.workflows import TEXT_TO_IMAGE, TWO_SAVERS
from tests.backends.contract import until
from tests.backends.fake_server import Handler
from tests.conftest import lab_settings

pytestmark = pytest.mark.anyio


class CutLine(ComfyUIRig):
    """A server whose files do not come through, as long as ``cut`` names a part of theirs."""

    workflows = {"tiny": TEXT_TO_IMAGE, "two": TWO_SAVERS}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.cut = "_"
        self.server.play("/view", self.view, times=None)

    async def view(self, request: web.Request, answer: Handler) -> web.StreamResponse:
        if self.cut and self.cut in request.query["filename"]:
            return await faults.cut_body()(request, answer)
        return await answer(request)


@pytest.fixture
async def rig() -> AsyncIterator[CutLine]:
    async with CutLine() as rig:
        yield rig


@pytest.fixture
async def engine(rig: CutLine, exports: Path) -> AsyncIterator[Engine]:
    engine = Engine(lab_settings(exports), backends={"comfyui": rig.backend()})
    yield engine
    await asyncio.to_thread(engine.close)


def canvas(model: str = "tiny") -> Canvas:
    return Canvas.of(Input("a market") >> Generation(f"comfyui/{model}") >> Collector())


def is_true(found: Run) -> None:
    """The record says the same in its files, its journal and its manifest."""
    assert found.folder is not None
    assert Run.open(found.folder) == found
    assert found.verify() == []
    told = read_manifest(rebuild(found.folder), found.folder)
    assert manifest(told.about, told.status, told.nodes, told.entities) == json.loads(
        (found.folder / "metadata.json").read_bytes()
    )


async def test_a_picture_that_did_not_come_is_fetched_later(rig: CutLine, engine: Engine) -> None:
    """The run is completed in its folder; the server makes nothing anew."""
    failed = await run(canvas(), seed=7, engine=engine)
    assert failed.status is RunStatus.FAILED
    (job,) = failed.about["jobs"]
    assert (job["backend"], job["asked"], job["seed"]) == ("comfyui", "comfyui/tiny", 7)
    assert "canvas-kit fetch" in failed.reasons()[0]
    rig.cut = ""
    whole = await fetch(failed, engine=engine)
    is_true(whole)
    assert whole.status is RunStatus.COMPLETED
    assert whole.folder == failed.folder
    (picture,) = whole.images
    assert [picture.bytes] == rig.files("a market")
    assert (picture.seed, picture.model, picture.file) == (
        7,
        "comfyui/tiny",
        "final/02_generation.png",
    )
    assert picture.parents == ("final/01_input.txt",)
    assert picture.provenance is not None
    assert picture.provenance.job_id == job["job_id"]
    assert picture.provenance.request["prompt"]["6"]["inputs"]["text"] == "a market"
    report = next(one for one in whole.nodes if one.node_type == "generation")
    assert "Fetched after the run had ended" in report.warnings[0]
    assert "could not be fetched" in report.warnings[0]
    assert len(rig.server.asked) == 1
    assert await fetch(whole, engine=engine) == whole


async def test_only_what_is_missing_is_added(rig: CutLine, engine: Engine) -> None:
    """One of two files had come; the other is fetched, none twice."""
    rig.cut = "_10_"
    partial = await run(canvas("two"), engine=engine)
    assert (partial.status, len(partial.images)) == (RunStatus.PARTIAL, 1)
    with pytest.raises(BackendError, match="broke off"):
        await fetch(partial, engine=engine)
    assert partial.folder is not None
    assert Run.open(partial.folder) == partial
    rig.cut = ""
    whole = await fetch(str(partial.folder), engine=engine)
    is_true(whole)
    assert whole.status is RunStatus.COMPLETED
    assert [one.file for one in whole.images] == [
        "final/02_generation.png",
        "final/02_generation_2.png",
    ]
    assert whole.images[0] == partial.images[0]
    assert {one.details["source"]["node"] for one in whole.images} == {"9", "10"}


async def test_a_server_that_has_forgotten_the_job_still_has_its_files(
    rig: CutLine, engine: Engine
) -> None:
    """They are found by the name that they were given, which holds the job's id."""
    failed = await run(canvas(), seed=7, engine=engine)
    await rig.server.restart()
    rig.cut = ""
    whole = await fetch(failed, engine=engine)
    is_true(whole)
    (picture,) = whole.images
    assert [picture.bytes] == rig.files("a market")
    assert picture.seed == 7
    assert any("had forgotten the job" in text for node in whole.nodes for text in node.warnings)


async def test_what_is_not_there_any_more_is_told(rig: CutLine, engine: Engine) -> None:
    """And the record stays as it was."""
    failed = await run(canvas(), engine=engine)
    rig.server.files.clear()
    await rig.server.restart()
    rig.cut = ""
    with pytest.raises(BackendError, match=r"does not know the job .* and has no picture called"):
        await fetch(failed, engine=engine)
    assert failed.folder is not None
    assert Run.open(failed.folder) == failed


async def test_a_batch_says_that_its_runs_were_completed(rig: CutLine, engine: Engine) -> None:
    """Its record is told, too."""
    batch = await run_batch(canvas(), count=3, engine=engine)
    assert batch.completed_runs == 0
    rig.cut = ""
    for failed in batch:
        await fetch(failed, engine=engine)
    assert batch.folder is not None
    again = Batch.open(batch.folder)
    assert again.complete
    assert again.verify() == []


async def test_where_nothing_was_made_nothing_is_fetched(rig: CutLine, engine: Engine) -> None:
    """A job that never arrived, a run that was not recorded, and one that handed nothing over."""
    await rig.server.stop()
    failed = await run(canvas(), engine=engine)
    await rig.server.start()
    with pytest.raises(BackendError, match="does not know the job"):
        await fetch(failed, engine=engine)
    unrecorded = await run(canvas(), record=False, engine=engine)
    with pytest.raises(RecordError, match="was not recorded"):
        await fetch(unrecorded, engine=engine)
    asked_nothing = await run(
        Input("x") >> Generation("comfyui/tiny"), engine=engine, deadline_seconds=1e-9
    )
    with pytest.raises(RecordError, match="handed no job to a server"):
        await fetch(asked_nothing, engine=engine)


class Shell:
    """The command line in a folder of its own, with the rig's server in its settings."""

    def __init__(self, rig: CutLine, folder: Path) -> None:
        self.folder = folder
        canvas().save(folder / "canvas.json")
        settings = {"address": rig.server.address, "workflows": rig.folder.name}
        (folder / "settings.toml").write_text(
            "[backends.comfyui]\n"
            + "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
        )

    async def begin(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "canvas_kit.cli", "--config-file", "settings.toml"),
            *arguments,
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    async def call(self, *arguments: str) -> tuple[int | None, str]:
        process = await self.begin(*arguments)
        said = b"".join(await process.communicate()).decode()
        return process.returncode, said

    async def kill_when(self, condition: Callable[[], bool], *arguments: str) -> None:
        process = await self.begin(*arguments)
        async with asyncio.timeout(120):
            while not condition():  # noqa: ASYNC110 - a process starts when it can
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        await process.communicate()


@pytest.fixture
async def shell(rig: CutLine, tmp_path: Path) -> Shell:
    if sys.platform == "win32":
        pytest.skip("Windows has no SIGKILL")
    rig.cut = ""
    rig.hold()
    return Shell(rig, tmp_path)


async def test_a_killed_process_costs_no_picture(rig: CutLine, shell: Shell) -> None:
    """What the server made for it meanwhile is fetched from the command line."""
    await shell.kill_when(lambda: rig.server.running is not None, "run", "canvas.json")
    (folder,) = find_runs(shell.folder / "exports")
    assert Run.open(folder).status is RunStatus.INTERRUPTED
    status, said = await shell.call("fetch", str(folder))
    assert (status, "has not finished the job" in said) == (1, True)
    rig.release()
    await until(lambda: len(rig.server.history) == 1)
    with (folder / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"event": "torn')  # as a power failure leaves it
    status, said = await shell.call("fetch", str(folder))
    assert (status, "completed" in said) == (0, True)
    whole = Run.open(folder)
    assert whole.status is RunStatus.COMPLETED
    assert [whole.images[0].bytes] == rig.files("a market")
    assert {report.state for report in whole.nodes} == {NodeState.COMPLETED}
    digest = hashlib.sha256(whole.images[0].bytes).hexdigest()
    assert digest == whole.images[0].sha256


async def test_a_killed_batch_is_fetched_as_a_whole(rig: CutLine, shell: Shell) -> None:
    """Also the runs of which it could not note any more how they ended."""
    await shell.kill_when(lambda: rig.server.load == 2, "batch", "canvas.json", "--count", "2")
    (folder,) = find_batches(shell.folder / "exports")
    assert len(Batch.open(folder)) == 0
    rig.release()
    await until(lambda: len(rig.server.history) == 2)
    status, _ = await shell.call("fetch", str(folder))
    assert status == 0
    assert Batch.open(folder).complete
    assert (await shell.call("fetch", str(folder))) == (0, "Nothing is missing.\n")


async def test_a_backend_without_jobs_says_so(engine: Engine) -> None:
    """Most backends keep nothing."""
    backend: Any = engine.backends.backend("embedded")
    with pytest.raises(BackendError, match="keeps no results"):
        await backend.fetch_job("x", {})
