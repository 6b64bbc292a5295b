"""A backend that is a server."""

from __future__ import annotations

import asyncio
import base64
import itertools
import logging
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, unquote, urlencode, urlsplit, urlunsplit

import httpx
from pydantic import SecretStr, TypeAdapter, ValidationError

from canvas_kit.backends.base import Backend, BackendStatus, Capability, ModelInfo
from canvas_kit.backends.transport.answers import Answer
from canvas_kit.backends.transport.redaction import abbreviated, forms_of, names_secret, redacted
from canvas_kit.backends.transport.streams import (
    EventStream,
    ServerEvent,
    StreamMode,
    byte_lines,
    json_lines,
    sent_events,
)
from canvas_kit.errors import (
    AccessDenied,
    BackendAnswerError,
    BackendBusy,
    BackendError,
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
    BackendUnreachable,
    CanvasKitError,
    DownloadError,
    MissingPrerequisite,
    SettingsError,
    name_hint,
    shorten,
)
from canvas_kit.network import Download, download, host_and_port, is_local, open_client, public_url
from canvas_kit.network.downloads import NotWhole, OversizedBody, Stalled, read_bounded
from canvas_kit.network.waiting import forbids_retry, requested_wait

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from canvas_kit.network import NetworkPolicy
    from canvas_kit.settings import BackendSettings

MAX_FRAME_BYTES = 256 * 2**20
"""The largest message on a socket. Finished pictures come as one frame; the websockets package's
own limit of 1 MiB would close the connection in mid-run."""

