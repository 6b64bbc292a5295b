"""What AUTOMATIC1111 and Forge do, one surprise at a time."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable

import pytest

from canvas_kit.backends.a1111 import A1111Backend, ForgeBackend
from canvas_kit.backends.a1111.response import GenerationInfo
from canvas_kit.backends.base import MediaResult
from canvas_kit.backends.registry import BackendRegistry
from canvas_kit.errors import (
    AccessDenied,
    BackendError,
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
    BackendUnreachable,
    SettingsError,
)
from canvas_kit.settings import Settings
from tests.backends import faults
from tests.backends.a1111.fake import MODEL, OTHER_MODEL
from tests.backends.a1111.rig import A1111Rig
from tests.backends.contract import JOB_ID, PROMPT, ListeningReporter, until
from tests.backends.fake_server import Play
from tests.backends.fault_matrix import Scenario, wire_faults

pytestmark = pytest.mark.anyio

TXT2IMG = "/sdapi/v1/txt2img"


def _playing(play: Play) -> Callable[[A1111Rig], None]:
    return lambda rig: rig.server.play(TXT2IMG, play, times=None)


FAULT_SCENARIOS = [
    *wire_faults(A1111Rig, paid=True, except_for=["silence", "stalled body"]),
    # The list of models is asked for first, and the deadline holds for both.
    *(
        Scenario(
            A1111Rig,
            fault,
            _playing(play),
            "BackendTimeout, maybe done",
            settings={"timeout_seconds": 1.5},
            note="submit",
        )
        for fault, play in [("silence", faults.silence()), ("stalled body", faults.stall_body())]
    ),
    Scenario(
        A1111Rig,
        "server restart in mid-run",
        A1111Rig.restart_in_mid_run,
        "BackendUnreachable, maybe done",
    ),
]


class TestPictures:
    async def test_grids_and_extras_are_told_apart(self) -> None:
        """A grid comes first, add-ons append; both are counted and left out."""
        async with A1111Rig() as rig:
            rig.server.with_grid = True
            rig.server.extras = 2
            result = await rig.made(count=3)
            assert rig.is_whole(result)
            assert [item.seed for item in result.items] == [7, 8, 9]
            assert result.provenance.reply["left_out"] == {"grids": 1, "extras": 2}
            assert result.warnings == ()

    @pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
    async def test_the_format_is_recognised_from_the_bytes(self, image_format: str) -> None:
        """It is the server's choice, and nothing in the answer names it."""
        async with A1111Rig() as rig:
            rig.server.image_format = image_format
            result = await rig.made()
            assert result.items[0].announced_type == f"image/{image_format.lower()}"
            assert rig.is_whole(result)

    async def test_one_broken_picture_does_not_cost_the_others(self) -> None:
        async with A1111Rig() as rig:
            whole = base64.b64encode(b"\x89PNG\r\n\x1a\n...").decode()
            body = {"images": ["no base64!", whole], "info": json.dumps({"all_seeds": [1, 2]})}
            rig.server.play(TXT2IMG, faults.reply(200, json.dumps(body).encode()))
            result = await rig.made(count=2)
            assert [item.seed for item in result.items] == [2]
            assert "Picture 1 came broken" in result.warnings[0]
            assert "1 of 2" in result.warnings[1]

    async def test_no_picture_at_all_is_an_error(self) -> None:
        async with A1111Rig() as rig:
            rig.server.play(TXT2IMG, faults.reply(200, b'{"images": [], "info": "{}"}'))
            with pytest.raises(BackendUnavailable, match="without a picture"):
                await rig.made()

    async def test_a_start_picture_goes_to_img2img(self) -> None:
        async with A1111Rig() as rig:
            start = b"\x89PNG start" * 400
            options = {"denoising_strength": 0.4}
            result = await rig.made(start_image=start, options=options)
            assert rig.server.paths("POST").count("/sdapi/v1/img2img") == 1
            sent = rig.server.asked[0]
            assert base64.b64decode(sent["init_images"][0]) == start
            assert sent["denoising_strength"] == 0.4
            assert "sha256" in result.provenance.request["init_images"][0]


class TestSeeds:
    async def test_the_seed_that_the_server_drew_is_known(self) -> None:
        """``parameters`` in the answer still says -1; ``info`` tells."""
        async with A1111Rig() as rig:
            result = await rig.made(seed=None, count=2)
            assert rig.server.asked[0]["seed"] == -1
            assert [item.seed for item in result.items] == [4242, 4243]
            assert result.provenance.seed == 4242

    async def test_equal_seeds_of_a_batch_stay_equal(self) -> None:
        """As with a variation strength: nothing is counted on by ourselves."""
        async with A1111Rig() as rig:
            rig.server.fixed_seed = True
            result = await rig.made(count=2)
            assert [item.seed for item in result.items] == [7, 7]

    @pytest.mark.parametrize("image_format", ["PNG", "JPEG"])
    async def test_without_info_the_file_tells_its_seed(self, image_format: str) -> None:
        async with A1111Rig() as rig:
            rig.server.image_format = image_format
            rig.server.info = "this is no JSON"
            result = await rig.made(seed=None)
            assert result.items[0].seed == 4242
            assert "cannot be read" in result.warnings[0]
            assert rig.is_whole(result)

    def test_images_align_with_seeds(self) -> None:
        """Whatever ``info`` claims, no image is read that is not there."""
        info = GenerationInfo('{"all_seeds": [1, "2"], "index_of_first_image": 9}')
        assert info.sort(["a"], 2) == ([], 1, 0)
        assert GenerationInfo('{"all_seeds": ["x"]}').seeds == ()
        assert GenerationInfo("[1]").seeds == GenerationInfo(None).seeds == ()


