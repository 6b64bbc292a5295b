"""Values go where the server takes them, as it takes them; what it does not make is told."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_kit.backends.comfyui import ComfyUIBackend, Parameter, Workflow
from canvas_kit.backends.comfyui.fitting import Declarations, fitted_seed, takes, workflow_problems
from canvas_kit.backends.comfyui.object_info import NodeDeclaration
from canvas_kit.nodes.parameters import draw_seed
from tests.backends import faults
from tests.backends.comfyui.fake import FakeComfyUI
from tests.backends.comfyui.rig import ComfyUIRig, ask, foreign_job
from tests.backends.comfyui.test_tracing import found, workflow_of
from tests.backends.comfyui.workflows import (
    HALF_BROKEN,
    TEXT_TO_IMAGE,
    TWO_SAVERS,
    Document,
    changed,
    node,
    sampler,
)
from tests.backends.contract import until

pytestmark = pytest.mark.anyio

SHOWN = changed(
    TEXT_TO_IMAGE,
    n6=node("CLIPTextEncode", text=["60", 0], clip=["4", 1]),
    n60=node("ShowText", text=["61", 0], text_0="what was shown when it was exported"),
    n61=node("PrimitiveString", value="a cat"),
)
"""The export of a node that shows a text holds the text that it showed last."""

WRONGLY_BOUND = '[[prompt]]\nnode = "60"\ninput = "text_0"\n[[outputs]]\nnode = "9"\n'


class Rig(ComfyUIRig):
    workflows: ClassVar[Mapping[str, Document]] = {
        "tiny": TEXT_TO_IMAGE,
        "shown": SHOWN,
        "two": TWO_SAVERS,
        "half": HALF_BROKEN,
    }


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with Rig() as rig:
        yield rig


# -- inputs --------------------------------------------------------------------------------------


def test_what_a_node_shows_is_no_place_for_the_prompt() -> None:
    """Also without a server, by the name of the node."""
    assert found(SHOWN)["prompt"] == ["61.value"]


async def test_two_prompts_make_two_pictures(rig: Rig, backend: ComfyUIBackend) -> None:
    """Through a node that shows the text on its way."""
    first = await ask(rig, backend, model="shown", prompt="a harbour")
    second = await ask(rig, backend, model="shown", prompt="a mountain")
    assert first.warnings == second.warnings == ()
    assert rig.is_whole(first, "a harbour")
    assert rig.is_whole(second, "a mountain")


async def test_a_binding_to_what_is_no_input_is_replaced_and_told(
    rig: Rig, backend: ComfyUIBackend
) -> None:
    """The server would ignore the prompt without a word; it goes where it is read instead."""
    (backend.workflows.path / "shown.toml").write_text(WRONGLY_BOUND, encoding="utf-8")
    result = await ask(rig, backend, model="shown", prompt="a harbour")
    assert rig.is_whole(result, "a harbour")
    assert "does not take 'text_0' of node 60 (ShowText)" in " ".join(result.warnings)
    assert await backend.problems("shown") == []


async def test_a_prompt_that_can_go_nowhere_is_a_problem(rig: Rig, backend: ComfyUIBackend) -> None:
    """Found by the check, before a batch makes the same picture many times."""
    words = node("ShowText", source=["60", 0])
    lost = changed(SHOWN, n6=words, n60=node("ShowText", text_0="shown"), n61=None)
    rig.add("lost", lost, takes_prompt=False)
    (backend.workflows.path / "lost.toml").write_text(WRONGLY_BOUND, encoding="utf-8")
    problems = await backend.problems("lost")
    assert any("the prompt goes nowhere" in problem for problem in problems)


async def test_a_place_that_no_output_needs_is_found_without_a_server(
    rig: Rig, backend: ComfyUIBackend
) -> None:
    """Two prompts would give the same picture; the check of a canvas says so."""
    rig.add("loose", changed(TEXT_TO_IMAGE, n60=node("PrimitiveString", value="loose")))
    assert backend.model_problem("loose") is None
    loose = '[[prompt]]\nnode = "60"\ninput = "value"\n[[outputs]]\nnode = "9"\n'
    (backend.workflows.path / "loose.toml").write_text(loose, encoding="utf-8")
    assert "All prompts would give the same picture" in (backend.model_problem("loose") or "")
    assert any("All prompts" in problem for problem in await backend.problems("loose"))


# -- what the server would refuse ----------------------------------------------------------------

LINKED: dict[str, dict[str, Any]] = {
    "CheckpointLoaderSimple": {"output": ["MODEL", "CLIP", "VAE"]},
    "CLIPTextEncode": {"text": "STRING", "clip": "CLIP", "output": ["CONDITIONING"]},
    "EmptyLatentImage": {"width": "INT", "height": "INT", "output": ["LATENT"]},
    "KSampler": {
        "seed": "INT", "model": "MODEL", "positive": "CONDITIONING", "negative": "CONDITIONING",
        "latent_image": "LATENT", "sampler_name": [["euler", "ddim"]], "output": ["LATENT"],
    },
    "VAEDecode": {"samples": "LATENT", "vae": "VAE", "output": ["IMAGE"]},
    "SaveImage": {"images": "IMAGE", "output": [], "output_node": True},
    "VAEEncode": {"pixels": "IMAGE", "vae": "VAE", "output": ["LATENT"]},
    "LoadImage": {"image": [["example.png"], {"image_upload": True}], "output": ["IMAGE", "MASK"]},
    "LoraLoader": {"lora_name": [["a.pt"]], "model": "MODEL", "output": ["MODEL"]},
    "Any Switch (rgthree)": {"output": ["*"]},
}  # fmt: skip
"""Types of inputs and outputs, as 0.3.64 and an add-on declare them."""


def problems_of(document: Document) -> list[str]:
    """What is found wrong with a workflow on a server with these declarations."""
    known = {}
    for kind, entry in LINKED.items():
        inputs = {
            name: value if isinstance(value, list) else [value, {"min": 1}]
            for name, value in entry.items()
            if not name.startswith("output")
        }
        known[kind] = NodeDeclaration.parse(
            {
                "input": {"required": inputs},
                "output": entry["output"],
                "output_node": entry.get("output_node", False),
            }
        )
    classes = {entry["class_type"] for entry in document.values()}
    declared: Declarations = {kind: known.get(kind) for kind in classes}
    return list(workflow_problems(workflow_of(document), declared))


def test_a_good_workflow_has_no_problem() -> None:
    """Types and numbers fit; a number written as text is one, and a link may pass a switch."""
    document = changed(
        TEXT_TO_IMAGE,
        n5=node("EmptyLatentImage", width="64", height=48, batch_size=1),
        n8=node("VAEDecode", samples=["11", 2], vae=["4", 2]),
        n11=node("Any Switch (rgthree)", any_01=["3", 0]),
    )
    assert problems_of(document) == []


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ({"n8": node("VAEDecode", samples=["3", 0], vae=["4", 1])}, "takes VAE.*gives CLIP"),
        ({"n8": node("VAEDecode", samples=["3", 0], vae=["4", 3])}, "takes output 3 of.*has 3"),
        ({"n8": node("VAEDecode", samples=["3", 0], vae=["33", 0])}, "node 33, which is not in"),
        (
            {"n8": node("VAEDecode", samples=["3", 0], vae=["4"])},
            "linked wrongly.*should be a node",
        ),
        ({"n8": node("VAEDecode", samples=["3", 0])}, "lacks its input 'vae'"),
        ({"n5": node("EmptyLatentImage", width="wide", height=48)}, "should be a number.*'wide'"),
        ({"n5": node("EmptyLatentImage", width=0, height=48)}, "out of range"),
        ({"n3": sampler(sampler_name="eulr")}, "cannot be 'eulr'.*'euler'"),
        ({"n3": sampler(sampler_name=["6", 0])}, "takes a choice of its own.*gives CONDITIONING"),
        ({"n10": node("SaveImage", images=["6", 0], filename_prefix="x")}, "node 10.*IMAGE"),
    ],
)
def test_what_the_server_would_refuse_is_found_before(nodes: Document, says: str) -> None:
    """In the words of the workflow, also what one of several savers lacks."""
    (problem,) = problems_of(changed(TEXT_TO_IMAGE, **nodes))
    assert re.search(says, problem)


def test_what_nothing_saves_is_not_looked_at() -> None:
    """The server does not either: a loose node may lack its file, its inputs and its links."""
    loose = changed(
        TEXT_TO_IMAGE,
        n20=node("LoraLoader", lora_name="gone.pt", model=["99", 0]),
        n21=node("VAEDecode", samples=["4", 0]),
    )
    assert problems_of(loose) == []


def test_a_node_that_declares_no_input_takes_those_it_has() -> None:
    """Add-ons make inputs as they are needed; another node's undeclared ones go nowhere."""
    made = node("Power Primitive (rgthree)", type="STRING", value="a cat")
    flexible = NodeDeclaration.parse({"input": {"required": {}, "optional": {}}, "output": ["*"]})
    graph = workflow_of(changed(TEXT_TO_IMAGE, n60=made)).graph
    assert takes({"Power Primitive (rgthree)": flexible}, graph.nodes["60"], "value")
    fixed = NodeDeclaration.parse({"input": {"required": {"text": ["STRING", {}]}}})
    assert not takes({"Power Primitive (rgthree)": fixed}, graph.nodes["60"], "value")


