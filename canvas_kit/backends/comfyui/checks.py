"""What a server lacks for a workflow, found before anything is submitted."""

from __future__ import annotations

from collections.abc import Iterator

from canvas_kit.backends.comfyui.fitting import Declarations, fitted
from canvas_kit.backends.comfyui.graph import GraphNode, NodeInput
from canvas_kit.backends.comfyui.messages import missing_node, not_among
from canvas_kit.backends.comfyui.object_info import InputDeclaration
from canvas_kit.backends.comfyui.workflow import Parameter, Workflow


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
