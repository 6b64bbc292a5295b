"""Finding where values belong in a workflow, by following its graph."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canvas_kit.backends.comfyui import Parameter, Workflow, WorkflowError
from canvas_kit.backends.comfyui.graph import MAX_NODES, parse
from canvas_kit.backends.comfyui.tracing import trace
from tests.backends.comfyui.workflows import (
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


def workflow_of(document: object) -> Workflow:
    graph = parse(json.dumps(document).encode(), name="workflow.json")
    return Workflow("test", graph, *trace(graph))


def found(document: Document) -> dict[str, list[str]]:
    """The places of each parameter, as ``node.input``."""
    workflow = workflow_of(document)
    return {
        str(parameter): [
            f"{binding.node_id}.{binding.input}" for binding in workflow.places(parameter)
        ]
        for parameter in Parameter
        if workflow.places(parameter)
    }


def test_the_default_workflow_is_found_whole() -> None:
    """Everything that a canvas can set has its place."""
    assert found(TEXT_TO_IMAGE) == {
        "prompt": ["6.text"],
        "negative_prompt": ["7.text"],
        "seed": ["3.seed"],
        "steps": ["3.steps"],
        "cfg": ["3.cfg"],
        "width": ["5.width"],
        "height": ["5.height"],
        "count": ["5.batch_size"],
        "outputs": ["9.filename_prefix"],
    }


def test_how_a_place_was_found_is_told() -> None:
    """The way through the graph is written beside each place."""
    workflow = workflow_of(TEXT_TO_IMAGE)
    assert workflow.places(Parameter.PROMPT)[0].found == "KSampler 3, positive -> CLIPTextEncode 6"


def test_positive_and_negative_are_told_apart_by_their_links() -> None:
    """Neither the order of the nodes nor their titles decide."""
    swapped = changed(TEXT_TO_IMAGE, n3=sampler(positive=["7", 0], negative=["6", 0]))
    places = found(swapped)
    assert places["prompt"] == ["7.text"]
    assert places["negative_prompt"] == ["6.text"]


def test_conditioning_is_followed_through_control_nets() -> None:
    """A node with both sides gives the positive one first, the negative one second."""
    document = changed(
        TEXT_TO_IMAGE,
        n3=sampler(positive=["20", 0], negative=["20", 1]),
        n20=node(
            "ControlNetApplyAdvanced", positive=["21", 0], negative=["7", 0],
            control_net=["22", 0], image=["23", 0], strength=1.0,
        ),
        n21=node("ConditioningSetTimestepRange", conditioning=["6", 0], start=0.0, end=1.0),
        n22=node("ControlNetLoader", control_net_name="canny.safetensors"),
        n23=node("LoadImage", image="edges.png"),
    )  # fmt: skip
    places = found(document)
    assert places["prompt"] == ["6.text"]
    assert places["negative_prompt"] == ["7.text"]
    assert places["input_image"] == ["23.image"]


def test_sdxl_sets_both_texts_and_the_refiner_shares_prompt_and_seed() -> None:
    """Base first; a refiner with the same words follows, its hand-over stays in proportion."""
    texts: dict[str, Any] = {"width": 1024, "height": 1024, "clip": ["4", 1]}
    document: Document = {
        "4": node("CheckpointLoaderSimple", ckpt_name="base.safetensors"),
        "12": node("CheckpointLoaderSimple", ckpt_name="refiner.safetensors"),
        "6": node("CLIPTextEncodeSDXL", text_g="a cat", text_l="a cat", **texts),
        "7": node("CLIPTextEncodeSDXL", text_g="blurry", text_l="blurry", **texts),
        "15": node("CLIPTextEncodeSDXLRefiner", text="a cat", ascore=6.0, **texts),
        "16": node("CLIPTextEncodeSDXLRefiner", text="blurry", ascore=2.0, **texts),
        "5": node("EmptyLatentImage", width=1024, height=1024, batch_size=1),
        "10": node(
            "KSamplerAdvanced", add_noise="enable", noise_seed=5, steps=25, cfg=8.0,
            start_at_step=0, end_at_step=20, return_with_leftover_noise="enable",
            model=["4", 0], positive=["6", 0], negative=["7", 0], latent_image=["5", 0],
        ),
        "11": node(
            "KSamplerAdvanced", add_noise="disable", noise_seed=0, steps=25, cfg=8.0,
            start_at_step=20, end_at_step=10000, return_with_leftover_noise="disable",
            model=["12", 0], positive=["15", 0], negative=["16", 0], latent_image=["10", 0],
        ),
        "17": node("VAEDecode", samples=["11", 0], vae=["12", 2]),
        "19": node("SaveImage", images=["17", 0], filename_prefix="sdxl"),
    }  # fmt: skip
    places = found(document)
    assert places["prompt"] == ["6.text_g", "6.text_l", "15.text"]
    assert places["negative_prompt"] == ["7.text_g", "7.text_l", "16.text"]
    assert places["seed"] == ["10.noise_seed", "11.noise_seed"]
    assert places["width"] == ["5.width"]
    filled, _ = workflow_of(document).filled({Parameter.STEPS: 50, Parameter.CFG: 5.5})
    base, refiner = filled["10"]["inputs"], filled["11"]["inputs"]
    assert (base["steps"], base["start_at_step"], base["end_at_step"]) == (50, 0, 40)
    assert (refiner["steps"], refiner["start_at_step"], refiner["end_at_step"]) == (50, 40, 10000)
    assert base["cfg"] == refiner["cfg"] == 5.5


def test_different_texts_in_one_encoder_are_noted() -> None:
    """All of them become the prompt, which may not be what is meant."""
    document = changed(
        TEXT_TO_IMAGE,
        n6=node("CLIPTextEncodeFlux", clip_l="cat, oil", t5xxl="a cat, in oil", clip=["4", 1]),
    )
    assert found(document)["prompt"] == ["6.clip_l", "6.t5xxl"]
    assert any("different texts" in note for note in workflow_of(document).notes)


def test_flux_takes_its_parts_from_nodes_of_their_own() -> None:
    """Noise, schedule, guidance and size each come from another node; nothing is negative."""
    document: Document = {
        "25": node("RandomNoise", noise_seed=1),
        "17": node("BasicScheduler", scheduler="simple", steps=20, denoise=1.0, model=["30", 0]),
        "16": node("KSamplerSelect", sampler_name="euler"),
        "22": node("BasicGuider", model=["30", 0], conditioning=["26", 0]),
        "26": node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
        "6": node("CLIPTextEncode", text="a cat", clip=["11", 0]),
        "11": node("DualCLIPLoader", clip_name1="t5.safetensors", clip_name2="l.safetensors"),
        "12": node("UNETLoader", unet_name="flux1-dev.safetensors"),
        "30": node(
            "ModelSamplingFlux", max_shift=1.15, base_shift=0.5, width=1024, height=768,
            model=["12", 0],
        ),
        "27": node("EmptySD3LatentImage", width=1024, height=768, batch_size=1),
        "13": node(
            "SamplerCustomAdvanced", noise=["25", 0], guider=["22", 0], sampler=["16", 0],
            sigmas=["17", 0], latent_image=["27", 0],
        ),
        "8": node("VAEDecode", samples=["13", 0], vae=["10", 0]),
        "10": node("VAELoader", vae_name="ae.safetensors"),
        "9": node("SaveImage", images=["8", 0], filename_prefix="flux"),
    }  # fmt: skip
    assert found(document) == {
        "prompt": ["6.text"],
        "seed": ["25.noise_seed"],
        "steps": ["17.steps"],
        "cfg": ["26.guidance"],
        "width": ["27.width", "30.width"],
        "height": ["27.height", "30.height"],
        "count": ["27.batch_size"],
        "outputs": ["9.filename_prefix"],
    }


def test_a_cfg_of_one_leaves_the_word_to_the_guidance() -> None:
    """Flux through an ordinary sampler: its cfg has to stay at one."""
    document = changed(
        TEXT_TO_IMAGE,
        n3=sampler(cfg=1.0, positive=["26", 0], negative=["33", 0]),
        n26=node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
        n33=node("ConditioningZeroOut", conditioning=["6", 0]),
        n7=None,
    )
    places = found(document)
    assert places["cfg"] == ["26.guidance"]
    assert "negative_prompt" not in places


def test_a_guider_with_cfg_is_the_place_of_cfg() -> None:
    """CFGGuider holds positive, negative and cfg for a custom sampler."""
    document = changed(
        TEXT_TO_IMAGE,
        n3=node(
            "SamplerCustomAdvanced", noise=["40", 0], guider=["41", 0], sampler=["42", 0],
            sigmas=["43", 0], latent_image=["5", 0],
        ),
        n40=node("RandomNoise", noise_seed=9),
        n41=node("CFGGuider", model=["4", 0], positive=["6", 0], negative=["7", 0], cfg=4.0),
        n42=node("KSamplerSelect", sampler_name="euler"),
        n43=node("SplitSigmas", sigmas=["44", 0], step=5),
        n44=node("KarrasScheduler", steps=12, sigma_max=14.0, sigma_min=0.03, rho=7.0),
    )  # fmt: skip
    places = found(document)
    assert places["cfg"] == ["41.cfg"]
    assert places["steps"] == ["44.steps"]
    assert places["prompt"] == ["6.text"]
    assert places["negative_prompt"] == ["7.text"]


def test_values_are_written_where_primitives_hold_them() -> None:
    """A primitive that feeds several inputs keeps feeding them the same value."""
    document = changed(
        TEXT_TO_IMAGE,
        n3=sampler(seed=["50", 0]),  # type: ignore[arg-type]
        n50=node("PrimitiveInt", value=7),
        n51=node("PrimitiveInt", value=512),
        n5=node("EmptyLatentImage", width=["51", 0], height=["51", 0], batch_size=1),
        n6=node("CLIPTextEncode", text=["52", 0], clip=["4", 1]),
        n52=node("PrimitiveStringMultiline", value="a cat"),
    )
    places = found(document)
    assert places["seed"] == ["50.value"]
    assert places["width"] == ["51.value"]
    assert places["prompt"] == ["52.value"]


def test_a_number_from_an_unknown_node_is_replaced_at_its_input() -> None:
    """Where no plain number can be found, the link gives way to one."""
    document = changed(
        TEXT_TO_IMAGE,
        n3=sampler(seed=["50", 0]),  # type: ignore[arg-type]
        n50=node("MysteriousSeeds", mode="daily"),
    )
    assert found(document)["seed"] == ["3.seed"]
    filled, _ = workflow_of(document).filled({Parameter.SEED: 99})
    assert filled["3"]["inputs"]["seed"] == 99


def test_of_a_joined_text_the_piece_that_is_named_the_prompt_is_taken() -> None:
    """A style before and after it stays, and a note says so."""
    document = changed(
        TEXT_TO_IMAGE,
        n6=node("CLIPTextEncode", text=["60", 0], clip=["4", 1]),
        n60=node("StringConcatenate", string_a=["61", 0], string_b=["62", 0], delimiter=", "),
        n61=node("PrimitiveString", "Style", value="oil painting, very detailed, masterpiece"),
        n62=node("PrimitiveString", "Prompt", value="a cat"),
    )
    assert found(document)["prompt"] == ["62.value"]
    assert any("joined from 2 pieces" in note for note in workflow_of(document).notes)


@pytest.mark.parametrize(
    ("pieces", "subject"),
    [
        (["a cat", "oil painting, very detailed, thick brush strokes, masterpiece"], 0),
        (["masterpiece, best quality,", "a cat"], 1),
        (["a cat", ", in the light of the evening, by the sea, with many boats"], 0),
        (["", "a cat"], 1),
        (["a cat", "a dog that is much longer to read"], 0),
    ],
)
def test_of_a_joined_text_the_subject_gives_way_and_not_the_style(
    pieces: list[str], subject: int
) -> None:
    """Style words and what begins or ends with a comma stay, however long; else the first goes."""
    document = changed(
        TEXT_TO_IMAGE,
        n6=node("CLIPTextEncode", text=["60", 0], clip=["4", 1]),
        n60=node("StringConcatenate", string_a=["61", 0], string_b=["62", 0], delimiter=", "),
        n61=node("PrimitiveString", value=pieces[0]),
        n62=node("PrimitiveString", value=pieces[1]),
    )
    assert found(document)["prompt"] == [f"6{subject + 1}.value"]
    told = [note for note in workflow_of(document).notes if "joined" in note]
    assert len(told) == (1 if all(pieces) else 0)


def test_a_text_typed_into_the_node_that_joins_stays() -> None:
    """What has a node of its own is the subject; an empty place is no piece."""
    document = changed(
        TEXT_TO_IMAGE,
        n6=node("CLIPTextEncode", text=["60", 0], clip=["4", 1]),
        n60=node(
            "StringFunction|pysssss", action="append", tidy_tags="yes",
            text_a="drawn with a pen", text_b=["61", 0], text_c="",
        ),
        n61=node("PrimitiveStringMultiline", value="a cat"),
    )  # fmt: skip
    assert found(document)["prompt"] == ["61.value"]


def test_of_a_switch_the_first_that_is_there_counts() -> None:
    """Texts and numbers; the others have no say, so they are no pieces."""
    document = changed(
        TEXT_TO_IMAGE,
        n3=sampler(seed=["63", 0]),  # type: ignore[arg-type]
        n6=node("CLIPTextEncode", text=["60", 0], clip=["4", 1]),
        n60=node("Any Switch (rgthree)", any_01=["61", 0], any_02=["62", 0]),
        n61=node("PrimitiveString", value="a cat"),
        n62=node("PrimitiveString", "Prompt", value="another text"),
        n63=node("Any Switch (rgthree)", any_02=["64", 0], any_03=["65", 0]),
        n64=node("Seed (rgthree)", seed=4),
        n65=node("PrimitiveInt", value=5),
    )
    places = found(document)
    assert (places["prompt"], places["seed"]) == (["61.value"], ["64.seed"])
    assert not any("joined" in note for note in workflow_of(document).notes)


def test_combined_conditionings_bind_the_first_text_and_note_the_other() -> None:
    """A second text with other words keeps them; one with the same words follows."""
    document = changed(
        TEXT_TO_IMAGE,
        n3=sampler(positive=["70", 0]),
        n70=node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["71", 0]),
        n71=node("CLIPTextEncode", text="in the style of a woodcut", clip=["4", 1]),
    )
    assert found(document)["prompt"] == ["6.text"]
    assert any("woodcut" in note for note in workflow_of(document).notes)
    document["71"]["inputs"]["text"] = "a cat"
    assert found(document)["prompt"] == ["6.text", "71.text"]


def test_a_second_pass_shares_the_seed_and_keeps_its_own_steps() -> None:
    """Samplers that lead to savers get the seed; an upscaling pass has steps of its own."""
    document = changed(
        TEXT_TO_IMAGE,
        n80=node("LatentUpscale", samples=["3", 0], width=128, height=96, upscale_method="area"),
        n81=sampler(seed=1, steps=4, latent_image=["80", 0]),
        n8=node("VAEDecode", samples=["81", 0], vae=["4", 2]),
    )
    places = found(document)
    assert places["seed"] == ["3.seed", "81.seed"]
    assert places["steps"] == ["3.steps"]


def test_a_second_pass_enlarges_in_proportion_to_the_size_asked_for() -> None:
    """What was twice the size as exported is twice the size that is asked for."""
    document = changed(
        TEXT_TO_IMAGE,
        n80=node("LatentUpscale", samples=["3", 0], width=128, height=96, upscale_method="area"),
        n81=sampler(seed=1, steps=4, latent_image=["80", 0]),
        n8=node("VAEDecode", samples=["81", 0], vae=["4", 2]),
    )
    filled, _ = workflow_of(document).filled({Parameter.WIDTH: 100, Parameter.HEIGHT: 60})
    sizes = [(filled[key]["inputs"]["width"], filled[key]["inputs"]["height"]) for key in "5"]
    sizes.append((filled["80"]["inputs"]["width"], filled["80"]["inputs"]["height"]))
    assert sizes == [(100, 60), (200, 120)]


def test_what_enlarges_the_finished_picture_follows_the_size_asked_for() -> None:
    """Also where its size is written in a node of its own."""
    document = changed(
        TEXT_TO_IMAGE,
        n80=node("ImageScale", image=["8", 0], width=["81", 0], height=144, upscale_method="area"),
        n81=node("PrimitiveInt", value=192),
        n9=node("SaveImage", images=["80", 0], filename_prefix="x"),
    )
    filled, _ = workflow_of(document).filled({Parameter.WIDTH: 100, Parameter.HEIGHT: 60})
    assert filled["81"]["inputs"]["value"] == 300
    assert filled["80"]["inputs"]["height"] == 180


def test_a_second_pass_follows_a_number_that_is_width_and_height() -> None:
    """Both sides of it in proportion to that number; a factor is none."""
    document = changed(
        TEXT_TO_IMAGE,
        n5=node("EmptyLatentImage", width=["51", 0], height=["51", 0], batch_size=1),
        n51=node("PrimitiveInt", value=64),
        n80=node("ImageScale", image=["8", 0], width=128, height=96, upscale_method="area"),
        n9=node("SaveImage", images=["80", 0], filename_prefix="x"),
    )
    filled, _ = workflow_of(document).filled({Parameter.WIDTH: 100})
    assert (filled["80"]["inputs"]["width"], filled["80"]["inputs"]["height"]) == (200, 150)
    document["80"]["inputs"]["width"] = ["81", 0]
    document["81"] = node("MathExpression|pysssss", expression="a * 64", a=["82", 0])
    document["82"] = node("PrimitiveInt", value=2)
    filled, _ = workflow_of(document).filled({Parameter.WIDTH: 100})
    assert filled["82"]["inputs"]["value"] == 2


def test_a_second_pass_after_a_size_that_is_computed_is_told() -> None:
    """There is no number to be in proportion to."""
    document = changed(
        TEXT_TO_IMAGE,
        n5=node("EmptyLatentImage", width=["51", 0], height=["51", 1], batch_size=1),
        n51=node("GetImageSize", image=["10", 0]),
        n10=node("LoadImage", image="example.png"),
        n80=node("ImageScale", image=["8", 0], width=128, height=96, upscale_method="area"),
        n9=node("SaveImage", images=["80", 0], filename_prefix="x"),
    )
    notes = " ".join(workflow_of(document).notes)
    assert "node 80 (ImageScale) keeps its own width, 128" in notes


@pytest.mark.parametrize(
    ("further", "says"),
    [
        (node("ImageScaleToTotalPixels", image=["8", 0], megapixels=1.0), "megapixels = 1.0"),
        (node("ImageCrop", image=["8", 0], width=32, height=32, x=4, y=4), "cuts a part out"),
    ],
)
def test_a_size_that_cannot_follow_is_told(further: Document, says: str) -> None:
    """A node that gives every picture the same size, and one that cuts at a fixed place."""
    document = changed(
        TEXT_TO_IMAGE, n80=further, n9=node("SaveImage", images=["80", 0], filename_prefix="x")
    )
    assert any(says in note for note in workflow_of(document).notes)
    before = changed(IMAGE_TO_IMAGE, n11=further, n5=node("VAEEncode", pixels=["11", 0]))
    before["11"]["inputs"]["image"] = ["10", 0]
    assert not any(says in note for note in workflow_of(before).notes)


def test_a_sampler_that_prepares_a_control_picture_is_left_alone() -> None:
    """A depth estimator samples too; seed, steps and prompt belong to the one that draws."""
    document = changed(
        TEXT_TO_IMAGE,
        n3=sampler(positive=["20", 0], negative=["20", 1]),
        n20=node(
            "ControlNetApplyAdvanced", positive=["6", 0], negative=["7", 0], control_net=["22", 0],
            image=["23", 0], strength=1.0,
        ),
        n22=node("ControlNetLoader", control_net_name="depth.safetensors"),
        n23=node("VAEDecode", samples=["24", 0], vae=["4", 2]),
        n24=node(
            "SamplerCustomAdvanced", noise=["25", 0], guider=["26", 0], sampler=["27", 0],
            sigmas=["28", 0], latent_image=["29", 0],
        ),
        n25=node("DisableNoise"),
        n26=node("BasicGuider", model=["4", 0], conditioning=["30", 0]),
        n27=node("KSamplerSelect", sampler_name="euler"),
        n28=node("BasicScheduler", model=["4", 0], scheduler="normal", steps=1, denoise=1.0),
        n29=node("VAEEncode", pixels=["31", 0], vae=["4", 2]),
        n30=node("LotusConditioning"),
        n31=node("LoadImage", image="room.png"),
    )  # fmt: skip
    places = found(document)
    assert (places["prompt"], places["seed"], places["steps"]) == (
        ["6.text"],
        ["3.seed"],
        ["3.steps"],
    )
    assert places["width"] == ["5.width"]
    assert places["input_image"] == ["31.image"]


def test_a_context_that_holds_seed_and_positive_is_no_sampler() -> None:
    """It bundles what samplers take; each number is found by its own name."""
    document = changed(
        TEXT_TO_IMAGE,
        n3=sampler(
            seed=["90", 8], steps=["90", 9], positive=["90", 4], negative=["90", 5],  # type: ignore[arg-type]
            latent_image=["90", 6],
        ),
        n90=node("Context Big (rgthree)", base_ctx=["91", 0], seed=["92", 0]),
        n91=node(
            "Context Big (rgthree)", positive=["6", 0], negative=["7", 0], latent=["5", 0],
            steps=["93", 0], sampler=["94", 0],
        ),
        n92=node("Seed (rgthree)", seed=3),
        n93=node("PrimitiveInt", value=4),
        n94=node("KSamplerSelect", sampler_name="euler"),
    )  # fmt: skip
    places = found(document)
    assert (places["seed"], places["steps"]) == (["92.seed"], ["93.value"])
    assert (places["prompt"], places["negative_prompt"]) == (["6.text"], ["7.text"])
    assert places["width"] == ["5.width"]


def test_samplers_that_lead_to_no_saver_are_left_alone() -> None:
    """An unused branch gets no seed and no prompt."""
    document = changed(
        TEXT_TO_IMAGE,
        n90=sampler(seed=1, positive=["91", 0]),
        n91=node("CLIPTextEncode", text="an unused text", clip=["4", 1]),
    )
    places = found(document)
    assert places["seed"] == ["3.seed"]
    assert places["prompt"] == ["6.text"]


def test_a_picture_to_start_from_is_found_along_the_latent() -> None:
    """The size then follows from that picture; a repeated latent makes the batch."""
    document = changed(
        IMAGE_TO_IMAGE,
        n3=sampler(latent_image=["11", 0]),
        n11=node("RepeatLatentBatch", samples=["5", 0], amount=1),
    )
    places = found(document)
    assert places["input_image"] == ["10.image"]
    assert places["count"] == ["11.amount"]
    assert "width" not in places
    assert any("follows from the picture" in note for note in workflow_of(document).notes)


def test_an_edit_model_reads_picture_and_prompt_in_one_node() -> None:
    """The picture that the text encoder sees is the one to start from."""
    document = changed(
        TEXT_TO_IMAGE,
        n6=node(
            "TextEncodeQwenImageEdit", clip=["4", 1], prompt="paint it blue", vae=["4", 2],
            image=["10", 0],
        ),
        n10=node("LoadImage", image="example.png"),
    )  # fmt: skip
    places = found(document)
    assert places["prompt"] == ["6.prompt"]
    assert places["input_image"] == ["10.image"]


def test_a_video_node_that_gives_both_sides_and_the_latent() -> None:
    """Size and picture sit on the node that the conditioning passes through."""
    document = changed(
        TEXT_TO_IMAGE,
        n3=sampler(positive=["30", 0], negative=["30", 1], latent_image=["30", 2]),
        n30=node(
            "WanImageToVideo", positive=["6", 0], negative=["7", 0], vae=["4", 2], width=832,
            height=480, length=81, batch_size=1, start_image=["10", 0],
        ),
        n10=node("LoadImage", image="example.png"),
        n9=node("SaveWEBM", images=["8", 0], filename_prefix="video", fps=24.0),
    )  # fmt: skip
    places = found(document)
    assert places["prompt"] == ["6.text"]
    assert places["negative_prompt"] == ["7.text"]
    assert places["width"] == ["30.width"]
    assert places["input_image"] == ["10.image"]
    assert places["outputs"] == ["9.filename_prefix"]


def test_music_takes_tags_and_lyrics() -> None:
    """The prompt becomes the tags; the second text becomes the lyrics."""
    document = changed(
        TEXT_TO_IMAGE,
        n6=node("TextEncodeAceStepAudio", tags="folk", lyrics="la la", clip=["4", 1]),
        n7=node("ConditioningZeroOut", conditioning=["6", 0]),
        n5=node("EmptyAceStepLatentAudio", seconds=10.0, batch_size=1),
        n8=node("VAEDecodeAudio", samples=["3", 0], vae=["4", 2]),
        n9=node("SaveAudio", audio=["8", 0], filename_prefix="audio/ComfyUI"),
    )
    places = found(document)
    assert places["prompt"] == ["6.tags"]
    assert places["lyrics"] == ["6.lyrics"]
    assert "negative_prompt" not in places


def test_loaders_that_do_everything_are_read_by_their_names() -> None:
    """Texts and size written on one node that is reached by a pipe."""
    document: Document = {
        "1": node(
            "Efficient Loader", ckpt_name="base.safetensors", positive="a cat", negative="blurry",
            empty_latent_width=512, empty_latent_height=640, batch_size=1,
        ),
        "2": node("KSampler (Efficient)", pipe=["1", 0], seed=4, steps=20, cfg=7.0),
        "3": node("SaveImage", images=["2", 5], filename_prefix="x"),
    }  # fmt: skip
    assert found(document) == {
        "prompt": ["1.positive"],
        "negative_prompt": ["1.negative"],
        "seed": ["2.seed"],
        "steps": ["2.steps"],
        "cfg": ["2.cfg"],
        "width": ["1.empty_latent_width"],
        "height": ["1.empty_latent_height"],
        "count": ["1.batch_size"],
        "outputs": ["3.filename_prefix"],
    }


def test_efficient_samplers_pass_on_both_sides_at_other_positions() -> None:
    """Their conditioning comes second and third; the second sampler follows the first."""
    sampling: dict[str, Any] = {
        "model": ["1", 0], "positive": ["1", 1], "negative": ["1", 2], "latent_image": ["1", 3],
        "optional_vae": ["1", 4], "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
    }  # fmt: skip
    further = {name: ["2", link[1]] for name, link in sampling.items() if isinstance(link, list)}
    document: Document = {
        "1": node(
            "Efficient Loader", ckpt_name="base.safetensors", positive="a cat", negative="blurry",
            empty_latent_width=512, empty_latent_height=640, batch_size=1,
        ),
        "2": node("KSampler (Efficient)", seed=4, steps=20, cfg=7.0, **sampling),
        "3": node("KSampler (Efficient)", seed=4, steps=20, cfg=7.0, **{**sampling, **further}),
        "4": node("SaveImage", images=["3", 5], filename_prefix="x"),
    }  # fmt: skip
    places = found(document)
    assert places["prompt"] == ["1.positive"]
    assert places["negative_prompt"] == ["1.negative"]
    assert places["seed"] == ["2.seed", "3.seed"]
    assert places["width"] == ["1.empty_latent_width"]


def test_a_context_is_followed_on_the_side_that_is_asked_for() -> None:
    """rgthree's Context gives out model, both conditionings and the latent by position."""
    context = node(
        "Context (rgthree)", base_ctx=["91", 0], positive=["6", 0], negative=["7", 0],
        latent=["5", 0],
    )  # fmt: skip
    document = changed(
        TEXT_TO_IMAGE,
        n3=sampler(model=["90", 1], positive=["90", 4], negative=["90", 5], latent_image=["90", 6]),
        n90=node("Context (rgthree)", base_ctx=["92", 0]),
        n91=node("Context (rgthree)", model=["4", 0], clip=["4", 1], vae=["4", 2]),
        n92=context,
    )
    places = found(document)
    assert places["prompt"] == ["6.text"]
    assert places["negative_prompt"] == ["7.text"]
    assert places["width"] == ["5.width"]


