"""Nodes that a canvas ends with: they show and gather, and make nothing."""

from __future__ import annotations

from pydantic import Field

from canvas_kit.canvas.fields import Text
from canvas_kit.canvas.node import constructor
from canvas_kit.canvas.ports import ANYTHING, InputPort
from canvas_kit.nodes.base import Inputs, NodeContext, NodeResult, RunnableNode
from canvas_kit.values import Media


class Display(RunnableNode):
    """Shows what passes by, without being in its way.

    Args:
        title: Stands above what is shown.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "display"
    without_effect = frozenset({"title", "display_mode"})
    inputs = (InputPort("item", ANYTHING, required=True, many=True),)

    title: Text = ""
    display_mode: Text = Field("inline", alias="displayMode")

    @constructor
    def __init__(self, title: str = "", *, id: str = "") -> None: ...

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """What is shown: the first medium that arrived, else the texts."""
        media = [item.value for item in inputs.all("item") if isinstance(item.value, Media)]
        return NodeResult({"item": media[0] if media else inputs.text("item")})


class Collector(RunnableNode):
    """Gathers results, in canvas order.

    Args:
        id: The node's id; left out, the canvas gives it one.
    """

    type = "collector"
    inputs = (InputPort("items", ANYTHING, required=True, many=True),)

    @constructor
    def __init__(self, *, id: str = "") -> None: ...

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """Nothing: the executor lists what arrives here, with what did not."""
        return NodeResult()
