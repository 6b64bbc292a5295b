"""Nodes that a canvas ends with: they show and gather, and make nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from canvas_kit.canvas.node import ANYTHING, InputPort, Text
from canvas_kit.nodes.base import Inputs, NodeContext, NodeResult, RunnableNode


class Display(RunnableNode):
    """Shows what passes by, without being in its way."""

    type = "display"
    positional = ("title",)
    inputs = (InputPort("item", ANYTHING, required=True, many=True),)

    title: Text = ""
    display_mode: Text = Field("inline", alias="displayMode")

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, title: str = ..., **fields: Any) -> None: ...

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """Nothing: views show what arrives here."""
        return NodeResult()


class Collector(RunnableNode):
    """Gathers results, in canvas order."""

    type = "collector"
    inputs = (InputPort("items", ANYTHING, required=True, many=True),)

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """Nothing: the executor lists what arrives here, with what did not."""
        return NodeResult()
