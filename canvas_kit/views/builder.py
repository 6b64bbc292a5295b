"""A form that builds a small canvas and runs it: for a first lesson, before the first line of code.

What the form does is all there in Python as well: :class:`Choices` is the canvas that it builds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import CanvasKitError
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.handle import RunHandle, run
from canvas_kit.nodes.generation import Generation
from canvas_kit.nodes.inputs import Input
from canvas_kit.nodes.language import Interception
from canvas_kit.nodes.outputs import Collector
from canvas_kit.nodes.parameters import draw_seed
from canvas_kit.preset_files.catalogue import PresetKind, load_preset, load_presets
from canvas_kit.values import MAX_SEED
from canvas_kit.views import markup
from canvas_kit.views.front_end import Audience, audience, warn_about_kernel
from canvas_kit.views.live import LiveRun, close_all

OWN_INSTRUCTIONS = "user_defined"
"""The preset that does what the user writes."""
SIZES = ((256, 256), (320, 320), (320, 512), (512, 320), (512, 512), (768, 768), (1024, 1024))
KEPT_RESULTS = 3
"""Results that stand beneath the form, the newest first."""
_MAX_STEPS = 60
_LABELS: Mapping[str, tuple[str, str]] = {
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
}
"""What stands at each field, in English and in German."""


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


class CanvasForm:
    """A form to choose words, preset, model, seed and size, and to run them.

    Show it in a notebook; the run appears beneath it, live, and then its result, above the results
    of the runs before. Without a front end it is the choices that it began with.

    Attributes:
        engine: Runs what the form builds.
        handle: The latest run, if there was one.
        fields: The widgets by name, once the form has been shown.
    """

    def __init__(
        self,
        choices: Choices | None = None,
        *,
        engine: Engine | None = None,
        exports: str | Path | None = None,
        text_models: Sequence[str] = (),
        media_models: Sequence[str] = (),
    ) -> None:
        """Prepare; the widgets are made when they are first shown.

        Args:
            choices: What is chosen at the beginning.
            engine: The engine to use, if not the default one.
            exports: Where records go, if not where the settings say.
            text_models: Further language models to choose from, as ``backend/model``.
            media_models: Further output configs or models to choose from.

        Raises:
            UnknownName: When the preset that is chosen does not exist.
            SettingsError: When the settings cannot be read.
        """
        self.engine = engine or default_engine()
        self.handle: RunHandle | None = None
        self.fields: dict[str, Any] = {}
        self._begin_with = choices or Choices()
        load_preset(PresetKind.INTERCEPTION, self._begin_with.preset)
        self._exports = exports
        self._models = (tuple(text_models), tuple(media_models))
        self._results: Any = None
        self._run_button: Any = None
        self._widget: Any = None

    @property
    def choices(self) -> Choices:
        """What is chosen now."""
        if not self.fields:
            return self._begin_with
        chosen = {name: field.value for name, field in self.fields.items()}
        width, height = chosen["size"]
        names = ("prompt", "preset", "instructions", "text_model", "media_model", "steps")
        given = {name: chosen[name] for name in names}
        return Choices(**given, seed=int(chosen["seed"]), width=width, height=height)

    @property
    def canvas(self) -> Canvas:
        """The canvas as it is chosen now.

        Raises:
            CanvasError: When a value is out of range.
        """
        return self.choices.canvas

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

    @property
    def widget(self) -> Any:
        """The form as a widget, made when first asked for."""
        if self._widget is None:
            self._widget = self._made()
        return self._widget

    @property
    def run_button(self) -> Any:
        """The button that runs what is chosen."""
        assert self.widget is not None
        return self._run_button

    def _made(self) -> Any:
        import ipywidgets as widgets

        language = self.engine.settings.language
        labels = {name: words[language == "de"] for name, words in _LABELS.items()}
        chosen = asdict(self._begin_with)
        size = (self._begin_with.width, self._begin_with.height)
        presets = [
            (f"{preset.display.icon}  {preset.name.get(language)}", preset.id)
            for preset in load_presets(PresetKind.INTERCEPTION)
        ]
        options: dict[str, Sequence[tuple[str, Any]]] = {
            "preset": presets,
            "text_model": self._text_models(),
            "media_model": self._media_models(),
            "size": [(f"{w} × {h}", (w, h)) for w, h in dict.fromkeys((*SIZES, size))],
        }

        def field(name: str, kind: Any, value: Any, height: str = "auto", **more: Any) -> Any:
            self.fields[name] = kind(
                value=value,
                description=labels[name],
                layout={"width": "auto", "height": height},
                style={"description_width": "90px"},
                **more,
            )
            return self.fields[name]

        def dropdown(name: str, value: Any) -> Any:
            values = [option for _, option in options[name]]
            value = value if value in values else values[0]
            return field(name, widgets.Dropdown, value, options=options[name])

        prompt = field("prompt", widgets.Textarea, chosen["prompt"], "64px")
        preset = dropdown("preset", chosen["preset"])
        about = widgets.HTML(layout={"margin": "-2px 0 4px 100px"})
        own = field("instructions", widgets.Textarea, chosen["instructions"], "64px")
        most = max(_MAX_STEPS, chosen["steps"])
        grid = [
            *(dropdown(name, chosen[name]) for name in ("text_model", "media_model")),
            dropdown("size", size),
            field("steps", widgets.IntSlider, chosen["steps"], min=1, max=most),
        ]
        seed = field("seed", widgets.BoundedIntText, chosen["seed"], min=0, max=MAX_SEED)
        fresh = field("fresh", widgets.Checkbox, False, indent=False)
        self._run_button = widgets.Button(
            description=labels["run"],
            icon="play",
            button_style="primary",
            layout={"width": "130px", "margin": "6px 0 0 100px"},
        )
        self._run_button.on_click(lambda _: self._run_clicked())

        def preset_changed(_: object = None) -> None:
            found = load_preset(PresetKind.INTERCEPTION, preset.value)
            about.value = markup.small(markup.text(found.description.get(language)))
            own.layout.display = "" if found.id == OWN_INSTRUCTIONS else "none"

        preset.observe(preset_changed, "value")
        preset_changed()
        halves = {"grid_template_columns": "1fr 1fr", "grid_gap": "0 18px", "width": "100%"}
        seeds = widgets.HBox([seed, fresh], layout={"align_items": "center", "grid_gap": "14px"})
        form = widgets.VBox(
            [prompt, preset, about, own, widgets.GridBox(grid, layout=halves), seeds],
            layout={"width": "100%", "max_width": "760px"},
        )
        self._results = widgets.VBox(layout={"width": "100%", "margin": "10px 0 0"})
        return widgets.VBox([form, self._run_button, self._results])

    def _run_clicked(self) -> None:
        import ipywidgets as widgets

        if self.fields["fresh"].value:
            self.fields["seed"].value = draw_seed()
        try:
            view = LiveRun(self.run())
        except CanvasKitError as error:
            shown = widgets.HTML(markup.panel(markup.failures([error])))
        else:
            shown = view.widget
            self._run_button.disabled = True

            def show_result() -> None:
                try:
                    view.show_result()
                finally:
                    self._run_button.disabled = False

            view.follow(at_end=show_result)
        former = self._results.children
        self._results.children = (shown, *former[: KEPT_RESULTS - 1])
        close_all(former[KEPT_RESULTS - 1 :])

    def _text_models(self) -> list[tuple[str, str]]:
        default = self.engine.settings.text_model
        names = (default, self._begin_with.text_model, *self._models[0])
        return [(name, name) for name in dict.fromkeys(filter(None, names))]

    def _media_models(self) -> list[tuple[str, str]]:
        """Name and value of each, the default first: output configs, and what was asked for."""
        settings, configs = self.engine.settings, self.engine.backends.configs()
        of_model = {config.model: config.id for config in configs.values()}
        wanted = (settings.media_model, self._begin_with.media_model, *configs, *self._models[1])
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
        return {**self.widget._repr_mimebundle_(), "text/plain": repr(self)}
