"""What a factor aims at: a field of a node, a whole node, the canvas itself, or the seed."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.node import Node
from canvas_kit.errors import BatchError, name_hint, shorten

CANVAS: Final = "canvas"
SEED: Final = "seed"
_NO_FACTORS = frozenset({"id", "x", "y", "config"})


class Target(NamedTuple):
    """What a key of a factor aims at.

    Attributes:
        key: As it is written: ``"prompt.text"``, ``"prompt"``, ``"canvas"``, ``"seed"``.
        kind: What that is.
        node_id: The node, where it is one or a field of one.
        field: The field's Python name, where it is one.
    """

    key: str
    kind: Literal["canvas", "seed", "node", "field"]
    node_id: str = ""
    field: str = ""


def target_of(key: Any, canvas: Canvas) -> Target:
    """What a key of a factor aims at; a node's object stands for its id.

    Raises:
        BatchError: When there is no such thing in the canvas; says the nearest.
        UnknownName: When the node is not in the canvas.
    """
    key = canvas.node_id(key) if isinstance(key, Node) else key
    if not isinstance(key, str):
        raise BatchError(
            "A factor aims at a node's field ('prompt.text'), a node, 'canvas' or 'seed', not at "
            f"{shorten(key)}."
        )
    types = {node.id: type(node) for node in canvas.nodes}
    if key in (CANVAS, SEED):
        if key in types:
            raise BatchError(
                f"The factor {key!r} could be the {key} or the node of that name. Give the node "
                "another id."
            )
        return Target(key, CANVAS if key == CANVAS else SEED)
    if key in types:
        return Target(key, "node", key)
    node_id, _, field = key.rpartition(".")
    if node_id not in types:
        fields = [f"{name}.{field}" for name in types if field in types[name].model_fields]
        raise BatchError(
            f"The factor {key!r} aims at no node of the canvas. "
            f"{name_hint(key, [*types, *fields, CANVAS, SEED])}"
        )
    there = [name for name in types[node_id].model_fields if name not in _NO_FACTORS]
    if field not in there:
        alias = next((name for name in there if types[node_id].json_name(name) == field), None)
        hint = f"In Python it is called {alias!r}." if alias else name_hint(field, there)
        raise BatchError(
            f"The factor {key!r} aims at a field that a node of type {types[node_id].type} does "
            f"not have. {hint}"
        )
    return Target(key, "field", node_id, field)
