"""Workflows that run on a server as they stand, with the checkpoints and add-ons that it has.

Small: 64 pixels wide, two steps. The names of model files are placeholders, see ``with_models``.
"""

from __future__ import annotations

import copy
from typing import Any

from tests.backends.comfyui.workflows import TEXT_TO_IMAGE, Document, changed, node, sampler

CHECKPOINT, XL_CHECKPOINT, LORA = "any checkpoint", "any xl checkpoint", "any lora"


def quick(seed: int = 42, **inputs: Any) -> dict[str, Any]:
    return sampler(seed=seed, steps=2, **inputs)


SMALL = changed(
    TEXT_TO_IMAGE,
    n3=quick(),
    n4=node("CheckpointLoaderSimple", ckpt_name=CHECKPOINT),
    n5=node("EmptyLatentImage", width=64, height=64, batch_size=1),
)


def encoder(text: object) -> dict[str, Any]:
    return node("CLIPTextEncode", text=text, clip=["4", 1])


def saver(source: str, output: int = 0, name: str = "x") -> dict[str, Any]:
    return node("SaveImage", images=[source, output], filename_prefix=name)


_ADVANCED: dict[str, Any] = {
    "steps": 4, "cfg": 5.0, "sampler_name": "euler", "scheduler": "normal",
}  # fmt: skip
_XL: dict[str, Any] = {
    "width": 64, "height": 64, "crop_w": 0, "crop_h": 0, "target_width": 64, "target_height": 64,
    "clip": ["4", 1],
}  # fmt: skip
_EFFICIENT_LOADER = node(
    "Efficient Loader", ckpt_name=CHECKPOINT, vae_name="Baked VAE", clip_skip=-1, lora_name="None",
    lora_model_strength=1.0, lora_clip_strength=1.0, positive="a cat", negative="blurry",
    token_normalization="none", weight_interpretation="comfy", empty_latent_width=64,
    empty_latent_height=64, batch_size=1,
)  # fmt: skip
_EFFICIENT_SAMPLER = node(
    "KSampler (Efficient)", seed=3, steps=2, cfg=5.0, sampler_name="euler", scheduler="normal",
    denoise=1.0, preview_method="none", vae_decode="true", model=["1", 0], positive=["1", 1],
    negative=["1", 2], latent_image=["1", 3], optional_vae=["1", 4],
)  # fmt: skip

