"""What a server lacks for a workflow, found before anything is submitted."""

from __future__ import annotations

from collections.abc import Iterator

from canvas_kit.backends.comfyui.fitting import Declarations, fitted
from canvas_kit.backends.comfyui.graph import NodeInput
from canvas_kit.backends.comfyui.messages import missing_node, not_among
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
    for node in workflow.graph.nodes.values():
        found = declared[node.class_type]
        if found is None:
            yield missing_node(node.class_type, node.label)
            continue
        for name, declaration in found.inputs.items():
            value, allowed = node.inputs.get(name), declaration.choices
            if (
                allowed is not None
                and isinstance(value, str)
                and value not in allowed
                and not declaration.is_upload
                and NodeInput(node.node_id, name) not in filled_in
            ):
                yield not_among(value, allowed, input_name=name, label=node.label)
