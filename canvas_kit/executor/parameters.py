"""What a run can be given besides its canvas: a prompt, a seed, a deadline."""

from __future__ import annotations

import operator
from typing import Any, SupportsIndex

from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import CanvasError, Problem
from canvas_kit.nodes.parameters import draw_seed
from canvas_kit.values import MAX_SEED


def with_prompt(canvas: Canvas, prompt: str, node: Any = "") -> Canvas:
    """``canvas`` with other words in its input; see :func:`prompt_node`."""
    return canvas.with_fields(prompt_node(canvas, node), text=prompt)


def prompt_node(canvas: Canvas, node: Any = "") -> str:
    """The id of the input that a prompt goes into.

    Args:
        canvas: A canvas with an input node.
        node: Which input, by it or its id; may be left out where there is one.

    Raises:
        CanvasError: When there is no input, or several and none is named, or it is no input.
    """
    inputs = [one.id for one in canvas.of_type("input")]
    if node:
        node_id = node if isinstance(node, str) else canvas.node_id(node)
        if node_id in inputs:
            return node_id
        there = ", ".join(inputs) or "none"
        message = f"{node_id!r} is no input node; those are: {there}."
    elif len(inputs) == 1:
        return inputs[0]
    elif inputs:
        message = (
            f"It has {len(inputs)} input nodes ({', '.join(inputs)}); say which one takes the "
            "prompt: node=…"
        )
    else:
        message = "It has no input node that could take the prompt."
    raise CanvasError([Problem(message, "no_input_node")], name=canvas.name)


def checked_seed(seed: SupportsIndex | None) -> int:
    """``seed`` if it can be used, as a Python integer; or a drawn one.

    Raises:
        CanvasError: When it is no whole number, or out of range.
    """
    if seed is None:
        return draw_seed()
    number = whole_number(seed)
    if number is None or not 0 <= number <= MAX_SEED:
        raise _bad_value(
            f"The seed should be a whole number from 0 to {MAX_SEED}, but is {seed!r}."
        )
    return number


def checked_deadline(seconds: float | None) -> float | None:
    """``seconds`` if they can be a deadline.

    Raises:
        CanvasError: When they are no positive number.
    """
    if seconds is None:
        return None
    try:
        if isinstance(seconds, str | bool) or not float(seconds) > 0:
            raise ValueError
        return float(seconds)
    except (TypeError, ValueError):
        raise _bad_value(
            f"The deadline should be a number of seconds above 0, but is {seconds!r}."
        ) from None


def whole_number(value: object) -> int | None:
    """``value`` as a Python integer, also NumPy's; None for anything else, True and False too."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        return None
    try:
        return operator.index(value)
    except TypeError:  # an array
        return None


def _bad_value(message: str) -> CanvasError:
    return CanvasError([Problem(message, "bad_value")])
