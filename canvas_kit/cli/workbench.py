"""``canvas-kit workbench``: switching it on in JupyterLab, and off again."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, Any

import typer

from canvas_kit.cli.options import option, say
from canvas_kit.errors import MissingPrerequisite

app = typer.Typer(help="The workbench in JupyterLab: on, off, or how it is.", no_args_is_help=True)

ForUser = Annotated[bool, option("--user", "For you, in all environments.")]
ForEnvironment = Annotated[bool, option("--env", "For this Python environment; usual in one.")]


@app.command("enable")
def enable_command(user: ForUser = False, env: ForEnvironment = False) -> None:
    """Open canvas files in JupyterLab, list jobs at its side, and answer under /api/canvas.

    Again, it brings the copy that JupyterLab loads up to date.
    """
    enabling = _enabling()
    for line in enabling.enable(_place(enabling, user, env)):
        say(line)
    say("Restart JupyterLab to have it; 'canvas-kit workbench disable' takes it out again.")


@app.command("disable")
def disable_command(user: ForUser = False, env: ForEnvironment = False) -> None:
    """Take the workbench out of JupyterLab; canvases and records stay."""
    enabling = _enabling()
    for line in enabling.disable(_place(enabling, user, env)) or ["Nothing was on there."]:
        say(line)


@app.command("status")
def status_command() -> None:
    """Say what is on, and where."""
    enabling = _enabling()
    found = enabling.status()
    for half in ("server extension", "JupyterLab extension"):
        places = [item for item in found if item.what == half]
        if not places:
            say(f"{half}: off")
        for item in places:
            say(f"{half}: {item.state}, {item.path}")
    if any(item.state == "out of date" for item in found):
        say("Bring the copy up to date with: canvas-kit workbench enable")


def _place(enabling: ModuleType, user: bool, env: bool) -> Any:
    if user and env:
        raise typer.BadParameter("Say --user or --env, not both.")
    place = enabling.Place
    return place.user() if user else place.environment() if env else place.usual()


def _enabling() -> ModuleType:
    try:
        from canvas_kit.workbench import enabling
    except ModuleNotFoundError as error:
        raise MissingPrerequisite(
            f"The workbench needs the package {error.name!r}, which is not installed. "
            "Install it with: pip install 'canvas-kit[lab]'"
        ) from error
    return enabling
