"""``canvas-kit serve``: the HTTP face, alone, for scripts and the canvas editor."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from canvas_kit.cli.options import AsJson, Exports, option
from canvas_kit.errors import MissingPrerequisite, SettingsError
from canvas_kit.settings import CONFIG_VARIABLE


def serve_command(
    context: typer.Context,
    host: Annotated[
        str, option("--host", "The address to listen at; loopback unless you mean it.", shown=True)
    ] = "127.0.0.1",
    port: Annotated[int, option("--port", "0 for any free one.", shown=True)] = 8899,
    token: Annotated[
        str | None,
        option(
            "--token",
            "What clients must present. Others on this machine see it among the processes; "
            "--token-file and the variable keep it apart.",
            "a fresh one",
            envvar="CANVAS_KIT_TOKEN",
        ),
    ] = None,
    token_file: Annotated[
        Path | None, option("--token-file", "A file whose first line is the token.")
    ] = None,
    exports: Exports = None,
    allow_origin: Annotated[
        str,
        option(
            "--allow-origin", "A further origin whose pages may ask, such as http://localhost:5173."
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
    if token_file is not None:
        token = _first_line(token_file)
    server = make_server(host, port, token, exports=exports, allow_origin=allow_origin)
    start(server, as_json=as_json)


def _first_line(file: Path) -> str:
    try:
        return next(iter(file.read_text(encoding="utf-8").splitlines()), "").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The token file {file} cannot be read: {error}.") from None