def test_a_text_of_an_unknown_node_is_replaced_at_the_encoder() -> None:
    """Where no text can be found, the link gives way to one, and a note says so."""
    document = changed(
        TEXT_TO_IMAGE,
        n6=node("CLIPTextEncode", text=["60", 0], clip=["4", 1]),
        n60=node("WildcardMachine", file="animals.txt"),
    )
    places = found(document)
    assert (places["prompt"], places["negative_prompt"]) == (["6.text"], ["7.text"])
    assert any("takes the place of that link" in note for note in workflow_of(document).notes)
    switch = changed(
        document,
        n60=node("Any Switch (rgthree)", any_01=["61", 0], any_02=["62", 0]),
        n61=node("PrimitiveString", "Prompt", value="a cat"),
        n62=node("PrimitiveString", value="another text"),
    )
    assert found(switch)["prompt"] == ["61.value"]


def test_a_guider_for_two_conditions_has_its_words_told_apart() -> None:
    """The second condition holds the negative words, beside a negative without the picture."""
    document = changed(
        TEXT_TO_IMAGE,
        n3=node(
            "SamplerCustomAdvanced", noise=["40", 0], guider=["41", 0], sampler=["42", 0],
            sigmas=["43", 0], latent_image=["5", 0],
        ),
        n40=node("RandomNoise", noise_seed=9),
        n41=node(
            "DualCFGGuider", model=["4", 0], cond1=["44", 0], cond2=["44", 1], negative=["6", 0],
            cfg_conds=5.0, cfg_cond2_negative=2.0,
        ),
        n42=node("KSamplerSelect", sampler_name="euler"),
        n43=node("BasicScheduler", model=["4", 0], scheduler="normal", steps=20, denoise=1.0),
        n44=node(
            "InstructPixToPixConditioning", positive=["6", 0], negative=["7", 0], vae=["4", 2],
            pixels=["10", 0],
        ),
        n10=node("LoadImage", image="example.png"),
    )  # fmt: skip
    places = found(document)
    assert (places["prompt"], places["negative_prompt"]) == (["6.text"], ["7.text"])
    assert places["cfg"] == ["41.cfg_conds"]
    assert not any("text of its own" in note for note in workflow_of(document).notes)


