"""canvas-kit in a Jupyter Server: its options, its routes, its end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from traitlets import Bool, Unicode

from canvas_kit.executor.engine import Engine
from canvas_kit.server.handlers.front import FrontPage
from canvas_kit.server.limits import Limits
from canvas_kit.server.routes import tornado_routes
from canvas_kit.server.service import Service


class CanvasKitApp(Limits, ExtensionApp):
    """The routes of the canvas editor, in the server that the user already runs.

    Switched on by ``canvas-kit workbench enable``. Its options are those below and those of
    :class:`Limits`, in Jupyter's configuration (``c.CanvasKitApp.max_nodes = 200``) or on the
    command line (``jupyter lab --CanvasKitApp.root_routes=True``).
    """

    name = "canvas_kit"
    load_other_extensions = True

    exports = Unicode(
        "", help="Where records go; empty: where the settings of canvas-kit say."
    ).tag(config=True)
    root_routes = Bool(
        False, help="Answer at the root as well, for an editor that knows no base URL."
    ).tag(config=True)

    workbench = Bool(True, help="Answer what the workbench in JupyterLab asks.").tag(config=True)
    front_page = Bool(False, help="Say at the root what is here.").tag(config=True)

    engine: Engine | None = None
    """A ready-made engine, set before the extension is initialized; else one is made."""
    service: Service

    @classmethod
    def get_extension_package(cls) -> str:
        """The module that Jupyter Server asks for this extension."""
        return "canvas_kit.server"

    def initialize_handlers(self) -> None:
        """Add the routes under the base URL, and at the root if that is wanted."""
        server: Any = self.serverapp
        base_url = server.web_app.settings["base_url"]
        token = server.identity_provider.token
        self.service = Service(
            base_url=base_url,
            limits=self,
            exports=Path(self.exports) if self.exports else None,
            engine=self.engine,
            secrets=(token,) if token else (),
            workbench=self.workbench,
        )
        routes: list[Any] = [*tornado_routes(self.service)]
        if self.front_page:
            routes.append((r"/?", FrontPage, {"service": self.service}))
        self.handlers.extend(routes)
        if self.root_routes and base_url != "/":
            server.web_app.add_handlers(".*$", list(routes))
        server.log.info("canvas-kit answers at %s", url_path_join(base_url, "api/canvas"))

    async def stop_extension(self) -> None:
        """End what runs; its records are closed."""
        await asyncio.to_thread(self.service.close)
