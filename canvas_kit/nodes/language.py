"""Nodes in which words become other words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from canvas_kit.backends.base import Passage, TextResult, TextTask
from canvas_kit.canvas.node import InputPort, Kind, KnownNames, Node, OutputPort, Text, WholeNumber
from canvas_kit.errors import Problem, UnknownName
from canvas_kit.nodes.base import Artifact, Inputs, NodeContext, NodeResult, RunnableNode
from canvas_kit.presets import Preset, PresetKind, load_film_type, load_preset

_TEXT = frozenset({Kind.TEXT})
_ANSWER_RULE = {
    "en": "Answer with the new text only: no introduction, no explanation, no quotation marks.",
    "de": "Antworte nur mit dem neuen Text: ohne Einleitung, ohne Erklärung, ohne "
    "Anführungszeichen.",
}
_FILM_HEADING = {"en": "Film type", "de": "Filmtyp"}
_DRAFT_HEADINGS = {
    "en": ("Your last draft", "What was said of it; write a better draft that answers this"),
    "de": ("Dein letzter Entwurf", "Was dazu gesagt wurde; schreibe einen besseren Entwurf dazu"),
}


class Rewriting(RunnableNode):
    """A node that sends a text to a language model and passes on what comes back."""

    inputs = (InputPort("text", _TEXT, required=True, many=True),)
    outputs = (OutputPort("text", _TEXT),)
    keeps = "text"
    accepts_feedback = True

    task: ClassVar[TextTask]

    model: Text = Field("", alias="llmModel")
    """The language model as ``backend/model``; empty for the setting ``text_model``."""

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """A model that nobody has."""
        yield from model_problem(self, "model", known)

    def model_setting(self) -> str:
        """``text_model``, where no model is named."""
        return "" if self.model else "text_model"

    async def rewrite(
        self,
        inputs: Inputs,
        work: NodeContext,
        *,
        preset: Preset,
        instructions: str = "",
        passages: tuple[Passage, ...] = (),
    ) -> NodeResult:
        """Send what came in, with the judge's words in a feedback round, and keep the answer.

        Args:
            inputs: What came in.
            work: What the node may use.
            preset: Whose instructions, sampling parameters and options are sent.
            instructions: The person's own, sent in place of the preset's; then the preset's options
                do not hold either.
            passages: What is sent after the text.
        """
        language = work.settings.language
        if text := inputs.text("text"):
            passages = (Passage(text), *passages)
        if work.feedback is not None:
            draft, said = _DRAFT_HEADINGS[language]
            passages += (
                Passage(work.feedback.draft, draft),
                Passage(work.feedback.commentary, said),
            )
        own = f"{instructions}\n\n{_ANSWER_RULE[language]}" if instructions else ""
        model = self.model or work.settings.text_model
        result = await work.write(
            model,
            task=self.task,
            preset=replace(preset, options={}) if own else preset,
            instructions=own or preset.context.get(language),
            passages=passages,
        )
        return text_outcome(result, model, preset=preset.id)


class Interception(Rewriting):
    """Rewrites the person's words in the spirit of a preset, or of the person's own instruction."""

    type = "interception"
    positional = ("preset",)
    task = TextTask.INTERCEPTION

    preset: Text = Field("user_defined", alias="interceptionPreset")
    """Id of an interception preset."""
    context: Text = Field("", alias="contextPrompt")
    """The person's own instruction; it stands in place of the preset's."""
    max_feedback_rounds: WholeNumber = Field(3, alias="maxFeedbackIterations", ge=0, le=100)
    """How often a feedback connection may start a new round here."""

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, preset: str = ..., **fields: Any) -> None: ...

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """A preset or model that does not exist."""
        yield from preset_problem(self, "preset", PresetKind.INTERCEPTION)
        yield from super().problems(known)

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The rewritten text."""
        preset = load_preset(PresetKind.INTERCEPTION, self.preset or "user_defined")
        return await self.rewrite(inputs, work, preset=preset, instructions=self.context)


