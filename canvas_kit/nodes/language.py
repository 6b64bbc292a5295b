"""Nodes in which words become other words."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from canvas_kit.backends.base import Passage, TextResult, TextTask
from canvas_kit.canvas.fields import Text, WholeNumber
from canvas_kit.canvas.node import KnownNames, constructor
from canvas_kit.canvas.ports import TEXT, InputPort, OutputPort
from canvas_kit.errors import Problem, UnknownName
from canvas_kit.nodes.base import Artifact, Inputs, NodeContext, NodeResult, RunnableNode
from canvas_kit.preset_files.catalogue import (
    Preset,
    PresetKind,
    film_types,
    load_film_type,
    load_preset,
    preset_ids,
)

InterceptionPreset = Literal[
    "user_defined", "none", "analog_photography_1870s", "analog_photography_1970s",
    "analogue_copy", "bauhaus", "clichefilter_v2", "confucianliterati", "cooked_negatives",
    "digital_photography", "forceful", "hunkydoryharmonizer", "jugendsprache", "mad_world",
    "one_world", "overdrive", "p5js_simplifier", "piglatin", "planetarizer", "renaissance",
    "sensitive", "stillepost", "technicaldrawing", "tellastory", "theopposite", "tonejs_composer",
]  # fmt: skip
RandomPromptPreset = Literal["clean_image", "photo", "artform", "instruction", "language"]
AdaptionPreset = Literal["none", "sd35", "flux", "video", "audio"]

_ANSWER_RULE = {
    "en": "Answer with the new text only: no introduction, no explanation, no quotation marks.",
    "de": "Antworte nur mit dem neuen Text: ohne Einleitung, ohne Erklärung, ohne "
    "Anführungszeichen.",
}
_ANY_FILM = "random"
_FILM_HEADING = {"en": "Film type", "de": "Filmtyp"}
_DRAFT_HEADINGS = {
    "en": ("Your last draft", "What was said of it; write a better draft that answers this"),
    "de": ("Dein letzter Entwurf", "Was dazu gesagt wurde; schreibe einen besseren Entwurf dazu"),
}


def _same_words(text: str, *others: str) -> bool:
    return bool(text) and any(text.split() == other.split() for other in others)


def preset_of(kind: PresetKind) -> AfterValidator:
    """The check that a field names a preset of this kind, or none."""

    def checked(name: str) -> str:
        if name and name not in preset_ids(kind):
            message = str(UnknownName(kind.label, name, preset_ids(kind)))
            raise PydanticCustomError("unknown_preset", "{message}", {"message": message})
        return name

    return AfterValidator(checked)


class Rewriting(RunnableNode):
    """A node that sends a text to a language model and passes on what comes back."""

    inputs = (InputPort("text", TEXT, required=True, many=True),)
    outputs = (OutputPort("text", TEXT),)
    keeps = "text"
    accepts_feedback = True
    model_default = "text_model"
    task: ClassVar[TextTask]

    async def rewrite(
        self,
        inputs: Inputs,
        context: NodeContext,
        *,
        preset: Preset,
        instructions: str = "",
        passages: tuple[Passage, ...] = (),
    ) -> NodeResult:
        """Send what came in, with the judge's words in a feedback round, and keep the answer.

        Args:
            inputs: What came in.
            context: What the node may use.
            preset: Whose instructions, sampling parameters and options are sent.
            instructions: The user's own, sent in place of the preset's; then the preset's options
                do not hold either, unless these are the preset's own words.
            passages: What is sent after the text.
        """
        language = context.settings.language
        if text := inputs.text("text"):
            passages = (Passage(text), *passages)
        if context.feedback is not None:
            draft, said = _DRAFT_HEADINGS[language]
            passages += (
                Passage(context.feedback.draft, draft),
                Passage(context.feedback.commentary, said),
            )
        own: dict[str, Any] = {}
        if _same_words(instructions, preset.instructions.en, preset.instructions.de):
            own = {"instructions": instructions}  # as the editor writes them beside the preset
        elif instructions:
            own = {"instructions": f"{instructions}\n\n{_ANSWER_RULE[language]}", "options": {}}
        result = await self.ask(context, preset, passages=passages, **own)
        return text_result(result, self.chosen_model(context.settings), preset=preset.id)


class Interception(Rewriting):
    """Rewrites a text in the spirit of a preset, or by the user's own instructions.

    Args:
        preset: Id of an interception preset (:func:`canvas_kit.presets` lists them). *none* passes
            the text on as it is, *user_defined* does what ``instructions`` say.
        instructions: The user's own; they stand in place of the preset's.
        model: The language model as ``backend/model``; empty for the setting ``text_model``.
        max_feedback_rounds: How often a feedback connection may start a new round here, 0 to 100.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "interception"
    task = TextTask.INTERCEPTION
    preset_kind = PresetKind.INTERCEPTION

    preset: Annotated[Text, preset_of(PresetKind.INTERCEPTION)] = Field(
        "user_defined", alias="interceptionPreset"
    )
    instructions: Text = Field("", alias="contextPrompt")
    model: Text = Field("", alias="llmModel")
    max_feedback_rounds: WholeNumber = Field(3, alias="maxFeedbackIterations", ge=0, le=100)

    @constructor
    def __init__(
        self,
        preset: InterceptionPreset | str = "user_defined",
        *,
        instructions: str = "",
        model: str = "",
        max_feedback_rounds: int = 3,
        id: str = "",
    ) -> None: ...

    def model_setting(self) -> str:
        """``text_model``, where no model is named; nothing for the preset *none*."""
        return "" if self._as_it_is else super().model_setting()

    @property
    def _as_it_is(self) -> bool:
        return self.preset == "none" and not self.instructions

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The rewritten text; with the preset *none*, the text as it came."""
        if self._as_it_is:
            return unchanged(inputs)
        preset = load_preset(PresetKind.INTERCEPTION, self.preset or "user_defined")
        return await self.rewrite(inputs, context, preset=preset, instructions=self.instructions)


class Translation(Rewriting):
    """Translates a text.

    Args:
        instructions: Into which language, and how; empty for: into English.
        model: The language model as ``backend/model``; empty for the setting ``text_model``.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "translation"
    task = TextTask.TRANSLATION
    preset_kind = PresetKind.TRANSLATION

    instructions: Text = Field("", alias="translationPrompt")
    model: Text = Field("", alias="llmModel")

    @constructor
    def __init__(self, instructions: str = "", *, model: str = "", id: str = "") -> None: ...

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The translated text."""
        preset = load_preset(PresetKind.TRANSLATION, "default")
        return await self.rewrite(inputs, context, preset=preset, instructions=self.instructions)


class RandomPrompt(Rewriting):
    """Invents a prompt; with a text connected, on its theme.

    Args:
        preset: What is invented: *clean_image*, *photo*, *artform*, *instruction* or *language*.
        model: The language model as ``backend/model``; empty for the setting ``text_model``.
        film_type: Id or name of a film type, for the preset *photo*; *random* draws one for each
            run.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "random_prompt"
    inputs = (InputPort("text", TEXT, many=True),)
    task = TextTask.RANDOM_PROMPT
    preset_kind = PresetKind.RANDOM_PROMPT

    preset: Annotated[Text, preset_of(PresetKind.RANDOM_PROMPT)] = Field(
        "clean_image", alias="randomPromptPreset"
    )
    model: Text = Field("", alias="randomPromptModel")
    film_type: Text = Field("", alias="randomPromptFilmType")

    @constructor
    def __init__(
        self,
        preset: RandomPromptPreset | str = "clean_image",
        *,
        model: str = "",
        film_type: str = "",
        id: str = "",
    ) -> None: ...

    def problems(self, known: KnownNames | None) -> Iterator[Problem]:
        """A film type or model that does not exist."""
        if self.film_type not in ("", _ANY_FILM) and self.preset == "photo":
            try:
                load_film_type(self.film_type)
            except UnknownName as error:
                yield Problem(str(error), "unknown_preset", self.id, self.name_of("film_type"))
        yield from super().problems(known)

    def identity(self, folders: Sequence[Path] = ()) -> dict[str, Any]:
        """As of every node, with the words of its film type; for another preset there is none."""
        found = super().identity(folders)
        film = found["fields"].pop("film_type", "")
        if film and self.preset == "photo":
            films = film_types() if film == _ANY_FILM else {"": load_film_type(film)}
            found["films"] = [item.words.model_dump() for item in films.values()]
        return found

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The invented prompt."""
        preset = load_preset(PresetKind.RANDOM_PROMPT, self.preset or "clean_image")
        passages: tuple[Passage, ...] = ()
        if self.film_type and self.preset == "photo":
            language = context.settings.language
            film = self.film_type
            if film == _ANY_FILM:
                film = random.Random(context.own_seed).choice(list(film_types()))
            look = load_film_type(film).words.get(language)
            passages = (Passage(look, _FILM_HEADING[language]),)
        return await self.rewrite(inputs, context, preset=preset, passages=passages)


class ModelAdaption(Rewriting):
    """Rephrases a prompt for the kind of model that will read it.

    Args:
        preset: The kind of model: *sd35*, *flux*, *video* or *audio*; *none* passes the prompt on
            as it is.
        model: The language model as ``backend/model``; empty for the setting ``text_model``.
        id: The node's id; left out, the canvas gives it one.
    """

    type = "model_adaption"
    task = TextTask.MODEL_ADAPTION
    preset_kind = PresetKind.MODEL_ADAPTION

    preset: Annotated[Text, preset_of(PresetKind.MODEL_ADAPTION)] = Field(
        "none", alias="modelAdaptionPreset"
    )
    model: Text = Field("", alias="llmModel")

    @constructor
    def __init__(
        self, preset: AdaptionPreset | str = "none", *, model: str = "", id: str = ""
    ) -> None: ...

    def model_setting(self) -> str:
        """``text_model``, where no model is named; nothing for the preset *none*."""
        return "" if self.preset in ("", "none") else super().model_setting()

    async def execute(self, inputs: Inputs, context: NodeContext) -> NodeResult:
        """The rephrased prompt; with the preset *none*, the prompt as it came."""
        if self.preset in ("", "none"):
            return unchanged(inputs)
        preset = load_preset(PresetKind.MODEL_ADAPTION, self.preset)
        return await self.rewrite(inputs, context, preset=preset)


def unchanged(inputs: Inputs) -> NodeResult:
    """The text as it came: the control, which asks no model."""
    text = inputs.text("text")
    return NodeResult({"text": text}, (Artifact(text, details={"preset": "none"}),))


def text_result(result: TextResult, model: str, **details: Any) -> NodeResult:
    """A text that goes on through the port ``text`` and into the record."""
    details = {key: value for key, value in details.items() if value}
    if result.warnings:
        details["warnings"] = list(result.warnings)
    artifact = Artifact(
        result.text,
        seed=result.provenance.seed,
        model=model,
        provenance=result.provenance,
        details=details,
    )
    return NodeResult({"text": result.text}, (artifact,), result.warnings)
