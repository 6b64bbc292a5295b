"""Finding what a sampler starts from: width, height and batch size, or a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator

from canvas_kit.backends.comfyui.graph import Graph, GraphNode, NodeInput
from canvas_kit.backends.comfyui.tracing.bindings import FoundBindings, is_number
from canvas_kit.backends.comfyui.tracing.samplers import brings_picture, nodes_into
from canvas_kit.backends.comfyui.workflow import Parameter
from canvas_kit.errors import shorten

_LATENTS = re.compile(r"latent|samples", re.IGNORECASE)
_PIXELS = re.compile(r"(pixels?|images?|video|start_image|init_image)(_|$|\d)", re.IGNORECASE)
_IMAGE_LOADER = re.compile(r"load.*image|image.*load", re.IGNORECASE)
_PASSES_NO_LATENT = frozenset({"model", "clip", "vae", "mask", "image", "noise", "control_net"})
_NAMES = {
    Parameter.WIDTH: ("width", "empty_latent_width"),
    Parameter.HEIGHT: ("height", "empty_latent_height"),
    Parameter.COUNT: ("batch_size",),
}
_OWN_SIZES = ("megapixels", "largest_size", "longest_side", "longer_edge", "resolution")
"""Inputs that give a picture a size without regard to the one it had."""

_SMALLEST = 16
"""A smaller number is no size in pixels, but a factor, say."""

_LAST_FRAME = re.compile(r"(^|_)(end|last)(_|$)", re.IGNORECASE)
_CUTS = re.compile(r"crop", re.IGNORECASE)


def takes_latent(name: str) -> bool:
    """Whether an input of this name takes a latent."""
    return _LATENTS.search(name) is not None


def bind_size(found: FoundBindings, sampler: GraphNode) -> None:
    """Bind width, height and batch size of what a sampler starts from."""
    origin, way = _latent_origin(found, sampler)
    if origin is None:
        above = found.graph.upstream(sampler.node_id)
        origin = next((node for node in above if "empty_latent_width" in node.inputs), None)
        way = f"{sampler} -> {origin}"
    if origin is None:
        found.note(f"The size of what {sampler.label} makes follows from the picture it is given.")
        return
    for parameter, names in _NAMES.items():
        name = next((name for name in names if name in origin.inputs), None)
        if name and not (parameter is Parameter.COUNT and found.places(parameter)):
            found.bind_number(parameter, origin, name, way)
    # A model or a schedule may be told the same size as well.
    for node in (*nodes_into(found.graph, sampler, "model"),
                 *nodes_into(found.graph, sampler, "sigmas")):  # fmt: skip
        for parameter, name in ((Parameter.WIDTH, "width"), (Parameter.HEIGHT, "height")):
            value = node.inputs.get(name)
            if is_number(value) and value == origin.inputs.get(name):
                place = NodeInput(node.node_id, name)
                found.bind(parameter, place, f"{node}: is told it as well")


def bind_later_sizes(found: FoundBindings, first: list[GraphNode], savers: list[GraphNode]) -> None:
    """Bind what enlarges a picture after the first pass, in proportion to the size bound there."""
    # Where one number is both width and height, the width has it.
    follows = {
        part: part if found.places(part) else Parameter.WIDTH
        for part in (Parameter.WIDTH, Parameter.HEIGHT)
    }
    if not found.places(Parameter.WIDTH):
        return

    def follow(node: GraphNode, name: str) -> bool:
        return node not in first and brings_picture(node, name)

    for saver in savers:
        for node in found.graph.upstream(saver.node_id, follow):
            above = found.graph.upstream(node.node_id)
            if node not in first and any(other in first for other in above):
                for part, parameter in follows.items():
                    _bind_share(found, node, _NAMES[part], parameter)
                _note_own_size(found, node)


def _bind_share(
    found: FoundBindings, node: GraphNode, names: tuple[str, ...], parameter: Parameter
) -> None:
    name = next((name for name in names if name in node.inputs), None)
    place = found.number_place(node, name) if name else None
    if place is None:
        return
    value, base = (found.number_at(at) for at in (place, found.places(parameter)[0]))
    if base >= _SMALLEST <= value:
        how = f"{node}: in proportion to the first pass"
        found.bind(parameter, place, how, round(value / base, 6))
    elif not found.is_bound(place):
        found.note(f"{node.label} keeps its own {name}, {value}, whatever size is asked for.")


def _note_own_size(found: FoundBindings, node: GraphNode) -> None:
    own = next((name for name in _OWN_SIZES if is_number(node.inputs.get(name))), None)
    if own:
        found.note(
            f"{node.label} makes pictures of a size of its own, {own} = {node.inputs[own]}, "
            "whatever size is asked for."
        )
    if _CUTS.search(node.class_type) and "width" in node.inputs:
        found.note(
            f"{node.label} cuts a part out. Its width and height follow in proportion to the size "
            "that is asked for, where it begins does not."
        )


def _latent_origin(found: FoundBindings, sampler: GraphNode) -> tuple[GraphNode | None, str]:
    """The node that makes the empty latent, and the way there; None where a picture makes it."""
    node, way, seen = sampler, str(sampler), {sampler.node_id}
    while True:
        links = found.graph.sources(node)
        ahead = [name for name in links if takes_latent(name)]
        if node is not sampler and not ahead:
            if any(name in node.inputs for name in _NAMES[Parameter.WIDTH]):
                return node, way
            if any(_PIXELS.match(name) for name in links):
                return None, way
            ahead = [name for name in links if name not in _PASSES_NO_LATENT]
        elif "amount" in node.inputs:
            found.bind_number(Parameter.COUNT, node, "amount", way)
        following = links[ahead[0]] if ahead else None
        if following is None or following.node_id in seen:
            return None, way
        seen.add(following.node_id)
        node, way = following, f"{way} -> {following}"


def bind_input_image(found: FoundBindings, first: list[GraphNode], savers: list[GraphNode]) -> None:
    """Bind the picture to start from: nearest along the latent, then anywhere upstream."""
    ways: dict[str, str] = {}
    for start, way in _starts(found, first, savers):
        for node in _pictures_first(found.graph, start, set()):
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


def _pictures_first(graph: Graph, node: GraphNode, seen: set[str]) -> Iterator[GraphNode]:
    """A node and all that it depends on: pictures before other things, the last frame last."""
    seen.add(node.node_id)
    yield node
    sources = graph.sources(node)
    for name in sorted(
        sources, key=lambda name: (not brings_picture(node, name), bool(_LAST_FRAME.search(name)))
    ):
        if sources[name].node_id not in seen:
            yield from _pictures_first(graph, sources[name], seen)


def _starts(
    found: FoundBindings, first: list[GraphNode], savers: list[GraphNode]
) -> Iterator[tuple[GraphNode, str]]:
    """Where to look, in order, and how a place found there is told."""
    for sampler in first:
        for name, source in found.graph.sources(sampler).items():
            if takes_latent(name):
                yield source, f"{sampler}, {name}"
    yield from ((node, str(node)) for node in (*first, *savers))
