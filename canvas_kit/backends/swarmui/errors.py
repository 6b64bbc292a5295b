"""What SwarmUI's error texts mean. It answers most errors with status 200 and a text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

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


_MEANINGS: tuple[tuple[str, type[BackendError], str], ...] = (
    (r"<invalid_session_id>", SessionExpired, "{backend} does not know the session any more."),
    (
        r"<invalid_user>|<\w*> invalid or unauthorized",
        AccessDenied,
        (
            "{backend} at {address} wants an account. In SwarmUI, make a token in the User tab "
            "under 'Swarm Auth Tokens', put it into an environment variable, and name that in "
            "key_env in [backends.{backend}]."
        ),
    ),
    (
        r"<(bad_permissions|unauthorized)>",
        AccessDenied,
        (
            "The SwarmUI account that {backend} uses may not do this. The server's administrator "
            "can allow it in the account's role: 'Basic Image Generation' for drawing, 'View "
            "Image History' for finding lost pictures."
        ),
    ),
    (
        r".*do not have permission to use parameter",
        AccessDenied,
        (
            "The SwarmUI account that {backend} uses may not set one of the parameters. Leave it "
            "out, or have its role changed."
        ),
    ),
    (
        r"<(bad_route|basic_api|bad_request_method)>",
        BackendRejected,
        "{backend} at {address} does not take this call: it is an old SwarmUI, or no SwarmUI.",
    ),
    (
        r".*(model value|does not have that model|model name is correct)",
        ModelNotFound,
        "{backend} does not have the model.",
    ),
    (
        r"<\w*> timeout! all backends",
        BackendBusy,
        "All workers of {backend} were busy for too long.",
    ),
    (
        r"<\w*> (invalid|unknown parameter|unrecognized)",
        BackendRejected,
        "{backend} refused a parameter.",
    ),
    (r".*interrupted", BackendUnavailable, "The work on {backend} was stopped there."),
    (
        r".*out of memory",
        BackendUnavailable,
        "{backend} ran out of memory: a smaller picture or model may do.",
    ),
    (
        r"<\w*> no backends available",
        BackendUnavailable,
        (
            "{backend} has no worker that draws: start or repair one in SwarmUI under Server, "
            "Backends."
        ),
    ),
)
"""How ``<error_id> error`` begins, in lower case, and what it means; the first that fits counts."""


def known_error(document: Mapping[str, Any], *, backend: str, address: str) -> BackendError | None:
    """The error that ``error`` and ``error_id`` of an answer or frame mean; None if unknown."""
    text = str(document.get("error") or "")
    code = str(document.get("error_id") or "")
    for pattern, kind, message in _MEANINGS:
        if re.match(pattern, f"<{code}> {text.strip().lower()}", re.DOTALL):
            said = text.strip().rstrip(".") or code
            return kind(
                f"{message.format(backend=backend, address=address)} SwarmUI says: {said}.",
                backend=backend,
                details={"error": text, "error_id": code} if code else {"error": text},
            )
    return None


def error_for(document: Mapping[str, Any], *, backend: str, address: str) -> BackendError:
    """The error that an answer or frame with ``error`` means."""
    known = known_error(document, backend=backend, address=address)
    said = str(document.get("error") or document.get("error_id"))
    return known or BackendUnavailable(
        f"{backend} could not draw. SwarmUI says: {said}", backend=backend, details={"error": said}
    )
