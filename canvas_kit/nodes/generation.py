"""The node in which words become a picture, a sound or a film."""

from __future__ import annotations

import dataclasses
import time
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import Field

from canvas_kit.backends.base import Capability, MediaItem, MediaRequest, MediaResult
from canvas_kit.canvas.node import InputPort, Kind, KnownNames, OutputPort, Port, Text
from canvas_kit.errors import MediaError, Problem
from canvas_kit.nodes.base import (
    Artifact,
    Inputs,
    NodeContext,
    NodeResult,
    RunnableNode,
    require,
    to_the_end,
)
from canvas_kit.values import Media, Quality, Resolution


class Generation(RunnableNode):
    """Has a media model make a picture, a sound or a film from a text."""

    type = "generation"
    positional = ("config_id",)
    inputs = (
        InputPort("prompt", frozenset({Kind.TEXT}), label="input-1", required=True, many=True),
        InputPort("second_text", frozenset({Kind.TEXT}), label="input-2", many=True),
        InputPort("image", frozenset({Kind.MEDIA})),
        InputPort("seed", frozenset({Kind.SEED})),
        InputPort("resolution", frozenset({Kind.RESOLUTION})),
        InputPort("quality", frozenset({Kind.QUALITY})),
    )
    outputs = (OutputPort("media", frozenset({Kind.MEDIA})),)
    keeps = "media"
    accepts_feedback = True

    config_id: Text = Field("", alias="configId")
    """An output config, or a model as ``backend/model``; empty for the setting ``media_model``."""

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, config_id: str = ..., **fields: Any) -> None: ...

    @property
    def second_text(self) -> Port:
        """The port for a second text: negative prompt, tags or lyrics, as the model takes it."""
        return Port(self, "second_text", outgoing=False)

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """A config or model that nobody has."""
        if (
            known is not None
            and self.config_id
            and (message := known.config_problem(self.config_id))
        ):
            yield Problem(message, "unknown_config", self.id, self.json_name("config_id"))

    def model_setting(self) -> str:
        """``media_model``, where no config is named."""
        return "" if self.config_id else "media_model"

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The media that the model made, each checked whole.

        Raises:
            BackendError: In the subclass that says what happened.
            MediaError: When none of the files that came is a whole, decodable medium.
        """
        config = work.backends.config(self.config_id or work.settings.media_model)
        backend, model = work.backends.resolve(config.model)
        size: Resolution | None = inputs.first("resolution")
        quality: Quality | None = inputs.first("quality")
        start: Media | None = inputs.first("image")
        chosen: int | None = inputs.first("seed")
        if start is not None:
            require(backend, Capability.IMAGE_TO_IMAGE, config.model)
        request = MediaRequest(
            prompt=inputs.text("prompt"),
            job_id=str(uuid.uuid4()),
            model=model,
            second_text=inputs.text("second_text"),
            seed=work.seed if chosen is None else chosen,
            width=size.width if size else config.width,
            height=size.height if size else config.height,
            steps=quality.steps if quality else config.steps,
            cfg=quality.cfg if quality else config.cfg,
            start_image=start.data if start else None,
            options=config.options,
            run_id=work.run_id,
            node_id=work.node_id,
        )
        began = time.monotonic()
        result = await backend.generate(request, work.reporter)
        # From here on the bytes are in our hands, and a cancellation must not drop them.
        return await to_the_end(_outcome(result, request, config.id, began, work))


async def _outcome(
    result: MediaResult, request: MediaRequest, config_id: str, began: float, work: NodeContext
) -> NodeResult:
    """The media of a result, each checked whole.

    Raises:
        MediaError: When none of them is.
    """
    provenance = result.provenance
    if provenance.seconds is None:
        provenance = dataclasses.replace(provenance, seconds=time.monotonic() - began)
    warnings = list(result.warnings)
    kept = []
    for item in result.items:
        try:
            media = await work.checked(
                item.data, announced_size=item.announced_size, seed=item.seed
            )
        except MediaError as error:
            if len(result.items) == 1:
                raise
            warnings.append(f"One of {len(result.items)} files could not be kept: {error}")
            continue
        kept.append(
            Artifact(
                media,
                seed=item.seed,
                model=config_id,
                provenance=provenance,
                details=_details(item, request, warnings),
            )
        )
    if not kept:
        raise MediaError(" ".join(warnings) or "The backend gave no files.")
    first = kept[0].content
    assert isinstance(first, Media)
    return NodeResult({"media": first}, tuple(kept), tuple(warnings))


def _details(item: MediaItem, request: MediaRequest, warnings: list[str]) -> dict[str, Any]:
    """What the manifest says of a picture besides its provenance: what was asked for."""
    asked = {
        "prompt": request.prompt,
        "second_text": request.second_text,
        "width": request.width,
        "height": request.height,
        "steps": request.steps,
        "cfg": request.cfg,
        "seed": request.seed,
    }
    details: dict[str, Any] = {
        "asked": {key: value for key, value in asked.items() if value not in (None, "")}
    }
    if item.source:
        details["source"] = dict(item.source)
    if warnings:
        details["warnings"] = list(warnings)
    return details
