"""``canvas-kit models``: models that a user adds, such as a workflow exported from ComfyUI."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from canvas_kit.cli.options import load_settings, say
from canvas_kit.settings import BackendSettings

app = typer.Typer(help="Add and show your own models.", no_args_is_help=True)

BackendName = Annotated[
    str, typer.Option("--backend", help="The ComfyUI backend, by its name in the settings.")
]


@app.command("add")
def add_command(
    context: typer.Context,
    workflow: Annotated[
        Path,
        typer.Argument(
            metavar="WORKFLOW_API.json",
            help="A workflow, exported with 'Export (API)', or a PNG that ComfyUI made.",
            show_default=False,
        ),
    ],
    name: Annotated[
        str, typer.Option("--name", help="What to call it: comfyui/NAME.", show_default=False)
    ],
    backend: BackendName = "comfyui",
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of a workflow of that name.")
    ] = False,
    without_prompt: Annotated[
        bool, typer.Option("--without-prompt", help="It takes no prompt; it enlarges, say.")
    ] = False,
) -> None:
    """Make a workflow exported from ComfyUI usable as a model.

    Shows where the prompt, the seed and so on belong; correct it in the .toml file that is written.
    """
    from canvas_kit.backends.comfyui import add_workflow, workflows_folder

    folder = workflows_folder(_options(context, backend))
    added = add_workflow(workflow, name, folder, replace=replace, takes_prompt=not without_prompt)
    say(added.summary())
    say(f"Use it as the model {backend}/{name}.")
    say(folder / f"{name}.toml")


@app.command("list")
def list_command(context: typer.Context, backend: BackendName = "comfyui") -> None:
    """Show the workflows that were added."""
    from canvas_kit.backends.comfyui import WorkflowFolder, workflows_folder

    folder = WorkflowFolder(workflows_folder(_options(context, backend)))
    for name in folder.names():
        say(f"{backend}/{name}")
        say("\n".join(f"  {line}" for line in folder.load(name).summary().splitlines()))


def _options(context: typer.Context, backend: str) -> BackendSettings:
    return load_settings(context).backends.get(backend) or BackendSettings(kind="comfyui")
