"""What a run gave, in the form that the canvas editor reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from canvas_kit.canvas.node import Node
from canvas_kit.values import Entity, Media, NodeState, Quality, Resolution

MEDIA_ROUTE = "/api/media"


class LazyResults(Mapping[str, Any]):
    """The results of a run, put together when somebody first looks at them.

    A batch of a thousand runs has listeners that never do.
    """

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        """Take the function that puts them together."""
        self._make = make

    @cached_property
    def _results(self) -> dict[str, Any]:
        return self._make()

    def __getitem__(self, node_id: str) -> Any:
        return self._results[node_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)


def media_url(run_id: str, entity: Entity) -> str:
    """The root-relative address under which a server gives an entity out."""
    return f"{MEDIA_ROUTE}/{entity.media_type.partition('/')[0]}/{run_id}/{entity.index}"


def editor_value(value: Any, run_id: str, entities: tuple[Entity, ...]) -> Any:
    """One output of a node: a text as it is, a medium as the address and facts of its entity."""
    match value:
        case Media():
            entity = entities[0] if entities else None
            found: dict[str, Any] = {"media_type": value.kind, "seed": value.seed}
            if entity is not None:
                found |= {
                    "url": media_url(run_id, entity),
                    "run_id": run_id,
                    "index": entity.index,
                }
            if len(entities) > 1:
                found["urls"] = [media_url(run_id, item) for item in entities]
            return found
        case Resolution(width, height):
            return {"width": width, "height": height}
        case Quality(steps, cfg):
            return {"steps": steps, "cfg": cfg}
    return value


def node_result(
    node: Node,
    state: NodeState,
    reason: str,
    outputs: Mapping[str, Any],
    verdict: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """What ``Complete.results`` says of a node.

    Args:
        node: The node.
        state: How it ended.
        reason: Why it did not complete.
        outputs: What it gave, by port, each in the editor's form.
        verdict: For a judge, its verdict in JSON form.
    """
    error = None if state is NodeState.COMPLETED else f"{state.value}: {reason}"
    result: dict[str, Any] = {"type": node.type, "output": None, "error": error}
    if state is not NodeState.COMPLETED:
        return result
    if verdict is None:
        result["output"] = next(iter(outputs.values()), None)
        return result
    result["output"] = verdict["commentary"]
    result["outputs"] = {
        "pass": outputs.get("passed"),
        "fail": outputs.get("failed"),
        "commentary": verdict["commentary"],
    }
    result["metadata"] = verdict_metadata(verdict, outputs)
    return result


def verdict_metadata(verdict: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The editor's short form of a verdict."""
    binary = {"passed": True, "failed": False}.get(verdict["verdict"])
    path = None
    if binary is not None:
        path = "passthrough" if "passed" in outputs else "commented"
    return {"binary": binary, "score": verdict["score"], "active_path": path}