class TestRequest:
    async def test_everything_asked_for_is_sent_by_its_name(self) -> None:
        async with A1111Rig() as rig:
            await rig.made(second_text="blurry", width=640, height=384, steps=9, cfg=4.5, count=2,
                options={"sampler_name": "Euler", "override_settings": {"CLIP_stop_at": 2}},
            )  # fmt: skip
            assert rig.server.asked[0] == {
                "prompt": PROMPT,
                "negative_prompt": "blurry",
                "seed": 7,
                "width": 640,
                "height": 384,
                "steps": 9,
                "cfg_scale": 4.5,
                "n_iter": 2,
                "sampler_name": "Euler",
                "send_images": True,
                "save_images": True,
                "force_task_id": JOB_ID,
                "override_settings": {"CLIP_stop_at": 2, "sd_model_checkpoint": MODEL},
                "override_settings_restore_afterwards": False,
            }

    async def test_the_second_copy_is_said(self) -> None:
        async with A1111Rig() as rig:
            result = await rig.made()
            assert rig.server.copies == 1
            assert "output folder" in result.provenance.reply["second_copy"]
            backend = rig.backend(save_images=False)
            without = await rig.ask(backend)
            await backend.aclose()
            assert rig.server.copies == 1
            assert "second_copy" not in without.provenance.reply

    async def test_without_a_model_the_loaded_one_draws_and_is_named(self) -> None:
        async with A1111Rig() as rig:
            rig.server.loaded = OTHER_MODEL
            result = await rig.made(model="")
            assert "override_settings" not in rig.server.asked[0]
            assert result.provenance.model == OTHER_MODEL
            backend = rig.backend()
            assert await backend.problems("") == []
            await backend.aclose()

    @pytest.mark.parametrize(
        "name",
        [MODEL, f"sub/{MODEL}.safetensors", f"sub/{MODEL}.safetensors [879db523c3]", "879db523c3"],
    )
    async def test_a_model_goes_by_every_name_that_the_server_takes(self, name: str) -> None:
        async with A1111Rig() as rig:
            result = await rig.made(model=name)
            assert result.warnings == ()

    async def test_a_model_dropped_in_silence_is_said(self) -> None:
        async with A1111Rig() as rig:
            rig.server.drops_models = True
            result = await rig.made(model=OTHER_MODEL)
            assert f"drew with the model '{MODEL}'" in result.warnings[0]
            assert result.provenance.model == MODEL

    async def test_a_sampler_replaced_in_silence_is_said(self) -> None:
        """As Forge does with one that it does not know."""
        async with A1111Rig() as rig:
            rig.server.sampler_errors = False
            result = await rig.made(options={"sampler_name": "euler"})
            assert "drew with the sampler 'DPM++ 2M' although 'euler'" in result.warnings[0]
            result = await rig.made(options={"sampler_name": "Euler"})
            assert result.warnings == ()


class TestProgress:
    async def test_our_own_task_shows_progress_and_previews(self) -> None:
        async with A1111Rig() as rig:
            reporter = ListeningReporter()
            await rig.made(reporter)
            assert (25, 100) in reporter.steps
            assert reporter.previews == [reporter.previews[0]]

    async def test_somebody_elses_picture_is_not_shown(self) -> None:
        """While another's job runs before ours, only our place in the line is told."""
        async with A1111Rig() as rig:
            rig.hold()
            other, ours = rig.backend(), rig.backend()
            first = asyncio.create_task(rig.ask(other, "theirs", job_id="their-task"))
            await until(lambda: rig.server.drawing == 1)
            reporter = ListeningReporter()
            second = asyncio.create_task(rig.ask(ours, reporter=reporter))
            await until(lambda: "In queue: 1/1" in reporter.messages)
            assert reporter.previews == []
            assert reporter.steps == []
            rig.release()
            await asyncio.gather(first, second)
            await other.aclose()
            await ours.aclose()

    async def test_where_progress_cannot_be_told_apart_nothing_is_shown(self) -> None:
        """What the server works on may be another client's picture."""
        async with A1111Rig() as rig:
            rig.server.progress_by_id = False
            rig.hold()
            backend = rig.backend()
            reporter = ListeningReporter()
            task = asyncio.create_task(rig.ask(backend, reporter=reporter))
            await until(lambda: rig.server.paths().count("/internal/progress") >= 3)
            rig.release()
            assert rig.is_whole(await task)
            await backend.aclose()
            assert reporter.previews == []
            assert reporter.steps == []


