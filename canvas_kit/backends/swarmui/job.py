"""One request to SwarmUI, from its session to its pictures.

The socket is asked first: it tells progress and delivers each picture when it is ready. Where no
socket opens, the plain call is made. When the connection breaks off in mid-work the work goes on,
because nothing on the server ties the two together; so the session, under which nothing else runs,
is watched until it is idle, and the pictures are found in the user's history by our job id, which
lies in their metadata.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import anyio

from canvas_kit.backends.base import MediaItem, MediaRequest, MediaResult, Reporter
from canvas_kit.backends.image_metadata import embedded_parameters
from canvas_kit.backends.swarmui.errors import error_for
from canvas_kit.backends.swarmui.pictures import (
    JOB_KEY,
    Announced,
    PictureMetadata,
    SocketState,
    whole_number,
)
from canvas_kit.backends.swarmui.server import SwarmUIServer, SwarmUISession
from canvas_kit.backends.transport import decode_base64
from canvas_kit.backends.transport.response import json_mapping
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

STOP_SECONDS = 5.0
"""The longest that telling the server to stop may take."""

LISTING_TRIES = 4
"""A file is written a moment after its picture is done."""

GONE_SECONDS = 60.0
"""How long a server may be away, restarting, before its pictures are given up."""

HISTORY_DEPTH = 5
"""Folders below the user's own are dated, and accounts may nest them further."""


class _Arrival(NamedTuple):
    """A picture on its way; the task gives None when the file turns out to be a by-product."""

    picture: Announced
    fetch: asyncio.Task[MediaItem | None]


class _NoSocket(Exception):
    """The server opens no socket; nothing was asked of it yet."""


