"""How far a task is on the server, by its id.

``/internal/progress`` tells it exactly and is asked first. ``/sdapi/v1/progress`` shows whatever
the server works on, also another client's picture; its ``current_task`` would tell them apart, but
is always null in the versions read (the module imports the variable's first value). So it is used
only where ``current_task`` really names our task.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from canvas_kit.backends.transport import HttpBackend, decode_base64
from canvas_kit.errors import BackendError, BackendRejected, BackendUnavailable

ASK_SECONDS = 10.0
"""A server under load may be slow to tell, but no longer is waited for."""


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """How far a task is.

    Attributes:
        known: Whether the server told anything about this very task.
        active: Whether it is being drawn.
        queued: Whether it waits its turn.
        completed: Whether it is over.
        fraction: Of the work, 0 to 1, where it is active.
        words: The server's own words.
        preview: A small encoded picture, if there is a new one.
    """

    known: bool = False
    active: bool = False
    queued: bool = False
    completed: bool = False
    fraction: float | None = None
    words: str = ""
    preview: bytes | None = field(default=None, repr=False)


class TaskWatch:
    """Asks again and again how far one task is."""

    def __init__(self, http: HttpBackend, task_id: str) -> None:
        """Prepare to watch the task that was sent as ``force_task_id``."""
        self._http = http
        self._task_id = task_id
        self._preview_id = -1
        self._by_id = True

    async def ask(self, *, preview: bool) -> TaskProgress:
        """How far the task is now.

        Args:
            preview: Whether a picture of the unfinished work is wanted.

        Raises:
            BackendError: When the server cannot be asked.
        """
        if self._by_id:
            try:
                told = await self._ask_by_id(preview)
            except (BackendRejected, BackendUnavailable):
                told = {}
            if "active" in told:
                return self._progress(told, told.get("live_preview"))
            self._by_id = False
        told = await server_state(self._http)
        if preview and told.get("current_task") == self._task_id:
            told = await server_state(self._http, preview=True)
        if told.get("current_task") != self._task_id:
            return TaskProgress()
        return self._progress({**told, "active": True}, told.get("current_image"))

    async def _ask_by_id(self, preview: bool) -> dict[str, Any]:
        answer = await self._http.request(
            "POST",
            "internal/progress",
            json={
                "id_task": self._task_id,
                "id_live_preview": self._preview_id,
                "live_preview": preview,
            },
            timeout_seconds=ASK_SECONDS,
            repeat_safe=True,
        )
        told = answer.json_object()
        if told.get("live_preview"):
            self._preview_id = int(told.get("id_live_preview") or -1)
        return told

    def _progress(self, told: dict[str, Any], picture: object) -> TaskProgress:
        fraction = told.get("progress")
        preview = None
        if isinstance(picture, str) and picture:
            with suppress(BackendError):  # a preview is not worth an error
                preview = decode_base64(picture, backend=self._http.name)
        return TaskProgress(
            known=True,
            active=bool(told["active"]),
            queued=bool(told.get("queued")),
            completed=bool(told.get("completed")),
            fraction=min(max(fraction, 0.0), 1.0) if isinstance(fraction, int | float) else None,
            words=str(told.get("textinfo") or ""),
            preview=preview,
        )


async def server_state(http: HttpBackend, *, preview: bool = False) -> dict[str, Any]:
    """What the server works on, or worked on last, for any client.

    Raises:
        BackendError: When the server cannot be asked.
    """
    answer = await http.request(
        "GET",
        "sdapi/v1/progress",
        params={"skip_current_image": "false" if preview else "true"},
        timeout_seconds=ASK_SECONDS,
        repeat_safe=True,
    )
    return answer.json_object()
