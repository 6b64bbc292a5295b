"""The small generative network: it gives every point of the plane a few numbers.

A coordinate network in the manner of CPPNs (Stanley 2007): three hidden layers of ten units with
sine, bell and soft-sign activations. Its inputs are position, distance and two noises; its weights
are drawn from the prompt's vector and the seed. Weights are sums of one fixed matrix a dimension of
the vector, so prompts that share words share weights, and their fields look related.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .exact import Chance, Plane, grow, noise, wave

__all__ = ["Field", "compute"]

_UNITS = 10
_INPUTS = 6
_OUTPUTS = 6
_GRID = 88


@dataclass(frozen=True, slots=True)
class Field:
    """What the network says about each point.

    Attributes:
        tone: -1..1, where it is light and dark.
        hue: -1..1, which of the palette's colours.
        second: -1..1, a second, independent choice.
        flow: Turns, the direction that strokes like to take.
        bend_x: -1..1, how far things are shifted sideways.
        bend_y: -1..1, how far things are shifted up or down.
    """

    tone: Plane
    hue: Plane
    second: Plane
    flow: Plane
    bend_x: Plane
    bend_y: Plane


def _weights(vector: tuple[float, ...], seed: int, rows: int, columns: int, layer: int) -> Plane:
    size = rows * columns
    total = Chance("weights", "base", layer).row(size) * 2.0 - 1.0
    total = total * 0.8
    for i, value in enumerate(vector):
        basis = Chance("weights", layer, i).row(size) * 2.0 - 1.0
        total = total + basis * (0.55 * value)
    own = Chance("weights", "seed", seed, layer).row(size) * 2.0 - 1.0
    return (total + own * 0.75).reshape(rows, columns)


def _activate(values: Plane, unit: int) -> Plane:
    if unit % 3 == 0:
        return wave(values * 0.35)
    if unit % 3 == 1:
        return 2.0 / (1.0 + values * values * 1.5) - 1.0
    return values / (1.0 + np.abs(values))


def _layer(inputs: list[Plane], weights: Plane, gain: float) -> list[Plane]:
    rows = weights.tolist()
    outputs = []
    for unit, row in enumerate(rows):
        bias = row[-1]
        total = inputs[0] * (row[0] * gain)
        for value, weight in zip(inputs[1:], row[1:], strict=False):
            total = total + value * (weight * gain)
        outputs.append(_activate(total + bias, unit))
    return outputs


def compute(vector: tuple[float, ...], seed: int, height: int, width: int) -> Field:
    """The field for a prompt's vector and a seed, (height, width)."""
    short = min(height, width)
    rows = min(height, max(24, _GRID * height // short), 360)
    columns = min(width, max(24, _GRID * width // short), 360)
    y = ((np.arange(rows, dtype=np.float32) + 0.5) / rows - 0.5) * 2.0
    x = ((np.arange(columns, dtype=np.float32) + 0.5) / columns - 0.5) * 2.0
    zero = np.zeros((rows, columns), np.float32)
    px, py = x[None, :] + zero, y[:, None] + zero
    chance = Chance("field", seed)
    n1, n2 = (
        noise(chance, rows, columns, 2.2, octaves=3),
        noise(chance, rows, columns, 3.1, octaves=3),
    )
    px, py = px + n1 * 0.35, py + n2 * 0.35
    radius = np.sqrt(px * px + py * py)
    layer = [px * 1.4, py * 1.4, radius * 1.6, n1, n2, wave(px * 0.4 + py * 0.25)]
    layer = _layer(layer, _weights(vector, seed, _UNITS, _INPUTS + 1, 0), 1.5)
    layer = _layer(layer, _weights(vector, seed, _UNITS, _UNITS + 1, 1), 0.9)
    layer = _layer(layer, _weights(vector, seed, _UNITS, _UNITS + 1, 2), 0.8)
    out = _layer(layer, _weights(vector, seed, _OUTPUTS, _UNITS + 1, 3), 0.8)
    big = [grow(plane, height, width, soft=False) for plane in out]
    flow = big[3] * 0.35 + grow(n1, height, width, soft=False) * 0.18
    return Field(big[0], big[1], big[2], flow, big[4], big[5])
