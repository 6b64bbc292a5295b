"""SwarmUI's calls and sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from pydantic import Field

from canvas_kit.backends.swarmui.errors import SessionExpired, error_for
from canvas_kit.backends.transport import HttpBackend, ServerSettings
from canvas_kit.errors import BackendAnswerError


class SwarmUISettings(ServerSettings):
    """What only SwarmUI knows.

    Attributes:
        silence_seconds: A socket that says nothing for so long counts as dead; SwarmUI sends a sign
            of life every 30.
        poll_seconds: Between two questions whether the server has finished.
    """

    silence_seconds: float = Field(120.0, gt=0)
    poll_seconds: float = Field(1.0, gt=0)


class SwarmUIServer:
    """The server behind one backend, as far as it is shared by all requests."""

    def __init__(self, http: HttpBackend, settings: SwarmUISettings) -> None:
        self.http = http
        self.settings = settings
        self._resting: list[SwarmUISession] = []
        self._known_parameters: frozenset[str] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def open_session(self) -> SwarmUISession:
        """A session that is used by nothing else: a resting one, or a new one."""
        if self._resting:
            return self._resting.pop()
        session = SwarmUISession(self.http)
        await session.renew()
        return session

    def rest(self, session: SwarmUISession) -> None:
        """Keep a session, under which nothing runs any more, for the next request."""
        self._resting.append(session)

    async def known_parameters(self, session: SwarmUISession) -> frozenset[str]:
        """The parameters that this account may set, asked for once."""
        if self._known_parameters is None:
            listed = (await session.call("ListT2IParams", {})).get("list")
            self._known_parameters = frozenset(
                str(item.get("id")) for item in listed or [] if isinstance(item, dict)
            )
        return self._known_parameters

    def finish_later(self, closing: Coroutine[Any, Any, None]) -> None:
        """Let something end by itself that nothing needs to wait for."""
        task = asyncio.create_task(closing)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def aclose(self) -> None:
        """Wait for what is ending, for a moment."""
        if self._closing:
            await asyncio.wait(self._closing, timeout=3)


class SwarmUISession:
    """A session. What runs under it can be stopped without touching others.

    Attributes:
        id: Counts as a key.
        files: How the paths of this user's saved pictures begin.
        version: What the server says it is.
    """

    def __init__(self, http: HttpBackend) -> None:
        """Prepare; :meth:`renew` makes it known to the server."""
        self._http = http
        self.id = ""
        self.files = "Output/"
        self.version: str | None = None

    async def renew(self) -> None:
        """Have the server give an id."""
        http = self._http
        document = await self._ask("GetNewSession", {}, repeat_safe=True)
        self.id = str(document.get("session_id") or "")
        if not self.id:
            raise BackendAnswerError(
                f"{http.name} at {http.address} gave no session: it seems to be no SwarmUI.",
                backend=http.name,
            )
        http.redactor.add(self.id)
        if document.get("output_append_user", True):
            self.files = f"View/{document.get('user_id') or 'local'}/"
        self.version = str(document.get("version") or "") or None

    async def call(
        self,
        route: str,
        body: Mapping[str, Any],
        *,
        paid: bool = False,
        notes: list[str] | None = None,
    ) -> dict[str, Any]:
        """The answer of ``POST /API/<route>``; with a new id if the server has forgotten the old.

        A ``paid`` call is not sent again after a fault in mid-way, and its answer may hold files.
        ``notes`` gets a sentence for every time that it was sent again.
        """
        manner: dict[str, Any] = {"repeat_safe": not paid, "holds_files": paid, "notes": notes}
        try:
            return await self._ask(route, {"session_id": self.id, **body}, **manner)
        except SessionExpired:  # the server did nothing for it
            await self.renew()
            return await self._ask(route, {"session_id": self.id, **body}, **manner)

    async def _ask(
        self, route: str, body: Mapping[str, Any], *, notes: list[str] | None = None, **manner: Any
    ) -> dict[str, Any]:
        """The document of one answer; what is wrong, SwarmUI mostly says with status 200."""
        http = self._http
        answer = await http.request("POST", f"API/{route}", json=body, **manner)
        if notes is not None:
            notes += answer.notes
        document = answer.json_object()
        if "error" in document or "error_id" in document:
            raise error_for(document, backend=http.name, address=http.address)
        return document
