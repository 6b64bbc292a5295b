"""Nodes that set a generation's parameters: seed, resolution, quality."""

from __future__ import annotations

import random
import secrets
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from canvas_kit import values
from canvas_kit.canvas.node import Kind, Number, OutputPort, WholeNumber
from canvas_kit.nodes.base import Inputs, NodeContext, NodeResult, RunnableNode
from canvas_kit.values import MAX_SEED

DEFAULT_SEED = 123456789
"""What the canvas editor puts into a new seed node."""

_PRESET_SIZES = {
    "square_1024": (1024, 1024),
    "portrait_768x1344": (768, 1344),
    "landscape_1344x768": (1344, 768),
}


class Seed(RunnableNode):
    """Says which seed a generation draws with; always recorded, also when it was drawn.

    In the mode *fixed* every run uses ``value``. *random* draws one for each run, repeatably from
    the run's own seed if one was asked for. *increment* counts up from ``base`` through the runs of
    a batch, and *batch* takes the run's own seed.
    """

    type = "seed"
    positional = ("value",)
    outputs = (OutputPort("seed", frozenset({Kind.SEED})),)

    value: WholeNumber = Field(DEFAULT_SEED, alias="seedValue", ge=0, le=MAX_SEED)
    """The seed in the mode *fixed*, 0 to 2**53 - 1."""
    mode: Literal["fixed", "random", "increment", "batch"] = Field("fixed", alias="seedMode")
    base: WholeNumber | None = Field(None, alias="seedBase", ge=0, le=MAX_SEED)
    """Where *increment* begins; left out, it begins at ``value``."""

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, value: int = ..., **fields: Any) -> None: ...

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The seed for this run."""
        match self.mode:
            case "fixed":
                seed = self.value
            case "random":
                seed = random.Random(work.own_seed).randint(0, MAX_SEED)
            case "increment":
                base = self.value if self.base is None else self.base
                seed = (base + work.run_index) % (MAX_SEED + 1)
            case "batch":
                seed = work.seed
        return NodeResult({"seed": seed})


class Resolution(RunnableNode):
    """Says how large a picture becomes, in pixels."""

    type = "resolution"
    positional = ("width", "height")
    outputs = (OutputPort("resolution", frozenset({Kind.RESOLUTION})),)

    preset: Literal["square_1024", "portrait_768x1344", "landscape_1344x768", "custom"] | None = (
        Field(None, alias="resolutionPreset")
    )
    """A size by name; *custom* takes ``width`` and ``height``. Left out, it is *custom* where a
    width or height is given, else *square_1024*."""
    width: WholeNumber = Field(1024, alias="resolutionWidth", ge=64, le=4096)
    height: WholeNumber = Field(1024, alias="resolutionHeight", ge=64, le=4096)

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, width: int = ..., height: int = ..., **fields: Any) -> None: ...

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        if self.preset is None or self.preset == "custom":
            return self.width, self.height
        return _PRESET_SIZES[self.preset]

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The size."""
        return NodeResult({"resolution": values.Resolution(*self.size)})


class Quality(RunnableNode):
    """Says how much effort a picture gets."""

    type = "quality"
    positional = ("steps", "cfg")
    outputs = (OutputPort("quality", frozenset({Kind.QUALITY})),)

    steps: WholeNumber = Field(25, alias="qualitySteps", ge=1, le=150)
    """Sampler steps."""
    cfg: Number = Field(5.5, alias="qualityCfg", ge=0, le=30)
    """How strictly the prompt is followed (classifier-free guidance)."""

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, steps: int = ..., cfg: float = ..., **fields: Any) -> None: ...

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The effort."""
        return NodeResult({"quality": values.Quality(self.steps, self.cfg)})


def draw_seed() -> int:
    """A seed that nobody chose, 0 to 2**53 - 1."""
    return secrets.randbelow(MAX_SEED + 1)


__all__ = ["Quality", "Resolution", "Seed", "draw_seed"]
