"""What is chosen in the form, and what was tried with it.

No widget: this is data, and what of it stays in a saved notebook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import RecordError
from canvas_kit.german import Language
from canvas_kit.nodes.generation import Generation
from canvas_kit.nodes.inputs import Input
from canvas_kit.nodes.language import Interception
from canvas_kit.nodes.outputs import Collector
from canvas_kit.preset_files.catalogue import PresetKind, load_preset
from canvas_kit.recorder.run import Run
from canvas_kit.views import markup
from canvas_kit.views.canvases import canvas_html
from canvas_kit.views.markup import Html, dim, div, picture_url, tag, text
from canvas_kit.views.results import run_html

OWN_INSTRUCTIONS = "user_defined"
"""The preset that does what the user writes."""
KEPT_TRIES = 12
"""Tries that stand in the strip, besides those that are pinned."""
THUMBNAIL_EDGE, _COMPARED_EDGE = 176, 420
_THUMBNAIL_BYTES, _COMPARED_BYTES = 16_000, 60_000
_PROMPT_CHARACTERS = 60
LABELS: Mapping[str, tuple[str, str]] = {
    "prompt": ("Prompt", "Prompt"),
    "preset": ("Interception", "Interception"),
    "instructions": ("Instruction", "Anweisung"),
    "text_model": ("Rewrites", "Schreibt um"),
    "media_model": ("Draws", "Malt"),
    "size": ("Size", "Größe"),
    "steps": ("Steps", "Schritte"),
    "seed": ("Seed", "Seed"),
    "fresh": ("a new seed for each run", "für jeden Lauf ein neuer Seed"),
    "run": ("Run", "Start"),
    "save": ("Save canvas", "Canvas sichern"),
    "code": ("Show as code", "Als Code zeigen"),
    "pin": ("Pin", "Anheften"),
    "unpin": ("Unpin", "Lösen"),
    "tried": ("Tried so far", "Bisher ausprobiert"),
    "compared": ("Pinned, side by side", "Angeheftet, nebeneinander"),
    "chosen": ("Chosen", "Gewählt"),
    "back": ("Bring back try {}: {}", "Versuch {} zurückholen: {}"),
    "same": ("the same again", "noch einmal dasselbe"),
    "no_picture": ("no picture", "kein Bild"),
    "saved": ("The canvas is saved as", "Das Canvas ist gesichert als"),
    "picture": ("The last picture lies in", "Das letzte Bild liegt in"),
    "older": ("earlier tries are in the exports folder", "frühere Versuche liegen im Exportordner"),
}
"""What stands in the form, in English and in German."""


def label(name: str, language: Language) -> str:
    """What stands in the form, by its name."""
    return LABELS[name][language == "de"]


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen in the form.

    Attributes:
        prompt: The words to begin with.
        preset: Id of an interception preset.
        instructions: The user's own; used with the preset ``user_defined``.
        text_model: The language model as ``backend/model``; empty for the setting ``text_model``.
        media_model: An output config or model; empty for the setting ``media_model``.
        seed: 0 to 2**53 - 1.
        width: In pixels.
        height: In pixels.
        steps: Sampler steps.
    """

    prompt: str = "A market at dawn"
    preset: str = "stillepost"
    instructions: str = ""
    text_model: str = ""
    media_model: str = ""
    seed: int = 7
    width: int = 320
    height: int = 320
    steps: int = 25

    @property
    def canvas(self) -> Canvas:
        """The canvas that these choices make.

        Raises:
            CanvasError: When a value is out of range.
        """
        own = self.instructions if self.preset == OWN_INSTRUCTIONS else ""
        words = Interception(self.preset, instructions=own, model=self.text_model)
        picture = Generation(
            self.media_model,
            seed=self.seed,
            width=self.width,
            height=self.height,
            steps=self.steps,
        )
        return Canvas(Input(self.prompt) >> words >> picture >> Collector())

    def told(self, language: Language) -> dict[str, str]:
        """Every choice in a few words, by the name of its field."""
        preset = load_preset(PresetKind.INTERCEPTION, self.preset)
        own = self.instructions if self.preset == OWN_INSTRUCTIONS else ""
        steps = label("steps", language)
        found = {
            "prompt": self.prompt,
            "preset": preset.name.get(language),
            "instructions": own,
            "text_model": self.text_model,
            "media_model": self.media_model,
            "size": f"{self.width} × {self.height}",
            "steps": f"{self.steps} {steps if language == 'de' else steps.lower()}",
            "seed": f"seed {self.seed}" if language == "en" else f"Seed {self.seed}",
        }
        return {name: words for name, words in found.items() if words}


