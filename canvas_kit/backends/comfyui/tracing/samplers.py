"""Finding samplers, and their seed, steps and cfg."""

from __future__ import annotations

import re
from collections.abc import Iterator

from canvas_kit.backends.comfyui.graph import Graph, GraphNode, NodeInput
from canvas_kit.backends.comfyui.tracing.bindings import FoundBindings, is_number
from canvas_kit.backends.comfyui.workflow import Parameter

_SEEDS = ("seed", "noise_seed")
_MARKS = frozenset({*_SEEDS, "noise", "sampler_name", "sampler"})
_TASKS = frozenset({"positive", "guider", "conditioning", "steps"})
_NO_SAMPLER = re.compile(r"context|(to|from|edit)\w*pipe", re.IGNORECASE)
"""Nodes that only bundle what samplers take."""

_NO_PICTURE = re.compile(
    r"(opt(ional)?_)?(model|clip|vae|mask|noise|guider|sigmas?|sampler|hooks|positive|negative|cond"
    r"|conditioning|control_net|style_model|clip_vision|clip_vision_output|script)s?([_\d].*)?",
    re.IGNORECASE,
)
"""Inputs through which no picture, video, sound or latent comes."""

_CONDITIONINGS = re.compile(r"(cond|conditioning|positive)(_|$|\d)", re.IGNORECASE)


def is_sampler(node: GraphNode) -> bool:
    """Whether a node samples, by its inputs: something random, and something to make of it."""
    marked = bool(node.inputs.keys() & _MARKS) and bool(node.inputs.keys() & _TASKS)
    return marked and not _NO_SAMPLER.search(node.class_type)


def is_advanced(sampler: GraphNode) -> bool:
    """Whether a sampler does only a part of the steps, another one the rest."""
    return "start_at_step" in sampler.inputs


def samplers_above(graph: Graph, starts: list[GraphNode]) -> list[GraphNode]:
    """The samplers on whose pictures ``starts`` depend, furthest upstream first.

    One that only prepares a conditioning, such as a depth estimator for a control net, is none.
    """

    def samplers(start: GraphNode) -> list[GraphNode]:
        return [node for node in graph.upstream(start.node_id, brings_picture) if is_sampler(node)]

    found = {node.node_id: node for start in starts for node in samplers(start)}
    return sorted(found.values(), key=lambda node: len(samplers(node)))


def brings_picture(node: GraphNode, name: str) -> bool:
    """Whether a picture, video, sound or latent may come through this input."""
    return _NO_PICTURE.fullmatch(name) is None


def bind_seed(found: FoundBindings, sampler: GraphNode, prefix: str = "") -> None:
    """Bind the seed of a sampler, or of the node that makes its noise."""
    for node in (sampler, found.graph.source(sampler, "noise")):
        name = next((name for name in _SEEDS if node and name in node.inputs), None)
        if node and name:
            found.bind_number(Parameter.SEED, node, name, prefix + _way(sampler, node))
            return


def bind_steps_and_cfg(found: FoundBindings, sampler: GraphNode) -> None:
    """Bind steps (of the sampler or its schedule) and cfg (or a distilled model's guidance)."""
    for node in (sampler, *nodes_into(found.graph, sampler, "sigmas")):
        if "steps" in node.inputs:
            found.bind_number(Parameter.STEPS, node, "steps", _way(sampler, node))
            _bind_step_limits(found, node)
            break
    guider = found.graph.source(sampler, "guider")
    own, name = next(
        (
            (node, name)
            for node in (sampler, guider)
            for name in ("cfg", "cfg_conds")
            if node and name in node.inputs
        ),
        (None, ""),
    )
    guidance = _guidance(found.graph, sampler) if own is None or own.inputs[name] == 1 else None
    if guidance:
        how = f"{guidance}: a distilled model's guidance, in the place of cfg"
        found.bind_number(Parameter.CFG, guidance, "guidance", how)
    elif own:
        found.bind_number(Parameter.CFG, own, name, _way(sampler, own))


def conditionings(graph: Graph, sampler: GraphNode, side: str) -> Iterator[GraphNode]:
    """The nodes from which a sampler takes its positive or negative conditioning."""
    # Of a guider for two conditions, the second is the first one's picture without its words.
    names = ("negative", "cond2") if side == "negative" else ("positive", "conditioning", "cond1")
    for node in filter(None, (sampler, graph.source(sampler, "guider"))):
        yield from (source for name in names if (source := graph.source(node, name)))


def carried_on(graph: Graph, node: GraphNode, side: str) -> list[GraphNode]:
    """The nodes from which a node takes the conditioning that it gives on for one side."""
    sources = graph.sources(node)
    own = [source for name, source in sources.items() if name.startswith(side)]
    return own or [source for name, source in sources.items() if _CONDITIONINGS.match(name)]


def nodes_into(graph: Graph, sampler: GraphNode, name: str) -> Iterator[GraphNode]:
    """The nodes on the way into one input of a sampler, along links of that name or models."""
    if source := graph.source(sampler, name):
        yield source
        yield from graph.upstream(
            source.node_id, lambda node, link: link.startswith((name, "model", "sigmas"))
        )


def _bind_step_limits(found: FoundBindings, node: GraphNode) -> None:
    """Bind the steps at which a chain of samplers hands over, in proportion to all steps."""
    steps = node.inputs["steps"]
    for name in ("start_at_step", "end_at_step"):
        limit = node.inputs.get(name)
        if type(steps) is int and type(limit) is int and 0 < limit < steps:
            how = f"{node}: this share of the steps"
            found.bind(Parameter.STEPS, NodeInput(node.node_id, name), how, round(limit / steps, 6))


def _guidance(graph: Graph, sampler: GraphNode) -> GraphNode | None:
    for node in conditionings(graph, sampler, "positive"):
        further = graph.upstream(node.node_id, lambda _, name: bool(_CONDITIONINGS.match(name)))
        for candidate in (node, *further):
            if is_number(candidate.inputs.get("guidance")):
                return candidate
    return None


def _way(sampler: GraphNode, node: GraphNode) -> str:
    return str(sampler) if node is sampler else f"{sampler} -> {node}"