def test_of_two_frames_the_first_is_the_picture_to_start_from() -> None:
    """However near the last one is; it is told as a further picture."""
    document = changed(
        TEXT_TO_IMAGE,
        n5=node(
            "WanVaceToVideo", positive=["6", 0], negative=["7", 0], vae=["4", 2], width=64,
            height=64, length=9, batch_size=1, control_video=["30", 0],
        ),
        n3=sampler(positive=["5", 0], negative=["5", 1], latent_image=["5", 2]),
        n30=node("ImageBatch", image1=["31", 0], image2=["33", 0]),
        n31=node("ImageBatch", image1=["32", 0], image2=["34", 0]),
        n32=node("LoadImage", image="start.png"),
        n33=node("LoadImage", image="end.png"),
        n34=node("EmptyImage", width=64, height=64, batch_size=7, color=0),
    )  # fmt: skip
    assert found(document)["input_image"] == ["32.image"]
    assert any("'end.png'" in note for note in workflow_of(document).notes)
    named = changed(
        document,
        n5=node(
            "WanFirstLastFrameToVideo", positive=["6", 0], negative=["7", 0], vae=["4", 2],
            end_image=["33", 0], start_image=["31", 0], width=64, height=64, batch_size=1,
        ),
    )  # fmt: skip
    assert found(named)["input_image"] == ["32.image"]


