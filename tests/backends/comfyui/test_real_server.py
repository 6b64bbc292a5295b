"""The backend against a real ComfyUI: opt in by naming its address.

``CANVAS_KIT_COMFYUI=http://127.0.0.1:8188 pytest tests/backends/comfyui/test_real_server.py``

Small pictures are drawn with the first checkpoint that the server has, one with ``xl`` in its name
where two encoders are needed, and its first LoRA; without them, or without the add-ons rgthree,
pysssss or Efficiency, those tests are skipped. Files stay in the server's output folder, under
``canvas_kit/``. Passed on 0.3.64, on a CPU with small random weights.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import time
import urllib.request
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image

from canvas_kit.backends.base import MediaRequest, MediaResult
from canvas_kit.backends.comfyui import (
    ComfyUIBackend,
    Parameter,
    Workflow,
    add_workflow,
    read_workflow,
)
from canvas_kit.backends.image_metadata import embedded_parameters
from canvas_kit.errors import BackendRejected, JobLost, ModelNotFound
from canvas_kit.media import inspect
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings
from tests.backends.comfyui.whole_workflows import WORKFLOWS, with_models
from tests.backends.comfyui.workflows import (
    IMAGE_TO_IMAGE,
    TEXT_TO_IMAGE,
    Document,
    changed,
    node,
    sampler,
)
from tests.backends.contract import ListeningReporter

ADDRESS = os.environ.get("CANVAS_KIT_COMFYUI", "")

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not ADDRESS, reason="CANVAS_KIT_COMFYUI names no running ComfyUI"),
]

PLAIN: Document = {
    "1": node("EmptyImage", width=64, height=48, batch_size=1, color=16746496),
    "2": node("SaveImage", images=["1", 0], filename_prefix="x"),
}
"""A picture that needs no model."""


class Server:
    """The real server, with workflows added as a user would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.backend = self.another()

    def another(self, **settings: Any) -> ComfyUIBackend:
        given = {
            "address": ADDRESS,
            "workflows": str(self.folder),
            "timeout_seconds": 240,
            **settings,
        }
        return ComfyUIBackend("comfyui", BackendSettings(**given), NetworkPolicy())

    def add(self, name: str, document: Document) -> None:
        exported = self.folder / "exported.txt"
        exported.write_text(json.dumps(document), encoding="utf-8")
        add_workflow(exported, name, self.folder, takes_prompt="KSampler" in str(document))

    async def add_drawing(self, name: str, document: Document) -> None:
        """Add a workflow that draws, with a checkpoint that the server has."""
        declared = await self.backend.api.node_class("CheckpointLoaderSimple")
        assert declared is not None
        found = declared.inputs["ckpt_name"].choices
        if not found:
            pytest.skip("the server has no checkpoint")
        self.add(name, changed(document, n4=node("CheckpointLoaderSimple", ckpt_name=found[0])))

    async def add_whole(self, name: str, document: Document) -> Workflow:
        """Add a workflow as ``models add`` does, with the models and add-ons that there are."""
        api = self.backend.api
        loaders = await api.node_classes(["CheckpointLoaderSimple", "LoraLoader"])
        files = [
            (found.inputs[field].choices if found else None) or []
            for found, field in zip(loaders.values(), ("ckpt_name", "lora_name"), strict=True)
        ]
        fitting = with_models(document, *files)
        if fitting is None:
            pytest.skip("the server lacks a checkpoint or LoRA for this workflow")
        exported = self.folder / "exported.txt"
        exported.write_text(json.dumps(fitting), encoding="utf-8")
        declared = await self.backend.declarations(read_workflow(exported)[0])
        if missing := [kind for kind, found in declared.items() if found is None]:
            pytest.skip(f"the server lacks {', '.join(missing)}")
        return add_workflow(exported, name, self.folder, declared=declared)

    async def ask(
        self, model: str, reporter: ListeningReporter | None = None, **fields: Any
    ) -> MediaResult:
        given = {"prompt": "a market", "seed": 7, "job_id": str(uuid.uuid4()), **fields}
        request = MediaRequest(model=model, **given)
        return await self.backend.generate(request, reporter or ListeningReporter())


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path)
    yield server
    await server.backend.aclose()


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGB").tobytes()


