"""Nodes that judge, describe and compare."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from canvas_kit.backends.base import Capability, Passage, TextResult, TextTask
from canvas_kit.backends.json_answers import json_object_in
from canvas_kit.canvas.connections import label_number
from canvas_kit.canvas.node import (
    ANYTHING,
    InputPort,
    Kind,
    KnownNames,
    Number,
    OutputPort,
    Port,
    Text,
)
from canvas_kit.errors import BackendAnswerError, Problem
from canvas_kit.nodes.base import Artifact, Inputs, NodeContext, NodeResult, RunnableNode
from canvas_kit.nodes.language import model_problem, text_outcome
from canvas_kit.presets import PresetKind, load_preset
from canvas_kit.values import Media, Verdict

PASSING_SCORE = 5.0
"""From 0 to 10; an evaluation passes from here on, unless it sets its own threshold."""

VERDICT_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "score": {"type": "number", "minimum": 0, "maximum": 10},
        "commentary": {"type": "string"},
    },
    "required": ["score", "commentary"],
    "additionalProperties": False,
}
"""The structured answer that a judge is asked for."""

_TEXT = frozenset({Kind.TEXT})
_FEEDBACK_HEADING = {"en": "What was said of it", "de": "Was dazu gesagt wurde"}
_SCORE_IN_TEXT = re.compile(
    r"(?:score|rating|points?|punkte|bewertung|note)\W{0,12}?(-?\d+(?:[.,]\d+)?)"
    r"|(-?\d+(?:[.,]\d+)?)\s*(?:/|out of|von)\s*10\b",
    re.IGNORECASE,
)


class Evaluation(RunnableNode):
    """Judges a text or a picture with a score from 0 to 10; passes it on, or sends it back.

    What passes leaves through :attr:`passed`. What fails leaves through :attr:`failed`, together
    with the judge's words; led back to an earlier node, that starts a new round there. The judge's
    words leave through :attr:`commentary` in either case. No score is "no verdict": then neither
    outcome is taken.
    """

    type = "evaluation"
    positional = ("kind",)
    inputs = (InputPort("item", ANYTHING, required=True, many=True),)
    outputs = (
        OutputPort("passed", ANYTHING, ("passthrough", "pass"), follows="item"),
        OutputPort("failed", ANYTHING, ("commented", "fail", "feedback"), follows="item"),
        OutputPort("commentary", _TEXT, ("commentary",)),
    )
    keeps = "verdict"

    kind: Literal["fairness", "creativity", "bias", "equity", "quality", "custom"] = Field(
        "quality", alias="evaluationType"
    )
    criteria: Text = Field("", alias="evaluationPrompt")
    """The person's own criteria; with the kind *custom* they stand alone, else they come on top."""
    model: Text = Field("", alias="llmModel")
    """The judging model as ``backend/model``; empty for the setting ``judge_model``."""
    threshold: Number = Field(PASSING_SCORE, alias="thresholdValue", ge=0, le=10)
    """The score from which on it passes."""
    output_type: Text = Field("", alias="outputType")
    """Of the editor; kept, and without effect: all three outputs are always there."""

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, kind: str = ..., **fields: Any) -> None: ...

    @property
    def passed(self) -> Port:
        """The port for what passes."""
        return Port(self, "passed", outgoing=True)

    @property
    def failed(self) -> Port:
        """The port for what fails, with the judge's words; lead it back for feedback rounds."""
        return Port(self, "failed", outgoing=True)

    @property
    def commentary(self) -> Port:
        """The port for the judge's words, whatever the verdict."""
        return Port(self, "commentary", outgoing=True)

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """A model that nobody has, or the kind *custom* without criteria."""
        if self.kind == "custom" and not self.criteria.strip():
            yield Problem(
                "is 'custom', so it needs criteria. Write them, or choose another kind.",
                "missing_criteria",
                self.id,
                self.json_name("criteria"),
            )
        yield from model_problem(self, "model", known)

    def model_setting(self) -> str:
        """``judge_model``, where no model is named."""
        return "" if self.model else "judge_model"

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The verdict, and what was judged, through the port that the verdict opens."""
        preset = load_preset(PresetKind.EVALUATION, self.kind)
        pictures = [item.value for item in inputs.all("item") if isinstance(item.value, Media)]
        picture = pictures[0] if pictures else None
        text = inputs.text("item")  # beside a picture: what it is to be judged against
        model = self.model or work.settings.judge_model
        instructions = preset.context.get(work.settings.language)
        if self.criteria:
            instructions = f"{instructions}\n\n{self.criteria}"
        result = await work.write(
            model,
            task=TextTask.EVALUATION,
            needs=Capability.VISION if picture else Capability.TEXT,
            preset=preset,
            instructions=instructions,
            passages=(Passage(text),) if text else (),
            images=(picture.data,) if picture else (),
            answer_schema=VERDICT_SCHEMA,
        )
        score, commentary = read_verdict(result)
        verdict = Verdict(score, self.threshold, commentary)
        limit = verdict.passed is False and work.rounds_left == 0
        verdict = Verdict(score, self.threshold, commentary, limit_reached=limit)
        outputs: dict[str, Any] = {"commentary": commentary}
        judged = picture or text
        if verdict.passed or limit:
            outputs["passed"] = judged
        if verdict.passed is False:
            heading = _FEEDBACK_HEADING[work.settings.language]
            outputs["failed"] = picture or f"{text}\n\n{heading}: {commentary}"
        warnings = list(result.warnings)
        if len(pictures) > 1:
            warnings.append(f"Of {len(pictures)} pictures, the first was judged.")
        if score is None:
            warnings.append("The judge gave no score, so there is no verdict.")
        if limit:
            warnings.append(
                f"It still failed in round {work.round}, the last one; this draft goes on."
            )
        details = {"kind": self.kind, "warnings": warnings} if warnings else {"kind": self.kind}
        kept = Artifact(verdict, model=model, provenance=result.provenance, details=details)
        return NodeResult(outputs, (kept,), tuple(warnings))


class ImageEvaluation(RunnableNode):
    """Describes a picture in the terms of a framework."""

    type = "image_evaluation"
    positional = ("preset",)
    inputs = (InputPort("image", frozenset({Kind.MEDIA}), required=True),)
    outputs = (OutputPort("text", _TEXT),)
    keeps = "text"

    preset: Literal[
        "bildwissenschaftlich", "bildungstheoretisch", "ethisch", "kritisch", "custom"
    ] = Field("bildwissenschaftlich", alias="imageEvaluationPreset")
    prompt: Text = Field("", alias="imageEvaluationPrompt")
    """The person's own question; with the preset *custom* it stands alone, else it comes on top."""
    model: Text = Field("", alias="visionModel")
    """The model that looks, as ``backend/model``; empty for the setting ``vision_model``."""

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, preset: str = ..., **fields: Any) -> None: ...

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """A model that nobody has, or the preset *custom* without a question."""
        if self.preset == "custom" and not self.prompt.strip():
            yield Problem(
                "is 'custom', so it needs a question. Write one, or choose another preset.",
                "missing_criteria",
                self.id,
                self.json_name("prompt"),
            )
        yield from model_problem(self, "model", known)

    def model_setting(self) -> str:
        """``vision_model``, where no model is named."""
        return "" if self.model else "vision_model"

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The description."""
        preset = load_preset(PresetKind.IMAGE_EVALUATION, self.preset)
        picture: Media = inputs.first("image")
        model = self.model or work.settings.vision_model
        result = await work.write(
            model,
            task=TextTask.IMAGE_EVALUATION,
            needs=Capability.VISION,
            preset=preset,
            instructions=preset.context.get(work.settings.language),
            passages=(Passage(self.prompt),) if self.prompt else (),
            images=(picture.data,),
        )
        return text_outcome(result, model, preset=preset.id)


class Comparison(RunnableNode):
    """Compares texts with one another."""

    type = "comparison_evaluator"
    positional = ("criteria",)
    inputs = (InputPort("texts", _TEXT, label="input", required=True, many=True, numbered=True),)
    outputs = (OutputPort("text", _TEXT),)
    keeps = "text"

    criteria: Text = Field("", alias="comparisonCriteria")
    """What to look at; empty for an open comparison."""
    model: Text = Field("", alias="comparisonLlmModel")
    """The comparing model as ``backend/model``; empty for the setting ``judge_model``."""

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, criteria: str = ..., **fields: Any) -> None: ...

    def text(self, number: int) -> Port:
        """The port for the text with this number, from 1.

        Raises:
            ValueError: When the number is smaller.
        """
        if number < 1:
            raise ValueError(f"The texts of a comparison are numbered from 1, not from {number}.")
        return Port(self, "texts", outgoing=False, number=number)

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """A model that nobody has."""
        yield from model_problem(self, "model", known)

    def model_setting(self) -> str:
        """``judge_model``, where no model is named."""
        return "" if self.model else "judge_model"

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The comparison; numbered texts first, by their numbers, then the others."""
        arrivals = sorted(
            inputs.all("texts"),
            key=lambda arrival: math.inf if (n := label_number(arrival.label)) is None else n,
        )
        texts = tuple(str(arrival.value) for arrival in arrivals)
        preset = load_preset(PresetKind.COMPARISON, "default")
        instructions = preset.context.get(work.settings.language)
        if self.criteria:
            instructions = f"{instructions}\n\n{self.criteria}"
        model = self.model or work.settings.judge_model
        result = await work.write(
            model,
            task=TextTask.COMPARISON,
            preset=preset,
            instructions=instructions,
            passages=tuple(Passage(text, f"[{n}]") for n, text in enumerate(texts, start=1)),
        )
        return text_outcome(result, model)


def read_verdict(result: TextResult) -> tuple[float | None, str]:
    """Score and commentary from a judge's answer: structured if it is, else out of the text.

    Returns:
        The score from 0 to 10, or None when there is none; and the commentary.

    Raises:
        BackendAnswerError: When the answer is empty.
    """
    data = result.data if result.data is not None else json_object_in(result.text)
    if data is not None and "score" in data:
        commentary = data.get("commentary")
        return _score(data["score"]), str(commentary) if commentary else result.text
    if not result.text.strip():
        raise BackendAnswerError(
            "The judge gave an empty answer.", backend=result.provenance.backend
        )
    found = _SCORE_IN_TEXT.search(result.text)
    return (_score((found[1] or found[2]).replace(",", ".")) if found else None), result.text


def _score(value: object) -> float | None:
    """``value`` as a score; None for what is none (also: true, a number outside 0 to 10)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        score = float(value)
    except ValueError:
        return None
    return score if 0 <= score <= 10 else None