_TRIES = 3
_TRIES_WHILE_BUSY = 10
_LONGEST_BACKOFF_SECONDS = 8.0
_LONGEST_WAIT_SECONDS = 120.0
_STUMBLES = frozenset({408, 425, 500, 502, 503, 504, 520, 522, 524})
_GATEWAY_GAVE_UP = frozenset({408, 502, 504, 520, 522, 524})
"""Somebody between us and the server lost patience: the server may be working all the same."""
_PAID = " The server may have done the work, and charged for it, all the same."

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
        self.address, credentials = _split_address(given, name)
        self.options = options.model_copy(update={"address": self.address})
        self.local = is_local(self.address) and options.leaves_machine is not True
        if options.leaves_machine is not None:
            self.local = not options.leaves_machine
        self._secrets: set[SecretStr] = set()
        self._plain_headers = {**(headers or {}), **self.option("headers", dict[str, str]())}
        self._header_variables = self.option("headers_env", dict[str, str]())
        self._stall_seconds = self.option("stall_timeout_seconds", 60.0)
        self._basic = _wrapped_basic(credentials or auth)
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
        complaint = answer.complaint()
        status = answer.status
        text = f"{self.name} answered {answer.request} with {answer.outcome}: {complaint}"
        facts: dict[str, Any] = {
            "backend": self.name,
            "details": {"status": status, "message": complaint},
            "retry_after_seconds": requested_wait(answer.headers),
        }
        if status in (401, 403, 407):
            return AccessDenied(
                f"{text}. Check the key: key_env in [backends.{self.name}], or "
                f"'keyring set canvas-kit {self.name}'.",
                **facts,
            )
        if status == 429 or (status == 503 and facts["retry_after_seconds"] is not None):
            return BackendBusy(f"{text}. Try again later, or lower its capacity.", **facts)
        if status in (408, 504, 524):
            return BackendTimeout(f"{text}. A gateway on the way gave up waiting.", **facts)
        if status in (502, 520, 522):
            return BackendUnreachable(f"{text}. The server behind the gateway is gone.", **facts)
        if 300 <= status < 400:
            target = public_url(answer.headers.get("location", ""))
            return BackendAnswerError(
                f"{self.name} redirects {answer.request} to {target or 'nowhere'}, which is not "
                "followed. If that is the server, make it the address.",
                **facts,
            )
        if status >= 500:
            return BackendUnavailable(text, **facts)
        return BackendRejected(text, **facts)

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

        return await self._insist(
            what,
            ask,
            seconds=timeout_seconds or self.options.timeout_seconds,
            repeat_safe=repeat_safe,
            repeat_on=repeat_on,
            allow_status=allow_status,
            tell=tell,
        )

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

            async with self._bounded(what, seconds, repeat_safe=repeat_safe) as deadline:
                answer = await self._repeat(
                    what,
                    ask,
                    deadline,
                    repeat_safe=repeat_safe,
                    repeat_on=repeat_on,
                    tell=tell,
                )
                events = self._events(answer, opened[0], mode)
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
        try:
            from websockets.asyncio.client import connect
            from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
        except ModuleNotFoundError:
            raise MissingPrerequisite(
                f"The backend {self.name!r} talks over a socket, for which the package "
                "'websockets' is needed. Install it with: pip install websockets"
            ) from None

        class ConnectHere(connect):
            """Follows no redirect: the next host was not checked, and keys would travel along."""

            def process_redirect(self, exc: Exception) -> Exception | str:
                return exc

        what = f"the socket /{path.lstrip('/')}"
        scheme, _, rest = self._url(path).partition("://")
        query = f"?{urlencode(params)}" if params else ""
        try:
            async with ConnectHere(
                f"{'wss' if scheme == 'https' else 'ws'}://{rest}{query}",
                additional_headers=await self._headers(),
                max_size=MAX_FRAME_BYTES,
                open_timeout=self.options.connect_timeout_seconds,
                proxy=None if is_local(self.address) else True,
                close_timeout=2,
                logger=_quiet_logger(),
            ) as socket:
                yield socket
        except ConnectionClosed as error:
            raise BackendUnreachable(
                f"{self.name} closed {what} ({error}).", backend=self.name
            ) from error
        except InvalidStatus as error:
            response = error.response
            answer = Answer(
                self.name,
                what,
                response.status_code,
                {key.lower(): value for key, value in response.headers.raw_items()},
                bytes(response.body or b""),
                redact=self.redact,
            )
            raise self.translate(answer) from error
        except (WebSocketException, OSError) as error:  # OSError includes TimeoutError
            raise BackendUnreachable(
                f"{self.name} does not open {what} at {self.address}: "
                f"{self.redact(str(error)) or type(error).__name__}.",
                backend=self.name,
            ) from error

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
                headers=await self._headers(),
                backend=self.name,
                timeout_seconds=timeout_seconds or self.options.timeout_seconds,
                connect_timeout_seconds=self.options.connect_timeout_seconds,
                stall_seconds=self._stall_seconds,
                backoff_seconds=self.backoff_seconds,
            )
        except DownloadError as error:
            raise self._download_failure(error) from error

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
        return redacted(value, [secret.get_secret_value() for secret in self._secrets])

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

    async def _headers(self) -> dict[str, str]:
        """The backend's headers, keys included, read now."""
        headers = dict(self._plain_headers)
        if self._basic is not None:
            headers["Authorization"] = self._basic.get_secret_value()
        key = await self._key()
        if key is not None:
            self._remember(key)
            headers.update(self.key_headers(key))
        for name, variable in self._header_variables.items():
            value = os.environ.get(variable, "")
            if not value:
                raise SettingsError(
                    f"The backend {self.name!r} takes the header {name} from the environment "
                    f"variable {variable}, which is not set."
                )
            self._remember(value)
            headers[name] = value
        for name, value in headers.items():
            if names_secret(name):
                self._remember(value)
        return headers

    async def _key(self) -> str | None:
        if self.options.key_env:
            key = self.options.secret(self.name)
            return key.get_secret_value() if key else None
        if not self._asked_keyring:
            # The system keyring may ask its owner to unlock it, which takes as long as it takes.
            self._stored_key = await asyncio.to_thread(self.options.secret, self.name)
            self._asked_keyring = True
        return self._stored_key.get_secret_value() if self._stored_key else None

    def _remember(self, secret: str) -> None:
        """Have :meth:`redact` take out ``secret``, and the token of a value like ``Bearer …``."""
        token = secret.rpartition(" ")[2]
        self._secrets.update(map(SecretStr, forms_of(secret) | forms_of(token)))

    @asynccontextmanager
    async def _opened(
        self, method: str, path: str, *, headers: Mapping[str, str] | None, **body: Any
    ) -> AsyncIterator[httpx.Response]:
        client = self._open_client()
        request = client.build_request(
            method,
            self._url(path),
            headers={**await self._headers(), **(headers or {})},
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
            ) from None
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.DecodingError) as error:
            raise NotWhole(f"its answer broke off ({error})") from error
        return self._answer(what, response, body)

    def _answer(self, what: str, response: httpx.Response, body: bytes) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(self.name, what, response.status_code, headers, body, redact=self.redact)

    async def _insist(
        self, what: str, ask: Callable[[], Awaitable[Answer]], *, seconds: float,
        repeat_safe: bool, **manner: Any,
    ) -> Answer:  # fmt: skip
        async with self._bounded(what, seconds, repeat_safe=repeat_safe) as deadline:
            return await self._repeat(what, ask, deadline, repeat_safe=repeat_safe, **manner)
        raise AssertionError("unreachable: the block returns or raises")

    async def _repeat(
        self,
        what: str,
        ask: Callable[[], Awaitable[Answer]],
        deadline: asyncio.Timeout,
        *,
        repeat_safe: bool,
        repeat_on: Collection[int] = (),
        allow_status: Collection[int] = (),
        tell: Tell | None = None,
    ) -> Answer:
        """Ask, and again where that is safe and may help; the answer carries what was repeated."""
        notes: list[str] = []
        paid = ""
        for attempt in itertools.count(1):
            wait = min(self.backoff_seconds * 2 ** (attempt - 1), _LONGEST_BACKOFF_SECONDS)
            wait *= random.uniform(0.75, 1)  # many runs must not come back in the same moment
            try:
                answer = await ask()
            except (httpx.ConnectError, httpx.ConnectTimeout):
                raise
            except (httpx.TransportError, Stalled, NotWhole) as error:
                if not repeat_safe or attempt >= _TRIES:
                    raise
                why = self.redact(str(error)) or type(error).__name__
            else:
                if 200 <= answer.status < 300 or answer.status in allow_status:
                    return _with_notes(answer, notes)
                failure = self.translate(answer)
                if not repeat_safe and answer.status in _GATEWAY_GAVE_UP:
                    failure.maybe_done = True
                asked = requested_wait(answer.headers)
                wait = wait if asked is None else asked
                if not self._worth_repeating(
                    answer, failure, attempt, repeat_safe, repeat_on
                ) or not _fits(wait, deadline):
                    raise failure
                why = f"{answer.outcome}: {answer.complaint()}"
                if not repeat_safe and not isinstance(failure, BackendBusy):
                    paid = " The failed try may have been charged as well."
            notes.append(f"{self.name} was asked again ({what}) after {why}.{paid}")
            if tell is not None:
                tell(f"{self.name} asked us to wait; again in {wait:.0f} s")
            await asyncio.sleep(wait)
        raise AssertionError("unreachable: the loop has no end of its own")

    def _worth_repeating(
        self,
        answer: Answer,
        failure: BackendError,
        attempt: int,
        repeat_safe: bool,
        repeat_on: Collection[int],
    ) -> bool:
        if forbids_retry(answer.headers):
            return False
        if isinstance(failure, BackendBusy):
            return attempt < _TRIES_WHILE_BUSY
        safe = answer.status in repeat_on or (repeat_safe and answer.status in _STUMBLES)
        return safe and attempt < _TRIES

    @asynccontextmanager
    async def _bounded(
        self, what: str, seconds: float, *, repeat_safe: bool
    ) -> AsyncIterator[asyncio.Timeout]:
        """A deadline, and the one place where transport faults get their names."""
        paid = "" if repeat_safe else _PAID
        deadline = asyncio.timeout(seconds)
        try:
            async with deadline:
                yield deadline
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise BackendUnreachable(
                f"Nothing answers at {self.address} for {self.name}: "
                f"{self.redact(str(error)) or 'no connection in time'}. Is the server running, and "
                "is the address right? (In a container, localhost is the container itself.)",
                backend=self.name,
            ) from error
        except (NotWhole, Stalled) as error:
            unfinished = BackendAnswerError(
                f"{self.name} did not finish its answer to {what}: {error}.{paid}",
                backend=self.name,
                maybe_done=not repeat_safe,
            )
            unfinished.retryable = repeat_safe
            raise unfinished from error
        except (TimeoutError, httpx.TimeoutException) as error:
            if isinstance(error, TimeoutError) and not deadline.expired():
                raise
            raise BackendTimeout(
                f"{self.name} did not answer {what} within {seconds:.3g} s. Raise timeout_seconds "
                f"in [backends.{self.name}] if it needs longer.{paid}",
                backend=self.name,
                maybe_done=not repeat_safe,
            ) from error
        except httpx.TransportError as error:
            raise BackendUnreachable(
                f"{self.name} broke off the connection during {what}: "
                f"{self.redact(str(error)) or type(error).__name__}.{paid}",
                backend=self.name,
                maybe_done=not repeat_safe,
            ) from error

    async def _events(
        self, answer: Answer, response: httpx.Response, mode: StreamMode
    ) -> AsyncIterator[ServerEvent]:
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

    def _download_failure(self, error: DownloadError) -> BackendError:
        cause = error.__cause__
        message = str(self.redact(str(error)))
        facts: dict[str, Any] = {"backend": self.name, "details": {"url": error.url}}
        own = host_and_port(error.url) == host_and_port(self.address)
        if isinstance(cause, httpx.HTTPStatusError):
            facts["details"]["status"] = cause.response.status_code
            if own:
                what = f"GET {urlsplit(error.url).path}"
                failure = self.translate(self._answer(what, cause.response, cause.response.content))
                failure.details.update(facts["details"])
                return failure
        elif isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout) and own:
            return BackendUnreachable(message, **facts)
        elif isinstance(cause, TimeoutError) and not isinstance(cause, Stalled):
            return BackendTimeout(message, **facts)
        return BackendAnswerError(message, **facts)


