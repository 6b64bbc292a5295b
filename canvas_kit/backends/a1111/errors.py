"""What the web UI's errors mean."""

from __future__ import annotations

from typing import Any

from canvas_kit.backends.transport import Answer
from canvas_kit.errors import (
    AccessDenied,
    BackendError,
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
    BackendUnreachable,
)

TIRED_GATEWAY = frozenset({502, 504, 520, 522, 524})
"""A gateway on the way gave up waiting; the server may draw on."""


def known_error(
    answer: Answer, *, backend: str, address: str, keeps_copies: bool
) -> BackendError | None:
    """The error that an answer's status and words mean; None for one we do not know.

    Args:
        answer: With a status other than success.
        backend: The backend's name.
        address: Where the server is, for hints.
        keeps_copies: Whether the server keeps a copy of what it draws.
    """
    said, status = answer.complaint(), answer.status
    facts: dict[str, Any] = {"backend": backend, "details": {"status": status, "message": said}}
    if status == 401:
        return AccessDenied(
            f"{backend} at {address} wants a user and a password (--api-auth): put "
            "'user:password' into an environment variable and name it in key_env of "
            f"[backends.{backend}]. The server says: {said}",
            **facts,
        )
    if status == 404 and (said == "Not Found" or not answer.body.lstrip().startswith(b"{")):
        return BackendRejected(
            f"{backend} at {address} has no {answer.request}: it was started without --api, or is "
            "another server.",
            **facts,
        )
    if status in (400, 404, 422):
        return BackendRejected(f"{backend} refused the request: {said}", **facts)
    if "out of memory" in said.lower() or "OutOfMemoryError" in answer.text:
        return BackendUnavailable(
            f"{backend} ran out of memory: ask for a smaller picture or fewer at a time. The "
            f"server says: {said}",
            **facts,
        )
    if status in TIRED_GATEWAY and "2img" in answer.request:
        copy = (
            "its copy will lie in the server's own output folder"
            if keeps_copies
            else "with save_images = true a copy would lie in the server's output folder"
        )
        kind = BackendUnreachable if status == 502 else BackendTimeout
        return kind(
            f"A gateway before {backend} answered {answer.outcome} while the server was at work. "
            f"The picture cannot be fetched any more; {copy}. Have the gateway wait longer, or go "
            "round it.",
            **facts,
        )
    return None
