"""Finding the nodes whose files are the result: savers, or previews if nothing else is there."""

from __future__ import annotations

import re

from canvas_kit.backends.comfyui.graph import GraphNode, NodeInput
from canvas_kit.backends.comfyui.tracing.bindings import FoundBindings
from canvas_kit.backends.comfyui.workflow import Parameter

_SAVER = re.compile(r"save|preview|video_?combine", re.IGNORECASE)
_NO_MEDIUM = re.compile(
    r"latent|checkpoint|lora|clipsave|vaesave|modelsave|previewany|(show|save|display)_?text|loss",
    re.IGNORECASE,
)
"""Nodes that save or show something, but no picture, sound, video or model."""

_PREFIXES = ("filename_prefix", "file_prefix", "filename", "file_name", "save_prefix", "prefix")


def bind_outputs(found: FoundBindings) -> list[GraphNode]:
    """Bind the nodes whose files are the result, and give them."""
    ends = [node for node in found.graph.nodes.values() if _may_be_output(found, node)]
    savers = [node for node in ends if _saves(node)]
    previews = [node for node in ends if _is_preview(node)]
    chosen = savers or previews or ends
    for node in chosen:
        how = "stores its files" if node in savers else "stands at the end"
        if _is_preview(node):
            how = "keeps its files until the server restarts"
        place = NodeInput(node.node_id, _prefix_input(node))
        found.bind(Parameter.OUTPUTS, place, f"{node.class_type}: {how}")
    if not chosen:
        found.note("No node was found that saves a file, so nothing can come back.")
    elif not savers and not previews:
        found.note(
            "No node was recognised that saves a file; taken instead are those at the end: "
            f"{', '.join(node.label for node in chosen)}."
        )
    elif not savers:
        found.note(
            f"Nothing is saved: {chosen[0].label} only shows a preview, which the server deletes "
            "when it restarts. It is fetched at once, but a 'Save Image' node in its place is "
            "safer."
        )
    return chosen


def _may_be_output(found: FoundBindings, node: GraphNode) -> bool:
    at_the_end = node.node_id not in found.graph.consumed or bool(_prefix_input(node))
    return bool(node.sources()) and at_the_end and not _NO_MEDIUM.search(node.class_type)


def _saves(node: GraphNode) -> bool:
    named = "save" in node.class_type.lower() and not _is_preview(node)
    return named or bool(_prefix_input(node))


def _is_preview(node: GraphNode) -> bool:
    return "preview" in node.class_type.lower()


def _prefix_input(node: GraphNode) -> str:
    """The input that names a saver's files; empty if there is none."""
    names = _PREFIXES if _SAVER.search(node.class_type) else _PREFIXES[:1]
    return next((name for name in names if name in node.inputs), "")
