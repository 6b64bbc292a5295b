"""How a workflow fits what the server declares about its nodes: bindings, seeds, problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from canvas_kit.backends.comfyui.graph import Graph, GraphNode, NodeInput
from canvas_kit.backends.comfyui.messages import missing_node, not_among
from canvas_kit.backends.comfyui.object_info import InputDeclaration, NodeDeclaration
from canvas_kit.backends.comfyui.tracing import trace
from canvas_kit.backends.comfyui.workflow import Parameter, Workflow
from canvas_kit.errors import shorten

Declarations = Mapping[str, NodeDeclaration | None]
"""What the server declares, by node class; None for a class that it does not have."""


_GIVEN = (Parameter.PROMPT, Parameter.SEED, Parameter.INPUT_IMAGE)
"""Parameters that get a value in every run, or that a canvas without is warned of."""


def takes(declared: Declarations, node: GraphNode, name: str) -> bool:
    """Whether a node takes this input, as far as is known.

    An export also holds what a node displays, such as the last text of a ShowText; the server
    ignores whatever is written there. A node that declares no input at all takes every one: its
    inputs are made as they are needed.
    """
    declaration = declared.get(node.class_type)
    if declaration is None or not declaration.inputs:
        return True
    return name.partition(".")[0] in declaration.inputs


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
    # What else is bound may stay as exported.
    given = {binding.place for part in _GIVEN for binding in workflow.places(part)}
    nodes = workflow.graph.nodes.values()
    unknown = [node for node in nodes if declared[node.class_type] is None]
    yield from (missing_node(node.class_type, node.label) for node in unknown)
    # Of the other nodes, the server looks only at those that an output depends on.
    ends = [node for node in nodes if (found := declared[node.class_type]) and found.is_output]
    needed = {node.node_id: node for node in workflow.graph.above(ends)}
    yield from Graph(needed).dangling()
    for node in needed.values():
        found = declared[node.class_type]
        for name, declaration in found.inputs.items() if found else ():
            if NodeInput(node.node_id, name) in given:
                continue
            if name in node.inputs:
                yield from _value_problems(node, name, declaration)
                yield from _link_problems(workflow.graph, declared, node, name, declaration)
            elif found and name in found.required and not declaration.grows:
                yield f"{node.label} lacks its input {name!r}."


def _value_problems(node: GraphNode, name: str, declaration: InputDeclaration) -> Iterator[str]:
    value, allowed = node.inputs[name], declaration.choices
    in_a_folder = declaration.is_upload and any(mark in str(value) for mark in "/\\[")
    if isinstance(value, list | dict) or in_a_folder:  # lists of files have no folders
        return
    if allowed is not None:
        if str(value) in allowed:
            return
        if declaration.is_upload:
            yield (
                f"The server has no file {shorten(value)} in its input folder for {name!r} of "
                f"{node.label}. Put it there, or choose another in the workflow."
            )
        else:
            yield not_among(value, allowed, input_name=name, label=node.label)
        return
    try:
        number = declaration.number(value)
    except (TypeError, ValueError, OverflowError):
        yield f"The input {name!r} of {node.label} should be a number, but is {shorten(value)}."
        return
    low, high = declaration.minimum, declaration.maximum
    if number is not None and not low <= number <= high:
        yield (
            f"The input {name!r} of {node.label} is out of range: {value} is not between {low:g} "
            f"and {high:g}."
        )


def _link_problems(
    graph: Graph, declared: Declarations, node: GraphNode, name: str, declaration: InputDeclaration
) -> Iterator[str]:
    value = node.inputs[name]
    if not isinstance(value, list):
        return
    source = graph.source(node, name)
    if source is None:
        if node.source(name) is None:  # else it is told as a link that leads nowhere
            yield (
                f"The input {name!r} of {node.label} is linked wrongly: it should be a node's id "
                f"and the number of its output, but is {shorten(value)}."
            )
        return
    given = found.outputs if (found := declared[source.class_type]) else None
    if given is None or given == ("*",):  # such a node may have more outputs than it declares
        return
    if not 0 <= value[1] < len(given):
        yield (
            f"The input {name!r} of {node.label} is linked wrongly: it takes output {value[1]} of "
            f"{source.label}, which has {len(given)}."
        )
    elif not declaration.takes_type(given[value[1]]):
        takes, gives = (_type_name(kind) for kind in (declaration.type, given[value[1]]))
        yield (
            f"The input {name!r} of {node.label} is linked wrongly: it takes {takes}, but "
            f"{source.label} gives {gives} at output {value[1]}."
        )


def _type_name(kind: object) -> str:
    return kind if isinstance(kind, str) else "a choice of its own"