def _with_notes(answer: Answer, notes: Sequence[str]) -> Answer:
    if not notes:
        return answer
    return Answer(
        answer.backend, answer.request, answer.status, answer.headers, answer.body,
        tuple(notes), answer.redact,
    )  # fmt: skip


def _fits(wait: float, deadline: asyncio.Timeout) -> bool:
    end = deadline.when()
    now = asyncio.get_running_loop().time()
    return wait <= _LONGEST_WAIT_SECONDS and (end is None or now + wait < end)


def _quiet_logger() -> logging.Logger:
    """A logger for sockets: at debug level, websockets would log every header, keys included."""
    logger = logging.getLogger("canvas_kit.websockets")
    logger.setLevel(logging.INFO)
    return logger


def _split_address(address: str, name: str) -> tuple[str, tuple[str, str] | None]:
    """The address without credentials, query and final slash; and the credentials."""
    try:
        parts = urlsplit(address.strip())
        host, _ = host_and_port(address)
        if parts.scheme not in ("http", "https") or not host:
            raise ValueError("it should begin with http:// or https:// and name a host")
        _ = parts.port  # raises when it is not a number
    except ValueError as error:
        raise SettingsError(
            f"The address {shorten(public_url(address))} of the backend {name!r} cannot be used: "
            f"{error}. Write it like 'http://127.0.0.1:8188'."
        ) from None
    netloc = parts.netloc.rpartition("@")[2]
    plain = urlunsplit(SplitResult(parts.scheme, netloc, parts.path.rstrip("/"), "", ""))
    if parts.username is None:
        return plain, None
    return plain, (unquote(parts.username), unquote(parts.password or ""))


def _wrapped_basic(credentials: tuple[str, str] | None) -> SecretStr | None:
    if credentials is None:
        return None
    token = base64.b64encode(":".join(credentials).encode()).decode()
    return SecretStr(f"Basic {token}")