async def test_a_picture_comes_home_with_steps_on_the_way(server: Server) -> None:
    """Whole, with its seed, and steps told one by one."""
    await server.add_drawing("draw", TEXT_TO_IMAGE)
    assert await server.backend.problems("draw") == []
    reporter = ListeningReporter()
    result = await server.ask("draw", reporter, steps=4, width=64, height=64)
    (item,) = result.items
    assert (inspect(item.data).width, item.seed, result.warnings) == (64, 7, ())
    assert list(dict.fromkeys(reporter.steps)) == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for preview in reporter.previews:
        assert inspect(preview).media_type in ("image/jpeg", "image/png")


def view(source: Mapping[str, Any]) -> bytes:
    """A file as the server gives it to anyone."""
    query = urlencode({key: source[key] for key in ("filename", "subfolder", "type")})
    with urllib.request.urlopen(f"{ADDRESS}/view?{query}", timeout=60) as answer:
        return bytes(answer.read())


@pytest.mark.parametrize("name", WORKFLOWS)
async def test_every_picture_shows_the_prompt_and_seed_on_record(server: Server, name: str) -> None:
    """Two prompts make two pictures; each file is the server's, and says itself what it shows."""
    workflow = await server.add_whole("whole", WORKFLOWS[name])
    assert await server.backend.problems("whole") == []
    picture = io.BytesIO()
    Image.radial_gradient("L").resize((64, 64)).convert("RGB").save(picture, "PNG")
    start = picture.getvalue() if workflow.places(Parameter.INPUT_IMAGE) else None
    shown = []
    for prompt, seed in (("a red boat", 5), ("two owls, at night", 2**53 - 1)):
        result = await server.ask("whole", prompt=prompt, seed=seed, start_image=start)
        assert result.missing == ()
        assert len(result.items) == len(workflow.places(Parameter.OUTPUTS))
        for item in result.items:
            assert await asyncio.to_thread(view, item.source) == item.data
            made = json.loads(embedded_parameters(item.data, "prompt"))
            for parameter, value in ((Parameter.PROMPT, prompt), (Parameter.SEED, item.seed)):
                places = workflow.places(parameter)
                assert {made[b.node_id]["inputs"][b.input] for b in places} == {value}
        # Nodes of rgthree take no seed above 2**50.
        assert result.provenance.seed == seed or (
            seed > 2**50 and "stands in for" in str(result.warnings)
        )
        shown.append([pixels(item.data) for item in result.items])
    assert all(one != other for one, other in zip(*shown, strict=True))


async def test_sizes_after_the_first_pass_follow(server: Server) -> None:
    """What was twice as large as exported is twice as large as asked for."""
    for name in ("a second pass on an enlarged latent", "enlarged after drawing"):
        await server.add_whole("larger", WORKFLOWS[name])
        result = await server.ask("larger", width=128, height=64)
        facts = inspect(result.items[0].data)
        assert (facts.width, facts.height) == (256, 128)
        (server.folder / "larger.json").unlink()
        (server.folder / "larger.toml").unlink()


@pytest.mark.parametrize(
    "broken",
    [
        {"n8": node("VAEDecode", samples=["3", 0], vae=["4", 1])},
        {"n8": node("VAEDecode", samples=["3", 0], vae=["4", 7])},
        {"n8": node("VAEDecode", samples=["3", 0], vae=["44", 0])},
        {"n8": node("VAEDecode", samples=["3", 0])},
        {"n5": node("EmptyLatentImage", width=0, height=64, batch_size=1)},
        {"n5": node("EmptyLatentImage", width="wide", height=64, batch_size=1)},
        {"n3": sampler(steps=2, sampler_name="eulr")},
        {"n3": sampler(steps=2, sampler_name=["6", 0])},
        {"n10": node("SaveImage", images=["6", 0], filename_prefix="x")},
        {"n10": node("SaveImage", images=["11", 0], filename_prefix="x"),
         "n11": node("LoadImage", image="the one that a canvas would send.png"),
         "n12": node("SaveImage", images=["13", 0], filename_prefix="x"),
         "n13": node("LoadImage", image="no such picture.png")},
    ],
)  # fmt: skip
async def test_what_the_check_finds_the_server_refuses(server: Server, broken: Document) -> None:
    """All of it, or the part that depends on it."""
    await server.add_whole("broken", changed(WORKFLOWS["text to image"], **broken))
    assert await server.backend.problems("broken")
    try:
        result = await server.ask("broken")
    except BackendRejected:
        return
    assert result.missing


