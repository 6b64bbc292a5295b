"""``canvas-kit models``: models that a user adds, such as a workflow exported from ComfyUI."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from canvas_kit.cli.options import argument, complain, load_settings, option, say
from canvas_kit.errors import CanvasKitError
from canvas_kit.settings import BackendSettings, Settings

if TYPE_CHECKING:
    from canvas_kit.backends.comfyui.fitting import Declarations
    from canvas_kit.backends.comfyui.graph import Graph

app = typer.Typer(help="Add and show your own models.", no_args_is_help=True)

BackendName = Annotated[
    str, option("--backend", "The ComfyUI backend, by its name in the settings.", shown=True)
]


@app.command("add")
def add_command(
    context: typer.Context,
    workflow: Annotated[
        Path,
        argument(
            "A workflow, exported with 'Export (API)', or a PNG that ComfyUI made.",
            "WORKFLOW_API.json",
        ),
    ],
    name: Annotated[str, option("--name", "What to call it: comfyui/NAME.")],
    backend: BackendName = "comfyui",
    replace: Annotated[
        bool, option("--replace", "Take the place of a workflow of that name.")
    ] = False,
    without_prompt: Annotated[
        bool, option("--without-prompt", "It takes no prompt; it enlarges, say.")
    ] = False,
) -> None:
    """Make a workflow exported from ComfyUI usable as a model.

    Shows where the prompt, the seed and so on belong, and what stood there; correct it in the .toml
    file that is written. A server that is running is asked which inputs its nodes take.
    """
    from canvas_kit.backends.comfyui import (
        add_workflow,
        read_workflow,
        workflow_problems,
        workflows_folder,
    )

    settings = load_settings(context)
    folder = workflows_folder(_options(settings, backend))
    graph, _ = read_workflow(workflow)
    declared, reason = asyncio.run(_declarations(settings, backend, graph))
    added = add_workflow(
        workflow, name, folder, replace=replace, takes_prompt=not without_prompt, declared=declared
    )
    say(added.summary())
    if declared is None:
        say(f"  note: the server was not asked which inputs its nodes take: {reason}")
    else:
        complain(workflow_problems(added, declared))
    say(f"Use it as the model {backend}/{name}.")
    say(folder / f"{name}.toml")


@app.command("list")
def list_command(context: typer.Context, backend: BackendName = "comfyui") -> None:
    """Show the workflows that were added."""
    from canvas_kit.backends.comfyui import WorkflowFolder, workflows_folder

    folder = WorkflowFolder(workflows_folder(_options(load_settings(context), backend)))
    for name in folder.names():
        say(f"{backend}/{name}")
        say("\n".join(f"  {line}" for line in folder.load(name).summary().splitlines()))


async def _declarations(
    settings: Settings, name: str, graph: Graph
) -> tuple[Declarations | None, str]:
    """What the server declares about the nodes of a workflow, or why it could not be asked."""
    from canvas_kit.backends.comfyui import ComfyUIBackend
    from canvas_kit.backends.registry import BackendRegistry

    backends = BackendRegistry(settings)
    try:
        backend = backends.backend(name)
        if not isinstance(backend, ComfyUIBackend):
            return None, f"{name} is no ComfyUI."
        status = await backend.status()
        if status.problem or not status.reachable:
            return None, status.problem
        return await backend.declarations(graph), ""
    except CanvasKitError as error:
        return None, str(error)
    finally:
        await backends.aclose()


def _options(settings: Settings, backend: str) -> BackendSettings:
    return settings.backends.get(backend) or BackendSettings(kind="comfyui")
