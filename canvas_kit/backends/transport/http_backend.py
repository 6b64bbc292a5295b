"""A backend that is a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode, urlsplit

import httpx
from pydantic import TypeAdapter, ValidationError

from canvas_kit.backends.base import Backend, BackendStatus, Capability, ModelInfo
from canvas_kit.backends.transport.answers import Answer
from canvas_kit.backends.transport.credentials import Credentials, split_address
from canvas_kit.backends.transport.naming import bounded, error_for_download, error_for_status
from canvas_kit.backends.transport.redaction import abbreviated
from canvas_kit.backends.transport.repeating import Persistence, ask_until_answered
from canvas_kit.backends.transport.sockets import open_socket
from canvas_kit.backends.transport.streams import (
    EventStream,
    ServerEvent,
    StreamMode,
    byte_lines,
    json_lines,
    sent_events,
)
from canvas_kit.errors import (
    BackendAnswerError,
    BackendError,
    BackendTimeout,
    BackendUnreachable,
    CanvasKitError,
    DownloadError,
    SettingsError,
    name_hint,
)
from canvas_kit.network import Download, download, host_and_port, is_local, open_client
from canvas_kit.network.downloads import NotWhole, OversizedBody, read_bounded

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from canvas_kit.network import NetworkPolicy
    from canvas_kit.settings import BackendSettings

T = TypeVar("T")
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Probe:
    """What a server says about itself when asked.

    Attributes:
        version: Its version, if it tells.
        models: What it offers.
        problem: Why it cannot be used although it answers; empty if it can.
    """

    version: str | None = None
    models: tuple[ModelInfo, ...] = ()
    problem: str = ""


class HttpBackend(Backend):
    """A backend that is a server: its address and client, with every fault of the wire translated.

    Settings that every such backend understands, besides the typed ones::

        [backends.NAME.headers]       # sent with every request
        X-Client = "canvas-kit"
        [backends.NAME.headers_env]   # the same, the value taken from the environment: a secret
        Authorization = "MY_VARIABLE"

    Attributes:
        address: Base URL without a slash at the end, a reverse proxy's prefix kept, credentials
            taken out.
        options: The settings of this backend.
        network: Says which hosts may be talked to.
        local: Whether words and pictures stay on this machine.
    """

    backoff_seconds = 0.5
    """The first wait before a repeat when the server names none; doubled each time."""

    def __init__(
        self,
        name: str,
        options: BackendSettings,
        network: NetworkPolicy,
        *,
        kind: str,
        default_address: str,
        capabilities: frozenset[Capability],
        capacity: int = 1,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> None:
        """Check the settings and the address. Opens no connection.

        Args:
            name: The backend's name in the settings.
            options: Its settings; ``address`` and ``capacity`` there win.
            network: Says whether the address may be talked to.
            kind: What sort of server it is.
            default_address: Where such a server listens unless told otherwise.
            capabilities: What it can do at all.
            capacity: How many requests it works on at a time.
            headers: Sent with every request; not secret.
            auth: User and password for HTTP Basic; credentials in the address win.

        Raises:
            AccessDenied: When the settings forbid the address.
            SettingsError: When a setting cannot be used.
        """
        super().__init__(name, capabilities=capabilities, capacity=options.capacity or capacity)
        self.kind = kind
        self.network = network
        given = options.address or default_address
        network.check_backend(given, backend=name)
        self.address, credentials = split_address(given, name)
        self.options = options.model_copy(update={"address": self.address})
        self.local = is_local(self.address) and options.leaves_machine is not True
        if options.leaves_machine is not None:
            self.local = not options.leaves_machine
        self._stall_seconds = self.option("stall_timeout_seconds", 60.0)
        self._credentials = Credentials(
            name,
            self.options,
            headers={**(headers or {}), **self.option("headers", dict[str, str]())},
            variables=self.option("headers_env", dict[str, str]()),
            basic=credentials or auth,
            key_headers=self.key_headers,
        )
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # -- what a subclass may override ---------------------------------------------------------

    def key_headers(self, key: str) -> Mapping[str, str]:
        """The headers that carry the configured key; a bearer token unless overridden."""
        return {"Authorization": f"Bearer {key}"}

    async def probe(self) -> Probe:
        """What the server says about itself.

        Raises:
            BackendError: When it cannot be asked.
        """
        return Probe()

    def translate(self, answer: Answer) -> BackendError:
        """The error that a status other than success means.

        Extend it for what only this server's bodies tell (a quota, a refusal, a missing model) and
        leave the rest to this one. A :class:`BackendBusy` is waited out and the request repeated,
        whatever the request was: the server refused it before working on it.
        """
        return error_for_status(answer)

    # -- asking -------------------------------------------------------------------------------

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        files: Any = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float | None = None,
        repeat_safe: bool = False,
        repeat_on: Collection[int] = (),
        allow_status: Collection[int] = (),
        tell: Tell | None = None,
    ) -> Answer:
        """The whole answer to one request, whose status is a success or allowed.

        Args:
            method: ``"GET"``, ``"POST"``, …
            path: Relative to the address.
            json: The body as JSON.
            params: The query; encoded here.
            content: The body as it is.
            files: Multipart files, as httpx takes them.
            data: Form fields.
            headers: Besides those of the backend.
            timeout_seconds: The longest that all tries may take; None for the backend's own.
            repeat_safe: Whether the request may be sent again after a fault in mid-way: it costs
                nothing, or is known by an id.
            repeat_on: Statuses after which to send again although it is not ``repeat_safe``.
                The answer's notes say that it was done.
            allow_status: Statuses besides 2xx that are answers, not errors.
            tell: Called with a few words before each wait.

        Raises:
            BackendError: In the subclass that says what happened. ``maybe_done`` is true when the
                server may have done the work.
        """
        what = f"{method} /{path.lstrip('/')}"

        async def ask() -> Answer:
            async with self._opened(
                method, path, json=json, params=params, content=content, files=files, data=data,
                headers=headers,
            ) as response:  # fmt: skip
                return await self._read(what, response, patient=not repeat_safe)

        seconds = timeout_seconds or self.options.timeout_seconds
        persistence = Persistence(repeat_safe, repeat_on, allow_status, tell)
        async with bounded(self, what, seconds, repeat_safe=repeat_safe) as deadline:
            return await ask_until_answered(self, what, ask, deadline, persistence)
        raise AssertionError("unreachable: the block returns or raises")

    @asynccontextmanager
    async def events(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        files: Any = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        mode: StreamMode = "sse",
        timeout_seconds: float | None = None,
        repeat_safe: bool = False,
        repeat_on: Collection[int] = (),
        tell: Tell | None = None,
    ) -> AsyncIterator[EventStream]:
        """The events of an answer that comes bit by bit; leaving the block drops the connection.

        A server that ignores the wish for a stream and answers with plain JSON gives one event.

        Args:
            method: As in :meth:`request`, like those not named here.
            path: Relative to the address.
            json: The body as JSON.
            params: The query.
            files: Multipart files.
            data: Form fields.
            headers: Besides those of the backend.
            mode: ``"sse"`` for server-sent events, ``"ndjson"`` for one JSON text a line.
            timeout_seconds: The longest that the whole stream may take.
            repeat_safe: As in :meth:`request`. A stream that breaks off is not begun again here:
                the caller has told people what came; its error is then ``retryable``.
            repeat_on: Statuses, before the stream begins, after which to ask again.
            tell: Called with a few words before each wait.

        Raises:
            BackendError: As in :meth:`request`; also while iterating.
        """
        what = f"{method} /{path.lstrip('/')}"
        seconds = timeout_seconds or self.options.timeout_seconds
        async with AsyncExitStack() as stack:
            opened: list[httpx.Response] = []

            async def ask() -> Answer:
                async with AsyncExitStack() as attempt:
                    response = await attempt.enter_async_context(
                        self._opened(
                            method, path, json=json, params=params, files=files, data=data,
                            headers=headers,
                        )
                    )  # fmt: skip
                    if not response.is_success:
                        return await self._read(what, response, patient=False)
                    opened.append(response)
                    stack.push_async_exit(attempt.pop_all())
                return self._answer(what, response, b"")

            persistence = Persistence(repeat_safe, repeat_on, tell=tell)
            async with bounded(self, what, seconds, repeat_safe=repeat_safe) as deadline:
                answer = await ask_until_answered(self, what, ask, deadline, persistence)
                async with aclosing(self._events(answer, opened[0], mode)) as events:
                    yield EventStream(answer.status, answer.headers, answer.notes, events)

    @asynccontextmanager
    async def websocket(
        self, path: str, *, params: Mapping[str, Any] | None = None
    ) -> AsyncIterator[ClientConnection]:
        """An open socket with the backend's headers; frames up to 256 MiB.

        A fault of the connection, also inside the block, becomes a :class:`BackendUnreachable`.

        Raises:
            MissingPrerequisite: When the package ``websockets`` is not installed.
            BackendError: When the socket cannot be opened, or breaks.
        """
        headers = await self._credentials.headers()
        seconds = self.options.connect_timeout_seconds
        async with open_socket(self, path, params, headers, seconds) as socket:
            yield socket

    async def download(
        self,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        timeout_seconds: float | None = None,
    ) -> Download:
        """A file that the server names, whole; see :func:`canvas_kit.network.download`.

        Args:
            url: Absolute, or relative to the address; percent-encoded here when it is not.
            params: The query, for a ``url`` that has none.
            timeout_seconds: The longest that it may take; None for the backend's own.

        Raises:
            AccessDenied: When it lies on a host that is not allowed.
            BackendError: When it did not come whole; ``details["status"]`` is the last status.
        """
        if params:
            url = f"{url}?{urlencode(params)}"
        try:
            return await download(
                url,
                network=self.network,
                base=self.address,
                client=self._open_client(),
                headers=await self._credentials.headers(),
                backend=self.name,
                timeout_seconds=timeout_seconds or self.options.timeout_seconds,
                connect_timeout_seconds=self.options.connect_timeout_seconds,
                stall_seconds=self._stall_seconds,
                backoff_seconds=self.backoff_seconds,
            )
        except DownloadError as error:
            cause = error.__cause__
            failure = error_for_download(self, error)
            own = host_and_port(error.url) == host_and_port(self.address)
            if isinstance(cause, httpx.HTTPStatusError) and own:
                what = f"GET {urlsplit(error.url).path}"
                meaning = self.translate(self._answer(what, cause.response, cause.response.content))
                meaning.details.update(failure.details)
                failure = meaning
            raise failure from error

    # -- what is the same for every server ----------------------------------------------------

    async def status(self) -> BackendStatus:
        """What can be said about the server right now. Never raises."""
        probe = Probe()
        reachable = True
        try:
            async with asyncio.timeout(min(self.options.timeout_seconds, 30)):
                probe = await self.probe()
        except (BackendUnreachable, BackendTimeout) as error:
            reachable, probe = False, Probe(problem=str(error))
        except CanvasKitError as error:
            probe = Probe(problem=str(error))
        except TimeoutError:
            reachable = False
            probe = Probe(problem=f"{self.name} at {self.address} did not answer in time.")
        return BackendStatus(
            self.name,
            self.kind,
            reachable=reachable,
            address=self.address,
            version=probe.version,
            local=self.local,
            capacity=self.capacity,
            models=probe.models,
            problem=probe.problem,
        )

    async def problems(self, model: str) -> Sequence[str]:
        """Why ``model`` would not work here: the server's trouble, or that it has no such model."""
        status = await self.status()
        if status.problem:
            return [status.problem]
        try:
            wanted = self.model_for(model)
        except SettingsError as error:
            return [str(error)]
        known = [info.name for info in status.models]
        if known and wanted not in known:
            return [f"{self.name} has no model {wanted!r}. {name_hint(wanted, known)}"]
        return []

    def model_for(self, asked: str) -> str:
        """The model asked for, else the configured default.

        Raises:
            SettingsError: When there is neither.
        """
        if model := asked or self.options.default_model:
            return model
        raise SettingsError(
            f"No model was named for {self.name!r}. Write '{self.name}/MODEL' in the canvas, or "
            f"set default_model in [backends.{self.name}]."
        )

    def option(self, key: str, default: T) -> T:
        """A setting that only this sort of backend knows, as the type of ``default``.

        Raises:
            SettingsError: When what was set is of another type.
        """
        value = (self.options.model_extra or {}).get(key)
        if value is None:
            return default
        wanted: Any = dict[str, str] if isinstance(default, dict) else type(default)
        try:
            return TypeAdapter[T](wanted).validate_python(value)
        except ValidationError as error:
            raise SettingsError(
                f"The setting {key!r} of the backend {self.name!r} cannot be used: "
                f"{error.errors(include_input=False)[0]['msg']}."
            ) from None

    def redact(self, value: Any) -> Any:
        """``value`` without any key, secret header value or password that this backend knows."""
        return self._credentials.redact(value)

    def for_record(self, value: Any) -> Any:
        """``value`` fit for a record: without secrets, long base64 replaced by length and hash."""
        return self.redact(abbreviated(value))

    async def aclose(self) -> None:
        """Close connections."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    # -- inside -------------------------------------------------------------------------------

    def _url(self, path: str) -> str:
        return f"{self.address}/{path.lstrip('/')}"

    def _open_client(self) -> httpx.AsyncClient:
        """The client of the running event loop. It holds no key: keys go with each request."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop = loop
            self._client = open_client(
                base_url=self.address,
                timeout_seconds=self.options.timeout_seconds,
                connect_timeout_seconds=self.options.connect_timeout_seconds,
                max_connections=None,  # places bound the work; a probe must not wait behind it
            )
        return self._client

    def _remember(self, secret: str) -> None:
        """Have :meth:`redact` take out a secret that the server gave, such as a session's id."""
        self._credentials.remember(secret)

    @asynccontextmanager
    async def _opened(
        self, method: str, path: str, *, headers: Mapping[str, str] | None, **body: Any
    ) -> AsyncIterator[httpx.Response]:
        client = self._open_client()
        request = client.build_request(
            method,
            self._url(path),
            headers={**await self._credentials.headers(), **(headers or {})},
            # The deadline around everything is the bound; httpx would count each wait anew.
            timeout=httpx.Timeout(None, connect=self.options.connect_timeout_seconds),
            **body,
        )
        response = await client.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    async def _read(self, what: str, response: httpx.Response, *, patient: bool) -> Answer:
        limit = self.network.max_download_bytes
        # An answer for which the server works may begin long before it ends.
        stall = None if patient else self._stall_seconds
        try:
            body = await read_bounded(response.aiter_bytes(), limit, stall)
        except OversizedBody:
            raise BackendAnswerError(
                f"{self.name} answered {what} with more than {limit} bytes, the largest answer "
                "accepted. Raise max_download_bytes in the settings if it is meant to be so.",
                backend=self.name,
                maybe_done=patient,
            ) from None
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.DecodingError) as error:
            raise NotWhole(f"its answer broke off ({error})") from error
        return self._answer(what, response, body)

    def _answer(self, what: str, response: httpx.Response, body: bytes) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(self.name, what, response.status_code, headers, body, redact=self.redact)

    async def _events(
        self, answer: Answer, response: httpx.Response, mode: StreamMode
    ) -> AsyncGenerator[ServerEvent, None]:
        limit = self.network.max_download_bytes
        if answer.media_type == "application/json" and mode == "sse":
            whole = await self._read(answer.request, response, patient=True)
            yield ServerEvent("", whole.json())
            return
        lines = byte_lines(response.aiter_bytes(), longest=limit, backend=self.name)
        parse = sent_events if mode == "sse" else json_lines
        try:
            async for event in parse(lines, backend=self.name):
                yield event
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.DecodingError) as error:
            raise NotWhole(f"its stream broke off ({error})") from error