async def test_what_nothing_saves_keeps_nothing_from_running(server: Server) -> None:
    """Neither the check nor the server looks at it."""
    loose = changed(
        WORKFLOWS["text to image"],
        n20=node("LoraLoader", lora_name="gone.safetensors", model=["99", 0]),
        n21=node("VAEDecode", samples=["4", 0]),
    )
    await server.add_whole("loose", loose)
    assert await server.backend.problems("loose") == []
    assert (await server.ask("loose")).warnings == ()


async def test_the_same_seed_draws_the_same_pixels_into_another_file(server: Server) -> None:
    """What the server takes from its cache is saved under a name of its own."""
    await server.add_drawing("draw", TEXT_TO_IMAGE)
    first = await server.ask("draw", steps=2)
    second = await server.ask("draw", steps=2)
    assert first.items[0].source["filename"] != second.items[0].source["filename"]
    assert pixels(first.items[0].data) == pixels(second.items[0].data)


async def test_a_batch_comes_home_in_order(server: Server) -> None:
    """Three pictures of one seed."""
    await server.add_drawing("draw", TEXT_TO_IMAGE)
    result = await server.ask("draw", steps=2, count=3)
    assert [item.source["batch_index"] for item in result.items] == [0, 1, 2]
    assert len({pixels(item.data) for item in result.items}) == 3


async def test_a_picture_is_drawn_from_a_picture(server: Server) -> None:
    """It is sent first, and the size follows from it."""
    await server.add_drawing("redraw", IMAGE_TO_IMAGE)
    start = io.BytesIO()
    Image.new("RGB", (96, 64), "teal").save(start, "PNG")
    result = await server.ask(
        "redraw", start_image=start.getvalue(), steps=2, options={"denoise": 0.6}
    )
    facts = inspect(result.items[0].data)
    assert (facts.width, facts.height) == (96, 64)


async def test_previews_and_socket_pictures_come_home(server: Server) -> None:
    """A workflow that saves nothing gives its picture all the same."""
    server.add("preview", changed(PLAIN, n2=node("PreviewImage", images=["1", 0])))
    result = await server.ask("preview")
    assert result.items[0].source["type"] == "temp"
    document = changed(PLAIN, n2=node("SaveImageWebsocket", images=["1", 0]))
    document["1"]["inputs"]["batch_size"] = 2
    server.add("socket", document)
    result = await server.ask("socket")
    assert [inspect(item.data).width for item in result.items] == [64, 64]


async def test_mistakes_are_found_before_and_told_in_words(server: Server) -> None:
    """A missing model, a missing node, a value out of range, a part left out."""
    server.add("lost", changed(TEXT_TO_IMAGE, n4=node("CheckpointLoaderSimple", ckpt_name="x.pt")))
    assert any("'x.pt'" in problem for problem in await server.backend.problems("lost"))
    with pytest.raises(ModelNotFound, match=r"x\.pt"):
        await server.ask("lost")
    server.add("odd", changed(PLAIN, n1=node("NoSuchNode")))
    assert any("NoSuchNode" in problem for problem in await server.backend.problems("odd"))
    with pytest.raises(BackendRejected, match="NoSuchNode"):
        await server.ask("odd")
    server.add("wide", PLAIN)
    with pytest.raises(BackendRejected, match="out of range"):
        await server.ask("wide", options={"1.width": 0})
    server.add("half", changed(PLAIN, n3=node("SaveImage", filename_prefix="x")))
    result = await server.ask("half")
    assert len(result.items) == 1
    assert any("node 3 (SaveImage) lacks" in warning for warning in result.warnings)


