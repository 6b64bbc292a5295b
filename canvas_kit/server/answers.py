"""What is answered in JSON: each answer is one model, which makes it and describes it in OpenAPI.

The keys are those that the canvas editor reads. Of a recorded run or batch only the keys that a
client may rely on are listed; the answer holds the whole record.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from canvas_kit.events import EVENT_TYPES
from canvas_kit.values import NodeState, RunStatus

Size = Annotated[list[int], Field(min_length=2, max_length=2)]
"""Width and height in pixels."""
Words = dict[Literal["en", "de"], str]


class Success(BaseModel):
    """An answer to a request that was understood."""

    model_config = ConfigDict(extra="allow")
    status: Literal["success"] = "success"


class CanvasProblem(BaseModel):
    """One thing that keeps a canvas from running."""

    message: str
    code: str
    node_id: str | None
    field: str | None


class Refusal(BaseModel):
    """Why nothing was done."""

    status: Literal["error"] = "error"
    error: str
    problems: list[CanvasProblem] | None = None


class ModelEntry(BaseModel):
    """A model that a node can name."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    id: str
    name: str
    provider: str
    tier: Literal["local", "cloud"]
    dsgvo_compliant: bool
    is_default: bool


class ModelList(Success):
    """Models that write texts, or that look at pictures."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    models: list[ModelEntry]
    count: int
    ollama_count: int


class OutputConfigEntry(BaseModel):
    """What a generation can name."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    id: str
    name: Words
    description: Words
    icon: str
    color: str
    media_type: str
    backend: str


class OutputConfigList(Success):
    """Everything that a generation can name."""

    configs: list[OutputConfigEntry]
    count: int


class PresetWords(BaseModel):
    """An interception preset in the editor's form."""

    id: str
    name: Words
    description: Words
    context: Words
    parameters: dict[str, float | int | str]
    display: dict[str, Any]


class PresetAnswer(PresetWords, Success):
    """One interception preset, with its words."""


class PresetEntry(PresetWords):
    """An interception preset, with what a list shows at the top."""

    icon: str
    color: str
    category: Words


class PresetList(Success):
    """The interception presets, in their order."""

    configs: list[PresetEntry]
    count: int


class Result(BaseModel):
    """What one node gave."""

    type: str
    output: Any
    error: str | None


class CollectedResult(BaseModel):
    """What a collector received."""

    model_config = ConfigDict(alias_generator=to_camel)
    node_id: str
    node_type: str
    output: Any
    error: str | None


class RunAnswer(BaseModel):
    """How a run ended."""

    model_config = ConfigDict(alias_generator=to_camel)
    status: Literal["success", "error"]
    run_id: str = Field(alias="run_id")
    run_status: RunStatus = Field(alias="run_status")
    results: dict[str, Result]
    collector_output: list[CollectedResult]
    execution_order: list[str]
    export_path: str | None


class Aborted(BaseModel):
    """Whether it is being stopped."""

    success: bool
    message: str


class BatchEntry(BaseModel):
    """A batch under way, or ended a short while ago."""

    batch_id: str
    state: Literal["running", "ended"]
    started_at: str
    last_event_id: str
    total_runs: int
    ended_runs: int


class BatchList(Success):
    """Batches under way, or ended a short while ago."""

    batches: list[BatchEntry]
    count: int


class RecordedNode(BaseModel):
    """How a node of a recorded run ended."""

    node_id: str
    node_type: str
    state: NodeState


class RecordedEntity(BaseModel):
    """Something that a recorded run made."""

    node_id: str
    file: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size_bytes: int
    media_type: str
    index: int
    url: str


class RecordedRun(BaseModel):
    """The record of a run: how it ended, and everything it made with its sha256 and address."""

    run_id: str
    status: RunStatus
    nodes: list[RecordedNode]
    entities: list[RecordedEntity]


class RunRecord(Success):
    """The record of a run."""

    run: RecordedRun


class RecordedBatchRun(BaseModel):
    """How a run of a recorded batch ended."""

    run_index: int
    run_id: str
    status: RunStatus
    seed: int


class RecordedBatch(BaseModel):
    """The record of a batch: how each of its runs ended."""

    batch_id: str
    total_runs: int
    completed_runs: int
    aborted: bool
    stop_reason: str = ""
    runs: list[RecordedBatchRun]


class BatchRecord(Success):
    """The record of a batch."""

    batch: RecordedBatch


class UploadedPicture(Success):
    """A picture that was handed in; nothing of it is changed, so both sizes are the same."""

    success: Literal[True] = True
    image_id: str
    image_path: str
    filename: str
    original_size: Size
    resized_size: Size


class SafetyLevel(BaseModel):
    """How strictly words and pictures are filtered, in the original's terms."""

    safety_level: Literal["research"]


class Favorites(BaseModel):
    """Runs that were marked as favourites."""

    favorites: list[dict[str, Any]] = []
    total: int = 0
    mode: Literal["global"] = "global"


class Authenticated(BaseModel):
    """Whether the page's settings may be opened."""

    authenticated: bool


class DeskAnswer(BaseModel):
    """What a method of the workbench gives."""

    model_config = ConfigDict(extra="allow")


class ChatReply(BaseModel):
    """What an assistant says."""

    reply: str
    thinking: str | None = None
    context_used: bool = False


class StreamedEvent(BaseModel):
    """One event of a stream."""

    id: str = ""
    event: str = Field(json_schema_extra={"enum": [*sorted(EVENT_TYPES)]})
    data: str = Field(json_schema_extra={"contentMediaType": "application/json"})


class Description(BaseModel):
    """A description in OpenAPI 3.1."""

    model_config = ConfigDict(extra="allow")
