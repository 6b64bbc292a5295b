"""The form's widgets.

What the form does is all there in Python as well: :class:`Choices` is the canvas that it builds,
:attr:`CanvasForm.history` what was tried, and every button a method.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from canvas_kit.canvas.graph import Canvas
from canvas_kit.errors import CanvasKitError, UnknownName
from canvas_kit.executor.engine import Engine, default_engine
from canvas_kit.executor.run import RunHandle, run
from canvas_kit.nodes.parameters import draw_seed
from canvas_kit.preset_files.catalogue import PresetKind, load_preset, load_presets
from canvas_kit.values import MAX_SEED
from canvas_kit.views import markup
from canvas_kit.views.form.tries import (
    KEPT_TRIES,
    OWN_INSTRUCTIONS,
    THUMBNAIL_EDGE,
    Choices,
    Try,
    compared_html,
    kept_html,
    label,
)
from canvas_kit.views.front_end import Audience, Twin, audience, in_notebook, warn_about_kernel
from canvas_kit.views.live import LiveRun, close_all
from canvas_kit.views.markup import Html, tag, text

SIZES = ((256, 256), (320, 320), (320, 512), (512, 320), (512, 512), (768, 768), (1024, 1024))
_MAX_STEPS = 60
_HALVES = {"grid_template_columns": "1fr 1fr", "grid_gap": "0 18px", "width": "100%"}
_NAME_CHARACTERS = 40


class CanvasForm:
    """A form to choose words, preset, model, seed and size, to run them, and to compare.

    Show it in a notebook; the run appears beneath it, live, and then its result. Everything that
    was tried stands in a strip: a click brings its choices and its result back, and what is pinned
    stands side by side. The history belongs to the form, so that showing it again loses nothing;
    a saved notebook shows it without a kernel.

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
        self._history: list[Try] = []
        self._pinned: list[int] = []
        self._shown_try: Try | None = None
        self._widgets: _FormWidgets | None = None
        self._twin: Twin | None = None

    # --- what is chosen ----------------------------------------------------------------------

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

    def choose(self, choices: Choices) -> None:
        """Choose all of this at once."""
        self._begin_with = choices
        chosen = asdict(choices) | {"size": (choices.width, choices.height)}
        for name in self.fields.keys() & chosen.keys():
            field, value = self.fields[name], chosen[name]
            if name in ("text_model", "media_model", "size"):
                known = dict(field.options)
                value = value or next(iter(known.values()))  # the setting's model
                if value not in known.values():
                    words = "{} × {}".format(*value) if name == "size" else value
                    field.options = (*field.options, (words, value))
            field.value = value

    # --- what was tried ----------------------------------------------------------------------

    @property
    def history(self) -> tuple[Try, ...]:
        """Everything that was tried: what is pinned first, then the newest."""
        rest = [item for item in reversed(self._history) if item.number not in self._pinned]
        return (*self.pinned, *rest)

    @property
    def pinned(self) -> tuple[Try, ...]:
        """What is pinned, in the order of pinning."""
        return tuple(self._history[number - 1] for number in self._pinned)

    def run(self) -> RunHandle:
        """Run what is chosen now; it joins the history when it has ended.

        Raises:
            CanvasError: When it cannot run; nothing was written.
        """
        choices = self.choices
        self.handle = run(
            choices.canvas, seed=choices.seed, exports=self._exports, engine=self.engine
        )
        return self.handle

    def bring_back(self, number: int) -> Try:
        """Choose what was chosen in a try, and show what came of it.

        Raises:
            UnknownName: When there is no try of that number.
        """
        found = self._try(number)
        self.choose(found.choices)
        self._show(found)
        return found

    def pin(self, number: int, *, on: bool = True) -> None:
        """Keep a try in front and side by side with the others that are pinned, or no longer.

        Raises:
            UnknownName: When there is no try of that number.
        """
        self._try(number)
        self._pinned = [item for item in self._pinned if item != number] + [number] * on
        self._changed()

    def save(self, path: str | Path | None = None) -> Path:
        """Save the canvas as it is chosen now as a canvas file, and give its path.

        Args:
            path: Where to; left out, a new file here, named after the prompt.
        """
        if path is None:
            words = re.sub(r"\W+", "_", self.choices.prompt.lower()).strip("_")
            stem = words[:_NAME_CHARACTERS].strip("_") or "canvas"
            names = (f"{stem}{f'_{n}' if n > 1 else ''}.canvas.json" for n in range(1, 10_000))
            path = next(name for name in names if not Path(name).exists())
        return self.canvas.save(path)

    def _try(self, number: int) -> Try:
        if not 1 <= number <= len(self._history):
            known = [str(item.number) for item in self._history]
            raise UnknownName("try", str(number), known)
        return self._history[number - 1]

    def _ended(self, choices: Choices, handle: RunHandle) -> None:
        """A run has ended: it joins the history."""
        result, error = None, ""
        try:
            result = handle.result()
        except Exception as fault:
            error = str(fault) or type(fault).__name__
        before = self._history[-1].choices if self._history else None
        made = Try(len(self._history) + 1, choices, result, error, before)
        self._history.append(made)
        self._show(made)

    def _show(self, found: Try) -> None:
        self._shown_try = found
        self._changed()

    # --- in a notebook -----------------------------------------------------------------------

    @property
    def widget(self) -> Any:
        """The form as a widget, made when first asked for."""
        return self._made().whole

    @property
    def run_button(self) -> Any:
        """The button that runs what is chosen."""
        return self._made().run

    def _made(self) -> _FormWidgets:
        if self._widgets is None:
            self._widgets = _FormWidgets(self)
        return self._widgets

    def _changed(self) -> None:
        """Bring what is shown, and what a saved notebook keeps, to where the form is."""
        if self._widgets is not None:
            self._widgets.show_history(self._shown_try)
        if self._twin is not None:
            self._twin.update(self._kept())

    def _kept(self) -> Mapping[str, Any]:
        language = self.engine.settings.language
        tried = self.history[: len(self._pinned) + KEPT_TRIES]
        shown = self._shown_try
        choices = shown.choices if shown else self.choices
        html = kept_html(choices, shown, tried, self.pinned, language)
        return {"text/plain": repr(self), "text/html": html}

    def __repr__(self) -> str:
        tried = f"\nTried so far: {len(self._history)}" if self._history else ""
        return f"A form for notebooks. Chosen now:\n{self.canvas}{tried}"

    def _ipython_display_(self) -> None:
        """Show the form in the current cell; without widgets, what was chosen and tried."""
        if not in_notebook():
            print(repr(self))  # noqa: T201 # this is what a terminal displays
            return
        self._twin = self._twin or Twin()
        if audience() is not Audience.WIDGETS:
            self._twin.show(None, self._kept())
            return
        warn_about_kernel()
        self._twin.show(self.widget, self._kept())


