"""Finding where prompt, seed, size and the rest belong, by following the graph.

From the savers upstream to the samplers, from a sampler along its ``positive`` side to the text and
along its latent to the size. Names of inputs lead the way, as they stand in ComfyUI's own nodes
(0.3.64) and in add-ons that follow them; a node of an unknown class is passed through by the names
of its links. What is ambiguous is decided one way and noted, so that a person can correct it.
"""

from __future__ import annotations

from canvas_kit.backends.comfyui.flow import Bindings, Parameter
from canvas_kit.backends.comfyui.graph import FlowError, Graph, GraphNode
from canvas_kit.backends.comfyui.tracing.finds import Finds
from canvas_kit.backends.comfyui.tracing.media import find_input_image, find_outputs
from canvas_kit.backends.comfyui.tracing.samplers import (
    bind_seed,
    bind_steps_and_cfg,
    is_advanced,
    samplers_above,
)
from canvas_kit.backends.comfyui.tracing.sizes import bind_size
from canvas_kit.backends.comfyui.tracing.texts import bind_nearest_text, bind_same_texts, bind_texts

__all__ = ["trace"]


def trace(graph: Graph) -> tuple[Bindings, tuple[str, ...]]:
    """The bindings of a workflow, and notes on what was not found or should be looked at.

    Raises:
        FlowError: When nodes are chained more deeply than any workflow is.
    """
    try:
        return _trace(Finds(graph))
    except RecursionError:
        raise FlowError("The nodes of this workflow are chained too deeply to follow.") from None


def _trace(finds: Finds) -> tuple[Bindings, tuple[str, ...]]:
    graph = finds.graph
    savers = find_outputs(finds)
    samplers = samplers_above(graph, savers)
    first = [node for node in samplers if not samplers_above(graph, [node])] or samplers[:1]
    for sampler in first:
        _bind_first(finds, sampler)
    for sampler in samplers:
        if sampler not in first:
            _bind_later(finds, sampler, first[0])
    if not finds.bound(Parameter.PROMPT):
        bind_nearest_text(finds, samplers or savers)
    if not samplers:
        _bind_numbers_by_name(finds, savers)
    find_input_image(finds, first, savers)
    if not finds.bound(Parameter.PROMPT):
        finds.note(
            "No text was found that leads to a result, so the prompt goes nowhere. Name the node "
            "and input under [[prompt]] if there is one."
        )
    for sentence in graph.dangling():
        finds.note(sentence)
    return finds.bindings(), tuple(finds.notes)


def _bind_first(finds: Finds, sampler: GraphNode) -> None:
    """Bind everything that a sampler at the beginning depends on."""
    bind_seed(finds, sampler)
    bind_steps_and_cfg(finds, sampler)
    bind_texts(finds, sampler)
    bind_size(finds, sampler)


def _bind_later(finds: Finds, sampler: GraphNode, first: GraphNode) -> None:
    """Bind what a refiner or a second pass shares with the sampler before it."""
    bind_seed(finds, sampler, "the same seed for ")
    shares_steps = is_advanced(sampler) and is_advanced(first)
    if shares_steps and sampler.inputs.get("steps") == first.inputs.get("steps"):
        bind_steps_and_cfg(finds, sampler)
    else:
        finds.note(
            f"{sampler.label} works on the result of {first.label} and keeps its own steps and cfg."
        )
    bind_same_texts(finds, sampler)


def _bind_numbers_by_name(finds: Finds, savers: list[GraphNode]) -> None:
    """Bind numbers by their names alone, in a flow that has no sampler."""
    for parameter, names in (
        (Parameter.SEED, ("seed", "noise_seed")),
        (Parameter.STEPS, ("steps",)),
        (Parameter.CFG, ("cfg", "guidance")),
        (Parameter.WIDTH, ("width",)),
        (Parameter.HEIGHT, ("height",)),
        (Parameter.COUNT, ("batch_size", "n")),
    ):
        above = (node for saver in savers for node in finds.graph.upstream(saver.node_id))
        nearest = next(
            ((node, name) for node in above for name in names if name in node.inputs), None
        )
        if nearest:
            node, name = nearest
            finds.number(parameter, node, name, f"{node}: the nearest {name!r}")
