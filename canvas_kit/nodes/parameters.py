"""Nodes that set a generation's parameters: seed, resolution, quality."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field

from canvas_kit.canvas.fields import Number, WholeNumber
from canvas_kit.canvas.node import constructor
from canvas_kit.canvas.ports import Kind, OutputPort
from canvas_kit.nodes.base import Inputs, NodeContext, NodeResult, RunnableNode
from canvas_kit.values import MAX_SEED, Sampling, Size

DEFAULT_SEED = 123456789
"""What the canvas editor puts into a new seed node."""

_MAX_DRAWN_SEED = 2**31 - 1
"""What is drawn here fits nearly every model and service; many take no larger seed."""


SeedMode = Literal["fixed", "random", "increment", "batch"]
ResolutionPreset = Literal["square_1024", "portrait_768x1344", "landscape_1344x768", "custom"]

_PRESET_SIZES = {
    "square_1024": (1024, 1024),
    "portrait_768x1344": (768, 1344),
    "landscape_1344x768": (1344, 768),
}


class Seed(RunnableNode):
    """Says which seed a generation draws with; always recorded, also when it was drawn.

    Args:
        value: The seed in the mode *fixed*, 0 to 2**53 - 1.
        mode: *fixed* uses ``value`` in every run. *random* draws one for each run, repeatably from
            the run's own seed if one was asked for. *increment* counts up from ``base`` through
            the runs of a batch. *batch* takes the run's own seed.
        base: Where *increment* begins; left out, it begins at ``value`` (in a canvas file: at 0, as
            the editor shows it).
        id: The node's id; left out, the canvas gives it one.
    """

    type = "seed"
    outputs = (OutputPort("seed", frozenset({Kind.SEED})),)

    value: WholeNumber = Field(DEFAULT_SEED, alias="seedValue", ge=0, le=MAX_SEED)
    mode: SeedMode = Field("fixed", alias="seedMode")
    base: WholeNumber | None = Field(None, alias="seedBase", ge=0, le=MAX_SEED)

    @constructor
    def __init__(
        self,
        value: int = DEFAULT_SEED,
        *,
        mode: SeedMode = "fixed",
        base: int | None = None,
        id: str = "",
    ) -> None: ...

    @classmethod
    def completed(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Where *increment* begins is always written: a canvas file without it means 0."""
        if given.get("mode") == "increment" and given.get("base") is None:
            given["base"] = given.get("value", DEFAULT_SEED)
        return given

    def evolve(self, **changes: Any) -> Self:
        """This node with other field values."""
        if changes.get("mode") == "increment" and self.base is None:
            changes.setdefault("base", changes.get("value", self.value))
        return super().evolve(**changes)

    def identity(self, folders: Sequence[Path] = ()) -> dict[str, Any]:
        """As of every node; only the number that its mode looks at counts."""
        numbers = {"fixed": self.value, "increment": self.base or 0}
        return super().identity(folders) | {
            "fields": {"mode": self.mode, "value": numbers.get(self.mode)}
        }

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The seed for this run."""
        match self.mode:
            case "fixed":
                seed = self.value
            case "random":
                seed = random.Random(context.own_seed).randint(0, _MAX_DRAWN_SEED)
            case "increment":
                seed = ((self.base or 0) + context.run_index) % (MAX_SEED + 1)
            case "batch":
                seed = context.seed
        return NodeResult({"seed": seed})


class Resolution(RunnableNode):
    """Says how large a picture becomes, in pixels.

    Args:
        width: 64 to 4096.
        height: 64 to 4096; left out, the picture is square.
        preset: A size by name, in place of ``width`` and ``height``.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "resolution"
    outputs = (OutputPort("resolution", frozenset({Kind.RESOLUTION})),)

    preset: ResolutionPreset | None = Field(None, alias="resolutionPreset")
    width: WholeNumber = Field(1024, alias="resolutionWidth", ge=64, le=4096)
    height: WholeNumber = Field(1024, alias="resolutionHeight", ge=64, le=4096)

    @constructor
    def __init__(
        self,
        width: int = 1024,
        height: int | None = None,
        *,
        preset: ResolutionPreset | None = None,
        id: str = "",
    ) -> None: ...

    @classmethod
    def completed(cls, given: dict[str, Any]) -> dict[str, Any]:
        """A width alone is a square; the editor takes a size only with the preset *custom*."""
        if given.get("height", 0) is None:
            del given["height"]
        if "width" in given:
            given.setdefault("height", given["width"])
        if "height" in given:
            given.setdefault("preset", "custom")
        return given

    def evolve(self, **changes: Any) -> Self:
        """This node with other field values; a width or height makes it *custom*."""
        if {"width", "height"} & changes.keys():
            changes.setdefault("preset", "custom")
        return super().evolve(**changes)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        if self.preset is None or self.preset == "custom":
            return self.width, self.height
        return _PRESET_SIZES[self.preset]

    def identity(self, folders: Sequence[Path] = ()) -> dict[str, Any]:
        """As of every node; a size by name is the same as in numbers."""
        return super().identity(folders) | {"fields": {"size": list(self.size)}}

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The size."""
        return NodeResult({"resolution": Size(*self.size)})


class Quality(RunnableNode):
    """Says how much effort a picture gets.

    Args:
        steps: Sampler steps, 1 to 150.
        cfg: How strictly the prompt is followed (classifier-free guidance), 0 to 30.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "quality"
    outputs = (OutputPort("quality", frozenset({Kind.QUALITY})),)

    steps: WholeNumber = Field(25, alias="qualitySteps", ge=1, le=150)
    cfg: Number = Field(5.5, alias="qualityCfg", ge=0, le=30)

    @constructor
    def __init__(self, steps: int = 25, cfg: float = 5.5, *, id: str = "") -> None: ...

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The effort."""
        return NodeResult({"quality": Sampling(self.steps, self.cfg)})


def draw_seed() -> int:
    """A fresh random seed, 0 to 2**31 - 1."""
    return secrets.randbelow(_MAX_DRAWN_SEED + 1)
