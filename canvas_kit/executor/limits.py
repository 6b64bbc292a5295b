"""What nodes may give: of types that travel and can be recorded, and not without end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from canvas_kit.errors import CanvasKitError, shorten
from canvas_kit.nodes.base import NodeResult, RunnableNode
from canvas_kit.values import Media, Sampling, Size, Verdict

MAX_TEXT = 16 * 2**20
"""The longest text that travels, in characters: a few nodes could double one for ever."""
MAX_RUN_TEXT = 32 * 2**20
"""The longest that all texts of a run may be together, in characters; all of it is kept."""
_TRAVELS = (str, int, Media, Size, Sampling)


def checked(result: Any) -> NodeResult:
    """What a node gave, if it can travel and be recorded.

    Raises:
        TypeError: When the node type does not keep to what :class:`NodeResult` says.
    """
    if not isinstance(result, NodeResult):
        raise TypeError(f"execute gave a {type(result).__name__}, not a NodeResult")
    for port, value in result.outputs.items():
        if not isinstance(value, _TRAVELS):
            raise TypeError(f"the output {port!r} is a {type(value).__name__}, which cannot travel")
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise ValueError(
                f"the text at the output {port!r} has {len(value)} characters; at most {MAX_TEXT} "
                f"travel: {shorten(value[:80])}"
            )
    for artifact in result.artifacts:
        content: Any = artifact.content
        if not isinstance(content, str | Media | Verdict | Mapping):
            raise TypeError(f"an artifact is a {type(content).__name__}, which cannot be recorded")
    return result


class Budget:
    """What is left of the texts and files that a run may make."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = self._bytes_left = max_bytes
        self._text_left = MAX_RUN_TEXT

    def check(self, node: RunnableNode) -> None:
        """Let no file be made that is over the run's budget.

        What has come is kept all the same: it may have been paid for.

        Raises:
            CanvasKitError: When the budget is used up.
        """
        if self._bytes_left <= 0 and node.keeps == "media":
            raise CanvasKitError(
                f"The pictures and other files of this run have {self._max_bytes:,} "
                "bytes or more together, so no further one was made. Make fewer in one run, or "
                "raise the setting max_run_bytes."
            )

    def spend(self, result: NodeResult) -> None:
        """Take what a node made off what the run may make.

        Raises:
            CanvasKitError: When nothing is left: a few nodes that double a text fill any disk.
        """
        values: list[object] = [*result.outputs.values()]
        for artifact in result.artifacts:
            values.append(artifact.content)
            if isinstance(artifact.content, Media):
                self._bytes_left -= len(artifact.content.data)
        length, counted = 0, set()
        for value in values:
            if isinstance(value, str) and id(value) not in counted:
                counted.add(id(value))
                length += len(value)
        if length > self._text_left:
            raise CanvasKitError(
                f"The texts of this run are longer than {MAX_RUN_TEXT:,} characters together, so "
                "this node's was not kept. Connect fewer texts, or shorten them."
            )
        self._text_left -= length
