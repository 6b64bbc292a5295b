"""Finding the picture that a workflow starts from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from canvas_kit.backends.comfyui.graph import GraphNode, NodeInput
from canvas_kit.backends.comfyui.tracing.bindings import FoundBindings
from canvas_kit.backends.comfyui.tracing.latents import takes_latent
from canvas_kit.backends.comfyui.workflow import Parameter
from canvas_kit.errors import shorten

_IMAGE_LOADER = re.compile(r"load.*image|image.*load", re.IGNORECASE)


def bind_input_image(found: FoundBindings, first: list[GraphNode], savers: list[GraphNode]) -> None:
    """Bind the picture to start from: nearest along the latent, then anywhere upstream."""
    ways: dict[str, str] = {}
    for start, way in _starts(found, first, savers):
        for node in found.graph.above([start]):
            if (
                _IMAGE_LOADER.search(node.class_type)
                and "mask" not in node.class_type.lower()
                and isinstance(node.inputs.get("image"), str)
            ):
                ways.setdefault(node.node_id, way)
    for node_id, way in ways.items():
        node = found.graph.nodes[node_id]
        if not found.places(Parameter.INPUT_IMAGE):
            place = NodeInput(node_id, "image")
            found.bind(Parameter.INPUT_IMAGE, place, f"{way} -> {node}")
        else:
            found.note(
                f"{node.label} loads a further picture, {shorten(node.inputs['image'], 40)}, which "
                "has to lie in the server's input folder."
            )


def _starts(
    found: FoundBindings, first: list[GraphNode], savers: list[GraphNode]
) -> Iterator[tuple[GraphNode, str]]:
    """Where to look, in order, and how a place found there is told."""
    for sampler in first:
        for name, link in sampler.links():
            if takes_latent(name) and (source := found.graph.get(link)):
                yield source, f"{sampler}, {name}"
    yield from ((node, str(node)) for node in (*first, *savers))
