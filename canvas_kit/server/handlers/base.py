"""What every route has in common: who may ask, how a body is read, how a refusal is told.

Which clients may ask is decided by Jupyter Server (token, cookie, password). On top of that every
route refuses what another site's page sends, with or without a token: what is behind these routes
costs money and holds the users' work.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, get_origin, get_type_hints
from urllib.parse import urlsplit

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from pydantic import BaseModel
from tornado.web import HTTPError, authenticated, stream_request_body

from canvas_kit.errors import BatchError, CanvasError, CanvasKitError, SettingsError, UnknownName
from canvas_kit.german import Language, say
from canvas_kit.logs import logger_for
from canvas_kit.server.answers import Refusal
from canvas_kit.server.jobs import IdTaken, TooManyJobs
from canvas_kit.server.presenter import to_line
from canvas_kit.server.requests import BadRequest, read_request
from canvas_kit.server.run_index import NotRecorded
from canvas_kit.server.service import Service
from canvas_kit.workbench.methods import BadQuestion

log = logger_for(__name__)

STATUS_OF: tuple[tuple[type[CanvasKitError], int], ...] = (
    (BadRequest, 400),
    (BadQuestion, 400),
    (BatchError, 400),
    (NotRecorded, 404),
    (UnknownName, 404),
    (IdTaken, 409),
    (CanvasError, 422),
    (TooManyJobs, 429),
    (SettingsError, 503),
)
"""What an error means in HTTP."""

_SIGN_IN = "You may not ask this. Send the server's token: Authorization: token …"
_NOTHING_HERE = "There is nothing at this address."
_SHORT_BODY_BYTES = 2**16


class Streamed:
    """What a function returns that tells events."""


class Sent:
    """What a function returns that sends the bytes of a medium."""


class RefusedRequest(HTTPError):
    """A request that is refused before it is looked into."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status)
        self.message = message


