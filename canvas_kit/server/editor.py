"""Events in the words of the canvas editor: what it shows while a canvas runs, and at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from canvas_kit.client.routes import media_path
from canvas_kit.events import (
    BatchAborted,
    BatchComplete,
    BatchStarted,
    Complete,
    Error,
    Event,
    NodeComplete,
    Progress,
    RunComplete,
    RunError,
    RunStart,
    Started,
)
from canvas_kit.values import (
    Collected,
    NodeReport,
    NodeState,
    Output,
    RunStatus,
    Sampling,
    Size,
    Verdict,
)

PREVIEW_CHARACTERS = 100
"""How much of a text an event shows: the editor displays the first hundred characters."""

Address = Callable[[str], str]
"""Puts a root-relative address under the server's own base URL."""
Made = Mapping[str, NodeComplete]
"""What each node of a run made in its last round."""

_FIELDS: Mapping[type[Event], tuple[str, ...]] = MappingProxyType(
    {
        Started: ("total_nodes",),
        Progress: ("node_id", "node_type", "message"),
        NodeComplete: ("node_id", "node_type"),
        Complete: (),
        Error: ("message",),
        BatchStarted: ("batch_id", "total_runs"),
        RunStart: ("run_index", "total_runs", "run_id", "seed"),
        RunComplete: ("run_index", "run_id", "export_path"),
        RunError: ("run_index", "run_id", "message"),
        BatchComplete: ("batch_id", "total_runs", "completed_runs"),
        BatchAborted: ("batch_id", "aborted_at_run", "completed_runs"),
    }
)
"""The fields of an event that the editor is told under their own names."""


def payload(
    event: Event, *, address: Address = str, made: Made = MappingProxyType({})
) -> dict[str, Any]:
    """What the editor is told of ``event``.

    Args:
        event: The event.
        address: Puts a root-relative address under the server's own base URL.
        made: For a :class:`Complete`, what each node of the run made.
    """
    told = {name: getattr(event, name) for name in _FIELDS[type(event)]}
    match event:
        case Progress():
            told["status"] = event.status.value
            if event.step is not None:
                told |= {"step": event.step, "total": event.total}
            if event.round > 1:
                told["round"] = event.round
        case NodeComplete():
            told["output_preview"] = _preview(event, address)
        case Complete():
            run_id = event.run_id
            told = {
                "status": event.status.value,
                "results": {
                    report.node_id: _result(report, made.get(report.node_id), run_id, address)
                    for report in event.nodes
                },
                "collectorOutput": [_collected(item, run_id, address) for item in event.collected],
                "executionOrder": list(event.execution_order),
                "exportPath": event.folder,
            }
        case BatchStarted():
            told["batch_mode"] = event.mode
        case BatchComplete():
            told["export_paths"] = list(event.export_paths)
        case RunComplete():
            told["success"] = event.status is RunStatus.COMPLETED
            told["status"] = event.status.value
    return told


def output_form(output: Output | None, run_id: str, address: Address) -> Any:
    """One output of a node: a text as it is, media as the address and facts of their entity."""
    match output:
        case Size(width, height):
            return {"width": width, "height": height}
        case Sampling(steps, cfg):
            return {"steps": steps, "cfg": cfg}
        case (first, *others):
            form: dict[str, Any] = {
                "media_type": first.kind,
                "seed": first.seed,
                "url": address(media_path(run_id, first)),
                "run_id": run_id,
                "index": first.index,
            }
            if others:
                form["urls"] = [address(media_path(run_id, item)) for item in output]
            return form
        case ():
            return None
    return output


def _preview(event: NodeComplete, address: Address) -> dict[str, Any] | None:
    if event.text is not None:
        return {"type": "text", "preview": event.text[:PREVIEW_CHARACTERS]}
    form = output_form(next(iter(event.outputs.values()), None), event.run_id, address)
    if isinstance(form, dict) and "url" in form:
        return {"type": form["media_type"], "url": form["url"]}
    return None


def _result(
    report: NodeReport, made: NodeComplete | None, run_id: str, address: Address
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "type": report.node_type,
        "output": None,
        "error": _error(report.state, report.reason),
    }
    if report.state is not NodeState.COMPLETED or made is None:
        return result
    outputs = {port: output_form(output, run_id, address) for port, output in made.outputs.items()}
    if made.verdict is None:
        result["output"] = next(iter(outputs.values()), None)
        return result
    result["output"] = made.verdict.commentary
    result["outputs"] = {
        "pass": outputs.get("passed"),
        "fail": outputs.get("failed"),
        "commentary": made.verdict.commentary,
    }
    result["metadata"] = _verdict_form(made.verdict)
    return result


def _collected(item: Collected, run_id: str, address: Address) -> dict[str, Any]:
    output = output_form(item.output, run_id, address)
    if item.verdict is not None:
        output = {"text": output, "metadata": _verdict_form(item.verdict)}
    return {
        "nodeId": item.node_id,
        "nodeType": item.node_type,
        "output": output,
        "error": _error(item.state, item.reason),
    }


def _verdict_form(verdict: Verdict) -> dict[str, Any]:
    """The editor's short form of a verdict."""
    path = None
    if verdict.passed is not None:
        path = "passthrough" if verdict.passed or verdict.limit_reached else "commented"
    return {"binary": verdict.passed, "score": verdict.score, "active_path": path}


def _error(state: NodeState, reason: str) -> str | None:
    return None if state is NodeState.COMPLETED else f"{state.value}: {reason}"