async def test_cancelling_takes_jobs_away(server: Server) -> None:
    """Whether they run or wait; in neither case does the server go on with them."""
    await server.add_drawing("draw", TEXT_TO_IMAGE)
    tasks = [asyncio.create_task(server.ask("draw", steps=5000, seed=seed)) for seed in (101, 102)]
    ours: set[str] = set()

    async def queued() -> set[str]:
        return {*await server.backend.api.queue()}

    async with asyncio.timeout(120):
        while len(ours) < 2:
            ours = await queued()
            await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(60):
        while ours & await queued():  # noqa: ASYNC110 - the server's queue has no event
            await asyncio.sleep(0.1)


async def test_a_run_that_fails_names_node_and_reason(server: Server) -> None:
    """A picture that cannot be read fails at run time only."""
    server.add(
        "unreadable",
        {
            "1": node("LoadImage", image="x.png"),
            "2": node("SaveImage", images=["1", 0], filename_prefix="x"),
        },
    )
    with pytest.raises(BackendRejected, match=r"Node 1 \(LoadImage\) failed"):
        await server.ask("unreadable", start_image=b"\x89PNG\r\n\x1a\n this is no picture")


async def test_a_branch_that_fails_makes_the_result_partial(server: Server) -> None:
    """What the other branch made comes home; what is missing is named."""
    unreadable = {
        **PLAIN,
        "3": node("LoadImage", image="x.png"),
        "4": node("SaveImage", images=["3", 0], filename_prefix="x"),
    }
    server.add("half", unreadable)
    result = await server.ask("half", start_image=b"\x89PNG\r\n\x1a\n this is no picture")
    assert len(result.items) == 1
    assert "Node 3 (LoadImage) failed" in " ".join(result.missing)


@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_result_is_fetched_later_by_the_id_of_its_job(
    server: Server, forgotten: bool
) -> None:
    """By another process, say; also when the server's history has been cleared of it."""
    await server.add_drawing("draw", TEXT_TO_IMAGE)
    reporter = ListeningReporter()
    result = await server.ask("draw", reporter, steps=2)
    job_id, noted = reporter.submitted[-1]
    if forgotten:
        await server.backend.request("POST", "/history", json={"delete": [job_id]})
    other = server.another()
    later = await other.fetch_job(job_id, noted)
    await other.aclose()
    assert [item.data for item in later.items] == [item.data for item in result.items]
    assert (later.items[0].seed, later.provenance.job_id) == (7, job_id)
    assert bool(later.warnings) is forgotten
    with pytest.raises(JobLost):
        await server.backend.fetch_job(str(uuid.uuid4()), noted | {"files": "canvas_kit/none_*"})


async def test_waiting_behind_others_is_not_counted(server: Server) -> None:
    """Each job may run for its time, however long the queue is."""
    await server.add_drawing("draw", TEXT_TO_IMAGE)
    begin = time.monotonic()
    await server.ask("draw", seed=1, steps=20)
    seconds = max(1.0, time.monotonic() - begin)
    patient = server.another(capacity=8, timeout_seconds=4 * seconds)
    requests = [
        MediaRequest(prompt="x", model="draw", seed=seed, steps=20, job_id=str(uuid.uuid4()))
        for seed in range(2, 10)
    ]
    results = await asyncio.gather(
        *(patient.generate(request, ListeningReporter()) for request in requests)
    )
    await patient.aclose()
    assert [len(result.items) for result in results] == [1] * 8


async def test_many_runs_at_once_all_come_home(server: Server) -> None:
    """Twenty pictures through two places."""
    server.add("plain", PLAIN)
    results = await asyncio.gather(
        *(server.ask("plain", options={"1.color": number}) for number in range(20))
    )
    colours = {pixels(result.items[0].data)[:3] for result in results}
    assert colours == {bytes((0, 0, number)) for number in range(20)}
