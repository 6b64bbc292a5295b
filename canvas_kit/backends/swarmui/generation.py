"""One request to SwarmUI, from its session to its pictures.

The socket is asked first: it tells progress and delivers each picture when it is ready. Where no
socket opens, the plain call is made. When the connection breaks off in mid-work the work goes on,
because nothing on the server ties the two together; so the session is watched until it is idle, and
the pictures are found in the history by our job id, which lies in their metadata.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

import anyio

from canvas_kit.backends.base import MediaItem, MediaRequest, MediaResult, Reporter
from canvas_kit.backends.swarmui.arrivals import Arrivals
from canvas_kit.backends.swarmui.frames import Announced, Progress, SocketState
from canvas_kit.backends.swarmui.history import pictures_of, until_idle
from canvas_kit.backends.swarmui.metadata import PictureMetadata
from canvas_kit.backends.swarmui.refusals import SessionExpired
from canvas_kit.backends.transport import decode_base64
from canvas_kit.errors import (
    AccessDenied,
    BackendAnswerError,
    BackendError,
    BackendTimeout,
    BackendUnavailable,
    BackendUnreachable,
    ContentRefused,
    JobLost,
    MissingPrerequisite,
    name_hint,
)
from canvas_kit.values import Provenance

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from canvas_kit.backends.swarmui.backend import Session, SwarmUIBackend

STOP_SECONDS = 5.0
"""The longest that telling the server to stop may take."""

LISTING_TRIES = 4
"""A file is written a moment after its picture is done."""


class Generation:
    """The work for one request. Used once."""

    def __init__(
        self,
        backend: SwarmUIBackend,
        request: MediaRequest,
        parameters: Mapping[str, Any],
        reporter: Reporter,
    ) -> None:
        """Prepare; nothing is sent.

        Args:
            backend: Whose server it is.
            request: What is wanted.
            parameters: The body of the call, without the session.
            reporter: Whom to tell.
        """
        self._backend = backend
        self._request = request
        self._parameters = parameters
        self._reporter = reporter
        self._arrivals = Arrivals(backend, parameters)
        self._session: Session | None = None
        self._discarded: set[int] = set()
        self._warnings: list[str] = []
        self._trouble: BackendError | None = None
        self._submitted = False
        self._no_socket = ""

    async def result(self) -> MediaResult:
        """Do the work.

        Raises:
            BackendError: When no picture came. With some, there is a result with warnings.
        """
        started = time.monotonic()
        seconds = self._backend.options.timeout_seconds
        try:
            async with asyncio.timeout(seconds) as deadline:
                await self._work()
                await self._arrivals.wait()
        except TimeoutError:
            if not deadline.expired():
                raise
            await self._stop(patience=STOP_SECONDS)
            self._trouble = BackendTimeout(
                f"{self._backend.name} had not finished after {seconds:g} s and was told to stop. "
                f"Raise timeout_seconds in [backends.{self._backend.name}] if it needs longer.",
                backend=self._backend.name,
                maybe_done=self._submitted,
            )
        except BaseException:
            await self._stop()
            raise
        else:
            if self._session is not None and self._trouble is None:
                self._backend.rest(self._session)
        return self._collected(time.monotonic() - started)

    # -- asking -------------------------------------------------------------------------------

    async def _work(self) -> None:
        self._session = await self._backend.open_session()
        await self._warn_of_unknown_parameters()
        await self._reporter.submitting(
            self._request.job_id,
            model=self._parameters["model"],
            seed=self._parameters["seed"],
            pictures=self._arrivals.expected,
        )
        self._submitted = True
        try:
            await self._over_socket()
        except _NoSocket as none:
            self._no_socket = str(none)
            self._reporter.progress("drawing; without a socket there is no news until it is done")
            await self._over_http()

    async def _over_socket(self) -> None:
        state, broken = await self._listen()
        if state.error_id == "invalid_session_id" and not state.announced:
            self._session = await self._backend.new_session()
            state, broken = await self._listen()
        self._discarded = state.discarded
        if state.error:
            self._trouble = self._backend.failure(
                {"error": state.error, "error_id": state.error_id}
            )
        elif not state.finished and self._arrivals.missing:
            await self._recover(
                BackendUnreachable(
                    f"The socket of {self._backend.name} was lost in mid-work: "
                    f"{broken or 'the server closed it.'}",
                    backend=self._backend.name,
                    maybe_done=True,
                )
            )

    async def _listen(self) -> tuple[SocketState, str]:
        """Send the request over a socket and follow it to its end.

        Returns:
            What the frames told, and why they broke off, if they did.

        Raises:
            _NoSocket: When none opens; nothing was asked of the server then.
        """
        state = SocketState(self._arrivals.expected)
        sent = False
        try:
            async with AsyncExitStack() as stack:
                opening = self._backend.websocket("API/GenerateText2ImageWS")
                socket = await stack.enter_async_context(opening)
                sent = True
                try:
                    broken = await self._follow(socket, state)
                except asyncio.CancelledError:
                    self._backend.finish_later(stack.pop_all().aclose())
                    raise
                # The server lingers for two seconds before it answers the closing handshake.
                self._backend.finish_later(stack.pop_all().aclose())
        except AccessDenied:
            raise
        except (BackendError, MissingPrerequisite) as error:
            if not sent:
                raise _NoSocket(str(error)) from error
            return state, str(error)
        return state, broken

    async def _follow(self, socket: ClientConnection, state: SocketState) -> str:
        """Send the request and read frames to the last; say why that was too early, if it was."""
        patience = self._backend.silence_seconds
        await socket.send(json.dumps(self._body()))
        frames = aiter(socket)
        while not state.finished:
            try:
                async with asyncio.timeout(patience):
                    raw = await anext(frames, None)
            except TimeoutError:
                return f"it said nothing for {patience:g} s."
            if raw is None:
                return ""
            self._take(state, raw)
        return ""

    def _take(self, state: SocketState, raw: str | bytes) -> None:
        try:
            frame = json.loads(raw)
        except (ValueError, RecursionError):
            frame = None
        if not isinstance(frame, dict):
            raise BackendAnswerError(
                f"{self._backend.name} sent something on its socket that is no JSON object.",
                backend=self._backend.name,
                maybe_done=True,
            )
        match state.take(frame):
            case Announced() as picture:
                self._arrivals.fetch(picture)
            case Progress() as news:
                self._tell(news)

    def _tell(self, news: Progress) -> None:
        preview = None
        if news.preview.startswith("data:"):
            with suppress(BackendError):  # a preview is not worth an error
                preview = decode_base64(news.preview, backend=self._backend.name)
        total = None if news.percent is None else 100
        self._reporter.progress(news.message, step=news.percent, total=total, preview=preview)

    async def _over_http(self) -> None:
        try:
            try:
                document = await self._ask()
            except SessionExpired:
                self._session = await self._backend.new_session()
                document = await self._ask()
        except BackendError as error:
            self._trouble = error
            # One picture that fails makes the whole answer an error; the others are saved.
            one_failed = isinstance(error, BackendUnavailable) and self._arrivals.expected > 1
            if error.maybe_done or one_failed:
                await self._recover(error)
            return
        places = document.get("images")
        if not isinstance(places, list):
            raise BackendAnswerError(
                f"{self._backend.name} answered without a list of pictures.",
                backend=self._backend.name,
                maybe_done=True,
            )
        for place in places:
            self._arrivals.fetch(Announced(str(place)))

    async def _ask(self) -> dict[str, Any]:
        assert self._session is not None
        return await self._backend.call(
            "GenerateText2Image",
            self._session,
            self._parameters,
            repeat_safe=False,
            notes=self._warnings,
        )

    def _body(self) -> dict[str, Any]:
        assert self._session is not None
        return {"session_id": self._session.id, **self._parameters}

    async def _warn_of_unknown_parameters(self) -> None:
        if not self._request.options:
            return
        assert self._session is not None
        try:
            known = await self._backend.known_parameters(self._session)
        except SessionExpired:
            self._session = await self._backend.new_session()
            known = await self._backend.known_parameters(self._session)
        except AccessDenied:
            return  # this account may draw, but not see the list
        for name in self._request.options:
            if known and re.sub("[^a-z]", "", name.lower()) not in known | {"presets"}:
                self._warnings.append(
                    f"{self._backend.name} knows no parameter {name!r} and passes it over. "
                    f"{name_hint(name, known)}"
                )

    # -- when the connection is lost ----------------------------------------------------------

    async def _recover(self, trouble: BackendError) -> None:
        """Wait until the server has finished, then fetch from its history what is missing.

        Args:
            trouble: What happened; raised later if nothing is found.
        """
        self._trouble = trouble
        self._reporter.progress("the connection was lost; waiting for the server to finish")
        assert self._session is not None
        try:
            session = await until_idle(self._backend, self._session)
            if session is None:
                return
            self._session = session
            for attempt in range(LISTING_TRIES if trouble.maybe_done else 1):
                if attempt:
                    await asyncio.sleep(self._backend.poll_seconds)
                for picture in await pictures_of(self._backend, session, self._request.job_id):
                    if picture not in self._arrivals:
                        self._arrivals.fetch(picture)
                if not self._arrivals.missing:
                    return
        except BackendError as error:
            trouble.details["recovery"] = str(error)
            return
        if trouble.maybe_done and not self._arrivals:
            self._trouble = JobLost(
                f"{self._backend.name} does not work on the request any more, and its history has "
                f"no picture of it: it was restarted, or writes no metadata. {trouble}",
                backend=self._backend.name,
                maybe_done=True,
            )

    async def _stop(self, patience: float = 0) -> None:
        """Tell the server to stop what runs under our session, and end what is on its way.

        Args:
            patience: How long pictures that are ready may still take to come.
        """
        with anyio.CancelScope(shield=True):
            if self._session is not None and self._submitted:
                # A server that cannot be reached cannot be stopped either.
                with anyio.move_on_after(STOP_SECONDS), suppress(BackendError):
                    await self._backend.call(
                        "InterruptAll", self._session, {"other_sessions": False}
                    )
            await self._arrivals.end(patience)

    # -- the outcome --------------------------------------------------------------------------

    def _collected(self, seconds: float) -> MediaResult:
        items, faults = self._arrivals.collected(self._discarded)
        kept = self._kept(items)
        if not kept:
            raise self._no_picture(faults)
        for fault in faults:
            self._warnings.append(f"A picture was made but could not be fetched: {fault}")
        expected = self._arrivals.expected
        if len(kept) + len(faults) < expected:
            why = str(self._trouble or _why_fewer(self._discarded))
            self._warnings.append(f"{len(kept)} of {expected} pictures were made: {why}")
        elif faults:
            self._warnings.append(f"{len(kept)} of {expected} pictures came home.")
        elif self._trouble is not None:
            self._warnings.append(f"{self._trouble} All pictures were found in its history.")
        self._warn_of_unused_parameters(kept)
        return MediaResult(tuple(kept), self._provenance(kept, seconds), tuple(self._warnings))

    def _kept(self, items: list[MediaItem]) -> list[MediaItem]:
        """As many pictures as were asked for."""
        kept = items
        wanted = self._arrivals.expected
        if (extra := len(kept) - wanted) > 0:  # a grid is added last
            self._warnings.append(
                f"{self._backend.name} sent {len(kept)} pictures where {wanted} were wanted; the "
                f"last {extra} were left out as a grid of the others."
            )
            kept = kept[:wanted]
        return kept

    def _no_picture(self, faults: list[BaseException]) -> BaseException:
        if faults:
            return faults[0]
        if self._trouble is not None:
            return self._trouble
        if self._discarded:
            return ContentRefused(
                f"{self._backend.name} made the pictures and a filter on it discarded them all.",
                backend=self._backend.name,
            )
        return BackendUnavailable(
            f"{self._backend.name} made no picture and did not say why.",
            backend=self._backend.name,
        )

    def _warn_of_unused_parameters(self, items: list[MediaItem]) -> None:
        unused: dict[str, None] = {}
        for item in items:
            metadata = PictureMetadata.parse(item.source.get("metadata"))
            unused.update(dict.fromkeys(metadata.unused))
        if unused:
            self._warnings.append(
                f"{self._backend.name} did not use these parameters: {', '.join(unused)}."
            )

    def _provenance(self, items: list[MediaItem], seconds: float) -> Provenance:
        first = PictureMetadata.parse(items[0].source.get("metadata"))
        version = first.parameters.get("swarm_version") or (
            self._session.version if self._session else None
        )
        reply: dict[str, Any] = {"pictures": [{"seed": item.seed, **item.source} for item in items]}
        if self._no_socket:
            reply["no_socket"] = self._no_socket
        return Provenance(
            backend=self._backend.name,
            model=str(first.parameters.get("model") or self._parameters["model"]),
            backend_version=str(version) if version else None,
            seed=items[0].seed,
            job_id=self._request.job_id,
            request=self._backend.for_record(dict(self._parameters)),
            reply=self._backend.for_record(reply),
            seconds=round(seconds, 3),
        )


def _why_fewer(discarded: set[int]) -> str:
    if discarded:
        return "a filter on the server discarded the others."
    return "the server refused or dropped the others without saying why."


class _NoSocket(Exception):
    """The server opens no socket; nothing was asked of it yet."""
