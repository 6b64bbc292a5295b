"""Events in the words of the canvas editor: what it shows while a canvas runs, and at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from canvas_kit.german import Language, say
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

_DOING: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "input": ("The prompt is read.", "Der Prompt wird gelesen."),
        "image_input": ("The picture is read.", "Das Bild wird gelesen."),
        "random_prompt": ("A prompt is invented.", "Ein Prompt wird erfunden."),
        "interception": ("The text is rewritten.", "Der Text wird umgeschrieben."),
        "translation": ("The text is translated.", "Der Text wird übersetzt."),
        "model_adaption": ("The prompt is adapted.", "Der Prompt wird angepasst."),
        "generation": ("The medium is generated.", "Das Medium wird erzeugt."),
        "evaluation": ("The result is judged.", "Das Ergebnis wird beurteilt."),
        "image_evaluation": ("The picture is described.", "Das Bild wird beschrieben."),
        "comparison_evaluator": ("The texts are compared.", "Die Texte werden verglichen."),
        "seed": ("The seed is chosen.", "Der Seed wird gewählt."),
        "collector": ("The results are gathered.", "Die Ergebnisse werden gesammelt."),
    }
)
"""What a node does while it runs, in English and in German."""
_STATES: Mapping[NodeState, tuple[str, str]] = MappingProxyType(
    {
        NodeState.WAITING: ("is waiting", "wartet"),
        NodeState.RUNNING: ("is at work", "arbeitet"),
        NodeState.COMPLETED: ("is done", "ist fertig"),
        NodeState.FAILED: ("failed", "ist fehlgeschlagen"),
        NodeState.REFUSED: ("was refused", "wurde abgelehnt"),
        NodeState.SKIPPED: ("was skipped", "wurde übersprungen"),
        NodeState.CANCELLED: ("was cancelled", "wurde abgebrochen"),
    }
)
"""What became of a node, in English and in German."""
_CANNOT_RUN = ("This canvas cannot run", "Dieses Canvas kann nicht laufen")
_STOPPED = ("The run could not go on", "Der Lauf konnte nicht weitergehen")

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
    event: Event,
    *,
    address: Address = str,
    made: Made = MappingProxyType({}),
    language: Language = "en",
) -> dict[str, Any]:
    """What the editor is told of ``event``; ``made`` is looked at for a :class:`Complete`."""
    told = {name: getattr(event, name) for name in _FIELDS[type(event)]}
    match event:
        case Progress():
            told["status"] = event.status.value
            told["message"] = say(event.message, language) or _doing(event, language)
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
                    report.node_id: _result(
                        report, made.get(report.node_id), run_id, address, language
                    )
                    for report in event.nodes
                },
                "collectorOutput": [
                    *(
                        form
                        for item in event.collected
                        for form in _collected(item, run_id, address, language)
                    ),
                    *_notes(event, language),
                ],
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
            if event.status not in (RunStatus.COMPLETED, RunStatus.PARTIAL):
                # An editor counts the runs with a path as those that completed.
                told["export_path"], told["folder"] = None, event.export_path
        case Error():
            told["message"] = say(event.message, language)
        case RunError():
            told["message"] = told["error"] = say(event.message, language)
    return told


def refusal(
    problems: Sequence[Mapping[str, Any]],
    types: Mapping[str, str],
    language: Language,
    *,
    started: bool = False,
) -> dict[str, Any]:
    """The end of a run that made nothing, in the form of a run that ended: an editor shows that.

    Args:
        problems: Each with a ``message``, and a ``node_id`` where it is about one node.
        types: The types of the canvas's nodes by their ids.
        language: What our own words are said in.
        started: Whether the run had begun.
    """
    what = _in(_STOPPED if started else _CANNOT_RUN, language)
    problems = [{**problem, "message": say(problem["message"], language)} for problem in problems]
    results: dict[str, dict[str, Any]] = {}
    for problem in problems:
        node_id = str(problem.get("node_id") or "")
        if node_id in types:
            earlier = results.get(node_id, {}).get("error")
            message = f"{earlier} {problem['message']}" if earlier else problem["message"]
            results[node_id] = {"type": types[node_id], "output": None, "error": message}
    return {
        "status": RunStatus.FAILED.value,
        "error": f"{what}: " + " ".join(_told(problem) for problem in problems),
        "problems": problems,
        "results": results,
        "collectorOutput": [
            {
                "nodeId": problem.get("node_id") or "",
                "nodeType": types.get(problem.get("node_id") or "", "canvas"),
                "output": None,
                "error": f"{what}: {_told(problem)}",
            }
            for problem in problems
        ],
        "executionOrder": [],
        "exportPath": None,
    }


def _told(problem: Mapping[str, Any]) -> str:
    place = " ".join(str(part) for part in (problem.get("node_id"), problem.get("field")) if part)
    return f"{place}: {problem['message']}" if place else str(problem["message"])


def _in(words: tuple[str, str], language: Language) -> str:
    return words[language == "de"]


def _doing(event: Progress, language: Language) -> str:
    if event.status is NodeState.RUNNING and event.node_type in _DOING:
        return _in(_DOING[event.node_type], language)
    return f"{event.node_id} {_in(_STATES[event.status], language)}."


def _notes(event: Complete, language: Language) -> Iterator[dict[str, Any]]:
    """What the user should know, as further results: an editor shows nothing else."""
    for report in event.nodes:
        for warning in report.warnings:
            yield {
                "nodeId": report.node_id,
                "nodeType": report.node_type,
                "output": f"⚠ {say(warning, language)}",
                "error": None,
            }


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
    report: NodeReport, made: NodeComplete | None, run_id: str, address: Address, language: Language
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "type": report.node_type,
        "output": None,
        "error": _error(report.state, report.reason, language),
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


def _collected(
    item: Collected, run_id: str, address: Address, language: Language
) -> list[dict[str, Any]]:
    """One result; a judged picture as two, the picture and the verdict beside it."""
    output = output_form(item.output, run_id, address)
    form = {
        "nodeId": item.node_id,
        "nodeType": item.node_type,
        "output": output,
        "error": _error(item.state, item.reason, language),
    }
    if item.verdict is None:
        return [form]
    metadata = _verdict_form(item.verdict)
    if isinstance(output, dict):
        verdict = {"text": item.verdict.commentary, "metadata": metadata}
        return [form, form | {"output": verdict}]
    return [form | {"output": {"text": output, "metadata": metadata}}]


def _verdict_form(verdict: Verdict) -> dict[str, Any]:
    """The editor's short form of a verdict."""
    path = None
    if verdict.passed is not None:
        path = "passthrough" if verdict.passed or verdict.limit_reached else "commented"
    return {"binary": verdict.passed, "score": verdict.score, "active_path": path}


def _error(state: NodeState, reason: str, language: Language) -> str | None:
    if state is NodeState.COMPLETED:
        return None
    label = state.value if language == "en" else _in(_STATES[state], language)
    return f"{label}: {say(reason, language)}" if reason else label
