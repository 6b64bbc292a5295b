"""Finding samplers, and their seed, steps and cfg."""

from __future__ import annotations

import re
from collections.abc import Iterator

from canvas_kit.backends.comfyui.flow import Parameter
from canvas_kit.backends.comfyui.graph import Graph, GraphNode, Link, Place
from canvas_kit.backends.comfyui.tracing.finds import Finds, is_number

_SEEDS = ("seed", "noise_seed")
_MARKS = frozenset({*_SEEDS, "noise", "sampler_name", "sampler"})
_TASKS = frozenset({"positive", "guider", "conditioning", "steps"})
_CONDITIONINGS = re.compile(r"(cond|conditioning|positive)(_|$|\d)", re.IGNORECASE)


def is_sampler(node: GraphNode) -> bool:
    """Whether a node samples, by its inputs: chance on one hand, a task on the other."""
    return bool(node.inputs.keys() & _MARKS) and bool(node.inputs.keys() & _TASKS)


def is_advanced(sampler: GraphNode) -> bool:
    """Whether a sampler does only a part of the steps, another one the rest."""
    return "start_at_step" in sampler.inputs


def samplers_above(graph: Graph, starts: list[GraphNode]) -> list[GraphNode]:
    """The samplers that ``starts`` depend on, furthest upstream first."""
    found = {
        node.node_id: node
        for start in starts
        for node in graph.upstream(start.node_id)
        if is_sampler(node)
    }
    height = {
        node_id: sum(is_sampler(above) for above in graph.upstream(node_id)) for node_id in found
    }
    return sorted(found.values(), key=lambda node: height[node.node_id])


def bind_seed(finds: Finds, sampler: GraphNode, prefix: str = "") -> None:
    """Bind the seed of a sampler, or of the node that makes its noise."""
    noise = finds.graph.get(sampler.link("noise"))
    for node in (sampler, noise) if noise else (sampler,):
        name = next((name for name in _SEEDS if name in node.inputs), None)
        if name:
            finds.number(Parameter.SEED, node, name, prefix + _way(sampler, node))
            return


def bind_steps_and_cfg(finds: Finds, sampler: GraphNode) -> None:
    """Bind steps (of the sampler or its schedule) and cfg (or a distilled model's guidance)."""
    for node in (sampler, *nodes_into(finds.graph, sampler, "sigmas")):
        if "steps" in node.inputs:
            finds.number(Parameter.STEPS, node, "steps", _way(sampler, node))
            _bind_step_limits(finds, node)
            break
    guider = finds.graph.get(sampler.link("guider"))
    own = next((node for node in (sampler, guider) if node and "cfg" in node.inputs), None)
    guidance = _guidance(finds.graph, sampler) if own is None or own.inputs["cfg"] == 1 else None
    if guidance:
        how = f"{guidance}: a distilled model's guidance, in the place of cfg"
        finds.number(Parameter.CFG, guidance, "guidance", how)
    elif own:
        finds.number(Parameter.CFG, own, "cfg", _way(sampler, own))


def conditioning_links(graph: Graph, sampler: GraphNode, side: str) -> Iterator[Link]:
    """The links through which a sampler takes its positive or negative conditioning."""
    names = ("negative",) if side == "negative" else ("positive", "conditioning", "cond1", "cond2")
    guider = graph.get(sampler.link("guider"))
    for node in (sampler, guider) if guider else (sampler,):
        for name in names:
            if (link := node.link(name)) is not None:
                yield link


def carried_on(node: GraphNode, slot: int, side: str) -> Iterator[Link]:
    """The links from which a node takes the conditioning that it gives out at ``slot``.

    A node with both sides gives the positive one first.
    """
    links = dict(node.links())
    sides = {name.partition("_")[0] for name in links}
    if {"positive", "negative"} <= sides:
        wanted = "positive" if slot == 0 else "negative"
        yield from (link for name, link in links.items() if name.startswith(wanted))
    else:
        yield from (link for name, link in links.items() if _CONDITIONINGS.match(name))


def nodes_into(graph: Graph, sampler: GraphNode, name: str) -> Iterator[GraphNode]:
    """The nodes on the way into one input of a sampler, along links of that name or models."""
    source = graph.get(sampler.link(name))
    if source is not None:
        yield source
        yield from graph.upstream(
            source.node_id, lambda node, link: link.startswith((name, "model", "sigmas"))
        )


def _bind_step_limits(finds: Finds, node: GraphNode) -> None:
    """Bind the steps at which a chain of samplers hands over, in proportion to all steps."""
    steps = node.inputs.get("steps")
    for name in ("start_at_step", "end_at_step"):
        limit = node.inputs.get(name)
        if (
            isinstance(steps, int)
            and isinstance(limit, int)
            and not isinstance(limit, bool)
            and 0 < limit < steps
        ):
            share = round(limit / steps, 6)
            finds.bind(
                Parameter.STEPS,
                Place(node.node_id, name),
                f"{node}: this share of the steps",
                share,
            )


def _guidance(graph: Graph, sampler: GraphNode) -> GraphNode | None:
    for link in conditioning_links(graph, sampler, "positive"):
        node = graph.get(link)
        if node is not None:
            line = graph.upstream(
                node.node_id, lambda _, name: _CONDITIONINGS.match(name) is not None
            )
            for candidate in (node, *line):
                if is_number(candidate.inputs.get("guidance")):
                    return candidate
    return None


def _way(sampler: GraphNode, node: GraphNode) -> str:
    return str(sampler) if node is sampler else f"{sampler} -> {node}"
