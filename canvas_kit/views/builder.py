"""A form that builds a small canvas and runs it: for a first lesson, before the first line of code.

What the form does is all there in Python as well: :class:`Choices` is the canvas that it builds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from canvas_kit.errors import CanvasKitError
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.handle import RunHandle, run
from canvas_kit.nodes.generation import Generation
from canvas_kit.nodes.inputs import Input
from canvas_kit.nodes.language import Interception
from canvas_kit.nodes.outputs import Collector
from canvas_kit.nodes.parameters import draw_seed
from canvas_kit.presets import PresetKind, load_preset, load_presets
from canvas_kit.values import MAX_SEED
from canvas_kit.views import markup
from canvas_kit.views.front_end import Audience, audience, warn_about_kernel
from canvas_kit.views.live import LiveRun, close_all
from canvas_kit.views.markup import Html, tag, text
from canvas_kit.views.results import failures_html

if TYPE_CHECKING:
    from canvas_kit.canvas.graph import Canvas

OWN_WORDS = "user_defined"
"""The preset that does what the person writes."""
SIZES = ((256, 256), (320, 320), (320, 512), (512, 320), (512, 512), (768, 768), (1024, 1024))
_MAX_STEPS = 60
_LABELS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "prompt": "Prompt",
        "preset": "Interception",
        "context": "Instruction",
        "writer": "Rewrites",
        "model": "Draws",
        "size": "Size",
        "steps": "Steps",
        "seed": "Seed",
        "fresh": "a new seed for each run",
        "run": "Run",
    },
    "de": {
        "prompt": "Prompt",
        "preset": "Interception",
        "context": "Anweisung",
        "writer": "Schreibt um",
        "model": "Malt",
        "size": "Größe",
        "steps": "Schritte",
        "seed": "Seed",
        "fresh": "für jeden Lauf ein neuer Seed",
        "run": "Start",
    },
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person has chosen in the form.

    Attributes:
        prompt: The words to begin with.
        preset: Id of an interception preset.
        context: The person's own instruction; used with the preset ``user_defined``.
        writer: The language model as ``backend/model``; empty for the setting ``text_model``.
        model: An output config or model; empty for the setting ``media_model``.
        seed: 0 to 2**53 - 1.
        width: In pixels.
        height: In pixels.
        steps: Sampler steps.
    """

    prompt: str = "A market at dawn"
    preset: str = "stillepost"
    context: str = ""
    writer: str = ""
    model: str = ""
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
        words = Input(self.prompt)
        own = self.context if self.preset == OWN_WORDS else ""
        interception = Interception(self.preset, instructions=own, model=self.writer)
        generation = Generation(
            self.model, seed=self.seed, width=self.width, height=self.height, steps=self.steps
        )
        return words >> interception >> generation >> Collector()


class CanvasForm:
    """A form to choose words, preset, model, seed and size, and to run them.

    Show it in a notebook; the run appears beneath it, live, and then its result. Without a front
    end it is the choices that it began with.

    Attributes:
        engine: Runs what the form builds.
        handle: The latest run, if there was one.
    """

    def __init__(
        self,
        choices: Choices | None = None,
        *,
        engine: Engine | None = None,
        exports: str | Path | None = None,
        writers: Sequence[str] = (),
        models: Sequence[str] = (),
    ) -> None:
        """Prepare; the widgets are made when they are first shown.

        Args:
            choices: What is chosen at the beginning.
            engine: The engine to use, if not the default one.
            exports: Where records go, if not where the settings say.
            writers: Further language models to choose from, as ``backend/model``.
            models: Further output configs or models to choose from.

        Raises:
            UnknownName: When the preset that is chosen does not exist.
            SettingsError: When the settings cannot be read.
        """
        self.engine = engine or default_engine()
        self.handle: RunHandle | None = None
        self._begin_with = choices or Choices()
        load_preset(PresetKind.INTERCEPTION, self._begin_with.preset)
        self._exports = exports
        self._writers = writers
        self._models = models
        self._fields: _Fields | None = None
        self._stage: Any = None
        self._whole: Any = None

    @property
    def choices(self) -> Choices:
        """What is chosen now."""
        return self._fields.read() if self._fields else self._begin_with

    @property
    def canvas(self) -> Canvas:
        """The canvas as it is chosen now.

        Raises:
            CanvasError: When a value is out of range.
        """
        return self.choices.canvas

    @property
    def widget(self) -> Any:
        """The form as a widget, made when first asked for."""
        if self._whole is None:
            import ipywidgets as widgets

            self._fields = _Fields(
                widgets,
                self._begin_with,
                self.engine.settings.language,
                writers=self._text_models(),
                models=self._picture_models(),
            )
            self._fields.run_button.on_click(lambda _: self._run_clicked())
            self._stage = widgets.VBox(layout={"width": "100%", "margin": "10px 0 0"})
            self._whole = widgets.VBox([self._fields.widget, self._stage])
        return self._whole

    @property
    def run_button(self) -> Any:
        """The button that runs what is chosen."""
        assert self.widget is not None
        assert self._fields is not None
        return self._fields.run_button

    def run(self) -> RunHandle:
        """Run what is chosen now.

        Raises:
            CanvasError: When it cannot run; nothing was written.
        """
        choices = self.choices
        self.handle = run(
            choices.canvas, seed=choices.seed, exports=self._exports, engine=self.engine
        )
        return self.handle

    def _run_clicked(self) -> None:
        assert self._fields is not None
        import ipywidgets as widgets

        fields = self._fields
        fields.draw_fresh_seed()
        former = self._stage.children
        try:
            handle = self.run()
        except CanvasKitError as error:
            words = markup.panel(failures_html([str(error)]))
            self._stage.children = (widgets.HTML(words),)
        else:
            fields.run_button.disabled = True
            view = LiveRun(handle)
            self._stage.children = (view.widget,)

            def show_result() -> None:
                try:
                    view.show_result()
                finally:
                    fields.run_button.disabled = False

            view.follow(at_end=show_result)
        close_all(former)

    def _text_models(self) -> list[tuple[str, str]]:
        default = self.engine.settings.text_model
        names = dict.fromkeys([default, self._begin_with.writer or default, *self._writers])
        return [(name, name) for name in names]

    def _picture_models(self) -> list[tuple[str, str]]:
        """Name and value of each, the default first: output configs, and what was asked for."""
        settings = self.engine.settings
        configs = self.engine.backends.configs()
        of_model = {config.model: config.id for config in configs.values()}
        wanted = (settings.media_model, self._begin_with.model, *configs, *self._models)
        names = dict.fromkeys(of_model.get(name, name) for name in wanted if name)
        return [
            (configs[name].name.get(settings.language, name) if name in configs else name, name)
            for name in names
        ]

    def __repr__(self) -> str:
        return f"A form for notebooks. Chosen now:\n{self.canvas}"

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, Any]:
        if audience() is not Audience.WIDGETS:
            return {"text/plain": repr(self)}
        warn_about_kernel()
        bundle: Mapping[str, Any] = self.widget._repr_mimebundle_()
        return bundle


