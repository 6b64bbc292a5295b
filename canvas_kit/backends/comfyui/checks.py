"""What a server lacks for a flow, found before anything is submitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from canvas_kit.backends.comfyui.flow import Flow, Parameter
from canvas_kit.backends.comfyui.graph import GraphNode
from canvas_kit.backends.comfyui.words import choices, missing_node, not_among


def output_problems(flow: Flow, declared: Mapping[str, Mapping[str, Any] | None]) -> list[str]:
    """Whether anything can come out of a flow at all.

    Args:
        flow: The flow.
        declared: The server's declarations by class; None for a class that it has not.
    """
    outputs = [(node, declared.get(node.class_type)) for node in flow.output_nodes]
    if any(found is None or found.get("output_node", True) for _, found in outputs):
        return []
    named = ", ".join(node.label for node, _ in outputs)
    return [
        f"The flow {flow.name!r} has no node that saves anything"
        + (f": {named} is none." if named else ".")
        + " Add a 'Save Image' node and export it again, or correct [[outputs]]."
    ]


def node_problems(flow: Flow, node: GraphNode, declared: Mapping[str, Any] | None) -> list[str]:
    """What is wrong with one node, by the server's declaration of its class.

    Args:
        flow: The flow that the node belongs to.
        node: The node.
        declared: The entry of ``/object_info``, or None when the server has no such class.
    """
    if declared is None:
        return [missing_node(node.class_type, node.label)]
    filled_in = {
        binding.place
        for parameter in Parameter
        for binding in flow.places(parameter)
        if parameter is not Parameter.OUTPUTS
    }
    problems = []
    for name, config in _declared_inputs(declared):
        value = node.inputs.get(name)
        allowed = choices(config)
        is_upload = isinstance(config[-1], Mapping) and any(
            str(key).endswith("_upload") and config[-1][key] for key in config[-1]
        )
        if (
            allowed is not None
            and isinstance(value, str)
            and value not in allowed
            and not is_upload  # its own check looks at the disk, not at the list
            and all((name, node.node_id) != (place.input, place.node_id) for place in filled_in)
        ):
            problems.append(not_among(value, allowed, input_name=name, label=node.label))
    return problems


def _declared_inputs(declared: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    groups = declared.get("input")
    return [
        (name, config)
        for group in ("required", "optional")
        for name, config in (
            (groups.get(group) or {}).items() if isinstance(groups, Mapping) else ()
        )
        if isinstance(config, list) and config
    ]