class TestStopping:
    async def test_somebody_elses_picture_is_not_stopped(self) -> None:
        """Ours waits behind theirs; cancelling ours leaves theirs alone."""
        async with A1111Rig() as rig:
            rig.hold()
            other, ours = rig.backend(), rig.backend()
            theirs = asyncio.create_task(rig.ask(other, "theirs", job_id="their-task"))
            await until(lambda: rig.server.drawing == 1)
            doomed = asyncio.create_task(rig.ask(ours))
            await until(lambda: JOB_ID in rig.server.state.pending)
            doomed.cancel()
            await asyncio.sleep(0.1)
            assert rig.stopped == 0
            rig.release()
            assert rig.is_whole(await theirs, "theirs")
            with pytest.raises(asyncio.CancelledError):
                await doomed
            await other.aclose()
            await ours.aclose()

    @pytest.mark.parametrize("sole_user", [True, False])
    async def test_where_tasks_cannot_be_told_apart_only_a_sole_user_stops(
        self, sole_user: bool
    ) -> None:
        async with A1111Rig() as rig:
            rig.server.progress_by_id = False
            rig.hold()
            backend = rig.backend(sole_user=sole_user)
            task = asyncio.create_task(rig.ask(backend))
            await until(lambda: rig.server.drawing == 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert rig.stopped == int(sole_user)
            rig.release()
            await backend.aclose()

    async def test_half_made_pictures_after_an_interrupt_are_said(self) -> None:
        """The interrupted call ends with 200 and says nothing; the server's state does."""
        async with A1111Rig() as rig:
            rig.hold()
            backend = rig.backend()
            task = asyncio.create_task(rig.ask(backend, count=3))
            await until(lambda: rig.server.drawing == 1)
            await backend.request("POST", "sdapi/v1/interrupt")
            result = await task
            await backend.aclose()
            assert isinstance(result, MediaResult)
            assert len(result.items) == 1
            assert "half made" in result.warnings[0]
            assert "1 of 3" in result.warnings[1]


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "body", "kind", "words"),
        [
            (404, {"detail": "Sampler not found"}, BackendRejected, "Sampler not found"),
            (400, {"detail": "Sampler not found"}, BackendRejected, "Sampler not found"),
            (
                422,
                {"detail": [{"loc": ["body", "steps"], "msg": "not a valid integer"}]},
                BackendRejected,
                "steps: not a valid integer",
            ),
            (
                500,
                {"error": "OutOfMemoryError", "detail": "", "errors": "CUDA out of memory."},
                BackendUnavailable,
                "smaller picture",
            ),
            (
                500,
                {"error": "ValueError", "detail": "", "body": "", "message": "No such type!"},
                BackendUnavailable,
                "ValueError: No such type!",
            ),
            (
                404,
                {"error": "HTTPException", "detail": "Sampler not found", "body": ""},
                BackendRejected,
                "Sampler not found",
            ),
            (502, None, BackendUnreachable, "output folder"),
            (504, None, BackendTimeout, "output folder"),
            (524, None, BackendTimeout, "output folder"),
        ],
    )
    async def test_errors_are_told_in_words(
        self, status: int, body: object, kind: type[BackendError], words: str
    ) -> None:
        async with A1111Rig() as rig:
            text = b"<html><title>Gateway</title></html>" if body is None else json.dumps(body)
            data = text.encode() if isinstance(text, str) else text
            rig.server.play(TXT2IMG, faults.reply(status, data), times=None)
            with pytest.raises(kind, match=words) as caught:
                await rig.made()
            assert rig.server.paths().count(TXT2IMG) == 1
            assert caught.value.maybe_done == (status in (502, 504, 524))
            assert rig.stopped == 0

    async def test_without_api_the_remedy_is_named(self) -> None:
        async with A1111Rig() as rig:
            rig.server.api = False
            with pytest.raises(BackendRejected, match="--api"):
                await rig.made()
            backend = rig.backend()
            assert "--api" in (await backend.problems(MODEL))[0]
            await backend.aclose()

    async def test_user_and_password_are_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with A1111Rig() as rig:
            rig.server.auth = "somebody:open sesame"
            with pytest.raises(AccessDenied, match="user:password"):
                await rig.made()
            monkeypatch.setenv("WEBUI_PASSWORD", "open sesame")
            backend = rig.backend(key_env="WEBUI_PASSWORD")
            assert rig.is_whole(await rig.ask(backend))
            await backend.aclose()

    async def test_a_key_without_a_user_is_a_mistake_in_the_settings(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with A1111Rig() as rig:
            monkeypatch.setenv("WEBUI_KEY", "sesame")
            settings = rig.settings(key_env="WEBUI_KEY")
            backend = A1111Backend("a1111", settings, rig.backend().network)
            with pytest.raises(SettingsError, match="user:password"):
                await rig.ask(backend)
            await backend.aclose()


def test_both_kinds_are_found_by_name() -> None:
    registry = BackendRegistry(Settings())
    assert isinstance(registry.backend("a1111"), A1111Backend)
    assert isinstance(registry.backend("forge"), ForgeBackend)
    assert registry.backend("forge").kind == "forge"