class _FormWidgets:
    """The widgets of a form.

    Attributes:
        whole: All of them in one.
        run: Runs what is chosen.
        save: Saves the canvas.
        code: Shows the code.
        told: What the form has to say.
        listing: The code, where it is shown.
        stage: The run under way, or the result.
        strip: What was tried.
        compared: What is pinned, side by side.
    """

    def __init__(self, form: CanvasForm) -> None:
        """Make them."""
        import ipywidgets as widgets

        self._form = form
        self._language = form.engine.settings.language
        self._cards: dict[int, _Card] = {}
        self._staged: Try | None = None
        self.run = self._button("run", "play", self._run_clicked, button_style="primary")
        self.save = self._button("save", "save", self._save_clicked)
        self.code = widgets.ToggleButton(
            description=label("code", self._language), icon="code", layout={"width": "auto"}
        )
        self.code.observe(lambda _: self._show_code(), "value")
        self.told = widgets.HTML()
        self.listing = widgets.HTML()
        self.stage = widgets.VBox(layout={"width": "100%", "margin": "10px 0 0"})
        self._heading = widgets.HTML(layout={"display": "none"})
        wrapped = {"flex_flow": "row wrap", "width": "100%", "overflow": "visible"}
        self.strip = widgets.HBox(layout=wrapped)
        self.compared = widgets.HTML(layout={"width": "100%"})
        buttons = widgets.HBox(
            [self.run, self.save, self.code],
            layout={"margin": "6px 0 0 100px", "grid_gap": "8px", "flex_flow": "row wrap"},
        )
        parts = [self._made_fields(), buttons, self.told, self.listing, self.stage]
        self.whole = widgets.VBox([*parts, self.compared, self._heading, self.strip])
        self.show_history(form._shown_try)

    def _button(self, name: str, icon: str, clicked: Callable[[], None], **more: Any) -> Any:
        import ipywidgets as widgets

        made = widgets.Button(
            description=label(name, self._language),
            icon=icon,
            layout={"width": "auto", "min_width": "110px"},
            **more,
        )
        made.on_click(lambda _: clicked())
        return made

    def _made_fields(self) -> Any:
        import ipywidgets as widgets

        form, language = self._form, self._language
        begin_with = form._begin_with
        chosen = asdict(begin_with)
        size = (begin_with.width, begin_with.height)
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
            form.fields[name] = kind(
                value=value,
                description=label(name, language),
                layout={"width": "auto", "height": height},
                style={"description_width": "90px"},
                **more,
            )
            return form.fields[name]

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

        def preset_changed(_: object = None) -> None:
            found = load_preset(PresetKind.INTERCEPTION, preset.value)
            about.value = markup.small(text(found.description.get(language)))
            own.layout.display = "" if found.id == OWN_INSTRUCTIONS else "none"

        preset.observe(preset_changed, "value")
        preset_changed()
        for each in form.fields.values():
            each.observe(lambda _: self._show_code(), "value")
        seeds = widgets.HBox([seed, fresh], layout={"align_items": "center", "grid_gap": "14px"})
        return widgets.VBox(
            [prompt, preset, about, own, widgets.GridBox(grid, layout=_HALVES), seeds],
            layout={"width": "100%", "max_width": "760px"},
        )

    def _text_models(self) -> list[tuple[str, str]]:
        form = self._form
        default = form.engine.settings.text_model
        names = (default, form._begin_with.text_model, *form._models[0])
        return [(name, name) for name in dict.fromkeys(filter(None, names))]

    def _media_models(self) -> list[tuple[str, str]]:
        """Name and value of each, the default first: output configs, and what was asked for."""
        form = self._form
        settings, configs = form.engine.settings, form.engine.backends.configs()
        of_model = {config.model: config.id for config in configs.values()}
        wanted = (settings.media_model, form._begin_with.media_model, *configs, *form._models[1])
        names = dict.fromkeys(of_model.get(name, name) for name in wanted if name)
        return [
            (configs[name].name.get(settings.language, name) if name in configs else name, name)
            for name in names
        ]

    # --- what is pressed ---------------------------------------------------------------------

    def _run_clicked(self) -> None:
        form = self._form
        if form.fields["fresh"].value:
            form.fields["seed"].value = draw_seed()
        choices = form.choices
        try:
            handle = form.run()
        except CanvasKitError as error:
            self._say(markup.failures([error]))
            return
        view = LiveRun(handle)
        self._say("")
        self._put_on_stage(view.widget)
        self._staged = None
        self.run.disabled = True

        def show_result() -> None:
            try:
                form._ended(choices, handle)
                view.close()
            finally:
                self.run.disabled = False

        view.follow(at_end=show_result)

    def _save_clicked(self) -> None:
        form = self._form
        try:
            path = form.save()
        except (CanvasKitError, OSError) as error:
            self._say(markup.failures([error]))
            return
        shown = form._shown_try
        said = [text(label("saved", self._language)) + " " + tag("code", text(path))]
        if shown is not None and shown.run is not None and shown.run.images:
            picture = shown.run.images[-1]
            where = str(picture.path) if isinstance(picture.source, Path) else "–"
            said.append(text(label("picture", self._language)) + " " + tag("code", text(where)))
        self._say("".join(tag("div", line, "ck-path") for line in said))

    def _say(self, words: Html) -> None:
        self.told.value = markup.panel(words) if words else ""

    def _show_code(self) -> None:
        if not self.code.value:
            self.listing.value = ""
            return
        try:
            code = self._form.canvas.to_python()
        except CanvasKitError as error:
            self.listing.value = markup.panel(markup.failures([error]))
            return
        self.listing.value = markup.panel(tag("pre", text(code), "ck-code", tabindex="0"))

    # --- what is shown -----------------------------------------------------------------------

    def show_history(self, shown: Try | None) -> None:
        """Show a result and the strip."""
        import ipywidgets as widgets

        form = self._form
        if shown is not None and shown is not self._staged:
            # Inside a widget links to files lead nowhere.
            self._put_on_stage(widgets.HTML(shown.html(self._language, links=False)))
        self._staged = shown
        pinned = form.pinned
        tried = form.history[: len(pinned) + KEPT_TRIES]
        for item in tried:
            if item.number not in self._cards:
                self._cards[item.number] = _Card(form, item)
            self._cards[item.number].mark(pinned=item in pinned, shown=item is shown)
        self.strip.children = [self._cards[item.number].whole for item in tried]
        gone = self._cards.keys() - {item.number for item in tried}
        close_all(tuple(self._cards.pop(number).whole for number in sorted(gone)))
        compared = compared_html(pinned, self._language)
        self.compared.value = markup.panel(compared) if compared else ""
        words = tag("b", text(label("tried", self._language)))
        if len(tried) < len(form.history):
            words += text(f" · {label('older', self._language)}")
        self._heading.value = markup.panel(tag("div", words, "ck-part"))
        self._heading.layout.display = "" if tried else "none"

    def _put_on_stage(self, widget: Any) -> None:
        former = self.stage.children
        self.stage.children = (widget,)
        close_all(former)