def test_a_picture_that_the_server_lacks_is_told_if_a_canvas_does_not_send_it() -> None:
    """A second one; not the bound one, nor one in a folder, which the server does not list."""
    document = changed(
        TEXT_TO_IMAGE,
        n5=node("VAEEncode", pixels=["10", 0], vae=["4", 2]),
        n10=node("LoadImage", image="sent.png"),
        n11=node("LoadImage", image="clipspace/mask.png [input]"),
        n12=node("LoadImage", image="lost.png"),
        n13=node("SaveImage", images=["11", 0], filename_prefix="x"),
        n14=node("SaveImage", images=["12", 0], filename_prefix="x"),
    )
    (problem,) = problems_of(document)
    assert re.search(r"no file 'lost.png' in its input folder.*node 12", problem)


async def test_a_workflow_is_added_with_what_the_server_declares(rig: Rig) -> None:
    """The command asks a running server: only what it declares is bound."""
    rig.server.declared["Poster"] = {
        "input": {"required": {"text": ["STRING", {}]}},
        "output": ["CONDITIONING"],
        "output_node": False,
    }
    shown = changed(TEXT_TO_IMAGE, n6=node("Poster", prompt="shown last", text="a cat"))
    folder = Path(rig.folder.name)
    (folder / "exported.txt").write_text(json.dumps(shown), encoding="utf-8")
    (folder / "canvas_kit.toml").write_text(
        f'[backends.comfyui]\naddress = "{rig.server.address}"\nworkflows = "."\n', encoding="utf-8"
    )
    arguments = ["models", "add", "exported.txt", "--name", "poster"]
    done = await anyio.run_process(
        [sys.executable, "-m", "canvas_kit.cli", "--config-file", "canvas_kit.toml", *arguments],
        cwd=folder,
        check=False,
    )
    said = done.stdout.decode()
    assert "was not asked" not in said
    assert done.returncode == 0, done.stderr.decode()
    assert "6.text" in said
    assert "6.prompt" not in said
    await rig.server.stop()
    done = await anyio.run_process(
        [sys.executable, "-m", "canvas_kit.cli", "--config-file", "canvas_kit.toml", *arguments,
         "--replace"],
        cwd=folder, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert "the server was not asked which inputs its nodes take" in done.stdout.decode()


# -- seeds ---------------------------------------------------------------------------------------


async def test_a_seed_stays_in_the_range_of_the_node(rig: Rig, backend: ComfyUIBackend) -> None:
    """The one that is sent is the one on record, and the difference is told."""
    rig.server.max_seed = 2**32 - 1
    result = await ask(rig, backend, seed=2**53 - 1)
    sent = rig.server.asked[0]["prompt"]["3"]["inputs"]["seed"]
    assert 0 <= sent <= 2**32 - 1
    assert result.items[0].seed == result.provenance.seed == sent
    assert "Node 3 (KSampler) takes seeds from 0 to 4294967295" in " ".join(result.warnings)
    assert (await ask(rig, backend, seed=7)).warnings == ()


@given(
    st.integers(0, 2**53 - 1),
    st.lists(st.tuples(st.integers(-(2**63), 10), st.integers(11, 2**64 - 1)), min_size=1),
)
def test_every_seed_fits_every_range(seed: int, ranges: list[tuple[int, int]]) -> None:
    """Of all nodes that share it; the same seed gives the same one each time."""
    kinds = [f"Sampler{index}" for index in range(len(ranges))]
    document = {kind: node(kind, seed=1, steps=2) for kind in kinds}
    document |= {f"out {kind}": node("SaveImage", images=[kind, 0]) for kind in kinds}
    workflow: Workflow = workflow_of(document)
    declared = {
        kind: NodeDeclaration.parse(
            {"input": {"required": {"seed": ["INT", {"min": low, "max": high}]}}}
        )
        for kind, (low, high) in zip(kinds, ranges, strict=True)
    }
    assert len(workflow.places(Parameter.SEED)) == len(kinds)
    fitting, notes = fitted_seed(workflow, declared, seed)
    assert all(low <= fitting <= high for low, high in ranges)
    assert (fitting == seed) is not bool(notes)
    assert fitted_seed(workflow, declared, fitting) == (fitting, [])


def test_a_seed_that_is_drawn_fits_the_services_that_take_the_smallest() -> None:
    """So that the one on record is the one that was drawn, without a word."""
    assert all(0 <= draw_seed() <= 2**31 - 1 for _ in range(200))


# -- what is missing -----------------------------------------------------------------------------


async def test_a_whole_result_misses_nothing(rig: Rig, backend: ComfyUIBackend) -> None:
    """Whatever else is noted about it."""
    assert (await ask(rig, backend, model="two", count=2)).missing == ()


@pytest.mark.parametrize(
    ("model", "count", "says"),
    [
        ("half", 1, r"left out a part of the workflow: node 10 \(SaveImage\)"),
        ("two", 1, r"did not finish. Node 10 \(SaveImage\) failed"),
        ("tiny", 2, r"1 of 2 pictures were made"),
    ],
)
async def test_what_was_not_made_is_told_as_missing(
    rig: Rig, backend: ComfyUIBackend, model: str, count: int, says: str
) -> None:
    """A saver that was left out, one that failed, a file that did not come."""
    if model == "two":
        rig.server.failing = ("10", "OSError", "No space left on device")
    if model == "tiny":
        rig.server.play("/view", faults.not_an_image())
    result = await ask(rig, backend, model=model, count=count)
    assert len(result.items) == 1
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(" ".join(result.missing))
    assert {*result.missing} <= {*result.warnings}


async def test_a_saver_that_gives_nothing_is_missing(
    rig: Rig, backend: ComfyUIBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run succeeded, and one of two outputs is not there."""
    execute = rig.server._execute

    async def without_the_tenth(entry: Any, node_id: str, outputs: dict[str, Any]) -> None:
        if node_id != "10":
            await execute(entry, node_id, outputs)

    monkeypatch.setattr(rig.server, "_execute", without_the_tenth)
    result = await ask(rig, backend, model="two")
    assert result.missing == ("Nothing came from node 10 (SaveImage).",)


# -- waiting behind others -----------------------------------------------------------------------


async def test_waiting_in_the_queue_is_not_working(rig: Rig) -> None:
    """The timeout begins when the job does, however long the jobs of others take."""
    backend = rig.backend(timeout_seconds=1.5)
    rig.hold()
    foreign_job(rig.server)
    task = asyncio.create_task(ask(rig, backend))
    await asyncio.sleep(2)
    rig.release()
    assert rig.is_whole(await task)
    await backend.aclose()


async def test_a_job_that_waited_is_not_charged_for_a_crash(
    rig: Rig, backend: ComfyUIBackend
) -> None:
    """A neighbour brings the server down again and again; who only waited comes through."""
    rig.hold()
    foreign_job(rig.server)
    task = asyncio.create_task(ask(rig, backend))
    for crash in (1, 2, 3):
        await until(lambda count=crash: len(rig.server.asked) == count)  # type: ignore[misc]
        await until(lambda: len(rig.server.pending) == 1 and rig.server.running is not None)
        await _crash(rig.server)
    rig.release()
    result = await task
    assert rig.is_whole(result)
    assert len(rig.server.asked) == 4


async def _crash(server: FakeComfyUI) -> None:
    """Die with all memory, and come back to the same job of somebody else."""
    await server.stop()
    server.forget()
    foreign_job(server)
    await server.start()
