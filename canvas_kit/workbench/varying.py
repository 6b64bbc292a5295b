"""A canvas and what the editor varies in it, as a sweep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import BatchError, shorten
from canvas_kit.sweep.factors import counted_seeds
from canvas_kit.sweep.sweep import Sweep

MAX_RUNS = 10_000
"""The most runs that a page can ask for; Python can have more."""
_VARY = frozenset({"factors", "seeds", "base_seed"})


def work_of(
    document: Any, asked: Mapping[str, Any], *, name: str = "", folders: Iterable[Path] = ()
) -> tuple[Canvas | Sweep, int | None]:
    """What a page asks to be run, and the seed of a run that it asked for.

    Args:
        document: The canvas, or what a file says of it.
        asked: May hold ``vary`` (see :func:`sweep_of`) and ``seed``.
        name: Names the batch.
        folders: Where the canvas may take pictures from.

    Raises:
        CanvasError: When the canvas cannot run.
        BatchError: When what is varied makes no sweep of it.
    """
    if vary := asked.get("vary"):
        sweep = sweep_of(document, vary, name=name, folders=folders)
        if len(sweep) > 1 or sweep.factors:
            return sweep, None  # a sweep has seeds of its own
    canvas = document if isinstance(document, Canvas) else Canvas.from_document(document)
    return canvas, _whole(asked.get("seed"))


def _whole(number: Any) -> Any:
    """A number that JavaScript would round comes as its digits."""
    return int(number) if isinstance(number, str) and number.isdecimal() else number


def sweep_of(
    document: Any,
    vary: Any,
    *,
    name: str = "",
    folders: Iterable[Path] = (),
) -> Sweep:
    """The sweep that the editor describes.

    Args:
        document: The canvas, or what a file says of it.
        vary: ``{"factors": {"node.field": [levels]}, "seeds": 3, "base_seed": null}``, every part
            of which may be left out. Fields have the names that they have in a canvas file; numbers
            that JavaScript would round come as text.
        name: Names the batch.
        folders: Where the canvas may take pictures from.

    Raises:
        CanvasError: When the canvas cannot run.
        BatchError: When what is varied makes no sweep of it.
    """
    canvas = document
    if not isinstance(document, Canvas):
        canvas = Canvas.from_document(document)
    if not isinstance(vary, Mapping) or not vary.keys() <= _VARY:
        raise BatchError(
            "What varies should be an object with 'factors', 'seeds' and 'base_seed', but is "
            f"{shorten(vary)}."
        )
    factors = vary.get("factors") or {}
    if not isinstance(factors, Mapping):
        raise BatchError(f"The factors should be an object, but are {shorten(factors)}.")
    return Sweep(
        canvas,
        {python_key(key, canvas): levels for key, levels in factors.items()},
        seeds=counted_seeds(vary.get("seeds", 1), _whole(vary.get("base_seed"))),
        name=name,
        folders=folders,
        max_runs=MAX_RUNS,
    )


def python_key(key: str, canvas: Canvas) -> str:
    """A factor's key with the field's name in Python; one that means nothing stays as it is."""
    node_id, _, field = key.rpartition(".")
    for node in canvas.nodes:
        if node.id == node_id:
            names = (name for name in type(node).model_fields if node.json_name(name) == field)
            return f"{node_id}.{next(names, field)}"
    return key
