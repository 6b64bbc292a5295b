"""What can be asked for: each request body is one model, checked here and described in OpenAPI.

Nothing is run and nothing is looked up. What an editor sends and what our own client sends go
through the same models.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SkipValidation,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.config import JsonDict

from canvas_kit.canvas.documents import MAX_DEPTH, refuse_constant
from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import CanvasError, CanvasKitError, Problem, shorten
from canvas_kit.server.limits import Limits
from canvas_kit.values import MAX_SEED

JOB_ID = r"\d{8}_\d{6}_\d{3}_[0-9a-f]{8}"
"""What an id of a run or a batch looks like (``canvas_kit.recorder.names.new_id``)."""

EXAMPLE_ID = "20260131_120000_000_0123abcd"
EXAMPLE_CANVAS: JsonDict = {
    "id": "workflow_1",
    "name": "A market",
    "nodes": [
        {"id": "input_1", "type": "input", "promptText": "A market at dawn"},
        {"id": "generation_1", "type": "generation"},
        {"id": "collector_1", "type": "collector"},
    ],
    "connections": [
        {"sourceId": "input_1", "targetId": "generation_1"},
        {"sourceId": "generation_1", "targetId": "collector_1"},
    ],
}

Kind = Literal["run", "batch"]
Form = Literal["editor", "typed"]
"""How a stream tells its events: in the editor's words, or with every field."""

R = TypeVar("R", bound=BaseModel)


class BadRequest(CanvasKitError):
    """A request that cannot be understood; the message says where."""


def _whole(value: object) -> object:
    """JavaScript has one kind of number: 3.0 is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
SeedNumber = Annotated[Whole, Field(ge=0, le=MAX_SEED)]
JobId = Annotated[str, Field(pattern=rf"^({JOB_ID})?$")]


class EditorNode(BaseModel):
    """A node as the canvas editor saves it, with the fields of its type."""

    id: str
    type: str


class EditorConnection(BaseModel):
    """A connection as the canvas editor saves it."""

    source_id: str = Field(alias="sourceId")
    target_id: str = Field(alias="targetId")
    label: str | None = None


class EditorCanvas(BaseModel):
    """A canvas as the canvas editor saves it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_CANVAS]})

    id: str = ""
    name: str = ""
    nodes: list[EditorNode]
    connections: list[EditorConnection] = []


class JobRequest(BaseModel):
    """Something that is asked of a run or a batch."""

    model_config = ConfigDict(strict=True, frozen=True)
    kind: ClassVar[Kind]

    @property
    def job_id(self) -> str:
        """The id of the run or batch; empty if none was given."""
        return str(getattr(self, f"{self.kind}_id") or "")


class WorkRequest(JobRequest):
    """A canvas under 'workflow', or its nodes and connections at the top, and how to run it.

    A client that names its run or batch can ask again, and nothing is started twice.
    """

    # The canvas is described here and checked by Canvas.from_document, which tells every problem.
    workflow: SkipValidation[EditorCanvas | None] = None
    nodes: SkipValidation[list[EditorNode] | None] = None
    connections: SkipValidation[list[EditorConnection]] = []
    device_id: str | None = Field(
        None, max_length=200, description="Names the device in the record."
    )
    form: Form = Field("editor", description="How the events are told.")

    @property
    def document(self) -> Mapping[str, Any]:
        """The canvas as it came: under ``workflow``, or at the top, named by ``workflow``."""
        workflow: Any = self.workflow or {}
        if "nodes" not in self.model_fields_set:
            return dict(workflow)
        known = ("id", "name", "description")
        about = {key: workflow[key] for key in known if workflow.get(key) is not None}
        return {**about, "nodes": self.nodes, "connections": self.connections}

    @property
    def types(self) -> Mapping[str, str]:
        """The types of the canvas's nodes by their ids, as far as the document says them."""
        nodes = self.document.get("nodes")
        return {
            str(node.get("id")): str(node.get("type"))
            for node in (nodes if isinstance(nodes, list) else ())
            if isinstance(node, Mapping)
        }

    @model_validator(mode="after")
    def _has_canvas(self) -> Self:
        workflow: Any = self.workflow
        if workflow is not None and not isinstance(workflow, dict):
            raise ValueError(f"workflow should be an object, but is {shorten(workflow)}")
        if "nodes" not in self.document:
            raise ValueError(
                "there is no canvas in the body: expected 'workflow' with 'nodes' and "
                "'connections', or 'nodes' and 'connections' themselves"
            )
        return self

    def canvas(self, limits: Limits, pictures: Path | None = None) -> Canvas:
        """The canvas, checked as a canvas. Takes a while for a large one.

        Args:
            limits: How large it may be.
            pictures: The folder whose files it may take for its image inputs; None for no file.

        Raises:
            CanvasError: With every problem.
        """
        document = self.document
        nodes = document.get("nodes")
        if isinstance(nodes, list) and len(nodes) > limits.max_nodes:
            message = f"It has {len(nodes)} nodes; at most {limits.max_nodes} can run here."
            raise CanvasError([Problem(message, "too_large")])
        return Canvas.from_document(document, folder=pictures)