class _Fields:
    """The widgets of the form."""

    def __init__(
        self,
        widgets: Any,
        choices: Choices,
        language: str,
        *,
        writers: list[tuple[str, str]],
        models: list[tuple[str, str]],
    ) -> None:
        words = _LABELS[language]
        self._language = language
        wide = {"width": "auto"}
        label = {"description_width": "90px"}
        self.prompt = widgets.Textarea(
            choices.prompt,
            description=words["prompt"],
            layout=wide | {"height": "64px"},
            style=label,
        )
        self.preset = widgets.Dropdown(
            options=[
                (f"{preset.display.icon}  {preset.name.get(language)}", preset.id)
                for preset in load_presets(PresetKind.INTERCEPTION)
            ],
            value=choices.preset,
            description=words["preset"],
            layout=wide,
            style=label,
        )
        self._about_preset = widgets.HTML(layout={"margin": "-2px 0 4px 100px"})
        self.context = widgets.Textarea(
            choices.context,
            description=words["context"],
            layout=wide | {"height": "64px"},
            style=label,
        )
        self.writer = _dropdown(widgets, writers, choices.writer, words["writer"], label)
        self.model = _dropdown(widgets, models, choices.model, words["model"], label)
        size = (choices.width, choices.height)
        sizes = [*SIZES] if size in SIZES else [size, *SIZES]
        self.size = widgets.Dropdown(
            options=[(f"{width} × {height}", (width, height)) for width, height in sizes],
            value=size,
            description=words["size"],
            layout=wide,
            style=label,
        )
        self.steps = widgets.IntSlider(
            choices.steps,
            min=1,
            max=max(_MAX_STEPS, choices.steps),
            description=words["steps"],
            layout=wide,
            style=label,
        )
        self.seed = widgets.BoundedIntText(
            choices.seed,
            min=0,
            max=MAX_SEED,
            description=words["seed"],
            layout={"width": "280px"},
            style=label,
        )
        self.fresh = widgets.Checkbox(
            False, description=words["fresh"], indent=False, layout={"margin": "0 0 0 14px"}
        )
        self.run_button = widgets.Button(
            description=words["run"],
            icon="play",
            button_style="primary",
            layout={"width": "130px", "margin": "6px 0 0 100px"},
        )
        halves = {"grid_template_columns": "1fr 1fr", "grid_gap": "0 18px", "width": "100%"}
        self.widget = widgets.VBox(
            [
                self.prompt,
                self.preset,
                self._about_preset,
                self.context,
                widgets.GridBox([self.writer, self.model, self.size, self.steps], layout=halves),
                widgets.HBox([self.seed, self.fresh], layout={"align_items": "center"}),
                self.run_button,
            ],
            layout={"width": "100%", "max_width": "760px"},
        )
        self.preset.observe(lambda _: self._preset_changed(), "value")
        self._preset_changed()

    def read(self) -> Choices:
        """What is chosen."""
        width, height = self.size.value
        return Choices(
            prompt=self.prompt.value,
            preset=self.preset.value,
            context=self.context.value,
            writer=self.writer.value,
            model=self.model.value,
            seed=int(self.seed.value),
            width=width,
            height=height,
            steps=self.steps.value,
        )

    def draw_fresh_seed(self) -> None:
        """Put a new seed into the field, if that is wished."""
        if self.fresh.value:
            self.seed.value = draw_seed()

    def _preset_changed(self) -> None:
        preset = load_preset(PresetKind.INTERCEPTION, self.preset.value)
        self._about_preset.value = _small(preset.description.get(self._language))
        self.context.layout.display = "" if preset.id == OWN_WORDS else "none"


def _dropdown(
    widgets: Any, options: list[tuple[str, str]], value: str, name: str, style: Mapping[str, str]
) -> Any:
    """A dropdown that begins with ``value``, or with the first option where that is not one."""
    values = [option for _, option in options]
    return widgets.Dropdown(
        options=options,
        value=value if value in values else values[0],
        description=name,
        layout={"width": "auto"},
        style=dict(style),
    )


def _small(words: str) -> Html:
    return markup.panel(tag("div", text(words), "ck-facts ck-plain"))
