"""Reads request bodies: from bytes to a typed question, or an error that says what is wrong.

Nothing is run and nothing is looked up. What an editor sends and what our own client sends go
through the same door.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from canvas_kit.canvas.documents import MAX_DEPTH
from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import CanvasError, CanvasKitError, Problem, shorten
from canvas_kit.server.limits import Limits
from canvas_kit.server.public import EDITOR, TYPED
from canvas_kit.values import MAX_SEED

JOB_ID = re.compile(r"\d{8}_\d{6}_\d{3}_[0-9a-f]{8}")
"""What an id of a run or a batch looks like (``canvas_kit.recorder.names.new_id``)."""

MAX_DEVICE_ID = 200


class BadRequest(CanvasKitError):
    """A request body that cannot be understood; the message says where."""


@dataclass(frozen=True)
class RunAsked:
    """One run that somebody wants.

    Attributes:
        document: The canvas as it came.
        seed: The run's seed; None has one drawn.
        prompt: Words for the canvas's input, in place of its own.
        device_id: Names the desk in the record.
        run_id: Names the run; empty for a fresh id.
        form: How its events are told.
    """

    document: Mapping[str, Any]
    seed: int | None = None
    prompt: str | None = None
    device_id: str | None = None
    run_id: str = ""
    form: str = EDITOR


@dataclass(frozen=True)
class BatchAsked:
    """A batch that somebody wants.

    Attributes:
        document: The canvas as it came.
        prompts: A run for each; None where ``count`` says how many.
        count: So many runs of the canvas as it is.
        base_seed: The seed of the first run; None has one drawn.
        node: The input that takes the prompts; empty where there is one.
        jobs: How many runs are in flight; None leaves it to the batch.
        device_id: Names the desk in the records.
        batch_id: Names the batch; empty for a fresh id.
        form: How its events are told.
    """

    document: Mapping[str, Any]
    prompts: tuple[str, ...] | None = None
    count: int | None = None
    base_seed: int | None = None
    node: str = ""
    jobs: int | None = None
    device_id: str | None = None
    batch_id: str = ""
    form: str = EDITOR


def read_run(body: bytes) -> RunAsked:
    """The run that a body asks for.

    Raises:
        BadRequest: When it cannot be understood.
    """
    asked = _object(body)
    return RunAsked(
        document=_document(asked),
        seed=_integer(asked, "seed", 0, MAX_SEED),
        prompt=_text(asked, "prompt"),
        device_id=_device(asked),
        run_id=_id(asked, "run_id"),
        form=_form(asked),
    )


def read_batch(body: bytes, limits: Limits) -> BatchAsked:
    """The batch that a body asks for. Where it has prompts, they count and ``count`` does not.

    Raises:
        BadRequest: When it cannot be understood, or asks for more runs than are allowed.
    """
    asked = _object(body)
    prompts = _prompts(asked)
    count = _integer(asked, "count", 1, None) if prompts is None else None
    if prompts is None and count is None:
        raise BadRequest("A batch takes 'prompts' (a list of texts) or 'count' (a number of runs).")
    runs = len(prompts) if prompts is not None else count or 0
    if runs > limits.runs:
        raise BadRequest(
            f"A batch may have at most {limits.runs} runs here, but {runs} were asked for. Ask for "
            "several batches."
        )
    return BatchAsked(
        document=_document(asked),
        prompts=prompts,
        count=count,
        base_seed=_integer(asked, "base_seed", 0, MAX_SEED - runs),
        node=_text(asked, "node") or "",
        jobs=_integer(asked, "jobs", 1, 1024),
        device_id=_device(asked),
        batch_id=_id(asked, "batch_id"),
        form=_form(asked),
    )


def read_id(body: bytes, key: str) -> str:
    """The id under ``key``, of a request to stop something.

    Raises:
        BadRequest: When there is none.
    """
    value = _object(body).get(key)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"Say which one is meant: {key} is missing.")
    return value


def canvas_of(asked: RunAsked | BatchAsked, limits: Limits) -> Canvas:
    """The canvas that was asked for, checked as a canvas. Takes a while for a large one.

    Raises:
        CanvasError: With every problem.
    """
    nodes = asked.document.get("nodes")
    if isinstance(nodes, list) and len(nodes) > limits.nodes:
        raise CanvasError(
            [
                Problem(
                    f"It has {len(nodes)} nodes; at most {limits.nodes} can run here.", "too_large"
                )
            ]
        )
    return Canvas.from_document(asked.document)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        asked = json.loads(body, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8 text: {error.reason}.") from None
    except RecursionError:
        raise BadRequest(f"The body is nested more than {MAX_DEPTH} levels deep.") from None
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"The body is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except ValueError as error:
        raise BadRequest(f"The body is not valid JSON: {error}.") from None
    if not isinstance(asked, dict):
        raise BadRequest("The body should be a JSON object.")
    return asked


def _document(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """The canvas in a body: under ``workflow``, or at the top with its name under ``workflow``."""
    workflow = asked.get("workflow")
    if workflow is not None and not isinstance(workflow, dict):
        _expected("workflow", "an object", workflow)
    workflow = workflow or {}
    if "nodes" in asked:
        known = ("id", "name", "description")
        about = {key: workflow[key] for key in known if workflow.get(key) is not None}
        return about | {
            "nodes": asked["nodes"],
            "connections": asked.get("connections", []),
        }
    if "nodes" not in workflow:
        raise BadRequest(
            "There is no canvas in the body: expected 'workflow' with 'nodes' and 'connections', "
            "or 'nodes' and 'connections' themselves."
        )
    return workflow


def _prompts(asked: Mapping[str, Any]) -> tuple[str, ...] | None:
    prompts = asked.get("prompts")
    if prompts is None or prompts == []:
        return None
    if not isinstance(prompts, list) or not all(isinstance(item, str) for item in prompts):
        _expected("prompts", "a list of texts", prompts)
    return tuple(prompts)


def _integer(asked: Mapping[str, Any], key: str, smallest: int, largest: int | None) -> int | None:
    value = asked.get(key)
    if value is None:
        return None
    wanted = f"a whole number from {smallest}" + (f" to {largest}" if largest is not None else "")
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JavaScript has one kind of number
    if isinstance(value, bool) or not isinstance(value, int) or value < smallest:
        _expected(key, wanted, value)
    if largest is not None and value > largest:
        _expected(key, wanted, value)
    return value


def _text(asked: Mapping[str, Any], key: str) -> str | None:
    value = asked.get(key)
    if value is not None and not isinstance(value, str):
        _expected(key, "text", value)
    return value


def _device(asked: Mapping[str, Any]) -> str | None:
    device = _text(asked, "device_id")
    if device and len(device) > MAX_DEVICE_ID:
        _expected("device_id", f"at most {MAX_DEVICE_ID} characters", device)
    return device or None


def _id(asked: Mapping[str, Any], key: str) -> str:
    value = _text(asked, key)
    if value and not JOB_ID.fullmatch(value):
        _expected(key, "like 20260131_120000_000_0123abcd", value)
    return value or ""


def _form(asked: Mapping[str, Any]) -> str:
    form = asked.get("form") or EDITOR
    if form not in (EDITOR, TYPED):
        _expected("form", f"{EDITOR!r} or {TYPED!r}", form)
    return str(form)


def _expected(key: str, wanted: str, came: object) -> NoReturn:
    raise BadRequest(f"{key} should be {wanted}, but is {shorten(came)}.")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON knows")