class SwarmUIJob:
    """The work for one request. Used once."""

    def __init__(
        self,
        server: SwarmUIServer,
        request: MediaRequest,
        parameters: Mapping[str, Any],
        reporter: Reporter,
    ) -> None:
        """Prepare; ``parameters`` are the body of the call, without the session."""
        self._server = server
        self._http = server.http
        self._name = server.http.name
        self._request = request
        self._parameters = parameters
        self._reporter = reporter
        batch = whole_number(parameters.get("batchsize", 1)) or 1
        self._expected: int = parameters["images"] * max(batch, 1)
        self._arrivals: list[_Arrival] = []
        self._session: SwarmUISession | None = None
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
        seconds = self._http.options.timeout_seconds
        try:
            async with asyncio.timeout(seconds) as deadline:
                session = await self._server.open_session()
                self._session = session
                await self._work(session)
                if self._fetches:
                    await asyncio.wait(self._fetches)
        except TimeoutError:
            if not deadline.expired():
                raise
            await self._stop(patience=STOP_SECONDS)
            self._trouble = BackendTimeout(
                f"{self._name} had not finished after {seconds:g} s and was told to stop. "
                f"Raise timeout_seconds in [backends.{self._name}] if it needs longer.",
                backend=self._name,
                maybe_done=self._submitted,
            )
        except BaseException:
            await self._stop()
            raise
        else:
            if self._trouble is None:
                self._server.rest(session)
        return self._collected(time.monotonic() - started)

    # -- asking -------------------------------------------------------------------------------

    async def _work(self, session: SwarmUISession) -> None:
        await self._warn_of_unknown_parameters(session)
        await self._reporter.submitting(
            self._request.job_id,
            model=self._parameters["model"],
            seed=self._parameters["seed"],
            pictures=self._expected,
        )
        self._submitted = True
        try:
            await self._over_socket(session)
        except _NoSocket as none:
            self._no_socket = str(none)
            self._reporter.progress("drawing; without a socket there is no news until it is done")
            await self._over_http(session)

    async def _over_socket(self, session: SwarmUISession) -> None:
        state, broken = await self._listen(session)
        if state.error.get("error_id") == "invalid_session_id" and not state.announced:
            await session.renew()
            state, broken = await self._listen(session)
        self._discarded = state.discarded
        if state.error:
            self._trouble = error_for(state.error, backend=self._name, address=self._http.address)
        elif not state.finished and self._missing:
            lost = BackendUnreachable(
                f"The socket of {self._name} was lost in mid-work: "
                f"{broken or 'the server closed it.'}",
                backend=self._name,
                maybe_done=True,
            )
            await self._recover(session, lost)

    async def _listen(self, session: SwarmUISession) -> tuple[SocketState, str]:
        """What the frames of one request told, and why they broke off, if they did.

        Raises:
            _NoSocket: When no socket opens; nothing was asked of the server then.
        """
        state = SocketState(self._expected, self._reporter)
        sent = False
        try:
            async with AsyncExitStack() as stack:
                opening = self._http.websocket("API/GenerateText2ImageWS")
                socket = await stack.enter_async_context(opening)
                sent = True
                # The server lingers for two seconds before it answers the closing handshake.
                try:
                    broken = await self._follow(session, socket, state)
                except asyncio.CancelledError:
                    self._server.finish_later(stack.pop_all().aclose())
                    raise
                self._server.finish_later(stack.pop_all().aclose())
                return state, broken
        except AccessDenied:
            raise
        except (BackendError, MissingPrerequisite) as error:
            if not sent:
                raise _NoSocket(str(error)) from error
            return state, str(error)

    async def _follow(
        self, session: SwarmUISession, socket: ClientConnection, state: SocketState
    ) -> str:
        """Send the request and read frames to the last; say why that was too early, if it was."""
        await socket.send(json.dumps({"session_id": session.id, **self._parameters}))
        frames = aiter(socket)
        seconds = self._server.settings.silence_seconds
        while not state.finished:
            try:
                async with asyncio.timeout(seconds):
                    raw = await anext(frames, None)
            except TimeoutError:
                return f"it said nothing for {seconds:g} s."
            if raw is None:
                return ""
            frame = json_mapping(raw)
            if not frame:
                raise BackendAnswerError(
                    f"{self._name} sent something on its socket that is no JSON object.",
                    backend=self._name,
                    maybe_done=True,
                )
            if (picture := state.take(frame)) is not None:
                self._fetch(picture)
        return ""

    async def _over_http(self, session: SwarmUISession) -> None:
        try:
            document = await session.call(
                "GenerateText2Image", self._parameters, paid=True, notes=self._warnings
            )
        except BackendError as error:
            self._trouble = error
            # One picture that fails makes the whole answer an error; the others are saved.
            one_failed = isinstance(error, BackendUnavailable) and self._expected > 1
            if error.maybe_done or one_failed:
                await self._recover(session, error)
            return
        places = document.get("images")
        if not isinstance(places, list):
            raise BackendAnswerError(
                f"{self._name} answered without a list of pictures.",
                backend=self._name,
                maybe_done=True,
            )
        for place in places:
            self._fetch(Announced(str(place)))

    async def _warn_of_unknown_parameters(self, session: SwarmUISession) -> None:
        if not self._request.options:
            return
        try:
            known = await self._server.known_parameters(session)
        except AccessDenied:
            return  # this account may draw, but not see the list
        for name in self._request.options:
            if known and re.sub("[^a-z]", "", name.lower()) not in known | {"presets"}:
                self._warnings.append(
                    f"{self._name} knows no parameter {name!r} and ignores it. "
                    f"{name_hint(name, known)}"
                )

    # -- when the connection is lost ----------------------------------------------------------

    async def _recover(self, session: SwarmUISession, trouble: BackendError) -> None:
        """Wait until the server has finished, then fetch from its history what is missing.

        ``trouble`` is what happened; it is raised later if nothing is found.
        """
        self._trouble = trouble
        self._reporter.progress("the connection was lost; waiting for the server to finish")
        try:
            if not await self._until_idle(session):
                return
            if self._fetches:
                await asyncio.wait(self._fetches)
            # What could not be fetched because the server was away is fetched again.
            self._arrivals = [
                arrival
                for arrival in self._arrivals
                if not isinstance(arrival.fetch.exception(), BackendUnreachable)
            ]
            for attempt in range(LISTING_TRIES if trouble.maybe_done else 1):
                if attempt:
                    await asyncio.sleep(self._server.settings.poll_seconds)
                known = {arrival.picture.place for arrival in self._arrivals}
                for picture in await self._history(session):
                    if picture.place not in known:
                        self._fetch(picture)
                if not self._missing:
                    return
        except BackendError as error:
            trouble.details["recovery"] = str(error)
            return
        if trouble.maybe_done and not self._arrivals:
            self._trouble = JobLost(
                f"{self._name} does not work on the request any more, and its history has no "
                f"picture of it: it was restarted, or writes no metadata. {trouble}",
                backend=self._name,
                maybe_done=True,
            )

    async def _until_idle(self, session: SwarmUISession) -> bool:
        """Wait until nothing runs under the session any more; False when the server stays away.

        After a restart that kept no sessions, the session has a new id, under which nothing runs.
        """
        away_since: float | None = None
        while True:
            try:
                document = await session.call("GetCurrentStatus", {})
            except BackendUnreachable:
                away_since = away_since or time.monotonic()
                if time.monotonic() - away_since > GONE_SECONDS:
                    return False
            else:
                away_since = None
                counts = json_mapping(document.get("status"))
                if not any(counts.get(key) for key in ("waiting_gens", "live_gens")):
                    return True
            await asyncio.sleep(self._server.settings.poll_seconds)

    async def _history(self, session: SwarmUISession) -> list[Announced]:
        """The pictures in the user's history that carry our job id, newest first."""
        wanted = {"path": "", "depth": HISTORY_DEPTH, "sortBy": "Date"}
        files = (await session.call("ListImages", wanted)).get("files")
        found = []
        for entry in map(json_mapping, files if isinstance(files, list) else []):
            metadata = PictureMetadata.parse(entry.get("metadata"))
            if metadata.extra.get(JOB_KEY) == self._request.job_id:
                found.append(Announced(f"{session.files}{entry.get('src')}", metadata=metadata))
        return found

    async def _stop(self, patience: float = 0) -> None:
        """Tell the server to stop what runs under our session, and end what is on its way.

        Pictures that are ready may still take ``patience`` seconds to come.
        """
        with anyio.CancelScope(shield=True):
            if self._session is not None and self._submitted:
                # A server that cannot be reached cannot be stopped either.
                with anyio.move_on_after(STOP_SECONDS), suppress(BackendError):
                    await self._session.call("InterruptAll", {"other_sessions": False})
            if self._fetches:
                await asyncio.wait(self._fetches, timeout=patience)
                for fetch in self._fetches:
                    fetch.cancel()
                await asyncio.wait(self._fetches)

    # -- pictures on their way ----------------------------------------------------------------

    @property
    def _fetches(self) -> list[asyncio.Task[MediaItem | None]]:
        return [arrival.fetch for arrival in self._arrivals]

    @property
    def _missing(self) -> bool:
        """Whether fewer pictures were announced than asked for."""
        return len(self._arrivals) < self._expected

    def _fetch(self, picture: Announced) -> None:
        """Begin to fetch a picture, if it is one that was asked for."""
        wanted = picture.index is None or picture.index >= 0
        if wanted and not picture.metadata.is_byproduct:
            self._arrivals.append(_Arrival(picture, asyncio.create_task(self._item(picture))))

    async def _item(self, picture: Announced) -> MediaItem | None:
        place = picture.place
        kind, size = None, None
        if place.startswith("data:"):
            data = decode_base64(place, backend=self._name)
            kind = place[5:].partition(";")[0] or None
            place = "in the answer"
        else:
            absolute = place.startswith(("http://", "https://"))
            file = await self._http.download(place if absolute else quote(place, safe="/"))
            data, kind, size = file.data, file.announced_type, file.announced_size
        metadata = picture.metadata
        if not metadata.document:
            metadata = PictureMetadata.parse(embedded_parameters(data))
        if metadata.is_byproduct:
            return None
        source: dict[str, Any] = {"place": place, "metadata": dict(metadata.document)}
        if picture.index is not None:
            source["index"] = picture.index
        seed = whole_number(metadata.parameters.get("seed"))  # the format allows numbers as texts
        if seed is None:
            seed = self._seed_by_rule(picture.index)
        return MediaItem(data, kind, size, seed=seed, source=source)

    def _seed_by_rule(self, index: int | None) -> int | None:
        """The seed where no metadata tells: SwarmUI adds the index, unless told otherwise."""
        if index is None and self._expected == 1:
            index = 0
        if index is None or "variationseed" in self._parameters:
            return None
        step = 0 if self._parameters.get("noseedincrement") else 1
        return int(self._parameters["seed"]) + step * index

    # -- the outcome --------------------------------------------------------------------------

    def _collected(self, seconds: float) -> MediaResult:
        items, faults = self._came()
        if (extra := len(items) - self._expected) > 0:  # a grid is added last
            self._warnings.append(
                f"{self._name} sent {len(items)} pictures where {self._expected} were wanted; the "
                f"last {extra} were left out as a grid of the others."
            )
            items = items[: self._expected]
        if not items:
            raise self._no_picture(faults)
        for fault in faults:
            self._warnings.append(f"A picture was made but could not be fetched: {fault}")
        if len(items) + len(faults) < self._expected:
            dropped = "the server refused or dropped the others without saying why."
            if self._discarded:
                dropped = "a filter on the server discarded the others."
            self._warnings.append(
                f"{len(items)} of {self._expected} pictures were made: {self._trouble or dropped}"
            )
        elif faults:
            self._warnings.append(f"{len(items)} of {self._expected} pictures could be fetched.")
        elif self._trouble is not None:
            self._warnings.append(f"{self._trouble} All pictures were found in its history.")
        found = [PictureMetadata.parse(item.source.get("metadata")) for item in items]
        if unused := dict.fromkeys(name for metadata in found for name in metadata.unused):
            self._warnings.append(
                f"{self._name} did not use these parameters: {', '.join(unused)}."
            )
        first = found[0].parameters
        version = first.get("swarm_version") or (self._session and self._session.version)
        reply: dict[str, Any] = {"pictures": [{"seed": item.seed, **item.source} for item in items]}
        if self._no_socket:
            reply["no_socket"] = self._no_socket
        provenance = Provenance(
            backend=self._name,
            model=str(first.get("model") or self._parameters["model"]),
            backend_version=str(version) if version else None,
            seed=items[0].seed,
            job_id=self._request.job_id,
            request=self._http.for_record(dict(self._parameters)),
            reply=self._http.for_record(reply),
            seconds=round(seconds, 3),
        )
        return MediaResult(tuple(items), provenance, tuple(self._warnings))

    def _came(self) -> tuple[list[MediaItem], list[BaseException]]:
        """The pictures that came, in the server's order, and why the others did not."""
        items: list[MediaItem] = []
        faults: list[BaseException] = []
        for picture, fetch in self._arrivals:
            if picture.index in self._discarded or fetch.cancelled():
                continue
            if (fault := fetch.exception()) is not None:
                faults.append(fault)
            elif (item := fetch.result()) is not None:
                items.append(item)
        if all("index" in item.source for item in items):
            items.sort(key=lambda item: item.source["index"])
        elif all(item.seed is not None for item in items):
            items.sort(key=lambda item: item.seed or 0)
        return items, faults

    def _no_picture(self, faults: list[BaseException]) -> BaseException:
        if faults:
            return faults[0]
        if self._trouble is not None:
            return self._trouble
        if self._discarded:
            return ContentRefused(
                f"{self._name} made the pictures and a filter on it discarded them all.",
                backend=self._name,
            )
        return BackendUnavailable(
            f"{self._name} made no picture and did not say why.", backend=self._name
        )
