"""What the web UI's errors mean, in a person's words."""

from __future__ import annotations

import json
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
    answer: Answer, said: str, *, backend: str, address: str, keeps_copies: bool
) -> BackendError | None:
    """The error that an answer's status and words mean; None for one we do not know.

    Args:
        answer: With a status other than success.
        said: What it says is wrong, secrets removed.
        backend: The backend's name.
        address: Where the server is, for hints.
        keeps_copies: Whether the server keeps a copy of what it draws.
    """
    status = answer.status
    facts: dict[str, Any] = {"backend": backend, "details": {"status": status, "message": said}}
    if status == 401:
        return AccessDenied(
            f"{backend} at {address} wants a user and a password (--api-auth): put "
            "'user:password' into an environment variable and name it in key_env of "
            f"[backends.{backend}]. The server says: {said}",
            **facts,
        )
    if status == 404 and said in ("Not Found", ""):
        return BackendRejected(
            f"{backend} at {address} has no {answer.request}: it was started without --api, or is "
            "another server.",
            **facts,
        )
    if status in (400, 404, 422):
        return BackendRejected(f"{backend} refused the request: {said}", **facts)
    if "out of memory" in said.lower() or "OutOfMemoryError" in said:
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


def complaint(answer: Answer) -> str:
    """What the server says is wrong; the list of a 422 in words."""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return "" if answer.body.lstrip()[:1] == b"<" else answer.text.strip()[:500]
    if not isinstance(document, dict):
        return answer.text[:500]
    detail = document.get("detail")
    if isinstance(detail, list):
        return "; ".join(_fault(entry) for entry in detail[:8])
    parts = [document.get("error"), detail, document.get("errors")]
    return ": ".join(dict.fromkeys(str(part) for part in parts if part))


def _fault(entry: object) -> str:
    """One line of a 422: which field, and what is wrong with it."""
    if not isinstance(entry, dict):
        return str(entry)
    location = [str(part) for part in entry.get("loc") or [] if part != "body"]
    return f"{'.'.join(location) or 'the body'}: {entry.get('msg', 'is wrong')}"
