"""A real pipeline, tiny and randomly initialised, made here; skipped where torch is missing."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from canvas_kit.backends.base import MediaRequest, MediaResult
from canvas_kit.backends.diffusers import DiffusersBackend
from canvas_kit.backends.diffusers.engine import TorchEngine, missing_packages
from canvas_kit.errors import (
    BackendRejected,
    ContentRefused,
    ModelNotFound,
    SettingsError,
)
from canvas_kit.network import NetworkPolicy
from canvas_kit.settings import BackendSettings
from tests.backends.contract import ListeningReporter, until

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        bool(missing_packages()),
        reason=f"needs {', '.join(missing_packages())}: pip install 'canvas-kit[diffusers]'",
    ),
    # Both packages warn of their own plans while they are imported and used.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Stable Diffusion pipeline of some 100,000 random weights, saved as people have them."""
    torch = importlib.import_module("torch")
    diffusers = importlib.import_module("diffusers")
    transformers = importlib.import_module("transformers")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    place = tmp_path_factory.mktemp("tiny-pipeline")
    words = ["<|startoftext|>", "<|endoftext|>", "a</w>", "f", "o", "fo", "x</w>", "!", "!</w>"]
    (place / "vocab.json").write_text(json.dumps({word: n for n, word in enumerate(words)}))
    (place / "merges.txt").write_text("#version: 0.2\nf o\n")
    tokenizer = transformers.CLIPTokenizer(
        str(place / "vocab.json"), str(place / "merges.txt"), model_max_length=16
    )
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(16, 32), layers_per_block=1, sample_size=8, in_channels=4,
        out_channels=4, cross_attention_dim=16, norm_num_groups=8, attention_head_dim=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    vae = diffusers.AutoencoderKL(
        block_out_channels=[8, 16], in_channels=3, out_channels=3, latent_channels=4,
        norm_num_groups=4, down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
    )  # fmt: skip
    config = transformers.CLIPTextConfig(
        hidden_size=16, intermediate_size=32, num_attention_heads=2, num_hidden_layers=1,
        vocab_size=len(words), max_position_embeddings=16, bos_token_id=0, eos_token_id=1,
        pad_token_id=1,
    )  # fmt: skip
    pipeline = diffusers.StableDiffusionPipeline(
        vae=vae,
        text_encoder=transformers.CLIPTextModel(config),
        tokenizer=tokenizer,
        unet=unet,
        scheduler=diffusers.DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(place / "saved")
    return place / "saved"


def made(folder: Path, **settings: Any) -> DiffusersBackend:
    given = {"models": {"tiny": str(folder)}, "device": "cpu", **settings}
    return DiffusersBackend("diffusers", BackendSettings(**given), NetworkPolicy(local_only=True))


def request(**fields: Any) -> MediaRequest:
    given = {"prompt": "a fox!", "model": "tiny", "seed": 5, "steps": 3, "width": 32,
             "height": 16, "job_id": "job", **fields}  # fmt: skip
    return MediaRequest(**given)


async def drawn(
    folder: Path, reporter: ListeningReporter | None = None, **fields: Any
) -> MediaResult:
    backend = made(folder)
    try:
        return await backend.generate(request(**fields), reporter or ListeningReporter())
    finally:
        await backend.aclose()


def pixels(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


async def test_a_pipeline_draws_with_progress_and_previews(folder: Path) -> None:
    """The picture has the size asked for, and is told step by step."""
    reporter = ListeningReporter()
    result = await drawn(folder, reporter)
    assert pixels(result.items[0].data).shape == (16, 32, 3)
    assert reporter.steps == [(1, 3), (2, 3), (3, 3)]
    assert len(reporter.previews) == 3
    assert all(preview.startswith(b"\x89PNG") for preview in reporter.previews)
    assert result.warnings == ()
    assert result.provenance.reply == {"pipeline": "StableDiffusionPipeline", "device": "cpu"}
    assert (result.provenance.backend_version or "").startswith("diffusers ")


async def test_the_same_seed_gives_the_same_pixels(folder: Path) -> None:
    """Also as the second of two, and in a pipeline that was loaded anew."""
    both = await drawn(folder, seed=4, count=2)
    again = await drawn(folder, seed=5)
    other = await drawn(folder, seed=6)
    assert (pixels(both.items[1].data) == pixels(again.items[0].data)).all()
    assert (pixels(other.items[0].data) != pixels(again.items[0].data)).any()


async def test_the_negative_prompt_and_guidance_have_an_effect(folder: Path) -> None:
    plain = await drawn(folder, cfg=9.0)
    negative = await drawn(folder, cfg=9.0, second_text="fox fox fox")
    assert (pixels(plain.items[0].data) != pixels(negative.items[0].data)).any()


async def test_a_start_picture_is_drawn_over(folder: Path) -> None:
    """By the same parts; a weak hand leaves more of it than a strong one."""
    buffer = io.BytesIO()
    Image.new("RGB", (32, 16), (255, 0, 0)).save(buffer, "PNG")
    result = await drawn(folder, start_image=buffer.getvalue(), steps=10, options={"strength": 0.5})
    assert pixels(result.items[0].data).shape == (16, 32, 3)
    assert result.provenance.reply["pipeline"] == "StableDiffusionImg2ImgPipeline"
    assert "sha256" in str(result.provenance.request["image"]) or len(buffer.getvalue()) < 2048


async def test_cancelling_ends_the_work_at_the_next_step(folder: Path) -> None:
    """And the pipeline draws again afterwards as if nothing had been."""
    backend = made(folder)
    reporter = ListeningReporter()
    task = asyncio.create_task(backend.generate(request(steps=400), reporter))
    await until(lambda: bool(reporter.steps))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    seen = len(reporter.steps)
    assert seen < 400
    after = await backend.generate(request(), ListeningReporter())
    assert len(reporter.steps) <= seen + 1
    await backend.aclose()
    fresh = await drawn(folder)
    assert (pixels(after.items[0].data) == pixels(fresh.items[0].data)).all()


async def test_an_impossible_size_is_refused_by_the_pipeline(folder: Path) -> None:
    with pytest.raises(BackendRejected, match="divisible by 8"):
        await drawn(folder, width=33)


async def test_a_blacked_out_picture_is_a_refusal(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a safety checker of the Stable Diffusion family answers."""
    diffusers = importlib.import_module("diffusers")
    monkeypatch.setattr(
        diffusers.StableDiffusionPipeline,
        "run_safety_checker",
        lambda self, image, device, dtype: (image * 0 - 1, [True]),
    )
    with pytest.raises(ContentRefused, match="safety checker"):
        await drawn(folder)


async def test_a_folder_that_breaks_off_is_no_model(folder: Path, tmp_path: Path) -> None:
    """A pipeline copied without its weights."""
    (tmp_path / "model_index.json").write_text((folder / "model_index.json").read_text())
    backend = made(tmp_path)
    with pytest.raises(ModelNotFound, match="cannot be found or fetched"):
        await backend.generate(request(), ListeningReporter())
    await backend.aclose()


async def test_local_only_fetches_nothing_from_the_hub() -> None:
    """A hub id that was never fetched is not there."""
    backend = DiffusersBackend(
        "diffusers",
        BackendSettings(models={"tiny": "somebody/never-fetched"}, device="cpu"),
        NetworkPolicy(local_only=True),
    )
    with pytest.raises(ModelNotFound, match="local_only"):
        await backend.generate(request(), ListeningReporter())
    await backend.aclose()


def test_want_of_memory_is_recognised() -> None:
    """The CPU and MPS say it in words only."""
    torch = importlib.import_module("torch")
    engine = TorchEngine(device="cpu")
    assert engine.out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert engine.out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"))
    assert engine.out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory"))
    assert not engine.out_of_memory(RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**50)
    assert engine.out_of_memory(caught.value)


def test_a_device_that_is_not_there_is_a_mistake_in_the_settings() -> None:
    torch = importlib.import_module("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    with pytest.raises(SettingsError, match="cuda:7"):
        TorchEngine(device="cuda:7")
    with pytest.raises(SettingsError, match="float32"):
        TorchEngine(device="cpu", dtype="float8")
