"""``canvas-kit serve``: the HTTP face, alone, for scripts and the canvas editor."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from canvas_kit.cli.options import AsJson, Exports
from canvas_kit.errors import MissingPrerequisite
from canvas_kit.settings import CONFIG_VARIABLE


def serve_command(
    context: typer.Context,
    host: Annotated[
        str, typer.Option("--host", help="The address to listen at; loopback unless you mean it.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 for any free one.")] = 8899,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            help="What clients must present.",
            envvar="CANVAS_KIT_TOKEN",
            show_default="a fresh one",
        ),
    ] = None,
    exports: Exports = None,
    allow_origin: Annotated[
        str,
        typer.Option(
            "--allow-origin",
            help="A further origin whose pages may ask, such as http://localhost:5173.",
            show_default=False,
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Serve the HTTP interface, without JupyterLab, to scripts and to the canvas editor."""
    try:
        from canvas_kit.server.standalone import make_server, start
    except ModuleNotFoundError as error:
        raise MissingPrerequisite(
            f"Serving needs the package {error.name!r}, which is not installed. "
            "Install it with: pip install 'canvas-kit[server]'"
        ) from error
    if context.obj is not None:
        os.environ[CONFIG_VARIABLE] = str(context.obj)  # the server loads its settings itself
    server = make_server(host, port, token, exports=exports, allow_origin=allow_origin)
    start(server, as_json=as_json)
