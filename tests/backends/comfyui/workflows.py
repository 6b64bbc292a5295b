"""Workflows in the API format, as small as they can be, for the tests."""

from __future__ import annotations

import copy
from typing import Any

Document = dict[str, Any]


def node(class_type: str, title: str = "", **inputs: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"class_type": class_type, "inputs": inputs}
    if title:
        made["_meta"] = {"title": title}
    return made


def sampler(seed: int = 42, steps: int = 8, cfg: float = 7.0, **inputs: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "seed": seed,
        "steps": steps,
        "cfg": cfg,
        "sampler_name": "euler",
        "scheduler": "normal",
        "denoise": 1.0,
        "model": ["4", 0],
        "positive": ["6", 0],
        "negative": ["7", 0],
        "latent_image": ["5", 0],
        **inputs,
    }
    return node("KSampler", **given)


TEXT_TO_IMAGE: Document = {
    "4": node("CheckpointLoaderSimple", ckpt_name="tiny.safetensors"),
    "6": node("CLIPTextEncode", text="a cat", clip=["4", 1]),
    "7": node("CLIPTextEncode", text="blurry", clip=["4", 1]),
    "5": node("EmptyLatentImage", width=64, height=48, batch_size=1),
    "3": sampler(),
    "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
    "9": node("SaveImage", images=["8", 0], filename_prefix="ComfyUI"),
}
"""The default workflow: checkpoint, two texts, sampler, saver."""


def changed(base: Document, **nodes: Any) -> Document:
    """``base`` with nodes added or replaced; ``n9=None`` takes node 9 out."""
    document = copy.deepcopy(base)
    for key, value in nodes.items():
        node_id = key.removeprefix("n").replace("_", ":")
        if value is None:
            del document[node_id]
        else:
            document[node_id] = value
    return document


IMAGE_TO_IMAGE = changed(
    TEXT_TO_IMAGE,
    n5=node("VAEEncode", pixels=["10", 0], vae=["4", 2]),
    n10=node("LoadImage", image="example.png"),
)
PREVIEW_ONLY = changed(TEXT_TO_IMAGE, n9=node("PreviewImage", images=["8", 0]))
SOCKET_ONLY = changed(TEXT_TO_IMAGE, n9=node("SaveImageWebsocket", images=["8", 0]))
TWO_SAVERS = changed(TEXT_TO_IMAGE, n10=node("SaveImage", images=["8", 0], filename_prefix="other"))
HALF_BROKEN = changed(TEXT_TO_IMAGE, n10=node("SaveImage", filename_prefix="no picture linked"))
