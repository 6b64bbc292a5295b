"""A backend that is a server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode, urlsplit

import httpx
from pydantic import Field, SecretStr

from canvas_kit.backends.base import Backend, BackendStatus, Capability, ModelInfo, Reporter
from canvas_kit.backends.own_settings import OwnSettings, own_settings
from canvas_kit.backends.transport.addresses import basic_auth, split_address
from canvas_kit.backends.transport.errors import bounded, error_for_download, error_for_status
from canvas_kit.backends.transport.response import Answer, parse_json
from canvas_kit.backends.transport.websocket import open_socket
from canvas_kit.errors import (
    BackendAnswerError,
    BackendBusy,
    BackendError,
    BackendRejected,
    BackendTimeout,
    BackendUnreachable,
    CanvasKitError,
    ContentRefused,
    DownloadError,
    SettingsError,
    UnsupportedRequest,
    name_hint,
    shorten,
)
from canvas_kit.network import (
    Download,
    Retry,
    RetryPolicy,
    download,
    host_and_port,
    is_local,
    open_client,
    requested_wait,
)
from canvas_kit.network.downloads import NotWhole, OversizedBody, Stalled, check_encoding, read_body
from canvas_kit.network.retry import forbids_retry
from canvas_kit.network.sse import byte_lines, sent_events
from canvas_kit.redaction import Redactor, names_secret

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from canvas_kit.network import NetworkPolicy
    from canvas_kit.settings import BackendSettings

Tell = Callable[[str], None]

_LARGEST_CONTROL_ANSWER = 32 * 2**20
"""Bytes of an answer that holds no file: parsing more would hold up every other run."""

_TRIES = 3
_TRIES_WHILE_BUSY = 10
_STUMBLES = frozenset({408, 425, 500, 502, 503, 504, 520, 522, 524})
_GATEWAY_GAVE_UP = frozenset({408, 502, 504, 520, 522, 524})
"""A gateway on the way lost patience: the server may be working all the same."""


class ServerSettings(OwnSettings):
    """What every backend that is a server understands, besides the settings of every backend.

    Attributes:
        headers: Sent with every request.
        headers_env: The same, the values taken from environment variables: secrets.
        stall_timeout_seconds: The longest wait for the next bytes of a file.
    """

    headers: dict[str, str] = Field({})
    headers_env: dict[str, str] = Field({})
    stall_timeout_seconds: float = Field(60.0, gt=0)


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

    Derive from it, say what sort of server it is in the class attributes below, and override what
    the sections *what a subclass may override* and :class:`Backend` name. Ask inside
    ``async with self.slot(reporter)``, which also takes secrets out of errors, and give the result
    through ``self.redactor``.

    Attributes:
        address: Base URL without a slash at the end, a reverse proxy's prefix kept, credentials
            taken out.
        options: The settings of this backend.
        network: Says which hosts may be talked to.
        redactor: Knows the keys of this backend and takes them out of what is shown or recorded.
        local: Whether words and pictures stay on this machine.
    """

    default_address: ClassVar[str] = ""
    """Where such a server listens unless told otherwise."""
    default_capacity: ClassVar[int] = 1
    """How many requests it works on at a time."""
    default_capabilities: ClassVar[frozenset[Capability]] = frozenset()
    """What it can do at all."""

    hosted: ClassVar[bool] = False
    """Whether such a server on another machine is a service that charges for each request."""

    backoff_seconds = 0.5
    """The first wait before a repeat when the server names none; doubled each time."""

    def __init__(
        self,
        name: str,
        options: BackendSettings,
        network: NetworkPolicy,
        own: ServerSettings | None = None,
    ) -> None:
        """Check the settings and the address. Opens no connection.

        Args:
            name: The backend's name in the settings.
            options: Its settings; ``address`` and ``capacity`` there win.
            network: Says whether the address may be talked to.
            own: The settings that only this sort of backend knows, when it has further ones.

        Raises:
            AccessDenied: When the settings forbid the address.
            SettingsError: When a setting cannot be used.
        """
        super().__init__(
            name,
            capabilities=self.default_capabilities,
            capacity=options.capacity or self.default_capacity,
        )
        self._server_settings = own or own_settings(ServerSettings, name, options)
        self.network = network
        given = options.address or self.default_address
        network.check_backend(given, backend=name)
        self.address, basic = split_address(given, name)
        self.options = options.model_copy(update={"address": self.address})
        self.local = is_local(self.address)
        if options.leaves_machine is not None:
            self.local = not options.leaves_machine
        self.paid = self.hosted and not self.local if options.paid is None else options.paid
        self.redactor = Redactor()
        self._headers = {**self._server_settings.headers, **basic_auth(basic)}
        for header, value in self._headers.items():
            if names_secret(header):
                self.redactor.add(value)
        self._stored_key: SecretStr | None = None
        self._asked_keyring = False
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

    @property
    def files_address(self) -> str:
        """What the paths of files are relative to that the server names."""
        return self.address

    # -- asking -------------------------------------------------------------------------------

    async def request(
        self,
        method: str,
        path: str,
        *,
        timeout_seconds: float | None = None,
        repeat_safe: bool = False,
        repeat_on: Collection[int] = (),
        allow_status: Collection[int] = (),
        holds_files: bool = False,
        tell: Tell | None = None,
        **payload: Any,
    ) -> Answer:
        """The whole answer to one request, whose status is a success or allowed.

        Args:
            method: ``"GET"``, ``"POST"``, …
            path: Relative to the address.
            timeout_seconds: The longest that all tries may take; None for the backend's own.
            repeat_safe: Whether the request may be sent again after a fault in mid-way: it costs
                nothing, or is known by an id.
            repeat_on: Statuses after which to send again although it is not ``repeat_safe``.
                The answer's notes say that it was done.
            allow_status: Statuses besides 2xx that are answers, not errors.
            holds_files: Whether the answer may be as large as a file: pictures as base64.
            tell: Called with a few words before each wait.
            payload: Query and body, as httpx takes them.

        Raises:
            BackendError: In the subclass that says what happened. ``maybe_done`` is true when the
                server may have done the work.
        """
        what = f"{method} /{path.lstrip('/')}"
        limit = self.network.max_download_bytes
        if not holds_files:
            limit = min(limit, _LARGEST_CONTROL_ANSWER)

        async def ask() -> Answer:
            async with self._opened(method, path, payload) as response:
                return await self._read(what, response, limit, patient=not repeat_safe)

        seconds = timeout_seconds or self.options.timeout_seconds
        async with bounded(self, what, seconds, repeat_safe=repeat_safe) as deadline:
            return await self._until_answered(
                what, ask, deadline, repeat_safe, repeat_on, allow_status, tell
            )
        raise AssertionError("unreachable: the block returns or raises")

    @asynccontextmanager
    async def json_stream(
        self,
        method: str,
        path: str,
        *,
        timeout_seconds: float | None = None,
        events: bool = False,
        repeat_safe: bool = False,
        repeat_on: Collection[int] = (),
        tell: Tell | None = None,
        **payload: Any,
    ) -> AsyncIterator[tuple[Answer, AsyncIterator[Any]]]:
        """The head of an answer that comes bit by bit, and the JSON of each bit as it comes.

        Leaving the block drops the connection. A stream that breaks off is not begun again:
        listeners were told what came.

        Args:
            method: As in :meth:`request`, like those not named here.
            path: Relative to the address.
            timeout_seconds: The longest that the whole stream may take.
            events: Whether server-sent events are expected, and not one JSON text a line. A server
                that answers with plain JSON instead gives one.
            repeat_safe: Whether it may be asked for again before it begins, and by the caller when
                it breaks off: its error is then ``retryable``.
            repeat_on: Statuses, before it begins, after which to ask again.
            tell: Called with a few words before each wait.
            payload: Query and body, as httpx takes them.

        Raises:
            BackendError: As in :meth:`request`; also while iterating.
        """
        what = f"{method} /{path.lstrip('/')}"
        seconds = timeout_seconds or self.options.timeout_seconds
        limit = self.network.max_download_bytes
        async with AsyncExitStack() as stack:
            opened: list[httpx.Response] = []

            async def ask() -> Answer:
                async with AsyncExitStack() as attempt:
                    response = await attempt.enter_async_context(
                        self._opened(method, path, payload)
                    )
                    if not response.is_success:
                        return await self._read(what, response, limit, patient=False)
                    opened.append(response)
                    stack.push_async_exit(attempt.pop_all())
                return self._answer(what, response, b"")

            async with bounded(self, what, seconds, repeat_safe=repeat_safe) as deadline:
                answer = await self._until_answered(
                    what, ask, deadline, repeat_safe, repeat_on, (), tell
                )
                parsing = self._parsed(what, opened[0], events, paid=not repeat_safe)
                async with aclosing(parsing) as parsed:
                    yield answer, parsed

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
        headers = await self._all_headers()
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
                base=self.files_address,
                client=self._open_client(),
                headers=await self._all_headers(),
                backend=self.name,
                timeout_seconds=timeout_seconds or self.options.timeout_seconds,
                connect_timeout_seconds=self.options.connect_timeout_seconds,
                stall_seconds=self._server_settings.stall_timeout_seconds,
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

    @asynccontextmanager
    async def slot(self, reporter: Reporter) -> AsyncIterator[None]:
        """See :meth:`Backend.slot`; an error that leaves the block has no secret in it."""
        async with super().slot(reporter):
            try:
                yield
            except CanvasKitError as error:
                self.redactor(error)
                raise

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
        return self.redactor(
            BackendStatus(
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
        if not wanted or not known or self.has_model(wanted, known):
            return []
        return [self.missing_model(wanted, known)]

    def has_model(self, wanted: str, known: Sequence[str]) -> bool:
        """Whether ``wanted`` is one of the server's models, by any name that it accepts."""
        return wanted in known

    def missing_model(self, wanted: str, known: Sequence[str]) -> str:
        """What to tell when the server does not have the model ``wanted``."""
        return f"{self.name} has no model {wanted!r}. {name_hint(wanted, known)}"

    def destination(self, model: str) -> str:
        """The server's host, unless it is this machine."""
        return "" if self.local else host_and_port(self.address)[0]

    async def model_identity(self, model: str) -> Mapping[str, Any] | None:
        """As of every backend; the same name at another address is another model."""
        found = await super().model_identity(model or self.options.default_model)
        return found and {**found, "address": self.address}

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

    def for_record(self, value: Any) -> Any:
        """``value`` fit for a record: without secrets, long base64 replaced by length and hash."""
        return self.redactor.for_record(value)

    async def aclose(self) -> None:
        """Close connections."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    # -- inside -------------------------------------------------------------------------------

    def _open_client(self) -> httpx.AsyncClient:
        """The client of the running event loop. It holds no key: keys go with each request."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop = loop
            self._client = open_client(
                base_url=self.address,
                timeout_seconds=self.options.timeout_seconds,
                connect_timeout_seconds=self.options.connect_timeout_seconds,
                max_connections=None,  # slots bound the work; a probe must not wait behind it
            )
        return self._client

    async def _all_headers(self) -> dict[str, str]:
        """Every header of a request, keys included; read anew each time.

        Raises:
            SettingsError: When an environment variable that should hold one is not set.
        """
        secrets: dict[str, str] = {}
        if (key := await self._key()) is not None:
            self.redactor.add(key.get_secret_value())
            secrets.update(self.key_headers(key.get_secret_value()))
        for header, variable in self._server_settings.headers_env.items():
            secrets[header] = os.environ.get(variable, "")
            if not secrets[header]:
                raise SettingsError(
                    f"The backend {self.name!r} takes the header {header} from the environment "
                    f"variable {variable}, which is not set."
                )
        for value in secrets.values():
            self.redactor.add(value)
        return self._headers | secrets

    async def _key(self) -> SecretStr | None:
        if self.options.key_env:
            return self.options.secret(self.name)
        if not self._asked_keyring:
            # The system keyring may ask its owner to unlock it, which takes as long as it takes.
            self._stored_key = await asyncio.to_thread(self.options.secret, self.name)
            self._asked_keyring = True
        return self._stored_key

    async def _until_answered(
        self,
        what: str,
        ask: Callable[[], Awaitable[Answer]],
        deadline: asyncio.Timeout,
        repeat_safe: bool,
        repeat_on: Collection[int],
        allow_status: Collection[int],
        tell: Tell | None,
    ) -> Answer:
        """The answer, whose notes tell what was repeated before it came; see :meth:`request`."""
        notes: list[str] = []
        retry = Retry(RetryPolicy(self.backoff_seconds, tries=_TRIES), deadline=deadline.when())
        while True:
            paid_twice = ""
            try:
                answer = await ask()
            except (httpx.TransportError, Stalled, NotWhole) as error:
                # Where nothing ever answered, waiting a second will not start a server; where it
                # broke off a moment ago, it may be coming back.
                never = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and not notes
                wait = None if never or not repeat_safe else retry.next_wait()
                if wait is None:
                    raise
                why = str(error) or type(error).__name__
            else:
                if 200 <= answer.status < 300 or answer.status in allow_status:
                    return replace(answer, notes=tuple(notes)) if notes else answer
                failure = self.translate(answer)
                if not repeat_safe and answer.status in _GATEWAY_GAVE_UP:
                    failure.maybe_done = True
                busy = isinstance(failure, BackendBusy)
                again = answer.status in repeat_on or (repeat_safe and answer.status in _STUMBLES)
                final = isinstance(failure, BackendRejected | ContentRefused | UnsupportedRequest)
                if final or forbids_retry(answer.headers) or not (busy or again):
                    raise failure
                requested = requested_wait(answer.headers)
                wait = retry.next_wait(requested, tries=_TRIES_WHILE_BUSY if busy else None)
                if wait is None:
                    raise failure
                why = f"{answer.outcome}: {answer.complaint()}"
                if not repeat_safe and not busy:
                    paid_twice = " The failed try may have been charged as well."
            notes.append(f"{self.name} was asked again ({what}) after {why}.{paid_twice}")
            if tell is not None:
                tell(f"asking {self.name} again in {wait:.1f} s")
            await asyncio.sleep(wait)

    @asynccontextmanager
    async def _opened(
        self, method: str, path: str, payload: Mapping[str, Any]
    ) -> AsyncIterator[httpx.Response]:
        headers = payload.get("headers")
        payload = {name: value for name, value in payload.items() if name != "headers"}
        client = self._open_client()
        request = client.build_request(
            method,
            f"{self.address}/{path.lstrip('/')}",
            # The deadline around everything is the bound; httpx would count each wait anew.
            timeout=httpx.Timeout(None, connect=self.options.connect_timeout_seconds),
            headers={**await self._all_headers(), **(headers or {})},
            **payload,
        )
        response = await client.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    async def _read(
        self, what: str, response: httpx.Response, limit: int, *, patient: bool
    ) -> Answer:
        # An answer for which the server works may begin long before it ends.
        stall = None if patient else self._server_settings.stall_timeout_seconds
        try:
            body = await read_body(response, limit, stall)
        except OversizedBody:
            raise self._too_large(what, limit, maybe_done=patient) from None
        return self._answer(what, response, body)

    def _answer(self, what: str, response: httpx.Response, body: bytes) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(self.name, what, response.status_code, headers, body, redactor=self.redactor)

    async def _parsed(
        self, what: str, response: httpx.Response, events: bool, *, paid: bool
    ) -> AsyncGenerator[Any, None]:
        limit = self.network.max_download_bytes
        if events and "application/json" in response.headers.get("content-type", "").lower():
            whole = await self._read(what, response, limit, patient=True)
            yield whole.json_object(paid=paid)
            return
        check_encoding(response)
        try:
            async for text in _texts(response.aiter_bytes(), limit, events):
                if text.strip():
                    yield parse_json(text)
        except OversizedBody:
            raise self._too_large(what, limit, maybe_done=True) from None
        except ValueError:
            raise BackendAnswerError(
                f"{self.name} sent {shorten(text)} in a stream where JSON was expected; the stream "
                "may have been cut.",
                backend=self.name,
                maybe_done=paid,
            ) from None
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.DecodingError) as error:
            raise NotWhole(f"its stream broke off ({error})") from error

    def _too_large(self, what: str, limit: int, *, maybe_done: bool) -> BackendAnswerError:
        return BackendAnswerError(
            f"{self.name} answered {what} with more than {limit} bytes, the largest answer "
            "accepted. For answers that hold files, raise max_download_bytes in the settings.",
            backend=self.name,
            maybe_done=maybe_done,
        )


async def _texts(chunks: AsyncIterator[bytes], longest: int, events: bool) -> AsyncIterator[str]:
    """The lines of a stream, or what its server-sent events hold, up to ``[DONE]``."""
    if events:
        async for event in sent_events(chunks, longest=longest):
            if event.data.strip() == "[DONE]":
                return
            yield event.data
    else:
        async for line in byte_lines(chunks, longest):
            yield line.decode("utf-8", errors="replace")