@dataclass(frozen=True)
class Route:
    """What is answered at an address. All else about it is said by the answering function.

    The function takes a ``handler``, whose type is the class that answers, the variable parts of
    the address and, where there is a body, a ``request``, whose type is the model of the body. Its
    return type says what a good answer is: a model, ``Annotated[dict[str, Any], model]`` for a
    document that the model describes, :class:`Streamed` or :class:`Sent` for what it sends itself.
    Its docstring says what it does.

    Attributes:
        path: The address, with ``{names}`` for its variable parts.
        answer: The function.
        refusals: The statuses of its refusals, besides those that every such route has.
        query: What may stand in the query, as OpenAPI describes parameters.
    """

    path: str
    answer: Callable[..., Awaitable[Any]]
    refusals: tuple[int, ...] = ()
    query: tuple[Mapping[str, Any], ...] = ()

    @cached_property
    def _types(self) -> dict[str, Any]:
        return get_type_hints(self.answer, include_extras=True)

    @property
    def handler(self) -> type[RouteHandler]:
        """The class that answers."""
        handler: type[RouteHandler] = self._types["handler"]
        return handler

    @property
    def request(self) -> type[BaseModel] | None:
        """The model of the body; None where there is none."""
        model: type[BaseModel] | None = self._types.get("request")
        return model

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "GET" if self.request is None else "POST"

    @property
    def summary(self) -> str:
        """What it does."""
        return " ".join((self.answer.__doc__ or "").split()).removesuffix(".")

    @property
    def answers(self) -> Any:
        """The model of a good answer, or :class:`Streamed` or :class:`Sent`."""
        given = self._types["return"]
        return given.__metadata__[0] if get_origin(given) is Annotated else given

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses of its refusals."""
        of_path = {404} if "{" in self.path else set()
        of_body = {400, 413} if self.request is not None else set()
        return tuple(sorted({403, *of_path, *of_body, *self.refusals}))


class SpokenTo(JupyterHandler):
    """Knows what language its client reads."""

    service: Service

    def initialize(self, service: Service, **_: Any) -> None:
        """Take what all handlers share."""
        self.service = service

    @property
    def language(self) -> Language:
        """What the client reads best, of what messages are written in; else what is set."""
        accepted = self.request.headers.get("Accept-Language", "").strip()
        if not accepted or accepted.startswith("*"):
            with suppress(SettingsError):
                return self.service.engine.settings.language
        return "de" if re.match(r"de\b", accepted, re.IGNORECASE) else "en"


class CanvasHandler(SpokenTo, APIHandler):
    """Answers JSON to clients that may ask."""

    fault: ClassVar[int] = 500
    """The status of an error of ours that :data:`STATUS_OF` does not list."""
    shown_by_pages: ClassVar[bool] = False
    """Whether any page may show the answer, a picture whose run it knows; reading needs more."""
    _body_was_read = False

    async def prepare(self) -> None:  # type: ignore[override] # as in APIHandler itself
        """Refuse a client that may not ask."""
        if not self._from_here():
            raise RefusedRequest(
                403,
                "This request comes from another site's page, which is refused. Serve the page "
                "from this server, or name its origin in ServerApp.allow_origin (canvas-kit serve "
                "--allow-origin).",
            )
        if self.base_url != "/" and self._is_read_by_a_page():
            # A hub lets page views and pictures pass without the cookie's double. Other users'
            # pages have the same origin there, and read a window, or a fetch without CORS, whole.
            self.request.headers["Sec-Fetch-Mode"] = "cors"
        await super().prepare()
        if self.current_user is None and self.request.method != "OPTIONS":
            # Jupyter Server leaves it to each handler to say that it needs a user.
            raise RefusedRequest(403, _SIGN_IN)

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
        which an editor that was written for another server does not send. That holds where this
        server has its origin to itself. Under a path, as on a JupyterHub, the pages of other users
        have the same origin, and only the cookie's double tells them apart; and it is asked for
        before there is a user.
        """
        if self.base_url != "/":
            super().check_xsrf_cookie()
            return
        if getattr(self, "_jupyter_current_user", None) is None:
            return  # refused as a client that may not ask, which says more
        if self._own_origin() or self.request.headers.get("Sec-Fetch-Site") == "same-origin":
            return
        super().check_xsrf_cookie()

    def finish(self, *chunks: Any, **_: Any) -> Any:
        """Finish, keeping the content type, which APIHandler would make JSON."""
        return super().finish(*chunks, set_content_type=self._headers["Content-Type"])

    def reply(self, document: BaseModel | dict[str, Any], status: int = 200) -> None:
        """Finish with a JSON document."""
        if isinstance(document, BaseModel):
            document = document.model_dump(mode="json", by_alias=True)
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(to_line(document))

    def refuse(self, status: int, message: str, **more: Any) -> None:
        """Finish with a refusal."""
        message = say(message, self.language)
        self.reply({"status": "error", "error": message, **more}, status)

    def refuse_for(self, error: CanvasKitError) -> None:
        """Finish with the refusal that an error means; for a canvas, with every problem."""
        status = next((number for kind, number in STATUS_OF if isinstance(error, kind)), self.fault)
        if status == 500:
            log.error("%s %s: %s", self.request.method, self.request.path, error)
        if status == 429:
            self.set_header("Retry-After", "5")
        problems = self.problems(error)
        self.refuse(status, self.told(error), **({"problems": problems} if problems else {}))

    def problems(self, error: CanvasKitError) -> list[dict[str, Any]]:
        """What keeps a canvas from running, fit to leave the server; nothing for other errors."""
        found = error.problems if isinstance(error, CanvasError) else ()
        told = [self.service.presenter.problem(problem) for problem in found]
        return [item | {"message": say(item["message"], self.language)} for item in told]

    def told(self, error: CanvasKitError) -> str:
        """The message of an error, fit to leave the server."""
        if isinstance(error, SettingsError):
            log.error("the settings cannot be used: %s", error)
            return "The settings of this canvas-kit cannot be used; its log says why."
        return self.service.presenter.redactor.message(str(error))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Tell of a fault in the same form as of anything else; never how it came about."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        if isinstance(error, RefusedRequest):
            message = error.message
        elif isinstance(error, HTTPError) and error.log_message:
            message = error.log_message % error.args if error.args else error.log_message
        else:
            message = {
                403: _SIGN_IN,
                404: _NOTHING_HERE,
                405: "This address does not take such a request.",
            }.get(status_code, self._reason)
        if not self._body_was_read:
            # tornado ends the connection then; a client that is not told would use it once more.
            self.set_header("Connection", "close")
        self.refuse(status_code, message)

    def _is_read_by_a_page(self) -> bool:
        """Whether a page gets the answer, and not the user who typed the address."""
        if self.shown_by_pages:
            return self.request.headers.get("Sec-Fetch-Dest") == "empty"
        return self.request.headers.get("Sec-Fetch-Site") != "none"

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
        # A link to a picture was followed.
        return self.request.method == "GET" and headers.get("Sec-Fetch-Mode") == "navigate"

    def _allowed(self, origin: str) -> bool:
        if self.allow_origin:
            return self.allow_origin in ("*", origin)
        pattern = self.allow_origin_pat
        return pattern is not None and re.fullmatch(pattern, origin) is not None


