"""Where a task stands on the server, by its id.

``/internal/progress`` tells it exactly and is asked first. ``/sdapi/v1/progress`` shows whatever
the server works on, also somebody else's picture; its ``current_task`` would tell them apart, but
is always null in the versions read (the module imports the variable's first value). So it is used
only where ``current_task`` really names our task.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from canvas_kit.backends.transport import decode_base64
from canvas_kit.errors import BackendError, BackendRejected, BackendUnavailable

if TYPE_CHECKING:
    from canvas_kit.backends.transport import HttpBackend

ASK_SECONDS = 10.0
"""A server under load may be slow to tell, but nobody waits longer."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a task stands.

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
    """Asks again and again where one task stands."""

    def __init__(self, backend: HttpBackend, task_id: str) -> None:
        """Prepare to watch.

        Args:
            backend: Whose server to ask.
            task_id: As sent in ``force_task_id``.
        """
        self._backend = backend
        self._task_id = task_id
        self._preview_id = -1
        self._by_id = True

    async def ask(self, *, preview: bool) -> Whereabouts:
        """Where the task stands now.

        Args:
            preview: Whether a picture of the unfinished work is wanted.

        Raises:
            BackendError: When the server cannot be asked.
        """
        if self._by_id:
            try:
                return await self._ask_by_id(preview)
            except (BackendRejected, BackendUnavailable):
                self._by_id = False
        return await self._ask_what_runs(preview)

    async def _ask_by_id(self, preview: bool) -> Whereabouts:
        body = {
            "id_task": self._task_id,
            "id_live_preview": self._preview_id,
            "live_preview": preview,
        }
        answer = await self._backend.request(
            "POST", "internal/progress", json=body, timeout_seconds=ASK_SECONDS, repeat_safe=True
        )
        told = answer.json_object()
        if "active" not in told:
            self._by_id = False
            return Whereabouts()
        if told.get("live_preview"):
            self._preview_id = int(told.get("id_live_preview") or -1)
        return Whereabouts(
            known=True,
            active=bool(told["active"]),
            queued=bool(told.get("queued")),
            completed=bool(told.get("completed")),
            fraction=_fraction(told.get("progress")),
            words=str(told.get("textinfo") or ""),
            preview=self._picture(told.get("live_preview")),
        )

    async def _ask_what_runs(self, preview: bool) -> Whereabouts:
        told = await server_state(self._backend)
        ours = told.get("current_task") == self._task_id
        if ours and preview:
            told = await server_state(self._backend, preview=True)
            ours = told.get("current_task") == self._task_id
        if not ours:
            return Whereabouts()
        return Whereabouts(
            known=True,
            active=True,
            fraction=_fraction(told.get("progress")),
            words=str(told.get("textinfo") or ""),
            preview=self._picture(told.get("current_image")),
        )

    def _picture(self, text: object) -> bytes | None:
        if isinstance(text, str) and text:
            with suppress(BackendError):  # a preview is not worth an error
                return decode_base64(text, backend=self._backend.name)
        return None


async def server_state(backend: HttpBackend, *, preview: bool = False) -> dict[str, Any]:
    """What the server works on, or worked on last, whoever asked for it.

    Raises:
        BackendError: When the server cannot be asked.
    """
    answer = await backend.request(
        "GET",
        "sdapi/v1/progress",
        params={"skip_current_image": "false" if preview else "true"},
        timeout_seconds=ASK_SECONDS,
        repeat_safe=True,
    )
    return answer.json_object()


def _fraction(value: object) -> float | None:
    return min(max(float(value), 0.0), 1.0) if isinstance(value, int | float) else None
