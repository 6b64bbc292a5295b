"""The node in which words become a picture, a sound or a film."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field

from canvas_kit.backends.base import Capability, MediaRequest, MediaResult
from canvas_kit.canvas.fields import Number, Text, WholeNumber
from canvas_kit.canvas.graph import Port
from canvas_kit.canvas.node import KnownNames, Node, constructor
from canvas_kit.canvas.ports import MEDIA, TEXT, InputPort, Kind, OutputPort
from canvas_kit.errors import MediaError, Problem
from canvas_kit.nodes.base import Artifact, Inputs, NodeContext, NodeResult, RunnableNode, require
from canvas_kit.nodes.parameters import Quality, Resolution, Seed
from canvas_kit.tasks import to_the_end
from canvas_kit.values import MAX_SEED, Media, Sampling, Size

_PARAMETERS = ("seed", "width", "height", "steps", "cfg")


class Generation(RunnableNode):
    """Has a media model make a picture, a sound or a film from a text.

    The parameters are short for the nodes :class:`Seed`, :class:`Resolution` and :class:`Quality`
    connected to it, and become those in a canvas. Left out, the model's own defaults hold, and the
    run's seed.

    Args:
        model: An output config, or a model as ``backend/model``; empty for the setting
            ``media_model``.
        seed: 0 to 2**53 - 1.
        width: In pixels, 64 to 4096.
        height: As ``width``; left out, the picture is square.
        steps: Sampler steps, 1 to 150.
        cfg: How strictly the prompt is followed (classifier-free guidance), 0 to 30.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "generation"
    inputs = (
        InputPort("prompt", TEXT, label="input-1", required=True, many=True),
        InputPort("second_text", TEXT, label="input-2", many=True, replaces="prompt"),
        InputPort("image", MEDIA),
        InputPort("seed", frozenset({Kind.SEED})),
        InputPort("resolution", frozenset({Kind.RESOLUTION})),
        InputPort("quality", frozenset({Kind.QUALITY})),
    )
    outputs = (OutputPort("media", MEDIA),)
    keeps = "media"
    accepts_feedback = True
    model_default = "media_model"

    model: Text = Field("", alias="configId")
    seed: WholeNumber | None = Field(None, exclude=True, ge=0, le=MAX_SEED)
    width: WholeNumber | None = Field(None, exclude=True, ge=64, le=4096)
    height: WholeNumber | None = Field(None, exclude=True, ge=64, le=4096)
    steps: WholeNumber | None = Field(None, exclude=True, ge=1, le=150)
    cfg: Number | None = Field(None, exclude=True, ge=0, le=30)

    @constructor
    def __init__(
        self,
        model: str = "",
        *,
        seed: int | None = None,
        width: int | None = None,
        height: int | None = None,
        steps: int | None = None,
        cfg: float | None = None,
        id: str = "",
    ) -> None: ...

    @property
    def second_text(self) -> Port:
        """The port for a second text: negative prompt, tags or lyrics, as the model takes it.

        Where no other text is connected, it is the prompt.
        """
        return Port(self, "second_text", outgoing=False)

    def expanded(self) -> tuple[Node, Sequence[Node]]:
        """This node without parameters, and the parameter nodes that they stand for."""
        given = {name: value for name in _PARAMETERS if (value := getattr(self, name)) is not None}
        if not given:
            return self, ()
        kept = {name: getattr(self, name) for name in self.model_fields_set - set(_PARAMETERS)}
        nodes: list[Node] = []
        if "seed" in given:
            nodes.append(Seed(given["seed"]))
        if size := {name: given[name] for name in ("width", "height") if name in given}:
            nodes.append(Resolution(**{"width": size.get("height"), **size}))
        if effort := {name: given[name] for name in ("steps", "cfg") if name in given}:
            nodes.append(Quality(**effort))
        return self._remade(kept), nodes

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """A config or model that there is not."""
        if known is not None and self.model and (message := known.config_problem(self.model)):
            yield Problem(message, "unknown_config", self.id, self.name_of("model"))

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The media that the model made, each checked whole.

        Raises:
            BackendError: In the subclass that says what happened.
            MediaError: When none of the files that came is a whole, decodable medium.
        """
        config = context.backends.config(self.chosen_model(context.settings))
        backend, model = context.backends.resolve(config.model)
        size: Size | None = inputs.first("resolution")
        quality: Sampling | None = inputs.first("quality")
        start: Media | None = inputs.first("image")
        chosen: int | None = inputs.first("seed")
        if start is not None:
            require(backend, Capability.IMAGE_TO_IMAGE, config.model)
        request = MediaRequest(
            prompt=inputs.text("prompt"),
            job_id=str(uuid.uuid4()),
            model=model,
            second_text=inputs.text("second_text"),
            seed=context.seed if chosen is None else chosen,
            width=size.width if size else config.width,
            height=size.height if size else config.height,
            steps=quality.steps if quality else config.steps,
            cfg=quality.cfg if quality else config.cfg,
            start_image=start.data if start else None,
            options=config.options,
            run_id=context.run_id,
            node_id=context.node_id,
        )
        began = time.monotonic()
        result = await context.generate(backend, request)
        # From here on the bytes are in our hands, and a cancellation must not drop them.
        context.in_hand = True
        return await to_the_end(_kept(result, request, config.id, began, context))


async def _kept(
    result: MediaResult, request: MediaRequest, model: str, began: float, context: NodeContext
) -> NodeResult:
    """The media of a result, each checked whole; MediaError when none of them is."""
    provenance = result.provenance
    if provenance.seconds is None:
        provenance = replace(provenance, seconds=time.monotonic() - began)
    names = ("prompt", "second_text", "width", "height", "steps", "cfg", "seed")
    asked = {name: getattr(request, name) for name in names}
    asked = {name: value for name, value in asked.items() if value not in (None, "")}
    warnings = list(result.warnings)
    missing = list(result.missing)
    found: list[Media] = []
    kept = []
    for item in result.items:
        try:
            media = await context.checked(
                item.data, announced_size=item.announced_size, seed=item.seed
            )
        except MediaError as error:
            if len(result.items) == 1:
                raise
            missing.append(f"One of {len(result.items)} files could not be kept: {error}")
            warnings.append(missing[-1])
            continue
        details: dict[str, Any] = {"asked": asked}
        if item.source:
            details["source"] = dict(item.source)
        if warnings:
            details["warnings"] = list(warnings)
        found.append(media)
        kept.append(
            Artifact(media, seed=item.seed, model=model, provenance=provenance, details=details)
        )
    if not kept:
        raise MediaError(" ".join(warnings) or "The backend gave no files.")
    return NodeResult({"media": found[0]}, tuple(kept), tuple(warnings), tuple(missing))
