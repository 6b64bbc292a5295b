"""Fitting bindings and seeds to what the server declares about its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from canvas_kit.backends.comfyui.graph import GraphNode
from canvas_kit.backends.comfyui.object_info import NodeDeclaration
from canvas_kit.backends.comfyui.tracing import trace
from canvas_kit.backends.comfyui.workflow import Parameter, Workflow

Declarations = Mapping[str, NodeDeclaration | None]
"""What the server declares, by node class; None for a class that it does not have."""


def takes(declared: Declarations, node: GraphNode, name: str) -> bool:
    """Whether a node takes this input, as far as is known.

    An export also holds what a node displays, such as the last text of a ShowText; the server
    ignores whatever is written there.
    """
    declaration = declared.get(node.class_type)
    return declaration is None or name.partition(".")[0] in declaration.inputs


def fitted(workflow: Workflow, declared: Declarations) -> tuple[Workflow, list[str]]:
    """The workflow with bindings to inputs that the server takes, and what was changed.

    A parameter that would go nowhere is looked for anew among the inputs that there are.
    """
    nodes, notes = workflow.graph.nodes, []
    bindings = dict(workflow.bindings)
    for parameter, places in workflow.bindings.items():
        if parameter is Parameter.OUTPUTS:
            continue
        kept = tuple(b for b in places if takes(declared, nodes[b.node_id], b.input))
        if len(kept) == len(places):
            continue
        if not kept:
            kept = trace(workflow.graph, lambda node, name: takes(declared, node, name))[0].get(
                parameter, ()
            )
        bindings[parameter] = kept
        lost, now = (
            ", ".join(f"{b.input!r} of {nodes[b.node_id].label}" for b in part)
            for part in ([b for b in places if b not in kept], kept)
        )
        notes.append(
            f"The server does not take {lost} as an input, so the {parameter.label} goes "
            f"{f'to {now}' if now else 'nowhere'}. Correct [[{parameter}]] in {workflow.name}.toml."
        )
    return replace(workflow, bindings=bindings), notes


def fitted_seed(workflow: Workflow, declared: Declarations, seed: int) -> tuple[int, list[str]]:
    """A seed that every node takes which gets it, and a note if it is another one than asked."""
    low, high, label = 0, 2**64 - 1, ""
    for binding in workflow.places(Parameter.SEED):
        node = workflow.graph.nodes[binding.node_id]
        declaration = declared.get(node.class_type)
        found = declaration.inputs.get(binding.input) if declaration else None
        if found and (found.minimum > low or found.maximum < high):
            low, high = int(max(low, found.minimum)), int(min(high, found.maximum))
            label = node.label
    if low <= seed <= high or low > high:
        return seed, []
    fitting = low + (seed - low) % (high - low + 1)
    note = f"{label} takes seeds from {low} to {high}: {fitting} stands in for {seed}."
    return fitting, [note[:1].upper() + note[1:]]
