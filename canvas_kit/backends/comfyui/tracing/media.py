"""Where files leave a workflow, and where a picture enters it."""

from __future__ import annotations

import re

from canvas_kit.backends.comfyui.flow import Parameter, is_socket_saver
from canvas_kit.backends.comfyui.graph import GraphNode, Place
from canvas_kit.backends.comfyui.tracing.finds import Finds
from canvas_kit.backends.comfyui.tracing.sizes import takes_latent
from canvas_kit.errors import shorten

_SAVER = re.compile(r"save|preview|websocket|video_?combine", re.IGNORECASE)
_NO_MEDIUM = re.compile(
    r"latent|checkpoint|lora|clipsave|vaesave|modelsave|previewany|(show|save|display)_?text|loss",
    re.IGNORECASE,
)
"""Nodes that save or show something, but no picture, sound, video or model."""

_PREFIXES = ("filename_prefix", "file_prefix", "filename", "file_name", "save_prefix", "prefix")
_IMAGE_LOADER = re.compile(r"load.*image|image.*load", re.IGNORECASE)


def find_outputs(finds: Finds) -> list[GraphNode]:
    """Bind the nodes whose files are the result: savers, or previews if nothing else is there."""
    ends = [node for node in finds.graph.nodes.values() if _may_be_output(finds, node)]
    savers = [node for node in ends if _saves(node)]
    previews = [node for node in ends if _is_preview(node)]
    chosen = savers or previews or ends
    for node in chosen:
        finds.bind(
            Parameter.OUTPUTS, Place(node.node_id, _prefix_input(node)), _manner(node, savers)
        )
    if not chosen:
        finds.note("No node was found that saves a file, so nothing can come back.")
    elif not savers and not previews:
        finds.note(
            "No node was recognised that saves a file; taken instead are those at the end: "
            f"{', '.join(node.label for node in chosen)}."
        )
    elif not savers:
        finds.note(
            f"Nothing is saved: {chosen[0].label} only shows a preview, which the server deletes "
            "when it restarts. It is fetched at once, but a 'Save Image' node in its place is "
            "safer."
        )
    return chosen


def find_input_image(finds: Finds, first: list[GraphNode], savers: list[GraphNode]) -> None:
    """Bind the picture to start from: nearest along the latent, then anywhere upstream."""
    ways: dict[str, str] = {}
    for sampler in first:
        for name, link in sampler.links():
            if takes_latent(name) and (source := finds.graph.get(link)):
                _collect_loaders(finds, source, f"{sampler}, {name}", ways)
    for start in (*first, *savers):
        _collect_loaders(finds, start, str(start), ways)
    for node_id, way in ways.items():
        node = finds.graph.nodes[node_id]
        if not finds.bound(Parameter.INPUT_IMAGE):
            finds.bind(Parameter.INPUT_IMAGE, Place(node_id, "image"), f"{way} -> {node}")
        else:
            finds.note(
                f"{node.label} loads a further picture, {shorten(node.inputs['image'], 40)}, which "
                "has to lie in the server's input folder."
            )


def _may_be_output(finds: Finds, node: GraphNode) -> bool:
    takes_something = any(True for _ in node.links())
    at_the_end = node.node_id not in finds.graph.consumed or bool(_prefix_input(node))
    return takes_something and at_the_end and not _NO_MEDIUM.search(node.class_type)


def _saves(node: GraphNode) -> bool:
    named = "save" in node.class_type.lower() and not _is_preview(node)
    return named or bool(_prefix_input(node)) or is_socket_saver(node.class_type)


def _is_preview(node: GraphNode) -> bool:
    return "preview" in node.class_type.lower()


def _prefix_input(node: GraphNode) -> str:
    """The input that names a saver's files; empty if there is none."""
    known = _SAVER.search(node.class_type) is not None
    return next(
        (name for name in _PREFIXES if name in node.inputs and (known or name == _PREFIXES[0])), ""
    )


def _manner(node: GraphNode, savers: list[GraphNode]) -> str:
    if is_socket_saver(node.class_type):
        return f"{node.class_type}: sends its pictures over the socket, stores none"
    if node in savers:
        return f"{node.class_type}: stores its files"
    if not _is_preview(node):
        return f"{node.class_type}: stands at the end"
    return f"{node.class_type}: keeps its files until the server restarts"


def _collect_loaders(finds: Finds, start: GraphNode, way: str, ways: dict[str, str]) -> None:
    for node in (start, *finds.graph.upstream(start.node_id)):
        if (
            _IMAGE_LOADER.search(node.class_type)
            and "mask" not in node.class_type.lower()
            and isinstance(node.inputs.get("image"), str)
        ):
            ways.setdefault(node.node_id, way)