class _Card:
    """A try in the strip: a picture that is a button, what was changed, and a pin.

    Attributes:
        whole: All of it.
        back: Brings the try back.
        pin: Pins it.
    """

    def __init__(self, form: CanvasForm, item: Try) -> None:
        """Make it."""
        import ipywidgets as widgets

        language = form.engine.settings.language
        edge = f"{THUMBNAIL_EDGE - 26}px"
        changed = item.changed(language)
        picture = tag("div", text(label("no_picture", language)), "ck-none")
        if item.thumbnail:
            picture = markup.image(item.thumbnail, "")
        over = {"grid_area": "1 / 1 / 2 / 2", "width": edge, "height": edge, "margin": "0"}
        told = label("back", language).format(item.number, changed)
        self.back = widgets.Button(tooltip=told, layout=over)
        self.back.style.button_color = "transparent"
        self.back.on_click(lambda _: form.bring_back(item.number))
        caption = tag("b", str(item.number)) + " " + text(changed)
        told_all = "\n".join(item.choices.told(language).values())
        self._language = language
        self.pin = widgets.ToggleButton(
            value=item.number in form._pinned,
            icon="thumb-tack",
            layout={"width": edge, "margin": "0"},
        )
        self.pin.observe(lambda change: form.pin(item.number, on=change.new), "value")
        shown = markup.panel(tag("div", picture, "ck-try"))
        self.whole = widgets.VBox(
            [
                widgets.GridBox(
                    [widgets.HTML(shown, layout=over | {"overflow": "hidden"}), self.back],
                    layout={"margin": "0", "overflow": "visible"},
                ),
                widgets.HTML(
                    markup.panel(tag("div", caption, "ck-facts ck-plain", title=told_all)),
                    layout={"width": edge, "margin": "0"},
                ),
                self.pin,
            ],
            layout={"width": "auto", "margin": "0 12px 10px 0", "overflow": "visible"},
        )

    def mark(self, *, pinned: bool, shown: bool) -> None:
        """Say whether the try is pinned, and whether its result is shown."""
        self.pin.value = pinned
        self.pin.description = label("unpin" if pinned else "pin", self._language)
        self.back.layout.border = "2px solid var(--jp-brand-color1,#1976d2)" if shown else "0"