class Translation(Rewriting):
    """Translates the text, as an instruction says."""

    type = "translation"
    positional = ("instruction",)
    task = TextTask.TRANSLATION

    instruction: Text = Field("", alias="translationPrompt")
    """Into which language, and how; empty for: into English."""

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, instruction: str = ..., **fields: Any) -> None: ...

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The translated text."""
        preset = load_preset(PresetKind.TRANSLATION, "default")
        return await self.rewrite(inputs, work, preset=preset, instructions=self.instruction)


class RandomPrompt(Rewriting):
    """Invents a prompt; with a text connected, on its theme."""

    type = "random_prompt"
    positional = ("preset",)
    inputs = (InputPort("text", _TEXT, many=True),)
    task = TextTask.RANDOM_PROMPT

    preset: Literal["clean_image", "photo", "artform", "instruction", "language"] = Field(
        "clean_image", alias="randomPromptPreset"
    )
    model: Text = Field("", alias="randomPromptModel")
    """The language model as ``backend/model``; empty for the setting ``text_model``."""
    film_type: Text = Field("", alias="randomPromptFilmType")
    """Id of a film type, for the preset *photo*."""

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, preset: str = ..., **fields: Any) -> None: ...

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """A film type or model that does not exist."""
        if self.film_type and self.preset == "photo":
            try:
                load_film_type(self.film_type)
            except UnknownName as error:
                yield Problem(str(error), "unknown_preset", self.id, self.json_name("film_type"))
        yield from super().problems(known)

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The invented prompt."""
        preset = load_preset(PresetKind.RANDOM_PROMPT, self.preset)
        passages: tuple[Passage, ...] = ()
        if self.film_type and self.preset == "photo":
            language = work.settings.language
            look = load_film_type(self.film_type).words.get(language)
            passages = (Passage(look, _FILM_HEADING[language]),)
        return await self.rewrite(inputs, work, preset=preset, passages=passages)


class ModelAdaption(Rewriting):
    """Rephrases a prompt for the kind of model that will read it."""

    type = "model_adaption"
    positional = ("preset",)
    task = TextTask.MODEL_ADAPTION

    preset: Literal["none", "sd35", "flux", "video", "audio"] = Field(
        "none", alias="modelAdaptionPreset"
    )

    if TYPE_CHECKING:  # pydantic's own takes nothing without its name

        def __init__(self, preset: str = ..., **fields: Any) -> None: ...

    def model_setting(self) -> str:
        """``text_model``, but for the preset *none*, which asks nobody."""
        return "" if self.preset == "none" else super().model_setting()

    async def execute(self, inputs: Inputs, work: NodeContext) -> NodeResult:
        """The rephrased prompt; with the preset *none*, the prompt as it came."""
        if self.preset == "none":
            text = inputs.text("text")
            return NodeResult({"text": text}, (Artifact(text, details={"preset": "none"}),))
        preset = load_preset(PresetKind.MODEL_ADAPTION, self.preset)
        return await self.rewrite(inputs, work, preset=preset)


def text_outcome(result: TextResult, model: str, **details: Any) -> NodeResult:
    """A text that goes on through the port ``text`` and into the record."""
    details = {key: value for key, value in details.items() if value}
    if result.warnings:
        details["warnings"] = list(result.warnings)
    kept = Artifact(
        result.text,
        seed=result.provenance.seed,
        model=model,
        provenance=result.provenance,
        details=details,
    )
    return NodeResult({"text": result.text}, (kept,), result.warnings)


def preset_problem(node: Node, field: str, kind: PresetKind) -> Iterator[Problem]:
    """The problem that the preset named in ``field`` does not exist, if it does not."""
    if name := getattr(node, field):
        try:
            load_preset(kind, name)
        except UnknownName as error:
            yield Problem(str(error), "unknown_preset", node.id, node.json_name(field))


def model_problem(node: Node, field: str, known: KnownNames | None) -> Iterator[Problem]:
    """The problem that the model named in ``field`` cannot be used, if it cannot."""
    name = getattr(node, field)
    if known is not None and name and (message := known.model_problem(name)):
        yield Problem(message, "unknown_model", node.id, node.json_name(field))
