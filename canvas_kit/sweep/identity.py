"""What makes two points the same: the canvas as it takes effect, its seed, its repetition.

An identity is a SHA-256 over canonical JSON, and says nothing of names, order, places, or the
version of this package. What is covered stands in the README of this room. A change here or in
``Node.identity`` that gives a known point another identity needs another :data:`LABEL`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from canvas_kit.canvas.connections import Link, label_number
from canvas_kit.canvas.node import Node
from canvas_kit.errors import BatchError

LABEL = "point/1"

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> bytes:
    """``value`` as the one JSON text that stands for it; 1, 1.0, true and "1" stay apart.

    Raises:
        TypeError: When it holds what JSON does not know.
        ValueError: When it holds a number that is not finite, or itself.
    """
    _check_keys(value)
    return _ENCODER.encode(value).encode("ascii")


def _check_keys(value: Any) -> None:
    """Refuse keys that are no texts: as JSON, 1 and "1" would be the same key."""
    if isinstance(value, dict):
        odd = [key for key in value if not isinstance(key, str)]
        if odd:
            raise TypeError(f"the key {odd[0]!r} is no text")
        value = value.values()
    elif not isinstance(value, list | tuple):
        return
    for item in value:
        _check_keys(item)


def node_digest(node: Node, folders: Sequence[Path] = ()) -> str:
    """A hash of what shapes the results of a node, without its id.

    Raises:
        BatchError: When a field holds what cannot be written as JSON.
        CanvasKitError: When a file that the node names cannot be read.
    """
    try:
        return hashlib.sha256(canonical(node.identity(folders))).hexdigest()
    except (TypeError, ValueError, RecursionError) as error:
        raise BatchError(
            f"The node {node} has no identity: its fields should hold texts, finite numbers, "
            f"lists and objects, but {error}."
        ) from None


def links_as_values(nodes: Sequence[Node], links: Sequence[Link]) -> list[Any]:
    """What is connected with what, as plain values that depend on no order but what counts.

    Where several links end at one port, their order does.
    """
    arriving: dict[tuple[str, str], list[Any]] = {}
    for link in links:
        number = label_number(link.label) if link.input.numbered else None
        way = [nodes[link.source].id, link.output.name, link.feedback, number]
        arriving.setdefault((nodes[link.target].id, link.input.name), []).append(way)
    return sorted([*end, ways] for end, ways in arriving.items())


def canvas_digest(nodes: Mapping[str, str], links: Sequence[Any]) -> str:
    """A hash of a canvas as it takes effect.

    Args:
        nodes: The digest of each node, by its id.
        links: As :func:`links_as_values` gives them.
    """
    text = _ENCODER.encode({"links": links, "nodes": nodes})
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def point_id(canvas: str, seed: int, repetition: int) -> str:
    """The identity of a point, 32 hex digits.

    Args:
        canvas: The digest of its canvas.
        seed: Its seed.
        repetition: How many points before it have this canvas and this seed, on purpose.
    """
    return hashlib.sha256(f"{LABEL} {canvas} {seed} {repetition}".encode()).hexdigest()[:32]
