"""What every address has in common: who may ask, how a body is read, how a refusal is told.

Who may ask is decided by Jupyter Server (token, cookie, password). On top of that every address
refuses what another site's page sends, with or without a token: what is behind these addresses
costs money and holds people's work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError, stream_request_body

from canvas_kit.errors import BatchError, CanvasError, CanvasKitError, SettingsError
from canvas_kit.server.asked import BadRequest
from canvas_kit.server.jobs import IdTaken, TooManyJobs
from canvas_kit.server.public import to_line
from canvas_kit.server.run_index import NotRecorded
from canvas_kit.server.service import Service

log = logging.getLogger(__name__)
T = TypeVar("T")

STATUS_OF: tuple[tuple[type[CanvasKitError], int], ...] = (
    (BadRequest, 400),
    (BatchError, 400),
    (NotRecorded, 404),
    (IdTaken, 409),
    (CanvasError, 422),
    (TooManyJobs, 429),
    (SettingsError, 503),
)
"""What an error means in HTTP."""

_SIGN_IN = "You may not ask this. Send the server's token: Authorization: token …"


class Refusal(HTTPError):
    """An answer that says why not."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status)
        self.message = message


class CanvasHandler(APIHandler):
    """Answers JSON to whoever may ask."""

    service: Service

    def initialize(self, service: Service) -> None:
        """Take what all handlers share."""
        self.service = service

    async def prepare(self) -> None:  # type: ignore[override] # as in APIHandler itself
        """Refuse whoever may not ask."""
        if not self._from_here():
            raise Refusal(
                403,
                "This request comes from another site's page, which is refused. Serve the page "
                "from this server, or name its origin in ServerApp.allow_origin.",
            )
        await super().prepare()
        if self.current_user is None and self.request.method != "OPTIONS":
            # Jupyter Server leaves it to each handler to say that it needs a user.
            raise Refusal(403, _SIGN_IN)

    def set_cors_headers(self) -> None:
        """Let other origins read an answer only where the server's owner allowed them."""
        if self.allow_origin or self.allow_origin_pat:
            super().set_cors_headers()

    def set_default_headers(self) -> None:
        """Nothing here is for a cache to keep, nor for another site to embed."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")

    def check_xsrf_cookie(self) -> None:
        """Let through what the browser itself says comes from a page of this server.

        A page cannot forge these headers, so they prove as much as the cookie's double would,
        which an editor that was written for another server does not send.
        """
        if getattr(self, "_jupyter_current_user", None) is None:
            return  # refused as somebody who may not ask, which says more
        headers = self.request.headers
        if self._own_origin() or headers.get("Sec-Fetch-Site") == "same-origin":
            return
        super().check_xsrf_cookie()

    def answer(self, document: Any, status: int = 200) -> None:
        """Finish with a JSON document."""
        self.set_status(status)
        self.finish(to_line(document))

    def refuse(self, status: int, message: str, **more: Any) -> None:
        """Finish with a refusal."""
        self.answer({"status": "error", "error": message, **more}, status)

    def refuse_for(self, error: CanvasKitError) -> None:
        """Finish with the refusal that an error means."""
        status = next((number for kind, number in STATUS_OF if isinstance(error, kind)), 500)
        if status == 500:
            log.error("%s %s: %s", self.request.method, self.request.path, error)
        if status == 429:
            self.set_header("Retry-After", "5")
        self.refuse(status, self.told(error), **self.problems_of(error))

    def told(self, error: CanvasKitError) -> str:
        """The message of an error, fit to leave the server."""
        if isinstance(error, SettingsError):
            log.error("the settings cannot be used: %s", error)
            return "The settings of this canvas-kit cannot be used; its log says why."
        return self.service.public.masking.message(str(error))

    def problems_of(self, error: CanvasKitError) -> dict[str, Any]:
        """For a canvas that cannot run, what keeps it from that."""
        if not isinstance(error, CanvasError):
            return {}
        return {"problems": [self.service.public.problem(item) for item in error.problems]}

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Tell of a fault in the same form as of anything else; never how it came about."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        if isinstance(error, Refusal):
            message = error.message
        elif isinstance(error, HTTPError) and error.log_message:
            message = error.log_message % error.args if error.args else error.log_message
        else:
            message = {
                403: _SIGN_IN,
                404: "There is nothing at this address.",
                405: "This address does not take such a request.",
            }.get(status_code, self._reason)
        self.refuse(status_code, message)

    def _own_origin(self) -> bool:
        origin, host = self.request.headers.get("Origin"), self.request.headers.get("Host")
        return bool(origin and host) and urlsplit(origin).netloc.lower() == str(host).lower()

    def _from_here(self) -> bool:
        """Whether it comes from a program, from this server's page, or from an allowed origin."""
        headers = self.request.headers
        origin = headers.get("Origin")
        if origin is not None:
            return self._own_origin() or self._allowed(origin)
        if headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
            return True
        # Somebody followed a link to a picture.
        return self.request.method == "GET" and headers.get("Sec-Fetch-Mode") == "navigate"

    def _allowed(self, origin: str) -> bool:
        if self.allow_origin:
            return self.allow_origin in ("*", origin)
        pattern = self.allow_origin_pat
        if not pattern:
            return False
        import re

        return re.fullmatch(pattern, origin) is not None


class UnknownHandler(CanvasHandler):
    """Says that there is nothing at an address, to whoever may ask."""

    async def prepare(self) -> None:  # type: ignore[override] # as in APIHandler itself
        """Refuse."""
        await super().prepare()
        raise Refusal(404, "There is nothing at this address.")


@stream_request_body
class BodyHandler(CanvasHandler):
    """Takes a body of bounded size, in bounded time, and only from whoever may ask."""

    def initialize(self, service: Service) -> None:
        """Take what all handlers share."""
        super().initialize(service)
        self._body = bytearray()

    async def prepare(self) -> None:  # type: ignore[override] # as in APIHandler itself
        """Refuse a body that is too large before it is read."""
        await super().prepare()
        limits = self.service.limits
        announced = self.request.headers.get("Content-Length", "0")
        if announced.isdecimal() and int(announced) > limits.body_bytes:
            raise Refusal(413, self._too_large())
        connection: Any = self.request.connection
        connection.set_max_body_size(limits.body_bytes + 2**20)
        connection.set_body_timeout(limits.body_seconds)

    def data_received(self, chunk: bytes) -> None:
        """Keep a piece of the body."""
        if self._finished:
            return
        self._body += chunk
        if len(self._body) > self.service.limits.body_bytes:
            self._body.clear()
            self.refuse(413, self._too_large())

    async def asked(self, read: Callable[..., T], *arguments: Any) -> T | None:
        """What the body asks for, read in a thread; None when a refusal was sent instead."""
        if self._finished:
            return None
        body, self._body = bytes(self._body), bytearray()
        try:
            return await self.service.check(read, body, *arguments)
        except BadRequest as error:
            self.refuse_for(error)
            return None

    def _too_large(self) -> str:
        return f"The body is larger than {self.service.limits.body_bytes} bytes."
