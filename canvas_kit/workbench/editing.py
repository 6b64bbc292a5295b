"""What the canvas editor asks: node types, choices, checks, a canvas or a sweep as Python."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Any, Literal, get_args, get_origin

from canvas_kit.backends.base import BackendStatus, Capability
from canvas_kit.canvas.fields import Number, WholeNumber
from canvas_kit.canvas.graph import Canvas
from canvas_kit.canvas.node import Node
from canvas_kit.canvas.node_types import node_type, node_type_names
from canvas_kit.errors import CanvasError, CanvasKitError, MissingPrerequisite, Problem
from canvas_kit.executor.engine import Engine
from canvas_kit.german import Language, say
from canvas_kit.nodes.base import RunnableNode
from canvas_kit.preset_files.catalogue import film_types, load_presets
from canvas_kit.settings import Settings
from canvas_kit.sweep.estimate import span
from canvas_kit.sweep.sweep import Sweep
from canvas_kit.views.drawing.scene import role_of
from canvas_kit.workbench.methods import BadQuestion, Method, Parameters
from canvas_kit.workbench.varying import sweep_of

Json = dict[str, Any]
Reader = Callable[[Any], Canvas]

CHOICE_SECONDS = 3.0
"""How long a server may take to say which models it has."""
_NO_FIELDS = frozenset({"id", "x", "y", "config"})
_MEDIA = frozenset({Capability.IMAGE, Capability.AUDIO, Capability.VIDEO})
_MODEL_KINDS = {"vision_model": "vision_model", "media_model": "media_model"}
"""By the setting that names the model; all others are models that write."""


def methods(engine: Engine, read: Reader | None = None) -> Mapping[str, Method]:
    """The methods by name, for an engine.

    Args:
        engine: What knows the settings and the backends.
        read: Reads a document, which may be one that cannot run yet. Left out, its canvas may
            name no file.
    """
    language = engine.settings.language
    read = read or partial(Canvas.from_document, unfinished=True)

    def canvas_of(parameters: Parameters) -> Canvas:
        if not isinstance(document := parameters.get("document"), dict):
            raise BadQuestion("A canvas document is missing.")
        return read(document)

    async def describe(_: Parameters) -> Json:
        return described(language)

    async def choices(_: Parameters) -> Json:
        statuses = await engine.backends.statuses(CHOICE_SECONDS)
        return _choices(engine, statuses)

    async def check(parameters: Parameters) -> Json:
        return await asyncio.to_thread(_checked, lambda: canvas_of(parameters), engine)

    async def python(parameters: Parameters) -> Json:
        def write() -> str:
            canvas, vary = canvas_of(parameters), parameters.get("vary")
            return sweep_of(canvas, vary).to_python() if vary else canvas.to_python()

        return {"code": await asyncio.to_thread(write)}

    async def sweep(parameters: Parameters) -> Json:
        def make() -> Sweep:
            folders = engine.settings.allowed_folders
            return sweep_of(canvas_of(parameters), parameters.get("vary") or {}, folders=folders)

        return await asyncio.to_thread(_told_sweep, make, engine)

    return {
        "describe": describe,
        "choices": choices,
        "check": check,
        "python": python,
        "sweep": sweep,
    }


# --- node types ------------------------------------------------------------------------------


@cache
def described(language: Language) -> Json:
    """Every node type that can be used here, with its fields and ports, in words of a language."""
    types = []
    for name in node_type_names():
        try:
            found = node_type(name)
        except MissingPrerequisite:  # told where a canvas names it
            continue
        types.append(_node_type(found, language))
    own = {name: place for place, name in enumerate(words())}
    columns = list(words()["categories"])
    types.sort(key=lambda t: (columns.index(t["category"]), own.get(t["type"], len(own))))
    categories = [
        {"id": key, "name": _said(pair, language)} for key, pair in words()["categories"].items()
    ]
    return {"types": types, "categories": categories, "language": language}


@cache
def words() -> Mapping[str, Any]:
    """What is said of the built-in node types."""
    text = (files(__package__) / "node_words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def words_of_field(kind: type[Node], field: str) -> Mapping[str, Any]:
    """What is said of a field; empty where nothing is."""
    own = words().get(kind.type, {}).get("fields", {}).get(field, {})
    shared: Mapping[str, Any] = words()["shared"].get(field, {})
    return {**shared, **own}


def fields_of(kind: type[Node]) -> list[str]:
    """The fields of a node type that a form shows, by their Python names."""
    return [
        name
        for name, field in kind.model_fields.items()
        if name not in _NO_FIELDS
        and not field.exclude
        and not words_of_field(kind, name).get("hidden")
    ]


def _node_type(kind: type[Node], language: Language) -> Json:
    told = words().get(kind.type, {})
    about = (kind.__doc__ or "").strip().partition("\n")[0]
    role = role_of(kind)
    return {
        "type": kind.type,
        "name": _said(told.get("title", _spelled(kind.type)), language),
        "description": _said(told.get("description", about), language),
        "category": role,
        "parameter": role == "parameter",
        "accepts_feedback": kind.accepts_feedback,
        "keeps": kind.keeps,
        "inputs": [
            {
                "name": port.name,
                "label": port.label,
                "kinds": sorted(port.accepts),
                "required": port.required,
                "many": port.many,
                "numbered": port.numbered,
                "title": _port_title(port.name, language),
            }
            for port in kind.inputs
        ],
        "outputs": [
            {
                "name": port.name,
                "label": port.labels[0] if port.labels else "",
                "labels": list(port.labels),
                "kinds": sorted(port.gives),
                "follows": port.follows,
                "title": _port_title(port.name, language),
            }
            for port in kind.outputs
        ],
        "fields": [_field(kind, name, language) for name in fields_of(kind)],
    }


def _field(kind: type[Node], name: str, language: Language) -> Json:
    info, told = kind.model_fields[name], words_of_field(kind, name)
    default = info.get_default(call_default_factory=True)
    found: Json = {
        "name": kind.json_name(name),
        "python": name,
        "title": _said(told.get("title", _spelled(name)), language),
        "description": _said(told.get("description", info.description or ""), language),
        "kind": _field_kind(kind, name),
        "default": default,
    }
    for bound, key in (("ge", "minimum"), ("le", "maximum")):
        for rule in info.metadata:
            if (limit := getattr(rule, bound, None)) is not None:
                found[key] = limit
    if "placeholder" in told:
        found["placeholder"] = _said(told["placeholder"], language)
    if (options := _options(kind, name, told.get("choices", {}), language)) is not None:
        found["choices"] = options
    return found


def _field_kind(kind: type[Node], name: str) -> str:
    annotation: Any = kind.model_fields[name].annotation
    inner = [part for part in get_args(annotation) if part is not type(None)]
    plain = inner[0] if type(None) in get_args(annotation) and len(inner) == 1 else annotation
    setting = getattr(kind, "model_default", "")
    if name == "preset" and getattr(kind, "preset_kind", None) is not None:
        return "preset"
    if name == "model" and setting:
        return _MODEL_KINDS.get(setting, "text_model")
    if name == "picture":
        return "image"
    if get_origin(plain) is Literal or name == "film_type":
        return "choice"
    if plain is bool:
        return "boolean"
    if plain in (int, WholeNumber):
        return "integer"
    if plain in (float, Number):
        return "number"
    return "long_text" if name in ("instructions", "text") else "text"


def _options(
    kind: type[Node], name: str, told: Mapping[str, Any], language: Language
) -> list[Json] | None:
    """What a field can be set to, where that is known without asking a server."""
    if name == "preset" and issubclass(kind, RunnableNode) and kind.preset_kind is not None:
        return [
            {
                "value": preset.id,
                "title": preset.name.get(language),
                "description": preset.description.get(language),
                "icon": preset.display.icon,
            }
            for preset in load_presets(kind.preset_kind)
        ]
    if name == "film_type":
        films = {key: film.name.get(language) for key, film in film_types().items()}
        said = {key: _said(pair, language) for key, pair in told.items()}
        named = {"": said.get("none", ""), "random": said.get("random", "random"), **films}
        return [{"value": key, "title": title} for key, title in named.items()]
    annotation: Any = kind.model_fields[name].annotation
    literals = [
        value
        for part in (annotation, *get_args(annotation))
        if get_origin(part) is Literal
        for value in get_args(part)
    ]
    if not literals:
        return None
    return [
        {"value": value, "title": _said(told.get(value, _spelled(str(value))), language)}
        for value in literals
    ]


def _port_title(name: str, language: Language) -> str:
    return _said(words()["ports"].get(name, _spelled(name)), language)


def _said(pair: str | Iterable[str], language: Language) -> str:
    """Words of one language, of a pair; words that are there in one only are said in both."""
    if isinstance(pair, str):
        return pair
    english, german = pair
    return german if language == "de" else english


def _spelled(name: str) -> str:
    return name.replace("_", " ").capitalize()


# --- models ----------------------------------------------------------------------------------


def _choices(engine: Engine, statuses: Iterable[BackendStatus]) -> Json:
    """The models to choose from; an empty value is what the settings name."""
    settings = engine.settings
    names: dict[str, Json] = {"text_models": {}, "vision_models": {}, "media_models": {}}
    for config in engine.backends.configs().values():
        description = config.description.get(settings.language, config.model)
        title = f"{config.icon} {config.name.get(settings.language, config.id)}"
        names["media_models"][config.id] = _choice(config.id, title, description)
    for status in statuses:
        for model in status.models:
            name = f"{status.name}/{model.name}"
            can = model.capabilities or {Capability.TEXT}
            kinds = {
                "text_models": Capability.TEXT in can,
                "vision_models": Capability.VISION in can,
                "media_models": bool(_MEDIA & can),
            }
            for key in (key for key, fits in kinds.items() if fits):
                names[key].setdefault(name, _choice(name, name, model.description))
    defaults = {key: _default_of(key.removesuffix("s"), settings) for key in names}
    return {key: [defaults[key], *found.values()] for key, found in names.items()}


def _choice(value: str, title: str, description: str) -> Json:
    return {"value": value, "title": title} | ({"description": description} if description else {})


def _default_of(setting: str, settings: Settings) -> Json:
    return {"value": "", "title": getattr(settings, setting), "default": True}


# --- a canvas --------------------------------------------------------------------------------


def _checked(read: Callable[[], Canvas], engine: Engine) -> Json:
    """What keeps a canvas from running, and what of it looks forgotten; each with its place."""
    warnings: list[Problem] = []
    try:
        canvas = read()
    except CanvasError as error:
        problems = list(error.problems)
    else:
        problems = canvas.problems(engine.backends)
        warnings = canvas.warnings() if not problems else []
    language = engine.settings.language
    told = [_told(problem, "problem", language) for problem in problems]
    told += [_told(problem, "warning", language) for problem in warnings]
    return {"problems": told, "runnable": not problems}


def _told(problem: Problem, severity: str, language: Language) -> Json:
    return {
        "node": problem.node_id,
        "field": problem.field,
        "code": problem.code,
        "message": say(problem.message, language),
        "severity": severity,
    }


# --- a sweep ---------------------------------------------------------------------------------


def _told_sweep(make: Callable[[], Sweep], engine: Engine) -> Json:
    """How many runs a variation makes, how long they take, and its Python; or why it makes none."""
    language = engine.settings.language
    try:
        sweep = make()
        seconds = sweep.estimate(engine).seconds
    except CanvasKitError as error:
        found = getattr(error, "problems", None) or [Problem(str(error), "sweep")]
        problems = [_told(problem, "problem", language) for problem in found]
        return {"runs": 0, "words": "", "seconds": None, "code": "", "problems": problems}
    counts = [len(factor.rows) for factor in sweep.factors] + [len(sweep.seeds) or 1]
    return {
        "runs": len(sweep),
        "words": _sentence([n for n in counts if n > 1], len(sweep), seconds, language),
        "seconds": seconds,
        "code": sweep.to_python(),
        "problems": [],
    }


def _sentence(counts: list[int], runs: int, seconds: float | None, language: Language) -> str:
    """``"2 × 4 × 5 = 40 runs, about 2 min"``."""
    noun = ("Lauf" if runs == 1 else "Läufe") if language == "de" else "run" + "s" * (runs != 1)
    factors = " × ".join(map(str, counts))
    told = f"{factors} = {runs} {noun}" if len(counts) > 1 else f"{runs} {noun}"
    if seconds is None:
        return told
    return f"{told}, {'etwa' if language == 'de' else 'about'} {span(seconds)}"
