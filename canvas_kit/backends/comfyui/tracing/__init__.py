"""Finding where prompt, seed, size and the rest belong, by following the graph.

From the savers upstream to the samplers, from a sampler along its ``positive`` side to the text and
along its latent to the size. Names of inputs lead the way, as they stand in ComfyUI's own nodes
(0.3.64) and in add-ons that follow them; a node of an unknown class is passed through by the names
of its links. What is ambiguous is decided one way and noted, so that the user can correct it.
"""

from __future__ import annotations

from collections.abc import Callable

from canvas_kit.backends.comfyui.graph import Graph, GraphNode, WorkflowError
from canvas_kit.backends.comfyui.tracing.bindings import FoundBindings
from canvas_kit.backends.comfyui.tracing.latents import (
    bind_input_image,
    bind_later_sizes,
    bind_size,
)
from canvas_kit.backends.comfyui.tracing.outputs import bind_outputs
from canvas_kit.backends.comfyui.tracing.samplers import (
    bind_seed,
    bind_steps_and_cfg,
    is_advanced,
    samplers_above,
)
from canvas_kit.backends.comfyui.tracing.texts import bind_nearest_text, bind_same_texts, bind_texts
from canvas_kit.backends.comfyui.workflow import Bindings, Parameter

__all__ = ["trace"]

_NUMBERS_BY_NAME = {
    Parameter.SEED: ("seed", "noise_seed", "Seed"),
    Parameter.STEPS: ("steps",),
    Parameter.CFG: ("cfg", "guidance"),
    Parameter.WIDTH: ("width",),
    Parameter.HEIGHT: ("height",),
    Parameter.COUNT: ("batch_size", "n"),
}


def trace(
    graph: Graph, takes: Callable[[GraphNode, str], bool] = lambda node, name: True
) -> tuple[Bindings, tuple[str, ...]]:
    """The bindings of a workflow, and notes on what was not found or should be looked at.

    Args:
        graph: The workflow.
        takes: Whether a node really has an input of this name, where a server can tell.

    Raises:
        WorkflowError: When nodes are chained more deeply than any workflow is.
    """
    found = FoundBindings(graph, takes)
    try:
        _trace(found)
    except RecursionError:
        raise WorkflowError(
            "The nodes of this workflow are chained too deeply to follow."
        ) from None
    return found.all(), tuple(found.notes)


def _trace(found: FoundBindings) -> None:
    graph = found.graph
    savers = bind_outputs(found)
    samplers = samplers_above(graph, savers)
    first = [node for node in samplers if not samplers_above(graph, [node])] or samplers[:1]
    for sampler in first:
        bind_seed(found, sampler)
        bind_steps_and_cfg(found, sampler)
        bind_texts(found, sampler)
        bind_size(found, sampler)
    for sampler in samplers:
        if sampler not in first:
            _bind_later(found, sampler, first[0])
    bind_later_sizes(found, first, savers)
    if not found.places(Parameter.PROMPT):
        bind_nearest_text(found, samplers or savers)
    if not samplers:
        _bind_numbers_by_name(found, savers)
    bind_input_image(found, first, savers)
    if not found.places(Parameter.PROMPT):
        found.note(
            "No text was found that leads to a result, so the prompt goes nowhere. Name the node "
            "and input under [[prompt]] if there is one."
        )
    for sentence in graph.dangling():
        found.note(sentence)


def _bind_later(found: FoundBindings, sampler: GraphNode, first: GraphNode) -> None:
    """Bind what a refiner or a second pass shares with the sampler before it."""
    bind_seed(found, sampler, "the same seed for ")
    shares_steps = is_advanced(sampler) and is_advanced(first)
    if shares_steps and sampler.inputs.get("steps") == first.inputs.get("steps"):
        bind_steps_and_cfg(found, sampler)
    else:
        found.note(
            f"{sampler.label} works on the result of {first.label} and keeps its own steps and cfg."
        )
    bind_same_texts(found, sampler)


def _bind_numbers_by_name(found: FoundBindings, savers: list[GraphNode]) -> None:
    """Bind numbers by their names alone, in a workflow that has no sampler."""
    above = [node for node in found.graph.above(savers) if node not in savers]
    for parameter, names in _NUMBERS_BY_NAME.items():
        for node, name in ((node, name) for node in above for name in names if name in node.inputs):
            found.bind_number(parameter, node, name, f"{node}: the nearest {name!r}")
            break