@stream_request_body
class UnknownHandler(CanvasHandler):
    """Says that there is nothing at an address, to clients that may ask; reads no body."""

    async def prepare(self) -> None:  # type: ignore[override] # as in APIHandler itself
        """Refuse."""
        await super().prepare()
        raise RefusedRequest(404, _NOTHING_HERE)

    def data_received(self, chunk: bytes) -> None:
        """Keep nothing."""


@stream_request_body
class RouteHandler(CanvasHandler):
    """Answers a route. Takes a body of bounded size, in bounded time, from clients that may ask."""

    route: Route
    body_type: ClassVar[str] = "application/json"
    """What a body has to be."""
    refused: ClassVar[type[BaseModel]] = Refusal
    """The model of a refusal, but for 403 and 413, which come before a route is looked at."""

    def initialize(self, service: Service, route: Route) -> None:  # type: ignore[override]
        """Take what all handlers share, and the route."""
        super().initialize(service)
        self.route = route
        self._body = bytearray()
        self._refusal: HTTPError | None = None

    async def prepare(self) -> None:  # type: ignore[override] # as in APIHandler itself
        """Refuse a body that is too large before it is read."""
        limits = self.service.limits
        announced = self.request.headers.get("Content-Length", "0")
        length = int(announced) if announced.isdecimal() else 0
        try:
            await super().prepare()
        except HTTPError as refusal:
            if self.request.method != "POST" or not 0 < length <= _SHORT_BODY_BYTES:
                raise
            # Told when the body has come: cut off while it sends, a proxy would lose the answer.
            self._refusal = refusal
            self.current_user = self._jupyter_current_user = None
        if length > limits.max_body_bytes:
            raise RefusedRequest(413, self._too_large())
        connection: Any = self.request.connection
        connection.set_max_body_size(limits.max_body_bytes + 2**20)
        connection.set_body_timeout(limits.body_seconds)

    def data_received(self, chunk: bytes) -> None:
        """Keep a piece of the body."""
        if self._finished:
            return
        self._body += chunk
        if len(self._body) > self.service.limits.max_body_bytes:
            self._body.clear()
            self.set_header("Connection", "close")
            self.refuse(413, self._too_large())

    @authenticated
    async def get(self, *path: str) -> None:
        """Answer the route, if this is how it is asked."""
        await self._answer(path)

    @allow_unauthenticated  # says itself, once the body has come, that it needs a user
    async def post(self, *path: str) -> None:
        """Answer the route, if this is how it is asked."""
        self._body_was_read = True
        if self._refusal is not None:
            raise self._refusal
        if self.current_user is None:
            raise HTTPError(403)
        await self._answer(path)

    async def call(self, *path: str) -> Any:
        """What the route's function gives for the address and the body, read in a thread.

        Raises:
            BadRequest: When the body cannot be understood.
        """
        if (model := self.route.request) is None:
            return await self.route.answer(self, *path)
        body, self._body = bytes(self._body), bytearray()
        request = await self.service.check(read_request, model, body, self.service.limits)
        return await self.route.answer(self, request, *path)

    async def _answer(self, path: tuple[str, ...]) -> None:
        if self._finished:  # refused while its body came
            return
        self._body_was_read = True
        if self.request.method != self.route.method:
            raise HTTPError(405)
        try:
            answer = await self.call(*path)
        except CanvasKitError as error:
            self.refuse_for(error)
        else:
            if not isinstance(answer, Streamed | Sent):
                self.reply(answer)

    def _too_large(self) -> str:
        return f"The body is larger than {self.service.limits.max_body_bytes} bytes."