@dataclass(frozen=True, eq=False)
class Try:
    """Something that was tried in the form.

    Attributes:
        number: Counts from 1.
        choices: What was chosen.
        run: What came of it; none where it could not be recorded.
        error: Why there is none.
        before: What was tried before it.
    """

    number: int
    choices: Choices
    run: Run | None
    error: str = ""
    before: Choices | None = None

    def changed(self, language: Language) -> str:
        """What was chosen otherwise than in the try before; of the first one, what was chosen."""
        told = self.choices.told(language)
        if self.before is None:
            names = ("preset", "size", "steps", "seed")
            return " · ".join(told[name] for name in names)
        before = self.before.told(language)
        found = [words for name, words in told.items() if before.get(name) != words]
        words = " · ".join(markup.shortened(words, _PROMPT_CHARACTERS) for words in found)
        return words or label("same", language)

    @cached_property
    def thumbnail(self) -> str:
        """A small picture of what came of it, as a data URL; empty where no picture did."""
        return self.picture(THUMBNAIL_EDGE, _THUMBNAIL_BYTES)

    def picture(self, edge: int, max_bytes: int) -> str:
        """Its last picture, as a data URL; empty where there is none."""
        if self.run is None or not self.run.images:
            return ""
        try:
            return picture_url(self.run.images[-1].bytes, edge=edge, max_bytes=max_bytes) or ""
        except RecordError:  # moved or removed meanwhile
            return ""

    def html(self, language: Language, *, links: bool) -> Html:
        """What came of it, as a result is shown."""
        if self.run is not None:
            return run_html(self.run, links=links, language=language)
        return markup.panel(markup.failures([self.error]))


def compared_html(pinned: Sequence[Try], language: Language) -> Html:
    """Pinned tries side by side, each with what tells it from the others."""
    if not pinned:
        return ""
    told = [item.choices.told(language) for item in pinned]
    names = [name for name in told[0] if len({each.get(name) for each in told}) > 1]
    figures = []
    for item, chosen in zip(pinned, told, strict=True):
        found = [
            chosen[name] for name in names or ("preset", "size", "steps", "seed") if name in chosen
        ]
        figures.append(
            _figure(
                item, item.picture(_COMPARED_EDGE, _COMPARED_BYTES), " · ".join(found), language
            )
        )
    head = tag("div", tag("b", text(label("compared", language))), "ck-part")
    return head + div(figures, "ck-pair")


def strip_html(tries: Sequence[Try], language: Language) -> Html:
    """Tries as small pictures, each with what was changed for it."""
    if not tries:
        return ""
    shown = (_figure(item, item.thumbnail, item.changed(language), language) for item in tries)
    return tag("div", tag("b", text(label("tried", language))), "ck-part") + div(shown, "ck-tries")


def kept_html(
    choices: Choices,
    latest: Try | None,
    tries: Sequence[Try],
    pinned: Sequence[Try],
    language: Language,
) -> Html:
    """The form as a saved notebook keeps it: the result, what is pinned, what was tried."""
    if latest is None:
        return markup.panel(canvas_html(choices.canvas, language))
    told = choices.told(language)
    rows = [
        tag("tr", tag("td", text(label(name, language))) + tag("td", text(words)))
        for name, words in told.items()
    ]
    chosen = tag("table", tag("tbody", "".join(rows)), "ck-table ck-plain")
    parts = [compared_html(pinned, language), strip_html(tries, language)]
    return markup.panel(chosen) + latest.html(language, links=True) + markup.panel(*parts)


def _figure(item: Try, url: str, words: str, language: Language) -> Html:
    told = "\n".join(item.choices.told(language).values())
    picture = tag("div", text(item.error or label("no_picture", language)), "ck-none")
    if url:
        picture = markup.image(url, told, told)
    caption = tag("b", str(item.number)) + " " + dim(words)
    return tag("figure", picture + tag("figcaption", caption))
