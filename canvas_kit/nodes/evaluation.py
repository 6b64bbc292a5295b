"""Nodes that judge, describe and compare."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from canvas_kit.backends.base import Capability, Passage, TextResult, TextTask
from canvas_kit.backends.json_answers import json_object_in
from canvas_kit.canvas.connections import label_number
from canvas_kit.canvas.fields import Number, Text
from canvas_kit.canvas.graph import Port
from canvas_kit.canvas.node import constructor
from canvas_kit.canvas.ports import ANYTHING, MEDIA, TEXT, InputPort, OutputPort
from canvas_kit.errors import BackendAnswerError, Problem
from canvas_kit.nodes.base import Artifact, Inputs, NodeContext, NodeResult, RunnableNode
from canvas_kit.nodes.language import preset_of, text_result
from canvas_kit.preset_files.catalogue import PresetKind, load_preset
from canvas_kit.values import Media, Verdict

EvaluationPreset = Literal["fairness", "creativity", "bias", "equity", "quality", "custom"]
ImageEvaluationPreset = Literal[
    "bildwissenschaftlich", "bildungstheoretisch", "ethisch", "kritisch", "custom"
]

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

_FEEDBACK_HEADING = {"en": "What was said of it", "de": "Was dazu gesagt wurde"}

_NUMBER = r"(-?\d{1,4}(?:[.,]\d{1,4})?)(?![\d.,]*\d)"
_OF = r"\s{0,3}(?:/|out of|von|of)\s{0,3}(\d{1,3})\b(?![.,]\d)"
_SCORE = re.compile(
    r"\b(?:score|rating|points?|punkte|punktzahl|bewertung|note)\b"
    r"(?:[\s*_]{0,3}(?:[(\[]?\d{1,3}\s?(?:-|–|to|bis)\s?\d{1,3}[)\]]?"  # the scale: "(0-10)"
    r"|[(\[](?:out of|von|of|/)\s?\d{1,3}[)\]]))?"
    rf"(?:[\s*_:=–|]|\bis\b|\bist\b|\bof\b){{0,12}}?{_NUMBER}(?:{_OF}|\s{{0,2}}(%))?"
    rf"|(?<![\d.,/]){_NUMBER}\s{{0,3}}(?:/|out of|von)\s{{0,3}}(10)\b(?![.,]\d)",
    re.IGNORECASE,
)
"""A score in prose. All repetitions are bounded, so that no answer makes the search slow."""


class Evaluation(RunnableNode):
    """Judges a text or a picture with a score from 0 to 10; passes it on, or sends it back.

    What passes leaves through :attr:`passed`. What fails leaves through :attr:`failed`, together
    with the judge's words; led back to an earlier node, that starts a new round there. The judge's
    words leave through :attr:`commentary` in either case. No score is "no verdict": then neither
    outcome is taken.

    Args:
        preset: What is looked for: *fairness*, *creativity*, *bias*, *equity*, *quality*; or
            *custom* for ``instructions`` alone.
        instructions: The user's own criteria; they are added to those of the preset.
        model: The judging model as ``backend/model``; empty for the setting ``judge_model``.
        threshold: The score from which on it passes, 0 to 10.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "evaluation"
    inputs = (InputPort("item", ANYTHING, required=True, many=True),)
    outputs = (
        OutputPort("passed", ANYTHING, ("passthrough", "pass"), follows="item"),
        OutputPort("failed", ANYTHING, ("commented", "fail", "feedback"), follows="item"),
        OutputPort("commentary", TEXT, ("commentary",)),
    )
    keeps = "verdict"
    model_default = "judge_model"
    without_effect = frozenset({"output_type"})
    task: ClassVar[TextTask] = TextTask.EVALUATION
    preset_kind = PresetKind.EVALUATION

    preset: Annotated[Text, preset_of(PresetKind.EVALUATION)] = Field(
        "quality", alias="evaluationType"
    )
    instructions: Text = Field("", alias="evaluationPrompt")
    model: Text = Field("", alias="llmModel")
    threshold: Number = Field(PASSING_SCORE, alias="thresholdValue", ge=0, le=10)
    output_type: Text = Field("", alias="outputType")
    """Of the editor; kept, and without effect: all three outputs are always there."""

    @constructor
    def __init__(
        self,
        preset: EvaluationPreset | str = "quality",
        *,
        instructions: str = "",
        model: str = "",
        threshold: float = PASSING_SCORE,
        id: str = "",
    ) -> None: ...

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

    @classmethod
    def completed(cls, given: dict[str, Any]) -> dict[str, Any]:
        """The preset is always written: a canvas file without one means *custom*."""
        return {"preset": "quality"} | given

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """As of every node; without a preset it is *custom*, as the editor shows it."""
        if document.get(cls.json_name("preset")) is not None:
            return super().from_document(document)
        node = super().from_document({**document, cls.json_name("preset"): "custom"})
        node._source = document
        return node

    def to_document(self) -> dict[str, Any]:
        """As of every node; a preset that a file did not say is not said in it."""
        document, key = super().to_document(), self.json_name("preset")
        if self._source and key not in self._source and document.get(key) == "custom":
            del document[key]
        return document

    def warnings(self) -> Iterator[Problem]:
        """The preset *custom* without instructions."""
        yield from _no_words(self, "criteria")

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The verdict, and what was judged, through the port that the verdict opens."""
        preset = load_preset(PresetKind.EVALUATION, self.preset or "quality")
        language = context.settings.language
        pictures = [item.value for item in inputs.all("item") if isinstance(item.value, Media)]
        picture = pictures[0] if pictures else None
        text = inputs.text("item")  # beside a picture: what it is to be judged against
        result = await self.ask(
            context,
            preset,
            needs=Capability.VISION if picture else Capability.TEXT,
            instructions=_joined(preset.instructions.get(language), self.instructions),
            passages=(Passage(text),) if text else (),
            images=(picture.data,) if picture else (),
            answer_schema=VERDICT_SCHEMA,
        )
        score, commentary = read_verdict(result)
        verdict = Verdict(score, self.threshold, commentary)
        limit = verdict.passed is False and context.rounds_left == 0
        warnings = list(result.warnings)
        if len(pictures) > 1:
            warnings.append(f"Of {len(pictures)} pictures, the first was judged.")
        if score is None:
            warnings.append(
                "The judge gave no score, so there is no verdict; what was judged goes no further."
            )
        if limit:
            warnings.append(
                f"It still failed in round {context.round}, the last one; this draft goes on."
            )
        outputs: dict[str, Any] = {"commentary": commentary}
        if verdict.passed or limit:
            outputs["passed"] = picture or text
        if verdict.passed is False:
            outputs["failed"] = picture or f"{text}\n\n{_FEEDBACK_HEADING[language]}: {commentary}"
        artifact = Artifact(
            replace(verdict, limit_reached=limit),
            model=self.chosen_model(context.settings),
            provenance=result.provenance,
            details={"preset": self.preset} | ({"warnings": warnings} if warnings else {}),
        )
        return NodeResult(outputs, (artifact,), tuple(warnings))


class ImageEvaluation(RunnableNode):
    """Describes a picture in the terms of a framework.

    Args:
        preset: The framework: *bildwissenschaftlich* (art history), *bildungstheoretisch*
            (education), *ethisch* (ethics), *kritisch* (critique); or *custom* for
            ``instructions`` alone.
        instructions: The user's own question; it is added to those of the preset.
        model: The model that looks, as ``backend/model``; empty for the setting ``vision_model``.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "image_evaluation"
    inputs = (InputPort("image", MEDIA, required=True, many=True),)
    outputs = (OutputPort("text", TEXT),)
    keeps = "text"
    model_default = "vision_model"
    task: ClassVar[TextTask] = TextTask.IMAGE_EVALUATION
    preset_kind = PresetKind.IMAGE_EVALUATION

    preset: Annotated[Text, preset_of(PresetKind.IMAGE_EVALUATION)] = Field(
        "bildwissenschaftlich", alias="imageEvaluationPreset"
    )
    instructions: Text = Field("", alias="imageEvaluationPrompt")
    model: Text = Field("", alias="visionModel")

    @constructor
    def __init__(
        self,
        preset: ImageEvaluationPreset | str = "bildwissenschaftlich",
        *,
        instructions: str = "",
        model: str = "",
        id: str = "",
    ) -> None: ...

    def warnings(self) -> Iterator[Problem]:
        """The preset *custom* without instructions."""
        yield from _no_words(self, "a question")

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The description."""
        preset = load_preset(PresetKind.IMAGE_EVALUATION, self.preset or "bildwissenschaftlich")
        pictures = inputs.all("image")
        result = await self.ask(
            context,
            preset,
            needs=Capability.VISION,
            passages=(Passage(self.instructions),) if self.instructions else (),
            images=(inputs.first("image").data,),
        )
        if len(pictures) > 1:
            warning = f"Of {len(pictures)} pictures, the first was described."
            result = replace(result, warnings=(*result.warnings, warning))
        return text_result(result, self.chosen_model(context.settings), preset=preset.id)


class Comparison(RunnableNode):
    """Compares texts with one another.

    Args:
        instructions: What to look at; empty for an open comparison.
        model: The comparing model as ``backend/model``; empty for the setting ``judge_model``.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "comparison_evaluator"
    inputs = (InputPort("texts", TEXT, label="input", required=True, many=True, numbered=True),)
    outputs = (OutputPort("text", TEXT),)
    keeps = "text"
    model_default = "judge_model"
    task: ClassVar[TextTask] = TextTask.COMPARISON
    preset_kind = PresetKind.COMPARISON

    instructions: Text = Field("", alias="comparisonCriteria")
    model: Text = Field("", alias="comparisonLlmModel")

    @constructor
    def __init__(self, instructions: str = "", *, model: str = "", id: str = "") -> None: ...

    def text(self, number: int) -> Port:
        """The port for the text with this number, from 1.

        Raises:
            ValueError: When the number is smaller.
        """
        if number < 1:
            raise ValueError(f"The texts of a comparison are numbered from 1, not from {number}.")
        return Port(self, "texts", outgoing=False, number=number)

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The comparison; numbered texts first, by their numbers, then the others."""
        texts = sorted(
            inputs.all("texts"),
            key=lambda item: math.inf if (n := label_number(item.label)) is None else n,
        )
        preset = load_preset(PresetKind.COMPARISON, "default")
        own = preset.instructions.get(context.settings.language)
        result = await self.ask(
            context,
            preset,
            instructions=_joined(own, self.instructions),
            passages=tuple(Passage(str(item.value), f"[{n}]") for n, item in enumerate(texts, 1)),
        )
        return text_result(result, self.chosen_model(context.settings))


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)


def _no_words(node: Evaluation | ImageEvaluation, wanted: str) -> Iterator[Problem]:
    if node.preset == "custom" and not node.instructions.strip():
        yield Problem(
            f"The preset is 'custom', but there is nothing of your own: write {wanted} here, or "
            "choose another preset.",
            "missing_criteria",
            node.id,
            node.name_of("instructions"),
        )


def read_verdict(result: TextResult) -> tuple[float | None, str]:
    """Score and commentary from a judge's answer: structured if it is, else out of the text.

    Returns:
        The score from 0 to 10, or None when there is none; and the commentary.

    Raises:
        BackendAnswerError: When the answer is empty.
    """
    data = result.data if result.data is not None else json_object_in(result.text)
    if data is not None and "score" in data:
        commentary, score = data.get("commentary"), data["score"]
        told = str(commentary) if commentary else result.text
        return score_in(f"score: {score}") if isinstance(score, str) else _score(score), told
    if not result.text.strip():
        raise BackendAnswerError(
            "The judge gave an empty answer.", backend=result.provenance.backend
        )
    return score_in(result.text), result.text


def score_in(text: str) -> float | None:
    """The score from 0 to 10 that prose gives, or None.

    A number after a word such as "score" or "Punkte" counts, and so does any number "of 10". One
    that says of how many ("4/5") is brought to the scale; it wins over one that does not, and the
    last of several wins.
    """
    best: tuple[bool, float | None] | None = None
    for found in _SCORE.finditer(text):
        labelled, of, percent, bare, ten = found.groups()
        scale = float(of or ten or (100 if percent else 10))
        number = float((labelled or bare).replace(",", "."))
        explicit = bool(of or ten or percent)
        if best is None or explicit >= best[0]:
            best = explicit, _score(number * 10 / scale) if scale else None
    return best[1] if best else None


def _score(value: object) -> float | None:
    """``value`` as a score; None for what is none (also: true, a number outside 0 to 10)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10:
        return None
    return float(value)
