"""canvas-kit in a Jupyter Server: its options, its routes, its end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from traitlets import Bool, Float, Int, Unicode

from canvas_kit.executor.engine import Engine
from canvas_kit.server.limits import Limits
from canvas_kit.server.routes import ROUTES
from canvas_kit.server.service import Service

_DEFAULTS = Limits()


class CanvasKitApp(ExtensionApp):
    """The routes of the canvas editor, in the server that people already run.

    Enabled with the installation of canvas-kit; its options are those below, in Jupyter's
    configuration (``c.CanvasKitApp.max_nodes = 200``) or on the command line
    (``jupyter lab --CanvasKitApp.root_routes=True``).
    """

    name = "canvas_kit"
    load_other_extensions = True

    exports = Unicode(
        "", help="Where records go; empty: where the settings of canvas-kit say."
    ).tag(config=True)
    root_routes = Bool(
        False,
        help="Answer at the root as well, for an editor that knows no base URL.",
    ).tag(config=True)
    max_body_bytes = Int(_DEFAULTS.body_bytes, help="The largest request body.").tag(config=True)
    body_seconds = Float(
        _DEFAULTS.body_seconds, help="The longest that a body may take to arrive."
    ).tag(config=True)
    max_nodes = Int(_DEFAULTS.nodes, help="The most nodes of a canvas.").tag(config=True)
    max_runs = Int(_DEFAULTS.runs, help="The most runs of a batch.").tag(config=True)
    max_jobs = Int(_DEFAULTS.jobs, help="The most runs and batches at the same time.").tag(
        config=True
    )
    heartbeat_seconds = Float(
        _DEFAULTS.heartbeat_seconds, help="The longest silence on an event stream."
    ).tag(config=True)
    stall_seconds = Float(
        _DEFAULTS.stall_seconds, help="How long a reader may take nothing before it is cut."
    ).tag(config=True)
    keep_ended_seconds = Float(
        _DEFAULTS.keep_ended_seconds,
        help="How long the events of an ended run or batch can be asked for.",
    ).tag(config=True)
    keep_events = Int(
        _DEFAULTS.keep_events, help="How many events of a run or batch can be asked for again."
    ).tag(config=True)
    backend_seconds = Float(
        _DEFAULTS.backend_seconds, help="How long a backend may take to say what models it has."
    ).tag(config=True)

    engine: Engine | None = None
    """A ready-made engine, set before the extension is initialized; else one is made."""
    service: Service

    @classmethod
    def get_extension_package(cls) -> str:
        """The module that Jupyter Server asks for this extension."""
        return "canvas_kit.server"

    def limits(self) -> Limits:
        """The bounds, as the options say."""
        return Limits(
            body_bytes=self.max_body_bytes,
            body_seconds=self.body_seconds,
            nodes=self.max_nodes,
            runs=self.max_runs,
            jobs=self.max_jobs,
            heartbeat_seconds=self.heartbeat_seconds,
            stall_seconds=self.stall_seconds,
            keep_ended_seconds=self.keep_ended_seconds,
            keep_events=self.keep_events,
            backend_seconds=self.backend_seconds,
        )

    def initialize_handlers(self) -> None:
        """Add the routes under the base URL, and at the root if that is wanted."""
        server: Any = self.serverapp
        base_url = server.web_app.settings["base_url"]
        token = server.identity_provider.token
        self.service = Service(
            base_url=base_url,
            limits=self.limits(),
            exports=Path(self.exports) if self.exports else None,
            engine=self.engine,
            secrets=(token,) if token else (),
        )
        shared = {"service": self.service}
        self.handlers.extend((path, handler, shared) for path, handler in ROUTES)
        if self.root_routes and base_url != "/":
            at_root = [(path, handler, shared) for path, handler in ROUTES]
            server.web_app.add_handlers(".*$", at_root)
        server.log.info("canvas-kit answers at %s", url_path_join(base_url, "api/canvas"))

    async def stop_extension(self) -> None:
        """End what runs; its records are closed."""
        await asyncio.to_thread(self.service.close)
