"""How a workflow fits what the server declares about its nodes: bindings, seeds, problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from canvas_kit.backends.comfyui.graph import GraphNode, NodeInput
from canvas_kit.backends.comfyui.messages import missing_node, not_among
from canvas_kit.backends.comfyui.object_info import InputDeclaration, NodeDeclaration
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


def workflow_problems(workflow: Workflow, declared: Declarations) -> Iterator[str]:
    """Everything that keeps a workflow from working on a server, in sentences."""
    outputs = [(node, declared[node.class_type]) for node in workflow.output_nodes]
    if not any(found is None or found.is_output for _, found in outputs):
        named = ", ".join(node.label for node, _ in outputs)
        yield (
            f"The workflow {workflow.name!r} has no node that saves anything"
            + (f": {named} is none." if named else ".")
            + " Add a 'Save Image' node and export it again, or correct [[outputs]]."
        )
    if problem := workflow.prompt_problem():
        yield problem
    bound = workflow.places(Parameter.PROMPT)
    workflow, notes = fitted(workflow, declared)
    if bound and not workflow.places(Parameter.PROMPT):
        yield from notes
    filled_in = {
        binding.place
        for parameter in Parameter
        for binding in workflow.places(parameter)
        if parameter is not Parameter.OUTPUTS
    }
    yield from workflow.graph.dangling()
    nodes = workflow.graph.nodes.values()
    unknown = [node for node in nodes if declared[node.class_type] is None]
    yield from (missing_node(node.class_type, node.label) for node in unknown)
    # Of the other nodes, the server looks only at those that an output depends on.
    ends = [node for node in nodes if (found := declared[node.class_type]) and found.is_output]
    for node in {node.node_id: node for node in workflow.graph.above(ends)}.values():
        found = declared[node.class_type]
        for name, declaration in found.inputs.items() if found else ():
            if NodeInput(node.node_id, name) not in filled_in:
                required = found is not None and name in found.required
                yield from _input_problems(node, name, declaration, required)


def _input_problems(
    node: GraphNode, name: str, declaration: InputDeclaration, required: bool
) -> Iterator[str]:
    value, allowed = node.inputs.get(name), declaration.choices
    low, high = declaration.minimum, declaration.maximum
    grows = str(declaration.type).startswith("COMFY_")  # into inputs called name.one, name.two, …
    if required and name not in node.inputs and not grows:
        yield f"{node.label} lacks its input {name!r}."
    elif allowed is not None and isinstance(value, str):
        if value not in allowed and not declaration.is_upload:
            yield not_among(value, allowed, input_name=name, label=node.label)
    elif isinstance(value, int | float) and not low <= value <= high:
        yield (
            f"The input {name!r} of {node.label} is out of range: {value} is not between {low:g} "
            f"and {high:g}."
        )