WORKFLOWS: dict[str, Document] = {
    "text to image": SMALL,
    "a second pass on an enlarged latent": changed(
        SMALL,
        n80=node(
            "LatentUpscale", samples=["3", 0], upscale_method="nearest-exact", width=128,
            height=128, crop="disabled",
        ),
        n81=quick(latent_image=["80", 0], denoise=0.5),
        n8=node("VAEDecode", samples=["81", 0], vae=["4", 2]),
    ),
    "enlarged after drawing": changed(
        SMALL,
        n80=node(
            "ImageScale", image=["8", 0], upscale_method="nearest-exact", width=128, height=128,
            crop="disabled",
        ),
        n9=saver("80"),
    ),
    "image to image": changed(
        SMALL,
        n3=quick(latent_image=["12", 0], denoise=0.7),
        n10=node("LoadImage", image="example.png"),
        n12=node("VAEEncode", pixels=["10", 0], vae=["4", 2]),
        n5=None,
    ),
    "inpainting": changed(
        SMALL,
        n3=quick(latent_image=["13", 0]),
        n10=node("LoadImage", image="example.png"),
        n12=node("VAEEncode", pixels=["10", 0], vae=["4", 2]),
        n13=node("SetLatentNoiseMask", samples=["12", 0], mask=["14", 0]),
        n14=node("SolidMask", value=1.0, width=64, height=64),
        n5=None,
    ),
    "a LoRA": changed(
        SMALL,
        n3=quick(model=["20", 0]),
        n6=node("CLIPTextEncode", text="a cat", clip=["20", 1]),
        n20=node(
            "LoraLoader", model=["4", 0], clip=["4", 1], lora_name=LORA, strength_model=1.0,
            strength_clip=1.0,
        ),
    ),
    "LoRAs of rgthree": changed(
        SMALL,
        n3=quick(model=["20", 0]),
        n6=node("CLIPTextEncode", text="a cat", clip=["20", 1]),
        n20={
            "class_type": "Power Lora Loader (rgthree)",
            "inputs": {
                "PowerLoraLoaderHeaderWidget": {"type": "PowerLoraLoaderHeaderWidget"},
                "lora_1": {"on": True, "lora": LORA, "strength": 0.8},
                "➕ Add Lora": "",
                "model": ["4", 0],
                "clip": ["4", 1],
            },
        },
    ),
    "two samplers that share the steps": changed(
        SMALL,
        n3=node(
            "KSamplerAdvanced", add_noise="enable", noise_seed=5, start_at_step=0, end_at_step=3,
            return_with_leftover_noise="enable", model=["4", 0], positive=["6", 0],
            negative=["7", 0], latent_image=["5", 0], **_ADVANCED,
        ),
        n30=node(
            "KSamplerAdvanced", add_noise="disable", noise_seed=0, start_at_step=3,
            end_at_step=10000, return_with_leftover_noise="disable", model=["31", 0],
            positive=["32", 0], negative=["7", 0], latent_image=["3", 0], **_ADVANCED,
        ),
        n31=node("CheckpointLoaderSimple", ckpt_name=CHECKPOINT),
        n32=node("CLIPTextEncode", text="a cat", clip=["31", 1]),
        n8=node("VAEDecode", samples=["30", 0], vae=["4", 2]),
    ),
    "a sampler in parts": changed(
        SMALL,
        n3=node(
            "SamplerCustomAdvanced", noise=["40", 0], guider=["41", 0], sampler=["42", 0],
            sigmas=["43", 0], latent_image=["5", 0],
        ),
        n40=node("RandomNoise", noise_seed=9),
        n41=node("CFGGuider", model=["4", 0], positive=["6", 0], negative=["7", 0], cfg=4.0),
        n42=node("KSamplerSelect", sampler_name="euler"),
        n43=node("BasicScheduler", model=["4", 0], scheduler="normal", steps=2, denoise=1.0),
    ),
    "several savers": changed(
        SMALL,
        n10=saver("8", name="second"),
        n11=node("ImageInvert", image=["8", 0]),
        n12=saver("11", name="inverted"),
    ),
    "a preview only": changed(SMALL, n9=node("PreviewImage", images=["8", 0])),
    "pictures over the socket": changed(SMALL, n9=node("SaveImageWebsocket", images=["8", 0])),
    "a negative side zeroed out": changed(
        SMALL,
        n3=quick(negative=["33", 0]),
        n33=node("ConditioningZeroOut", conditioning=["6", 0]),
        n7=None,
    ),
    "two texts combined": changed(
        SMALL,
        n3=quick(positive=["70", 0]),
        n70=node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["71", 0]),
        n71=encoder("in the style of a woodcut"),
    ),
    "numbers and words in nodes of their own": changed(
        SMALL,
        n3=quick(seed=["50", 0]),  # type: ignore[arg-type]
        n5=node("EmptyLatentImage", width=["51", 0], height=["51", 0], batch_size=1),
        n6=encoder(["52", 0]),
        n50=node("PrimitiveInt", value=7),
        n51=node("PrimitiveInt", value=64),
        n52=node("PrimitiveStringMultiline", value="a cat"),
    ),
    "a text joined with a style": changed(
        SMALL,
        n6=encoder(["60", 0]),
        n60=node("StringConcatenate", string_a=["61", 0], string_b=["62", 0], delimiter=", "),
        n61=node("PrimitiveString", value="a cat"),
        n62=node("PrimitiveString", value="oil painting, highly detailed, best quality, 8k"),
    ),
    "a string function": changed(
        SMALL,
        n6=encoder(["60", 0]),
        n60=node(
            "StringFunction|pysssss", action="append", tidy_tags="yes", text_a=["61", 0],
            text_b="sharp focus, detailed", text_c="", result="a cat, sharp focus, detailed",
        ),
        n61=node("PrimitiveString", value="a cat"),
    ),
    "a text shown on its way": changed(
        SMALL,
        n6=encoder(["60", 0]),
        n60=node("ShowText|pysssss", text=["61", 0], text_0="what was shown at the export"),
        n61=node("PrimitiveString", value="a cat"),
    ),
    "a text shown that cannot be traced": changed(
        SMALL,
        n6=encoder(["60", 0]),
        n60=node("ShowText|pysssss", text=["61", 0], text_0="64"),
        n61=node("Power Puter (rgthree)", outputs={"outputs": ["STRING"]}, code="str(64)"),
    ),
    "a context": changed(
        SMALL,
        n3=quick(
            model=["91", 1], positive=["91", 4], negative=["91", 5], latent_image=["91", 6],
            seed=["91", 8],  # type: ignore[arg-type]
        ),
        n8=node("VAEDecode", samples=["3", 0], vae=["91", 3]),
        n90=node(
            "Context (rgthree)", model=["4", 0], clip=["4", 1], vae=["4", 2], positive=["6", 0],
            negative=["7", 0],
        ),
        n91=node("Context (rgthree)", base_ctx=["90", 0], latent=["5", 0], seed=["92", 0]),
        n92=node("Seed (rgthree)", seed=11),
    ),
    "a switch before the text": changed(
        SMALL,
        n6=encoder(["60", 0]),
        n60=node("Any Switch (rgthree)", any_01=["61", 0], any_02=["62", 0]),
        n61=node("PrimitiveString", value="a cat"),
        n62=node("PrimitiveString", value="another text"),
    ),
    "a node that makes its inputs as needed": changed(
        SMALL,
        n6=encoder(["60", 0]),
        n60=node("Power Primitive (rgthree)", type="STRING", value="a cat"),
    ),
    "an encoder that reads LoRAs": changed(
        SMALL,
        n6=node("Power Prompt (rgthree)", prompt="a cat", opt_model=["4", 0], opt_clip=["4", 1]),
    ),
    "a seed node": changed(
        SMALL,
        n3=quick(seed=["92", 0]),  # type: ignore[arg-type]
        n92=node("Seed (rgthree)", seed=11),
    ),
    "a loader that does everything": {
        "1": _EFFICIENT_LOADER, "2": _EFFICIENT_SAMPLER, "3": saver("2", 5),
    },
    "two encoders in one": changed(
        SMALL,
        n4=node("CheckpointLoaderSimple", ckpt_name=XL_CHECKPOINT),
        n6=node("CLIPTextEncodeSDXL", text_g="a cat", text_l="a cat", **_XL),
        n7=node("CLIPTextEncodeSDXL", text_g="blurry", text_l="blurry", **_XL),
    ),
}  # fmt: skip
"""By what is special about them."""


def with_models(document: Document, checkpoints: list[str], loras: list[str]) -> Document | None:
    """``document`` with files that a server has in the place of placeholders; None if it lacks one.

    An XL checkpoint is one with ``xl`` in its name.
    """
    xl = [name for name in checkpoints if "xl" in name.lower()]
    plain = [name for name in checkpoints if name not in xl]
    files = {CHECKPOINT: plain[:1], XL_CHECKPOINT: xl[:1], LORA: loras[:1]}
    made = copy.deepcopy(document)
    for entry in made.values():
        for inputs in (entry["inputs"], *filter(_is_dict, entry["inputs"].values())):
            for name, value in inputs.items():
                if isinstance(value, str) and value in files:
                    if not files[value]:
                        return None
                    inputs[name] = files[value][0]
    return made


def _is_dict(value: object) -> bool:
    return isinstance(value, dict)
