"""How far a task is on the server, by its id.

``/internal/progress`` tells it exactly. ``/sdapi/v1/progress`` shows whatever the server works on,
also another client's picture: it tells only whether the last work was interrupted.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from canvas_kit.backends.transport import HttpBackend, decode_base64
from canvas_kit.errors import BackendError, BackendRejected, BackendUnavailable

ASK_SECONDS = 10.0
"""A server under load may be slow to tell, but no longer is waited for."""


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """How far a task is; ``known`` when the server told anything about this very task."""

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

    async def ask(self, *, preview: bool) -> TaskProgress:
        """How far the task is now.

        Args:
            preview: Whether a picture of the unfinished work is wanted.

        Raises:
            BackendError: When the server cannot be asked.
        """
        try:
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
        except (BackendRejected, BackendUnavailable):
            return TaskProgress()
        told = answer.json_object()
        if "active" not in told:
            return TaskProgress()
        picture, fraction = told.get("live_preview"), told.get("progress")
        decoded = None
        if picture:
            self._preview_id = int(told.get("id_live_preview") or -1)
            with suppress(BackendError):  # a preview is not worth an error
                decoded = decode_base64(picture, backend=self._http.name)
        return TaskProgress(
            known=True,
            active=bool(told["active"]),
            queued=bool(told.get("queued")),
            completed=bool(told.get("completed")),
            fraction=min(max(fraction, 0.0), 1.0) if isinstance(fraction, int | float) else None,
            words=str(told.get("textinfo") or ""),
            preview=decoded,
        )
