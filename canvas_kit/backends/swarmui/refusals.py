"""SwarmUI's error texts, in a person's words.

SwarmUI answers most errors with status 200 and a text; the texts are those of its source.
"""

from __future__ import annotations

from canvas_kit.errors import (
    AccessDenied,
    BackendBusy,
    BackendError,
    BackendRejected,
    BackendUnavailable,
    ModelNotFound,
)


class SessionExpired(BackendError):
    """The server does not know the session; with a new one the same call will do."""


def known_error(text: str, error_id: str, *, backend: str, address: str) -> BackendError | None:
    """The error that SwarmUI's ``error`` and ``error_id`` mean; None for one we do not know.

    Args:
        text: The server's words, secrets removed.
        error_id: Its code; only a few errors have one.
        backend: The backend's name.
        address: Where the server is, for hints.
    """
    said = text.strip().rstrip(".") or error_id or "nothing"
    facts = {"error": text, "error_id": error_id} if error_id else {"error": text}
    meaning = _meaning(said, error_id, backend, address)
    return meaning and meaning[0](meaning[1], backend=backend, details=dict(facts))


def _meaning(
    said: str, error_id: str, backend: str, address: str
) -> tuple[type[BackendError], str] | None:
    quoted = f"SwarmUI says: {said}."
    low = said.lower()
    if error_id == "invalid_session_id":
        return SessionExpired, f"{backend} does not know the session any more. {quoted}"
    if error_id == "invalid_user" or low.startswith("invalid or unauthorized"):
        return AccessDenied, (
            f"{backend} at {address} wants an account. In SwarmUI, make a token in the User tab "
            "under 'Swarm Auth Tokens', put it into an environment variable, and name that in "
            f"key_env in [backends.{backend}]. {quoted}"
        )
    if error_id in ("bad_permissions", "unauthorized"):
        return AccessDenied, (
            f"The SwarmUI account that {backend} uses may not do this. Whoever runs the server can "
            "allow it in the account's role: 'Basic Image Generation' for drawing, 'View Image "
            f"History' for finding lost pictures. {quoted}"
        )
    if "do not have permission to use parameter" in low:
        return AccessDenied, (
            f"The SwarmUI account that {backend} uses may not set one of the parameters. Leave it "
            f"out, or have its role changed. {quoted}"
        )
    if error_id in ("bad_route", "basic_api", "bad_request_method"):
        return BackendRejected, (
            f"{backend} at {address} does not take this call: it is an old SwarmUI, or no SwarmUI. "
            f"{quoted}"
        )
    if "model value" in low or "does not have that model" in low or "model name is correct" in low:
        return ModelNotFound, f"{backend} does not have the model. {quoted}"
    if low.startswith("timeout! all backends"):
        return BackendBusy, f"All workers of {backend} were busy for too long. {quoted}"
    if low.startswith(("invalid", "unknown parameter", "unrecognized")):
        return BackendRejected, f"{backend} refused a parameter. {quoted}"
    if "interrupted" in low:
        return BackendUnavailable, f"Somebody stopped the work on {backend}. {quoted}"
    if "out of memory" in low:
        return BackendUnavailable, (
            f"{backend} ran out of memory: a smaller picture or model may do. {quoted}"
        )
    if low.startswith("no backends available"):
        return BackendUnavailable, (
            f"{backend} has no worker that draws: start or repair one in SwarmUI under Server, "
            f"Backends. {quoted}"
        )
    return None
