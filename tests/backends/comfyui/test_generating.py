"""From a request to whole files, whatever the server does meanwhile."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar

import pytest

from canvas_kit.backends.base import Capability, MediaResult
from canvas_kit.backends.comfyui import ComfyUIBackend
from canvas_kit.errors import (
    BackendAnswerError,
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
    BackendUnreachable,
    JobLost,
    ModelNotFound,
)
from canvas_kit.values import to_json
from tests.backends import faults
from tests.backends.comfyui.fake import FLAC, MP4, Entry, FakeComfyUI, picture_bytes
from tests.backends.comfyui.rig import ComfyUIRig, ask, foreign_job
from tests.backends.comfyui.workflows import (
    HALF_BROKEN,
    IMAGE_TO_IMAGE,
    PREVIEW_ONLY,
    SOCKET_ONLY,
    TEXT_TO_IMAGE,
    TWO_SAVERS,
    Document,
    changed,
    node,
    sampler,
)
from tests.backends.contract import PROMPT, ListeningReporter, until

pytestmark = pytest.mark.anyio

START = picture_bytes("start", 1)


class ManyWorkflows(ComfyUIRig):
    workflows: ClassVar[Mapping[str, Document]] = {
        "tiny": TEXT_TO_IMAGE,
        "from_picture": IMAGE_TO_IMAGE,
        "preview": PREVIEW_ONLY,
        "socket": SOCKET_ONLY,
        "two": TWO_SAVERS,
        "half": HALF_BROKEN,
        "unbatched": changed(TEXT_TO_IMAGE, n5=node("EmptyLatentImage", width=64, height=48)),
        "sound": changed(TEXT_TO_IMAGE, n9=node("SaveAudio", audio=["8", 0], filename_prefix="x")),
        "film": changed(
            TEXT_TO_IMAGE, n9=node("VHS_VideoCombine", images=["8", 0], filename_prefix="x")
        ),
        "bad_seed": changed(TEXT_TO_IMAGE, n3=sampler(seed=-1)),
        "bad_model": changed(
            TEXT_TO_IMAGE, n4=node("CheckpointLoaderSimple", ckpt_name="tinny.safetensors")
        ),
        "bad_node": changed(TEXT_TO_IMAGE, n8=node("FancyDecode", samples=["3", 0])),
        "idle": changed(TEXT_TO_IMAGE, n9=None),
    }


@pytest.fixture
async def rig() -> AsyncIterator[ManyWorkflows]:
    async with ManyWorkflows() as rig:
        yield rig


def said(result: MediaResult) -> str:
    return " ".join(result.warnings)


# -- what is sent, what is kept ------------------------------------------------------------------


async def test_every_value_reaches_its_place(rig: ManyWorkflows, backend: ComfyUIBackend) -> None:
    """Prompt, second text, seed, size, steps, cfg, count and options."""
    await ask(
        rig, backend, second_text="ugly", seed=2**53 - 1, width=96, height=128, steps=5, cfg=3.5,
        count=2, options={"3.denoise": 0.5},
    )  # fmt: skip
    prompt = rig.server.asked[0]["prompt"]
    assert prompt["6"]["inputs"]["text"] == PROMPT
    assert prompt["7"]["inputs"]["text"] == "ugly"
    assert prompt["5"]["inputs"] == {"width": 96, "height": 128, "batch_size": 2}
    inputs = prompt["3"]["inputs"]
    assert (inputs["seed"], inputs["steps"], inputs["cfg"], inputs["denoise"]) == (
        2**53 - 1,
        5,
        3.5,
        0.5,
    )


async def test_what_is_not_asked_for_stays_as_exported(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Also the seed, which is then known all the same."""
    result = await ask(rig, backend, seed=None)
    prompt = rig.server.asked[0]["prompt"]
    assert prompt["3"]["inputs"]["steps"] == 8
    assert prompt["7"]["inputs"]["text"] == "blurry"
    assert result.items[0].seed == result.provenance.seed == 42


