"""What the backend makes of pipelines' manners, told with stand-ins: no torch is needed."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from canvas_kit.backends.base import MediaResult
from canvas_kit.backends.diffusers import DiffusersBackend
from canvas_kit.backends.diffusers import backend as backend_module
from canvas_kit.errors import (
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
    ContentRefused,
    MissingPrerequisite,
    ModelNotFound,
    SettingsError,
    UnsupportedRequest,
)
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings
from tests.backends.contract import PROMPT, ListeningReporter, until
from tests.backends.diffusers.stand_in import DiffusersRig, OutOfMemory

pytestmark = pytest.mark.anyio


def png(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (10, 200, 90)).save(buffer, "PNG")
    return buffer.getvalue()


class TestWhatAPipelineIsGiven:
    async def test_everything_asked_for_is_given_by_its_name(self) -> None:
        rig = DiffusersRig()
        result = await rig.made(
            second_text="blurry", width=72, height=40, steps=4, cfg=3.5, options={"eta": 0.5}
        )
        call = rig.studio.calls[0]
        call.pop("callback_on_step_end")
        assert call == {
            "prompt": PROMPT,
            "negative_prompt": "blurry",
            "width": 72,
            "height": 40,
            "num_inference_steps": 4,
            "guidance_scale": 3.5,
            "generator": 7,
            "eta": 0.5,
        }
        assert result.warnings == ()
        assert result.provenance.reply == {"pipeline": "StandInPipeline", "device": "stand-in"}

    async def test_what_a_pipeline_does_not_take_is_said(self) -> None:
        """Nothing is dropped in silence, and no seed is made up where none was used."""
        rig = DiffusersRig()
        result = await rig.made(
            model="bare",
            second_text="blurry",
            width=72,
            height=40,
            steps=4,
            cfg=3.5,
            options={"eta": 0.5},
        )
        assert rig.studio.calls == [{"prompt": PROMPT}]
        said = " ".join(result.warnings)
        for words in ("negative prompt", "steps", "guidance", "'eta'", "size"):
            assert words in said
        assert len(result.warnings) == 5
        assert result.items[0].seed is None

    async def test_what_canvas_kit_sets_itself_cannot_be_set(self) -> None:
        with pytest.raises(BackendRejected, match="generator"):
            await DiffusersRig().made(options={"generator": 1})

    async def test_a_start_picture_goes_to_a_pipeline_that_takes_one(self) -> None:
        """Of the same parts, kept for the next time; the size is that of the picture asked for."""
        rig = DiffusersRig()
        result = await rig.made(
            start_image=png(100, 60), width=48, height=32, options={"strength": 0.3}
        )
        call = rig.studio.calls[0]
        assert call["image"].size == (48, 32)
        assert call["strength"] == 0.3
        assert result.provenance.reply["pipeline"] == "FromPicture"
        assert rig.studio.opened == ["tiny"]
        assert result.warnings == ()

    async def test_a_start_picture_keeps_its_size_when_none_is_asked_for(self) -> None:
        rig = DiffusersRig()
        await rig.made(model="from_picture", start_image=png(100, 60))
        assert rig.studio.calls[0]["image"].size == (100, 60)

    async def test_a_pipeline_that_cannot_start_from_a_picture_says_so(self) -> None:
        with pytest.raises(UnsupportedRequest):
            await DiffusersRig().made(model="bare", start_image=png(8, 8))

    async def test_a_pipeline_that_makes_no_pictures_says_so(self) -> None:
        with pytest.raises(UnsupportedRequest, match="Movie"):
            await DiffusersRig().made(model="movie")


class TestPictures:
    async def test_each_picture_depends_on_its_own_seed_alone(self) -> None:
        """The second of two is what its seed alone would give."""
        rig = DiffusersRig()
        both = await rig.made(seed=40, count=2)
        alone = await rig.made(seed=41)
        assert [item.seed for item in both.items] == [40, 41]
        assert both.items[1].data == alone.items[0].data

    async def test_a_seed_is_drawn_when_none_is_asked_for(self) -> None:
        rig = DiffusersRig()
        result = await rig.made(seed=None)
        assert result.items[0].seed == rig.studio.calls[0]["generator"]
        assert result.provenance.seed == result.items[0].seed

    async def test_a_flagged_picture_is_a_refusal(self) -> None:
        rig = DiffusersRig()
        rig.studio.flag = {0: True}
        with pytest.raises(ContentRefused, match="safety checker"):
            await rig.made()

    async def test_a_flagged_picture_among_others_is_left_out_and_said(self) -> None:
        rig = DiffusersRig()
        rig.studio.flag = {1: True}
        result = await rig.made(seed=1, count=3)
        assert [item.seed for item in result.items] == [1, 3]
        assert "1 of 3" in result.warnings[0]

    async def test_a_black_picture_that_nobody_flagged_is_said(self) -> None:
        rig = DiffusersRig()
        rig.studio.black = True
        result = await rig.made()
        assert "entirely black" in result.warnings[0]


class TestProgress:
    async def test_steps_count_over_all_pictures(self) -> None:
        rig = DiffusersRig()
        reporter = ListeningReporter()
        await rig.made(reporter, count=2, steps=3)
        assert reporter.steps == [(step, 6) for step in range(1, 7)]
        assert "picture 2 of 2" in reporter.messages
        assert len(reporter.previews) == 6

    async def test_a_pipeline_without_previews_draws_all_the_same(self) -> None:
        """Decoders of other media take latents of another shape."""
        rig = DiffusersRig()
        rig.studio.no_previews = True
        reporter = ListeningReporter()
        result = await rig.made(reporter)
        assert rig.is_whole(result)
        assert reporter.previews == []


class TestFaults:
    async def test_want_of_memory_is_told_with_remedies(self) -> None:
        rig = DiffusersRig()
        rig.studio.fail = {0: OutOfMemory("CUDA out of memory. Tried to allocate 2 GiB")}
        backend = rig.backend()
        with pytest.raises(BackendUnavailable, match="offload = true"):
            await rig.ask(backend)
        await rig.ask(backend)
        await backend.aclose()
        assert rig.studio.opened == ["tiny", "tiny"], "its memory was given back"

    async def test_pictures_made_before_a_fault_are_kept(self) -> None:
        rig = DiffusersRig()
        rig.studio.fail = {2: OutOfMemory("CUDA out of memory")}
        result = await rig.made(seed=1, count=4)
        assert [item.seed for item in result.items] == [1, 2]
        assert "2 of 4 pictures were made" in result.warnings[0]
        assert "memory" in result.warnings[0]

    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (ValueError("`height` has to be divisible by 8"), BackendRejected),
            (RuntimeError("the kernel failed\nat line 3"), BackendUnavailable),
        ],
    )
    async def test_what_a_pipeline_complains_of_is_told(
        self, error: Exception, kind: type[Exception]
    ) -> None:
        rig = DiffusersRig()
        rig.studio.fail = {0: error}
        with pytest.raises(kind, match=r"StandInPipeline broke off: .*(divisible|kernel)"):
            await rig.made()

    async def test_what_had_come_before_the_deadline_is_kept(self) -> None:
        rig = DiffusersRig()
        backend = rig.backend(timeout_seconds=1.5)
        task = asyncio.create_task(rig.ask(backend, count=50_000, steps=2))
        result = await task
        await backend.aclose()
        assert isinstance(result, MediaResult)
        assert 0 < len(result.items) < 50_000
        assert "the deadline came first" in result.warnings[-1]

    async def test_no_picture_before_the_deadline_is_a_timeout(self) -> None:
        rig = DiffusersRig()
        rig.hold()
        backend = rig.backend(timeout_seconds=0.2)
        with pytest.raises(BackendTimeout, match=r"0\.2 s"):
            await rig.ask(backend)
        await until(lambda: rig.working == 0)
        assert rig.studio.stopped == rig.studio.tidied == 1
        await backend.aclose()


class TestDevices:
    async def test_two_backends_share_a_device_one_at_a_time(self) -> None:
        rig = DiffusersRig()
        rig.hold()
        first, second = rig.backend(), rig.backend()
        tasks = [asyncio.create_task(rig.ask(each, "x")) for each in (first, second)]
        await until(lambda: rig.working == 1)
        await asyncio.sleep(0.05)
        assert rig.working == 1
        rig.release()
        await asyncio.gather(*tasks)
        await first.aclose()
        await second.aclose()

    async def test_who_gives_up_waiting_for_a_device_is_let_go(self) -> None:
        rig = DiffusersRig()
        rig.hold()
        first, second = rig.backend(), rig.backend()
        kept = asyncio.create_task(rig.ask(first, "kept"))
        await until(lambda: rig.working == 1)
        doomed = asyncio.create_task(rig.ask(second, "doomed"))
        await asyncio.sleep(0.02)
        doomed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await doomed
        rig.release()
        assert rig.is_whole(await kept, "kept")
        assert "doomed" not in rig.prompts()
        await first.aclose()
        await second.aclose()

    async def test_a_loaded_pipeline_stays_until_another_is_wanted(self) -> None:
        rig = DiffusersRig()
        backend = rig.backend()
        for model in ("tiny", "tiny", "other", "tiny"):
            await rig.ask(backend, model=model)
        await backend.aclose()
        assert rig.studio.opened == ["tiny", "other", "tiny"]


class TestSettings:
    def backend(self, **settings: Any) -> DiffusersBackend:
        return DiffusersBackend("diffusers", BackendSettings(**settings), NetworkPolicy())

    async def test_missing_packages_are_told_with_the_line_that_installs_them(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In the status, before a batch, and in a run; importing nothing."""
        monkeypatch.setattr(backend_module, "missing_packages", lambda: ["torch"])
        monkeypatch.setattr(
            "canvas_kit.backends.diffusers.engine.missing_packages", lambda: ["torch"]
        )
        backend = self.backend(models={"mine": "somebody/model"})
        status = await backend.status()
        assert not status.reachable
        assert "pip install 'canvas-kit[diffusers]'" in status.problem
        assert await backend.problems("mine") == [status.problem]
        with pytest.raises(MissingPrerequisite, match="torch"):
            await DiffusersRig().ask(backend, model="mine")
        await backend.aclose()

    async def test_a_folder_that_is_no_pipeline_is_found_before_a_batch(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(backend_module, "missing_packages", list)
        (tmp_path / "empty").mkdir()
        models = {"empty": str(tmp_path / "empty"), "gone": str(tmp_path / "gone")}
        backend = self.backend(models=models)
        assert "no model_index.json" in (await backend.problems("empty"))[0]
        assert "there is nothing" in (await backend.problems("gone"))[0]
        assert "No model was named" in (await backend.problems(""))[0]
        with pytest.raises(ModelNotFound, match=r"backends\.diffusers\.models"):
            await DiffusersRig().ask(backend, model="not_there")
        await backend.aclose()

    async def test_a_backend_without_pipelines_says_what_to_write(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(backend_module, "missing_packages", list)
        assert "NAME = 'FOLDER or HUB ID'" in (await self.backend().status()).problem

    def test_a_setting_that_does_not_exist_is_an_error(self) -> None:
        with pytest.raises(SettingsError, match="dytpe"):
            self.backend(dytpe="float16")

    def test_making_the_backend_imports_nothing_heavy(self) -> None:
        """Also where torch is installed: importing it takes seconds."""
        program = (
            "import sys; from canvas_kit.backends.registry import BackendRegistry; "
            "from canvas_kit.settings import Settings; "
            "BackendRegistry(Settings()).backend('diffusers'); "
            "sys.exit(len({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
        )
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