class RunRequest(WorkRequest):
    """One run of a canvas."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"workflow": EXAMPLE_CANVAS, "seed": 7}]}
    )
    kind = "run"

    seed: SeedNumber | None = Field(None, description="The run's seed; drawn if left out.")
    prompt: str | None = Field(None, description="Words for the canvas's input.")
    run_id: JobId | None = Field(None, description="Names the run; a fresh id if left out.")


class BatchRequest(WorkRequest):
    """Many runs of a canvas: one for each prompt; where there are none, 'count' runs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"workflow": EXAMPLE_CANVAS, "count": 2, "base_seed": 7}],
            "anyOf": [
                {"properties": {"prompts": {"type": "array", "minItems": 1}}},
                {"properties": {"count": {"type": "integer"}}},
            ],
        }
    )
    kind = "batch"

    prompts: list[str] | None = Field(None, description="A run for each.")
    count: Annotated[Whole, Field(ge=1)] | None = Field(
        None, description="So many runs of the canvas as it is."
    )
    base_seed: SeedNumber | None = Field(None, description="The seed of the first run.")
    node: str | None = Field(None, description="The input that takes the prompts.")
    concurrency: Annotated[Whole, Field(ge=1, le=1024)] | None = Field(
        None, description="How many runs are in flight."
    )
    sweep: dict[str, Any] | None = Field(
        None,
        description="Factors, seeds and exclusions, as a sweep file has them without its canvas;"
        " instead of 'prompts' and 'count'.",
    )
    batch_id: JobId | None = Field(None, description="Names the batch.")

    @model_validator(mode="after")
    def _is_a_batch(self, info: ValidationInfo) -> Self:
        if self.sweep is not None:
            if self.prompts or self.count or self.base_seed is not None or self.node:
                raise ValueError(
                    "a sweep says itself which runs it makes: leave out 'prompts', 'count', "
                    "'base_seed' and 'node'"
                )
            if "canvas" in self.sweep:
                raise ValueError("the canvas of a sweep is sent as 'workflow', not inside it")
            return self
        runs = len(self.prompts or ()) or self.count
        if not runs:
            raise ValueError(
                "a batch takes 'prompts' (a list of texts), 'count' (of runs) or a 'sweep'"
            )
        if info.context and runs > info.context.max_runs:
            raise ValueError(
                f"a batch may have at most {info.context.max_runs} runs here, but {runs} were "
                "asked for: ask for several batches"
            )
        if (self.base_seed or 0) + runs > MAX_SEED:
            raise ValueError(f"base_seed should be at most {MAX_SEED - runs}")
        return self


class AbortRunRequest(JobRequest):
    """Which run to stop."""

    kind = "run"
    run_id: str = Field(min_length=1)


class AbortBatchRequest(JobRequest):
    """Which batch to stop."""

    kind = "batch"
    batch_id: str = Field(min_length=1)


class PictureUpload(BaseModel):
    """A picture that is handed in."""

    file: bytes


class DeskQuestion(BaseModel):
    """The parameters of a method of the workbench."""

    model_config = ConfigDict(extra="allow")


class ChatRequest(BaseModel):
    """What is said to an assistant."""

    message: str = ""


def read_request(model: type[R], body: bytes, limits: Limits) -> R:
    """The request in a body.

    Raises:
        BadRequest: When it cannot be understood, or asks for more than is allowed.
    """
    try:
        document = json.loads(body, parse_constant=refuse_constant)
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
    if not isinstance(document, dict):
        raise BadRequest("The body should be a JSON object.")
    try:
        return model.model_validate(document, context=limits)
    except ValidationError as error:
        raise BadRequest(_told(error)) from None


def _told(error: ValidationError) -> str:
    told = []
    for item in error.errors(include_url=False):
        place = ".".join(str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "missing":
            message = f"{place} is missing"
        elif place:
            named = re.sub(r"^(Input|List|String|Value)\b", lambda _: place, message)  # noqa: B023
            message = f"{named}, but is {shorten(item['input'])}"
        told.append(f"{message}.")
    return " ".join(told)