def test_a_node_that_asks_a_service_takes_its_prompt_text() -> None:
    """As some of those that come with ComfyUI call it."""
    document: Document = {
        "1": node("MinimaxTextToVideoNode", prompt_text="a cat", model="T2V-01", seed=3),
        "2": node("SaveVideo", video=["1", 0], filename_prefix="x"),
    }
    assert found(document)["prompt"] == ["1.prompt_text"]


def test_a_workflow_without_sampler_binds_by_name() -> None:
    """A node that asks a service, and an upscaler without any text."""
    service: Document = {
        "1": node("SomeServiceImage", prompt="a cat", seed=3, width=64, height=64),
        "2": node("SaveImage", images=["1", 0], filename_prefix="x"),
    }
    assert found(service) == {
        "prompt": ["1.prompt"],
        "seed": ["1.seed"],
        "width": ["1.width"],
        "height": ["1.height"],
        "outputs": ["2.filename_prefix"],
    }
    upscaler: Document = {
        "1": node("LoadImage", image="example.png"),
        "2": node("ImageUpscaleWithModel", upscale_model=["4", 0], image=["1", 0]),
        "3": node("SaveImage", images=["2", 0], filename_prefix="x"),
        "4": node("UpscaleModelLoader", model_name="4x.pth"),
    }
    assert found(upscaler) == {"input_image": ["1.image"], "outputs": ["3.filename_prefix"]}
    assert any("prompt goes nowhere" in note for note in workflow_of(upscaler).notes)


