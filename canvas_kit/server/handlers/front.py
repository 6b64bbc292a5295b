"""The page at the root of ``canvas-kit serve``: what is here, and how to connect."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from jupyter_server.auth.decorator import allow_unauthenticated

from canvas_kit.server.handlers.base import SpokenTo


class FrontPage(SpokenTo):
    """Tells clients without a token as well; it holds nothing that is worth hiding."""

    @property
    def content_security_policy(self) -> str:
        """Nothing is loaded, sent or framed."""
        return "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    @allow_unauthenticated
    async def get(self) -> None:
        """The page, in the client's language."""
        page = files("canvas_kit.server") / f"front_page.{self.language}.html"
        url = f"{self.request.protocol}://{self.request.host}{self.base_url}"
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Language", self.language)
        self.set_header("Vary", "Accept-Language")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")  # its address may hold the token
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        await self.finish(page.read_text(encoding="utf-8").replace("{url}", escape(url)))
