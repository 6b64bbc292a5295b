"""SwarmUI's calls and sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

from canvas_kit.backends.swarmui.errors import SessionExpired, error_for
from canvas_kit.backends.transport import Answer, HttpBackend
from canvas_kit.errors import BackendAnswerError


class SwarmUIServer:
    """The server behind one backend, as far as it is shared by all requests."""

    def __init__(self, http: HttpBackend) -> None:
        """Begin without a session."""
        self.http = http
        self._resting: list[SwarmUISession] = []
        self._known_parameters: frozenset[str] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def open_session(self) -> SwarmUISession:
        """A session that is used by nothing else: a resting one, or a new one.

        Raises:
            AccessDenied: When the server wants an account.
        """
        if self._resting:
            return self._resting.pop()
        session = SwarmUISession(self)
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

    def finish_later(self, closing: Awaitable[None]) -> None:
        """Let something end by itself that nothing needs to wait for."""

        async def finish() -> None:
            await closing

        task = asyncio.create_task(finish())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def aclose(self) -> None:
        """Wait for what is ending, for a moment."""
        if self._closing:
            await asyncio.wait(self._closing, timeout=3)

    def checked(self, answer: Answer) -> dict[str, Any]:
        """The answer's document.

        Raises:
            BackendError: What it says is wrong; SwarmUI mostly says so with status 200.
        """
        document = answer.json_object()
        if "error" in document or "error_id" in document:
            raise error_for(document, backend=self.http.name, address=self.http.address)
        return document


class SwarmUISession:
    """A session. What runs under it can be stopped without touching others.

    Attributes:
        id: Counts as a key.
        files: How the paths of this user's saved pictures begin.
        version: What the server says it is.
    """

    def __init__(self, server: SwarmUIServer) -> None:
        """Prepare; :meth:`renew` makes it known to the server."""
        self._server = server
        self.id = ""
        self.files = "Output/"
        self.version: str | None = None

    async def renew(self) -> None:
        """Have the server give an id.

        Raises:
            AccessDenied: When the server wants an account.
        """
        http = self._server.http
        answer = await http.request("POST", "API/GetNewSession", json={}, repeat_safe=True)
        document = self._server.checked(answer)
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

        Args:
            route: The call's name.
            body: Without the session.
            paid: Whether it must not be sent again after a fault in mid-way; its answer may hold
                files.
            notes: Gets a sentence for every time that it was sent again.

        Raises:
            BackendError: In the subclass that says what happened.
        """
        try:
            return await self._call(route, body, paid, notes)
        except SessionExpired:  # the server did nothing for it
            await self.renew()
            return await self._call(route, body, paid, notes)

    async def _call(
        self, route: str, body: Mapping[str, Any], paid: bool, notes: list[str] | None
    ) -> dict[str, Any]:
        answer = await self._server.http.request(
            "POST",
            f"API/{route}",
            json={"session_id": self.id, **body},
            repeat_safe=not paid,
            holds_files=paid,
        )
        if notes is not None:
            notes += answer.notes
        return self._server.checked(answer)