def test_savers_win_over_previews() -> None:
    """A preview beside a saver is a look at the work, not the result."""
    both = changed(TEXT_TO_IMAGE, n10=node("PreviewImage", images=["8", 0]))
    assert found(both)["outputs"] == ["9.filename_prefix"]
    assert found(TWO_SAVERS)["outputs"] == ["9.filename_prefix", "10.filename_prefix"]


def test_a_preview_alone_is_taken_with_a_warning() -> None:
    """Its files live until the server restarts."""
    assert found(PREVIEW_ONLY)["outputs"] == ["9."]
    assert any("Nothing is saved" in note for note in workflow_of(PREVIEW_ONLY).notes)


def test_a_saver_stands_in_for_the_one_that_uses_the_socket() -> None:
    """Its pictures could not be fetched again; what was exported is told in its title."""
    assert found(SOCKET_ONLY)["outputs"] == ["9.filename_prefix"]
    filled, _ = workflow_of(SOCKET_ONLY).filled({})
    assert filled["9"]["class_type"] == "SaveImage"
    assert filled["9"]["inputs"]["images"] == ["8", 0]
    assert filled["9"]["_meta"] == {"title": "SaveImageWebsocket"}


def test_nodes_inside_subgraphs_keep_their_ids() -> None:
    """Newer exports write them as ``outer:inner``."""
    document = json.loads(json.dumps(TEXT_TO_IMAGE).replace('"3"', '"57:3"'))
    assert found(document)["seed"] == ["57:3.seed"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"nodes": [], "links": [], "version": 0.4}', "editor's format"),
        (b"[1, 2]", "should be a JSON object"),
        (b"{}", "should be a JSON object"),
        (b'{"3": {"inputs": {}}}', "no class_type.*Install Missing Custom Nodes"),
        (b'{"3": {"title": "x"}}', "API format.*class_type"),
        (b'{"3": {"class_type": "X", "inputs": [1]}}', "should be an object"),
        (b'{"3": ', "not valid JSON"),
        (b'{"3": {"class_type": "X", "inputs": {"a": NaN}}}', "NaN"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"3": {"class_type": "X", "inputs": {"a": ' + b"[" * 70 + b"]" * 70 + b"}}}", "deeply"),
        (b'{"3": {"class_type": "X", "inputs": {"a": ' + b"9" * 5000 + b"}}}", "not valid JSON"),
    ],
)
def test_a_file_that_is_no_api_workflow_is_refused(data: bytes, says: str) -> None:
    """In a sentence that says what it is instead."""
    with pytest.raises(WorkflowError, match=says):
        parse(data, name="workflow.json")


def test_an_editor_file_is_answered_with_what_to_do() -> None:
    """Where the right export is found in the menu, also in older versions."""
    with pytest.raises(WorkflowError, match=r"Export \(API\).*Dev mode"):
        parse(b'{"nodes": [], "links": []}', name="workflow.json")


def test_a_request_body_is_unwrapped() -> None:
    """A saved body of a submission holds the workflow under ``prompt``."""
    graph = parse(json.dumps({"prompt": TEXT_TO_IMAGE, "client_id": "x"}).encode(), name="x")
    assert set(graph.nodes) == set(TEXT_TO_IMAGE)


def test_too_many_or_too_deeply_chained_nodes_are_refused() -> None:
    """Bounded, whatever somebody hands in."""
    many = {str(index): node("X") for index in range(MAX_NODES + 1)}
    with pytest.raises(WorkflowError, match="at most"):
        parse(json.dumps(many).encode(), name="x")
    chain: Document = {
        str(index): node("Pass", text=[str(index + 1), 0]) for index in range(MAX_NODES - 5)
    }
    chain["s"] = sampler(positive=["0", 0])
    chain["o"] = node("SaveImage", images=["s", 0], filename_prefix="x")
    with pytest.raises(WorkflowError, match="too deeply"):
        workflow_of(chain)


def test_circles_and_loose_ends_do_no_harm() -> None:
    """A graph that leads back into itself, and one whose links lead nowhere."""
    circle = changed(TEXT_TO_IMAGE, n5=node("LatentBlend", samples1=["3", 0], samples2=["5", 0]))
    assert found(circle)["seed"] == ["3.seed"]
    loose = changed(TEXT_TO_IMAGE, n5=None)
    assert any("not in the file" in note for note in workflow_of(loose).notes)


names = st.sampled_from(
    ["positive", "negative", "model", "text", "seed", "latent_image", "images", "width", "value",
     "conditioning", "samples", "noise", "guider", "sigmas", "steps", "cfg", "filename_prefix"]
)  # fmt: skip
ids = st.sampled_from([str(number) for number in range(8)])
values = st.one_of(
    st.tuples(ids, st.integers(0, 2)).map(list),
    st.integers(),
    st.text("ab ", max_size=5),
    st.booleans(),
)
classes = st.sampled_from(["KSampler", "SaveImage", "LoadImage", "PreviewImage", "Custom"])
nodes = st.builds(
    lambda kind, inputs: {"class_type": kind, "inputs": inputs},
    classes,
    st.dictionaries(names, values, max_size=6),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(ids, nodes, min_size=1, max_size=8))
def test_any_graph_is_traced_to_places_that_exist(document: Document) -> None:
    """No graph breaks the search, and every place found can be written to."""
    workflow = workflow_of(document)
    for parameter in Parameter:
        for binding in workflow.places(parameter):
            inputs = workflow.graph.nodes[binding.node_id].inputs
            assert binding.input in inputs or (parameter is Parameter.OUTPUTS and not binding.input)
    filled, _ = workflow.filled(
        {Parameter.PROMPT: "x", Parameter.SEED: 1, Parameter.STEPS: 3}, file_prefix="y"
    )
    assert filled.keys() == document.keys()
