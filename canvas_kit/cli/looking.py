"""``canvas-kit check``, ``backends`` and ``presets``: looking without running anything."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from canvas_kit.cli.options import (
    AsJson,
    CanvasFile,
    ModelName,
    complain,
    load_settings,
    open_engine,
    option,
    print_json,
    say,
    with_model,
)
from canvas_kit.network import host_and_port
from canvas_kit.preset_files.catalogue import PresetKind, presets
from canvas_kit.settings import BackendSettings

if TYPE_CHECKING:
    from canvas_kit.backends.base import BackendStatus
    from canvas_kit.executor.plan import Plan

_LOCAL_SERVERS = {
    "comfyui": ("ComfyUI", {"address": "http://127.0.0.1:8188"}),
    "swarmui": ("SwarmUI", {"address": "http://127.0.0.1:7801"}),
    "a1111": ("AUTOMATIC1111 or Forge", {"address": "http://127.0.0.1:7860"}),
    "ollama": ("Ollama", {"address": "http://127.0.0.1:11434"}),
    "lmstudio": ("LM Studio", {"kind": "openai", "address": "http://127.0.0.1:1234/v1"}),
}
"""Where servers on the user's own machine listen, if they were not told otherwise."""
_LOOKING_SECONDS = 1.0
_ANSWERING_SECONDS = 4.0
_MODELS_SHOWN = 12


def check_command(
    context: typer.Context,
    canvas: CanvasFile,
    backend: Annotated[
        bool, option("--backend", "Ask the backends too: are they there, do they have the models?")
    ] = False,
    model: ModelName = None,
) -> None:
    """Check a canvas without running it: every problem at once, and what to look at twice."""
    from canvas_kit.canvas.graph import Canvas

    value = with_model(Canvas.load(canvas), model)
    with open_engine(context) as engine:
        plan = engine.prepare(value)
        say(value)
        complain(_warnings(plan))
        say(plan.destinations())
        found = engine.submit(_backend_problems(plan)).result() if backend else []
    complain(found)
    if found:
        raise typer.Exit(1)
    say("It can run.")


def _warnings(plan: Plan) -> list[str]:
    """What does not keep a canvas from running, but is rarely meant."""
    found = [
        f"{plan.names[index][0]}: {text}"
        for index, texts in plan.warnings.items()
        for text in texts
    ]
    if not plan.canvas.of_type("collector", "display"):
        found.append("There is no collector: what is made is recorded, but nothing collects it.")
    return found


async def _backend_problems(plan: Plan) -> list[str]:
    """What the backends say keeps this canvas from running there."""
    found = []
    for name, asked in {asked.name: asked for asked in plan.models.values()}.items():
        found += [f"{name}: {problem}" for problem in await asked.backend.problems(asked.model)]
    return found


def backends_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the backends: reachable, version, models, and whether data leaves this machine.

    Besides those in the settings, this machine is looked at where servers usually listen: ComfyUI,
    SwarmUI, AUTOMATIC1111 or Forge, Ollama, LM Studio. No other command does so.
    """
    from canvas_kit.executor.engine import Engine

    settings = load_settings(context)
    found = asyncio.run(_local_servers(set(settings.backends)))
    every = settings.model_copy(update={"backends": {**settings.backends, **found}})
    with Engine(every) as engine:
        statuses = engine.submit(engine.backends.statuses()).result()
    known = {status.address for status in statuses if status.name not in found}
    statuses = [
        _as_found(status) if status.name in found else status
        for status in statuses
        if status.name not in found or status.address not in known
    ]
    if as_json:
        print_json([_status_json(status) for status in statuses])
        return
    say(f"settings: {settings.source or 'none, so the defaults hold'}")
    for status in statuses:
        say(_status_text(status))


def _as_found(status: BackendStatus) -> BackendStatus:
    """The status of a server that was looked for where it usually listens, with what to do."""
    title, options = _LOCAL_SERVERS[status.name]
    if not status.reachable or status.problem or (options.get("kind") and not status.models):
        note = f"this is the usual port of {title}, but what listens there does not answer as one"
        return dataclasses.replace(status, reachable=False, models=(), note=note)
    if status.name == "comfyui" and not status.models:
        note = "found without a setting; add a workflow: canvas-kit models add workflow_api.json"
    elif "kind" in options:
        lines = ", ".join(f'{key} = "{value}"' for key, value in options.items())
        note = f"found, not set up: add [backends.{status.name}] to canvas_kit.toml, with {lines}"
    else:
        note = "found, and usable without a setting"
    return dataclasses.replace(status, note="; ".join(filter(None, (status.note, note))))


async def _local_servers(configured: set[str]) -> dict[str, BackendSettings]:
    """Servers on their usual ports of this machine that no setting names."""

    async def look(name: str) -> bool:
        host, port = host_and_port(_LOCAL_SERVERS[name][1]["address"])
        try:
            async with asyncio.timeout(_LOOKING_SECONDS):
                _, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True

    names = [name for name in _LOCAL_SERVERS if name not in configured]
    there = await asyncio.gather(*map(look, names))
    return {
        name: BackendSettings.model_validate(
            {**_LOCAL_SERVERS[name][1], "timeout_seconds": _ANSWERING_SECONDS}
        )
        for name, found in zip(names, there, strict=True)
        if found
    }


def _status_text(status: BackendStatus) -> str:
    where = "words and pictures stay on this machine"
    if not status.local:
        where = f"words and pictures leave this machine, to {status.address}"
    state = "reachable" if status.reachable else "not reachable"
    kind = f"({status.kind})" if status.kind != status.name else ""
    version = f"version {status.version}" if status.version else ""
    lines = [" ".join(part for part in (status.name, kind, state, version) if part)]
    if status.address:
        lines.append(f"  address   {status.address}")
    lines.append(f"  privacy   {where}")
    lines.append(f"  capacity  {status.capacity} at a time")
    shown = status.models[:_MODELS_SHOWN]
    for index, model in enumerate(shown):
        title = "models" if not index else ""
        about = model.description or ", ".join(sorted(model.capabilities))
        lines.append(f"  {title:<8}  {status.name}/{model.name}  {about}".rstrip())
    if len(status.models) > len(shown):
        lines.append(f"  {'':<8}  … and {len(status.models) - len(shown)} more")
    if status.note:
        lines.append(f"  note      {status.note}")
    if status.problem:
        lines.append(f"  problem   {status.problem}")
    return "\n".join(lines)


def _status_json(status: BackendStatus) -> dict[str, Any]:
    names = ("name", "kind", "reachable", "address", "version", "local", "capacity")
    models = [
        dataclasses.asdict(model)
        | {"name": f"{status.name}/{model.name}", "capabilities": sorted(model.capabilities)}
        for model in status.models
    ]
    document = {name: getattr(status, name) for name in names}
    return document | {"models": models, "note": status.note, "problem": status.problem}


def presets_command(
    kind: Annotated[PresetKind | None, option("--kind", "Only those of one kind of node.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the presets that a node can name, and what each of them does."""
    table = presets(kind)
    if as_json:
        print_json([{"kind": preset.kind, **preset.as_dict()} for preset in table])
    else:
        say(table)