async def test_a_seed_set_by_an_option_is_the_one_recorded(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """What was sent is the truth, not what was asked for."""
    result = await ask(rig, backend, seed=1, options={"3.seed": 77})
    assert result.items[0].seed == 77


async def test_a_batch_shares_one_seed_and_counts_its_pictures(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Image 1 of seed 500 is not image 0 of seed 501: seed and index belong together."""
    result = await ask(rig, backend, seed=500, count=3)
    assert [(item.seed, item.source["batch_index"]) for item in result.items] == [
        (500, 0),
        (500, 1),
        (500, 2),
    ]


async def test_the_servers_own_file_tells_which_run_it_belongs_to(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Job, run and node travel in the extra metadata; the job id is ours and on record before."""
    reporter = ListeningReporter()
    job_id = "6d8f5ad6-4f0c-4b7f-8d7f-0a5f5bb0f3f4"
    result = await ask(
        rig, backend, reporter=reporter, job_id=job_id, run_id="run-1", node_id="generation"
    )
    body = rig.server.asked[0]
    assert body["prompt_id"] == job_id == result.provenance.job_id
    assert body["extra_data"]["extra_pnginfo"]["canvas_kit"] == {
        "job_id": job_id,
        "run_id": "run-1",
        "node_id": "generation",
        "workflow": "tiny",
    }
    (submitted,) = reporter.submitted
    assert submitted[0] == job_id
    assert submitted[1]["files"] == f"canvas_kit/{job_id}_*"


async def test_the_same_request_again_is_saved_anew(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """A cached rerun would give the first file's name, for a file that may be gone."""
    first = await ask(rig, backend)
    rig.server.files.clear()
    second = await ask(rig, backend)
    assert first.items[0].source["filename"] != second.items[0].source["filename"]
    assert second.warnings == ()


async def test_a_saver_that_was_not_run_anew_is_told(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Some savers take no prefix; their files may be those of an earlier run."""
    await ask(rig, backend)
    rig.server.caches = True
    result = await ask(rig, backend)
    assert len(result.items) == 1
    assert "not run node 9 (SaveImage) anew" in said(result)


async def test_what_has_no_place_is_told(rig: ManyWorkflows, backend: ComfyUIBackend) -> None:
    """A size where a picture gives it, a picture where none is read, a count without a batch."""
    sized = await ask(rig, backend, model="from_picture", width=512, start_image=START)
    assert "no place for the width 512" in said(sized)
    pictured = await ask(rig, backend, start_image=START)
    assert "no place for the input image" in said(pictured)
    counted = await ask(rig, backend, model="unbatched", count=3)
    assert "no place for the count 3" in said(counted)
    assert "1 of 3 pictures were made" in said(counted)


async def test_a_picture_to_start_from_is_sent_and_named_as_the_server_names_it(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """The same name with other bytes is renamed by the server; its answer counts."""
    digest = hashlib.sha256(START).hexdigest()[:24]
    rig.server.uploads[f"canvas_kit_{digest}.png"] = b"something else"
    result = await ask(rig, backend, model="from_picture", start_image=START)
    name = rig.server.asked[0]["prompt"]["10"]["inputs"]["image"]
    assert name == f"canvas_kit_{digest} (1).png"
    assert rig.server.uploads[name] == START
    request = json.dumps(to_json(result.provenance)["request"])
    assert hashlib.sha256(START).hexdigest() in request


async def test_sound_and_film_come_home_too(rig: ManyWorkflows, backend: ComfyUIBackend) -> None:
    """Whatever list a node names its files in."""
    assert (await ask(rig, backend, model="sound")).items[0].data == FLAC
    assert (await ask(rig, backend, model="film")).items[0].data == MP4


async def test_a_reverse_proxys_prefix_is_kept() -> None:
    """For routes, files and the socket alike."""
    rig = ManyWorkflows()
    rig.server = FakeComfyUI(prefix="/comfy")
    async with rig:
        backend = rig.backend()
        reporter = ListeningReporter()
        result = await ask(rig, backend, reporter=reporter)
        await backend.aclose()
    assert rig.is_whole(result)
    assert reporter.previews


# -- what the server finds wrong -----------------------------------------------------------------


async def test_a_dropped_output_is_told_although_the_status_is_fine(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Partial acceptance: the good output is made, the bad one named."""
    result = await ask(rig, backend, model="half")
    assert rig.is_whole(result)
    assert "left out a part of the workflow: node 10 (SaveImage) lacks" in said(result)


@pytest.mark.parametrize(
    ("model", "error", "says"),
    [
        ("bad_model", ModelNotFound, "tinny.safetensors.*Did you mean 'tiny.safetensors'"),
        ("bad_node", BackendRejected, "no node class 'FancyDecode'.*node 8"),
        ("bad_seed", BackendRejected, "'seed' of node 3"),
        ("idle", BackendRejected, "Save Image"),
    ],
)
async def test_a_refused_workflow_is_told_in_words(
    rig: ManyWorkflows, backend: ComfyUIBackend, model: str, error: type[Exception], says: str
) -> None:
    """Node, input, and what would be right."""
    with pytest.raises(error, match=says):
        await ask(rig, backend, model=model, seed=None)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("bad_model", "no file 'tinny.safetensors'.*Did you mean 'tiny.safetensors'"),
        ("bad_node", "no node class 'FancyDecode'"),
        ("idle", "no node that saves"),
        ("tinny", "Did you mean 'tiny'"),
        ("", "No model was named"),
    ],
)
async def test_what_is_missing_is_found_before_a_batch(
    rig: ManyWorkflows, backend: ComfyUIBackend, model: str, says: str
) -> None:
    """Nodes, model files and workflows, without submitting anything."""
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(" ".join(await backend.problems(model)))
    assert rig.server.asked == []


async def test_a_model_file_in_the_other_systems_spelling_is_recognised(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """A workflow exported on Windows names folders with a backslash."""
    rig.server.checkpoints = ["sdxl/base.safetensors"]
    document = changed(
        TEXT_TO_IMAGE, n4=node("CheckpointLoaderSimple", ckpt_name="sdxl\\base.safetensors")
    )
    rig.add("windows", document)
    (problem,) = await backend.problems("windows")
    assert "The server writes it 'sdxl/base.safetensors'" in problem


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ({"n3": sampler(cfg=200.0)}, r"'cfg' of node 3 \(KSampler\) is out of range: 200"),
        ({"n6": node("CLIPTextEncode", text="a cat")}, r"node 6 .* lacks its input 'clip'"),
        ({"n5": None}, "takes something from node 5, which is not in the file"),
    ],
)
async def test_what_the_server_would_refuse_is_found_by_the_check(
    rig: ManyWorkflows, backend: ComfyUIBackend, nodes: Document, says: str
) -> None:
    """A number out of range that no canvas sets, a missing input, a link that leads nowhere."""
    rig.add("wrong", changed(TEXT_TO_IMAGE, **nodes))
    bindings = backend.workflows.path / "wrong.toml"
    text = bindings.read_text(encoding="utf-8").replace("[[cfg]]", "[[steps]]")
    bindings.write_text(text.replace('input = "cfg"', 'input = "steps"'), encoding="utf-8")
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(" ".join(await backend.problems("wrong")))


async def test_what_no_output_needs_is_no_problem(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """The server does not look at it either."""
    loose = node("CheckpointLoaderSimple", ckpt_name="not_there.safetensors")
    rig.add("loose", changed(TEXT_TO_IMAGE, n40=loose))
    assert await backend.problems("loose") == []


async def test_inputs_that_are_filled_in_are_not_complained_about(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """The example picture of the export need not be on the server; newer lists are read too."""
    assert await backend.problems("from_picture") == []
    rig.server.declared["VAEDecode"] = {
        "input": {"required": {"kind": ["COMBO", {"options": ["a", "b"]}]}}
    }
    assert await backend.problems("tiny") == []


async def test_status_tells_version_workflows_and_queue(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """And which workflow takes a picture, makes a sound, or cannot be used."""
    (rig_folder := backend.workflows.path / "broken.json").write_text("{", encoding="utf-8")
    status = await backend.status()
    assert rig_folder.exists()
    assert (status.version, status.note) == ("0.3.64", "idle")
    models = {model.name: model for model in status.models}
    assert Capability.IMAGE_TO_IMAGE in models["from_picture"].capabilities
    assert Capability.AUDIO in models["sound"].capabilities
    assert Capability.VIDEO in models["film"].capabilities
    assert "cannot be used" in models["broken"].description
    assert "prompt" in models["tiny"].description


async def test_a_server_that_is_no_comfyui_is_told(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Something answers at the address, but not as expected."""
    rig.server.play("/system_stats", faults.reply(200, b'{"hello": 1}'), times=None)
    status = await backend.status()
    assert "not like a ComfyUI" in status.problem


# -- the end of a run ----------------------------------------------------------------------------


async def test_history_may_lag_behind_the_end(rig: ManyWorkflows, backend: ComfyUIBackend) -> None:
    """The message of success comes before the entry is written."""
    rig.server.history_lag = 3
    assert rig.is_whole(await ask(rig, backend))


async def test_the_end_is_found_without_being_told(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Polling goes on beside a socket that forgets to say it."""
    rig.server.tells_end = False
    assert rig.is_whole(await ask(rig, backend))


async def test_a_failed_run_keeps_the_pictures_it_made(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """One branch failed; what the other made comes home with a warning."""
    rig.server.failing = ("10", "OSError", "No space left on device")
    result = await ask(rig, backend, model="two")
    assert len(result.items) == 1
    assert "Node 10 (SaveImage) failed on the server: OSError" in said(result)
    assert "kept" in said(result)


async def test_a_failed_run_without_pictures_is_an_error(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """That names the node and the reason."""
    rig.server.failing = ("3", "RuntimeError", "shapes cannot be multiplied\n")
    rig.server.fails_first = True
    with pytest.raises(BackendRejected, match=r"Node 3 \(KSampler\).*shapes cannot be multiplied"):
        await ask(rig, backend)


async def test_running_out_of_memory_says_what_to_do(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """It is the server that cannot, not the request that is wrong."""
    rig.server.failing = ("3", "torch.OutOfMemoryError", "Allocation on device 0")
    rig.server.fails_first = True
    with pytest.raises(BackendUnavailable, match="smaller"):
        await ask(rig, backend)


async def test_a_run_stopped_by_somebody_else_is_told(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Stopped in the server's own page, not failed."""
    rig.hold()
    task = asyncio.create_task(ask(rig, backend))
    await until(lambda: rig.server.running is not None)
    await backend.request("POST", "/interrupt", content=b"")
    with pytest.raises(BackendUnavailable, match="stopped on the server"):
        await task


async def test_a_run_that_names_no_file_is_told(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Finished, and nothing to fetch: never a success."""
    job_id = "0a1b2c3d-0000-4000-8000-000000000000"
    entry = {job_id: {"outputs": {}, "status": {"status_str": "success", "messages": []}}}
    rig.server.play(f"/history/{job_id}", faults.reply(200, json.dumps(entry).encode()), times=None)
    with pytest.raises(BackendAnswerError, match=r"without naming a file.*node 9 \(SaveImage\)"):
        await ask(rig, backend, job_id=job_id)


async def test_previews_are_fetched_with_their_type(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """A workflow that only shows its picture gives it all the same."""
    result = await ask(rig, backend, model="preview")
    assert rig.is_whole(result)
    assert result.items[0].source["type"] == "temp"


async def test_one_bad_file_does_not_cost_the_good_one(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Two files, one of them text with the name of a picture."""
    rig.server.play("/view", faults.not_an_image())
    result = await ask(rig, backend, count=2)
    assert len(result.items) == 1
    assert result.items[0].data in rig.files(PROMPT)
    assert "did not come" in said(result)
    assert "1 of 2 pictures" in said(result)


async def test_a_file_that_came_before_the_deadline_is_kept(rig: ManyWorkflows) -> None:
    """The second file never ends; the first is not thrown away for it."""
    backend = rig.backend(timeout_seconds=2, stall_timeout_seconds=5)
    rig.server.play("/view", faults.stall_body())
    result = await ask(rig, backend, count=2)
    await backend.aclose()
    assert len(result.items) == 1
    assert "did not finish within 2 s" in said(result)


async def test_a_picture_deleted_at_once_is_made_again(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """A 404 for a fresh file: somebody cleaned up; on one's own server a repeat is free."""
    rig.server.play("/view", faults.reply(404, b""))
    reporter = ListeningReporter()
    result = await ask(rig, backend, reporter=reporter)
    assert rig.is_whole(result)
    assert "submitted once more" in said(result)
    assert len({job_id for job_id, _ in reporter.submitted}) == 2


# -- the socket ----------------------------------------------------------------------------------


async def test_pictures_of_the_socket_saver_are_stored_and_fetched(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Sent over the websocket they could be lost; a saver stands in for that node."""
    rig.server.socket = "refused"
    result = await ask(rig, backend, model="socket", count=2)
    assert rig.is_whole(result)
    assert [item.source["batch_index"] for item in result.items] == [0, 1]
    assert await backend.problems("socket") == []


@pytest.mark.parametrize("form", ["open", "legacy"])
async def test_previews_come_with_or_without_metadata(
    rig: ManyWorkflows, backend: ComfyUIBackend, form: Any
) -> None:
    """One to each step."""
    rig.server.socket = form
    reporter = ListeningReporter()
    await ask(rig, backend, reporter=reporter)
    assert len(reporter.previews) == rig.server.steps


async def test_the_package_for_websockets_is_not_needed(
    rig: ManyWorkflows, backend: ComfyUIBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it there are no previews; the picture is the same."""
    monkeypatch.setitem(sys.modules, "websockets.asyncio.client", None)
    assert rig.is_whole(await ask(rig, backend))


# -- the queue, and stopping ---------------------------------------------------------------------


async def test_the_place_in_the_queue_is_told(rig: ManyWorkflows, backend: ComfyUIBackend) -> None:
    """Who waits behind others knows it."""
    rig.hold()
    foreign_job(rig.server)
    foreign_job(rig.server, "another")
    reporter = ListeningReporter()
    task = asyncio.create_task(ask(rig, backend, reporter=reporter))
    await until(lambda: "number 2 in the queue" in reporter.messages)
    assert (await backend.status()).note == "3 in its queue"
    rig.release()
    assert rig.is_whole(await task)


async def test_cancelling_a_waiting_job_leaves_the_running_one_alone(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Somebody else's picture is not interrupted for it."""
    rig.hold()
    foreign_job(rig.server)
    task = asyncio.create_task(ask(rig, backend))
    await until(lambda: len(rig.server.pending) == 1 and rig.server.running is not None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rig.server.pending == []
    assert "/interrupt" not in rig.server.paths()
    rig.release()
    await until(lambda: rig.server.ran == ["somebody-elses"])


async def test_cancelling_a_running_job_names_it(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """An interrupt without a job would stop whatever runs."""
    rig.hold()
    task = asyncio.create_task(ask(rig, backend))
    await until(lambda: rig.server.running is not None)
    job_id = rig.server.asked[0]["prompt_id"]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (interrupt,) = [seen for seen in rig.server.seen if seen.path == "/interrupt"]
    assert interrupt.json == {"prompt_id": job_id}


async def test_a_server_that_chooses_the_id_itself_is_followed(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Old versions ignore ours; the record gets theirs as well."""
    rig.server.keeps_ids = False
    reporter = ListeningReporter()
    result = await ask(rig, backend, reporter=reporter)
    assert rig.is_whole(result)
    assert [job_id for job_id, _ in reporter.submitted][-1] == result.provenance.job_id
    assert len(reporter.submitted) == 2


async def test_a_queue_cleared_by_somebody_is_no_restart(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """What the user took out of the queue is not put back."""
    rig.hold()
    foreign_job(rig.server)
    task = asyncio.create_task(ask(rig, backend))
    await until(lambda: len(rig.server.pending) == 1 and rig.server.running is not None)
    rig.server.pending.clear()
    with pytest.raises(JobLost, match=r"may lie in its output folder as canvas_kit/"):
        await task
    assert len(rig.server.asked) == 1
    rig.release()


# -- restarts ------------------------------------------------------------------------------------


async def killed(rig: ManyWorkflows, *, away_seconds: float = 0.1) -> None:
    """The server dies with all its memory, and comes back."""
    await rig.server.stop()
    rig.server.forget()
    rig.release()
    await asyncio.sleep(away_seconds)
    await rig.server.start()


async def test_a_restart_costs_no_picture(rig: ManyWorkflows) -> None:
    """What ran and what waited is submitted once more; who comes meanwhile waits."""
    backend = rig.backend(capacity=3)
    await ask(rig, backend, prompt="before")
    rig.hold()
    tasks = [asyncio.create_task(ask(rig, backend, prompt=f"number {n}")) for n in range(5)]
    await until(lambda: rig.working == 3)
    await killed(rig)
    results = await asyncio.gather(*tasks)
    await backend.aclose()
    for number, result in enumerate(results):
        assert rig.is_whole(result, f"number {number}")
    assert sum("submitted once more" in said(result) for result in results) == 3


async def test_a_restart_between_two_questions_is_told_by_the_socket_that_did_not_open(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Whoever asks only before and after finds an empty queue, as if the user had cleared it."""
    rig.server.socket = "cut"
    rig.hold()
    foreign_job(rig.server)
    task = asyncio.create_task(ask(rig, backend))
    await until(lambda: len(rig.server.pending) == 1 and rig.server.running is not None)
    rig.server.pending.clear()
    rig.release()
    result = await task
    assert rig.is_whole(result)
    assert "The server was restarted and lost the job." in said(result)


async def test_repeating_can_be_switched_off(rig: ManyWorkflows) -> None:
    """Then a lost job is an error that says where files may lie."""
    backend = rig.backend(resubmit_lost=False)
    rig.hold()
    task = asyncio.create_task(ask(rig, backend))
    await until(lambda: rig.working == 1)
    await killed(rig)
    with pytest.raises(JobLost) as caught:
        await task
    await backend.aclose()
    assert caught.value.maybe_done
    assert len(rig.server.asked) == 1


async def test_a_picture_stored_before_the_kill_is_made_again(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Its history is gone; the same seed gives the same picture."""
    rig.server.tells_end = False
    task = asyncio.create_task(ask(rig, backend, count=2))
    await until(lambda: len(rig.server.files) == 2)
    await killed(rig)
    result = await task
    assert rig.is_whole(result)
    assert result.missing == ()
    assert len(rig.server.asked) == 2


class FragileComfyUI(FakeComfyUI):
    """Dies of one prompt, and is restarted at once."""

    deaths = 0

    async def _sample(self, entry: Entry, node_id: str) -> None:
        if "deadly" in json.dumps(entry.prompt):
            self.deaths += 1
            self.dying = asyncio.create_task(self.restart())
            await asyncio.sleep(3600)
        await super()._sample(entry, node_id)


async def test_a_job_that_kills_the_server_costs_no_other_one_its_picture() -> None:
    """It has one more chance; what waits behind it is submitted again as often as it takes."""
    rig = ManyWorkflows()
    rig.server = server = FragileComfyUI()
    async with rig:
        backend = rig.backend(capacity=5, stall_timeout_seconds=3)
        prompts = [f"number {number}" for number in range(3)]
        first = asyncio.create_task(ask(rig, backend, prompt="deadly"))
        await until(lambda: server.deaths == 1 or bool(server.asked))
        tasks = [asyncio.create_task(ask(rig, backend, prompt=one)) for one in prompts]
        deadly, *others = await asyncio.gather(first, *tasks, return_exceptions=True)
        await backend.aclose()
    assert isinstance(deadly, JobLost)
    assert server.deaths == 2
    for prompt, result in zip(prompts, others, strict=True):
        assert isinstance(result, MediaResult)
        assert rig.is_whole(result, prompt)


async def test_a_job_that_was_over_when_the_server_died_is_not_to_blame(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """However often that happens: the one behind it brings the server down, not this one."""
    rig.server.history_lag = 10**6
    task = asyncio.create_task(ask(rig, backend))
    for times in (1, 2, 3):
        await until(lambda: len(rig.server.ran) == times)  # noqa: B023
        await asyncio.sleep(0.1)  # the end is told
        await killed(rig)
    rig.server.history_lag = 0
    assert rig.is_whole(await task)
    assert len(rig.server.asked) == 4


async def test_a_cleared_history_costs_no_picture(
    rig: ManyWorkflows, backend: ComfyUIBackend
) -> None:
    """Somebody pressed the button between the end and our question; the server has its cache."""
    job_id = "0a1b2c3d-0000-4000-8000-000000000000"
    rig.server.play(f"/history/{job_id}", faults.reply(200, b"{}"), times=None)
    result = await ask(rig, backend, job_id=job_id)
    assert rig.is_whole(result)
    assert "The server forgot the job. The job was submitted once more." in said(result)
    assert len(rig.server.asked) == 2


async def test_a_server_that_stays_away_is_given_up_in_time(rig: ManyWorkflows) -> None:
    """After the patience of the settings, as unreachable."""
    backend = rig.backend(restart_patience_seconds=0.5)
    rig.hold()
    task = asyncio.create_task(ask(rig, backend))
    await until(lambda: rig.working == 1)
    await rig.server.stop()
    with pytest.raises(BackendUnreachable):
        await task
    backend.restart_patience_seconds = 1000  # the next one does not wait at all
    with pytest.raises(BackendUnreachable):
        await ask(rig, backend)
    await backend.aclose()


async def test_a_job_that_takes_too_long_is_stopped(rig: ManyWorkflows) -> None:
    """The deadline is told, and the server is free again."""
    backend = rig.backend(timeout_seconds=0.5)
    rig.hold()
    with pytest.raises(BackendTimeout, match=r"0\.5 s.*told to stop"):
        await ask(rig, backend)
    await until(lambda: rig.working == 0)
    await backend.aclose()


async def test_without_a_name_the_only_workflow_is_meant() -> None:
    """One workflow needs no choosing."""
    async with ComfyUIRig() as rig:
        backend = rig.backend()
        result = await rig.ask(backend, model="")
        await backend.aclose()
        assert rig.is_whole(result)
