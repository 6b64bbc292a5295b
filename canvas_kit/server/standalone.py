"""canvas-kit's own server: the extension alone, on loopback, with a token.

It is a Jupyter Server without notebooks: no kernels, no files, no terminals, and no configuration
but what is said here, so that what the user has allowed elsewhere does not hold here by accident.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.manager import AsyncContentsManager
from traitlets.config import Config

from canvas_kit.errors import SettingsError
from canvas_kit.executor.engine import Engine
from canvas_kit.server.extension import CanvasKitApp

DEFAULT_PORT = 8899
_TOKEN_BYTES = 24
_SHORTEST_TOKEN = 8
_LARGEST_BODY = 2**20


class NoFiles(AsyncContentsManager):
    """Gives out no files."""

    def get_extra_handlers(self) -> list[Any]:
        """None: the usual one serves everything below the working folder."""
        return []


class CanvasKitServer(ServerApp):
    """A Jupyter Server with nothing but sign-in and the extension."""

    name = "canvas-kit"
    default_services = ("auth", "security")  # type: ignore[assignment] # fewer than usual
    no_browser_open_file = True

    def load_config_file(self, *_: Any, **__: Any) -> None:
        """Read no configuration: all of it comes from the code that starts the server."""

    def running_server_info(self, kernel_count: bool = True) -> str:
        """Where the server is, for its log."""
        return f"canvas-kit answers at {self.public_url}"


def make_server(
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    token: str | None = None,
    *,
    exports: str | Path | None = None,
    base_url: str = "/",
    allow_origin: str = "",
    engine: Engine | None = None,
    options: dict[str, Any] | None = None,
) -> CanvasKitServer:
    """A server that is ready to start; its port is free, but not yet bound.

    Args:
        host: The address to listen on. Another one than loopback lets others on the network ask,
            if they have the token.
        port: 0 for any free one.
        token: What clients have to send; a random one if left out.
        exports: Where records go, if not where the settings say.
        base_url: The path under which everything is mounted.
        allow_origin: A further origin whose pages may ask, such as ``http://localhost:5173``.
        engine: The engine to use; one is made from the settings if left out.
        options: Options of :class:`~canvas_kit.server.extension.CanvasKitApp` by name.

    Raises:
        SettingsError: When the token could be guessed, or the port is taken.
    """
    token = secrets.token_hex(_TOKEN_BYTES) if token is None else token
    if len(token) < _SHORTEST_TOKEN:
        raise SettingsError(
            f"The token should have at least {_SHORTEST_TOKEN} characters; leave it out to have "
            "one made."
        )
    extension = dict(options or {})
    if exports is not None:
        extension["exports"] = str(Path(exports).absolute())
    extension.setdefault("root_routes", True)
    extension.setdefault("front_page", True)
    extension.setdefault("workbench", False)  # it is for those who have files and kernels here
    config = Config()
    config.CanvasKitApp = Config(extension)
    config.IdentityProvider.token = token
    config.PasswordIdentityProvider.token = token
    config.ServerApp.update(
        {
            "ip": host,
            "port": port,
            "port_retries": 0,
            "base_url": base_url,
            # Shared with the Jupyter servers of this user, a cookie of this one would open them.
            "cookie_secret": secrets.token_bytes(32),
            # Routes that take more say so themselves, to clients that may ask.
            "max_body_size": _LARGEST_BODY,
            "allow_origin": allow_origin,
            "allow_remote_access": host not in ("127.0.0.1", "::1", "localhost"),
            "allow_unauthenticated_access": False,
            "allow_root": True,  # nothing here runs code
            "answer_yes": True,
            "open_browser": False,
            "contents_manager_class": NoFiles,
            "default_url": f"{base_url.rstrip('/')}/",
            "log_level": logging.WARNING,
            "jpserver_extensions": {"canvas_kit.server": True},
        }
    )
    CanvasKitApp.engine = engine
    server = CanvasKitServer.instance(config=config)
    try:
        server.initialize(argv=[], find_extensions=False)
    except SystemExit:
        raise SettingsError(
            f"Nothing can listen on {host}, port {port}: is it taken? Name another, or 0 for any."
        ) from None
    return server


def start(server: CanvasKitServer, *, as_json: bool = False) -> None:
    """Start a server and return when it has been stopped (by a signal, or Ctrl-C).

    Says where it answers on stderr; with ``as_json`` also as a line on stdout when its port is
    bound: ``{"url", "token", "host", "port", "pid"}``.
    """
    server.io_loop.add_callback(_announce, server, as_json)
    if threading.current_thread() is threading.main_thread():
        # Also where a shell started it in the background, and so with Ctrl-C switched off.
        signal.signal(signal.SIGINT, lambda *_: _stop(server))
    server.start()


def _stop(server: CanvasKitServer) -> None:
    server.io_loop.add_callback_from_signal(server.io_loop.stop)


def _announce(server: CanvasKitServer, as_json: bool) -> None:
    token = server.identity_provider.token
    host = f"[{server.ip}]" if ":" in server.ip else server.ip
    url = f"http://{host}:{server.port}{server.base_url}"
    sys.stderr.write(
        f"canvas-kit answers at {url}api/canvas\n"
        f"  in a browser:  {url} says how to connect; {url}api/canvas/openapi.json?token={token}\n"
        f"  in a script:   Authorization: token {token}\n"
        "Press Ctrl-C to end it; what runs then is stopped, and what was made is kept.\n"
    )
    sys.stderr.flush()
    if as_json:
        line = {
            "url": url,
            "token": token,
            "host": server.ip,
            "port": server.port,
            "pid": os.getpid(),
        }
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
