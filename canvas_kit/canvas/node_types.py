"""From a node type's name to its class: a table for the built-in ones, entry points for more.

The table holds dotted paths, so that this room needs none of the node classes. A package adds a
type by an entry point in the group ``canvas_kit.nodes`` whose name is the type's name in a file.
"""

from __future__ import annotations

import functools
import importlib
from importlib.metadata import entry_points

from canvas_kit.canvas.node import Node
from canvas_kit.errors import MissingPrerequisite, UnknownName

ENTRY_POINT_GROUP = "canvas_kit.nodes"

BUILT_IN = {
    "input": "canvas_kit.nodes.inputs:Input",
    "image_input": "canvas_kit.nodes.inputs:ImageInput",
    "random_prompt": "canvas_kit.nodes.language:RandomPrompt",
    "interception": "canvas_kit.nodes.language:Interception",
    "translation": "canvas_kit.nodes.language:Translation",
    "model_adaption": "canvas_kit.nodes.language:ModelAdaption",
    "seed": "canvas_kit.nodes.parameters:Seed",
    "resolution": "canvas_kit.nodes.parameters:Resolution",
    "quality": "canvas_kit.nodes.parameters:Quality",
    "generation": "canvas_kit.nodes.generation:Generation",
    "evaluation": "canvas_kit.nodes.evaluation:Evaluation",
    "image_evaluation": "canvas_kit.nodes.evaluation:ImageEvaluation",
    "comparison_evaluator": "canvas_kit.nodes.evaluation:Comparison",
    "display": "canvas_kit.nodes.outputs:Display",
    "collector": "canvas_kit.nodes.outputs:Collector",
}


def node_type_names() -> tuple[str, ...]:
    """Every node type there is, by its name in a canvas file. Loads none of them."""
    return tuple(
        sorted({*BUILT_IN, *(point.name for point in entry_points(group=ENTRY_POINT_GROUP))})
    )


@functools.cache
def node_type(name: str) -> type[Node]:
    """The class of the node type ``name``.

    Raises:
        UnknownName: When there is none; says the nearest.
        MissingPrerequisite: When its package needs another that is not installed.
    """
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        found: type[Node] = getattr(importlib.import_module(module), attribute)
        return found
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if point.name == name:
            try:
                loaded: type[Node] = point.load()
            except ModuleNotFoundError as error:
                raise MissingPrerequisite(
                    f"The node type {name!r} needs the package {error.name!r}, which is not "
                    "installed. Install it with pip."
                ) from error
            return loaded
    raise UnknownName("node type", name, node_type_names())
